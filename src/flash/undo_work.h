/* undo_work.h - going back to a save: what has to be put back, and putting it back, in an order that may be cut off anywhere. */
#pragma once
#include "flash/undo.h"

struct undo_work {     /* owned: undo_work_end */
    struct session *s; /* borrowed; opened, with a store */
    struct undo undo;
    struct image image;
    struct want want; /* pages as they were; looked at, where readout protection lets us */
    struct plan plan;
    size_t pages;                  /* of the want that differ */
    bool words;                    /* option words are to be written */
    bool erases;                   /* which makes the chip erase its flash: readout protection is lowered */
    struct option_choices options; /* erase_everything is set where the flash was kept by the job itself */
};

/* Find save `number` (0: the newest), compare. Nothing is changed. Errors: those of undo_find, undo_image, ERR_LOCKED. */
bool undo_work_begin(struct undo_work *w, struct session *s, unsigned number, struct err *e);
bool undo_work_page_differs(const struct undo_work *w, const struct want_page *p);
/* Save what is there now, write the option words if they differ, then pages; last, write protection over those. Takes the session and
 * finishes it. Run again after a cut, it finds out where it was. */
bool undo_work_do(struct undo_work *w, bool run, struct err *e);
void undo_work_end(struct undo_work *w);
