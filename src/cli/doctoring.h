/* doctoring.h - evidence and diagnosis for commands: the doctor's own, and those that failed. */
#pragma once
#include "cli/flashing.h"
#include "doctor/evidence_json.h"
#include "doctor/program.h"
#include "doctor/remedy.h"

struct doctoring { /* zeroed is ready; doctoring_end frees */
    struct evidence v;
    struct diagnosis d;
    struct program program; /* opened by the caller, or found */
    struct flashing f;      /* f.t is connected, if v.reach is REACH_CHIP */
};

/* Find the probe, open it, connect, gather, judge. What goes wrong on the way is evidence; false only for ERR_USAGE, ERR_INTERRUPTED,
 * ERR_NOMEM and a virtual board's file that is none. */
bool doctoring_look(struct doctoring *g, struct cli *cli, struct err *e);
/* The same once more, on the target that is open. */
bool doctoring_again(struct doctoring *g, struct cli *cli, struct err *e);
void doctoring_end(struct doctoring *g);
/* With the target open: the session anew, as commands that change something need it; the place for saves unless --no-save. */
bool doctoring_session(struct doctoring *g, struct cli *cli, struct err *e);

/* Remedies, one after the other, until nothing is left that may be done; then the image, if one is named. What was done is printed.
 * `changed`: something was. false: it failed (not: a remedy was refused, which is told). */
bool doctoring_fix(struct doctoring *g, struct cli *cli, bool *changed, struct err *e);
/* After repairs: each option word as saved before (`before->saved`), as from the factory, or neither; and OEM keys, which stay. Printed,
 * and in the result's "options". */
void doctoring_account(struct cli *cli, const struct evidence *before, const struct evidence *now);
/* Deciding tests: the one named, or all. Each is announced first. */
bool doctoring_test(struct doctoring *g, struct cli *cli, const char *id, struct err *e);
/* The report file: evidence, findings, versions, and cli->kept_trace. `contents`: all of flash, and the bytes that came over USB; without,
 * no contents of flash but its vectors. (doctoring_report.c) */
bool doctoring_report(struct doctoring *g, struct cli *cli, const char *path, bool contents, struct err *e);
bool doctoring_replay(struct doctoring *g, const char *path, struct err *e);

/* The application was just started: is it well? A few reads if it is; else the doctor's findings, printed as notes, and false. */
bool doctoring_started(struct flashing *f);
/* A command failed with `e` on a target or a bootloader that is still open: what the doctor finds is kept in cli->why, and printed under
 * the error. */
void doctoring_after(struct cli *cli, struct flashing *f, const struct err *e);
/* The same where no target could be opened. */
void doctoring_unopened(struct cli *cli, const struct err *e);

void doctoring_print(struct cli *cli, const struct diagnosis *d, enum findings_form form);
void doctoring_print_board(struct cli *cli, const struct evidence *v);
