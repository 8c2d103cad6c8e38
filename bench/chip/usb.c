/* usb.c - the chip's USB plug: its controller (periph/usb_drd.h) as a usb device on a cable. */
#include "chip/chip_inner.h"
#include "periph/usb_drd.h"

static struct periph *usb_of(void *ctx) { return ((struct chip *)ctx)->usb; }

static enum usb_answer on_setup(void *ctx, const uint8_t packet[8]) { return usb_drd_setup(usb_of(ctx), packet); }
static enum usb_answer on_out(void *ctx, unsigned ep, const uint8_t *data, size_t len) { return usb_drd_out(usb_of(ctx), ep, data, len); }
static enum usb_answer on_in(void *ctx, unsigned ep, uint8_t *data, size_t *len) { return usb_drd_in(usb_of(ctx), ep, data, len); }
static void on_bus_reset(void *ctx) { usb_drd_bus_reset(usb_of(ctx)); }
static bool hears(void *ctx, uint8_t address) { return chip_has_clock(ctx) && usb_drd_hears(usb_of(ctx), address); }
static void on_cable(void *ctx, bool in) { usb_drd_cable(usb_of(ctx), in); }
static uint32_t attachments(void *ctx) { return usb_drd_attachments(usb_of(ctx)); }

static bool is_attached(void *ctx)
{
    const struct chip *c = ctx;

    return c->s.powered && usb_drd_attached(c->usb);
}

static uint64_t wake_ps(void *ctx) { return chip_next_change_ps(ctx); }

void chip_usb_init(struct chip *c)
{
    c->usb = chip_block(c, "USB");
    if (!c->usb)
        return;
    c->usb->mate = chip_block(c, "USBRAM");
    c->crs = chip_block(c, "CRS");
    if (c->crs)
        c->crs->mate = c->usb;
    c->usb_plug = (struct usbdev){ c, on_setup, on_out, on_in, on_bus_reset, is_attached, wake_ps, hears, on_cable, attachments };
}

const struct usbdev *chip_usb(struct chip *c) { return c->usb ? &c->usb_plug : NULL; }
