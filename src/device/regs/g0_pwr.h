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
    R(P, PUCRA, 0x020) \
    R(P, PDCRA, 0x024) \
    R(P, PUCRB, 0x028) \
    R(P, PDCRB, 0x02C) \
    R(P, PUCRC, 0x030) \
    R(P, PDCRC, 0x034) \
    R(P, PUCRD, 0x038) \
    R(P, PDCRD, 0x03C) \
    R(P, PUCRE, 0x040) \
    R(P, PDCRE, 0x044) \
    R(P, PUCRF, 0x048) \
    R(P, PDCRF, 0x04C)

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
    F(P, CR3,   EWUP1,      0,  1) \
    F(P, CR3,   EWUP2,      1,  1) \
    F(P, CR3,   EWUP3,      2,  1) \
    F(P, CR3,   EWUP4,      3,  1) \
    F(P, CR3,   EWUP5,      4,  1) \
    F(P, CR3,   EWUP6,      5,  1) \
    F(P, CR3,   RRS,        8,  1) \
    F(P, CR3,   ENB_ULP,    9,  1) \
    F(P, CR3,   APC,       10,  1) \
    F(P, CR3,   EIWUL,     15,  1) \
    F(P, CR4,   WP1,        0,  1) \
    F(P, CR4,   WP2,        1,  1) \
    F(P, CR4,   WP3,        2,  1) \
    F(P, CR4,   WP4,        3,  1) \
    F(P, CR4,   WP5,        4,  1) \
    F(P, CR4,   WP6,        5,  1) \
    F(P, CR4,   VBE,        8,  1) \
    F(P, CR4,   VBRS,       9,  1) \
    F(P, SR1,   WUF1,       0,  1) \
    F(P, SR1,   WUF2,       1,  1) \
    F(P, SR1,   WUF3,       2,  1) \
    F(P, SR1,   WUF4,       3,  1) \
    F(P, SR1,   WUF5,       4,  1) \
    F(P, SR1,   WUF6,       5,  1) \
    F(P, SR1,   SBF,        8,  1) \
    F(P, SR1,   WUFI,      15,  1) \
    F(P, SR2,   FLASH_RDY,  7,  1) \
    F(P, SR2,   REGLPS,     8,  1) \
    F(P, SR2,   REGLPF,     9,  1) \
    F(P, SR2,   VOSF,      10,  1) \
    F(P, SR2,   PVDO,      11,  1) \
    F(P, SCR,   CWUF1,      0,  1) \
    F(P, SCR,   CWUF2,      1,  1) \
    F(P, SCR,   CWUF3,      2,  1) \
    F(P, SCR,   CWUF4,      3,  1) \
    F(P, SCR,   CWUF5,      4,  1) \
    F(P, SCR,   CWUF6,      5,  1) \
    F(P, SCR,   CSBF,       8,  1) \
    F(P, PUCRA, PU0,        0,  1) \
    F(P, PUCRA, PU1,        1,  1) \
    F(P, PUCRA, PU2,        2,  1) \
    F(P, PUCRA, PU3,        3,  1) \
    F(P, PUCRA, PU4,        4,  1) \
    F(P, PUCRA, PU5,        5,  1) \
    F(P, PUCRA, PU6,        6,  1) \
    F(P, PUCRA, PU7,        7,  1) \
    F(P, PUCRA, PU8,        8,  1) \
    F(P, PUCRA, PU9,        9,  1) \
    F(P, PUCRA, PU10,      10,  1) \
    F(P, PUCRA, PU11,      11,  1) \
    F(P, PUCRA, PU12,      12,  1) \
    F(P, PUCRA, PU13,      13,  1) \
    F(P, PUCRA, PU14,      14,  1) \
    F(P, PUCRA, PU15,      15,  1) \
    F(P, PDCRA, PD0,        0,  1) \
    F(P, PDCRA, PD1,        1,  1) \
    F(P, PDCRA, PD2,        2,  1) \
    F(P, PDCRA, PD3,        3,  1) \
    F(P, PDCRA, PD4,        4,  1) \
    F(P, PDCRA, PD5,        5,  1) \
    F(P, PDCRA, PD6,        6,  1) \
    F(P, PDCRA, PD7,        7,  1) \
    F(P, PDCRA, PD8,        8,  1) \
    F(P, PDCRA, PD9,        9,  1) \
    F(P, PDCRA, PD10,      10,  1) \
    F(P, PDCRA, PD11,      11,  1) \
    F(P, PDCRA, PD12,      12,  1) \
    F(P, PDCRA, PD13,      13,  1) \
    F(P, PDCRA, PD14,      14,  1) \
    F(P, PDCRA, PD15,      15,  1) \
    F(P, PUCRB, PU0,        0,  1) \
    F(P, PUCRB, PU1,        1,  1) \
    F(P, PUCRB, PU2,        2,  1) \
    F(P, PUCRB, PU3,        3,  1) \
    F(P, PUCRB, PU4,        4,  1) \
    F(P, PUCRB, PU5,        5,  1) \
    F(P, PUCRB, PU6,        6,  1) \
    F(P, PUCRB, PU7,        7,  1) \
    F(P, PUCRB, PU8,        8,  1) \
    F(P, PUCRB, PU9,        9,  1) \
    F(P, PUCRB, PU10,      10,  1) \
    F(P, PUCRB, PU11,      11,  1) \
    F(P, PUCRB, PU12,      12,  1) \
    F(P, PUCRB, PU13,      13,  1) \
    F(P, PUCRB, PU14,      14,  1) \
    F(P, PUCRB, PU15,      15,  1) \
    F(P, PDCRB, PD0,        0,  1) \
    F(P, PDCRB, PD1,        1,  1) \
    F(P, PDCRB, PD2,        2,  1) \
    F(P, PDCRB, PD3,        3,  1) \
    F(P, PDCRB, PD4,        4,  1) \
    F(P, PDCRB, PD5,        5,  1) \
    F(P, PDCRB, PD6,        6,  1) \
    F(P, PDCRB, PD7,        7,  1) \
    F(P, PDCRB, PD8,        8,  1) \
    F(P, PDCRB, PD9,        9,  1) \
    F(P, PDCRB, PD10,      10,  1) \
    F(P, PDCRB, PD11,      11,  1) \
    F(P, PDCRB, PD12,      12,  1) \
    F(P, PDCRB, PD13,      13,  1) \
    F(P, PDCRB, PD14,      14,  1) \
    F(P, PDCRB, PD15,      15,  1) \
    F(P, PUCRC, PU0,        0,  1) \
    F(P, PUCRC, PU1,        1,  1) \
    F(P, PUCRC, PU2,        2,  1) \
    F(P, PUCRC, PU3,        3,  1) \
    F(P, PUCRC, PU4,        4,  1) \
    F(P, PUCRC, PU5,        5,  1) \
    F(P, PUCRC, PU6,        6,  1) \
    F(P, PUCRC, PU7,        7,  1) \
    F(P, PUCRC, PU8,        8,  1) \
    F(P, PUCRC, PU9,        9,  1) \
    F(P, PUCRC, PU10,      10,  1) \
    F(P, PUCRC, PU11,      11,  1) \
    F(P, PUCRC, PU12,      12,  1) \
    F(P, PUCRC, PU13,      13,  1) \
    F(P, PUCRC, PU14,      14,  1) \
    F(P, PUCRC, PU15,      15,  1) \
    F(P, PDCRC, PD0,        0,  1) \
    F(P, PDCRC, PD1,        1,  1) \
    F(P, PDCRC, PD2,        2,  1) \
    F(P, PDCRC, PD3,        3,  1) \
    F(P, PDCRC, PD4,        4,  1) \
    F(P, PDCRC, PD5,        5,  1) \
    F(P, PDCRC, PD6,        6,  1) \
    F(P, PDCRC, PD7,        7,  1) \
    F(P, PDCRC, PD8,        8,  1) \
    F(P, PDCRC, PD9,        9,  1) \
    F(P, PDCRC, PD10,      10,  1) \
    F(P, PDCRC, PD11,      11,  1) \
    F(P, PDCRC, PD12,      12,  1) \
    F(P, PDCRC, PD13,      13,  1) \
    F(P, PDCRC, PD14,      14,  1) \
    F(P, PDCRC, PD15,      15,  1) \
    F(P, PUCRD, PU0,        0,  1) \
    F(P, PUCRD, PU1,        1,  1) \
    F(P, PUCRD, PU2,        2,  1) \
    F(P, PUCRD, PU3,        3,  1) \
    F(P, PUCRD, PU4,        4,  1) \
    F(P, PUCRD, PU5,        5,  1) \
    F(P, PUCRD, PU6,        6,  1) \
    F(P, PUCRD, PU7,        7,  1) \
    F(P, PUCRD, PU8,        8,  1) \
    F(P, PUCRD, PU9,        9,  1) \
    F(P, PUCRD, PU10,      10,  1) \
    F(P, PUCRD, PU11,      11,  1) \
    F(P, PUCRD, PU12,      12,  1) \
    F(P, PUCRD, PU13,      13,  1) \
    F(P, PUCRD, PU14,      14,  1) \
    F(P, PUCRD, PU15,      15,  1) \
    F(P, PDCRD, PD0,        0,  1) \
    F(P, PDCRD, PD1,        1,  1) \
    F(P, PDCRD, PD2,        2,  1) \
    F(P, PDCRD, PD3,        3,  1) \
    F(P, PDCRD, PD4,        4,  1) \
    F(P, PDCRD, PD5,        5,  1) \
    F(P, PDCRD, PD6,        6,  1) \
    F(P, PDCRD, PD7,        7,  1) \
    F(P, PDCRD, PD8,        8,  1) \
    F(P, PDCRD, PD9,        9,  1) \
    F(P, PDCRD, PD10,      10,  1) \
    F(P, PDCRD, PD11,      11,  1) \
    F(P, PDCRD, PD12,      12,  1) \
    F(P, PDCRD, PD13,      13,  1) \
    F(P, PDCRD, PD14,      14,  1) \
    F(P, PDCRD, PD15,      15,  1) \
    F(P, PUCRE, PU0,        0,  1) \
    F(P, PUCRE, PU1,        1,  1) \
    F(P, PUCRE, PU2,        2,  1) \
    F(P, PUCRE, PU3,        3,  1) \
    F(P, PUCRE, PU4,        4,  1) \
    F(P, PUCRE, PU5,        5,  1) \
    F(P, PUCRE, PU6,        6,  1) \
    F(P, PUCRE, PU7,        7,  1) \
    F(P, PUCRE, PU8,        8,  1) \
    F(P, PUCRE, PU9,        9,  1) \
    F(P, PUCRE, PU10,      10,  1) \
    F(P, PUCRE, PU11,      11,  1) \
    F(P, PUCRE, PU12,      12,  1) \
    F(P, PUCRE, PU13,      13,  1) \
    F(P, PUCRE, PU14,      14,  1) \
    F(P, PUCRE, PU15,      15,  1) \
    F(P, PDCRE, PD0,        0,  1) \
    F(P, PDCRE, PD1,        1,  1) \
    F(P, PDCRE, PD2,        2,  1) \
    F(P, PDCRE, PD3,        3,  1) \
    F(P, PDCRE, PD4,        4,  1) \
    F(P, PDCRE, PD5,        5,  1) \
    F(P, PDCRE, PD6,        6,  1) \
    F(P, PDCRE, PD7,        7,  1) \
    F(P, PDCRE, PD8,        8,  1) \
    F(P, PDCRE, PD9,        9,  1) \
    F(P, PDCRE, PD10,      10,  1) \
    F(P, PDCRE, PD11,      11,  1) \
    F(P, PDCRE, PD12,      12,  1) \
    F(P, PDCRE, PD13,      13,  1) \
    F(P, PDCRE, PD14,      14,  1) \
    F(P, PDCRE, PD15,      15,  1) \
    F(P, PUCRF, PU0,        0,  1) \
    F(P, PUCRF, PU1,        1,  1) \
    F(P, PUCRF, PU2,        2,  1) \
    F(P, PUCRF, PU3,        3,  1) \
    F(P, PUCRF, PU4,        4,  1) \
    F(P, PUCRF, PU5,        5,  1) \
    F(P, PUCRF, PU6,        6,  1) \
    F(P, PUCRF, PU7,        7,  1) \
    F(P, PUCRF, PU8,        8,  1) \
    F(P, PUCRF, PU9,        9,  1) \
    F(P, PUCRF, PU10,      10,  1) \
    F(P, PUCRF, PU11,      11,  1) \
    F(P, PUCRF, PU12,      12,  1) \
    F(P, PUCRF, PU13,      13,  1) \
    F(P, PUCRF, PU14,      14,  1) \
    F(P, PUCRF, PU15,      15,  1) \
    F(P, PDCRF, PD0,        0,  1) \
    F(P, PDCRF, PD1,        1,  1) \
    F(P, PDCRF, PD2,        2,  1) \
    F(P, PDCRF, PD3,        3,  1) \
    F(P, PDCRF, PD4,        4,  1) \
    F(P, PDCRF, PD5,        5,  1) \
    F(P, PDCRF, PD6,        6,  1) \
    F(P, PDCRF, PD7,        7,  1) \
    F(P, PDCRF, PD8,        8,  1) \
    F(P, PDCRF, PD9,        9,  1) \
    F(P, PDCRF, PD10,      10,  1) \
    F(P, PDCRF, PD11,      11,  1) \
    F(P, PDCRF, PD12,      12,  1) \
    F(P, PDCRF, PD13,      13,  1) \
    F(P, PDCRF, PD14,      14,  1) \
    F(P, PDCRF, PD15,      15,  1)

/* clang-format on */

DEFINE_REGS(G0_PWR)
extern const struct reg_block g0_pwr_regs;
