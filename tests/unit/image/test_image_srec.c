/* test_image_srec.c - Motorola S-records: every record type, every way to be wrong. "??" in a record stands for the right checksum. */
#include "image_test.h"

#define END "S9030000FC\n"

static void check_srec(const char *records, const char *want)
{
    struct image im = { 0 };
    struct err e = { 0 };
    char file[1024], text[1024];

    checked(records, file, sizeof file);
    assert_true(parses(image_parse_srec, file, strlen(file), &e));
    assert_true(image_parse_srec(&im, (const uint8_t *)file, strlen(file), &e));
    assert_string_equal(im.format, "srec");
    assert_string_equal(image_text(&im, text, sizeof text), want);
    image_free(&im);
}

static void addresses_of_two_three_and_four_bytes_are_read(void **state)
{
    check_srec("S0030000FC\nS1051234AABB??\nS9030000FC\n", "0x00001234 aa bb\n");
    check_srec("S206123456AABB??\nS804000000FB\n", "0x00123456 aa bb\n");
    check_srec("S30708000000AABB??\nS70500000000FA\n", "0x08000000 aa bb\n");
    check_srec("S104000001??\nS20500000102??\nS3060000000203??\nS9030000FC\n", "0x00000000 01 02 03\n");
}

static void each_end_record_gives_its_entry_and_0_means_none(void **state)
{
    check_srec("S104000055??\nS90300C1??\n", "0x00000000 55\nentry 0x000000c1\n");
    check_srec("S104000055??\nS8041234C1??\n", "0x00000000 55\nentry 0x001234c1\n");
    check_srec("S104000055??\nS705080000C1??\n", "0x00000000 55\nentry 0x080000c1\n");
    check_srec("S104000055??\nS70500000000FA\n", "0x00000000 55\n");
}

static void count_records_are_counted(void **state)
{
    check_srec("S104000055??\nS104000156??\nS5030002??\n" END, "0x00000000 55 56\n");
    check_srec("S104000055??\nS604000001??\nS104000156??\nS5030002??\n" END, "0x00000000 55 56\n");
}

static void records_out_of_order_are_sorted_and_joined(void **state)
{
    check_srec("S104000809??\nS10500040506??\nS107000001020304??\n" END, "0x00000000 01 02 03 04 05 06\n0x00000008 09\n");
}

static void line_ends_blanks_and_letter_case_do_not_matter(void **state)
{
    check_srec("\r\nS1050000aaBb??\r\n\n \nS9030000fc", "0x00000000 aa bb\n");
}

static void the_longest_record_is_read(void **state)
{
    char records[600], want[1024];
    size_t n = (size_t)sprintf(records, "S1FF0000"), w = (size_t)sprintf(want, "0x00000000");

    for (unsigned i = 0; i < 252; i++) {
        n += (size_t)sprintf(records + n, "%02X", i);
        w += (size_t)sprintf(want + w, " %02x", i);
    }
    sprintf(records + n, "??\n" END);
    strcpy(want + w, "\n");
    check_srec(records, want);
}

static void every_fault_is_named_with_its_line(void **state)
{
    static const struct {
        const char *name, *records;
    } cases[] = {
        // clang-format off
        { "text instead of a record",          "S104000055??\nhello\n" END                           },
        { "small s",                           "s104000055??\n" END                                  },
        { "S alone",                           "S\n" END                                             },
        { "S and a letter",                    "SA04000055\n" END                                    },
        { "reserved type",                     "S104000055??\nS4030000??\n" END                      },
        { "not a digit",                       "S10400G055AA\n" END                                  },
        { "half a byte",                       "S104000055A\n" END                                   },
        { "type alone",                        "S1\n" END                                            },
        { "fewer bytes than said",             "S1050000555A\n" END                                  },
        { "more bytes than said",              "S1030000555A\n" END                                  },
        { "no room for the address",           "S3030000??\n" END                                    },
        { "no room for the checksum",          "S700\n"                                              },
        { "wrong checksum",                    "S0030000FC\nS1040000FFFF\n" END                      },
        { "header with wrong checksum",        "S0030000FB\nS104000055??\n" END                      },
        { "count too low",                     "S104000055??\nS104000156??\nS5030001??\n" END        },
        { "count too high",                    "S104000055??\nS604000002??\n" END                    },
        { "count with data",                   "S104000055??\nS504000001??\n" END                    },
        { "end with data",                     "S104000055??\nS9050000AABB??\n"                      },
        { "past the end of 16 bits",           "S105FFFFAABB??\n" END                                },
        { "past the end of 24 bits",           "S206FFFFFFAABB??\n" END                              },
        { "past the end of the address space", "S307FFFFFFFFAABB??\n" END                            },
        { "the same line twice",               "S104000055??\nS104000055??\n" END                    },
        { "overlap of two kinds",              "S1070000AABBCCDD??\nS3060000000355??\n" END          },
        { "no end record",                     "S0030000FC\nS104000055??\n"                          },
        { "cut in the middle of a line",       "S104000055??\nS10400"                                },
        { "record after the end",              "S104000055??\n" END "S104000155??\n"                 },
        { "two end records",                   "S104000055??\n" END END                              },
        { "no data at all",                    "S0030000FC\n" END                                    },
        { "only empty data records",           "S1030000FC\n" END                                    },
        { "blank lines only",                  "\n\n"                                                },
        // clang-format on
    };
    struct golden g;
    char file[1024];

    golden_begin(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e;

        checked(cases[i].records, file, sizeof file);
        assert_false(parses(image_parse_srec, file, strlen(file), &e));
        assert_int_equal(e.kind, ERR_INPUT);
        golden_case(&g, cases[i].name, &e);
    }
    golden_end(&g, "srec.txt");
}

static void a_record_longer_than_any_is_refused(void **state)
{
    static char file[5001];
    struct err e;

    memset(file, '0', sizeof file - 1);
    file[0] = 'S';
    assert_false(parses(image_parse_srec, file, sizeof file - 1, &e));
    assert_non_null(strstr(e.cause, "longer than any record"));
}

/* Every byte of a good file replaced by a few others: an error of kind input or a valid image, and a sanitizer that stays silent. */
static void a_damaged_file_is_an_error_or_an_image(void **state)
{
    char good[512];
    struct err e;

    checked("S0030000FC\r\nS30708000000AABB??\r\nS20500000102??\nS5030002??\nS705080000C1??\n", good, sizeof good);
    for (size_t i = 0; i < strlen(good); i++)
        for (const char *c = "0F1S4579\n\r \xff"; *c; c++) {
            char bad[512];

            strcpy(bad, good);
            bad[i] = *c;
            assert_true(parses(image_parse_srec, bad, strlen(bad), &e) || e.kind == ERR_INPUT);
        }
    for (size_t len = 0; len + 1 < strlen(good); len++)
        assert_false(parses(image_parse_srec, good, len, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_two_three_and_four_bytes_are_read),
        cmocka_unit_test(each_end_record_gives_its_entry_and_0_means_none),
        cmocka_unit_test(count_records_are_counted),
        cmocka_unit_test(records_out_of_order_are_sorted_and_joined),
        cmocka_unit_test(line_ends_blanks_and_letter_case_do_not_matter),
        cmocka_unit_test(the_longest_record_is_read),
        cmocka_unit_test(every_fault_is_named_with_its_line),
        cmocka_unit_test(a_record_longer_than_any_is_refused),
        cmocka_unit_test(a_damaged_file_is_an_error_or_an_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
