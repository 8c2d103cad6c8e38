/* srec.c - reading Motorola S-records (S19, S28, S37).
 *
 * Source: Motorola, M68000 Family Programmer's Reference Manual, appendix C.
 *
 *     S  T  LL  AA...  DD...  CC      type T, LL bytes follow, address of 2 to 4 bytes, data, checksum: all from LL on add up to 0xFF
 *
 * Blank lines may stand anywhere, nothing else. The last record must be S7, S8 or S9: a file cut in two would else pass for a whole one. */
#include "base/bytes.h"
#include "image/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum srec_role { SREC_NONE, SREC_HEADER, SREC_DATA, SREC_COUNT, SREC_END };

struct srec_kind {
    enum srec_role role;
    unsigned addr_bytes;
};
static const struct srec_kind srec_kinds[10] = {
    // clang-format off
    [0] = { SREC_HEADER, 2 },
    [1] = { SREC_DATA,   2 },
    [2] = { SREC_DATA,   3 },
    [3] = { SREC_DATA,   4 },
    [5] = { SREC_COUNT,  2 },
    [6] = { SREC_COUNT,  3 },
    [7] = { SREC_END,    4 },
    [8] = { SREC_END,    3 },
    [9] = { SREC_END,    2 },
    // clang-format on
};

struct srec_reader {
    struct text text;
    struct pieces pieces;
    uint8_t *data; /* all data bytes decoded so far; owned */
    size_t data_len;
    uint32_t records; /* S1, S2, S3 so far */
    bool ended;
    struct image *im; /* for the entry address */
};

static bool check_record(const struct text *t, const struct srec_kind *kind, const uint8_t *record, size_t len, struct err *e)
{
    uint8_t sum = 0;

    if (len == 0)
        return text_error(t, e, "the record ends behind its type");
    if (len != record[0] + 1u)
        return text_error(t, e, "the record says %u bytes and holds %zu", (unsigned)record[0], len - 1);
    if (len < 2u + kind->addr_bytes)
        return text_error(t, e, "the record has no room for its %u address bytes and checksum", kind->addr_bytes);
    for (size_t i = 0; i + 1 < len; i++)
        sum = (uint8_t)(sum + record[i]);
    sum = (uint8_t)~sum;
    if (sum != record[len - 1])
        return text_error(t, e, "the checksum is 0x%02x, the record's bytes ask for 0x%02x", (unsigned)record[len - 1], (unsigned)sum);
    if ((kind->role == SREC_COUNT || kind->role == SREC_END) && len != 2u + kind->addr_bytes)
        return text_error(t, e, "%s records carry no data, this one %zu bytes", kind->role == SREC_END ? "end" : "count",
                          len - 2 - kind->addr_bytes);
    return true;
}

static bool take_record(struct srec_reader *r, const struct srec_kind *kind, const uint8_t *record, struct err *e)
{
    const uint32_t len = record[0] - kind->addr_bytes - 1;
    uint32_t addr = 0;

    for (unsigned i = 0; i < kind->addr_bytes; i++)
        addr = addr << 8 | record[1 + i];

    switch (kind->role) {
    case SREC_DATA:
        if ((uint64_t)addr + len > UINT64_C(1) << 8 * kind->addr_bytes)
            return text_error(&r->text, e, "data runs past the end of the record kind's %u-bit address space", 8 * kind->addr_bytes);
        memcpy(r->data + r->data_len, record + 1 + kind->addr_bytes, len);
        if (!pieces_add(&r->pieces, addr, r->data + r->data_len, len, r->text.number, e))
            return false;
        r->data_len += len;
        r->records++;
        return true;
    case SREC_COUNT:
        if (addr != r->records)
            return text_error(&r->text, e, "the file counts %" PRIu32 " data records, there are %" PRIu32, addr, r->records);
        return true;
    case SREC_END:
        r->ended = true;
        r->im->has_entry = addr != 0; /* writers without an entry address put 0 there */
        r->im->entry = addr;
        return true;
    case SREC_HEADER: /* a name, for people */
    case SREC_NONE: break;
    }
    return true;
}

static bool read_records(struct srec_reader *r, struct err *e)
{
    uint8_t record[TEXT_RECORD_MAX];
    size_t len = 0;

    while (text_next(&r->text)) {
        const struct text *const t = &r->text;

        if (r->ended)
            return text_error(t, e, "text after the end record");
        if (t->line[0] != 'S' || t->line_len < 2 || t->line[1] < '0' || t->line[1] > '9')
            return text_error(t, e, "a record begins with S0 to S9");

        const struct srec_kind *const kind = &srec_kinds[t->line[1] - '0'];

        if (kind->role == SREC_NONE)
            return text_error(t, e, "record type S%c is reserved", t->line[1]);
        if (!text_decode(t, 2, record, &len, e) || !check_record(t, kind, record, len, e) || !take_record(r, kind, record, e))
            return false;
    }
    if (!r->ended) {
        err_set(e, ERR_INPUT, "no end record (S7, S8 or S9): the file is cut short after line %" PRIu32, r->text.number);
        return err_hint(e, "copy the file again, or build it again");
    }
    if (r->pieces.count == 0)
        return err_set(e, ERR_INPUT, "the file holds no bytes to program");
    return true;
}

bool image_parse_srec(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    struct srec_reader r = { .text = { .bytes = bytes, .len = len }, .im = im, .data = malloc(len / 2 + 1) };
    bool done;

    if (!r.data)
        err_set(e, ERR_NOMEM, "no memory for %zu bytes of data", len / 2);
    done = r.data && read_records(&r, e) && text_build(&r.pieces, im, e);
    pieces_free(&r.pieces);
    free(r.data);
    if (done)
        memcpy(im->format, "srec", 5);
    else
        image_free(im);
    return done;
}
