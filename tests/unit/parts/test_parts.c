/* test_parts.c - the battery and what is around it: against an integration in small steps, and by the laws they follow. */
#include "parts/parts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(name) static void name(void **state)

static uint32_t pin_uv;
static bool driven(void *ctx, char port, unsigned pin, uint32_t *uv)
{
    *uv = pin_uv;
    return port == 'A' && pin == 4;
}
static uint32_t supply(void *ctx) { return 3300000; }
static const struct parts_wires wires = { NULL, driven, supply };

static void add(struct parts *p, enum part part, uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t value[PARTS_KEYS] = { a, b, c, part == PART_THERMISTOR ? 3950 : 0 };
    struct err e = { 0 };

    assert_true(parts_add(p, part, value, 0, &e));
}

enum { PA0 = 'A' << 8, PA1 = PA0 + 1, PA4 = PA0 + 4, PA6 = PA0 + 6 };

static void make(struct parts *p, uint32_t permille)
{
    parts_init(p, &wires);
    add(p, PART_BATTERY, 10000, permille, 800);
    add(p, PART_CHARGE_PATH, PA4, 1600, 5000);
    add(p, PART_VOLTAGE_SENSE, PA0, 500, 0);
    add(p, PART_CURRENT_SENSE, PA1, 50000, 0);
    add(p, PART_THERMISTOR, PA6, 298150, 10000);
}

TEST(one_long_step_is_as_good_as_many_short_ones)
{
    struct parts one, many;
    struct parts_view a, b;

    pin_uv = 2700000; /* 4.32 V */
    make(&one, 3);
    make(&many, 3);
    parts_sync(&one, 3600 * PS_PER_S);
    for (uint64_t ms = 1; ms <= 3600000; ms += 1)
        if (ms % 7 == 0 || ms == 3600000)
            parts_sync(&many, ms * PS_PER_MS);
    parts_look(&one, &a);
    parts_look(&many, &b);
    assert_true(fabs(a.charge_share - b.charge_share) < 1e-6);
    assert_true(a.charge_share > 0.9);
}

/* dq/dt = (source - open(q)) / R, by Euler in steps of 1 ms. */
TEST(the_charge_follows_its_differential_equation)
{
    struct parts p;
    struct parts_view v;
    double q = 0.003 * 36, worst = 0; /* coulomb */

    pin_uv = 2300000; /* 3.68 V */
    make(&p, 3);
    for (unsigned ms = 1; ms <= 300000; ms++) {
        parts_look(&p, &v);
        q += v.current_a * 1e-3;
        parts_sync(&p, ms * PS_PER_MS);
        parts_look(&p, &v);
        worst = fmax(worst, fabs(q / 36 - v.charge_share));
    }
    assert_true(worst < 1e-5);
    assert_true(v.charge_share > 0.05);
    assert_true(fabs(v.source_v - 3.68) < 1e-5);
}

TEST(a_diode_never_discharges)
{
    struct parts p;
    struct parts_view v;

    pin_uv = 1000000;
    make(&p, 500);
    parts_sync(&p, 3600 * PS_PER_S);
    parts_look(&p, &v);
    assert_true(v.charge_share == 0.5 && v.current_a == 0);
    assert_true(fabs(v.battery_v - 3.82) < 1e-9);
}

TEST(pins_show_voltage_current_and_temperature)
{
    struct parts p;
    struct parts_view v;
    uint32_t uv;

    pin_uv = 2500000; /* 4.0 V on 3.69 V through 5.8 ohm */
    make(&p, 200);
    parts_look(&p, &v);
    assert_true(fabs(v.current_a - 0.31 / 5.8) < 1e-4);
    assert_true(parts_pin_uv(&p, 'A', 0, 0, &uv));
    assert_true(fabs(uv / 1e6 - v.battery_v / 2) < 1e-5);
    assert_true(parts_pin_uv(&p, 'A', 1, 0, &uv));
    assert_true(fabs(uv / 1e6 - v.current_a * 50) < 1e-4);
    assert_true(parts_pin_uv(&p, 'A', 6, 0, &uv));
    assert_int_equal(uv, 1650000);
    assert_false(parts_pin_uv(&p, 'A', 7, 0, &uv));
    p.s.thermistor_mk = 298150 + 25000; /* a 3950 K thermistor at 50 degrees: 3588 ohm */
    assert_true(parts_pin_uv(&p, 'A', 6, 0, &uv));
    assert_true(fabs(uv / 1e6 - 3.3 * 3588 / 13588) < 2e-3);
}

TEST(without_a_battery_its_terminals_show_the_source)
{
    struct parts p;
    uint32_t uv;

    pin_uv = 2500000;
    parts_init(&p, &wires);
    assert_false(parts_any(&p));
    assert_false(parts_pin_uv(&p, 'A', 0, 0, &uv));
    add(&p, PART_CHARGE_PATH, PA4, 1600, 5000);
    add(&p, PART_VOLTAGE_SENSE, PA0, 500, 0);
    assert_true(parts_pin_uv(&p, 'A', 0, 0, &uv));
    assert_int_equal(uv, 2000000);
}

TEST(a_part_is_there_once)
{
    const uint32_t value[PARTS_KEYS] = { 10000, 3, 800, 0 };
    struct parts p;
    struct err e = { 0 };

    make(&p, 3);
    assert_false(parts_add(&p, PART_BATTERY, value, 0, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    p.s.capacity_uah = 0;
    assert_false(parts_loaded(&p, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_long_step_is_as_good_as_many_short_ones),
        cmocka_unit_test(the_charge_follows_its_differential_equation),
        cmocka_unit_test(a_diode_never_discharges),
        cmocka_unit_test(pins_show_voltage_current_and_temperature),
        cmocka_unit_test(without_a_battery_its_terminals_show_the_source),
        cmocka_unit_test(a_part_is_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
