/* test_doctor_mixed.c - boards with two or three troubles, healthy boards of many kinds, and links that fail while the doctor looks.
 *
 * usage: test_doctor_mixed mixed|healthy COUNT | link STRIDE [JOB]. Everything comes from the number of the board; a failure prints it and
 * the scenario.
 * Samples in `make test`, all of it in the suite `long`. */
#include "board/file.h"
#include "device/regs/u0_flash.h"
#include "doctor_rig.h"
#include "mixed_boards.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FLASH_BASE = 0x08000000,
    FLASH_BYTES = 256 * 1024,
    TROUBLES = sizeof mixed_troubles / sizeof *mixed_troubles,
    PICKS = 3,
    FIX_RUNS = 4,
    FIELDS_BASE = 0x40022000, /* FLASH */
};

static unsigned boards;       /* how many */
static unsigned stride;       /* of links that fail: every so many transfers one */
static const char *only_jobs; /* the number of one of them, or NULL: those of the sample */

/* ---- a board from a text ---- */

struct text {
    char all[4096];
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...)
{
    const size_t used = strlen(t->all);
    va_list args;

    va_start(args, format);
    vsnprintf(t->all + used, sizeof t->all - used, format, args);
    va_end(args);
}

/* "a|b" as lines that begin with `word`. */
static void add_lines(struct text *t, const char *word, const char *lines)
{
    char copy[400], *rest = NULL;

    snprintf(copy, sizeof copy, "%s", lines ? lines : "");
    for (char *line = strtok_r(copy, "|", &rest); line; line = strtok_r(NULL, "|", &rest))
        add(t, "%s %s\n", word, line);
}

static void make_board(const struct text *t)
{
    FILE *f = fopen("b.scenario", "wb");

    assert_non_null(f);
    fputs(t->all, f);
    fclose(f);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario b.scenario");
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

/* ---- what must not be lost ---- */

static const struct {
    const char *name;
    uint32_t offset;
} words[] = { { "OPTR", 0x20 }, { "WRP1AR", 0x2C }, { "WRP1BR", 0x30 }, { "SECR", 0x80 } };
enum { WORDS = sizeof words / sizeof *words };

struct contents {
    uint8_t flash[FLASH_BYTES];
    uint32_t option[WORDS];
    bool fired; /* the first fault has happened */
};

static void look_inside(struct contents *c)
{
    struct err e = { 0 };
    struct board *b = board_file_read("b.board", &e);

    if (!b)
        fail_msg("b.board: %s", e.cause);
    assert_true(chip_peek(b->chip, FLASH_BASE, c->flash, FLASH_BYTES));
    for (unsigned i = 0; i < WORDS; i++)
        assert_true(chip_peek(b->chip, FIELDS_BASE + words[i].offset, &c->option[i], 4));
    c->fired = b->faults.s.fired[0] > 0;
    board_free(b);
}

/* "WRP1BR WRP1B_STRT 0x0 -> 0x7F" of this register: its bits are taken out of *others, and it has one of the two values. */
static bool as_said(const char *line, const char *reg, uint32_t now, uint32_t *others)
{
    char name[32], field[32];
    unsigned was, wanted;
    const struct reg_field *f;
    uint32_t ones;

    if (sscanf(line, "%31s %31s 0x%x -> 0x%x", name, field, &was, &wanted) != 4 || strcmp(name, reg) != 0)
        return false;
    f = reg_find_field(&u0_flash_regs, field);
    assert_non_null(f);
    ones = (uint32_t)((UINT64_C(1) << f->width) - 1);
    *others &= ~(ones << f->lsb);
    return (now >> f->lsb & ones) == was || (now >> f->lsb & ones) == wanted;
}

/* What is different between the two is what was said, to the bit. */
static bool announced(json_t *done, const char *reg, uint32_t before, uint32_t after)
{
    uint32_t others = before ^ after, said = others;

    for (size_t i = 0; i < json_array_size(done); i++) {
        uint32_t rest = said;

        if (as_said(json_string_value(json_array_get(done, i)), reg, after, &rest))
            others &= rest;
    }
    return others == 0;
}

/* Flash to the byte; an option word only if its change was said. */
static bool nothing_lost(const struct contents *before, const struct contents *after, json_t *done)
{
    bool good = memcmp(before->flash, after->flash, FLASH_BYTES) == 0;

    if (!good)
        print_message("flash was changed\n");
    for (unsigned i = 0; i < WORDS; i++)
        if (!announced(done, words[i].name, before->option[i], after->option[i])) {
            print_message("%s changed from 0x%08X to 0x%08X, and nobody said so\n", words[i].name, (unsigned)before->option[i],
                          (unsigned)after->option[i]);
            good = false;
        }
    return good;
}

/* ---- two or three troubles ---- */

/* BOOT_LOCK at RDP 1 closes the debug port for good: nothing else could be seen (scenario debug-switched-off stands for it). */
static bool closes(const struct mixed_trouble *a, const struct mixed_trouble *b) { return a->slot == SLOT_LOCK && b->slot == SLOT_RDP; }

/* With system memory at 0 exceptions run the ROM's handlers, which reset the chip: nothing else can be seen (scenario
 * resets-without-pause stands for it). */
static bool resets(const struct mixed_trouble *a, const struct mixed_trouble *b) { return a->slot == SLOT_ALIAS && b->slot == SLOT_CORE; }

static bool goes_with(const struct mixed_trouble *a, const struct mixed_trouble *b)
{
    return a->slot != b->slot && !(a->once && b->loops) && !(a->loops && b->once) && !closes(a, b) && !closes(b, a) && !resets(a, b) &&
           !resets(b, a);
}

static unsigned pick(uint64_t *seed, const struct mixed_trouble *picked[PICKS])
{
    const unsigned wanted = 2 + draw(seed, PICKS - 1);
    unsigned count = 0;

    while (count < wanted) {
        const struct mixed_trouble *t = &mixed_troubles[draw(seed, TROUBLES)];
        bool good = true;

        for (unsigned i = 0; i < count; i++)
            good = good && goes_with(t, picked[i]);
        if (good)
            picked[count++] = t;
    }
    return count;
}

static void mix(struct text *t, const struct mixed_trouble *const *picked, unsigned count)
{
    const char *end = NULL;
    bool loops = false, option = false;

    add(t, "summary several troubles\n");
    for (unsigned i = 0; i < count; i++)
        add_lines(t, "wiring", picked[i]->wiring);
    for (unsigned i = 0; i < count; i++) {
        add_lines(t, "app", picked[i]->app);
        loops = loops || picked[i]->loops;
        end = picked[i]->app_end ? picked[i]->app_end : end;
    }
    add_lines(t, "app", end ? end : loops ? "again" : "wait 1ms");
    for (unsigned i = 0; i < count; i++)
        if (picked[i]->option) {
            add(t, "%s %s", option ? "" : "option", picked[i]->option);
            option = true;
        }
    add(t, "%s\nrun 10ms\n", option ? "" : "run 1ms");
    for (unsigned i = 0; i < count; i++)
        add_lines(t, "debugger", picked[i]->debugger);
    for (unsigned i = 0; i < count; i++)
        if (picked[i]->last)
            add(t, "%s\n", picked[i]->last);
}

static bool found(const char *id)
{
    const char *all = doctor_found();
    const size_t len = strlen(id);

    for (const char *at = all; (at = strstr(at, id)); at += len)
        if (at > all && strchr("!~?>", at[-1]) && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static bool each_is_named(const struct mixed_trouble *const *picked, unsigned count)
{
    bool good = true;

    for (unsigned i = 0; i < count; i++) {
        bool hidden = false;

        for (unsigned k = 0; k < count; k++)
            hidden = hidden || (k != i && picked[k]->hides & picked[i]->seen);
        if (hidden || found(picked[i]->finds))
            continue;
        print_message("%s is not named: %s\n", picked[i]->finds, doctor_found());
        good = false;
    }
    return good;
}

/* --fix until it changes nothing: it says what it did, loses nothing, and in the end says what is missing. */
static bool fixing_is_honest(void)
{
    static struct contents before, after;

    for (unsigned run = 0; run < FIX_RUNS; run++) {
        json_t *result;
        const char *missing;
        int status;

        look_inside(&before);
        result = json_object_get(doctor_json("doctor --fix", &status), "result");
        look_inside(&after);
        if (!nothing_lost(&before, &after, json_object_get(result, "done")))
            return false;
        if (json_is_true(json_object_get(result, "changed"))) {
            if (json_array_size(json_object_get(result, "done")) > 0)
                continue;
            print_message("something was changed, and nothing was said\n");
            return false;
        }
        missing = json_string_value(json_object_get(result, "missing"));
        if (missing && missing[0])
            return true;
        print_message("nothing was changed, and nothing is said to be missing (status %d)\n", status);
        return false;
    }
    return true; /* firmware that makes it again and again: each run has said so */
}

static void what_is_not_hidden_is_named_and_fixing_loses_nothing(void **state)
{
    unsigned wrong = 0;

    for (unsigned board = 0; board < boards; board++) {
        const struct mixed_trouble *picked[PICKS];
        struct text t = { "" };
        uint64_t seed = board;
        const unsigned count = pick(&seed, picked);
        int status;

        mix(&t, picked, count);
        make_board(&t);
        doctor_json("doctor", &status);
        if (each_is_named(picked, count) && fixing_is_honest())
            continue;
        print_message("board %u:\n%s\n", board, t.all);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

#define BY_USB " --probe bench:b.board,dfu"

/* ---- healthy ---- */

static const char *const does[] = { "wait 2ms",
                                    "set RCC.CR HSION=1",
                                    "set RCC.IOPENR GPIOAEN=1|set RCC.IOPENR GPIOBEN=1",
                                    "set RCC.APBENR1 PWREN=1",
                                    "set RCC.AHBENR CRCEN=1",
                                    "set RCC.APBENR1 USART2EN=1",
                                    "store PPB.VTOR 0x08000000",
                                    "store PPB.SHPR3 0xC0000000",
                                    "store 0x20000100 0x12345678",
                                    "wait 300us",
                                    "irqs-off" };
static const char *const ends[] = { "wait 1ms|again", "wait 1ms|sleep", "wait 5ms|again", NULL };
static const char *const intended[] = { "WRP1AR=0x00070004", "OPTR.IWDG_STOP=0",  "OPTR.WWDG_SW=1",
                                        "OPTR.nRST_STOP=1",  "WRP1BR=0x00200018", "OPTR.nRST_STDBY=1",
                                        "OPTR.nRST_SHDW=0",  "OPTR.NRST_MODE=2",  "SECR.BOOT_LOCK=1" };

static void a_board_as_it_is_meant_to_be_is_healthy(void **state)
{
    const char *const charger = getenv("SECTOR0_CHARGER"); /* a short name for it: those in scenarios have a limit */
    unsigned wrong = 0;

    assert_true(charger && symlink(charger, "c.elf") == 0);
    for (unsigned board = 0; board < boards; board++) {
        const bool firmware = board % 5 == 0;
        const char *const flashed = board % 15 == 5 ? "flash c.elf" : board % 15 == 10 ? "flash c.elf" BY_USB : NULL;
        uint64_t seed = board + 1000;
        struct text t = { "" };
        int status;

        add(&t, "summary healthy\n");
        if (!firmware) {
            for (unsigned i = draw(&seed, 4); i > 0; i--)
                add_lines(&t, "app", does[draw(&seed, sizeof does / sizeof *does)]);
            add_lines(&t, "app", "wait 1ms");
            add_lines(&t, "app", ends[draw(&seed, sizeof ends / sizeof *ends)]);
        } else if (!flashed) {
            add(&t, "firmware ./c.elf for %ums\n", 50 + draw(&seed, 2000));
        }
        /* None where the bootloader of a blank chip is wanted: BOOT_LOCK is one of them. */
        for (unsigned i = flashed ? 0 : draw(&seed, 3), first = 1; i > 0; i--, first = 0)
            add(&t, "%s%s", first ? "option " : " ", intended[draw(&seed, sizeof intended / sizeof *intended)]);
        add(&t, "\nrun %ums\n", 1 + draw(&seed, 100));
        make_board(&t);
        if (flashed) {
            doctor_json(flashed, &status);
            assert_int_equal(status, 0);
            doctor_bench("advance b.board 300ms");
        }
        remove("intended.txt");
        doctor_json("option save intended.txt", &status);
        assert_int_equal(status, 0);
        doctor_json("doctor --keep intended.txt", &status);
        if (status == 0 && !strpbrk(doctor_found(), "!~"))
            continue;
        print_message("board %u: %s (status %d)\n%s\n", board, doctor_found(), status, t.all);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* ---- the link fails ---- */

static const struct {
    const char *fault, *event;
} links[] = { { "unplug", "transfer" },    { "usb-short", "transfer" }, { "usb-stall", "transfer" }, { "usb-late", "transfer" },
              { "usb-stuck", "transfer" }, { "swd-wait", "swd" },       { "swd-fault", "swd" },      { "swd-silent", "swd" },
              { "swd-parity", "swd" },     { "swd-lost", "swd" } };
#define ASLEEP     "app wait 1ms\napp sleep\nrun 10ms\n"
#define BOOTLOADER "app again\noption OPTR.nBOOT0=0 WRP1BR=0\nrun 1s\n"
static const struct job {
    const char *lines, *doctor;
    unsigned swd_coarser; /* than `stride`: it reads all of flash, word by word; 0: as it is */
    bool whole_only;      /* the sample has it in another */
} jobs[] = {
    { "app store 0x00000000 1\napp sleep\nrun 10ms\n", "doctor" },
    { "app store 0x00000000 1\napp sleep\nrun 10ms\n", "doctor --fix" },
    { "app wait 1ms\napp sleep\noption WRP1BR=0\nrun 10ms\n", "doctor --fix" },
    { ASLEEP, "doctor --test", .swd_coarser = 97 },
    { ASLEEP, "doctor --test read", .swd_coarser = 97, .whole_only = true },
    { ASLEEP, "doctor --test speed", .whole_only = true },
    { ASLEEP, "doctor --test write" },
    { ASLEEP, "doctor --test nrst", .whole_only = true },
    { ASLEEP, "doctor --test empty", .whole_only = true },
    { BOOTLOADER, "doctor" BY_USB },
    { BOOTLOADER, "doctor --fix" BY_USB },
};
enum { JOBS = sizeof jobs / sizeof *jobs, SAMPLE_SWD = 5 };

/* A test that programs is cut off before it has erased again: then its error says what is left where. */
static bool said_what_is_left(json_t *all)
{
    const char *hint = json_string_value(json_object_get(json_object_get(all, "error"), "hint"));

    return hint && strstr(hint, "may still be in page");
}

/* false: the fault did not come to its turn any more. */
static bool one_link(unsigned link, unsigned job, unsigned at, unsigned *wrong)
{
    static struct contents before, after;
    struct text t = { "" };
    json_t *all;
    int status;
    const bool usb = strstr(jobs[job].doctor, BY_USB) != NULL;

    if (usb && links[link].event[0] != 't') /* that link is not in use */
        return false;
    add(&t, "summary a link that fails\n%sfault %s at %s%s %u%s\n", jobs[job].lines, links[link].fault, usb ? "target-" : "",
        links[link].event, at, strcmp(links[link].fault, "unplug") == 0 ? " for 300ms" : "");
    make_board(&t);
    look_inside(&before);
    all = doctor_json(jobs[job].doctor, &status);
    look_inside(&after);
    if (after.fired && !(status == EXIT_FAILED || status == EXIT_NO_DEVICE ? said_what_is_left(all) : false) &&
        !nothing_lost(&before, &after, json_object_get(json_object_get(all, "result"), "done"))) {
        print_message("%s at %s %u, %s (status %d):\n%s\n", links[link].fault, links[link].event, at, jobs[job].doctor, status, t.all);
        (*wrong)++;
    }
    if (status != EXIT_DONE && status != EXIT_FAILED && status != EXIT_NO_DEVICE && status != EXIT_ATTENTION) {
        print_message("%s at %s %u, %s: status %d\n", links[link].fault, links[link].event, at, jobs[job].doctor, status);
        (*wrong)++;
    }
    return after.fired;
}

static unsigned stride_of(unsigned link, unsigned job)
{
    if (strcmp(links[link].event, "swd") != 0)
        return stride;
    return stride * (stride > 1 ? SAMPLE_SWD : 1) * (jobs[job].swd_coarser ? jobs[job].swd_coarser : 1);
}

static void a_link_that_fails_leaves_flash_and_options_as_they_were_or_as_announced(void **state)
{
    unsigned wrong = 0, points = 0;

    for (unsigned job = 0; job < JOBS; job++) {
        if (only_jobs ? job != (unsigned)atoi(only_jobs) : jobs[job].whole_only)
            continue;
        for (unsigned link = 0; link < sizeof links / sizeof *links; link++) {
            const unsigned step = stride_of(link, job);

            for (unsigned at = 1 + (link * 3 + job) % step; one_link(link, job, at, &wrong); at += step)
                points++;
        }
    }
    print_message("%u links that failed, %u bad ends\n", points, wrong);
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest mixed[] = { cmocka_unit_test(what_is_not_hidden_is_named_and_fixing_loses_nothing) },
                            healthy[] = { cmocka_unit_test(a_board_as_it_is_meant_to_be_is_healthy) },
                            link[] = { cmocka_unit_test(a_link_that_fails_leaves_flash_and_options_as_they_were_or_as_announced) };
    const char *const what = argc > 1 ? argv[1] : "mixed";

    boards = stride = argc > 2 ? (unsigned)atoi(argv[2]) : 10;
    only_jobs = argc > 3 ? argv[3] : NULL;
    if (strcmp(what, "healthy") == 0)
        return cmocka_run_group_tests(healthy, doctor_folder, doctor_folder_gone);
    if (strcmp(what, "link") == 0)
        return cmocka_run_group_tests(link, doctor_folder, doctor_folder_gone);
    return cmocka_run_group_tests(mixed, doctor_folder, doctor_folder_gone);
}
