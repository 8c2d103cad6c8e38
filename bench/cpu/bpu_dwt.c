/* bpu_dwt.c - breakpoint unit with 4 comparators, watchpoint unit with 2 and PC sampling.
 *
 * Source: DDI 0419 C1.7 (DWT), C1.8 (BPU). A breakpoint stops before its instruction, a watchpoint after the access, at the next
 * instruction. Without C_DEBUGEN neither stops anything (MATCHED is still set). */
#include "cpu/cpu_internal.h"

enum { FUNCTION_OFF = 0, FUNCTION_PC = 4, FUNCTION_READ = 5, FUNCTION_WRITE = 6, FUNCTION_READ_WRITE = 7 };

#define BP_CODE_BYTES 0x20000000u /* comparators see the code region only */

bool cpu_breakpoints_set(const struct cpu_state *s)
{
    uint32_t any = 0;

    for (unsigned i = 0; i < CPU_BREAKPOINTS; i++)
        any |= s->debug.bp_comp[i];
    return s->debug.bp_enable && any & BITS(PPB_BP_COMP0_ENABLE) && cpu_debug_on(s);
}

bool cpu_breakpoint_at(const struct cpu_state *s, uint32_t pc)
{
    const uint32_t half = pc & 2 ? 2 : 1; /* BP_MATCH bits: lower half-word 1, upper 2 */

    if (pc >= BP_CODE_BYTES)
        return false;
    for (unsigned i = 0; i < CPU_BREAKPOINTS; i++) {
        const uint32_t comp = s->debug.bp_comp[i];

        if (comp & BITS(PPB_BP_COMP0_ENABLE) && GET(comp, PPB_BP_COMP0_COMP) == pc >> 2 && GET(comp, PPB_BP_COMP0_BP_MATCH) & half)
            return true;
    }
    return false;
}

static bool dwt_on(const struct cpu_state *s) { return s->debug.demcr & BITS(PPB_DEMCR_DWTENA); }

bool cpu_watches_pc(const struct cpu_state *s)
{
    return dwt_on(s) && (s->debug.dwt_function[0] == FUNCTION_PC || s->debug.dwt_function[1] == FUNCTION_PC);
}

bool cpu_watches_data(const struct cpu_state *s)
{
    return dwt_on(s) && (s->debug.dwt_function[0] > FUNCTION_PC || s->debug.dwt_function[1] > FUNCTION_PC);
}

/* Does [addr, addr + bytes) meet the comparator's range? DDI 0419 C1.7.1 says it by cutting COMP down to the access's size. */
static bool meets(const struct cpu_state *s, unsigned i, uint32_t addr, unsigned bytes)
{
    const uint32_t ignored = (uint32_t)((UINT64_C(1) << s->debug.dwt_mask[i]) - 1) | (bytes - 1);

    return ((addr ^ s->debug.dwt_comp[i]) & ~ignored) == 0;
}

static void matched(struct cpu *c, unsigned i)
{
    c->s.debug.dwt_matched[i] = true;
    if (!cpu_debug_on(&c->s))
        return;
    c->s.watchpoint_hit = true;
    c->d.attention = true;
}

void cpu_watch_pc(struct cpu *c, uint32_t pc)
{
    for (unsigned i = 0; i < CPU_WATCHPOINTS; i++)
        if (dwt_on(&c->s) && c->s.debug.dwt_function[i] == FUNCTION_PC && meets(&c->s, i, pc, 2))
            matched(c, i);
}

void cpu_watch_data(struct cpu *c, uint32_t addr, unsigned bytes, enum cpu_use use)
{
    const uint8_t function = use == CPU_USE_WRITE ? FUNCTION_WRITE : FUNCTION_READ;

    if (!dwt_on(&c->s))
        return;
    for (unsigned i = 0; i < CPU_WATCHPOINTS; i++)
        if ((c->s.debug.dwt_function[i] == function || c->s.debug.dwt_function[i] == FUNCTION_READ_WRITE) && meets(&c->s, i, addr, bytes))
            matched(c, i);
}

static uint32_t read_bp_ctrl(const struct cpu *c, uint32_t at)
{
    return PUT(PPB_BP_CTRL_NUM_CODE, CPU_BREAKPOINTS) | PUT(PPB_BP_CTRL_ENABLE, c->s.debug.bp_enable);
}

static void write_bp_ctrl(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if (value & BITS(PPB_BP_CTRL_KEY))
        c->s.debug.bp_enable = GET(value, PPB_BP_CTRL_ENABLE);
}

static uint32_t read_bp_comp(const struct cpu *c, uint32_t at) { return c->s.debug.bp_comp[at / 4]; }

static void write_bp_comp(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.debug.bp_comp[at / 4] = value & (BITS(PPB_BP_COMP0_ENABLE) | BITS(PPB_BP_COMP0_COMP) | BITS(PPB_BP_COMP0_BP_MATCH));
}

static uint32_t read_dwt_ctrl(const struct cpu *c, uint32_t at) { return PUT(PPB_DWT_CTRL_NUMCOMP, CPU_WATCHPOINTS); }

static uint32_t read_pcsr(const struct cpu *c, uint32_t at)
{
    return c->s.halted || c->s.held || c->s.locked_up || !dwt_on(&c->s) ? UINT32_MAX : c->s.executed;
}

/* The comparators' registers: COMP, MASK, FUNCTION, nothing, 16 bytes each. */
enum { COMP = 0, MASK = 4, FUNCTION = 8, COMPARATOR_BYTES = 16 };

static uint32_t read_comparator(const struct cpu *c, uint32_t at)
{
    const struct cpu_debug_state *d = &c->s.debug;
    const uint32_t i = at / COMPARATOR_BYTES;

    switch (at % COMPARATOR_BYTES) {
    case COMP: return d->dwt_comp[i];
    case MASK: return d->dwt_mask[i];
    case FUNCTION: return d->dwt_function[i] | PUT(PPB_DWT_FUNCTION0_MATCHED, d->dwt_matched[i]);
    default: return 0;
    }
}

static void after_read_comparator(struct cpu *c, uint32_t at, bool debugger)
{
    if (at % COMPARATOR_BYTES == FUNCTION)
        c->s.debug.dwt_matched[at / COMPARATOR_BYTES] = false;
}

static void write_comparator(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    struct cpu_debug_state *d = &c->s.debug;
    const uint32_t i = at / COMPARATOR_BYTES;

    switch (at % COMPARATOR_BYTES) {
    case COMP: d->dwt_comp[i] = value; break;
    case MASK: d->dwt_mask[i] = (uint8_t)GET(value, PPB_DWT_MASK0_MASK); break;
    case FUNCTION: /* values that v6-M does not define: off */
        value = GET(value, PPB_DWT_FUNCTION0_FUNCTION);
        d->dwt_function[i] = value >= FUNCTION_PC && value <= FUNCTION_READ_WRITE ? (uint8_t)value : FUNCTION_OFF;
        break;
    default: break;
    }
}

const struct ppb_row cpu_bpu_dwt_rows[] = {
    { PPB_BP_CTRL, PPB_BP_CTRL, .debugger_only = true, .read = read_bp_ctrl, .write = write_bp_ctrl },
    { PPB_BP_COMP0, PPB_BP_COMP3, .debugger_only = true, .read = read_bp_comp, .write = write_bp_comp },
    { PPB_DWT_CTRL, PPB_DWT_CTRL, .debugger_only = true, .read = read_dwt_ctrl },
    { PPB_DWT_PCSR, PPB_DWT_PCSR, .debugger_only = true, .read = read_pcsr },
    { PPB_DWT_COMP0, PPB_DWT_FUNCTION1, .debugger_only = true, .read = read_comparator, .after_read = after_read_comparator,
      .write = write_comparator },
    { 0 },
};
