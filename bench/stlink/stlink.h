/* stlink.h - an ST-LINK/V2-1: a usbdev on one side, SWD, NRST and VTREF on the other.
 *
 * Source: what independent clients send and accept; ST never published the protocol. Commands are rows in
 * stlink/commands.c. Work is done when the command's last OUT packet arrives: turnaround, then SWD clocks, move the board's time. */
#pragma once
#include "base/state.h"
#include "base/timeline.h"
#include "dap/dap.h"
#include "usb/usbdev.h"

struct stlink_wires { /* the cable to the target; borrowed */
    void *ctx;
    struct dap *dap; /* SWCLK, SWDIO */
    void (*nrst)(void *ctx, bool low);
    unsigned (*vtref_mv)(void *ctx); /* 0: nothing connected or unpowered */
};

struct stlink_params {
    uint64_t turnaround_ps;          /* per command; 0.30 ms by default */
    unsigned firmware_j, firmware_m; /* V2J46M32: what clients send depends on it */
    char serial[25];                 /* 24 hex digits */
    bool serial_is_raw;              /* the string has 12 bytes as characters instead, as old firmware sends it */
    bool version_is_garbled;         /* as after somebody else's firmware: V0J8S0, 0000:0000 (rust-embedded/book#380) */
    char board_id[5];                /* mbed board id, 4 characters, or "" */
};

#include "stlink/stlink_state.h" /* struct stlink_state (owned by stlink/) */

struct stlink {
    struct stlink_state s;
    const struct stlink_wires *wires; /* borrowed, as are the next two */
    const struct stlink_params *params;
    struct timeline *time;
    struct usbdev usb; /* filled by stlink_init; hand its address to a usbhost */
};

/* Nothing is plugged in yet; a saved state is loaded over this afterwards. */
void stlink_init(struct stlink *p, const struct stlink_wires *wires, const struct stlink_params *params, struct timeline *time);
void stlink_power_on(struct stlink *p);             /* cable plugged in: mode 1, NRST released, 1.8 MHz */
void stlink_unplugged(struct stlink *p);            /* NRST released, SWD idle, all forgotten */
uint64_t stlink_swd_clocks(const struct stlink *p); /* clocked since the board was made */

extern const struct state_table stlink_state_table;
