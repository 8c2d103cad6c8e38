/* fuzz_stlink.c - any bytes at all as the answers of an ST-LINK: whatever it says, the driver and the layers above it end in time, close
 * the device once, and touch no memory that is not theirs.
 *
 * The input is a list of answers to IN transfers: a length and that many bytes; 0xFF is a time-out, 0xFE a stall, 0xFD an unplugged
 * cable. After the last one the probe is silent. */
#include "cortexm/target.h"
#include "fuzz.h"
#include "probe/probe.h"

#include <string.h>

struct liar {
    struct usb_device base;
    struct clock clock;
    uint64_t now_us;
    const uint8_t *bytes;
    size_t left;
    unsigned closed;
};

static uint64_t liar_now(void *ctx) { return ((struct liar *)ctx)->now_us; }
static void liar_sleep(void *ctx, uint64_t us) { ((struct liar *)ctx)->now_us += us; }

static bool liar_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct liar *l = (struct liar *)d;
    size_t n;
    uint8_t what;

    l->now_us += 100;
    *done = 0;
    if (!(ep & 0x80)) {
        *done = len;
        return true;
    }
    what = l->left ? *l->bytes : 0xFF;
    if (l->left) {
        l->bytes++;
        l->left--;
    }
    if (what == 0xFF) {
        l->now_us += timeout_ms * UINT64_C(1000);
        return err_set(e, ERR_TIMEOUT, "no answer");
    }
    if (what == 0xFE)
        return err_set(e, ERR_IO, "stall");
    if (what == 0xFD)
        return err_set(e, ERR_NODEV, "unplugged");
    n = what == 0xFC ? len : what; /* 0xFC: as long as it was asked for, as far as there are bytes */
    if (n > l->left)
        n = l->left;
    if (n > len)
        return err_set(e, ERR_PROTOCOL, "too much");
    memcpy(data, l->bytes, n);
    l->bytes += n;
    l->left -= n;
    *done = n;
    return true;
}

static bool liar_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data,
                         size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    return err_set(e, ERR_IO, "stall");
}

static bool liar_reset(struct usb_device *d, struct err *e) { return true; }
static void liar_close(struct usb_device *d) { ((struct liar *)d)->closed++; }

static const struct usb_device_ops liar_ops = { liar_control, liar_bulk, liar_reset, liar_close };

/* Everything a session may do, on a target that may not exist. */
static void use(struct target *t)
{
    struct core_reg_value regs[3] = { { CORE_PC, 0 }, { CORE_SP, 0 }, { CORE_XPSR, 0 } };
    struct err e = { 0 };
    uint8_t data[300];
    unsigned level;
    uint32_t optr;

    mem_read(&t->mem, 0x20000001, data, sizeof data, &e);
    mem_write(&t->mem, 0x20000001, data, 77, &e);
    if (!core_halt(&t->core, 10, &e) || !core_read_regs(&t->core, regs, 3, &e) || !core_write_regs(&t->core, regs, 3, &e))
        core_reset_halt(&t->core, 10, &e);
    target_rdp_level(t, &level, &optr, &e);
    target_hard_reset(t, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    for (int how = TARGET_ATTACH; how <= TARGET_UNDER_RESET; how++) {
        struct liar l = { .bytes = bytes, .left = len };
        struct err e = { 0 };
        struct target t;
        struct probe *p;

        l.clock = (struct clock){ liar_now, liar_sleep, &l };
        l.base.ops = &liar_ops;
        l.base.clock = &l.clock;
        l.base.id = (struct usb_id){ .vid = 0x0483, .pid = 0x374B };
        p = probe_kind_of(&l.base.id)->open(&l.base, &e);
        if (p && target_open(&t, p, (enum target_connect)how, 4000, &e)) {
            CLAIM(t.device && t.flash_bytes <= t.device->flash_bytes_max);
            use(&t);
            target_close(&t);
        } else {
            CLAIM(e.kind != ERR_NONE && e.cause[0]);
        }
        CLAIM(l.closed == 1);
        CLAIM(l.now_us < UINT64_C(600) * 1000 * 1000); /* ten minutes of nothing but time-outs */
    }
    return 0;
}
