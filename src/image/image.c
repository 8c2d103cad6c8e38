/* image.c - segments: adding, measuring, freeing. See image.h. */
#include "image/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t end_of(const struct segment *s) { return (uint64_t)s->addr + s->len; }

void image_free(struct image *im)
{
    for (size_t i = 0; i < im->count; i++)
        free(im->segments[i].bytes);
    free(im->segments);
    *im = (struct image){ 0 };
}

uint64_t image_size(const struct image *im)
{
    uint64_t size = 0;

    for (size_t i = 0; i < im->count; i++)
        size += im->segments[i].len;
    return size;
}

void image_extent(const struct image *im, uint32_t *first, uint64_t *end)
{
    *first = im->count ? im->segments[0].addr : 0;
    *end = im->count ? end_of(&im->segments[im->count - 1]) : 0;
}

/* The number of segments that begin at or below `addr`. */
static size_t segments_up_to(const struct image *im, uint32_t addr)
{
    size_t low = 0, high = im->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (im->segments[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool overlap(struct err *e, uint32_t addr, uint32_t len, const struct segment *s)
{
    return err_set(e, ERR_INPUT, "0x%08" PRIx32 "..0x%08" PRIx32 " overlaps what is there already, 0x%08" PRIx32 "..0x%08" PRIx32, addr,
                   addr + len - 1, s->addr, s->addr + s->len - 1);
}

/* Put `bytes` behind `s`, and all of `next` (may be NULL) behind that. On failure nothing has changed. */
static bool append(struct segment *s, const uint8_t *bytes, uint32_t len, const struct segment *next)
{
    const uint32_t more = next ? next->len : 0;
    uint8_t *const grown = realloc(s->bytes, (size_t)s->len + len + more);

    if (!grown)
        return false;
    memcpy(grown + s->len, bytes, len);
    if (next)
        memcpy(grown + s->len + len, next->bytes, more);
    s->bytes = grown;
    s->len += len + more;
    return true;
}

static bool prepend(struct segment *s, uint32_t addr, const uint8_t *bytes, uint32_t len)
{
    uint8_t *const grown = realloc(s->bytes, (size_t)s->len + len);

    if (!grown)
        return false;
    memmove(grown + len, grown, s->len);
    memcpy(grown, bytes, len);
    *s = (struct segment){ addr, s->len + len, grown };
    return true;
}

static bool insert(struct image *im, size_t at, uint32_t addr, const uint8_t *bytes, uint32_t len)
{
    uint8_t *const copy = malloc(len);
    struct segment *const segments = copy ? realloc(im->segments, (im->count + 1) * sizeof *segments) : NULL;

    if (!segments) {
        free(copy);
        return false;
    }
    memcpy(copy, bytes, len);
    memmove(segments + at + 1, segments + at, (im->count - at) * sizeof *segments);
    segments[at] = (struct segment){ addr, len, copy };
    im->segments = segments;
    im->count++;
    return true;
}

static void remove_segment(struct image *im, size_t at)
{
    free(im->segments[at].bytes);
    im->count--;
    memmove(im->segments + at, im->segments + at + 1, (im->count - at) * sizeof *im->segments);
}

bool image_add(struct image *im, uint32_t addr, const uint8_t *bytes, uint32_t len, struct err *e)
{
    const uint64_t end = (uint64_t)addr + len;
    const size_t at = segments_up_to(im, addr);
    struct segment *const before = at > 0 ? &im->segments[at - 1] : NULL;
    struct segment *const after = at < im->count ? &im->segments[at] : NULL;

    if (len == 0)
        return true;
    if (end > UINT64_C(1) << 32)
        return err_set(e, ERR_INPUT, "%" PRIu32 " bytes at 0x%08" PRIx32 " do not fit below the end of the address space", len, addr);
    if (before && end_of(before) > addr)
        return overlap(e, addr, len, before);
    if (after && end > after->addr)
        return overlap(e, addr, len, after);

    /* A length is 32 bits: two halves that would fill the whole address space stay apart. */
    const bool joins_after = after && end == after->addr && (uint64_t)len + after->len <= UINT32_MAX;
    const bool joins_before = before && end_of(before) == addr && (uint64_t)before->len + len <= UINT32_MAX;
    const bool joins_both = joins_after && joins_before && (uint64_t)before->len + len + after->len <= UINT32_MAX;
    bool done;

    if (joins_before) {
        done = append(before, bytes, len, joins_both ? after : NULL);
        if (done && joins_both)
            remove_segment(im, at);
    } else if (joins_after)
        done = prepend(after, addr, bytes, len);
    else
        done = insert(im, at, addr, bytes, len);
    return done || err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes at 0x%08" PRIx32, len, addr);
}
