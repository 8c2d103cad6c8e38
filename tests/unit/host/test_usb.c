/* test_usb.c - what all USB fabrics share: lists, texts, the trace, the udev rule. */
#include "fake_usb.h"
#include "probe/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void a_list_keeps_copies_and_can_be_freed_twice(void **state)
{
    struct usb_list list = { 0 };
    struct err e = { 0 };
    struct usb_id id = { .vid = 0x0483 };

    for (uint16_t i = 0; i < 100; i++) {
        id.pid = i;
        assert_true(usb_list_add(&list, &id, &e));
    }
    assert_int_equal(list.count, 100);
    assert_int_equal(list.ids[7].pid, 7);
    usb_list_free(&list);
    assert_int_equal(list.count, 0);
    usb_list_free(&list);
}

static void serial_numbers_become_text(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        { "066DFF535550755187191037", 24, "066DFF535550755187191037" },
        { "\x06\x6D\xFF\x53\x55\x50\x75\x51\x87\x19\x10\x37", 12, "066DFF535550755187191037" }, /* raw */
        { "ABCDEFGHIJKL", 12, "ABCDEFGHIJKL" },                                                 /* twelve, but text */
        { "\x01"
          "2345678901234567890123",
          23, ".2345678901234567890123" },
        { "", 0, "" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];

        usb_text((const uint8_t *)rows[i].bytes, rows[i].len, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void texts_that_are_too_long_are_cut(void **state)
{
    char text[10];

    usb_text((const uint8_t *)"0123456789ABCDEF", 16, text, sizeof text);
    assert_string_equal(text, "012345678");
    usb_text((const uint8_t *)"\1\2\3\4\5\6\7\10\11\12\13\14", 12, text, sizeof text);
    assert_string_equal(text, "01020304");
}

static void keep(void *ctx, const char *line) { strcpy(ctx, line); }

static void the_trace_has_one_line_per_transfer(void **state)
{
    struct fake_usb f;
    struct err e = { 0 };
    char line[300] = "";
    uint8_t data[64] = { 0xF5 };
    size_t done;

    fake_usb_init(&f, 0x374B, ">> f5 00*15\n< 01 00\n< 11*40\n< 80 timeout\n>> 22*3 stall\n");
    f.base.trace = keep;
    f.base.trace_ctx = line;
    assert_true(usb_bulk(&f.base, 0x01, data, 16, &done, 100, &e));
    assert_string_equal(line, "usb   bulk 01 out 16 f5 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    assert_true(usb_bulk(&f.base, 0x81, data, 64, &done, 100, &e));
    assert_string_equal(line, "usb   bulk 81 in  2 01 00");
    assert_true(usb_bulk(&f.base, 0x81, data, 64, &done, 100, &e)); /* the rest is counted only */
    assert_string_equal(line,
                        "usb   bulk 81 in  40 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 "
                        "11 11 ...");
    assert_false(usb_bulk(&f.base, 0x81, data, 64, &done, 100, &e));
    assert_int_equal(done, 1);
    assert_string_equal(line, "usb   bulk 81 in  1 of 64 80: no answer over USB in time");
    memset(data, 0x22, 3);
    assert_false(usb_bulk(&f.base, 0x01, data, 3, &done, 100, &e));
    assert_string_equal(line, "usb   bulk 01 out 3 of 3 22 22 22: the USB device refused the transfer (stall)");
    fake_usb_done(&f);
    usb_close(&f.base);
    usb_close(NULL);
}

/* The rule in an error message is one line for one device; the file that `make install` installs must know all of them. */
static void the_installed_rules_know_every_probe_that_we_know(void **state)
{
    static char rules[8000];
    FILE *file = fopen(TESTS_DIR "/../packaging/60-sector0.rules", "r");
    char rule[200];

    assert_non_null(file);
    rules[fread(rules, 1, sizeof rules - 1, file)] = '\0';
    fclose(file);
    for (unsigned pid = 0; pid <= 0xFFFF; pid++) {
        const struct usb_id id = { .vid = 0x0483, .pid = (uint16_t)pid };
        char text[8];

        if (!probe_kind_of(&id) && !probe_refusal(&id) && pid != 0xDF11)
            continue;
        snprintf(text, sizeof text, "%04x", pid);
        assert_non_null(strstr(rules, text));
        assert_non_null(strstr(usb_udev_rule(&id, rule, sizeof rule), text));
    }
    assert_non_null(strstr(rules, "0483"));
    assert_non_null(strstr(USB_UDEV_FILE, "60-sector0.rules"));
}

/* A device that gives one answer to everything, and remembers the last request. */
struct parrot {
    struct usb_device usb;
    const char *answer;
    size_t len;
    uint8_t type, request;
    uint16_t value, index;
};

static bool parrot_control(struct usb_device *d, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                           size_t *done, unsigned timeout_ms, struct err *e)
{
    struct parrot *p = (struct parrot *)d;

    p->type = type;
    p->request = request;
    p->value = value;
    p->index = index;
    *done = p->len < len ? p->len : len;
    if (*done)
        memcpy(data, p->answer, *done);
    return true;
}

static void strings_are_read_and_not_believed(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text; /* NULL: refused */
    } rows[] = {
        { "\x06\x03O\0k\0", 6, "Ok" }, { "\xFF\x03O\0k\0", 6, "Ok" }, /* says more than it has */
        { "\x04\x03O\0k\0", 6, "O" },                                 /* says less */
        { "\x05\x03O\0k", 5, "O" },                                   /* half a character */
        { "\x02\x03", 2, "" },         { "\x06\x04O\0k\0", 6, NULL }, /* something else */
        { "\x06", 1, NULL },           { "", 0, NULL },
    };
    static const struct usb_device_ops ops = { .control = parrot_control };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parrot p = { .usb = { .ops = &ops }, .answer = rows[i].bytes, .len = rows[i].len };
        struct err e = { 0 };
        char text[20];

        assert_int_equal(usb_string(&p.usb, 4, text, sizeof text, &e), rows[i].text != NULL);
        if (rows[i].text)
            assert_string_equal(text, rows[i].text);
        else
            assert_int_equal(e.kind, ERR_PROTOCOL);
        assert_true(usb_string(&p.usb, 0, text, sizeof text, &e)); /* no such string */
        assert_string_equal(text, "");
    }
}

static void an_alternate_setting_is_chosen_by_a_standard_request(void **state)
{
    static const struct usb_device_ops ops = { .control = parrot_control };
    struct parrot p = { .usb = { .ops = &ops } };
    struct err e = { 0 };

    assert_true(usb_set_alternate(&p.usb, 2, 3, &e));
    assert_true(p.type == 0x01 && p.request == 11 && p.value == 3 && p.index == 2); /* USB 2.0 9.4.10 */
    assert_false(usb_comes_back(&p.usb, 10, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_keeps_copies_and_can_be_freed_twice),
        cmocka_unit_test(serial_numbers_become_text),
        cmocka_unit_test(texts_that_are_too_long_are_cut),
        cmocka_unit_test(the_trace_has_one_line_per_transfer),
        cmocka_unit_test(strings_are_read_and_not_believed),
        cmocka_unit_test(an_alternate_setting_is_chosen_by_a_standard_request),
        cmocka_unit_test(the_installed_rules_know_every_probe_that_we_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
