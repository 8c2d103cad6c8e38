/* dac.h - digital to analog converter, the same on STM32U0 (which has channel 1 only) and STM32G0.
 *
 * Source: RM0503, RM0444 (DAC); ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define DAC_REGS(R, P) \
    R(P, CR,      0x000) \
    R(P, SWTRGR,  0x004) \
    R(P, DHR12R1, 0x008) \
    R(P, DHR12L1, 0x00C) \
    R(P, DHR8R1,  0x010) \
    R(P, DHR12R2, 0x014) \
    R(P, DHR12L2, 0x018) \
    R(P, DHR8R2,  0x01C) \
    R(P, DHR12RD, 0x020) \
    R(P, DHR12LD, 0x024) \
    R(P, DHR8RD,  0x028) \
    R(P, DOR1,    0x02C) \
    R(P, DOR2,    0x030) \
    R(P, SR,      0x034) \
    R(P, CCR,     0x038) \
    R(P, MCR,     0x03C) \
    R(P, SHSR1,   0x040) \
    R(P, SHSR2,   0x044) \
    R(P, SHHR,    0x048) \
    R(P, SHRR,    0x04C)

#define DAC_FIELDS(F, P) \
    F(P, CR,      EN1,        0,  1) \
    F(P, CR,      TEN1,       1,  1) \
    F(P, CR,      TSEL1,      2,  4) \
    F(P, CR,      WAVE1,      6,  2) \
    F(P, CR,      MAMP1,      8,  4) \
    F(P, CR,      DMAEN1,    12,  1) \
    F(P, CR,      DMAUDRIE1, 13,  1) \
    F(P, CR,      CEN1,      14,  1) \
    F(P, CR,      EN2,       16,  1) \
    F(P, CR,      TEN2,      17,  1) \
    F(P, CR,      TSEL2,     18,  4) \
    F(P, CR,      WAVE2,     22,  2) \
    F(P, CR,      MAMP2,     24,  4) \
    F(P, CR,      DMAEN2,    28,  1) \
    F(P, CR,      DMAUDRIE2, 29,  1) \
    F(P, CR,      CEN2,      30,  1) \
    F(P, SWTRGR,  SWTRIG1,    0,  1) \
    F(P, SWTRGR,  SWTRIG2,    1,  1) \
    F(P, DHR12R1, DACC1DHR,   0, 12) \
    F(P, DHR12L1, DACC1DHR,   4, 12) \
    F(P, DHR8R1,  DACC1DHR,   0,  8) \
    F(P, DHR12R2, DACC2DHR,   0, 12) \
    F(P, DHR12L2, DACC2DHR,   4, 12) \
    F(P, DHR8R2,  DACC2DHR,   0,  8) \
    F(P, DHR12RD, DACC1DHR,   0, 12) \
    F(P, DHR12RD, DACC2DHR,  16, 12) \
    F(P, DHR12LD, DACC1DHR,   4, 12) \
    F(P, DHR12LD, DACC2DHR,  20, 12) \
    F(P, DHR8RD,  DACC1DHR,   0,  8) \
    F(P, DHR8RD,  DACC2DHR,   8,  8) \
    F(P, DOR1,    DACC1DOR,   0, 12) \
    F(P, DOR2,    DACC2DOR,   0, 12) \
    F(P, SR,      DMAUDR1,   13,  1) \
    F(P, SR,      CAL_FLAG1, 14,  1) \
    F(P, SR,      BWST1,     15,  1) \
    F(P, SR,      DMAUDR2,   29,  1) \
    F(P, SR,      CAL_FLAG2, 30,  1) \
    F(P, SR,      BWST2,     31,  1) \
    F(P, CCR,     OTRIM1,     0,  5) \
    F(P, CCR,     OTRIM2,    16,  5) \
    F(P, MCR,     MODE1,      0,  3) \
    F(P, MCR,     MODE2,     16,  3) \
    F(P, SHSR1,   TSAMPLE1,   0, 10) \
    F(P, SHSR2,   TSAMPLE2,   0, 10) \
    F(P, SHHR,    THOLD1,     0, 10) \
    F(P, SHHR,    THOLD2,    16, 10) \
    F(P, SHRR,    TREFRESH1,  0,  8) \
    F(P, SHRR,    TREFRESH2, 16,  8)

/* clang-format on */

DEFINE_REGS(DAC)
extern const struct reg_block dac_regs;
