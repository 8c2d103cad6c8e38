/* loader.h - the host's side of the RAM loader (loaders/stm32_ring.c): bring it up, feed its ring, watch it.
 *
 * Records are collected in a buffer (loader_add) and sent in as few transfers as possible (loader_send). One word tells how far the
 * target has come (loader_poll: one probe command). Bounded: whatever the target does, each call ends. */
#pragma once
#include "flash/look.h"
#include "loaders/ring.h"

enum { LOADER_SLOTS = 8 };

struct loader {       /* zeroed is "not up" */
    struct target *t; /* borrowed */
    bool up;
    uint32_t ipsr;                 /* exception number to run under: 0, or that of the application when its core is borrowed */
    uint32_t ring_at, ring_end;    /* of the ring in target RAM */
    uint32_t results_at, results;  /* and how many results fit */
    uint32_t slots_at, slot_bytes; /* room for copies */
    unsigned slots;
    uint32_t ram_end;          /* first byte of RAM not used */
    uint32_t put_at, write_at; /* where the next record goes; what the target was told */
    uint8_t *buffer;           /* records between write_at and put_at; owned */
    uint32_t buffered;
    /* from the last poll */
    uint32_t progress, read_at;
    uint8_t copies, state;
    uint64_t moved_us; /* when progress last changed */
    bool broken;       /* it did not come up, or fell over: not the flash's doing as far as it can tell */
    /* once it stopped by itself: at which record */
    bool stopped;
    uint32_t stopped_op, stopped_at;
};

struct loader_room { /* how to lay out the RAM */
    uint32_t results, slot_bytes;
    unsigned slots;
    bool small; /* a ring just large enough for comparing: little RAM has to be saved and put back */
};

struct loader_feed { /* watchdogs that may be running: address 0 for none */
    uint32_t at[2], value[2];
};

/* Lay out and make ready; nothing on the target changes. Errors: ERR_UNSUPPORTED (RAM too small or elsewhere), ERR_NOMEM. */
bool loader_prepare(struct loader *l, struct target *t, const struct loader_room *room, struct err *e);
/* Upload with what has been added so far, set up the core, run. The core is halted, the CRC unit clocked.
 * Errors: ERR_FAULT (did not come up; seen: state, PC, DHCSR), those of mem. */
bool loader_start(struct loader *l, const struct loader_feed *feed, struct err *e);
/* What stands at `addr` of a target's RAM while the loader is there. false: its code does not reach so far. */
bool loader_code(uint32_t addr, uint8_t *bytes, size_t len);
/* Free memory; the target is left as it is. Safe on a zeroed loader. */
void loader_free(struct loader *l);

/* Bytes that may be added now: a record needs RING_RECORD_BYTES_MAX, and a PROGRAM its data. */
uint32_t loader_space(const struct loader *l);
uint32_t loader_backlog(const struct loader *l); /* bytes the target has not consumed, as of the last poll */
void loader_add(struct loader *l, enum ring_op op, uint32_t count, uint32_t addr); /* ERASE, EMPTY, DISARM */
void loader_add_two(struct loader *l, enum ring_op op, uint32_t count, uint32_t addr, uint32_t first, uint32_t second);
void loader_add_program(struct loader *l, uint32_t addr, const uint8_t *bytes, uint32_t units);
bool loader_send(struct loader *l, struct err *e); /* nothing added: nothing done */

/* Look at the progress word. False if the loader stopped by itself with an error (which is explained), if it has not moved for longer
 * than any operation may take, or if the core is not running it any more. */
bool loader_poll(struct loader *l, struct err *e);
bool loader_idle(const struct loader *l); /* everything sent has been done, as of the last poll */
/* Sleep and poll until idle. */
bool loader_wait_idle(struct loader *l, uint64_t first_sleep_us, struct err *e);
bool loader_read_results(struct loader *l, uint32_t *pairs, uint32_t count, struct err *e); /* CRC, ECC double errors */
