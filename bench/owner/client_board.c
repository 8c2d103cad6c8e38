/* client_board.c - the board's time, and its other sides: console, buttons, supply, memory. See client.h. */
#include "owner/talk.h"

#include <stdlib.h>
#include <string.h>

enum { SPENT_TELL_NS = 1000000 };

/* ---- time ---- */

uint64_t client_clock_ns(struct client *c)
{
    struct err ignored = { 0 };

    c->spent_ns += c->clock_read_ns;
    if (c->spent_ns >= SPENT_TELL_NS) /* somebody waits by looking at the clock: the board must move on meanwhile */
        client_clock_sync(c, &ignored);
    return c->now_ns + c->spent_ns;
}

bool client_clock_sync(struct client *c, struct err *e)
{
    talk_begin(c, REQUEST_CLOCK, 0);
    return talk_ask_plain(c, e);
}

bool client_sleep(struct client *c, uint64_t us, struct err *e)
{
    buffer_u64(&talk_begin(c, REQUEST_SLEEP, 0)->b, us);
    return talk_ask_plain(c, e);
}

bool client_pace(struct client *c, enum bench_pace pace, const char *reason, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_PACE, 0);

    buffer_u8(&o->b, pace);
    wire_text(o, reason);
    return talk_ask_plain(c, e);
}

/* ---- the board's other sides ---- */

bool client_uart_read(struct client *c, unsigned port, uint64_t from, uint8_t *bytes, size_t cap, size_t *got, uint64_t *first,
                      uint64_t *total, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_UART_READ, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *text;

    buffer_u8(&o->b, port);
    buffer_u64(&o->b, from);
    buffer_u32(&o->b, cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    *first = wire_get_u64(&in);
    *total = wire_get_u64(&in);
    text = wire_get_bytes(&in, got);
    if (*got > cap)
        in.bad = true;
    else if (*got)
        memcpy(bytes, text, *got);
    return talk_parsed(c, &answer, &in, e);
}

bool client_uart_write(struct client *c, unsigned port, const void *bytes, size_t len, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_UART_WRITE, 0);

    buffer_u8(&o->b, port);
    wire_bytes(o, bytes, len);
    return talk_ask_plain(c, e);
}

bool client_advance(struct client *c, uint64_t us, const char *until, bool *seen, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_ADVANCE, 0);
    struct buffer answer = { 0 };
    struct wire_in in;

    buffer_u64(&o->b, us);
    wire_bytes(o, until ? until : "", until ? strlen(until) : 0);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    *seen = wire_get_u8(&in);
    return talk_parsed(c, &answer, &in, e);
}

bool client_press(struct client *c, enum bench_button button, enum bench_press how, uint64_t us, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_PRESS, 0);

    buffer_u8(&o->b, button);
    buffer_u8(&o->b, how);
    buffer_u64(&o->b, us);
    return talk_ask_plain(c, e);
}

bool client_power(struct client *c, enum bench_power how, uint64_t us, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_POWER, 0);

    buffer_u8(&o->b, how);
    buffer_u64(&o->b, us);
    return talk_ask_plain(c, e);
}

bool client_cable(struct client *c, enum bench_plug plug, bool in, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_CABLE, 0);

    buffer_u8(&o->b, plug);
    buffer_u8(&o->b, in);
    return talk_ask_plain(c, e);
}

bool client_peek(struct client *c, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_PEEK, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t got;

    buffer_u32(&o->b, addr);
    buffer_u32(&o->b, (uint32_t)len);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    data = wire_get_bytes(&in, &got);
    if (got != len)
        in.bad = true;
    else if (got)
        memcpy(bytes, data, got);
    return talk_parsed(c, &answer, &in, e);
}

bool client_report(struct client *c, bool json, char **text, struct err *e)
{
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t len;

    *text = NULL;
    buffer_u8(&talk_begin(c, REQUEST_REPORT, 0)->b, json);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    data = wire_get_bytes(&in, &len);
    if (data)
        *text = strndup((const char *)data, len);
    if (!talk_parsed(c, &answer, &in, e)) {
        free(*text);
        *text = NULL;
        return false;
    }
    return *text || err_set(e, ERR_NOMEM, "no memory for the report");
}

bool client_swd(struct client *c, uint32_t hz, const uint8_t *clocks, uint8_t *levels, size_t count, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_SWD, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t got;

    buffer_u32(&o->b, hz);
    wire_bytes(o, clocks, count);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    data = wire_get_bytes(&in, &got);
    if (got != count)
        in.bad = true;
    else if (got)
        memcpy(levels, data, got);
    return talk_parsed(c, &answer, &in, e);
}

bool client_stop(struct client *c, struct err *e)
{
    talk_begin(c, REQUEST_STOP, 0);
    return talk_ask_plain(c, e);
}
