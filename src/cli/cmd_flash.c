/* cmd_flash.c - sector0 flash FILE: compare, save what will be lost, erase, program, verify, run. */
#include "cli/doctoring.h"

#include <inttypes.h>
#include <string.h>

static bool read_words(struct flashing *f, struct cli *cli, struct err *e)
{
    const char *verify = cli_option(cli, "--verify"), *via = cli_option(cli, "--via");

    if (via && strcmp(via, "dfu") != 0 && strcmp(via, "swd") != 0)
        return err_set(e, ERR_USAGE, "--via takes 'dfu' or 'swd', not '%s'", via);
    f->via_dfu = via && strcmp(via, "dfu") == 0;

    if (verify && strcmp(verify, "crc") != 0 && strcmp(verify, "read") != 0)
        return err_set(e, ERR_USAGE, "--verify takes 'crc' or 'read', not '%s'", verify);
    f->choices.read_back = verify && strcmp(verify, "read") == 0;
    return true;
}

static bool flash(struct flashing *f, struct cli *cli, struct err *e)
{
    return read_words(f, cli, e) && flashing_read_image(f, cli, e) && flashing_open(f, cli, e) && flashing_want(f, e) &&
           flashing_carry(f, "flash", e);
}

static void report(struct flashing *f, struct cli *cli, bool starts)
{
    const size_t saves = f->store ? store_pages(f->store) : 0;
    const char *then = cli_option(cli, "--no-run") ? f->s.road->stays : starts ? "running" : "reset";

    json_object_set_new(cli->result, "plan", flashing_plan_json(f));
    json_object_set_new(cli->result, "bytes", json_integer((json_int_t)f->want.asked_bytes));
    json_object_set_new(cli->result, "seconds", json_real(flashing_seconds(f)));
    json_object_set_new(cli->result, "verified", json_true());
    json_object_set_new(cli->result, "loader", json_boolean(f->s.road->registers && !f->s.direct));
    if (f->store && store_path(f->store))
        json_object_set_new(cli->result, "saved",
                            json_pack("{s:o, s:I}", "file", cli_json_text(store_path(f->store)), "pages", (json_int_t)saves));
    if (f->plan.writes == 0) {
        cli_print(cli, "nothing to do: %s%zu page%s hold%s the image already; %s (%.2f s)\n", f->want.count == 1 ? "" : "all ",
                  f->want.count, cli_plural(f->want.count), f->want.count == 1 ? "s" : "", then, flashing_seconds(f));
        return;
    }
    cli_print(cli, "flashed and verified %" PRIu64 " byte%s: %zu of %zu page%s written; %s (%.2f s)\n", f->want.asked_bytes,
              cli_plural(f->want.asked_bytes), f->plan.writes, f->want.count, cli_plural(f->want.count), then, flashing_seconds(f));
    if (saves)
        cli_print(cli, "saved %zu page%s and the option words: %s\n", saves, saves == 1 ? "" : "s", store_path(f->store));
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    bool starts;

    if (!flash(&f, cli, e))
        return flashing_fail(&f, e);
    starts = flashing_starts(&f);
    report(&f, cli, starts);
    flashing_notes(&f);
    starts = (cli_option(cli, "--no-run") || !starts || doctoring_started(&f)) && starts;
    flashing_end(&f);
    return starts ? EXIT_DONE : EXIT_ATTENTION;
}

const struct command command_flash = {
    .name = "flash",
    .args = "FILE",
    .summary = "Program an image, verify it, run it",
    .help = "FILE is an ELF, Intel HEX, S-record, DfuSe (.dfu) or raw binary file. Only pages that differ are erased and written; what is "
            "in them besides\n"
            "the image is kept. Before anything is lost it is saved. If page 0 is written, it is erased first and its first 8 bytes are\n"
            "written last: an interrupted job cannot start, and the same command again finishes it. `sector0 plan FILE` shows all this\n"
            "without doing it.",
    .options =
        (const struct cli_option[]){ FLASHING_AT,
                                     { "--verify", "crc|read", "prove by CRC on the target (default) or by reading back" },
                                     { "--via", "dfu|swd", "dfu: start the chip's bootloader by the probe, and flash over its own USB" },
                                     FLASHING_NO_RUN,
                                     FLASHING_NO_SAVE,
                                     FLASHING_NO_GUARD,
                                     FLASHING_NO_KEEP,
                                     FLASHING_NO_LOADER,
                                     FLASHING_ANY_VECTORS,
                                     { 0 } },
    .touch = TOUCH_CHANGES,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
