/* compat_st_flash.c - what erases and programs: -w -e -fillmemory, through the flash engine like any command of sector0.
 *
 * When it fails, ST's line for the phase comes first: an erase that is refused is "failed to erase memory", a page that was erased and
 * could not be programmed is "failed to download  Sector[n]" (n counts the segments of the file, as ST's tool does). */
#include "base/bytes.h"
#include "cli/compat_st.h"
#include "cli/doctoring.h"
#include "flash/carry.h"
#include "flash/start.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILL_MAX = 16 * 1024 * 1024 };

/* ---- words ----------------------------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *back = strrchr(path, '\\');

    if (back && (!slash || back > slash))
        slash = back;
    return slash ? slash + 1 : path;
}

static bool has_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), k = strlen(ending);

    return n > k && strcasecmp(name + n - k, ending) == 0;
}

/* A file that knows its own addresses: ST's tool does not mind an address beside it. Nor do we, but say so. */
static bool read_image(struct st_job *job, struct err *e)
{
    struct err own = { 0 };

    if (image_read_file(&job->image, job->file, IMAGE_AUTO, job->has_addr, job->addr, e)) {
        job->image_read = true;
        return true;
    }
    if (e->kind != ERR_USAGE || !job->has_addr || !image_read_file(&job->image, job->file, IMAGE_AUTO, false, 0, &own)) {
        if (e->kind == ERR_USAGE && !job->has_addr)
            err_hint(e, "say where it goes: %s %.80s 0x08000000", job->spelled, job->file);
        return false;
    }
    *e = (struct err){ 0 };
    job->image_read = true;
    job->simple = true; /* the address is not used */
    return true;
}

bool st_read_write(struct st_job *job, struct err *e)
{
    job->file = job->word[0];
    if (has_ending(job->file, ".tsv") || has_ending(job->file, ".stm32"))
        return err_set(e, ERR_UNSUPPORTED, "%.80s: layouts of microprocessors (.tsv, .stm32) are not supported", base_name(job->file));
    for (unsigned i = 1; i < job->words; i++) {
        if (strcasecmp(job->word[i], "incremental") == 0)
            continue; /* sector0 never writes pages that are right already */
        if (job->has_addr)
            return err_set(e, ERR_UNSUPPORTED, "'%.40s': partition ids belong to microprocessors", job->word[i]);
        if (!cli_number(job->word[i], &job->addr, e))
            return false;
        job->has_addr = true;
    }
    return true;
}

bool st_read_verify(struct st_job *job, struct err *e)
{
    job->simple = job->words == 1;
    return !job->simple || strcasecmp(job->word[0], "fast") == 0 || err_set(e, ERR_USAGE, "'%.40s': fast is all it takes", job->word[0]);
}

static bool add_range(struct st_job *job, uint32_t first, uint32_t last, struct err *e)
{
    if (job->ranges && job->range[job->ranges - 1].last != UINT32_MAX && job->range[job->ranges - 1].last + 1 == first) {
        job->range[job->ranges - 1].last = last;
        return true;
    }
    if (job->ranges == ST_RANGES)
        return err_set(e, ERR_USAGE, "more than %d separate ranges of pages", ST_RANGES);
    job->range[job->ranges].first = first;
    job->range[job->ranges++].last = last;
    return true;
}

/* "all", "0 1 2", "[0 5]"; brackets may stand alone or touch their numbers. */
bool st_read_erase(struct st_job *job, struct err *e)
{
    uint32_t in_bracket[2], number;
    unsigned inside = 0;
    bool open = false;

    if (strcasecmp(job->word[0], "all") == 0) {
        job->all = true;
        return job->words == 1 || err_set(e, ERR_USAGE, "'all' is all: '%.40s' is too much", job->word[1]);
    }
    for (unsigned i = 0; i < job->words; i++) {
        char text[24];
        const char *word = job->word[i];
        size_t len;
        bool closes;

        if (strcasecmp(word, "ed1") == 0 || strcasecmp(word, "ed2") == 0)
            return err_set(e, ERR_UNSUPPORTED, "%s is not supported: these chips have no data EEPROM", word);
        if (word[0] == '[') {
            if (open)
                return err_set(e, ERR_USAGE, "a second '[' before ']'");
            open = true;
            inside = 0;
            word++;
        }
        len = strlen(word);
        closes = len > 0 && word[len - 1] == ']';
        len -= closes;
        if (len >= sizeof text)
            return err_set(e, ERR_USAGE, "'%.40s' is no page number", job->word[i]);
        memcpy(text, word, len);
        text[len] = '\0';
        if (len > 0) {
            if (!cli_number(text, &number, e))
                return false;
            if (open && inside == 2)
                return err_set(e, ERR_USAGE, "a range is [FIRST LAST]");
            if (open)
                in_bracket[inside++] = number;
            else if (!add_range(job, number, number, e))
                return false;
        }
        if (closes) {
            if (!open || inside != 2 || in_bracket[1] < in_bracket[0])
                return err_set(e, ERR_USAGE, "a range is [FIRST LAST], with FIRST not above LAST");
            if (!add_range(job, in_bracket[0], in_bracket[1], e))
                return false;
            open = false;
        }
    }
    return !open || err_set(e, ERR_USAGE, "']' is missing");
}

bool st_read_fill(struct st_job *job, struct err *e)
{
    bool size = false, pattern = false;
    uint32_t bits = 32;

    for (unsigned i = 0; i < job->words; i++) {
        const char *w = job->word[i];
        bool ok;

        if (strncasecmp(w, "size=", 5) == 0)
            ok = size = cli_number(w + 5, &job->size, e);
        else if (strncasecmp(w, "pattern=", 8) == 0)
            ok = pattern = cli_number(w + 8, &job->pattern, e);
        else if (strncasecmp(w, "dataWidth=", 10) == 0)
            ok = cli_number(w + 10, &bits, e);
        else if (!job->has_addr)
            ok = job->has_addr = cli_number(w, &job->addr, e);
        else
            return err_set(e, ERR_USAGE, "'%.40s' is not understood", w);
        if (!ok)
            return false;
    }
    if (!size || !pattern || job->size == 0 || job->size > FILL_MAX)
        return err_set(e, ERR_USAGE, "size= (up to 16 MiB) and pattern= are needed");
    if (bits != 8 && bits != 16 && bits != 32)
        return err_set(e, ERR_USAGE, "dataWidth= is 8, 16 or 32");
    job->width = bits / 8;
    if (job->width < 4 && job->pattern >> bits)
        return err_set(e, ERR_USAGE, "pattern=0x%" PRIX32 " does not fit into %" PRIu32 " bits", job->pattern, bits);
    if (job->size % job->width || (job->has_addr && job->addr % job->width))
        return err_set(e, ERR_USAGE, "address and size are to be multiples of %u bytes", job->width);
    return true;
}

/* ---- one piece of work with the engine ------------------------------------------------------------------------------------------- */

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct st *st = ctx;

    if (strcmp(what, "programming") == 0 && total && done < total)
        st_bar(st, done, total);
}

static void show_note(void *ctx, const char *text) { st_warn(ctx, "%s", text); }

bool st_begin_work(struct st *st, struct err *e)
{
    struct flashing *f = &st->f;
    struct err no_place;

    f->choices.any_vectors = true; /* as ST's tool: what the file says is programmed; st_warn tells */
    if (!flashing_begin(f, &st->cli, e)) {
        if (e->kind != ERR_IO || f->s.look.options == 0)
            return false;
        no_place = *e;
        *e = (struct err){ 0 };
        flashing_clear(f);
        f->choices.any_vectors = f->choices.no_save = true;
        if (!flashing_begin(f, &st->cli, e))
            return false;
        st_warn(st, "what is overwritten is not kept for undo: %s", no_place.cause);
    }
    f->s.progress = (struct flash_progress){ show_progress, show_note, st };
    st->ours = true;
    return true;
}

bool st_end_work(struct st *st, bool ok, const struct err *e)
{
    if (!ok)
        st->left = session_abandon(&st->f.s);
    if (!ok)
        doctoring_after(&st->cli, &st->f, e);
    flashing_clear(&st->f);
    return ok;
}

bool st_is_flash(const struct st *st, uint32_t addr, uint32_t len)
{
    const struct target *t = &st->f.t;

    return addr >= t->device->flash_base && addr - t->device->flash_base < t->flash_bytes &&
           len <= t->flash_bytes - (addr - t->device->flash_base);
}

static uint32_t page_of(const struct st *st, uint32_t addr)
{
    return (addr - st->f.t.device->flash_base) / st->f.t.device->flash->page_bytes;
}

/* "[0 33]", as runs of neighbours. */
static void print_sectors(struct st *st, const struct plan *p)
{
    for (size_t i = 0; i < p->want->count; i++) {
        uint32_t first, last;

        if (!p->pages[i].write)
            continue;
        first = last = page_of(st, p->pages[i].want->addr);
        while (i + 1 < p->want->count && p->pages[i + 1].write && page_of(st, p->pages[i + 1].want->addr) == last + 1)
            last++, i++;
        if (first == last)
            st_print(st, "Erasing internal memory sector %" PRIu32 "\n", first);
        else
            st_print(st, "Erasing internal memory sectors [%" PRIu32 " %" PRIu32 "]\n", first, last);
    }
}

/* A page that would have to be erased, with --skipErase. */
static bool may_erase(void *ctx, const struct plan *p, struct err *e)
{
    const struct st *st = ctx;

    for (size_t i = 0; st->line->skip_erase && i < p->want->count; i++)
        if (p->pages[i].write && p->pages[i].reason != PLAN_BLANK)
            return err_set(e, ERR_REFUSED, "page %" PRIu32 " is not blank, and --skipErase forbids to erase it",
                           page_of(st, p->pages[i].want->addr));
    return true;
}

static bool carry(struct st *st, bool all, bool (*planned)(void *ctx, const struct plan *p, struct err *e), struct err *e)
{
    struct flashing *f = &st->f;
    const struct carry c = {
        .command = "STM32_Programmer_CLI", .choices = &f->choices, .file = f->file, .all = all, .planned = planned, .ctx = st
    };

    return session_check(&f->s, &f->want, &f->choices, e) && carry_flash(&f->s, &f->want, &f->plan, &c, e);
}

bool st_program(struct st *st, const struct image *image, struct err *e)
{
    struct flashing *f = &st->f;

    return st_begin_work(st, e) && want_from_image(&f->want, f->t.device, f->t.flash_bytes, image, e) && carry(st, false, may_erase, e);
}

/* ---- -w -------------------------------------------------------------------------------------------------------------------------- */

/* Nothing was erased yet, or the erase itself was refused. */
static bool failed_while_erasing(const struct session *s)
{
    return s->failed.known ? s->failed.kind == STEP_ERASE || s->failed.kind == STEP_ERASE_ALL : s->erases == 0;
}

static unsigned segment_at(const struct image *image, uint32_t addr)
{
    unsigned n = 0;

    while (n + 1 < image->count && addr >= image->segments[n + 1].addr)
        n++;
    return n;
}

static bool tell_download_failed(struct st *st, const struct image *image)
{
    const struct session *s = &st->f.s;

    if (failed_while_erasing(s))
        return st_failed(st, "failed to erase memory");
    st_failed(st, "failed to download  Sector[%u]", s->failed.known ? segment_at(image, s->failed.addr) : 0);
    return st_failed(st, "failed to download the File");
}

static bool begin_download(void *ctx, const struct plan *p, struct err *e)
{
    struct st *st = ctx;

    if (!may_erase(st, p, e))
        return false;
    st_print(st, "\n");
    if (p->writes) {
        st_print(st, "Erasing memory corresponding to sector %u:\n", 0);
        print_sectors(st, p);
    }
    st_print(st, "Download in Progress:\n");
    st->bar_shown = 0;
    return true;
}

static bool download_flash(struct st *st, const struct image *image, struct err *e)
{
    struct flashing *f = &st->f;

    if (!st_begin_work(st, e) || !want_from_image(&f->want, f->t.device, f->t.flash_bytes, image, e)) {
        st_failed(st, "failed to download the File");
        return false;
    }
    if (!carry(st, false, begin_download, e))
        return tell_download_failed(st, image);
    st_bar(st, 1, 1);
    return true;
}

static bool in_ram(const struct st *st, const struct segment *s)
{
    const struct region *r = device_region(st->f.t.device, s->addr, s->len);

    return r && r->kind == REGION_RAM;
}

static bool download_ram(struct st *st, const struct image *image, struct err *e)
{
    for (size_t i = 0; i < image->count; i++)
        if (st->usb && in_ram(st, &image->segments[i])) {
            err_set(e, ERR_UNSUPPORTED, "over USB only flash can be written, and a part of the file is for RAM");
            return st_failed(st, "failed to download the File");
        } else if (in_ram(st, &image->segments[i]) &&
                   !mem_write(&st->f.t.mem, image->segments[i].addr, image->segments[i].bytes, image->segments[i].len, e)) {
            target_explain_fault(&st->f.t, image->segments[i].addr, e);
            st_failed(st, "failed to download  Sector[%zu]", i);
            return st_failed(st, "failed to download the File");
        }
    return true;
}

/* The application cannot start: known beforehand, so it is said. */
static void warn_of_vectors(struct st *st, const struct image *image)
{
    const struct target *t = &st->f.t;
    const struct segment *s = image->count ? &image->segments[0] : NULL;
    char why[ERR_TEXT];

    if (s && s->addr == t->device->flash_base && s->len >= 8 &&
        start_vectors(t->device, t->flash_bytes, get_le32(s->bytes), get_le32(s->bytes + 4), why) != START_YES)
        st_warn(st, "the application will not start: %s", why);
}

static void print_file(struct st *st, const struct st_job *job, const struct image *image)
{
    char size[40];
    uint32_t first;
    uint64_t end;

    image_extent(image, &first, &end);
    st_print(st, "\nMemory Programming ...\n");
    st_print(st, "Opening and parsing file: %s\n", base_name(job->file));
    st_print(st, "  File          : %s\n", base_name(job->file));
    st_print(st, "  Size          : %s\n", st_size(size, sizeof size, image_size(image)));
    st_print(st, "  Address       : 0x%08" PRIX32 "\n", first);
    if (image->note[0])
        st_print(st, "  Note          : %s\n", image->note);
    if (job->simple)
        st_warn(st, "the address 0x%08" PRIX32 " is not used: the file carries its own", job->addr);
}

static bool tell_unreadable(struct st *st, const struct st_job *job)
{
    st_print(st, "\nOpening and parsing file: %s\n", base_name(job->file));
    return st_failed(st, "failed to download the File");
}

bool st_read_files(struct st *st, struct st_line *line, struct err *e)
{
    bool written_here = false;

    for (unsigned i = 0; i < line->jobs; i++) {
        written_here = written_here || line->job[i].option->run == st_upload;
        if (line->job[i].option->run == st_write && !written_here && !read_image(&line->job[i], e))
            return tell_unreadable(st, &line->job[i]);
    }
    return true;
}

bool st_write(struct st *st, struct st_job *job, struct err *e)
{
    struct image flash = { 0 };
    uint64_t began_us = st_now_us(st);
    bool ok = job->image_read || read_image(job, e);

    ok = ok && image_check_ids(&job->image, 0x0483, 0xDF11, 0xFFFF, e);
    if (!ok)
        return tell_unreadable(st, job);
    print_file(st, job, &job->image);
    warn_of_vectors(st, &job->image);
    for (size_t i = 0; ok && i < job->image.count; i++)
        if (!in_ram(st, &job->image.segments[i]))
            ok = image_add(&flash, job->image.segments[i].addr, job->image.segments[i].bytes, job->image.segments[i].len, e);
    st->f.file = job->file;
    if (ok && flash.count)
        ok = st_end_work(st, download_flash(st, &flash, e), e);
    st->f.file = NULL; /* what an erase or a fill leaves is from no file */
    ok = ok && download_ram(st, &job->image, e);
    image_free(&flash);
    if (!ok)
        return false;
    st->last = &job->image;
    st_print(st, "\nFile download complete\n");
    st_elapsed(st, "Time elapsed during download operation", began_us);
    st_print(st, "\n");
    return true;
}

/* ---- -e -------------------------------------------------------------------------------------------------------------------------- */

static bool erase_span(struct st *st, uint32_t addr, uint32_t len, bool all, struct err *e)
{
    struct flashing *f = &st->f;

    if (!st_begin_work(st, e) || !plan_check_readout(&f->s.look, f->t.device, e) ||
        !want_blank(&f->want, f->t.device, f->t.flash_bytes, addr, len, e))
        return false;
    f->choices.erase = true;
    return carry(st, all, NULL, e);
}

static bool erase_all(struct st *st, struct err *e)
{
    const uint64_t began_us = st_now_us(st);

    st_print(st, "Mass erase ...\n\n");
    if (!st_end_work(st, erase_span(st, st->f.t.device->flash_base, st->f.t.flash_bytes, true, e), e))
        return st_failed(st, "Mass erase operation failed. Please verify flash protection");
    st_print(st, "Mass erase successfully achieved\n");
    st_elapsed(st, "Time elapsed during erase operation", began_us);
    return true;
}

bool st_erase(struct st *st, struct st_job *job, struct err *e)
{
    const uint32_t page = st->f.t.device->flash->page_bytes, count = st->f.t.flash_bytes / page;

    st->last = NULL;
    if (job->all)
        return erase_all(st, e);
    for (unsigned i = 0; i < job->ranges; i++)
        if (job->range[i].last >= count) {
            err_set(e, ERR_USAGE, "there is no sector %" PRIu32 ": this flash has 0..%" PRIu32, job->range[i].last, count - 1);
            return st_failed(st, "failed to erase memory");
        }
    for (unsigned i = 0; i < job->ranges; i++) {
        const uint32_t first = job->range[i].first, last = job->range[i].last;

        if (first == last)
            st_print(st, "Erasing internal memory sector %" PRIu32 "\n", first);
        else
            st_print(st, "Erasing internal memory sectors [%" PRIu32 " %" PRIu32 "]\n", first, last);
        if (!st_end_work(st, erase_span(st, st->f.t.device->flash_base + first * page, (last - first + 1) * page, false, e), e))
            return st_failed(st, "failed to erase memory");
    }
    st_print(st, "Sector erase operation achieved successfully\n");
    return true;
}

/* ---- -fillmemory ----------------------------------------------------------------------------------------------------------------- */

bool st_fill(struct st *st, struct st_job *job, struct err *e)
{
    const uint32_t addr = job->has_addr ? job->addr : st->f.t.device->flash_base;
    uint8_t *bytes;
    struct image image = { 0 };
    bool ok;

    st_print(st, "Filling memory operation:\n");
    st_print(st, "  Start address          : 0x%08" PRIX32 "\n", addr);
    st_print(st, "  Size                   : %" PRIu32 " Bytes\n", job->size);
    st_print(st, "  Data value             : 0x%0*" PRIX32 "\n", (int)job->width * 2, job->pattern);
    st_print(st, "  Filling data size      : %u Bits\n", job->width * 8);
    if ((uint64_t)addr + job->size > UINT64_C(0x100000000))
        return err_set(e, ERR_USAGE, "that reaches beyond 0xFFFFFFFF") || st_failed(st, "failed to fill memory");
    bytes = malloc(job->size);
    if (!bytes)
        return err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", job->size);
    for (uint32_t i = 0; i < job->size; i++)
        bytes[i] = (uint8_t)(job->pattern >> 8 * (i % job->width));
    if (st_is_flash(st, addr, job->size))
        ok = image_add(&image, addr, bytes, job->size, e) && st_end_work(st, st_program(st, &image, e), e);
    else if (st->usb)
        ok = err_set(e, ERR_UNSUPPORTED, "over USB only flash can be written");
    else
        ok = mem_write(&st->f.t.mem, addr, bytes, job->size, e) || target_explain_fault(&st->f.t, addr, e);
    free(bytes);
    image_free(&image);
    if (!ok)
        return st_failed(st, "failed to fill memory");
    st_print(st, "The filling memory operation achieved successfully\n");
    return true;
}
