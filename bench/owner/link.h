/* link.h - a way to a board, whoever owns it: through the owner's socket, or as its owner ourselves for as long as the link lives. */
#pragma once
#include "owner/owner.h"

struct bench_link {
    struct client *client; /* NULL: closed */
    struct owner *owner;   /* NULL: another process owns the board */
};

/* `setup` is what we would own the board as (setup->program also names us to another owner). An owner that is brief is used by tools
 * only; others wait until it has ended.
 * Errors: as owner_open and client_connect; ERR_TIMEOUT if an owner holds the lock but does not answer, or does not end. */
bool bench_link_open(struct bench_link *l, const char *file, enum bench_role role, const struct owner_setup *setup, struct err *e);
/* In good order; saves if we are the owner. False: saving failed. */
bool bench_link_close(struct bench_link *l, struct err *e);
