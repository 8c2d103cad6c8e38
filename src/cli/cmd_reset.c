/* cmd_reset.c - sector0 reset [--halt] [--hard]: reset the chip, and see that a reset came. */
#include "cli/command.h"

enum { LIMIT_MS = 500 };

static bool reset(struct target *t, bool halt, bool hard, struct err *e)
{
    if (hard)
        return halt ? target_hard_reset_halt(t, e) : target_hard_reset(t, e);
    return halt ? core_reset_halt(&t->core, LIMIT_MS, e) : core_reset_run(&t->core, LIMIT_MS, e);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    const bool halt = cli_option(cli, "--halt"), hard = cli_option(cli, "--hard");
    struct target t;

    if (cli_option(cli, "--bootloader")) {
        err_set(e, ERR_UNSUPPORTED, "this version cannot reset a chip into its bootloader");
        err_hint(e, "hold BOOT0 high (where the options let it count) and use `sector0 reset --hard`");
        return cli_exit_of(e);
    }
    if (!cli_open_target(cli, &t, e))
        return cli_exit_of(e);
    if (!reset(&t, halt, hard, e)) {
        target_close(&t);
        return cli_exit_of(e);
    }
    target_leave(&t, halt);
    target_close(&t);
    cli_print(cli, "reset by %s; the core %s\n", hard ? "NRST" : "the debug port", halt ? "is halted at its first instruction" : "runs");
    json_object_set_new(cli->result, "by", json_string(hard ? "nrst" : "sysresetreq"));
    json_object_set_new(cli->result, "core", json_string(halt ? "halted" : "running"));
    return EXIT_DONE;
}

static const struct cli_option options[] = {
    { "--halt", NULL, "stop at the first instruction, and leave the core halted" },
    { "--hard", NULL, "pulse the NRST wire instead of asking the core" },
    { "--bootloader", NULL, "start the bootloader (not by this version)" },
    { 0 },
};

const struct command command_reset = {
    .name = "reset",
    .args = "",
    .summary = "Reset the chip and let it run",
    .help = "Whether a reset came is checked: a broken NRST wire is told, not passed over.",
    .options = options,
    .touch = TOUCH_CHANGES,
    .run = run,
};
