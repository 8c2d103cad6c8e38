/* g0_lptim.h - low-power timer of the STM32G0.
 *
 * Source: RM0444
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define G0_LPTIM_REGS(R, P) \
    R(P, ISR,   0x000) \
    R(P, ICR,   0x004) \
    R(P, IER,   0x008) \
    R(P, CFGR,  0x00C) \
    R(P, CR,    0x010) \
    R(P, CMP,   0x014) \
    R(P, ARR,   0x018) \
    R(P, CNT,   0x01C) \
    R(P, CFGR2, 0x024)

#define G0_LPTIM_FIELDS(F, P) \
    F(P, ISR,   CMPM,       0,  1) \
    F(P, ISR,   ARRM,       1,  1) \
    F(P, ISR,   EXTTRIG,    2,  1) \
    F(P, ISR,   CMPOK,      3,  1) \
    F(P, ISR,   ARROK,      4,  1) \
    F(P, ISR,   UP,         5,  1) \
    F(P, ISR,   DOWN,       6,  1) \
    F(P, ICR,   CMPMCF,     0,  1) \
    F(P, ICR,   ARRMCF,     1,  1) \
    F(P, ICR,   EXTTRIGCF,  2,  1) \
    F(P, ICR,   CMPOKCF,    3,  1) \
    F(P, ICR,   ARROKCF,    4,  1) \
    F(P, ICR,   UPCF,       5,  1) \
    F(P, ICR,   DOWNCF,     6,  1) \
    F(P, IER,   CMPMIE,     0,  1) \
    F(P, IER,   ARRMIE,     1,  1) \
    F(P, IER,   EXTTRIGIE,  2,  1) \
    F(P, IER,   CMPOKIE,    3,  1) \
    F(P, IER,   ARROKIE,    4,  1) \
    F(P, IER,   UPIE,       5,  1) \
    F(P, IER,   DOWNIE,     6,  1) \
    F(P, CFGR,  CKSEL,      0,  1) \
    F(P, CFGR,  CKPOL,      1,  2) \
    F(P, CFGR,  CKFLT,      3,  2) \
    F(P, CFGR,  TRGFLT,     6,  2) \
    F(P, CFGR,  PRESC,      9,  3) \
    F(P, CFGR,  TRIGSEL,   13,  3) \
    F(P, CFGR,  TRIGEN,    17,  2) \
    F(P, CFGR,  TIMOUT,    19,  1) \
    F(P, CFGR,  WAVE,      20,  1) \
    F(P, CFGR,  WAVPOL,    21,  1) \
    F(P, CFGR,  PRELOAD,   22,  1) \
    F(P, CFGR,  COUNTMODE, 23,  1) \
    F(P, CFGR,  ENC,       24,  1) \
    F(P, CR,    ENABLE,     0,  1) \
    F(P, CR,    SNGSTRT,    1,  1) \
    F(P, CR,    CNTSTRT,    2,  1) \
    F(P, CR,    COUNTRST,   3,  1) \
    F(P, CR,    RSTARE,     4,  1) \
    F(P, CMP,   CMP,        0, 16) \
    F(P, ARR,   ARR,        0, 16) \
    F(P, CNT,   CNT,        0, 16) \
    F(P, CFGR2, IN1SEL,     0,  4) \
    F(P, CFGR2, IN2SEL,     4,  4)

/* clang-format on */

DEFINE_REGS(G0_LPTIM)
extern const struct reg_block g0_lptim_regs;
