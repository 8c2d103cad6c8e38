/* bootloader.c - see bootloader.h. */
#include "cli/bootloader.h"
#include "boot/enter.h"
#include "cli/resolve.h"

#include <stdio.h>
#include <string.h>

enum {
    ENUMERATED_AFTER_MS = 600, /* estimate: AN2606 gives 241 ms for the ROM, and the machine has its part to do */
    LOOKS = 5,
    LOOK_AGAIN_MS = 400,
};

/* Devices in DFU mode where the probe is: the machine's buses, or the same virtual board. */
static bool list_dfu(struct cli *cli, const struct usb_id *probe, struct usb_list *list, struct err *e)
{
    char text[sizeof probe->where + 16];

    snprintf(text, sizeof text, "bench:%s", probe->where);
    if (!resolve_list(cli->fabrics, probe->where[0] ? text : NULL, list, e))
        return false;
    for (size_t i = 0; i < list->count;)
        if (resolve_is_dfu(&list->ids[i]) && strcmp(list->ids[i].where, probe->where) == 0)
            i++;
        else
            list->ids[i] = list->ids[--list->count];
    return true;
}

static bool is_in(const struct usb_list *list, const struct usb_id *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->ids[i].path, id->path) == 0)
            return true;
    return false;
}

/* Is it our chip? Its unique id says so; a bootloader that does not tell it is taken if it was not there before. */
static bool is_ours(struct cli *cli, struct bootloader *b, const struct usb_id *id, bool is_new)
{
    struct err why = { 0 };
    struct boot boot;
    bool ours = false;

    if (id->access != USB_FREE || !cli_open_boot(cli, id, &boot, &why))
        return false;
    if (b->uid_read && boot.chip.uid_read)
        ours = memcmp(b->uid, boot.chip.uid, sizeof b->uid) == 0;
    else
        ours = is_new;
    boot_close(&boot);
    return ours;
}

static bool look(struct cli *cli, const struct usb_id *probe, const struct usb_list *before, struct bootloader *b, struct err *e)
{
    struct usb_list list = { 0 };
    const bool ok = list_dfu(cli, probe, &list, e);

    for (size_t i = 0; ok && i < list.count && !b->found; i++)
        if (is_ours(cli, b, &list.ids[i], !is_in(before, &list.ids[i]))) {
            b->found = true;
            b->id = list.ids[i];
        }
    usb_list_free(&list);
    return ok;
}

/* A virtual board's time passes only while somebody is connected: so the probe stays in hand while we wait. */
static bool wait_by_probe(struct cli *cli, const struct usb_id *probe, unsigned ms, struct err *e)
{
    struct probe *p = cli_open_probe(cli, probe, e);

    if (!p)
        return false;
    clock_sleep_us(p->clock, (uint64_t)ms * 1000);
    p->ops->close(p);
    return true;
}

static bool no_usb(const struct device *d, struct err *e)
{
    err_set(e, ERR_UNSUPPORTED, "the bootloader of the %s does not speak USB, as far as sector0 knows", d->name);
    return err_hint(e, "`sector0 flash` without --via dfu programs it through the probe");
}

static bool start(struct cli *cli, const struct usb_id *probe, struct bootloader *b, struct err *e)
{
    struct target t;
    bool ok = cli_open_target_at(cli, probe, &t, e);

    if (!ok)
        return false;
    b->uid_read = t.uid_read;
    memcpy(b->uid, t.uid, sizeof b->uid);
    b->speaks_dfu = t.device->dfu.options_bytes;
    ok = (b->speaks_dfu || !b->needs_usb || no_usb(t.device, e)) && boot_enter(&t, e);
    if (ok) {
        struct err ignored = { 0 };

        core_release(&t.core, &ignored);
        if (b->speaks_dfu)
            clock_sleep_us(t.clock, UINT64_C(1000) * ENUMERATED_AFTER_MS);
    }
    if (ok)
        target_leave(&t, false);
    target_close(&t);
    return ok;
}

bool bootloader_start(struct cli *cli, const struct usb_id *probe, struct bootloader *b, struct err *e)
{
    struct usb_list before = { 0 };
    bool ok;

    ok = list_dfu(cli, probe, &before, e) && start(cli, probe, b, e);
    for (unsigned i = 0; ok && b->speaks_dfu && !b->found && i < LOOKS; i++)
        ok = (i == 0 || wait_by_probe(cli, probe, LOOK_AGAIN_MS, e)) && look(cli, probe, &before, b, e);
    usb_list_free(&before);
    return ok;
}

bool bootloader_via(struct cli *cli, const struct usb_id *probe, struct usb_id *id, struct err *e)
{
    struct bootloader b = { .needs_usb = true };

    if (!bootloader_start(cli, probe, &b, e))
        return false;
    *id = b.id;
    if (b.found)
        return true;
    err_set(e, ERR_NODEV, "the bootloader was started, but no chip in DFU mode has come up on USB");
    return err_hint(
        e, "is the chip's own USB plugged in here? `sector0 list` shows what is there; `sector0 reset` starts the application again");
}
