/* pieces.h - what a parser has found so far, in whatever order the file gave it; becomes the sorted segments of an image at once.
 *
 * For the room image/ only. Sorting once at the end keeps a hostile file (millions of records, last address first) at n log n. */
#pragma once
#include "image/image.h"

enum { IMAGE_SEGMENTS_MAX = 65536 };        /* more ranges than this are no program; keeps what comes after us cheap, too */
enum { IMAGE_FILE_MAX = 64 * 1024 * 1024 }; /* the largest STM32 has 4 MiB of flash; as HEX with one byte a line that is 56 MiB */

struct piece {
    uint32_t addr, len;
    uint32_t where;       /* line or section number, for messages */
    const uint8_t *bytes; /* borrowed */
};

struct pieces { /* zeroed is empty; owned: pieces_free */
    struct piece *list;
    size_t count, room;
};

struct clash {               /* two pieces that want the same addresses */
    uint32_t first, last;    /* the addresses that both want */
    uint32_t where, earlier; /* `where` of the later piece in the file, and of the earlier one */
};

/* `addr + len` is at most 2^32 (the caller has checked); an empty piece is dropped. Errors: ERR_NOMEM. */
bool pieces_add(struct pieces *p, uint32_t addr, const uint8_t *bytes, uint32_t len, uint32_t where, struct err *e);

/* Sort, join what touches, copy into `im` (empty before; empty again on failure). Errors: ERR_NOMEM; ERR_INPUT for too many ranges, or
 * for an overlap: then `clash` is filled in (last >= first; else zeroed), and the caller says it in the words of its format. */
bool pieces_build(struct pieces *p, struct image *im, struct clash *clash, struct err *e);
void pieces_free(struct pieces *p);
