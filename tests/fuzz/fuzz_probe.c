/* fuzz_probe.c - any transfers at all into the virtual ST-LINK: whatever was asked of it, little board time has passed, what it remembers
 * is within its own limits, and after the cable was out and in it answers as a new one.
 *
 * The first byte chooses chip, firmware and bus. The rest is a list: a byte that says what, then what that needs. With the upper bit
 * clear, a command of 16 bytes as clients make them: 0xF2 (or, with bit 3, the next byte), then 1 to 15 bytes more. With it set,
 * everything else that a host can do: see `act`. */
#include "fuzz.h"

#include "../unit/dap/fake_target.h"
#include "base/bytes.h"
#include "stlink/stlink.h"
#include "usb/usbhost.h"

#include <string.h>

enum { TRANSFER_MAX = 8192, ACTIONS_MAX = 500 };
enum { CDB_BYTES = 16, GET_VERSION = 0xF1, DEBUG_COMMAND = 0xF2, ENTER_SWD = 0xA3, EP_OUT = 0x01, EP_IN = 0x81, EP_TRACE = 0x82 };

#define TRANSFER_LIMIT_PS (2 * PS_PER_MS)  /* patience of the host for one transfer */
#define ACTION_LIMIT_PS   (600 * PS_PER_S) /* estimate: nothing that a host asks for takes longer; 64 KiB at 5 kHz and with WAITs */

struct rig {
    struct fake_target target;
    struct stlink_wires wires;
    struct stlink_params params;
    struct usb_params usb_params;
    struct stlink probe;
    struct usbhost host;
    unsigned vtref_mv;
};

/* Peripherals and debug registers are RAM too, or every command would end at its first bus error. */
static uint32_t alias(uint32_t addr) { return addr >> 28 == 4 || addr >> 24 == 0xE0 ? FAKE_RAM + (addr & 0xFFFF) : addr; }

static bool bus_read(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps)
{
    return fake_read(ctx, alias(addr), bytes, value, done_ps);
}

static bool bus_write(void *ctx, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps)
{
    return fake_write(ctx, alias(addr), bytes, value, done_ps);
}

static void nrst(void *ctx, bool low) {}
static unsigned vtref(void *ctx) { return ((struct rig *)ctx)->vtref_mv; }

struct reader {
    const uint8_t *bytes;
    size_t left;
};

static uint8_t next(struct reader *r)
{
    if (!r->left)
        return 0;
    r->left--;
    return *r->bytes++;
}

static void take(struct reader *r, uint8_t *to, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = next(r);
}

static void out(struct rig *b, uint8_t *data, size_t len)
{
    size_t done = 0;

    usbhost_bulk(&b->host, EP_OUT, data, len, &done, TRANSFER_LIMIT_PS);
    CLAIM(done <= len);
}

static size_t in(struct rig *b, uint8_t ep, uint8_t *data, size_t len)
{
    size_t done = 0;

    usbhost_bulk(&b->host, ep, data, len, &done, TRANSFER_LIMIT_PS);
    CLAIM(done <= len);
    return done;
}

static void control(struct rig *b, struct reader *r)
{
    static uint8_t data[TRANSFER_MAX];
    uint8_t setup[8];
    size_t len;

    take(r, setup, sizeof setup);
    len = get_le16(setup + 6) % TRANSFER_MAX;
    put_le16(setup + 6, (uint16_t)len);
    if (!(setup[0] & 0x80))
        take(r, data, len < r->left ? len : r->left);
    usbhost_control(&b->host, setup, data, &len, TRANSFER_LIMIT_PS);
    CLAIM(len <= TRANSFER_MAX);
}

static void act(struct rig *b, struct reader *r)
{
    static uint8_t data[TRANSFER_MAX];
    const uint8_t what = next(r);
    size_t len;

    switch (what >> 4) {
    default: /* a debug command, as clients make them */
        memset(data, 0, CDB_BYTES);
        data[0] = what & 8 ? next(r) : DEBUG_COMMAND;
        take(r, data + 1, 1 + (what & 7u) * 2);
        out(b, data, CDB_BYTES);
        break;
    case 8: /* what came of it */ in(b, EP_IN, data, 1 + (what & 15u) * 4); break;
    case 9:
        len = get_le16((uint8_t[]){ next(r), next(r) }) % TRANSFER_MAX;
        in(b, what & 1 ? EP_TRACE : EP_IN, data, len);
        break;
    case 10: /* data, or a command of another length */
        len = what & 1 ? next(r) : what & 15;
        take(r, data, len);
        out(b, data, len);
        break;
    case 11: /* data that means nothing */
        len = get_le16((uint8_t[]){ next(r), next(r) }) % TRANSFER_MAX;
        memset(data, what, len);
        out(b, data, len);
        break;
    case 12: control(b, r); break;
    case 13: usbhost_reset(&b->host); break;
    case 14:
        b->host.plugged = what & 1;
        what & 1 ? stlink_power_on(&b->probe) : stlink_unplugged(&b->probe);
        break;
    case 15:
        b->target.dead = what & 1;
        b->vtref_mv = what & 1 ? 0 : 200 * (what & 15u);
        timeline_by(&b->target.time, (what & 15u) * PS_PER_MS);
        break;
    }
}

/* The first command of a client that has just come. */
static void still_answers(struct rig *b)
{
    uint8_t command[CDB_BYTES] = { GET_VERSION }, reply[6];

    stlink_unplugged(&b->probe);
    stlink_power_on(&b->probe);
    b->host.plugged = true;
    out(b, command, sizeof command);
    CLAIM(in(b, EP_IN, reply, sizeof reply) == 6);
    CLAIM(get_le16(reply + 2) == 0x0483 && get_le16(reply + 4) == 0x374B);
}

static void check_state(struct rig *b)
{
    static uint8_t bytes[sizeof(struct stlink_state)];
    static struct stlink_state copy;
    const size_t size = state_size(&stlink_state_table);
    struct err e = { 0 };

    CLAIM(size <= sizeof bytes);
    state_save(&stlink_state_table, &b->probe.s, bytes);
    CLAIM(state_load(&stlink_state_table, &copy, bytes, size, &e));
    state_save(&dap_state_table, &b->target.dap.s, bytes);
    CLAIM(state_load(&dap_state_table, &b->target.dap.s, bytes, state_size(&dap_state_table), &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint8_t firmwares[] = { 24, 28, 32, 46 };
    static struct rig rig;
    struct reader r = { bytes, len };
    uint8_t enter[CDB_BYTES] = { DEBUG_COMMAND, 0x30, ENTER_SWD }, status[2];
    const struct dap_target bus = { .ctx = &rig.target, .alive = fake_alive, .read = bus_read, .write = bus_write };
    const uint8_t how = next(&r);

    rig = (struct rig){
        .target = { .access_ps = how & 2 ? 100 * PS_PER_US : 0 },
        .wires = { &rig, &rig.target.dap, nrst, vtref },
        .params = { .turnaround_ps = 300 * PS_PER_US,
                    .firmware_j = firmwares[how >> 2 & 3],
                    .firmware_m = 30,
                    .serial = "066DFF535550755187191037",
                    .serial_is_raw = how & 0x10,
                    .board_id = "0835" },
        .usb_params = { 50 * PS_PER_US, 83333, 13, 64 },
        .vtref_mv = 3300,
    };
    dap_init(&rig.target.dap, how & 1 ? &facts_g071 : &facts_u073, &bus, &rig.target.time);
    stlink_init(&rig.probe, &rig.wires, &rig.params, &rig.target.time);
    rig.host = (struct usbhost){ .dev = &rig.probe.usb, .time = &rig.target.time, .params = &rig.usb_params, .plugged = true };
    stlink_power_on(&rig.probe);
    out(&rig, enter, sizeof enter);
    in(&rig, EP_IN, status, sizeof status);
    for (unsigned i = 0; r.left && i < ACTIONS_MAX; i++) {
        const uint64_t before = rig.target.time.now_ps;

        act(&rig, &r);
        CLAIM(rig.target.time.now_ps - before < ACTION_LIMIT_PS);
    }
    check_state(&rig);
    still_answers(&rig);
    return 0;
}
