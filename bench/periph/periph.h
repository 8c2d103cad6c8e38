/* periph.h - what a peripheral is to the bench: rows of registers, and hooks where the silicon acts.
 *
 * A register is a row: its reset value, the bits that software may write, the bits that a 1 clears, the bits that only a power-on
 * reset clears. What is in no mask is read-only or reserved: writes leave it alone, the model may set it. A word without a row
 * (all zero) is a hole: reads 0, writes ignored. Rows are indexed by offset / 4.
 *
 * The chip (chip/) owns the peripherals: it decides whether one is clocked, held in reset or reachable, keeps its state and saves it.
 * Not here: the flash controller (flash.h), the core's own peripherals (cpu/). */
#pragma once
#include "base/state.h"
#include "base/timeline.h"
#include "device/regs/regs.h"

struct periph;

enum periph_reset {
    PERIPH_POWER_ON,
    PERIPH_SYSTEM, /* any reset of the whole chip but the first; bits in `keep` stay */
    PERIPH_BY_RCC, /* the peripheral's own bit in RCC_xRSTR */
};

struct periph_reg {
    uint32_t reset, writable, clear1, keep;
};

/* One kind of block. Hooks may be NULL; `offset` is always that of a word (a multiple of 4). */
struct periph_kind {
    const char *name;                /* "USART" */
    const struct reg_block *names;   /* the manual's register names, for notes; NULL if there is no such table */
    const struct periph_reg *regs;   /* indexed by offset / 4 */
    unsigned words;                  /* rows; what lies behind is a hole */
    bool apb;                        /* behind the APB bridge: 8- and 16-bit writes are repeated over the whole word (RM0444 2.2) */
    const struct state_table *state; /* the state's first member is uint32_t reg[words] */
    size_t raw_bytes;                /* plain memory beside the state, saved as bytes */
    uint32_t (*read)(struct periph *p, uint32_t offset);
    /* `value` stands in its byte lanes; `lanes` has ones where the bus writes. NULL: periph_store. */
    void (*write)(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes);
    uint32_t (*peek)(const struct periph *p, uint32_t offset); /* as read, without side effects; NULL: the stored word */
    void (*reset)(struct periph *p, enum periph_reset why);    /* after the rows have been applied */
    uint64_t (*next_ps)(const struct periph *p);               /* when something happens by itself; TIME_NEVER */
    void (*event)(struct periph *p);                           /* called at or after that time, until next_ps lies in the future */
    /* Its clock may run at another speed from now on, or stand still (RCC, Stop, frozen by DBGMCU); env.clock_hz tells. */
    void (*reclock)(struct periph *p);
    /* Wires between blocks, as the chip's row lays them; `signal` and `input` are the kind's own numbers. */
    bool (*listens)(const struct periph *p, unsigned input);             /* a pulse on this input would do something */
    void (*triggered)(struct periph *p, unsigned input);                 /* the pulse */
    bool (*drives)(const struct periph *p, unsigned signal, bool *high); /* level of an output; false: it drives nothing now */
    void (*pin_edge)(struct periph *p, unsigned signal, bool rising);    /* a pin routed to this signal has changed */
};

/* What a peripheral asks of the chip around it; borrowed. */
struct periph_env {
    void *ctx;
    uint64_t (*now_ps)(void *ctx);
    /* Sources of one interrupt line, as SYSCFG_ITLINEx shows them: `asserted` are those of `mask` that are up. */
    void (*irq)(void *ctx, unsigned line, uint32_t asserted, uint32_t mask);
    uint32_t (*irq_sources)(void *ctx, unsigned line);
    uint64_t (*clock_hz)(void *ctx, const struct periph *p);            /* kernel clock, 0: stopped */
    bool (*supplied)(void *ctx, const struct periph *p);                /* its own supply, if it has one, is there and let in */
    bool (*routed)(void *ctx, const struct periph *p, unsigned signal); /* a pin carries this signal of the peripheral */
    void (*changed)(void *ctx, struct periph *p);                       /* next_ps or a register that others go by: look again */
    void (*watchdog)(void *ctx, struct periph *p);
    void (*note)(void *ctx, const char *what, const char *text);

    /* DMA. A peripheral holds a request up as long as it wants a transfer. The DMA takes the request (which is then down) and makes the
     * access; the peripheral puts it up again if it wants another. */
    void (*dma)(void *ctx, const struct periph *p, unsigned signal, bool wanted);
    bool (*dma_wanted)(void *ctx, const struct periph *dma, unsigned channel);
    void (*dma_taken)(void *ctx, const struct periph *dma, unsigned channel);
    bool (*bus_read)(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value); /* as a bus master; false is a bus error */
    bool (*bus_write)(void *ctx, uint32_t addr, unsigned bytes, uint32_t value);

    /* Triggers. `listened`: somebody would notice a pulse on this output, so it has to come in time. A listener that changes its mind
     * says so by `rewired`. */
    void (*trigger)(void *ctx, const struct periph *p, unsigned signal);
    bool (*listened)(void *ctx, const struct periph *p, unsigned signal);
    void (*rewired)(void *ctx);

    /* Of a pin in alternate mode: the level its peripheral drives; false: none. */
    bool (*output)(void *ctx, const struct periph *gpio, unsigned pin, bool *high);
    void (*edge)(void *ctx, const struct periph *gpio, unsigned pin, bool rising); /* a pin's level has changed */
    void (*event)(void *ctx);                                                      /* wakes a core in WFE (RXEV) */

    /* Analog: the voltage on the pin of a converter's channel, the analog supply, the die's temperature in 1/1000 degree. */
    uint32_t (*analog_uv)(void *ctx, const struct periph *p, unsigned channel);
    uint32_t (*vdda_uv)(void *ctx);
    int32_t (*die_mc)(void *ctx);
};

struct periph {
    const struct periph_kind *kind;
    const struct periph_env *env; /* borrowed */
    const char *name;             /* "USART2" */
    const void *row;              /* parameters of this instance, as the kind's header says; may be NULL */
    unsigned irq_line;
    uint32_t irq_source; /* its bit in SYSCFG_ITLINEx */
    void *state;         /* owned by the chip, as is the next */
    uint8_t *raw;
    struct periph *mate; /* another block it works with, as its kind's header says; else NULL. Borrowed */
};

/* For code that serves two families: the same place, the same bits in both. */
#define PERIPH_SAME_AT(u0, g0)   ((uint32_t)(u0) == (uint32_t)(g0))
#define PERIPH_SAME_BITS(u0, g0) (BITS(u0) == BITS(g0))

void periph_reset(struct periph *p, enum periph_reset why);

/* Accesses inside the block; `offset` is aligned to `bytes` (1, 2, 4), values are right-aligned. */
uint32_t periph_read(struct periph *p, uint32_t offset, unsigned bytes);
void periph_write(struct periph *p, uint32_t offset, unsigned bytes, uint32_t value);
uint32_t periph_peek(const struct periph *p, uint32_t offset); /* one word, no side effects */

/* The register's word, for the model itself. Only for offsets that have a row. */
static inline uint32_t *periph_word(const struct periph *p, uint32_t offset) { return (uint32_t *)p->state + offset / 4; }

/* What the row says about a write; returns the word as it was. */
uint32_t periph_store(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes);

/* Put `value` into a register as far as `mask` goes, whatever the row says: the hardware's own hand. */
static inline void periph_set(const struct periph *p, uint32_t offset, uint32_t mask, uint32_t value)
{
    uint32_t *word = periph_word(p, offset);

    *word = (*word & ~mask) | (value & mask);
}

static inline uint64_t periph_now_ps(const struct periph *p) { return p->env->now_ps(p->env->ctx); }
static inline void periph_changed(struct periph *p) { p->env->changed(p->env->ctx, p); }
static inline void periph_irq(struct periph *p, bool level)
{
    p->env->irq(p->env->ctx, p->irq_line, level ? p->irq_source : 0, p->irq_source);
}
static inline uint64_t periph_hz(const struct periph *p) { return p->env->clock_hz(p->env->ctx, p); }
static inline void periph_dma(const struct periph *p, unsigned signal, bool wanted) { p->env->dma(p->env->ctx, p, signal, wanted); }
void periph_note(const struct periph *p, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));
