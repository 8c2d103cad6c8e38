/* talk.c - requests of a client, and the answers to them. See talk.h. */
#include "owner/talk.h"

#include <stdlib.h>
#include <string.h>

bool talk_lose(struct client *c, struct err *e)
{
    c->lost = true;
    err_set(e, ERR_PROTOCOL, "the owner of the board sent something that makes no sense");
    return err_hint(e, "are all programs of one version of sector0?");
}

struct wire_out *talk_begin(struct client *c, enum bench_request type, unsigned flags)
{
    const struct frame f = { .type = (uint16_t)type, .flags = (uint16_t)flags, .id = ++c->next_id, .time_ns = c->spent_ns };

    c->out.b.len = 0;
    c->spent_ns = 0;
    wire_begin(&c->out, &f);
    return &c->out;
}

bool talk_push(struct client *c, struct err *e)
{
    wire_end(&c->out);
    if (c->lost)
        return err_set(e, ERR_NODEV, "the owner of the board has gone");
    if (c->out.b.failed) {
        buffer_free(&c->out.b);
        return err_set(e, ERR_NOMEM, "no memory for a request");
    }
    if (!c->transport.send(c->transport.ctx, c->out.b.bytes, c->out.b.len, e)) {
        c->lost = true;
        return false;
    }
    return true;
}

/* An answer to a transfer: fill it in and take it off the list. */
static bool settle(struct client *c, struct client_transfer **link, const struct frame *f, struct wire_in in)
{
    struct client_transfer *t = *link;
    const uint8_t *data;
    size_t len;

    *link = t->next;
    t->answered = true;
    c->answers++;
    if (f->flags & FLAG_FAILED) {
        t->how = DONE_GONE;
        t->moved = 0;
        if (t->refusal)
            wire_get_err(&in, t->refusal);
        return true;
    }
    t->how = (enum bench_done)wire_get_u8(&in);
    t->moved = wire_get_u32(&in);
    data = wire_get_bytes(&in, &len);
    if (!wire_get_end(&in) || t->how >= DONES || t->moved > t->len || (len > 0 && len != t->moved))
        return false;
    if (len > 0)
        memcpy(t->data, data, len);
    return true;
}

/* Look at the first frame that has come. If it answers request `id`, *in is its payload, which lives until the next call; other answers
 * are settled, or dropped if nobody waits for them any more. *found: it was the one. False: broken. */
static bool look(struct client *c, uint32_t id, struct frame *f, struct wire_in *in, bool *found)
{
    struct client_transfer **link = &c->pending;

    c->now_ns = f->time_ns > c->now_ns ? f->time_ns : c->now_ns;
    c->real = f->flags & FLAG_REAL;
    *in = (struct wire_in){ .at = c->in + FRAME_HEADER_BYTES, .end = c->in + FRAME_HEADER_BYTES + f->bytes };
    *found = f->id == id;
    while (*link && (*link)->id != f->id)
        link = &(*link)->next;
    return !*link || settle(c, link, f, *in);
}

static void consume(struct client *c, const struct frame *f)
{
    const size_t used = FRAME_HEADER_BYTES + f->bytes;

    memmove(c->in, c->in + used, c->in_len - used);
    c->in_len -= used;
}

static bool fill(struct client *c, struct err *e)
{
    size_t got;

    if (c->in_cap - c->in_len < 16384) {
        uint8_t *in = realloc(c->in, c->in_cap * 2 + 32768);

        if (!in)
            return err_set(e, ERR_NOMEM, "no memory for an answer");
        c->in = in;
        c->in_cap = c->in_cap * 2 + 32768;
    }
    for (;;) {
        struct err why = { 0 };

        if (c->interrupted && c->interrupted(c->interrupted_ctx))
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        if (c->transport.receive(c->transport.ctx, c->in + c->in_len, c->in_cap - c->in_len, &got, &why))
            break;
        if (why.kind == ERR_INTERRUPTED)
            continue;
        c->lost |= why.kind != ERR_TIMEOUT;
        *e = why;
        return false;
    }
    c->in_len += got;
    return true;
}

bool talk_await(struct client *c, uint32_t id, struct buffer *answer, struct err *e)
{
    for (;;) {
        struct frame f;
        struct wire_in in;
        bool found;

        switch (wire_get_frame(c->in, c->in_len, &f)) {
        case WIRE_TOO_LONG: return talk_lose(c, e);
        case WIRE_SHORT:
            if (!fill(c, e))
                return false;
            continue;
        case WIRE_WHOLE: break;
        }
        if (!look(c, id, &f, &in, &found))
            return talk_lose(c, e);
        if (found && (f.flags & FLAG_FAILED) && f.type != REQUEST_BULK && f.type != REQUEST_CONTROL) {
            wire_get_err(&in, e);
            consume(c, &f);
            return false;
        }
        if (found && answer)
            buffer_add(answer, in.at, (size_t)(in.end - in.at));
        consume(c, &f);
        if (found)
            return true;
    }
}

bool talk_abandon(struct client *c, uint32_t id, struct err *e)
{
    const struct err why = *e;
    struct err ignored = { 0 };

    if (why.kind != ERR_INTERRUPTED || c->lost)
        return false;
    buffer_u32(&talk_begin(c, REQUEST_CANCEL, 0)->b, id);
    if (talk_push(c, &ignored)) {
        const uint32_t cancel = c->next_id;

        while (!talk_await(c, cancel, NULL, &ignored) && ignored.kind == ERR_INTERRUPTED)
            ;
    }
    *e = why;
    return false;
}

bool talk_ask(struct client *c, struct buffer *answer, struct err *e)
{
    const uint32_t id = c->next_id;

    return talk_push(c, e) && (talk_await(c, id, answer, e) || talk_abandon(c, id, e));
}

bool talk_ask_plain(struct client *c, struct err *e) { return talk_ask(c, NULL, e); }

struct wire_in talk_reading(const struct buffer *answer)
{
    static const uint8_t nothing[1];

    if (answer->len == 0)
        return (struct wire_in){ .at = nothing, .end = nothing };
    return (struct wire_in){ .at = answer->bytes, .end = answer->bytes + answer->len };
}

bool talk_parsed(struct client *c, struct buffer *answer, const struct wire_in *in, struct err *e)
{
    const bool failed = answer->failed;

    buffer_free(answer);
    if (failed)
        return err_set(e, ERR_NOMEM, "no memory for an answer");
    return wire_get_end(in) || talk_lose(c, e);
}
