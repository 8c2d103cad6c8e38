/* g0_iwdg.h - independent watchdog of the STM32G0.
 *
 * Source: RM0444; positions from the public stm32-data project
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_IWDG_REGS(R, P) \
    R(P, KR,   0x000) \
    R(P, PR,   0x004) \
    R(P, RLR,  0x008) \
    R(P, SR,   0x00C) \
    R(P, WINR, 0x010)

#define G0_IWDG_FIELDS(F, P) \
    F(P, KR,   KEY,  0, 16) \
    F(P, PR,   PR,   0,  3) \
    F(P, RLR,  RL,   0, 12) \
    F(P, SR,   PVU,  0,  1) \
    F(P, SR,   RVU,  1,  1) \
    F(P, SR,   WVU,  2,  1) \
    F(P, WINR, WIN,  0, 12)

/* clang-format on */

DEFINE_REGS(G0_IWDG)
extern const struct reg_block g0_iwdg_regs;
