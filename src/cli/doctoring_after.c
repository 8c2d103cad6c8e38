/* doctoring_after.c - the findings under an error of another command. See doctoring.h. */
#include "cli/doctoring.h"

#include <stdlib.h>
#include <string.h>

/* Errors that the board explains; the user's words, files and signals do not need it. */
static bool is_the_boards(const struct err *e)
{
    switch (e->kind) {
    case ERR_NODEV:
    case ERR_IO:
    case ERR_TIMEOUT:
    case ERR_PROTOCOL:
    case ERR_FAULT:
    case ERR_LOCKED:
    case ERR_VERIFY:
    case ERR_UNSUPPORTED: return true;
    default: return false;
    }
}

static void keep_line(void *ctx, const char *line)
{
    struct cli *cli = ctx;
    const size_t used = cli->why ? strlen(cli->why) : 0, len = strlen(line);
    char *more = realloc(cli->why, used + len + 2);

    if (!more)
        return;
    memcpy(more + used, line, len);
    memcpy(more + used + len, "\n", 2);
    cli->why = more;
}

static void keep(struct cli *cli, const struct diagnosis *d)
{
    free(cli->why);
    cli->why = NULL;
    json_decref(cli->why_json);
    cli->why_json = diagnosis_to_json(d);
    findings_write(d, FINDINGS_UNDER, cli_columns(cli, cli->err), keep_line, cli);
}

void doctoring_after(struct cli *cli, struct flashing *f, const struct err *e)
{
    struct evidence *v;
    struct diagnosis d;
    struct err ignored = { 0 };

    if (!is_the_boards(e) || !(f->boot.d.usb || (f->t.probe && f->t.device)) || !(v = calloc(1, sizeof *v)))
        return;
    if (f->boot.d.usb)
        evidence_collect_dfu(v, &f->boot, &ignored);
    else
        evidence_collect_now(v, &f->t, &ignored);
    evidence_failed(v, &f->s, e);
    diagnose(&d, v);
    keep(cli, &d);
    free(v);
}

void doctoring_unopened(struct cli *cli, const struct err *e)
{
    struct doctoring g = { 0 };
    struct err ignored = { 0 };

    if (!is_the_boards(e))
        return;
    if (doctoring_look(&g, cli, &ignored))
        keep(cli, &g.d);
    doctoring_end(&g);
}
