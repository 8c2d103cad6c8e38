/* streams.c - see streams.h. */
#include "base/streams.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

void streams_start(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that has become as large as allowed: the same */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC) < 0) {
            /* no /dev/null: as good as it gets */
        }
}

bool streams_reader_gone(FILE *out)
{
    struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

bool streams_finish(FILE *out) { return (fflush(out) == 0 && !ferror(out)) || streams_reader_gone(out); }
