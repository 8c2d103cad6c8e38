/* test_rsp_packet.c - framing of GDB's protocol: what is taken, what is refused, whatever the pieces it comes in. */
#include "rsp/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rsp_parser parser;

static int fresh(void **state)
{
    (void)state;
    memset(&parser, 0, sizeof parser);
    return 0;
}

/* The next event in `text` from *at on. */
static enum rsp_input next(const char *text, size_t *at)
{
    size_t used;
    const enum rsp_input event = rsp_parse(&parser, (const uint8_t *)text + *at, strlen(text) - *at, &used);

    *at += used;
    return event;
}

static void expect_packet(const char *text, const char *payload)
{
    size_t at = 0;

    assert_int_equal(next(text, &at), RSP_PACKET);
    assert_int_equal(parser.len, strlen(payload));
    assert_string_equal((const char *)parser.bytes, payload);
    assert_int_equal(next(text, &at), RSP_MORE);
}

static void a_packet_with_the_right_sum_is_taken(void **state)
{
    expect_packet("$m20000000,4#4f", "m20000000,4");
    expect_packet("$#00", "");
    expect_packet("noise $?#3F", "?");
}

static void a_wrong_sum_or_digits_that_are_none_are_bad(void **state)
{
    static const char *const texts[] = { "$?#3e", "$?#00", "$?#zz", "$?#3g", "$?#g3", "$m0,4#$1" };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t at = 0;

        assert_int_equal(next(texts[i], &at), RSP_BAD);
    }
}

static void acknowledgements_and_interrupts_stand_between_packets(void **state)
{
    const char *text = "+-\003$\003#03+";
    size_t at = 0;

    assert_int_equal(next(text, &at), RSP_ACK);
    assert_int_equal(next(text, &at), RSP_NACK);
    assert_int_equal(next(text, &at), RSP_INTERRUPT);
    assert_int_equal(next(text, &at), RSP_PACKET); /* inside one it is a byte like any other */
    assert_int_equal(parser.bytes[0], 3);
    assert_int_equal(next(text, &at), RSP_ACK);
    assert_int_equal(next(text, &at), RSP_MORE);
}

static void escapes_are_undone(void **state)
{
    uint8_t payload[] = { 'X', '#', '$', '}', '*', 0, 0xFF }, frame[RSP_FRAME_MAX];
    const size_t len = rsp_frame(frame, payload, sizeof payload);
    size_t used;

    assert_int_equal(len, sizeof payload + 4 + 4); /* four are escaped */
    assert_int_equal(rsp_parse(&parser, frame, len, &used), RSP_PACKET);
    assert_int_equal(used, len);
    assert_int_equal(parser.len, sizeof payload);
    assert_memory_equal(parser.bytes, payload, sizeof payload);
}

static void a_packet_in_single_bytes_is_the_same(void **state)
{
    const char *text = "$qCRC:8000000,}\003#87";
    size_t used;

    for (size_t i = 0; text[i]; i++) {
        const enum rsp_input event = rsp_parse(&parser, (const uint8_t *)text + i, 1, &used);

        assert_int_equal(used, 1);
        assert_int_equal(event, text[i + 1] ? RSP_MORE : RSP_PACKET);
    }
    assert_int_equal(parser.state, RSP_IDLE);
    assert_int_equal(parser.bytes[parser.len - 1], '#'); /* 3 ^ 0x20 */
}

static void a_new_packet_replaces_a_half_one(void **state) { expect_packet("$m20000$?#3f", "?"); }

static void the_longest_packet_is_taken_and_one_byte_more_is_not(void **state)
{
    uint8_t *frame = malloc(RSP_FRAME_MAX);
    uint8_t *payload = malloc(RSP_PACKET_MAX + 1);
    size_t used;

    assert_non_null(frame);
    assert_non_null(payload);
    memset(payload, 'A', RSP_PACKET_MAX + 1);
    assert_int_equal(rsp_parse(&parser, frame, rsp_frame(frame, payload, RSP_PACKET_MAX), &used), RSP_PACKET);
    assert_int_equal(parser.len, RSP_PACKET_MAX);
    assert_int_equal(rsp_parse(&parser, frame, rsp_frame(frame, payload, RSP_PACKET_MAX + 1), &used), RSP_TOO_LONG);
    assert_int_equal(rsp_parse(&parser, (const uint8_t *)"$?#3f", 5, &used), RSP_PACKET); /* it is over */
    free(frame);
    free(payload);
}

static void numbers_of_more_than_32_bits_are_refused(void **state)
{
    const char *good = "ffffffff,rest", *long_one = "100000000", *zeros = "000000000000000007;", *none = "xyz";
    uint32_t value = 1;

    assert_true(rsp_number(&good, &value));
    assert_int_equal(value, UINT32_MAX);
    assert_string_equal(good, ",rest");
    assert_false(rsp_number(&long_one, &value));
    assert_true(rsp_number(&zeros, &value));
    assert_int_equal(value, 7);
    assert_false(rsp_number(&none, &value));
    assert_int_equal(value, 7);
}

static void hexadecimal_bytes_come_in_exact_pairs(void **state)
{
    uint8_t bytes[4] = { 0 };
    char text[9];

    assert_true(rsp_unhex("00fFa55A", bytes, 4));
    rsp_hex(text, bytes, 4);
    assert_string_equal(text, "00ffa55a");
    assert_true(rsp_unhex("", bytes, 0));
    assert_false(rsp_unhex("00ffa55", bytes, 4));
    assert_false(rsp_unhex("00ffa55a0", bytes, 4));
    assert_false(rsp_unhex("00ffa5g0", bytes, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_packet_with_the_right_sum_is_taken, fresh),
        cmocka_unit_test_setup(a_wrong_sum_or_digits_that_are_none_are_bad, fresh),
        cmocka_unit_test_setup(acknowledgements_and_interrupts_stand_between_packets, fresh),
        cmocka_unit_test_setup(escapes_are_undone, fresh),
        cmocka_unit_test_setup(a_packet_in_single_bytes_is_the_same, fresh),
        cmocka_unit_test_setup(a_new_packet_replaces_a_half_one, fresh),
        cmocka_unit_test_setup(the_longest_packet_is_taken_and_one_byte_more_is_not, fresh),
        cmocka_unit_test_setup(numbers_of_more_than_32_bits_are_refused, fresh),
        cmocka_unit_test_setup(hexadecimal_bytes_come_in_exact_pairs, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
