/* store.h - what was in a chip before it was changed: option words and pages, kept in files of the user's, keyed by chip.
 *
 * DIR/UID/NNNN.txt   what was done and the option words before, in the format of `option save`; one line for each page saved
 * DIR/UID/NNNN.hex   those pages as Intel HEX: `sector0 flash NNNN.hex` puts them back
 * DIR/UID/about.txt  the chip, for people. A virtual board has UID-HASH, from its file's absolute path, which stands in about.txt only.
 *
 * Both files are whole after each page: whoever is cut off in the middle still has what was saved until then. docs/flashing.md tells more.
 */
#pragma once
#include "device/device.h"
#include "flash/look.h"

struct store;

struct store_key {
    const char *chip;   /* name of the device row */
    const uint8_t *uid; /* 12 bytes, or NULL if it could not be read */
    const char *board;  /* absolute path of a virtual board's file, or NULL */
};

enum { STORE_KEEP = 20 }; /* saves kept for a chip; older ones are removed when a new one is made */

/* `dir` is borrowed until store_open returns. Nothing is written yet. NULL: ERR_NOMEM. */
struct store *store_open(const char *dir, const struct store_key *key, struct err *e);
void store_close(struct store *s); /* NULL is fine */

/* Is a page with these contents at this address in an earlier save, readable and right? */
bool store_has_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc);

/* Begin a save: makes the folder and NNNN.txt with the option words. Errors: ERR_IO (path and reason). */
bool store_begin(struct store *s, const char *command, const struct device *d, const struct look *l, struct err *e);
/* `bytes` NULL: take them from the earlier save that store_has_page found. */
bool store_add_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc, const uint8_t *bytes, struct err *e);
/* Path of the present save's text, NULL before store_begin. */
const char *store_path(const struct store *s);
size_t store_pages(const struct store *s); /* in the present save */

/* The text of option words, as `option save` writes it. Returns false if `cap` is too small. */
bool store_option_text(char *text, size_t cap, const struct device *d, const struct look *l);
