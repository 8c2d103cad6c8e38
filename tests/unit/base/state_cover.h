/* state_cover.h - is every byte of a model's state in its table? One line per model:
 *
 *     assert_state_covered(cpu_state_table, struct cpu_state);
 *
 * With gcc the compiler itself says which bytes are padding. Elsewhere a gap counts as padding if alignment can explain it. */
#pragma once
#include "base/state.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* covered[i]: byte i is in a field; -1 returned, or the first byte that is in two fields or outside of the struct. */
static inline long state_mark(const struct state_table *t, unsigned char *covered)
{
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++)
        for (size_t i = f->offset; i < f->offset + (size_t)f->elem_bytes * f->count; i++) {
            if (i >= t->bytes || covered[i])
                return (long)i;
            covered[i] = 1;
        }
    return -1;
}

/* The first byte that is in no field and is no padding, or that is in two; -1 if there is none. `real` has 0xFF where the compiler says
 * that a byte is no padding, or is NULL. */
static inline long state_hole(const struct state_table *t, const unsigned char *real)
{
    unsigned char *covered = calloc(1, t->bytes + 1);
    long hole = state_mark(t, covered);

    for (size_t i = 0; i < t->bytes && hole < 0; i++) {
        size_t gap = i;

        if (covered[i])
            continue;
        while (gap < t->bytes && !covered[gap])
            gap++;
        if (real ? real[i] == 0xFF : gap - i >= 8 || gap % 2 != 0)
            hole = (long)i;
        if (!real)
            i = gap;
    }
    free(covered);
    return hole;
}

#if defined(__GNUC__) && !defined(__clang__)
#define STATE_CLEAR_PADDING(object) __builtin_clear_padding(object)
#define STATE_REAL(object)          ((const unsigned char *)(object))
#else
#define STATE_CLEAR_PADDING(object) ((void)(object))
#define STATE_REAL(object)          ((const unsigned char *)NULL)
#endif

#define assert_state_covered(table, type)                                                               \
    do {                                                                                                \
        type *state_object = malloc(sizeof(type));                                                      \
                                                                                                        \
        assert_non_null(state_object);                                                                  \
        assert_int_equal((table).bytes, sizeof(type));                                                  \
        memset(state_object, 0xFF, sizeof(type));                                                       \
        STATE_CLEAR_PADDING(state_object);                                                              \
        const long state_at = state_hole(&(table), STATE_REAL(state_object));                           \
                                                                                                        \
        free(state_object);                                                                             \
        if (state_at >= 0)                                                                              \
            fail_msg("byte %ld of %s is not in exactly one field of its state table", state_at, #type); \
    } while (0)
