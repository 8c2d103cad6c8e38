/* test_image_hex.c - Intel HEX: every record type, every way to be wrong. "??" in a record stands for the right checksum. */
#include "image_test.h"

#define END ":00000001FF\n"

static void check_hex(const char *records, const char *want)
{
    struct image im = { 0 };
    struct err e = { 0 };
    char file[1024], text[1024];

    checked(records, file, sizeof file);
    assert_true(parses(image_parse_hex, file, strlen(file), &e));
    assert_true(image_parse_hex(&im, (const uint8_t *)file, strlen(file), &e));
    assert_string_equal(im.format, "hex");
    assert_string_equal(image_text(&im, text, sizeof text), want);
    image_free(&im);
}

static void linear_addresses_carry_data_above_64_kib(void **state)
{
    check_hex(":020000040800F2\n:0400000001020304F2\n" END, "0x08000000 01 02 03 04\n");
}

static void data_may_cross_a_64_kib_border_with_linear_addresses(void **state)
{
    check_hex(":020000040800F2\n:04FFFE0001020304F5\n" END, "0x0800fffe 01 02 03 04\n");
}

static void data_may_reach_the_last_address(void **state) { check_hex(":02000004FFFF??\n:02FFFE00AABB??\n" END, "0xfffffffe aa bb\n"); }

static void segment_addresses_shift_by_four(void **state) { check_hex(":020000021234B6\n:01001000559A\n" END, "0x00012350 55\n"); }

static void both_kinds_of_start_address_become_the_entry(void **state)
{
    check_hex(":0100000055AA\n:04000005080000C12E\n" END, "0x00000000 55\nentry 0x080000c1\n");
    check_hex(":0100000055AA\n:0400000310000100E8\n" END, "0x00000000 55\nentry 0x00010100\n");
    check_hex(":0100000055AA\n:04000005080000C12E\n:04000005080000C12E\n" END, "0x00000000 55\nentry 0x080000c1\n");
}

static void records_out_of_order_are_sorted_and_joined(void **state)
{
    check_hex(":0100080009??\n:020004000506EF\n:0400000001020304F2\n" END, "0x00000000 01 02 03 04 05 06\n0x00000008 09\n");
}

static void line_ends_blanks_and_letter_case_do_not_matter(void **state)
{
    check_hex("\r\n:0100000055aa\r\n\n:01000100ab??  \t\r\n \r\n:00000001ff", "0x00000000 55 ab\n");
}

static void the_longest_record_is_read(void **state)
{
    char records[600], want[1024];
    size_t n = (size_t)sprintf(records, ":FF000000"), w = (size_t)sprintf(want, "0x00000000");

    for (unsigned i = 0; i < 255; i++) {
        n += (size_t)sprintf(records + n, "%02X", i);
        w += (size_t)sprintf(want + w, " %02x", i);
    }
    sprintf(records + n, "??\n" END);
    strcpy(want + w, "\n");
    check_hex(records, want);
}

static void every_fault_is_named_with_its_line(void **state)
{
    static const struct {
        const char *name, *records;
    } cases[] = {
        // clang-format off
        { "text instead of a record",            ":0100000055AA\nhello\n" END                                          },
        { "comment",                             "; made by hand\n:0100000055AA\n" END                                 },
        { "bytes that are no text",              ":0100000055AA\n\x01\xff\x7f\n" END                                   },
        { "not a digit",                         ":01000000G5AA\n" END                                                 },
        { "unprintable digit",                   ":01000000\x80" "5AA\n" END                                           },
        { "blank inside",                        ":01000000 55AA\n" END                                                },
        { "half a byte",                         ":0100000055A\n" END                                                  },
        { "colon alone",                         ":\n" END                                                             },
        { "too short",                           ":00000001\n"                                                         },
        { "fewer data bytes than said",          ":04000000010203F6\n" END                                             },
        { "more data bytes than said",           ":02000000010203F8\n" END                                             },
        { "wrong checksum",                      ":020000040800F2\n:0400000001020304F3\n" END                          },
        { "unknown record type",                 ":0100000655??\n" END                                                 },
        { "end record with data",                ":0100000055AA\n:0100000155??\n"                                      },
        { "end record with offset",              ":0100000055AA\n:00123401??\n"                                        },
        { "linear address of one byte",          ":0100000408??\n" END                                                 },
        { "linear address of four bytes",        ":0400000408000000??\n" END                                           },
        { "linear address with offset",          ":021000040800??\n" END                                               },
        { "segment address of three bytes",      ":03000002100000??\n" END                                             },
        { "start address of two bytes",          ":020000050800??\n" END                                               },
        { "two start addresses",                 ":0100000055AA\n:04000005080000C12E\n:04000005080000C3??\n" END       },
        { "past the end of the address space",   ":02000004FFFF??\n:04FFFE0001020304??\n" END                          },
        { "past the end of a segment",           ":020000021000??\n:04FFFE0001020304??\n" END                          },
        { "the same line twice",                 ":0400000001020304F2\n:0400000001020304F2\n" END                      },
        { "overlap by one byte, out of order",   ":0400030001020304??\n:0400000001020304??\n" END                      },
        { "overlap far apart in the file",       ":0400000001020304??\n:0100200055??\n:0100100055??\n:0100030055??\n" END },
        { "no end record",                       ":0400000001020304F2\n"                                               },
        { "cut in the middle of a line",         ":0400000001020304F2\n:04000400010203"                                },
        { "record after the end",                ":0100000055AA\n" END ":0100010055A9\n"                               },
        { "garbage after the end",               ":0100000055AA\n" END "\x1a"                                          },
        { "two files in one",                    ":0100000055AA\n" END ":0100100055??\n" END                           },
        { "no data at all",                      END                                                                   },
        { "only empty data records",             ":0000000000\n" END                                                   },
        { "blank lines only",                    "\n\r\n  \n"                                                          },
        // clang-format on
    };
    struct golden g;
    char file[1024];

    golden_begin(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e;

        checked(cases[i].records, file, sizeof file);
        assert_false(parses(image_parse_hex, file, strlen(file), &e));
        assert_int_equal(e.kind, ERR_INPUT);
        golden_case(&g, cases[i].name, &e);
    }
    golden_end(&g, "hex.txt");
}

static void a_record_longer_than_any_is_refused(void **state)
{
    static char file[5000];
    struct err e;

    memset(file, '0', sizeof file - 1);
    file[0] = ':';
    assert_false(parses(image_parse_hex, file, sizeof file - 1, &e));
    assert_non_null(strstr(e.cause, "longer than any record"));
}

/* Every byte of a good file replaced by a few others: an error of kind input or a valid image, and a sanitizer that stays silent. */
static void a_damaged_file_is_an_error_or_an_image(void **state)
{
    char good[512];
    struct err e;

    checked(":020000040800F2\n:0400000001020304F2\r\n:04000005080000C12E\n:020000021000??\n:0200100055AA??\n" END, good, sizeof good);
    for (size_t i = 0; i < strlen(good); i++)
        for (const char *c = "0F:G\n\r \xff"; *c; c++) {
            char bad[512];

            strcpy(bad, good);
            bad[i] = *c;
            assert_true(parses(image_parse_hex, bad, strlen(bad), &e) || e.kind == ERR_INPUT);
        }
    for (size_t len = 0; len + 2 < strlen(good); len++) /* without the last digits, or without the last line, it is never whole */
        assert_false(parses(image_parse_hex, good, len, &e));
}

/* 65536 separate bytes, the last one first, are sorted in one go; one more is no program. */
static void many_ranges_backwards_are_sorted_until_there_are_too_many(void **state)
{
    enum { LINES = 65536 };
    char *const file = malloc((LINES + 2) * 2 * 32);

    for (int lines = LINES; lines <= LINES + 1; lines++) {
        size_t len = 0;
        struct err e;
        int upper = -1;

        for (int i = lines - 1; i >= 0; i--) {
            const unsigned addr = (unsigned)i * 2;

            if ((int)(addr >> 16) != upper) {
                upper = (int)(addr >> 16);
                len += (size_t)sprintf(file + len, ":02000004%04X%02X\n", upper, (0x100 - (6 + upper)) & 0xFF);
            }
            len += (size_t)sprintf(file + len, ":01%04X0055%02X\n", addr & 0xFFFF,
                                   (0x100 - (0x56 + (addr >> 8 & 0xFF) + (addr & 0xFF))) & 0xFF);
        }
        len += (size_t)sprintf(file + len, END);
        if (lines == LINES)
            assert_true(parses(image_parse_hex, file, len, &e));
        else {
            assert_false(parses(image_parse_hex, file, len, &e));
            assert_non_null(strstr(e.cause, "65537 separate address ranges"));
        }
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_addresses_carry_data_above_64_kib),
        cmocka_unit_test(data_may_cross_a_64_kib_border_with_linear_addresses),
        cmocka_unit_test(data_may_reach_the_last_address),
        cmocka_unit_test(segment_addresses_shift_by_four),
        cmocka_unit_test(both_kinds_of_start_address_become_the_entry),
        cmocka_unit_test(records_out_of_order_are_sorted_and_joined),
        cmocka_unit_test(line_ends_blanks_and_letter_case_do_not_matter),
        cmocka_unit_test(the_longest_record_is_read),
        cmocka_unit_test(every_fault_is_named_with_its_line),
        cmocka_unit_test(a_record_longer_than_any_is_refused),
        cmocka_unit_test(a_damaged_file_is_an_error_or_an_image),
        cmocka_unit_test(many_ranges_backwards_are_sorted_until_there_are_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
