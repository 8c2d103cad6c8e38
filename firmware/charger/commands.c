/* commands.c - see commands.h. A table of words; each answers on the console. */
#include "commands.h"

#include "careless.h"
#include "chip.h"
#include "clock.h"
#include "console.h"
#include "dfu_entry.h"
#include "faults.h"
#include "hw.h"

#include <stdbool.h>
#include <stddef.h>

static void cmd_help(void);

static void say(const char *name, uint32_t value, const char *unit)
{
    console_text(name);
    console_decimal(value);
    console_text(unit);
}

static void cmd_status(void)
{
    say("up ", clock_ms() / 1000, " s");
    say(", faults ", faults_count(), "\r\n");
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
