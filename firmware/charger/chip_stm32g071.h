/* chip_stm32g071.h - what the charger needs to know about an STM32G071.
 *
 * Sources: RM0444 (memory map, RCC); data sheet (alternate functions). Bases and the alternate function are compared with tests/facts. */
#pragma once
#include "device/regs/g0_rcc.h"

#define CHIP_NAME "STM32G071"

#define RCC_BASE    0x40021000u
#define USART2_BASE 0x40004400u
#define GPIOA_BASE  0x50000000u

#define USART2_PIN_AF 1u /* PA2 TX, PA3 RX */

#define RCC_CR      (RCC_BASE + G0_RCC_CR)
#define RCC_CFGR    (RCC_BASE + G0_RCC_CFGR)
#define RCC_IOPENR  (RCC_BASE + G0_RCC_IOPENR)
#define RCC_APBENR1 (RCC_BASE + G0_RCC_APBENR1)

#define RCC_CR_HSION         BITS(G0_RCC_CR_HSION)
#define RCC_CR_HSIRDY        BITS(G0_RCC_CR_HSIRDY)
#define RCC_CFGR_SW          BITS(G0_RCC_CFGR_SW)
#define RCC_CFGR_SWS         BITS(G0_RCC_CFGR_SWS)
#define RCC_CFGR_SW_HSI16    PUT(G0_RCC_CFGR_SW, 0) /* also out of reset; HSIDIV divides it by 1 there */
#define RCC_CFGR_SWS_HSI16   PUT(G0_RCC_CFGR_SWS, 0)
#define RCC_IOPENR_GPIOAEN   BITS(G0_RCC_IOPENR_GPIOAEN)
#define RCC_APBENR1_USART2EN BITS(G0_RCC_APBENR1_USART2EN)
