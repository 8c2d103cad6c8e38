/* wire.c - building and reading frames. See wire.h. */
#include "owner/wire.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

void wire_out_free(struct wire_out *o)
{
    free(o->bytes);
    *o = (struct wire_out){ 0 };
}

static uint8_t *grow(struct wire_out *o, size_t len)
{
    if (o->failed)
        return NULL;
    if (o->cap - o->len < len) {
        const size_t cap = (o->len + len) * 2 + 256;
        uint8_t *bytes = realloc(o->bytes, cap);

        if (!bytes) {
            o->failed = true;
            return NULL;
        }
        o->bytes = bytes;
        o->cap = cap;
    }
    o->len += len;
    return o->bytes + o->len - len;
}

void wire_u8(struct wire_out *o, unsigned v)
{
    uint8_t *p = grow(o, 1);

    if (p)
        *p = (uint8_t)v;
}

void wire_u16(struct wire_out *o, unsigned v)
{
    uint8_t *p = grow(o, 2);

    if (p)
        put_le16(p, v);
}

void wire_u32(struct wire_out *o, uint32_t v)
{
    uint8_t *p = grow(o, 4);

    if (p)
        put_le32(p, v);
}

void wire_u64(struct wire_out *o, uint64_t v)
{
    uint8_t *p = grow(o, 8);

    if (p)
        put_le64(p, v);
}

void wire_raw(struct wire_out *o, const void *bytes, size_t len)
{
    uint8_t *p = len ? grow(o, len) : NULL;

    if (p)
        memcpy(p, bytes, len);
}

void wire_text(struct wire_out *o, const char *text)
{
    const size_t len = strnlen(text, UINT16_MAX);

    wire_u16(o, (unsigned)len);
    wire_raw(o, text, len);
}

void wire_bytes(struct wire_out *o, const void *bytes, size_t len)
{
    if (len > FRAME_PAYLOAD_MAX) {
        o->failed = true;
        return;
    }
    wire_u32(o, (uint32_t)len);
    wire_raw(o, bytes, len);
}

void wire_err(struct wire_out *o, const struct err *e)
{
    wire_u8(o, e->kind);
    wire_text(o, e->cause);
    wire_text(o, e->hint);
    wire_u8(o, e->n_doing);
    for (unsigned i = 0; i < e->n_doing; i++)
        wire_text(o, e->doing[i]);
    wire_u8(o, e->n_seen);
    for (unsigned i = 0; i < e->n_seen; i++)
        wire_text(o, e->seen[i]);
}

void wire_drop(struct wire_out *o, size_t count)
{
    memmove(o->bytes, o->bytes + count, o->len - count);
    o->len -= count;
}

void wire_begin(struct wire_out *o, const struct frame *f)
{
    o->frame = o->len;
    wire_u32(o, 0); /* wire_end knows */
    wire_u16(o, f->type);
    wire_u16(o, f->flags);
    wire_u32(o, f->id);
    wire_u64(o, f->time_ns);
}

void wire_end(struct wire_out *o)
{
    if (o->failed)
        return;
    if (o->len - o->frame - FRAME_HEADER_BYTES > FRAME_PAYLOAD_MAX)
        o->failed = true;
    else
        put_le32(o->bytes + o->frame, (uint32_t)(o->len - o->frame - FRAME_HEADER_BYTES));
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
