/* cli_json.c - what programs read: one object per invocation. The shape is a promise, written down in docs/json.md. */
#include "cli/frame.h"

#include <inttypes.h>
#include <stdio.h>

json_t *cli_json_hex(uint32_t value, int digits) { return json_sprintf("0x%0*" PRIX32, digits, value); }

static json_t *lines(const char (*text)[ERR_TEXT], unsigned count)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(array, json_string(text[i]));
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
        json_object_set_new(error, "cause", json_string(e->cause));
        json_object_set_new(error, "doing", lines(e->doing, e->n_doing));
        json_object_set_new(error, "seen", lines(e->seen, e->n_seen));
        json_object_set_new(error, "hint", json_string(e->hint));
        json_object_set_new(error, "exit", json_integer(status));
        json_object_set_new(all, "error", error);
    }
    json_dumpf(all, cli->out, JSON_INDENT(2));
    fputc('\n', cli->out);
    json_decref(all);
}
