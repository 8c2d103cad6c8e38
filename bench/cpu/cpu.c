/* cpu.c - the core as a whole: power-on, reset, the run loop and what is looked at between two instructions.
 *
 * Sources: DDI 0419 B1.5 (reset, exceptions, sleep), C1.5 (halting, stepping). The loop runs instructions without looking left or right
 * until c->d.attention is set or SysTick is due; everything that could matter between two instructions sets it. */
#include "cpu/cpu_internal.h"

void cpu_init(struct cpu *c, const struct cpu_port *port)
{
    *c = (struct cpu){ .port = port };
    cpu_reset(c, true);
}

void cpu_reset(struct cpu *c, bool power_on)
{
    const struct cpu_state old = c->s;

    c->s = (struct cpu_state){
        .cycle = old.cycle,
        .systick_cycle = old.cycle,
        .irq_level = old.irq_level,
        .held = old.held,
        .fetch_addr = CPU_NO_FETCH,
        .reset_pending = true,
        .s_reset = true,
    };
    c->s.r[COREREG_LR] = 0xFFFFFFFF;
    if (!power_on) {
        c->s.debug = old.debug;
        c->s.debug.dhcsr &= (uint8_t) ~(BITS(PPB_DHCSR_C_HALT) | BITS(PPB_DHCSR_C_STEP));
    }
    cpu_derive(c);
    if (old.sleeping && c->port->sleeping)
        c->port->sleeping(c->port->ctx, false, false);
    if (power_on && cpu_debug_on(&old) && c->port->debug_enabled)
        c->port->debug_enabled(c->port->ctx, false);
}

void cpu_hold(struct cpu *c, bool held)
{
    if (held && !c->s.held)
        cpu_reset(c, false);
    c->s.held = held;
}

void cpu_derive(struct cpu *c)
{
    const bool mpu = c->s.mpu_ctrl & BITS(PPB_MPU_CTRL_ENABLE);

    c->d.check_fetch = mpu;
    c->d.check_data = mpu || cpu_watches_data(&c->s);
    c->d.check_breakpoints = cpu_breakpoints_set(&c->s);
    c->d.systick_due = cpu_systick_due(&c->s);
    c->d.attention = true;
}

void cpu_leave(struct cpu *c)
{
    c->leave = true;
    c->d.attention = true;
}

void cpu_stall(struct cpu *c, uint64_t cycles) { c->s.cycle += cycles; }
bool cpu_halted(const struct cpu *c) { return c->s.halted; }
bool cpu_locked_up(const struct cpu *c) { return c->s.locked_up; }
bool cpu_asleep(const struct cpu *c) { return c->s.sleeping != CPU_AWAKE; }

static void tell_sleeping(struct cpu *c)
{
    if (c->port->sleeping)
        c->port->sleeping(c->port->ctx, c->s.sleeping != CPU_AWAKE, c->s.scr & BITS(PPB_SCR_SLEEPDEEP));
}

/* A step over WFI or WFE does not sleep: the step ends with a halt, which would wake the core at once. */
void cpu_go_to_sleep(struct cpu *c, enum cpu_sleep how)
{
    cpu_systick_sync(c);
    c->s.sleeping = (uint8_t)how;
    if (c->s.step == CPU_STEP_ARMED || cpu_would_wake(&c->s)) {
        if (how == CPU_SLEEP_WFE)
            c->s.event = false;
        c->s.sleeping = CPU_AWAKE;
    } else {
        tell_sleeping(c);
    }
    c->d.attention = true;
}

void cpu_wake(struct cpu *c)
{
    if (c->s.sleeping == CPU_SLEEP_WFE)
        c->s.event = false;
    c->s.sleeping = CPU_AWAKE;
    tell_sleeping(c);
}

/* The first thing after a reset. The vector table is at 0: VTOR was reset (DDI 0484 4.3). */
static void fetch_reset_vectors(struct cpu *c)
{
    struct cpu_state *s = &c->s;
    uint32_t sp = 0, pc = 0;

    s->reset_pending = false;
    s->pending |= (uint64_t)s->irq_level << EXC_IRQ0;
    s->cycle += CPU_RESET_CYCLES;
    if (c->port->read(c->port->ctx, 0, 4, CPU_VECTOR, &sp) && c->port->read(c->port->ctx, 4, 4, CPU_VECTOR, &pc)) {
        s->r[COREREG_SP] = sp & ~3u;
        s->r[COREREG_PC] = pc & ~1u;
        s->t = pc & 1;
    } else { /* lockup at the priority of HardFault */
        s->active = CPU_EXCEPTION_BIT(EXC_HARDFAULT);
        s->ipsr = EXC_HARDFAULT;
        cpu_lock_up(c);
    }
    if (s->debug.demcr & BITS(PPB_DEMCR_VC_CORERESET) && cpu_debug_on(s))
        cpu_enter_debug(c, BITS(PPB_DFSR_VCATCH));
}

/* Nothing happens until `cycle`. */
static void pass_until(struct cpu *c, uint64_t cycle)
{
    if (cycle > c->s.cycle)
        c->s.cycle = cycle;
}

/* The debug events that stop the core here, as bits of DFSR. */
static uint32_t stop_reasons(const struct cpu_state *s)
{
    uint32_t why = 0;

    if (!cpu_debug_on(s))
        return 0;
    if (s->watchpoint_hit)
        why |= BITS(PPB_DFSR_DWTTRAP);
    if (s->step == CPU_STEP_DONE || s->debug.dhcsr & BITS(PPB_DHCSR_C_HALT))
        why |= BITS(PPB_DFSR_HALTED);
    return why;
}

/* Between two instructions. Does the one thing that comes before the next instruction and returns false, or finds nothing and returns
 * true: then an instruction may run. */
static bool ready_for_instruction(struct cpu *c, uint64_t until)
{
    struct cpu_state *s = &c->s;
    const uint32_t pc = s->r[COREREG_PC];
    uint32_t why;
    unsigned exception;

    cpu_systick_sync(c);
    cpu_derive(c);
    if (s->held || s->halted) {
        pass_until(c, until);
        return false;
    }
    if (s->reset_pending) {
        fetch_reset_vectors(c);
        return false;
    }
    if (s->entering) {
        cpu_exception_vector(c);
        return false;
    }
    if ((why = stop_reasons(s)) != 0) {
        cpu_enter_debug(c, why);
        return false;
    }
    if (s->sleeping) {
        if (cpu_would_wake(s))
            cpu_wake(c);
        else
            pass_until(c, c->d.systick_due < until ? c->d.systick_due : until);
        return false;
    }
    if ((exception = cpu_exception_to_take(s)) != EXC_NONE) {
        cpu_exception_enter(c, exception);
        return false;
    }
    if (s->locked_up) {
        pass_until(c, until);
        return false;
    }
    if (c->d.check_breakpoints && cpu_breakpoint_at(s, pc)) {
        cpu_enter_debug(c, BITS(PPB_DFSR_BKPT));
        return false;
    }
    c->d.attention = s->step == CPU_STEP_ARMED || cpu_watches_pc(s);
    cpu_watch_pc(c, pc);
    return true;
}

/* As cpu_execute, but before any instruction that has a breakpoint on it: there the core wants attention. */
static void execute_to_breakpoint(struct cpu *c, uint64_t stop)
{
    struct cpu_state *s = &c->s;

    do
        cpu_execute(c, s->cycle + 1);
    while (s->cycle < stop && !c->d.attention && !cpu_breakpoint_at(s, s->r[COREREG_PC]));
    c->d.attention = true;
}

void cpu_run(struct cpu *c, uint64_t until_cycle)
{
    struct cpu_state *s = &c->s;

    c->leave = false;
    c->d.attention = true;
    while (s->cycle < until_cycle && !c->leave) {
        uint64_t stop;

        if ((c->d.attention || s->cycle >= c->d.systick_due) && !ready_for_instruction(c, until_cycle))
            continue;
        stop = until_cycle < c->d.systick_due ? until_cycle : c->d.systick_due;
        if (c->d.check_breakpoints)
            execute_to_breakpoint(c, stop);
        else
            cpu_execute(c, stop);
        if (s->step == CPU_STEP_ARMED && !s->synchronous)
            s->step = CPU_STEP_DONE;
    }
    cpu_systick_sync(c);
}

uint64_t cpu_next_cycle(const struct cpu *c)
{
    const struct cpu_state *s = &c->s;

    if (s->held || s->halted)
        return UINT64_MAX;
    if (s->sleeping && !cpu_would_wake(s) && !stop_reasons(s))
        return cpu_systick_due(s);
    if (s->locked_up && !cpu_exception_to_take(s) && !stop_reasons(s))
        return UINT64_MAX;
    return s->cycle;
}

#define ONE(member, limit)  STATE_ONE(struct cpu_state, member, limit)
#define MANY(member, limit) STATE_MANY(struct cpu_state, member, limit)
#define EXCEPTION_SET       (CPU_EXCEPTION_BIT(CPU_EXCEPTIONS) - 1)

// clang-format off
DEFINE_STATE(cpu_state_table, "cpu", struct cpu_state,
    ONE(cycle, STATE_ANY),
    ONE(pending, EXCEPTION_SET),
    ONE(active, EXCEPTION_SET),
    ONE(systick_cycle, STATE_ANY),
    MANY(r, STATE_ANY),
    ONE(sp_other, STATE_ANY),
    ONE(fetch_addr, STATE_ANY),
    ONE(fetch_word, STATE_ANY),
    ONE(executed, STATE_ANY),
    ONE(irq_level, STATE_ANY),
    ONE(irq_enabled, STATE_ANY),
    ONE(systick_value, BITS(PPB_SYST_CVR_CURRENT)),
    ONE(systick_reload, BITS(PPB_SYST_RVR_RELOAD)),
    ONE(vtor, BITS(PPB_VTOR_TBLOFF)),
    MANY(mpu_rbar, BITS(PPB_MPU_RBAR_ADDR)),
    MANY(mpu_rasr, STATE_ANY),
    ONE(debug.dhcsr, 15),
    ONE(debug.dcrdr, STATE_ANY),
    ONE(debug.demcr, STATE_ANY),
    MANY(debug.bp_comp, STATE_ANY),
    MANY(debug.dwt_comp, STATE_ANY),
    MANY(debug.dwt_mask, 31),
    MANY(debug.dwt_function, 7),
    MANY(debug.dwt_matched, 1),
    ONE(debug.bp_enable, 1),
    ONE(debug.dfsr, 31),
    MANY(priority, (1 << CPU_PRIORITY_BITS) - 1),
    ONE(n, 1),
    ONE(z, 1),
    ONE(c, 1),
    ONE(v, 1),
    ONE(t, 1),
    ONE(primask, 1),
    ONE(npriv, 1),
    ONE(spsel, 1),
    ONE(ipsr, 63),
    ONE(scr, 0x16),
    ONE(systick_csr, 7),
    ONE(systick_countflag, 1),
    ONE(mpu_ctrl, 7),
    ONE(mpu_rnr, CPU_MPU_REGIONS - 1),
    ONE(event, 1),
    ONE(held, 1),
    ONE(reset_pending, 1),
    ONE(halted, 1),
    ONE(locked_up, 1),
    ONE(sleeping, CPU_SLEEP_WFE),
    ONE(entering, CPU_EXCEPTIONS - 1),
    ONE(synchronous, 1),
    ONE(watchpoint_hit, 1),
    ONE(step, CPU_STEP_DONE),
    ONE(s_retire, 1),
    ONE(s_reset, 1));
// clang-format on
