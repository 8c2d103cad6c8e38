/* test_commands.c - flash, plan, verify, erase and option on virtual boards, in process: what they say (golden files), what they do. */
#include "../cli/cli_rig.h"
#include "base/bytes.h"
#include "cli/cli.h" /* the bench's */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 2048, BASE = 0x08000000, IMAGE_BYTES = 6 * PAGE - 300 };

static uint8_t image[IMAGE_BYTES];
static char folder[] = "/tmp/sector0-commands-XXXXXX";

/* ---- setting ---- */

/* One command of the bench; what it prints goes to `out` (NULL: nowhere). */
static void bench(const char *words, const char *out)
{
    char text[300], *argv[20] = { "sector0-bench" }, *rest;
    const int stdout_now = dup(STDOUT_FILENO), to = open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int argc = 1, status;

    snprintf(text, sizeof text, "%s", words);
    for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    fflush(stdout);
    dup2(to, STDOUT_FILENO);
    status = bench_main(argc, argv);
    fflush(stdout);
    dup2(stdout_now, STDOUT_FILENO);
    close(stdout_now);
    close(to);
    assert_int_equal(status, 0);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static void write_image(void) { write_file("a.bin", image, sizeof image); }

static void make_image(void)
{
    for (unsigned i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)((i * 7 + i / 251) % 255);
    put_le32(image, 0x20002000);
    put_le32(image + 4, BASE + 0x101);
    put_le32(image + 0x100, 0xE7FEE7FE); /* b . */
    write_image();
}

static int in_a_folder(void **state)
{
    assert_non_null(mkdtemp(folder));
    return chdir(folder);
}

static int folder_gone(void **state)
{
    char command[100];

    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static int begin(void **state)
{
    bench("new b.board --force --chip stm32u073rc", NULL);
    rig_detach_all();
    make_image();
    setenv("XDG_STATE_HOME", folder, 1);
    return 0;
}

/* ---- running ---- */

/* Times depend on the parameters of the board and on the way of connecting: "(1.54 s)" becomes "(TIME)". */
static void mask_times(char *text)
{
    for (char *p = text; (p = strchr(p, '(')); p++) {
        int digits = 0, end = 0;

        if (sscanf(p, "(%d.%*2[0-9] s)%n", &digits, &end) >= 1 && end) {
            memcpy(p, "(TIME)", 6);
            memmove(p + 6, p + end, strlen(p + end) + 1);
        }
    }
}

static int run(struct rig *r, const char *words)
{
    r->env_probe = "bench:b.board";
    return rig_run(r, words);
}

static void golden(const char *words, const char *name)
{
    struct rig r = { 0 };

    run(&r, words);
    mask_times(r.out);
    mask_times(r.err);
    rig_is_golden(&r, words, name);
}

static void succeeds(const char *words)
{
    struct rig r = { 0 };

    if (run(&r, words) != 0)
        fail_msg("%s: status %d, %s", words, r.status, r.err);
}

/* The board's pages that were ever erased, as the report says it; and how often it was reset. */
static const char *report_of(const char *key)
{
    static char lines[2000];
    char line[300];
    FILE *f;

    bench("report b.board", "report.txt");
    f = fopen("report.txt", "r");
    assert_non_null(f);
    lines[0] = '\0';
    while (fgets(line, sizeof line, f))
        if (strstr(line, key))
            strncat(lines, line, sizeof lines - strlen(lines) - 1);
    fclose(f);
    return lines;
}

static void nothing_was_changed(void)
{
    assert_string_equal(report_of("erased"), "flash         not erased, not programmed\n");
    assert_string_equal(report_of("SYSRESETREQ"), "");
}

/* ---- flash, plan, verify ---- */

static void an_image_goes_in_once_and_is_verified(void **state)
{
    golden("plan a.bin --at 0x08000000 --no-save", "flash-plan-blank");
    golden("flash a.bin --at 0x08000000 --no-save", "flash-blank");
    golden("flash a.bin --at 0x08000000 --no-save", "flash-again");
    golden("verify a.bin --at 0x08000000", "flash-verify");
    golden("verify a.bin --at 0x08000000 --fast", "flash-verify-fast");
    golden("verify a.bin --at 0x08000000 --json", "flash-verify-json");
}

static void one_byte_costs_a_page_and_two_a_guard(void **state)
{
    succeeds("flash a.bin --at 0x08000000");
    image[2 * PAGE + 9] ^= 1;
    write_image();
    golden("verify a.bin --at 0x08000000", "flash-verify-differs");
    golden("verify a.bin --at 0x08000000 --json", "flash-verify-differs-json");
    golden("flash a.bin --at 0x08000000 --no-save", "flash-one-page");
    image[2 * PAGE + 9] ^= 1;
    image[5 * PAGE] ^= 1;
    write_image();
    golden("plan a.bin --at 0x08000000", "flash-plan-guard");
    golden("plan a.bin --at 0x08000000 --no-guard --json", "flash-plan-json");
    golden("flash a.bin --at 0x08000000 --no-save", "flash-guard");
}

static void ways_of_proving_and_writing_agree(void **state)
{
    succeeds("flash a.bin --at 0x08000000 --verify read");
    succeeds("verify a.bin --at 0x08000000");
    image[PAGE]++;
    write_image();
    golden("flash a.bin --at 0x08000000 --no-loader --no-save", "flash-no-loader");
    succeeds("verify a.bin --at 0x08000000");
    golden("flash a.bin --at 0x08000000 --verify maybe", "flash-verify-how");
    golden("flash a.bin --at 0x08000000 --no-run", "flash-no-run");
}

static void a_halted_core_stays_halted_and_where_it_was(void **state)
{
    struct rig before = { 0 }, after = { 0 };

    succeeds("flash a.bin --at 0x08000000 --no-run");
    run(&before, "info --json");
    assert_non_null(strstr(before.out, "\"state\": \"halted\""));
    succeeds("verify a.bin --at 0x08000000"); /* by the loader, since it is halted anyway */
    run(&after, "info --json");
    assert_string_equal(before.out, after.out);
}

static void images_that_do_not_fit_change_nothing(void **state)
{
    golden("flash a.bin --at 0x0803F000", "flash-too-big");
    golden("flash a.bin --at 0x20000000", "flash-for-ram");
    golden("flash a.bin --at 0x00000000", "flash-outside");
    golden("flash a.bin", "flash-without-address");
    golden("flash nowhere.bin --at 0x08000000", "flash-no-file");
    put_le32(image, 0x20020000);
    write_image();
    golden("flash a.bin --at 0x08000000", "flash-other-chip");
    nothing_was_changed();
}

static void what_will_not_start_is_told(void **state)
{
    put_le32(image + 4, BASE + 0x100);
    write_image();
    golden("flash a.bin --at 0x08000000 --no-save", "flash-even-vector");
    make_image();
    succeeds("option set nBOOT0=0 --yes");
    golden("flash a.bin --at 0x08000000 --no-save", "flash-boots-elsewhere");
}

static void protection_is_named_and_nothing_changed(void **state)
{
    bench("new b.board --force --chip stm32u073rc", NULL);
    succeeds("option set WRP1A_STRT=3 WRP1A_END=4 --yes");
    golden("flash a.bin --at 0x08000000", "flash-wrp");
    golden("plan a.bin --at 0x08000000", "flash-plan-wrp");
    golden("erase --pages 4", "flash-erase-wrp");
    golden("erase --all --yes", "flash-erase-all-wrp");
    assert_string_equal(report_of("erased"), "flash         not erased, not programmed\n");
    succeeds("option set WRP1A_STRT=0x7F WRP1A_END=0 RDP=0xBB --yes");
    golden("flash a.bin --at 0x08000000", "flash-rdp1");
    golden("verify a.bin --at 0x08000000", "flash-verify-rdp1");
    golden("erase --all --yes", "flash-erase-rdp1");
    assert_string_equal(report_of("erased"), "flash         not erased, not programmed\n");
}

/* ---- saves ---- */

/* The newest file with this ending in the store's folder for this board. */
static const char *newest_save(const char *ending)
{
    static char path[400];
    char newest[100] = "", base[200];
    DIR *d;

    snprintf(base, sizeof base, "%s/sector0", folder);
    d = opendir(base);
    assert_non_null(d);
    for (const struct dirent *f; (f = readdir(d));)
        if (strlen(f->d_name) > 24)
            snprintf(newest, sizeof newest, "%.99s", f->d_name);
    closedir(d);
    snprintf(base + strlen(base), sizeof base - strlen(base), "/%s", newest);
    d = opendir(base);
    assert_non_null(d);
    newest[0] = '\0';
    for (const struct dirent *f; (f = readdir(d));)
        if (strstr(f->d_name, ending) && strcmp(f->d_name, newest) > 0 && f->d_name[0] == '0')
            snprintf(newest, sizeof newest, "%.99s", f->d_name);
    closedir(d);
    snprintf(path, sizeof path, "%.199s/%.99s", base, newest);
    return path;
}

static void what_was_there_can_be_put_back_by_hand(void **state)
{
    char words[500];

    succeeds("flash a.bin --at 0x08000000");
    write_file("old.bin", image, sizeof image);
    for (unsigned i = 8; i < sizeof image; i += 3)
        image[i] ^= 0x55;
    write_image();
    succeeds("flash a.bin --at 0x08000000");
    snprintf(words, sizeof words, "flash %s", newest_save(".hex"));
    succeeds(words);
    succeeds("verify old.bin --at 0x08000000");

    succeeds("option set BOR_EN=1 --yes");
    snprintf(words, sizeof words, "option restore %s --yes", newest_save(".txt"));
    succeeds(words);
    golden("option show", "option-show");
}

static void without_a_place_for_saves_nothing_is_lost(void **state)
{
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    golden("flash a.bin --at 0x08000000", "flash-no-place");
    nothing_was_changed();
    succeeds("flash a.bin --at 0x08000000 --no-save");
}

/* ---- erase ---- */

static void erasing_takes_one_of_three_ways(void **state)
{
    succeeds("flash a.bin --at 0x08000000");
    golden("erase", "erase-what");
    golden("erase --all --pages 3", "erase-two-ways");
    golden("erase 0x08000000", "erase-no-length");
    golden("erase 0x08000000 0", "erase-zero");
    golden("erase --pages 3..200", "erase-no-such-page");
    golden("erase --pages 5..3", "erase-backwards");
    golden("erase --all", "erase-all-unasked");
    golden("erase 0x1FFF0000 16", "erase-system");
    golden("erase --pages 4..5 --no-save", "erase-pages");
    golden("erase 0x08000408 16 --no-save", "erase-bytes");
    image[0x408] ^= 1; /* whatever was there is gone, all the rest of the page is not */
    memset(image + 0x408, 0xFF, 16);
    write_file("a.bin", image, 4 * PAGE);
    succeeds("verify a.bin --at 0x08000000");
}

static void everything_goes_only_after_a_yes(void **state)
{
    struct rig no = { .answer = "n\n" }, yes = { .answer = "y\n" };

    succeeds("flash a.bin --at 0x08000000");
    run(&no, "erase --all");
    assert_int_not_equal(no.status, 0);
    succeeds("verify a.bin --at 0x08000000");
    run(&yes, "erase --all --no-save");
    assert_int_equal(yes.status, 0);
    golden("verify a.bin --at 0x08000000", "erase-all-verify");
}

/* ---- option ---- */

static void option_words_change_after_a_yes(void **state)
{
    golden("option set WRP1B_STRT=0x10 wrp1b_end=0x11", "option-set-unasked");
    golden("option set WRP1B_STRT=0x10 wrp1b_end=0x11 --yes --no-save", "option-set");
    golden("option set WRP1B_STRT=0x10 --yes", "option-set-nothing");
    golden("option set NRST_MODE=2 --yes --no-save --json", "option-set-json");
}

static void option_words_that_close_the_chip_are_refused(void **state)
{
    golden("option set RDP=0xCC --yes", "option-level-2");
    golden("option set BOOT_LOCK=1 RDP=0xBB --yes", "option-boot-lock-rdp1");
    write_file("o.txt", "OPTR = 0xFFFFFECC\n", 18);
    golden("option restore o.txt --yes", "option-restore-level-2");
    succeeds("option set RDP=0xBB --yes");
    golden("option set RDP=0xAA --yes", "option-regression-unasked");
    golden("option set RDP=0xAA --erase-everything --no-save --yes", "option-regression");
}

static void option_words_that_make_no_sense_are_told(void **state)
{
    golden("option", "option-nothing");
    golden("option frobnicate", "option-frobnicate");
    golden("option set", "option-set-what");
    golden("option set nBOOT2=1 --yes", "option-no-such-field");
    golden("option set nBOOT0=2 --yes", "option-too-large");
    golden("option restore nowhere.txt --yes", "option-no-file");
    write_file("o.txt", "chip STM32G071/G081\nOPTR = 0xFFFFFEAA\n", 38);
    golden("option restore o.txt --yes", "option-other-chip");
    golden("option show --json", "option-show-json");
}

static void option_words_go_to_a_file_and_back(void **state)
{
    succeeds("option save o.txt");
    succeeds("option set nBOOT_SEL=0 BOR_EN=1 --yes");
    succeeds("option restore o.txt --yes");
    golden("option show", "option-show");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
    const struct CMUnitTest tests[] = {
        T(an_image_goes_in_once_and_is_verified),
        T(one_byte_costs_a_page_and_two_a_guard),
        T(ways_of_proving_and_writing_agree),
        T(a_halted_core_stays_halted_and_where_it_was),
        T(images_that_do_not_fit_change_nothing),
        T(what_will_not_start_is_told),
        T(protection_is_named_and_nothing_changed),
        T(what_was_there_can_be_put_back_by_hand),
        T(without_a_place_for_saves_nothing_is_lost),
        T(erasing_takes_one_of_three_ways),
        T(everything_goes_only_after_a_yes),
        T(option_words_change_after_a_yes),
        T(option_words_that_close_the_chip_are_refused),
        T(option_words_that_make_no_sense_are_told),
        T(option_words_go_to_a_file_and_back),
    };

    return cmocka_run_group_tests(tests, in_a_folder, folder_gone);
}
