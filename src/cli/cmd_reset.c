/* cmd_reset.c - sector0 reset [--halt] [--hard]: reset the chip, and see that a reset came. */
#include "cli/bootloader.h"
#include "cli/resolve.h"

enum { LIMIT_MS = 500 };

static bool reset(struct target *t, bool halt, bool hard, struct err *e)
{
    if (hard)
        return halt ? target_hard_reset_halt(t, e) : target_hard_reset(t, e);
    return halt ? core_reset_halt(&t->core, LIMIT_MS, e) : target_reset_run(t, LIMIT_MS, e);
}

/* Over USB there is one way out of the bootloader: leaving it. */
static bool leave(struct cli *cli, const struct usb_id *id, bool halt, bool hard, struct err *e)
{
    struct boot b;
    bool ok;

    if (halt || hard) {
        err_set(e, ERR_UNSUPPORTED, "over USB a chip can neither be halted nor be reset by its wire");
        return err_hint(e, "`sector0 reset` leaves the bootloader and starts the application; the rest takes a debug probe");
    }
    if (!cli_open_boot(cli, id, &b, e))
        return false;
    ok = dfuse_leave(&b.d, b.chip.device->flash_base, e);
    boot_close(&b);
    return ok;
}

static enum cli_exit reset_bootloader(struct cli *cli, const struct usb_id *id, struct err *e)
{
    struct bootloader b = { 0 };

    if (resolve_is_dfu(id)) {
        b.found = true;
        b.id = *id;
        cli_print(cli, "nothing to do: the bootloader runs already\n");
    } else if (!bootloader_start(cli, id, &b, e)) {
        return cli_exit_of(e);
    } else if (b.found) {
        cli_print(cli, "the bootloader runs; on USB it is at %s%s%s: `--probe %s%s%s`\n", b.id.where, b.id.where[0] ? ", plug " : "",
                  b.id.path, b.id.where[0] ? "bench:" : "dfu:", b.id.where[0] ? b.id.where : b.id.path, b.id.where[0] ? ",dfu" : "");
    } else {
        cli_print(cli, "the bootloader runs\n");
        if (b.speaks_dfu)
            cli_note(cli, "no chip in DFU mode has come up on USB here: is its own USB plugged in?");
    }
    json_object_set_new(cli->result, "by", json_string("bootloader"));
    json_object_set_new(cli->result, "core", json_string("running"));
    json_object_set_new(cli->result, "dfu", b.found ? cli_json_text(b.id.path) : json_null());
    return EXIT_DONE;
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    const bool halt = cli_option(cli, "--halt"), hard = cli_option(cli, "--hard");
    struct usb_id id;
    struct target t;

    if (!cli_resolve(cli, &id, e))
        return cli_exit_of(e);
    if (cli_option(cli, "--bootloader"))
        return reset_bootloader(cli, &id, e);
    if (resolve_is_dfu(&id)) {
        if (!leave(cli, &id, halt, hard, e))
            return cli_exit_of(e);
        cli_print(cli, "left the bootloader; the application was started\n");
        json_object_set_new(cli->result, "by", json_string("dfu"));
        json_object_set_new(cli->result, "core", json_string("running"));
        return EXIT_DONE;
    }
    if (!cli_open_target_at(cli, &id, &t, e))
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
    { "--bootloader", NULL, "start the ROM bootloader; no option word is touched (docs/dfu.md)" },
    { 0 },
};

const struct command command_reset = {
    .name = "reset",
    .args = "",
    .summary = "Reset the chip and let it run",
    .help = "Whether a reset came is checked: a broken NRST wire is told, not passed over. With --probe dfu: leaves the bootloader, which\n"
            "starts the application.",
    .options = options,
    .touch = TOUCH_CHANGES,
    .run = run,
};
