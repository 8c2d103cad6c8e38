/* cli_json.c - what programs read: one object per invocation. The shape is a promise, written down in docs/json.md. */
#include "cli/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 9 }; /* of a real number: seconds to the microsecond, and no 0.085999999999999993 */

/* Bytes of the UTF-8 character that begins here (RFC 3629); 0: none does. */
static size_t character(const char *text)
{
    const uint8_t *t = (const uint8_t *)text;
    const size_t n = t[0] < 0x80 ? 1 : t[0] < 0xC2 ? 0 : t[0] < 0xE0 ? 2 : t[0] < 0xF0 ? 3 : t[0] < 0xF5 ? 4 : 0;

    for (size_t i = 1; i < n; i++)
        if ((t[i] & 0xC0) != 0x80)
            return 0;
    if ((t[0] == 0xE0 && t[1] < 0xA0) || (t[0] == 0xED && t[1] > 0x9F) || (t[0] == 0xF0 && t[1] < 0x90) || (t[0] == 0xF4 && t[1] > 0x8F))
        return 0; /* longer than need be; half of a pair; behind the last character */
    return n;
}

json_t *cli_json_text(const char *text)
{
    static const char unknown[] = "\xEF\xBF\xBD"; /* U+FFFD */
    char *clean = malloc((sizeof unknown - 1) * strlen(text) + 1), *to = clean;
    json_t *string;

    if (!clean)
        return NULL;
    for (size_t n; *text; text += n ? n : 1) {
        const size_t len = (n = character(text)) ? n : sizeof unknown - 1;

        memcpy(to, n ? text : unknown, len);
        to += len;
    }
    *to = '\0';
    string = json_string(clean);
    free(clean);
    return string;
}

json_t *cli_json_hex(uint32_t value, int digits) { return json_sprintf("0x%0*" PRIX32, digits, value); }

static json_t *lines(const char (*text)[ERR_TEXT], unsigned count)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(array, cli_json_text(text[i]));
    return array;
}

void cli_print_json(struct cli *cli, enum cli_exit status, const struct err *e)
{
    json_t *all = json_object();

    json_object_set_new(all, "command", cli->command ? json_string(cli->command->name) : json_null());
    json_object_set_new(all, "ok", json_boolean(status == EXIT_DONE));
    json_object_set_new(all, "exit", json_integer(status));
    json_object_set(all, "result", cli->result);
    json_object_set(all, "notes", cli->notes);
    if (e) {
        json_t *error = json_object();

        json_object_set_new(error, "kind", json_string(err_kind_name(e->kind)));
        json_object_set_new(error, "cause", cli_json_text(e->cause));
        json_object_set_new(error, "doing", lines(e->doing, e->n_doing));
        json_object_set_new(error, "seen", lines(e->seen, e->n_seen));
        json_object_set_new(error, "hint", cli_json_text(e->hint));
        json_object_set_new(error, "exit", json_integer(status));
        if (cli->why_json)
            json_object_set(error, "findings", cli->why_json);
        json_object_set_new(all, "error", error);
    }
    json_dumpf(all, cli->out, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
    fputc('\n', cli->out);
    json_decref(all);
}
