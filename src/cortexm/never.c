/* never.c - what no road may write. See never.h.
 *
 * A write narrower than a word is judged twice: for the bytes it covers, and as a peripheral would take it that ignores byte lanes (the
 * bus repeats a byte or half-word over the word). A value is forbidden if either reading is. */
#include "cortexm/never.h"
#include "base/bytes.h"

#include <inttypes.h>

/* The register at `offset` as it stands, and as this session has written it, satisfies the row's `with` condition. */
static bool with_holds(struct target *t, const struct never_write *row, bool *holds, struct err *e)
{
    uint32_t now;

    *holds = true;
    if (row->with_mask == 0)
        return true;
    for (unsigned i = 0; i < t->writtens; i++)
        if (t->written[i].offset == row->with_offset && ((t->written[i].value & row->with_mask) == row->with_value) != row->with_unless)
            return true;
    if (!mem_read32(&t->mem, t->device->flash->base + row->with_offset, &now, e))
        return err_doing(e, "making sure that a write does not close the chip");
    *holds = ((now & row->with_mask) == row->with_value) != row->with_unless;
    return true;
}

/* One access as a register sees it. */
struct access {
    uint32_t offset;         /* the register's, from the flash controller's base */
    uint32_t covered, value; /* the bits that it carries, in their place */
    uint32_t repeated;       /* the same on all byte lanes */
    uint32_t shown, digits;  /* as it was given */
};

/* The bits that the row watches, as far as they are `covered`, would become forbidden ones. */
static bool matches(const struct never_write *row, uint32_t covered, uint32_t value)
{
    const uint32_t mask = row->mask & covered;

    return mask != 0 && ((value & mask) == (row->value & mask)) != row->unless;
}

static bool check(struct target *t, const struct access *a, struct err *e)
{
    const struct flash_facts *f = t->device->flash;

    for (const struct never_write *row = f->never; row->mask; row++) {
        const char *name = reg_name_at(f->regs, a->offset);
        bool holds;

        if (row->offset != a->offset || !(matches(row, a->covered, a->value) || matches(row, UINT32_MAX, a->repeated)))
            continue;
        if (!with_holds(t, row, &holds, e))
            return false;
        if (!holds)
            continue;
        err_set(e, ERR_REFUSED, "%s: sector0 never writes that", row->why);
        return err_seen(e, "a write of 0x%0*" PRIX32 " to %s at 0x%08" PRIX32, (int)a->digits, a->shown, name ? name : "a register",
                        f->base + a->offset);
    }
    return true;
}

/* What was written counts from now on, even if the write fails later. */
static bool remember(struct target *t, const struct access *a, struct err *e)
{
    uint32_t value = a->value;
    bool asked = false;

    for (const struct never_write *row = t->device->flash->never; row->mask; row++)
        asked = asked || (row->with_mask && row->with_offset == a->offset);
    if (!asked)
        return true;
    for (unsigned i = 0; i < t->writtens; i++)
        if (t->written[i].offset == a->offset) {
            t->written[i].value = (t->written[i].value & ~a->covered) | value;
            return true;
        }
    if (t->writtens == sizeof t->written / sizeof *t->written)
        return err_set(e, ERR_BUG, "more never_write registers than a target can remember");
    if (a->covered != UINT32_MAX) { /* the rest stands as it is */
        uint32_t now;

        if (!mem_read32(&t->mem, t->device->flash->base + a->offset, &now, e))
            return err_doing(e, "making sure that a write does not close the chip");
        value |= now & ~a->covered;
    }
    t->written[t->writtens].offset = a->offset;
    t->written[t->writtens++].value = value;
    return true;
}

/* True if any row watches a register in [addr, addr + len). Keeps the bulk of writes cheap. */
static bool concerns(const struct flash_facts *f, uint32_t addr, size_t len)
{
    for (const struct never_write *row = f->never; row->mask; row++) {
        const uint64_t reg = f->base + row->offset;

        if (addr < reg + 4 && addr + (uint64_t)len > reg)
            return true;
    }
    return false;
}

bool never_may_write(void *ctx, uint32_t addr, const uint8_t *data, size_t len, struct err *e)
{
    struct target *t = ctx;
    const struct flash_facts *f = t->device ? t->device->flash : NULL;

    if (!f || !f->never || !concerns(f, addr, len))
        return true;
    if (len == 1 || len == 2) {
        const unsigned shift = 8 * (addr & 3);
        const uint32_t small = len == 1 ? data[0] : get_le16(data), ones = len == 1 ? 0xFFu : 0xFFFFu;
        const struct access a = {
            (addr & ~3u) - f->base, ones << shift, small << shift, small * (len == 1 ? 0x01010101u : 0x00010001u), small, (uint32_t)len * 2
        };

        return check(t, &a, e) && remember(t, &a, e);
    }
    for (size_t i = 0; i + 4 <= len; i += 4) {
        const uint32_t value = get_le32(data + i);
        const struct access a = { addr + (uint32_t)i - f->base, UINT32_MAX, value, value, value, 8 };

        if (!check(t, &a, e) || !remember(t, &a, e))
            return false;
    }
    return true;
}
