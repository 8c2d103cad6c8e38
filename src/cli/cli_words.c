/* cli_words.c - arguments into struct cli: common options by a table, the command's own by its table, the rest words. */
#include "cli/frame.h"

#include <stdlib.h>
#include <string.h>

enum { SPEED_DEFAULT_KHZ = 4000, SPEED_MAX_KHZ = 100000 };

/* clang-format off */
const struct cli_option cli_common_options[] = {
    { "--probe",   "PROBE",      "stlink[:SERIAL], VID:PID[:SERIAL], a serial number's beginning, bench:FILE; else SECTOR0_PROBE, else the only one" },
    { "--connect", "HOW",        "attach (nothing is halted or reset), normal (attach, or else under-reset), under-reset" },
    { "--speed",   "KHZ",        "SWD clock, the nearest one not above; 4000 unless told" },
    { "--yes",     NULL,         "take questions as answered with yes" },
    { "--json",    NULL,         "print one JSON object (docs/json.md)" },
    { "--quiet",   NULL,         "print errors only" },
    { "-v",        NULL,         "say more" },
    { "--trace",   "FILE",       "write every USB transfer and probe command to FILE, one line each; - is standard error" },
    { "--help",    NULL,         "this text" },
    { "--version", NULL,         "print the version" },
    { 0 },
};
/* clang-format on */

const struct command *cli_find_command(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

/* How many letters must change to make `a` of `b`, up to 9. */
static unsigned distance(const char *a, const char *b)
{
    enum { MAX = 24 };
    const size_t la = strlen(a), lb = strlen(b);
    unsigned row[MAX + 1];

    if (la > MAX || lb > MAX)
        return 9;
    for (size_t j = 0; j <= lb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            const unsigned above = row[j], change = diagonal + (a[i - 1] != b[j - 1]);
            unsigned best = above < row[j - 1] ? above + 1 : row[j - 1] + 1;

            row[j] = change < best ? change : best;
            diagonal = above;
        }
    }
    return row[lb];
}

const struct command *cli_nearest_command(const char *name)
{
    const struct command *best = NULL;
    unsigned least = 3;

    for (const struct command *const *c = commands; *c; c++)
        if (distance(name, (*c)->name) < least) {
            least = distance(name, (*c)->name);
            best = *c;
        }
    return best;
}

static bool take_connect(struct cli *cli, const char *value, struct err *e)
{
    static const char *const names[] = { [TARGET_ATTACH] = "attach", [TARGET_NORMAL] = "normal", [TARGET_UNDER_RESET] = "under-reset" };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            cli->connect = (enum target_connect)i;
            cli->connect_given = true;
            return true;
        }
    return err_set(e, ERR_USAGE, "--connect cannot be '%.40s': attach, normal and under-reset are ways to connect", value);
}

static bool take_speed(struct cli *cli, const char *value, struct err *e)
{
    uint32_t khz;

    if (!cli_number(value, &khz, e))
        return err_doing(e, "reading --speed");
    if (khz == 0 || khz > SPEED_MAX_KHZ)
        return err_set(e, ERR_USAGE, "--speed is in kHz, from 1 to %u", SPEED_MAX_KHZ);
    cli->speed_khz = khz;
    return true;
}

static bool take_trace(struct cli *cli, const char *value, struct err *e)
{
    if (cli->trace && cli->trace != cli->err)
        fclose(cli->trace);
    cli->trace = strcmp(value, "-") == 0 ? cli->err : fopen(value, "we");
    if (!cli->trace) {
        err_set(e, ERR_IO, "the trace file '%.100s' cannot be written", value);
        return err_doing(e, "opening --trace");
    }
    return true;
}

static bool take_common(struct cli *cli, const char *name, const char *value, enum cli_wish *wish, struct err *e)
{
    if (strcmp(name, "--probe") == 0)
        cli->probe = value;
    else if (strcmp(name, "--connect") == 0)
        return take_connect(cli, value, e);
    else if (strcmp(name, "--speed") == 0)
        return take_speed(cli, value, e);
    else if (strcmp(name, "--trace") == 0)
        return take_trace(cli, value, e);
    else if (strcmp(name, "--yes") == 0)
        cli->yes = true;
    else if (strcmp(name, "--json") == 0)
        cli->json = true;
    else if (strcmp(name, "--quiet") == 0)
        cli->quiet = true;
    else if (strcmp(name, "-v") == 0)
        cli->verbose++;
    else if (strcmp(name, "--help") == 0)
        *wish = WISH_HELP;
    else if (strcmp(name, "--version") == 0)
        *wish = WISH_VERSION;
    return true;
}

static const struct cli_option *find_option(const struct cli_option *options, const char *name, size_t len)
{
    if (options)
        for (const struct cli_option *o = options; o->name; o++)
            if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
                return o;
    return NULL;
}

/* argv[*i] begins with '-'. Takes it, and its value from behind '=' or from the next argument. */
static bool take_option(struct cli *cli, int argc, char **argv, int *i, enum cli_wish *wish, struct err *e)
{
    const char *word = strcmp(argv[*i], "-h") == 0 ? "--help" : argv[*i], *value = "", *equals = strchr(word, '=');
    const size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct cli_option *common = find_option(cli_common_options, word, len);
    const struct cli_option *own = cli->command ? find_option(cli->command->options, word, len) : NULL;
    const struct cli_option *o = own ? own : common;

    if (!o) {
        if (cli->command)
            return err_set(e, ERR_USAGE, "'%s' has no option '%.60s'", cli->command->name, argv[*i]);
        return err_set(e, ERR_USAGE, "there is no option '%.60s' before the command", argv[*i]);
    }
    if (!o->value && equals)
        return err_set(e, ERR_USAGE, "%s takes no value", o->name);
    if (o->value && equals) {
        value = equals + 1;
    } else if (o->value) {
        if (*i + 1 >= argc)
            return err_set(e, ERR_USAGE, "%s needs a value: %s", o->name, o->value);
        value = argv[++*i];
    }
    if (!own)
        return take_common(cli, o->name, value, wish, e);
    if (cli->options == sizeof cli->option / sizeof *cli->option)
        return err_set(e, ERR_USAGE, "too many options");
    cli->option[cli->options].name = o->name;
    cli->option[cli->options++].value = value;
    return true;
}

static bool take_word(struct cli *cli, const char *word, struct err *e)
{
    const struct command *near;

    if (!cli->command) {
        cli->command = cli_find_command(word);
        if (cli->command)
            return true;
        near = cli_nearest_command(word);
        err_set(e, ERR_USAGE, "there is no command '%.60s'", word);
        if (near)
            err_hint(e, "did you mean `sector0 %s`? `sector0 --help` lists all", near->name);
        return false;
    }
    if (cli->words == sizeof cli->word / sizeof *cli->word)
        return err_set(e, ERR_USAGE, "too many words");
    cli->word[cli->words++] = word;
    return true;
}

static bool check_words(const struct cli *cli, struct err *e)
{
    const struct command *c = cli->command;

    if (cli->words >= c->words_min && cli->words <= c->words_max)
        return true;
    if (cli->words < c->words_min)
        return err_set(e, ERR_USAGE, "'%s' needs more: %s", c->name, c->args);
    return err_set(e, ERR_USAGE,
                   c->words_max ? "'%s' takes no more than %s: '%.60s' is too much" : "'%s' takes no words%s: '%.60s' is too much", c->name,
                   c->words_max ? c->args : "", cli->word[c->words_max]);
}

bool cli_take_words(struct cli *cli, int argc, char **argv, const struct cli_io *io, enum cli_wish *wish, struct err *e)
{
    const char *color = io->env("NO_COLOR"), *term = io->env("TERM");
    const bool paints = io->err_tty && !(term && strcmp(term, "dumb") == 0); /* a terminal that understands escape sequences */
    bool ok = true, only_words = false;

    *wish = WISH_RUN;
    cli->in = io->in;
    cli->out = io->out;
    cli->err = io->err;
    cli->asks = io->in_tty && io->err_tty;
    cli->probe = io->env("SECTOR0_PROBE");
    cli->speed_khz = SPEED_DEFAULT_KHZ;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        cli->json = cli->json || strcmp(argv[i], "--json") == 0;

    for (int i = 1; i < argc && ok; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (!only_words && argv[i][0] == '-' && argv[i][1])
            ok = take_option(cli, argc, argv, &i, wish, e);
        else if (!cli->command && strcmp(argv[i], "help") == 0)
            *wish = WISH_HELP;
        else
            ok = take_word(cli, argv[i], e);
    }
    cli->color = paints && !(color && color[0]);
    cli->progress = paints && !cli->quiet && !cli->json;
    if (ok && *wish == WISH_RUN) {
        if (!cli->command)
            ok = err_set(e, ERR_USAGE, "a command is missing");
        else
            ok = check_words(cli, e);
    }
    if (e->kind == ERR_USAGE && !e->hint[0])
        err_hint(e, cli->command ? "`sector0 %s --help` shows how" : "`sector0 --help` shows how", cli->command ? cli->command->name : "");
    return ok;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    const char *value = NULL;

    for (unsigned i = 0; i < cli->options; i++)
        if (strcmp(cli->option[i].name, name) == 0)
            value = cli->option[i].value; /* the last one counts */
    return value;
}
