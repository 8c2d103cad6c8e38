/* requests_usb.c - what a client may ask of the board's USB plugs. See requests.h. */
#include "owner/requests.h"

#include <stdlib.h>
#include <string.h>

static struct session *holder_of(const struct owner *o, unsigned plug)
{
    struct session *s = o->sessions;

    while (s && !s->claimed[plug])
        s = s->next;
    return s;
}

static bool is_denied(const struct owner *o, unsigned plug) { return plug == PLUG_PROBE && o->board->params.usb_denied; }

void on_plugs(struct request *r)
{
    struct wire_out *out;

    if (!request_whole(r, true))
        return;
    if (r->s->role == ROLE_DROPIN && !r->s->opened_libusb) {
        r->s->opened_libusb = true;
        r->o->dropin_sessions++;
    }
    out = request_answer(r);
    buffer_u8(&out->b, PLUGS);
    for (unsigned i = 0; i < PLUGS; i++) {
        const struct session *holder = holder_of(r->o, i);
        const bool present = board_plug_present(r->o->board, (enum board_plug)i);
        struct usb_identity id = { 0 };

        if (present)
            board_plug_identity(r->o->board, (enum board_plug)i, &id);
        wire_text(out, board_plug_name((enum board_plug)i));
        buffer_u8(&out->b, present);
        buffer_u8(&out->b, is_denied(r->o, i));
        buffer_u32(&out->b, r->o->board->s.appeared[i]);
        buffer_u32(&out->b, holder ? holder->pid : 0);
        wire_text(out, holder ? holder->program : "");
        wire_bytes(out, id.device, present ? sizeof id.device : 0);
        wire_bytes(out, id.config, id.config_bytes);
        wire_text(out, id.manufacturer);
        wire_text(out, id.product);
        wire_text(out, id.serial);
    }
    session_answered(r->o, r->s);
}

void on_claim(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);
    const struct session *holder;
    struct err e = { 0 };

    if (!request_whole(r, plug < PLUGS))
        return;
    holder = holder_of(r->o, plug);
    if (holder && holder != r->s) {
        err_set(&e, ERR_NODEV, "%s in use by %s (pid %u)", board_plug_name((enum board_plug)plug), holder->program, (unsigned)holder->pid);
        err_hint(&e, "wait for it to end, or end it");
    } else if (!board_plug_present(r->o->board, (enum board_plug)plug)) {
        err_set(&e, ERR_NODEV, "there is nothing at the board's USB plug '%s'", board_plug_name((enum board_plug)plug));
    } else if (is_denied(r->o, plug)) {
        err_set(&e, ERR_NODEV, "no permission to open the probe");
        err_seen(&e, "the board was made with usb_denied=1");
    } else {
        r->s->claimed[plug] = true;
        r->s->appeared[plug] = r->o->board->s.appeared[plug];
        request_done(r);
        return;
    }
    request_refuse(r, &e);
}

void on_release(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);

    if (!request_whole(r, plug < PLUGS))
        return;
    r->s->claimed[plug] = false;
    request_done(r);
}

static bool must_hold(struct request *r, unsigned plug)
{
    struct err e = { 0 };

    if (r->s->claimed[plug])
        return true;
    err_set(&e, ERR_PROTOCOL, "a transfer to the board's USB plug '%s', which was not claimed", board_plug_name((enum board_plug)plug));
    err_seen(&e, "request %u, id %u", r->f->type, (unsigned)r->f->id);
    request_refuse(r, &e);
    return false;
}

void on_port_reset(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);
    struct err e = { 0 };

    if (!request_whole(r, plug < PLUGS) || !must_hold(r, plug))
        return;
    r->o->traffic++;
    if (r->s->appeared[plug] == r->o->board->s.appeared[plug] && board_plug_reset(r->o->board, (enum board_plug)plug)) {
        request_done(r);
        return;
    }
    err_set(&e, ERR_NODEV, "the USB device has gone");
    request_refuse(r, &e);
}

/* ---- transfers ---- */

static void answer_control(struct request *r, enum bench_done how, const uint8_t *data, size_t moved, bool in)
{
    struct wire_out *out = request_answer(r);

    buffer_u8(&out->b, how);
    buffer_u32(&out->b, (uint32_t)moved);
    wire_bytes(out, data, in ? moved : 0);
    session_answered(r->o, r->s);
    r->s->answers++;
}

/* Carried out at once: a device that keeps NAKing takes the time to its limit, at any pace. */
void on_control(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);
    const uint8_t *setup = wire_get_raw(&r->in, 8);
    const uint64_t limit_us = wire_get_u64(&r->in);
    size_t len, moved;
    const uint8_t *data = wire_get_bytes(&r->in, &len);
    const bool in = setup && setup[0] & 0x80;
    const bool to_device = setup && (setup[0] & 0x1F) == 0; /* needs no claim under Linux either */
    uint8_t *buffer;
    enum usb_status status;
    size_t wanted;

    if (!request_whole(r, plug < PLUGS && setup && (in ? len == 0 : len <= UINT16_MAX)))
        return;
    if (!to_device && !must_hold(r, plug))
        return;
    if (!board_plug_present(r->o->board, (enum board_plug)plug) ||
        (r->s->claimed[plug] && r->s->appeared[plug] != r->o->board->s.appeared[plug])) {
        answer_control(r, DONE_GONE, NULL, 0, in);
        return;
    }
    wanted = setup[6] | (size_t)setup[7] << 8;
    buffer = calloc(1, (in ? wanted : len) + 1);
    if (!buffer) {
        r->s->dead = true;
        return;
    }
    if (!in && len)
        memcpy(buffer, data, len);
    moved = in ? wanted : len;
    status = usbhost_control(&r->o->board->plug[plug], setup, buffer, &moved, request_ps(limit_us));
    r->o->traffic++;
    answer_control(r, (enum bench_done)status, buffer, moved, in);
    free(buffer);
}

void on_bulk(struct request *r)
{
    struct pending p = { .type = REQUEST_BULK, .id = r->f->id, .waits = !(r->f->flags & FLAG_ASYNC) };
    uint64_t limit_us;
    const uint8_t *data;
    size_t wanted, len;
    struct err e = { 0 };

    p.plug = (enum bench_plug)wire_get_u8(&r->in);
    p.ep = (uint8_t)wire_get_u8(&r->in);
    p.in = p.ep & 0x80;
    limit_us = wire_get_u64(&r->in);
    wanted = wire_get_u32(&r->in);
    data = wire_get_bytes(&r->in, &len);
    if (!request_whole(r, p.plug < PLUGS && (p.ep & 0x0F) && wanted <= TRANSFER_BYTES_MAX && len <= TRANSFER_BYTES_MAX &&
                              (p.in ? len == 0 : wanted == 0)) ||
        !must_hold(r, p.plug))
        return;
    p.len = p.in ? wanted : len;
    p.data = malloc(p.len + 1);
    if (!p.data) {
        err_set(&e, ERR_NOMEM, "no memory for a transfer");
        request_refuse(r, &e);
        return;
    }
    if (len)
        memcpy(p.data, data, len);
    p.until_ps = time_after(r->o, request_ps(limit_us));
    p.traffic = r->o->traffic - 1; /* never tried */
    pending_transfer(r->o, r->s, &p);
}

void on_cancel(struct request *r)
{
    const uint32_t id = wire_get_u32(&r->in);

    if (!request_whole(r, true))
        return;
    pending_cancel(r->o, r->s, id);
    request_done(r);
}

void on_wait(struct request *r)
{
    const uint64_t limit_us = wire_get_u64(&r->in);
    const uint32_t seen = wire_get_u32(&r->in);

    if (request_whole(r, true))
        request_wait_for(r, (struct pending){ .seen = seen }, limit_us);
}
