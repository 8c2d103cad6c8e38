/* fake_dfu.c - see fake_dfu.h. */
#include "fake_dfu.h"
#include "base/bytes.h"
#include "boot/dfu.h"

#include <string.h>

enum { RESET_US = 300000, TRANSFER_US = 300, BYTE_NS = 800 };

static uint64_t now_us(void *ctx) { return ((struct fake_dfu *)ctx)->now_us; }

static void sleep_us(void *ctx, uint64_t us)
{
    struct fake_dfu *f = ctx;

    f->now_us += us;
    f->slept_us += us;
}

static uint32_t roll(struct fake_dfu *f)
{
    f->dice = f->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(f->dice >> 33);
}

static bool lying(struct fake_dfu *f) { return f->lies && roll(f) % f->lies == 0; }

uint32_t fake_option(const struct fake_dfu *f, unsigned offset) { return get_le32(f->options + offset); }
void fake_set_option(struct fake_dfu *f, unsigned offset, uint32_t value) { put_le32(f->options + offset, value); }

static bool protected_at(const struct fake_dfu *f, uint32_t page)
{
    static const unsigned areas[] = { FAKE_WRP1AR, FAKE_WRP1BR };

    for (unsigned i = 0; i < 2; i++) {
        const uint32_t word = fake_option(f, areas[i]);

        if (page >= (word & 0x7F) && page <= (word >> 16 & 0x7F))
            return true;
    }
    return false;
}

static bool readout_protected(const struct fake_dfu *f) { return (fake_option(f, FAKE_OPTR) & 0xFF) != 0xAA; }

static bool stall(struct fake_dfu *f, struct err *e)
{
    (void)f;
    return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
}

static bool protocol_error(struct fake_dfu *f, uint8_t status, struct err *e)
{
    f->state = DFU_ERROR;
    f->status = status;
    f->pending = false;
    return stall(f, e);
}

/* ---- descriptors ---- */

static void string_descriptor(const char *text, uint8_t *bytes, size_t *len)
{
    *len = 2;
    for (; *text && *len < 254; text++) {
        bytes[(*len)++] = (uint8_t)*text;
        bytes[(*len)++] = 0;
    }
    bytes[0] = (uint8_t)*len;
    bytes[1] = 3;
}

static bool descriptor(struct fake_dfu *f, uint16_t value, uint8_t *bytes, size_t *len, struct err *e)
{
    const unsigned index = value & 0xFF;

    switch (value >> 8) {
    case 1: {
        static const uint8_t device[18] = { 18, 1, 0, 2, 0, 0, 0, 64, 0x83, 0x04, 0x11, 0xDF, 0x20, 0x02, 1, 2, 3, 1 };

        memcpy(bytes, device, *len = sizeof device);
        return true;
    }
    case 2: {
        uint8_t *at = bytes + 9;

        for (uint8_t i = 0; i < 4 && f->memory[i]; i++, at += 9) {
            const uint8_t interface[9] = { 9, 4, 0, i, 0, 0xFE, 1, f->protocol, (uint8_t)(4 + i) };

            memcpy(at, interface, 9);
        }
        memcpy(at, (const uint8_t[]){ 9, 0x21, 0x0B, 255, 0, 0, 0, 0, 0 }, 9);
        put_le16(at + 5, f->transfer_bytes);
        put_le16(at + 7, f->dfu_version);
        *len = (size_t)(at + 9 - bytes);
        memcpy(bytes, (const uint8_t[]){ 9, 2, 0, 0, 1, 1, 0, 0xC0, 50 }, 9);
        put_le16(bytes + 2, (uint32_t)*len);
        return true;
    }
    case 3:
        if (index == 0) {
            memcpy(bytes, (const uint8_t[]){ 4, 3, 9, 4 }, *len = 4);
            return true;
        }
        if (index < 4 || index >= 8 || !f->memory[index - 4])
            return stall(f, e);
        string_descriptor(f->memory[index - 4], bytes, len);
        return true;
    default: return stall(f, e);
    }
}

/* ---- memories ---- */

/* [addr, addr + len) as bytes of the chip, in the memory that was chosen, or NULL. */
static uint8_t *memory_at(struct fake_dfu *f, uint32_t addr, uint32_t len)
{
    const struct {
        uint32_t base, bytes;
        uint8_t *data;
    } all[] = { { FAKE_BASE, sizeof f->flash, f->flash },
                { 0x40022020, sizeof f->options, f->options },
                { 0x1FFF6800, sizeof f->otp, f->otp },
                { 0x1FFF6C00, sizeof f->engineering, f->engineering } };

    for (unsigned i = 0; i < 4; i++)
        if (i == f->alternate && addr >= all[i].base && (uint64_t)addr + len <= (uint64_t)all[i].base + all[i].bytes)
            return i == 3 && f->no_engineering ? NULL : all[i].data + (addr - all[i].base);
    return NULL;
}

static void reset(struct fake_dfu *f)
{
    f->gone = true;
    f->resets = false;
}

static void refuse(struct fake_dfu *f, uint8_t status)
{
    f->state = DFU_ERROR;
    f->status = status;
}

static void erase_page(struct fake_dfu *f, uint32_t addr)
{
    const uint32_t page = (addr - FAKE_BASE) / FAKE_PAGE;

    if (addr < FAKE_BASE || page >= FAKE_PAGES) {
        refuse(f, DFU_ERR_TARGET);
        return;
    }
    f->busy_until_us = f->now_us + f->erase_us;
    f->erases[page]++;
    if (protected_at(f, page)) /* silently not done */
        return;
    memset(f->flash + page * FAKE_PAGE, 0xFF, FAKE_PAGE);
    f->ones[page] = false;
}

static void run_command(struct fake_dfu *f)
{
    if (f->data[0] == 0x92 && f->len == 1) {
        memset(f->flash, 0xFF, sizeof f->flash);
        fake_set_option(f, FAKE_OPTR, (fake_option(f, FAKE_OPTR) & ~0xFFu) | 0xAA);
        f->resets = true;
    } else if (f->data[0] == 0x21 && f->len == 5) {
        f->pointer = get_le32(f->data + 1);
        f->set_addresses++;
        if (!memory_at(f, f->pointer, 1))
            refuse(f, DFU_ERR_TARGET);
    } else if (readout_protected(f)) {
        refuse(f, DFU_ERR_VENDOR);
    } else if (f->data[0] == 0x41 && f->len == 5) {
        erase_page(f, get_le32(f->data + 1));
    } else if (f->data[0] == 0x41 && f->len == 1) {
        f->mass_erases++;
        f->busy_until_us = f->now_us + f->erase_us;
        for (uint32_t i = 0; i < FAKE_PAGES; i++)
            if (!protected_at(f, i))
                memset(f->flash + i * FAKE_PAGE, 0xFF, FAKE_PAGE);
    } else {
        refuse(f, 0x0F);
    }
}

static void run_block(struct fake_dfu *f)
{
    const uint32_t addr = f->pointer + (uint32_t)(f->block - 2) * f->transfer_bytes;
    uint8_t *to = memory_at(f, addr, f->len);

    f->downloads++;
    f->busy_until_us = f->now_us + f->write_us * (f->len + 7) / 8;
    if (readout_protected(f)) {
        refuse(f, DFU_ERR_VENDOR);
    } else if (!to || f->len > f->transfer_bytes) {
        refuse(f, DFU_ERR_TARGET);
    } else if (to == f->options && f->len == FAKE_OPTIONS) {
        memcpy(f->options, f->data, f->len);
        f->resets = true;
    } else if (to < f->flash || to >= f->flash + sizeof f->flash || addr % 8 || f->len % 4) {
        refuse(f, 0x03);
    } else {
        for (unsigned i = 0; i < f->len; i++) {
            if ((i == 0 || (addr + i) % FAKE_PAGE == 0) && protected_at(f, (addr + i - FAKE_BASE) / FAKE_PAGE))
                return; /* silently not done */
            if ((to[i] != 0xFF && f->data[i] != to[i]) || f->ones[(addr + i - FAKE_BASE) / FAKE_PAGE])
                refuse(f, 0x06);
            to[i] &= f->data[i];
        }
    }
}

static void start_pending(struct fake_dfu *f)
{
    f->pending = false;
    f->busy_until_us = f->now_us;
    f->state = DFU_DNBUSY;
    f->status = 0;
    if (f->block == 0)
        run_command(f);
    else
        run_block(f);
}

static bool get_status(struct fake_dfu *f, uint8_t *bytes, size_t *len, struct err *e)
{
    uint32_t poll = 0;

    if (f->gone)
        return err_set(e, ERR_NODEV, "the USB device was unplugged");
    if (f->state == DFU_MANIFEST_SYNC) {
        f->left++;
        f->left_to = f->pointer;
        f->state = DFU_MANIFEST;
        f->gone = !f->never_leaves;
        if (f->silent_leave)
            return err_set(e, ERR_NODEV, "the USB device was unplugged");
    } else if (f->pending) {
        start_pending(f);
        poll = f->poll_ms;
    } else if (f->state == DFU_DNBUSY) {
        if (f->now_us < f->busy_until_us) {
            if (f->stalls_early)
                return stall(f, e);
            poll = f->poll_ms;
        } else if (f->resets) {
            reset(f);
            return err_set(e, ERR_NODEV, "the USB device was unplugged");
        } else {
            f->state = DFU_DNLOAD_IDLE;
        }
    }
    memcpy(bytes, (const uint8_t[]){ f->status, (uint8_t)poll, (uint8_t)(poll >> 8), (uint8_t)(poll >> 16), f->state, 0 }, *len = 6);
    return true;
}

static bool upload(struct fake_dfu *f, uint16_t block, uint8_t *bytes, size_t want, size_t *len, struct err *e)
{
    const uint32_t addr = f->pointer + (uint32_t)(block - 2) * f->transfer_bytes;
    const uint8_t *from = memory_at(f, addr, (uint32_t)want);

    if (f->state != DFU_IDLE && f->state != DFU_UPLOAD_IDLE)
        return protocol_error(f, 0x0F, e);
    f->uploads++;
    if (block == 0) {
        static const uint8_t commands[] = { 0x00, 0x21, 0x41, 0x92 };

        *len = want < sizeof commands ? want : sizeof commands;
        memcpy(bytes, commands, *len);
        return true;
    }
    if (readout_protected(f))
        return protocol_error(f, DFU_ERR_VENDOR, e);
    if (!from || want > f->transfer_bytes)
        return protocol_error(f, DFU_ERR_TARGET, e);
    memcpy(bytes, from, *len = want);
    f->state = DFU_UPLOAD_IDLE;
    return true;
}

static bool class_request(struct fake_dfu *f, uint8_t request, uint16_t value, uint8_t *bytes, size_t want, size_t *len, struct err *e)
{
    if (f->state == DFU_ERROR && request != DFU_GETSTATUS && request != DFU_GETSTATE && request != DFU_CLRSTATUS)
        return stall(f, e);
    switch (request) {
    case DFU_DNLOAD:
        if ((f->state != DFU_IDLE && f->state != DFU_DNLOAD_IDLE) || want > sizeof f->data || value == 1)
            return protocol_error(f, 0x0F, e);
        if (want == 0) {
            f->state = DFU_MANIFEST_SYNC;
            return true;
        }
        memcpy(f->data, bytes, f->len = (unsigned)want);
        f->block = value;
        f->pending = true;
        f->state = DFU_DNLOAD_SYNC;
        *len = want;
        return true;
    case DFU_UPLOAD: return upload(f, value, bytes, want, len, e);
    case DFU_GETSTATUS: return get_status(f, bytes, len, e);
    case DFU_CLRSTATUS:
        f->status = 0;
        f->state = DFU_IDLE;
        return !f->stalls_clrstatus || stall(f, e);
    case DFU_ABORT:
        if (f->state == DFU_DNBUSY)
            return protocol_error(f, 0x0F, e);
        f->pending = false;
        f->state = DFU_IDLE;
        return true;
    default: return protocol_error(f, 0x0F, e);
    }
}

/* ---- lying ---- */

/* One of many ways not to do what was asked. True: the transfer is over, with *ok. */
static bool lie(struct fake_dfu *f, uint8_t request_type, uint8_t *bytes, size_t want, size_t *len, bool *ok, struct err *e)
{
    const bool in = request_type & 0x80;

    *ok = false;
    switch (roll(f) % 8) {
    case 0: stall(f, e); return true;
    case 1:
        f->now_us += 5000000;
        err_set(e, ERR_TIMEOUT, "no answer over USB in time");
        return true;
    case 2:
        if (roll(f) % 16)
            return false;
        f->gone = true;
        err_set(e, ERR_NODEV, "the USB device was unplugged");
        return true;
    case 3: err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for"); return true;
    case 4: /* anything at all */
        *len = in ? roll(f) % (want + 1) : want;
        for (size_t i = 0; in && i < *len; i++)
            bytes[i] = (uint8_t)roll(f);
        *ok = true;
        return true;
    case 5: /* a status out of the blue, with a poll time of up to hours */
        if (!in || want != 6)
            return false;
        memcpy(bytes,
               (const uint8_t[]){ (uint8_t)(roll(f) % 18), (uint8_t)roll(f), (uint8_t)(roll(f) % 4 ? 0 : roll(f)),
                                  (uint8_t)(roll(f) % 8 ? 0 : roll(f)), (uint8_t)(roll(f) % 12), 0 },
               *len = 6);
        *ok = true;
        return true;
    case 6: /* taken, and forgotten */
        *len = in ? 0 : want;
        *ok = true;
        return true;
    default: return false;
    }
}

/* ---- a usb device ---- */

static bool fake_control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *bytes, size_t want,
                         size_t *done, unsigned timeout_ms, struct err *e)
{
    struct fake_dfu *f = (struct fake_dfu *)d;
    uint8_t answer[4096] = { 0 };
    size_t len = 0;
    bool ok = true;

    (void)timeout_ms;
    (void)index;
    *done = 0;
    f->now_us += TRANSFER_US + want * BYTE_NS / 1000;
    f->transfers++;
    if (f->unplug_at && f->transfers >= f->unplug_at)
        f->gone = true;
    if (f->gone)
        return err_set(e, ERR_NODEV, "the USB device was unplugged");
    if (want <= sizeof answer && lying(f) && lie(f, type, bytes, want, done, &ok, e))
        return ok;
    if (type == 0x80 && request == 6) {
        ok = descriptor(f, value, answer, &len, e);
        len = len < want ? len : want;
        memcpy(bytes, answer, len);
    } else if (type == 0x01 && request == 11) {
        ok = (value < 4 && f->memory[value]) || stall(f, e);
        f->alternate = value;
        f->state = DFU_IDLE;
    } else if (type == 0x21 || type == 0xA1) {
        ok = class_request(f, request, value, bytes, want, &len, e);
    } else {
        ok = stall(f, e);
    }
    *done = ok ? len : 0;
    if (ok && len && (type & 0x80) && lying(f))
        bytes[roll(f) % len] ^= (uint8_t)(1u << roll(f) % 8);
    return ok;
}

static bool fake_bulk(struct usb_device *d, uint8_t ep, uint8_t *bytes, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    (void)d;
    (void)ep;
    (void)bytes;
    (void)len;
    (void)timeout_ms;
    *done = 0;
    return err_set(e, ERR_BUG, "a bootloader has no bulk endpoints");
}

static bool fake_reset(struct usb_device *d, struct err *e)
{
    (void)d;
    return err_set(e, ERR_BUG, "nobody resets a bootloader");
}

static void fake_close(struct usb_device *d) { ((struct fake_dfu *)d)->closed = true; }

static bool fake_comes_back(struct usb_device *d, unsigned limit_ms, struct err *e)
{
    struct fake_dfu *f = (struct fake_dfu *)d;

    if (f->resets)
        reset(f);
    if (!f->comes_back || !f->gone) {
        f->now_us += (uint64_t)limit_ms * 1000;
        return err_set(e, ERR_NODEV, "the USB device did not come back");
    }
    f->now_us += RESET_US;
    f->gone = false;
    f->state = DFU_IDLE;
    f->status = 0;
    f->pointer = FAKE_BASE;
    return true;
}

static const struct usb_device_ops fake_ops = {
    .control = fake_control, .bulk = fake_bulk, .reset = fake_reset, .close = fake_close, .comes_back = fake_comes_back
};

void fake_dfu_begin(struct fake_dfu *f)
{
    *f = (struct fake_dfu){ .transfer_bytes = 1024,
                            .erase_us = 22000,
                            .write_us = 85,
                            .comes_back = true,
                            .memory = { "@Internal Flash    /0x08000000/128*02Kg", "@OB Bytes          /0x40022020/01*136 e",
                                        "@OTP Memory        /0x1FFF6800/01*1024 e", "@ENGI Bytes        /0x1FFF6C00/01*1024.e" },
                            .dfu_version = 0x011A,
                            .protocol = 2,
                            .state = DFU_IDLE,
                            .pointer = FAKE_BASE };
    f->clock = (struct clock){ now_us, sleep_us, f };
    f->usb = (struct usb_device){ .ops = &fake_ops,
                                  .clock = &f->clock,
                                  .id = { .path = "1-1", .vid = 0x0483, .pid = 0xDF11, .serial = "FAKE" } };
    memset(f->flash, 0xFF, sizeof f->flash);
    memset(f->otp, 0xFF, sizeof f->otp);
    memset(f->engineering, 0xFF, sizeof f->engineering);
    for (unsigned i = 0; i < 12; i++)
        f->engineering[0x250 + i] = (uint8_t)(0x11 * (i + 1)); /* the unique id, 0x1FFF6E50 */
    put_le16(f->engineering + 0x2A0, 256);                     /* flash size in KiB, 0x1FFF6EA0 */
    fake_set_option(f, FAKE_OPTR, 0xFFFFFEAA);
    fake_set_option(f, FAKE_WRP1AR, 0x7F);
    fake_set_option(f, FAKE_WRP1BR, 0x7F);
    fake_set_option(f, FAKE_SECR, 0xB4000000);
}
