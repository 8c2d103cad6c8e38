/* image.h - a program to be programmed: sorted, non-overlapping segments of bytes, whatever file it came from; and the reverse.
 *
 * Formats: ELF (elfutils' libelf, after a check of the headers), Intel HEX, Motorola S-record, DfuSe, raw binary. Parsers take bytes and
 * never trust them. Everything in a file that is not understood is an error with its line (HEX, S-record) or offset; nothing is skipped
 * silently.
 */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct segment {
    uint32_t addr;
    uint32_t len;   /* > 0 */
    uint8_t *bytes; /* owned by the image */
};

struct image {                /* zeroed is an empty image; owned: image_free */
    char format[8];           /* "elf", "hex", "srec", "dfu", "bin" */
    struct segment *segments; /* ascending, touching ones joined */
    size_t count;
    bool has_entry;
    uint32_t entry;
    bool has_ids; /* a DFU suffix says which usb device it is for; 0xFFFF is any */
    uint16_t vid, pid, bcd_device;
    char note[200]; /* worth telling the user ("2 sections for RAM are left to start-up code"), or "" */
};

enum image_format { IMAGE_AUTO, IMAGE_ELF, IMAGE_HEX, IMAGE_SREC, IMAGE_BIN, IMAGE_DFU };

/* By content first, by name's ending second. Raw binaries are taken only when `base` is given (has_base), and `base` only with them.
 * Errors: ERR_INPUT (cause, where: line or offset, what stands there), ERR_USAGE (binary without an address), ERR_IO, ERR_NOMEM. */
bool image_read_file(struct image *im, const char *path, enum image_format format, bool has_base, uint32_t base, struct err *e);
bool image_read_bytes(struct image *im, const uint8_t *bytes, size_t len, const char *name, enum image_format format, bool has_base,
                      uint32_t base, struct err *e);
void image_free(struct image *im);

/* One parser each, for tests and fuzzing: `im` is empty before and valid or empty after. */
bool image_parse_elf(struct image *im, const uint8_t *bytes, size_t len, struct err *e);
bool image_parse_hex(struct image *im, const uint8_t *bytes, size_t len, struct err *e);
bool image_parse_srec(struct image *im, const uint8_t *bytes, size_t len, struct err *e);
bool image_parse_dfu(struct image *im, const uint8_t *bytes, size_t len, struct err *e); /* DfuSe: with addresses */

/* A raw binary with a DFU 1.1 suffix behind it: the suffix is taken off *len, and its ids go into `im`. False: there is none that is
 * right. */
bool image_take_suffix(struct image *im, const uint8_t *bytes, size_t *len);
/* Is the image, if it says so, for a usb device with these ids? ERR_INPUT: no, and what it is for. */
bool image_check_ids(const struct image *im, uint16_t vid, uint16_t pid, uint16_t bcd_device, struct err *e);

/* Add bytes (copied). Errors: ERR_INPUT on overlap with what is there (both ranges), ERR_NOMEM. */
bool image_add(struct image *im, uint32_t addr, const uint8_t *bytes, uint32_t len, struct err *e);

/* Total bytes; first address and the one after the last. Empty: all 0. */
uint64_t image_size(const struct image *im);
void image_extent(const struct image *im, uint32_t *first, uint64_t *end);

/* Write to a file, replacing it only when all went well. By `format`, or by the name's ending. BIN fills gaps with 0xFF. */
bool image_write_file(const struct image *im, const char *path, enum image_format format, struct err *e);
bool image_format_of_name(const char *path, enum image_format *format); /* .elf .axf .out .hex .ihex .srec .s19 .s28 .s37 .mot .dfu .bin */
