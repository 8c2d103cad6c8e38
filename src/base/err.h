/* err.h - one error: what failed, what was being done, what was seen, what to do next.
 *
 * Every function that can fail is `bool f(..., struct err *e)`; true means done. The callee says what failed (err_set),
 * callers on the way up may add what they were doing (err_doing); evidence (err_seen) and advice (err_hint) are kept apart.
 * Reporting never allocates; too long texts are cut, too many lines dropped. `e` is never NULL. */
#pragma once
#include <stdbool.h>

enum err_kind { /* for code to branch on; the rest is for people. cli/ maps it to the exit status */
                ERR_NONE,
                ERR_USAGE, /* the request makes no sense, whatever the target: words, file formats' misuse */
                ERR_INPUT, /* a file or packet from outside is malformed */
                ERR_NODEV, /* no device, several, no permission, in use by somebody else */
                ERR_IO,    /* a transfer failed; the cable, the probe or the file system */
                ERR_TIMEOUT,
                ERR_PROTOCOL, /* the other side answered something it must not */
                ERR_FAULT,    /* the target refused an access or an operation */
                ERR_LOCKED,   /* protection stands in the way */
                ERR_REFUSED,  /* we will not: it would lose data, or is never done */
                ERR_VERIFY,   /* contents differ */
                ERR_UNSUPPORTED,
                ERR_INTERRUPTED,
                ERR_NOMEM,
                ERR_BUG,
};

enum { ERR_LINES = 6, ERR_TEXT = 200 };

struct err { /* caller's memory; zeroed is "no error" */
    enum err_kind kind;
    char cause[ERR_TEXT];            /* one phrase, no full stop */
    char doing[ERR_LINES][ERR_TEXT]; /* innermost first */
    char seen[ERR_LINES][ERR_TEXT];  /* evidence, as read from the target */
    char hint[ERR_TEXT];             /* what can be done next, or "" */
    unsigned n_doing, n_seen;
};

/* All four format like printf and return false, to be passed on. err_set drops what `e` held before.
 * `e` may be one's own argument's source: texts are formatted before anything is overwritten. */
bool err_set(struct err *e, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool err_doing(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_seen(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *err_kind_name(enum err_kind kind); /* "timeout", for --json */
