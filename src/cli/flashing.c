/* flashing.c - see flashing.h. */
#include "base/bytes.h"
#include "cli/bootloader.h"
#include "cli/doctoring.h"
#include "cli/resolve.h"
#include "flash/carry.h"
#include "flash/found.h"
#include "flash/start.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool flashing_read_image(struct flashing *f, struct cli *cli, struct err *e)
{
    const char *at = cli_option(cli, "--at");
    uint32_t base = 0;

    if (at && !cli_number(at, &base, e))
        return err_doing(e, "reading --at");
    if (!image_read_file(&f->image, cli->word[0], IMAGE_AUTO, at != NULL, base, e))
        return false;
    f->file = cli->word[0];
    if (f->image.note[0])
        cli_note(cli, "%s", f->image.note);
    return true;
}

/* $XDG_STATE_HOME/sector0, or ~/.local/state/sector0 (XDG base directory specification: relative paths are to be ignored). */
static bool state_dir(char *dir, size_t cap, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;

    if (state && state[0] == '/')
        n = snprintf(dir, cap, "%s/sector0", state);
    else if (home && home[0] == '/')
        n = snprintf(dir, cap, "%s/.local/state/sector0", home);
    if (n > 0 && (size_t)n < cap)
        return true;
    err_set(e, ERR_IO, "there is no place to save what will be overwritten: neither XDG_STATE_HOME nor HOME names a folder");
    return err_hint(e, "set one of them, or give --no-save to go on without keeping anything");
}

struct store *flashing_store(const struct road_chip *chip, const char *board, struct err *e)
{
    struct store_key key = { .chip = chip->device->name, .uid = chip->uid_read ? chip->uid : NULL };
    char dir[900], *path = NULL;
    struct store *store;

    if (!state_dir(dir, sizeof dir, e))
        return NULL;
    if (board[0]) {
        path = realpath(board, NULL);
        key.board = path ? path : board;
    }
    store = store_open(dir, &key, e);
    free(path);
    return store;
}

struct store *flashing_target_store(const struct target *t, struct err *e)
{
    struct road_chip chip = { .device = t->device, .uid_read = t->uid_read };

    memcpy(chip.uid, t->uid, sizeof chip.uid);
    return flashing_store(&chip, t->probe->id.where, e);
}

static bool open_store(struct flashing *f, struct err *e)
{
    if (f->choices.no_save)
        return true;
    f->store = flashing_store(&f->s.chip, f->boot.d.usb ? f->boot.d.usb->id.where : f->t.probe->id.where, e);
    f->s.store = f->store;
    return f->store;
}

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t total) { cli_progress(ctx, what, done, total); }
static void show_note(void *ctx, const char *text) { cli_note(ctx, "%s", text); }

bool flashing_begin(struct flashing *f, struct cli *cli, struct err *e)
{
    f->cli = cli;
    f->open = true;
    f->began_us = clock_now_us(f->t.clock);
    if (!(f->boot.d.usb ? session_open_road(&f->s, &road_dfu, &f->boot.chip, &f->boot, e) : session_open(&f->s, &f->t, e)))
        return false;
    f->s.progress = (struct flash_progress){ show_progress, show_note, cli };
    return flashing_open_store(f, e);
}

/* By whichever road --probe names. */
static bool open_session(struct flashing *f, struct cli *cli, struct err *e)
{
    struct usb_id id;

    if (!cli_resolve(cli, &id, e) || (f->via_dfu && !resolve_is_dfu(&id) && !bootloader_via(cli, &id, &id, e)))
        return false;
    if (!resolve_is_dfu(&id)) {
        if (!cli_open_target_at(cli, &id, &f->t, e))
            return false;
        f->open = true;
        f->began_us = clock_now_us(f->t.clock);
        return session_open(&f->s, &f->t, e);
    }
    if (!cli_open_boot(cli, &id, &f->boot, e))
        return false;
    f->open = true;
    f->began_us = clock_now_us(f->boot.chip.clock);
    if (!f->boot.chip.flash_size_read && !f->boot.locked)
        cli_note(cli, "the bootloader does not tell how much flash the chip has: %" PRIu32 " KiB is the most of its kind",
                 f->boot.chip.flash_bytes / 1024);
    return session_open_road(&f->s, &road_dfu, &f->boot.chip, &f->boot, e);
}

bool flashing_open(struct flashing *f, struct cli *cli, struct err *e)
{
    f->cli = cli;
    f->choices.no_guard = cli_option(cli, "--no-guard");
    f->choices.no_save = cli_option(cli, "--no-save");
    f->choices.any_vectors = cli_option(cli, "--any-vectors");
    if (!open_session(f, cli, e))
        return false;
    f->s.progress = (struct flash_progress){ show_progress, show_note, cli };
    f->s.direct = cli_option(cli, "--no-loader");
    json_object_set_new(cli->result, "chip", json_string(f->s.chip.device->name));
    if (look_options_damaged(&f->s.look, f->s.chip.device))
        cli_note(cli,
                 "the option words are damaged (FLASH_SR.OPTVERR), as after a write that was cut off: the chip runs with substitutes, "
                 "readout protection level %u; `sector0 undo` or `sector0 option restore FILE` puts the right ones back",
                 look_rdp_level(&f->s.look, f->s.chip.device));
    if (cli->command->touch == TOUCH_LOOKS || f->store_later) {
        struct err ignored = { 0 };

        open_store(f, &ignored);
        return true;
    }
    return flashing_open_store(f, e);
}

bool flashing_open_store(struct flashing *f, struct err *e)
{
    return (f->store || open_store(f, e)) && (!f->store || store_try(f->store, e));
}

bool flashing_read_pages(const char *text, uint32_t *first, uint32_t *last, struct err *e)
{
    char from[24];
    const char *dots = strstr(text, "..");

    snprintf(from, sizeof from, "%.*s", dots ? (int)(dots - text) : (int)strlen(text), text);
    if (!from[0] || (dots && !dots[2])) {
        err_set(e, ERR_USAGE, "--pages takes a page or two of them, A..B, not '%.40s'", text);
        return err_hint(e, "`--pages 3..7`, or `--pages 3`");
    }
    if (!cli_number(from, first, e) || !cli_number(dots ? dots + 2 : from, last, e))
        return err_doing(e, "reading --pages");
    if (*last < *first)
        return err_set(e, ERR_USAGE, "--pages %s: the last page comes before the first", text);
    return true;
}

bool flashing_want(struct flashing *f, struct err *e)
{
    const struct dfuse *d = f->boot.d.usb ? &f->boot.d : NULL;

    /* Whom a .dfu file is for; through a probe, any STM32's bootloader would do. */
    if (!(d ? image_check_ids(&f->image, d->usb->id.vid, d->usb->id.pid, d->bcd_device, e)
            : image_check_ids(&f->image, 0x0483, 0xDF11, 0xFFFF, e)) ||
        !want_from_image(&f->want, f->s.chip.device, f->s.chip.flash_bytes, &f->image, e))
        return false;
    for (size_t i = 0; cli_option(f->cli, "--no-keep") && i < f->want.count; i++)
        f->want.pages[i].kept = true; /* what nobody asked for stays 0xFF */
    return true;
}

enum cli_exit flashing_fail(struct flashing *f, struct err *e)
{
    const char *left = f->open ? session_abandon(&f->s) : NULL;

    if (left)
        cli_note(f->cli, "%s", left);
    if (f->open && f->s.road)
        doctoring_after(f->cli, f, e);
    flashing_end(f);
    return e->kind == ERR_VERIFY ? EXIT_FAILED : cli_exit_of(e); /* "differs" is an answer to a question; this is a failure */
}

bool flashing_carry(struct flashing *f, const char *command, struct err *e)
{
    const struct carry c = { .command = command, .choices = &f->choices, .file = f->file, .run = !cli_option(f->cli, "--no-run") };

    return session_check(&f->s, &f->want, &f->choices, e) && carry_flash(&f->s, &f->want, &f->plan, &c, e);
}

void flashing_clear(struct flashing *f)
{
    plan_free(&f->plan);
    f->plan = (struct plan){ 0 };
    want_free(&f->want);
    f->want = (struct want){ 0 };
    session_close(&f->s);
    f->s = (struct session){ 0 };
    store_close(f->store);
    f->store = NULL;
    f->choices = (struct plan_choices){ 0 };
}

void flashing_end(struct flashing *f)
{
    flashing_clear(f);
    if (f->open)
        target_close(&f->t);
    boot_close(&f->boot);
    image_free(&f->image);
    *f = (struct flashing){ 0 };
}

void flashing_notes(struct flashing *f)
{
    char text[ERR_TEXT];

    if (!f->s.road->registers)
        return; /* nothing of that is known */
    for (unsigned i = 0; found_note(&f->s, i, text); i++)
        cli_note(f->cli, "%s", text);
}

const char *flashing_hex(uint32_t value)
{
    static _Thread_local char text[4][16];
    static _Thread_local unsigned turn;
    char *t = text[turn++ % 4];

    snprintf(t, sizeof text[0], "0x%08" PRIX32, value);
    return t;
}

uint32_t flashing_page_number(const struct flashing *f, const struct want_page *w)
{
    return (w->addr - f->s.chip.device->flash_base) / f->want.page_bytes;
}

double flashing_seconds(const struct flashing *f) { return (double)(clock_now_us(f->s.chip.clock) - f->began_us) / 1e6; }

static bool will_not_start(struct flashing *f, const char *why, const char *hint)
{
    cli_note(f->cli, "the application will not start: %s%s%s", why, hint[0] ? "; " : "", hint);
    json_object_set_new(f->cli->result, "starts", json_false());
    json_object_set_new(f->cli->result, "why_not", json_string(why));
    return false;
}

bool flashing_starts(struct flashing *f)
{
    const struct want_page *base = want_page_at(&f->want, f->s.chip.device->flash_base);
    char why[ERR_TEXT], hint[ERR_TEXT] = "";

    if (!base)
        return true; /* nothing was said about the start of flash */
    if (start_vectors(f->s.chip.device, f->want.flash_bytes, get_le32(base->bytes), get_le32(base->bytes + 4), why) != START_YES ||
        start_boot(&f->s.look, f->s.chip.device, why, hint) != START_YES)
        return will_not_start(f, why, hint);
    json_object_set_new(f->cli->result, "starts", json_true());
    return true;
}

json_t *flashing_plan_json(const struct flashing *f)
{
    json_t *pages = json_array();

    for (size_t i = 0; i < f->want.count; i++) {
        const struct plan_page *p = &f->plan.pages[i];

        if (p->write)
            json_array_append_new(pages,
                                  json_pack("{s:I, s:s, s:s, s:I, s:b}", "page", (json_int_t)flashing_page_number(f, p->want), "address",
                                            flashing_hex(p->want->addr), "reason", plan_reason_text(p->reason), "programs",
                                            (json_int_t)p->units * f->s.chip.device->flash->unit_bytes, "saved", p->save));
    }
    return json_pack("{s:I, s:I, s:o, s:s, s:I, s:I, s:I}", "touched", (json_int_t)f->want.count, "written", (json_int_t)f->plan.writes,
                     "pages", pages, "guard", plan_guard_name(f->plan.guard), "erases", (json_int_t)f->plan.erases, "programs",
                     (json_int_t)f->plan.units * f->s.chip.device->flash->unit_bytes, "estimate_us", (json_int_t)f->plan.estimate_us);
}
