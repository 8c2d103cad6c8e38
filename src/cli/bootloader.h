/* bootloader.h - from a debug probe to the same chip's bootloader on its own USB plug: `reset --bootloader`, `flash --via dfu`. */
#pragma once
#include "cli/command.h"

struct bootloader {
    uint8_t uid[12];
    bool needs_usb;            /* set before: a chip whose bootloader does not speak USB is refused, and left as it is */
    bool uid_read, speaks_dfu; /* speaks_dfu: it does */
    bool found;
    struct usb_id id; /* the chip in DFU mode, if found: known by its unique id, else by being the only one that has come */
};

/* `b` zeroed, but for needs_usb. Start the bootloader of the chip behind `probe`, then look for it on USB for some seconds. That it is not
 * found is no failure here. */
bool bootloader_start(struct cli *cli, const struct usb_id *probe, struct bootloader *b, struct err *e);
/* The same, and it has to be found. Errors: ERR_NODEV beside those of starting. */
bool bootloader_via(struct cli *cli, const struct usb_id *probe, struct usb_id *id, struct err *e);
