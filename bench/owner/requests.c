/* requests.c - what a client may ask of the owner, one function each, listed in a table. See protocol.h for the payloads. */
#include "owner/requests.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPENT_MAX_NS = 10000000 };

/* ---- answers ---- */

struct wire_out *session_answer(struct owner *o, struct session *s, enum bench_request type, uint32_t id)
{
    const struct frame f = { .type = (uint16_t)type, .flags = o->real ? FLAG_REAL : 0, .id = id, .time_ns = board_now_ps(o->board) / 1000 };

    wire_begin(&s->out, &f);
    return &s->out;
}

void session_answered(struct owner *o, struct session *s)
{
    wire_end(&s->out);
    s->shown_ps = board_now_ps(o->board);
    s->dead |= s->out.b.failed;
}

void session_answer_err(struct owner *o, struct session *s, enum bench_request type, uint32_t id, const struct err *e)
{
    const struct frame f = { .type = (uint16_t)type,
                             .flags = (uint16_t)(FLAG_FAILED | (o->real ? FLAG_REAL : 0)),
                             .id = id,
                             .time_ns = board_now_ps(o->board) / 1000 };

    wire_begin(&s->out, &f);
    wire_err(&s->out, e);
    session_answered(o, s);
}

struct wire_out *request_answer(struct request *r) { return session_answer(r->o, r->s, (enum bench_request)r->f->type, r->f->id); }

void request_done(struct request *r)
{
    request_answer(r);
    session_answered(r->o, r->s);
}

void request_refuse(struct request *r, const struct err *e)
{
    session_answer_err(r->o, r->s, (enum bench_request)r->f->type, r->f->id, e);
    if (r->f->type == REQUEST_BULK || r->f->type == REQUEST_CONTROL)
        r->s->answers++;
}

bool request_whole(struct request *r, bool sensible)
{
    struct err e = { 0 };

    if (wire_get_end(&r->in) && sensible)
        return true;
    err_set(&e, ERR_PROTOCOL, "a request to the owner of the board makes no sense");
    err_seen(&e, "request %u, %u bytes", r->f->type, (unsigned)r->f->bytes);
    request_refuse(r, &e);
    return false;
}

uint64_t request_ps(uint64_t us) { return us > UINT64_MAX / PS_PER_US ? TIME_NEVER : us * PS_PER_US; }

void request_wait_for(struct request *r, struct pending p, uint64_t us)
{
    struct err e = { 0 };

    p.type = (enum bench_request)r->f->type;
    p.id = r->f->id;
    p.until_ps = time_after(r->o, request_ps(us));
    p.waits = true;
    if (p.until_ps == TIME_NEVER && p.type != REQUEST_WAIT) {
        free(p.data);
        err_set(&e, ERR_USAGE, "that is longer than a board's time lasts");
    } else if (!pending_add(r->s, &p)) {
        err_set(&e, ERR_NOMEM, "too many requests are waiting");
    } else {
        return;
    }
    request_refuse(r, &e);
}

/* ---- sessions ---- */

static void on_hello(struct request *r)
{
    const uint32_t magic = wire_get_u32(&r->in);
    const unsigned version = wire_get_u16(&r->in), role = wire_get_u8(&r->in);
    const uint32_t pid = wire_get_u32(&r->in);
    struct err e = { 0 };
    struct wire_out *out;

    wire_get_text(&r->in, r->s->program, sizeof r->s->program);
    if (!request_whole(r, magic == PROTOCOL_MAGIC && role < ROLES)) {
        r->s->dead = true;
        return;
    }
    if (version != PROTOCOL_VERSION) {
        err_set(&e, ERR_UNSUPPORTED, "the owner of the board is of another version of sector0");
        err_seen(&e, "protocol %d there, %u here", PROTOCOL_VERSION, version);
        request_refuse(r, &e);
        return;
    }
    r->s->greeted = true;
    r->s->role = (enum bench_role)role;
    r->s->pid = pid;
    out = request_answer(r);
    buffer_u16(&out->b, PROTOCOL_VERSION);
    buffer_u8(&out->b, r->o->real ? PACE_REAL : PACE_STEP);
    buffer_u8(&out->b, r->o->setup.brief);
    buffer_u32(&out->b, (uint32_t)r->o->board->params.clock_read_ns);
    wire_text(out, chip_name(r->o->board->chip));
    wire_text(out, r->o->program);
    buffer_u32(&out->b, (uint32_t)getpid());
    session_answered(r->o, r->s);
}

static void on_bye(struct request *r)
{
    struct err e = { 0 };

    if (!request_whole(r, true))
        return;
    session_let_go(r->o, r->s, false);
    r->s->ended = true;
    if (owner_save(r->o, &e))
        request_done(r);
    else
        request_refuse(r, &e);
}

static void on_status(struct request *r)
{
    struct wire_out *out;

    if (!request_whole(r, true))
        return;
    out = request_answer(r);
    buffer_u8(&out->b, r->o->real ? PACE_REAL : PACE_STEP);
    buffer_u32(&out->b, r->o->session_count);
    buffer_u32(&out->b, r->o->dropin_sessions);
    wire_text(out, r->o->program);
    buffer_u32(&out->b, (uint32_t)getpid());
    session_answered(r->o, r->s);
}

static void on_stop(struct request *r)
{
    if (!request_whole(r, true))
        return;
    r->o->stopped = true;
    request_done(r);
}

static void (*const handlers[REQUESTS])(struct request *r) = {
    [REQUEST_HELLO] = on_hello,
    [REQUEST_BYE] = on_bye,
    [REQUEST_STATUS] = on_status,
    [REQUEST_PLUGS] = on_plugs,
    [REQUEST_CLAIM] = on_claim,
    [REQUEST_RELEASE] = on_release,
    [REQUEST_CONTROL] = on_control,
    [REQUEST_BULK] = on_bulk,
    [REQUEST_CANCEL] = on_cancel,
    [REQUEST_WAIT] = on_wait,
    [REQUEST_PORT_RESET] = on_port_reset,
    [REQUEST_CLOCK] = on_clock,
    [REQUEST_SLEEP] = on_sleep,
    [REQUEST_PACE] = on_pace,
    [REQUEST_UART_READ] = on_uart_read,
    [REQUEST_UART_WRITE] = on_uart_write,
    [REQUEST_ADVANCE] = on_advance,
    [REQUEST_PRESS] = on_press,
    [REQUEST_POWER] = on_power,
    [REQUEST_CABLE] = on_cable,
    [REQUEST_PEEK] = on_peek,
    [REQUEST_REPORT] = on_report,
    [REQUEST_STOP] = on_stop,
    [REQUEST_SWD] = on_swd,
};

/* ---- frames ---- */

static void carry_out(struct owner *o, struct session *s, const struct frame *f)
{
    struct request r = { .o = o, .s = s, .f = f };
    const uint64_t spent_ns = f->time_ns < SPENT_MAX_NS ? f->time_ns : SPENT_MAX_NS;
    const enum board_pace pace = o->real ? BOARD_REAL : BOARD_STEP;

    r.in = (struct wire_in){ .at = s->in.bytes + FRAME_HEADER_BYTES, .end = s->in.bytes + FRAME_HEADER_BYTES + f->bytes };
    if (f->type >= REQUESTS || !handlers[f->type] || s->greeted == (f->type == REQUEST_HELLO)) {
        request_whole(&r, false);
        s->dead |= !s->greeted;
        return;
    }
    if (!o->real && spent_ns) {
        board_run_until(o->board, board_now_ps(o->board) + spent_ns * 1000);
        pending_look(o);
    }
    handlers[f->type](&r);
    board_account(o->board, pace);
    board_notice_usb(o->board);
    board_account(o->board, pace);
    pending_look(o);
}

void session_feed(struct owner *o, struct session *s)
{
    while (!s->dead && !s->ended) {
        struct frame f;
        const enum wire_frame there = wire_get_frame(s->in.bytes, s->in.len, &f);

        if (there != WIRE_WHOLE) {
            s->dead |= there == WIRE_TOO_LONG;
            break;
        }
        carry_out(o, s, &f);
        buffer_drop(&s->in, FRAME_HEADER_BYTES + f.bytes);
    }
}

void session_let_go(struct owner *o, struct session *s, bool pulled)
{
    for (unsigned i = 0; i < PLUGS; i++) {
        if (!s->claimed[i])
            continue;
        s->claimed[i] = false;
        if (pulled && s->appeared[i] == o->board->s.appeared[i]) {
            board_pull(o->board, (enum board_plug)i);
            o->touched = true;
            o->traffic++;
        }
    }
    for (const struct pending *p = s->pending; p; p = p->next)
        if (p->type == REQUEST_PRESS) /* the finger goes with its client */
            board_button(o->board, (enum board_button)p->button, false);
        else if (p->type == REQUEST_POWER)
            board_power(o->board, true);
    pending_drop(s);
    s->wants_real = false;
    pace_settle(o);
    board_account(o->board, o->real ? BOARD_REAL : BOARD_STEP);
}
