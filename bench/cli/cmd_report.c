/* cmd_report.c - `sector0-bench report`: what has happened on a board. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_option options[] = {
    { "--json", NULL, "for programs" },
    { 0 },
};

static int run(struct bench *b, struct err *e)
{
    const bool json = bench_option(b, "--json");
    struct bench_link l;
    char *text;
    bool good;

    if (!bench_open(b, &l, e))
        return bench_exit_of(e);
    good = client_report(l.client, json, &text, e);
    if (good) {
        fputs(text, b->out);
        if (*text && text[strlen(text) - 1] != '\n')
            fputc('\n', b->out);
        free(text);
    }
    return bench_close(&l, good, e);
}

const struct bench_command bench_cmd_report = {
    .name = "report",
    .args = "FILE",
    .summary = "Tell what has happened on the board: time, transfers, flash use, what was refused",
    .help = "Counted from the day the board was made. Link time is board time with a USB transfer in flight.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
