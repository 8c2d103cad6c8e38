/* probe.h - one debug probe: mode, speed, NRST, voltage, DP/AP registers, memory blocks. One file per kind of probe.
 *
 * Listed in probes.c. All calls may fail with ERR_IO, ERR_TIMEOUT, ERR_NODEV (cable out); target-side failures are ERR_FAULT (bus error;
 * seen: address and the probe's status), ERR_TIMEOUT (target stays busy), ERR_NODEV (target does not answer: kind of line state in seen).
 */
#pragma once
#include "base/clock.h"
#include "base/err.h"
#include "usb/usb.h"

#include <stdint.h>

struct probe;

struct probe_word {
    uint32_t addr, value;
    bool write;
}; /* one 32-bit access of a batch; value comes back for reads */

struct probe_ops {
    const char *name; /* "ST-LINK/V2-1" */
    bool (*matches)(const struct usb_id *id);
    struct probe *(*open)(struct usb_device *usb, struct err *e);                          /* owns `usb` from here on, also on failure */
    void (*close)(struct probe *p);                                                        /* leaves debug mode, releases NRST */
    bool (*connect)(struct probe *p, struct err *e);                                       /* enter SWD, power the debug domain */
    bool (*set_speed)(struct probe *p, unsigned khz, unsigned *actual_khz, struct err *e); /* the largest not above `khz` */
    bool (*nrst)(struct probe *p, bool low, struct err *e);
    bool (*voltage)(struct probe *p, unsigned *mv, struct err *e); /* 0: no target voltage */
    /* Registers. `ap` PROBE_DP is the debug port (addr bits 7:4 are DPBANKSEL). */
    bool (*read_reg)(struct probe *p, unsigned ap, unsigned addr, uint32_t *value, struct err *e);
    bool (*write_reg)(struct probe *p, unsigned ap, unsigned addr, uint32_t value, struct err *e);
    /* Memory behind AP 0. bytes 1, 2, 4: width of each access; addr and len multiples of it; any len (split inside). */
    bool (*read_mem)(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e);
    bool (*write_mem)(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e);
    /* Word accesses in order, as few transfers as the probe allows; stops at the first that fails (*done tells which). */
    bool (*batch)(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e);
    const char *(*version)(struct probe *p); /* "V2J46M32" */
};
enum { PROBE_DP = 0xFFFF };

struct probe { /* first member of each kind's own struct */
    const struct probe_ops *ops;
    const struct clock *clock; /* borrowed from the usb device */
    struct usb_id id;
    unsigned speed_khz; /* actual */
    unsigned waits;     /* WAITs of the target that were asked again and came to nothing worse */
    unsigned resets;    /* of the probe's USB port, because it had stopped answering */
};

extern const struct probe_ops *const probe_kinds[];             /* ends with NULL (probes.c) */
const struct probe_ops *probe_kind_of(const struct usb_id *id); /* NULL: not a probe we know */
/* Why a recognisable probe is not supported ("ST-LINK/V3 ..."), or NULL. */
const char *probe_refusal(const struct usb_id *id);
