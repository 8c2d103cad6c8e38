/* words.c - the words of a scenario's lines. See words.h. */
#include "scenarios/words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool word_wrong(struct parser *p, const char *format, ...)
{
    char text[120];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(p->e, ERR_INPUT, "%.60s:%u:%u: %s", p->name, p->number, p->column, text);
}

const char *word_skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

bool word_next(struct parser *p)
{
    size_t len;

    p->at = word_skip_blanks(p->at);
    p->column = (unsigned)(p->at - p->line) + 1;
    len = strcspn(p->at, " \t");
    if (len >= WORD)
        return word_wrong(p, "this word is too long");
    memcpy(p->word, p->at, len);
    p->word[len] = '\0';
    p->at += len;
    return true;
}

bool word_need(struct parser *p, const char *what) { return word_next(p) && (p->word[0] || word_wrong(p, "%s is missing", what)); }

bool word_end_of_line(struct parser *p)
{
    return word_next(p) && (!p->word[0] || word_wrong(p, "nothing is expected after this, not '%s'", p->word));
}

bool word_number(struct parser *p, const char *what, uint64_t most, uint64_t *value)
{
    char *end;

    if (!word_need(p, what))
        return false;
    errno = 0;
    *value = strtoull(p->word, &end, 0);
    if (!isdigit((unsigned char)p->word[0]) || *end || errno)
        return word_wrong(p, "%s is a number (decimal or 0x), not '%s'", what, p->word);
    return *value <= most || word_wrong(p, "%s is at most %" PRIu64, what, most);
}

bool word_number32(struct parser *p, const char *what, uint32_t *value)
{
    uint64_t v;

    if (!word_number(p, what, UINT32_MAX, &v))
        return false;
    *value = (uint32_t)v;
    return true;
}

bool word_time(struct parser *p, uint64_t *ps)
{
    static const struct {
        const char *suffix;
        uint64_t ps;
    } units[] = { { "us", PS_PER_US }, { "ms", PS_PER_MS }, { "s", PS_PER_S } };
    char *end;
    unsigned long long v;

    if (!word_need(p, "a time (500ms, 2s, 30us)"))
        return false;
    errno = 0;
    v = strtoull(p->word, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (isdigit((unsigned char)p->word[0]) && !errno && strcmp(end, units[i].suffix) == 0 && v <= 3600 * PS_PER_S / units[i].ps) {
            *ps = v * units[i].ps;
            return true;
        }
    return word_wrong(p, "'%s' is no time up to an hour: 500ms, 2s and 30us are", p->word);
}

bool word_one_of(struct parser *p, const char *what, const char *const *names, unsigned count, unsigned *index)
{
    char known[100] = "";

    if (!word_need(p, what))
        return false;
    for (unsigned i = 0; i < count; i++) {
        const size_t used = strlen(known);

        if (names[i][0] && strcmp(p->word, names[i]) == 0) {
            *index = i;
            return true;
        }
        snprintf(known + used, sizeof known - used, "%s%s", used && names[i][0] ? ", " : "", names[i]);
    }
    return word_wrong(p, "%s is none of %s", p->word, known);
}

bool word_register(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg)
{
    return scenario_register(p->chip, p->word, addr, block, reg) || word_wrong(p, "'%s' is no register of %s", p->word, p->chip);
}

bool word_address(struct parser *p, uint32_t *addr, const struct reg_block **block, const char **reg)
{
    char *end;
    unsigned long long v;

    *block = NULL;
    if (!word_need(p, "a register or an address"))
        return false;
    if (!isdigit((unsigned char)p->word[0]))
        return word_register(p, addr, block, reg);
    errno = 0;
    v = strtoull(p->word, &end, 0);
    if (*end || errno || v > UINT32_MAX)
        return word_wrong(p, "'%s' is no address", p->word);
    *addr = (uint32_t)v;
    return true;
}

bool word_value(struct parser *p, const struct reg_block *block, const char *reg, uint32_t *v, uint32_t *mask)
{
    char text[WORD];
    char *end;
    unsigned long long n;

    if (!word_need(p, "a value"))
        return false;
    if (isdigit((unsigned char)p->word[0])) {
        errno = 0;
        n = strtoull(p->word, &end, 0);
        *mask = UINT32_MAX;
        *v = (uint32_t)n;
        return (!*end && !errno && n <= UINT32_MAX) || word_wrong(p, "'%s' is no number of 32 bits", p->word);
    }
    strcpy(text, p->word);
    return (block && scenario_fields(block, reg, text, v, mask)) || word_wrong(p, "'%s' is no FIELD=VALUE of that register", p->word);
}

bool word_pin(const char *text, uint32_t *value)
{
    char *end;
    unsigned long n;

    if (text[0] != 'P' || text[1] < 'A' || text[1] > 'F' || !isdigit((unsigned char)text[2]))
        return false;
    n = strtoul(text + 2, &end, 10);
    *value = (uint32_t)text[1] << 8 | (uint32_t)n;
    return !*end && n < 16;
}
