/* buffer.h - a growing byte string. Running out of memory is remembered and looked at once, at the end. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer { /* zeroed is empty */
    uint8_t *bytes;
    size_t len, cap;
    bool failed;
};

uint8_t *buffer_grow(struct buffer *b, size_t len); /* room for `len` more bytes, counted as written; NULL once failed */
void buffer_add(struct buffer *b, const void *bytes, size_t len);
void buffer_u8(struct buffer *b, unsigned v);
void buffer_u16(struct buffer *b, unsigned v); /* numbers are little-endian */
void buffer_u32(struct buffer *b, uint32_t v);
void buffer_u64(struct buffer *b, uint64_t v);
void buffer_drop(struct buffer *b, size_t count); /* forget the first `count` bytes */
void buffer_free(struct buffer *b);               /* empty again */
