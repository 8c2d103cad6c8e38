/* nvic.c - 32 interrupt lines with 2 priority bits, and the wires by which the chip asks for attention.
 *
 * Source: DDI 0419 B3.4. A line that rises becomes pending, whatever it does afterwards; a line that is high cannot be made not
 * pending, except while its handler is active; high at the end of its handler, it is pending again. */
#include "cpu/cpu_internal.h"

void cpu_irq(struct cpu *c, unsigned line, bool level)
{
    const uint32_t bit = UINT32_C(1) << line;

    if (level && !(c->s.irq_level & bit) && !c->s.held)
        cpu_pend(c, EXC_IRQ0 + line);
    c->s.irq_level = level ? c->s.irq_level | bit : c->s.irq_level & ~bit;
}

void cpu_nmi(struct cpu *c)
{
    if (!c->s.held)
        cpu_pend(c, EXC_NMI);
}

void cpu_event(struct cpu *c)
{
    c->s.event = true;
    c->d.attention = true;
}

static uint32_t read_enabled(const struct cpu *c, uint32_t at) { return c->s.irq_enabled; }
static uint32_t read_pending(const struct cpu *c, uint32_t at) { return (uint32_t)(c->s.pending >> EXC_IRQ0); }
static void write_iser(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.irq_enabled |= value; }
static void write_icer(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.irq_enabled &= ~value; }

static void write_ispr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    for (; value; value &= value - 1)
        cpu_pend(c, EXC_IRQ0 + (unsigned)__builtin_ctz(value));
}

static void write_icpr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    const uint32_t stays = c->s.irq_level & ~(uint32_t)(c->s.active >> EXC_IRQ0);

    c->s.pending &= ~((uint64_t)(value & ~stays) << EXC_IRQ0);
}

static uint32_t read_ipr(const struct cpu *c, uint32_t at)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value |= (uint32_t)c->s.priority[EXC_IRQ0 + at + i] << (8 * i + 8 - CPU_PRIORITY_BITS);
    return value;
}

static void write_ipr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    for (unsigned i = 0; i < 4; i++)
        c->s.priority[EXC_IRQ0 + at + i] = (uint8_t)(value >> (8 * i + 8 - CPU_PRIORITY_BITS) & ((1 << CPU_PRIORITY_BITS) - 1));
}

const struct ppb_row cpu_nvic_rows[] = {
    { PPB_NVIC_ISER, PPB_NVIC_ISER, .read = read_enabled, .write = write_iser },
    { PPB_NVIC_ICER, PPB_NVIC_ICER, .read = read_enabled, .write = write_icer },
    { PPB_NVIC_ISPR, PPB_NVIC_ISPR, .read = read_pending, .write = write_ispr },
    { PPB_NVIC_ICPR, PPB_NVIC_ICPR, .read = read_pending, .write = write_icpr },
    { PPB_NVIC_IPR0, PPB_NVIC_IPR0 + CPU_IRQS - 4, .read = read_ipr, .write = write_ipr },
    { 0 },
};
