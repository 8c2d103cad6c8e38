/* cmd_uart.c - `sector0-bench uart`: what the board's firmware says, and something to say to it. */
#include "base/streams.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_option options[] = {
    { "--port", "N", "USARTN, or LPUARTn as 10 + n, instead of the board's parameter uart_port" },
    { "--send", "TEXT", "send TEXT to the board first (\\n \\r \\t \\\\ \\xHH are understood)" },
    { "--follow", NULL, "go on printing until interrupted; a board that nobody owns runs in real time meanwhile" },
    { 0 },
};

enum { FOLLOW_MS = 20 };

static bool print_from(struct bench *b, struct client *c, unsigned port, uint64_t *from, struct err *e)
{
    uint64_t total;
    uint8_t text[4096];
    size_t got;

    do {
        uint64_t first;

        if (!client_uart_read(c, port, *from, text, sizeof text, &got, &first, &total, e))
            return false;
        fwrite(text, 1, got, b->out);
        *from = first + got;
    } while (*from < total);
    return streams_finish(b->out) || err_set(e, ERR_IO, "cannot write the output");
}

static bool follow(struct bench *b, struct bench_link *l, unsigned port, uint64_t from, struct err *e)
{
    while (!bench_signalled() && !streams_reader_gone(b->out)) {
        if (l->owner)
            owner_turn(l->owner, FOLLOW_MS, NULL, 0);
        else
            clock_sleep_us(&clock_monotonic, FOLLOW_MS * 1000);
        if (!print_from(b, l->client, port, &from, e)) {
            if (!l->client->lost && e->kind != ERR_INTERRUPTED)
                return false;
            *e = (struct err){ 0 }; /* the owner has ended, and so has the story; or the user has heard enough */
            return true;
        }
    }
    return true;
}

static bool send_text(struct client *c, unsigned port, const char *text, struct err *e)
{
    char *bytes = strdup(text);
    size_t len;
    bool good;

    if (!bytes)
        return err_set(e, ERR_NOMEM, "no memory");
    good = bench_unescape(bytes, &len, e) && client_uart_write(c, port, bytes, len, e);
    free(bytes);
    return good;
}

static int run(struct bench *b, struct err *e)
{
    const char *text = bench_option(b, "--send"), *number = bench_option(b, "--port");
    const bool follows = bench_option(b, "--follow");
    struct owner_setup setup = bench_setup(b, follows ? PACE_REAL : PACE_STEP);
    struct bench_link l;
    uint32_t port = 0;
    uint64_t from = 0;
    bool good;

    if (number && (!bench_number(number, &port, e) || port < 1 || (port > 4 && port < 11) || port > 13)) {
        err_set(e, ERR_USAGE, "--port is 1..4, or 11..13 for LPUART1..3, not '%s'", number);
        return BENCH_USAGE;
    }
    setup.brief = !follows;
    if (!bench_open_as(b, &l, follows ? ROLE_ONLOOKER : ROLE_TOOL, &setup, e))
        return bench_exit_of(e);
    good = (!text || send_text(l.client, port, text, e)) && print_from(b, l.client, port, &from, e) &&
           (!follows || follow(b, &l, port, from, e));
    return bench_close(&l, good, e);
}

const struct bench_command bench_cmd_uart = {
    .name = "uart",
    .args = "FILE",
    .summary = "Print what the board's firmware has sent over its UART",
    .help = "The last 64 KiB are kept with the board.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
