/* server.c - sockets, the loop over them and the core, replies. See server.h. */
#include "rsp/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_PIECE = 16 << 10,
    IDLE_MS = 1000,
    CONSOLE_PIECE = RSP_PACKET_MAX / 2 - 8, /* of text in one packet */
    UART_PIECE = 512,
};

/* ---- replies ---- */

void rsp_put(struct rsp_text *t, const char *format, ...)
{
    const size_t room = sizeof t->bytes - t->len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->bytes + t->len, room, format, args);
    va_end(args);
    t->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void rsp_put_hex(struct rsp_text *t, const uint8_t *bytes, size_t len)
{
    if (2 * len >= sizeof t->bytes - t->len)
        len = (sizeof t->bytes - t->len - 1) / 2;
    rsp_hex(t->bytes + t->len, bytes, len);
    t->len += 2 * len;
}

static void queue(struct rsp_client *c, const uint8_t *bytes, size_t len)
{
    if (c->out_len + len > RSP_OUT_MAX) {
        c->dead = true;
        return;
    }
    if (c->out_len + len > c->out_cap) {
        const size_t cap = 2 * (c->out_len + len);
        uint8_t *out = realloc(c->out, cap);

        if (!out) {
            c->dead = true;
            return;
        }
        c->out = out;
        c->out_cap = cap;
    }
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
}

void rsp_send(struct rsp_client *c, const void *payload, size_t len)
{
    if (c->fd < 0)
        return;
    c->last_len = rsp_frame(c->last, payload, len);
    queue(c, c->last, c->last_len);
}

void rsp_send_text(struct rsp_client *c, const char *text) { rsp_send(c, text, strlen(text)); }

void rsp_send_console(struct rsp_client *c, const void *text, size_t len)
{
    for (size_t done = 0, n; done < len; done += n) {
        char packet[2 * CONSOLE_PIECE + 2] = "O";

        n = len - done < CONSOLE_PIECE ? len - done : CONSOLE_PIECE;
        rsp_hex(packet + 1, (const uint8_t *)text + done, n);
        rsp_send_text(c, packet);
    }
}

void rsp_tell_waiting(struct rsp_server *s, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0 && s->client[i].waiting)
            rsp_send_console(&s->client[i], text, strlen(text));
    text[strcspn(text, "\n")] = '\0';
    rsp_event(s, RSP_NOTE, text, NULL);
}

void rsp_event(struct rsp_server *s, enum rsp_event event, const char *text, const struct err *e)
{
    if (s->set.event)
        s->set.event(s->set.ctx, event, text, e);
}

static void why_line(void *ctx, const char *line) { rsp_event(ctx, RSP_WHY, line, NULL); }

void rsp_failed(struct rsp_server *s, const struct err *e)
{
    if (e->kind == ERR_INTERRUPTED) {
        s->ending = true;
        return;
    }
    s->last_error = *e;
    s->findings.count = s->findings_fresh ? s->findings.count : 0;
    s->findings_fresh = false;
    rsp_event(s, RSP_FAILED, e->cause, e);
    findings_write(&s->findings, FINDINGS_UNDER, FINDINGS_WIDTH, why_line, s);
}

/* ---- clients ---- */

unsigned rsp_debuggers(const struct rsp_server *s)
{
    unsigned n = 0;

    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        n += s->client[i].fd >= 0 && s->client[i].spoke;
    return n;
}

static void accept_client(struct rsp_server *s)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    const int fd = accept4(s->listen_fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
    struct rsp_client *c = NULL;
    char text[40];

    if (fd < 0)
        return;
    for (unsigned i = 0; i < RSP_CLIENTS && !c; i++)
        if (s->client[i].fd < 0)
            c = &s->client[i];
    if (c)
        *c = (struct rsp_client){ .fd = fd, .parser = calloc(1, sizeof *c->parser), .last = malloc(RSP_FRAME_MAX) };
    if (!c || !c->parser || !c->last) {
        close(fd);
        if (c) {
            free(c->parser);
            free(c->last);
            c->fd = -1;
        }
        rsp_event(s, RSP_NOTE, "a connection was refused: there are too many", NULL);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    snprintf(text, sizeof text, "%s:%u", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
    rsp_event(s, RSP_ACCEPTED, text, NULL);
}

/* Its breakpoints go; what the core does stays as it is. */
static void bury(struct rsp_server *s, struct rsp_client *c)
{
    const bool spoke = c->spoke;
    struct err e = { 0 };

    close(c->fd);
    free(c->parser);
    free(c->out);
    free(c->last);
    rsp_load_drop(c);
    *c = (struct rsp_client){ .fd = -1 };
    rsp_break_clear_client(s, rsp_bit(s, c));
    if (s->running && !rsp_break_plant(s, NULL, &e))
        rsp_failed(s, &e);
    if (spoke)
        rsp_event(s, RSP_LEFT, "", NULL);
}

static void take(struct rsp_server *s, struct rsp_client *c, enum rsp_input event)
{
    static const uint8_t ack = '+', nack = '-';

    switch (event) {
    case RSP_PACKET:
        if (!c->no_ack)
            queue(c, &ack, 1);
        if (!c->spoke)
            rsp_event(s, RSP_CONNECTED, "", NULL);
        c->spoke = s->had_debugger = true;
        rsp_request(s, c, (const char *)c->parser->bytes, c->parser->len);
        break;
    case RSP_BAD:
        if (!c->no_ack)
            queue(c, &nack, 1);
        break;
    case RSP_TOO_LONG:
        if (!c->no_ack)
            queue(c, &ack, 1);
        rsp_send_text(c, "E.packet too long");
        break;
    case RSP_NACK:
        if (!c->no_ack && c->last_len)
            queue(c, c->last, c->last_len);
        break;
    case RSP_INTERRUPT: rsp_interrupt(s, c); break;
    case RSP_ACK:
    case RSP_MORE: break;
    }
}

static void read_client(struct rsp_server *s, struct rsp_client *c)
{
    uint8_t bytes[IN_PIECE];
    const ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    c->dead |= n <= 0;
    for (size_t at = 0, used; n > 0 && at < (size_t)n && !c->dead; at += used)
        take(s, c, rsp_parse(c->parser, bytes + at, (size_t)n - at, &used));
}

static void write_client(struct rsp_client *c)
{
    const ssize_t n = c->out_len ? send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

    if (n > 0) {
        c->out_len -= (size_t)n;
        memmove(c->out, c->out + n, c->out_len);
    } else if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        c->dead = true;
    }
}

/* ---- beginning and end ---- */

static bool listen_at(struct rsp_server *s, struct err *e)
{
    const char *address = s->set.listen ? s->set.listen : "127.0.0.1";
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)s->set.port) };
    socklen_t len = sizeof at;
    const int one = 1;

    if (s->set.port > UINT16_MAX)
        return err_set(e, ERR_USAGE, "%u is no TCP port", s->set.port);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        err_set(e, ERR_USAGE, "'%.60s' is no IPv4 address to listen at", address);
        return err_hint(e, "127.0.0.1 is this machine only, 0.0.0.0 everybody who can reach it");
    }
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0)
        return err_set(e, ERR_IO, "no socket: %s", strerror(errno));
    setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one); /* not to wait for old connections; two listeners still clash */
    if (bind(s->listen_fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(s->listen_fd, RSP_CLIENTS) != 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&at, &len) != 0) {
        if (errno != EADDRINUSE)
            return err_set(e, ERR_IO, "cannot listen at %s port %u: %s", address, s->set.port, strerror(errno));
        err_set(e, ERR_IO, "TCP port %u is in use", s->set.port);
        return err_hint(e, "another GDB server may be running; `--port 0` takes any free port");
    }
    s->port = ntohs(at.sin_port);
    return true;
}

struct rsp_server *rsp_open(const struct rsp_settings *settings, struct err *e)
{
    struct rsp_server *s = calloc(1, sizeof *s);

    if (!s) {
        err_set(e, ERR_NOMEM, "no memory for a GDB server");
        return NULL;
    }
    s->set = *settings;
    s->t = settings->target;
    s->no_semihosting = settings->no_semihosting;
    s->listen_fd = -1;
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        s->client[i].fd = -1;
    if (rsp_control_begin(s, e) && listen_at(s, e))
        return s;
    err_doing(e, "starting the GDB server");
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    free(s);
    return NULL;
}

unsigned rsp_port(const struct rsp_server *s) { return s->port; }

void rsp_close(struct rsp_server *s)
{
    if (!s)
        return;
    rsp_control_end(s);
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0) {
            write_client(&s->client[i]); /* a last answer, if there is one */
            bury(s, &s->client[i]);
        }
    close(s->listen_fd);
    free(s);
}

/* ---- the loop ---- */

static void show_uart(struct rsp_server *s, struct rsp_client *c)
{
    uint8_t bytes[UART_PIECE];
    struct err e = { 0 };
    size_t got;

    while (c->waiting && s->set.uart && s->set.uart(s->set.ctx, &c->uart_from, bytes, sizeof bytes, &got, &e) && got)
        rsp_send_console(c, bytes, got);
    if (e.kind == ERR_INTERRUPTED)
        s->ending = true;
}

static bool anybody_waits(const struct rsp_server *s)
{
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0 && s->client[i].waiting)
            return true;
    return false;
}

static void follow_core(struct rsp_server *s)
{
    struct err e = { 0 };

    if (s->running && s->debugging && !rsp_look(s, &e))
        rsp_failed(s, &e);
    s->polls++;
    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0 && s->client[i].uart)
            show_uart(s, &s->client[i]);
    if (!s->running && !s->ending)
        rsp_report_stop(s);
}

/* How long until the core is to be looked at again: often at first, when breakpoints are near. */
static int look_in_ms(const struct rsp_server *s)
{
    if (!s->running || !s->debugging)
        return IDLE_MS;
    if (!anybody_waits(s))
        return 50;
    return s->polls < 20 ? 1 : s->polls < 100 ? 5 : 20;
}

static bool wait_for_all(struct rsp_server *s, struct pollfd *fds, unsigned count, struct err *e)
{
    const int limit_ms = look_in_ms(s);

    if (s->set.wait)
        return s->set.wait(s->set.ctx, fds, count, limit_ms, e);
    if (poll(fds, count, limit_ms) < 0)
        for (unsigned i = 0; i < count; i++)
            fds[i].revents = 0; /* a signal */
    return true;
}

static bool turn(struct rsp_server *s, struct err *e)
{
    struct pollfd fds[1 + RSP_CLIENTS] = { { .fd = s->listen_fd, .events = POLLIN } };
    struct rsp_client *of[1 + RSP_CLIENTS];
    unsigned n = 1;

    for (unsigned i = 0; i < RSP_CLIENTS; i++)
        if (s->client[i].fd >= 0) {
            of[n] = &s->client[i];
            fds[n++] = (struct pollfd){ .fd = s->client[i].fd, .events = (short)(POLLIN | (s->client[i].out_len ? POLLOUT : 0)) };
        }
    if (!wait_for_all(s, fds, n, e))
        return false;
    for (unsigned i = 1; i < n; i++)
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            read_client(s, of[i]);
    if (fds[0].revents & POLLIN)
        accept_client(s);
    follow_core(s);
    for (unsigned i = 0; i < RSP_CLIENTS; i++) {
        struct rsp_client *c = &s->client[i];

        if (c->fd >= 0)
            write_client(c);
        if (c->fd >= 0 && c->dead)
            bury(s, c);
    }
    return true;
}

bool rsp_run(struct rsp_server *s, struct err *e)
{
    while (!s->ending && !(s->set.stop && *s->set.stop)) {
        if (s->set.once && s->had_debugger && rsp_debuggers(s) == 0)
            return true;
        if (!turn(s, e)) {
            if (e->kind != ERR_INTERRUPTED)
                return err_doing(e, "serving GDB");
            break;
        }
    }
    if (s->set.stop)
        *s->set.stop = 0; /* heard: what puts the target in order must not stop again */
    return true;
}
