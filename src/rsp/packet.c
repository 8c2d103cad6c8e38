/* packet.c - see packet.h. */
#include "rsp/packet.h"

#include <string.h>

int rsp_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static enum rsp_input between_packets(struct rsp_parser *p, uint8_t c)
{
    switch (c) {
    case '$':
        p->state = RSP_BODY;
        p->sum = 0;
        p->raw = p->len = 0;
        return RSP_MORE;
    case '+': return RSP_ACK;
    case '-': return RSP_NACK;
    case 0x03: return RSP_INTERRUPT;
    default: return RSP_MORE;
    }
}

static void keep(struct rsp_parser *p, uint8_t c)
{
    if (p->len < RSP_PACKET_MAX)
        p->bytes[p->len++] = c;
}

/* A '$' cannot stand in a payload: the rest of the packet before it was lost, and a new one begins. */
static void in_body(struct rsp_parser *p, uint8_t c)
{
    if (c == '#') {
        p->state = RSP_SUM1;
        return;
    }
    if (c == '$') {
        between_packets(p, c);
        return;
    }
    p->sum = (uint8_t)(p->sum + c);
    p->raw += p->raw <= RSP_PACKET_MAX;
    if (p->state == RSP_ESCAPED) {
        keep(p, c ^ 0x20);
        p->state = RSP_BODY;
    } else if (c == '}') {
        p->state = RSP_ESCAPED;
    } else {
        keep(p, c);
    }
}

static enum rsp_input ended(struct rsp_parser *p, uint8_t c)
{
    const int digit = rsp_digit(c);

    p->state = RSP_IDLE;
    p->bytes[p->len] = '\0';
    if (p->bad || digit < 0 || (p->told << 4 | digit) != p->sum)
        return RSP_BAD;
    return p->raw > RSP_PACKET_MAX ? RSP_TOO_LONG : RSP_PACKET;
}

enum rsp_input rsp_parse(struct rsp_parser *p, const uint8_t *bytes, size_t len, size_t *used)
{
    for (*used = 0; *used < len;) {
        const uint8_t c = bytes[(*used)++];
        enum rsp_input event = RSP_MORE;

        switch (p->state) {
        case RSP_IDLE: event = between_packets(p, c); break;
        case RSP_BODY:
        case RSP_ESCAPED: in_body(p, c); break;
        case RSP_SUM1:
            p->bad = rsp_digit(c) < 0;
            p->told = (uint8_t)rsp_digit(c);
            p->state = RSP_SUM2;
            break;
        case RSP_SUM2: event = ended(p, c); break;
        }
        if (event != RSP_MORE)
            return event;
    }
    return RSP_MORE;
}

size_t rsp_frame(uint8_t *frame, const uint8_t *payload, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;
    size_t n = 0;

    frame[n++] = '$';
    for (size_t i = 0; i < len; i++) {
        uint8_t c = payload[i];

        if (c == '#' || c == '$' || c == '}' || c == '*') {
            sum = (uint8_t)(sum + '}');
            frame[n++] = '}';
            c ^= 0x20;
        }
        sum = (uint8_t)(sum + c);
        frame[n++] = c;
    }
    frame[n++] = '#';
    frame[n++] = (uint8_t)digits[sum >> 4];
    frame[n++] = (uint8_t)digits[sum & 15];
    return n;
}

bool rsp_number(const char **at, uint32_t *value)
{
    uint64_t n = 0;
    const char *c = *at;

    for (; rsp_digit((uint8_t)*c) >= 0 && n <= UINT32_MAX; c++)
        n = n << 4 | (unsigned)rsp_digit((uint8_t)*c);
    if (c == *at || n > UINT32_MAX)
        return false;
    *at = c;
    *value = (uint32_t)n;
    return true;
}

bool rsp_unhex(const char *at, uint8_t *bytes, size_t len)
{
    if (strnlen(at, 2 * len + 1) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        const int high = rsp_digit((uint8_t)at[2 * i]), low = rsp_digit((uint8_t)at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void rsp_hex(char *to, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = '\0';
}
