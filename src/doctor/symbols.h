/* symbols.h - addresses in words: function, file and line, from the ELF file that was programmed. */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Functions from the symbol table; lines from DWARF, where there is any. NULL: ERR_IO, ERR_INPUT (no ELF file for ARM). */
struct symbols *symbols_open(const char *path, struct err *e);
/* The same from a file's bytes, which are copied; errors without its name. */
struct symbols *symbols_from(const uint8_t *bytes, size_t len, struct err *e);
void symbols_close(struct symbols *s); /* NULL is fine */

/* "vchg_ctrl_run+0x1A (vchg_ctrl.c:87)"; false: no function there. */
bool symbols_place(const struct symbols *s, uint32_t addr, char *text, size_t cap);
/* Compares with what the program has for these addresses (where they are loaded, not where they run): how many of the `len` bytes it has,
 * all of them the same, or SYMBOLS_DIFFER with the first that is not. */
#define SYMBOLS_DIFFER SIZE_MAX
size_t symbols_same(const struct symbols *s, uint32_t addr, const uint8_t *bytes, size_t len, uint32_t *differs_at);
/* The first address behind the variables in RAM: where a stack must not come. 0: not known. */
uint32_t symbols_ram_end(const struct symbols *s);
