/* rcc.c - how clocks start, stop and feed each other. See rcc.h.
 *
 * After a reset the U0 runs from MSI at 4 MHz (ST system_stm32u0xx.c). Its SVD prints MSIRANGE = 8 (16 MHz) in CR, but with MSIRGSEL = 0
 * the range comes from CSR.MSISRANGE, for which no source gives a reset value: 6 (4 MHz) makes software compute what the core runs at. */
#include "device/regs/g0_rcc.h"
#include "periph/rcc_state.h"

#include <stddef.h>

#define AT(name) PERIPH_SAME_AT(U0_RCC_##name, G0_RCC_##name)
_Static_assert(AT(CR) && AT(CFGR) && AT(PLLCFGR) && AT(CIER) && AT(CIFR) && AT(CICR), "one code for both families");
#undef AT
#define SAME(field) PERIPH_SAME_BITS(U0_RCC_##field, G0_RCC_##field)
_Static_assert(SAME(CFGR_SW) && SAME(CFGR_SWS) && SAME(CFGR_HPRE) && SAME(CFGR_PPRE) && SAME(PLLCFGR_PLLSRC) && SAME(PLLCFGR_PLLM) &&
                   SAME(PLLCFGR_PLLN) && SAME(PLLCFGR_PLLR) && SAME(PLLCFGR_PLLREN) && SAME(CR_HSEON) && SAME(CR_PLLON) && SAME(CR_HSION) &&
                   SAME(CSR_LSION) && SAME(CSR_RMVF) && SAME(APBENR1_WWDGEN) && SAME(BDCR_BDRST),
               "one code for both families");

DEFINE_STATE(rcc_state_table, "rcc", struct rcc_state, STATE_MANY(struct rcc_state, reg, STATE_ANY),
             STATE_MANY(struct rcc_state, ready_ps, STATE_ANY), STATE_ONE(struct rcc_state, hse_hz, STATE_ANY),
             STATE_ONE(struct rcc_state, lse_hz, STATE_ANY), STATE_ONE(struct rcc_state, backup_open, 1),
             STATE_ONE(struct rcc_state, lsi_kept, 1), STATE_ONE(struct rcc_state, stopped, 1));

#define HSI16_HZ 16000000u
#define HSI48_HZ 48000000u
#define LSI_HZ   32000u
enum { LSI_PREDIV = 128 };
#define RESET_FLAGS 0xFE000000u /* OBLRSTF .. LPWRRSTF */

static const struct rcc_row *row(const struct periph *p) { return p->row; }
static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }

static bool is_on(const struct periph *p, enum clock c)
{
    const struct rcc_oscillator *o = &row(p)->osc[c];

    return o->on && reg(p, o->reg) & o->on;
}

static bool is_ready(const struct periph *p, enum clock c)
{
    const struct rcc_oscillator *o = &row(p)->osc[c];

    return o->on && reg(p, o->reg) & o->ready;
}

static uint64_t msi_hz(const struct periph *p)
{
    const uint32_t cr = reg(p, U0_RCC_CR);
    const uint32_t range = cr & BITS(U0_RCC_CR_MSIRGSEL) ? GET(cr, U0_RCC_CR_MSIRANGE) : GET(reg(p, U0_RCC_CSR), U0_RCC_CSR_MSISRANGE);

    return row(p)->msi_hz[range < 12 ? range : 11];
}

static uint64_t lsi_hz(const struct periph *p)
{
    return row(p)->msi_hz && reg(p, U0_RCC_CSR) & BITS(U0_RCC_CSR_LSIPREDIV) ? LSI_HZ / LSI_PREDIV : LSI_HZ;
}

static enum clock pll_source(const struct periph *p)
{
    return (enum clock)row(p)->pll_src[GET(reg(p, U0_RCC_PLLCFGR), U0_RCC_PLLCFGR_PLLSRC)];
}

static uint64_t pll_in_hz(const struct periph *p)
{
    return rcc_hz(p, pll_source(p)) / (GET(reg(p, U0_RCC_PLLCFGR), U0_RCC_PLLCFGR_PLLM) + 1);
}

static uint64_t vco_hz(const struct periph *p) { return pll_in_hz(p) * GET(reg(p, U0_RCC_PLLCFGR), U0_RCC_PLLCFGR_PLLN); }

static uint64_t oscillator_hz(const struct periph *p, enum clock c)
{
    const struct rcc_state *s = p->state;

    if (!is_ready(p, c))
        return 0;
    switch (c) {
    case CLOCK_MSI: return msi_hz(p);
    case CLOCK_HSI16: return HSI16_HZ;
    case CLOCK_HSE: return s->hse_hz;
    case CLOCK_LSI: return lsi_hz(p);
    case CLOCK_LSE: return s->lse_hz;
    case CLOCK_HSI48: return HSI48_HZ;
    case CLOCK_PLLR:
        return reg(p, U0_RCC_PLLCFGR) & BITS(U0_RCC_PLLCFGR_PLLREN) ? vco_hz(p) / (GET(reg(p, U0_RCC_PLLCFGR), U0_RCC_PLLCFGR_PLLR) + 1)
                                                                    : 0;
    default: return 0;
    }
}

/* HSI16 reaches SYSCLK through a divider on the G0. */
static uint64_t system_hz(const struct periph *p, enum clock c)
{
    return oscillator_hz(p, c) >> (c == CLOCK_HSI16 && row(p)->hsidiv ? GET(reg(p, G0_RCC_CR), G0_RCC_CR_HSIDIV) : 0);
}

static enum clock system_source(const struct periph *p) { return (enum clock)row(p)->sw[GET(reg(p, U0_RCC_CFGR), U0_RCC_CFGR_SWS)]; }

uint64_t rcc_hz(const struct periph *p, enum clock c)
{
    static const uint8_t ahb_shift[8] = { 1, 2, 3, 4, 6, 7, 8, 9 };
    const struct rcc_state *s = p->state;
    const uint32_t cfgr = reg(p, U0_RCC_CFGR), hpre = GET(cfgr, U0_RCC_CFGR_HPRE), ppre = GET(cfgr, U0_RCC_CFGR_PPRE),
                   pllcfgr = reg(p, U0_RCC_PLLCFGR);

    switch (c) {
    case CLOCK_SYSCLK: return s->stopped ? 0 : system_hz(p, system_source(p));
    case CLOCK_HCLK: return rcc_hz(p, CLOCK_SYSCLK) >> (hpre & 8 ? ahb_shift[hpre & 7] : 0);
    case CLOCK_PCLK: return rcc_hz(p, CLOCK_HCLK) >> (ppre & 4 ? (ppre & 3) + 1 : 0);
    case CLOCK_TIMER: return rcc_hz(p, CLOCK_PCLK) << (ppre & 4 ? 1 : 0);
    case CLOCK_PLLP:
        return is_ready(p, CLOCK_PLLR) && pllcfgr & BITS(U0_RCC_PLLCFGR_PLLPEN) ? vco_hz(p) / (GET(pllcfgr, U0_RCC_PLLCFGR_PLLP) + 1) : 0;
    case CLOCK_PLLQ:
        return is_ready(p, CLOCK_PLLR) && pllcfgr & BITS(U0_RCC_PLLCFGR_PLLQEN) ? vco_hz(p) / (GET(pllcfgr, U0_RCC_PLLCFGR_PLLQ) + 1) : 0;
    default: return oscillator_hz(p, c);
    }
}

uint64_t rcc_kernel_hz(const struct periph *p, enum rcc_choice kind, unsigned ccipr_lsb)
{
    static const uint8_t sources[RCC_CHOICES][4] = {
        [RCC_USART] = { CLOCK_PCLK, CLOCK_SYSCLK, CLOCK_HSI16, CLOCK_LSE },
        [RCC_LPTIM] = { CLOCK_PCLK, CLOCK_LSI, CLOCK_HSI16, CLOCK_LSE },
        [RCC_I2C] = { CLOCK_PCLK, CLOCK_SYSCLK, CLOCK_HSI16, CLOCK_NONE },
        [RCC_ADC] = { CLOCK_SYSCLK, CLOCK_PLLP, CLOCK_HSI16, CLOCK_NONE },
        [RCC_CLK48] = { CLOCK_NONE, CLOCK_MSI, CLOCK_PLLQ, CLOCK_HSI48 },
    };

    return rcc_hz(p, (enum clock)sources[kind][reg(p, row(p)->ccipr) >> ccipr_lsb & 3]);
}

uint64_t rcc_rtc_hz(const struct periph *p)
{
    const uint32_t bdcr = reg(p, row(p)->bdcr);

    if (!(bdcr & BITS(U0_RCC_BDCR_RTCEN)))
        return 0;
    switch (GET(bdcr, U0_RCC_BDCR_RTCSEL)) {
    case 1: return rcc_hz(p, CLOCK_LSE);
    case 2: return rcc_hz(p, CLOCK_LSI);
    case 3: return rcc_hz(p, CLOCK_HSE) / 32;
    default: return 0;
    }
}

uint64_t rcc_watchdog_hz(const struct periph *p) { return lsi_hz(p); }

/* Can it start at all: a crystal that is there, a PLL whose input runs. */
static bool has_food(const struct periph *p, enum clock c)
{
    const struct rcc_state *s = p->state;

    switch (c) {
    case CLOCK_HSE: return s->hse_hz != 0;
    case CLOCK_LSE: return s->lse_hz != 0;
    case CLOCK_PLLR: return rcc_hz(p, pll_source(p)) != 0;
    default: return true;
    }
}

static void start_and_stop(struct periph *p)
{
    struct rcc_state *s = p->state;

    for (enum clock c = CLOCK_NONE; c < CLOCK_OSCILLATORS; c++) {
        const struct rcc_oscillator *o = &row(p)->osc[c];

        if (!o->on)
            continue;
        if ((!is_on(p, c) && !(c == CLOCK_LSI && s->lsi_kept)) || !has_food(p, c)) {
            periph_set(p, o->reg, o->ready, 0);
            s->ready_ps[c] = TIME_NEVER;
        } else if (!is_ready(p, c) && s->ready_ps[c] == TIME_NEVER) {
            s->ready_ps[c] = periph_now_ps(p) + o->start_ps;
        }
    }
}

/* The switch waits until its new source runs. */
static void switch_system(struct periph *p)
{
    const uint32_t sw = GET(reg(p, U0_RCC_CFGR), U0_RCC_CFGR_SW);
    const uint64_t hz = system_hz(p, (enum clock)row(p)->sw[sw]);

    if (hz == 0 || GET(reg(p, U0_RCC_CFGR), U0_RCC_CFGR_SWS) == sw)
        return;
    periph_set(p, U0_RCC_CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, sw));
    if (hz > row(p)->sysclk_max_hz)
        periph_note(p, "clock", "SYSCLK of %u Hz is above the limit of %u Hz", (unsigned)hz, (unsigned)row(p)->sysclk_max_hz);
}

/* LSE reaches the system (the MSI's PLL mode, for one) when it is asked to and ready. */
static void pass_lse_on(struct periph *p)
{
    const uint32_t both = BITS(U0_RCC_BDCR_LSESYSEN) | BITS(U0_RCC_BDCR_LSERDY);

    if (row(p)->msi_hz)
        periph_set(p, row(p)->bdcr, BITS(U0_RCC_BDCR_LSESYSRDY), (reg(p, row(p)->bdcr) & both) == both ? UINT32_MAX : 0);
}

static void update(struct periph *p)
{
    start_and_stop(p);
    pass_lse_on(p);
    switch_system(p);
    periph_irq(p, reg(p, U0_RCC_CIFR) & reg(p, U0_RCC_CIER));
    periph_changed(p);
}

/* Oscillators that the system clock comes from cannot be switched off: their ON bits ignore a 0. */
static uint32_t needed(const struct periph *p, uint32_t offset)
{
    const enum clock source = system_source(p);
    uint32_t on = 0;

    if (row(p)->osc[source].reg == offset)
        on |= row(p)->osc[source].on;
    if (source == CLOCK_PLLR && row(p)->osc[pll_source(p)].reg == offset)
        on |= row(p)->osc[pll_source(p)].on;
    return on;
}

static void write_oscillators(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const uint32_t old = periph_store(p, offset, value | needed(p, offset), lanes);

    if (offset != U0_RCC_CR)
        return;
    if (row(p)->msi_hz && old & BITS(U0_RCC_CR_MSIRGSEL)) /* can be set, not cleared */
        periph_set(p, offset, BITS(U0_RCC_CR_MSIRGSEL), UINT32_MAX);
    if (~old & reg(p, offset) & BITS(U0_RCC_CR_PLLON)) {
        const uint64_t in = pll_in_hz(p), vco = vco_hz(p);

        if (in == 0)
            periph_note(p, "clock", "PLL switched on without a running source");
        else if (in < row(p)->pll_in_min_hz || in > row(p)->pll_in_max_hz || vco < row(p)->vco_min_hz || vco > row(p)->vco_max_hz)
            periph_note(p, "clock", "PLL out of range: input %u Hz, VCO %u Hz", (unsigned)in, (unsigned)vco);
    }
}

/* Dividers and source are fixed while the PLL is on, the output enables are not. */
static void write_pllcfgr(struct periph *p, uint32_t value, uint32_t lanes)
{
    const uint32_t enables = BITS(U0_RCC_PLLCFGR_PLLPEN) | BITS(U0_RCC_PLLCFGR_PLLQEN) | BITS(U0_RCC_PLLCFGR_PLLREN);

    if (!is_on(p, CLOCK_PLLR)) {
        periph_store(p, U0_RCC_PLLCFGR, value, lanes);
        return;
    }
    if ((value ^ reg(p, U0_RCC_PLLCFGR)) & lanes & ~enables)
        periph_note(p, "refused", "PLLCFGR written while the PLL is on");
    periph_store(p, U0_RCC_PLLCFGR, value, lanes & enables);
}

static void write_bdcr(struct periph *p, uint32_t value, uint32_t lanes)
{
    const struct rcc_state *s = p->state;
    const uint32_t offset = row(p)->bdcr;

    if (!s->backup_open) {
        periph_note(p, "refused", "write to BDCR while PWR_CR1.DBP = 0");
        return;
    }
    write_oscillators(p, offset, value, lanes);
    if (reg(p, offset) & BITS(U0_RCC_BDCR_BDRST)) /* the whole backup domain is held in reset */
        periph_set(p, offset, ~BITS(U0_RCC_BDCR_BDRST), 0);
}

/* The range for after Standby can be written only while the present one comes from CR (RM0351 6.4.29, the same MSI): so a plain write
 * of RMVF does not change the clock. */
static uint32_t msisrange(const struct periph *p) { return row(p)->msi_hz ? BITS(U0_RCC_CSR_MSISRANGE) : 0; }

uint64_t rcc_mco_hz(const struct periph *p)
{
    const uint32_t cfgr = reg(p, U0_RCC_CFGR), select = GET(cfgr, U0_RCC_CFGR_MCOSEL), divider = GET(cfgr, U0_RCC_CFGR_MCOPRE);

    return select < 16 ? rcc_hz(p, (enum clock)row(p)->mco[select]) >> (divider < 8 ? divider : 7) : 0;
}

void rcc_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == row(p)->bdcr) {
        write_bdcr(p, value, lanes);
    } else if (offset == row(p)->csr) {
        if (!(reg(p, U0_RCC_CR) & BITS(U0_RCC_CR_MSIRGSEL)))
            lanes &= ~msisrange(p);
        write_oscillators(p, offset, value, lanes);
        if (value & lanes & BITS(U0_RCC_CSR_RMVF))
            periph_set(p, offset, RESET_FLAGS, 0);
    } else if (offset == U0_RCC_PLLCFGR) {
        write_pllcfgr(p, value, lanes);
    } else if (offset == U0_RCC_CICR) {
        periph_set(p, U0_RCC_CIFR, value & lanes, 0);
    } else if (offset == row(p)->apbenr1) { /* software can set WWDGEN, but not clear it (RM0444 5.4.15) */
        periph_store(p, offset, value | (reg(p, offset) & BITS(U0_RCC_APBENR1_WWDGEN)), lanes);
    } else {
        const uint64_t mco_hz = rcc_mco_hz(p);

        write_oscillators(p, offset, value, lanes); /* CR, CRRCR; plain for all others */
        if (offset == U0_RCC_CFGR && GET(value & lanes, U0_RCC_CFGR_MCOSEL) && rcc_mco_hz(p) != mco_hz)
            periph_note(p, "clock", "MCO: %u Hz", (unsigned)rcc_mco_hz(p));
    }
    update(p);
}

void rcc_reset(struct periph *p, enum periph_reset why)
{
    struct rcc_state *s = p->state;

    for (enum clock c = CLOCK_NONE; c < CLOCK_OSCILLATORS; c++)
        if (why == PERIPH_POWER_ON || c != CLOCK_LSE) /* LSE goes on starting over a system reset */
            s->ready_ps[c] = TIME_NEVER;
    s->stopped = 0;
    s->backup_open = 0;
    update(p);
}

uint64_t rcc_next_ps(const struct periph *p)
{
    const struct rcc_state *s = p->state;
    uint64_t next = TIME_NEVER;

    for (enum clock c = CLOCK_NONE; c < CLOCK_OSCILLATORS; c++)
        if (s->ready_ps[c] < next)
            next = s->ready_ps[c];
    return next;
}

void rcc_event(struct periph *p)
{
    struct rcc_state *s = p->state;

    for (enum clock c = CLOCK_NONE; c < CLOCK_OSCILLATORS; c++) {
        const struct rcc_oscillator *o = &row(p)->osc[c];

        if (s->ready_ps[c] > periph_now_ps(p))
            continue;
        s->ready_ps[c] = TIME_NEVER;
        periph_set(p, o->reg, o->ready, UINT32_MAX);
        periph_set(p, U0_RCC_CIFR, o->flag & reg(p, U0_RCC_CIER), UINT32_MAX); /* only with its interrupt enabled */
    }
    update(p);
}

void rcc_add_reset_flags(struct periph *p, uint32_t flags) { periph_set(p, row(p)->csr, flags & RESET_FLAGS, UINT32_MAX); }

void rcc_crystals(struct periph *p, uint32_t hse_hz, uint32_t lse_hz)
{
    struct rcc_state *s = p->state;

    s->hse_hz = hse_hz;
    s->lse_hz = lse_hz;
    update(p);
}

void rcc_open_backup(struct periph *p, bool open) { ((struct rcc_state *)p->state)->backup_open = open; }

void rcc_keep_lsi(struct periph *p, bool keep)
{
    struct rcc_state *s = p->state;

    if (s->lsi_kept == keep)
        return;
    s->lsi_kept = keep;
    update(p);
}

void rcc_enter_stop(struct periph *p)
{
    ((struct rcc_state *)p->state)->stopped = 1;
    periph_changed(p);
}

void rcc_leave_stop(struct periph *p)
{
    struct rcc_state *s = p->state;
    const bool msi = row(p)->msi_hz && !(reg(p, U0_RCC_CFGR) & BITS(U0_RCC_CFGR_STOPWUCK));
    const struct rcc_oscillator *o = &row(p)->osc[msi ? CLOCK_MSI : CLOCK_HSI16];
    uint32_t sw = 0;

    while (row(p)->sw[sw] != (msi ? CLOCK_MSI : CLOCK_HSI16))
        sw++;
    s->stopped = 0;
    periph_set(p, U0_RCC_CR, BITS(U0_RCC_CR_PLLON) | BITS(U0_RCC_CR_HSEON), 0);
    periph_set(p, o->reg, o->on | o->ready, UINT32_MAX);
    periph_set(p, U0_RCC_CFGR, BITS(U0_RCC_CFGR_SW) | BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SW, sw) | PUT(U0_RCC_CFGR_SWS, sw));
    update(p);
}
