/* u0_syscfg.h - system configuration of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0, ST SVD V1.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_SYSCFG_REGS(R, P) \
    R(P, CFGR1,    0x000) \
    R(P, CFGR2,    0x018) \
    R(P, SCSR,     0x01C) \
    R(P, SKR,      0x020) \
    R(P, TSCCR,    0x024) \
    R(P, ITLINE0,  0x080) \
    R(P, ITLINE1,  0x084) \
    R(P, ITLINE2,  0x088) \
    R(P, ITLINE3,  0x08C) \
    R(P, ITLINE4,  0x090) \
    R(P, ITLINE5,  0x094) \
    R(P, ITLINE6,  0x098) \
    R(P, ITLINE7,  0x09C) \
    R(P, ITLINE8,  0x0A0) \
    R(P, ITLINE9,  0x0A4) \
    R(P, ITLINE10, 0x0A8) \
    R(P, ITLINE11, 0x0AC) \
    R(P, ITLINE12, 0x0B0) \
    R(P, ITLINE13, 0x0B4) \
    R(P, ITLINE14, 0x0B8) \
    R(P, ITLINE15, 0x0BC) \
    R(P, ITLINE16, 0x0C0) \
    R(P, ITLINE17, 0x0C4) \
    R(P, ITLINE18, 0x0C8) \
    R(P, ITLINE19, 0x0CC) \
    R(P, ITLINE20, 0x0D0) \
    R(P, ITLINE21, 0x0D4) \
    R(P, ITLINE22, 0x0D8) \
    R(P, ITLINE23, 0x0DC) \
    R(P, ITLINE24, 0x0E0) \
    R(P, ITLINE25, 0x0E4) \
    R(P, ITLINE26, 0x0E8) \
    R(P, ITLINE27, 0x0EC) \
    R(P, ITLINE28, 0x0F0) \
    R(P, ITLINE29, 0x0F4) \
    R(P, ITLINE30, 0x0F8) \
    R(P, ITLINE31, 0x0FC)

#define U0_SYSCFG_FIELDS(F, P) \
    F(P, CFGR1,    MEM_MODE,      0,  2) \
    F(P, CFGR1,    PA11_RMP,      3,  1) \
    F(P, CFGR1,    PA12_RMP,      4,  1) \
    F(P, CFGR1,    IR_POL,        5,  1) \
    F(P, CFGR1,    IR_MOD,        6,  2) \
    F(P, CFGR1,    BOOSTEN,       8,  1) \
    F(P, CFGR1,    I2C_PB6_FMP,  16,  1) \
    F(P, CFGR1,    I2C_PB7_FMP,  17,  1) \
    F(P, CFGR1,    I2C_PB8_FMP,  18,  1) \
    F(P, CFGR1,    I2C_PB9_FMP,  19,  1) \
    F(P, CFGR1,    I2C_PA9_FMP,  22,  1) \
    F(P, CFGR1,    I2C_PA10_FMP, 23,  1) \
    F(P, CFGR1,    I2C3_FMP,     24,  1) \
    F(P, CFGR2,    CCL,           0,  1) \
    F(P, CFGR2,    SPL,           1,  1) \
    F(P, CFGR2,    PVDL,          2,  1) \
    F(P, CFGR2,    ECCL,          3,  1) \
    F(P, CFGR2,    BKPL,          4,  1) \
    F(P, CFGR2,    BKPF,          7,  1) \
    F(P, CFGR2,    SPF,           8,  1) \
    F(P, SCSR,     SRAM2ER,       0,  1) \
    F(P, SCSR,     SRAM2BSY,      1,  1) \
    F(P, SKR,      KEY,           0,  8) \
    F(P, TSCCR,    G2_IO1,        0,  1) \
    F(P, TSCCR,    G2_IO3,        1,  1) \
    F(P, TSCCR,    G4_IO3,        2,  1) \
    F(P, TSCCR,    G6_IO1,        3,  1) \
    F(P, TSCCR,    G7_IO1,        4,  1) \
    F(P, TSCCR,    TSC_IOCTRL,    5,  1) \
    F(P, ITLINE0,  WWDG,          0,  1) \
    F(P, ITLINE1,  PVDOUT,        0,  1) \
    F(P, ITLINE1,  PVMOUT1,       1,  1) \
    F(P, ITLINE1,  PVMOUT3,       2,  1) \
    F(P, ITLINE1,  PVMOUT4,       3,  1) \
    F(P, ITLINE2,  TAMP,          0,  1) \
    F(P, ITLINE2,  RTC,           1,  1) \
    F(P, ITLINE3,  FLASH_ITF,     0,  1) \
    F(P, ITLINE3,  FLASH_ECC,     1,  1) \
    F(P, ITLINE4,  RCC,           0,  1) \
    F(P, ITLINE4,  CRS,           1,  1) \
    F(P, ITLINE5,  EXTI0,         0,  1) \
    F(P, ITLINE5,  EXTI1,         1,  1) \
    F(P, ITLINE6,  EXTI2,         0,  1) \
    F(P, ITLINE6,  EXTI3,         1,  1) \
    F(P, ITLINE7,  EXTI4,         0,  1) \
    F(P, ITLINE7,  EXTI5,         1,  1) \
    F(P, ITLINE7,  EXTI6,         2,  1) \
    F(P, ITLINE7,  EXTI7,         3,  1) \
    F(P, ITLINE7,  EXTI8,         4,  1) \
    F(P, ITLINE7,  EXTI9,         5,  1) \
    F(P, ITLINE7,  EXTI10,        6,  1) \
    F(P, ITLINE7,  EXTI11,        7,  1) \
    F(P, ITLINE7,  EXTI12,        8,  1) \
    F(P, ITLINE7,  EXTI13,        9,  1) \
    F(P, ITLINE7,  EXTI14,       10,  1) \
    F(P, ITLINE7,  EXTI15,       11,  1) \
    F(P, ITLINE8,  USB,           0,  1) \
    F(P, ITLINE9,  DMA1_CH1,      0,  1) \
    F(P, ITLINE10, DMA1_CH2,      0,  1) \
    F(P, ITLINE10, DMA1_CH3,      1,  1) \
    F(P, ITLINE11, DMAMUX,        0,  1) \
    F(P, ITLINE11, DMA1_CH4,      1,  1) \
    F(P, ITLINE11, DMA1_CH5,      2,  1) \
    F(P, ITLINE11, DMA1_CH6,      3,  1) \
    F(P, ITLINE11, DMA1_CH7,      4,  1) \
    F(P, ITLINE11, DMA2_CH1,      5,  1) \
    F(P, ITLINE11, DMA2_CH2,      6,  1) \
    F(P, ITLINE11, DMA2_CH3,      7,  1) \
    F(P, ITLINE11, DMA2_CH4,      8,  1) \
    F(P, ITLINE11, DMA2_CH5,      9,  1) \
    F(P, ITLINE12, ADC,           0,  1) \
    F(P, ITLINE12, COMP1,         1,  1) \
    F(P, ITLINE12, COMP2,         2,  1) \
    F(P, ITLINE13, TIM1_CCU,      0,  1) \
    F(P, ITLINE13, TIM1_TRG,      1,  1) \
    F(P, ITLINE13, TIM1_UPD,      2,  1) \
    F(P, ITLINE13, TIM1_BRK,      3,  1) \
    F(P, ITLINE14, TIM1_CC1,      0,  1) \
    F(P, ITLINE14, TIM1_CC2,      1,  1) \
    F(P, ITLINE14, TIM1_CC3,      2,  1) \
    F(P, ITLINE14, TIM1_CC4,      3,  1) \
    F(P, ITLINE15, TIM2,          0,  1) \
    F(P, ITLINE16, TIM3,          0,  1) \
    F(P, ITLINE17, TIM6,          0,  1) \
    F(P, ITLINE17, DAC,           1,  1) \
    F(P, ITLINE17, LPTIM1,        2,  1) \
    F(P, ITLINE18, TIM7,          0,  1) \
    F(P, ITLINE18, LPTIM2,        1,  1) \
    F(P, ITLINE19, TIM15,         0,  1) \
    F(P, ITLINE19, LPTIM3,        1,  1) \
    F(P, ITLINE20, TIM16,         0,  1) \
    F(P, ITLINE21, TSC_MCE,       0,  1) \
    F(P, ITLINE21, TSC_EOA,       1,  1) \
    F(P, ITLINE22, LCD,           0,  1) \
    F(P, ITLINE23, I2C1,          0,  1) \
    F(P, ITLINE24, I2C2,          0,  1) \
    F(P, ITLINE24, I2C4,          1,  1) \
    F(P, ITLINE24, I2C3,          2,  1) \
    F(P, ITLINE25, SPI1,          0,  1) \
    F(P, ITLINE26, SPI2,          0,  1) \
    F(P, ITLINE26, SPI3,          1,  1) \
    F(P, ITLINE27, USART1,        0,  1) \
    F(P, ITLINE28, USART2,        0,  1) \
    F(P, ITLINE28, LPUART2,       1,  1) \
    F(P, ITLINE29, USART3,        0,  1) \
    F(P, ITLINE29, LPUART1,       1,  1) \
    F(P, ITLINE30, USART4,        0,  1) \
    F(P, ITLINE30, LPUART3,       1,  1) \
    F(P, ITLINE31, RNG,           0,  1) \
    F(P, ITLINE31, AES,           1,  1)

/* clang-format on */

DEFINE_REGS(U0_SYSCFG)
extern const struct reg_block u0_syscfg_regs;
