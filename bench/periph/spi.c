/* spi.c - one SPI controller, as a master and as a slave. See spi.h. */
#include "periph/spi.h"

#include "device/regs/spi.h"

enum { FIFO = 4 };
enum {
    CMD_PROGRAM = 0x02,
    CMD_READ = 0x03,
    CMD_WRITE_DISABLE = 0x04,
    CMD_STATUS = 0x05,
    CMD_WRITE_ENABLE = 0x06,
    CMD_ERASE = 0x20,
    CMD_ID = 0x9F
};

struct spi_state {
    uint32_t reg[SPI_I2SPR / 4 + 1];
    uint64_t until_ps; /* end of the frame on the wire, TIME_NEVER */
    uint32_t part_id, part_at;
    uint16_t shift;
    uint8_t tx[FIFO], rx[FIFO], tx_count, rx_count;
    uint8_t part, select_port, select_pin;             /* enum spi_part */
    uint8_t deselected, command, taken, write_enabled; /* taken: bytes since the selection, up to 5 */
    uint8_t joined, nss_high;                          /* with which controller; level of the NSS pin, as its edges left it */
};

// clang-format off
static const struct periph_reg rows[] = {
    [SPI_CR1     / 4] = { 0, 0xFFFF },
    [SPI_CR2     / 4] = { 0x0700, 0x7FFF },
    [SPI_SR      / 4] = { BITS(SPI_SR_TXE), 0 },
    [SPI_DR      / 4] = { 0, 0 },
    [SPI_CRCPR   / 4] = { 7, 0xFFFF },
    [SPI_RXCRCR  / 4] = { 0, 0 },
    [SPI_TXCRCR  / 4] = { 0, 0 },
    [SPI_I2SCFGR / 4] = { 0, 0 },
    [SPI_I2SPR   / 4] = { 2, 0 },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct spi_state, member, limit)
DEFINE_STATE(spi_state_table, "spi", struct spi_state, STATE_MANY(struct spi_state, reg, STATE_ANY), F(until_ps, STATE_ANY),
             F(part_id, 0xFFFFFF), F(part_at, STATE_ANY), F(shift, STATE_ANY), STATE_MANY(struct spi_state, tx, STATE_ANY),
             STATE_MANY(struct spi_state, rx, STATE_ANY), F(tx_count, FIFO), F(rx_count, FIFO), F(part, SPI_PART_KINDS - 1),
             F(select_port, 'F'), F(select_pin, 15), F(deselected, 1), F(command, 255), F(taken, 5), F(write_enabled, 1), F(joined, 9),
             F(nss_high, 1));
#undef F

static uint32_t cr1(const struct periph *p) { return *periph_word(p, SPI_CR1); }
static uint32_t cr2(const struct periph *p) { return *periph_word(p, SPI_CR2); }
static unsigned bits(const struct periph *p) { return GET(cr2(p), SPI_CR2_DS) < 3 ? 8 : GET(cr2(p), SPI_CR2_DS) + 1; } /* below 4 bits: 8 */
static unsigned frame_bytes(const struct periph *p) { return bits(p) > 8 ? 2 : 1; }
static bool masters(const struct periph *p) { return cr1(p) & BITS(SPI_CR1_SPE) && cr1(p) & BITS(SPI_CR1_MSTR); }
static bool one_wire(const struct periph *p) { return cr1(p) & BITS(SPI_CR1_BIDIMODE); }

/* Clocks without anything to send: the receiver alone is on. */
static bool clocks_alone(const struct periph *p)
{
    return masters(p) && (one_wire(p) ? !(cr1(p) & BITS(SPI_CR1_BIDIOE)) : cr1(p) & BITS(SPI_CR1_RXONLY));
}

static bool keeps_what_comes(const struct periph *p) { return !(one_wire(p) && cr1(p) & BITS(SPI_CR1_BIDIOE)); }

/* ---- the part ---- */

void spi_attach(struct periph *p, enum spi_part part, uint32_t id, char select_port, unsigned select_pin)
{
    struct spi_state *s = p->state;

    s->part = (uint8_t)part;
    s->part_id = id & 0xFFFFFF;
    s->select_port = (uint8_t)select_port;
    s->select_pin = (uint8_t)select_pin;
    s->deselected = select_port != 0;
    for (unsigned i = 0; i < SPI_PART_BYTES; i++)
        p->raw[i] = 0xFF;
}

static void select_part(struct spi_state *s)
{
    s->taken = 0;
    s->command = 0;
}

void spi_select_moved(struct periph *p, char port, unsigned pin, bool high)
{
    struct spi_state *s = p->state;

    if (s->part == SPI_NOTHING || s->select_port != (uint8_t)port || s->select_pin != pin)
        return;
    s->deselected = high;
    if (!high)
        select_part(s);
}

static uint8_t flash_part(struct periph *p, uint8_t in)
{
    struct spi_state *s = p->state;
    const bool writes = s->command == CMD_PROGRAM || s->command == CMD_ERASE;
    const unsigned nth = s->taken;
    uint8_t out = 0xFF;

    if (s->taken < 5)
        s->taken++;
    if (nth == 0) {
        s->command = in;
        s->part_at = 0;
        if (in == CMD_WRITE_ENABLE || in == CMD_WRITE_DISABLE)
            s->write_enabled = in == CMD_WRITE_ENABLE;
        return out;
    }
    if (s->command == CMD_ID)
        return (uint8_t)(nth <= 3 ? s->part_id >> (24 - 8 * nth) : 0xFF);
    if (s->command == CMD_STATUS)
        return (uint8_t)(s->write_enabled << 1);
    if (s->command != CMD_READ && !(writes && s->write_enabled))
        return out;
    if (nth <= 3) {
        s->part_at = s->part_at << 8 | in;
        if (s->command == CMD_ERASE && nth == 3) {
            for (unsigned i = 0; i < SPI_PART_BYTES; i++)
                p->raw[i] = 0xFF;
            s->write_enabled = 0;
        }
        return out;
    }
    if (s->command == CMD_READ)
        out = p->raw[s->part_at % SPI_PART_BYTES];
    else if (s->command == CMD_PROGRAM)
        p->raw[s->part_at % SPI_PART_BYTES] &= in;
    s->part_at++;
    return out;
}

/* ---- the joined controller, as a slave ---- */

void spi_join(struct periph *p, unsigned with) { ((struct spi_state *)p->state)->joined = (uint8_t)with; }
unsigned spi_joined(const struct periph *p) { return ((const struct spi_state *)p->state)->joined; }

static void update(struct periph *p);
static uint8_t take_tx(struct spi_state *s);
static void keep(struct periph *p, uint16_t in);

static bool is_selected(const struct periph *p)
{
    if (!(cr1(p) & BITS(SPI_CR1_SPE)) || cr1(p) & BITS(SPI_CR1_MSTR) || !p->env->routed(p->env->ctx, p, SPI_SCK))
        return false;
    return cr1(p) & BITS(SPI_CR1_SSM) ? !(cr1(p) & BITS(SPI_CR1_SSI)) : !((const struct spi_state *)p->state)->nss_high;
}

static uint16_t slave_exchange(struct periph *p, uint16_t in)
{
    struct spi_state *s = p->state;
    const bool sends = one_wire(p) ? cr1(p) & BITS(SPI_CR1_BIDIOE) : !(cr1(p) & BITS(SPI_CR1_RXONLY));
    uint16_t out = 0;

    if (sends && s->tx_count >= frame_bytes(p)) {
        out = take_tx(s);
        if (frame_bytes(p) == 2)
            out = (uint16_t)(out | take_tx(s) << 8);
    }
    if (keeps_what_comes(p))
        keep(p, in);
    update(p);
    return out;
}

static uint16_t exchange(struct periph *p, uint16_t out)
{
    const struct spi_state *s = p->state;
    const uint16_t mask = (uint16_t)((1u << bits(p)) - 1);

    if (p->mate)
        return is_selected(p->mate) ? slave_exchange(p->mate, out & mask) & mask : mask;
    if (s->part == SPI_NOTHING || s->deselected)
        return mask;
    if (s->part == SPI_LOOPBACK)
        return out & mask;
    if (bits(p) == 16) {
        const uint16_t high = flash_part(p, (uint8_t)(out >> 8));

        return (uint16_t)(high << 8 | flash_part(p, (uint8_t)out));
    }
    return flash_part(p, (uint8_t)out) & mask;
}

/* ---- flags ---- */

static unsigned level(unsigned bytes) { return bytes > 2 ? 3 : bytes; }

static void update(struct periph *p)
{
    const struct spi_state *s = p->state;
    const uint32_t c2 = cr2(p);
    const bool rxne = s->rx_count >= (c2 & BITS(SPI_CR2_FRXTH) ? 1 : 2), txe = s->tx_count <= FIFO / 2;
    uint32_t sr = *periph_word(p, SPI_SR) & (BITS(SPI_SR_OVR) | BITS(SPI_SR_MODF) | BITS(SPI_SR_CRCERR));

    sr |= (rxne ? BITS(SPI_SR_RXNE) : 0) | (txe ? BITS(SPI_SR_TXE) : 0);
    sr |= masters(p) && (s->until_ps != TIME_NEVER || s->tx_count) ? BITS(SPI_SR_BSY) : 0;
    sr |= PUT(SPI_SR_FRLVL, level(s->rx_count)) | PUT(SPI_SR_FTLVL, level(s->tx_count));
    *periph_word(p, SPI_SR) = sr;
    periph_irq(p, (rxne && c2 & BITS(SPI_CR2_RXNEIE)) || (txe && c2 & BITS(SPI_CR2_TXEIE) && cr1(p) & BITS(SPI_CR1_SPE)) ||
                      (sr & (BITS(SPI_SR_OVR) | BITS(SPI_SR_MODF)) && c2 & BITS(SPI_CR2_ERRIE)));
    periph_dma(p, SPI_DMA_RX, rxne && c2 & BITS(SPI_CR2_RXDMAEN));
    periph_dma(p, SPI_DMA_TX, txe && c2 & BITS(SPI_CR2_TXDMAEN) && cr1(p) & BITS(SPI_CR1_SPE));
    periph_changed(p);
}

/* ---- the wire ---- */

static uint8_t take_tx(struct spi_state *s)
{
    const uint8_t byte = s->tx[0];

    for (unsigned i = 0; i + 1 < s->tx_count; i++)
        s->tx[i] = s->tx[i + 1];
    s->tx_count--;
    return byte;
}

static void start_frame(struct periph *p)
{
    struct spi_state *s = p->state;
    const uint64_t hz = periph_hz(p);

    if (s->until_ps != TIME_NEVER || !masters(p) || hz == 0)
        return;
    if (s->tx_count >= frame_bytes(p) && !clocks_alone(p)) {
        s->shift = take_tx(s);
        if (frame_bytes(p) == 2)
            s->shift = (uint16_t)(s->shift | take_tx(s) << 8);
    } else if (clocks_alone(p)) {
        s->shift = 0xFFFF;
    } else {
        return;
    }
    if (!p->env->routed(p->env->ctx, p, SPI_SCK))
        periph_note(p, "wiring", "sends, but no pin is set to its SCK function");
    s->until_ps = periph_now_ps(p) + (uint64_t)bits(p) * (UINT64_C(2) << GET(cr1(p), SPI_CR1_BR)) * PS_PER_S / hz;
}

/* A frame has come. */
static void keep(struct periph *p, uint16_t in)
{
    struct spi_state *s = p->state;

    if (s->rx_count + frame_bytes(p) > FIFO) {
        periph_set(p, SPI_SR, BITS(SPI_SR_OVR), UINT32_MAX);
        return;
    }
    s->rx[s->rx_count++] = (uint8_t)in;
    if (frame_bytes(p) == 2)
        s->rx[s->rx_count++] = (uint8_t)(in >> 8);
}

static void spi_pin_edge(struct periph *p, unsigned signal, bool rising)
{
    if (signal == SPI_NSS)
        ((struct spi_state *)p->state)->nss_high = rising;
}

static void spi_event(struct periph *p)
{
    struct spi_state *s = p->state;
    uint16_t in;

    s->until_ps = TIME_NEVER;
    in = p->env->routed(p->env->ctx, p, SPI_SCK) ? exchange(p, s->shift) : 0xFFFF;
    if (keeps_what_comes(p))
        keep(p, in);
    start_frame(p);
    update(p);
}

static uint64_t spi_next_ps(const struct periph *p) { return ((const struct spi_state *)p->state)->until_ps; }

/* ---- software's side ---- */

static void write_dr(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct spi_state *s = p->state;
    const unsigned count = lanes == 0xFF ? 1 : 2; /* a half-word is two packed frames of up to 8 bits, or one wider one */

    for (unsigned i = 0; i < count; i++) {
        if (s->tx_count == FIFO)
            break;
        s->tx[s->tx_count++] = (uint8_t)(value >> 8 * i);
    }
    start_frame(p);
}

static void write_cr1(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct spi_state *s = p->state;
    const uint32_t old = periph_store(p, SPI_CR1, value, lanes);

    if ((cr1(p) & (BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM) | BITS(SPI_CR1_SSI))) == (BITS(SPI_CR1_MSTR) | BITS(SPI_CR1_SSM)))
        periph_set(p, SPI_SR, BITS(SPI_SR_MODF), UINT32_MAX); /* its own select is low: another master */
    if (*periph_word(p, SPI_SR) & BITS(SPI_SR_MODF) && cr1(p) & BITS(SPI_CR1_MSTR))
        periph_set(p, SPI_CR1, BITS(SPI_CR1_SPE) | BITS(SPI_CR1_MSTR), 0);
    if (~old & cr1(p) & BITS(SPI_CR1_SPE)) {
        if (!(cr1(p) & BITS(SPI_CR1_MSTR)) && !p->mate)
            periph_note(p, "unmodelled", "slave mode: no master on the board");
        if (cr1(p) & BITS(SPI_CR1_CRCEN))
            periph_note(p, "unmodelled", "CRC (CR1.CRCEN)");
        if (s->select_port == 0)
            select_part(s);
    }
    if (old & ~cr1(p) & BITS(SPI_CR1_SPE)) {
        s->tx_count = 0;
        s->until_ps = TIME_NEVER;
    }
    start_frame(p);
}

static void spi_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    switch (offset) {
    case SPI_CR1: write_cr1(p, value, lanes); break;
    case SPI_DR: write_dr(p, value, lanes); break;
    default: periph_store(p, offset, value, lanes); break;
    }
    update(p);
}

static uint32_t spi_peek(const struct periph *p, uint32_t offset)
{
    const struct spi_state *s = p->state;

    if (offset == SPI_DR) /* what a half-word would read */
        return (s->rx_count > 0 ? s->rx[0] : 0u) | (s->rx_count > 1 ? s->rx[1] : 0u) << 8;
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

/* `read` is not told how wide an access is. A FIFO with RXNE at a quarter is read by bytes, as ST's drivers do; else by half-words. */
static uint32_t spi_read(struct periph *p, uint32_t offset)
{
    struct spi_state *s = p->state;
    const uint32_t value = spi_peek(p, offset);
    const unsigned count = cr2(p) & BITS(SPI_CR2_FRXTH) && bits(p) <= 8 ? 1 : 2;

    if (offset == SPI_SR && value & BITS(SPI_SR_MODF))
        periph_set(p, SPI_SR, BITS(SPI_SR_MODF), 0); /* by reading SR, then writing CR1; the second half is left out */
    if (offset != SPI_DR)
        return value;
    for (unsigned i = 0; i < count && s->rx_count; i++) {
        for (unsigned k = 0; k + 1u < s->rx_count; k++)
            s->rx[k] = s->rx[k + 1];
        s->rx_count--;
    }
    periph_set(p, SPI_SR, BITS(SPI_SR_OVR), 0); /* by reading DR, then SR */
    update(p);
    return count == 1 ? value & 0xFF : value;
}

static void spi_reset(struct periph *p, enum periph_reset why)
{
    struct spi_state *s = p->state;

    s->until_ps = TIME_NEVER;
    s->tx_count = s->rx_count = 0;
    s->shift = 0;
    update(p);
}

const struct periph_kind spi_kind = {
    .name = "SPI",
    .names = &spi_regs,
    .regs = rows,
    .words = sizeof rows / sizeof rows[0],
    .state = &spi_state_table,
    .raw_bytes = SPI_PART_BYTES,
    .read = spi_read,
    .peek = spi_peek,
    .write = spi_write,
    .reset = spi_reset,
    .next_ps = spi_next_ps,
    .event = spi_event,
    .pin_edge = spi_pin_edge,
};
