/* wwdg.h - window watchdog, the same registers on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define WWDG_REGS(R, P) \
    R(P, CR,  0x000) \
    R(P, CFR, 0x004) \
    R(P, SR,  0x008)

#define WWDG_FIELDS(F, P) \
    F(P, CR,  T,      0,  7) \
    F(P, CR,  WDGA,   7,  1) \
    F(P, CFR, W,      0,  7) \
    F(P, CFR, EWI,    9,  1) \
    F(P, CFR, WDGTB, 11,  3) \
    F(P, SR,  EWIF,   0,  1)

/* clang-format on */

DEFINE_REGS(WWDG)
extern const struct reg_block wwdg_regs;
