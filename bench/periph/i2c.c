/* i2c.c - one I2C controller, as a master and as a slave. See i2c.h. */
#include "periph/i2c.h"

#include "device/regs/i2c.h"

enum i2c_phase { IDLE, ADDRESS, SENDING, WANTS_DATA, RECEIVING, HOLDS_DATA, COMPLETE, STOPPING, STRETCHED, PHASES };
enum { NOBODY = I2C_PARTS, MATE }; /* i2c_state.who, beside the parts */

struct i2c_part {
    uint8_t address, pointer_bytes; /* address 0: no part */
    uint16_t bytes, pointer;
    uint8_t written; /* bytes since the start that named the pointer */
};

struct i2c_state {
    uint32_t reg[I2C_TXDR / 4 + 1];
    uint64_t until_ps; /* end of what is on the wire, TIME_NEVER */
    struct i2c_part part[I2C_PARTS];
    uint16_t done;                      /* bytes of the present NBYTES */
    uint8_t phase, who, shift, tx_full; /* who: the part that answers */
    uint8_t joined, carries;            /* with which controller; `shift` waits for the slave to have room */
};

#define CR1_BITS 0x00FFDFFFu

// clang-format off
static const struct periph_reg rows[] = {
    [I2C_CR1      / 4] = { 0, CR1_BITS },
    [I2C_CR2      / 4] = { 0, 0x07FFFFFF },
    [I2C_OAR1     / 4] = { 0, 0x87FF },
    [I2C_OAR2     / 4] = { 0, 0x87FE },
    [I2C_TIMINGR  / 4] = { 0, 0xF0FFFFFF },
    [I2C_TIMEOUTR / 4] = { 0, 0x8FFF9FFF },
    [I2C_ISR      / 4] = { BITS(I2C_ISR_TXE), 0 },
    [I2C_ICR      / 4] = { 0, 0 },
    [I2C_PECR     / 4] = { 0, 0 },
    [I2C_RXDR     / 4] = { 0, 0 },
    [I2C_TXDR     / 4] = { 0, 0xFF },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct i2c_state, member, limit)
#define PART(n)                                                                                                                     \
    F(part[n].address, 127), F(part[n].pointer_bytes, 2), F(part[n].bytes, I2C_PART_BYTES), F(part[n].pointer, I2C_PART_BYTES - 1), \
        F(part[n].written, 2)
DEFINE_STATE(i2c_state_table, "i2c", struct i2c_state, STATE_MANY(struct i2c_state, reg, STATE_ANY), F(until_ps, STATE_ANY), PART(0),
             PART(1), PART(2), PART(3), F(done, 256), F(phase, PHASES - 1), F(who, MATE), F(shift, 255), F(tx_full, 1), F(joined, 9),
             F(carries, 1));
#undef F

static uint32_t cr1(const struct periph *p) { return *periph_word(p, I2C_CR1); }
static uint32_t cr2(const struct periph *p) { return *periph_word(p, I2C_CR2); }
static uint32_t nbytes(const struct periph *p) { return GET(cr2(p), I2C_CR2_NBYTES); }
static bool reads(const struct periph *p) { return cr2(p) & BITS(I2C_CR2_RD_WRN); }
static void raise_flag(struct periph *p, uint32_t flag) { *periph_word(p, I2C_ISR) |= flag; }
static void lower_flag(struct periph *p, uint32_t flag) { *periph_word(p, I2C_ISR) &= ~flag; }

/* ---- parts ---- */

static struct i2c_part *part_at(const struct periph *p, unsigned address, unsigned *n)
{
    struct i2c_state *s = p->state;

    for (*n = 0; *n < I2C_PARTS; ++*n)
        if (s->part[*n].address == address && address != 0)
            return &s->part[*n];
    return NULL;
}

bool i2c_attach(struct periph *p, unsigned address, unsigned pointer_bytes, unsigned bytes)
{
    struct i2c_state *s = p->state;
    unsigned n;

    if (address == 0 || address > 127 || pointer_bytes < 1 || pointer_bytes > 2 || bytes < 1 || bytes > I2C_PART_BYTES ||
        part_at(p, address, &n))
        return false;
    for (n = 0; n < I2C_PARTS && s->part[n].address; n++) {
    }
    if (n == I2C_PARTS)
        return false;
    s->part[n] = (struct i2c_part){ (uint8_t)address, (uint8_t)pointer_bytes, (uint16_t)bytes, 0, 0 };
    for (unsigned i = 0; i < bytes; i++)
        p->raw[n * I2C_PART_BYTES + i] = 0xFF;
    return true;
}

uint8_t *i2c_part_bytes(const struct periph *p, unsigned address)
{
    unsigned n;

    return part_at(p, address, &n) ? p->raw + n * I2C_PART_BYTES : NULL;
}

static void part_takes(struct periph *p, uint8_t byte)
{
    struct i2c_state *s = p->state;
    struct i2c_part *part = &s->part[s->who % I2C_PARTS];

    if (part->bytes == 0)
        return;
    if (part->written < part->pointer_bytes) {
        part->pointer = (uint16_t)((part->written ? part->pointer << 8 | byte : byte) % part->bytes);
        part->written++;
        return;
    }
    p->raw[s->who % I2C_PARTS * I2C_PART_BYTES + part->pointer % I2C_PART_BYTES] = byte;
    part->pointer = (uint16_t)((part->pointer + 1u) % part->bytes);
}

static uint8_t part_gives(struct periph *p)
{
    struct i2c_state *s = p->state;
    struct i2c_part *part = &s->part[s->who % I2C_PARTS];
    const uint8_t byte = p->raw[s->who % I2C_PARTS * I2C_PART_BYTES + part->pointer % I2C_PART_BYTES];

    part->pointer = (uint16_t)((part->pointer + 1u) % (part->bytes ? part->bytes : 1));
    return byte;
}

/* ---- the joined controller, as a slave ---- */

void i2c_join(struct periph *p, unsigned with) { ((struct i2c_state *)p->state)->joined = (uint8_t)with; }
unsigned i2c_joined(const struct periph *p) { return ((const struct i2c_state *)p->state)->joined; }

static void update(struct periph *p);
static void next_byte(struct periph *p);

static bool with_mate(const struct periph *p) { return ((const struct i2c_state *)p->state)->who == MATE && p->mate; }

static bool own_address(const struct periph *p, unsigned address)
{
    const uint32_t oar1 = *periph_word(p, I2C_OAR1), oar2 = *periph_word(p, I2C_OAR2);
    const unsigned ignored = (1u << GET(oar2, I2C_OAR2_OA2MSK)) - 1; /* low bits of the address that OA2 does not compare */

    if (!(cr1(p) & BITS(I2C_CR1_PE)) || !p->env->routed(p->env->ctx, p, I2C_SCL) || !p->env->routed(p->env->ctx, p, I2C_SDA))
        return false;
    if (address == 0)
        return cr1(p) & BITS(I2C_CR1_GCEN);
    if (oar1 & BITS(I2C_OAR1_OA1EN) && !(oar1 & BITS(I2C_OAR1_OA1MODE)) && (GET(oar1, I2C_OAR1_OA1) >> 1 & 0x7F) == address)
        return true;
    return oar2 & BITS(I2C_OAR2_OA2EN) && ((GET(oar2, I2C_OAR2_OA2) ^ address) & 0x7F & ~ignored) == 0;
}

static void slave_addressed(struct periph *p, unsigned address, bool to_send)
{
    if (cr1(p) & (BITS(I2C_CR1_NOSTRETCH) | BITS(I2C_CR1_SBC)))
        periph_note(p, "unmodelled", "a slave without stretching, or that acknowledges byte by byte (NOSTRETCH, SBC)");
    periph_set(p, I2C_ISR, BITS(I2C_ISR_ADDCODE) | BITS(I2C_ISR_DIR), PUT(I2C_ISR_ADDCODE, address) | (to_send ? BITS(I2C_ISR_DIR) : 0));
    raise_flag(p, BITS(I2C_ISR_ADDR) | BITS(I2C_ISR_BUSY));
    periph_set(p, I2C_CR2, BITS(I2C_CR2_NACK), 0);
    update(p);
}

/* A byte to send; false: it has to be waited for. Either way the next one is asked for. */
static bool slave_gives(struct periph *p, uint8_t *byte)
{
    struct i2c_state *s = p->state;
    const bool has_one = s->tx_full;

    if (*periph_word(p, I2C_ISR) & BITS(I2C_ISR_ADDR))
        return false;
    *byte = (uint8_t)*periph_word(p, I2C_TXDR);
    s->tx_full = 0;
    raise_flag(p, BITS(I2C_ISR_TXIS) | BITS(I2C_ISR_TXE));
    update(p);
    return has_one;
}

/* The byte is taken, and acknowledged or not; false: it has to wait. */
static bool slave_takes(struct periph *p, uint8_t byte, bool *acknowledged)
{
    if (*periph_word(p, I2C_ISR) & (BITS(I2C_ISR_ADDR) | BITS(I2C_ISR_RXNE)))
        return false;
    *periph_word(p, I2C_RXDR) = byte;
    raise_flag(p, BITS(I2C_ISR_RXNE));
    *acknowledged = !(cr2(p) & BITS(I2C_CR2_NACK));
    periph_set(p, I2C_CR2, BITS(I2C_CR2_NACK), 0);
    update(p);
    return true;
}

static void slave_told(struct periph *p, uint32_t flag) /* NACKF, STOPF */
{
    lower_flag(p, BITS(I2C_ISR_TXIS) | BITS(I2C_ISR_ADDR) | (flag & BITS(I2C_ISR_STOPF) ? BITS(I2C_ISR_BUSY) : 0));
    raise_flag(p, flag);
    update(p);
}

/* ---- the wire ---- */

static uint64_t bit_ps(const struct periph *p)
{
    const uint32_t t = *periph_word(p, I2C_TIMINGR);
    const uint64_t cycles = (GET(t, I2C_TIMINGR_PRESC) + UINT64_C(1)) * (GET(t, I2C_TIMINGR_SCLL) + GET(t, I2C_TIMINGR_SCLH) + 2);
    const uint64_t hz = periph_hz(p);

    return hz ? cycles * PS_PER_S / hz : TIME_NEVER / 16;
}

static void go(struct periph *p, enum i2c_phase phase, unsigned bits)
{
    struct i2c_state *s = p->state;

    s->phase = (uint8_t)phase;
    s->until_ps = bits ? periph_now_ps(p) + bits * bit_ps(p) : TIME_NEVER;
}

static void update(struct periph *p)
{
    const uint32_t isr = *periph_word(p, I2C_ISR), c = cr1(p);

#define UP(flag, enable) ((isr & BITS(I2C_ISR_##flag)) && (c & BITS(I2C_CR1_##enable)))
    periph_irq(p, UP(TXIS, TXIE) || UP(RXNE, RXIE) || UP(ADDR, ADDRIE) || UP(NACKF, NACKIE) || UP(STOPF, STOPIE) || UP(TC, TCIE) ||
                      UP(TCR, TCIE) || UP(BERR, ERRIE) || UP(ARLO, ERRIE) || UP(OVR, ERRIE));
#undef UP
    periph_dma(p, I2C_DMA_TX, c & BITS(I2C_CR1_TXDMAEN) && isr & BITS(I2C_ISR_TXIS));
    periph_dma(p, I2C_DMA_RX, c & BITS(I2C_CR1_RXDMAEN) && isr & BITS(I2C_ISR_RXNE));
    periph_changed(p);
}

static void stop(struct periph *p) { go(p, STOPPING, 1); }

static void next_byte(struct periph *p)
{
    struct i2c_state *s = p->state;

    if (s->done >= nbytes(p)) { /* all that NBYTES asked for */
        if (cr2(p) & BITS(I2C_CR2_RELOAD)) {
            raise_flag(p, BITS(I2C_ISR_TCR));
            go(p, COMPLETE, 0);
        } else if (cr2(p) & BITS(I2C_CR2_AUTOEND)) {
            stop(p);
        } else {
            raise_flag(p, BITS(I2C_ISR_TC));
            go(p, COMPLETE, 0);
        }
    } else if (reads(p)) {
        if (!with_mate(p) || slave_gives(p->mate, &s->shift))
            go(p, RECEIVING, 9);
        else
            go(p, STRETCHED, 0);
    } else if (s->tx_full) {
        s->shift = (uint8_t)*periph_word(p, I2C_TXDR);
        s->tx_full = 0;
        raise_flag(p, BITS(I2C_ISR_TXE));
        if (s->done + 1u < nbytes(p)) /* the next one may be written already */
            raise_flag(p, BITS(I2C_ISR_TXIS));
        go(p, SENDING, 9);
    } else {
        raise_flag(p, BITS(I2C_ISR_TXIS) | BITS(I2C_ISR_TXE));
        go(p, WANTS_DATA, 0);
    }
}

static void refused(struct periph *p) /* nobody pulled the line low for an acknowledge: a stop follows by itself */
{
    raise_flag(p, BITS(I2C_ISR_NACKF));
    lower_flag(p, BITS(I2C_ISR_TXIS));
    stop(p);
}

/* A byte has been sent. */
static void deliver(struct periph *p)
{
    struct i2c_state *s = p->state;
    bool acknowledged = true;

    if (with_mate(p) && !slave_takes(p->mate, s->shift, &acknowledged)) {
        s->carries = 1;
        go(p, STRETCHED, 0);
        return;
    }
    if (s->who < I2C_PARTS)
        part_takes(p, s->shift);
    s->carries = 0;
    s->done++;
    if (!acknowledged)
        refused(p);
    else if (cr2(p) & BITS(I2C_CR2_STOP))
        stop(p);
    else
        next_byte(p);
}

/* A byte has come; what is not wanted any more is not acknowledged. */
static void take(struct periph *p)
{
    struct i2c_state *s = p->state;

    *periph_word(p, I2C_RXDR) = with_mate(p) ? s->shift : part_gives(p);
    s->done++;
    raise_flag(p, BITS(I2C_ISR_RXNE));
    if (with_mate(p) && s->done >= nbytes(p) && !(cr2(p) & BITS(I2C_CR2_RELOAD)))
        slave_told(p->mate, BITS(I2C_ISR_NACKF));
    go(p, HOLDS_DATA, 0);
    if (s->done >= nbytes(p)) /* the end does not wait for the last byte to be read */
        next_byte(p);
}

/* The slave has done something: does the clock go on? */
static void released(struct periph *p)
{
    const struct i2c_state *s = p->state;

    if (s->phase != STRETCHED || !p->mate || *periph_word(p->mate, I2C_ISR) & BITS(I2C_ISR_ADDR))
        return;
    if (s->carries)
        deliver(p);
    else
        next_byte(p);
    update(p);
}

static void address_sent(struct periph *p)
{
    struct i2c_state *s = p->state;
    const unsigned address = GET(cr2(p), I2C_CR2_SADD) >> 1 & 0x7F;
    unsigned who;
    struct i2c_part *part = part_at(p, address, &who);
    bool wired = true;

    periph_set(p, I2C_CR2, BITS(I2C_CR2_START), 0);
    s->done = 0;
    if (!p->env->routed(p->env->ctx, p, I2C_SCL) || !p->env->routed(p->env->ctx, p, I2C_SDA)) {
        periph_note(p, "wiring", "starts a transfer, but no pins are set to its SCL and SDA functions");
        part = NULL;
        wired = false;
    }
    if (cr2(p) & BITS(I2C_CR2_ADD10)) {
        periph_note(p, "unmodelled", "10-bit address");
        part = NULL;
        wired = false;
    }
    s->carries = 0;
    if (!part && wired && p->mate && own_address(p->mate, address)) {
        s->who = MATE;
        slave_addressed(p->mate, address, reads(p));
        go(p, STRETCHED, 0);
        return;
    }
    s->who = (uint8_t)(part ? who : NOBODY);
    if (!part) {
        refused(p);
        return;
    }
    if (!reads(p))
        part->written = 0;
    next_byte(p);
}

static void i2c_event(struct periph *p)
{
    struct i2c_state *s = p->state;

    s->until_ps = TIME_NEVER;
    switch ((enum i2c_phase)s->phase) {
    case ADDRESS: address_sent(p); break;
    case SENDING: deliver(p); break;
    case RECEIVING: take(p); break;
    case STOPPING:
        periph_set(p, I2C_CR2, BITS(I2C_CR2_STOP), 0);
        lower_flag(p, BITS(I2C_ISR_BUSY) | BITS(I2C_ISR_TC) | BITS(I2C_ISR_TCR));
        raise_flag(p, BITS(I2C_ISR_STOPF));
        if (with_mate(p))
            slave_told(p->mate, BITS(I2C_ISR_STOPF));
        s->who = NOBODY;
        go(p, IDLE, 0);
        if (cr2(p) & BITS(I2C_CR2_START)) {
            raise_flag(p, BITS(I2C_ISR_BUSY));
            go(p, ADDRESS, 10);
        }
        break;
    default: break;
    }
    update(p);
}

static uint64_t i2c_next_ps(const struct periph *p) { return ((const struct i2c_state *)p->state)->until_ps; }

/* ---- software's side ---- */

static void disable(struct periph *p) /* PE = 0: the lines are let go, the state machine begins anew */
{
    struct i2c_state *s = p->state;

    *periph_word(p, I2C_ISR) = BITS(I2C_ISR_TXE);
    periph_set(p, I2C_CR2, BITS(I2C_CR2_START) | BITS(I2C_CR2_STOP) | BITS(I2C_CR2_NACK), 0);
    s->tx_full = s->carries = 0;
    go(p, IDLE, 0);
    if (p->mate && ((struct i2c_state *)p->mate->state)->phase == STRETCHED) { /* the slave that held the clock has gone */
        ((struct i2c_state *)p->mate->state)->who = NOBODY;
        refused(p->mate);
        update(p->mate);
    }
}

static void write_cr2(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct i2c_state *s = p->state;
    const uint32_t stays = cr2(p) & (BITS(I2C_CR2_START) | BITS(I2C_CR2_STOP)); /* only hardware clears them */

    if (!(cr1(p) & BITS(I2C_CR1_PE)))
        value &= ~(BITS(I2C_CR2_START) | BITS(I2C_CR2_STOP));
    periph_store(p, I2C_CR2, value | stays, lanes);
    if (cr2(p) & BITS(I2C_CR2_START) && (s->phase == IDLE || s->phase == COMPLETE)) {
        lower_flag(p, BITS(I2C_ISR_TC) | BITS(I2C_ISR_TCR));
        raise_flag(p, BITS(I2C_ISR_BUSY));
        go(p, ADDRESS, 10);
    } else if (cr2(p) & BITS(I2C_CR2_STOP) && (s->phase == COMPLETE || s->phase == WANTS_DATA || s->phase == HOLDS_DATA)) {
        stop(p);
    } else if (s->phase == COMPLETE && *periph_word(p, I2C_ISR) & BITS(I2C_ISR_TCR) && nbytes(p)) { /* reloaded */
        lower_flag(p, BITS(I2C_ISR_TCR));
        s->done = 0;
        if (reads(p) && *periph_word(p, I2C_ISR) & BITS(I2C_ISR_RXNE))
            go(p, HOLDS_DATA, 0);
        else
            next_byte(p);
    }
}

static void write_txdr(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct i2c_state *s = p->state;

    periph_store(p, I2C_TXDR, value, lanes);
    s->tx_full = 1;
    lower_flag(p, BITS(I2C_ISR_TXE) | BITS(I2C_ISR_TXIS));
    if (s->phase == WANTS_DATA)
        next_byte(p);
    if (p->mate)
        released(p->mate);
}

static void i2c_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct i2c_state *s = p->state;

    switch (offset) {
    case I2C_CR1:
        periph_store(p, offset, value, lanes);
        if (!(cr1(p) & BITS(I2C_CR1_PE)))
            disable(p);
        break;
    case I2C_CR2: write_cr2(p, value, lanes); break;
    case I2C_TIMINGR:
        if (cr1(p) & BITS(I2C_CR1_PE))
            periph_note(p, "refused", "write to TIMINGR while PE = 1");
        else
            periph_store(p, offset, value, lanes);
        break;
    case I2C_ICR: /* at their flags' places */
        lower_flag(p, value & lanes & 0x3F38);
        if (value & lanes & BITS(I2C_ISR_ADDR) && p->mate)
            released(p->mate);
        break;
    case I2C_ISR:
        if (value & lanes & BITS(I2C_ISR_TXE)) { /* flushes TXDR */
            s->tx_full = 0;
            raise_flag(p, BITS(I2C_ISR_TXE));
        }
        break;
    case I2C_TXDR: write_txdr(p, value, lanes); break;
    default: periph_store(p, offset, value, lanes); break;
    }
    update(p);
}

static uint32_t i2c_read(struct periph *p, uint32_t offset)
{
    struct i2c_state *s = p->state;
    const uint32_t value = offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;

    if (offset == I2C_RXDR && *periph_word(p, I2C_ISR) & BITS(I2C_ISR_RXNE)) {
        lower_flag(p, BITS(I2C_ISR_RXNE));
        if (s->phase == HOLDS_DATA)
            next_byte(p);
        if (p->mate)
            released(p->mate);
        update(p);
    }
    return value;
}

static void i2c_reset(struct periph *p, enum periph_reset why)
{
    struct i2c_state *s = p->state;

    s->done = 0;
    s->shift = 0;
    s->who = NOBODY;
    disable(p);
    update(p);
}

const struct periph_kind i2c_kind = {
    .name = "I2C",
    .names = &i2c_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .apb = true,
    .state = &i2c_state_table,
    .raw_bytes = I2C_PARTS * I2C_PART_BYTES,
    .read = i2c_read,
    .write = i2c_write,
    .reset = i2c_reset,
    .next_ps = i2c_next_ps,
    .event = i2c_event,
};
