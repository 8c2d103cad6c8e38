/* session.c - taking a target and letting it go; unlocking; waiting. See session.h. The executors are execute.c and direct.c. */
#include "device/regs/cortexm.h"
#include "device/regs/crc.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    RESET_LIMIT_MS = 500, /* estimate: a reset with option checks takes well under a millisecond; slow NRST capacitors take longer */
    IWDG_RELOAD = 0xAAAA, /* IWDG_KR; RM0503, independent watchdog */
    WWDG_REFRESH = 0x7F,  /* WWDG_CR.T; at reset the window is fully open, so any moment is right */
    HALT_LIMIT_MS = 100,
    RETURN_LOOKS = 20, /* a supply that dips is back within a second, or it is another trouble: estimate */
    RETURN_PAUSE_US = 50000,
    SETTLE_POLL_US = 500,
};

bool session_open(struct session *s, struct target *t, struct err *e)
{
    *s = (struct session){ .road = &road_swd,
                           .chip = { t->device, t->clock, t->flash_bytes, t->flash_size_read, .uid_read = t->uid_read,
                                     .was_halted = t->was_halted },
                           .t = t };
    memcpy(s->chip.uid, t->uid, sizeof s->chip.uid);
    return road_swd.look(s, &s->look, e);
}

bool session_open_road(struct session *s, const struct road *road, const struct road_chip *chip, void *way, struct err *e)
{
    *s = (struct session){ .road = road, .chip = *chip, .way = way };
    return road->look(s, &s->look, e);
}

void session_close(struct session *s) { loader_free(&s->loader); }

bool session_read(struct session *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    return s->road->read(s, addr, bytes, len, e);
}

bool session_take(struct session *s, struct err *e) { return s->road->take(s, e); }

bool session_finish(struct session *s, bool run, struct err *e)
{
    const bool ok = s->road->finish(s, run, e);

    s->taken = !ok && s->t; /* it may be the target that was lost */
    return ok;
}

const char *session_abandon(struct session *s)
{
    if (s->store && !s->touched)
        store_forget(s->store); /* nothing was written: there is nothing to undo */
    if (!s->taken)
        return NULL;
    s->taken = false;
    return s->road->abandon(s);
}

/* ---- taking ---- */

static uint32_t field_mask(const struct device *d, const char *name)
{
    const struct reg_field *f = reg_find_field(d->flash->regs, name);

    return f ? (uint32_t)(((UINT64_C(1) << f->width) - 1) << f->lsb) : 0;
}

/* Right after the reset: read what will be changed bit by bit, then change it, in two batches. */
static bool prepare_chip(struct session *s, struct err *e)
{
    const struct device *d = s->t->device;
    const struct clock_raise *r = &d->raise;
    const bool freeze = look_hardware_watchdog(&s->look, d) && d->freeze_mask;
    const uint32_t acr_at = d->flash->base + d->flash->acr, caches = field_mask(d, "ICEN") | field_mask(d, "PRFTEN");
    struct probe_word read[8] = { { .addr = d->crc_enable_at },
                                  { .addr = acr_at },
                                  { .addr = d->flash->base + d->flash->cr },
                                  { .addr = d->flash->base + d->flash->sr } };
    struct probe_word write[9];
    size_t n = 4, at_raise = 0, at_freeze = 0, m = 0, at_switched = 0;

    if (r->hz) {
        at_raise = n;
        read[n++] = (struct probe_word){ .addr = r->on_at };
        read[n++] = (struct probe_word){ .addr = r->switch_at };
    }
    if (freeze) {
        at_freeze = n;
        read[n++] = (struct probe_word){ .addr = d->freeze_at };
        if (d->debug_clock_mask)
            read[n++] = (struct probe_word){ .addr = d->debug_clock_at };
    }
    if (!mem_batch(&s->t->mem, read, n, e))
        return false;

    if (freeze && d->debug_clock_mask)
        write[m++] = (struct probe_word){ d->debug_clock_at, read[at_freeze + 1].value | d->debug_clock_mask, true };
    if (freeze)
        write[m++] = (struct probe_word){ d->freeze_at, read[at_freeze].value | d->freeze_mask, true };
    /* What the loader compares must come from the array, not from a line fetched before the erase. */
    write[m++] = (struct probe_word){ acr_at, read[1].value & ~caches, true };
    write[m++] = (struct probe_word){ d->crc_enable_at, read[0].value | d->crc_enable_mask, true };
    if (r->hz) {
        write[m++] = (struct probe_word){ r->on_at, read[at_raise].value | r->on_mask, true };
        write[m++] = (struct probe_word){ r->on_at, 0, false }; /* the oscillator needs microseconds, these accesses take tens of them */
        write[m++] = (struct probe_word){ r->switch_at, (read[at_raise + 1].value & ~r->sw_mask) | r->sw, true };
        at_switched = m;
        write[m++] = (struct probe_word){ r->switch_at, 0, false };
    }
    if (!mem_batch(&s->t->mem, write, m, e))
        return false;
    if (freeze) {
        s->was_freeze = read[at_freeze].value;
        s->froze = true;
    }
    s->fresh = (struct flash_state){ true, read[2].value, read[3].value };
    s->core_hz = r->hz && (write[at_switched].value & r->sws_mask) == r->sws ? r->hz : d->reset_hz;
    return true;
}

/* Watchdogs that run right after a reset, by the option words. */
static struct loader_feed hardware_watchdogs(const struct session *s)
{
    const struct device *d = s->t->device;
    struct loader_feed f = { { 0 }, { IWDG_RELOAD, WWDG_REFRESH } };
    uint32_t value;

    if ((look_field(&s->look, d, "IWDG_SW", &value) || look_field(&s->look, d, "IDWG_SW", &value)) && !value)
        f.at[0] = d->iwdg_base; /* the G0's header spells it IDWG_SW; KR is at offset 0 */
    if (look_field(&s->look, d, "WWDG_SW", &value) && !value)
        f.at[1] = d->wwdg_base; /* CR is at offset 0 */
    return f;
}

/* Does the controller open? Only a reset undoes a wrong key sequence, so this is asked before ours, with the core halted so that a
 * program's own sequence is not disturbed; whatever comes of it, the reset follows. */
static void try_keys(struct session *s)
{
    const struct flash_facts *f = s->t->device->flash;
    struct probe_word words[] = { { PPB_BASE + PPB_DHCSR, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT), true },
                                  { f->base + f->keyr, f->key[0], true },
                                  { f->base + f->keyr, f->key[1], true },
                                  { f->base + f->cr, 0, false } };
    struct err e = { 0 };
    const bool ok = mem_batch(&s->t->mem, words, 4, &e);

    s->keys_refused = ok ? words[3].value & f->cr_lock : e.kind == ERR_FAULT;
}

static bool swd_take(struct session *s, struct err *e)
{
    struct err ignored = { 0 };
    unsigned mv;

    if (!s->tried_keys && !s->t->under_reset && s->look.cr & s->t->device->flash->cr_lock && !(s->look.sr & s->t->device->flash->sr_busy))
        try_keys(s);
    s->tried_keys = s->taking = true;
    if (!target_reset_halt(s->t, RESET_LIMIT_MS, e)) {
        if (!e->hint[0] && s->t->probe->ops->voltage(s->t->probe, &mv, &ignored)) /* the probe is there, and the target does not answer */
            err_hint(e, "--connect under-reset holds NRST low while connecting");
        return err_doing(e, "resetting and halting the target");
    }
    s->taken = true;
    s->unlocked = s->taking = s->t->core.reset_seen = false;
    s->feed = hardware_watchdogs(s);
    return prepare_chip(s, e) || err_doing(e, "preparing the target");
}

/* ---- letting go ---- */

static bool swd_finish(struct session *s, bool run, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    struct err ignored = { 0 };
    bool ok;

    s->loader.up = false; /* it waits for records, with the flash idle: the reset ends it, and locks the flash */
    ok = !s->froze || mem_write32(&s->t->mem, s->t->device->freeze_at, s->was_freeze, e);
    if (run)
        ok = ok && target_reset_run(s->t, RESET_LIMIT_MS, e);
    else
        ok = ok && core_reset_halt(&s->t->core, RESET_LIMIT_MS, e);
    if (!ok && s->unlocked)
        mem_write32(&s->t->mem, f->base + f->cr, f->cr_lock, &ignored);
    s->unlocked = s->froze = false;
    target_leave(s->t, !run);
    return ok || err_doing(e, run ? "starting the application" : "resetting the target once more");
}

static const char *swd_abandon(struct session *s)
{
    const struct flash_facts *f = s->t->device->flash;
    const bool run = s->erases == 0 || s->proved;
    struct err ignored = { 0 };
    bool reached;

    if (s->loader.up)
        core_halt(&s->t->core, HALT_LIMIT_MS, &ignored);
    s->loader.up = false;
    if (s->unlocked) /* a reset in the middle would leave a torn unit or page */
        session_settle(s, f->limit.erase_ms, "finish", &ignored);
    reached = swd_finish(s, run, &ignored);
    if (run && reached)
        return NULL;
    if (s->proved)
        return "the flash was written and proved, but the target could not be started: it may stand halted until it is reset";
    if (run)
        return "the target could not be started again, and may stand halted until it is reset; its flash was not erased";
    return reached ? "pages were erased before this failed, so the target is left halted; the same command again finishes the job"
                   : "pages were erased before this failed, and the target could not be halted; the same command again finishes the job";
}

/* ---- again ---- */

static bool answers_again(struct session *s, uint32_t *dhcsr)
{
    struct probe *p = s->t->probe;

    for (unsigned i = 0; i < RETURN_LOOKS; i++) {
        struct err e = { 0 }, ignored = { 0 };
        unsigned mv;

        if (p->ops->connect(p, &e) && core_status(&s->t->core, dhcsr, &e))
            return true;
        if (e.kind == ERR_INTERRUPTED || !p->ops->voltage(p, &mv, &ignored)) /* the probe itself is gone */
            return false;
        clock_sleep_us(s->t->clock, RETURN_PAUSE_US);
    }
    return false;
}

bool session_was_reset(struct session *s, char how[ERR_TEXT], struct err *e)
{
    const struct device *d = s->chip.device;
    struct err ignored = { 0 };
    uint32_t dhcsr = 0, flags = 0;
    char bits[80];
    unsigned mv;

    if (!s->t || (!s->taken && !(s->taking && e->kind == ERR_NODEV)))
        return false;
    if (!answers_again(s, &dhcsr)) {
        if (e->kind == ERR_NODEV && s->t->probe->ops->voltage(s->t->probe, &mv, &ignored))
            err_seen(e, "target voltage %u.%02u V", mv / 1000, mv % 1000 / 10);
        return false;
    }
    if (!s->taken) {
        snprintf(how, ERR_TEXT, "stopped answering"); /* its resets are ours */
        return true;
    }
    if (!s->t->core.reset_seen)
        return false;
    mem_read32(&s->t->mem, d->reset_flags_at, &flags, &ignored);
    flags &= ~s->look.reset_flags;
    if (!(dhcsr & BITS(PPB_DHCSR_C_DEBUGEN))) /* ours, set when it was taken: only a power-on reset clears it (DDI 0419 C1.6.3) */
        snprintf(how, ERR_TEXT, "lost its power");
    else
        snprintf(how, ERR_TEXT, "was reset%s%s%s", flags && d->rcc_regs ? " (RCC_CSR: " : "",
                 flags && d->rcc_regs ? reg_decode(d->rcc_regs, "CSR", flags, bits, sizeof bits) : "", flags && d->rcc_regs ? ")" : "");
    return true;
}

void session_over(struct session *s)
{
    loader_free(&s->loader);
    s->taken = s->taking = s->unlocked = s->froze = s->failed.known = false;
}

/* ---- the controller ---- */

bool session_unlock(struct session *s, bool options, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    struct probe_word look[2] = { { .addr = f->base + f->cr }, { .addr = f->base + f->sr } }, words[8];
    struct flash_state now = s->fresh;
    size_t n = 0;

    s->fresh.known = false;
    if (!now.known) {
        if (!mem_batch(&s->t->mem, look, 2, e))
            return err_doing(e, "unlocking the flash");
        now = (struct flash_state){ true, look[0].value, look[1].value };
    }
    /* Keys are written only while locked: to an open register they are a wrong sequence, which locks it until the next reset. */
    if (now.cr & f->cr_lock) {
        words[n++] = (struct probe_word){ f->base + f->keyr, f->key[0], true };
        words[n++] = (struct probe_word){ f->base + f->keyr, f->key[1], true };
    }
    if (options && now.cr & f->cr_optlock) {
        words[n++] = (struct probe_word){ f->base + f->optkeyr, f->optkey[0], true };
        words[n++] = (struct probe_word){ f->base + f->optkeyr, f->optkey[1], true };
    }
    words[n++] = (struct probe_word){ f->base + f->sr, f->sr_clear, true };
    words[n++] = (struct probe_word){ f->base + f->cr, 0, false };
    words[n++] = (struct probe_word){ f->base + f->sr, 0, false };
    if (!mem_batch(&s->t->mem, words, n, e)) {
        look_evidence(&s->look, s->t->device, now.sr, now.cr, e);
        return err_doing(e, "unlocking the flash");
    }
    if (words[n - 2].value & (f->cr_lock | (options ? f->cr_optlock : 0))) {
        err_set(e, ERR_FAULT, "the flash stays locked after its keys were written");
        look_evidence(&s->look, s->t->device, words[n - 1].value, words[n - 2].value, e);
        return err_hint(e, "a wrong key sequence locks it until a reset: cycle the board's power and try again");
    }
    s->unlocked = s->touched = true;
    return true;
}

bool session_settle(struct session *s, unsigned limit_ms, const char *what, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const uint64_t deadline = clock_now_us(s->t->clock) + (uint64_t)limit_ms * 1000;
    uint32_t sr, cr = 0;
    struct err ignored = { 0 };

    for (;;) {
        if (!mem_read32(&s->t->mem, f->base + f->sr, &sr, e))
            return err_doing(e, "waiting for the flash to %s", what);
        if (!(sr & f->sr_busy) || clock_now_us(s->t->clock) >= deadline)
            break;
        clock_sleep_us(s->t->clock, SETTLE_POLL_US);
    }
    if (!(sr & (f->sr_busy | f->sr_errors)))
        return true;
    mem_read32(&s->t->mem, f->base + f->cr, &cr, &ignored);
    if (sr & f->sr_busy) {
        err_set(e, ERR_TIMEOUT, "flash still busy after %u ms", limit_ms);
        err_hint(e, "cycle the board's power: a controller stuck in the middle of a write lets go only then");
    } else if (reg_find_field(f->regs, "WRPERR") && sr & UINT32_C(1) << reg_find_field(f->regs, "WRPERR")->lsb) {
        err_set(e, ERR_LOCKED, "the flash refused to %s: protected", what);
    } else {
        err_set(e, ERR_FAULT, "the flash controller refused to %s", what);
    }
    look_evidence(&s->look, s->t->device, sr, cr, e);
    return false;
}

/* ---- the road ---- */

static bool swd_look(struct session *s, struct look *l, struct err *e) { return look_read(l, s->t, e); }

static bool swd_read(struct session *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    return mem_read(&s->t->mem, addr, bytes, len, e);
}

const struct road road_swd = {
    .name = "swd",
    .registers = true,
    .stays = "halted before its first instruction",
    .look = swd_look,
    .read = swd_read,
    .take = swd_take,
    .compare = swd_compare,
    .execute = swd_execute,
    .may_write_options = swd_may_write_options,
    .write_options = swd_write_options,
    .finish = swd_finish,
    .abandon = swd_abandon,
};
