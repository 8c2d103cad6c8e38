/* cmd_option.c - sector0 option show | set NAME=VALUE... | save FILE | restore FILE. */
#include "cli/flashing.h"
#include "flash/carry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES_MAX = 64, FILE_MAX = 64 * 1024 };

struct job {
    struct flashing f;
    uint32_t wanted[LOOK_OPTIONS];
    uint32_t other[LOOK_OPTIONS]; /* goes the same way from the complement: equal in the end, every bit was named */
    struct option_choices choices;
    char *text; /* of the file to restore, owned */
};

/* ---- looking ---- */

static json_t *words_json(const struct look *l, const struct device *d)
{
    json_t *words = json_object();

    for (unsigned i = 0; i < l->options; i++) {
        json_t *fields = json_object();

        for (const struct reg_field *f = d->flash->regs->fields; f->name; f++)
            if (strcmp(f->reg, d->flash->options[i].name) == 0)
                json_object_set_new(fields, f->name, json_integer((json_int_t)(l->option[i] >> f->lsb & ((UINT64_C(1) << f->width) - 1))));
        json_object_set_new(words, d->flash->options[i].name,
                            json_pack("{s:s, s:o}", "value", flashing_hex(l->option[i]), "fields", fields));
    }
    return words;
}

static bool show(struct job *j, struct cli *cli, struct err *e)
{
    const struct look *l = &j->f.s.look;
    const struct device *d = j->f.s.chip.device;

    for (unsigned i = 0; i < l->options; i++) {
        cli_print(cli, "%-9s %s\n", d->flash->options[i].name, flashing_hex(l->option[i]));
        for (const struct reg_field *f = d->flash->regs->fields; f->name; f++) {
            const uint32_t value = (uint32_t)(l->option[i] >> f->lsb & ((UINT64_C(1) << f->width) - 1));

            if (strcmp(f->reg, d->flash->options[i].name) == 0)
                cli_print(cli, f->width > 3 ? "  %-18s 0x%02" PRIX32 "\n" : "  %-18s %" PRIu32 "\n", f->name, value);
        }
    }
    return true;
}

static bool save(struct job *j, struct cli *cli, struct err *e)
{
    char text[8192];
    FILE *out;
    bool ok;

    if (!store_option_text(text, sizeof text, j->f.s.chip.device, &j->f.s.look))
        return err_set(e, ERR_BUG, "the option words do not fit their text");
    out = fopen(cli->word[1], "w");
    ok = out && fputs(text, out) >= 0;
    ok = (!out || fclose(out) == 0) && ok;
    if (!ok)
        return err_set(e, ERR_IO, "%s: %s", cli->word[1], strerror(errno));
    cli_print(cli, "option words saved to %s\n", cli->word[1]);
    return true;
}

/* ---- changing ---- */

static void show_changes(struct cli *cli, const struct option_change *c, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        cli_print_asked(cli, "  %-9s %-18s 0x%" PRIX32 " -> 0x%" PRIX32 "\n", c[i].reg, c[i].field ? c[i].field : "(unnamed bits)",
                        c[i].was, c[i].wanted);
        json_array_append_new(list, json_pack("{s:s, s:s?, s:I, s:I}", "register", c[i].reg, "field", c[i].field, "was",
                                              (json_int_t)c[i].was, "now", (json_int_t)c[i].wanted));
    }
    json_object_set_new(cli->result, "changes", list);
}

/* `wanted` is complete: judge, show, ask, write. */
static bool change(struct job *j, struct cli *cli, struct err *e)
{
    struct option_change changes[CHANGES_MAX];
    struct session *s = &j->f.s;
    const struct device *d = j->f.s.chip.device;
    const size_t n = option_diff(&s->look, j->wanted, d, changes, CHANGES_MAX);
    const char *warning = option_warning(&s->look, j->wanted, d);

    j->choices.all_words = true;
    for (unsigned i = 0; i < s->look.options; i++)
        j->choices.all_words = j->choices.all_words && j->wanted[i] == j->other[i];
    if (!option_judge(&s->look, j->wanted, d, &j->choices, e))
        return false;
    show_changes(cli, changes, n < CHANGES_MAX ? n : CHANGES_MAX);
    if (n == 0 && !look_options_damaged(&s->look, d)) {
        cli_print(cli, "nothing to do: the option words are so already\n");
        return true;
    }
    if (warning && cli->quiet)
        cli_print_asked(cli, "note: %s\n", warning);
    else if (warning)
        cli_note(cli, "%s", warning);
    if (!cli_confirm(cli, "Write these option words? The target is reset.", e) || !carry_options(s, j->wanted, &j->choices, e))
        return false;
    if (s->t)
        target_leave(s->t, false);
    if (j->f.store && store_path(j->f.store)) {
        cli_print(cli, "saved the old option words: %s\n", store_path(j->f.store));
        json_object_set_new(cli->result, "saved", cli_json_text(store_path(j->f.store)));
    }
    json_object_set_new(cli->result, "checked", json_boolean(!s->unchecked));
    if (s->unchecked)
        cli_note(cli,
                 "the bootloader took the words and the chip has reset itself, but it is not in DFU mode any more: what it has loaded was "
                 "not seen (`sector0 option show`, through a probe or in DFU mode, shows it)");
    cli_print(cli, s->unchecked ? "written: %zu field%s\n" : "written, loaded and checked: %zu field%s\n", n, n == 1 ? "" : "s");
    return true;
}

static bool set(struct job *j, struct cli *cli, struct err *e)
{
    for (unsigned i = 1; i < cli->words; i++)
        if (!option_assign(j->wanted, j->f.s.chip.device, cli->word[i], e) || !option_assign(j->other, j->f.s.chip.device, cli->word[i], e))
            return false;
    return change(j, cli, e);
}

/* The text of the file to restore, into j->text. */
static bool read_file(struct job *j, struct cli *cli, struct err *e)
{
    FILE *in = fopen(cli->word[1], "r");
    size_t n;
    bool bad;

    if (!in)
        return err_set(e, ERR_IO, "%s: %s", cli->word[1], strerror(errno));
    j->text = calloc(1, FILE_MAX + 1);
    n = j->text ? fread(j->text, 1, FILE_MAX + 1, in) : 0;
    bad = ferror(in);
    if (bad)
        err_set(e, ERR_IO, "%s: %s", cli->word[1], strerror(errno)); /* a folder, for one */
    fclose(in);
    if (!j->text)
        return err_set(e, ERR_NOMEM, "no memory for an option file");
    if (!bad && (n > FILE_MAX || memchr(j->text, '\0', n)))
        return err_set(e, ERR_INPUT, "%s is no file that `option save` wrote", cli->word[1]);
    return !bad;
}

static bool restore(struct job *j, struct cli *cli, struct err *e)
{
    if (!option_parse(j->wanted, j->f.s.chip.device, j->text, e) || !option_parse(j->other, j->f.s.chip.device, j->text, e))
        return err_doing(e, "reading '%s'", cli->word[1]);
    return change(j, cli, e);
}

/* ---- */

static const struct {
    const char *name;
    bool changes;
    unsigned words_min, words_max;
    const char *takes;
    bool (*run)(struct job *j, struct cli *cli, struct err *e);
} words[] = {
    { "show", false, 0, 0, "no more words", show },
    { "save", false, 1, 1, "the name of a file to write", save },
    { "set", true, 1, 99, "one or more NAME=VALUE", set },
    { "restore", true, 1, 1, "the name of a file that `option save` wrote", restore },
};

/* What can be found wrong before a target is touched. */
static bool check(struct job *j, struct cli *cli, size_t which, struct err *e)
{
    const unsigned n = cli->words - 1;

    if (n < words[which].words_min || n > words[which].words_max)
        return err_set(e, ERR_USAGE, "`option %s` takes %s", words[which].name, words[which].takes);
    return words[which].run != restore || read_file(j, cli, e);
}

/* What `set` and `restore` may do to a target; the command itself only looks. */
static const struct command changing = { .name = "option", .touch = TOUCH_CHANGES };

static bool do_words(struct job *j, struct cli *cli, size_t which, struct err *e)
{
    if (!check(j, cli, which, e) || !flashing_open(&j->f, cli, e))
        return false;
    option_start(j->wanted, &j->f.s.look);
    for (unsigned i = 0; i < LOOK_OPTIONS; i++)
        j->other[i] = ~j->wanted[i];
    return words[which].run(j, cli, e);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct job j = { .f = { .cli = cli } };
    const size_t n = sizeof words / sizeof *words;
    enum cli_exit status;
    size_t which = 0;

    while (which < n && strcmp(words[which].name, cli->word[0]) != 0)
        which++;
    if (which == n) {
        err_set(e, ERR_USAGE, "there is no `option %s`", cli->word[0]);
        err_hint(e, "option show, option set NAME=VALUE..., option save FILE, option restore FILE");
        return cli_exit_of(e);
    }
    j.choices.erase_everything = cli_option(cli, "--erase-everything");
    if (words[which].changes) {
        cli->command = &changing;
        if (!cli->connect_given)
            cli->connect = TARGET_NORMAL;
    }
    if (!do_words(&j, cli, which, e)) {
        free(j.text);
        return flashing_fail(&j.f, e);
    }
    free(j.text);
    if (!j.f.s.unchecked)
        json_object_set_new(cli->result, "options", words_json(&j.f.s.look, j.f.s.chip.device));
    status = j.f.s.unchecked ? EXIT_ATTENTION : EXIT_DONE;
    flashing_end(&j.f);
    return status;
}

const struct command command_option = {
    .name = "option",
    .args = "show | set NAME=VALUE... | save FILE | restore FILE",
    .summary = "Show, change, save or restore the option words",
    .help = "NAME is a field as the reference manual spells it (nBOOT0, WRP1B_STRT; case ignored) or a whole register (OPTR). `set` and\n"
            "`restore` save the old words, show what changes, ask (or need --yes), write, have the chip load them, and check. Readout\n"
            "protection level 2 is never written.",
    .options =
        (const struct cli_option[]){
            { "--erase-everything", NULL, "lower readout protection, at the price of all that is in flash" }, FLASHING_NO_SAVE, { 0 } },
    .touch = TOUCH_LOOKS,
    .but = "`set` and `restore` halt, reset and write",
    .words_min = 1,
    .words_max = 30,
    .run = run,
};
