/* cmd_undo.c - sector0 undo [NUMBER] [--list|--show]: put back what the last command changed, from what it saved. */
#include "cli/flashing.h"
#include "flash/undo_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { CHANGES_MAX = 64 };

struct job {
    struct flashing f;
    struct undo_work w;
    size_t foreign;
};

/* ---- looking ---- */

static void when(struct store *store, unsigned number, char *text, size_t cap)
{
    char path[1024];
    struct stat st;
    struct tm tm;

    store_text_path(store, number, path, sizeof path);
    if (stat(path, &st) != 0 || !localtime_r(&st.st_mtime, &tm) || !strftime(text, cap, "%Y-%m-%d %H:%M", &tm))
        snprintf(text, cap, "-");
}

static size_t announced(const struct undo *u)
{
    size_t n = 0;

    for (size_t i = 0; i < u->count; i++)
        n += u->pages[i].announced;
    return n;
}

static bool list(struct job *j, struct cli *cli, struct err *e)
{
    unsigned *numbers;
    json_t *rows;
    size_t n;

    if (!store_list(j->f.store, &numbers, &n, e))
        return false;
    rows = json_array();
    for (size_t i = n; i-- > 0;) {
        struct err why = { 0 };
        char text[32];
        struct undo u;

        when(j->f.store, numbers[i], text, sizeof text);
        if (!undo_find(&u, j->f.store, j->f.s.chip.device, numbers[i], &why)) {
            cli_print(cli, "%04u  %-16s  cannot be read: %s\n", numbers[i], text, why.cause);
            continue;
        }
        cli_print(cli, "%04u  %-16s  %-7s %zu page%s%s%s\n", numbers[i], text, u.command, announced(&u), announced(&u) == 1 ? "" : "s",
                  u.words ? ", option words" : "", u.interrupted ? ", not finished" : "");
        json_array_append_new(rows, json_pack("{s:I, s:s, s:I, s:b, s:b}", "number", (json_int_t)numbers[i], "command", u.command, "pages",
                                              (json_int_t)announced(&u), "words", u.words, "finished", !u.interrupted));
        undo_free(&u);
    }
    free(numbers);
    json_object_set_new(cli->result, "saves", rows);
    if (n == 0)
        cli_print(cli, "nothing has been saved of this chip\n");
    return true;
}

/* Option words that would be written, field by field. */
static void show_words(struct job *j, struct cli *cli)
{
    struct option_change c[CHANGES_MAX];
    size_t n = option_diff(&j->f.s.look, j->w.undo.before, j->f.s.chip.device, c, CHANGES_MAX);
    json_t *rows = json_array();

    for (size_t i = 0; i < n && i < CHANGES_MAX; i++) {
        cli_print(cli, "  %-9s %-18s 0x%" PRIX32 " -> 0x%" PRIX32 "\n", c[i].reg, c[i].field ? c[i].field : "(unnamed bits)", c[i].was,
                  c[i].wanted);
        json_array_append_new(rows, json_pack("{s:s, s:s?, s:I, s:I}", "register", c[i].reg, "field", c[i].field, "was",
                                              (json_int_t)c[i].was, "now", (json_int_t)c[i].wanted));
    }
    json_object_set_new(cli->result, "changes", rows);
}

static bool is_foreign(const struct job *j, const struct want_page *p)
{
    return p->looked && undo_page_is_foreign(&j->w.undo, p->addr, p->now_crc);
}

static bool was_blank(const struct job *j, const struct want_page *p) { return want_crc(&j->w.want, p) == j->w.want.blank_crc; }

static uint32_t number_of(const struct job *j, const struct want_page *p)
{
    return (p->addr - j->f.s.chip.device->flash_base) / j->w.want.page_bytes;
}

/* Pages that do not hold what they held, and whose doing that is. Those in a row with the same fate share a line. */
static void show_pages(struct job *j, struct cli *cli)
{
    const struct want *w = &j->w.want;
    json_t *rows = json_array();

    for (size_t i = 0, end; i < w->count; i = end) {
        const struct want_page *p = &w->pages[i];
        const bool foreign = is_foreign(j, p);

        end = i + 1;
        if (!undo_work_page_differs(&j->w, p))
            continue;
        while (end < w->count && undo_work_page_differs(&j->w, &w->pages[end]) && is_foreign(j, &w->pages[end]) == foreign &&
               was_blank(j, &w->pages[end]) == was_blank(j, p) && w->pages[end].addr == w->pages[end - 1].addr + w->page_bytes)
            end++;
        j->foreign += foreign ? end - i : 0;
        cli_print(cli, "  page%s %" PRIu32, end - i > 1 ? "s" : "", number_of(j, p));
        if (end - i > 1)
            cli_print(cli, "..%" PRIu32, number_of(j, &w->pages[end - 1]));
        cli_print(cli, " at %s%s%s\n", flashing_hex(p->addr), was_blank(j, p) ? ": blank before" : "",
                  foreign ? "; changed since, by somebody else" : "");
        for (size_t k = i; k < end; k++)
            json_array_append_new(rows, json_pack("{s:I, s:s, s:b}", "page", (json_int_t)number_of(j, &w->pages[k]), "address",
                                                  flashing_hex(w->pages[k].addr), "changed_since", foreign));
    }
    json_object_set_new(cli->result, "pages", rows);
}

static bool ask(struct job *j, struct cli *cli, struct err *e)
{
    const char *warning = j->w.words ? option_warning(&j->f.s.look, j->w.undo.before, j->f.s.chip.device) : NULL;

    if (cli_option(cli, "--erase-everything"))
        j->w.options.erase_everything = true;
    if (j->w.words && !option_judge(&j->f.s.look, j->w.undo.before, j->f.s.chip.device, &j->w.options, e))
        return false;
    if (warning)
        cli_note(cli, "%s%s", warning, j->w.erases && j->w.want.count ? "; what was saved of it is then put back" : "");
    if (j->foreign || undo_words_are_foreign(&j->w.undo, &j->f.s.look, j->f.s.chip.device)) {
        cli_note(cli, "somebody else has changed this since");
        if (!cli_confirm(cli, "Put it back all the same? What is there now is saved.", e))
            return false;
    }
    return !j->w.words || cli_confirm(cli, "Write these option words? The target is reset.", e);
}

static bool undo(struct job *j, struct cli *cli, struct err *e)
{
    uint32_t number = 0;
    char text[32];
    size_t pages;

    if (cli->words && (!cli_number(cli->word[0], &number, e) || number == 0))
        return e->kind ? false : err_set(e, ERR_USAGE, "saves are counted from 1: `sector0 undo --list` shows them");
    if (!undo_work_begin(&j->w, &j->f.s, number, e))
        return false;
    when(j->f.store, j->w.undo.number, text, sizeof text);
    json_object_set_new(cli->result, "number", json_integer(j->w.undo.number));
    json_object_set_new(cli->result, "of", json_string(j->w.undo.command));
    json_object_set_new(cli->result, "interrupted", json_boolean(j->w.undo.interrupted));
    cli_print(cli, "%s save %04u, before `sector0 %s`%s of %s\n",
              cli_option(cli, "--show") ? "would go back to"
              : j->w.undo.finishing     ? "an undo was cut off; going on, back to"
                                        : "going back to",
              j->w.undo.number, j->w.undo.command, j->w.undo.interrupted && !j->w.undo.finishing ? ", which was cut off," : "", text);
    if (j->w.words)
        show_words(j, cli);
    show_pages(j, cli);
    pages = j->w.pages;
    if (pages == 0 && !j->w.words) {
        cli_print(cli, "nothing to do: %s as before\n", j->w.undo.words ? "the option words are" : "the flash is");
        if (j->w.undo.finishing && !cli_option(cli, "--show"))
            store_was_done(j->f.store, j->w.undo.finishing);
        else if (j->w.undo.interrupted)
            cli_print(cli, "`sector0 undo --list` shows earlier saves\n");
        return true;
    }
    if (cli_option(cli, "--show"))
        return true;
    if (!ask(j, cli, e) || !undo_work_do(&j->w, !cli_option(cli, "--no-run"), e))
        return false;
    json_object_set_new(cli->result, "saved", json_string(store_path(j->f.store)));
    if (j->f.s.unchecked)
        cli_note(cli, "the bootloader took the option words and the chip has reset itself, but it is not in DFU mode any more: what it has "
                      "loaded was not seen");
    cli_print(cli, "put back%s:%s", j->f.s.unchecked ? "" : " and verified", j->w.words ? " option words" : "");
    if (pages)
        cli_print(cli, "%s %zu page%s", j->w.words ? "," : "", pages, pages == 1 ? "" : "s");
    cli_print(cli, " (%.2f s)\n", flashing_seconds(&j->f));
    return true;
}

/* What undoing may do to a target; --list and --show only look. */
static const struct command changing = { .name = "undo", .touch = TOUCH_CHANGES };

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct job j = { .f = { .cli = cli } };
    const bool looks = cli_option(cli, "--list") || cli_option(cli, "--show");
    bool ok;

    if (!looks) {
        cli->command = &changing;
        if (!cli->connect_given)
            cli->connect = TARGET_NORMAL;
    }
    ok = flashing_open(&j.f, cli, e);
    if (ok && !j.f.store)
        ok = err_set(e, ERR_IO, "there is no place where saves could be: neither XDG_STATE_HOME nor HOME names a folder");
    ok = ok && (cli_option(cli, "--list") ? list(&j, cli, e) : undo(&j, cli, e));
    if (ok && !looks)
        flashing_notes(&j.f);
    undo_work_end(&j.w);
    if (!ok)
        return flashing_fail(&j.f, e);
    ok = !j.f.s.unchecked;
    flashing_end(&j.f);
    return ok ? EXIT_DONE : EXIT_ATTENTION;
}

const struct command command_undo = {
    .name = "undo",
    .args = "[NUMBER]",
    .summary = "Put back what the last command changed",
    .help =
        "Flash pages and option words as they were before the last flash, erase, write, option set, option restore or undo of this chip,\n"
        "verified; of a virtual board, of this file. A command that was cut off and run again counts as one. An undo can be undone. "
        "NUMBER\n"
        "is an earlier save, as --list shows them. What somebody else has changed since is put back only after a yes.",
    .options = (const struct cli_option[]){ { "--list", NULL, "show the saves of this chip, newest first" },
                                            { "--show", NULL, "show what would be put back, and change nothing" },
                                            { "--erase-everything", NULL,
                                              "lower readout protection again, at the price of what is in flash and not saved" },
                                            FLASHING_NO_RUN,
                                            FLASHING_NO_LOADER,
                                            { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 0,
    .words_max = 1,
    .run = run,
};
