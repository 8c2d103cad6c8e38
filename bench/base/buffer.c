/* buffer.c - a growing byte string. See buffer.h. */
#include "base/buffer.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

uint8_t *buffer_grow(struct buffer *b, size_t len)
{
    if (b->failed)
        return NULL;
    if (b->cap - b->len < len) {
        const size_t cap = (b->len + len) * 2 + 256;
        uint8_t *bytes = realloc(b->bytes, cap);

        if (!bytes) {
            b->failed = true;
            return NULL;
        }
        b->bytes = bytes;
        b->cap = cap;
    }
    b->len += len;
    return b->bytes + b->len - len;
}

void buffer_add(struct buffer *b, const void *bytes, size_t len)
{
    uint8_t *p = len ? buffer_grow(b, len) : NULL;

    if (p)
        memcpy(p, bytes, len);
}

void buffer_u8(struct buffer *b, unsigned v)
{
    uint8_t *p = buffer_grow(b, 1);

    if (p)
        *p = (uint8_t)v;
}

void buffer_u16(struct buffer *b, unsigned v)
{
    uint8_t *p = buffer_grow(b, 2);

    if (p)
        put_le16(p, v);
}

void buffer_u32(struct buffer *b, uint32_t v)
{
    uint8_t *p = buffer_grow(b, 4);

    if (p)
        put_le32(p, v);
}

void buffer_u64(struct buffer *b, uint64_t v)
{
    uint8_t *p = buffer_grow(b, 8);

    if (p)
        put_le64(p, v);
}

void buffer_drop(struct buffer *b, size_t count)
{
    if (count == 0)
        return;
    memmove(b->bytes, b->bytes + count, b->len - count);
    b->len -= count;
}

void buffer_free(struct buffer *b)
{
    free(b->bytes);
    *b = (struct buffer){ 0 };
}
