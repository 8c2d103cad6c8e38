/* paths.h - the files beside a board file: its lock, its socket, the new version while it is written. And reaching that socket, however
 * long its path is. */
#pragma once
#include "base/err.h"

#include <limits.h>
#include <stddef.h>

#define BOARD_ENVIRONMENT "SECTOR0_BENCH_BOARD" /* absolute path of the board file, for the programs that `sector0-bench run` starts */

struct board_paths {
    char file[PATH_MAX]; /* absolute, symbolic links resolved: all names of one board meet at one lock */
    char lock[PATH_MAX]; /* FILE.lock */
    char next[PATH_MAX]; /* FILE.next: written in full, then renamed to FILE */
    char socket[PATH_MAX];
};

/* `file` need not exist, its folder must. Errors: ERR_INPUT (no such folder, name too long). */
bool board_paths(const char *file, struct board_paths *p, struct err *e);

/* Descriptors, or -1 with errno set. The socket is only for its owner's user. */
int board_socket_listen(const struct board_paths *p);
int board_socket_connect(const struct board_paths *p);
