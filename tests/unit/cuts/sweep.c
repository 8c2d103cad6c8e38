/* sweep.c - see sweep.h. */
#include "sweep.h"

#include "device/regs/u0_flash.h"

#include <unistd.h>

enum { IMAGE_BYTES = 3 * PAGE - 100, FLASH_REGS = 0x40022000, READ_BYTES = 5000, WRITTEN_AT = BASE + PAGE + 0x100 };

struct invocation said;

static struct buffer fresh; /* the board that sweep_load comes back to */
static struct image old_image, new_image;
static char folder[64];

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

static uint32_t flash_register(uint32_t offset)
{
    uint8_t bytes[4];

    assert_true(chip_peek(wire.board->chip, FLASH_REGS + offset, bytes, 4));
    return get_le32(bytes);
}

static uint32_t optr(void) { return flash_register(U0_FLASH_OPTR); }
bool sweep_options_damaged(void) { return flash_register(U0_FLASH_SR) & BITS(U0_FLASH_SR_OPTVERR); }

static bool is_old(void) { return holds(&old_image); }
static bool is_new(void) { return holds(&new_image); }
static bool is_erased(void) { return page_is_blank(1) && page_is_blank(2) && flash_is(BASE, old_image.segments[0].bytes, PAGE); }
static bool is_set(void) { return is_old() && !(optr() & BITS(U0_FLASH_OPTR_nBOOT_SEL)); }
static bool is_unset(void) { return is_old() && optr() & BITS(U0_FLASH_OPTR_nBOOT_SEL); }
static bool is_set_or_not(void) { return is_old(); }
static bool is_blank(void) { return page_is_blank(0) && page_is_blank(1) && page_is_blank(2); }

static bool is_written(void)
{
    static const uint8_t bytes[] = { 0x11, 0x22, 0x33, 0x44 };
    const uint8_t *const old = old_image.segments[0].bytes;

    return flash_is(BASE, old, WRITTEN_AT - BASE) && flash_is(WRITTEN_AT, bytes, sizeof bytes) &&
           flash_is(WRITTEN_AT + sizeof bytes, old + (WRITTEN_AT - BASE) + sizeof bytes, IMAGE_BYTES - (WRITTEN_AT - BASE) - sizeof bytes);
}

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

const struct swept sweep_cable[] = {
    { "flash", "flash new.bin --at 0x08000000 --no-save", is_new, anything, is_old },
    { "option", "option set nBOOT_SEL=0 --yes --no-save", is_set, is_set_or_not, is_unset },
    { "erase", "erase --pages 1..2 --no-save", is_erased, anything, is_old },
    { "read", "read 0x08000000 5000 -o read.bin", is_read, is_old, is_old },
    { "verify", "verify old.bin --at 0x08000000", is_old, is_old, is_old },
    { 0 },
};

const struct swept sweep_again[] = {
    { "flash", "flash new.bin --at 0x08000000", is_new, anything, is_old },
    { "flash-direct", "flash new.bin --at 0x08000000 --no-loader", is_new, anything, is_old },
    { "erase", "erase --pages 1..2", is_erased, anything, is_old },
    { "erase-direct", "erase --pages 1..2 --no-loader", is_erased, anything, is_old },
    { "erase-all", "erase --all --yes", is_blank, anything, is_old },
    { "write", "write 0x08000900 0x11 0x22 0x33 0x44", is_written, anything, is_old },
    { "option", "option set nBOOT_SEL=0 --yes", is_set, is_set_or_not, is_unset },
    { "undo", "undo --yes", is_old, anything, is_new }, /* of a flash of new.bin */
    { "undo-option", "undo --yes", is_unset, is_set_or_not, is_set },
    { 0 },
};

const struct swept *sweep_find(const struct swept *rows, const char *name)
{
    while (rows->name && strcmp(rows->name, name) != 0)
        rows++;
    return rows->name ? rows : NULL;
}

enum fault_kind sweep_kind(const char *name)
{
    enum fault_kind kind = FAULT_NONE;

    for (unsigned i = 1; i < FAULT_KINDS; i++)
        if (strcmp(fault_rows[i].name, name) == 0)
            kind = (enum fault_kind)i;
    return kind;
}

/* ---- the board ---- */

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

void sweep_begin(void)
{
    char state[80];
    struct err e = { 0 };

    assert_non_null(scratch_begin(folder, sizeof folder));
    assert_int_equal(chdir(folder), 0);
    snprintf(state, sizeof state, "%s/now", folder);
    setenv("XDG_STATE_HOME", state, 1);
    make_image(&old_image, 1, "old.bin");
    make_image(&new_image, 2, "new.bin");
    wire.board = board_new("stm32u073rc", NULL, &e);
    wire.fired_ps = TIME_NEVER;
    assert_non_null(wire.board);
    sweep_run("flash old.bin --at 0x08000000 --no-save");
    if (said.status)
        fail_msg("%s", said.err);
    sweep_keep();
}

void sweep_end(void)
{
    board_free(wire.board);
    buffer_free(&fresh);
    image_free(&old_image);
    image_free(&new_image);
    assert_int_equal(chdir("/"), 0);
    scratch_end(folder);
}

void sweep_keep(void)
{
    struct err e = { 0 };

    buffer_free(&fresh);
    fresh = (struct buffer){ 0 };
    assert_true(board_save(wire.board, &fresh, &e));
    assert_int_equal(system("rm -rf kept && mkdir -p now && cp -r now kept"), 0);
}

void sweep_load(void)
{
    struct err e = { 0 };

    board_free(wire.board);
    wire.board = board_load(fresh.bytes, fresh.len, &e);
    assert_non_null(wire.board);
    wire.fired_ps = TIME_NEVER;
    unlink("read.bin");
    if (access("now/sector0", F_OK) == 0)
        assert_int_equal(system("rm -rf now && cp -r kept now"), 0);
}

uint64_t sweep_run(const char *words)
{
    const uint64_t start_ps = board_now_ps(wire.board);

    wire_run(&said, words);
    return board_now_ps(wire.board) - start_ps;
}
