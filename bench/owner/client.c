/* client.c - a client of a board's owner. See client.h. */
#include "owner/client.h"

#include "owner/paths.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SPENT_TELL_NS = 1000000 };
enum { HELLO_LIMIT_MS = 10000 }; /* an owner that is busy with something else than its board may be slow, but not that slow */

/* ---- the socket ---- */

static bool socket_send(void *ctx, const uint8_t *bytes, size_t len, struct err *e)
{
    const int fd = *(int *)ctx;

    while (len > 0) {
        const ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_NODEV, "the owner of the board has gone");
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool socket_receive(void *ctx, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    const ssize_t n = recv(*(int *)ctx, bytes, cap, 0);

    *got = n > 0 ? (size_t)n : 0;
    if (n > 0)
        return true;
    if (n < 0 && errno == EINTR)
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return err_set(e, ERR_TIMEOUT, "the owner of the board does not answer");
    return err_set(e, ERR_NODEV, "the owner of the board has gone");
}

static void socket_close(void *ctx)
{
    close(*(int *)ctx);
    free(ctx);
}

static void limit_receive(int fd, long ms)
{
    const struct timeval limit = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

struct client *client_connect(const char *board_file, enum bench_role role, const char *program, struct err *e)
{
    struct client_transport t = { .send = socket_send, .receive = socket_receive, .close = socket_close };
    struct board_paths paths;
    struct client *c;
    int *fd;

    if (!board_paths(board_file, &paths, e))
        return NULL;
    fd = malloc(sizeof *fd);
    if (!fd) {
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    *fd = board_socket_connect(&paths);
    if (*fd < 0) {
        if (errno == EACCES)
            err_set(e, ERR_NODEV, "board '%s' is owned by another user's process", board_file);
        else
            err_set(e, ERR_NODEV, "nobody owns board '%s'", board_file);
        err_seen(e, "%s: %s", paths.socket, strerror(errno));
        free(fd);
        return NULL;
    }
    limit_receive(*fd, HELLO_LIMIT_MS);
    t.ctx = fd;
    t.fd = *fd;
    c = client_new(t, role, program, e);
    if (!c)
        return NULL;
    limit_receive(*fd, 0);
    return c;
}

/* ---- frames ---- */

static bool lose(struct client *c, struct err *e)
{
    c->lost = true;
    err_set(e, ERR_PROTOCOL, "the owner of the board sent something that makes no sense");
    return err_hint(e, "are all programs of one version of sector0?");
}

static struct wire_out *begin(struct client *c, enum bench_request type, unsigned flags)
{
    const struct frame f = { .type = (uint16_t)type, .flags = (uint16_t)flags, .id = ++c->next_id, .time_ns = c->spent_ns };

    c->out.b.len = 0;
    c->spent_ns = 0;
    wire_begin(&c->out, &f);
    return &c->out;
}

static bool push(struct client *c, struct err *e)
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

/* Wait for the answer to request `id` and copy its payload to `answer` (owned by the caller, who frees). */
static bool await(struct client *c, uint32_t id, struct buffer *answer, struct err *e)
{
    for (;;) {
        struct frame f;
        struct wire_in in;
        bool found;

        switch (wire_get_frame(c->in, c->in_len, &f)) {
        case WIRE_TOO_LONG: return lose(c, e);
        case WIRE_SHORT:
            if (!fill(c, e))
                return false;
            continue;
        case WIRE_WHOLE: break;
        }
        if (!look(c, id, &f, &in, &found))
            return lose(c, e);
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

/* A signal came while request `id` was waiting: tell the owner to forget it, and keep the reason for the caller. */
static bool abandon(struct client *c, uint32_t id, struct err *e)
{
    const struct err why = *e;
    struct err ignored = { 0 };

    if (why.kind != ERR_INTERRUPTED || c->lost)
        return false;
    buffer_u32(&begin(c, REQUEST_CANCEL, 0)->b, id);
    if (push(c, &ignored)) {
        const uint32_t cancel = c->next_id;

        while (!await(c, cancel, NULL, &ignored) && ignored.kind == ERR_INTERRUPTED)
            ;
    }
    *e = why;
    return false;
}

/* Send the request that was begun, wait, and check that the payload is there. */
static bool ask(struct client *c, struct buffer *answer, struct err *e)
{
    const uint32_t id = c->next_id;

    return push(c, e) && (await(c, id, answer, e) || abandon(c, id, e));
}

static bool ask_plain(struct client *c, struct err *e) { return ask(c, NULL, e); }

static struct wire_in reading(const struct buffer *answer)
{
    static const uint8_t nothing[1];

    if (answer->len == 0)
        return (struct wire_in){ .at = nothing, .end = nothing };
    return (struct wire_in){ .at = answer->bytes, .end = answer->bytes + answer->len };
}

/* The end of every parse: the payload was whole, and memory sufficed. */
static bool parsed(struct client *c, struct buffer *answer, const struct wire_in *in, struct err *e)
{
    const bool failed = answer->failed;

    buffer_free(answer);
    if (failed)
        return err_set(e, ERR_NOMEM, "no memory for an answer");
    return wire_get_end(in) || lose(c, e);
}

/* ---- beginning and end ---- */

static bool hello(struct client *c, enum bench_role role, const char *program, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_HELLO, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    unsigned version;

    buffer_u32(&o->b, PROTOCOL_MAGIC);
    buffer_u16(&o->b, PROTOCOL_VERSION);
    buffer_u8(&o->b, role);
    buffer_u32(&o->b, (uint32_t)getpid());
    wire_text(o, program);
    if (!ask(c, &answer, e)) {
        buffer_free(&answer);
        return false;
    }
    in = reading(&answer);
    version = wire_get_u16(&in);
    c->real = wire_get_u8(&in) == PACE_REAL;
    c->brief = wire_get_u8(&in);
    c->clock_read_ns = wire_get_u32(&in);
    wire_get_text(&in, c->chip, sizeof c->chip);
    wire_get_text(&in, c->owner, sizeof c->owner);
    c->owner_pid = wire_get_u32(&in);
    return parsed(c, &answer, &in, e) && (version == PROTOCOL_VERSION || lose(c, e));
}

struct client *client_new(struct client_transport t, enum bench_role role, const char *program, struct err *e)
{
    struct client *c = calloc(1, sizeof *c);

    if (!c) {
        t.close(t.ctx);
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    c->transport = t;
    if (!hello(c, role, program, e)) {
        err_doing(e, "greeting the owner of the board");
        client_forget(c);
        return NULL;
    }
    return c;
}

void client_forget(struct client *c)
{
    if (!c)
        return;
    c->transport.close(c->transport.ctx);
    buffer_free(&c->out.b);
    free(c->in);
    free(c);
}

void client_close(struct client *c)
{
    struct err ignored = { 0 };

    if (c && !c->lost) {
        begin(c, REQUEST_BYE, 0);
        while (!ask_plain(c, &ignored) && ignored.kind == ERR_INTERRUPTED)
            begin(c, REQUEST_BYE, 0);
    }
    client_forget(c);
}

int client_fd(const struct client *c) { return c->transport.fd; }

/* ---- plugs ---- */

bool client_status(struct client *c, struct client_status *s, struct err *e)
{
    struct buffer answer = { 0 };
    struct wire_in in;

    begin(c, REQUEST_STATUS, 0);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    s->pace = (enum bench_pace)wire_get_u8(&in);
    s->clients = wire_get_u32(&in);
    s->dropin_sessions = wire_get_u32(&in);
    wire_get_text(&in, s->owner, sizeof s->owner);
    s->owner_pid = wire_get_u32(&in);
    return parsed(c, &answer, &in, e);
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

    begin(c, REQUEST_PLUGS, 0);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    *count = wire_get_u8(&in);
    if (*count > PLUGS)
        in.bad = true;
    for (unsigned i = 0; i < *count && !in.bad; i++)
        get_plug(&in, &plugs[i]);
    return parsed(c, &answer, &in, e);
}

static bool ask_plug(struct client *c, enum bench_request type, enum bench_plug plug, struct err *e)
{
    buffer_u8(&begin(c, type, 0)->b, plug);
    return ask_plain(c, e);
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
    o = begin(c, t->ep ? REQUEST_BULK : REQUEST_CONTROL, flags);
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
    if (!push(c, e))
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
    good = push_transfer(c, t, 0, e) && (await(c, t->id, NULL, e) || abandon(c, t->id, e));
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
    buffer_u32(&begin(c, REQUEST_CANCEL, 0)->b, t->id);
    return ask_plain(c, e);
}

bool client_wait(struct client *c, uint64_t limit_us, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_WAIT, 0);

    buffer_u64(&o->b, limit_us);
    buffer_u32(&o->b, c->answers);
    return ask_plain(c, e);
}

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
    begin(c, REQUEST_CLOCK, 0);
    return ask_plain(c, e);
}

bool client_sleep(struct client *c, uint64_t us, struct err *e)
{
    buffer_u64(&begin(c, REQUEST_SLEEP, 0)->b, us);
    return ask_plain(c, e);
}

bool client_pace(struct client *c, enum bench_pace pace, const char *reason, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_PACE, 0);

    buffer_u8(&o->b, pace);
    wire_text(o, reason);
    return ask_plain(c, e);
}

/* ---- the board's other sides ---- */

bool client_uart_read(struct client *c, unsigned port, uint64_t from, uint8_t *bytes, size_t cap, size_t *got, uint64_t *first,
                      uint64_t *total, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_UART_READ, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *text;

    buffer_u8(&o->b, port);
    buffer_u64(&o->b, from);
    buffer_u32(&o->b, cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    *first = wire_get_u64(&in);
    *total = wire_get_u64(&in);
    text = wire_get_bytes(&in, got);
    if (*got > cap)
        in.bad = true;
    else if (*got)
        memcpy(bytes, text, *got);
    return parsed(c, &answer, &in, e);
}

bool client_uart_write(struct client *c, unsigned port, const void *bytes, size_t len, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_UART_WRITE, 0);

    buffer_u8(&o->b, port);
    wire_bytes(o, bytes, len);
    return ask_plain(c, e);
}

bool client_advance(struct client *c, uint64_t us, const char *until, bool *seen, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_ADVANCE, 0);
    struct buffer answer = { 0 };
    struct wire_in in;

    buffer_u64(&o->b, us);
    wire_bytes(o, until ? until : "", until ? strlen(until) : 0);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    *seen = wire_get_u8(&in);
    return parsed(c, &answer, &in, e);
}

bool client_press(struct client *c, enum bench_button button, enum bench_press how, uint64_t us, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_PRESS, 0);

    buffer_u8(&o->b, button);
    buffer_u8(&o->b, how);
    buffer_u64(&o->b, us);
    return ask_plain(c, e);
}

bool client_power(struct client *c, enum bench_power how, uint64_t us, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_POWER, 0);

    buffer_u8(&o->b, how);
    buffer_u64(&o->b, us);
    return ask_plain(c, e);
}

bool client_cable(struct client *c, enum bench_plug plug, bool in, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_CABLE, 0);

    buffer_u8(&o->b, plug);
    buffer_u8(&o->b, in);
    return ask_plain(c, e);
}

bool client_peek(struct client *c, uint32_t addr, uint8_t *bytes, size_t len, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_PEEK, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t got;

    buffer_u32(&o->b, addr);
    buffer_u32(&o->b, (uint32_t)len);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    data = wire_get_bytes(&in, &got);
    if (got != len)
        in.bad = true;
    else if (got)
        memcpy(bytes, data, got);
    return parsed(c, &answer, &in, e);
}

bool client_report(struct client *c, bool json, char **text, struct err *e)
{
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t len;

    *text = NULL;
    buffer_u8(&begin(c, REQUEST_REPORT, 0)->b, json);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    data = wire_get_bytes(&in, &len);
    if (data)
        *text = strndup((const char *)data, len);
    if (!parsed(c, &answer, &in, e)) {
        free(*text);
        *text = NULL;
        return false;
    }
    return *text || err_set(e, ERR_NOMEM, "no memory for the report");
}

bool client_swd(struct client *c, uint32_t hz, const uint8_t *clocks, uint8_t *levels, size_t count, struct err *e)
{
    struct wire_out *o = begin(c, REQUEST_SWD, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    const uint8_t *data;
    size_t got;

    buffer_u32(&o->b, hz);
    wire_bytes(o, clocks, count);
    if (!ask(c, &answer, e))
        return false;
    in = reading(&answer);
    data = wire_get_bytes(&in, &got);
    if (got != count)
        in.bad = true;
    else if (got)
        memcpy(levels, data, got);
    return parsed(c, &answer, &in, e);
}

bool client_stop(struct client *c, struct err *e)
{
    begin(c, REQUEST_STOP, 0);
    return ask_plain(c, e);
}
