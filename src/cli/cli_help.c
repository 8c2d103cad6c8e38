/* cli_help.c - help texts, from the tables that the program itself goes by. */
#include "cli/frame.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 22 };

/* A long left side gets a line of its own. */
static void print_row(FILE *out, const char *left, const char *right)
{
    if (strlen(left) <= COLUMN)
        fprintf(out, "  %-*s %s\n", COLUMN, left, right);
    else
        fprintf(out, "  %s\n  %-*s %s\n", left, COLUMN, "", right);
}

static void print_options(FILE *out, const struct cli_option *options)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        char left[64];

        snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        print_row(out, left, o->help);
    }
}

static void print_commands(FILE *out, bool change)
{
    for (const struct command *const *c = commands; *c; c++) {
        char left[64];

        if (((*c)->touch == TOUCH_CHANGES || (*c)->but) != change)
            continue;
        snprintf(left, sizeof left, "%s %s", (*c)->name, (*c)->args);
        print_row(out, left, (*c)->summary);
    }
}

void cli_help_all(FILE *out)
{
    fputs("sector0 " SECTOR0_VERSION ": flashes, debugs and rescues STM32 boards\n\n"
          "usage: sector0 [options] COMMAND [words and options]\n\n"
          "commands that only look (nothing on the chip is halted, reset or written):\n",
          out);
    print_commands(out, false);
    fputs("\ncommands that change something:\n", out);
    print_commands(out, true);
    fputs("\noptions for all commands:\n", out);
    print_options(out, cli_common_options);
    fputs("\nexit status: 0 done, 1 failed, 2 usage, 3 no device, several, or no permission, 4 refused (protection, would lose data),\n"
          "5 verify or blank says no, 6 done but something needs you, 7 interrupted\n\n"
          "`sector0 COMMAND --help` tells more about a command. No board at hand? `sector0-bench new demo.board --chip stm32u073rc`\n"
          "makes a virtual one; `--probe bench:demo.board` uses it.\n",
          out);
}

void cli_help_command(FILE *out, const struct command *command)
{
    fprintf(out, "%s\n\nusage: sector0 %s%s%s [options]\n", command->summary, command->name, command->args[0] ? " " : "", command->args);
    if (command->help)
        fprintf(out, "\n%s\n", command->help);
    if (command->options && command->options->name) {
        fprintf(out, "\noptions:\n");
        print_options(out, command->options);
    }
    fprintf(out, "\noptions for all commands:\n");
    print_options(out, cli_common_options);
    if (command->touch == TOUCH_CHANGES)
        fprintf(out, "\nMay halt, reset and write: connects by attaching, under reset if that fails.\n");
    else
        fprintf(out, "\nOnly looks: attaches, and neither halts, resets nor writes anything%s%s.\n", command->but ? "; but " : "",
                command->but ? command->but : "");
}
