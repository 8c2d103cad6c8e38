/* request.h - one packet on its way to its handler. Shared by requests*.c only; what a packet asks for is told in requests.c. */
#pragma once
#include "rsp/parts.h"

#define WRONG "E22" /* EINVAL: arguments */
#define FAIL  "E01"

struct request {
    struct rsp_server *s;
    struct rsp_client *c;
    const char *args; /* behind the name */
    const uint8_t *end;
};

static inline void request_ok(struct request *r) { rsp_send_text(r->c, "OK"); }
static inline void request_wrong(struct request *r) { rsp_send_text(r->c, WRONG); }

/* True sends OK; a failure is remembered, told, and answered. GDB knows E.text too, but shows it in few places. */
static inline void request_answer(struct request *r, bool done, const struct err *e)
{
    if (done) {
        request_ok(r);
        return;
    }
    rsp_failed(r->s, e);
    rsp_send_text(r->c, FAIL);
}

static inline bool request_skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* "ADDR,LEN" */
static inline bool request_span(const char **at, uint32_t *addr, uint32_t *len)
{
    return rsp_number(at, addr) && request_skip(at, ',') && rsp_number(at, len);
}

/* requests_data.c: registers and memory */
void rsp_on_read_all(struct request *r);
void rsp_on_write_all(struct request *r);
void rsp_on_read_one(struct request *r);
void rsp_on_write_one(struct request *r);
void rsp_on_read_memory(struct request *r);
void rsp_on_write_hex(struct request *r);
void rsp_on_write_binary(struct request *r);
void rsp_on_crc(struct request *r);
