/* exceptions_rig.c - see exceptions_rig.h. */
#include "exceptions_rig.h"

uint32_t handler(unsigned exception) { return HANDLER + 16 * exception; }

void enable(struct rig *r, unsigned line, unsigned priority)
{
    const uint32_t ipr = PPB(NVIC_IPR0) + (line & ~3u), shift = 8 * (line & 3) + 6;

    rig_write(r, ipr, (rig_read(r, ipr) & ~(3u << shift)) | priority << shift);
    rig_write(r, PPB(NVIC_ISER), 1u << line);
}

void pulse(struct rig *r, unsigned line)
{
    cpu_irq(&r->c, line, true);
    cpu_irq(&r->c, line, false);
}
