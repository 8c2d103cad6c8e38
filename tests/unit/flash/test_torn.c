/* test_torn.c - what a reset or a power cut in the middle of an operation leaves, and that all of it can be repaired. */
#include "rig.h"

static unsigned ones(uint64_t v) { return (unsigned)__builtin_popcountll(v); }

static void cut_program_leaves_part_of_the_bits(void **state)
{
    struct rig *r = *state;
    uint8_t bytes[8];

    start_program(r, BASE, 0);
    pass(r, flash_times(r->f)->double_word / 2);
    flash_reset(r->f);
    assert_string_equal(r->kind, "torn");
    assert_string_equal(r->note, "program in page 0: cut off");
    assert_int_equal(sr(r), 0);
    assert_true(flash_peek(r->f, BASE, bytes, 8));
    assert_in_range(ones(peek64(r, BASE)), 10, 54);
    assert_int_equal(program(r, BASE, 1), FLAG(PROGERR));
    clear_errors(r);
    assert_int_equal(program(r, BASE, 0), 0);
    clear_errors(r);
    assert_int_equal(erase_page(r, 0), 0);
    assert_int_equal(program(r, BASE, 1), 0);
    assert_int_equal(word_at(r, BASE), 1);
    assert_int_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void torn_word_is_an_ecc_error_on_read(void **state)
{
    struct rig *r = *state;

    start_program(r, BASE, 0);
    pass(r, flash_times(r->f)->double_word / 2);
    flash_power_off(r->f);
    flash_load_options(r->f);
    word_at(r, BASE);
    assert_int_not_equal(reg_read(r, U0_FLASH_ECCR) & (BITS(U0_FLASH_ECCR_ECCC) | BITS(U0_FLASH_ECCR_ECCD)), 0);
}

static void cut_at_the_first_moment_changes_nothing(void **state)
{
    struct rig *r = *state;

    start_program(r, BASE, 0);
    flash_reset(r->f);
    assert_int_equal(program(r, BASE, 1), 0);
}

static void operation_that_ended_in_time_is_whole(void **state)
{
    struct rig *r = *state;

    start_program(r, BASE, 0x1234);
    r->now_ps += flash_times(r->f)->double_word; /* nobody called flash_event yet */
    flash_reset(r->f);
    assert_true(peek64(r, BASE) == 0x1234);
    assert_int_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void half_a_double_word_leaves_no_trace(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE, 0);
    flash_reset(r->f);
    assert_int_equal(program(r, BASE, 1), 0);
}

static void cut_erase_leaves_a_mixture_in_that_page_only(void **state)
{
    struct rig *r = *state;
    unsigned left = 0;

    poke_fill(r, BASE, 3 * PAGE, 0);
    start_page_erase(r, 1);
    pass(r, flash_times(r->f)->page_erase / 2);
    flash_reset(r->f);
    assert_string_equal(r->note, "erase of page 1: cut off");
    for (uint32_t at = 0; at < PAGE; at += 8) {
        assert_true(peek64(r, BASE + at) == 0 && peek64(r, BASE + 2 * PAGE + at) == 0);
        left += 64 - ones(peek64(r, BASE + PAGE + at));
    }
    assert_in_range(left, 64 * 256 / 4, 64 * 256 * 3 / 4);
    assert_int_equal(erase_page(r, 1), 0);
    assert_true(peek64(r, BASE + PAGE) == UINT64_MAX);
    assert_int_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void cut_mass_erase_touches_all_pages_but_not_otp(void **state)
{
    struct rig *r = *state;
    size_t pages;

    flash_use(r->f, &pages);
    poke_fill(r, BASE, 8, 0);
    poke_fill(r, BASE + (uint32_t)pages * PAGE - 8, 8, 0);
    poke64(r, r->otp, 5);
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(MER1) | CRBIT(STRT));
    pass(r, flash_times(r->f)->mass_erase / 2);
    flash_reset(r->f);
    assert_in_range(ones(peek64(r, BASE)), 5, 60);
    assert_in_range(ones(peek64(r, BASE + (uint32_t)pages * PAGE - 8)), 5, 60);
    assert_true(peek64(r, r->otp) == 5);
    assert_int_equal(mass_erase(r), 0);
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
}

static void cut_fast_row_tears_one_double_word_only(void **state)
{
    struct rig *r = *state;
    const struct flash_times *t = flash_times(r->f);

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    for (uint32_t i = 0; i < 6; i++)
        store(r, BASE + 4 * i, 0);
    pass(r, t->fast_double_word / 2);
    flash_reset(r->f);
    assert_true(peek64(r, BASE) == 0 && peek64(r, BASE + 8) == 0);
    assert_in_range(ones(peek64(r, BASE + 16)), 5, 60);
    assert_true(peek64(r, BASE + 24) == UINT64_MAX);
}

static void same_seed_tears_alike_and_another_differs(void **state)
{
    struct rig *r = *state;
    uint64_t seen[3];

    for (unsigned i = 0; i < 3; i++) {
        erase_page(r, 0);
        flash_set_seed(r->f, i < 2 ? 42 : 43);
        start_program(r, BASE, 0);
        pass(r, flash_times(r->f)->double_word / 2);
        flash_reset(r->f);
        seen[i] = peek64(r, BASE);
    }
    assert_true(seen[0] == seen[1]);
    assert_true(seen[0] != seen[2]);
}

static void two_tears_in_a_row_differ(void **state)
{
    struct rig *r = *state;
    uint64_t seen[2];

    for (unsigned i = 0; i < 2; i++) {
        erase_page(r, 0);
        start_program(r, BASE, 0);
        pass(r, flash_times(r->f)->double_word / 2);
        flash_reset(r->f);
        seen[i] = peek64(r, BASE);
    }
    assert_true(seen[0] != seen[1]);
}

/* ---- options ---- */

/* Each cut ends in the old options, the new ones, or a mismatch that reads as level 1; never in a level nobody wrote; and it can be
 * repaired by writing the options again. */
static void no_cut_of_an_option_write_invents_a_level(void **state)
{
    struct rig *r = *state;
    const uint64_t whole_ps = flash_times(r->f)->option_page_erase + 12 * flash_times(r->f)->double_word;
    unsigned mismatches = 0;

    for (unsigned cut = 0; cut <= 200; cut++) {
        const uint32_t secr = flash_option(r->f, U0_FLASH_SECR);
        uint32_t optr;

        unlock_options(r);
        reg_write(r, U0_FLASH_OPTR, 0xFBFFFEAA);
        reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
        pass(r, cut < 100 ? whole_ps * cut / 100 : whole_ps - 12 * flash_times(r->f)->double_word + (cut - 100) * 10 * PS_PER_US);
        reload(r);
        optr = reg_read(r, U0_FLASH_OPTR);
        if (errors(r) & FLAG(OPTVERR)) {
            mismatches++;
            assert_true(optr == 0xFFFFFEAA || optr == 0xFBFFFEAA || optr == 0xFFFFFEFF);
        } else
            assert_true(optr == 0xFFFFFEAA || optr == 0xFBFFFEAA);
        assert_int_not_equal(flash_rdp_level(r->f), 2);

        unlock_options(r);
        reg_write(r, U0_FLASH_SECR, secr);
        write_option(r, U0_FLASH_OPTR, 0xFFFFFEAA);
        reload(r);
        assert_int_equal(errors(r), 0);
        assert_int_equal(reg_read(r, U0_FLASH_OPTR), 0xFFFFFEAA);
    }
    assert_in_range(mismatches, 50, 200);
}

static void cut_regression_stays_at_level_1_and_can_be_repeated(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, 8, 0);
    set_rdp(r, 0xBB);
    unlock_options(r);
    reg_write(r, U0_FLASH_OPTR, 0xFFFFFEAA);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    pass(r, flash_times(r->f)->mass_erase / 2);
    reload(r);
    assert_int_equal(errors(r), 0); /* options not touched yet */
    assert_int_equal(flash_rdp_level(r->f), 1);
    assert_in_range(ones(peek64(r, BASE)), 5, 60);

    unlock_options(r);
    reg_write(r, U0_FLASH_OPTR, 0xFFFFFEAA);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    pass(r, flash_times(r->f)->mass_erase + flash_times(r->f)->option_page_erase / 2);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 1);
    assert_int_equal(errors(r), FLAG(OPTVERR));
    assert_true(peek64(r, BASE) == UINT64_MAX);

    assert_int_equal(write_option(r, U0_FLASH_OPTR, 0xFFFFFEAA), FLAG(OPTVERR));
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(cut_program_leaves_part_of_the_bits),          ON_BOTH(torn_word_is_an_ecc_error_on_read),
        ON_BOTH(cut_at_the_first_moment_changes_nothing),      ON_BOTH(operation_that_ended_in_time_is_whole),
        ON_BOTH(half_a_double_word_leaves_no_trace),           ON_BOTH(cut_erase_leaves_a_mixture_in_that_page_only),
        ON_BOTH(cut_mass_erase_touches_all_pages_but_not_otp), ON_BOTH(cut_fast_row_tears_one_double_word_only),
        ON_BOTH(same_seed_tears_alike_and_another_differs),    ON_BOTH(two_tears_in_a_row_differ),
        ON_BOTH(no_cut_of_an_option_write_invents_a_level),    ON_BOTH(cut_regression_stays_at_level_1_and_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
