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

/* All that it is compared with may be the same or not, and no more than that. */
static void compare(const struct symbols *s, const uint8_t *bytes, size_t len)
{
    uint32_t differs_at = 0;
    const size_t n = len < 64 ? len : 64;

    for (uint32_t addr = 0x07FFFFC0; addr < 0x08000100; addr += 32) {
        const size_t same = symbols_same(s, addr, bytes, n, &differs_at);

        CLAIM(same == SYMBOLS_DIFFER ? differs_at - addr < n : same <= n);
    }
    symbols_same(s, 0xFFFFFFF0, bytes, n < 16 ? n : 16, &differs_at);
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
    compare(s, bytes, len);
    symbols_ram_end(s);
    symbols_close(s);
    return 0;
}
