/* tim.h - timers of STM32U0 and STM32G0: those of TIM1; smaller ones leave registers and bits out.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define TIM_REGS(R, P) \
    R(P, CR1,   0x000) \
    R(P, CR2,   0x004) \
    R(P, SMCR,  0x008) \
    R(P, DIER,  0x00C) \
    R(P, SR,    0x010) \
    R(P, EGR,   0x014) \
    R(P, CCMR1, 0x018) \
    R(P, CCMR2, 0x01C) \
    R(P, CCER,  0x020) \
    R(P, CNT,   0x024) \
    R(P, PSC,   0x028) \
    R(P, ARR,   0x02C) \
    R(P, RCR,   0x030) \
    R(P, CCR1,  0x034) \
    R(P, CCR2,  0x038) \
    R(P, CCR3,  0x03C) \
    R(P, CCR4,  0x040) \
    R(P, BDTR,  0x044) \
    R(P, DCR,   0x048) \
    R(P, DMAR,  0x04C) \
    R(P, CCMR3, 0x054) \
    R(P, CCR5,  0x058) \
    R(P, CCR6,  0x05C) \
    R(P, AF1,   0x060) \
    R(P, AF2,   0x064) \
    R(P, TISEL, 0x068)

#define TIM_FIELDS(F, P) \
    F(P, CR1,   CEN,       0,  1) \
    F(P, CR1,   UDIS,      1,  1) \
    F(P, CR1,   URS,       2,  1) \
    F(P, CR1,   OPM,       3,  1) \
    F(P, CR1,   DIR,       4,  1) \
    F(P, CR1,   CMS,       5,  2) \
    F(P, CR1,   ARPE,      7,  1) \
    F(P, CR1,   CKD,       8,  2) \
    F(P, CR1,   UIFREMAP, 11,  1) \
    F(P, CR2,   CCPC,      0,  1) \
    F(P, CR2,   CCUS,      2,  1) \
    F(P, CR2,   CCDS,      3,  1) \
    F(P, CR2,   MMS,       4,  3) \
    F(P, CR2,   TI1S,      7,  1) \
    F(P, CR2,   OIS1,      8,  1) \
    F(P, CR2,   OIS1N,     9,  1) \
    F(P, CR2,   OIS2,     10,  1) \
    F(P, CR2,   OIS2N,    11,  1) \
    F(P, CR2,   OIS3,     12,  1) \
    F(P, CR2,   OIS3N,    13,  1) \
    F(P, CR2,   OIS4,     14,  1) \
    F(P, CR2,   OIS5,     16,  1) \
    F(P, CR2,   OIS6,     18,  1) \
    F(P, CR2,   MMS2,     20,  4) \
    F(P, SMCR,  SMS,       0,  3) \
    F(P, SMCR,  OCCS,      3,  1) \
    F(P, SMCR,  TS,        4,  3) \
    F(P, SMCR,  MSM,       7,  1) \
    F(P, SMCR,  ETF,       8,  4) \
    F(P, SMCR,  ETPS,     12,  2) \
    F(P, SMCR,  ECE,      14,  1) \
    F(P, SMCR,  ETP,      15,  1) \
    F(P, SMCR,  SMS_1,    16,  1) \
    F(P, SMCR,  TS_1,     20,  2) \
    F(P, DIER,  UIE,       0,  1) \
    F(P, DIER,  CC1IE,     1,  1) \
    F(P, DIER,  CC2IE,     2,  1) \
    F(P, DIER,  CC3IE,     3,  1) \
    F(P, DIER,  CC4IE,     4,  1) \
    F(P, DIER,  COMIE,     5,  1) \
    F(P, DIER,  TIE,       6,  1) \
    F(P, DIER,  BIE,       7,  1) \
    F(P, DIER,  UDE,       8,  1) \
    F(P, DIER,  CC1DE,     9,  1) \
    F(P, DIER,  CC2DE,    10,  1) \
    F(P, DIER,  CC3DE,    11,  1) \
    F(P, DIER,  CC4DE,    12,  1) \
    F(P, DIER,  COMDE,    13,  1) \
    F(P, DIER,  TDE,      14,  1) \
    F(P, SR,    UIF,       0,  1) \
    F(P, SR,    CC1IF,     1,  1) \
    F(P, SR,    CC2IF,     2,  1) \
    F(P, SR,    CC3IF,     3,  1) \
    F(P, SR,    CC4IF,     4,  1) \
    F(P, SR,    COMIF,     5,  1) \
    F(P, SR,    TIF,       6,  1) \
    F(P, SR,    BIF,       7,  1) \
    F(P, SR,    B2IF,      8,  1) \
    F(P, SR,    CC1OF,     9,  1) \
    F(P, SR,    CC2OF,    10,  1) \
    F(P, SR,    CC3OF,    11,  1) \
    F(P, SR,    CC4OF,    12,  1) \
    F(P, SR,    SBIF,     13,  1) \
    F(P, SR,    CC5IF,    16,  1) \
    F(P, SR,    CC6IF,    17,  1) \
    F(P, EGR,   UG,        0,  1) \
    F(P, EGR,   CC1G,      1,  1) \
    F(P, EGR,   CC2G,      2,  1) \
    F(P, EGR,   CC3G,      3,  1) \
    F(P, EGR,   CC4G,      4,  1) \
    F(P, EGR,   COMG,      5,  1) \
    F(P, EGR,   TG,        6,  1) \
    F(P, EGR,   BG,        7,  1) \
    F(P, EGR,   B2G,       8,  1) \
    F(P, CCMR1, CC1S,      0,  2) \
    F(P, CCMR1, OC1FE,     2,  1) \
    F(P, CCMR1, OC1PE,     3,  1) \
    F(P, CCMR1, OC1M,      4,  3) \
    F(P, CCMR1, OC1CE,     7,  1) \
    F(P, CCMR1, CC2S,      8,  2) \
    F(P, CCMR1, OC2FE,    10,  1) \
    F(P, CCMR1, OC2PE,    11,  1) \
    F(P, CCMR1, OC2M,     12,  3) \
    F(P, CCMR1, OC2CE,    15,  1) \
    F(P, CCMR1, OC1M_1,   16,  1) \
    F(P, CCMR1, OC2M_1,   24,  1) \
    F(P, CCMR2, CC3S,      0,  2) \
    F(P, CCMR2, OC3FE,     2,  1) \
    F(P, CCMR2, OC3PE,     3,  1) \
    F(P, CCMR2, OC3M,      4,  3) \
    F(P, CCMR2, OC3CE,     7,  1) \
    F(P, CCMR2, CC4S,      8,  2) \
    F(P, CCMR2, OC4FE,    10,  1) \
    F(P, CCMR2, OC4PE,    11,  1) \
    F(P, CCMR2, OC4M,     12,  3) \
    F(P, CCMR2, OC4CE,    15,  1) \
    F(P, CCMR2, OC3M_1,   16,  1) \
    F(P, CCMR2, OC4M_1,   24,  1) \
    F(P, CCER,  CC1E,      0,  1) \
    F(P, CCER,  CC1P,      1,  1) \
    F(P, CCER,  CC1NE,     2,  1) \
    F(P, CCER,  CC1NP,     3,  1) \
    F(P, CCER,  CC2E,      4,  1) \
    F(P, CCER,  CC2P,      5,  1) \
    F(P, CCER,  CC2NE,     6,  1) \
    F(P, CCER,  CC2NP,     7,  1) \
    F(P, CCER,  CC3E,      8,  1) \
    F(P, CCER,  CC3P,      9,  1) \
    F(P, CCER,  CC3NE,    10,  1) \
    F(P, CCER,  CC3NP,    11,  1) \
    F(P, CCER,  CC4E,     12,  1) \
    F(P, CCER,  CC4P,     13,  1) \
    F(P, CCER,  CC4NP,    15,  1) \
    F(P, CCER,  CC5E,     16,  1) \
    F(P, CCER,  CC5P,     17,  1) \
    F(P, CCER,  CC6E,     20,  1) \
    F(P, CCER,  CC6P,     21,  1) \
    F(P, RCR,   REP,       0, 16) \
    F(P, BDTR,  DTG,       0,  8) \
    F(P, BDTR,  LOCK,      8,  2) \
    F(P, BDTR,  OSSI,     10,  1) \
    F(P, BDTR,  OSSR,     11,  1) \
    F(P, BDTR,  BKE,      12,  1) \
    F(P, BDTR,  BKP,      13,  1) \
    F(P, BDTR,  AOE,      14,  1) \
    F(P, BDTR,  MOE,      15,  1) \
    F(P, BDTR,  BKF,      16,  4) \
    F(P, BDTR,  BK2F,     20,  4) \
    F(P, BDTR,  BK2E,     24,  1) \
    F(P, BDTR,  BK2P,     25,  1) \
    F(P, BDTR,  BKDSRM,   26,  1) \
    F(P, BDTR,  BK2DSRM,  27,  1) \
    F(P, BDTR,  BKBID,    28,  1) \
    F(P, BDTR,  BK2BID,   29,  1) \
    F(P, DCR,   DBA,       0,  5) \
    F(P, DCR,   DBL,       8,  5) \
    F(P, CCMR3, OC5FE,     2,  1) \
    F(P, CCMR3, OC5PE,     3,  1) \
    F(P, CCMR3, OC5M,      4,  3) \
    F(P, CCMR3, OC5CE,     7,  1) \
    F(P, CCMR3, OC6FE,    10,  1) \
    F(P, CCMR3, OC6PE,    11,  1) \
    F(P, CCMR3, OC6M,     12,  3) \
    F(P, CCMR3, OC6CE,    15,  1) \
    F(P, CCMR3, OC5M_1,   16,  1) \
    F(P, CCMR3, OC6M_1,   24,  1) \
    F(P, CCR5,  CCR5,      0, 16) \
    F(P, CCR5,  GC5C1,    29,  1) \
    F(P, CCR5,  GC5C2,    30,  1) \
    F(P, CCR5,  GC5C3,    31,  1) \
    F(P, CCR6,  CCR6,      0, 16) \
    F(P, AF1,   BKINE,     0,  1) \
    F(P, AF1,   BKCMP1E,   1,  1) \
    F(P, AF1,   BKCMP2E,   2,  1) \
    F(P, AF1,   BKINP,     9,  1) \
    F(P, AF1,   BKCMP1P,  10,  1) \
    F(P, AF1,   BKCMP2P,  11,  1) \
    F(P, AF1,   ETRSEL,   14,  4) \
    F(P, AF2,   BK2INE,    0,  1) \
    F(P, AF2,   BK2CMP1E,  1,  1) \
    F(P, AF2,   BK2CMP2E,  2,  1) \
    F(P, AF2,   BK2INP,    9,  1) \
    F(P, AF2,   BK2CMP1P, 10,  1) \
    F(P, AF2,   BK2CMP2P, 11,  1) \
    F(P, TISEL, TI1SEL,    0,  4) \
    F(P, TISEL, TI2SEL,    8,  4) \
    F(P, TISEL, TI3SEL,   16,  4) \
    F(P, TISEL, TI4SEL,   24,  4)

/* clang-format on */

DEFINE_REGS(TIM)
extern const struct reg_block tim_regs;
