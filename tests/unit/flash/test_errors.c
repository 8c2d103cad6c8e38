/* test_errors.c - the status flags: what sets each, what clears it, what it prevents (RM0503 3.7.4). */
#include "rig.h"

/* ---- PROGERR ---- */

static void used_double_word_is_refused_and_kept(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE, 0x1111), 0);
    assert_int_equal(program(r, BASE, 0x1110), FLAG(PROGERR));
    assert_true(peek64(r, BASE) == 0x1111);
    assert_string_equal(r->note, "program in page 0: PROGERR (not erased)");
}

static void zeros_may_go_over_a_used_double_word(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE, 0x1111), 0);
    assert_int_equal(program(r, BASE, 0), 0);
    assert_true(peek64(r, BASE) == 0);
    assert_int_equal(word_at(r, BASE), 0);
    assert_int_equal(reg_read(r, U0_FLASH_ECCR), 0);
}

static void programmed_ones_are_not_erased(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE, UINT64_MAX), 0);
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
    assert_int_equal(program(r, BASE, 0x1111), FLAG(PROGERR));
    clear_errors(r);
    assert_int_equal(erase_page(r, 0), 0);
    assert_int_equal(program(r, BASE, 0x1111), 0);
}

static void zeros_over_programmed_ones_fail_on_a_g071(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE, UINT64_MAX), 0);
    assert_int_equal(program(r, BASE, 0), FLAG(PROGERR));
}

/* ---- PGAERR, SIZERR ---- */

static void first_word_must_start_a_double_word(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE + 4, 1);
    assert_int_equal(sr(r), FLAG(PGAERR));
}

static void second_word_must_be_in_the_same_double_word(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE, 1);
    store(r, BASE + 12, 1);
    assert_int_equal(sr(r), FLAG(PGAERR)); /* CFGBSY has fallen */
    assert_true(peek64(r, BASE) == UINT64_MAX && peek64(r, BASE + 8) == UINT64_MAX);
}

static void bytes_and_half_words_cannot_be_programmed(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    assert_true(try_store(r, BASE, 1, FLASH_DEBUG, 0));
    assert_int_equal(sr(r), FLAG(SIZERR));
    clear_errors(r);
    store(r, BASE, 1);
    assert_true(try_store(r, BASE + 4, 2, FLASH_DEBUG, 0));
    assert_int_equal(sr(r), FLAG(SIZERR));
    assert_true(peek64(r, BASE) == UINT64_MAX);
}

/* ---- PGSERR ---- */

static void writing_without_pg_is_a_sequence_error(void **state)
{
    struct rig *r = *state;

    unlock(r);
    store(r, BASE, 1);
    assert_int_equal(sr(r), FLAG(PGSERR));
    store(r, BASE + 4, 1);
    assert_int_equal(sr(r), FLAG(PGSERR) | FLAG(PGAERR)); /* the 0xA0 of the field reports */
}

static void stray_write_to_locked_flash_leaves_0xa0(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 4, 1); /* a NULL pointer's second member, flash aliased at 0 */
    assert_int_equal(sr(r), 0xA0);
}

static void stale_error_stops_the_next_program(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE + 4, 1);
    clear_errors(r);
    store(r, BASE + 4, 1);
    assert_int_equal(errors(r), FLAG(PGAERR));
    start_program(r, BASE, 1);
    assert_int_equal(errors(r), FLAG(PGAERR) | FLAG(PGSERR));
    assert_true(peek64(r, BASE) == UINT64_MAX);
    clear_errors(r);
    start_program(r, BASE, 1);
    until_idle(r);
    assert_int_equal(errors(r), 0);
    assert_true(peek64(r, BASE) == 1);
}

static void make_progerr(struct rig *r) { program(r, BASE, 1); }
static void make_wrperr(struct rig *r) { program(r, 0x1FFF0100, 0); }

static void make_pgaerr(struct rig *r)
{
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    store(r, BASE + 4, 1);
}

static void make_sizerr(struct rig *r)
{
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    assert_true(try_store(r, BASE, 2, FLASH_DEBUG, 0));
}

static void make_pgserr(struct rig *r) { store(r, BASE, 1); }

static void make_miserr_and_fasterr(struct rig *r)
{
    erase_page(r, 1);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE + PAGE, 1);
    store(r, BASE + PAGE + 4, 1);
    until_idle(r);
}

static void make_fasterr(struct rig *r)
{
    erase_page(r, 1);
    reg_write(r, U0_FLASH_CR, CRBIT(FSTPG));
    store(r, BASE + PAGE, 1);
    pass(r, flash_times(r->f)->fast_limit);
}

static void every_stale_error_stops_the_next_erase(void **state)
{
    static const struct {
        void (*make)(struct rig *r);
        uint32_t flags;
    } cases[] = {
        { make_progerr, FLAG(PROGERR) }, { make_wrperr, FLAG(WRPERR) }, { make_pgaerr, FLAG(PGAERR) },
        { make_sizerr, FLAG(SIZERR) },   { make_pgserr, FLAG(PGSERR) }, { make_miserr_and_fasterr, FLAG(MISERR) | FLAG(FASTERR) },
        { make_fasterr, FLAG(FASTERR) },
    };
    struct rig *r = *state;

    poke64(r, BASE, 7);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unlock(r);
        cases[i].make(r);
        assert_int_equal(errors(r), cases[i].flags);
        assert_int_equal(erase_page(r, 0), cases[i].flags | FLAG(PGSERR));
        assert_int_equal(mass_erase(r), cases[i].flags | FLAG(PGSERR));
        assert_true(peek64(r, BASE) == 7);
        clear_errors(r);
    }
    assert_int_equal(program(r, BASE, 1), FLAG(PROGERR));
    erase_page(r, 0);
    assert_string_equal(r->note, "erase of page 0: PGSERR (PROGERR not cleared)");
    clear_errors(r);
    assert_int_equal(erase_page(r, 0), 0);
}

static void optverr_and_operr_do_not_stop_operations(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(ERRIE));
    store(r, BASE + 4, 1);
    assert_int_equal(errors(r), FLAG(PGAERR) | FLAG(OPERR));
    reg_write(r, U0_FLASH_SR, FLAG(PGAERR));
    assert_int_equal(errors(r), FLAG(OPERR));
    assert_int_equal(program(r, BASE, 1), FLAG(OPERR));
    assert_true(peek64(r, BASE) == 1);
}

static void pg_beside_per_is_a_sequence_error(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(PER));
    store(r, BASE, 1);
    assert_int_equal(sr(r), FLAG(PGSERR));
    clear_errors(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(PER) | CRBIT(STRT));
    assert_int_equal(sr(r), FLAG(PGSERR));
    assert_false(cr(r) & CRBIT(STRT));
}

static void per_beside_mer1_is_a_sequence_error(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PER) | CRBIT(MER1) | CRBIT(STRT));
    assert_int_equal(sr(r), FLAG(PGSERR));
    assert_true(peek64(r, BASE) == 7);
}

static void mer1_set_again_after_being_cleared_counts(void **state)
{
    struct rig *r = *state;

    assert_int_equal(mass_erase(r), 0); /* clears MER1 at its end */
    reg_write(r, U0_FLASH_CR, CRBIT(PER) | CRBIT(MER1) | CRBIT(STRT));
    assert_int_equal(sr(r), FLAG(PGSERR));
}

static void mer1_that_never_erased_stops_a_program(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(MER1));
    store(r, BASE, 1);
    assert_int_equal(sr(r), FLAG(PGSERR));
}

static void mer1_left_by_a_mass_erase_hurts_neither_program_nor_page_erase(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(MER1) | CRBIT(STRT));
    until_idle(r);
    assert_true(cr(r) & CRBIT(MER1));
    reg_write(r, U0_FLASH_CR, cr(r) | CRBIT(PG)); /* ST's Open Bootloader */
    store(r, BASE, 1);
    store(r, BASE + 4, 2);
    store(r, BASE + PAGE, 1);
    store(r, BASE + PAGE + 4, 2);
    until_idle(r);
    reg_write(r, U0_FLASH_CR, (cr(r) & ~CRBIT(PG)) | CRBIT(PER) | CRBIT(STRT)); /* HAL page erase */
    assert_string_equal(r->kind, "stale");
    until_idle(r);
    assert_int_equal(errors(r), 0);
    assert_true(peek64(r, BASE) == UINT64_MAX);
    assert_true(peek64(r, BASE + PAGE) == 0x0000000200000001); /* not a mass erase */
}

static void strt_alone_after_a_mass_erase_repeats_it(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(MER1) | CRBIT(STRT));
    until_idle(r);
    poke64(r, BASE, 7);
    reg_write(r, U0_FLASH_CR, cr(r) | CRBIT(MER1) | CRBIT(STRT));
    until_idle(r);
    assert_true(peek64(r, BASE) == UINT64_MAX);
}

static void strt_without_a_mode_does_nothing(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(STRT));
    assert_int_equal(sr(r), 0);
    assert_false(cr(r) & CRBIT(STRT));
    assert_string_equal(r->kind, "refused");
}

static void flags_are_cleared_by_ones_and_only_by_ones(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 4, 1);
    reg_write(r, U0_FLASH_SR, 0);
    assert_int_equal(errors(r), FLAG(PGAERR) | FLAG(PGSERR));
    reg_write(r, U0_FLASH_SR, FLAG(PGAERR));
    assert_int_equal(errors(r), FLAG(PGSERR));
    assert_true(try_write(r, U0_FLASH_SR + 2, 2, 0xFFFF)); /* other lanes are not written */
    assert_int_equal(errors(r), FLAG(PGSERR));
    assert_true(try_write(r, U0_FLASH_SR, 1, 0x80));
    assert_int_equal(errors(r), 0);
}

static void flags_are_cleared_by_reset(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 4, 1);
    flash_reset(r->f);
    assert_int_equal(sr(r), 0);
}

static void pages_that_are_not_there_cannot_be_erased(void **state)
{
    struct rig *r = *state;

    assert_int_equal(erase_page(r, 64), FLAG(WRPERR));
    assert_string_equal(r->note, "erase of page 64: WRPERR (no such page)");
}

static void system_memory_is_read_only(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, 0x1FFF5F00, 0), FLAG(WRPERR));
    assert_int_equal(word_at(r, 0x1FFF5F00), 0xFFFFFFFF);
}

/* ---- EOP, OPERR, interrupt ---- */

static void eop_is_silent_without_eopie(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, BASE, 1), 0);
    assert_int_equal(erase_page(r, 0), 0);
    assert_false(r->irq);
}

static void eop_comes_with_eopie_and_interrupts(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(EOPIE));
    store(r, BASE, 1);
    store(r, BASE + 4, 1);
    assert_false(r->irq);
    until_idle(r);
    assert_int_equal(errors(r), FLAG(EOP));
    assert_true(r->irq);
    reg_write(r, U0_FLASH_SR, FLAG(EOP));
    assert_false(r->irq);
}

static void eop_does_not_come_after_an_error(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(EOPIE));
    store(r, BASE, 1);
    store(r, BASE + 4, 1);
    until_idle(r);
    assert_int_equal(errors(r), FLAG(PROGERR));
}

static void operr_comes_with_errie_and_interrupts(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG) | CRBIT(ERRIE));
    store(r, BASE + 4, 1);
    assert_int_equal(errors(r), FLAG(PGAERR) | FLAG(OPERR));
    assert_true(r->irq);
    reg_write(r, U0_FLASH_CR, 0);
    assert_false(r->irq);
}

/* ---- OTP ---- */

static void otp_double_word_can_be_written_once(void **state)
{
    struct rig *r = *state;

    assert_int_equal(program(r, r->otp + 8, 0xFFFFFFFFFFFFFFFE), 0);
    assert_int_equal(word_at(r, r->otp + 8), 0xFFFFFFFE);
    assert_int_equal(program(r, r->otp + 8, 0), FLAG(WRPERR));
    assert_string_equal(r->note, "program in OTP: WRPERR (written before)");
    assert_int_equal(word_at(r, r->otp + 8), 0xFFFFFFFE);
    clear_errors(r);
    assert_int_equal(program(r, r->otp + 16, 5), 0);
}

/* ---- writes that wait ---- */

static void blind_writes_are_stalled_and_all_arrive(void **state)
{
    struct rig *r = *state;
    const uint64_t from = r->now_ps;

    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    for (uint32_t i = 0; i < 32; i++)
        store(r, BASE + 4 * i, i);
    until_idle(r);
    assert_int_equal(errors(r), 0);
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(word_at(r, BASE + 4 * i), i);
    assert_true(r->now_ps - from >= 16 * flash_times(r->f)->double_word);
}

static void two_masters_can_wait_at_once(void **state)
{
    struct rig *r = *state;
    uint64_t cpu_ps, debug_ps;

    start_program(r, BASE, 1);
    assert_true(flash_mem_write(r->f, BASE + 8, 4, FLASH_CPU, 2, &cpu_ps));
    assert_true(flash_mem_write(r->f, BASE + 12, 4, FLASH_DEBUG, 3, &debug_ps));
    assert_true(cpu_ps == debug_ps && cpu_ps == flash_next_ps(r->f));
    pass(r, cpu_ps - r->now_ps);
    assert_true(flash_busy(r->f)); /* the two made a double word */
    until_idle(r);
    assert_true(peek64(r, BASE + 8) == 0x0000000300000002);
}

static void a_flood_of_waiting_writes_is_refused(void **state)
{
    struct rig *r = *state;
    unsigned taken = 0;

    start_program(r, BASE, 1);
    while (taken < 100 && try_store(r, BASE + 8, 4, FLASH_CPU, 2))
        taken++;
    assert_in_range(taken, 2, 8);
}

static void waiting_writes_are_lost_in_a_reset(void **state)
{
    struct rig *r = *state;

    start_program(r, BASE, 1);
    assert_true(try_store(r, BASE + 8, 4, FLASH_CPU, 2));
    flash_reset(r->f);
    pass(r, PS_PER_MS);
    assert_int_equal(sr(r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(used_double_word_is_refused_and_kept),
        ON_BOTH(zeros_may_go_over_a_used_double_word),
        ON_BOTH(programmed_ones_are_not_erased),
        ON_G0(zeros_over_programmed_ones_fail_on_a_g071),
        ON_BOTH(first_word_must_start_a_double_word),
        ON_BOTH(second_word_must_be_in_the_same_double_word),
        ON_BOTH(bytes_and_half_words_cannot_be_programmed),
        ON_BOTH(writing_without_pg_is_a_sequence_error),
        ON_BOTH(stray_write_to_locked_flash_leaves_0xa0),
        ON_BOTH(stale_error_stops_the_next_program),
        ON_BOTH(every_stale_error_stops_the_next_erase),
        ON_BOTH(optverr_and_operr_do_not_stop_operations),
        ON_BOTH(pg_beside_per_is_a_sequence_error),
        ON_BOTH(per_beside_mer1_is_a_sequence_error),
        ON_BOTH(mer1_set_again_after_being_cleared_counts),
        ON_BOTH(mer1_that_never_erased_stops_a_program),
        ON_BOTH(mer1_left_by_a_mass_erase_hurts_neither_program_nor_page_erase),
        ON_BOTH(strt_alone_after_a_mass_erase_repeats_it),
        ON_BOTH(strt_without_a_mode_does_nothing),
        ON_BOTH(flags_are_cleared_by_ones_and_only_by_ones),
        ON_BOTH(flags_are_cleared_by_reset),
        ON_G0(pages_that_are_not_there_cannot_be_erased),
        ON_BOTH(system_memory_is_read_only),
        ON_BOTH(eop_is_silent_without_eopie),
        ON_BOTH(eop_comes_with_eopie_and_interrupts),
        ON_BOTH(eop_does_not_come_after_an_error),
        ON_BOTH(operr_comes_with_errie_and_interrupts),
        ON_BOTH(otp_double_word_can_be_written_once),
        ON_BOTH(blind_writes_are_stalled_and_all_arrive),
        ON_BOTH(two_masters_can_wait_at_once),
        ON_BOTH(a_flood_of_waiting_writes_is_refused),
        ON_BOTH(waiting_writes_are_lost_in_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
