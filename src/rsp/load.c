/* load.c - flash through the engine of `sector0 flash`: collected from packets, then planned, saved, written and proved in one go.
 *
 * Nothing happens to the flash before vFlashDone; a client that goes away before has changed nothing. Pages that were to be erased and get
 * no bytes become blank, other bytes of a written page are kept. Afterwards the core stands at its first instruction. */
#include "doctor/program.h"
#include "flash/carry.h"
#include "rsp/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESET_MS = 500, OPTION_WORDS = LOOK_OPTIONS };

static uint32_t page_bytes(const struct rsp_server *s) { return s->t->device->flash->page_bytes; }

static bool is_flash(const struct rsp_server *s, uint32_t addr, uint64_t len, struct err *e)
{
    const uint64_t at = (uint64_t)addr - s->t->device->flash_base;

    if (addr >= s->t->device->flash_base && at <= s->t->flash_bytes && len <= s->t->flash_bytes - at)
        return true;
    err_set(e, ERR_USAGE, "%" PRIu64 " bytes at 0x%08" PRIX32 " are not all flash", len, addr);
    return err_seen(e, "flash is 0x%08" PRIX32 "..0x%08" PRIX32, s->t->device->flash_base,
                    s->t->device->flash_base + s->t->flash_bytes - 1);
}

static bool core_stands(const struct rsp_server *s, struct err *e)
{
    return !s->running || err_set(e, ERR_FAULT, "the core is running: flash can be written only while it is halted");
}

bool rsp_load_erase(struct rsp_server *s, struct rsp_client *c, uint32_t addr, uint32_t len, struct err *e)
{
    const uint32_t page = page_bytes(s), first = (addr - s->t->device->flash_base) / page;

    if (!core_stands(s, e) || !is_flash(s, addr, len, e))
        return false;
    if (addr % page || len % page)
        return err_set(e, ERR_USAGE, "flash is erased in pages of %" PRIu32 " bytes", page);
    if (!c->erase)
        c->erase = calloc(1, s->t->flash_bytes / page + 1);
    if (!c->erase)
        return err_set(e, ERR_NOMEM, "no memory for a list of pages");
    memset(c->erase + first, 1, len / page);
    return true;
}

bool rsp_load_write(struct rsp_server *s, struct rsp_client *c, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e)
{
    return core_stands(s, e) && is_flash(s, addr, len, e) && image_add(&c->load, addr, bytes, (uint32_t)len, e);
}

void rsp_load_drop(struct rsp_client *c)
{
    image_free(&c->load);
    c->load = (struct image){ 0 };
    free(c->erase);
    c->erase = NULL;
}

static bool touches(const struct image *im, uint32_t addr, uint32_t len)
{
    for (size_t i = 0; i < im->count; i++)
        if (im->segments[i].addr < (uint64_t)addr + len && addr < (uint64_t)im->segments[i].addr + im->segments[i].len)
            return true;
    return false;
}

/* Pages erased and not written become 0xFF in the image. */
static bool add_blank_pages(struct rsp_server *s, struct rsp_client *c, struct err *e)
{
    const uint32_t page = page_bytes(s);
    uint8_t *blank;
    bool ok = true;

    if (!c->erase)
        return true;
    blank = malloc(page);
    if (!blank)
        return err_set(e, ERR_NOMEM, "no memory for a page");
    memset(blank, 0xFF, page);
    for (uint32_t i = 0; ok && i < s->t->flash_bytes / page; i++) {
        const uint32_t addr = s->t->device->flash_base + i * page;

        if (c->erase[i] && !touches(&c->load, addr, page))
            ok = image_add(&c->load, addr, blank, page, e);
    }
    free(blank);
    return ok;
}

/* The first address from `at` on that the image does not hold; *len: how many there are in a row, up to `end`. */
static uint32_t next_gap(const struct image *im, uint32_t at, uint32_t end, uint32_t *len)
{
    *len = end - at;
    for (size_t i = 0; i < im->count && *len; i++) { /* ascending */
        const struct segment *seg = &im->segments[i];

        if (seg->addr > at) {
            *len = seg->addr < end ? seg->addr - at : end - at;
            break;
        }
        if (seg->addr + seg->len > at) {
            at = seg->addr + seg->len;
            *len = end - at;
        }
    }
    return at;
}

/* The rest of the flash becomes 0xFF in the image: as after a mass erase, but what is there is saved, and page 0 guards the rest. */
static bool add_blank_rest(struct rsp_server *s, struct rsp_client *c, struct err *e)
{
    const uint32_t end = s->t->device->flash_base + s->t->flash_bytes, page = page_bytes(s);
    uint32_t len, at = next_gap(&c->load, s->t->device->flash_base, end, &len);
    uint8_t *blank = malloc(page);
    bool ok = blank || err_set(e, ERR_NOMEM, "no memory for a page");

    if (blank)
        memset(blank, 0xFF, page);
    while (ok && len) {
        ok = image_add(&c->load, at, blank, len < page ? len : page, e);
        at = next_gap(&c->load, at, end, &len);
    }
    free(blank);
    return ok;
}

bool rsp_load_done(struct rsp_server *s, struct rsp_client *c, struct err *e)
{
    const bool erases_only = c->load.count == 0;
    bool ok = core_stands(s, e) && add_blank_pages(s, c, e);

    ok = ok && (!s->set.erase_all || erases_only || add_blank_rest(s, c, e));
    ok = ok && (c->load.count == 0 || rsp_program(s, &c->load, erases_only, e));
    rsp_load_drop(c);
    return ok;
}

/* ---- jobs ---- */

struct job {
    struct session session;
    struct want want;
    struct plan plan;
    struct plan_choices choices;
    struct store *store;
};

static void tell_note(void *ctx, const char *text) { rsp_event(ctx, RSP_NOTE, text, NULL); }

static bool begin(struct rsp_server *s, struct job *j, struct err *e)
{
    *j = (struct job){ .choices = s->set.choices };
    j->choices.no_save = j->choices.no_save || !s->set.open_store;
    if (!rsp_break_unplant(s, e) || !session_open(&j->session, s->t, e))
        return false;
    j->session.direct = s->set.direct;
    j->session.progress = (struct flash_progress){ .note = tell_note, .ctx = s };
    if (!j->choices.no_save) {
        j->store = s->set.open_store(s->set.ctx, e);
        if (!j->store)
            return false;
        j->session.store = j->store;
    }
    return true;
}

/* Opened anew each time: between two loads it is built anew. Names are no more than that: nothing here fails. */
static void ask_store(struct rsp_server *s, struct evidence *v, bool failed)
{
    struct program program = { 0 };
    struct err ignored = { 0 };
    struct store *store = s->set.open_store ? s->set.open_store(s->set.ctx, &ignored) : NULL;

    if (s->set.elf)
        program_open(&program, s->set.elf, &ignored);
    else if (store)
        program_find(&program, store);
    if (store && !failed) /* else the job that was cut off is the one that tells */
        evidence_job(v, s->t, NULL, store, &ignored);
    ignored = (struct err){ 0 };
    program_name_places(&program, v, s->t, &ignored);
    program_close(&program);
    store_close(store);
}

bool rsp_diagnose(struct rsp_server *s, const struct session *session, const struct err *failed, struct rsp_text *out, struct diagnosis *d,
                  struct err *e)
{
    struct evidence *v = calloc(1, sizeof *v);
    bool ok = v || err_set(e, ERR_NOMEM, "no memory to look at the chip");
    char text[200];

    ok = ok && evidence_collect_now(v, s->t, e);
    if (ok)
        ask_store(s, v, failed);
    if (ok && failed)
        evidence_failed(v, session, failed);
    if (ok && out && program_text(v, text, sizeof text)[0])
        rsp_put(out, "program   %s\n", text);
    if (ok)
        diagnose(d, v);
    free(v);
    return ok;
}

/* Whatever came of it: the core is halted, as GDB believes it to be. */
static bool end(struct rsp_server *s, struct job *j, bool ok, struct err *e)
{
    const bool was_taken = j->session.taken || ok;
    struct err ignored = { 0 };

    if (!ok && e->kind == ERR_INTERRUPTED)
        s->ending = true;
    if (!ok && j->session.t && !session_abandon(&j->session) && was_taken)
        core_reset_halt(&s->t->core, RESET_MS, &ignored);
    if (!ok && (e->kind == ERR_FAULT || e->kind == ERR_LOCKED || e->kind == ERR_VERIFY || e->kind == ERR_TIMEOUT))
        s->findings_fresh = rsp_diagnose(s, &j->session, e, NULL, &s->findings, &ignored);
    rsp_forget(s);
    s->running = s->released = false;
    s->debugging = true;
    s->stop = STOP_SIGNAL;
    s->signal = 5;
    plan_free(&j->plan);
    want_free(&j->want);
    session_close(&j->session);
    store_close(j->store);
    return ok;
}

static void tell(struct rsp_server *s, const struct job *j)
{
    char text[400];
    int n;

    if (j->plan.writes == 0)
        n = snprintf(text, sizeof text, "nothing to write: all %zu pages hold that already", j->want.count);
    else
        n = snprintf(text, sizeof text, "wrote and verified %" PRIu64 " bytes: %zu of %zu pages", j->want.asked_bytes, j->plan.writes,
                     j->want.count);
    if (j->store && store_path(j->store) && n > 0 && (size_t)n < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, "; saved what was there: %s", store_path(j->store));
    rsp_event(s, RSP_LOADED, text, NULL);
}

bool rsp_program(struct rsp_server *s, const struct image *im, bool any_vectors, struct err *e)
{
    struct job j;
    bool ok = begin(s, &j, e);

    j.choices.any_vectors = j.choices.any_vectors || any_vectors;
    ok = ok && want_from_image(&j.want, s->t->device, s->t->flash_bytes, im, e) && session_check(&j.session, &j.want, &j.choices, e) &&
         carry_flash(&j.session, &j.want, &j.plan, &(struct carry){ .command = "gdb", .choices = &j.choices }, e);
    if (ok)
        tell(s, &j);
    return end(s, &j, ok, e);
}

bool rsp_erase_all(struct rsp_server *s, struct err *e)
{
    struct job j;
    bool ok = core_stands(s, e) && begin(s, &j, e);

    if (s->running)
        return false;
    j.choices.erase = true;
    ok = ok && plan_check_readout(&j.session.look, s->t->device, e) &&
         want_blank(&j.want, s->t->device, s->t->flash_bytes, s->t->device->flash_base, s->t->flash_bytes, e) &&
         session_check(&j.session, &j.want, &j.choices, e) &&
         carry_flash(&j.session, &j.want, &j.plan, &(struct carry){ .command = "gdb", .choices = &j.choices, .all = true }, e);
    return end(s, &j, ok, e);
}

bool rsp_set_options(struct rsp_server *s, char *const *assignments, unsigned count, struct rsp_text *out, struct err *e)
{
    const struct option_choices choices = { 0 };
    struct option_change change[32];
    uint32_t wanted[OPTION_WORDS];
    struct job j;
    size_t n = 0;
    bool ok;

    if (!core_stands(s, e))
        return false;
    ok = begin(s, &j, e);
    if (ok)
        option_start(wanted, &j.session.look);
    for (unsigned i = 0; ok && i < count; i++)
        ok = option_assign(wanted, s->t->device, assignments[i], e);
    if (ok) {
        n = option_diff(&j.session.look, wanted, s->t->device, change, sizeof change / sizeof *change);
        ok = option_judge(&j.session.look, wanted, s->t->device, &choices, e);
    }
    for (size_t i = 0; ok && i < n && i < sizeof change / sizeof *change; i++)
        rsp_put(out, "%s %s 0x%" PRIX32 " -> 0x%" PRIX32 "\n", change[i].reg, change[i].field ? change[i].field : "", change[i].was,
                change[i].wanted);
    if (ok && n == 0)
        rsp_put(out, "nothing to do: the option words are so already\n");
    ok = ok && (n == 0 || (carry_options(&j.session, wanted, &choices, e) && core_reset_halt(&s->t->core, RESET_MS, e)));
    if (ok)
        j.session.taken = false; /* the chip has loaded its options: the reset is behind us */
    return end(s, &j, ok, e);
}
