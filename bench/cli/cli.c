/* cli.c - the frame around the commands: words in, errors and exit status out. See cli.h. */
#include "cli/cli.h"
#include "base/streams.h"

#include <string.h>

static void print_error(FILE *f, const struct err *e)
{
    fprintf(f, "error: %s\n", e->cause);
    for (unsigned i = 0; i < e->n_doing; i++)
        fprintf(f, "  while %s\n", e->doing[i]);
    for (unsigned i = 0; i < e->n_seen; i++)
        fprintf(f, "  seen  %s\n", e->seen[i]);
    if (e->hint[0])
        fprintf(f, "  try   %s\n", e->hint);
}

int bench_exit_of(const struct err *e)
{
    switch (e->kind) {
    case ERR_NONE: return BENCH_DONE;
    case ERR_USAGE: return BENCH_USAGE;
    case ERR_NODEV: return BENCH_NO_BOARD;
    case ERR_LOCKED:
    case ERR_REFUSED: return BENCH_REFUSED;
    case ERR_VERIFY: return BENCH_DIFFERS;
    case ERR_INTERRUPTED: return BENCH_INTERRUPTED;
    default: return BENCH_FAILED;
    }
}

static void print_option(FILE *f, const struct bench_option *o)
{
    char words[48];

    snprintf(words, sizeof words, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    fprintf(f, "  %-28s %s\n", words, o->help);
}

static void print_help(FILE *f, const struct bench_command *c)
{
    fprintf(f, "usage: sector0-bench %s %s%s\n%s.\n", c->name, c->args, c->options ? " [OPTION...]" : "", c->summary);
    if (c->help)
        fprintf(f, "\n%s", c->help);
    if (c->options)
        fputc('\n', f);
    for (const struct bench_option *o = c->options; o && o->name; o++)
        print_option(f, o);
}

static void print_overview(FILE *f)
{
    fputs("usage: sector0-bench COMMAND FILE [ARGUMENT...]\n"
          "A virtual board: an STM32 with an ST-LINK/V2-1 wired to it, kept in a file. `sector0 --probe bench:FILE ...` works on it.\n\n",
          f);
    for (const struct bench_command *const *c = bench_commands; *c; c++)
        fprintf(f, "  %-8s %s\n", (*c)->name, (*c)->summary);
    fputs("\n`sector0-bench COMMAND --help` says more. TIME is like 500ms, 2s, 30us.\n", f);
}

static const struct bench_command *find_command(const char *name)
{
    for (const struct bench_command *const *c = bench_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static const struct bench_option *find_option(const struct bench_command *c, const char *name, size_t len)
{
    for (const struct bench_option *o = c->options; o && o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

/* argv[*i] begins with '-'. Takes it, and its value from behind '=' or from the next argument. */
static bool parse_option(struct bench *b, char **argv, int *i, struct err *e)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    const struct bench_option *o = find_option(b->command, word, equals ? (size_t)(equals - word) : strlen(word));

    if (!o) {
        err_set(e, ERR_USAGE, "'%s' has no option '%s'", b->command->name, word);
        return err_hint(e, "`sector0-bench %s --help`", b->command->name);
    }
    if (!o->value && equals)
        return err_set(e, ERR_USAGE, "%s takes no value", o->name);
    if (o->value && !equals && !argv[*i + 1])
        return err_set(e, ERR_USAGE, "%s wants %s", o->name, o->value);
    if (b->options == BENCH_OPTIONS_MAX)
        return err_set(e, ERR_USAGE, "too many options");
    b->option[b->options].name = o->name;
    b->option[b->options++].value = equals ? equals + 1 : o->value ? argv[++*i] : "";
    return true;
}

static bool parse_words(struct bench *b, char **argv, struct err *e)
{
    bool only_words = false;

    for (int i = 0; argv[i]; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            if (b->command->takes_rest) {
                b->rest = argv + i + 1;
                break;
            }
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            if (!parse_option(b, argv, &i, e))
                return false;
        } else if (b->words == b->command->words_max) {
            err_set(e, ERR_USAGE, "'%s' does not know what to do with '%s'", b->command->name, argv[i]);
            return err_hint(e, "`sector0-bench %s --help`", b->command->name);
        } else {
            b->word[b->words++] = argv[i];
        }
    }
    if (b->words >= b->command->words_min)
        return true;
    err_set(e, ERR_USAGE, "usage: sector0-bench %s %s", b->command->name, b->command->args);
    return err_hint(e, "`sector0-bench %s --help`", b->command->name);
}

static bool asks_for_help(char **argv)
{
    for (; *argv && strcmp(*argv, "--") != 0; argv++)
        if (strcmp(*argv, "--help") == 0 || strcmp(*argv, "-h") == 0)
            return true;
    return false;
}

/* From arguments to exit status; `e` says what is to be printed as an error. */
static int invoke(struct bench *b, int argc, char **argv, struct err *e)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(argc < 2 ? b->err : b->out);
        return argc < 2 ? BENCH_USAGE : BENCH_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        fprintf(b->out, "sector0-bench " SECTOR0_VERSION "\n");
        return BENCH_DONE;
    }
    b->command = find_command(argv[1]);
    if (!b->command) {
        err_set(e, ERR_USAGE, "there is no command '%s'", argv[1]);
        err_hint(e, "`sector0-bench --help` lists them");
        return BENCH_USAGE;
    }
    if (asks_for_help(argv + 2)) {
        print_help(b->out, b->command);
        return BENCH_DONE;
    }
    return parse_words(b, argv + 2, e) ? b->command->run(b, e) : BENCH_USAGE;
}

int bench_main(int argc, char **argv)
{
    struct bench b = { .out = stdout, .err = stderr };
    struct err e = { 0 };
    int status;

    streams_start();
    status = invoke(&b, argc, argv, &e);
    if (e.kind != ERR_NONE)
        print_error(b.err, &e);
    if (!streams_finish(b.out) && status == BENCH_DONE) {
        err_set(&e, ERR_IO, "cannot write the output");
        print_error(b.err, &e);
        status = BENCH_FAILED;
    }
    return status;
}
