/* cmd_run.c - sector0 run FILE: flash, run, show what the program says, end with its exit status. For tests that run on a board.
 *
 * The program speaks by semihosting (rsp/semihost.h), or by the UART of a virtual board. */
#include "cli/flashing.h"
#include "device/regs/cortexm.h"
#include "flash/carry.h"
#include "rsp/semihost.h"

#include <inttypes.h>

enum { LOOK_US = 1000, SEMIHOST_ROUNDS = 64, STATUS_TIMEOUT = 124 }; /* 124 as timeout(1) has it */

struct running {
    struct cli *cli;
    struct target *t;
    struct semihost semihost;
    uint64_t uart_from, end_us;
    bool limited, exited;
    unsigned status;
};

static void console(void *ctx, const uint8_t *bytes, size_t len)
{
    struct cli *cli = ctx;

    fwrite(bytes, 1, len, cli->json ? cli->err : cli->out);
}

/* `show` false: what was said before the program began. */
static bool read_uart(struct running *r, bool show, struct err *e)
{
    struct usb_device *usb = r->cli->usb;
    uint8_t bytes[512];
    size_t got;

    if (!usb->ops->uart_read)
        return true;
    do {
        if (!usb->ops->uart_read(usb, &r->uart_from, bytes, sizeof bytes, &got, e))
            return err_doing(e, "reading the board's UART");
        if (show && got)
            console(r->cli, bytes, got);
    } while (got);
    fflush(r->cli->out);
    return true;
}

/* It stands still: a semihosting request, or something that nobody will carry on from. */
static bool halted(struct running *r, struct err *e)
{
    struct core_reg_value pc = { .reg = CORE_PC };
    struct err ignored = { 0 };
    uint16_t code = 0;

    if (!core_read_regs(&r->t->core, &pc, 1, e))
        return false;
    if (mem_read16(&r->t->mem, pc.value, &code, &ignored) && code == SEMIHOST_BKPT)
        return semihost_handle(r->t, &r->semihost, &r->exited, &r->status, e) && (r->exited || core_resume(&r->t->core, e));
    err_set(e, ERR_FAULT, "the program stopped without telling an exit status");
    err_seen(e, "PC=0x%08" PRIX32 "  instruction 0x%04X", pc.value, code);
    return err_hint(e, "`sector0 gdb` shows where and why");
}

static bool locked_up(struct err *e)
{
    err_set(e, ERR_FAULT, "the core locked up: a fault happened while it was handling a fault");
    return err_hint(e, "`sector0 gdb` shows where: break at HardFault_Handler");
}

static bool look(struct running *r, struct err *e)
{
    for (unsigned i = 0; i < SEMIHOST_ROUNDS && !r->exited; i++) {
        uint32_t dhcsr;

        if (!core_status(&r->t->core, &dhcsr, e))
            return false;
        if (dhcsr & BITS(PPB_DHCSR_S_LOCKUP))
            return locked_up(e);
        if (!(dhcsr & BITS(PPB_DHCSR_S_HALT)))
            return true;
        if (!halted(r, e))
            return false;
    }
    return true;
}

static bool follow(struct running *r, struct err *e)
{
    if (!read_uart(r, false, e) || !core_resume(&r->t->core, e))
        return false;
    while (!r->exited) {
        if (!look(r, e) || !read_uart(r, true, e))
            return err_doing(e, "running the program");
        if (r->exited)
            break;
        if (r->limited && clock_now_us(r->t->clock) >= r->end_us) {
            err_set(e, ERR_TIMEOUT, "the program did not end in time");
            return err_hint(e, "it ends by semihosting: SYS_EXIT, which is what exit() does with newlib's rdimon.specs");
        }
        clock_sleep_us(r->t->clock, LOOK_US);
    }
    return true;
}

static bool program(struct flashing *f, struct cli *cli, struct err *e)
{
    const struct carry c = { .command = "run", .choices = &f->choices, .file = f->file };

    return flashing_read_image(f, cli, e) && flashing_open(f, cli, e) && flashing_want(f, e) &&
           session_check(&f->s, &f->want, &f->choices, e) && carry_flash(&f->s, &f->want, &f->plan, &c, e);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    const char *timeout = cli_option(cli, "--timeout");
    struct flashing f = { .cli = cli };
    struct running r = { .cli = cli, .t = &f.t, .semihost = { .write = console, .ctx = cli }, .limited = timeout };
    uint64_t limit_us = 0;
    bool ok;

    if (timeout && !cli_duration_us(timeout, &limit_us, e)) {
        err_doing(e, "reading --timeout");
        return cli_exit_of(e);
    }
    if (!program(&f, cli, e))
        return flashing_fail(&f, e);
    flashing_notes(&f);
    r.end_us = clock_now_us(f.t.clock) + limit_us;
    ok = follow(&r, e);
    fflush(cli->out);
    target_leave(&f.t, ok || e->kind == ERR_FAULT); /* ended or broken: it stays where it is, to be looked at */
    flashing_end(&f);
    if (!ok)
        return e->kind == ERR_TIMEOUT ? (enum cli_exit)STATUS_TIMEOUT : cli_exit_of(e);
    json_object_set_new(cli->result, "status", json_integer(r.status));
    return (enum cli_exit)r.status;
}

const struct command command_run = {
    .name = "run",
    .args = "FILE",
    .summary = "Flash a program, run it, show what it says, and end with its exit status",
    .help =
        "The program speaks and ends by semihosting (newlib: link with --specs=rdimon.specs), or speaks by the UART of a virtual board.\n"
        "The exit status is the program's; 124 if --timeout ended it; else as everywhere. Time is the board's.",
    .options =
        (const struct cli_option[]){
            { "--timeout", "TIME", "give up after 500ms, 2s, ..." }, FLASHING_AT, FLASHING_NO_SAVE, FLASHING_NO_LOADER, { 0 } },
    .touch = TOUCH_CHANGES,
    .probe_only = true,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
