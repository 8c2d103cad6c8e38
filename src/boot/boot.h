/* boot.h - a chip in its ROM's USB bootloader: opened and named, and the road to its flash (flash/road.h). */
#pragma once
#include "boot/dfuse.h"
#include "flash/session.h"

struct boot { /* zeroed is safe to close */
    struct dfuse d;
    struct road_chip chip;
    bool locked; /* readout protection: the ROM refuses to read anything */
    /* The pages of `seen_of` as the last comparison read them: they need not be read again to be saved. Owned. */
    uint8_t *seen;
    const struct want *seen_of;
};

/* Takes the usb device over, also on failure. What readout protection closes is left unread (`locked`). Errors: ERR_UNSUPPORTED (memories
 * of no chip we know: seen), those of dfuse_open. */
bool boot_open(struct boot *b, struct usb_device *usb, struct err *e);
void boot_close(struct boot *b);

/* A session over it: session_open_road(s, &road_dfu, &b->chip, b, e). */
extern const struct road road_dfu;

/* Take readout protection back, which erases all of the flash, and wait until the chip is there again. `*back` false: it was told to, but
 * did not come back within some seconds. */
bool boot_unprotect(struct boot *b, bool *back, struct err *e);
