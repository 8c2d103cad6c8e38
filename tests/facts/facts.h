/* facts.h - the kept CSV files of tests/facts, read for a test. A file that is missing or not as expected fails the test. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FACTS_CELLS = 6 };

struct facts_row {
    const char *cell[FACTS_CELLS]; /* "" where the line has fewer */
};

struct facts { /* owned: facts_free */
    char *text;
    struct facts_row *rows; /* without comment and headings */
    size_t count;
};

void facts_read(struct facts *facts, const char *name, size_t cells); /* each line has exactly `cells` */
void facts_free(struct facts *facts);

bool facts_has(const struct facts *facts, const char *const *cells);                      /* as many cells as the file has */
uint32_t facts_base(const struct facts *bases, const char *chip, const char *peripheral); /* from bases.csv */

/* The first line that the peripheral uses, or that is named for it (some name no user). From interrupts.csv; -1: none. */
int facts_interrupt(const struct facts *interrupts, const char *chip, const char *peripheral);

char *facts_file(const char *path); /* a whole file as text; free it */
