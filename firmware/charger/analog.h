/* analog.h - ADC1 for what vchg_ctrl measures; for the charge voltage it sets DAC1 (PA4) or, built with CHARGER_PWM, a PWM of TIM3 that is
 * low-passed on the board (PA7). Either is made 1.6 times as much behind the chip. */
#pragma once
#include <stdbool.h>

/* On, calibrated, ready. False: the converter does not answer; then vchg_measure says so each time. */
bool analog_start(void); /* after clock_start */
