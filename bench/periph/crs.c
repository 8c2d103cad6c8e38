/* crs.c - the clock recovery system. See crs.h. Flags are worked out when ISR is read, and are events only while an interrupt is enabled.
 */
#include "periph/crs.h"

#include "device/regs/u0_crs.h"
#include "periph/usb_drd.h"

struct crs_state {
    uint32_t reg[U0_CRS_ICR / 4 + 1];
    uint64_t frames;   /* of the USB that ISR has told of */
    uint64_t quiet_ps; /* since then no SYNC has come */
};

enum { SYNC_FROM_LSE = 1, SYNC_FROM_USB = 2, FLAGS = 0xF, FELIM_UNIT = 128 };
#define HSI48_HZ  UINT64_C(48000000)
#define CR_ENABLE (BITS(U0_CRS_CR_SYNCOKIE) | BITS(U0_CRS_CR_SYNCWARNIE) | BITS(U0_CRS_CR_ERRIE) | BITS(U0_CRS_CR_ESYNCIE))
#define CR_BITS   (CR_ENABLE | BITS(U0_CRS_CR_CEN) | BITS(U0_CRS_CR_AUTOTRIMEN) | BITS(U0_CRS_CR_TRIM))
#define CFGR_BITS \
    (BITS(U0_CRS_CFGR_RELOAD) | BITS(U0_CRS_CFGR_FELIM) | BITS(U0_CRS_CFGR_SYNCDIV) | BITS(U0_CRS_CFGR_SYNCSRC) | BITS(U0_CRS_CFGR_SYNCPOL))
#define ERRORS (BITS(U0_CRS_ISR_SYNCERR) | BITS(U0_CRS_ISR_SYNCMISS) | BITS(U0_CRS_ISR_TRIMOVF))

static const struct periph_reg crs_rows[] = {
    [U0_CRS_CR / 4] = { 0x00004000, CR_BITS, 0, 0 },
    [U0_CRS_CFGR / 4] = { 0x2022BB7F, CFGR_BITS, 0, 0 },
    [U0_CRS_ISR / 4] = { 0, 0, 0, 0 },
    [U0_CRS_ICR / 4] = { 0, 0, 0, 0 },
};

DEFINE_STATE(crs_state_table, "crs", struct crs_state, STATE_MANY(struct crs_state, reg, STATE_ANY),
             STATE_ONE(struct crs_state, frames, STATE_ANY), STATE_ONE(struct crs_state, quiet_ps, STATE_ANY));

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }
static bool counts(const struct periph *p) { return reg(p, U0_CRS_CR) & BITS(U0_CRS_CR_CEN); }
static bool hears_usb(const struct periph *p) { return GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_SYNCSRC) == SYNC_FROM_USB; }

/* The next SYNC from LSE, every 2^SYNCDIV of its clocks; periph_hz is its frequency, 0 while it does not run. */
static uint64_t lse_ticks(const struct periph *p) /* of HSI48, between two of them; 0: none come */
{
    const uint64_t hz = GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_SYNCSRC) == SYNC_FROM_LSE ? periph_hz(p) : 0;

    return hz ? (HSI48_HZ << GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_SYNCDIV)) / hz : 0;
}

static uint64_t lse_sync_ps(const struct periph *p)
{
    const struct crs_state *s = p->state;

    return lse_ticks(p) ? s->quiet_ps + lse_ticks(p) * PS_PER_S / HSI48_HZ : TIME_NEVER;
}

/* How far the counter is from 0 when a SYNC comes: within FELIM it is good, within three times that a warning (RM0444, CRS). HSI48 is
 * exact here. */
static uint32_t sync_flags(uint64_t ticks, uint64_t reload, uint64_t felim)
{
    const uint64_t off = ticks > reload + 1 ? ticks - reload - 1 : reload + 1 - ticks;

    return off <= felim       ? BITS(U0_CRS_ISR_SYNCOKF) | BITS(U0_CRS_ISR_ESYNCF)
           : off <= 3 * felim ? BITS(U0_CRS_ISR_SYNCWARNF) | BITS(U0_CRS_ISR_ESYNCF)
                              : BITS(U0_CRS_ISR_ERRF) | BITS(U0_CRS_ISR_SYNCERR) | BITS(U0_CRS_ISR_ESYNCF);
}

/* A SYNC is missed when the counter has gone down by RELOAD and then up to the limit. */
static uint64_t miss_ps(const struct periph *p)
{
    const struct crs_state *s = p->state;
    const uint64_t ticks = GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_RELOAD) + 1 + GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_FELIM) * FELIM_UNIT;

    return s->quiet_ps + ticks * PS_PER_S / HSI48_HZ;
}

static uint32_t due_flags(const struct periph *p)
{
    const struct crs_state *s = p->state;

    if (!counts(p))
        return 0;
    if (hears_usb(p) && usb_drd_frames(p->mate) != s->frames)
        return BITS(U0_CRS_ISR_SYNCOKF) | BITS(U0_CRS_ISR_ESYNCF);
    if (periph_now_ps(p) >= lse_sync_ps(p) && lse_sync_ps(p) <= miss_ps(p))
        return sync_flags(lse_ticks(p), GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_RELOAD), GET(reg(p, U0_CRS_CFGR), U0_CRS_CFGR_FELIM));
    if (periph_now_ps(p) < miss_ps(p))
        return 0;
    return BITS(U0_CRS_ISR_ERRF) | BITS(U0_CRS_ISR_SYNCMISS) | BITS(U0_CRS_ISR_ESYNCF);
}

static void start_over(struct periph *p)
{
    struct crs_state *s = p->state;

    s->frames = usb_drd_frames(p->mate);
    s->quiet_ps = periph_now_ps(p);
}

static void refresh(struct periph *p)
{
    const uint32_t due = due_flags(p);

    periph_set(p, U0_CRS_ISR, due, UINT32_MAX);
    if (due)
        start_over(p);
}

static void update(struct periph *p)
{
    periph_irq(p, reg(p, U0_CRS_ISR) & reg(p, U0_CRS_CR) & CR_ENABLE & FLAGS);
    periph_changed(p);
}

static void crs_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const bool was_counting = counts(p);

    refresh(p);
    if (offset == U0_CRS_CFGR && was_counting)
        periph_note(p, "refused", "CFGR written while CR.CEN = 1");
    else if (offset == U0_CRS_CR && reg(p, U0_CRS_CR) & BITS(U0_CRS_CR_AUTOTRIMEN)) /* TRIM is the hardware's then */
        periph_store(p, offset, value, lanes & ~BITS(U0_CRS_CR_TRIM));
    else
        periph_store(p, offset, value, lanes);
    if (offset == U0_CRS_ICR) {
        periph_set(p, U0_CRS_ISR, value & FLAGS, 0);
        if (value & BITS(U0_CRS_ICR_ERRC))
            periph_set(p, U0_CRS_ISR, ERRORS, 0);
    }
    if (counts(p) && !was_counting)
        start_over(p);
    if (offset == U0_CRS_CR && value & BITS(U0_CRS_CR_SWSYNC) && counts(p)) {
        periph_set(p, U0_CRS_ISR, BITS(U0_CRS_ISR_SYNCOKF), UINT32_MAX);
        start_over(p);
    }
    update(p);
}

static uint32_t crs_peek(const struct periph *p, uint32_t offset)
{
    if (offset / 4 >= p->kind->words)
        return 0;
    return reg(p, offset) | (offset == U0_CRS_ISR ? due_flags(p) : 0);
}

static uint32_t crs_read(struct periph *p, uint32_t offset)
{
    if (offset == U0_CRS_ISR)
        refresh(p);
    return crs_peek(p, offset);
}

static void crs_reset(struct periph *p, enum periph_reset why)
{
    (void)why;
    update(p);
}

static uint64_t crs_next_ps(const struct periph *p)
{
    uint64_t frame;

    if (!counts(p) || !(reg(p, U0_CRS_CR) & CR_ENABLE))
        return TIME_NEVER;
    frame = hears_usb(p) ? usb_drd_next_frame_ps(p->mate) : lse_sync_ps(p);
    return frame < miss_ps(p) ? frame : miss_ps(p);
}

static void crs_event(struct periph *p)
{
    refresh(p);
    update(p);
}

const struct periph_kind crs_kind = {
    .name = "CRS",
    .names = &u0_crs_regs,
    .regs = crs_rows,
    .words = sizeof crs_rows / sizeof crs_rows[0],
    .apb = true,
    .state = &crs_state_table,
    .read = crs_read,
    .write = crs_write,
    .peek = crs_peek,
    .reset = crs_reset,
    .next_ps = crs_next_ps,
    .event = crs_event,
};
