/* test_vchg_ctrl.c - the charge controller, compiled for the host, on a fake battery: that it charges one, and each limit. */
#include "vchg_ctrl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { STEP_MS = 20 };

/* ---- the fake plant: open-circuit voltage a line over the charge, the board's resistances ---- */

static struct {
    double charge, capacity_c, source_v;
    double cell_c, load_a;
    bool present, measures, thermistor;
    unsigned sets;
    double worst_v, worst_a;
} plant;

static double open_v(void) { return 2.7 + 1.5 * plant.charge; }
static double current_a(void)
{
    const double a = (plant.source_v - open_v()) / 5.8;

    return plant.present && a > 0 ? a : 0;
}
static double battery_v(void) { return plant.present ? open_v() + current_a() * 0.8 : plant.source_v; }

bool vchg_measure(struct measure *m)
{
    m->supply_mv = 3300;
    m->battery_mv = (uint32_t)(battery_v() * 1000);
    m->current_ua = (uint32_t)(current_a() * 1e6);
    m->cell_dc = (int32_t)(plant.cell_c * 10);
    m->cell_known = plant.thermistor;
    m->die_dc = 250;
    return plant.measures;
}

void vchg_output_mv(uint32_t mv)
{
    plant.source_v = mv / 1000.0;
    plant.sets++;
}

static void start(double charge)
{
    memset(&plant, 0, sizeof plant);
    plant.charge = charge;
    plant.capacity_c = 36;
    plant.cell_c = 25;
    plant.present = plant.measures = plant.thermistor = true;
    vchg_ctrl_start(&vchg_usual_limits);
}

/* Until `state`, or for `s` seconds; false: it never came. */
static bool run_until(enum vchg_state state, unsigned s)
{
    for (unsigned i = 0; i < s * 1000 / STEP_MS; i++) {
        vchg_ctrl_run(STEP_MS);
        if (battery_v() > plant.worst_v)
            plant.worst_v = battery_v();
        if (current_a() > plant.worst_a)
            plant.worst_a = current_a();
        plant.charge += (current_a() - plant.load_a) * STEP_MS / 1000 / plant.capacity_c;
        if (vchg_ctrl_status()->state == state)
            return true;
    }
    return false;
}

static void settle(unsigned s) { run_until(VCHG_STATES, s); }

/* ---- charging ---- */

static void an_empty_cell_goes_through_every_state_to_done(void **state)
{
    start(0.16);
    assert_true(run_until(VCHG_PRECHARGE, 1));
    settle(5);
    assert_in_range((unsigned)(current_a() * 1e6), 3800, 4200);
    assert_true(run_until(VCHG_CURRENT, 3600));
    settle(5);
    assert_in_range((unsigned)(current_a() * 1e6), 19800, 20200);
    assert_true(run_until(VCHG_VOLTAGE, 7200));
    settle(5);
    assert_in_range((unsigned)(battery_v() * 1000), 4190, 4202);
    assert_true(run_until(VCHG_DONE, 7200));
    assert_true(plant.source_v == 0);
    assert_true(plant.charge > 0.95);
    assert_true(plant.worst_v < 4.21 && plant.worst_a < 0.0225);
}

static void a_used_cell_is_charged_again(void **state)
{
    start(0.95);
    assert_true(run_until(VCHG_DONE, 7200));
    settle(60);
    assert_int_equal(vchg_ctrl_status()->state, VCHG_DONE);
    plant.load_a = 0.05;
    assert_true(run_until(VCHG_CURRENT, 3600));
    assert_true(battery_v() < 4.1);
}

static void without_a_cell_nothing_is_set(void **state)
{
    start(0.5);
    plant.present = false;
    settle(60);
    assert_int_equal(vchg_ctrl_status()->state, VCHG_IDLE);
    assert_true(plant.source_v == 0);
    plant.present = true;
    assert_true(run_until(VCHG_CURRENT, 1));
}

static void a_cell_that_is_taken_away_ends_the_charge(void **state)
{
    start(0.3);
    assert_true(run_until(VCHG_CURRENT, 1));
    settle(10);
    plant.present = false;
    assert_true(run_until(VCHG_IDLE, 30) || run_until(VCHG_FAULT, 30));
    assert_true(plant.worst_v < 4.35);
    assert_true(plant.source_v == 0);
}

/* ---- limits ---- */

static void a_hot_or_cold_cell_rests_until_it_is_well_again(void **state)
{
    static const struct {
        double bad, edge, good;
        enum vchg_fault fault;
    } cases[] = { { 46, 43, 41, VCHG_HOT }, { -1, 2, 4, VCHG_COLD } };

    for (unsigned i = 0; i < 2; i++) {
        start(0.3);
        assert_true(run_until(VCHG_CURRENT, 1));
        plant.cell_c = cases[i].bad;
        assert_true(run_until(VCHG_FAULT, 1));
        assert_int_equal(vchg_ctrl_status()->fault, cases[i].fault);
        assert_true(plant.source_v == 0);
        plant.cell_c = cases[i].edge; /* within the margin: not yet */
        settle(5);
        assert_int_equal(vchg_ctrl_status()->state, VCHG_FAULT);
        plant.cell_c = cases[i].good;
        assert_true(run_until(VCHG_CURRENT, 1));
    }
}

static void too_much_voltage_or_current_stays_a_fault_until_cleared(void **state)
{
    start(0.3);
    assert_true(run_until(VCHG_CURRENT, 1));
    plant.charge = 1.1; /* 4.35 V */
    assert_true(run_until(VCHG_FAULT, 1));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_OVER_VOLTAGE);
    plant.charge = 0.3;
    settle(60);
    assert_int_equal(vchg_ctrl_status()->state, VCHG_FAULT);
    vchg_ctrl_clear();
    assert_true(run_until(VCHG_CURRENT, 1));
    settle(5);
    plant.charge = 0.05; /* half a volt lower, at the same source */
    assert_true(run_until(VCHG_FAULT, 1));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_OVER_CURRENT);
    assert_true(plant.source_v == 0);
}

static void a_cell_that_takes_too_long_is_given_up(void **state)
{
    start(0.05);
    plant.capacity_c = 1e9;
    assert_true(run_until(VCHG_FAULT, 601));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_TOO_LONG);
    start(0.5);
    plant.capacity_c = 1e9;
    assert_true(run_until(VCHG_FAULT, 3 * 3600 + 1));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_TOO_LONG);
}

static void without_a_measurement_nothing_is_charged(void **state)
{
    start(0.3);
    assert_true(run_until(VCHG_CURRENT, 1));
    plant.measures = false;
    assert_true(run_until(VCHG_FAULT, 1));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_NO_MEASUREMENT);
    assert_true(plant.source_v == 0);
    plant.measures = true;
    assert_true(run_until(VCHG_CURRENT, 1));
    plant.thermistor = false;
    assert_true(run_until(VCHG_FAULT, 1));
    assert_int_equal(vchg_ctrl_status()->fault, VCHG_NO_MEASUREMENT);
    plant.thermistor = true;
    assert_true(run_until(VCHG_CURRENT, 1));
}

static void the_output_has_an_upper_end(void **state)
{
    start(0.3);
    setVchg(99999);
    assert_true(plant.source_v == VCHG_MOST_MV / 1000.0);
    assert_int_equal(vchg_ctrl_status()->source_mv, VCHG_MOST_MV);
}

/* ---- measurements ---- */

static const struct measure_factory factory = { 1654, 1037, 1380 };

static void the_factorys_numbers_give_supply_and_temperatures(void **state)
{
    /* At 3.3 V: VREFINT reads 1654 * 3.0 / 3.3; 30 degrees read 1037 * 3.0 / 3.3; half the supply at the thermistor is 25 degrees. */
    const struct measure_codes c = { 1504, 2048, 1241, 2048, 943 };
    struct measure m;

    assert_true(measure_convert(&c, &factory, &m));
    assert_in_range(m.supply_mv, 3297, 3302);
    assert_in_range(m.battery_mv, 3290, 3302);
    assert_in_range(m.current_ua, 19900, 20010);
    assert_in_range(m.die_dc, 295, 305);
    assert_true(m.cell_known);
    assert_in_range(m.cell_dc, 248, 252);
}

static void impossible_numbers_are_no_measurement(void **state)
{
    struct measure m;

    assert_false(measure_convert(&(struct measure_codes){ 0, 2048, 0, 2048, 943 }, &factory, &m));
    assert_false(measure_convert(&(struct measure_codes){ 4095, 2048, 0, 2048, 943 }, &factory, &m)); /* a supply of 1.2 V */
    assert_true(measure_convert(&(struct measure_codes){ 1504, 2048, 0, 4090, 943 }, &factory, &m));
    assert_false(m.cell_known); /* torn off */
    assert_true(measure_convert(&(struct measure_codes){ 1504, 2048, 0, 10, 943 }, &factory, &m));
    assert_false(m.cell_known); /* shorted */
}

static void the_thermistors_table_goes_down_all_the_way(void **state)
{
    int32_t last = -1000;

    for (uint32_t code = 3741; code >= 462; code--) {
        struct measure m;

        assert_true(measure_convert(&(struct measure_codes){ 1504, 2048, 0, code, 943 }, &factory, &m) && m.cell_known);
        assert_true(m.cell_dc >= last);
        last = m.cell_dc;
    }
    assert_int_equal(last, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_cell_goes_through_every_state_to_done),
        cmocka_unit_test(a_used_cell_is_charged_again),
        cmocka_unit_test(without_a_cell_nothing_is_set),
        cmocka_unit_test(a_cell_that_is_taken_away_ends_the_charge),
        cmocka_unit_test(a_hot_or_cold_cell_rests_until_it_is_well_again),
        cmocka_unit_test(too_much_voltage_or_current_stays_a_fault_until_cleared),
        cmocka_unit_test(a_cell_that_takes_too_long_is_given_up),
        cmocka_unit_test(without_a_measurement_nothing_is_charged),
        cmocka_unit_test(the_output_has_an_upper_end),
        cmocka_unit_test(the_factorys_numbers_give_supply_and_temperatures),
        cmocka_unit_test(impossible_numbers_are_no_measurement),
        cmocka_unit_test(the_thermistors_table_goes_down_all_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
