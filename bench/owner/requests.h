/* requests.h - a request of a client while it is carried out. For requests*.c alone. */
#ifndef OWNER_REQUESTS_H
#define OWNER_REQUESTS_H

#include "owner/parts.h"

struct request {
    struct owner *o;
    struct session *s;
    const struct frame *f;
    struct wire_in in; /* its payload */
};

/* Begin an answer: what it says is added to what this returns, then session_answered(). */
struct wire_out *request_answer(struct request *r);
/* An answer that says nothing more than that it was done. */
void request_done(struct request *r);
void request_refuse(struct request *r, const struct err *e);
/* Was the payload what the table in protocol.h says, and the plug, if any, one that exists? If not, says so to the client. */
bool request_whole(struct request *r, bool sensible);
/* Answer when the board's time has moved on by `us`. */
void request_wait_for(struct request *r, struct pending p, uint64_t us);
/* Microseconds in the board's picoseconds, TIME_NEVER if too many. */
uint64_t request_ps(uint64_t us);

/* One for each enum bench_request that requests.c does not carry out itself. */
void on_plugs(struct request *r);
void on_claim(struct request *r);
void on_release(struct request *r);
void on_port_reset(struct request *r);
void on_control(struct request *r);
void on_bulk(struct request *r);
void on_cancel(struct request *r);
void on_wait(struct request *r);
void on_clock(struct request *r);
void on_sleep(struct request *r);
void on_pace(struct request *r);
void on_advance(struct request *r);
void on_uart_read(struct request *r);
void on_uart_write(struct request *r);
void on_press(struct request *r);
void on_power(struct request *r);
void on_cable(struct request *r);
void on_peek(struct request *r);
void on_swd(struct request *r);
void on_report(struct request *r);

#endif
