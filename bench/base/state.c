/* state.c - saving and loading states by their tables. See state.h. */
#include "base/state.h"

#include <inttypes.h>
#include <string.h>

static uint64_t get_elem(const uint8_t *p, uint32_t bytes)
{
    switch (bytes) {
    case 1: return *p;
    case 2: {
        uint16_t v;
        memcpy(&v, p, 2);
        return v;
    }
    case 4: {
        uint32_t v;
        memcpy(&v, p, 4);
        return v;
    }
    default: {
        uint64_t v;
        memcpy(&v, p, 8);
        return v;
    }
    }
}

static void put_elem(uint8_t *p, uint32_t bytes, uint64_t value)
{
    const uint8_t v1 = (uint8_t)value;
    const uint16_t v2 = (uint16_t)value;
    const uint32_t v4 = (uint32_t)value;

    switch (bytes) {
    case 1: memcpy(p, &v1, 1); break;
    case 2: memcpy(p, &v2, 2); break;
    case 4: memcpy(p, &v4, 4); break;
    default: memcpy(p, &value, 8); break;
    }
}

static uint64_t get_le(const uint8_t *in, uint32_t bytes)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < bytes; i++)
        v |= (uint64_t)in[i] << (8 * i);
    return v;
}

size_t state_size(const struct state_table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += (size_t)t->fields[i].elem_bytes * t->fields[i].count;
    return n;
}

void state_save(const struct state_table *t, const void *state, uint8_t *out)
{
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++) {
        const uint8_t *p = (const uint8_t *)state + f->offset;

        if (f->elem_bytes == 1) { /* memories: most of a board */
            memcpy(out, p, f->count);
            out += f->count;
            continue;
        }
        for (uint32_t i = 0; i < f->count; i++, p += f->elem_bytes) {
            const uint64_t v = get_elem(p, f->elem_bytes);

            for (uint32_t b = 0; b < f->elem_bytes; b++)
                *out++ = (uint8_t)(v >> (8 * b));
        }
    }
}

bool state_load(const struct state_table *t, void *state, const uint8_t *in, size_t len, struct err *e)
{
    const uint8_t *p = in;

    if (len != state_size(t))
        return err_set(e, ERR_INPUT, "section '%s' has %zu bytes, not %zu", t->name, len, state_size(t));
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++) {
        if (f->limit >= UINT64_MAX >> (64 - 8 * f->elem_bytes)) { /* no more than its type's */
            p += (size_t)f->elem_bytes * f->count;
            continue;
        }
        for (uint32_t i = 0; i < f->count; i++, p += f->elem_bytes)
            if (get_le(p, f->elem_bytes) > f->limit)
                return err_set(e, ERR_INPUT, "section '%s': %s[%" PRIu32 "] is %" PRIu64 ", above its limit %" PRIu64, t->name, f->name, i,
                               get_le(p, f->elem_bytes), f->limit);
    }
    p = in;
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++) {
        uint8_t *to = (uint8_t *)state + f->offset;

        if (f->elem_bytes == 1) {
            memcpy(to, p, f->count);
            p += f->count;
            continue;
        }
        for (uint32_t i = 0; i < f->count; i++, p += f->elem_bytes, to += f->elem_bytes)
            put_elem(to, f->elem_bytes, get_le(p, f->elem_bytes));
    }
    return true;
}

static uint32_t mix(uint32_t hash, const void *bytes, size_t len) /* FNV-1a */
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    return hash;
}

uint32_t state_format(const struct state_table *t)
{
    uint32_t hash = 2166136261u;

    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++) {
        hash = mix(hash, f->name, strlen(f->name) + 1);
        hash = mix(hash, &f->elem_bytes, sizeof f->elem_bytes);
        hash = mix(hash, &f->count, sizeof f->count);
    }
    return hash;
}

const char *state_first_difference(const struct state_table *t, const void *a, const void *b)
{
    for (const struct state_field *f = t->fields; f < t->fields + t->count; f++)
        if (memcmp((const uint8_t *)a + f->offset, (const uint8_t *)b + f->offset, (size_t)f->elem_bytes * f->count) != 0)
            return f->name;
    return NULL;
}
