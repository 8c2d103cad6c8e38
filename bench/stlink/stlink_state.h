/* stlink_state.h - what the probe remembers. Saved with the board; see base/state.h. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    STLINK_BUFFER = 0x10000, /* one data phase; a length has 16 bits */
    STLINK_MISC_ITEMS = 64,  /* RW_MISC: what OpenOCD sends to a V2 at most */
    STLINK_EP0_BYTES = 64,   /* longest descriptor */
};

enum stlink_mode { STLINK_DFU, STLINK_MASS, STLINK_DEBUG, STLINK_MODES }; /* as GET_CURRENT_MODE says it */

enum stlink_ep0 { EP0_IDLE, EP0_REPLY, EP0_STATUS, EP0_STAGES }; /* what endpoint 0 waits for: IN data, or the IN status packet */

struct stlink_state {
    /* counters, since the board was made */
    uint64_t commands, swd_clocks;

    uint32_t swd_hz;
    uint32_t fault_addr; /* of the last memory command */

    /* the command being taken in, and the reply being fetched */
    uint32_t out_wanted, out_got;
    uint32_t reply_bytes, reply_sent;

    uint32_t misc_items;
    uint32_t misc_value[STLINK_MISC_ITEMS];
    uint8_t misc_status[STLINK_MISC_ITEMS];

    uint8_t open_aps[32]; /* one bit for each */
    uint8_t command[16];
    uint8_t mode, last_status;

    uint8_t configuration, halted; /* `halted`: one bit for each of the three bulk endpoints */
    uint8_t ep0_stage, ep0_bytes;
    uint8_t ep0_reply[STLINK_EP0_BYTES];

    bool ep0_sent, powered, nrst_low;

    uint8_t data[STLINK_BUFFER]; /* data phase in, then reply out */
};
