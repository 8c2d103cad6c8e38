/* test_options.c - option bytes: written, programmed, loaded, mismatched; regression from RDP 1; EMPTY (RM0503 3.4, RM0444 3.4). */
#include "rig.h"

enum { OPTR = U0_FLASH_OPTR, WRP1AR = U0_FLASH_WRP1AR, WRP1BR = U0_FLASH_WRP1BR, SECR = U0_FLASH_SECR };

static void written_options_read_back_until_the_start_and_count_after_loading(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    reg_write(r, WRP1AR, 5 << 16 | 4);
    assert_int_equal(reg_read(r, WRP1AR), 5 << 16 | 4);
    assert_int_equal(flash_option(r->f, WRP1AR), 0x7F);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    assert_int_equal(sr(r), FLAG(BSY1));
    assert_true(cr(r) & CRBIT(OPTSTRT));
    until_idle(r);
    assert_false(cr(r) & CRBIT(OPTSTRT));
    assert_int_equal(reg_read(r, WRP1AR), 0x7F); /* last loaded */
    reload(r);
    assert_int_equal(reg_read(r, WRP1AR), 5 << 16 | 4);
    assert_int_equal(errors(r), 0);
}

static void a_system_reset_loads_nothing(void **state)
{
    struct rig *r = *state;

    assert_int_equal(write_option(r, WRP1AR, 5 << 16 | 4), 0);
    flash_reset(r->f);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    flash_power_off(r->f);
    flash_load_options(r->f);
    assert_int_equal(reg_read(r, WRP1AR), 5 << 16 | 4);
}

static void options_that_were_never_started_are_forgotten(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    reg_write(r, WRP1AR, 5 << 16 | 4);
    flash_reset(r->f);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    assert_int_equal(write_option(r, WRP1BR, 9 << 16 | 9), 0);
    reload(r);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    assert_int_equal(reg_read(r, WRP1BR), 9 << 16 | 9);
}

static void locked_option_registers_ignore_writes(void **state)
{
    struct rig *r = *state;

    unlock(r);
    reg_write(r, WRP1AR, 0);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    assert_false(flash_busy(r->f));
}

static void two_changes_without_loading_between_both_stay(void **state)
{
    struct rig *r = *state;

    assert_int_equal(write_option(r, WRP1AR, 1 << 16 | 1), 0); /* as OpenOCD's `flash protect` */
    assert_int_equal(write_option(r, WRP1BR, 3 << 16 | 3), 0);
    reload(r);
    assert_int_equal(reg_read(r, WRP1AR), 1 << 16 | 1);
    assert_int_equal(reg_read(r, WRP1BR), 3 << 16 | 3);
}

static void bits_that_do_not_exist_keep_their_factory_value(void **state)
{
    struct rig *r = *state;

    assert_int_equal(write_option(r, OPTR, 0x000000AA), 0);
    reload(r);
    assert_int_equal(reg_read(r, OPTR) & (1u << 31 | 1u << 30 | 1u << 20), 1u << 31 | 1u << 30 | 1u << 20);
    assert_int_equal(reg_read(r, OPTR) & BITS(U0_FLASH_OPTR_nBOOT0), 0);
}

static void narrow_writes_change_their_part(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    assert_true(try_write(r, WRP1AR + 2, 2, 7));
    assert_int_equal(reg_read(r, WRP1AR), 7 << 16 | 0x7F);
}

static void options_take_an_erase_and_a_program_per_word(void **state)
{
    struct rig *r = *state;
    const struct flash_times *t = flash_times(r->f);

    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    assert_true(flash_next_ps(r->f) - r->now_ps >= t->option_page_erase + 8 * t->double_word);
}

static void stale_errors_stop_an_option_write(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 4, 1);
    assert_int_equal(write_option(r, WRP1AR, 0), FLAG(PGAERR) | FLAG(PGSERR));
    assert_string_equal(r->note, "option write: PGSERR (error flags not cleared)");
    reload(r);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
}

static void level_2_forbids_option_changes(void **state)
{
    struct rig *r = *state;

    set_rdp(r, 0xCC);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), FLAG(WRPERR));
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 2);
}

/* ---- regression ---- */

static void regression_erases_main_flash_and_keeps_otp_and_options(void **state)
{
    struct rig *r = *state;
    const struct flash_times *t = flash_times(r->f);
    uint64_t from;

    poke64(r, BASE + 5 * PAGE, 7);
    poke64(r, r->otp, 9);
    assert_true(flash_store_option(r->f, WRP1AR, 5 << 16 | 5));
    set_rdp(r, 0xBB);
    unlock_options(r);
    reg_write(r, OPTR, 0xFFFFFEAA);
    from = r->now_ps;
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    until_idle(r);
    assert_true(r->now_ps - from >= t->mass_erase + t->option_page_erase);
    assert_int_equal(errors(r), 0);
    assert_true(peek64(r, BASE + 5 * PAGE) == UINT64_MAX); /* WRP does not matter */
    assert_true(peek64(r, r->otp) == 9);
    assert_int_equal(flash_rdp_level(r->f), 1);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 0);
    assert_int_equal(reg_read(r, WRP1AR), 5 << 16 | 5);
    assert_true(flash_empty(r->f));
}

static void other_level_1_values_erase_nothing(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFE00), 0);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 1);
    assert_true(peek64(r, BASE) == 7);
}

static void raising_the_level_erases_nothing(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEBB), 0);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 1);
    assert_true(peek64(r, BASE) == 7);
}

static void regression_is_open_to_the_intruder(void **state)
{
    struct rig *r = *state;

    set_rdp(r, 0xBB);
    r->intruder = true;
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), 0);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 0);
}

static void boot_lock_is_cleared_at_level_0_or_with_the_regression_only(void **state)
{
    struct rig *r = *state;
    const uint32_t lock = BITS(U0_FLASH_SECR_BOOT_LOCK), free_secr = flash_option(r->f, SECR);

    set_option(r, SECR, free_secr | lock);
    assert_int_equal(write_option(r, SECR, free_secr), 0);
    reload(r);
    assert_false(flash_boot_lock(r->f));

    assert_true(flash_store_option(r->f, SECR, free_secr | lock));
    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, SECR, free_secr), 0);
    assert_string_equal(r->note, "option write: BOOT_LOCK stays set at RDP level 1");
    reload(r);
    assert_true(flash_boot_lock(r->f));

    unlock_options(r);
    reg_write(r, SECR, free_secr);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), 0);
    reload(r);
    assert_false(flash_boot_lock(r->f));
}

/* ---- U0: HDP and OEM keys ---- */

static void hdp_fields_are_fixed_at_level_1(void **state)
{
    struct rig *r = *state;
    const uint32_t secr = flash_option(r->f, SECR);

    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, SECR, 0x55000001), FLAG(HDPOPTWERR));
    reload(r);
    assert_int_equal(flash_option(r->f, SECR), secr);
}

static void write_key(struct rig *r, uint32_t first, uint32_t word)
{
    unlock_options(r);
    for (uint32_t i = 0; i < 4; i++)
        reg_write(r, first + 4 * i, word);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    until_idle(r);
    reload(r);
}

static void oem_keys_cannot_be_read_but_for_their_crc(void **state)
{
    struct rig *r = *state;
    uint32_t crcs;

    assert_int_equal(reg_read(r, U0_FLASH_OEMKEYSR), 0);
    write_key(r, U0_FLASH_OEM1KEYW0R, 0x11223344);
    assert_int_equal(sr(r), FLAG(OEM1LOCK));
    assert_int_equal(reg_read(r, U0_FLASH_OEM1KEYW0R), 0);
    crcs = reg_read(r, U0_FLASH_OEMKEYSR);
    assert_int_not_equal(crcs, 0);
    write_key(r, U0_FLASH_OEM2KEYW0R, 0x11223344);
    assert_int_equal(sr(r), FLAG(OEM1LOCK) | FLAG(OEM2LOCK));
    assert_int_equal(reg_read(r, U0_FLASH_OEMKEYSR), crcs << 16 | crcs);
}

static void a_key_of_zeros_or_of_ones_is_no_key(void **state)
{
    struct rig *r = *state;

    write_key(r, U0_FLASH_OEM1KEYW0R, 0xFFFFFFFF);
    assert_int_equal(sr(r), 0);
    write_key(r, U0_FLASH_OEM1KEYW0R, 1);
    write_key(r, U0_FLASH_OEM1KEYW0R, 0);
    assert_int_equal(sr(r), 0);
}

static void regression_needs_the_oem1_key(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    write_key(r, U0_FLASH_OEM1KEYW0R, 1);
    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), FLAG(OEMOPTWERR));
    assert_true(peek64(r, BASE) == 7);
    reg_write(r, U0_FLASH_SR, FLAG(OEMOPTWERR));
    write_key(r, U0_FLASH_OEM1KEYW0R, 0);
    assert_true(sr(r) & FLAG(OEM1LOCK)); /* a locked key cannot be changed at level 1 */
}

/* ---- G0: PCROP ---- */

static void pcrop_only_grows(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    reg_write(r, G0_FLASH_PCROP1ASR, 2);
    assert_int_equal(write_option(r, G0_FLASH_PCROP1AER, 4), 0);
    reload(r);
    unlock_options(r);
    reg_write(r, G0_FLASH_PCROP1ASR, 3);
    assert_int_equal(write_option(r, G0_FLASH_PCROP1AER, 6), 0);
    assert_string_equal(r->note, "option write: PCROP area cannot shrink");
    reload(r);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1ASR), 2);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1AER), 4);
    assert_int_equal(write_option(r, G0_FLASH_PCROP1AER, 6), 0);
    reload(r);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1AER), 6);
}

static void regress(struct rig *r, uint32_t pcrop_rdp)
{
    poke_fill(r, BASE, 3 * PAGE, 0x5A);
    assert_true(flash_store_option(r->f, G0_FLASH_PCROP1ASR, 5));
    assert_true(flash_store_option(r->f, G0_FLASH_PCROP1AER, 5 | pcrop_rdp));
    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), 0);
    reload(r);
    assert_int_equal(flash_rdp_level(r->f), 0);
    assert_true(peek64(r, BASE) == UINT64_MAX && peek64(r, BASE + 2 * PAGE) == UINT64_MAX);
}

static void pcrop_pages_outlive_a_regression_without_pcrop_rdp(void **state)
{
    struct rig *r = *state;

    regress(r, 0);
    assert_true(peek64(r, BASE + PAGE) == 0x5A5A5A5A5A5A5A5A);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1ASR), 5);
}

static void regression_with_pcrop_rdp_erases_all_and_ends_pcrop(void **state)
{
    struct rig *r = *state;

    regress(r, BITS(G0_FLASH_PCROP1AER_PCROP_RDP));
    assert_true(peek64(r, BASE + PAGE) == UINT64_MAX);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1ASR), 0x1FF);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1AER), 0);
}

static void pcrop_rdp_is_only_set(void **state)
{
    struct rig *r = *state;

    assert_int_equal(write_option(r, G0_FLASH_PCROP1AER, BITS(G0_FLASH_PCROP1AER_PCROP_RDP)), 0);
    assert_int_equal(write_option(r, G0_FLASH_PCROP1AER, 0), 0);
    reload(r);
    assert_int_equal(reg_read(r, G0_FLASH_PCROP1AER), BITS(G0_FLASH_PCROP1AER_PCROP_RDP));
}

static void the_copy_shows_what_is_stored_not_what_is_loaded(void **state)
{
    struct rig *r = *state;

    assert_int_equal(write_option(r, WRP1AR, 5 << 16 | 4), 0);
    assert_int_equal(word_at(r, 0x1FFF7818), 5 << 16 | 4);
    assert_int_equal(word_at(r, 0x1FFF781C), ~(5u << 16 | 4));
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    assert_int_equal(program(r, 0x1FFF7818, 0), FLAG(WRPERR));
}

static void sec_size_is_fixed_at_level_1(void **state)
{
    struct rig *r = *state;

    set_option(r, SECR, 3);
    set_rdp(r, 0xBB);
    assert_int_equal(write_option(r, SECR, 1), 0);
    reload(r);
    assert_int_equal(reg_read(r, SECR), 3);
}

/* ---- mismatch ---- */

/* A reset a moment after the option page is erased: all words blank, none matches. */
static void lose_options(struct rig *r)
{
    unlock_options(r);
    reg_write(r, U0_FLASH_CR, CRBIT(OPTSTRT));
    pass(r, flash_times(r->f)->option_page_erase);
    reload(r);
}

static void lost_options_load_as_their_safe_values(void **state)
{
    struct rig *r = *state;

    lose_options(r);
    assert_int_equal(errors(r), FLAG(OPTVERR));
    assert_int_equal(reg_read(r, OPTR), 0xFFFFFEFF);
    assert_int_equal(flash_rdp_level(r->f), 1);
    assert_int_equal(reg_read(r, WRP1AR), 0x7F);
    assert_true(flash_boot_lock(r->f));
    assert_true(reg_read(r, U0_FLASH_ACR) & BITS(U0_FLASH_ACR_DBG_SWEN)); /* debug is not closed in this state */
}

static void optverr_comes_back_at_each_reset_until_repaired(void **state)
{
    struct rig *r = *state;

    lose_options(r);
    reg_write(r, U0_FLASH_SR, FLAG(OPTVERR));
    assert_int_equal(errors(r), 0);
    flash_reset(r->f);
    assert_int_equal(errors(r), FLAG(OPTVERR));
    unlock_options(r);
    reg_write(r, SECR, 0xB4000000);
    assert_int_equal(write_option(r, OPTR, 0xFFFFFEAA), FLAG(OPTVERR));
    reload(r);
    assert_int_equal(errors(r), 0);
    assert_int_equal(reg_read(r, OPTR), 0xFFFFFEAA);
    assert_false(flash_boot_lock(r->f));
}

/* The trap behind a mismatch: programming one word programs the safe values of all others, and now they count. */
static void one_word_written_after_a_mismatch_makes_the_safe_values_real(void **state)
{
    struct rig *r = *state;

    lose_options(r);
    assert_int_equal(write_option(r, WRP1BR, 3 << 16 | 3), FLAG(OPTVERR));
    reload(r);
    assert_int_equal(errors(r), 0);
    assert_int_equal(reg_read(r, OPTR), 0xFFFFFEFF);
    assert_true(flash_boot_lock(r->f));
    assert_false(reg_read(r, U0_FLASH_ACR) & BITS(U0_FLASH_ACR_DBG_SWEN));
}

static void pcrop_covers_all_after_a_mismatch(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    lose_options(r);
    assert_true(try_read(r, BASE + 100 * 1024, 4, FLASH_CPU, &value) && value == 0);
    assert_int_equal(errors(r), FLAG(OPTVERR) | BITS(G0_FLASH_SR_RDERR));
}

/* ---- EMPTY ---- */

static void empty_is_found_out_at_loading_only(void **state)
{
    struct rig *r = *state;

    assert_true(flash_empty(r->f));
    assert_int_equal(program(r, BASE, 1), 0);
    assert_true(flash_empty(r->f));
    flash_reset(r->f);
    assert_true(flash_empty(r->f));
    reload(r);
    assert_false(flash_empty(r->f));
    assert_int_equal(erase_page(r, 0), 0);
    assert_false(flash_empty(r->f));
    flash_power_off(r->f);
    flash_load_options(r->f);
    assert_true(flash_empty(r->f));
}

static void empty_looks_at_64_bits(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 0x7FFFFFFFFFFFFFFF);
    reload(r);
    assert_false(flash_empty(r->f));
    poke64(r, BASE, UINT64_MAX);
    poke64(r, BASE + 8, 0);
    reload(r);
    assert_true(flash_empty(r->f));
}

static void software_sets_and_clears_empty_and_reset_keeps_it(void **state)
{
    struct rig *r = *state;
    const uint32_t acr = 0x00040600, empty = BITS(U0_FLASH_ACR_EMPTY);

    reg_write(r, U0_FLASH_ACR, acr);
    assert_false(flash_empty(r->f));
    flash_reset(r->f);
    assert_false(flash_empty(r->f));
    reg_write(r, U0_FLASH_ACR, acr | empty | 1);
    flash_reset(r->f);
    assert_int_equal(reg_read(r, U0_FLASH_ACR), acr | empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(written_options_read_back_until_the_start_and_count_after_loading),
        ON_BOTH(a_system_reset_loads_nothing),
        ON_BOTH(options_that_were_never_started_are_forgotten),
        ON_BOTH(locked_option_registers_ignore_writes),
        ON_BOTH(two_changes_without_loading_between_both_stay),
        ON_BOTH(bits_that_do_not_exist_keep_their_factory_value),
        ON_BOTH(narrow_writes_change_their_part),
        ON_BOTH(options_take_an_erase_and_a_program_per_word),
        ON_BOTH(stale_errors_stop_an_option_write),
        ON_BOTH(level_2_forbids_option_changes),
        ON_BOTH(regression_erases_main_flash_and_keeps_otp_and_options),
        ON_BOTH(other_level_1_values_erase_nothing),
        ON_BOTH(raising_the_level_erases_nothing),
        ON_BOTH(regression_is_open_to_the_intruder),
        ON_BOTH(boot_lock_is_cleared_at_level_0_or_with_the_regression_only),
        ON_U0(hdp_fields_are_fixed_at_level_1),
        ON_U0(oem_keys_cannot_be_read_but_for_their_crc),
        ON_U0(a_key_of_zeros_or_of_ones_is_no_key),
        ON_U0(regression_needs_the_oem1_key),
        ON_G0(pcrop_only_grows),
        ON_G0(pcrop_pages_outlive_a_regression_without_pcrop_rdp),
        ON_G0(regression_with_pcrop_rdp_erases_all_and_ends_pcrop),
        ON_G0(pcrop_rdp_is_only_set),
        ON_G0(the_copy_shows_what_is_stored_not_what_is_loaded),
        ON_G0(sec_size_is_fixed_at_level_1),
        ON_BOTH(lost_options_load_as_their_safe_values),
        ON_BOTH(optverr_comes_back_at_each_reset_until_repaired),
        ON_BOTH(one_word_written_after_a_mismatch_makes_the_safe_values_real),
        ON_G0(pcrop_covers_all_after_a_mismatch),
        ON_BOTH(empty_is_found_out_at_loading_only),
        ON_BOTH(empty_looks_at_64_bits),
        ON_BOTH(software_sets_and_clears_empty_and_reset_keeps_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
