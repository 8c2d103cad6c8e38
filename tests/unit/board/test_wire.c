/* test_wire.c - frames of the owner's protocol: what is built is read, what is short or wrong is noticed. */
#include "owner/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct wire_in reader(const struct wire_out *o, size_t from)
{
    return (struct wire_in){ .at = o->b.bytes + from, .end = o->b.bytes + o->b.len };
}

static void a_frame_is_read_as_it_was_built(void **state)
{
    const struct frame sent = { .type = REQUEST_SLEEP, .flags = FLAG_ASYNC, .id = 0xDEADBEEF, .time_ns = UINT64_C(1) << 40 };
    struct wire_out o = { 0 };
    struct frame got;
    struct wire_in in;
    char text[8];
    size_t len;

    wire_begin(&o, &sent);
    buffer_u8(&o.b, 200);
    buffer_u16(&o.b, 60000);
    buffer_u32(&o.b, 4000000000u);
    buffer_u64(&o.b, UINT64_MAX - 1);
    wire_text(&o, "probe");
    wire_bytes(&o, "\0\1\2", 3);
    wire_end(&o);
    assert_int_equal(wire_get_frame(o.b.bytes, o.b.len, &got), WIRE_WHOLE);
    assert_int_equal(got.type, sent.type);
    assert_int_equal(got.flags, sent.flags);
    assert_int_equal(got.id, sent.id);
    assert_int_equal(got.time_ns, sent.time_ns);
    assert_int_equal(got.bytes, o.b.len - FRAME_HEADER_BYTES);
    in = reader(&o, FRAME_HEADER_BYTES);
    assert_int_equal(wire_get_u8(&in), 200);
    assert_int_equal(wire_get_u16(&in), 60000);
    assert_int_equal(wire_get_u32(&in), 4000000000u);
    assert_int_equal(wire_get_u64(&in), UINT64_MAX - 1);
    wire_get_text(&in, text, sizeof text);
    assert_string_equal(text, "probe");
    assert_memory_equal(wire_get_bytes(&in, &len), "\0\1\2", 3);
    assert_int_equal(len, 3);
    assert_true(wire_get_end(&in));
    buffer_free(&o.b);
}

static void every_shorter_payload_is_bad(void **state)
{
    struct wire_out o = { 0 };

    buffer_u32(&o.b, 7);
    wire_text(&o, "hello");
    wire_bytes(&o, "abc", 3);
    for (size_t len = 0; len < o.b.len; len++) {
        struct wire_in in = { .at = o.b.bytes, .end = o.b.bytes + len };
        char text[16];
        size_t count;

        wire_get_u32(&in);
        wire_get_text(&in, text, sizeof text);
        wire_get_bytes(&in, &count);
        assert_true(in.bad);
        assert_false(wire_get_end(&in));
    }
    buffer_free(&o.b);
}

static void after_the_end_only_zeroes_come(void **state)
{
    static const uint8_t one[1] = { 0xFF };
    struct wire_in in = { .at = one, .end = one + 1 };
    size_t len = 9;

    assert_int_equal(wire_get_u16(&in), 0);
    assert_int_equal(wire_get_u8(&in), 0); /* although a byte is there: the payload is bad */
    assert_null(wire_get_bytes(&in, &len));
    assert_int_equal(len, 0);
}

static void a_length_beyond_the_end_is_bad(void **state)
{
    static const uint8_t bytes[6] = { 0xFF, 0xFF, 0xFF, 0xFF, 'a', 'b' };
    struct wire_in in = { .at = bytes, .end = bytes + sizeof bytes };
    size_t len;

    assert_null(wire_get_bytes(&in, &len));
    assert_true(in.bad);
}

static void a_text_is_cut_and_made_printable(void **state)
{
    static const uint8_t bytes[] = { 6, 0, 'a', '\n', 0, 0x7F, 'b', 'c' };
    struct wire_in in = { .at = bytes, .end = bytes + sizeof bytes };
    char text[6];

    wire_get_text(&in, text, sizeof text);
    assert_string_equal(text, "a???b");
    assert_true(wire_get_end(&in));
}

static void a_frame_that_announces_too_much_is_refused(void **state)
{
    uint8_t header[FRAME_HEADER_BYTES] = { 1, 0, 0x10 }; /* 1 MiB + 1 */
    struct frame f;

    assert_int_equal(wire_get_frame(header, sizeof header, &f), WIRE_TOO_LONG);
    header[0] = 0;
    assert_int_equal(wire_get_frame(header, sizeof header, &f), WIRE_SHORT);
    assert_int_equal(wire_get_frame(header, sizeof header - 1, &f), WIRE_SHORT);
}

static void a_frame_too_long_to_send_fails(void **state)
{
    const struct frame f = { .type = REQUEST_REPORT };
    struct wire_out o = { 0 };

    wire_begin(&o, &f);
    assert_non_null(buffer_grow(&o.b, FRAME_PAYLOAD_MAX + 1));
    wire_end(&o);
    assert_true(o.b.failed);
    buffer_free(&o.b);
}

static void an_error_arrives_whole(void **state)
{
    struct err sent = { 0 }, got = { 0 };
    struct wire_out o = { 0 };
    struct wire_in in;

    err_set(&sent, ERR_NODEV, "probe in use by openocd (pid 7)");
    err_doing(&sent, "claiming");
    err_seen(&sent, "one");
    err_seen(&sent, "two");
    err_hint(&sent, "wait");
    wire_err(&o, &sent);
    in = reader(&o, 0);
    wire_get_err(&in, &got);
    assert_true(wire_get_end(&in));
    assert_int_equal(got.kind, ERR_NODEV);
    assert_string_equal(got.cause, sent.cause);
    assert_string_equal(got.hint, "wait");
    assert_int_equal(got.n_doing, 1);
    assert_string_equal(got.doing[0], "claiming");
    assert_int_equal(got.n_seen, 2);
    assert_string_equal(got.seen[1], "two");
    buffer_free(&o.b);
}

static void a_broken_error_is_an_error_too(void **state)
{
    static const uint8_t kinds[] = { ERR_NONE, ERR_BUG + 1, 255 };

    for (size_t i = 0; i < sizeof kinds; i++) {
        const uint8_t bytes[] = { kinds[i], 0, 0, 0, 0, 0, 0 };
        struct wire_in in = { .at = bytes, .end = bytes + sizeof bytes };
        struct err e = { 0 };

        wire_get_err(&in, &e);
        assert_int_equal(e.kind, ERR_PROTOCOL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_as_it_was_built),  cmocka_unit_test(every_shorter_payload_is_bad),
        cmocka_unit_test(after_the_end_only_zeroes_come),   cmocka_unit_test(a_length_beyond_the_end_is_bad),
        cmocka_unit_test(a_text_is_cut_and_made_printable), cmocka_unit_test(a_frame_that_announces_too_much_is_refused),
        cmocka_unit_test(a_frame_too_long_to_send_fails),   cmocka_unit_test(an_error_arrives_whole),
        cmocka_unit_test(a_broken_error_is_an_error_too),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
