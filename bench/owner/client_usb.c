/* client_usb.c - the board's USB plugs, from a client's side. See client.h. */
#include "owner/talk.h"

#include <string.h>

bool client_status(struct client *c, struct client_status *s, struct err *e)
{
    struct buffer answer = { 0 };
    struct wire_in in;

    talk_begin(c, REQUEST_STATUS, 0);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    s->pace = (enum bench_pace)wire_get_u8(&in);
    s->clients = wire_get_u32(&in);
    s->dropin_sessions = wire_get_u32(&in);
    wire_get_text(&in, s->owner, sizeof s->owner);
    s->owner_pid = wire_get_u32(&in);
    return talk_parsed(c, &answer, &in, e);
}

static void get_plug(struct wire_in *in, struct client_plug *p)
{
    const uint8_t *bytes;
    size_t len;

    *p = (struct client_plug){ 0 };
    wire_get_text(in, p->name, sizeof p->name);
    p->present = wire_get_u8(in);
    p->denied = wire_get_u8(in);
    p->appeared = wire_get_u32(in);
    p->holder_pid = wire_get_u32(in);
    wire_get_text(in, p->holder, sizeof p->holder);
    bytes = wire_get_bytes(in, &len);
    if (len == sizeof p->device)
        memcpy(p->device, bytes, len);
    else if (p->present)
        in->bad = true;
    bytes = wire_get_bytes(in, &len);
    if (len <= sizeof p->config) {
        p->config_bytes = len;
        if (len)
            memcpy(p->config, bytes, len);
    } else {
        in->bad = true;
    }
    wire_get_text(in, p->manufacturer, sizeof p->manufacturer);
    wire_get_text(in, p->product, sizeof p->product);
    wire_get_text(in, p->serial, sizeof p->serial);
}

bool client_plugs(struct client *c, struct client_plug plugs[PLUGS], unsigned *count, struct err *e)
{
    struct buffer answer = { 0 };
    struct wire_in in;

    talk_begin(c, REQUEST_PLUGS, 0);
    if (!talk_ask(c, &answer, e))
        return false;
    in = talk_reading(&answer);
    *count = wire_get_u8(&in);
    if (*count > PLUGS)
        in.bad = true;
    for (unsigned i = 0; i < *count && !in.bad; i++)
        get_plug(&in, &plugs[i]);
    return talk_parsed(c, &answer, &in, e);
}

static bool ask_plug(struct client *c, enum bench_request type, enum bench_plug plug, struct err *e)
{
    buffer_u8(&talk_begin(c, type, 0)->b, plug);
    return talk_ask_plain(c, e);
}

bool client_claim(struct client *c, enum bench_plug plug, struct err *e) { return ask_plug(c, REQUEST_CLAIM, plug, e); }
bool client_release(struct client *c, enum bench_plug plug, struct err *e) { return ask_plug(c, REQUEST_RELEASE, plug, e); }
bool client_port_reset(struct client *c, enum bench_plug plug, struct err *e) { return ask_plug(c, REQUEST_PORT_RESET, plug, e); }

/* ---- transfers ---- */

static bool is_in(const struct client_transfer *t) { return t->ep ? t->ep & 0x80 : t->setup[0] & 0x80; }

static bool push_transfer(struct client *c, struct client_transfer *t, unsigned flags, struct err *e)
{
    struct wire_out *o;

    if (t->len > TRANSFER_BYTES_MAX)
        return err_set(e, ERR_USAGE, "a transfer of %zu bytes is too long", t->len);
    o = talk_begin(c, t->ep ? REQUEST_BULK : REQUEST_CONTROL, flags);
    buffer_u8(&o->b, t->plug);
    if (t->ep)
        buffer_u8(&o->b, t->ep);
    else
        buffer_add(&o->b, t->setup, sizeof t->setup);
    buffer_u64(&o->b, t->limit_us);
    if (t->ep)
        buffer_u32(&o->b, is_in(t) ? (uint32_t)t->len : 0);
    wire_bytes(o, t->data, is_in(t) ? 0 : t->len);
    t->id = c->next_id;
    t->answered = false;
    t->moved = 0;
    if (!talk_push(c, e))
        return false;
    t->next = c->pending;
    c->pending = t;
    return true;
}

static void forget_transfer(struct client *c, struct client_transfer *t)
{
    for (struct client_transfer **link = &c->pending; *link; link = &(*link)->next)
        if (*link == t) {
            *link = t->next;
            return;
        }
}

bool client_transfer(struct client *c, struct client_transfer *t, struct err *e)
{
    struct err refusal = { 0 };
    bool good;

    t->refusal = &refusal;
    good = push_transfer(c, t, 0, e) && (talk_await(c, t->id, NULL, e) || talk_abandon(c, t->id, e));
    t->refusal = NULL;
    forget_transfer(c, t);
    if (good && refusal.kind != ERR_NONE) {
        *e = refusal;
        return false;
    }
    return good;
}

bool client_submit(struct client *c, struct client_transfer *t, struct err *e)
{
    t->refusal = NULL;
    return push_transfer(c, t, FLAG_ASYNC, e);
}

bool client_cancel(struct client *c, struct client_transfer *t, struct err *e)
{
    if (t->answered)
        return true;
    buffer_u32(&talk_begin(c, REQUEST_CANCEL, 0)->b, t->id);
    return talk_ask_plain(c, e);
}

bool client_wait(struct client *c, uint64_t limit_us, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_WAIT, 0);

    buffer_u64(&o->b, limit_us);
    buffer_u32(&o->b, c->answers);
    return talk_ask_plain(c, e);
}
