/* dmamux.c - which request reaches which DMA channel. See dmamux.h. */
#include "periph/dmamux.h"

#include "device/regs/dmamux.h"

enum { IDS = 256, GENERATORS = 4, SIGNALS = 16 };

struct dmamux_state {
    uint32_t reg[DMAMUX_RGCFR / 4 + 1];
    uint32_t wanted[IDS / 32]; /* request lines that are up; wires, so the mux's own reset leaves them */
    uint8_t to_do[GENERATORS]; /* requests of the present edge that are still to be taken */
};

// clang-format off
#define CHANNEL(n)   [(DMAMUX_C0CR + 4 * (n)) / 4] = { 0, BITS(DMAMUX_C0CR_DMAREQ_ID) | BITS(DMAMUX_C0CR_SOIE) | BITS(DMAMUX_C0CR_EGE) | \
                      BITS(DMAMUX_C0CR_SE) | BITS(DMAMUX_C0CR_SPOL) | BITS(DMAMUX_C0CR_NBREQ) | BITS(DMAMUX_C0CR_SYNC_ID) }
#define GENERATOR(n) [(DMAMUX_RG0CR + 4 * (n)) / 4] = { 0, BITS(DMAMUX_RG0CR_SIG_ID) | BITS(DMAMUX_RG0CR_OIE) | BITS(DMAMUX_RG0CR_GE) | \
                      BITS(DMAMUX_RG0CR_GPOL) | BITS(DMAMUX_RG0CR_GNBREQ) }
static const struct periph_reg rows[] = {
    CHANNEL(0), CHANNEL(1), CHANNEL(2), CHANNEL(3), CHANNEL(4), CHANNEL(5), CHANNEL(6), CHANNEL(7), CHANNEL(8), CHANNEL(9), CHANNEL(10),
    CHANNEL(11), GENERATOR(0), GENERATOR(1), GENERATOR(2), GENERATOR(3), [DMAMUX_RGCFR / 4] = { 0 },
};
// clang-format on

DEFINE_STATE(dmamux_state_table, "dmamux", struct dmamux_state, STATE_MANY(struct dmamux_state, reg, STATE_ANY),
             STATE_MANY(struct dmamux_state, wanted, STATE_ANY), STATE_MANY(struct dmamux_state, to_do, 32));

static uint32_t id_of(const struct periph *p, unsigned channel)
{
    return GET(*periph_word(p, DMAMUX_C0CR + 4 * channel), DMAMUX_C0CR_DMAREQ_ID);
}

bool dmamux_request(struct periph *p, unsigned id, bool wanted)
{
    struct dmamux_state *s = p->state;
    const uint32_t bit = UINT32_C(1) << id % 32, before = s->wanted[id / 32 % (IDS / 32)];

    s->wanted[id / 32 % (IDS / 32)] = wanted ? before | bit : before & ~bit;
    return s->wanted[id / 32 % (IDS / 32)] != before;
}

bool dmamux_wanted(const struct periph *p, unsigned channel)
{
    const struct dmamux_state *s = p->state;
    const uint32_t id = id_of(p, channel);

    return id && s->wanted[id / 32] >> id % 32 & 1;
}

/* Generator n is request n + 1. */
void dmamux_taken(struct periph *p, unsigned channel)
{
    struct dmamux_state *s = p->state;
    const uint32_t id = id_of(p, channel);

    if (id >= 1 && id <= GENERATORS && s->to_do[id - 1])
        s->to_do[id - 1]--;
    dmamux_request(p, id, id >= 1 && id <= GENERATORS && s->to_do[id - 1]);
}

static uint32_t generator(const struct periph *p, unsigned n) { return *periph_word(p, DMAMUX_RG0CR + 4 * n); }

bool dmamux_signal(struct periph *p, unsigned line)
{
    struct dmamux_state *s = p->state;
    bool changed = false;

    for (unsigned n = 0; n < GENERATORS; n++) {
        const uint32_t cr = generator(p, n);

        if (!(cr & BITS(DMAMUX_RG0CR_GE)) || !(cr & BITS(DMAMUX_RG0CR_GPOL)) || GET(cr, DMAMUX_RG0CR_SIG_ID) != line)
            continue;
        if (s->to_do[n]) { /* too early: the edge is lost */
            *periph_word(p, DMAMUX_RGSR) |= 1u << n;
            continue;
        }
        s->to_do[n] = (uint8_t)(GET(cr, DMAMUX_RG0CR_GNBREQ) + 1);
        changed = dmamux_request(p, n + 1, true) || changed;
    }
    return changed;
}

static void dmamux_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct dmamux_state *s = p->state;

    periph_store(p, offset, value, lanes);
    if (offset < DMAMUX_CSR && value & lanes & (BITS(DMAMUX_C0CR_SE) | BITS(DMAMUX_C0CR_EGE)))
        periph_note(p, "unmodelled", "synchronisation of channel %u (SE, EGE)", (unsigned)offset / 4);
    if (offset >= DMAMUX_RG0CR && offset < DMAMUX_RG0CR + 4 * GENERATORS) {
        const unsigned n = (unsigned)(offset - DMAMUX_RG0CR) / 4;

        if (generator(p, n) & BITS(DMAMUX_RG0CR_GE) && GET(generator(p, n), DMAMUX_RG0CR_SIG_ID) >= SIGNALS)
            periph_note(p, "unmodelled", "request generator %u on signal %u", n, (unsigned)GET(generator(p, n), DMAMUX_RG0CR_SIG_ID));
        if (!(generator(p, n) & BITS(DMAMUX_RG0CR_GE))) {
            s->to_do[n] = 0;
            dmamux_request(p, n + 1, false);
        }
    }
    if (offset == DMAMUX_RGCFR)
        *periph_word(p, DMAMUX_RGSR) &= ~(value & lanes);
    p->env->rewired(p->env->ctx); /* the DMA looks again */
}

static void dmamux_reset(struct periph *p, enum periph_reset why)
{
    struct dmamux_state *s = p->state;

    for (unsigned n = 0; n < GENERATORS; n++) {
        s->to_do[n] = 0;
        dmamux_request(p, n + 1, false);
    }
    if (why != PERIPH_BY_RCC)
        for (unsigned i = 0; i < IDS / 32; i++)
            s->wanted[i] = 0;
}

const struct periph_kind dmamux_kind = {
    .name = "DMAMUX",
    .names = &dmamux_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .state = &dmamux_state_table,
    .write = dmamux_write,
    .reset = dmamux_reset,
};
