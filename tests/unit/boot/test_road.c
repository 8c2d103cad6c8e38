/* test_road.c - the flash commands' road over a bootloader: order, proof, protection, option words, cables pulled everywhere. */
#include "boot_test.h"

static struct fake_dfu f;
static struct image im;
static struct session s;
static struct err e;
static bool in_order, every; /* every: the long run */

static int begin(void **state)
{
    fake_dfu_begin(&f);
    make_image(&im, FOUNDING_BYTES, 1);
    return 0;
}

static int end(void **state)
{
    image_free(&im);
    return 0;
}

static void expect_flashed(void)
{
    if (!flash_job(&f, &im, &s, &in_order, &e))
        fail_msg("%s", e.cause);
    assert_true(holds(&f, &im));
}

static unsigned erased(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < FAKE_PAGES; i++)
        n += f.erases[i];
    return n;
}

static void an_image_is_programmed_proved_and_started(void **state)
{
    expect_flashed();
    assert_int_equal(f.left, 1);
    assert_int_equal(f.left_to, FAKE_BASE);
    assert_int_equal(s.chip.flash_bytes, 256 * 1024);
    assert_true(s.chip.flash_size_read && s.chip.uid_read);
    /* identity, options, comparing, one run and its last short block, its read-back, the first unit, leaving */
    assert_int_equal(f.set_addresses, 8);
}

static void a_blank_chip_is_not_erased(void **state)
{
    expect_flashed();
    assert_int_equal(erased(), 0);
}

/* One that is blank among others may be one whose erase was cut off. */
static void unless_all_pages_are_blank_all_that_are_written_are_erased(void **state)
{
    f.flash[7 * FAKE_PAGE] = 0;
    expect_flashed();
    assert_int_equal(erased(), FOUNDING_PAGES);
}

static void what_reads_as_blank_and_takes_no_program_is_erased_after_all(void **state)
{
    f.ones[5] = true;
    expect_flashed();
    assert_int_equal(erased(), FOUNDING_PAGES);
    assert_true(s.failed.known == false);
}

/* With nothing to be saved: a block or a packet of each page tells that it is another program's. */
static void what_differs_is_not_read_to_its_end(void **state)
{
    struct image old = { 0 };

    make_image(&old, FOUNDING_BYTES, 77);
    memcpy(f.flash, old.segments[0].bytes, FOUNDING_BYTES);
    expect_flashed();
    /* commands, identity, options; a look at 33 pages, the last in full, for it has bytes to be kept; the proof */
    assert_int_equal(f.uploads, 3 + 33 + 2 + 68 + 1);
    image_free(&old);
}

static void the_same_again_touches_nothing(void **state)
{
    expect_flashed();
    f.gone = false;
    f.state = DFU_IDLE;
    memset(f.erases, 0, sizeof f.erases);
    f.downloads = 0;
    expect_flashed();
    assert_int_equal(erased(), 0);
    assert_int_equal(f.downloads, 0);
    assert_int_equal(f.left, 2);
}

static void one_changed_page_is_the_only_one_erased(void **state)
{
    expect_flashed();
    f.gone = false;
    f.state = DFU_IDLE;
    f.flash[5 * FAKE_PAGE + 17] ^= 0xFF;
    memset(f.erases, 0, sizeof f.erases);
    expect_flashed();
    assert_int_equal(erased(), 1);
    assert_int_equal(f.erases[5], 1);
}

static void other_bytes_of_a_touched_page_are_kept(void **state)
{
    f.flash[34 * FAKE_PAGE - 1] = 0x5A;
    expect_flashed();
    assert_int_equal(f.flash[34 * FAKE_PAGE - 1], 0x5A);
}

/* What the flash holds at that moment either is the whole image or has no vectors to start from, or is as it was. */
static void unplugged_anywhere_no_half_program_can_start_and_the_same_again_finishes(void **state)
{
    struct image old = { 0 };
    unsigned all, cuts = 0;

    make_image(&old, FOUNDING_BYTES, 77);
    expect_flashed();
    for (size_t i = 0; i < old.count; i++)
        memcpy(f.flash, old.segments[0].bytes, old.segments[0].len);
    f.gone = false;
    f.state = DFU_IDLE;
    f.transfers = 0;
    expect_flashed();
    all = f.transfers;
    /* Every transfer is for the long run; a sample that meets all phases, and the end in full, for each. */
    for (unsigned at = 1; at <= all; at += every || at + 12 > all ? 1 : 5) {
        bool whole;

        fake_dfu_begin(&f);
        memcpy(f.flash, old.segments[0].bytes, old.segments[0].len);
        f.unplug_at = at;
        if (flash_job(&f, &im, &s, &in_order, &e)) {
            assert_true(holds(&f, &im)); /* only the proof that it has left was missing */
            assert_true(at + 3 >= all);
            continue;
        }
        cuts++;
        assert_true(e.kind == ERR_NODEV || e.kind == ERR_IO || e.kind == ERR_PROTOCOL);
        whole = holds(&f, &im);
        assert_true(whole || get_le32(f.flash) == 0xFFFFFFFF || memcmp(f.flash, old.segments[0].bytes, old.segments[0].len) == 0);
        assert_true(in_order || s.erases > 0);
        f.unplug_at = 0;
        f.gone = false;
        f.state = DFU_IDLE; /* power-cycled, as the note says */
        f.pending = false;
        f.left = 0;
        expect_flashed();
        assert_int_equal(f.left, 1);
    }
    assert_true(cuts > all / 6);
    image_free(&old);
}

static void a_write_protected_page_is_refused_before_anything_is_touched(void **state)
{
    fake_set_option(&f, FAKE_WRP1BR, 0);
    assert_false(flash_job(&f, &im, &s, &in_order, &e));
    assert_int_equal(e.kind, ERR_LOCKED);
    assert_non_null(strstr(e.cause, "page 0 at 0x08000000 is write-protected by WRP1B"));
    assert_int_equal(erased(), 0);
    for (unsigned i = 0; i < e.n_seen; i++)
        assert_null(strstr(e.seen[i], "FLASH_SR")); /* nothing is shown that was not read */
}

static void a_write_that_is_silently_not_done_is_found(void **state)
{
    struct boot b = { 0 };
    struct want w = { 0 };
    struct plan p = { 0 };
    const struct plan_choices c = { .no_save = true };

    e = (struct err){ 0 };
    assert_true(boot_open(&b, &f.usb, &e) && session_open_road(&s, &road_dfu, &b.chip, &b, &e));
    assert_true(want_from_image(&w, s.chip.device, s.chip.flash_bytes, &im, &e));
    assert_true(session_take(&s, &e) && session_compare(&s, &w, false, &e) && session_plan(&s, &p, &w, &c, &e));
    fake_set_option(&f, FAKE_WRP1AR, 3 << 16 | 3); /* behind our back */
    assert_false(session_execute(&s, &p, "flash", &e));
    assert_int_equal(e.kind, ERR_VERIFY);
    assert_non_null(strstr(e.cause, "0x08001800"));
    assert_non_null(session_abandon(&s));
    plan_free(&p);
    want_free(&w);
    session_close(&s);
    boot_close(&b);
}

static void readout_protection_is_named_with_its_way_out(void **state)
{
    fake_set_option(&f, FAKE_OPTR, 0xFFFFFEBB);
    assert_false(flash_job(&f, &im, &s, &in_order, &e));
    assert_int_equal(e.kind, ERR_LOCKED);
    assert_non_null(strstr(e.hint, "dfu unprotect"));
    assert_true(in_order);
}

static void the_size_register_is_believed_more_than_the_layout(void **state)
{
    put_le16(f.engineering + 0x2A0, 64);
    assert_false(flash_job(&f, &im, &s, &in_order, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.cause, "too big"));
    fake_dfu_begin(&f);
    f.no_engineering = true;
    expect_flashed();
    assert_false(s.chip.flash_size_read);
    assert_int_equal(s.chip.flash_bytes, 256 * 1024);
    assert_false(s.chip.uid_read);
}

static bool options_job(const char *assignment, struct look *after)
{
    struct boot b = { 0 };
    uint32_t wanted[LOOK_OPTIONS];
    bool ok;

    e = (struct err){ 0 };
    s = (struct session){ 0 };
    ok = boot_open(&b, &f.usb, &e) && session_open_road(&s, &road_dfu, &b.chip, &b, &e);
    if (ok) {
        option_start(wanted, &s.look);
        ok = option_assign(wanted, s.chip.device, assignment, &e) && session_take(&s, &e) &&
             option_write(&s, wanted, &(struct option_choices){ 0 }, &e);
        *after = s.look;
        if (!ok)
            session_abandon(&s);
    }
    session_close(&s);
    boot_close(&b);
    return ok;
}

static void option_words_are_written_as_a_block_loaded_and_checked(void **state)
{
    struct look l;

    put_le32(f.options + 0x68, 0x12345678); /* what is not ours goes back as it was */
    assert_true(options_job("WRP1B_STRT=5", &l));
    assert_int_equal(fake_option(&f, FAKE_WRP1BR), 5);
    assert_int_equal(get_le32(f.options + 0x68), 0x12345678);
    assert_int_equal(l.option[2], 5);
    assert_false(s.unchecked);
}

static void words_that_cannot_be_looked_at_again_are_called_that(void **state)
{
    struct look l;

    f.comes_back = false;
    assert_true(options_job("WRP1B_STRT=5", &l));
    assert_true(s.unchecked);
}

static void level_2_and_boot_lock_are_never_written(void **state)
{
    struct look l;

    assert_false(options_job("RDP=0xCC", &l));
    assert_int_equal(e.kind, ERR_REFUSED);
    fake_set_option(&f, FAKE_SECR, 0xB4010000);
    assert_false(options_job("RDP=0xBB", &l));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_int_equal(f.downloads, 0);
}

static void unprotecting_erases_and_comes_back(void **state)
{
    struct boot b;
    bool back;

    e = (struct err){ 0 };
    memset(f.flash, 0, 64);
    fake_set_option(&f, FAKE_OPTR, 0xFFFFFEBB);
    assert_true(boot_open(&b, &f.usb, &e));
    assert_true(b.locked);
    assert_true(boot_unprotect(&b, &back, &e));
    assert_true(back);
    assert_false(b.locked);
    assert_true(b.chip.uid_read);
    assert_int_equal(f.flash[0], 0xFF);
    boot_close(&b);
}

static void all_of_the_flash_is_erased_in_one_operation(void **state)
{
    struct boot b;
    struct want w = { 0 };
    struct plan p = { 0 };
    const struct plan_choices c = { .no_save = true, .erase = true };

    e = (struct err){ 0 };
    memset(f.flash, 0, sizeof f.flash);
    assert_true(boot_open(&b, &f.usb, &e) && session_open_road(&s, &road_dfu, &b.chip, &b, &e));
    assert_true(want_blank(&w, s.chip.device, s.chip.flash_bytes, FAKE_BASE, s.chip.flash_bytes, &e));
    assert_true(session_take(&s, &e) && session_compare(&s, &w, false, &e) && session_plan_erase_all(&s, &p, &w, &c, &e));
    assert_true(session_execute(&s, &p, "erase", &e) && session_finish(&s, false, &e));
    assert_int_equal(f.mass_erases, 1);
    assert_int_equal(erased(), 0);
    assert_int_equal(f.flash[sizeof f.flash - 1], 0xFF);
    assert_int_equal(f.left, 0);
    plan_free(&p);
    want_free(&w);
    session_close(&s);
    boot_close(&b);
}

static void quirks_make_no_difference(void **state)
{
    static const unsigned polls[] = { 0, 1, 100, 104 }, sizes[] = { 1024, 2048, 512 };

    for (unsigned i = 0; i < 4 * 3 * 4; i++) {
        fake_dfu_begin(&f);
        f.poll_ms = polls[i % 4];
        f.transfer_bytes = sizes[i / 4 % 3];
        f.stalls_clrstatus = i / 12 & 1;
        f.silent_leave = i / 12 & 2;
        f.state = DFU_ERROR;
        expect_flashed();
        assert_int_equal(f.left, 1);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(int argc, char **argv)
{
    every = argc > 1 && strcmp(argv[1], "all") == 0;

    const struct CMUnitTest tests[] = {
        T(an_image_is_programmed_proved_and_started),
        T(a_blank_chip_is_not_erased),
        T(unless_all_pages_are_blank_all_that_are_written_are_erased),
        T(what_reads_as_blank_and_takes_no_program_is_erased_after_all),
        T(what_differs_is_not_read_to_its_end),
        T(the_same_again_touches_nothing),
        T(one_changed_page_is_the_only_one_erased),
        T(other_bytes_of_a_touched_page_are_kept),
        T(unplugged_anywhere_no_half_program_can_start_and_the_same_again_finishes),
        T(a_write_protected_page_is_refused_before_anything_is_touched),
        T(a_write_that_is_silently_not_done_is_found),
        T(readout_protection_is_named_with_its_way_out),
        T(the_size_register_is_believed_more_than_the_layout),
        T(option_words_are_written_as_a_block_loaded_and_checked),
        T(words_that_cannot_be_looked_at_again_are_called_that),
        T(level_2_and_boot_lock_are_never_written),
        T(unprotecting_erases_and_comes_back),
        T(all_of_the_flash_is_erased_in_one_operation),
        T(quirks_make_no_difference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
