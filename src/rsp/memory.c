/* memory.c - memory as GDB sees it: breakpoints do not show, and flash can be written like RAM. */
#include "device/regs/cortexm.h"
#include "rsp/parts.h"

#include <inttypes.h>
#include <string.h>

enum { CRC_PIECE = 4096, CRC_MAX = 16 << 20 };

void rsp_lines_forget(struct rsp_server *s)
{
    for (unsigned i = 0; i < RSP_LINES; i++)
        s->line[i].valid = false;
}

/* A small piece of flash that is wholly in one line, while the core stands still. False: read it as everything else. */
static bool read_line(struct rsp_server *s, uint32_t addr, uint8_t *bytes, size_t len)
{
    const uint32_t at = addr & ~(uint32_t)(RSP_LINE_BYTES - 1), offset = addr - at;
    const struct region *r = device_region(s->t->device, at, RSP_LINE_BYTES);
    struct err ignored = { 0 };
    unsigned i = 0;

    if (s->running || !r || r->kind != REGION_FLASH || offset + len > RSP_LINE_BYTES)
        return false;
    while (i < RSP_LINES && !(s->line[i].valid && s->line[i].addr == at))
        i++;
    if (i == RSP_LINES) {
        i = s->line_next++ % RSP_LINES;
        s->line[i].addr = at;
        s->line[i].valid = mem_read(&s->t->mem, at, s->line[i].bytes, RSP_LINE_BYTES, &ignored);
        if (!s->line[i].valid && ignored.kind == ERR_INTERRUPTED)
            s->ending = true;
    }
    if (s->line[i].valid)
        memcpy(bytes, s->line[i].bytes + offset, len);
    return s->line[i].valid;
}

bool rsp_read_memory(struct rsp_server *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    if (len == 0)
        return true;
    if (len < RSP_LINE_BYTES && read_line(s, addr, bytes, len))
        return true; /* breakpoints of ours stand in RAM only */
    if (!mem_read(&s->t->mem, addr, bytes, len, e)) {
        target_explain_fault(s->t, addr, e);
        return false;
    }
    rsp_break_hide(s, addr, bytes, len);
    return true;
}

/* Writing flash resets the chip (the engine wants to be alone); the registers come back, so that GDB's view stays right. */
static bool write_flash(struct rsp_server *s, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    struct image im = { 0 };
    uint32_t regs[RSP_REGS];
    bool ok;

    if (s->running)
        return err_set(e, ERR_FAULT, "the core is running: flash can be written only while it is halted");
    if (!rsp_read_regs(s, e) || !image_add(&im, addr, bytes, (uint32_t)len, e))
        return false;
    memcpy(regs, s->reg, sizeof regs);
    ok = rsp_program(s, &im, true, e);
    image_free(&im);
    return ok && rsp_write_regs(s, regs, e);
}

static bool same(struct rsp_server *s, uint32_t addr, const uint8_t *bytes, size_t len)
{
    uint8_t now[RSP_PACKET_MAX];
    struct err ignored = { 0 };

    return len <= sizeof now && mem_read(&s->t->mem, addr, now, len, &ignored) && memcmp(now, bytes, len) == 0;
}

bool rsp_write_memory(struct rsp_server *s, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    const struct region *r = device_region(s->t->device, addr, (uint32_t)len);
    bool ok;

    if (len == 0)
        return true;
    if (r && r->kind == REGION_FLASH)
        return same(s, addr, bytes, len) || write_flash(s, addr, bytes, len, e);
    if (!r || r->kind != REGION_RAM)
        rsp_lines_forget(s); /* it may be the flash controller's register */
    if (!rsp_break_lift(s, addr, len, e))
        return false;
    ok = mem_write(&s->t->mem, addr, bytes, len, e);
    if (!ok)
        target_explain_fault(s->t, addr, e);
    if (addr - PPB_BASE < 0x100000)
        s->regs_valid = false; /* DCRSR and its like */
    return ok && (!s->running || rsp_break_plant(s, NULL, e));
}

/* CRC-32 as qCRC has it: not reflected, no final inversion (GDB manual, "qCRC"). */
static uint32_t crc_more(uint32_t crc, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    return crc;
}

bool rsp_crc(struct rsp_server *s, uint32_t addr, uint32_t len, uint32_t *crc, struct err *e)
{
    uint8_t bytes[CRC_PIECE];

    if (len > CRC_MAX)
        return err_set(e, ERR_USAGE, "no checksum over %" PRIu32 " bytes: that is more than this chip has", len);
    *crc = UINT32_MAX;
    for (uint32_t done = 0, n; done < len; done += n) {
        n = len - done < sizeof bytes ? len - done : (uint32_t)sizeof bytes;
        if (!rsp_read_memory(s, addr + done, bytes, n, e))
            return err_doing(e, "making a checksum over %" PRIu32 " bytes at 0x%08" PRIX32, len, addr);
        *crc = crc_more(*crc, bytes, n);
    }
    return true;
}
