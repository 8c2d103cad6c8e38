/* cli_target.c - from --probe to a connected target. */
#include "cli/frame.h"
#include "cli/resolve.h"

#include <inttypes.h>

static void trace_line(void *ctx, const char *line)
{
    struct cli *cli = ctx;
    const uint64_t us = clock_now_us(cli->trace_clock) - cli->trace_start_us;

    fprintf(cli->trace, "%5" PRIu64 ".%06" PRIu64 " %s\n", us / 1000000, us % 1000000, line);
}

struct probe *cli_open_probe(struct cli *cli, const struct usb_id *id, struct err *e)
{
    const struct probe_ops *kind = probe_kind_of(id);
    struct usb_device *usb = id->fabric->open(id, 0, e);

    if (!usb) {
        err_doing(e, "opening the %s%s%s", kind->name, id->serial[0] ? " " : "", id->serial);
        return NULL;
    }
    usb->stop = &cli_stop;
    cli->usb = usb;
    if (cli->trace) {
        cli->trace_clock = usb->clock;
        cli->trace_start_us = clock_now_us(usb->clock);
        usb->trace = trace_line;
        usb->trace_ctx = cli;
    }
    return kind->open(usb, e);
}

bool cli_open_target(struct cli *cli, struct target *t, struct err *e)
{
    struct probe *probe;
    struct usb_id id;

    *t = (struct target){ 0 };
    if (!resolve_probe(cli->fabrics, cli->probe, &id, e))
        return false;
    if (!cli->connect_given)
        cli->connect = cli->command->touch == TOUCH_CHANGES ? TARGET_NORMAL : TARGET_ATTACH;
    probe = cli_open_probe(cli, &id, e);
    if (!probe || !target_open(t, probe, cli->connect, cli->speed_khz, e))
        return false;
    if (t->note[0])
        cli_note(cli, "%s", t->note);
    if (cli->verbose)
        cli_note(cli, "%s %s, firmware %s, SWD %u kHz, target voltage %u.%02u V", probe->ops->name, id.serial, probe->ops->version(probe),
                 probe->speed_khz, t->voltage_mv / 1000, t->voltage_mv % 1000 / 10);
    return true;
}
