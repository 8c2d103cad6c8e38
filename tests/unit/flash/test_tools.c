/* test_tools.c - the register sequences that shipped software uses: the model must accept what each of them does on real parts.
 *
 * Observed in ST's HAL and Open Bootloader, OpenOCD 0.12, the CMSIS-Pack loader STM32U0xx_256, Black Magic Debug (both U0 drivers) and
 * stlink 1.7. Waits are theirs: none of them polls more than written here. */
#include "rig.h"

enum { ACR = U0_FLASH_ACR, KEYR = U0_FLASH_KEYR, SR = U0_FLASH_SR, CR = U0_FLASH_CR };

#define BSY1 FLAG(BSY1)

static void wait_bsy1(struct rig *r)
{
    while (sr(r) & BSY1)
        pass(r, 10 * PS_PER_US);
}

static void set_bits(struct rig *r, uint32_t bits) { reg_write(r, CR, cr(r) | bits); }
static void clear_bits(struct rig *r, uint32_t bits) { reg_write(r, CR, cr(r) & ~bits); }

static void expect_words(struct rig *r, uint32_t addr, uint32_t count, uint32_t first)
{
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(word_at(r, addr + 4 * i), first + i);
}

/* ---- ST HAL ---- */

static uint32_t hal_wait(struct rig *r)
{
    uint32_t error;

    wait_bsy1(r);
    error = sr(r) & 0x83FA;
    reg_write(r, SR, 0x83FB);
    while (sr(r) & FLAG(CFGBSY))
        pass(r, PS_PER_US);
    return error;
}

static void hal_unlock(struct rig *r)
{
    if (cr(r) & CRBIT(LOCK)) {
        reg_write(r, KEYR, KEY1);
        reg_write(r, KEYR, KEY2);
    }
    assert_false(cr(r) & CRBIT(LOCK));
}

static uint32_t hal_erase(struct rig *r, unsigned page)
{
    uint32_t error = hal_wait(r);

    if (error)
        return error;
    reg_write(r, CR, (cr(r) & ~BITS(U0_FLASH_CR_PNB)) | CRBIT(STRT) | PUT(U0_FLASH_CR_PNB, page) | CRBIT(PER));
    error = hal_wait(r);
    clear_bits(r, CRBIT(PER));
    return error;
}

static uint32_t hal_mass_erase(struct rig *r)
{
    set_bits(r, CRBIT(MER1) | CRBIT(STRT));
    return hal_wait(r); /* MER1 stays */
}

static uint32_t hal_program(struct rig *r, uint32_t addr, uint32_t low, uint32_t high)
{
    uint32_t error = hal_wait(r);

    if (error)
        return error;
    set_bits(r, CRBIT(PG));
    store(r, addr, low);
    store(r, addr + 4, high);
    error = hal_wait(r);
    clear_bits(r, CRBIT(PG));
    return error;
}

static void st_hal_erases_and_programs(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, 2 * PAGE, 0x5A);
    hal_unlock(r);
    assert_int_equal(hal_erase(r, 1), 0);
    for (uint32_t i = 0; i < 16; i += 2)
        assert_int_equal(hal_program(r, BASE + PAGE + 4 * i, i, i + 1), 0);
    set_bits(r, CRBIT(LOCK));
    expect_words(r, BASE + PAGE, 16, 0);
    assert_int_equal(word_at(r, BASE), 0x5A5A5A5A);
}

static void st_hal_goes_on_after_a_mass_erase(void **state)
{
    struct rig *r = *state;

    hal_unlock(r);
    assert_int_equal(hal_mass_erase(r), 0);
    assert_int_equal(hal_program(r, BASE, 1, 2), 0);
    assert_int_equal(hal_program(r, BASE + PAGE, 1, 2), 0);
    assert_int_equal(hal_erase(r, 1), 0);
    assert_int_equal(word_at(r, BASE), 1);
    assert_int_equal(hal_mass_erase(r), 0);
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
}

static void st_hal_page_erase_works_after_a_refused_mass_erase(void **state)
{
    struct rig *r = *state;

    set_option(r, U0_FLASH_WRP1AR, 5 << 16 | 5);
    hal_unlock(r);
    assert_int_equal(hal_mass_erase(r), FLAG(WRPERR));
    assert_int_equal(hal_erase(r, 1), 0);
}

static void st_hal_fails_once_on_stale_flags_and_then_works(void **state)
{
    struct rig *r = *state;

    store(r, BASE + 4, 1);
    hal_unlock(r);
    assert_int_equal(hal_erase(r, 1), 0xA0);
    assert_int_equal(hal_erase(r, 1), 0);
}

static void st_hal_changes_both_halves_of_secr(void **state)
{
    struct rig *r = *state;

    unlock_options(r);
    reg_write(r, U0_FLASH_SECR, (reg_read(r, U0_FLASH_SECR) & ~0xFF00007Fu) | 0x55000003);
    reg_write(r, U0_FLASH_SECR, reg_read(r, U0_FLASH_SECR) | BITS(U0_FLASH_SECR_BOOT_LOCK));
    set_bits(r, CRBIT(OPTSTRT));
    assert_int_equal(hal_wait(r), 0);
    r->auto_reload = true;
    set_bits(r, CRBIT(OBL_LAUNCH));
    assert_int_equal(reg_read(r, U0_FLASH_SECR), 0x55010003);
}

/* ---- OpenOCD ---- */

static void openocd_unlock(struct rig *r)
{
    if (!(cr(r) & CRBIT(LOCK)))
        return;
    reg_write(r, KEYR, KEY1);
    reg_write(r, KEYR, KEY2);
    assert_false(cr(r) & CRBIT(LOCK));
}

static void openocd_wait(struct rig *r)
{
    wait_bsy1(r);
    assert_int_equal(sr(r) & 0xFA, 0);
    if (sr(r) & 0xFA)
        reg_write(r, SR, sr(r) & 0xFA);
}

static void openocd_erases_and_programs(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, 2 * PAGE, 0x5A);
    openocd_unlock(r);
    for (unsigned page = 0; page < 2; page++) {
        reg_write(r, SR, 0xFA);
        reg_write(r, CR, CRBIT(PER) | CRBIT(STRT) | PUT(U0_FLASH_CR_PNB, page));
        openocd_wait(r);
    }
    reg_write(r, CR, CRBIT(LOCK));
    openocd_unlock(r);
    reg_write(r, CR, CRBIT(PG)); /* plain word writes, as without a work area */
    for (uint32_t i = 0; i < 64; i++)
        store(r, BASE + 4 * i, i);
    openocd_wait(r);
    reg_write(r, CR, CRBIT(LOCK));
    expect_words(r, BASE, 64, 0);
    assert_int_equal(word_at(r, BASE + PAGE), 0xFFFFFFFF);
}

static void openocd_mass_erases(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    openocd_unlock(r);
    reg_write(r, CR, CRBIT(MER1));
    reg_write(r, CR, CRBIT(MER1) | CRBIT(STRT));
    openocd_wait(r);
    reg_write(r, CR, CRBIT(LOCK));
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
    assert_int_equal(cr(r), 0xC0000000);
}

static void openocd_writes_and_loads_options(void **state)
{
    struct rig *r = *state;

    openocd_unlock(r);
    reg_write(r, U0_FLASH_OPTKEYR, OPTKEY1);
    reg_write(r, U0_FLASH_OPTKEYR, OPTKEY2);
    reg_write(r, U0_FLASH_OPTR, 0xFBFFFEAA);
    reg_write(r, CR, CRBIT(OPTSTRT));
    openocd_wait(r);
    reg_write(r, CR, CRBIT(LOCK) | CRBIT(OPTLOCK));
    r->auto_reload = true;
    unlock_options(r);
    reg_write(r, CR, CRBIT(OBL_LAUNCH));
    reg_write(r, CR, CRBIT(LOCK) | CRBIT(OPTLOCK));
    assert_int_equal(reg_read(r, U0_FLASH_OPTR), 0xFBFFFEAA);
}

/* ---- CMSIS-Pack loader ---- */

static void cmsis_init(struct rig *r)
{
    reg_write(r, SR, 0xC3FA);
    if (cr(r) & CRBIT(LOCK)) {
        reg_write(r, KEYR, KEY1);
        reg_write(r, KEYR, KEY2);
    }
}

static void cmsis_pack_loader_erases_and_programs(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, PAGE, 0x5A);
    cmsis_init(r);
    reg_write(r, SR, 0xC3FA);
    clear_bits(r, BITS(U0_FLASH_CR_PNB));
    set_bits(r, CRBIT(PER) | PUT(U0_FLASH_CR_PNB, 0));
    set_bits(r, CRBIT(STRT));
    wait_bsy1(r);
    assert_int_equal(sr(r) & 0xC3FA, 0);
    clear_bits(r, CRBIT(PER));
    if (word_at(r, BASE) == 0xFFFFFFFF)
        reg_write(r, ACR, reg_read(r, ACR) | BITS(U0_FLASH_ACR_EMPTY));
    assert_true(flash_empty(r->f));

    wait_bsy1(r);
    reg_write(r, SR, 0x1FF);
    set_bits(r, CRBIT(PG));
    for (uint32_t i = 0; i < 256; i += 2) {
        store(r, BASE + 4 * i, i);
        store(r, BASE + 4 * i + 4, i + 1);
        wait_bsy1(r);
        assert_int_equal(sr(r) & 1, 0); /* it takes EOP for an error */
    }
    clear_bits(r, CRBIT(PG));
    reg_write(r, ACR, reg_read(r, ACR) & ~BITS(U0_FLASH_ACR_EMPTY));
    set_bits(r, CRBIT(LOCK));
    expect_words(r, BASE, 256, 0);
    assert_false(flash_empty(r->f));
}

static void cmsis_pack_loader_erases_the_chip(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    cmsis_init(r);
    wait_bsy1(r);
    set_bits(r, CRBIT(MER1));
    set_bits(r, CRBIT(STRT));
    wait_bsy1(r);
    assert_int_equal(sr(r) & 0xC3FA, 0);
    clear_bits(r, CRBIT(MER1));
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
}

/* ---- Black Magic Debug ---- */

static void black_magic_finish(struct rig *r)
{
    assert_true(try_write(r, CR, 2, 0));
    set_bits(r, CRBIT(LOCK));
}

static void black_magic_erases_and_programs(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, PAGE, 0x5A);
    reg_write(r, KEYR, KEY1); /* without a look at LOCK */
    reg_write(r, KEYR, KEY2);
    reg_write(r, SR, sr(r));
    reg_write(r, CR, PUT(U0_FLASH_CR_PNB, 0) | CRBIT(PER));
    set_bits(r, CRBIT(STRT));
    while (sr(r) & 0x30000)
        pass(r, 100 * PS_PER_US);
    black_magic_finish(r);

    reg_write(r, KEYR, KEY1);
    reg_write(r, KEYR, KEY2);
    reg_write(r, CR, CRBIT(PG));
    for (uint32_t i = 0; i < 512; i++) /* one block write; the bus stalls it */
        store(r, BASE + 4 * i, i);
    while (sr(r) & 0x30000)
        pass(r, 100 * PS_PER_US);
    assert_int_equal(errors(r), 0);
    black_magic_finish(r);
    expect_words(r, BASE, 512, 0);
}

static void black_magic_mass_erases_with_a_bit_that_is_not_there(void **state)
{
    struct rig *r = *state;

    poke64(r, BASE, 7);
    reg_write(r, KEYR, KEY1);
    reg_write(r, KEYR, KEY2);
    reg_write(r, CR, CRBIT(MER1) | 1u << 15 | CRBIT(STRT));
    while (sr(r) & 0x30000)
        pass(r, 100 * PS_PER_US);
    assert_int_equal(errors(r), 0);
    black_magic_finish(r);
    assert_int_equal(word_at(r, BASE), 0xFFFFFFFF);
}

static void pg_ored_to_a_left_over_per_fails_as_on_a_real_u083(void **state)
{
    struct rig *r = *state;

    unlock(r);
    set_bits(r, CRBIT(PER));
    set_bits(r, CRBIT(STRT));
    wait_bsy1(r);
    set_bits(r, CRBIT(PG));
    store(r, BASE, 1);
    assert_int_equal(errors(r), FLAG(PGSERR));
    clear_errors(r);
    reg_write(r, CR, CRBIT(PG));
    store(r, BASE, 1);
    store(r, BASE + 4, 2);
    wait_bsy1(r);
    assert_int_equal(errors(r), 0);
}

/* ---- st-flash ---- */

static void st_flash_erases_and_programs(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, PAGE, 0x5A);
    wait_bsy1(r);
    hal_unlock(r);
    reg_write(r, SR, 0x3FA);
    set_bits(r, CRBIT(PER));
    reg_write(r, CR, (cr(r) & ~BITS(U0_FLASH_CR_PNB)) | PUT(U0_FLASH_CR_PNB, 0));
    set_bits(r, CRBIT(STRT));
    wait_bsy1(r);
    clear_bits(r, CRBIT(PER));
    set_bits(r, CRBIT(LOCK));

    hal_unlock(r);
    set_bits(r, CRBIT(PG));
    for (uint32_t i = 0; i < 64; i++) {
        store(r, BASE + 4 * i, i);
        wait_bsy1(r);
    }
    clear_bits(r, CRBIT(PG));
    set_bits(r, CRBIT(LOCK));
    assert_int_equal(errors(r), 0);
    expect_words(r, BASE, 64, 0);
}

static void st_flash_over_used_flash_ends_in_the_flags_of_the_reports(void **state)
{
    struct rig *r = *state;

    poke_fill(r, BASE, PAGE, 0x5A);
    hal_unlock(r);
    set_bits(r, CRBIT(PG));
    for (uint32_t i = 0; i < 8; i++) {
        store(r, BASE + 4 * i, i);
        wait_bsy1(r);
    }
    assert_int_equal(errors(r), 0xA8); /* "non-erased value", then 0x000000a0: PGAERR, PGSERR */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(st_hal_erases_and_programs),
        ON_BOTH(st_hal_goes_on_after_a_mass_erase),
        ON_BOTH(st_hal_page_erase_works_after_a_refused_mass_erase),
        ON_BOTH(st_hal_fails_once_on_stale_flags_and_then_works),
        ON_U0(st_hal_changes_both_halves_of_secr),
        ON_BOTH(openocd_erases_and_programs),
        ON_BOTH(openocd_mass_erases),
        ON_BOTH(openocd_writes_and_loads_options),
        ON_BOTH(cmsis_pack_loader_erases_and_programs),
        ON_BOTH(cmsis_pack_loader_erases_the_chip),
        ON_BOTH(black_magic_erases_and_programs),
        ON_BOTH(black_magic_mass_erases_with_a_bit_that_is_not_there),
        ON_BOTH(pg_ored_to_a_left_over_per_fails_as_on_a_real_u083),
        ON_BOTH(st_flash_erases_and_programs),
        ON_BOTH(st_flash_over_used_flash_ends_in_the_flags_of_the_reports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
