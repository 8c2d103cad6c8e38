/* exception.c - priorities, taking an exception, returning from it, faults on the way, lockup.
 *
 * Source: DDI 0419 B1.5. Entry is two steps: push the frame, then fetch the vector of whatever has the highest priority by then; so
 * late arrival, tail chains and faults in between are all the same second step. Instructions are atomic here: LDM, STM, PUSH and POP
 * are not abandoned and restarted for an interrupt (DDI 0484 3.6.1), which can make one wait up to 9 cycles longer. */
#include "cpu/cpu_internal.h"

static const uint64_t always_enabled = CPU_EXCEPTION_BIT(EXC_NMI) | CPU_EXCEPTION_BIT(EXC_HARDFAULT) | CPU_EXCEPTION_BIT(EXC_SVCALL) |
                                       CPU_EXCEPTION_BIT(EXC_PENDSV) | CPU_EXCEPTION_BIT(EXC_SYSTICK);
static const uint64_t masked_by_debugger = ~(CPU_EXCEPTION_BIT(EXC_PENDSV) - 1); /* C_MASKINTS: PendSV, SysTick, interrupts */

static int priority_of(const struct cpu_state *s, unsigned exception)
{
    return exception == EXC_NMI ? -2 : exception == EXC_HARDFAULT ? -1 : s->priority[exception];
}

/* The one of highest priority in `set`, the lowest number among equals, or 0. */
static unsigned most_urgent(const struct cpu_state *s, uint64_t set)
{
    unsigned best = EXC_NONE;

    for (; set; set &= set - 1) {
        const unsigned exception = (unsigned)__builtin_ctzll(set);

        if (best == EXC_NONE || priority_of(s, exception) < priority_of(s, best))
            best = exception;
    }
    return best;
}

static int priority_of_active(const struct cpu_state *s)
{
    return s->active ? priority_of(s, most_urgent(s, s->active)) : CPU_PRIORITY_THREAD;
}

int cpu_execution_priority(const struct cpu_state *s)
{
    const int active = priority_of_active(s);

    return s->primask && active > 0 ? 0 : active;
}

static uint64_t enabled(const struct cpu_state *s) { return always_enabled | (uint64_t)s->irq_enabled << EXC_IRQ0; }

unsigned cpu_exception_pending(const struct cpu_state *s) { return most_urgent(s, s->pending & enabled(s)); }

/* What would preempt code that runs at `priority`, or 0. */
static unsigned preempting(const struct cpu_state *s, int priority)
{
    const bool masked = cpu_debug_on(s) && s->debug.dhcsr & BITS(PPB_DHCSR_C_MASKINTS);
    const unsigned exception = most_urgent(s, s->pending & enabled(s) & ~(masked ? masked_by_debugger : 0));

    return exception && priority_of(s, exception) < priority ? exception : EXC_NONE;
}

unsigned cpu_exception_to_take(const struct cpu_state *s) { return preempting(s, cpu_execution_priority(s)); }

bool cpu_would_wake(const struct cpu_state *s)
{
    if (s->sleeping == CPU_SLEEP_WFE)
        return s->event || cpu_exception_to_take(s);
    return preempting(s, priority_of_active(s)); /* WFI wakes as if PRIMASK were 0 (DDI 0419 B1.5) */
}

void cpu_pend(struct cpu *c, unsigned exception)
{
    struct cpu_state *s = &c->s;

    if (!(s->pending & CPU_EXCEPTION_BIT(exception)) && s->scr & BITS(PPB_SCR_SEVONPEND))
        s->event = true;
    s->pending |= CPU_EXCEPTION_BIT(exception);
    c->d.attention = true;
}

/* A line that is still high when its handler ends is pending again. */
void cpu_deactivate(struct cpu_state *s, unsigned exception)
{
    s->active &= ~CPU_EXCEPTION_BIT(exception);
    if (exception >= EXC_IRQ0 && s->irq_level >> (exception - EXC_IRQ0) & 1)
        s->pending |= CPU_EXCEPTION_BIT(exception);
}

uint32_t *cpu_stack_pointer(struct cpu_state *s, bool process) { return s->spsel == process ? &s->r[COREREG_SP] : &s->sp_other; }

void cpu_select_stack(struct cpu_state *s, bool process)
{
    const uint32_t sp = s->r[COREREG_SP];

    if (s->spsel == process)
        return;
    s->r[COREREG_SP] = s->sp_other;
    s->sp_other = sp;
    s->spsel = process;
}

uint32_t cpu_get_xpsr(const struct cpu_state *s)
{
    return PUT(COREREG_XPSR_N, s->n) | PUT(COREREG_XPSR_Z, s->z) | PUT(COREREG_XPSR_C, s->c) | PUT(COREREG_XPSR_V, s->v) |
           PUT(COREREG_XPSR_T, s->t) | PUT(COREREG_XPSR_IPSR, s->ipsr);
}

void cpu_set_xpsr(struct cpu_state *s, uint32_t xpsr)
{
    s->n = GET(xpsr, COREREG_XPSR_N);
    s->z = GET(xpsr, COREREG_XPSR_Z);
    s->c = GET(xpsr, COREREG_XPSR_C);
    s->v = GET(xpsr, COREREG_XPSR_V);
    s->t = GET(xpsr, COREREG_XPSR_T);
}

/* A fault has to be reported where HardFault cannot preempt any more: lockup, else HardFault becomes pending. */
static void raise_hard_fault(struct cpu *c)
{
    if (cpu_execution_priority(&c->s) <= -1)
        cpu_lock_up(c);
    else
        cpu_pend(c, EXC_HARDFAULT);
}

void cpu_hard_fault(struct cpu *c)
{
    raise_hard_fault(c);
    c->s.synchronous = !c->s.locked_up;
}

void cpu_lock_up(struct cpu *c)
{
    c->s.locked_up = true;
    c->s.entering = EXC_NONE;
    c->s.r[COREREG_PC] = CPU_LOCKUP_PC;
    cpu_flush_fetch(&c->s);
    c->d.attention = true;
}

bool cpu_svc(struct cpu *c)
{
    if (c->s.priority[EXC_SVCALL] >= cpu_execution_priority(&c->s))
        return false;
    cpu_pend(c, EXC_SVCALL);
    c->s.synchronous = true;
    return true;
}

void cpu_exception_enter(struct cpu *c, unsigned exception)
{
    struct cpu_state *s = &c->s;
    const uint32_t old_sp = s->r[COREREG_SP];
    const bool align = old_sp & 4;
    const uint32_t frame = (old_sp - 32) & ~7u;
    const uint32_t words[8] = {
        s->r[0], s->r[1], s->r[2], s->r[3], s->r[12], s->r[COREREG_LR], s->r[COREREG_PC], cpu_get_xpsr(s) | PUT(COREREG_XPSR_ALIGN, align),
    };
    bool ok = true;

    s->cycle += CPU_STACK_CYCLES - 8;
    for (unsigned i = 0; i < 8 && ok; i++)
        ok = cpu_store(c, frame + 4 * i, 4, words[i]);
    /* A fault while stacking: HardFault instead, as a late arrival on the same spoilt frame; on the way into NMI out of HardFault
     * there is nothing it could still raise, and NMI goes on. */
    if (!ok && cpu_execution_priority(s) > -1)
        cpu_pend(c, EXC_HARDFAULT);
    s->r[COREREG_SP] = frame;
    s->r[COREREG_LR] = s->ipsr != 0 ? EXC_RETURN_HANDLER : s->spsel ? EXC_RETURN_THREAD_PSP : EXC_RETURN_THREAD_MAIN;
    cpu_select_stack(s, false);
    s->locked_up = false;
    s->entering = (uint8_t)exception;
    cpu_flush_fetch(s);
}

void cpu_exception_vector(struct cpu *c)
{
    struct cpu_state *s = &c->s;
    const unsigned late = cpu_exception_to_take(s);
    const unsigned exception = late && priority_of(s, late) < priority_of(s, s->entering) ? late : s->entering;
    uint32_t vector;

    s->cycle += CPU_VECTOR_CYCLES - 1;
    if (!cpu_load_vector(c, s->vtor + 4 * exception, &vector)) {
        if (exception != EXC_HARDFAULT && exception != EXC_NMI) { /* the exception stays pending */
            cpu_pend(c, EXC_HARDFAULT);
            s->entering = EXC_HARDFAULT;
            return;
        }
        s->active |= CPU_EXCEPTION_BIT(exception);
        s->pending &= ~CPU_EXCEPTION_BIT(exception);
        s->ipsr = (uint8_t)exception;
        cpu_lock_up(c);
        return;
    }
    s->pending &= ~CPU_EXCEPTION_BIT(exception);
    s->active |= CPU_EXCEPTION_BIT(exception);
    s->ipsr = (uint8_t)exception;
    s->r[COREREG_PC] = vector & ~1u;
    s->t = vector & 1;
    s->event = true;
    s->entering = EXC_NONE;
    s->synchronous = false;
    cpu_flush_fetch(s);
    if (s->step == CPU_STEP_ARMED)
        s->step = CPU_STEP_DONE;
    if (exception == EXC_HARDFAULT && s->debug.demcr & BITS(PPB_DEMCR_VC_HARDERR) && cpu_debug_on(s))
        cpu_enter_debug(c, BITS(PPB_DFSR_VCATCH));
}

/* A return that cannot be: HardFault without leaving the frame (a tail chain), or lockup. */
static void return_faults(struct cpu *c, uint32_t exc_return)
{
    c->s.r[COREREG_LR] = exc_return;
    if (cpu_execution_priority(&c->s) <= -1) {
        cpu_lock_up(c);
        return;
    }
    cpu_pend(c, EXC_HARDFAULT);
    c->s.entering = EXC_HARDFAULT;
}

void cpu_exception_return(struct cpu *c, uint32_t exc_return)
{
    struct cpu_state *s = &c->s;
    const bool active = s->active & CPU_EXCEPTION_BIT(s->ipsr);
    const bool nested = s->active & (s->active - 1);
    const bool to_handler = exc_return == EXC_RETURN_HANDLER;
    const bool to_process = exc_return == EXC_RETURN_THREAD_PSP;
    const uint8_t left = s->ipsr;
    uint32_t words[8], *sp;

    c->d.attention = true;
    cpu_flush_fetch(s);
    cpu_systick_sync(c);
    cpu_deactivate(s, left);
    /* DDI 0419 calls these UNPREDICTABLE; here they fault, as they do on ARMv7-M (DDI 0403 B1.5.8). */
    if (!active || (!to_handler && !to_process && exc_return != EXC_RETURN_THREAD_MAIN) || to_handler != nested) {
        return_faults(c, exc_return);
        return;
    }
    s->event = true;
    if (cpu_exception_to_take(s)) { /* tail chain */
        s->r[COREREG_LR] = exc_return;
        s->entering = (uint8_t)cpu_exception_to_take(s);
        return;
    }
    sp = cpu_stack_pointer(s, to_process);
    if (!to_handler)
        s->ipsr = EXC_NONE; /* the frame is read with the rights of the code returned to */
    s->cycle += CPU_UNSTACK_CYCLES - 8;
    for (unsigned i = 0; i < 8; i++) {
        if (!cpu_load(c, *sp + 4 * i, 4, &words[i])) {
            s->ipsr = left;
            return_faults(c, exc_return);
            return;
        }
    }
    if ((GET(words[7], COREREG_XPSR_IPSR) != 0) != to_handler) {
        s->ipsr = left;
        return_faults(c, exc_return);
        return;
    }
    *sp = (*sp + 32) | (words[7] & BITS(COREREG_XPSR_ALIGN) ? 4 : 0);
    for (unsigned i = 0; i < 4; i++)
        s->r[i] = words[i];
    s->r[12] = words[4];
    s->r[COREREG_LR] = words[5];
    s->r[COREREG_PC] = words[6] & ~1u;
    cpu_set_xpsr(s, words[7]);
    s->ipsr = (uint8_t)GET(words[7], COREREG_XPSR_IPSR);
    if (!to_handler)
        cpu_select_stack(s, to_process);
    if (!to_handler && s->scr & BITS(PPB_SCR_SLEEPONEXIT))
        cpu_go_to_sleep(c, CPU_SLEEP_WFI);
}
