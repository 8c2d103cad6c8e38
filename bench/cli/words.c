/* words.c - what commands share: reading words, opening the board, signals. See cli.h. */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

const char *bench_option(const struct bench *b, const char *name)
{
    const char *value = NULL;

    for (unsigned i = 0; i < b->options; i++)
        if (strcmp(b->option[i].name, name) == 0)
            value = b->option[i].value;
    return value;
}

bool bench_time_us(const char *text, uint64_t *us, struct err *e)
{
    static const struct {
        const char *suffix;
        uint64_t us;
    } units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 } };
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (isdigit((unsigned char)*text) && strcmp(end, units[i].suffix) == 0 && !errno && v <= UINT64_MAX / units[i].us) {
            *us = v * units[i].us;
            return true;
        }
    return err_set(e, ERR_USAGE, "'%s' is no time: 500ms, 2s and 30us are", text);
}

bool bench_number(const char *text, uint32_t *value, struct err *e)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, hex ? 16 : 10);
    if (!isdigit((unsigned char)*text) || (hex && !isxdigit((unsigned char)text[2])) || *end || errno || v > UINT32_MAX)
        return err_set(e, ERR_USAGE, "'%s' is no number (decimal or 0x) of 32 bits", text);
    *value = (uint32_t)v;
    return true;
}

bool bench_unescape(char *text, size_t *len, struct err *e)
{
    static const char letters[] = "nrt\\", bytes[] = "\n\r\t\\";
    char *out = text;

    for (const char *p = text; *p; p++) {
        const char *known;

        if (*p != '\\') {
            *out++ = *p;
            continue;
        }
        p++;
        known = *p ? strchr(letters, *p) : NULL;
        if (known) {
            *out++ = bytes[known - letters];
        } else if (*p == 'x' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
            const char digits[3] = { p[1], p[2] };

            *out++ = (char)strtoul(digits, NULL, 16);
            p += 2;
        } else {
            return err_set(e, ERR_USAGE, "a backslash is followed by n, r, t, x and two hex digits, or another backslash");
        }
    }
    *len = (size_t)(out - text);
    return true;
}

/* ---- signals ---- */

static volatile sig_atomic_t signalled; /* a signal handler has nowhere else to go */

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
}

void bench_catch_signals(void)
{
    const struct sigaction act = { .sa_handler = on_signal }; /* no SA_RESTART: poll is to return */

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

bool bench_signalled(void) { return signalled; }

/* For a client that waits: once, so that what follows to end in good order is not interrupted again. */
static bool take_signal(void *ctx)
{
    const bool taken = signalled;

    (void)ctx;
    signalled = 0;
    return taken;
}

/* ---- the board ---- */

static void note(void *ctx, const char *text)
{
    const struct bench *b = ctx;

    fflush(b->out);
    fprintf(b->err, "note: %s\n", text);
}

static bool enough(void *ctx)
{
    (void)ctx;
    return signalled;
}

struct owner_setup bench_setup(struct bench *b, enum bench_pace pace)
{
    return (struct owner_setup){
        .program = "sector0-bench", .pace = pace, .brief = true, .wall = &clock_monotonic, .note = note, .enough = enough, .ctx = b
    };
}

bool bench_open_as(struct bench *b, struct bench_link *l, enum bench_role role, const struct owner_setup *setup, struct err *e)
{
    bench_catch_signals(); /* so that the board is saved whatever ends us */
    if (!bench_link_open(l, b->word[0], role, setup, e))
        return false;
    l->client->interrupted = take_signal;
    return true;
}

bool bench_open(struct bench *b, struct bench_link *l, struct err *e)
{
    const struct owner_setup setup = bench_setup(b, PACE_STEP);

    return bench_open_as(b, l, ROLE_TOOL, &setup, e);
}

int bench_close(struct bench_link *l, bool good, struct err *e)
{
    struct err late = { 0 };

    if (!bench_link_close(l, &late) && good) {
        *e = late;
        good = false;
    }
    return good ? BENCH_DONE : bench_exit_of(e);
}
