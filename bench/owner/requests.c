/* requests.c - what a client may ask of the owner, one function each, listed in a table. See protocol.h for the payloads. */
#include "owner/parts.h"

#include "board/report.h"
#include "wire/buspirate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEEK_MAX = 512 << 10, UART_READ_MAX = 256 << 10, UNTIL_MAX = 4096, SPENT_MAX_NS = 10000000 };

struct request { /* one being carried out */
    struct owner *o;
    struct session *s;
    const struct frame *f;
    struct wire_in in;
};

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

static struct wire_out *answer(struct request *r) { return session_answer(r->o, r->s, (enum bench_request)r->f->type, r->f->id); }

static void done(struct request *r)
{
    answer(r);
    session_answered(r->o, r->s);
}

static void refuse(struct request *r, const struct err *e)
{
    session_answer_err(r->o, r->s, (enum bench_request)r->f->type, r->f->id, e);
    if (r->f->type == REQUEST_BULK || r->f->type == REQUEST_CONTROL)
        r->s->answers++;
}

/* Was the payload what the table in protocol.h says, and the plug, if any, one that exists? If not, says so. */
static bool whole(struct request *r, bool sensible)
{
    struct err e = { 0 };

    if (wire_get_end(&r->in) && sensible)
        return true;
    err_set(&e, ERR_PROTOCOL, "a request to the owner of the board makes no sense");
    err_seen(&e, "request %u, %u bytes", r->f->type, (unsigned)r->f->bytes);
    refuse(r, &e);
    return false;
}

static uint64_t us_to_ps(uint64_t us) { return us > UINT64_MAX / PS_PER_US ? TIME_NEVER : us * PS_PER_US; }

/* Answer when the board's time has moved on by `us`. */
static void wait_for(struct request *r, struct pending p, uint64_t us)
{
    struct err e = { 0 };

    p.type = (enum bench_request)r->f->type;
    p.id = r->f->id;
    p.until_ps = time_after(r->o, us_to_ps(us));
    p.waits = true;
    if (p.until_ps == TIME_NEVER && p.type != REQUEST_WAIT) {
        free(p.data);
        err_set(&e, ERR_USAGE, "that is longer than a board's time lasts");
    } else if (!pending_add(r->s, &p)) {
        err_set(&e, ERR_NOMEM, "too many requests are waiting");
    } else {
        return;
    }
    refuse(r, &e);
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
    if (!whole(r, magic == PROTOCOL_MAGIC && role < ROLES)) {
        r->s->dead = true;
        return;
    }
    if (version != PROTOCOL_VERSION) {
        err_set(&e, ERR_UNSUPPORTED, "the owner of the board is of another version of sector0");
        err_seen(&e, "protocol %d there, %u here", PROTOCOL_VERSION, version);
        refuse(r, &e);
        return;
    }
    r->s->greeted = true;
    r->s->role = (enum bench_role)role;
    r->s->pid = pid;
    out = answer(r);
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

    if (!whole(r, true))
        return;
    session_let_go(r->o, r->s, false);
    r->s->ended = true;
    if (owner_save(r->o, &e))
        done(r);
    else
        refuse(r, &e);
}

static void on_status(struct request *r)
{
    struct wire_out *out;

    if (!whole(r, true))
        return;
    out = answer(r);
    buffer_u8(&out->b, r->o->real ? PACE_REAL : PACE_STEP);
    buffer_u32(&out->b, r->o->session_count);
    buffer_u32(&out->b, r->o->dropin_sessions);
    wire_text(out, r->o->program);
    buffer_u32(&out->b, (uint32_t)getpid());
    session_answered(r->o, r->s);
}

static void on_stop(struct request *r)
{
    if (!whole(r, true))
        return;
    r->o->stopped = true;
    done(r);
}

/* ---- plugs ---- */

static struct session *holder_of(const struct owner *o, unsigned plug)
{
    struct session *s = o->sessions;

    while (s && !s->claimed[plug])
        s = s->next;
    return s;
}

static bool is_denied(const struct owner *o, unsigned plug) { return plug == PLUG_PROBE && o->board->params.usb_denied; }

static void on_plugs(struct request *r)
{
    struct wire_out *out;

    if (!whole(r, true))
        return;
    if (r->s->role == ROLE_DROPIN && !r->s->opened_libusb) {
        r->s->opened_libusb = true;
        r->o->dropin_sessions++;
    }
    out = answer(r);
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

static void on_claim(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);
    const struct session *holder;
    struct err e = { 0 };

    if (!whole(r, plug < PLUGS))
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
        done(r);
        return;
    }
    refuse(r, &e);
}

static void on_release(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);

    if (!whole(r, plug < PLUGS))
        return;
    r->s->claimed[plug] = false;
    done(r);
}

static bool must_hold(struct request *r, unsigned plug)
{
    struct err e = { 0 };

    if (r->s->claimed[plug])
        return true;
    err_set(&e, ERR_PROTOCOL, "a transfer to the board's USB plug '%s', which was not claimed", board_plug_name((enum board_plug)plug));
    err_seen(&e, "request %u, id %u", r->f->type, (unsigned)r->f->id);
    refuse(r, &e);
    return false;
}

static void on_port_reset(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in);
    struct err e = { 0 };

    if (!whole(r, plug < PLUGS) || !must_hold(r, plug))
        return;
    r->o->traffic++;
    if (r->s->appeared[plug] == r->o->board->s.appeared[plug] && board_plug_reset(r->o->board, (enum board_plug)plug)) {
        done(r);
        return;
    }
    err_set(&e, ERR_NODEV, "the usb device has gone");
    refuse(r, &e);
}

/* ---- transfers ---- */

static void answer_control(struct request *r, enum bench_done how, const uint8_t *data, size_t moved, bool in)
{
    struct wire_out *out = answer(r);

    buffer_u8(&out->b, how);
    buffer_u32(&out->b, (uint32_t)moved);
    wire_bytes(out, data, in ? moved : 0);
    session_answered(r->o, r->s);
    r->s->answers++;
}

/* Carried out at once: a device that keeps NAKing takes the time to its limit, at any pace. */
static void on_control(struct request *r)
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

    if (!whole(r, plug < PLUGS && setup && (in ? len == 0 : len <= UINT16_MAX)))
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
    status = usbhost_control(&r->o->board->plug[plug], setup, buffer, &moved, us_to_ps(limit_us));
    r->o->traffic++;
    answer_control(r, (enum bench_done)status, buffer, moved, in);
    free(buffer);
}

static void on_bulk(struct request *r)
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
    if (!whole(r, p.plug < PLUGS && (p.ep & 0x0F) && wanted <= TRANSFER_BYTES_MAX && len <= TRANSFER_BYTES_MAX &&
                      (p.in ? len == 0 : wanted == 0)) ||
        !must_hold(r, p.plug))
        return;
    p.len = p.in ? wanted : len;
    p.data = malloc(p.len + 1);
    if (!p.data) {
        err_set(&e, ERR_NOMEM, "no memory for a transfer");
        refuse(r, &e);
        return;
    }
    if (len)
        memcpy(p.data, data, len);
    p.until_ps = time_after(r->o, us_to_ps(limit_us));
    p.traffic = r->o->traffic - 1; /* never tried */
    pending_transfer(r->o, r->s, &p);
}

static void on_cancel(struct request *r)
{
    const uint32_t id = wire_get_u32(&r->in);

    if (!whole(r, true))
        return;
    pending_cancel(r->o, r->s, id);
    done(r);
}

static void on_wait(struct request *r)
{
    const uint64_t limit_us = wire_get_u64(&r->in);
    const uint32_t seen = wire_get_u32(&r->in);

    if (whole(r, true))
        wait_for(r, (struct pending){ .seen = seen }, limit_us);
}

/* ---- time ---- */

static void on_clock(struct request *r)
{
    if (whole(r, true))
        done(r);
}

static void on_sleep(struct request *r)
{
    const uint64_t us = wire_get_u64(&r->in);

    if (whole(r, true))
        wait_for(r, (struct pending){ 0 }, us);
}

static void on_pace(struct request *r)
{
    const unsigned pace = wire_get_u8(&r->in);
    const bool was = r->o->real;
    char reason[120];

    wire_get_text(&r->in, reason, sizeof reason);
    if (!whole(r, pace == PACE_STEP || pace == PACE_REAL))
        return;
    r->s->wants_real = pace == PACE_REAL;
    pace_settle(r->o);
    if (r->o->real && !was)
        owner_note(r->o, "the board keeps real time from here on: %s", reason);
    done(r);
}

static void on_advance(struct request *r)
{
    const uint64_t us = wire_get_u64(&r->in);
    struct pending p = { 0 };
    const uint8_t *text = wire_get_bytes(&r->in, &p.len);

    if (!whole(r, p.len <= UNTIL_MAX))
        return;
    p.data = malloc(p.len + 1);
    if (!p.data) {
        r->s->dead = true;
        return;
    }
    if (p.len)
        memcpy(p.data, text, p.len);
    wait_for(r, p, us);
}

/* ---- the board's other sides ---- */

static unsigned uart_port(const struct request *r, unsigned port) { return port ? port : (unsigned)r->o->board->params.uart_port; }

static void on_uart_read(struct request *r)
{
    const unsigned port = uart_port(r, wire_get_u8(&r->in));
    uint64_t from = wire_get_u64(&r->in);
    const uint32_t most = wire_get_u32(&r->in);
    const char *text;
    size_t kept, len;
    uint64_t total;
    struct wire_out *out;

    if (!whole(r, true))
        return;
    kept = chip_uart_output(r->o->board->chip, port, &text);
    total = chip_uart_total(r->o->board->chip, port);
    if (from < total - kept)
        from = total - kept;
    if (from > total)
        from = total;
    len = (size_t)(total - from);
    text += kept - len;
    if (len > most)
        len = most;
    if (len > UART_READ_MAX)
        len = UART_READ_MAX;
    out = answer(r);
    buffer_u64(&out->b, from);
    buffer_u64(&out->b, total);
    wire_bytes(out, text, len);
    session_answered(r->o, r->s);
}

static void on_uart_write(struct request *r)
{
    const unsigned port = uart_port(r, wire_get_u8(&r->in));
    size_t len;
    const uint8_t *bytes = wire_get_bytes(&r->in, &len);

    if (!whole(r, true))
        return;
    if (len)
        chip_uart_input(r->o->board->chip, port, bytes, len);
    r->o->touched = true;
    done(r);
}

static void on_press(struct request *r)
{
    const unsigned button = wire_get_u8(&r->in), how = wire_get_u8(&r->in);
    const uint64_t us = wire_get_u64(&r->in);

    if (!whole(r, button < BUTTONS && how < PRESSES))
        return;
    board_button(r->o->board, (enum board_button)button, how != PRESS_UP);
    r->o->touched = true;
    r->o->traffic++;
    if (how == PRESS_PUSH)
        wait_for(r, (struct pending){ .button = (enum bench_button)button }, us);
    else
        done(r);
}

static void on_power(struct request *r)
{
    const unsigned how = wire_get_u8(&r->in);
    const uint64_t us = wire_get_u64(&r->in);

    if (!whole(r, how < POWERS))
        return;
    board_power(r->o->board, how == POWER_ON);
    r->o->touched = true;
    r->o->traffic++;
    if (how == POWER_CYCLE)
        wait_for(r, (struct pending){ 0 }, us);
    else
        done(r);
}

static void on_cable(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in), in = wire_get_u8(&r->in);

    if (!whole(r, plug < PLUGS && in < 2))
        return;
    board_cable(r->o->board, (enum board_plug)plug, in);
    r->o->touched = true;
    r->o->traffic++;
    done(r);
}

static void on_peek(struct request *r)
{
    const uint32_t addr = wire_get_u32(&r->in), len = wire_get_u32(&r->in);
    struct err e = { 0 };
    uint8_t *bytes;

    if (!whole(r, len <= PEEK_MAX))
        return;
    bytes = calloc(1, (size_t)len + 1);
    if (bytes && chip_peek(r->o->board->chip, addr, bytes, len)) {
        wire_bytes(answer(r), bytes, len);
        session_answered(r->o, r->s);
    } else {
        err_set(&e, ERR_USAGE, "there is nothing to look at in %u bytes at 0x%08x", (unsigned)len, (unsigned)addr);
        refuse(r, &e);
    }
    free(bytes);
}

static void on_swd(struct request *r)
{
    const uint32_t hz = wire_get_u32(&r->in);
    size_t count;
    const uint8_t *clocks = wire_get_bytes(&r->in, &count);
    uint8_t levels[SWD_CLOCKS_MAX];

    if (!whole(r, hz >= SWD_HZ_MIN && hz <= SWD_HZ_MAX && count > 0 && count <= SWD_CLOCKS_MAX))
        return;
    for (size_t i = 0; i < count; i++) {
        timeline_by(&r->o->board->time, (PS_PER_S + hz - 1) / hz);
        levels[i] = swd_line_clock(&r->o->line, clocks[i] & CYCLE_DRIVEN, clocks[i] & CYCLE_LEVEL);
    }
    r->o->touched = true;
    r->o->traffic++;
    wire_bytes(answer(r), levels, count);
    session_answered(r->o, r->s);
}

static void on_report(struct request *r)
{
    const unsigned json = wire_get_u8(&r->in);
    struct err e = { 0 };
    char *text;

    if (!whole(r, json < 2))
        return;
    if (board_report(r->o->board, json, &text, &e)) {
        wire_bytes(answer(r), text, strlen(text));
        session_answered(r->o, r->s);
        free(text);
    } else {
        refuse(r, &e);
    }
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
        whole(&r, false);
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
