/* fuzz_scenario.c - any bytes at all as a scenario: an error that says where, or one that can be read again to the same. */
#include "fuzz.h"

#include "scenarios/scenario.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct scenario one, two;
    static uint8_t app[8192];

    for (unsigned i = 0; chip_list(i); i++) {
        struct err e = { 0 };

        if (!scenario_parse(&one, "fuzz", (const char *)bytes, len, chip_list(i), &e)) {
            CLAIM(e.kind == ERR_INPUT && strncmp(e.cause, "fuzz:", 5) == 0);
            continue;
        }
        CLAIM(one.summary[0] && one.steps <= SCENARIO_STEPS && one.faults <= FAULTS_MAX);
        CLAIM(scenario_parse(&two, "fuzz", (const char *)bytes, len, chip_list(i), &e));
        CLAIM(memcmp(&one, &two, sizeof one) == 0);
        CLAIM(scenario_app(&one, 0, one.steps, 4000000, app, sizeof app) <= sizeof app);
    }
    return 0;
}
