/* flash_word.h - what one double word of the array is made of: 64 data bits and 8 check bits, and how they decay.
 *
 * ST does not publish the code. Ours is a Hsiao code: single errors are corrected, double errors detected. Two facts are kept:
 * an erased double word (72 ones) reads as ones without an error though it is no code word, and ones that were programmed are not the
 * same as erased (check bits 0x00): they cannot be programmed again. Pure functions, no controller here. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct flash_word {
    uint64_t data;
    uint8_t check;
};

enum flash_ecc { FLASH_ECC_CLEAN, FLASH_ECC_CORRECTED, FLASH_ECC_DOUBLE };

#define FLASH_WORD_ERASED ((struct flash_word){ UINT64_MAX, UINT8_MAX })

static inline bool flash_word_is_erased(struct flash_word w) { return w.data == UINT64_MAX && w.check == UINT8_MAX; }

uint8_t flash_check_bits(uint64_t data);
struct flash_word flash_word_of(uint64_t data); /* as programming leaves it */

/* What a read of `w` gives. *data is corrected if it can be, else as it stands. */
enum flash_ecc flash_word_read(struct flash_word w, uint64_t *data);

/* What is left when an operation that would turn `from` into `to` stops after `done` of 65536 parts: each cell that should change has
 * changed with that chance. Deterministic in *seed, which moves on. */
struct flash_word flash_tear(struct flash_word from, struct flash_word to, uint32_t done, uint64_t *seed);
