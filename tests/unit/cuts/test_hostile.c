/* test_hostile.c - a probe that lies: replies that are cut, too long, stale, delayed or garbage, whatever the command was.
 *
 * Commands run on a whole board, and what the probe answers is spoiled by seed before our driver sees it. No crash, no hang, and no false
 * success: "done" is said only when it is so. What a lie may do to the board is bounded too: nothing outside the command's pages, and no
 * option word, has changed.
 *
 * Usage: test_hostile TRANSFERS [SEED], until so many transfers have been made; test_hostile 1 SEED does one command again. */
#include "../engine/engine_test.h"
#include "board_usb.h"

#include "device/regs/u0_flash.h"

#include <unistd.h>

enum { IMAGE_BYTES = 3 * PAGE - 100, FLASH_REGS = 0x40022000, OUTSIDE_PAGE = 60, JOB_TRANSFERS_MAX = 200000, KEPT = 512 };
#define JOB_PS_MAX (600 * PS_PER_S) /* some hundred time-outs in a row */

enum lie { LIE_SHORT, LIE_EMPTY, LIE_LONG, LIE_STALE, LIE_GARBAGE, LIE_STATUS, LIE_BIT, LIE_LATE, LIE_STALL, LIES };

static struct buffer fresh;
static uint8_t old_bytes[IMAGE_BYTES], new_bytes[IMAGE_BYTES], outside[PAGE];
static struct invocation said;
static uint64_t random_state, seed;
static unsigned one_in, lies_told, bursts, failures;
static uint8_t last[KEPT];
static size_t last_len;

static uint64_t below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static void garbage(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)below(256);
}

static void tell(enum lie lie, uint8_t *data, size_t asked, size_t *done, enum usb_status *status)
{
    switch (lie) {
    case LIE_SHORT: *done = *done ? below(*done) : 0; break;
    case LIE_EMPTY: *done = 0; break;
    case LIE_LONG:
        garbage(data + *done, asked - *done);
        *done = asked;
        break;
    case LIE_STALE:
        *done = last_len < asked ? last_len : asked;
        memcpy(data, last, *done);
        break;
    case LIE_GARBAGE: garbage(data, *done); break;
    case LIE_STATUS:
        if (*done)
            data[0] = (uint8_t)below(256);
        break;
    case LIE_BIT:
        if (*done)
            data[below(*done)] ^= (uint8_t)(1u << below(8));
        break;
    case LIE_LATE:
        *done = 0;
        *status = USB_TIMED_OUT;
        break;
    default:
        *done = 0;
        *status = USB_STALLED;
        break;
    }
}

static void spoil(void *ctx, uint8_t *data, size_t asked, size_t *done, enum usb_status *status)
{
    uint8_t honest[KEPT];
    const size_t honest_len = *done < KEPT ? *done : KEPT;

    if (*status != USB_DONE)
        return;
    memcpy(honest, data, honest_len);
    if (bursts || below(one_in) == 0) {
        if (bursts == 0 && below(4) == 0)
            bursts = (unsigned)below(20);
        bursts -= bursts > 0;
        tell((enum lie)below(LIES), data, asked, done, status);
        lies_told++;
    }
    memcpy(last, honest, honest_len);
    last_len = honest_len;
}

/* ---- commands ---- */

static bool flash_is(unsigned page, const uint8_t *bytes, size_t len)
{
    static uint8_t now[IMAGE_BYTES];

    return chip_peek(wire.board->chip, BASE + page * PAGE, now, len) && memcmp(now, bytes, len) == 0;
}

static bool blank(unsigned page)
{
    uint8_t bytes[PAGE];

    memset(bytes, 0xFF, sizeof bytes);
    return flash_is(page, bytes, sizeof bytes);
}

static bool flashed(void) { return flash_is(0, new_bytes, IMAGE_BYTES); }
static bool is_old(void) { return flash_is(0, old_bytes, IMAGE_BYTES); }
static bool erased(void) { return blank(1) && blank(2); }
static bool never(void) { return false; }

static bool was_read(void)
{
    static uint8_t bytes[IMAGE_BYTES + 1];
    FILE *const f = fopen("read.bin", "rb");
    size_t n = 0;

    if (f) {
        n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
    }
    return n == IMAGE_BYTES;
}

static const struct {
    const char *words;
    bool (*done)(void); /* what status 0 means */
    bool changes;
} jobs[] = {
    { "flash new.bin --at 0x08000000 --no-save", flashed, true },
    { "flash new.bin --at 0x08000000 --no-save --no-loader", flashed, true },
    { "flash new.bin --at 0x08000000 --no-save --verify read", flashed, true },
    { "erase --pages 1..2 --no-save", erased, true },
    { "verify old.bin --at 0x08000000", is_old, false },
    { "verify new.bin --at 0x08000000", never, false },
    { "read 0x08000000 6044 -o read.bin", was_read, false },
    { "info", is_old, false },
    { "option show", is_old, false },
};

static void wrong(const char *words, const char *what)
{
    printf("# FAILED %s: %s (status %d); again: test_hostile 1 %llu\n#   %s", words, what, said.status, (unsigned long long)seed, said.err);
    failures++;
}

static uint32_t option(uint32_t offset)
{
    uint8_t bytes[4];

    assert_true(chip_peek(wire.board->chip, FLASH_REGS + offset, bytes, 4));
    return get_le32(bytes);
}

static void one(uint32_t optr, uint32_t wrp)
{
    struct err e = { 0 };
    uint64_t start_ps, before = wire.transfers;
    size_t i;

    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (unsigned k = 0; k < 8; k++)
        below(2);
    one_in = 1u << (2 + below(9));
    bursts = 0;
    last_len = 0;
    i = below(sizeof jobs / sizeof *jobs);
    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
    unlink("read.bin");
    start_ps = board_now_ps(wire.board);
    wire.answer = spoil;
    wire_run(&said, jobs[i].words);
    wire.answer = NULL;
    if (said.status == EXIT_DONE && !jobs[i].done())
        wrong(jobs[i].words, "done, it says, and is not");
    if (said.status < 0 || said.status > 7 || said.status == EXIT_USAGE)
        wrong(jobs[i].words, "an impossible status");
    if (said.status != EXIT_DONE && said.status != EXIT_DIFFERS && !strstr(said.err, "error: "))
        wrong(jobs[i].words, "no reason is given");
    if (!jobs[i].changes && !is_old())
        wrong(jobs[i].words, "a command that looks has changed the flash");
    if (!flash_is(OUTSIDE_PAGE, outside, PAGE) || option(U0_FLASH_OPTR) != optr || option(U0_FLASH_WRP1AR) != wrp)
        wrong(jobs[i].words, "a page or an option word outside has changed");
    if (board_now_ps(wire.board) - start_ps > JOB_PS_MAX || wire.transfers - before > JOB_TRANSFERS_MAX)
        wrong(jobs[i].words, "it did not end in time");
}

static void make_file(uint8_t *bytes, uint8_t start, const char *file)
{
    FILE *const f = fopen(file, "wb");

    for (uint32_t i = 0; i < IMAGE_BYTES; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + start) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(f && fwrite(bytes, 1, IMAGE_BYTES, f) == IMAGE_BYTES && fclose(f) == 0);
}

int main(int argc, char **argv)
{
    const uint64_t transfers = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    struct err e = { 0 };
    char folder[64];
    uint32_t optr, wrp;
    unsigned count = 0;

    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    assert_non_null(scratch_begin(folder, sizeof folder));
    assert_int_equal(chdir(folder), 0);
    make_file(old_bytes, 1, "old.bin");
    make_file(new_bytes, 2, "new.bin");
    for (unsigned i = 0; i < PAGE; i++)
        outside[i] = (uint8_t)(i * 3 + 1);
    wire.board = board_new("stm32u073rc", NULL, &e);
    assert_non_null(wire.board);
    assert_true(chip_poke(wire.board->chip, BASE + OUTSIDE_PAGE * PAGE, outside, PAGE));
    wire_run(&said, "flash old.bin --at 0x08000000 --no-save");
    assert_int_equal(said.status, 0);
    optr = option(U0_FLASH_OPTR);
    wrp = option(U0_FLASH_WRP1AR);
    assert_true(board_save(wire.board, &fresh, &e));
    for (wire.transfers = 0; wire.transfers < transfers; seed++, count++)
        one(optr, wrp);
    printf("# %llu transfers, %u commands, %u lies; %u commands ended badly\n", (unsigned long long)wire.transfers, count, lies_told,
           failures);
    board_free(wire.board);
    buffer_free(&fresh);
    scratch_end(folder);
    return failures ? 1 : 0;
}
