/* ballast.c - tables that make every section of charger-67k exactly as large as in the founding case:
 *
 *     .isr_vector 0xc0, .text 0x10318, .rodata 0x754, .ARM 8, .init_array 4, .fini_array 4, .data 0x138: 68,724 bytes, 34 pages
 *
 * The linker script fills up what the tables leave (code is of another length with every compiler). The contents do not matter to anybody,
 * except that they do not repeat: each page differs from each other, and an address off by anything gives another checksum. They are used:
 * the program adds them up when it starts, and says on its console whether what lies in flash is what was built. */
#include "ballast.h"

#include "console.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_WORDS = 14 * 1024 + 512, RODATA_WORDS = 64, DATA_WORDS = 64 };

/* Word number `n` of the sequence; both the compiler and the program work it out. */
#define SEED    0x5EC70200u
#define WORD(n) ((SEED + (n)) * 0x9E3779B1u ^ ((SEED + (n)) * 0x85EBCA77u) >> 15)

#define WORDS_4(n)    WORD(n), WORD((n) + 1u), WORD((n) + 2u), WORD((n) + 3u)
#define WORDS_16(n)   WORDS_4(n), WORDS_4((n) + 4u), WORDS_4((n) + 8u), WORDS_4((n) + 12u)
#define WORDS_64(n)   WORDS_16(n), WORDS_16((n) + 16u), WORDS_16((n) + 32u), WORDS_16((n) + 48u)
#define WORDS_256(n)  WORDS_64(n), WORDS_64((n) + 64u), WORDS_64((n) + 128u), WORDS_64((n) + 192u)
#define WORDS_1024(n) WORDS_256(n), WORDS_256((n) + 256u), WORDS_256((n) + 512u), WORDS_256((n) + 768u)

/* Tables among the code, as look-up tables of a large program are; the section's name must not be one that functions use. */
__attribute__((section(".text.ballast"))) static const uint32_t text_table[TEXT_WORDS] = {
    WORDS_1024(0u),     WORDS_1024(1024u),  WORDS_1024(2048u), WORDS_1024(3072u), WORDS_1024(4096u),  WORDS_1024(5120u),
    WORDS_1024(6144u),  WORDS_1024(7168u),  WORDS_1024(8192u), WORDS_1024(9216u), WORDS_1024(10240u), WORDS_1024(11264u),
    WORDS_1024(12288u), WORDS_1024(13312u), WORDS_256(14336u), WORDS_256(14592u),
};
enum { RODATA_FIRST = TEXT_WORDS, DATA_FIRST = RODATA_FIRST + RODATA_WORDS };
static const uint32_t rodata_table[RODATA_WORDS] = { WORDS_64(RODATA_FIRST) };
static uint32_t data_table[DATA_WORDS] = { WORDS_64(DATA_FIRST) };

static bool constructed;

/* One entry each in .init_array and .fini_array. Nothing ever calls the second: a charger does not end. */
__attribute__((constructor)) static void construct(void) { constructed = true; }
__attribute__((destructor)) static void destruct(void) { constructed = false; }

/* One entry in .ARM, the index of unwinding tables: this function cannot be unwound. */
__asm(".section .text.ballast_end, \"ax\", %progbits\n\t"
      ".thumb_func\n"
      "ballast_end:\n\t"
      ".fnstart\n\t"
      "bx lr\n\t"
      ".cantunwind\n\t"
      ".fnend\n\t"
      ".text");
void ballast_end(void);

/* Through volatile: the compiler knows the constants and would otherwise decide the comparison itself. */
static size_t count_wrong(const volatile uint32_t *table, size_t words, uint32_t first)
{
    size_t wrong = 0;

    for (uint32_t i = 0; i < words; i++)
        wrong += table[i] != WORD(first + i);
    return wrong;
}

void ballast_report(void)
{
    const size_t wrong = count_wrong(text_table, TEXT_WORDS, 0) + count_wrong(rodata_table, RODATA_WORDS, RODATA_FIRST) +
                         count_wrong(data_table, DATA_WORDS, DATA_FIRST) + !constructed;

    ballast_end();
    if (wrong == 0) {
        console_text("tables as built\r\n");
        return;
    }
    console_text("words of the tables not as built: ");
    console_decimal(wrong);
    console_text("\r\n");
}
