/* test_lies.c - a device that lies: any answer to any transfer, by seed. Whatever it says: no crash, an end in bounded time, and no
 * success that is none. */
#include "boot_test.h"

enum { SEEDS = 3000, SEEDS_LONG = 100000, LIMIT_S = 1800, TRANSFERS_MAX = 400000 };

static struct fake_dfu f;
static struct image im;
static bool all; /* the long run */

static void lie_through_a_flash(uint64_t seed, unsigned *good)
{
    static const unsigned rates[] = { 2, 5, 20, 100, 400 };
    struct session s;
    struct err e;
    bool in_order;

    fake_dfu_begin(&f);
    f.dice = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    f.lies = rates[seed % 5];
    f.poll_ms = seed & 1 ? 3 : 0;
    f.transfer_bytes = seed & 2 ? 1024 : 2048;
    if (flash_job(&f, &im, &s, &in_order, &e)) {
        assert_true(holds(&f, &im));
        (*good)++;
    } else {
        assert_true(e.kind != ERR_NONE && e.kind != ERR_BUG && e.cause[0]);
    }
    assert_true(f.now_us < LIMIT_S * UINT64_C(1000000));
    assert_true(f.transfers < TRANSFERS_MAX);
}

static void lie_through_the_options(uint64_t seed)
{
    struct boot b = { 0 };
    struct session s = { 0 };
    uint32_t wanted[LOOK_OPTIONS];
    struct err e = { 0 };
    bool back, ok;

    fake_dfu_begin(&f);
    f.dice = seed * UINT64_C(0x9E3779B97F4A7C15) + 7;
    f.lies = (unsigned)(3 + seed % 30);
    if (seed & 1)
        fake_set_option(&f, FAKE_OPTR, 0xFFFFFEBB);
    if (boot_open(&b, &f.usb, &e) && session_open_road(&s, &road_dfu, &b.chip, &b, &e)) {
        option_start(wanted, &s.look);
        ok = option_assign(wanted, s.chip.device, "WRP1B_STRT=9", &e) && session_take(&s, &e) &&
             option_write(&s, wanted, &(struct option_choices){ 0 }, &e);
        assert_true(!ok || s.unchecked || (fake_option(&f, FAKE_WRP1BR) & 0x7F) == 9);
        assert_true((fake_option(&f, FAKE_OPTR) & 0xFF) != 0xCC);
        session_abandon(&s);
    } else if (b.d.usb) {
        boot_unprotect(&b, &back, &e);
    }
    session_close(&s);
    boot_close(&b);
    assert_true(f.now_us < LIMIT_S * UINT64_C(1000000));
}

static void sweep(uint64_t seeds)
{
    unsigned good = 0;

    make_image(&im, 5000, 3);
    for (uint64_t seed = 0; seed < seeds; seed++) {
        lie_through_a_flash(seed, &good);
        lie_through_the_options(seed);
    }
    assert_true(good > seeds / 100); /* it lies seldom enough for some to succeed: the test can fail */
    image_free(&im);
}

static void whatever_it_says_there_is_an_end_and_no_false_success(void **state) { sweep(all ? SEEDS_LONG : SEEDS); }

int main(int argc, char **argv)
{
    all = argc > 1 && strcmp(argv[1], "all") == 0;

    const struct CMUnitTest tests[] = { cmocka_unit_test(whatever_it_says_there_is_an_end_and_no_false_success) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
