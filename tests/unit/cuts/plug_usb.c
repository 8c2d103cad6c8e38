/* plug_usb.c - see plug_usb.h. */
#include "plug_usb.h"

#include "base/bytes.h"

#include <stdio.h>

static struct plug_usb *wire_of(struct usb_device *d) { return (struct plug_usb *)(void *)d; } /* its first member */

static bool is_there(const struct plug_usb *w)
{
    return board_plug_present(w->board, w->plug) && w->board->s.appeared[w->plug] == w->appearance;
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

static bool control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                    size_t *done, unsigned timeout_ms, struct err *e)
{
    struct plug_usb *const w = wire_of(d);
    uint8_t setup[8] = { type, request };

    put_le16(setup + 2, value);
    put_le16(setup + 4, index);
    put_le16(setup + 6, (uint32_t)len);
    *done = len;
    return ended(is_there(w) ? usbhost_control(&w->board->plug[w->plug], setup, data, done, timeout_ms * PS_PER_MS) : USB_GONE, e);
}

static bool bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct plug_usb *const w = wire_of(d);

    *done = 0;
    return ended(is_there(w) ? usbhost_bulk(&w->board->plug[w->plug], ep, data, len, done, timeout_ms * PS_PER_MS) : USB_GONE, e);
}

static bool reset(struct usb_device *d, struct err *e)
{
    struct plug_usb *const w = wire_of(d);

    return board_plug_reset(w->board, w->plug) || err_set(e, ERR_NODEV, "the USB device was unplugged");
}

static void close_usb(struct usb_device *d) { (void)d; }

static uint64_t now_us(void *ctx) { return board_now_ps(((struct plug_usb *)ctx)->board) / PS_PER_US; }

static void sleep_us(void *ctx, uint64_t us)
{
    struct board *const b = ((struct plug_usb *)ctx)->board;

    board_run_until(b, board_now_ps(b) + us * PS_PER_US);
    board_notice_usb(b);
}

struct usb_device *plug_usb_open(struct plug_usb *w, struct board *board, enum board_plug plug)
{
    static const struct usb_device_ops ops = { .control = control, .bulk = bulk, .reset = reset, .close = close_usb };

    *w = (struct plug_usb){ .board = board, .plug = plug, .appearance = board->s.appeared[plug], .clock = { now_us, sleep_us, w } };
    w->usb = (struct usb_device){ .ops = &ops, .clock = &w->clock, .id = { .vid = 0x0483 } };
    w->usb.id.pid = plug == BOARD_PROBE ? 0x374B : 0xDF11;
    snprintf(w->usb.id.path, sizeof w->usb.id.path, "%s", board_plug_name(plug));
    return &w->usb;
}
