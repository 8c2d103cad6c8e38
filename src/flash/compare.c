/* compare.c - what do the pages hold now? By the RAM loader and the CRC unit, or by reading them. Declared in session.h. */
#include "base/crc32.h"
#include "device/regs/cortexm.h"
#include "device/regs/crc.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    COPY_SLOTS = 5,
    CYCLES_PER_WORD = 5,  /* of the loader's CRC loop: estimate, to sleep for about the right time */
    UNKNOWN_HZ = 4000000, /* slowest the core is likely to run at when its clock is not ours */
    HALT_LIMIT_MS = 100,
    IWDG_WINR = 0x10, /* offset; the same in STM32U0 and STM32G0, as is the next (RM0503, RM0444) */
    IWDG_RELOAD = 0xAAAA,
    WWDG_CR_WDGA = 1 << 7,
    HARD_EXCEPTIONS_BELOW = 4 /* IPSR 2 NMI, 3 HardFault: the loader could not take its own there */
};

static void tell(const struct session *s, const char *what, uint64_t done, uint64_t total)
{
    if (s->progress.at)
        s->progress.at(s->progress.ctx, what, done, total);
}

/* ---- by reading ---- */

/* The pages [from, to) of the want lie side by side. `bytes` is room for all of them. */
static bool read_run(struct session *s, struct want *w, size_t from, size_t to, uint8_t *bytes, struct err *e)
{
    const uint32_t addr = w->pages[from].addr;

    if (!mem_read(&s->t->mem, addr, bytes, (to - from) * w->page_bytes, e)) {
        look_evidence(&s->look, s->t->device, s->look.sr, s->look.cr, e);
        return err_doing(e, "reading flash at 0x%08" PRIX32, addr);
    }
    for (size_t i = from; i < to; i++)
        work_looked(w, &w->pages[i], bytes + (i - from) * w->page_bytes);
    return true;
}

/* A read that met a double error left its address in ECCR, which cannot be cleared from here without leaving a trace: what is known is
 * the first one only. ADDR_ECC counts double words and may be too narrow for the whole flash: every page it may mean counts. */
static bool mark_damaged(struct session *s, struct want *w, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const struct reg_field *eccd = reg_find_field(f->regs, "ECCD"), *at = reg_find_field(f->regs, "ADDR_ECC");
    uint32_t eccr;

    if (!eccd || !at)
        return true;
    if (!mem_read32(&s->t->mem, f->base + f->eccr, &eccr, e))
        return err_doing(e, "reading flash at 0x%08" PRIX32 ": whether it met an ECC error", w->pages[0].addr);
    if (!(eccr >> eccd->lsb & 1))
        return true;
    for (size_t i = 0; i < w->count; i++) {
        const uint32_t reach = (UINT32_C(1) << at->width) * f->unit_bytes,
                       where = (eccr >> at->lsb) % (UINT32_C(1) << at->width) * f->unit_bytes;
        const uint32_t offset = (w->pages[i].addr - s->t->device->flash_base) % reach;

        if (where >= offset && where < offset + w->page_bytes)
            w->pages[i].damaged = true;
    }
    return true;
}

static bool compare_by_reading(struct session *s, struct want *w, struct err *e)
{
    enum { PAGES_AT_ONCE = 12 }; /* a progress bar's step; the probe splits it further */
    uint8_t *bytes = malloc((size_t)PAGES_AT_ONCE * w->page_bytes);
    bool ok = bytes || err_set(e, ERR_NOMEM, "no memory to read %" PRIu32 " bytes", PAGES_AT_ONCE * w->page_bytes);

    for (size_t i = 0, end; ok && i < w->count; i = end) {
        for (end = i + 1; end < w->count && end - i < PAGES_AT_ONCE && w->pages[end].addr == w->pages[end - 1].addr + w->page_bytes; end++)
            ;
        ok = read_run(s, w, i, end, bytes, e);
        tell(s, "comparing", end, w->count);
    }
    free(bytes);
    return ok && mark_damaged(s, w, e);
}

/* ---- by the loader ---- */

/* One record for each run of pages; then one for each gap, whose results follow those of the pages. */
static uint32_t add_crcs(struct loader *l, const struct want *w, size_t from, size_t to)
{
    uint32_t results = (uint32_t)(to - from);

    for (size_t i = from, end; i < to; i = end) {
        for (end = i + 1; end < to && w->pages[end].addr == w->pages[end - 1].addr + w->page_bytes; end++)
            ;
        loader_add_two(l, RING_CRC, w->page_bytes / 4, w->pages[i].addr, (uint32_t)(end - i), (uint32_t)(i - from));
    }
    for (size_t i = from; i < to; i++)
        if (!w->pages[i].kept)
            loader_add_two(l, RING_CRC, w->pages[i].gap_bytes / 4, w->pages[i].addr + w->pages[i].gap, 1, results++);
    return results;
}

/* Is what nobody asked for blank in there? Either all of the gap's units are, or they hold what is wanted: in both cases the page, which
 * starts out as 0xFF, needs nothing from the target. A gap is made of whole units, so it may hold some bytes that were asked for. */
static bool nothing_to_keep(const struct want_page *p, uint32_t crc)
{
    uint32_t blank = 0;

    for (uint32_t i = 0; i < p->gap_bytes; i++)
        blank = crc32_more(blank, "\xFF", 1);
    return crc == blank || crc == crc32_of(p->bytes + p->gap, p->gap_bytes);
}

static bool keep_gaps(struct session *s, struct want *w, size_t from, size_t to, const uint32_t *pair, struct err *e)
{
    uint8_t *bytes = malloc(w->page_bytes);
    bool ok = bytes || err_set(e, ERR_NOMEM, "no memory for a page");

    for (size_t i = from; i < to && ok; i++) {
        struct want_page *p = &w->pages[i];

        if (p->kept)
            continue;
        memset(bytes, 0xFF, p->gap_bytes);
        if (!nothing_to_keep(p, pair[0]))
            ok = mem_read(&s->t->mem, p->addr + p->gap, bytes, p->gap_bytes, e) ||
                 err_doing(e, "reading the rest of the page at 0x%08" PRIX32, p->addr);
        if (ok)
            want_keep(p, bytes);
        pair += 2;
    }
    free(bytes);
    return ok;
}

/* Pages [from, to) at most as many as fit the ring and the results. The loader runs, or will be started with these records. */
static bool compare_part(struct session *s, struct want *w, size_t from, size_t to, struct err *e)
{
    struct loader *l = &s->loader;
    uint32_t words = 0, results, *pairs;
    bool ok;

    results = add_crcs(l, w, from, to);
    for (size_t i = from; i < to; i++)
        words += (w->page_bytes + w->pages[i].gap_bytes) / 4;
    if (!(l->up ? loader_send(l, e) : loader_start(l, &s->feed, e)) ||
        !loader_wait_idle(l, UINT64_C(1000000) * words * CYCLES_PER_WORD / (s->core_hz ? s->core_hz : UNKNOWN_HZ), e))
        return false;
    pairs = calloc(results, RING_RESULT);
    ok = pairs ? loader_read_results(l, pairs, results, e) : err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " results", results);
    for (size_t i = from; ok && i < to; i++) {
        w->pages[i].now_crc = pairs[2 * (i - from)];
        w->pages[i].damaged = pairs[2 * (i - from) + 1] != 0;
        w->pages[i].looked = true;
    }
    ok = ok && keep_gaps(s, w, from, to, pairs + 2 * (to - from), e);
    free(pairs);
    return ok;
}

static bool compare_by_loader(struct session *s, struct want *w, struct err *e)
{
    struct loader *l = &s->loader;
    /* A page needs at most two results and two records; the ring is larger than that, but for the small one. */
    const size_t fit = (l->ring_end - l->ring_at) / (2 * RING_RECORD_BYTES_MAX) - 1, most = l->results / 2 < fit ? l->results / 2 : fit;

    for (size_t i = 0; i < w->count; i += most) {
        const size_t end = w->count - i < most ? w->count : i + most;

        if (!compare_part(s, w, i, end, e))
            return err_doing(e, "comparing the flash with what it is to hold");
        tell(s, "comparing", end, w->count);
    }
    return true;
}

static uint32_t results_for(const struct want *w) { return (uint32_t)(2 * w->count); }

/* Only what the loader itself could not do is worth another way; a broken link stays broken. */
static bool another_way(const struct err *e) { return e->kind == ERR_FAULT || e->kind == ERR_UNSUPPORTED; }

/* Then it is all to be begun anew, and the loader is not to blame. */
static bool was_reset(struct session *s)
{
    struct err ignored = { 0 };
    uint32_t dhcsr;

    core_status(&s->t->core, &dhcsr, &ignored);
    return s->t->core.reset_seen;
}

static bool compare_taken(struct session *s, struct want *w, struct err *e)
{
    const struct loader_room room = { results_for(w), w->page_bytes, COPY_SLOTS, false };

    if (!s->direct && !s->loader.up) {
        loader_free(&s->loader);
        if (loader_prepare(&s->loader, s->t, &room, e) && compare_by_loader(s, w, e))
            return true;
        if (!another_way(e) || was_reset(s))
            return false;
        memcpy(s->direct_why, e->cause, sizeof s->direct_why);
        *e = (struct err){ 0 };
        s->direct = true;
        loader_free(&s->loader);
        if (!session_take(s, e)) /* whatever the loader did to the core or the controller */
            return false;
    } else if (!s->direct) {
        return compare_by_loader(s, w, e);
    }
    return compare_by_reading(s, w, e);
}

/* ---- borrowing a running or halted application's chip ---- */

enum { WORLD_REGS = 19, WORLD_XPSR = 15, WORLD_WORDS = 6, DFSR_ALL = 0x1F };

struct world { /* everything the loader touches */
    struct core_reg_value regs[WORLD_REGS];
    struct probe_word words[WORLD_WORDS]; /* VTOR, MPU_CTRL, freeze register, IWDG_WINR, WWDG_CR, DFSR */
    struct probe_word crc[5];             /* CR, INIT, POL; CR without reversal, DR */
    uint32_t crc_enable;
    uint8_t *ram;
    size_t ram_bytes;
};

/* The data word after which the CRC unit, standing at `from`, stands at `to`: 32 steps of its register backwards. */
static uint32_t crc_word(uint32_t from, uint32_t to)
{
    const uint32_t polynomial = 0x04C11DB7;

    for (unsigned i = 0; i < 32; i++)
        to = to & 1 ? (to ^ polynomial) >> 1 | 0x80000000 : to >> 1; /* the polynomial is odd: bit 0 tells that it was applied */
    return from ^ to;
}

/* The CRC unit's remainder cannot be written, and writing INIT may or may not load it (RM0444 16.3.3 says it does): so INIT gets its old
 * value first, then a word is fed that makes the remainder what it was. */
static bool put_back(struct session *s, struct world *was, struct err *e)
{
    const struct device *d = s->t->device;
    const uint32_t init = was->crc[1].value, remainder = was->crc[4].value;
    struct probe_word words[] = {
        { d->crc_base + CRC_POL, 0x04C11DB7, true },
        { d->crc_base + CRC_INIT, init, true },
        { d->crc_base + CRC_CR, BITS(CRC_CR_RESET), true },
        { d->crc_base + CRC_DR, crc_word(init, remainder), true },
        { d->crc_base + CRC_POL, was->crc[2].value, true },
        { d->crc_base + CRC_CR, was->crc[0].value, true },
        { d->crc_enable_at, was->crc_enable, true },
        { PPB_BASE + PPB_VTOR, was->words[0].value, true },
        { PPB_BASE + PPB_MPU_CTRL, was->words[1].value, true },
        { PPB_BASE + PPB_DFSR, DFSR_ALL & ~was->words[5].value, true }, /* why the core stands still is what it was; 1 clears */
        { d->freeze_at, was->words[2].value, true },
    };
    const size_t n = sizeof words / sizeof *words - (d->freeze_mask ? 0 : 1);

    return mem_write(&s->t->mem, RING_RAM, was->ram, was->ram_bytes, e) && mem_batch(&s->t->mem, words, n, e) &&
           core_write_regs(&s->t->core, was->regs, WORLD_REGS, e);
}

static bool remember(struct session *s, struct world *was, struct err *e)
{
    static const enum core_reg special[] = { CORE_LR, CORE_PC, CORE_XPSR, CORE_MSP, CORE_PSP, CORE_CFBP };
    const struct device *d = s->t->device;
    struct probe_word enable = { .addr = d->crc_enable_at };

    *was = (struct world){ .words = { { .addr = PPB_BASE + PPB_VTOR },
                                      { .addr = PPB_BASE + PPB_MPU_CTRL },
                                      { .addr = d->freeze_mask ? d->freeze_at : d->crc_enable_at },
                                      { .addr = d->iwdg_base + IWDG_WINR },
                                      { .addr = d->wwdg_base }, /* WWDG_CR */
                                      { .addr = PPB_BASE + PPB_DFSR } },
                           .crc = { { .addr = d->crc_base + CRC_CR },
                                    { .addr = d->crc_base + CRC_INIT },
                                    { .addr = d->crc_base + CRC_POL },
                                    { .addr = d->crc_base + CRC_CR, .write = true },
                                    { .addr = d->crc_base + CRC_DR } } };
    for (unsigned i = 0; i < 13; i++)
        was->regs[i].reg = (enum core_reg)i;
    for (unsigned i = 0; i < sizeof special / sizeof *special; i++)
        was->regs[13 + i].reg = special[i];
    was->ram_bytes = s->loader.ram_end - RING_RAM;
    was->ram = malloc(was->ram_bytes);
    if (!was->ram)
        return err_set(e, ERR_NOMEM, "no memory for the target's RAM");
    if (!core_read_regs(&s->t->core, was->regs, WORLD_REGS, e) || !mem_batch(&s->t->mem, was->words, WORLD_WORDS, e) ||
        !mem_batch(&s->t->mem, &enable, 1, e) || !mem_read(&s->t->mem, RING_RAM, was->ram, was->ram_bytes, e))
        return err_doing(e, "remembering the target's RAM and registers");
    was->crc_enable = enable.value;
    enable.value |= d->crc_enable_mask; /* the CRC unit's registers read 0 without a clock */
    enable.write = true;
    if (!mem_batch(&s->t->mem, &enable, 1, e) || !mem_batch(&s->t->mem, was->crc, 3, e))
        return err_doing(e, "remembering the CRC unit's registers");
    was->crc[3].value = was->crc[0].value & ~BITS(CRC_CR_REV_OUT); /* else DR would be read turned around */
    return mem_batch(&s->t->mem, was->crc + 3, 2, e) || err_doing(e, "remembering the CRC unit's registers");
}

/* The loader must not run in NMI or HardFault, nor while a window watchdog counts: then plain reading does. */
static bool may_borrow(const struct world *was)
{
    const uint32_t ipsr = was->regs[WORLD_XPSR].value & 0x3F;

    return (ipsr == 0 || ipsr >= HARD_EXCEPTIONS_BELOW) && !(was->words[4].value & WWDG_CR_WDGA);
}

static bool run_borrowed(struct session *s, struct want *w, const struct world *was, struct err *e)
{
    const struct device *d = s->t->device;
    struct probe_word freeze = { d->freeze_at, was->words[2].value | d->freeze_mask, true };

    /* Without a window any moment is right for a refresh, and a watchdog that does not run does not mind. */
    s->feed = (struct loader_feed){ { was->words[3].value == 0xFFF ? d->iwdg_base : 0, 0 }, { IWDG_RELOAD, 0 } };
    s->loader.ipsr = was->regs[WORLD_XPSR].value & 0x3F; /* an exception that is active stays so */
    return (!d->freeze_mask || mem_batch(&s->t->mem, &freeze, 1, e)) && compare_by_loader(s, w, e);
}

/* `*done`: the pages are known. Not done, but true: another way is needed. */
static bool borrow(struct session *s, struct want *w, bool *done, struct err *e)
{
    struct world was;
    struct err why = { 0 }, back = { 0 };
    bool ok = remember(s, &was, e);

    if (ok) {
        *done = may_borrow(&was) && run_borrowed(s, w, &was, &why);
        if (s->loader.up)
            ok = core_halt(&s->t->core, HALT_LIMIT_MS, e);
        if (ok && !*done && why.kind && !another_way(&why)) {
            *e = why;
            ok = false;
        }
        if (!put_back(s, &was, &back) && ok) {
            *e = back;
            ok = err_doing(e, "putting the target's RAM and registers back");
        }
    }
    free(was.ram);
    return ok;
}

/* With RAM parity checked, reading what the application has not written yet is an NMI for it (SYSCFG_CFGR2.SPF): its RAM cannot be saved.
 */
static bool ram_may_be_read(const struct session *s)
{
    uint32_t unchecked;

    return !look_field(&s->look, s->chip.device, "RAM_PARITY_CHECK", &unchecked) || unchecked;
}

static bool compare_borrowed(struct session *s, struct want *w, bool *done, struct err *e)
{
    const struct loader_room room = { results_for(w), 0, 0, true };
    struct err why = { 0 };
    bool ok;

    *done = false;
    if (!ram_may_be_read(s) || !loader_prepare(&s->loader, s->t, &room, &why))
        return true; /* too little RAM: read instead */
    ok = s->t->was_halted || core_halt(&s->t->core, HALT_LIMIT_MS, e);
    if (ok) {
        ok = borrow(s, w, done, e);
        if (!s->t->was_halted)
            ok = core_resume(&s->t->core, ok ? e : &why) && ok;
    }
    loader_free(&s->loader);
    s->feed = (struct loader_feed){ 0 };
    return ok;
}

/* ---- */

bool swd_compare(struct session *s, struct want *w, bool borrowing, struct err *e)
{
    bool done = false;

    if (s->taken)
        return compare_taken(s, w, e);
    return (!borrowing || compare_borrowed(s, w, &done, e)) && (done || compare_by_reading(s, w, e));
}

bool session_compare(struct session *s, struct want *w, bool borrowing, struct err *e)
{
    return plan_check_readout(&s->look, s->chip.device, e) && s->road->compare(s, w, borrowing, e);
}

bool session_check(struct session *s, struct want *w, const struct plan_choices *c, struct err *e)
{
    const struct plan_choices choices = work_choices(s, c);
    const struct device *d = s->chip.device;
    struct plan p;
    bool protected_page = false;

    if (!plan_check_readout(&s->look, d, e) || !plan_check_vectors(w, c, e))
        return false;
    for (size_t i = 0; i < w->count; i++)
        protected_page = protected_page || look_wrp(&s->look, d, (w->pages[i].addr - d->flash_base) / w->page_bytes);
    if (!protected_page)
        return true;
    if (!(c->erase || s->road->compare(s, w, false, e)) || !plan_make(&p, w, &s->look, &choices, e))
        return false;
    plan_free(&p);
    return true;
}
