/* link.c - a way to a board, whoever owns it. See link.h. */
#include "owner/link.h"

#include <poll.h>

enum {
    TRY_MS = 5,
    SILENT_TRIES = 1000, /* an owner takes its lock before it listens, and stops listening before it drops it: neither way is open then */
    BRIEF_TRIES = 12000, /* a minute, for a command that is at work */
};

static bool become_owner(struct bench_link *l, const char *file, enum bench_role role, const struct owner_setup *setup, bool *busy,
                         struct err *e)
{
    l->owner = owner_open(file, setup, busy, e);
    if (!l->owner)
        return false;
    l->client = owner_client(l->owner, role, setup->program, e);
    if (l->client)
        return true;
    owner_abandon(l->owner);
    l->owner = NULL;
    return false;
}

/* One try to be somebody's client. False with *again: try on. */
static bool become_client(struct bench_link *l, const char *file, enum bench_role role, const struct owner_setup *setup, bool *brief,
                          bool *again, struct err *e)
{
    *brief = false;
    l->client = client_connect(file, role, setup->program, e);
    *again = !l->client && e->kind == ERR_NODEV;
    if (!l->client || !l->client->brief || role == ROLE_TOOL)
        return l->client;
    client_close(l->client);
    l->client = NULL;
    *brief = *again = true;
    return false;
}

bool bench_link_open(struct bench_link *l, const char *file, enum bench_role role, const struct owner_setup *setup, struct err *e)
{
    unsigned silent = 0, briefs = 0;

    *l = (struct bench_link){ 0 };
    while (silent < SILENT_TRIES && briefs < BRIEF_TRIES) {
        struct err owned;
        bool busy, brief, again;

        if (become_owner(l, file, role, setup, &busy, e))
            return true;
        if (!busy)
            return false;
        owned = *e;
        if (become_client(l, file, role, setup, &brief, &again, e)) {
            *e = (struct err){ 0 }; /* that the board is owned is no error */
            return true;
        }
        if (!again)
            return err_doing(e, "asking for the board: %.120s", owned.cause);
        *e = owned;
        if (poll(NULL, 0, TRY_MS) < 0 || (setup->enough && setup->enough(setup->ctx))) /* a signal that somebody handles */
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        silent += !brief;
        briefs += brief;
    }
    e->kind = ERR_TIMEOUT;
    return err_seen(e, silent == SILENT_TRIES ? "it holds the lock, but nobody listens at the board's socket"
                                              : "it has been at work for a minute");
}

bool bench_link_close(struct bench_link *l, struct err *e)
{
    struct owner *o = l->owner;

    client_close(l->client);
    *l = (struct bench_link){ 0 };
    return owner_close(o, e);
}
