/* fabric.c - a board's USB plugs as the host side's usb devices. See fabric.h. */
#include "owner/fabric.h"

#include "base/bytes.h"
#include "owner/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACK_POLL_US = 5000 };

struct bench_device {
    struct usb_device usb;
    struct clock clock; /* the board's */
    struct bench_link link;
    enum bench_plug plug;
    uint32_t appeared;           /* how often the plug's device has: ours is this one */
    volatile sig_atomic_t *stop; /* usb.stop; kept because whoever closes the device takes it away first */
    bool real;                   /* we have asked for real pace */
};

/* A signal that somebody wants to see ends a sleep early; the flag stays for the next command. */
static bool told_to_stop(void *ctx)
{
    const struct bench_device *b = ctx;

    return b->stop && *b->stop;
}

/* Closing a device cannot fail in the host's eyes, so this is the one thing said from here and not by cli/: the board was not saved. */
static void note(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "note: %s\n", text);
}

/* `b` is the device being opened, or NULL for a look at the list, which is soon over. */
static bool open_link(struct bench_link *l, const char *file, struct bench_device *b, struct err *e)
{
    const struct owner_setup setup = { .program = program_invocation_short_name,
                                       .pace = PACE_STEP,
                                       .brief = !b,
                                       .wall = &clock_monotonic,
                                       .note = note,
                                       .enough = b ? told_to_stop : NULL,
                                       .ctx = b };

    return bench_link_open(l, file, b ? ROLE_FABRIC : ROLE_TOOL, &setup, e);
}

static void close_link(struct bench_link *l)
{
    struct err e = { 0 };

    if (!bench_link_close(l, &e))
        fprintf(stderr, "error: %s\n", e.cause);
}

/* ---- list ---- */

static bool bench_list(const char *where, struct usb_list *list, struct err *e)
{
    struct client_plug plugs[PLUGS];
    struct bench_link link;
    unsigned count = 0;
    bool good;

    if (strlen(where) >= sizeof((struct usb_id *)0)->where)
        return err_set(e, ERR_USAGE, "the board's path is too long: '%.80s...'", where);
    if (!open_link(&link, where, NULL, e))
        return false;
    good = client_plugs(link.client, plugs, &count, e);
    for (unsigned i = 0; i < count && good; i++) {
        const struct client_plug *p = &plugs[i];
        struct usb_id id = { .fabric = &usb_fabric_bench, .vid = get_le16(p->device + 8), .pid = get_le16(p->device + 10) };

        if (!p->present)
            continue;
        strcpy(id.where, where);
        snprintf(id.path, sizeof id.path, "%.15s", p->name);
        snprintf(id.serial, sizeof id.serial, "%.63s", p->serial);
        snprintf(id.product, sizeof id.product, "%.63s", p->product);
        id.access = p->denied ? USB_DENIED : p->holder_pid ? USB_IN_USE : USB_FREE;
        good = usb_list_add(list, &id, e);
    }
    close_link(&link);
    return good;
}

/* ---- transfers ---- */

static void remember_stop(struct bench_device *b)
{
    if (b->usb.stop)
        b->stop = b->usb.stop;
}

static bool ended(const struct client_transfer *t, size_t *done, struct err *e)
{
    *done = t->moved;
    switch (t->how) {
    case DONE_OK: return true;
    case DONE_TIMED_OUT: return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    case DONE_STALLED: return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
    case DONE_OVERFLOWED: return err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for");
    case DONE_GONE: return err_set(e, ERR_NODEV, "the USB device was unplugged");
    default: return err_set(e, ERR_BUG, "a transfer was cancelled that nobody cancels");
    }
}

static uint64_t limit_us(unsigned timeout_ms) { return timeout_ms ? (uint64_t)timeout_ms * 1000 : FOREVER_US; }

static bool bench_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data,
                          size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    struct client_transfer t = {
        .plug = b->plug, .setup = { request_type, request }, .data = data, .len = len, .limit_us = limit_us(timeout_ms)
    };

    if (len > UINT16_MAX)
        return err_set(e, ERR_BUG, "a control transfer of %zu bytes", len);
    put_le16(t.setup + 2, value);
    put_le16(t.setup + 4, index);
    put_le16(t.setup + 6, (uint32_t)len);
    remember_stop(b);
    return client_transfer(b->link.client, &t, e) && ended(&t, done, e);
}

/* Longer than one request of the protocol: in pieces, until a short one. */
static bool bench_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    size_t piece;

    *done = 0;
    remember_stop(b);
    do {
        struct client_transfer t = { .plug = b->plug, .ep = ep, .data = data + *done, .limit_us = limit_us(timeout_ms) };
        size_t moved;
        bool good;

        t.len = piece = len - *done < TRANSFER_BYTES_MAX ? len - *done : TRANSFER_BYTES_MAX;
        good = client_transfer(b->link.client, &t, e) && ended(&t, &moved, e);
        *done += t.moved;
        if (!good)
            return false;
        if (t.moved < piece)
            break;
    } while (*done < len);
    return true;
}

static bool bench_reset(struct usb_device *d, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    const bool good = client_port_reset(b->link.client, b->plug, e);

    usb_trace(d, "usb   reset: %s", good ? "done" : e->cause);
    return good;
}

static void bench_close(struct usb_device *d)
{
    struct bench_device *b = (struct bench_device *)d;

    close_link(&b->link);
    free(b);
}

/* As the owner's own client we are the ones who move the board; beside another owner only the caller's descriptors matter. */
static bool bench_wait(struct usb_device *d, const char *reason, struct pollfd *fds, unsigned count, int limit_ms, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    const uint64_t end_us = clock_now_us(&clock_monotonic) + (uint64_t)limit_ms * 1000;

    if (!b->real && !client_pace(b->link.client, PACE_REAL, reason, e))
        return false;
    b->real = true;
    for (unsigned i = 0; i < count; i++)
        fds[i].revents = 0;
    for (;;) {
        const uint64_t now_us = clock_now_us(&clock_monotonic);
        const int left_ms = now_us < end_us ? (int)((end_us - now_us + 999) / 1000) : 0;
        bool ready = false;

        if (b->link.owner)
            owner_turn(b->link.owner, left_ms, fds, count);
        else if (poll(fds, count, left_ms) < 0)
            return true;
        for (unsigned i = 0; i < count; i++)
            ready |= fds[i].revents != 0;
        if (ready || left_ms == 0 || (d->stop && *d->stop))
            return true;
        if (b->link.owner && owner_stopped(b->link.owner))
            return err_set(e, ERR_INTERRUPTED, "the board was told to stop");
    }
}

static bool bench_uart_read(struct usb_device *d, uint64_t *from, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    uint64_t first, total;

    if (!client_uart_read(b->link.client, 0, *from, bytes, cap, got, &first, &total, e))
        return false;
    *from = first + *got;
    return true;
}

/* Another appearance of the plug's device is another device: it has to be claimed anew. */
static bool bench_comes_back(struct usb_device *d, unsigned limit_ms, struct err *e)
{
    struct bench_device *b = (struct bench_device *)d;
    const uint64_t end_us = clock_now_us(d->clock) + (uint64_t)limit_ms * 1000;

    while (clock_now_us(d->clock) < end_us && !(d->stop && *d->stop)) {
        struct client_plug plugs[PLUGS];
        unsigned count;

        clock_sleep_us(d->clock, BACK_POLL_US);
        if (!client_plugs(b->link.client, plugs, &count, e))
            return false;
        if (count > b->plug && plugs[b->plug].present && plugs[b->plug].appeared != b->appeared &&
            get_le16(plugs[b->plug].device + 8) == d->id.vid && get_le16(plugs[b->plug].device + 10) == d->id.pid) {
            b->appeared = plugs[b->plug].appeared;
            return client_release(b->link.client, b->plug, e) && client_claim(b->link.client, b->plug, e);
        }
    }
    return err_set(e, ERR_NODEV, "the USB device %04x:%04x did not come back at the board's plug '%s'", d->id.vid, d->id.pid, d->id.path);
}

static const struct usb_device_ops bench_ops = { .control = bench_control,
                                                 .bulk = bench_bulk,
                                                 .reset = bench_reset,
                                                 .close = bench_close,
                                                 .wait = bench_wait,
                                                 .uart_read = bench_uart_read,
                                                 .comes_back = bench_comes_back };

/* ---- the clock ---- */

static uint64_t board_now_us(void *ctx)
{
    struct bench_device *b = ctx;
    struct err ignored = { 0 };

    if (client_is_real(b->link.client)) /* time passes by itself: ask */
        client_clock_sync(b->link.client, &ignored);
    return client_clock_ns(b->link.client) / 1000;
}

static void board_sleep_us(void *ctx, uint64_t us)
{
    struct bench_device *b = ctx;
    struct err ignored = { 0 };

    b->link.client->interrupted = told_to_stop;
    b->link.client->interrupted_ctx = b;
    client_sleep(b->link.client, us, &ignored);
    b->link.client->interrupted = NULL;
}

/* ---- open ---- */

static bool find_plug(struct bench_device *b, const struct usb_id *id, struct err *e)
{
    struct client_plug plugs[PLUGS];
    unsigned count;

    if (!client_plugs(b->link.client, plugs, &count, e))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (strcmp(plugs[i].name, id->path) == 0) {
            b->plug = (enum bench_plug)i;
            b->appeared = plugs[i].appeared;
            return true;
        }
    return err_set(e, ERR_NODEV, "the board has no USB plug '%s'", id->path);
}

static struct usb_device *bench_open(const struct usb_id *id, unsigned interface, struct err *e)
{
    struct bench_device *b = calloc(1, sizeof *b);
    char text[200];

    (void)interface; /* a plug is claimed as a whole */
    if (!b) {
        err_set(e, ERR_NOMEM, "no memory to open a USB device");
        return NULL;
    }
    b->usb = (struct usb_device){ .ops = &bench_ops, .clock = &b->clock, .id = *id };
    b->clock = (struct clock){ board_now_us, board_sleep_us, b };
    if (!open_link(&b->link, id->where, b, e)) {
        free(b);
        return NULL;
    }
    if (find_plug(b, id, e) && client_claim(b->link.client, b->plug, e))
        return &b->usb;
    if (id->access == USB_DENIED)
        err_seen(e, "udev rule that would help: %s", usb_udev_rule(id, text, sizeof text));
    close_link(&b->link);
    free(b);
    return NULL;
}

const struct usb_fabric usb_fabric_bench = { "bench", bench_list, bench_open };
