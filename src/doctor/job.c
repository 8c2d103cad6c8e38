/* job.c - was the last job of sector0 on this chip cut off, and how far did it come? Declared in evidence.h. */
#include "base/crc32.h"
#include "doctor/evidence.h"
#include "flash/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOST_PART = 8 }; /* of the bytes of a half erased page that are not blank, at most: estimate */

static bool is_blank(const uint8_t *page, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        if (page[i] != 0xFF)
            return false;
    return true;
}

/* An erase that was cut off in the middle has set bits here and there, and cleared none; but ECC takes torn double words for others, now
 * and then. Other contents would have all bits of an old byte in one byte of ten. */
static bool is_half_erased(const uint8_t *old, const uint8_t *page, uint32_t len)
{
    uint32_t lost = 0, left = 0;

    for (uint32_t i = 0; i < len; i++) {
        lost += (old[i] & ~page[i]) != 0;
        left += page[i] != 0xFF;
    }
    return lost <= left / LOST_PART;
}

/* One of its pages, as it is now. */
static void count(struct evidence *v, struct store *store, const struct undo_page *p, const uint8_t *page, uint32_t len)
{
    const uint32_t crc = crc32_of(page, len);
    const bool blank = is_blank(page, len), known = crc == p->becomes || crc == p->was;
    struct err ignored = { 0 };
    const uint8_t *old = known || blank || !p->saved ? NULL : store_page(store, p->saved, p->addr, len, p->was, &ignored);

    v->job_known += (known && !blank) || (old && is_half_erased(old, page, len));
    if (crc == p->becomes)
        v->job_new += p->becomes != p->was;
    else if (crc == p->was)
        v->job_old++;
    else if (blank)
        v->job_blank++;
    else
        v->job_other++;
}

struct way { /* to the chip: one of the two */
    struct target *t;
    struct boot *b;
};

static bool look_at_pages(struct evidence *v, const struct way *by, struct store *store, const struct undo *u, uint8_t *page, struct err *e)
{
    const uint32_t len = v->device->flash->page_bytes;

    for (size_t i = 0; i < u->count; i++) {
        const uint32_t addr = u->pages[i].addr;
        bool read;

        if (!u->pages[i].announced)
            continue;
        if (!(by->t ? evidence_read(v, by->t, addr, page, len, &read, e) : evidence_read_dfu(v, by->b, addr, page, len, &read, e)))
            return false;
        if (!read)
            return true; /* closed: nothing is known of the job */
        count(v, store, &u->pages[i], page, len);
    }
    v->job_open = true;
    return true;
}

bool evidence_job(struct evidence *v, struct target *t, struct boot *b, struct store *store, struct err *e)
{
    const struct way by = { t, b };
    struct undo u = { 0 };
    uint8_t *page = malloc(v->device->flash->page_bytes);
    struct err none = { 0 };
    bool ok = true;

    if (page && !v->cut_short && undo_find(&u, store, v->device, 0, &none) && u.interrupted) {
        v->job_number = u.number;
        memcpy(v->job_command, u.command, sizeof v->job_command);
        ok = look_at_pages(v, &by, store, &u, page, e);
    }
    undo_free(&u);
    free(page);
    return ok;
}
