/* server.h - a GDB server on a target: listens, serves several clients at once, follows the core. A library: what to say, where the
 * semihosting console goes and how to wait are the caller's (struct rsp_settings), so that several programs can be made of it.
 *
 * Source: "GDB Remote Serial Protocol", appendix E of the GDB manual. docs/gdb.md tells what clients may expect.
 *
 * Who may do what to the core:
 *   - a connection alone does nothing; `?` of the first client halts the core (unless no_halt); a client that comes while another one is
 *     there never does: it is shown the core as it is, and may read and write memory while it runs;
 *   - the run state belongs to the client that last changed it; leaving changes nothing, but for the last client's detach: breakpoints
 *     out, and the core runs without a debugger. A connection that just ends leaves the core as it is.
 *
 * Not here: sockets' bytes as packets (packet.h), the words of programs' other names (cli/). */
#pragma once
#include "cortexm/target.h"
#include "flash/plan.h"
#include "flash/store.h"

#include <poll.h>
#include <signal.h>

enum rsp_event {
    RSP_ACCEPTED,  /* a connection; text: the peer */
    RSP_CONNECTED, /* its first packet: it is a debugger */
    RSP_LEFT,      /* a connection that was a debugger's has ended */
    RSP_LOADED,    /* vFlashDone is done; text: what was written */
    RSP_NOTE,      /* something the user should know */
    RSP_FAILED,    /* something a client asked for failed; `e` tells */
    RSP_WHY,       /* behind it: a line of what the doctor found */
};

struct rsp_settings {
    struct target *target; /* borrowed; open */
    struct plan_choices choices;
    bool erase_all;      /* a load leaves nothing else in flash */
    bool direct;         /* program without the RAM loader */
    const char *listen;  /* IPv4 address; NULL: 127.0.0.1 */
    unsigned port;       /* 0: any that is free */
    bool no_halt;        /* `?` never halts */
    bool once;           /* end when the last debugger has gone (a connection without a packet is none) */
    bool no_semihosting; /* leave BKPT 0xAB to the debugger */
    const char *elf;     /* the program that is debugged; NULL: `load` does not tell, what was flashed last may fit */
    /* Set by a signal handler: the server ends in good order. May be NULL. */
    volatile sig_atomic_t *stop;
    void *ctx; /* of the following, which may all be NULL */
    /* A place for what will be overwritten; asked before each change of flash, closed by the server. Without it nothing is saved. */
    struct store *(*open_store)(void *ctx, struct err *e);
    /* Wait until a descriptor is ready or limit_ms have passed; fills in revents like poll, which is used where this is NULL. A virtual
     * board's time goes on in here. */
    bool (*wait)(void *ctx, struct pollfd *fds, unsigned count, int limit_ms, struct err *e);
    void (*event)(void *ctx, enum rsp_event event, const char *text, const struct err *e);
    void (*console)(void *ctx, const uint8_t *bytes, size_t len); /* semihosting output */
    /* The board's UART output from byte number *from on, which is moved on. False: there is none to be had. */
    bool (*uart)(void *ctx, uint64_t *from, uint8_t *bytes, size_t cap, size_t *got, struct err *e);
};

struct rsp_server;

/* Listens from here on; nothing on the target has changed. NULL: ERR_IO (port in use: cause says so), ERR_USAGE (address), ERR_NOMEM. */
struct rsp_server *rsp_open(const struct rsp_settings *settings, struct err *e);
unsigned rsp_port(const struct rsp_server *s);

/* Until `stop` is set (true), the last client has left with `once` (true), or the probe is gone (ERR_NODEV, ERR_IO). */
bool rsp_run(struct rsp_server *s, struct err *e);

/* Clients are cut off, breakpoints come out. What target_close then puts back: the core as found, or running if the last client detached.
 * NULL is fine. */
void rsp_close(struct rsp_server *s);
