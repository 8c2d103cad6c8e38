/* cmd_press.c - `sector0-bench press`: the board's two buttons. */
#include "cli/cli.h"

#include <string.h>

enum { PUSH_US = 100000 }; /* a short push of a finger */

static int run(struct bench *b, struct err *e)
{
    const bool reset = strcmp(b->word[1], "reset") == 0;
    enum bench_press how = PRESS_PUSH;
    struct bench_link l;
    uint64_t us = PUSH_US;

    if (!reset && strcmp(b->word[1], "boot0") != 0) {
        err_set(e, ERR_USAGE, "the buttons are reset and boot0, not '%s'", b->word[1]);
        return BENCH_USAGE;
    }
    if (b->words > 2 && strcmp(b->word[2], "down") == 0)
        how = PRESS_DOWN;
    else if (b->words > 2 && strcmp(b->word[2], "up") == 0)
        how = PRESS_UP;
    else if (b->words > 2 && !bench_time_us(b->word[2], &us, e))
        return BENCH_USAGE;
    if (!bench_open(b, &l, e))
        return bench_exit_of(e);
    return bench_close(&l, client_press(l.client, reset ? BUTTON_RESET : BUTTON_BOOT0, how, us, e), e);
}

const struct bench_command bench_cmd_press = {
    .name = "press",
    .args = "FILE reset|boot0 [TIME|down|up]",
    .summary = "Push a button for TIME (100ms), or leave it down, or let it go",
    .help = "reset pulls NRST low. boot0 pulls BOOT0 high; the chip looks at it when a reset ends, if its option bytes say so:\n"
            "  sector0-bench press FILE boot0 down; sector0-bench press FILE reset; sector0-bench press FILE boot0 up\n",
    .words_min = 2,
    .words_max = 3,
    .run = run,
};
