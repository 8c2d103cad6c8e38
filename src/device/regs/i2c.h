/* i2c.h - I2C, the same registers on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define I2C_REGS(R, P) \
    R(P, CR1,      0x000) \
    R(P, CR2,      0x004) \
    R(P, OAR1,     0x008) \
    R(P, OAR2,     0x00C) \
    R(P, TIMINGR,  0x010) \
    R(P, TIMEOUTR, 0x014) \
    R(P, ISR,      0x018) \
    R(P, ICR,      0x01C) \
    R(P, PECR,     0x020) \
    R(P, RXDR,     0x024) \
    R(P, TXDR,     0x028)

#define I2C_FIELDS(F, P) \
    F(P, CR1,      PE,         0,  1) \
    F(P, CR1,      TXIE,       1,  1) \
    F(P, CR1,      RXIE,       2,  1) \
    F(P, CR1,      ADDRIE,     3,  1) \
    F(P, CR1,      NACKIE,     4,  1) \
    F(P, CR1,      STOPIE,     5,  1) \
    F(P, CR1,      TCIE,       6,  1) \
    F(P, CR1,      ERRIE,      7,  1) \
    F(P, CR1,      DNF,        8,  4) \
    F(P, CR1,      ANFOFF,    12,  1) \
    F(P, CR1,      TXDMAEN,   14,  1) \
    F(P, CR1,      RXDMAEN,   15,  1) \
    F(P, CR1,      SBC,       16,  1) \
    F(P, CR1,      NOSTRETCH, 17,  1) \
    F(P, CR1,      WUPEN,     18,  1) \
    F(P, CR1,      GCEN,      19,  1) \
    F(P, CR1,      SMBHEN,    20,  1) \
    F(P, CR1,      SMBDEN,    21,  1) \
    F(P, CR1,      ALERTEN,   22,  1) \
    F(P, CR1,      PECEN,     23,  1) \
    F(P, CR2,      SADD,       0, 10) \
    F(P, CR2,      RD_WRN,    10,  1) \
    F(P, CR2,      ADD10,     11,  1) \
    F(P, CR2,      HEAD10R,   12,  1) \
    F(P, CR2,      START,     13,  1) \
    F(P, CR2,      STOP,      14,  1) \
    F(P, CR2,      NACK,      15,  1) \
    F(P, CR2,      NBYTES,    16,  8) \
    F(P, CR2,      RELOAD,    24,  1) \
    F(P, CR2,      AUTOEND,   25,  1) \
    F(P, CR2,      PECBYTE,   26,  1) \
    F(P, OAR1,     OA1,        0, 10) \
    F(P, OAR1,     OA1MODE,   10,  1) \
    F(P, OAR1,     OA1EN,     15,  1) \
    F(P, OAR2,     OA2,        1,  7) \
    F(P, OAR2,     OA2MSK,     8,  3) \
    F(P, OAR2,     OA2EN,     15,  1) \
    F(P, TIMINGR,  SCLL,       0,  8) \
    F(P, TIMINGR,  SCLH,       8,  8) \
    F(P, TIMINGR,  SDADEL,    16,  4) \
    F(P, TIMINGR,  SCLDEL,    20,  4) \
    F(P, TIMINGR,  PRESC,     28,  4) \
    F(P, TIMEOUTR, TIMEOUTA,   0, 12) \
    F(P, TIMEOUTR, TIDLE,     12,  1) \
    F(P, TIMEOUTR, TIMOUTEN,  15,  1) \
    F(P, TIMEOUTR, TIMEOUTB,  16, 12) \
    F(P, TIMEOUTR, TEXTEN,    31,  1) \
    F(P, ISR,      TXE,        0,  1) \
    F(P, ISR,      TXIS,       1,  1) \
    F(P, ISR,      RXNE,       2,  1) \
    F(P, ISR,      ADDR,       3,  1) \
    F(P, ISR,      NACKF,      4,  1) \
    F(P, ISR,      STOPF,      5,  1) \
    F(P, ISR,      TC,         6,  1) \
    F(P, ISR,      TCR,        7,  1) \
    F(P, ISR,      BERR,       8,  1) \
    F(P, ISR,      ARLO,       9,  1) \
    F(P, ISR,      OVR,       10,  1) \
    F(P, ISR,      PECERR,    11,  1) \
    F(P, ISR,      TIMEOUT,   12,  1) \
    F(P, ISR,      ALERT,     13,  1) \
    F(P, ISR,      BUSY,      15,  1) \
    F(P, ISR,      DIR,       16,  1) \
    F(P, ISR,      ADDCODE,   17,  7) \
    F(P, ICR,      ADDRCF,     3,  1) \
    F(P, ICR,      NACKCF,     4,  1) \
    F(P, ICR,      STOPCF,     5,  1) \
    F(P, ICR,      BERRCF,     8,  1) \
    F(P, ICR,      ARLOCF,     9,  1) \
    F(P, ICR,      OVRCF,     10,  1) \
    F(P, ICR,      PECCF,     11,  1) \
    F(P, ICR,      TIMOUTCF,  12,  1) \
    F(P, ICR,      ALERTCF,   13,  1) \
    F(P, PECR,     PEC,        0,  8) \
    F(P, RXDR,     RXDATA,     0,  8) \
    F(P, TXDR,     TXDATA,     0,  8)

/* clang-format on */

DEFINE_REGS(I2C)
extern const struct reg_block i2c_regs;
