/* test_cli_words.c - arguments, numbers, help, errors as text and as JSON, exit statuses. */
#include "cli_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void numbers_are_decimal_or_hexadecimal_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint32_t value;
    } rows[] = {
        { "0", true, 0 },
        { "10", true, 10 },
        { "010", true, 10 },
        { "0x10", true, 16 },
        { "0XfFfFfFfF", true, 0xFFFFFFFF },
        { "4294967295", true, 0xFFFFFFFF },
        { "4294967296", false, 0 },
        { "0x100000000", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "0x", false, 0 },
        { "0x ", false, 0 },
        { "0x-1", false, 0 },
        { "1K", false, 0 },
        { "12ab", false, 0 },
        { "x10", false, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = { 0 };
        uint32_t value = 0;

        assert_int_equal(cli_number(rows[i].text, &value, &e), rows[i].ok);
        assert_int_equal(value, rows[i].value);
        assert_int_equal(e.kind, rows[i].ok ? ERR_NONE : ERR_USAGE);
    }
}

static void durations_have_a_unit(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t us;
    } rows[] = {
        { "500ms", true, 500000 },
        { "2s", true, 2000000 },
        { "30us", true, 30 },
        { "0s", true, 0 },
        { "18446744073709551615us", true, UINT64_MAX },
        { "18446744073709551615ms", false, 0 },
        { "18446744073709551616us", false, 0 },
        { "5", false, 0 },
        { "", false, 0 },
        { "ms", false, 0 },
        { "-1s", false, 0 },
        { "1.5s", false, 0 },
        { "1 s", false, 0 },
        { "1sec", false, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = { 0 };
        uint64_t us = 0;

        assert_int_equal(cli_duration_us(rows[i].text, &us, &e), rows[i].ok);
        assert_int_equal(us, rows[i].us);
    }
}

static void arguments_that_make_no_sense_are_told(void **state)
{
    static const struct {
        const char *words, *golden;
    } rows[] = {
        { "", "no-command" },
        { "falsh x.elf", "no-such-command" },
        { "frobnicate", "no-such-command-at-all" },
        { "info --frob", "no-such-option" },
        { "--frob info", "no-such-option-before" },
        { "info --probe", "option-without-value" },
        { "info --json=yes --quiet=1", "switch-with-value" },
        { "info extra", "too-many-words" },
        { "read 0x08000000", "too-few-words" },
        { "read 0x08000000 64 65", "one-word-too-many" },
        { "read 0x0800zz 64", "not-a-number" },
        { "read 0xFFFFFFF0 32", "past-the-end" },
        { "read 0x08000000 0", "nothing-to-read" },
        { "read 0x08000000 64 -o out.xyz", "unknown-format" },
        { "read 0x08000000 64 -o out.elf", "no-elf" },
        { "info --speed fast", "speed-not-a-number" },
        { "info --speed 0", "speed-zero" },
        { "info --connect hard", "connect-how" },
        { "info --trace /nonexistent/trace.txt", "trace-cannot-be-written" },
        { "reset --bootloader", "reset-bootloader" },
    };

    rig_detach_all();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = { 0 };

        rig_run(&r, rows[i].words);
        assert_int_not_equal(r.status, 0);
        assert_string_equal(r.out, "");
        rig_is_golden(&r, rows[i].words, rows[i].golden);
    }
    assert_int_equal(rig_opened, 0);
}

static void help_comes_from_the_tables(void **state)
{
    struct rig r = { 0 };

    assert_int_equal(rig_run(&r, "--help"), 0);
    for (const struct command *const *c = commands; *c; c++)
        assert_non_null(strstr(r.out, (*c)->summary));
    for (const struct cli_option *o = cli_common_options; o->name; o++)
        assert_non_null(strstr(r.out, o->help));
    assert_string_equal(r.err, "");
    for (const struct command *const *c = commands; *c; c++) {
        char words[60];

        snprintf(words, sizeof words, "%s --help", (*c)->name);
        assert_int_equal(rig_run(&r, words), 0);
        assert_non_null(strstr(r.out, (*c)->summary));
        for (const struct cli_option *o = (*c)->options; o && o->name; o++)
            assert_non_null(strstr(r.out, o->help));
    }
    rig_run(&r, "read -h");
    rig_is_golden(&r, "read -h", "help-read");
    rig_run(&r, "help read");
    assert_non_null(strstr(r.out, "usage: sector0 read ADDR LEN"));
    rig_run(&r, "--version");
    assert_string_equal(r.out, "sector0 " SECTOR0_VERSION "\n");
}

static void help_says_which_commands_change_something(void **state)
{
    static const char *const changing[] = { "  option ", "  flash ", "  erase ", "  reset ", "  gdb " }, *const looking[] = { "  info ",
                                                                                                                              "  read " };
    struct rig r = { 0 };
    const char *second;

    rig_run(&r, "--help");
    second = strstr(r.out, "commands that change something");
    assert_non_null(second);
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
        assert_true(strstr(r.out, changing[i]) > second);
    for (size_t i = 0; i < sizeof looking / sizeof *looking; i++)
        assert_true(strstr(r.out, looking[i]) < second);
    rig_run(&r, "option --help");
    assert_non_null(strstr(r.out, "but `set` and `restore` halt, reset and write."));
}

static void options_may_stand_anywhere_and_take_their_value_in_two_ways(void **state)
{
    static const char *const ways[] = {
        "--probe 0483:0001 info",           "info --probe 0483:0001", "info --probe=0483:0001", "--probe=0483:0001 info --speed=100",
        "--probe x info --probe 0483:0001",
    };

    rig_detach_all();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct rig r = { .env_probe = "bench:/nonexistent" };

        assert_int_equal(rig_run(&r, ways[i]), EXIT_NO_DEVICE);
        assert_non_null(strstr(r.err, "no probe is 0483:0001"));
    }
}

static void two_dashes_end_the_options(void **state)
{
    struct rig r = { 0 };

    assert_int_equal(rig_run(&r, "read -- --json 64"), EXIT_USAGE);
    assert_non_null(strstr(r.err, "'--json' is not a number"));
}

static void too_many_of_anything_is_an_error_not_an_overflow(void **state)
{
    struct rig r = { 0 };
    char words[1000] = "option";

    for (int i = 0; i < 34; i++)
        strcat(words, " show");
    assert_int_equal(rig_run(&r, words), EXIT_USAGE);
    strcpy(words, "read");
    for (int i = 0; i < 35; i++)
        strcat(words, " --o=x.bin");
    assert_int_equal(rig_run(&r, words), EXIT_USAGE);
    strcpy(words, "read 0 1");
    for (int i = 0; i < 34; i++)
        strcat(words, " -o=x.bin");
    assert_int_equal(rig_run(&r, words), EXIT_USAGE);
    assert_non_null(strstr(r.err, "too many options"));
}

static void json_is_one_object_also_for_errors(void **state)
{
    static const char *const words[] = {
        "--json", "info --json extra", "--json nosuch", "info --json --frob", "--json list", "info --json"
    };

    rig_detach_all();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct rig r = { 0 };
        json_t *all, *error;

        rig_run(&r, words[i]);
        all = json_loads(r.out, 0, NULL);
        assert_non_null(all);
        assert_string_equal(r.err, "");
        assert_int_equal(json_integer_value(json_object_get(all, "exit")), r.status);
        assert_int_equal(json_is_true(json_object_get(all, "ok")), r.status == 0);
        assert_true(json_is_object(json_object_get(all, "result")));
        assert_true(json_is_array(json_object_get(all, "notes")));
        error = json_object_get(all, "error");
        assert_int_equal(error != NULL, r.status != 0);
        if (error) {
            assert_true(json_is_string(json_object_get(error, "kind")));
            assert_true(strlen(json_string_value(json_object_get(error, "cause"))) > 0);
            assert_true(json_is_array(json_object_get(error, "doing")));
            assert_true(json_is_array(json_object_get(error, "seen")));
            assert_true(json_is_string(json_object_get(error, "hint")));
            assert_int_equal(json_integer_value(json_object_get(error, "exit")), r.status);
        }
        json_decref(all);
    }
}

static void any_bytes_in_a_name_still_make_a_json_text(void **state)
{
    static const struct {
        const char *text, *json;
    } rows[] = {
        { "", "" },
        { "plain", "plain" },
        { "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x94\x8C", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x94\x8C" }, /* e acute, euro, plug */
        { "a\xFFz", "a\uFFFDz" },
        { "cut \xE2\x82", "cut \uFFFD\uFFFD" },               /* in the middle of a character, as a long text is */
        { "\xC0\x80", "\uFFFD\uFFFD" },                       /* longer than need be */
        { "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD" },             /* half of a pair */
        { "\xF4\x90\x80\x80!", "\uFFFD\uFFFD\uFFFD\uFFFD!" }, /* behind the last character */
    };
    json_t *all, *error;
    struct rig r = { 0 };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *text = cli_json_text(rows[i].text);

        assert_string_equal(json_string_value(text), rows[i].json);
        json_decref(text);
    }
    rig_detach_all();
    assert_int_equal(rig_run(&r, "--json flash \xFF.elf"), EXIT_FAILED);
    all = json_loads(r.out, 0, NULL);
    error = json_object_get(all, "error");
    assert_string_equal(json_string_value(json_array_get(json_object_get(error, "doing"), 0)), "reading '\uFFFD.elf'");
    json_decref(all);
}

static void exit_statuses_follow_the_kind(void **state)
{
    static const struct {
        enum err_kind kind;
        enum cli_exit status;
    } rows[] = {
        { ERR_NONE, EXIT_DONE },       { ERR_USAGE, EXIT_USAGE },    { ERR_INPUT, EXIT_FAILED },
        { ERR_NODEV, EXIT_NO_DEVICE }, { ERR_IO, EXIT_FAILED },      { ERR_TIMEOUT, EXIT_FAILED },
        { ERR_PROTOCOL, EXIT_FAILED }, { ERR_FAULT, EXIT_FAILED },   { ERR_LOCKED, EXIT_REFUSED },
        { ERR_REFUSED, EXIT_REFUSED }, { ERR_VERIFY, EXIT_DIFFERS }, { ERR_UNSUPPORTED, EXIT_FAILED },
        { ERR_NOMEM, EXIT_FAILED },    { ERR_BUG, EXIT_FAILED },     { ERR_INTERRUPTED, EXIT_INTERRUPTED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct err e = { .kind = rows[i].kind };

        assert_int_equal(cli_exit_of(&e), rows[i].status);
    }
}

/* ---- what is printed -------------------------------------------------------------------------------------------------------------- */

struct streams {
    struct cli cli;
    char out[4000], err[4000];
};

static void begin(struct streams *s)
{
    memset(s, 0, sizeof *s);
    s->cli.out = fmemopen(s->out, sizeof s->out - 1, "w");
    s->cli.err = fmemopen(s->err, sizeof s->err - 1, "w");
    s->cli.in = fopen("/dev/null", "r");
}

static void end(struct streams *s)
{
    fclose(s->cli.out);
    fclose(s->cli.err);
    fclose(s->cli.in);
    json_decref(s->cli.notes);
}

static void an_error_is_cause_doing_evidence_and_advice(void **state)
{
    struct streams s;
    struct err e = { 0 };

    begin(&s);
    err_set(&e, ERR_LOCKED, "the page is write-protected");
    err_doing(&e, "erasing page 12 at 0x08006000");
    err_doing(&e, "programming 'app.elf', segment 2 of 3");
    err_seen(&e, "FLASH_SR=0x00000010 (WRPERR)");
    err_seen(&e, "FLASH_WRP1AR=0x000c000c");
    err_seen(&e, "%0100d", 0); /* too long for the same line */
    err_hint(&e, "`option set WRP1A_STRT=0x7F WRP1A_END=0` lifts write protection and keeps the contents");
    cli_print_error(&s.cli, &e);
    end(&s);
    assert_string_equal(s.err, "error: the page is write-protected\n"
                               "  while erasing page 12 at 0x08006000\n"
                               "  while programming 'app.elf', segment 2 of 3\n"
                               "  seen  FLASH_SR=0x00000010 (WRPERR)   FLASH_WRP1AR=0x000c000c\n"
                               "  seen  00000000000000000000000000000000000000000000000000"
                               "00000000000000000000000000000000000000000000000000\n"
                               "  try   `option set WRP1A_STRT=0x7F WRP1A_END=0` lifts write protection and keeps the contents\n");
    assert_string_equal(s.out, "");

    begin(&s);
    s.cli.color = true;
    err_set(&e, ERR_IO, "it broke");
    cli_print_error(&s.cli, &e);
    end(&s);
    assert_string_equal(s.err, "\033[1;31merror:\033[0m it broke\n");
}

static void color_needs_a_terminal_and_no_no_color(void **state)
{
    struct rig r = { .err_tty = true };

    rig_run(&r, "nosuch");
    assert_non_null(strstr(r.err, "\033["));
    r = (struct rig){ .err_tty = true, .no_color = "1" };
    rig_run(&r, "nosuch");
    assert_null(strstr(r.err, "\033["));
    r = (struct rig){ .err_tty = true, .no_color = "" }; /* set and empty does not count */
    rig_run(&r, "nosuch");
    assert_non_null(strstr(r.err, "\033["));
    r = (struct rig){ .err_tty = true, .term = "dumb" };
    rig_run(&r, "nosuch");
    assert_null(strstr(r.err, "\033["));
    r = (struct rig){ 0 };
    rig_run(&r, "nosuch");
    assert_null(strstr(r.err, "\033["));
}

static void quiet_and_json_keep_text_back_but_notes_reach_json(void **state)
{
    struct streams s;

    begin(&s);
    s.cli.quiet = true;
    s.cli.notes = json_array();
    cli_print(&s.cli, "text\n");
    cli_note(&s.cli, "remark %d", 1);
    end(&s);
    assert_string_equal(s.out, "");
    assert_string_equal(s.err, "");

    begin(&s);
    s.cli.json = true;
    s.cli.notes = json_array();
    cli_print(&s.cli, "text\n");
    cli_note(&s.cli, "remark %d", 2);
    assert_string_equal(json_string_value(json_array_get(s.cli.notes, 0)), "remark 2");
    end(&s);
    assert_string_equal(s.out, "");
    assert_string_equal(s.err, "note: remark 2\n");
}

static void progress_is_wiped_before_anything_else_is_said(void **state)
{
    struct streams s;

    begin(&s);
    cli_progress(&s.cli, "reading", 1, 4); /* no terminal: nothing */
    s.cli.progress = true;
    cli_progress(&s.cli, "reading", 1, 4);
    cli_note(&s.cli, "hello");
    cli_progress(&s.cli, "reading", 3, 4);
    cli_progress(&s.cli, "reading", 4, 4);
    cli_progress(&s.cli, "reading", 0, 0);
    end(&s);
    assert_string_equal(s.err, "\r\033[Kreading 25 %\r\033[Knote: hello\n\r\033[Kreading 75 %\r\033[K");
}

static void what_a_question_is_about_stands_beside_it(void **state)
{
    static const struct {
        bool asks, yes, quiet;
        const char *out, *err;
    } rows[] = {
        { true, false, false, "", "A -> B\n" }, { true, false, true, "", "A -> B\n" }, { true, true, true, "", "" },
        { true, true, false, "A -> B\n", "" },  { false, false, true, "", "" },        { false, false, false, "A -> B\n", "" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct streams s;

        begin(&s);
        s.cli.asks = rows[i].asks;
        s.cli.yes = rows[i].yes;
        s.cli.quiet = rows[i].quiet;
        cli_print_asked(&s.cli, "A -> %c\n", 'B');
        end(&s);
        assert_string_equal(s.out, rows[i].out);
        assert_string_equal(s.err, rows[i].err);
    }
}

static void words_are_judged_before_a_probe_is_opened(void **state)
{
    static const struct {
        const char *words, *says;
        int status;
    } rows[] = {
        { "erase --pages 3..", "--pages takes", EXIT_USAGE },
        { "erase --pages ..3", "--pages takes", EXIT_USAGE },
        { "erase --pages 5..3", "before the first", EXIT_USAGE },
        { "erase --pages x", "not a number", EXIT_USAGE },
        { "erase 0x08000000 0", "erases nothing", EXIT_USAGE },
        { "erase 0x08000000 4k", "not a number", EXIT_USAGE },
        { "option show all", "no more words", EXIT_USAGE },
        { "option save", "the name of a file", EXIT_USAGE },
        { "option set", "NAME=VALUE", EXIT_USAGE },
        { "option restore a b", "the name of a file", EXIT_USAGE },
        { "option restore /", "directory", EXIT_FAILED },
        { "option restore /nosuchfile", "No such file", EXIT_FAILED },
    };

    rig_detach_all();
    rig_attach(0x374B, "5EC70000", "1-1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r = { 0 };

        rig_opened = 0;
        assert_int_equal(rig_run(&r, rows[i].words), rows[i].status);
        assert_non_null(strstr(r.err, rows[i].says));
        assert_int_equal(rig_opened, 0);
    }
    rig_detach_all();
}

static void a_question_is_asked_at_a_terminal_only(void **state)
{
    static const struct {
        const char *typed;
        bool yes;
    } rows[] = { { "y\n", true }, { "Yes\n", true }, { "n\n", false }, { "\n", false }, { "yep\n", false } };
    struct streams s;
    struct err e = { 0 };

    begin(&s);
    assert_false(cli_confirm(&s.cli, "Erase it all?", &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_non_null(strstr(e.hint, "--yes"));
    s.cli.yes = true;
    assert_true(cli_confirm(&s.cli, "Erase it all?", &e));
    end(&s);
    assert_string_equal(s.err, "");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&s);
        fclose(s.cli.in);
        s.cli.in = fmemopen((void *)(uintptr_t)rows[i].typed, strlen(rows[i].typed), "r");
        s.cli.asks = true;
        assert_int_equal(cli_confirm(&s.cli, "Erase it all?", &e), rows[i].yes);
        if (!rows[i].yes)
            assert_int_equal(e.kind, ERR_REFUSED);
        end(&s);
        assert_string_equal(s.err, "Erase it all? [y/N] ");
    }

    begin(&s); /* the end of input, after a signal */
    s.cli.asks = true;
    cli_stop = 1;
    assert_false(cli_confirm(&s.cli, "Erase it all?", &e));
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(cli_stop, 0);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_decimal_or_hexadecimal_and_nothing_else),
        cmocka_unit_test(durations_have_a_unit),
        cmocka_unit_test(arguments_that_make_no_sense_are_told),
        cmocka_unit_test(help_comes_from_the_tables),
        cmocka_unit_test(help_says_which_commands_change_something),
        cmocka_unit_test(options_may_stand_anywhere_and_take_their_value_in_two_ways),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(too_many_of_anything_is_an_error_not_an_overflow),
        cmocka_unit_test(json_is_one_object_also_for_errors),
        cmocka_unit_test(any_bytes_in_a_name_still_make_a_json_text),
        cmocka_unit_test(exit_statuses_follow_the_kind),
        cmocka_unit_test(an_error_is_cause_doing_evidence_and_advice),
        cmocka_unit_test(color_needs_a_terminal_and_no_no_color),
        cmocka_unit_test(quiet_and_json_keep_text_back_but_notes_reach_json),
        cmocka_unit_test(progress_is_wiped_before_anything_else_is_said),
        cmocka_unit_test(what_a_question_is_about_stands_beside_it),
        cmocka_unit_test(words_are_judged_before_a_probe_is_opened),
        cmocka_unit_test(a_question_is_asked_at_a_terminal_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
