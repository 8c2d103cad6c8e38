/* test_dma.c - DMA and DMAMUX: memory to memory, requests of a USART, circular, flags and interrupts, errors, saving in the middle. */
#include "rig.h"

#include "device/regs/dma.h"
#include "device/regs/dmamux.h"

#define DMA1_BASE     0x40020000u
#define MUX_BASE      0x40020800u
#define FROM          0x20001000u
#define TO            0x20002000u
#define REQ_USART2_RX 71
#define REQ_USART2_TX 72
enum { BYTES8 = 0, BYTES16 = 1, BYTES32 = 2 };

static struct chip *ready(void)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_DMA1EN));
    return c;
}

static void channel(struct chip *c, unsigned n, uint32_t from_periph, uint32_t memory, uint32_t count, uint32_t ccr)
{
    rig_write(c, DMA1_BASE + DMA_CPAR1 + 20 * (n - 1), from_periph);
    rig_write(c, DMA1_BASE + DMA_CMAR1 + 20 * (n - 1), memory);
    rig_write(c, DMA1_BASE + DMA_CNDTR1 + 20 * (n - 1), count);
    rig_write(c, DMA1_BASE + DMA_CCR1 + 20 * (n - 1), ccr);
}

static uint32_t isr(struct chip *c) { return rig_read(c, DMA1_BASE + DMA_ISR); }

#define M2M (BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_MEM2MEM) | BITS(DMA_CCR1_PINC) | BITS(DMA_CCR1_MINC))

static void memory_to_memory_copies_and_tells_half_and_whole(void **state)
{
    struct chip *c = ready();
    uint8_t bytes[64], copy[64];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    chip_poke(c, FROM, bytes, sizeof bytes);
    channel(c, 1, FROM, TO, 16, M2M | PUT(DMA_CCR1_PSIZE, BYTES32) | PUT(DMA_CCR1_MSIZE, BYTES32) | BITS(DMA_CCR1_TCIE));
    rig_us(c, 8 * 5 / 4 + 1); /* 5 cycles of 4 MHz an item */
    assert_int_equal(isr(c), BITS(DMA_ISR_GIF1) | BITS(DMA_ISR_HTIF1));
    assert_int_equal(rig_read(c, PPB_BASE + PPB_NVIC_ISPR) >> 9 & 1, 0);
    rig_us(c, 20);
    assert_int_equal(isr(c), BITS(DMA_ISR_GIF1) | BITS(DMA_ISR_HTIF1) | BITS(DMA_ISR_TCIF1));
    assert_int_equal(rig_read(c, PPB_BASE + PPB_NVIC_ISPR) >> 9 & 1, 1);
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR1), 0);
    assert_true(chip_peek(c, TO, copy, sizeof copy));
    assert_memory_equal(copy, bytes, sizeof copy);
    rig_write(c, DMA1_BASE + DMA_IFCR, BITS(DMA_IFCR_CTCIF1));
    assert_int_equal(isr(c), BITS(DMA_ISR_GIF1) | BITS(DMA_ISR_HTIF1));
    rig_write(c, DMA1_BASE + DMA_IFCR, BITS(DMA_IFCR_CGIF1));
    assert_int_equal(isr(c), 0);
    chip_free(c);
}

static void sizes_pad_with_zeros_or_cut(void **state)
{
    struct chip *c = ready();
    const uint8_t bytes[4] = { 0x81, 0x92, 0xA3, 0xB4 };
    uint8_t got[16];

    chip_poke(c, FROM, bytes, sizeof bytes);
    channel(c, 1, FROM, TO, 4, M2M | PUT(DMA_CCR1_MSIZE, BYTES32));
    rig_us(c, 20);
    assert_int_equal(rig_peek(c, TO), 0x81);
    assert_int_equal(rig_peek(c, TO + 12), 0xB4);
    channel(c, 2, FROM, TO + 0x100, 1, M2M | PUT(DMA_CCR1_PSIZE, BYTES32));
    rig_us(c, 20);
    assert_true(chip_peek(c, TO + 0x100, got, 1));
    assert_int_equal(got[0], 0x81);
    chip_free(c);
}

static void registers_are_fixed_while_the_channel_is_on(void **state)
{
    struct chip *c = ready();

    channel(c, 3, FROM, TO, 5, BITS(DMA_CCR1_EN)); /* no request selected: waits */
    rig_write(c, DMA1_BASE + DMA_CNDTR3, 9);
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR3), 5);
    assert_non_null(rig_note(c, "refused", "EN = 1"));
    chip_free(c);
}

static void a_bus_error_stops_the_channel(void **state)
{
    struct chip *c = ready();

    channel(c, 4, 0x30000000, TO, 3, M2M | BITS(DMA_CCR1_TEIE));
    rig_us(c, 10);
    assert_int_equal(isr(c), BITS(DMA_ISR_GIF4) | BITS(DMA_ISR_TEIF4));
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CCR4) & BITS(DMA_CCR1_EN), 0);
    assert_int_equal(rig_read(c, PPB_BASE + PPB_NVIC_ISPR) >> 11 & 1, 1);
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR4), 3);
    chip_free(c);
}

/* USART2 on PA2, PA3 at 115200. */
static void usart2(struct chip *c, uint32_t cr3)
{
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFFAF);
    rig_write(c, GPIOA_BASE + GPIO_AFRL, 0x7700);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
    rig_write(c, USART2_BASE + USART_BRR, 4000000 / 115200);
    rig_write(c, USART2_BASE + USART_CR3, cr3);
    rig_write(c, USART2_BASE + USART_CR1, BITS(USART_CR1_UE) | BITS(USART_CR1_TE) | BITS(USART_CR1_RE));
}

static void a_usart_sends_what_dma_brings(void **state)
{
    struct chip *c = ready();
    const char text[] = "one after the other, without the core";
    const char *sent;

    chip_poke(c, FROM, text, sizeof text - 1);
    rig_write(c, MUX_BASE + DMAMUX_C1CR, REQ_USART2_TX);
    channel(c, 2, USART2_BASE + USART_TDR, FROM, sizeof text - 1,
            BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_DIR) | BITS(DMA_CCR1_MINC) | BITS(DMA_CCR1_TCIE));
    usart2(c, BITS(USART_CR3_DMAT));
    rig_us(c, 500);
    assert_int_equal(isr(c), 0);
    rig_us(c, sizeof text * 90);
    assert_true(isr(c) & BITS(DMA_ISR_TCIF2));
    assert_int_equal(chip_uart_output(c, 2, &sent), sizeof text - 1);
    assert_memory_equal(sent, text, sizeof text - 1);
    chip_free(c);
}

static void a_usart_fills_a_ring_by_dma(void **state)
{
    struct chip *c = ready();
    char ring[8];

    rig_write(c, MUX_BASE + DMAMUX_C4CR, REQ_USART2_RX);
    channel(c, 5, USART2_BASE + USART_RDR, TO, sizeof ring, BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_MINC) | BITS(DMA_CCR1_CIRC));
    usart2(c, BITS(USART_CR3_DMAR));
    chip_uart_input(c, 2, "ABCDEFGHIJK", 11);
    rig_us(c, 1500);
    assert_true(isr(c) & BITS(DMA_ISR_TCIF5));
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR5), sizeof ring - 3);
    assert_true(chip_peek(c, TO, ring, sizeof ring));
    assert_memory_equal(ring, "IJKDEFGH", sizeof ring);
    assert_int_equal(rig_read(c, USART2_BASE + USART_ISR) & (BITS(USART_ISR_ORE) | BITS(USART_ISR_RXFNE)), 0);
    chip_free(c);
}

static void the_higher_priority_goes_first(void **state)
{
    struct chip *c = ready();

    rig_halt(c);
    channel(c, 1, FROM, TO, 100, M2M);
    channel(c, 7, FROM, TO + 0x400, 100, M2M | PUT(DMA_CCR1_PL, 3));
    rig_us(c, 140);
    assert_int_equal(isr(c) & (BITS(DMA_ISR_TCIF7) | BITS(DMA_ISR_TCIF1)), BITS(DMA_ISR_TCIF7));
    rig_us(c, 140);
    assert_int_equal(isr(c) & (BITS(DMA_ISR_TCIF7) | BITS(DMA_ISR_TCIF1)), BITS(DMA_ISR_TCIF7) | BITS(DMA_ISR_TCIF1));
    chip_free(c);
}

static void without_its_clock_nothing_moves(void **state)
{
    struct chip *c = ready();

    channel(c, 1, FROM, TO, 100, M2M);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100);
    rig_us(c, 1000);
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_DMA1EN));
    assert_true(rig_read(c, DMA1_BASE + DMA_CNDTR1) > 90);
    rig_us(c, 200);
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR1), 0);
    chip_free(c);
}

static void saved_in_the_middle_it_goes_on_as_if_nothing_had_been(void **state)
{
    struct chip *a = ready(), *b;

    channel(a, 1, FROM, TO, 1000, M2M | BITS(DMA_CCR1_CIRC) | PUT(DMA_CCR1_PSIZE, BYTES16) | PUT(DMA_CCR1_MSIZE, BYTES16));
    rig_us(a, 333);
    b = rig_clone(a);
    rig_us(a, 5000);
    rig_us(b, 5000);
    assert_null(rig_difference(a, b));
    assert_in_range(rig_read(a, DMA1_BASE + DMA_CNDTR1), 1, 1000);
    chip_free(a);
    chip_free(b);
}

/* Line 5 is PB5; each falling edge asks for two words. */
static void edges_of_a_pin_make_requests(void **state)
{
    struct chip *c = ready();
    const uint32_t words[6] = { 11, 22, 33, 44, 55, 66 };

    chip_poke(c, FROM, words, sizeof words);
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 2);
    chip_pin_drive(c, 'B', 5, CHIP_WIRE_HIGH);
    rig_write(c, 0x50000400 + GPIO_MODER, 0xFFFFF3FF);
    rig_write(c, 0x40021800 + 0x64, 0x0100);  /* EXTICR2 */
    rig_write(c, 0x40021800 + 0x04, 1u << 5); /* FTSR1 */
    channel(c, 1, FROM, TO, 6,
            BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_PINC) | BITS(DMA_CCR1_MINC) | PUT(DMA_CCR1_PSIZE, BYTES32) | PUT(DMA_CCR1_MSIZE, BYTES32));
    rig_write(c, MUX_BASE + DMAMUX_C0CR, 1); /* generator 0 */
    rig_write(c, MUX_BASE + DMAMUX_RG0CR,
              PUT(DMAMUX_RG0CR_SIG_ID, 5) | BITS(DMAMUX_RG0CR_GE) | PUT(DMAMUX_RG0CR_GPOL, 2) | PUT(DMAMUX_RG0CR_GNBREQ, 1));
    rig_us(c, 100);
    assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR1), 6);
    for (unsigned edge = 1; edge <= 2; edge++) {
        chip_pin_drive(c, 'B', 5, CHIP_WIRE_LOW);
        rig_us(c, 20);
        assert_int_equal(rig_read(c, DMA1_BASE + DMA_CNDTR1), 6 - 2 * edge);
        assert_int_equal(rig_peek(c, TO + 8 * edge - 4), words[2 * edge - 1]);
        chip_pin_drive(c, 'B', 5, CHIP_WIRE_HIGH);
        rig_us(c, 20);
    }
    assert_int_equal(rig_read(c, MUX_BASE + DMAMUX_RGSR), 0);
    rig_write(c, DMA1_BASE + DMA_CCR1, 0); /* nobody takes them: the second edge is an overrun */
    for (unsigned edge = 0; edge < 2; edge++) {
        chip_pin_drive(c, 'B', 5, CHIP_WIRE_LOW);
        chip_pin_drive(c, 'B', 5, CHIP_WIRE_HIGH);
        assert_int_equal(rig_read(c, MUX_BASE + DMAMUX_RGSR), edge);
    }
    rig_write(c, MUX_BASE + DMAMUX_RGCFR, 1);
    assert_int_equal(rig_read(c, MUX_BASE + DMAMUX_RGSR), 0);
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_to_memory_copies_and_tells_half_and_whole),
        cmocka_unit_test(sizes_pad_with_zeros_or_cut),
        cmocka_unit_test(registers_are_fixed_while_the_channel_is_on),
        cmocka_unit_test(a_bus_error_stops_the_channel),
        cmocka_unit_test(a_usart_sends_what_dma_brings),
        cmocka_unit_test(a_usart_fills_a_ring_by_dma),
        cmocka_unit_test(the_higher_priority_goes_first),
        cmocka_unit_test(without_its_clock_nothing_moves),
        cmocka_unit_test(saved_in_the_middle_it_goes_on_as_if_nothing_had_been),
        cmocka_unit_test(edges_of_a_pin_make_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
