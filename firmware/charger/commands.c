/* commands.c - see commands.h. A table of words; each answers on the console. */
#include "commands.h"

#include "careless.h"
#include "chip.h"
#include "clock.h"
#include "console.h"
#include "dfu_entry.h"
#include "faults.h"
#include "hw.h"
#include "vchg_ctrl.h"

#include <stdbool.h>
#include <stddef.h>

static void cmd_help(void);

static void say(const char *name, uint32_t value, const char *unit)
{
    console_text(name);
    console_decimal(value);
    console_text(unit);
}

static void say_tenths(const char *name, int32_t tenths, const char *unit)
{
    console_text(name);
    if (tenths < 0)
        console_text("-");
    tenths = tenths < 0 ? -tenths : tenths;
    console_decimal((uint32_t)tenths / 10);
    console_text(".");
    console_decimal((uint32_t)tenths % 10);
    console_text(unit);
}

void tell_charge(void)
{
    const struct vchg_status *const s = vchg_ctrl_status();

    console_text("charge: ");
    console_text(vchg_state_name(s->state));
    if (s->state == VCHG_FAULT) {
        console_text(", ");
        console_text(vchg_fault_name(s->fault));
    }
    say(", battery ", s->measure.battery_mv, " mV, ");
    say_tenths("", (int32_t)(s->measure.current_ua / 100), " mA\r\n");
}

static void cmd_status(void)
{
    const struct vchg_status *const s = vchg_ctrl_status();

    tell_charge();
    say("source ", s->source_mv, " mV");
    say(", supply ", s->measure.supply_mv, " mV");
    if (s->measure.cell_known)
        say_tenths(", cell ", s->measure.cell_dc, " C");
    say_tenths(", die ", s->measure.die_dc, " C\r\n");
    say("up ", clock_ms() / 1000, " s");
    say(", faults ", faults_count(), "\r\n");
}

static void cmd_limits(void)
{
    const struct vchg_limits *const l = &vchg_usual_limits;

    say("charge ", l->charge_ua / 1000, " mA");
    say(" to ", l->target_mv, " mV");
    say(", below ", l->precharge_mv, " mV ");
    say("", l->precharge_ua / 1000, " mA");
    say("; done below ", l->done_ua / 1000, " mA");
    say(", again below ", l->recharge_mv, " mV\r\n");
    say("never above ", l->over_mv, " mV");
    say(", ", l->over_ua / 1000, " mA");
    say_tenths("; cell ", l->cold_dc, "");
    say_tenths(" to ", l->hot_dc, " C");
    say("; ", l->charge_limit_ms / 60000, " min\r\n");
}

static void cmd_dfu(void)
{
    console_text("to the bootloader\r\n");
    console_flush();
    careless_enter();
    dfu_request();
}

static void cmd_reset(void)
{
    console_text("reset\r\n");
    console_flush();
    system_reset();
}

static void cmd_fault(void)
{
    volatile uint32_t *const nowhere = (volatile uint32_t *)0xC0000000;

    (void)*nowhere;
}

static void cmd_hang(void)
{
    for (;;)
        wait_for_writes();
}

static const struct {
    const char *word, *says;
    void (*run)(void);
} commands[] = {
    // clang-format off
    { "status", "how things stand",             cmd_status },
    { "limits", "of the charge",                cmd_limits },
    { "clear",  "a fault of the charge",        vchg_ctrl_clear },
    { "dfu",    "to the USB bootloader",        cmd_dfu },
    { "reset",  "start again",                  cmd_reset },
    { "fault",  "a hard fault, to see what it leaves", cmd_fault },
    { "hang",   "until the watchdog bites",     cmd_hang },
    { "help",   "this",                         cmd_help },
    // clang-format on
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void cmd_help(void)
{
    for (unsigned i = 0; i < COMMANDS; i++) {
        console_text(commands[i].word);
        console_text(": ");
        console_text(commands[i].says);
        console_text("\r\n");
    }
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void commands_run(const char *line)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (same(line, commands[i].word)) {
            commands[i].run();
            return;
        }
    console_text("no such command: ");
    console_text(line);
    console_text("; try help\r\n");
}
