/* server.c - sockets, and the board as a client of its owner sees it, around redir.h. See server.h. */
#include "usbredir/server.h"

#include "usbredir/redir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LOOK_MS = 10,               /* for devices that come and go */
    CONTROL_LIMIT_US = 5000000, /* board time: what Linux gives a device for a control transfer */
    OUT_FULL = 4 << 20,         /* a peer that does not read is not read either */
    IN_PIECE = 64 << 10,
};

_Static_assert((int)REDIR_BYTES_MAX <= (int)TRANSFER_BYTES_MAX && (int)REDIR_PENDING_MAX <= (int)TRANSFERS_PENDING_MAX,
               "what a peer may ask for, the owner can do");

struct redir_server {
    struct owner *owner;
    enum bench_plug plug;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    int listen_fd, fd;
    /* one peer */
    struct client *client;
    struct redir redir;
    struct redir_port port;
    bool claimed;
    uint32_t appeared;
    struct transfer {
        bool used;
        struct client_transfer t; /* its data is owned */
    } transfer[REDIR_PENDING_MAX];
};

static enum redir_status status_of(enum bench_done how)
{
    switch (how) {
    case DONE_OK: return REDIR_SUCCESS;
    case DONE_TIMED_OUT: return REDIR_TIMEOUT;
    case DONE_STALLED: return REDIR_STALL;
    case DONE_OVERFLOWED: return REDIR_BABBLE;
    case DONE_CANCELLED: return REDIR_CANCELLED;
    default: return REDIR_IO_ERROR;
    }
}

/* ---- the device, for redir ---- */

static enum redir_status control(void *ctx, const uint8_t setup[8], uint8_t *data, size_t *len)
{
    struct redir_server *s = ctx;
    struct client_transfer t = { .plug = s->plug, .data = data, .len = *len, .limit_us = CONTROL_LIMIT_US };
    struct err e = { 0 };

    memcpy(t.setup, setup, sizeof t.setup);
    *len = 0;
    if (!client_transfer(s->client, &t, &e))
        return REDIR_IO_ERROR;
    *len = t.moved;
    return status_of(t.how);
}

static void submit(void *ctx, unsigned slot, uint8_t ep, const uint8_t *data, size_t len)
{
    struct redir_server *s = ctx;
    struct transfer *x = &s->transfer[slot];
    struct err e = { 0 };

    *x = (struct transfer){ .used = true, .t = { .plug = s->plug, .ep = ep, .len = len, .limit_us = FOREVER_US } };
    x->t.data = calloc(1, len + 1);
    if (x->t.data && data && len)
        memcpy(x->t.data, data, len);
    if (!x->t.data || !client_submit(s->client, &x->t, &e)) {
        x->t.answered = true;
        x->t.how = DONE_GONE;
    }
}

static void cancel(void *ctx, unsigned slot)
{
    struct redir_server *s = ctx;
    struct err e = { 0 };

    if (s->transfer[slot].used && !client_cancel(s->client, &s->transfer[slot].t, &e))
        s->transfer[slot].t.how = DONE_GONE;
}

static void reset(void *ctx)
{
    struct redir_server *s = ctx;
    struct err e = { 0 };

    client_port_reset(s->client, s->plug, &e); /* if it has gone, the next look tells */
}

static bool any_pending(const struct redir_server *s)
{
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if (s->transfer[i].used)
            return true;
    return false;
}

/* Tell the peer what has been answered. */
static void harvest(struct redir_server *s)
{
    struct err e = { 0 };

    if (!any_pending(s) || !client_wait(s->client, 0, &e))
        return;
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++) {
        struct transfer *x = &s->transfer[i];
        uint8_t *const data = x->t.data;

        if (!x->used || !x->t.answered)
            continue;
        x->used = false; /* the slot may be used again at once */
        redir_done(&s->redir, i, status_of(x->t.how), data, x->t.moved);
        free(data);
    }
}

/* ---- one peer ---- */

static void let_go(struct redir_server *s)
{
    struct err e = { 0 };

    redir_unplug(&s->redir);
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if (s->transfer[i].used)
            client_cancel(s->client, &s->transfer[i].t, &e);
    harvest(s);
    client_release(s->client, s->plug, &e);
    s->claimed = false;
}

/* Has the device come or gone? Somebody else may be using it: to the peer it is not there then. */
static void look_at_plug(struct redir_server *s)
{
    struct client_plug plugs[PLUGS];
    const struct client_plug *p = &plugs[s->plug];
    struct err e = { 0 };
    unsigned count;

    if (!client_plugs(s->client, plugs, &count, &e) || count <= s->plug)
        return;
    if (s->claimed && (!p->present || p->appeared != s->appeared))
        let_go(s);
    if (s->claimed || !p->present || p->holder_pid || !client_claim(s->client, s->plug, &e))
        return;
    s->claimed = true;
    s->appeared = p->appeared;
    redir_plug(&s->redir, &(struct redir_device){ p->device, p->config, p->config_bytes });
}

/* `gone`: without being asked to. In the middle of a transfer that is a pulled cable. */
static void end_peer(struct redir_server *s, bool gone)
{
    if (s->fd < 0)
        return;
    close(s->fd);
    s->fd = -1;
    redir_fini(&s->redir);
    if (gone && any_pending(s))
        client_forget(s->client);
    else
        client_close(s->client);
    s->client = NULL;
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if (s->transfer[i].used) {
            free(s->transfer[i].t.data);
            s->transfer[i].used = false;
        }
    s->claimed = false;
}

static void accept_peer(struct redir_server *s)
{
    struct err e = { 0 };

    s->fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (s->fd < 0)
        return;
    s->client = owner_client(s->owner, ROLE_TOOL, "usb-redir", &e);
    if (!s->client) {
        close(s->fd);
        s->fd = -1;
        return;
    }
    redir_init(&s->redir, &s->port);
}

static bool read_peer(struct redir_server *s)
{
    uint8_t bytes[IN_PIECE];
    const ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    struct err e = { 0 };

    if (n > 0)
        return redir_feed(&s->redir, bytes, (size_t)n, &e);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static bool write_peer(struct redir_server *s)
{
    ssize_t n;

    if (s->redir.out.failed)
        return false;
    if (s->redir.out.len == 0)
        return true;
    n = send(s->fd, s->redir.out.bytes, s->redir.out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buffer_drop(&s->redir.out, (size_t)n);
    return n > 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* ---- the socket ---- */

/* An old socket that nobody listens at is replaced; anything else is the user's. */
static bool make_way(const struct sockaddr_un *address, struct err *e)
{
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;
    bool free_now = lstat(address->sun_path, &st) != 0;

    if (!free_now && S_ISSOCK(st.st_mode) && connect(probe, (const struct sockaddr *)address, sizeof *address) != 0)
        free_now = unlink(address->sun_path) == 0;
    close(probe);
    return free_now || err_set(e, ERR_INPUT, "'%s' is there already", address->sun_path);
}

struct redir_server *redir_server_open(const char *path, enum bench_plug plug, struct owner *o, struct err *e)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct redir_server *s;

    if (!*path || strlen(path) >= sizeof address.sun_path) {
        err_set(e, ERR_USAGE, "the name of a socket has 1 to %zu characters", sizeof address.sun_path - 1);
        err_seen(e, "%.70s: %zu", path, strlen(path));
        return NULL;
    }
    strcpy(address.sun_path, path);
    if (!make_way(&address, e))
        return NULL;
    s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    s->owner = o;
    s->plug = plug;
    s->fd = -1;
    s->port = (struct redir_port){ s, control, submit, cancel, reset };
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0 || bind(s->listen_fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        err_set(e, ERR_IO, "cannot listen at '%s': %s", path, strerror(errno));
        redir_server_close(s);
        return NULL;
    }
    strcpy(s->path, path);
    if (chmod(path, S_IRUSR | S_IWUSR) == 0 && listen(s->listen_fd, 1) == 0)
        return s;
    err_set(e, ERR_IO, "cannot listen at '%s': %s", path, strerror(errno));
    redir_server_close(s);
    return NULL;
}

void redir_server_close(struct redir_server *s)
{
    if (!s)
        return;
    end_peer(s, false);
    if (s->path[0])
        unlink(s->path);
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    free(s);
}

struct pollfd redir_server_poll(const struct redir_server *s)
{
    short events = 0;

    if (s->fd < 0)
        return (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
    if (s->redir.out.len < OUT_FULL)
        events |= POLLIN;
    if (s->redir.out.len > 0)
        events |= POLLOUT;
    return (struct pollfd){ .fd = s->fd, .events = events };
}

int redir_server_limit_ms(const struct redir_server *s) { return s->fd < 0 ? -1 : LOOK_MS; }

void redir_server_turn(struct redir_server *s, short revents)
{
    bool good = true;

    if (s->fd < 0) {
        if (revents & POLLIN)
            accept_peer(s);
        if (s->fd < 0)
            return;
        revents = 0;
    }
    look_at_plug(s);
    if (revents & (POLLIN | POLLHUP | POLLERR))
        good = read_peer(s);
    harvest(s);
    if (!good || !write_peer(s))
        end_peer(s, true);
}
