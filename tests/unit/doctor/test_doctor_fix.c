/* test_doctor_fix.c - `doctor --fix`: what it changes, what it says, and what it never loses. */
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLASH_BYTES = 256 * 1024 };

static const char *text_of(json_t *result, const char *name)
{
    const char *text = json_string_value(json_object_get(result, name));

    return text ? text : "";
}

static json_t *fix(const char *more, int *status)
{
    char words[300];

    snprintf(words, sizeof words, "doctor --fix %s", more);
    return json_object_get(doctor_json(words, status), "result");
}

/* A fault that did not come to its turn before comes now: then once more. */
static void run_twice(struct rig *r, const char *words)
{
    for (unsigned i = 0; i < 2; i++) {
        *r = (struct rig){ .env_probe = "bench:b.board" };
        rig_run(r, words);
        if (r->status == 0)
            return;
        doctor_bench("advance b.board 1s");
    }
    fail_msg("%s: status %d: %s", words, r->status, r->err);
}

/* All of flash as it can be read, in a file. */
static void keep_flash(const char *file)
{
    static struct rig r;
    char words[200];

    snprintf(words, sizeof words, "read 0x08000000 %d -o %s", FLASH_BYTES, file);
    run_twice(&r, words);
}

static void same_flash(const char *what)
{
    char command[100];

    keep_flash("after.bin");
    snprintf(command, sizeof command, "cmp -s before.bin after.bin");
    if (system(command) != 0)
        fail_msg("%s: flash was changed", what);
}

static void an_image(void) /* good vectors, an endless loop */
{
    static const unsigned char image[] = { 0x00, 0x20, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xFE, 0xE7, 0x00, 0xBF, 0, 0, 0, 0 };
    FILE *f = fopen("i.bin", "wb");

    assert_non_null(f);
    fwrite(image, 1, sizeof image, f);
    fclose(f);
}

static void what_costs_nothing_and_what_can_be_taken_back_is_done_without_loss(void **state)
{
    static const char *const names[] = { "stale-flags", "half-a-double-word", "boots-bootloader-always",
                                         "boots-sram",  "empty-flag-stale",   "nrst-pin-is-gpio" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *result;
        int status;

        doctor_board(names[i], NULL);
        keep_flash("before.bin");
        result = fix("", &status);
        if (!json_is_true(json_object_get(result, "changed")))
            fail_msg("%s: nothing was changed", names[i]);
        assert_true(json_array_size(json_object_get(result, "done")) > 0);
        same_flash(names[i]);
    }
}

static void the_founding_case_is_put_right_with_a_mended_program(void **state)
{
    int status;
    json_t *result;

    an_image();
    doctor_board("page0-protected", NULL);
    result = fix("--image i.bin --at 0x08000000", &status);
    assert_true(json_is_true(json_object_get(result, "changed")));
    assert_int_equal(status, 0);
    assert_string_equal(doctor_found(), "");
    doctor_json("doctor", &status);
    assert_int_equal(status, 0);
    doctor_json("verify i.bin --at 0x08000000", &status);
    assert_int_equal(status, 0);
}

/* The careless program is still there: it does it again, and that is said. */
static void without_a_program_the_founding_case_comes_back_and_it_says_so(void **state)
{
    static struct rig r;

    doctor_board("page0-protected", NULL);
    r = (struct rig){ .env_probe = "bench:b.board" };
    rig_run(&r, "doctor --fix");
    assert_int_equal(r.status, EXIT_ATTENTION);
    assert_non_null(strstr(r.out, "it is back: the firmware in flash makes it at every start"));
}

static void protection_that_may_be_meant_needs_an_image_or_its_flag(void **state)
{
    json_t *result;
    int status;

    an_image();
    doctor_board("bootloader-pages-protected", NULL);
    result = fix("", &status);
    assert_int_equal(status, EXIT_ATTENTION);
    assert_false(json_is_true(json_object_get(result, "changed")));
    assert_non_null(strstr(text_of(result, "missing"), "--lift-wrp"));
    assert_string_equal(doctor_found(), "!wrp-pages");
    fix("--image i.bin --at 0x08000000", &status); /* page 0 only: the rest stays protected */
    assert_string_equal(doctor_found(), "!wrp-pages");
    assert_non_null(
        strstr(json_string_value(json_object_get(
                   json_array_get(json_object_get(json_object_get(doctor_json("doctor", NULL), "result"), "findings"), 0), "what")),
               "1..3"));
    fix("--lift-wrp", &status);
    assert_string_equal(doctor_found(), "");
    assert_int_equal(status, 0);
}

static void what_destroys_needs_its_own_flag(void **state)
{
    json_t *result;
    int status;

    doctor_board("readout-protected", NULL);
    result = fix("", &status);
    assert_int_equal(status, EXIT_ATTENTION);
    assert_false(json_is_true(json_object_get(result, "changed")));
    assert_non_null(strstr(text_of(result, "missing"), "--erase-everything"));
    fix("--erase-everything", &status);
    assert_int_equal(status, 0);
    doctor_board("reads-damaged-flash", NULL);
    result = fix("", &status);
    assert_false(json_is_true(json_object_get(result, "changed")));
    assert_non_null(strstr(text_of(result, "missing"), "--erase-page"));
    fix("--erase-page", &status);
    assert_string_equal(doctor_found(), "");
}

static void at_a_terminal_a_word_is_typed_for_what_destroys(void **state)
{
    static struct rig r;

    doctor_board("readout-protected", NULL);
    r = (struct rig){ .env_probe = "bench:b.board", .answer = "no\n" };
    rig_run(&r, "doctor --fix --erase-everything");
    assert_int_equal(r.status, EXIT_ATTENTION);
    assert_non_null(strstr(r.out, "the word was not typed"));
    r = (struct rig){ .env_probe = "bench:b.board", .answer = "erase\n" };
    rig_run(&r, "doctor --fix --erase-everything");
    assert_int_equal(r.status, 0);
}

static void nothing_to_fix_changes_nothing_and_says_what_is_missing(void **state)
{
    static const struct {
        const char *name, *missing;
    } rows[] = {
        { "swd-not-wired", "check SWDIO" }, { "no-power", "supply" }, { "core-in-fault", "firmware" }, { "sleeping", "nothing to fix" }
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *result;
        int status;

        doctor_board(rows[i].name, NULL);
        result = fix("", &status);
        assert_false(json_is_true(json_object_get(result, "changed")));
        if (!strstr(text_of(result, "missing"), rows[i].missing))
            fail_msg("%s: missing '%s'", rows[i].name, text_of(result, "missing"));
    }
}

/* The remedies go by a probe; over USB nothing is touched, and that is said. */
static void over_usb_nothing_is_fixed_and_it_says_what_is_missing(void **state)
{
    json_t *result;
    int status;

    doctor_board("boots-bootloader-always", NULL);
    keep_flash("before.bin");
    result = fix("--probe bench:b.board,dfu", &status);
    assert_int_equal(status, EXIT_ATTENTION);
    assert_string_equal(doctor_found(), "!rom-boot-by-option");
    assert_false(json_is_true(json_object_get(result, "changed")));
    assert_non_null(strstr(text_of(result, "missing"), "a debug probe"));
    same_flash("over USB");
    doctor_board("blank-read-protected", NULL);
    result = fix("--probe bench:b.board,dfu", &status);
    assert_non_null(strstr(text_of(result, "missing"), "sector0 dfu unprotect --erase-everything"));
}

static void damaged_words_become_the_factorys_if_nothing_was_saved(void **state)
{
    json_t *result, *done;
    int status;

    system("rm -rf sector0");
    doctor_board("option-mismatch", NULL);
    result = fix("", &status);
    done = json_object_get(result, "done");
    assert_string_equal(json_string_value(json_array_get(done, 0)), "nothing was saved for this chip: the factory's words are written");
    assert_string_equal(doctor_found(), "");
    assert_int_equal(status, 0);
}

static void a_report_says_the_same_without_the_board(void **state)
{
    static const char *const names[] = { "stale-flags", "swd-not-wired", "watchdog-reset-loop" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char found[2000];
        int status, again;

        doctor_board(names[i], NULL);
        doctor_json("doctor --report r.json", &status);
        snprintf(found, sizeof found, "%s", doctor_found());
        assert_int_equal(unlink("b.board"), 0);
        doctor_json("doctor --replay r.json", &again);
        assert_string_equal(doctor_found(), found);
        assert_int_equal(again, status);
    }
}

static json_t *report(const char *words)
{
    json_error_t where;
    json_t *o;

    doctor_json(words, NULL);
    o = json_load_file("r.json", 0, &where);
    if (!o)
        fail_msg("%s: %s", words, where.text);
    return o;
}

static unsigned lines_with(const json_t *trace, const char *text)
{
    unsigned n = 0;

    for (size_t i = 0; i < json_array_size(trace); i++)
        n += strstr(json_string_value(json_array_get(trace, i)), text) != NULL;
    return n;
}

static void a_report_has_a_trace_and_versions_and_no_contents_but_those_asked_for(void **state)
{
    static const char reset_vector[] = "09 00 00 08"; /* of an_image */
    json_t *plain, *whole;
    const json_t *trace;
    int status;

    an_image();
    doctor_board(NULL, "stm32u073rc");
    doctor_json("flash i.bin --at 0x08000000", &status);
    assert_int_equal(status, 0);
    plain = report("doctor --report r.json");
    whole = report("doctor --report r.json --contents");

    assert_true(json_string_length(json_object_get(json_object_get(plain, "versions"), "sector0")) > 0);
    assert_string_equal(json_string_value(json_object_get(json_object_get(plain, "versions"), "probe")), "V2J46M32");
    trace = json_object_get(plain, "trace");
    assert_in_range(json_array_size(trace), 50, 2000);
    assert_in_range(json_integer_value(json_object_get(plain, "trace_dropped")), 0, 0);
    assert_true(lines_with(trace, "probe GET_VERSION") > 0);
    assert_true(lines_with(trace, "usb   bulk 81 in") > 0);
    assert_int_equal(lines_with(trace, reset_vector), 0);
    assert_null(json_object_get(plain, "flash"));

    assert_true(lines_with(json_object_get(whole, "trace"), reset_vector) > 0);
    assert_int_equal(json_object_size(json_object_get(whole, "flash")), 1); /* one page is not blank */
    assert_memory_equal(json_string_value(json_object_get(json_object_get(whole, "flash"), "0x08000000")),
                        "0020002009000008fee700bf00000000", 32);
    json_decref(plain);
    json_decref(whole);
    doctor_json("doctor --replay r.json", &status);
    assert_int_equal(status, 0);
}

/* A failing command says why under its error. */
static void failures_show_the_finding(void **state)
{
    static const struct {
        const char *name, *words, *shows;
    } rows[] = {
        { "page0-protected", "flash i.bin --at 0x08000000", "wrp-from-hal-obget" },
        { "page0-protected", "erase --pages 0", "wrp-from-hal-obget" },
        { "readout-protected", "verify i.bin --at 0x08000000", "rdp1-active" },
        { "page-refuses", "flash i.bin --at 0x08001010", "not-erased-first" },
        { "flash-busy-for-ever", "erase --pages 5", "flash-busy-stuck" },
        { "swd-not-wired", "option show", "target-silent" },
    };

    an_image();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct rig r;

        doctor_board(rows[i].name, NULL);
        r = (struct rig){ .env_probe = "bench:b.board" };
        rig_run(&r, rows[i].words);
        if (r.status == 0 || !strstr(r.err, "  why   ") || !strstr(r.err, rows[i].shows))
            fail_msg("%s, %s: status %d, %s%s", rows[i].name, rows[i].words, r.status, r.out, r.err);
    }
}

/* ---- why does it not start? ---- */

static void a_program_that_faults_at_once_is_told_after_programming(void **state)
{
    static const unsigned char faults[] = { 0x00, 0x20, 0x00, 0x20, 0x11, 0x00, 0x00, 0x08, 0x11, 0,
                                            0,    8,    0x13, 0,    0,    8,    0x00, 0xDE, 0xFE, 0xE7 };
    FILE *f = fopen("f.bin", "wb");
    int status;

    assert_non_null(f);
    fwrite(faults, 1, sizeof faults, f);
    fclose(f);
    doctor_board(NULL, "stm32u073rc");
    doctor_json("flash f.bin --at 0x08000000", &status);
    assert_int_equal(status, EXIT_ATTENTION);
    assert_string_equal(doctor_found(), "!core-in-hardfault");
    an_image();
    doctor_json("flash i.bin --at 0x08000000", &status);
    assert_int_equal(status, 0);
}

/* ---- the cable, at any moment of a look or a repair ---- */

static void keep_options(char *text, size_t cap)
{
    static struct rig r;

    run_twice(&r, "option show");
    snprintf(text, cap, "%s", r.out);
}

static void cut_at(unsigned transfer, const char *words, bool may_change_options)
{
    static char before[RIG_TEXT], after[RIG_TEXT];
    char scenario[400], command[100];
    FILE *f = fopen("cut.scenario", "w");
    static struct rig r;

    snprintf(scenario, sizeof scenario,
             "summary cut\napp again\noption WRP1AR=0x00030002\nrun 10ms\nfault unplug at transfer %u for 300ms\n", transfer);
    assert_non_null(f);
    fputs(scenario, f);
    fclose(f);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario cut.scenario");
    r = (struct rig){ .env_probe = "bench:b.board" };
    rig_run(&r, words);
    doctor_bench("advance b.board 1s");
    keep_flash("after.bin");
    snprintf(command, sizeof command, "cmp -s before.bin after.bin");
    if (system(command) != 0)
        fail_msg("cut at transfer %u of `%s`: flash was changed", transfer, words);
    doctor_bench("new c.board --force --chip stm32u073rc --scenario plain.scenario");
    keep_options(after, sizeof after);
    if (!may_change_options) {
        r = (struct rig){ .env_probe = "bench:c.board" };
        rig_run(&r, "option show");
        snprintf(before, sizeof before, "%s", r.out);
        assert_string_equal(before, after);
    } else if (!strstr(after, "WRP1AR    0x00030002") && !strstr(after, "WRP1AR    0x0000007F")) {
        fail_msg("cut at transfer %u of `%s`: neither old nor new words: %s", transfer, words, after);
    }
}

static void an_unplugged_cable_leaves_flash_and_options_as_they_were_or_as_announced(void **state)
{
    FILE *f = fopen("plain.scenario", "w");

    assert_non_null(f);
    fputs("summary plain\napp again\noption WRP1AR=0x00030002\nrun 10ms\n", f);
    fclose(f);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario plain.scenario");
    keep_flash("before.bin");
    for (unsigned transfer = 20; transfer < 260; transfer += 40)
        cut_at(transfer, "doctor", false);
    for (unsigned transfer = 30; transfer < 330; transfer += 50)
        cut_at(transfer, "doctor --fix --lift-wrp", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_costs_nothing_and_what_can_be_taken_back_is_done_without_loss),
        cmocka_unit_test(the_founding_case_is_put_right_with_a_mended_program),
        cmocka_unit_test(without_a_program_the_founding_case_comes_back_and_it_says_so),
        cmocka_unit_test(protection_that_may_be_meant_needs_an_image_or_its_flag),
        cmocka_unit_test(what_destroys_needs_its_own_flag),
        cmocka_unit_test(at_a_terminal_a_word_is_typed_for_what_destroys),
        cmocka_unit_test(nothing_to_fix_changes_nothing_and_says_what_is_missing),
        cmocka_unit_test(over_usb_nothing_is_fixed_and_it_says_what_is_missing),
        cmocka_unit_test(damaged_words_become_the_factorys_if_nothing_was_saved),
        cmocka_unit_test(a_report_says_the_same_without_the_board),
        cmocka_unit_test(a_report_has_a_trace_and_versions_and_no_contents_but_those_asked_for),
        cmocka_unit_test(failures_show_the_finding),
        cmocka_unit_test(a_program_that_faults_at_once_is_told_after_programming),
        cmocka_unit_test(an_unplugged_cable_leaves_flash_and_options_as_they_were_or_as_announced),
    };

    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
