/* test_cli_memory.c - each allocation of a whole command fails once in turn: from reading the image to the last line printed.
 *
 * Our own allocations (libraries' are their own business), in `sector0 flash` and its neighbours, on a whole board. After each: an error
 * that says so, nothing leaks, and the same command again is done; or it was done all the same.
 *
 * Usage: test_cli_memory COMMAND STRIDE */
#include "../engine/engine_test.h"
#include "board_usb.h"

#include <unistd.h>

static bool armed;
static unsigned long fail_at, allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void) { return armed && ++allocations == fail_at; }

void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t each) { return fails() ? NULL : __real_calloc(n, each); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }

enum { IMAGE_BYTES = 3 * PAGE - 100 };

static struct buffer fresh;
static struct invocation said;
static uint8_t old_bytes[IMAGE_BYTES], new_bytes[IMAGE_BYTES];

static bool holds(const uint8_t *bytes)
{
    static uint8_t now[IMAGE_BYTES];

    return chip_peek(wire.board->chip, BASE, now, IMAGE_BYTES) && memcmp(now, bytes, IMAGE_BYTES) == 0;
}

static bool is_old(void) { return holds(old_bytes); }
static bool is_new(void) { return holds(new_bytes); }
static bool anything(void) { return true; }

static const struct {
    const char *name, *words;
    bool (*done)(void);
    int status; /* undisturbed */
} rows[] = {
    { "flash", "flash new.hex", is_new, EXIT_DONE },
    { "flash-direct", "flash new.bin --at 0x08000000 --no-loader", is_new, EXIT_DONE },
    { "flash-json", "flash new.srec --verify read --json", is_new, EXIT_DONE },
    { "plan", "plan new.hex", is_old, EXIT_DONE },
    { "verify", "verify old.bin --at 0x08000000", is_old, EXIT_DONE },
    { "diff", "diff new.hex", is_old, EXIT_DIFFERS },
    { "read", "read 0x08000000 5000 -o read.hex", is_old, EXIT_DONE },
    { "erase", "erase --pages 1..2", anything, EXIT_DONE },
    { "option", "option set nBOOT_SEL=0 --yes", is_old, EXIT_DONE },
    { "undo", "undo --yes", is_new, EXIT_DONE },
    { "info", "info --json", is_old, EXIT_DONE },
};

static void load(void)
{
    struct err e = { 0 };

    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
    assert_int_equal(system("rm -rf sector0 && cp -a kept sector0"), 0); /* the saves that fit this board */
}

static int one(size_t i, unsigned long n, unsigned *failures)
{
    load();
    allocations = 0;
    fail_at = n;
    armed = true;
    wire_run(&said, rows[i].words);
    armed = false;
    if (allocations < n)
        return said.status == rows[i].status && rows[i].done() ? 0 : (printf("# undisturbed: status %d, %s\n", said.status, said.err), 2);
    if (said.status == rows[i].status && rows[i].done())
        return 1;
    ++*failures;
    if (said.status != EXIT_FAILED || (!strstr(said.err, "memory") && !strstr(said.out, "memory"))) {
        printf("# allocation %lu of %s: status %d\n%s%s", n, rows[i].name, said.status, said.out, said.err);
        return 2;
    }
    wire_run(&said, rows[i].words);
    if (said.status != rows[i].status || !rows[i].done()) {
        printf("# after allocation %lu of %s had failed: status %d\n%s", n, rows[i].name, said.status, said.err);
        return 2;
    }
    return 1;
}

static void make_files(uint8_t *bytes, uint8_t seed, const char *name)
{
    static const char *const endings[] = { "bin", "hex", "srec" };
    struct image im = { 0 };
    struct err e = { 0 };

    for (uint32_t i = 0; i < IMAGE_BYTES; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(&im, BASE, bytes, IMAGE_BYTES, &e));
    for (size_t i = 0; i < 3; i++) {
        char file[40];

        snprintf(file, sizeof file, "%s.%s", name, endings[i]);
        if (!image_write_file(&im, file, IMAGE_AUTO, &e))
            fail_msg("%s", e.cause);
    }
    image_free(&im);
}

static void prepare(const char *name, char *folder)
{
    struct err e = { 0 };

    assert_int_equal(chdir(folder), 0);
    setenv("XDG_STATE_HOME", folder, 1);
    make_files(old_bytes, 1, "old");
    make_files(new_bytes, 2, "new");
    wire.board = board_new("stm32u073rc", NULL, &e);
    assert_non_null(wire.board);
    if (strcmp(name, "undo") == 0)
        wire_run(&said, "flash new.bin --at 0x08000000 --no-save");
    wire_run(&said, "flash old.bin --at 0x08000000");
    if (said.status)
        fail_msg("%s", said.err);
    assert_true(board_save(wire.board, &fresh, &e));
    assert_int_equal(system("cp -a sector0 kept"), 0);
}

int main(int argc, char **argv)
{
    const unsigned long stride = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    unsigned failures = 0;
    int result = 1;
    char folder[64];
    size_t i = 0;

    while (argc > 2 && i < sizeof rows / sizeof *rows && strcmp(rows[i].name, argv[1]) != 0)
        i++;
    if (argc < 3 || i == sizeof rows / sizeof *rows || stride == 0)
        return 2;
    assert_non_null(scratch_begin(folder, sizeof folder));
    prepare(argv[1], folder);
    for (unsigned long n = 1; result == 1; n += stride)
        result = one(i, n, &failures);
    printf("# %s: %u times an allocation that failed ended the command\n", argv[1], failures);
    board_free(wire.board);
    buffer_free(&fresh);
    scratch_end(folder);
    return result;
}
