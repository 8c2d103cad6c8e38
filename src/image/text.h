/* text.h - what Intel HEX and S-record have in common: lines of hexadecimal digits, and errors that say which line.
 *
 * For the room image/ only. */
#pragma once
#include "image/pieces.h"

enum { TEXT_RECORD_MAX = 255 + 5 }; /* bytes in the longest record: Intel HEX with 255 data bytes */

struct text {             /* a walk through the lines of a file; begin with { .bytes, .len } */
    const uint8_t *bytes; /* borrowed */
    size_t len, at;
    uint32_t number;     /* of the current line, from 1 */
    const uint8_t *line; /* the current line, without its end and without blanks at its end */
    size_t line_len;
};

/* The next line that is not blank; false at the end of the file. LF and CR LF both end a line. */
bool text_next(struct text *t);

/* Decode the current line from column `skip` on as pairs of digits. `record` has room for TEXT_RECORD_MAX.
 * Errors: ERR_INPUT (not a digit, half a byte, too long). */
bool text_decode(const struct text *t, size_t skip, uint8_t *record, size_t *len, struct err *e);

/* ERR_INPUT "line N: ..." with the line's text as evidence. Returns false. */
bool text_error(const struct text *t, struct err *e, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* pieces_build, with an overlap told in lines. */
bool text_build(struct pieces *p, struct image *im, struct err *e);

/* Does `bytes` begin with a line made of `skip` characters and then pairs of digits only, at least `least` bytes? For telling formats
 * apart. */
bool text_starts_with_record(const uint8_t *bytes, size_t len, size_t skip, size_t least);

/* `len` bytes made printable: other bytes as \xNN, cut with "..." to fit. Returns `text`. */
const char *text_excerpt(const uint8_t *bytes, size_t len, char *text, size_t cap);
