/* test_cli_board.c - list, info, read and reset on virtual boards, in process; what they print, and what they do to the board. */
#include "../host/fake_usb.h"
#include "cli/cli.h" /* the bench's */
#include "cli_rig.h"
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One command of the bench, its output thrown away. */
static void bench(const char *words)
{
    char text[300], *argv[20] = { "sector0-bench" }, *rest;
    const int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int argc = 1, status;

    snprintf(text, sizeof text, "%s", words);
    for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    fflush(stdout);
    dup2(null, STDOUT_FILENO);
    status = bench_main(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    close(null);
    assert_int_equal(status, 0);
}

static int in_a_folder(void **state)
{
    static char folder[] = "/tmp/sector0-cli-XXXXXX";

    assert_non_null(mkdtemp(folder));
    *state = folder;
    setenv("XDG_STATE_HOME", folder, 1); /* saves of option words go there */
    rig_detach_all();
    return chdir(folder);
}

static int folder_gone(void **state)
{
    char command[100];

    snprintf(command, sizeof command, "rm -r '%s'", (const char *)*state);
    return chdir("/") != 0 || system(command) != 0;
}

static void golden(const char *words, const char *name)
{
    struct rig r = { .env_probe = "bench:b.board" };

    rig_run(&r, words);
    rig_is_golden(&r, words, name);
}

static void new_board(const char *chip)
{
    char words[100];

    snprintf(words, sizeof words, "new b.board --force --chip %s", chip);
    bench(words);
}

/* One whose program runs for ever: a blank one is in its bootloader, which can be started once. */
static void board_with_program(void)
{
    FILE *f = fopen("runs.scenario", "w");

    assert_non_null(f);
    fputs("summary runs for ever\napp again\n", f);
    fclose(f);
    bench("new b.board --force --chip stm32u073rc --scenario runs.scenario");
}

static void a_new_board_is_shown(void **state)
{
    new_board("stm32u073rc");
    golden("info", "info-u073");
    golden("info -v", "info-u073-verbose");
    golden("info --json", "info-u073-json");
    golden("info --connect under-reset", "info-u073-under-reset");
    golden("list", "list-board");
    new_board("stm32g071rb");
    golden("info", "info-g071");
}

/* A whole `info` on the wire: an STM32U031, which no virtual chip stands behind, as an ST-LINK would answer for it. */
static struct fake_usb u031;

static struct usb_device *open_u031(const struct usb_id *id, unsigned interface, struct err *e) { return &u031.base; }
static bool list_u031(const char *where, struct usb_list *list, struct err *e) { return usb_list_add(list, &u031.base.id, e); }
static const struct usb_fabric u031_fabric = { "usb", list_u031, open_u031 };
static const char *no_env(const char *name) { return NULL; }

static void a_chip_that_nothing_proves_is_marked(void **state)
{
    static const char script[] = "> f1\n< 2b a0 83 04 4b 37\n> f5\n< 01 00\n"             /* opening */
                                 "> f2 43 00\n< 80 00\n> f7\n< e8 05 00 00 10 08 00 00\n" /* speed, voltage */
                                 "> f2 30 a3\n< 80 00\n> f5\n< 02 00\n"                   /* SWD */
                                 "> f2 4b 00\n< 80 00\n"                                  /* access port 0 */
                                 "> f2 45 ff ff 00 00\n< 80 00 00 00 77 24 a0 6b\n"       /* DPIDR */
                                 "> f2 51 04 00 00 00\n"                                  /* CPUID, DEMCR, DHCSR: asleep */
                                 ">> 05 03 03 03 00*4 00 ed 00 e0 fc ed 00 e0 f0 ed 00 e0\n"
                                 "> f2 52\n< 00*4 01 c6 0c 41 00*4 00 00 05 00 80 00*3 80 00*3 80 00*3 80 00*3\n"
                                 "> f2 36 00 58 01 40\n< 80 00 00 00 59 64 01 10\n" /* IDCODE: an unknown revision */
                                 "> f2 51 05 00 00 00\n"                            /* size 0xFFFF, UID */
                                 ">> 05 03 03 03 03 00 00 00 00*4 a0 3e ff 1f 50 3e ff 1f 54 3e ff 1f 58 3e ff 1f\n"
                                 "> f2 52\n< 00*4 ff*4 01*4 02*4 03*4 80 00*3 80 00*3 80 00*3 80 00*3 80 00*3\n"
                                 "> f2 0c fe 37 ff 1f 01 00\n< b0 00\n> f2 3e\n< 80 00*11\n" /* bootloader id */
                                 "> f2 51 05 00 00 00\n"                                     /* option words */
                                 ">> 05 03 03 03 03 00 00 00 00*4 20 20 02 40 2c 20 02 40 30 20 02 40 80 20 02 40\n"
                                 "> f2 52\n< 00*4 aa fe ff ff 7f 00*3 02 00 03 00 00 00 00 b4 80 00*3 80 00*3 80 00*3 80 00*3 80 00*3\n"
                                 "> f2 36 fc ed 00 e0\n< 80 00*7\n> f2 36 f0 ed 00 e0\n< 80 00*5 05 00\n" /* as found? yes */
                                 "> f2 21\n";
    static const struct usb_fabric *const fabrics[] = { &u031_fabric, NULL };
    static char *words[] = { "sector0", "info", NULL };
    struct rig r = { 0 };
    struct cli_io io = { .env = no_env };

    fake_usb_init(&u031, 0x374B, script);
    u031.base.id.fabric = &u031_fabric;
    io.out = fmemopen(r.out, sizeof r.out - 1, "w");
    io.err = fmemopen(r.err, sizeof r.err - 1, "w");
    r.status = cli_run(2, words, fabrics, &io);
    fclose(io.out);
    fclose(io.err);
    fake_usb_done(&u031);
    assert_true(u031.closed);
    rig_is_golden(&r, "info", "info-u031-unproven");
}

static void memory_is_shown_and_unmapped_memory_is_told(void **state)
{
    new_board("stm32u073rc");
    golden("read 0x1FFF6E4E 21", "read-dump");
    golden("read 0x1FFF6E50 12 --json", "read-json");
    golden("read 0x30000000 16", "read-unmapped");
    golden("read 0x20009FF8 16", "read-over-the-end-of-ram");
    golden("read 0x08000000 64 -o /nonexistent/x.bin", "read-file-cannot-be-written");
}

static void memory_goes_to_files_of_each_format(void **state)
{
    static const char *const names[] = { "x.bin", "x.hex", "x.srec" };

    new_board("stm32u073rc");
    for (unsigned i = 0; i < 3; i++) {
        struct rig r = { .env_probe = "bench:b.board" };
        struct image image = { 0 };
        struct err e = { 0 };
        char words[80];

        snprintf(words, sizeof words, "read 0x1FFF6E50 12 -o %s", names[i]);
        assert_int_equal(rig_run(&r, words), 0);
        assert_true(image_read_file(&image, names[i], IMAGE_AUTO, i == 0, 0x1FFF6E50, &e));
        assert_int_equal(image_size(&image), 12);
        assert_int_equal(image.segments[0].addr, 0x1FFF6E50);
        assert_memory_equal(image.segments[0].bytes, "\x23\x00\x17\x00", 4);
        image_free(&image);
    }
}

static void a_long_read_is_the_same_as_many_short_ones(void **state)
{
    static uint8_t whole[40960];
    struct rig r = { .env_probe = "bench:b.board" };
    FILE *f;

    new_board("stm32u073rc");
    assert_int_equal(rig_run(&r, "read 0x20000000 40960 -o whole.bin"), 0);
    f = fopen("whole.bin", "r");
    assert_int_equal(fread(whole, 1, sizeof whole, f), sizeof whole);
    fclose(f);
    for (uint32_t at = 1; at + 1000 < sizeof whole; at += 7001) { /* all alignments, across blocks of 6144 */
        uint8_t part[1000];
        char words[80];

        snprintf(words, sizeof words, "read %u 1000 -o part.bin", 0x20000000 + at);
        assert_int_equal(rig_run(&r, words), 0);
        f = fopen("part.bin", "r");
        assert_int_equal(fread(part, 1, sizeof part, f), sizeof part);
        fclose(f);
        assert_memory_equal(part, whole + at, sizeof part);
    }
}

/* "running", "halted" */
static const char *core_state(void)
{
    static char state[80];
    struct rig r = { .env_probe = "bench:b.board" };
    json_t *all;

    rig_run(&r, "info --json");
    all = json_loads(r.out, 0, NULL);
    snprintf(state, sizeof state, "%s",
             json_string_value(json_object_get(json_object_get(json_object_get(all, "result"), "core"), "state")));
    json_decref(all);
    return state;
}

static void every_kind_of_reset_leaves_the_core_as_it_says(void **state)
{
    static const struct {
        const char *words, *then;
    } rows[] = {
        { "reset", "running" },
        { "reset --halt", "halted" },
        { "reset --hard", "running" },
        { "reset --hard --halt", "halted" },
        { "reset --halt --connect under-reset", "halted" },
        { "reset", "running" },
        { "reset --connect attach", "running" },
    };

    board_with_program();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = { .env_probe = "bench:b.board" };

        assert_int_equal(rig_run(&r, rows[i].words), 0);
        assert_string_equal(core_state(), rows[i].then);
    }
    golden("reset", "reset");
    golden("reset --hard --halt", "reset-hard-halt");
}

static void what_is_wrong_with_a_board_is_told_apart(void **state)
{
    board_with_program();
    bench("power b.board off");
    golden("info", "board-no-power");
    golden("reset", "board-no-power-reset");
    bench("power b.board on");
    bench("press b.board reset down");
    golden("info", "board-held-in-reset");
    golden("reset --hard", "board-held-in-reset-reset");
    bench("press b.board reset up");
    bench("unplug b.board probe");
    golden("info", "board-unplugged");
    golden("list", "list-board-unplugged");
    bench("plug b.board probe");
    assert_string_equal(core_state(), "running");
    bench("new b.board --force --chip stm32u073rc --set usb_denied=1");
    golden("info", "board-denied");
    bench("new b.board --force --chip stm32u073rc --probe-firmware V2J24M11");
    golden("info", "board-old-firmware");
    bench("new b.board --force --chip stm32u073rc --probe-firmware V2J28M18");
    golden("info", "board-older-firmware");
}

static void readout_protection_is_named(void **state)
{
    struct rig r = { .env_probe = "bench:b.board" };

    new_board("stm32u073rc");
    assert_int_equal(rig_run(&r, "option set RDP=0xBB --yes"), 0);
    golden("info", "info-rdp1");
    golden("read 0x08000000 64", "read-rdp1");
    golden("read 0x20000000 64", "read-rdp1-ram");
    assert_int_equal(rig_run(&r, "option set RDP=0xCC --yes"), EXIT_REFUSED);
    assert_int_equal(rig_run(&r, "info"), 0); /* still there */
}

static void a_signal_stops_a_command_and_leaves_the_board_in_order(void **state)
{
    static const char *const words[] = { "info", "read 0x20000000 40960 -o x.bin", "reset --halt" };

    board_with_program();
    for (unsigned i = 0; i < 3; i++) {
        struct rig r = { .env_probe = "bench:b.board" };

        cli_stop = 1;
        assert_int_equal(rig_run(&r, words[i]), EXIT_INTERRUPTED);
        assert_string_equal(strchr(r.err, '\n') ? strtok(r.err, "\n") : r.err, "error: interrupted");
        assert_int_equal(cli_stop, 0);
        assert_string_equal(core_state(), "running");
    }
}

static void the_trace_has_a_line_for_each_transfer_with_the_boards_time(void **state)
{
    struct rig r = { .env_probe = "bench:b.board" };
    char line[400];
    unsigned transfers = 0, probe_commands = 0;
    double last = 0;
    FILE *f;

    new_board("stm32u073rc");
    assert_int_equal(rig_run(&r, "info --trace t.txt"), 0);
    f = fopen("t.txt", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        const double at = strtod(line, NULL);

        assert_true(at >= last);
        last = at;
        transfers += strstr(line, " usb   bulk ") != NULL;
        probe_commands += strstr(line, " probe ") != NULL;
        assert_true(strstr(line, " usb   ") || strstr(line, " probe "));
    }
    fclose(f);
    assert_true(transfers > 20 && probe_commands > 10);
    assert_true(last > 0.001 && last < 1);
}

static void looking_again_prints_the_same(void **state)
{
    struct rig a = { .env_probe = "bench:b.board" }, b = { .env_probe = "bench:b.board" };

    new_board("stm32u073rc");
    rig_run(&a, "info --json");
    rig_run(&b, "info --json");
    assert_string_equal(a.out, b.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_board_is_shown),
        cmocka_unit_test(a_chip_that_nothing_proves_is_marked),
        cmocka_unit_test(memory_is_shown_and_unmapped_memory_is_told),
        cmocka_unit_test(memory_goes_to_files_of_each_format),
        cmocka_unit_test(a_long_read_is_the_same_as_many_short_ones),
        cmocka_unit_test(every_kind_of_reset_leaves_the_core_as_it_says),
        cmocka_unit_test(what_is_wrong_with_a_board_is_told_apart),
        cmocka_unit_test(readout_protection_is_named),
        cmocka_unit_test(a_signal_stops_a_command_and_leaves_the_board_in_order),
        cmocka_unit_test(the_trace_has_a_line_for_each_transfer_with_the_boards_time),
        cmocka_unit_test(looking_again_prints_the_same),
    };

    return cmocka_run_group_tests(tests, in_a_folder, folder_gone);
}
