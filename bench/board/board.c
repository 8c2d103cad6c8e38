/* board.c - the virtual board's parts and wires. See board.h. */
#include "board/board.h"

#include "base/bytes.h"
#include "board/enumerate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN_BEFORE_HANDOVER_S = 1, /* a new board has been on for so long */
    LOOK_MS = 10,              /* meanwhile, for usb devices that appear */
    ENUMERATE_TRIES = 4,       /* estimate: Linux's hub driver gives a device up after as many */
};

DEFINE_STATE(board_state_table, "board", struct board_state,               //
             STATE_ONE(struct board_state, now_ps, UINT64_MAX / 2),        /* so that adding to it cannot wrap */
             STATE_ONE(struct board_state, accounted_ps, UINT64_MAX / 2),  //
             STATE_MANY(struct board_state, pace_ps, UINT64_MAX / 2),      //
             STATE_ONE(struct board_state, powered, 1),                    //
             STATE_MANY(struct board_state, button, 1),                    //
             STATE_ONE(struct board_state, nrst_by_probe, 1),              //
             STATE_MANY(struct board_state, pressed, STATE_ANY),           //
             STATE_ONE(struct board_state, power_cycles, STATE_ANY),       //
             STATE_MANY(struct board_state, plugged, 1),                   //
             STATE_MANY(struct board_state, configured, 1),                //
             STATE_MANY(struct board_state, appeared, STATE_ANY),          //
             STATE_MANY(struct board_state, pulled, STATE_ANY),            //
             STATE_MANY(struct board_state, attachments, STATE_ANY),       //
             STATE_MANY(struct board_state, address, 0x7F),                //
             STATE_MANY(struct board_state, tries, ENUMERATE_TRIES),       //
             STATE_MANY(struct board_state, transfers, STATE_ANY),         //
             STATE_MANY(struct board_state, bytes_out, STATE_ANY),         //
             STATE_MANY(struct board_state, bytes_in, STATE_ANY),          //
             STATE_MANY(struct board_state, link_ps, STATE_ANY),           //
             STATE_ONE(struct board_state, uart_mark, STATE_ANY),          //
             STATE_MANY(struct board_state, device, STATE_ANY),            //
             STATE_MANY(struct board_state, config, STATE_ANY),            //
             STATE_MANY(struct board_state, config_bytes, USB_CONFIG_MAX), //
             STATE_MANY(struct board_state, manufacturer, 0x7E),           //
             STATE_MANY(struct board_state, product, 0x7E),                //
             STATE_MANY(struct board_state, serial, 0x7E));

/* ---- wires ---- */

/* The chip runs, but never past a fault. */
static void run_chip(void *ctx, uint64_t until_ps)
{
    struct board *b = ctx;

    do {
        chip_stop_at(b->chip, faults_next_ps(&b->faults));
        chip_run_until(b->chip, until_ps);
        if (faults_next_ps(&b->faults) <= chip_now_ps(b->chip))
            faults_event(&b->faults, chip_now_ps(b->chip));
        if (chip_powered(b->chip) && !faults_vdd_is_enough(&b->faults, true)) /* options with another level were loaded */
            chip_power(b->chip, false);
    } while (chip_now_ps(b->chip) < until_ps);
}

static bool dap_alive(void *ctx)
{
    const struct board *b = ctx;

    return b->faults.s.swd == SWD_WIRED && chip_debug_alive(b->chip);
}

static bool dap_read_bus(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps)
{
    return chip_debug_read(((struct board *)ctx)->chip, addr, bytes, value, done_ps);
}

static bool dap_write_bus(void *ctx, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps)
{
    return chip_debug_write(((struct board *)ctx)->chip, addr, bytes, value, done_ps);
}

static void drive_nrst(struct board *b)
{
    chip_nrst(b->chip, faults_nrst_is_low(&b->faults, b->s.button[BOARD_RESET], b->s.nrst_by_probe));
}

static void probe_nrst(void *ctx, bool low)
{
    struct board *b = ctx;

    b->s.nrst_by_probe = low;
    drive_nrst(b);
}

static unsigned probe_vtref_mv(void *ctx)
{
    const struct board *b = ctx;

    return faults_vtref_mv(&b->faults, b->s.powered ? (unsigned)b->params.target_mv : 0);
}

/* ---- what faults reach for ---- */

static void switch_supply(struct board *b, bool on);
static void faults_power(void *ctx, bool on) { switch_supply(ctx, on); }
static unsigned faults_swd_khz(void *ctx) { return ((struct board *)ctx)->probe.s.swd_hz / 1000; }
static unsigned faults_param_mv(void *ctx) { return (unsigned)((struct board *)ctx)->params.target_mv; }
static void faults_nrst(void *ctx) { drive_nrst(ctx); }

static void put_cable(struct board *b, enum board_plug plug, bool in)
{
    const struct usbdev *dev = b->plug[plug].dev;

    b->s.plugged[plug] = b->plug[plug].plugged = in;
    if (dev && dev->cable)
        dev->cable(dev->ctx, in);
    if (plug != BOARD_PROBE)
        return;
    if (in) /* it lives on its cable's power */
        stlink_power_on(&b->probe);
    else
        stlink_unplugged(&b->probe);
}

/* Without the time that a host takes to find a device: board_notice_usb spends it. */
static void faults_cable(void *ctx, enum fault_plug plug, bool in)
{
    struct board *b = ctx;

    static_assert((int)FAULT_PROBE == (int)BOARD_PROBE && (int)FAULT_TARGET == (int)BOARD_TARGET, "the same plugs");
    if (in == b->s.plugged[plug])
        return;
    b->s.pulled[plug] += !in;
    b->s.configured[plug] = false;
    put_cable(b, (enum board_plug)plug, in);
}

static void faults_damage(void *ctx, uint32_t addr, uint64_t bits) { chip_damage(((struct board *)ctx)->chip, addr, bits, 0); }
static void faults_note(void *ctx, const char *text) { chip_tell(((struct board *)ctx)->chip, "fault", text); }

static void supply_chip(struct board *b);

/* What the probe says of itself. */
static void probe_tells(struct board *b)
{
    b->probe_params.serial_is_raw = faults_stands(&b->faults, FAULT_SERIAL);
    b->probe_params.version_is_garbled = faults_stands(&b->faults, FAULT_VERSION);
}

void board_rewire(struct board *b)
{
    probe_tells(b);
    supply_chip(b);
}

/* ---- analog parts ---- */

/* A DAC, a PWM low-passed by whatever is behind it, or a plain output. */
static bool parts_driven_uv(void *ctx, char port, unsigned pin, uint32_t *uv)
{
    const struct board *b = ctx;
    const uint32_t supply_uv = (uint32_t)b->params.target_mv * 1000;
    struct chip_pwm pwm;

    if (chip_analog_out(b->chip, port, pin, uv))
        return true;
    if (chip_pin_pwm(b->chip, port, pin, &pwm) && pwm.period_ps)
        *uv = (uint32_t)((unsigned __int128)supply_uv * pwm.high_ps / pwm.period_ps);
    else
        *uv = chip_pin(b->chip, port, pin) == CHIP_WIRE_HIGH ? supply_uv : 0;
    return true;
}

static uint32_t parts_supply_uv(void *ctx) { return (uint32_t)((const struct board *)ctx)->params.target_mv * 1000; }

static bool analog_pin_uv(void *ctx, char port, unsigned pin, uint64_t now_ps, uint32_t *uv)
{
    return parts_pin_uv(&((struct board *)ctx)->parts, port, pin, now_ps, uv);
}

static void analog_changed(void *ctx, uint64_t now_ps)
{
    struct board *b = ctx;

    if (parts_any(&b->parts))
        parts_sync(&b->parts, now_ps);
}

/* As struct rom_settings of firmware/bootloader/rom.h; tests/unit/board/test_dfu.c sees each of them at work. */
static void set_rom(struct board *b)
{
    const struct board_params *p = &b->params;
    uint8_t settings[14];

    put_le16(settings + 0, (uint32_t)p->rom_transfer_bytes);
    put_le16(settings + 2, (uint32_t)p->rom_poll_address_ms);
    put_le16(settings + 4, (uint32_t)p->rom_poll_erase_ms);
    put_le16(settings + 6, (uint32_t)p->rom_poll_mass_erase_ms);
    put_le16(settings + 8, (uint32_t)p->rom_poll_write_ms);
    settings[10] = (uint8_t)p->rom_clrstatus_stalls;
    settings[11] = (uint8_t)p->rom_silent_leave;
    settings[12] = (uint8_t)p->rom_pads;
    settings[13] = (uint8_t)p->rom_busy_stall_ms;
    chip_set_rom(b->chip, settings, sizeof settings);
}

static void wire_up(struct board *b)
{
    const struct chip_facts *facts = chip_facts(b->chip);

    b->time.run = run_chip;
    b->time.ctx = b;
    b->dap_target = (struct dap_target){ b, dap_alive, dap_read_bus, dap_write_bus };
    b->dap_facts = (struct dap_facts){ .dpidr = facts->dpidr, .targetid = facts->targetid };
    for (unsigned i = 0; i < 2; i++) {
        b->dap_facts.ap[i].idr = facts->ap[i].idr;
        b->dap_facts.ap[i].base = facts->ap[i].base;
        b->dap_facts.ap[i].cfg = facts->ap[i].cfg;
    }
    dap_init(&b->dap, &b->dap_facts, &b->dap_target, &b->time);

    b->probe_wires = (struct stlink_wires){ .ctx = b, .dap = &b->dap, .nrst = probe_nrst, .vtref_mv = probe_vtref_mv };
    b->probe_params.turnaround_ps = b->params.probe_turnaround_us * PS_PER_US;
    b->probe_params.firmware_j = (unsigned)b->params.probe_firmware_j;
    b->probe_params.firmware_m = (unsigned)b->params.probe_firmware_m;
    memcpy(b->probe_params.serial, b->params.probe_serial, sizeof b->probe_params.serial);
    memcpy(b->probe_params.board_id, b->params.probe_board_id, sizeof b->probe_params.board_id);
    stlink_init(&b->probe, &b->probe_wires, &b->probe_params, &b->time);

    b->usb_params = (struct usb_params){ .host_ps = b->params.usb_host_ns * 1000,
                                         .bit_ps = b->params.usb_bit_ps,
                                         .overhead_bytes = (unsigned)b->params.usb_overhead_bytes,
                                         .packet_bytes = (unsigned)b->params.usb_packet_bytes };
    for (unsigned i = 0; i < BOARD_PLUGS; i++)
        b->plug[i] = (struct usbhost){ .time = &b->time, .params = &b->usb_params };
    b->plug[BOARD_PROBE].dev = &b->probe.usb;
    b->plug[BOARD_TARGET].dev = chip_usb(b->chip);
    set_rom(b);

    b->parts_wires = (struct parts_wires){ b, parts_driven_uv, parts_supply_uv };
    parts_init(&b->parts, &b->parts_wires);
    b->analog = (struct chip_analog){ .ctx = b, .pin_uv = analog_pin_uv, .vdda_uv = parts_supply_uv, .changed = analog_changed };
    chip_set_analog(b->chip, &b->analog);

    b->faults_wires =
        (struct faults_wires){ b, faults_power, faults_param_mv, faults_swd_khz, faults_nrst, faults_cable, faults_damage, faults_note };
    faults_init(&b->faults, &b->faults_wires, &b->time, b->chip);
    b->dap.hooks = &b->faults.dap_hooks;
    for (unsigned i = 0; i < BOARD_PLUGS; i++)
        b->plug[i].hooks = &b->faults.usb_hooks[i];
}

struct board *board_assemble(const char *chip, const struct board_params *params, struct err *e)
{
    struct board *b = calloc(1, sizeof *b);

    if (!b) {
        err_set(e, ERR_NOMEM, "no memory for a board");
        return NULL;
    }
    if (params)
        b->params = *params;
    else
        params_defaults(&b->params);
    b->chip = chip_new(chip, 0, e);
    if (!b->chip) {
        free(b);
        return NULL;
    }
    chip_crystals(b->chip, (uint32_t)b->params.hse_hz, (uint32_t)b->params.lse_hz);
    wire_up(b);
    return b;
}

void board_free(struct board *b)
{
    if (!b)
        return;
    chip_free(b->chip);
    free(b);
}

struct board *board_new(const char *chip, const struct board_params *params, struct err *e)
{
    struct board *b = board_assemble(chip, params, e);

    if (!b)
        return NULL;
    for (unsigned i = 0; i < BOARD_PLUGS; i++)
        put_cable(b, (enum board_plug)i, true);
    board_power(b, true);
    b->s.power_cycles = 0;
    board_notice_usb(b);
    while (board_now_ps(b) < RUN_BEFORE_HANDOVER_S * PS_PER_S) {
        const uint64_t look_ps = board_now_ps(b) + LOOK_MS * PS_PER_MS;

        board_run_until(b, look_ps < RUN_BEFORE_HANDOVER_S * PS_PER_S ? look_ps : RUN_BEFORE_HANDOVER_S * PS_PER_S);
        board_notice_usb(b);
    }
    board_account(b, BOARD_FAST);
    return b;
}

/* ---- time ---- */

void board_run_until(struct board *b, uint64_t until_ps) { timeline_to(&b->time, until_ps); }

void board_account(struct board *b, enum board_pace pace)
{
    b->s.pace_ps[pace] += b->time.now_ps - b->s.accounted_ps;
    b->s.accounted_ps = b->time.now_ps;
}

/* ---- supply, buttons, cables ---- */

static uint64_t uart_total(const struct board *b) { return chip_uart_total(b->chip, (unsigned)b->params.uart_port); }

/* The chip runs if there is a supply, and enough of it: after a power-on reset it has loaded the options that say how much that is. */
static void supply_chip(struct board *b)
{
    const bool on = b->s.powered;

    const bool running = chip_powered(b->chip);

    if (on && !running) {
        chip_power(b->chip, true);
        dap_power_on_reset(&b->dap);
    }
    if (chip_powered(b->chip) && !(on && faults_vdd_is_enough(&b->faults, running)))
        chip_power(b->chip, false);
    drive_nrst(b);
}

static void switch_supply(struct board *b, bool on)
{
    if (on == b->s.powered)
        return;
    b->s.powered = on;
    b->s.power_cycles += on;
    b->s.uart_mark = uart_total(b);
    supply_chip(b);
}

void board_power(struct board *b, bool on)
{
    const uint64_t takes_ps = on ? faults_rise_ps(&b->faults, 0) : faults_fall_ps(&b->faults);

    if (on == b->s.powered)
        return;
    if (takes_ps)
        board_run_until(b, board_now_ps(b) + takes_ps);
    switch_supply(b, on);
}

void board_button(struct board *b, enum board_button button, bool down)
{
    b->s.pressed[button] += down && !b->s.button[button];
    b->s.button[button] = down;
    if (button == BOARD_BOOT0) {
        chip_boot0(b->chip, down);
        return;
    }
    if (down)
        b->s.uart_mark = uart_total(b);
    drive_nrst(b);
}

void board_cable(struct board *b, enum board_plug plug, bool in)
{
    if (in == b->s.plugged[plug])
        return;
    put_cable(b, plug, in);
    board_notice_usb(b);
}

void board_pull(struct board *b, enum board_plug plug)
{
    if (!b->s.plugged[plug])
        return;
    b->s.pulled[plug]++;
    board_cable(b, plug, false);
    board_cable(b, plug, true);
}

void board_notice_usb(struct board *b)
{
    for (unsigned i = 0; i < BOARD_PLUGS; i++) {
        const struct usbdev *dev = b->plug[i].dev;
        const uint32_t attachments = dev && dev->attachments ? dev->attachments(dev->ctx) : 0;

        if (!usbhost_present(&b->plug[i]) || attachments != b->s.attachments[i]) {
            b->s.configured[i] = false;
            b->s.tries[i] = 0;
            b->s.attachments[i] = attachments;
        }
        if (usbhost_present(&b->plug[i]) && !b->s.configured[i] && b->s.tries[i] < ENUMERATE_TRIES) {
            b->s.tries[i]++;
            timeline_by(&b->time, b->params.usb_attach_ms * PS_PER_MS);
            b->s.configured[i] = board_plug_reset(b, (enum board_plug)i);
            b->s.appeared[i] += b->s.configured[i];
        }
    }
}

bool board_plug_present(const struct board *b, enum board_plug plug) { return b->s.configured[plug] && usbhost_present(&b->plug[plug]); }

bool board_plug_reset(struct board *b, enum board_plug plug)
{
    const struct usb_counts counts = b->plug[plug].counts; /* the kernel's own traffic is not the client's, and meets no faults */
    const struct usb_hooks *const hooks = b->plug[plug].hooks;
    struct usb_identity id = { 0 };
    bool good;

    usbhost_reset(&b->plug[plug]);
    b->plug[plug].hooks = NULL;
    good = usb_enumerate(&b->plug[plug], &id);
    b->plug[plug].hooks = hooks;
    b->plug[plug].counts = counts;
    if (!good)
        return false;
    memcpy(b->s.device + plug * sizeof id.device, id.device, sizeof id.device);
    memcpy(b->s.config + plug * sizeof id.config, id.config, sizeof id.config);
    b->s.config_bytes[plug] = id.config_bytes;
    memcpy(b->s.manufacturer + plug * USB_STRING_MAX, id.manufacturer, USB_STRING_MAX);
    memcpy(b->s.product + plug * USB_STRING_MAX, id.product, USB_STRING_MAX);
    memcpy(b->s.serial + plug * USB_STRING_MAX, id.serial, USB_STRING_MAX);
    return true;
}

static void get_string(char out[USB_STRING_MAX], const uint8_t *in)
{
    memcpy(out, in, USB_STRING_MAX);
    out[USB_STRING_MAX - 1] = '\0';
}

void board_plug_identity(const struct board *b, enum board_plug plug, struct usb_identity *id)
{
    *id = (struct usb_identity){ .config_bytes = b->s.config_bytes[plug] };
    memcpy(id->device, b->s.device + plug * sizeof id->device, sizeof id->device);
    memcpy(id->config, b->s.config + plug * sizeof id->config, sizeof id->config);
    get_string(id->manufacturer, b->s.manufacturer + plug * USB_STRING_MAX);
    get_string(id->product, b->s.product + plug * USB_STRING_MAX);
    get_string(id->serial, b->s.serial + plug * USB_STRING_MAX);
}

const char *board_plug_name(enum board_plug plug) { return plug == BOARD_PROBE ? "probe" : "target"; }

/* ---- UART ---- */

bool board_uart_find(struct board *b, const char *text, size_t len)
{
    const char *out;
    const size_t kept = chip_uart_output(b->chip, (unsigned)b->params.uart_port, &out);
    const uint64_t first = uart_total(b) - kept;
    const size_t skip = b->s.uart_mark > first ? (size_t)(b->s.uart_mark - first) : 0;
    const char *found = skip <= kept && len > 0 ? memmem(out + skip, kept - skip, text, len) : NULL;

    if (found)
        b->s.uart_mark = first + (uint64_t)(found - out) + len;
    return found;
}

/* ---- saving ---- */

void board_before_save(struct board *b)
{
    b->s.now_ps = b->time.now_ps;
    if (parts_any(&b->parts))
        parts_sync(&b->parts, chip_now_ps(b->chip));
    for (unsigned i = 0; i < BOARD_PLUGS; i++) {
        const struct usb_counts *c = &b->plug[i].counts;

        b->s.address[i] = b->plug[i].address;
        b->s.transfers[i] = c->transfers;
        b->s.bytes_out[i] = c->bytes_out;
        b->s.bytes_in[i] = c->bytes_in;
        b->s.link_ps[i] = c->link_ps;
    }
}

bool board_after_load(struct board *b, struct err *e)
{
    probe_tells(b);
    if (!chip_loaded(b->chip, e) || !faults_loaded(&b->faults, e) || !parts_loaded(&b->parts, e))
        return false;
    b->time.now_ps = b->s.now_ps;
    for (unsigned i = 0; i < BOARD_PLUGS; i++) {
        b->plug[i].plugged = b->s.plugged[i];
        b->plug[i].address = b->s.address[i];
        b->plug[i].counts = (struct usb_counts){
            .transfers = b->s.transfers[i], .bytes_out = b->s.bytes_out[i], .bytes_in = b->s.bytes_in[i], .link_ps = b->s.link_ps[i]
        };
    }
    if (b->s.accounted_ps > b->s.now_ps)
        return err_set(e, ERR_INPUT, "section 'board': more time accounted for than has passed");
    if (chip_powered(b->chip) ? !b->s.powered : b->s.powered && faults_vdd_is_enough(&b->faults, false))
        return err_set(e, ERR_INPUT, "sections 'board' and those of the chip disagree whether the power is on");
    if (chip_now_ps(b->chip) > b->s.now_ps + PS_PER_S || chip_now_ps(b->chip) + PS_PER_S < b->s.now_ps)
        return err_set(e, ERR_INPUT, "sections 'board' and those of the chip disagree what time it is");
    return true;
}
