/* cmd_dfu.c - sector0 dfu list | upload | download | leave | unprotect: a bootloader on USB, in plain words, whatever chip it is of.
 *
 * The other commands do more with `--probe dfu` (plans, saves, undo), but for chips that sector0 knows; these need only what the device
 * says of itself. */
#include "cli/command.h"
#include "cli/resolve.h"
#include "image/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 8 /* an STM32 programs no more than that at once, and it must be written whole */ };

/* The device that is meant: --probe, or the only one there is. */
static bool resolve(struct cli *cli, struct usb_id *id, struct err *e)
{
    char text[600];

    if (!cli->probe) {
        cli->probe = "dfu";
    } else if (strncmp(cli->probe, "bench:", 6) == 0 && !strstr(cli->probe, ",dfu")) {
        snprintf(text, sizeof text, "%.590s,dfu", cli->probe);
        return resolve_probe(cli->fabrics, text, id, e);
    }
    if (!resolve_probe(cli->fabrics, cli->probe, id, e))
        return false;
    if (resolve_is_dfu(id))
        return true;
    err_set(e, ERR_USAGE, "'%.80s' is a debug probe; `sector0 dfu` is for chips in DFU mode", cli->probe);
    return err_hint(e, "`sector0 reset --bootloader` brings a chip behind a probe there; `sector0 dfu list` shows those that are");
}

static bool open_dfuse(struct cli *cli, struct dfuse *d, struct err *e)
{
    struct usb_device *usb;
    struct usb_id id;

    *d = (struct dfuse){ 0 };
    if (!resolve(cli, &id, e))
        return false;
    usb = cli_open_usb(cli, &id, "chip in DFU mode", e);
    return usb && dfuse_open(d, usb, e);
}

/* ---- list ---- */

static void show_device(struct cli *cli, const struct dfuse *d, json_t *o)
{
    json_t *memories = json_array();

    cli_print(cli, "  version %X.%02X, %u bytes at a time%s%s\n", d->bcd_device >> 8, d->bcd_device & 0xFF, d->dfu.transfer_bytes,
              d->device ? ", " : "", d->device ? d->device->name : "");
    for (unsigned i = 0; i < d->memories; i++) {
        const struct layout *l = &d->memory[i].layout;

        cli_print(cli, "  memory %u  %-16s", d->memory[i].alternate, l->count ? l->name : d->memory[i].text);
        for (unsigned k = 0; k < l->count; k++)
            cli_print(cli, "%s 0x%08" PRIX32 ": %" PRIu32 " x %" PRIu32 " bytes%s%s%s", k ? "," : "", l->span[k].addr, l->span[k].count,
                      l->span[k].bytes, l->span[k].readable ? " read" : "", l->span[k].erasable ? " erase" : "",
                      l->span[k].writable ? " write" : "");
        cli_print(cli, "%s\n", l->count ? "" : " (makes no sense)");
        json_array_append_new(memories,
                              json_pack("{s:i, s:o}", "alternate", (int)d->memory[i].alternate, "text", cli_json_text(d->memory[i].text)));
    }
    json_object_set_new(o, "memories", memories);
    json_object_set_new(o, "chip", d->device ? json_string(d->device->name) : json_null());
    json_object_set_new(o, "transfer_bytes", json_integer(d->dfu.transfer_bytes));
}

static void show_one(struct cli *cli, const struct usb_id *id, json_t *rows)
{
    struct usb_device *usb = NULL;
    struct err why = { 0 };
    struct dfuse d = { 0 };
    json_t *o = json_pack("{s:o, s:o}", "path", cli_json_text(id->path), "serial", cli_json_text(id->serial));

    cli_print(cli, "%s%s%s  %s\n", id->where, id->where[0] ? ", plug " : "", id->path, id->serial[0] ? id->serial : "(no serial number)");
    if (id->access == USB_FREE)
        usb = cli_open_usb(cli, id, "chip in DFU mode", &why);
    if (usb && dfuse_open(&d, usb, &why))
        show_device(cli, &d, o);
    else
        cli_print(cli, "  cannot be asked: %s\n",
                  id->access == USB_DENIED   ? "no permission"
                  : id->access == USB_IN_USE ? "in use"
                                             : why.cause);
    dfuse_close(&d);
    json_array_append_new(rows, o);
}

static bool list(struct cli *cli, struct err *e)
{
    struct usb_list all = { 0 };
    json_t *rows = json_array();
    const bool ok = resolve_list(cli->fabrics, cli->probe, &all, e);

    for (size_t i = 0; ok && i < all.count; i++)
        if (resolve_is_dfu(&all.ids[i]))
            show_one(cli, &all.ids[i], rows);
    if (ok && json_array_size(rows) == 0)
        cli_print(cli, "no chip in DFU mode is attached; docs/dfu.md tells how to get one there\n");
    json_object_set_new(cli->result, "dfu", rows);
    usb_list_free(&all);
    return ok;
}

/* ---- upload ---- */

static bool upload(struct cli *cli, struct err *e)
{
    const char *path = cli_option(cli, "-o");
    struct image im = { 0 };
    enum image_format format;
    uint32_t addr, len;
    uint8_t *bytes;
    struct dfuse d;
    bool ok;

    if (!cli_number(cli->word[1], &addr, e) || !cli_number(cli->word[2], &len, e))
        return false;
    if (len == 0 || len > 16 * 1024 * 1024)
        return err_set(e, ERR_USAGE, "a length is from 1 byte to 16 MiB, not %s", cli->word[2]);
    if (!path || !image_format_of_name(path, &format) || format == IMAGE_ELF) {
        err_set(e, ERR_USAGE, path ? "the name '%.80s' does not tell in which format to write" : "where to? `-o FILE` is missing", path);
        return err_hint(e, "end it in .bin, .hex, .srec or .dfu");
    }
    if (!open_dfuse(cli, &d, e))
        return false;
    bytes = malloc(len);
    ok = bytes ? dfuse_read(&d, addr, bytes, len, e) : err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", len);
    dfuse_close(&d);
    ok = ok && image_add(&im, addr, bytes, len, e) && image_write_file(&im, path, format, e);
    free(bytes);
    image_free(&im);
    if (!ok)
        return false;
    json_object_set_new(cli->result, "addr", cli_json_hex(addr, 8));
    json_object_set_new(cli->result, "len", json_integer(len));
    json_object_set_new(cli->result, "file", cli_json_text(path));
    cli_print(cli, "%" PRIu32 " byte%s at 0x%08" PRIX32 " written to %s\n", len, cli_plural(len), addr, path);
    return true;
}

/* ---- download ---- */

struct sector { /* one that the image touches */
    uint32_t addr, len;
    uint8_t *now, *wanted; /* `now` owned; wanted behind it */
    bool write;
};

static bool add_sector(const struct dfuse *d, uint32_t addr, struct sector *s, struct err *e)
{
    const struct dfuse_memory *m = dfuse_memory_at(d, addr, 1);
    const struct layout_span *span = m ? layout_span_at(&m->layout, addr) : NULL;

    if (!span || m != &d->memory[0] || !span->erasable || !span->writable || span->bytes % UNIT)
        return dfuse_nowhere(d, addr, 1, e);
    *s = (struct sector){ .addr = addr - (addr - span->addr) % span->bytes, .len = span->bytes };
    s->now = malloc(2 * (size_t)s->len);
    s->wanted = s->now ? s->now + s->len : NULL;
    return s->now || err_set(e, ERR_NOMEM, "no memory for a sector of %" PRIu32 " bytes", s->len);
}

/* What of the image lies in the sector, over what is there. */
static bool fill_sector(struct dfuse *d, const struct image *im, struct sector *s, struct err *e)
{
    if (!dfuse_read(d, s->addr, s->now, s->len, e))
        return false;
    memcpy(s->wanted, s->now, s->len);
    for (size_t i = 0; i < im->count; i++) {
        const struct segment *g = &im->segments[i];
        const uint64_t from = g->addr > s->addr ? g->addr : s->addr, end_g = (uint64_t)g->addr + g->len, end_s = (uint64_t)s->addr + s->len,
                       to = end_g < end_s ? end_g : end_s;

        if (from < to)
            memcpy(s->wanted + (from - s->addr), g->bytes + (from - g->addr), (size_t)(to - from));
    }
    s->write = memcmp(s->now, s->wanted, s->len) != 0;
    return true;
}

/* Runs of units that are not blank. */
static bool write_sector(struct dfuse *d, const struct sector *s, uint32_t from, struct err *e)
{
    for (uint32_t at = from, end; at < s->len; at = end) {
        static const uint8_t blank[UNIT] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };

        while (at < s->len && memcmp(s->wanted + at, blank, UNIT) == 0)
            at += UNIT;
        for (end = at; end < s->len && memcmp(s->wanted + end, blank, UNIT) != 0; end += UNIT)
            ;
        if (end > at && !dfuse_write(d, s->addr + at, s->wanted + at, end - at, e))
            return false;
    }
    return true;
}

static bool prove_sector(struct dfuse *d, struct sector *s, uint32_t from, uint32_t to, struct err *e)
{
    if (!dfuse_read(d, s->addr + from, s->now + from, to - from, e))
        return false;
    for (uint32_t i = from; i < to; i++)
        if (s->now[i] != s->wanted[i])
            return err_set(e, ERR_VERIFY, "the flash does not hold what was programmed: 0x%08" PRIX32 " is 0x%02X, not 0x%02X", s->addr + i,
                           s->now[i], s->wanted[i]) ||
                   err_hint(e, "the bootloader tells of no error where a page is write-protected");
    return true;
}

/* The first sector is erased first, and its first unit written last: cut off, no half-written program starts. */
static bool write_sectors(struct cli *cli, struct dfuse *d, struct sector *s, size_t count, struct err *e)
{
    const bool base = s[0].write;

    for (size_t i = 0; i < count; i++) {
        cli_progress(cli, "erasing", i, count);
        if (s[i].write && !dfuse_erase_page(d, s[i].addr, e))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        cli_progress(cli, "programming", i, count);
        if (s[i].write && !write_sector(d, &s[i], i == 0 ? UNIT : 0, e))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        cli_progress(cli, "verifying", i, count);
        if (s[i].write && !prove_sector(d, &s[i], i == 0 ? UNIT : 0, s[i].len, e))
            return false;
    }
    return !base || (dfuse_write(d, s[0].addr, s[0].wanted, UNIT, e) && prove_sector(d, &s[0], 0, UNIT, e));
}

static bool find_sectors(struct dfuse *d, const struct image *im, struct sector **all, size_t *count, struct err *e)
{
    for (size_t i = 0; i < im->count; i++) {
        const uint64_t end = (uint64_t)im->segments[i].addr + im->segments[i].len;

        for (uint64_t at = im->segments[i].addr; at < end;) {
            struct sector *last = *count ? &(*all)[*count - 1] : NULL, *more;

            if (last && at < (uint64_t)last->addr + last->len) {
                at = (uint64_t)last->addr + last->len;
                continue;
            }
            more = realloc(*all, (*count + 1) * sizeof *more);
            if (!more)
                return err_set(e, ERR_NOMEM, "no memory for a list of sectors");
            *all = more;
            if (!add_sector(d, (uint32_t)at, &more[*count], e))
                return false;
            if (!fill_sector(d, im, &more[(*count)++], e))
                return false;
            at = (uint64_t)more[*count - 1].addr + more[*count - 1].len;
        }
    }
    return true;
}

static bool download(struct cli *cli, struct err *e)
{
    const char *at = cli_option(cli, "--at");
    struct sector *s = NULL;
    struct image im = { 0 };
    size_t count = 0, writes = 0;
    struct dfuse d = { 0 };
    uint32_t base = 0;
    bool ok = !at || cli_number(at, &base, e);

    ok = ok && image_read_file(&im, cli->word[1], IMAGE_AUTO, at, base, e) && open_dfuse(cli, &d, e) &&
         image_check_ids(&im, d.usb->id.vid, d.usb->id.pid, d.bcd_device, e) && find_sectors(&d, &im, &s, &count, e);
    for (size_t i = 0; ok && i < count; i++)
        writes += s[i].write;
    ok = ok && (writes == 0 || write_sectors(cli, &d, s, count, e));
    if (ok) {
        json_object_set_new(cli->result, "bytes", json_integer((json_int_t)image_size(&im)));
        json_object_set_new(cli->result, "sectors", json_integer((json_int_t)writes));
        cli_print(
            cli, "programmed and verified %" PRIu64 " byte%s: %zu of %zu sector%s written; still in the bootloader (`sector0 dfu leave`)\n",
            image_size(&im), cli_plural(image_size(&im)), writes, count, cli_plural(count));
    }
    for (size_t i = 0; i < count; i++)
        free(s[i].now);
    free(s);
    image_free(&im);
    dfuse_close(&d);
    return ok;
}

/* ---- leave, unprotect ---- */

static bool leave(struct cli *cli, struct err *e)
{
    const char *at = cli_option(cli, "--at");
    uint32_t addr = 0x08000000; /* where all STM32 have their flash */
    struct dfuse d;
    bool ok;

    if ((at && !cli_number(at, &addr, e)) || !open_dfuse(cli, &d, e))
        return false;
    ok = dfuse_leave(&d, addr, e);
    dfuse_close(&d);
    if (ok)
        cli_print(cli, "left the bootloader; what is at 0x%08" PRIX32 " was started\n", addr);
    return ok;
}

static bool unprotect(struct cli *cli, struct err *e)
{
    struct usb_device *usb;
    struct usb_id id;
    struct boot b;
    bool back, ok;

    if (!cli_option(cli, "--erase-everything")) {
        err_set(e, ERR_REFUSED, "taking readout protection back makes the chip erase all of its flash");
        return err_hint(e, "--erase-everything says that this is meant");
    }
    if (!cli_confirm(cli, "Erase ALL of the flash, and open the chip?", e) || !resolve(cli, &id, e))
        return false;
    usb = cli_open_usb(cli, &id, "chip in DFU mode", e);
    if (!usb || !boot_open(&b, usb, e))
        return false;
    ok = boot_unprotect(&b, &back, e);
    if (ok && back && b.locked)
        ok = err_set(e, ERR_FAULT, "the bootloader took the command, but still refuses to read");
    boot_close(&b);
    if (!ok)
        return false;
    json_object_set_new(cli->result, "checked", json_boolean(back));
    cli_print(cli, back ? "readout protection is off; the flash was erased\n" : "the chip was told to erase itself and open\n");
    if (!back)
        cli_note(cli, "it has not come back in DFU mode, so this was not seen to be done: cycle its power, then `sector0 dfu list`");
    return true;
}

/* ---- */

static const struct {
    const char *name;
    unsigned words_min, words_max;
    const char *takes;
    bool (*run)(struct cli *cli, struct err *e);
} words[] = {
    { "list", 0, 0, "no more words", list },           { "upload", 2, 2, "an address and a length", upload },
    { "download", 1, 1, "a file", download },          { "leave", 0, 0, "no more words", leave },
    { "unprotect", 0, 0, "no more words", unprotect },
};

static enum cli_exit run(struct cli *cli, struct err *e)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].name, cli->word[0]) != 0)
            continue;
        if (cli->words - 1 < words[i].words_min || cli->words - 1 > words[i].words_max)
            err_set(e, ERR_USAGE, "`dfu %s` takes %s", words[i].name, words[i].takes);
        else if (words[i].run(cli, e))
            return EXIT_DONE;
        return e->kind == ERR_VERIFY ? EXIT_FAILED : cli_exit_of(e);
    }
    err_set(e, ERR_USAGE, "there is no `dfu %s`", cli->word[0]);
    err_hint(e, "dfu list, dfu upload ADDR LEN -o FILE, dfu download FILE, dfu leave, dfu unprotect");
    return cli_exit_of(e);
}

const struct command command_dfu = {
    .name = "dfu",
    .args = "list | upload ADDR LEN -o FILE | download FILE | leave | unprotect",
    .summary = "Talk to a bootloader on USB, of whatever STM32",
    .help =
        "With --probe dfu, `flash`, `verify`, `read`, `option` and others work on chips in DFU mode as they do through a probe, and save\n"
        "what is lost. These do with what the device says of itself. `download` keeps the other bytes of the sectors it touches and "
        "proves\n"
        "all by reading back; `leave` starts the application; `unprotect` opens a chip with readout protection, which erases its flash.",
    .options = (const struct cli_option[]){ { "-o", "FILE", "upload: write there, in the format its name says: .bin, .hex, .srec, .dfu" },
                                            { "--at", "ADDR", "download: where a raw binary belongs; leave: what to start" },
                                            { "--erase-everything", NULL, "unprotect: yes, all that is in flash is to be lost" },
                                            { 0 } },
    .touch = TOUCH_CHANGES,
    .words_min = 1,
    .words_max = 3,
    .run = run,
};
