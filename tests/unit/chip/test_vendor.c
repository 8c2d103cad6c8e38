/* test_vendor.c - what the start-up code of ST's libraries waits for: every flag comes, whether it is asked for in their order or not; and
 * a wait for something that is not modelled is named with its register, its bits and its place. */
#include "rig.h"

#include "device/regs/g0_syscfg.h"

#include <stdio.h>

#define BUILT 0x600Du

static struct chip *start(const char *name, const struct program *p)
{
    struct chip *c = rig_new(name);

    rig_load(c, FLASH_BASE, p);
    chip_crystals(c, 8000000, 32768);
    rig_boot(c);
    return c;
}

/* Voltage range, all oscillators, the MSI's PLL mode with LSE, PLL, bus dividers, all switched in the order of HAL_RCC_OscConfig and
 * HAL_RCC_ClockConfig. */
static void every_oscillator_of_the_u0_gets_ready(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    const uint32_t cr = RCC_BASE + U0_RCC_CR, on = BITS(U0_RCC_CR_MSION) | PUT(U0_RCC_CR_MSIRANGE, 6);
    const uint32_t lse = BITS(U0_RCC_BDCR_LSEON), sys = BITS(U0_RCC_BDCR_LSESYSEN);

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
    prog_write(&p, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    prog_wait(&p, PWR_BASE + U0_PWR_SR2, BITS(U0_PWR_SR2_VOSF), 0);
    prog_write(&p, RCC_BASE + U0_RCC_BDCR, lse);
    prog_wait(&p, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSERDY), BITS(U0_RCC_BDCR_LSERDY));
    prog_write(&p, RCC_BASE + U0_RCC_BDCR, lse | sys);
    prog_wait(&p, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSESYSRDY), BITS(U0_RCC_BDCR_LSESYSRDY));
    prog_write(&p, cr, on | BITS(U0_RCC_CR_MSIPLLEN) | BITS(U0_RCC_CR_HSION) | BITS(U0_RCC_CR_HSEON));
    prog_wait(&p, cr, BITS(U0_RCC_CR_MSIRDY), BITS(U0_RCC_CR_MSIRDY));
    prog_wait(&p, cr, BITS(U0_RCC_CR_HSIRDY), BITS(U0_RCC_CR_HSIRDY));
    prog_wait(&p, cr, BITS(U0_RCC_CR_HSERDY), BITS(U0_RCC_CR_HSERDY));
    prog_write(&p, RCC_BASE + U0_RCC_CSR, BITS(U0_RCC_CSR_LSION));
    prog_wait(&p, RCC_BASE + U0_RCC_CSR, BITS(U0_RCC_CSR_LSIRDY), BITS(U0_RCC_CSR_LSIRDY));
    prog_write(&p, RCC_BASE + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48ON));
    prog_wait(&p, RCC_BASE + U0_RCC_CRRCR, BITS(U0_RCC_CRRCR_HSI48RDY), BITS(U0_RCC_CRRCR_HSI48RDY));
    prog_write(&p, RCC_BASE + U0_RCC_PLLCFGR,
               PUT(U0_RCC_PLLCFGR_PLLSRC, 2) | PUT(U0_RCC_PLLCFGR_PLLM, 1) | PUT(U0_RCC_PLLCFGR_PLLN, 14) | PUT(U0_RCC_PLLCFGR_PLLR, 1) |
                   BITS(U0_RCC_PLLCFGR_PLLREN) | PUT(U0_RCC_PLLCFGR_PLLQ, 1) | BITS(U0_RCC_PLLCFGR_PLLQEN));
    prog_write(&p, cr, on | BITS(U0_RCC_CR_MSIPLLEN) | BITS(U0_RCC_CR_HSION) | BITS(U0_RCC_CR_PLLON));
    prog_wait(&p, cr, BITS(U0_RCC_CR_PLLRDY), BITS(U0_RCC_CR_PLLRDY));
    prog_write(&p, FLASH_REGS + U0_FLASH_ACR, 0x702); /* two wait states */
    prog_wait(&p, FLASH_REGS + U0_FLASH_ACR, BITS(U0_FLASH_ACR_LATENCY), 2);
    prog_write(&p, RCC_BASE + U0_RCC_CFGR, 3);
    prog_wait(&p, RCC_BASE + U0_RCC_CFGR, BITS(U0_RCC_CFGR_SWS), PUT(U0_RCC_CFGR_SWS, 3));
    prog_write(&p, RESULT, BUILT);
    prog_stop(&p);
    c = start("stm32u073rc", &p);
    rig_us(c, 2200000); /* LSE takes its two seconds */
    assert_int_equal(rig_peek(c, RESULT), BUILT);
    assert_null(rig_note(c, "clock", ""));
    chip_free(c);
}

static void low_power_run_and_the_reference_answer(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
    prog_write(&p, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    prog_write(&p, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_LPR));
    prog_wait(&p, PWR_BASE + U0_PWR_SR2, BITS(U0_PWR_SR2_REGLPF), BITS(U0_PWR_SR2_REGLPF));
    prog_write(&p, PWR_BASE + U0_PWR_CR1, 0x208);
    prog_wait(&p, PWR_BASE + U0_PWR_SR2, BITS(U0_PWR_SR2_REGLPF), 0);
    prog_write(&p, SYSCFG_BASE + G0_SYSCFG_VREFBUF_CSR, BITS(G0_SYSCFG_VREFBUF_CSR_ENVR)); /* HIZ = 0 */
    prog_wait(&p, SYSCFG_BASE + G0_SYSCFG_VREFBUF_CSR, BITS(G0_SYSCFG_VREFBUF_CSR_VRR), BITS(G0_SYSCFG_VREFBUF_CSR_VRR));
    prog_write(&p, RESULT, BUILT);
    prog_stop(&p);
    c = start("stm32u073rc", &p);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, RESULT), BUILT);
    chip_free(c);
}

/* LCD is not modelled: its status will not come. ST's drivers give up after a second or so; the report must know before. */
static void a_wait_for_what_is_not_modelled_is_named(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    const struct chip_note *note;
    char place[40];
    uint32_t load;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LCDEN));
    prog_const(&p, 0, 0x40002408); /* LCD_SR */
    prog_const(&p, 2, 1 << 4);     /* RDY */
    load = FLASH_BASE + PROGRAM_AT + prog_here(&p);
    prog_half(&p, 0x6801); /* ldr r1, [r0] */
    prog_half(&p, 0x4211); /* tst r1, r2 */
    prog_half(&p, 0xD0FC); /* beq back */
    prog_stop(&p);
    c = start("stm32u073rc", &p);
    rig_us(c, 20000);
    note = rig_note(c, "spin", "LCD_SR");
    assert_non_null(note);
    assert_non_null(strstr(note->text, "bits 0x10"));
    snprintf(place, sizeof place, "at 0x%08X", (unsigned)load);
    assert_non_null(strstr(note->text, place));
    assert_non_null(rig_note(c, "unmodelled", "LCD_SR: "));
    chip_free(c);
}

/* The loop of a driver with a time-out: it looks at the flag, then at another register, and again. */
static void a_wait_that_looks_at_two_registers_is_named_too(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_LCDEN));
    prog_const(&p, 0, 0x40002408);
    prog_const(&p, 3, RCC_BASE);
    prog_half(&p, 0x6801); /* ldr r1, [r0] */
    prog_half(&p, 0x0709); /* lsls r1, r1, #28: bit 3 */
    prog_half(&p, 0xD401); /* bmi out */
    prog_half(&p, 0x681A); /* ldr r2, [r3] */
    prog_half(&p, 0xE7FA); /* b back */
    prog_stop(&p);
    c = start("stm32u073rc", &p);
    rig_us(c, 50000);
    assert_non_null(rig_note(c, "spin", "LCD_SR = "));
    assert_non_null(strstr(rig_note(c, "spin", "LCD_SR = ")->text, "bits 0x8 (UDD)"));
    chip_free(c);
}

static void the_clock_output_is_told(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_CFGR, PUT(U0_RCC_CFGR_MCOSEL, 1) | PUT(U0_RCC_CFGR_MCOPRE, 2));
    prog_stop(&p);
    c = start("stm32u073rc", &p);
    rig_us(c, 100);
    assert_non_null(rig_note(c, "clock", "MCO: 1000000 Hz"));
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_oscillator_of_the_u0_gets_ready),
        cmocka_unit_test(low_power_run_and_the_reference_answer),
        cmocka_unit_test(a_wait_for_what_is_not_modelled_is_named),
        cmocka_unit_test(a_wait_that_looks_at_two_registers_is_named_too),
        cmocka_unit_test(the_clock_output_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
