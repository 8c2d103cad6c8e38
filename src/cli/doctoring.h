/* doctoring.h - evidence and diagnosis for commands: the doctor's own, and those that failed. */
#pragma once
#include "cli/flashing.h"
#include "doctor/evidence_json.h"
#include "doctor/remedy.h"
#include "doctor/symbols.h"

struct doctoring { /* zeroed is ready; doctoring_end frees */
    struct evidence v;
    struct diagnosis d;
    struct symbols *symbols;
    struct target t; /* connected, if v.reach is REACH_CHIP */
    bool open;
};

/* Find the probe, open it, connect, gather, judge. What goes wrong on the way is evidence; false only for ERR_USAGE, ERR_INTERRUPTED,
 * ERR_NOMEM and a virtual board's file that is none. */
bool doctoring_look(struct doctoring *g, struct cli *cli, struct err *e);
/* The same once more, on the target that is open. */
bool doctoring_again(struct doctoring *g, struct cli *cli, struct err *e);
void doctoring_end(struct doctoring *g);

/* The findings for people; `brief` as they stand under an error. */
void doctoring_print(struct cli *cli, FILE *out, const struct diagnosis *d, bool brief);
void doctoring_print_board(struct cli *cli, const struct evidence *v);
