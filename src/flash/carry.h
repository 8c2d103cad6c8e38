/* carry.h - one job on a chip's flash or option words, from taking the target to letting it go; and once more if the target was reset or
 * lost its power in the middle. All that is written goes through here, so that no command has to think of it. */
#pragma once
#include "flash/option.h"
#include "flash/session.h"

enum { CARRY_TRIES = 3 };

struct carry {           /* a job on flash */
    const char *command; /* what its save is called */
    const struct plan_choices *choices;
    const char *file; /* where the image is from: remembered with the saves; NULL: from no file */
    bool all;         /* erase the whole flash, at one blow if that is possible */
    bool run;         /* then the application starts; else the core stays halted before its first instruction */
    bool open;        /* not even that: the session stays taken */
    /* May be NULL. The plan is made, nothing is changed yet; false: it is not to be carried out. Asked in each try. */
    bool (*planned)(void *ctx, const struct plan *p, struct err *e);
    void *ctx;
};

/* Take, compare, plan, execute, finish. `w` was checked (session_check); `p` is the plan of the last try, the caller's to free in any case.
 * If the target was reset or lost its power meanwhile, it is all begun anew, CARRY_TRIES times at most; without the RAM loader if that fell
 * over. The user is told (session.progress), the next save continues the one before. Errors: those of the parts; ERR_FAULT if it happened
 * in each try. */
bool carry_flash(struct session *s, struct want *w, struct plan *p, const struct carry *c, struct err *e);

/* Take, option_write: the target stands at its first instruction then. The same again after a reset, unless it left the words damaged: the
 * way out of that may cost the flash, and is the user's to choose. */
bool carry_options(struct session *s, const uint32_t *wanted, const struct option_choices *c, struct err *e);
