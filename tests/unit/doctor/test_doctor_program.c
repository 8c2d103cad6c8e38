/* test_doctor_program.c - which program is in flash: the one that is named, or what was flashed last if flash still holds it. */
#include "doctor/program.h"
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 600 };

static struct rig r;
static char firmware[PATH]; /* the folder of the charger's ELF files */

static void shows(const char *line)
{
    if (!strstr(doctor_said(&r, "doctor", 0), line))
        fail_msg("not there: %s\n%s", line, r.out);
}

static void copy(const char *name, const char *as)
{
    char command[2 * PATH];

    snprintf(command, sizeof command, "cp '%.500s/%s' %s", firmware, name, as);
    assert_int_equal(system(command), 0);
}

/* A fresh board with the charger on it, from app.elf; its firmware runs. */
static int flashed(void **state)
{
    const char *const charger = getenv("SECTOR0_CHARGER");

    assert_non_null(charger);
    snprintf(firmware, sizeof firmware, "%.*s", (int)(strrchr(charger, '/') - charger), charger);
    unlink("app.hex");
    copy("charger.elf", "app.elf");
    doctor_bench("new b.board --force --chip stm32u073rc");
    doctor_said(&r, "flash app.elf", 0);
    return 0;
}

#define IN_MAIN "chip      STM32U073/U083, 256 KiB of flash; "
#define NAMED   "program   app.elf, flashed last\n"

static bool is_named(void)
{
    const char *const chip = strstr(r.out, IN_MAIN), *const main_at = chip ? strstr(chip, " main+0x") : NULL;

    return main_at && main_at < strchr(chip, '\n');
}

static void what_was_flashed_last_gives_the_names(void **state)
{
    shows(NAMED);
    assert_true(is_named());
}

static void it_is_there_by_its_whole_path(void **state)
{
    assert_int_equal(mkdir("elsewhere", 0700), 0);
    assert_int_equal(chdir("elsewhere"), 0);
    doctor_bench("new b.board --force --chip stm32u073rc");
    doctor_said(&r, "flash ../app.elf", 0);
    assert_int_equal(chdir(".."), 0);
    r = (struct rig){ .env_probe = "bench:elsewhere/b.board" };
    rig_run(&r, "doctor");
    assert_non_null(strstr(r.out, NAMED));
    assert_int_equal(system("rm -r elsewhere"), 0);
}

static void flash_that_was_changed_since_is_seen(void **state)
{
    doctor_said(&r, "write 0x08000010 1", 0);
    shows("program   not known: app.elf was flashed last, and flash differs from it at 0x08000010\n");
    assert_false(is_named());
}

static void a_file_that_was_built_anew_is_not_what_flash_holds(void **state)
{
    copy("charger-next.elf", "app.elf");
    shows("program   not known: app.elf was flashed last, and flash differs from it at 0x0800");
    assert_false(is_named());
    doctor_said(&r, "flash app.elf", 0);
    shows(NAMED);
}

static uint32_t place_in_main(void)
{
    json_t *const result = json_object_get(doctor_json("doctor", NULL), "result"), *text;
    const char *at;

    json_object_foreach(json_object_get(json_object_get(result, "evidence"), "places"), at,
                        text) if (strncmp(json_string_value(text), "main+", 5) == 0) return (uint32_t)strtoul(at, NULL, 16);
    fail_msg("the core was not seen in main");
    return 0;
}

static size_t read_whole(const char *path, uint8_t *bytes, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, cap, f);
    fclose(f);
    assert_true(n > 0 && n < cap);
    return n;
}

/* The vectors are the same, and one instruction is not: in the file, so that flash and what runs stay as they are. */
static void a_difference_where_the_core_is_is_seen_too(void **state)
{
    enum { CAP = 1 << 20, PIECE = 16 };
    const uint32_t at = place_in_main() & ~(uint32_t)(PIECE - 1);
    uint8_t *elf = malloc(CAP), piece[PIECE + 1], *found;
    char words[100];
    size_t len;
    FILE *f;

    assert_non_null(elf);
    snprintf(words, sizeof words, "read 0x%08X %u -o piece.bin", (unsigned)at, (unsigned)PIECE);
    doctor_said(&r, words, 0);
    assert_int_equal(read_whole("piece.bin", piece, sizeof piece), PIECE);
    len = read_whole("app.elf", elf, CAP);
    found = memmem(elf, len, piece, PIECE);
    assert_non_null(found);
    found[5] ^= 1;
    f = fopen("app.elf", "wb");
    assert_true(f && fwrite(elf, 1, len, f) == len && fclose(f) == 0);
    free(elf);
    snprintf(words, sizeof words, "program   not known: app.elf was flashed last, and flash differs from it at 0x%08X\n", (unsigned)at + 5);
    shows(words);
    assert_false(is_named());
}

static void a_file_that_is_gone_is_told(void **state)
{
    assert_int_equal(unlink("app.elf"), 0);
    shows("program   not known: app.elf, flashed last, cannot be read any more\n");
}

static void other_formats_have_their_elf_file_beside_them(void **state)
{
    doctor_said(&r, "read 0x08000000 6104 -o app.hex", 0);
    doctor_said(&r, "flash app.hex", 0);
    shows(NAMED);
    assert_true(is_named());
    assert_int_equal(unlink("app.elf"), 0);
    doctor_said(&r, "doctor", 0);
    assert_null(strstr(r.out, "program   "));
}

static void what_nothing_is_to_be_kept_of_is_not_remembered(void **state)
{
    doctor_bench("new fresh.board --force --chip stm32u073rc");
    r = (struct rig){ .env_probe = "bench:fresh.board" };
    rig_run(&r, "flash --no-save app.elf");
    assert_int_equal(r.status, 0);
    rig_run(&r, "doctor");
    assert_null(strstr(r.out, "program   "));
}

static void one_that_is_named_gives_its_names_and_a_difference_is_told(void **state)
{
    copy("charger-next.elf", "next.elf");
    doctor_said(&r, "doctor --elf app.elf", 0);
    assert_non_null(strstr(r.out, "program   app.elf\n"));
    assert_true(is_named());
    doctor_said(&r, "doctor --elf next.elf", 0);
    assert_non_null(strstr(r.out, "program   next.elf; names may be wrong: flash differs from it at 0x0800"));
    doctor_said(&r, "doctor --elf none.elf", 1);
    assert_non_null(strstr(r.err, "cannot read 'none.elf'"));
}

static void after_fixing_the_image_is_the_program(void **state)
{
    copy("charger-next.elf", "next.elf");
    doctor_said(&r, "option set WRP1B_STRT=0 WRP1B_END=0 --yes", 0);
    doctor_said(&r, "doctor --fix --image next.elf", 0);
    shows("program   next.elf, flashed last\n");
}

static void a_report_has_the_name_and_no_path(void **state)
{
    char text[400], *all = calloc(1, 1 << 20);
    FILE *f;

    doctor_said(&r, "doctor --report case.json", 0);
    f = fopen("case.json", "r");
    assert_non_null(f);
    assert_true(all && fread(all, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    assert_non_null(strstr(all, "app.elf"));
    assert_non_null(getcwd(text, sizeof text));
    assert_null(strstr(all, text));
    free(all);
    doctor_said(&r, "doctor --replay case.json", 0);
    assert_non_null(strstr(r.out, NAMED));
    assert_true(is_named());
}

static void the_elf_file_of_an_image(void **state)
{
    static const struct {
        const char *image, *elf; /* NULL: none */
    } rows[] = { { "app.elf", "app.elf" },     { "gone.ELF", "gone.ELF" }, { "app.hex", "app.elf" },
                 { "./app.bin", "./app.elf" }, { "app", "app.elf" },       { "app.v2.hex", NULL },
                 { "none.hex", NULL },         { "x.out", "x.out" },       { "", NULL },
                 { "folder.d/app.bin", NULL } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[100] = "";
        const bool found = program_elf_of(rows[i].image, path, sizeof path);

        if (found != (rows[i].elf != NULL) || (found && strcmp(path, rows[i].elf) != 0))
            fail_msg("%s: %s", rows[i].image, found ? path : "none");
    }
    for (size_t cap = 0; cap < 8; cap++) { /* what does not fit is none */
        char path[8];

        assert_false(program_elf_of("app.elf", path, cap));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, flashed)
    const struct CMUnitTest tests[] = { TEST(what_was_flashed_last_gives_the_names),
                                        TEST(it_is_there_by_its_whole_path),
                                        TEST(flash_that_was_changed_since_is_seen),
                                        TEST(a_file_that_was_built_anew_is_not_what_flash_holds),
                                        TEST(a_difference_where_the_core_is_is_seen_too),
                                        TEST(a_file_that_is_gone_is_told),
                                        TEST(other_formats_have_their_elf_file_beside_them),
                                        TEST(what_nothing_is_to_be_kept_of_is_not_remembered),
                                        TEST(one_that_is_named_gives_its_names_and_a_difference_is_told),
                                        TEST(after_fixing_the_image_is_the_program),
                                        TEST(a_report_has_the_name_and_no_path),
                                        TEST(the_elf_file_of_an_image) };

    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
