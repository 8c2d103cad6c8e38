/* exti.h - the extended interrupt controller as far as software can reach it: SWIER, pending bits, masks, the lines of the GPIO pins.
 *
 * Source: RM0444 chapter 13 (EXTI), RM0503. No pin of the bench moves by itself yet, so edges come from SWIER1 only. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind exti_kind;
