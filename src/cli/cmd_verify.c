/* cmd_verify.c - sector0 verify FILE: does the flash hold the image? Changes nothing. Exit status 5 if not. */
#include "cli/flashing.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHOWN = 8 };

struct differences {
    uint64_t bytes;
    size_t pages, damaged;
    struct {
        uint32_t addr;
        uint8_t now, wanted;
    } first[SHOWN];
};

static void note_byte(struct differences *d, uint32_t addr, uint8_t now, uint8_t wanted)
{
    if (d->bytes < SHOWN) {
        d->first[d->bytes].addr = addr;
        d->first[d->bytes].now = now;
        d->first[d->bytes].wanted = wanted;
    }
    d->bytes++;
}

/* The page has another CRC than it is to have: which bytes? */
static bool look_into(struct flashing *f, const struct want_page *p, uint8_t *now, struct differences *d, struct err *e)
{
    if (!session_read(&f->s, p->addr, now, f->want.page_bytes, e))
        return err_doing(e, "reading the page at %s", flashing_hex(p->addr));
    d->pages++;
    for (uint32_t i = 0; i < f->want.page_bytes; i++)
        if (want_is_asked(p, i) && now[i] != p->bytes[i])
            note_byte(d, p->addr + i, now[i], p->bytes[i]);
    return true;
}

static bool find_differences(struct flashing *f, struct differences *d, struct err *e)
{
    uint8_t *now = malloc(f->want.page_bytes);
    bool ok = now || err_set(e, ERR_NOMEM, "no memory for a page");

    for (size_t i = 0; ok && i < f->want.count; i++) {
        const struct want_page *p = &f->want.pages[i];

        d->damaged += p->damaged;
        if (p->now_crc != want_crc(&f->want, p))
            ok = look_into(f, p, now, d, e);
    }
    free(now);
    return ok;
}

static void report(struct flashing *f, struct cli *cli, const struct differences *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->bytes && i < SHOWN; i++)
        json_array_append_new(list, json_pack("{s:s, s:i, s:i}", "address", flashing_hex(d->first[i].addr), "flash", d->first[i].now,
                                              "image", d->first[i].wanted));
    json_object_set_new(cli->result, "bytes", json_integer((json_int_t)f->want.asked_bytes));
    json_object_set_new(cli->result, "same", json_boolean(d->bytes == 0 && d->damaged == 0));
    json_object_set_new(cli->result, "differing_bytes", json_integer((json_int_t)d->bytes));
    json_object_set_new(cli->result, "differing_pages", json_integer((json_int_t)d->pages));
    json_object_set_new(cli->result, "damaged_pages", json_integer((json_int_t)d->damaged));
    json_object_set_new(cli->result, "first", list);
    if (d->bytes == 0 && d->damaged == 0) {
        cli_print(cli, "verified: the flash holds all %" PRIu64 " byte%s (%.2f s)\n", f->want.asked_bytes, cli_plural(f->want.asked_bytes),
                  flashing_seconds(f));
        return;
    }
    cli_print(cli, "differs: %" PRIu64 " of %" PRIu64 " byte%s, in %zu of %zu page%s\n", d->bytes, f->want.asked_bytes,
              cli_plural(f->want.asked_bytes), d->pages, f->want.count, cli_plural(f->want.count));
    for (size_t i = 0; i < d->bytes && i < SHOWN; i++)
        cli_print(cli, "  %s: flash 0x%02X, image 0x%02X\n", flashing_hex(d->first[i].addr), d->first[i].now, d->first[i].wanted);
    if (d->bytes > SHOWN)
        cli_print(cli, "  ... and %" PRIu64 " more\n", d->bytes - SHOWN);
    if (d->damaged)
        cli_print(cli, "  %zu page%s cannot be read right: ECC double error\n", d->damaged, d->damaged == 1 ? "" : "s");
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    struct differences d = { 0 };

    if (!flashing_read_image(&f, cli, e) || !flashing_open(&f, cli, e) || !flashing_want(&f, e) ||
        !session_compare(&f.s, &f.want, cli_option(cli, "--fast") || f.s.chip.was_halted, e) || !find_differences(&f, &d, e))
        return flashing_fail(&f, e);
    report(&f, cli, &d);
    flashing_end(&f);
    return d.bytes || d.damaged ? EXIT_DIFFERS : EXIT_DONE;
}

const struct command command_verify = {
    .name = "verify",
    .args = "FILE",
    .summary = "Compare the flash with an image",
    .help =
        "Exit status 5 if they differ; the first differing addresses are shown. Nothing on the target is halted, reset or written, but\n"
        "see --fast, which is also what happens when the core is found halted.",
    .options = (const struct cli_option[]){ FLASHING_AT, FLASHING_FAST, { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
