/* usb_linux.h - what the kernel's files tell about a USB device without opening it. All of it is optional: on other systems, or where the
 * files are missing, nothing is filled in. */
#pragma once
#include "usb/usb.h"

/* Strings of a device that may not be opened, if `id` has none yet. */
void usb_linux_strings(struct usb_id *id);

/* True if another program has claimed interface `interface`. */
bool usb_linux_claimed(const struct usb_id *id, unsigned interface);

/* "openocd (process 1234)" for a program, among those we may look at, that has the device open; "" if none is found. */
void usb_linux_holder(unsigned bus, unsigned address, char *text, size_t cap);
