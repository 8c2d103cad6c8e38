/* server.h - one USB plug of a board on a Unix socket, for a usb-redir peer (QEMU connects to it). One peer at a time; it holds the plug as
 * any client of the board does, from the moment it sees the device. A peer that goes away in the middle of a transfer has pulled the cable.
 */
#pragma once
#include "owner/owner.h"

struct redir_server;

/* Listen at `path`. NULL: ERR_USAGE (path too long for a socket), ERR_INPUT (something else is there), ERR_IO, ERR_NOMEM.
 * `o` is borrowed: close the server first. */
struct redir_server *redir_server_open(const char *path, enum bench_plug plug, struct owner *o, struct err *e);
void redir_server_close(struct redir_server *s); /* NULL is fine */

/* What to poll for; then whatever there is to do. */
struct pollfd redir_server_poll(const struct redir_server *s);
void redir_server_turn(struct redir_server *s, short revents);

/* How long may be slept, in ms, before the next turn: devices come and go without a word. -1: for ever. */
int redir_server_limit_ms(const struct redir_server *s);
