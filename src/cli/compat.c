/* compat.c - which of its names this program was started by. See compat.h. */
#include "cli/compat.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    compat_main_fn *run;
} names[] = {
    { "STM32_Programmer_CLI", compat_st_main },
    { "STM32_Programmer", compat_st_main }, /* STM32_Programmer.sh, as stm32duino calls it on Linux */
    { "ST-LINK_gdbserver", compat_gdbserver_main },
};

compat_main_fn *compat_find(const char *argv0)
{
    static const char *const endings[] = { "", ".exe", ".sh" };
    const char *slash = argv0 ? strrchr(argv0, '/') : NULL, *name = slash ? slash + 1 : argv0 ? argv0 : "";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t len = strlen(names[i].name);

        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
            if (strncasecmp(name, names[i].name, len) == 0 && strcasecmp(name + len, endings[k]) == 0)
                return names[i].run;
    }
    return NULL;
}
