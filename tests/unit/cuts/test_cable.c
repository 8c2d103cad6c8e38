/* test_cable.c - the cable is pulled, and the wire is noisy, at any transfer or request of a command.
 *
 * The commands themselves, in process, with our own ST-LINK driver on a whole board. After each fault: the command is done, or it ends with
 * the right status and an error that names the cause, at most a second of board time after the last thing that happened; with the cable in
 * and a quiet wire the same command again is done, and what was to be on the chip is there.
 *
 * Usage: test_cable COMMAND FAULT STRIDE, FAULT as scenarios name it; or test_cable COMMAND FAULT N once, to do one again. */
#include "../engine/engine_test.h"
#include "board_usb.h"

#include "device/regs/u0_flash.h"

#include <unistd.h>

enum { IMAGE_BYTES = 3 * PAGE - 100, FLASH_REGS = 0x40022000, READ_BYTES = 5000 };

static struct buffer fresh; /* the board before the command */
static struct image old_image, new_image;
static const char *fault_name;
static unsigned failures, refused;

/* ---- what is on the chip ---- */

static bool flash_is(uint32_t addr, const uint8_t *bytes, size_t len)
{
    uint8_t *const now = malloc(len);
    bool same;

    assert_non_null(now);
    same = chip_peek(wire.board->chip, addr, now, len) && memcmp(now, bytes, len) == 0;
    free(now);
    return same;
}

static bool holds(const struct image *im) { return flash_is(im->segments[0].addr, im->segments[0].bytes, im->segments[0].len); }

static bool page_is_blank(unsigned page)
{
    uint8_t blank[PAGE];

    memset(blank, 0xFF, sizeof blank);
    return flash_is(BASE + page * PAGE, blank, sizeof blank);
}

static uint32_t optr(void)
{
    uint8_t bytes[4];

    assert_true(chip_peek(wire.board->chip, FLASH_REGS + U0_FLASH_OPTR, bytes, 4));
    return get_le32(bytes);
}

static bool is_old(void) { return holds(&old_image); }
static bool is_flashed(void) { return holds(&new_image); }
static bool is_erased(void) { return page_is_blank(1) && page_is_blank(2) && flash_is(BASE, old_image.segments[0].bytes, PAGE); }
static bool is_set(void) { return is_old() && !(optr() & BITS(U0_FLASH_OPTR_nBOOT_SEL)); }
static bool is_unset(void) { return is_old() && optr() & BITS(U0_FLASH_OPTR_nBOOT_SEL); }

static bool is_read(void)
{
    static uint8_t bytes[READ_BYTES + 1];
    FILE *const f = fopen("read.bin", "rb");
    size_t n = 0;

    if (f) {
        n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
    }
    return is_old() && n == READ_BYTES && memcmp(bytes, old_image.segments[0].bytes, READ_BYTES) == 0;
}

static bool anything(void) { return true; }

static const struct command_swept {
    const char *name, *words;
    bool (*done)(void);     /* what "done" means */
    bool (*not_done)(void); /* what it may have left if it failed */
} sweeps[] = {
    { "flash", "flash new.bin --at 0x08000000 --no-save", is_flashed, anything },
    { "option", "option set nBOOT_SEL=0 --yes --no-save", is_set, NULL },
    { "erase", "erase --pages 1..2 --no-save", is_erased, anything },
    { "read", "read 0x08000000 5000 -o read.bin", is_read, is_old },
    { "verify", "verify old.bin --at 0x08000000", is_old, is_old },
};
static const struct command_swept *command;

/* ---- the sweep ---- */

static struct invocation said;

static void wrong(uint64_t at, const char *what)
{
    printf("# FAILED %s, %s at %llu: %s (status %d)\n#   %s", command->name, fault_name, (unsigned long long)at, what, said.status,
           said.err);
    failures++;
}

static void load(void)
{
    struct err e = { 0 };

    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
    wire.fired_ps = TIME_NEVER;
    unlink("read.bin");
}

static uint64_t timed_run(void)
{
    const uint64_t start_ps = board_now_ps(wire.board);

    wire_run(&said, command->words);
    return board_now_ps(wire.board) - start_ps;
}

static bool is_on_swd(enum fault_kind kind) { return kind >= FAULT_SWD_WAIT && kind <= FAULT_SWD_LOST; }

static void judge_failure(enum fault_kind kind, uint64_t at)
{
    refused++;
    if (kind == FAULT_UNPLUG && (said.status != EXIT_NO_DEVICE || !strstr(said.err, "unplugged")))
        wrong(at, "a pulled cable is not called that, with status 3");
    if (kind != FAULT_UNPLUG && said.status != EXIT_FAILED && said.status != EXIT_NO_DEVICE && said.status != EXIT_REFUSED)
        wrong(at, "a failure has another status");
    if (!strstr(said.err, "error: ") || !strstr(said.err, "\n  while ") || strstr(said.err, "level 2"))
        wrong(at, "cause or circumstances are not told");
    if (!(command->not_done ? command->not_done() : is_set() || is_unset()))
        wrong(at, "it failed, and left something that it must not");
}

/* One fault in one command. False: the command was over before it. */
static bool one(enum fault_kind kind, uint64_t at, uint64_t undisturbed_ps)
{
    const struct fault f = { kind, is_on_swd(kind) ? FAULT_AT_SWD : FAULT_AT_TRANSFER, at, kind == FAULT_SWD_WAIT ? 8 : 1, 0, 0, 0 };
    /* A probe that answers wrongly is reset, with the second that takes; a reply that does not come is waited for before. */
    const uint64_t most_ps = (is_on_swd(kind) || kind == FAULT_UNPLUG ? 1 : kind == FAULT_USB_STALL ? 2 : 6) * PS_PER_S;
    struct err e = { 0 };
    uint64_t took_ps;
    bool fired;

    load();
    assert_true(faults_add(&wire.board->faults, &f, &e));
    faults_arm(&wire.board->faults);
    took_ps = timed_run();
    fired = wire.board->faults.s.fired[0] > 0;
    if (said.status == EXIT_DONE && !command->done())
        wrong(at, "done, it says, and is not");
    if (said.status != EXIT_DONE)
        judge_failure(kind, at);
    if (took_ps > undisturbed_ps + most_ps ||
        (kind == FAULT_UNPLUG && fired && said.status != EXIT_DONE && board_now_ps(wire.board) - wire.fired_ps > PS_PER_S))
        wrong(at, "it took too long");
    wire.board->faults.s.rows = 0;
    board_cable(wire.board, BOARD_PROBE, true);
    board_plug_reset(wire.board, BOARD_PROBE);
    timed_run();
    if (said.status != EXIT_DONE || !command->done())
        wrong(at, "the same command again fails");
    return fired;
}

static void make_image(struct image *im, uint8_t seed, const char *file)
{
    uint8_t bytes[IMAGE_BYTES];
    struct err e = { 0 };
    FILE *f;

    for (uint32_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(im, BASE, bytes, sizeof bytes, &e));
    f = fopen(file, "wb");
    assert_true(f && fwrite(bytes, 1, sizeof bytes, f) == sizeof bytes && fclose(f) == 0);
}

static enum fault_kind kind_of(const char *name)
{
    enum fault_kind kind = FAULT_NONE;

    for (unsigned i = 1; i < FAULT_KINDS; i++)
        if (strcmp(fault_rows[i].name, name) == 0)
            kind = (enum fault_kind)i;
    return kind;
}

static void prepare(void)
{
    struct err e = { 0 };

    make_image(&old_image, 1, "old.bin");
    make_image(&new_image, 2, "new.bin");
    wire.board = board_new("stm32u073rc", NULL, &e);
    wire.fired_ps = TIME_NEVER;
    assert_non_null(wire.board);
    wire_run(&said, "flash old.bin --at 0x08000000 --no-save");
    if (said.status)
        fail_msg("%s", said.err);
    assert_true(board_save(wire.board, &fresh, &e));
}

static void sweep(enum fault_kind kind, uint64_t first, uint64_t stride)
{
    uint64_t undisturbed_ps;
    unsigned count = 0;

    load();
    undisturbed_ps = timed_run();
    if (said.status != EXIT_DONE || !command->done())
        fail_msg("undisturbed: %s", said.err);
    for (uint64_t at = first; one(kind, at, undisturbed_ps) && stride; at += stride)
        count++;
    printf("# %s, %s: %u faults; %u times the command failed; %u times badly\n", command->name, fault_name, count, refused, failures);
}

int main(int argc, char **argv)
{
    const enum fault_kind kind = argc >= 4 ? kind_of(argv[2]) : FAULT_NONE;
    const uint64_t n = argc >= 4 ? strtoull(argv[3], NULL, 10) : 0;
    char folder[64];

    for (size_t i = 0; argc >= 4 && i < sizeof sweeps / sizeof *sweeps; i++)
        if (strcmp(sweeps[i].name, argv[1]) == 0)
            command = &sweeps[i];
    if (!command || kind == FAULT_NONE || n == 0)
        return 2;
    fault_name = argv[2];
    assert_non_null(scratch_begin(folder, sizeof folder));
    assert_int_equal(chdir(folder), 0);
    prepare();
    sweep(kind, argc > 4 ? n : 1, argc > 4 ? 0 : n);
    board_free(wire.board);
    buffer_free(&fresh);
    image_free(&old_image);
    image_free(&new_image);
    scratch_end(folder);
    return failures ? 1 : 0;
}
