/* requests_board.c - what a client may ask of the board's time and its other sides. See requests.h. */
#include "owner/requests.h"

#include "board/report.h"
#include "wire/buspirate.h"

#include <stdlib.h>
#include <string.h>

enum { PEEK_MAX = 512 << 10, UART_READ_MAX = 256 << 10, UNTIL_MAX = 4096 };

/* ---- time ---- */

void on_clock(struct request *r)
{
    if (request_whole(r, true))
        request_done(r);
}

void on_sleep(struct request *r)
{
    const uint64_t us = wire_get_u64(&r->in);

    if (request_whole(r, true))
        request_wait_for(r, (struct pending){ 0 }, us);
}

void on_pace(struct request *r)
{
    const unsigned pace = wire_get_u8(&r->in);
    const bool was = r->o->real;
    char reason[120];

    wire_get_text(&r->in, reason, sizeof reason);
    if (!request_whole(r, pace == PACE_STEP || pace == PACE_REAL))
        return;
    r->s->wants_real = pace == PACE_REAL;
    pace_settle(r->o);
    if (r->o->real && !was)
        owner_note(r->o, "the board keeps real time from here on: %s", reason);
    request_done(r);
}

void on_advance(struct request *r)
{
    const uint64_t us = wire_get_u64(&r->in);
    struct pending p = { 0 };
    const uint8_t *text = wire_get_bytes(&r->in, &p.len);

    if (!request_whole(r, p.len <= UNTIL_MAX))
        return;
    p.data = malloc(p.len + 1);
    if (!p.data) {
        r->s->dead = true;
        return;
    }
    if (p.len)
        memcpy(p.data, text, p.len);
    request_wait_for(r, p, us);
}

/* ---- the board's other sides ---- */

static unsigned uart_port(const struct request *r, unsigned port) { return port ? port : (unsigned)r->o->board->params.uart_port; }

void on_uart_read(struct request *r)
{
    const unsigned port = uart_port(r, wire_get_u8(&r->in));
    uint64_t from = wire_get_u64(&r->in);
    const uint32_t most = wire_get_u32(&r->in);
    const char *text;
    size_t kept, len;
    uint64_t total;
    struct wire_out *out;

    if (!request_whole(r, true))
        return;
    kept = chip_uart_output(r->o->board->chip, port, &text);
    total = chip_uart_total(r->o->board->chip, port);
    if (from < total - kept)
        from = total - kept;
    if (from > total)
        from = total;
    len = (size_t)(total - from);
    text += kept - len;
    if (len > most)
        len = most;
    if (len > UART_READ_MAX)
        len = UART_READ_MAX;
    out = request_answer(r);
    buffer_u64(&out->b, from);
    buffer_u64(&out->b, total);
    wire_bytes(out, text, len);
    session_answered(r->o, r->s);
}

void on_uart_write(struct request *r)
{
    const unsigned port = uart_port(r, wire_get_u8(&r->in));
    size_t len;
    const uint8_t *bytes = wire_get_bytes(&r->in, &len);

    if (!request_whole(r, true))
        return;
    if (len)
        chip_uart_input(r->o->board->chip, port, bytes, len);
    r->o->touched = true;
    request_done(r);
}

void on_press(struct request *r)
{
    const unsigned button = wire_get_u8(&r->in), how = wire_get_u8(&r->in);
    const uint64_t us = wire_get_u64(&r->in);

    if (!request_whole(r, button < BUTTONS && how < PRESSES))
        return;
    board_button(r->o->board, (enum board_button)button, how != PRESS_UP);
    r->o->touched = true;
    r->o->traffic++;
    if (how == PRESS_PUSH)
        request_wait_for(r, (struct pending){ .button = (enum bench_button)button }, us);
    else
        request_done(r);
}

void on_power(struct request *r)
{
    const unsigned how = wire_get_u8(&r->in);
    const uint64_t us = wire_get_u64(&r->in);

    if (!request_whole(r, how < POWERS))
        return;
    board_power(r->o->board, how == POWER_ON);
    r->o->touched = true;
    r->o->traffic++;
    if (how == POWER_CYCLE)
        request_wait_for(r, (struct pending){ 0 }, us);
    else
        request_done(r);
}

void on_cable(struct request *r)
{
    const unsigned plug = wire_get_u8(&r->in), in = wire_get_u8(&r->in);

    if (!request_whole(r, plug < PLUGS && in < 2))
        return;
    board_cable(r->o->board, (enum board_plug)plug, in);
    r->o->touched = true;
    r->o->traffic++;
    request_done(r);
}

void on_peek(struct request *r)
{
    const uint32_t addr = wire_get_u32(&r->in), len = wire_get_u32(&r->in);
    struct err e = { 0 };
    uint8_t *bytes;

    if (!request_whole(r, len <= PEEK_MAX))
        return;
    bytes = calloc(1, (size_t)len + 1);
    if (bytes && chip_peek(r->o->board->chip, addr, bytes, len)) {
        wire_bytes(request_answer(r), bytes, len);
        session_answered(r->o, r->s);
    } else {
        err_set(&e, ERR_USAGE, "there is nothing to look at in %u bytes at 0x%08x", (unsigned)len, (unsigned)addr);
        request_refuse(r, &e);
    }
    free(bytes);
}

void on_swd(struct request *r)
{
    const uint32_t hz = wire_get_u32(&r->in);
    size_t count;
    const uint8_t *clocks = wire_get_bytes(&r->in, &count);
    uint8_t levels[SWD_CLOCKS_MAX];

    if (!request_whole(r, hz >= SWD_HZ_MIN && hz <= SWD_HZ_MAX && count > 0 && count <= SWD_CLOCKS_MAX))
        return;
    for (size_t i = 0; i < count; i++) {
        timeline_by(&r->o->board->time, (PS_PER_S + hz - 1) / hz);
        levels[i] = swd_line_clock(&r->o->line, clocks[i] & CYCLE_DRIVEN, clocks[i] & CYCLE_LEVEL);
    }
    r->o->touched = true;
    r->o->traffic++;
    wire_bytes(request_answer(r), levels, count);
    session_answered(r->o, r->s);
}

void on_report(struct request *r)
{
    const unsigned json = wire_get_u8(&r->in);
    struct err e = { 0 };
    char *text;

    if (!request_whole(r, json < 2))
        return;
    if (board_report(r->o->board, json, &text, &e)) {
        wire_bytes(request_answer(r), text, strlen(text));
        session_answered(r->o, r->s);
        free(text);
    } else {
        request_refuse(r, &e);
    }
}
