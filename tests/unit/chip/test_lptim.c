/* test_lptim.c - low-power timers and LPUARTs: their own clocks, flags that follow, running on in Stop. */
#include "rig.h"

#include "device/regs/g0_lptim.h"
#include "device/regs/rng.h"
#include "device/regs/u0_lptim.h"

#define LPTIM1_BASE  0x40007C00u
#define LPUART1_BASE 0x40008000u
#define RNG_BASE     0x40025000u
enum { LPTIM1_IRQ = 17 };

static uint32_t get(struct chip *c, uint32_t offset) { return rig_read(c, LPTIM1_BASE + offset); }
static void put(struct chip *c, uint32_t offset, uint32_t value) { rig_write(c, LPTIM1_BASE + offset, value); }

/* LPTIM1 on LSI, 32 kHz. */
static struct chip *on_lsi(const struct program *program)
{
    struct program p = { 0 };
    struct chip *c;

    prog_wfi(&p);
    prog_stop(&p);
    c = rig_run("stm32u073rc", program ? program : &p);
    rig_write(c, RCC_BASE + U0_RCC_CSR, BITS(U0_RCC_CSR_LSION));
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LPTIM1EN) | BITS(U0_RCC_APBENR1_PWREN));
    rig_write(c, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_LPTIM1SEL, 1));
    rig_us(c, 200);
    return c;
}

static void wait_for(struct chip *c, uint32_t flag)
{
    for (unsigned i = 0; i < 20 && !(get(c, U0_LPTIM_ISR) & flag); i++)
        rig_us(c, 10);
    assert_true(get(c, U0_LPTIM_ISR) & flag);
    put(c, U0_LPTIM_ICR, flag);
}

static void the_ok_flags_follow_a_write(void **state)
{
    struct chip *c = on_lsi(NULL);

    assert_int_equal(get(c, U0_LPTIM_ARR), 1);
    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
    put(c, U0_LPTIM_ARR, 3199);
    assert_false(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_ARROK));
    wait_for(c, BITS(U0_LPTIM_ISR_ARROK));
    put(c, U0_LPTIM_CCR1, 100);
    wait_for(c, BITS(U0_LPTIM_ISR_CMP1OK));
    put(c, U0_LPTIM_DIER, BITS(U0_LPTIM_DIER_ARRMIE));
    wait_for(c, BITS(U0_LPTIM_ISR_DIEROK));
    put(c, U0_LPTIM_RCR, 0);
    wait_for(c, BITS(U0_LPTIM_ISR_REPOK));
    chip_free(c);
}

static void it_counts_compares_and_matches_its_top(void **state)
{
    struct chip *c = on_lsi(NULL);

    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
    put(c, U0_LPTIM_ARR, 3199); /* 100 ms */
    put(c, U0_LPTIM_CCR1, 1600);
    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_CNTSTRT));
    rig_us(c, 40000);
    assert_in_range(get(c, U0_LPTIM_CNT), 1270, 1280);
    assert_false(get(c, U0_LPTIM_ISR) & (BITS(U0_LPTIM_ISR_CC1IF) | BITS(U0_LPTIM_ISR_ARRM)));
    rig_us(c, 20000);
    assert_true(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_CC1IF));
    rig_us(c, 50000);
    assert_true(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_ARRM));
    assert_in_range(get(c, U0_LPTIM_CNT), 310, 320);
    put(c, U0_LPTIM_ICR, BITS(U0_LPTIM_ICR_ARRMCF));
    rig_us(c, UINT64_C(100000) * 10000);
    assert_true(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_ARRM));
    assert_in_range(get(c, U0_LPTIM_CNT), 310, 320);
    chip_free(c);
}

static void a_single_run_stops_at_the_top_and_interrupts(void **state)
{
    struct chip *c = on_lsi(NULL);

    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
    put(c, U0_LPTIM_DIER, BITS(U0_LPTIM_DIER_ARRMIE));
    put(c, U0_LPTIM_ARR, 319);
    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_SNGSTRT));
    rig_us(c, 9000);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> LPTIM1_IRQ & 1, 0);
    rig_us(c, 1100);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> LPTIM1_IRQ & 1, 1);
    put(c, U0_LPTIM_ICR, BITS(U0_LPTIM_ICR_ARRMCF));
    rig_us(c, 100000);
    assert_int_equal(get(c, U0_LPTIM_CNT), 0);
    assert_false(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_ARRM));
    chip_free(c);
}

static void it_wakes_the_chip_from_stop(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_half(&p, 0xB672);
    prog_write(&p, PPB(NVIC_ISER), 1u << 31 | 1 << LPTIM1_IRQ);
    prog_wfi(&p); /* until the test has set all up */
    prog_write(&p, PPB(NVIC_ICPR), 1u << 31);
    prog_write(&p, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
    prog_wfi(&p);
    prog_write(&p, RESULT, 0x600D);
    prog_stop(&p);
    c = on_lsi(&p);
    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
    put(c, U0_LPTIM_DIER, BITS(U0_LPTIM_DIER_ARRMIE));
    put(c, U0_LPTIM_ARR, 3199);
    put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_CNTSTRT));
    rig_write(c, PPB(NVIC_ISPR), 1u << 31);
    rig_us(c, 90000);
    assert_false(chip_debug_alive(c));
    rig_us(c, 12000);
    assert_true(chip_debug_alive(c));
    assert_int_equal(rig_peek(c, RESULT), 0x600D);
    chip_free(c);
}

static void the_g0s_has_its_own_names_for_the_same(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_wfi(&p);
    prog_stop(&p);
    c = rig_run("stm32g071rb", &p);
    rig_write(c, RCC_BASE + G0_RCC_APBENR1, BITS(G0_RCC_APBENR1_LPTIM1EN));
    rig_write(c, LPTIM1_BASE + G0_LPTIM_CR, BITS(G0_LPTIM_CR_ENABLE));
    rig_write(c, LPTIM1_BASE + G0_LPTIM_ARR, 1599);
    rig_us(c, 1);
    assert_true(rig_read(c, LPTIM1_BASE + G0_LPTIM_ISR) & BITS(G0_LPTIM_ISR_ARROK));
    rig_write(c, LPTIM1_BASE + G0_LPTIM_CR, BITS(G0_LPTIM_CR_ENABLE) | BITS(G0_LPTIM_CR_CNTSTRT));
    rig_us(c, 50); /* 16 MHz */
    assert_in_range(rig_read(c, LPTIM1_BASE + G0_LPTIM_CNT), 790, 800);
    rig_us(c, 60);
    assert_true(rig_read(c, LPTIM1_BASE + G0_LPTIM_ISR) & BITS(G0_LPTIM_ISR_ARRM));
    chip_free(c);
}

static void an_lpuart_talks_at_9600_from_a_slow_clock(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");
    const char *text;

    prog_wfi(&p);
    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_crystals(c, 0, 32768);
    rig_boot(c);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LPUART1EN) | BITS(U0_RCC_APBENR1_PWREN));
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON));
    rig_us(c, 2100000);
    rig_write(c, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_LPUART1SEL, 3));
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFFAF); /* PA2, PA3: AF8 */
    rig_write(c, GPIOA_BASE + GPIO_AFRL, 0x8800);
    rig_write(c, LPUART1_BASE + USART_BRR, 32768 * 256 / 9600);
    rig_write(c, LPUART1_BASE + USART_CR1, BITS(USART_CR1_UE) | BITS(USART_CR1_TE) | BITS(USART_CR1_RE));
    rig_us(c, 1200);
    rig_write(c, LPUART1_BASE + USART_TDR, 'x');
    rig_us(c, 1000);
    assert_int_equal(chip_uart_total(c, CHIP_LPUART + 1), 0);
    rig_us(c, 60);
    assert_int_equal(chip_uart_output(c, CHIP_LPUART + 1, &text), 1);
    assert_int_equal(text[0], 'x');
    chip_uart_input(c, CHIP_LPUART + 1, "y", 1);
    rig_us(c, 1200);
    assert_int_equal(rig_read(c, LPUART1_BASE + USART_RDR), 'y');
    chip_free(c);
}

static void random_words_come_with_a_clock_only(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t first;

    prog_wfi(&p);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_RNGEN));
    assert_int_equal(rig_read(c, RNG_BASE + RNG_CR), 0x00800D00);
    rig_write(c, RNG_BASE + RNG_CR, 0x00800D00 | BITS(RNG_CR_RNGEN));
    rig_us(c, 1000);
    assert_int_equal(rig_read(c, RNG_BASE + RNG_SR), BITS(RNG_SR_CECS) | BITS(RNG_SR_CEIS));
    assert_non_null(rig_note(c, "clock", "CLK48SEL"));
    rig_write(c, RCC_BASE + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48ON));
    rig_write(c, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_CLK48SEL, 3));
    rig_us(c, 100);
    assert_true(rig_read(c, RNG_BASE + RNG_SR) & BITS(RNG_SR_DRDY));
    first = rig_read(c, RNG_BASE + RNG_DR);
    assert_false(rig_peek(c, RNG_BASE + RNG_SR) & BITS(RNG_SR_DRDY));
    rig_us(c, 10);
    assert_int_not_equal(rig_read(c, RNG_BASE + RNG_DR), first);
    chip_free(c);
}

static void saved_in_the_middle_the_future_is_the_same(void **state)
{
    struct chip *a = on_lsi(NULL), *b;

    put(a, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
    put(a, U0_LPTIM_ARR, 100);
    put(a, U0_LPTIM_CCR1, 50);
    put(a, U0_LPTIM_DIER, BITS(U0_LPTIM_DIER_ARRMIE));
    put(a, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_CNTSTRT));
    rig_us(a, 70);
    b = rig_clone(a);
    rig_us(a, 12345);
    rig_us(b, 12345);
    assert_null(rig_difference(a, b));
    assert_int_equal(get(a, U0_LPTIM_CNT), get(b, U0_LPTIM_CNT));
    chip_free(a);
    chip_free(b);
}

/* IN1 is PB5. With COUNTMODE edges are seen by the timer's own clock, with CKSEL they are its clock. */
static void edges_on_its_input_are_counted(void **state)
{
    static const uint32_t ways[] = { BITS(U0_LPTIM_CFGR_COUNTMODE), BITS(U0_LPTIM_CFGR_CKSEL) | BITS(U0_LPTIM_CFGR_COUNTMODE),
                                     BITS(U0_LPTIM_CFGR_COUNTMODE) | PUT(U0_LPTIM_CFGR_CKPOL, 2) };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct chip *c = on_lsi(NULL);
        const unsigned each = i == 2 ? 2 : 1; /* both edges */

        rig_write(c, RCC_BASE + U0_RCC_IOPENR, 2);
        chip_pin_drive(c, 'B', 5, CHIP_WIRE_LOW);
        rig_write(c, 0x50000400 + GPIO_AFRL, 0x00100000);
        rig_write(c, 0x50000400 + GPIO_MODER, 0xFFFFFBFF);
        put(c, U0_LPTIM_CFGR, ways[i]);
        put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE));
        put(c, U0_LPTIM_ARR, 9);
        wait_for(c, BITS(U0_LPTIM_ISR_ARROK));
        put(c, U0_LPTIM_CR, BITS(U0_LPTIM_CR_ENABLE) | BITS(U0_LPTIM_CR_CNTSTRT));
        rig_us(c, 10000);
        assert_int_equal(get(c, U0_LPTIM_CNT), 0);
        for (unsigned n = 1; n <= 12; n++) {
            chip_pin_drive(c, 'B', 5, CHIP_WIRE_HIGH);
            rig_us(c, 100);
            chip_pin_drive(c, 'B', 5, CHIP_WIRE_LOW);
            rig_us(c, 100);
            assert_int_equal(get(c, U0_LPTIM_CNT), n * each % 10);
            assert_int_equal(get(c, U0_LPTIM_ISR) & BITS(U0_LPTIM_ISR_ARRM), n * each >= 9 ? BITS(U0_LPTIM_ISR_ARRM) : 0);
        }
        chip_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ok_flags_follow_a_write),
        cmocka_unit_test(it_counts_compares_and_matches_its_top),
        cmocka_unit_test(a_single_run_stops_at_the_top_and_interrupts),
        cmocka_unit_test(it_wakes_the_chip_from_stop),
        cmocka_unit_test(the_g0s_has_its_own_names_for_the_same),
        cmocka_unit_test(an_lpuart_talks_at_9600_from_a_slow_clock),
        cmocka_unit_test(random_words_come_with_a_clock_only),
        cmocka_unit_test(saved_in_the_middle_the_future_is_the_same),
        cmocka_unit_test(edges_on_its_input_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
