/* describe.c - the target as GDB's XML: registers and memory map.
 *
 * Source: GDB manual, "Target Descriptions" (org.gnu.gdb.arm.m-profile, m-system) and "Memory Map Format". */
#include "rsp/parts.h"

#include <inttypes.h>

void rsp_describe_target(struct rsp_text *out)
{
    rsp_put(out, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                 "<target version=\"1.0\">\n<architecture>arm</architecture>\n<feature name=\"org.gnu.gdb.arm.m-profile\">\n");
    for (unsigned i = 0; i <= 12; i++)
        rsp_put(out, "<reg name=\"r%u\" bitsize=\"32\" regnum=\"%u\" type=\"int\" group=\"general\"/>\n", i, i);
    rsp_put(out, "<reg name=\"sp\" bitsize=\"32\" regnum=\"13\" type=\"data_ptr\" group=\"general\"/>\n"
                 "<reg name=\"lr\" bitsize=\"32\" regnum=\"14\" type=\"int\" group=\"general\"/>\n"
                 "<reg name=\"pc\" bitsize=\"32\" regnum=\"15\" type=\"code_ptr\" group=\"general\"/>\n"
                 "<reg name=\"xpsr\" bitsize=\"32\" regnum=\"16\" type=\"int\" group=\"general\"/>\n"
                 "</feature>\n<feature name=\"org.gnu.gdb.arm.m-system\">\n"
                 "<reg name=\"msp\" bitsize=\"32\" regnum=\"17\" type=\"data_ptr\" group=\"system\"/>\n"
                 "<reg name=\"psp\" bitsize=\"32\" regnum=\"18\" type=\"data_ptr\" group=\"system\"/>\n"
                 "<reg name=\"primask\" bitsize=\"32\" regnum=\"19\" type=\"int\" group=\"system\"/>\n"
                 "<reg name=\"control\" bitsize=\"32\" regnum=\"20\" type=\"int\" group=\"system\"/>\n"
                 "</feature>\n</target>\n");
}

static void put_region(struct rsp_text *out, const char *type, uint64_t from, uint64_t end, uint32_t block)
{
    if (from >= end)
        return;
    rsp_put(out, "<memory type=\"%s\" start=\"0x%08" PRIx64 "\" length=\"0x%" PRIx64 "\"", type, from, end - from);
    if (block)
        rsp_put(out, "><property name=\"blocksize\">0x%" PRIx32 "</property></memory>\n", block);
    else
        rsp_put(out, "/>\n");
}

static bool read_only(const struct region *r) { return r->kind == REGION_FLASH || r->kind == REGION_OTP || r->kind == REGION_SYSTEM; }

/* The read-only region that begins first at or behind `from`, or NULL. */
static const struct region *next_read_only(const struct device *d, uint64_t from)
{
    const struct region *next = NULL;

    for (const struct region *r = d->map; r->name; r++)
        if (read_only(r) && r->base >= from && (!next || r->base < next->base))
            next = r;
    return next;
}

/* What GDB has to know is where it cannot simply write: flash, and memory for hardware breakpoints only. All between is called RAM, so
 * that registers and whatever a newer chip has can be reached; the target itself says what is not there. At 0 the flash shows again. */
void rsp_describe_memory(struct rsp_text *out, const struct target *t)
{
    const struct device *d = t->device;
    uint64_t from = t->flash_bytes;

    rsp_put(out, "<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
                 "\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n");
    put_region(out, "rom", 0, t->flash_bytes, 0);
    for (const struct region *r; (r = next_read_only(d, from)); from = (uint64_t)r->base + r->bytes) {
        const bool flash = r->kind == REGION_FLASH;

        put_region(out, "ram", from, r->base, 0);
        put_region(out, flash ? "flash" : "rom", r->base, (uint64_t)r->base + (flash ? t->flash_bytes : r->bytes),
                   flash ? d->flash->page_bytes : 0);
    }
    put_region(out, "ram", from, UINT64_C(0x100000000), 0);
    rsp_put(out, "</memory-map>\n");
}
