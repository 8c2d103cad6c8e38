/* wire_pty.h - a Bus Pirate on the target's SWD pins, as a serial port that others open: a pty, and a symbolic link to it. */
#pragma once
#include "owner/owner.h"

struct wire_pty;

/* Behind `path`, for as long as it is open. NULL: ERR_INPUT (something else is there), ERR_IO, ERR_NOMEM. `o` is borrowed: close first. */
struct wire_pty *wire_pty_open(const char *path, struct owner *o, struct err *e);
void wire_pty_close(struct wire_pty *w); /* NULL is fine */

/* What to poll for, then what to do about it. False: the board's owner failed. */
struct pollfd wire_pty_poll(const struct wire_pty *w);
bool wire_pty_turn(struct wire_pty *w, short revents, struct err *e);
