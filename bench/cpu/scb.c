/* scb.c - the system control block: identification, pending system exceptions, vector table, reset request, sleep, priorities.
 *
 * Source: DDI 0419 B3.2; DDI 0484 4.3. */
#include "cpu/cpu_internal.h"

#define CPUID_M0PLUS_R0P1 0x410CC601u
#define AIRCR_READ_KEY    0xFA050000u

static uint32_t read_cpuid(const struct cpu *c, uint32_t at) { return CPUID_M0PLUS_R0P1; }

static uint32_t read_icsr(const struct cpu *c, uint32_t at)
{
    const struct cpu_state *s = &c->s;

    return PUT(PPB_ICSR_VECTACTIVE, s->ipsr) | PUT(PPB_ICSR_VECTPENDING, cpu_exception_pending(s)) |
           PUT(PPB_ICSR_ISRPENDING, (s->pending >> EXC_IRQ0 & s->irq_enabled) != 0) |
           PUT(PPB_ICSR_ISRPREEMPT, s->halted && cpu_exception_to_take(s) != 0) | PUT(PPB_ICSR_PENDSTSET, s->pending >> EXC_SYSTICK & 1) |
           PUT(PPB_ICSR_PENDSVSET, s->pending >> EXC_PENDSV & 1) | PUT(PPB_ICSR_NMIPENDSET, s->pending >> EXC_NMI & 1);
}

static void write_icsr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if (value & BITS(PPB_ICSR_PENDSTCLR))
        c->s.pending &= ~CPU_EXCEPTION_BIT(EXC_SYSTICK);
    if (value & BITS(PPB_ICSR_PENDSVCLR))
        c->s.pending &= ~CPU_EXCEPTION_BIT(EXC_PENDSV);
    if (value & BITS(PPB_ICSR_PENDSTSET))
        cpu_pend(c, EXC_SYSTICK);
    if (value & BITS(PPB_ICSR_PENDSVSET))
        cpu_pend(c, EXC_PENDSV);
    if (value & BITS(PPB_ICSR_NMIPENDSET))
        cpu_pend(c, EXC_NMI);
}

static uint32_t read_vtor(const struct cpu *c, uint32_t at) { return c->s.vtor; }
static void write_vtor(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.vtor = value & BITS(PPB_VTOR_TBLOFF); }

static uint32_t read_aircr(const struct cpu *c, uint32_t at) { return AIRCR_READ_KEY; }

/* A wrong key is UNPREDICTABLE; here the write is ignored. VECTCLRACTIVE works in debug state only. */
static void write_aircr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if ((value & BITS(PPB_AIRCR_VECTKEY)) != AIRCR_KEY)
        return;
    if (value & BITS(PPB_AIRCR_VECTCLRACTIVE) && c->s.halted) {
        c->s.active = 0;
        c->s.ipsr = EXC_NONE;
    }
    if (value & BITS(PPB_AIRCR_SYSRESETREQ) && c->port->system_reset_request)
        c->port->system_reset_request(c->port->ctx);
}

static uint32_t read_scr(const struct cpu *c, uint32_t at) { return c->s.scr; }

static void write_scr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.scr = value & (BITS(PPB_SCR_SLEEPONEXIT) | BITS(PPB_SCR_SLEEPDEEP) | BITS(PPB_SCR_SEVONPEND));
}

static uint32_t read_ccr(const struct cpu *c, uint32_t at) { return BITS(PPB_CCR_STKALIGN) | BITS(PPB_CCR_UNALIGN_TRP); }

static uint32_t read_shpr2(const struct cpu *c, uint32_t at) { return PUT(PPB_SHPR2_PRI_11, c->s.priority[EXC_SVCALL]); }

static void write_shpr2(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.priority[EXC_SVCALL] = (uint8_t)GET(value, PPB_SHPR2_PRI_11);
}

static uint32_t read_shpr3(const struct cpu *c, uint32_t at)
{
    return PUT(PPB_SHPR3_PRI_14, c->s.priority[EXC_PENDSV]) | PUT(PPB_SHPR3_PRI_15, c->s.priority[EXC_SYSTICK]);
}

static void write_shpr3(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.priority[EXC_PENDSV] = (uint8_t)GET(value, PPB_SHPR3_PRI_14);
    c->s.priority[EXC_SYSTICK] = (uint8_t)GET(value, PPB_SHPR3_PRI_15);
}

static uint32_t read_shcsr(const struct cpu *c, uint32_t at) { return PUT(PPB_SHCSR_SVCALLPENDED, c->s.pending >> EXC_SVCALL & 1); }

static void write_shcsr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if (value & BITS(PPB_SHCSR_SVCALLPENDED))
        cpu_pend(c, EXC_SVCALL);
    else
        c->s.pending &= ~CPU_EXCEPTION_BIT(EXC_SVCALL);
}

const struct ppb_row cpu_scb_rows[] = {
    { PPB_CPUID, PPB_CPUID, .read = read_cpuid },
    { PPB_ICSR, PPB_ICSR, .read = read_icsr, .write = write_icsr },
    { PPB_VTOR, PPB_VTOR, .read = read_vtor, .write = write_vtor },
    { PPB_AIRCR, PPB_AIRCR, .read = read_aircr, .write = write_aircr },
    { PPB_SCR, PPB_SCR, .read = read_scr, .write = write_scr },
    { PPB_CCR, PPB_CCR, .read = read_ccr },
    { PPB_SHPR2, PPB_SHPR2, .read = read_shpr2, .write = write_shpr2 },
    { PPB_SHPR3, PPB_SHPR3, .read = read_shpr3, .write = write_shpr3 },
    { PPB_SHCSR, PPB_SHCSR, .debugger_only = true, .read = read_shcsr, .write = write_shcsr },
    { 0 },
};
