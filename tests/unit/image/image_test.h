/* image_test.h - what the tests of image/ share: errors as text against golden files, a maker of ELF files, a scratch folder. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "image/image.h"

/* Parse, with `im` freed again: true and an untouched `e`, or false and `im` empty. Checks the invariants on the way. */
typedef bool parser(struct image *im, const uint8_t *bytes, size_t len, struct err *e);
bool parses(parser *parse, const void *bytes, size_t len, struct err *e);

/* Ascending, apart from each other, not empty, together no longer than the file they came from. */
void check_image(const struct image *im, size_t file_len);

/* One line per segment, "0x08000000 01 02 03 ..." and "entry 0x..." in `text`. */
const char *image_text(const struct image *im, char *text, size_t cap);

/* Records with "??" where the checksum belongs get the right one. For lines that begin with ':' or 'S'. Returns `out`. */
const char *checked(const char *records, char *out, size_t cap);

/* A golden file grows by cases, then is compared with tests/golden/image/NAME; SECTOR0_GOLDEN=write renews it. */
struct golden {
    char *text;
    size_t len;
    FILE *file;
};
void golden_begin(struct golden *g);
void golden_case(struct golden *g, const char *name, const struct err *e); /* the error as a person would read it */
void golden_end(struct golden *g, const char *name);

/* A scratch folder, removed with all files in it. */
const char *scratch_begin(char *folder, size_t cap);
void scratch_end(const char *folder);
void scratch_write(const char *path, const void *bytes, size_t len);
uint8_t *scratch_read(const char *path, size_t *len); /* free it */

/* An ELF file with everything where a test wants it. Fields left 0 get the value of a good file. The byte at file offset N behind the
 * headers is (uint8_t)(N * 7 + N / 256). */
struct elf_part {
    uint32_t type, offset, vaddr, paddr, filesz, memsz;
};
struct elf_section {
    const char *name;
    uint32_t type, flags, addr, offset, size;
};
struct elf_made {
    uint16_t machine, type;
    uint8_t class, data;
    uint32_t entry;
    struct elf_part parts[6];       /* until one with all 0 */
    struct elf_section sections[8]; /* until one without name; none: no section headers at all */
    uint32_t body;                  /* offset where the section headers begin: 0x400 */
};
size_t elf_make(const struct elf_made *m, uint8_t *bytes, size_t cap); /* returns the file's length */
