/* rng.h - random number generator of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define RNG_REGS(R, P) \
    R(P, CR,   0x000) \
    R(P, SR,   0x004) \
    R(P, DR,   0x008) \
    R(P, HTCR, 0x010)

#define RNG_FIELDS(F, P) \
    F(P, CR,   RNGEN,        2,  1) \
    F(P, CR,   IE,           3,  1) \
    F(P, CR,   CED,          5,  1) \
    F(P, CR,   ARDIS,        7,  1) \
    F(P, CR,   RNG_CONFIG3,  8,  4) \
    F(P, CR,   NISTC,       12,  1) \
    F(P, CR,   RNG_CONFIG2, 13,  3) \
    F(P, CR,   CLKDIV,      16,  4) \
    F(P, CR,   RNG_CONFIG1, 20,  6) \
    F(P, CR,   CONDRST,     30,  1) \
    F(P, CR,   CONFIGLOCK,  31,  1) \
    F(P, SR,   DRDY,         0,  1) \
    F(P, SR,   CECS,         1,  1) \
    F(P, SR,   SECS,         2,  1) \
    F(P, SR,   CEIS,         5,  1) \
    F(P, SR,   SEIS,         6,  1) \
    F(P, HTCR, HTCFG,        0, 32)

/* clang-format on */

DEFINE_REGS(RNG)
extern const struct reg_block rng_regs;
