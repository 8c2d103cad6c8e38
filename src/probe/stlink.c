/* stlink.c - ST-LINK/V2 and V2-1: opening, speed, connecting, NRST, voltage, DP and AP registers. V1 and V3 are refused by name.
 *
 * The probe's firmware does the SWD work itself (line reset, DPIDR, power-up, SELECT); the host says what it wants. See stlink.h. */
#include "probe/stlink.h"
#include "base/bytes.h"
#include "device/regs/adi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODE_ROUNDS = 3,
    ENTER_SWD_NO_RESET = 0xA3,
    VOLTAGE_MAX_MV = 20000, /* more is not a measurement; estimate */
    ABORT_CLEAR = BITS(DP_ABORT_STKCMPCLR) | BITS(DP_ABORT_STKERRCLR) | BITS(DP_ABORT_WDERRCLR) | BITS(DP_ABORT_ORUNERRCLR),
};

/* Nominal clock of each divisor: OpenOCD's and stlink's table, filled up from pyOCD's. Falling. */
static const struct {
    unsigned khz, divisor;
} speeds[] = {
    { 4000, 0 }, { 1800, 1 }, { 1200, 2 }, { 950, 3 },  { 650, 5 }, { 480, 7 },  { 400, 9 },  { 360, 10 },
    { 240, 15 }, { 150, 25 }, { 125, 31 }, { 100, 40 }, { 50, 79 }, { 25, 158 }, { 15, 265 }, { 5, 798 },
};
enum { SPEEDS = sizeof speeds / sizeof *speeds };

static bool stlink_mode(struct stlink *s, unsigned *mode, struct err *e)
{
    const struct stlink_command c = { { STLINK_GET_CURRENT_MODE } };
    uint8_t reply[2];

    if (!stlink_send_in(s, &c, reply, sizeof reply, e))
        return false;
    *mode = reply[0];
    return true;
}

/* Leave whatever mode another program left the probe in. */
static bool go_idle(struct stlink *s, struct err *e)
{
    /* clang-format off */
    static const struct {
        unsigned mode;
        struct stlink_command leave;
    } ways[] = {
        { STLINK_MODE_DFU,   { { STLINK_DFU,   STLINK_DFU_EXIT  } } },
        { STLINK_MODE_DEBUG, { { STLINK_DEBUG, STLINK_EXIT      } } },
        { STLINK_MODE_SWIM,  { { STLINK_SWIM,  STLINK_SWIM_EXIT } } },
    };
    /* clang-format on */
    unsigned mode = 0;

    for (unsigned round = 0; round < MODE_ROUNDS; round++) {
        bool left = false;

        if (!stlink_mode(s, &mode, e))
            return false;
        if (mode == STLINK_MODE_IDLE)
            return true;
        for (size_t i = 0; i < sizeof ways / sizeof *ways && !left; i++)
            if (ways[i].mode == mode) {
                if (!stlink_send(s, &ways[i].leave, e))
                    return false;
                left = true;
            }
        if (!left)
            break;
    }
    err_set(e, ERR_PROTOCOL, mode == STLINK_MODE_BOOTLOADER ? "the probe is in its own bootloader" : "the probe does not leave its mode");
    err_seen(e, "mode %u", mode);
    return err_hint(e, "unplug the probe and plug it in again; if it stays so, its firmware update was not finished");
}

/* Nothing has been done with the probe yet: what fails on the way is done once more, in step again. */
static bool first_idle(struct stlink *s, struct err *e)
{
    return (stlink_ready(s, e) && go_idle(s, e)) || (s->lost_step && e->kind != ERR_NODEV && stlink_ready(s, e) && go_idle(s, e));
}

/* Fields of the version word: generation, J and S or M. Source: OpenOCD stlink_usb_version. */
static bool take_version(struct stlink *s, struct err *e)
{
    const unsigned word = get_be16(s->version_reply), generation = word >> 12, x = word >> 6 & 0x3F, y = word & 0x3F;
    const bool v21 = s->base.id.pid != 0x3748;
    const bool stm8_only = v21 && ((x <= 22 && y == 7) || (x >= 25 && y >= 7 && y <= 12));

    snprintf(s->version, sizeof s->version, stm8_only ? "V%uM%uS%u" : v21 ? "V%uJ%uM%u" : "V%uJ%uS%u", generation, x, y);
    s->j = stm8_only ? 0 : x;
    if (generation != 2) {
        err_set(e, ERR_UNSUPPORTED, "the probe's version makes no sense for an ST-LINK/V2");
        err_hint(e, "write its firmware again with ST's STLinkUpgrade");
        return err_seen(e, "version %s, VID:PID %04X:%04X", s->version, get_le16(s->version_reply + 2), get_le16(s->version_reply + 4));
    }
    if (s->j < STLINK_J_MINIMUM) {
        err_set(e, ERR_UNSUPPORTED, "the probe's firmware %s is too old: V2J%u or newer is needed", s->version, STLINK_J_MINIMUM);
        return err_hint(e, "update it with ST's STLinkUpgrade or STM32CubeProgrammer; that takes a minute and keeps the probe's settings");
    }
    return true;
}

static bool send_frequency(struct stlink *s, struct err *e)
{
    struct stlink_command c = { { STLINK_DEBUG, STLINK_SWD_SET_FREQ } };
    uint8_t reply[2];

    put_le16(c.bytes + 2, s->divisor);
    return stlink_send_status(s, &c, reply, sizeof reply, e);
}

static bool open_ap(struct stlink *s, unsigned ap, struct err *e)
{
    const struct stlink_command c = { { STLINK_DEBUG, STLINK_INIT_AP, (uint8_t)ap } };
    uint8_t reply[2];

    if (s->j < STLINK_J_INIT_AP || s->ap_open[ap / 8] >> ap % 8 & 1)
        return true;
    if (!stlink_send_status(s, &c, reply, sizeof reply, e))
        return err_doing(e, "opening access port %u", ap);
    s->ap_open[ap / 8] |= (uint8_t)(1u << ap % 8);
    return true;
}

bool stlink_enter(struct stlink *s, struct err *e)
{
    const struct stlink_command enter = { { STLINK_DEBUG, STLINK_ENTER, ENTER_SWD_NO_RESET } };
    const bool prepared = s->idle && s->speed_set;
    uint8_t reply[2];
    unsigned mode;

    s->connected = s->idle = false;
    memset(s->ap_open, 0, sizeof s->ap_open); /* leaving debug mode closes them */
    if (!prepared && (!go_idle(s, e) || (s->speed_set && !send_frequency(s, e))))
        return false;
    if (!stlink_send_status(s, &enter, reply, sizeof reply, e) || !stlink_mode(s, &mode, e))
        return false;
    if (mode != STLINK_MODE_DEBUG) {
        err_set(e, ERR_PROTOCOL, "the probe says that it entered SWD, and is in another mode");
        return err_seen(e, "mode %u", mode);
    }
    if (!open_ap(s, 0, e))
        return false;
    s->connected = true;
    return true;
}

static struct probe *stlink_open(const struct probe_ops *ops, struct usb_device *usb, uint8_t ep_out, struct err *e)
{
    struct stlink *s = calloc(1, sizeof *s);

    if (!s) {
        err_set(e, ERR_NOMEM, "no memory to open a probe");
        usb_close(usb);
        return NULL;
    }
    s->base = (struct probe){ .ops = ops, .clock = usb->clock, .id = usb->id };
    s->usb = usb;
    s->ep_out = ep_out;
    s->ep_in = 0x81;
    if (!stlink_hello(s, e) || !take_version(s, e) || !first_idle(s, e)) {
        err_doing(e, "opening the %s%s%s at %s", ops->name, usb->id.serial[0] ? " " : "", usb->id.serial, usb->id.path);
        usb_close(usb);
        free(s);
        return NULL;
    }
    s->idle = true;
    return &s->base;
}

static void stlink_close(struct probe *p)
{
    const struct stlink_command release = { { STLINK_DEBUG, STLINK_DRIVE_NRST, 1 } };
    const struct stlink_command leave = { { STLINK_DEBUG, STLINK_EXIT } };
    struct stlink *s = (struct stlink *)p;
    struct err ignored;
    uint8_t reply[2];

    s->connected = false; /* not to be entered again on the way out */
    s->usb->stop = NULL;
    if (stlink_ready(s, &ignored)) {
        if (s->nrst_low)
            stlink_send_in(s, &release, reply, sizeof reply, &ignored);
        if (stlink_ready(s, &ignored))
            stlink_send(s, &leave, &ignored);
    }
    usb_close(s->usb);
    free(s);
}

static bool stlink_connect(struct probe *p, struct err *e)
{
    struct stlink *s = (struct stlink *)p;

    return stlink_ready(s, e) && stlink_enter(s, e);
}

static bool stlink_set_speed(struct probe *p, unsigned khz, unsigned *actual_khz, struct err *e)
{
    struct stlink *s = (struct stlink *)p;
    unsigned i = 0;

    while (i < SPEEDS && speeds[i].khz > khz)
        i++;
    if (i == SPEEDS)
        return err_set(e, ERR_USAGE, "%u kHz is too slow for an ST-LINK/V2: %u kHz is its slowest", khz, speeds[SPEEDS - 1].khz);
    if (!stlink_ready(s, e))
        return false;
    s->divisor = speeds[i].divisor;
    if (!send_frequency(s, e))
        return err_doing(e, "setting SWD to %u kHz", speeds[i].khz);
    s->speed_set = true;
    p->speed_khz = speeds[i].khz;
    if (actual_khz)
        *actual_khz = p->speed_khz;
    return true;
}

static bool stlink_nrst(struct probe *p, bool low, struct err *e)
{
    const struct stlink_command c = { { STLINK_DEBUG, STLINK_DRIVE_NRST, low ? 0 : 1 } };
    struct stlink *s = (struct stlink *)p;
    uint8_t reply[2];

    if (!stlink_ready(s, e))
        return false;
    s->nrst_low = s->nrst_low || low;
    if (!stlink_send_status(s, &c, reply, sizeof reply, e))
        return err_doing(e, low ? "pulling NRST low" : "releasing NRST");
    s->nrst_low = low;
    return true;
}

/* V = 2 * reading * 1.2 / reading of the 1.2 V reference. */
static bool stlink_voltage(struct probe *p, unsigned *mv, struct err *e)
{
    const struct stlink_command c = { { STLINK_GET_TARGET_VOLTAGE } };
    struct stlink *s = (struct stlink *)p;
    uint64_t reference, reading;
    uint8_t reply[8];

    if (!stlink_ready(s, e) || !stlink_send_in(s, &c, reply, sizeof reply, e))
        return false;
    reference = get_le32(reply);
    reading = get_le32(reply + 4);
    if (reference == 0) {
        *mv = 0;
        return true;
    }
    if (2400 * reading / reference > VOLTAGE_MAX_MV) {
        err_set(e, ERR_PROTOCOL, "the probe measures an impossible target voltage");
        return err_seen(e, "reference %llu, reading %llu", (unsigned long long)reference, (unsigned long long)reading);
    }
    *mv = (unsigned)(2400 * reading / reference);
    return true;
}

static bool banked_too_early(const struct stlink *s, unsigned addr, struct err *e)
{
    err_set(e, ERR_UNSUPPORTED, "the probe's firmware %s cannot reach debug port register 0x%02X: V2J%u or newer is needed", s->version,
            addr, STLINK_J_BANKED);
    return err_hint(e, "update it with ST's STLinkUpgrade or STM32CubeProgrammer");
}

static bool read_reg(struct stlink *s, unsigned ap, unsigned addr, uint32_t *value, struct err *e)
{
    struct stlink_command c = { { STLINK_DEBUG, STLINK_READ_DAP_REG } };
    uint8_t reply[8];

    put_le16(c.bytes + 2, ap);
    put_le16(c.bytes + 4, addr);
    if (!stlink_send_status(s, &c, reply, sizeof reply, e))
        return false;
    *value = get_le32(reply + 4);
    return true;
}

static bool write_reg(struct stlink *s, unsigned ap, unsigned addr, uint32_t value, struct err *e)
{
    struct stlink_command c = { { STLINK_DEBUG, STLINK_WRITE_DAP_REG } };
    uint8_t reply[2];

    put_le16(c.bytes + 2, ap);
    put_le16(c.bytes + 4, addr);
    put_le32(c.bytes + 6, value);
    return stlink_send_status(s, &c, reply, sizeof reply, e);
}

static bool stlink_read_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t *value, struct err *e)
{
    struct stlink *s = (struct stlink *)p;

    if (ap == PROBE_DP && (addr & 0xF0) && s->j < STLINK_J_BANKED)
        return banked_too_early(s, addr, e);
    return stlink_ready(s, e) && (ap == PROBE_DP || open_ap(s, ap & 0xFF, e)) && read_reg(s, ap, addr, value, e);
}

static bool stlink_write_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t value, struct err *e)
{
    struct stlink *s = (struct stlink *)p;
    uint32_t ignored;

    if (ap == PROBE_DP && addr == DP_SELECT)
        return err_set(e, ERR_BUG, "DP SELECT belongs to the probe's firmware");
    if (ap == PROBE_DP && (addr & 0xF0) && s->j < STLINK_J_BANKED)
        return banked_too_early(s, addr, e);
    if (!stlink_ready(s, e) || (ap != PROBE_DP && !open_ap(s, ap & 0xFF, e)) || !write_reg(s, ap, addr, value, e))
        return false;
    /* A write to an access port is posted: how it ended shows on the next transfer (OpenOCD reads RDBUFF too). */
    return ap == PROBE_DP || read_reg(s, PROBE_DP, DP_RDBUFF, &ignored, e);
}

void stlink_clear_sticky(struct stlink *s)
{
    struct err ignored;

    write_reg(s, PROBE_DP, DP_ABORT, ABORT_CLEAR, &ignored);
}

static const char *stlink_version(struct probe *p) { return ((struct stlink *)p)->version; }

/* ---- the two kinds --------------------------------------------------------------------------------------------------------------- */

static bool is_v2(const struct usb_id *id) { return id->vid == 0x0483 && id->pid == 0x3748; }

/* Composite devices: with mass storage and serial port, without mass storage, with audio. */
static bool is_v21(const struct usb_id *id) { return id->vid == 0x0483 && (id->pid == 0x374B || id->pid == 0x3752 || id->pid == 0x374A); }

static struct probe *open_v2(struct usb_device *usb, struct err *e);
static struct probe *open_v21(struct usb_device *usb, struct err *e);

#define STLINK_OPS(title, matches, open)                                                                                    \
    {                                                                                                                       \
        title, matches, open, stlink_close, stlink_connect, stlink_set_speed, stlink_nrst, stlink_voltage, stlink_read_reg, \
            stlink_write_reg, stlink_read_mem, stlink_write_mem, stlink_batch, stlink_version                               \
    }
const struct probe_ops probe_stlink_v2 = STLINK_OPS("ST-LINK/V2", is_v2, open_v2);
const struct probe_ops probe_stlink_v21 = STLINK_OPS("ST-LINK/V2-1", is_v21, open_v21);

static struct probe *open_v2(struct usb_device *usb, struct err *e) { return stlink_open(&probe_stlink_v2, usb, 0x02, e); }
static struct probe *open_v21(struct usb_device *usb, struct err *e) { return stlink_open(&probe_stlink_v21, usb, 0x01, e); }
