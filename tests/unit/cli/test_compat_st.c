/* test_compat_st.c - the command line of STM32_Programmer_CLI: every way of quoting, and arguments that are out to hurt. No target. */
#include "cli/compat_st.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS = 40 };

/* Arguments are separated by '|', so that they may hold blanks and be empty. */
static bool read_line(struct st_line *line, const char *arguments, struct err *e)
{
    static char text[4000];
    char *argv[ARGS], *p = text;
    int argc = 0;

    snprintf(text, sizeof text, "%s", arguments);
    *e = (struct err){ 0 };
    for (;;) {
        char *bar = strchr(p, '|');

        assert_true(argc < ARGS);
        argv[argc++] = p;
        if (!bar)
            break;
        *bar = '\0';
        p = bar + 1;
    }
    return st_read_line(line, argc, argv, e);
}

static void every_way_of_quoting_means_the_same(void **state)
{
    static const char *const ways[] = {
        "-c|port=SWD|mode=UR|freq=1000|-w|a b.bin|0x08000000|-v",
        "--connect|port=swd|MODE=ur|FREQ=1000|--WRITE|a b.bin|0x8000000|--verify",
        "-c|port=SWD mode=UR freq=1000|-d|a b.bin|134217728|-v",
        "-c port=SWD mode=UR|freq=1000||-download|a b.bin|0x08000000||-v",
        "|-c| port=SWD | mode=UR freq=1000 ||-w|a b.bin|0x08000000|-v|",
        "--connect|port=SWD|reset=HWrst|mode=UR|freq=1000|-w|a b.bin|0x08000000|-V",
    };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct st_line line;
        struct err e;

        assert_true(read_line(&line, ways[i], &e));
        assert_int_equal(line.jobs, 3);
        assert_true(line.connection.wanted);
        assert_int_equal(line.connection.mode, ST_UNDER_RESET);
        assert_int_equal(line.connection.reset, ST_HARDWARE);
        assert_int_equal(line.connection.khz, 1000);
        assert_string_equal(line.job[1].file, "a b.bin");
        assert_int_equal(line.job[1].addr, 0x08000000);
        assert_ptr_equal(line.job[2].option->run, st_verify);
        st_line_free(&line);
    }
}

static void a_whole_option_may_stand_in_one_argument(void **state)
{
    struct st_line line;
    struct err e;

    assert_true(read_line(&line, "-c port=SWD|--erase all|-w my file.elf|-e 3", &e));
    assert_int_equal(line.jobs, 4);
    assert_true(line.job[1].all);
    assert_string_equal(line.job[2].file, "my file.elf");
    assert_int_equal(line.job[3].range[0].first, 3);
    st_line_free(&line);
}

static void pages_to_erase_come_in_every_spelling(void **state)
{
    static const struct {
        const char *words;
        unsigned ranges, first, last;
    } rows[] = {
        { "[0 5]", 1, 0, 5 },       { "[0|5]", 1, 0, 5 }, { "[|0|5|]", 1, 0, 5 },       { "0|1|2", 1, 0, 2 }, { "3", 1, 3, 3 },
        { "0x10|0x11", 1, 16, 17 }, { "1|3|5", 3, 5, 5 }, { "[0 1]|[2 3]|7", 2, 7, 7 }, { "[5 5]", 1, 5, 5 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct st_line line;
        struct err e;
        char text[200];

        snprintf(text, sizeof text, "-c|port=SWD|-e|%s", rows[i].words);
        assert_true(read_line(&line, text, &e));
        assert_int_equal(line.job[1].ranges, rows[i].ranges);
        assert_int_equal(line.job[1].range[rows[i].ranges - 1].first, rows[i].first);
        assert_int_equal(line.job[1].range[rows[i].ranges - 1].last, rows[i].last);
        st_line_free(&line);
    }
}

static void what_makes_no_sense_is_told_before_anything_is_touched(void **state)
{
    static const struct {
        const char *line, *cause;
        enum err_kind kind;
    } rows[] = {
        { "port=SWD", "stands before any option", ERR_USAGE },
        { "-frob", "no option '-frob'", ERR_USAGE },
        { "--|-c|port=SWD", "no option '--'", ERR_USAGE },
        { "-c", "needs more", ERR_USAGE },
        { "-c|freq=4000", "port is missing", ERR_USAGE },
        { "-c|port=", "names no port", ERR_USAGE },
        { "-c|port=SWD|freq=0", "freq=", ERR_USAGE },
        { "-c|port=SWD|freq=99999999999", "not a number", ERR_USAGE },
        { "-c|port=SWD|mode=", "no mode", ERR_USAGE },
        { "-c|port=SWD|mode=POWERDOWN", "POWERDOWN is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|reset=Crst", "Crst is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|ap=1", "ap=1 is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|shared", "shared is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|getAuthID", "getAuthID is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|TargetSel=1", "TargetSel=1 is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|frob=1", "no 'frob=1' for a connection", ERR_USAGE },
        { "-c|port=SWD|sn=", "without a serial", ERR_USAGE },
        { "-c|port=SWD|-c|port=SWD", "stands twice", ERR_USAGE },
        { "-c|port=USB0", "names no port", ERR_USAGE },
        { "-c|port=USBx", "names no port", ERR_USAGE },
        { "-c|port=usb|sn=123|VID=0x0483|PID=0xdf12", "PID=0xDF12 is not supported", ERR_UNSUPPORTED },
        { "-c|port=ttyACM0|br=115200", "UART", ERR_UNSUPPORTED },
        { "-c|port=SPI|br=375", "SPI", ERR_UNSUPPORTED },
        { "-w|a.elf", "needs a connection", ERR_USAGE },
        { "-c|port=SWD|-w", "-w needs more", ERR_USAGE },
        { "-c|port=SWD|-w|a.elf|zzz", "not a number", ERR_USAGE },
        { "-c|port=SWD|-w|a.elf|0x08000000|0x1", "partition ids", ERR_UNSUPPORTED },
        { "-c|port=SWD|-w|a.tsv", "not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|-w|a.elf|1|2|3", "is too much", ERR_USAGE },
        { "-c|port=SWD|-v|slow", "fast is all", ERR_USAGE },
        { "-c|port=SWD|-e", "needs more", ERR_USAGE },
        { "-c|port=SWD|-e|all|1", "all", ERR_USAGE },
        { "-c|port=SWD|-e|[0 5", "']' is missing", ERR_USAGE },
        { "-c|port=SWD|-e|0 5]", "FIRST LAST", ERR_USAGE },
        { "-c|port=SWD|-e|[5 0]", "FIRST LAST", ERR_USAGE },
        { "-c|port=SWD|-e|[1 2 3]", "FIRST LAST", ERR_USAGE },
        { "-c|port=SWD|-e|[[1 2]", "", ERR_USAGE },
        { "-c|port=SWD|-e|[]", "FIRST LAST", ERR_USAGE },
        { "-c|port=SWD|-e|ed1", "ed1 is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|-e|11111111111111111111111111111111111", "no page number", ERR_USAGE },
        { "-c|port=SWD|-e|4294967296", "not a number", ERR_USAGE },
        { "-c|port=SWD|-r32|0x20000001|4", "multiple of 4", ERR_USAGE },
        { "-c|port=SWD|-r32|0x20000000|0", "from 1 byte", ERR_USAGE },
        { "-c|port=SWD|-r8|0xFFFFFFFF|2", "0x100000000", ERR_USAGE },
        { "-c|port=SWD|-r8|0|0xFFFFFFFF", "16 MiB", ERR_USAGE },
        { "-c|port=SWD|-r32|0xFFFFFFFC|0xFFFFFFFF", "", ERR_USAGE },
        { "-c|port=SWD|-u|0|16|x.elf", "does not tell a format", ERR_USAGE },
        { "-c|port=SWD|-w8|0x20000000|0x100", "does not fit into 8 bits", ERR_USAGE },
        { "-c|port=SWD|-w32|0x20000000|0x100000000", "does not fit into 32 bits", ERR_USAGE },
        { "-c|port=SWD|-w64|0x20000000|0x10000000000000000", "not a number", ERR_USAGE },
        { "-c|port=SWD|-w32|0x20000000|-1", "not a number", ERR_USAGE },
        { "-c|port=SWD|-w32|0xFFFFFFFC|1|2", "0x100000000", ERR_USAGE },
        { "-c|port=SWD|-w16|0x20000001|1", "multiple of 2", ERR_USAGE },
        { "-c|port=SWD|-fillmemory|size=4", "pattern= are needed", ERR_USAGE },
        { "-c|port=SWD|-fillmemory|size=4|pattern=0x100|dataWidth=8", "does not fit", ERR_USAGE },
        { "-c|port=SWD|-fillmemory|size=3|pattern=1", "multiples of 4", ERR_USAGE },
        { "-c|port=SWD|-fillmemory|size=4|pattern=1|dataWidth=64", "8, 16 or 32", ERR_USAGE },
        { "-c|port=SWD|-ob|RDP", "neither displ", ERR_USAGE },
        { "-c|port=SWD|-ob|unlockchip", "unlockchip is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|-s|0x08000000|noack", "microprocessors", ERR_UNSUPPORTED },
        { "-c|port=SWD|-coreReg|BASEPRI", "no such register", ERR_UNSUPPORTED },
        { "-c|port=SWD|-coreReg|R16", "no core register", ERR_USAGE },
        { "-c|port=SWD|-coreReg|IPSR=1", "part of XPSR", ERR_USAGE },
        { "-c|port=SWD|-coreReg|PRIMASK=2", "too large", ERR_USAGE },
        { "-c|port=SWD|-coreReg|RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR", "no core register", ERR_USAGE },
        { "-vb|4", "verbosity", ERR_USAGE },
        { "-l|frob", "cannot be listed", ERR_USAGE },
        { "-l|uart", "uart is not supported", ERR_UNSUPPORTED },
        { "-c|port=SWD|-lockRDP2|1|2", "level 2", ERR_UNSUPPORTED },
        { "-c|port=SWD|-el|x.stldr", "external loaders", ERR_UNSUPPORTED },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct st_line line;
        struct err e;
        const bool ok = read_line(&line, rows[i].line, &e);

        if (ok || e.kind != rows[i].kind || !strstr(e.cause, rows[i].cause))
            fail_msg("%s: %s, kind %d, '%s'", rows[i].line, ok ? "taken" : "refused", e.kind, e.cause);
        st_line_free(&line);
    }
}

/* UM2237's options, one by one: done, or refused by name; never taken for something else, never unknown. */
static void every_option_of_st_is_known(void **state)
{
    static const char names[] =
        "? h help version l list getTargetSelList q quietMode log vb verbosity y yes script c connect w write d download w8 w16 w32 w64 v "
        "verify nv "
        "noverify skipErase r read u upload r8 r16 r32 r32fast e erase checksum fchecksum file-checksum blankcheck fillmemory s start g go "
        "rst "
        "hardRst rstbl halt run step score coreReg el extload elbl ob rdu readunprotect tzenreg lockRDP1 setOEM1KEY unlockRDP1 lockRDP2 "
        "setOEM2KEY unlockRDP2 force_no_da noreconnect w32dbgmcu ssigfoxc wsigfoxc sl safelib ms mergesbsfu hf regdump pwr swv startswv "
        "otp p "
        "phaseID rp detach wb pmic gc ssp tm sfi ssfi rsse a abort mcsv ecsv installipmodule updateipmodule dsecurity setdefaultob "
        "rssgetversion "
        "hsmgetinfo hsmgetcounter hsmgetfwid hsmgetstatus hsmgetlicense hsmgetlicensefromcertifbin sdp pwd psrss obrss rssekw getuid64 "
        "fusgetstate fusopgetversion antirollback startfus fwdelete fwupgrade startwirelessstack authkeyupdate authkeylock wusrkey "
        "storekeyotp";
    char text[sizeof names];

    strcpy(text, names);
    for (char *name = strtok(text, " "); name; name = strtok(NULL, " "))
        for (int dashes = 1; dashes <= 2; dashes++) {
            struct st_line line;
            struct err e;
            char word[80];

            snprintf(word, sizeof word, "%s%s", dashes == 1 ? "-" : "--", name);
            read_line(&line, word, &e);
            assert_null(strstr(e.cause, "there is no option"));
            assert_int_equal(line.jobs, 1);
            assert_true(line.job[0].option->help[0]);
            st_line_free(&line);
        }
}

static void too_many_of_anything_is_an_error(void **state)
{
    static char *argv[70000];
    struct st_line line;
    struct err e = { 0 };

    for (size_t i = 0; i < 70000; i++)
        argv[i] = "-rst";
    assert_false(st_read_line(&line, 70000, argv, &e));
    st_line_free(&line);
    for (size_t i = 0; i < 70000; i++)
        argv[i] = "7";
    argv[0] = "-c port=SWD";
    argv[1] = "-e";
    assert_false(st_read_line(&line, 70000, argv, &e));
    st_line_free(&line);
    for (size_t i = 2; i < 400; i++)
        argv[i] = i & 1 ? "7" : "9";
    assert_false(st_read_line(&line, 400, argv, &e));
    assert_non_null(strstr(e.cause, "ranges"));
    st_line_free(&line);
}

/* Any bytes at all: an answer, no crash, no leak (the sanitizers look). */
static void random_lines_are_answered(void **state)
{
    static const char *const pieces[] = { "-c",
                                          "port=SWD",
                                          "-e",
                                          "[",
                                          "]",
                                          "0",
                                          "all",
                                          "-w",
                                          "a.bin",
                                          "",
                                          " ",
                                          "-r32",
                                          "0x20000000",
                                          "4",
                                          "-ob",
                                          "RDP=0xCC",
                                          "-ob displ -e [0 1]",
                                          "\t-v  fast ",
                                          "-",
                                          "--",
                                          "-coreReg",
                                          "R0=",
                                          "=",
                                          "-log",
                                          "-vb",
                                          "3",
                                          "-fillmemory",
                                          "size=",
                                          "pattern=4",
                                          "\xff\xfe",
                                          "%s%n",
                                          "-l",
                                          "-w64" };
    unsigned seed = 1;

    for (int round = 0; round < 20000; round++) {
        char *argv[12];
        int argc = 0;
        struct st_line line;
        struct err e = { 0 };

        while (argc < 12) {
            seed = seed * 1103515245 + 12345;
            argv[argc++] = (char *)(uintptr_t)pieces[seed / 65536 % (sizeof pieces / sizeof *pieces)];
        }
        const bool ok = st_read_line(&line, argc, argv, &e);

        assert_int_equal(ok, e.kind == ERR_NONE);
        st_line_free(&line);
    }
}

static void names_are_found_whatever_stands_around_them(void **state)
{
    static const struct {
        const char *name;
        bool ours;
    } rows[] = {
        { "STM32_Programmer_CLI", true },
        { "/usr/libexec/sector0/st/STM32_Programmer_CLI", true },
        { "stm32_programmer_cli.EXE", true },
        { "STM32_Programmer.sh", true },
        { "./STM32_Programmer_CLI.sh", true },
        { "sector0", false },
        { "", false },
        { "STM32_Programmer_CLI2", false },
        { "STM32_Programmer_CLI/sector0", false },
        { "STM32_", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(compat_find(rows[i].name) == compat_st_main, rows[i].ours);
    assert_null(compat_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_quoting_means_the_same),
        cmocka_unit_test(a_whole_option_may_stand_in_one_argument),
        cmocka_unit_test(pages_to_erase_come_in_every_spelling),
        cmocka_unit_test(what_makes_no_sense_is_told_before_anything_is_touched),
        cmocka_unit_test(every_option_of_st_is_known),
        cmocka_unit_test(too_many_of_anything_is_an_error),
        cmocka_unit_test(random_lines_are_answered),
        cmocka_unit_test(names_are_found_whatever_stands_around_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
