/* cmd_read.c - sector0 read ADDR LEN [-o FILE]: memory to a file, or as a hex dump. Reads only. */
#include "cli/command.h"
#include "cli/resolve.h"
#include "image/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PART = 16384,               /* between looks at the progress */
    LEN_MAX = 16 * 1024 * 1024, /* no chip here has as much in one piece; estimate */
    PER_LINE = 16,
};

static void dump(struct cli *cli, uint32_t addr, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += PER_LINE) {
        const uint32_t n = len - i < PER_LINE ? len - i : PER_LINE;

        cli_print(cli, "%08" PRIX32 " ", addr + i);
        for (uint32_t k = 0; k < PER_LINE; k++)
            if (k < n)
                cli_print(cli, "%s%02X", k == 8 ? "  " : " ", data[i + k]);
            else
                cli_print(cli, "%s", k == 8 ? "    " : "   ");
        cli_print(cli, "  |");
        for (uint32_t k = 0; k < n; k++)
            cli_print(cli, "%c", data[i + k] >= 0x20 && data[i + k] < 0x7F ? data[i + k] : '.');
        cli_print(cli, "|\n");
    }
}

/* An address that the chip does not have: say what it has. */
static void hint_regions(const struct device *d, uint32_t addr, uint32_t len, struct err *e)
{
    char text[ERR_TEXT] = "";

    if (e->kind != ERR_FAULT || device_region(d, addr, len))
        return;
    for (const struct region *r = d->map; r->name; r++)
        if (r->kind == REGION_FLASH || r->kind == REGION_RAM || r->kind == REGION_SYSTEM)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s 0x%08" PRIX32 "..0x%08" PRIX32, text[0] ? ", " : "", r->name,
                     r->base, r->base + (r->bytes - 1));
    err_hint(e, "this chip has %s", text);
}

/* Where the bytes come from: a target behind a probe, or a chip in its bootloader. */
struct source {
    struct target t;
    struct boot boot;
    bool usb;
};

static bool open_source(struct cli *cli, struct source *s, struct err *e)
{
    struct usb_id id;

    *s = (struct source){ 0 };
    if (!cli_resolve(cli, &id, e))
        return false;
    s->usb = resolve_is_dfu(&id);
    return s->usb ? cli_open_boot(cli, &id, &s->boot, e) : cli_open_target_at(cli, &id, &s->t, e);
}

struct reading {
    struct cli *cli;
    uint64_t done, total;
};

static void tell_moved(void *ctx, size_t bytes)
{
    struct reading *r = ctx;

    cli_progress(r->cli, "reading", r->done += bytes, r->total);
}

/* One run of blocks: parts would each cost an address of their own. */
static bool read_usb(struct cli *cli, struct boot *b, uint32_t addr, uint8_t *data, uint32_t len, struct err *e)
{
    struct reading r = { cli, 0, len };
    bool ok;

    b->d.moved = tell_moved;
    b->d.moved_ctx = &r;
    ok = dfuse_read(&b->d, addr, data, len, e);
    b->d.moved = NULL;
    return ok;
}

static bool read_all(struct cli *cli, struct source *s, uint32_t addr, uint8_t *data, uint32_t len, struct err *e)
{
    struct target *t = &s->t;

    if (s->usb)
        return read_usb(cli, &s->boot, addr, data, len, e);
    for (uint32_t done = 0; done < len; done += PART) {
        const uint32_t n = len - done < PART ? len - done : PART;

        cli_progress(cli, "reading", done, len);
        if (!mem_read(&t->mem, addr + done, data + done, n, e)) {
            target_explain_fault(t, addr + done, e);
            hint_regions(t->device, addr, len, e);
            return false;
        }
    }
    cli_progress(cli, "reading", len, len);
    return true;
}

static bool write_file(const char *path, uint32_t addr, const uint8_t *data, uint32_t len, struct err *e)
{
    struct image image = { 0 };
    const bool ok = image_add(&image, addr, data, len, e) && image_write_file(&image, path, IMAGE_AUTO, e);

    image_free(&image);
    return ok;
}

static bool put_out(struct cli *cli, const char *path, uint32_t addr, const uint8_t *data, uint32_t len, struct err *e)
{
    json_object_set_new(cli->result, "addr", cli_json_hex(addr, 8));
    json_object_set_new(cli->result, "len", json_integer(len));
    if (path) {
        if (!write_file(path, addr, data, len, e))
            return false;
        cli_print(cli, "%" PRIu32 " byte%s at 0x%08" PRIX32 " written to %s\n", len, cli_plural(len), addr, path);
        json_object_set_new(cli->result, "file", cli_json_text(path));
        return true;
    }
    dump(cli, addr, data, len);
    if (cli->json) {
        char *hex = malloc(2 * (size_t)len + 1);

        if (!hex)
            return err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", len);
        for (uint32_t i = 0; i < len; i++)
            sprintf(hex + 2 * i, "%02x", data[i]);
        json_object_set_new(cli->result, "bytes", json_string(hex));
        free(hex);
    }
    return true;
}

/* All that can be wrong with the words is found before a probe is touched. */
static bool take(struct cli *cli, uint32_t *addr, uint32_t *len, const char **path, struct err *e)
{
    enum image_format format;

    if (!cli_number(cli->word[0], addr, e) || !cli_number(cli->word[1], len, e))
        return false;
    *path = cli_option(cli, "-o");
    if (*len == 0 || *len > LEN_MAX || (uint64_t)*addr + *len > UINT64_C(0x100000000))
        return err_set(e, ERR_USAGE, "%s bytes at 0x%08" PRIX32 " cannot be read: from 1 byte to 16 MiB, below 0x100000000", cli->word[1],
                       *addr);
    if (*path && !image_format_of_name(*path, &format)) {
        err_set(e, ERR_USAGE, "the name '%.100s' does not tell in which format to write", *path);
        return err_hint(e, "end it in .bin, .hex, .srec or .dfu");
    }
    if (*path && format == IMAGE_ELF) {
        err_set(e, ERR_USAGE, "sector0 writes no ELF files");
        return err_hint(e, "end the name in .bin, .hex, .srec or .dfu");
    }
    return true;
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct source source;
    uint32_t addr, len;
    const char *path;
    uint8_t *data;
    bool ok;

    if (!take(cli, &addr, &len, &path, e) || !open_source(cli, &source, e))
        return cli_exit_of(e);
    data = malloc(len);
    ok = data ? read_all(cli, &source, addr, data, len, e) : err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", len);
    target_close(&source.t);
    boot_close(&source.boot);
    ok = ok && put_out(cli, path, addr, data, len, e);
    free(data);
    return ok ? EXIT_DONE : cli_exit_of(e);
}

static const struct cli_option options[] = {
    { "-o", "FILE", "write there, in the format its name says: .bin, .hex, .srec, .dfu" },
    { 0 },
};

const struct command command_read = {
    .name = "read",
    .args = "ADDR LEN",
    .summary = "Read memory, to a file or as a hex dump",
    .help = "Numbers are decimal or 0x. The core goes on running: bytes that the firmware changes meanwhile are of different moments.\n"
            "Addresses of peripherals are read as words where possible; reading some registers has effects on the chip.",
    .options = options,
    .touch = TOUCH_LOOKS,
    .words_min = 2,
    .words_max = 2,
    .run = run,
};
