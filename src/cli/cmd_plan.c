/* cmd_plan.c - sector0 plan FILE: what `flash FILE` would do, and why. Changes nothing. */
#include "cli/flashing.h"

#include <inttypes.h>

static bool make_plan(struct flashing *f, struct cli *cli, struct err *e)
{
    struct session *s = &f->s;

    return flashing_read_image(f, cli, e) && flashing_open(f, cli, e) && flashing_want(f, e) &&
           session_compare(s, &f->want, cli_option(cli, "--fast") || f->s.chip.was_halted, e) &&
           session_plan(s, &f->plan, &f->want, &f->choices, e);
}

/* Pages in a row with the same fate share a line. */
static void show_pages(const struct flashing *f, struct cli *cli)
{
    const struct plan *p = &f->plan;

    for (size_t i = 0, end; i < f->want.count; i = end) {
        const struct plan_page *page = &p->pages[i];
        uint32_t units = page->units;

        for (end = i + 1; end < f->want.count && p->pages[end].reason == page->reason && p->pages[end].save == page->save &&
                          p->pages[end].want->addr == p->pages[end - 1].want->addr + f->want.page_bytes;
             end++)
            units += p->pages[end].units;
        if (!page->write)
            continue;
        cli_print(cli, "  page%s %" PRIu32, end - i > 1 ? "s" : "", flashing_page_number(f, page->want));
        if (end - i > 1)
            cli_print(cli, "..%" PRIu32, flashing_page_number(f, p->pages[end - 1].want));
        cli_print(cli, " at %s: %s; %sprogram %" PRIu32 " bytes%s\n", flashing_hex(page->want->addr), plan_reason_text(page->reason),
                  p->erases ? "erase, " : "", units * f->s.chip.device->flash->unit_bytes, page->save ? ", saved first" : "");
    }
}

static void show(const struct flashing *f, struct cli *cli)
{
    const struct plan *p = &f->plan;
    uint64_t end;
    uint32_t first;

    image_extent(&f->image, &first, &end);
    cli_print(cli, "image  %s, %" PRIu64 " byte%s, %s..%s\n", f->image.format, image_size(&f->image), cli_plural(image_size(&f->image)),
              flashing_hex(first), flashing_hex((uint32_t)(end - 1)));
    cli_print(cli, "pages  %zu touched, %zu to be written, %zu hold the image already\n", f->want.count, p->writes,
              f->want.count - p->writes);
    show_pages(f, cli);
    cli_print(cli, "guard  %s\n", plan_guard_text(p->guard));
    if (p->steps_count == 0) {
        cli_print(cli, "saves  nothing\n");
        return;
    }
    if (f->choices.no_save)
        cli_print(cli, "saves  nothing (--no-save)\n");
    else
        cli_print(cli, "saves  option words, %zu page%s to be read (%zu KiB)\n", p->saves, p->saves == 1 ? "" : "s",
                  p->saves * f->want.page_bytes / 1024);
    cli_print(cli, "time   about %.2f s: %" PRIu32 " erase%s, %" PRIu32 " double words\n", (double)p->estimate_us / 1e6, p->erases,
              p->erases == 1 ? "" : "s", p->units);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };

    if (!make_plan(&f, cli, e))
        return flashing_fail(&f, e);
    show(&f, cli);
    json_object_set_new(cli->result, "plan", flashing_plan_json(&f));
    json_object_set_new(cli->result, "bytes", json_integer((json_int_t)f.want.asked_bytes));
    json_object_set_new(cli->result, "to_be_saved", json_integer((json_int_t)f.plan.saves));
    flashing_starts(&f);
    flashing_end(&f);
    return EXIT_DONE;
}

const struct command command_plan = {
    .name = "plan",
    .args = "FILE",
    .summary = "Show what `flash FILE` would do, and why",
    .help = "Reads the flash and compares; nothing on the target is halted, reset or written (but see --fast).",
    .options =
        (const struct cli_option[]){
            FLASHING_AT, FLASHING_FAST, FLASHING_NO_SAVE, FLASHING_NO_GUARD, FLASHING_NO_KEEP, FLASHING_ANY_VECTORS, { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
