/* undo.h - what was saved before a command, understood: which pages and option words it changed, what they held, what they became.
 *
 * A command that is cut off and run again is one job: the later save continues the earlier one, and undo goes back to where the job
 * began. An undo is saved like any other command, so that it can be undone itself; one that is cut off is finished by the next.
 * Not here: doing it (cli/cmd_undo.c, through the session like all writing). */
#pragma once
#include "flash/option.h"

enum { UNDO_TORN_MAX = 2 }; /* pages in work when a job is cut off: page 0, which waits for its first 8 bytes, and one other */

struct undo_page {
    uint32_t addr;
    uint32_t was;     /* CRC before */
    uint32_t becomes; /* CRC that the command was to leave */
    bool announced;   /* the command was to change it; else the page was kept in case (option words) */
    unsigned saved;   /* number of the save that has it; 0: it was blank, or never touched */
    bool blank;
};

struct undo {           /* owned: undo_free */
    unsigned number;    /* the save that is gone back to */
    unsigned finishing; /* the save of an undo of it that was cut off, 0: none */
    char command[32];
    bool interrupted; /* whatever is in its pages and words now may be its own doing */
    bool words;       /* it was to change option words */
    uint32_t before[LOOK_OPTIONS], becomes[LOOK_OPTIONS];
    struct undo_page *pages; /* ascending */
    size_t count;
};

/* Save `number`, or 0 for the newest. Errors: ERR_INPUT (there is none; its text makes no sense), ERR_NOMEM, ERR_IO. */
bool undo_find(struct undo *u, struct store *store, const struct device *d, unsigned number, struct err *e);
void undo_free(struct undo *u);

/* The pages as they were: those that the command was to change, or, if `kept_too`, all of them. Pages that it never came to are left
 * out. An empty image: none. Errors: ERR_IO (a save is gone or damaged), ERR_NOMEM. */
bool undo_image(const struct undo *u, struct store *store, const struct device *d, bool kept_too, struct image *im, struct err *e);
const struct undo_page *undo_page_at(const struct undo *u, uint32_t addr); /* NULL: not in it */

/* Words before that differ from the loaded ones; masks as option_judge sees them. */
bool undo_words_differ(const struct undo *u, const struct look *l, const struct device *d);
/* Neither what was before nor what the command wrote: somebody else's. */
bool undo_page_is_foreign(const struct undo *u, uint32_t addr, uint32_t now_crc);
bool undo_words_are_foreign(const struct undo *u, const struct look *l, const struct device *d);
