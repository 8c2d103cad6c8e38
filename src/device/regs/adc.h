/* adc.h - analog to digital converter with its common register, the same on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444 (ADC); ST stm32u073xx.h V1.3.0
 * CHSELR is read in two ways: CHSEL here, one bit per channel; or, with CFGR1.CHSELRMOD, eight numbers of four bits.
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define ADC_REGS(R, P) \
    R(P, ISR,     0x000) \
    R(P, IER,     0x004) \
    R(P, CR,      0x008) \
    R(P, CFGR1,   0x00C) \
    R(P, CFGR2,   0x010) \
    R(P, SMPR,    0x014) \
    R(P, AWD1TR,  0x020) \
    R(P, AWD2TR,  0x024) \
    R(P, CHSELR,  0x028) \
    R(P, AWD3TR,  0x02C) \
    R(P, DR,      0x040) \
    R(P, AWD2CR,  0x0A0) \
    R(P, AWD3CR,  0x0A4) \
    R(P, CALFACT, 0x0B4) \
    R(P, CCR,     0x308)

#define ADC_FIELDS(F, P) \
    F(P, ISR,     ADRDY,      0,  1) \
    F(P, ISR,     EOSMP,      1,  1) \
    F(P, ISR,     EOC,        2,  1) \
    F(P, ISR,     EOS,        3,  1) \
    F(P, ISR,     OVR,        4,  1) \
    F(P, ISR,     AWD1,       7,  1) \
    F(P, ISR,     AWD2,       8,  1) \
    F(P, ISR,     AWD3,       9,  1) \
    F(P, ISR,     EOCAL,     11,  1) \
    F(P, ISR,     CCRDY,     13,  1) \
    F(P, IER,     ADRDYIE,    0,  1) \
    F(P, IER,     EOSMPIE,    1,  1) \
    F(P, IER,     EOCIE,      2,  1) \
    F(P, IER,     EOSIE,      3,  1) \
    F(P, IER,     OVRIE,      4,  1) \
    F(P, IER,     AWD1IE,     7,  1) \
    F(P, IER,     AWD2IE,     8,  1) \
    F(P, IER,     AWD3IE,     9,  1) \
    F(P, IER,     EOCALIE,   11,  1) \
    F(P, IER,     CCRDYIE,   13,  1) \
    F(P, CR,      ADEN,       0,  1) \
    F(P, CR,      ADDIS,      1,  1) \
    F(P, CR,      ADSTART,    2,  1) \
    F(P, CR,      ADSTP,      4,  1) \
    F(P, CR,      ADVREGEN,  28,  1) \
    F(P, CR,      ADCAL,     31,  1) \
    F(P, CFGR1,   DMAEN,      0,  1) \
    F(P, CFGR1,   DMACFG,     1,  1) \
    F(P, CFGR1,   SCANDIR,    2,  1) \
    F(P, CFGR1,   RES,        3,  2) \
    F(P, CFGR1,   ALIGN,      5,  1) \
    F(P, CFGR1,   EXTSEL,     6,  3) \
    F(P, CFGR1,   EXTEN,     10,  2) \
    F(P, CFGR1,   OVRMOD,    12,  1) \
    F(P, CFGR1,   CONT,      13,  1) \
    F(P, CFGR1,   WAIT,      14,  1) \
    F(P, CFGR1,   AUTOFF,    15,  1) \
    F(P, CFGR1,   DISCEN,    16,  1) \
    F(P, CFGR1,   CHSELRMOD, 21,  1) \
    F(P, CFGR1,   AWD1SGL,   22,  1) \
    F(P, CFGR1,   AWD1EN,    23,  1) \
    F(P, CFGR1,   AWD1CH,    26,  5) \
    F(P, CFGR2,   OVSE,       0,  1) \
    F(P, CFGR2,   OVSR,       2,  3) \
    F(P, CFGR2,   OVSS,       5,  4) \
    F(P, CFGR2,   TOVS,       9,  1) \
    F(P, CFGR2,   LFTRIG,    29,  1) \
    F(P, CFGR2,   CKMODE,    30,  2) \
    F(P, SMPR,    SMP1,       0,  3) \
    F(P, SMPR,    SMP2,       4,  3) \
    F(P, SMPR,    SMPSEL0,    8,  1) \
    F(P, SMPR,    SMPSEL1,    9,  1) \
    F(P, SMPR,    SMPSEL2,   10,  1) \
    F(P, SMPR,    SMPSEL3,   11,  1) \
    F(P, SMPR,    SMPSEL4,   12,  1) \
    F(P, SMPR,    SMPSEL5,   13,  1) \
    F(P, SMPR,    SMPSEL6,   14,  1) \
    F(P, SMPR,    SMPSEL7,   15,  1) \
    F(P, SMPR,    SMPSEL8,   16,  1) \
    F(P, SMPR,    SMPSEL9,   17,  1) \
    F(P, SMPR,    SMPSEL10,  18,  1) \
    F(P, SMPR,    SMPSEL11,  19,  1) \
    F(P, SMPR,    SMPSEL12,  20,  1) \
    F(P, SMPR,    SMPSEL13,  21,  1) \
    F(P, SMPR,    SMPSEL14,  22,  1) \
    F(P, SMPR,    SMPSEL15,  23,  1) \
    F(P, SMPR,    SMPSEL16,  24,  1) \
    F(P, SMPR,    SMPSEL17,  25,  1) \
    F(P, SMPR,    SMPSEL18,  26,  1) \
    F(P, AWD1TR,  LT1,        0, 12) \
    F(P, AWD1TR,  HT1,       16, 12) \
    F(P, AWD2TR,  LT2,        0, 12) \
    F(P, AWD2TR,  HT2,       16, 12) \
    F(P, CHSELR,  CHSEL,      0, 19) \
    F(P, AWD3TR,  LT3,        0, 12) \
    F(P, AWD3TR,  HT3,       16, 12) \
    F(P, DR,      DATA,       0, 16) \
    F(P, AWD2CR,  AWD2CH,     0, 19) \
    F(P, AWD3CR,  AWD3CH,     0, 19) \
    F(P, CALFACT, CALFACT,    0,  7) \
    F(P, CCR,     PRESC,     18,  4) \
    F(P, CCR,     VREFEN,    22,  1) \
    F(P, CCR,     TSEN,      23,  1) \
    F(P, CCR,     VBATEN,    24,  1)

/* clang-format on */

DEFINE_REGS(ADC)
extern const struct reg_block adc_regs;
