/* packing.c - long runs made short. See packing.h. */
#include "board/packing.h"

#include <string.h>

enum { RUN_MIN = 16 }; /* shorter runs stay in the piece around them */

static void put_number(struct buffer *out, size_t v)
{
    for (; v >= 0x80; v >>= 7)
        buffer_u8(out, 0x80 | (v & 0x7F));
    buffer_u8(out, (unsigned)v);
}

static size_t run_at(const uint8_t *bytes, size_t len)
{
    size_t n = 1;

    while (n < len && bytes[n] == bytes[0])
        n++;
    return n;
}

static void put_plain(struct buffer *out, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return;
    put_number(out, len * 2);
    buffer_add(out, bytes, len);
}

void pack(struct buffer *out, const uint8_t *bytes, size_t len)
{
    size_t plain = 0, at = 0; /* bytes[plain..at) wait to be written as they are */

    while (at < len) {
        const size_t run = run_at(bytes + at, len - at);

        if (run >= RUN_MIN) {
            put_plain(out, bytes + plain, at - plain);
            put_number(out, run * 2 + 1);
            buffer_u8(out, bytes[at]);
            plain = at + run;
        }
        at += run;
    }
    put_plain(out, bytes + plain, len - plain);
}

/* False at the end, or when the number is longer than any we write. */
static bool get_number(const uint8_t **at, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; *at < end && shift <= 49; shift += 7) {
        const uint8_t byte = *(*at)++;

        *v |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

bool unpack(uint8_t *bytes, size_t len, const uint8_t *packed, size_t packed_len)
{
    const uint8_t *at = packed, *const end = packed + packed_len;
    size_t done = 0;

    while (at < end) {
        uint64_t v, count;

        if (!get_number(&at, end, &v))
            return false;
        count = v >> 1;
        if (count == 0 || count > len - done || at == end)
            return false;
        if (v & 1) {
            memset(bytes + done, *at++, count);
        } else {
            if (count > (uint64_t)(end - at))
                return false;
            memcpy(bytes + done, at, count);
            at += count;
        }
        done += count;
    }
    return done == len;
}
