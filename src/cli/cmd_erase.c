/* cmd_erase.c - sector0 erase --all | --pages A..B | ADDR LEN: saves what is lost, then erases. */
#include "cli/flashing.h"
#include "flash/carry.h"

#include <inttypes.h>
#include <string.h>

struct span {
    uint32_t addr, len;
    bool all, pages;
    uint32_t first, last; /* with `pages`, from which addr and len follow once the target is known */
};

static bool one_way_only(struct cli *cli, struct err *e)
{
    const int ways = (cli_option(cli, "--all") != NULL) + (cli_option(cli, "--pages") != NULL) + (cli->words > 0);

    if (ways == 1 && (cli->words == 0 || cli->words == 2))
        return true;
    err_set(e, ERR_USAGE,
            ways == 0  ? "erase what?"
            : ways > 1 ? "--all, --pages and an address exclude each other"
                       : "an address needs a length");
    return err_hint(e, "`sector0 erase --all`, `--pages 3..7`, or `0x08001800 4096`");
}

/* What the words say, before a target is touched. */
static bool read_span(struct cli *cli, struct span *span, struct err *e)
{
    const char *pages = cli_option(cli, "--pages");

    *span = (struct span){ .all = cli_option(cli, "--all"), .pages = pages };
    if (!one_way_only(cli, e))
        return false;
    if (pages)
        return flashing_read_pages(pages, &span->first, &span->last, e);
    if (span->all)
        return true;
    if (!cli_number(cli->word[0], &span->addr, e) || !cli_number(cli->word[1], &span->len, e))
        return false;
    return span->len > 0 || err_set(e, ERR_USAGE, "a length of 0 erases nothing");
}

/* What that is on this target. */
static bool place_span(const struct road_chip *t, struct span *span, struct err *e)
{
    const uint32_t page_bytes = t->device->flash->page_bytes, count = t->flash_bytes / page_bytes;

    if (span->all) {
        span->addr = t->device->flash_base;
        span->len = t->flash_bytes;
    } else if (span->pages) {
        if (span->last >= count)
            return err_set(e, ERR_USAGE, "there is no page %" PRIu32 ": the flash has pages 0..%" PRIu32, span->last, count - 1);
        span->addr = t->device->flash_base + span->first * page_bytes;
        span->len = (span->last - span->first + 1) * page_bytes;
    }
    return true;
}

static bool erase(struct flashing *f, struct cli *cli, struct span *span, struct err *e)
{
    struct carry c = { .command = "erase", .choices = &f->choices, .run = !cli_option(cli, "--no-run") };
    struct session *s = &f->s;

    if (!read_span(cli, span, e) || !flashing_open(f, cli, e) || !place_span(&f->s.chip, span, e) ||
        !plan_check_readout(&s->look, f->s.chip.device, e) ||
        !want_blank(&f->want, f->s.chip.device, f->s.chip.flash_bytes, span->addr, span->len, e))
        return false;
    if (span->all && !cli_confirm(cli, "Erase all of the flash?", e))
        return false;
    f->choices.erase = true;
    c.all = span->all;
    return session_check(s, &f->want, &f->choices, e) && carry_flash(s, &f->want, &f->plan, &c, e);
}

static void report(struct flashing *f, struct cli *cli, const struct span *span)
{
    const size_t saves = f->store ? store_pages(f->store) : 0;

    json_object_set_new(cli->result, "address", json_string(flashing_hex(span->addr)));
    json_object_set_new(cli->result, "bytes", json_integer(span->len));
    json_object_set_new(cli->result, "pages", json_integer((json_int_t)f->want.count));
    json_object_set_new(cli->result, "seconds", json_real(flashing_seconds(f)));
    if (f->store && store_path(f->store))
        json_object_set_new(cli->result, "saved",
                            json_pack("{s:o, s:I}", "file", cli_json_text(store_path(f->store)), "pages", (json_int_t)saves));
    cli_print(cli, "erased %zu page%s at %s (%.2f s)\n", f->want.count, f->want.count == 1 ? "" : "s", flashing_hex(f->want.pages[0].addr),
              flashing_seconds(f));
    if (saves)
        cli_print(cli, "saved %zu page%s and the option words: %s\n", saves, saves == 1 ? "" : "s", store_path(f->store));
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    struct span span;

    if (!erase(&f, cli, &span, e))
        return flashing_fail(&f, e);
    flashing_notes(&f);
    report(&f, cli, &span);
    flashing_end(&f);
    return EXIT_DONE;
}

const struct command command_erase = {
    .name = "erase",
    .args = "--all | --pages A..B | ADDR LEN",
    .summary = "Erase flash",
    .help =
        "Pages that are not blank are saved first. ADDR LEN need not be whole pages: the other bytes of the first and last one are kept.\n"
        "Once page 0 is erased, a reset starts the ROM bootloader.",
    .options = (const struct cli_option[]){ { "--all", NULL, "the whole flash; asks, or needs --yes" },
                                            { "--pages", "A..B", "pages A to B, or one" },
                                            FLASHING_NO_RUN,
                                            FLASHING_NO_SAVE,
                                            FLASHING_NO_LOADER,
                                            { 0 } },
    .touch = TOUCH_CHANGES,
    .words_min = 0,
    .words_max = 2,
    .run = run,
};
