/* feed.c - carrying out a plan through the RAM loader: one continuous run on the target, while the host keeps its ring filled and
 * fetches the copies of pages that are to be saved.
 *
 * A page's erase is sent only after its copy has reached the store. Copies run a few pages ahead, so that both directions of the link
 * are busy while the flash is. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    BLOCK_BYTES = 6144,  /* most that an ST-LINK moves in one command (2.7 of its protocol as the public clients use it) */
    WAIT_COPY_US = 500,  /* a copy takes a fraction of a millisecond, unless it stands behind an erase */
    WAIT_ROOM_US = 8000, /* an eighth of what a filled block takes to program */
    WAIT_END_US = 1000,
};

struct feed {
    struct session *s;
    struct loader *l;
    const struct plan *p;
    const struct plan_page **copies; /* pages to be read and saved, in the order of their erases */
    uint8_t copies_before;           /* the loader counts from its start, modulo 256 */
    size_t n_copies, asked, fetched; /* copies: all, requested from the loader, in the store */
    size_t step, erases_passed;      /* next step; copies whose page's erase has been added */
    bool hurry;                      /* the loader has nothing to do: send what there is */
    uint64_t due_us;                 /* when the flash will have done all that was sent, by typical times */
    uint64_t programmed, total;
};

static bool needs_copy(const struct plan_page *page) { return page->save && !page->in_store; }

static bool list_copies(struct feed *f, struct err *e)
{
    f->copies = calloc(f->p->want->count + 1, sizeof *f->copies);
    if (!f->copies)
        return err_set(e, ERR_NOMEM, "no memory for a list of pages");
    for (size_t i = 0; i < f->p->steps_count; i++) {
        const struct plan_step *step = &f->p->steps[i];

        if (step->kind == STEP_ERASE && needs_copy(work_page(f->p, step->addr)))
            f->copies[f->n_copies++] = work_page(f->p, step->addr);
        if (step->kind == STEP_ERASE_ALL)
            for (size_t k = 0; k < f->p->want->count; k++)
                if (needs_copy(&f->p->pages[k]))
                    f->copies[f->n_copies++] = &f->p->pages[k];
    }
    return true;
}

static uint32_t slot_at(const struct feed *f, size_t copy) { return f->l->slots_at + (uint32_t)(copy % f->l->slots) * f->l->slot_bytes; }

static void ask_for_copies(struct feed *f)
{
    while (f->asked < f->n_copies && f->asked - f->fetched < f->l->slots && loader_space(f->l) >= RING_RECORD_BYTES_MAX) {
        loader_add_two(f->l, RING_COPY, f->p->want->page_bytes / 4, f->copies[f->asked]->want->addr, slot_at(f, f->asked), 0);
        f->asked++;
    }
}

static size_t copies_ready(const struct feed *f) { return (uint8_t)(f->l->copies - f->copies_before - (uint8_t)f->fetched); }

static bool fetch_copy(struct feed *f, struct err *e)
{
    const struct plan_page *page = f->copies[f->fetched];
    const uint32_t len = f->p->want->page_bytes;
    uint8_t *bytes = malloc(f->l->slot_bytes);
    bool ok;

    if (!bytes)
        return err_set(e, ERR_NOMEM, "no memory for a page");
    ok = mem_read(&f->s->t->mem, slot_at(f, f->fetched), bytes, len + RING_COPY_TAIL, e) ||
         err_doing(e, "fetching the page at 0x%08" PRIX32 " to save it", page->want->addr);
    if (ok && crc32_of(bytes, len) != get_le32(bytes + len)) {
        err_set(e, ERR_IO, "the copy of the page at 0x%08" PRIX32 " came over the link with another CRC", page->want->addr);
        ok = err_hint(e, "a lower --speed may help; nothing of this page was erased");
    }
    ok = ok && work_keep(f->s, page, bytes, e);
    f->fetched += ok;
    free(bytes);
    return ok;
}

/* ---- steps ---- */

static uint32_t typical_us(const struct feed *f, const struct plan_step *step)
{
    const struct flash_facts *facts = f->s->t->device->flash;

    if (step->kind == STEP_ERASE)
        return facts->typical.erase_ms * 1000;
    if (step->kind == STEP_PROGRAM)
        return step->len / facts->unit_bytes * (facts->typical.program_us + 2);
    return 0;
}

/* Steps that the host does itself, with the loader waiting. */
static bool is_ours(const struct plan_step *step) { return step->kind == STEP_ERASE_ALL || step->kind == STEP_READ_BACK; }

static bool may_add(const struct feed *f, const struct plan_step *step)
{
    if ((step->kind == STEP_ERASE || step->kind == STEP_DISARM) && needs_copy(work_page(f->p, step->addr)) &&
        f->erases_passed >= f->fetched)
        return false; /* not saved yet */
    return loader_space(f->l) >= RING_RECORD_BYTES_MAX + (step->kind == STEP_PROGRAM ? step->len : 0);
}

static void add_step(struct feed *f, const struct plan_step *step)
{
    struct loader *l = f->l;

    switch (step->kind) {
    case STEP_ERASE:
        loader_add(l, RING_ERASE, 0, step->addr);
        f->erases_passed += needs_copy(work_page(f->p, step->addr));
        f->s->erases++;
        break;
    case STEP_PROGRAM:
        loader_add_program(l, step->addr, step->bytes, step->len / RING_UNIT);
        f->s->units += step->len / RING_UNIT;
        f->programmed += step->len;
        break;
    case STEP_CHECK: loader_add_two(l, RING_CHECK, step->len / 4, step->addr, step->crc, 0); break;
    case STEP_DISARM: loader_add(l, RING_DISARM, 0, step->addr); break;
    case STEP_SET_EMPTY: loader_add(l, RING_EMPTY, 1, step->addr); break;
    case STEP_CLEAR_EMPTY: loader_add(l, RING_EMPTY, 0, step->addr); break;
    case STEP_ERASE_ALL:
    case STEP_READ_BACK: break; /* ours */
    }
    f->due_us += typical_us(f, step);
}

static void add_steps(struct feed *f)
{
    const uint64_t now = clock_now_us(f->s->t->clock);

    if (f->due_us < now)
        f->due_us = now;
    while (f->step < f->p->steps_count && f->l->buffered < BLOCK_BYTES) {
        const struct plan_step *step = &f->p->steps[f->step];

        if (is_ours(step) || !may_add(f, step))
            break;
        add_step(f, step);
        f->step++;
        if (f->hurry && step->kind == STEP_ERASE)
            break; /* let the flash begin at once; its data follow while it erases */
    }
}

static bool do_ours(struct feed *f, struct err *e)
{
    const struct plan_step *step = &f->p->steps[f->step];

    if (step->kind == STEP_ERASE_ALL && f->fetched < f->n_copies)
        return true; /* not yet */
    if (!loader_idle(f->l) && !loader_wait_idle(f->l, 0, e))
        return false;
    if (!(step->kind == STEP_ERASE_ALL ? direct_erase_all(f->s, e) : direct_read_back(f->s, step, e)))
        return false;
    f->step++;
    return true;
}

/* Nothing could be sent or fetched: sleep for about as long as it takes until that changes, then look. */
static bool wait_a_little(struct feed *f, struct err *e)
{
    const uint64_t now = clock_now_us(f->s->t->clock);
    uint64_t us = WAIT_END_US;

    if (f->step == f->p->steps_count)
        us = f->due_us > now + WAIT_END_US ? f->due_us - now : WAIT_END_US;
    else if (f->asked > f->fetched) /* the copy may stand behind an erase: the more the flash has to do, the less we ask */
        us = f->due_us > now + 8 * WAIT_COPY_US ? (f->due_us - now) / 8 : WAIT_COPY_US;
    else
        us = WAIT_ROOM_US;
    clock_sleep_us(f->s->t->clock, us);
    return loader_poll(f->l, e);
}

static bool turn(struct feed *f, struct err *e)
{
    const size_t step = f->step, asked = f->asked;

    f->hurry = loader_idle(f->l) && f->l->buffered == 0;
    ask_for_copies(f);
    if (f->step < f->p->steps_count && is_ours(&f->p->steps[f->step])) {
        if (!loader_send(f->l, e) || !do_ours(f, e))
            return false;
    } else {
        add_steps(f);
        if (!loader_send(f->l, e))
            return false;
    }
    work_tell(f->s, "programming", f->programmed - (f->programmed < loader_backlog(f->l) ? f->programmed : loader_backlog(f->l)), f->total);
    if (copies_ready(f))
        return fetch_copy(f, e);
    if (f->step != step || f->asked != asked)
        return f->asked == f->fetched || loader_poll(f->l, e);
    return wait_a_little(f, e);
}

bool feed_run(struct session *s, const struct plan *p, struct err *e)
{
    struct feed f = { .s = s, .l = &s->loader, .p = p, .copies_before = s->loader.copies, .total = work_bytes(p) };
    bool ok = list_copies(&f, e);

    while (ok && (f.step < p->steps_count || !loader_idle(f.l)))
        ok = turn(&f, e);
    free(f.copies);
    return ok;
}
