/* tim_count.c - how a timer's counter moves: from one thing that happens to the next, whole periods at once. See tim_state.h. */
#include "periph/tim_state.h"

static uint32_t reg(const struct tim_state *s, uint32_t offset) { return s->reg[offset / 4]; }
static bool centered(const struct tim_state *s) { return GET(reg(s, TIM_CR1), TIM_CR1_CMS) != 0; }
static bool down(const struct tim_state *s) { return reg(s, TIM_CR1) & BITS(TIM_CR1_DIR); }

static uint32_t ccmr_byte(const struct tim_state *s, unsigned ch) { return reg(s, ch < 2 ? TIM_CCMR1 : TIM_CCMR2) >> ch % 2 * 8; }

bool tim_is_output(const struct tim_state *s, unsigned ch) { return (ccmr_byte(s, ch) & BITS(TIM_CCMR1_CC1S)) == 0; }

unsigned tim_channel_mode(const struct tim_state *s, unsigned ch)
{
    const uint32_t word = reg(s, ch < 2 ? TIM_CCMR1 : TIM_CCMR2);

    return GET(ccmr_byte(s, ch), TIM_CCMR1_OC1M) | (word >> (TIM_CCMR1_OC1M_1_LSB + ch % 2 * 8) & 1) << 3;
}

unsigned tim_slave_mode(const struct tim_state *s)
{
    return GET(reg(s, TIM_SMCR), TIM_SMCR_SMS) | GET(reg(s, TIM_SMCR), TIM_SMCR_SMS_1) << 3;
}

unsigned tim_slave_source(const struct tim_state *s)
{
    return GET(reg(s, TIM_SMCR), TIM_SMCR_TS) | GET(reg(s, TIM_SMCR), TIM_SMCR_TS_1) << 3;
}

bool tim_input_high(const struct tim_state *s, unsigned ch)
{
    return (s->input >> ch & 1) != (reg(s, TIM_CCER) >> 4 * ch & BITS(TIM_CCER_CC1P) ? 1 : 0);
}

bool tim_ocref(const struct tim_state *s, unsigned ch)
{
    const bool below = down(s) ? s->cnt <= s->ccr[ch] : s->cnt < s->ccr[ch];

    switch (tim_channel_mode(s, ch)) {
    case TIM_LOW: return false;
    case TIM_HIGH: return true;
    case TIM_PWM1: return below;
    case TIM_PWM2: return !below;
    default: return s->ocref >> ch & 1;
    }
}

uint32_t tim_period_steps(const struct tim_state *s) { return centered(s) ? (s->arr ? 2 * s->arr : 1) : s->arr + 1; }

/* ---- what happens at a step ---- */

static void match(struct tim_state *s, unsigned ch, struct tim_happened *happened)
{
    const uint32_t flag = BITS(TIM_SR_CC1IF) << ch, cms = GET(reg(s, TIM_CR1), TIM_CR1_CMS);
    const uint8_t bit = (uint8_t)(1u << ch);

    if (!tim_is_output(s, ch))
        return;
    switch (tim_channel_mode(s, ch)) {
    case TIM_ACTIVE: s->ocref |= bit; break;
    case TIM_INACTIVE: s->ocref = (uint8_t)(s->ocref & ~bit); break;
    case TIM_TOGGLE: s->ocref ^= bit; break;
    default: break;
    }
    if (cms == 0 || cms == 3 || (cms == 1) == down(s)) { /* 1: flags only on the way down, 2: up, 3: both */
        s->reg[TIM_SR / 4] |= flag;
        happened->matched |= bit;
    }
}

void tim_update(struct tim_state *s)
{
    s->psc = reg(s, TIM_PSC);
    s->arr = reg(s, TIM_ARR);
    s->rep = reg(s, TIM_RCR);
    for (unsigned ch = 0; ch < s->channels; ch++)
        if (tim_is_output(s, ch))
            s->ccr[ch] = reg(s, TIM_CCR1 + 4 * ch);
    if (reg(s, TIM_BDTR) & BITS(TIM_BDTR_AOE))
        s->reg[TIM_BDTR / 4] |= BITS(TIM_BDTR_MOE);
}

static void overflow(struct tim_state *s, struct tim_happened *happened)
{
    if (reg(s, TIM_CR1) & BITS(TIM_CR1_UDIS))
        return;
    if (s->rep) {
        s->rep--;
        return;
    }
    tim_update(s);
    s->reg[TIM_SR / 4] |= BITS(TIM_SR_UIF);
    happened->update = true;
    if (reg(s, TIM_CR1) & BITS(TIM_CR1_OPM))
        s->reg[TIM_CR1 / 4] &= ~BITS(TIM_CR1_CEN);
}

/* Steps to the end of the present run: to the overflow, underflow or turn. */
static uint64_t to_end(const struct tim_state *s, uint32_t top)
{
    if (centered(s))
        return down(s) ? (s->cnt ? s->cnt : 1) : s->cnt < s->arr ? s->arr - s->cnt : 1;
    if (down(s))
        return (uint64_t)s->cnt + 1;
    return (s->cnt <= s->arr ? (uint64_t)s->arr - s->cnt : (uint64_t)top - s->cnt) + 1; /* missed: on to the very top */
}

static uint64_t to_next(const struct tim_state *s, uint32_t top)
{
    uint64_t next = to_end(s, top);

    for (unsigned ch = 0; ch < s->channels; ch++) {
        const uint64_t away = down(s) ? (uint64_t)s->cnt - s->ccr[ch] : (uint64_t)s->ccr[ch] - s->cnt; /* behind: huge */

        if (away != 0 && away < next)
            next = away;
    }
    return next;
}

static void at_end(struct tim_state *s, struct tim_happened *happened)
{
    const bool missed = !centered(s) && !down(s) && s->cnt > s->arr, was_down = down(s);
    const uint32_t old_arr = s->arr;

    if (centered(s)) {
        s->cnt = was_down ? 0 : s->arr;
        s->reg[TIM_CR1 / 4] ^= BITS(TIM_CR1_DIR);
    } else if (!was_down) {
        s->cnt = 0;
    }
    if (!missed)
        overflow(s, happened);
    if (!centered(s) && was_down)
        s->cnt = s->arr;
    for (unsigned ch = 0; ch < s->channels; ch++)
        if (s->ccr[ch] == s->cnt || (!centered(s) && !was_down && s->ccr[ch] > old_arr))
            match(s, ch, happened);
}

static uint8_t levels(const struct tim_state *s)
{
    uint8_t levels = 0;

    for (unsigned ch = 0; ch < s->channels; ch++)
        levels = (uint8_t)(levels | (unsigned)tim_ocref(s, ch) << ch);
    return levels;
}

/* Forward by `steps`, which lead to the next happening and no further. */
static void move(struct tim_state *s, uint32_t top, uint64_t steps, struct tim_happened *happened)
{
    const uint8_t before = levels(s);

    if (steps == to_end(s, top)) {
        at_end(s, happened);
    } else {
        s->cnt = down(s) ? s->cnt - (uint32_t)steps : s->cnt + (uint32_t)steps;
        for (unsigned ch = 0; ch < s->channels; ch++)
            if (s->ccr[ch] == s->cnt)
                match(s, ch, happened);
    }
    happened->rose = (uint8_t)(happened->rose | (levels(s) & ~before));
}

/* Is it the timer's own clock that counts? In encoder and clock mode others do; in gated mode while a pin says so. */
static bool own_clock(const struct tim_state *s)
{
    switch (tim_slave_mode(s)) {
    case TIM_ENCODER_TI1:
    case TIM_ENCODER_TI2:
    case TIM_ENCODER_BOTH:
    case TIM_SLAVE_CLOCK: return false;
    case TIM_SLAVE_GATED:
        return tim_slave_source(s) == TIM_TS_TI1FP1   ? tim_input_high(s, 0)
               : tim_slave_source(s) == TIM_TS_TI2FP2 ? tim_input_high(s, 1)
                                                      : false; /* another timer's pulses: tick by tick, tim.c */
    default: return true;
    }
}

static bool runs(const struct tim_state *s) { return reg(s, TIM_CR1) & BITS(TIM_CR1_CEN) && s->arr != 0 && own_clock(s); }

static bool settled(const struct tim_state *s) /* an update would change nothing */
{
    bool same = s->psc == reg(s, TIM_PSC) && s->arr == reg(s, TIM_ARR);

    for (unsigned ch = 0; ch < s->channels; ch++)
        same = same && (!tim_is_output(s, ch) || s->ccr[ch] == reg(s, TIM_CCR1 + 4 * ch));
    return same && !(reg(s, TIM_CR1) & BITS(TIM_CR1_OPM));
}

/* All periods but the last that fit into `ticks`, at once: nothing of what they do is new. Returns their ticks. */
static uint64_t skip_periods(struct tim_state *s, uint64_t ticks)
{
    const uint64_t period = (uint64_t)tim_period_steps(s) * ((uint64_t)s->psc + 1), periods = ticks / period;
    const uint64_t overflows = periods * (centered(s) ? 2 : 1), cycle = (uint64_t)reg(s, TIM_RCR) + 1;

    if (periods == 0)
        return 0;
    if (!(reg(s, TIM_CR1) & BITS(TIM_CR1_UDIS))) {
        if (overflows > s->rep)
            s->reg[TIM_SR / 4] |= BITS(TIM_SR_UIF);
        s->rep = overflows <= s->rep ? s->rep - (uint32_t)overflows : (uint32_t)(cycle - 1 - (overflows - s->rep - 1) % cycle);
    }
    for (unsigned ch = 0; ch < s->channels; ch++)
        if (tim_is_output(s, ch) && tim_channel_mode(s, ch) == TIM_TOGGLE && !centered(s) && periods & 1)
            s->ocref ^= (uint8_t)(1u << ch);
    return periods * period;
}

void tim_advance(struct tim_state *s, uint32_t top, uint64_t tick, struct tim_happened *happened)
{
    uint64_t left = tick > s->at_tick ? tick - s->at_tick : 0;
    unsigned ends = 0;

    s->at_tick = tick;
    while (left && runs(s)) {
        const uint64_t each = (uint64_t)s->psc + 1, steps = to_next(s, top), pre = s->pre < each ? s->pre : each - 1;
        const bool last = steps == to_end(s, top);
        const uint64_t needs = steps * each - pre;

        if (left < needs) {
            const uint64_t done = (pre + left) / each;

            s->pre = (uint32_t)((pre + left) % each);
            s->cnt = down(s) ? s->cnt - (uint32_t)done : s->cnt + (uint32_t)done;
            return;
        }
        left -= needs;
        s->pre = 0;
        move(s, top, steps, happened);
        ends += last;
        if (last && ends >= 2 && s->cnt <= s->arr && settled(s)) {
            left -= skip_periods(s, left);
            ends = 0;
        }
    }
}

uint64_t tim_next_tick(const struct tim_state *s, uint32_t top)
{
    const uint64_t each = (uint64_t)s->psc + 1;

    if (!runs(s))
        return TIME_NEVER;
    return s->at_tick + to_next(s, top) * each - (s->pre < each ? s->pre : each - 1);
}
