/* dma.h - one DMA controller: channels that copy between addresses, one item at a time, on request or (MEM2MEM) by themselves.
 *
 * Source: RM0444 chapter 11 (DMA), RM0503. An item takes DMA_CYCLES of HCLK; the core is not slowed down meanwhile. */
#pragma once
#include "periph/periph.h"

enum { DMA_CHANNELS = 7, DMA_CYCLES = 5 /* estimate: arbitration, read, write */ };

extern const struct periph_kind dma_kind;

struct dma_row { /* periph.row */
    unsigned channels;
    struct {
        uint8_t line;
        uint32_t source; /* in SYSCFG_ITLINEx */
    } irq[DMA_CHANNELS];
};
