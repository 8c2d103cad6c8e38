/* cmd_ide.c - sector0 ide gdbinit|vscode|cmake [FILE]: ready configurations on the standard output. Needs no probe. */
#include "cli/command.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_DEFAULT = 61234 };

struct where {
    char program[PATH_MAX]; /* this program */
    char names[PATH_MAX];   /* the folder with ST's names, or "" if it is not installed */
    uint32_t port;
    const char *file;
};

/* PREFIX/bin/sector0 has PREFIX/libexec/sector0/st beside it. */
static void find_names(struct where *w)
{
    char *slash;
    int n;

    snprintf(w->names, sizeof w->names, "%s", w->program);
    for (int up = 0; up < 2; up++) {
        slash = strrchr(w->names, '/');
        if (!slash) {
            w->names[0] = '\0';
            return;
        }
        *slash = '\0';
    }
    n = (int)strlen(w->names);
    snprintf(w->names + n, sizeof w->names - (size_t)n, "/%s/sector0/st", SECTOR0_LIBEXEC);
    if (access(w->names, X_OK) != 0)
        w->names[0] = '\0';
}

static bool find_program(struct where *w, struct err *e)
{
    const ssize_t n = readlink("/proc/self/exe", w->program, sizeof w->program - 1);

    if (n <= 0)
        return err_set(e, ERR_IO, "this program cannot find its own place (/proc/self/exe)");
    w->program[n] = '\0';
    find_names(w);
    return true;
}

/* In double quotes, as GDB, JSON and CMake take them alike: backslash before a backslash or a quote. */
static const char *quoted(const char *text, char *into, size_t cap)
{
    size_t n = 0;

    into[n++] = '"';
    for (; *text && n + 3 < cap; text++) {
        if (*text == '"' || *text == '\\')
            into[n++] = '\\';
        into[n++] = *text;
    }
    into[n++] = '"';
    into[n] = '\0';
    return into;
}

/* ---- the configurations ----------------------------------------------------------------------------------------------------------- */

static char *gdbinit(const struct where *w)
{
    char *text = NULL, file[2 * PATH_MAX] = "";
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    if (w->file)
        quoted(w->file, file, sizeof file);
    fprintf(out, "# GDB and sector0: start `sector0 gdb --port %" PRIu32 "%s%s`, then `gdb-multiarch -x THIS_FILE`.\n", w->port,
            w->file ? " --elf " : "", file);
    if (w->file)
        fprintf(out, "file %s\n", file);
    fprintf(out,
            "set mem inaccessible-by-default on\n"
            "set remotetimeout 10\n"
            "target extended-remote localhost:%" PRIu32 "\n\n"
            "define flash\n"
            "  load\n"
            "  compare-sections\n"
            "  monitor reset halt\n"
            "end\n"
            "document flash\n"
            "Program the file, compare all of it, and stand at its first instruction.\n"
            "end\n\n"
            "# A load that fails: GDB itself does not show why. Last in this file: a GDB without Python stops here.\n"
            "python\n"
            "sector0_loading = False\n"
            "def sector0_why():\n"
            "    global sector0_loading\n"
            "    if sector0_loading:\n"
            "        sector0_loading = False\n"
            "        try:\n"
            "            gdb.execute('monitor why load')\n"
            "        except gdb.error:\n"
            "            pass\n"
            "gdb.events.before_prompt.connect(sector0_why)\n"
            "end\n"
            "define hook-load\n"
            "  python sector0_loading = True\n"
            "end\n",
            w->port);
    fclose(out);
    return text;
}

static char *vscode(const struct where *w)
{
    json_t *list = json_array(), *all;
    const char *file = w->file ? w->file : "${workspaceFolder}/build/app.elf";
    char target[40], *text;

    snprintf(target, sizeof target, "localhost:%" PRIu32, w->port);
    if (w->names[0])
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", "sector0 (starts the server)",
                                              "type", "cortex-debug", "request", "launch", "servertype", "stlink", "serverpath",
                                              "ST-LINK_gdbserver", "stm32cubeprogrammer", w->names, "cwd", "${workspaceFolder}",
                                              "executable", file, "interface", "swd", "runToEntryPoint", "main"));
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", "sector0 (start `sector0 gdb` first)", "type",
                                          "cortex-debug", "request", "launch", "servertype", "external", "gdbTarget", target, "cwd",
                                          "${workspaceFolder}", "executable", file, "runToEntryPoint", "main"));
    if (w->names[0]) { /* a full path: the name is found nowhere else */
        char server[PATH_MAX + 32];

        snprintf(server, sizeof server, "%s/ST-LINK_gdbserver", w->names);
        json_object_set_new(json_array_get(list, 0), "serverpath", json_string(server));
    }
    all = json_pack("{s:s, s:o}", "version", "0.2.0", "configurations", list);
    text = json_dumps(all, JSON_INDENT(4) | JSON_PRESERVE_ORDER);
    json_decref(all);
    return text;
}

static char *cmake(const struct where *w)
{
    char *text = NULL, place[2 * PATH_MAX], program[PATH_MAX];
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    snprintf(program, sizeof program, "%s", w->program);
    *strrchr(program, '/') = '\0';
    fprintf(out,
            "# CMake and sector0: include(THIS_FILE), then sector0_add_targets(NAME FILE), where FILE is an ELF, HEX or S-record file, for "
            "example\n"
            "#   sector0_add_targets(app $<TARGET_FILE:app>)\n"
            "# It makes the targets flash-NAME, verify-NAME, plan-NAME and debug-NAME (a GDB server). SECTOR0_PROBE in the environment "
            "chooses a probe.\n"
            "find_program(SECTOR0 sector0 HINTS %s)\n"
            "if(NOT SECTOR0)\n"
            "  message(FATAL_ERROR \"sector0 is not installed\")\n"
            "endif()\n\n"
            "function(sector0_add_targets name file)\n"
            "  foreach(command flash verify plan)\n"
            "    add_custom_target(${command}-${name} COMMAND ${SECTOR0} ${command} ${file} USES_TERMINAL VERBATIM)\n"
            "  endforeach()\n"
            "  add_custom_target(debug-${name} COMMAND ${SECTOR0} gdb --port %" PRIu32 " USES_TERMINAL VERBATIM)\n"
            "  if(TARGET ${name})\n"
            "    foreach(command flash verify plan debug)\n"
            "      add_dependencies(${command}-${name} ${name})\n"
            "    endforeach()\n"
            "  endif()\n"
            "endfunction()\n",
            quoted(program, place, sizeof place), w->port);
    if (w->file)
        fprintf(out, "\nsector0_add_targets(app %s)\n", quoted(w->file, place, sizeof place));
    fclose(out);
    return text;
}

static const struct {
    const char *name;
    char *(*make)(const struct where *w);
} kinds[] = { { "gdbinit", gdbinit }, { "vscode", vscode }, { "cmake", cmake } };

static enum cli_exit run(struct cli *cli, struct err *e)
{
    const char *port = cli_option(cli, "--port");
    struct where w = { .port = PORT_DEFAULT, .file = cli->words > 1 ? cli->word[1] : NULL };
    const size_t n = sizeof kinds / sizeof *kinds;
    size_t which = 0;
    char *text;

    while (which < n && strcmp(kinds[which].name, cli->word[0]) != 0)
        which++;
    if (which == n) {
        err_set(e, ERR_USAGE, "there is no configuration for '%.40s'", cli->word[0]);
        err_hint(e, "gdbinit, vscode and cmake are there");
        return EXIT_USAGE;
    }
    if (port &&
        (!cli_number(port, &w.port, e) || ((w.port == 0 || w.port > UINT16_MAX) && !err_set(e, ERR_USAGE, "%s is no TCP port", port))))
        return cli_exit_of(e);
    if (!find_program(&w, e))
        return cli_exit_of(e);
    text = kinds[which].make(&w);
    if (!text) {
        err_set(e, ERR_NOMEM, "no memory for a configuration");
        return cli_exit_of(e);
    }
    cli_print(cli, "%s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
    json_object_set_new(cli->result, "text", json_string(text));
    free(text);
    return EXIT_DONE;
}

const struct command command_ide = {
    .name = "ide",
    .args = "gdbinit|vscode|cmake [FILE]",
    .summary = "Print a ready configuration for GDB, VS Code or CMake",
    .help = "gdbinit: commands for GDB (`gdb-multiarch -x FILE`). vscode: a launch.json for the extension cortex-debug. cmake: a file to "
            "include,\n"
            "which makes targets flash-NAME, verify-NAME, plan-NAME and debug-NAME. FILE is the program to be debugged.",
    .options = (const struct cli_option[]){ { "--port", "N", "TCP port of the GDB server (default 61234)" }, { 0 } },
    .touch = TOUCH_LOOKS,
    .words_min = 1,
    .words_max = 2,
    .run = run,
};
