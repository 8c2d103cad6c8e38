/* cmd_power.c - `sector0-bench power`: the board's supply. */
#include "cli/cli.h"

#include <string.h>

enum { CYCLE_US = 500000 }; /* long enough for any supply to fall */

static int run(struct bench *b, struct err *e)
{
    static const char *const words[POWERS] = { [POWER_OFF] = "off", [POWER_ON] = "on", [POWER_CYCLE] = "cycle" };
    struct bench_link l;
    unsigned how = 0;
    uint64_t us = CYCLE_US;

    while (how < POWERS && strcmp(b->word[1], words[how]) != 0)
        how++;
    if (how == POWERS) {
        err_set(e, ERR_USAGE, "power is on, off or cycle, not '%s'", b->word[1]);
        return BENCH_USAGE;
    }
    if (b->words > 2 && how != POWER_CYCLE) {
        err_set(e, ERR_USAGE, "only `cycle` has a time");
        return BENCH_USAGE;
    }
    if (b->words > 2 && !bench_time_us(b->word[2], &us, e))
        return BENCH_USAGE;
    if (!bench_open(b, &l, e))
        return bench_exit_of(e);
    return bench_close(&l, client_power(l.client, (enum bench_power)how, us, e), e);
}

const struct bench_command bench_cmd_power = {
    .name = "power",
    .args = "FILE on|off|cycle [TIME]",
    .summary = "Switch the board's supply; cycle: off for TIME (500ms), then on",
    .help = "The probe has a supply of its own, its USB cable.\n",
    .words_min = 2,
    .words_max = 3,
    .run = run,
};
