/* test_doctor_seeds.c - seeded boards: healthy ones give no alarm; of two or three faults at once every one that is not masked is named,
 * and a repair says what it did or what is missing.
 *
 * Usage: test_doctor_seeds [COUNT]; a small sample without. */
#include "doctor_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static unsigned count = 8;

static uint32_t next(uint32_t *x) /* xorshift32 */
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    return *x ^= *x << 5;
}

static void write_scenario(const char *text)
{
    FILE *f = fopen("seed.scenario", "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    doctor_bench("new b.board --force --chip stm32u073rc --scenario seed.scenario");
}

static void healthy_boards_give_no_alarm(void **state)
{
    static const char *const apps[] = { "app again\n", "app wait 1ms\napp sleep\n", "app irqs-off\napp again\n",
                                        "app store IWDG.KR 0xCCCC\napp store IWDG.KR 0xAAAA\napp again\n",
                                        "app set RCC.APBENR1 PWREN=1\napp wait 2ms\napp again\n" };
    static const char *const options[] = { "",
                                           "option OPTR.nRST_STOP=0\n",
                                           "option WRP1AR=0x00030000\n",
                                           "option SECR.BOOT_LOCK=1\n",
                                           "option OPTR.IWDG_STDBY=0,nRST_SHDW=0 WRP1BR=0x00070005\n",
                                           "option OPTR.NRST_MODE=2\n" };

    for (unsigned seed = 1; seed <= count; seed++) {
        uint32_t x = seed * 2654435761u;
        const char *app = apps[next(&x) % 5], *option = options[next(&x) % 6];
        static struct rig r;
        char text[500];

        snprintf(text, sizeof text, "summary seed %u\n%s%srun %ums\n", seed, app, option, 5 + (unsigned)(next(&x) % 40));
        write_scenario(text);
        r = (struct rig){ .env_probe = "bench:b.board" };
        rig_run(&r, "option save keep.txt");
        assert_int_equal(r.status, 0);
        doctor_json("doctor --keep keep.txt", NULL);
        if (strpbrk(doctor_found(), "!~"))
            fail_msg("seed %u: '%s' on\n%s", seed, doctor_found(), text);
    }
}

static const struct fault_row {
    const char *app, *option, *debugger, *id;
    bool needs_app; /* masked where the application does not run */
    bool stops_app;
} faults[] = {
    { "app store 0x00000000 1\napp store 0x00000004 1\n", "", "", "stale-error-flags", true, false },
    { "", " WRP1AR=0x00030001", "", "wrp-pages", false, false },
    { "", " OPTR.nBOOT0=0", "", "rom-boot-by-option", false, true },
    { "", "", "debugger store DBGMCU.CR 0x6\n", "dbgmcu-left-on-changes-app", false, false },
    { "", " SECR.BOOT_LOCK=0", "wiring vtref open\n", "vtref-missing-or-low", false, false },
    { "app store IWDG.KR 0xCCCC\n", "", "", "watchdog-kills-loader", true, false },
};
enum { FAULTS = sizeof faults / sizeof *faults };

static void of_mixed_faults_each_that_is_not_masked_is_named(void **state)
{
    for (unsigned seed = 1; seed <= count; seed++) {
        uint32_t x = seed * 2246822519u;
        const unsigned a = next(&x) % FAULTS, b = (a + 1 + next(&x) % (FAULTS - 1)) % FAULTS;
        const struct fault_row *row[2] = { &faults[a < b ? a : b], &faults[a < b ? b : a] };
        const bool app_runs = !row[0]->stops_app && !row[1]->stops_app;
        char text[700], options[200];
        json_t *result;

        snprintf(options, sizeof options, "%s%s", row[0]->option, row[1]->option);
        snprintf(text, sizeof text, "summary seed %u\n%s%sapp again\n%s%s%srun 10ms\n%s%s", seed, row[0]->app, row[1]->app,
                 options[0] ? "option" : "", options, options[0] ? "\n" : "", row[0]->debugger, row[1]->debugger);
        write_scenario(text);
        doctor_json("doctor", NULL);
        for (unsigned i = 0; i < 2; i++)
            if ((app_runs || !row[i]->needs_app) && !strstr(doctor_found(), row[i]->id))
                fail_msg("seed %u: %s is not in '%s' on\n%s", seed, row[i]->id, doctor_found(), text);
        result = json_object_get(doctor_json("doctor --fix", NULL), "result");
        if (json_is_true(json_object_get(result, "changed")) ? json_array_size(json_object_get(result, "done")) == 0
                                                             : !json_string_value(json_object_get(result, "missing")))
            fail_msg("seed %u: the repair says neither what it did nor what is missing\n%s", seed, text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_boards_give_no_alarm),
        cmocka_unit_test(of_mixed_faults_each_that_is_not_masked_is_named),
    };

    if (argc > 1)
        count = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
