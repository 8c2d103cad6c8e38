/* direct.c - erasing and programming without a loader: the probe writes the flash controller's registers and the flash itself.
 *
 * Sources: RM0503 3.3.7 (erase), 3.3.8 (program). Slower than the loader, but needs neither RAM nor a running core. */
#include "base/bytes.h"
#include "base/crc32.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SWD_CLOCKS_PER_READ = 3 * 46, /* TAR, DRW, RDBUFF: 46 clocks each (ADIv5) */
    SETTLE_LIMIT_MS = 10,         /* after programming: the last unit only */
    BATCH_UNITS = 64,             /* the probe splits batches as it must; this bounds our memory */
    POLLS_MAX = 6,
};

static bool write_cr(struct session *s, uint32_t value, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;

    return mem_write32(&s->t->mem, f->base + f->cr, value, e);
}

/* Clear old errors, start `cr`, wait; mode bits off again. */
static bool operate(struct session *s, uint32_t cr, unsigned typical_ms, unsigned limit_ms, const char *what, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    struct probe_word words[] = { { f->base + f->sr, f->sr_clear, true }, { f->base + f->cr, cr | f->cr_strt, true } };

    if (!session_settle(s, limit_ms, what, e) || !mem_batch(&s->t->mem, words, 2, e))
        return err_doing(e, "asking the flash to %s", what);
    clock_sleep_us(s->t->clock, (uint64_t)typical_ms * 1000);
    return session_settle(s, limit_ms, what, e) && write_cr(s, 0, e);
}

static bool erase_page(struct session *s, uint32_t addr, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const uint32_t page = (addr - s->t->device->flash_base) / f->page_bytes;
    char what[STEP_TEXT];

    snprintf(what, sizeof what, "erase page %" PRIu32, page);
    if (!operate(s, f->cr_per | page << f->cr_pnb_lsb, f->typical.erase_ms, f->limit.erase_ms, what, e))
        return false;
    s->erases++;
    return true;
}

bool direct_erase_all(struct session *s, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;

    if (!operate(s, f->cr_mer, f->typical.mass_erase_ms, f->limit.mass_erase_ms, "erase everything", e))
        return false;
    s->erases++;
    return true;
}

/* After the second word of a unit, so many reads of SR take as long as the flash needs; then the next unit need not wait. */
static unsigned polls_per_unit(const struct session *s)
{
    const struct flash_facts *f = s->t->device->flash;
    const unsigned khz = s->t->probe->speed_khz ? s->t->probe->speed_khz : 4000;
    const unsigned n = f->typical.program_us * khz / (SWD_CLOCKS_PER_READ * 1000) + 1;

    return n < POLLS_MAX ? n : POLLS_MAX;
}

/* `units` units, at most BATCH_UNITS, with PG set. Errors of the controller are found by looking at every SR that was read. */
static bool program_batch(struct session *s, uint32_t addr, const uint8_t *bytes, uint32_t units, const char *what, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const unsigned polls = polls_per_unit(s);
    struct probe_word words[BATCH_UNITS * (2 + POLLS_MAX)];
    size_t n = 0;

    for (uint32_t i = 0; i < units; i++) {
        words[n++] = (struct probe_word){ addr + 8 * i, get_le32(bytes + 8 * i), true };
        words[n++] = (struct probe_word){ addr + 8 * i + 4, get_le32(bytes + 8 * i + 4), true };
        for (unsigned k = 0; k < polls; k++)
            words[n++] = (struct probe_word){ f->base + f->sr, 0, false };
    }
    if (!mem_batch(&s->t->mem, words, n, e))
        return err_doing(e, "writing flash at 0x%08" PRIX32, addr);
    for (size_t i = 0; i < n; i++)
        if (!words[i].write && words[i].value & f->sr_errors)
            return session_settle(s, SETTLE_LIMIT_MS, what, e);
    s->units += units;
    return session_settle(s, SETTLE_LIMIT_MS, what, e);
}

static bool program(struct session *s, const struct plan_step *step, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    char what[STEP_TEXT];

    snprintf(what, sizeof what, "program 0x%08" PRIX32 "..0x%08" PRIX32, step->addr, step->addr + step->len - 1);
    if (!session_settle(s, SETTLE_LIMIT_MS, what, e) || !write_cr(s, f->cr_pg, e))
        return err_doing(e, "starting to %s", what);
    for (uint32_t at = 0; at < step->len;) {
        const uint32_t left = (step->len - at) / f->unit_bytes, units = left < BATCH_UNITS ? left : BATCH_UNITS;

        if (!program_batch(s, step->addr + at, step->bytes + at, units, what, e)) {
            struct err ignored = { 0 };

            write_cr(s, 0, &ignored);
            return false;
        }
        at += units * f->unit_bytes;
    }
    return write_cr(s, 0, e);
}

/* Zeros may be programmed over anything (RM0444 3.3.8). Should this silicon refuse, nothing is lost but a precaution. */
static bool disarm(struct session *s, uint32_t addr, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    struct probe_word words[] = { { f->base + f->cr, f->cr_pg, true }, { addr, 0, true }, { addr + 4, 0, true } };
    struct err refused = { 0 };

    if (!session_settle(s, SETTLE_LIMIT_MS, "begin", e) || !mem_batch(&s->t->mem, words, 3, e))
        return err_doing(e, "overwriting the old vectors");
    if (!session_settle(s, SETTLE_LIMIT_MS, "overwrite the old vectors", &refused) && refused.kind != ERR_FAULT &&
        refused.kind != ERR_LOCKED) {
        *e = refused;
        return false;
    }
    return write_cr(s, 0, e) && mem_write32(&s->t->mem, f->base + f->sr, f->sr_clear, e);
}

static bool set_empty(struct session *s, bool empty, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    uint32_t acr;

    return (mem_read32(&s->t->mem, f->base + f->acr, &acr, e) &&
            mem_write32(&s->t->mem, f->base + f->acr, empty ? acr | f->acr_empty : acr & ~f->acr_empty, e)) ||
           err_doing(e, "changing FLASH_ACR.EMPTY");
}

bool direct_read_back(struct session *s, const struct plan_step *step, struct err *e)
{
    uint8_t *now = malloc(step->len);
    bool ok = now ? mem_read(&s->t->mem, step->addr, now, step->len, e) || err_doing(e, "reading back 0x%08" PRIX32, step->addr)
                  : err_set(e, ERR_NOMEM, "no memory to read back %" PRIu32 " bytes", step->len);

    ok = ok && work_same(step, now, e);
    free(now);
    return ok;
}

static bool save(struct session *s, const struct plan *p, const struct plan_page *page, struct err *e)
{
    uint8_t *now;
    bool ok;

    if (!page->save || page->in_store)
        return true;
    now = malloc(p->want->page_bytes);
    if (!now)
        return err_set(e, ERR_NOMEM, "no memory for a page");
    ok = (mem_read(&s->t->mem, page->want->addr, now, p->want->page_bytes, e) ||
          err_doing(e, "reading the page at 0x%08" PRIX32 " to save it", page->want->addr)) &&
         work_keep(s, page, now, e);
    free(now);
    return ok;
}

static bool save_all(struct session *s, const struct plan *p, struct err *e)
{
    for (size_t i = 0; i < p->want->count; i++)
        if (!save(s, p, &p->pages[i], e))
            return false;
    return true;
}

bool direct_run(struct session *s, const struct plan *p, struct err *e)
{
    const uint64_t total = work_bytes(p);
    uint64_t done = 0;
    bool ok = save_all(s, p, e);

    for (size_t i = 0; ok && i < p->steps_count; i++) {
        const struct plan_step *step = &p->steps[i];

        switch (step->kind) {
        case STEP_DISARM: ok = disarm(s, step->addr, e); break;
        case STEP_ERASE: ok = erase_page(s, step->addr, e); break;
        case STEP_ERASE_ALL: ok = direct_erase_all(s, e); break;
        case STEP_SET_EMPTY: ok = set_empty(s, true, e); break;
        case STEP_CLEAR_EMPTY: ok = set_empty(s, false, e); break;
        case STEP_PROGRAM: ok = program(s, step, e); break;
        case STEP_CHECK:
        case STEP_READ_BACK: ok = direct_read_back(s, step, e); break;
        }
        if (!ok) {
            s->failed.known = true;
            s->failed.kind = step->kind;
            s->failed.addr = step->addr;
        }
        if (step->kind == STEP_PROGRAM)
            done += step->len;
        work_tell(s, "programming", done, total);
    }
    return ok;
}
