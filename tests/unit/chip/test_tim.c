/* test_tim.c - timers: counting, prescaler, update, compare, PWM on a pin, one-pulse, capture, DMA, slaves, and time that jumps. */
#include "rig.h"

#include "device/regs/dma.h"
#include "device/regs/dmamux.h"
#include "device/regs/tim.h"

#define TIM1_BASE  0x40012C00u
#define TIM2_BASE  0x40000000u
#define TIM3_BASE  0x40000400u
#define TIM6_BASE  0x40001000u
#define TIM15_BASE 0x40014000u
#define TIM16_BASE 0x40014400u
#define DMA1_BASE  0x40020000u
#define MUX_BASE   0x40020800u

static struct chip *ready(void) /* 4 MHz, all timers clocked, the core halted so that nothing but time passes */
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1,
              BITS(U0_RCC_APBENR1_TIM2EN) | BITS(U0_RCC_APBENR1_TIM3EN) | BITS(U0_RCC_APBENR1_TIM6EN) | BITS(U0_RCC_APBENR1_TIM7EN));
    rig_write(c, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_TIM1EN) | BITS(U0_RCC_APBENR2_TIM15EN) | BITS(U0_RCC_APBENR2_TIM16EN));
    rig_write(c, RCC_BASE + U0_RCC_AHBENR, 0x100 | BITS(U0_RCC_AHBENR_DMA1EN));
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 1);
    return c;
}

static uint32_t get(struct chip *c, uint32_t base, uint32_t offset) { return rig_read(c, base + offset); }
static void put(struct chip *c, uint32_t base, uint32_t offset, uint32_t value) { rig_write(c, base + offset, value); }

/* PSC and ARR loaded, flags clear, not yet counting. */
static void prepare(struct chip *c, uint32_t base, uint32_t psc, uint32_t arr)
{
    put(c, base, TIM_PSC, psc);
    put(c, base, TIM_ARR, arr);
    put(c, base, TIM_EGR, BITS(TIM_EGR_UG));
    put(c, base, TIM_SR, 0);
}

static void reset_values_are_the_manuals(void **state)
{
    struct chip *c = ready();

    assert_int_equal(get(c, TIM2_BASE, TIM_ARR), 0xFFFFFFFF);
    assert_int_equal(get(c, TIM3_BASE, TIM_ARR), 0xFFFF);
    assert_int_equal(get(c, TIM6_BASE, TIM_ARR), 0xFFFF);
    assert_int_equal(get(c, TIM1_BASE, TIM_AF1), 1);
    for (uint32_t at = 0; at <= TIM_TISEL; at += 4)
        if (at != TIM_ARR)
            assert_int_equal(get(c, TIM3_BASE, at), 0);
    put(c, TIM6_BASE, TIM_CCR1, 5); /* it has no channels */
    assert_int_equal(get(c, TIM6_BASE, TIM_CCR1), 0);
    chip_free(c);
}

static void it_counts_at_the_prescaled_clock_and_updates_at_the_top(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM2_BASE, 3, 999); /* 1 MHz, 1 ms */
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 400);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 400);
    assert_int_equal(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_UIF), 0);
    rig_us(c, 599);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 999);
    assert_int_equal(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_UIF), 0);
    rig_us(c, 1);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
    assert_int_equal(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_UIF), 1);
    put(c, TIM2_BASE, TIM_CNT, 0x1F3);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0x1F3);
    put(c, TIM2_BASE, TIM_CR1, 0);
    rig_us(c, 100);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0x1F3);
    chip_free(c);
}

static void prescaler_and_preloaded_top_wait_for_the_update(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM3_BASE, 3, 99);
    put(c, TIM3_BASE, TIM_CR1, BITS(TIM_CR1_CEN) | BITS(TIM_CR1_ARPE));
    put(c, TIM3_BASE, TIM_PSC, 39);
    put(c, TIM3_BASE, TIM_ARR, 9);
    rig_us(c, 100);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 0);
    rig_us(c, 90);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 9);
    rig_us(c, 10);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 0);
    chip_free(c);
}

static void interrupts_come_when_enabled_and_only_then(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM6_BASE, 3, 99);
    put(c, TIM6_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 500);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)), 0);
    put(c, TIM6_BASE, TIM_SR, 0);
    put(c, TIM6_BASE, TIM_DIER, BITS(TIM_DIER_UIE));
    rig_us(c, 99);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) >> 17 & 1, 0);
    rig_us(c, 2);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) >> 17 & 1, 1);
    chip_free(c);
}

static void tim1_pulls_one_line_for_updates_and_one_for_compares(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM1_BASE, 3, 99);
    put(c, TIM1_BASE, TIM_CCR2, 50);
    put(c, TIM1_BASE, TIM_DIER, BITS(TIM_DIER_UIE) | BITS(TIM_DIER_CC2IE));
    put(c, TIM1_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 51);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) & (3 << 13), 1 << 14);
    rig_us(c, 50);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) & (3 << 13), 3 << 13);
    assert_int_equal(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_ITLINE13), BITS(U0_SYSCFG_ITLINE13_TIM1_UPD));
    chip_free(c);
}

static void repetition_makes_updates_rarer(void **state)
{
    struct chip *c = ready();

    put(c, TIM1_BASE, TIM_RCR, 2);
    prepare(c, TIM1_BASE, 3, 99);
    put(c, TIM1_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 299);
    assert_int_equal(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_UIF), 0);
    rig_us(c, 2);
    assert_int_equal(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_UIF), 1);
    put(c, TIM1_BASE, TIM_SR, 0);
    rig_us(c, 300 * 1000 - 3); /* a thousand more: the last just before now... */
    assert_int_equal(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_UIF), 1);
    put(c, TIM1_BASE, TIM_SR, 0);
    rig_us(c, 1);
    assert_int_equal(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_UIF), 0);
    rig_us(c, 2); /* ... and the next in step */
    assert_int_equal(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_UIF), 1);
    chip_free(c);
}

static void one_pulse_stops_the_counter(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM2_BASE, 3, 99);
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN) | BITS(TIM_CR1_OPM));
    rig_us(c, 1000);
    assert_int_equal(get(c, TIM2_BASE, TIM_CR1), BITS(TIM_CR1_OPM));
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
    chip_free(c);
}

static void down_and_centered_counting(void **state)
{
    struct chip *c = ready();

    put(c, TIM3_BASE, TIM_CR1, BITS(TIM_CR1_DIR));
    prepare(c, TIM3_BASE, 3, 99);
    put(c, TIM3_BASE, TIM_CR1, BITS(TIM_CR1_CEN) | BITS(TIM_CR1_DIR));
    rig_us(c, 30);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 69);
    rig_us(c, 80);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 89);
    assert_int_equal(get(c, TIM3_BASE, TIM_SR) & BITS(TIM_SR_UIF), 1);
    put(c, TIM2_BASE, TIM_CR1, PUT(TIM_CR1_CMS, 3));
    prepare(c, TIM2_BASE, 3, 100);
    put(c, TIM2_BASE, TIM_CR1, PUT(TIM_CR1_CMS, 3) | BITS(TIM_CR1_CEN));
    rig_us(c, 130);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 70);
    assert_true(get(c, TIM2_BASE, TIM_CR1) & BITS(TIM_CR1_DIR));
    rig_us(c, 100);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 30);
    assert_false(get(c, TIM2_BASE, TIM_CR1) & BITS(TIM_CR1_DIR));
    rig_us(c, 200 * 1234);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 30);
    chip_free(c);
}

static void pwm_can_be_seen_on_the_pin(void **state)
{
    struct chip *c = ready();
    struct chip_pwm pwm;
    unsigned high = 0;

    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFFFFFE); /* PA0: TIM2_CH1 is AF1 */
    put(c, GPIOA_BASE, GPIO_AFRL, 1);
    put(c, TIM2_BASE, TIM_CCMR1, PUT(TIM_CCMR1_OC1M, 6) | BITS(TIM_CCMR1_OC1PE));
    put(c, TIM2_BASE, TIM_CCR1, 30);
    prepare(c, TIM2_BASE, 3, 99);
    assert_int_equal(chip_pin(c, 'A', 0), CHIP_WIRE_OPEN);
    put(c, TIM2_BASE, TIM_CCER, BITS(TIM_CCER_CC1E));
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    for (unsigned i = 0; i < 1000; i++) {
        high += chip_pin(c, 'A', 0) == CHIP_WIRE_HIGH;
        rig_us(c, 1);
    }
    assert_int_equal(high, 300);
    assert_true(chip_pin_pwm(c, 'A', 0, &pwm));
    assert_int_equal(pwm.period_ps, 100 * PS_PER_US);
    assert_int_equal(pwm.high_ps, 30 * PS_PER_US);
    put(c, TIM2_BASE, TIM_CCER, BITS(TIM_CCER_CC1E) | BITS(TIM_CCER_CC1P));
    assert_true(chip_pin_pwm(c, 'A', 0, &pwm));
    assert_int_equal(pwm.high_ps, 70 * PS_PER_US);
    put(c, TIM2_BASE, TIM_CCMR1, PUT(TIM_CCMR1_OC1M, 5)); /* forced */
    assert_int_equal(chip_pin(c, 'A', 0), CHIP_WIRE_LOW);
    assert_false(chip_pin_pwm(c, 'A', 0, &pwm));
    chip_free(c);
}

static void tim1_outputs_need_moe_and_break_takes_it(void **state)
{
    struct chip *c = ready();

    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFEFFFF); /* PA8: TIM1_CH1 is AF1 */
    put(c, GPIOA_BASE, GPIO_AFRH, 1);
    put(c, TIM1_BASE, TIM_CCMR1, PUT(TIM_CCMR1_OC1M, 5));
    put(c, TIM1_BASE, TIM_CCER, BITS(TIM_CCER_CC1E));
    assert_int_equal(chip_pin(c, 'A', 8), CHIP_WIRE_OPEN);
    put(c, TIM1_BASE, TIM_BDTR, BITS(TIM_BDTR_OSSI));
    assert_int_equal(chip_pin(c, 'A', 8), CHIP_WIRE_LOW);
    put(c, TIM1_BASE, TIM_BDTR, BITS(TIM_BDTR_MOE));
    assert_int_equal(chip_pin(c, 'A', 8), CHIP_WIRE_HIGH);
    put(c, TIM1_BASE, TIM_EGR, BITS(TIM_EGR_BG));
    assert_int_equal(chip_pin(c, 'A', 8), CHIP_WIRE_OPEN);
    assert_true(get(c, TIM1_BASE, TIM_SR) & BITS(TIM_SR_BIF));
    chip_free(c);
}

static void toggling_keeps_step_over_a_long_time(void **state)
{
    struct chip *a = ready(), *b;

    put(a, TIM3_BASE, TIM_CCMR1, PUT(TIM_CCMR1_OC1M, 3));
    put(a, TIM3_BASE, TIM_CCR1, 7);
    put(a, TIM3_BASE, TIM_CCER, BITS(TIM_CCER_CC1E));
    put(a, GPIOA_BASE, GPIO_MODER, 0xEBFFEFFF); /* PA6: TIM3_CH1 is AF2 */
    put(a, GPIOA_BASE, GPIO_AFRL, 2 << 24);
    prepare(a, TIM3_BASE, 0, 12);
    put(a, TIM3_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    b = rig_clone(a);
    for (unsigned i = 1; i <= 500; i++) { /* one looks all the time, the other once */
        rig_us(a, 1);
        get(a, TIM3_BASE, TIM_CNT);
    }
    rig_us(b, 500);
    assert_int_equal(get(a, TIM3_BASE, TIM_CNT), get(b, TIM3_BASE, TIM_CNT));
    assert_int_equal(chip_pin(a, 'A', 6), chip_pin(b, 'A', 6));
    chip_free(a);
    chip_free(b);
}

static void an_edge_on_the_pin_captures_the_count(void **state)
{
    struct chip *c = ready();

    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFFFFFE);
    put(c, GPIOA_BASE, GPIO_AFRL, 1);
    put(c, TIM2_BASE, TIM_CCMR1, PUT(TIM_CCMR1_CC1S, 1) | PUT(TIM_CCMR1_CC2S, 2)); /* 1: rising, 2: falling edge of the same pin */
    put(c, TIM2_BASE, TIM_CCER, BITS(TIM_CCER_CC1E) | BITS(TIM_CCER_CC2E) | BITS(TIM_CCER_CC2P));
    prepare(c, TIM2_BASE, 3, 0xFFFFFFFF);
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 123);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_HIGH);
    rig_us(c, 77);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_LOW);
    rig_us(c, 50);
    assert_int_equal(get(c, TIM2_BASE, TIM_SR), BITS(TIM_SR_CC1IF) | BITS(TIM_SR_CC2IF));
    assert_int_equal(get(c, TIM2_BASE, TIM_CCR1), 123);
    assert_int_equal(get(c, TIM2_BASE, TIM_CCR2), 200);
    assert_int_equal(get(c, TIM2_BASE, TIM_SR), 0); /* reading clears */
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_HIGH);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_LOW);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_HIGH);
    assert_true(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_CC1OF));
    chip_free(c);
}

static void an_update_moves_a_word_by_dma(void **state)
{
    struct chip *c = ready();
    const uint32_t pattern[3] = { 1, 0x10000, 1 };

    chip_poke(c, RAM_BASE + 0x1000, pattern, sizeof pattern);
    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFFFFFD); /* PA0 output */
    put(c, MUX_BASE, DMAMUX_C0CR, 60);          /* TIM6_UP */
    put(c, DMA1_BASE, DMA_CPAR1, GPIOA_BASE + GPIO_BSRR);
    put(c, DMA1_BASE, DMA_CMAR1, RAM_BASE + 0x1000);
    put(c, DMA1_BASE, DMA_CNDTR1, 3);
    put(c, DMA1_BASE, DMA_CCR1,
        BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_DIR) | BITS(DMA_CCR1_MINC) | PUT(DMA_CCR1_PSIZE, 2) | PUT(DMA_CCR1_MSIZE, 2));
    prepare(c, TIM6_BASE, 3, 99);
    put(c, TIM6_BASE, TIM_DIER, BITS(TIM_DIER_UDE));
    put(c, TIM6_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    for (unsigned i = 0; i < 3; i++) {
        rig_us(c, i ? 100 : 103);
        assert_int_equal(chip_pin(c, 'A', 0), i == 1 ? CHIP_WIRE_LOW : CHIP_WIRE_HIGH);
    }
    rig_us(c, 1000);
    assert_int_equal(get(c, DMA1_BASE, DMA_CNDTR1), 0);
    chip_free(c);
}

static void a_burst_fills_several_registers(void **state)
{
    struct chip *c = ready();
    const uint16_t values[3] = { 200, 20, 40 }; /* ARR, RCR, CCR1 */

    chip_poke(c, RAM_BASE + 0x1000, values, sizeof values);
    put(c, MUX_BASE, DMAMUX_C0CR, 47); /* TIM1_UP */
    put(c, DMA1_BASE, DMA_CPAR1, TIM1_BASE + TIM_DMAR);
    put(c, DMA1_BASE, DMA_CMAR1, RAM_BASE + 0x1000);
    put(c, DMA1_BASE, DMA_CNDTR1, 3);
    put(c, DMA1_BASE, DMA_CCR1,
        BITS(DMA_CCR1_EN) | BITS(DMA_CCR1_DIR) | BITS(DMA_CCR1_MINC) | PUT(DMA_CCR1_PSIZE, 1) | PUT(DMA_CCR1_MSIZE, 1));
    put(c, TIM1_BASE, TIM_DCR, PUT(TIM_DCR_DBA, TIM_ARR / 4) | PUT(TIM_DCR_DBL, 2));
    put(c, TIM1_BASE, TIM_DIER, BITS(TIM_DIER_UDE));
    put(c, TIM1_BASE, TIM_EGR, BITS(TIM_EGR_UG));
    rig_us(c, 20);
    assert_int_equal(get(c, TIM1_BASE, TIM_ARR), 200);
    assert_int_equal(get(c, TIM1_BASE, TIM_RCR), 20);
    assert_int_equal(get(c, TIM1_BASE, TIM_CCR1), 40);
    chip_free(c);
}

static void a_slave_counts_its_masters_updates(void **state)
{
    struct chip *c = ready();

    put(c, TIM2_BASE, TIM_CR2, PUT(TIM_CR2_MMS, 2));
    prepare(c, TIM2_BASE, 3, 99);
    prepare(c, TIM1_BASE, 0, 0xFFFF);
    put(c, TIM1_BASE, TIM_SMCR, PUT(TIM_SMCR_TS, 1) | PUT(TIM_SMCR_SMS, 7)); /* ITR1: TIM2 */
    put(c, TIM1_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 1050);
    assert_int_equal(get(c, TIM1_BASE, TIM_CNT), 10);
    put(c, TIM1_BASE, TIM_SMCR, PUT(TIM_SMCR_TS, 1) | PUT(TIM_SMCR_SMS, 4)); /* now they begin it anew */
    rig_us(c, 75);
    assert_int_equal(get(c, TIM1_BASE, TIM_CNT), 25 * 4);
    chip_free(c);
}

/* TIM2's CH1 on PA0, CH2 on PA1, both inputs. */
static struct chip *with_pins(void)
{
    struct chip *c = ready();

    chip_pin_drive(c, 'A', 0, CHIP_WIRE_LOW);
    chip_pin_drive(c, 'A', 1, CHIP_WIRE_LOW);
    put(c, GPIOA_BASE, GPIO_AFRL, 0x11);
    put(c, GPIOA_BASE, GPIO_MODER, 0xEBFFFFFA);
    put(c, TIM2_BASE, TIM_CCMR1, PUT(TIM_CCMR1_CC1S, 1) | PUT(TIM_CCMR1_CC2S, 1));
    return c;
}

static void turn(struct chip *c, const char *pins) /* of "AaBb": PA0, PA1; capital: high */
{
    for (; *pins; pins++)
        chip_pin_drive(c, 'A', (*pins | 0x20) == 'b', *pins < 'a' ? CHIP_WIRE_HIGH : CHIP_WIRE_LOW);
}

static void an_encoder_is_counted_in_both_directions(void **state)
{
    static const struct {
        unsigned mode;
        uint32_t forward; /* counts of one turn of "ABab" */
    } rows[] = { { 1, 2 }, { 2, 2 }, { 3, 4 } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct chip *c = with_pins();

        put(c, TIM2_BASE, TIM_SMCR, PUT(TIM_SMCR_SMS, rows[i].mode));
        prepare(c, TIM2_BASE, 0, 9);
        put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
        rig_us(c, 1000);
        assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
        turn(c, "ABab");
        assert_int_equal(get(c, TIM2_BASE, TIM_CNT), rows[i].forward);
        assert_int_equal(get(c, TIM2_BASE, TIM_CR1) & BITS(TIM_CR1_DIR), 0);
        turn(c, "BAba");
        assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
        assert_true(get(c, TIM2_BASE, TIM_CR1) & BITS(TIM_CR1_DIR));
        assert_int_equal(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_UIF), 0);
        turn(c, "BAba"); /* below 0 is the top */
        assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 10 - rows[i].forward);
        assert_true(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_UIF));
        put(c, TIM2_BASE, TIM_CCER, BITS(TIM_CCER_CC1P)); /* one wire the other way round turns everything round */
        turn(c, "BAba");
        assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
        chip_free(c);
    }
}

static void a_gate_lets_the_clock_through_while_it_is_open(void **state)
{
    struct chip *c = with_pins();

    put(c, TIM2_BASE, TIM_SMCR, PUT(TIM_SMCR_TS, 6) | PUT(TIM_SMCR_SMS, 5)); /* TI2FP2 */
    prepare(c, TIM2_BASE, 3, 0xFFFFFFFF);
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 100);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 0);
    turn(c, "B");
    assert_true(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_TIF));
    rig_us(c, 100);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 100);
    put(c, TIM2_BASE, TIM_SR, 0);
    turn(c, "b");
    assert_true(get(c, TIM2_BASE, TIM_SR) & BITS(TIM_SR_TIF));
    rig_us(c, 100);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 100);
    put(c, TIM2_BASE, TIM_CCER, BITS(TIM_CCER_CC2P)); /* open while low */
    rig_us(c, 50);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 150);

    put(c, TIM3_BASE, TIM_SMCR, PUT(TIM_SMCR_TS, 1) | PUT(TIM_SMCR_SMS, 5)); /* by TIM2's updates, a clock each */
    prepare(c, TIM3_BASE, 0, 0xFFFF);
    put(c, TIM3_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    put(c, TIM2_BASE, TIM_CR2, PUT(TIM_CR2_MMS, 2));
    prepare(c, TIM2_BASE, 3, 9);
    put(c, TIM3_BASE, TIM_CNT, 0);
    rig_us(c, 105);
    assert_int_equal(get(c, TIM3_BASE, TIM_CNT), 10);
    chip_free(c);
}

static void a_trigger_may_begin_anew_and_start_at_once(void **state)
{
    struct chip *c = with_pins();

    put(c, TIM2_BASE, TIM_SMCR, PUT(TIM_SMCR_TS, 5) | BITS(TIM_SMCR_SMS_1)); /* TI1FP1, mode 8 */
    prepare(c, TIM2_BASE, 3, 999);
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_OPM));
    turn(c, "A");
    rig_us(c, 500);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 500);
    turn(c, "a");
    rig_us(c, 100);
    turn(c, "A");
    rig_us(c, 700);
    assert_int_equal(get(c, TIM2_BASE, TIM_CNT), 700);
    rig_us(c, 400);
    assert_int_equal(get(c, TIM2_BASE, TIM_CR1) & BITS(TIM_CR1_CEN), 0);
    chip_free(c);
}

static void clock_changes_freeze_and_stop_are_followed(void **state)
{
    struct chip *c = ready();

    prepare(c, TIM2_BASE, 3, 0xFFFFFFFF);
    put(c, TIM2_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    rig_us(c, 1000);
    rig_write(c, RCC_BASE + U0_RCC_CFGR, PUT(U0_RCC_CFGR_PPRE, 5)); /* PCLK 1 MHz, timers 2 MHz */
    rig_us(c, 1000);
    assert_in_range(get(c, TIM2_BASE, TIM_CNT), 1499, 1501);
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, BITS(U0_DBGMCU_APB1FZR_DBG_TIM2_STOP));
    rig_halt(c);
    rig_us(c, 10000);
    assert_in_range(get(c, TIM2_BASE, TIM_CNT), 1499, 1600);
    rig_write(c, DBGMCU_BASE + U0_DBGMCU_APB1FZR, 0);
    rig_us(c, 1000);
    assert_in_range(get(c, TIM2_BASE, TIM_CNT), 1999, 2120);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, 0);
    rig_us(c, 1000);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_TIM2EN));
    assert_in_range(get(c, TIM2_BASE, TIM_CNT), 1999, 2120);
    chip_free(c);
}

static void a_timer_without_its_sleep_enable_stands_while_the_core_sleeps(void **state)
{
    struct program p = { 0 };
    struct chip *c;
    uint32_t counts;

    prog_half(&p, 0xB672); /* cpsid i */
    prog_write(&p, PPB(NVIC_ISER), 1u << 16);
    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_TIM2EN) | BITS(U0_RCC_APBENR1_TIM3EN));
    prog_write(&p, RCC_BASE + U0_RCC_APBSMENR1, BITS(U0_RCC_APBSMENR1_TIM3SMEN));
    prog_write(&p, TIM2_BASE + TIM_CR1, BITS(TIM_CR1_CEN));
    prog_wfi(&p);
    prog_write(&p, RESULT, 1);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    counts = rig_peek(c, TIM2_BASE + TIM_CNT);
    assert_in_range(counts, 1, 100);
    rig_write(c, TIM3_BASE + TIM_ARR, 3999);
    rig_write(c, TIM3_BASE + TIM_DIER, BITS(TIM_DIER_UIE));
    rig_write(c, TIM3_BASE + TIM_CR1, BITS(TIM_CR1_CEN)); /* this one runs on, and wakes the core */
    rig_us(c, 900);
    assert_int_equal(rig_peek(c, TIM2_BASE + TIM_CNT), counts);
    rig_us(c, 600);
    assert_int_equal(rig_peek(c, RESULT), 1);
    assert_in_range(rig_peek(c, TIM2_BASE + TIM_CNT), counts + 4 * 400, counts + 4 * 600);
    chip_free(c);
}

static void what_is_not_modelled_is_said(void **state)
{
    struct chip *c = ready();

    put(c, TIM3_BASE, TIM_SMCR, PUT(TIM_SMCR_SMS, 3));
    assert_null(rig_note(c, "unmodelled", "TIM3"));
    put(c, TIM3_BASE, TIM_SMCR, BITS(TIM_SMCR_ECE));
    assert_non_null(rig_note(c, "unmodelled", "TIM3: SMCR"));
    put(c, TIM1_BASE, TIM_CCMR1, BITS(TIM_CCMR1_OC1M_1));
    assert_non_null(rig_note(c, "unmodelled", "TIM1: compare mode 8 of channel 1"));
    chip_free(c);
}

static void saved_at_any_time_the_future_is_the_same(void **state)
{
    struct chip *a = ready();

    put(a, TIM1_BASE, TIM_CCMR1, PUT(TIM_CCMR1_OC1M, 3));
    put(a, TIM1_BASE, TIM_RCR, 1);
    prepare(a, TIM1_BASE, 2, 53);
    put(a, TIM1_BASE, TIM_CCR1, 17);
    put(a, TIM1_BASE, TIM_DIER, BITS(TIM_DIER_UIE) | BITS(TIM_DIER_CC1IE));
    put(a, TIM1_BASE, TIM_CR1, BITS(TIM_CR1_CEN) | PUT(TIM_CR1_CMS, 1));
    prepare(a, TIM16_BASE, 7, 1000);
    put(a, TIM16_BASE, TIM_CR1, BITS(TIM_CR1_CEN));
    for (unsigned i = 0; i < 20; i++) {
        struct chip *b;

        rig_us(a, 13);
        b = rig_clone(a);
        rig_us(a, 1000);
        rig_us(b, 1000);
        assert_null(rig_difference(a, b));
        assert_int_equal(get(a, TIM1_BASE, TIM_CNT), get(b, TIM1_BASE, TIM_CNT));
        assert_int_equal(get(a, TIM16_BASE, TIM_CNT), get(b, TIM16_BASE, TIM_CNT));
        assert_null(rig_difference(a, b));
        chip_free(b);
    }
    chip_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_values_are_the_manuals),
        cmocka_unit_test(it_counts_at_the_prescaled_clock_and_updates_at_the_top),
        cmocka_unit_test(prescaler_and_preloaded_top_wait_for_the_update),
        cmocka_unit_test(interrupts_come_when_enabled_and_only_then),
        cmocka_unit_test(tim1_pulls_one_line_for_updates_and_one_for_compares),
        cmocka_unit_test(repetition_makes_updates_rarer),
        cmocka_unit_test(one_pulse_stops_the_counter),
        cmocka_unit_test(down_and_centered_counting),
        cmocka_unit_test(pwm_can_be_seen_on_the_pin),
        cmocka_unit_test(tim1_outputs_need_moe_and_break_takes_it),
        cmocka_unit_test(toggling_keeps_step_over_a_long_time),
        cmocka_unit_test(an_edge_on_the_pin_captures_the_count),
        cmocka_unit_test(an_update_moves_a_word_by_dma),
        cmocka_unit_test(a_burst_fills_several_registers),
        cmocka_unit_test(a_slave_counts_its_masters_updates),
        cmocka_unit_test(an_encoder_is_counted_in_both_directions),
        cmocka_unit_test(a_gate_lets_the_clock_through_while_it_is_open),
        cmocka_unit_test(a_trigger_may_begin_anew_and_start_at_once),
        cmocka_unit_test(clock_changes_freeze_and_stop_are_followed),
        cmocka_unit_test(a_timer_without_its_sleep_enable_stands_while_the_core_sleeps),
        cmocka_unit_test(what_is_not_modelled_is_said),
        cmocka_unit_test(saved_at_any_time_the_future_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
