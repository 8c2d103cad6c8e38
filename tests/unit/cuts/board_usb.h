/* board_usb.h - our usb interface on the plugs of a board in this process, and one invocation of `sector0` on its probe. No owner, no
 * socket, no process: a sweep loads a board thousands of times. */
#pragma once
#include "board/file.h"
#include "cli/frame.h"
#include "usb/usb.h"

struct board_usb {
    struct board *board; /* owned by the test */
    uint64_t transfers;  /* seen so far */
    uint64_t fired_ps;   /* when the first of the board's faults had happened, by the last look before it; TIME_NEVER */
    /* Called with each bulk answer before the host sees it; may spoil it. May be NULL. */
    void (*answer)(void *ctx, uint8_t *data, size_t asked, size_t *done, enum usb_status *status);
    void *ctx;
};
extern struct board_usb wire;

struct plug_usb {
    struct usb_device usb; /* first */
    enum board_plug plug;
    uint32_t appearance; /* of the device that was opened: what comes after it is another one */
};

/* A plug of wire.board. Never fails: a device that is not there says so at the first transfer. May be opened again at any time. */
struct usb_device *plug_usb_open(struct plug_usb *p, enum board_plug plug);

enum { WIRE_TEXT = 16384 };
struct invocation {
    int status;
    char out[WIRE_TEXT], err[WIRE_TEXT];
};

/* `words` are split at blanks. */
void wire_run(struct invocation *i, const char *words);
