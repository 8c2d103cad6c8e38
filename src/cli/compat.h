/* compat.h - sector0 under other programs' names: what works with ST's tools works with sector0.
 *
 * The program looks at the name it was started by (a symbolic link in libexec/sector0/st). docs/st-names.md says what each name does.
 * Not here: the work itself, which is the commands' (flash/session.h and its kin). */
#pragma once
#include "cli/frame.h"

/* How another name runs: arguments to exit status. */
typedef int compat_main_fn(int argc, char **argv, const struct usb_fabric *const *fabrics, const struct cli_io *io);

/* By the last part of argv[0], with or without .exe or .sh, case ignored. NULL: an ordinary sector0. */
compat_main_fn *compat_find(const char *argv0);

compat_main_fn compat_st_main;        /* STM32_Programmer_CLI */
compat_main_fn compat_gdbserver_main; /* ST-LINK_gdbserver */
