/* dac.c - see dac.h.
 *
 * Not modelled: sample and hold (such a channel drives its pin all the time), trimming, settling. */
#include "periph/dac.h"

#include "device/regs/dac.h"

struct dac_state {
    uint32_t reg[DAC_SHRR / 4 + 1];
    uint16_t held[DAC_CHANNELS]; /* DHR: what goes to the output next */
    uint16_t wave[DAC_CHANNELS]; /* the noise generator's register, or how far the triangle has come */
    uint8_t falling;             /* per channel: the triangle is on its way down */
};

#define CR_CHANNEL 0x7FFFu
#define BUFFER_UV  200000u /* how near to its rails the output buffer comes: STM32G0 data sheets */

// clang-format off
#define DAC_ROWS(per_channel)                                                                    \
    [DAC_CR      / 4] = {          0, CR_CHANNEL * (per_channel) & UINT32_MAX },                 \
    [DAC_SWTRGR  / 4] = {          0, 0 },                                                       \
    [DAC_DHR12R1 / 4] = {          0, 0xFFF },                                                   \
    [DAC_DHR12L1 / 4] = {          0, 0xFFF0 },                                                  \
    [DAC_DHR8R1  / 4] = {          0, 0xFF },                                                    \
    [DAC_DOR1    / 4] = {          0, 0 },                                                       \
    [DAC_SR      / 4] = {          0, 0, BITS(DAC_SR_DMAUDR1) * (per_channel) & UINT32_MAX },    \
    [DAC_CCR     / 4] = {          0, BITS(DAC_CCR_OTRIM1) * (per_channel) & UINT32_MAX },       \
    [DAC_MCR     / 4] = {          0, BITS(DAC_MCR_MODE1) * (per_channel) & UINT32_MAX },        \
    [DAC_SHSR1   / 4] = {          0, 0x3FF },                                                   \
    [DAC_SHHR    / 4] = { 0x00010001, 0x3FFu * (per_channel) & UINT32_MAX },                     \
    [DAC_SHRR    / 4] = { 0x00010001, 0xFFu * (per_channel) & UINT32_MAX }
static const struct periph_reg rows_u0[] = { DAC_ROWS(1u) };
static const struct periph_reg rows_g0[] = {
    DAC_ROWS(0x10001u),
    [DAC_DHR12R2 / 4] = {          0, 0xFFF },
    [DAC_DHR12L2 / 4] = {          0, 0xFFF0 },
    [DAC_DHR8R2  / 4] = {          0, 0xFF },
    [DAC_DHR12RD / 4] = {          0, 0x0FFF0FFF },
    [DAC_DHR12LD / 4] = {          0, 0xFFF0FFF0 },
    [DAC_DHR8RD  / 4] = {          0, 0xFFFF },
    [DAC_DOR2    / 4] = {          0, 0 },
    [DAC_SHSR2   / 4] = {          0, 0x3FF },
};
// clang-format on

DEFINE_STATE(dac_state_table, "dac", struct dac_state, STATE_MANY(struct dac_state, reg, STATE_ANY),
             STATE_MANY(struct dac_state, held, 4095), STATE_MANY(struct dac_state, wave, 4095), STATE_ONE(struct dac_state, falling, 3));

static unsigned channels(const struct periph *p) { return p->kind == &dac_kind_u0 ? 1 : 2; }
static uint32_t cr(const struct periph *p, unsigned channel) { return *periph_word(p, DAC_CR) >> 16 * channel & 0xFFFF; }

bool dac_output(const struct periph *p, unsigned channel, uint32_t vdda_uv, uint32_t *uv)
{
    const uint32_t mode = *periph_word(p, DAC_MCR) >> 16 * channel & 7, code = *periph_word(p, channel ? DAC_DOR2 : DAC_DOR1);
    const bool buffered = !(mode & 2);

    if (channel >= channels(p) || !(cr(p, channel) & BITS(DAC_CR_EN1)) || (mode & 3) == 3)
        return false;
    *uv = (uint32_t)((uint64_t)vdda_uv * code / 4096);
    if (buffered && *uv < BUFFER_UV)
        *uv = BUFFER_UV < vdda_uv ? BUFFER_UV : vdda_uv;
    else if (buffered && vdda_uv > BUFFER_UV && *uv > vdda_uv - BUFFER_UV)
        *uv = vdda_uv - BUFFER_UV;
    return true;
}

enum { WAVE_NOISE = 1, NOISE_START = 0xAAA, CODE_MAX = 0xFFF };

/* One step of the wave that a triggered conversion adds: noise of MAMP + 1 bits from a shift register, or a triangle as high as these
 * (RM0444, DAC noise and triangle-wave generation). */
static uint32_t next_wave(struct periph *p, unsigned channel)
{
    struct dac_state *s = p->state;
    const uint32_t mode = GET(cr(p, channel), DAC_CR_WAVE1), mamp = GET(cr(p, channel), DAC_CR_MAMP1);
    const uint32_t amplitude = (2u << (mamp < 11 ? mamp : 11)) - 1;
    uint16_t *wave = &s->wave[channel];
    const uint32_t now = *wave;

    if (mode == WAVE_NOISE) {
        const uint32_t bit = (now ^ now >> 1 ^ now >> 4 ^ now >> 6) & 1; /* x^12 + x^6 + x^4 + x + 1 */

        *wave = (uint16_t)(now ? now >> 1 | bit << 11 : NOISE_START);
        return *wave & amplitude;
    }
    if (now >= amplitude)
        s->falling |= (uint8_t)(1u << channel);
    else if (now == 0)
        s->falling = (uint8_t)(s->falling & ~(1u << channel));
    *wave = (uint16_t)(s->falling >> channel & 1 ? now - 1 : now + 1);
    return now;
}

/* DHR to DOR. */
static void convert(struct periph *p, unsigned channel)
{
    const struct dac_state *s = p->state;
    const bool adds = cr(p, channel) & BITS(DAC_CR_WAVE1) && cr(p, channel) & BITS(DAC_CR_TEN1);
    const uint32_t code = s->held[channel] + (adds ? next_wave(p, channel) : 0);

    *periph_word(p, channel ? DAC_DOR2 : DAC_DOR1) = code < CODE_MAX ? code : CODE_MAX;
}

static void hold(struct periph *p, unsigned channel, uint32_t code)
{
    struct dac_state *s = p->state;

    s->held[channel] = (uint16_t)(code & 0xFFF);
    if (!(cr(p, channel) & BITS(DAC_CR_TEN1))) /* after one APB cycle: at once here */
        convert(p, channel);
}

/* A conversion takes what is held, and DMA brings the next. */
static void trigger(struct periph *p, unsigned channel)
{
    if (!(cr(p, channel) & BITS(DAC_CR_EN1)) || !(cr(p, channel) & BITS(DAC_CR_TEN1)))
        return;
    convert(p, channel);
    if (cr(p, channel) & BITS(DAC_CR_DMAEN1))
        periph_dma(p, channel, true);
}

static void dac_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const uint32_t triggers = offset == DAC_SWTRGR ? value & lanes : 0;

    periph_store(p, offset, value, lanes);
    value = *periph_word(p, offset);
    switch (offset) {
    case DAC_DHR12R1: hold(p, 0, value); break;
    case DAC_DHR12L1: hold(p, 0, value >> 4); break;
    case DAC_DHR8R1: hold(p, 0, value << 4); break;
    case DAC_DHR12R2: hold(p, 1, value); break;
    case DAC_DHR12L2: hold(p, 1, value >> 4); break;
    case DAC_DHR8R2: hold(p, 1, value << 4); break;
    case DAC_DHR12RD:
        hold(p, 0, value);
        hold(p, 1, value >> 16);
        break;
    case DAC_DHR12LD:
        hold(p, 0, value >> 4);
        hold(p, 1, value >> 20);
        break;
    case DAC_DHR8RD:
        hold(p, 0, value << 4);
        hold(p, 1, value >> 4 & 0xFF0);
        break;
    case DAC_CR: p->env->rewired(p->env->ctx); break;
    default: break;
    }
    for (unsigned channel = 0; channel < channels(p); channel++)
        if (triggers >> channel & 1)
            trigger(p, channel);
    periph_changed(p);
}

static void dac_reset(struct periph *p, enum periph_reset why)
{
    struct dac_state *s = p->state;

    for (unsigned i = 0; i < DAC_CHANNELS; i++)
        s->held[i] = s->wave[i] = 0;
    s->falling = 0;
    periph_changed(p); /* the pins are let go */
}

static bool dac_listens(const struct periph *p, unsigned input)
{
    for (unsigned i = 0; i < channels(p); i++)
        if (cr(p, i) & BITS(DAC_CR_EN1) && cr(p, i) & BITS(DAC_CR_TEN1) && GET(cr(p, i), DAC_CR_TSEL1) == input && input != 0)
            return true;
    return false;
}

static void dac_triggered(struct periph *p, unsigned input)
{
    for (unsigned i = 0; i < channels(p); i++)
        if (GET(cr(p, i), DAC_CR_TSEL1) == input && input != 0)
            trigger(p, i);
    periph_changed(p);
}

#define DAC_KIND(rows_)                                                                                                           \
    {                                                                                                                             \
        .name = "DAC", .names = &dac_regs, .regs = (rows_), .words = sizeof(rows_) / sizeof(rows_)[0], .state = &dac_state_table, \
        .write = dac_write, .reset = dac_reset, .listens = dac_listens, .triggered = dac_triggered                                \
    }
const struct periph_kind dac_kind_u0 = DAC_KIND(rows_u0);
const struct periph_kind dac_kind_g0 = DAC_KIND(rows_g0);
