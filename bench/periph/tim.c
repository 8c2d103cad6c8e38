/* tim.c - one timer: registers, interrupts, requests, pins. See tim.h. The counter itself: tim_count.c. */
#include "periph/tim_state.h"

#define F(member) STATE_ONE(struct tim_state, member, STATE_ANY)
DEFINE_STATE(tim_state_table, "tim", struct tim_state, STATE_MANY(struct tim_state, reg, STATE_ANY), F(clock.start_ps),
             F(clock.start_ticks), STATE_ONE(struct tim_state, clock.hz, 1000000000), F(at_tick), F(cnt), F(pre), F(psc), F(arr),
             STATE_MANY(struct tim_state, ccr, STATE_ANY), F(rep), STATE_ONE(struct tim_state, channels, TIM_CHANNELS), F(ocref), F(burst),
             STATE_ONE(struct tim_state, burst_signal, TIM_DMA_COM), F(input));
#undef F

#define CC_FLAGS (BITS(TIM_SR_CC1IF) | BITS(TIM_SR_CC2IF) | BITS(TIM_SR_CC3IF) | BITS(TIM_SR_CC4IF))
enum { MASTER_RESET, MASTER_ENABLE, MASTER_UPDATE, MASTER_PULSE, MASTER_OC1REF };

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }
static uint32_t top_of(const struct periph *p) { return p->kind == &tim_kind_32 ? UINT32_MAX : 0xFFFF; }
static bool has(const struct periph *p, uint32_t offset) { return p->kind->regs[offset / 4].writable != 0; }
static unsigned channels(const struct periph *p) { return ((const struct tim_state *)p->state)->channels; }

static uint64_t tick_now(const struct periph *p)
{
    const struct tim_state *s = p->state;

    return periph_now_ps(p) > s->clock.start_ps ? domain_ticks(&s->clock, periph_now_ps(p)) : s->clock.start_ticks;
}

/* ---- interrupts, requests, triggers ---- */

static void update_irq(struct periph *p)
{
    const struct tim_row *row = p->row;
    const uint32_t up = reg(p, TIM_SR) & reg(p, TIM_DIER); /* flags and enables stand at the same places */
    uint32_t cc = 0, all_cc = 0;

    if (!row) {
        periph_irq(p, up & 0xFF);
        return;
    }
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++) {
        all_cc |= row->cc[ch];
        cc |= up & BITS(TIM_SR_CC1IF) << ch ? row->cc[ch] : 0;
    }
    p->env->irq(p->env->ctx, row->cc_line, cc, all_cc);
    p->env->irq(p->env->ctx, p->irq_line,
                (up & BITS(TIM_SR_UIF) ? row->update : 0) | (up & BITS(TIM_SR_TIF) ? row->trigger : 0) |
                    (up & BITS(TIM_SR_COMIF) ? row->commutation : 0) | (up & BITS(TIM_SR_BIF) ? row->brk : 0),
                row->update | row->trigger | row->commutation | row->brk);
}

static void request(struct periph *p, unsigned signal, uint32_t enable)
{
    struct tim_state *s = p->state;

    if (!(reg(p, TIM_DIER) & enable))
        return;
    s->burst_signal = (uint8_t)signal;
    periph_dma(p, signal, true);
}

static bool pulses(const struct periph *p, unsigned master, const struct tim_happened *h)
{
    switch (master) {
    case MASTER_UPDATE: return h->update;
    case MASTER_PULSE: return h->matched & 1;
    case MASTER_RESET:
    case MASTER_ENABLE: return false; /* done where they are written */
    default: return master < MASTER_OC1REF + TIM_CHANNELS && h->rose >> (master - MASTER_OC1REF) & 1;
    }
}

static unsigned master(const struct periph *p) { return GET(reg(p, TIM_CR2), TIM_CR2_MMS); }
static unsigned master2(const struct periph *p) { return GET(reg(p, TIM_CR2), TIM_CR2_MMS2); }

/* What has happened goes out. */
static void tell(struct periph *p, const struct tim_happened *h)
{
    if (h->update)
        request(p, TIM_DMA_UP, BITS(TIM_DIER_UDE));
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++)
        if (h->matched >> ch & 1 || (h->update && reg(p, TIM_CR2) & BITS(TIM_CR2_CCDS)))
            request(p, TIM_DMA_CC1 + ch, BITS(TIM_DIER_CC1DE) << ch);
    update_irq(p);
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++)
        if (h->matched >> ch & 1)
            p->env->trigger(p->env->ctx, p, TIM_OC1 + ch);
    if (pulses(p, master(p), h))
        p->env->trigger(p->env->ctx, p, TIM_TRGO);
    if (p->kind == &tim_kind_advanced && pulses(p, master2(p), h))
        p->env->trigger(p->env->ctx, p, TIM_TRGO2);
}

static void sync(struct periph *p)
{
    struct tim_happened h = { 0 };

    tim_advance(p->state, top_of(p), tick_now(p), &h);
    tell(p, &h);
}

/* ---- software's side ---- */

static void pulse_master(struct periph *p, unsigned what)
{
    if (master(p) == what)
        p->env->trigger(p->env->ctx, p, TIM_TRGO);
    if (p->kind == &tim_kind_advanced && master2(p) == what)
        p->env->trigger(p->env->ctx, p, TIM_TRGO2);
}

/* UG, or a slave's reset: counter and prescaler begin anew. */
static void restart(struct periph *p, bool by_software)
{
    struct tim_state *s = p->state;
    const bool centered = GET(s->reg[TIM_CR1 / 4], TIM_CR1_CMS) != 0;
    struct tim_happened h = { 0 };

    if (!(s->reg[TIM_CR1 / 4] & BITS(TIM_CR1_UDIS))) {
        tim_update(s);
        if (!(s->reg[TIM_CR1 / 4] & BITS(TIM_CR1_URS))) {
            s->reg[TIM_SR / 4] |= BITS(TIM_SR_UIF);
            h.update = true;
        }
    }
    s->pre = 0;
    s->cnt = !centered && s->reg[TIM_CR1 / 4] & BITS(TIM_CR1_DIR) ? s->arr : 0;
    tell(p, &h);
    if (by_software)
        pulse_master(p, MASTER_RESET);
}

static void capture(struct periph *p, unsigned ch)
{
    struct tim_state *s = p->state;
    const uint32_t flag = BITS(TIM_SR_CC1IF) << ch;

    if (s->reg[TIM_SR / 4] & flag)
        s->reg[TIM_SR / 4] |= BITS(TIM_SR_CC1OF) << ch;
    s->reg[TIM_SR / 4] |= flag;
    s->ccr[ch] = s->reg[TIM_CCR1 / 4 + ch] = s->cnt;
    request(p, TIM_DMA_CC1 + ch, BITS(TIM_DIER_CC1DE) << ch);
}

static void write_egr(struct periph *p, uint32_t value)
{
    struct tim_state *s = p->state;

    for (unsigned ch = 0; ch < channels(p); ch++) {
        if (!(value & BITS(TIM_EGR_CC1G) << ch))
            continue;
        if (tim_is_output(s, ch)) {
            s->reg[TIM_SR / 4] |= BITS(TIM_SR_CC1IF) << ch;
            request(p, TIM_DMA_CC1 + ch, BITS(TIM_DIER_CC1DE) << ch);
        } else {
            capture(p, ch);
        }
    }
    if (value & BITS(TIM_EGR_TG) && has(p, TIM_SMCR)) {
        s->reg[TIM_SR / 4] |= BITS(TIM_SR_TIF);
        request(p, TIM_DMA_TRIG, BITS(TIM_DIER_TDE));
    }
    if (value & BITS(TIM_EGR_COMG) && has(p, TIM_BDTR))
        s->reg[TIM_SR / 4] |= BITS(TIM_SR_COMIF);
    if (value & BITS(TIM_EGR_BG) && has(p, TIM_BDTR)) {
        s->reg[TIM_SR / 4] |= BITS(TIM_SR_BIF);
        s->reg[TIM_BDTR / 4] &= ~BITS(TIM_BDTR_MOE);
    }
    if (value & BITS(TIM_EGR_UG))
        restart(p, true);
    update_irq(p);
}

/* What is not modelled and would matter is said once it is asked for. */
static void note_limits(struct periph *p, uint32_t offset)
{
    const struct tim_state *s = p->state;

    if (offset == TIM_SMCR && (tim_slave_mode(s) > TIM_SLAVE_RESET_TRIGGER || reg(p, TIM_SMCR) & BITS(TIM_SMCR_ECE) ||
                               (tim_slave_mode(s) >= TIM_SLAVE_RESET && tim_slave_source(s) == TIM_TS_ETRF)))
        periph_note(p, "unmodelled", "SMCR = 0x%08X: external trigger pin, or a mode above 8", (unsigned)reg(p, TIM_SMCR));
    for (unsigned ch = 0; ch < channels(p) && (offset == TIM_CCMR1 || offset == TIM_CCMR2); ch++)
        if (tim_is_output(s, ch) && tim_channel_mode(s, ch) > TIM_PWM2)
            periph_note(p, "unmodelled", "compare mode %u of channel %u", tim_channel_mode(s, ch), ch + 1);
    if (offset == TIM_CCER && reg(p, TIM_CCER) & (BITS(TIM_CCER_CC5E) | BITS(TIM_CCER_CC6E)))
        periph_note(p, "unmodelled", "channels 5 and 6");
}

static void after_store(struct periph *p, uint32_t offset, uint32_t old)
{
    struct tim_state *s = p->state;
    const uint32_t preload = BITS(TIM_CCMR1_OC1PE);

    switch (offset) {
    case TIM_CR1:
        if (~old & reg(p, TIM_CR1) & BITS(TIM_CR1_CEN))
            pulse_master(p, MASTER_ENABLE);
        if (GET(reg(p, TIM_CR1), TIM_CR1_CMS)) /* DIR is the hardware's while centered */
            periph_set(p, TIM_CR1, BITS(TIM_CR1_DIR), GET(old, TIM_CR1_CMS) ? old : 0);
        break;
    case TIM_DIER:
        for (unsigned ch = 0; ch < TIM_CHANNELS; ch++)
            if (!(reg(p, TIM_DIER) & BITS(TIM_DIER_CC1DE) << ch))
                periph_dma(p, TIM_DMA_CC1 + ch, false);
        if (!(reg(p, TIM_DIER) & BITS(TIM_DIER_UDE)))
            periph_dma(p, TIM_DMA_UP, false);
        break;
    case TIM_ARR:
        if (!(reg(p, TIM_CR1) & BITS(TIM_CR1_ARPE)))
            s->arr = reg(p, TIM_ARR);
        break;
    case TIM_CCR1:
    case TIM_CCR2:
    case TIM_CCR3:
    case TIM_CCR4: {
        const unsigned ch = (offset - TIM_CCR1) / 4;

        if (tim_is_output(s, ch) && !(reg(p, ch < 2 ? TIM_CCMR1 : TIM_CCMR2) >> ch % 2 * 8 & preload))
            s->ccr[ch] = reg(p, offset);
        break;
    }
    case TIM_CCMR1:
    case TIM_CCMR2: /* a forced level is remembered when the mode changes to one that remembers */
        for (unsigned ch = 0; ch < TIM_CHANNELS; ch++)
            if (tim_is_output(s, ch) && (tim_channel_mode(s, ch) == TIM_LOW || tim_channel_mode(s, ch) == TIM_HIGH))
                s->ocref = (uint8_t)((s->ocref & ~(1u << ch)) | (unsigned)(tim_channel_mode(s, ch) == TIM_HIGH) << ch);
        break;
    case TIM_DCR: s->burst = 0; break;
    default: break;
    }
}

/* DMAR stands for a row of registers, one after the other; the request comes again until the burst is done. */
static uint32_t burst_offset(struct periph *p)
{
    struct tim_state *s = p->state;
    const uint32_t dcr = reg(p, TIM_DCR), at = 4 * (GET(dcr, TIM_DCR_DBA) + s->burst);

    if (s->burst < GET(dcr, TIM_DCR_DBL)) {
        s->burst++;
        periph_dma(p, s->burst_signal, true);
    } else {
        s->burst = 0;
    }
    return at / 4 < p->kind->words && at != TIM_DMAR ? at : TIM_DCR;
}

void tim_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct tim_state *s = p->state;

    sync(p);
    if (offset == TIM_DMAR && has(p, TIM_DCR))
        offset = burst_offset(p);
    if (offset == TIM_SR) {
        s->reg[TIM_SR / 4] &= value | ~lanes; /* cleared by a 0 */
    } else if (offset == TIM_EGR) {
        write_egr(p, value & lanes);
    } else if (offset == TIM_CNT) {
        s->cnt = ((s->cnt & ~lanes) | (value & lanes)) & top_of(p);
    } else {
        const uint32_t old = periph_store(p, offset, value, lanes);

        after_store(p, offset, old);
        note_limits(p, offset);
    }
    update_irq(p);
    periph_changed(p);
}

uint32_t tim_peek(const struct periph *p, uint32_t offset)
{
    struct tim_state s = *(const struct tim_state *)p->state;
    struct tim_happened h = { 0 };

    tim_advance(&s, top_of(p), tick_now(p), &h);
    if (offset == TIM_CNT)
        return s.cnt | (s.reg[TIM_CR1 / 4] & BITS(TIM_CR1_UIFREMAP) && s.reg[TIM_SR / 4] & BITS(TIM_SR_UIF) ? 1u << 31 : 0);
    return offset / 4 < p->kind->words ? s.reg[offset / 4] : 0;
}

uint32_t tim_read(struct periph *p, uint32_t offset)
{
    struct tim_state *s = p->state;
    uint32_t value;

    sync(p);
    if (offset == TIM_DMAR && has(p, TIM_DCR))
        offset = burst_offset(p);
    value = tim_peek(p, offset);
    if (offset >= TIM_CCR1 && offset <= TIM_CCR4 && !tim_is_output(s, (offset - TIM_CCR1) / 4)) {
        s->reg[TIM_SR / 4] &= ~(BITS(TIM_SR_CC1IF) << (offset - TIM_CCR1) / 4);
        update_irq(p);
        periph_changed(p);
    }
    return value;
}

void tim_reset(struct periph *p, enum periph_reset why)
{
    struct tim_state *s = p->state;

    s->clock = (struct domain){ periph_now_ps(p), 0, periph_hz(p) };
    s->at_tick = 0;
    s->cnt = s->pre = s->psc = s->rep = 0;
    s->arr = s->reg[TIM_ARR / 4];
    s->ocref = s->burst = s->burst_signal = s->channels = 0;
    if (why != PERIPH_BY_RCC) /* wires, so the timer's own reset leaves them */
        s->input = 0;
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++) {
        s->ccr[ch] = 0;
        s->channels = (uint8_t)(s->channels + has(p, TIM_CCR1 + 4 * ch));
    }
    for (unsigned signal = TIM_DMA_CC1; signal <= TIM_DMA_COM; signal++)
        periph_dma(p, signal, false);
    update_irq(p);
}

void tim_reclock(struct periph *p)
{
    struct tim_state *s = p->state;

    if (periph_hz(p) == s->clock.hz)
        return;
    sync(p);
    domain_set_hz(&s->clock, periph_now_ps(p), periph_hz(p));
}

/* ---- time ---- */

/* Would anybody notice an update, or a match? If not, nothing is to be done until somebody asks. */
static bool matters(const struct periph *p)
{
    const uint32_t dier = reg(p, TIM_DIER), sr = reg(p, TIM_SR);
    const uint32_t dma = BITS(TIM_DIER_UDE) | BITS(TIM_DIER_CC1DE) | BITS(TIM_DIER_CC2DE) | BITS(TIM_DIER_CC3DE) | BITS(TIM_DIER_CC4DE);

    if (dier & ~sr & (BITS(TIM_DIER_UIE) | CC_FLAGS) || dier & dma)
        return true;
    for (unsigned signal = TIM_TRGO; signal <= TIM_OC4; signal++)
        if (p->env->listened(p->env->ctx, p, signal))
            return true;
    return false;
}

uint64_t tim_next_ps(const struct periph *p)
{
    const struct tim_state *s = p->state;
    uint64_t tick;

    if (!(reg(p, TIM_CR1) & BITS(TIM_CR1_CEN)) || s->clock.hz == 0 || !matters(p))
        return TIME_NEVER;
    tick = tim_next_tick(s, top_of(p));
    return tick == TIME_NEVER ? TIME_NEVER : domain_ps(&s->clock, tick);
}

void tim_event(struct periph *p) { sync(p); }

/* ---- other blocks and pins ---- */

static unsigned slave_mode(const struct periph *p) { return has(p, TIM_SMCR) ? tim_slave_mode(p->state) : 0; }

bool tim_listens(const struct periph *p, unsigned input) { return slave_mode(p) >= TIM_SLAVE_RESET && tim_slave_source(p->state) == input; }

/* One tick of the prescaler, from outside. */
static void tick_by_hand(struct periph *p)
{
    struct tim_state *s = p->state;
    const uint32_t smcr = s->reg[TIM_SMCR / 4];
    struct tim_happened h = { 0 };

    if (!(s->reg[TIM_CR1 / 4] & BITS(TIM_CR1_CEN)))
        return;
    s->reg[TIM_SMCR / 4] = 0;
    tim_advance(s, top_of(p), s->at_tick + 1, &h);
    s->at_tick--;
    s->reg[TIM_SMCR / 4] = smcr;
    tell(p, &h);
}

static void slave(struct periph *p)
{
    struct tim_state *s = p->state;

    s->reg[TIM_SR / 4] |= BITS(TIM_SR_TIF);
    request(p, TIM_DMA_TRIG, BITS(TIM_DIER_TDE));
    switch (slave_mode(p)) {
    case TIM_SLAVE_RESET: restart(p, false); break;
    case TIM_SLAVE_RESET_TRIGGER:
        restart(p, false);
        s->reg[TIM_CR1 / 4] |= BITS(TIM_CR1_CEN);
        break;
    case TIM_SLAVE_TRIGGER: s->reg[TIM_CR1 / 4] |= BITS(TIM_CR1_CEN); break;
    case TIM_SLAVE_GATED: /* open for as long as the pulse: one clock */
    case TIM_SLAVE_CLOCK: tick_by_hand(p); break;
    default: break;
    }
    update_irq(p);
    periph_changed(p);
}

void tim_triggered(struct periph *p, unsigned input)
{
    sync(p);
    if (tim_listens(p, input))
        slave(p);
}

static bool edge_counts(const struct periph *p, unsigned ch, bool rising)
{
    const uint32_t ccer = reg(p, TIM_CCER) >> 4 * ch;
    const bool inverted = ccer & BITS(TIM_CCER_CC1P), both = inverted && ccer & BITS(TIM_CCER_CC1NP);

    return both || rising != inverted;
}

/* An encoder's edge: on TI1 it counts up if TI2 is other than TI1 has become, on TI2 if TI1 is as TI2 has become (RM0444, table of
 * counting direction versus encoder signals). */
static void encoder(struct periph *p, unsigned ch)
{
    struct tim_state *s = p->state;
    const bool same = tim_input_high(s, 0) == tim_input_high(s, 1);

    if (slave_mode(p) != TIM_ENCODER_BOTH && slave_mode(p) != (ch == 0 ? TIM_ENCODER_TI1 : TIM_ENCODER_TI2))
        return;
    periph_set(p, TIM_CR1, BITS(TIM_CR1_DIR), (ch == 0) == same ? UINT32_MAX : 0);
    tick_by_hand(p);
}

/* A pin as the trigger: its edge or, in gated mode, both ends of its level. */
static void trigger_pin(struct periph *p, unsigned signal, bool rising)
{
    const unsigned source = tim_slave_source(p->state);
    const bool own = (source == TIM_TS_TI1FP1 && signal == TIM_CH1) || (source == TIM_TS_TI2FP2 && signal == TIM_CH2);

    if (slave_mode(p) == TIM_SLAVE_GATED && own) {
        periph_set(p, TIM_SR, BITS(TIM_SR_TIF), UINT32_MAX);
        request(p, TIM_DMA_TRIG, BITS(TIM_DIER_TDE));
        update_irq(p);
        periph_changed(p);
    } else if (slave_mode(p) >= TIM_SLAVE_RESET &&
               ((own && edge_counts(p, signal, rising)) || (source == TIM_TS_TI1F_ED && signal == TIM_CH1))) {
        slave(p);
    }
}

void tim_pin_edge(struct periph *p, unsigned signal, bool rising)
{
    struct tim_state *s = p->state;

    if (signal > TIM_CH4)
        return;
    sync(p);
    s->input = (uint8_t)((s->input & ~(1u << signal)) | (unsigned)rising << signal);
    for (unsigned ch = 0; ch < channels(p); ch++) {
        const uint32_t from = s->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4] >> ch % 2 * 8 & BITS(TIM_CCMR1_CC1S);
        const unsigned input = from == 1 ? ch : from == 2 ? ch ^ 1 : TIM_CHANNELS; /* direct, or the neighbour's */

        if (input == signal && reg(p, TIM_CCER) >> 4 * ch & BITS(TIM_CCER_CC1E) && edge_counts(p, ch, rising))
            capture(p, ch);
    }
    if (slave_mode(p) != 0 && slave_mode(p) <= TIM_ENCODER_BOTH && signal <= TIM_CH2)
        encoder(p, signal);
    update_irq(p);
    periph_changed(p);
    trigger_pin(p, signal, rising);
}

/* How an output stands to its channel's OCREF. False: it is off. */
static bool output_of(const struct periph *p, unsigned signal, unsigned *ch, bool *inverted, bool *idle, bool *idle_level)
{
    const bool second = signal >= TIM_CH1N;
    uint32_t ccer;

    *ch = second ? signal - TIM_CH1N : signal;
    ccer = reg(p, TIM_CCER) >> 4 * *ch;
    if (!(ccer & (second ? BITS(TIM_CCER_CC1NE) : BITS(TIM_CCER_CC1E))) || !tim_is_output(p->state, *ch))
        return false;
    *inverted = ccer & (second ? BITS(TIM_CCER_CC1NP) : BITS(TIM_CCER_CC1P));
    if (second && ccer & BITS(TIM_CCER_CC1E)) /* both on: the second is the other's complement */
        *inverted = !*inverted;
    *idle = has(p, TIM_BDTR) && !(reg(p, TIM_BDTR) & BITS(TIM_BDTR_MOE));
    *idle_level = reg(p, TIM_CR2) >> (TIM_CR2_OIS1_LSB + 2 * *ch + (second ? 1 : 0)) & 1;
    return !*idle || reg(p, TIM_BDTR) & BITS(TIM_BDTR_OSSI);
}

bool tim_drives(const struct periph *p, unsigned signal, bool *high)
{
    struct tim_state s = *(const struct tim_state *)p->state;
    struct tim_happened h = { 0 };
    bool inverted, idle, idle_level;
    unsigned ch;

    if (!output_of(p, signal, &ch, &inverted, &idle, &idle_level))
        return false;
    tim_advance(&s, top_of(p), tick_now(p), &h);
    *high = idle ? idle_level : tim_ocref(&s, ch) != inverted;
    return true;
}

bool tim_pwm(const struct periph *p, unsigned signal, struct tim_pwm *pwm)
{
    struct tim_state s = *(const struct tim_state *)p->state;
    struct tim_happened h = { 0 };
    bool inverted, idle, idle_level, centered;
    uint64_t active, steps;
    unsigned ch, mode;

    if (!output_of(p, signal, &ch, &inverted, &idle, &idle_level) || idle)
        return false;
    tim_advance(&s, top_of(p), tick_now(p), &h);
    mode = tim_channel_mode(&s, ch);
    centered = GET(s.reg[TIM_CR1 / 4], TIM_CR1_CMS) != 0;
    if ((mode != TIM_PWM1 && mode != TIM_PWM2) || !(s.reg[TIM_CR1 / 4] & BITS(TIM_CR1_CEN)) || s.clock.hz == 0 || s.arr == 0)
        return false;
    steps = tim_period_steps(&s);
    active = s.ccr[ch] * (centered ? UINT64_C(2) : 1);
    active = active < steps ? active : steps;
    if ((mode == TIM_PWM2) != inverted)
        active = steps - active;
    pwm->period_ps = (uint64_t)((unsigned __int128)steps * (s.psc + UINT64_C(1)) * PS_PER_S / s.clock.hz);
    pwm->high_ps = (uint64_t)((unsigned __int128)active * (s.psc + UINT64_C(1)) * PS_PER_S / s.clock.hz);
    return true;
}
