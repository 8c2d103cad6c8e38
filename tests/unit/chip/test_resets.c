/* test_resets.c - every cause of a reset with its flags and what it leaves alone; the watchdog; NRST's modes; low power. */
#include "rig.h"

#define CSR     (RCC_BASE + U0_RCC_CSR)
#define POWER   (BITS(U0_RCC_CSR_PWRRSTF) | BITS(U0_RCC_CSR_PINRSTF))
#define PIN     BITS(U0_RCC_CSR_PINRSTF)
#define NRST(n) (OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_NRST_MODE)) | PUT(U0_FLASH_OPTR_NRST_MODE, n)

static struct chip *stopped(void)
{
    struct program p = { 0 };

    prog_stop(&p);
    return rig_run("stm32u073rc", &p);
}

static struct chip *with_options(const struct program *p, uint32_t optr)
{
    struct chip *c = rig_new("stm32u073rc");

    rig_load(c, FLASH_BASE, p);
    assert_true(chip_store_option(c, U0_FLASH_OPTR, optr));
    rig_boot(c);
    return c;
}

static void pulse_nrst(struct chip *c)
{
    chip_nrst(c, true);
    rig_us(c, 100);
    chip_nrst(c, false);
    rig_us(c, 100);
}

static void clear_flags(struct chip *c)
{
    rig_write(c, CSR, BITS(U0_RCC_CSR_RMVF));
    assert_int_equal(rig_reset_flags(c), 0);
}

static void each_cause_sets_its_flags(void **state)
{
    struct chip *c = stopped();

    assert_int_equal(rig_reset_flags(c), POWER);
    clear_flags(c);
    pulse_nrst(c);
    assert_int_equal(rig_reset_flags(c), PIN);
    clear_flags(c);
    rig_write(c, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    rig_us(c, 100);
    assert_int_equal(rig_reset_flags(c), BITS(U0_RCC_CSR_SFTRSTF) | PIN); /* the pin is bidirectional: it was pulled low */
    pulse_nrst(c);
    assert_int_equal(rig_reset_flags(c), BITS(U0_RCC_CSR_SFTRSTF) | PIN); /* flags add up until cleared */
    clear_flags(c);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    rig_write(c, FLASH_REGS + U0_FLASH_OPTKEYR, 0x08192A3B);
    rig_write(c, FLASH_REGS + U0_FLASH_OPTKEYR, 0x4C5D6E7F);
    rig_write(c, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_OBL_LAUNCH));
    rig_us(c, 200);
    assert_int_equal(rig_reset_flags(c), BITS(U0_RCC_CSR_OBLRSTF) | PIN);
    chip_free(c);
}

static void an_internal_reset_leaves_pinrstf_alone_when_nrst_is_input_only(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = with_options(&p, NRST(1));
    clear_flags(c);
    rig_write(c, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    assert_false(chip_nrst_is_low(c));
    rig_us(c, 100);
    assert_int_equal(rig_reset_flags(c), BITS(U0_RCC_CSR_SFTRSTF));
    chip_free(c);
}

static void a_bidirectional_nrst_is_pulled_low_by_an_internal_reset(void **state)
{
    struct chip *c = stopped();

    assert_false(chip_nrst_is_low(c));
    rig_write(c, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    assert_true(chip_nrst_is_low(c));
    rig_us(c, 30);
    assert_false(chip_nrst_is_low(c));
    chip_free(c);
}

static void nrst_as_gpio_does_not_reset(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_count(&p);
    c = with_options(&p, NRST(2));
    clear_flags(c);
    chip_nrst(c, true);
    rig_us(c, 1000);
    assert_in_range(rig_counts(c, 1000), 600, 700);
    assert_int_equal(rig_reset_flags(c), 0);
    chip_free(c);
}

static void nrst_held_low_holds_the_core_while_debug_answers(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_count(&p);
    c = rig_run("stm32u073rc", &p);
    chip_nrst(c, true);
    rig_us(c, 100);
    assert_int_equal(rig_counts(c, 1000), 0);
    assert_true(chip_debug_alive(c));
    assert_int_equal(rig_read(c, DBGMCU_BASE), 0x10006489);
    assert_int_equal(rig_read(c, FLASH_BASE), rig_peek(c, FLASH_BASE));
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_CR, BITS(U0_DBGMCU_CR_DBG_STOP));
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1); /* RCC itself is in reset */
    assert_int_equal(rig_read(c, RCC_BASE + U0_RCC_IOPENR), 0);
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_write(c, PPB(DEMCR), BITS(PPB_DEMCR_VC_CORERESET));
    chip_nrst(c, false);
    rig_us(c, 100);
    assert_true(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_HALT));
    assert_int_equal(rig_read(c, DBGMCU_BASE + U0_DBGMCU_CR), BITS(U0_DBGMCU_CR_DBG_STOP));
    rig_write(c, PPB(DCRSR), 15);
    assert_int_equal(rig_read(c, PPB(DCRDR)), FLASH_BASE + PROGRAM_AT); /* before the first instruction */
    chip_free(c);
}

static void debug_registers_and_dbgmcu_survive_a_system_reset_but_not_a_power_cut(void **state)
{
    struct chip *c = stopped();

    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP));
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_write(c, PPB(BP_COMP0), 0x48000101);
    pulse_nrst(c);
    assert_int_equal(rig_read(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR), BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP));
    assert_true(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_C_DEBUGEN));
    assert_int_equal(rig_read(c, PPB(BP_COMP0)), 0x48000101);
    chip_power(c, false);
    assert_false(chip_debug_alive(c));
    assert_false(rig_can_read(c, DBGMCU_BASE));
    rig_us(c, 1000);
    rig_boot(c);
    assert_int_equal(rig_read(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR), 0);
    assert_false(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_C_DEBUGEN));
    chip_free(c);
}

static void sysresetreq_by_the_program_starts_it_again(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_const(&p, 0, RESULT); /* ++RESULT */
    prog_half(&p, 0x6801);
    prog_half(&p, 0x3101);
    prog_half(&p, 0x6001);
    prog_const(&p, 2, 3);
    prog_half(&p, 0x4291); /* cmp r1, r2 */
    prog_half(&p, 0xD100); /* bne over the stop */
    prog_stop(&p);
    prog_write(&p, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    prog_stop(&p);
    c = rig_new("stm32u073rc");
    rig_load(c, FLASH_BASE, &p);
    chip_nrst(c, true);
    chip_power(c, true);
    rig_us(c, 500);
    chip_poke(c, RESULT, &(uint32_t){ 0 }, 4);
    chip_nrst(c, false);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, RESULT), 3);
    assert_int_equal(rig_note(c, "reset", "SYSRESETREQ")->count, 2);
    chip_free(c);
}

/* ---- the independent watchdog ---- */

static void start_iwdg(struct program *p, uint32_t pr, uint32_t rlr)
{
    prog_write(p, IWDG_BASE + U0_IWDG_KR, 0xCCCC);
    prog_write(p, IWDG_BASE + U0_IWDG_KR, 0x5555);
    prog_write(p, IWDG_BASE + U0_IWDG_PR, pr);
    prog_write(p, IWDG_BASE + U0_IWDG_RLR, rlr);
    prog_wait(p, IWDG_BASE + U0_IWDG_SR, 7, 0);
    prog_write(p, IWDG_BASE + U0_IWDG_KR, 0xAAAA);
}

static uint64_t us_until_reset(struct chip *c, uint64_t limit_us)
{
    const uint64_t start_ps = chip_now_ps(c);

    while (!rig_note(c, "reset", "watchdog") && chip_now_ps(c) < start_ps + limit_us * PS_PER_US)
        rig_us(c, 10);
    return (chip_now_ps(c) - start_ps) / PS_PER_US;
}

static void the_watchdog_bites_after_its_period(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    start_iwdg(&p, 0, 99); /* 100 steps of 4 / 32 kHz: 12.5 ms */
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    assert_in_range(us_until_reset(c, 100000), 12300, 12700);
    rig_us(c, 100);
    assert_int_equal(rig_reset_flags(c), BITS(U0_RCC_CSR_IWDGRSTF) | POWER);
    chip_free(c);
}

static void a_refreshed_watchdog_does_not_bite(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t loop;

    start_iwdg(&p, 0, 99);
    prog_const(&p, 0, IWDG_BASE);
    prog_const(&p, 1, 0xAAAA);
    loop = p.count;
    prog_half(&p, 0x6001);                                              /* str r1, [r0] */
    prog_half(&p, (uint16_t)(0xE000 | ((loop - p.count - 2) & 0x7FF))); /* b loop */
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 200000);
    assert_null(rig_note(c, "reset", "watchdog"));
    chip_free(c);
}

static void a_refresh_outside_the_window_bites(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    start_iwdg(&p, 0, 99);
    prog_write(&p, IWDG_BASE + U0_IWDG_KR, 0x5555);
    prog_write(&p, IWDG_BASE + U0_IWDG_WINR, 50);
    prog_wait(&p, IWDG_BASE + U0_IWDG_SR, 7, 0);
    prog_write(&p, IWDG_BASE + U0_IWDG_KR, 0xAAAA); /* far too early */
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    assert_in_range(us_until_reset(c, 100000), 0, 1000);
    chip_free(c);
}

static void watchdog_registers_need_their_key(void **state)
{
    struct chip *c = stopped();

    rig_write(c, IWDG_BASE + U0_IWDG_PR, 3);
    assert_int_equal(rig_read(c, IWDG_BASE + U0_IWDG_PR), 0);
    rig_write(c, IWDG_BASE + U0_IWDG_KR, 0x5555);
    rig_write(c, IWDG_BASE + U0_IWDG_PR, 3);
    assert_int_equal(rig_read(c, IWDG_BASE + U0_IWDG_PR), 3);
    assert_true(rig_read(c, IWDG_BASE + U0_IWDG_SR) & BITS(U0_IWDG_SR_PVU));
    rig_us(c, 200);
    assert_int_equal(rig_read(c, IWDG_BASE + U0_IWDG_SR), 0);
    rig_write(c, IWDG_BASE + U0_IWDG_KR, 0xAAAA);
    rig_write(c, IWDG_BASE + U0_IWDG_RLR, 5);
    assert_int_equal(rig_read(c, IWDG_BASE + U0_IWDG_RLR), 0xFFF);
    chip_free(c);
}

static void a_halted_core_freezes_the_watchdog_only_if_dbgmcu_says_so(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    start_iwdg(&p, 0, 99);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP));
    rig_halt(c);
    rig_us(c, 1000000);
    assert_null(rig_note(c, "reset", "watchdog"));
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, 0);
    assert_in_range(us_until_reset(c, 100000), 11000, 12500);
    chip_free(c);
}

static void a_breakpoint_freezes_the_watchdog_too(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t at;

    start_iwdg(&p, 0, 99);
    for (unsigned i = 0; i < 1000; i++)
        prog_half(&p, 0xBF00);
    at = FLASH_BASE + PROGRAM_AT + prog_here(&p);
    prog_half(&p, 0xBF00);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_halt(c);
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, BITS(U0_DBGMCU_APB1FZR_DBG_IWDG_STOP));
    rig_write(c, PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY) | BITS(PPB_BP_CTRL_ENABLE));
    rig_write(c, PPB(BP_COMP0), (at & 0x1FFFFFFC) | (at & 2 ? 2u : 1u) << 30 | BITS(PPB_BP_COMP0_ENABLE));
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_us(c, 1000000);
    assert_null(rig_note(c, "reset", "watchdog"));
    assert_true(rig_read(c, PPB(DFSR)) & BITS(PPB_DFSR_BKPT));
    chip_free(c);
}

static void a_hardware_watchdog_runs_from_reset(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = with_options(&p, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_IWDG_SW));
    assert_in_range(us_until_reset(c, 1000000), 511000, 513000); /* 4096 * 4 / 32 kHz */
    chip_free(c);
}

static void the_watchdog_bites_in_the_middle_of_an_erase(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint8_t page[2048];

    /* the flash is busy for 22 ms, the core waits for its next instruction, the watchdog has 12.5 ms */
    start_iwdg(&p, 0, 99);
    prog_write(&p, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    prog_write(&p, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    prog_write(&p, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PER) | PUT(U0_FLASH_CR_PNB, 9) | BITS(U0_FLASH_CR_STRT));
    prog_stop(&p);
    c = rig_new("stm32u073rc");
    rig_load(c, FLASH_BASE, &p);
    memset(page, 0x5A, sizeof page);
    chip_poke(c, FLASH_BASE + 9 * 2048, page, sizeof page);
    rig_boot(c);
    assert_in_range(us_until_reset(c, 100000), 12300, 12800); /* on time, not when the erase would have ended */
    chip_free(c);
}

/* ---- low power ---- */

static void deep_sleep(struct program *p, uint32_t lpms)
{
    prog_write(p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
    prog_write(p, PWR_BASE + U0_PWR_CR1, 0x208 | lpms);
    prog_write(p, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
    prog_wfi(p);
    prog_write(p, RESULT, 0xA3A3E);
    prog_stop(p);
}

static void stop_ends_the_debug_connection_unless_dbgmcu_keeps_it(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    deep_sleep(&p, 0);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    assert_false(chip_debug_alive(c));
    assert_int_not_equal(rig_peek(c, RESULT), 0xA3A3E);
    pulse_nrst(c); /* comes back for a moment: time enough to set DBG_STOP under reset */
    chip_nrst(c, true);
    assert_true(chip_debug_alive(c));
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_CR, BITS(U0_DBGMCU_CR_DBG_STOP));
    chip_nrst(c, false);
    rig_us(c, 1000);
    assert_true(chip_debug_alive(c));
    assert_true(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_SLEEP));
    chip_free(c);
}

static void a_forbidden_stop_is_a_reset(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    deep_sleep(&p, 0);
    c = with_options(&p, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_nRST_STOP));
    rig_us(c, 200);
    assert_true(rig_reset_flags(c) & BITS(U0_RCC_CSR_LPWRRSTF));
    chip_free(c);
}

static void standby_ends_by_nrst_loses_ram_and_leaves_sbf(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    const uint32_t mark = 0x600DF00D;

    deep_sleep(&p, 3);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    chip_poke(c, RAM_BASE + 0x4000, &mark, 4);
    chip_nrst(c, true);
    rig_us(c, 100);
    assert_true(rig_peek(c, PWR_BASE + U0_PWR_SR1) & BITS(U0_PWR_SR1_SBF));
    assert_int_not_equal(rig_peek(c, RAM_BASE + 0x4000), mark);
    chip_free(c);
}

static void the_watchdogs_early_warning_wakes_from_stop(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, IWDG_BASE + U0_IWDG_KR, 0x5555); /* early wake-up of the watchdog: the one source that runs in Stop here */
    prog_write(&p, IWDG_BASE + U0_IWDG_EWCR, BITS(U0_IWDG_EWCR_EWIE) | PUT(U0_IWDG_EWCR_EWIT, 4000));
    prog_write(&p, IWDG_BASE + U0_IWDG_KR, 0xCCCC);
    prog_write(&p, PPB(NVIC_ISER), 1);
    prog_half(&p, 0xB672); /* cpsid i: wake without taking the interrupt */
    deep_sleep(&p, 0);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 10000); /* 95 steps of 125 us: 11.9 ms */
    assert_int_not_equal(rig_peek(c, RESULT), 0xA3A3E);
    rig_us(c, 3000);
    assert_int_equal(rig_peek(c, RESULT), 0xA3A3E);
    assert_int_equal(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_ITLINE0), 1);
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_sets_its_flags),
        cmocka_unit_test(an_internal_reset_leaves_pinrstf_alone_when_nrst_is_input_only),
        cmocka_unit_test(a_bidirectional_nrst_is_pulled_low_by_an_internal_reset),
        cmocka_unit_test(nrst_as_gpio_does_not_reset),
        cmocka_unit_test(nrst_held_low_holds_the_core_while_debug_answers),
        cmocka_unit_test(debug_registers_and_dbgmcu_survive_a_system_reset_but_not_a_power_cut),
        cmocka_unit_test(sysresetreq_by_the_program_starts_it_again),
        cmocka_unit_test(the_watchdog_bites_after_its_period),
        cmocka_unit_test(a_refreshed_watchdog_does_not_bite),
        cmocka_unit_test(a_refresh_outside_the_window_bites),
        cmocka_unit_test(watchdog_registers_need_their_key),
        cmocka_unit_test(a_halted_core_freezes_the_watchdog_only_if_dbgmcu_says_so),
        cmocka_unit_test(a_breakpoint_freezes_the_watchdog_too),
        cmocka_unit_test(a_hardware_watchdog_runs_from_reset),
        cmocka_unit_test(the_watchdog_bites_in_the_middle_of_an_erase),
        cmocka_unit_test(stop_ends_the_debug_connection_unless_dbgmcu_keeps_it),
        cmocka_unit_test(a_forbidden_stop_is_a_reset),
        cmocka_unit_test(standby_ends_by_nrst_loses_ram_and_leaves_sbf),
        cmocka_unit_test(the_watchdogs_early_warning_wakes_from_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
