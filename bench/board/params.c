/* params.c - parameters of a board by name. See params.h. */
#include "board/params.h"

#include "base/crc32.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct param_row param_rows[] = {
#define P(name_, unit_, def_, least_, most_, source_) \
    { .name = #name_,                                 \
      .unit = unit_,                                  \
      .source = source_,                              \
      .def = def_,                                    \
      .least = least_,                                \
      .most = most_,                                  \
      .offset = offsetof(struct board_params, name_) },
    BOARD_PARAMS(P)
#undef P
#define P(name_, chars_, def_, source_) \
    { .name = #name_, .unit = "", .source = source_, .offset = offsetof(struct board_params, name_), .chars = chars_, .text_def = def_ },
        BOARD_PARAM_TEXTS(P)
#undef P
            { .name = NULL },
};

static uint64_t *number_of(struct board_params *p, const struct param_row *row) { return (uint64_t *)(void *)((char *)p + row->offset); }
static char *text_of(struct board_params *p, const struct param_row *row) { return (char *)p + row->offset; }

void params_defaults(struct board_params *p)
{
    *p = (struct board_params){ 0 };
    for (const struct param_row *row = param_rows; row->name; row++)
        if (row->chars)
            memcpy(text_of(p, row), row->text_def, strlen(row->text_def) + 1);
        else
            *number_of(p, row) = row->def;
}

static const struct param_row *find(const char *name)
{
    for (const struct param_row *row = param_rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static bool set_text(char *text, const struct param_row *row, const char *value, struct err *e)
{
    const size_t len = strlen(value);

    if (len == row->chars || len == 0) {
        size_t hex = 0;

        while (hex < len && isxdigit((unsigned char)value[hex]))
            hex++;
        if (hex == len) {
            memcpy(text, value, len + 1);
            return true;
        }
    }
    return err_set(e, ERR_USAGE, "%s is %u hex digits, or empty, not '%s'", row->name, row->chars, value);
}

static bool set_number(uint64_t *number, const struct param_row *row, const char *value, struct err *e)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(value, &end, 0);
    if (!isdigit((unsigned char)*value) || *end || errno)
        return err_set(e, ERR_USAGE, "%s wants a whole number%s%s, not '%s'", row->name, *row->unit ? " of " : "", row->unit, value);
    if (v < row->least || v > row->most)
        return err_set(e, ERR_USAGE, "%s is %llu, not within %" PRIu64 "..%" PRIu64, row->name, v, row->least, row->most);
    *number = v;
    return true;
}

bool params_set(struct board_params *p, const char *name, const char *value, struct err *e)
{
    const struct param_row *row = find(name);

    if (!row) {
        err_set(e, ERR_USAGE, "a board has no parameter '%s'", name);
        return err_hint(e, "`sector0-bench params` lists them");
    }
    return row->chars ? set_text(text_of(p, row), row, value, e) : set_number(number_of(p, row), row, value, e);
}

const char *params_get(const struct board_params *p, const struct param_row *row, char text[PARAM_TEXT])
{
    if (row->chars)
        snprintf(text, PARAM_TEXT, "%s", (const char *)p + row->offset);
    else
        snprintf(text, PARAM_TEXT, "%" PRIu64, *(const uint64_t *)(const void *)((const char *)p + row->offset));
    return text;
}

size_t params_print(const struct board_params *p, char *text, size_t cap)
{
    size_t used = 0;
    char value[PARAM_TEXT];

    for (const struct param_row *row = param_rows; row->name; row++)
        used +=
            (size_t)snprintf(used < cap ? text + used : NULL, used < cap ? cap - used : 0, "%s=%s\n", row->name, params_get(p, row, value));
    return used;
}

uint32_t params_hash(const struct board_params *p, const char *chip)
{
    char text[PARAMS_TEXT_MAX];
    const size_t len = params_print(p, text, sizeof text);

    return crc32_more(crc32_of(chip, strlen(chip)), text, len);
}
