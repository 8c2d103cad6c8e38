/* cmd_gdb.c - sector0 gdb: a GDB server on the target (rsp/server.h), with the command line's words, console and clock. */
#include "cli/flashing.h"
#include "cli/frame.h"
#include "doctor/program.h"
#include "rsp/server.h"

enum { PORT_DEFAULT = 61234 }; /* what IDEs set up for ST's server expect */

static bool wait(void *ctx, struct pollfd *fds, unsigned count, int limit_ms, struct err *e)
{
    struct usb_device *usb = ((struct cli *)ctx)->usb;

    return usb->ops->wait(usb, "a debugger may wait for its user at any time", fds, count, limit_ms, e);
}

static bool uart(void *ctx, uint64_t *from, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    struct usb_device *usb = ((struct cli *)ctx)->usb;

    return usb->ops->uart_read(usb, from, bytes, cap, got, e);
}

static void console(void *ctx, const uint8_t *bytes, size_t len)
{
    struct cli *cli = ctx;

    fwrite(bytes, 1, len, cli->out);
    fflush(cli->out);
}

/* A server lives long: nothing of this is kept for --json. */
static void event(void *ctx, enum rsp_event event, const char *text, const struct err *e)
{
    struct cli *cli = ctx;

    if (cli->quiet && event != RSP_FAILED && event != RSP_WHY)
        return;
    switch (event) {
    case RSP_FAILED: cli_print_error(cli, e); break;
    case RSP_WHY: fprintf(cli->err, "%s\n", text); break;
    case RSP_NOTE: fprintf(cli->err, "note: %s\n", text); break;
    case RSP_LOADED: fprintf(cli->err, "%s\n", text); break;
    case RSP_ACCEPTED:
    case RSP_CONNECTED:
    case RSP_LEFT:
        if (cli->verbose)
            fprintf(cli->err, "note: %s%s\n",
                    event == RSP_ACCEPTED    ? "a connection from "
                    : event == RSP_CONNECTED ? "it is a debugger"
                                             : "a debugger has left",
                    text);
        break;
    }
    fflush(cli->err);
}

static struct store *open_store(void *ctx, struct err *e)
{
    const struct rsp_settings *settings = ((struct cli *)ctx)->user;

    return flashing_target_store(settings->target, e);
}

/* Before anybody waits for it: can it be read? */
static bool check_elf(const char *path, struct err *e)
{
    struct program program = { 0 };
    const bool ok = !path || program_open(&program, path, e);

    program_close(&program);
    return ok || err_doing(e, "reading --elf");
}

static bool read_words(struct cli *cli, struct rsp_settings *s, struct err *e)
{
    const char *port = cli_option(cli, "--port");
    uint32_t number = PORT_DEFAULT;

    if (port && !cli_number(port, &number, e))
        return err_doing(e, "reading --port");
    if (number > UINT16_MAX)
        return err_set(e, ERR_USAGE, "--port goes from 1 to 65535; 0 takes any that is free");
    s->port = number;
    s->listen = cli_option(cli, "--listen");
    s->elf = cli_option(cli, "--elf");
    s->no_halt = cli_option(cli, "--no-halt");
    s->once = cli_option(cli, "--once");
    s->direct = cli_option(cli, "--no-loader");
    s->no_semihosting = cli_option(cli, "--no-semihosting");
    s->choices.no_save = cli_option(cli, "--no-save");
    s->choices.no_guard = cli_option(cli, "--no-guard");
    return check_elf(s->elf, e);
}

/* One line, once port and target are ready; it begins as IDEs look for it ("Listening at"). */
static void tell_ready(struct cli *cli, const struct rsp_server *server, const struct target *t)
{
    FILE *to = cli->json ? cli->err : cli->out;
    const char *address = cli_option(cli, "--listen");

    fprintf(to, "Listening at %s:%u for GDB: %s, %u KiB of flash\n", address ? address : "127.0.0.1", rsp_port(server), t->device->name,
            (unsigned)(t->flash_bytes / 1024));
    fflush(to);
}

static bool serve(struct cli *cli, struct rsp_settings *settings, struct err *e)
{
    struct rsp_server *server;
    bool ok;

    settings->wait = cli->usb->ops->wait ? wait : NULL;
    settings->uart = cli->usb->ops->uart_read ? uart : NULL;
    server = rsp_open(settings, e);
    if (!server)
        return false;
    tell_ready(cli, server, settings->target);
    ok = rsp_run(server, e);
    rsp_close(server);
    return ok;
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    struct target t;
    struct rsp_settings settings = {
        .target = &t, .stop = &cli_stop, .ctx = cli, .open_store = open_store, .event = event, .console = console
    };
    bool ok;

    if (!read_words(cli, &settings, e) || !cli_open_target(cli, &t, e))
        return cli_exit_of(e);
    cli->user = &settings;
    ok = serve(cli, &settings, e);
    cli->user = NULL;
    target_close(&t);
    return ok ? EXIT_DONE : cli_exit_of(e);
}

const struct command command_gdb = {
    .name = "gdb",
    .args = "",
    .summary = "Serve GDB: debug, and flash by `load`",
    .help =
        "`target extended-remote localhost:61234` connects. The first client halts the core; more may come, and watch memory while the\n"
        "program runs. `load` does what `sector0 flash` does, with the same care and the same explanations (`monitor why` in GDB).\n"
        "`monitor help` lists more. Ctrl-C ends the server and leaves the core as it was found. See docs/gdb.md.",
    .options = (const struct cli_option[]){ { "--port", "N", "TCP port (default 61234); 0: any that is free" },
                                            { "--listen", "ADDR", "address to listen at (default 127.0.0.1: this machine only)" },
                                            { "--no-halt", NULL, "attaching halts nothing; only commands do" },
                                            { "--elf", "FILE", "the program: `monitor doctor` then tells function, file and line" },
                                            { "--once", NULL, "end when the last debugger has left" },
                                            { "--no-semihosting", NULL, "leave BKPT 0xAB to the debugger" },
                                            FLASHING_NO_SAVE,
                                            FLASHING_NO_GUARD,
                                            FLASHING_NO_LOADER,
                                            { 0 } },
    .touch = TOUCH_LOOKS,
    .probe_only = true,
    .but = "a debugger may halt, reset and write",
    .run = run,
};
