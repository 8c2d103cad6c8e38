/* client.h - a client of a board's owner: requests as functions. The same code speaks through a socket (another process owns the board)
 * and straight to an owner in this process (link.h). Small on purpose: the libusb stand-in is made of this, wire.c, paths.c and base/err.c.
 *
 * One thread at a time. A client that is closed in good order leaves the plugs it held; one that just vanishes pulls the cables out.
 * Time: client_clock_ns is the board's time as this client sees it. At pace step it moves by answers and by clock reads, which cost
 * board time too (else a loop that polls the clock would never end). Once client_is_real, use the machine's clock instead. */
#pragma once
#include "base/err.h"
#include "owner/protocol.h"
#include "owner/wire.h"

#include <stddef.h>
#include <stdint.h>

struct client_transport {
    void *ctx;
    int fd; /* to poll for answers; -1: none */
    bool (*send)(void *ctx, const uint8_t *bytes, size_t len, struct err *e);
    /* At least one byte. Waits; ERR_INTERRUPTED if a signal came meanwhile, ERR_NODEV if the owner is gone. */
    bool (*receive)(void *ctx, uint8_t *bytes, size_t cap, size_t *got, struct err *e);
    void (*close)(void *ctx);
};

struct client_transfer { /* caller's memory; borrowed from submit until answered */
    enum bench_plug plug;
    uint8_t ep;        /* bulk: with direction bit. control: 0 */
    uint8_t setup[8];  /* control only */
    uint8_t *data;     /* out: to send. in: room for `len` bytes */
    size_t len;        /* at most TRANSFER_BYTES_MAX; control: as setup says, or less */
    uint64_t limit_us; /* board time; FOREVER_US */
    /* results */
    bool answered;
    enum bench_done how;
    size_t moved;
    void *user; /* the caller's */
    /* the client's */
    uint32_t id;
    struct err *refusal; /* where the owner's refusal goes; NULL: `how` becomes DONE_GONE, that is all */
    struct client_transfer *next;
};

struct client_plug { /* one USB plug of the board, as the bus sees it */
    char name[16];   /* "probe", "target" */
    bool present;
    bool denied;         /* the board is set so that the user may not open it */
    uint32_t appeared;   /* how often it has: another number is another device */
    uint32_t holder_pid; /* 0: free */
    char holder[64];
    uint8_t device[18]; /* device descriptor */
    uint8_t config[512];
    size_t config_bytes;
    char manufacturer[128], product[128], serial[128]; /* printable */
};

struct client_status {
    enum bench_pace pace;
    uint32_t clients, dropin_sessions, owner_pid;
    char owner[64];
};

struct client {
    struct client_transport transport;
    struct wire_out out;
    uint8_t *in;
    size_t in_len, in_cap;
    uint32_t next_id, answers; /* transfers answered so far */
    struct client_transfer *pending;
    uint64_t now_ns, spent_ns; /* the board's time by the last answer; what clock reads added since */
    bool real;
    bool brief;                     /* the owner is a command that will soon end */
    bool (*interrupted)(void *ctx); /* asked while waiting; true ends the wait with ERR_INTERRUPTED. May be NULL */
    void *interrupted_ctx;
    bool lost; /* the owner is gone or talks nonsense: everything fails from here on */
    uint32_t clock_read_ns;
    char chip[32], owner[64];
    uint32_t owner_pid;
};

/* A client of whoever owns `board_file`, by its socket. `program` names us in "probe in use" messages.
 * NULL: ERR_NODEV (nobody owns it), ERR_TIMEOUT (owner does not answer), ERR_PROTOCOL, ERR_INPUT. */
struct client *client_connect(const char *board_file, enum bench_role role, const char *program, struct err *e);
/* The same over any transport, which it owns from here on, also on failure. */
struct client *client_new(struct client_transport t, enum bench_role role, const char *program, struct err *e);
void client_close(struct client *c);   /* in good order: BYE, then close. NULL is fine */
void client_forget(struct client *c);  /* after fork, in the child: our copy only, the owner notices nothing */
int client_fd(const struct client *c); /* readable when answers have come; -1 if the owner is in this process */

bool client_status(struct client *c, struct client_status *s, struct err *e);
bool client_plugs(struct client *c, struct client_plug plugs[PLUGS], unsigned *count, struct err *e);
bool client_claim(struct client *c, enum bench_plug plug, struct err *e); /* ERR_NODEV: in use (cause says by whom), absent, denied */
bool client_release(struct client *c, enum bench_plug plug, struct err *e);
bool client_port_reset(struct client *c, enum bench_plug plug, struct err *e);

/* Transfers. client_transfer lets board time pass until it is done. client_submit does not: what can be done at once is done, the rest
 * waits for client_wait (which lets time pass until any transfer is answered, or limit_us have passed: 0 only looks) or for somebody
 * else's doing. True means that the request was carried out: how the transfer ended is in `how` and `moved`. */
bool client_transfer(struct client *c, struct client_transfer *t, struct err *e);
bool client_submit(struct client *c, struct client_transfer *t, struct err *e);
bool client_cancel(struct client *c, struct client_transfer *t, struct err *e); /* answered on return, one way or another */
bool client_wait(struct client *c, uint64_t limit_us, struct err *e);

uint64_t client_clock_ns(struct client *c); /* costs clock_read_ns */
static inline bool client_is_real(const struct client *c) { return c->real; }
bool client_clock_sync(struct client *c, struct err *e); /* ask the owner */
bool client_sleep(struct client *c, uint64_t us, struct err *e);
/* Ask for real pace (`reason` is shown to the user, "openocd waits on a socket of its own"), or take the wish back with PACE_STEP. */
bool client_pace(struct client *c, enum bench_pace pace, const char *reason, struct err *e);

/* UART: bytes from number `from` on, as many as are still kept and fit. *first: number of bytes[0]; *total: sent so far. */
bool client_uart_read(struct client *c, unsigned port, uint64_t from, uint8_t *bytes, size_t cap, size_t *got, uint64_t *first,
                      uint64_t *total, struct err *e);
bool client_uart_write(struct client *c, unsigned port, const void *bytes, size_t len, struct err *e);

bool client_advance(struct client *c, uint64_t us, const char *until, bool *seen, struct err *e); /* until: UART text, or NULL */
bool client_press(struct client *c, enum bench_button button, enum bench_press how, uint64_t us, struct err *e);
bool client_power(struct client *c, enum bench_power how, uint64_t us, struct err *e);
bool client_cable(struct client *c, enum bench_plug plug, bool in, struct err *e);
bool client_peek(struct client *c, uint32_t addr, uint8_t *bytes, size_t len, struct err *e);
bool client_report(struct client *c, bool json, char **text, struct err *e); /* *text: free() it */
/* `count` (1..SWD_CLOCKS_MAX) clocks on the target's SWCLK and SWDIO, as struct wire_port has it. */
bool client_swd(struct client *c, uint32_t hz, const uint8_t *clocks, uint8_t *levels, size_t count, struct err *e);
bool client_stop(struct client *c, struct err *e);
