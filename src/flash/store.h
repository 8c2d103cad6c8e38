/* store.h - what was in a chip before it was changed: option words and pages, kept in files of the user's, keyed by chip.
 *
 * DIR/UID/NNNN.txt   what was done and the option words before, in the format of `option save`; one line for each page saved; and for
 *                    undo (flash/undo.h): what pages and words were to become, whether that was finished, what it goes on with
 * DIR/UID/NNNN.hex   those pages as Intel HEX: `sector0 flash NNNN.hex` puts them back
 * DIR/UID/image.txt  the file that was flashed last: its path
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

/* Can anything be saved here? Makes the folder and tries a file, which is gone again. To be asked before the target is touched.
 * Errors: ERR_IO. */
bool store_try(struct store *s, struct err *e);
/* The next save is that of an undo of save `number`. */
void store_undoes(struct store *s, unsigned number);

/* Begin a save: makes the folder and NNNN.txt with the option words. If the newest save was never finished, the text says that this one
 * continues it. Errors: ERR_IO (path and reason). */
bool store_begin(struct store *s, const char *command, const struct device *d, const struct look *l, struct err *e);
/* There is room for so many more pages and lines (disk, quota, limits). Errors: ERR_IO. */
bool store_reserve(struct store *s, size_t pages, uint32_t page_bytes, struct err *e);
/* What the page is to become; `was` is its CRC now. Said before it is touched. */
bool store_page_becomes(struct store *s, uint32_t addr, uint32_t was, uint32_t becomes, struct err *e);
bool store_words_become(struct store *s, const struct device *d, const uint32_t *words, unsigned count, struct err *e);
/* All that was announced has been done. Should that not go into the file, undo will take the command for an interrupted one. */
void store_done(struct store *s);
bool store_goes_on(const struct store *s); /* begun and not done */
unsigned store_leave(struct store *s);     /* as it is, not done: the next one continues it. Its number, 0: there was none */
/* The same of an earlier save that was cut off just before it could say so. */
void store_was_done(struct store *s, unsigned number);
/* Nothing on the target was touched after all: the save goes away. */
void store_forget(struct store *s);
/* `bytes` NULL: take them from the earlier save that store_has_page found. */
bool store_add_page(struct store *s, uint32_t addr, uint32_t len, uint32_t crc, const uint8_t *bytes, struct err *e);
/* Path of the present save's text, NULL before store_begin. */
const char *store_path(const struct store *s);
size_t store_pages(const struct store *s); /* in the present save */

/* ---- the image that was flashed last ---- */

/* Flash holds this file now. Remembered as well as it goes: what is lost with it is names in the doctor's words. */
void store_flashed(const struct store *s, const char *path);
/* Its absolute path; whether flash and that file are still the same is the caller's to find out. false: nothing is known. */
bool store_flashed_last(const struct store *s, char *path, size_t cap);

/* ---- saves there are ---- */

/* Their numbers, ascending, and how many; all of them or an error, as the newest is the last. *list is the caller's to free. */
bool store_list(const struct store *s, unsigned **list, size_t *n, struct err *e);
void store_text_path(const struct store *s, unsigned number, char *path, size_t cap);
/* A page of save `number`; NULL if it is not there or not right, and then the error says why. Valid until the next call. */
const uint8_t *store_page(struct store *s, unsigned number, uint32_t addr, uint32_t len, uint32_t crc, struct err *e);

/* The text of option words, as `option save` writes it. Returns false if `cap` is too small. */
bool store_option_text(char *text, size_t cap, const struct device *d, const struct look *l);
