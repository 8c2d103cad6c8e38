/* buspirate.h - a Bus Pirate in raw-wire mode: bytes from a serial port to clocks on SWCLK and SWDIO, and back. Debian's OpenOCD drives
 * SWD through one, bit by bit, which makes it a judge of our wire that shares nothing with us.
 *
 * Source: the Bus Pirate's published binary-mode documents (bitbang mode, raw-wire mode), and what OpenOCD 0.12 sends.
 * Not here: the pty (cli/), the target's end of the wire (line.h). */
#pragma once
#include "base/buffer.h"
#include "base/err.h"

enum { WIRE_CYCLES_MAX = 4096 };

enum wire_cycle { /* one clock: bits of a byte */
                  CYCLE_LEVEL = 1,
                  CYCLE_DRIVEN = 2
};

struct wire_port { /* the two wires. Borrowed */
    void *ctx;
    /* `count` (1..WIRE_CYCLES_MAX) clocks at `hz`; levels[i]: SWDIO after the i-th rising edge. */
    bool (*clock)(void *ctx, uint32_t hz, const uint8_t *cycles, uint8_t *levels, size_t count, struct err *e);
};

enum buspirate_mode { BP_TERMINAL, BP_BITBANG, BP_RAW_WIRE };

struct buspirate {
    const struct wire_port *port;
    enum buspirate_mode mode;
    unsigned zeros; /* in terminal mode: twenty of them lead to bitbang mode */
    /* raw-wire mode */
    uint32_t hz;
    bool lsb_first, driven, level, clock_high, last; /* last: what SWDIO was after the last clock */
    unsigned bytes_due;                              /* of a bulk write */
    unsigned bits_due;                               /* of a write of some bits: its byte is still to come */
    /* clocks not carried out yet, and what is to be answered once they are */
    uint8_t cycles[WIRE_CYCLES_MAX];
    size_t n_cycles, n_replies;
    struct buspirate_reply {
        uint16_t first; /* clock */
        uint8_t bits;   /* read: so many of them from `first` on; 0: `value` as it is */
        uint8_t value;
    } reply[WIRE_CYCLES_MAX];
};

void buspirate_init(struct buspirate *b, const struct wire_port *port);

/* What came from the serial port; what goes back is added to `out`. False: the port failed. */
bool buspirate_feed(struct buspirate *b, const uint8_t *bytes, size_t len, struct buffer *out, struct err *e);
