/* wwdg.c - the window watchdog. See wwdg.h.
 *
 * The counter is not stepped: it is worked out from the ticks of its clock since it was last written. A write to CR starts a whole step
 * (estimate: the real prescaler runs through, so that the first step may be shorter). */
#include "periph/wwdg.h"

#include "device/regs/wwdg.h"

enum { CLOCK_DIVIDER = 4096, LOWEST = 0x40, COUNTS = 0x80 };

struct wwdg_state {
    uint32_t reg[WWDG_SR / 4 + 1];
    struct domain clock; /* PCLK while it reaches the watchdog */
    uint64_t from_tick;  /* when CR.T was what the register holds */
    uint8_t warned;      /* the early wake-up of this count has come */
};

static const struct periph_reg rows[] = {
    // clang-format off
    /*                 reset  writable */
    [WWDG_CR  / 4] = {  0x7F, 0 },
    [WWDG_CFR / 4] = {  0x7F, BITS(WWDG_CFR_W) | BITS(WWDG_CFR_WDGTB) },
    [WWDG_SR  / 4] = {     0, BITS(WWDG_SR_EWIF) },
    // clang-format on
};

DEFINE_STATE(wwdg_state_table, "wwdg", struct wwdg_state, STATE_MANY(struct wwdg_state, reg, STATE_ANY),
             STATE_ONE(struct wwdg_state, clock.start_ps, STATE_ANY), STATE_ONE(struct wwdg_state, clock.start_ticks, STATE_ANY),
             STATE_ONE(struct wwdg_state, clock.hz, 1000000000), STATE_ONE(struct wwdg_state, from_tick, STATE_ANY),
             STATE_ONE(struct wwdg_state, warned, 1));

static bool active(const struct periph *p) { return *periph_word(p, WWDG_CR) & BITS(WWDG_CR_WDGA); }

static uint64_t step_ticks(const struct periph *p) { return (uint64_t)CLOCK_DIVIDER << GET(*periph_word(p, WWDG_CFR), WWDG_CFR_WDGTB); }

static uint64_t steps(const struct periph *p)
{
    const struct wwdg_state *s = p->state;
    const uint64_t tick = periph_now_ps(p) < s->clock.start_ps ? s->clock.start_ticks : domain_ticks(&s->clock, periph_now_ps(p));

    return (tick - s->from_tick) / step_ticks(p);
}

static uint32_t counter(const struct periph *p)
{
    return (uint32_t)(GET(*periph_word(p, WWDG_CR), WWDG_CR_T) - steps(p)) % COUNTS; /* runs through while not activated */
}

static void count_from(struct periph *p, uint32_t value)
{
    struct wwdg_state *s = p->state;

    periph_set(p, WWDG_CR, BITS(WWDG_CR_T), PUT(WWDG_CR_T, value));
    s->from_tick = domain_ticks(&s->clock, periph_now_ps(p));
    s->warned = value < LOWEST;
}

static void update(struct periph *p)
{
    periph_irq(p, *periph_word(p, WWDG_SR) & BITS(WWDG_SR_EWIF) && *periph_word(p, WWDG_CFR) & BITS(WWDG_CFR_EWI));
    periph_changed(p);
}

void wwdg_start(struct periph *p)
{
    periph_set(p, WWDG_CR, BITS(WWDG_CR_WDGA), UINT32_MAX);
    count_from(p, COUNTS - 1);
    update(p);
}

static void write_cr(struct periph *p, uint32_t value)
{
    const bool was_active = active(p), too_early = counter(p) > GET(*periph_word(p, WWDG_CFR), WWDG_CFR_W);

    periph_set(p, WWDG_CR, BITS(WWDG_CR_WDGA), was_active || value & BITS(WWDG_CR_WDGA) ? UINT32_MAX : 0);
    count_from(p, GET(value, WWDG_CR_T));
    if ((was_active && too_early) || (active(p) && GET(value, WWDG_CR_T) < LOWEST))
        p->env->watchdog(p->env->ctx, p);
}

static void wwdg_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == WWDG_CR) {
        write_cr(p, value);
    } else if (offset == WWDG_CFR) {
        const uint32_t now = counter(p);
        struct wwdg_state *s = p->state;
        const uint8_t warned = s->warned;

        periph_store(p, offset, value, lanes);
        periph_set(p, offset, BITS(WWDG_CFR_EWI) & value & lanes, UINT32_MAX); /* once set, cleared by reset only (RM0444 29.5.2) */
        count_from(p, now);
        s->warned = warned;
    } else if (!(value & BITS(WWDG_SR_EWIF))) {
        periph_set(p, WWDG_SR, BITS(WWDG_SR_EWIF), 0);
    }
    update(p);
}

static uint32_t wwdg_peek(const struct periph *p, uint32_t offset)
{
    if (offset == WWDG_CR)
        return (*periph_word(p, WWDG_CR) & BITS(WWDG_CR_WDGA)) | PUT(WWDG_CR_T, counter(p));
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

/* When the counter gets to `at`. */
static uint64_t reaches_ps(const struct periph *p, uint32_t at)
{
    const struct wwdg_state *s = p->state;
    const uint32_t from = GET(*periph_word(p, WWDG_CR), WWDG_CR_T);

    return from < at ? TIME_NEVER : domain_ps(&s->clock, s->from_tick + (from - at) * step_ticks(p));
}

static uint64_t wwdg_next_ps(const struct periph *p)
{
    const struct wwdg_state *s = p->state;

    if (!active(p) || s->clock.hz == 0)
        return TIME_NEVER;
    return s->warned ? reaches_ps(p, LOWEST - 1) : reaches_ps(p, LOWEST);
}

static void wwdg_event(struct periph *p)
{
    struct wwdg_state *s = p->state;

    if (!s->warned) {
        s->warned = 1;
        periph_set(p, WWDG_SR, BITS(WWDG_SR_EWIF), UINT32_MAX);
    } else {
        count_from(p, COUNTS - 1); /* the reset ends this life; until then: no second bite */
        p->env->watchdog(p->env->ctx, p);
    }
    update(p);
}

static void wwdg_reclock(struct periph *p)
{
    struct wwdg_state *s = p->state;

    if (periph_hz(p) != s->clock.hz)
        domain_set_hz(&s->clock, periph_now_ps(p), periph_hz(p));
}

static void wwdg_reset(struct periph *p, enum periph_reset why)
{
    struct wwdg_state *s = p->state;

    s->clock = (struct domain){ periph_now_ps(p), 0, periph_hz(p) };
    s->from_tick = 0;
    s->warned = 0;
    update(p);
}

const struct periph_kind wwdg_kind = {
    .name = "WWDG",
    .names = &wwdg_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .apb = true,
    .state = &wwdg_state_table,
    .peek = wwdg_peek,
    .write = wwdg_write,
    .reset = wwdg_reset,
    .next_ps = wwdg_next_ps,
    .event = wwdg_event,
    .reclock = wwdg_reclock,
};
