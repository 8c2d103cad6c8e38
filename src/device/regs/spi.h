/* spi.h - SPI (and I2S, on the STM32G0's), the same registers on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define SPI_REGS(R, P) \
    R(P, CR1,     0x000) \
    R(P, CR2,     0x004) \
    R(P, SR,      0x008) \
    R(P, DR,      0x00C) \
    R(P, CRCPR,   0x010) \
    R(P, RXCRCR,  0x014) \
    R(P, TXCRCR,  0x018) \
    R(P, I2SCFGR, 0x01C) \
    R(P, I2SPR,   0x020)

#define SPI_FIELDS(F, P) \
    F(P, CR1,     CPHA,      0,  1) \
    F(P, CR1,     CPOL,      1,  1) \
    F(P, CR1,     MSTR,      2,  1) \
    F(P, CR1,     BR,        3,  3) \
    F(P, CR1,     SPE,       6,  1) \
    F(P, CR1,     LSBFIRST,  7,  1) \
    F(P, CR1,     SSI,       8,  1) \
    F(P, CR1,     SSM,       9,  1) \
    F(P, CR1,     RXONLY,   10,  1) \
    F(P, CR1,     CRCL,     11,  1) \
    F(P, CR1,     CRCNEXT,  12,  1) \
    F(P, CR1,     CRCEN,    13,  1) \
    F(P, CR1,     BIDIOE,   14,  1) \
    F(P, CR1,     BIDIMODE, 15,  1) \
    F(P, CR2,     RXDMAEN,   0,  1) \
    F(P, CR2,     TXDMAEN,   1,  1) \
    F(P, CR2,     SSOE,      2,  1) \
    F(P, CR2,     NSSP,      3,  1) \
    F(P, CR2,     FRF,       4,  1) \
    F(P, CR2,     ERRIE,     5,  1) \
    F(P, CR2,     RXNEIE,    6,  1) \
    F(P, CR2,     TXEIE,     7,  1) \
    F(P, CR2,     DS,        8,  4) \
    F(P, CR2,     FRXTH,    12,  1) \
    F(P, CR2,     LDMA_RX,  13,  1) \
    F(P, CR2,     LDMA_TX,  14,  1) \
    F(P, SR,      RXNE,      0,  1) \
    F(P, SR,      TXE,       1,  1) \
    F(P, SR,      CHSIDE,    2,  1) \
    F(P, SR,      UDR,       3,  1) \
    F(P, SR,      CRCERR,    4,  1) \
    F(P, SR,      MODF,      5,  1) \
    F(P, SR,      OVR,       6,  1) \
    F(P, SR,      BSY,       7,  1) \
    F(P, SR,      FRE,       8,  1) \
    F(P, SR,      FRLVL,     9,  2) \
    F(P, SR,      FTLVL,    11,  2) \
    F(P, CRCPR,   CRCPOLY,   0, 16) \
    F(P, RXCRCR,  RXCRC,     0, 16) \
    F(P, TXCRCR,  TXCRC,     0, 16) \
    F(P, I2SCFGR, CHLEN,     0,  1) \
    F(P, I2SCFGR, DATLEN,    1,  2) \
    F(P, I2SCFGR, CKPOL,     3,  1) \
    F(P, I2SCFGR, I2SSTD,    4,  2) \
    F(P, I2SCFGR, PCMSYNC,   7,  1) \
    F(P, I2SCFGR, I2SCFG,    8,  2) \
    F(P, I2SCFGR, I2SE,     10,  1) \
    F(P, I2SCFGR, I2SMOD,   11,  1) \
    F(P, I2SCFGR, ASTRTEN,  12,  1) \
    F(P, I2SPR,   I2SDIV,    0,  8) \
    F(P, I2SPR,   ODD,       8,  1) \
    F(P, I2SPR,   MCKOE,     9,  1)

/* clang-format on */

DEFINE_REGS(SPI)
extern const struct reg_block spi_regs;
