/* scenarios.h - what commands share about scenarios: where their texts and their firmware are. */
#pragma once
#include "base/buffer.h"
#include "cli/cli.h"
#include "scenarios/scenario.h"

/* A shipped one by name, else a file. ERR_USAGE, ERR_IO, ERR_INPUT. */
bool bench_scenario_text(const char *name, struct buffer *text, struct err *e);
extern const struct scenario_files bench_scenario_files;
