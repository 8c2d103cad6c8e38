/* pieces.c - collecting, sorting and joining what a parser found. See pieces.h. */
#include "image/pieces.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t end_of(const struct piece *piece) { return (uint64_t)piece->addr + piece->len; }

bool pieces_add(struct pieces *p, uint32_t addr, const uint8_t *bytes, uint32_t len, uint32_t where, struct err *e)
{
    if (len == 0)
        return true;
    if (p->count == p->room) {
        const size_t room = p->room ? 2 * p->room : 64;
        struct piece *const list = realloc(p->list, room * sizeof *list);

        if (!list)
            return err_set(e, ERR_NOMEM, "no memory for %zu records", room);
        p->list = list;
        p->room = room;
    }
    p->list[p->count++] = (struct piece){ addr, len, where, bytes };
    return true;
}

static int by_address(const void *left, const void *right)
{
    const struct piece *const a = left, *const b = right;

    if (a->addr != b->addr)
        return a->addr < b->addr ? -1 : 1;
    return (a->where > b->where) - (a->where < b->where);
}

static bool is_sorted(const struct pieces *p)
{
    for (size_t i = 1; i < p->count; i++)
        if (by_address(&p->list[i - 1], &p->list[i]) > 0)
            return false;
    return true;
}

/* Neighbours are enough: the list is sorted and everything before was found free of overlap. */
static bool find_clash(const struct pieces *p, struct clash *clash)
{
    for (size_t i = 1; i < p->count; i++) {
        const struct piece *const a = &p->list[i - 1], *const b = &p->list[i];
        const uint64_t end = end_of(a) < end_of(b) ? end_of(a) : end_of(b);

        if (end_of(a) <= b->addr)
            continue;
        clash->first = b->addr;
        clash->last = (uint32_t)(end - 1);
        clash->where = a->where > b->where ? a->where : b->where;
        clash->earlier = a->where > b->where ? b->where : a->where;
        return true;
    }
    return false;
}

static size_t count_ranges(const struct pieces *p)
{
    size_t ranges = 0;

    for (size_t i = 0; i < p->count; i++)
        if (i == 0 || end_of(&p->list[i - 1]) != p->list[i].addr)
            ranges++;
    return ranges;
}

/* One segment from the touching pieces that begin at list[first]; *next is the piece after them. */
static bool join(const struct pieces *p, size_t first, size_t *next, struct segment *segment)
{
    uint32_t len = 0;
    size_t i;

    for (i = first; i < p->count && (i == first || end_of(&p->list[i - 1]) == p->list[i].addr); i++)
        len += p->list[i].len;
    *next = i;
    *segment = (struct segment){ p->list[first].addr, len, malloc(len) };
    if (!segment->bytes)
        return false;
    for (uint32_t at = 0; first < i; at += p->list[first++].len)
        memcpy(segment->bytes + at, p->list[first].bytes, p->list[first].len);
    return true;
}

bool pieces_build(struct pieces *p, struct image *im, struct clash *clash, struct err *e)
{
    *clash = (struct clash){ 0 };
    if (!is_sorted(p))
        qsort(p->list, p->count, sizeof *p->list, by_address);
    if (find_clash(p, clash))
        return err_set(e, ERR_INPUT, "0x%08" PRIx32 "..0x%08" PRIx32 " is given twice", clash->first, clash->last);

    const size_t ranges = count_ranges(p);

    if (ranges > IMAGE_SEGMENTS_MAX)
        return err_set(e, ERR_INPUT, "%zu separate address ranges: more than the %d that a program may have", ranges, IMAGE_SEGMENTS_MAX);
    if (ranges == 0)
        return true;
    im->segments = calloc(ranges, sizeof *im->segments);
    if (!im->segments)
        return err_set(e, ERR_NOMEM, "no memory for %zu segments", ranges);
    for (size_t i = 0; i < p->count; im->count++)
        if (!join(p, i, &i, &im->segments[im->count])) {
            err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes at 0x%08" PRIx32, im->segments[im->count].len,
                    im->segments[im->count].addr);
            image_free(im);
            return false;
        }
    return true;
}

void pieces_free(struct pieces *p)
{
    free(p->list);
    *p = (struct pieces){ 0 };
}
