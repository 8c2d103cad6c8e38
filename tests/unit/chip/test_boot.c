/* test_boot.c - where a chip starts after a reset, what stands at address 0, and how fast it runs then. */
#include "rig.h"

static void counting_program(struct program *p)
{
    *p = (struct program){ 0 };
    prog_count(p);
}

static void leaving_program(struct program *p, uint32_t mark) /* writes where it ran */
{
    *p = (struct program){ 0 };
    prog_write(p, RESULT, mark);
    prog_stop(p);
}

static void u073_starts_from_flash_at_4_mhz(void **state)
{
    struct program p;
    struct chip *c;

    counting_program(&p);
    c = rig_run("stm32u073rc", &p);
    assert_in_range(rig_counts(c, 10000), 40000 / COUNT_CYCLES - 1, 40000 / COUNT_CYCLES + 1);
    chip_free(c);
}

static void g071_starts_from_flash_at_16_mhz(void **state)
{
    struct program p;
    struct chip *c;

    counting_program(&p);
    c = rig_run("STM32G071RB", &p);
    assert_in_range(rig_counts(c, 10000), 160000 / COUNT_CYCLES - 1, 160000 / COUNT_CYCLES + 1);
    chip_free(c);
}

static void unknown_chip_is_an_error_that_names_the_known_ones(void **state)
{
    struct err e = { 0 };

    assert_null(chip_new("stm32f103", 0, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.hint, "stm32u073rc"));
    assert_non_null(strstr(e.hint, chip_list(1)));
    assert_null(chip_list(2));
}

enum { FROM_FLASH = 0xF1A54, FROM_SRAM = 0x54A3, FROM_SYSTEM = 0 };

/* The boot table of RM0503 (table 6), row by row. What system memory holds does not write RESULT. */
static const struct {
    uint32_t optr_clear; /* option bits that are 0 */
    bool boot0, boot_lock, blank;
    uint32_t boots, mem_mode;
} boot_rows[] = {
// clang-format off
#define SEL   BITS(U0_FLASH_OPTR_nBOOT_SEL)
#define BOOT0 BITS(U0_FLASH_OPTR_nBOOT0)
#define BOOT1 BITS(U0_FLASH_OPTR_nBOOT1)
    /* options at 0          pin    lock   blank  boots        MEM_MODE */
    { 0,                     false, false, false, FROM_FLASH,  0 },
    { 0,                     true,  false, false, FROM_FLASH,  0 }, /* the pin is ignored */
    { 0,                     false, false, true,  FROM_SYSTEM, 1 }, /* EMPTY */
    { BOOT0,                 false, false, false, FROM_SYSTEM, 1 },
    { BOOT0 | BOOT1,         false, false, false, FROM_SRAM,   3 },
    { SEL,                   false, false, false, FROM_FLASH,  0 },
    { SEL,                   true,  false, false, FROM_SYSTEM, 1 },
    { SEL | BOOT1,           true,  false, false, FROM_SRAM,   3 },
    { SEL,                   false, false, true,  FROM_SYSTEM, 1 },
    { BOOT0,                 false, true,  false, FROM_FLASH,  0 }, /* BOOT_LOCK */
    { SEL,                   true,  true,  false, FROM_FLASH,  0 },
    // clang-format on
};

static void each_row_of_the_boot_table_boots_where_it_says(void **state)
{
    struct program p;

    for (size_t i = 0; i < sizeof boot_rows / sizeof boot_rows[0]; i++) {
        struct chip *c = rig_new("stm32u073rc");

        leaving_program(&p, FROM_FLASH);
        if (!boot_rows[i].blank)
            rig_load(c, FLASH_BASE, &p);
        assert_true(chip_store_option(c, U0_FLASH_OPTR, OPTR_FACTORY & ~boot_rows[i].optr_clear));
        if (boot_rows[i].boot_lock)
            assert_true(chip_store_option(c, U0_FLASH_SECR, PUT(U0_FLASH_SECR_HDP1EN, 0xB4) | BITS(U0_FLASH_SECR_BOOT_LOCK)));
        chip_boot0(c, boot_rows[i].boot0);
        rig_boot(c); /* RAM is noise now: a program for it comes with a second reset */
        chip_nrst(c, true);
        leaving_program(&p, FROM_SRAM);
        rig_load(c, RAM_BASE + 0x1000, &p);
        assert_true(chip_poke(c, RAM_BASE, (uint32_t[]){ RAM_BASE + 0x8000, RAM_BASE + 0x1000 + PROGRAM_AT + 1 }, 8));
        assert_true(chip_poke(c, RESULT, &(uint32_t){ 0 }, 4));
        chip_nrst(c, false);
        rig_us(c, 1000);
        assert_int_equal(rig_peek(c, RESULT), boot_rows[i].boots);
        assert_int_equal(GET(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_CFGR1), U0_SYSCFG_CFGR1_MEM_MODE), boot_rows[i].mem_mode);
        chip_free(c);
    }
}

static void boot0_pin_counts_as_low_once_a_debugger_was_there(void **state)
{
    struct program p;
    struct chip *c = rig_new("stm32u073rc");

    leaving_program(&p, FROM_FLASH);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, OPTR_FACTORY & ~SEL);
    chip_boot0(c, true);
    rig_boot(c);
    assert_int_equal(rig_read(c, SYSCFG_BASE + U0_SYSCFG_CFGR1), 0); /* not clocked; but now a debugger was there */
    assert_non_null(rig_note(c, "boot", "system memory"));
    chip_nrst(c, true);
    rig_us(c, 100);
    chip_nrst(c, false);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, RESULT), FROM_FLASH);
    chip_power(c, false);
    rig_us(c, 1000);
    rig_boot(c);
    assert_int_equal(GET(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_CFGR1), U0_SYSCFG_CFGR1_MEM_MODE), 1);
    chip_free(c);
}

static void mem_mode_changes_what_stands_at_0(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    prog_copy(&p, 0x00000004, RESULT);
    prog_write(&p, SYSCFG_BASE + U0_SYSCFG_CFGR1, 1);
    prog_copy(&p, 0x00000004, RESULT + 4);
    prog_write(&p, SYSCFG_BASE + U0_SYSCFG_CFGR1, 3);
    prog_write(&p, RAM_BASE + 8, 0xCAFE);
    prog_copy(&p, 0x00000008, RESULT + 8);
    prog_write(&p, 0x0000000C, 0xD00D); /* SRAM can be written through the alias */
    prog_copy(&p, RAM_BASE + 12, RESULT + 12);
    prog_write(&p, SYSCFG_BASE + U0_SYSCFG_CFGR1, 2);
    prog_copy(&p, 0x00000004, RESULT + 16);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, RESULT), rig_peek(c, FLASH_BASE + 4));
    assert_int_equal(rig_peek(c, RESULT + 4), rig_peek(c, 0x1FFF0004));
    assert_int_equal(rig_peek(c, RESULT + 8), 0xCAFE);
    assert_int_equal(rig_peek(c, RESULT + 12), 0xD00D);
    assert_int_equal(rig_peek(c, RESULT + 16), rig_peek(c, FLASH_BASE + 4));
    chip_free(c);
}

static void ram_is_noise_after_power_on_and_kept_over_a_reset(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t first[4], then[4];

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    assert_true(chip_peek(c, RAM_BASE + 0x4000, first, sizeof first));
    chip_nrst(c, true);
    rig_us(c, 100);
    chip_nrst(c, false);
    rig_us(c, 100);
    assert_true(chip_peek(c, RAM_BASE + 0x4000, then, sizeof then));
    assert_memory_equal(first, then, sizeof first);
    chip_power(c, false);
    rig_us(c, 10);
    rig_boot(c);
    assert_true(chip_peek(c, RAM_BASE + 0x4000, then, sizeof then));
    assert_memory_not_equal(first, then, sizeof first);
    chip_free(c);
}

static void sram2_is_erased_at_reset_when_the_option_asks(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");
    const uint32_t mark = 0x12345678;

    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_BKPSRAM_HW_ERASE));
    rig_boot(c);
    chip_poke(c, RAM_BASE + 0x7FFC, &mark, 4);
    chip_poke(c, RAM_BASE + 0x8000, &mark, 4);
    chip_nrst(c, true);
    chip_nrst(c, false);
    rig_us(c, 100);
    assert_int_equal(rig_peek(c, RAM_BASE + 0x7FFC), mark);
    assert_int_equal(rig_peek(c, RAM_BASE + 0x8000), 0);
    chip_free(c);
}

static void parity_check_takes_4_kib_of_the_g071s_ram(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32g071rb");

    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    rig_boot(c);
    assert_true(rig_can_read(c, RAM_BASE + 36 * 1024 - 4));
    assert_false(rig_can_read(c, RAM_BASE + 36 * 1024));
    chip_power(c, false);
    chip_store_option(c, U0_FLASH_OPTR, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_RAM_PARITY_CHECK));
    rig_boot(c);
    assert_true(rig_can_read(c, RAM_BASE + 32 * 1024 - 4));
    assert_false(rig_can_read(c, RAM_BASE + 32 * 1024));
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u073_starts_from_flash_at_4_mhz),
        cmocka_unit_test(g071_starts_from_flash_at_16_mhz),
        cmocka_unit_test(unknown_chip_is_an_error_that_names_the_known_ones),
        cmocka_unit_test(each_row_of_the_boot_table_boots_where_it_says),
        cmocka_unit_test(boot0_pin_counts_as_low_once_a_debugger_was_there),
        cmocka_unit_test(mem_mode_changes_what_stands_at_0),
        cmocka_unit_test(ram_is_noise_after_power_on_and_kept_over_a_reset),
        cmocka_unit_test(sram2_is_erased_at_reset_when_the_option_asks),
        cmocka_unit_test(parity_check_takes_4_kib_of_the_g071s_ram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
