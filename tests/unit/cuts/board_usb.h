/* board_usb.h - the probe plug of a board in memory as a fabric of the host side's, and one invocation of `sector0` on it. No owner, no
 * socket, no process: a sweep loads a board thousands of times. */
#pragma once
#include "board/file.h"
#include "cli/frame.h"
#include "usb/usb.h"

struct board_usb {
    struct board *board; /* owned by the test */
    uint64_t transfers;  /* seen so far */
    uint64_t fired_ps;   /* when the first of the board's faults had happened, by the last look before it; TIME_NEVER */
    /* Called with each answer of the probe before the host sees it; may spoil it. May be NULL. */
    void (*answer)(void *ctx, uint8_t *data, size_t asked, size_t *done, enum usb_status *status);
    void *ctx;
};
extern struct board_usb wire;

enum { WIRE_TEXT = 16384 };
struct invocation {
    int status;
    char out[WIRE_TEXT], err[WIRE_TEXT];
};

/* `words` are split at blanks. */
void wire_run(struct invocation *i, const char *words);
