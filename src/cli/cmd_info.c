/* cmd_info.c - sector0 info: probe, voltage, chip, core, flash, option words, protection. Reads only. */
#include "cli/command.h"
#include "cli/resolve.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_dbgmcu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *core_state(const struct target *t)
{
    if (t->was_dhcsr & BITS(PPB_DHCSR_S_HALT))
        return "halted";
    if (t->was_dhcsr & BITS(PPB_DHCSR_S_LOCKUP))
        return "locked up";
    if (t->was_dhcsr & BITS(PPB_DHCSR_S_SLEEP))
        return "sleeping";
    return t->under_reset ? "halted at the first instruction, running again afterwards" : "running";
}

static void show_probe(struct cli *cli, const struct target *t)
{
    const struct probe *p = t->probe;
    json_t *o = json_object();

    cli_print(cli, "probe       %s %s, firmware %s, SWD %u kHz\n", p->ops->name, p->id.serial[0] ? p->id.serial : "(no serial number)",
              p->ops->version(t->probe), p->speed_khz);
    if (t->voltage_mv)
        cli_print(cli, "voltage     %u.%02u V\n", t->voltage_mv / 1000, t->voltage_mv % 1000 / 10);
    else
        cli_print(cli, "voltage     none measured (VTREF not connected, or no supply)\n");
    json_object_set_new(o, "kind", json_string(p->ops->name));
    json_object_set_new(o, "serial", cli_json_text(p->id.serial));
    json_object_set_new(o, "firmware", json_string(p->ops->version(t->probe)));
    json_object_set_new(o, "speed_khz", json_integer(p->speed_khz));
    json_object_set_new(cli->result, "probe", o);
    json_object_set_new(cli->result, "voltage_mv", json_integer(t->voltage_mv));
}

static void show_chip(struct cli *cli, const struct target *t)
{
    const uint32_t rev = t->idcode >> 16;
    const char *letter = device_revision(t->device, rev), *proven = t->device->bench_chip ? "" : " (unproven)";
    json_t *chip = json_object(), *core = json_object();
    char name[40];

    cli_print(cli, "chip        %s%s, device id 0x%03X, revision %s (0x%04" PRIX32 ")\n", t->device->name, proven, t->device->dev_id,
              letter[0] ? letter : "unknown", rev);
    cli_print(cli, "core        %s, %s\n", core_name(t->core.cpuid, name, sizeof name), core_state(t));
    if (cli->verbose)
        cli_print(cli, "debug       DPIDR 0x%08" PRIX32 ", CPUID 0x%08" PRIX32 ", IDCODE 0x%08" PRIX32 "\n", t->dpidr, t->core.cpuid,
                  t->idcode);
    if (!t->device->bench_chip)
        cli_note(cli, "unproven: no virtual chip stands behind what sector0 knows of the %s; its facts come from documents only",
                 t->device->name);
    json_object_set_new(chip, "name", json_string(t->device->name));
    json_object_set_new(chip, "dev_id", cli_json_hex(t->device->dev_id, 3));
    json_object_set_new(chip, "rev_id", cli_json_hex(rev, 4));
    json_object_set_new(chip, "revision", json_string(letter));
    json_object_set_new(chip, "unproven", json_boolean(!t->device->bench_chip));
    json_object_set_new(cli->result, "chip", chip);
    json_object_set_new(core, "name", json_string(name));
    json_object_set_new(core, "cpuid", cli_json_hex(t->core.cpuid, 8));
    json_object_set_new(core, "state", json_string(core_state(t)));
    json_object_set_new(cli->result, "core", core);
    json_object_set_new(cli->result, "dpidr", cli_json_hex(t->dpidr, 8));
}

static void show_flash(struct cli *cli, const struct target *t)
{
    const uint32_t page = t->device->flash->page_bytes;
    json_t *o = json_object();

    cli_print(cli, "flash       %" PRIu32 " KiB at 0x%08" PRIX32 ", pages of %" PRIu32 " bytes%s\n", t->flash_bytes / 1024,
              t->device->flash_base, page, t->flash_size_read ? "" : " (size not readable: the largest of this kind)");
    json_object_set_new(o, "base", cli_json_hex(t->device->flash_base, 8));
    json_object_set_new(o, "bytes", json_integer(t->flash_bytes));
    json_object_set_new(o, "page_bytes", json_integer(page));
    json_object_set_new(o, "size_read", json_boolean(t->flash_size_read));
    json_object_set_new(cli->result, "flash", o);
}

/* UID and bootloader id: system memory, which some states of the chip close. */
static bool show_identity(struct cli *cli, struct target *t, struct err *e)
{
    char uid[2 * sizeof t->uid + 1];
    uint8_t id;

    for (unsigned i = 0; i < sizeof t->uid; i++)
        snprintf(uid + 2 * i, 3, "%02X", t->uid[i]);
    cli_print(cli, "unique id   %s\n", t->uid_read ? uid : "not readable");
    json_object_set_new(cli->result, "uid", t->uid_read ? json_string(uid) : json_null());
    if (mem_read(&t->mem, t->device->bootloader_id_at, &id, 1, e)) {
        cli_print(cli, "bootloader  id 0x%02X\n", id);
        json_object_set_new(cli->result, "bootloader_id", cli_json_hex(id, 2));
        return true;
    }
    if (e->kind != ERR_FAULT)
        return false;
    cli_print(cli, "bootloader  id not readable\n");
    json_object_set_new(cli->result, "bootloader_id", json_null());
    return true;
}

static bool read_options(struct target *t, struct probe_word *words, size_t cap, size_t *count, struct err *e)
{
    *count = 0;
    for (const struct option_word *o = t->device->flash->options; o->name && *count < cap; o++)
        words[(*count)++] = (struct probe_word){ t->device->flash->base + o->offset, 0, false };
    return mem_batch(&t->mem, words, *count, e) || err_doing(e, "reading the option words");
}

static void show_protection(struct cli *cli, const struct device *d, const struct probe_word *words)
{
    const struct flash_facts *f = d->flash;
    json_t *areas = json_array();
    unsigned level = 1;
    bool any = false;

    for (size_t i = 0; f->options[i].name; i++)
        if (f->options[i].offset == f->rdp_offset)
            level = (words[i].value & f->rdp_mask) == f->rdp_level0 ? 0 : (words[i].value & f->rdp_mask) == f->rdp_level2 ? 2 : 1;
    cli_print(cli, "protection  readout level %u%s; write-protected pages:", level,
              level ? " (flash and RAM are closed to the debugger)" : "");
    for (const struct wrp_area *w = f->wrp; w->name; w++)
        for (size_t i = 0; f->options[i].name; i++) {
            const uint32_t ones = (1u << w->width) - 1, first = words[i].value >> w->strt_lsb & ones,
                           last = words[i].value >> w->end_lsb & ones;

            if (f->options[i].offset != w->offset || first > last)
                continue;
            cli_print(cli, " %s %" PRIu32 "..%" PRIu32, w->name, first, last);
            json_array_append_new(areas, json_pack("{s:s, s:i, s:i}", "area", w->name, "first", (int)first, "last", (int)last));
            any = true;
        }
    cli_print(cli, "%s\n", any ? "" : " none");
    json_object_set_new(cli->result, "rdp_level", json_integer(level));
    json_object_set_new(cli->result, "wrp", areas);
}

static bool show_options(struct cli *cli, struct target *t, struct err *e)
{
    const struct option_word *names = t->device->flash->options;
    json_t *o = json_object();
    struct probe_word words[24];
    size_t count;

    json_object_set_new(cli->result, "options", o);
    if (!read_options(t, words, sizeof words / sizeof *words, &count, e))
        return false;
    cli_print(cli, "options    ");
    for (size_t i = 0; i < count; i++) {
        cli_print(cli, "%s %s 0x%08" PRIX32, i > 0 && i % 4 == 0 ? "\n           " : "", names[i].name, words[i].value);
        json_object_set_new(o, names[i].name, cli_json_hex(words[i].value, 8));
    }
    cli_print(cli, "\n");
    show_protection(cli, t->device, words);
    return true;
}

/* ---- over USB ---- */

static void show_boot(struct cli *cli, const struct boot *b)
{
    const struct usb_id *id = &b->d.usb->id;
    const struct device *d = b->chip.device;
    char version[16], uid[2 * sizeof b->chip.uid + 1];

    snprintf(version, sizeof version, "V%X.%X", b->d.bcd_device >> 8, b->d.bcd_device >> 4 & 15);
    for (unsigned i = 0; i < sizeof b->chip.uid; i++)
        snprintf(uid + 2 * i, 3, "%02X", b->chip.uid[i]);
    cli_print(cli, "bootloader  USB DFU %s %s, DfuSe %s, transfers of %u bytes\n", id->path,
              id->serial[0] ? id->serial : "(no serial number)", version, b->d.dfu.transfer_bytes);
    cli_print(cli, "chip        %s, by the memories it lists\n", d->name);
    cli_print(cli, "core        in the ROM bootloader\n");
    cli_print(cli, "flash       %" PRIu32 " KiB at 0x%08" PRIX32 ", pages of %" PRIu32 " bytes%s\n", b->chip.flash_bytes / 1024,
              d->flash_base, d->flash->page_bytes, b->chip.flash_size_read ? "" : " (size not readable: the largest of this kind)");
    cli_print(cli, "unique id   %s\n", b->chip.uid_read ? uid : "not readable");
    for (unsigned i = 0; i < b->d.memories; i++)
        cli_print(cli, "memory %u    %s\n", b->d.memory[i].alternate, b->d.memory[i].text);
    json_object_set_new(
        cli->result, "probe",
        json_pack("{s:s, s:o, s:s, s:i}", "kind", "DFU", "serial", cli_json_text(id->serial), "firmware", version, "speed_khz", 0));
    json_object_set_new(cli->result, "voltage_mv", json_integer(0));
    json_object_set_new(cli->result, "chip",
                        json_pack("{s:s, s:o, s:s, s:s, s:b}", "name", d->name, "dev_id", cli_json_hex(d->dev_id, 3), "rev_id", "",
                                  "revision", "", "unproven", !d->bench_chip));
    json_object_set_new(cli->result, "core", json_pack("{s:s, s:s, s:s}", "name", "", "cpuid", "", "state", "in the bootloader"));
    json_object_set_new(cli->result, "flash",
                        json_pack("{s:o, s:I, s:I, s:b}", "base", cli_json_hex(d->flash_base, 8), "bytes", (json_int_t)b->chip.flash_bytes,
                                  "page_bytes", (json_int_t)d->flash->page_bytes, "size_read", b->chip.flash_size_read));
    json_object_set_new(cli->result, "uid", b->chip.uid_read ? json_string(uid) : json_null());
    json_object_set_new(cli->result, "bootloader_id", json_null()); /* system memory is none of the memories */
}

static void show_boot_words(struct cli *cli, const struct session *s)
{
    const struct option_word *names = s->chip.device->flash->options;
    struct probe_word words[LOOK_OPTIONS];
    json_t *o = json_object();

    cli_print(cli, "options    ");
    for (unsigned i = 0; i < s->look.options; i++) {
        words[i] = (struct probe_word){ .value = s->look.option[i] };
        cli_print(cli, "%s %s 0x%08" PRIX32, i > 0 && i % 4 == 0 ? "\n           " : "", names[i].name, words[i].value);
        json_object_set_new(o, names[i].name, cli_json_hex(words[i].value, 8));
    }
    cli_print(cli, "\n");
    json_object_set_new(cli->result, "options", o);
    show_protection(cli, s->chip.device, words);
}

static enum cli_exit info_boot(struct cli *cli, const struct usb_id *id, struct err *e)
{
    struct session s = { 0 };
    struct boot b;
    bool ok = cli_open_boot(cli, id, &b, e);

    if (!ok)
        return cli_exit_of(e);
    show_boot(cli, &b);
    if (b.locked) {
        cli_print(cli, "protection  readout level 1 (the bootloader reads and writes nothing)\n");
        json_object_set_new(cli->result, "rdp_level", json_integer(1));
    } else if (session_open_road(&s, &road_dfu, &b.chip, &b, e)) {
        show_boot_words(cli, &s);
    } else {
        ok = false;
    }
    session_close(&s);
    boot_close(&b);
    return ok ? EXIT_DONE : cli_exit_of(e);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct usb_id id;
    struct target t;
    bool ok;

    if (!cli_resolve(cli, &id, e))
        return cli_exit_of(e);
    if (resolve_is_dfu(&id))
        return info_boot(cli, &id, e);
    if (!cli_open_target_at(cli, &id, &t, e))
        return cli_exit_of(e);
    show_probe(cli, &t);
    show_chip(cli, &t);
    show_flash(cli, &t);
    ok = show_identity(cli, &t, e) && show_options(cli, &t, e);
    target_close(&t);
    return ok ? EXIT_DONE : cli_exit_of(e);
}

const struct command command_info = {
    .name = "info",
    .args = "",
    .summary = "Show probe, chip, core, flash, option words and protection",
    .help = "'unproven' beside a chip means that no virtual chip stands behind sector0's facts about it: they come from documents only.",
    .touch = TOUCH_LOOKS,
    .run = run,
};
