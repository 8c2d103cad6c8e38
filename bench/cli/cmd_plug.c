/* cmd_plug.c - `sector0-bench plug` and `unplug`: the board's USB cables. */
#include "cli/cli.h"

#include <string.h>

static int cable(struct bench *b, bool in, struct err *e)
{
    const bool probe = strcmp(b->word[1], "probe") == 0;
    struct bench_link l;

    if (!probe && strcmp(b->word[1], "target") != 0) {
        err_set(e, ERR_USAGE, "the board's USB plugs are probe and target, not '%s'", b->word[1]);
        return BENCH_USAGE;
    }
    if (!bench_open(b, &l, e))
        return bench_exit_of(e);
    return bench_close(&l, client_cable(l.client, probe ? PLUG_PROBE : PLUG_TARGET, in, e), e);
}

static int run_plug(struct bench *b, struct err *e) { return cable(b, true, e); }
static int run_unplug(struct bench *b, struct err *e) { return cable(b, false, e); }

const struct bench_command bench_cmd_plug = {
    .name = "plug",
    .args = "FILE probe|target",
    .summary = "Put a USB cable in",
    .words_min = 2,
    .words_max = 2,
    .run = run_plug,
};

const struct bench_command bench_cmd_unplug = {
    .name = "unplug",
    .args = "FILE probe|target",
    .summary = "Pull a USB cable out",
    .words_min = 2,
    .words_max = 2,
    .run = run_unplug,
};
