/* stlink_memory.c - memory through an ST-LINK: blocks of bytes, half-words and words, single words, batches.
 *
 * A block command has no status of its own; GETLASTRWSTATUS2 tells how it ended and at which address. Even when an access fails, all
 * data bytes pass. The firmware wraps TAR itself, so blocks may cross 1 KiB. Single words go by READ/WRITEDEBUGREG, which carry their
 * status: half the transfers. */
#include "base/bytes.h"
#include "device/regs/adi.h"
#include "probe/stlink.h"

#include <inttypes.h>
#include <string.h>

enum { SWD_BLOCK_MS = 500 }; /* no block takes longer than this on the wires, however slow they are */

static struct stlink_command block_command(uint8_t op, uint32_t addr, size_t len)
{
    struct stlink_command c = { { STLINK_DEBUG, op } };

    put_le32(c.bytes + 2, addr);
    put_le16(c.bytes + 6, (uint32_t)len);
    return c; /* access port 0, the probe's own CSW */
}

/* The largest block of accesses `bytes` wide. */
static size_t block_limit(const struct stlink *s, unsigned bytes)
{
    const size_t limit = bytes == 1 ? STLINK_MAX_BYTES : STLINK_MAX_BLOCK;
    const size_t in_time = (size_t)s->base.speed_khz * SWD_BLOCK_MS / STLINK_BITS_PER_ACCESS * bytes;

    return s->base.speed_khz && in_time < limit ? in_time : limit;
}

/* How the last block ended. */
static bool block_status(struct stlink *s, uint8_t *status, uint32_t *fault, struct err *e)
{
    const struct stlink_command c = { { STLINK_DEBUG, STLINK_GETLASTRWSTATUS2 } };
    uint8_t reply[12];

    if (!stlink_send_in(s, &c, reply, sizeof reply, e))
        return false;
    *status = reply[0];
    *fault = get_le32(reply + 4);
    if (!stlink_status_is_ok(*status))
        usb_trace(s->usb, "probe status 0x%02X at 0x%08" PRIX32, *status, *fault);
    return true;
}

static bool block_failed(struct stlink *s, uint8_t status, uint32_t fault, uint32_t addr, size_t len, struct err *e)
{
    stlink_status_fail(status, e);
    if (fault >= addr && fault - addr < len)
        err_seen(e, "address 0x%08" PRIX32, fault);
    stlink_clear_sticky(s);
    return false;
}

static bool read_block(struct stlink *s, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e)
{
    const uint8_t op = bytes == 1 ? STLINK_READMEM_8BIT : bytes == 2 ? STLINK_READMEM_16BIT : STLINK_READMEM_32BIT;
    const struct stlink_command c = block_command(op, addr, len);
    const uint64_t deadline_us = clock_now_us(s->base.clock) + STLINK_BUSY_LIMIT_MS * 1000u;
    uint32_t fault = 0;
    uint8_t status, two[2];

    for (unsigned round = 0;; round++) {
        if (len == 1) { /* one byte comes as two */
            if (!stlink_send_in(s, &c, two, sizeof two, e))
                return false;
            *data = two[0];
        } else if (!stlink_send_in(s, &c, data, len, e)) {
            return false;
        }
        if (!block_status(s, &status, &fault, e))
            return false;
        if (stlink_status_is_ok(status))
            return true;
        if (!stlink_status_is_wait(status) || !stlink_wait_retry(s, round, deadline_us))
            return block_failed(s, status, fault, addr, len, e);
    }
}

/* A write that met WAIT goes on where it stopped: what was written is not written twice, which flash would take amiss. */
static bool write_block(struct stlink *s, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e)
{
    const uint8_t op = bytes == 1 ? STLINK_WRITEMEM_8BIT : bytes == 2 ? STLINK_WRITEMEM_16BIT : STLINK_WRITEMEM_32BIT;
    uint64_t deadline_us = clock_now_us(s->base.clock) + STLINK_BUSY_LIMIT_MS * 1000u;
    unsigned round = 0;

    for (;;) {
        const struct stlink_command c = block_command(op, addr, len);
        uint32_t fault = 0;
        uint8_t status;

        if (!stlink_send_out(s, &c, data, len, e) || !block_status(s, &status, &fault, e))
            return false;
        if (stlink_status_is_ok(status))
            return true;
        if (!stlink_status_is_wait(status))
            return block_failed(s, status, fault, addr, len, e);
        if (fault > addr && fault - addr < len && (fault - addr) % bytes == 0) {
            data += fault - addr;
            len -= fault - addr;
            addr = fault;
            round = 0;
            deadline_us = clock_now_us(s->base.clock) + STLINK_BUSY_LIMIT_MS * 1000u;
        } else if (fault != addr && len != bytes) { /* where it stopped is not known */
            return block_failed(s, status, fault, addr, len, e);
        }
        if (!stlink_wait_retry(s, round++, deadline_us))
            return block_failed(s, status, fault, addr, len, e);
    }
}

/* `e` is set; a status, unlike a transfer that failed, may have left a sticky flag. */
static bool word_failed(struct stlink *s, uint32_t addr, struct err *e)
{
    if (s->lost_step)
        return false;
    err_seen(e, "address 0x%08" PRIX32, addr);
    stlink_clear_sticky(s);
    return false;
}

static bool read_word(struct stlink *s, uint32_t addr, uint32_t *value, struct err *e)
{
    struct stlink_command c = { { STLINK_DEBUG, STLINK_READDEBUGREG } };
    uint8_t reply[8];

    put_le32(c.bytes + 2, addr);
    if (!stlink_send_status(s, &c, reply, sizeof reply, e))
        return word_failed(s, addr, e);
    *value = get_le32(reply + 4);
    return true;
}

static bool write_word(struct stlink *s, uint32_t addr, uint32_t value, struct err *e)
{
    struct stlink_command c = { { STLINK_DEBUG, STLINK_WRITEDEBUGREG } };
    uint8_t reply[2];

    put_le32(c.bytes + 2, addr);
    put_le32(c.bytes + 6, value);
    if (!stlink_send_status(s, &c, reply, sizeof reply, e))
        return word_failed(s, addr, e);
    return true;
}

bool stlink_read_mem(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e)
{
    struct stlink *s = (struct stlink *)p;
    const size_t limit = block_limit(s, bytes);
    uint32_t value;

    if (bytes == 4 && len == 4) {
        if (!stlink_ready(s, e) || !read_word(s, addr, &value, e))
            return false;
        put_le32(data, value);
        return true;
    }
    while (len > 0) {
        const size_t part = len < limit ? len : limit;

        if (!stlink_ready(s, e) || !read_block(s, addr, bytes, data, part, e))
            return false;
        addr += (uint32_t)part;
        data += part;
        len -= part;
    }
    return true;
}

bool stlink_write_mem(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e)
{
    struct stlink *s = (struct stlink *)p;
    const size_t limit = block_limit(s, bytes);

    if (bytes == 4 && len == 4)
        return stlink_ready(s, e) && write_word(s, addr, get_le32(data), e);
    while (len > 0) {
        const size_t part = len < limit ? len : limit;

        if (!stlink_ready(s, e) || !write_block(s, addr, bytes, data, part, e))
            return false;
        addr += (uint32_t)part;
        data += part;
        len -= part;
    }
    return true;
}

/* ---- batches: RW_MISC ------------------------------------------------------------------------------------------------------------ */

enum { ITEM_ADDRESS = 1, ITEM_WRITE = 2, ITEM_READ = 3, ITEM_APNUM = 5 };

struct items {
    uint8_t op[STLINK_MAX_ITEMS];
    uint32_t value[STLINK_MAX_ITEMS];
    unsigned count;
};

static void add_item(struct items *it, uint8_t op, uint32_t value)
{
    it->op[it->count] = op;
    it->value[it->count++] = value;
}

/* As many of `words` as one RW_MISC holds. WRITE goes to the ADDRESS before it; whether that counts up is not known, so it is set for
 * each. Returns how many; `last[i]` is the item whose status tells about word i. */
static size_t pack(struct items *it, const struct probe_word *words, size_t count, unsigned *last)
{
    size_t n;

    it->count = 0;
    add_item(it, ITEM_APNUM, 0);
    for (n = 0; n < count; n++) {
        if (it->count + (words[n].write ? 2 : 1) > STLINK_MAX_ITEMS)
            break;
        if (words[n].write) {
            add_item(it, ITEM_ADDRESS, words[n].addr);
            add_item(it, ITEM_WRITE, words[n].value);
        } else {
            add_item(it, ITEM_READ, words[n].addr);
        }
        last[n] = it->count - 1;
    }
    return n;
}

/* Carry the items out; 8 bytes come back for each: all values, then all statuses. */
static bool exchange(struct stlink *s, const struct items *it, uint8_t *reply, struct err *e)
{
    struct stlink_command out = { { STLINK_DEBUG, STLINK_RW_MISC_OUT } };
    const struct stlink_command in = { { STLINK_DEBUG, STLINK_RW_MISC_IN } };
    uint8_t data[STLINK_MAX_ITEMS * 5] = { 0 };
    const size_t head = (it->count + 3u) / 4u * 4u;

    put_le32(out.bytes + 2, it->count);
    memcpy(data, it->op, it->count);
    for (unsigned i = 0; i < it->count; i++)
        put_le32(data + head + 4 * i, it->value[i]);
    return stlink_send_out(s, &out, data, head + 4 * it->count, e) && stlink_send_in(s, &in, reply, 8 * it->count, e);
}

/* True if, after the word `first` that met WAIT, nothing was carried out: then it and the rest may be given again. */
static bool nothing_done_after(const uint8_t *statuses, const unsigned *last, size_t first, size_t n)
{
    for (size_t i = first + 1; i < n; i++)
        if (stlink_status_is_ok(statuses[4 * last[i]]))
            return false;
    return true;
}

/* One RW_MISC with as many words as fit. *done counts those that were carried out, in order; *status is that of the next one. True also
 * when that is not ok; false if it cannot be said what to do about it. */
static bool batch_once(struct stlink *s, struct probe_word *words, size_t count, size_t *done, uint8_t *status, struct err *e)
{
    struct items it;
    unsigned last[STLINK_MAX_ITEMS];
    uint8_t reply[8 * STLINK_MAX_ITEMS];
    const size_t n = pack(&it, words, count, last);
    const uint8_t *statuses = reply + 4 * it.count;

    *done = 0;
    *status = 0x80;
    if (!exchange(s, &it, reply, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        *status = statuses[4 * last[i]];
        if (!stlink_status_is_ok(*status)) {
            usb_trace(s->usb, "probe status 0x%02X at 0x%08" PRIX32 ", word %zu of %zu", *status, words[i].addr, i + 1, n);
            *done = i;
            if (!stlink_status_is_wait(*status) || nothing_done_after(statuses, last, i, n))
                return true;
            stlink_status_fail(*status, e);
            err_seen(e, "address 0x%08" PRIX32, words[i].addr);
            return false;
        }
        if (!words[i].write)
            words[i].value = get_le32(reply + 4 * last[i]);
    }
    *done = n;
    return true;
}

static bool one_word(struct stlink *s, struct probe_word *w, struct err *e)
{
    return stlink_ready(s, e) && (w->write ? write_word(s, w->addr, w->value, e) : read_word(s, w->addr, &w->value, e));
}

bool stlink_batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e)
{
    struct stlink *s = (struct stlink *)p;
    uint64_t deadline_us = 0;
    unsigned round = 0;

    *done = 0;
    while (*done < count) {
        size_t n = 0;
        uint8_t status;
        bool ok;

        if (s->j < STLINK_J_RW_MISC || count - *done <= 2) { /* two words cost no more transfers one by one */
            if (!one_word(s, &words[*done], e))
                return false;
            ++*done;
            continue;
        }
        ok = stlink_ready(s, e) && batch_once(s, words + *done, count - *done, &n, &status, e);
        *done += n;
        if (!ok)
            return false;
        if (stlink_status_is_ok(status)) {
            round = 0;
            continue;
        }
        if (n > 0 || round == 0)
            deadline_us = clock_now_us(s->base.clock) + STLINK_BUSY_LIMIT_MS * 1000u;
        if (n > 0)
            round = 0;
        if (!stlink_status_is_wait(status) || !stlink_wait_retry(s, round++, deadline_us)) {
            stlink_status_fail(status, e);
            err_seen(e, "address 0x%08" PRIX32, words[*done].addr);
            stlink_clear_sticky(s);
            return false;
        }
    }
    return true;
}
