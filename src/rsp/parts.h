/* parts.h - what the files of the server share. Nobody else includes it.
 *
 *   server.c    sockets, the loop, replies
 *   requests.c  what a packet asks for
 *   control.c   the core: halt, go on, step, why it stopped, its registers
 *   breaks.c    breakpoints and watchpoints, in comparators and in RAM
 *   memory.c    reading, writing, checking; writes to flash
 *   load.c      flash through the engine
 *   describe.c  the target as XML
 *   monitor.c   `monitor` words */
#pragma once
#include "doctor/remedy.h"
#include "image/image.h"
#include "rsp/packet.h"
#include "rsp/semihost.h"
#include "rsp/server.h"

struct session;

enum {
    RSP_CLIENTS = 24,
    RSP_REPLY_MAX = RSP_PACKET_MAX + 200,
    RSP_OUT_MAX = 1 << 20, /* replies a client may leave unread before it is given up */
    RSP_REGS = 21,         /* r0-r12 sp lr pc xpsr msp psp primask control */
    RSP_PC = 15,
    RSP_XPSR = 16,
    RSP_BREAKS = 64,
    RSP_COMPS = 8,   /* breakpoint comparators of any ARMv6-M part (BP_CTRL.NUM_CODE) are at most this many here */
    RSP_WATCHES = 4, /* and watchpoint comparators */
    RSP_LINES = 16,  /* pieces of flash that are remembered while the core stands still */
    RSP_LINE_BYTES = 256,
};

struct rsp_text { /* a reply under construction; what does not fit is cut */
    char bytes[RSP_REPLY_MAX + 1];
    size_t len;
};
void rsp_put(struct rsp_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rsp_put_hex(struct rsp_text *t, const uint8_t *bytes, size_t len);

struct rsp_client {
    int fd; /* -1: free */
    struct rsp_parser *parser;
    uint8_t *out;
    size_t out_len, out_cap;
    uint8_t *last; /* the last reply's frame, in case it has to be sent again */
    size_t last_len;
    bool spoke; /* it has sent a packet: a debugger */
    bool no_ack, extended;
    bool waiting;  /* for a stop reply */
    bool detached; /* it said so */
    bool dead;     /* to be removed */
    bool uart;
    uint64_t uart_from;
    /* Why its load failed, until it can be told: GDB shows no text with vFlashDone's error, and console output only while the core runs or
     * for `monitor`. "": nothing is owed. */
    char owed[ERR_TEXT];
    /* vFlashErase, vFlashWrite: what vFlashDone will do */
    struct image load;
    uint8_t *erase; /* one byte per page, or NULL */
};

enum rsp_stop {            /* why the core stands still */
                STOP_NONE, /* nobody told */
                STOP_SIGNAL,
                STOP_BREAK,
                STOP_SOFT_BREAK,
                STOP_WATCH,
                STOP_EXIT, /* the program ended; `status` */
                STOP_LOST,
};

struct rsp_break {
    uint32_t addr;
    uint32_t clients; /* who wants it, a bit each; 0: nobody any more, but it may still be planted */
    bool soft, planted;
    uint8_t original[2];
};

struct rsp_watch {
    uint32_t addr, len, clients;
    uint8_t function; /* DWT_FUNCTION */
    uint8_t type;     /* 2 write, 3 read, 4 access */
};

struct rsp_server {
    struct diagnosis findings; /* what the doctor said of last_error; count 0: nothing */
    bool findings_fresh;       /* they are of a job on flash that has failed just now, and that rsp_failed has not told yet */
    struct rsp_settings set;
    struct target *t;
    int listen_fd;
    unsigned port;
    struct rsp_client client[RSP_CLIENTS];
    bool ending, had_debugger;
    struct semihost semihost;
    /* the core */
    bool running;   /* as far as we know */
    bool debugging; /* C_DEBUGEN is ours */
    bool released;  /* the last client detached: target_close leaves it running */
    bool found_halted;
    uint32_t found_dhcsr, found_demcr;
    bool regs_valid;
    uint32_t reg[RSP_REGS];
    /* Flash as read since the core last ran, line `line_next` to be replaced next. GDB asks for the same few instructions again and
     * again, and nothing but a running core, or a write of ours to a register, can change them. */
    struct {
        bool valid;
        uint32_t addr;
        uint8_t bytes[RSP_LINE_BYTES];
    } line[RSP_LINES];
    unsigned line_next;
    enum rsp_stop stop;
    unsigned signal, status;
    const struct rsp_watch *hit;
    uint32_t hit_addr;
    bool skip_bkpt; /* it stands on a BKPT of the program's own, at bkpt_at, which is stepped over when it goes on */
    uint32_t bkpt_at;
    bool no_semihosting;
    unsigned polls, failures; /* since it goes on; in a row */
    struct err last_error;    /* `monitor why` */
    /* breakpoints */
    struct rsp_break brk[RSP_BREAKS];
    unsigned breaks;
    struct rsp_watch watch[RSP_WATCHES];
    unsigned watches;
    bool units_known, planted_known, bp_on, found_bp_on, dwt_on;
    unsigned comps, watch_comps;
    uint32_t comp[RSP_COMPS];
    struct {
        uint32_t addr, mask, function;
    } watch_comp[RSP_WATCHES];
};

/* ---- server.c ---- */
unsigned rsp_debuggers(const struct rsp_server *s); /* clients that are debuggers */
static inline uint32_t rsp_bit(const struct rsp_server *s, const struct rsp_client *c) { return UINT32_C(1) << (c - s->client); }
void rsp_send(struct rsp_client *c, const void *payload, size_t len);
void rsp_send_text(struct rsp_client *c, const char *text);
void rsp_send_console(struct rsp_client *c, const void *text, size_t len); /* 'O': only while it waits or asked `monitor` */
void rsp_tell_waiting(struct rsp_server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rsp_event(struct rsp_server *s, enum rsp_event event, const char *text, const struct err *e);
/* Remember for `monitor why`, tell the caller; ERR_INTERRUPTED and a probe that is gone end the server. */
void rsp_failed(struct rsp_server *s, const struct err *e);

/* ---- requests.c ---- */
void rsp_request(struct rsp_server *s, struct rsp_client *c, const char *packet, size_t len);
void rsp_interrupt(struct rsp_server *s, struct rsp_client *c);

/* ---- control.c ---- */
bool rsp_control_begin(struct rsp_server *s, struct err *e);
void rsp_control_end(struct rsp_server *s);
bool rsp_look(struct rsp_server *s, struct err *e); /* has the core stopped by itself? Semihosting is dealt with */
bool rsp_halt(struct rsp_server *s, struct err *e);
bool rsp_go(struct rsp_server *s, const struct rsp_client *c, struct err *e);
bool rsp_step(struct rsp_server *s, struct err *e);
bool rsp_release(struct rsp_server *s, struct err *e);
enum rsp_reset { RESET_HALT, RESET_RUN, RESET_HARD_HALT };
bool rsp_reset(struct rsp_server *s, enum rsp_reset how, struct err *e);
bool rsp_read_regs(struct rsp_server *s, struct err *e); /* halted: as they are; running: PC as sampled, 0 elsewhere */
bool rsp_write_regs(struct rsp_server *s, const uint32_t *values, struct err *e); /* those that differ */
void rsp_stop_reply(struct rsp_server *s, struct rsp_client *c);
void rsp_report_stop(struct rsp_server *s); /* to all that wait */
/* The session's engine, or a reset, may have changed everything. */
void rsp_forget(struct rsp_server *s);

/* ---- breaks.c ---- */
/* type 0..4 as in Z packets. Errors: ERR_USAGE (no place for one), ERR_UNSUPPORTED (no comparator is free). */
bool rsp_break_set(struct rsp_server *s, const struct rsp_client *c, unsigned type, uint32_t addr, uint32_t len, struct err *e);
bool rsp_break_clear(struct rsp_server *s, const struct rsp_client *c, unsigned type, uint32_t addr, uint32_t len, struct err *e);
void rsp_break_clear_client(struct rsp_server *s, uint32_t clients);
/* Bring comparators and RAM in line with what is wanted, but for a breakpoint at *except (may be NULL). */
bool rsp_break_plant(struct rsp_server *s, const uint32_t *except, struct err *e);
bool rsp_break_unplant(struct rsp_server *s, struct err *e); /* nothing stands in the target; what is wanted stays noted */
const struct rsp_break *rsp_break_at(const struct rsp_server *s, uint32_t addr);
void rsp_break_hide(const struct rsp_server *s, uint32_t addr, uint8_t *bytes, size_t len); /* show what was there before */
bool rsp_break_lift(struct rsp_server *s, uint32_t addr, size_t len, struct err *e);        /* before this is written */
bool rsp_watch_hit(struct rsp_server *s, struct err *e);                                    /* fills in s->hit */
bool rsp_watch_on(struct rsp_server *s, struct err *e);                                     /* DEMCR.DWTENA; target_close puts it back */

/* ---- memory.c, load.c, describe.c, monitor.c ---- */
void rsp_lines_forget(struct rsp_server *s);
bool rsp_read_memory(struct rsp_server *s, uint32_t addr, uint8_t *bytes, size_t len, struct err *e);
bool rsp_write_memory(struct rsp_server *s, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e);
bool rsp_crc(struct rsp_server *s, uint32_t addr, uint32_t len, uint32_t *crc, struct err *e);

bool rsp_load_erase(struct rsp_server *s, struct rsp_client *c, uint32_t addr, uint32_t len, struct err *e);
bool rsp_load_write(struct rsp_server *s, struct rsp_client *c, uint32_t addr, const uint8_t *bytes, size_t len, struct err *e);
bool rsp_load_done(struct rsp_server *s, struct rsp_client *c, struct err *e);
void rsp_load_drop(struct rsp_client *c);
bool rsp_program(struct rsp_server *s, const struct image *im, bool any_vectors, struct err *e);
bool rsp_erase_all(struct rsp_server *s, struct err *e);
bool rsp_set_options(struct rsp_server *s, char *const *assignments, unsigned count, struct rsp_text *out, struct err *e);

void rsp_describe_target(struct rsp_text *out);
void rsp_describe_memory(struct rsp_text *out, const struct target *t);

/* Look at the chip as it is now; `failed` (NULL: nothing) has failed in `session` just before. Which program that is goes to `out`, unless
 * that is NULL. false: the chip cannot be read. */
bool rsp_diagnose(struct rsp_server *s, const struct session *session, const struct err *failed, struct rsp_text *out, struct diagnosis *d,
                  struct err *e);
/* `line` is the command; text for the user goes to `out`. */
bool rsp_monitor(struct rsp_server *s, struct rsp_client *c, char *line, struct rsp_text *out, struct err *e);
