/* test_basics.c - erase, program, read: what works when everything is done as the manual says, and how long it takes. */
#include "rig.h"

static void new_flash_is_erased_with_factory_options(void **state)
{
    struct rig *r = *state;

    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
    assert_int_equal(reg_read(r, U0_FLASH_OPTR), 0xFFFFFEAA);
    assert_int_equal(reg_read(r, U0_FLASH_WRP1AR), 0x7F);
    assert_int_equal(cr(r), 0xC0000000);
    assert_int_equal(errors(r), 0);
    assert_int_equal(reg_read(r, U0_FLASH_ACR), 0x00050600); /* EMPTY is set */
    assert_true(flash_empty(r->f));
    assert_int_equal(flash_rdp_level(r->f), 0);
}

static void page_is_erased_and_its_neighbours_are_kept(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, 3 * PAGE, 0x5A);
    assert_int_equal(erase_page(r, 1), 0);
    assert_true(peek64(r, BASE + PAGE - 8) == 0x5A5A5A5A5A5A5A5A);
    for (uint32_t at = 0; at < PAGE; at += 8)
        assert_true(peek64(r, BASE + PAGE + at) == UINT64_MAX);
    assert_true(peek64(r, BASE + 2 * PAGE) == 0x5A5A5A5A5A5A5A5A);
}

static void last_page_can_be_erased(void **state)
{
    struct rig *r = *state;
    size_t pages;

    flash_use(r->f, &pages);
    poke64(r, BASE + (uint32_t)pages * PAGE - 8, 1);
    assert_int_equal(erase_page(r, (unsigned)pages - 1), 0);
    assert_true(peek64(r, BASE + (uint32_t)pages * PAGE - 8) == UINT64_MAX);
}

static void double_word_is_programmed_low_word_first(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE + 16, 0x1122334455667788), 0);
    assert_int_equal(word_at(r, BASE + 16), 0x55667788);
    assert_int_equal(word_at(r, BASE + 20), 0x11223344);
    assert_true(peek64(r, BASE + 8) == UINT64_MAX && peek64(r, BASE + 24) == UINT64_MAX);
}

static void bytes_and_half_words_can_be_read(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    poke64(r, BASE + 8, 0x1122334455667788);
    assert_true(try_read(r, BASE + 13, 1, FLASH_CPU, &value) && value == 0x33);
    assert_true(try_read(r, BASE + 14, 2, FLASH_CPU, &value) && value == 0x1122);
}

static void mass_erase_spares_otp_and_options(void **state)
{
    struct rig *r = *state;
    size_t pages;

    flash_use(r->f, &pages);
    poke64(r, BASE, 1);
    poke64(r, BASE + (uint32_t)pages * PAGE - 8, 1);
    assert_int_equal(write_option(r, U0_FLASH_OPTR, 0xFBFFFEAA), 0);
    reload(r);
    assert_int_equal(mass_erase(r), 0);
    assert_true(peek64(r, BASE) == UINT64_MAX && peek64(r, BASE + (uint32_t)pages * PAGE - 8) == UINT64_MAX);
    reload(r);
    assert_int_equal(reg_read(r, U0_FLASH_OPTR), 0xFBFFFEAA);
}

static void operations_take_their_times(void **state)
{
    struct rig *r = *state;
    const struct flash_times *t = flash_times(r->f);
    uint64_t from;

    from = r->now_ps;
    start_page_erase(r, 3);
    assert_true(flash_next_ps(r->f) - from == t->page_erase);
    pass(r, t->page_erase - 1);
    assert_true(flash_busy(r->f));
    pass(r, 1);
    assert_false(flash_busy(r->f));

    from = r->now_ps;
    start_program(r, BASE, 5);
    assert_true(flash_next_ps(r->f) - from == t->double_word);
    until_idle(r);
    from = r->now_ps;
    reg_write(r, U0_FLASH_CR, CRBIT(MER1) | CRBIT(STRT));
    assert_true(flash_next_ps(r->f) - from == t->mass_erase);
    until_idle(r);
    assert_true(flash_next_ps(r->f) == TIME_NEVER);
}

static void contents_change_when_the_operation_ends(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 0x1234);
    start_page_erase(r, 0);
    pass(r, flash_times(r->f)->page_erase - 1);
    assert_true(peek64(r, BASE) == 0x1234);
    pass(r, 1);
    assert_true(peek64(r, BASE) == UINT64_MAX);
}

static void read_while_busy_stalls_and_gives_the_value_after(void **state)
{
    struct rig *r = *state;
    uint64_t done_ps;
    uint32_t value;

    poke64(r, BASE, 0x1234);
    poke64(r, BASE + PAGE, 0x5678);
    start_page_erase(r, 0);
    pass(r, PS_PER_MS);
    assert_true(flash_mem_read(r->f, BASE, 4, FLASH_CPU, &value, &done_ps));
    assert_int_equal(value, 0xFFFFFFFF);
    assert_true(done_ps == flash_next_ps(r->f));
    assert_true(flash_mem_read(r->f, BASE + PAGE, 4, FLASH_CPU, &value, &done_ps));
    assert_int_equal(value, 0x5678);
    until_idle(r);

    start_program(r, BASE, 0x99);
    assert_true(flash_mem_read(r->f, BASE, 4, FLASH_CPU, &value, &done_ps));
    assert_int_equal(value, 0x99);
    assert_true(done_ps == flash_next_ps(r->f));
}

static void system_memory_stalls_while_busy_too(void **state)
{
    struct rig *r = *state;
    uint32_t value, base, bytes;
    uint64_t done_ps;

    assert_non_null(flash_system_window(r->f, &base, &bytes));
    start_page_erase(r, 0);
    assert_true(flash_mem_read(r->f, 0x1FFF0000, 4, FLASH_CPU, &value, &done_ps));
    assert_true(done_ps == flash_next_ps(r->f));
    assert_null(flash_system_window(r->f, &base, &bytes));
}

static void window_is_open_only_while_idle(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;
    size_t pages;
    uint8_t *window;

    flash_use(r->f, &pages);
    poke64(r, BASE + 8, 0x0706050403020100);
    window = flash_window(r->f, &base, &bytes);
    assert_non_null(window);
    assert_int_equal(base, BASE);
    assert_int_equal(bytes, pages * PAGE);
    assert_int_equal(window[10], 2);
    start_page_erase(r, 0);
    assert_null(flash_window(r->f, &base, &bytes));
    until_idle(r);
    assert_non_null(flash_window(r->f, &base, &bytes));
}

static void use_is_counted_per_page(void **state)
{
    struct rig *r = *state;
    size_t pages;
    const struct flash_use *use = flash_use(r->f, &pages);

    erase_page(r, 2);
    erase_page(r, 2);
    program(r, BASE + 2 * PAGE, 1);
    assert_int_equal(use[2].erases, 2);
    assert_int_equal(use[2].programs, 1);
    mass_erase(r);
    assert_int_equal(use[2].erases, 3);
    assert_int_equal(use[0].erases, 1);
    assert_int_equal(use[0].programs, 0);
}

static void system_memory_of_the_u073_is_signed(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    assert_int_equal(word_at(r, 0x1FFF0000), 0x20002170); /* AN2606: what the bootloader uses of RAM ends there */
    assert_true(try_read(r, 0x1FFF0004, 4, FLASH_FETCH, &value) && value & 1 && value - 0x1FFF0000 < 26 * 1024);
    assert_true(try_read(r, 0x1FFF67FE, 1, FLASH_DEBUG, &value) && value == 0xD0);
    assert_true(try_read(r, 0x1FFF6EA0, 2, FLASH_DEBUG, &value) && value == 256);
    assert_int_equal(word_at(r, 0x1FFF6E50), 0x00170023);
    assert_int_equal(word_at(r, 0x1FFF5000), 0xFFFFFFFF);
    assert_false(try_read(r, 0x1FFF7800, 4, FLASH_DEBUG, &value)); /* no copy of the options here */
    assert_false(try_read(r, BASE + 256 * 1024, 4, FLASH_DEBUG, &value));
}

static void system_memory_of_the_g071_is_signed(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    assert_true(try_read(r, 0x1FFF6FFE, 1, FLASH_DEBUG, &value) && value == 0xB4);
    assert_true(try_read(r, 0x1FFF75E0, 2, FLASH_DEBUG, &value) && value == 128);
    assert_int_equal(word_at(r, 0x1FFF7590), 0x00170023);
    assert_int_equal(word_at(r, 0x1FFF7800), 0xFFFFFEAA);
    assert_int_equal(word_at(r, 0x1FFF7804), 0x00000155);
    assert_int_equal(word_at(r, 0x1FFF7818), 0x7F);
    assert_int_equal(word_at(r, 0x1FFF7838), 0xFFFFFFFF); /* between the words: blank */
    assert_true(try_read(r, 0x1FFF7801, 1, FLASH_DEBUG, &value) && value == 0xFE);
    assert_false(try_read(r, BASE + 128 * 1024, 4, FLASH_DEBUG, &value));
}

static void poke_reaches_what_it_may_and_nothing_else(void **state)
{
    struct rig *r = *state;
    const uint8_t byte = 7;
    uint8_t seen;

    assert_true(flash_poke(r->f, BASE + 1, &byte, 1));
    assert_int_equal(word_at(r, BASE), 0xFFFF07FF);
    assert_false(flash_poke(r->f, 0x1FFF0000, &byte, 1));
    assert_false(flash_poke(r->f, 0x07FFFFFF, &byte, 1));
    assert_false(flash_poke(r->f, 0x20000000, &byte, 1));
    assert_false(flash_peek(r->f, 0x20000000, &seen, 1));
    assert_true(flash_peek(r->f, 0x1FFF0003, &seen, 1) && seen == 0x20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(new_flash_is_erased_with_factory_options),
        ON_BOTH(page_is_erased_and_its_neighbours_are_kept),
        ON_BOTH(last_page_can_be_erased),
        ON_BOTH(double_word_is_programmed_low_word_first),
        ON_BOTH(bytes_and_half_words_can_be_read),
        ON_BOTH(mass_erase_spares_otp_and_options),
        ON_BOTH(operations_take_their_times),
        ON_BOTH(contents_change_when_the_operation_ends),
        ON_BOTH(read_while_busy_stalls_and_gives_the_value_after),
        ON_BOTH(system_memory_stalls_while_busy_too),
        ON_BOTH(window_is_open_only_while_idle),
        ON_BOTH(use_is_counted_per_page),
        ON_U0(system_memory_of_the_u073_is_signed),
        ON_G0(system_memory_of_the_g071_is_signed),
        ON_BOTH(poke_reaches_what_it_may_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
