/* cmd_scenario.c - `sector0-bench scenario list|show|check`, and what `new --scenario` needs of scenarios. */
#include "cli/scenarios.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIST_WIDTH = 28, FIRMWARE_MAX = 16 << 20 };

/* ---- texts ---- */

static const char *shipped(const char *name)
{
    for (const struct shipped_scenario *s = shipped_scenarios; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s->text;
    return NULL;
}

static bool read_file(const char *path, size_t most, struct buffer *out, struct err *e)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0;
    ssize_t n = 1;

    while (good && n > 0 && out->len <= most) {
        uint8_t *p = buffer_grow(out, 4096);

        n = p ? read(fd, p, 4096) : -1;
        if (p)
            out->len -= 4096 - (size_t)(n > 0 ? n : 0);
        good = n >= 0;
    }
    if (!good)
        err_set(e, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    else if (out->len > most)
        good = err_set(e, ERR_INPUT, "'%s' is far too long", path);
    if (fd >= 0)
        close(fd);
    return good;
}

bool bench_scenario_text(const char *name, struct buffer *text, struct err *e)
{
    const char *kept = shipped(name);

    if (kept) {
        buffer_add(text, kept, strlen(kept));
        return !text->failed || err_set(e, ERR_NOMEM, "no memory for a scenario");
    }
    if (access(name, F_OK) != 0) {
        err_set(e, ERR_USAGE, "there is no scenario '%s', and no such file", name);
        return err_hint(e, "`sector0-bench scenario list` names those that come with the program");
    }
    return read_file(name, SCENARIO_TEXT_MAX, text, e);
}

/* ---- firmware ---- */

static bool read_firmware(void *ctx, const char *name, uint8_t **bytes, size_t *len, struct err *e)
{
    static const char *const folders[] = { "", "firmware/", "../share/sector0-bench/firmware/" };
    char self[PATH_MAX] = "", path[PATH_MAX + 128];
    struct buffer file = { 0 };
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = n > 0 ? strrchr(self, '/') : NULL;

    if (slash)
        slash[1] = '\0';
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s%s%s", i ? self : "", folders[i], name, i ? ".elf" : "");
        if (access(path, F_OK) != 0)
            continue;
        if (!read_file(path, FIRMWARE_MAX, &file, e)) {
            buffer_free(&file);
            return false;
        }
        *bytes = file.bytes;
        *len = file.len;
        return true;
    }
    err_set(e, ERR_USAGE, "there is no firmware '%s'", name);
    return err_hint(e, "a file's name, or one of the firmware that comes with the program (charger, charger-67k)");
}

const struct scenario_files bench_scenario_files = { NULL, read_firmware };

/* ---- commands ---- */

static bool check_for(const char *name, const struct buffer *text, const char *chip, struct scenario *s, struct err *e)
{
    return scenario_parse(s, name, (const char *)text->bytes, text->len, chip, e);
}

/* For the chip it is for, or all of them; then played, so that each line does what it says. */
static bool check(const char *name, struct err *e)
{
    struct scenario *const s = calloc(1, sizeof *s);
    struct buffer text = { 0 };
    char only[32];
    bool good = s && bench_scenario_text(name, &text, e);

    if (good)
        scenario_chip((const char *)text.bytes, text.len, only);
    for (unsigned i = 0; good && chip_list(i); i++) {
        struct board_params params;
        struct board *b;

        if (only[0] && strcmp(only, chip_list(i)) != 0)
            continue;
        params_defaults(&params);
        good = check_for(name, &text, chip_list(i), s, e) && scenario_params(s, &params, e);
        b = good ? board_new(chip_list(i), &params, e) : NULL;
        good = b && scenario_play(s, b, &bench_scenario_files, e);
        board_free(b);
        if (!good)
            err_doing(e, "checking '%s' for %s", name, chip_list(i));
    }
    buffer_free(&text);
    free(s);
    return good;
}

static int list(struct bench *b, struct err *e)
{
    struct scenario *const s = calloc(1, sizeof *s);

    for (const struct shipped_scenario *k = shipped_scenarios; s && k->name; k++) {
        char only[32];

        scenario_chip(k->text, strlen(k->text), only);
        if (!scenario_parse(s, k->name, k->text, strlen(k->text), only[0] ? only : chip_list(0), e))
            break;
        fprintf(b->out, "%-*s %s%s%s%s%s\n", LIST_WIDTH, k->name, s->summary, only[0] ? " (" : "", only, only[0] ? " only)" : "",
                s->pokes ? " [set by hand: nothing produces it]" : "");
    }
    free(s);
    return bench_exit_of(e);
}

static int show(struct bench *b, struct err *e)
{
    struct buffer text = { 0 };

    if (bench_scenario_text(b->word[1], &text, e))
        fwrite(text.bytes, 1, text.len, b->out);
    buffer_free(&text);
    return bench_exit_of(e);
}

static int run(struct bench *b, struct err *e)
{
    if (strcmp(b->word[0], "list") == 0 && b->words == 1)
        return list(b, e);
    if (strcmp(b->word[0], "show") == 0 && b->words == 2)
        return show(b, e);
    if (strcmp(b->word[0], "check") == 0 && b->words == 2) {
        if (check(b->word[1], e))
            fprintf(b->out, "%s: good\n", b->word[1]);
        return bench_exit_of(e);
    }
    err_set(e, ERR_USAGE, "scenario list, scenario show NAME, or scenario check NAME|FILE");
    return BENCH_USAGE;
}

const struct bench_command bench_cmd_scenario = {
    .name = "scenario",
    .args = "list | show NAME | check NAME|FILE",
    .summary = "Boards in trouble: list, show or check",
    .help = "`new FILE --scenario NAME|FILE` makes such a board. `check` reads every word and plays it on a board that is thrown away.\n",
    .words_min = 1,
    .words_max = 2,
    .run = run,
};
