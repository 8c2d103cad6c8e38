/* usbhost.h - a full-speed USB host controller and cable for one device: transfers in, packets out, time and counts kept.
 *
 * Source: USB 2.0 chapters 5.8.4, 8.5; times are parameters. Transfers are carried out at once, moving the board's
 * time; an IN that is NAKed stays pending until data, time-out or disconnect. */
#pragma once
#include "base/timeline.h"
#include "usb/usbdev.h"

enum usb_status { USB_DONE, USB_TIMED_OUT, USB_STALLED, USB_GONE, USB_OVERFLOWED };

struct usb_params {          /* see params.h of board/ for sources and defaults */
    uint64_t host_ps;        /* host cost per transfer */
    uint64_t bit_ps;         /* 83333 at full speed */
    unsigned overhead_bytes; /* per transaction */
    unsigned packet_bytes;   /* wMaxPacketSize of bulk endpoints and endpoint 0 */
};

enum usb_trouble { USB_NO_TROUBLE, USB_CUT_SHORT, USB_STALLS, USB_COMES_LATE, USB_NEVER_ANSWERS };

struct usb_hooks { /* faults; borrowed */
    void *ctx;
    /* A transfer begins (`ep` as in usbhost_bulk; for control 0x80 where the device has data to send, else 0); may pull the cable. */
    enum usb_trouble (*transfer)(void *ctx, uint8_t ep);
    /* What came too late for its transfer waits in the endpoint: it is the next one's. store takes it, take gives it (0: none). */
    void (*store)(void *ctx, const uint8_t *packet, size_t len);
    size_t (*take)(void *ctx, uint8_t *packet, size_t cap);
    void (*reset)(void *ctx); /* port reset */
};

struct usb_counts {
    uint64_t transfers, bytes_out, bytes_in, link_ps;
};

struct usbhost {
    const struct usbdev *dev;        /* borrowed; NULL: no such device on this board */
    struct timeline *time;           /* borrowed */
    const struct usb_params *params; /* borrowed */
    bool plugged;                    /* the cable */
    uint8_t address;                 /* the device's: 0 after a port reset, then as SET_ADDRESS said. Saved by the board */
    struct usb_counts counts;        /* saved by the board */
    const struct usb_hooks *hooks;   /* NULL: no faults */
};

bool usbhost_present(const struct usbhost *h); /* plugged and attached */

/* timeout_ps of board time from now; TIME_NEVER waits for ever (TIMED_OUT if nothing can ever come).
 * control: data goes out or comes in by bit 7 of setup[0]; *len in: the data stage's length; out: what was moved.
 * bulk: `ep` with direction bit (0x81, 0x01). IN ends at a short packet or when `len` is full; *done bytes moved in any case. */
enum usb_status usbhost_control(struct usbhost *h, const uint8_t setup[8], uint8_t *data, size_t *len, uint64_t timeout_ps);
enum usb_status usbhost_bulk(struct usbhost *h, uint8_t ep, uint8_t *data, size_t len, size_t *done, uint64_t timeout_ps);
/* What can be moved without waiting for the device: TIMED_OUT means that it NAKs now. For transfers that somebody else waits for; `again`
 * goes on with one that was begun, which costs the host nothing and is not counted as another. */
enum usb_status usbhost_bulk_try(struct usbhost *h, uint8_t ep, uint8_t *data, size_t len, size_t *done, bool again);
void usbhost_reset(struct usbhost *h); /* port reset */
