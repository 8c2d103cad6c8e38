/* cmd_serve.c - `sector0-bench serve`: own a board in real time, until told to end; and open further ways into it. */
#include "cli/cli.h"
#include "cli/wire_pty.h"
#include "usbredir/server.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_option options[] = {
    { "--buspirate", "PATH", "a Bus Pirate on the SWD pins: make PATH a link to its serial port" },
    { "--usbredir", "SOCKET[,SOCKET]", "offer the probe's USB plug (and the target's) to QEMU: listen there" },
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

struct ways { /* in, besides the owner's own socket */
    struct wire_pty *pty;
    struct redir_server *redir[PLUGS];
};

static bool open_usbredir(struct ways *w, const char *sockets, struct owner *o, struct err *e)
{
    char *const copy = strdup(sockets), *rest = copy, *path;
    bool good = copy || err_set(e, ERR_NOMEM, "no memory");

    for (unsigned plug = 0; good && (path = strsep(&rest, ",")) != NULL; plug++) {
        if (plug == PLUGS) {
            good = err_set(e, ERR_USAGE, "a board has %d USB plugs, no more", PLUGS);
            break;
        }
        w->redir[plug] = redir_server_open(path, (enum bench_plug)plug, o, e);
        good = w->redir[plug];
    }
    free(copy);
    return good;
}

static bool open_ways(struct ways *w, const struct bench *b, struct owner *o, struct err *e)
{
    const char *const pirate = bench_option(b, "--buspirate"), *const sockets = bench_option(b, "--usbredir");

    if (pirate)
        w->pty = wire_pty_open(pirate, o, e);
    return (!pirate || w->pty) && (!sockets || open_usbredir(w, sockets, o, e));
}

static void close_ways(struct ways *w)
{
    wire_pty_close(w->pty);
    for (unsigned i = 0; i < PLUGS; i++)
        redir_server_close(w->redir[i]);
}

static bool serve(struct owner *o, struct ways *w, struct err *e)
{
    bool good = true;

    while (good && !bench_signalled() && !owner_stopped(o)) {
        struct pollfd fds[1 + PLUGS];
        unsigned count = 0;
        int limit_ms = -1;

        if (w->pty)
            fds[count++] = wire_pty_poll(w->pty);
        for (unsigned i = 0; i < PLUGS && w->redir[i]; i++) {
            const int mine = redir_server_limit_ms(w->redir[i]);

            fds[count++] = redir_server_poll(w->redir[i]);
            if (mine >= 0 && (limit_ms < 0 || mine < limit_ms))
                limit_ms = mine;
        }
        owner_turn(o, limit_ms, fds, count);
        for (unsigned i = PLUGS; i-- > 0;)
            if (w->redir[i])
                redir_server_turn(w->redir[i], fds[--count].revents);
        if (w->pty)
            good = wire_pty_turn(w->pty, fds[--count].revents, e);
    }
    return good;
}

static int run(struct bench *b, struct err *e)
{
    struct owner_setup setup = bench_setup(b, PACE_REAL);
    struct ways ways = { 0 };
    struct owner *o;
    bool busy, good;

    if (bench_option(b, "--stop"))
        return stop(b, e);
    setup.brief = false;
    bench_catch_signals();
    o = owner_open(b->word[0], &setup, &busy, e);
    if (!o)
        return bench_exit_of(e);
    good = open_ways(&ways, b, o, e);
    if (good) {
        fprintf(b->out, "ready: %s\n", b->word[0]);
        fflush(b->out);
        good = serve(o, &ways, e);
    }
    close_ways(&ways);
    return owner_close(o, e) && good ? BENCH_DONE : bench_exit_of(e);
}

const struct bench_command bench_cmd_serve = {
    .name = "serve",
    .args = "FILE",
    .summary = "Keep the board running in real time, until interrupted",
    .help = "Prints one line when it is ready. Every other command reaches the board meanwhile.\n"
            "QEMU connects to the sockets: -chardev socket,id=c0,path=SOCKET,reconnect=1 -device usb-redir,chardev=c0.\n"
            "The Bus Pirate is for programs that drive SWD bit by bit: openocd -c 'adapter driver buspirate; buspirate port PATH'.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
