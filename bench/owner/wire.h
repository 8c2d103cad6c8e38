/* wire.h - building and reading frames of the owner's protocol. Every read is checked against the end; a short payload makes `bad` true
 * and yields zeroes, so a parser reads all it wants and looks once. */
#pragma once
#include "base/buffer.h"
#include "base/err.h"
#include "owner/protocol.h"

#include <stddef.h>
#include <stdint.h>

struct wire_out { /* zeroed is empty; buffer_u8 and its kin add numbers to `b` */
    struct buffer b;
    size_t frame; /* where the frame being built starts */
};
void wire_text(struct wire_out *o, const char *text);
void wire_bytes(struct wire_out *o, const void *bytes, size_t len);
void wire_err(struct wire_out *o, const struct err *e);

struct frame { /* a header */
    uint32_t bytes;
    uint16_t type, flags;
    uint32_t id;
    uint64_t time_ns;
};

/* wire_begin ... wire_end make one frame; wire_end fills in its length, and fails the buffer if that is above FRAME_PAYLOAD_MAX. */
void wire_begin(struct wire_out *o, const struct frame *f);
void wire_end(struct wire_out *o);

struct wire_in { /* borrowed bytes */
    const uint8_t *at, *end;
    bool bad;
};
unsigned wire_get_u8(struct wire_in *in);
unsigned wire_get_u16(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);
const uint8_t *wire_get_raw(struct wire_in *in, size_t len);    /* NULL if there are not that many */
void wire_get_text(struct wire_in *in, char *text, size_t cap); /* cut to cap - 1; bytes that do not print become '?' */
const uint8_t *wire_get_bytes(struct wire_in *in, size_t *len); /* NULL and 0 if short */
void wire_get_err(struct wire_in *in, struct err *e);           /* always leaves an error */
bool wire_get_end(const struct wire_in *in);                    /* nothing bad, nothing left over */
enum wire_frame { WIRE_SHORT, WIRE_WHOLE, WIRE_TOO_LONG };
/* Is there a whole frame at the start of `bytes`? *f is filled if the header is there. */
enum wire_frame wire_get_frame(const uint8_t *bytes, size_t len, struct frame *f);
