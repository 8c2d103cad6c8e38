/* commands.c - the list of commands. */
#include "cli/cli.h"

extern const struct bench_command bench_cmd_new, bench_cmd_run, bench_cmd_serve, bench_cmd_advance, bench_cmd_power, bench_cmd_press,
    bench_cmd_plug, bench_cmd_unplug, bench_cmd_uart, bench_cmd_peek, bench_cmd_report, bench_cmd_params, bench_cmd_scenario;

const struct bench_command *const bench_commands[] = {
    &bench_cmd_new,    &bench_cmd_run,  &bench_cmd_serve, &bench_cmd_advance, &bench_cmd_power,  &bench_cmd_press,    &bench_cmd_plug,
    &bench_cmd_unplug, &bench_cmd_uart, &bench_cmd_peek,  &bench_cmd_report,  &bench_cmd_params, &bench_cmd_scenario, NULL,
};
