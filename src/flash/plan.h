/* plan.h - what would be done to the flash, in which order and why. Pure: wanted pages + what they hold now + option words -> steps.
 *
 * The order makes an interruption safe (docs/flashing.md): if the page at the flash base is written, it is erased first and its first
 * unit is programmed last, after everything else was checked. Until then no application can start, and ACR.EMPTY makes a reset start the
 * ROM bootloader. Before that erase, which takes its time, the first unit is overwritten with zeros, which does not. Not here: doing it
 * (flash/execute.h). */
#pragma once
#include "flash/look.h"
#include "flash/want.h"

struct plan_choices {
    bool no_guard;    /* leave an unchanged page at the flash base alone */
    bool no_save;     /* do not keep what will be lost */
    bool read_back;   /* compare bytes instead of CRCs */
    bool erase;       /* the pages are to be erased, whatever they hold now */
    bool plain;       /* erase, program and read back is all that the road allows (road.h); set by session_plan */
    bool any_vectors; /* also program an image that seems to be for another chip */
};

enum plan_reason {
    PLAN_SAME,    /* nothing to do */
    PLAN_DIFFERS, /* holds something else */
    PLAN_BLANK,   /* holds nothing */
    PLAN_DAMAGED, /* an ECC double error: cannot be read right, so it counts as different */
    PLAN_GUARD,   /* holds the right thing, rewritten as the guard of the others */
    PLAN_ASKED,   /* the user wants it erased */
};
const char *plan_reason_text(enum plan_reason r);

enum plan_guard {
    PLAN_GUARD_IDLE,      /* nothing is written */
    PLAN_GUARD_BASE,      /* the page at the flash base is written anyway, and guards the others */
    PLAN_GUARD_REWRITE,   /* it is written as a guard only */
    PLAN_GUARD_SINGLE,    /* one other page: old and new code mixed until run again */
    PLAN_GUARD_OFF,       /* --no-guard */
    PLAN_GUARD_PROTECTED, /* write-protected, and left alone */
    PLAN_GUARD_NOT_OURS,  /* the image does not contain the flash base */
};
const char *plan_guard_text(enum plan_guard g); /* one sentence for the user */
const char *plan_guard_name(enum plan_guard g); /* for --json */

struct plan_page {
    const struct want_page *want;
    enum plan_reason reason;
    bool write;
    bool save;      /* not blank, so it is kept before it is lost */
    bool in_store;  /* an earlier save has the same: it is copied from there, not read again */
    uint32_t units; /* programmed; blank ones are skipped */
};

enum plan_step_kind {
    STEP_DISARM,      /* zeros over the first unit of flash: an erase that is cut off leaves no vectors to start from */
    STEP_ERASE,       /* the page at addr */
    STEP_ERASE_ALL,   /* main flash, one operation */
    STEP_SET_EMPTY,   /* ACR.EMPTY: a reset starts the ROM bootloader */
    STEP_PROGRAM,     /* len bytes at addr */
    STEP_CHECK,       /* len bytes at addr have this CRC */
    STEP_READ_BACK,   /* len bytes at addr are these */
    STEP_CLEAR_EMPTY, /* a reset starts the application */
};

struct plan_step {
    enum plan_step_kind kind;
    uint32_t addr, len;
    const uint8_t *bytes; /* PROGRAM, CHECK, READ_BACK; in the want */
    uint32_t crc;         /* of those */
    bool spare;           /* ERASE of a blank page: done only if what follows fails without it */
};

struct plan { /* owned: plan_free; borrows the want */
    const struct want *want;
    struct plan_page *pages; /* one per page of the want */
    struct plan_step *steps;
    size_t steps_count;
    enum plan_guard guard;
    size_t writes, saves; /* pages; saves: those that have to be read from the target */
    uint32_t erases, units;
    uint64_t estimate_us; /* typical times of the flash and an estimate for the link */
};

/* All pages of the want have been looked at and kept.
 * Errors: ERR_LOCKED (write-protected pages in the way: named with their area and range; readout protection), ERR_INPUT (vectors of another
 * chip), ERR_NOMEM. */
bool plan_make(struct plan *p, const struct want *w, const struct look *l, const struct plan_choices *c, struct err *e);
/* Everything at once (mass erase). `w` holds all pages of the flash, looked at. */
bool plan_erase_all(struct plan *p, const struct want *w, const struct look *l, const struct plan_choices *c, struct err *e);
void plan_free(struct plan *p);

/* Part of plan_make that needs no look at the target. ERR_INPUT. */
bool plan_check_vectors(const struct want *w, const struct plan_choices *c, struct err *e);
/* Refuse to go on if readout protection closes the flash to a debugger. ERR_LOCKED. */
bool plan_check_readout(const struct look *l, const struct device *d, struct err *e);
