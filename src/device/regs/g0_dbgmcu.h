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
    F(P, IDCODE,  DEV_ID,       0, 16) \
    F(P, IDCODE,  REV_ID,      16, 16) \
    F(P, CR,      DBG_STOP,     1,  1) \
    F(P, CR,      DBG_STANDBY,  2,  1) \
    F(P, APB1FZR, TIM2,         0,  1) \
    F(P, APB1FZR, TIM3,         1,  1) \
    F(P, APB1FZR, TIM6,         4,  1) \
    F(P, APB1FZR, TIM7,         5,  1) \
    F(P, APB1FZR, RTC,         10,  1) \
    F(P, APB1FZR, WWDG,        11,  1) \
    F(P, APB1FZR, IWDG,        12,  1) \
    F(P, APB1FZR, I2C1,        21,  1) \
    F(P, APB1FZR, LPTIM2,      30,  1) \
    F(P, APB1FZR, LPTIM1,      31,  1) \
    F(P, APB2FZR, TIM1,        11,  1) \
    F(P, APB2FZR, TIM14,       15,  1) \
    F(P, APB2FZR, TIM15,       16,  1) \
    F(P, APB2FZR, TIM16,       17,  1) \
    F(P, APB2FZR, TIM17,       18,  1)

/* clang-format on */

DEFINE_REGS(G0_DBGMCU)
extern const struct reg_block g0_dbgmcu_regs;
