/* selfcheck.h - a program that is compiled for this machine and for a Cortex-M0+: both must come to the same numbers. */
#pragma once
#include <stdint.h>

enum { SELFCHECKS = 16 };

extern const char *const selfcheck_names[SELFCHECKS];
void selfcheck_run(uint32_t results[SELFCHECKS]);
