/* state.h - what a model remembers, as a table: the one way in which state is saved, loaded, compared and checked.
 *
 * Convention of the bench: a model is `struct x { struct x_state s; ...wiring... }`. All that must survive a save is in
 * struct x_state (plain numbers and arrays of numbers, no pointers) and listed once in its table; wiring (borrowed pointers,
 * caches) is rebuilt by x_init and never saved. tests/unit/test_state checks that every byte of each state, but for padding, is listed. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct state_field {
    const char *name;
    uint32_t offset, elem_bytes, count; /* elem_bytes 1, 2, 4 or 8 (bool counts as 1) */
    uint64_t limit;                     /* largest legal value; a file with a larger one is refused */
};

struct state_table {
    const char *name; /* "cpu"; the section's name in the board file */
    size_t bytes;     /* sizeof the state */
    const struct state_field *fields;
    size_t count;
};

#define STATE_ONE(type, member, limit_)                                           \
    {                                                                             \
#member, offsetof(type, member), sizeof(((type *)0)->member), 1, (limit_) \
    }
#define STATE_MANY(type, member, limit_)                                                                                               \
    {                                                                                                                                  \
#member, offsetof(type, member), sizeof(((type *)0)->member[0]), sizeof(((type *)0)->member) / sizeof(((type *)0)->member[0]), \
            (limit_)                                                                                                                   \
    }
#define STATE_ANY UINT64_MAX /* no limit but the type's */
#define DEFINE_STATE(symbol, title, type, ...)                           \
    static const struct state_field symbol##_fields[] = { __VA_ARGS__ }; \
    const struct state_table symbol = { title, sizeof(type), symbol##_fields, sizeof symbol##_fields / sizeof symbol##_fields[0] }

/* Bytes that state_save will write. */
size_t state_size(const struct state_table *t);

/* Write the fields in table order, little-endian, to `out` (state_size bytes). */
void state_save(const struct state_table *t, const void *state, uint8_t *out);

/* The reverse. `len` must be state_size. Nothing is changed in `state` unless all is well.
 * Errors: ERR_INPUT (which table and field, and the value). */
bool state_load(const struct state_table *t, void *state, const uint8_t *in, size_t len, struct err *e);

/* A number that changes when names, order, widths or counts of the fields change: the section's format. */
uint32_t state_format(const struct state_table *t);

/* The first field that differs between two states, or NULL: for tests. */
const char *state_first_difference(const struct state_table *t, const void *a, const void *b);
