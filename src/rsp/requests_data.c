/* requests_data.c - packets that read and write registers and memory. Which there are: requests.c. */
#include "base/bytes.h"
#include "rsp/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { READ_MAX = RSP_PACKET_MAX / 2 };

static void put_word(struct rsp_text *t, uint32_t value)
{
    uint8_t bytes[4];

    put_le32(bytes, value);
    rsp_put_hex(t, bytes, sizeof bytes);
}

void rsp_on_read_all(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    struct err e = { 0 };

    if (!rsp_read_regs(r->s, &e)) {
        request_answer(r, false, &e);
        return;
    }
    for (unsigned i = 0; i < RSP_REGS; i++)
        put_word(&t, r->s->reg[i]);
    rsp_send(r->c, t.bytes, t.len);
}

void rsp_on_write_all(struct request *r)
{
    uint8_t bytes[4 * RSP_REGS];
    uint32_t values[RSP_REGS];
    struct err e = { 0 };

    if (!rsp_unhex(r->args, bytes, sizeof bytes)) {
        request_wrong(r);
        return;
    }
    for (unsigned i = 0; i < RSP_REGS; i++)
        values[i] = get_le32(bytes + 4 * i);
    request_answer(r, rsp_write_regs(r->s, values, &e), &e);
}

void rsp_on_read_one(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t n;

    if (!rsp_number(&at, &n) || *at || n >= RSP_REGS) {
        request_wrong(r);
    } else if (!rsp_read_regs(r->s, &e)) {
        request_answer(r, false, &e);
    } else {
        put_word(&t, r->s->reg[n]);
        rsp_send(r->c, t.bytes, t.len);
    }
}

void rsp_on_write_one(struct request *r)
{
    uint32_t values[RSP_REGS], n;
    const char *at = r->args;
    struct err e = { 0 };
    uint8_t bytes[4];

    if (!rsp_number(&at, &n) || n >= RSP_REGS || !request_skip(&at, '=') || !rsp_unhex(at, bytes, sizeof bytes)) {
        request_wrong(r);
        return;
    }
    if (!rsp_read_regs(r->s, &e)) {
        request_answer(r, false, &e);
        return;
    }
    memcpy(values, r->s->reg, sizeof values);
    values[n] = get_le32(bytes);
    request_answer(r, rsp_write_regs(r->s, values, &e), &e);
}

/* ---- memory ---- */

/* Memory that cannot be read is GDB's daily business (it probes the stack): not worth a line for the user, but for `monitor why`. */
void rsp_on_read_memory(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    uint8_t bytes[READ_MAX];
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!request_span(&at, &addr, &len) || *at) {
        request_wrong(r);
        return;
    }
    len = len < READ_MAX ? len : READ_MAX;
    if (!rsp_read_memory(r->s, addr, bytes, len, &e)) {
        if (e.kind == ERR_FAULT || e.kind == ERR_LOCKED || e.kind == ERR_USAGE) {
            r->s->last_error = e;
            r->s->findings.count = 0;
        } else {
            rsp_failed(r->s, &e);
        }
        rsp_send_text(r->c, FAIL);
        return;
    }
    rsp_put_hex(&t, bytes, len);
    rsp_send(r->c, t.bytes, t.len);
}

void rsp_on_write_hex(struct request *r)
{
    uint8_t bytes[READ_MAX];
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!request_span(&at, &addr, &len) || !request_skip(&at, ':') || len > READ_MAX || !rsp_unhex(at, bytes, len))
        request_wrong(r);
    else
        request_answer(r, rsp_write_memory(r->s, addr, bytes, len, &e), &e);
}

void rsp_on_write_binary(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!request_span(&at, &addr, &len) || !request_skip(&at, ':') || (size_t)(r->end - (const uint8_t *)at) != len)
        request_wrong(r);
    else
        request_answer(r, rsp_write_memory(r->s, addr, (const uint8_t *)at, len, &e), &e);
}

void rsp_on_crc(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len, crc;
    char text[12];

    if (!request_span(&at, &addr, &len) || *at) {
        request_wrong(r);
    } else if (!rsp_crc(r->s, addr, len, &crc, &e)) {
        request_answer(r, false, &e);
    } else {
        snprintf(text, sizeof text, "C%08" PRIx32, crc);
        rsp_send_text(r->c, text);
    }
}
