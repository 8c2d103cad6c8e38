/* clock.c - the clock calls of a program that uses the drop-in libusb.
 *
 * While the session's pace is `step`, such a program lives on the board's time: reading the clock reads the board's, sleeping moves it.
 * As soon as it waits on a descriptor that is not ours, starts a thread or forks, that cannot be kept up (somebody else's time is
 * involved), and the session goes to the machine's time for good. Programs that neither link nor load libusb are left alone. */
#include "dropin/session.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT   __attribute__((visibility("default")))
#define NS_PER_S UINT64_C(1000000000)

/* The board's time began, as far as its clients can tell, at this moment: 2025-01-01 00:00:00 UTC. Any fixed one would do. */
#define EPOCH_S UINT64_C(1735689600)

static struct timespec to_timespec(uint64_t ns) { return (struct timespec){ (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) }; }
static uint64_t from_timespec(const struct timespec *t) { return (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_nsec; }

static bool is_wall(clockid_t id)
{
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI || id == CLOCK_REALTIME_ALARM;
}
static bool is_machine(clockid_t id) /* clocks that tell passing time, not this process's own work */
{
    return is_wall(id) || id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_RAW || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
}

EXPORT int clock_gettime(clockid_t id, struct timespec *t)
{
    if (!is_machine(id) || !session_clock())
        return (int)syscall(SYS_clock_gettime, id, t);
    *t = to_timespec(session_now_ns() + (is_wall(id) ? EPOCH_S * NS_PER_S : 0));
    return 0;
}

EXPORT int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec t;

    if (!session_clock())
        return (int)syscall(SYS_gettimeofday, tv, tz);
    clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
    return 0;
}

EXPORT time_t time(time_t *out)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

EXPORT int nanosleep(const struct timespec *want, struct timespec *left)
{
    if (!session_virtual())
        return (int)syscall(SYS_nanosleep, want, left);
    session_sleep_ns(from_timespec(want));
    return 0;
}

EXPORT int clock_nanosleep(clockid_t id, int flags, const struct timespec *want, struct timespec *left)
{
    struct timespec now;

    if (!is_machine(id) || !session_virtual())
        return syscall(SYS_clock_nanosleep, id, flags, want, left) == 0 ? 0 : errno;
    if (flags & TIMER_ABSTIME) {
        clock_gettime(id, &now);
        if (from_timespec(want) > from_timespec(&now))
            session_sleep_ns(from_timespec(want) - from_timespec(&now));
    } else {
        session_sleep_ns(from_timespec(want));
    }
    return 0;
}

EXPORT int usleep(useconds_t us) { return nanosleep(&(struct timespec){ (time_t)(us / 1000000), (long)(us % 1000000) * 1000 }, NULL); }

EXPORT unsigned sleep(unsigned seconds)
{
    nanosleep(&(struct timespec){ (time_t)seconds, 0 }, NULL);
    return 0;
}

/* Waiting on descriptors: without any, it is a sleep; with some, they are somebody else's (ours are never handed out). */
static void foreign(void)
{
    if (session_virtual())
        session_go_real("the program waits on descriptors of its own");
}

EXPORT int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, struct timeval *restrict tv)
{
    const struct timespec t = tv ? (struct timespec){ tv->tv_sec, tv->tv_usec * 1000 } : (struct timespec){ 0, 0 };

    if (session_virtual() && tv && (n == 0 || (!r && !w && !x))) {
        session_sleep_ns(from_timespec(&t));
        return 0;
    }
    /* A look without waiting does not involve anybody's time. */
    if (!tv || tv->tv_sec || tv->tv_usec)
        foreign();
    return (int)syscall(SYS_select, n, r, w, x, tv);
}

EXPORT int pselect(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, const struct timespec *restrict tv,
                   const sigset_t *restrict mask)
{
    const struct {
        const sigset_t *set;
        size_t bytes;
    } signals = { mask, _NSIG / 8 };
    struct timespec copy;

    if (session_virtual() && tv && (n == 0 || (!r && !w && !x))) {
        session_sleep_ns(from_timespec(tv));
        return 0;
    }
    if (!tv || tv->tv_sec || tv->tv_nsec)
        foreign();
    if (tv)
        copy = *tv;
    return (int)syscall(SYS_pselect6, n, r, w, x, tv ? &copy : NULL, &signals);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (session_virtual() && n == 0 && timeout_ms >= 0) {
        session_sleep_ns((uint64_t)timeout_ms * 1000000u);
        return 0;
    }
    if (timeout_ms != 0)
        foreign();
    return (int)syscall(SYS_poll, fds, n, timeout_ms);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *tv, const sigset_t *mask)
{
    struct timespec copy;

    if (session_virtual() && n == 0 && tv) {
        session_sleep_ns(from_timespec(tv));
        return 0;
    }
    if (!tv || tv->tv_sec || tv->tv_nsec)
        foreign();
    if (tv)
        copy = *tv;
    return (int)syscall(SYS_ppoll, fds, n, tv ? &copy : NULL, mask, _NSIG / 8);
}

EXPORT int epoll_wait(int ep, struct epoll_event *events, int max, int timeout_ms)
{
    if (timeout_ms != 0)
        foreign();
    return (int)syscall(SYS_epoll_pwait, ep, events, max, timeout_ms, NULL, _NSIG / 8);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*start)(void *), void *restrict arg)
{
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
    session_go_real("the program started a thread");
    return next(thread, attr, start, arg);
}

EXPORT pid_t fork(void)
{
    static pid_t (*next)(void);

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "fork");
    session_go_real("the program started another");
    return next();
}
