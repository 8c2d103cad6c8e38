/* clock.h - time as an argument. Behind a real probe it is the machine's monotonic clock, behind a virtual board the board's.
 * Nothing below cli/ may ask the machine for the time in any other way. */
#pragma once
#include <stdint.h>

struct clock {
    uint64_t (*now_us)(void *ctx);            /* microseconds since some fixed moment; never goes back */
    void (*sleep_us)(void *ctx, uint64_t us); /* returns when at least `us` have passed */
    void *ctx;                                /* borrowed */
};

static inline uint64_t clock_now_us(const struct clock *c) { return c->now_us(c->ctx); }
static inline void clock_sleep_us(const struct clock *c, uint64_t us) { c->sleep_us(c->ctx, us); }

extern const struct clock clock_monotonic; /* the machine's own */
