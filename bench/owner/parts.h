/* parts.h - what the files of the owner share: sessions with clients, and requests that wait for time to pass. Nobody else includes it. */
#pragma once
#include "board/board.h"
#include "owner/lock.h"
#include "owner/owner.h"
#include "owner/wire.h"
#include "wire/line.h"

enum { CLIENTS_MAX = 32 };

struct pending { /* a request not answered yet */
    struct pending *next;
    enum bench_request type;
    uint32_t id;
    uint64_t until_ps; /* answered then at the latest; TIME_NEVER */
    bool waits;        /* time may pass for it */
    /* transfers */
    enum bench_plug plug;
    uint8_t ep, setup[8];
    bool in;
    uint8_t *data; /* owned */
    size_t len, moved;
    bool tried;
    uint64_t traffic, wake_ps; /* when trying again makes sense: after other traffic, or then */
    /* WAIT */
    uint32_t seen;
    /* ADVANCE: the UART text in data, len. PRESS, POWER: what to undo in the end */
    enum bench_button button;
};

struct session { /* one client */
    struct session *next;
    int fd; /* -1: in this process */
    struct buffer in;
    struct wire_out out;
    bool greeted, ended; /* ended: said BYE */
    bool dead;           /* to be removed: gone, or talks nonsense */
    bool closed;         /* in this process: nobody points here any more */
    enum bench_role role;
    uint32_t pid;
    char program[64];
    bool opened_libusb;
    bool wants_real;
    bool claimed[PLUGS];
    uint32_t appeared[PLUGS]; /* which appearance of the device was claimed */
    uint32_t answers;         /* transfers answered */
    uint64_t shown_ps;        /* board time its last answer speaks of */
    struct pending *pending;  /* in order of arrival */
    unsigned pendings;
};

struct owner {
    struct owner_setup setup;
    char program[64];
    struct board_paths paths;
    struct board_lock lock;
    int listen_fd;
    struct board *board;
    struct swd_line line; /* where a wire-level client is; not saved: a line reset finds the port in any case */
    struct session *sessions;
    unsigned session_count, dropin_sessions;
    bool stopped, touched; /* touched: differs from the file */
    uint64_t saved_ps;     /* the board's time in the file */
    uint64_t traffic;      /* counts things that may make a device answer differently */
    /* pace */
    bool real;
    uint64_t wall_us, wall_ps; /* at this wall time the board's time may be this */
    uint64_t served_us;        /* in-process: when the others were last looked at */
};

/* owner.c */
struct session *owner_add_session(struct owner *o, int fd);
bool owner_save(struct owner *o, struct err *e);
void owner_note(struct owner *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* requests.c: carry out the whole frames in s->in. */
void session_feed(struct owner *o, struct session *s);
void session_answer_err(struct owner *o, struct session *s, enum bench_request type, uint32_t id, const struct err *e);
/* Begin and end an answer in s->out. */
struct wire_out *session_answer(struct owner *o, struct session *s, enum bench_request type, uint32_t id);
void session_answered(struct owner *o, struct session *s);
void session_let_go(struct owner *o, struct session *s, bool pulled); /* claims and everything pending */

/* pending.c: time, and what waits for it. */
bool pending_add(struct session *s, const struct pending *p);                 /* takes p->data; false: too many, or no memory */
void pending_transfer(struct owner *o, struct session *s, struct pending *p); /* takes p->data; tries at once */
void pending_cancel(struct owner *o, struct session *s, uint32_t id);
void pending_drop(struct session *s);
/* Answer what is due now. */
void pending_look(struct owner *o);
/* Let board time pass as the pace allows, for about a hundredth of a second of wall time. True: more could be done at once. */
bool pace_drive(struct owner *o);
void pace_settle(struct owner *o);                       /* work out the session's pace anew */
uint64_t pace_allowed_ps(const struct owner *o);         /* at real pace: how far the board's time may be */
uint64_t time_after(const struct owner *o, uint64_t ps); /* now + ps, without wrapping */
