/* program.c - see program.h. */
#include "doctor/program.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 64, /* compared around a place: estimate, a function or most of one */
    WANTED_MAX = 64,
};

/* ---- which file ---- */

static const char *const endings[] = { ".elf", ".axf", ".out" };
enum { ENDINGS = sizeof endings / sizeof *endings };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool program_elf_of(const char *image, char *path, size_t cap)
{
    const char *dot = strrchr(base_name(image), '.');
    const int stem = dot ? (int)(dot - image) : (int)strlen(image);

    for (size_t i = 0; i < ENDINGS; i++)
        if (dot && strcasecmp(dot, endings[i]) == 0)
            return (size_t)snprintf(path, cap, "%s", image) < cap;
    for (size_t i = 0; i < ENDINGS; i++)
        if ((size_t)snprintf(path, cap, "%.*s%s", stem, image, endings[i]) < cap && access(path, R_OK) == 0)
            return true;
    return false;
}

bool program_open(struct program *p, const char *path, struct err *e)
{
    snprintf(p->name, sizeof p->name, "%.79s", base_name(path));
    return (p->symbols = symbols_open(path, e));
}

void program_of_image(struct program *p, const char *image)
{
    char path[1040];
    struct err ignored = { 0 };
    struct stat at;

    if (!program_elf_of(image, path, sizeof path) || (stat(path, &at) == 0 && !S_ISREG(at.st_mode)))
        return; /* raw bytes, without a program beside them; or what would keep us waiting */
    p->found = true;
    program_open(p, path, &ignored);
}

void program_find(struct program *p, const struct store *store)
{
    char image[1024];

    if (!p->name[0] && store_flashed_last(store, image, sizeof image))
        program_of_image(p, image);
}

void program_close(struct program *p)
{
    symbols_close(p->symbols);
    *p = (struct program){ 0 };
}

/* ---- the addresses ---- */

struct wanted {
    uint32_t addr[WANTED_MAX];
    unsigned count;
};

static void want(struct wanted *w, uint32_t addr)
{
    for (unsigned i = 0; i < w->count; i++)
        if (w->addr[i] == addr)
            return;
    if (w->count < WANTED_MAX)
        w->addr[w->count++] = addr;
}

/* Where the core is or was. */
static void want_core(struct wanted *w, const struct evidence *v)
{
    uint32_t pc;

    if (ev_pc(v, &pc))
        want(w, pc);
    if (v->stack_last)
        want(w, v->stack_last & ~1u);
    if (v->frame_read) {
        want(w, v->frame[6]);
        want(w, v->frame[5] & ~1u);
    }
    if (v->regs_read)
        want(w, v->r[14] & ~1u);
    for (unsigned i = 0; i < v->samples; i++)
        want(w, v->sample[i].pcsr);
}

static void want_vectors(struct wanted *w, const struct evidence *v)
{
    for (unsigned i = 1; i < 16 && v->vectors_read; i++)
        want(w, v->vector[i] & ~1u);
}

/* ---- is it the one? ---- */

static void compare(const struct symbols *s, struct evidence *v, uint32_t addr, const uint8_t *bytes, size_t len)
{
    uint32_t differs_at;
    const size_t same = symbols_same(s, addr, bytes, len, &differs_at);

    if (same == SYMBOLS_DIFFER) {
        v->program_differs = true;
        v->program_differs_at = differs_at;
    } else if (same) {
        v->program_compared = true;
    }
}

static bool compare_block(const struct symbols *s, struct evidence *v, struct target *t, uint32_t addr, struct err *e)
{
    const struct region *r = device_region(v->device, addr, 1);
    uint8_t bytes[BLOCK_BYTES];
    bool read;

    addr &= ~(uint32_t)(BLOCK_BYTES - 1);
    if (!r || r->kind != REGION_FLASH)
        return true;
    if (!evidence_read(v, t, addr, bytes, sizeof bytes, &read, e))
        return false;
    if (read)
        compare(s, v, addr, bytes, sizeof bytes);
    return true;
}

static bool compare_all(const struct symbols *s, struct evidence *v, struct target *t, const struct wanted *core, struct err *e)
{
    uint8_t vectors[4 * EV_VECTORS];

    for (unsigned i = 0; i < EV_VECTORS; i++)
        put_le32(vectors + 4 * i, v->vector[i]);
    if (v->vectors_read)
        compare(s, v, v->device->flash_base, vectors, sizeof vectors);
    for (unsigned i = 0; i < core->count && !v->program_differs; i++) {
        bool seen = false; /* that block was compared already */

        for (unsigned k = 0; k < i; k++)
            seen = seen || core->addr[k] / BLOCK_BYTES == core->addr[i] / BLOCK_BYTES;
        if (!seen && !compare_block(s, v, t, core->addr[i], e))
            return false;
    }
    return true;
}

/* ---- names ---- */

static void name(struct evidence *v, const struct symbols *s, uint32_t addr)
{
    struct ev_place *p = &v->place[v->places];

    if (v->places < EV_PLACES && symbols_place(s, addr, p->text, sizeof p->text)) {
        p->addr = addr;
        v->places++;
    }
}

bool program_name_places(const struct program *p, struct evidence *v, struct target *t, struct err *e)
{
    struct wanted w = { .count = 0 };

    snprintf(v->program, sizeof v->program, "%s", p->name);
    v->program_found = p->found;
    v->program_lost = p->name[0] && !p->symbols;
    if (!p->symbols || v->reach != REACH_CHIP)
        return true;
    want_core(&w, v);
    if (!v->cut_short && !compare_all(p->symbols, v, t, &w, e))
        return false;
    if (p->found && (v->program_differs || !v->program_compared))
        return true;
    want_vectors(&w, v);
    v->elf = true;
    v->ram_used_to = symbols_ram_end(p->symbols);
    for (unsigned i = 0; i < w.count; i++)
        name(v, p->symbols, w.addr[i]);
    return true;
}

const char *program_text(const struct evidence *v, char *text, size_t cap)
{
    char differs[60] = "";

    if (v->program_differs)
        snprintf(differs, sizeof differs, "flash differs from it at 0x%08" PRIX32, v->program_differs_at);
    if (!v->program[0])
        text[0] = '\0';
    else if (v->program_lost)
        snprintf(text, cap, "not known: %s, flashed last, cannot be read any more", v->program);
    else if (v->elf)
        snprintf(text, cap, "%s%s%s%s", v->program, v->program_found ? ", flashed last" : "", differs[0] ? "; names may be wrong: " : "",
                 differs);
    else if (differs[0])
        snprintf(text, cap, "not known: %s was flashed last, and %s", v->program, differs);
    else
        snprintf(text, cap, "not known: %s was flashed last, and nothing of it could be compared", v->program);
    return text;
}
