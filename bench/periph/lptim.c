/* lptim.c - one low-power timer. See lptim.h.
 *
 * Registers cross into the timer's clock: a write is followed, SYNC_CYCLES later, by its OK flag (ARROK, CMPOK, DIEROK, REPOK). */
#include "periph/lptim.h"

#include "device/regs/g0_lptim.h"
#include "device/regs/u0_lptim.h"

_Static_assert(PERIPH_SAME_AT(U0_LPTIM_ISR, G0_LPTIM_ISR) && PERIPH_SAME_AT(U0_LPTIM_DIER, G0_LPTIM_IER) &&
                   PERIPH_SAME_AT(U0_LPTIM_CCR1, G0_LPTIM_CMP) && PERIPH_SAME_AT(U0_LPTIM_ARR, G0_LPTIM_ARR) &&
                   PERIPH_SAME_BITS(U0_LPTIM_ISR_CC1IF, G0_LPTIM_ISR_CMPM) && PERIPH_SAME_BITS(U0_LPTIM_ISR_CMP1OK, G0_LPTIM_ISR_CMPOK) &&
                   PERIPH_SAME_BITS(U0_LPTIM_CR_CNTSTRT, G0_LPTIM_CR_CNTSTRT) &&
                   PERIPH_SAME_BITS(U0_LPTIM_CFGR_PRESC, G0_LPTIM_CFGR_PRESC) &&
                   PERIPH_SAME_BITS(U0_LPTIM_CFGR_WAVPOL, G0_LPTIM_CFGR_WAVPOL),
               "one code for both families");

enum { SYNC_CYCLES = 3, START_CYCLES = 2 }; /* estimates: "two to three" and "two" clocks (RM0444 27.4.11) */

struct lptim_state {
    uint32_t reg[U0_LPTIM_CCR4 / 4 + 1];
    struct domain clock;
    uint64_t from_tick; /* the counter was 0 at this tick, if it runs */
    uint64_t ok_tick;   /* when the OK flags in `coming` follow */
    uint32_t coming;
    uint8_t running, single; /* single: stops at the top */
    uint32_t at;             /* the counter while it stands */
    uint64_t periods;        /* done since the start, whose flags have been set */
    uint8_t compared;        /* the compare of the present period has been flagged */
};

// clang-format off
static const struct periph_reg rows_u0[U0_LPTIM_CCR4 / 4 + 1] = {
    [U0_LPTIM_ISR   / 4] = { 0, 0 }, [U0_LPTIM_ICR  / 4] = { 0, 0 },
    [U0_LPTIM_DIER  / 4] = { 0, 0x0EB9FFFF },
    [U0_LPTIM_CFGR  / 4] = { 0, 0x01FEEEDF },
    [U0_LPTIM_CR    / 4] = { 0, 0 },
    [U0_LPTIM_CCR1  / 4] = { 0, 0xFFFF }, [U0_LPTIM_ARR / 4] = { 1, 0xFFFF }, [U0_LPTIM_CNT / 4] = { 0, 0 },
    [U0_LPTIM_CFGR2 / 4] = { 0, 0x00330033 }, [U0_LPTIM_RCR / 4] = { 0, 0xFF },
    [U0_LPTIM_CCMR1 / 4] = { 0, 0x330F330F }, [U0_LPTIM_CCMR2 / 4] = { 0, 0x330F330F },
    [U0_LPTIM_CCR2  / 4] = { 0, 0xFFFF }, [U0_LPTIM_CCR3 / 4] = { 0, 0xFFFF }, [U0_LPTIM_CCR4 / 4] = { 0, 0xFFFF },
};
static const struct periph_reg rows_g0[G0_LPTIM_CFGR2 / 4 + 1] = {
    [G0_LPTIM_ISR   / 4] = { 0, 0 }, [G0_LPTIM_ICR  / 4] = { 0, 0 },
    [G0_LPTIM_IER   / 4] = { 0, 0x7F },
    [G0_LPTIM_CFGR  / 4] = { 0, 0x01FEEEDF },
    [G0_LPTIM_CR    / 4] = { 0, 0 },
    [G0_LPTIM_CMP   / 4] = { 0, 0xFFFF }, [G0_LPTIM_ARR / 4] = { 1, 0xFFFF }, [G0_LPTIM_CNT / 4] = { 0, 0 },
    [G0_LPTIM_CFGR2 / 4] = { 0, 0x33 },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct lptim_state, member, limit)
DEFINE_STATE(lptim_state_table, "lptim", struct lptim_state, STATE_MANY(struct lptim_state, reg, STATE_ANY), F(clock.start_ps, STATE_ANY),
             F(clock.start_ticks, STATE_ANY), F(clock.hz, 1000000000), F(from_tick, STATE_ANY), F(ok_tick, STATE_ANY), F(coming, STATE_ANY),
             F(running, 1), F(single, 1), F(at, 0xFFFF), F(periods, STATE_ANY), F(compared, 1));
#undef F

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }
static bool is_u0(const struct periph *p) { return p->kind == &lptim_kind_u0; }
static bool enabled(const struct periph *p) { return reg(p, U0_LPTIM_CR) & BITS(U0_LPTIM_CR_ENABLE); }
static bool external(const struct periph *p) { return reg(p, U0_LPTIM_CFGR) & (BITS(U0_LPTIM_CFGR_CKSEL) | BITS(U0_LPTIM_CFGR_COUNTMODE)); }
/* An external clock is a tick by hand for each edge, and stands still in between. */
static uint64_t own_hz(const struct periph *p) { return external(p) ? 0 : periph_hz(p); }
static uint64_t step(const struct periph *p) { return UINT64_C(1) << GET(reg(p, U0_LPTIM_CFGR), U0_LPTIM_CFGR_PRESC); }
static uint64_t period(const struct periph *p) { return (uint64_t)GET(reg(p, U0_LPTIM_ARR), U0_LPTIM_ARR_ARR) + 1; }

static uint64_t tick_now(const struct periph *p)
{
    const struct lptim_state *s = p->state;

    return periph_now_ps(p) > s->clock.start_ps ? domain_ticks(&s->clock, periph_now_ps(p)) : s->clock.start_ticks;
}

static uint64_t counted(const struct periph *p) /* steps since the start */
{
    const struct lptim_state *s = p->state;
    const uint64_t now = tick_now(p);

    return now > s->from_tick ? (now - s->from_tick) / step(p) : 0;
}

static uint32_t counter(const struct periph *p)
{
    const struct lptim_state *s = p->state;

    return s->running ? (uint32_t)(counted(p) % period(p)) : s->at;
}

static void update(struct periph *p)
{
    const uint32_t enables = reg(p, U0_LPTIM_DIER) & (is_u0(p) ? 0x1038FFFFu : 0x7Fu); /* interrupt enables stand at the flags' places */

    periph_irq(p, reg(p, U0_LPTIM_ISR) & enables);
    periph_changed(p);
}

/* ---- time ---- */

static uint64_t compare_step(const struct periph *p) /* in a period, at which CNT is CCR1; none: the end */
{
    const uint64_t at = GET(reg(p, U0_LPTIM_CCR1), U0_LPTIM_CCR1_CCR1);

    return at < period(p) ? at : period(p);
}

static uint64_t next_step(const struct periph *p)
{
    const struct lptim_state *s = p->state;
    const uint64_t begin = s->periods * period(p), compare = compare_step(p);

    return !s->compared && compare < period(p) ? begin + compare : begin + period(p) - 1; /* ARRM when CNT is ARR */
}

static uint64_t tick_ps(const struct lptim_state *s, uint64_t tick) { return s->clock.hz ? domain_ps(&s->clock, tick) : TIME_NEVER; }

static bool matters(const struct periph *p)
{
    const struct lptim_state *s = p->state;
    const uint32_t flags = BITS(U0_LPTIM_ISR_CC1IF) | BITS(U0_LPTIM_ISR_ARRM) | (is_u0(p) ? BITS(U0_LPTIM_ISR_UE) : 0);

    return s->single || flags & ~reg(p, U0_LPTIM_ISR);
}

static uint64_t lptim_next_ps(const struct periph *p)
{
    const struct lptim_state *s = p->state;
    uint64_t next = s->coming ? tick_ps(s, s->ok_tick) : TIME_NEVER, at;

    if (!s->running || !matters(p))
        return next;
    at = tick_ps(s, s->from_tick + next_step(p) * step(p));
    return at < next ? at : next;
}

static void pass(struct periph *p) /* one happening of the counter */
{
    struct lptim_state *s = p->state;

    if (!s->compared && compare_step(p) < period(p)) {
        s->compared = 1;
        periph_set(p, U0_LPTIM_ISR, BITS(U0_LPTIM_ISR_CC1IF), UINT32_MAX);
        if (compare_step(p) != period(p) - 1)
            return;
    }
    s->compared = 0;
    s->periods++;
    periph_set(p, U0_LPTIM_ISR, BITS(U0_LPTIM_ISR_ARRM) | (is_u0(p) ? BITS(U0_LPTIM_ISR_UE) : 0), UINT32_MAX);
    if (s->single) {
        s->running = s->single = 0;
        s->at = 0;
    }
}

static void catch_up(struct periph *p)
{
    struct lptim_state *s = p->state;

    if (s->running && !s->single && counted(p) / period(p) > s->periods + 2) { /* long unnoticed: what comes is what has been */
        pass(p);
        s->periods = counted(p) / period(p) - 1;
        s->compared = 0;
    }
    while (s->running && s->from_tick + next_step(p) * step(p) <= tick_now(p))
        pass(p);
}

static void lptim_event(struct periph *p)
{
    struct lptim_state *s = p->state;

    if (s->coming && s->ok_tick <= tick_now(p)) {
        periph_set(p, U0_LPTIM_ISR, s->coming, UINT32_MAX);
        s->coming = 0;
    }
    catch_up(p);
    update(p);
}

static void lptim_reclock(struct periph *p)
{
    struct lptim_state *s = p->state;

    if (own_hz(p) == s->clock.hz)
        return;
    catch_up(p);
    domain_set_hz(&s->clock, periph_now_ps(p), own_hz(p));
}

static void lptim_pin_edge(struct periph *p, unsigned signal, bool rising)
{
    struct lptim_state *s = p->state;
    const uint32_t polarity = GET(reg(p, U0_LPTIM_CFGR), U0_LPTIM_CFGR_CKPOL); /* 0: rising, 1: falling, 2: both */
    const bool clocked = reg(p, U0_LPTIM_CFGR) & BITS(U0_LPTIM_CFGR_CKSEL) || periph_hz(p);

    if (signal != LPTIM_IN1 || !external(p) || !enabled(p) || !clocked || (polarity < 2 && rising != (polarity == 0)))
        return;
    s->clock.start_ticks++;
    catch_up(p);
    update(p);
}

/* ---- software's side ---- */

static void cross(struct periph *p, uint32_t flag)
{
    struct lptim_state *s = p->state;

    s->coming |= flag;
    s->ok_tick = tick_now(p) + SYNC_CYCLES;
    if (external(p)) { /* these cycles are not of the clock that is counted: at once */
        periph_set(p, U0_LPTIM_ISR, s->coming, UINT32_MAX);
        s->coming = 0;
    }
}

static void start(struct periph *p, bool single)
{
    struct lptim_state *s = p->state;

    if (s->running) {
        s->single = single;
        return;
    }
    s->running = 1;
    s->single = single;
    s->compared = 0;
    s->periods = 0;
    s->from_tick = tick_now(p) + (external(p) ? 0 : START_CYCLES);
}

static void write_cr(struct periph *p, uint32_t value)
{
    struct lptim_state *s = p->state;

    if (!(value & BITS(U0_LPTIM_CR_ENABLE))) { /* off: everything in the timer's own clock begins anew */
        s->at = 0;
        s->running = s->single = s->compared = 0;
        s->coming = 0;
        *periph_word(p, U0_LPTIM_CR) = 0;
        if (!is_u0(p))
            *periph_word(p, U0_LPTIM_ISR) = 0;
        return;
    }
    if (enabled(p)) { /* start bits count only while it is already on */
        if (value & BITS(U0_LPTIM_CR_CNTSTRT))
            start(p, false);
        else if (value & BITS(U0_LPTIM_CR_SNGSTRT))
            start(p, true);
        if (value & BITS(U0_LPTIM_CR_COUNTRST)) {
            s->from_tick = tick_now(p) + SYNC_CYCLES;
            s->periods = 0;
            s->compared = 0;
        }
        if (GET(reg(p, U0_LPTIM_CFGR), U0_LPTIM_CFGR_TRIGEN))
            periph_note(p, "unmodelled", "start by an external trigger (CFGR.TRIGEN)");
    }
    *periph_word(p, U0_LPTIM_CR) = value & (BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_RSTARE)); /* the others clear themselves */
}

static uint32_t ok_flag(const struct periph *p, uint32_t offset)
{
    if (offset == U0_LPTIM_ARR)
        return BITS(U0_LPTIM_ISR_ARROK);
    if (offset == U0_LPTIM_CCR1)
        return BITS(U0_LPTIM_ISR_CMP1OK);
    if (!is_u0(p))
        return 0;
    switch (offset) {
    case U0_LPTIM_DIER: return BITS(U0_LPTIM_ISR_DIEROK);
    case U0_LPTIM_RCR: return BITS(U0_LPTIM_ISR_REPOK);
    case U0_LPTIM_CCR2: return BITS(U0_LPTIM_ISR_CMP2OK);
    case U0_LPTIM_CCR3: return BITS(U0_LPTIM_ISR_CMP3OK);
    case U0_LPTIM_CCR4: return BITS(U0_LPTIM_ISR_CMP4OK);
    default: return 0;
    }
}

static void lptim_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    catch_up(p);
    if (offset == U0_LPTIM_CR) {
        write_cr(p, value & lanes);
    } else if (offset == U0_LPTIM_ICR) {
        periph_set(p, U0_LPTIM_ISR, value & lanes, 0);
    } else if (offset == U0_LPTIM_CFGR && enabled(p)) {
        periph_note(p, "refused", "write to CFGR while ENABLE = 1");
    } else {
        const uint64_t before = counter(p);
        struct lptim_state *s = p->state;

        periph_store(p, offset, value, lanes);
        if (ok_flag(p, offset) && (enabled(p) || (is_u0(p) && offset == U0_LPTIM_DIER)))
            cross(p, ok_flag(p, offset));
        if (offset == U0_LPTIM_ARR && s->running) { /* the new top counts from now, the count goes on */
            s->from_tick = tick_now(p) - before % period(p) * step(p);
            s->periods = 0;
            s->compared = compare_step(p) <= before % period(p);
        }
        if (offset == U0_LPTIM_CCR1 && s->running)
            s->compared = compare_step(p) <= before;
        if (offset == U0_LPTIM_CFGR) {
            lptim_reclock(p);
            if (reg(p, offset) & BITS(U0_LPTIM_CFGR_ENC))
                periph_note(p, "unmodelled", "encoder mode (CFGR = 0x%08X)", (unsigned)reg(p, offset));
        }
    }
    update(p);
}

static uint32_t lptim_peek(const struct periph *p, uint32_t offset)
{
    if (offset == U0_LPTIM_CNT)
        return counter(p);
    return offset / 4 < p->kind->words ? reg(p, offset) : 0;
}

static uint32_t lptim_read(struct periph *p, uint32_t offset)
{
    catch_up(p);
    return lptim_peek(p, offset);
}

/* PWM: high from the compare to the top (WAVPOL inverts). */
static bool lptim_drives(const struct periph *p, unsigned signal, bool *high)
{
    const struct lptim_state *s = p->state;
    const uint32_t ccmr = is_u0(p) ? reg(p, U0_LPTIM_CCMR1) : 0;
    const bool inverted = is_u0(p) ? GET(ccmr, U0_LPTIM_CCMR1_CC1P) & 1 : reg(p, U0_LPTIM_CFGR) & BITS(U0_LPTIM_CFGR_WAVPOL);

    if (!enabled(p) || (is_u0(p) && (!(ccmr & BITS(U0_LPTIM_CCMR1_CC1E)) || ccmr & BITS(U0_LPTIM_CCMR1_CC1SEL))))
        return false;
    *high = (s->running && counter(p) >= compare_step(p)) != inverted;
    return true;
}

static void lptim_reset(struct periph *p, enum periph_reset why)
{
    struct lptim_state *s = p->state;

    s->clock = (struct domain){ periph_now_ps(p), 0, own_hz(p) };
    s->from_tick = s->ok_tick = s->periods = 0;
    s->coming = s->at = 0;
    s->running = s->single = s->compared = 0;
    update(p);
}

#define LPTIM_KIND(names_, rows)                                                                                                     \
    {                                                                                                                                \
        .name = "LPTIM", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true,                    \
        .state = &lptim_state_table, .read = lptim_read, .peek = lptim_peek, .write = lptim_write, .reset = lptim_reset,             \
        .next_ps = lptim_next_ps, .event = lptim_event, .reclock = lptim_reclock, .drives = lptim_drives, .pin_edge = lptim_pin_edge \
    }
const struct periph_kind lptim_kind_u0 = LPTIM_KIND(&u0_lptim_regs, rows_u0);
const struct periph_kind lptim_kind_g0 = LPTIM_KIND(&g0_lptim_regs, rows_g0);
