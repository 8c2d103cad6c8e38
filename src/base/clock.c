/* clock.c - the machine's monotonic clock. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

static uint64_t monotonic_now_us(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void monotonic_sleep_us(void *ctx, uint64_t us)
{
    struct timespec left = { .tv_sec = (time_t)(us / 1000000u), .tv_nsec = (long)(us % 1000000u) * 1000 };

    (void)ctx;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

const struct clock clock_monotonic = { monotonic_now_us, monotonic_sleep_us, 0 };
