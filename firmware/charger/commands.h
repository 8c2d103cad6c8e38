/* commands.h - what can be typed on the console. */
#pragma once

void commands_run(const char *line);
