/* chip_stm32g071.h - what the charger needs to know about an STM32G071.
 *
 * Sources: RM0444 (memory map, RCC, option bytes); data sheet (alternate functions, ADC channels, calibration addresses); AN2606 (system
 * memory). Bases, alternate function and channels are compared with tests/facts. */
#pragma once
#include "device/regs/g0_dbgmcu.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_iwdg.h"
#include "device/regs/g0_pwr.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/g0_syscfg.h"

#define CHIP_NAME "STM32G071"

#define IWDG_BASE     0x40003000u
#define USART2_BASE   0x40004400u
#define PWR_BASE      0x40007000u
#define SYSCFG_BASE   0x40010000u
#define DBGMCU_BASE   0x40015800u
#define RCC_BASE      0x40021000u
#define FLASH_BASE    0x40022000u
#define GPIOA_BASE    0x50000000u
#define SYSTEM_MEMORY 0x1FFF0000u

#define ADC_BASE  0x40012400u
#define DAC_BASE  0x40007400u
#define TIM3_BASE 0x40000400u

/* Channels of the converter: what is inside the chip; PA0, PA1, PA6. */
#define ADC_VREFINT    13
#define ADC_DIE        12
#define ADC_BATTERY    0
#define ADC_CURRENT    1
#define ADC_THERMISTOR 6
/* What the factory measured (16 bits each), at 3.0 V. */
#define VREFINT_CAL_AT 0x1FFF75AAu
#define TS_CAL1_AT     0x1FFF75A8u
#define TS_CAL2_AT     0x1FFF75CAu

#define RCC_APBENR2_ADCEN  BITS(G0_RCC_APBENR2_ADCEN)
#define RCC_APBENR1_DAC1EN BITS(G0_RCC_APBENR1_DAC1EN)
#define RCC_APBENR1_TIM3EN BITS(G0_RCC_APBENR1_TIM3EN)

#define TIM3_CH2_PIN_AF 1u /* PA7 */

#define USART2_PIN_AF 1u /* PA2 TX, PA3 RX */
#define USART2_IRQ    28

#define REG_OF_RCC(reg)    (RCC_BASE + G0_RCC_##reg)
#define REG_OF_IWDG(reg)   (IWDG_BASE + G0_IWDG_##reg)
#define REG_OF_FLASH(reg)  (FLASH_BASE + G0_FLASH_##reg)
#define REG_OF_DBGMCU(reg) (DBGMCU_BASE + G0_DBGMCU_##reg)

#define RCC_CR       REG_OF_RCC(CR)
#define RCC_CFGR     REG_OF_RCC(CFGR)
#define RCC_CSR      REG_OF_RCC(CSR)
#define RCC_IOPENR   REG_OF_RCC(IOPENR)
#define RCC_APBENR1  REG_OF_RCC(APBENR1)
#define RCC_APBENR2  REG_OF_RCC(APBENR2)
#define RCC_APBRSTR1 REG_OF_RCC(APBRSTR1)
#define RCC_APBRSTR2 REG_OF_RCC(APBRSTR2)

#define RCC_CR_HSION         BITS(G0_RCC_CR_HSION)
#define RCC_CR_HSIRDY        BITS(G0_RCC_CR_HSIRDY)
#define RCC_CR_PLLON         BITS(G0_RCC_CR_PLLON)
#define RCC_CFGR_SW          BITS(G0_RCC_CFGR_SW)
#define RCC_CFGR_SWS         BITS(G0_RCC_CFGR_SWS)
#define RCC_CFGR_SW_HSI16    PUT(G0_RCC_CFGR_SW, 0) /* also out of reset; HSIDIV divides it by 1 there */
#define RCC_CFGR_SWS_HSI16   PUT(G0_RCC_CFGR_SWS, 0)
#define RCC_IOPENR_GPIOAEN   BITS(G0_RCC_IOPENR_GPIOAEN)
#define RCC_APBENR1_USART2EN BITS(G0_RCC_APBENR1_USART2EN)
#define RCC_APBENR1_PWREN    BITS(G0_RCC_APBENR1_PWREN)
#define RCC_APBENR2_SYSCFGEN BITS(G0_RCC_APBENR2_SYSCFGEN)
#define RCC_CSR_RMVF         BITS(G0_RCC_CSR_RMVF)
#define RCC_CSR_PWRRSTF      BITS(G0_RCC_CSR_PWRRSTF)
#define RCC_CSR_FLAGS                                                                                            \
    (BITS(G0_RCC_CSR_OBLRSTF) | BITS(G0_RCC_CSR_PINRSTF) | BITS(G0_RCC_CSR_PWRRSTF) | BITS(G0_RCC_CSR_SFTRSTF) | \
     BITS(G0_RCC_CSR_IWDGRSTF) | BITS(G0_RCC_CSR_WWDGRSTF) | BITS(G0_RCC_CSR_LPWRRSTF))
#define RCC_CSR_IWDGRSTF BITS(G0_RCC_CSR_IWDGRSTF)
#define RCC_CSR_SFTRSTF  BITS(G0_RCC_CSR_SFTRSTF)
#define RCC_CSR_OBLRSTF  BITS(G0_RCC_CSR_OBLRSTF)

/* What the charger uses, and what a bootloader may have left running. */
#define RCC_APBRSTR1_USED (BITS(G0_RCC_APBRSTR1_USART2RST) | BITS(G0_RCC_APBRSTR1_DAC1RST))
#define RCC_APBRSTR2_USED BITS(G0_RCC_APBRSTR2_ADCRST)

#define SYSCFG_CFGR1          (SYSCFG_BASE + G0_SYSCFG_CFGR1)
#define SYSCFG_CFGR1_MEM_MODE BITS(G0_SYSCFG_CFGR1_MEM_MODE)
#define SYSCFG_CFGR1_SYSTEM   PUT(G0_SYSCFG_CFGR1_MEM_MODE, 1) /* system memory at 0 */

#define DBGMCU_FREEZE      REG_OF_DBGMCU(APB1FZR)
#define DBGMCU_FREEZE_IWDG BITS(G0_DBGMCU_APB1FZR_DBG_IWDG_STOP)
#define DBGMCU_CLOCK       REG_OF_RCC(APBENR1)
#define DBGMCU_CLOCK_ON    BITS(G0_RCC_APBENR1_DBGEN)
