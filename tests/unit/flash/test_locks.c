/* test_locks.c - keys, locks, and writes to CR at the wrong time (RM0503 3.3.6). */
#include "rig.h"

static void keys_in_order_open_the_flash(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_KEYR, KEY1);
    assert_true(cr(r) & CRBIT(LOCK));
    reg_write(r, U0_FLASH_KEYR, KEY2);
    assert_int_equal(cr(r), CRBIT(OPTLOCK));
}

static void wrong_first_key_is_a_bus_error_and_locks_until_reset(void **state)
{
    struct rig *r = *state;

    assert_false(try_write(r, U0_FLASH_KEYR, 4, 0x12345678));
    assert_string_equal(r->note, "key to KEYR: bus error, locked until reset (wrong key)");
    assert_true(try_write(r, U0_FLASH_KEYR, 4, KEY1));
    assert_true(try_write(r, U0_FLASH_KEYR, 4, KEY2));
    assert_true(cr(r) & CRBIT(LOCK));
    flash_reset(r->f);
    unlock(r);
}

static void wrong_second_key_locks_until_reset(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_KEYR, KEY1);
    assert_false(try_write(r, U0_FLASH_KEYR, 4, KEY1));
    assert_true(try_write(r, U0_FLASH_KEYR, 4, KEY2));
    assert_true(cr(r) & CRBIT(LOCK));
}

static void keys_to_an_open_flash_lock_it_until_reset(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    assert_false(try_write(r, U0_FLASH_KEYR, 4, KEY1));
    assert_int_equal(cr(r) & (CRBIT(LOCK) | CRBIT(OPTLOCK)), CRBIT(LOCK) | CRBIT(OPTLOCK));
    try_write(r, U0_FLASH_KEYR, 4, KEY1);
    try_write(r, U0_FLASH_KEYR, 4, KEY2);
    assert_true(cr(r) & CRBIT(LOCK));
}

static void a_key_in_halves_is_a_wrong_key(void **state)
{
    struct rig *r = *state;

    assert_false(try_write(r, U0_FLASH_KEYR, 2, KEY1 & 0xFFFF));
}

static void option_keys_need_an_open_flash(void **state)
{
    struct rig *r = *state;

    assert_false(try_write(r, U0_FLASH_OPTKEYR, 4, OPTKEY1));
    unlock(r);
    try_write(r, U0_FLASH_OPTKEYR, 4, OPTKEY1);
    try_write(r, U0_FLASH_OPTKEYR, 4, OPTKEY2);
    assert_true(cr(r) & CRBIT(OPTLOCK));
    flash_reset(r->f);
    unlock_options(r);
    assert_int_equal(cr(r), 0);
}

static void wrong_option_key_leaves_the_flash_open(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_OPTKEYR, OPTKEY1);
    assert_false(try_write(r, U0_FLASH_OPTKEYR, 4, OPTKEY1));
    assert_int_equal(cr(r), CRBIT(OPTLOCK));
    assert_int_equal(erase_page(r, 0), 0);
}

static void lock_closes_the_options_too(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(LOCK));
    assert_int_equal(cr(r), CRBIT(LOCK) | CRBIT(OPTLOCK));
    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTLOCK));
    assert_int_equal(cr(r), CRBIT(OPTLOCK));
}

static void locks_are_only_set_by_software(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_CR, 0);
    assert_int_equal(cr(r), 0xC0000000);
    unlock(r);
    reg_write(r, U0_FLASH_CR, 0);
    assert_int_equal(cr(r), CRBIT(OPTLOCK));
}

static void locked_cr_ignores_writes(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 1);
    reg_write(r, U0_FLASH_CR, CRBIT(PER) | CRBIT(STRT));
    assert_int_equal(cr(r), 0xC0000000);
    assert_false(flash_busy(r->f));
    assert_true(peek64(r, BASE) == 1);
}

static void keys_read_as_zero(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_KEYR, KEY1);
    assert_int_equal(reg_read(r, U0_FLASH_KEYR), 0);
    assert_int_equal(reg_read(r, U0_FLASH_OPTKEYR), 0);
}

static void obl_launch_needs_open_options_and_stays_until_the_reset(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OBL_LAUNCH));
    assert_int_equal(r->launches, 0);
    assert_false(cr(r) & CRBIT(OBL_LAUNCH));
    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OBL_LAUNCH));
    assert_int_equal(r->launches, 1);
    reg_write(r, U0_FLASH_CR, 0);
    assert_true(cr(r) & CRBIT(OBL_LAUNCH));
    reload(r);
    assert_int_equal(cr(r), 0xC0000000);
}

static void reset_inside_obl_launch_is_survived(void **state)
{
    struct rig *r = *state;

    r->auto_reload = true;
    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OBL_LAUNCH));
    assert_int_equal(r->launches, 1);
    assert_int_equal(cr(r), 0xC0000000);
}

static void cr_write_while_busy_stalls_until_done_and_then_counts(void **state)
{
    struct rig *r = *state;
    uint64_t done_ps;

    start_page_erase(r, 0);
    assert_true(flash_reg_write(r->f, U0_FLASH_CR, 4, FLASH_CPU, CRBIT(PG), &done_ps));
    assert_true(done_ps == flash_next_ps(r->f));
    assert_true(cr(r) & CRBIT(PER));
    pass(r, done_ps - r->now_ps);
    assert_int_equal(cr(r), CRBIT(PG) | CRBIT(OPTLOCK));
    assert_int_equal(errors(r), 0);
}

static void cr_write_after_half_a_double_word_is_a_bus_error(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE, 1);
    assert_int_equal(sr(r), FLAG(CFGBSY));
    assert_false(try_write(r, U0_FLASH_CR, 4, 0));
    assert_false(try_write(r, U0_FLASH_CR, 2, 0));
    assert_true(cr(r) & CRBIT(PG));
    flash_reset(r->f);
    assert_int_equal(sr(r), 0);
    assert_int_equal(erase_page(r, 0), 0);
}

static void sr_can_be_read_and_cleared_while_busy(void **state)
{
    struct rig *r = *state;
    uint64_t done_ps;

    unlock(r);
    store(r, BASE, 1);
    store(r, BASE + 4, 1);
    clear_errors(r);
    start_page_erase(r, 0);
    assert_int_equal(sr(r), FLAG(BSY1) | FLAG(CFGBSY));
    assert_true(flash_reg_write(r->f, U0_FLASH_SR, 4, FLASH_CPU, 0xFFFFFFFF, &done_ps));
    assert_true(done_ps == r->now_ps);
    assert_int_equal(sr(r), FLAG(BSY1) | FLAG(CFGBSY)); /* hardware's own */
}

static void first_word_to_locked_flash_sets_cfgbsy_until_the_second(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 8, 1);
    assert_int_equal(sr(r), FLAG(CFGBSY) | FLAG(PGSERR));
    unlock(r); /* keys are not in the way */
    assert_false(try_write(r, U0_FLASH_CR, 4, CRBIT(PG)));
    store(r, BASE + 12, 1);
    assert_int_equal(sr(r), FLAG(PGSERR));
    assert_true(peek64(r, BASE + 8) == UINT64_MAX);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    assert_true(cr(r) & CRBIT(PG));
}

static void only_the_missing_word_ends_cfgbsy_of_locked_flash(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 8, 1);
    store(r, BASE + 16, 1);
    assert_int_equal(sr(r), FLAG(CFGBSY) | FLAG(PGSERR) | FLAG(PGAERR));
    store(r, BASE + 12, 1);
    assert_int_equal(sr(r), FLAG(PGSERR) | FLAG(PGAERR));
}

static void narrow_writes_reach_their_lanes(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(EOPIE));
    assert_true(try_write(r, U0_FLASH_CR, 2, 0)); /* Black Magic clears PG so */
    assert_int_equal(cr(r), CRBIT(EOPIE) | CRBIT(OPTLOCK));
    assert_true(try_write(r, U0_FLASH_CR + 3, 1, 0x80));
    assert_int_equal(cr(r), 0xC0000000);
    assert_true(try_write(r, U0_FLASH_ACR, 1, 2));
    assert_int_equal(reg_read(r, U0_FLASH_ACR) & 0xFFFF, 0x0602);
    assert_int_equal(flash_latency(r->f), 2);
}

static void narrow_reads_see_their_lanes(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    assert_true(flash_reg_read(r->f, U0_FLASH_CR + 3, 1, FLASH_CPU, &value) && value == 0xC0);
    assert_true(flash_reg_read(r->f, U0_FLASH_OPTR + 2, 2, FLASH_CPU, &value) && value == 0xFFFF);
}

static void cache_reset_needs_the_cache_off(void **state)
{
    struct rig *r = *state;
    const uint32_t icrst = BITS(U0_FLASH_ACR_ICRST), icen = BITS(U0_FLASH_ACR_ICEN);

    reg_write(r, U0_FLASH_ACR, 0x00040600 | icrst);
    assert_false(reg_read(r, U0_FLASH_ACR) & icrst);
    reg_write(r, U0_FLASH_ACR, 0x00040600 & ~icen);
    reg_write(r, U0_FLASH_ACR, (0x00040600 & ~icen) | icrst);
    assert_int_equal(reg_read(r, U0_FLASH_ACR), (0x00040600 & ~icen) | icrst);
}

static void reserved_registers_read_zero_and_ignore_writes(void **state)
{
    struct rig *r = *state;

    reg_write(r, 0x200, 0xFFFFFFFF);
    assert_int_equal(reg_read(r, 0x200), 0);
    reg_write(r, 0x04, 0xFFFFFFFF);
    assert_int_equal(reg_read(r, 0x04), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(keys_in_order_open_the_flash),
        ON_BOTH(wrong_first_key_is_a_bus_error_and_locks_until_reset),
        ON_BOTH(wrong_second_key_locks_until_reset),
        ON_BOTH(keys_to_an_open_flash_lock_it_until_reset),
        ON_BOTH(a_key_in_halves_is_a_wrong_key),
        ON_BOTH(option_keys_need_an_open_flash),
        ON_BOTH(wrong_option_key_leaves_the_flash_open),
        ON_BOTH(lock_closes_the_options_too),
        ON_BOTH(locks_are_only_set_by_software),
        ON_BOTH(locked_cr_ignores_writes),
        ON_BOTH(keys_read_as_zero),
        ON_BOTH(obl_launch_needs_open_options_and_stays_until_the_reset),
        ON_BOTH(reset_inside_obl_launch_is_survived),
        ON_BOTH(cr_write_while_busy_stalls_until_done_and_then_counts),
        ON_BOTH(cr_write_after_half_a_double_word_is_a_bus_error),
        ON_BOTH(sr_can_be_read_and_cleared_while_busy),
        ON_BOTH(first_word_to_locked_flash_sets_cfgbsy_until_the_second),
        ON_BOTH(only_the_missing_word_ends_cfgbsy_of_locked_flash),
        ON_BOTH(narrow_writes_reach_their_lanes),
        ON_BOTH(narrow_reads_see_their_lanes),
        ON_BOTH(cache_reset_needs_the_cache_off),
        ON_BOTH(reserved_registers_read_zero_and_ignore_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
