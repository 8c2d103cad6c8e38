/* plan.c - see plan.h. */
#include "flash/plan.h"
#include "base/bytes.h"
#include "base/crc32.h"
#include "flash/start.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connecting, loader upload, comparing, the reset at the end; and a block read for each page saved before the first erase. Measured on
 * the virtual board with 0.30 ms per probe command: estimates, for the user's eyes only. */
enum { ESTIMATE_FIXED_US = 55000, ESTIMATE_UNIT_OVERHEAD_US = 2, ESTIMATE_FIRST_SAVE_US = 9000 };

/* By the bootloader: what it bids us wait for an erase and for a KiB, and a KiB read. Measured on the virtual board: estimates, for the
 * same eyes. */
enum { PLAIN_FIXED_US = 10000, PLAIN_ERASE_US = 30300, PLAIN_WRITE_KIB_US = 27500, PLAIN_READ_KIB_US = 1750 };

const char *plan_reason_text(enum plan_reason r)
{
    static const char *const text[] = { "same", "differs", "blank", "damaged", "guard", "asked for" };

    return text[r];
}

const char *plan_guard_name(enum plan_guard g)
{
    static const char *const name[] = { "idle", "base", "rewrite", "single", "off", "protected", "not-ours" };

    return name[g];
}

const char *plan_guard_text(enum plan_guard g)
{
    static const char *const text[] = {
        [PLAN_GUARD_IDLE] = "nothing is written",
        [PLAN_GUARD_BASE] =
            "page 0 is erased first and its first 8 bytes are written last: interrupted, no half-written application starts",
        [PLAN_GUARD_REWRITE] = "page 0 need not change, but is rewritten like the rest: interrupted, no half-written application starts",
        [PLAN_GUARD_SINGLE] = "no guard for a single page; interrupted: old and new code mixed until run again",
        [PLAN_GUARD_OFF] = "no guard (--no-guard); interrupted: old and new code mixed until run again",
        [PLAN_GUARD_PROTECTED] =
            "no guard: page 0 is write-protected and need not change; interrupted: old and new code mixed until run again",
        [PLAN_GUARD_NOT_OURS] = "no guard: the image does not contain the start of flash, so page 0 is not touched",
    };

    return text[g];
}

static bool blank(const uint8_t *bytes, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        if (bytes[i] != 0xFF)
            return false;
    return true;
}

static uint32_t unit_of(const struct plan *p) { return p->want->device->flash->unit_bytes; }
static bool is_base(const struct plan *p, const struct want_page *w) { return w->addr == p->want->device->flash_base; }
static uint32_t number_of(const struct plan *p, const struct want_page *w)
{
    return (w->addr - p->want->device->flash_base) / p->want->page_bytes;
}

bool plan_check_readout(const struct look *l, const struct device *d, struct err *e)
{
    if (look_rdp_level(l, d) == 0)
        return true;
    if (look_options_damaged(l, d)) {
        err_set(e, ERR_LOCKED, "the option words are damaged, so the chip loaded readout protection level 1 in their place");
        look_evidence(l, d, l->sr, l->cr, e);
        return err_hint(e, "`sector0 undo` puts the saved words and the flash back; without a save, `sector0 option restore FILE "
                           "--erase-everything`");
    }
    err_set(e, ERR_LOCKED, "readout protection is at level %u: a debugger can neither read nor program this flash", look_rdp_level(l, d));
    look_evidence(l, d, l->sr, l->cr, e);
    return err_hint(e, "`sector0 option set RDP=0xAA --erase-everything` opens the chip and erases all of its flash");
}

/* ---- which pages ---- */

static void judge(struct plan *p, const struct plan_choices *c)
{
    for (size_t i = 0; i < p->want->count; i++) {
        const struct want_page *w = &p->want->pages[i];
        struct plan_page *page = &p->pages[i];

        page->want = w;
        if (w->damaged)
            page->reason = PLAN_DAMAGED;
        else if (c->erase)
            page->reason = PLAN_ASKED;
        else if (w->differs)
            page->reason = PLAN_DIFFERS;
        else if (w->now_crc == want_crc(p->want, w))
            page->reason = PLAN_SAME;
        else
            page->reason = w->now_crc == p->want->blank_crc ? PLAN_BLANK : PLAN_DIFFERS;
        page->write = page->reason != PLAN_SAME;
        p->writes += page->write;
    }
}

static void choose_guard(struct plan *p, const struct look *l, const struct plan_choices *c)
{
    struct plan_page *base = p->want->count && is_base(p, &p->want->pages[0]) ? &p->pages[0] : NULL;

    if (p->writes == 0)
        p->guard = PLAN_GUARD_IDLE;
    else if (base && base->write)
        p->guard = PLAN_GUARD_BASE;
    else if (!base || !want_is_asked(base->want, 0) || blank(base->want->bytes, unit_of(p)))
        p->guard = PLAN_GUARD_NOT_OURS;
    else if (p->writes == 1)
        p->guard = PLAN_GUARD_SINGLE;
    else if (look_wrp(l, p->want->device, 0))
        p->guard = PLAN_GUARD_PROTECTED;
    else if (c->no_guard)
        p->guard = PLAN_GUARD_OFF;
    else {
        p->guard = PLAN_GUARD_REWRITE;
        base->reason = PLAN_GUARD;
        base->write = true;
        p->writes++;
    }
}

/* ---- what stands in the way ---- */

static bool refuse_protected(const struct plan *p, const struct look *l, const struct wrp_area *a, uint32_t page, size_t others,
                             struct err *e)
{
    const struct device *d = p->want->device;
    uint32_t first, last;

    look_wrp_range(l, d, a, &first, &last);
    err_set(e, ERR_LOCKED, "page %" PRIu32 " at 0x%08" PRIX32 " is write-protected by %s (pages %" PRIu32 "..%" PRIu32 ")%s", page,
            d->flash_base + page * p->want->page_bytes, a->name, first, last, others ? ", and others with it" : "");
    for (a = d->flash->wrp; a->name; a++) {
        const bool on = look_wrp_range(l, d, a, &first, &last);

        err_seen(e, on ? "%s: pages %" PRIu32 "..%" PRIu32 " protected" : "%s: off (%" PRIu32 "..%" PRIu32 ")", a->name, first, last);
    }
    look_evidence(l, d, l->sr, l->cr, e);
    a = look_wrp(l, d, page);
    return err_hint(e, "`sector0 option set %s_STRT=0x%" PRIX32 " %s_END=0` lifts it and keeps the contents", a->name,
                    (UINT32_C(1) << a->width) - 1, a->name);
}

static bool check_protection(const struct plan *p, const struct look *l, struct err *e)
{
    const struct wrp_area *area = NULL;
    uint32_t first = 0;
    size_t hits = 0;

    for (size_t i = 0; i < p->want->count; i++) {
        const uint32_t number = number_of(p, p->pages[i].want);
        const struct wrp_area *a = p->pages[i].write ? look_wrp(l, p->want->device, number) : NULL;

        if (a && !hits++) {
            area = a;
            first = number;
        }
    }
    return hits == 0 || refuse_protected(p, l, area, first, hits - 1, e);
}

bool plan_check_vectors(const struct want *w, const struct plan_choices *c, struct err *e)
{
    const struct want_page *base = w->count ? &w->pages[0] : NULL;
    char why[ERR_TEXT];

    if (c->erase || c->any_vectors || !base || base->addr != w->device->flash_base || !want_is_asked(base, 0) || !want_is_asked(base, 7) ||
        blank(base->bytes, 8))
        return true;
    if (start_vectors(w->device, w->flash_bytes, get_le32(base->bytes), get_le32(base->bytes + 4), why) != START_OTHER_CHIP)
        return true;
    err_set(e, ERR_INPUT, "%s", why);
    return err_hint(e, "--any-vectors programs it all the same");
}

/* ---- steps ---- */

static void add_step(struct plan *p, enum plan_step_kind kind, const struct want_page *w, uint32_t from, uint32_t to)
{
    struct plan_step *s = &p->steps[p->steps_count++];

    *s = (struct plan_step){ .kind = kind, .addr = w->addr + from, .len = to - from, .bytes = w->bytes + from };
    if (kind == STEP_CHECK)
        s->crc = crc32_of(s->bytes, s->len);
    if (kind == STEP_ERASE)
        p->erases++;
}

/* Runs of units that are not blank, in [from, to) of the page. */
static void add_program(struct plan *p, struct plan_page *page, uint32_t from, uint32_t to)
{
    const uint32_t unit = unit_of(p);

    while (from < to) {
        uint32_t end;

        while (from < to && blank(page->want->bytes + from, unit))
            from += unit;
        for (end = from; end < to && !blank(page->want->bytes + end, unit); end += unit)
            page->units++;
        if (end > from)
            add_step(p, STEP_PROGRAM, page->want, from, end);
        from = end;
    }
}

/* What is there now could start with its page half erased: the first unit might outlive others. */
static void add_disarm(struct plan *p, const struct want_page *base)
{
    if (base->damaged || base->now_crc != p->want->blank_crc)
        add_step(p, STEP_DISARM, base, 0, unit_of(p));
}

/* All bytes of what was written, but for the base page's first unit: that comes last. */
static void add_proofs(struct plan *p, const struct plan_page *base)
{
    for (size_t i = 0; i < p->want->count; i++)
        if (p->pages[i].write)
            add_step(p, STEP_READ_BACK, p->pages[i].want, base == &p->pages[i] ? unit_of(p) : 0, p->want->page_bytes);
}

/* Nothing is in any of the pages. One blank page among others may be one whose erase was cut off: that is erased. */
static bool all_blank(const struct plan *p)
{
    bool blank = true;

    for (size_t i = 0; i < p->want->count; i++)
        blank = blank && (!p->pages[i].write || p->pages[i].reason == PLAN_BLANK);
    return blank;
}

/* Erasing, programming and reading back is all that can be done. All erases come first: what is programmed is then one run, for which
 * the bootloader has to be told an address only once. No register says what a reset starts: a power cycle looks at the first unit. */
static void add_plain_steps(struct plan *p, struct plan_page *base, bool starts)
{
    const bool spare = all_blank(p);

    for (size_t i = 0; i < p->want->count; i++)
        if (p->pages[i].write) {
            add_step(p, STEP_ERASE, p->pages[i].want, 0, p->want->page_bytes);
            p->steps[p->steps_count - 1].spare = spare;
            p->erases -= spare;
        }
    for (size_t i = 0; i < p->want->count; i++)
        if (p->pages[i].write)
            add_program(p, &p->pages[i], base == &p->pages[i] ? unit_of(p) : 0, p->want->page_bytes);
    add_proofs(p, base);
    if (base && base->write && starts) {
        add_program(p, base, 0, unit_of(p));
        add_step(p, STEP_READ_BACK, base->want, 0, unit_of(p));
    }
}

static void add_steps(struct plan *p, const struct look *l, const struct plan_choices *c)
{
    const enum plan_step_kind proof = c->read_back ? STEP_READ_BACK : STEP_CHECK;
    const uint32_t whole = p->want->page_bytes, unit = unit_of(p);
    struct plan_page *base = p->want->count && is_base(p, &p->want->pages[0]) ? &p->pages[0] : NULL;
    const bool starts = base && !blank(base->want->bytes, unit);

    if (c->plain) {
        add_plain_steps(p, base, starts);
        return;
    }
    if (base && base->write) {
        add_disarm(p, base->want);
        add_step(p, STEP_ERASE, base->want, 0, whole);
        add_step(p, STEP_SET_EMPTY, base->want, 0, 0);
        add_program(p, base, unit, whole);
        if (!c->read_back)
            add_step(p, proof, base->want, unit, whole);
    }
    for (size_t i = base ? 1 : 0; i < p->want->count; i++) {
        if (!p->pages[i].write)
            continue;
        add_step(p, STEP_ERASE, p->pages[i].want, 0, whole);
        add_program(p, &p->pages[i], 0, whole);
        if (!c->read_back)
            add_step(p, proof, p->pages[i].want, 0, whole);
    }
    if (c->read_back) /* after all writing, so that the loader is not stopped between pages */
        add_proofs(p, base);
    if (base && base->write && starts) {
        add_program(p, base, 0, unit);
        add_step(p, proof, base->want, 0, unit);
        add_step(p, STEP_CLEAR_EMPTY, base->want, 0, 0);
    } else if (base && !base->write && starts && look_empty(l, p->want->device)) {
        add_step(p, STEP_CLEAR_EMPTY, base->want, 0, 0); /* left from when the flash was blank: the next reset would start the ROM */
    }
}

static void count_up(struct plan *p, const struct plan_choices *c)
{
    const struct flash_facts *f = p->want->device->flash;

    for (size_t i = 0; i < p->want->count; i++) {
        struct plan_page *page = &p->pages[i];

        page->save = page->write && !c->no_save && (page->want->damaged || page->want->now_crc != p->want->blank_crc);
        p->saves += page->save;
        p->units += page->units;
    }
    p->estimate_us = ESTIMATE_FIXED_US + (uint64_t)p->erases * f->typical.erase_ms * 1000 +
                     (uint64_t)p->units * (f->typical.program_us + ESTIMATE_UNIT_OVERHEAD_US);
    if (p->saves)
        p->estimate_us += ESTIMATE_FIRST_SAVE_US; /* the others are read while earlier pages are programmed */
    if (c->plain)
        p->estimate_us = PLAIN_FIXED_US + (uint64_t)p->erases * PLAIN_ERASE_US +
                         ((uint64_t)p->units * f->unit_bytes * PLAIN_WRITE_KIB_US +
                          (uint64_t)(p->want->count + p->writes) * p->want->page_bytes * PLAIN_READ_KIB_US) /
                             1024;
}

static bool start_plan(struct plan *p, const struct want *w, size_t steps, struct err *e)
{
    *p = (struct plan){ .want = w };
    p->pages = calloc(w->count ? w->count : 1, sizeof *p->pages);
    p->steps = calloc(steps, sizeof *p->steps);
    if (p->pages && p->steps)
        return true;
    plan_free(p);
    return err_set(e, ERR_NOMEM, "no memory for a plan of %zu pages", w->count);
}

bool plan_make(struct plan *p, const struct want *w, const struct look *l, const struct plan_choices *c, struct err *e)
{
    /* A page: erase, check, and at worst every other unit a run of its own; the base page has five more. */
    const size_t each = 2 + w->page_bytes / w->device->flash->unit_bytes / 2 + 1;

    if (!start_plan(p, w, w->count * each + 8, e))
        return false;
    judge(p, c);
    choose_guard(p, l, c);
    if (!plan_check_readout(l, w->device, e) || !plan_check_vectors(w, c, e) || !check_protection(p, l, e)) {
        plan_free(p);
        return false;
    }
    add_steps(p, l, c);
    count_up(p, c);
    return true;
}

bool plan_erase_all(struct plan *p, const struct want *w, const struct look *l, const struct plan_choices *c, struct err *e)
{
    if (!start_plan(p, w, 3 + w->count, e))
        return false;
    judge(p, &(struct plan_choices){ .erase = true });
    p->guard = PLAN_GUARD_BASE;
    if (!plan_check_readout(l, w->device, e) || !check_protection(p, l, e)) {
        plan_free(p);
        return false;
    }
    if (!c->plain)
        add_disarm(p, p->pages[0].want);
    add_step(p, STEP_ERASE_ALL, p->pages[0].want, 0, 0);
    if (!c->plain)
        add_step(p, STEP_SET_EMPTY, p->pages[0].want, 0, 0);
    for (size_t i = 0; i < w->count; i++)
        add_step(p, c->read_back || c->plain ? STEP_READ_BACK : STEP_CHECK, p->pages[i].want, 0, w->page_bytes);
    count_up(p, c);
    p->estimate_us += w->device->flash->typical.mass_erase_ms * UINT64_C(1000);
    return true;
}

void plan_free(struct plan *p)
{
    free(p->pages);
    free(p->steps);
    *p = (struct plan){ 0 };
}
