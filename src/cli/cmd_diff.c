/* cmd_diff.c - sector0 diff FILE: where the flash and an image differ: ranges, then bytes side by side. Changes nothing. */
#include "cli/flashing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PER_ROW = 8, RANGES_SHOWN = 16, ROWS_SHOWN = 32, JOIN = 8 /* equal bytes between two that differ do not end a range */ };

struct range {
    uint32_t first, last; /* differing bytes at both ends */
    uint32_t bytes;       /* that differ in between */
};

struct differences { /* owned: free ranges and pages */
    struct range *ranges;
    size_t count, cap, pages, damaged;
    uint64_t bytes;
    uint8_t *now; /* one page per page of the want, those that differ are read */
};

static bool add_byte(struct differences *d, uint32_t addr, struct err *e)
{
    struct range *last = d->count ? &d->ranges[d->count - 1] : NULL;

    d->bytes++;
    if (last && addr - last->last <= JOIN) {
        last->last = addr;
        last->bytes++;
        return true;
    }
    if (d->count == d->cap) {
        const size_t cap = d->cap ? 2 * d->cap : 64;
        struct range *more = realloc(d->ranges, cap * sizeof *more);

        if (!more)
            return err_set(e, ERR_NOMEM, "no memory for a list of differences");
        d->ranges = more;
        d->cap = cap;
    }
    d->ranges[d->count++] = (struct range){ addr, addr, 1 };
    return true;
}

static bool look_into(struct flashing *f, size_t i, struct differences *d, struct err *e)
{
    const struct want_page *p = &f->want.pages[i];
    uint8_t *now = d->now + i * f->want.page_bytes;
    const uint64_t before = d->bytes;

    if (!session_read(&f->s, p->addr, now, f->want.page_bytes, e))
        return err_doing(e, "reading the page at %s", flashing_hex(p->addr));
    for (uint32_t k = 0; k < f->want.page_bytes; k++)
        if (want_is_asked(p, k) && now[k] != p->bytes[k] && !add_byte(d, p->addr + k, e))
            return false;
    d->pages += d->bytes != before;
    return true;
}

static bool find_differences(struct flashing *f, struct differences *d, struct err *e)
{
    d->now = malloc(f->want.count * f->want.page_bytes);
    if (!d->now)
        return err_set(e, ERR_NOMEM, "no memory for %zu pages", f->want.count);
    for (size_t i = 0; i < f->want.count; i++) {
        const struct want_page *p = &f->want.pages[i];

        d->damaged += p->damaged;
        if ((p->damaged || p->now_crc != want_crc(&f->want, p)) && !look_into(f, i, d, e))
            return false;
    }
    return true;
}

/* ---- showing ---- */

/* Where in the file the address comes from: its piece, counted from 1. */
static size_t segment_of(const struct flashing *f, uint32_t addr)
{
    for (size_t i = 0; i < f->image.count; i++)
        if (addr - f->image.segments[i].addr < f->image.segments[i].len)
            return i + 1;
    return 0;
}

static void show_ranges(struct flashing *f, struct cli *cli, const struct differences *d, size_t most)
{
    for (size_t i = 0; i < d->count && i < most; i++) {
        const struct range *r = &d->ranges[i];
        const uint32_t page = (r->first - f->s.chip.device->flash_base) / f->want.page_bytes;

        cli_print(cli, "  %s..%s  %5" PRIu32 " byte%s  page %" PRIu32, flashing_hex(r->first), flashing_hex(r->last), r->bytes,
                  r->bytes == 1 ? " " : "s", page);
        if (f->image.count > 1)
            cli_print(cli, ", segment %zu at %s", segment_of(f, r->first),
                      flashing_hex(f->image.segments[segment_of(f, r->first) - 1].addr));
        cli_print(cli, "\n");
    }
    if (d->count > most)
        cli_print(cli, "  ... and %zu ranges more; --all shows them\n", d->count - most);
}

/* A byte of the page that nobody asked about is no difference, whatever it is. */
static bool differs(const struct want_page *p, const uint8_t *now, uint32_t k) { return want_is_asked(p, k) && now[k] != p->bytes[k]; }

static void show_row(struct cli *cli, const struct want_page *p, const uint8_t *now, uint32_t at)
{
    cli_print(cli, "  %08" PRIX32 " ", p->addr + at);
    for (uint32_t k = at; k < at + PER_ROW; k++)
        cli_print(cli, " %02X%c", now[k], differs(p, now, k) ? '*' : ' ');
    cli_print(cli, "  ");
    for (uint32_t k = at; k < at + PER_ROW; k++)
        if (want_is_asked(p, k))
            cli_print(cli, " %02X", p->bytes[k]);
        else
            cli_print(cli, " --");
    cli_print(cli, "\n");
}

static void show_bytes(struct flashing *f, struct cli *cli, const struct differences *d, size_t most)
{
    size_t rows = 0;

    cli_print(cli, "\n  address   %-*s   file\n", 4 * PER_ROW, "flash");
    for (size_t i = 0; i < f->want.count; i++) {
        const struct want_page *p = &f->want.pages[i];
        const uint8_t *now = d->now + i * f->want.page_bytes;

        if (!p->damaged && p->now_crc == want_crc(&f->want, p))
            continue;
        for (uint32_t at = 0; at < f->want.page_bytes; at += PER_ROW) {
            bool any = false;

            for (uint32_t k = at; k < at + PER_ROW; k++)
                any = any || differs(p, now, k);
            if (any && rows++ < most)
                show_row(cli, p, now, at);
        }
    }
    if (rows > most)
        cli_print(cli, "  ... and %zu rows more; --all shows them\n", rows - most);
}

static void report(struct flashing *f, struct cli *cli, const struct differences *d)
{
    const bool same = d->bytes == 0 && d->damaged == 0, all = cli_option(cli, "--all");
    json_t *list = json_array();

    for (size_t i = 0; i < d->count && (all || i < RANGES_SHOWN); i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I}", "first", flashing_hex(d->ranges[i].first), "last",
                                              flashing_hex(d->ranges[i].last), "bytes", (json_int_t)d->ranges[i].bytes, "segment",
                                              (json_int_t)segment_of(f, d->ranges[i].first)));
    json_object_set_new(cli->result, "bytes", json_integer((json_int_t)f->want.asked_bytes));
    json_object_set_new(cli->result, "same", json_boolean(same));
    json_object_set_new(cli->result, "differing_bytes", json_integer((json_int_t)d->bytes));
    json_object_set_new(cli->result, "differing_pages", json_integer((json_int_t)d->pages));
    json_object_set_new(cli->result, "damaged_pages", json_integer((json_int_t)d->damaged));
    json_object_set_new(cli->result, "range_count", json_integer((json_int_t)d->count));
    json_object_set_new(cli->result, "ranges", list);
    if (same) {
        cli_print(cli, "no difference in %" PRIu64 " bytes\n", f->want.asked_bytes);
        return;
    }
    cli_print(cli, "differs: %" PRIu64 " of %" PRIu64 " bytes, in %zu range%s, in %zu of %zu pages\n", d->bytes, f->want.asked_bytes,
              d->count, d->count == 1 ? "" : "s", d->pages, f->want.count);
    if (d->damaged)
        cli_print(cli, "  %zu page%s cannot be read right: ECC double error\n", d->damaged, d->damaged == 1 ? "" : "s");
    show_ranges(f, cli, d, all ? SIZE_MAX : RANGES_SHOWN);
    if (d->bytes)
        show_bytes(f, cli, d, all ? SIZE_MAX : ROWS_SHOWN);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    struct differences d = { 0 };
    enum cli_exit status;

    if (!flashing_read_image(&f, cli, e) || !flashing_open(&f, cli, e) || !flashing_want(&f, e) ||
        !session_compare(&f.s, &f.want, cli_option(cli, "--fast") || f.s.chip.was_halted, e) || !find_differences(&f, &d, e)) {
        status = flashing_fail(&f, e);
    } else {
        report(&f, cli, &d);
        flashing_end(&f);
        status = d.bytes || d.damaged ? EXIT_DIFFERS : EXIT_DONE;
    }
    free(d.ranges);
    free(d.now);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .args = "FILE",
    .summary = "Show where the flash and an image differ",
    .help =
        "Ranges first, then bytes side by side: those of the flash that differ are marked with *, bytes that the file says nothing about\n"
        "are --. Exit status 5 if they differ. Nothing on the target is halted, reset or written, but see --fast, which is also what\n"
        "happens when the core is found halted.",
    .options = (const struct cli_option[]){ FLASHING_AT, { "--all", NULL, "all ranges and rows, however many" }, FLASHING_FAST, { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
