/* redir.h - the usb-redir protocol, the device's end: what QEMU's usb-redir device talks to. Bytes in, bytes out.
 *
 * Source: the published protocol description (usbredir 0.7 and later), and what QEMU 7.2 sends.
 * A message is a header (u32 type, u32 bytes that follow, id of 32 bits, or 64 once both sides have said that they can) and a payload. All
 * numbers are little-endian. The other end is somebody's kernel: nothing of it is believed.
 * Not here: sockets and the board (server.h); isochronous transfers and bulk streams, which no full-speed probe has. */
#pragma once
#include "base/buffer.h"
#include "base/err.h"

enum {
    REDIR_PENDING_MAX = 32,      /* transfers at a time; one more is refused */
    REDIR_BYTES_MAX = 512 << 10, /* of one transfer */
};

enum redir_status { /* as on the wire */
                    REDIR_SUCCESS,
                    REDIR_CANCELLED,
                    REDIR_INVALID,
                    REDIR_IO_ERROR,
                    REDIR_STALL,
                    REDIR_TIMEOUT,
                    REDIR_BABBLE,
};

struct redir_port { /* the device. Borrowed */
    void *ctx;
    /* Carried out at once. *len in: data stage; out: moved. `data` has room for it. */
    enum redir_status (*control)(void *ctx, const uint8_t setup[8], uint8_t *data, size_t *len);
    /* Begin a transfer on an endpoint, known by `slot` until redir_done is called for it, later. For OUT, `data` is only lent. */
    void (*submit)(void *ctx, unsigned slot, uint8_t ep, const uint8_t *data, size_t len);
    void (*cancel)(void *ctx, unsigned slot); /* redir_done follows, later */
    void (*reset)(void *ctx);                 /* port reset */
};

struct redir_device {      /* descriptors, as enumeration found them. Borrowed during the call */
    const uint8_t *device; /* 18 bytes */
    const uint8_t *config;
    size_t config_bytes;
};

enum redir_slot_kind { SLOT_FREE, SLOT_BULK, SLOT_INTERRUPT_IN, SLOT_INTERRUPT_OUT };
struct redir_slot {
    enum redir_slot_kind kind;
    uint64_t id;
    uint8_t ep;
    uint32_t stream;
    bool unheard; /* the device it was for has gone: nobody is told */
};

struct redir_endpoint { /* 0..15 OUT, 16..31 IN */
    uint8_t type, interval, interface;
    uint16_t packet_bytes;
    bool receiving; /* interrupt IN: the other end wants what comes */
};

struct redir {
    const struct redir_port *port;
    struct buffer in, out; /* out: to be sent */
    bool greeted, wide_ids, long_bulk, with_version, with_packet_bytes;
    bool present, announced;
    uint8_t device[18], configuration, interfaces, interface_class[32][3];
    struct redir_endpoint endpoint[32];
    struct redir_slot slot[REDIR_PENDING_MAX];
};

/* A new connection: our greeting waits in `out`. */
void redir_init(struct redir *r, const struct redir_port *port);
void redir_fini(struct redir *r);

/* What the other end sent. False: it talks nonsense (ERR_PROTOCOL, seen: the message): close the connection. */
bool redir_feed(struct redir *r, const uint8_t *bytes, size_t len, struct err *e);

void redir_plug(struct redir *r, const struct redir_device *d);
void redir_unplug(struct redir *r); /* transfers still pending must yet be ended with redir_done; nobody is told of them */

/* The transfer in `slot` is over. IN: `data` holds what was moved. */
void redir_done(struct redir *r, unsigned slot, enum redir_status status, const uint8_t *data, size_t moved);
