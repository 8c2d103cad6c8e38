/* store.c - the saves there are: finding them, reading pages from them, forgetting old ones. See store.h; new ones: store_write.c. */
#include "base/crc32.h"
#include "flash/store_parts.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FNV-1a, 64 bits: tells the boards of one UID apart. */
static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);

    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001B3);
    return h;
}

struct store *store_open(const char *dir, const struct store_key *key, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    int n;

    if (!s) {
        err_set(e, ERR_NOMEM, "no memory for the save store");
        return NULL;
    }
    s->hex = -1;
    snprintf(s->chip, sizeof s->chip, "%s", key->chip);
    snprintf(s->board, sizeof s->board, "%s", key->board ? key->board : "");
    if (key->uid)
        for (int i = 0; i < 12; i++)
            sprintf(s->uid + 2 * i, "%02X", key->uid[i]);
    else
        strcpy(s->uid, "unknown");
    n = key->board ? snprintf(s->dir, sizeof s->dir, "%s/%s-%016" PRIx64, dir, s->uid, hash_of(key->board))
                   : snprintf(s->dir, sizeof s->dir, "%s/%s", dir, s->uid);
    if (n < 0 || (size_t)n > sizeof s->dir - 32) {
        err_set(e, ERR_IO, "the path of the save store is too long");
        free(s);
        return NULL;
    }
    return s;
}

const char *store_path(const struct store *s) { return s->number ? s->path : NULL; }
size_t store_pages(const struct store *s) { return s->pages; }

/* ---- files ---- */

void store_file(const struct store *s, unsigned number, const char *ending, char path[STORE_PATH])
{
    snprintf(path, STORE_PATH, "%.*s/%04u.%s", STORE_PATH - 32, s->dir, number, ending);
}

bool store_io_error(struct err *e, const char *doing, const char *path)
{
    const int why = errno;

    err_set(e, ERR_IO, "%s: %s", path, strerror(why));
    err_doing(e, "%s", doing);
    return err_hint(e, "--no-save goes on without keeping what will be lost");
}

bool store_list(const struct store *s, unsigned **list, size_t *n, struct err *e)
{
    DIR *d = opendir(s->dir);
    size_t cap = 0;

    *list = NULL;
    *n = 0;
    if (!d)
        return errno == ENOENT || store_io_error(e, "reading the folder of saves", s->dir);
    for (const struct dirent *f; (f = readdir(d));) {
        unsigned number;
        int end = 0;

        if (sscanf(f->d_name, "%u.txt%n", &number, &end) != 1 || !end || f->d_name[end] || number == 0)
            continue;
        if (*n == cap) {
            unsigned *more = realloc(*list, (cap += 32) * sizeof **list);

            if (!more) {
                free(*list);
                *list = NULL;
                *n = 0;
                closedir(d);
                return err_set(e, ERR_NOMEM, "no memory for the list of saves");
            }
            *list = more;
        }
        size_t at = (*n)++;

        for (; at > 0 && (*list)[at - 1] > number; at--)
            (*list)[at] = (*list)[at - 1];
        (*list)[at] = number;
    }
    closedir(d);
    return true;
}

unsigned store_line(const struct store *s, unsigned number, const char *word)
{
    char path[STORE_PATH], line[200], name[20];
    unsigned found = 0, value;
    FILE *f;

    store_file(s, number, "txt", path);
    f = fopen(path, "r");
    while (f && !found && fgets(line, sizeof line, f))
        if (sscanf(line, "%19s", name) == 1 && strcmp(name, word) == 0)
            found = sscanf(line, "%*s %u", &value) == 1 ? value : 1;
    if (f)
        fclose(f);
    return found;
}

/* Where the jobs began that the newest save goes on with: without its first saves, undo could not go back to there. */
static unsigned oldest_needed(const struct store *s)
{
    unsigned number = s->number, earlier;

    while ((earlier = store_line(s, number, "continues")) != 0 && earlier < number)
        number = earlier;
    return number;
}

/* Only after a save was made: until then an earlier one may still be copied from. */
static void prune(const struct store *s)
{
    const unsigned needed = oldest_needed(s);
    struct err ignored = { 0 };
    unsigned *list;
    size_t n;
    char path[STORE_PATH];

    if (!store_list(s, &list, &n, &ignored)) /* then the next save prunes */
        return;
    for (size_t i = 0; i + STORE_KEEP < n && list[i] < needed; i++) {
        store_file(s, list[i], "hex", path);
        unlink(path);
        store_file(s, list[i], "txt", path);
        unlink(path);
    }
    free(list);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->hex >= 0)
        close(s->hex);
    if (s->number)
        prune(s);
    image_free(&s->earlier);
    free(s->known);
    free(s);
}

/* ---- earlier saves ---- */

/* What the texts of the earlier saves say; newest last. */
static bool read_known(struct store *s)
{
    struct err ignored = { 0 };
    unsigned *list;
    size_t n;

    if (s->known)
        return true;
    if (!store_list(s, &list, &n, &ignored))
        return false;
    s->known_cap = 64;
    s->known = malloc(s->known_cap * sizeof *s->known);
    for (size_t i = 0; s->known && i < n; i++) {
        char path[STORE_PATH], line[200];
        FILE *f;

        store_file(s, list[i], "txt", path);
        f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f)) {
            struct store_known k = { .number = list[i] };

            if (sscanf(line, "page 0x%" SCNx32 " %" SCNu32 " bytes crc 0x%" SCNx32, &k.addr, &k.len, &k.crc) != 3)
                continue;
            if (s->known_count == s->known_cap) {
                struct store_known *more = realloc(s->known, 2 * s->known_cap * sizeof *more);

                if (!more)
                    break;
                s->known = more;
                s->known_cap *= 2;
            }
            s->known[s->known_count++] = k;
        }
        if (f)
            fclose(f);
    }
    free(list);
    return s->known;
}

static const uint8_t *earlier_page(struct store *s, unsigned number, uint32_t addr, uint32_t len, uint32_t crc, struct err *e)
{
    if (s->earlier_number != number) {
        char path[STORE_PATH];

        image_free(&s->earlier);
        s->earlier = (struct image){ 0 };
        s->earlier_number = 0;
        store_file(s, number, "hex", path);
        if (!image_read_file(&s->earlier, path, IMAGE_HEX, false, 0, e))
            return NULL;
        s->earlier_number = number;
    }
    for (size_t i = 0; i < s->earlier.count; i++) {
        const struct segment *g = &s->earlier.segments[i];

        if (addr >= g->addr && (uint64_t)addr + len <= (uint64_t)g->addr + g->len && crc32_of(g->bytes + (addr - g->addr), len) == crc)
            return g->bytes + (addr - g->addr);
    }
    err_set(e, ERR_IO, "the page at 0x%08" PRIX32 " is not in save %04u as it was saved", addr, number);
    return NULL;
}

const uint8_t *store_find_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc)
{
    const uint8_t *bytes = NULL;

    if (!read_known(s))
        return NULL; /* not to be read: as if it had never been saved */
    for (size_t i = s->known_count; i-- > 0 && !bytes;) {
        const struct store_known *k = &s->known[i];

        if (k->addr == addr && k->len == len && k->crc == crc) {
            struct err ignored = { 0 };

            bytes = earlier_page(s, k->number, addr, len, crc, &ignored);
        }
    }
    return bytes;
}

const uint8_t *store_page(struct store *s, unsigned number, uint32_t addr, uint32_t len, uint32_t crc, struct err *e)
{
    return earlier_page(s, number, addr, len, crc, e);
}

bool store_flashed_last(const struct store *s, char *path, size_t cap)
{
    char at[STORE_PATH];
    FILE *f;
    size_t n;

    snprintf(at, sizeof at, "%.*s/image.txt", STORE_PATH - 32, s->dir);
    f = fopen(at, "re");
    if (!f)
        return false;
    n = fread(path, 1, cap - 1, f);
    fclose(f);
    path[n] = '\0';
    return n > 0 && n < cap - 1 && path[0] == '/'; /* as long as that: cut off */
}

void store_text_path(const struct store *s, unsigned number, char *path, size_t cap)
{
    char whole[STORE_PATH];

    store_file(s, number, "txt", whole);
    snprintf(path, cap, "%s", whole);
}

bool store_has_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc) { return store_find_page(s, addr, len, crc) != NULL; }
