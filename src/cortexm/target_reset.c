/* target_reset.c - resetting a chip, by its NRST wire where that works, and finding out whether it does. See target.h. */
#include "cortexm/parts.h"

#include <inttypes.h>

enum { NRST_LOOKS = 20 }; /* 1 ms apart: a capacitor on NRST rises slowly. Estimate */

static void pause_ms(struct target *t, unsigned ms) { clock_sleep_us(t->clock, ms * UINT64_C(1000)); }

/* Source: RM0444, RM0503, FLASH_OPTR. */
static void seen_nrst_mode(struct target *t, struct err *e)
{
    static const char *const meaning[4] = { "reserved", "reset input only", "a GPIO: NRST cannot reset this chip", "reset in and out" };
    const struct flash_facts *f = t->device->flash;
    const struct reg_field *mode = reg_find_field(f->regs, "NRST_MODE");
    struct err ignored = { 0 };
    uint32_t optr;

    if (!mode || !mem_read32(&t->mem, f->base + f->rdp_offset, &optr, &ignored))
        return;
    err_seen(e, "OPTR=0x%08" PRIX32 ", NRST_MODE=%" PRIu32 " (%s)", optr, optr >> mode->lsb & 3, meaning[optr >> mode->lsb & 3]);
}

bool target_hard_reset(struct target *t, struct err *e)
{
    struct probe *p = t->probe;
    struct err ignored = { 0 };
    uint32_t dhcsr = 0, while_low = 0;
    uint64_t deadline_us;
    bool was_reset = false;

    if (!core_status(&t->core, &dhcsr, e) || !p->ops->nrst(p, true, e))
        return err_doing(e, "resetting the target by NRST");
    pause_ms(t, RESET_LOW_MS);
    if (core_status(&t->core, &while_low, &ignored) && (while_low & S_RESET_ST))
        was_reset = true;
    if (!p->ops->nrst(p, false, e))
        return err_doing(e, "resetting the target by NRST");

    deadline_us = clock_now_us(t->clock) + RESET_HALT_MS * UINT64_C(1000);
    do {
        if (!core_status(&t->core, &dhcsr, e)) {
            if (e->kind != ERR_FAULT && e->kind != ERR_NODEV && e->kind != ERR_TIMEOUT)
                return err_doing(e, "resetting the target by NRST");
            continue;
        }
        if (was_reset && !(dhcsr & S_RESET_ST))
            return true; /* it was in reset, and is no more */
        was_reset = was_reset || (dhcsr & S_RESET_ST);
    } while (clock_now_us(t->clock) < deadline_us);

    if (was_reset) {
        err_set(e, ERR_TIMEOUT, "the target stays in reset: NRST does not go high again");
        err_hint(e, "free NRST: a reset button, another tool's wire, a short");
    } else {
        err_set(e, ERR_TIMEOUT, "NRST did not reset the target");
        err_hint(e, "check the NRST wire; `reset` without --hard works without it");
        seen_nrst_mode(t, e);
    }
    core_seen_dhcsr(dhcsr, e);
    return err_doing(e, "resetting the target by NRST");
}

bool target_hard_reset_halt(struct target *t, struct err *e)
{
    struct err ignored = { 0 };
    uint32_t demcr;
    bool ok;

    if (!mem_read32(&t->mem, PPB(DEMCR), &demcr, e) || !core_halt(&t->core, RESET_HALT_MS, e) ||
        !mem_write32(&t->mem, PPB(DEMCR), demcr | VC_CORERESET, e))
        return false;
    ok = target_hard_reset(t, e) && core_wait_halt(&t->core, RESET_HALT_MS, e);
    if (!mem_write32(&t->mem, PPB(DEMCR), demcr & ~VC_CORERESET, ok ? e : &ignored))
        ok = false;
    return ok;
}

static bool nrst_is_gpio(struct target *t)
{
    enum { GPIO = 2 }; /* RM0444, RM0503, FLASH_OPTR */
    const struct flash_facts *f = t->device->flash;
    const struct reg_field *mode = reg_find_field(f->regs, "NRST_MODE");
    struct err ignored = { 0 };
    uint32_t optr;

    return mode && mem_read32(&t->mem, f->base + f->rdp_offset, &optr, &ignored) && (optr >> mode->lsb & 3) == GPIO;
}

/* After NRST went low and high again: true if the core says that a reset came. An error of the link is the chip coming out of it. */
static bool reset_came(struct target *t, uint32_t *seen)
{
    struct err ignored = { 0 };
    uint32_t dhcsr = 0;

    for (unsigned i = 0; i < NRST_LOOKS; i++) {
        const bool answered = core_status(&t->core, &dhcsr, &ignored);

        if (answered) {
            *seen |= dhcsr;
            return *seen & S_RESET_ST;
        }
        pause_ms(t, 1);
    }
    return false;
}

/* Vector catch, a pulse as long as two commands of the probe take, and a look. *came: the core was reset and stands at its first
 * instruction. False: the probe is in trouble. */
static bool reset_by_wire(struct target *t, unsigned limit_ms, bool *came, struct err *e)
{
    const struct probe_ops *ops = t->probe->ops;
    struct err why = { 0 };
    uint32_t demcr, seen = 0;

    *came = false;
    if (!mem_read32(&t->mem, PPB(DEMCR), &demcr, e))
        return false;
    struct probe_word before[] = { { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN | C_HALT, true },
                                   { PPB(DEMCR), demcr | VC_CORERESET, true },
                                   { PPB(DHCSR), 0, false } }; /* an older reset is forgotten */
    struct probe_word after[] = { { PPB(DFSR), DFSR_ALL, true }, { PPB(DEMCR), demcr & ~VC_CORERESET, true } };

    if (!mem_batch(&t->mem, before, 3, e))
        return false;
    if (!ops->nrst(t->probe, true, &why) || !ops->nrst(t->probe, false, &why)) {
        struct err ignored = { 0 };

        if (why.kind == ERR_NODEV || why.kind == ERR_INTERRUPTED) {
            *e = why;
            return false;
        }
        ops->nrst(t->probe, false, &ignored); /* it may be low all the same */
    } else {
        *came = reset_came(t, &seen) && (seen & S_HALT || core_wait_halt(&t->core, limit_ms, &why));
        t->nrst = *came ? TARGET_NRST_RESETS : TARGET_NRST_DOES_NOT;
    }
    return mem_batch(&t->mem, after, 2, e);
}

bool target_reset_halt(struct target *t, unsigned limit_ms, struct err *e)
{
    bool came = false;

    if (t->nrst == TARGET_NRST_UNTRIED && nrst_is_gpio(t))
        t->nrst = TARGET_NRST_IS_GPIO;
    if (t->nrst == TARGET_NRST_UNTRIED || t->nrst == TARGET_NRST_RESETS) {
        if (!reset_by_wire(t, limit_ms, &came, e))
            return err_doing(e, "resetting the target by NRST");
    }
    return came || core_reset_halt(&t->core, limit_ms, e);
}

bool target_reset_run(struct target *t, unsigned limit_ms, struct err *e)
{
    struct err ignored = { 0 };
    unsigned mv;

    if (core_reset_run(&t->core, limit_ms, e))
        return true;
    if (e->kind != ERR_NODEV || !t->core.reset_asked || !t->probe->ops->voltage(t->probe, &mv, &ignored) || mv == 0)
        return false;
    *e = (struct err){ 0 };
    return true;
}
