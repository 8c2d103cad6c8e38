/* test_state.c - states saved and loaded by their tables; and that the models' tables are complete. */
#include "state_cover.h"

#include "cpu/cpu.h"
#include "stlink/stlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct sample {
    uint8_t small;
    bool flag; /* a byte of padding may follow */
    uint32_t word;
    uint16_t pair[2];
    uint64_t big;
};
DEFINE_STATE(sample_table, "sample", struct sample, STATE_ONE(struct sample, small, 9), STATE_ONE(struct sample, flag, 1),
             STATE_ONE(struct sample, word, STATE_ANY), STATE_MANY(struct sample, pair, 1000), STATE_ONE(struct sample, big, STATE_ANY));
DEFINE_STATE(forgetful_table, "sample", struct sample, STATE_ONE(struct sample, small, 9), STATE_ONE(struct sample, word, STATE_ANY),
             STATE_MANY(struct sample, pair, 1000), STATE_ONE(struct sample, big, STATE_ANY));
DEFINE_STATE(double_table, "sample", struct sample, STATE_ONE(struct sample, small, 9), STATE_ONE(struct sample, flag, 1),
             STATE_ONE(struct sample, word, STATE_ANY), STATE_MANY(struct sample, pair, 1000), STATE_ONE(struct sample, big, STATE_ANY),
             STATE_ONE(struct sample, word, STATE_ANY));

static const struct sample example = { 7, true, 0x12345678, { 999, 3 }, UINT64_C(0x1122334455667788) };

static void fields_are_little_endian_in_table_order(void **state)
{
    static const uint8_t expected[18] = { 7, 1, 0x78, 0x56, 0x34, 0x12, 0xE7, 3, 3, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
    uint8_t bytes[18];

    assert_int_equal(state_size(&sample_table), sizeof bytes);
    state_save(&sample_table, &example, bytes);
    assert_memory_equal(bytes, expected, sizeof bytes);
}

static void what_was_saved_is_loaded(void **state)
{
    struct sample back = { 0 };
    struct err e = { 0 };
    uint8_t bytes[18];

    state_save(&sample_table, &example, bytes);
    assert_true(state_load(&sample_table, &back, bytes, sizeof bytes, &e));
    assert_null(state_first_difference(&sample_table, &example, &back));
    back.pair[1]++;
    assert_string_equal(state_first_difference(&sample_table, &example, &back), "pair");
}

static void a_value_above_its_limit_is_refused_and_nothing_changed(void **state)
{
    struct sample back = { .small = 1 };
    struct err e = { 0 };
    uint8_t bytes[18];

    state_save(&sample_table, &example, bytes);
    bytes[8] = 0xFF; /* pair[1] = 255 is legal, 0xFFFF is not */
    bytes[9] = 0xFF;
    assert_false(state_load(&sample_table, &back, bytes, sizeof bytes, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.cause, "pair[1] is 65535"));
    assert_int_equal(back.small, 1);
}

static void a_wrong_length_is_refused(void **state)
{
    struct sample back;
    struct err e = { 0 };
    uint8_t bytes[19] = { 0 };

    assert_false(state_load(&sample_table, &back, bytes, 17, &e));
    assert_false(state_load(&sample_table, &back, bytes, 19, &e));
    assert_int_equal(e.kind, ERR_INPUT);
}

static void the_format_changes_with_the_fields(void **state)
{
    assert_int_not_equal(state_format(&sample_table), state_format(&forgetful_table));
    assert_int_equal(state_format(&sample_table), state_format(&sample_table));
}

static void a_forgotten_field_is_found(void **state)
{
    struct sample s;
    const unsigned char *real = STATE_REAL(&s);

    memset(&s, 0xFF, sizeof s);
    STATE_CLEAR_PADDING(&s);
    assert_int_equal(state_hole(&sample_table, real), -1);
    if (real)
        assert_int_equal(state_hole(&forgetful_table, real), offsetof(struct sample, flag));
    assert_int_equal(state_hole(&double_table, real), offsetof(struct sample, word));
}

static void every_model_lists_its_whole_state(void **state)
{
    assert_state_covered(cpu_state_table, struct cpu_state);
    assert_state_covered(dap_state_table, struct dap_state);
    assert_state_covered(stlink_state_table, struct stlink_state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_little_endian_in_table_order),
        cmocka_unit_test(what_was_saved_is_loaded),
        cmocka_unit_test(a_value_above_its_limit_is_refused_and_nothing_changed),
        cmocka_unit_test(a_wrong_length_is_refused),
        cmocka_unit_test(the_format_changes_with_the_fields),
        cmocka_unit_test(a_forgotten_field_is_found),
        cmocka_unit_test(every_model_lists_its_whole_state),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
