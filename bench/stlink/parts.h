/* parts.h - what the files of this room share: the SWD engine (swd.c), the commands (commands.c, memory.c, core.c), endpoint 0. */
#pragma once
#include "stlink/stlink.h"

/* What replies carry in byte 0. Names after OpenOCD, pyOCD and probe-rs, which agree on the numbers. */
enum stlink_status {
    ST_OK = 0x80,
    ST_FAULT = 0x81,      /* in GETSTATUS: the core is halted */
    ST_JTAG_CHAIN = 0x04, /* unknown JTAG chain */
    ST_NO_DEVICE = 0x05,
    ST_COMMAND_ERROR = 0x08,
    ST_NO_IDCODE = 0x09,
    ST_ALIGNMENT = 0x0A,
    ST_POWER = 0x0B, /* the power-up handshake failed */
    ST_AP_WAIT = 0x10,
    ST_AP_FAULT = 0x11,
    ST_AP_ERROR = 0x12, /* no or no valid ACK */
    ST_AP_PARITY = 0x13,
    ST_DP_WAIT = 0x14,
    ST_DP_FAULT = 0x15,
    ST_DP_ERROR = 0x16,
    ST_DP_PARITY = 0x17,
    ST_BAD_AP = 0x1D,
    ST_UNKNOWN = 0x42, /* unknown command */
};

enum {
    CMD_DEBUG = 0xF2,
    CMD_BYTES = 16,
    PACKET_BYTES = 64,
    PORT_DP = 0xFFFF, /* in READ_DAP_REG and WRITE_DAP_REG */
    J_AP_FIELDS = 32, /* AP number and CSW in memory commands, DPBANKSEL in DAP register commands: from this firmware on */
};

/* swd.c: sequences of SWD transactions. Every one is timed, and answered by a status. */
void swd_clock(struct stlink *p, unsigned clocks); /* SWCLK runs, SWDIO idle */
enum stlink_status swd_connect(struct stlink *p, uint32_t *dpidr);
enum stlink_status swd_dp_read(struct stlink *p, unsigned reg, uint32_t *value); /* reg: bank in bits 7:4 */
enum stlink_status swd_dp_write(struct stlink *p, unsigned reg, uint32_t value);
enum stlink_status swd_ap_read(struct stlink *p, unsigned ap, unsigned reg, uint32_t *value); /* the read and its RDBUFF */
enum stlink_status swd_ap_write(struct stlink *p, unsigned ap, unsigned reg, uint32_t value); /* posted: not waited for */

struct block {           /* one run of memory accesses */
    unsigned ap;         /* port number */
    uint32_t csw;        /* CSW without size and increment; 0: the probe's own choice */
    uint32_t addr;       /* aligned to `unit` */
    unsigned unit;       /* bytes per access: 1, 2, 4 */
    bool fixed;          /* the address does not move */
    uint32_t len;        /* bytes, a multiple of unit */
    uint32_t fault_addr; /* out: where it went wrong */
};
/* On an error the rest of `data` is left as it is, and sticky flags are cleared, as clients expect it of memory commands. */
enum stlink_status swd_read_block(struct stlink *p, struct block *b, uint8_t *data);
enum stlink_status swd_write_block(struct stlink *p, struct block *b, const uint8_t *data);
enum stlink_status swd_read_word(struct stlink *p, unsigned ap, uint32_t addr, uint32_t *value);
enum stlink_status swd_write_word(struct stlink *p, unsigned ap, uint32_t addr, uint32_t value);

/* commands.c: the table, and what every command function uses. */
typedef void stlink_function(struct stlink *p);
void stlink_take_command(struct stlink *p, const uint8_t *packet, size_t len); /* a command packet has come */
void stlink_take_data(struct stlink *p, const uint8_t *packet, size_t len);    /* a packet of its data phase */
void stlink_forget_command(struct stlink *p);                                  /* phases, reply, last status */
uint8_t *stlink_reply(struct stlink *p, uint32_t bytes);                       /* zeroed; to be filled */
void stlink_reply_status(struct stlink *p, enum stlink_status status);         /* the usual two bytes */
uint32_t stlink_misc_bytes(const struct stlink *p);                            /* data phase of RW_MISC_OUT */

/* memory.c */
stlink_function cmd_read32, cmd_read16, cmd_read8, cmd_read32_fixed;
stlink_function cmd_write32, cmd_write16, cmd_write8, cmd_write32_fixed;
stlink_function cmd_last_status, cmd_last_status2;
stlink_function cmd_misc_out, cmd_misc_in;
/* core.c */
stlink_function cmd_get_status, cmd_force_debug, cmd_run_core, cmd_step_core, cmd_reset_sys;
stlink_function cmd_read_reg, cmd_write_reg, cmd_read_all_regs, cmd_read_debug_reg, cmd_write_debug_reg;

/* descriptors.c: endpoint 0. */
enum usb_answer ep0_setup(struct stlink *p, const uint8_t packet[8]);
enum usb_answer ep0_in(struct stlink *p, uint8_t *data, size_t *len);
enum usb_answer ep0_out(struct stlink *p, size_t len);
