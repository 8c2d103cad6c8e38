/* faults.h - what goes wrong on a board: faults by count, time or address, and wires that are not as they should be.
 *
 * A fault is a row: what happens, at which event, how often. It is configuration of the board and saved with it, together with the
 * counts of events since it was armed, so that it happens in whatever way the board is reached. Everything is the same every time:
 * torn bits come from the seed. Not here: the text of scenarios (scenarios/), what a model does when told (flash.h, dap.h, usbhost.h). */
#pragma once
#include "base/state.h"
#include "base/timeline.h"
#include "chip/chip.h"
#include "dap/dap.h"
#include "usb/usbhost.h"

enum fault_when { /* the event; counted from 1, since the fault was armed */
                  FAULT_ALWAYS,
                  FAULT_AT_FLASH, /* any flash operation: erase, program, option write */
                  FAULT_AT_ERASE,
                  FAULT_AT_PROGRAM,
                  FAULT_AT_OPTION,
                  FAULT_AT_ADDRESS,         /* a flash operation that covers this address; reads-as: a debugger's access */
                  FAULT_AT_SWD,             /* request on the wire */
                  FAULT_AT_TRANSFER,        /* of the probe's USB plug */
                  FAULT_AT_TARGET_TRANSFER, /* of the target's USB plug */
                  FAULT_AT_TIME,            /* picoseconds after it was armed */
                  FAULT_WHENS,
};

enum fault_kind {
    FAULT_NONE,
    FAULT_POWER_CUT,
    FAULT_BROWN_OUT,
    FAULT_NRST_GLITCH,
    FAULT_UNPLUG,
    FAULT_SWD_WAIT,
    FAULT_SWD_FAULT,
    FAULT_SWD_SILENT,
    FAULT_SWD_PARITY,
    FAULT_SWD_ID,
    FAULT_SWD_LOST,
    FAULT_SWD_EDGES,
    FAULT_FLASH_BUSY,
    FAULT_FLASH_SLOW,
    FAULT_FLASH_REFUSES,
    FAULT_CELL_WEAK,
    FAULT_CFGBSY,
    FAULT_USB_SHORT,
    FAULT_USB_STALL,
    FAULT_USB_LATE,
    FAULT_USB_STUCK,
    FAULT_SERIAL,
    FAULT_VERSION,
    FAULT_AP_CLOSED,
    FAULT_READS_AS,
    FAULT_KINDS,
};

enum { FAULT_WHOLE = 65536 }; /* share of an operation: all of it */

struct fault {
    enum fault_kind kind;
    enum fault_when when;
    uint64_t at;      /* number of the event, time, or address */
    uint32_t times;   /* how many of the events from there on; 0: all */
    uint32_t share;   /* of a flash operation, when power, reset or cable go: 0 before it, FAULT_WHOLE after it */
    uint64_t hold_ps; /* how long power, reset or cable stay away; 0: for good */
    uint64_t arg;     /* per kind, see fault_rows */
};

struct fault_row { /* a kind, for those who read and print */
    const char *name;
    uint32_t whens;             /* events it can happen at: 1 << enum fault_when */
    uint64_t default_hold_ps;   /* 0: for good, or nothing to hold */
    const char *arg;            /* what `arg` is called ("percent", "bits"), NULL: none */
    uint64_t default_arg, most; /* of arg */
    const char *says;
};
extern const struct fault_row fault_rows[FAULT_KINDS];
extern const char *const fault_when_names[FAULT_WHENS];

enum wire_nrst { NRST_WIRED, NRST_OPEN, NRST_LOW, NRST_STRONG, NRST_WIRINGS }; /* STRONG: a pull-up that the probe cannot overcome */
enum wire_swd { SWD_WIRED, SWD_OPEN, SWD_WIRINGS };                            /* one of the lines is not connected */
enum wire_vtref { VTREF_WIRED, VTREF_OPEN, VTREF_WIRINGS };                    /* floats: near 0 */
extern const char *const wire_nrst_names[NRST_WIRINGS], *const wire_swd_names[SWD_WIRINGS], *const wire_vtref_names[VTREF_WIRINGS];

enum { FAULTS_MAX = 16, FAULT_STALE = 64 };
enum fault_plug { FAULT_PROBE, FAULT_TARGET, FAULT_PLUGS }; /* as enum board_plug */
/* Cables: LINE_CABLE + plug. */
enum fault_line { LINE_POWER, LINE_NRST, LINE_CABLE, LINE_TARGET_CABLE, FAULT_LINES };

struct faults_state {
    uint64_t armed_ps;           /* when events began to be counted */
    uint64_t count[FAULT_WHENS]; /* events since */
    uint64_t at[FAULTS_MAX], hold_ps[FAULTS_MAX], arg[FAULTS_MAX], fired[FAULTS_MAX];
    uint64_t begin_ps[FAULT_LINES], end_ps[FAULT_LINES]; /* what has been set off: away, and back again; TIME_NEVER: nothing */
    uint64_t hold_next_ps[FAULT_LINES];
    uint32_t times[FAULTS_MAX], share[FAULTS_MAX];
    uint32_t vdd_mv;                   /* the board's supply when it is there; 0: the parameter target_mv */
    uint32_t vdd_slope_mv_ms;          /* how fast it rises and falls; 0: at once */
    uint32_t bottom_mv;                /* of the dip that is under way */
    uint32_t stale_bytes[FAULT_PLUGS]; /* of a USB packet that came too late */
    uint8_t kind[FAULTS_MAX], when[FAULTS_MAX];
    uint8_t stale[FAULT_PLUGS * FAULT_STALE];
    uint8_t nrst, swd, vtref;       /* wiring */
    uint8_t nrst_low;               /* a glitch has hold of NRST */
    uint8_t usb_stuck[FAULT_PLUGS]; /* until a port reset */
    uint8_t rows;
};
extern const struct state_table faults_state_table;

struct faults_wires { /* what faults reach for; borrowed */
    void *ctx;
    void (*power)(void *ctx, bool on);
    unsigned (*param_mv)(void *ctx); /* target_mv */
    unsigned (*swd_khz)(void *ctx);  /* as the probe drives it now */
    void (*nrst)(void *ctx);         /* faults_nrst has changed */
    void (*cable)(void *ctx, enum fault_plug plug, bool in);
    void (*damage)(void *ctx, uint32_t addr, uint64_t bits);
    void (*note)(void *ctx, const char *text);
};

struct faults_plug { /* what one plug's hooks are called with */
    struct faults *f;
    enum fault_plug plug;
};

struct faults {
    struct faults_state s;
    const struct faults_wires *wires; /* borrowed, as is time */
    const struct timeline *time;
    struct chip *chip; /* borrowed */
    struct chip_hooks chip_hooks;
    struct dap_hooks dap_hooks;
    struct faults_plug plug[FAULT_PLUGS];
    struct usb_hooks usb_hooks[FAULT_PLUGS];
};

/* No faults, all wires as they should be. Hangs itself behind the chip; the caller does so for dap and both usbhosts. */
void faults_init(struct faults *f, const struct faults_wires *wires, const struct timeline *time, struct chip *chip);
/* Add one. ERR_USAGE: does not go together (a kind at an event it cannot happen at), too many. */
bool faults_add(struct faults *f, const struct fault *fault, struct err *e);
void faults_arm(struct faults *f);                         /* now: events count from here */
bool faults_loaded(const struct faults *f, struct err *e); /* after a load. ERR_INPUT */

/* When something is to happen by itself, TIME_NEVER if nothing; and: let it happen. The chip must not run beyond it. */
uint64_t faults_next_ps(const struct faults *f);
void faults_event(struct faults *f, uint64_t now_ps);

/* Wires: the level of NRST and what VTREF measures, by who pulls and what is there. */
bool faults_nrst_is_low(const struct faults *f, bool button, bool probe);
unsigned faults_vtref_mv(const struct faults *f, unsigned mv);
bool faults_stands(const struct faults *f, enum fault_kind kind); /* one that is there always */
/* Supply: what it is when it is there; does the chip run on that; and how long after it was switched does the chip notice. */
unsigned faults_vdd_mv(const struct faults *f);
bool faults_vdd_is_enough(const struct faults *f, bool running); /* a running chip goes on down to its falling level */
uint64_t faults_fall_ps(const struct faults *f);
uint64_t faults_rise_ps(const struct faults *f, unsigned from_mv);

/* Row i in words ("power-cut at erase 3: happened once"), or false after the last; wiring likewise after the rows. */
bool faults_describe(const struct faults *f, unsigned i, char *text, size_t cap);
