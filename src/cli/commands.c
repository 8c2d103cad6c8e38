/* commands.c - the list of all commands, in the order --help shows them. */
#include "cli/command.h"

extern const struct command command_list, command_info, command_read, command_reset;

const struct command *const commands[] = {
    &command_list, &command_info, &command_read, &command_reset, NULL,
};
