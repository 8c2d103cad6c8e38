/* compat_gdbserver.c - ST-LINK_gdbserver: ST's options, config file, output and failure lines around the GDB server of rsp/server.h.
 *
 * What clients look for is "Waiting for debugger connection...", printed once the target is connected and the port is open. What only tunes
 * ST's implementation is taken with a note. Sources: UM2576; public logs.
 */
#include "cli/compat.h"
#include "cli/flashing.h"
#include "cli/resolve.h"
#include "rsp/server.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PORT = 61234,
    LEVEL_MAX = 31,
    KHZ = 4000,
    KHZ_MAX = 100000,
    REFRESH_S = 15,
    CONFIG_LINE = 1024,
    WORDS_MAX = 256,
    HALT_MS = 500,
};
#define COMPATIBLE "7.10.0"

struct server_line { /* what the options say */
    uint32_t port, level, khz, apid, refresh;
    const char *serial, *log, *config;
    bool swd, under_reset, attach, halt, persistent, verbose, erase_all, list, help, version, licenses, no_semihosting;
    char *owned[WORDS_MAX]; /* words of the config file */
    unsigned owns;
    const char *note[WORDS_MAX]; /* options that are taken and have nothing to do */
    unsigned notes;
};

enum effect { SETS, COUNTS, NAMES, READS, NOTED };

#define AT(member) offsetof(struct server_line, member)

/* clang-format off */
static const struct server_option {
    const char *brief, *name, *value; /* value: NULL for a switch */
    enum effect effect;
    size_t at;
    const char *why; /* NOTED: why there is nothing to do; else what it does */
} options[] = {
    { "c",  "config-file",              "FILE",  READS,   AT(config),         "read options from FILE, one a line, # begins a comment" },
    { "p",  "port-number",              "N",     COUNTS,  AT(port),           "TCP port for GDB (61234)" },
    { "d",  "swd",                      NULL,    SETS,    AT(swd),            "SWD; sector0 speaks nothing else" },
    { "i",  "serial-number",            "SN",    NAMES,   AT(serial),         "the probe with this serial number" },
    { "q",  "debuggers",                NULL,    SETS,    AT(list),           "list probes" },
    { "m",  "apid",                     "N",     COUNTS,  AT(apid),           "access port; these chips have 0" },
    { "k",  "initialize-reset",         NULL,    SETS,    AT(under_reset),    "connect under reset" },
    { "g",  "attach",                   NULL,    SETS,    AT(attach),         "attach to the running target" },
    { NULL, "halt",                     NULL,    SETS,    AT(halt),           "halt the core at once" },
    { "e",  "persistent",               NULL,    SETS,    AT(persistent),     "go on when the last debugger has left" },
    { "f",  "log-file",                 "FILE",  NAMES,   AT(log),            "write what is printed to FILE, too" },
    { "l",  "log-level",                "0..31", COUNTS,  AT(level),          "how much goes to the log" },
    { "v",  "verbose",                  NULL,    SETS,    AT(verbose),        "say more" },
    { "r",  "refresh-delay",            "S",     COUNTS,  AT(refresh),        "shown only: the core is watched all the time" },
    { NULL, "erase-all",                NULL,    SETS,    AT(erase_all),      "a load leaves nothing else in flash" },
    { NULL, "frequency",                "KHZ",   COUNTS,  AT(khz),            "SWD clock (4000)" },
    { NULL, "version",                  NULL,    SETS,    AT(version),        "the version" },
    { "h",  "help",                     NULL,    SETS,    AT(help),           "this text" },
    { NULL, "licenses",                 NULL,    SETS,    AT(licenses),       "the licence" },
    { "cp", "stm32cubeprogrammer-path", "DIR",   NOTED,   0,                  NULL },
    { "s",  "verify",                   NULL,    NOTED,   0,                  NULL },
    { NULL, "incremental",              NULL,    NOTED,   0,                  NULL },
    { NULL, "temp-path",                "DIR",   NOTED,   0,                  NULL },
    { NULL, "preserve-temps",           NULL,    NOTED,   0,                  NULL },
    { NULL, "pend-halt-timeout",        "MS",    NOTED,   0,                  NULL },
    { NULL, "semihosting",              "LEVEL", NOTED,   0,                  NULL },
    { "t",  "shared",                   NULL,    NOTED,   0,                  "several debuggers share this server itself; stlink-server is not used" },
    { "z",  "swo-port",                 "N",     NOTED,   0,                  "a Cortex-M0+ has no SWO trace: no such port is opened" },
    { "a",  "cpu-clock",                "HZ",    NOTED,   0,                  "a Cortex-M0+ has no SWO trace" },
    { "b",  "swo-clock-div",            "N",     NOTED,   0,                  "a Cortex-M0+ has no SWO trace" },
    { NULL, "semihost-console-port",    "N",     NOTED,   0,                  "semihosting output comes here and to GDB, not to a port of its own" },
    { NULL, "max-halt-delay",           "MS",    NOTED,   0,                  "not needed" },
    { NULL, "memory-map",               "ID",    NOTED,   0,                  "the chip tells what it is" },
    { NULL, "pcm-pm-force",             NULL,    NOTED,   0,                  "not needed by these chips" },
    { NULL, "target-sel",               "ID",    NOTED,   0,                  "these chips are not on a multi-drop SWD bus" },
    { "el", "extload",                  "FILE",  NOTED,   0,                  "these chips have no external flash" },
    { "ei", "extload_init",             "FILE",  NOTED,   0,                  "these chips have no external flash" },
    { NULL, "ext-memory-loaders",       NULL,    NOTED,   0,                  "these chips have no external flash" },
    { NULL, "external-init",            NULL,    NOTED,   0,                  "these chips have no external flash" },
};
/* clang-format on */

enum { OPTIONS = sizeof options / sizeof *options };

/* ---- words ----------------------------------------------------------------------------------------------------------------------- */

static const struct server_option *find_option(const char *word)
{
    const bool is_long = word[0] == '-' && word[1] == '-';
    const char *name = word + 1 + is_long;

    for (size_t i = 0; i < OPTIONS; i++)
        if (is_long ? strcmp(name, options[i].name) == 0
                    : (options[i].brief && strcmp(name, options[i].brief) == 0) || strcmp(name, options[i].name) == 0)
            return &options[i];
    return NULL;
}

static bool unknown(const char *word, struct err *e)
{
    err_set(e, ERR_USAGE, "there is no option '%.60s'", word);
    return err_hint(e, "`ST-LINK_gdbserver --help` lists them");
}

static bool take_words(struct server_line *line, int argc, const char *const *argv, bool in_config, struct err *e);

/* One option a line; its value, if any, is the rest of the line, with or without quotes. */
static bool take_config_line(struct server_line *line, char *text, struct err *e)
{
    const char *words[2];
    char *value;
    size_t n;

    text += strspn(text, " \t");
    for (n = strlen(text); n && isspace((unsigned char)text[n - 1]); n--)
        text[n - 1] = '\0';
    if (!text[0] || text[0] == '#')
        return true;
    if (line->owns == WORDS_MAX)
        return err_set(e, ERR_INPUT, "more than %d lines", WORDS_MAX);
    text = strdup(text);
    if (!text)
        return err_set(e, ERR_NOMEM, "no memory for a line");
    line->owned[line->owns++] = text;
    value = text + strcspn(text, " \t");
    if (*value)
        *value++ = '\0';
    value += strspn(value, " \t");
    n = strlen(value);
    if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
        value[n - 1] = '\0';
        value++;
    }
    words[0] = text;
    words[1] = value;
    return take_words(line, value[0] ? 2 : 1, words, true, e);
}

static bool read_config(struct server_line *line, const char *path, struct err *e)
{
    FILE *in = fopen(path, "re");
    char text[CONFIG_LINE];
    unsigned number = 0;
    bool ok = true;

    if (!in)
        return err_set(e, ERR_IO, "the configuration '%.120s' cannot be read: %s", path, strerror(errno));
    while (ok && fgets(text, sizeof text, in)) {
        number++;
        if (!strchr(text, '\n') && !feof(in))
            ok = err_set(e, ERR_INPUT, "a line is too long");
        else
            ok = take_config_line(line, text, e);
    }
    if (ok && ferror(in))
        ok = err_set(e, ERR_IO, "the configuration '%.120s' cannot be read: %s", path, strerror(errno));
    fclose(in);
    return ok || err_doing(e, "reading line %u of '%.120s'", number, path);
}

static bool take_option(struct server_line *line, const struct server_option *o, const char *value, bool in_config, struct err *e)
{
    char *const at = (char *)line + o->at;

    switch (o->effect) {
    case SETS: *(bool *)(void *)at = true; return true;
    case COUNTS: return cli_number(value, (uint32_t *)(void *)at, e) || err_doing(e, "reading --%s", o->name);
    case NAMES: *(const char **)(void *)at = value; return true;
    case READS:
        if (in_config)
            return err_set(e, ERR_USAGE, "a configuration cannot name another one");
        return read_config(line, value, e);
    case NOTED: break;
    }
    if (strcmp(o->name, "semihosting") == 0)
        line->no_semihosting = strcasecmp(value, "none") == 0 || strcasecmp(value, "off") == 0;
    if (o->why && line->notes + 1 < WORDS_MAX) {
        line->note[line->notes++] = o->name;
        line->note[line->notes++] = o->why;
    }
    return true;
}

static bool take_words(struct server_line *line, int argc, const char *const *argv, bool in_config, struct err *e)
{
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *equals = word[0] == '-' && word[1] == '-' ? strchr(word, '=') : NULL, *value = "";
        const struct server_option *o;
        char name[64];

        if (!word[0])
            continue;
        if (strcmp(word, "--") == 0 || strcmp(word, "--ignore-rest") == 0)
            break;
        snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - word) : 60, word);
        o = word[0] == '-' ? find_option(name) : NULL;
        if (!o || (equals && !o->value))
            return unknown(word, e);
        if (o->value && equals) {
            value = equals + 1;
        } else if (o->value) {
            if (i + 1 == argc)
                return err_set(e, ERR_USAGE, "--%s needs a value: %s", o->name, o->value);
            value = argv[++i];
        }
        if (!take_option(line, o, value, in_config, e))
            return false;
    }
    return true;
}

static bool check(const struct server_line *line, struct err *e)
{
    if (line->port > UINT16_MAX)
        return err_set(e, ERR_USAGE, "%" PRIu32 " is no TCP port", line->port);
    if (line->level > LEVEL_MAX)
        return err_set(e, ERR_USAGE, "the log level goes from 0 to %d", LEVEL_MAX);
    if (line->khz == 0 || line->khz > KHZ_MAX)
        return err_set(e, ERR_USAGE, "--frequency is in kHz, from 1 to %d", KHZ_MAX);
    if (line->apid != 0)
        return err_set(e, ERR_UNSUPPORTED, "--apid %" PRIu32 " is not supported: these chips have their memory behind access port 0",
                       line->apid);
    if (line->under_reset && line->attach)
        return err_set(e, ERR_USAGE, "--initialize-reset and --attach exclude each other");
    return true;
}

/* ---- what is printed -------------------------------------------------------------------------------------------------------------- */

struct server {
    struct cli cli;
    struct server_line line;
    struct rsp_settings settings;
    struct target t;
    FILE *log;
    unsigned port;
};

static void say(struct server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct server *s, const char *format, ...)
{
    FILE *const to[] = { s->cli.out, s->log };

    for (size_t i = 0; i < 2; i++)
        if (to[i]) {
            va_list args;

            va_start(args, format);
            vfprintf(to[i], format, args);
            va_end(args);
            fflush(to[i]);
        }
}

static void explain(struct server *s, const struct err *e)
{
    FILE *const to[] = { s->cli.out, s->log };

    for (size_t i = 0; i < 2; i++)
        if (to[i]) {
            struct cli words = { .out = to[i], .err = to[i] };

            cli_print_error(&words, e);
            fflush(to[i]);
        }
}

static const char *on_off(bool on) { return on ? "Enabled" : "Disabled"; }

static void print_settings(struct server *s)
{
    const struct server_line *l = &s->line;

    say(s, "\nsector0 %s, as ST-LINK_gdbserver\nSTMicroelectronics ST-LINK GDB server. Version %s (compatible)\n\n", SECTOR0_VERSION,
        COMPATIBLE);
    say(s, "Starting server with the following options:\n");
    say(s, "\t%-27s: %s\n", "Persistent Mode", on_off(l->persistent));
    if (l->log)
        say(s, "\t%-27s: %s\n", "LogFile Name", l->log);
    say(s, "\t%-27s: %" PRIu32 "\n", "Logging Level", l->level);
    say(s, "\t%-27s: %" PRIu32 "\n", "Listen Port Number", l->port);
    say(s, "\t%-27s: %" PRIu32 "s\n", "Status Refresh Delay", l->refresh);
    say(s, "\t%-27s: %s\n", "Verbose Mode", on_off(l->verbose));
    say(s, "\t%-27s: %s\n", "SWD Debug", on_off(true));
    if (l->under_reset)
        say(s, "\t%-27s: %s\n", "InitWhile", on_off(true));
    say(s, "\n");
    if (!l->swd)
        say(s, "note: -d (--swd) is missing; sector0 speaks SWD all the same\n");
    for (unsigned i = 0; i < l->notes; i += 2)
        say(s, "note: --%s has nothing to do: %s\n", l->note[i], l->note[i + 1]);
}

static void print_target(struct server *s)
{
    const struct server_line *l = &s->line;

    if (s->t.note[0])
        say(s, "note: %s\n", s->t.note);
    if (!l->verbose)
        return;
    say(s, "COM frequency = %u kHz\n", s->t.probe->speed_khz);
    say(s, "Target connection mode: %s\n", l->under_reset ? "Under reset" : l->attach ? "Attach" : "Default");
    say(s, "ST-LINK Firmware version : %s\n", s->t.probe->ops->version(s->t.probe));
    say(s, "Device ID: 0x%X\n", s->t.device->dev_id);
    say(s, "ST-LINK detects target voltage = %u.%02u V\n", s->t.voltage_mv / 1000, s->t.voltage_mv % 1000 / 10);
    say(s, "ST-LINK device initialization OK\n");
}

static void print_ready(struct server *s)
{
    say(s, "Waiting for debugger connection...\n");
    if (s->line.verbose)
        say(s, "Waiting for connection on port %u...\n", s->port);
}

/* ---- callbacks -------------------------------------------------------------------------------------------------------------------- */

static bool wait(void *ctx, struct pollfd *fds, unsigned count, int limit_ms, struct err *e)
{
    struct usb_device *usb = ((struct server *)ctx)->cli.usb;

    return usb->ops->wait(usb, "a debugger may wait for its user at any time", fds, count, limit_ms, e);
}

static bool uart(void *ctx, uint64_t *from, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    struct usb_device *usb = ((struct server *)ctx)->cli.usb;

    return usb->ops->uart_read(usb, from, bytes, cap, got, e);
}

static void console(void *ctx, const uint8_t *bytes, size_t len)
{
    struct server *s = ctx;

    fwrite(bytes, 1, len, s->cli.out);
    fflush(s->cli.out);
}

static void event(void *ctx, enum rsp_event event, const char *text, const struct err *e)
{
    struct server *s = ctx;

    switch (event) {
    case RSP_ACCEPTED: say(s, "Accepted connection on port %u...\n", s->port); break;
    case RSP_CONNECTED:
        say(s, "Debugger connected\n");
        print_ready(s);
        break;
    case RSP_LEFT: say(s, "Debugger connection lost.\n"); break;
    case RSP_LOADED: say(s, "Download verified successfully \n%s\n", text); break;
    case RSP_WHY: say(s, "%s\n", text); break;
    case RSP_NOTE: say(s, "note: %s\n", text); break;
    case RSP_FAILED:
        if (e->kind == ERR_LOCKED || e->kind == ERR_VERIFY)
            say(s, "Error finishing flash operation\n");
        explain(s, e);
        break;
    }
}

static struct store *open_store(void *ctx, struct err *e) { return flashing_target_store(&((struct server *)ctx)->t, e); }

/* ---- running ---------------------------------------------------------------------------------------------------------------------- */

static bool find_probe(struct server *s, struct usb_id *id, struct err *e)
{
    const char *serial = s->line.serial;
    char text[100];

    if (serial && !(s->cli.probe && s->cli.probe[0])) {
        snprintf(text, sizeof text, "stlink:%.80s", serial);
        return resolve_probe(s->cli.fabrics, text, id, e);
    }
    if (!resolve_probe(s->cli.fabrics, s->cli.probe, id, e))
        return false;
    if (!serial || strncasecmp(id->serial, serial, strlen(serial)) == 0)
        return true;
    err_set(e, ERR_NODEV, "no probe's serial number begins with '%.60s'", serial);
    return err_seen(e, "%s at %s, which SECTOR0_PROBE names", id->serial, id->path);
}

static bool connect_target(struct server *s, struct err *e)
{
    const enum target_connect how = s->line.under_reset ? TARGET_UNDER_RESET : TARGET_ATTACH;
    struct probe *probe;
    struct usb_id id;

    if (!find_probe(s, &id, e)) {
        say(s, "ST-Link enumeration failed\nError in initializing ST-LINK device.\nReason: No ST-LINK detected.\n");
        return false;
    }
    probe = cli_open_probe(&s->cli, &id, e);
    if (!probe) {
        say(s, "Error in initializing ST-LINK device.\nReason: ST-LINK DLL error.\n");
        return false;
    }
    if (!target_open(&s->t, probe, how, s->line.khz, e)) {
        say(s, "Error in initializing ST-LINK device.\nReason: %s\n",
            e->kind == ERR_NODEV ? "No device found on target." : "Failed to connect to device. Please check power and cabling to target.");
        return false;
    }
    if (s->line.halt && !core_halt(&s->t.core, HALT_MS, e)) {
        say(s, "Error! Failed to read target status\n");
        return false;
    }
    return true;
}

static bool serve(struct server *s, struct err *e)
{
    struct rsp_server *server;
    bool ok;

    s->settings = (struct rsp_settings){
        .target = &s->t,
        .port = s->line.port,
        .erase_all = s->line.erase_all,
        .once = !s->line.persistent,
        .no_semihosting = s->line.no_semihosting,
        .stop = &cli_stop,
        .ctx = s,
        .open_store = open_store,
        .wait = s->cli.usb->ops->wait ? wait : NULL,
        .event = event,
        .console = console,
        .uart = s->cli.usb->ops->uart_read ? uart : NULL,
    };
    s->settings.choices.any_vectors = true;
    server = rsp_open(&s->settings, e);
    if (!server) {
        say(s, "Failed to bind to port %" PRIu32 ", error code -1: %s\nFailure starting GDB server: TCP port %" PRIu32 " not available.\n",
            s->line.port, e->cause, s->line.port);
        return false;
    }
    s->port = rsp_port(server);
    print_target(s);
    print_ready(s);
    ok = rsp_run(server, e);
    say(s, "Shutting down...\n");
    rsp_close(server);
    return ok;
}

static void print_help(struct server *s)
{
    say(s, "usage: ST-LINK_gdbserver [OPTION ...]\nThis is sector0; `sector0 gdb --help` shows its own way.\n\n");
    for (size_t i = 0; i < OPTIONS; i++)
        say(s, "  %s%s%s--%s%s%s\n      %s\n", options[i].brief ? "-" : "", options[i].brief ? options[i].brief : "",
            options[i].brief ? ", " : "", options[i].name, options[i].value ? " " : "", options[i].value ? options[i].value : "",
            options[i].why ? options[i].why : "always so; taken for compatibility");
}

static bool print_probes(struct server *s, struct err *e)
{
    struct usb_list list = { 0 };
    const bool ok = resolve_list(s->cli.fabrics, s->cli.probe, &list, e);
    unsigned n = 0;

    for (size_t i = 0; ok && i < list.count; i++)
        if (probe_kind_of(&list.ids[i]))
            say(s, "%u: %s %s\n", n++, probe_kind_of(&list.ids[i])->name, list.ids[i].serial);
    if (ok && n == 0)
        say(s, "No ST-LINK detected.\n");
    usb_list_free(&list);
    return ok;
}

static bool run(struct server *s, struct err *e)
{
    bool ok;

    if (s->line.help || s->line.version || s->line.licenses) {
        if (s->line.help)
            print_help(s);
        else if (s->line.version)
            say(s, "ST-LINK_gdbserver %s (compatible); this is sector0 %s\n", COMPATIBLE, SECTOR0_VERSION);
        else
            say(s, "sector0 is under the MIT license.\n");
        return true;
    }
    if (s->line.list)
        return print_probes(s, e);
    if (s->line.log) {
        s->log = fopen(s->line.log, "we");
        if (!s->log)
            return err_set(e, ERR_IO, "the log '%.120s' cannot be written: %s", s->line.log, strerror(errno));
    }
    print_settings(s);
    ok = connect_target(s, e) && serve(s, e);
    if (s->t.probe)
        target_close(&s->t);
    return ok;
}

int compat_gdbserver_main(int argc, char **argv, const struct usb_fabric *const *fabrics, const struct cli_io *io)
{
    static const struct command as_command = { .name = "ST-LINK_gdbserver", .touch = TOUCH_LOOKS };
    struct server s = { .line = { .port = PORT, .khz = KHZ, .refresh = REFRESH_S } };
    struct err e = { 0 };
    int status = EXIT_DONE;

    s.cli = (struct cli){ .fabrics = fabrics, .command = &as_command, .in = io->in, .out = io->out, .err = io->out };
    s.cli.probe = io->env("SECTOR0_PROBE");
    if (!take_words(&s.line, argc - 1, (const char *const *)argv + 1, false, &e) || !check(&s.line, &e)) {
        if (strncmp(e.cause, "there is no option", 18) == 0)
            say(&s, "PARSE ERROR: Argument: %s\n             Couldn't find match for argument\n", strrchr(e.cause, ' ') + 1);
        explain(&s, &e);
        status = EXIT_FAILED;
    } else if (!run(&s, &e)) {
        explain(&s, &e);
        status = EXIT_FAILED;
    }
    if (s.port)
        say(&s, "Exit.\n");
    if (s.log)
        fclose(s.log);
    for (unsigned i = 0; i < s.line.owns; i++)
        free(s.line.owned[i]);
    return status;
}
