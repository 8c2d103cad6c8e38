/* text.c - lines of hexadecimal digits. See text.h. */
#include "image/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool text_next(struct text *t)
{
    while (t->at < t->len) {
        const uint8_t *const line = t->bytes + t->at;
        const uint8_t *const newline = memchr(line, '\n', t->len - t->at);
        size_t len = newline ? (size_t)(newline - line) : t->len - t->at;

        t->at += len + (newline ? 1 : 0);
        t->number++;
        while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' ' || line[len - 1] == '\t'))
            len--;
        if (len == 0)
            continue;
        t->line = line;
        t->line_len = len;
        return true;
    }
    return false;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_decode(const struct text *t, size_t skip, uint8_t *record, size_t *len, struct err *e)
{
    const size_t digits = t->line_len > skip ? t->line_len - skip : 0;
    char bad[8];

    for (size_t i = 0; i < digits; i++)
        if (digit(t->line[skip + i]) < 0)
            return text_error(t, e, "'%s' in column %zu is not a hexadecimal digit", text_excerpt(t->line + skip + i, 1, bad, sizeof bad),
                              skip + i + 1);
    if (digits % 2)
        return text_error(t, e, "the record ends in half a byte");
    if (digits / 2 > TEXT_RECORD_MAX)
        return text_error(t, e, "a record of %zu bytes: longer than any record can be", digits / 2);
    for (size_t i = 0; i < digits / 2; i++)
        record[i] = (uint8_t)(digit(t->line[skip + 2 * i]) << 4 | digit(t->line[skip + 2 * i + 1]));
    *len = digits / 2;
    return true;
}

bool text_error(const struct text *t, struct err *e, const char *format, ...)
{
    char cause[ERR_TEXT], line[96];
    va_list args;

    va_start(args, format);
    vsnprintf(cause, sizeof cause, format, args);
    va_end(args);
    err_set(e, ERR_INPUT, "line %" PRIu32 ": %s", t->number, cause);
    err_seen(e, "line %" PRIu32 " reads \"%s\"", t->number, text_excerpt(t->line, t->line_len, line, sizeof line));
    return err_hint(e, "the file is damaged or was edited: copy it again, or build it again");
}

bool text_build(struct pieces *p, struct image *im, struct err *e)
{
    struct clash clash;

    if (pieces_build(p, im, &clash, e))
        return true;
    if (clash.where) {
        err_set(e, ERR_INPUT, "line %" PRIu32 ": 0x%08" PRIx32 "..0x%08" PRIx32 " was given before, in line %" PRIu32, clash.where,
                clash.first, clash.last, clash.earlier);
        err_hint(e, "two programs in one file, or an accident while joining them; each address may be given once");
    }
    return false;
}

bool text_starts_with_record(const uint8_t *bytes, size_t len, size_t skip, size_t least)
{
    struct text t = { .bytes = bytes, .len = len < 1024 ? len : 1024 };
    uint8_t record[TEXT_RECORD_MAX];
    size_t n = 0;
    struct err ignored;

    return text_next(&t) && text_decode(&t, skip, record, &n, &ignored) && n >= least;
}

const char *text_excerpt(const uint8_t *bytes, size_t len, char *text, size_t cap)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        const bool plain = bytes[i] >= 0x20 && bytes[i] < 0x7F;
        const size_t wide = plain ? 1 : 4;
        const size_t reserve = i + 1 < len ? 4 : 1; /* room for "..." while more follows */

        if (used + wide + reserve > cap) {
            snprintf(text + used, cap - used, "...");
            return text;
        }
        if (plain)
            text[used] = (char)bytes[i];
        else
            snprintf(text + used, 5, "\\x%02x", (unsigned)bytes[i]);
        used += wide;
    }
    text[used] = '\0';
    return text;
}
