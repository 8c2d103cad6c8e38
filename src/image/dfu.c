/* dfu.c - DfuSe files (.dfu) and the suffix of plain DFU files: reading, and whom they are for. Writing them is write.c. See image.h.
 *
 * Sources: UM0391 (DfuSe file format), DFU 1.1 appendix B (suffix). The prefix's size field is the whole file in UM0391's words and in
 * dfuse-pack since 0.10, the file without its suffix in older ones: both are taken.
 *
 *   prefix   "DfuSe" 01 | size (4) | targets (1)
 *   target   "Target" | alternate (1) | named (4) | name (255) | size of its elements (4) | elements (4)
 *   element  address (4) | size (4) | bytes
 *   suffix   bcdDevice (2) | idProduct (2) | idVendor (2) | bcdDFU (2) | "UFD" | 16 | CRC (4)
 */
#include "image/dfu.h"
#include "base/bytes.h"
#include "base/crc32.h"

#include <inttypes.h>
#include <string.h>

/* Everything but the CRC, which covers all before it and is not inverted at the end. */
static bool suffix_at(const uint8_t *bytes, size_t len)
{
    return len >= DFU_SUFFIX && memcmp(bytes + len - 8, "UFD", 3) == 0 && bytes[len - 5] == DFU_SUFFIX;
}

static bool crc_is_right(const uint8_t *bytes, size_t len, uint32_t *counted)
{
    *counted = ~crc32_of(bytes, len - 4);
    return *counted == get_le32(bytes + len - 4);
}

static void take_ids(struct image *im, const uint8_t *suffix)
{
    im->has_ids = true;
    im->bcd_device = get_le16(suffix);
    im->pid = get_le16(suffix + 2);
    im->vid = get_le16(suffix + 4);
}

bool image_take_suffix(struct image *im, const uint8_t *bytes, size_t *len)
{
    uint32_t counted;

    if (!suffix_at(bytes, *len) || !crc_is_right(bytes, *len, &counted))
        return false;
    take_ids(im, bytes + *len - DFU_SUFFIX);
    *len -= DFU_SUFFIX;
    return true;
}

static bool check_suffix(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    uint32_t counted;

    if (!suffix_at(bytes, len)) {
        err_set(e, ERR_INPUT, "the DfuSe file has no suffix at its end: it is cut off, or something was appended");
        return err_hint(e, "get it again, or use the ELF or HEX file it was made from");
    }
    if (!crc_is_right(bytes, len, &counted)) {
        err_set(e, ERR_INPUT, "the DfuSe file is damaged: its checksum is wrong");
        err_seen(e, "it says 0x%08" PRIX32 ", its bytes give 0x%08" PRIX32, get_le32(bytes + len - 4), counted);
        return err_hint(e, "get it again, or use the ELF or HEX file it was made from");
    }
    take_ids(im, bytes + len - DFU_SUFFIX);
    return true;
}

static bool check_prefix(const uint8_t *bytes, size_t len, struct err *e)
{
    uint32_t size;

    if (len < DFU_PREFIX + DFU_SUFFIX || memcmp(bytes, "DfuSe", 5) != 0)
        return err_set(e, ERR_INPUT, "this is no DfuSe file: it does not begin with 'DfuSe'");
    if (bytes[5] != 1)
        return err_set(e, ERR_INPUT, "the DfuSe file has version %u; sector0 knows version 1", bytes[5]);
    size = get_le32(bytes + 6);
    if (size != len && size != len - DFU_SUFFIX)
        return err_set(e, ERR_INPUT, "the DfuSe file says that it has %" PRIu32 " bytes; it has %zu", size, len);
    return true;
}

struct rest {
    const uint8_t *bytes;
    size_t at, end; /* end: where the suffix begins */
};

static bool too_short(const struct rest *r, size_t need, const char *what, unsigned number, struct err *e)
{
    if (need <= r->end - r->at)
        return false;
    err_set(e, ERR_INPUT, "%s %u of the DfuSe file goes beyond its end", what, number);
    err_seen(e, "%zu bytes at offset %zu, where %zu are left", need, r->at, r->end - r->at);
    return true;
}

static bool take_element(struct image *im, struct rest *r, unsigned number, struct err *e)
{
    uint32_t addr, size;

    if (too_short(r, DFU_ELEMENT, "element", number, e))
        return false;
    addr = get_le32(r->bytes + r->at);
    size = get_le32(r->bytes + r->at + 4);
    r->at += DFU_ELEMENT;
    if (too_short(r, size, "element", number, e) || !image_add(im, addr, r->bytes + r->at, size, e))
        return false;
    r->at += size;
    return true;
}

static bool take_target(struct image *im, struct rest *r, unsigned number, struct err *e)
{
    const uint8_t *t = r->bytes + r->at;
    uint32_t size, elements;
    size_t begin;

    if (too_short(r, DFU_TARGET, "target", number, e))
        return false;
    if (memcmp(t, "Target", 6) != 0)
        return err_set(e, ERR_INPUT, "target %u of the DfuSe file does not begin with 'Target' (offset %zu)", number, r->at);
    size = get_le32(t + 266);
    elements = get_le32(t + 270);
    r->at += DFU_TARGET;
    begin = r->at;
    if (too_short(r, size, "target", number, e))
        return false;
    for (uint32_t i = 0; i < elements; i++)
        if (!take_element(im, r, i + 1, e))
            return err_doing(e, "reading target %u, alternate setting %u", number, t[6]);
    if (r->at - begin != size)
        return err_set(e, ERR_INPUT, "target %u of the DfuSe file says %" PRIu32 " bytes; its elements have %zu", number, size,
                       r->at - begin);
    return true;
}

static bool take_targets(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    struct rest r = { bytes, DFU_PREFIX, len - DFU_SUFFIX };

    for (unsigned i = 0; i < bytes[10]; i++)
        if (!take_target(im, &r, i + 1, e))
            return false;
    if (r.at != r.end)
        return err_set(e, ERR_INPUT, "%zu bytes of the DfuSe file belong to no target", r.end - r.at);
    return im->count || err_set(e, ERR_INPUT, "the DfuSe file holds no bytes to program");
}

bool image_parse_dfu(struct image *im, const uint8_t *bytes, size_t len, struct err *e)
{
    /* The checksum comes before the rest: what a damaged file says of its sizes means nothing. */
    if (len >= DFU_PREFIX + DFU_SUFFIX && memcmp(bytes, "DfuSe", 5) == 0 && !check_suffix(im, bytes, len, e)) {
        image_free(im);
        return false;
    }
    if (!check_prefix(bytes, len, e) || !take_targets(im, bytes, len, e)) {
        image_free(im);
        return false;
    }
    memcpy(im->format, "dfu", 4);
    return true;
}

/* 0xFFFF is any (DFU 1.1 appendix B); ST's own tool writes 0 for a version that nobody chose. */
bool image_check_ids(const struct image *im, uint16_t vid, uint16_t pid, uint16_t bcd_device, struct err *e)
{
    if (!im->has_ids)
        return true;
    if ((im->vid == 0xFFFF || im->vid == vid) && (im->pid == 0xFFFF || im->pid == pid) &&
        (im->bcd_device == 0xFFFF || im->bcd_device == 0 || bcd_device == 0xFFFF || im->bcd_device == bcd_device))
        return true;
    err_set(e, ERR_INPUT, "the image is for another usb device");
    if (bcd_device == 0xFFFF)
        err_seen(e, "its suffix names %04x:%04x; this is %04x:%04x", im->vid, im->pid, vid, pid);
    else
        err_seen(e, "its suffix names %04x:%04x, version %04x; this is %04x:%04x, version %04x", im->vid, im->pid, im->bcd_device, vid, pid,
                 bcd_device);
    return err_hint(e, "use the ELF or HEX file it was made from, if you are sure");
}
