/* g0_pwr.h - power control of the STM32G0.
 *
 * Source: RM0444; positions from the public stm32-data project
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_PWR_REGS(R, P) \
    R(P, CR1,   0x000) \
    R(P, CR2,   0x004) \
    R(P, CR3,   0x008) \
    R(P, CR4,   0x00C) \
    R(P, SR1,   0x010) \
    R(P, SR2,   0x014) \
    R(P, SCR,   0x018) \
    R(P, PUCR0, 0x020) \
    R(P, PDCR0, 0x024) \
    R(P, PUCR1, 0x028) \
    R(P, PDCR1, 0x02C) \
    R(P, PUCR2, 0x030) \
    R(P, PDCR2, 0x034) \
    R(P, PUCR3, 0x038) \
    R(P, PDCR3, 0x03C) \
    R(P, PUCR4, 0x040) \
    R(P, PDCR4, 0x044) \
    R(P, PUCR5, 0x048) \
    R(P, PDCR5, 0x04C)

#define G0_PWR_FIELDS(F, P) \
    F(P, CR1,   LPMS,       0,  3) \
    F(P, CR1,   FPD_STOP,   3,  1) \
    F(P, CR1,   FPD_LPRUN,  4,  1) \
    F(P, CR1,   FPD_LPSLP,  5,  1) \
    F(P, CR1,   DBP,        8,  1) \
    F(P, CR1,   VOS,        9,  2) \
    F(P, CR1,   LPR,       14,  1) \
    F(P, CR2,   PVDE,       0,  1) \
    F(P, CR2,   PVDFT,      1,  3) \
    F(P, CR2,   PVDRT,      4,  3) \
    F(P, CR3,   EWUP0,      0,  1) \
    F(P, CR3,   EWUP1,      1,  1) \
    F(P, CR3,   EWUP2,      2,  1) \
    F(P, CR3,   EWUP3,      3,  1) \
    F(P, CR3,   EWUP4,      4,  1) \
    F(P, CR3,   EWUP5,      5,  1) \
    F(P, CR3,   RRS,        8,  1) \
    F(P, CR3,   ULPEN,      9,  1) \
    F(P, CR3,   APC,       10,  1) \
    F(P, CR3,   EIWUL,     15,  1) \
    F(P, CR4,   WP0,        0,  1) \
    F(P, CR4,   WP1,        1,  1) \
    F(P, CR4,   WP2,        2,  1) \
    F(P, CR4,   WP3,        3,  1) \
    F(P, CR4,   WP4,        4,  1) \
    F(P, CR4,   WP5,        5,  1) \
    F(P, CR4,   VBE,        8,  1) \
    F(P, CR4,   VBRS,       9,  1) \
    F(P, SR1,   WUF0,       0,  1) \
    F(P, SR1,   WUF1,       1,  1) \
    F(P, SR1,   WUF2,       2,  1) \
    F(P, SR1,   WUF3,       3,  1) \
    F(P, SR1,   WUF4,       4,  1) \
    F(P, SR1,   WUF5,       5,  1) \
    F(P, SR1,   SBF,        8,  1) \
    F(P, SR1,   WUFI,      15,  1) \
    F(P, SR2,   FLASH_RDY,  7,  1) \
    F(P, SR2,   REGLPS,     8,  1) \
    F(P, SR2,   REGLPF,     9,  1) \
    F(P, SR2,   VOSF,      10,  1) \
    F(P, SR2,   PVDO,      11,  1) \
    F(P, SCR,   CWUF0,      0,  1) \
    F(P, SCR,   CWUF1,      1,  1) \
    F(P, SCR,   CWUF2,      2,  1) \
    F(P, SCR,   CWUF3,      3,  1) \
    F(P, SCR,   CWUF4,      4,  1) \
    F(P, SCR,   CWUF5,      5,  1) \
    F(P, SCR,   CSBF,       8,  1) \
    F(P, PUCR0, P0,         0,  1) \
    F(P, PUCR0, P1,         1,  1) \
    F(P, PUCR0, P2,         2,  1) \
    F(P, PUCR0, P3,         3,  1) \
    F(P, PUCR0, P4,         4,  1) \
    F(P, PUCR0, P5,         5,  1) \
    F(P, PUCR0, P6,         6,  1) \
    F(P, PUCR0, P7,         7,  1) \
    F(P, PUCR0, P8,         8,  1) \
    F(P, PUCR0, P9,         9,  1) \
    F(P, PUCR0, P10,       10,  1) \
    F(P, PUCR0, P11,       11,  1) \
    F(P, PUCR0, P12,       12,  1) \
    F(P, PUCR0, P13,       13,  1) \
    F(P, PUCR0, P14,       14,  1) \
    F(P, PUCR0, P15,       15,  1) \
    F(P, PDCR0, P0,         0,  1) \
    F(P, PDCR0, P1,         1,  1) \
    F(P, PDCR0, P2,         2,  1) \
    F(P, PDCR0, P3,         3,  1) \
    F(P, PDCR0, P4,         4,  1) \
    F(P, PDCR0, P5,         5,  1) \
    F(P, PDCR0, P6,         6,  1) \
    F(P, PDCR0, P7,         7,  1) \
    F(P, PDCR0, P8,         8,  1) \
    F(P, PDCR0, P9,         9,  1) \
    F(P, PDCR0, P10,       10,  1) \
    F(P, PDCR0, P11,       11,  1) \
    F(P, PDCR0, P12,       12,  1) \
    F(P, PDCR0, P13,       13,  1) \
    F(P, PDCR0, P14,       14,  1) \
    F(P, PDCR0, P15,       15,  1) \
    F(P, PUCR1, P0,         0,  1) \
    F(P, PUCR1, P1,         1,  1) \
    F(P, PUCR1, P2,         2,  1) \
    F(P, PUCR1, P3,         3,  1) \
    F(P, PUCR1, P4,         4,  1) \
    F(P, PUCR1, P5,         5,  1) \
    F(P, PUCR1, P6,         6,  1) \
    F(P, PUCR1, P7,         7,  1) \
    F(P, PUCR1, P8,         8,  1) \
    F(P, PUCR1, P9,         9,  1) \
    F(P, PUCR1, P10,       10,  1) \
    F(P, PUCR1, P11,       11,  1) \
    F(P, PUCR1, P12,       12,  1) \
    F(P, PUCR1, P13,       13,  1) \
    F(P, PUCR1, P14,       14,  1) \
    F(P, PUCR1, P15,       15,  1) \
    F(P, PDCR1, P0,         0,  1) \
    F(P, PDCR1, P1,         1,  1) \
    F(P, PDCR1, P2,         2,  1) \
    F(P, PDCR1, P3,         3,  1) \
    F(P, PDCR1, P4,         4,  1) \
    F(P, PDCR1, P5,         5,  1) \
    F(P, PDCR1, P6,         6,  1) \
    F(P, PDCR1, P7,         7,  1) \
    F(P, PDCR1, P8,         8,  1) \
    F(P, PDCR1, P9,         9,  1) \
    F(P, PDCR1, P10,       10,  1) \
    F(P, PDCR1, P11,       11,  1) \
    F(P, PDCR1, P12,       12,  1) \
    F(P, PDCR1, P13,       13,  1) \
    F(P, PDCR1, P14,       14,  1) \
    F(P, PDCR1, P15,       15,  1) \
    F(P, PUCR2, P0,         0,  1) \
    F(P, PUCR2, P1,         1,  1) \
    F(P, PUCR2, P2,         2,  1) \
    F(P, PUCR2, P3,         3,  1) \
    F(P, PUCR2, P4,         4,  1) \
    F(P, PUCR2, P5,         5,  1) \
    F(P, PUCR2, P6,         6,  1) \
    F(P, PUCR2, P7,         7,  1) \
    F(P, PUCR2, P8,         8,  1) \
    F(P, PUCR2, P9,         9,  1) \
    F(P, PUCR2, P10,       10,  1) \
    F(P, PUCR2, P11,       11,  1) \
    F(P, PUCR2, P12,       12,  1) \
    F(P, PUCR2, P13,       13,  1) \
    F(P, PUCR2, P14,       14,  1) \
    F(P, PUCR2, P15,       15,  1) \
    F(P, PDCR2, P0,         0,  1) \
    F(P, PDCR2, P1,         1,  1) \
    F(P, PDCR2, P2,         2,  1) \
    F(P, PDCR2, P3,         3,  1) \
    F(P, PDCR2, P4,         4,  1) \
    F(P, PDCR2, P5,         5,  1) \
    F(P, PDCR2, P6,         6,  1) \
    F(P, PDCR2, P7,         7,  1) \
    F(P, PDCR2, P8,         8,  1) \
    F(P, PDCR2, P9,         9,  1) \
    F(P, PDCR2, P10,       10,  1) \
    F(P, PDCR2, P11,       11,  1) \
    F(P, PDCR2, P12,       12,  1) \
    F(P, PDCR2, P13,       13,  1) \
    F(P, PDCR2, P14,       14,  1) \
    F(P, PDCR2, P15,       15,  1) \
    F(P, PUCR3, P0,         0,  1) \
    F(P, PUCR3, P1,         1,  1) \
    F(P, PUCR3, P2,         2,  1) \
    F(P, PUCR3, P3,         3,  1) \
    F(P, PUCR3, P4,         4,  1) \
    F(P, PUCR3, P5,         5,  1) \
    F(P, PUCR3, P6,         6,  1) \
    F(P, PUCR3, P7,         7,  1) \
    F(P, PUCR3, P8,         8,  1) \
    F(P, PUCR3, P9,         9,  1) \
    F(P, PUCR3, P10,       10,  1) \
    F(P, PUCR3, P11,       11,  1) \
    F(P, PUCR3, P12,       12,  1) \
    F(P, PUCR3, P13,       13,  1) \
    F(P, PUCR3, P14,       14,  1) \
    F(P, PUCR3, P15,       15,  1) \
    F(P, PDCR3, P0,         0,  1) \
    F(P, PDCR3, P1,         1,  1) \
    F(P, PDCR3, P2,         2,  1) \
    F(P, PDCR3, P3,         3,  1) \
    F(P, PDCR3, P4,         4,  1) \
    F(P, PDCR3, P5,         5,  1) \
    F(P, PDCR3, P6,         6,  1) \
    F(P, PDCR3, P7,         7,  1) \
    F(P, PDCR3, P8,         8,  1) \
    F(P, PDCR3, P9,         9,  1) \
    F(P, PDCR3, P10,       10,  1) \
    F(P, PDCR3, P11,       11,  1) \
    F(P, PDCR3, P12,       12,  1) \
    F(P, PDCR3, P13,       13,  1) \
    F(P, PDCR3, P14,       14,  1) \
    F(P, PDCR3, P15,       15,  1) \
    F(P, PUCR4, P0,         0,  1) \
    F(P, PUCR4, P1,         1,  1) \
    F(P, PUCR4, P2,         2,  1) \
    F(P, PUCR4, P3,         3,  1) \
    F(P, PUCR4, P4,         4,  1) \
    F(P, PUCR4, P5,         5,  1) \
    F(P, PUCR4, P6,         6,  1) \
    F(P, PUCR4, P7,         7,  1) \
    F(P, PUCR4, P8,         8,  1) \
    F(P, PUCR4, P9,         9,  1) \
    F(P, PUCR4, P10,       10,  1) \
    F(P, PUCR4, P11,       11,  1) \
    F(P, PUCR4, P12,       12,  1) \
    F(P, PUCR4, P13,       13,  1) \
    F(P, PUCR4, P14,       14,  1) \
    F(P, PUCR4, P15,       15,  1) \
    F(P, PDCR4, P0,         0,  1) \
    F(P, PDCR4, P1,         1,  1) \
    F(P, PDCR4, P2,         2,  1) \
    F(P, PDCR4, P3,         3,  1) \
    F(P, PDCR4, P4,         4,  1) \
    F(P, PDCR4, P5,         5,  1) \
    F(P, PDCR4, P6,         6,  1) \
    F(P, PDCR4, P7,         7,  1) \
    F(P, PDCR4, P8,         8,  1) \
    F(P, PDCR4, P9,         9,  1) \
    F(P, PDCR4, P10,       10,  1) \
    F(P, PDCR4, P11,       11,  1) \
    F(P, PDCR4, P12,       12,  1) \
    F(P, PDCR4, P13,       13,  1) \
    F(P, PDCR4, P14,       14,  1) \
    F(P, PDCR4, P15,       15,  1) \
    F(P, PUCR5, P0,         0,  1) \
    F(P, PUCR5, P1,         1,  1) \
    F(P, PUCR5, P2,         2,  1) \
    F(P, PUCR5, P3,         3,  1) \
    F(P, PUCR5, P4,         4,  1) \
    F(P, PUCR5, P5,         5,  1) \
    F(P, PUCR5, P6,         6,  1) \
    F(P, PUCR5, P7,         7,  1) \
    F(P, PUCR5, P8,         8,  1) \
    F(P, PUCR5, P9,         9,  1) \
    F(P, PUCR5, P10,       10,  1) \
    F(P, PUCR5, P11,       11,  1) \
    F(P, PUCR5, P12,       12,  1) \
    F(P, PUCR5, P13,       13,  1) \
    F(P, PUCR5, P14,       14,  1) \
    F(P, PUCR5, P15,       15,  1) \
    F(P, PDCR5, P0,         0,  1) \
    F(P, PDCR5, P1,         1,  1) \
    F(P, PDCR5, P2,         2,  1) \
    F(P, PDCR5, P3,         3,  1) \
    F(P, PDCR5, P4,         4,  1) \
    F(P, PDCR5, P5,         5,  1) \
    F(P, PDCR5, P6,         6,  1) \
    F(P, PDCR5, P7,         7,  1) \
    F(P, PDCR5, P8,         8,  1) \
    F(P, PDCR5, P9,         9,  1) \
    F(P, PDCR5, P10,       10,  1) \
    F(P, PDCR5, P11,       11,  1) \
    F(P, PDCR5, P12,       12,  1) \
    F(P, PDCR5, P13,       13,  1) \
    F(P, PDCR5, P14,       14,  1) \
    F(P, PDCR5, P15,       15,  1)

/* clang-format on */

DEFINE_REGS(G0_PWR)
extern const struct reg_block g0_pwr_regs;
