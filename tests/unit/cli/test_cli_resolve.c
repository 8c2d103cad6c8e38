/* test_cli_resolve.c - which probe is meant; never a silent guess. */
#include "cli/resolve.h"
#include "cli_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define SERIAL_A "066DFF535550755187191037"
#define SERIAL_B "066EFF535550755187191038"
#define SERIAL_C "B5553D6D0A0B0C0D0E0F1011"

static bool list_some(const char *where, struct usb_list *list, struct err *e)
{
    for (unsigned i = 0; i < rig_device_count; i++)
        if (!usb_list_add(list, &rig_devices[i], e))
            return false;
    return true;
}

static const char *asked_where;

static bool list_board(const char *where, struct usb_list *list, struct err *e)
{
    const struct usb_id dfu = { .vid = 0x0483, .pid = 0xDF11, .path = "target" };
    const struct usb_id probe = { .vid = 0x0483, .pid = 0x374B, .path = "probe", .serial = "BENCH" };

    assert_non_null(where); /* a board is never guessed */
    asked_where = where;
    return usb_list_add(list, &dfu, e) && (strcmp(where, "unplugged") == 0 || usb_list_add(list, &probe, e));
}

static const struct usb_fabric machine = { "usb", list_some, NULL }, bench = { "bench", list_board, NULL };
static const struct usb_fabric *const fabrics[] = { &machine, &bench, NULL };

static int attach_some(void **state)
{
    rig_detach_all();
    rig_attach(0x374B, SERIAL_A, "1-1");
    rig_attach(0x3752, SERIAL_B, "1-2");
    rig_attach(0x3748, SERIAL_C, "2-1");
    rig_attach(0x374E, "003A00323037510B35333131", "2-2"); /* a V3 */
    rig_attach(0xDF11, "FFFFFFFEFFFF", "2-3");
    return 0;
}

static void every_way_of_saying_which(void **state)
{
    static const struct {
        const char *text, *path; /* path NULL: refused */
        enum err_kind kind;
    } rows[] = {
        { "stlink:" SERIAL_A, "1-1", 0 },
        { "stlink:066D", "1-1", 0 },
        { "stlink:066e", "1-2", 0 }, /* case does not matter */
        { "stlink:066", NULL, ERR_NODEV },
        { "stlink:7", NULL, ERR_NODEV },
        { "stlink", NULL, ERR_NODEV }, /* three of them */
        { "stlink:", NULL, ERR_USAGE },
        { "0483:3748", "2-1", 0 },
        { "0483:374B", "1-1", 0 },
        { "0483:374b:066D", "1-1", 0 },
        { "0483:374b:066E", NULL, ERR_NODEV },
        { "0483:374b:", NULL, ERR_USAGE },
        { "0483:374e", NULL, ERR_UNSUPPORTED },
        { "0483:df11", "2-3", 0 },
        { "1234:5678", NULL, ERR_NODEV },
        { "b5", "2-1", 0 },
        { SERIAL_B, "1-2", 0 },
        { "066", NULL, ERR_NODEV },
        { "003A", NULL, ERR_UNSUPPORTED },
        { "nonsense", NULL, ERR_NODEV },
        { "", NULL, ERR_NODEV },
        { NULL, NULL, ERR_NODEV },
        { "dfu", "2-3", 0 },
        { "dfu:FFFF", "2-3", 0 },
        { "dfu:2-3", "2-3", 0 },
        { "dfu:2-4", NULL, ERR_NODEV },
        { "dfu:", NULL, ERR_USAGE },
        { "bench:some.board", "probe", 0 },
        { "bench:with,comma:and colon", "probe", 0 },
        { "bench:some.board,dfu", "target", 0 },
        { "bench:unplugged", NULL, ERR_NODEV },
        { "bench:", NULL, ERR_USAGE },
        { "bench:,dfu", NULL, ERR_USAGE },
        { "jlink:123", NULL, ERR_USAGE },
        { "./some.board", NULL, ERR_USAGE },
        { "some.board", NULL, ERR_USAGE },
        { "048:374b", NULL, ERR_USAGE },
        { "0483:374bx", NULL, ERR_USAGE },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct usb_id id = { 0 };
        struct err e = { 0 };
        const bool ok = resolve_probe(fabrics, rows[i].text, &id, &e);

        if (rows[i].path) {
            assert_true(ok);
            assert_string_equal(id.path, rows[i].path);
        } else {
            assert_false(ok);
            assert_int_equal(e.kind, rows[i].kind);
            assert_true(e.cause[0]);
        }
    }
}

static void equal_serial_numbers_are_told_apart_by_their_place(void **state)
{
    struct rig r = { 0 };
    struct usb_id id;
    struct err e = { 0 };

    rig_attach(0xDF11, "FFFFFFFEFFFF", "2-4.1");
    rig_run(&r, "info --probe dfu");
    rig_is_golden(&r, "info --probe dfu", "probe-dfu");
    assert_false(resolve_probe(fabrics, "dfu", &id, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_non_null(strstr(e.hint, "--probe dfu:2-"));
    assert_false(resolve_probe(fabrics, "dfu:FFFFFFFEFFFF", &id, &e));
    assert_true(resolve_probe(fabrics, "dfu:2-4.1", &id, &e));
    assert_string_equal(id.path, "2-4.1");
    assert_true(resolve_probe(fabrics, "dfu:2-3", &id, &e));
    assert_string_equal(id.path, "2-3");
}

static void a_board_is_asked_for_by_its_own_name(void **state)
{
    struct usb_id id;
    struct err e = { 0 };
    char longer[600] = "bench:";

    assert_true(resolve_probe(fabrics, "bench:/tmp/a b,c.board", &id, &e));
    assert_string_equal(id.serial, "BENCH");
    memset(longer + 6, 'x', 550);
    assert_false(resolve_probe(fabrics, longer, &id, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    memset(longer, 'A', 200);
    longer[200] = '\0';
    assert_false(resolve_probe(fabrics, longer, &id, &e));
    assert_int_equal(e.kind, ERR_USAGE);
}

static void one_probe_needs_no_name_whatever_else_is_attached(void **state)
{
    struct usb_id id;
    struct err e = { 0 };

    rig_detach_all();
    rig_attach(0xDF11, "FFFFFFFEFFFF", "2-3");
    rig_attach(0x374E, "003A00323037510B35333131", "2-2");
    rig_attach(0x374B, SERIAL_A, "1-1");
    assert_true(resolve_probe(fabrics, NULL, &id, &e));
    assert_string_equal(id.path, "1-1");
    assert_true(resolve_probe(fabrics, "stlink", &id, &e));
}

static void what_is_wrong_is_shown(void **state)
{
    struct rig r = { 0 };

    rig_detach_all();
    rig_run(&r, "info");
    rig_is_golden(&r, "info", "probe-none");
    rig_attach(0xDF11, "FFFFFFFEFFFF", "2-3");
    rig_run(&r, "info");
    rig_is_golden(&r, "info", "probe-only-dfu");
    rig_attach(0x374E, "003A00323037510B35333131", "2-2");
    rig_run(&r, "info");
    rig_is_golden(&r, "info", "probe-only-v3");
    attach_some(NULL);
    rig_run(&r, "info");
    rig_is_golden(&r, "info", "probe-several");
    rig_run(&r, "info --probe 066");
    rig_is_golden(&r, "info --probe 066", "probe-ambiguous");
    rig_run(&r, "info --probe 77");
    rig_is_golden(&r, "info --probe 77", "probe-no-such-serial");
    rig_devices[1].access = USB_DENIED;
    rig_run(&r, "info --probe 066E");
    rig_is_golden(&r, "info --probe 066E", "probe-denied");
    assert_int_equal(rig_opened, 0);
    rig_devices[0].access = USB_IN_USE;
    rig_run(&r, "info --probe 066D");
    rig_is_golden(&r, "info --probe 066D", "probe-in-use");
    rig_run(&r, "list");
    rig_is_golden(&r, "list", "list");
    rig_run(&r, "list --json");
    rig_is_golden(&r, "list --json", "list-json");
    rig_detach_all();
    rig_run(&r, "list");
    rig_is_golden(&r, "list", "list-nothing");
}

static void the_environment_names_a_probe_and_the_option_wins(void **state)
{
    struct rig r = { .env_probe = "stlink:77" };

    rig_run(&r, "info");
    assert_non_null(strstr(r.err, "no ST-LINK's serial number begins with '77'"));
    rig_run(&r, "info --probe stlink:88");
    assert_non_null(strstr(r.err, "no ST-LINK's serial number begins with '88'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_way_of_saying_which, attach_some),
        cmocka_unit_test_setup(equal_serial_numbers_are_told_apart_by_their_place, attach_some),
        cmocka_unit_test_setup(a_board_is_asked_for_by_its_own_name, attach_some),
        cmocka_unit_test_setup(one_probe_needs_no_name_whatever_else_is_attached, attach_some),
        cmocka_unit_test_setup(what_is_wrong_is_shown, attach_some),
        cmocka_unit_test_setup(the_environment_names_a_probe_and_the_option_wins, attach_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
