/* monitor.c - `monitor` words: our own, and the spellings that users of OpenOCD, ST's server and st-util type.
 *
 * Each is a row. What is known and not done is refused by name; what tunes another server and has no meaning here is accepted with a word.
 */
#include "flash/option.h"
#include "rsp/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 32, SHOW_MAX = 256, SPEED_MAX_KHZ = 50000 };

struct call {
    struct rsp_server *s;
    struct rsp_client *c;
    char **word; /* behind the command's own */
    unsigned words;
    struct rsp_text *out;
};

static bool is(const char *word, const char *what) { return strcasecmp(word, what) == 0; }

/* Decimal or 0x, as everywhere in sector0. */
static bool number(const char *text, uint32_t *value, struct err *e)
{
    char *end;
    const unsigned long long n = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);

    if (text[0] < '0' || text[0] > '9' || *end || n > UINT32_MAX)
        return err_set(e, ERR_USAGE, "'%.40s' is no number", text);
    *value = (uint32_t)n;
    return true;
}

static bool one_number(struct call *m, const char *what, uint32_t *value, struct err *e)
{
    if (m->words < 1)
        return err_set(e, ERR_USAGE, "%s is missing", what);
    return number(m->word[0], value, e);
}

/* ---- the core ---- */

static bool on_reset(struct call *m, struct err *e)
{
    const char *how = m->words ? m->word[0] : "halt";
    const bool hard = is(how, "hardware"), run = is(how, "run");

    if (!hard && !run && !is(how, "halt") && !is(how, "init") && !is(how, "core")) {
        err_set(e, ERR_USAGE, "there is no `reset %.40s`", how);
        return err_hint(e, "reset, reset halt, reset init, reset run, reset hardware");
    }
    if (!rsp_reset(m->s, hard ? RESET_HARD_HALT : run ? RESET_RUN : RESET_HALT, e))
        return false;
    rsp_put(m->out, "Successfully completed reset operation: %s\n", run ? "the core runs" : "halted at the first instruction");
    return true;
}

static bool on_jtag_reset(struct call *m, struct err *e)
{
    static char hardware[] = "hardware", *words[] = { hardware };
    struct call hard = *m;

    hard.word = words;
    hard.words = 1;
    return on_reset(&hard, e);
}

static bool on_halt(struct call *m, struct err *e)
{
    if (!rsp_halt(m->s, e) || !rsp_read_regs(m->s, e))
        return false;
    rsp_put(m->out, "halted at 0x%08" PRIX32 "\n", m->s->reg[RSP_PC]);
    return true;
}

static bool on_resume(struct call *m, struct err *e)
{
    if (!rsp_go(m->s, m->c, e))
        return false;
    rsp_put(m->out, "the core runs\n");
    return true;
}

/* ---- looking ---- */

static bool on_info(struct call *m, struct err *e)
{
    struct target *t = m->s->t;
    char name[40];
    uint32_t dhcsr;

    (void)e;
    rsp_put(m->out, "%s, %" PRIu32 " KiB of flash%s, %s\n", t->device->name, t->flash_bytes / 1024,
            t->flash_size_read ? "" : " (not read: the most there can be)", core_name(t->core.cpuid, name, sizeof name));
    rsp_put(m->out, "%s, firmware %s, SWD %u kHz, target voltage %u.%02u V\n", t->probe->ops->name, t->probe->ops->version(t->probe),
            t->probe->speed_khz, t->voltage_mv / 1000, t->voltage_mv % 1000 / 10);
    if (!core_status(&t->core, &dhcsr, e))
        return false;
    rsp_put(m->out, "the core %s; %u debugger%s\n", m->s->running ? "runs" : "is halted", rsp_debuggers(m->s),
            rsp_debuggers(m->s) == 1 ? "" : "s");
    return true;
}

static void put_finding(void *ctx, const char *line) { rsp_put(ctx, "%s\n", line); }

/* The last failure, whole: GDB shows only that there was one. */
static bool on_why(struct call *m, struct err *e)
{
    const struct err *w = &m->s->last_error;

    (void)e;
    if (m->words && is(m->word[0], "load") && !m->c->owed[0])
        return true; /* the last load was well, or its failure has been told */
    m->c->owed[0] = '\0';
    if (w->kind == ERR_NONE) {
        rsp_put(m->out, "nothing has failed so far\n");
        return true;
    }
    rsp_put(m->out, "error: %s\n", w->cause);
    for (unsigned i = 0; i < w->n_doing; i++)
        rsp_put(m->out, "  while %s\n", w->doing[i]);
    for (unsigned i = 0; i < w->n_seen; i++)
        rsp_put(m->out, "  seen  %s\n", w->seen[i]);
    if (w->hint[0])
        rsp_put(m->out, "  try   %s\n", w->hint);
    findings_write(&m->s->findings, FINDINGS_UNDER, FINDINGS_WIDTH, put_finding, m->out);
    return true;
}

static bool on_doctor(struct call *m, struct err *e)
{
    struct diagnosis *d = calloc(1, sizeof *d);
    bool ok = d || err_set(e, ERR_NOMEM, "no memory to look at the chip");

    ok = ok && rsp_diagnose(m->s, NULL, NULL, m->out, d, e);
    if (ok && d->count == 0)
        rsp_put(m->out, "healthy: nothing found\n");
    if (ok)
        findings_write(d, FINDINGS_ALL, FINDINGS_WIDTH, put_finding, m->out);
    free(d);
    return ok;
}

/* mdw ADDR [COUNT], and so on */
static bool display(struct call *m, unsigned width, struct err *e)
{
    uint32_t addr, count = 1;
    uint8_t bytes[SHOW_MAX * 4];

    if (!one_number(m, "an address", &addr, e) || (m->words > 1 && !number(m->word[1], &count, e)))
        return false;
    if (count > SHOW_MAX)
        return err_set(e, ERR_USAGE, "at most %u at once", SHOW_MAX);
    if (!rsp_read_memory(m->s, addr, bytes, (size_t)count * width, e))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = 0;

        if (i % 8 == 0)
            rsp_put(m->out, "%s0x%08" PRIx32 ":", i ? "\n" : "", addr + i * width);
        for (unsigned k = width; k-- > 0;)
            value = value << 8 | bytes[i * width + k];
        rsp_put(m->out, " %0*" PRIx32, (int)width * 2, value);
    }
    rsp_put(m->out, "\n");
    return true;
}

static bool on_mdw(struct call *m, struct err *e) { return display(m, 4, e); }
static bool on_mdh(struct call *m, struct err *e) { return display(m, 2, e); }
static bool on_mdb(struct call *m, struct err *e) { return display(m, 1, e); }

static bool change(struct call *m, unsigned width, struct err *e)
{
    uint32_t addr, value;
    uint8_t bytes[4];

    if (m->words != 2)
        return err_set(e, ERR_USAGE, "this takes an address and a value");
    if (!number(m->word[0], &addr, e) || !number(m->word[1], &value, e))
        return false;
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    return rsp_write_memory(m->s, addr, bytes, width, e);
}

static bool on_mww(struct call *m, struct err *e) { return change(m, 4, e); }
static bool on_mwh(struct call *m, struct err *e) { return change(m, 2, e); }
static bool on_mwb(struct call *m, struct err *e) { return change(m, 1, e); }

/* ReadAP REG, WriteDP REG VALUE: registers by their address. */
static bool port_register(struct call *m, bool ap, bool write, struct err *e)
{
    struct probe *p = m->s->t->probe;
    uint32_t reg, value = 0;

    if (m->words != (write ? 2u : 1u))
        return err_set(e, ERR_USAGE, write ? "this takes a register's address and a value" : "this takes a register's address");
    if (!number(m->word[0], &reg, e) || (write && !number(m->word[1], &value, e)))
        return false;
    if (reg > 0xFC || reg & 3)
        return err_set(e, ERR_USAGE, "there is no register 0x%" PRIX32, reg);
    if (write) /* memory behind the access port has its own guard, which this would go around */
        return err_set(e, ERR_REFUSED, "registers of the debug port are not written from here");
    if (!p->ops->read_reg(p, ap ? 0 : PROBE_DP, reg, &value, e))
        return false;
    rsp_put(m->out, "0x%08" PRIX32 "\n", value);
    return true;
}

static bool on_read_ap(struct call *m, struct err *e) { return port_register(m, true, false, e); }
static bool on_read_dp(struct call *m, struct err *e) { return port_register(m, false, false, e); }
static bool on_write_port(struct call *m, struct err *e) { return port_register(m, true, true, e); }

/* ---- the link, flash, options ---- */

static bool on_speed(struct call *m, struct err *e)
{
    uint32_t khz;

    if (m->words) {
        if (!number(m->word[0], &khz, e))
            return false;
        if (khz == 0 || khz > SPEED_MAX_KHZ)
            return err_set(e, ERR_USAGE, "the speed is in kHz, from 1 to %u", SPEED_MAX_KHZ);
        if (!m->s->t->probe->ops->set_speed(m->s->t->probe, khz, NULL, e))
            return false;
    }
    rsp_put(m->out, "SWD %u kHz\n", m->s->t->probe->speed_khz);
    return true;
}

static bool on_adapter(struct call *m, struct err *e)
{
    struct call rest = *m;

    if (m->words == 0 || !is(m->word[0], "speed"))
        return err_set(e, ERR_UNSUPPORTED, "of `adapter`, only `adapter speed KHZ` is known");
    rest.word++;
    rest.words--;
    return on_speed(&rest, e);
}

static bool on_erase(struct call *m, struct err *e)
{
    if (m->words)
        return err_set(e, ERR_USAGE, "`erase` takes no words: it erases all of the flash");
    if (!rsp_erase_all(m->s, e))
        return false;
    rsp_put(m->out, "all of the flash is erased; the core is halted after a reset\n");
    return true;
}

static bool on_flash(struct call *m, struct err *e)
{
    struct call rest = *m;

    if (m->words == 0 || !is(m->word[0], "mass_erase")) {
        err_set(e, ERR_UNSUPPORTED, "of `flash`, only `flash mass_erase` is known");
        return err_hint(e, "GDB's own `load` programs, `compare-sections` compares");
    }
    rest.word++;
    rest.words--;
    return on_erase(&rest, e);
}

static bool on_option(struct call *m, struct err *e)
{
    struct look l;

    if (m->words == 0 || (m->words == 1 && is(m->word[0], "show"))) {
        if (!look_read(&l, m->s->t, e))
            return false;
        for (unsigned i = 0; i < l.options; i++)
            rsp_put(m->out, "%-9s 0x%08" PRIX32 "\n", m->s->t->device->flash->options[i].name, l.option[i]);
        return true;
    }
    if (!is(m->word[0], "set") || m->words < 2) {
        err_set(e, ERR_USAGE, "`option` takes `show`, or `set NAME=VALUE... yes`");
        return false;
    }
    if (m->words < 3 || !is(m->word[m->words - 1], "yes")) {
        err_set(e, ERR_USAGE, "option words are written, and the chip reset, only with a yes behind them");
        return err_hint(e, "monitor option set %s yes", m->word[1]);
    }
    return rsp_set_options(m->s, m->word + 1, m->words - 2, m->out, e);
}

static bool on_or_off(struct call *m, const char *yes, const char *no, bool *on, struct err *e)
{
    if (m->words != 1 || (!is(m->word[0], yes) && !is(m->word[0], no)))
        return err_set(e, ERR_USAGE, "this takes `%s` or `%s`", yes, no);
    *on = is(m->word[0], yes);
    return true;
}

static bool on_uart(struct call *m, struct err *e)
{
    struct err ignored = { 0 };
    uint8_t bytes[256];
    size_t got = 0;
    bool on;

    if (!on_or_off(m, "on", "off", &on, e))
        return false;
    if (on && !m->s->set.uart) {
        err_set(e, ERR_UNSUPPORTED, "the UART of this board is not reached through the probe");
        return err_hint(e, "it is a virtual board's that can be shown here; a probe's serial port is a tty of this machine");
    }
    m->c->uart_from = 0;
    while (on && m->s->set.uart(m->s->set.ctx, &m->c->uart_from, bytes, sizeof bytes, &got, &ignored) && got) {
        /* what was sent before is over */
    }
    m->c->uart = on;
    rsp_put(m->out, on ? "UART output is shown while the program runs\n" : "UART output is not shown any more\n");
    return true;
}

static bool on_semihosting(struct call *m, struct err *e)
{
    bool on;

    if (!on_or_off(m, "enable", "disable", &on, e))
        return false;
    m->s->no_semihosting = !on;
    rsp_put(m->out, "semihosting is %s\n", on ? "enabled" : "disabled");
    return true;
}

static bool on_arm(struct call *m, struct err *e)
{
    struct call rest = *m;

    if (m->words == 0 || !is(m->word[0], "semihosting"))
        return err_set(e, ERR_UNSUPPORTED, "of `arm`, only `arm semihosting enable|disable` is known");
    rest.word++;
    rest.words--;
    return on_semihosting(&rest, e);
}

static bool on_nothing(struct call *m, struct err *e)
{
    (void)e;
    rsp_put(m->out, "nothing to do here\n");
    return true;
}

static bool on_later(struct call *m, struct err *e)
{
    (void)m;
    return err_set(e, ERR_UNSUPPORTED, "this comes with a later version of sector0");
}

static bool on_help(struct call *m, struct err *e);

// clang-format off
static const struct row {
    const char *name, *args, *help; /* help NULL: another server's word, listed at the end */
    bool (*run)(struct call *m, struct err *e);
} rows[] = {
    { "help",        "",                      "this list",                                                   on_help        },
    { "info",        "",                      "chip, probe, state",                                          on_info        },
    { "why",         "[load]",                "the last failure, in full; `load`: only one of a load, once", on_why         },
    { "doctor",      "",                      "what the doctor finds on this board",                                   on_doctor      },
    { "reset",       "[halt|init|run|hardware]", "reset; halted at the first instruction unless `run`",      on_reset       },
    { "halt",        "",                      "halt the core",                                               on_halt        },
    { "resume",      "",                      "let the core run",                                            on_resume      },
    { "erase",       "",                      "erase all of the flash; what is in it is saved first",        on_erase       },
    { "option",      "[show | set NAME=VALUE... yes]", "option words",                                       on_option      },
    { "speed",       "[KHZ]",                 "SWD clock",                                                   on_speed       },
    { "uart",        "on|off",                "show a virtual board's UART output while the program runs",   on_uart        },
    { "semihosting", "enable|disable",        "console and exit status by BKPT 0xAB",                        on_semihosting },
    { "mdw",         "ADDR [COUNT]",          "read words; mdh, mdb: half-words, bytes",                     on_mdw         },
    { "mww",         "ADDR VALUE",            "write a word; mwh, mwb: half-word, byte",                     on_mww         },
    { "ReadAP",      "REG",                   "a register of access port 0; ReadDP: of the debug port",      on_read_ap     },
    { "mdh",         "", NULL, on_mdh },
    { "mdb",         "", NULL, on_mdb },
    { "mwh",         "", NULL, on_mwh },
    { "mwb",         "", NULL, on_mwb },
    { "ReadDP",      "", NULL, on_read_dp },
    { "WriteAP",     "", NULL, on_write_port },
    { "WriteDP",     "", NULL, on_write_port },
    { "flash",       "", NULL, on_flash },
    { "adapter",     "", NULL, on_adapter },
    { "adapter_khz", "", NULL, on_speed },
    { "arm",         "", NULL, on_arm },
    { "jtag_reset",  "", NULL, on_jtag_reset },
    { "gdb_sync",    "", NULL, on_nothing },
    { "tpiu",        "", NULL, on_nothing },
    { "swo",         "", NULL, on_nothing },
    { "itm",         "", NULL, on_nothing },
    { "swv",         "", NULL, on_later },
    { "rtt",         "", NULL, on_later },
};
// clang-format on
enum { ROWS = sizeof rows / sizeof *rows };

static bool on_help(struct call *m, struct err *e)
{
    (void)e;
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].help) {
            char usage[60];

            snprintf(usage, sizeof usage, "%s %s", rows[i].name, rows[i].args);
            rsp_put(m->out, "  %-38s %s\n", usage, rows[i].help);
        }
    rsp_put(m->out, "Words of other servers that are understood:");
    for (unsigned i = 0; i < ROWS; i++)
        if (!rows[i].help)
            rsp_put(m->out, " %s", rows[i].name);
    rsp_put(m->out, "\n");
    return true;
}

bool rsp_monitor(struct rsp_server *s, struct rsp_client *c, char *line, struct rsp_text *out, struct err *e)
{
    char *word[WORDS_MAX], *rest = NULL;
    struct call m = { .s = s, .c = c, .out = out };
    unsigned n = 0;

    for (char *w = strtok_r(line, " \t\r\n", &rest); w; w = strtok_r(NULL, " \t\r\n", &rest)) {
        if (n == WORDS_MAX)
            return err_set(e, ERR_USAGE, "too many words");
        word[n++] = w;
    }
    if (n == 0)
        return on_help(&m, e);
    m.word = word + 1;
    m.words = n - 1;
    for (unsigned i = 0; i < ROWS; i++)
        if (is(word[0], rows[i].name))
            return rows[i].run(&m, e) || err_doing(e, "carrying out `monitor %s`", rows[i].name);
    err_set(e, ERR_USAGE, "there is no `monitor %.60s`", word[0]);
    return err_hint(e, "`monitor help` lists what there is");
}
