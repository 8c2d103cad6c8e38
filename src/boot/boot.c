/* boot.c - see boot.h.
 *
 * No register is within reach of the host here, so nothing says why an operation failed but the ROM's status; a write to a protected page
 * is accepted and silently not done (AN2606). Hence: protection is read first, and everything written is read back. */
#include "boot/boot.h"
#include "base/bytes.h"
#include "flash/work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACK_LIMIT_MS = 3000,       /* estimate: option loading, reset, and the 241 ms that the ROM needs to enumerate (AN2606) */
    UNPROTECT_LIMIT_MS = 45000, /* the same with a mass erase before it, which takes old parts half a minute */
    PEEK_BYTES = 64,            /* one packet */
    OPTIONS_MAX = 512,
    IDENTITY_MAX = 128,
};

static struct boot *boot_of(const struct session *s) { return s->way; }

/* ---- opening ---- */

/* Size and unique id lie in the engineering bytes, which the ROM lists as a memory. What cannot be read stays unknown. */
static bool read_identity(struct boot *b, struct err *e)
{
    const struct device *d = b->d.device;
    const struct layout_span *span = layout_span_at(&b->d.memory[0].layout, d->flash_base);
    const uint32_t listed = span ? layout_reach(&b->d.memory[0].layout, d->flash_base) : d->flash_bytes_max;
    const uint32_t first = d->uid_at < d->flash_kib_at ? d->uid_at : d->flash_kib_at,
                   last = d->uid_at < d->flash_kib_at ? d->flash_kib_at + 2 : d->uid_at + (uint32_t)sizeof b->chip.uid;
    uint8_t bytes[IDENTITY_MAX];
    struct err why = { 0 };

    /* The layout names the largest die of its kind; the register knows (bootloader strings of smaller parts are the same). */
    b->chip.flash_bytes = listed && listed < d->flash_bytes_max ? listed : d->flash_bytes_max;
    /* Both lie close together: one address, which some ROMs want a tenth of a second for. */
    if (last - first <= sizeof bytes && dfuse_memory_at(&b->d, first, last - first) &&
        dfuse_read(&b->d, first, bytes, last - first, &why)) {
        const uint32_t size = get_le16(bytes + (d->flash_kib_at - first)) * UINT32_C(1024);

        memcpy(b->chip.uid, bytes + (d->uid_at - first), sizeof b->chip.uid);
        b->chip.uid_read = true;
        b->chip.flash_size_read = size && size <= d->flash_bytes_max;
        if (b->chip.flash_size_read)
            b->chip.flash_bytes = size;
    }
    b->locked = why.kind == ERR_LOCKED;
    if (why.kind && why.kind != ERR_LOCKED && why.kind != ERR_FAULT) {
        *e = why;
        return false;
    }
    return true;
}

static bool name_it(struct boot *b, struct err *e)
{
    if (b->d.device)
        return true;
    err_set(e, ERR_UNSUPPORTED, "sector0 does not know a chip with such a bootloader");
    for (unsigned i = 0; i < b->d.memories; i++)
        err_seen(e, "memory %u: '%.150s'", b->d.memory[i].alternate, b->d.memory[i].text);
    return err_hint(e, "`sector0 dfu upload` and `download` work without knowing it");
}

bool boot_open(struct boot *b, struct usb_device *usb, struct err *e)
{
    *b = (struct boot){ 0 };
    if (!dfuse_open(&b->d, usb, e))
        return false;
    b->chip = (struct road_chip){ .device = b->d.device, .clock = usb->clock };
    if (name_it(b, e) && read_identity(b, e))
        return true;
    boot_close(b);
    return false;
}

static void forget(struct boot *b)
{
    free(b->seen);
    b->seen = NULL;
    b->seen_of = NULL;
}

void boot_close(struct boot *b)
{
    forget(b);
    dfuse_close(&b->d);
}

/* ---- looking ---- */

static bool dfu_look(struct session *s, struct look *l, struct err *e)
{
    const struct device *d = s->chip.device;
    uint8_t block[OPTIONS_MAX];

    *l = (struct look){ .words_only = true };
    if (d->dfu.options_bytes > sizeof block)
        return err_set(e, ERR_BUG, "an option block of %" PRIu32 " bytes", d->dfu.options_bytes);
    if (!dfuse_read(&boot_of(s)->d, d->dfu.options_at, block, d->dfu.options_bytes, e))
        return err_doing(e, "reading the option words");
    for (; l->options < LOOK_OPTIONS && d->flash->options[l->options].name; l->options++)
        l->option[l->options] = get_le32(block + (d->flash->base + d->flash->options[l->options].offset - d->dfu.options_at));
    return true;
}

static bool dfu_read(struct session *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    return dfuse_read(&boot_of(s)->d, addr, bytes, len, e);
}

/* Calls that tell how far it is: one for each block. */
struct moving {
    struct session *s;
    const char *what;
    uint64_t done, total;
};

static void moved(void *ctx, size_t bytes)
{
    struct moving *m = ctx;

    m->done += bytes;
    work_tell(m->s, m->what, m->done, m->total);
}

static void tell_moves(struct boot *b, struct moving *m)
{
    b->d.moved = m ? moved : NULL;
    b->d.moved_ctx = m;
}

static bool read_pages(struct session *s, struct want *w, struct err *e)
{
    struct boot *const b = boot_of(s);
    bool ok = true;

    for (size_t i = 0, end; ok && i < w->count; i = end) {
        for (end = i + 1; end < w->count && w->pages[end].addr == w->pages[end - 1].addr + w->page_bytes; end++)
            ;
        ok = dfuse_read(&b->d, w->pages[i].addr, b->seen + i * w->page_bytes, (end - i) * w->page_bytes, e) ||
             err_doing(e, "reading flash at 0x%08" PRIX32, w->pages[i].addr);
        for (size_t k = i; ok && k < end; k++)
            work_looked(w, &w->pages[k], b->seen + k * w->page_bytes);
    }
    return ok;
}

/* As far as it is known, the page may be what is wanted, or blank. */
static bool may_be_either(const struct want_page *p, const uint8_t *now, uint32_t known)
{
    uint32_t i = 0;

    while (i < known && now[i] == 0xFF)
        i++;
    return i == known || memcmp(now, p->bytes, known) == 0;
}

/* Block by block, and no further than to the first difference. `hasty`: that is likely to come soon, so look at a packet first. */
static bool peek_at_page(struct session *s, const struct want *w, struct want_page *p, uint8_t *now, bool hasty, struct err *e)
{
    const uint32_t block = boot_of(s)->d.dfu.transfer_bytes;
    uint32_t from = 0, end = hasty && p->kept && block > PEEK_BYTES ? PEEK_BYTES : block;

    for (;;) {
        end = end < w->page_bytes ? end : w->page_bytes;
        if (!dfuse_read(&boot_of(s)->d, p->addr + from, now + from, end - from, e))
            return err_doing(e, "reading flash at 0x%08" PRIX32, p->addr + from);
        if (p->kept && !may_be_either(p, now, end)) {
            p->looked = p->differs = true;
            return true;
        }
        if (end == w->page_bytes)
            break;
        from = end < block ? 0 : end; /* the packet once more, with the rest of its block */
        end = from + block;
    }
    work_looked(w, p, now);
    return true;
}

static bool peek_at_pages(struct session *s, struct want *w, struct err *e)
{
    bool hasty = false;

    for (size_t i = 0; i < w->count; i++) {
        w->pages[i].differs = false;
        if (!peek_at_page(s, w, &w->pages[i], boot_of(s)->seen, hasty, e))
            return false;
        hasty = w->pages[i].differs;
        work_tell(s, "comparing", i + 1, w->count);
    }
    return true;
}

static bool dfu_compare(struct session *s, struct want *w, bool borrowing, struct err *e)
{
    struct moving m = { s, "comparing", 0, w->count * w->page_bytes };
    struct boot *const b = boot_of(s);
    bool ok;

    (void)borrowing; /* no code of ours runs on the chip */
    forget(b);
    b->seen = malloc(w->count * w->page_bytes);
    if (!b->seen)
        return err_set(e, ERR_NOMEM, "no memory to read %zu pages", w->count);
    if (s->taken && !s->store)
        return peek_at_pages(s, w, e);
    tell_moves(b, &m);
    ok = read_pages(s, w, e);
    tell_moves(b, NULL);
    b->seen_of = w;
    return ok;
}

/* ---- changing ---- */

static bool dfu_take(struct session *s, struct err *e)
{
    if (!dfu_to_idle(&boot_of(s)->d.dfu, e))
        return false;
    s->taken = true;
    return true;
}

static bool save_pages(struct session *s, const struct plan *p, struct err *e)
{
    const struct boot *const b = boot_of(s);

    for (size_t i = 0; i < p->want->count; i++) {
        const struct plan_page *page = &p->pages[i];

        if (!page->save || page->in_store)
            continue;
        if (b->seen_of != p->want)
            return err_set(e, ERR_BUG, "a page is to be saved that was not looked at");
        if (!work_keep(s, page, b->seen + i * p->want->page_bytes, e))
            return false;
    }
    return true;
}

/* Steps of one kind whose bytes lie side by side, from `i` on, are one run. */
static size_t run_end(const struct plan *p, size_t i, uint32_t *len)
{
    size_t end = i + 1;

    *len = p->steps[i].len;
    while (end < p->steps_count && p->steps[end].kind == p->steps[i].kind &&
           p->steps[end].addr == p->steps[end - 1].addr + p->steps[end - 1].len) {
        *len += p->steps[end].len;
        end++;
    }
    return end;
}

static bool program_run(struct session *s, const struct plan *p, size_t from, size_t to, uint8_t *bytes, uint32_t len, struct err *e)
{
    for (size_t i = from, at = 0; i < to; at += p->steps[i].len, i++)
        memcpy(bytes + at, p->steps[i].bytes, p->steps[i].len);
    s->units += len / s->chip.device->flash->unit_bytes;
    if (!dfuse_write(&boot_of(s)->d, p->steps[from].addr, bytes, len, e))
        return err_doing(e, "programming 0x%08" PRIX32 "..0x%08" PRIX32, p->steps[from].addr, p->steps[from].addr + len - 1);
    return true;
}

static bool check_run(struct session *s, const struct plan *p, size_t from, size_t to, uint8_t *now, uint32_t len, struct err *e)
{
    if (!dfuse_read(&boot_of(s)->d, p->steps[from].addr, now, len, e))
        return err_doing(e, "reading back 0x%08" PRIX32, p->steps[from].addr);
    for (size_t i = from, at = 0; i < to; at += p->steps[i].len, i++)
        if (!work_same(&p->steps[i], now + at, e))
            return err_seen(e, "the bootloader reported no error: it tells of none where a page is write-protected");
    return true;
}

static bool erase(struct session *s, const struct plan_step *step, struct err *e)
{
    s->touched = true;
    if (!(step->kind == STEP_ERASE ? dfuse_erase_page(&boot_of(s)->d, step->addr, e) : dfuse_erase_all(&boot_of(s)->d, e)))
        return false;
    s->erases++;
    return true;
}

static bool run_steps(struct session *s, const struct plan *p, bool all, uint8_t *bytes, struct moving *m, struct err *e)
{
    bool ok = true;

    for (size_t i = 0, end; ok && i < p->steps_count; i = end) {
        const struct plan_step *step = &p->steps[i];
        uint32_t len = step->len;

        end = i + 1;
        switch (step->kind) {
        case STEP_ERASE:
        case STEP_ERASE_ALL: ok = (step->spare && !all) || erase(s, step, e); break;
        case STEP_PROGRAM:
            s->touched = true;
            end = run_end(p, i, &len);
            m->what = "programming";
            ok = program_run(s, p, i, end, bytes, len, e);
            break;
        case STEP_READ_BACK:
            end = run_end(p, i, &len);
            m->what = "verifying";
            ok = check_run(s, p, i, end, bytes, len, e);
            break;
        case STEP_DISARM:
        case STEP_SET_EMPTY:
        case STEP_CLEAR_EMPTY:
        case STEP_CHECK: ok = err_set(e, ERR_BUG, "a step that the bootloader cannot do"); break;
        }
        if (!ok) {
            s->failed.known = true;
            s->failed.kind = step->kind;
            s->failed.addr = step->addr;
        }
    }
    return ok;
}

/* Flash that reads as blank and is not: programmed with ones, or erased badly. The erases that were spared may help. */
static bool may_help(const struct plan *p, const struct err *e)
{
    return p->steps_count && p->steps[0].spare && (e->kind == ERR_FAULT || e->kind == ERR_VERIFY);
}

static bool dfu_execute(struct session *s, const struct plan *p, struct err *e)
{
    struct moving m = { s, "erasing", 0, 0 };
    uint32_t longest = 1;
    uint8_t *bytes;
    bool ok;

    for (size_t i = 0, end; i < p->steps_count; i = end) {
        uint32_t len;

        end = run_end(p, i, &len);
        longest = len > longest && p->steps[i].kind != STEP_ERASE_ALL ? len : longest;
        m.total += p->steps[i].kind == STEP_PROGRAM || p->steps[i].kind == STEP_READ_BACK ? len : 0;
    }
    bytes = malloc(longest);
    if (!bytes)
        return err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", longest);
    ok = save_pages(s, p, e);
    tell_moves(boot_of(s), &m);
    ok = ok && run_steps(s, p, false, bytes, &m, e);
    if (!ok && may_help(p, e)) {
        *e = (struct err){ 0 };
        s->failed.known = false;
        m.done = 0;
        ok = run_steps(s, p, true, bytes, &m, e);
    }
    tell_moves(boot_of(s), NULL);
    free(bytes);
    return ok;
}

/* The chip resets itself while it is asked how it goes: that it does not answer any more is the expected end. */
static bool went_away(struct boot *b, bool answered, struct err *e)
{
    if (!answered && e->kind != ERR_NODEV && e->kind != ERR_IO && e->kind != ERR_TIMEOUT)
        return false;
    *e = (struct err){ 0 };
    b->d.pointed = false;
    return true;
}

static bool dfu_write_options(struct session *s, const uint32_t *wanted, struct err *e)
{
    const struct device *d = s->chip.device;
    struct boot *b = boot_of(s);
    uint8_t block[OPTIONS_MAX];
    struct err gone = { 0 };

    /* The whole block is written (AN2606), so what is not ours in it goes back as it was read. */
    if (!dfuse_read(&b->d, d->dfu.options_at, block, d->dfu.options_bytes, e))
        return err_doing(e, "reading the option block before writing it");
    for (unsigned i = 0; i < s->look.options; i++)
        put_le32(block + (d->flash->base + d->flash->options[i].offset - d->dfu.options_at), wanted[i]);
    s->touched = true;
    if (!went_away(b, dfuse_write_block(&b->d, d->dfu.options_at, block, d->dfu.options_bytes, e), e))
        return err_doing(e, "writing the option words");
    s->taken = false;
    if (dfuse_comes_back(&b->d, BACK_LIMIT_MS, &gone))
        return name_it(b, e) && dfu_look(s, &s->look, e);
    if (gone.kind != ERR_NODEV) {
        *e = gone;
        return err_doing(e, "opening the bootloader again after the option words were written");
    }
    b->d.gone = true; /* the application runs: what it has loaded cannot be seen from here */
    s->unchecked = true;
    return true;
}

static bool dfu_finish(struct session *s, bool run, struct err *e)
{
    struct boot *b = boot_of(s);

    if (b->d.gone)
        return true;
    return run ? dfuse_leave(&b->d, s->chip.device->flash_base, e) : dfu_to_idle(&b->d.dfu, e);
}

static const char *dfu_abandon(struct session *s)
{
    struct dfu *const d = &boot_of(s)->d.dfu;

    if (!d->lost)
        dfu_to_idle(d, &(struct err){ 0 });
    if (s->erases == 0 && s->units == 0)
        return NULL;
    return "the flash was changed before this failed, and the chip waits in its bootloader: the same command again finishes the job. Do "
           "not "
           "reset it before that: the ROM has cleared EMPTY, so a reset would start erased flash; after a power cycle the bootloader comes "
           "up again";
}

const struct road road_dfu = {
    .name = "dfu",
    .registers = false,
    .stays = "waiting in its bootloader",
    .look = dfu_look,
    .read = dfu_read,
    .take = dfu_take,
    .compare = dfu_compare,
    .execute = dfu_execute,
    .write_options = dfu_write_options,
    .finish = dfu_finish,
    .abandon = dfu_abandon,
};

bool boot_unprotect(struct boot *b, bool *back, struct err *e)
{
    struct err gone = { 0 };

    if (!went_away(b, dfuse_unprotect(&b->d, e), e))
        return false;
    *back = dfuse_comes_back(&b->d, UNPROTECT_LIMIT_MS, &gone);
    if (!*back && gone.kind != ERR_NODEV) {
        *e = gone;
        return false;
    }
    b->d.gone = !*back;
    return !*back || (name_it(b, e) && read_identity(b, e));
}
