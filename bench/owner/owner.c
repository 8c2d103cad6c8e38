/* owner.c - taking a board over, serving clients in a poll loop, saving. See owner.h. */
#include "owner/owner.h"

#include "board/file.h"
#include "owner/parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EXTRA_MAX = 32,
    TICK_MS = 5,       /* at real pace the board is moved on at least so often */
    OTHERS_US = 2000,  /* an owner that is its own client looks at the others so often */
    OUT_MAX = 8 << 20, /* answers a client may leave unread before it is given up */
    IN_PIECE = 64 << 10,
    STAY_TURN_MS = 50,
    STAY_QUIETLY_US = 1000000,
};

void owner_note(struct owner *o, const char *format, ...)
{
    char text[256];
    va_list args;

    if (!o->setup.note)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    o->setup.note(o->setup.ctx, text);
}

/* ---- beginning and end ---- */

struct owner *owner_open(const char *file, const struct owner_setup *setup, bool *busy, struct err *e)
{
    struct owner *o = calloc(1, sizeof *o);

    *busy = false;
    if (!o) {
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    o->setup = *setup;
    snprintf(o->program, sizeof o->program, "%s", setup->program);
    o->lock.fd = o->listen_fd = -1;
    if (!board_paths(file, &o->paths, e) || !board_lock_take(&o->paths, o->program, &o->lock, busy, e))
        goto failed;
    o->board = board_file_read(o->paths.file, e);
    if (!o->board)
        goto failed;
    swd_line_init(&o->line, &o->board->dap);
    o->saved_ps = board_now_ps(o->board);
    unlink(o->paths.socket); /* the lock is ours: whoever listened there is dead */
    o->listen_fd = board_socket_listen(&o->paths);
    if (o->listen_fd < 0) {
        err_set(e, ERR_IO, "cannot listen beside board '%.80s': %s", file, strerror(errno));
        err_seen(e, "%s", o->paths.socket);
        goto failed;
    }
    pace_settle(o);
    return o;

failed:
    owner_abandon(o);
    return NULL;
}

static void close_session(struct session *s)
{
    if (s->fd >= 0)
        close(s->fd);
    pending_drop(s);
    buffer_free(&s->in);
    buffer_free(&s->out.b);
    free(s);
}

void owner_abandon(struct owner *o)
{
    if (!o)
        return;
    if (o->listen_fd >= 0) {
        unlink(o->paths.socket);
        close(o->listen_fd);
    }
    board_lock_drop(&o->paths, &o->lock);
    while (o->sessions) {
        struct session *s = o->sessions;

        o->sessions = s->next;
        close_session(s);
    }
    board_free(o->board);
    free(o);
}

bool owner_save(struct owner *o, struct err *e)
{
    if (!o->touched && board_now_ps(o->board) == o->saved_ps)
        return true;
    if (!board_file_write(o->board, o->paths.file, o->paths.next, e))
        return false;
    o->touched = false;
    o->saved_ps = board_now_ps(o->board);
    return true;
}

/* Somebody who would lose the board if we ended now. */
static const struct session *still_there(const struct owner *o)
{
    const struct session *s = o->sessions;

    while (s && !(s->fd >= 0 && s->greeted && !s->ended && !s->dead &&
                  (s->role == ROLE_TOOL || s->role == ROLE_RUN || s->claimed[PLUG_PROBE] || s->claimed[PLUG_TARGET])))
        s = s->next;
    return s;
}

static void stay_for_others(struct owner *o)
{
    const uint64_t start_us = clock_now_us(o->setup.wall);
    const struct session *s;
    bool said = false;

    while ((s = still_there(o)) && !(o->setup.enough && o->setup.enough(o->setup.ctx)) && !o->stopped) {
        if (!said && clock_now_us(o->setup.wall) - start_us > STAY_QUIETLY_US) {
            owner_note(o, "this ends when %s (pid %u) does, which uses the board through it", s->program, (unsigned)s->pid);
            said = true;
        }
        owner_turn(o, STAY_TURN_MS, NULL, 0);
    }
}

bool owner_close(struct owner *o, struct err *e)
{
    bool good = true;

    if (!o)
        return true;
    stay_for_others(o);
    for (struct session *s = o->sessions; s; s = s->next) /* the board goes away under them: no cable was pulled */
        session_let_go(o, s, false);
    good = owner_save(o, e);
    owner_abandon(o);
    return good;
}

bool owner_stopped(const struct owner *o) { return o->stopped; }

/* ---- clients ---- */

struct session *owner_add_session(struct owner *o, int fd)
{
    struct session *s = calloc(1, sizeof *s), **link = &o->sessions;

    if (!s)
        return NULL;
    s->fd = fd;
    while (*link)
        link = &(*link)->next;
    *link = s;
    o->session_count++;
    return s;
}

static void accept_client(struct owner *o)
{
    const int fd = accept4(o->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0 && (o->session_count >= CLIENTS_MAX || !owner_add_session(o, fd)))
        close(fd);
}

static void read_client(struct owner *o, struct session *s)
{
    uint8_t *p = buffer_grow(&s->in, IN_PIECE);
    ssize_t n;

    if (!p) {
        s->dead = true;
        return;
    }
    n = recv(s->fd, p, IN_PIECE, MSG_DONTWAIT);
    s->in.len -= (size_t)(IN_PIECE - (n > 0 ? n : 0));
    if (n > 0)
        session_feed(o, s);
    else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        s->dead = true;
}

/* May what is in s->out be shown? At real pace not before its time has come. */
static bool may_show(const struct owner *o, const struct session *s)
{
    return s->out.b.len > 0 && (!o->real || pace_allowed_ps(o) >= s->shown_ps);
}

static void write_client(struct owner *o, struct session *s)
{
    ssize_t n;

    if (s->fd < 0 || !may_show(o, s))
        return;
    n = send(s->fd, s->out.b.bytes, s->out.b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buffer_drop(&s->out.b, (size_t)n);
    else if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        s->dead = true;
    s->dead |= s->out.b.len > OUT_MAX;
}

/* Remove those that are gone. One that went without a word has pulled its cables out. */
static void bury_clients(struct owner *o)
{
    for (struct session **link = &o->sessions; *link;) {
        struct session *s = *link;
        struct err e = { 0 };

        if (s->fd < 0 ? !s->closed : !s->dead && !(s->ended && s->out.b.len == 0)) {
            link = &s->next;
            continue;
        }
        if (!s->ended)
            session_let_go(o, s, true);
        *link = s->next;
        o->session_count--;
        close_session(s);
        if (!owner_save(o, &e))
            owner_note(o, "the board could not be saved: %s", e.cause);
    }
}

/* ---- the loop ---- */

/* How long to sleep: until a client wants something, the next tick of real time, or the next held answer. */
static struct timespec sleep_for(const struct owner *o, bool more, int limit_ms)
{
    uint64_t ns = limit_ms < 0 ? UINT64_MAX : (uint64_t)limit_ms * 1000000;

    if (more)
        ns = 0;
    if (o->real && ns > TICK_MS * UINT64_C(1000000))
        ns = TICK_MS * UINT64_C(1000000);
    for (const struct session *s = o->sessions; s; s = s->next) {
        const uint64_t allowed = o->real ? pace_allowed_ps(o) : TIME_NEVER;

        if (s->out.b.len > 0 && s->shown_ps > allowed && (s->shown_ps - allowed) / 1000 < ns)
            ns = (s->shown_ps - allowed) / 1000 + 1;
        if (s->fd < 0 && s->out.b.len > 0 && s->shown_ps <= allowed) /* our own client has its answer: no descriptor will tell */
            ns = 0;
    }
    if (ns > UINT64_C(3600000000000))
        ns = UINT64_C(3600000000000);
    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };
}

static nfds_t watch(struct owner *o, struct pollfd *fds, struct session **of)
{
    nfds_t n = 0;

    fds[n++] = (struct pollfd){ .fd = o->listen_fd, .events = POLLIN };
    for (struct session *s = o->sessions; s; s = s->next) {
        if (s->fd < 0 || n > CLIENTS_MAX)
            continue;
        of[n] = s;
        fds[n++] = (struct pollfd){ .fd = s->fd, .events = (short)(POLLIN | (may_show(o, s) ? POLLOUT : 0)) };
    }
    return n;
}

void owner_turn(struct owner *o, int limit_ms, struct pollfd *extra, unsigned extras)
{
    struct pollfd fds[1 + CLIENTS_MAX + EXTRA_MAX];
    struct session *of[1 + CLIENTS_MAX] = { NULL };
    const bool more = pace_drive(o);
    struct timespec limit;
    nfds_t n;

    for (struct session *s = o->sessions; s; s = s->next)
        write_client(o, s);
    bury_clients(o);
    n = watch(o, fds, of);
    if (extras > EXTRA_MAX)
        extras = EXTRA_MAX;
    for (unsigned i = 0; i < extras; i++)
        fds[n + i] = extra[i];
    limit = sleep_for(o, more, limit_ms);
    if (ppoll(fds, n + extras, &limit, NULL) <= 0) {
        for (unsigned i = 0; i < extras; i++)
            extra[i].revents = 0;
        return;
    }
    for (unsigned i = 0; i < extras; i++)
        extra[i].revents = fds[n + i].revents;
    for (nfds_t i = 1; i < n; i++)
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            read_client(o, of[i]);
    if (fds[0].revents & POLLIN)
        accept_client(o);
    for (struct session *s = o->sessions; s; s = s->next)
        write_client(o, s);
    bury_clients(o);
}

/* ---- a client in this process ---- */

struct local {
    struct owner *o;
    struct session *s;
};

static bool local_send(void *ctx, const uint8_t *bytes, size_t len, struct err *e)
{
    const struct local *l = ctx;
    const uint64_t now_us = clock_now_us(l->o->setup.wall);

    buffer_add(&l->s->in, bytes, len);
    if (l->s->in.failed)
        return err_set(e, ERR_NOMEM, "no memory for a request");
    session_feed(l->o, l->s);
    if (now_us - l->o->served_us >= OTHERS_US) {
        l->o->served_us = now_us;
        owner_turn(l->o, 0, NULL, 0);
    }
    return true;
}

static bool local_receive(void *ctx, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    const struct local *l = ctx;

    if (l->s->dead)
        return err_set(e, ERR_PROTOCOL, "the owner of the board cannot make sense of a request");
    if (l->s->out.b.len == 0)
        pace_drive(l->o);
    if (!may_show(l->o, l->s))
        owner_turn(l->o, -1, NULL, 0);
    if (!may_show(l->o, l->s))
        return err_set(e, ERR_INTERRUPTED, "nothing yet"); /* the caller looks whether a signal came, and asks again */
    *got = l->s->out.b.len < cap ? l->s->out.b.len : cap;
    memcpy(bytes, l->s->out.b.bytes, *got);
    buffer_drop(&l->s->out.b, *got);
    return true;
}

static void local_close(void *ctx)
{
    struct local *l = ctx;

    l->s->closed = true;
    bury_clients(l->o);
    free(l);
}

struct client *owner_client(struct owner *o, enum bench_role role, const char *program, struct err *e)
{
    struct local *l = malloc(sizeof *l);
    struct client_transport t = { .fd = -1, .send = local_send, .receive = local_receive, .close = local_close };

    if (l)
        *l = (struct local){ o, owner_add_session(o, -1) };
    if (!l || !l->s) {
        free(l);
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    t.ctx = l;
    return client_new(t, role, program, e);
}
