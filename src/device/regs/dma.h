/* dma.h - DMA controller, the same registers on STM32U0 and STM32G0 (the U0's DMA2 has five channels).
 *
 * Source: RM0503, RM0444; ST stm32u073xx.h V1.3.0
 * Offsets and bit positions are compared with tests/facts/registers.csv by tests/facts. */
#pragma once
#include "device/regs/regs.h"

/* clang-format off */
#define DMA_REGS(R, P) \
    R(P, ISR,    0x000) \
    R(P, IFCR,   0x004) \
    R(P, CCR1,   0x008) \
    R(P, CNDTR1, 0x00C) \
    R(P, CPAR1,  0x010) \
    R(P, CMAR1,  0x014) \
    R(P, CCR2,   0x01C) \
    R(P, CNDTR2, 0x020) \
    R(P, CPAR2,  0x024) \
    R(P, CMAR2,  0x028) \
    R(P, CCR3,   0x030) \
    R(P, CNDTR3, 0x034) \
    R(P, CPAR3,  0x038) \
    R(P, CMAR3,  0x03C) \
    R(P, CCR4,   0x044) \
    R(P, CNDTR4, 0x048) \
    R(P, CPAR4,  0x04C) \
    R(P, CMAR4,  0x050) \
    R(P, CCR5,   0x058) \
    R(P, CNDTR5, 0x05C) \
    R(P, CPAR5,  0x060) \
    R(P, CMAR5,  0x064) \
    R(P, CCR6,   0x06C) \
    R(P, CNDTR6, 0x070) \
    R(P, CPAR6,  0x074) \
    R(P, CMAR6,  0x078) \
    R(P, CCR7,   0x080) \
    R(P, CNDTR7, 0x084) \
    R(P, CPAR7,  0x088) \
    R(P, CMAR7,  0x08C)

#define DMA_FIELDS(F, P) \
    F(P, ISR,    GIF1,     0,  1) \
    F(P, ISR,    TCIF1,    1,  1) \
    F(P, ISR,    HTIF1,    2,  1) \
    F(P, ISR,    TEIF1,    3,  1) \
    F(P, ISR,    GIF2,     4,  1) \
    F(P, ISR,    TCIF2,    5,  1) \
    F(P, ISR,    HTIF2,    6,  1) \
    F(P, ISR,    TEIF2,    7,  1) \
    F(P, ISR,    GIF3,     8,  1) \
    F(P, ISR,    TCIF3,    9,  1) \
    F(P, ISR,    HTIF3,   10,  1) \
    F(P, ISR,    TEIF3,   11,  1) \
    F(P, ISR,    GIF4,    12,  1) \
    F(P, ISR,    TCIF4,   13,  1) \
    F(P, ISR,    HTIF4,   14,  1) \
    F(P, ISR,    TEIF4,   15,  1) \
    F(P, ISR,    GIF5,    16,  1) \
    F(P, ISR,    TCIF5,   17,  1) \
    F(P, ISR,    HTIF5,   18,  1) \
    F(P, ISR,    TEIF5,   19,  1) \
    F(P, ISR,    GIF6,    20,  1) \
    F(P, ISR,    TCIF6,   21,  1) \
    F(P, ISR,    HTIF6,   22,  1) \
    F(P, ISR,    TEIF6,   23,  1) \
    F(P, ISR,    GIF7,    24,  1) \
    F(P, ISR,    TCIF7,   25,  1) \
    F(P, ISR,    HTIF7,   26,  1) \
    F(P, ISR,    TEIF7,   27,  1) \
    F(P, IFCR,   CGIF1,    0,  1) \
    F(P, IFCR,   CTCIF1,   1,  1) \
    F(P, IFCR,   CHTIF1,   2,  1) \
    F(P, IFCR,   CTEIF1,   3,  1) \
    F(P, IFCR,   CGIF2,    4,  1) \
    F(P, IFCR,   CTCIF2,   5,  1) \
    F(P, IFCR,   CHTIF2,   6,  1) \
    F(P, IFCR,   CTEIF2,   7,  1) \
    F(P, IFCR,   CGIF3,    8,  1) \
    F(P, IFCR,   CTCIF3,   9,  1) \
    F(P, IFCR,   CHTIF3,  10,  1) \
    F(P, IFCR,   CTEIF3,  11,  1) \
    F(P, IFCR,   CGIF4,   12,  1) \
    F(P, IFCR,   CTCIF4,  13,  1) \
    F(P, IFCR,   CHTIF4,  14,  1) \
    F(P, IFCR,   CTEIF4,  15,  1) \
    F(P, IFCR,   CGIF5,   16,  1) \
    F(P, IFCR,   CTCIF5,  17,  1) \
    F(P, IFCR,   CHTIF5,  18,  1) \
    F(P, IFCR,   CTEIF5,  19,  1) \
    F(P, IFCR,   CGIF6,   20,  1) \
    F(P, IFCR,   CTCIF6,  21,  1) \
    F(P, IFCR,   CHTIF6,  22,  1) \
    F(P, IFCR,   CTEIF6,  23,  1) \
    F(P, IFCR,   CGIF7,   24,  1) \
    F(P, IFCR,   CTCIF7,  25,  1) \
    F(P, IFCR,   CHTIF7,  26,  1) \
    F(P, IFCR,   CTEIF7,  27,  1) \
    F(P, CCR1,   EN,       0,  1) \
    F(P, CCR1,   TCIE,     1,  1) \
    F(P, CCR1,   HTIE,     2,  1) \
    F(P, CCR1,   TEIE,     3,  1) \
    F(P, CCR1,   DIR,      4,  1) \
    F(P, CCR1,   CIRC,     5,  1) \
    F(P, CCR1,   PINC,     6,  1) \
    F(P, CCR1,   MINC,     7,  1) \
    F(P, CCR1,   PSIZE,    8,  2) \
    F(P, CCR1,   MSIZE,   10,  2) \
    F(P, CCR1,   PL,      12,  2) \
    F(P, CCR1,   MEM2MEM, 14,  1) \
    F(P, CNDTR1, NDT,      0, 16) \
    F(P, CCR2,   EN,       0,  1) \
    F(P, CCR2,   TCIE,     1,  1) \
    F(P, CCR2,   HTIE,     2,  1) \
    F(P, CCR2,   TEIE,     3,  1) \
    F(P, CCR2,   DIR,      4,  1) \
    F(P, CCR2,   CIRC,     5,  1) \
    F(P, CCR2,   PINC,     6,  1) \
    F(P, CCR2,   MINC,     7,  1) \
    F(P, CCR2,   PSIZE,    8,  2) \
    F(P, CCR2,   MSIZE,   10,  2) \
    F(P, CCR2,   PL,      12,  2) \
    F(P, CCR2,   MEM2MEM, 14,  1) \
    F(P, CNDTR2, NDT,      0, 16) \
    F(P, CCR3,   EN,       0,  1) \
    F(P, CCR3,   TCIE,     1,  1) \
    F(P, CCR3,   HTIE,     2,  1) \
    F(P, CCR3,   TEIE,     3,  1) \
    F(P, CCR3,   DIR,      4,  1) \
    F(P, CCR3,   CIRC,     5,  1) \
    F(P, CCR3,   PINC,     6,  1) \
    F(P, CCR3,   MINC,     7,  1) \
    F(P, CCR3,   PSIZE,    8,  2) \
    F(P, CCR3,   MSIZE,   10,  2) \
    F(P, CCR3,   PL,      12,  2) \
    F(P, CCR3,   MEM2MEM, 14,  1) \
    F(P, CNDTR3, NDT,      0, 16) \
    F(P, CCR4,   EN,       0,  1) \
    F(P, CCR4,   TCIE,     1,  1) \
    F(P, CCR4,   HTIE,     2,  1) \
    F(P, CCR4,   TEIE,     3,  1) \
    F(P, CCR4,   DIR,      4,  1) \
    F(P, CCR4,   CIRC,     5,  1) \
    F(P, CCR4,   PINC,     6,  1) \
    F(P, CCR4,   MINC,     7,  1) \
    F(P, CCR4,   PSIZE,    8,  2) \
    F(P, CCR4,   MSIZE,   10,  2) \
    F(P, CCR4,   PL,      12,  2) \
    F(P, CCR4,   MEM2MEM, 14,  1) \
    F(P, CNDTR4, NDT,      0, 16) \
    F(P, CCR5,   EN,       0,  1) \
    F(P, CCR5,   TCIE,     1,  1) \
    F(P, CCR5,   HTIE,     2,  1) \
    F(P, CCR5,   TEIE,     3,  1) \
    F(P, CCR5,   DIR,      4,  1) \
    F(P, CCR5,   CIRC,     5,  1) \
    F(P, CCR5,   PINC,     6,  1) \
    F(P, CCR5,   MINC,     7,  1) \
    F(P, CCR5,   PSIZE,    8,  2) \
    F(P, CCR5,   MSIZE,   10,  2) \
    F(P, CCR5,   PL,      12,  2) \
    F(P, CCR5,   MEM2MEM, 14,  1) \
    F(P, CNDTR5, NDT,      0, 16) \
    F(P, CCR6,   EN,       0,  1) \
    F(P, CCR6,   TCIE,     1,  1) \
    F(P, CCR6,   HTIE,     2,  1) \
    F(P, CCR6,   TEIE,     3,  1) \
    F(P, CCR6,   DIR,      4,  1) \
    F(P, CCR6,   CIRC,     5,  1) \
    F(P, CCR6,   PINC,     6,  1) \
    F(P, CCR6,   MINC,     7,  1) \
    F(P, CCR6,   PSIZE,    8,  2) \
    F(P, CCR6,   MSIZE,   10,  2) \
    F(P, CCR6,   PL,      12,  2) \
    F(P, CCR6,   MEM2MEM, 14,  1) \
    F(P, CNDTR6, NDT,      0, 16) \
    F(P, CCR7,   EN,       0,  1) \
    F(P, CCR7,   TCIE,     1,  1) \
    F(P, CCR7,   HTIE,     2,  1) \
    F(P, CCR7,   TEIE,     3,  1) \
    F(P, CCR7,   DIR,      4,  1) \
    F(P, CCR7,   CIRC,     5,  1) \
    F(P, CCR7,   PINC,     6,  1) \
    F(P, CCR7,   MINC,     7,  1) \
    F(P, CCR7,   PSIZE,    8,  2) \
    F(P, CCR7,   MSIZE,   10,  2) \
    F(P, CCR7,   PL,      12,  2) \
    F(P, CCR7,   MEM2MEM, 14,  1) \
    F(P, CNDTR7, NDT,      0, 16)

/* clang-format on */

DEFINE_REGS(DMA)
extern const struct reg_block dma_regs;
