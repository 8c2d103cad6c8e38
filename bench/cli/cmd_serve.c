/* cmd_serve.c - `sector0-bench serve`: own a board in real time, until told to end; and open further ways into it. */
#include "cli/cli.h"
#include "cli/wire_pty.h"

static const struct bench_option options[] = {
    { "--buspirate", "PATH", "a Bus Pirate on the SWD pins: make PATH a link to its serial port" },
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

static bool serve(struct owner *o, struct wire_pty *pty, struct err *e)
{
    bool good = true;

    while (good && !bench_signalled() && !owner_stopped(o)) {
        struct pollfd fds[1];
        unsigned count = 0;

        if (pty)
            fds[count++] = wire_pty_poll(pty);
        owner_turn(o, -1, fds, count);
        if (pty)
            good = wire_pty_turn(pty, fds[0].revents, e);
    }
    return good;
}

static int run(struct bench *b, struct err *e)
{
    struct owner_setup setup = bench_setup(b, PACE_REAL);
    const char *pirate = bench_option(b, "--buspirate");
    struct wire_pty *pty = NULL;
    struct owner *o;
    bool busy, good;

    if (bench_option(b, "--stop"))
        return stop(b, e);
    setup.brief = false;
    bench_catch_signals();
    o = owner_open(b->word[0], &setup, &busy, e);
    if (!o)
        return bench_exit_of(e);
    if (pirate)
        pty = wire_pty_open(pirate, o, e);
    good = !pirate || pty;
    if (good) {
        fprintf(b->out, "ready: %s\n", b->word[0]);
        fflush(b->out);
        good = serve(o, pty, e);
    }
    wire_pty_close(pty);
    return owner_close(o, e) && good ? BENCH_DONE : bench_exit_of(e);
}

const struct bench_command bench_cmd_serve = {
    .name = "serve",
    .args = "FILE",
    .summary = "Keep the board running in real time, until interrupted",
    .help = "Prints one line when it is ready. Every other command reaches the board meanwhile.\n"
            "The Bus Pirate is for programs that drive SWD bit by bit: openocd -c 'adapter driver buspirate; buspirate port PATH'.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
