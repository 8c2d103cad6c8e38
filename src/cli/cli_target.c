/* cli_target.c - from --probe to a connected target. */
#include "cli/doctoring.h"
#include "cli/frame.h"
#include "cli/resolve.h"

#include <inttypes.h>

enum { TRACE_LINE_MAX = 300, TRACE_KEPT_MAX = 2000 };

static void trace_line(void *ctx, const char *line)
{
    struct cli *cli = ctx;
    const uint64_t us = clock_now_us(cli->trace_clock) - cli->trace_start_us;

    char text[TRACE_LINE_MAX];

    if (cli->trace)
        fprintf(cli->trace, "%5" PRIu64 ".%06" PRIu64 " %s\n", us / 1000000, us % 1000000, line);
    if (!cli->kept_trace)
        return;
    snprintf(text, sizeof text, "%5" PRIu64 ".%06" PRIu64 " %s", us / 1000000, us % 1000000, line);
    json_array_append_new(cli->kept_trace, cli_json_text(text));
    if (json_array_size(cli->kept_trace) > TRACE_KEPT_MAX && json_array_remove(cli->kept_trace, 0) == 0)
        cli->kept_trace_dropped++;
}

struct usb_device *cli_open_usb(struct cli *cli, const struct usb_id *id, const char *name, struct err *e)
{
    struct usb_device *usb = id->fabric->open(id, 0, e);

    if (!usb) {
        err_doing(e, "opening the %s%s%s", name, id->serial[0] ? " " : "", id->serial);
        return NULL;
    }
    usb->stop = &cli_stop;
    cli->usb = usb;
    if (cli->trace || cli->kept_trace) {
        cli->trace_clock = usb->clock;
        cli->trace_start_us = clock_now_us(usb->clock);
        usb->trace = trace_line;
        usb->trace_ctx = cli;
    }
    return usb;
}

struct probe *cli_open_probe(struct cli *cli, const struct usb_id *id, struct err *e)
{
    const struct probe_ops *kind = probe_kind_of(id);
    struct usb_device *usb = kind ? cli_open_usb(cli, id, kind->name, e) : NULL;

    if (!kind)
        err_set(e, ERR_UNSUPPORTED, "a chip in DFU mode is no debug probe");
    return usb ? kind->open(usb, e) : NULL;
}

bool cli_resolve(struct cli *cli, struct usb_id *id, struct err *e)
{
    if (!resolve_probe(cli->fabrics, cli->probe, id, e))
        return false;
    if (!resolve_is_dfu(id))
        return true;
    if (cli->command->probe_only) {
        err_set(e, ERR_UNSUPPORTED, "`sector0 %s` works through a debug probe only", cli->command->name);
        return err_hint(e, "over USB the chip's bootloader can look at, program and erase flash, and option words: docs/dfu.md");
    }
    if (!cli->connect_given)
        return true;
    return err_set(e, ERR_USAGE, "--connect is for debug probes: a bootloader on USB runs already") ||
           err_hint(e, "leave it out, or name a probe with --probe");
}

bool cli_open_boot(struct cli *cli, const struct usb_id *id, struct boot *b, struct err *e)
{
    struct usb_device *usb = cli_open_usb(cli, id, "chip in DFU mode", e);

    *b = (struct boot){ 0 };
    if (!usb || !boot_open(b, usb, e))
        return false;
    if (cli->verbose)
        cli_note(cli, "bootloader at %s, DfuSe, version %X.%X, transfers of %u bytes", id->path, b->d.bcd_device >> 8,
                 b->d.bcd_device >> 4 & 15, b->d.dfu.transfer_bytes);
    return true;
}

bool cli_open_target_at(struct cli *cli, const struct usb_id *id, struct target *t, struct err *e)
{
    struct probe *probe;

    *t = (struct target){ 0 };
    if (!cli->connect_given)
        cli->connect = cli->command->touch == TOUCH_CHANGES ? TARGET_NORMAL : TARGET_ATTACH;
    probe = cli_open_probe(cli, id, e);
    if (!probe || !target_open(t, probe, cli->connect, cli->speed_khz, e)) {
        doctoring_unopened(cli, e);
        return false;
    }
    if (t->note[0])
        cli_note(cli, "%s", t->note);
    if (cli->verbose)
        cli_note(cli, "%s %s, firmware %s, SWD %u kHz, target voltage %u.%02u V", probe->ops->name, id->serial, probe->ops->version(probe),
                 probe->speed_khz, t->voltage_mv / 1000, t->voltage_mv % 1000 / 10);
    return true;
}

bool cli_open_target(struct cli *cli, struct target *t, struct err *e)
{
    struct usb_id id;

    *t = (struct target){ 0 };
    return cli_resolve(cli, &id, e) && cli_open_target_at(cli, &id, t, e);
}
