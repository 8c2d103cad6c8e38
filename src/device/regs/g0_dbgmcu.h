/* g0_dbgmcu.h - debug support of the STM32G0.
 *
 * Source: RM0444; positions from the public stm32-data project
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_DBGMCU_REGS(R, P) \
    R(P, IDCODE,  0x000) \
    R(P, CR,      0x004) \
    R(P, APB1FZR, 0x008) \
    R(P, APB2FZR, 0x00C)

#define G0_DBGMCU_FIELDS(F, P) \
    F(P, IDCODE,  DEV_ID,            0, 12) \
    F(P, IDCODE,  REV_ID,           16, 16) \
    F(P, CR,      DBG_STOP,          1,  1) \
    F(P, CR,      DBG_STANDBY,       2,  1) \
    F(P, APB1FZR, DBG_TIM2_STOP,     0,  1) \
    F(P, APB1FZR, DBG_TIM3_STOP,     1,  1) \
    F(P, APB1FZR, DBG_TIM6_STOP,     4,  1) \
    F(P, APB1FZR, DBG_TIM7_STOP,     5,  1) \
    F(P, APB1FZR, DBG_RTC_STOP,     10,  1) \
    F(P, APB1FZR, DBG_WWDG_STOP,    11,  1) \
    F(P, APB1FZR, DBG_IWDG_STOP,    12,  1) \
    F(P, APB1FZR, DBG_I2C1_STOP,    21,  1) \
    F(P, APB1FZR, DBG_LPTIM2_STOP,  30,  1) \
    F(P, APB1FZR, DBG_LPTIM1_STOP,  31,  1) \
    F(P, APB2FZR, DBG_TIM1_STOP,    11,  1) \
    F(P, APB2FZR, DBG_TIM14_STOP,   15,  1) \
    F(P, APB2FZR, DBG_TIM15_STOP,   16,  1) \
    F(P, APB2FZR, DBG_TIM16_STOP,   17,  1) \
    F(P, APB2FZR, DBG_TIM17_STOP,   18,  1)

/* clang-format on */

DEFINE_REGS(G0_DBGMCU)
extern const struct reg_block g0_dbgmcu_regs;
