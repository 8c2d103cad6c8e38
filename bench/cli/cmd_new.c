/* cmd_new.c - `sector0-bench new`: make a board. */
#include "cli/scenarios.h"

#include "board/file.h"
#include "owner/lock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct bench_option options[] = {
    { "--chip", "CHIP", "which microcontroller: stm32u073rc, stm32g071rb" },
    { "--scenario", "NAME|FILE", "a board in trouble (see `scenario list`); says the chip too, if it is for one only" },
    { "--set", "NAME=VALUE", "a parameter other than its default (see `params`); may be repeated" },
    { "--probe-firmware", "VERSION", "what the probe reports, like V2J46M32: clients send by it" },
    { "--force", NULL, "replace a board that is there" },
    { 0 },
};

static bool set_one(struct board_params *params, const char *text, struct err *e)
{
    const char *value = strchr(text, '=');
    char name[40];

    if (!value || (size_t)(value - text) >= sizeof name)
        return err_set(e, ERR_USAGE, "--set wants NAME=VALUE, not '%s'", text);
    memcpy(name, text, (size_t)(value - text));
    name[value - text] = '\0';
    return params_set(params, name, value + 1, e);
}

static bool set_firmware(struct board_params *params, const char *text, struct err *e)
{
    unsigned j, m;
    int used = 0;
    char number[16];

    if (sscanf(text, "V2J%2uM%2u%n", &j, &m, &used) != 2 || text[used])
        return err_set(e, ERR_USAGE, "'%s' is no firmware version of an ST-LINK/V2-1: V2J46M32 is", text);
    snprintf(number, sizeof number, "%u", j);
    if (!params_set(params, "probe_firmware_j", number, e))
        return false;
    snprintf(number, sizeof number, "%u", m);
    return params_set(params, "probe_firmware_m", number, e);
}

static bool gather_params(const struct bench *b, const struct scenario *s, struct board_params *params, struct err *e)
{
    params_defaults(params);
    if (s && !scenario_params(s, params, e))
        return false;
    for (unsigned i = 0; i < b->options; i++) {
        if (strcmp(b->option[i].name, "--set") == 0 && !set_one(params, b->option[i].value, e))
            return false;
        if (strcmp(b->option[i].name, "--probe-firmware") == 0 && !set_firmware(params, b->option[i].value, e))
            return false;
    }
    return true;
}

struct recipe { /* what is to be made */
    char chip[32];
    struct scenario *scenario; /* owned; NULL: a board in good order */
    struct board_params params;
};

static bool make(const struct bench *b, const struct board_paths *paths, const struct recipe *r, struct err *e)
{
    struct board *board;
    bool good;

    if (access(paths->file, F_OK) == 0 && !bench_option(b, "--force")) {
        err_set(e, ERR_REFUSED, "'%s' is there already", b->word[0]);
        return err_hint(e, "`--force` replaces it");
    }
    board = board_new(r->chip, &r->params, e);
    if (!board)
        return false;
    good = (!r->scenario || scenario_play(r->scenario, board, &bench_scenario_files, e)) &&
           board_file_write(board, paths->file, paths->next, e);
    if (good)
        fprintf(b->out, "%s: %s, parameter set %08" PRIx32 "%s%s\n", b->word[0], chip_name(board->chip),
                params_hash(&r->params, chip_name(board->chip)), r->scenario ? "; " : "", r->scenario ? r->scenario->summary : "");
    board_free(board);
    return good;
}

static bool read_scenario(const struct bench *b, struct recipe *r, struct err *e)
{
    const char *const name = bench_option(b, "--scenario"), *chip = bench_option(b, "--chip");
    struct buffer text = { 0 };
    char only[32] = "";
    bool good;

    r->scenario = calloc(1, sizeof *r->scenario);
    good = r->scenario ? bench_scenario_text(name, &text, e) : err_set(e, ERR_NOMEM, "no memory for a scenario");
    if (good)
        scenario_chip((const char *)text.bytes, text.len, only);
    if (good && !chip && !only[0]) {
        err_set(e, ERR_USAGE, "which chip is on the board? this scenario is good for any");
        good = err_hint(e, "--chip stm32u073rc");
    }
    if (good)
        snprintf(r->chip, sizeof r->chip, "%s", chip ? chip : only);
    good = good && scenario_parse(r->scenario, name, (const char *)text.bytes, text.len, r->chip, e);
    buffer_free(&text);
    return good;
}

static bool read_recipe(const struct bench *b, struct recipe *r, struct err *e)
{
    if (bench_option(b, "--scenario"))
        return read_scenario(b, r, e) && gather_params(b, r->scenario, &r->params, e);
    if (!bench_option(b, "--chip")) {
        err_set(e, ERR_USAGE, "which chip is on the board? `--chip` says so");
        return err_hint(e, "--chip stm32u073rc");
    }
    snprintf(r->chip, sizeof r->chip, "%s", bench_option(b, "--chip"));
    return gather_params(b, NULL, &r->params, e);
}

static int run(struct bench *b, struct err *e)
{
    struct recipe r = { 0 };
    struct board_paths paths;
    struct board_lock lock;
    bool busy, good;

    good = read_recipe(b, &r, e) && board_paths(b->word[0], &paths, e) && board_lock_take(&paths, "sector0-bench", &lock, &busy, e);
    if (good) {
        good = make(b, &paths, &r, e);
        board_lock_drop(&paths, &lock);
    }
    free(r.scenario);
    return good ? BENCH_DONE : bench_exit_of(e);
}

const struct bench_command bench_cmd_new = {
    .name = "new",
    .args = "FILE --chip CHIP [--scenario NAME|FILE]",
    .summary = "Make a board",
    .help = "The board is powered, both its USB cables are in, and it has been running for one second. Its flash is blank.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
