/* test_dfu_entry.c - the way from the charger into system memory: what the ROM finds, at any moment, and that the way back is always open.
 *
 * The argument `long` makes it 1,000 moments instead of 50. */
#include "charger_rig.h"

#include "device/regs/u0_iwdg.h"
#include "device/regs/u0_pwr.h"

#include <stdio.h>

#define RCC_BASE    0x40021000u
#define PWR_BASE    0x40007000u
#define SYSCFG_BASE 0x40010000u
#define IWDG_BASE   0x40003000u
enum { REGSEL_SP = 13, REGSEL_PC = 15, REGSEL_PRIMASK_CONTROL = 20 };

static unsigned moments = 50;

static uint32_t rom_vector(struct chip *c, unsigned n) { return charger_peek(c, SYSTEM_MEMORY + 4 * n); }

static void the_rom_finds_the_chip_as_a_reset_leaves_it(void **state)
{
    struct chip *const c = charger_new("charger", 700), *const fresh = charger_new("charger", 0);
    static const uint16_t untouched[] = { U0_RCC_CR,     U0_RCC_CFGR,    U0_RCC_PLLCFGR, U0_RCC_CIER,  U0_RCC_AHBENR,
                                          U0_RCC_IOPENR, U0_RCC_APBENR1, U0_RCC_DBGCFGR, U0_RCC_CCIPR, U0_RCC_CRRCR };

    chip_run_until(fresh, UINT64_C(100000000)); /* powered and still in reset: registers as a reset leaves them */
    charger_type(c, "dfu");
    assert_true(charger_stop_at(c, rom_vector(c, 1) & ~1u, 100));
    assert_int_equal(charger_register(c, REGSEL_PC), rom_vector(c, 1) & ~1u);
    assert_int_equal(charger_register(c, REGSEL_SP), rom_vector(c, 0));
    assert_int_equal(charger_register(c, REGSEL_PRIMASK_CONTROL), 0); /* interrupts on, privileged, main stack */
    assert_int_equal(charger_peek(c, PPB(VTOR)), 0);
    assert_int_equal(charger_peek(c, 0), rom_vector(c, 0)); /* the ROM's vectors are at 0 */
    assert_int_equal(charger_peek(c, SYSCFG_BASE + U0_SYSCFG_CFGR1) & BITS(U0_SYSCFG_CFGR1_MEM_MODE), 1);
    assert_int_equal(charger_peek(c, PPB(SYST_CSR)) & BITS(PPB_SYST_CSR_ENABLE), 0);
    assert_int_equal(charger_peek(c, PPB(NVIC_ISER)), 0);
    assert_int_equal(charger_peek(c, PPB(NVIC_ISPR)), 0);
    assert_int_equal(charger_peek(c, PPB(MPU_CTRL)), 0);
    for (unsigned i = 0; i < sizeof untouched / sizeof untouched[0]; i++)
        assert_int_equal(charger_peek(c, RCC_BASE + untouched[i]), charger_peek(fresh, RCC_BASE + untouched[i]));
    assert_true(charger_peek(c, PWR_BASE + U0_PWR_CR2) & BITS(U0_PWR_CR2_USV));
    assert_int_equal(charger_peek(c, IWDG_BASE + U0_IWDG_SR) & BITS(U0_IWDG_SR_ONF), 0);
    assert_int_equal(charger_peek(c, 0x40022000u + U0_FLASH_SR), 0);
    chip_free(c);
    chip_free(fresh);
}

/* The next reset is the program's again: the request counts once. */
static void a_reset_or_a_power_cycle_comes_back_to_the_program(void **state)
{
    static const char *const builds[] = { "charger", "charger-no-watchdog", "charger-67k", "charger-g071" };

    for (unsigned i = 0; i < sizeof builds / sizeof builds[0]; i++)
        for (int power = 0; power < 2; power++) {
            struct chip *const c = charger_new(builds[i], 700);
            const uint64_t before = (charger_type(c, "dfu"), chip_uart_total(c, 2));

            assert_true(charger_in_rom(c, 100));
            charger_ms(c, 10);
            if (power) {
                chip_power(c, false);
                charger_ms(c, 5);
                chip_power(c, true);
            } else {
                chip_nrst(c, true);
                charger_ms(c, 1);
                chip_nrst(c, false);
            }
            charger_ms(c, 700);
            assert_true(chip_uart_total(c, 2) > before + 30);
            assert_true(charger_pc(c) >> 20 == 0x080);
            chip_free(c);
        }
}

/* SplitMix64: the same moments every time. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void at_any_moment_the_bootloader_comes_up_and_the_program_comes_back(void **state)
{
    uint64_t seed = 6;

    for (unsigned i = 0; i < moments; i++) {
        const uint64_t at = next_random(&seed), back = next_random(&seed);
        struct chip *const c = charger_new(i % 2 ? "charger-no-watchdog" : "charger", 0);
        uint32_t before[CHARGER_OPTIONS], after[CHARGER_OPTIONS];

        charger_us(c, 5000 + at % 1500000);
        charger_options(c, before);
        charger_type(c, "dfu");
        if (!charger_in_rom(c, 50))
            fail_msg("moment %u, %u us after power-on: not in system memory, pc 0x%08x", i, (unsigned)(5000 + at % 1500000),
                     (unsigned)charger_pc(c));
        charger_us(c, 1000 + back % 20000);
        charger_options(c, after);
        assert_memory_equal(before, after, sizeof before);
        chip_nrst(c, true);
        charger_us(c, 100);
        chip_nrst(c, false);
        charger_ms(c, 20);
        assert_true(charger_pc(c) >> 20 == 0x080);
        charger_options(c, after);
        assert_memory_equal(before, after, sizeof before);
        chip_free(c);
    }
}

/* Half a request is none: what RAM holds after power-on must never open the door. */
static void noise_in_ram_is_no_request(void **state)
{
    struct chip *const c = charger_new("charger", 0);

    for (unsigned i = 0; i < 20; i++) {
        chip_power(c, false);
        charger_ms(c, 1);
        chip_power(c, true);
        charger_ms(c, 10);
        assert_true(charger_pc(c) >> 20 == 0x080);
    }
    chip_free(c);
}

static void a_fault_is_told_by_the_next_life(void **state)
{
    struct chip *const c = charger_new("charger", 100);

    charger_type(c, "fault");
    charger_ms(c, 100);
    assert_true(charger_said(c, "fault: hard fault, pc 0x0800"));
    assert_true(charger_said(c, "last life ended by a hard fault, pc 0x0800"));
    charger_type(c, "hang");
    charger_ms(c, 2500);
    assert_true(charger_said(c, "the watchdog has reset the chip"));
    charger_type(c, "status");
    charger_ms(c, 20);
    assert_true(charger_said(c, "faults 1\r\n"));
    chip_free(c);
}

static void the_watchdog_stands_still_while_a_debugger_holds_the_core(void **state)
{
    struct chip *const c = charger_new("charger", 700);
    uint64_t done_ps;

    assert_true(chip_debug_write(c, PPB(DHCSR), 4, 0xA05F0003, &done_ps)); /* halt */
    charger_ms(c, 6000);
    assert_true(chip_debug_write(c, PPB(DHCSR), 4, 0xA05F0001, &done_ps)); /* run */
    charger_ms(c, 1000);
    assert_true(charger_said(c, "beat 3"));
    assert_false(charger_said(c, "the watchdog has reset the chip"));
    chip_free(c);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rom_finds_the_chip_as_a_reset_leaves_it),
        cmocka_unit_test(a_reset_or_a_power_cycle_comes_back_to_the_program),
        cmocka_unit_test(at_any_moment_the_bootloader_comes_up_and_the_program_comes_back),
        cmocka_unit_test(noise_in_ram_is_no_request),
        cmocka_unit_test(a_fault_is_told_by_the_next_life),
        cmocka_unit_test(the_watchdog_stands_still_while_a_debugger_holds_the_core),
    };

    if (argc == 2 && strcmp(argv[1], "long") == 0)
        moments = 1000;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
