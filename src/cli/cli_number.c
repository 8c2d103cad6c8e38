/* cli_number.c - numbers and durations as people type them. */
#include "cli/command.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool cli_number(const char *text, uint32_t *value, struct err *e)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    unsigned long long v;
    char *end;

    errno = 0;
    v = strtoull(text, &end, hex ? 16 : 10);
    if (!isdigit((unsigned char)text[0]) || (hex && !isxdigit((unsigned char)text[2])) || *end || errno || v > UINT32_MAX)
        return err_set(e, ERR_USAGE, "'%.60s' is not a number: decimal or 0x..., up to 0xFFFFFFFF", text);
    *value = (uint32_t)v;
    return true;
}

bool cli_duration_us(const char *text, uint64_t *us, struct err *e)
{
    static const struct {
        const char *suffix;
        uint64_t us;
    } units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 } };
    unsigned long long v;
    char *end;

    errno = 0;
    v = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (isdigit((unsigned char)text[0]) && !errno && strcmp(end, units[i].suffix) == 0 && v <= UINT64_MAX / units[i].us) {
            *us = v * units[i].us;
            return true;
        }
    return err_set(e, ERR_USAGE, "'%.60s' is not a time: 500ms, 2s and 30us are", text);
}
