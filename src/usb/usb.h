/* usb.h - USB devices as the host side uses them: list, open, control, bulk. Two fabrics implement it: the machine's own buses
 * (usb_libusb.c) and a virtual board's (outside src/; programs/ joins them). Nothing above this header knows which one it talks to.
 *
 * Transfers are synchronous. A device's clock is the one its time-outs are measured in: the machine's, or the board's. */
#pragma once
#include "base/clock.h"
#include "base/err.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

enum usb_access { USB_FREE, USB_DENIED, USB_IN_USE };

struct usb_id { /* one attached device */
    const struct usb_fabric *fabric;
    char where[512]; /* "" on the machine's buses; the board file on a bench */
    char path[64];   /* "1-4.2": bus and ports; "probe" or "target" on a bench */
    uint16_t vid, pid;
    char serial[64]; /* printable; 12 raw bytes are given as 24 hex digits (usb_text); "" if unreadable */
    char product[64];
    enum usb_access access; /* as far as it can be told without claiming */
};

struct usb_list {
    struct usb_id *ids;
    size_t count;
};                                                                             /* owned by the caller: usb_list_free */
bool usb_list_add(struct usb_list *l, const struct usb_id *id, struct err *e); /* a copy; ERR_NOMEM */
void usb_list_free(struct usb_list *l);

struct usb_device; /* an opened device */

struct usb_fabric {
    const char *name; /* "usb", "bench" */
    /* Append the devices. `where`: NULL for the machine's buses, a board file for a bench.
     * Errors: ERR_IO, ERR_INPUT (a board file that is none), ERR_NODEV. */
    bool (*list)(const char *where, struct usb_list *list, struct err *e);
    /* Open and claim interface `interface`. NULL: ERR_NODEV (gone, denied: seen names the rule that would help, in use: by whom), ERR_IO.
     */
    struct usb_device *(*open)(const struct usb_id *id, unsigned interface, struct err *e);
};

/* data direction by bit 7 of request_type / ep. `*done` bytes moved. A short IN is no error.
 * Errors: ERR_TIMEOUT, ERR_IO (stall: cause says so), ERR_NODEV (unplugged). */
struct usb_device_ops {
    bool (*control)(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                    size_t *done, unsigned timeout_ms, struct err *e);
    bool (*bulk)(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e);
    bool (*reset)(struct usb_device *d, struct err *e);
    void (*close)(struct usb_device *d);
    /* NULL on the machine's buses, where poll does it. Wait until one of the caller's descriptors is ready (revents are filled in), a
     * signal came or limit_ms of wall time have passed, while the device's world goes on: a virtual board follows the wall clock from the
     * first call on (`reason` is what its user is told). */
    bool (*wait)(struct usb_device *d, const char *reason, struct pollfd *fds, unsigned count, int limit_ms, struct err *e);
    /* NULL on the machine's buses. Output of the board's UART from byte number *from on, which moves behind what was got. */
    bool (*uart_read)(struct usb_device *d, uint64_t *from, uint8_t *bytes, size_t cap, size_t *got, struct err *e);
    /* NULL: SET_INTERFACE as a control transfer does it (no operating system in between that has to know). */
    bool (*set_alternate)(struct usb_device *d, unsigned interface, unsigned alternate, struct err *e);
    /* NULL: CLEAR_FEATURE(ENDPOINT_HALT) as a control transfer does it, likewise. */
    bool (*clear_halt)(struct usb_device *d, uint8_t ep, struct err *e);
    /* A device of the same ids at the same place, after this one was gone: waits for it, at most limit_ms of the device's clock, and
     * takes its place. ERR_NODEV: none came; `d` is then good for nothing but closing. */
    bool (*comes_back)(struct usb_device *d, unsigned limit_ms, struct err *e);
};

struct usb_device { /* first member of each fabric's own struct */
    const struct usb_device_ops *ops;
    const struct clock *clock; /* borrowed from the device */
    struct usb_id id;
    void (*trace)(void *ctx, const char *line); /* may be NULL: one line per transfer, for --trace */
    void *trace_ctx;
    /* May be NULL: set by a signal handler, looked at by the probe drivers between commands, never inside one. Whoever sees it clears it
     * and returns ERR_INTERRUPTED, so that what is done next to leave the target in order works. */
    volatile sig_atomic_t *stop;
};

/* Wrappers that also trace. */
bool usb_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                 size_t *done, unsigned timeout_ms, struct err *e);
bool usb_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e);
bool usb_set_alternate(struct usb_device *d, unsigned interface, unsigned alternate, struct err *e);
bool usb_clear_halt(struct usb_device *d, uint8_t ep, struct err *e);        /* after a stall: the endpoint takes transfers again */
bool usb_comes_back(struct usb_device *d, unsigned limit_ms, struct err *e); /* ERR_UNSUPPORTED where a fabric cannot */
void usb_close(struct usb_device *d);                                        /* NULL is fine */
/* A descriptor as the device gives it, at most `cap` bytes. What is in it is the device's word: nothing is checked but its type. */
bool usb_descriptor(struct usb_device *d, uint8_t type, uint8_t index, uint8_t *bytes, size_t cap, size_t *got, struct err *e);
/* A string descriptor in the device's first language, as printable text; index 0: "". */
bool usb_string(struct usb_device *d, uint8_t index, char *text, size_t cap, struct err *e);
void usb_trace(struct usb_device *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The characters of a string descriptor as printable text. Twelve that cannot all be printed become 24 hex digits: ST-LINK/V2 with old
 * firmware gives its 96-bit unique id as it is (OpenOCD, stlink and pyOCD name such a probe the same way). */
void usb_text(const uint8_t *bytes, size_t len, char *text, size_t cap);

/* The udev rule that lets ordinary users open such a device: the one place where its text stands. Returns `text`. */
const char *usb_udev_rule(const struct usb_id *id, char *text, size_t cap);
#define USB_UDEV_FILE "/etc/udev/rules.d/60-sector0.rules"

extern const struct usb_fabric usb_fabric_libusb;
