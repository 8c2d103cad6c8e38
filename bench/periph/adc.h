/* adc.h - the analog to digital converter of STM32U0 and STM32G0, with its common register and its internal channels.
 *
 * Sources: RM0503 and RM0444 (ADC); ADC electrical tables of the STM32G0 data sheets (for the U0 the same block: estimate).
 * Not here: what voltages stand on the pins (periph_env.analog_uv; parts/). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind adc_kind;

struct adc_row { /* periph.row: which channels are inside the chip */
    uint8_t temperature, vrefint, vbat;
};

enum { ADC_CHANNELS = 19, ADC_SIGNAL_DMA = 0 };

/* CKMODE says that PCLK is the converter's clock; else its own, from RCC. */
bool adc_is_synchronous(const struct periph *p);

/* What the chip's maker measured at 3.0 V and wrote beside the unique id: VREFINT, and the temperature sensor at 30 and 130 degrees. What
 * the model converts agrees with them. Typical values of the STM32G0: estimates. */
enum { ADC_VREFINT_CAL = 1654, ADC_TS_CAL1 = 1037, ADC_TS_CAL2 = 1380, ADC_CAL_MV = 3000 };
