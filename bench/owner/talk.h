/* talk.h - one request at a time to a board's owner, and its answer; answers to transfers that were submitted before are settled on the
 * way. For client*.c alone. */
#ifndef OWNER_TALK_H
#define OWNER_TALK_H

#include "owner/client.h"

/* Begin a request; what it says is added to what this returns. */
struct wire_out *talk_begin(struct client *c, enum bench_request type, unsigned flags);
/* Send the request that was begun. */
bool talk_push(struct client *c, struct err *e);
/* Wait for the answer to request `id` and add its payload to `answer` (may be NULL; the caller frees it). */
bool talk_await(struct client *c, uint32_t id, struct buffer *answer, struct err *e);
/* The wait for request `id` failed: if a signal did it, tell the owner to forget the request. Always false, the error kept. */
bool talk_abandon(struct client *c, uint32_t id, struct err *e);
/* Push and await. */
bool talk_ask(struct client *c, struct buffer *answer, struct err *e);
bool talk_ask_plain(struct client *c, struct err *e);

struct wire_in talk_reading(const struct buffer *answer);
/* The end of every parse: the payload was whole, and memory sufficed. Frees the answer. */
bool talk_parsed(struct client *c, struct buffer *answer, const struct wire_in *in, struct err *e);
/* The owner sent nonsense. Always false. */
bool talk_lose(struct client *c, struct err *e);

#endif
