/* wire_pty.c - the pty behind `serve --buspirate`. See wire_pty.h. */
#include "cli/wire_pty.h"

#include "wire/buspirate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

_Static_assert((int)WIRE_CYCLES_MAX <= (int)SWD_CLOCKS_MAX, "what the Bus Pirate gathers fits into one request");

struct wire_pty {
    int master, slave; /* ours of the slave keeps the pty alive between clients */
    char *link;        /* owned; NULL: not made */
    struct client *client;
    struct wire_port port;
    struct buspirate pirate;
    struct buffer out;
};

static bool clock_wires(void *ctx, uint32_t hz, const uint8_t *cycles, uint8_t *levels, size_t count, struct err *e)
{
    return client_swd(((struct wire_pty *)ctx)->client, hz, cycles, levels, count, e);
}

/* Raw: a Bus Pirate's bytes are no text. */
static bool open_pty(struct wire_pty *w, char slave[PATH_MAX], struct err *e)
{
    struct termios raw;

    w->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (w->master < 0 || grantpt(w->master) != 0 || unlockpt(w->master) != 0 || ptsname_r(w->master, slave, PATH_MAX) != 0)
        return err_set(e, ERR_IO, "cannot make a pty: %s", strerror(errno));
    w->slave = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (w->slave < 0 || tcgetattr(w->slave, &raw) != 0)
        return err_set(e, ERR_IO, "cannot open the pty: %s", strerror(errno));
    cfmakeraw(&raw);
    tcsetattr(w->slave, TCSANOW, &raw);
    return true;
}

/* An old link is replaced, whatever it points to; anything else is the user's. */
static bool make_link(struct wire_pty *w, const char *path, const char *slave, struct err *e)
{
    struct stat st;

    if (lstat(path, &st) == 0 && (!S_ISLNK(st.st_mode) || unlink(path) != 0)) {
        err_set(e, ERR_INPUT, "'%s' is there already", path);
        return err_hint(e, "name a place for a symbolic link to the pty");
    }
    if (symlink(slave, path) != 0)
        return err_set(e, ERR_IO, "cannot make the link '%s': %s", path, strerror(errno));
    w->link = strdup(path);
    return w->link || err_set(e, ERR_NOMEM, "no memory");
}

struct wire_pty *wire_pty_open(const char *path, struct owner *o, struct err *e)
{
    struct wire_pty *w = calloc(1, sizeof *w);
    char slave[PATH_MAX];

    if (!w) {
        err_set(e, ERR_NOMEM, "no memory");
        return NULL;
    }
    w->master = w->slave = -1;
    w->port = (struct wire_port){ w, clock_wires };
    buspirate_init(&w->pirate, &w->port);
    w->client = owner_client(o, ROLE_TOOL, "bus pirate", e);
    if (w->client && open_pty(w, slave, e) && make_link(w, path, slave, e))
        return w;
    wire_pty_close(w);
    return NULL;
}

void wire_pty_close(struct wire_pty *w)
{
    if (!w)
        return;
    if (w->link)
        unlink(w->link);
    free(w->link);
    if (w->slave >= 0)
        close(w->slave);
    if (w->master >= 0)
        close(w->master);
    client_close(w->client);
    buffer_free(&w->out);
    free(w);
}

/* Nothing is read while answers wait to be taken: a client that never reads cannot make us hold ever more. */
struct pollfd wire_pty_poll(const struct wire_pty *w)
{
    return (struct pollfd){ .fd = w->master, .events = w->out.len > 0 ? POLLOUT : POLLIN };
}

bool wire_pty_turn(struct wire_pty *w, short revents, struct err *e)
{
    uint8_t bytes[1024];
    ssize_t n;

    if (revents & POLLIN && w->out.len == 0) {
        n = read(w->master, bytes, sizeof bytes);
        if (n > 0 && !buspirate_feed(&w->pirate, bytes, (size_t)n, &w->out, e))
            return err_doing(e, "clocking the target's SWD pins");
    }
    if (w->out.failed)
        return err_set(e, ERR_NOMEM, "no memory for the Bus Pirate's answers");
    if (w->out.len > 0) {
        n = write(w->master, w->out.bytes, w->out.len);
        if (n > 0)
            buffer_drop(&w->out, (size_t)n);
    }
    return true;
}
