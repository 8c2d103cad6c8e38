/* test_analog.c - ADC and DAC of both chips, driven over the debug port; voltages put on pins by the test. */
#include "rig.h"

#include "device/regs/adc.h"
#include "device/regs/dac.h"
#include "device/regs/tim.h"

#define TEST(name) static void name(void **state)
#define ADC_BASE   0x40012400u
#define DAC_BASE   0x40007400u
#define TIM3_BASE  0x40000400u
#define TIM6_BASE  0x40001000u
#define EXTI_BASE  0x40021800u
#define GPIOB_BASE 0x50000400u
enum { APBENR1 = 0x58, APBENR1_G0 = 0x3C, APBENR2 = 0x60, APBENR2_G0 = 0x40, DAC_EN = 1u << 29, ADC_EN = 1u << 20, CAL_ERROR = 6 };

static struct board { /* what stands around the chip */
    uint32_t pin_uv, vdda_uv;
    int32_t mc;
    unsigned changes;
} around;

static bool pin_uv(void *ctx, char port, unsigned pin, uint64_t now_ps, uint32_t *uv)
{
    if (port != 'A' || pin > 1)
        return false;
    *uv = around.pin_uv * (pin + 1);
    return true;
}
static uint32_t vdda_uv(void *ctx) { return around.vdda_uv; }
static int32_t die_mc(void *ctx) { return around.mc; }
static void changed(void *ctx, uint64_t now_ps) { around.changes++; }

static const struct chip_analog analog = { NULL, pin_uv, vdda_uv, die_mc, changed };

static uint32_t adc(struct chip *c, uint32_t offset) { return rig_read(c, ADC_BASE + offset); }
static void set_adc(struct chip *c, uint32_t offset, uint32_t value) { rig_write(c, ADC_BASE + offset, value); }

/* A chip whose converter is on, at PCLK, not calibrated unless asked. */
static struct chip *with_adc(const char *name, bool calibrated)
{
    struct chip *const c = rig_new(name);
    const bool g0 = strstr(name, "g0");
    struct program p = { 0 };

    prog_stop(&p); /* the clock stays as a reset leaves it */
    rig_load(c, FLASH_BASE, &p);
    around = (struct board){ .pin_uv = 1000000, .vdda_uv = 3300000, .mc = 30000 };
    chip_set_analog(c, &analog);
    rig_boot(c);
    rig_us(c, 1000);
    rig_write(c, RCC_BASE + (g0 ? APBENR1_G0 : APBENR1), DAC_EN);
    rig_write(c, RCC_BASE + (g0 ? APBENR2_G0 : APBENR2), ADC_EN);
    set_adc(c, ADC_CFGR2, PUT(ADC_CFGR2_CKMODE, 3));
    set_adc(c, ADC_CR, BITS(ADC_CR_ADVREGEN));
    rig_us(c, 30);
    if (calibrated) {
        set_adc(c, ADC_CR, BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADCAL));
        rig_us(c, 100);
        assert_int_equal(adc(c, ADC_CR), BITS(ADC_CR_ADVREGEN));
        assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_EOCAL));
    }
    set_adc(c, ADC_CR, BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADEN));
    rig_us(c, 50);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_ADRDY));
    return c;
}

static void start(struct chip *c) { set_adc(c, ADC_CR, adc(c, ADC_CR) | BITS(ADC_CR_ADSTART)); }

static uint32_t one(struct chip *c, unsigned channel)
{
    set_adc(c, ADC_CHSELR, 1u << channel);
    start(c);
    rig_us(c, 200);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC));
    return adc(c, ADC_DR);
}

TEST(calibration_takes_the_offset_away)
{
    struct chip *c = with_adc("stm32u073rc", false);

    assert_int_equal(one(c, 4), (1000000 * 4096ull + 1650000) / 3300000 + CAL_ERROR);
    chip_free(c);
    c = with_adc("stm32u073rc", true);
    assert_int_equal(one(c, 4), (1000000 * 4096ull + 1650000) / 3300000);
    assert_int_equal(one(c, 5), (2000000 * 4096ull + 1650000) / 3300000);
    assert_int_equal(one(c, 7), 0); /* nothing stands on PA3 */
    chip_free(c);
    c = with_adc("stm32g071rb", true);
    assert_int_equal(one(c, 0), (1000000 * 4096ull + 1650000) / 3300000);
    chip_free(c);
}

TEST(the_factorys_numbers_give_supply_and_temperature)
{
    static const struct {
        const char *chip;
        unsigned ts, vref;
        uint32_t vref_cal, ts_cal1, ts_cal2;
    } chips[] = { { "stm32u073rc", 11, 12, 0x1FFF6EA4, 0x1FFF6E68, 0x1FFF6E8A },
                  { "stm32g071rb", 12, 13, 0x1FFF75AA, 0x1FFF75A8, 0x1FFF75CA } };

    for (unsigned i = 0; i < 2; i++) {
        struct chip *const c = with_adc(chips[i].chip, true);

        around.vdda_uv = 3100000;
        around.mc = 55000;
        set_adc(c, ADC_CCR, BITS(ADC_CCR_VREFEN) | BITS(ADC_CCR_TSEN));
        set_adc(c, ADC_SMPR, 7);
        const uint32_t cal = rig_read(c, chips[i].vref_cal & ~3u) >> 8 * (chips[i].vref_cal & 2) & 0xFFFF;
        const uint32_t cal1 = rig_read(c, chips[i].ts_cal1 & ~3u) >> 8 * (chips[i].ts_cal1 & 2) & 0xFFFF;
        const uint32_t cal2 = rig_read(c, chips[i].ts_cal2 & ~3u) >> 8 * (chips[i].ts_cal2 & 2) & 0xFFFF;
        const uint32_t vdda_mv = 3000 * cal / one(c, chips[i].vref), ts = one(c, chips[i].ts) * vdda_mv / 3000;

        assert_in_range(vdda_mv, 3094, 3106);
        assert_in_range(30 + (int)(ts - cal1) * 100 / (int)(cal2 - cal1), 54, 56);
        chip_free(c);
    }
}

TEST(a_scan_goes_through_its_channels_either_way_and_in_any_order)
{
    struct chip *const c = with_adc("stm32u073rc", true);
    const uint32_t a = (1000000 * 4096ull + 1650000) / 3300000, b = (2000000 * 4096ull + 1650000) / 3300000;

    set_adc(c, ADC_SMPR, 7);
    set_adc(c, ADC_CFGR1, BITS(ADC_CFGR1_WAIT));
    set_adc(c, ADC_CHSELR, 1u << 4 | 1u << 5);
    start(c);
    rig_us(c, 100);
    assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOS), 0);
    assert_int_equal(adc(c, ADC_DR), a);
    rig_us(c, 100);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_EOS));
    assert_int_equal(adc(c, ADC_DR), b);
    assert_int_equal(adc(c, ADC_CR) & BITS(ADC_CR_ADSTART), 0);

    set_adc(c, ADC_CFGR1, BITS(ADC_CFGR1_WAIT) | BITS(ADC_CFGR1_SCANDIR));
    start(c);
    rig_us(c, 100);
    assert_int_equal(adc(c, ADC_DR), b);
    rig_us(c, 100);
    assert_int_equal(adc(c, ADC_DR), a);

    set_adc(c, ADC_CFGR1, BITS(ADC_CFGR1_WAIT) | BITS(ADC_CFGR1_CHSELRMOD));
    set_adc(c, ADC_CHSELR, 0xFFFFF454);
    start(c);
    for (unsigned i = 0; i < 3; i++) {
        rig_us(c, 100);
        assert_int_equal(adc(c, ADC_DR), i == 1 ? b : a);
    }
    rig_us(c, 100);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_CCRDY));
    chip_free(c);
}

TEST(what_is_not_read_in_time_is_an_overrun)
{
    struct chip *const c = with_adc("stm32u073rc", true);
    const uint32_t a = (1000000 * 4096ull + 1650000) / 3300000, b = (2000000 * 4096ull + 1650000) / 3300000;

    set_adc(c, ADC_CHSELR, 1u << 4 | 1u << 5);
    start(c);
    rig_us(c, 200);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_OVR));
    assert_int_equal(adc(c, ADC_DR), a);
    set_adc(c, ADC_ISR, BITS(ADC_ISR_OVR));
    set_adc(c, ADC_CFGR1, BITS(ADC_CFGR1_OVRMOD));
    start(c);
    rig_us(c, 200);
    assert_true(adc(c, ADC_ISR) & BITS(ADC_ISR_OVR));
    assert_int_equal(adc(c, ADC_DR), b);
    chip_free(c);
}

TEST(resolution_alignment_and_oversampling_shape_the_result)
{
    struct chip *const c = with_adc("stm32u073rc", true);
    const uint32_t full = (1000000 * 4096ull + 1650000) / 3300000;

    for (unsigned res = 0; res < 4; res++) {
        set_adc(c, ADC_CFGR1, PUT(ADC_CFGR1_RES, res));
        assert_int_equal(one(c, 4), full >> 2 * res);
    }
    set_adc(c, ADC_CFGR1, BITS(ADC_CFGR1_ALIGN));
    assert_int_equal(one(c, 4), full << 4);
    set_adc(c, ADC_CFGR1, 0);
    set_adc(c, ADC_CFGR2, PUT(ADC_CFGR2_CKMODE, 3) | BITS(ADC_CFGR2_OVSE) | PUT(ADC_CFGR2_OVSR, 3) | PUT(ADC_CFGR2_OVSS, 2));
    assert_int_equal(one(c, 4), full * 16 >> 2);
    chip_free(c);
}

/* 12.5 cycles and the sampling time, at PCLK; at a prescaler of 4 four times as long. The debug port's own accesses take some time too. */
TEST(a_conversion_takes_what_the_manual_says)
{
    struct chip *const c = with_adc("stm32u073rc", true);

    set_adc(c, ADC_CHSELR, 1u << 4);
    set_adc(c, ADC_SMPR, 7); /* 160.5 + 12.5 = 173 cycles of 4 MHz: 43.25 us */
    start(c);
    rig_us(c, 41);
    assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), 0);
    rig_us(c, 4);
    assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), BITS(ADC_ISR_EOC));
    chip_free(c);
}

TEST(what_comes_too_early_is_refused_and_told)
{
    struct chip *const c = rig_new("stm32u073rc");

    rig_boot(c);
    rig_us(c, 1000);
    rig_write(c, RCC_BASE + APBENR2, ADC_EN);
    set_adc(c, ADC_CR, BITS(ADC_CR_ADEN));
    assert_int_equal(adc(c, ADC_CR), 0);
    assert_non_null(rig_note(c, "refused", "ADEN while the regulator is off"));
    set_adc(c, ADC_CR, BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADSTART));
    assert_non_null(rig_note(c, "refused", "ADSTART before ADRDY"));
    chip_free(c);
}

TEST(the_dac_drives_its_pin_and_the_adc_reads_it)
{
    struct chip *const c = with_adc("stm32u073rc", true);
    uint32_t uv;

    assert_false(chip_analog_out(c, 'A', 4, &uv));
    rig_write(c, DAC_BASE + DAC_MCR, 2);
    rig_write(c, DAC_BASE + DAC_CR, BITS(DAC_CR_EN1));
    around.changes = 0;
    rig_write(c, DAC_BASE + DAC_DHR12R1, 2048);
    assert_int_equal(around.changes, 1);
    assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 2048);
    assert_true(chip_analog_out(c, 'A', 4, &uv));
    assert_int_equal(uv, 1650000);
    assert_int_equal(one(c, 8), 2048);
    rig_write(c, DAC_BASE + DAC_MCR, 0); /* buffered: not down to the rail */
    rig_write(c, DAC_BASE + DAC_DHR8R1, 0);
    assert_true(chip_analog_out(c, 'A', 4, &uv));
    assert_int_equal(uv, 200000);
    rig_write(c, DAC_BASE + DAC_CR, BITS(DAC_CR_EN1) | BITS(DAC_CR_TEN1));
    rig_write(c, DAC_BASE + DAC_DHR12L1, 0x8000);
    assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 0);
    rig_write(c, DAC_BASE + DAC_SWTRGR, 1);
    assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 2048);
    around.changes = 0;
    chip_nrst(c, true); /* a reset lets the pin go */
    assert_true(around.changes > 0);
    assert_false(chip_analog_out(c, 'A', 4, &uv));
    chip_free(c);
}

/* A timer that will update once in `us`, and say so on TRGO. The chips run at 4 and 16 MHz. */
static void prepare_timer(struct chip *c, const char *chip, uint32_t base, uint32_t us)
{
    const bool g0 = strstr(chip, "g0");

    rig_write(c, RCC_BASE + (g0 ? APBENR1_G0 : APBENR1), DAC_EN | 0x12); /* TIM3, TIM6 */
    rig_write(c, base + TIM_PSC, g0 ? 15 : 3);
    rig_write(c, base + TIM_ARR, us - 1);
    rig_write(c, base + TIM_EGR, BITS(TIM_EGR_UG));
    rig_write(c, base + TIM_CR2, PUT(TIM_CR2_MMS, 2));
}

static void start_timer(struct chip *c, uint32_t base) { rig_write(c, base + TIM_CR1, BITS(TIM_CR1_CEN)); }

TEST(a_timer_starts_each_conversion)
{
    static const char *const chips[] = { "stm32u073rc", "stm32g071rb" };

    for (unsigned i = 0; i < 2; i++) {
        struct chip *const c = with_adc(chips[i], true);

        set_adc(c, ADC_CFGR1, PUT(ADC_CFGR1_EXTEN, 1) | PUT(ADC_CFGR1_EXTSEL, 3));
        set_adc(c, ADC_CHSELR, 1u << (i ? 0 : 4));
        prepare_timer(c, chips[i], TIM3_BASE, 500);
        start(c);
        rig_us(c, 1000);
        assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), 0); /* it waits */
        start_timer(c, TIM3_BASE);
        for (unsigned n = 1; n <= 3; n++) {
            around.pin_uv = n * 300000;
            rig_us(c, n == 1 ? 450 : 400);
            assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), 0);
            rig_us(c, 100);
            assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), BITS(ADC_ISR_EOC));
            assert_int_equal(adc(c, ADC_DR), (n * 300000ull * 4096 + 1650000) / 3300000);
        }
        set_adc(c, ADC_CR, BITS(ADC_CR_ADVREGEN) | BITS(ADC_CR_ADSTP));
        set_adc(c, ADC_CFGR1, PUT(ADC_CFGR1_EXTEN, 1) | PUT(ADC_CFGR1_EXTSEL, 5)); /* another timer, which stands still */
        start(c);
        rig_us(c, 1000);
        assert_int_equal(adc(c, ADC_ISR) & BITS(ADC_ISR_EOC), 0);
        chip_free(c);
    }
}

TEST(a_timer_brings_what_the_dac_holds_to_its_pin)
{
    static const char *const chips[] = { "stm32u073rc", "stm32g071rb" };

    for (unsigned i = 0; i < 2; i++) {
        struct chip *const c = with_adc(chips[i], true);
        uint32_t uv;

        rig_write(c, DAC_BASE + DAC_MCR, 2);
        rig_write(c, DAC_BASE + DAC_CR, BITS(DAC_CR_EN1) | BITS(DAC_CR_TEN1) | PUT(DAC_CR_TSEL1, 5));
        prepare_timer(c, chips[i], TIM6_BASE, 500);
        start_timer(c, TIM6_BASE);
        rig_write(c, DAC_BASE + DAC_DHR12R1, 1024);
        rig_us(c, 400);
        assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 0);
        rig_us(c, 200);
        assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 1024);
        rig_write(c, DAC_BASE + DAC_DHR12R1, 3072);
        rig_us(c, 300);
        assert_true(chip_analog_out(c, 'A', 4, &uv));
        assert_int_equal(uv, 825000);
        around.changes = 0;
        rig_us(c, 200);
        assert_int_equal(around.changes, 1); /* without anybody's look */
        assert_true(chip_analog_out(c, 'A', 4, &uv));
        assert_int_equal(uv, 2475000);
        chip_free(c);
    }
}

/* With line 9's edges on PB9. */
static void tick(struct chip *c)
{
    chip_pin_drive(c, 'B', 9, CHIP_WIRE_HIGH);
    rig_us(c, 10);
    chip_pin_drive(c, 'B', 9, CHIP_WIRE_LOW);
    rig_us(c, 10);
}

TEST(a_dac_triggered_by_an_exti_line_draws_a_triangle_or_noise)
{
    struct chip *c = with_adc("stm32u073rc", true);
    const uint32_t cr = BITS(DAC_CR_EN1) | BITS(DAC_CR_TEN1) | PUT(DAC_CR_TSEL1, 13) | PUT(DAC_CR_MAMP1, 2);
    uint32_t seen = 0;

    rig_write(c, RCC_BASE + U0_RCC_IOPENR, 2);
    rig_write(c, GPIOB_BASE + GPIO_MODER, 0xFFF3FFFF); /* an input */
    rig_write(c, EXTI_BASE + 0x68, 0x0100);            /* EXTICR3: line 9 is port B's */
    rig_write(c, EXTI_BASE, 1u << 9);                  /* RTSR1 */
    rig_write(c, DAC_BASE + DAC_DHR12R1, 100);
    rig_write(c, DAC_BASE + DAC_CR, cr | PUT(DAC_CR_WAVE1, 2)); /* up to 7 and down again */
    assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 100);
    for (unsigned n = 0; n < 30; n++) {
        const unsigned at = n % 14;

        tick(c);
        assert_int_equal(rig_read(c, DAC_BASE + DAC_DOR1), 100 + (at > 7 ? 14 - at : at));
    }
    rig_write(c, DAC_BASE + DAC_CR, cr | PUT(DAC_CR_WAVE1, 1));
    for (unsigned n = 0; n < 100; n++) {
        tick(c);
        assert_in_range(rig_read(c, DAC_BASE + DAC_DOR1), 100, 107);
        seen |= 1u << (rig_read(c, DAC_BASE + DAC_DOR1) - 100);
    }
    assert_int_equal(seen, 0xFF);
    chip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calibration_takes_the_offset_away),
        cmocka_unit_test(the_factorys_numbers_give_supply_and_temperature),
        cmocka_unit_test(a_scan_goes_through_its_channels_either_way_and_in_any_order),
        cmocka_unit_test(what_is_not_read_in_time_is_an_overrun),
        cmocka_unit_test(resolution_alignment_and_oversampling_shape_the_result),
        cmocka_unit_test(a_conversion_takes_what_the_manual_says),
        cmocka_unit_test(what_comes_too_early_is_refused_and_told),
        cmocka_unit_test(the_dac_drives_its_pin_and_the_adc_reads_it),
        cmocka_unit_test(a_timer_starts_each_conversion),
        cmocka_unit_test(a_timer_brings_what_the_dac_holds_to_its_pin),
        cmocka_unit_test(a_dac_triggered_by_an_exti_line_draws_a_triangle_or_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
