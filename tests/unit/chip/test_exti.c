/* test_exti.c - pins that move: levels on the wire, edges, EXTICR's port, masks, waking from WFE and from Stop. */
#include "rig.h"

#define EXTI_BASE 0x40021800u
enum { RTSR1 = 0x00, FTSR1 = 0x04, SWIER1 = 0x08, RPR1 = 0x0C, FPR1 = 0x10, EXTICR1 = 0x60, EXTICR2 = 0x64, IMR1 = 0x80, EMR1 = 0x84 };
#define GPIOB_BASE 0x50000400u
enum { LINE5_IRQ = 7 }; /* EXTI4_15 */

static struct chip *with_inputs(void)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 3);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFF3FF); /* PA5 input */
    rig_write(c, GPIOB_BASE + GPIO_MODER, 0xFFFFF3FF);
    return c;
}

static uint32_t pending(struct chip *c, unsigned reg) { return rig_read(c, EXTI_BASE + reg) >> 5 & 1; }

static void each_edge_has_its_own_pending_bit(void **state)
{
    struct chip *c = with_inputs();

    rig_write(c, EXTI_BASE + RTSR1, 1 << 5);
    rig_write(c, EXTI_BASE + IMR1, 1 << 5);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_HIGH);
    assert_int_equal(pending(c, RPR1), 1);
    assert_int_equal(pending(c, FPR1), 0);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> LINE5_IRQ & 1, 1);
    rig_write(c, EXTI_BASE + RPR1, 1 << 5);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_LOW); /* no FTSR bit */
    assert_int_equal(pending(c, FPR1), 0);
    rig_write(c, EXTI_BASE + FTSR1, 1 << 5);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_LOW); /* no edge */
    assert_int_equal(pending(c, FPR1), 0);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_HIGH);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_LOW);
    assert_int_equal(pending(c, FPR1), 1);
    chip_free(c);
}

static void exticr_chooses_the_port(void **state)
{
    struct chip *c = with_inputs();

    rig_write(c, EXTI_BASE + RTSR1, 1 << 5);
    rig_write(c, EXTI_BASE + EXTICR2, 1 << 8); /* line 5: port B */
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_HIGH);
    assert_int_equal(pending(c, RPR1), 0);
    chip_pin_drive(c, 'B', 5, CHIP_WIRE_HIGH);
    assert_int_equal(pending(c, RPR1), 1);
    chip_free(c);
}

static void a_masked_line_is_pending_without_an_interrupt(void **state)
{
    struct chip *c = with_inputs();

    rig_write(c, EXTI_BASE + RTSR1, 1 << 5);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_HIGH);
    assert_int_equal(pending(c, RPR1), 1);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> LINE5_IRQ & 1, 0);
    rig_write(c, EXTI_BASE + IMR1, 1 << 5);
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> LINE5_IRQ & 1, 1);
    chip_free(c);
}

static void an_output_makes_edges_too_and_its_level_can_be_seen(void **state)
{
    struct chip *c = with_inputs();

    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_OPEN);
    rig_write(c, GPIOA_BASE + GPIO_PUPDR, 0x24000000 | 1 << 10);
    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_HIGH);
    rig_write(c, EXTI_BASE + FTSR1, 1 << 5);
    rig_write(c, GPIOA_BASE + GPIO_MODER, 0xEBFFF7FF);
    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_LOW);
    assert_int_equal(pending(c, FPR1), 1);
    rig_write(c, GPIOA_BASE + GPIO_OTYPER, 1 << 5);
    rig_write(c, GPIOA_BASE + GPIO_BSRR, 1 << 5);
    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_HIGH); /* the pull-up */
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_LOW);
    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_LOW);
    assert_int_equal(rig_read(c, GPIOA_BASE + GPIO_IDR) >> 5 & 1, 0);
    chip_pin_drive(c, 'A', 5, CHIP_WIRE_OPEN);
    assert_int_equal(chip_pin(c, 'A', 5), CHIP_WIRE_HIGH);
    assert_int_equal(chip_pin(c, 'E', 20), CHIP_WIRE_OPEN);
    chip_free(c);
}

/* The program arms line 5 on PA5, sleeps, and leaves a word when it goes on. */
static struct chip *asleep(bool wfe, bool deep)
{
    struct program p = { 0 };
    struct chip *c;

    prog_write(&p, RCC_BASE + U0_RCC_IOPENR, 1);
    prog_write(&p, GPIOA_BASE + GPIO_MODER, 0xEBFFF3FF);
    prog_write(&p, EXTI_BASE + RTSR1, 1 << 5);
    prog_write(&p, EXTI_BASE + (wfe ? EMR1 : IMR1), 1 << 5);
    prog_half(&p, 0xB672); /* cpsid i: a pending interrupt wakes, and is not taken */
    prog_write(&p, PPB(NVIC_ISER), 1 << LINE5_IRQ);
    prog_write(&p, PPB(SCR), deep ? BITS(PPB_SCR_SLEEPDEEP) : 0);
    if (wfe) {
        prog_half(&p, 0xBF40); /* sev, wfe: no event is left */
        prog_half(&p, 0xBF20);
        prog_half(&p, 0xBF20);
    } else {
        prog_wfi(&p);
    }
    prog_write(&p, RESULT, 0x600D);
    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    rig_us(c, 1000);
    return c;
}

static void an_edge_wakes_the_core_from_sleep_and_stop(void **state)
{
    for (unsigned how = 0; how < 4; how++) {
        struct chip *c = asleep(how & 1, how & 2);

        assert_int_not_equal(rig_peek(c, RESULT), 0x600D);
        assert_int_equal(chip_debug_alive(c), !(how & 2));
        chip_pin_drive(c, 'A', 5, CHIP_WIRE_HIGH);
        rig_us(c, 100);
        assert_int_equal(rig_peek(c, RESULT), 0x600D);
        assert_true(chip_debug_alive(c));
        chip_free(c);
    }
}

static void the_pins_outlive_saving(void **state)
{
    struct chip *a = asleep(false, true), *b = rig_clone(a);

    chip_pin_drive(b, 'A', 5, CHIP_WIRE_HIGH);
    rig_us(b, 100);
    assert_int_equal(rig_peek(b, RESULT), 0x600D);
    chip_free(a);
    chip_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_edge_has_its_own_pending_bit),
        cmocka_unit_test(exticr_chooses_the_port),
        cmocka_unit_test(a_masked_line_is_pending_without_an_interrupt),
        cmocka_unit_test(an_output_makes_edges_too_and_its_level_can_be_seen),
        cmocka_unit_test(an_edge_wakes_the_core_from_sleep_and_stop),
        cmocka_unit_test(the_pins_outlive_saving),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
