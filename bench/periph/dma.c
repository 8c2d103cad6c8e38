/* dma.c - one DMA controller. See dma.h. */
#include "periph/dma.h"

#include "device/regs/dma.h"

struct dma_state {
    uint32_t reg[DMA_CMAR7 / 4 + 1];
    struct {
        uint32_t periph_at, memory_at; /* next item's addresses */
        uint32_t count;                /* items in all, as programmed when the channel was switched on */
    } ch[DMA_CHANNELS];
    uint64_t free_ps; /* when the item under way is done */
};

#define STRIDE   (DMA_CCR2 - DMA_CCR1)
#define CCR(n)   (DMA_CCR1 + (n)*STRIDE)
#define CNDTR(n) (DMA_CNDTR1 + (n)*STRIDE)
#define CPAR(n)  (DMA_CPAR1 + (n)*STRIDE)
#define CMAR(n)  (DMA_CMAR1 + (n)*STRIDE)
#define FLAGS(n) (0xFu << 4 * (n))
#define CCR_BITS 0x7FFFu
enum { GIF = 1, TCIF = 2, HTIF = 4, TEIF = 8 }; /* of one channel's four flags */

// clang-format off
#define CHANNEL(n) [CCR(n) / 4] = { 0, CCR_BITS }, [CNDTR(n) / 4] = { 0, 0xFFFF }, [CPAR(n) / 4] = { 0, UINT32_MAX }, [CMAR(n) / 4] = { 0, UINT32_MAX }
static const struct periph_reg rows[] = { CHANNEL(0), CHANNEL(1), CHANNEL(2), CHANNEL(3), CHANNEL(4), CHANNEL(5), CHANNEL(6) };
// clang-format on

#define CH(n)                                                                                                         \
    STATE_ONE(struct dma_state, ch[n].periph_at, STATE_ANY), STATE_ONE(struct dma_state, ch[n].memory_at, STATE_ANY), \
        STATE_ONE(struct dma_state, ch[n].count, 0xFFFF)
DEFINE_STATE(dma_state_table, "dma", struct dma_state, STATE_MANY(struct dma_state, reg, STATE_ANY), CH(0), CH(1), CH(2), CH(3), CH(4),
             CH(5), CH(6), STATE_ONE(struct dma_state, free_ps, STATE_ANY));

static uint32_t ccr(const struct periph *p, unsigned n) { return *periph_word(p, CCR(n)); }
static unsigned channels(const struct periph *p) { return ((const struct dma_row *)p->row)->channels; }

static void update(struct periph *p)
{
    const struct dma_row *row = p->row;

    for (unsigned n = 0; n < row->channels; n++) {
        const uint32_t enabled = ccr(p, n) & (TCIF | HTIF | TEIF); /* TCIE, HTIE, TEIE stand at the flags' places */
        const bool up = *periph_word(p, DMA_ISR) >> 4 * n & enabled;

        p->env->irq(p->env->ctx, row->irq[n].line, up ? row->irq[n].source : 0, row->irq[n].source);
    }
}

static void flag(struct periph *p, unsigned n, uint32_t flags) { *periph_word(p, DMA_ISR) |= (flags | GIF) << 4 * n; }

static bool wants(const struct periph *p, unsigned n)
{
    if (!(ccr(p, n) & BITS(DMA_CCR1_EN)) || *periph_word(p, CNDTR(n)) == 0)
        return false;
    return ccr(p, n) & BITS(DMA_CCR1_MEM2MEM) || p->env->dma_wanted(p->env->ctx, p, n);
}

static int most_urgent(const struct periph *p)
{
    int best = -1;

    for (unsigned n = 0; n < channels(p); n++)
        if (wants(p, n) && (best < 0 || GET(ccr(p, n), DMA_CCR1_PL) > GET(ccr(p, (unsigned)best), DMA_CCR1_PL)))
            best = (int)n;
    return best;
}

static unsigned item_bytes(uint32_t size) { return size > 1 ? 4 : 1u << size; }

/* One item; false is a bus error. A wider destination is filled with zeros, a narrower one gets the low part. */
static bool copy(struct periph *p, unsigned n)
{
    struct dma_state *s = p->state;
    const uint32_t c = ccr(p, n);
    const unsigned pbytes = item_bytes(GET(c, DMA_CCR1_PSIZE)), mbytes = item_bytes(GET(c, DMA_CCR1_MSIZE));
    const uint32_t pat = s->ch[n].periph_at & ~(pbytes - 1), mat = s->ch[n].memory_at & ~(mbytes - 1);
    uint32_t value = 0;
    bool done;

    if (c & BITS(DMA_CCR1_DIR)) {
        done = p->env->bus_read(p->env->ctx, mat, mbytes, &value);
        value = pbytes < 4 ? value & ((1u << 8 * pbytes) - 1) : value;
        done = done && p->env->bus_write(p->env->ctx, pat, pbytes, value);
    } else {
        done = p->env->bus_read(p->env->ctx, pat, pbytes, &value);
        value = mbytes < 4 ? value & ((1u << 8 * mbytes) - 1) : value;
        done = done && p->env->bus_write(p->env->ctx, mat, mbytes, value);
    }
    if (!done)
        periph_note(p, "refused", "channel %u: bus error between 0x%08X and 0x%08X", n + 1, (unsigned)pat, (unsigned)mat);
    s->ch[n].periph_at += c & BITS(DMA_CCR1_PINC) ? pbytes : 0;
    s->ch[n].memory_at += c & BITS(DMA_CCR1_MINC) ? mbytes : 0;
    return done;
}

static void load(struct periph *p, unsigned n)
{
    struct dma_state *s = p->state;

    s->ch[n].periph_at = *periph_word(p, CPAR(n));
    s->ch[n].memory_at = *periph_word(p, CMAR(n));
}

static void dma_event(struct periph *p)
{
    struct dma_state *s = p->state;
    const int urgent = most_urgent(p);
    const unsigned n = (unsigned)urgent;
    const uint64_t hz = periph_hz(p);
    uint32_t *left;

    if (urgent < 0 || hz == 0)
        return;
    left = periph_word(p, CNDTR(n));
    s->free_ps = periph_now_ps(p) + DMA_CYCLES * PS_PER_S / hz;
    if (!(ccr(p, n) & BITS(DMA_CCR1_MEM2MEM)))
        p->env->dma_taken(p->env->ctx, p, n);
    if (!copy(p, n)) {
        *periph_word(p, CCR(n)) &= ~BITS(DMA_CCR1_EN);
        flag(p, n, TEIF);
    } else {
        --*left;
        if (*left == s->ch[n].count / 2)
            flag(p, n, HTIF);
        if (*left == 0) {
            flag(p, n, TCIF);
            if (ccr(p, n) & BITS(DMA_CCR1_CIRC)) {
                *left = s->ch[n].count;
                load(p, n);
            }
        }
    }
    update(p);
}

static uint64_t dma_next_ps(const struct periph *p)
{
    const struct dma_state *s = p->state;

    return periph_hz(p) && most_urgent(p) >= 0 ? s->free_ps : TIME_NEVER;
}

static void write_ccr(struct periph *p, unsigned n, uint32_t value, uint32_t lanes)
{
    struct dma_state *s = p->state;
    const uint32_t fixed = ccr(p, n) & BITS(DMA_CCR1_EN) & value & lanes ? ~(uint32_t)(BITS(DMA_CCR1_EN) | TCIF | HTIF | TEIF) : 0;
    const uint32_t old = periph_store(p, CCR(n), value, lanes & ~fixed);

    if (~old & ccr(p, n) & BITS(DMA_CCR1_EN)) {
        s->ch[n].count = *periph_word(p, CNDTR(n));
        load(p, n);
    }
}

static void dma_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == DMA_IFCR) {
        for (unsigned n = 0; n < channels(p); n++)
            if (value >> 4 * n & GIF)
                value |= FLAGS(n);
        *periph_word(p, DMA_ISR) &= ~(value & lanes);
        for (unsigned n = 0; n < channels(p); n++) /* GIF is what is left of the three */
            if (!(*periph_word(p, DMA_ISR) >> 4 * n & (TCIF | HTIF | TEIF)))
                *periph_word(p, DMA_ISR) &= ~FLAGS(n);
    } else if (offset >= DMA_CCR1 && offset < CCR(channels(p))) {
        const unsigned n = (offset - DMA_CCR1) / STRIDE;

        if (offset == CCR(n))
            write_ccr(p, n, value, lanes);
        else if (ccr(p, n) & BITS(DMA_CCR1_EN))
            periph_note(p, "refused", "channel %u: count or address written while EN = 1", n + 1);
        else
            periph_store(p, offset, value, lanes);
    }
    update(p);
    periph_changed(p);
}

static void dma_reclock(struct periph *p) { (void)p; } /* next_ps asks for the clock */

static void dma_reset(struct periph *p, enum periph_reset why)
{
    struct dma_state *s = p->state;

    s->free_ps = 0;
    for (unsigned n = 0; n < DMA_CHANNELS; n++) {
        s->ch[n].periph_at = s->ch[n].memory_at = 0;
        s->ch[n].count = 0;
    }
    update(p);
}

const struct periph_kind dma_kind = {
    .name = "DMA",
    .names = &dma_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .state = &dma_state_table,
    .write = dma_write,
    .reset = dma_reset,
    .next_ps = dma_next_ps,
    .event = dma_event,
    .reclock = dma_reclock,
};
