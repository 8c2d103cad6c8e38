/* test_save.c - a chip that is saved and loaded has the same future as one that is not; two chips in one process do not meet. */
#include "rig.h"

#include <stdlib.h>

/* ---- a busy program: text, watchdog, erase and program, RAM, clock changes, an interrupt ---- */

static void busy_program(struct program *p)
{
    *p = (struct program){ 0 };
    prog_write(p, RCC_BASE + U0_RCC_CR, 0x81 | BITS(U0_RCC_CR_HSION));
    prog_write(p, RCC_BASE + U0_RCC_IOPENR, 1);
    prog_write(p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USART2EN) | BITS(U0_RCC_APBENR1_TIM2EN));
    prog_write(p, GPIOA_BASE + GPIO_AFRL, 0x00007700);
    prog_write(p, GPIOA_BASE + GPIO_MODER, 0xEBFFFFAF);
    prog_write(p, USART2_BASE + USART_BRR, 139);
    prog_write(p, USART2_BASE + USART_CR1, BITS(USART_CR1_UE) | BITS(USART_CR1_TE) | BITS(USART_CR1_FIFOEN));
    prog_wait(p, RCC_BASE + U0_RCC_CR, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
    prog_write(p, RCC_BASE + U0_RCC_CFGR, 1);
    prog_write(p, 0x40000028, 77); /* TIM2_PSC: not modelled, kept */
    prog_write(p, IWDG_BASE + U0_IWDG_KR, 0xCCCC);
    prog_write(p, IWDG_BASE + U0_IWDG_KR, 0x5555);
    prog_write(p, IWDG_BASE + U0_IWDG_RLR, 400); /* 50 ms: it bites in the end */
    prog_write(p, PPB(SYST_RVR), 999);
    prog_write(p, PPB(SYST_CSR), 5);
    prog_write(p, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    prog_write(p, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    prog_send(p, USART2_BASE, "erasing ");
    prog_write(p, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PER) | PUT(U0_FLASH_CR_PNB, 9) | BITS(U0_FLASH_CR_STRT));
    prog_wait(p, FLASH_REGS + U0_FLASH_SR, BITS(U0_FLASH_SR_BSY1) | BITS(U0_FLASH_SR_CFGBSY), 0);
    prog_write(p, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PG));
    prog_write(p, FLASH_BASE + 9 * 2048, 0x11223344);
    prog_write(p, FLASH_BASE + 9 * 2048 + 4, 0x55667788);
    prog_send(p, USART2_BASE, "programming ");
    prog_wait(p, FLASH_REGS + U0_FLASH_SR, BITS(U0_FLASH_SR_CFGBSY), 0);
    prog_send(p, USART2_BASE, "done; now the watchdog may bite");
    prog_count(p);
}

/* Saved at any of these times (in the reset, in a frame, in the erase, in the program operation, after the bite), the future is the same.
 */
static void save_and_load_at_any_time_does_not_change_the_future(void **state)
{
    struct program p;

    busy_program(&p);
    for (uint64_t at_us = 50; at_us < 60000; at_us += at_us < 1500 ? 97 : 2131) {
        struct chip *a = rig_new("stm32u073rc"), *b;
        struct rig_snapshot snap;

        rig_load(a, FLASH_BASE, &p);
        chip_power(a, true);
        rig_us(a, at_us);
        snap = rig_save(a);
        b = rig_restore("stm32u073rc", &snap);
        assert_null(rig_difference(a, b));
        rig_us(a, 30000);
        rig_us(b, 30000);
        if (rig_difference(a, b))
            fail_msg("saved at %u us", (unsigned)at_us);
        free(snap.bytes);
        chip_free(a);
        chip_free(b);
    }
}

/* However time is asked for, the same happens. */
static void small_steps_and_large_ones_give_the_same(void **state)
{
    struct program p;
    struct chip *a, *b;
    const char *text_a, *text_b;
    size_t len;

    busy_program(&p);
    a = rig_run("stm32u073rc", &p);
    b = rig_run("stm32u073rc", &p);
    rig_us(a, 40000);
    for (unsigned i = 0; i < 40000; i++)
        rig_us(b, 1);
    len = chip_uart_output(a, 2, &text_a);
    assert_int_equal(len, chip_uart_output(b, 2, &text_b));
    assert_memory_equal(text_a, text_b, len);
    assert_true(len > 40);
    assert_null(rig_difference(a, b));
    chip_free(a);
    chip_free(b);
}

static void two_chips_in_one_process_do_not_meet(void **state)
{
    struct program p, q = { 0 };
    struct chip *alone, *a, *b;

    busy_program(&p);
    prog_count(&q);
    alone = rig_run("stm32u073rc", &p);
    rig_us(alone, 40000);
    a = rig_new("stm32u073rc");
    rig_load(a, FLASH_BASE, &p);
    b = rig_run("stm32g071rb", &q);
    rig_boot(a);
    for (unsigned i = 0; i < 40; i++) {
        rig_us(a, 1000);
        rig_us(b, 700);
    }
    assert_null(rig_difference(alone, a));
    assert_in_range(rig_peek(b, RESULT), 28000 * 16 / COUNT_CYCLES, 28400 * 16 / COUNT_CYCLES);
    assert_int_equal(chip_uart_total(b, 2), 0);
    chip_free(alone);
    chip_free(a);
    chip_free(b);
}

static void every_section_has_its_own_name_and_survives_the_round_trip(void **state)
{
    struct program p = { 0 };
    const char *const names[] = { "stm32u073rc", "stm32g071rb" };

    prog_stop(&p);
    for (unsigned n = 0; n < 2; n++) {
        struct chip *c = rig_run(names[n], &p), *d;
        const struct chip_section *s;
        const size_t count = chip_sections(c, &s);
        struct rig_snapshot snap = rig_save(c), again;

        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(s[i].name, s[j].name);
        d = rig_restore(names[n], &snap);
        again = rig_save(d);
        assert_int_equal(snap.len, again.len);
        assert_memory_equal(snap.bytes, again.bytes, snap.len);
        free(snap.bytes);
        free(again.bytes);
        chip_free(c);
        chip_free(d);
    }
}

/* Every byte of a saved state is in its table, but for padding (up to 7 bytes): one that is not would be lost. */
static void every_table_covers_its_state(void **state)
{
    const char *const names[] = { "stm32u073rc", "stm32g071rb" };

    for (unsigned n = 0; n < 2; n++) {
        struct chip *c = rig_new(names[n]);
        const struct chip_section *s;
        const size_t count = chip_sections(c, &s);

        for (size_t i = 0; i < count; i++) {
            size_t bare = 0;
            uint8_t *listed;

            if (!s[i].table || strcmp(s[i].name, "cpu") == 0 || strncmp(s[i].name, "flash", 5) == 0)
                continue; /* tested where they are made */
            listed = calloc(1, s[i].table->bytes);
            assert_non_null(listed);
            for (size_t f = 0; f < s[i].table->count; f++)
                memset(listed + s[i].table->fields[f].offset, 1, (size_t)s[i].table->fields[f].elem_bytes * s[i].table->fields[f].count);
            for (size_t b = 0; b < s[i].table->bytes; b++) {
                bare = listed[b] ? 0 : bare + 1;
                if (bare > 7)
                    fail_msg("section %s: byte %zu is in no field", s[i].name, b);
            }
            free(listed);
        }
        chip_free(c);
    }
}

static void contradictory_sections_are_refused(void **state)
{
    struct program p = { 0 };
    struct err e = { 0 };
    struct chip *c;
    const struct chip_section *s;
    size_t count, i = 0;
    uint32_t *rcc;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    count = chip_sections(c, &s);
    assert_true(chip_loaded(c, &e));
    while (i < count && strcmp(s[i].name, "RCC") != 0)
        i++;
    rcc = s[i].state; /* registers come first */
    rcc[U0_RCC_CFGR / 4] |= PUT(U0_RCC_CFGR_HPRE, 8);
    assert_false(chip_loaded(c, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.cause, "HCLK"));
    chip_free(c);
}

/* A file that somebody has tampered with: refused, or a chip that runs and does no harm to its host (the sanitizers watch). */
static void tampered_sections_are_refused_or_harmless(void **state)
{
    struct program p;
    struct chip *c;
    struct rig_snapshot snap;
    uint32_t noise = 1;
    unsigned refused = 0, loaded = 0;

    busy_program(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 3000);
    snap = rig_save(c);
    for (unsigned round = 0; round < 300; round++) {
        struct err e = { 0 };
        struct chip *d = chip_new("stm32u073rc", 0, &e);
        const struct chip_section *s;
        const size_t count = chip_sections(d, &s);
        const uint8_t *from = snap.bytes;
        bool good = true;

        for (size_t i = 0; i < count && good; i++) {
            const size_t len = s[i].table ? state_size(s[i].table) : s[i].bytes;
            uint8_t *bytes = malloc(len);

            assert_non_null(bytes);
            memcpy(bytes, from, len);
            from += len;
            for (unsigned n = 0; n < (s[i].table ? 4 : 0); n++) {
                noise = noise * 1664525 + 1013904223;
                if (noise >> 29 == 0)
                    bytes[(noise >> 8) % len] ^= (uint8_t)(1u << (noise >> 5 & 7));
            }
            if (s[i].table)
                good = state_load(s[i].table, s[i].state, bytes, len, &e);
            else
                memcpy(s[i].state, bytes, len);
            free(bytes);
        }
        good = good && chip_loaded(d, &e);
        if (good) {
            chip_run_until(d, chip_now_ps(d) + 5 * PS_PER_MS);
            rig_note(d, "", "");
        }
        loaded += good;
        refused += !good;
        chip_free(d);
    }
    assert_true(loaded > 10);
    assert_true(refused > 10);
    free(snap.bytes);
    chip_free(c);
}

static void notes_and_counts_survive_the_round_trip(void **state)
{
    struct program p = { 0 };
    struct chip *c, *d;
    struct rig_snapshot snap;
    size_t pages;
    const struct chip_page_use *use;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    chip_nrst(c, true);
    chip_nrst(c, false);
    rig_us(c, 100);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    rig_write(c, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_PER) | PUT(U0_FLASH_CR_PNB, 5) | BITS(U0_FLASH_CR_STRT));
    rig_us(c, 30000);
    snap = rig_save(c);
    d = rig_restore("stm32u073rc", &snap);
    assert_int_equal(rig_note(d, "reset", "NRST pin")->count, 1);
    assert_int_equal(rig_note(d, "reset", "power-on")->count, 1);
    use = chip_page_use(d, &pages);
    assert_int_equal(pages, 128);
    assert_int_equal(use[5].erases, 1);
    assert_int_equal(use[4].erases, 0);
    free(snap.bytes);
    chip_free(c);
    chip_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(save_and_load_at_any_time_does_not_change_the_future),
        cmocka_unit_test(small_steps_and_large_ones_give_the_same),
        cmocka_unit_test(two_chips_in_one_process_do_not_meet),
        cmocka_unit_test(every_section_has_its_own_name_and_survives_the_round_trip),
        cmocka_unit_test(every_table_covers_its_state),
        cmocka_unit_test(contradictory_sections_are_refused),
        cmocka_unit_test(tampered_sections_are_refused_or_harmless),
        cmocka_unit_test(notes_and_counts_survive_the_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
