/* start.h - will the application start after the next reset? Judged from its first two words, the option words and ACR.EMPTY. Pure. */
#pragma once
#include "flash/look.h"

enum start_verdict {
    START_YES,
    START_NO,         /* programmed as asked, but the core will not run it: `why` says what to do */
    START_OTHER_CHIP, /* the vectors belong to a chip with more RAM or more flash than this one */
};

/* The initial stack pointer and the reset vector, as in the image (ARMv6-M ARM B1.5.5: bit 0 of the vector must be 1).
 * `why` (at least ERR_TEXT) gets one phrase unless the answer is START_YES. */
enum start_verdict start_vectors(const struct device *d, uint32_t flash_bytes, uint32_t sp, uint32_t pc, char *why);

/* Boot selection by the option words, with main flash not empty (RM0503 table 6). */
enum start_verdict start_boot(const struct look *l, const struct device *d, char *why, char *hint);
