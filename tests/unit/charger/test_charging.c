/* test_charging.c - the charger on a whole virtual board: a cell is charged, a hot one is not, a power cut starts it all over. */
#include "charger_rig.h"

#include "board/board.h"
#include "image/image.h"
#include "parts/parts.h"
#include "vchg_ctrl.h"

#include <stdio.h>

enum { PA0 = 'A' << 8, PA1 = PA0 + 1, PA4 = PA0 + 4, PA6 = PA0 + 6, PA7 = PA0 + 7, ROOM_MK = 298150 };

static struct board *charging(const char *chip, const char *build, uint32_t uah, uint32_t permille)
{
    const uint32_t values[PART_KINDS][PARTS_KEYS] = { [PART_BATTERY] = { uah, permille, 800 },
                                                      [PART_CHARGE_PATH] = { strstr(build, "pwm") ? PA7 : PA4, 1600, 5000 },
                                                      [PART_VOLTAGE_SENSE] = { PA0, 500 },
                                                      [PART_CURRENT_SENSE] = { PA1, 50000 },
                                                      [PART_THERMISTOR] = { PA6, ROOM_MK, 10000, 3950 } };
    struct err e = { 0 };
    struct image im;
    char path[600];
    struct board *const b = board_new(chip, NULL, &e);

    assert_non_null(b);
    for (unsigned i = 0; i < PART_KINDS; i++)
        assert_true(parts_add(&b->parts, (enum part)i, values[i], board_now_ps(b), &e));
    snprintf(path, sizeof path, "%s/%s.elf", CHARGER_FOLDER, build);
    assert_true(image_read_file(&im, path, IMAGE_AUTO, false, 0, &e));
    assert_true(chip_poke(b->chip, im.segments[0].addr, im.segments[0].bytes, im.segments[0].len));
    image_free(&im);
    board_power(b, false);
    board_run_until(b, board_now_ps(b) + 10 * PS_PER_MS);
    board_power(b, true);
    return b;
}

static bool said_within(struct board *b, const char *text, unsigned s)
{
    for (unsigned i = 0; i < 10 * s; i++) {
        if (board_uart_find(b, text, strlen(text)))
            return true;
        board_run_until(b, board_now_ps(b) + PS_PER_S / 10);
    }
    return board_uart_find(b, text, strlen(text));
}

static struct parts_view look(struct board *b)
{
    struct parts_view v;

    board_before_save(b);
    parts_look(&b->parts, &v);
    return v;
}

static void a_cell_is_charged_from_empty_to_done(void **state)
{
    static const struct {
        const char *chip, *build;
    } boards[] = { { "stm32u073rc", "charger" },
                   { "stm32g071rb", "charger-g071" },
                   { "stm32u073rc", "charger-pwm" },
                   { "stm32g071rb", "charger-pwm-g071" } };

    for (unsigned i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        struct board *const b = charging(boards[i].chip, boards[i].build, 1000, 3);
        const double before = look(b).battery_v;

        assert_true(said_within(b, "charge: precharge", 2));
        assert_true(said_within(b, "charge: constant current", 30));
        board_run_until(b, board_now_ps(b) + 5 * PS_PER_S);
        assert_true(look(b).current_a > 0.019 && look(b).current_a < 0.021);
        assert_true(look(b).battery_v > before + 0.1);
        assert_true(said_within(b, "charge: constant voltage", 300));
        assert_true(said_within(b, "charge: done", 300));
        assert_true(look(b).charge_share > 0.97 && look(b).battery_v < 4.21);
        assert_true(look(b).source_v < 0.01);
        board_free(b);
    }
}

static void a_hot_cell_is_left_alone_until_it_has_cooled_down(void **state)
{
    struct board *const b = charging("stm32u073rc", "charger", 10000, 300);

    assert_true(said_within(b, "charge: constant current", 2));
    b->parts.s.thermistor_mk = ROOM_MK + 25000;
    assert_true(said_within(b, "charge: fault, cell too hot", 1));
    assert_true(look(b).current_a == 0);
    b->parts.s.thermistor_mk = ROOM_MK;
    assert_true(said_within(b, "charge: constant current", 1));
    b->parts.s.there[PART_THERMISTOR] = 0; /* torn off */
    assert_true(said_within(b, "charge: fault, no measurement", 1));
    board_free(b);
}

static void a_power_cut_stops_the_charge_and_keeps_it(void **state)
{
    struct board *const b = charging("stm32u073rc", "charger", 10000, 300);
    double charge;

    assert_true(said_within(b, "charge: constant current", 2));
    board_run_until(b, board_now_ps(b) + 10 * PS_PER_S);
    board_power(b, false);
    charge = look(b).charge_share;
    assert_true(charge > 0.3);
    board_run_until(b, board_now_ps(b) + 60 * PS_PER_S);
    assert_true(look(b).charge_share == charge && look(b).current_a == 0);
    board_power(b, true);
    assert_true(said_within(b, "charge: constant current", 2));
    board_free(b);
}

static void the_bootloader_does_not_charge(void **state)
{
    struct board *const b = charging("stm32u073rc", "charger", 10000, 300);

    assert_true(said_within(b, "charge: constant current", 2));
    board_run_until(b, board_now_ps(b) + PS_PER_S);
    assert_true(look(b).current_a > 0.01);
    chip_uart_input(b->chip, 2, "dfu\r", 4);
    board_run_until(b, board_now_ps(b) + PS_PER_S / 10);
    assert_true(look(b).current_a == 0);
    board_free(b);
}

/* The bootloader lets the pins go, whatever drove them. */
static void a_pwm_ends_when_the_bootloader_starts(void **state)
{
    struct board *const b = charging("stm32u073rc", "charger-pwm", 10000, 300);

    assert_true(said_within(b, "charge: constant current", 2));
    board_run_until(b, board_now_ps(b) + PS_PER_S);
    assert_true(look(b).current_a > 0.019 && look(b).current_a < 0.021);
    b->parts.s.thermistor_mk = ROOM_MK + 25000;
    assert_true(said_within(b, "charge: fault, cell too hot", 1));
    assert_true(look(b).current_a == 0);
    b->parts.s.thermistor_mk = ROOM_MK;
    assert_true(said_within(b, "charge: constant current", 1));
    chip_uart_input(b->chip, 2, "dfu\r", 4);
    board_run_until(b, board_now_ps(b) + PS_PER_S / 10);
    assert_true(look(b).current_a == 0);
    board_free(b);
}

/* ---- the way into the bootloader, from each state ---- */

/* Options, the bootloader, and the way back by a reset: on a board that is in `state` already. */
static void goes_there_and_comes_back(struct board *b, bool cable)
{
    uint32_t before[CHARGER_OPTIONS], after[CHARGER_OPTIONS];

    charger_options(b->chip, before);
    if (!cable)
        board_cable(b, BOARD_TARGET, false);
    chip_uart_input(b->chip, 2, "dfu\r", 4);
    board_run_until(b, board_now_ps(b) + PS_PER_S / 2);
    assert_true(charger_pc(b->chip) - SYSTEM_MEMORY < 0x6800);
    assert_true(look(b).current_a == 0);
    if (!cable)
        board_cable(b, BOARD_TARGET, true);
    board_notice_usb(b);
    assert_true(board_plug_present(b, BOARD_TARGET)); /* the DFU device */
    charger_options(b->chip, after);
    assert_memory_equal(before, after, sizeof before);
    board_button(b, BOARD_RESET, true);
    board_run_until(b, board_now_ps(b) + PS_PER_S / 100);
    board_button(b, BOARD_RESET, false);
    assert_true(said_within(b, "beat 1", 2));
    assert_true(charger_pc(b->chip) >> 20 == 0x080);
    charger_options(b->chip, after);
    assert_memory_equal(before, after, sizeof before);
}

static void from_every_state_the_bootloader_comes_up_and_the_program_comes_back(void **state)
{
    static const struct {
        const char *said; /* when the state is reached; NULL: at once */
        uint32_t permille;
        bool battery, hot;
    } states[VCHG_STATES] = {
        [VCHG_IDLE] = { NULL, 300, false, false },
        [VCHG_PRECHARGE] = { "charge: precharge", 1, true, false },
        [VCHG_CURRENT] = { "charge: constant current", 300, true, false },
        [VCHG_VOLTAGE] = { "charge: constant voltage", 830, true, false },
        [VCHG_DONE] = { "charge: done", 1000, true, false },
        [VCHG_FAULT] = { "charge: fault", 300, true, true },
    };
    static const char *const builds[] = { "charger", "charger-no-watchdog" };

    for (unsigned i = 0; i < VCHG_STATES; i++)
        for (unsigned how = 0; how < 4; how++) {
            struct board *const b = charging("stm32u073rc", builds[how / 2], i == VCHG_VOLTAGE ? 500 : 10000, states[i].permille);

            b->parts.s.there[PART_BATTERY] = states[i].battery;
            b->parts.s.thermistor_mk += states[i].hot ? 30000 : 0;
            if (states[i].said)
                assert_true(said_within(b, states[i].said, 120));
            else
                board_run_until(b, board_now_ps(b) + PS_PER_S);
            goes_there_and_comes_back(b, how % 2);
            board_free(b);
        }
}

static unsigned moments = 50;

/* SplitMix64: the same moments every time. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Any charge, any time within the first three seconds; watchdog on and off, cable in and out. */
static void at_any_moment_of_a_charge_too(void **state)
{
    uint64_t seed = 73;

    for (unsigned i = 0; i < moments; i++) {
        const uint32_t permille = (uint32_t)(next_random(&seed) % 1001);
        const uint64_t us = 5000 + next_random(&seed) % 3000000;
        struct board *const b = charging("stm32u073rc", i % 4 < 2 ? "charger" : "charger-no-watchdog", 1000, permille);

        board_run_until(b, board_now_ps(b) + us * PS_PER_US);
        goes_there_and_comes_back(b, i % 2);
        board_free(b);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_charged_from_empty_to_done),
        cmocka_unit_test(a_hot_cell_is_left_alone_until_it_has_cooled_down),
        cmocka_unit_test(a_power_cut_stops_the_charge_and_keeps_it),
        cmocka_unit_test(the_bootloader_does_not_charge),
        cmocka_unit_test(a_pwm_ends_when_the_bootloader_starts),
        cmocka_unit_test(from_every_state_the_bootloader_comes_up_and_the_program_comes_back),
        cmocka_unit_test(at_any_moment_of_a_charge_too),
    };

    if (argc == 2 && strcmp(argv[1], "long") == 0)
        moments = 1000;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
