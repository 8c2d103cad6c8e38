/* analog.h - the converters: ADC1 for what vchg_ctrl measures, DAC1 for the charge voltage it sets (PA4, times 1.6 behind the chip). */
#pragma once
#include <stdbool.h>

/* On, calibrated, ready. False: the converter does not answer; then vchg_measure says so each time. */
bool analog_start(void); /* after clock_start */
