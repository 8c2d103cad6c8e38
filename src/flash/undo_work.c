/* undo_work.c - see undo_work.h. */
#include "flash/undo_work.h"
#include "flash/carry.h"

#include <string.h>

static bool readable(const struct undo_work *w) { return look_rdp_level(&w->s->look, w->s->chip.device) == 0; }

/* Were all kept pages erased, behind the job's back? Readout protection that was lowered does that. */
static bool kept_is_lost(const struct undo_work *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->want.count; i++) {
        const struct undo_page *p = undo_page_at(&w->undo, w->want.pages[i].addr);

        if (!p || p->announced || p->blank)
            continue;
        kept++;
        if (w->want.pages[i].now_crc != w->want.blank_crc)
            return false;
    }
    return kept > 0;
}

static bool make_want(struct undo_work *w, bool kept_too, struct err *e)
{
    const struct road_chip *t = &w->s->chip;

    image_free(&w->image);
    want_free(&w->want);
    return undo_image(&w->undo, w->s->store, t->device, kept_too, &w->image, e) &&
           (w->image.count == 0 || want_from_image(&w->want, t->device, t->flash_bytes, &w->image, e)) &&
           (w->want.count == 0 || !readable(w) || session_compare(w->s, &w->want, t->was_halted, e));
}

static bool choose_pages(struct undo_work *w, struct err *e)
{
    if (w->erases || (w->undo.words && w->undo.interrupted)) {
        if (!make_want(w, true, e))
            return false;
        if (w->erases || (readable(w) && kept_is_lost(w)))
            return true;
    }
    return make_want(w, false, e);
}

bool undo_work_page_differs(const struct undo_work *w, const struct want_page *p)
{
    return !p->looked || p->damaged || p->now_crc != want_crc(&w->want, p);
}

bool undo_work_begin(struct undo_work *w, struct session *s, unsigned number, struct err *e)
{
    const struct device *d = s->chip.device;
    struct look before = s->look;

    *w = (struct undo_work){ .s = s };
    if (!undo_find(&w->undo, s->store, d, number, e))
        return false;
    memcpy(before.option, w->undo.before, sizeof before.option);
    w->words = undo_words_differ(&w->undo, &s->look, d);
    w->erases = w->words && !readable(w) && look_rdp_level(&before, d) == 0;
    /* Cut off in the option words: what level 1 closes now, the job itself has kept. */
    w->options = (struct option_choices){ .all_words = true, .erase_everything = w->erases && w->undo.interrupted };
    if ((!readable(w) && !w->words && !plan_check_readout(&s->look, d, e)) || !choose_pages(w, e))
        return false;
    for (size_t i = 0; i < w->want.count; i++)
        w->pages += undo_work_page_differs(w, &w->want.pages[i]);
    return true;
}

void undo_work_end(struct undo_work *w)
{
    plan_free(&w->plan);
    want_free(&w->want);
    image_free(&w->image);
    undo_free(&w->undo);
}

/* ---- doing it ---- */

/* Write protection among the old words would keep the pages from being put back: it comes last. */
static bool unprotected(const struct undo_work *w, uint32_t *words)
{
    const struct device *d = w->s->chip.device;
    struct look l = w->s->look;
    bool any = false;

    memcpy(l.option, w->undo.before, sizeof l.option);
    memcpy(words, w->undo.before, sizeof l.option);
    for (size_t i = 0; i < w->want.count; i++)
        any = any || look_wrp(&l, d, (w->want.pages[i].addr - d->flash_base) / w->want.page_bytes);
    for (const struct wrp_area *a = d->flash->wrp; any && a->name; a++)
        for (unsigned i = 0; i < l.options; i++)
            if (d->flash->options[i].offset == a->offset) {
                const uint32_t mask = (UINT32_C(1) << a->width) - 1;

                words[i] = (words[i] & ~(mask << a->end_lsb)) | mask << a->strt_lsb; /* start behind end: off */
            }
    return any;
}

static bool write_words(struct undo_work *w, const uint32_t *words, struct err *e)
{
    if (!carry_options(w->s, words, &w->options, e))
        return false;
    if (w->s->t)
        target_leave(w->s->t, false);
    return true;
}

/* Before the words are written that make the chip erase its flash: if the power goes then, the next undo knows what is to come back. */
static bool announce(struct undo_work *w, struct err *e)
{
    for (size_t i = 0; w->erases && i < w->want.count; i++)
        if (!store_page_becomes(w->s->store, w->want.pages[i].addr, w->want.pages[i].now_crc, want_crc(&w->want, &w->want.pages[i]), e))
            return false;
    return true;
}

bool undo_work_do(struct undo_work *w, bool run, struct err *e)
{
    const struct plan_choices c = { .any_vectors = true }; /* what was there is put back, whatever it is */
    struct carry job = { .command = "undo", .choices = &c, .run = run };
    struct session *s = w->s;
    uint32_t words[LOOK_OPTIONS];
    bool in_two = false;

    if (w->pages && !w->words && !session_check(s, &w->want, &c, e))
        return false;
    store_undoes(s->store, w->undo.number);
    if (!store_begin(s->store, "undo", s->chip.device, &s->look, e) || !announce(w, e))
        return false;
    s->save_goes_on = true;
    if (w->words) {
        in_two = w->pages && unprotected(w, words);
        if (!write_words(w, in_two ? words : w->undo.before, e))
            return false;
    }
    job.open = in_two;
    if (w->pages && (!carry_flash(s, &w->want, &w->plan, &job, e) || (in_two && !write_words(w, w->undo.before, e))))
        return false;
    store_done(s->store);
    return true;
}
