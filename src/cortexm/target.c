/* target.c - connecting to a chip, finding out what it is, leaving it as it was found. See target.h.
 *
 * Sequences: DDI 0419 C1; "connect under reset" as OpenOCD, stlink and probe-rs do it. What went wrong is told apart by readings: target
 * voltage, SWD acknowledge, DPIDR, the access port's CSW, and DHCSR.S_RESET_ST that comes back each time it is cleared (DDI 0419
 * C1.6.3). */
#include "base/bytes.h"
#include "cortexm/never.h"
#include "cortexm/parts.h"
#include "device/regs/adi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    POWERED_MV = 1000,   /* less cannot run any STM32 (1.7 V); VTREF not wired reads a few mV. Estimate */
    RESET_READINGS = 20, /* of S_RESET_ST, 1 ms apart, before we say "held" */
};

static void pause_ms(struct target *t, unsigned ms) { clock_sleep_us(t->clock, ms * UINT64_C(1000)); }

/* ---- why a chip does not answer -------------------------------------------------------------------------------------------------- */

/* `e` says how connecting failed. If the probe itself is still well, add what it measures; no power explains all the rest. */
static bool explain_silence(struct target *t, struct err *e)
{
    const struct err first = *e;
    struct err ignored = { 0 };

    if (e->kind != ERR_NODEV && e->kind != ERR_TIMEOUT && e->kind != ERR_FAULT && e->kind != ERR_IO)
        return false;
    if (!t->probe->ops->voltage(t->probe, &t->voltage_mv, &ignored))
        return false;
    if (t->voltage_mv < POWERED_MV && e->kind == ERR_NODEV) {
        err_set(e, ERR_NODEV, "the target has no power");
        for (unsigned i = 0; i < first.n_seen; i++)
            err_seen(e, "%s", first.seen[i]);
        err_hint(e, "power the board, and connect its supply to the probe's VTREF pin");
    }
    return err_seen(e, "target voltage %u.%02u V", t->voltage_mv / 1000, t->voltage_mv % 1000 / 10);
}

/* The debug port answers, the memory behind it does not: is the access port closed? */
static bool explain_no_memory(struct target *t, struct err *e)
{
    const struct err first = *e;
    struct err ignored = { 0 };
    uint32_t idr = 0, csw = 0;

    if (e->kind != ERR_FAULT && e->kind != ERR_NODEV && e->kind != ERR_TIMEOUT)
        return false;
    if (!t->probe->ops->read_reg(t->probe, 0, AP_IDR, &idr, &ignored) || !t->probe->ops->read_reg(t->probe, 0, AP_CSW, &csw, &ignored))
        return false;
    if (idr != 0 && !GET(csw, AP_CSW_DEVICEEN)) {
        err_set(e, ERR_LOCKED, "the chip is closed to debuggers: its access port is switched off");
        err_hint(e, "readout protection level 2, or BOOT_LOCK with level 1, does that; a chip that sleeps deeply may look the same, so try "
                    "`--connect under-reset`");
        for (unsigned i = 0; i < first.n_seen; i++)
            err_seen(e, "%s", first.seen[i]);
    }
    err_seen(e, "DPIDR=0x%08" PRIX32, t->dpidr);
    return err_seen(e, "AP0 IDR=0x%08" PRIX32 " CSW=0x%08" PRIX32, idr, csw);
}

/* `dhcsr` was just read. If S_RESET_ST keeps coming back, the chip is in reset. */
static bool check_not_held_in_reset(struct target *t, uint32_t dhcsr, struct err *e)
{
    unsigned in_reset = 0;

    if (!(dhcsr & S_RESET_ST))
        return true;
    for (unsigned i = 0; i < RESET_READINGS; i++) {
        if (!core_status(&t->core, &dhcsr, e))
            return false;
        if (!(dhcsr & S_RESET_ST) && i == 0)
            return true; /* an old reset, told once */
        in_reset += (dhcsr & S_RESET_ST) != 0;
        pause_ms(t, 1);
    }
    if (in_reset < RESET_READINGS) {
        snprintf(t->note, sizeof t->note, "the chip keeps being reset (S_RESET_ST in %u of %u readings)", in_reset, RESET_READINGS);
        return true;
    }
    t->held_in_reset = true;
    err_set(e, ERR_NODEV, "the target is held in reset");
    err_hint(e, "free NRST: a reset button, another tool's wire, a short; or the chip resets itself without a pause");
    err_seen(e, "S_RESET_ST set again in each of %u readings, 1 ms apart", RESET_READINGS);
    return core_seen_dhcsr(dhcsr, e);
}

/* ---- what it is ------------------------------------------------------------------------------------------------------------------ */

/* Where other families keep DBGMCU_IDCODE: only to tell the user what chip that is. On a Cortex-M0+ these addresses fault. */
static const struct {
    uint16_t part;
    uint32_t at[2];
} foreign[] = {
    { 0xC23, { 0xE0042000 } },
    { 0xC24, { 0xE0042000 } },
    { 0xC27, { 0xE0042000, 0x5C001000 } },
    { 0xD20, { 0xE0044000, 0x44024000 } },
    { 0xD21, { 0xE0044000, 0x44024000 } },
};

static bool unknown_chip(struct target *t, uint32_t idcode, uint32_t at, struct err *e)
{
    char known[160] = "", name[40];

    for (const struct device *const *d = devices; *d; d++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", known[0] ? ", " : "", (*d)->name);
    err_set(e, ERR_UNSUPPORTED, at ? "sector0 does not know this chip" : "the chip does not tell what it is");
    if (at)
        err_seen(e, "IDCODE=0x%08" PRIX32 " at 0x%08" PRIX32 ": DEV_ID 0x%03" PRIX32, idcode, at, idcode & 0xFFF);
    else
        err_seen(e, "IDCODE=0x%08" PRIX32, idcode);
    err_seen(e, "CPUID=0x%08" PRIX32 " (%s)", t->core.cpuid, core_name(t->core.cpuid, name, sizeof name));
    return err_hint(e, at ? "it knows %s" : "it may sleep with its clocks off: try `--connect under-reset` (sector0 knows %s)", known);
}

static bool find_foreign(struct target *t, struct err *e)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        for (size_t k = 0; k < 2; k++) {
            struct err ignored = { 0 };
            uint32_t idcode;

            if (foreign[i].part != GET(t->core.cpuid, PPB_CPUID_PARTNO) || !foreign[i].at[k])
                continue;
            if (mem_read32(&t->mem, foreign[i].at[k], &idcode, &ignored) && (idcode & 0xFFF) != 0 && (idcode & 0xFFF) != 0xFFF)
                return unknown_chip(t, idcode, foreign[i].at[k], e);
        }
    return unknown_chip(t, 0, 0, e);
}

/* Try each place where a known row keeps IDCODE. */
static bool identify(struct target *t, struct err *e)
{
    const uint32_t part = GET(t->core.cpuid, PPB_CPUID_PARTNO);

    if (part != 0xC60 && part != 0xC20)
        return find_foreign(t, e);
    for (const struct device *const *d = devices; *d; d++) {
        bool tried = false;

        for (const struct device *const *before = devices; before != d; before++)
            tried = tried || (*before)->idcode_at == (*d)->idcode_at;
        if (tried)
            continue;
        if (!mem_read32(&t->mem, (*d)->idcode_at, &t->idcode, e))
            return explain_no_memory(t, e), err_doing(e, "reading DBGMCU_IDCODE");
        t->device = device_by_id(t->idcode & 0xFFF);
        if (t->device)
            return true;
        if ((t->idcode & 0xFFF) != 0 && (t->idcode & 0xFFF) != 0xFFF)
            return unknown_chip(t, t->idcode, (*d)->idcode_at, e);
    }
    return unknown_chip(t, t->idcode, 0, e);
}

/* ERR_FAULT and the like: protection may close the signature area. Anything else is a broken link. */
static bool only_unreadable(const struct err *e) { return e->kind == ERR_FAULT; }

/* Size and UID, in one batch; one by one when that meets a fault. */
static bool read_signature(struct target *t, struct err *e)
{
    const struct device *d = t->device;
    struct probe_word words[4] = { { d->flash_kib_at & ~3u, 0, false } };
    bool ok[4] = { true, true, true, true };
    uint32_t kib;

    for (unsigned i = 0; i < 3; i++)
        words[1 + i].addr = d->uid_at + 4 * i;
    if (!mem_batch(&t->mem, words, 4, e)) {
        if (!only_unreadable(e))
            return err_doing(e, "reading the flash size and the unique id");
        for (unsigned i = 0; i < 4; i++) {
            ok[i] = mem_read32(&t->mem, words[i].addr, &words[i].value, e);
            if (!ok[i] && !only_unreadable(e))
                return err_doing(e, "reading the flash size and the unique id");
        }
    }
    kib = words[0].value >> 8 * (d->flash_kib_at & 2) & 0xFFFF;
    t->flash_size_read = ok[0] && kib != 0 && kib <= d->flash_bytes_max / 1024; /* 0xFFFF: not written */
    t->flash_bytes = t->flash_size_read ? kib * 1024 : d->flash_bytes_max;
    t->uid_read = ok[1] && ok[2] && ok[3];
    for (unsigned i = 0; i < 3 && t->uid_read; i++)
        put_le32(t->uid + 4 * i, words[1 + i].value);
    return true;
}

/* Page numbers count within a bank, and only bank 1 is programmed: what lies behind it is not offered. */
static bool limit_to_bank1(struct target *t, struct err *e)
{
    const struct flash_facts *f = t->device->flash;
    const uint32_t whole = t->flash_bytes, reach = f->page_bytes << f->cr_pnb_width;
    uint32_t optr;

    if (!f->optr_dual_bank)
        return true;
    if (!mem_read32(&t->mem, f->base + f->rdp_offset, &optr, e))
        return err_doing(e, "reading OPTR for the layout of the flash");
    if (optr & f->optr_dual_bank)
        t->flash_bytes = optr & f->optr_nswap_bank ? whole / 2 : 0;
    if (t->flash_bytes > reach)
        t->flash_bytes = reach;
    if (t->flash_bytes == 0)
        snprintf(t->note, sizeof t->note,
                 "the two flash banks are swapped (nSWAP_BANK = 0): sector0 reads such a chip, but does not program it");
    else if (t->flash_bytes < whole)
        snprintf(t->note, sizeof t->note, "sector0 programs the first %" PRIu32 " of the %" PRIu32 " KiB of this chip's flash",
                 t->flash_bytes / 1024, whole / 1024);
    return true;
}

/* ---- ways to connect ------------------------------------------------------------------------------------------------------------- */

static bool attach(struct target *t, struct err *e)
{
    struct probe *p = t->probe;

    if (!p->ops->connect(p, e) || !p->ops->read_reg(p, PROBE_DP, DP_DPIDR, &t->dpidr, e))
        return explain_silence(t, e), err_doing(e, "connecting to the target at %u kHz", p->speed_khz);
    if (!core_open(&t->core, &t->mem, t->clock, e))
        return explain_no_memory(t, e), explain_silence(t, e), err_doing(e, "looking at the core");
    t->found = true;
    t->was_dhcsr = t->core.was_dhcsr;
    t->was_demcr = t->core.was_demcr;
    t->was_halted = t->was_dhcsr & S_HALT;
    return check_not_held_in_reset(t, t->was_dhcsr, e);
}

/* NRST is high again: until the core halts, or time is up. *seen collects all readings. */
static bool await_halt(struct target *t, uint32_t *seen, struct err *e)
{
    const uint64_t deadline_us = clock_now_us(t->clock) + RESET_HALT_MS * UINT64_C(1000);
    uint32_t dhcsr = 0;

    *seen = 0;
    do {
        if (!core_status(&t->core, &dhcsr, e)) {
            if (e->kind != ERR_FAULT && e->kind != ERR_NODEV && e->kind != ERR_TIMEOUT)
                return false;
            continue; /* coming out of reset */
        }
        *seen |= dhcsr;
        if (dhcsr & S_HALT)
            return true;
    } while (clock_now_us(t->clock) < deadline_us);
    err_set(e, ERR_TIMEOUT, "the core did not halt after NRST was released");
    return core_seen_dhcsr(dhcsr, e);
}

/* NRST is low and SWD is up. Catch the core at its first instruction. *reset: the chip really was reset. */
static bool catch_first_instruction(struct target *t, bool *reset, struct err *e)
{
    const uint32_t demcr = t->core.was_demcr & ~VC_CORERESET;
    struct probe_word before[] = {
        { PPB(DHCSR), DHCSR_KEY | C_DEBUGEN, true },
        { PPB(DEMCR), demcr | VC_CORERESET, true },
        { PPB(DFSR), DFSR_ALL, true },
        { PPB(DHCSR), 0, false },
        { PPB(DHCSR), 0, false },
    };
    struct probe_word after[] = { { PPB(DFSR), DFSR_ALL, true }, { PPB(DEMCR), demcr, true } };
    uint32_t seen = 0;
    bool halted;

    if (!mem_batch(&t->mem, before, 5, e))
        return false;
    *reset = before[3].value & before[4].value & S_RESET_ST; /* set again at once: NRST does hold the chip */
    if (!t->probe->ops->nrst(t->probe, false, e))
        return false;
    halted = await_halt(t, &seen, e);
    *reset = *reset || (seen & S_RESET_ST);
    return halted && mem_batch(&t->mem, after, 2, e);
}

static bool under_reset(struct target *t, struct err *e)
{
    struct probe *p = t->probe;
    struct err ignored = { 0 };
    bool reset = false, late = false, ok;

    t->under_reset = true;
    target_leave(t, false);
    if (!p->ops->nrst(p, true, e))
        return false;
    pause_ms(t, RESET_LOW_MS);
    ok = p->ops->connect(p, e) && p->ops->read_reg(p, PROBE_DP, DP_DPIDR, &t->dpidr, e) && core_open(&t->core, &t->mem, t->clock, e);
    if (ok) {
        ok = catch_first_instruction(t, &reset, e);
    } else if (e->kind != ERR_INTERRUPTED) { /* some chips answer only once NRST is high: be quick then */
        struct err under = *e;

        late = true;
        ok = p->ops->nrst(p, false, e) && p->ops->connect(p, e) && p->ops->read_reg(p, PROBE_DP, DP_DPIDR, &t->dpidr, e) &&
             core_open(&t->core, &t->mem, t->clock, e);
        if (!ok)
            *e = under;
    }
    p->ops->nrst(p, false, &ignored);
    if (!t->core.mem)
        return explain_silence(t, e);
    t->found = true;
    t->was_demcr = t->core.was_demcr & ~VC_CORERESET;
    if (!late)
        t->nrst = reset ? TARGET_NRST_RESETS : TARGET_NRST_DOES_NOT;
    if (ok && reset)
        return true;
    if (e->kind == ERR_INTERRUPTED)
        return false;

    /* It answers, but NRST did not stop it at its first instruction. */
    uint32_t dhcsr = 0;
    if (!core_status(&t->core, &dhcsr, e) || !check_not_held_in_reset(t, dhcsr, e) || !core_reset_halt(&t->core, RESET_HALT_MS, e))
        return false;
    if (!reset && !late)
        snprintf(t->note, sizeof t->note,
                 "NRST did not reset the chip (not wired, or NRST_MODE makes it a GPIO): it was reset through the debug port instead");
    return true;
}

/* Another try, under reset, makes sense after this failure. */
static bool reset_may_help(const struct target *t, const struct err *e)
{
    if (e->kind == ERR_NODEV)
        return t->voltage_mv >= POWERED_MV && !t->held_in_reset;
    return e->kind == ERR_TIMEOUT || e->kind == ERR_FAULT || e->kind == ERR_LOCKED ||
           (e->kind == ERR_UNSUPPORTED && t->core.cpuid && (t->idcode & 0xFFF) == 0);
}

static bool examine(struct target *t, struct err *e) { return identify(t, e) && read_signature(t, e) && limit_to_bank1(t, e); }

/* It was tried: no advice any more. */
static bool under_reset_failed(struct err *e)
{
    if (strstr(e->hint, "--connect under-reset"))
        err_hint(e, e->kind == ERR_LOCKED
                        ? "readout protection level 2, or BOOT_LOCK with level 1, does that"
                        : "check SWDIO, SWCLK, NRST, GND and the target's supply; readout protection level 2 looks the same");
    return false;
}

static bool open_as(struct target *t, enum target_connect how, struct err *e)
{
    struct err first;

    if (how == TARGET_UNDER_RESET)
        return (under_reset(t, e) && examine(t, e)) || err_doing(e, "connecting under reset") || under_reset_failed(e);
    if (attach(t, e) && examine(t, e))
        return true;
    if (how == TARGET_ATTACH || !reset_may_help(t, e))
        return false;
    first = *e;
    t->core = (struct core){ 0 };
    if (under_reset(t, e) && examine(t, e)) {
        if (!t->note[0])
            snprintf(t->note, sizeof t->note, "connected under reset, because attaching failed: %.100s", first.cause);
        return true;
    }
    return err_doing(e, "connecting under reset, after attaching had failed (%.80s)", first.cause) || under_reset_failed(e);
}

bool target_open(struct target *t, struct probe *probe, enum target_connect how, unsigned speed_khz, struct err *e)
{
    *t = (struct target){ .probe = probe, .clock = probe->clock, .mem = { .probe = probe, .may_write = never_may_write } };
    t->mem.may_ctx = t;
    if (probe->ops->set_speed(probe, speed_khz, NULL, e) && probe->ops->voltage(probe, &t->voltage_mv, e) && open_as(t, how, e))
        return true;
    target_close(t);
    return false;
}

/* ---- leaving --------------------------------------------------------------------------------------------------------------------- */

void target_leave(struct target *t, bool halted)
{
    t->was_halted = halted;
    t->was_dhcsr = halted ? C_DEBUGEN | C_HALT | S_HALT : 0;
}

/* Only what differs is written: a command that looked leaves no trace. */
static bool put_back(struct target *t, struct err *e)
{
    struct probe_word now[] = { { PPB(DEMCR), 0, false }, { PPB(DHCSR), 0, false } };
    const uint32_t debugen = t->was_dhcsr & C_DEBUGEN;
    uint32_t dhcsr;

    if (!mem_batch(&t->mem, now, 2, e))
        return false;
    dhcsr = now[1].value;
    if (now[0].value != t->was_demcr && !mem_write32(&t->mem, PPB(DEMCR), t->was_demcr, e))
        return false;
    if (t->was_halted)
        return (dhcsr & S_HALT) || core_halt(&t->core, 100, e);
    if ((dhcsr & S_HALT) && !core_resume(&t->core, e))
        return false;
    if ((dhcsr & S_HALT) ? debugen != 0 : (dhcsr & (C_DEBUGEN | C_HALT)) == debugen)
        return true;
    return mem_write32(&t->mem, PPB(DHCSR), DHCSR_KEY | debugen, e);
}

void target_close(struct target *t)
{
    struct err ignored = { 0 };

    if (!t->probe)
        return;
    if (t->found && !put_back(t, &ignored) && ignored.kind == ERR_INTERRUPTED)
        put_back(t, &ignored); /* being told to stop once more is no reason to leave the core halted */
    t->probe->ops->close(t->probe);
    *t = (struct target){ 0 };
}

/* ---- protection -------------------------------------------------------------------------------------------------------------------- */

bool target_rdp_level(struct target *t, unsigned *level, uint32_t *optr, struct err *e)
{
    const struct flash_facts *f = t->device->flash;

    if (!mem_read32(&t->mem, f->base + f->rdp_offset, optr, e))
        return err_doing(e, "reading the readout protection");
    *level = (*optr & f->rdp_mask) == f->rdp_level0 ? 0 : (*optr & f->rdp_mask) == f->rdp_level2 ? 2 : 1;
    return true;
}

bool target_explain_fault(struct target *t, uint32_t addr, struct err *e)
{
    const struct region *r = device_region(t->device, addr, 1);
    const struct err first = *e;
    struct err ignored = { 0 };
    unsigned level;
    uint32_t optr;

    if (e->kind != ERR_FAULT || !r || (r->kind != REGION_FLASH && r->kind != REGION_RAM && r->kind != REGION_OTP) ||
        !target_rdp_level(t, &level, &optr, &ignored) || level == 0)
        return false;
    err_set(e, ERR_LOCKED, "readout protection level %u closes flash and RAM to the debugger", level);
    err_seen(e, "OPTR=0x%08" PRIX32 " (RDP=0x%02" PRIX32 ")", optr, optr & t->device->flash->rdp_mask);
    for (unsigned i = 0; i < first.n_seen; i++)
        err_seen(e, "%s", first.seen[i]);
    for (unsigned i = 0; i < first.n_doing; i++)
        err_doing(e, "%s", first.doing[i]);
    return err_hint(e, "`sector0 option set RDP=0xAA --erase-everything` opens the chip again, and erases all of its flash");
}
