/* u0_iwdg.h - independent watchdog of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_IWDG_REGS(R, P) \
    R(P, KR,   0x000) \
    R(P, PR,   0x004) \
    R(P, RLR,  0x008) \
    R(P, SR,   0x00C) \
    R(P, WINR, 0x010) \
    R(P, EWCR, 0x014)

#define U0_IWDG_FIELDS(F, P) \
    F(P, KR,   KEY,   0, 16) \
    F(P, PR,   PR,    0,  4) \
    F(P, RLR,  RL,    0, 12) \
    F(P, SR,   PVU,   0,  1) \
    F(P, SR,   RVU,   1,  1) \
    F(P, SR,   WVU,   2,  1) \
    F(P, SR,   EWU,   3,  1) \
    F(P, SR,   ONF,   8,  1) \
    F(P, SR,   EWIF, 14,  1) \
    F(P, WINR, WIN,   0, 12) \
    F(P, EWCR, EWIT,  0, 12) \
    F(P, EWCR, EWIC, 14,  1) \
    F(P, EWCR, EWIE, 15,  1)

/* clang-format on */

DEFINE_REGS(U0_IWDG)
extern const struct reg_block u0_iwdg_regs;
