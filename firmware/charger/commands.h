/* commands.h - what can be typed on the console. */
#pragma once

void commands_run(const char *line);
void tell_charge(void); /* one line on the console: state, voltage, current */
