/* debug.c - halting debug: DHCSR, DCRSR, DCRDR, DEMCR, DFSR, and the ways into and out of debug state.
 *
 * Source: DDI 0419 C1.6; DDI 0484 7.1 (these registers are the debugger's alone: the program reads 0 and writes nothing). */
#include "cpu/cpu_internal.h"

enum { HALT = BITS(PPB_DHCSR_C_HALT), STEP = BITS(PPB_DHCSR_C_STEP), MASKINTS = BITS(PPB_DHCSR_C_MASKINTS) };
enum { DEBUGEN = BITS(PPB_DHCSR_C_DEBUGEN) };

void cpu_enter_debug(struct cpu *c, uint32_t dfsr_bits)
{
    struct cpu_state *s = &c->s;

    cpu_systick_sync(c);
    if (s->sleeping)
        cpu_wake(c);
    s->halted = true;
    s->locked_up = false;
    s->watchpoint_hit = false;
    s->step = CPU_STEP_NONE;
    s->debug.dhcsr |= HALT;
    s->debug.dfsr |= (uint8_t)dfsr_bits;
    cpu_flush_fetch(s);
    c->d.attention = true;
}

static void leave_debug(struct cpu_state *s)
{
    s->halted = false; /* SysTick was brought up to date before the write (ppb.c): it goes on from here */
    s->step = s->debug.dhcsr & STEP ? CPU_STEP_ARMED : CPU_STEP_NONE;
    s->synchronous = false;
}

static uint32_t read_dhcsr(const struct cpu *c, uint32_t at)
{
    const struct cpu_state *s = &c->s;

    return s->debug.dhcsr | BITS(PPB_DHCSR_S_REGRDY) | PUT(PPB_DHCSR_S_HALT, s->halted) | PUT(PPB_DHCSR_S_SLEEP, s->sleeping != CPU_AWAKE) |
           PUT(PPB_DHCSR_S_LOCKUP, s->locked_up) | PUT(PPB_DHCSR_S_RETIRE_ST, s->s_retire) | PUT(PPB_DHCSR_S_RESET_ST, s->s_reset);
}

static void after_read_dhcsr(struct cpu *c, uint32_t at, bool debugger)
{
    c->s.s_retire = false;
    c->s.s_reset = c->s.held;
}

/* Control bits other than C_DEBUGEN need C_DEBUGEN; C_HALT and C_STEP are held at 0 by a reset. Changing C_MASKINTS other than in debug
 * state with C_HALT kept at 1 is UNPREDICTABLE: here the bit is simply written, but never together with C_DEBUGEN's rise. */
static void write_dhcsr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    struct cpu_state *s = &c->s;
    const bool was_on = cpu_debug_on(s);
    uint32_t control = value & (DEBUGEN | HALT | STEP | MASKINTS);

    if ((value & 0xFFFF0000u) != DHCSR_KEY)
        return;
    if (!(control & DEBUGEN))
        control = 0;
    if (!was_on)
        control &= ~(uint32_t)MASKINTS;
    if (s->held)
        control &= ~(uint32_t)(HALT | STEP);
    s->debug.dhcsr = control;
    if (s->halted && !(control & HALT))
        leave_debug(s);
    if (was_on != cpu_debug_on(s) && c->port->debug_enabled)
        c->port->debug_enabled(c->port->ctx, !was_on);
}

static uint32_t get_core_register(struct cpu_state *s, uint32_t regsel)
{
    switch (regsel) {
    case 0 ... COREREG_PC: return s->r[regsel];
    case COREREG_XPSR: return cpu_get_xpsr(s);
    case COREREG_MSP: return *cpu_stack_pointer(s, false);
    case COREREG_PSP: return *cpu_stack_pointer(s, true);
    case COREREG_CFBP: return PUT(COREREG_CFBP_PRIMASK, s->primask) | PUT(COREREG_CFBP_NPRIV, s->npriv) | PUT(COREREG_CFBP_SPSEL, s->spsel);
    default: return 0;
    }
}

/* IPSR can be written too: 0 makes the core go on in Thread mode, while what is active stays active and keeps its priority. In
 * Handler mode the stack is always the main one. */
static void set_core_register(struct cpu_state *s, uint32_t regsel, uint32_t value)
{
    switch (regsel) {
    case 0 ... 12:
    case COREREG_LR: s->r[regsel] = value; break;
    case COREREG_SP: s->r[regsel] = value & ~3u; break;
    case COREREG_PC: s->r[regsel] = value & ~1u; break;
    case COREREG_XPSR:
        cpu_set_xpsr(s, value);
        s->ipsr = (uint8_t)GET(value, COREREG_XPSR_IPSR);
        if (s->ipsr != EXC_NONE)
            cpu_select_stack(s, false);
        break;
    case COREREG_MSP: *cpu_stack_pointer(s, false) = value & ~3u; break;
    case COREREG_PSP: *cpu_stack_pointer(s, true) = value & ~3u; break;
    case COREREG_CFBP:
        s->primask = GET(value, COREREG_CFBP_PRIMASK);
        s->npriv = GET(value, COREREG_CFBP_NPRIV);
        if (s->ipsr == EXC_NONE)
            cpu_select_stack(s, GET(value, COREREG_CFBP_SPSEL));
        break;
    default: break;
    }
}

/* The transfer takes no time here: S_REGRDY always reads 1. Outside debug state it is UNPREDICTABLE: nothing happens. */
static void write_dcrsr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if (!c->s.halted)
        return;
    if (value & BITS(PPB_DCRSR_REGWnR))
        set_core_register(&c->s, GET(value, PPB_DCRSR_REGSEL), c->s.debug.dcrdr);
    else
        c->s.debug.dcrdr = get_core_register(&c->s, GET(value, PPB_DCRSR_REGSEL));
}

static uint32_t read_dcrdr(const struct cpu *c, uint32_t at) { return c->s.debug.dcrdr; }
static void write_dcrdr(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.debug.dcrdr = value; }
static uint32_t read_demcr(const struct cpu *c, uint32_t at) { return c->s.debug.demcr; }

static void write_demcr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.debug.demcr = value & (BITS(PPB_DEMCR_VC_CORERESET) | BITS(PPB_DEMCR_VC_HARDERR) | BITS(PPB_DEMCR_DWTENA));
}

static uint32_t read_dfsr(const struct cpu *c, uint32_t at) { return c->s.debug.dfsr; }
static void write_dfsr(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.debug.dfsr &= (uint8_t)~value; }

const struct ppb_row cpu_debug_rows[] = {
    { PPB_DFSR, PPB_DFSR, .debugger_only = true, .read = read_dfsr, .write = write_dfsr },
    { PPB_DHCSR, PPB_DHCSR, .debugger_only = true, .read = read_dhcsr, .after_read = after_read_dhcsr, .write = write_dhcsr },
    { PPB_DCRSR, PPB_DCRSR, .debugger_only = true, .write = write_dcrsr },
    { PPB_DCRDR, PPB_DCRDR, .debugger_only = true, .read = read_dcrdr, .write = write_dcrdr },
    { PPB_DEMCR, PPB_DEMCR, .debugger_only = true, .read = read_demcr, .write = write_demcr },
    { 0 },
};
