/* line.h - SWDIO and SWCLK, clock by clock: the target's end of the two wires, in front of dap.h's two-phase seam.
 *
 * The target samples SWDIO at the rising edge of SWCLK and changes it after the edge. A transfer of 46 clocks: 8 request bits, turnaround,
 * 3 ACK bits, 32 data bits and parity, turnaround (for a write: before the data). Turnarounds are as long as DLCR.TURNROUND says.
 * A line reset is 50 clocks high, whatever was going on, then at least two low.
 *
 * Sources: ADIv5.2 (IHI 0031) B4. Not here: what registers do (dap/), time (the caller moves it, before each clock), dormant states
 * (these chips have a pure SW-DP: selection sequences are noise to it, and the line reset after them counts). */
#pragma once
#include "dap/dap.h"

enum line_phase {
    LINE_IDLE,
    LINE_REQUEST,
    LINE_TURN,     /* the host has let go */
    LINE_ACK,      /* the target drives */
    LINE_READ,     /* the target drives */
    LINE_TO_IDLE,  /* the target has let go */
    LINE_TO_WRITE, /* the target has let go */
    LINE_WRITE,
    LINE_RESET_HIGH, /* 50 ones have come; more do no harm */
    LINE_RESET_LOW,  /* ... and one zero */
    LINE_DEAF,       /* ... and only one: until the next line reset */
};

struct swd_line {
    struct dap *dap; /* borrowed */
    enum line_phase phase;
    unsigned count, left; /* bits of this phase so far; clocks of it still to come */
    unsigned turnaround;  /* of this transfer */
    uint8_t request;
    unsigned ack;
    uint64_t word; /* 32 bits and parity */
    unsigned ones; /* in a row */
    bool drives, out;
};

void swd_line_init(struct swd_line *l, struct dap *dap);

/* One clock. `driven`: the host drives SWDIO to `level`; else it floats, and the pull-up makes it high where the target does not drive.
 * Returns SWDIO between this rising edge and the next: what a host samples that looks after the edge. (One that looks before the edge
 * sees what the clock before returned.) */
bool swd_line_clock(struct swd_line *l, bool driven, bool level);
