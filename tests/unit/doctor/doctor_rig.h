/* doctor_rig.h - a board in trouble, and `sector0 doctor` in this process: what it found, as one line. */
#pragma once
#include "../cli/cli_rig.h"

#include <jansson.h>

/* A new board "b.board" in the test's folder; `scenario` NULL: none. chip NULL: the one the scenario is for, else the U073. */
void doctor_board(const char *scenario, const char *chip);
void doctor_bench(const char *words); /* another command of the bench */
/* `sector0 --probe bench:b.board WORDS --json`: its JSON. Owned by the rig until the next call. */
json_t *doctor_json(const char *words, int *status);
/* `sector0 --probe bench:b.board WORDS` for people: what it printed, also in *r. Fails if the exit status is another. */
const char *doctor_said(struct rig *r, const char *words, int status);
/* "!id ~id ?cause>id" of the last one; if it failed, of those under its error. */
const char *doctor_found(void);
/* What was kept of the chips before, which had the same id. */
void doctor_forget(void);
int doctor_folder(void **state); /* group set-up and tear-down */
int doctor_folder_gone(void **state);
