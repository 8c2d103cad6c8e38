/* test_ecc.c - damaged double words as a reader meets them: ECCR, interrupt, NMI, windows. */
#include "rig.h"

#define ECC(name) BITS(U0_FLASH_ECCR_##name)

static uint32_t eccr(struct rig *r) { return reg_read(r, U0_FLASH_ECCR); }

static void one_flipped_bit_is_corrected_and_recorded(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE + 0x818, 0x1122334455667788);
    assert_true(flash_damage(r->f, BASE + 0x818, 1u << 5, 0));
    assert_int_equal(word_at(r, BASE + 0x818), 0x55667788);
    assert_int_equal(eccr(r), ECC(ECCC) | 0x818 / 8);
    assert_int_equal(r->nmis, 0);
    assert_false(r->irq);
}

static void corrected_error_interrupts_if_asked(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 1);
    flash_damage(r->f, BASE, 1, 0);
    reg_write(r, U0_FLASH_ECCR, ECC(ECCCIE));
    word_at(r, BASE);
    assert_true(r->irq);
    reg_write(r, U0_FLASH_ECCR, ECC(ECCCIE) | ECC(ECCC));
    assert_false(r->irq);
}

static void two_flipped_bits_are_an_nmi(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE + 8, 1);
    flash_damage(r->f, BASE + 8, 0x30, 0);
    word_at(r, BASE + 8);
    assert_int_equal(eccr(r), ECC(ECCD) | 1);
    assert_int_equal(r->nmis, 1);
    word_at(r, BASE + 8);
    assert_int_equal(r->nmis, 1); /* the flag is still up */
    reg_write(r, U0_FLASH_ECCR, ECC(ECCD));
    word_at(r, BASE + 8);
    assert_int_equal(r->nmis, 2);
}

static void address_of_the_first_error_is_kept_until_cleared(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE + 8, 1);
    poke64(r, BASE + 16, 1);
    flash_damage(r->f, BASE + 8, 1, 0);
    flash_damage(r->f, BASE + 16, 3, 0);
    word_at(r, BASE + 8);
    word_at(r, BASE + 16);
    assert_int_equal(eccr(r), ECC(ECCC) | ECC(ECCD) | 1);
    assert_int_equal(r->nmis, 1);
    reg_write(r, U0_FLASH_ECCR, ECC(ECCC) | ECC(ECCD));
    word_at(r, BASE + 16);
    assert_int_equal(eccr(r), ECC(ECCD) | 2);
}

static void error_in_otp_is_marked_as_system_flash(void **state)
{
    struct rig *r = *state;

    poke64(r, r->otp + 8, 1);
    flash_damage(r->f, r->otp + 8, 1, 0);
    word_at(r, r->otp + 8);
    assert_int_equal(eccr(r), ECC(ECCC) | ECC(SYSF_ECC) | 1);
}

static void address_of_the_upper_half_of_256k_loses_its_top_bit(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE + 0x20008, 1);
    flash_damage(r->f, BASE + 0x20008, 1, 0);
    word_at(r, BASE + 0x20008);
    assert_int_equal(eccr(r), ECC(ECCC) | 1);
}

static void window_closes_over_damage_and_opens_after_erase(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;

    poke64(r, BASE + 3 * PAGE, 1);
    flash_damage(r->f, BASE + 3 * PAGE, 1, 0);
    assert_null(flash_window(r->f, &base, &bytes));
    erase_page(r, 3);
    assert_non_null(flash_window(r->f, &base, &bytes));
}

static void peeking_has_no_side_effects_and_sees_corrected_data(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 0x77);
    flash_damage(r->f, BASE, 1, 0);
    assert_true(peek64(r, BASE) == 0x77);
    assert_int_equal(eccr(r), 0);
}

static void flags_and_address_are_read_only_but_for_clearing(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_ECCR, 0xFFFFFFFF);
    assert_int_equal(eccr(r), ECC(ECCCIE));
}

static void there_is_nothing_to_damage_outside(void **state)
{
    struct rig *r = *state;

    assert_false(flash_damage(r->f, 0x1FFF0000, 1, 0));
    assert_false(flash_damage(r->f, 0x20000000, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(one_flipped_bit_is_corrected_and_recorded),
        ON_BOTH(corrected_error_interrupts_if_asked),
        ON_BOTH(two_flipped_bits_are_an_nmi),
        ON_BOTH(address_of_the_first_error_is_kept_until_cleared),
        ON_BOTH(error_in_otp_is_marked_as_system_flash),
        ON_U0(address_of_the_upper_half_of_256k_loses_its_top_bit),
        ON_BOTH(window_closes_over_damage_and_opens_after_erase),
        ON_BOTH(peeking_has_no_side_effects_and_sees_corrected_data),
        ON_BOTH(flags_and_address_are_read_only_but_for_clearing),
        ON_BOTH(there_is_nothing_to_damage_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
