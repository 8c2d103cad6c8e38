/* doctor_rig.c - see doctor_rig.h. */
#include "doctor_rig.h"
#include "cli/cli.h" /* the bench's */
#include "scenarios/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *last;

void doctor_bench(const char *words)
{
    char text[300], *argv[20] = { "sector0-bench" }, *rest;
    const int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int argc = 1, status;

    snprintf(text, sizeof text, "%s", words);
    for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    fflush(stdout);
    dup2(null, STDOUT_FILENO);
    status = bench_main(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    close(null);
    if (status != 0)
        fail_msg("sector0-bench %s: status %d", words, status);
}

void doctor_board(const char *scenario, const char *chip)
{
    char words[200], only[32] = "";

    for (const struct shipped_scenario *k = shipped_scenarios; scenario && k->name; k++)
        if (strcmp(k->name, scenario) == 0)
            scenario_chip(k->text, strlen(k->text), only);
    snprintf(words, sizeof words, "new b.board --force --chip %s%s%s",
             chip      ? chip
             : only[0] ? only
                       : "stm32u073rc",
             scenario ? " --scenario " : "", scenario ? scenario : "");
    doctor_bench(words);
}

json_t *doctor_json(const char *words, int *status)
{
    static struct rig r;
    char text[300];
    json_error_t where;

    r = (struct rig){ .env_probe = "bench:b.board" };
    snprintf(text, sizeof text, "%s --json", words);
    rig_run(&r, text);
    json_decref(last);
    last = json_loads(r.out, 0, &where);
    if (!last)
        fail_msg("sector0 %s: no JSON (%s): %s%s", text, where.text, r.out, r.err);
    if (status)
        *status = r.status;
    return last;
}

const char *doctor_said(struct rig *r, const char *words, int status)
{
    *r = (struct rig){ .env_probe = "bench:b.board" };
    rig_run(r, words);
    if (r->status != status)
        fail_msg("sector0 %s: status %d: %s%s", words, r->status, r->out, r->err);
    return r->out;
}

const char *doctor_found(void)
{
    static char text[2000];
    const json_t *list = json_object_get(json_object_get(last, "result"), "findings");

    if (!list)
        list = json_object_get(json_object_get(last, "error"), "findings");
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        const char *certainty = json_string_value(json_object_get(f, "certainty")),
                   *cause = json_string_value(json_object_get(f, "follows_from"));
        const size_t used = strlen(text);

        snprintf(text + used, sizeof text - used, "%s%c%s%s%s", used ? " " : "",
                 certainty[0] == 'c'   ? '!'
                 : certainty[0] == 'l' ? '~'
                                       : '?',
                 cause ? cause : "", cause ? ">" : "", json_string_value(json_object_get(f, "id")));
    }
    return text;
}

void doctor_forget(void) { assert_int_equal(system("rm -rf \"$XDG_STATE_HOME/sector0\""), 0); }

int doctor_folder(void **state)
{
    static char folder[] = "/tmp/sector0-doctor-XXXXXX";

    assert_non_null(mkdtemp(folder));
    *state = folder;
    setenv("XDG_STATE_HOME", folder, 1);
    rig_detach_all();
    return chdir(folder);
}

int doctor_folder_gone(void **state)
{
    char command[100];

    json_decref(last);
    last = NULL;
    snprintf(command, sizeof command, "rm -r '%s'", (const char *)*state);
    return chdir("/") != 0 || system(command) != 0;
}
