/* cmd_serve.c - `sector0-bench serve`: own a board in real time, until told to end. */
#include "cli/cli.h"

static const struct bench_option options[] = {
    { "--stop", NULL, "end the process that serves FILE" },
    { 0 },
};

static int stop(struct bench *b, struct err *e)
{
    struct client *c = client_connect(b->word[0], ROLE_TOOL, "sector0-bench", e);
    bool good;

    if (!c)
        return bench_exit_of(e);
    good = client_stop(c, e);
    client_close(c);
    return good ? BENCH_DONE : bench_exit_of(e);
}

static int run(struct bench *b, struct err *e)
{
    struct owner_setup setup = bench_setup(b, PACE_REAL);
    struct owner *o;
    bool busy;

    if (bench_option(b, "--stop"))
        return stop(b, e);
    setup.brief = false;
    bench_catch_signals();
    o = owner_open(b->word[0], &setup, &busy, e);
    if (!o)
        return bench_exit_of(e);
    fprintf(b->out, "ready: %s\n", b->word[0]);
    fflush(b->out);
    while (!bench_signalled() && !owner_stopped(o))
        owner_turn(o, -1, NULL, 0);
    return owner_close(o, e) ? BENCH_DONE : bench_exit_of(e);
}

const struct bench_command bench_cmd_serve = {
    .name = "serve",
    .args = "FILE",
    .summary = "Keep the board running in real time, until interrupted",
    .help = "Prints one line when it is ready. Every other command reaches the board meanwhile.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
