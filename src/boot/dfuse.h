/* dfuse.h - ST's extension of DFU: memories with addresses, erasing, reading, writing, unprotecting, leaving.
 *
 * Sources: AN3156 Rev 18 (commands, addresses), UM0424 (memory strings). What real ROMs do beyond them is told where it is used; the
 * descriptor's transfer size is what blocks are counted in. A device's answers are never trusted: addresses are checked against the
 * memories it lists, everything is bounded, and whether something was written is for the caller to find out by reading. */
#pragma once
#include "boot/dfu.h"
#include "boot/layout.h"
#include "device/device.h"

enum { DFUSE_MEMORIES = CONFIG_ALTERNATES, DFUSE_STRING = 160 };

struct dfuse_memory { /* one alternate setting */
    uint8_t alternate;
    char text[DFUSE_STRING]; /* its string, as it is */
    struct layout layout;    /* count 0: the string makes no sense */
};

struct dfuse {
    struct dfu dfu;
    struct usb_device *usb; /* owned */
    uint16_t bcd_device;
    struct dfuse_memory memory[DFUSE_MEMORIES];
    unsigned memories;
    int selected; /* index in memory, -1: none yet */
    bool can_erase, can_unprotect, commands_known;
    const struct device *device; /* the row that fits the memories, or NULL */
    bool pointed; /* the address that blocks are counted from is known: it stays until the next one, an erase or another memory */
    uint32_t pointer;
    void (*moved)(void *ctx, size_t bytes); /* may be NULL: told after each block that was read or written */
    void *moved_ctx;
    bool gone; /* it has left, or was sent away: nothing more is asked of it */
};

/* Takes the usb device over, also on failure (closed then). Reads descriptors and strings, finds the row, makes it idle.
 * Errors: ERR_UNSUPPORTED (no DFU, or not ST's), ERR_PROTOCOL, those of usb. */
bool dfuse_open(struct dfuse *d, struct usb_device *usb, struct err *e);
void dfuse_close(struct dfuse *d); /* safe on a zeroed one */

/* The same device again, after it has reset itself: waits until it is there. Errors: ERR_NODEV (it did not come back in time). */
bool dfuse_comes_back(struct dfuse *d, unsigned limit_ms, struct err *e);

/* The memory that holds [addr, addr + len), or NULL. */
const struct dfuse_memory *dfuse_memory_at(const struct dfuse *d, uint32_t addr, uint32_t len);
/* ERR_USAGE: no memory holds it; those there are as evidence. Returns false. */
bool dfuse_nowhere(const struct dfuse *d, uint32_t addr, uint32_t len, struct err *e);

bool dfuse_read(struct dfuse *d, uint32_t addr, uint8_t *bytes, size_t len, struct err *e);
/* The page that holds addr; everything. */
bool dfuse_erase_page(struct dfuse *d, uint32_t addr, struct err *e);
bool dfuse_erase_all(struct dfuse *d, struct err *e);
/* Flash that is erased: addr a multiple of 8, len of 4 (AN2606). Full blocks a whole number of blocks from the last address need no new
 * one. Refused: what the device's never_write rows say, and memories other than flash where no row is known. */
bool dfuse_write(struct dfuse *d, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e);
/* A whole memory at once, begun only: the option block, after which the chip resets itself. ERR_REFUSED as above. */
bool dfuse_write_block(struct dfuse *d, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e);

/* Opens the chip and erases its flash; it resets itself. Begun only. */
bool dfuse_unprotect(struct dfuse *d, struct err *e);
/* Start what is at `addr`. The device says that it goes, or is gone: both are success; that it stays is not. */
bool dfuse_leave(struct dfuse *d, uint32_t addr, struct err *e);
