/* board_usb.c - see board_usb.h. */
#include "board_usb.h"
#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct board_usb wire;

static const struct plug_usb *plug_of(struct usb_device *d) { return (struct plug_usb *)(void *)d; } /* its first member */

/* NULL: the device that was opened is there no more. */
static struct usbhost *host_of(struct usb_device *d)
{
    const struct plug_usb *const p = plug_of(d);

    return board_plug_present(wire.board, p->plug) && wire.board->s.appeared[p->plug] == p->appearance ? &wire.board->plug[p->plug] : NULL;
}

static bool ended(enum usb_status status, struct err *e)
{
    switch (status) {
    case USB_DONE: return true;
    case USB_TIMED_OUT: return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    case USB_STALLED: return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
    case USB_OVERFLOWED: return err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for");
    default: return err_set(e, ERR_NODEV, "the USB device was unplugged");
    }
}

static bool has_fired(void)
{
    for (unsigned i = 0; i < wire.board->faults.s.rows; i++)
        if (wire.board->faults.s.fired[i])
            return true;
    return false;
}

static void look_for_fault(uint64_t before_ps)
{
    if (wire.fired_ps == TIME_NEVER && has_fired())
        wire.fired_ps = before_ps;
}

static bool control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                    size_t *done, unsigned timeout_ms, struct err *e)
{
    const uint64_t before_ps = board_now_ps(wire.board);
    struct usbhost *const host = host_of(d);
    uint8_t setup[8] = { type, request };
    enum usb_status status;

    wire.transfers++;
    put_le16(setup + 2, value);
    put_le16(setup + 4, index);
    put_le16(setup + 6, (uint32_t)len);
    *done = len;
    status = host ? usbhost_control(host, setup, data, done, timeout_ms * PS_PER_MS) : USB_GONE;
    look_for_fault(before_ps);
    return ended(status, e);
}

static bool bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    const uint64_t before_ps = board_now_ps(wire.board);
    struct usbhost *const host = host_of(d);
    enum usb_status status;

    wire.transfers++;
    *done = 0;
    status = host ? usbhost_bulk(host, ep, data, len, done, timeout_ms * PS_PER_MS) : USB_GONE;
    look_for_fault(before_ps);
    if (wire.answer && ep & 0x80)
        wire.answer(wire.ctx, data, len, done, &status);
    return ended(status, e);
}

static bool reset(struct usb_device *d, struct err *e)
{
    return board_plug_reset(wire.board, plug_of(d)->plug) || err_set(e, ERR_NODEV, "the USB device was unplugged");
}

static void close_device(struct usb_device *d) {}

static const struct usb_device_ops ops = { control, bulk, reset, close_device };

static uint64_t now_us(void *ctx) { return board_now_ps(wire.board) / PS_PER_US; }

static void sleep_us(void *ctx, uint64_t us)
{
    const uint64_t before_ps = board_now_ps(wire.board);

    board_run_until(wire.board, before_ps + us * PS_PER_US);
    board_notice_usb(wire.board);
    look_for_fault(before_ps);
}

static const struct usb_fabric fabric;

struct usb_device *plug_usb_open(struct plug_usb *p, enum board_plug plug)
{
    static const struct clock clock = { now_us, sleep_us, NULL };

    *p = (struct plug_usb){ .plug = plug, .appearance = wire.board->s.appeared[plug] };
    p->usb = (struct usb_device){ .ops = &ops, .clock = &clock, .id = { .fabric = &fabric, .vid = 0x0483 } };
    p->usb.id.pid = plug == BOARD_PROBE ? 0x374B : 0xDF11;
    snprintf(p->usb.id.path, sizeof p->usb.id.path, "%s", board_plug_name(plug));
    return &p->usb;
}

/* ---- sector0 on the probe ---- */

static bool list(const char *where, struct usb_list *l, struct err *e)
{
    const struct usb_id id = { .fabric = &fabric, .vid = 0x0483, .pid = 0x374B, .serial = "0123456789AB", .path = "probe" };

    return !board_plug_present(wire.board, BOARD_PROBE) || usb_list_add(l, &id, e);
}

static struct usb_device *open_device(const struct usb_id *id, unsigned interface, struct err *e)
{
    static struct plug_usb probe;

    plug_usb_open(&probe, BOARD_PROBE);
    probe.usb.id = *id;
    return &probe.usb;
}

static const struct usb_fabric fabric = { "usb", list, open_device };

static const char *no_env(const char *name) { return NULL; }

void wire_run(struct invocation *i, const char *words)
{
    static const struct usb_fabric *const fabrics[] = { &fabric, NULL };
    char text[400], *argv[40] = { "sector0" }, *rest;
    struct cli_io io = { .env = no_env };
    int argc = 1;

    snprintf(text, sizeof text, "%s", words);
    for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    i->out[0] = i->err[0] = '\0';
    io.out = fmemopen(i->out, sizeof i->out, "w");
    io.err = fmemopen(i->err, sizeof i->err, "w");
    io.in = fopen("/dev/null", "r");
    if (!io.out || !io.err || !io.in)
        abort();
    i->status = cli_run(argc, argv, fabrics, &io);
    fclose(io.out);
    fclose(io.err);
    fclose(io.in);
}
