/* cmd_run.c - `sector0-bench run`: run somebody's libusb program on the board.
 *
 * The program gets our libusb-1.0.so.0, both by LD_LIBRARY_PATH (so that it is the one that is loaded) and by LD_PRELOAD (so that its
 * clock and sleep functions come before libc's even in programs that bound theirs there), and the board's path in the environment. */
#include "cli/cli.h"

#include "owner/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DROPIN_NAME "libusb-1.0.so.0"

enum { EXIT_CANNOT_RUN = 127, EXIT_SIGNAL = 128, LAST_TURNS = 8 };

/* Where the stand-in may be, from the folder this program is in: build tree, build tree with programs in a folder, installed. */
static const char *const dropin_folders[] = { "bench/dropin", "../bench/dropin", "../" SECTOR0_LIBDIR "/sector0-bench", NULL };

static bool find_dropin(char folder[PATH_MAX], struct err *e)
{
    char here[PATH_MAX], path[PATH_MAX + 64];
    const ssize_t n = readlink("/proc/self/exe", here, sizeof here - 1);
    char *slash;

    here[n > 0 ? n : 0] = '\0';
    slash = strrchr(here, '/');
    if (slash)
        *slash = '\0';
    for (const char *const *f = dropin_folders; *f && slash; f++) {
        snprintf(path, sizeof path, "%s/%s/" DROPIN_NAME, here, *f);
        if (access(path, R_OK) == 0) {
            *strrchr(path, '/') = '\0';
            if (realpath(path, folder))
                return true;
        }
    }
    err_set(e, ERR_IO, "the board's own " DROPIN_NAME " is not where it belongs");
    return err_seen(e, "looked in %s/bench/dropin and " SECTOR0_LIBDIR "/sector0-bench", here);
}

/* NAME=value, or NAME=value:old if there was an old one. */
static bool prepend(const char *name, const char *value, const char *old)
{
    char *both;
    bool good;

    if (!old || !*old)
        return setenv(name, value, 1) == 0;
    if (asprintf(&both, "%s:%s", value, old) < 0)
        return false;
    good = setenv(name, both, 1) == 0;
    free(both);
    return good;
}

static bool prepare_environment(const char *file, struct err *e)
{
    char folder[PATH_MAX], library[PATH_MAX + sizeof DROPIN_NAME + 1];
    struct board_paths paths;

    if (!find_dropin(folder, e) || !board_paths(file, &paths, e))
        return false;
    snprintf(library, sizeof library, "%s/" DROPIN_NAME, folder);
    if (setenv(BOARD_ENVIRONMENT, paths.file, 1) != 0 || !prepend("LD_LIBRARY_PATH", folder, getenv("LD_LIBRARY_PATH")) ||
        !prepend("LD_PRELOAD", library, getenv("LD_PRELOAD")))
        return err_set(e, ERR_NOMEM, "no memory for the command's environment");
#ifdef __SANITIZE_ADDRESS__
    /* A sanitized program insists on having its runtime loaded first; the stand-in is not sanitized and comes before it. */
    if (!prepend("ASAN_OPTIONS", "verify_asan_link_order=0", getenv("ASAN_OPTIONS")))
        return err_set(e, ERR_NOMEM, "no memory for the command's environment");
#endif
    return true;
}

/* ---- the child, and signals meant for it ---- */

static volatile sig_atomic_t child_pid, told; /* told: a signal came while there was no command to pass it on to */
static int wake_pipe[2] = { -1, -1 };

/* From a terminal SIGINT reaches the command as well; anything sent to us alone is passed on. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    (void)context;
    told |= child_pid == 0;
    if (child_pid > 0 && (number != SIGINT || info->si_code == SI_USER))
        kill((pid_t)child_pid, number);
}

static bool told_to_end(void *ctx)
{
    (void)ctx;
    return told;
}

static void child_ended(int number)
{
    const int cause = errno;

    (void)number;
    if (write(wake_pipe[1], "", 1) < 0) { /* full: then it is readable already */
    }
    errno = cause;
}

static bool watch_signals(struct err *e)
{
    struct sigaction pass = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO }, ended = { .sa_handler = child_ended };

    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(e, ERR_IO, "no pipe: %s", strerror(errno));
    sigaction(SIGINT, &pass, NULL);
    sigaction(SIGTERM, &pass, NULL);
    sigaction(SIGHUP, &pass, NULL);
    sigaction(SIGCHLD, &ended, NULL);
    return true;
}

static bool start(char **words, struct err *e)
{
    const pid_t pid = fork();

    if (pid < 0)
        return err_set(e, ERR_IO, "cannot start '%s': %s", words[0], strerror(errno));
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGCHLD, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        execvp(words[0], words);
        fprintf(stderr, "error: cannot run '%s': %s\n", words[0], strerror(errno));
        _exit(EXIT_CANNOT_RUN);
    }
    child_pid = pid;
    return true;
}

/* True once it has ended. */
static bool reap(int *status)
{
    int how;

    if (waitpid((pid_t)child_pid, &how, WNOHANG) != (pid_t)child_pid)
        return false;
    child_pid = 0;
    *status = WIFSIGNALED(how) ? EXIT_SIGNAL + WTERMSIG(how) : WEXITSTATUS(how);
    return true;
}

/* ---- as the owner, or beside one ---- */

static void wait_as_owner(struct owner *o, int *status)
{
    struct pollfd wake = { .fd = wake_pipe[0], .events = POLLIN };

    while (!reap(status)) {
        char drain[16];

        owner_turn(o, -1, &wake, 1);
        if (wake.revents && read(wake_pipe[0], drain, sizeof drain) < 0) { /* only there to wake us */
        }
    }
    for (unsigned i = 0; i < LAST_TURNS; i++) /* what it left in its socket, and that the socket is closed */
        owner_turn(o, 0, NULL, 0);
}

static void wait_beside_owner(int *status)
{
    struct pollfd wake = { .fd = wake_pipe[0], .events = POLLIN };

    while (!reap(status)) {
        char drain[16];

        poll(&wake, 1, -1);
        if (wake.revents && read(wake_pipe[0], drain, sizeof drain) < 0) { /* only there to wake us */
        }
    }
}

static int run(struct bench *b, struct err *e)
{
    struct owner_setup setup = bench_setup(b, PACE_STEP);
    struct client_status before = { 0 }, after = { 0 };
    struct err gone = { 0 };
    struct bench_link l;
    int status = BENCH_FAILED;

    if (!b->rest || !b->rest[0]) {
        err_set(e, ERR_USAGE, "which command? It follows `--`");
        err_hint(e, "sector0-bench run %s -- st-info --probe", b->word[0]);
        return BENCH_USAGE;
    }
    setup.brief = false;
    setup.enough = told_to_end;
    if (!prepare_environment(b->word[0], e) || !watch_signals(e) || !bench_link_open(&l, b->word[0], ROLE_RUN, &setup, e))
        return bench_exit_of(e);
    if (!client_status(l.client, &before, e) || !start(b->rest, e))
        return bench_close(&l, false, e);
    if (l.owner)
        wait_as_owner(l.owner, &status);
    else
        wait_beside_owner(&status);
    /* an owner that has ended meanwhile is none of the command's business */
    if (client_status(l.client, &after, &gone) && after.dropin_sessions == before.dropin_sessions)
        fprintf(b->err, "note: '%s' never opened libusb: it has not seen the board\n", b->rest[0]);
    return bench_link_close(&l, e) ? status : bench_exit_of(e);
}

const struct bench_command bench_cmd_run = {
    .name = "run",
    .args = "FILE -- COMMAND [ARGUMENT...]",
    .summary = "Run a libusb program (openocd, st-flash, ...) that finds the board on its USB",
    .help = "The board is owned until the command ends, unless it is owned already. The exit status is the command's; 128 + N if signal N\n"
            "ended it. Time moves by what the command does (pace step), until the command waits for something that is not the board.\n",
    .words_min = 1,
    .words_max = 1,
    .takes_rest = true,
    .run = run,
};
