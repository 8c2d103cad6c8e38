/* fake_target.h - a bus for tests of the debug port: RAM, a slow corner, and nothing else. Every access is logged. */
#pragma once
#include "dap/dap.h"

#include <string.h>

enum { FAKE_RAM = 0x20000000, FAKE_RAM_BYTES = 0x12000, FAKE_LOG = 8 };

struct fake_access {
    bool write;
    uint32_t addr, bytes, value;
};

struct fake_target {
    struct timeline time;
    bool dead;
    uint64_t access_ps; /* how long every access takes */
    uint8_t ram[FAKE_RAM_BYTES];
    struct fake_access log[FAKE_LOG]; /* the last ones, newest first */
    unsigned accesses;
    struct dap dap;
};

static inline bool fake_alive(void *ctx) { return !((struct fake_target *)ctx)->dead; }

static inline void fake_note(struct fake_target *f, bool write, uint32_t addr, unsigned bytes, uint32_t value)
{
    memmove(f->log + 1, f->log, sizeof f->log - sizeof f->log[0]);
    f->log[0] = (struct fake_access){ write, addr, bytes, value };
    f->accesses++;
}

static inline bool fake_in_ram(uint32_t addr, unsigned bytes)
{
    return addr >= FAKE_RAM && addr - FAKE_RAM + bytes <= FAKE_RAM_BYTES && addr % bytes == 0;
}

static inline bool fake_read(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps)
{
    struct fake_target *f = ctx;

    *done_ps = f->time.now_ps + f->access_ps;
    *value = 0;
    if (fake_in_ram(addr, bytes))
        memcpy(value, f->ram + (addr - FAKE_RAM), bytes); /* tests run on little-endian hosts */
    fake_note(f, false, addr, bytes, *value);
    return fake_in_ram(addr, bytes);
}

static inline bool fake_write(void *ctx, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps)
{
    struct fake_target *f = ctx;

    *done_ps = f->time.now_ps + f->access_ps;
    fake_note(f, true, addr, bytes, value);
    if (fake_in_ram(addr, bytes))
        memcpy(f->ram + (addr - FAKE_RAM), &value, bytes);
    return fake_in_ram(addr, bytes);
}

static const struct dap_facts facts_u073 = { 0x6BA02477, 0x04890041, { { 0x84770001, 0xF0000003, 0 }, { 0x54770002, 0, 0 } } };
static const struct dap_facts facts_g071 = { 0x0BC11477, 0, { { 0x04770031, 0xF0000003, 0 }, { 0, 0, 0 } } };
