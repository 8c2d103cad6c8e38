/* test_engine_cuts.c - what an interruption leaves: a pulled cable at any command, failing power at any moment. */
#include "job.h"

static int begin_u073(void **state) { return begin_on("stm32u073rc"); }

/* What is in flash now can start only if it is whole: the first unit, which says where to start, is old and so is all the rest, or new and
 * so is all the rest. Else it is blank, and the ROM bootloader starts; or zeros or torn, and nothing does. */
static void expect_safe(const struct image *old, const struct image *new)
{
    uint8_t first[8];
    char why[ERR_TEXT];

    assert_true(chip_peek(r.chip, BASE, first, 8));
    if (memcmp(first, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8) == 0)
        assert_true(is_empty_flag() || is_in_bootloader());
    else if (memcmp(first, old->segments[0].bytes, 8) == 0)
        assert_true(chip_rig_holds(&r, old) || chip_rig_holds(&r, new));
    else
        assert_int_not_equal(start_vectors(&device_stm32u073, 256 * 1024, get_le32(first), get_le32(first + 4), why), START_YES);
}

/* Pull the cable at the given command, cut the power; what then? */
static void cut_once(uint64_t at, const struct image *old)
{
    r.cut_at = r.commands + at;
    chip_rig_flash(&r, &im, &job);
    r.cut_at = 0;
    chip_rig_power_cycle(&r);
    expect_safe(old, &im);
    expect_done();
}

static void cut_everywhere(bool direct, unsigned stride)
{
    struct image old = { 0 };
    unsigned cuts = 0;
    uint64_t commands;

    make_image(4 * PAGE - 100, 1);
    job.direct = direct;
    expect_done();
    assert_true(image_add(&old, BASE, im.segments[0].bytes, im.segments[0].len, &r.e));
    make_image(4 * PAGE - 100, 2);
    expect_done();
    commands = job.commands;
    for (uint64_t at = 1; at < commands; at += stride, cuts++) {
        struct image new = im;

        im = old; /* put the old contents back first */
        expect_done();
        im = new;
        cut_once(at, &old);
    }
    print_message("# %u cuts\n", cuts);
    image_free(&old);
}

static void a_pulled_cable_never_leaves_what_starts_half_written(void **state) { cut_everywhere(false, 3); }
static void nor_does_it_without_a_loader(void **state) { cut_everywhere(true, 29); }

static uint64_t first_change_ps;

static void watch_first_unit(struct chip_rig *rig, uint32_t addr, bool write)
{
    if (!first_change_ps && peek32(BASE) != 0x20002000)
        first_change_ps = rig->now_ps;
}

/* Power fails `after_ps` into the job that turns old into new. */
static void power_fails(uint64_t after_ps, const struct image *old, const struct image *new)
{
    im = *old;
    expect_done();
    im = *new;
    r.power_fails_ps = r.now_ps + after_ps;
    chip_rig_flash(&r, &im, &job);
    r.power_fails_ps = 0;
    chip_rig_power_cycle(&r);
    expect_safe(old, new);
    expect_done();
}

/* Not between commands but at any moment: in the middle of an erase, of a double word; most of all around the first of them. */
static void power_fails_any_time(bool direct, unsigned cuts)
{
    struct image old = { 0 }, new;
    uint64_t began, whole;

    make_image(2 * PAGE + 50, 1);
    job.direct = direct;
    expect_done();
    assert_true(image_add(&old, BASE, im.segments[0].bytes, im.segments[0].len, &r.e));
    make_image(2 * PAGE + 50, 2);
    new = im;
    first_change_ps = 0;
    r.before = watch_first_unit;
    began = r.now_ps;
    expect_done();
    r.before = NULL;
    whole = r.now_ps - began;
    for (unsigned i = 0; i < cuts; i++)
        power_fails((whole * i + whole / 3) / cuts, &old, &new);
    assert_true(first_change_ps > began);
    for (int us = -600; us < 1500; us += 90)
        power_fails(first_change_ps - began + (uint64_t)((int64_t)us * 1000000), &old, &new);
    image_free(&old);
}

static void failing_power_never_leaves_what_starts_half_written(void **state) { power_fails_any_time(false, 40); }
static void nor_does_failing_power_without_a_loader(void **state) { power_fails_any_time(true, 30); }

/* Cut at `at`: each page either still holds what it held, or the store does. */
static void cut_and_look_for_the_old(uint64_t at, const struct image *old)
{
    uint8_t now[PAGE];

    open_store();
    r.cut_at = r.commands + at;
    chip_rig_flash(&r, &im, &job);
    r.cut_at = 0;
    chip_rig_power_cycle(&r);
    open_store(); /* as another process would */
    for (uint32_t page = 0; page * PAGE < old->segments[0].len; page++) {
        const uint8_t *was = old->segments[0].bytes + page * PAGE;

        assert_true(chip_peek(r.chip, BASE + page * PAGE, now, PAGE));
        if (memcmp(now, was, PAGE) != 0)
            assert_true(store_has_page(job.store, BASE + page * PAGE, PAGE, crc32_of(was, PAGE)));
    }
}

static void what_is_lost_was_saved_at_every_cut(void **state)
{
    struct image old = { 0 };
    uint64_t commands;

    for (unsigned direct = 0; direct < 2; direct++) {
        const struct image none = { 0 };

        job.direct = direct;
        job.choices.no_save = true;
        job.s.store = NULL;
        make_image(4 * PAGE, (uint8_t)(1 + direct));
        store_close(job.store);
        job.store = NULL;
        expect_done();
        old = none;
        assert_true(image_add(&old, BASE, im.segments[0].bytes, im.segments[0].len, &r.e));
        make_image(4 * PAGE, 9);
        open_store();
        expect_done();
        commands = job.commands;
        for (uint64_t at = 10; at < commands; at += direct ? 53 : 5) {
            struct image new = im;

            scratch_end(folder);
            assert_non_null(scratch_begin(folder, sizeof folder));
            store_close(job.store);
            job.store = NULL;
            job.choices.no_save = true;
            im = old;
            expect_done();
            im = new;
            cut_and_look_for_the_old(at, &old);
        }
        image_free(&old);
    }
}

int main(void)
{
#define U(f) cmocka_unit_test_setup_teardown(f, begin_u073, end)
    const struct CMUnitTest tests[] = {
        U(a_pulled_cable_never_leaves_what_starts_half_written),
        U(nor_does_it_without_a_loader),
        U(failing_power_never_leaves_what_starts_half_written),
        U(nor_does_failing_power_without_a_loader),
        U(what_is_lost_was_saved_at_every_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
