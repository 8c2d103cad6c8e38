/* fuzz_symbols.c - any bytes at all as the program file whose functions and lines are asked for: an error with words, or places that end
 * within what they are written to. libelf and libdw see what image/elf.c lets through. */
#include "doctor/symbols.h"
#include "fuzz.h"

#include <string.h>

enum { PLACE = 160 }; /* struct ev_place */

static void ask(const struct symbols *s, uint32_t addr)
{
    char text[PLACE] = "";

    if (symbols_place(s, addr, text, sizeof text))
        CLAIM(text[0] && strlen(text) < sizeof text);
    else
        CLAIM(!text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct err e = { 0 };
    struct symbols *s = symbols_from(bytes, len, &e);

    if (!s) {
        CLAIM(e.kind == ERR_INPUT && e.cause[0]);
        return 0;
    }
    CLAIM(e.kind == ERR_NONE);
    for (uint32_t addr = 0x08000000; addr < 0x08000100; addr += 6)
        ask(s, addr);
    ask(s, 0);
    ask(s, 0xFFFFFFFF);
    symbols_ram_end(s);
    symbols_close(s);
    return 0;
}
