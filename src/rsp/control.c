/* control.c - the core of a GDB session: halt, go on, step, reset; why it stopped; its registers, read once per stop.
 *
 * Source: DDI 0419 C1.6 (DHCSR, DFSR, DCRSR), C1.7.5 (PC sampling). */
#include "device/regs/cortexm.h"
#include "rsp/parts.h"
#include "rsp/semihost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    HALT_MS = 500,
    STEP_MS = 50, /* estimate: an instruction takes microseconds; only WFI and WFE take longer, and are ended by a halt */
    RESET_MS = 500,
    SEMIHOST_ROUNDS = 32, /* requests dealt with before anybody else gets a turn */
    LOST_AFTER = 3,       /* failed looks in a row */
    SIG_INT = 2,
    SIG_TRAP = 5,
    SIG_SEGV = 11,
};

/* In the order of GDB's registers. */
static const uint8_t regsel[20] = { 0,  1,  2,  3,       4,       5,       6,         7,        8,        9,
                                    10, 11, 12, CORE_SP, CORE_LR, CORE_PC, CORE_XPSR, CORE_MSP, CORE_PSP, CORE_CFBP };
enum { REG_SP = 13, REG_MSP = 17, REG_PSP = 18, REG_PRIMASK = 19, REG_CONTROL = 20, CONTROL_LSB = 24 };

static void changed(struct rsp_server *s) { s->regs_valid = false; }

void rsp_forget(struct rsp_server *s)
{
    changed(s);
    rsp_lines_forget(s);
    s->planted_known = s->bp_on = s->dwt_on = s->skip_bkpt = false;
}

/* ---- beginning and end ---- */

bool rsp_control_begin(struct rsp_server *s, struct err *e)
{
    uint32_t dhcsr;

    if (!core_status(&s->t->core, &dhcsr, e))
        return false;
    s->running = !(dhcsr & BITS(PPB_DHCSR_S_HALT));
    s->debugging = dhcsr & BITS(PPB_DHCSR_C_DEBUGEN);
    s->found_halted = s->t->was_halted;
    s->found_dhcsr = s->t->was_dhcsr;
    s->found_demcr = s->t->was_demcr;
    s->signal = SIG_TRAP;
    s->stop = STOP_SIGNAL;
    return true;
}

void rsp_control_end(struct rsp_server *s)
{
    struct err ignored = { 0 };

    rsp_break_clear_client(s, UINT32_MAX);
    if (!rsp_break_unplant(s, &ignored) && ignored.kind == ERR_INTERRUPTED)
        rsp_break_unplant(s, &ignored); /* told to stop once more: no reason to leave them in */
    if (s->released) {
        target_leave(s->t, false);
    } else {
        s->t->was_halted = s->found_halted;
        s->t->was_dhcsr = s->found_dhcsr;
    }
    s->t->was_demcr = s->found_demcr;
}

/* ---- registers ---- */

bool rsp_read_regs(struct rsp_server *s, struct err *e)
{
    struct core_reg_value values[sizeof regsel];

    if (s->regs_valid)
        return true;
    memset(s->reg, 0, sizeof s->reg);
    if (s->running) { /* shown to a client that came while the core runs: where it is, and no caller to unwind to */
        s->reg[CORE_LR] = UINT32_MAX;
        return rsp_watch_on(s, e) && mem_read32(&s->t->mem, PPB(DWT_PCSR), &s->reg[RSP_PC], e);
    }
    for (unsigned i = 0; i < sizeof regsel; i++)
        values[i] = (struct core_reg_value){ .reg = (enum core_reg)regsel[i] };
    if (!core_read_regs(&s->t->core, values, sizeof regsel, e))
        return false;
    for (unsigned i = 0; i < REG_PRIMASK; i++)
        s->reg[i] = values[i].value;
    s->reg[REG_PRIMASK] = values[REG_PRIMASK].value & 1;
    s->reg[REG_CONTROL] = values[REG_PRIMASK].value >> CONTROL_LSB & 3;
    s->regs_valid = true;
    return true;
}

/* MSP and PSP before CONTROL, that before SP: SP is the one that CONTROL selects. */
bool rsp_write_regs(struct rsp_server *s, const uint32_t *values, struct err *e)
{
    static const uint8_t order[] = {
        REG_MSP, REG_PSP, REG_PRIMASK, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, REG_SP, 14, RSP_PC, RSP_XPSR
    };
    struct core_reg_value write[sizeof order];
    size_t n = 0;

    if (s->running)
        return err_set(e, ERR_FAULT, "the core is running: its registers can be changed only while it is halted");
    if (!rsp_read_regs(s, e))
        return false;
    for (unsigned i = 0; i < sizeof order; i++) {
        const unsigned k = order[i];
        const uint32_t value = k == REG_PRIMASK ? (values[REG_PRIMASK] & 1) | (values[REG_CONTROL] & 3) << CONTROL_LSB : values[k];

        if (values[k] != s->reg[k] || (k == REG_PRIMASK && values[REG_CONTROL] != s->reg[REG_CONTROL]))
            write[n++] = (struct core_reg_value){ (enum core_reg)regsel[k], value };
    }
    changed(s); /* some registers hide bits, and SP has two names */
    return n == 0 || core_write_regs(&s->t->core, write, n, e);
}

/* ---- why it stopped ---- */

static bool go(struct rsp_server *s, struct err *e)
{
    changed(s);
    rsp_lines_forget(s);
    if (!core_resume(&s->t->core, e))
        return false;
    s->running = s->debugging = true;
    s->released = s->skip_bkpt = false;
    s->stop = STOP_NONE;
    return true;
}

static void console(void *ctx, const uint8_t *bytes, size_t len)
{
    struct rsp_server *s = ctx;

    if (s->set.console)
        s->set.console(s->set.ctx, bytes, len);
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0 && s->client[i].waiting)
            rsp_send_console(&s->client[i], bytes, len);
}

static bool semihost(struct rsp_server *s, bool stay, struct err *e)
{
    bool exited;

    changed(s);
    s->semihost.write = console;
    s->semihost.ctx = s;
    if (!semihost_handle(s->t, &s->semihost, &exited, &s->status, e))
        return false;
    if (exited)
        s->stop = STOP_EXIT;
    return exited || stay || go(s, e);
}

/* DFSR.BKPT: a comparator of ours, a BKPT of ours in RAM, or one that the program has itself. */
static bool stopped_by_bkpt(struct rsp_server *s, bool stay, struct err *e)
{
    const uint32_t pc = s->reg[RSP_PC];
    const struct rsp_break *b = rsp_break_at(s, pc);
    struct err ignored = { 0 };
    uint16_t code = 0;

    if (b) {
        s->stop = b->soft ? STOP_SOFT_BREAK : STOP_BREAK;
        return true;
    }
    if (!mem_read16(&s->t->mem, pc, &code, &ignored) || code >> 8 != SEMIHOST_BKPT >> 8)
        return true;
    if (code == SEMIHOST_BKPT && !s->no_semihosting)
        return semihost(s, stay, e);
    s->skip_bkpt = true;
    s->bkpt_at = pc;
    return true;
}

/* The core stands still, which was not asked for. `stay`: also after a semihosting request. */
static bool stopped(struct rsp_server *s, bool stay, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    struct probe_word words[] = { { .addr = PPB(DFSR) }, { .addr = f->base + f->cr } };
    uint32_t dfsr;

    s->running = false;
    changed(s);
    s->stop = STOP_SIGNAL;
    s->signal = SIG_TRAP;
    s->skip_bkpt = false;
    if (!mem_batch(&s->t->mem, words, 2, e) || !rsp_read_regs(s, e))
        return err_doing(e, "finding out why the core stopped");
    dfsr = words[0].value;
    if (!(words[1].value & f->cr_lock)) /* after a step too, flash may be another; locked, one step cannot have changed it */
        rsp_lines_forget(s);
    if (dfsr & BITS(PPB_DFSR_DWTTRAP)) {
        if (!rsp_watch_hit(s, e))
            return false;
        if (s->hit) {
            s->stop = STOP_WATCH;
            return true;
        }
    }
    return !(dfsr & BITS(PPB_DFSR_BKPT)) || stopped_by_bkpt(s, stay, e);
}

static bool locked_up(struct rsp_server *s, struct err *e)
{
    if (!core_halt(&s->t->core, HALT_MS, e) || !stopped(s, true, e))
        return false;
    s->stop = STOP_SIGNAL;
    s->signal = SIG_SEGV;
    rsp_tell_waiting(s, "the core locked up: a fault happened while it was handling a fault\n");
    return true;
}

static bool look(struct rsp_server *s, struct err *e)
{
    for (unsigned round = 0; round < SEMIHOST_ROUNDS && s->running; round++) {
        uint32_t dhcsr;

        if (!core_status(&s->t->core, &dhcsr, e))
            return false;
        if (dhcsr & BITS(PPB_DHCSR_S_RESET_ST)) {
            rsp_forget(s);
            rsp_tell_waiting(s, "the chip was reset\n");
            if ((s->breaks || s->watches) && !rsp_break_plant(s, NULL, e))
                return false;
            if (!(dhcsr & BITS(PPB_DHCSR_C_DEBUGEN)) && !core_resume(&s->t->core, e)) /* it was without power */
                return false;
        }
        if (dhcsr & BITS(PPB_DHCSR_S_HALT)) {
            if (!stopped(s, false, e))
                return false;
        } else {
            return !(dhcsr & BITS(PPB_DHCSR_S_LOCKUP)) || locked_up(s, e);
        }
    }
    return true;
}

bool rsp_look(struct rsp_server *s, struct err *e)
{
    if (look(s, e)) {
        s->failures = 0;
        return true;
    }
    if (e->kind != ERR_INTERRUPTED && ++s->failures >= LOST_AFTER) {
        s->running = false;
        s->stop = STOP_LOST;
        s->failures = 0;
        changed(s);
        rsp_tell_waiting(s, "the target does not answer any more: %s\n", e->cause);
    }
    return false;
}

/* ---- what clients ask for ---- */

bool rsp_halt(struct rsp_server *s, struct err *e)
{
    if (!s->running && s->stop != STOP_LOST)
        return true;
    if (!core_halt(&s->t->core, HALT_MS, e)) {
        if (e->kind == ERR_INTERRUPTED)
            return false;
        rsp_forget(s); /* it may have been without power: start SWD anew */
        if (!s->t->probe->ops->connect(s->t->probe, e) || !core_halt(&s->t->core, HALT_MS, e))
            return false;
    }
    changed(s);
    s->running = false;
    s->debugging = true;
    s->skip_bkpt = false;
    s->stop = STOP_SIGNAL;
    s->signal = SIG_INT;
    return true;
}

/* Behind a BKPT of the program's own; *done: that was all there is to a step. */
static bool pass_bkpt(struct rsp_server *s, bool *done, struct err *e)
{
    const struct core_reg_value pc = { CORE_PC, s->bkpt_at + 2 };

    *done = false;
    if (!rsp_read_regs(s, e))
        return false;
    if (!s->skip_bkpt || s->reg[RSP_PC] != s->bkpt_at)
        return true;
    *done = true;
    s->skip_bkpt = false;
    changed(s);
    return core_write_regs(&s->t->core, &pc, 1, e);
}

static bool step_once(struct rsp_server *s, struct err *e)
{
    const uint32_t pc = s->reg[RSP_PC];

    if (!rsp_break_plant(s, &pc, e))
        return false;
    changed(s);
    s->released = false;
    if (core_step(&s->t->core, true, STEP_MS, e))
        return true;
    return e->kind == ERR_TIMEOUT && core_halt(&s->t->core, HALT_MS, e); /* it sleeps at WFI: that is where it is */
}

bool rsp_step(struct rsp_server *s, struct err *e)
{
    bool done;

    if (s->running)
        return err_set(e, ERR_FAULT, "the core is running: it can be stepped only while it is halted");
    if (!pass_bkpt(s, &done, e))
        return false;
    if (done) {
        s->stop = STOP_SIGNAL;
        s->signal = SIG_TRAP;
        return true;
    }
    return step_once(s, e) && stopped(s, true, e);
}

/* A breakpoint that only others want, right here, would hold this client for ever: GDB steps over its own, not over theirs. */
bool rsp_go(struct rsp_server *s, const struct rsp_client *c, struct err *e)
{
    const struct rsp_break *b;
    bool done;

    s->polls = 0;
    if (s->running)
        return s->debugging || (rsp_break_plant(s, NULL, e) && go(s, e));
    if (s->stop == STOP_LOST)
        return err_set(e, ERR_NODEV, "the target did not answer any more");
    if (!pass_bkpt(s, &done, e))
        return false;
    b = done ? NULL : rsp_break_at(s, s->reg[RSP_PC]);
    if (b && !(b->clients & rsp_bit(s, c)) && !step_once(s, e))
        return false;
    return rsp_break_plant(s, NULL, e) && go(s, e);
}

bool rsp_release(struct rsp_server *s, struct err *e)
{
    const bool ok = rsp_break_unplant(s, e) && (s->debugging || !s->running ? core_release(&s->t->core, e) : true);

    rsp_forget(s);
    if (!ok)
        return false;
    s->running = s->released = true;
    s->debugging = false;
    return true;
}

/* NRST with vector catch on: the pulse ends with the core at its first instruction. */
static bool hard_reset(struct rsp_server *s, struct err *e)
{
    struct err ignored = { 0 };
    uint32_t demcr;
    bool ok;

    if (!mem_read32(&s->t->mem, PPB(DEMCR), &demcr, e) || !core_halt(&s->t->core, HALT_MS, e) ||
        !mem_write32(&s->t->mem, PPB(DEMCR), demcr | BITS(PPB_DEMCR_VC_CORERESET), e))
        return false;
    ok = target_hard_reset(s->t, e) && core_wait_halt(&s->t->core, RESET_MS, e);
    return mem_write32(&s->t->mem, PPB(DEMCR), demcr & ~BITS(PPB_DEMCR_VC_CORERESET), ok ? e : &ignored) && ok;
}

/* Breakpoints in RAM come out first: start-up code may write there, and what stood under them would be put back over it. */
bool rsp_reset(struct rsp_server *s, enum rsp_reset how, struct err *e)
{
    bool ok = rsp_break_unplant(s, e);

    rsp_forget(s);
    ok = ok && (how == RESET_HARD_HALT ? hard_reset(s, e) : core_reset_halt(&s->t->core, RESET_MS, e));
    if (!ok)
        return false;
    s->running = s->released = false;
    s->debugging = true;
    s->stop = STOP_SIGNAL;
    s->signal = SIG_TRAP;
    return how != RESET_RUN || (rsp_break_plant(s, NULL, e) && go(s, e));
}

/* ---- telling ---- */

static void put_reg(struct rsp_server *s, struct rsp_text *t, unsigned n)
{
    uint8_t bytes[4];

    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(s->reg[n] >> 8 * i);
    rsp_put(t, "%02x:", n);
    rsp_put_hex(t, bytes, sizeof bytes);
    rsp_put(t, ";");
}

void rsp_stop_reply(struct rsp_server *s, struct rsp_client *c)
{
    static const char *const watch_names[] = { [2] = "watch", [3] = "rwatch", [4] = "awatch" };
    struct rsp_text t = { .len = 0 };
    struct err ignored = { 0 };

    c->waiting = false;
    switch (s->stop) {
    case STOP_EXIT: rsp_put(&t, "W%02x", s->status); break;
    case STOP_LOST: rsp_put(&t, "X09"); break;
    default:
        rsp_put(&t, "T%02x", s->running ? 0 : s->stop == STOP_SIGNAL ? s->signal : SIG_TRAP);
        if (s->stop == STOP_WATCH && s->hit)
            rsp_put(&t, "%s:%" PRIx32 ";", watch_names[s->hit->type], s->hit_addr);
        if (s->stop == STOP_BREAK || s->stop == STOP_SOFT_BREAK)
            rsp_put(&t, "%s:;", s->stop == STOP_BREAK ? "hwbreak" : "swbreak");
        if (rsp_read_regs(s, &ignored))
            for (unsigned n = REG_SP; n <= RSP_PC; n++)
                put_reg(s, &t, n);
        rsp_put(&t, "thread:1;");
    }
    rsp_send(c, t.bytes, t.len);
}

void rsp_report_stop(struct rsp_server *s)
{
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0 && s->client[i].waiting)
            rsp_stop_reply(s, &s->client[i]);
}
