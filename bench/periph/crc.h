/* crc.h - the CRC unit: polynomials of 7, 8, 16 and 32 bits, any reversal.
 *
 * Source: RM0444 chapter 16 (CRC), RM0503; byte and half-word reversal (RTYPE_x) as ST's HAL names its modes. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind crc_kind_u0, crc_kind_g0;
