/* pending.c - requests that wait for board time to pass, and the passing of it. See protocol.h for what pace means.
 *
 * At pace step, time runs from one moment at which something may become due to the next, and only while somebody waits. At pace real it
 * follows the wall clock. Either way it moves in slices, so that other clients are served and signals are seen in between. */
#include "owner/parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLICE_MS = 1,     /* of board time between two looks at what is pending */
    DRIVE_US = 10000, /* of wall time, then the sockets get a turn */
    LAG_MAX_MS = 250, /* at real pace: what a slow machine loses beyond this is lost */
};
static const uint64_t board_end_ps = UINT64_MAX / 2 - 86400 * PS_PER_S; /* 105 days: a day below what board_state_table allows */

_Static_assert((int)DONE_OK == USB_DONE && (int)DONE_TIMED_OUT == USB_TIMED_OUT && (int)DONE_STALLED == USB_STALLED &&
                   (int)DONE_GONE == USB_GONE && (int)DONE_OVERFLOWED == USB_OVERFLOWED,
               "enum bench_done follows enum usb_status");

uint64_t time_after(const struct owner *o, uint64_t ps)
{
    const uint64_t now = board_now_ps(o->board);

    return ps >= board_end_ps - now ? TIME_NEVER : now + ps;
}

bool pending_add(struct session *s, const struct pending *p)
{
    struct pending **link = &s->pending, *mine = malloc(sizeof *mine);

    if (!mine || s->pendings == TRANSFERS_PENDING_MAX) {
        free(mine);
        free(p->data);
        return false;
    }
    *mine = *p;
    mine->next = NULL;
    while (*link)
        link = &(*link)->next;
    *link = mine;
    s->pendings++;
    return true;
}

static void unlink_pending(struct session *s, struct pending **link)
{
    struct pending *p = *link;

    *link = p->next;
    s->pendings--;
    free(p->data);
    free(p);
}

void pending_drop(struct session *s)
{
    while (s->pending)
        unlink_pending(s, &s->pending);
}

/* ---- transfers ---- */

static void answer_transfer(struct owner *o, struct session *s, const struct pending *p, enum bench_done how)
{
    struct wire_out *out = session_answer(o, s, p->type, p->id);

    buffer_u8(&out->b, how);
    buffer_u32(&out->b, (uint32_t)p->moved);
    wire_bytes(out, p->data, p->in ? p->moved : 0);
    session_answered(o, s);
    s->answers++;
}

static bool device_is_same(const struct owner *o, const struct session *s, enum bench_plug plug)
{
    return s->claimed[plug] && board_plug_present(o->board, (enum board_plug)plug) && s->appeared[plug] == o->board->s.appeared[plug];
}

/* Is there an earlier transfer on the same endpoint? Then this one has to wait for it. */
static bool is_behind(const struct session *s, const struct pending *p)
{
    for (const struct pending *q = s->pending; q && q != p; q = q->next)
        if (q->type == REQUEST_BULK && q->plug == p->plug && q->ep == p->ep)
            return true;
    return false;
}

/* True: the transfer is over, *how tells. */
static bool try_transfer(struct owner *o, struct session *s, struct pending *p, enum bench_done *how)
{
    struct usbhost *host = &o->board->plug[p->plug];
    const uint64_t now = board_now_ps(o->board);
    enum usb_status status;
    size_t done = 0;

    *how = DONE_GONE;
    if (!device_is_same(o, s, p->plug))
        return true;
    if (is_behind(s, p))
        return false;
    *how = DONE_TIMED_OUT;
    if (p->traffic == o->traffic && now < p->wake_ps)
        return now >= p->until_ps;
    status = usbhost_bulk_try(host, p->ep, p->data + p->moved, p->len - p->moved, &done, p->tried);
    p->tried = true;
    p->moved += done;
    o->traffic += status != USB_TIMED_OUT || done > 0;
    *how = (enum bench_done)status;
    if (status != USB_TIMED_OUT)
        return true;
    p->traffic = o->traffic;
    p->wake_ps = host->dev->wake_ps(host->dev->ctx);
    if (p->wake_ps <= board_now_ps(o->board)) /* the device cannot tell: ask again in the next frame */
        p->wake_ps = time_after(o, PS_PER_MS);
    return board_now_ps(o->board) >= p->until_ps;
}

void pending_transfer(struct owner *o, struct session *s, struct pending *p)
{
    struct err e = { 0 };
    enum bench_done how;

    if (try_transfer(o, s, p, &how)) {
        answer_transfer(o, s, p, how);
        free(p->data);
    } else if (!pending_add(s, p)) {
        err_set(&e, ERR_NOMEM, "too many transfers are waiting");
        session_answer_err(o, s, p->type, p->id, &e);
        s->answers++;
    }
}

/* ---- what is due ---- */

static bool is_due(struct owner *o, struct session *s, struct pending *p, bool *seen)
{
    const bool late = board_now_ps(o->board) >= p->until_ps;

    *seen = p->type == REQUEST_ADVANCE && p->len > 0 && board_uart_find(o->board, (const char *)p->data, p->len);
    return late || *seen || (p->type == REQUEST_WAIT && s->answers != p->seen);
}

static void answer_due(struct owner *o, struct session *s, struct pending *p, bool seen)
{
    struct wire_out *out;

    o->touched = true;
    if (p->type == REQUEST_PRESS)
        board_button(o->board, (enum board_button)p->button, false);
    else if (p->type == REQUEST_POWER)
        board_power(o->board, true);
    out = session_answer(o, s, p->type, p->id);
    if (p->type == REQUEST_WAIT)
        buffer_u32(&out->b, s->answers);
    else if (p->type == REQUEST_ADVANCE)
        buffer_u8(&out->b, seen);
    session_answered(o, s);
}

static bool look_at_transfers(struct owner *o, struct session *s)
{
    bool any = false;

    for (struct pending **link = &s->pending; *link;) {
        enum bench_done how;

        if ((*link)->type == REQUEST_BULK && try_transfer(o, s, *link, &how)) {
            answer_transfer(o, s, *link, how);
            unlink_pending(s, link);
            any = true;
        } else {
            link = &(*link)->next;
        }
    }
    return any;
}

static bool look_at_waits(struct owner *o, struct session *s)
{
    bool any = false;

    for (struct pending **link = &s->pending; *link;) {
        bool seen;

        if ((*link)->type != REQUEST_BULK && is_due(o, s, *link, &seen)) {
            answer_due(o, s, *link, seen);
            unlink_pending(s, link);
            any = true;
        } else {
            link = &(*link)->next;
        }
    }
    return any;
}

void pending_look(struct owner *o)
{
    bool any = true;

    while (any) {
        any = false;
        for (struct session *s = o->sessions; s; s = s->next) {
            any |= look_at_transfers(o, s); /* first: a WAIT may be over with one of them */
            any |= look_at_waits(o, s);
        }
    }
}

void pending_cancel(struct owner *o, struct session *s, uint32_t id)
{
    struct err e = { 0 };

    for (struct pending **link = &s->pending; *link; link = &(*link)->next) {
        struct pending *p = *link;

        if (p->id != id)
            continue;
        if (p->type == REQUEST_BULK) {
            answer_transfer(o, s, p, DONE_CANCELLED);
        } else {
            if (p->type == REQUEST_PRESS) /* nobody holds it any longer */
                board_button(o->board, (enum board_button)p->button, false);
            err_set(&e, ERR_INTERRUPTED, "interrupted");
            session_answer_err(o, s, p->type, p->id, &e);
        }
        unlink_pending(s, link);
        return;
    }
}

/* ---- time ---- */

/* When the next thing may become due that somebody waits for. *fast: only `advance` waits. */
static uint64_t next_due(const struct owner *o, bool *fast)
{
    uint64_t due = TIME_NEVER;

    *fast = true;
    for (const struct session *s = o->sessions; s; s = s->next)
        for (const struct pending *p = s->pending; p; p = p->next) {
            uint64_t mine = p->until_ps;

            if (!p->waits)
                continue;
            *fast &= p->type == REQUEST_ADVANCE;
            if (p->type == REQUEST_BULK && p->wake_ps < mine)
                mine = p->wake_ps;
            for (const struct pending *q = s->pending; q && p->type == REQUEST_WAIT; q = q->next)
                if (q->type == REQUEST_BULK) {
                    mine = q->until_ps < mine ? q->until_ps : mine;
                    mine = q->wake_ps < mine ? q->wake_ps : mine;
                }
            due = mine < due ? mine : due;
        }
    return due;
}

static void run_slice(struct owner *o, uint64_t until_ps, enum board_pace pace)
{
    const uint64_t slice = time_after(o, SLICE_MS * PS_PER_MS);

    board_run_until(o->board, until_ps < slice ? until_ps : slice == TIME_NEVER ? board_end_ps : slice);
    board_account(o->board, pace);
    board_notice_usb(o->board);
    board_account(o->board, pace);
    pending_look(o);
}

static bool drive_step(struct owner *o)
{
    const uint64_t start_us = clock_now_us(o->setup.wall);
    uint64_t due;
    bool fast;

    while ((due = next_due(o, &fast)) != TIME_NEVER) {
        run_slice(o, due, fast ? BOARD_FAST : BOARD_STEP);
        if (clock_now_us(o->setup.wall) - start_us >= DRIVE_US)
            return true;
    }
    return false;
}

uint64_t pace_allowed_ps(const struct owner *o) { return o->wall_ps + (clock_now_us(o->setup.wall) - o->wall_us) * PS_PER_US; }

static void anchor(struct owner *o)
{
    o->wall_us = clock_now_us(o->setup.wall);
    o->wall_ps = board_now_ps(o->board);
}

static bool drive_real(struct owner *o)
{
    const uint64_t start_us = clock_now_us(o->setup.wall);
    uint64_t allowed = pace_allowed_ps(o);

    if (allowed > board_now_ps(o->board) + LAG_MAX_MS * PS_PER_MS) { /* this machine is too slow, or was asleep */
        anchor(o);
        o->wall_ps += LAG_MAX_MS * PS_PER_MS;
        allowed = o->wall_ps;
    }
    while (board_now_ps(o->board) < allowed && board_now_ps(o->board) < board_end_ps) {
        run_slice(o, allowed, BOARD_REAL);
        if (clock_now_us(o->setup.wall) - start_us >= DRIVE_US)
            return true;
    }
    pending_look(o);
    return false;
}

bool pace_drive(struct owner *o) { return o->real ? drive_real(o) : drive_step(o); }

void pace_settle(struct owner *o)
{
    bool real = o->setup.pace == PACE_REAL;

    for (const struct session *s = o->sessions; s; s = s->next)
        real |= s->wants_real && !s->dead;
    if (real && !o->real)
        anchor(o);
    o->real = real;
}
