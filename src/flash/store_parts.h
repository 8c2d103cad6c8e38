/* store_parts.h - private to the store: what its two files share. store.c has the saves there are, store_write.c makes a new one. */
#pragma once
#include "flash/store.h"
#include "image/image.h"

#include <sys/types.h>

enum { STORE_PATH = 1024 };

struct store_known { /* a page in an earlier save */
    unsigned number;
    uint32_t addr, len, crc;
};

struct store {
    char dir[STORE_PATH]; /* of this chip */
    char path[STORE_PATH];
    char board[STORE_PATH], chip[64], uid[32];
    unsigned number; /* of the present save, 0: none */
    bool finished;   /* it is done */
    unsigned undoes; /* number of the save that it undoes, 0: none */
    size_t pages;
    int hex; /* file descriptor, or -1 */
    off_t hex_end;
    uint32_t hex_upper;        /* last extended linear address written */
    struct store_known *known; /* NULL until somebody asks */
    size_t known_count, known_cap;
    struct image earlier; /* of save number earlier_number, if that is not 0 */
    unsigned earlier_number;
};

/* DIR/NNNN.ending */
void store_file(const struct store *s, unsigned number, const char *ending, char path[STORE_PATH]);
/* From errno. Returns false. */
bool store_io_error(struct err *e, const char *doing, const char *path);
/* The number behind `word` in a save's text, 0: no such line; `word` alone on a line counts as 1. */
unsigned store_line(const struct store *s, unsigned number, const char *word);
/* The newest saved page like this; NULL: none. Valid until the next call. */
const uint8_t *store_find_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc);
