/* g0_syscfg.h - system configuration of the STM32G0.
 *
 * Source: RM0444; positions from the public stm32-data project
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_SYSCFG_REGS(R, P) \
    R(P, CFGR1,       0x000) \
    R(P, CFGR2,       0x018) \
    R(P, VREFBUF_CSR, 0x030) \
    R(P, VREFBUF_CCR, 0x034) \
    R(P, ITLINE0,     0x080) \
    R(P, ITLINE1,     0x084) \
    R(P, ITLINE2,     0x088) \
    R(P, ITLINE3,     0x08C) \
    R(P, ITLINE4,     0x090) \
    R(P, ITLINE5,     0x094) \
    R(P, ITLINE6,     0x098) \
    R(P, ITLINE7,     0x09C) \
    R(P, ITLINE8,     0x0A0) \
    R(P, ITLINE9,     0x0A4) \
    R(P, ITLINE10,    0x0A8) \
    R(P, ITLINE11,    0x0AC) \
    R(P, ITLINE12,    0x0B0) \
    R(P, ITLINE13,    0x0B4) \
    R(P, ITLINE14,    0x0B8) \
    R(P, ITLINE15,    0x0BC) \
    R(P, ITLINE16,    0x0C0) \
    R(P, ITLINE17,    0x0C4) \
    R(P, ITLINE18,    0x0C8) \
    R(P, ITLINE19,    0x0CC) \
    R(P, ITLINE20,    0x0D0) \
    R(P, ITLINE21,    0x0D4) \
    R(P, ITLINE22,    0x0D8) \
    R(P, ITLINE23,    0x0DC) \
    R(P, ITLINE24,    0x0E0) \
    R(P, ITLINE25,    0x0E4) \
    R(P, ITLINE26,    0x0E8) \
    R(P, ITLINE27,    0x0EC) \
    R(P, ITLINE28,    0x0F0) \
    R(P, ITLINE29,    0x0F4) \
    R(P, ITLINE30,    0x0F8) \
    R(P, ITLINE31,    0x0FC)

#define G0_SYSCFG_FIELDS(F, P) \
    F(P, CFGR1,       MEM_MODE,          0,  2) \
    F(P, CFGR1,       PA11_RMP,          3,  1) \
    F(P, CFGR1,       PA12_RMP,          4,  1) \
    F(P, CFGR1,       IR_POL,            5,  1) \
    F(P, CFGR1,       IR_MOD,            6,  2) \
    F(P, CFGR1,       BOOSTEN,           8,  1) \
    F(P, CFGR1,       UCPD1_STROBE,      9,  1) \
    F(P, CFGR1,       UCPD2_STROBE,     10,  1) \
    F(P, CFGR1,       I2C_PBx_FMP,      16,  4) \
    F(P, CFGR1,       I2C1_FMP,         20,  1) \
    F(P, CFGR1,       I2C2_FMP,         21,  1) \
    F(P, CFGR1,       I2C_PAx_FMP,      22,  2) \
    F(P, CFGR2,       LOCKUP_LOCK,       0,  1) \
    F(P, CFGR2,       SRAM_PARITY_LOCK,  1,  1) \
    F(P, CFGR2,       PVD_LOCK,          2,  1) \
    F(P, CFGR2,       ECC_LOCK,          3,  1) \
    F(P, CFGR2,       SRAM_PEF,          8,  1) \
    F(P, CFGR2,       PA1_CDEN,         16,  1) \
    F(P, CFGR2,       PA3_CDEN,         17,  1) \
    F(P, CFGR2,       PA5_CDEN,         18,  1) \
    F(P, CFGR2,       PA6_CDEN,         19,  1) \
    F(P, CFGR2,       PA13_CDEN,        20,  1) \
    F(P, CFGR2,       PB0_CDEN,         21,  1) \
    F(P, CFGR2,       PB1_CDEN,         22,  1) \
    F(P, CFGR2,       PB2_CDEN,         23,  1) \
    F(P, VREFBUF_CSR, ENVR,              0,  1) \
    F(P, VREFBUF_CSR, HIZ,               1,  1) \
    F(P, VREFBUF_CSR, VRS,               2,  1) \
    F(P, VREFBUF_CSR, VRR,               3,  1) \
    F(P, VREFBUF_CCR, TRIM,              0,  6) \
    F(P, ITLINE0,     WWDG,              0,  1) \
    F(P, ITLINE1,     PVDOUT,            0,  1) \
    F(P, ITLINE2,     TAMP,              0,  1) \
    F(P, ITLINE2,     RTC,               1,  1) \
    F(P, ITLINE3,     FLASH_ITF,         0,  1) \
    F(P, ITLINE3,     FLASH_ECC,         1,  1) \
    F(P, ITLINE4,     RCC,               0,  1) \
    F(P, ITLINE5,     EXTI0,             0,  1) \
    F(P, ITLINE5,     EXTI1,             1,  1) \
    F(P, ITLINE6,     EXTI2,             0,  1) \
    F(P, ITLINE6,     EXTI3,             1,  1) \
    F(P, ITLINE7,     EXTI4,             0,  1) \
    F(P, ITLINE7,     EXTI5,             1,  1) \
    F(P, ITLINE7,     EXTI6,             2,  1) \
    F(P, ITLINE7,     EXTI7,             3,  1) \
    F(P, ITLINE7,     EXTI8,             4,  1) \
    F(P, ITLINE7,     EXTI9,             5,  1) \
    F(P, ITLINE7,     EXTI10,            6,  1) \
    F(P, ITLINE7,     EXTI11,            7,  1) \
    F(P, ITLINE7,     EXTI12,            8,  1) \
    F(P, ITLINE7,     EXTI13,            9,  1) \
    F(P, ITLINE7,     EXTI14,           10,  1) \
    F(P, ITLINE7,     EXTI15,           11,  1) \
    F(P, ITLINE8,     UCPD1,             0,  1) \
    F(P, ITLINE8,     UCPD2,             1,  1) \
    F(P, ITLINE8,     USB,               2,  1) \
    F(P, ITLINE9,     DMA1_CH1,          0,  1) \
    F(P, ITLINE10,    DMA1_CH2,          0,  1) \
    F(P, ITLINE10,    DMA1_CH3,          1,  1) \
    F(P, ITLINE11,    DMAMUX,            0,  1) \
    F(P, ITLINE11,    DMA1_CH4,          1,  1) \
    F(P, ITLINE11,    DMA1_CH5,          2,  1) \
    F(P, ITLINE11,    DMA1_CH6,          3,  1) \
    F(P, ITLINE11,    DMA1_CH7,          4,  1) \
    F(P, ITLINE12,    ADC,               0,  1) \
    F(P, ITLINE12,    COMP1,             1,  1) \
    F(P, ITLINE12,    COMP2,             2,  1) \
    F(P, ITLINE13,    TIM1_CCU,          0,  1) \
    F(P, ITLINE13,    TIM1_TRG,          1,  1) \
    F(P, ITLINE13,    TIM1_UPD,          2,  1) \
    F(P, ITLINE13,    TIM1_BRK,          3,  1) \
    F(P, ITLINE14,    TIM1_CC,           0,  1) \
    F(P, ITLINE15,    TIM2,              0,  1) \
    F(P, ITLINE16,    TIM3,              0,  1) \
    F(P, ITLINE17,    TIM6,              0,  1) \
    F(P, ITLINE17,    DAC,               1,  1) \
    F(P, ITLINE17,    LPTIM1,            2,  1) \
    F(P, ITLINE18,    TIM7,              0,  1) \
    F(P, ITLINE18,    LPTIM2,            1,  1) \
    F(P, ITLINE19,    TIM14,             0,  1) \
    F(P, ITLINE20,    TIM15,             0,  1) \
    F(P, ITLINE21,    TIM16,             0,  1) \
    F(P, ITLINE22,    TIM17,             0,  1) \
    F(P, ITLINE23,    I2C1,              0,  1) \
    F(P, ITLINE24,    I2C2,              0,  1) \
    F(P, ITLINE25,    SPI1,              0,  1) \
    F(P, ITLINE26,    SPI2,              0,  1) \
    F(P, ITLINE27,    USART1,            0,  1) \
    F(P, ITLINE28,    USART2,            0,  1) \
    F(P, ITLINE29,    USART3,            0,  1) \
    F(P, ITLINE29,    USART4,            1,  1) \
    F(P, ITLINE29,    USART5,            3,  1) \
    F(P, ITLINE29,    USART6,            4,  1) \
    F(P, ITLINE30,    CEC,               0,  1) \
    F(P, ITLINE31,    RNG,               0,  1) \
    F(P, ITLINE31,    AES,               1,  1)

/* clang-format on */

DEFINE_REGS(G0_SYSCFG)
extern const struct reg_block g0_syscfg_regs;
