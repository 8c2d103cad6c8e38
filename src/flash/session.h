/* session.h - one piece of work on a chip's flash: look, take the core, compare, execute a plan, let go; by whichever road (road.h).
 *
 * The order of calls is session_open, then for a command that only looks: session_compare; for one that changes (carry.h does it):
 * session_take, session_compare, session_plan, session_execute, session_finish. session_close is safe at any point. */
#pragma once
#include "flash/loader.h"
#include "flash/road.h"
#include "flash/store.h"

struct flash_progress { /* may be told from time to time; each may be NULL */
    void (*at)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void (*note)(void *ctx, const char *text); /* a sentence for the user */
    void *ctx;
};

struct flash_state {
    bool known;
    uint32_t cr, sr;
};

struct session {
    const struct road *road;
    struct road_chip chip;
    struct target *t; /* by SWD; borrowed, as are the other road's state and the store. NULL over USB */
    void *way;        /* the other road's own state; NULL by SWD */
    struct store *store;
    struct flash_progress progress;
    struct look look; /* as found */
    bool tried_keys;
    bool keys_refused; /* before our reset the controller did not open to its keys: a wrong sequence had locked it */
    bool save_goes_on; /* this is not the last part of what is being saved for: the save is not done with it */
    bool taking;       /* begun, and not done yet */
    bool taken;        /* halted right after a reset: everything is ours until the final reset */
    bool proved;       /* the plan was carried out as a whole */
    bool unchecked;    /* option words were written, and the chip does not show what it has loaded */
    bool touched;      /* something was written, at some time */
    /* what was done, for the report */
    uint32_t erases, units;
    uint64_t saved_bytes;
    struct { /* the step that session_execute failed in, as far as the target told */
        bool known;
        enum plan_step_kind kind;
        uint32_t addr;
    } failed;
    /* by SWD only */
    bool direct; /* no RAM loader: asked for, or it did not come up */
    char direct_why[ERR_TEXT];
    struct loader loader;
    struct loader_feed feed;
    uint32_t core_hz;         /* 0: unknown */
    struct flash_state fresh; /* right after our reset, until the flash is unlocked */
    bool unlocked;
    uint32_t was_freeze;
    bool froze;
};

/* By SWD. Read registers and option words; nothing changes. */
bool session_open(struct session *s, struct target *t, struct err *e);
/* By another road: the same. `way` is the road's own, and outlives the session. */
bool session_open_road(struct session *s, const struct road *road, const struct road_chip *chip, void *way, struct err *e);
void session_close(struct session *s);

/* Memory as it is now. Errors: those of the road. */
bool session_read(struct session *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e);

/* Would the plan be refused? Asked before the target is reset, so that a refusal leaves it running as it was: readout protection, vectors
 * of another chip; and, only if write protection covers a page of the want, by reading what is there. */
bool session_check(struct session *s, struct want *w, const struct plan_choices *c, struct err *e);

/* By SWD: reset and halt at the first instruction; watchdogs that started by themselves stand still while halted; clock the CRC unit; raise
 * the core's clock where that is free. Errors: those of core_reset_halt. */
bool session_take(struct session *s, struct err *e);

/* Find out what the want's pages hold now, and keep what nobody asked for. Taken: by the RAM loader (CRC unit), else by reading.
 * Taken and without a store, a road that reads may end at a page's first difference (want_page.differs).
 * `borrowing`: halt the core, run the loader in saved and restored RAM, leave all as found; for sessions not taken. */
bool session_compare(struct session *s, struct want *w, bool borrowing, struct err *e);

/* plan_make, and then: which of the pages to be saved are in an earlier save already? */
bool session_plan(struct session *s, struct plan *p, const struct want *w, const struct plan_choices *c, struct err *e);
bool session_plan_erase_all(struct session *s, struct plan *p, const struct want *w, const struct plan_choices *c, struct err *e);

/* Taken only. Option words and pages to be lost are saved first (if there is a store), each page before its erase.
 * On failure the flash is as far as it got: the plan's order makes that safe. */
bool session_execute(struct session *s, const struct plan *p, const char *command, struct err *e);

/* Lock the flash, put DBGMCU back, reset: into the application, or halted before its first instruction. */
bool session_finish(struct session *s, bool run, struct err *e);

/* After a failure: stop the loader where it is, let the flash finish its last operation, reset. If something was erased, the target stays
 * halted: what is in flash now must not run by itself. Else it runs again, and NULL is returned. Not NULL: how it was left, a sentence. */
const char *session_abandon(struct session *s);

/* After a failure of a taken session, or of taking it: was the target reset meanwhile, or did it lose its power? Waits a second for it to
 * answer again. `how` (ERR_TEXT) gets "lost its power", "was reset (IWDGRSTF)" or, while it was taken, "stopped answering". If it does not
 * answer while the probe does, `e` gets what the probe measures. */
bool session_was_reset(struct session *s, char how[ERR_TEXT], struct err *e);
/* Ready to be taken again after that, or without the loader. */
void session_over(struct session *s);

/* ---- by SWD only ---- */

/* Flash is idle and as good as new: clear error flags, unlock if locked. Also for option words (options true). */
bool session_unlock(struct session *s, bool options, struct err *e);
/* Wait until SR's busy bits fall, at most limit_ms; then errors are explained (`what` is "erase page 3"), and cleared by the next
 * operation only. Errors: ERR_TIMEOUT, ERR_LOCKED (WRPERR), ERR_FAULT. */
bool session_settle(struct session *s, unsigned limit_ms, const char *what, struct err *e);
