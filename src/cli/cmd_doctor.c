/* cmd_doctor.c - sector0 doctor: evidence, findings, ways out. */
#include "cli/doctoring.h"

#include <inttypes.h>
#include <string.h>

/* ---- texts ---- */

/* All of a row: docs/causes is made of it. */
static json_t *rule_json(const struct rule *r)
{
    const struct remedy *m = remedy_find(r->remedy);
    json_t *suspects = json_array();

    for (const struct suspect *s = r->suspect; s && s->id; s++)
        json_array_append_new(suspects, json_pack("{s:s, s:s, s:s}", "id", s->id, "title", s->title, "question", s->question));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:s, s:s, s:s, s:o}", "id", r->id, "title", r->title, "at_most",
                     certainty_name(r->at_most), "families", r->families, "source", r->source, "decide", r->decide, "leads_to", r->leads_to,
                     "explain", r->explain, "remedy", m->does, "class", remedy_class_name(m->kind), "price", m->price, "one_of", suspects);
}

static enum cli_exit list_causes(struct cli *cli)
{
    json_t *list = json_array(), *only = json_array();

    for (const struct rule *const *r = rules; *r; r++) {
        cli_print(cli, "%-28s %s\n", (*r)->id, (*r)->title);
        json_array_append_new(list, rule_json(*r));
    }
    for (const struct cause_only *c = causes_only; c->id; c++)
        json_array_append_new(
            only, json_pack("{s:s, s:s, s:s, s:s}", "id", c->id, "title", c->title, "reason", c->reason, "explain", c->explain));
    json_object_set_new(cli->result, "explained_only", only);
    json_object_set_new(cli->result, "rules", list);
    return EXIT_DONE;
}

static void paragraph(struct cli *cli, const char *head, const char *text)
{
    if (text)
        cli_print(cli, "%-9s %s\n", head, text);
}

static bool explain_rule(struct cli *cli, const struct rule *r)
{
    const struct remedy *m = remedy_find(r->remedy);

    cli_print(cli, "%s: %s\n\n%s\n\n", r->id, r->title, r->explain);
    paragraph(cli, "certainty", certainty_name(r->at_most));
    paragraph(cli, "test", r->decide);
    for (const struct suspect *s = r->suspect; s && s->id; s++)
        cli_print(cli, "is it     %s (%s): %s\n", s->title, s->id, s->question);
    if (m)
        cli_print(cli, "do        %s (%s; price: %s)\n", m->does, remedy_class_name(m->kind), m->price);
    paragraph(cli, "leads to", r->leads_to);
    paragraph(cli, "families", r->families);
    paragraph(cli, "source", r->source);
    json_object_set_new(cli->result, "explain", json_string(r->explain));
    return true;
}

/* A cause that looks like others: in the row of the rule that shows them. */
static bool explain_suspect(struct cli *cli, const char *id)
{
    for (const struct rule *const *r = rules; *r; r++)
        for (const struct suspect *s = (*r)->suspect; s && s->id; s++)
            if (strcmp(s->id, id) == 0) {
                cli_print(
                    cli,
                    "%s: %s\n\nLooks from outside like others; the question that tells it from them: %s\nIt is one of the causes of:\n\n",
                    s->id, s->title, s->question);
                return explain_rule(cli, *r);
            }
    return false;
}

static enum cli_exit explain(struct cli *cli, const char *id, struct err *e)
{
    json_object_set_new(cli->result, "id", json_string(id));
    if (rule_find(id) && explain_rule(cli, rule_find(id)))
        return EXIT_DONE;
    if (explain_suspect(cli, id))
        return EXIT_DONE;
    for (const struct cause_only *c = causes_only; c->id; c++)
        if (strcmp(c->id, id) == 0) {
            cli_print(cli, "%s: %s\n\n%s\n\nThe doctor does not find this: %s.\n", c->id, c->title, c->explain, c->reason);
            json_object_set_new(cli->result, "explain", json_string(c->explain));
            return EXIT_DONE;
        }
    err_set(e, ERR_USAGE, "there is no cause '%.60s'", id);
    err_hint(e, "`sector0 doctor --list` names those there are");
    return cli_exit_of(e);
}

/* ---- looking ---- */

static void show(struct cli *cli, const struct doctoring *g)
{
    const bool brief = cli_option(cli, "--brief");

    if (!cli_option(cli, "--fix") && !brief)
        doctoring_print_board(cli, &g->v);
    if (!cli->json && !cli->quiet) {
        if (g->d.count == 0)
            fprintf(cli->out, "healthy: nothing found\n");
        else if (!g->d.ill)
            fprintf(cli->out, "healthy: nothing is wrong; %u thing%s that may matter to other tools\n%s", g->d.count,
                    cli_plural(g->d.count), brief ? "" : "\n");
        else if (!brief)
            fputc('\n', cli->out);
        doctoring_print(cli, &g->d, brief ? FINDINGS_BRIEF : FINDINGS_ALL);
    }
    json_object_set_new(cli->result, "healthy", json_boolean(!g->d.ill));
    json_object_set_new(cli->result, "findings", diagnosis_to_json(&g->d));
    json_object_set_new(cli->result, "evidence", evidence_to_json(&g->v));
}

/* What --fix and --test may do to a target; the command itself only looks. */
static const struct command changing = { .name = "doctor", .touch = TOUCH_CHANGES };

static bool examine(struct doctoring *g, struct cli *cli, struct err *e)
{
    const char *replay = cli_option(cli, "--replay"), *report = cli_option(cli, "--report"), *elf = cli_option(cli, "--elf");
    bool changed;

    if (replay)
        return doctoring_replay(g, replay, e);
    if (report)
        cli->kept_trace = json_array();
    if ((elf && !program_open(&g->program, elf, e)) || !doctoring_look(g, cli, e))
        return false;
    if (report && !doctoring_report(g, cli, report, cli_option(cli, "--contents"), e)) /* as found: before anything is tried */
        return false;
    if (cli_option(cli, "--test") && !doctoring_test(g, cli, cli->words ? cli->word[0] : NULL, e))
        return false;
    if (!cli_option(cli, "--fix"))
        return true;
    if (!cli_option(cli, "--brief"))
        doctoring_print_board(cli, &g->v);
    return doctoring_fix(g, cli, &changed, e);
}

static bool check_words(struct cli *cli, struct err *e)
{
    static const char *const fixing[] = { "--image", "--lift-wrp", "--erase-everything", "--erase-page", "--at", "--no-save" };

    for (size_t i = 0; i < sizeof fixing / sizeof *fixing; i++)
        if (cli_option(cli, fixing[i]) && !cli_option(cli, "--fix"))
            return err_set(e, ERR_USAGE, "%s goes with --fix", fixing[i]);
    if (cli_option(cli, "--contents") && !cli_option(cli, "--report"))
        return err_set(e, ERR_USAGE, "--contents goes with --report");
    if (cli->words && !cli_option(cli, "--test"))
        return err_set(e, ERR_USAGE, "`doctor` takes no words but behind --test");
    if (cli_option(cli, "--replay") && (cli_option(cli, "--fix") || cli_option(cli, "--test")))
        return err_set(e, ERR_USAGE, "a report cannot be tested or fixed: it is no board");
    return true;
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct doctoring g = { 0 };
    bool ok, ill;

    if (cli_option(cli, "--list"))
        return list_causes(cli);
    if (cli_option(cli, "--explain"))
        return explain(cli, cli_option(cli, "--explain"), e);
    if (!check_words(cli, e))
        return cli_exit_of(e);
    if (cli_option(cli, "--fix") || cli_option(cli, "--test"))
        cli->command = &changing;
    ok = examine(&g, cli, e);
    ill = g.d.ill;
    if (ok)
        show(cli, &g);
    doctoring_end(&g);
    json_decref(cli->kept_trace);
    cli->kept_trace = NULL;
    return !ok ? cli_exit_of(e) : ill ? EXIT_ATTENTION : EXIT_DONE;
}

const struct command command_doctor = {
    .name = "doctor",
    .args = "[--test [ID]] [--fix]",
    .summary = "Find out what is wrong with a board, and how to put it right",
    .help =
        "Reads what the probe, the chip's registers and the first page of flash tell, and names what fits: certain, likely, or possible.\n"
        "Without --test and --fix nothing is halted, reset or written. Exit status 6 if something is likely or certain.\n"
        "--test runs the tests that decide between look-alikes (read, speed, write, nrst, empty, or all); each says first what it does.\n"
        "--fix does what costs nothing and what can be taken back, after saving; what destroys contents needs its own flag.",
    .options =
        (const struct cli_option[]){
            { "--elf", "FILE", "the program in flash: places get function, file and line (else what was flashed last, if it fits)" },
            { "--keep", "FILE", "option words as they are meant to be (`option save` wrote them): no findings" },
            { "--brief", NULL, "what is wrong and the way out, without the evidence" },
            { "--list", NULL, "name all causes that can be found" },
            { "--explain", "ID", "what is known about one cause" },
            { "--test", NULL, "run the test ID, or all of them" },
            { "--fix", NULL, "put right what can be put right" },
            { "--image", "FILE", "--fix: program this in the end, and lift write protection where it needs that" },
            FLASHING_AT,
            { "--lift-wrp", NULL, "--fix: lift write protection everywhere" },
            { "--erase-everything", NULL, "--fix: lower readout protection, at the price of all that is in flash" },
            { "--erase-page", NULL, "--fix: erase a page that cannot be read" },
            FLASHING_NO_SAVE,
            { "--report", "FILE", "write what was found and read, a trace and versions as JSON; no contents of flash but its vectors" },
            { "--contents", NULL, "--report: all of flash, too, and the bytes that the probe sent" },
            { "--replay", "FILE", "findings from a report, without a board" },
            { 0 } },
    .touch = TOUCH_LOOKS,
    .but = "`--test` and `--fix` halt, reset and write",
    .words_min = 0,
    .words_max = 1,
    .run = run,
};
