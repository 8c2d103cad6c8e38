/* client.c - a client of a board's owner. See client.h. */
#include "owner/paths.h"
#include "owner/talk.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* ---- beginning and end ---- */

static bool hello(struct client *c, enum bench_role role, const char *program, struct err *e)
{
    struct wire_out *o = talk_begin(c, REQUEST_HELLO, 0);
    struct buffer answer = { 0 };
    struct wire_in in;
    unsigned version;

    buffer_u32(&o->b, PROTOCOL_MAGIC);
    buffer_u16(&o->b, PROTOCOL_VERSION);
    buffer_u8(&o->b, role);
    buffer_u32(&o->b, (uint32_t)getpid());
    wire_text(o, program);
    if (!talk_ask(c, &answer, e)) {
        buffer_free(&answer);
        return false;
    }
    in = talk_reading(&answer);
    version = wire_get_u16(&in);
    c->real = wire_get_u8(&in) == PACE_REAL;
    c->brief = wire_get_u8(&in);
    c->clock_read_ns = wire_get_u32(&in);
    wire_get_text(&in, c->chip, sizeof c->chip);
    wire_get_text(&in, c->owner, sizeof c->owner);
    c->owner_pid = wire_get_u32(&in);
    return talk_parsed(c, &answer, &in, e) && (version == PROTOCOL_VERSION || talk_lose(c, e));
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
        talk_begin(c, REQUEST_BYE, 0);
        while (!talk_ask_plain(c, &ignored) && ignored.kind == ERR_INTERRUPTED)
            talk_begin(c, REQUEST_BYE, 0);
    }
    client_forget(c);
}

int client_fd(const struct client *c) { return c->transport.fd; }
