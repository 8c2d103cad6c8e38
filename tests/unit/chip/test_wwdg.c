/* test_wwdg.c - the window watchdog: time to the bite, window, early warning, start by option, freeze. */
#include "rig.h"

#include "device/regs/wwdg.h"

#define WWDG_BASE 0x40002C00u
#define STEP_US   1024 /* 4096 cycles of 4 MHz */

static struct chip *stopped(const char *name)
{
    struct program p = { 0 };

    prog_stop(&p);
    return rig_run(name, &p);
}

static struct chip *clocked(void)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_CSR, BITS(U0_RCC_CSR_RMVF));
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_WWDGEN));
    return c;
}

static bool has_bitten(struct chip *c) { return rig_reset_flags(c) & BITS(U0_RCC_CSR_WWDGRSTF); }

static void it_bites_one_step_below_0x40(void **state)
{
    struct chip *c = clocked();

    assert_int_equal(rig_read(c, WWDG_BASE + WWDG_CFR), 0x7F);
    rig_write(c, WWDG_BASE + WWDG_CR, BITS(WWDG_CR_WDGA) | 0x50);
    rig_us(c, 0x10 * STEP_US + STEP_US - 10);
    assert_int_equal(rig_read(c, WWDG_BASE + WWDG_CR), BITS(WWDG_CR_WDGA) | 0x40);
    assert_true(rig_read(c, WWDG_BASE + WWDG_SR) & BITS(WWDG_SR_EWIF));
    assert_false(has_bitten(c));
    rig_us(c, 100);
    assert_true(has_bitten(c));
    assert_int_equal(rig_read(c, WWDG_BASE + WWDG_CR), 0); /* its clock is off again */
    assert_non_null(rig_note(c, "reset", "window watchdog"));
    chip_free(c);
}

static void the_prescaler_makes_steps_longer(void **state)
{
    struct chip *c = clocked();

    rig_write(c, WWDG_BASE + WWDG_CFR, PUT(WWDG_CFR_W, 0x7F) | PUT(WWDG_CFR_WDGTB, 3));
    rig_write(c, WWDG_BASE + WWDG_CR, BITS(WWDG_CR_WDGA) | 0x41);
    rig_us(c, 8 * STEP_US - 10);
    assert_int_equal(GET(rig_read(c, WWDG_BASE + WWDG_CR), WWDG_CR_T), 0x41);
    rig_us(c, 8 * STEP_US);
    assert_false(has_bitten(c));
    rig_us(c, 100);
    assert_true(has_bitten(c));
    chip_free(c);
}

static void a_refresh_above_the_window_bites_inside_it_does_not(void **state)
{
    struct chip *c = clocked();

    rig_write(c, WWDG_BASE + WWDG_CFR, PUT(WWDG_CFR_W, 0x50));
    rig_write(c, WWDG_BASE + WWDG_CR, BITS(WWDG_CR_WDGA) | 0x60);
    rig_us(c, 0x11 * STEP_US);
    rig_write(c, WWDG_BASE + WWDG_CR, 0x60); /* WDGA cannot be cleared */
    rig_us(c, 5 * STEP_US);
    assert_false(has_bitten(c));
    assert_true(rig_read(c, WWDG_BASE + WWDG_CR) & BITS(WWDG_CR_WDGA));
    rig_write(c, WWDG_BASE + WWDG_CR, 0x60); /* 0x5B: too early */
    rig_us(c, 10);
    rig_us(c, 100);
    assert_true(has_bitten(c));
    chip_free(c);
}

static void the_early_warning_comes_as_an_interrupt(void **state)
{
    struct chip *c = clocked();

    rig_write(c, WWDG_BASE + WWDG_CFR, PUT(WWDG_CFR_W, 0x7F) | BITS(WWDG_CFR_EWI));
    rig_write(c, WWDG_BASE + WWDG_CR, BITS(WWDG_CR_WDGA) | 0x42);
    rig_us(c, 2 * STEP_US - 10);
    assert_int_equal(rig_read(c, PPB_BASE + PPB_NVIC_ISPR) & 1, 0);
    rig_us(c, 20);
    assert_int_equal(rig_read(c, PPB_BASE + PPB_NVIC_ISPR) & 1, 1);
    rig_write(c, WWDG_BASE + WWDG_SR, 0);
    rig_write(c, WWDG_BASE + WWDG_CR, 0x7F);
    assert_int_equal(rig_read(c, WWDG_BASE + WWDG_SR), 0);
    rig_us(c, 0x30 * STEP_US);
    assert_false(has_bitten(c));
    chip_free(c);
}

static void wwdg_sw_0_starts_it_with_the_reset(void **state)
{
    static const char *const names[] = { "stm32u073rc", "stm32g071rb" };

    for (unsigned i = 0; i < 2; i++) {
        struct program p = { 0 };
        struct chip *c = rig_new(names[i]);

        prog_stop(&p);
        rig_load(c, FLASH_BASE, &p);
        chip_store_option(c, U0_FLASH_OPTR, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_WWDG_SW));
        rig_boot(c);
        assert_true(rig_read(c, WWDG_BASE + WWDG_CR) & BITS(WWDG_CR_WDGA));
        rig_us(c, 0x42 * STEP_US);
        assert_non_null(rig_note(c, "reset", "window watchdog"));
        chip_free(c);
    }
}

static void dbgmcu_freezes_it_while_the_core_is_halted(void **state)
{
    struct chip *c = clocked();

    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, BITS(U0_DBGMCU_APB1FZR_DBG_WWDG_STOP));
    rig_write(c, WWDG_BASE + WWDG_CR, BITS(WWDG_CR_WDGA) | 0x48);
    rig_halt(c);
    rig_us(c, 100 * STEP_US);
    assert_false(has_bitten(c));
    assert_true(GET(rig_read(c, WWDG_BASE + WWDG_CR), WWDG_CR_T) > 0x46);
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_us(c, 10 * STEP_US);
    assert_true(has_bitten(c));
    chip_free(c);
}

static void its_clock_enable_cannot_be_taken_back(void **state)
{
    struct chip *c = clocked();

    rig_write(c, RCC_BASE + U0_RCC_APBENR1, 0);
    assert_int_equal(rig_read(c, RCC_BASE + U0_RCC_APBENR1), BITS(U0_RCC_APBENR1_WWDGEN));
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_bites_one_step_below_0x40),
        cmocka_unit_test(the_prescaler_makes_steps_longer),
        cmocka_unit_test(a_refresh_above_the_window_bites_inside_it_does_not),
        cmocka_unit_test(the_early_warning_comes_as_an_interrupt),
        cmocka_unit_test(wwdg_sw_0_starts_it_with_the_reset),
        cmocka_unit_test(dbgmcu_freezes_it_while_the_core_is_halted),
        cmocka_unit_test(its_clock_enable_cannot_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
