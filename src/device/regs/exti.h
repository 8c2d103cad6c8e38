/* exti.h - extended interrupt and event controller, as far as STM32U0 and STM32G0 agree.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define EXTI_REGS(R, P) \
    R(P, RTSR1,   0x000) \
    R(P, FTSR1,   0x004) \
    R(P, SWIER1,  0x008) \
    R(P, RPR1,    0x00C) \
    R(P, FPR1,    0x010) \
    R(P, EXTICR1, 0x060) \
    R(P, EXTICR2, 0x064) \
    R(P, EXTICR3, 0x068) \
    R(P, EXTICR4, 0x06C) \
    R(P, IMR1,    0x080) \
    R(P, EMR1,    0x084) \
    R(P, IMR2,    0x090) \
    R(P, EMR2,    0x094)

#define EXTI_FIELDS(F, P) \
    F(P, EXTICR1, EXTI0,  0, 8) \
    F(P, EXTICR1, EXTI1,  8, 8) \
    F(P, EXTICR1, EXTI2, 16, 8) \
    F(P, EXTICR1, EXTI3, 24, 8)

/* clang-format on */

DEFINE_REGS(EXTI)
extern const struct reg_block exti_regs;
