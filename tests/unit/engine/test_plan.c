/* test_plan.c - which pages, in which order, with which guard; and what is refused. Pure: no target anywhere. */
#include "engine_test.h"

static struct rig r;
static char text[4000];

static int begin(void **state)
{
    rig_begin(&r);
    return 0;
}

static int end(void **state)
{
    rig_end(&r);
    return 0;
}

#define expect_plan(want) assert_string_equal(rig_plan(&r, text, sizeof text), (want))

static void a_blank_chip_gets_every_page_and_the_first_unit_last(void **state)
{
    rig_image(&r, BASE, 2 * PAGE + 8, 1);
    expect_plan("E0 +e P0:8..2048 C0:8..2048 E1 P1:0..2048 C1:0..2048 E2 P2:0..8 C2:0..2048 P0:0..8 C0:0..8 -e | base");
}

static void the_same_again_does_nothing(void **state)
{
    rig_image(&r, BASE, 3 * PAGE - 100, 1);
    rig_programmed(&r);
    expect_plan("| idle");
}

static void the_same_again_clears_an_empty_flag_that_was_left(void **state)
{
    rig_image(&r, BASE, PAGE, 1);
    rig_programmed(&r);
    r.look.acr = device_stm32u073.flash->acr_empty;
    expect_plan("-e | idle");
}

static void a_blank_image_leaves_the_empty_flag(void **state)
{
    const uint8_t ff[16] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8 };

    assert_true(image_add(&r.image, BASE, ff, sizeof ff, &r.e));
    r.look.acr = device_stm32u073.flash->acr_empty;
    expect_plan("E0 +e P0:8..16 C0:8..2048 | base"); /* an application that is none cannot start: the ROM bootloader still does */
}

static void one_changed_page_is_written_without_the_guard(void **state)
{
    rig_image(&r, BASE, 4 * PAGE, 1);
    rig_programmed(&r);
    r.flash[2 * PAGE + 5] ^= 1;
    expect_plan("E2 P2:0..2048 C2:0..2048 | single | saves 2");
}

static void two_changed_pages_are_guarded_by_page_0(void **state)
{
    rig_image(&r, BASE, 4 * PAGE, 1);
    rig_programmed(&r);
    r.flash[1 * PAGE] ^= 1;
    r.flash[3 * PAGE + 2047] ^= 1;
    expect_plan(
        "D0 E0 +e P0:8..2048 C0:8..2048 E1 P1:0..2048 C1:0..2048 E3 P3:0..2048 C3:0..2048 P0:0..8 C0:0..8 -e | rewrite | saves 0 1 3");
    r.choices.no_guard = true;
    expect_plan("E1 P1:0..2048 C1:0..2048 E3 P3:0..2048 C3:0..2048 | off | saves 1 3");
    r.choices.no_save = true;
    expect_plan("E1 P1:0..2048 C1:0..2048 E3 P3:0..2048 C3:0..2048 | off");
}

static void a_change_in_page_0_alone_guards_itself(void **state)
{
    rig_image(&r, BASE, 2 * PAGE, 1);
    rig_programmed(&r);
    r.flash[100] ^= 1;
    expect_plan("D0 E0 +e P0:8..2048 C0:8..2048 P0:0..8 C0:0..8 -e | base | saves 0");
}

static void a_protected_page_0_that_need_not_change_is_left_alone(void **state)
{
    rig_image(&r, BASE, 4 * PAGE, 1);
    rig_programmed(&r);
    r.flash[1 * PAGE] ^= 1;
    r.flash[2 * PAGE] ^= 1;
    rig_option(&r, "WRP1BR=0");
    expect_plan("E1 P1:0..2048 C1:0..2048 E2 P2:0..2048 C2:0..2048 | protected | saves 1 2");
}

static void an_image_without_the_flash_base_never_touches_page_0(void **state)
{
    rig_image(&r, BASE + 2 * PAGE, 2 * PAGE, 1);
    expect_plan("E2 P2:0..2048 C2:0..2048 E3 P3:0..2048 C3:0..2048 | not-ours");
}

static void an_image_inside_page_0_keeps_the_rest_and_the_order(void **state)
{
    rig_image(&r, BASE, PAGE, 1);
    rig_programmed(&r);
    image_free(&r.image);
    r.image = (struct image){ 0 };
    rig_image(&r, BASE + 64, 16, 9);
    expect_plan("D0 E0 +e P0:8..2048 C0:8..2048 P0:0..8 C0:0..8 -e | base | saves 0"); /* the first 8 bytes are kept, and still go last */
}

static void other_bytes_of_a_touched_page_are_kept(void **state)
{
    struct want w = { 0 };

    rig_image(&r, BASE + PAGE + 100, 50, 1);
    for (unsigned i = 0; i < PAGE; i++)
        r.flash[PAGE + i] = (uint8_t)(i ^ 0x5A);
    assert_true(rig_want(&r, &w));
    assert_int_equal(w.count, 1);
    for (unsigned i = 0; i < PAGE; i++)
        assert_int_equal(w.pages[0].bytes[i], i >= 100 && i < 150 ? r.image.segments[0].bytes[i - 100] : (uint8_t)(i ^ 0x5A));
    want_free(&w);
}

static void blank_units_are_skipped(void **state)
{
    rig_image(&r, BASE + PAGE + 16, 8, 1);
    rig_image(&r, BASE + PAGE + 1024, 4, 1);
    expect_plan("E1 P1:16..24 P1:1024..1032 C1:0..2048 | not-ours");
}

static void every_other_unit_blank_still_fits_the_plan(void **state)
{
    for (unsigned page = 0; page < PAGES; page++)
        for (unsigned i = 0; i < PAGE; i += 16)
            rig_image(&r, BASE + page * PAGE + i, 8, 1);
    rig_plan(&r, text, sizeof text);
    assert_memory_equal(text, "E0 +e P0:16..24 ", 16);
}

static void a_page_with_an_ecc_error_counts_as_different_and_is_saved(void **state)
{
    rig_image(&r, BASE, 2 * PAGE, 1);
    rig_programmed(&r);
    r.damaged[1] = true;
    expect_plan("E1 P1:0..2048 C1:0..2048 | single | saves 1");
}

static void reading_back_comes_after_all_writing_but_the_first_unit(void **state)
{
    rig_image(&r, BASE, 2 * PAGE, 1);
    r.choices.read_back = true;
    expect_plan("E0 +e P0:8..2048 E1 P1:0..2048 R0:8..2048 R1:0..2048 P0:0..8 R0:0..8 -e | base");
}

static void by_usb_all_erases_come_first_and_all_is_read_back(void **state)
{
    r.choices.plain = true;
    rig_image(&r, BASE, 2 * PAGE + 8, 1);
    expect_plan("E0 E1 E2 P0:8..2048 P1:0..2048 P2:0..8 R0:8..2048 R1:0..2048 R2:0..2048 P0:0..8 R0:0..8 | base");
    rig_programmed(&r);
    r.look.acr = device_stm32u073.flash->acr_empty;
    expect_plan("| idle"); /* no register is within reach */
    r.flash[2 * PAGE] ^= 1;
    expect_plan("E2 P2:0..8 R2:0..2048 | single | saves 2");
}

static void erasing_does_not_care_what_is_there_and_keeps_what_was_not_named(void **state)
{
    struct want w = { 0 };
    struct plan p = { 0 };

    memset(r.flash + PAGE, 0x11, 2 * PAGE);
    assert_true(want_blank(&w, &device_stm32u073, sizeof r.flash, BASE + PAGE + 1024, PAGE, &r.e));
    for (size_t i = 0; i < w.count; i++) {
        w.pages[i].now_crc = crc32_of(r.flash + (w.pages[i].addr - BASE), PAGE);
        want_keep(&w.pages[i], r.flash + (w.pages[i].addr - BASE) + w.pages[i].gap);
    }
    assert_true(plan_make(&p, &w, &r.look, &(struct plan_choices){ .erase = true }, &r.e));
    assert_int_equal(p.erases, 2);
    assert_int_equal(p.units, 256); /* the half before and the half behind */
    assert_int_equal(p.saves, 2);
    plan_free(&p);
    want_free(&w);
}

/* ---- refusals ---- */

static void a_protected_page_in_the_way_is_named_with_its_area(void **state)
{
    rig_image(&r, BASE, 4 * PAGE, 1);
    rig_option(&r, "WRP1A_STRT=2");
    rig_option(&r, "WRP1A_END=3");
    expect_plan("error: page 2 at 0x08001000 is write-protected by WRP1A (pages 2..3), and others with it");
    assert_int_equal(r.e.kind, ERR_LOCKED);
    assert_string_equal(r.e.seen[0], "WRP1A: pages 2..3 protected");
    assert_string_equal(r.e.seen[1], "WRP1B: off (127..0)");
    assert_non_null(strstr(r.e.hint, "WRP1A_STRT=0x7F WRP1A_END=0"));
    rig_option(&r, "WRP1AR=0x7F");
    rig_option(&r, "WRP1BR=0");
    expect_plan("error: page 0 at 0x08000000 is write-protected by WRP1B (pages 0..0)");
    assert_non_null(strstr(r.e.hint, "WRP1B_STRT=0x7F WRP1B_END=0"));
}

static void protected_pages_that_need_not_change_are_not_in_the_way(void **state)
{
    rig_image(&r, BASE, 4 * PAGE, 1);
    rig_programmed(&r);
    rig_option(&r, "WRP1AR=0x007F0000");
    expect_plan("| idle");
}

static void readout_protection_is_refused_before_anything_else(void **state)
{
    rig_image(&r, BASE, PAGE, 1);
    rig_option(&r, "RDP=0xBB");
    expect_plan("error: readout protection is at level 1: a debugger can neither read nor program this flash");
    assert_int_equal(r.e.kind, ERR_LOCKED);
    assert_non_null(strstr(r.e.hint, "--erase-everything"));
}

static void images_that_do_not_fit_say_why(void **state)
{
    static const struct {
        uint32_t addr, len;
        const char *cause;
    } rows[] = {
        /* clang-format off */
        { BASE + PAGES * PAGE - 4, 8, "error: the image is too big: it ends at 0x08008003, the flash at 0x08007FFF" },
        { 0x20000100, 8,              "error: the image is for RAM: 0x20000100..0x20000107 is sram, not flash" },
        { 0x1FFF6800, 8,              "error: the image lies outside flash: 0x1FFF6800..0x1FFF6807 is otp" },
        { 0x00000000, 8,              "error: the image lies outside flash: 0x00000000..0x00000007" },
        { 0x07FFFFFC, 8,              "error: the image lies outside flash: 0x07FFFFFC..0x08000003" },
        { 0xFFFFFFF8, 8,              "error: the image lies outside flash: 0xFFFFFFF8..0xFFFFFFFF" },
        /* clang-format on */
    };

    expect_plan("error: the image is empty: there is nothing to program");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig_image(&r, rows[i].addr, rows[i].len, 1);
        expect_plan(rows[i].cause);
        assert_int_equal(r.e.kind, ERR_INPUT);
        image_free(&r.image);
        r.image = (struct image){ 0 };
    }
}

static void vectors_of_another_chip_are_refused_unless_asked_for(void **state)
{
    rig_image(&r, BASE, PAGE, 1);
    put_le32(r.image.segments[0].bytes, 0x20024000); /* 144 KiB of RAM: a G0B1 */
    expect_plan("error: the image is for another chip: its stack begins at 0x20024000, the RAM of STM32U073/U083 ends at 0x20009FFF");
    assert_int_equal(r.e.kind, ERR_INPUT);
    r.choices.any_vectors = true;
    expect_plan("E0 +e P0:8..2048 C0:8..2048 P0:0..8 C0:0..8 -e | base");
}

/* ---- will it start? ---- */

static void vectors_are_judged(void **state)
{
    static const struct {
        uint32_t sp, pc;
        enum start_verdict verdict;
    } rows[] = {
        { 0x20008000, 0x08000101, START_YES },        { 0x2000A000, 0x08000101, START_YES },        /* the very end of RAM */
        { 0x2000A004, 0x08000101, START_OTHER_CHIP }, { 0x20008000, 0x08040001, START_OTHER_CHIP }, /* behind this flash */
        { 0x20008000, 0x08000100, START_NO },         { 0x20000000, 0x08000101, START_NO },         /* even; no stack below RAM's start */
        { 0x20008002, 0x08000101, START_NO },         { 0x00000000, 0x00000000, START_NO },         { 0x20008000, 0x40000001, START_NO },
        { 0x12345678, 0x08000101, START_NO },         { 0x20008000, 0x20000101, START_YES },        { 0xFFFFFFFF, 0xFFFFFFFF, START_NO },
    };
    char why[ERR_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(start_vectors(&device_stm32u073, 256 * 1024, rows[i].sp, rows[i].pc, why), rows[i].verdict);
}

static void boot_options_are_judged(void **state)
{
    static const struct {
        const char *set[3];
        enum start_verdict verdict;
    } rows[] = {
        { { "OPTR=0xFFFFFEAA" }, START_YES },         { { "nBOOT0=0" }, START_NO },
        { { "nBOOT0=0", "nBOOT1=0" }, START_NO },     { { "nBOOT0=0", "nBOOT_SEL=0" }, START_YES }, /* the pin decides */
        { { "nBOOT0=0", "BOOT_LOCK=1" }, START_YES },
    };
    char why[ERR_TEXT], hint[ERR_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig_begin(&r);
        for (unsigned k = 0; k < 3 && rows[i].set[k]; k++)
            rig_option(&r, rows[i].set[k]);
        assert_int_equal(start_boot(&r.look, &device_stm32u073, why, hint), rows[i].verdict);
    }
}

static void the_crc_is_the_common_one(void **state)
{
    assert_int_equal(crc32_of("123456789", 9), 0xCBF43926); /* the check value every catalogue of CRCs gives */
    assert_int_equal(crc32_more(crc32_of("1234", 4), "56789", 5), 0xCBF43926);
    assert_int_equal(crc32_of("", 0), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_blank_chip_gets_every_page_and_the_first_unit_last),
        T(the_same_again_does_nothing),
        T(the_same_again_clears_an_empty_flag_that_was_left),
        T(a_blank_image_leaves_the_empty_flag),
        T(one_changed_page_is_written_without_the_guard),
        T(two_changed_pages_are_guarded_by_page_0),
        T(a_change_in_page_0_alone_guards_itself),
        T(a_protected_page_0_that_need_not_change_is_left_alone),
        T(an_image_without_the_flash_base_never_touches_page_0),
        T(an_image_inside_page_0_keeps_the_rest_and_the_order),
        T(other_bytes_of_a_touched_page_are_kept),
        T(blank_units_are_skipped),
        T(every_other_unit_blank_still_fits_the_plan),
        T(a_page_with_an_ecc_error_counts_as_different_and_is_saved),
        T(reading_back_comes_after_all_writing_but_the_first_unit),
        T(by_usb_all_erases_come_first_and_all_is_read_back),
        T(erasing_does_not_care_what_is_there_and_keeps_what_was_not_named),
        T(a_protected_page_in_the_way_is_named_with_its_area),
        T(protected_pages_that_need_not_change_are_not_in_the_way),
        T(readout_protection_is_refused_before_anything_else),
        T(images_that_do_not_fit_say_why),
        T(vectors_of_another_chip_are_refused_unless_asked_for),
        T(vectors_are_judged),
        T(boot_options_are_judged),
        T(the_crc_is_the_common_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
