/* stlink_link.c - one command on the wire, and getting back in step with the probe when a reply did not come.
 *
 * A command is 16 bytes out, then data out or in; there is no status phase. The probe answers in order. So a reply that comes too late
 * would be taken for the next command's; after any transfer that did not end as it should, the next operation first asks for the version
 * and reads until exactly that comes back. If it does not, the device is reset, and SWD entered again.
 *
 * A stalled endpoint takes nothing until its halt is cleared (USB 2.0 8.5.3.4); that is done at once. But a probe that was stopped in the
 * middle of a command's data may take the question for the rest of it, and write it to the target: it is reset and not asked. */
#include "base/bytes.h"
#include "probe/stlink.h"

#include <string.h>

enum {
    HELLO_READS = 16,      /* replies that may be in the pipe before ours */
    HELLO_MS = 200,        /* for each, from a probe that was waited for already: estimate */
    AFTER_RESET_MS = 1000, /* OpenOCD pauses as long after a USB reset, in which a probe may not listen yet */
    WIRES_CLOCKS = 10000,  /* of SWD, more than any command needs besides a block: 64 items of RW_MISC, or connecting */
    SPEED_KHZ = 1800,      /* a probe that was not told yet */
};

static const struct stlink_command get_version = { { STLINK_GET_VERSION } };

static uint64_t now_us(struct stlink *s) { return clock_now_us(s->base.clock); }

bool stlink_wait_retry(struct stlink *s, unsigned round, uint64_t deadline_us)
{
    if (now_us(s) >= deadline_us)
        return false;
    s->base.waits++;
    if (round > 0) /* the first time at once: a USB round trip is a pause already */
        clock_sleep_us(s->base.clock, UINT64_C(1000) << (round < 7 ? round - 1 : 6));
    return true;
}

/* A probe takes nothing new before it has done what it was told, and does not answer sooner. */
static unsigned patience_ms(const struct stlink *s) { return STLINK_PATIENCE_MS + s->wires_before_ms + s->wires_ms; }

static unsigned wires_ms(const struct stlink *s, const struct stlink_command *c)
{
    static const struct {
        uint8_t op, width;
    } blocks[] = { { STLINK_READMEM_8BIT, 1 },  { STLINK_READMEM_16BIT, 2 },  { STLINK_READMEM_32BIT, 4 },
                   { STLINK_WRITEMEM_8BIT, 1 }, { STLINK_WRITEMEM_16BIT, 2 }, { STLINK_WRITEMEM_32BIT, 4 } };
    const unsigned khz = s->base.speed_khz ? s->base.speed_khz : SPEED_KHZ;
    unsigned clocks = WIRES_CLOCKS;

    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c->bytes[0] == STLINK_DEBUG && c->bytes[1] == blocks[i].op)
            clocks += (unsigned)get_le16(c->bytes + 6) / blocks[i].width * STLINK_BITS_PER_ACCESS;
    return clocks / khz;
}

/* A transfer has failed. An endpoint that stalls is made to work again; `e` stays what it is. */
static bool lose_step(struct stlink *s, uint8_t ep, const struct err *e)
{
    struct err ignored = { 0 };

    s->lost_step = true;
    if (e->kind == ERR_IO)
        usb_clear_halt(s->usb, ep, &ignored);
    return false;
}

static bool put(struct stlink *s, const uint8_t *data, size_t len, unsigned timeout_ms, struct err *e)
{
    size_t done;

    if (!usb_bulk(s->usb, s->ep_out, (uint8_t *)(uintptr_t)data, len, &done, timeout_ms, e)) /* an OUT transfer only reads */
        return lose_step(s, s->ep_out, e);
    if (done == len)
        return true;
    s->lost_step = true;
    err_set(e, ERR_PROTOCOL, "the probe took %zu bytes instead of %zu", done, len);
    return false;
}

/* Exactly `len` bytes. The request is a whole number of packets where that can show an answer that is too long. */
static bool get(struct stlink *s, uint8_t *data, size_t len, struct err *e)
{
    const size_t ask = (len + STLINK_PACKET - 1) / STLINK_PACKET * STLINK_PACKET;
    size_t done;

    if (!usb_bulk(s->usb, s->ep_in, s->reply, ask, &done, patience_ms(s), e))
        return lose_step(s, s->ep_in, e);
    if (done != len) {
        s->lost_step = true;
        err_set(e, ERR_PROTOCOL, "the probe answered %zu bytes instead of %zu", done, len);
        return err_hint(e, "unplug the probe and plug it in again; update its firmware if that does not help");
    }
    memcpy(data, s->reply, len);
    return true;
}

static void trace(struct stlink *s, const struct stlink_command *c)
{
    char text[100];

    if (s->usb->trace)
        usb_trace(s->usb, "probe %s", stlink_describe(c, text, sizeof text));
}

static bool explain(const struct stlink_command *c, struct err *e)
{
    char text[100];

    return err_doing(e, "giving the probe the command %s", stlink_describe(c, text, sizeof text));
}

static bool put_command(struct stlink *s, const struct stlink_command *c, struct err *e)
{
    trace(s, c);
    s->wires_before_ms = s->wires_ms;
    s->wires_ms = wires_ms(s, c);
    return put(s, c->bytes, sizeof c->bytes, patience_ms(s), e);
}

bool stlink_send(struct stlink *s, const struct stlink_command *c, struct err *e) { return put_command(s, c, e) || explain(c, e); }

bool stlink_send_out(struct stlink *s, const struct stlink_command *c, const uint8_t *data, size_t len, struct err *e)
{
    s->in_data = true;
    if (!put_command(s, c, e) || !put(s, data, len, patience_ms(s), e))
        return explain(c, e);
    s->in_data = false;
    return true;
}

bool stlink_send_in(struct stlink *s, const struct stlink_command *c, uint8_t *data, size_t len, struct err *e)
{
    return (put_command(s, c, e) && get(s, data, len, e)) || explain(c, e);
}

bool stlink_send_status(struct stlink *s, const struct stlink_command *c, uint8_t *data, size_t len, struct err *e)
{
    const uint64_t deadline_us = now_us(s) + STLINK_BUSY_LIMIT_MS * 1000u;

    for (unsigned round = 0;; round++) {
        if (!stlink_send_in(s, c, data, len, e))
            return false;
        if (stlink_status_is_ok(data[0]))
            return true;
        usb_trace(s->usb, "probe status 0x%02X", data[0]);
        if (!stlink_status_is_wait(data[0]) || !stlink_wait_retry(s, round, deadline_us))
            break;
    }
    stlink_status_fail(data[0], e);
    return explain(c, e);
}

/* clean: the device was reset just before, so that nothing but our answer can come, whatever it says. */
static bool version_at_end(const struct stlink *s, size_t len, bool clean)
{
    const uint8_t *v = s->reply + len - sizeof s->version_reply;

    if (len < sizeof s->version_reply)
        return false;
    if (s->version[0]) /* known already: it cannot have changed */
        return memcmp(v, s->version_reply, sizeof s->version_reply) == 0;
    if (clean && len == sizeof s->version_reply)
        return true;
    return get_le16(v + 2) == s->base.id.vid && get_le16(v + 4) == s->base.id.pid;
}

/* The question goes out once only, or two answers would come: after a stall it is put again, as the probe has not got it. */
static bool put_question(struct stlink *s, unsigned timeout_ms, struct err *e)
{
    trace(s, &get_version);
    if (put(s, get_version.bytes, sizeof get_version.bytes, timeout_ms, e))
        return true;
    return e->kind == ERR_IO && put(s, get_version.bytes, sizeof get_version.bytes, timeout_ms, e);
}

/* Ask for the version, and read until it comes, behind whatever else comes; once also behind a stall. */
static bool ask_version(struct stlink *s, bool clean, unsigned timeout_ms, struct err *e)
{
    bool stalled = false;
    size_t done = 0;

    if (!put_question(s, timeout_ms, e))
        return false;
    for (unsigned i = 0; i < HELLO_READS; i++) {
        if (!usb_bulk(s->usb, s->ep_in, s->reply, sizeof s->reply, &done, timeout_ms, e)) {
            lose_step(s, s->ep_in, e);
            if (stalled || e->kind != ERR_IO)
                return false;
            stalled = true;
            continue;
        }
        if (version_at_end(s, done, clean)) {
            memcpy(s->version_reply, s->reply + done - sizeof s->version_reply, sizeof s->version_reply);
            s->lost_step = s->in_data = false;
            return true;
        }
    }
    err_set(e, ERR_PROTOCOL, "the probe does not tell its version");
    return err_hint(e, "unplug the probe and plug it in again; update its firmware if that does not help");
}

static bool reset_and_ask(struct stlink *s, struct err *e)
{
    struct err first = *e;

    usb_trace(s->usb, "probe out of step: resetting the USB device");
    s->base.resets++;
    if (!s->usb->ops->reset(s->usb, e) || !ask_version(s, true, AFTER_RESET_MS, e)) {
        if (e->kind != ERR_NODEV && first.kind) /* gone is gone; anything else is best told by what happened first */
            *e = first;
        err_hint(e, "unplug the probe and plug it in again");
        return err_doing(e, "getting in step with the probe again");
    }
    return true;
}

bool stlink_hello(struct stlink *s, struct err *e)
{
    return ask_version(s, false, STLINK_PATIENCE_MS, e) || (e->kind != ERR_NODEV && reset_and_ask(s, e));
}

bool stlink_ready(struct stlink *s, struct err *e)
{
    volatile sig_atomic_t *stop = s->usb->stop;

    if (stop && *stop) {
        *stop = 0;
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    }
    if (!s->lost_step)
        return true;
    if (!s->in_data) {
        usb_trace(s->usb, "probe out of step: asking for its version");
        if (ask_version(s, false, HELLO_MS, e))
            return true;
        if (e->kind == ERR_NODEV)
            return false;
    }
    if (!reset_and_ask(s, e))
        return false;
    s->idle = false; /* a reset probe has forgotten its speed, and what was opened */
    memset(s->ap_open, 0, sizeof s->ap_open);
    return !s->connected || stlink_enter(s, e) || err_doing(e, "connecting again after the probe was reset");
}
