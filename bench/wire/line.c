/* line.c - the SW-DP's shift register and bit counter. See line.h. */
#include "wire/line.h"

#include "device/regs/adi.h"

enum {
    RESET_ONES = 50,
    REQUEST_BITS = 8,
    ACK_BITS = 3,
    DATA_BITS = 33, /* with parity */
    REQUEST_RnW = 0x04,
    REQUEST_TARGETSEL = 0x99, /* its ACK is nobody's: the clocks pass, then the word comes all the same */
};

void swd_line_init(struct swd_line *l, struct dap *dap) { *l = (struct swd_line){ .dap = dap }; }

static void enter(struct swd_line *l, enum line_phase phase, unsigned left)
{
    l->phase = phase;
    l->left = left;
    l->count = 0;
    l->drives = false;
}

static void drive(struct swd_line *l, bool level)
{
    l->drives = true;
    l->out = level;
}

/* At the edge that ends the turnaround after a request: the port decides. */
static void answer(struct swd_line *l)
{
    const enum swd_ack ack = dap_request(l->dap, l->request);

    if (ack != SWD_SILENT) {
        enter(l, LINE_ACK, ACK_BITS);
        l->ack = ack;
        drive(l, ack & 1);
    } else if (l->request == REQUEST_TARGETSEL && l->dap->s.phase == DAP_TARGETSEL) {
        enter(l, LINE_TO_WRITE, ACK_BITS + l->turnaround);
    } else {
        enter(l, LINE_IDLE, 0);
    }
}

/* The ACK is out. A word follows if the port says so: after OK, and after WAIT and FAULT with overrun detection. */
static void after_ack(struct swd_line *l)
{
    if (l->dap->s.phase == DAP_NO_DATA) {
        enter(l, LINE_TO_IDLE, l->turnaround);
    } else if (l->request & REQUEST_RnW) {
        bool parity;

        l->word = dap_read_data(l->dap, &parity);
        l->word |= (uint64_t)parity << 32;
        enter(l, LINE_READ, DATA_BITS);
        drive(l, l->word & 1);
    } else {
        enter(l, LINE_TO_WRITE, l->turnaround);
    }
}

static void take_request(struct swd_line *l, bool bit)
{
    l->request |= (uint8_t)(bit << l->count++);
    if (l->count < REQUEST_BITS)
        return;
    l->turnaround = 1 + GET(l->dap->s.dlcr, DP_DLCR_TURNROUND);
    enter(l, LINE_TURN, l->turnaround);
}

static void take_word(struct swd_line *l, bool bit)
{
    l->word |= (uint64_t)bit << l->count++;
    if (l->count < DATA_BITS)
        return;
    enter(l, LINE_IDLE, 0);
    dap_write_data(l->dap, (uint32_t)l->word, l->word >> 32);
}

/* What the target does at an edge at which it sees `bit`. */
static void step(struct swd_line *l, bool bit)
{
    switch (l->phase) {
    case LINE_IDLE:
        if (bit) {
            enter(l, LINE_REQUEST, REQUEST_BITS);
            l->request = 0;
            take_request(l, bit);
        }
        break;
    case LINE_REQUEST: take_request(l, bit); break;
    case LINE_TURN:
        if (--l->left == 0)
            answer(l);
        break;
    case LINE_ACK:
        if (--l->left == 0)
            after_ack(l);
        else
            drive(l, l->ack >> ++l->count & 1);
        break;
    case LINE_READ:
        if (--l->left == 0)
            enter(l, LINE_TO_IDLE, l->turnaround);
        else
            drive(l, l->word >> ++l->count & 1);
        break;
    case LINE_TO_IDLE:
        if (--l->left == 0)
            enter(l, LINE_IDLE, 0);
        break;
    case LINE_TO_WRITE:
        if (--l->left == 0) {
            enter(l, LINE_WRITE, DATA_BITS);
            l->word = 0;
        }
        break;
    case LINE_WRITE: take_word(l, bit); break;
    case LINE_RESET_HIGH:
        if (!bit)
            enter(l, LINE_RESET_LOW, 0);
        break;
    case LINE_RESET_LOW: /* the book asks for two idle clocks, and does not say what becomes of those who give one. estimate: no reset */
        enter(l, bit ? LINE_DEAF : LINE_IDLE, 0);
        break;
    case LINE_DEAF: break;
    }
}

bool swd_line_clock(struct swd_line *l, bool driven, bool level)
{
    const bool before = driven ? level : !l->drives || l->out;

    if (!l->dap->target->alive(l->dap->target->ctx)) {
        swd_line_init(l, l->dap);
        return !driven || level;
    }
    l->ones = before ? l->ones + 1 : 0;
    if (l->ones == RESET_ONES) {
        enter(l, LINE_RESET_HIGH, 0);
        dap_line_reset(l->dap);
    } else {
        step(l, before);
    }
    return driven ? level : !l->drives || l->out;
}
