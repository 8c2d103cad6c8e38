/* cmd_write.c - sector0 write ADDR VALUE... | -i FILE: bytes to memory.
 *
 * In flash: through the engine, as `flash` does it, the rest of the pages kept. In RAM and registers: written as they are, through the
 * choke point under all writes; the core is neither halted nor reset, since either would change what is being written to. */
#include "base/bytes.h"
#include "cli/flashing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024 * 1024 };

struct bytes {
    uint32_t addr, len, each; /* each: width of a value, 1, 2 or 4 */
    uint8_t *data;            /* owned */
};

static bool read_width(struct cli *cli, uint32_t *each, struct err *e)
{
    static const struct {
        const char *name;
        uint32_t bytes;
    } widths[] = { { "bytes", 1 }, { "halfwords", 2 }, { "words", 4 } };
    const char *as = cli_option(cli, "--as");

    *each = 1;
    for (size_t i = 0; as && i < sizeof widths / sizeof *widths; i++)
        if (strcmp(as, widths[i].name) == 0) {
            *each = widths[i].bytes;
            return true;
        }
    return !as || err_set(e, ERR_USAGE, "--as takes bytes, halfwords or words, not '%s'", as);
}

static bool read_values(struct cli *cli, struct bytes *b, struct err *e)
{
    b->len = (cli->words - 1) * b->each;
    b->data = malloc(b->len + 4);
    if (!b->data)
        return err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", b->len);
    for (unsigned i = 1; i < cli->words; i++) {
        uint32_t value;

        if (!cli_number(cli->word[i], &value, e))
            return false;
        if (b->each < 4 && value >> 8 * b->each)
            return err_set(e, ERR_USAGE, "%s does not fit into %" PRIu32 " byte%s", cli->word[i], b->each, b->each == 1 ? "" : "s") ||
                   err_hint(e, "--as words takes values of 32 bits");
        for (uint32_t k = 0; k < b->each; k++)
            b->data[(i - 1) * b->each + k] = (uint8_t)(value >> 8 * k);
    }
    return true;
}

static bool read_file(const char *path, struct bytes *b, struct err *e)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0;
    bool ok;

    if (!f)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    b->data = malloc(FILE_MAX + 1);
    errno = 0;
    if (b->data)
        n = fread(b->data, 1, FILE_MAX + 1, f);
    if (!b->data)
        ok = err_set(e, ERR_NOMEM, "no memory for '%s'", path);
    else if (ferror(f))
        ok = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    else if (n == 0 || n > FILE_MAX)
        ok = err_set(e, ERR_INPUT, n ? "%s is larger than any memory here" : "%s is empty: there is nothing to write", path);
    else
        ok = true;
    fclose(f);
    b->len = (uint32_t)n;
    return ok;
}

/* All that can be wrong with the words is found before a probe is touched. */
static bool read_words(struct cli *cli, struct bytes *b, struct err *e)
{
    const char *path = cli_option(cli, "-i");

    if (!cli_number(cli->word[0], &b->addr, e) || !read_width(cli, &b->each, e))
        return false;
    if ((cli->words > 1) == (path != NULL)) {
        err_set(e, ERR_USAGE, path ? "values and -i FILE exclude each other" : "write what?");
        return err_hint(e, "`sector0 write 0x20000000 1 2 0xFF`, `sector0 write 0x20000000 -i FILE`");
    }
    if (!(path ? read_file(path, b, e) : read_values(cli, b, e)))
        return false;
    if (b->each > 1 && (b->addr % b->each || b->len % b->each))
        return err_set(e, ERR_USAGE, "%" PRIu32 " bytes at %s are no whole units of %" PRIu32 " bytes in their places", b->len,
                       flashing_hex(b->addr), b->each);
    if ((uint64_t)b->addr + b->len > UINT64_C(0x100000000))
        return err_set(e, ERR_USAGE, "%" PRIu32 " bytes at %s go beyond the end of memory", b->len, flashing_hex(b->addr));
    return true;
}

/* ---- where ---- */

static bool touches(const struct device *d, const struct bytes *b, enum region_kind kind, const char **name)
{
    for (const struct region *r = d->map; r->name; r++)
        if (r->kind == kind && (uint64_t)b->addr + b->len > r->base && b->addr < (uint64_t)r->base + r->bytes) {
            *name = r->name;
            return true;
        }
    return false;
}

static bool refuse_rom(const struct device *d, const struct bytes *b, struct err *e)
{
    const char *name;

    if (!touches(d, b, REGION_OTP, &name) && !touches(d, b, REGION_SYSTEM, &name))
        return true;
    err_set(e, ERR_REFUSED, "%s cannot be written back: sector0 does not write there", name);
    return err_seen(e, "%s..%s", flashing_hex(b->addr), flashing_hex(b->addr + (b->len - 1)));
}

static bool to_flash(struct flashing *f, const struct bytes *b, struct err *e)
{
    strcpy(f->image.format, "bin");
    return flashing_open_store(f, e) && image_add(&f->image, b->addr, b->data, b->len, e) && flashing_want(f, e) &&
           flashing_carry(f, "write", e);
}

/* One access for each value if a width was given; otherwise as fast as possible. */
static bool to_memory(struct flashing *f, const struct bytes *b, bool width_given, struct err *e)
{
    const uint32_t step = width_given ? b->each : b->len;

    for (uint32_t i = 0; i < b->len; i += step)
        if (!mem_write(&f->t.mem, b->addr + i, b->data + i, step, e)) {
            target_explain_fault(&f->t, b->addr + i, e);
            return err_doing(e, "writing %" PRIu32 " bytes at %s", step, flashing_hex(b->addr + i));
        }
    return true;
}

/* RAM holds what was written, unless the running program has written there since: that is not our failure, so it is only said. */
static bool look_again(struct flashing *f, const struct bytes *b, bool *same, struct err *e)
{
    const struct region *r = device_region(f->s.chip.device, b->addr, b->len);
    uint8_t *now;
    bool ok;

    *same = true;
    if (!r || r->kind != REGION_RAM)
        return true; /* reading a register may have effects, and need not give back what was written */
    now = malloc(b->len);
    ok = now ? session_read(&f->s, b->addr, now, b->len, e) : err_set(e, ERR_NOMEM, "no memory for %" PRIu32 " bytes", b->len);
    *same = ok && memcmp(now, b->data, b->len) == 0;
    free(now);
    return ok;
}

static bool write_there(struct flashing *f, struct cli *cli, const struct bytes *b, bool *in_flash, struct err *e)
{
    const char *name;
    bool same = true;

    f->store_later = true;
    if (!flashing_open(f, cli, e) || !refuse_rom(f->s.chip.device, b, e))
        return false;
    *in_flash = touches(f->s.chip.device, b, REGION_FLASH, &name);
    if (*in_flash)
        return to_flash(f, b, e);
    if (!f->s.t) {
        err_set(e, ERR_UNSUPPORTED, "over USB only flash can be written: %s is not", flashing_hex(b->addr));
        return err_hint(e, "through a debug probe RAM and registers can be, too");
    }
    if (!to_memory(f, b, cli_option(cli, "--as"), e) || !look_again(f, b, &same, e))
        return false;
    if (!same)
        cli_note(cli, "the memory holds something else again: the running program writes there (`sector0 reset --halt` stops it)");
    json_object_set_new(cli->result, "verified", json_boolean(same && device_region(f->s.chip.device, b->addr, b->len)));
    return true;
}

static void report(struct flashing *f, struct cli *cli, const struct bytes *b, bool in_flash)
{
    const size_t saves = f->store ? store_pages(f->store) : 0;

    json_object_set_new(cli->result, "address", json_string(flashing_hex(b->addr)));
    json_object_set_new(cli->result, "bytes", json_integer(b->len));
    if (!in_flash) {
        cli_print(cli, "wrote %" PRIu32 " byte%s at %s\n", b->len, b->len == 1 ? "" : "s", flashing_hex(b->addr));
        return;
    }
    json_object_set_new(cli->result, "plan", flashing_plan_json(f));
    json_object_set_new(cli->result, "verified", json_true());
    if (f->store && store_path(f->store))
        json_object_set_new(cli->result, "saved", json_pack("{s:s, s:I}", "file", store_path(f->store), "pages", (json_int_t)saves));
    if (f->plan.writes == 0) {
        cli_print(cli, "nothing to do: the flash holds that already (%.2f s)\n", flashing_seconds(f));
        return;
    }
    cli_print(cli, "wrote and verified %" PRIu32 " byte%s at %s: %zu page%s rewritten (%.2f s)\n", b->len, b->len == 1 ? "" : "s",
              flashing_hex(b->addr), f->plan.writes, f->plan.writes == 1 ? "" : "s", flashing_seconds(f));
    if (saves)
        cli_print(cli, "saved %zu page%s and the option words: %s\n", saves, saves == 1 ? "" : "s", store_path(f->store));
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct flashing f = { .cli = cli };
    struct bytes b = { 0 };
    bool in_flash = false;
    enum cli_exit status;

    if (!read_words(cli, &b, e)) {
        status = cli_exit_of(e);
    } else if (!write_there(&f, cli, &b, &in_flash, e)) {
        status = flashing_fail(&f, e);
    } else {
        if (in_flash)
            flashing_notes(&f);
        report(&f, cli, &b, in_flash);
        flashing_end(&f);
        status = EXIT_DONE;
    }
    free(b.data);
    return status;
}

const struct command command_write = {
    .name = "write",
    .args = "ADDR VALUE... | ADDR -i FILE",
    .summary = "Write memory: RAM, registers, or bytes in flash",
    .help =
        "In flash, the rest of the pages is kept, what is lost is saved, and the target is reset, as by `flash`. RAM and registers are\n"
        "written while the core goes on: nothing is halted or reset. Readout protection level 2 is written nowhere.",
    .options = (const struct cli_option[]){ { "-i", "FILE", "write what is in this file, as it is" },
                                            { "--as", "WIDTH", "values are bytes (default), halfwords or words; one access each" },
                                            FLASHING_NO_RUN,
                                            FLASHING_NO_SAVE,
                                            FLASHING_NO_GUARD,
                                            FLASHING_NO_LOADER,
                                            FLASHING_ANY_VECTORS,
                                            { 0 } },
    .touch = TOUCH_CHANGES,
    .words_min = 1,
    .words_max = 31,
    .run = run,
};
