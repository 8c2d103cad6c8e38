/* u0_crs.h - clock recovery system of the STM32U0: trims HSI48 after the frames of the USB.
 *
 * Source: RM0503; ST stm32u073xx.h V1.3.0 and SVD V1.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define U0_CRS_REGS(R, P) \
    R(P, CR,   0x000) \
    R(P, CFGR, 0x004) \
    R(P, ISR,  0x008) \
    R(P, ICR,  0x00C)

#define U0_CRS_FIELDS(F, P) \
    F(P, CR,   SYNCOKIE,    0,  1) \
    F(P, CR,   SYNCWARNIE,  1,  1) \
    F(P, CR,   ERRIE,       2,  1) \
    F(P, CR,   ESYNCIE,     3,  1) \
    F(P, CR,   CEN,         5,  1) \
    F(P, CR,   AUTOTRIMEN,  6,  1) \
    F(P, CR,   SWSYNC,      7,  1) \
    F(P, CR,   TRIM,        8,  7) \
    F(P, CFGR, RELOAD,      0, 16) \
    F(P, CFGR, FELIM,      16,  8) \
    F(P, CFGR, SYNCDIV,    24,  3) \
    F(P, CFGR, SYNCSRC,    28,  2) \
    F(P, CFGR, SYNCPOL,    31,  1) \
    F(P, ISR,  SYNCOKF,     0,  1) \
    F(P, ISR,  SYNCWARNF,   1,  1) \
    F(P, ISR,  ERRF,        2,  1) \
    F(P, ISR,  ESYNCF,      3,  1) \
    F(P, ISR,  SYNCERR,     8,  1) \
    F(P, ISR,  SYNCMISS,    9,  1) \
    F(P, ISR,  TRIMOVF,    10,  1) \
    F(P, ISR,  FEDIR,      15,  1) \
    F(P, ISR,  FECAP,      16, 16) \
    F(P, ICR,  SYNCOKC,     0,  1) \
    F(P, ICR,  SYNCWARNC,   1,  1) \
    F(P, ICR,  ERRC,        2,  1) \
    F(P, ICR,  ESYNCC,      3,  1)

/* clang-format on */

DEFINE_REGS(U0_CRS)
extern const struct reg_block u0_crs_regs;
