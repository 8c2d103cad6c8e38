/* adc.c - one ADC. See adc.h.
 *
 * Not modelled: AUTOFF, the delay of CCRDY (a new CHSELR counts at once), noise. A channel's voltage is taken at the end of its conversion.
 */
#include "periph/adc.h"

#include "device/regs/adc.h"

struct adc_state {
    uint32_t reg[ADC_CCR / 4 + 1];
    uint64_t regulator_ps;                          /* when the regulator is up; TIME_NEVER: off */
    uint64_t calibrated_ps, ready_ps, converted_ps; /* ends of what is under way; TIME_NEVER: nothing */
    uint8_t at;                                     /* place in the sequence of the conversion under way or to come */
    uint8_t held;                                   /* WAIT: the next conversion starts when DR has been read */
};

#define FLAGS                                                                                                                     \
    (BITS(ADC_ISR_ADRDY) | BITS(ADC_ISR_EOSMP) | BITS(ADC_ISR_EOC) | BITS(ADC_ISR_EOS) | BITS(ADC_ISR_OVR) | BITS(ADC_ISR_AWD1) | \
     BITS(ADC_ISR_AWD2) | BITS(ADC_ISR_AWD3) | BITS(ADC_ISR_EOCAL) | BITS(ADC_ISR_CCRDY))
#define CHANNELS ((1u << ADC_CHANNELS) - 1)
#define CCR_BITS (BITS(ADC_CCR_PRESC) | BITS(ADC_CCR_VREFEN) | BITS(ADC_CCR_TSEN) | BITS(ADC_CCR_VBATEN))

// clang-format off
static const struct periph_reg rows[] = {
    /*                       reset  writable                                              clear1 */
    [ADC_ISR     / 4] = {          0, 0,                                                   FLAGS },
    [ADC_IER     / 4] = {          0, FLAGS },
    [ADC_CR      / 4] = {          0, BITS(ADC_CR_ADVREGEN) },
    [ADC_CFGR1   / 4] = {          0, 0x7CE1FDFF },
    [ADC_CFGR2   / 4] = {          0, 0xE00003FD },
    [ADC_SMPR    / 4] = {          0, 0x07FFFF77 },
    [ADC_AWD1TR  / 4] = { 0x0FFF0000, 0x0FFF0FFF },
    [ADC_AWD2TR  / 4] = { 0x0FFF0000, 0x0FFF0FFF },
    [ADC_CHSELR  / 4] = {          0, UINT32_MAX },
    [ADC_AWD3TR  / 4] = { 0x0FFF0000, 0x0FFF0FFF },
    [ADC_DR      / 4] = {          0, 0 },
    [ADC_AWD2CR  / 4] = {          0, CHANNELS },
    [ADC_AWD3CR  / 4] = {          0, CHANNELS },
    [ADC_CALFACT / 4] = {          0, BITS(ADC_CALFACT_CALFACT) },
    [ADC_CCR     / 4] = {          0, CCR_BITS },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct adc_state, member, limit)
DEFINE_STATE(adc_state_table, "adc", struct adc_state, STATE_MANY(struct adc_state, reg, STATE_ANY), F(regulator_ps, STATE_ANY),
             F(calibrated_ps, STATE_ANY), F(ready_ps, STATE_ANY), F(converted_ps, STATE_ANY), F(at, ADC_CHANNELS), F(held, 1));
#undef F

enum {
    REGULATOR_US = 20,       /* tADCVREG_STUP, STM32G0 data sheets */
    CALIBRATION_CYCLES = 82, /* tCAL, the same */
    STABLE_CYCLES = 14,      /* tSTAB, one conversion: the same, "maximum" */
    OFFSET = 6,              /* estimate: what an uncalibrated converter reads too much; calibration finds it */
    VBAT_DIVIDES = 3,
};
#define SENSOR_SAMPLE_PS  (5 * PS_PER_US) /* shortest sampling of the temperature sensor; VREFINT 4 us: STM32G0 data sheets */
#define VREFINT_SAMPLE_PS (4 * PS_PER_US)

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }
static void raise(const struct periph *p, uint32_t flags) { periph_set(p, ADC_ISR, flags, UINT32_MAX); }
static bool is_on(const struct periph *p, uint32_t bit) { return reg(p, ADC_CR) & bit; }

bool adc_is_synchronous(const struct periph *p) { return GET(reg(p, ADC_CFGR2), ADC_CFGR2_CKMODE); }

/* Half cycles of the converter's clock as time; TIME_NEVER while it stands still. */
static uint64_t half_cycles_ps(const struct periph *p, uint64_t halves)
{
    static const uint16_t prescalers[16] = { 1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256 };
    static const uint8_t of_pclk[4] = { 1, 2, 4, 1 };
    const uint64_t hz = periph_hz(p);
    const unsigned divide =
        adc_is_synchronous(p) ? of_pclk[GET(reg(p, ADC_CFGR2), ADC_CFGR2_CKMODE)] : prescalers[GET(reg(p, ADC_CCR), ADC_CCR_PRESC)];

    return hz ? (uint64_t)((unsigned __int128)halves * divide * PS_PER_S / (2 * hz)) : TIME_NEVER;
}

static void update(struct periph *p)
{
    periph_irq(p, reg(p, ADC_ISR) & reg(p, ADC_IER));
    periph_changed(p);
}

/* ---- the sequence ---- */

/* Channel number `at` of the sequence, or ADC_CHANNELS after its last. */
static unsigned channel_at(const struct periph *p, unsigned at)
{
    const uint32_t select = reg(p, ADC_CHSELR);
    const bool down = reg(p, ADC_CFGR1) & BITS(ADC_CFGR1_SCANDIR);

    if (reg(p, ADC_CFGR1) & BITS(ADC_CFGR1_CHSELRMOD)) {
        for (unsigned i = 0; i <= at; i++)
            if (i == 8 || (select >> 4 * i & 0xF) == 0xF)
                return ADC_CHANNELS;
        return select >> 4 * at & 0xF;
    }
    for (unsigned i = 0; i < ADC_CHANNELS; i++) {
        const unsigned channel = down ? ADC_CHANNELS - 1 - i : i;

        if (select >> channel & 1 && at-- == 0)
            return channel;
    }
    return ADC_CHANNELS;
}

static unsigned sample_halves(const struct periph *p, unsigned channel)
{
    static const uint16_t halves[8] = { 3, 7, 15, 25, 39, 79, 159, 321 };
    const uint32_t smpr = reg(p, ADC_SMPR);

    return halves[smpr >> (ADC_SMPR_SMPSEL0_LSB + channel) & 1 ? GET(smpr, ADC_SMPR_SMP2) : GET(smpr, ADC_SMPR_SMP1)];
}

static unsigned oversampling(const struct periph *p)
{
    const uint32_t cfgr2 = reg(p, ADC_CFGR2);

    return cfgr2 & BITS(ADC_CFGR2_OVSE) ? 2u << GET(cfgr2, ADC_CFGR2_OVSR) : 1;
}

static unsigned resolution(const struct periph *p) { return 12 - 2 * GET(reg(p, ADC_CFGR1), ADC_CFGR1_RES); }

static void too_short(const struct periph *p, unsigned channel)
{
    const struct adc_row *row = p->row;
    const uint64_t ps = half_cycles_ps(p, sample_halves(p, channel));

    if ((channel == row->temperature && ps < SENSOR_SAMPLE_PS) || (channel == row->vrefint && ps < VREFINT_SAMPLE_PS))
        periph_note(p, "adc", "channel %u is sampled for %u ns, too short for what is inside the chip", channel, (unsigned)(ps / 1000));
}

/* The conversion at s->at begins now. */
static void begin(struct periph *p, uint64_t at_ps)
{
    struct adc_state *s = p->state;
    const unsigned channel = channel_at(p, s->at);
    uint64_t ps;

    if (channel == ADC_CHANNELS)
        return;
    too_short(p, channel);
    ps = half_cycles_ps(p, (uint64_t)oversampling(p) * (sample_halves(p, channel) + 2 * resolution(p) + 1));
    s->converted_ps = ps == TIME_NEVER ? TIME_NEVER : at_ps + ps;
}

/* ---- values ---- */

static uint32_t inside_uv(const struct periph *p, unsigned channel)
{
    const struct adc_row *row = p->row;
    const uint32_t ccr = reg(p, ADC_CCR);
    const uint64_t cal_uv = ADC_CAL_MV * 1000;
    const int64_t slope = ADC_TS_CAL2 - ADC_TS_CAL1; /* per 100 degrees */

    if (channel == row->vrefint)
        return ccr & BITS(ADC_CCR_VREFEN) ? (uint32_t)(ADC_VREFINT_CAL * cal_uv / 4095) : 0;
    if (channel == row->vbat)
        return ccr & BITS(ADC_CCR_VBATEN) ? p->env->vdda_uv(p->env->ctx) / VBAT_DIVIDES : 0;
    if (!(ccr & BITS(ADC_CCR_TSEN)))
        return 0;
    return (uint32_t)((ADC_TS_CAL1 * 100000 + slope * (p->env->die_mc(p->env->ctx) - 30000)) * (int64_t)cal_uv / 100000 / 4095);
}

static bool is_inside(const struct periph *p, unsigned channel)
{
    const struct adc_row *row = p->row;

    return channel == row->temperature || channel == row->vrefint || channel == row->vbat;
}

static uint32_t convert(const struct periph *p, unsigned channel)
{
    const uint64_t full_uv = p->env->vdda_uv(p->env->ctx);
    const uint64_t uv = is_inside(p, channel) ? inside_uv(p, channel) : p->env->analog_uv(p->env->ctx, p, channel);
    const int64_t ideal = full_uv ? (int64_t)((uv * 4096 + full_uv / 2) / full_uv) : 0;
    const int64_t code = ideal + OFFSET - (int64_t)GET(reg(p, ADC_CALFACT), ADC_CALFACT_CALFACT);
    const uint32_t clipped = code < 0 ? 0 : code > 4095 ? 4095 : (uint32_t)code;

    return clipped >> (12 - resolution(p));
}

static uint32_t arrange(const struct periph *p, uint32_t code)
{
    static const uint8_t left[4] = { 4, 6, 8, 2 }; /* RM0444 15.5: 6 bits stand in the lower byte */
    const uint32_t cfgr1 = reg(p, ADC_CFGR1), cfgr2 = reg(p, ADC_CFGR2);

    if (cfgr2 & BITS(ADC_CFGR2_OVSE)) /* aligned by its shift alone */
        return code * oversampling(p) >> GET(cfgr2, ADC_CFGR2_OVSS) & 0xFFFF;
    return cfgr1 & BITS(ADC_CFGR1_ALIGN) ? code << left[GET(cfgr1, ADC_CFGR1_RES)] : code;
}

/* Thresholds are compared with 12 bits, whatever the resolution (RM0444 15.8). */
static void watch(const struct periph *p, unsigned channel, uint32_t code)
{
    const uint32_t cfgr1 = reg(p, ADC_CFGR1), full = code << (12 - resolution(p));
    const uint32_t one = cfgr1 & BITS(ADC_CFGR1_AWD1SGL) ? 1u << GET(cfgr1, ADC_CFGR1_AWD1CH) : CHANNELS;
    const struct {
        uint32_t channels, thresholds, flag;
    } dogs[] = {
        { cfgr1 & BITS(ADC_CFGR1_AWD1EN) ? one : 0, reg(p, ADC_AWD1TR), BITS(ADC_ISR_AWD1) },
        { reg(p, ADC_AWD2CR), reg(p, ADC_AWD2TR), BITS(ADC_ISR_AWD2) },
        { reg(p, ADC_AWD3CR), reg(p, ADC_AWD3TR), BITS(ADC_ISR_AWD3) },
    };

    for (unsigned i = 0; i < 3; i++)
        if (dogs[i].channels >> channel & 1 &&
            (full < GET(dogs[i].thresholds, ADC_AWD1TR_LT1) || full > GET(dogs[i].thresholds, ADC_AWD1TR_HT1)))
            raise(p, dogs[i].flag);
}

/* ---- what happens by itself ---- */

static void deliver(struct periph *p, unsigned channel)
{
    const uint32_t cfgr1 = reg(p, ADC_CFGR1), code = convert(p, channel);
    const bool unread = reg(p, ADC_ISR) & BITS(ADC_ISR_EOC);

    watch(p, channel, code);
    if (unread)
        raise(p, BITS(ADC_ISR_OVR));
    if (!unread || cfgr1 & BITS(ADC_CFGR1_OVRMOD))
        *periph_word(p, ADC_DR) = arrange(p, code);
    raise(p, BITS(ADC_ISR_EOSMP) | BITS(ADC_ISR_EOC));
    if (cfgr1 & BITS(ADC_CFGR1_DMAEN) && !(unread && !(cfgr1 & BITS(ADC_CFGR1_OVRMOD))))
        periph_dma(p, ADC_SIGNAL_DMA, true);
}

static void stop(struct periph *p)
{
    struct adc_state *s = p->state;

    s->converted_ps = TIME_NEVER;
    s->at = 0;
    s->held = 0;
    periph_set(p, ADC_CR, BITS(ADC_CR_ADSTART), 0);
}

static void end_conversion(struct periph *p)
{
    struct adc_state *s = p->state;
    const uint64_t at_ps = s->converted_ps;
    const uint32_t cfgr1 = reg(p, ADC_CFGR1);
    const bool triggered = GET(cfgr1, ADC_CFGR1_EXTEN);
    bool last;

    s->converted_ps = TIME_NEVER;
    deliver(p, channel_at(p, s->at));
    last = channel_at(p, ++s->at) == ADC_CHANNELS;
    if (last) {
        s->at = 0;
        raise(p, BITS(ADC_ISR_EOS));
    }
    if (cfgr1 & BITS(ADC_CFGR1_DISCEN) || (last && !(cfgr1 & BITS(ADC_CFGR1_CONT)))) {
        if (!triggered)
            periph_set(p, ADC_CR, BITS(ADC_CR_ADSTART), 0);
    } else if (cfgr1 & BITS(ADC_CFGR1_WAIT)) {
        s->held = 1;
    } else {
        begin(p, at_ps);
    }
}

static void adc_event(struct periph *p)
{
    struct adc_state *s = p->state;
    const uint64_t now_ps = periph_now_ps(p);

    if (s->calibrated_ps <= now_ps) {
        s->calibrated_ps = TIME_NEVER;
        *periph_word(p, ADC_CALFACT) = OFFSET;
        periph_set(p, ADC_CR, BITS(ADC_CR_ADCAL), 0);
        raise(p, BITS(ADC_ISR_EOCAL));
    }
    if (s->ready_ps <= now_ps) {
        s->ready_ps = TIME_NEVER;
        raise(p, BITS(ADC_ISR_ADRDY));
    }
    if (s->converted_ps <= now_ps)
        end_conversion(p);
    update(p);
}

static uint64_t adc_next_ps(const struct periph *p)
{
    const struct adc_state *s = p->state;
    uint64_t next_ps = s->calibrated_ps;

    if (s->ready_ps < next_ps)
        next_ps = s->ready_ps;
    return s->converted_ps < next_ps ? s->converted_ps : next_ps;
}

/* ---- registers ---- */

static uint64_t after(const struct periph *p, unsigned cycles)
{
    const uint64_t ps = half_cycles_ps(p, 2 * cycles);

    return ps == TIME_NEVER ? TIME_NEVER : periph_now_ps(p) + ps;
}

static void refuse(const struct periph *p, const char *what, const char *why) { periph_note(p, "refused", "%s %s", what, why); }

static void enable(struct periph *p)
{
    struct adc_state *s = p->state;

    if (s->regulator_ps > periph_now_ps(p)) {
        refuse(p, "ADEN", "while the regulator is off or still starting (20 us)");
        return;
    }
    periph_set(p, ADC_CR, BITS(ADC_CR_ADEN), UINT32_MAX);
    s->ready_ps = after(p, STABLE_CYCLES);
}

static void calibrate(struct periph *p)
{
    struct adc_state *s = p->state;

    if (is_on(p, BITS(ADC_CR_ADEN))) {
        refuse(p, "ADCAL", "while ADEN = 1");
        return;
    }
    if (s->regulator_ps > periph_now_ps(p)) {
        refuse(p, "ADCAL", "while the regulator is off or still starting (20 us)");
        return;
    }
    periph_set(p, ADC_CR, BITS(ADC_CR_ADCAL), UINT32_MAX);
    s->calibrated_ps = after(p, CALIBRATION_CYCLES);
}

static void start(struct periph *p)
{
    struct adc_state *s = p->state;

    if (!is_on(p, BITS(ADC_CR_ADEN)) || s->ready_ps != TIME_NEVER) {
        refuse(p, "ADSTART", "before ADRDY");
        return;
    }
    if (channel_at(p, 0) == ADC_CHANNELS) {
        refuse(p, "ADSTART", "with no channel in CHSELR");
        return;
    }
    periph_set(p, ADC_CR, BITS(ADC_CR_ADSTART), UINT32_MAX);
    s->at = 0;
    if (!GET(reg(p, ADC_CFGR1), ADC_CFGR1_EXTEN))
        begin(p, periph_now_ps(p));
    p->env->rewired(p->env->ctx);
}

static void disable(struct periph *p)
{
    stop(p);
    ((struct adc_state *)p->state)->ready_ps = TIME_NEVER;
    periph_set(p, ADC_CR, BITS(ADC_CR_ADEN), 0);
    periph_set(p, ADC_ISR, BITS(ADC_ISR_ADRDY), 0);
}

/* Bits of CR are set by software and cleared by the converter. */
static void write_cr(struct periph *p, uint32_t value)
{
    struct adc_state *s = p->state;
    const uint32_t old = reg(p, ADC_CR), up = value & ~old;

    if (old & BITS(ADC_CR_ADCAL)) {
        refuse(p, "a write to CR", "during calibration");
        return;
    }
    if (up & BITS(ADC_CR_ADVREGEN))
        s->regulator_ps = periph_now_ps(p) + REGULATOR_US * PS_PER_US;
    if (old & ~value & BITS(ADC_CR_ADVREGEN)) {
        disable(p);
        s->regulator_ps = TIME_NEVER;
        *periph_word(p, ADC_CALFACT) = 0; /* lost with the regulator (RM0444 15.3.3) */
    }
    periph_set(p, ADC_CR, BITS(ADC_CR_ADVREGEN), value);
    if (up & BITS(ADC_CR_ADCAL))
        calibrate(p);
    if (up & BITS(ADC_CR_ADEN))
        enable(p);
    if (value & BITS(ADC_CR_ADDIS) && is_on(p, BITS(ADC_CR_ADEN)))
        disable(p);
    if (value & BITS(ADC_CR_ADSTP) && is_on(p, BITS(ADC_CR_ADSTART)))
        stop(p);
    if (up & BITS(ADC_CR_ADSTART))
        start(p);
}

static void go_on(struct periph *p)
{
    struct adc_state *s = p->state;

    if (!s->held || reg(p, ADC_ISR) & BITS(ADC_ISR_EOC))
        return;
    s->held = 0;
    begin(p, periph_now_ps(p));
}

static void adc_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const bool busy = is_on(p, BITS(ADC_CR_ADSTART));

    switch (offset) {
    case ADC_CR: write_cr(p, (value & lanes) | (reg(p, ADC_CR) & ~lanes)); break;
    case ADC_CFGR1:
    case ADC_CFGR2:
    case ADC_SMPR:
    case ADC_CHSELR:
    case ADC_CALFACT:
        if (busy) {
            refuse(p, "a write to the configuration", "while ADSTART = 1");
            break;
        }
        periph_store(p, offset, value, lanes);
        if (offset == ADC_CHSELR || offset == ADC_CFGR1)
            raise(p, BITS(ADC_ISR_CCRDY));
        break;
    default: periph_store(p, offset, value, lanes); break;
    }
    go_on(p);
    update(p);
}

static uint32_t adc_read(struct periph *p, uint32_t offset)
{
    const uint32_t value = periph_peek(p, offset);

    if (offset == ADC_DR) {
        periph_set(p, ADC_ISR, BITS(ADC_ISR_EOC), 0);
        go_on(p);
        update(p);
    }
    return value;
}

static void adc_reset(struct periph *p, enum periph_reset why)
{
    struct adc_state *s = p->state;

    s->regulator_ps = s->calibrated_ps = s->ready_ps = s->converted_ps = TIME_NEVER;
    s->at = 0;
    s->held = 0;
    if (why == PERIPH_BY_RCC)
        update(p);
}

/* Whether a conversion is under way or not: who triggers is asked once, not between two of its pulses. */
static bool adc_listens(const struct periph *p, unsigned input)
{
    const uint32_t cfgr1 = reg(p, ADC_CFGR1);

    return is_on(p, BITS(ADC_CR_ADSTART)) && GET(cfgr1, ADC_CFGR1_EXTEN) && GET(cfgr1, ADC_CFGR1_EXTSEL) == input;
}

static void adc_triggered(struct periph *p, unsigned input)
{
    const struct adc_state *s = p->state;

    if (!adc_listens(p, input) || s->converted_ps != TIME_NEVER || s->held)
        return; /* what comes too early is lost */
    begin(p, periph_now_ps(p));
    update(p);
}

const struct periph_kind adc_kind = {
    .name = "ADC",
    .names = &adc_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .state = &adc_state_table,
    .read = adc_read,
    .write = adc_write,
    .reset = adc_reset,
    .next_ps = adc_next_ps,
    .event = adc_event,
    .listens = adc_listens,
    .triggered = adc_triggered,
};
