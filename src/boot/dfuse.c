/* dfuse.c - see dfuse.h. */
#include "boot/dfuse.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMMAND_GET = 0x00,
    COMMAND_ADDRESS = 0x21,
    COMMAND_ERASE = 0x41,
    COMMAND_UNPROTECT = 0x92,
    BLOCK_COMMAND = 0,
    BLOCK_DATA = 2, /* 1 is reserved (AN3156) */
    BLOCK_LAST = 0xFFFF,
    BLOCK_LEAVE = 2, /* what dfu-util sends; what counts is the length of 0 */
    DFUSE_VERSION = 0x011A,
    DESCRIPTOR_DEVICE = 1,
    DESCRIPTOR_CONFIG = 2,
    CONFIG_BYTES = 1024,
    TRANSFER_MAX = 4096, /* larger ones do not fit a control transfer everywhere (Linux usbfs); estimate for a sane device */
    TRANSFER_MIN = 8,
    ADDRESS_LIMIT_MS = 5000,
    ERASE_LIMIT_MS = 5000,
    ERASE_ALL_LIMIT_MS = 40000, /* an F4 takes up to 32 s (dfu-util waits 35 s) */
    WRITE_LIMIT_MS = 5000,
    LEAVE_LIMIT_MS = 1000, /* estimate */
    LEAVE_POLL_US = 5000,
    LINE = 90,
};

/* ---- opening ---- */

static bool read_memories(struct dfuse *d, const struct config *c, struct err *e)
{
    for (unsigned i = 0; i < c->alternates; i++) {
        struct dfuse_memory *m = &d->memory[d->memories];
        struct err why = { 0 };

        m->alternate = c->alternate[i].number;
        if (!usb_string(d->usb, c->alternate[i].string, m->text, sizeof m->text, e))
            return err_doing(e, "reading the name of memory %u", c->alternate[i].number);
        if (!layout_parse(&m->layout, m->text, &why)) {
            m->layout = (struct layout){ 0 }; /* one that makes no sense spoils only itself */
            if (c->alternates == 1) {
                *e = why;
                return false;
            }
        }
        d->memories++;
    }
    return true;
}

/* The row whose memories these are. */
static const struct device *find_device(const struct dfuse *d)
{
    for (const struct device *const *row = devices; *row; row++) {
        const struct dfuse_memory *flash = dfuse_memory_at(d, (*row)->flash_base, 1);
        const struct layout_span *span = flash ? layout_span_at(&flash->layout, (*row)->flash_base) : NULL;

        if ((*row)->dfu.options_bytes && dfuse_memory_at(d, (*row)->dfu.options_at, (*row)->dfu.options_bytes) && span &&
            span->bytes == (*row)->flash->page_bytes)
            return *row;
    }
    return NULL;
}

/* What the device says it can do. Not all answer: then the three of AN3156 are taken for granted. Nothing follows from it but words. */
static bool get_commands(struct dfuse *d, struct err *e)
{
    uint8_t list[16];
    size_t got;
    struct err why = { 0 };

    d->can_erase = d->can_unprotect = true;
    if (!dfu_upload_some(&d->dfu, BLOCK_COMMAND, list, sizeof list, &got, "list its commands", &why)) {
        if (why.kind == ERR_IO || why.kind == ERR_FAULT || why.kind == ERR_LOCKED)
            return dfu_to_idle(&d->dfu, e);
        *e = why;
        return false;
    }
    if (got && got <= sizeof list) {
        d->commands_known = true;
        d->can_erase = memchr(list, COMMAND_ERASE, got);
        d->can_unprotect = memchr(list, COMMAND_UNPROTECT, got);
    }
    return dfu_to_idle(&d->dfu, e);
}

static bool read_descriptors(struct dfuse *d, struct err *e)
{
    uint8_t bytes[CONFIG_BYTES];
    struct config c;
    size_t got;

    if (!usb_descriptor(d->usb, DESCRIPTOR_DEVICE, 0, bytes, 18, &got, e))
        return err_doing(e, "reading the device descriptor");
    d->bcd_device = got >= 14 ? get_le16(bytes + 12) : 0;
    if (!usb_descriptor(d->usb, DESCRIPTOR_CONFIG, 0, bytes, sizeof bytes, &got, e))
        return err_doing(e, "reading the configuration descriptor");
    if (!config_parse(&c, bytes, got, e))
        return false;
    if (!c.functional)
        return err_set(e, ERR_PROTOCOL, "the device has no DFU functional descriptor: how much it takes at once is unknown");
    if (c.version != DFUSE_VERSION) {
        err_set(e, ERR_UNSUPPORTED, "the device speaks DFU %X.%02X, not ST's DfuSe: it has no addresses", c.version >> 8, c.version & 0xFF);
        return err_hint(e, "this is no STM32 bootloader; dfu-util may be able to program it");
    }
    if (c.protocol != 2)
        return err_set(e, ERR_UNSUPPORTED, "the device runs its application, which offers DFU, but is not in DFU mode");
    if (c.transfer_bytes < TRANSFER_MIN || c.transfer_bytes > TRANSFER_MAX)
        return err_set(e, ERR_PROTOCOL, "the device's transfer size of %u bytes makes no sense", c.transfer_bytes);
    d->dfu = (struct dfu){
        .usb = d->usb, .interface = c.interface, .transfer_bytes = c.transfer_bytes, .attributes = c.attributes, .version = c.version
    };
    return read_memories(d, &c, e);
}

static bool select_memory(struct dfuse *d, const struct dfuse_memory *m, struct err *e)
{
    if (d->selected == m - d->memory)
        return true;
    d->pointed = false;
    d->selected = -1;
    if (!dfu_to_idle(&d->dfu, e) || !usb_set_alternate(d->usb, d->dfu.interface, m->alternate, e)) {
        dfu_hint(e);
        return err_doing(e, "choosing the memory '%s'", m->layout.name);
    }
    d->selected = (int)(m - d->memory);
    return true;
}

static bool start(struct dfuse *d, struct err *e)
{
    return read_descriptors(d, e) && select_memory(d, &d->memory[0], e) && dfu_to_idle(&d->dfu, e) && get_commands(d, e);
}

bool dfuse_open(struct dfuse *d, struct usb_device *usb, struct err *e)
{
    *d = (struct dfuse){ .usb = usb, .selected = -1 };
    if (start(d, e)) {
        d->device = find_device(d);
        return true;
    }
    dfu_hint(e);
    err_doing(e, "opening the bootloader at %s", usb->id.path);
    dfuse_close(d); /* with `usb` */
    return false;
}

void dfuse_close(struct dfuse *d)
{
    struct err ignored = { 0 };

    if (d->usb && !d->gone && d->dfu.usb && !d->dfu.lost)
        dfu_to_idle(&d->dfu, &ignored); /* as the next program expects it */
    usb_close(d->usb);
    d->usb = NULL;
}

bool dfuse_comes_back(struct dfuse *d, unsigned limit_ms, struct err *e)
{
    struct usb_device *usb = d->usb;

    if (!usb_comes_back(usb, limit_ms, e))
        return false;
    *d = (struct dfuse){ .usb = usb, .selected = -1 };
    if (!start(d, e))
        return err_doing(e, "opening the bootloader again");
    d->device = find_device(d);
    return true;
}

/* ---- memories ---- */

const struct dfuse_memory *dfuse_memory_at(const struct dfuse *d, uint32_t addr, uint32_t len)
{
    for (unsigned i = 0; i < d->memories; i++)
        if (layout_span_at(&d->memory[i].layout, addr) && layout_reach(&d->memory[i].layout, addr) >= len)
            return &d->memory[i];
    return NULL;
}

bool dfuse_nowhere(const struct dfuse *d, uint32_t addr, uint32_t len, struct err *e)
{
    err_set(e, ERR_USAGE, "the bootloader has no memory that holds %" PRIu32 " bytes at 0x%08" PRIX32, len, addr);
    for (unsigned i = 0; i < d->memories; i++)
        err_seen(e, "%.*s", LINE, d->memory[i].text);
    return false;
}

/* Flash in which a row says pages are, or whose device is unknown and calls it so; everything else is written only by its own function. */
static bool is_flash(const struct dfuse *d, uint32_t addr, const struct dfuse_memory *m)
{
    const struct layout_span *span = layout_span_at(&m->layout, addr);

    return span && span->erasable && span->writable && m == &d->memory[0];
}

/* The device's never_write rows, on a block that lies over the flash controller's registers. Rows that ask for another register look
 * into the block, which has them all. */
static bool may_write(const struct dfuse *d, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    const struct flash_facts *f = d->device ? d->device->flash : NULL;

    for (const struct never_write *row = f ? f->never : NULL; row && row->mask; row++) {
        const uint64_t at = (uint64_t)f->base + row->offset, with = (uint64_t)f->base + row->with_offset;
        const bool here = at >= addr && at + 4 <= addr + (uint64_t)len, with_here = with >= addr && with + 4 <= addr + (uint64_t)len;
        uint32_t value;

        if (!here)
            continue;
        value = get_le32(bytes + (at - addr));
        if (((value & row->mask) == row->value) == row->unless)
            continue;
        if (row->with_mask && with_here && ((get_le32(bytes + (with - addr)) & row->with_mask) == row->with_value) == row->with_unless)
            continue;
        err_set(e, ERR_REFUSED, "%s: sector0 never writes that", row->why);
        return err_seen(e, "0x%08" PRIX32 " for the option word at 0x%08" PRIX64, value, at);
    }
    return true;
}

/* ---- commands ---- */

/* A command or block needs dfuIDLE or dfuDNLOAD-IDLE, reading dfuIDLE or dfuUPLOAD-IDLE (AN3156). */
static bool ready(struct dfuse *d, enum dfu_state or_in, struct err *e)
{
    return d->dfu.last.state == DFU_IDLE || d->dfu.last.state == or_in || dfu_to_idle(&d->dfu, e);
}

static bool command(struct dfuse *d, uint8_t code, uint32_t addr, unsigned limit_ms, const char *doing, struct err *e)
{
    uint8_t bytes[5] = { code };

    put_le32(bytes + 1, addr);
    d->pointed = false;
    return ready(d, DFU_DNLOAD_IDLE, e) && dfu_download(&d->dfu, BLOCK_COMMAND, bytes, sizeof bytes, limit_ms, doing, e);
}

static bool set_address(struct dfuse *d, uint32_t addr, struct err *e)
{
    char doing[60];

    snprintf(doing, sizeof doing, "go to address 0x%08" PRIX32, addr);
    d->pointed = command(d, COMMAND_ADDRESS, addr, ADDRESS_LIMIT_MS, doing, e);
    d->pointer = addr;
    return d->pointed;
}

/* The number of the block at `addr`, counted from the last address if that can be. A short block that is written is always number 2: a
 * ROM that counts in what was asked for would put it elsewhere. One that is read so would read elsewhere: then nothing verifies. */
static bool go_to(struct dfuse *d, uint32_t addr, bool only_there, uint16_t *block, struct err *e)
{
    const uint32_t from = addr - d->pointer, number = from / d->dfu.transfer_bytes;

    *block = BLOCK_DATA;
    if (!d->pointed || addr < d->pointer || from % d->dfu.transfer_bytes || number > BLOCK_LAST - BLOCK_DATA || (only_there && number))
        return set_address(d, addr, e);
    *block = (uint16_t)(BLOCK_DATA + number);
    return true;
}

static void tell(struct dfuse *d, size_t bytes)
{
    if (d->moved)
        d->moved(d->moved_ctx, bytes);
}

static bool read_block(struct dfuse *d, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    char doing[60];
    uint16_t block;

    snprintf(doing, sizeof doing, "read %zu bytes at 0x%08" PRIX32, len, addr);
    if (!go_to(d, addr, false, &block, e) || !ready(d, DFU_UPLOAD_IDLE, e))
        return false;
    d->pointed = dfu_upload(&d->dfu, block, bytes, len, doing, e);
    if (d->pointed)
        tell(d, len);
    return d->pointed;
}

bool dfuse_read(struct dfuse *d, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    const struct dfuse_memory *m = dfuse_memory_at(d, addr, (uint32_t)len);

    if (len == 0)
        return true;
    if (!m || len > UINT32_MAX)
        return dfuse_nowhere(d, addr, (uint32_t)len, e);
    if (!select_memory(d, m, e))
        return false;
    for (size_t at = 0; at < len;) {
        const size_t n = len - at < d->dfu.transfer_bytes ? len - at : d->dfu.transfer_bytes;

        if (!read_block(d, addr + (uint32_t)at, bytes + at, n, e))
            return false;
        at += n;
    }
    return true;
}

static bool flash_at(struct dfuse *d, uint32_t addr, uint32_t len, struct err *e)
{
    const struct dfuse_memory *m = dfuse_memory_at(d, addr, len);

    if (!m || !is_flash(d, addr, m))
        return dfuse_nowhere(d, addr, len, e);
    return select_memory(d, m, e);
}

bool dfuse_erase_page(struct dfuse *d, uint32_t addr, struct err *e)
{
    char doing[60];

    snprintf(doing, sizeof doing, "erase the page at 0x%08" PRIX32, addr);
    return flash_at(d, addr, 1, e) && command(d, COMMAND_ERASE, addr, ERASE_LIMIT_MS, doing, e);
}

bool dfuse_erase_all(struct dfuse *d, struct err *e)
{
    const uint8_t code = COMMAND_ERASE;

    d->pointed = false;
    if (!select_memory(d, &d->memory[0], e) || !dfu_to_idle(&d->dfu, e))
        return false;
    return dfu_download(&d->dfu, BLOCK_COMMAND, &code, 1, ERASE_ALL_LIMIT_MS, "erase everything", e);
}

bool dfuse_write(struct dfuse *d, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    if (len == 0 || len > UINT32_MAX || addr % 8 || len % 4)
        return err_set(e, ERR_BUG, "%zu bytes at 0x%08" PRIX32 " are not what the bootloader can write", len, addr);
    if (!flash_at(d, addr, (uint32_t)len, e) || !may_write(d, addr, bytes, len, e))
        return false;
    for (size_t at = 0; at < len;) {
        const size_t n = len - at < d->dfu.transfer_bytes ? len - at : d->dfu.transfer_bytes;
        const uint32_t to = addr + (uint32_t)at;
        char doing[60];
        uint16_t block;

        snprintf(doing, sizeof doing, "write %zu bytes at 0x%08" PRIX32, n, to);
        if (!go_to(d, to, n < d->dfu.transfer_bytes, &block, e) || !ready(d, DFU_DNLOAD_IDLE, e))
            return false;
        d->pointed = dfu_download(&d->dfu, block, bytes + at, n, WRITE_LIMIT_MS, doing, e);
        if (!d->pointed)
            return false;
        at += n;
        tell(d, n);
    }
    return true;
}

bool dfuse_write_block(struct dfuse *d, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    const struct dfuse_memory *m = dfuse_memory_at(d, addr, (uint32_t)len);

    if (!d->device)
        return err_set(e, ERR_REFUSED, "sector0 does not know this chip, and writes nothing but flash to it");
    if (!m || len > d->dfu.transfer_bytes)
        return dfuse_nowhere(d, addr, (uint32_t)len, e);
    if (!may_write(d, addr, bytes, len, e) || !select_memory(d, m, e) || !set_address(d, addr, e))
        return false;
    return dfu_download_begin(&d->dfu, BLOCK_DATA, bytes, len, "write the option words", e);
}

bool dfuse_unprotect(struct dfuse *d, struct err *e)
{
    const uint8_t code = COMMAND_UNPROTECT;

    d->pointed = false;
    if (d->commands_known && !d->can_unprotect)
        return err_set(e, ERR_UNSUPPORTED, "this bootloader has no command to take readout protection back");
    if (!select_memory(d, &d->memory[0], e) || !dfu_to_idle(&d->dfu, e))
        return false;
    return dfu_download_begin(&d->dfu, BLOCK_COMMAND, &code, 1, "take readout protection back", e);
}

/* Asked again after it said that it goes: only when it answers no more has it gone. A stall is still an answer, for a while. */
static bool has_gone(struct dfuse *d)
{
    const uint64_t end_us = clock_now_us(d->usb->clock) + UINT64_C(1000) * LEAVE_LIMIT_MS;
    struct err why = { 0 };
    bool answers;

    do {
        answers = dfu_get_status(&d->dfu, &why);
        if (answers && (d->dfu.last.state < DFU_MANIFEST_SYNC || d->dfu.last.state > DFU_MANIFEST_WAIT_RESET))
            return false;
        if (!answers && why.kind != ERR_IO)
            return true;
        clock_sleep_us(d->usb->clock, LEAVE_POLL_US);
    } while (clock_now_us(d->usb->clock) < end_us);
    return !answers;
}

bool dfuse_leave(struct dfuse *d, uint32_t addr, struct err *e)
{
    struct err why = { 0 };

    if (!set_address(d, addr, e))
        return false;
    if (!dfu_download_begin(&d->dfu, BLOCK_LEAVE, NULL, 0, "start the application", &why) && why.kind != ERR_NODEV && why.kind != ERR_IO &&
        why.kind != ERR_TIMEOUT) {
        *e = why;
        return false;
    }
    /* A device that leaves without a word, or goes while it answers, has done what it was told; it is not waited for twice. */
    d->gone = d->dfu.lost || has_gone(d);
    if (d->gone)
        return true;
    err_set(e, ERR_PROTOCOL, "the bootloader was told to start the application, and stays: it is in %s", dfu_state_name(d->dfu.last.state));
    return err_hint(e, "cycle the board's power: the application then starts");
}
