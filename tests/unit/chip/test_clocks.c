/* test_clocks.c - the core really runs at what RCC is told; ready bits follow their enables after the start-up time; gates and resets. */
#include "rig.h"

#include "device/regs/u0_crs.h"

#define CRS_BASE 0x40006C00u

#define CR   (RCC_BASE + U0_RCC_CR)
#define CFGR (RCC_BASE + U0_RCC_CFGR)

/* Loops of the program now running per millisecond, as a core speed in kHz. */
static uint32_t khz(struct chip *c) { return rig_counts(c, 20000) * COUNT_CYCLES / 20; }

static void expect_khz(struct chip *c, uint32_t expected)
{
    const uint32_t seen = khz(c);

    if (seen + 1 + expected / 1000 < expected || seen > expected + 1 + expected / 1000)
        fail_msg("the core runs at %u kHz, not %u", (unsigned)seen, (unsigned)expected);
}

static void u0_msi_range_sets_the_speed(void **state)
{
    static const uint32_t ranges_khz[12] = { 100, 200, 400, 800, 1000, 2000, 4000, 8000, 16000, 24000, 32000, 48000 };

    for (uint32_t range = 0; range < 12; range++) {
        struct program p = { 0 };
        struct chip *c;

        prog_write(&p, FLASH_REGS + U0_FLASH_ACR, 0x00040600 | 0); /* no wait states: noted above 24 MHz */
        prog_write(&p, CR, PUT(U0_RCC_CR_MSIRANGE, range) | BITS(U0_RCC_CR_MSION) | BITS(U0_RCC_CR_MSIRGSEL));
        prog_count(&p);
        c = rig_run("stm32u073rc", &p);
        rig_us(c, 10000);
        expect_khz(c, ranges_khz[range]);
        assert_int_equal(rig_note(c, "clock", "needs 1 flash wait states") != NULL, ranges_khz[range] > 24000);
        chip_free(c);
    }
}

/* Select source `sw` after switching it on by setting `on` in CR and waiting for `ready`. */
static struct chip *run_from(const char *chip, uint32_t on, uint32_t ready, uint32_t sw, uint32_t hse_hz)
{
    struct program p = { 0 };
    struct chip *c = rig_new(chip);
    const uint32_t reset = strcmp(chip, "stm32u073rc") == 0 ? 0x81 : 0x100;

    prog_write(&p, CR, reset | on);
    prog_wait(&p, CR, ready, ready);
    prog_write(&p, CFGR, sw);
    prog_wait(&p, CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, sw));
    prog_count(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_crystals(c, hse_hz, 0);
    rig_boot(c);
    rig_us(c, 10000);
    return c;
}

static void each_source_sets_the_speed(void **state)
{
    struct chip *c = run_from("stm32u073rc", BITS(U0_RCC_CR_HSION), BITS(U0_RCC_CR_HSIRDY), 1, 0);

    expect_khz(c, 16000);
    chip_free(c);
    c = run_from("stm32u073rc", BITS(U0_RCC_CR_HSEON), BITS(U0_RCC_CR_HSERDY), 2, 8000000);
    expect_khz(c, 8000);
    chip_free(c);
    c = run_from("stm32g071rb", BITS(G0_RCC_CR_HSEON), BITS(G0_RCC_CR_HSERDY), 1, 24000000);
    expect_khz(c, 24000);
    chip_free(c);
}

static void a_crystal_that_is_not_there_never_gets_ready(void **state)
{
    struct chip *c = run_from("stm32u073rc", BITS(U0_RCC_CR_HSEON), BITS(U0_RCC_CR_HSERDY), 2, 0);

    rig_us(c, 1000000);
    assert_false(rig_peek(c, CR) & BITS(U0_RCC_CR_HSERDY));
    assert_int_equal(GET(rig_peek(c, CFGR), U0_RCC_CFGR_SWS), 0);
    assert_non_null(rig_note(c, "spin", "on RCC_CR = "));
    assert_non_null(rig_note(c, "spin", "bits 0x20000")); /* HSERDY */
    chip_free(c);
}

static void the_switch_waits_for_a_source_that_is_not_ready(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, CFGR, 1); /* HSI16 is off */
    prog_copy(&p, CFGR, RESULT);
    prog_write(&p, CR, 0x81 | BITS(U0_RCC_CR_HSION));
    prog_wait(&p, CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, 1));
    prog_write(&p, CR, 0x81); /* it is in use now: stays on */
    prog_copy(&p, CR, RESULT + 4);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, RESULT), 1);
    assert_true(rig_peek(c, RESULT + 4) & BITS(U0_RCC_CR_HSION));
    chip_free(c);
}

/* SYSCLK of 56 MHz on the U0: HSI16 / 1 * 7 / 2; of 64 MHz on the G0: HSI16 / 1 * 8 / 2. */
static void the_pll_multiplies(void **state)
{
    static const struct {
        const char *chip;
        uint32_t on, n, sw, khz;
    } rows[] = {
        { "stm32u073rc", 0x81 | BITS(U0_RCC_CR_HSION), 7, 3, 56000 },
        { "stm32g071rb", BITS(G0_RCC_CR_HSION), 8, 2, 64000 },
    };

    for (unsigned i = 0; i < 2; i++) {
        struct program p = { 0 };
        struct chip *c;

        prog_write(&p, FLASH_REGS + U0_FLASH_ACR, 0x00040600 | 2);
        prog_write(&p, CR, rows[i].on);
        prog_wait(&p, CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
        prog_write(&p, RCC_BASE + U0_RCC_PLLCFGR,
                   PUT(U0_RCC_PLLCFGR_PLLSRC, 2) | PUT(U0_RCC_PLLCFGR_PLLN, rows[i].n) | PUT(U0_RCC_PLLCFGR_PLLR, 1) |
                       BITS(U0_RCC_PLLCFGR_PLLREN));
        prog_write(&p, CR, rows[i].on | BITS(U0_RCC_CR_PLLON));
        prog_wait(&p, CR, BITS(U0_RCC_CR_PLLRDY), BITS(U0_RCC_CR_PLLRDY));
        prog_write(&p, CFGR, rows[i].sw);
        prog_wait(&p, CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, rows[i].sw));
        /* run the loop from RAM: no wait states there */
        prog_const(&p, 4, RAM_BASE + 0x801);
        prog_half(&p, 0x4720); /* bx r4 */
        c = rig_new(rows[i].chip);
        rig_load(c, FLASH_BASE, &p);
        rig_boot(c); /* RAM is there: still at the reset clock, the first wait takes longer than this */
        p = (struct program){ 0 };
        prog_count(&p);
        chip_nrst(c, true);
        assert_true(chip_poke(c, RAM_BASE + 0x800, p.code, p.count * 2));
        chip_nrst(c, false);
        rig_us(c, 10000);
        expect_khz(c, rows[i].khz);
        assert_null(rig_note(c, "clock", ""));
        chip_free(c);
    }
}

static void ahb_prescaler_and_hsidiv_divide(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, CFGR, PUT(U0_RCC_CFGR_HPRE, 0xB)); /* / 16 */
    prog_count(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    expect_khz(c, 250);
    chip_free(c);

    p = (struct program){ 0 };
    prog_write(&p, CR, BITS(G0_RCC_CR_HSION) | PUT(G0_RCC_CR_HSIDIV, 3));
    prog_count(&p);
    c = rig_run("stm32g071rb", &p);
    rig_us(c, 1000);
    expect_khz(c, 2000);
    chip_free(c);
}

static void ready_bits_come_after_the_start_up_time_and_go_with_the_enable(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_CSR, BITS(U0_RCC_CSR_LSION));
    assert_false(rig_read(c, RCC_BASE + U0_RCC_CSR) & BITS(U0_RCC_CSR_LSIRDY));
    rig_us(c, 79);
    assert_false(rig_read(c, RCC_BASE + U0_RCC_CSR) & BITS(U0_RCC_CSR_LSIRDY));
    rig_us(c, 2);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_CSR) & BITS(U0_RCC_CSR_LSIRDY));
    rig_write(c, RCC_BASE + U0_RCC_CSR, 0);
    assert_false(rig_read(c, RCC_BASE + U0_RCC_CSR) & BITS(U0_RCC_CSR_LSIRDY));
    rig_write(c, RCC_BASE + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48ON));
    rig_us(c, 10);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_CRRCR) & BITS(U0_RCC_CRRCR_HSI48RDY));
    chip_free(c);
}

static void the_backup_domain_is_closed_without_dbp(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_crystals(c, 0, 32768);
    rig_boot(c);
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON));
    assert_int_equal(rig_read(c, RCC_BASE + U0_RCC_BDCR), 0);
    assert_non_null(rig_note(c, "refused", "BDCR"));
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON));
    rig_us(c, 2100000);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_BDCR) & BITS(U0_RCC_BDCR_LSERDY));
    chip_nrst(c, true);
    rig_us(c, 10);
    chip_nrst(c, false);
    rig_us(c, 100);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_BDCR) & BITS(U0_RCC_BDCR_LSERDY)); /* a system reset leaves it alone */
    chip_free(c);
}

static void a_peripheral_without_its_clock_reads_0_and_ignores_writes(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, CRC_BASE + CRC_IDR, 0x55);
    assert_int_equal(rig_read(c, CRC_BASE + CRC_DR), 0);
    assert_non_null(rig_note(c, "unclocked", "CRC"));
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_CRCEN));
    assert_int_equal(rig_read(c, CRC_BASE + CRC_DR), 0xFFFFFFFF);
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0);
    rig_write(c, CRC_BASE + CRC_IDR, 0x55);
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0x55);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100);
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_CRCEN));
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0x55); /* what was there is kept */
    chip_free(c);
}

static void a_reset_bit_resets_its_peripheral_and_holds_it(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_CRCEN));
    rig_write(c, CRC_BASE + CRC_IDR, 0x55);
    rig_write(c, RCC_BASE + U0_RCC_AHBRSTR, BITS(U0_RCC_AHBRSTR_CRCRST));
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0);
    rig_write(c, CRC_BASE + CRC_IDR, 0x66);
    rig_write(c, RCC_BASE + U0_RCC_AHBRSTR, 0);
    assert_int_equal(rig_read(c, CRC_BASE + CRC_IDR), 0);
    chip_free(c);
}

static void voltage_range_2_needs_more_wait_states(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, CR, 0x81 | BITS(U0_RCC_CR_HSION));
    prog_wait(&p, CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
    prog_write(&p, CFGR, 1);
    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
    prog_write(&p, PWR_BASE + U0_PWR_CR1, PUT(U0_PWR_CR1_VOS, 2));
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    assert_non_null(rig_note(c, "clock", "HCLK 16000000 Hz needs 1 flash wait states"));
    chip_free(c);
}

static void registers_not_modelled_keep_what_is_written_and_are_reported(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LCDEN));
    rig_write(c, 0x40002404, 1234);
    assert_int_equal(rig_read(c, 0x40002404), 1234);
    assert_non_null(rig_note(c, "unmodelled", "LCD_FCR: 1 reads, 1 writes"));
    chip_nrst(c, true);
    chip_nrst(c, false);
    rig_us(c, 100);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LCDEN));
    assert_int_equal(rig_read(c, 0x40002404), 0);
    chip_free(c);
}

static void holes_on_a_bus_read_0_and_what_is_on_none_is_a_bus_error(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint64_t done_ps;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + 0x3C, 1u << 27); /* where the G0 has DBGEN: real tools write there */
    assert_int_equal(rig_read(c, RCC_BASE + 0x3C), 0);
    assert_int_equal(rig_read(c, 0x40021400), 0);
    assert_false(rig_can_read(c, 0x30000000));
    assert_false(rig_can_read(c, 0x60000000));
    assert_false(rig_can_read(c, RAM_BASE + 40 * 1024));
    assert_false(rig_can_read(c, FLASH_BASE + 256 * 1024));
    assert_false(chip_debug_write(c, 0x60000000, 4, 0, &done_ps));
    chip_free(c);
}

/* 48 MHz against 32768 Hz: 1464 ticks from SYNC to SYNC. */
static void crs_is_synchronised_by_lse_and_says_how_well(void **state)
{
    static const struct {
        uint32_t reload, flags;
    } rows[] = { { 1463, BITS(U0_CRS_ISR_SYNCOKF) | BITS(U0_CRS_ISR_ESYNCF) },
                 { 1510, BITS(U0_CRS_ISR_SYNCWARNF) | BITS(U0_CRS_ISR_ESYNCF) },
                 { 2000, BITS(U0_CRS_ISR_ERRF) | BITS(U0_CRS_ISR_ESYNCF) | BITS(U0_CRS_ISR_SYNCERR) } };
    const uint32_t all = 0xF | BITS(U0_CRS_ISR_SYNCERR) | BITS(U0_CRS_ISR_SYNCMISS);
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_crystals(c, 0, 32768);
    rig_boot(c);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN) | BITS(U0_RCC_APBENR1_CRSEN));
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    rig_write(c, CRS_BASE + U0_CRS_CFGR, PUT(U0_CRS_CFGR_SYNCSRC, 1) | PUT(U0_CRS_CFGR_FELIM, 0x22) | 1463);
    rig_write(c, CRS_BASE + U0_CRS_CR, 0x4000 | BITS(U0_CRS_CR_CEN));
    rig_us(c, 1000);
    assert_int_equal(rig_read(c, CRS_BASE + U0_CRS_ISR) & all, BITS(U0_CRS_ISR_ERRF) | BITS(U0_CRS_ISR_ESYNCF) | BITS(U0_CRS_ISR_SYNCMISS));
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON));
    rig_us(c, 2100000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_write(c, CRS_BASE + U0_CRS_CR, 0x4000);
        rig_write(c, CRS_BASE + U0_CRS_CFGR, PUT(U0_CRS_CFGR_SYNCSRC, 1) | PUT(U0_CRS_CFGR_FELIM, 0x22) | rows[i].reload);
        rig_write(c, CRS_BASE + U0_CRS_ICR, 0xF);
        rig_write(c, CRS_BASE + U0_CRS_CR, 0x4000 | BITS(U0_CRS_CR_CEN));
        rig_us(c, 35);
        assert_int_equal(rig_read(c, CRS_BASE + U0_CRS_ISR) & all, rows[i].flags);
    }
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u0_msi_range_sets_the_speed),
        cmocka_unit_test(each_source_sets_the_speed),
        cmocka_unit_test(a_crystal_that_is_not_there_never_gets_ready),
        cmocka_unit_test(the_switch_waits_for_a_source_that_is_not_ready),
        cmocka_unit_test(the_pll_multiplies),
        cmocka_unit_test(ahb_prescaler_and_hsidiv_divide),
        cmocka_unit_test(ready_bits_come_after_the_start_up_time_and_go_with_the_enable),
        cmocka_unit_test(the_backup_domain_is_closed_without_dbp),
        cmocka_unit_test(a_peripheral_without_its_clock_reads_0_and_ignores_writes),
        cmocka_unit_test(a_reset_bit_resets_its_peripheral_and_holds_it),
        cmocka_unit_test(voltage_range_2_needs_more_wait_states),
        cmocka_unit_test(registers_not_modelled_keep_what_is_written_and_are_reported),
        cmocka_unit_test(holes_on_a_bus_read_0_and_what_is_on_none_is_a_bus_error),
        cmocka_unit_test(crs_is_synchronised_by_lse_and_says_how_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
