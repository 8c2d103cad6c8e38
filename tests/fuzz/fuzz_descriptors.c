/* fuzz_descriptors.c - any bytes at all as a configuration descriptor, and as the answers of a device in DFU mode: the client ends in
 * time, closes the device once, and believes in no memory that was not listed. */
#include "boot/boot.h"
#include "fuzz.h"

#include <string.h>

struct liar {
    struct usb_device usb;
    struct clock clock;
    uint64_t now_us;
    const uint8_t *bytes;
    size_t left;
    unsigned closed, transfers;
};

static uint64_t now(void *ctx) { return ((struct liar *)ctx)->now_us; }
static void pass(void *ctx, uint64_t us) { ((struct liar *)ctx)->now_us += us; }

/* A length and that many bytes for each IN; 0xFF: a stall; at the end nothing but time-outs. */
static bool control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                    size_t *done, unsigned timeout_ms, struct err *e)
{
    struct liar *l = (struct liar *)d;
    size_t n;

    l->now_us += 300;
    l->transfers++;
    *done = 0;
    if (!(type & 0x80)) {
        *done = len;
        return true;
    }
    if (!l->left) {
        l->now_us += timeout_ms * UINT64_C(1000);
        return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    }
    n = *l->bytes++;
    l->left--;
    if (n == 0xFF)
        return err_set(e, ERR_IO, "stall");
    n = n < l->left ? n : l->left;
    n = n < len ? n : len;
    memcpy(data, l->bytes, n);
    l->bytes += n;
    l->left -= n;
    *done = n;
    return true;
}

static bool bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    return err_set(e, ERR_IO, "stall");
}

static bool reset(struct usb_device *d, struct err *e) { return true; }
static void close_it(struct usb_device *d) { ((struct liar *)d)->closed++; }

static const struct usb_device_ops ops = { .control = control, .bulk = bulk, .reset = reset, .close = close_it };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct liar l = { .bytes = bytes, .left = len };
    struct session s = { 0 };
    struct config c;
    struct boot b;
    struct err e = { 0 };

    if (config_parse(&c, bytes, len, &e))
        CLAIM(c.alternates > 0 && c.alternates <= CONFIG_ALTERNATES);
    else
        CLAIM((e.kind == ERR_PROTOCOL || e.kind == ERR_UNSUPPORTED) && e.cause[0]);

    l.clock = (struct clock){ now, pass, &l };
    l.usb = (struct usb_device){ .ops = &ops, .clock = &l.clock };
    e = (struct err){ 0 };
    if (boot_open(&b, &l.usb, &e)) {
        CLAIM(b.chip.device && b.chip.flash_bytes && b.chip.flash_bytes <= b.chip.device->flash_bytes_max);
        if (session_open_road(&s, &road_dfu, &b.chip, &b, &e))
            CLAIM(!session_abandon(&s));
        session_close(&s);
        boot_close(&b);
    } else {
        CLAIM(e.kind != ERR_NONE && e.cause[0]);
    }
    CLAIM(l.closed == 1);
    CLAIM(l.now_us < UINT64_C(1000000) * 600 && l.transfers < 10000);
    return 0;
}
