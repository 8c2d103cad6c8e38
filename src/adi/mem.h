/* mem.h - the target's memory through the debug port: any address, any length, the right access widths.
 *
 * Source: ADIv5 (IHI 0031). Registers of peripherals are read and written as words, one access each. */
#pragma once
#include "probe/probe.h"

#include <stddef.h>

struct mem {             /* zeroed but for `probe` is ready */
    struct probe *probe; /* borrowed */
    /* The choke point under all writes: asked about every access of a write or a batch before its first transfer; false (with `e` set)
     * stops all of it. len 1 or 2: one access of that width; else words. May be NULL. */
    bool (*may_write)(void *ctx, uint32_t addr, const uint8_t *data, size_t len, struct err *e);
    void *may_ctx;
};

/* Any alignment and length; words where possible, bytes and half-words at the edges. Errors: as probe.h, seen has the address. */
bool mem_read(struct mem *m, uint32_t addr, void *data, size_t len, struct err *e);
bool mem_write(struct mem *m, uint32_t addr, const void *data, size_t len, struct err *e);
bool mem_read32(struct mem *m, uint32_t addr, uint32_t *value, struct err *e);
bool mem_write32(struct mem *m, uint32_t addr, uint32_t value, struct err *e);
bool mem_read16(struct mem *m, uint32_t addr, uint16_t *value, struct err *e);
/* Word accesses in order, in as few transfers as the probe allows. */
bool mem_batch(struct mem *m, struct probe_word *words, size_t count, struct err *e);
