/* stlink.c - the probe as a USB device: power, cable, bulk endpoints. Commands are in commands.c, endpoint 0 in descriptors.c. */
#include "stlink/stlink.h"
#include "stlink/parts.h"

#include <string.h>

enum {
    EP_COMMAND = 1,
    EP_REPLY = 1,
    EP_TRACE = 2,
    HALT_COMMAND = 1, /* bits of `halted` */
    HALT_REPLY = 2,
    HALT_TRACE = 4,
    HALT_ALL = 7,
    SWD_DEFAULT_HZ = 1800000,
    SWD_HIGHEST_HZ = 4000000,
    CONFIGURED = 1, /* by the host, before anybody opens the device */
};

DEFINE_STATE(stlink_state_table, "stlink", struct stlink_state,
             /* in the struct's order */
             STATE_ONE(struct stlink_state, commands, STATE_ANY), STATE_ONE(struct stlink_state, swd_clocks, STATE_ANY),
             STATE_ONE(struct stlink_state, swd_hz, SWD_HIGHEST_HZ), STATE_ONE(struct stlink_state, fault_addr, STATE_ANY),
             STATE_ONE(struct stlink_state, out_wanted, STLINK_BUFFER), STATE_ONE(struct stlink_state, out_got, STLINK_BUFFER),
             STATE_ONE(struct stlink_state, reply_bytes, STLINK_BUFFER), STATE_ONE(struct stlink_state, reply_sent, STLINK_BUFFER),
             STATE_ONE(struct stlink_state, misc_items, STLINK_MISC_ITEMS), STATE_MANY(struct stlink_state, misc_value, STATE_ANY),
             STATE_MANY(struct stlink_state, misc_status, STATE_ANY), STATE_MANY(struct stlink_state, open_aps, STATE_ANY),
             STATE_MANY(struct stlink_state, command, STATE_ANY), STATE_ONE(struct stlink_state, mode, STLINK_MODES - 1),
             STATE_ONE(struct stlink_state, last_status, STATE_ANY), STATE_ONE(struct stlink_state, configuration, CONFIGURED),
             STATE_ONE(struct stlink_state, halted, HALT_ALL), STATE_ONE(struct stlink_state, ep0_stage, EP0_STAGES - 1),
             STATE_ONE(struct stlink_state, ep0_bytes, STLINK_EP0_BYTES), STATE_MANY(struct stlink_state, ep0_reply, STATE_ANY),
             STATE_ONE(struct stlink_state, ep0_sent, 1), STATE_ONE(struct stlink_state, powered, 1),
             STATE_ONE(struct stlink_state, nrst_low, 1), STATE_MANY(struct stlink_state, data, STATE_ANY));

/* Everything but the counters: as after power-on, but still without power. */
static void forget_all(struct stlink *p)
{
    const uint64_t commands = p->s.commands, clocks = p->s.swd_clocks;

    memset(&p->s, 0, sizeof p->s);
    p->s.commands = commands;
    p->s.swd_clocks = clocks;
    p->s.swd_hz = SWD_DEFAULT_HZ;
    p->s.mode = STLINK_MASS;
    stlink_forget_command(p);
}

void stlink_power_on(struct stlink *p)
{
    forget_all(p);
    p->s.powered = true;
    p->s.configuration = CONFIGURED;
    p->wires->nrst(p->wires->ctx, false);
}

void stlink_unplugged(struct stlink *p)
{
    forget_all(p);
    p->wires->nrst(p->wires->ctx, false);
}

uint64_t stlink_swd_clocks(const struct stlink *p) { return p->s.swd_clocks; }

static enum usb_answer on_setup(void *ctx, const uint8_t packet[8])
{
    struct stlink *p = ctx;

    return p->s.powered ? ep0_setup(p, packet) : USB_SILENT;
}

static enum usb_answer on_out(void *ctx, unsigned ep, const uint8_t *data, size_t len)
{
    struct stlink *p = ctx;

    if (!p->s.powered || (ep != 0 && ep != EP_COMMAND) || (ep == EP_COMMAND && !p->s.configuration))
        return USB_SILENT;
    if (ep == 0)
        return ep0_out(p, len);
    if (p->s.halted & HALT_COMMAND)
        return USB_STALL;
    if (len == 0)
        return USB_ACK; /* an empty packet is no command */
    if (p->s.out_wanted > 0)
        stlink_take_data(p, data, len);
    else
        stlink_take_command(p, data, len);
    return USB_ACK;
}

static enum usb_answer on_in(void *ctx, unsigned ep, uint8_t *data, size_t *len)
{
    struct stlink *p = ctx;
    uint32_t bytes;

    *len = 0;
    if (!p->s.powered || ep > EP_TRACE || (ep != 0 && !p->s.configuration))
        return USB_SILENT;
    if (ep == 0)
        return ep0_in(p, data, len);
    if (p->s.halted & (ep == EP_REPLY ? HALT_REPLY : HALT_TRACE))
        return USB_STALL;
    if (ep == EP_TRACE || p->s.reply_sent >= p->s.reply_bytes)
        return USB_NAK;
    bytes = p->s.reply_bytes - p->s.reply_sent;
    bytes = bytes < PACKET_BYTES ? bytes : PACKET_BYTES;
    memcpy(data, p->s.data + p->s.reply_sent, bytes);
    p->s.reply_sent += bytes;
    *len = bytes;
    return USB_ACK;
}

/* Mode, access ports and NRST outlive a port reset (OpenOCD resets a port to revive a probe; what firmware keeps is not known). The
 * configuration does too: the bench's hosts do not enumerate, and a kernel that does sets it again. */
static void on_bus_reset(void *ctx)
{
    struct stlink *p = ctx;

    stlink_forget_command(p);
    p->s.halted = 0;
    p->s.ep0_stage = EP0_IDLE;
    p->s.configuration = CONFIGURED;
}

static bool is_attached(void *ctx) { return ((struct stlink *)ctx)->s.powered; }

/* A command's work is over before its last packet is acknowledged: what is not there now comes by another command only. */
static uint64_t wake_ps(void *ctx) { return TIME_NEVER; }

void stlink_init(struct stlink *p, const struct stlink_wires *wires, const struct stlink_params *params, struct timeline *time)
{
    *p = (struct stlink){ .wires = wires, .params = params, .time = time };
    p->usb = (struct usbdev){ p, on_setup, on_out, on_in, on_bus_reset, is_attached, wake_ps };
    forget_all(p);
}
