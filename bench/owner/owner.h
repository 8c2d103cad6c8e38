/* owner.h - the one process that owns a board: holds its lock, listens on its socket, serves clients, moves time at the session's pace,
 * saves the file.
 *
 * Single-threaded. Whoever opens an owner must call owner_turn often, or use it through a client of its own (owner_client), which serves
 * the others along the way. Not here: what clients send (protocol.h), what a board is (board/). */
#pragma once
#include "base/clock.h"
#include "base/err.h"
#include "owner/client.h"
#include "owner/protocol.h"

#include <poll.h>

struct owner;

struct owner_setup {
    const char *program;                       /* who we are, for those who find the board owned */
    enum bench_pace pace;                      /* PACE_STEP or PACE_REAL: as long as no client asks for more */
    bool brief;                                /* we shall soon end: clients that stay long should wait for the lock instead */
    const struct clock *wall;                  /* borrowed; what real pace follows */
    void (*note)(void *ctx, const char *text); /* things the user should know, one line each; may be NULL */
    bool (*enough)(void *ctx);                 /* the user wants us to end, whoever is still there; may be NULL */
    void *ctx;
};

/* Own the board in `file`. NULL: *busy (somebody owns it: be their client), or the file is missing or broken, or ERR_IO. */
struct owner *owner_open(const char *file, const struct owner_setup *setup, bool *busy, struct err *e);
/* Serve those who still use the board (see enum bench_role) until they have ended, then save and let go. False if saving failed; it is
 * over in any case. NULL is fine. */
bool owner_close(struct owner *o, struct err *e);
/* End without saving: the file stays as last saved. */
void owner_abandon(struct owner *o);

/* Wait up to limit_ms (-1: for ever) for something to do, and do it. Returns early when one of the caller's `extra` descriptors is
 * ready (see revents) or a signal came. */
void owner_turn(struct owner *o, int limit_ms, struct pollfd *extra, unsigned extras);

bool owner_stopped(const struct owner *o); /* a client asked for the end */

/* A client of this owner in the same process: same frames, no socket. Close it before the owner. NULL: ERR_NOMEM. */
struct client *owner_client(struct owner *o, enum bench_role role, const char *program, struct err *e);
