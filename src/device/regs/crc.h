/* crc.h - CRC unit, the same on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * One list for both families; RTYPE_IN, RTYPE_OUT and the upper bit of REV_OUT exist on the U0 only.
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define CRC_REGS(R, P) \
    R(P, DR,   0x000) \
    R(P, IDR,  0x004) \
    R(P, CR,   0x008) \
    R(P, INIT, 0x010) \
    R(P, POL,  0x014)

#define CRC_FIELDS(F, P) \
    F(P, DR,   DR,         0, 32) \
    F(P, IDR,  IDR,        0, 32) \
    F(P, CR,   RESET,      0,  1) \
    F(P, CR,   POLYSIZE,   3,  2) \
    F(P, CR,   REV_IN,     5,  2) \
    F(P, CR,   REV_OUT,    7,  2) \
    F(P, CR,   RTYPE_IN,   9,  1) \
    F(P, CR,   RTYPE_OUT, 10,  1) \
    F(P, INIT, CRC_INIT,   0, 32) \
    F(P, POL,  POL,        0, 32)

/* clang-format on */

DEFINE_REGS(CRC)
extern const struct reg_block crc_regs;
