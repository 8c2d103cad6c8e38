/* dmamux.h - DMA request multiplexer; the STM32G0's has seven channels.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define DMAMUX_REGS(R, P) \
    R(P, C0CR,  0x000) \
    R(P, C1CR,  0x004) \
    R(P, C2CR,  0x008) \
    R(P, C3CR,  0x00C) \
    R(P, C4CR,  0x010) \
    R(P, C5CR,  0x014) \
    R(P, C6CR,  0x018) \
    R(P, C7CR,  0x01C) \
    R(P, C8CR,  0x020) \
    R(P, C9CR,  0x024) \
    R(P, C10CR, 0x028) \
    R(P, C11CR, 0x02C) \
    R(P, C12CR, 0x030) \
    R(P, C13CR, 0x034) \
    R(P, C14CR, 0x038) \
    R(P, C15CR, 0x03C) \
    R(P, CSR,   0x080) \
    R(P, CFR,   0x084) \
    R(P, RG0CR, 0x100) \
    R(P, RG1CR, 0x104) \
    R(P, RG2CR, 0x108) \
    R(P, RG3CR, 0x10C) \
    R(P, RG4CR, 0x110) \
    R(P, RG5CR, 0x114) \
    R(P, RG6CR, 0x118) \
    R(P, RG7CR, 0x11C) \
    R(P, RGSR,  0x140) \
    R(P, RGCFR, 0x144)

#define DMAMUX_FIELDS(F, P) \
    F(P, C0CR,  DMAREQ_ID,  0,  8) \
    F(P, C0CR,  SOIE,       8,  1) \
    F(P, C0CR,  EGE,        9,  1) \
    F(P, C0CR,  SE,        16,  1) \
    F(P, C0CR,  SPOL,      17,  2) \
    F(P, C0CR,  NBREQ,     19,  5) \
    F(P, C0CR,  SYNC_ID,   24,  5) \
    F(P, C1CR,  DMAREQ_ID,  0,  8) \
    F(P, C1CR,  SOIE,       8,  1) \
    F(P, C1CR,  EGE,        9,  1) \
    F(P, C1CR,  SE,        16,  1) \
    F(P, C1CR,  SPOL,      17,  2) \
    F(P, C1CR,  NBREQ,     19,  5) \
    F(P, C1CR,  SYNC_ID,   24,  5) \
    F(P, C2CR,  DMAREQ_ID,  0,  8) \
    F(P, C2CR,  SOIE,       8,  1) \
    F(P, C2CR,  EGE,        9,  1) \
    F(P, C2CR,  SE,        16,  1) \
    F(P, C2CR,  SPOL,      17,  2) \
    F(P, C2CR,  NBREQ,     19,  5) \
    F(P, C2CR,  SYNC_ID,   24,  5) \
    F(P, C3CR,  DMAREQ_ID,  0,  8) \
    F(P, C3CR,  SOIE,       8,  1) \
    F(P, C3CR,  EGE,        9,  1) \
    F(P, C3CR,  SE,        16,  1) \
    F(P, C3CR,  SPOL,      17,  2) \
    F(P, C3CR,  NBREQ,     19,  5) \
    F(P, C3CR,  SYNC_ID,   24,  5) \
    F(P, C4CR,  DMAREQ_ID,  0,  8) \
    F(P, C4CR,  SOIE,       8,  1) \
    F(P, C4CR,  EGE,        9,  1) \
    F(P, C4CR,  SE,        16,  1) \
    F(P, C4CR,  SPOL,      17,  2) \
    F(P, C4CR,  NBREQ,     19,  5) \
    F(P, C4CR,  SYNC_ID,   24,  5) \
    F(P, C5CR,  DMAREQ_ID,  0,  8) \
    F(P, C5CR,  SOIE,       8,  1) \
    F(P, C5CR,  EGE,        9,  1) \
    F(P, C5CR,  SE,        16,  1) \
    F(P, C5CR,  SPOL,      17,  2) \
    F(P, C5CR,  NBREQ,     19,  5) \
    F(P, C5CR,  SYNC_ID,   24,  5) \
    F(P, C6CR,  DMAREQ_ID,  0,  8) \
    F(P, C6CR,  SOIE,       8,  1) \
    F(P, C6CR,  EGE,        9,  1) \
    F(P, C6CR,  SE,        16,  1) \
    F(P, C6CR,  SPOL,      17,  2) \
    F(P, C6CR,  NBREQ,     19,  5) \
    F(P, C6CR,  SYNC_ID,   24,  5) \
    F(P, C7CR,  DMAREQ_ID,  0,  8) \
    F(P, C7CR,  SOIE,       8,  1) \
    F(P, C7CR,  EGE,        9,  1) \
    F(P, C7CR,  SE,        16,  1) \
    F(P, C7CR,  SPOL,      17,  2) \
    F(P, C7CR,  NBREQ,     19,  5) \
    F(P, C7CR,  SYNC_ID,   24,  5) \
    F(P, C8CR,  DMAREQ_ID,  0,  8) \
    F(P, C8CR,  SOIE,       8,  1) \
    F(P, C8CR,  EGE,        9,  1) \
    F(P, C8CR,  SE,        16,  1) \
    F(P, C8CR,  SPOL,      17,  2) \
    F(P, C8CR,  NBREQ,     19,  5) \
    F(P, C8CR,  SYNC_ID,   24,  5) \
    F(P, C9CR,  DMAREQ_ID,  0,  8) \
    F(P, C9CR,  SOIE,       8,  1) \
    F(P, C9CR,  EGE,        9,  1) \
    F(P, C9CR,  SE,        16,  1) \
    F(P, C9CR,  SPOL,      17,  2) \
    F(P, C9CR,  NBREQ,     19,  5) \
    F(P, C9CR,  SYNC_ID,   24,  5) \
    F(P, C10CR, DMAREQ_ID,  0,  8) \
    F(P, C10CR, SOIE,       8,  1) \
    F(P, C10CR, EGE,        9,  1) \
    F(P, C10CR, SE,        16,  1) \
    F(P, C10CR, SPOL,      17,  2) \
    F(P, C10CR, NBREQ,     19,  5) \
    F(P, C10CR, SYNC_ID,   24,  5) \
    F(P, C11CR, DMAREQ_ID,  0,  8) \
    F(P, C11CR, SOIE,       8,  1) \
    F(P, C11CR, EGE,        9,  1) \
    F(P, C11CR, SE,        16,  1) \
    F(P, C11CR, SPOL,      17,  2) \
    F(P, C11CR, NBREQ,     19,  5) \
    F(P, C11CR, SYNC_ID,   24,  5) \
    F(P, C12CR, DMAREQ_ID,  0,  8) \
    F(P, C12CR, SOIE,       8,  1) \
    F(P, C12CR, EGE,        9,  1) \
    F(P, C12CR, SE,        16,  1) \
    F(P, C12CR, SPOL,      17,  2) \
    F(P, C12CR, NBREQ,     19,  5) \
    F(P, C12CR, SYNC_ID,   24,  5) \
    F(P, C13CR, DMAREQ_ID,  0,  8) \
    F(P, C13CR, SOIE,       8,  1) \
    F(P, C13CR, EGE,        9,  1) \
    F(P, C13CR, SE,        16,  1) \
    F(P, C13CR, SPOL,      17,  2) \
    F(P, C13CR, NBREQ,     19,  5) \
    F(P, C13CR, SYNC_ID,   24,  5) \
    F(P, C14CR, DMAREQ_ID,  0,  8) \
    F(P, C14CR, SOIE,       8,  1) \
    F(P, C14CR, EGE,        9,  1) \
    F(P, C14CR, SE,        16,  1) \
    F(P, C14CR, SPOL,      17,  2) \
    F(P, C14CR, NBREQ,     19,  5) \
    F(P, C14CR, SYNC_ID,   24,  5) \
    F(P, C15CR, DMAREQ_ID,  0,  8) \
    F(P, C15CR, SOIE,       8,  1) \
    F(P, C15CR, EGE,        9,  1) \
    F(P, C15CR, SE,        16,  1) \
    F(P, C15CR, SPOL,      17,  2) \
    F(P, C15CR, NBREQ,     19,  5) \
    F(P, C15CR, SYNC_ID,   24,  5) \
    F(P, CSR,   SOF0,       0,  1) \
    F(P, CSR,   SOF1,       1,  1) \
    F(P, CSR,   SOF2,       2,  1) \
    F(P, CSR,   SOF3,       3,  1) \
    F(P, CSR,   SOF4,       4,  1) \
    F(P, CSR,   SOF5,       5,  1) \
    F(P, CSR,   SOF6,       6,  1) \
    F(P, CSR,   SOF7,       7,  1) \
    F(P, CSR,   SOF8,       8,  1) \
    F(P, CSR,   SOF9,       9,  1) \
    F(P, CSR,   SOF10,     10,  1) \
    F(P, CSR,   SOF11,     11,  1) \
    F(P, CSR,   SOF12,     12,  1) \
    F(P, CSR,   SOF13,     13,  1) \
    F(P, CSR,   SOF14,     14,  1) \
    F(P, CSR,   SOF15,     15,  1) \
    F(P, CFR,   CSOF0,      0,  1) \
    F(P, CFR,   CSOF1,      1,  1) \
    F(P, CFR,   CSOF2,      2,  1) \
    F(P, CFR,   CSOF3,      3,  1) \
    F(P, CFR,   CSOF4,      4,  1) \
    F(P, CFR,   CSOF5,      5,  1) \
    F(P, CFR,   CSOF6,      6,  1) \
    F(P, CFR,   CSOF7,      7,  1) \
    F(P, CFR,   CSOF8,      8,  1) \
    F(P, CFR,   CSOF9,      9,  1) \
    F(P, CFR,   CSOF10,    10,  1) \
    F(P, CFR,   CSOF11,    11,  1) \
    F(P, CFR,   CSOF12,    12,  1) \
    F(P, CFR,   CSOF13,    13,  1) \
    F(P, CFR,   CSOF14,    14,  1) \
    F(P, CFR,   CSOF15,    15,  1) \
    F(P, RG0CR, SIG_ID,     0,  5) \
    F(P, RG0CR, OIE,        8,  1) \
    F(P, RG0CR, GE,        16,  1) \
    F(P, RG0CR, GPOL,      17,  2) \
    F(P, RG0CR, GNBREQ,    19,  5) \
    F(P, RG1CR, SIG_ID,     0,  5) \
    F(P, RG1CR, OIE,        8,  1) \
    F(P, RG1CR, GE,        16,  1) \
    F(P, RG1CR, GPOL,      17,  2) \
    F(P, RG1CR, GNBREQ,    19,  5) \
    F(P, RG2CR, SIG_ID,     0,  5) \
    F(P, RG2CR, OIE,        8,  1) \
    F(P, RG2CR, GE,        16,  1) \
    F(P, RG2CR, GPOL,      17,  2) \
    F(P, RG2CR, GNBREQ,    19,  5) \
    F(P, RG3CR, SIG_ID,     0,  5) \
    F(P, RG3CR, OIE,        8,  1) \
    F(P, RG3CR, GE,        16,  1) \
    F(P, RG3CR, GPOL,      17,  2) \
    F(P, RG3CR, GNBREQ,    19,  5) \
    F(P, RG4CR, SIG_ID,     0,  5) \
    F(P, RG4CR, OIE,        8,  1) \
    F(P, RG4CR, GE,        16,  1) \
    F(P, RG4CR, GPOL,      17,  2) \
    F(P, RG4CR, GNBREQ,    19,  5) \
    F(P, RG5CR, SIG_ID,     0,  5) \
    F(P, RG5CR, OIE,        8,  1) \
    F(P, RG5CR, GE,        16,  1) \
    F(P, RG5CR, GPOL,      17,  2) \
    F(P, RG5CR, GNBREQ,    19,  5) \
    F(P, RG6CR, SIG_ID,     0,  5) \
    F(P, RG6CR, OIE,        8,  1) \
    F(P, RG6CR, GE,        16,  1) \
    F(P, RG6CR, GPOL,      17,  2) \
    F(P, RG6CR, GNBREQ,    19,  5) \
    F(P, RG7CR, SIG_ID,     0,  5) \
    F(P, RG7CR, OIE,        8,  1) \
    F(P, RG7CR, GE,        16,  1) \
    F(P, RG7CR, GPOL,      17,  2) \
    F(P, RG7CR, GNBREQ,    19,  5) \
    F(P, RGSR,  OF0,        0,  1) \
    F(P, RGSR,  OF1,        1,  1) \
    F(P, RGSR,  OF2,        2,  1) \
    F(P, RGSR,  OF3,        3,  1) \
    F(P, RGSR,  OF4,        4,  1) \
    F(P, RGSR,  OF5,        5,  1) \
    F(P, RGSR,  OF6,        6,  1) \
    F(P, RGSR,  OF7,        7,  1) \
    F(P, RGCFR, COF0,       0,  1) \
    F(P, RGCFR, COF1,       1,  1) \
    F(P, RGCFR, COF2,       2,  1) \
    F(P, RGCFR, COF3,       3,  1) \
    F(P, RGCFR, COF4,       4,  1) \
    F(P, RGCFR, COF5,       5,  1) \
    F(P, RGCFR, COF6,       6,  1) \
    F(P, RGCFR, COF7,       7,  1)

/* clang-format on */

DEFINE_REGS(DMAMUX)
extern const struct reg_block dmamux_regs;
