/* u0_dbgmcu.h - debug support of the STM32U0.
 *
 * Source: RM0503 chapter 37; ST SVD V1.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_DBGMCU_REGS(R, P) \
    R(P, IDCODE,          0x000) \
    R(P, CR,              0x004) \
    R(P, APB1FZR,         0x008) \
    R(P, APB2FZR,         0x00C) \
    R(P, SR,              0x0FC) \
    R(P, DBG_AUTH_HOST,   0x100) \
    R(P, DBG_AUTH_DEVICE, 0x104) \
    R(P, PIDR4,           0xFD0) \
    R(P, PIDR0,           0xFE0) \
    R(P, PIDR1,           0xFE4) \
    R(P, PIDR2,           0xFE8) \
    R(P, PIDR3,           0xFEC) \
    R(P, CIDR0,           0xFF0) \
    R(P, CIDR1,           0xFF4) \
    R(P, CIDR2,           0xFF8) \
    R(P, CIDR3,           0xFFC)

#define U0_DBGMCU_FIELDS(F, P) \
    F(P, IDCODE,          DEV_ID,           0, 12) \
    F(P, IDCODE,          REV_ID,          16, 16) \
    F(P, CR,              DBG_STOP,         1,  1) \
    F(P, CR,              DBG_STANDBY,      2,  1) \
    F(P, APB1FZR,         DBG_TIM2_STOP,    0,  1) \
    F(P, APB1FZR,         DBG_TIM3_STOP,    1,  1) \
    F(P, APB1FZR,         DBG_TIM4_STOP,    2,  1) \
    F(P, APB1FZR,         DBG_TIM6_STOP,    4,  1) \
    F(P, APB1FZR,         DBG_TIM7_STOP,    5,  1) \
    F(P, APB1FZR,         DBG_RTC_STOP,    10,  1) \
    F(P, APB1FZR,         DBG_WWDG_STOP,   11,  1) \
    F(P, APB1FZR,         DBG_IWDG_STOP,   12,  1) \
    F(P, APB1FZR,         DBG_I2C3_STOP,   21,  1) \
    F(P, APB1FZR,         DBG_I2C1_STOP,   22,  1) \
    F(P, APB1FZR,         DBG_LPTIM2_STOP, 30,  1) \
    F(P, APB1FZR,         DBG_LPTIM1_STOP, 31,  1) \
    F(P, APB2FZR,         DBG_TIM1_STOP,   11,  1) \
    F(P, APB2FZR,         DBG_TIM14_STOP,  15,  1) \
    F(P, APB2FZR,         DBG_TIM15_STOP,  16,  1) \
    F(P, APB2FZR,         DBG_TIM16_STOP,  17,  1) \
    F(P, APB2FZR,         DBG_LPTIM3_STOP, 18,  1) \
    F(P, SR,              AP1_PRESENT,      0,  1) \
    F(P, SR,              AP0_PRESENT,      1,  1) \
    F(P, SR,              AP1_ENABLED,     16,  1) \
    F(P, SR,              AP0_ENABLED,     17,  1) \
    F(P, DBG_AUTH_HOST,   MESSAGE,          0, 32) \
    F(P, DBG_AUTH_DEVICE, MESSAGE,          0, 32) \
    F(P, PIDR4,           JEP106CON,        0,  4) \
    F(P, PIDR4,           SIZE,             4,  4) \
    F(P, PIDR0,           PARTNUM,          0,  8) \
    F(P, PIDR1,           PARTNUM,          0,  4) \
    F(P, PIDR1,           JEP106ID,         4,  4) \
    F(P, PIDR2,           JEP106ID,         0,  3) \
    F(P, PIDR2,           JEDEC,            3,  1) \
    F(P, PIDR2,           REVISION,         4,  4) \
    F(P, PIDR3,           CMOD,             0,  4) \
    F(P, PIDR3,           REVAND,           4,  4) \
    F(P, CIDR0,           PREAMBLE,         0,  8) \
    F(P, CIDR1,           PREAMBLE,         0,  4) \
    F(P, CIDR1,           CLASS,            4,  4) \
    F(P, CIDR2,           PREAMBLE,         0,  8) \
    F(P, CIDR3,           PREAMBLE,         0,  8)

/* clang-format on */

DEFINE_REGS(U0_DBGMCU)
extern const struct reg_block u0_dbgmcu_regs;
