/* packet.h - the framing of GDB's remote protocol: $payload#checksum, '+', '-', Ctrl-C. Pure functions over bytes.
 *
 * Source: GDB manual, "Overview" of the Remote Serial Protocol. Run-length encoding is only ever sent by targets, and we send none. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Payload as on the wire. GDB asks for half of it at once (two digits a byte): 6 KiB, the longest read of an ST-LINK. */
    RSP_PACKET_MAX = 0x3000,
    RSP_FRAME_MAX = 2 * (RSP_PACKET_MAX + 256) + 4, /* every byte escaped, '$', '#' and two digits */
};

enum rsp_input {
    RSP_MORE,      /* all bytes are used up */
    RSP_PACKET,    /* `bytes`, `len`: the payload, escapes undone, ending with a 0 that is not counted */
    RSP_BAD,       /* a packet whose checksum is wrong */
    RSP_TOO_LONG,  /* a packet longer than RSP_PACKET_MAX has ended; it was not kept */
    RSP_ACK,       /* '+' */
    RSP_NACK,      /* '-' */
    RSP_INTERRUPT, /* Ctrl-C between packets */
};

struct rsp_parser { /* zeroed is ready */
    enum { RSP_IDLE, RSP_BODY, RSP_ESCAPED, RSP_SUM1, RSP_SUM2 } state;
    uint8_t sum, told; /* of the bytes so far; what the first digit said */
    bool bad;
    size_t raw, len; /* on the wire; kept */
    uint8_t bytes[RSP_PACKET_MAX + 1];
};

/* Take bytes up to the first event. *used: how many. Bytes outside packets that mean nothing are passed over. */
enum rsp_input rsp_parse(struct rsp_parser *p, const uint8_t *bytes, size_t len, size_t *used);

/* Frame a payload of at most RSP_PACKET_MAX + 256 bytes; `frame` holds RSP_FRAME_MAX. Returns the frame's length. */
size_t rsp_frame(uint8_t *frame, const uint8_t *payload, size_t len);

int rsp_digit(uint8_t c); /* 0..15, or -1 */
/* Hexadecimal digits as long as there are some, at most eight that count. False: none, or more than 32 bits. */
bool rsp_number(const char **at, uint32_t *value);
/* Pairs of digits into bytes; false if there are not exactly `len` pairs before the end. */
bool rsp_unhex(const char *at, uint8_t *bytes, size_t len);
void rsp_hex(char *to, const uint8_t *bytes, size_t len); /* 2 * len digits and a 0 */
