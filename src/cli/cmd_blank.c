/* cmd_blank.c - sector0 blank [ADDR LEN | --pages A..B]: is it erased? Changes nothing. Exit status 5 if not. */
#include "cli/flashing.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHOWN = 8 };

struct finding {
    size_t pages;   /* that are not blank */
    uint32_t first; /* the first byte that is not 0xFF */
    uint32_t page[SHOWN];
};

struct span {
    uint32_t addr, len;
    const char *pages; /* if given, addr and len follow from first and last once the target is known */
    uint32_t first, last;
};

/* What the words say, before a target is touched. */
static bool read_span(struct cli *cli, struct span *span, struct err *e)
{
    *span = (struct span){ .pages = cli_option(cli, "--pages") };
    if (cli->words == 1)
        return err_set(e, ERR_USAGE, "an address needs a length");
    if (cli->words && span->pages)
        return err_set(e, ERR_USAGE, "--pages and an address exclude each other");
    if (span->pages)
        return flashing_read_pages(span->pages, &span->first, &span->last, e);
    if (cli->words == 0)
        return true;
    if (!cli_number(cli->word[0], &span->addr, e) || !cli_number(cli->word[1], &span->len, e))
        return false;
    return span->len || err_set(e, ERR_USAGE, "a length of 0 is always blank");
}

static bool place_span(const struct road_chip *t, struct span *span, struct err *e)
{
    const uint32_t page_bytes = t->device->flash->page_bytes, count = t->flash_bytes / page_bytes;

    if (span->pages) {
        if (span->last >= count)
            return err_set(e, ERR_USAGE, "there is no page %" PRIu32 ": the flash has pages 0..%" PRIu32, span->last, count - 1);
        span->addr = t->device->flash_base + span->first * page_bytes;
        span->len = (span->last - span->first + 1) * page_bytes;
    } else if (span->len == 0) {
        span->addr = t->device->flash_base;
        span->len = t->flash_bytes;
    }
    return true;
}

/* The page is not all 0xFF: are the bytes that were asked about? An ECC error counts, too: an erased page has none. */
static bool look_into(struct flashing *f, const struct want_page *p, uint8_t *now, struct finding *found, struct err *e)
{
    uint32_t at = p->damaged ? 0 : f->want.page_bytes;

    if (!session_read(&f->s, p->addr, now, f->want.page_bytes, e))
        return err_doing(e, "reading the page at %s", flashing_hex(p->addr));
    for (uint32_t i = f->want.page_bytes; i-- > 0;)
        if (want_is_asked(p, i) && now[i] != 0xFF)
            at = i;
    if (at == f->want.page_bytes)
        return true;
    if (found->pages == 0)
        found->first = p->addr + at;
    if (found->pages < SHOWN)
        found->page[found->pages] = flashing_page_number(f, p);
    found->pages++;
    return true;
}

static bool look(struct flashing *f, struct cli *cli, struct span *span, struct finding *found, struct err *e)
{
    uint8_t *now;
    bool ok;

    if (!read_span(cli, span, e) || !flashing_open(f, cli, e) || !place_span(&f->s.chip, span, e) ||
        !want_blank(&f->want, f->s.chip.device, f->s.chip.flash_bytes, span->addr, span->len, e) ||
        !session_compare(&f->s, &f->want, cli_option(cli, "--fast") || f->s.chip.was_halted, e))
        return false;
    now = malloc(f->want.page_bytes);
    ok = now || err_set(e, ERR_NOMEM, "no memory for a page");
    for (size_t i = 0; ok && i < f->want.count; i++)
        if (f->want.pages[i].damaged || f->want.pages[i].now_crc != f->want.blank_crc)
            ok = look_into(f, &f->want.pages[i], now, found, e);
    free(now);
    return ok;
}

static void report(struct flashing *f, struct cli *cli, uint32_t addr, uint32_t len, const struct finding *found)
{
    json_t *pages = json_array();

    for (size_t i = 0; i < found->pages && i < SHOWN; i++)
        json_array_append_new(pages, json_integer(found->page[i]));
    json_object_set_new(cli->result, "address", json_string(flashing_hex(addr)));
    json_object_set_new(cli->result, "bytes", json_integer(len));
    json_object_set_new(cli->result, "blank", json_boolean(found->pages == 0));
    json_object_set_new(cli->result, "pages_not_blank", json_integer((json_int_t)found->pages));
    json_object_set_new(cli->result, "first_pages", pages);
    if (found->pages == 0) {
        cli_print(cli, "blank: %s..%s\n", flashing_hex(addr), flashing_hex(addr + (len - 1)));
        return;
    }
    json_object_set_new(cli->result, "first", json_string(flashing_hex(found->first)));
    cli_print(cli, "not blank: first at %s; %zu of %zu page%s:", flashing_hex(found->first), found->pages, f->want.count,
              f->want.count == 1 ? "" : "s");
    for (size_t i = 0; i < found->pages && i < SHOWN; i++)
        cli_print(cli, " %" PRIu32, found->page[i]);
    cli_print(cli, "%s\n", found->pages > SHOWN ? " ..." : "");
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    struct finding found = { 0 };
    struct span span;

    if (!look(&f, cli, &span, &found, e))
        return flashing_fail(&f, e);
    report(&f, cli, span.addr, span.len, &found);
    flashing_end(&f);
    return found.pages ? EXIT_DIFFERS : EXIT_DONE;
}

const struct command command_blank = {
    .name = "blank",
    .args = "[ADDR LEN | --pages A..B]",
    .summary = "Is the flash erased?",
    .help =
        "Without words, all of it. Exit status 5 if not; the first byte that is not 0xFF is shown. Nothing on the target is halted, reset\n"
        "or written, but see --fast, which is also what happens when the core is found halted.",
    .options = (const struct cli_option[]){ { "--pages", "A..B", "pages A to B, or one" }, FLASHING_FAST, { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 0,
    .words_max = 2,
    .run = run,
};
