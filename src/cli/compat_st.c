/* compat_st.c - STM32_Programmer_CLI: a line from arguments to exit status. See compat_st.h, docs/st-names.md.
 *
 * The whole line is read and judged before a probe is touched. Exit status: 0 all done; 1 something failed; 2 the line makes no sense;
 * 4 it asks for something that sector0 knows and does not do. Never 0 after an error. */
#include "cli/compat_st.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is said after ST's line: cause, what was being done, evidence, advice. */
static void explain(struct st *st, const struct err *e)
{
    cli_print_error(&st->cli, e);
    if (st->log) {
        struct cli to_log = { .out = st->log, .err = st->log, .why = st->cli.why };

        cli_print_error(&to_log, e);
    }
}

static int status_of(const struct err *e)
{
    return e->kind == ERR_USAGE ? EXIT_USAGE : e->kind == ERR_UNSUPPORTED ? EXIT_REFUSED : EXIT_FAILED;
}

/* ---- -log ------------------------------------------------------------------------------------------------------------------------ */

static bool log_place(struct st *st, const char *home, struct err *e)
{
    int n;

    if (st->line->log[0]) {
        n = snprintf(st->log_path, sizeof st->log_path, "%s", st->line->log);
    } else {
        if (!home || !home[0])
            return err_set(e, ERR_IO, "-log without a file needs HOME");
        n = snprintf(st->log_path, sizeof st->log_path, "%s/.STM32Programmer", home);
        if (n < 0 || (size_t)n + 12 > sizeof st->log_path)
            return err_set(e, ERR_IO, "HOME is too long");
        mkdir(st->log_path, 0777); /* whether it worked shows when the file is opened */
        strcat(st->log_path, "/trace.log");
    }
    return (n > 0 && (size_t)n < sizeof st->log_path) || err_set(e, ERR_USAGE, "the name of the log is too long");
}

static bool open_log(struct st *st, const char *home, struct err *e)
{
    if (st->line->verbosity >= 3)
        st->cli.trace = st->cli.out;
    if (!st->line->log)
        return true;
    if (!log_place(st, home, e))
        return false;
    st->log = fopen(st->log_path, "ae");
    if (!st->log)
        return err_set(e, ERR_IO, "the log '%.150s' cannot be written: %s", st->log_path, strerror(errno));
    st_print(st, "Log output file:   %s\n", st->log_path);
    st->cli.trace = st->log;
    return true;
}

/* ---- running ---------------------------------------------------------------------------------------------------------------------- */

static bool is_looked_at_only(const struct st_line *line, const struct st_option **which)
{
    for (unsigned i = 0; i < line->jobs; i++)
        if (line->job[i].option->run == st_help || line->job[i].option->run == st_version) {
            *which = line->job[i].option;
            return true;
        }
    return false;
}

static bool run_jobs(struct st *st, struct err *e)
{
    const struct st_line *line = st->line;

    for (unsigned i = 0; i < line->jobs; i++) {
        struct st_job *job = &line->job[i];

        if (job->option == st_connect_option && !st_connect(st, e))
            return false;
        if (!job->option->run)
            continue;
        if (!job->option->offline && !st->connected)
            return err_set(e, ERR_USAGE, "%s stands before -c", job->spelled);
        if (st->usb && !job->option->usb && !job->option->offline) {
            err_set(e, ERR_UNSUPPORTED, "%s takes a debug probe: over USB the bootloader cannot do it", job->spelled);
            return st_failed(st, "not supported over USB");
        }
        if (!job->option->run(st, job, e))
            return false;
    }
    return true;
}

static int run_line(struct st *st, struct st_line *line, int argc, char **argv, const char *home)
{
    const struct st_option *only;
    struct err e = { 0 };
    bool ok;

    if (!st_read_line(line, argc - 1, argv + 1, &e)) {
        st_banner(st);
        st_failed(st, "%s", e.kind == ERR_UNSUPPORTED ? "not supported" : "wrong command line");
        explain(st, &e);
        return status_of(&e);
    }
    ok = open_log(st, home, &e);
    st_banner(st);
    if (!ok) {
        st_failed(st, "the log cannot be written");
    } else if (line->jobs == 0) {
        st_help(st, NULL, &e);
    } else if (is_looked_at_only(line, &only)) {
        only->run(st, NULL, &e);
    } else {
        ok = st_read_files(st, line, &e) && run_jobs(st, &e);
    }
    if (!ok)
        explain(st, &e);
    st_let_go(st, ok);
    return ok ? EXIT_DONE : e.kind == ERR_INTERRUPTED ? EXIT_INTERRUPTED : e.kind == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

/* "2.20.0": digits and dots. */
static const char *version_word(const char *text)
{
    return text && text[0] && strlen(text) < 20 && text[strspn(text, "0123456789.")] == '\0' ? text : NULL;
}

int compat_st_main(int argc, char **argv, const struct usb_fabric *const *fabrics, const struct cli_io *io)
{
    static const struct command as_command = { .name = "STM32_Programmer_CLI", .touch = TOUCH_CHANGES };
    struct st_line line = { 0 };
    struct st st = { .line = &line, .version = version_word(io->env("SECTOR0_ST_VERSION")) };
    int status;

    st.cli = (struct cli){ .fabrics = fabrics, .command = &as_command, .in = io->in, .out = io->out, .err = io->out, .quiet = false };
    st.cli.result = json_object();
    st.cli.notes = json_array();
    st.cli.probe = io->env("SECTOR0_PROBE");
    st.terminal = isatty(fileno(io->out)) == 1;
    setvbuf(io->out, NULL, _IOLBF, 0);
    status = run_line(&st, &line, argc, argv, io->env("HOME"));
    if (st.log && fclose(st.log) != 0) {
        st.log = NULL;
        st_failed(&st, "the log '%s' is not complete", st.log_path);
        status = status ? status : EXIT_FAILED;
    }
    if (fflush(io->out) != 0 || ferror(io->out))
        status = status ? status : EXIT_FAILED; /* nobody can be told */
    flashing_end(&st.f);
    st_line_free(&line);
    json_decref(st.cli.result);
    json_decref(st.cli.notes);
    json_decref(st.cli.why_json);
    free(st.cli.why);
    return status;
}
