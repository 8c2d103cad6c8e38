/* test_careless.c - each careless build leaves exactly the trace that docs/enter-dfu.md says: at the ROM's first instruction, and after a
 * power cycle. What tools make of it afterwards: tests/journeys/charger.py. */
#include "charger_rig.h"

#include "device/regs/gpio.h"
#include "device/regs/u0_iwdg.h"

#define FLASH_REGS 0x40022000u
#define IWDG_BASE  0x40003000u
#define RCC_BASE   0x40021000u
enum { REGSEL_PRIMASK_CONTROL = 20 };

static struct chip *typed(const char *build)
{
    struct chip *const c = charger_new(build, 300);

    charger_type(c, "dfu");
    return c;
}

/* Halted at the ROM's first instruction. */
static struct chip *at_the_rom(const char *build)
{
    struct chip *const c = typed(build);

    assert_true(charger_stop_at(c, charger_peek(c, SYSTEM_MEMORY + 4) & ~1u, 200));
    return c;
}

static uint32_t reg_flash(struct chip *c, uint32_t offset) { return charger_peek(c, FLASH_REGS + offset); }

static void cycle(struct chip *c)
{
    chip_power(c, false);
    charger_ms(c, 10);
    chip_power(c, true);
    charger_ms(c, 50);
}

static void options_wrp_protects_page_0_for_good(void **state)
{
    struct chip *const c = typed("charger-careless-options-wrp");
    const uint32_t optr = reg_flash(c, U0_FLASH_OPTR);

    assert_int_equal(reg_flash(c, U0_FLASH_WRP1BR) & 0x7F, 0x7F);
    assert_true(charger_in_rom(c, 300)); /* it works: that afternoon */
    assert_int_equal(reg_flash(c, U0_FLASH_WRP1BR) & 0x7F007F, 0);
    assert_int_equal(reg_flash(c, U0_FLASH_OPTR), optr);
    cycle(c);
    assert_int_equal(charger_pc(c) >> 20, 0x080);
    assert_int_equal(reg_flash(c, U0_FLASH_WRP1BR) & 0x7F007F, 0);
    chip_free(c);
}

static void boot_bits_boot_system_memory_for_ever(void **state)
{
    struct chip *const c = typed("charger-careless-boot-bits");

    assert_true(charger_in_rom(c, 300));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(reg_flash(c, U0_FLASH_OPTR) & BITS(U0_FLASH_OPTR_nBOOT0), 0);
        assert_true(reg_flash(c, U0_FLASH_OPTR) & BITS(U0_FLASH_OPTR_nBOOT_SEL));
        cycle(c);
        assert_true(charger_in_rom(c, 300));
    }
    chip_free(c);
}

static void jump_leaves_everything_running(void **state)
{
    struct chip *const c = at_the_rom("charger-careless-jump");

    assert_true(charger_peek(c, PPB(SYST_CSR)) & BITS(PPB_SYST_CSR_ENABLE));
    assert_int_equal(charger_peek(c, PPB(VTOR)), 0x08000000);
    assert_int_equal(charger_peek(c, PPB(NVIC_ISER)), 1u << 28);
    assert_int_equal(charger_peek(c, RCC_BASE + U0_RCC_CFGR) & BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, 1));
    chip_free(c);
}

static void jump_masked_leaves_interrupts_masked(void **state)
{
    struct chip *const c = at_the_rom("charger-careless-jump-masked");

    assert_int_equal(charger_register(c, REGSEL_PRIMASK_CONTROL) & 0xFF, 1);
    assert_int_equal(charger_peek(c, PPB(SYST_CSR)) & BITS(PPB_SYST_CSR_ENABLE), 0);
    chip_free(c);
}

static void jump_watchdog_leaves_the_watchdog_running(void **state)
{
    struct chip *const c = at_the_rom("charger-careless-jump-watchdog");

    assert_true(charger_peek(c, IWDG_BASE + U0_IWDG_SR) & BITS(U0_IWDG_SR_ONF));
    assert_int_equal(charger_register(c, REGSEL_PRIMASK_CONTROL), 0);
    chip_free(c);
}

static void null_writes_leave_the_flash_controller_in_error(void **state)
{
    struct chip *const c = at_the_rom("charger-careless-null-writes");

    assert_true(reg_flash(c, U0_FLASH_SR) & (BITS(U0_FLASH_SR_PGSERR) | BITS(U0_FLASH_SR_PROGERR) | BITS(U0_FLASH_SR_WRPERR)));
    chip_free(c);
}

static void mpu_keeps_flash_read_only_and_ram_without_code(void **state)
{
    struct chip *const c = at_the_rom("charger-careless-mpu");

    assert_int_equal(charger_peek(c, PPB(MPU_CTRL)), BITS(PPB_MPU_CTRL_ENABLE) | BITS(PPB_MPU_CTRL_PRIVDEFENA));
    chip_free(c);
}

static void swd_pins_are_no_swd_pins(void **state)
{
    struct chip *const c = charger_new("charger-careless-swd-pins", 300);

    assert_false(chip_debug_alive(c));
    charger_type(c, "dfu");
    assert_true(charger_in_rom(c, 300));
    assert_true(chip_debug_alive(c)); /* its way into the ROM is a reset */
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_wrp_protects_page_0_for_good),
        cmocka_unit_test(boot_bits_boot_system_memory_for_ever),
        cmocka_unit_test(jump_leaves_everything_running),
        cmocka_unit_test(jump_masked_leaves_interrupts_masked),
        cmocka_unit_test(jump_watchdog_leaves_the_watchdog_running),
        cmocka_unit_test(null_writes_leave_the_flash_controller_in_error),
        cmocka_unit_test(mpu_keeps_flash_read_only_and_ram_without_code),
        cmocka_unit_test(swd_pins_are_no_swd_pins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
