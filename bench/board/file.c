/* file.c - a board as bytes, and as a file. See file.h. */
#include "board/file.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "board/packing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = { 's', '0', 'b', 'o', 'a', 'r', 'd', '\n' };

enum { NAME_MAX_BYTES = 31, CHIP_MAX = 31, SECTIONS_MAX = 192, FILE_MAX = 64 << 20 };

/* ---- what is in a board ---- */

struct section {
    const char *name;
    const struct state_table *table; /* NULL: plain memory */
    void *state;
    size_t bytes; /* in the file, unpacked */
};

static struct section tabled(const struct state_table *t, void *state) { return (struct section){ t->name, t, state, state_size(t) }; }

static size_t list_sections(struct board *b, struct section s[SECTIONS_MAX])
{
    const struct chip_section *of_chip;
    const size_t count = chip_sections(b->chip, &of_chip);
    size_t n = 0;

    s[n++] = tabled(&board_state_table, &b->s);
    s[n++] = tabled(&dap_state_table, &b->dap.s);
    s[n++] = tabled(&stlink_state_table, &b->probe.s);
    s[n++] = tabled(&faults_state_table, &b->faults.s);
    s[n++] = tabled(&parts_state_table, &b->parts.s);
    assert(n + count <= SECTIONS_MAX); /* a section that is left out is forgotten by every save */
    for (size_t i = 0; i < count; i++) {
        const struct chip_section *c = &of_chip[i];

        s[n++] = (struct section){ c->name, c->table, c->state, c->table ? state_size(c->table) : c->bytes };
    }
    return n;
}

static uint32_t format_of(const struct section *s) { return s->table ? state_format(s->table) : 0; }

/* ---- saving ---- */

static void put_text(struct buffer *out, const char *text, size_t len)
{
    buffer_u32(out, (uint32_t)len);
    buffer_add(out, text, len);
}

static void put_section(struct buffer *out, const struct section *s)
{
    struct buffer plain = { 0 }, packed = { 0 };
    const uint8_t *bytes = s->state;

    if (s->table) {
        uint8_t *p = buffer_grow(&plain, s->bytes);

        if (p)
            state_save(s->table, s->state, p);
        bytes = p;
    }
    if (bytes)
        pack(&packed, bytes, s->bytes);
    buffer_u8(out, (unsigned)strlen(s->name));
    buffer_add(out, s->name, strlen(s->name));
    buffer_u32(out, format_of(s));
    buffer_u32(out, (uint32_t)s->bytes);
    buffer_u32(out, (uint32_t)packed.len);
    buffer_add(out, packed.bytes, packed.len);
    out->failed |= plain.failed || packed.failed;
    buffer_free(&plain);
    buffer_free(&packed);
}

bool board_save(struct board *b, struct buffer *out, struct err *e)
{
    struct section sections[SECTIONS_MAX];
    char params[PARAMS_TEXT_MAX];
    const size_t start = out->len;
    size_t count;

    board_before_save(b);
    count = list_sections(b, sections);
    buffer_add(out, magic, sizeof magic);
    buffer_u32(out, BOARD_FILE_VERSION);
    put_text(out, chip_name(b->chip), strlen(chip_name(b->chip)));
    put_text(out, params, params_print(&b->params, params, sizeof params));
    for (size_t i = 0; i < count; i++)
        put_section(out, &sections[i]);
    buffer_u8(out, 0);
    if (!out->failed)
        buffer_u32(out, crc32_of(out->bytes + start, out->len - start));
    return !out->failed || err_set(e, ERR_NOMEM, "no memory to save the board");
}

/* ---- loading ---- */

struct reader {
    const uint8_t *start, *at, *end;
    struct err *e;
};

static bool broken(struct reader *r, const char *what)
{
    err_set(r->e, ERR_INPUT, "%s", what);
    err_seen(r->e, "at byte %zu of %zu", (size_t)(r->at - r->start), (size_t)(r->end - r->start) + 4);
    return false;
}

static bool get(struct reader *r, size_t len, const uint8_t **p)
{
    if ((size_t)(r->end - r->at) < len)
        return broken(r, "the board file ends too early");
    *p = r->at;
    r->at += len;
    return true;
}

static bool get_u32(struct reader *r, uint32_t *v)
{
    const uint8_t *p;

    *v = 0;
    if (!get(r, 4, &p))
        return false;
    *v = get_le32(p);
    return true;
}

/* A text of at most cap - 1 bytes, without NUL inside. */
static bool get_text(struct reader *r, char *text, size_t cap, const char *what)
{
    const uint8_t *p;
    uint32_t len;

    if (!get_u32(r, &len))
        return false;
    if (len >= cap)
        return broken(r, what);
    if (!get(r, len, &p))
        return false;
    if (memchr(p, 0, len))
        return broken(r, what);
    memcpy(text, p, len);
    text[len] = '\0';
    return true;
}

/* Every parameter once, in our order: what board_save writes. */
static bool get_params(struct reader *r, struct board_params *params)
{
    char text[PARAMS_TEXT_MAX], *line = text;
    const struct param_row *row = param_rows;

    params_defaults(params);
    if (!get_text(r, text, sizeof text, "the board file's parameters are too long"))
        return false;
    for (char *next; (next = strchr(line, '\n')); line = next + 1, row++) {
        char *value = strchr(line, '=');

        *next = '\0';
        if (!value || !row->name)
            return broken(r, "the board file's parameters are garbled");
        *value++ = '\0';
        if (strcmp(line, row->name) != 0) {
            err_set(r->e, ERR_UNSUPPORTED, "the board file has parameter '%.40s' where this version has '%s'", line, row->name);
            return false;
        }
        if (!params_set(params, line, value, r->e)) {
            r->e->kind = ERR_INPUT;
            return err_doing(r->e, "reading the board file's parameters");
        }
    }
    return (!*line && !row->name) || broken(r, "the board file's parameters are incomplete");
}

static bool load_section(const struct section *s, const uint8_t *packed, size_t packed_len, struct reader *r)
{
    uint8_t *plain = s->table ? malloc(s->bytes ? s->bytes : 1) : s->state;
    bool good;

    if (!plain)
        return err_set(r->e, ERR_NOMEM, "no memory to load the board");
    good = unpack(plain, s->bytes, packed, packed_len);
    if (!good)
        broken(r, "a section of the board file is garbled");
    else if (s->table)
        good = state_load(s->table, s->state, plain, s->bytes, r->e);
    if (s->table)
        free(plain);
    return good || err_doing(r->e, "loading section '%s'", s->name);
}

static bool get_section(struct reader *r, size_t name_len, const struct section *sections, size_t count, bool *seen)
{
    const uint8_t *raw, *packed;
    char name[NAME_MAX_BYTES + 1] = { 0 };
    uint32_t format, bytes, packed_bytes;
    size_t i = 0;

    if (name_len > NAME_MAX_BYTES)
        return broken(r, "a section's name in the board file is too long");
    if (!get(r, name_len, &raw))
        return false;
    for (size_t c = 0; c < name_len; c++)
        name[c] = (char)(raw[c] >= ' ' && raw[c] < 0x7F ? raw[c] : '?');
    if (!get_u32(r, &format) || !get_u32(r, &bytes) || !get_u32(r, &packed_bytes) || !get(r, packed_bytes, &packed))
        return err_doing(r->e, "reading section '%s'", name);
    while (i < count && strcmp(name, sections[i].name) != 0)
        i++;
    if (i == count) {
        broken(r, "the board file has a section this version does not know");
        return err_doing(r->e, "reading section '%s'", name);
    }
    if (seen[i]) {
        broken(r, "the board file has a section twice");
        return err_doing(r->e, "reading section '%s'", name);
    }
    seen[i] = true;
    if (format != format_of(&sections[i])) {
        err_set(r->e, ERR_UNSUPPORTED, "section '%s' of the board file is of another version of sector0", name);
        err_hint(r->e, "make a new board with this version, or use the version that made this one");
        return err_seen(r->e, "format 0x%08" PRIx32 ", not 0x%08" PRIx32, format, format_of(&sections[i]));
    }
    if (bytes != sections[i].bytes) {
        err_set(r->e, ERR_INPUT, "section '%s' of the board file has %" PRIu32 " bytes, not %zu", name, bytes, sections[i].bytes);
        return false;
    }
    return load_section(&sections[i], packed, packed_bytes, r);
}

static bool get_sections(struct reader *r, struct board *b)
{
    struct section sections[SECTIONS_MAX];
    bool seen[SECTIONS_MAX] = { 0 };
    const size_t count = list_sections(b, sections);

    for (;;) {
        const uint8_t *len;

        if (!get(r, 1, &len))
            return false;
        if (*len == 0)
            break;
        if (!get_section(r, *len, sections, count, seen))
            return false;
    }
    if (r->at != r->end)
        return broken(r, "the board file goes on after its end");
    for (size_t i = 0; i < count; i++)
        if (!seen[i])
            return err_set(r->e, ERR_INPUT, "the board file lacks section '%s'", sections[i].name);
    return board_after_load(b, r->e);
}

static bool get_head(struct reader *r, char chip[CHIP_MAX + 1], struct board_params *params)
{
    const uint8_t *p;
    uint32_t version;

    if (!get(r, sizeof magic, &p) || memcmp(p, magic, sizeof magic) != 0) {
        err_set(r->e, ERR_INPUT, "this is no board file");
        return err_hint(r->e, "`sector0-bench new FILE --chip CHIP` makes one");
    }
    if (!get_u32(r, &version))
        return false;
    if (version != BOARD_FILE_VERSION) {
        err_set(r->e, ERR_UNSUPPORTED, "the board file has format %" PRIu32 ", this version reads %d", version, BOARD_FILE_VERSION);
        return err_hint(r->e, "use the version of sector0 that made the board, or make a new one");
    }
    if (crc32_of(r->start, (size_t)(r->end - r->start)) != get_le32(r->end))
        return broken(r, "the board file is damaged: its checksum is wrong");
    return get_text(r, chip, CHIP_MAX + 1, "the chip's name in the board file is too long") && get_params(r, params);
}

struct board *board_load(const uint8_t *bytes, size_t len, struct err *e)
{
    struct reader r = { bytes, bytes, bytes + (len < 4 ? 0 : len - 4), e };
    char chip[CHIP_MAX + 1];
    struct board_params params;
    struct board *b;

    if (!get_head(&r, chip, &params))
        return NULL;
    b = board_assemble(chip, &params, e);
    if (!b) {
        if (e->kind == ERR_USAGE) {
            err_set(e, ERR_UNSUPPORTED, "the board file is for chip '%s', which this version does not know", chip);
            err_hint(e, "use the version of sector0 that made the board, or make a new one");
        }
        return NULL;
    }
    if (!get_sections(&r, b)) {
        board_free(b);
        return NULL;
    }
    return b;
}

/* ---- files ---- */

static bool read_all(int fd, struct buffer *out, struct err *e)
{
    ssize_t n;

    do {
        const size_t piece = 1 << 16;
        uint8_t *p = buffer_grow(out, piece);

        if (!p)
            return err_set(e, ERR_NOMEM, "no memory to load the board");
        n = read(fd, p, piece);
        out->len -= piece - (size_t)(n > 0 ? n : 0);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n < 0)
            return err_set(e, ERR_IO, "reading failed: %s", strerror(errno));
        if (out->len > FILE_MAX)
            return err_set(e, ERR_INPUT, "the file is far too long for a board");
    } while (n > 0);
    return true;
}

struct board *board_file_read(const char *file, struct err *e)
{
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct buffer bytes = { 0 };
    struct board *b = NULL;

    if (fd < 0 && errno == ENOENT) {
        err_set(e, ERR_NODEV, "there is no board '%s'", file);
        err_hint(e, "`sector0-bench new FILE --chip stm32u073rc` makes one");
    } else if (fd < 0) {
        err_set(e, ERR_IO, "board file '%s': %s", file, strerror(errno));
    } else if (!read_all(fd, &bytes, e) || !(b = board_load(bytes.bytes, bytes.len, e))) {
        err_doing(e, "loading board '%s'", file);
    }
    if (fd >= 0)
        close(fd);
    buffer_free(&bytes);
    return b;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return true;
}

bool board_file_write(struct board *b, const char *file, const char *next, struct err *e)
{
    struct buffer bytes = { 0 };
    struct stat old;
    int fd = -1;
    bool good = board_save(b, &bytes, e);

    if (good) {
        fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        good = fd >= 0 && (stat(file, &old) != 0 || fchmod(fd, old.st_mode & 0777) == 0) && write_all(fd, bytes.bytes, bytes.len);
        if (fd >= 0 && close(fd) != 0)
            good = false;
        if (!good || rename(next, file) != 0) {
            good = err_set(e, ERR_IO, "cannot write '%s': %s", file, strerror(errno));
            if (fd >= 0)
                unlink(next);
        }
    }
    buffer_free(&bytes);
    return good || err_doing(e, "saving board '%s'", file);
}
