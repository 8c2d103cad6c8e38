/* paths.c - the files beside a board file. See paths.h. */
#include "owner/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET_NAME_MAX = 80 }; /* so that /proc/self/fd/N/NAME fits into sun_path */

static bool join(char out[PATH_MAX], const char *a, const char *b)
{
    const size_t len = strlen(a), more = strlen(b);

    if (len + more >= PATH_MAX)
        return false;
    memcpy(out, a, len);
    memcpy(out + len, b, more + 1);
    return true;
}

/* NAME.sock, or for names a socket address cannot hold: the start of the name and a hash of all of it. */
static void socket_name(const char *name, char out[SOCKET_NAME_MAX + 1])
{
    uint32_t hash = 2166136261u;

    if (strlen(name) + 5 <= SOCKET_NAME_MAX) {
        snprintf(out, SOCKET_NAME_MAX + 1, "%s.sock", name);
        return;
    }
    for (const char *p = name; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    snprintf(out, SOCKET_NAME_MAX + 1, "%.40s-%08x.sock", name, hash);
}

bool board_paths(const char *file, struct board_paths *p, struct err *e)
{
    char folder[PATH_MAX], sock[SOCKET_NAME_MAX + 1];
    const char *slash, *name;

    if (!*file)
        return err_set(e, ERR_USAGE, "the name of the board file is empty");
    if (!realpath(file, p->file)) { /* not there (yet): its folder is */
        if (errno != ENOENT || strlen(file) >= sizeof folder)
            return err_set(e, ERR_INPUT, "board file '%s': %s", file, strerror(errno == ENOENT ? ENAMETOOLONG : errno));
        strcpy(folder, file);
        slash = strrchr(file, '/');
        name = slash ? slash + 1 : file;
        if (slash)
            folder[slash - file + (slash == file)] = '\0';
        if (!*name || !realpath(slash ? folder : ".", p->file))
            return err_set(e, ERR_INPUT, "board file '%s': no such folder", file);
        if (!join(folder, p->file, strcmp(p->file, "/") == 0 ? "" : "/") || !join(p->file, folder, name))
            return err_set(e, ERR_INPUT, "board file '%s': %s", file, strerror(ENAMETOOLONG));
    }
    slash = strrchr(p->file, '/');
    memcpy(folder, p->file, (size_t)(slash - p->file) + 1);
    folder[slash - p->file + 1] = '\0';
    socket_name(slash + 1, sock);
    if (!join(p->lock, p->file, ".lock") || !join(p->next, p->file, ".next") || !join(p->socket, folder, sock))
        return err_set(e, ERR_INPUT, "board file '%s': %s", file, strerror(ENAMETOOLONG));
    return true;
}

/* An address for the socket: its path if that fits, else by way of a descriptor of its folder, which *folder_fd then holds. */
static bool address_of(const struct board_paths *p, struct sockaddr_un *a, int *folder_fd)
{
    const char *slash = strrchr(p->socket, '/');
    char folder[PATH_MAX];

    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *folder_fd = -1;
    if (strlen(p->socket) < sizeof a->sun_path) {
        strcpy(a->sun_path, p->socket);
        return true;
    }
    memcpy(folder, p->socket, (size_t)(slash - p->socket));
    folder[slash - p->socket] = '\0';
    *folder_fd = open(*folder ? folder : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder_fd < 0)
        return false;
    snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d%s", *folder_fd, slash);
    return true;
}

static int socket_at(const struct board_paths *p, bool listening)
{
    struct sockaddr_un a;
    int folder_fd, fd, cause;
    bool good = false;

    if (!address_of(p, &a, &folder_fd))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && listening) /* mode first: a Linux socket file takes it from the descriptor */
        good = fchmod(fd, 0600) == 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 16) == 0;
    else if (fd >= 0)
        good = connect(fd, (const struct sockaddr *)&a, sizeof a) == 0;
    cause = errno;
    if (folder_fd >= 0)
        close(folder_fd);
    if (fd >= 0 && !good) {
        close(fd);
        fd = -1;
    }
    errno = cause;
    return fd;
}

int board_socket_listen(const struct board_paths *p) { return socket_at(p, true); }

int board_socket_connect(const struct board_paths *p) { return socket_at(p, false); }
