/* core.c - run control through DHCSR, DEMCR, AIRCR and DCRSR. See core.h.
 *
 * Sequences: DDI 0419 C1.6, and what OpenOCD, pyOCD, probe-rs and stlink agree on. */
#include "base/reg.h"
#include "cortexm/parts.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    REGS_PER_BATCH = 15,  /* 3 words each; what an ST-LINK takes at once */
    REGRDY_LIMIT_MS = 100 /* a transfer of DCRSR takes cycles, not milliseconds */
};

#define C_STEP     BITS(PPB_DHCSR_C_STEP)
#define C_MASKINTS BITS(PPB_DHCSR_C_MASKINTS)
#define S_REGRDY   BITS(PPB_DHCSR_S_REGRDY)
#define S_LOCKUP   BITS(PPB_DHCSR_S_LOCKUP)

static const struct {
    uint16_t part;
    const char *name;
} parts[] = {
    { 0xC20, "Cortex-M0" }, { 0xC60, "Cortex-M0+" }, { 0xC23, "Cortex-M3" },  { 0xC24, "Cortex-M4" },
    { 0xC27, "Cortex-M7" }, { 0xD20, "Cortex-M23" }, { 0xD21, "Cortex-M33" }, { 0xD22, "Cortex-M55" },
};

bool core_seen_dhcsr(uint32_t dhcsr, struct err *e)
{
    char bits[100];

    return err_seen(e, "DHCSR=0x%08" PRIX32 " (%s)", dhcsr, reg_decode(&ppb_regs, "DHCSR", dhcsr, bits, sizeof bits));
}

const char *core_name(uint32_t cpuid, char *text, size_t cap)
{
    text[0] = '\0';
    if (GET(cpuid, PPB_CPUID_IMPLEMENTER) != 0x41)
        return text;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].part == GET(cpuid, PPB_CPUID_PARTNO))
            snprintf(text, cap, "%s r%" PRIu32 "p%" PRIu32, parts[i].name, GET(cpuid, PPB_CPUID_VARIANT), GET(cpuid, PPB_CPUID_REVISION));
    return text;
}

bool core_open(struct core *c, struct mem *mem, const struct clock *clock, struct err *e)
{
    struct probe_word words[] = { { .addr = PPB(CPUID) }, { .addr = PPB(DEMCR) }, { .addr = PPB(DHCSR) } };
    char name[40];

    *c = (struct core){ .mem = mem, .clock = clock };
    if (!mem_batch(mem, words, 3, e))
        return err_doing(e, "reading CPUID, DEMCR and DHCSR");
    c->cpuid = words[0].value;
    c->was_demcr = words[1].value;
    c->was_dhcsr = words[2].value;
    if (!core_name(c->cpuid, name, sizeof name)[0]) {
        err_set(e, ERR_UNSUPPORTED, "there is no Cortex-M core that sector0 knows");
        return err_seen(e, "CPUID=0x%08" PRIX32, c->cpuid);
    }
    return true;
}

bool core_status(struct core *c, uint32_t *dhcsr, struct err *e)
{
    if (!mem_read32(c->mem, PPB(DHCSR), dhcsr, e))
        return err_doing(e, "reading DHCSR");
    core_saw(c, *dhcsr);
    return true;
}

void core_saw(struct core *c, uint32_t dhcsr) { c->reset_seen = c->reset_seen || (dhcsr & S_RESET_ST); }

static bool write_dhcsr(struct core *c, uint32_t bits, struct err *e)
{
    return mem_write32(c->mem, PPB(DHCSR), DHCSR_KEY | bits, e) || err_doing(e, "writing DHCSR");
}

/* Until DHCSR shows one of `want`. The sticky bits of *dhcsr are those of all readings: each clears them. */
static bool wait_status(struct core *c, uint32_t want, unsigned limit_ms, uint32_t *dhcsr, struct err *e)
{
    const uint64_t deadline_us = clock_now_us(c->clock) + limit_ms * UINT64_C(1000);
    uint32_t sticky = 0;

    for (;;) {
        const bool late = clock_now_us(c->clock) >= deadline_us; /* looked at before the last reading, so that one counts */

        if (!core_status(c, dhcsr, e))
            return false;
        sticky |= *dhcsr & (S_RESET_ST | BITS(PPB_DHCSR_S_RETIRE_ST));
        *dhcsr |= sticky;
        if (*dhcsr & want)
            return true;
        if (late) {
            err_set(e, ERR_TIMEOUT, "the core did not halt within %u ms", limit_ms);
            return core_seen_dhcsr(*dhcsr, e);
        }
    }
}

bool core_halt(struct core *c, unsigned limit_ms, struct err *e)
{
    uint32_t dhcsr;

    return (write_dhcsr(c, C_DEBUGEN | C_HALT, e) && wait_status(c, S_HALT, limit_ms, &dhcsr, e)) || err_doing(e, "halting the core");
}

bool core_wait_halt(struct core *c, unsigned limit_ms, struct err *e)
{
    uint32_t dhcsr;

    if (!wait_status(c, S_HALT | S_LOCKUP, limit_ms, &dhcsr, e))
        return err_doing(e, "waiting for the core to halt");
    if (dhcsr & S_HALT)
        return true;
    err_set(e, ERR_FAULT, "the core locked up: a fault happened while it was handling a fault");
    return core_seen_dhcsr(dhcsr, e);
}

bool core_resume(struct core *c, struct err *e)
{
    struct probe_word words[] = {
        { PPB(DFSR), DFSR_ALL, true },
        { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN, true },
    };

    return mem_batch(c->mem, words, 2, e) || err_doing(e, "resuming the core");
}

bool core_release(struct core *c, struct err *e)
{
    struct probe_word words[] = {
        { PPB(DFSR), DFSR_ALL, true },
        { PPB(DEMCR), c->was_demcr, true },
        { PPB(DHCSR), DHCSR_KEY, true },
    };

    return mem_batch(c->mem, words, 3, e) || err_doing(e, "letting the core run without the debugger");
}

/* C_MASKINTS may change only while C_HALT stays set (DDI 0419 C1.6.3). */
bool core_step(struct core *c, bool mask_interrupts, unsigned limit_ms, struct err *e)
{
    const uint32_t mask = mask_interrupts ? C_MASKINTS : 0;
    struct probe_word words[] = {
        { PPB(DFSR), DFSR_ALL, true },
        { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN | C_HALT | mask, true },
        { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN | C_STEP | mask, true },
    };
    uint32_t dhcsr;
    bool ok = mem_batch(c->mem, words, 3, e) && wait_status(c, S_HALT, limit_ms, &dhcsr, e);

    ok = ok && write_dhcsr(c, C_DEBUGEN | C_HALT | mask, e) && (!mask || write_dhcsr(c, C_DEBUGEN | C_HALT, e));
    return ok || err_doing(e, "stepping the core");
}

enum { RETRY_US = 1000, REQUESTS = 2 };

/* After AIRCR.SYSRESETREQ: until S_RESET_ST has been seen and, if `halted`, S_HALT is there. Accesses may fail while the chip resets. */
static bool wait_reset(struct core *c, bool came, bool halted, unsigned limit_ms, struct err *e)
{
    const uint64_t deadline_us = clock_now_us(c->clock) + limit_ms * UINT64_C(1000);
    uint32_t dhcsr = 0, last = 0;
    bool was_reset = came, answered = false;

    for (;;) {
        const bool late = clock_now_us(c->clock) >= deadline_us;

        if (core_status(c, &dhcsr, e)) {
            answered = true;
            last = dhcsr;
            was_reset = was_reset || (dhcsr & S_RESET_ST);
            if (was_reset && (!halted || (dhcsr & S_HALT)))
                return true;
        } else if (e->kind == ERR_INTERRUPTED || e->kind == ERR_PROTOCOL || e->kind == ERR_NOMEM || e->kind == ERR_BUG) {
            return false; /* not the target's doing */
        } else {
            clock_sleep_us(c->clock, RETRY_US); /* a probe that is gone fails at once: on a board's clock no time passes by itself */
        }
        if (late)
            break;
    }
    if (!answered)
        return err_doing(e, "waiting for the target to come out of reset");
    if (!was_reset)
        err_set(e, ERR_TIMEOUT, "the core was not reset within %u ms", limit_ms);
    else
        err_set(e, ERR_TIMEOUT, "the core was reset, but did not halt at its first instruction");
    return core_seen_dhcsr(was_reset ? last | S_RESET_ST : last, e);
}

/* The write may not have got to the chip. */
static bool is_of_the_link(const struct err *e) { return e->kind == ERR_TIMEOUT || e->kind == ERR_IO || e->kind == ERR_PROTOCOL; }

/* `before` is written; reading DHCSR then forgets an older reset. The write of AIRCR may be answered by a fault: the chip is gone for a
 * moment. *came: S_RESET_ST was seen here already. */
static bool request_reset(struct core *c, struct probe_word *before, size_t count, bool *came, struct err *e)
{
    *came = c->reset_asked = false;
    for (unsigned tries = 0; tries < REQUESTS; tries++) {
        struct err why = { 0 }, ignored = { 0 };
        uint32_t dhcsr;

        if (!mem_batch(c->mem, before, count, e) || !core_status(c, &dhcsr, e))
            return false;
        if (mem_write32(c->mem, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ), &why))
            return c->reset_asked = true;
        if (why.kind == ERR_FAULT || why.kind == ERR_NODEV)
            return true; /* whether it came shows next */
        if (!is_of_the_link(&why)) {
            *e = why;
            return false;
        }
        if (!core_status(c, &dhcsr, &ignored))
            return true;
        *came = dhcsr & S_RESET_ST;
        if (*came)
            return true;
    }
    return true;
}

bool core_reset_halt(struct core *c, unsigned limit_ms, struct err *e)
{
    uint32_t demcr;
    bool ok, came;

    if (!mem_read32(c->mem, PPB(DEMCR), &demcr, e))
        return err_doing(e, "resetting the core");
    struct probe_word before[] = {
        { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN | C_HALT, true },
        { PPB(DEMCR), demcr | VC_CORERESET, true },
    };
    struct probe_word after[] = {
        { PPB(DFSR), DFSR_ALL, true },
        { PPB(DEMCR), demcr & ~VC_CORERESET, true },
    };

    ok = request_reset(c, before, 2, &came, e) && wait_reset(c, came, true, limit_ms, e);
    if (ok) {
        ok = mem_batch(c->mem, after, 2, e);
    } else {
        struct err ignored;

        mem_write32(c->mem, PPB(DEMCR), demcr & ~VC_CORERESET, &ignored);
    }
    return ok || err_doing(e, "resetting the core (AIRCR.SYSRESETREQ) and halting it");
}

bool core_reset_run(struct core *c, unsigned limit_ms, struct err *e)
{
    struct probe_word before = { PPB(DEMCR), c->was_demcr & ~VC_CORERESET, true };
    bool came, ok = request_reset(c, &before, 1, &came, e) && wait_reset(c, came, false, limit_ms, e);

    /* Last, so that a halted core does not run on in its old state before the reset. */
    return (ok && write_dhcsr(c, 0, e)) || err_doing(e, "resetting the core (AIRCR.SYSRESETREQ)");
}

/* ---- registers ------------------------------------------------------------------------------------------------------------------- */

static bool not_halted(uint32_t dhcsr, struct err *e)
{
    err_set(e, ERR_FAULT,
            dhcsr & S_RESET_ST ? "the core was reset while its registers were accessed"
                               : "the core is running: its registers can be reached only while it is halted");
    return core_seen_dhcsr(dhcsr, e);
}

/* The transfer that DCRSR asked for is over, by `dhcsr` or by looking again. *looked: it took another look. */
static bool transfer_over(struct core *c, uint32_t dhcsr, bool *looked, struct err *e)
{
    const uint64_t deadline_us = clock_now_us(c->clock) + REGRDY_LIMIT_MS * UINT64_C(1000);

    *looked = false;
    while ((dhcsr & (S_HALT | S_REGRDY)) != (S_HALT | S_REGRDY)) {
        core_saw(c, dhcsr);
        if (!(dhcsr & S_HALT))
            return not_halted(dhcsr, e);
        if (clock_now_us(c->clock) >= deadline_us) {
            err_set(e, ERR_TIMEOUT, "the core does not give its registers");
            return core_seen_dhcsr(dhcsr, e);
        }
        if (!core_status(c, &dhcsr, e))
            return false;
        *looked = true;
    }
    return true;
}

static bool read_some(struct core *c, struct core_reg_value *regs, size_t count, struct err *e)
{
    struct probe_word words[3 * REGS_PER_BATCH];

    for (size_t i = 0; i < count; i++) {
        words[3 * i] = (struct probe_word){ PPB(DCRSR), PUT(PPB_DCRSR_REGSEL, regs[i].reg), true };
        words[3 * i + 1] = (struct probe_word){ PPB(DHCSR), 0, false };
        words[3 * i + 2] = (struct probe_word){ PPB(DCRDR), 0, false };
    }
    if (!mem_batch(c->mem, words, 3 * count, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool again;

        if (!transfer_over(c, words[3 * i + 1].value, &again, e))
            return false;
        if (again) { /* slower than the probe: this one and the rest, one by one */
            if (count == 1)
                return mem_read32(c->mem, PPB(DCRDR), &regs[0].value, e);
            for (; i < count; i++)
                if (!read_some(c, &regs[i], 1, e))
                    return false;
            return true;
        }
        regs[i].value = words[3 * i + 2].value;
    }
    return true;
}

bool core_read_regs(struct core *c, struct core_reg_value *regs, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i += REGS_PER_BATCH)
        if (!read_some(c, regs + i, count - i < REGS_PER_BATCH ? count - i : REGS_PER_BATCH, e))
            return err_doing(e, "reading the core's registers");
    return true;
}

bool core_write_regs(struct core *c, const struct core_reg_value *regs, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i += REGS_PER_BATCH) {
        const size_t n = count - i < REGS_PER_BATCH ? count - i : REGS_PER_BATCH;
        struct probe_word words[3 * REGS_PER_BATCH];
        bool again;

        for (size_t k = 0; k < n; k++) {
            words[3 * k] = (struct probe_word){ PPB(DCRDR), regs[i + k].value, true };
            words[3 * k + 1] = (struct probe_word){ PPB(DCRSR), PUT(PPB_DCRSR_REGSEL, regs[i + k].reg) | BITS(PPB_DCRSR_REGWnR), true };
            words[3 * k + 2] = (struct probe_word){ PPB(DHCSR), 0, false };
        }
        if (!mem_batch(c->mem, words, 3 * n, e))
            return err_doing(e, "writing the core's registers");
        for (size_t k = 0; k < n; k++) {
            if (!transfer_over(c, words[3 * k + 2].value, &again, e))
                return err_doing(e, "writing the core's registers");
            if (again && n > 1) { /* slower than the probe: what followed may have come too early, so once more, one by one */
                for (size_t j = i + k + 1; j < count; j++)
                    if (!core_write_regs(c, &regs[j], 1, e))
                        return false;
                return true;
            }
        }
    }
    return true;
}
