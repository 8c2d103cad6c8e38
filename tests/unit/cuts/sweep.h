/* sweep.h - a command on a whole board, over and over from the same state: what must be on the chip before and after it. The probe plug is
 * the one of board_usb.h; files and saves lie in a scratch folder, which is the present one. */
#pragma once
#include "../engine/engine_test.h"
#include "board_usb.h"

struct swept {
    const char *name, *words;
    bool (*done)(void);     /* what "done" means */
    bool (*not_done)(void); /* what it may have left if it failed */
    bool (*before)(void);   /* as it was: `undo` goes back to it */
};
extern const struct swept sweep_cable[], sweep_again[]; /* end with a row without a name */
const struct swept *sweep_find(const struct swept *rows, const char *name);
enum fault_kind sweep_kind(const char *name); /* FAULT_NONE: there is none */

extern struct invocation said;

void sweep_begin(void); /* a board that holds old.bin; the names are those of the files */
void sweep_end(void);
void sweep_keep(void);                 /* from here on sweep_load comes back to now, files of saves included */
void sweep_load(void);                 /* without faults */
uint64_t sweep_run(const char *words); /* board time that it took; `said` is what it said */
bool sweep_options_damaged(void);
