/* test_buses.c - I2C and SPI masters with parts on their wires, by polling, by DMA, and when nobody answers. */
#include "rig.h"

#include "device/regs/dma.h"
#include "device/regs/dmamux.h"
#include "device/regs/i2c.h"
#include "device/regs/spi.h"

#define I2C1_BASE  0x40005400u
#define I2C3_BASE  0x40008800u
#define SPI1_BASE  0x40013000u
#define SPI2_BASE  0x40003800u
#define GPIOB_BASE 0x50000400u
#define DMA1_BASE  0x40020000u
#define MUX_BASE   0x40020800u
#define BYTE_US    (9 * 10 + 2) /* at 100 kHz */

static uint32_t get(struct chip *c, uint32_t base, uint32_t offset) { return rig_read(c, base + offset); }
static void put(struct chip *c, uint32_t base, uint32_t offset, uint32_t value) { rig_write(c, base + offset, value); }

static void put_narrow(struct chip *c, uint32_t addr, unsigned bytes, uint32_t value)
{
    uint64_t done_ps;

    assert_true(chip_debug_write(c, addr, bytes, value, &done_ps));
}

static uint32_t get_narrow(struct chip *c, uint32_t addr, unsigned bytes)
{
    uint32_t value;
    uint64_t done_ps;

    assert_true(chip_debug_read(c, addr, bytes, &value, &done_ps));
    return value;
}

static struct chip *ready(void)
{
    struct program p = { 0 };
    struct chip *c;

    prog_wfi(&p);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_I2C1EN));
    rig_write(c, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SPI1EN));
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_DMA1EN));
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 3);
    return c;
}

/* ---- I2C ---- */

static struct chip *with_i2c(void)
{
    struct chip *c = ready();
    const struct chip_part eeprom = { .kind = CHIP_PART_I2C_MEMORY, .bus = "I2C1", .address = 0x50, .pointer_bytes = 1, .bytes = 256 };

    assert_true(chip_attach(c, &eeprom));
    assert_false(chip_attach(c, &eeprom));      /* the address is taken */
    put(c, GPIOB_BASE, GPIO_MODER, 0xFFFFAFFF); /* PB6, PB7: SCL, SDA, AF4, open drain */
    put(c, GPIOB_BASE, GPIO_AFRL, 0x44000000);
    put(c, GPIOB_BASE, GPIO_OTYPER, 0xC0);
    put(c, I2C1_BASE, I2C_TIMINGR, PUT(I2C_TIMINGR_SCLL, 19) | PUT(I2C_TIMINGR_SCLH, 19)); /* 40 cycles of 4 MHz a bit */
    put(c, I2C1_BASE, I2C_CR1, BITS(I2C_CR1_PE));
    return c;
}

static uint32_t isr(struct chip *c) { return get(c, I2C1_BASE, I2C_ISR); }

static void transfer(struct chip *c, unsigned address, bool read, unsigned count, uint32_t more)
{
    put(c, I2C1_BASE, I2C_CR2,
        PUT(I2C_CR2_SADD, address << 1) | (read ? BITS(I2C_CR2_RD_WRN) : 0) | PUT(I2C_CR2_NBYTES, count) | BITS(I2C_CR2_START) | more);
}

static void send_bytes(struct chip *c, const uint8_t *bytes, unsigned count, uint32_t more)
{
    transfer(c, 0x50, false, count, more);
    rig_us(c, 105);
    for (unsigned i = 0; i < count; i++) {
        assert_true(isr(c) & BITS(I2C_ISR_TXIS));
        put(c, I2C1_BASE, I2C_TXDR, bytes[i]);
        rig_us(c, BYTE_US);
    }
}

static void bytes_written_can_be_read_back(void **state)
{
    struct chip *c = with_i2c();
    const uint8_t out[4] = { 0x10, 0xAA, 0xBB, 0xCC };

    assert_int_equal(isr(c), BITS(I2C_ISR_TXE));
    send_bytes(c, out, 4, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 20);
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    assert_false(isr(c) & BITS(I2C_ISR_BUSY));
    put(c, I2C1_BASE, I2C_ICR, BITS(I2C_ICR_STOPCF));

    send_bytes(c, out, 1, 0); /* the pointer, then a repeated start */
    assert_true(isr(c) & BITS(I2C_ISR_TC));
    transfer(c, 0x50, true, 3, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 105);
    assert_false(isr(c) & BITS(I2C_ISR_TC));
    for (unsigned i = 1; i < 4; i++) {
        rig_us(c, BYTE_US);
        assert_true(isr(c) & BITS(I2C_ISR_RXNE));
        assert_int_equal(get(c, I2C1_BASE, I2C_RXDR), out[i]);
    }
    rig_us(c, 20);
    assert_int_equal(isr(c), BITS(I2C_ISR_TXE) | BITS(I2C_ISR_STOPF));
    chip_free(c);
}

static void an_address_that_nobody_has_is_not_acknowledged(void **state)
{
    struct chip *c = with_i2c();

    put(c, I2C1_BASE, I2C_CR1, BITS(I2C_CR1_PE) | BITS(I2C_CR1_NACKIE));
    transfer(c, 0x51, false, 2, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 50);
    assert_true(isr(c) & BITS(I2C_ISR_BUSY));
    rig_us(c, 100);
    assert_int_equal(isr(c), BITS(I2C_ISR_TXE) | BITS(I2C_ISR_NACKF) | BITS(I2C_ISR_STOPF));
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> 23 & 1, 1);
    chip_free(c);
}

static void without_pins_nobody_answers_and_the_report_says_so(void **state)
{
    struct chip *c = with_i2c();

    put(c, GPIOB_BASE, GPIO_MODER, 0xFFFFFFFF);
    transfer(c, 0x50, false, 1, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 200);
    assert_true(isr(c) & BITS(I2C_ISR_NACKF));
    assert_non_null(rig_note(c, "wiring", "SCL"));
    chip_free(c);
}

static void reload_goes_on_beyond_255_bytes(void **state)
{
    struct chip *c = with_i2c();
    const uint8_t out[3] = { 0, 1, 2 };

    send_bytes(c, out, 2, BITS(I2C_CR2_RELOAD));
    assert_true(isr(c) & BITS(I2C_ISR_TCR));
    put(c, I2C1_BASE, I2C_CR2, PUT(I2C_CR2_SADD, 0xA0) | PUT(I2C_CR2_NBYTES, 1) | BITS(I2C_CR2_AUTOEND));
    assert_false(isr(c) & BITS(I2C_ISR_TCR));
    put(c, I2C1_BASE, I2C_TXDR, out[2]);
    rig_us(c, 2 * BYTE_US);
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    chip_free(c);
}

static void dma_serves_a_transfer(void **state)
{
    struct chip *c = with_i2c();
    const uint8_t out[6] = { 0x20, 5, 4, 3, 2, 1 }, at = 0x20;
    uint8_t in[5];

    chip_poke(c, RAM_BASE + 0x1000, out, sizeof out);
    put(c, MUX_BASE, DMAMUX_C0CR, 10); /* I2C1_TX */
    put(c, MUX_BASE, DMAMUX_C1CR, 9);  /* I2C1_RX */
    put(c, DMA1_BASE, DMA_CPAR1, I2C1_BASE + I2C_TXDR);
    put(c, DMA1_BASE, DMA_CMAR1, RAM_BASE + 0x1000);
    put(c, DMA1_BASE, DMA_CNDTR1, 6);
    put(c, DMA1_BASE, DMA_CCR1, BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_DIR) | BITS(DMA_CCR1_MINC));
    put(c, I2C1_BASE, I2C_CR1, BITS(I2C_CR1_PE) | BITS(I2C_CR1_TXDMAEN) | BITS(I2C_CR1_RXDMAEN));
    transfer(c, 0x50, false, 6, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 900);
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    put(c, I2C1_BASE, I2C_ICR, BITS(I2C_ICR_STOPCF));
    put(c, I2C1_BASE, I2C_CR1, BITS(I2C_CR1_PE) | BITS(I2C_CR1_RXDMAEN));
    send_bytes(c, &at, 1, 0);
    put(c, DMA1_BASE, DMA_CPAR2, I2C1_BASE + I2C_RXDR);
    put(c, DMA1_BASE, DMA_CMAR2, RAM_BASE + 0x2000);
    put(c, DMA1_BASE, DMA_CNDTR2, 5);
    put(c, DMA1_BASE, DMA_CCR2, BITS(DMA_CCR2_EN) | BITS(DMA_CCR2_MINC));
    transfer(c, 0x50, true, 5, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 900);
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    assert_true(chip_peek(c, RAM_BASE + 0x2000, in, sizeof in));
    assert_memory_equal(in, out + 1, sizeof in);
    chip_free(c);
}

/* ---- SPI ---- */

static struct chip *with_spi(const struct chip_part *part)
{
    struct chip *c = ready();

    if (part)
        assert_true(chip_attach(c, part));
    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFFA9FF); /* PA5, PA6, PA7: AF5; PA4: output, the select */
    put(c, GPIOA_BASE, GPIO_AFRL, 0x55500000);
    put(c, GPIOA_BASE, GPIO_BSRR, 1 << 4);
    put(c, SPI1_BASE, SPI_CR2, PUT(SPI_CR2_DS, 7) | BITS(SPI_CR2_FRXTH));
    put(c, SPI1_BASE, SPI_CR1,
        BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | PUT(SPI_CR1_BR, 1) | BITS(SPI_CR1_SPE)); /* 1 MHz */
    return c;
}

static uint8_t swap(struct chip *c, uint8_t out)
{
    assert_true(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_TXE));
    put_narrow(c, SPI1_BASE + SPI_DR, 1, out);
    rig_us(c, 7);
    assert_true(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_BSY));
    assert_false(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_RXNE));
    rig_us(c, 2);
    assert_false(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_BSY));
    assert_true(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_RXNE));
    return (uint8_t)get_narrow(c, SPI1_BASE + SPI_DR, 1);
}

/* I2C3 on PB3, PB4 is the slave 0x2D, I2C1 the master; their wires are joined. */
static struct chip *with_slave(void)
{
    struct chip *c = with_i2c();
    const struct chip_part joined = { .kind = CHIP_PART_JOINED, .bus = "I2C1", .address = 3 };

    assert_true(chip_attach(c, &joined));
    assert_false(chip_attach(c, &joined)); /* already */
    put(c, RCC_BASE, U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_I2C1EN) | BITS(U0_RCC_APBENR1_I2C3EN));
    put(c, GPIOB_BASE, GPIO_AFRL, 0x44044000);
    put(c, GPIOB_BASE, GPIO_MODER, 0xFFFFAFFF & ~(0x5u << 6));
    put(c, I2C3_BASE, I2C_OAR1, BITS(I2C_OAR1_OA1EN) | PUT(I2C_OAR1_OA1, 0x2D << 1));
    put(c, I2C3_BASE, I2C_CR1, BITS(I2C_CR1_PE));
    return c;
}

static uint32_t slave(struct chip *c) { return get(c, I2C3_BASE, I2C_ISR); }

static void a_slave_answers_at_its_address_and_takes_bytes(void **state)
{
    struct chip *c = with_slave();

    transfer(c, 0x2D, false, 2, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 5000); /* until its program has seen to the address the slave holds the clock */
    assert_false(isr(c) & (BITS(I2C_ISR_TXIS) | BITS(I2C_ISR_NACKF)));
    assert_int_equal(slave(c), BITS(I2C_ISR_TXE) | BITS(I2C_ISR_ADDR) | BITS(I2C_ISR_BUSY) | PUT(I2C_ISR_ADDCODE, 0x2D));
    put(c, I2C3_BASE, I2C_ICR, BITS(I2C_ICR_ADDRCF));
    assert_true(isr(c) & BITS(I2C_ISR_TXIS));
    put(c, I2C1_BASE, I2C_TXDR, 0x11);
    put(c, I2C1_BASE, I2C_TXDR, 0x22);
    rig_us(c, 5000); /* the second byte waits for the first to be read */
    assert_false(isr(c) & BITS(I2C_ISR_STOPF));
    assert_true(slave(c) & BITS(I2C_ISR_RXNE));
    assert_int_equal(get(c, I2C3_BASE, I2C_RXDR), 0x11);
    assert_int_equal(get(c, I2C3_BASE, I2C_RXDR), 0x22);
    rig_us(c, 20);
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    assert_true(slave(c) & BITS(I2C_ISR_STOPF));
    assert_false(slave(c) & BITS(I2C_ISR_BUSY));
    put(c, I2C1_BASE, I2C_ICR, BITS(I2C_ICR_STOPCF));

    transfer(c, 0x2E, false, 1, BITS(I2C_CR2_AUTOEND)); /* somebody else's */
    rig_us(c, 200);
    assert_true(isr(c) & BITS(I2C_ISR_NACKF));
    chip_free(c);
}

static void a_slave_sends_until_the_master_has_enough(void **state)
{
    struct chip *c = with_slave();

    transfer(c, 0x2D, true, 2, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 200);
    assert_true(slave(c) & BITS(I2C_ISR_ADDR) && slave(c) & BITS(I2C_ISR_DIR));
    put(c, I2C3_BASE, I2C_ICR, BITS(I2C_ICR_ADDRCF));
    assert_true(slave(c) & BITS(I2C_ISR_TXIS));
    rig_us(c, 5000);
    assert_false(isr(c) & BITS(I2C_ISR_RXNE));
    put(c, I2C3_BASE, I2C_TXDR, 0x33);
    rig_us(c, BYTE_US);
    assert_int_equal(get(c, I2C1_BASE, I2C_RXDR), 0x33);
    put(c, I2C3_BASE, I2C_TXDR, 0x44);
    rig_us(c, BYTE_US);
    assert_int_equal(get(c, I2C1_BASE, I2C_RXDR), 0x44);
    rig_us(c, 20);
    assert_int_equal(slave(c) & (BITS(I2C_ISR_NACKF) | BITS(I2C_ISR_STOPF)), BITS(I2C_ISR_NACKF) | BITS(I2C_ISR_STOPF));
    assert_true(isr(c) & BITS(I2C_ISR_STOPF));
    chip_free(c);
}

static void a_slave_that_is_switched_off_lets_the_master_go(void **state)
{
    struct chip *c = with_slave();

    transfer(c, 0x2D, false, 1, BITS(I2C_CR2_AUTOEND));
    rig_us(c, 200);
    put(c, I2C3_BASE, I2C_CR1, 0);
    rig_us(c, 20);
    assert_int_equal(isr(c) & (BITS(I2C_ISR_NACKF) | BITS(I2C_ISR_STOPF)), BITS(I2C_ISR_NACKF) | BITS(I2C_ISR_STOPF));
    chip_free(c);
}

static void a_stretched_transfer_goes_on_after_a_load(void **state)
{
    struct chip *a = with_slave(), *b;

    transfer(a, 0x2D, false, 1, BITS(I2C_CR2_AUTOEND));
    rig_us(a, 200);
    b = rig_clone(a);
    for (unsigned i = 0; i < 2; i++) {
        struct chip *const c = i ? b : a;

        put(c, I2C3_BASE, I2C_ICR, BITS(I2C_ICR_ADDRCF));
        put(c, I2C1_BASE, I2C_TXDR, 0x55);
        rig_us(c, 200);
        assert_int_equal(get(c, I2C3_BASE, I2C_RXDR), 0x55);
    }
    assert_null(rig_difference(a, b));
    chip_free(a);
    chip_free(b);
}

static void what_goes_out_comes_back_over_a_wire(void **state)
{
    const struct chip_part wire = { .kind = CHIP_PART_SPI_LOOPBACK, .bus = "SPI1" };
    struct chip *c = with_spi(&wire);

    assert_int_equal(swap(c, 0xA5), 0xA5);
    assert_int_equal(swap(c, 0x5A), 0x5A);
    put_narrow(c, SPI1_BASE + SPI_DR, 2, 0x2211); /* packed: two frames */
    rig_us(c, 20);
    assert_int_equal(GET(get(c, SPI1_BASE, SPI_SR), SPI_SR_FRLVL), 2);
    assert_int_equal(get_narrow(c, SPI1_BASE + SPI_DR, 1), 0x11);
    assert_int_equal(get_narrow(c, SPI1_BASE + SPI_DR, 1), 0x22);
    for (unsigned i = 0; i < 5; i++) {
        put_narrow(c, SPI1_BASE + SPI_DR, 1, i);
        rig_us(c, 10);
    }
    assert_true(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_OVR));
    chip_free(c);
}

/* SPI2 on PB13 to PB15 is the slave, selected by software. */
static void a_joined_slave_gives_and_takes(void **state)
{
    const struct chip_part joined = { .kind = CHIP_PART_JOINED, .bus = "SPI1", .address = 2 };
    struct chip *c = with_spi(&joined);

    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_SPI2EN));
    assert_int_equal(swap(c, 0x11), 0xFF); /* nobody there yet */
    put(c, GPIOB_BASE, GPIO_MODER, 0xABFFFFFF);
    put(c, GPIOB_BASE, GPIO_AFRH, 0x55500000);
    put(c, SPI2_BASE, SPI_CR2, PUT(SPI_CR2_DS, 7) | BITS(SPI_CR2_FRXTH));
    put(c, SPI2_BASE, SPI_CR1, BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SPE));
    assert_null(rig_note(c, "unmodelled", "SPI2"));
    put_narrow(c, SPI2_BASE + SPI_DR, 1, 0xC3);
    assert_int_equal(swap(c, 0x5A), 0xC3);
    assert_int_equal(get_narrow(c, SPI2_BASE + SPI_DR, 1), 0x5A);
    assert_int_equal(swap(c, 0x77), 0); /* it had nothing ready */
    assert_int_equal(get_narrow(c, SPI2_BASE + SPI_DR, 1), 0x77);
    put(c, SPI2_BASE, SPI_CR1, BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | BITS(SPI_CR1_SPE)); /* not selected */
    assert_int_equal(swap(c, 0x12), 0xFF);
    assert_int_equal(get(c, SPI2_BASE, SPI_SR) & BITS(SPI_SR_RXNE), 0);
    put(c, SPI2_BASE, SPI_CR1, BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SPE));
    for (unsigned i = 0; i < 5; i++)
        swap(c, (uint8_t)i);
    assert_true(get(c, SPI2_BASE, SPI_SR) & BITS(SPI_SR_OVR)); /* its program did not read */
    chip_free(c);
}

/* One wire, first one way, then the other. */
static void a_joined_slave_shares_one_wire(void **state)
{
    const struct chip_part joined = { .kind = CHIP_PART_JOINED, .bus = "SPI2", .address = 1 };
    struct chip *c = with_spi(&joined);
    const uint32_t master = BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | PUT(SPI_CR1_BR, 1) | BITS(SPI_CR1_BIDIMODE);
    const uint32_t slave_ = BITS(SPI_CR1_SSM) | BITS(SPI_CR1_BIDIMODE) | BITS(SPI_CR1_SPE);

    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_SPI2EN));
    put(c, GPIOB_BASE, GPIO_MODER, 0xABFFFFFF);
    put(c, GPIOB_BASE, GPIO_AFRH, 0x55500000);
    put(c, SPI2_BASE, SPI_CR2, PUT(SPI_CR2_DS, 7) | BITS(SPI_CR2_FRXTH));
    put(c, SPI2_BASE, SPI_CR1, slave_);
    put(c, SPI1_BASE, SPI_CR1, 0);
    put(c, SPI1_BASE, SPI_CR1, master | BITS(SPI_CR1_BIDIOE) | BITS(SPI_CR1_SPE));
    put_narrow(c, SPI1_BASE + SPI_DR, 1, 0x42);
    rig_us(c, 20);
    assert_int_equal(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_RXNE), 0);
    assert_int_equal(get_narrow(c, SPI2_BASE + SPI_DR, 1), 0x42);
    put(c, SPI1_BASE, SPI_CR1, 0);
    put(c, SPI2_BASE, SPI_CR1, slave_ | BITS(SPI_CR1_BIDIOE));
    put_narrow(c, SPI2_BASE + SPI_DR, 1, 0x24);
    put(c, SPI1_BASE, SPI_CR1, master | BITS(SPI_CR1_SPE)); /* receiving, it clocks by itself */
    rig_us(c, 9);
    assert_int_equal(get_narrow(c, SPI1_BASE + SPI_DR, 1), 0x24);
    chip_free(c);
}

static void sixteen_bit_frames(void **state)
{
    const struct chip_part wire = { .kind = CHIP_PART_SPI_LOOPBACK, .bus = "SPI1" };
    struct chip *c = with_spi(&wire);

    put(c, SPI1_BASE, SPI_CR1, BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | PUT(SPI_CR1_BR, 1));
    put(c, SPI1_BASE, SPI_CR2, PUT(SPI_CR2_DS, 15));
    put(c, SPI1_BASE, SPI_CR1, BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | PUT(SPI_CR1_BR, 1) | BITS(SPI_CR1_SPE));
    put_narrow(c, SPI1_BASE + SPI_DR, 2, 0xBEEF);
    rig_us(c, 17);
    assert_int_equal(get_narrow(c, SPI1_BASE + SPI_DR, 2), 0xBEEF);
    chip_free(c);
}

static void a_flash_memory_gives_its_id_and_its_bytes(void **state)
{
    const struct chip_part flash = { .kind = CHIP_PART_SPI_FLASH, .bus = "SPI1", .id = 0xEF4017, .select_port = 'A', .select_pin = 4 };
    struct chip *c = with_spi(&flash);
    const uint8_t program[6] = { 0x02, 0, 0, 5, 0x12, 0x34 };

    assert_int_equal(swap(c, 0x9F), 0xFF); /* not selected */
    assert_int_equal(swap(c, 0), 0xFF);
    put(c, GPIOA_BASE, GPIO_BRR, 1 << 4);
    swap(c, 0x9F);
    assert_int_equal(swap(c, 0), 0xEF);
    assert_int_equal(swap(c, 0), 0x40);
    assert_int_equal(swap(c, 0), 0x17);
    put(c, GPIOA_BASE, GPIO_BSRR, 1 << 4);
    put(c, GPIOA_BASE, GPIO_BRR, 1 << 4);
    swap(c, 0x06);
    put(c, GPIOA_BASE, GPIO_BSRR, 1 << 4);
    put(c, GPIOA_BASE, GPIO_BRR, 1 << 4);
    for (unsigned i = 0; i < sizeof program; i++)
        swap(c, program[i]);
    put(c, GPIOA_BASE, GPIO_BSRR, 1 << 4);
    put(c, GPIOA_BASE, GPIO_BRR, 1 << 4);
    swap(c, 0x03);
    swap(c, 0);
    swap(c, 0);
    swap(c, 4);
    assert_int_equal(swap(c, 0), 0xFF);
    assert_int_equal(swap(c, 0), 0x12);
    assert_int_equal(swap(c, 0), 0x34);
    chip_free(c);
}

static void spi_by_dma_in_both_directions(void **state)
{
    const struct chip_part wire = { .kind = CHIP_PART_SPI_LOOPBACK, .bus = "SPI1" };
    struct chip *c = with_spi(&wire);
    const char out[] = "both ways at once";
    char in[sizeof out];

    chip_poke(c, RAM_BASE + 0x1000, out, sizeof out);
    put(c, MUX_BASE, DMAMUX_C0CR, 36); /* SPI1_RX */
    put(c, MUX_BASE, DMAMUX_C1CR, 37); /* SPI1_TX */
    put(c, DMA1_BASE, DMA_CPAR1, SPI1_BASE + SPI_DR);
    put(c, DMA1_BASE, DMA_CMAR1, RAM_BASE + 0x2000);
    put(c, DMA1_BASE, DMA_CNDTR1, sizeof out);
    put(c, DMA1_BASE, DMA_CCR1, BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_MINC));
    put(c, DMA1_BASE, DMA_CPAR2, SPI1_BASE + SPI_DR);
    put(c, DMA1_BASE, DMA_CMAR2, RAM_BASE + 0x1000);
    put(c, DMA1_BASE, DMA_CNDTR2, sizeof out);
    put(c, DMA1_BASE, DMA_CCR2, BITS(DMA_CCR2_EN) | BITS(DMA_CCR2_DIR) | BITS(DMA_CCR2_MINC));
    put(c, SPI1_BASE, SPI_CR2, PUT(SPI_CR2_DS, 7) | BITS(SPI_CR2_FRXTH) | BITS(SPI_CR2_RXDMAEN) | BITS(SPI_CR2_TXDMAEN));
    rig_us(c, 9 * sizeof out);
    assert_int_equal(get(c, DMA1_BASE, DMA_CNDTR1), 0);
    assert_true(chip_peek(c, RAM_BASE + 0x2000, in, sizeof in));
    assert_memory_equal(in, out, sizeof in);
    assert_false(get(c, SPI1_BASE, SPI_SR) & BITS(SPI_SR_OVR));
    chip_free(c);
}

static void parts_are_refused_where_there_is_no_bus(void **state)
{
    struct chip *c = ready();

    assert_false(chip_attach(c, &(struct chip_part){ .kind = CHIP_PART_SPI_LOOPBACK, .bus = "SPI9" }));
    assert_false(chip_attach(c, &(struct chip_part){ .kind = CHIP_PART_SPI_LOOPBACK, .bus = "I2C1" }));
    assert_false(
        chip_attach(c, &(struct chip_part){ .kind = CHIP_PART_I2C_MEMORY, .bus = "I2C1", .address = 200, .pointer_bytes = 1, .bytes = 1 }));
    chip_free(c);
}

static void saved_in_mid_transfer_the_future_is_the_same(void **state)
{
    const struct chip_part wire = { .kind = CHIP_PART_SPI_LOOPBACK, .bus = "SPI1" };
    struct chip *a = with_i2c(), *b;

    assert_true(chip_attach(a, &wire));
    put(a, GPIOA_BASE, GPIO_MODER, 0xEBFFABFF);
    put(a, GPIOA_BASE, GPIO_AFRL, 0x55500000);
    put(a, SPI1_BASE, SPI_CR1, BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI) | PUT(SPI_CR1_BR, 7) | BITS(SPI_CR1_SPE));
    put_narrow(a, SPI1_BASE + SPI_DR, 2, 0x1234);
    transfer(a, 0x50, true, 3, BITS(I2C_CR2_AUTOEND));
    for (unsigned i = 0; i < 10; i++) {
        rig_us(a, 37);
        b = rig_clone(a);
        rig_us(b, 1000);
        chip_free(b);
    }
    b = rig_clone(a);
    rig_us(a, 1000);
    rig_us(b, 1000);
    assert_null(rig_difference(a, b));
    chip_free(a);
    chip_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_written_can_be_read_back),
        cmocka_unit_test(an_address_that_nobody_has_is_not_acknowledged),
        cmocka_unit_test(without_pins_nobody_answers_and_the_report_says_so),
        cmocka_unit_test(reload_goes_on_beyond_255_bytes),
        cmocka_unit_test(dma_serves_a_transfer),
        cmocka_unit_test(a_slave_answers_at_its_address_and_takes_bytes),
        cmocka_unit_test(a_slave_sends_until_the_master_has_enough),
        cmocka_unit_test(a_slave_that_is_switched_off_lets_the_master_go),
        cmocka_unit_test(a_stretched_transfer_goes_on_after_a_load),
        cmocka_unit_test(what_goes_out_comes_back_over_a_wire),
        cmocka_unit_test(a_joined_slave_gives_and_takes),
        cmocka_unit_test(a_joined_slave_shares_one_wire),
        cmocka_unit_test(sixteen_bit_frames),
        cmocka_unit_test(a_flash_memory_gives_its_id_and_its_bytes),
        cmocka_unit_test(spi_by_dma_in_both_directions),
        cmocka_unit_test(parts_are_refused_where_there_is_no_bus),
        cmocka_unit_test(saved_in_mid_transfer_the_future_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
