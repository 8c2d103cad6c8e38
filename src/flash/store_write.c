/* store_write.c - a new save: its text, its pages as Intel HEX, room for them beforehand. See store.h. */
#include "flash/store_parts.h"

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
    HEX_LINE_BYTES = 32,
    TRY_BYTES = 4096,     /* as much as a save without pages needs */
    PAGE_LINE_BYTES = 160 /* a page's lines in the text */
};

/* ---- files ---- */

static bool make_folders(const struct store *s, struct err *e)
{
    char path[STORE_PATH];

    snprintf(path, sizeof path, "%s", s->dir);
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p)
            continue;
        const char was = *p;

        *p = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return store_io_error(e, "making a folder for saves", path);
        if (!was)
            return true;
        *p = was;
    }
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

/* ---- beginning ---- */

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
        store_io_error(e, "saving what will be lost", path);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !ok)
        unlink(path);
    return ok;
}

static void write_about(const struct store *s)
{
    char path[STORE_PATH], text[2 * STORE_PATH];
    struct err ignored = { 0 };

    snprintf(path, sizeof path, "%.*s/about.txt", STORE_PATH - 32, s->dir);
    snprintf(text, sizeof text, "chip %s\nuid %s\n%s%s%s", s->chip, s->uid, s->board[0] ? "board " : "", s->board, s->board[0] ? "\n" : "");
    write_new(path, text, &ignored); /* there already, or not worth failing for */
}

void store_flashed(const struct store *s, const char *path)
{
    char *whole = realpath(path, NULL), at[STORE_PATH], fresh[STORE_PATH];
    struct err ignored = { 0 };

    snprintf(at, sizeof at, "%.*s/image.txt", STORE_PATH - 32, s->dir);
    snprintf(fresh, sizeof fresh, "%.*s/image.new", STORE_PATH - 32, s->dir);
    if (whole && make_folders(s, &ignored)) {
        write_about(s);
        unlink(fresh);
        if (write_new(fresh, whole, &ignored))
            rename(fresh, at);
    }
    free(whole);
}

static void close_hex(struct store *s)
{
    if (s->hex >= 0)
        close(s->hex);
    s->hex = -1;
}

bool store_begin(struct store *s, const char *command, const struct device *d, const struct look *l, struct err *e)
{
    char text[4096];
    size_t used = 0, n, end;
    unsigned *list, number, unfinished = 0;

    close_hex(s);
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
    if (number && !store_line(s, number, "done") && s->undoes != number)
        unfinished = number;
    if (s->undoes)
        command = "undo"; /* whatever part of it this is */
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

        store_file(s, ++number, "txt", s->path);
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
    return store_io_error(e, "saving what will be lost", s->path);
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
    ok = (fd >= 0 && write(fd, text, (size_t)n) == n) || store_io_error(e, "saving what will be lost", s->path);
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
    return !why || store_io_error(e, "making room for what will be lost", path);
}

bool store_try(struct store *s, struct err *e)
{
    char path[STORE_PATH];
    int fd;
    bool ok;

    if (!make_folders(s, e))
        return false;
    snprintf(path, sizeof path, "%.*s/try", STORE_PATH - 32, s->dir);
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
    char path[STORE_PATH];

    store_file(s, s->number, "hex", path);
    if (s->hex >= 0)
        return true;
    s->hex = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    s->hex_end = 0;
    s->hex_upper = UINT32_MAX;
    return s->hex >= 0 || store_io_error(e, "saving what will be lost", path);
}

static size_t hex_bytes(uint32_t len) { return len / HEX_LINE_BYTES * (2 * HEX_LINE_BYTES + 12) + 200; }

bool store_reserve(struct store *s, size_t pages, uint32_t page_bytes, struct err *e)
{
    char path[STORE_PATH];
    const int fd = open(s->path, O_WRONLY | O_CLOEXEC);
    struct stat st;
    const off_t now = fd >= 0 && fstat(fd, &st) == 0 ? st.st_size : 0;
    bool ok = room_in(fd, now + (off_t)(pages * PAGE_LINE_BYTES) + TRY_BYTES, s->path, e);

    if (fd >= 0)
        close(fd);
    if (!ok || pages == 0)
        return ok;
    store_file(s, s->number, "hex", path);
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

unsigned store_leave(struct store *s)
{
    const unsigned number = s->number;

    close_hex(s);
    s->number = 0;
    s->pages = 0;
    free(s->known); /* it does not know what this save has */
    s->known = NULL;
    s->known_count = s->known_cap = 0;
    return number;
}

void store_was_done(struct store *s, unsigned number)
{
    char path[STORE_PATH];
    FILE *f;

    store_file(s, number, "txt", path);
    f = fopen(path, "a");
    if (f) {
        fputs("done\n", f);
        fclose(f);
    }
}

void store_forget(struct store *s)
{
    char path[STORE_PATH];

    if (!s->number)
        return;
    close_hex(s);
    store_file(s, s->number, "hex", path);
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
    char path[STORE_PATH];
    char *text = malloc(hex_bytes(len)), *end = text;
    bool ok;

    store_file(s, s->number, "hex", path);
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
        store_io_error(e, "saving what will be lost", path);
    free(text);
    return ok;
}

bool store_add_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc, const uint8_t *bytes, struct err *e)
{
    if (!bytes)
        bytes = store_find_page(s, addr, len, crc);
    if (!bytes)
        return err_set(e, ERR_IO, "%s: the earlier save of the page at 0x%08" PRIx32 " is gone", s->dir, addr);
    if (!append_hex(s, addr, len, bytes, e) ||
        !append(s, e, "page 0x%08" PRIx32 " %" PRIu32 " bytes crc 0x%08" PRIx32 "\n", addr, len, crc))
        return false;
    s->pages++;
    return true;
}
