/* test_doctor_cut.c - a job that was cut off anywhere, the cable pulled or the power gone: flash that is neither as before nor as it was to
 * become is never called healthy, and flash that is, never half done.
 *
 * usage: test_doctor_cut STRIDE [JOB]. A sample in `make test`, every point of it in the suite `long`. */
#include "board/file.h"
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLASH_BASE = 0x08000000, FLASH_BYTES = 256 * 1024 };

static unsigned stride;
static const char *only_job; /* the number of one, or NULL */

/* ---- what is cut ---- */

static const char *const cuts[] = { "unplug at transfer %u for 300ms", "power-cut at transfer %u", "power-cut at flash %u inside" };
enum { CUTS = sizeof cuts / sizeof *cuts };

#define CHARGER "firmware ./c.elf for 20ms\n"
static const struct {
    const char *lines, *command;
    bool one_page; /* torn, it may as well be somebody else's: then it is no more than possible */
    unsigned coarser;
} jobs[] = {
    { "", "flash c.elf", false, 1 },
    { CHARGER, "flash n.elf", false, 1 },
    { CHARGER, "flash --no-loader n.elf", false, 5 },
    { CHARGER, "write 0x08001010 1", true, 1 },
    { CHARGER, "erase --pages 1..2 --yes", false, 1 },
    { CHARGER, "flash big.elf", false, 5 },
};
enum { JOBS = sizeof jobs / sizeof *jobs };

static uint8_t before[FLASH_BYTES], whole[FLASH_BYTES], after[FLASH_BYTES];

static bool look_inside(uint8_t *flash)
{
    struct err e = { 0 };
    struct board *b = board_file_read("b.board", &e);
    bool fired;

    if (!b)
        fail_msg("b.board: %s", e.cause);
    assert_true(chip_peek(b->chip, FLASH_BASE, flash, FLASH_BYTES));
    fired = b->faults.s.fired[0] > 0;
    board_free(b);
    return fired;
}

static void make_board(unsigned job, const char *fault)
{
    FILE *f = fopen("b.scenario", "wb");

    assert_non_null(f);
    fprintf(f, "summary cut off\n%s%s%s\n", jobs[job].lines, fault[0] ? "fault " : "run 1ms", fault);
    fclose(f);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario b.scenario");
}

static struct rig r;

static int carry_out(unsigned job)
{
    r = (struct rig){ .env_probe = "bench:b.board" };
    rig_run(&r, jobs[job].command);
    return r.status;
}

/* ---- what is said of it ---- */

/* The certainty's sign, 0: not found. */
static char says_interrupted(void)
{
    const char *at = strstr(doctor_found(), "flash-interrupted");

    return at ? at[-1] : '\0';
}

static bool loader_runs(json_t *all)
{
    return json_is_true(json_object_get(json_object_get(json_object_get(all, "result"), "evidence"), "loader_left"));
}

/* What the command itself said of how it left the flash. */
static bool said_truly(void)
{
    return !(strstr(r.err, "its flash was not erased") && memcmp(after, before, FLASH_BYTES) != 0) &&
           !(strstr(r.err, "the flash was written and proved") && memcmp(after, whole, FLASH_BYTES) != 0);
}

static bool is_right(unsigned job)
{
    const bool half = memcmp(after, before, FLASH_BYTES) != 0 && memcmp(after, whole, FLASH_BYTES) != 0;
    int status;
    json_t *all = doctor_json("doctor", &status);
    const char says = says_interrupted();

    if (half)
        return says == '!' || says == '~' || (jobs[job].one_page && says == '?');
    return (says != '!' && says != '~') || loader_runs(all);
}

/* false: the cut did not come to its turn any more. */
static bool one_cut(unsigned cut, unsigned job, unsigned at, unsigned *wrong)
{
    char fault[80];
    int status;

    snprintf(fault, sizeof fault, cuts[cut], at);
    doctor_forget();
    make_board(job, fault);
    status = carry_out(job);
    doctor_bench("power b.board on");
    doctor_bench("plug b.board probe");
    doctor_bench("advance b.board 400ms"); /* an erase that was going on comes to its end */
    if (!look_inside(after))
        return false;
    if (!said_truly() || !is_right(job)) {
        print_message("%s, %s (status %d): %s\n", jobs[job].command, fault, status, doctor_found());
        (*wrong)++;
    }
    /* Another chip in its place, of which the same is kept: more than possible is nothing. */
    doctor_bench("new b.board --force --chip stm32u073rc --scenario sleeping");
    doctor_json("doctor", NULL);
    if (strpbrk(doctor_found(), "!~")) {
        print_message("%s, %s, then another chip: %s\n", jobs[job].command, fault, doctor_found());
        (*wrong)++;
    }
    return true;
}

static void what_is_half_done_is_named_and_nothing_else_is(void **state)
{
    unsigned wrong = 0, points = 0;

    for (unsigned job = 0; job < JOBS; job++) {
        if (only_job && job != (unsigned)atoi(only_job))
            continue;
        make_board(job, "");
        look_inside(before);
        assert_int_equal(carry_out(job), 0);
        look_inside(whole);
        for (unsigned cut = 0; cut < CUTS; cut++) {
            const unsigned step = stride == 1 ? 1 : stride * jobs[job].coarser;

            for (unsigned at = 1 + (cut * 5 + job) % step; one_cut(cut, job, at, &wrong); at += step)
                points++;
        }
    }
    print_message("%u jobs cut off, %u not told as they are\n", points, wrong);
    assert_int_equal(wrong, 0);
}

static int folder(void **state)
{
    static const char *const files[][2] = { { "charger", "c.elf" }, { "charger-next", "n.elf" }, { "charger-67k", "big.elf" } };
    const char *const charger = getenv("SECTOR0_CHARGER");

    if (!charger || doctor_folder(state) != 0)
        return 1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[600];

        snprintf(path, sizeof path, "%.*s/%s.elf", (int)(strrchr(charger, '/') - charger), charger, files[i][0]);
        if (symlink(path, files[i][1]) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_half_done_is_named_and_nothing_else_is) };

    stride = argc > 1 ? (unsigned)atoi(argv[1]) : 29;
    only_job = argc > 2 ? argv[2] : NULL;
    return cmocka_run_group_tests(tests, folder, doctor_folder_gone);
}
