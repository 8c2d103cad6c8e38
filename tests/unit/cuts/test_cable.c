/* test_cable.c - the cable is pulled, and the wire is noisy, at any transfer or request of a job.
 *
 * Our own ST-LINK driver and engine on a whole board. After each fault: the job is done, or it fails with an error that says why, in at
 * most a second of board time after the last thing that happened; with the cable in and a quiet wire the same job again is done, and what
 * was to be in flash is there.
 *
 * Usage: test_cable FAULT STRIDE, FAULT as scenarios name it; or test_cable FAULT N once, to do one again. */
#include "engine_test.h"

#include "board/file.h"
#include "flash/session.h"
#include "probe/probe.h"
#include "usb/usb.h"

enum { IMAGE_BYTES = 3 * PAGE - 100 };
#define LIMIT_PS PS_PER_S

struct board_usb { /* our usb interface on the board's probe plug */
    struct usb_device usb;
    struct clock clock;
    struct board *board;
    bool open;
};

extern const struct probe_ops probe_stlink_v21;

static struct board_usb wire;
static struct buffer fresh; /* the board before the job */
static struct image old_image, new_image;
static const char *fault_name;
static unsigned failures;

/* ---- usb ---- */

static bool ended(enum usb_status status, struct err *e)
{
    switch (status) {
    case USB_DONE: return true;
    case USB_TIMED_OUT: return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    case USB_STALLED: return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
    case USB_OVERFLOWED: return err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for");
    default: return err_set(e, ERR_NODEV, "the USB device was unplugged");
    }
}

static bool control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                    size_t *done, unsigned timeout_ms, struct err *e)
{
    uint8_t setup[8] = { type, request };

    put_le16(setup + 2, value);
    put_le16(setup + 4, index);
    put_le16(setup + 6, (uint32_t)len);
    *done = len;
    return ended(usbhost_control(&wire.board->plug[BOARD_PROBE], setup, data, done, timeout_ms * PS_PER_MS), e);
}

static bool bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    return ended(usbhost_bulk(&wire.board->plug[BOARD_PROBE], ep, data, len, done, timeout_ms * PS_PER_MS), e);
}

static bool reset(struct usb_device *d, struct err *e)
{
    return board_plug_reset(wire.board, BOARD_PROBE) || err_set(e, ERR_NODEV, "the USB device was unplugged");
}

static void close_usb(struct usb_device *d) { wire.open = false; }

static const struct usb_device_ops ops = { control, bulk, reset, close_usb };

static uint64_t now_us(void *ctx) { return board_now_ps(wire.board) / PS_PER_US; }
static void sleep_us(void *ctx, uint64_t us) { board_run_until(wire.board, board_now_ps(wire.board) + us * PS_PER_US); }

static struct usb_device *open_usb(void)
{
    wire.clock = (struct clock){ now_us, sleep_us, NULL };
    wire.usb = (struct usb_device){ .ops = &ops, .clock = &wire.clock, .id = { .vid = 0x0483, .pid = 0x374B, .path = "probe" } };
    wire.open = true;
    return &wire.usb;
}

/* ---- the job ---- */

static bool with_target(struct target *t, const struct image *im, struct err *e)
{
    struct plan_choices choices = { .no_save = true };
    struct session s = { 0 };
    struct want w = { 0 };
    struct plan p = { 0 };
    bool ok = session_open(&s, t, e) && want_from_image(&w, t->device, t->flash_bytes, im, e) && session_check(&s, &w, &choices, e) &&
              session_take(&s, e) && session_compare(&s, &w, false, e) && session_plan(&s, &p, &w, &choices, e) &&
              session_execute(&s, &p, "flash", e) && session_finish(&s, true, e);

    if (!ok && s.t)
        session_abandon(&s);
    plan_free(&p);
    want_free(&w);
    session_close(&s);
    return ok;
}

static bool flash(const struct image *im, struct err *e)
{
    struct probe *const p = probe_stlink_v21.open(open_usb(), e);
    struct target t;
    bool ok;

    if (!p || !target_open(&t, p, TARGET_NORMAL, 4000, e))
        return false;
    ok = with_target(&t, im, e);
    target_close(&t);
    return ok;
}

static bool holds(const struct image *im)
{
    const struct segment *const s = &im->segments[0];
    uint8_t *const now = malloc(s->len);
    bool same;

    assert_non_null(now);
    same = chip_peek(wire.board->chip, s->addr, now, s->len) && memcmp(now, s->bytes, s->len) == 0;
    free(now);
    return same;
}

/* ---- the sweep ---- */

static void wrong(uint64_t at, const char *what, const struct err *e)
{
    printf("# FAILED %s at %llu: %s\n#   %s; %s; %s\n", fault_name, (unsigned long long)at, what, e->cause, e->doing[0], e->seen[0]);
    failures++;
}

static void load(void)
{
    struct err e = { 0 };

    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
}

/* One fault in one job. False: the job was over before it. */
static bool one(enum fault_kind kind, uint64_t at)
{
    const enum fault_when when = kind >= FAULT_SWD_WAIT && kind <= FAULT_SWD_LOST ? FAULT_AT_SWD : FAULT_AT_TRANSFER;
    const struct fault f = { kind, when, at, kind == FAULT_SWD_WAIT ? 8 : 1, 0, 0, 0 };
    struct err e = { 0 };
    uint64_t typical_ps, took_ps;
    bool ok, fired;
    static uint64_t undisturbed_ps;

    load();
    if (!undisturbed_ps) {
        const uint64_t start = board_now_ps(wire.board);

        assert_true(flash(&new_image, &e));
        undisturbed_ps = board_now_ps(wire.board) - start;
        load();
    }
    typical_ps = undisturbed_ps;
    assert_true(faults_add(&wire.board->faults, &f, &e));
    faults_arm(&wire.board->faults);
    took_ps = board_now_ps(wire.board);
    ok = flash(&new_image, &e);
    took_ps = board_now_ps(wire.board) - took_ps;
    fired = wire.board->faults.s.fired[0] > 0;
    if (ok && !holds(&new_image))
        wrong(at, "done, it says, and the image is not there", &e);
    if (!ok && (e.kind == ERR_NONE || e.kind == ERR_BUG || e.kind == ERR_USAGE || !e.cause[0]))
        wrong(at, "no reason is given", &e);
    if (!ok && kind == FAULT_UNPLUG && e.kind != ERR_NODEV)
        wrong(at, "a pulled cable is not called that", &e);
    if (took_ps > typical_ps + (kind == FAULT_UNPLUG ? 1 : 6) * LIMIT_PS)
        wrong(at, "it took too long", &e);
    wire.board->faults.s.rows = 0;
    board_cable(wire.board, BOARD_PROBE, true);
    board_plug_reset(wire.board, BOARD_PROBE);
    e = (struct err){ 0 };
    if (!flash(&new_image, &e) || !holds(&new_image))
        wrong(at, "the same job again fails", &e);
    return fired;
}

static void make_image(struct image *im, uint8_t seed)
{
    uint8_t bytes[IMAGE_BYTES];
    struct err e = { 0 };

    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(im, BASE, bytes, sizeof bytes, &e));
}

static enum fault_kind kind_of(const char *name)
{
    enum fault_kind kind = FAULT_NONE;

    for (unsigned i = 1; i < FAULT_KINDS; i++)
        if (strcmp(fault_rows[i].name, name) == 0)
            kind = (enum fault_kind)i;
    return kind;
}

int main(int argc, char **argv)
{
    const enum fault_kind kind = argc >= 3 ? kind_of(argv[1]) : FAULT_NONE;
    const uint64_t stride = argc >= 3 ? strtoull(argv[2], NULL, 10) : 0;
    struct err e = { 0 };
    unsigned count = 0;

    if (kind == FAULT_NONE || stride == 0)
        return 2;
    fault_name = argv[1];
    make_image(&old_image, 1);
    make_image(&new_image, 2);
    wire.board = board_new("stm32u073rc", NULL, &e);
    assert_non_null(wire.board);
    if (!flash(&old_image, &e))
        fail_msg("%s; %s", e.cause, e.seen[0]);
    assert_true(board_save(wire.board, &fresh, &e));
    if (argc > 3)
        one(kind, stride);
    else
        for (uint64_t at = 1; one(kind, at); at += stride)
            count++;
    printf("# %s: %u faults, %u of them badly taken\n", fault_name, count, failures);
    board_free(wire.board);
    buffer_free(&fresh);
    image_free(&old_image);
    image_free(&new_image);
    return failures ? 1 : 0;
}
