/* test_doctor_tests.c - `doctor --test`: each test says first what it will do, says what came of it, and puts back what it borrowed. */
#include "board/file.h"
#include "doctor/deciding.h"
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { RAM = 0x20000000, RAM_BYTES = 1024, FLASH = 0x08000000, FLASH_BYTES = 256 * 1024 };

static struct rig r;

static const char *tested(const char *id, const char *more, int status)
{
    char words[100];

    snprintf(words, sizeof words, "doctor --test %s %s", id, more);
    r = (struct rig){ .env_probe = "bench:b.board" };
    rig_run(&r, words);
    if (status >= 0 && r.status != status)
        fail_msg("%s: status %d: %s%s", words, r.status, r.out, r.err);
    return r.out;
}

static void board_of(const char *lines)
{
    FILE *f = fopen("t.scenario", "w");

    assert_non_null(f);
    fprintf(f, "summary tested\napp again\nrun 10ms\n%s", lines);
    fclose(f);
    doctor_board("t.scenario", NULL);
}

static void peek(uint32_t addr, uint8_t *bytes, size_t len)
{
    struct err e = { 0 };
    struct board *b = board_file_read("b.board", &e);

    assert_non_null(b);
    assert_true(chip_peek(b->chip, addr, bytes, len));
    board_free(b);
}

/* The line of a test, and what stands behind it. */
static const char *line_of(const struct deciding_test *t, const char *out)
{
    char line[300];
    const char *at;

    snprintf(line, sizeof line, "test %-5s %s\n", t->id, t->announces);
    at = strstr(out, line);
    return at ? at + strlen(line) : NULL;
}

static void each_test_says_what_it_will_do_and_then_what_came_of_it(void **state)
{
    for (const struct deciding_test *t = deciding_tests; t->id; t++) {
        const char *behind;

        board_of("");
        behind = line_of(t, tested(t->id, "", EXIT_DONE));
        if (!behind || strncmp(behind, "          ", 10) != 0 || strstr(behind, "no answer"))
            fail_msg("%s: %s", t->id, r.out);
    }
    board_of("");
    tested("", "", EXIT_DONE); /* all of them, in their order */
    for (const struct deciding_test *t = deciding_tests; t[1].id; t++)
        assert_true(line_of(t, r.out) && line_of(t, r.out) < line_of(t + 1, r.out));
}

/* First: it stands there also when the cable goes before anything was done. */
static void it_is_said_before_it_is_done(void **state)
{
    for (const struct deciding_test *t = deciding_tests; t->id; t++) {
        const char *behind = NULL;
        unsigned at = 60;

        for (; at < 1000 && !behind; at++) {
            char lines[60];

            snprintf(lines, sizeof lines, "fault unplug at transfer %u\n", at);
            board_of(lines);
            behind = line_of(t, tested(t->id, "", -1));
        }
        if (!behind || behind[0] || r.status == EXIT_DONE)
            fail_msg("%s, unplugged at transfer %u: status %d, %s%s", t->id, at, r.status, r.out, r.err);
    }
}

static unsigned number(json_t *all, const char *name)
{
    return (unsigned)json_integer_value(json_object_get(json_object_get(json_object_get(all, "result"), "evidence"), name));
}

static void the_sweep_finds_the_fastest_clock_that_the_wires_carry(void **state)
{
    static const struct {
        unsigned wires_khz, good, bad;
    } rows[] = { { 2000, 1800, 4000 }, { 1000, 950, 1800 }, { 500, 480, 950 }, { 300, 240, 480 }, { 120, 100, 240 } };
    uint8_t before[RAM_BYTES], after[RAM_BYTES];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[120], says[120];
        json_t *all;

        snprintf(lines, sizeof lines, "poke fill 0x20000000 1024 0x77\nfault swd-edges at swd 1 every khz %u\n", rows[i].wires_khz);
        board_of(lines);
        peek(RAM, before, sizeof before);
        all = doctor_json("doctor --test speed --speed 100", NULL);
        if (number(all, "test_speed_good") != rows[i].good || number(all, "test_speed_bad") != rows[i].bad)
            fail_msg("%u kHz: good %u, bad %u", rows[i].wires_khz, number(all, "test_speed_good"), number(all, "test_speed_bad"));
        assert_string_equal(doctor_found(), "!swd-speed-signal");
        peek(RAM, after, sizeof after);
        assert_memory_equal(before, after, sizeof before);
        board_of(lines);
        snprintf(says, sizeof says, "          RAM loses a pattern at %u kHz, holds it at %u kHz\n", rows[i].bad, rows[i].good);
        if (!strstr(tested("speed", "--speed 100", EXIT_ATTENTION), says))
            fail_msg("%s", r.out);
        snprintf(says, sizeof says, "SWD is not reliable at %u kHz", rows[i].bad);
        assert_non_null(strstr(r.out, says));
    }
    board_of("");
    assert_non_null(strstr(tested("speed", "", EXIT_DONE), "          RAM holds a pattern at 4000 kHz\n"));
}

static void a_double_word_is_programmed_and_taken_back(void **state)
{
    static uint8_t before[FLASH_BYTES], after[FLASH_BYTES];

    board_of("");
    peek(FLASH, before, sizeof before);
    assert_non_null(strstr(tested("write", "", EXIT_DONE),
                           "a double word at 0x0803F800 (page 127, blank): programmed, read back and erased again; FLASH_SR=0x00000000"));
    peek(FLASH, after, sizeof after);
    assert_memory_equal(before, after, sizeof before);
    board_of("poke fill 0x0803F800 2048 0x00\noption WRP1AR=0x007E007E\n"); /* a page that is not blank, one that is protected */
    assert_non_null(strstr(tested("write", "", EXIT_ATTENTION), "a double word at 0x0803E800 (page 125, blank): programmed"));
}

static void nrst_is_pulsed_and_seen_or_not(void **state)
{
    board_of("");
    assert_non_null(strstr(tested("nrst", "", EXIT_DONE), ": NRST reaches the chip\n"));
    board_of("wiring nrst open\n");
    assert_non_null(strstr(tested("nrst", "", EXIT_ATTENTION), ": the pulse did not reach the chip\n"));
}

static void empty_is_looked_at_afresh(void **state)
{
    doctor_board("empty-flag-stale", NULL);
    doctor_json("doctor", NULL);
    assert_string_equal(doctor_found(), "!empty-flag-stale");
    doctor_board("empty-flag-stale", NULL);
    assert_non_null(
        strstr(tested("empty", "", EXIT_DONE), "          loaded anew: ACR.EMPTY=0, the first words are 0x20002000 0x080000C3\n"));
    assert_non_null(strstr(r.out, "healthy: nothing found"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_test_says_what_it_will_do_and_then_what_came_of_it),
        cmocka_unit_test(it_is_said_before_it_is_done),
        cmocka_unit_test(the_sweep_finds_the_fastest_clock_that_the_wires_carry),
        cmocka_unit_test(a_double_word_is_programmed_and_taken_back),
        cmocka_unit_test(nrst_is_pulsed_and_seen_or_not),
        cmocka_unit_test(empty_is_looked_at_afresh),
    };

    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
