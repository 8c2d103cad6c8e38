/* test_image_add.c - segments: sorted, joined, never on top of each other. */
#include "image_test.h"

static const uint8_t some[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void add(struct image *im, uint32_t addr, uint32_t from, uint32_t len)
{
    struct err e = { 0 };

    assert_true(image_add(im, addr, some + from, len, &e));
}

static void check_text(const struct image *im, const char *want)
{
    char text[512];

    check_image(im, 1 << 20);
    assert_string_equal(image_text(im, text, sizeof text), want);
}

static void pieces_in_any_order_end_up_sorted(void **state)
{
    struct image im = { 0 };

    add(&im, 0x300, 0, 2);
    add(&im, 0x100, 2, 2);
    add(&im, 0x200, 4, 2);
    add(&im, 0x400, 6, 2);
    check_text(&im, "0x00000100 02 03\n0x00000200 04 05\n0x00000300 00 01\n0x00000400 06 07\n");
    image_free(&im);
}

static void touching_pieces_are_joined_on_either_side_and_on_both(void **state)
{
    struct image im = { 0 };

    add(&im, 0x104, 4, 4);
    add(&im, 0x10C, 12, 4);
    add(&im, 0x100, 0, 4); /* in front */
    add(&im, 0x110, 0, 1); /* behind */
    assert_int_equal(im.count, 2);
    add(&im, 0x108, 8, 4); /* between */
    check_text(&im, "0x00000100 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 00\n");
    image_free(&im);
}

static void overlap_is_refused_and_nothing_changes(void **state)
{
    static const struct {
        uint32_t addr, len;
    } bad[] = { { 0x100, 1 }, { 0x0FF, 2 }, { 0x103, 8 }, { 0x0F0, 16 + 1 }, { 0x101, 2 }, { 0x100, 4 } };
    struct image im = { 0 };

    add(&im, 0x100, 0, 4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t bytes[32] = { 0 };
        struct err e = { 0 };

        assert_false(image_add(&im, bad[i].addr, bytes, bad[i].len, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        assert_non_null(strstr(e.cause, "0x00000100..0x00000103"));
    }
    check_text(&im, "0x00000100 00 01 02 03\n");
    image_free(&im);
}

static void the_last_address_can_be_used_and_not_passed(void **state)
{
    struct image im = { 0 };
    struct err e = { 0 };
    uint32_t first;
    uint64_t end;

    add(&im, 0xFFFFFFFC, 0, 4);
    image_extent(&im, &first, &end);
    assert_int_equal(first, 0xFFFFFFFC);
    assert_true(end == UINT64_C(0x100000000));
    assert_false(image_add(&im, 0xFFFFFFF8, some, 9, &e));
    assert_int_equal(e.kind, ERR_INPUT);
    image_free(&im);
}

static void an_empty_image_measures_nothing(void **state)
{
    struct image im = { 0 };
    struct err e = { 0 };
    uint32_t first = 1;
    uint64_t end = 1;

    assert_true(image_add(&im, 0x100, some, 0, &e));
    assert_int_equal(im.count, 0);
    assert_int_equal(image_size(&im), 0);
    image_extent(&im, &first, &end);
    assert_int_equal(first, 0);
    assert_int_equal(end, 0);
    image_free(&im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_in_any_order_end_up_sorted),      cmocka_unit_test(touching_pieces_are_joined_on_either_side_and_on_both),
        cmocka_unit_test(overlap_is_refused_and_nothing_changes), cmocka_unit_test(the_last_address_can_be_used_and_not_passed),
        cmocka_unit_test(an_empty_image_measures_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
