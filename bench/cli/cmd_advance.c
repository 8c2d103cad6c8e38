/* cmd_advance.c - `sector0-bench advance`: let board time pass. */
#include "cli/cli.h"

#include <string.h>

static const struct bench_option options[] = {
    { "--until-uart", "TEXT", "stop as soon as the board's UART has sent TEXT; fail if it does not" },
    { 0 },
};

/* The end of what the UART has sent, for the one who waits in vain. */
static void show_uart(struct client *c, struct err *e)
{
    struct err ignored = { 0 };
    uint64_t first, total = 0;
    uint8_t text[80];
    size_t got = 0;
    char line[81];

    if (!client_uart_read(c, 0, UINT64_MAX, text, 0, &got, &first, &total, &ignored) ||
        !client_uart_read(c, 0, total > sizeof text ? total - sizeof text : 0, text, sizeof text, &got, &first, &total, &ignored))
        return;
    for (size_t i = 0; i < got; i++)
        line[i] = (char)(text[i] < ' ' || text[i] > '~' ? '.' : text[i]);
    line[got] = '\0';
    if (got)
        err_seen(e, "the UART's last characters: %s", line);
    else
        err_seen(e, "the UART has sent nothing");
}

static int run(struct bench *b, struct err *e)
{
    const char *until = bench_option(b, "--until-uart");
    struct bench_link l;
    uint64_t us;
    bool good, seen = false;

    if (!bench_time_us(b->word[1], &us, e))
        return BENCH_USAGE;
    if (until && !*until) {
        err_set(e, ERR_USAGE, "--until-uart wants a text to wait for");
        return BENCH_USAGE;
    }
    if (!bench_open(b, &l, e))
        return bench_exit_of(e);
    good = client_advance(l.client, us, until, &seen, e);
    if (good && until && !seen) {
        good = err_set(e, ERR_TIMEOUT, "the board's UART did not send '%.100s' within %s", until, b->word[1]);
        show_uart(l.client, e);
    }
    return bench_close(&l, good, e);
}

const struct bench_command bench_cmd_advance = {
    .name = "advance",
    .args = "FILE TIME",
    .summary = "Let board time pass, as quickly as this machine can",
    .help = "On a board that follows the wall clock (`serve`), it waits for the time to pass.\n"
            "TEXT counts if it was sent after the last power-on, reset button or earlier --until-uart; it is then done with.\n",
    .options = options,
    .words_min = 2,
    .words_max = 2,
    .run = run,
};
