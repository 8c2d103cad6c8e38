/* commands.c - the list of all commands, in the order --help shows them. */
#include "cli/command.h"

extern const struct command command_list, command_info, command_plan, command_verify, command_diff, command_read, command_blank;
extern const struct command command_flash, command_erase, command_write, command_option, command_undo, command_reset, command_gdb;
extern const struct command command_dfu, command_run, command_ide, command_report_silicon, command_doctor;

const struct command *const commands[] = {
    &command_list,
    &command_info,
    &command_plan,
    &command_verify,
    &command_diff,
    &command_read,
    &command_blank,
    &command_doctor,
    &command_report_silicon,
    &command_flash,
    &command_erase,
    &command_write,
    &command_option,
    &command_undo,
    &command_reset,
    &command_dfu,
    &command_gdb,
    &command_run,
    &command_ide,
    NULL,
};
