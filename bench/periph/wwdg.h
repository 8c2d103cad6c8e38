/* wwdg.h - the window watchdog.
 *
 * Source: RM0444 chapter 29 (WWDG), RM0503. Clock: PCLK. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind wwdg_kind;

void wwdg_start(struct periph *p); /* as the option WWDG_SW = 0 does: from reset, with the whole count */
