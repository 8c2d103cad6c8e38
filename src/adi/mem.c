/* mem.c - the target's memory at any alignment. See mem.h. */
#include "adi/mem.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

/* One run of accesses of one width. */
struct piece {
    unsigned bytes; /* width: 1, 2 or 4 */
    size_t len;     /* a multiple of it */
};

/* The first piece of [addr, addr + len): bytes and half-words up to a word boundary, words, then the rest. */
static struct piece first_piece(uint32_t addr, size_t len)
{
    if ((addr & 1) || len == 1)
        return (struct piece){ 1, 1 };
    if ((addr & 2) || len < 4)
        return (struct piece){ 2, 2 };
    return (struct piece){ 4, len & ~(size_t)3 };
}

static bool in_address_space(uint32_t addr, size_t len, const char *what, struct err *e)
{
    if (len <= UINT64_C(0x100000000) - addr)
        return true;
    return err_set(e, ERR_USAGE, "%s %zu bytes at 0x%08" PRIX32 " would run past the end of memory", what, len, addr);
}

bool mem_read(struct mem *m, uint32_t addr, void *data, size_t len, struct err *e)
{
    uint8_t *to = data;

    if (!in_address_space(addr, len, "reading", e))
        return false;
    for (size_t done = 0; done < len;) {
        const uint32_t at = addr + (uint32_t)done;
        const struct piece p = first_piece(at, len - done);

        if (!m->probe->ops->read_mem(m->probe, at, p.bytes, to + done, p.len, e))
            return err_doing(e, "reading %zu byte%s at 0x%08" PRIX32, len, len == 1 ? "" : "s", addr);
        done += p.len;
    }
    return true;
}

/* Ask about every access that a write will make, before the first is made. */
static bool may_write(struct mem *m, uint32_t addr, const uint8_t *data, size_t len, struct err *e)
{
    if (!m->may_write)
        return true;
    while (len > 0) {
        const struct piece p = first_piece(addr, len);

        if (!m->may_write(m->may_ctx, addr, data, p.len, e))
            return false;
        addr += (uint32_t)p.len;
        data += p.len;
        len -= p.len;
    }
    return true;
}

bool mem_write(struct mem *m, uint32_t addr, const void *data, size_t len, struct err *e)
{
    const uint8_t *from = data;

    if (!in_address_space(addr, len, "writing", e) || !may_write(m, addr, from, len, e))
        return false;
    for (size_t done = 0; done < len;) {
        const uint32_t at = addr + (uint32_t)done;
        const struct piece p = first_piece(at, len - done);

        if (!m->probe->ops->write_mem(m->probe, at, p.bytes, from + done, p.len, e))
            return err_doing(e, "writing %zu byte%s at 0x%08" PRIX32, len, len == 1 ? "" : "s", addr);
        done += p.len;
    }
    return true;
}

bool mem_read32(struct mem *m, uint32_t addr, uint32_t *value, struct err *e)
{
    uint8_t bytes[4];

    if (!mem_read(m, addr, bytes, sizeof bytes, e))
        return false;
    *value = get_le32(bytes);
    return true;
}

bool mem_write32(struct mem *m, uint32_t addr, uint32_t value, struct err *e)
{
    uint8_t bytes[4];

    put_le32(bytes, value);
    return mem_write(m, addr, bytes, sizeof bytes, e);
}

bool mem_read16(struct mem *m, uint32_t addr, uint16_t *value, struct err *e)
{
    uint8_t bytes[2];

    if (!mem_read(m, addr, bytes, sizeof bytes, e))
        return false;
    *value = get_le16(bytes);
    return true;
}

bool mem_batch(struct mem *m, struct probe_word *words, size_t count, struct err *e)
{
    size_t done = 0;

    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[4];

        if (words[i].addr & 3)
            return err_set(e, ERR_BUG, "a batch with the address 0x%08" PRIX32, words[i].addr);
        put_le32(bytes, words[i].value);
        if (words[i].write && !may_write(m, words[i].addr, bytes, sizeof bytes, e))
            return false;
    }
    if (m->probe->ops->batch(m->probe, words, count, &done, e))
        return true;
    if (done < count)
        err_doing(e, "%s 4 bytes at 0x%08" PRIX32, words[done].write ? "writing" : "reading", words[done].addr);
    return false;
}
