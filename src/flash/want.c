/* want.c - pages from segments. See want.h. */
#include "flash/want.h"
#include "base/crc32.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool not_flash(const struct device *d, uint32_t flash_bytes, uint32_t addr, uint64_t len, struct err *e)
{
    const uint64_t end = (uint64_t)addr + len, flash_end = (uint64_t)d->flash_base + flash_bytes;
    const struct region *r = device_region(d, addr, 1);

    if (addr >= d->flash_base && addr < flash_end) {
        err_set(e, ERR_INPUT, "the image is too big: it ends at 0x%08" PRIX64 ", the flash at 0x%08" PRIX64, end - 1, flash_end - 1);
        err_seen(e, "%s with %" PRIu32 " KiB of flash; %" PRIu64 " bytes do not fit", d->name, flash_bytes / 1024, end - flash_end);
        return false;
    }
    if (r && r->kind == REGION_RAM) {
        err_set(e, ERR_INPUT, "the image is for RAM: 0x%08" PRIX32 "..0x%08" PRIX64 " is %s, not flash", addr, end - 1, r->name);
        return err_hint(e, "link it for flash at 0x%08" PRIX32, d->flash_base);
    }
    if (r && r->kind != REGION_FLASH)
        err_set(e, ERR_INPUT, "the image lies outside flash: 0x%08" PRIX32 "..0x%08" PRIX64 " is %s", addr, end - 1, r->name);
    else
        err_set(e, ERR_INPUT, "the image lies outside flash: 0x%08" PRIX32 "..0x%08" PRIX64, addr, end - 1);
    err_seen(e, "%s: flash is 0x%08" PRIX32 "..0x%08" PRIX64, d->name, d->flash_base, flash_end - 1);
    return err_hint(e, "is it linked for another chip? binaries need --at 0x%08" PRIX32, d->flash_base);
}

static bool in_flash(const struct device *d, uint32_t flash_bytes, uint32_t addr, uint32_t len)
{
    return addr >= d->flash_base && (uint64_t)addr + len <= (uint64_t)d->flash_base + flash_bytes;
}

/* Room for the pages whose bit is set in `touched`, all 0xFF and nothing asked for. */
static bool make_pages(struct want *w, const uint8_t *touched, uint32_t flash_pages, struct err *e)
{
    const size_t mask_bytes = w->page_bytes / 8, each = w->page_bytes + mask_bytes;
    size_t n = 0;

    for (uint32_t i = 0; i < flash_pages; i++)
        n += touched[i];
    w->pages = calloc(n, sizeof *w->pages);
    w->memory = malloc(n * each);
    if (!w->pages || !w->memory)
        return err_set(e, ERR_NOMEM, "no memory for %zu pages", n);
    for (uint32_t i = 0; i < flash_pages; i++) {
        if (!touched[i])
            continue;
        struct want_page *p = &w->pages[w->count];

        p->addr = w->device->flash_base + i * w->page_bytes;
        p->bytes = w->memory + w->count * each;
        p->asked = p->bytes + w->page_bytes;
        memset(p->bytes, 0xFF, w->page_bytes);
        memset(p->asked, 0, mask_bytes);
        w->count++;
    }
    w->blank_crc = crc32_of(w->pages[0].bytes, w->page_bytes);
    return true;
}

static void ask(struct want *w, uint32_t addr, const uint8_t *bytes, uint32_t len)
{
    w->asked_bytes += len;
    while (len) {
        struct want_page *p = want_page_at(w, addr);
        const uint32_t at = addr - p->addr, n = len < w->page_bytes - at ? len : w->page_bytes - at;

        if (bytes) {
            memcpy(p->bytes + at, bytes, n);
            bytes += n;
        }
        for (uint32_t i = at; i < at + n; i++)
            p->asked[i / 8] |= (uint8_t)(1u << i % 8);
        addr += n;
        len -= n;
    }
}

static void find_gaps(struct want *w)
{
    const uint32_t unit = w->device->flash->unit_bytes;

    for (size_t k = 0; k < w->count; k++) {
        struct want_page *p = &w->pages[k];
        uint32_t first = w->page_bytes, end = 0;

        for (uint32_t i = 0; i < w->page_bytes; i++)
            if (!want_is_asked(p, i)) {
                if (first == w->page_bytes)
                    first = i & ~(unit - 1);
                end = (i | (unit - 1)) + 1;
            }
        if (end) {
            p->gap = first;
            p->gap_bytes = end - first;
        }
        p->kept = !end;
    }
}

bool want_from_image(struct want *w, const struct device *d, uint32_t flash_bytes, const struct image *im, struct err *e)
{
    const uint32_t page_bytes = d->flash->page_bytes, flash_pages = flash_bytes / page_bytes;
    uint8_t *touched = NULL;
    bool ok = false;

    flash_bytes = flash_pages * page_bytes;
    *w = (struct want){ .device = d, .flash_bytes = flash_bytes, .page_bytes = page_bytes };
    if (im->count == 0)
        return err_set(e, ERR_INPUT, "the image is empty: there is nothing to program");
    for (size_t i = 0; i < im->count; i++)
        if (!in_flash(d, flash_bytes, im->segments[i].addr, im->segments[i].len))
            return not_flash(d, flash_bytes, im->segments[i].addr, im->segments[i].len, e);
    touched = calloc(flash_pages, 1);
    if (!touched)
        return err_set(e, ERR_NOMEM, "no memory for a list of %" PRIu32 " pages", flash_pages);
    for (size_t i = 0; i < im->count; i++) {
        const struct segment *s = &im->segments[i];

        for (uint32_t page = (s->addr - d->flash_base) / page_bytes; page <= (s->addr + (s->len - 1) - d->flash_base) / page_bytes; page++)
            touched[page] = 1;
    }
    if (make_pages(w, touched, flash_pages, e)) {
        for (size_t i = 0; i < im->count; i++)
            ask(w, im->segments[i].addr, im->segments[i].bytes, im->segments[i].len);
        find_gaps(w);
        ok = true;
    } else {
        want_free(w);
    }
    free(touched);
    return ok;
}

bool want_blank(struct want *w, const struct device *d, uint32_t flash_bytes, uint32_t addr, uint32_t len, struct err *e)
{
    struct segment s = { .addr = addr, .len = len };
    const struct image im = { .segments = &s, .count = len ? 1 : 0 };

    /* A segment without bytes asks for 0xFF: ask() leaves what make_pages put there. */
    if (len && !in_flash(d, flash_bytes, addr, len)) {
        const struct region *r = device_region(d, addr, 1);

        err_set(e, ERR_INPUT, "0x%08" PRIX32 "..0x%08" PRIX64 " is not all flash%s%s", addr, (uint64_t)addr + len - 1,
                r && r->kind != REGION_FLASH ? ": it begins in " : "", r && r->kind != REGION_FLASH ? r->name : "");
        return err_seen(e, "%s: flash is 0x%08" PRIX32 "..0x%08" PRIX32, d->name, d->flash_base, d->flash_base + flash_bytes - 1);
    }
    return want_from_image(w, d, flash_bytes, &im, e);
}

void want_free(struct want *w)
{
    free(w->pages);
    free(w->memory);
    *w = (struct want){ 0 };
}

void want_keep(struct want_page *p, const uint8_t *now)
{
    for (uint32_t i = 0; i < p->gap_bytes; i++)
        if (!want_is_asked(p, p->gap + i))
            p->bytes[p->gap + i] = now[i];
    p->kept = true;
}

bool want_is_asked(const struct want_page *p, uint32_t offset) { return p->asked[offset / 8] >> offset % 8 & 1; }

struct want_page *want_page_at(const struct want *w, uint32_t addr)
{
    size_t low = 0, high = w->count;

    while (low < high) {
        const size_t mid = (low + high) / 2;

        if (addr - w->pages[mid].addr < w->page_bytes)
            return &w->pages[mid];
        if (w->pages[mid].addr < addr)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

uint32_t want_crc(const struct want *w, const struct want_page *p) { return crc32_of(p->bytes, w->page_bytes); }
