/* test_periph.c - CRC unit against a reference, GPIO, EXTI, debug address space, system bus odds and ends. */
#include "rig.h"

static struct chip *stopped(const char *name)
{
    struct program p = { 0 };

    prog_stop(&p);
    return rig_run(name, &p);
}

/* ---- CRC ---- */

/* CRC of a bit stream, most significant first, written from the definition: the remainder of the polynomial division. */
struct reference {
    uint32_t poly, remainder;
    unsigned width;
};

static void reference_bit(struct reference *r, bool bit)
{
    const bool top = r->remainder >> (r->width - 1) & 1;

    r->remainder = (r->remainder << 1) & (UINT32_MAX >> (32 - r->width));
    if (top != bit)
        r->remainder ^= r->poly & (UINT32_MAX >> (32 - r->width));
}

static uint32_t mirror(uint32_t v, unsigned bits)
{
    uint32_t m = 0;

    for (unsigned i = 0; i < bits; i++)
        if (v & 1u << i)
            m |= 1u << (bits - 1 - i);
    return m;
}

static void reference_feed(struct reference *r, uint32_t v, unsigned bits, unsigned rev_in)
{
    static const unsigned groups[4] = { 0, 8, 16, 32 };
    const unsigned group = groups[rev_in] < bits ? groups[rev_in] : bits;
    uint32_t in = rev_in ? 0 : v;

    for (unsigned at = 0; rev_in && at < bits; at += group)
        in |= mirror(v >> at, group) << at;
    for (unsigned i = bits; i-- > 0;)
        reference_bit(r, in >> i & 1);
}

static void debug_write(struct chip *c, uint32_t addr, unsigned bytes, uint32_t value)
{
    uint64_t done_ps;

    assert_true(chip_debug_write(c, addr, bytes, value, &done_ps));
}

static void crc_unit_agrees_with_a_reference_in_every_setting(void **state)
{
    static const unsigned widths[4] = { 32, 16, 8, 7 }, data_bits[3] = { 8, 16, 32 };
    static const uint32_t polys[4] = { 0x04C11DB7, 0x1021, 0x07, 0x09 };
    struct chip *c = stopped("stm32u073rc");
    uint32_t noise = 12345;

    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_CRCEN));
    for (unsigned setting = 0; setting < 4 * 4 * 2 * 3; setting++) {
        const unsigned size = setting % 4, rev_in = setting / 4 % 4, rev_out = setting / 16 % 2, bits = data_bits[setting / 32];
        const uint32_t init = 0xFEDCBA98 * (setting + 1);
        struct reference r = { polys[size], init & (UINT32_MAX >> (32 - widths[size])), widths[size] };

        rig_write(c, CRC_BASE + CRC_CR, PUT(CRC_CR_POLYSIZE, size) | PUT(CRC_CR_REV_IN, rev_in) | PUT(CRC_CR_REV_OUT, rev_out));
        rig_write(c, CRC_BASE + CRC_POL, polys[size]);
        rig_write(c, CRC_BASE + CRC_INIT, init);
        for (unsigned i = 0; i < 5; i++) {
            noise = noise * 1664525 + 1013904223;
            debug_write(c, CRC_BASE + CRC_DR, bits / 8, noise & (UINT32_MAX >> (32 - bits)));
            reference_feed(&r, noise & (UINT32_MAX >> (32 - bits)), bits, rev_in);
        }
        assert_int_equal(rig_read(c, CRC_BASE + CRC_DR), rev_out ? mirror(r.remainder, r.width) : r.remainder);
    }
    chip_free(c);
}

/* "123456789": the check values of the CRC catalogue. */
static void crc_unit_gives_the_published_check_values(void **state)
{
    static const char text[] = "123456789";
    static const struct {
        uint32_t cr, poly, init, xor_out, check;
    } rows[] = {
        // clang-format off
        { 0x000, 0x04C11DB7, 0xFFFFFFFF, 0x00000000, 0x0376E6E7 }, /* CRC-32/MPEG-2 */
        { 0x0A0, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF, 0xCBF43926 }, /* CRC-32 */
        { 0x008, 0x00001021, 0x00000000, 0x00000000, 0x000031C3 }, /* CRC-16/XMODEM */
        { 0x0A8, 0x00008005, 0x0000FFFF, 0x00000000, 0x00004B37 }, /* CRC-16/MODBUS */
        { 0x010, 0x00000007, 0x00000000, 0x00000000, 0x000000F4 }, /* CRC-8/SMBUS */
        { 0x018, 0x00000009, 0x00000000, 0x00000000, 0x00000075 }, /* CRC-7/MMC */
        // clang-format on
    };

    for (unsigned g0 = 0; g0 < 2; g0++) {
        struct chip *c = stopped(g0 ? "stm32g071rb" : "stm32u073rc");

        rig_write(c, RCC_BASE + (g0 ? (uint32_t)G0_RCC_AHBENR : (uint32_t)U0_RCC_AHBENR), 0x100 | 1u << 12);
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            rig_write(c, CRC_BASE + CRC_POL, rows[i].poly);
            rig_write(c, CRC_BASE + CRC_CR, rows[i].cr);
            rig_write(c, CRC_BASE + CRC_INIT, rows[i].init);
            for (const char *p = text; *p; p++)
                debug_write(c, CRC_BASE + CRC_DR, 1, (uint8_t)*p);
            assert_int_equal(rig_read(c, CRC_BASE + CRC_DR) ^ rows[i].xor_out, rows[i].check);
            rig_write(c, CRC_BASE + CRC_CR, rows[i].cr | BITS(CRC_CR_RESET));
            assert_int_equal(rig_read(c, CRC_BASE + CRC_CR), rows[i].cr); /* RESET clears itself */
        }
        chip_free(c);
    }
}

/* ---- GPIO ---- */

static void port_a_keeps_its_swd_pins_after_reset(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 3);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_MODER), 0xEBFFFFFF);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_PUPDR), 0x24000000);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_OSPEEDR), 0x0C000000);
    assert_int_equal(rig_read(c, GPIOA_BASE + 0x400 + GPIO_MODER), 0xFFFFFFFF);
    chip_free(c);
}

static void taking_a_swd_pin_away_ends_the_debug_connection_until_reset(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_IOPENR, 1);
    prog_write(&p, GPIOA_BASE + GPIO_MODER, 0xEBFFFFFF & ~(3u << 26)); /* PA13: input */
    prog_stop(&p);
    c = rig_new("stm32u073rc");
    rig_load(c, FLASH_BASE, &p);
    chip_power(c, true);
    rig_us(c, 200);
    assert_true(chip_debug_alive(c)); /* under reset the pins are SWD's */
    rig_us(c, 300);
    assert_false(chip_debug_alive(c));
    chip_nrst(c, true);
    assert_true(chip_debug_alive(c));
    chip_free(c);
}

static void outputs_follow_odr_bsrr_and_brr(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFF55); /* PA0..3 outputs */
    rig_write(c, GPIOA_BASE + GPIO_ODR, 0x5);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_IDR) & 0xF, 0x5);
    rig_write(c, GPIOA_BASE + GPIO_BSRR, 0x00050002);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_IDR) & 0xF, 0x2);
    rig_write(c, GPIOA_BASE + GPIO_BSRR, 0x00080008); /* both: set wins */
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_ODR), 0xA);
    rig_write(c, GPIOA_BASE + GPIO_BRR, 0x2);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_ODR), 0x8);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_BSRR), 0);
    chip_free(c);
}

static void inputs_follow_their_pull(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFF00);
    rig_write(c, GPIOA_BASE + GPIO_PUPDR, 0x24000009); /* PA0 up, PA1 down */
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_IDR) & 0xF, 0x1);
    chip_boot0(c, true); /* PA14 */
    assert_true(rig_read(c, GPIOA_BASE + GPIO_IDR) >> 14 & 1);
    chip_boot0(c, false);
    assert_false(rig_read(c, GPIOA_BASE + GPIO_IDR) >> 14 & 1);
    chip_free(c);
}

static void a_locked_pin_keeps_its_configuration_until_reset(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x10001);
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x00001);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_LCKR), 0x00001); /* a read too early does not lock */
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x10001);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_LCKR), 0x10001);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFFF0);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_MODER), 0xEBFFFFF3); /* PA0 stays, PA1 follows */
    rig_write(c, GPIOA_BASE + GPIO_AFRL, 0x77);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_AFRL), 0x70);
    rig_write(c, RCC_BASE + U0_RCC_IOPRSTR, 1);
    rig_write(c, RCC_BASE + U0_RCC_IOPRSTR, 0);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFFFF0);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_MODER), 0xEBFFFFF0);
    chip_free(c);
}

static void a_broken_lock_sequence_locks_nothing(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x10001);
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x00003); /* other pins */
    rig_write(c, GPIOA_BASE + GPIO_LCKR, 0x10001);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_LCKR) & 0x10000, 0);
    chip_free(c);
}

/* ---- buses ---- */

static void narrow_writes_hit_bytes_on_the_ahb_and_the_whole_word_on_the_apb(void **state)
{
    struct chip *c = stopped("stm32u073rc");

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    debug_write(c, GPIOA_BASE + GPIO_AFRL + 1, 1, 0x77);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_AFRL), 0x00007700);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN));
    debug_write(c, USART2_BASE + USART_RTOR, 1, 0x12);
    assert_int_equal(rig_read(c, USART2_BASE + USART_RTOR), 0x12121212);
    debug_write(c, USART2_BASE + USART_RTOR + 2, 2, 0x3456);
    assert_int_equal(rig_read(c, USART2_BASE + USART_RTOR), 0x34563456);
    chip_free(c);
}

static void swier_raises_the_line_of_its_pin(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    prog_write(&p, 0x40021880, 0x20); /* IMR1: line 5 */
    prog_write(&p, 0x40021808, 0x21); /* SWIER1: lines 0 and 5 */
    prog_copy(&p, 0x4002180C, RESULT);
    prog_copy(&p, PPB(NVIC_ISPR), RESULT + 4);
    prog_copy(&p, SYSCFG_BASE + U0_SYSCFG_ITLINE7, RESULT + 8);
    prog_write(&p, 0x4002180C, 0x20);
    prog_copy(&p, SYSCFG_BASE + U0_SYSCFG_ITLINE7, RESULT + 12);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    assert_int_equal(rig_peek(c, RESULT), 0x21);
    assert_int_equal(rig_peek(c, RESULT + 4), 1u << 7);
    assert_int_equal(rig_peek(c, RESULT + 8), BITS(U0_SYSCFG_ITLINE7_EXTI5));
    assert_int_equal(rig_peek(c, RESULT + 12), 0);
    chip_free(c);
}

static void sram2_erase_needs_its_two_keys(void **state)
{
    struct chip *c = stopped("stm32u073rc");
    const uint32_t mark = 0x600DF00D;

    rig_write(c, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    chip_poke(c, RAM_BASE + 0x8000, &mark, 4);
    rig_write(c, SYSCFG_BASE + U0_SYSCFG_SCSR, BITS(U0_SYSCFG_SCSR_SRAM2ER));
    assert_int_equal(rig_read(c, RAM_BASE + 0x8000), mark);
    rig_write(c, SYSCFG_BASE + U0_SYSCFG_SKR, 0xCA);
    rig_write(c, SYSCFG_BASE + U0_SYSCFG_SKR, 0x53);
    rig_write(c, SYSCFG_BASE + U0_SYSCFG_SCSR, BITS(U0_SYSCFG_SCSR_SRAM2ER));
    assert_int_equal(rig_read(c, RAM_BASE + 0x8000), 0);
    chip_free(c);
}

/* ---- the debugger's address space ---- */

static void vendor_rom_table_names_st_and_the_part(void **state)
{
    static const struct {
        const char *name;
        uint32_t pidr0, pidr1;
    } rows[] = { { "stm32u073rc", 0x89, 0x04 }, { "stm32g071rb", 0x60, 0x04 } };

    for (unsigned i = 0; i < 2; i++) {
        struct chip *c = stopped(rows[i].name);

        assert_int_equal(rig_read(c, 0xF0000000), 0xF00FF003); /* to 0xE00FF000 */
        assert_int_equal(rig_read(c, 0xF0000004), 0);
        assert_int_equal(rig_read(c, 0xF0000FE0), rows[i].pidr0);
        assert_int_equal(rig_read(c, 0xF0000FE4), rows[i].pidr1);
        assert_int_equal(rig_read(c, 0xF0000FE8), 0x0A);
        assert_int_equal(rig_read(c, 0xF0000FF4), 0x10);
        assert_int_equal(rig_read(c, 0xE00FF000), 0xFFF0F003);
        chip_free(c);
    }
}

static void dbgmcu_answers_the_debugger_without_its_clock_and_the_core_only_with_it(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_copy(&p, DBGMCU_BASE, RESULT);
    prog_write(&p, RCC_BASE + U0_RCC_DBGCFGR, BITS(U0_RCC_DBGCFGR_DBGEN));
    prog_copy(&p, DBGMCU_BASE, RESULT + 4);
    prog_write(&p, RCC_BASE + U0_RCC_DBGCFGR, 0);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 100);
    assert_int_equal(rig_peek(c, RESULT), 0);
    assert_int_equal(rig_peek(c, RESULT + 4), 0x10006489);
    assert_int_equal(rig_read(c, DBGMCU_BASE), 0x10006489);
    assert_int_equal(rig_read(c, 0xF0001000), 0x10006489); /* in the debug space too */
    assert_int_equal(rig_read(c, DBGMCU_BASE + U0_DBGMCU_SR), 0x00010003);
    assert_int_equal(rig_read(c, DBGMCU_BASE + U0_DBGMCU_CIDR0), 0x0D);
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_CR, 6);
    assert_int_equal(rig_read(c, 0xF0001004), 6);
    chip_free(c);
    c = stopped("stm32g071rb");
    assert_int_equal(rig_read(c, DBGMCU_BASE), 0x20006460);
    assert_false(rig_can_read(c, 0xF0001000));
    chip_free(c);
}

static void the_debugger_sees_memory_while_the_program_runs(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t before, cycles;

    prog_count(&p);
    c = rig_run("stm32u073rc", &p);
    before = rig_read(c, RESULT);
    rig_us(c, 1000);
    cycles = (rig_read(c, RESULT) - before) * COUNT_CYCLES;
    assert_in_range(cycles, 3980, 4020);
    rig_write(c, RESULT + 64, 0xBEEF);
    assert_int_equal(rig_peek(c, RESULT + 64), 0xBEEF);
    rig_halt(c);
    before = rig_read(c, RESULT);
    rig_us(c, 1000);
    assert_int_equal(rig_read(c, RESULT), before);
    rig_write(c, PPB(DHCSR), DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN));
    rig_us(c, 1000);
    assert_true(rig_read(c, RESULT) - before > 600);
    chip_free(c);
}

static void at_rdp_1_flash_and_ram_close_when_a_debugger_comes(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_count(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xBB);
    rig_boot(c);
    assert_in_range(rig_counts(c, 1000), 600, 700); /* alone, the program runs */
    assert_true(chip_debug_alive(c));
    assert_false(rig_can_read(c, FLASH_BASE));
    assert_false(rig_can_read(c, RAM_BASE));
    assert_true(rig_can_read(c, 0x1FFF0000)); /* system memory stays readable, as do registers */
    assert_true(rig_can_read(c, FLASH_REGS + U0_FLASH_OPTR));
    rig_us(c, 100);
    assert_true(rig_read(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_LOCKUP)); /* fetches fail, and so do vector reads */
    chip_free(c);
}

static void rdp_2_closes_debug(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_count(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xCC);
    rig_boot(c);
    assert_false(chip_debug_alive(c));
    assert_in_range(rig_counts(c, 1000), 600, 700);
    chip_free(c);
}

/* BOOT_LOCK with RDP level 1: DBG_SWEN is 0 after reset, and nobody but the program can set it. */
static void boot_lock_with_rdp_1_closes_debug_until_the_program_opens_it(void **state)
{
    for (unsigned opens = 0; opens < 2; opens++) {
        struct program p = { 0 };
        struct chip *c = rig_new("stm32u073rc");

        if (opens)
            prog_write(&p, FLASH_REGS + U0_FLASH_ACR, 0x600 | BITS(U0_FLASH_ACR_DBG_SWEN));
        prog_stop(&p);
        rig_load(c, FLASH_BASE, &p);
        chip_store_option(c, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xBB);
        chip_store_option(c, U0_FLASH_SECR, PUT(U0_FLASH_SECR_HDP1EN, 0xB4) | BITS(U0_FLASH_SECR_BOOT_LOCK));
        rig_boot(c);
        assert_int_equal(chip_debug_alive(c), opens);
        chip_free(c);
    }
}

static void a_refused_flash_operation_is_noted(void **state)
{
    struct chip *c = stopped("stm32u073rc");
    uint64_t done_ps;

    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    rig_write(c, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PG));
    chip_debug_write(c, FLASH_BASE, 4, 0x12345678, &done_ps); /* not erased */
    chip_debug_write(c, FLASH_BASE + 4, 4, 0x12345678, &done_ps);
    rig_us(c, 200);
    assert_true(rig_read(c, FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_PROGERR));
    assert_non_null(rig_note(c, "refused", "PROGERR"));
    chip_free(c);
}

static void the_core_waits_for_a_busy_flash_and_the_debugger_is_told_how_long(void **state)
{
    struct chip *c;
    struct program p = { 0 };
    uint32_t value;
    uint64_t done_ps;

    prog_count(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    rig_write(c, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PER) | PUT(U0_FLASH_CR_PNB, 9) | BITS(U0_FLASH_CR_STRT));
    rig_us(c, 1000);
    assert_int_equal(rig_counts(c, 10000), 0);
    assert_true(rig_read(c, FLASH_REGS + U0_FLASH_SR) & BITS(U0_FLASH_SR_BSY1)); /* registers answer at once */
    assert_true(chip_debug_read(c, FLASH_BASE, 4, &value, &done_ps));
    assert_in_range(done_ps - chip_now_ps(c), 10900 * PS_PER_US, 11000 * PS_PER_US);
    rig_us(c, 12000);
    assert_true(rig_counts(c, 1000) > 600);
    chip_free(c);
}

static void chip_facts_are_those_of_the_parts(void **state)
{
    struct chip *u = rig_new("stm32u073rc"), *g = rig_new("stm32g071rb");

    assert_int_equal(chip_facts(u)->dpidr, 0x6BA02477);
    assert_int_equal(chip_facts(u)->targetid & 0x0FFFFFFF, 0x04890041);
    assert_int_equal(chip_facts(u)->ap[0].idr, 0x84770001);
    assert_int_equal(chip_facts(u)->ap[1].idr, 0x54770002);
    assert_int_equal(chip_facts(u)->flash_bytes, 256 * 1024);
    assert_int_equal(chip_facts(g)->dpidr, 0x0BC11477);
    assert_int_equal(chip_facts(g)->targetid, 0);
    assert_int_equal(chip_facts(g)->ap[0].idr, 0x04770031);
    assert_int_equal(chip_facts(g)->ap[1].idr, 0);
    chip_free(u);
    chip_free(g);
}

static void peek_has_no_side_effects_and_says_when_nothing_is_there(void **state)
{
    struct chip *c = stopped("stm32u073rc");
    uint32_t word;

    rig_write(c, PPB(AIRCR), AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ));
    rig_us(c, 100);
    assert_true(rig_peek(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_RESET_ST));
    assert_true(rig_peek(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_RESET_ST)); /* a read would have cleared it */
    assert_false(chip_peek(c, 0x60000000, &word, 4));
    assert_false(chip_peek(c, RAM_BASE + 40 * 1024 - 2, &word, 4));
    assert_true(chip_peek(c, 0, &word, 4));
    assert_int_equal(word, rig_peek(c, FLASH_BASE));
    assert_false(chip_poke(c, 0x60000000, &word, 4));
    assert_false(chip_poke(c, RAM_BASE + 40 * 1024 - 2, &word, 4));
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_unit_agrees_with_a_reference_in_every_setting),
        cmocka_unit_test(crc_unit_gives_the_published_check_values),
        cmocka_unit_test(port_a_keeps_its_swd_pins_after_reset),
        cmocka_unit_test(taking_a_swd_pin_away_ends_the_debug_connection_until_reset),
        cmocka_unit_test(outputs_follow_odr_bsrr_and_brr),
        cmocka_unit_test(inputs_follow_their_pull),
        cmocka_unit_test(a_locked_pin_keeps_its_configuration_until_reset),
        cmocka_unit_test(a_broken_lock_sequence_locks_nothing),
        cmocka_unit_test(narrow_writes_hit_bytes_on_the_ahb_and_the_whole_word_on_the_apb),
        cmocka_unit_test(swier_raises_the_line_of_its_pin),
        cmocka_unit_test(sram2_erase_needs_its_two_keys),
        cmocka_unit_test(vendor_rom_table_names_st_and_the_part),
        cmocka_unit_test(dbgmcu_answers_the_debugger_without_its_clock_and_the_core_only_with_it),
        cmocka_unit_test(the_debugger_sees_memory_while_the_program_runs),
        cmocka_unit_test(at_rdp_1_flash_and_ram_close_when_a_debugger_comes),
        cmocka_unit_test(rdp_2_closes_debug),
        cmocka_unit_test(boot_lock_with_rdp_1_closes_debug_until_the_program_opens_it),
        cmocka_unit_test(a_refused_flash_operation_is_noted),
        cmocka_unit_test(the_core_waits_for_a_busy_flash_and_the_debugger_is_told_how_long),
        cmocka_unit_test(chip_facts_are_those_of_the_parts),
        cmocka_unit_test(peek_has_no_side_effects_and_says_when_nothing_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
