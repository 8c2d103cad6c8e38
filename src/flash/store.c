/* store.c - see store.h. */
#include "flash/store.h"
#include "base/crc32.h"
#include "image/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 1024,
    HEX_LINE_BYTES = 32,
    TRY_BYTES = 4096,     /* as much as a save without pages needs */
    PAGE_LINE_BYTES = 160 /* a page's lines in the text */
};

struct known { /* a page in an earlier save */
    unsigned number;
    uint32_t addr, len, crc;
};

struct store {
    char dir[PATH_BYTES]; /* of this chip */
    char path[PATH_BYTES];
    char board[PATH_BYTES], chip[64], uid[32];
    unsigned number; /* of the present save, 0: none */
    bool finished;   /* it is done */
    unsigned undoes; /* number of the save that it undoes, 0: none */
    size_t pages;
    int hex; /* file descriptor, or -1 */
    off_t hex_end;
    uint32_t hex_upper;  /* last extended linear address written */
    struct known *known; /* NULL until somebody asks */
    size_t known_count, known_cap;
    struct image earlier; /* of save number earlier_number, if that is not 0 */
    unsigned earlier_number;
};

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

static void file_name(const struct store *s, unsigned number, const char *ending, char *path)
{
    snprintf(path, PATH_BYTES, "%.*s/%04u.%s", PATH_BYTES - 32, s->dir, number, ending);
}

static bool io_error(struct err *e, const char *doing, const char *path)
{
    const int why = errno;

    err_set(e, ERR_IO, "%s: %s", path, strerror(why));
    err_doing(e, "%s", doing);
    return err_hint(e, "--no-save goes on without keeping what will be lost");
}

static bool make_folders(const struct store *s, struct err *e)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s", s->dir);
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p)
            continue;
        const char was = *p;

        *p = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return io_error(e, "making a folder for saves", path);
        if (!was)
            return true;
        *p = was;
    }
}

bool store_list(const struct store *s, unsigned **list, size_t *n, struct err *e)
{
    DIR *d = opendir(s->dir);
    size_t cap = 0;

    *list = NULL;
    *n = 0;
    if (!d)
        return errno == ENOENT || io_error(e, "reading the folder of saves", s->dir);
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

/* The number behind `word` in a save's text, 0: no such line; `word` alone on a line counts as 1. */
static unsigned line_of(const struct store *s, unsigned number, const char *word)
{
    char path[PATH_BYTES], line[200], name[20];
    unsigned found = 0, value;
    FILE *f;

    file_name(s, number, "txt", path);
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

    while ((earlier = line_of(s, number, "continues")) != 0 && earlier < number)
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
    char path[PATH_BYTES];

    if (!store_list(s, &list, &n, &ignored)) /* then the next save prunes */
        return;
    for (size_t i = 0; i + STORE_KEEP < n && list[i] < needed; i++) {
        file_name(s, list[i], "hex", path);
        unlink(path);
        file_name(s, list[i], "txt", path);
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

static bool write_all(int fd, const char *text, size_t len, off_t at)
{
    while (len) {
        const ssize_t n = pwrite(fd, text, len, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
        at += n;
    }
    return true;
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
        char path[PATH_BYTES], line[200];
        FILE *f;

        file_name(s, list[i], "txt", path);
        f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f)) {
            struct known k = { .number = list[i] };

            if (sscanf(line, "page 0x%" SCNx32 " %" SCNu32 " bytes crc 0x%" SCNx32, &k.addr, &k.len, &k.crc) != 3)
                continue;
            if (s->known_count == s->known_cap) {
                struct known *more = realloc(s->known, 2 * s->known_cap * sizeof *more);

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
        char path[PATH_BYTES];

        image_free(&s->earlier);
        s->earlier = (struct image){ 0 };
        s->earlier_number = 0;
        file_name(s, number, "hex", path);
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

static const uint8_t *find_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc)
{
    const uint8_t *bytes = NULL;

    if (!read_known(s))
        return NULL; /* not to be read: as if it had never been saved */
    for (size_t i = s->known_count; i-- > 0 && !bytes;) {
        const struct known *k = &s->known[i];

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

void store_text_path(const struct store *s, unsigned number, char *path, size_t cap)
{
    char whole[PATH_BYTES];

    file_name(s, number, "txt", whole);
    snprintf(path, cap, "%s", whole);
}

bool store_has_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc) { return find_page(s, addr, len, crc) != NULL; }

/* ---- a new save ---- */

__attribute__((format(printf, 4, 5))) static bool add_text(char *text, size_t cap, size_t *used, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text + *used, cap - *used, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= cap - *used)
        return false;
    *used += (size_t)n;
    return true;
}

bool store_option_text(char *text, size_t cap, const struct device *d, const struct look *l)
{
    size_t used = 0;
    bool ok =
        add_text(text, cap, &used, "# option words, saved by sector0 (`sector0 option restore FILE` writes them back)\nchip %s\n", d->name);

    for (unsigned i = 0; i < l->options; i++) {
        char bits[400];

        reg_decode(d->flash->regs, d->flash->options[i].name, l->option[i], bits, sizeof bits);
        ok = ok && add_text(text, cap, &used, "%s = 0x%08" PRIX32 "    # %s\n", d->flash->options[i].name, l->option[i], bits);
    }
    return ok;
}

static bool write_new(const char *path, const char *text, struct err *e)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_all(fd, text, strlen(text), 0);

    if (!ok && !(fd < 0 && errno == EEXIST))
        io_error(e, "saving what will be lost", path);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !ok)
        unlink(path);
    return ok;
}

static void write_about(const struct store *s)
{
    char path[PATH_BYTES], text[2 * PATH_BYTES];
    struct err ignored = { 0 };

    snprintf(path, sizeof path, "%.*s/about.txt", PATH_BYTES - 32, s->dir);
    snprintf(text, sizeof text, "chip %s\nuid %s\n%s%s%s", s->chip, s->uid, s->board[0] ? "board " : "", s->board, s->board[0] ? "\n" : "");
    write_new(path, text, &ignored); /* there already, or not worth failing for */
}

bool store_begin(struct store *s, const char *command, const struct device *d, const struct look *l, struct err *e)
{
    char text[4096];
    size_t used = 0, n, end;
    unsigned *list, number, unfinished = 0;

    if (s->hex >= 0)
        close(s->hex);
    s->hex = -1;
    s->finished = false;
    s->pages = 0;
    s->number = 0;
    if (!make_folders(s, e))
        return false;
    write_about(s);
    if (!store_list(s, &list, &n, e))
        return false;
    number = n ? list[n - 1] : 0;
    free(list);
    if (number && !line_of(s, number, "done") && s->undoes != number)
        unfinished = number;
    if (!add_text(text, sizeof text, &used, "# before `sector0 %s`\ncommand %s\n", command, command) ||
        !store_option_text(text + used, sizeof text - used, d, l))
        return err_set(e, ERR_BUG, "the option words do not fit their text");
    end = strlen(text);
    if (s->undoes)
        add_text(text, sizeof text, &end, "undoes %u\n", s->undoes);
    if (unfinished)
        add_text(text, sizeof text, &end, "continues %u\n", unfinished);
    for (unsigned tries = 0; tries < 100; tries++) { /* somebody else may be saving for the same chip */
        struct err why = { 0 };

        file_name(s, ++number, "txt", s->path);
        if (write_new(s->path, text, &why)) {
            s->number = number;
            return true;
        }
        if (why.kind) {
            *e = why;
            return false;
        }
    }
    errno = EEXIST;
    return io_error(e, "saving what will be lost", s->path);
}

/* ---- around the pages ---- */

__attribute__((format(printf, 3, 4))) static bool append(struct store *s, struct err *e, const char *format, ...)
{
    char text[200];
    va_list args;
    int n, fd;
    bool ok;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fd = open(s->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    ok = (fd >= 0 && write(fd, text, (size_t)n) == n) || io_error(e, "saving what will be lost", s->path);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* The bytes [0, len) of the file, as far as they are not there, could be written. It keeps its length. */
static bool room_in(int fd, off_t len, const char *path, struct err *e)
{
    struct stat st;
    int why = fd < 0 || fstat(fd, &st) != 0 ? errno : 0;

    if (!why && st.st_size < len) {
        why = posix_fallocate(fd, st.st_size, len - st.st_size);
        if (ftruncate(fd, st.st_size) != 0 && !why)
            why = errno;
    }
    errno = why;
    return !why || io_error(e, "making room for what will be lost", path);
}

bool store_try(struct store *s, struct err *e)
{
    char path[PATH_BYTES];
    int fd;
    bool ok;

    if (!make_folders(s, e))
        return false;
    snprintf(path, sizeof path, "%.*s/try", PATH_BYTES - 32, s->dir);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = room_in(fd, TRY_BYTES, path, e);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return ok;
}

void store_undoes(struct store *s, unsigned number) { s->undoes = number; }

static bool open_hex(struct store *s, struct err *e)
{
    char path[PATH_BYTES];

    file_name(s, s->number, "hex", path);
    if (s->hex >= 0)
        return true;
    s->hex = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    s->hex_end = 0;
    s->hex_upper = UINT32_MAX;
    return s->hex >= 0 || io_error(e, "saving what will be lost", path);
}

static size_t hex_bytes(uint32_t len) { return len / HEX_LINE_BYTES * (2 * HEX_LINE_BYTES + 12) + 200; }

bool store_reserve(struct store *s, size_t pages, uint32_t page_bytes, struct err *e)
{
    char path[PATH_BYTES];
    const int fd = open(s->path, O_WRONLY | O_CLOEXEC);
    struct stat st;
    const off_t now = fd >= 0 && fstat(fd, &st) == 0 ? st.st_size : 0;
    bool ok = room_in(fd, now + (off_t)(pages * PAGE_LINE_BYTES) + TRY_BYTES, s->path, e);

    if (fd >= 0)
        close(fd);
    if (!ok || pages == 0)
        return ok;
    file_name(s, s->number, "hex", path);
    return open_hex(s, e) && room_in(s->hex, s->hex_end + (off_t)(pages * hex_bytes(page_bytes)), path, e);
}

bool store_page_becomes(struct store *s, uint32_t addr, uint32_t was, uint32_t becomes, struct err *e)
{
    return append(s, e, "then page 0x%08" PRIx32 " was 0x%08" PRIx32 " becomes 0x%08" PRIx32 "\n", addr, was, becomes);
}

bool store_words_become(struct store *s, const struct device *d, const uint32_t *words, unsigned count, struct err *e)
{
    for (unsigned i = 0; i < count; i++)
        if (!append(s, e, "then %s = 0x%08" PRIX32 "\n", d->flash->options[i].name, words[i]))
            return false;
    return true;
}

void store_done(struct store *s)
{
    struct err ignored = { 0 };

    append(s, &ignored, "done\n");
    s->finished = true;
}

bool store_goes_on(const struct store *s) { return s->number && !s->finished; }

void store_was_done(struct store *s, unsigned number)
{
    char path[PATH_BYTES];
    FILE *f;

    file_name(s, number, "txt", path);
    f = fopen(path, "a");
    if (f) {
        fputs("done\n", f);
        fclose(f);
    }
}

void store_forget(struct store *s)
{
    char path[PATH_BYTES];

    if (!s->number)
        return;
    if (s->hex >= 0)
        close(s->hex);
    s->hex = -1;
    file_name(s, s->number, "hex", path);
    unlink(path);
    unlink(s->path);
    s->number = 0;
    s->pages = 0;
}

/* ---- pages ---- */

/* ":LLAAAATT..CC\n" */
static char *hex_line(char *to, unsigned len, uint32_t addr, unsigned type, const uint8_t *bytes)
{
    unsigned sum = len + (addr >> 8 & 0xFF) + (addr & 0xFF) + type;

    to += sprintf(to, ":%02X%04X%02X", len, (unsigned)(addr & 0xFFFF), type);
    for (unsigned i = 0; i < len; i++) {
        to += sprintf(to, "%02X", bytes[i]);
        sum += bytes[i];
    }
    return to + sprintf(to, "%02X\n", -sum & 0xFF);
}

static const char hex_eof[] = ":00000001FF\n";

/* The page's lines and the end-of-file line, which the next page's lines overwrite: the file is whole at any time. */
static bool append_hex(struct store *s, uint32_t addr, uint32_t len, const uint8_t *bytes, struct err *e)
{
    char path[PATH_BYTES];
    char *text = malloc(hex_bytes(len)), *end = text;
    bool ok;

    file_name(s, s->number, "hex", path);
    if (!text)
        return err_set(e, ERR_NOMEM, "no memory for a page's text");
    if (!open_hex(s, e)) {
        free(text);
        return false;
    }
    for (uint32_t i = 0; i < len; i += HEX_LINE_BYTES) {
        const uint32_t upper = (addr + i) >> 16;

        if (upper != s->hex_upper)
            end = hex_line(end, 2, 0, 4, (const uint8_t[]){ (uint8_t)(upper >> 8), (uint8_t)upper });
        s->hex_upper = upper;
        end = hex_line(end, HEX_LINE_BYTES, addr + i, 0, bytes + i);
    }
    strcpy(end, hex_eof);
    ok = write_all(s->hex, text, (size_t)(end - text) + sizeof hex_eof - 1, s->hex_end);
    if (ok)
        s->hex_end += end - text;
    else
        io_error(e, "saving what will be lost", path);
    free(text);
    return ok;
}

bool store_add_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc, const uint8_t *bytes, struct err *e)
{
    if (!bytes)
        bytes = find_page(s, addr, len, crc);
    if (!bytes)
        return err_set(e, ERR_IO, "%s: the earlier save of the page at 0x%08" PRIx32 " is gone", s->dir, addr);
    if (!append_hex(s, addr, len, bytes, e) ||
        !append(s, e, "page 0x%08" PRIx32 " %" PRIu32 " bytes crc 0x%08" PRIx32 "\n", addr, len, crc))
        return false;
    s->pages++;
    return true;
}
