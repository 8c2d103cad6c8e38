/* cli_out.c - what people read: results on the standard output; notes, progress, questions and errors on the standard error. */
#include "cli/frame.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>

enum {
    SEEN_LINE = 110,  /* pieces of evidence share a line up to here */
    COLUMNS_MIN = 40, /* of a terminal that says less nobody can read */
};

void cli_end_progress(struct cli *cli)
{
    if (cli->progress_shown)
        fputs("\r\033[K", cli->err);
    cli->progress_shown = false;
}

void cli_print(struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->json || cli->quiet)
        return;
    cli_end_progress(cli);
    va_start(args, format);
    vfprintf(cli->out, format, args);
    va_end(args);
}

void cli_print_asked(struct cli *cli, const char *format, ...)
{
    const bool asked = cli->asks && !cli->yes;
    va_list args;

    if (!asked && (cli->json || cli->quiet))
        return;
    cli_end_progress(cli);
    va_start(args, format);
    vfprintf(asked ? cli->err : cli->out, format, args);
    va_end(args);
}

void cli_note(struct cli *cli, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text[strcspn(text, "\n")] = '\0';
    if (cli->notes)
        json_array_append_new(cli->notes, cli_json_text(text));
    if (cli->quiet)
        return;
    cli_end_progress(cli);
    fflush(cli->out); /* what was said before stands before */
    fprintf(cli->err, "note: %s\n", text);
}

void cli_progress(struct cli *cli, const char *what, uint64_t done, uint64_t total)
{
    if (!cli->progress)
        return;
    if (total == 0 || done >= total) {
        cli_end_progress(cli);
        return;
    }
    fprintf(cli->err, "\r\033[K%s %u %%", what, (unsigned)(done * 100 / total));
    fflush(cli->err);
    cli->progress_shown = true;
}

unsigned cli_columns(const struct cli *cli, FILE *f)
{
    struct winsize size;

    if (cli->json || fileno(f) < 0 || ioctl(fileno(f), TIOCGWINSZ, &size) != 0 || size.ws_col < COLUMNS_MIN)
        return UINT_MAX;
    return size.ws_col;
}

bool cli_confirm(struct cli *cli, const char *question, struct err *e)
{
    char answer[16] = "";

    if (cli->yes)
        return true;
    if (!cli->asks) {
        err_set(e, ERR_USAGE, "this needs a yes, and there is no terminal to ask at: %s", question);
        return err_hint(e, "`--yes` says it");
    }
    cli_end_progress(cli);
    fflush(cli->out);
    fprintf(cli->err, "%s [y/N] ", question);
    fflush(cli->err);
    if (!fgets(answer, sizeof answer, cli->in)) {
        fputc('\n', cli->err);
        if (cli_stop) {
            cli_stop = 0;
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        }
    }
    answer[strcspn(answer, "\r\n")] = '\0';
    if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
        return true;
    return err_set(e, ERR_REFUSED, "not done, because you did not say yes");
}

/* Evidence: several pieces on a line as long as they fit. */
static void print_seen(FILE *out, unsigned columns, const struct err *e)
{
    const size_t limit = columns < SEEN_LINE ? columns : SEEN_LINE;
    size_t used = 0;

    for (unsigned i = 0; i < e->n_seen; i++) {
        const size_t len = strlen(e->seen[i]);

        if (used == 0 || used + 3 + len > limit) {
            fprintf(out, "%s  seen  %s", used ? "\n" : "", e->seen[i]);
            used = 8 + len;
        } else {
            fprintf(out, "   %s", e->seen[i]);
            used += 3 + len;
        }
    }
    if (used)
        fputc('\n', out);
}

void cli_print_error(struct cli *cli, const struct err *e)
{
    cli_end_progress(cli);
    fflush(cli->out);
    fprintf(cli->err, "%serror:%s %s\n", cli->color ? "\033[1;31m" : "", cli->color ? "\033[0m" : "", e->cause);
    for (unsigned i = 0; i < e->n_doing; i++)
        fprintf(cli->err, "  while %s\n", e->doing[i]);
    print_seen(cli->err, cli_columns(cli, cli->err), e);
    if (e->hint[0])
        fprintf(cli->err, "  try   %s\n", e->hint);
    if (cli->why)
        fputs(cli->why, cli->err);
}
