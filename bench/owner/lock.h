/* lock.h - who owns a board file. The lock is on FILE.lock, never on FILE, which is replaced whenever it is saved; it goes with its
 * process, however that ends. The file's text says who it is, for people. */
#pragma once
#include "owner/paths.h"

struct board_lock {
    int fd; /* -1: not held */
};

/* False: somebody else has it (*busy; ERR_NODEV, the cause says who), or it cannot be had (ERR_IO). */
bool board_lock_take(const struct board_paths *p, const char *program, struct board_lock *l, bool *busy, struct err *e);
void board_lock_drop(const struct board_paths *p, struct board_lock *l);
