/* fuzz_usbredir.c - any bytes at all from a usb-redir peer: first as they are, then after a proper greeting and with a device plugged in.
 * The first byte is the device's temper: it decides how its transfers end, and when it is unplugged. */
#include "fuzz.h"

#include "base/bytes.h"
#include "usbredir/redir.h"

#include <string.h>

struct temper {
    struct redir *redir;
    unsigned seed;
    uint32_t pending; /* slots */
    size_t len[REDIR_PENDING_MAX];
};

static unsigned next(struct temper *t) { return (t->seed = t->seed * 1103515245u + 12345u) >> 16; }

static enum redir_status control(void *ctx, const uint8_t setup[8], uint8_t *data, size_t *len)
{
    struct temper *t = ctx;

    if (*len)
        memset(data, setup[1], *len);
    *len = *len ? next(t) % (*len + 1) : 0;
    return (enum redir_status)(next(t) % (REDIR_BABBLE + 1));
}

static void submit(void *ctx, unsigned slot, uint8_t ep, const uint8_t *data, size_t len)
{
    struct temper *t = ctx;

    CLAIM(slot < REDIR_PENDING_MAX && !(t->pending >> slot & 1) && len <= REDIR_BYTES_MAX);
    t->pending |= 1u << slot;
    t->len[slot] = len;
    if (data && len)
        t->seed += data[len - 1];
}

static void cancel(void *ctx, unsigned slot)
{
    const struct temper *t = ctx;

    CLAIM(slot < REDIR_PENDING_MAX && t->pending >> slot & 1);
}

static void reset(void *ctx) {}

static void finish_some(struct temper *t, bool all)
{
    static uint8_t data[REDIR_BYTES_MAX];

    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if (t->pending >> i & 1 && (all || next(t) & 1)) {
            t->pending &= ~(1u << i);
            redir_done(t->redir, i, all ? REDIR_IO_ERROR : (enum redir_status)(next(t) % (REDIR_BABBLE + 1)), data,
                       next(t) % (t->len[i] + 1));
        }
}

/* What we send is whole messages. */
static void check_output(const struct redir *r, bool wide)
{
    size_t at = 0, head = 12;

    while (at < r->out.len) {
        CLAIM(r->out.len - at >= head);
        at += head + get_le32(r->out.bytes + at + 4);
        head = wide ? 16 : 12;
    }
    CLAIM(at == r->out.len);
}

static void talk(const uint8_t *bytes, size_t len, bool greeted)
{
    static const uint8_t device[18] = { 18, 1, 0, 2, 0xEF, 2, 1, 64, 0x83, 4, 0x4B, 0x37, 0, 1, 1, 2, 3, 1 };
    static const uint8_t config[] = { 9, 2, 39, 0, 1, 1, 0, 0x80, 50, 9,  4, 0, 0, 3, 255,  255, 255, 4, 7, 5,
                                      1, 2, 64, 0, 0, 7, 5, 0x81, 2,  64, 0, 0, 7, 5, 0x82, 3,   64,  0, 10 };
    struct redir r;
    struct temper t = { .redir = &r, .seed = bytes[0] };
    const struct redir_port port = { &t, control, submit, cancel, reset };
    const size_t step = 1 + bytes[0] % 32;
    uint8_t hello[80] = { [4] = 68, [76] = 0x72 };
    struct err e = { 0 };
    bool good = true;

    redir_init(&r, &port);
    if (greeted)
        CLAIM(redir_feed(&r, hello, sizeof hello, &e));
    redir_plug(&r, &(struct redir_device){ device, config, sizeof config });
    for (size_t at = 1; good && at < len; at += step) {
        good = redir_feed(&r, bytes + at, len - at < step ? len - at : step, &e);
        finish_some(&t, false);
        if (next(&t) % 16 == 0) {
            redir_unplug(&r);
            finish_some(&t, true);
            redir_plug(&r, &(struct redir_device){ device, config, sizeof config - next(&t) % sizeof config });
        }
    }
    CLAIM(good || e.kind == ERR_PROTOCOL);
    check_output(&r, r.wide_ids);
    redir_unplug(&r);
    finish_some(&t, true);
    CLAIM(t.pending == 0);
    redir_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    talk(bytes, len, false);
    talk(bytes, len, true);
    return 0;
}
