/* usart.c - one USART in asynchronous mode. See usart.h. */
#include "periph/usart.h"

#include "device/regs/usart.h"

struct usart_state {
    uint32_t reg[USART_PRESC / 4 + 1];
    uint64_t shift_ps; /* end of the frame that is on the line, TIME_NEVER: line idle */
    uint16_t shift;    /* its data, PREAMBLE for the idle frame after TE */
    uint16_t tx[USART_FIFO], rx[USART_FIFO];
    uint8_t tx_count, rx_count;
    uint8_t input[USART_INPUT]; /* what the terminal still has to send, a ring */
    uint16_t input_at, input_count;
    uint64_t input_ps; /* end of the frame being received, TIME_NEVER */
    uint64_t idle_ps;  /* when the line will have been idle for a frame, TIME_NEVER */
    uint64_t total;
};

enum { PREAMBLE = 0xFFFF };
enum { TERMINAL_BAUD = 115200 }; /* estimate: what a terminal sends at while the receiver has no rate of its own */
#define TERMINAL_FRAME_PS (10 * PS_PER_S / TERMINAL_BAUD)

/* ISR bits that say how things stand, worked out anew after each step; the others are events that stay until cleared. */
#define STANDING                                                                                                          \
    (BITS(USART_ISR_TXFNF) | BITS(USART_ISR_TXFE) | BITS(USART_ISR_TXFT) | BITS(USART_ISR_RXFNE) | BITS(USART_ISR_RXFF) | \
     BITS(USART_ISR_RXFT) | BITS(USART_ISR_TEACK) | BITS(USART_ISR_REACK) | BITS(USART_ISR_BUSY))

/* CR1 bits that can only be changed while UE = 0 (RM0444 33.8.1). */
#define CR1_FIXED                                                                                                                          \
    (BITS(USART_CR1_M0) | BITS(USART_CR1_M1) | BITS(USART_CR1_PCE) | BITS(USART_CR1_PS) | BITS(USART_CR1_OVER8) | BITS(USART_CR1_FIFOEN) | \
     BITS(USART_CR1_WAKE) | BITS(USART_CR1_DEDT) | BITS(USART_CR1_DEAT))

// clang-format off
static const struct periph_reg rows[] = {
    /*                   reset writable */
    [USART_CR1   / 4] = {    0, UINT32_MAX },
    [USART_CR2   / 4] = {    0, 0xFFFFFF79 },
    [USART_CR3   / 4] = {    0, 0xFFFEFFFF },
    [USART_BRR   / 4] = {    0, BITS(USART_BRR_BRR) },
    [USART_GTPR  / 4] = {    0, BITS(USART_GTPR_PSC) | BITS(USART_GTPR_GT) },
    [USART_RTOR  / 4] = {    0, UINT32_MAX },
    [USART_RQR   / 4] = {    0, 0 },
    [USART_ISR   / 4] = { BITS(USART_ISR_TC) | BITS(USART_ISR_TXFNF), 0 },
    [USART_ICR   / 4] = {    0, 0 },
    [USART_RDR   / 4] = {    0, 0 },
    [USART_TDR   / 4] = {    0, BITS(USART_TDR_TDR) },
    [USART_PRESC / 4] = {    0, BITS(USART_PRESC_PRESCALER) },
};
// clang-format on

#define F(member, limit) STATE_ONE(struct usart_state, member, limit)
DEFINE_STATE(usart_state_table, "usart", struct usart_state, STATE_MANY(struct usart_state, reg, STATE_ANY), F(shift_ps, STATE_ANY),
             F(shift, STATE_ANY), STATE_MANY(struct usart_state, tx, STATE_ANY), STATE_MANY(struct usart_state, rx, STATE_ANY),
             F(tx_count, USART_FIFO), F(rx_count, USART_FIFO), STATE_MANY(struct usart_state, input, STATE_ANY),
             F(input_at, USART_INPUT - 1), F(input_count, USART_INPUT), F(input_ps, STATE_ANY), F(idle_ps, STATE_ANY), F(total, STATE_ANY));
#undef F

uint64_t usart_total(const struct periph *p) { return ((const struct usart_state *)p->state)->total; }

static bool is_lp(const struct periph *p) { return p->kind == &lpuart_kind; }
static uint32_t cr1(const struct periph *p) { return *periph_word(p, USART_CR1); }
static bool sends(const struct periph *p) { return cr1(p) & BITS(USART_CR1_UE) && cr1(p) & BITS(USART_CR1_TE); }
static bool receives(const struct periph *p) { return cr1(p) & BITS(USART_CR1_UE) && cr1(p) & BITS(USART_CR1_RE); }
static uint64_t clock_hz(const struct periph *p) { return p->env->clock_hz(p->env->ctx, p); }
static unsigned depth(const struct periph *p) { return cr1(p) & BITS(USART_CR1_FIFOEN) ? USART_FIFO : 1; }

bool usart_works_in_stop(const struct periph *p) { return cr1(p) & BITS(USART_CR1_UESM) && cr1(p) & BITS(USART_CR1_UE); }

/* Bits between start and stop, with the parity bit. */
static unsigned word_bits(const struct periph *p) { return cr1(p) & BITS(USART_CR1_M1) ? 7 : cr1(p) & BITS(USART_CR1_M0) ? 9 : 8; }

static unsigned data_bits(const struct periph *p) { return word_bits(p) - (cr1(p) & BITS(USART_CR1_PCE) ? 1 : 0); }

static uint64_t frame_ps(const struct periph *p)
{
    static const uint16_t dividers[16] = { 1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256 };
    static const uint8_t stop_half_bits[4] = { 2, 1, 4, 3 };
    const uint64_t hz = clock_hz(p);
    const uint64_t brr = GET(*periph_word(p, USART_BRR), USART_BRR_BRR);
    const unsigned half_bits = 2 + 2 * word_bits(p) + stop_half_bits[GET(*periph_word(p, USART_CR2), USART_CR2_STOP)];
    uint64_t clocks_per_2_half_bits = brr; /* 16 times oversampling: fck / baud */

    if (is_lp(p)) { /* BRR = 256 fck / baud, at least 0x300 (RM0444 34.4.7) */
        const uint64_t lp = *periph_word(p, USART_BRR) * (uint64_t)dividers[GET(*periph_word(p, USART_PRESC), USART_PRESC_PRESCALER)];

        if (hz == 0 || *periph_word(p, USART_BRR) < 0x300)
            return TIME_NEVER;
        return (uint64_t)((unsigned __int128)half_bits * lp * PS_PER_S / (2 * 256 * hz));
    }

    if (cr1(p) & BITS(USART_CR1_OVER8)) /* USARTDIV = 2 fck / baud, its low four bits stored shifted right by one */
        clocks_per_2_half_bits = ((brr & 0xFFF0) | (brr & 7) << 1) / 2;
    if (hz == 0 || clocks_per_2_half_bits < 8) /* USARTDIV must be at least 16 */
        return TIME_NEVER;
    clocks_per_2_half_bits *= dividers[GET(*periph_word(p, USART_PRESC), USART_PRESC_PRESCALER)];
    return (uint64_t)((unsigned __int128)half_bits * clocks_per_2_half_bits * PS_PER_S / (2 * hz));
}

static uint32_t with_parity(const struct periph *p, uint32_t data)
{
    const unsigned bits = data_bits(p);

    data &= (1u << bits) - 1;
    if (cr1(p) & BITS(USART_CR1_PCE)) {
        const bool odd = __builtin_parity(data), want_odd = cr1(p) & BITS(USART_CR1_PS);

        data |= (uint32_t)(odd != want_odd) << bits;
    }
    return data;
}

/* Standing bits of ISR and the interrupt line. TXFTCFG and RXFTCFG: 1/8, 1/4, 1/2, 3/4, 7/8, all of the FIFO. */
static void update(struct periph *p)
{
    static const uint8_t thresholds[8] = { 1, 2, 4, 6, 7, 8, 8, 8 };
    const struct usart_state *s = p->state;
    const uint32_t c1 = cr1(p), c3 = *periph_word(p, USART_CR3);
    const bool fifo = c1 & BITS(USART_CR1_FIFOEN);
    uint32_t isr = *periph_word(p, USART_ISR) & ~STANDING;

    isr |= s->tx_count < depth(p) ? BITS(USART_ISR_TXFNF) : 0;
    isr |= s->rx_count > 0 ? BITS(USART_ISR_RXFNE) : 0;
    if (fifo) {
        isr |= s->tx_count == 0 ? BITS(USART_ISR_TXFE) : 0;
        isr |= USART_FIFO - s->tx_count >= thresholds[GET(c3, USART_CR3_TXFTCFG)] ? BITS(USART_ISR_TXFT) : 0;
        isr |= s->rx_count == USART_FIFO ? BITS(USART_ISR_RXFF) : 0;
        isr |= s->rx_count >= thresholds[GET(c3, USART_CR3_RXFTCFG)] ? BITS(USART_ISR_RXFT) : 0;
    }
    isr |= sends(p) ? BITS(USART_ISR_TEACK) : 0;
    isr |= receives(p) ? BITS(USART_ISR_REACK) : 0;
    isr |= receives(p) && s->input_ps != TIME_NEVER ? BITS(USART_ISR_BUSY) : 0;
    *periph_word(p, USART_ISR) = isr;
    periph_dma(p, USART_DMA_RX, c3 & BITS(USART_CR3_DMAR) && isr & BITS(USART_ISR_RXFNE));
    periph_dma(p, USART_DMA_TX, c3 & BITS(USART_CR3_DMAT) && sends(p) && isr & BITS(USART_ISR_TXFNF));

#define UP(flag, reg_value, enable) ((isr & BITS(USART_ISR_##flag)) && ((reg_value)&BITS(enable)))
    periph_irq(p, UP(TXFNF, c1, USART_CR1_TXFNFIE) || UP(TC, c1, USART_CR1_TCIE) || UP(RXFNE, c1, USART_CR1_RXFNEIE) ||
                      UP(ORE, c1, USART_CR1_RXFNEIE) || UP(ORE, c3, USART_CR3_EIE) || UP(FE, c3, USART_CR3_EIE) ||
                      UP(NE, c3, USART_CR3_EIE) || UP(IDLE, c1, USART_CR1_IDLEIE) || UP(PE, c1, USART_CR1_PEIE) ||
                      UP(CMF, c1, USART_CR1_CMIE) || UP(TXFE, c1, USART_CR1_TXFEIE) || UP(RXFF, c1, USART_CR1_RXFFIE) ||
                      UP(TXFT, c3, USART_CR3_TXFTIE) || UP(RXFT, c3, USART_CR3_RXFTIE) || UP(WUF, c3, USART_CR3_WUFIE));
#undef UP
}

/* The next frame onto the idle line, at `at_ps`. */
static void start_frame(struct periph *p, uint64_t at_ps)
{
    struct usart_state *s = p->state;
    const uint64_t length_ps = frame_ps(p);

    if (s->tx_count == 0 || s->shift_ps != TIME_NEVER || length_ps == TIME_NEVER)
        return;
    s->shift = s->tx[0];
    s->tx_count--;
    for (unsigned i = 0; i < s->tx_count; i++)
        s->tx[i] = s->tx[i + 1];
    s->shift_ps = at_ps + length_ps;
}

static void end_frame(struct periph *p)
{
    struct usart_state *s = p->state;
    const uint64_t at_ps = s->shift_ps;

    s->shift_ps = TIME_NEVER;
    if (s->shift != PREAMBLE) {
        if (p->env->routed(p->env->ctx, p, USART_SIGNAL_TX)) {
            p->raw[s->total % USART_LOG] = (uint8_t)(s->shift & ((1u << data_bits(p)) - 1));
            s->total++;
        } else {
            periph_note(p, "wiring", "sends, but no pin is set to its TX function");
        }
    }
    start_frame(p, at_ps);
    if (s->shift_ps == TIME_NEVER && s->shift != PREAMBLE)
        *periph_word(p, USART_ISR) |= BITS(USART_ISR_TC);
}

static void write_data(struct periph *p, uint32_t value)
{
    struct usart_state *s = p->state;

    if (!sends(p)) {
        periph_note(p, "refused", "byte written to TDR while UE or TE is 0");
        return;
    }
    if (frame_ps(p) == TIME_NEVER)
        periph_note(p, "clock", "byte written to TDR with no bit rate (BRR below 16 or kernel clock off): it will not leave");
    if (s->tx_count < depth(p))
        s->tx_count++; /* a full FIFO, or TDR, is overwritten at its end */
    s->tx[s->tx_count - 1] = (uint16_t)(value & BITS(USART_TDR_TDR));
    *periph_word(p, USART_ISR) &= ~BITS(USART_ISR_TC);
    start_frame(p, periph_now_ps(p));
}

/* Auto-baud: the first byte after a request is measured, and its rate kept in BRR (RM0444 33.5.9). All four ways to measure find the same
 * rate on a clean line; what the byte must begin with for them is not looked at. */
static void measure_rate(struct periph *p)
{
    uint32_t *isr = periph_word(p, USART_ISR);
    const uint64_t hz = clock_hz(p);

    if (!(*periph_word(p, USART_CR2) & BITS(USART_CR2_ABREN)) || *isr & (BITS(USART_ISR_ABRF) | BITS(USART_ISR_ABRE)))
        return;
    *isr |= hz / TERMINAL_BAUD >= 16 ? BITS(USART_ISR_ABRF) : BITS(USART_ISR_ABRF) | BITS(USART_ISR_ABRE);
    if (!(*isr & BITS(USART_ISR_ABRE)))
        periph_set(p, USART_BRR, BITS(USART_BRR_BRR), (uint32_t)((hz + TERMINAL_BAUD / 2) / TERMINAL_BAUD));
}

/* CR3.WUS: an address, a start bit, or a whole byte. Estimate: at its end for each, and in Run mode too. */
static bool wakes(const struct periph *p, uint8_t byte)
{
    enum { WAKE_ADDRESS, WAKE_START = 2, WAKE_BYTE };
    const uint32_t cr2 = *periph_word(p, USART_CR2), address = GET(cr2, USART_CR2_ADD);
    const uint32_t compared = cr2 & BITS(USART_CR2_ADDM7) ? 0x7F : 0x0F;

    switch (GET(*periph_word(p, USART_CR3), USART_CR3_WUS)) {
    case WAKE_ADDRESS: return byte & 0x80 && ((byte ^ address) & compared) == 0;
    case WAKE_START:
    case WAKE_BYTE: return true;
    default: return false;
    }
}

static void receive(struct periph *p, uint8_t byte)
{
    struct usart_state *s = p->state;
    uint32_t *isr = periph_word(p, USART_ISR);

    if (!receives(p) || !p->env->routed(p->env->ctx, p, USART_SIGNAL_RX) || clock_hz(p) == 0) {
        periph_note(p, "wiring", "a byte from the terminal is lost: %s",
                    !receives(p)       ? "the receiver is off"
                    : clock_hz(p) == 0 ? "its kernel clock stands still"
                                       : "no pin is set to its RX function");
        return;
    }
    if (!is_lp(p))
        measure_rate(p);
    if (usart_works_in_stop(p) && wakes(p, byte))
        *isr |= BITS(USART_ISR_WUF);
    if (byte == GET(*periph_word(p, USART_CR2), USART_CR2_ADD))
        *isr |= BITS(USART_ISR_CMF);
    if (s->rx_count == depth(p)) {
        if (!(*periph_word(p, USART_CR3) & BITS(USART_CR3_OVRDIS))) {
            *isr |= BITS(USART_ISR_ORE);
            return;
        }
        s->rx_count--;
    }
    s->rx[s->rx_count++] = (uint16_t)with_parity(p, byte);
}

static uint64_t receive_frame_ps(const struct periph *p)
{
    const uint64_t own_ps = receives(p) ? frame_ps(p) : TIME_NEVER;

    return own_ps == TIME_NEVER ? TERMINAL_FRAME_PS : own_ps;
}

static void end_input(struct periph *p)
{
    struct usart_state *s = p->state;
    const uint64_t at_ps = s->input_ps;
    const uint8_t byte = s->input[s->input_at];

    s->input_at = (uint16_t)((s->input_at + 1) % USART_INPUT);
    s->input_count--;
    receive(p, byte);
    s->input_ps = s->input_count ? at_ps + receive_frame_ps(p) : TIME_NEVER;
    s->idle_ps = s->input_count || !receives(p) ? TIME_NEVER : at_ps + receive_frame_ps(p);
}

void usart_input(struct periph *p, const uint8_t *bytes, size_t len)
{
    struct usart_state *s = p->state;

    if (len == 0)
        return;
    if (len > (size_t)(USART_INPUT - s->input_count)) {
        periph_note(p, "wiring", "more than %d bytes of input at once: the rest is dropped", (int)USART_INPUT);
        len = (size_t)(USART_INPUT - s->input_count);
    }
    if (s->input_ps == TIME_NEVER)
        s->input_ps = periph_now_ps(p) + receive_frame_ps(p);
    s->idle_ps = TIME_NEVER;
    for (size_t i = 0; i < len; i++)
        s->input[(s->input_at + s->input_count++) % USART_INPUT] = bytes[i];
    update(p);
    periph_changed(p);
}

static void forget_output(struct usart_state *s)
{
    s->tx_count = 0;
    s->shift_ps = TIME_NEVER;
    s->shift = 0;
}

/* UE = 0 stops at once and clears the status (RM0444 33.8.1). */
static void disable(struct periph *p)
{
    struct usart_state *s = p->state;

    forget_output(s);
    s->rx_count = 0;
    s->idle_ps = TIME_NEVER;
    *periph_word(p, USART_ISR) = p->kind->regs[USART_ISR / 4].reset;
}

static void note_mode(struct periph *p)
{
    const uint32_t cr2 = *periph_word(p, USART_CR2), cr3 = *periph_word(p, USART_CR3);
    const char *const mode = is_lp(p)                      ? NULL
                             : cr2 & BITS(USART_CR2_CLKEN) ? "synchronous mode (CR2.CLKEN)"
                             : cr2 & BITS(USART_CR2_SLVEN) ? "synchronous slave mode (CR2.SLVEN)"
                             : cr2 & BITS(USART_CR2_LINEN) ? "LIN mode (CR2.LINEN)"
                             : cr3 & BITS(USART_CR3_IREN)  ? "IrDA mode (CR3.IREN)"
                             : cr3 & BITS(USART_CR3_SCEN)  ? "smartcard mode (CR3.SCEN)"
                             : cr3 & BITS(USART_CR3_HDSEL) ? "half-duplex (CR3.HDSEL)"
                                                           : NULL;

    if (mode)
        periph_note(p, "unmodelled", "%s", mode);
}

static void write_cr1(struct periph *p, uint32_t value, uint32_t lanes)
{
    struct usart_state *s = p->state;
    const uint32_t old = cr1(p), fixed = old & BITS(USART_CR1_UE) & value ? CR1_FIXED : 0;
    const bool sent = sends(p);

    if ((old ^ value) & fixed & lanes)
        periph_note(p, "refused", "CR1 bits 0x%08X changed while UE = 1", (unsigned)((old ^ value) & fixed));
    periph_store(p, USART_CR1, value, lanes & ~fixed);
    if (old & ~cr1(p) & BITS(USART_CR1_UE))
        disable(p);
    if (sent && !sends(p) && s->shift_ps == TIME_NEVER)
        s->tx_count = 0;
    if (!sent && sends(p) && frame_ps(p) != TIME_NEVER && s->shift_ps == TIME_NEVER) { /* an idle frame comes first (33.5.5) */
        s->shift = PREAMBLE;
        s->shift_ps = periph_now_ps(p) + frame_ps(p);
    }
    if (~old & cr1(p) & BITS(USART_CR1_UE))
        note_mode(p);
    if (!receives(p)) {
        s->rx_count = 0;
        s->idle_ps = TIME_NEVER;
    }
    if (!(cr1(p) & BITS(USART_CR1_UESM)))
        *periph_word(p, USART_ISR) &= ~BITS(USART_ISR_WUF);
}

static void write_when_off(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (cr1(p) & BITS(USART_CR1_UE))
        periph_note(p, "refused", "write to %s while UE = 1", offset == USART_BRR ? "BRR" : "PRESC");
    else
        periph_store(p, offset, value, lanes);
}

static void write_clear(struct periph *p, uint32_t value) /* ICR: bits at their flags' places, but for two */
{
    const uint32_t plain = BITS(USART_ICR_PECF) | BITS(USART_ICR_FECF) | BITS(USART_ICR_NECF) | BITS(USART_ICR_ORECF) |
                           BITS(USART_ICR_IDLECF) | BITS(USART_ICR_TCCF) | BITS(USART_ICR_LBDCF) | BITS(USART_ICR_CTSCF) |
                           BITS(USART_ICR_RTOCF) | BITS(USART_ICR_EOBCF) | BITS(USART_ICR_UDRCF) | BITS(USART_ICR_CMCF) |
                           BITS(USART_ICR_WUCF);
    uint32_t gone = value & plain;

    gone |= value & BITS(USART_ICR_TCBGTCF) ? BITS(USART_ISR_TCBGT) : 0;
    *periph_word(p, USART_ISR) &= ~gone; /* TXFECF acts on a standing bit: no effect to be seen */
}

static void write_request(struct periph *p, uint32_t value)
{
    struct usart_state *s = p->state;

    if (value & BITS(USART_RQR_ABRRQ))
        *periph_word(p, USART_ISR) &= ~(BITS(USART_ISR_ABRF) | BITS(USART_ISR_ABRE));
    if (value & BITS(USART_RQR_RXFRQ))
        s->rx_count = 0;
    if (value & BITS(USART_RQR_TXFRQ))
        s->tx_count = 0;
}

static void usart_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    switch (offset) {
    case USART_CR1: write_cr1(p, value, lanes); break;
    case USART_BRR:
    case USART_PRESC: write_when_off(p, offset, value, lanes); break;
    case USART_TDR:
        periph_store(p, offset, value, lanes);
        write_data(p, value);
        break;
    case USART_ICR: write_clear(p, value & lanes); break;
    case USART_RQR: write_request(p, value & lanes); break;
    default: periph_store(p, offset, value, lanes); break;
    }
    update(p);
    periph_changed(p);
}

static uint32_t usart_peek(const struct periph *p, uint32_t offset)
{
    const struct usart_state *s = p->state;

    if (offset == USART_RDR && s->rx_count)
        return s->rx[0];
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

static uint32_t usart_read(struct periph *p, uint32_t offset)
{
    struct usart_state *s = p->state;
    const uint32_t value = usart_peek(p, offset);

    if (offset == USART_RDR && s->rx_count) {
        *periph_word(p, USART_RDR) = value;
        s->rx_count--;
        for (unsigned i = 0; i < s->rx_count; i++)
            s->rx[i] = s->rx[i + 1];
        update(p);
    }
    return value;
}

static void usart_reset(struct periph *p, enum periph_reset why)
{
    struct usart_state *s = p->state;

    forget_output(s);
    s->rx_count = 0;
    s->idle_ps = TIME_NEVER;
    if (why == PERIPH_POWER_ON) { /* the terminal's bytes are on their way whatever the chip does, but not through a power cut */
        s->input_count = 0;
        s->input_ps = TIME_NEVER;
    }
    update(p);
}

static uint64_t usart_next_ps(const struct periph *p)
{
    const struct usart_state *s = p->state;
    uint64_t next = s->shift_ps < s->input_ps ? s->shift_ps : s->input_ps;

    return s->idle_ps < next ? s->idle_ps : next;
}

static void usart_event(struct periph *p)
{
    struct usart_state *s = p->state;
    const uint64_t now_ps = periph_now_ps(p);

    if (s->shift_ps <= now_ps)
        end_frame(p);
    if (s->input_ps <= now_ps)
        end_input(p);
    if (s->idle_ps <= now_ps) {
        *periph_word(p, USART_ISR) |= BITS(USART_ISR_IDLE);
        s->idle_ps = TIME_NEVER;
    }
    update(p);
}

/* RM0444 34.7: no clock output, LIN, smartcard, time-out; BRR has 20 bits. */
static const struct periph_reg lp_rows[] = {
    // clang-format off
    [USART_CR1   / 4] = {    0, 0xF3FF7FFF },
    [USART_CR2   / 4] = {    0, 0xFF0FB010 },
    [USART_CR3   / 4] = {    0, 0xFEF0F7C9 },
    [USART_BRR   / 4] = {    0, 0x000FFFFF },
    [USART_ISR   / 4] = { BITS(USART_ISR_TC) | BITS(USART_ISR_TXFNF), 0 },
    [USART_TDR   / 4] = {    0, BITS(USART_TDR_TDR) },
    [USART_PRESC / 4] = {    0, BITS(USART_PRESC_PRESCALER) },
    // clang-format on
};

#define USART_KIND(name_, rows_)                                                                                           \
    {                                                                                                                      \
        .name = (name_), .names = &usart_regs, .regs = (rows_), .words = sizeof(rows_) / sizeof(rows_)[0], .apb = true,    \
        .state = &usart_state_table, .raw_bytes = USART_LOG, .read = usart_read, .peek = usart_peek, .write = usart_write, \
        .reset = usart_reset, .next_ps = usart_next_ps, .event = usart_event                                               \
    }
const struct periph_kind usart_kind = USART_KIND("USART", rows);
const struct periph_kind lpuart_kind = USART_KIND("LPUART", lp_rows);
