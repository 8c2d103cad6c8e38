/* remedy.h - ways out, from the cheapest to the dearest.
 *
 *   by hand      something about wires, power, programs or source code: told, never done
 *   volatile     a reset, flags: free, done by --fix
 *   reversible   option words: saved and shown before; done by --fix
 *   destroying   contents are lost: needs its own flag, and at a terminal a typed word
 *
 * To add a remedy: a row in remedies.c; if it is done by us, a function `apply` that takes the finding's words, changes as little as
 * possible, and proves itself by looking again; a test in tests/unit/doctor. Rules name it by id. */
#pragma once
#include "doctor/rule.h"
#include "flash/session.h"

enum remedy_kind { REMEDY_HAND, REMEDY_VOLATILE, REMEDY_REVERSIBLE, REMEDY_DESTROYING };

struct remedy_job {    /* what a remedy works on; borrowed, all of it */
    struct session *s; /* open, not taken */
    const struct finding *finding;
    /* For reversible ones: shown before it is done; false stops. May be NULL: never asked. */
    bool (*ask)(void *ctx, const char *what, struct err *e);
    /* One line of what was done or seen. */
    void (*say)(void *ctx, const char *line);
    void *ctx;
    /* --fix --image: the pages that the image needs, as [first, last]; first > last: none named. */
    uint32_t image_first, image_last;
    bool lift_wrp;         /* --lift-wrp */
    bool erase_everything; /* --erase-everything */
    bool erase_page;       /* --erase-page */
    const uint32_t *saved; /* option words of the newest save, or NULL */
    bool restored_factory; /* out: nothing was saved, the factory's words were taken */
    bool changed;          /* out */
};

struct remedy { /* ends with id NULL */
    const char *id;
    enum remedy_kind kind;
    const char *does;  /* "resets the chip through the debug port" */
    const char *price; /* what it costs or risks: "nothing" */
    const char *flag;  /* destroying, or not without being asked: the word that allows it; NULL */
    /* NULL: by hand. true: done and proven, or, with `changed` false, nothing to be done. Errors: ERR_REFUSED (a flag is missing: hint
     * names it), ERR_VERIFY (it did not help), those of the link. The session is left not taken, the target running. */
    bool (*apply)(struct remedy_job *j, struct err *e);
};

extern const struct remedy remedies[];
const struct remedy *remedy_find(const char *id); /* NULL: none */
const struct remedy *remedy_of(const struct finding *f);
const char *remedy_class_name(enum remedy_kind kind);

enum findings_form {
    FINDINGS_ALL,
    FINDINGS_BRIEF, /* what and the way out; no evidence, nothing that only follows */
    FINDINGS_UNDER, /* the likely and certain ones, as they stand under an error */
};
enum { FINDINGS_WIDTH = 140 }; /* of a line, at most; where nobody knows how wide the reader's is */

/* The findings as lines without line ends, of `width` characters or FINDINGS_WIDTH, what is less, where words allow it. */
void findings_write(const struct diagnosis *d, enum findings_form form, unsigned width, void (*line)(void *ctx, const char *line),
                    void *ctx);
