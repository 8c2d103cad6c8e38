/* systick.c - the 24-bit system timer. Its value is computed when somebody looks, never counted cycle by cycle.
 *
 * Source: DDI 0419 B3.3. The counter reloads on the clock after it reached 0; RELOAD 0 stops it at the next reload. CLKSOURCE 0 is
 * HCLK / 8 on the STM32G0 and U0 (RM0444, RM0503), taken at multiples of 8 of the core's cycles. It stands still in debug state. */
#include "cpu/cpu_internal.h"

static uint64_t ticks_until(const struct cpu_state *s, uint64_t cycle)
{
    const unsigned shift = s->systick_csr & BITS(PPB_SYST_CSR_CLKSOURCE) ? 0 : 3;

    return (cycle >> shift) - (s->systick_cycle >> shift);
}

uint32_t cpu_systick_current(const struct cpu_state *s, bool *wrapped)
{
    uint64_t ticks = s->systick_csr & BITS(PPB_SYST_CSR_ENABLE) && !s->halted && !s->held ? ticks_until(s, s->cycle) : 0;
    uint32_t value = s->systick_value;

    *wrapped = false;
    if (ticks == 0)
        return value;
    if (value == 0) {
        if (s->systick_reload == 0)
            return 0;
        value = s->systick_reload;
        ticks--;
    }
    if (ticks < value)
        return value - (uint32_t)ticks;
    *wrapped = true;
    ticks = (ticks - value) % (s->systick_reload + UINT64_C(1));
    if (s->systick_reload == 0)
        return 0;
    return ticks == 0 ? 0 : s->systick_reload + 1 - (uint32_t)ticks;
}

void cpu_systick_sync(struct cpu *c)
{
    struct cpu_state *s = &c->s;
    bool wrapped;

    s->systick_value = cpu_systick_current(s, &wrapped);
    s->systick_cycle = s->cycle;
    if (!wrapped)
        return;
    s->systick_countflag = true;
    if (s->systick_csr & BITS(PPB_SYST_CSR_TICKINT))
        cpu_pend(c, EXC_SYSTICK);
}

uint64_t cpu_systick_due(const struct cpu_state *s)
{
    const unsigned shift = s->systick_csr & BITS(PPB_SYST_CSR_CLKSOURCE) ? 0 : 3;
    const uint64_t ticks = s->systick_value ? s->systick_value : s->systick_reload + UINT64_C(1);

    if (!(s->systick_csr & BITS(PPB_SYST_CSR_ENABLE)) || !(s->systick_csr & BITS(PPB_SYST_CSR_TICKINT)) ||
        (s->pending & CPU_EXCEPTION_BIT(EXC_SYSTICK)) || (s->systick_value == 0 && s->systick_reload == 0))
        return UINT64_MAX;
    return ((s->systick_cycle >> shift) + ticks) << shift;
}

static uint32_t read_csr(const struct cpu *c, uint32_t at)
{
    bool wrapped;

    cpu_systick_current(&c->s, &wrapped);
    return c->s.systick_csr | PUT(PPB_SYST_CSR_COUNTFLAG, c->s.systick_countflag || wrapped);
}

/* A debugger's read leaves COUNTFLAG alone, as the ARMv7-M manual (DDI 0403 B3.3.3) says; DDI 0419 is silent. */
static void after_read_csr(struct cpu *c, uint32_t at, bool debugger)
{
    if (!debugger)
        c->s.systick_countflag = false;
}

static void write_csr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.systick_csr = value & (BITS(PPB_SYST_CSR_ENABLE) | BITS(PPB_SYST_CSR_TICKINT) | BITS(PPB_SYST_CSR_CLKSOURCE));
}

static uint32_t read_rvr(const struct cpu *c, uint32_t at) { return c->s.systick_reload; }

static void write_rvr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.systick_reload = value & BITS(PPB_SYST_RVR_RELOAD);
}

static uint32_t read_cvr(const struct cpu *c, uint32_t at)
{
    bool wrapped;

    return cpu_systick_current(&c->s, &wrapped);
}

static void write_cvr(struct cpu *c, uint32_t at, uint32_t value, bool debugger) /* any value clears */
{
    c->s.systick_value = 0;
    c->s.systick_countflag = false;
}

const struct ppb_row cpu_systick_rows[] = {
    { PPB_SYST_CSR, PPB_SYST_CSR, .read = read_csr, .after_read = after_read_csr, .write = write_csr },
    { PPB_SYST_RVR, PPB_SYST_RVR, .read = read_rvr, .write = write_rvr },
    { PPB_SYST_CVR, PPB_SYST_CVR, .read = read_cvr, .write = write_cvr },
    { PPB_SYST_CALIB, PPB_SYST_CALIB }, /* 0: no calibration value known (estimate: no source gives ST's) */
    { 0 },
};
