/* dropin.h - what the files of the drop-in libusb share. */
#pragma once
#include "dropin/session.h"

#include <pthread.h>
#include <stdatomic.h>

#pragma GCC visibility push(default)
#include <libusb-1.0/libusb.h>
#pragma GCC visibility pop

struct libusb_context {
    void *user; /* nothing is kept per context: there is one board */
};

struct libusb_device {
    atomic_int refs;
    struct session_device facts;
};

struct libusb_device_handle {
    struct libusb_device *dev; /* one reference owned */
    unsigned claimed;          /* interfaces, as bits */
    bool holds_plug;
};

/* Claim the plug for the handle at its first use that needs it. A libusb code. */
int handle_hold(struct libusb_device_handle *h);
