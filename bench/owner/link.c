/* link.c - a way to a board, whoever owns it. See link.h. */
#include "owner/link.h"

/* An owner takes its lock before it listens, and stops listening before it drops the lock: between the two, neither way is open. */
enum { TRIES = 1000, TRY_US = 5000 };

bool bench_link_open(struct bench_link *l, const char *file, enum bench_role role, const struct owner_setup *setup, struct err *e)
{
    struct err busy_e = { 0 };

    *l = (struct bench_link){ 0 };
    for (unsigned i = 0; i < TRIES; i++) {
        bool busy;

        l->owner = owner_open(file, setup, &busy, e);
        if (l->owner) {
            l->client = owner_client(l->owner, role, setup->program, e);
            if (!l->client) {
                owner_abandon(l->owner);
                l->owner = NULL;
            }
            return l->client;
        }
        if (!busy)
            return false;
        busy_e = *e;
        l->client = client_connect(file, role, setup->program, e);
        if (l->client) {
            *e = (struct err){ 0 }; /* that the board is owned is no error */
            return true;
        }
        if (e->kind != ERR_NODEV) {
            err_doing(e, "asking for the board: %.120s", busy_e.cause);
            return false;
        }
        clock_sleep_us(setup->wall, TRY_US);
    }
    *e = busy_e;
    e->kind = ERR_TIMEOUT;
    err_seen(e, "it holds the lock, but nobody listens at the board's socket");
    return false;
}

bool bench_link_close(struct bench_link *l, struct err *e)
{
    struct owner *o = l->owner;

    client_close(l->client);
    *l = (struct bench_link){ 0 };
    return owner_close(o, e);
}
