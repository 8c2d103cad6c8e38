/* test_params.c - a board's parameters by name, in text, and as a hash. */
#include "board/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void defaults_lie_within_their_limits(void **state)
{
    struct board_params p;
    char text[PARAM_TEXT];
    struct err e = { 0 };

    params_defaults(&p);
    for (const struct param_row *row = param_rows; row->name; row++)
        assert_true(params_set(&p, row->name, params_get(&p, row, text), &e));
    assert_int_equal(p.probe_turnaround_us, 300);
    assert_int_equal(p.usb_host_ns, 50000);
    assert_int_equal(p.target_mv, 3260);
    assert_int_equal(strlen(p.probe_serial), 24);
}

static void a_number_is_decimal_or_hexadecimal(void **state)
{
    struct board_params p;
    struct err e = { 0 };

    params_defaults(&p);
    assert_true(params_set(&p, "probe_turnaround_us", "1000", &e));
    assert_int_equal(p.probe_turnaround_us, 1000);
    assert_true(params_set(&p, "probe_turnaround_us", "0x96", &e));
    assert_int_equal(p.probe_turnaround_us, 150);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
    static const char *const bad[][2] = {
        { "probe_turnaround_us", "" },
        { "probe_turnaround_us", "-1" },
        { "probe_turnaround_us", "1x" },
        { "probe_turnaround_us", " 1" },
        { "probe_turnaround_us", "10001" },
        { "probe_turnaround_us", "99999999999999999999999" },
        { "usb_packet_bytes", "7" },
        { "no_such_thing", "1" },
        { "", "1" },
        { "probe_serial", "12345" },
        { "probe_serial", "5EC70B0A2D0000000000000g" },
        { "probe_board_id", "07555" },
    };
    struct board_params p, before;

    params_defaults(&p);
    before = p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err e = { 0 };

        assert_false(params_set(&p, bad[i][0], bad[i][1], &e));
        assert_int_equal(e.kind, ERR_USAGE);
        assert_memory_equal(&p, &before, sizeof p);
    }
}

static void a_text_may_be_left_empty(void **state)
{
    struct board_params p;
    struct err e = { 0 };

    params_defaults(&p);
    assert_true(params_set(&p, "probe_board_id", "", &e));
    assert_string_equal(p.probe_board_id, "");
}

static void the_hash_tells_sets_and_chips_apart(void **state)
{
    struct board_params p, q;
    struct err e = { 0 };

    params_defaults(&p);
    q = p;
    assert_int_equal(params_hash(&p, "stm32u073rc"), params_hash(&q, "stm32u073rc"));
    assert_int_not_equal(params_hash(&p, "stm32u073rc"), params_hash(&p, "stm32g071rb"));
    for (const struct param_row *row = param_rows; row->name; row++) {
        const char *other = row->chars == 24 ? "000000000000000000000000" : row->chars ? "0000" : row->def == row->least ? "1" : NULL;
        char least[PARAM_TEXT];

        q = p;
        snprintf(least, sizeof least, "%llu", (unsigned long long)row->least);
        assert_true(params_set(&q, row->name, other ? other : least, &e));
        assert_int_not_equal(params_hash(&p, "stm32u073rc"), params_hash(&q, "stm32u073rc"));
    }
}

static void all_of_them_fit_into_the_text(void **state)
{
    struct board_params p;
    char text[PARAMS_TEXT_MAX];
    size_t len;

    params_defaults(&p);
    len = params_print(&p, text, sizeof text);
    assert_true(len < sizeof text / 2); /* room for the longest values */
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "probe_turnaround_us=300\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_lie_within_their_limits),        cmocka_unit_test(a_number_is_decimal_or_hexadecimal),
        cmocka_unit_test(nonsense_is_refused_and_changes_nothing), cmocka_unit_test(a_text_may_be_left_empty),
        cmocka_unit_test(the_hash_tells_sets_and_chips_apart),     cmocka_unit_test(all_of_them_fit_into_the_text),
    };

    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
