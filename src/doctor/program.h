/* program.h - which ELF file is the program in flash, and the evidence's addresses in its words.
 *
 * The user names one, or it is found: what was flashed last is remembered with the chip's saves (flash/store.h). A found one has to prove
 * itself first, by the bytes that flash holds where the core was seen; from one that was named, a difference is told and no more. */
#pragma once
#include "doctor/evidence.h"
#include "doctor/symbols.h"
#include "flash/store.h"

struct program {             /* zeroed: none. program_close frees */
    struct symbols *symbols; /* NULL in one that is found: it cannot be read any more */
    char name[80];           /* without its folder */
    bool found;
};

/* Named by the user. Errors: as symbols_open. */
bool program_open(struct program *p, const char *path, struct err *e);
/* The one of an image that was flashed, if it has one. */
void program_of_image(struct program *p, const char *image);
/* The one of the image flashed last, unless `p` is open. Nothing known: nothing happens. */
void program_find(struct program *p, const struct store *store);
void program_close(struct program *p);

/* The ELF file of an image: itself, or one beside it with the same name and ending .elf, .axf or .out. false: there is none. */
bool program_elf_of(const char *image, char *path, size_t cap);

/* Names for the addresses that a reader may want to know, after the comparison. false (with `e` also in v->failed): the link broke, or
 * ERR_INTERRUPTED. */
bool program_name_places(const struct program *p, struct evidence *v, struct target *t, struct err *e);
/* "charger.elf, flashed last", and what speaks against it; "" without a program. Returns `text`. */
const char *program_text(const struct evidence *v, char *text, size_t cap);
