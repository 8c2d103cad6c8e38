/* timeline.h - the board's one clock: picoseconds since power was first applied to the board file. 64 bits last 213 days.
 *
 * Whoever makes something happen on a wire (USB host, probe, buttons) moves it; the chip runs along, because the board hangs
 * chip_run_until behind `run`. Clock domains keep (start_ps, start_ticks, hz) and compute edges in 128 bits: nothing drifts. */
#pragma once
#include <stdint.h>

#define PS_PER_US  UINT64_C(1000000)
#define PS_PER_MS  UINT64_C(1000000000)
#define PS_PER_S   UINT64_C(1000000000000)
#define TIME_NEVER UINT64_MAX

struct timeline {
    uint64_t now_ps;
    void (*run)(void *ctx, uint64_t until_ps); /* everything that lives on its own runs until then; may be NULL */
    void *ctx;
};

static inline void timeline_to(struct timeline *t, uint64_t until_ps)
{
    if (until_ps <= t->now_ps)
        return;
    if (t->run)
        t->run(t->ctx, until_ps);
    t->now_ps = until_ps;
}

static inline void timeline_by(struct timeline *t, uint64_t ps) { timeline_to(t, t->now_ps + ps); }

struct domain { /* one clock: ticks since start_ticks at start_ps; hz 0 = stopped */
    uint64_t start_ps, start_ticks, hz;
};

/* When tick number `ticks` of the domain comes (rounded up), TIME_NEVER if stopped. */
static inline uint64_t domain_ps(const struct domain *d, uint64_t ticks)
{
    if (d->hz == 0)
        return TIME_NEVER;
    return d->start_ps + (uint64_t)(((unsigned __int128)(ticks - d->start_ticks) * PS_PER_S + d->hz - 1) / d->hz);
}

/* How many ticks the domain has counted at `ps` (rounded down). */
static inline uint64_t domain_ticks(const struct domain *d, uint64_t ps)
{
    return d->start_ticks + (uint64_t)((unsigned __int128)(ps - d->start_ps) * d->hz / PS_PER_S);
}

/* Change the frequency at `ps`; ticks counted so far are kept. */
static inline void domain_set_hz(struct domain *d, uint64_t ps, uint64_t hz)
{
    const uint64_t ticks = domain_ticks(d, ps);

    *d = (struct domain){ ps, ticks, hz };
}
