/* cli.h - a command of `sector0-bench`: its words, and its function. One file per command (cmd_<name>.c), listed in commands.c. */
#pragma once
#include "base/err.h"
#include "owner/link.h"

#include <stdint.h>
#include <stdio.h>

enum bench_exit { /* as sector0's */
                  BENCH_DONE = 0,
                  BENCH_FAILED = 1,
                  BENCH_USAGE = 2,
                  BENCH_NO_BOARD = 3,
                  BENCH_REFUSED = 4,
                  BENCH_DIFFERS = 5,
                  BENCH_INTERRUPTED = 7,
};

struct bench_option {  /* ends with name NULL */
    const char *name;  /* "--chip" */
    const char *value; /* "CHIP"; NULL: a switch */
    const char *help;
};

enum { BENCH_OPTIONS_MAX = 64, BENCH_WORDS_MAX = 8 };

struct bench { /* one invocation */
    const struct bench_command *command;
    struct {
        const char *name, *value;
    } option[BENCH_OPTIONS_MAX];
    unsigned options;
    const char *word[BENCH_WORDS_MAX]; /* [0] is the board file, if the command has one */
    unsigned words;
    char **rest; /* what follows `--`, ends with NULL; NULL: there was none */
    FILE *out, *err;
};

struct bench_command {
    const char *name, *args, *summary;  /* "advance", "FILE TIME", "Let board time pass" */
    const char *help;                   /* more, or NULL */
    const struct bench_option *options; /* may be NULL */
    unsigned words_min, words_max;
    bool takes_rest; /* `-- COMMAND...` */
    /* Returns the exit status. `e` is set where err_kind says why: the frame prints it. */
    int (*run)(struct bench *b, struct err *e);
};

extern const struct bench_command *const bench_commands[]; /* ends with NULL (commands.c) */

/* The whole program; returns the exit status. */
int bench_main(int argc, char **argv);

/* ---- for commands ---- */

const char *bench_option(const struct bench *b, const char *name); /* the last one's value, "" for a switch, NULL if not given */
int bench_exit_of(const struct err *e);
bool bench_time_us(const char *text, uint64_t *us, struct err *e);   /* "500ms", "2s", "30us" */
bool bench_number(const char *text, uint32_t *value, struct err *e); /* decimal or 0x */
/* "a\nb" with C's escapes (\n \r \t \\ \xHH) to bytes, in place. ERR_USAGE. */
bool bench_unescape(char *text, size_t *len, struct err *e);

/* Who we are as an owner, and where its notes go: stderr. */
struct owner_setup bench_setup(struct bench *b, enum bench_pace pace); /* brief, unless you change that */
bool bench_open_as(struct bench *b, struct bench_link *l, enum bench_role role, const struct owner_setup *setup, struct err *e);
bool bench_open(struct bench *b, struct bench_link *l, struct err *e); /* a tool, at pace step */
/* Close, and turn it all into an exit status: `good` is how the command itself went. */
int bench_close(struct bench_link *l, bool good, struct err *e);

/* SIGINT, SIGTERM and SIGHUP from here on only set a flag (and wake poll). */
void bench_catch_signals(void);
bool bench_signalled(void);
