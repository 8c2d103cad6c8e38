/* rng.h - random number generator: words that no firmware can foresee, the same for the same history of the chip.
 *
 * Source: RM0503, ST stm32u073xx.h (the STM32G071 has none). Clock: CLK48SEL; without it no word comes and SR.CECS says so. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind rng_kind;
