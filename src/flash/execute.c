/* execute.c - carrying out a plan: save, unlock, run the steps one way or the other. Declared in session.h and work.h. */
#include "base/crc32.h"
#include "flash/work.h"

#include <inttypes.h>

const struct plan_page *work_page(const struct plan *p, uint32_t addr)
{
    const struct want_page *w = want_page_at(p->want, addr);

    return w ? &p->pages[w - p->want->pages] : NULL;
}

uint64_t work_bytes(const struct plan *p)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < p->steps_count; i++)
        if (p->steps[i].kind == STEP_PROGRAM)
            bytes += p->steps[i].len;
    return bytes;
}

void work_tell(const struct session *s, const char *what, uint64_t done, uint64_t total)
{
    if (s->progress.at)
        s->progress.at(s->progress.ctx, what, done, total);
}

bool work_keep(struct session *s, const struct plan_page *page, const uint8_t *bytes, struct err *e)
{
    const uint32_t len = s->chip.device->flash->page_bytes, crc = crc32_of(bytes, len);

    if (!page->want->damaged && crc != page->want->now_crc)
        return err_set(e, ERR_IO, "the page at 0x%08" PRIx32 " reads differently than a moment ago", page->want->addr);
    s->saved_bytes += len;
    return store_add_page(s->store, page->want->addr, len, crc, bytes, e);
}

bool work_same(const struct plan_step *step, const uint8_t *now, struct err *e)
{
    for (uint32_t i = 0; i < step->len; i++)
        if (now[i] != step->bytes[i]) {
            err_set(e, ERR_VERIFY, "the flash does not hold what was programmed: 0x%08" PRIX32 " is 0x%02X, not 0x%02X", step->addr + i,
                    now[i], step->bytes[i]);
            return err_hint(e, "the same again erases and programs it once more; if it stays, the flash or its supply is at fault");
        }
    return true;
}

void work_looked(const struct want *w, struct want_page *p, const uint8_t *now)
{
    p->now_crc = crc32_of(now, w->page_bytes);
    p->looked = true;
    p->differs = false;
    if (!p->kept)
        want_keep(p, now + p->gap);
}

static void ask_store(struct session *s, struct plan *p)
{
    for (size_t i = 0; s->store && i < p->want->count; i++) {
        struct plan_page *page = &p->pages[i];

        page->in_store =
            page->save && !page->want->damaged && store_has_page(s->store, page->want->addr, p->want->page_bytes, page->want->now_crc);
        p->saves -= page->in_store;
    }
}

struct plan_choices work_choices(const struct session *s, const struct plan_choices *c)
{
    struct plan_choices choices = *c;

    choices.plain = !s->road->registers;
    return choices;
}

bool session_plan(struct session *s, struct plan *p, const struct want *w, const struct plan_choices *c, struct err *e)
{
    const struct plan_choices choices = work_choices(s, c);

    if (!plan_make(p, w, &s->look, &choices, e))
        return false;
    ask_store(s, p);
    return true;
}

bool session_plan_erase_all(struct session *s, struct plan *p, const struct want *w, const struct plan_choices *c, struct err *e)
{
    const struct plan_choices choices = work_choices(s, c);

    if (!plan_erase_all(p, w, &s->look, &choices, e))
        return false;
    ask_store(s, p);
    return true;
}

/* What is going to happen is announced. What the store has already goes over at once; the rest is read from the target just before it is
 * lost. */
static bool begin_save(struct session *s, const struct plan *p, const char *command, struct err *e)
{
    size_t pages = 0;

    if (!store_goes_on(s->store) && !store_begin(s->store, command, s->chip.device, &s->look, e))
        return false;
    for (size_t i = 0; i < p->want->count; i++)
        pages += p->pages[i].save;
    for (size_t i = 0; i < p->want->count; i++)
        if (p->pages[i].write &&
            !store_page_becomes(s->store, p->want->pages[i].addr, p->want->pages[i].now_crc, want_crc(p->want, &p->want->pages[i]), e))
            return false;
    if (!store_reserve(s->store, pages, p->want->page_bytes, e))
        return false;
    for (size_t i = 0; i < p->want->count; i++)
        if (p->pages[i].in_store &&
            !store_add_page(s->store, p->pages[i].want->addr, p->want->page_bytes, p->pages[i].want->now_crc, NULL, e))
            return false;
    return true;
}

/* The loader's record, as a step of the plan. */
static void tell_failed(struct session *s)
{
    static const enum plan_step_kind kinds[] = { [RING_ERASE] = STEP_ERASE, [RING_PROGRAM] = STEP_PROGRAM, [RING_CHECK] = STEP_CHECK };

    if (!s->loader.stopped ||
        (s->loader.stopped_op != RING_ERASE && s->loader.stopped_op != RING_PROGRAM && s->loader.stopped_op != RING_CHECK))
        return;
    s->failed.known = true;
    s->failed.kind = kinds[s->loader.stopped_op];
    s->failed.addr = s->loader.stopped_at;
}

bool swd_execute(struct session *s, const struct plan *p, struct err *e)
{
    if (!session_unlock(s, false, e))
        return false;
    if (!s->loader.up || s->direct)
        return direct_run(s, p, e);
    if (feed_run(s, p, e))
        return true;
    tell_failed(s);
    return false;
}

bool session_execute(struct session *s, const struct plan *p, const char *command, struct err *e)
{
    s->proved = p->steps_count == 0;
    if (s->proved)
        return true;
    if (s->store && !begin_save(s, p, command, e))
        return false;
    if (!s->road->execute(s, p, e))
        return false;
    s->proved = true;
    if (s->store && !s->save_goes_on)
        store_done(s->store);
    return true;
}
