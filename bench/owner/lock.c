/* lock.c - who owns a board file. See lock.h. */
#include "owner/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A lock file may be removed by the owner that ends between our open and our lock: then we hold a lock on nothing. */
static bool still_there(int fd, const char *path)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static void say_busy(int fd, const char *board, struct err *e)
{
    char who[128];
    const ssize_t n = pread(fd, who, sizeof who - 1, 0);

    who[n > 0 ? n : 0] = '\0';
    for (char *p = who; *p; p++)
        if (*p < ' ' || *p > '~')
            *p = '\0';
    err_set(e, ERR_NODEV, "board '%.80s' is owned by %s", board, *who ? who : "another process");
}

bool board_lock_take(const struct board_paths *p, const char *program, struct board_lock *l, bool *busy, struct err *e)
{
    char who[128];
    int len;

    *busy = false;
    for (;;) {
        l->fd = open(p->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (l->fd < 0) {
            err_set(e, ERR_IO, "cannot lock board '%.80s': %s", p->file, strerror(errno));
            return err_seen(e, "%s", p->lock);
        }
        if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
            *busy = errno == EWOULDBLOCK;
            if (*busy)
                say_busy(l->fd, p->file, e);
            else
                err_set(e, ERR_IO, "cannot lock board '%.80s': %s", p->file, strerror(errno));
            close(l->fd);
            l->fd = -1;
            return false;
        }
        if (still_there(l->fd, p->lock))
            break;
        close(l->fd);
    }
    len = snprintf(who, sizeof who, "%.80s (pid %d)\n", program, (int)getpid());
    if (ftruncate(l->fd, 0) != 0 || pwrite(l->fd, who, (size_t)len, 0) != len) { /* a full disk: the text is a courtesy only */
    }
    return true;
}

void board_lock_drop(const struct board_paths *p, struct board_lock *l)
{
    if (l->fd < 0)
        return;
    unlink(p->lock);
    close(l->fd);
    l->fd = -1;
}
