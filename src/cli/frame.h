/* frame.h - inside the command-line frame: what its files share. Commands include command.h only.
 *
 *   cli.c         one invocation from arguments to exit status; signals
 *   cli_words.c   arguments -> struct cli
 *   cli_help.c    --help, from the tables
 *   cli_out.c     what people read: text, notes, progress, errors
 *   cli_json.c    what programs read
 *   cli_number.c  numbers and durations
 *   cli_target.c  the probe, opened and connected
 *   resolve.c     which probe is meant */
#pragma once
#include "cli/command.h"

struct cli_io { /* where one invocation reads and writes: tests have their own */
    FILE *in, *out, *err;
    bool in_tty, err_tty;
    const char *(*env)(const char *name);
};

enum cli_wish { WISH_RUN, WISH_HELP, WISH_VERSION };

extern const struct cli_option cli_common_options[]; /* ends with name NULL */

int cli_run(int argc, char **argv, const struct usb_fabric *const *fabrics, const struct cli_io *io);

/* Arguments into `cli`, whose streams are set. On failure as much is filled in as was understood (--json counts wherever it stands). */
bool cli_take_words(struct cli *cli, int argc, char **argv, const struct cli_io *io, enum cli_wish *wish, struct err *e);
const struct command *cli_find_command(const char *name); /* NULL: none */
/* The command most like `name`, or NULL if none is. */
const struct command *cli_nearest_command(const char *name);

void cli_help_all(FILE *out);
void cli_help_command(FILE *out, const struct command *command);

void cli_print_error(struct cli *cli, const struct err *e);
void cli_end_progress(struct cli *cli);
void cli_print_json(struct cli *cli, enum cli_exit status, const struct err *e);

/* Set by SIGINT, SIGTERM and SIGHUP while a command runs. */
extern volatile sig_atomic_t cli_stop;
