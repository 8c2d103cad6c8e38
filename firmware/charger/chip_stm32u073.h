/* chip_stm32u073.h - what the charger needs to know about an STM32U073.
 *
 * Sources: RM0503 (memory map, RCC); data sheet (alternate functions). Bases and the alternate function are compared with tests/facts. */
#pragma once
#include "device/regs/u0_rcc.h"

#define CHIP_NAME "STM32U073"

#define RCC_BASE    0x40021000u
#define USART2_BASE 0x40004400u
#define GPIOA_BASE  0x50000000u

#define USART2_PIN_AF 7u /* PA2 TX, PA3 RX */

#define RCC_CR      (RCC_BASE + U0_RCC_CR)
#define RCC_CFGR    (RCC_BASE + U0_RCC_CFGR)
#define RCC_IOPENR  (RCC_BASE + U0_RCC_IOPENR)
#define RCC_APBENR1 (RCC_BASE + U0_RCC_APBENR1)

#define RCC_CR_HSION         BITS(U0_RCC_CR_HSION)
#define RCC_CR_HSIRDY        BITS(U0_RCC_CR_HSIRDY)
#define RCC_CFGR_SW          BITS(U0_RCC_CFGR_SW)
#define RCC_CFGR_SWS         BITS(U0_RCC_CFGR_SWS)
#define RCC_CFGR_SW_HSI16    PUT(U0_RCC_CFGR_SW, 1) /* out of reset: 0, MSI at 4 MHz */
#define RCC_CFGR_SWS_HSI16   PUT(U0_RCC_CFGR_SWS, 1)
#define RCC_IOPENR_GPIOAEN   BITS(U0_RCC_IOPENR_GPIOAEN)
#define RCC_APBENR1_USART2EN BITS(U0_RCC_APBENR1_USART2EN)
