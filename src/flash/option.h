/* option.h - option words: naming, changing, judging, writing.
 *
 * The words in work are `wanted`: one value per row of device->flash->options, starting as the loaded ones. Fields are spelled as in the
 * manual, case ignored ("nBOOT0", "wrp1b_strt"); a register's own name ("OPTR") sets it whole. */
#pragma once
#include "flash/session.h"

struct option_choices {
    bool erase_everything; /* the user knows that lowering readout protection erases the flash */
    bool all_words;        /* every bit was named: nothing is taken over from what is loaded now */
};

struct option_change {       /* one field that differs */
    const char *reg, *field; /* field NULL: bits without a name */
    uint32_t was, wanted;
};

void option_start(uint32_t *wanted, const struct look *l);
/* "NAME=VALUE". Errors: ERR_USAGE (no such field: near names as hint; value too large; not writable). */
bool option_assign(uint32_t *wanted, const struct device *d, const char *assignment, struct err *e);
/* The text that store_option_text writes. Errors: ERR_INPUT (line and what is wrong; saved from another chip). Comments begin with '#'. */
bool option_parse(uint32_t *wanted, const struct device *d, const char *text, struct err *e);

/* Fields that differ, at most `cap`; returns how many there are. */
size_t option_diff(const struct look *l, const uint32_t *wanted, const struct device *d, struct option_change *changes, size_t cap);

/* Will we write this? ERR_REFUSED: a never_write row of the device (readout protection level 2), BOOT_LOCK together with readout
 * protection, lowering readout protection without its own switch, and, while substitutes of damaged words are loaded, anything but
 * all_words: programming one word would make the substitutes of the others real. */
bool option_judge(const struct look *l, const uint32_t *wanted, const struct device *d, const struct option_choices *c, struct err *e);
/* A sentence to be shown beside the diff, or NULL: what this change costs or risks. */
const char *option_warning(const struct look *l, const uint32_t *wanted, const struct device *d);

/* Taken sessions only. Checks the supply, saves (if there is a store) old words and the whole flash, as far as it can be read; writes the
 * words that differ, has them loaded (the target resets, and stands at its first instruction), connects again and compares what was loaded.
 * Errors: ERR_REFUSED (supply), ERR_VERIFY (loaded words differ), those of the flash controller. */
bool option_write(struct session *s, const uint32_t *wanted, const struct option_choices *c, struct err *e);
