/* hex.c - reading Intel HEX.
 *
 * Source: Intel, "Hexadecimal Object File Format Specification", revision A (1988).
 *
 *     :  LL  AAAA  TT  DD...  CC      LL data bytes, load offset AAAA, type TT, data, checksum: all bytes add up to 0
 *
 * Blank lines may stand anywhere; nothing else may stand before, between or after the records. The end-of-file record must be there: a
 * file cut in two would else pass for a whole one. */
#include "base/bytes.h"
#include "image/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_DATA, HEX_END, HEX_SEGMENT, HEX_START_SEGMENT, HEX_LINEAR, HEX_START_LINEAR };

struct hex_kind {
    const char *name;
    unsigned len; /* data bytes that the kind must have; ignored for data */
};
static const struct hex_kind hex_kinds[] = {
    // clang-format off
    [HEX_DATA]          = { "data",                     0 },
    [HEX_END]           = { "end-of-file",              0 },
    [HEX_SEGMENT]       = { "extended segment address", 2 },
    [HEX_START_SEGMENT] = { "start segment address",    4 },
    [HEX_LINEAR]        = { "extended linear address",  2 },
    [HEX_START_LINEAR]  = { "start linear address",     4 },
    // clang-format on
};
enum { HEX_KINDS = sizeof hex_kinds / sizeof *hex_kinds };

struct hex_reader {
    struct text text;
    struct pieces pieces;
    uint8_t *data; /* all data bytes decoded so far; owned */
    size_t data_len;
    uint32_t base;  /* from the last extended address record */
    bool segmented; /* `base` is of the 8086 kind: offsets wrap at 64 KiB */
    bool ended;
    struct image *im; /* for the entry address */
};

static bool check_record(const struct text *t, const uint8_t *record, size_t len, struct err *e)
{
    uint8_t sum = 0;

    if (len < 5)
        return text_error(t, e, "a record of %zu bytes: the shortest has 5", len);
    if (len != record[0] + 5u)
        return text_error(t, e, "the record says %u data bytes and holds %zu", (unsigned)record[0], len - 5);
    for (size_t i = 0; i + 1 < len; i++)
        sum = (uint8_t)(sum + record[i]);
    sum = (uint8_t)-sum;
    if (sum != record[len - 1])
        return text_error(t, e, "the checksum is 0x%02x, the record's bytes ask for 0x%02x", (unsigned)record[len - 1], (unsigned)sum);
    if (record[3] >= HEX_KINDS)
        return text_error(t, e, "record type %02x does not exist in Intel HEX", (unsigned)record[3]);

    const struct hex_kind *const kind = &hex_kinds[record[3]];

    if (record[3] != HEX_DATA && record[0] != kind->len)
        return text_error(t, e, "%s records carry %u data bytes, this one %u", kind->name, kind->len, (unsigned)record[0]);
    if (record[3] != HEX_DATA && get_be16(record + 1) != 0)
        return text_error(t, e, "%s records have no load offset, this one 0x%04x", kind->name, (unsigned)get_be16(record + 1));
    return true;
}

static bool take_data(struct hex_reader *r, const uint8_t *record, struct err *e)
{
    const uint32_t offset = get_be16(record + 1), len = record[0];
    const uint64_t end = (uint64_t)r->base + offset + len;

    /* The specification lets an 8086 segment wrap around to its start; nobody means that, and it would hide a damaged record. */
    if (r->segmented && offset + len > 0x10000)
        return text_error(&r->text, e, "data runs past the end of its 64 KiB segment");
    if (end > UINT64_C(1) << 32)
        return text_error(&r->text, e, "data runs past the end of the address space");
    memcpy(r->data + r->data_len, record + 4, len);
    if (!pieces_add(&r->pieces, r->base + offset, r->data + r->data_len, len, r->text.number, e))
        return false;
    r->data_len += len;
    return true;
}

static bool take_entry(struct hex_reader *r, uint32_t entry, struct err *e)
{
    if (r->im->has_entry && r->im->entry != entry)
        return text_error(&r->text, e, "a second start address, 0x%08" PRIx32 "; the first was 0x%08" PRIx32, entry, r->im->entry);
    r->im->has_entry = true;
    r->im->entry = entry;
    return true;
}

static bool take_record(struct hex_reader *r, const uint8_t *record, struct err *e)
{
    const uint8_t *const data = record + 4;

    switch (record[3]) {
    case HEX_DATA: return take_data(r, record, e);
    case HEX_END: r->ended = true; return true;
    case HEX_SEGMENT:
        r->base = (uint32_t)get_be16(data) << 4;
        r->segmented = true;
        return true;
    case HEX_LINEAR:
        r->base = (uint32_t)get_be16(data) << 16;
        r->segmented = false;
        return true;
    case HEX_START_SEGMENT: return take_entry(r, ((uint32_t)get_be16(data) << 4) + get_be16(data + 2), e);
    case HEX_START_LINEAR: return take_entry(r, get_be32(data), e);
    }
    return err_set(e, ERR_BUG, "record type %02x was let through", (unsigned)record[3]);
}

static bool read_records(struct hex_reader *r, struct err *e)
{
    uint8_t record[TEXT_RECORD_MAX];
    size_t len = 0;

    while (text_next(&r->text)) {
        if (r->ended)
            return text_error(&r->text, e, "text after the end-of-file record");
        if (r->text.line[0] != ':')
            return text_error(&r->text, e, "a record begins with ':'");
        if (!text_decode(&r->text, 1, record, &len, e) || !check_record(&r->text, record, len, e) || !take_record(r, record, e))
            return false;
    }
    if (!r->ended) {
        err_set(e, ERR_INPUT, "no end-of-file record: the file is cut short after line %" PRIu32, r->text.number);
        return err_hint(e, "copy the file again, or build it again");
    }
    if (r->pieces.count == 0)
        return err_set(e, ERR_INPUT, "the file holds no bytes to program");
    return true;
}

bool image_parse_hex(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    struct hex_reader r = { .text = { .bytes = bytes, .len = len }, .im = im, .data = malloc(len / 2 + 1) };
    bool done;

    if (!r.data)
        err_set(e, ERR_NOMEM, "no memory for %zu bytes of data", len / 2);
    done = r.data && read_records(&r, e) && text_build(&r.pieces, im, e);
    pieces_free(&r.pieces);
    free(r.data);
    if (done)
        memcpy(im->format, "hex", 4);
    else
        image_free(im);
    return done;
}
