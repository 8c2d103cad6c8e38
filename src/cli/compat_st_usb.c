/* compat_st_usb.c - -c port=USBn: a chip in its ROM's USB bootloader, under STM32_Programmer_CLI's name. */
#include "cli/compat_st.h"
#include "cli/resolve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The n-th chip in DFU mode, counted from 1 as ST's tool lists them. */
static bool nth_device(struct st *st, unsigned index, struct usb_id *id, struct err *e)
{
    struct usb_list list = { 0 };
    unsigned n = 0;
    bool found = false;

    if (!resolve_list(st->cli.fabrics, NULL, &list, e)) {
        usb_list_free(&list);
        return false;
    }
    for (size_t i = 0; i < list.count; i++)
        if (resolve_is_dfu(&list.ids[i]) && ++n == index) {
            *id = list.ids[i];
            found = true;
        }
    usb_list_free(&list);
    if (found)
        return true;
    err_set(e, ERR_NODEV, "there is no chip in DFU mode with number USB%u: %u attached", index, n);
    return err_hint(e, "`STM32_Programmer_CLI -l usb` shows them; `sector0 list` says more");
}

/* SECTOR0_PROBE says where to look: of a virtual board, its own USB plug. */
static bool find_device(struct st *st, struct usb_id *id, struct err *e)
{
    const struct st_connection *c = &st->line->connection;
    const char *named = st->cli.probe && st->cli.probe[0] ? st->cli.probe : NULL;
    char text[600];

    if (named && strncmp(named, "bench:", 6) == 0) {
        snprintf(text, sizeof text, "%.590s%s", named, strstr(named, ",dfu") ? "" : ",dfu");
        return resolve_probe(st->cli.fabrics, text, id, e);
    }
    if (c->serial) {
        snprintf(text, sizeof text, "dfu:%.80s", c->serial);
        return resolve_probe(st->cli.fabrics, text, id, e);
    }
    return c->usb_number ? nth_device(st, c->usb_number, id, e) : resolve_probe(st->cli.fabrics, "dfu", id, e);
}

static void print_device(struct st *st)
{
    const struct boot *b = &st->f.boot;
    const struct usb_id *id = &b->d.usb->id;
    const struct device *d = b->chip.device;

    st_label(st, "USB speed", "Full Speed (12MBit/s)");
    st_label(st, "Manuf. ID", "STMicroelectronics");
    st_label(st, "Product ID", "%s", id->product[0] ? id->product : "--");
    st_label(st, "SN", "%s", id->serial[0] ? id->serial : "--");
    st_label(st, "DFU protocol", "1.1");
    st_label(st, "Board", "--");
    st_label(st, "Device ID", "0x%04X", d->dev_id);
    st_label(st, "Device name", "%.7sxx", d->name);
    st_label(st, "Flash size", "%" PRIu32 " KBytes%s", b->chip.flash_bytes / 1024, b->chip.flash_size_read ? "" : " (default)");
    st_label(st, "Device type", "MCU");
    st_label(st, "Revision ID", "--");
    st_label(st, "Device CPU", "Cortex-M0+");
}

bool st_usb_connect(struct st *st, struct err *e)
{
    struct boot *b = &st->f.boot;
    struct target *t = &st->f.t;
    struct usb_id id;

    if (!find_device(st, &id, e))
        return st_failed(st, "Target device not found");
    if (!resolve_is_dfu(&id)) {
        err_set(e, ERR_USAGE, "SECTOR0_PROBE names a debug probe, and port=USB is a chip in DFU mode");
        return st_failed(st, "Target device not found");
    }
    if (!cli_open_boot(&st->cli, &id, b, e))
        return st_failed(st, e->kind == ERR_UNSUPPORTED ? "unknown or unsupported device" : "Target device not found");
    /* What the jobs ask of a target that is not one: the facts. */
    *t = (struct target){
        .device = b->chip.device, .clock = b->chip.clock, .flash_bytes = b->chip.flash_bytes, .flash_size_read = b->chip.flash_size_read
    };
    st->connected = st->f.open = st->usb = true;
    print_device(st);
    if (b->locked)
        st_warn(st, "Device is under Read Out Protection: the bootloader reads and writes nothing");
    st_print(st, "\n");
    return true;
}

bool st_usb_read(struct st *st, uint32_t addr, uint8_t *data, uint32_t len, struct err *e)
{
    return dfuse_read(&st->f.boot.d, addr, data, len, e);
}

bool st_usb_look(struct st *st, struct look *l, struct err *e)
{
    struct session s;
    const bool ok = session_open_road(&s, &road_dfu, &st->f.boot.chip, &st->f.boot, e);

    *l = s.look;
    session_close(&s);
    return ok;
}

bool st_usb_start(struct st *st, uint32_t addr, struct err *e) { return dfuse_leave(&st->f.boot.d, addr, e); }

bool st_usb_unprotect(struct st *st, struct err *e)
{
    bool back;

    if (!st->f.boot.locked) {
        st_print(st, "Read out protection is not active: nothing to do\n");
        return true;
    }
    st_warn(st, "the chip erases ALL of its flash");
    if (!boot_unprotect(&st->f.boot, &back, e))
        return st_failed(st, "Disabling memory read protection failed");
    if (!back || st->f.boot.locked) {
        err_set(e, back ? ERR_FAULT : ERR_NODEV,
                back ? "the bootloader took the command, but still refuses to read"
                     : "the chip was told to, but has not come back in DFU mode: this was not seen to be done");
        return st_failed(st, "Disabling memory read protection failed");
    }
    st_print(st, "Disabling memory read protection achieved successfully\n");
    return true;
}

void st_usb_let_go(struct st *st)
{
    if (st->left)
        st_warn(st, "%s", st->left);
    st->f.t = (struct target){ 0 };
    boot_close(&st->f.boot);
    st->connected = st->f.open = st->usb = false;
}
