/* charger_chip_u073.c - see charger_chip.h. */
#define CHIP_STM32U073
#include "charger_chip.h"

#include "../../firmware/charger/chip.h"

const struct charger_chip charger_chip_u073 = {
    "STM32U073RC", RCC_BASE, GPIOA_BASE, USART2_BASE,     USART2_PIN_AF,
    ADC_BASE,      DAC_BASE, TIM3_BASE,  TIM3_CH2_PIN_AF, { ADC_BATTERY, ADC_CURRENT, ADC_THERMISTOR }
};
