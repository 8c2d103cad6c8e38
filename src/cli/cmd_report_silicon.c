/* cmd_report_silicon.c - sector0 report-silicon -o FILE: read, on a real board, what docs/silicon.md lists as only likely, and write it to
 * a file that its owner can send. Reads only: no halt, no reset, no write. The unique id and the contents of flash are not in the file. */
#include "cli/command.h"

#include <inttypes.h>
#include <string.h>

enum { DP = PROBE_DP, MEMORY = -1, UNKNOWN = 0 };

struct question { /* one fact that is only likely. Each has a row of the same name in docs/silicon.md */
    const char *name;
    uint16_t dev_id; /* of the chips it is about; 0: all */
    int port;        /* access port number, DP, or MEMORY */
    uint32_t addr;
    bool expected_known;
    uint32_t expected, mask;
};

// clang-format off
static const struct question questions[] = {
    /* name               dev_id  port    address     known  expected    mask                                                       */
    { "dpidr-u0",         0x489,  DP,     0x00,       true,  0x6BA02477, 0xFFFFFFFF },
    { "dpidr-g0",         0x460,  DP,     0x00,       true,  0x0BC11477, 0xFFFFFFFF },
    { "targetid-u0",      0x489,  DP,     0x24,       true,  0x04890041, 0xFFFFFFFF },
    { "dlpidr-u0",        0x489,  DP,     0x34,       true,  0x00000001, 0x0000000F },
    { "ctrlstat",         0,      DP,     0x04,       true,  0xF0000000, 0xF0000000 },
    { "eventstat-u0",     0x489,  DP,     0x44,       true,  0x00000001, 0x00000001 },
    { "ap0-idr-u0",       0x489,  0,      0xFC,       true,  0x84770001, 0xFFFFFFFF },
    { "ap0-idr-g0",       0x460,  0,      0xFC,       true,  0x04770031, 0xFFFFFFFF },
    { "ap0-csw",          0,      0,      0x00,       true,  0x00000040, 0x00000040 },
    { "ap0-base",         0,      0,      0xF8,       true,  0xF0000003, 0xFFFFFFFF },
    { "ap0-cfg",          0,      0,      0xF4,       true,  0x00000000, 0xFFFFFFFF },
    { "ap1-idr-u0",       0x489,  1,      0xFC,       true,  0x54770002, 0xFFFFFFFF },
    { "ap1-base-u0",      0x489,  1,      0xF8,       true,  0x00000002, 0xFFFFFFFF },
    { "cpuid",            0,      MEMORY, 0xE000ED00, true,  0x410CC601, 0xFFFFFFFF },
    { "breakpoints",      0,      MEMORY, 0xE0002000, true,  0x00000040, 0x000000F0 },
    { "watchpoints",      0,      MEMORY, 0xE0001000, true,  0x20000000, 0xF0000000 },
    { "syst-calib",       0,      MEMORY, 0xE000E01C, true,  0x00000000, 0xFFFFFFFF },
    { "mpu-type",         0,      MEMORY, 0xE000ED90, true,  0x00000800, 0xFFFFFFFF },
    { "ppb-reserved",     0,      MEMORY, 0xE000ED88, true,  0x00000000, 0xFFFFFFFF },
    { "idcode",           0,      MEMORY, 0x40015800, false, UNKNOWN,    0          },
    { "rom-pidr0",        0,      MEMORY, 0xF0000FE0, false, UNKNOWN,    0          },
    { "rom-pidr1",        0,      MEMORY, 0xF0000FE4, false, UNKNOWN,    0          },
    { "flash-acr",        0,      MEMORY, 0x40022000, false, UNKNOWN,    0          },
    { "flash-sr",         0,      MEMORY, 0x40022010, false, UNKNOWN,    0          },
    { "flash-cr",         0,      MEMORY, 0x40022014, true,  0xC0000000, 0xC0000000 },
    { "optr",             0,      MEMORY, 0x40022020, true,  0xFFFFFEAA, 0xFFFFFFFF },
    { "wrp1ar",           0,      MEMORY, 0x4002202C, true,  0x0000007F, 0xFFFFFFFF },
    { "wrp1br",           0,      MEMORY, 0x40022030, true,  0x0000007F, 0xFFFFFFFF },
    { "secr",             0x489,  MEMORY, 0x40022080, false, UNKNOWN,    0          },
    { "hdpcr-u0",         0x489,  MEMORY, 0x400220AC, false, UNKNOWN,    0          },
    { "pcrop1asr-g0",     0x460,  MEMORY, 0x40022024, true,  0x000001FF, 0xFFFFFFFF },
    { "pcrop1aer-g0",     0x460,  MEMORY, 0x40022028, true,  0x00000000, 0xFFFFFFFF },
    { "rcc-cr",           0,      MEMORY, 0x40021000, false, UNKNOWN,    0          },
    { "rcc-csr",          0x489,  MEMORY, 0x40021094, false, UNKNOWN,    0          },
    { "rcc-csr-g0",       0x460,  MEMORY, 0x40021060, false, UNKNOWN,    0          },
    { "dbgmcu-sr-u0",     0x489,  MEMORY, 0x400158FC, false, UNKNOWN,    0          },
    { "package-u0",       0x489,  MEMORY, 0x1FFF6D00, false, UNKNOWN,    0          },
    { "flash-size-u0",    0x489,  MEMORY, 0x1FFF6EA0, true,  0x00000100, 0x0000FFFF },
    { "ts-cal1-u0",       0x489,  MEMORY, 0x1FFF6E68, false, UNKNOWN,    0          },
    { "ts-cal2-u0",       0x489,  MEMORY, 0x1FFF6E88, false, UNKNOWN,    0          },
    { "vrefint-cal-u0",   0x489,  MEMORY, 0x1FFF6EA4, false, UNKNOWN,    0          },
    { "flash-size-g0",    0x460,  MEMORY, 0x1FFF75E0, true,  0x00000080, 0x0000FFFF },
    { "ts-cal1-g0",       0x460,  MEMORY, 0x1FFF75A8, false, UNKNOWN,    0          },
    { "ts-cal2-g0",       0x460,  MEMORY, 0x1FFF75C8, false, UNKNOWN,    0          },
    { "bootloader-id-u0", 0x489,  MEMORY, 0x1FFF67FC, true,  0x00D00000, 0x00FF0000 },
    { "boot-vectors-u0",  0x489,  MEMORY, 0x1FFF0004, false, UNKNOWN,    0          },
    { "sram2-alias-u0",   0x489,  MEMORY, 0x10000000, false, UNKNOWN,    0          },
};
// clang-format on
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static bool look(struct target *t, const struct question *q, uint32_t *value, struct err *e)
{
    if (q->port == MEMORY)
        return mem_read32(&t->mem, q->addr, value, e);
    return t->probe->ops->read_reg(t->probe, (unsigned)q->port, q->addr, value, e);
}

static json_t *answer(struct cli *cli, struct target *t, const struct question *q, struct err *lost, unsigned *surprises)
{
    json_t *const o = json_object();
    struct err e = { 0 };
    uint32_t value;

    json_object_set_new(o, "name", json_string(q->name));
    json_object_set_new(o, "where", json_string(q->port == MEMORY ? "memory" : q->port == DP ? "dp" : "ap"));
    if (q->port != MEMORY && q->port != DP)
        json_object_set_new(o, "ap", json_integer(q->port));
    json_object_set_new(o, "addr", cli_json_hex(q->addr, q->port == MEMORY ? 8 : 2));
    if (q->expected_known) {
        json_object_set_new(o, "expected", cli_json_hex(q->expected, 8));
        json_object_set_new(o, "mask", cli_json_hex(q->mask, 8));
    }
    if (!look(t, q, &value, &e)) {
        json_object_set_new(o, "refused", json_string(e.cause));
        cli_print(cli, "%-18s not readable: %s\n", q->name, e.cause);
        if (e.kind == ERR_NODEV || e.kind == ERR_INTERRUPTED)
            *lost = e;
        return o;
    }
    json_object_set_new(o, "value", cli_json_hex(value, 8));
    if (q->expected_known) {
        const bool as_expected = ((value ^ q->expected) & q->mask) == 0;

        json_object_set_new(o, "as_expected", json_boolean(as_expected));
        *surprises += !as_expected;
        cli_print(cli, "%-18s 0x%08" PRIX32 "  %s\n", q->name, value, as_expected ? "as expected" : "NOT as expected");
    } else {
        cli_print(cli, "%-18s 0x%08" PRIX32 "\n", q->name, value);
    }
    return o;
}

static bool write_report(const char *path, const json_t *report, struct err *e)
{
    if (json_dump_file(report, path, JSON_INDENT(2) | JSON_SORT_KEYS) == 0)
        return true;
    return err_set(e, ERR_IO, "cannot write '%.80s'", path);
}

static enum cli_exit run(struct cli *cli, struct err *e)
{
    const char *const path = cli_option(cli, "-o");
    json_t *const answers = json_array();
    unsigned surprises = 0;
    struct err lost = { 0 };
    struct target t;
    bool good;

    if (!path) {
        json_decref(answers);
        err_set(e, ERR_USAGE, "where to? -o FILE");
        return EXIT_USAGE;
    }
    if (!cli_open_target(cli, &t, e)) {
        json_decref(answers);
        return cli_exit_of(e);
    }
    json_object_set_new(cli->result, "sector0", json_string(SECTOR0_VERSION));
    json_object_set_new(cli->result, "chip", json_string(t.device->name));
    json_object_set_new(cli->result, "idcode", cli_json_hex(t.idcode, 8));
    json_object_set_new(cli->result, "probe", json_string(t.probe->ops->name));
    json_object_set_new(cli->result, "probe_firmware", json_string(t.probe->ops->version(t.probe)));
    json_object_set_new(cli->result, "voltage_mv", json_integer(t.voltage_mv));
    json_object_set_new(cli->result, "answers", answers);
    for (unsigned i = 0; i < QUESTIONS && lost.kind == ERR_NONE; i++)
        if (questions[i].dev_id == 0 || questions[i].dev_id == t.device->dev_id)
            json_array_append_new(answers, answer(cli, &t, &questions[i], &lost, &surprises));
    json_object_set_new(cli->result, "surprises", json_integer(surprises));
    target_close(&t);
    if (lost.kind != ERR_NONE) {
        *e = lost;
        err_doing(e, "reading what docs/silicon.md lists");
        return cli_exit_of(e);
    }
    good = write_report(path, cli->result, e);
    if (good)
        cli_print(cli, "written to %s: %zu facts, %u not as expected. It has neither serial number, unique id nor flash contents in it.\n",
                  path, json_array_size(answers), surprises);
    return good ? EXIT_DONE : cli_exit_of(e);
}

static const struct cli_option options[] = {
    { "-o", "FILE", "where the report goes (JSON)" },
    { 0 },
};

const struct command command_report_silicon = {
    .name = "report-silicon",
    .args = "-o FILE",
    .summary = "Read, on a real board, what is only likely about its chip, for its owner to send",
    .help = "docs/silicon.md lists the facts and why each is in doubt. Nothing is halted, reset or written.",
    .options = options,
    .touch = TOUCH_LOOKS,
    .probe_only = true,
    .run = run,
};
