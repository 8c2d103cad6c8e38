/* fake_usb.h - a USB device that follows a script, and a clock that moves only by what happens.
 *
 * A script is lines: "> f5" a command must go out with these bytes first and zeros behind, 16 in all; ">> 01 02" exactly these bytes go
 * out; "< 01 00" these come in; "< 7*64" that many bytes 7; "reset" the device is reset; "clear 81" that endpoint's halt is cleared;
 * "pause" nothing (for reading). In place of bytes or behind them: "timeout", "stall", "gone". "#" begins a remark. Whatever does not
 * follow the script fails the test. */
#pragma once
#include "usb/usb.h"

struct fake_usb {
    struct usb_device base;
    struct clock clock;
    uint64_t now_us;
    char text[24000];   /* the script */
    const char *script; /* what is left of it */
    unsigned line;
    bool closed;
    unsigned transfers;
};

/* `pid`: 0x374B, 0x3748 */
void fake_usb_init(struct fake_usb *f, uint16_t pid, const char *script);
/* Go on with another script; the one before must be finished. */
void fake_usb_continue(struct fake_usb *f, const char *script);
void fake_usb_done(struct fake_usb *f);
