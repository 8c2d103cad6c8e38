/* dac.h - the digital to analog converter: two channels on the STM32G0, one on the STM32U0.
 *
 * Sources: RM0503, RM0444 (DAC); STM32G0 data sheets (output buffer). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind dac_kind_u0, dac_kind_g0;

enum { DAC_SIGNAL_OUT1, DAC_SIGNAL_OUT2, DAC_CHANNELS }; /* of pins and of DMA requests */

/* Does a channel drive its pin, and with what share of VDDA? */
bool dac_output(const struct periph *p, unsigned channel, uint32_t vdda_uv, uint32_t *uv);
