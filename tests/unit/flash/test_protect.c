/* test_protect.c - WRP, RDP, PCROP, hidden pages, BOOT_LOCK: who is kept out of what (RM0503 3.5, RM0444 3.5). */
#include "rig.h"

static uint32_t area(uint32_t start, uint32_t end) { return end << 16 | start; }

static bool can_read(struct rig *r, uint32_t addr, enum flash_master who)
{
    uint32_t value;

    return try_read(r, addr, 4, who, &value);
}

/* ---- WRP ---- */

static void protected_page_is_neither_erased_nor_programmed(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE + 3 * PAGE, 7);
    set_option(r, U0_FLASH_WRP1AR, area(3, 3));
    assert_int_equal(erase_page(r, 3), FLAG(WRPERR));
    assert_string_equal(r->note, "erase of page 3: WRPERR (WRP1A 3..3)");
    clear_errors(r);
    assert_int_equal(program(r, BASE + 3 * PAGE + 8, 1), FLAG(WRPERR));
    assert_string_equal(r->note, "program in page 3: WRPERR (WRP1A 3..3)");
    assert_true(peek64(r, BASE + 3 * PAGE) == 7 && peek64(r, BASE + 3 * PAGE + 8) == UINT64_MAX);
    clear_errors(r);
    assert_int_equal(erase_page(r, 2), 0);
    assert_int_equal(erase_page(r, 4), 0);
}

static void area_b_protects_as_well(void **state)
{
    struct rig *r = *state;

    set_option(r, U0_FLASH_WRP1BR, area(0, 0)); /* the founding case's accident */
    assert_int_equal(erase_page(r, 0), FLAG(WRPERR));
    assert_string_equal(r->note, "erase of page 0: WRPERR (WRP1B 0..0)");
}

static void area_is_inclusive_at_both_ends(void **state)
{
    struct rig *r = *state;

    set_option(r, U0_FLASH_WRP1AR, area(10, 12));
    for (unsigned page = 9; page <= 13; page++) {
        assert_int_equal(erase_page(r, page), page >= 10 && page <= 12 ? FLAG(WRPERR) : 0);
        clear_errors(r);
    }
}

static void start_above_end_protects_nothing(void **state)
{
    struct rig *r = *state;

    set_option(r, U0_FLASH_WRP1AR, area(5, 4));
    assert_int_equal(erase_page(r, 4), 0);
    assert_int_equal(erase_page(r, 5), 0);
}

static void one_protected_page_stops_a_mass_erase(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    set_option(r, U0_FLASH_WRP1BR, area(40, 40));
    assert_int_equal(mass_erase(r), FLAG(WRPERR));
    assert_string_equal(r->note, "mass erase: WRPERR (WRP1B 40..40)");
    assert_true(peek64(r, BASE) == 7);
}

static void protected_page_can_be_read(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;

    poke64(r, BASE, 7);
    set_option(r, U0_FLASH_WRP1AR, area(0, 0));
    assert_int_equal(word_at(r, BASE), 7);
    assert_non_null(flash_window(r->f, &base, &bytes));
}

/* ---- RDP ---- */

static void rdp_byte_gives_the_level(void **state)
{
    struct rig *r = *state;

    assert_int_equal(flash_rdp_level(r->f), 0);
    set_rdp(r, 0xBB);
    assert_int_equal(flash_rdp_level(r->f), 1);
    set_rdp(r, 0xFF);
    assert_int_equal(flash_rdp_level(r->f), 1);
    set_rdp(r, 0xCC);
    assert_int_equal(flash_rdp_level(r->f), 2);
}

static void level_1_shuts_the_debugger_out_of_main_flash_only(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    set_rdp(r, 0xBB);
    assert_false(can_read(r, BASE, FLASH_DEBUG));
    assert_string_equal(r->note, "read of main flash: bus error (RDP level 1)");
    assert_true(can_read(r, 0x1FFF0000, FLASH_DEBUG));
    assert_int_equal(reg_read(r, U0_FLASH_OPTR) & 0xFF, 0xBB);
    assert_int_equal(erase_page(r, 0), FLAG(WRPERR)); /* the rig writes as the debugger */
    clear_errors(r);
    assert_int_equal(program(r, BASE + 8, 1), FLAG(WRPERR));
    clear_errors(r);
    assert_int_equal(mass_erase(r), FLAG(WRPERR));
    assert_true(peek64(r, BASE) == 7);
}

static void level_1_lets_code_booted_from_flash_work(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;
    uint64_t done_ps;

    set_rdp(r, 0xBB);
    assert_true(can_read(r, BASE, FLASH_CPU));
    assert_non_null(flash_window(r->f, &base, &bytes));
    unlock(r);
    reg_write(r, U0_FLASH_CR, CRBIT(PG));
    assert_true(flash_mem_write(r->f, BASE, 4, FLASH_CPU, 1, &done_ps));
    assert_true(flash_mem_write(r->f, BASE + 4, 4, FLASH_CPU, 2, &done_ps));
    until_idle(r);
    assert_int_equal(errors(r), 0);
    assert_true(peek64(r, BASE) == 0x0000000200000001);
}

static void level_1_shuts_out_all_once_an_intruder_is_seen(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;

    set_rdp(r, 0xBB);
    r->intruder = true;
    assert_false(can_read(r, BASE, FLASH_CPU));
    assert_false(can_read(r, BASE, FLASH_FETCH));
    assert_null(flash_window(r->f, &base, &bytes));
    assert_true(can_read(r, 0x1FFF0000, FLASH_CPU));
}

static void intruder_means_nothing_at_level_0(void **state)
{
    struct rig *r = *state;

    r->intruder = true;
    assert_true(can_read(r, BASE, FLASH_DEBUG));
    assert_int_equal(erase_page(r, 0), 0);
}

static void level_2_lets_flash_code_run(void **state)
{
    struct rig *r = *state;

    set_rdp(r, 0xCC);
    r->intruder = true;
    assert_true(can_read(r, BASE, FLASH_CPU));
    assert_false(can_read(r, BASE, FLASH_DEBUG));
}

static void boot_lock_at_level_1_starts_with_debug_closed(void **state)
{
    struct rig *r = *state;
    const uint32_t swen = BITS(U0_FLASH_ACR_DBG_SWEN);

    assert_true(reg_read(r, U0_FLASH_ACR) & swen);
    set_option(r, U0_FLASH_SECR, flash_option(r->f, U0_FLASH_SECR) | BITS(U0_FLASH_SECR_BOOT_LOCK));
    assert_true(flash_boot_lock(r->f));
    assert_true(reg_read(r, U0_FLASH_ACR) & swen);
    set_rdp(r, 0xBB);
    assert_false(reg_read(r, U0_FLASH_ACR) & swen);
    reg_write(r, U0_FLASH_ACR, reg_read(r, U0_FLASH_ACR) | swen); /* as ST's SystemInit does */
    assert_true(reg_read(r, U0_FLASH_ACR) & swen);
    flash_reset(r->f);
    assert_false(reg_read(r, U0_FLASH_ACR) & swen);
}

/* ---- HDP (U0) ---- */

static void hide_two_pages(struct rig *r) { set_option(r, U0_FLASH_SECR, PUT(U0_FLASH_SECR_HDP1EN, 0x55) | 1); }

static void hdp_area_is_open_until_it_is_closed(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;

    hide_two_pages(r);
    assert_true(can_read(r, BASE, FLASH_CPU));
    reg_write(r, U0_FLASH_HDPCR, 0xA300FF);
    assert_false(can_read(r, BASE, FLASH_CPU));
    assert_false(can_read(r, BASE + 2 * PAGE - 4, FLASH_FETCH));
    assert_true(can_read(r, BASE + 2 * PAGE, FLASH_CPU));
    assert_null(flash_window(r->f, &base, &bytes));
    assert_int_equal(erase_page(r, 1), FLAG(WRPERR));
    assert_string_equal(r->note, "erase of page 1: WRPERR (page 1 is hidden)");
    clear_errors(r);
    assert_int_equal(mass_erase(r), FLAG(WRPERR));
}

static void closed_hdp_stays_closed_until_reset(void **state)
{
    struct rig *r = *state;

    hide_two_pages(r);
    reg_write(r, U0_FLASH_HDPCR, 0xA300FF);
    reg_write(r, U0_FLASH_HDPCR, 0xA300A3);
    assert_false(can_read(r, BASE, FLASH_CPU));
    flash_reset(r->f);
    assert_true(can_read(r, BASE, FLASH_CPU));
}

static void hdp_off_hides_nothing(void **state)
{
    struct rig *r = *state;

    reg_write(r, U0_FLASH_HDPCR, 0xFF00FF);
    assert_true(can_read(r, BASE, FLASH_CPU));
}

static void hdp_extension_hides_further_pages_and_only_grows(void **state)
{
    struct rig *r = *state;

    hide_two_pages(r);
    reg_write(r, U0_FLASH_HDPEXTR, 2);
    reg_write(r, U0_FLASH_HDPEXTR, 1); /* still open: any size */
    reg_write(r, U0_FLASH_HDPCR, 0x5C00A3);
    assert_true(can_read(r, BASE + 1 * PAGE, FLASH_CPU));
    assert_false(can_read(r, BASE + 2 * PAGE, FLASH_CPU));
    assert_true(can_read(r, BASE + 3 * PAGE, FLASH_CPU));
    reg_write(r, U0_FLASH_HDPEXTR, 0);
    assert_int_equal(reg_read(r, U0_FLASH_HDPEXTR), 1);
    reg_write(r, U0_FLASH_HDPEXTR, 2);
    assert_false(can_read(r, BASE + 3 * PAGE, FLASH_CPU));
    reg_write(r, U0_FLASH_HDPCR, 0x3A00A3);
    reg_write(r, U0_FLASH_HDPEXTR, 3);
    assert_int_equal(reg_read(r, U0_FLASH_HDPEXTR), 2);
    reg_write(r, U0_FLASH_HDPCR, 0x5C00A3);
    assert_int_equal(reg_read(r, U0_FLASH_HDPCR), 0x3A00A3);
}

/* ---- securable area (G0) ---- */

static void securable_area_closes_with_sec_prot_until_reset(void **state)
{
    struct rig *r = *state;

    set_option(r, G0_FLASH_SECR, 2);
    assert_true(can_read(r, BASE, FLASH_CPU));
    unlock(r);
    reg_write(r, G0_FLASH_CR, BITS(G0_FLASH_CR_SEC_PROT));
    assert_false(can_read(r, BASE, FLASH_CPU));
    assert_false(can_read(r, BASE + 2 * PAGE - 4, FLASH_FETCH));
    assert_true(can_read(r, BASE + 2 * PAGE, FLASH_CPU));
    reg_write(r, G0_FLASH_CR, 0);
    assert_false(can_read(r, BASE, FLASH_CPU));
    assert_int_equal(erase_page(r, 0), FLAG(WRPERR));
    flash_reset(r->f);
    assert_true(can_read(r, BASE, FLASH_CPU));
}

static void sec_prot_without_an_area_hides_nothing(void **state)
{
    struct rig *r = *state;
    uint32_t base, bytes;

    unlock(r);
    reg_write(r, G0_FLASH_CR, BITS(G0_FLASH_CR_SEC_PROT));
    assert_non_null(flash_window(r->f, &base, &bytes));
}

/* ---- PCROP (G0) ---- */

static void protect_code(struct rig *r, uint32_t start, uint32_t end)
{
    assert_true(flash_store_option(r->f, G0_FLASH_PCROP1ASR, start));
    assert_true(flash_store_option(r->f, G0_FLASH_PCROP1AER, end));
    reload(r);
}

static void pcrop_can_be_fetched_and_not_read(void **state)
{
    struct rig *r = *state;
    uint32_t value, base, bytes;

    poke_fill(r, BASE, PAGE, 0x5A);
    protect_code(r, 1, 2);
    assert_true(try_read(r, BASE + 512, 4, FLASH_FETCH, &value) && value == 0x5A5A5A5A);
    assert_int_equal(errors(r), 0);
    assert_true(try_read(r, BASE + 512, 4, FLASH_CPU, &value) && value == 0);
    assert_int_equal(errors(r), BITS(G0_FLASH_SR_RDERR));
    reg_write(r, G0_FLASH_SR, BITS(G0_FLASH_SR_RDERR));
    assert_true(try_read(r, BASE + 511, 1, FLASH_CPU, &value) && value == 0x5A);
    assert_true(try_read(r, BASE + 3 * 512, 4, FLASH_DEBUG, &value) && value == 0x5A5A5A5A);
    assert_true(try_read(r, BASE + 3 * 512 - 4, 4, FLASH_DEBUG, &value) && value == 0);
    assert_null(flash_window(r->f, &base, &bytes));
}

static void pcrop_read_interrupts_if_asked(void **state)
{
    struct rig *r = *state;
    uint32_t value;

    protect_code(r, 0, 0);
    unlock(r);
    reg_write(r, G0_FLASH_CR, BITS(G0_FLASH_CR_RDERRIE));
    assert_true(try_read(r, BASE, 4, FLASH_CPU, &value));
    assert_true(r->irq);
    reg_write(r, G0_FLASH_SR, BITS(G0_FLASH_SR_RDERR));
    assert_false(r->irq);
}

static void pcrop_page_is_neither_erased_nor_programmed(void **state)
{
    struct rig *r = *state;

    protect_code(r, 1, 1);
    assert_int_equal(erase_page(r, 0), FLAG(WRPERR));
    clear_errors(r);
    assert_int_equal(program(r, BASE + 512, 1), FLAG(WRPERR));
    clear_errors(r);
    assert_int_equal(mass_erase(r), FLAG(WRPERR));
    clear_errors(r);
    assert_int_equal(program(r, BASE + 1024, 1), 0); /* same page, outside the area */
    assert_int_equal(erase_page(r, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(protected_page_is_neither_erased_nor_programmed),
        ON_BOTH(area_b_protects_as_well),
        ON_BOTH(area_is_inclusive_at_both_ends),
        ON_BOTH(start_above_end_protects_nothing),
        ON_BOTH(one_protected_page_stops_a_mass_erase),
        ON_BOTH(protected_page_can_be_read),
        ON_BOTH(rdp_byte_gives_the_level),
        ON_BOTH(level_1_shuts_the_debugger_out_of_main_flash_only),
        ON_BOTH(level_1_lets_code_booted_from_flash_work),
        ON_BOTH(level_1_shuts_out_all_once_an_intruder_is_seen),
        ON_BOTH(intruder_means_nothing_at_level_0),
        ON_BOTH(level_2_lets_flash_code_run),
        ON_BOTH(boot_lock_at_level_1_starts_with_debug_closed),
        ON_U0(hdp_area_is_open_until_it_is_closed),
        ON_U0(closed_hdp_stays_closed_until_reset),
        ON_U0(hdp_off_hides_nothing),
        ON_U0(hdp_extension_hides_further_pages_and_only_grows),
        ON_G0(securable_area_closes_with_sec_prot_until_reset),
        ON_G0(sec_prot_without_an_area_hides_nothing),
        ON_G0(pcrop_can_be_fetched_and_not_read),
        ON_G0(pcrop_read_interrupts_if_asked),
        ON_G0(pcrop_page_is_neither_erased_nor_programmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
