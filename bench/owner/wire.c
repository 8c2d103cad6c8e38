/* wire.c - building and reading frames. See wire.h. */
#include "owner/wire.h"

#include "base/bytes.h"

#include <string.h>

void wire_text(struct wire_out *o, const char *text)
{
    const size_t all = strlen(text), len = all < UINT16_MAX ? all : UINT16_MAX;

    buffer_u16(&o->b, (unsigned)len);
    buffer_add(&o->b, text, len);
}

void wire_bytes(struct wire_out *o, const void *bytes, size_t len)
{
    if (len > FRAME_PAYLOAD_MAX) {
        o->b.failed = true;
        return;
    }
    buffer_u32(&o->b, (uint32_t)len);
    buffer_add(&o->b, bytes, len);
}

void wire_err(struct wire_out *o, const struct err *e)
{
    buffer_u8(&o->b, e->kind);
    wire_text(o, e->cause);
    wire_text(o, e->hint);
    buffer_u8(&o->b, e->n_doing);
    for (unsigned i = 0; i < e->n_doing; i++)
        wire_text(o, e->doing[i]);
    buffer_u8(&o->b, e->n_seen);
    for (unsigned i = 0; i < e->n_seen; i++)
        wire_text(o, e->seen[i]);
}

void wire_begin(struct wire_out *o, const struct frame *f)
{
    o->frame = o->b.len;
    buffer_u32(&o->b, 0); /* wire_end knows */
    buffer_u16(&o->b, f->type);
    buffer_u16(&o->b, f->flags);
    buffer_u32(&o->b, f->id);
    buffer_u64(&o->b, f->time_ns);
}

void wire_end(struct wire_out *o)
{
    if (o->b.failed)
        return;
    if (o->b.len - o->frame - FRAME_HEADER_BYTES > FRAME_PAYLOAD_MAX)
        o->b.failed = true;
    else
        put_le32(o->b.bytes + o->frame, (uint32_t)(o->b.len - o->frame - FRAME_HEADER_BYTES));
}

const uint8_t *wire_get_raw(struct wire_in *in, size_t len)
{
    const uint8_t *p = in->at;

    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        return NULL;
    }
    in->at += len;
    return p;
}

unsigned wire_get_u8(struct wire_in *in)
{
    const uint8_t *p = wire_get_raw(in, 1);

    return p ? *p : 0;
}

unsigned wire_get_u16(struct wire_in *in)
{
    const uint8_t *p = wire_get_raw(in, 2);

    return p ? get_le16(p) : 0;
}

uint32_t wire_get_u32(struct wire_in *in)
{
    const uint8_t *p = wire_get_raw(in, 4);

    return p ? get_le32(p) : 0;
}

uint64_t wire_get_u64(struct wire_in *in)
{
    const uint8_t *p = wire_get_raw(in, 8);

    return p ? get_le64(p) : 0;
}

void wire_get_text(struct wire_in *in, char *text, size_t cap)
{
    const size_t len = wire_get_u16(in);
    const uint8_t *p = wire_get_raw(in, len);
    size_t n = 0;

    for (; p && n < len && n + 1 < cap; n++)
        text[n] = (char)(p[n] < ' ' || p[n] == 0x7F ? '?' : p[n]);
    text[n] = '\0';
}

const uint8_t *wire_get_bytes(struct wire_in *in, size_t *len)
{
    const uint8_t *p;

    *len = wire_get_u32(in);
    p = wire_get_raw(in, *len);
    if (!p)
        *len = 0;
    return p;
}

void wire_get_err(struct wire_in *in, struct err *e)
{
    const unsigned kind = wire_get_u8(in);
    char text[ERR_TEXT], hint[ERR_TEXT];
    unsigned lines;

    wire_get_text(in, text, sizeof text);
    wire_get_text(in, hint, sizeof hint);
    if (in->bad || kind == ERR_NONE || kind > ERR_BUG) {
        err_set(e, ERR_PROTOCOL, "the owner of the board answered with a broken error message");
        return;
    }
    err_set(e, (enum err_kind)kind, "%s", text);
    if (hint[0])
        err_hint(e, "%s", hint);
    lines = wire_get_u8(in);
    for (unsigned i = 0; i < lines && !in->bad; i++) {
        wire_get_text(in, text, sizeof text);
        err_doing(e, "%s", text);
    }
    lines = wire_get_u8(in);
    for (unsigned i = 0; i < lines && !in->bad; i++) {
        wire_get_text(in, text, sizeof text);
        err_seen(e, "%s", text);
    }
}

bool wire_get_end(const struct wire_in *in) { return !in->bad && in->at == in->end; }

enum wire_frame wire_get_frame(const uint8_t *bytes, size_t len, struct frame *f)
{
    if (len < FRAME_HEADER_BYTES)
        return WIRE_SHORT;
    f->bytes = get_le32(bytes);
    f->type = get_le16(bytes + 4);
    f->flags = get_le16(bytes + 6);
    f->id = get_le32(bytes + 8);
    f->time_ns = get_le64(bytes + 12);
    if (f->bytes > FRAME_PAYLOAD_MAX)
        return WIRE_TOO_LONG;
    return len - FRAME_HEADER_BYTES < f->bytes ? WIRE_SHORT : WIRE_WHOLE;
}
