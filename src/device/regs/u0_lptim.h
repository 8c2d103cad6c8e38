/* u0_lptim.h - low-power timer of the STM32U0.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_LPTIM_REGS(R, P) \
    R(P, ISR,   0x000) \
    R(P, ICR,   0x004) \
    R(P, DIER,  0x008) \
    R(P, CFGR,  0x00C) \
    R(P, CR,    0x010) \
    R(P, CCR1,  0x014) \
    R(P, ARR,   0x018) \
    R(P, CNT,   0x01C) \
    R(P, CFGR2, 0x024) \
    R(P, RCR,   0x028) \
    R(P, CCMR1, 0x02C) \
    R(P, CCMR2, 0x030) \
    R(P, CCR2,  0x034) \
    R(P, CCR3,  0x038) \
    R(P, CCR4,  0x03C)

#define U0_LPTIM_FIELDS(F, P) \
    F(P, ISR,   CC1IF,      0,  1) \
    F(P, ISR,   ARRM,       1,  1) \
    F(P, ISR,   EXTTRIG,    2,  1) \
    F(P, ISR,   CMP1OK,     3,  1) \
    F(P, ISR,   ARROK,      4,  1) \
    F(P, ISR,   UP,         5,  1) \
    F(P, ISR,   DOWN,       6,  1) \
    F(P, ISR,   UE,         7,  1) \
    F(P, ISR,   REPOK,      8,  1) \
    F(P, ISR,   CC2IF,      9,  1) \
    F(P, ISR,   CC3IF,     10,  1) \
    F(P, ISR,   CC4IF,     11,  1) \
    F(P, ISR,   CC1OF,     12,  1) \
    F(P, ISR,   CC2OF,     13,  1) \
    F(P, ISR,   CC3OF,     14,  1) \
    F(P, ISR,   CC4OF,     15,  1) \
    F(P, ISR,   CMP2OK,    19,  1) \
    F(P, ISR,   CMP3OK,    20,  1) \
    F(P, ISR,   CMP4OK,    21,  1) \
    F(P, ISR,   DIEROK,    24,  1) \
    F(P, ICR,   CC1CF,      0,  1) \
    F(P, ICR,   ARRMCF,     1,  1) \
    F(P, ICR,   EXTTRIGCF,  2,  1) \
    F(P, ICR,   CMP1OKCF,   3,  1) \
    F(P, ICR,   ARROKCF,    4,  1) \
    F(P, ICR,   UPCF,       5,  1) \
    F(P, ICR,   DOWNCF,     6,  1) \
    F(P, ICR,   UECF,       7,  1) \
    F(P, ICR,   REPOKCF,    8,  1) \
    F(P, ICR,   CC2CF,      9,  1) \
    F(P, ICR,   CC3CF,     10,  1) \
    F(P, ICR,   CC4CF,     11,  1) \
    F(P, ICR,   CC1OCF,    12,  1) \
    F(P, ICR,   CC2OCF,    13,  1) \
    F(P, ICR,   CC3OCF,    14,  1) \
    F(P, ICR,   CC4OCF,    15,  1) \
    F(P, ICR,   CMP2OKCF,  19,  1) \
    F(P, ICR,   CMP3OKCF,  20,  1) \
    F(P, ICR,   CMP4OKCF,  21,  1) \
    F(P, ICR,   DIEROKCF,  24,  1) \
    F(P, DIER,  CC1IE,      0,  1) \
    F(P, DIER,  ARRMIE,     1,  1) \
    F(P, DIER,  EXTTRIGIE,  2,  1) \
    F(P, DIER,  CMP1OKIE,   3,  1) \
    F(P, DIER,  ARROKIE,    4,  1) \
    F(P, DIER,  UPIE,       5,  1) \
    F(P, DIER,  DOWNIE,     6,  1) \
    F(P, DIER,  UEIE,       7,  1) \
    F(P, DIER,  REPOKIE,    8,  1) \
    F(P, DIER,  CC2IE,      9,  1) \
    F(P, DIER,  CC3IE,     10,  1) \
    F(P, DIER,  CC4IE,     11,  1) \
    F(P, DIER,  CC1OIE,    12,  1) \
    F(P, DIER,  CC2OIE,    13,  1) \
    F(P, DIER,  CC3OIE,    14,  1) \
    F(P, DIER,  CC4OIE,    15,  1) \
    F(P, DIER,  CC1DE,     16,  1) \
    F(P, DIER,  CMP2OKIE,  19,  1) \
    F(P, DIER,  CMP3OKIE,  20,  1) \
    F(P, DIER,  CMP4OKIE,  21,  1) \
    F(P, DIER,  UEDE,      23,  1) \
    F(P, DIER,  CC2DE,     25,  1) \
    F(P, DIER,  CC3DE,     26,  1) \
    F(P, DIER,  CC4DE,     27,  1) \
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
    F(P, CCR1,  CCR1,       0, 16) \
    F(P, ARR,   ARR,        0, 16) \
    F(P, CNT,   CNT,        0, 16) \
    F(P, CFGR2, IN1SEL,     0,  2) \
    F(P, CFGR2, IN2SEL,     4,  2) \
    F(P, CFGR2, IC1SEL,    16,  2) \
    F(P, CFGR2, IC2SEL,    20,  2) \
    F(P, RCR,   REP,        0,  8) \
    F(P, CCMR1, CC1SEL,     0,  1) \
    F(P, CCMR1, CC1E,       1,  1) \
    F(P, CCMR1, CC1P,       2,  2) \
    F(P, CCMR1, IC1PSC,     8,  2) \
    F(P, CCMR1, IC1F,      12,  2) \
    F(P, CCMR1, CC2SEL,    16,  1) \
    F(P, CCMR1, CC2E,      17,  1) \
    F(P, CCMR1, CC2P,      18,  2) \
    F(P, CCMR1, IC2PSC,    24,  2) \
    F(P, CCMR1, IC2F,      28,  2) \
    F(P, CCMR2, CC3SEL,     0,  1) \
    F(P, CCMR2, CC3E,       1,  1) \
    F(P, CCMR2, CC3P,       2,  2) \
    F(P, CCMR2, IC3PSC,     8,  2) \
    F(P, CCMR2, IC3F,      12,  2) \
    F(P, CCMR2, CC4SEL,    16,  1) \
    F(P, CCMR2, CC4E,      17,  1) \
    F(P, CCMR2, CC4P,      18,  2) \
    F(P, CCMR2, IC4PSC,    24,  2) \
    F(P, CCMR2, IC4F,      28,  2) \
    F(P, CCR2,  CCR2,       0, 16) \
    F(P, CCR3,  CCR3,       0, 16) \
    F(P, CCR4,  CCR4,       0, 16)

/* clang-format on */

DEFINE_REGS(U0_LPTIM)
extern const struct reg_block u0_lptim_regs;
