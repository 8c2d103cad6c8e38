/* test_uart.c - characters leave and arrive when BRR and the kernel clock say, on pins that carry them. */
#include "rig.h"

enum { BAUD = 115200, UE = BITS(USART_CR1_UE), TE = BITS(USART_CR1_TE), RE = BITS(USART_CR1_RE), FIFO = BITS(USART_CR1_FIFOEN) };

/* USART2 on PA2/PA3 of the U073, alternate function 7; 4 MHz / BRR. */
static void set_up(struct program *p, uint32_t brr, uint32_t cr1)
{
    prog_write(p, RCC_BASE + U0_RCC_IOPENR, 1);
    prog_write(p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
    prog_write(p, GPIOA_BASE + GPIO_AFRL, 0x00007700);
    prog_write(p, GPIOA_BASE + GPIO_MODER, 0xEBFFFFAF);
    prog_write(p, USART2_BASE + USART_BRR, brr);
    prog_write(p, USART2_BASE + USART_CR1, cr1);
}

static void expect_text(struct chip *c, const char *expected)
{
    const char *text;
    const size_t len = chip_uart_output(c, 2, &text);

    assert_int_equal(len, strlen(expected));
    assert_memory_equal(text, expected, len);
    assert_int_equal(chip_uart_total(c, 2), len);
}

static void text_comes_out_at_the_bit_rate(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint64_t first_ps = 0, last_ps;

    set_up(&p, 4000000 / 9600, UE | TE);
    prog_send(&p, USART2_BASE, "Hello, world");
    prog_wait(&p, USART2_BASE + USART_ISR, BITS(USART_ISR_TC), BITS(USART_ISR_TC));
    prog_write(&p, RESULT, 0xD07E);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    while (chip_uart_total(c, 2) < 12) {
        rig_us(c, 1);
        if (chip_uart_total(c, 2) == 1 && !first_ps)
            first_ps = chip_now_ps(c);
        assert_int_not_equal(rig_peek(c, RESULT), 0xD07E);
        assert_true(chip_now_ps(c) < PS_PER_S);
    }
    last_ps = chip_now_ps(c);
    /* 11 frames of 10 bits of 416 clocks of 250 ns: 11.44 ms */
    assert_in_range((last_ps - first_ps) / PS_PER_US, 11439, 11441);
    rig_us(c, 20);
    assert_int_equal(rig_peek(c, RESULT), 0xD07E);
    expect_text(c, "Hello, world");
    chip_free(c);
}

static void the_kernel_clock_is_the_one_that_ccipr_selects(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint64_t start_ps;

    prog_write(&p, RCC_BASE + U0_RCC_CR, 0x81 | BITS(U0_RCC_CR_HSION));
    prog_wait(&p, RCC_BASE + U0_RCC_CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
    prog_write(&p, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_USART2SEL, 2)); /* HSI16, while the core runs at 4 MHz */
    set_up(&p, 1667, UE | TE);
    prog_send(&p, USART2_BASE, "ab");
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    while (chip_uart_total(c, 2) < 1)
        rig_us(c, 1);
    start_ps = chip_now_ps(c);
    while (chip_uart_total(c, 2) < 2)
        rig_us(c, 1);
    assert_in_range((chip_now_ps(c) - start_ps) / PS_PER_US, 1041, 1043); /* 10 * 1667 / 16 MHz */
    chip_free(c);
}

static void oversampling_by_8_stop_bits_and_parity_change_the_frame(void **state)
{
    static const struct {
        uint32_t cr1, cr2, brr;
        unsigned frame_us;
    } rows[] = {
        // clang-format off
        /*                                                     BRR      bits * clocks / 4 MHz */
        { 0,                                        0,          400,     1000 }, /* 8N1 */
        { 0,                                        2u << 12,   400,     1100 }, /* 8N2 */
        { BITS(USART_CR1_M0) | BITS(USART_CR1_PCE), 0,          400,     1100 }, /* 8E1 */
        { BITS(USART_CR1_M1),                       0,          400,      900 }, /* 7N1 */
        { BITS(USART_CR1_OVER8),                    0,          0x320,   1000 }, /* USARTDIV 800 */
        { BITS(USART_CR1_OVER8),                    0,          0x324,   1010 }, /* USARTDIV 808: the low bits shifted */
        // clang-format on
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program p = { 0 };
        struct chip *c;
        uint64_t start_ps;

        prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
        prog_write(&p, USART2_BASE + USART_CR2, rows[i].cr2);
        set_up(&p, rows[i].brr, UE | TE | rows[i].cr1);
        prog_send(&p, USART2_BASE, "ab");
        prog_stop(&p);
        c = rig_run("stm32u073rc", &p);
        while (chip_uart_total(c, 2) < 1)
            rig_us(c, 1);
        start_ps = chip_now_ps(c);
        while (chip_uart_total(c, 2) < 2)
            rig_us(c, 1);
        assert_in_range((chip_now_ps(c) - start_ps) / PS_PER_US, rows[i].frame_us - 1, rows[i].frame_us + 1);
        expect_text(c, "ab");
        chip_free(c);
    }
}

static void nothing_leaves_without_a_pin(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
    prog_write(&p, USART2_BASE + USART_BRR, 4000000 / BAUD);
    prog_write(&p, USART2_BASE + USART_CR1, UE | TE);
    prog_send(&p, USART2_BASE, "x");
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 10000);
    expect_text(c, "");
    assert_non_null(rig_note(c, "wiring", "USART2: sends, but no pin"));
    chip_free(c);
}

static void a_fifo_takes_eight_characters_at_once(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    set_up(&p, 4000000 / BAUD, UE | TE | FIFO);
    prog_wait(&p, USART2_BASE + USART_ISR, BITS(USART_ISR_TC), BITS(USART_ISR_TC));
    for (unsigned i = 0; i < 8; i++)
        prog_write(&p, USART2_BASE + USART_TDR, 'a' + i);
    prog_copy(&p, USART2_BASE + USART_ISR, RESULT);
    prog_wait(&p, USART2_BASE + USART_ISR, BITS(USART_ISR_TXFE), BITS(USART_ISR_TXFE));
    prog_copy(&p, USART2_BASE + USART_ISR, RESULT + 4);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 10000);
    expect_text(c, "abcdefgh");
    assert_int_equal(rig_peek(c, RESULT) & (BITS(USART_ISR_TC) | BITS(USART_ISR_TXFE)), 0);
    assert_int_equal(rig_peek(c, RESULT + 4) & BITS(USART_ISR_TC), 0); /* the last one is still on the line */
    chip_free(c);
}

static void input_arrives_and_an_overrun_loses_the_new_byte(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    set_up(&p, 4000000 / BAUD, UE | RE);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    assert_true(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_REACK));
    chip_uart_input(c, 2, "AB", 2);
    rig_us(c, 80); /* a frame is 85 us (34 clocks a bit) */
    assert_false(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_RXFNE));
    rig_us(c, 10);
    assert_true(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_RXFNE));
    assert_false(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ORE));
    rig_us(c, 100);
    assert_true(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ORE));
    assert_int_equal(rig_read(c, USART2_BASE + USART_RDR), 'A');
    assert_false(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_RXFNE));
    rig_write(c, USART2_BASE + USART_ICR, BITS(USART_ICR_ORECF));
    assert_false(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ORE));
    rig_us(c, 100);
    assert_true(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_IDLE));
    chip_free(c);
}

static void auto_baud_keeps_the_terminals_rate_and_the_byte(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    set_up(&p, 4000000 / 9600, 0);
    prog_write(&p, USART2_BASE + USART_CR2, BITS(USART_CR2_ABREN));
    prog_write(&p, USART2_BASE + USART_CR1, UE | RE | TE);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 2000);
    assert_int_equal(rig_peek(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ABRF), 0);
    chip_uart_input(c, 2, "U", 1);
    rig_us(c, 2000);
    assert_true(rig_peek(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ABRF));
    assert_int_equal(rig_peek(c, USART2_BASE + USART_BRR), (4000000 + BAUD / 2) / BAUD);
    assert_int_equal(rig_read(c, USART2_BASE + USART_RDR), 'U');
    rig_write(c, USART2_BASE + USART_RQR, BITS(USART_RQR_ABRRQ));
    assert_int_equal(rig_peek(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_ABRF), 0);
    chip_free(c);
}

static void a_byte_for_a_deaf_receiver_is_lost_and_noted(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    chip_uart_input(c, 2, "Q", 1);
    rig_us(c, 1000);
    assert_non_null(rig_note(c, "wiring", "a byte from the terminal is lost: the receiver is off"));
    chip_free(c);
}

/* Echo by interrupt: the handler reads RDR and writes it to TDR. */
static void the_interrupt_echoes(void **state)
{
    static const uint16_t handler[] = {
        0x4803, /* ldr r0, =USART2 */
        0x6A41, /* ldr r1, [r0, #RDR] */
        0x6281, /* str r1, [r0, #TDR] */
        0x4770, /* bx lr */
    };
    struct program p = { 0 };
    struct chip *c;
    const uint32_t usart2 = USART2_BASE;

    set_up(&p, 4000000 / BAUD, UE | TE | RE | BITS(USART_CR1_RXFNEIE));
    prog_write(&p, PPB(NVIC_ISER), 1u << 28);
    prog_wfi(&p);
    prog_half(&p, 0xE7FD); /* b back to the wfi */
    c = rig_new("stm32u073rc");
    rig_load(c, FLASH_BASE, &p);
    chip_poke(c, FLASH_BASE + HANDLER_AT, handler, sizeof handler);
    chip_poke(c, FLASH_BASE + HANDLER_AT + 16, &usart2, 4); /* pc-relative: (HANDLER_AT + 4) + 3 * 4 */
    rig_boot(c);
    rig_us(c, 500);
    chip_uart_input(c, 2, "echo", 4);
    rig_us(c, 1000);
    expect_text(c, "echo");
    chip_free(c);
}

/* One byte while in Stop: with UESM and HSI16, which runs on request, it wakes the core, and is there. */
static void a_byte_wakes_from_stop_with_uesm_and_a_clock_that_runs_there(void **state)
{
    static const struct {
        uint32_t uesm, source, wus;
        char byte;
        bool wakes;
    } cases[] = {
        { BITS(USART_CR1_UESM), 2, 3, 'x', true },  /* a byte */
        { BITS(USART_CR1_UESM), 2, 2, 'x', true },  /* a start bit */
        { BITS(USART_CR1_UESM), 2, 0, 'x', false }, /* an address, */
        { BITS(USART_CR1_UESM), 2, 0, '\x85', true },
        { BITS(USART_CR1_UESM), 0, 3, 'x', false }, /* PCLK */
        { 0, 2, 3, 'x', false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct program p = { 0 };
        struct chip *c;

        prog_half(&p, 0xB672); /* cpsid i: interrupts wake, and are not taken */
        prog_write(&p, RCC_BASE + U0_RCC_CR, 0x81 | BITS(U0_RCC_CR_HSION));
        prog_wait(&p, RCC_BASE + U0_RCC_CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
        prog_write(&p, RCC_BASE + U0_RCC_CCIPR, PUT(U0_RCC_CCIPR_USART2SEL, cases[i].source));
        set_up(&p, 16000000 / BAUD, 0);
        prog_write(&p, USART2_BASE + USART_CR2, PUT(USART_CR2_ADD, 5));
        prog_write(&p, USART2_BASE + USART_CR3, PUT(USART_CR3_WUS, cases[i].wus) | BITS(USART_CR3_WUFIE));
        prog_write(&p, USART2_BASE + USART_CR1, UE | TE | RE | cases[i].uesm);
        prog_write(&p, PPB(NVIC_ISER), 1u << 28);
        prog_write(&p, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
        prog_wfi(&p);
        prog_copy(&p, USART2_BASE + USART_ISR, RESULT);
        prog_copy(&p, USART2_BASE + USART_RDR, RESULT + 4);
        prog_write(&p, USART2_BASE + USART_ICR, BITS(USART_ICR_WUCF));
        prog_copy(&p, USART2_BASE + USART_ISR, RESULT + 8);
        prog_write(&p, RESULT + 12, 0x600D);
        prog_stop(&p);
        c = rig_run("stm32u073rc", &p);
        rig_us(c, 1000);
        assert_false(chip_debug_alive(c));
        chip_uart_input(c, 2, &cases[i].byte, 1);
        rig_us(c, 1000);
        assert_int_equal(chip_debug_alive(c), cases[i].wakes);
        if (cases[i].wakes) {
            assert_int_equal(rig_peek(c, RESULT) & BITS(USART_ISR_WUF), BITS(USART_ISR_WUF));
            assert_int_equal(rig_peek(c, RESULT + 4), (uint8_t)cases[i].byte);
            assert_int_equal(rig_peek(c, RESULT + 8) & BITS(USART_ISR_WUF), 0);
            assert_int_equal(rig_peek(c, RESULT + 12), 0x600D);
        } else if (cases[i].wus == 3) {
            assert_non_null(rig_note(c, "wiring", "a byte from the terminal is lost: its kernel clock stands still"));
        }
        chip_free(c);
    }
}

static void a_mode_without_a_model_is_named(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    set_up(&p, 4000000 / BAUD, 0);
    prog_write(&p, USART2_BASE + USART_CR2, BITS(USART_CR2_CLKEN));
    prog_write(&p, USART2_BASE + USART_CR1, UE | TE);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    assert_non_null(rig_note(c, "unmodelled", "synchronous mode (CR2.CLKEN)"));
    chip_free(c);
}

static void registers_fixed_while_enabled_refuse_a_change(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    set_up(&p, 400, UE | TE);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    rig_write(c, USART2_BASE + USART_BRR, 100);
    assert_int_equal(rig_read(c, USART2_BASE + USART_BRR), 400);
    rig_write(c, USART2_BASE + USART_CR1, UE | TE | FIFO);
    assert_int_equal(rig_read(c, USART2_BASE + USART_CR1), UE | TE);
    assert_non_null(rig_note(c, "refused", "USART2: write to BRR while UE = 1"));
    assert_int_equal(rig_read(c, USART2_BASE + USART_ISR) & BITS(USART_ISR_TEACK), BITS(USART_ISR_TEACK));
    rig_write(c, USART2_BASE + USART_CR1, 0);
    assert_int_equal(rig_read(c, USART2_BASE + USART_ISR), 0xC0);
    chip_free(c);
}

static void the_log_keeps_the_last_64_kib_and_survives_resets_and_power_cuts(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    const char *text;
    uint32_t loop;

    set_up(&p, 16, UE | TE); /* 250 kbit/s */
    prog_const(&p, 0, USART2_BASE);
    prog_half(&p, 0x2100); /* movs r1, #0 */
    prog_const(&p, 2, BITS(USART_ISR_TXFNF));
    loop = p.count;
    prog_half(&p, 0x69C3); /* ldr r3, [r0, #ISR] */
    prog_half(&p, 0x4213); /* tst r3, r2 */
    prog_half(&p, 0xD0FC); /* beq loop */
    prog_half(&p, 0x6281); /* str r1, [r0, #TDR] */
    prog_half(&p, 0x3101); /* adds r1, #1 */
    prog_half(&p, (uint16_t)(0xE000 | ((loop - p.count - 2) & 0x7FF)));
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 3000000); /* 40 us a frame: 75000 of them */
    assert_in_range(chip_uart_total(c, 2), 74000, 75100);
    assert_int_equal(chip_uart_output(c, 2, &text), 65536);
    for (size_t i = 0; i < 65536; i++)
        assert_int_equal((uint8_t)text[i], (chip_uart_total(c, 2) - 65536 + i) & 0xFF);
    chip_power(c, false);
    rig_us(c, 10);
    assert_int_equal(chip_uart_output(c, 2, &text), 65536);
    rig_boot(c);
    assert_int_equal(chip_uart_output(c, 2, &text), 65536);
    assert_int_equal(chip_uart_output(c, 7, &text), 0); /* no such port */
    chip_free(c);
}

static void the_g071_talks_on_its_own_pins(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + G0_RCC_IOPENR, 1);
    prog_write(&p, RCC_BASE + G0_RCC_APBENR1, BITS(G0_RCC_APBENR1_USART2EN));
    prog_write(&p, GPIOA_BASE + GPIO_AFRL, 0x00001100);
    prog_write(&p, GPIOA_BASE + GPIO_MODER, 0xEBFFFFAF);
    prog_write(&p, USART2_BASE + USART_BRR, 16000000 / BAUD);
    prog_write(&p, USART2_BASE + USART_CR1, UE | TE);
    prog_send(&p, USART2_BASE, "G0");
    prog_stop(&p);
    c = rig_run("stm32g071rb", &p);
    rig_us(c, 10000);
    expect_text(c, "G0");
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_out_at_the_bit_rate),
        cmocka_unit_test(the_kernel_clock_is_the_one_that_ccipr_selects),
        cmocka_unit_test(oversampling_by_8_stop_bits_and_parity_change_the_frame),
        cmocka_unit_test(nothing_leaves_without_a_pin),
        cmocka_unit_test(a_fifo_takes_eight_characters_at_once),
        cmocka_unit_test(input_arrives_and_an_overrun_loses_the_new_byte),
        cmocka_unit_test(auto_baud_keeps_the_terminals_rate_and_the_byte),
        cmocka_unit_test(a_byte_for_a_deaf_receiver_is_lost_and_noted),
        cmocka_unit_test(the_interrupt_echoes),
        cmocka_unit_test(a_mode_without_a_model_is_named),
        cmocka_unit_test(a_byte_wakes_from_stop_with_uesm_and_a_clock_that_runs_there),
        cmocka_unit_test(registers_fixed_while_enabled_refuse_a_change),
        cmocka_unit_test(the_log_keeps_the_last_64_kib_and_survives_resets_and_power_cuts),
        cmocka_unit_test(the_g071_talks_on_its_own_pins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
