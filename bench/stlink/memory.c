/* memory.c - block memory commands, their status, and RW_MISC batches.
 *
 * F2 op addr LE32 len LE16 ap csw LE24. No command here tells how it went: the client asks for the last status. A read gives its full
 * length even after a fault (zeros from there on). What real firmware makes of lengths beyond its limits is not known; here a refused
 * length leaves the target alone, moves the data all the same, and is told by the last status. */
#include "base/bytes.h"
#include "stlink/parts.h"

#include <string.h>

enum {
    LIMIT_8BIT = 64,   /* V2: 64 bytes (OpenOCD, pyOCD) */
    LIMIT_READ = 6144, /* 16 and 32 bits; stlink notes that a longer 32-bit read stalls a V2 */
    LAST2_BYTES = 12,
    MISC_ADDRESS = 1,
    MISC_WRITE = 2,
    MISC_READ = 3,
    MISC_APNUM = 5,
    MISC_PER_ITEM = 4,
};

static bool ap_is_open(const struct stlink *p, unsigned ap) { return p->s.open_aps[ap / 8] >> (ap % 8) & 1; }

/* The block the command asks for, or why not. `limit` 0: as long as a length can be. */
static enum stlink_status parse_block(const struct stlink *p, unsigned unit, bool fixed, uint32_t limit, struct block *b)
{
    const uint8_t *c = p->s.command;

    *b = (struct block){ .addr = get_le32(c + 2), .len = get_le16(c + 6), .unit = unit, .fixed = fixed };
    if (p->params->firmware_j >= J_AP_FIELDS) {
        b->ap = c[8];
        b->csw = (uint32_t)c[9] << 8 | (uint32_t)c[10] << 16 | (uint32_t)c[11] << 24;
    }
    b->fault_addr = b->addr;
    if (p->s.mode != STLINK_DEBUG || (limit != 0 && b->len > limit))
        return ST_COMMAND_ERROR;
    if (!ap_is_open(p, b->ap))
        return ST_BAD_AP;
    return (b->addr | b->len) % unit != 0 ? ST_ALIGNMENT : ST_OK;
}

static void finish(struct stlink *p, enum stlink_status status, const struct block *b)
{
    p->s.last_status = (uint8_t)status;
    p->s.fault_addr = status == ST_OK ? 0 : b->fault_addr;
}

static void read_memory(struct stlink *p, unsigned unit, bool fixed, uint32_t limit)
{
    struct block b;
    enum stlink_status status = parse_block(p, unit, fixed, limit, &b);
    uint8_t *data = stlink_reply(p, b.len == 1 ? 2 : b.len); /* one byte travels as two */

    if (status == ST_OK)
        status = swd_read_block(p, &b, data);
    finish(p, status, &b);
}

static void write_memory(struct stlink *p, unsigned unit, bool fixed, uint32_t limit)
{
    struct block b;
    enum stlink_status status = parse_block(p, unit, fixed, limit, &b);

    if (status == ST_OK)
        status = swd_write_block(p, &b, p->s.data);
    finish(p, status, &b);
}

void cmd_read32(struct stlink *p) { read_memory(p, 4, false, LIMIT_READ); }
void cmd_read16(struct stlink *p) { read_memory(p, 2, false, LIMIT_READ); }
void cmd_read8(struct stlink *p) { read_memory(p, 1, false, LIMIT_8BIT); }
void cmd_read32_fixed(struct stlink *p) { read_memory(p, 4, true, LIMIT_READ); }
void cmd_write32(struct stlink *p) { write_memory(p, 4, false, 0); } /* streamed: probe-rs sends 65532 bytes in one go */
void cmd_write16(struct stlink *p) { write_memory(p, 2, false, 0); }
void cmd_write8(struct stlink *p) { write_memory(p, 1, false, LIMIT_8BIT); }
void cmd_write32_fixed(struct stlink *p) { write_memory(p, 4, true, 0); }

void cmd_last_status(struct stlink *p) { stlink_reply_status(p, p->s.last_status); }

void cmd_last_status2(struct stlink *p)
{
    uint8_t *reply = stlink_reply(p, LAST2_BYTES);

    reply[0] = p->s.last_status;
    put_le32(reply + 4, p->s.fault_addr);
}

/* RW_MISC_OUT: F2 51 items LE32; data: one opcode byte per item, zero-padded to a multiple of 4, then one LE32 per item. */
uint32_t stlink_misc_bytes(const struct stlink *p)
{
    const uint32_t items = get_le32(p->s.command + 2);

    return items > STLINK_BUFFER / 5 ? 0 : round_up(items, 4) + MISC_PER_ITEM * items; /* absurd: no data is taken */
}

static enum stlink_status misc_item(struct stlink *p, unsigned opcode, uint32_t value, unsigned *ap, uint32_t *addr, uint32_t *result)
{
    switch (opcode) {
    case MISC_ADDRESS: *addr = value; return ST_OK;
    case MISC_APNUM: *ap = value & 0xFF; return value <= 0xFF && ap_is_open(p, *ap) ? ST_OK : ST_BAD_AP;
    case MISC_WRITE: return *addr % 4 ? ST_ALIGNMENT : swd_write_word(p, *ap, *addr, value);
    case MISC_READ: return value % 4 ? ST_ALIGNMENT : swd_read_word(p, *ap, value, result);
    default: return ST_COMMAND_ERROR;
    }
}

void cmd_misc_out(struct stlink *p)
{
    const uint32_t items = get_le32(p->s.command + 2);
    const uint8_t *values;
    unsigned ap = 0;
    uint32_t addr = 0;

    p->s.misc_items = 0;
    if (p->s.mode != STLINK_DEBUG || items > STLINK_MISC_ITEMS)
        return; /* nothing to fetch; RW_MISC_IN says so */
    values = p->s.data + round_up(items, 4);
    for (uint32_t i = 0; i < items; i++) {
        p->s.misc_value[i] = 0;
        p->s.misc_status[i] = (uint8_t)misc_item(p, p->s.data[i], get_le32(values + MISC_PER_ITEM * i), &ap, &addr, &p->s.misc_value[i]);
    }
    p->s.misc_items = items;
}

/* RW_MISC_IN: all results, then all statuses. */
void cmd_misc_in(struct stlink *p)
{
    const uint32_t items = p->s.misc_items;
    uint8_t *reply;

    if (items == 0) {
        stlink_reply_status(p, ST_COMMAND_ERROR);
        return;
    }
    reply = stlink_reply(p, 2 * MISC_PER_ITEM * items);
    for (uint32_t i = 0; i < items; i++) {
        put_le32(reply + MISC_PER_ITEM * i, p->s.misc_value[i]);
        put_le32(reply + MISC_PER_ITEM * (items + i), p->s.misc_status[i]);
    }
}
