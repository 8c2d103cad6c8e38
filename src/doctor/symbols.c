/* symbols.c - see symbols.h. The headers are checked by image/elf.c before libelf and libdw see the file. */
#include "doctor/symbols.h"
#include "image/image.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct function {
    uint32_t at, bytes;
    const char *name; /* in the file's bytes */
};

struct symbols {
    uint8_t *file;
    size_t len;
    struct image image; /* what is loaded */
    Elf *elf;
    Dwarf *dwarf; /* NULL: no line numbers */
    struct function *functions;
    size_t count;
    uint32_t ram_end;
};

enum { FILE_MAX = 256 << 20 };

static bool read_file(struct symbols *s, const char *path, struct err *e)
{
    FILE *f = fopen(path, "rb");
    size_t cap = 0, n;

    if (!f)
        return err_set(e, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    do {
        uint8_t *more = realloc(s->file, cap += 1 << 20);

        if (!more || cap > FILE_MAX) {
            fclose(f);
            s->file = more ? more : s->file;
            return err_set(e, ERR_NOMEM, "no memory for '%s'", path);
        }
        s->file = more;
        n = fread(s->file + s->len, 1, cap - s->len, f);
        s->len += n;
    } while (n > 0);
    n = (size_t)ferror(f);
    fclose(f);
    return n == 0 || err_set(e, ERR_IO, "cannot read '%s'", path);
}

static bool add_function(struct symbols *s, const GElf_Sym *sym, const char *name)
{
    if (s->count % 256 == 0) {
        struct function *more = realloc(s->functions, (s->count + 256) * sizeof *more);

        if (!more)
            return false;
        s->functions = more;
    }
    s->functions[s->count++] = (struct function){ (uint32_t)sym->st_value & ~1u, (uint32_t)sym->st_size, name };
    return true;
}

/* What linker scripts call the end of .bss: ST's, newlib's, and ours. */
static bool is_ram_end(const char *name)
{
    static const char *const names[] = { "_ebss", "__bss_end__", "_end", "end", "__bss_end", "bss_end", "image_bss_end" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool read_table(struct symbols *s, Elf_Scn *section, const GElf_Shdr *h)
{
    Elf_Data *data = elf_getdata(section, NULL);
    const size_t count = h->sh_entsize ? h->sh_size / h->sh_entsize : 0;

    for (size_t i = 0; data && i < count; i++) {
        const char *name;
        GElf_Sym sym;

        if (!gelf_getsym(data, (int)i, &sym))
            break; /* behind the last one, whatever the header says */
        if (!(name = elf_strptr(s->elf, h->sh_link, sym.st_name)) || !name[0] || name[0] == '$')
            continue;
        if (GELF_ST_TYPE(sym.st_info) == STT_FUNC && !add_function(s, &sym, name))
            return false;
        if (is_ram_end(name) && sym.st_value > s->ram_end && sym.st_value <= UINT32_MAX)
            s->ram_end = (uint32_t)sym.st_value;
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    const struct function *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static bool read_symbols(struct symbols *s, struct err *e)
{
    Elf_Scn *section = NULL;
    GElf_Shdr h;

    while ((section = elf_nextscn(s->elf, section)))
        if (gelf_getshdr(section, &h) && h.sh_type == SHT_SYMTAB && !read_table(s, section, &h))
            return err_set(e, ERR_NOMEM, "no memory for symbols");
    if (s->count)
        qsort(s->functions, s->count, sizeof *s->functions, by_address);
    return true;
}

static bool take_file(struct symbols *s, struct err *e)
{
    if (image_parse_elf(&s->image, s->file, s->len, e)) {
        elf_version(EV_CURRENT);
        s->elf = elf_memory((char *)s->file, s->len);
        if (!s->elf)
            err_set(e, ERR_INPUT, "libelf does not take this file");
        else if (read_symbols(s, e))
            s->dwarf = dwarf_begin_elf(s->elf, DWARF_C_READ, NULL);
    }
    return e->kind == ERR_NONE;
}

struct symbols *symbols_open(const char *path, struct err *e)
{
    struct symbols *s = calloc(1, sizeof *s);

    if (!s)
        err_set(e, ERR_NOMEM, "no memory for symbols");
    else if (!(read_file(s, path, e) && take_file(s, e))) {
        err_doing(e, "reading the program's symbols from '%s'", path);
        symbols_close(s);
        s = NULL;
    }
    return s;
}

struct symbols *symbols_from(const uint8_t *bytes, size_t len, struct err *e)
{
    struct symbols *s = calloc(1, sizeof *s);

    if (!s || !(s->file = malloc(len + 1)))
        err_set(e, ERR_NOMEM, "no memory for symbols");
    else {
        if (len)
            memcpy(s->file, bytes, len);
        s->len = len;
        if (take_file(s, e))
            return s;
    }
    symbols_close(s);
    return NULL;
}

void symbols_close(struct symbols *s)
{
    if (!s)
        return;
    dwarf_end(s->dwarf);
    elf_end(s->elf);
    image_free(&s->image);
    free(s->functions);
    free(s->file);
    free(s);
}

/* The line of `addr`, from whatever compilation unit has one: `aranges` may be missing, so all are asked. */
static bool find_line(const struct symbols *s, uint32_t addr, const char **file, int *line)
{
    Dwarf_Off off = 0, next;
    size_t header;

    for (; s->dwarf && dwarf_nextcu(s->dwarf, off, &next, &header, NULL, NULL, NULL) == 0; off = next) {
        Dwarf_Die die;
        Dwarf_Line *found;

        if (!dwarf_offdie(s->dwarf, off + header, &die) || dwarf_haspc(&die, addr) <= 0 || !(found = dwarf_getsrc_die(&die, addr)))
            continue;
        *file = dwarf_linesrc(found, NULL, NULL);
        return *file && dwarf_lineno(found, line) == 0;
    }
    return false;
}

bool symbols_place(const struct symbols *s, uint32_t addr, char *text, size_t cap)
{
    const struct function *f = NULL;
    const char *file;
    int n, line;

    for (size_t i = 0; i < s->count && s->functions[i].at <= addr; i++)
        if (addr - s->functions[i].at < s->functions[i].bytes || (s->functions[i].bytes == 0 && addr - s->functions[i].at < 0x1000))
            f = &s->functions[i];
    if (!f)
        return false;
    n = addr == f->at ? snprintf(text, cap, "%.60s", f->name) : snprintf(text, cap, "%.60s+0x%" PRIX32, f->name, addr - f->at);
    if (n > 0 && (size_t)n < cap && find_line(s, addr, &file, &line)) {
        const char *base = strrchr(file, '/');

        snprintf(text + n, cap - (size_t)n, " (%.60s:%d)", base ? base + 1 : file, line);
    }
    return true;
}

size_t symbols_same(const struct symbols *s, uint32_t addr, const uint8_t *bytes, size_t len, uint32_t *differs_at)
{
    size_t same = 0;

    for (size_t i = 0; i < s->image.count; i++) {
        const struct segment *g = &s->image.segments[i];

        for (size_t k = g->addr > addr ? g->addr - addr : 0; k < len && addr + (uint32_t)k - g->addr < g->len; k++, same++)
            if (bytes[k] != g->bytes[addr + (uint32_t)k - g->addr]) {
                *differs_at = addr + (uint32_t)k;
                return SYMBOLS_DIFFER;
            }
    }
    return same;
}

uint32_t symbols_ram_end(const struct symbols *s) { return s->ram_end; }
