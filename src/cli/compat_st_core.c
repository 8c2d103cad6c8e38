/* compat_st_core.c - the core: -rst -hardRst -halt -run -step -score -s -coreReg. */
#include "cli/compat_st.h"
#include "device/regs/cortexm.h"
#include "flash/start.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { LIMIT_MS = 500, VECTORS_ALIGN = 256 /* VTOR, DDI 0419 B3.2.5: bits 7:0 are 0 */, THUMB = 0x01000000 /* xPSR.T */ };

bool st_is_halted(struct st *st, bool *halted, struct err *e)
{
    uint32_t dhcsr;

    if (!core_status(&st->f.t.core, &dhcsr, e))
        return false;
    *halted = dhcsr & BITS(PPB_DHCSR_S_HALT);
    return true;
}

/* ---- reset, halt, run ------------------------------------------------------------------------------------------------------------ */

static void runs_from_here(struct st *st)
{
    st->leave_halted = false;
    st->ours = true;
    target_leave(&st->f.t, false);
}

bool st_reset(struct st *st, struct st_job *job, struct err *e)
{
    st_print(st, "MCU Reset\n");
    if (!target_reset_run(&st->f.t, LIMIT_MS, e))
        return st_failed(st, "Software reset failed");
    runs_from_here(st);
    st_print(st, "Software reset is performed\n");
    return true;
}

bool st_hard_reset(struct st *st, struct st_job *job, struct err *e)
{
    st_print(st, "Hard Reset\n");
    if (!core_release(&st->f.t.core, e) || !target_hard_reset(&st->f.t, e))
        return st_failed(st, "Hard reset failed");
    runs_from_here(st);
    st_print(st, "Hard reset is performed\n");
    return true;
}

bool st_halt(struct st *st, struct st_job *job, struct err *e)
{
    if (!core_halt(&st->f.t.core, LIMIT_MS, e))
        return st_failed(st, "Halt failed");
    st->leave_halted = true;
    st_print(st, "Core halted\n");
    return true;
}

bool st_run(struct st *st, struct st_job *job, struct err *e)
{
    if (!core_resume(&st->f.t.core, e))
        return st_failed(st, "Run failed");
    runs_from_here(st);
    st_print(st, "Core run\n");
    return true;
}

bool st_step(struct st *st, struct st_job *job, struct err *e)
{
    struct core_reg_value pc = { CORE_PC, 0 };
    bool halted = false;

    if (!st_is_halted(st, &halted, e) || (!halted && !core_halt(&st->f.t.core, LIMIT_MS, e)) ||
        !core_step(&st->f.t.core, true, LIMIT_MS, e) || !core_read_regs(&st->f.t.core, &pc, 1, e))
        return st_failed(st, "Step failed");
    st->leave_halted = true;
    st_print(st, "Core step: PC = 0x%08" PRIX32 "\n", pc.value);
    return true;
}

bool st_core_status(struct st *st, struct st_job *job, struct err *e)
{
    uint32_t dhcsr;

    if (!core_status(&st->f.t.core, &dhcsr, e))
        return st_failed(st, "Unable to get core ID");
    st_print(st, "Core status: %s\n",
             dhcsr & BITS(PPB_DHCSR_S_LOCKUP)  ? "locked up"
             : dhcsr & BITS(PPB_DHCSR_S_HALT)  ? "halted"
             : dhcsr & BITS(PPB_DHCSR_S_SLEEP) ? "sleeping"
                                               : "running");
    if (dhcsr & BITS(PPB_DHCSR_S_LOCKUP))
        st_warn(st, "The core is locked up");
    return true;
}

/* ---- -s -------------------------------------------------------------------------------------------------------------------------- */

bool st_read_start(struct st_job *job, struct err *e)
{
    if (job->words > 1 || (job->words == 1 && strcasecmp(job->word[0], "noack") == 0))
        return err_set(e, ERR_UNSUPPORTED, "'%.40s': only microprocessors take more than an address", job->word[job->words - 1]);
    job->has_addr = job->words == 1;
    return !job->has_addr || cli_number(job->word[0], &job->addr, e);
}

static bool check_vectors(struct st *st, uint32_t addr, uint32_t sp, uint32_t pc, struct err *e)
{
    const struct target *t = &st->f.t;
    char why[ERR_TEXT];

    if (addr % VECTORS_ALIGN)
        return err_set(e, ERR_USAGE, "0x%08" PRIX32 " is no place for vectors: not a multiple of %d", addr, VECTORS_ALIGN);
    if (start_vectors(t->device, t->flash_bytes, sp, pc, why) == START_YES)
        return true;
    err_set(e, ERR_INPUT, "%s", why);
    return err_seen(e, "vectors at 0x%08" PRIX32 ": SP=0x%08" PRIX32 " PC=0x%08" PRIX32, addr, sp, pc);
}

/* After a reset, as if the vectors at `addr` had been taken: peripherals are as fresh as the program expects them. */
static bool start(struct st *st, uint32_t addr, struct err *e)
{
    struct target *t = &st->f.t;
    uint32_t vectors[2];
    const bool in_ram = !st_is_flash(st, addr, 8);

    if (!mem_read32(&t->mem, addr, &vectors[0], e) || !mem_read32(&t->mem, addr + 4, &vectors[1], e))
        return target_explain_fault(t, addr, e);
    if (!check_vectors(st, addr, vectors[0], vectors[1], e) || !core_reset_halt(&t->core, LIMIT_MS, e))
        return false;
    const struct core_reg_value regs[] = {
        { CORE_XPSR, THUMB }, { CORE_MSP, vectors[0] & ~3u }, { CORE_LR, UINT32_MAX }, { CORE_PC, vectors[1] & ~1u }
    };

    return mem_write32(&t->mem, PPB(VTOR), addr, e) && core_write_regs(&t->core, regs, sizeof regs / sizeof *regs, e) &&
           core_resume(&t->core, e) && (in_ram || core_release(&t->core, e));
}

bool st_start(struct st *st, struct st_job *job, struct err *e)
{
    const uint32_t addr = job->has_addr ? job->addr : st->f.t.device->flash_base;

    st_print(st, "\nRUNNING Program ... \n");
    st_print(st, "  Address:      : 0x%" PRIX32 "\n", addr);
    st_print(st, "Application is running, Please Hold on...\n");
    if (!(st->usb ? st_usb_start(st, addr, e) : start(st, addr, e)))
        return st_failed(st, "Start operation failed at 0x%08" PRIX32, addr);
    if (!st->usb)
        runs_from_here(st);
    st_print(st, "Start operation achieved successfully\n");
    return true;
}

/* ---- -coreReg -------------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum core_reg reg;
    uint32_t mask; /* of the register that is read */
    unsigned lsb;
    bool writable;
} core_regs[] = {
    { "R0", CORE_R0, UINT32_MAX, 0, true },
    { "R1", CORE_R1, UINT32_MAX, 0, true },
    { "R2", CORE_R2, UINT32_MAX, 0, true },
    { "R3", CORE_R3, UINT32_MAX, 0, true },
    { "R4", 4, UINT32_MAX, 0, true },
    { "R5", 5, UINT32_MAX, 0, true },
    { "R6", 6, UINT32_MAX, 0, true },
    { "R7", 7, UINT32_MAX, 0, true },
    { "R8", 8, UINT32_MAX, 0, true },
    { "R9", 9, UINT32_MAX, 0, true },
    { "R10", 10, UINT32_MAX, 0, true },
    { "R11", 11, UINT32_MAX, 0, true },
    { "R12", CORE_R12, UINT32_MAX, 0, true },
    { "R13", CORE_SP, UINT32_MAX, 0, true },
    { "LR", CORE_LR, UINT32_MAX, 0, true },
    { "PC", CORE_PC, UINT32_MAX, 0, true },
    { "MSP", CORE_MSP, UINT32_MAX, 0, true },
    { "PSP", CORE_PSP, UINT32_MAX, 0, true },
    { "XPSR", CORE_XPSR, UINT32_MAX, 0, true },
    { "APSR", CORE_XPSR, 0xF0000000, 0, false },
    { "IPSR", CORE_XPSR, 0x0000003F, 0, false },
    { "EPSR", CORE_XPSR, 0x01000000, 0, false },
    { "PRIMASK", CORE_CFBP, 0x00000001, 0, true },
    { "CONTROL", CORE_CFBP, 0x03000000, 24, true },
};

enum { CORE_REGS = sizeof core_regs / sizeof *core_regs };

static int core_reg_named(const char *word)
{
    static const char *const twins[][2] = { { "R14", "LR" }, { "R15", "PC" }, { "SP", "R13" } };
    const size_t len = strcspn(word, "=");
    char name[12];

    if (len >= sizeof name)
        return -1;
    memcpy(name, word, len);
    name[len] = '\0';
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strcasecmp(name, twins[i][0]) == 0)
            strcpy(name, twins[i][1]);
    for (int i = 0; i < CORE_REGS; i++)
        if (strcasecmp(name, core_regs[i].name) == 0)
            return i;
    return -1;
}

bool st_read_core_reg(struct st_job *job, struct err *e)
{
    for (unsigned i = 0; i < job->words; i++) {
        const char *word = job->word[i], *equals = strchr(word, '=');
        const int r = core_reg_named(word);
        uint32_t value;

        if (r < 0 && (strncasecmp(word, "BASEPRI", 7) == 0 || strncasecmp(word, "FAULTMASK", 9) == 0))
            return err_set(e, ERR_UNSUPPORTED, "%.20s is not supported: a Cortex-M0+ has no such register", word);
        if (r < 0)
            return err_set(e, ERR_USAGE, "there is no core register '%.20s'", word);
        if (!equals)
            continue;
        if (!core_regs[r].writable)
            return err_set(e, ERR_USAGE, "%s is a part of XPSR: write that", core_regs[r].name);
        if (!cli_number(equals + 1, &value, e))
            return false;
        if ((uint64_t)value << core_regs[r].lsb & ~(uint64_t)core_regs[r].mask)
            return err_set(e, ERR_USAGE, "%.40s: the value is too large", word);
    }
    return true;
}

static bool write_core_reg(struct core *c, int r, uint32_t value, struct err *e)
{
    struct core_reg_value v = { core_regs[r].reg, value };

    if (core_regs[r].mask != UINT32_MAX) {
        if (!core_read_regs(c, &v, 1, e))
            return false;
        v.value = (v.value & ~core_regs[r].mask) | value << core_regs[r].lsb;
    }
    return core_write_regs(c, &v, 1, e);
}

static bool show_core_reg(struct st *st, int r, struct err *e)
{
    struct core_reg_value v = { core_regs[r].reg, 0 };

    if (!core_read_regs(&st->f.t.core, &v, 1, e))
        return false;
    st_print(st, "  %-8s : 0x%08" PRIX32 "\n", core_regs[r].name, (v.value & core_regs[r].mask) >> core_regs[r].lsb);
    return true;
}

bool st_core_reg(struct st *st, struct st_job *job, struct err *e)
{
    bool ok = true;

    for (int r = 0; ok && job->words == 0 && r < CORE_REGS; r++)
        ok = show_core_reg(st, r, e);
    for (unsigned i = 0; ok && i < job->words; i++) {
        const char *equals = strchr(job->word[i], '=');
        const int r = core_reg_named(job->word[i]);
        uint32_t value;

        ok = (!equals || (cli_number(equals + 1, &value, e) && write_core_reg(&st->f.t.core, r, value, e))) && show_core_reg(st, r, e);
    }
    return ok || st_failed(st, "failed to access the core registers");
}
