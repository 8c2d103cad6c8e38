/* deciding.c - see deciding.h. */
#include "doctor/deciding.h"
#include "base/bytes.h"
#include "device/regs/cortexm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAID = 200,
    NRST_LOW_US = 20000,
    AFTER_RESET_US = 30000, /* option loading and start-up: estimate */
    PATTERN_BYTES = 1024,
    PATTERN_ROUNDS = 4,
    READ_STEP = 1024,
    PROGRAM_LIMIT_MS = 50,
};

static uint32_t field_mask(const struct reg_block *block, const char *name)
{
    const struct reg_field *f = block ? reg_find_field(block, name) : NULL;

    return f ? UINT32_C(1) << f->lsb : 0;
}

/* The chip may be in reset, and its debug port with it: a few tries. */
static bool read_again(struct session *s, uint32_t addr, uint32_t *value, struct err *e)
{
    for (unsigned i = 0; i < 10; i++) {
        *e = (struct err){ 0 };
        if (mem_read32(&s->t->mem, addr, value, e))
            return true;
        if (e->kind == ERR_INTERRUPTED)
            return false;
        clock_sleep_us(s->t->clock, 5000);
        struct err ignored = { 0 };
        s->t->probe->ops->connect(s->t->probe, &ignored);
    }
    return false;
}

/* ---- nrst ---- */

static bool test_nrst(struct session *s, struct evidence *v, char *said, struct err *e)
{
    const struct device *d = s->t->device;
    const uint32_t rmvf = field_mask(d->rcc_regs, "RMVF"), pin = field_mask(d->rcc_regs, "PINRSTF");
    struct probe *p = s->t->probe;
    uint32_t csr, cleared;

    if (!rmvf || !pin || !mem_read32(&s->t->mem, d->reset_flags_at, &csr, e) ||
        !mem_write32(&s->t->mem, d->reset_flags_at, csr | rmvf, e) || !mem_read32(&s->t->mem, d->reset_flags_at, &cleared, e))
        return false;
    if (cleared & pin)
        return err_set(e, ERR_FAULT, "the reset flags cannot be cleared") || err_seen(e, "RCC_CSR=0x%08" PRIX32, cleared);
    if (cleared & rmvf)
        mem_write32(&s->t->mem, d->reset_flags_at, cleared & ~rmvf, e);
    if (!p->ops->nrst(p, true, e))
        return false;
    clock_sleep_us(s->t->clock, NRST_LOW_US);
    if (!p->ops->nrst(p, false, e))
        return false;
    clock_sleep_us(s->t->clock, AFTER_RESET_US);
    if (!read_again(s, d->reset_flags_at, &csr, e))
        return false;
    v->test_nrst = csr & pin ? 1 : 2;
    target_leave(s->t, false);
    snprintf(said, SAID, "RCC_CSR=0x%08" PRIX32 " after the pulse: %s", csr,
             csr & pin ? "NRST reaches the chip" : "the pulse did not reach the chip");
    return true;
}

/* ---- speed ---- */

static bool pattern_holds(struct session *s, uint32_t at, uint32_t seed)
{
    uint8_t wrote[PATTERN_BYTES], read[PATTERN_BYTES];
    struct err ignored = { 0 };

    for (uint32_t i = 0; i < PATTERN_BYTES; i += 4) { /* xorshift32 */
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        put_le32(wrote + i, seed);
    }
    return mem_write(&s->t->mem, at, wrote, sizeof wrote, &ignored) && mem_read(&s->t->mem, at, read, sizeof read, &ignored) &&
           memcmp(wrote, read, sizeof read) == 0;
}

/* From the fastest down; the first that is good through all rounds is the answer. */
static void sweep(struct session *s, struct evidence *v)
{
    static const unsigned khz[] = { 4000, 1800, 950, 480, 240, 100 };
    struct probe *p = s->t->probe;
    struct err ignored = { 0 };

    for (size_t i = 0; i < sizeof khz / sizeof *khz; i++) {
        unsigned actual = khz[i];
        bool good = p->ops->set_speed(p, khz[i], &actual, &ignored) && p->ops->connect(p, &ignored);

        for (unsigned round = 0; good && round < PATTERN_ROUNDS; round++)
            good = pattern_holds(s, s->t->device->loader_ram, 0x2545F491u + round);
        if (good) {
            v->test_speed_good = actual;
            break;
        }
        v->test_speed_bad = actual;
    }
    v->test_speed = v->test_speed_bad ? 2 : 1;
}

static bool test_speed(struct session *s, struct evidence *v, char *said, struct err *e)
{
    const uint32_t at = s->t->device->loader_ram;
    struct probe *p = s->t->probe;
    const unsigned was_khz = p->speed_khz;
    uint8_t kept[PATTERN_BYTES];
    bool ok;

    /* What is to be put back must have been read right: slowly. */
    if (!p->ops->set_speed(p, 100, NULL, e) || !p->ops->connect(p, e) || !core_halt(&s->t->core, 500, e) ||
        !mem_read(&s->t->mem, at, kept, sizeof kept, e))
        return false;
    sweep(s, v);
    ok = p->ops->set_speed(p, 100, NULL, e) && p->ops->connect(p, e) && mem_write(&s->t->mem, at, kept, sizeof kept, e);
    ok = (s->t->was_halted || core_resume(&s->t->core, e)) && ok;
    ok = p->ops->set_speed(p, v->test_speed_good && v->test_speed_good < was_khz ? v->test_speed_good : was_khz, NULL, e) &&
         p->ops->connect(p, e) && ok;
    if (v->test_speed == 1)
        snprintf(said, SAID, "RAM holds a pattern at %u kHz", v->test_speed_good);
    else
        snprintf(said, SAID, "RAM loses a pattern at %u kHz, holds it at %u kHz", v->test_speed_bad, v->test_speed_good);
    return ok;
}

/* ---- write ---- */

/* The last page that is blank, so that nothing of anybody's is touched. */
static bool find_blank(struct session *s, const struct evidence *v, uint32_t *at, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    uint8_t *page = malloc(f->page_bytes);
    bool ok = page || err_set(e, ERR_NOMEM, "no memory for a page");

    (void)v;
    for (uint32_t n = s->t->flash_bytes / f->page_bytes; ok && n-- > 1;) {
        bool blank = look_wrp(&s->look, s->t->device, n) == NULL;

        *at = s->t->device->flash_base + n * f->page_bytes;
        if (!blank)
            continue;
        ok = mem_read(&s->t->mem, *at, page, f->page_bytes, e);
        for (uint32_t i = 0; ok && i < f->page_bytes; i++)
            blank = blank && page[i] == 0xFF;
        if (ok && blank) {
            free(page);
            return true;
        }
    }
    free(page);
    if (ok) {
        err_set(e, ERR_REFUSED, "no page is blank and unprotected: there is nowhere to try");
        err_hint(e, "`sector0 flash FILE` is the better test then");
    }
    return false;
}

/* Busy bits gone, within a page's erase time. */
static bool settle(struct session *s, uint32_t *sr, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const uint64_t end = clock_now_us(s->t->clock) + (uint64_t)f->limit.erase_ms * 1000;

    do {
        if (!mem_read32(&s->t->mem, f->base + f->sr, sr, e))
            return false;
    } while ((*sr & f->sr_busy) && clock_now_us(s->t->clock) < end);
    return true;
}

/* The link broke between programming and erasing: more than a test without an answer. */
static bool left_behind(uint32_t page, struct err *e)
{
    if (e->kind == ERR_FAULT || e->kind == ERR_REFUSED)
        e->kind = ERR_IO;
    return err_hint(
        e, "the test's 8 bytes may still be in page %" PRIu32 ", which was blank: `sector0 erase --pages %" PRIu32 "` takes them away",
        page, page);
}

/* Erase, lock, and look: is it blank again? */
static bool wipe(struct session *s, uint32_t at, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const uint32_t page = (at - s->t->device->flash_base) / f->page_bytes;
    struct probe_word words[] = { { f->base + f->cr, 0, true },
                                  { f->base + f->sr, f->sr_clear, true },
                                  { f->base + f->cr, f->cr_per | page << f->cr_pnb_lsb | f->cr_strt, true } };
    uint32_t sr, now[2];

    if (!mem_batch(&s->t->mem, words, 3, e) || !settle(s, &sr, e) || !mem_write32(&s->t->mem, f->base + f->cr, 0, e) ||
        !mem_write32(&s->t->mem, f->base + f->cr, f->cr_lock, e) || !mem_read(&s->t->mem, at, now, sizeof now, e))
        return false;
    return (now[0] & now[1]) == UINT32_MAX || err_set(e, ERR_FAULT, "page %" PRIu32 " was not erased again", page);
}

/* The same; if the controller will not, half a double word for one, once more after a reset: then the firmware starts again. */
static bool wipe_surely(struct session *s, uint32_t at, bool *started, struct err *e)
{
    *started = false;
    if (wipe(s, at, e))
        return true;
    if (e->kind == ERR_NODEV || e->kind == ERR_INTERRUPTED)
        return false;
    *e = (struct err){ 0 };
    *started = true;
    return session_take(s, e) && session_unlock(s, false, e) && wipe(s, at, e) && session_finish(s, true, e);
}

/* Keys, two words, erase again, lock: as loader-less as can be, and without a reset, so that what only a reset cures shows. */
static bool try_write(struct session *s, struct evidence *v, uint32_t at, bool *started, char *said, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    const uint32_t page = (at - s->t->device->flash_base) / f->page_bytes;
    const uint32_t value[2] = { 0x5EC70B0A, 0xA5A5A5A5 };
    struct probe_word keys[] = { { f->base + f->keyr, f->key[0], true }, { f->base + f->keyr, f->key[1], true } };
    struct probe_word word[] = {
        { f->base + f->sr, f->sr_clear, true }, { f->base + f->cr, f->cr_pg, true }, { at, value[0], true }, { at + 4, value[1], true }
    };
    struct err ignored = { 0 };
    uint32_t cr, sr = 0, back[2] = { 0, 0 };

    if (!mem_read32(&s->t->mem, f->base + f->cr, &cr, e))
        return false;
    if (cr & f->cr_lock)
        mem_batch(&s->t->mem, keys, 2, &ignored); /* a locked-out controller answers with a bus error: that is what we want to see */
    if (!mem_read32(&s->t->mem, f->base + f->cr, &cr, e))
        return false;
    if (cr & f->cr_lock) {
        v->test_write = 3;
        snprintf(said, SAID, "FLASH_CR stays locked after both keys (0x%08" PRIX32 ")", cr);
        return true;
    }
    ignored = (struct err){ 0 };
    if ((!mem_batch(&s->t->mem, word, 4, &ignored) && ignored.kind != ERR_FAULT) || !settle(s, &sr, &ignored)) {
        *e = ignored;
        ignored = (struct err){ 0 };
        if (e->kind == ERR_NODEV || e->kind == ERR_INTERRUPTED || !wipe_surely(s, at, started, &ignored))
            left_behind(page, e);
        return false;
    }
    v->op_sr = sr;
    mem_read(&s->t->mem, at, back, 8, &ignored);
    v->test_write = !(sr & (f->sr_errors | f->sr_busy)) && memcmp(back, value, 8) == 0 ? 1 : 2;
    if (v->test_write == 2) {
        v->op_failed = v->op_at = v->op_sr_read = true;
        snprintf(v->op, sizeof v->op, "program");
        v->op_addr = at;
        err_set(&v->op_err, sr & f->sr_errors ? ERR_FAULT : ERR_VERIFY, "a double word at 0x%08" PRIX32 " would not be programmed", at);
    }
    if (!wipe_surely(s, at, started, e))
        return left_behind(page, e);
    snprintf(said, SAID, "a double word at 0x%08" PRIX32 " (page %" PRIu32 ", blank): %s%s; FLASH_SR=0x%08" PRIX32, at, page,
             v->test_write == 1 ? "programmed, read back and erased again" : "not programmed", *started ? ", after a reset" : "", sr);
    return true;
}

static bool test_write(struct session *s, struct evidence *v, char *said, struct err *e)
{
    struct err first = { 0 };
    uint32_t at = 0;
    bool ok, started = false;

    if (look_rdp_level(&s->look, s->t->device) != 0) {
        err_set(e, ERR_REFUSED, "readout protection closes the flash: nothing to try");
        return false;
    }
    if (!core_halt(&s->t->core, 500, e))
        return false;
    ok = find_blank(s, v, &at, &first) && try_write(s, v, at, &started, said, &first);
    if (!started && !s->t->was_halted && !core_resume(&s->t->core, ok ? e : &(struct err){ 0 }) && ok)
        return false;
    if (!ok)
        *e = first;
    return ok;
}

/* ---- empty ---- */

static bool test_empty(struct session *s, struct evidence *v, char *said, struct err *e)
{
    const struct flash_facts *f = s->t->device->flash;
    uint32_t acr, first[2];
    struct err ignored = { 0 };

    if (!session_take(s, e) || !session_unlock(s, true, e))
        return false;
    mem_write32(&s->t->mem, f->base + f->cr, f->cr_obl_launch, &ignored); /* the chip is gone while this is on the wire */
    s->taken = s->unlocked = s->froze = false;
    target_leave(s->t, false);
    clock_sleep_us(s->t->clock, AFTER_RESET_US);
    if (!read_again(s, f->base + f->acr, &acr, e) || !mem_read(&s->t->mem, s->t->device->flash_base, first, 8, e))
        return false;
    v->test_empty = !(acr & f->acr_empty) == !(first[0] == UINT32_MAX && first[1] == UINT32_MAX) ? 1 : 2;
    snprintf(said, SAID, "loaded anew: ACR.EMPTY=%d, the first words are 0x%08" PRIX32 " 0x%08" PRIX32, (acr & f->acr_empty) != 0, first[0],
             first[1]);
    return true;
}

/* ---- read ---- */

static bool test_read(struct session *s, struct evidence *v, char *said, struct err *e)
{
    const uint32_t base = s->t->device->flash_base;
    uint8_t bytes[READ_STEP];
    uint32_t eccr;

    for (uint32_t at = base; at < base + s->t->flash_bytes; at += READ_STEP) {
        struct err why = { 0 };

        if (mem_read(&s->t->mem, at, bytes, sizeof bytes, &why))
            continue;
        if (why.kind != ERR_FAULT) {
            *e = why;
            return false;
        }
        for (uint32_t k = at; k < at + READ_STEP; k += 8)
            if (!mem_read(&s->t->mem, k, bytes, 8, &why)) {
                v->test_read = 2;
                v->test_bad_addr = k;
                snprintf(said, SAID, "the double word at 0x%08" PRIX32 " cannot be read", k);
                return true;
            }
    }
    /* Some reads of a damaged double word come back as numbers: the controller keeps where the first was (RM0503 FLASH_ECCR). */
    if (!mem_read32(&s->t->mem, s->t->device->flash->base + s->t->device->flash->eccr, &eccr, e))
        return false;
    if (eccr & field_mask(s->t->device->flash->regs, "ECCD")) {
        const struct reg_field *at = reg_find_field(s->t->device->flash->regs, "ADDR_ECC");

        v->test_read = 2;
        v->test_bad_addr = base + 8 * (eccr & ((1u << at->width) - 1));
        snprintf(said, SAID, "the double word at 0x%08" PRIX32 " cannot be corrected (FLASH_ECCR=0x%08" PRIX32 ")", v->test_bad_addr, eccr);
        return true;
    }
    v->test_read = 1;
    snprintf(said, SAID, "all %" PRIu32 " KiB of flash can be read", s->t->flash_bytes / 1024);
    return true;
}

const struct deciding_test deciding_tests[] = {
    // clang-format off
    { "read", "reads every double word of flash; where one is damaged, a running program takes an NMI", "is there an ECC error anywhere?", test_read },
    { "speed", "halts the core, writes a pattern into 1 KiB of RAM at several SWD clocks, and puts RAM and core back", "how fast are these wires good for?", test_speed },
    { "write", "halts the core, programs 8 bytes in a blank page, and erases that page again; no reset before", "does the controller take keys and data as it stands?", test_write },
    { "nrst", "clears the reset flags, and pulses NRST for 20 ms: the firmware starts again", "does NRST reach the chip?", test_nrst },
    { "empty", "has the option bytes loaded again: the firmware starts again", "is ACR.EMPTY right after a fresh look?", test_empty },
    { 0 },
    // clang-format on
};

const struct deciding_test *deciding_find(const char *id)
{
    for (const struct deciding_test *t = deciding_tests; t->id; t++)
        if (strcmp(t->id, id) == 0)
            return t;
    return NULL;
}
