/* iwdg.h - the independent watchdog.
 *
 * Source: RM0444 chapter 28 (IWDG), RM0503 (prescalers to 1024, early wake-up). Kernel clock: LSI. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind iwdg_kind_u0, iwdg_kind_g0;

void iwdg_start(struct periph *p);               /* as KR = 0xCCCC does; also the hardware watchdog (option IWDG_SW = 0) */
void iwdg_freeze(struct periph *p, bool frozen); /* by DBGMCU while the core is halted, by options in Stop and Standby */
bool iwdg_running(const struct periph *p);
