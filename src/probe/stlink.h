/* stlink.h - inside the ST-LINK driver: what its files share. Nobody outside src/probe includes this.
 *
 *   stlink.c         opening, speed, connecting, NRST, voltage, DP and AP registers
 *   stlink_memory.c  memory blocks and batches
 *   stlink_link.c    one command on the wire: framing, time-outs, getting back in step
 *   stlink_words.c   status codes and command names
 *
 * Sources: ST never published the protocol; facts are those on which OpenOCD, stlink, pyOCD, probe-rs and Black Magic Debug agree. */
#pragma once
#include "probe/probe.h"

enum {
    STLINK_COMMAND_BYTES = 16,
    STLINK_MAX_BLOCK = 6144,     /* 16- and 32-bit accesses of one command; more stalls a V2 */
    STLINK_MAX_BYTES = 64,       /* 8-bit accesses of one command */
    STLINK_MAX_ITEMS = 64,       /* of one RW_MISC on a V2 */
    STLINK_PACKET = 64,          /* wMaxPacketSize at full speed */
    STLINK_BITS_PER_ACCESS = 50, /* on SWD: 46 clocks, and a little for TAR */
    STLINK_PATIENCE_MS = 600,    /* for a command or a reply, besides the time on the wires: estimate. OpenOCD waits 1000 */
    STLINK_BUSY_LIMIT_MS = 500   /* how long a WAIT is retried: longer than a page erase stalls the bus */
};

enum { /* first byte of a command, and the second of the F2 family; names as the clients have them */
       STLINK_GET_VERSION = 0xF1,
       STLINK_DEBUG = 0xF2,
       STLINK_DFU = 0xF3,
       STLINK_SWIM = 0xF4,
       STLINK_GET_CURRENT_MODE = 0xF5,
       STLINK_GET_TARGET_VOLTAGE = 0xF7,
       STLINK_DFU_EXIT = 0x07,
       STLINK_SWIM_EXIT = 0x01,
       STLINK_READMEM_32BIT = 0x07,
       STLINK_WRITEMEM_32BIT = 0x08,
       STLINK_READMEM_8BIT = 0x0C,
       STLINK_WRITEMEM_8BIT = 0x0D,
       STLINK_EXIT = 0x21,
       STLINK_ENTER = 0x30,
       STLINK_WRITEDEBUGREG = 0x35,
       STLINK_READDEBUGREG = 0x36,
       STLINK_DRIVE_NRST = 0x3C,
       STLINK_GETLASTRWSTATUS2 = 0x3E,
       STLINK_SWD_SET_FREQ = 0x43,
       STLINK_READ_DAP_REG = 0x45,
       STLINK_WRITE_DAP_REG = 0x46,
       STLINK_READMEM_16BIT = 0x47,
       STLINK_WRITEMEM_16BIT = 0x48,
       STLINK_INIT_AP = 0x4B,
       STLINK_RW_MISC_OUT = 0x51,
       STLINK_RW_MISC_IN = 0x52,
};

enum { STLINK_MODE_DFU = 0, STLINK_MODE_IDLE = 1, STLINK_MODE_DEBUG = 2, STLINK_MODE_SWIM = 3, STLINK_MODE_BOOTLOADER = 4 };

/* Oldest firmware (J number of a V2) that has a command; OpenOCD's and pyOCD's tables. Below STLINK_J_MINIMUM a probe is refused. */
enum { STLINK_J_MINIMUM = 26, STLINK_J_INIT_AP = 28, STLINK_J_BANKED = 32, STLINK_J_RW_MISC = 32 };

struct stlink {
    struct probe base;
    struct usb_device *usb; /* owned */
    uint8_t ep_out, ep_in;
    unsigned j;
    char version[16];
    uint8_t version_reply[6]; /* as the probe gave it: how we know that we are in step again */
    unsigned divisor;         /* of SWD_SET_FREQ */
    bool speed_set;
    bool idle;                          /* since it was opened */
    bool connected;                     /* SWD entered: entered again after a USB reset */
    bool lost_step;                     /* a reply may still come for a command that was given up */
    bool in_data;                       /* and it may wait for data: what is sent next could end up in the target's memory */
    unsigned wires_ms, wires_before_ms; /* what the present command takes on SWD at most, and the one before it */
    bool nrst_low;                      /* by us */
    uint8_t ap_open[256 / 8];
    uint8_t reply[STLINK_MAX_BLOCK + STLINK_PACKET];
};

struct stlink_command {
    uint8_t bytes[STLINK_COMMAND_BYTES];
};

/* stlink_link.c */

/* Before each operation: ERR_INTERRUPTED if the user asked to stop; gets back in step with the probe if need be. */
bool stlink_ready(struct stlink *s, struct err *e);
/* Find the probe's version, whatever reply is still under way for a program before us. Fills version_reply. */
bool stlink_hello(struct stlink *s, struct err *e);
/* One command; then `out` bytes go out, or exactly `in` bytes must come in (at `data`).
 * Errors: those of USB; ERR_PROTOCOL for a reply of another length. */
bool stlink_send(struct stlink *s, const struct stlink_command *c, struct err *e);
bool stlink_send_out(struct stlink *s, const struct stlink_command *c, const uint8_t *data, size_t len, struct err *e);
bool stlink_send_in(struct stlink *s, const struct stlink_command *c, uint8_t *data, size_t len, struct err *e);
/* A command whose reply begins with a status; repeated while the target is busy. The reply stays in `data`. */
bool stlink_send_status(struct stlink *s, const struct stlink_command *c, uint8_t *data, size_t len, struct err *e);
/* Wait a little longer each time; false when `deadline_us` has passed. `round` counts from 0. */
bool stlink_wait_retry(struct stlink *s, unsigned round, uint64_t deadline_us);

/* stlink.c */
bool stlink_enter(struct stlink *s, struct err *e); /* mode, speed, SWD, access port 0 */
void stlink_clear_sticky(struct stlink *s);         /* after a fault: ABORT, whatever comes of it */

/* stlink_memory.c */
bool stlink_read_mem(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e);
bool stlink_write_mem(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e);
bool stlink_batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e);

/* stlink_words.c */
bool stlink_status_is_ok(uint8_t status);
bool stlink_status_is_wait(uint8_t status);
/* Set `e` from a status that is not ok; `seen` has the code and its name. Returns false. */
bool stlink_status_fail(uint8_t status, struct err *e);
/* "READMEM_32BIT 0x08000000 1024" */
const char *stlink_describe(const struct stlink_command *c, char *text, size_t cap);
