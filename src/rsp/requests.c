/* requests.c - what a packet asks for. Whatever it holds, it gets exactly one reply (none for R and k), and what cannot be understood is
 * refused as the manual says: E22 for arguments, an empty reply for what is not supported.
 *
 * Source: GDB manual, appendix E "GDB Remote Serial Protocol". */
#include "base/bytes.h"
#include "rsp/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WRONG "E22" /* EINVAL: arguments */
#define FAIL  "E01"

enum { READ_MAX = RSP_PACKET_MAX / 2, COMMAND_MAX = 1000 };

struct request {
    struct rsp_server *s;
    struct rsp_client *c;
    const char *args; /* behind the name */
    const uint8_t *end;
};

static void ok(struct request *r) { rsp_send_text(r->c, "OK"); }
static void wrong(struct request *r) { rsp_send_text(r->c, WRONG); }

/* True sends OK; a failure is remembered, told, and answered. GDB knows E.text too, but shows it in few places. */
static void answer(struct request *r, bool done, const struct err *e)
{
    if (done) {
        ok(r);
        return;
    }
    rsp_failed(r->s, e);
    rsp_send_text(r->c, FAIL);
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* "ADDR,LEN" */
static bool span(const char **at, uint32_t *addr, uint32_t *len) { return rsp_number(at, addr) && skip(at, ',') && rsp_number(at, len); }

/* ---- registers ---- */

static void put_word(struct rsp_text *t, uint32_t value)
{
    uint8_t bytes[4];

    put_le32(bytes, value);
    rsp_put_hex(t, bytes, sizeof bytes);
}

static void on_read_all(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    struct err e = { 0 };

    if (!rsp_read_regs(r->s, &e)) {
        answer(r, false, &e);
        return;
    }
    for (unsigned i = 0; i < RSP_REGS; i++)
        put_word(&t, r->s->reg[i]);
    rsp_send(r->c, t.bytes, t.len);
}

static void on_write_all(struct request *r)
{
    uint8_t bytes[4 * RSP_REGS];
    uint32_t values[RSP_REGS];
    struct err e = { 0 };

    if (!rsp_unhex(r->args, bytes, sizeof bytes)) {
        wrong(r);
        return;
    }
    for (unsigned i = 0; i < RSP_REGS; i++)
        values[i] = get_le32(bytes + 4 * i);
    answer(r, rsp_write_regs(r->s, values, &e), &e);
}

static void on_read_one(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t n;

    if (!rsp_number(&at, &n) || *at || n >= RSP_REGS) {
        wrong(r);
    } else if (!rsp_read_regs(r->s, &e)) {
        answer(r, false, &e);
    } else {
        put_word(&t, r->s->reg[n]);
        rsp_send(r->c, t.bytes, t.len);
    }
}

static void on_write_one(struct request *r)
{
    uint32_t values[RSP_REGS], n;
    const char *at = r->args;
    struct err e = { 0 };
    uint8_t bytes[4];

    if (!rsp_number(&at, &n) || n >= RSP_REGS || !skip(&at, '=') || !rsp_unhex(at, bytes, sizeof bytes)) {
        wrong(r);
        return;
    }
    if (!rsp_read_regs(r->s, &e)) {
        answer(r, false, &e);
        return;
    }
    memcpy(values, r->s->reg, sizeof values);
    values[n] = get_le32(bytes);
    answer(r, rsp_write_regs(r->s, values, &e), &e);
}

/* ---- memory ---- */

/* Memory that cannot be read is GDB's daily business (it probes the stack): not worth a line for the user, but for `monitor why`. */
static void on_read_memory(struct request *r)
{
    struct rsp_text t = { .len = 0 };
    uint8_t bytes[READ_MAX];
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!span(&at, &addr, &len) || *at) {
        wrong(r);
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

static void on_write_hex(struct request *r)
{
    uint8_t bytes[READ_MAX];
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!span(&at, &addr, &len) || !skip(&at, ':') || len > READ_MAX || !rsp_unhex(at, bytes, len))
        wrong(r);
    else
        answer(r, rsp_write_memory(r->s, addr, bytes, len, &e), &e);
}

static void on_write_binary(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!span(&at, &addr, &len) || !skip(&at, ':') || (size_t)(r->end - (const uint8_t *)at) != len)
        wrong(r);
    else
        answer(r, rsp_write_memory(r->s, addr, (const uint8_t *)at, len, &e), &e);
}

static void on_crc(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len, crc;
    char text[12];

    if (!span(&at, &addr, &len) || *at) {
        wrong(r);
    } else if (!rsp_crc(r->s, addr, len, &crc, &e)) {
        answer(r, false, &e);
    } else {
        snprintf(text, sizeof text, "C%08" PRIx32, crc);
        rsp_send_text(r->c, text);
    }
}

/* ---- running ---- */

/* The first client halts the core; one that comes while another is there sees it as it is. */
static void on_why(struct request *r)
{
    struct err e = { 0 };

    if (r->s->running && r->s->debugging && !rsp_look(r->s, &e))
        rsp_failed(r->s, &e);
    if (r->s->stop == STOP_LOST || (r->s->running && !r->s->set.no_halt && rsp_debuggers(r->s) == 1)) {
        if (!rsp_halt(r->s, &e)) {
            answer(r, false, &e);
            return;
        }
        r->s->signal = 5;
    }
    if (r->s->stop == STOP_EXIT) /* that was for those who were there */
        r->s->stop = STOP_SIGNAL;
    rsp_stop_reply(r->s, r->c);
}

/* Now GDB shows what is sent to its console. */
static void tell_owed(struct request *r)
{
    char text[ERR_TEXT + 80];

    if (!r->c->owed[0])
        return;
    snprintf(text, sizeof text, "error: the last load failed: %s\n  try   `monitor why` tells the rest\n", r->c->owed);
    rsp_send_console(r->c, text, strlen(text));
    r->c->owed[0] = '\0';
}

static void go(struct request *r)
{
    struct err e = { 0 };

    if (rsp_go(r->s, r->c, &e)) {
        r->c->waiting = true;
        tell_owed(r);
    } else
        answer(r, false, &e);
}

static void step(struct request *r)
{
    struct err e = { 0 };

    r->c->waiting = true; /* for what the program writes on the way */
    tell_owed(r);
    if (rsp_step(r->s, &e)) {
        rsp_report_stop(r->s);
    } else {
        r->c->waiting = false;
        answer(r, false, &e);
    }
}

static bool at_address(struct request *r, const char *at)
{
    uint32_t values[RSP_REGS], addr;
    struct err e = { 0 };

    if (!*at)
        return true;
    if (!rsp_number(&at, &addr) || *at) {
        wrong(r);
        return false;
    }
    if (!rsp_read_regs(r->s, &e)) {
        answer(r, false, &e);
        return false;
    }
    memcpy(values, r->s->reg, sizeof values);
    values[RSP_PC] = addr;
    if (rsp_write_regs(r->s, values, &e))
        return true;
    answer(r, false, &e);
    return false;
}

static void on_continue(struct request *r)
{
    if (at_address(r, r->args))
        go(r);
}

static void on_step(struct request *r)
{
    if (at_address(r, r->args))
        step(r);
}

/* C05 or C05;ADDR. The signal cannot be delivered: there is no operating system behind the core. */
static bool past_signal(struct request *r)
{
    const char *at = r->args;

    if (rsp_digit((uint8_t)at[0]) < 0 || rsp_digit((uint8_t)at[1]) < 0 || (at[2] && at[2] != ';')) {
        wrong(r);
        return false;
    }
    return at_address(r, at[2] ? at + 3 : "");
}

static void on_continue_signal(struct request *r)
{
    if (past_signal(r))
        go(r);
}

static void on_step_signal(struct request *r)
{
    if (past_signal(r))
        step(r);
}

static void halt(struct request *r)
{
    struct err e = { 0 };

    if (!rsp_halt(r->s, &e))
        answer(r, false, &e);
    else if (r->c->waiting)
        rsp_report_stop(r->s);
    else
        ok(r);
}

/* There is one thread: the first action is for it. */
static void on_vcont(struct request *r)
{
    if (r->args[0] != ';') {
        wrong(r);
        return;
    }
    switch (r->args[1]) {
    case 'c':
    case 'C': go(r); break;
    case 's':
    case 'S': step(r); break;
    case 't': halt(r); break;
    default: wrong(r); break;
    }
}

static void on_vcont_query(struct request *r) { rsp_send_text(r->c, "vCont;c;C;s;S;t"); }

void rsp_interrupt(struct rsp_server *s, struct rsp_client *c)
{
    struct err e = { 0 };

    if (!c->waiting)
        return;
    if (!rsp_halt(s, &e)) {
        rsp_failed(s, &e);
        return;
    }
    rsp_report_stop(s);
}

static void on_break(struct request *r, bool set)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t type, addr, len;
    bool done;

    if (!rsp_number(&at, &type) || type > 4 || !skip(&at, ',') || !span(&at, &addr, &len)) {
        wrong(r);
        return;
    }
    done = set ? rsp_break_set(r->s, r->c, type, addr, len, &e) : rsp_break_clear(r->s, r->c, type, addr, len, &e);
    answer(r, done, &e);
}

static void on_set_break(struct request *r) { on_break(r, true); }
static void on_clear_break(struct request *r) { on_break(r, false); }

/* ---- coming and going ---- */

static void on_detach(struct request *r)
{
    struct err e = { 0 };
    bool done = true;

    r->c->detached = true;
    r->c->waiting = false;
    rsp_break_clear_client(r->s, rsp_bit(r->s, r->c));
    if (rsp_debuggers(r->s) == 1)
        done = rsp_release(r->s, &e);
    else if (r->s->running)
        done = rsp_break_plant(r->s, NULL, &e);
    answer(r, done, &e);
}

static bool start_over(struct request *r)
{
    struct err e = { 0 };

    if (rsp_reset(r->s, RESET_HALT, &e))
        return true;
    rsp_failed(r->s, &e);
    return false;
}

static void on_kill_process(struct request *r)
{
    if (start_over(r))
        ok(r);
    else
        rsp_send_text(r->c, FAIL);
}

static void on_kill(struct request *r)
{
    start_over(r);
    r->c->dead = !r->c->extended;
}

static void on_restart(struct request *r) { start_over(r); } /* no reply */

static void on_run(struct request *r)
{
    if (start_over(r))
        rsp_stop_reply(r->s, r->c);
    else
        rsp_send_text(r->c, FAIL);
}

static void on_attach(struct request *r)
{
    struct err e = { 0 };

    if (!r->s->set.no_halt && !rsp_halt(r->s, &e)) {
        answer(r, false, &e);
        return;
    }
    rsp_stop_reply(r->s, r->c);
}

static void on_extended(struct request *r)
{
    r->c->extended = true;
    ok(r);
}

static void on_no_ack(struct request *r)
{
    ok(r);
    r->c->no_ack = true;
}

static void on_supported(struct request *r)
{
    char text[200];

    snprintf(text, sizeof text,
             "PacketSize=%x;qXfer:features:read+;qXfer:memory-map:read+;QStartNoAckMode+;swbreak+;hwbreak+;vContSupported+",
             RSP_PACKET_MAX);
    rsp_send_text(r->c, text);
}

/* ---- what there is ---- */

static void piece(struct request *r, const struct rsp_text *whole, const char *at)
{
    char reply[RSP_REPLY_MAX];
    uint32_t offset, len;

    if (!span(&at, &offset, &len) || *at || offset > whole->len) {
        wrong(r);
        return;
    }
    len = len < RSP_PACKET_MAX - 1 ? len : RSP_PACKET_MAX - 1;
    len = len < whole->len - offset ? len : (uint32_t)(whole->len - offset);
    reply[0] = offset + len == whole->len ? 'l' : 'm';
    memcpy(reply + 1, whole->bytes + offset, len);
    rsp_send(r->c, reply, 1 + (size_t)len);
}

static void on_features(struct request *r)
{
    struct rsp_text whole = { .len = 0 };

    rsp_describe_target(&whole);
    piece(r, &whole, r->args);
}

static void on_memory_map(struct request *r)
{
    struct rsp_text whole = { .len = 0 };

    rsp_describe_memory(&whole, r->s->t);
    piece(r, &whole, r->args);
}

static void on_ok(struct request *r) { ok(r); }
static void on_nothing(struct request *r) { rsp_send_text(r->c, ""); }
static void on_attached(struct request *r) { rsp_send_text(r->c, "1"); }
static void on_thread(struct request *r) { rsp_send_text(r->c, "QC1"); }
static void on_threads(struct request *r) { rsp_send_text(r->c, "m1"); }
static void on_no_more_threads(struct request *r) { rsp_send_text(r->c, "l"); }

static void on_command(struct request *r)
{
    struct rsp_text out = { .len = 0 };
    uint8_t line[COMMAND_MAX + 1];
    const size_t digits = strlen(r->args);
    struct err e = { 0 };
    bool done;

    if (digits % 2 || digits / 2 > COMMAND_MAX || !rsp_unhex(r->args, line, digits / 2)) {
        wrong(r);
        return;
    }
    line[digits / 2] = '\0';
    done = rsp_monitor(r->s, r->c, (char *)line, &out, &e);
    if (!done) {
        rsp_put(&out, "error: %s\n", e.cause);
        for (unsigned i = 0; i < e.n_seen; i++)
            rsp_put(&out, "  seen  %s\n", e.seen[i]);
        if (e.hint[0])
            rsp_put(&out, "  try   %s\n", e.hint);
    }
    tell_owed(r);
    rsp_send_console(r->c, out.bytes, out.len);
    answer(r, done, &e);
}

/* ---- flash ---- */

static void on_flash_erase(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!span(&at, &addr, &len) || *at)
        wrong(r);
    else
        answer(r, rsp_load_erase(r->s, r->c, addr, len, &e), &e);
}

static void on_flash_write(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr;

    if (!rsp_number(&at, &addr) || !skip(&at, ':') || (const uint8_t *)at == r->end)
        wrong(r);
    else
        answer(r, rsp_load_write(r->s, r->c, addr, (const uint8_t *)at, (size_t)(r->end - (const uint8_t *)at), &e), &e);
}

static void on_flash_done(struct request *r)
{
    struct err e = { 0 };
    const bool done = rsp_load_done(r->s, r->c, &e);

    snprintf(r->c->owed, sizeof r->c->owed, "%s", done ? "" : e.cause);
    answer(r, done, &e);
}

/* ---- by name ---- */

// clang-format off
static const struct {
    const char *name;
    bool whole; /* nothing may follow */
    void (*handle)(struct request *r);
} requests[] = { /* the first that fits */
    { "?",                          true,  on_why             },
    { "!",                          true,  on_extended        },
    { "g",                          true,  on_read_all        },
    { "G",                          false, on_write_all       },
    { "p",                          false, on_read_one        },
    { "P",                          false, on_write_one       },
    { "m",                          false, on_read_memory     },
    { "M",                          false, on_write_hex       },
    { "X",                          false, on_write_binary    },
    { "c",                          false, on_continue        },
    { "C",                          false, on_continue_signal },
    { "s",                          false, on_step            },
    { "S",                          false, on_step_signal     },
    { "Z",                          false, on_set_break       },
    { "z",                          false, on_clear_break     },
    { "D",                          false, on_detach          },
    { "k",                          true,  on_kill            },
    { "R",                          false, on_restart         },
    { "H",                          false, on_ok              },
    { "T",                          false, on_ok              },
    { "vCont?",                     true,  on_vcont_query     },
    { "vCont",                      false, on_vcont           },
    { "vKill;",                     false, on_kill_process    },
    { "vRun;",                      false, on_run             },
    { "vAttach;",                   false, on_attach          },
    { "vFlashErase:",               false, on_flash_erase     },
    { "vFlashWrite:",               false, on_flash_write     },
    { "vFlashDone",                 true,  on_flash_done      },
    { "qSupported",                 false, on_supported       },
    { "qXfer:features:read:target.xml:", false, on_features   },
    { "qXfer:memory-map:read::",    false, on_memory_map      },
    { "qRcmd,",                     false, on_command         },
    { "qCRC:",                      false, on_crc             },
    { "qAttached",                  false, on_attached        },
    { "qfThreadInfo",               true,  on_threads         },
    { "qsThreadInfo",               true,  on_no_more_threads },
    { "qSymbol:",                   false, on_ok              },
    { "qC",                         true,  on_thread          },
    { "QStartNoAckMode",            true,  on_no_ack          },
};
// clang-format on

void rsp_request(struct rsp_server *s, struct rsp_client *c, const char *packet, size_t len)
{
    struct request r = { .s = s, .c = c, .end = (const uint8_t *)packet + len };

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const size_t n = strlen(requests[i].name);

        if (n > len || memcmp(packet, requests[i].name, n) != 0 || (requests[i].whole && n != len))
            continue;
        r.args = packet + n;
        requests[i].handle(&r);
        return;
    }
    on_nothing(&r);
}
