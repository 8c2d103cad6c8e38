/* cli.c - one invocation of `sector0`, from arguments to exit status. */
#include "base/streams.h"
#include "cli/compat.h"
#include "cli/frame.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one variable that is neither constant nor passed in: a signal handler can reach nothing else. */
volatile sig_atomic_t cli_stop;

enum { PATIENCE = 3 }; /* the third signal that nobody has heard ends the program at once */

static void stop(int signal_number)
{
    if (++cli_stop >= PATIENCE) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

/* Without SA_RESTART, so that a question at the terminal ends too. */
static void watch_signals(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction heard = { .sa_handler = stop };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &heard, NULL);
}

enum cli_exit cli_exit_of(const struct err *e)
{
    switch (e->kind) {
    case ERR_USAGE: return EXIT_USAGE;
    case ERR_NODEV: return EXIT_NO_DEVICE;
    case ERR_LOCKED:
    case ERR_REFUSED: return EXIT_REFUSED;
    case ERR_VERIFY: return EXIT_DIFFERS;
    case ERR_INTERRUPTED: return EXIT_INTERRUPTED;
    case ERR_NONE: return EXIT_DONE;
    default: return EXIT_FAILED;
    }
}

/* Statuses with which a command has nothing to explain. */
static bool speaks_for_itself(enum cli_exit status) { return status == EXIT_DONE || status == EXIT_DIFFERS || status == EXIT_ATTENTION; }

static enum cli_exit finish(struct cli *cli, enum cli_exit status, struct err *e)
{
    const bool failed = !speaks_for_itself(status) && e->kind != ERR_NONE; /* without an error: the status of a program that was run */

    cli_end_progress(cli);
    if (cli->json)
        cli_print_json(cli, status, failed ? e : NULL);
    else if (failed)
        cli_print_error(cli, e);
    if (!streams_finish(cli->out)) {
        fprintf(cli->err, "error: the output cannot be written\n");
        if (speaks_for_itself(status))
            status = EXIT_FAILED;
    }
    return status;
}

static enum cli_exit help(struct cli *cli, enum cli_wish wish)
{
    struct err none = { 0 };

    cli->json = false; /* these are texts for people, in any case */
    if (wish == WISH_VERSION)
        fprintf(cli->out, "sector0 " SECTOR0_VERSION "\n");
    else if (cli->command)
        cli_help_command(cli->out, cli->command);
    else
        cli_help_all(cli->out);
    return finish(cli, EXIT_DONE, &none);
}

int cli_run(int argc, char **argv, const struct usb_fabric *const *fabrics, const struct cli_io *io)
{
    struct cli cli = { .fabrics = fabrics, .result = json_object(), .notes = json_array() };
    enum cli_exit status = EXIT_DONE;
    enum cli_wish wish = WISH_RUN;
    struct err e = { 0 };

    if (!cli_take_words(&cli, argc, argv, io, &wish, &e))
        status = finish(&cli, cli_exit_of(&e), &e);
    else if (wish == WISH_RUN)
        status = cli.command->run(&cli, &e), status = finish(&cli, status, &e);
    else
        status = help(&cli, wish);

    if (cli.trace && cli.trace != cli.err && fclose(cli.trace) != 0)
        fprintf(cli.err, "note: the trace is not complete: it could not be written\n");
    json_decref(cli.result);
    json_decref(cli.notes);
    json_decref(cli.why_json);
    free(cli.why);
    return (int)status;
}

static const char *environment(const char *name) { return getenv(name); }

int cli_main(int argc, char **argv, const struct usb_fabric *const *fabrics)
{
    const struct cli_io io = { stdin, stdout, stderr, isatty(STDIN_FILENO), isatty(STDERR_FILENO), environment };

    compat_main_fn *other_name = argc > 0 ? compat_find(argv[0]) : NULL;

    streams_start();
    watch_signals();
    return other_name ? other_name(argc, argv, fabrics, &io) : cli_run(argc, argv, fabrics, &io);
}
