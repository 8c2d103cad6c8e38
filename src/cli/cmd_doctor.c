/* cmd_doctor.c - sector0 doctor: evidence, findings, ways out. */
#include "cli/doctoring.h"

#include <inttypes.h>
#include <string.h>

/* ---- texts ---- */

static enum cli_exit list_causes(struct cli *cli)
{
    json_t *list = json_array();

    for (const struct rule *const *r = rules; *r; r++) {
        cli_print(cli, "%-28s %s\n", (*r)->id, (*r)->title);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", (*r)->id, "title", (*r)->title, "at_most",
                                              certainty_name((*r)->at_most), "families", (*r)->families));
    }
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
    doctoring_print_board(cli, &g->v);
    if (!cli->json && !cli->quiet) {
        if (g->d.count == 0)
            fprintf(cli->out, "healthy: nothing found\n");
        else if (!g->d.ill)
            fprintf(cli->out, "healthy: nothing is wrong; %u thing%s that may matter to other tools\n\n", g->d.count,
                    cli_plural(g->d.count));
        else
            fputc('\n', cli->out);
        doctoring_print(cli, cli->out, &g->d, false);
    }
    json_object_set_new(cli->result, "healthy", json_boolean(!g->d.ill));
    json_object_set_new(cli->result, "findings", diagnosis_to_json(&g->d));
    json_object_set_new(cli->result, "evidence", evidence_to_json(&g->v));
}

static enum cli_exit examine(struct cli *cli, struct err *e)
{
    const char *elf = cli_option(cli, "--elf");
    struct doctoring g = { 0 };
    bool ok = !elf || (g.symbols = symbols_open(elf, e));

    ok = ok && doctoring_look(&g, cli, e);
    if (ok)
        show(cli, &g);
    const bool ill = g.d.ill;
    doctoring_end(&g);
    return !ok ? cli_exit_of(e) : ill ? EXIT_ATTENTION : EXIT_DONE;
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    if (cli_option(cli, "--list"))
        return list_causes(cli);
    if (cli_option(cli, "--explain"))
        return explain(cli, cli_option(cli, "--explain"), e);
    return examine(cli, e);
}

const struct command command_doctor = {
    .name = "doctor",
    .args = "",
    .summary = "Find out what is wrong with a board, and how to put it right",
    .help =
        "Reads what the probe, the chip's registers and the first page of flash tell, and names what fits: certain, likely, or possible.\n"
        "Nothing is halted, reset or written. Exit status 6 if something is likely or certain.",
    .options =
        (const struct cli_option[]){ { "--elf", "FILE", "the program in flash: places get function, file and line" },
                                     { "--keep", "FILE", "option words as they are meant to be (`option save` wrote them): no findings" },
                                     { "--list", NULL, "name all causes that can be found" },
                                     { "--explain", "ID", "what is known about one cause" },
                                     { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 0,
    .words_max = 0,
    .run = run,
};
