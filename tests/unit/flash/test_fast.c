/* test_fast.c - fast rows: 64 words without a pause into what was erased last (RM0444 3.3.8). */
#include "rig.h"

enum { ROW = 256 };

static void row_is_programmed_faster_than_its_words(void **state)
{
    struct rig *r = *state;
    uint64_t from;

    erase_page(r, 1);
    from = r->now_ps;
    assert_int_equal(program_row(r, BASE + PAGE, 1000), 0);
    assert_true(r->now_ps - from < 32 * flash_times(r->f)->double_word);
    assert_true(r->now_ps - from >= 32 * flash_times(r->f)->fast_double_word);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(word_at(r, BASE + PAGE + 4 * i), 1000 + i);
    assert_int_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void rows_of_a_page_follow_each_other(void **state)
{
    struct rig *r = *state;

    erase_page(r, 1);
    for (uint32_t row = 0; row < 8; row++)
        assert_int_equal(program_row(r, BASE + PAGE + row * ROW, row), 0);
    assert_int_equal(word_at(r, BASE + 2 * PAGE - 4), 7 + 63);
}

static void bsy1_holds_for_the_whole_row(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    assert_int_equal(sr(r), FLAG(CFGBSY));
    store(r, BASE + 4, 1);
    pass(r, flash_times(r->f)->fast_double_word + PS_PER_US);
    assert_int_equal(sr(r), FLAG(BSY1) | FLAG(CFGBSY));
}

static void after_a_mass_erase_any_row_will_do_upwards(void **state)
{
    struct rig *r = *state;

    mass_erase(r);
    assert_int_equal(program_row(r, BASE + 5 * PAGE + ROW, 1), 0);
    assert_int_equal(program_row(r, BASE + 6 * PAGE, 1), 0);
    assert_int_equal(program_row(r, BASE + 5 * PAGE, 1) & FLAG(PGSERR), FLAG(PGSERR));
    assert_int_equal(word_at(r, BASE + 5 * PAGE), 0xFFFFFFFF);
}

static void row_outside_the_last_erased_page_gives_0x2a0(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    erase_page(r, 1);
    assert_int_equal(program_row(r, BASE, 1), 0x2A0); /* as owners of G0B1 report */
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
    clear_errors(r);
    assert_int_equal(program_row(r, BASE + PAGE, 1), 0);
}

static void reset_forgets_what_was_erased(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    flash_reset(r->f);
    assert_int_equal(program_row(r, BASE, 1), 0x2A0);
}

static void row_must_start_at_its_start(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE + 8, 1);
    assert_int_equal(sr(r), FLAG(PGAERR));
}

static void word_out_of_order_aborts_the_row_and_keeps_what_is_done(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    for (uint32_t i = 0; i < 4; i++)
        store(r, BASE + 4 * i, i);
    store(r, BASE + 24, 1);
    assert_int_equal(sr(r), FLAG(PGAERR) | FLAG(FASTERR));
    assert_int_equal(word_at(r, BASE + 12), 3);
    assert_int_equal(word_at(r, BASE + 24), 0xFFFFFFFF);
}

static void half_word_aborts_the_row(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    assert_true(try_store(r, BASE + 4, 2, FLASH_DEBUG, 1));
    assert_int_equal(sr(r), FLAG(SIZERR) | FLAG(FASTERR));
}

static void late_double_word_is_a_miss(void **state)
{
    struct rig *r = *state;
    const struct flash_times *t = flash_times(r->f);

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    store(r, BASE + 4, 2);
    pass(r, t->fast_double_word + t->fast_gap - 1);
    assert_int_equal(errors(r), 0);
    pass(r, 1);
    assert_int_equal(sr(r), FLAG(MISERR) | FLAG(FASTERR));
    assert_int_equal(word_at(r, BASE + 4), 2);
}

static void late_second_word_of_the_row_times_out(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    assert_true(flash_next_ps(r->f) == r->now_ps + flash_times(r->f)->fast_limit);
    pass(r, flash_times(r->f)->fast_limit);
    assert_int_equal(sr(r), FLAG(FASTERR));
    reg_write(r, U0_FLASH_CR, 0); /* CFGBSY has fallen */
}

static void a_reader_starves_the_row(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    store(r, BASE + 4, 2);
    word_at(r, BASE + PAGE); /* the bus stalls until the row is over */
    assert_int_equal(sr(r), FLAG(MISERR) | FLAG(FASTERR));
}

static void cr_write_in_a_row_stalls_until_the_row_is_over(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE, 1);
    store(r, BASE + 4, 2);
    reg_write(r, U0_FLASH_CR, 0);
    assert_int_equal(sr(r), FLAG(MISERR) | FLAG(FASTERR));
    assert_false(cr(r) & CRBIT(FSTPG));
}

static void slow_hclk_cannot_program_rows(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    r->hclk_hz = 4000000;
    assert_int_equal(program_row(r, BASE, 1) & (FLAG(MISERR) | FLAG(FASTERR)), FLAG(MISERR) | FLAG(FASTERR));
    clear_errors(r);
    r->hclk_hz = 8000000;
    assert_int_equal(program_row(r, BASE, 1), 0);
}

static void protected_row_is_refused(void **state)
{
    struct rig *r = *state;

    erase_page(r, 2);
    assert_true(flash_store_option(r->f, U0_FLASH_WRP1AR, 2 << 16 | 2));
    flash_load_options(r->f);
    assert_int_equal(program_row(r, BASE + 2 * PAGE, 1) & (FLAG(WRPERR) | FLAG(FASTERR)), FLAG(WRPERR) | FLAG(FASTERR));
    assert_int_equal(word_at(r, BASE + 2 * PAGE), 0xFFFFFFFF);
}

static void used_cells_are_not_checked_and_spoil_the_ecc(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    program(r, BASE, 0x00FF00FF00FF00FF);
    assert_int_equal(program_row(r, BASE, 0x12345678), 0);
    assert_int_equal(word_at(r, BASE) & 0xFF00FF00u, 0);
    assert_int_not_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void pg_beside_fstpg_is_a_sequence_error(void **state)
{
    struct rig *r = *state;

    erase_page(r, 0);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG) | CRBIT(PG));
    store(r, BASE, 1);
    assert_int_equal(errors(r), FLAG(PGSERR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(row_is_programmed_faster_than_its_words),
        ON_BOTH(rows_of_a_page_follow_each_other),
        ON_BOTH(bsy1_holds_for_the_whole_row),
        ON_BOTH(after_a_mass_erase_any_row_will_do_upwards),
        ON_BOTH(row_outside_the_last_erased_page_gives_0x2a0),
        ON_BOTH(reset_forgets_what_was_erased),
        ON_BOTH(row_must_start_at_its_start),
        ON_BOTH(word_out_of_order_aborts_the_row_and_keeps_what_is_done),
        ON_BOTH(half_word_aborts_the_row),
        ON_BOTH(late_double_word_is_a_miss),
        ON_BOTH(late_second_word_of_the_row_times_out),
        ON_BOTH(a_reader_starves_the_row),
        ON_BOTH(cr_write_in_a_row_stalls_until_the_row_is_over),
        ON_BOTH(slow_hclk_cannot_program_rows),
        ON_BOTH(protected_row_is_refused),
        ON_BOTH(used_cells_are_not_checked_and_spoil_the_ecc),
        ON_BOTH(pg_beside_fstpg_is_a_sequence_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
