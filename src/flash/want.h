/* want.h - what the flash is to hold: whole pages, and which of their bytes somebody asked for. Pure.
 *
 * An image says something about some bytes of some pages. Erasing works on whole pages, so the other bytes of a touched page are read
 * from the target and kept (want_keep). What the page holds now is known by its CRC alone. */
#pragma once
#include "device/device.h"
#include "image/image.h"

struct want_page {
    uint32_t addr;
    uint8_t *bytes;          /* page_bytes of them: asked for, kept, or 0xFF; owned by the want */
    uint8_t *asked;          /* one bit per byte, lowest first; owned by the want */
    uint32_t gap, gap_bytes; /* smallest span of units, as offset in the page, that holds all bytes not asked for; 0 bytes: none */
    bool kept;               /* want_keep has been here, or there is no gap */
    /* What the page holds now: filled by whoever looked (flash/compare.h). */
    bool looked;
    uint32_t now_crc;
    bool differs; /* it is not what is wanted, and was not looked at to its end: now_crc says nothing */
    bool damaged; /* an ECC double error somewhere in it */
};

struct want { /* zeroed is empty; owned: want_free */
    const struct device *device;
    uint32_t flash_bytes;
    uint32_t page_bytes;
    struct want_page *pages; /* ascending */
    size_t count;
    uint64_t asked_bytes;
    uint32_t blank_crc; /* of an erased page */
    uint8_t *memory;    /* behind bytes and asked of all pages */
};

/* Errors: ERR_INPUT (empty image; bytes that are not flash: which region they are for, or by how much the flash is too small), ERR_NOMEM.
 */
bool want_from_image(struct want *w, const struct device *d, uint32_t flash_bytes, const struct image *im, struct err *e);
/* The bytes [addr, addr + len) as 0xFF. Errors as above. */
bool want_blank(struct want *w, const struct device *d, uint32_t flash_bytes, uint32_t addr, uint32_t len, struct err *e);
void want_free(struct want *w);

/* `now` holds the gap's bytes (page->gap_bytes of them) as they are on the target. */
void want_keep(struct want_page *p, const uint8_t *now);
bool want_is_asked(const struct want_page *p, uint32_t offset);
/* The page that holds addr, or NULL. */
struct want_page *want_page_at(const struct want *w, uint32_t addr);
/* Its bytes, once kept. */
uint32_t want_crc(const struct want *w, const struct want_page *p);
