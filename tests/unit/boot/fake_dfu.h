/* fake_dfu.h - a chip in its USB bootloader, made of AN3156 and DFU 1.1 as reference/bootloader words them: four memories, states, poll
 * times, protection; with quirks, a cable that can be pulled, and a talent for lying. Nothing of the bench is in it. */
#pragma once
#include "usb/usb.h"

enum {
    FAKE_BASE = 0x08000000,
    FAKE_PAGE = 2048,
    FAKE_PAGES = 128,
    FAKE_OPTIONS = 136,
    FAKE_OPTR = 0,
    FAKE_WRP1AR = 0x0C,
    FAKE_WRP1BR = 0x10,
    FAKE_SECR = 0x60
};

struct fake_dfu {
    struct usb_device usb; /* first */
    struct clock clock;
    uint64_t now_us, slept_us;
    /* the chip */
    uint8_t flash[FAKE_PAGES * FAKE_PAGE], options[FAKE_OPTIONS], otp[1024], engineering[1024];
    bool ones[FAKE_PAGES]; /* a unit of the page was programmed with ones: it reads as blank, and takes nothing until it is erased */
    unsigned erases[FAKE_PAGES], mass_erases, set_addresses, downloads, uploads, left;
    uint32_t left_to;
    /* how it behaves */
    unsigned transfer_bytes;
    unsigned poll_ms, erase_us, write_us; /* poll_ms: what it says at every command; the others: what it takes */
    bool stalls_clrstatus, stalls_early, silent_leave, never_leaves, no_engineering, comes_back;
    const char *memory[4]; /* strings; NULL: fewer memories */
    uint16_t dfu_version;
    uint8_t protocol;
    /* the cable */
    unsigned transfers, unplug_at; /* 0: never */
    bool gone, closed;
    /* lying: in one of so many transfers (0: never), by its own dice */
    unsigned lies;
    uint64_t dice;
    /* DFU */
    uint8_t state, status;
    unsigned alternate;
    uint32_t pointer;
    bool pending; /* a command or block waits for GETSTATUS to start it */
    uint16_t block;
    uint8_t data[4096];
    unsigned len;
    uint64_t busy_until_us;
    bool resets; /* what is under way ends in a reset */
};

void fake_dfu_begin(struct fake_dfu *f); /* a blank U073 with factory options, transfer size 1024, poll times 0 */
uint32_t fake_option(const struct fake_dfu *f, unsigned offset);
void fake_set_option(struct fake_dfu *f, unsigned offset, uint32_t value);
