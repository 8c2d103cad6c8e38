/* usart.h - USART, the same registers on STM32U0 and STM32G0.
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define USART_REGS(R, P) \
    R(P, CR1,   0x000) \
    R(P, CR2,   0x004) \
    R(P, CR3,   0x008) \
    R(P, BRR,   0x00C) \
    R(P, GTPR,  0x010) \
    R(P, RTOR,  0x014) \
    R(P, RQR,   0x018) \
    R(P, ISR,   0x01C) \
    R(P, ICR,   0x020) \
    R(P, RDR,   0x024) \
    R(P, TDR,   0x028) \
    R(P, PRESC, 0x02C)

#define USART_FIELDS(F, P) \
    F(P, CR1,   UE,         0,  1) \
    F(P, CR1,   UESM,       1,  1) \
    F(P, CR1,   RE,         2,  1) \
    F(P, CR1,   TE,         3,  1) \
    F(P, CR1,   IDLEIE,     4,  1) \
    F(P, CR1,   RXFNEIE,    5,  1) \
    F(P, CR1,   TCIE,       6,  1) \
    F(P, CR1,   TXFNFIE,    7,  1) \
    F(P, CR1,   PEIE,       8,  1) \
    F(P, CR1,   PS,         9,  1) \
    F(P, CR1,   PCE,       10,  1) \
    F(P, CR1,   WAKE,      11,  1) \
    F(P, CR1,   M0,        12,  1) \
    F(P, CR1,   MME,       13,  1) \
    F(P, CR1,   CMIE,      14,  1) \
    F(P, CR1,   OVER8,     15,  1) \
    F(P, CR1,   DEDT,      16,  5) \
    F(P, CR1,   DEAT,      21,  5) \
    F(P, CR1,   RTOIE,     26,  1) \
    F(P, CR1,   EOBIE,     27,  1) \
    F(P, CR1,   M1,        28,  1) \
    F(P, CR1,   FIFOEN,    29,  1) \
    F(P, CR1,   TXFEIE,    30,  1) \
    F(P, CR1,   RXFFIE,    31,  1) \
    F(P, CR2,   SLVEN,      0,  1) \
    F(P, CR2,   DIS_NSS,    3,  1) \
    F(P, CR2,   ADDM7,      4,  1) \
    F(P, CR2,   LBDL,       5,  1) \
    F(P, CR2,   LBDIE,      6,  1) \
    F(P, CR2,   LBCL,       8,  1) \
    F(P, CR2,   CPHA,       9,  1) \
    F(P, CR2,   CPOL,      10,  1) \
    F(P, CR2,   CLKEN,     11,  1) \
    F(P, CR2,   STOP,      12,  2) \
    F(P, CR2,   LINEN,     14,  1) \
    F(P, CR2,   SWAP,      15,  1) \
    F(P, CR2,   RXINV,     16,  1) \
    F(P, CR2,   TXINV,     17,  1) \
    F(P, CR2,   DATAINV,   18,  1) \
    F(P, CR2,   MSBFIRST,  19,  1) \
    F(P, CR2,   ABREN,     20,  1) \
    F(P, CR2,   ABRMOD,    21,  2) \
    F(P, CR2,   RTOEN,     23,  1) \
    F(P, CR2,   ADD,       24,  8) \
    F(P, CR3,   EIE,        0,  1) \
    F(P, CR3,   IREN,       1,  1) \
    F(P, CR3,   IRLP,       2,  1) \
    F(P, CR3,   HDSEL,      3,  1) \
    F(P, CR3,   NACK,       4,  1) \
    F(P, CR3,   SCEN,       5,  1) \
    F(P, CR3,   DMAR,       6,  1) \
    F(P, CR3,   DMAT,       7,  1) \
    F(P, CR3,   RTSE,       8,  1) \
    F(P, CR3,   CTSE,       9,  1) \
    F(P, CR3,   CTSIE,     10,  1) \
    F(P, CR3,   ONEBIT,    11,  1) \
    F(P, CR3,   OVRDIS,    12,  1) \
    F(P, CR3,   DDRE,      13,  1) \
    F(P, CR3,   DEM,       14,  1) \
    F(P, CR3,   DEP,       15,  1) \
    F(P, CR3,   SCARCNT,   17,  3) \
    F(P, CR3,   WUS,       20,  2) \
    F(P, CR3,   WUFIE,     22,  1) \
    F(P, CR3,   TXFTIE,    23,  1) \
    F(P, CR3,   TCBGTIE,   24,  1) \
    F(P, CR3,   RXFTCFG,   25,  3) \
    F(P, CR3,   RXFTIE,    28,  1) \
    F(P, CR3,   TXFTCFG,   29,  3) \
    F(P, BRR,   BRR,        0, 16) \
    F(P, GTPR,  PSC,        0,  8) \
    F(P, GTPR,  GT,         8,  8) \
    F(P, RTOR,  RTO,        0, 24) \
    F(P, RTOR,  BLEN,      24,  8) \
    F(P, RQR,   ABRRQ,      0,  1) \
    F(P, RQR,   SBKRQ,      1,  1) \
    F(P, RQR,   MMRQ,       2,  1) \
    F(P, RQR,   RXFRQ,      3,  1) \
    F(P, RQR,   TXFRQ,      4,  1) \
    F(P, ISR,   PE,         0,  1) \
    F(P, ISR,   FE,         1,  1) \
    F(P, ISR,   NE,         2,  1) \
    F(P, ISR,   ORE,        3,  1) \
    F(P, ISR,   IDLE,       4,  1) \
    F(P, ISR,   RXFNE,      5,  1) \
    F(P, ISR,   TC,         6,  1) \
    F(P, ISR,   TXFNF,      7,  1) \
    F(P, ISR,   LBDF,       8,  1) \
    F(P, ISR,   CTSIF,      9,  1) \
    F(P, ISR,   CTS,       10,  1) \
    F(P, ISR,   RTOF,      11,  1) \
    F(P, ISR,   EOBF,      12,  1) \
    F(P, ISR,   UDR,       13,  1) \
    F(P, ISR,   ABRE,      14,  1) \
    F(P, ISR,   ABRF,      15,  1) \
    F(P, ISR,   BUSY,      16,  1) \
    F(P, ISR,   CMF,       17,  1) \
    F(P, ISR,   SBKF,      18,  1) \
    F(P, ISR,   RWU,       19,  1) \
    F(P, ISR,   WUF,       20,  1) \
    F(P, ISR,   TEACK,     21,  1) \
    F(P, ISR,   REACK,     22,  1) \
    F(P, ISR,   TXFE,      23,  1) \
    F(P, ISR,   RXFF,      24,  1) \
    F(P, ISR,   TCBGT,     25,  1) \
    F(P, ISR,   RXFT,      26,  1) \
    F(P, ISR,   TXFT,      27,  1) \
    F(P, ICR,   PECF,       0,  1) \
    F(P, ICR,   FECF,       1,  1) \
    F(P, ICR,   NECF,       2,  1) \
    F(P, ICR,   ORECF,      3,  1) \
    F(P, ICR,   IDLECF,     4,  1) \
    F(P, ICR,   TXFECF,     5,  1) \
    F(P, ICR,   TCCF,       6,  1) \
    F(P, ICR,   TCBGTCF,    7,  1) \
    F(P, ICR,   LBDCF,      8,  1) \
    F(P, ICR,   CTSCF,      9,  1) \
    F(P, ICR,   RTOCF,     11,  1) \
    F(P, ICR,   EOBCF,     12,  1) \
    F(P, ICR,   UDRCF,     13,  1) \
    F(P, ICR,   CMCF,      17,  1) \
    F(P, ICR,   WUCF,      20,  1) \
    F(P, RDR,   RDR,        0,  9) \
    F(P, TDR,   TDR,        0,  9) \
    F(P, PRESC, PRESCALER,  0,  4)

/* clang-format on */

DEFINE_REGS(USART)
extern const struct reg_block usart_regs;
