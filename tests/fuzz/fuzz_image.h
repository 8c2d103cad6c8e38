/* fuzz_image.h - what every parser of program files promises, whatever the bytes. */
#pragma once
#include "fuzz.h"
#include "image/image.h"

#include <string.h>

typedef bool fuzz_parser(struct image *im, const uint8_t *bytes, size_t len, struct err *e);

/* An error with words and an empty image; or segments that ascend, do not touch, are not empty, end at or below 2^32, and together hold no
 * more bytes than the file. */
static inline void fuzz_check(fuzz_parser *parse, const uint8_t *bytes, size_t len, struct image *im)
{
    struct err e = { 0 };
    uint64_t end = 0, total = 0;

    *im = (struct image){ 0 };
    if (!parse(im, bytes, len, &e)) {
        CLAIM(e.kind == ERR_INPUT && e.cause[0]);
        CLAIM(im->count == 0 && !im->segments);
        return;
    }
    CLAIM(e.kind == ERR_NONE && im->count > 0);
    for (size_t i = 0; i < im->count; i++) {
        const struct segment *const s = &im->segments[i];

        CLAIM(s->len > 0 && (i == 0 || s->addr > end));
        end = (uint64_t)s->addr + s->len;
        CLAIM(end <= UINT64_C(1) << 32);
        total += s->len;
    }
    CLAIM(total <= len && total == image_size(im));
}
