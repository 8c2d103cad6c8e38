/* plug_usb.h - our usb interface on a plug of a board in this process: no owner, no wire in between. */
#pragma once
#include "board/board.h"
#include "usb/usb.h"

struct plug_usb {
    struct usb_device usb; /* first */
    struct clock clock;
    struct board *board; /* borrowed */
    enum board_plug plug;
    uint32_t appearance; /* of the device that was opened: what comes after it is another one */
};

/* Never fails: a device that is not there says so at the first transfer. Borrows `board`; may be opened again at any time. */
struct usb_device *plug_usb_open(struct plug_usb *w, struct board *board, enum board_plug plug);
