/* undo.c - saves read back. See undo.h; the lines of a save's text are described in docs/flashing.md. */
#include "flash/undo.h"
#include "base/crc32.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_BYTES = 1024,
    TEXT_MAX = 256 * 1024, /* a page has two lines of less than 80 bytes; there is no chip with so many pages */
    CHAIN_MAX = 1000,
};

struct save { /* one text */
    unsigned number, undoes, continues;
    bool done, words;
    char command[32];
    uint32_t before[LOOK_OPTIONS], becomes[LOOK_OPTIONS];
    struct undo_page *pages;
    size_t count, cap;
};

static void save_free(struct save *s)
{
    free(s->pages);
    *s = (struct save){ 0 };
}

/* ---- reading ---- */

static struct undo_page *page_in(struct save *s, uint32_t addr)
{
    size_t i = 0;

    while (i < s->count && s->pages[i].addr < addr)
        i++;
    if (i < s->count && s->pages[i].addr == addr)
        return &s->pages[i];
    if (s->count == s->cap) {
        const size_t cap = s->cap ? 2 * s->cap : 64;
        struct undo_page *more = realloc(s->pages, cap * sizeof *more);

        if (!more)
            return NULL;
        s->pages = more;
        s->cap = cap;
    }
    memmove(&s->pages[i + 1], &s->pages[i], (s->count++ - i) * sizeof *s->pages);
    s->pages[i] = (struct undo_page){ .addr = addr };
    return &s->pages[i];
}

static bool no_memory(struct err *e) { return err_set(e, ERR_NOMEM, "no memory for the list of saved pages"); }

static bool take_line(struct save *s, const struct device *d, const char *line, uint32_t page_bytes, struct err *e)
{
    uint32_t addr, len, was, becomes;
    char word[32];

    if (sscanf(line, "page 0x%" SCNx32 " %" SCNu32 " bytes crc 0x%" SCNx32, &addr, &len, &was) == 3) {
        struct undo_page *p = page_in(s, addr);

        if (!p)
            return no_memory(e);
        if (len != page_bytes)
            return err_set(e, ERR_INPUT, "save %04u is of a chip with other pages", s->number);
        p->saved = s->number;
        p->was = was;
    } else if (sscanf(line, "then page 0x%" SCNx32 " was 0x%" SCNx32 " becomes 0x%" SCNx32, &addr, &was, &becomes) == 3) {
        struct undo_page *p = page_in(s, addr);

        if (!p)
            return no_memory(e);
        if (!p->saved)
            p->was = was;
        p->becomes = becomes;
        p->announced = true;
    } else if (sscanf(line, "then %31[A-Za-z0-9_] = 0x%" SCNx32, word, &becomes) == 2) {
        for (unsigned i = 0; i < LOOK_OPTIONS && d->flash->options[i].name; i++)
            if (strcmp(d->flash->options[i].name, word) == 0)
                s->becomes[i] = becomes;
        s->words = true;
    } else if (strcmp(line, "done") == 0) {
        s->done = true;
    } else if (sscanf(line, "undoes %u", &s->undoes) != 1 && sscanf(line, "continues %u", &s->continues) != 1) {
        sscanf(line, "command %31[^\n]", s->command);
    }
    return true;
}

static char *read_text(const char *path, struct err *e)
{
    FILE *f = fopen(path, "r");
    char *text = f ? malloc(TEXT_MAX) : NULL;
    const size_t n = text ? fread(text, 1, TEXT_MAX - 1, f) : 0;

    if (!f)
        err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    else
        fclose(f);
    if (f && !text)
        err_set(e, ERR_NOMEM, "no memory for a save's text");
    if (text)
        text[n] = '\0';
    return text;
}

static bool save_read(struct save *s, struct store *store, const struct device *d, unsigned number, struct err *e)
{
    char path[PATH_BYTES], *text;
    bool ok;

    *s = (struct save){ .number = number };
    store_text_path(store, number, path, sizeof path);
    text = read_text(path, e);
    ok = text && (option_parse(s->before, d, text, e) || err_doing(e, "reading '%s'", path));
    for (char *line = text, *next; ok && line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        ok = take_line(s, d, line, d->flash->page_bytes, e);
    }
    free(text);
    if (!ok)
        save_free(s);
    return ok;
}

/* ---- which, and from where on ---- */

static struct undo_page *find(struct undo_page *pages, size_t count, uint32_t addr)
{
    for (size_t i = 0; i < count; i++)
        if (pages[i].addr == addr)
            return &pages[i];
    return NULL;
}

/* What the later job found is what the earlier one, cut off, left: each page as it was, as it was to become, blank, or torn while it was
 * in work. Otherwise somebody has been here in between, and the earlier state is no more what this job would go back to. */
static bool explains(const struct save *earlier, const struct save *later, uint32_t blank)
{
    size_t torn = 0;
    bool mass = earlier->count > 0;

    for (size_t i = 0; i < earlier->count; i++)
        mass = mass && earlier->pages[i].announced && earlier->pages[i].becomes == blank;
    for (size_t i = 0; i < later->count; i++) {
        const struct undo_page *l = &later->pages[i], *p = find(earlier->pages, earlier->count, l->addr);

        if (p && l->announced && l->was != p->was && l->was != p->becomes && l->was != blank)
            torn++;
    }
    return mass || torn <= UNDO_TORN_MAX;
}

/* The earlier save's word on each page and option word counts; but what it announced and never came to, the later one may have saved. */
static bool merge(struct save *later, struct save *earlier, uint32_t blank, struct err *e)
{
    for (size_t i = 0; i < earlier->count; i++) {
        const struct undo_page *from = &earlier->pages[i];
        struct undo_page *to = page_in(later, from->addr);
        struct undo_page kept;

        if (!to)
            return no_memory(e);
        kept = *to;
        if (from->saved || from->was == blank || !kept.saved)
            *to = *from;
        to->announced = from->announced || kept.announced;
        to->becomes = kept.announced ? kept.becomes : from->becomes;
    }
    memcpy(later->before, earlier->before, sizeof later->before);
    if (!later->words && earlier->words)
        memcpy(later->becomes, earlier->becomes, sizeof later->becomes);
    later->words = later->words || earlier->words;
    return true;
}

static bool follow(struct save *s, struct store *store, const struct device *d, uint32_t blank, struct err *e)
{
    unsigned next = s->continues;

    for (unsigned n = 0; next && n < CHAIN_MAX; n++) {
        struct save earlier;
        bool ok, goes_on;

        if (!save_read(&earlier, store, d, next, e)) {
            if (e->kind == ERR_NOMEM)
                return false;
            *e = (struct err){ 0 }; /* removed by hand, or damaged: as far as it goes */
            return true;
        }
        goes_on = !earlier.done && explains(&earlier, s, blank);
        next = goes_on ? earlier.continues : 0;
        ok = !goes_on || merge(s, &earlier, blank, e);
        save_free(&earlier);
        if (!ok)
            return false;
    }
    return true;
}

/* An undo of `s` was cut off. What it kept of the flash beside the job is newer than what the job kept; what it announced is to be done. */
static bool finish(struct save *s, const struct save *cut, struct err *e)
{
    for (size_t i = 0; i < cut->count; i++) {
        const struct undo_page *from = &cut->pages[i];
        struct undo_page *to = page_in(s, from->addr);

        if (!to)
            return no_memory(e);
        if (!to->announced && from->saved)
            *to = *from;
        to->announced = to->announced || from->announced;
    }
    return true;
}

static bool read_chain(struct save *s, struct store *store, const struct device *d, unsigned number, uint32_t blank, struct err *e)
{
    if (!save_read(s, store, d, number, e))
        return false;
    if (follow(s, store, d, blank, e))
        return true;
    save_free(s);
    return false;
}

static uint32_t blank_crc(const struct device *d)
{
    uint32_t crc = 0;

    for (uint32_t i = 0; i < d->flash->page_bytes; i++)
        crc = crc32_more(crc, "\xFF", 1);
    return crc;
}

bool undo_find(struct undo *u, struct store *store, const struct device *d, unsigned number, struct err *e)
{
    const uint32_t blank = blank_crc(d);
    const bool newest = number == 0;
    unsigned *list;
    struct save s;
    size_t n;

    *u = (struct undo){ 0 };
    if (!store_list(store, &list, &n, e))
        return false;
    if (newest && n)
        number = list[n - 1];
    free(list);
    if (!number) {
        err_set(e, ERR_INPUT, "there is nothing to undo: no command has saved anything of this chip");
        return err_hint(e, "flash, erase, write, option set and option restore save what they change, unless told --no-save");
    }
    if (!read_chain(&s, store, d, number, blank, e))
        return false;
    if (newest && !s.done && s.undoes) { /* an undo that was cut off is to be finished, not undone */
        struct save cut = s;
        bool ok;

        u->finishing = number;
        number = cut.undoes;
        ok = read_chain(&s, store, d, number, blank, e);
        if (ok && !(ok = finish(&s, &cut, e)))
            save_free(&s);
        save_free(&cut);
        if (!ok)
            return false;
    }
    u->number = number;
    u->interrupted = !s.done || u->finishing;
    memcpy(u->command, s.command, sizeof u->command);
    u->words = s.words;
    memcpy(u->before, s.before, sizeof u->before);
    memcpy(u->becomes, s.becomes, sizeof u->becomes);
    u->pages = s.pages;
    u->count = s.count;
    for (size_t i = 0; i < u->count; i++)
        u->pages[i].blank = u->pages[i].was == blank;
    return true;
}

void undo_free(struct undo *u)
{
    free(u->pages);
    *u = (struct undo){ 0 };
}

/* ---- what is to be put back ---- */

const struct undo_page *undo_page_at(const struct undo *u, uint32_t addr) { return find(u->pages, u->count, addr); }

bool undo_image(const struct undo *u, struct store *store, const struct device *d, bool kept_too, struct image *im, struct err *e)
{
    const uint32_t len = d->flash->page_bytes;
    uint8_t *blank = malloc(len);
    bool ok = blank || no_memory(e);

    *im = (struct image){ .format = "save" };
    if (blank)
        memset(blank, 0xFF, len);
    for (size_t i = 0; ok && i < u->count; i++) {
        const struct undo_page *p = &u->pages[i];
        const uint8_t *bytes;

        if (!(p->announced || kept_too) || (!p->saved && !p->blank))
            continue; /* not saved although not blank: the command never came to it */
        bytes = p->saved ? store_page(store, p->saved, p->addr, len, p->was, e) : blank;
        ok = bytes && image_add(im, p->addr, bytes, len, e);
    }
    free(blank);
    if (!ok)
        image_free(im);
    return ok;
}

bool undo_words_differ(const struct undo *u, const struct look *l, const struct device *d)
{
    for (unsigned i = 0; u->words && i < l->options; i++)
        if ((u->before[i] ^ l->option[i]) & d->flash->options[i].writable)
            return true;
    return u->words && look_options_damaged(l, d);
}

bool undo_page_is_foreign(const struct undo *u, uint32_t addr, uint32_t now_crc)
{
    const struct undo_page *p = undo_page_at(u, addr);

    return !u->interrupted && p && p->announced && now_crc != p->was && now_crc != p->becomes;
}

bool undo_words_are_foreign(const struct undo *u, const struct look *l, const struct device *d)
{
    bool as_before = true, as_after = true;

    for (unsigned i = 0; i < l->options; i++) {
        as_before = as_before && !((u->before[i] ^ l->option[i]) & d->flash->options[i].writable);
        as_after = as_after && !((u->becomes[i] ^ l->option[i]) & d->flash->options[i].writable);
    }
    return u->words && !u->interrupted && !as_before && !as_after;
}
