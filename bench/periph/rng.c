/* rng.c - random number generator. See rng.h. */
#include "periph/rng.h"

#include "device/regs/rng.h"

enum { FIRST_CYCLES = 412, WORD_CYCLES = 54 }; /* of the RNG's clock; estimates */

struct rng_state {
    uint32_t reg[RNG_HTCR / 4 + 1];
    uint64_t ready_ps; /* when the next word is there, TIME_NEVER */
    uint64_t noise;
};

// clang-format off
static const struct periph_reg rows[] = {
    [RNG_CR   / 4] = { 0x00800D00, 0xC3FFFFAC },
    [RNG_SR   / 4] = { 0, BITS(RNG_SR_CEIS) | BITS(RNG_SR_SEIS) },
    [RNG_DR   / 4] = { 0, 0 },
    [RNG_HTCR / 4] = { 0x000072AC, UINT32_MAX },
};
// clang-format on

DEFINE_STATE(rng_state_table, "rng", struct rng_state, STATE_MANY(struct rng_state, reg, STATE_ANY),
             STATE_ONE(struct rng_state, ready_ps, STATE_ANY), STATE_ONE(struct rng_state, noise, STATE_ANY));

static bool generates(const struct periph *p)
{
    const uint32_t cr = *periph_word(p, RNG_CR);

    return cr & BITS(RNG_CR_RNGEN) && !(cr & BITS(RNG_CR_CONDRST));
}

static void update(struct periph *p)
{
    const uint32_t sr = *periph_word(p, RNG_SR);

    periph_irq(p, *periph_word(p, RNG_CR) & BITS(RNG_CR_IE) && sr & (BITS(RNG_SR_DRDY) | BITS(RNG_SR_CEIS) | BITS(RNG_SR_SEIS)));
    periph_changed(p);
}

static void next_word(struct periph *p, unsigned cycles)
{
    struct rng_state *s = p->state;
    const uint64_t hz = periph_hz(p);

    s->ready_ps = generates(p) && hz ? periph_now_ps(p) + cycles * PS_PER_S / hz : TIME_NEVER;
    periph_set(p, RNG_SR, BITS(RNG_SR_DRDY), 0);
}

static void watch_clock(struct periph *p)
{
    const bool missing = generates(p) && periph_hz(p) == 0 && !(*periph_word(p, RNG_CR) & BITS(RNG_CR_CED));

    if (missing && !(*periph_word(p, RNG_SR) & BITS(RNG_SR_CECS))) {
        periph_set(p, RNG_SR, BITS(RNG_SR_CEIS), UINT32_MAX);
        periph_note(p, "clock", "switched on without its clock (CCIPR.CLK48SEL)");
    }
    periph_set(p, RNG_SR, BITS(RNG_SR_CECS), missing ? UINT32_MAX : 0);
}

static void rng_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == RNG_SR) {
        *periph_word(p, RNG_SR) &= value | ~(lanes & (BITS(RNG_SR_CEIS) | BITS(RNG_SR_SEIS))); /* cleared by a 0 */
    } else {
        const bool before = generates(p);

        if (offset == RNG_CR && *periph_word(p, RNG_CR) & BITS(RNG_CR_CONFIGLOCK)) /* until the next reset */
            lanes &= BITS(RNG_CR_RNGEN) | BITS(RNG_CR_IE);
        periph_store(p, offset, value, lanes);
        if (generates(p) != before)
            next_word(p, FIRST_CYCLES);
        watch_clock(p);
    }
    update(p);
}

static uint32_t rng_read(struct periph *p, uint32_t offset)
{
    const uint32_t value = offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;

    if (offset == RNG_DR && *periph_word(p, RNG_SR) & BITS(RNG_SR_DRDY)) {
        *periph_word(p, RNG_DR) = 0;
        next_word(p, WORD_CYCLES);
        update(p);
    }
    return value;
}

static void rng_event(struct periph *p)
{
    struct rng_state *s = p->state;
    uint64_t x = s->noise ? s->noise : UINT64_C(0x9E3779B97F4A7C15);

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    s->noise = x;
    s->ready_ps = TIME_NEVER;
    *periph_word(p, RNG_DR) = (uint32_t)(x >> 16) ? (uint32_t)(x >> 16) : 1; /* 0 stands for "none" (RM0503) */
    periph_set(p, RNG_SR, BITS(RNG_SR_DRDY), UINT32_MAX);
    update(p);
}

static uint64_t rng_next_ps(const struct periph *p) { return ((const struct rng_state *)p->state)->ready_ps; }

static void rng_reclock(struct periph *p)
{
    const struct rng_state *s = p->state;

    if (generates(p) && !(*periph_word(p, RNG_SR) & BITS(RNG_SR_DRDY)) && (s->ready_ps == TIME_NEVER) == (periph_hz(p) != 0))
        next_word(p, WORD_CYCLES);
    watch_clock(p);
}

static void rng_reset(struct periph *p, enum periph_reset why)
{
    struct rng_state *s = p->state;

    s->ready_ps = TIME_NEVER; /* the noise goes on */
    update(p);
}

const struct periph_kind rng_kind = {
    .name = "RNG",
    .names = &rng_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .state = &rng_state_table,
    .read = rng_read,
    .write = rng_write,
    .reset = rng_reset,
    .next_ps = rng_next_ps,
    .event = rng_event,
    .reclock = rng_reclock,
};
