/* chip_stm32u073.h - what the charger needs to know about an STM32U073.
 *
 * Sources: RM0503 (memory map, RCC, option bytes); data sheet (alternate functions, ADC channels, calibration addresses); AN2606 (system
 * memory). Bases, alternate function and channels are compared with tests/facts. */
#pragma once
#include "device/regs/u0_dbgmcu.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_pwr.h"
#include "device/regs/u0_rcc.h"
#include "device/regs/u0_syscfg.h"

#define CHIP_NAME "STM32U073"

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
#define ADC_VREFINT    12
#define ADC_DIE        11
#define ADC_BATTERY    4
#define ADC_CURRENT    5
#define ADC_THERMISTOR 10
/* What the factory measured (16 bits each), at 3.0 V. */
#define VREFINT_CAL_AT 0x1FFF6EA4u
#define TS_CAL1_AT     0x1FFF6E68u
#define TS_CAL2_AT     0x1FFF6E8Au

#define RCC_APBENR2_ADCEN  BITS(U0_RCC_APBENR2_ADCEN)
#define RCC_APBENR1_DAC1EN BITS(U0_RCC_APBENR1_DAC1EN)
#define RCC_APBENR1_TIM3EN BITS(U0_RCC_APBENR1_TIM3EN)

#define TIM3_CH2_PIN_AF 2u /* PA7 */

#define USART2_PIN_AF 7u /* PA2 TX, PA3 RX */
#define USART2_IRQ    28

#define REG_OF_RCC(reg)    (RCC_BASE + U0_RCC_##reg)
#define REG_OF_IWDG(reg)   (IWDG_BASE + U0_IWDG_##reg)
#define REG_OF_FLASH(reg)  (FLASH_BASE + U0_FLASH_##reg)
#define REG_OF_DBGMCU(reg) (DBGMCU_BASE + U0_DBGMCU_##reg)

#define RCC_CR       REG_OF_RCC(CR)
#define RCC_CFGR     REG_OF_RCC(CFGR)
#define RCC_CSR      REG_OF_RCC(CSR)
#define RCC_IOPENR   REG_OF_RCC(IOPENR)
#define RCC_APBENR1  REG_OF_RCC(APBENR1)
#define RCC_APBENR2  REG_OF_RCC(APBENR2)
#define RCC_APBRSTR1 REG_OF_RCC(APBRSTR1)
#define RCC_APBRSTR2 REG_OF_RCC(APBRSTR2)

#define RCC_CR_HSION         BITS(U0_RCC_CR_HSION)
#define RCC_CR_HSIRDY        BITS(U0_RCC_CR_HSIRDY)
#define RCC_CR_PLLON         BITS(U0_RCC_CR_PLLON)
#define RCC_CFGR_SW          BITS(U0_RCC_CFGR_SW)
#define RCC_CFGR_SWS         BITS(U0_RCC_CFGR_SWS)
#define RCC_CFGR_SW_HSI16    PUT(U0_RCC_CFGR_SW, 1) /* out of reset: 0, MSI at 4 MHz */
#define RCC_CFGR_SWS_HSI16   PUT(U0_RCC_CFGR_SWS, 1)
#define RCC_IOPENR_GPIOAEN   BITS(U0_RCC_IOPENR_GPIOAEN)
#define RCC_APBENR1_USART2EN BITS(U0_RCC_APBENR1_USART2EN)
#define RCC_APBENR1_PWREN    BITS(U0_RCC_APBENR1_PWREN)
#define RCC_APBENR2_SYSCFGEN BITS(U0_RCC_APBENR2_SYSCFGEN)
#define RCC_CSR_RMVF         BITS(U0_RCC_CSR_RMVF)
#define RCC_CSR_PWRRSTF      BITS(U0_RCC_CSR_PWRRSTF)
#define RCC_CSR_FLAGS                                                                                            \
    (BITS(U0_RCC_CSR_OBLRSTF) | BITS(U0_RCC_CSR_PINRSTF) | BITS(U0_RCC_CSR_PWRRSTF) | BITS(U0_RCC_CSR_SFTRSTF) | \
     BITS(U0_RCC_CSR_IWDGRSTF) | BITS(U0_RCC_CSR_WWDGRSTF) | BITS(U0_RCC_CSR_LPWRRSTF))
#define RCC_CSR_IWDGRSTF BITS(U0_RCC_CSR_IWDGRSTF)
#define RCC_CSR_SFTRSTF  BITS(U0_RCC_CSR_SFTRSTF)
#define RCC_CSR_OBLRSTF  BITS(U0_RCC_CSR_OBLRSTF)

/* What the charger uses, and what a bootloader may have left running. */
#define RCC_APBRSTR1_USED \
    (BITS(U0_RCC_APBRSTR1_USART2RST) | BITS(U0_RCC_APBRSTR1_DAC1RST) | BITS(U0_RCC_APBRSTR1_USBRST) | BITS(U0_RCC_APBRSTR1_CRSRST))
#define RCC_APBRSTR2_USED BITS(U0_RCC_APBRSTR2_ADCRST)

#define SYSCFG_CFGR1          (SYSCFG_BASE + U0_SYSCFG_CFGR1)
#define SYSCFG_CFGR1_MEM_MODE BITS(U0_SYSCFG_CFGR1_MEM_MODE)
#define SYSCFG_CFGR1_SYSTEM   PUT(U0_SYSCFG_CFGR1_MEM_MODE, 1) /* system memory at 0 */

#define DBGMCU_FREEZE      REG_OF_DBGMCU(APB1FZR)
#define DBGMCU_FREEZE_IWDG BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP)
#define DBGMCU_CLOCK       REG_OF_RCC(DBGCFGR)
#define DBGMCU_CLOCK_ON    BITS(U0_RCC_DBGCFGR_DBGEN)

/* The USB supply's switch: the ROM's USB needs it on (RM0503, PWR_CR2). */
#define PWR_CR2     (PWR_BASE + U0_PWR_CR2)
#define PWR_CR2_USV BITS(U0_PWR_CR2_USV)

/* Option bytes: for the careless builds only (careless.c). */
#define OPTION_LOCK      BITS(U0_FLASH_CR_LOCK)
#define OPTION_OPTLOCK   BITS(U0_FLASH_CR_OPTLOCK)
#define OPTION_START     BITS(U0_FLASH_CR_OPTSTRT)
#define OPTION_LAUNCH    BITS(U0_FLASH_CR_OBL_LAUNCH)
#define OPTION_BUSY      (BITS(U0_FLASH_SR_BSY1) | BITS(U0_FLASH_SR_CFGBSY))
#define OPTION_nBOOT0    BITS(U0_FLASH_OPTR_nBOOT0)
#define OPTION_BOOT_BITS (BITS(U0_FLASH_OPTR_nBOOT_SEL) | BITS(U0_FLASH_OPTR_nBOOT1) | OPTION_nBOOT0)
