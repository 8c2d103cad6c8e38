/* test_plug.c - over USB alone: the cable of the chip's own plug is pulled at any transfer of a download of 34 pages, its answers fail, or
 * the power fails before, inside or after any erase or program.
 *
 * Our own DfuSe client and engine, and the bootloader in the system memory of a whole board. The flash holds an older program of the same
 * size. After each fault: the job is done, or it fails with an error that says why, in bounded time; what is in flash then is the old
 * program, the new one, or none that could start. Then the same job again is done and proved, once with the cable in again and once after
 * a power cycle. Where a power cycle starts flash, because there is something in it, the bootloader is entered through the probe
 * (docs/dfu.md): the old program or the new one as a whole, or a first double word that was torn.
 *
 * Usage: test_plug FAULT STRIDE, FAULT as scenarios name it; test_plug power-cut sample|STRIDE; test_plug FAULT N once, to do one again.
 * And `blank` after it: on a chip that holds nothing, which is not erased. */
#include "board_usb.h"
#include "engine_test.h"

#include "boot/boot.h"
#include "boot/enter.h"
#include "probe/probe.h"

enum {
    IMAGE_BYTES = 68724, /* of the founding case: 34 pages */
    IMAGE_PAGES = 34,
    IMAGE_UNITS = (IMAGE_BYTES + 7) / 8,
    FIRST_TORN = 8, /* bytes that decide what starts */
    DARK_MS = 100,
    LAST_TRANSFERS = 16,
};
#define LIMIT_PS (6 * PS_PER_S) /* one time-out of the client's: who does not answer is not asked again */

extern const struct probe_ops probe_stlink_v21;

struct event {
    enum fault_kind kind;
    enum fault_when when;
    uint64_t at;
    uint32_t share;
};

static struct buffer fresh; /* the board before the job: an old program in flash, the bootloader runs */
static struct image old_image, new_image;
static uint64_t undisturbed_ps, undisturbed_transfers;
static unsigned failures, entered, finished;

/* ---- the job ---- */

static void settle(void)
{
    for (unsigned i = 0; i < 100 && !board_plug_present(wire.board, BOARD_TARGET); i++) {
        board_run_until(wire.board, board_now_ps(wire.board) + 10 * PS_PER_MS);
        board_notice_usb(wire.board);
    }
}

static bool flash(const struct image *im, struct err *e)
{
    static struct plug_usb usb;
    const struct plan_choices choices = { .no_save = true };
    struct session s = { 0 };
    struct boot b = { 0 };
    struct want w = { 0 };
    struct plan p = { 0 };
    bool ok = boot_open(&b, plug_usb_open(&usb, BOARD_TARGET), e) && session_open_road(&s, &road_dfu, &b.chip, &b, e) &&
              want_from_image(&w, s.chip.device, s.chip.flash_bytes, im, e) && session_check(&s, &w, &choices, e) && session_take(&s, e) &&
              session_compare(&s, &w, false, e) && session_plan(&s, &p, &w, &choices, e) && session_execute(&s, &p, "flash", e) &&
              session_finish(&s, true, e);

    if (!ok && s.t == NULL && s.taken)
        session_abandon(&s);
    plan_free(&p);
    want_free(&w);
    session_close(&s);
    boot_close(&b);
    return ok;
}

/* As `sector0 reset --bootloader`. */
static bool enter(struct err *e)
{
    static struct plug_usb usb;
    struct probe *const p = probe_stlink_v21.open(plug_usb_open(&usb, BOARD_PROBE), e);
    struct target t;
    bool ok;

    if (!p || !target_open(&t, p, TARGET_NORMAL, 4000, e))
        return false;
    ok = boot_enter(&t, e);
    if (ok) {
        core_release(&t.core, &(struct err){ 0 });
        target_leave(&t, false);
    }
    target_close(&t);
    settle();
    return ok;
}

/* ---- what is in flash ---- */

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

static bool nothing_starts(void)
{
    uint8_t first[FIRST_TORN];

    assert_true(chip_peek(wire.board->chip, BASE, first, sizeof first));
    return get_le32(first) == 0xFFFFFFFF && get_le32(first + 4) == 0xFFFFFFFF;
}

/* ---- the sweep ---- */

static void wrong(const struct event *v, const char *what, const struct err *e)
{
    printf("# FAILED %s at %s %llu, share %u: %s\n#   %s; %s; %s\n", fault_rows[v->kind].name, fault_when_names[v->when],
           (unsigned long long)v->at, v->share, what, e->cause, e->doing[0], e->seen[0]);
    failures++;
}

static void load(void)
{
    struct err e = { 0 };

    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
}

static void again(const struct event *v, bool cycled, bool torn)
{
    struct err e = { 0 };

    if (!board_plug_present(wire.board, BOARD_TARGET)) {
        if (nothing_starts() || !(torn || holds(&old_image) || holds(&new_image)))
            wrong(v, cycled ? "no bootloader after a power cycle" : "no bootloader with the cable in again", &e);
        entered++;
        if (!enter(&e) || !board_plug_present(wire.board, BOARD_TARGET))
            wrong(v, "the probe does not bring the bootloader up", &e);
        e = (struct err){ 0 };
    }
    if (!flash(&new_image, &e) || !holds(&new_image))
        wrong(v, cycled ? "the same job again fails after a power cycle" : "the same job again fails", &e);
}

static void replug(void)
{
    board_cable(wire.board, BOARD_TARGET, false);
    board_cable(wire.board, BOARD_TARGET, true);
    settle();
}

static void cycle_power(void)
{
    board_power(wire.board, false);
    board_run_until(wire.board, board_now_ps(wire.board) + DARK_MS * PS_PER_MS);
    board_power(wire.board, true);
    settle();
}

static void judge(const struct event *v, bool ok, uint64_t took_ps, const struct err *e)
{
    if (ok && !holds(&new_image))
        wrong(v, "done, it says, and the image is not there", e);
    if (!ok && (e->kind == ERR_NONE || e->kind == ERR_BUG || e->kind == ERR_USAGE || !e->cause[0]))
        wrong(v, "no reason is given", e);
    if (!ok && !e->hint[0])
        wrong(v, "no way out is given", e);
    if (!ok && (v->kind == FAULT_UNPLUG || v->kind == FAULT_POWER_CUT) &&
        (e->kind != ERR_NODEV || strcmp(e->cause, "the USB device was unplugged") != 0))
        wrong(v, "what has gone is not called gone", e);
    if (took_ps > undisturbed_ps + (v->kind == FAULT_UNPLUG || v->kind == FAULT_POWER_CUT ? PS_PER_S : LIMIT_PS))
        wrong(v, "it took too long", e);
}

/* One fault in one job, and the way out. False: the job was over before it. */
static bool one(const struct event *v, bool cycles)
{
    const struct fault f = { v->kind, v->when, v->at, 1, v->share, v->kind == FAULT_POWER_CUT ? DARK_MS * PS_PER_MS : 0, 0 };
    const bool cut = v->kind == FAULT_POWER_CUT;
    struct err e = { 0 };
    uint64_t took_ps;
    bool ok, torn;

    load();
    assert_true(faults_add(&wire.board->faults, &f, &e));
    faults_arm(&wire.board->faults);
    took_ps = board_now_ps(wire.board);
    ok = flash(&new_image, &e);
    took_ps = board_now_ps(wire.board) - took_ps;
    if (wire.board->faults.s.fired[0] == 0)
        return false;
    judge(v, ok, took_ps, &e);
    board_run_until(wire.board,
                    board_now_ps(wire.board) + 2 * DARK_MS * PS_PER_MS); /* an operation that is under way ends, the power is back */
    wire.board->faults.s.rows = 0;
    torn = !nothing_starts() && !holds(&old_image) && !holds(&new_image);
    if (torn && !cut)
        wrong(v, "half a program could start", &e);
    if (ok)
        finished++;
    else if (cut)
        settle();
    else if (cycles)
        cycle_power();
    if (!cut)
        replug();
    if (!ok)
        again(v, cycles || cut, torn);
    return true;
}

static bool both_ways(const struct event *v, bool all)
{
    if (v->kind == FAULT_POWER_CUT)
        return one(v, true);
    return all ? one(v, false) && one(v, true) : one(v, v->at & 1);
}

/* The end is swept in full: the first unit's proof, and leaving. */
static uint64_t next_transfer(uint64_t at, uint64_t stride)
{
    const uint64_t end = undisturbed_transfers - LAST_TRANSFERS;

    if (at >= end)
        return at + 1;
    return at + stride < end ? at + stride : end;
}

static unsigned sweep_transfers(enum fault_kind kind, uint64_t stride)
{
    uint64_t at = 1;
    unsigned count = 0;

    for (; both_ways(&(struct event){ kind, FAULT_AT_TARGET_TRANSFER, at, 0 }, stride == 1); at = next_transfer(at, stride))
        count++;
    if (at + 1 < undisturbed_transfers)
        wrong(&(struct event){ kind, FAULT_AT_TARGET_TRANSFER, at, 0 }, "it did not happen", &(struct err){ 0 });
    return count;
}

static unsigned cut_around(enum fault_when when, uint64_t at)
{
    static const uint32_t shares[] = { 0, FAULT_WHOLE / 2, FAULT_WHOLE };

    for (unsigned i = 0; i < 3; i++) {
        const struct event v = { FAULT_POWER_CUT, when, at, shares[i] };

        if (!one(&v, true)) /* all of them are of this job */
            wrong(&v, "it did not happen", &(struct err){ 0 });
    }
    return 3;
}

/* The first erase is that of page 0, the last program that of its first double word. */
static unsigned sample_of_cuts(void)
{
    static const uint16_t erases[] = { 1, IMAGE_PAGES }, programs[] = { 1, 4296, IMAGE_UNITS };
    unsigned count = 0;

    for (size_t i = 0; i < sizeof erases / sizeof *erases; i++)
        count += cut_around(FAULT_AT_ERASE, erases[i]);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        count += cut_around(FAULT_AT_PROGRAM, programs[i]);
    return count;
}

/* The first units are those of page 0, behind the very first; after a cut in one of them all that can be read may be blank, and is not. */
static unsigned cuts_on_a_blank_chip(void)
{
    static const uint16_t programs[] = { 1, 2, 3, 255, 4296, IMAGE_UNITS - 1, IMAGE_UNITS };
    const struct event erase = { FAULT_POWER_CUT, FAULT_AT_ERASE, 1, 0 };
    unsigned count = 0;

    if (one(&erase, true))
        wrong(&erase, "a blank chip was erased", &(struct err){ 0 });
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        count += cut_around(FAULT_AT_PROGRAM, programs[i]);
    return count;
}

static unsigned sweep_cuts(uint64_t stride)
{
    unsigned count = 0;

    for (uint64_t at = 1; at <= IMAGE_PAGES; at++)
        count += cut_around(FAULT_AT_ERASE, at);
    for (uint64_t at = 1; at <= IMAGE_UNITS; at += at + 1 < IMAGE_UNITS && at + stride > IMAGE_UNITS ? IMAGE_UNITS - at : stride)
        count += cut_around(FAULT_AT_PROGRAM, at);
    return count;
}

static void make_image(struct image *im, uint8_t seed)
{
    static uint8_t bytes[IMAGE_BYTES];
    struct err e = { 0 };

    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(im, BASE, bytes, sizeof bytes, &e));
}

static void must(bool done, const struct err *e)
{
    if (!done)
        fail_msg("%s; %s; %s", e->cause, e->doing[0], e->seen[0]);
}

/* A blank chip shows its bootloader by itself. */
static void begin(bool blank)
{
    struct err e = { 0 };

    make_image(&old_image, 1);
    make_image(&new_image, 2);
    wire.board = board_new("stm32u073rc", NULL, &e);
    assert_non_null(wire.board);
    if (!blank) {
        must(flash(&old_image, &e) && enter(&e), &e);
        assert_true(holds(&old_image));
    }
    assert_true(board_plug_present(wire.board, BOARD_TARGET));
    must(board_save(wire.board, &fresh, &e), &e);
    load();
    undisturbed_ps = board_now_ps(wire.board);
    undisturbed_transfers = wire.transfers;
    must(flash(&new_image, &e), &e);
    undisturbed_ps = board_now_ps(wire.board) - undisturbed_ps;
    undisturbed_transfers = wire.transfers - undisturbed_transfers;
    assert_true(holds(&new_image));
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
    const bool sample = argc >= 3 && strcmp(argv[2], "sample") == 0, blank = argc > 3 && strcmp(argv[argc - 1], "blank") == 0;
    const uint64_t stride = argc >= 3 && !sample ? strtoull(argv[2], NULL, 10) : 0;
    unsigned count = 0;

    if (kind == FAULT_NONE || (sample ? kind != FAULT_POWER_CUT : stride == 0))
        return 2;
    begin(blank);
    if (kind == FAULT_POWER_CUT)
        count = blank ? cuts_on_a_blank_chip() : sample ? sample_of_cuts() : sweep_cuts(stride);
    else if (argc > 3 + blank)
        count = both_ways(&(struct event){ kind, FAULT_AT_TARGET_TRANSFER, stride, 0 }, true);
    else
        count = sweep_transfers(kind, stride);
    printf("# %s: %u points, %u jobs were done all the same, %u times the probe was needed; %u badly taken\n", argv[1], count, finished,
           entered, failures);
    board_free(wire.board);
    buffer_free(&fresh);
    image_free(&old_image);
    image_free(&new_image);
    return failures || count == 0 ? 1 : 0;
}
