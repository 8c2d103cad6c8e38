/* requests.c - what a packet asks for. Whatever it holds, it gets exactly one reply (none for R and k), and what cannot be understood is
 * refused as the manual says: E22 for arguments, an empty reply for what is not supported.
 *
 * Source: GDB manual, appendix E "GDB Remote Serial Protocol". */
#include "base/bytes.h"
#include "rsp/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COMMAND_MAX = 1000 };

/* ---- running ---- */

/* The first client halts the core; one that comes while another is there sees it as it is. */
static void on_why(struct request *r)
{
    struct err e = { 0 };

    if (r->s->running && r->s->debugging && !rsp_look(r->s, &e))
        rsp_failed(r->s, &e);
    if (r->s->stop == STOP_LOST || (r->s->running && !r->s->set.no_halt && rsp_debuggers(r->s) == 1)) {
        if (!rsp_halt(r->s, &e)) {
            request_answer(r, false, &e);
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
        request_answer(r, false, &e);
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
        request_answer(r, false, &e);
    }
}

static bool at_address(struct request *r, const char *at)
{
    uint32_t values[RSP_REGS], addr;
    struct err e = { 0 };

    if (!*at)
        return true;
    if (!rsp_number(&at, &addr) || *at) {
        request_wrong(r);
        return false;
    }
    if (!rsp_read_regs(r->s, &e)) {
        request_answer(r, false, &e);
        return false;
    }
    memcpy(values, r->s->reg, sizeof values);
    values[RSP_PC] = addr;
    if (rsp_write_regs(r->s, values, &e))
        return true;
    request_answer(r, false, &e);
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
        request_wrong(r);
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
        request_answer(r, false, &e);
    else if (r->c->waiting)
        rsp_report_stop(r->s);
    else
        request_ok(r);
}

/* There is one thread: the first action is for it. */
static void on_vcont(struct request *r)
{
    if (r->args[0] != ';') {
        request_wrong(r);
        return;
    }
    switch (r->args[1]) {
    case 'c':
    case 'C': go(r); break;
    case 's':
    case 'S': step(r); break;
    case 't': halt(r); break;
    default: request_wrong(r); break;
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

    if (!rsp_number(&at, &type) || type > 4 || !request_skip(&at, ',') || !request_span(&at, &addr, &len)) {
        request_wrong(r);
        return;
    }
    done = set ? rsp_break_set(r->s, r->c, type, addr, len, &e) : rsp_break_clear(r->s, r->c, type, addr, len, &e);
    request_answer(r, done, &e);
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
    request_answer(r, done, &e);
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
        request_ok(r);
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
        request_answer(r, false, &e);
        return;
    }
    rsp_stop_reply(r->s, r->c);
}

static void on_extended(struct request *r)
{
    r->c->extended = true;
    request_ok(r);
}

static void on_no_ack(struct request *r)
{
    request_ok(r);
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

    if (!request_span(&at, &offset, &len) || *at || offset > whole->len) {
        request_wrong(r);
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

static void on_ok(struct request *r) { request_ok(r); }
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
        request_wrong(r);
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
    request_answer(r, done, &e);
}

/* ---- flash ---- */

static void on_flash_erase(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr, len;

    if (!request_span(&at, &addr, &len) || *at)
        request_wrong(r);
    else
        request_answer(r, rsp_load_erase(r->s, r->c, addr, len, &e), &e);
}

static void on_flash_write(struct request *r)
{
    const char *at = r->args;
    struct err e = { 0 };
    uint32_t addr;

    if (!rsp_number(&at, &addr) || !request_skip(&at, ':') || (const uint8_t *)at == r->end)
        request_wrong(r);
    else
        request_answer(r, rsp_load_write(r->s, r->c, addr, (const uint8_t *)at, (size_t)(r->end - (const uint8_t *)at), &e), &e);
}

static void on_flash_done(struct request *r)
{
    struct err e = { 0 };
    const bool done = rsp_load_done(r->s, r->c, &e);

    snprintf(r->c->owed, sizeof r->c->owed, "%s", done ? "" : e.cause);
    request_answer(r, done, &e);
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
    { "g",                          true,  rsp_on_read_all    },
    { "G",                          false, rsp_on_write_all   },
    { "p",                          false, rsp_on_read_one    },
    { "P",                          false, rsp_on_write_one   },
    { "m",                          false, rsp_on_read_memory },
    { "M",                          false, rsp_on_write_hex   },
    { "X",                          false, rsp_on_write_binary },
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
    { "qCRC:",                      false, rsp_on_crc         },
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
