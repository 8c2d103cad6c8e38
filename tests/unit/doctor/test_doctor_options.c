/* test_doctor_options.c - after `doctor --fix`: option words as saved before, as from the factory, or neither; and it says which. */
#include "device/device.h"
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = { "OPTR", "WRP1AR", "WRP1BR", "SECR" };
enum { WORDS = sizeof words / sizeof *words };

/* The five causes that the founding case's log fits (tools/demo.commands), and their neighbours. */
static const char *const boards[] = { "page0-protected",   "stale-flags",        "watchdog-started",        "mpu-forbids-ram",
                                      "controller-locked", "half-a-double-word", "boots-bootloader-always", "empty-flag-stale" };
enum { BOARDS = sizeof boards / sizeof *boards };

static struct rig r;

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    fwrite(bytes, 1, len, f);
    fclose(f);
}

static void an_image(void) /* good vectors, an endless loop */
{
    static const unsigned char image[] = { 0x00, 0x20, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xFE, 0xE7, 0x00, 0xBF, 0, 0, 0, 0 };

    write_file("i.bin", image, sizeof image);
}

/* What the chip says, by another command. */
static uint32_t word_now(const char *name)
{
    const char *at = strstr(doctor_said(&r, "option show", EXIT_DONE), name);
    const char *value = at ? strstr(at, "0x") : NULL;

    assert_non_null(value);
    return (uint32_t)strtoul(value, NULL, 16);
}

static uint32_t factory(const char *name)
{
    for (const struct option_word *o = device_by_id(0x489)->flash->options; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o->factory;
    fail_msg("there is no %s", name);
    return 0;
}

static void no_key(void)
{
    char text[40];
    FILE *f;

    doctor_said(&r, "read 0x400220A8 4 -o key.bin", EXIT_DONE); /* FLASH_OEMKEYSR */
    f = fopen("key.bin", "rb");
    assert_non_null(f);
    assert_int_equal(fread(text, 1, sizeof text, f), 4);
    fclose(f);
    assert_memory_equal(text, "\0\0\0\0", 4);
}

static const char *account(json_t *result, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(result, "options"), name));

    return text ? text : "(nothing)";
}

static void with_nothing_saved_the_words_read_as_from_the_factory_and_it_says_so(void **state)
{
    an_image();
    for (size_t i = 0; i < BOARDS; i++) {
        doctor_forget();
        doctor_board(boards[i], NULL);
        if (!strstr(doctor_said(&r, "doctor --fix --image i.bin --at 0x08000000", EXIT_DONE),
                    "options   OPTR WRP1AR WRP1BR SECR as from the factory: nothing had been saved\n") ||
            !strstr(r.out, "options   OEMKEYSR as from the factory: no key is set\n"))
            fail_msg("%s: %s", boards[i], r.out);
        for (size_t k = 0; k < WORDS; k++)
            if (word_now(words[k]) != factory(words[k]))
                fail_msg("%s: %s is 0x%08X, not 0x%08X", boards[i], words[k], word_now(words[k]), factory(words[k]));
        no_key();
    }
}

/* A scenario made anew from a shipped one, with a word of the user's own that is not the factory's: two saves, the newest has it. */
static void with_words_saved_they_read_as_saved_and_it_says_so(void **state)
{
    uint32_t saved[WORDS];

    an_image();
    for (size_t i = 0; i < BOARDS; i++) {
        json_t *result;
        int status;

        doctor_forget();
        doctor_board(NULL, "stm32u073rc");
        doctor_said(&r, "option set IWDG_STOP=0 --yes", EXIT_DONE);
        for (size_t k = 0; k < WORDS; k++)
            saved[k] = word_now(words[k]);
        assert_int_not_equal(saved[0], factory("OPTR"));
        doctor_said(&r, "option set IWDG_STDBY=0 --yes", EXIT_DONE); /* saves those, and changes another */
        doctor_board(boards[i], NULL);                               /* the same chip, in trouble */
        doctor_said(&r, "option show", EXIT_DONE);
        result = json_object_get(doctor_json("doctor --fix --image i.bin --at 0x08000000", &status), "result");
        assert_int_equal(status, EXIT_DONE);
        for (size_t k = 0; k < WORDS; k++) {
            const uint32_t now = word_now(words[k]);
            const char *says = account(result, words[k]);

            if (strcmp(says, now == saved[k] ? "saved" : now == factory(words[k]) ? "factory" : "?") != 0)
                fail_msg("%s: %s reads 0x%08X, and it says '%s'", boards[i], words[k], now, says);
        }
        assert_string_equal(account(result, "OEMKEYSR"), "factory");
    }
}

/* The user's own word stands, the accident beside it is taken back: all as in the save before the accident. */
static void an_accident_beside_a_users_own_word_ends_as_saved(void **state)
{
    uint32_t saved[WORDS];

    doctor_forget();
    an_image();
    doctor_board(NULL, "stm32u073rc");
    doctor_said(&r, "option set IWDG_STOP=0 --yes", EXIT_DONE);
    for (size_t k = 0; k < WORDS; k++)
        saved[k] = word_now(words[k]);
    doctor_said(&r, "option set WRP1B_STRT=0 WRP1B_END=0 --yes", EXIT_DONE);
    if (!strstr(doctor_said(&r, "doctor --fix --image i.bin --at 0x08000000", EXIT_DONE),
                "options   OPTR WRP1AR WRP1BR SECR as saved before\n"))
        fail_msg("%s", r.out);
    for (size_t k = 0; k < WORDS; k++)
        assert_int_equal(word_now(words[k]), saved[k]);
    no_key();
}

static void what_is_neither_saved_nor_the_factorys_is_named_with_its_value(void **state)
{
    static const char text[] = "summary own\napp again\noption OPTR.IWDG_STOP=0\noption WRP1BR=0\nrun 10ms\n";

    doctor_forget();
    write_file("own.scenario", text, sizeof text - 1);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario own.scenario");
    if (!strstr(doctor_said(&r, "doctor --fix", EXIT_DONE), "as found, which is not the factory's: nothing had been saved") ||
        !strstr(r.out, "options   WRP1AR WRP1BR SECR as from the factory: nothing had been saved"))
        fail_msg("%s", r.out);
}

static void an_oem_lock_that_appeared_is_said_to_be_permanent(void **state)
{
    static const char text[] =
        "summary careless\napp again\noption OEM1KEYW0R=0x20001234 OEM1KEYW1R=0x08000101 OEM1KEYW2R=0x20001F00 OEM1KEYW3R=0x00000003\n"
        "option WRP1BR=0\nrun 10ms\n";
    json_t *result;

    doctor_forget();
    write_file("oem.scenario", text, sizeof text - 1);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario oem.scenario");
    doctor_said(&r, "doctor", EXIT_ATTENTION);
    assert_non_null(strstr(r.out, "an OEM1 key is set, which is permanent"));
    doctor_said(&r, "doctor --fix", EXIT_ATTENTION);
    if (!strstr(r.out, "options   OPTR WRP1AR WRP1BR SECR as from the factory") || !strstr(r.out, " as found: an OEM1 key is set.") ||
        !strstr(r.out, "it is permanent for whoever does not know the key"))
        fail_msg("%s", r.out);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario oem.scenario");
    result = json_object_get(doctor_json("doctor --fix", NULL), "result");
    assert_string_equal(account(result, "OEMKEYSR"), "found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_saved_the_words_read_as_from_the_factory_and_it_says_so),
        cmocka_unit_test(with_words_saved_they_read_as_saved_and_it_says_so),
        cmocka_unit_test(an_accident_beside_a_users_own_word_ends_as_saved),
        cmocka_unit_test(what_is_neither_saved_nor_the_factorys_is_named_with_its_value),
        cmocka_unit_test(an_oem_lock_that_appeared_is_said_to_be_permanent),
    };

    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
