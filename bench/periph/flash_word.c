/* flash_word.c - the error correcting code of a double word, and torn double words. See flash_word.h. */
#include "periph/flash_word.h"

/* clang-format off */
/* Which data bits each check bit covers. Column n (the check bits that cover data bit n) has weight 3 for n < 56, all such columns in
 * ascending order, then come the eight rotations of 0x1F. Every row has 26 ones, so 64 ones give eight zeros. */
static const uint64_t covers[8] = {
    0xF104225844B12CB7, 0xE30844A88952555B, 0xC710893112649A6D, 0x8F2111C22388E38E,
    0x1F421E043C0F03F0, 0x3E83E007C00FFC00, 0x7CFC0007FFF00000, 0xF8FFFFF800000000,
};
/* clang-format on */

uint8_t flash_check_bits(uint64_t data)
{
    unsigned check = 0;

    for (unsigned k = 0; k < 8; k++)
        check |= (unsigned)__builtin_parityll(data & covers[k]) << k;
    return (uint8_t)check;
}

struct flash_word flash_word_of(uint64_t data) { return (struct flash_word){ data, flash_check_bits(data) }; }

static unsigned column(unsigned bit)
{
    unsigned c = 0;

    for (unsigned k = 0; k < 8; k++)
        c |= (unsigned)(covers[k] >> bit & 1) << k;
    return c;
}

enum flash_ecc flash_word_read(struct flash_word w, uint64_t *data)
{
    unsigned syndrome;

    *data = w.data;
    if (flash_word_is_erased(w)) /* most words of most boards, so asked first */
        return FLASH_ECC_CLEAN;
    syndrome = flash_check_bits(w.data) ^ w.check;
    if (syndrome == 0)
        return FLASH_ECC_CLEAN;
    if (__builtin_popcount(syndrome) == 1) /* a check bit itself */
        return FLASH_ECC_CORRECTED;
    for (unsigned bit = 0; bit < 64; bit++)
        if (column(bit) == syndrome) {
            *data ^= UINT64_C(1) << bit;
            return FLASH_ECC_CORRECTED;
        }
    return FLASH_ECC_DOUBLE;
}

static uint64_t next_random(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/* 64 bits, each one with a chance of `chance` in 65536: the binary digits of the chance, lowest first, choose between or and and. */
static uint64_t random_bits(uint32_t chance, uint64_t *seed)
{
    uint64_t bits = 0;

    for (unsigned digit = 0; digit < 16; digit++) {
        const uint64_t r = next_random(seed);

        bits = chance >> digit & 1 ? bits | r : bits & r;
    }
    return bits;
}

struct flash_word flash_tear(struct flash_word from, struct flash_word to, uint32_t done, uint64_t *seed)
{
    if (done >= 65536)
        return to;
    return (struct flash_word){
        .data = from.data ^ ((from.data ^ to.data) & random_bits(done, seed)),
        .check = (uint8_t)(from.check ^ ((from.check ^ to.check) & random_bits(done, seed))),
    };
}
