/* deciding.h - tests that decide: what looking alone cannot tell. Never run by plain `doctor`; each says first what it will do.
 *
 * To add one: a row in deciding.c (id, what it announces, what it decides) and a function that writes its answer into the evidence's test_*
 * fields, puts back what it changed on every road out, and leaves the target running as it was; a scenario and a test. */
#pragma once
#include "doctor/evidence.h"
#include "flash/session.h"

struct deciding_test { /* ends with id NULL */
    const char *id;
    const char *announces; /* a sentence: what will happen to the board */
    const char *decides;   /* the question */
    /* Session open, not taken. `said` gets one line for people (at least 200 bytes). false: the test could not be finished (link, nothing
     * blank, protection): no answer. */
    bool (*run)(struct session *s, struct evidence *v, char *said, struct err *e);
};

extern const struct deciding_test deciding_tests[];
const struct deciding_test *deciding_find(const char *id); /* NULL: none */
