/* usb_drd.c - the USB device controller. See usb_drd.h.
 *
 * Frames cost nothing while nobody listens: SOF, ESOF and SUSP are worked out when ISTR or FNR is read, and are events only while their
 * interrupts are enabled. */
#include "periph/usb_drd.h"

#include "device/regs/u0_usb.h"

enum { CHANNELS = U0_USB_CHANNELS, RAM_WORDS = U0_USBRAM_BYTES / 4, SUSPEND_FRAMES = 3, SETUP_BYTES = 8, FRAME_MASK = 0x7FF };
#define FRAME_PS UINT64_C(1000000000)
#define USB_HZ   48000000u

struct usb_state {
    uint32_t reg[U0_USB_BCDR / 4 + 1];
    uint64_t begin_ps;    /* of frame 0, while the host sends frames; else when the bus fell silent */
    uint64_t seen;        /* frames, or missing frames, that ISTR has told of */
    uint64_t frames;      /* on this bus before begin_ps */
    uint32_t attachments; /* times the pull-up was switched on */
    uint8_t cable;        /* a host is at the other end */
    uint8_t driven;       /* it has reset the bus and sends frames */
    uint8_t attached;
};

/* clang-format off */
#define CHEP(field) BITS(U0_USB_CHEP0R_##field)
#define CHEP_TOGGLE (CHEP(STATTX) | CHEP(DTOGTX) | CHEP(STATRX) | CHEP(DTOGRX))
#define CHEP_CLEAR0 (CHEP(VTTX) | CHEP(VTRX) | CHEP(NAK) | CHEP(ERR_TX) | CHEP(ERR_RX) | CHEP(THREE_ERR_TX) | CHEP(THREE_ERR_RX))
#define CHEP_PLAIN  (CHEP(EA) | CHEP(EPKIND) | CHEP(UTYPE) | CHEP(DEVADDR) | CHEP(LS_EP))
#define ISTR(field) BITS(U0_USB_ISTR_##field)
#define ISTR_CLEAR0 (ISTR(L1REQ) | ISTR(ESOF) | ISTR(SOF) | ISTR(RST_DCON) | ISTR(SUSP) | ISTR(WKUP) | ISTR(ERR) | ISTR(PMAOVR) | \
                     ISTR(THR512) | ISTR(DDISC))
#define CNTR(field) BITS(U0_USB_CNTR_##field)
#define CNTR_BITS   (CNTR(USBRST) | CNTR(PDWN) | CNTR(SUSPEN) | CNTR(L2RES) | CNTR(L1RES) | CNTR(L1REQM) | CNTR(ESOFM) | CNTR(SOFM) | \
                     CNTR(RST_DCONM) | CNTR(SUSPM) | CNTR(WKUPM) | CNTR(ERRM) | CNTR(PMAOVRM) | CNTR(CTRM) | CNTR(THR512M) |          \
                     CNTR(DDISCM) | CNTR(HOST))
#define INTERRUPTS  (ISTR_CLEAR0 | ISTR(CTR)) /* enabled by CNTR, at the same places */

static const struct periph_reg usb_rows[] = {
    [U0_USB_CNTR   / 4] = { CNTR(USBRST) | CNTR(PDWN), CNTR_BITS,                                     0, 0 },
    [U0_USB_ISTR   / 4] = { 0, 0,                                                                     0, 0 },
    [U0_USB_DADDR  / 4] = { 0, BITS(U0_USB_DADDR_ADD) | BITS(U0_USB_DADDR_EF),                        0, 0 },
    [U0_USB_LPMCSR / 4] = { 0, BITS(U0_USB_LPMCSR_LPMEN) | BITS(U0_USB_LPMCSR_LPMACK),                0, 0 },
    [U0_USB_BCDR   / 4] = { 0, 0x0000800F,                                                            0, 0 },
};

/* The memory keeps its contents over every reset. */
static const struct periph_reg ram_rows[RAM_WORDS] = { [0 ... RAM_WORDS - 1] = { 0, UINT32_MAX, 0, UINT32_MAX } };
/* clang-format on */
_Static_assert(CNTR(CTRM) == ISTR(CTR) && CNTR(RST_DCONM) == ISTR(RST_DCON) && CNTR(L1REQM) == ISTR(L1REQ) && CNTR(DDISCM) == ISTR(DDISC),
               "a flag and its interrupt enable have the same place");

struct ram_state {
    uint32_t reg[RAM_WORDS];
};

DEFINE_STATE(usb_state_table, "usb", struct usb_state, STATE_MANY(struct usb_state, reg, STATE_ANY),
             STATE_ONE(struct usb_state, begin_ps, STATE_ANY), STATE_ONE(struct usb_state, seen, STATE_ANY),
             STATE_ONE(struct usb_state, frames, STATE_ANY), STATE_ONE(struct usb_state, attachments, STATE_ANY),
             STATE_ONE(struct usb_state, cable, 1), STATE_ONE(struct usb_state, driven, 1), STATE_ONE(struct usb_state, attached, 1));
DEFINE_STATE(ram_state_table, "usbram", struct ram_state, STATE_MANY(struct ram_state, reg, STATE_ANY));

static uint32_t reg(const struct periph *p, uint32_t offset) { return *periph_word(p, offset); }

/* ---- frames ---- */

/* Frames since begin_ps: sent by the host, or missing. */
static uint64_t frames_since(const struct periph *p)
{
    const struct usb_state *s = p->state;
    const uint64_t now = periph_now_ps(p);

    return now > s->begin_ps ? (now - s->begin_ps) / FRAME_PS : 0;
}

uint64_t usb_drd_frames(const struct periph *p)
{
    const struct usb_state *s = p->state;

    return s->frames + (s->driven ? frames_since(p) : 0);
}

uint64_t usb_drd_next_frame_ps(const struct periph *p)
{
    const struct usb_state *s = p->state;

    return s->driven ? s->begin_ps + (frames_since(p) + 1) * FRAME_PS : TIME_NEVER;
}

/* From now on the host sends frames, or no longer does. */
static void drive(struct periph *p, bool driven)
{
    struct usb_state *s = p->state;

    s->frames = usb_drd_frames(p);
    s->driven = driven;
    s->begin_ps = periph_now_ps(p);
    s->seen = 0;
}

/* Is the transceiver on the bus, so that it hears frames and their absence? */
static bool listens(const struct periph *p) { return !(reg(p, U0_USB_CNTR) & (CNTR(USBRST) | CNTR(PDWN) | CNTR(HOST))); }

/* The flags that have come due since ISTR last told. */
static uint32_t due_flags(const struct periph *p)
{
    const struct usb_state *s = p->state;
    const uint64_t now = frames_since(p);

    if (!listens(p) || now <= s->seen)
        return 0;
    if (s->driven)
        return ISTR(SOF);
    if (s->seen >= SUSPEND_FRAMES || reg(p, U0_USB_CNTR) & CNTR(SUSPEN))
        return 0;
    return ISTR(ESOF) | (now >= SUSPEND_FRAMES ? ISTR(SUSP) : 0);
}

static void wake(struct periph *p)
{
    if (!(reg(p, U0_USB_CNTR) & CNTR(SUSPEN)))
        return;
    periph_set(p, U0_USB_CNTR, CNTR(SUSPEN) | CNTR(SUSPRDY), 0);
    periph_set(p, U0_USB_ISTR, ISTR(WKUP), UINT32_MAX);
}

static uint32_t frame_number(const struct periph *p)
{
    const struct usb_state *s = p->state;
    const uint32_t lines = s->driven || s->attached ? BITS(U0_USB_FNR_RXDP) : 0; /* J: idle */

    if (!s->driven)
        return lines | PUT(U0_USB_FNR_LSOF, frames_since(p) < SUSPEND_FRAMES ? frames_since(p) : SUSPEND_FRAMES) |
               (uint32_t)(s->frames & FRAME_MASK);
    return lines | (frames_since(p) >= 2 ? BITS(U0_USB_FNR_LCK) : 0) | (uint32_t)(usb_drd_frames(p) & FRAME_MASK);
}

static void refresh(struct periph *p)
{
    struct usb_state *s = p->state;
    const uint32_t due = due_flags(p);

    periph_set(p, U0_USB_ISTR, due, UINT32_MAX);
    if (due & ISTR(SOF))
        wake(p);
    s->seen = frames_since(p);
}

/* ---- what software sees ---- */

static void tell_transfers(struct periph *p)
{
    uint32_t flags = 0;

    for (unsigned i = CHANNELS; i-- > 0;)
        if (reg(p, i * 4) & (CHEP(VTTX) | CHEP(VTRX)))
            flags = ISTR(CTR) | PUT(U0_USB_ISTR_IDN, i) | (reg(p, i * 4) & CHEP(VTRX) ? ISTR(DIR) : 0);
    periph_set(p, U0_USB_ISTR, ISTR(CTR) | ISTR(IDN) | ISTR(DIR), flags);
}

static void update(struct periph *p)
{
    struct usb_state *s = p->state;
    const bool attached = usb_drd_attached(p);

    if (attached != s->attached) {
        s->attached = attached;
        s->attachments += attached;
        drive(p, false);
    }
    tell_transfers(p);
    periph_irq(p, reg(p, U0_USB_ISTR) & reg(p, U0_USB_CNTR) & INTERRUPTS);
    periph_changed(p);
}

/* What a reset on the bus, or CNTR.USBRST, does: a transfer that was told of is not forgotten. */
static void reset_function(struct periph *p)
{
    for (unsigned i = 0; i < CHANNELS; i++)
        periph_set(p, i * 4, ~(CHEP(VTTX) | CHEP(VTRX)), 0);
    periph_set(p, U0_USB_DADDR, UINT32_MAX, 0);
    periph_set(p, U0_USB_ISTR, ISTR(RST_DCON), UINT32_MAX);
}

static void write_channel(struct periph *p, uint32_t offset, uint32_t value)
{
    const uint32_t old = reg(p, offset);

    periph_set(p, offset, CHEP_PLAIN, value);
    periph_set(p, offset, CHEP_TOGGLE, old ^ value);
    periph_set(p, offset, CHEP_CLEAR0, old & value);
    if ((value & CHEP(UTYPE)) == PUT(U0_USB_CHEP0R_UTYPE, U0_USB_ISO) ||
        (value & (CHEP(UTYPE) | CHEP(EPKIND))) == (PUT(U0_USB_CHEP0R_UTYPE, U0_USB_BULK) | CHEP(EPKIND)))
        periph_note(p, "unmodelled", "isochronous and double-buffered channels");
}

static void write_control(struct periph *p, uint32_t value, uint32_t lanes)
{
    const uint32_t old = periph_store(p, U0_USB_CNTR, value, lanes), now = reg(p, U0_USB_CNTR);

    if (now & ~old & CNTR(USBRST))
        reset_function(p);
    if (now & ~old & CNTR(HOST))
        periph_note(p, "unmodelled", "host mode");
    if (now & CNTR(SUSPEN))
        periph_set(p, U0_USB_CNTR, CNTR(SUSPRDY), UINT32_MAX);
    else
        periph_set(p, U0_USB_CNTR, CNTR(SUSPRDY), 0);
}

static void usb_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    refresh(p);
    if (offset < CHANNELS * 4)
        write_channel(p, offset, value);
    else if (offset == U0_USB_ISTR)
        periph_set(p, offset, ISTR_CLEAR0 & ~value, 0);
    else if (offset == U0_USB_CNTR)
        write_control(p, value, lanes);
    else
        periph_store(p, offset, value, lanes);
    if (offset == U0_USB_BCDR && reg(p, offset) & 0x0F)
        periph_note(p, "unmodelled", "battery charging detection");
    update(p);
}

static uint32_t usb_peek(const struct periph *p, uint32_t offset)
{
    if (offset == U0_USB_FNR)
        return frame_number(p);
    if (offset == U0_USB_ISTR)
        return reg(p, offset) | due_flags(p);
    return offset / 4 < p->kind->words ? reg(p, offset) : 0;
}

static uint32_t usb_read(struct periph *p, uint32_t offset)
{
    if (offset == U0_USB_ISTR)
        refresh(p);
    return usb_peek(p, offset);
}

static void usb_reset(struct periph *p, enum periph_reset why)
{
    (void)why;
    update(p);
}

/* ---- by itself ---- */

static uint64_t usb_next_ps(const struct periph *p)
{
    const struct usb_state *s = p->state;
    const uint32_t cntr = reg(p, U0_USB_CNTR);

    if (!listens(p))
        return TIME_NEVER;
    if (s->driven)
        return cntr & (CNTR(SOFM) | CNTR(SUSPEN)) ? s->begin_ps + (s->seen + 1) * FRAME_PS : TIME_NEVER;
    if (s->seen >= SUSPEND_FRAMES || cntr & CNTR(SUSPEN) || !(cntr & (CNTR(ESOFM) | CNTR(SUSPM))))
        return TIME_NEVER;
    return s->begin_ps + (cntr & CNTR(ESOFM) ? s->seen + 1 : SUSPEND_FRAMES) * FRAME_PS;
}

static void usb_event(struct periph *p)
{
    refresh(p);
    update(p);
}

/* ---- the bus ---- */

bool usb_drd_attached(const struct periph *p)
{
    return reg(p, U0_USB_BCDR) & BITS(U0_USB_BCDR_DPPU_DPD) && !(reg(p, U0_USB_CNTR) & (CNTR(PDWN) | CNTR(HOST))) &&
           p->env->supplied(p->env->ctx, p);
}

uint32_t usb_drd_attachments(const struct periph *p) { return ((const struct usb_state *)p->state)->attachments; }
void usb_drd_supply_changed(struct periph *p) { update(p); }

void usb_drd_cable(struct periph *p, bool in)
{
    struct usb_state *s = p->state;

    if (s->cable == in)
        return;
    refresh(p);
    s->cable = in;
    drive(p, false);
    update(p);
}

void usb_drd_bus_reset(struct periph *p)
{
    refresh(p);
    drive(p, true);
    if (listens(p)) {
        wake(p);
        reset_function(p);
    }
    update(p);
}

bool usb_drd_hears(struct periph *p, uint8_t address)
{
    const uint32_t daddr = reg(p, U0_USB_DADDR);

    refresh(p); /* a bus with packets on it has frames, too: they end a suspend */
    if (!listens(p) || reg(p, U0_USB_CNTR) & CNTR(SUSPEN) || !(daddr & BITS(U0_USB_DADDR_EF)) || GET(daddr, U0_USB_DADDR_ADD) != address)
        return false;
    if (p->env->clock_hz(p->env->ctx, p) == USB_HZ)
        return true;
    periph_note(p, "clock", "a packet came while there was no 48 MHz clock");
    return false;
}

/* The channel that serves a packet; NULL: nobody answers. */
static uint32_t *channel_for(struct periph *p, unsigned ep, uint32_t stat_mask)
{
    for (unsigned i = 0; i < CHANNELS; i++)
        if (GET(reg(p, i * 4), U0_USB_CHEP0R_EA) == ep && reg(p, i * 4) & stat_mask)
            return periph_word(p, i * 4);
    return NULL;
}

static uint32_t *descriptor(const struct periph *p, const uint32_t *channel, uint32_t which)
{
    return (uint32_t *)p->mate->state + (size_t)(channel - (const uint32_t *)p->state) * 2 + which / 4;
}

static uint8_t *ram_lane(const struct periph *p, uint32_t at)
{
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the packet memory's words are kept as the host's");
    return (uint8_t *)p->mate->state + at % U0_USBRAM_BYTES;
}

static uint32_t room(uint32_t rxbd)
{
    const uint32_t blocks = GET(rxbd, U0_USBRAM_RXBD_0_NUM_BLOCK);

    return rxbd & BITS(U0_USBRAM_RXBD_0_BLSIZE) ? (blocks + 1) * 32 : blocks * 2;
}

/* The count is written before the flag: on some siblings it may come later (ES0561, ES0587), which software has to live with. */
static bool receive(struct periph *p, uint32_t *channel, const uint8_t *data, size_t len)
{
    uint32_t *const rxbd = descriptor(p, channel, U0_USBRAM_RXBD_0);

    if (len > room(*rxbd))
        return false;
    for (size_t i = 0; i < len; i++)
        *ram_lane(p, (GET(*rxbd, U0_USBRAM_RXBD_0_ADDR_RX) & ~3u) + (uint32_t)i) = data[i];
    *rxbd = (*rxbd & ~BITS(U0_USBRAM_RXBD_0_COUNT_RX)) | PUT(U0_USBRAM_RXBD_0_COUNT_RX, len);
    return true;
}

static uint32_t with_stat_rx(uint32_t chep, enum u0_usb_stat stat) { return (chep & ~CHEP(STATRX)) | PUT(U0_USB_CHEP0R_STATRX, stat); }
static uint32_t with_stat_tx(uint32_t chep, enum u0_usb_stat stat) { return (chep & ~CHEP(STATTX)) | PUT(U0_USB_CHEP0R_STATTX, stat); }

/* Always taken, but while the last packet has not been looked at. DTOGRX is cleared by the SETUP and flipped by its data. */
enum usb_answer usb_drd_setup(struct periph *p, const uint8_t packet[8])
{
    uint32_t *const channel = channel_for(p, 0, CHEP(STATRX));

    if (!channel || *channel & CHEP(VTRX) || GET(*channel, U0_USB_CHEP0R_UTYPE) != U0_USB_CONTROL ||
        !receive(p, channel, packet, SETUP_BYTES))
        return USB_SILENT;
    *channel = with_stat_rx(with_stat_tx(*channel, U0_USB_NAK), U0_USB_NAK) | CHEP(SETUP) | CHEP(VTRX) | CHEP(DTOGTX) | CHEP(DTOGRX);
    update(p);
    return USB_ACK;
}

enum usb_answer usb_drd_out(struct periph *p, unsigned ep, const uint8_t *data, size_t len)
{
    uint32_t *const channel = channel_for(p, ep, CHEP(STATRX));

    if (!channel)
        return USB_SILENT;
    switch (GET(*channel, U0_USB_CHEP0R_STATRX)) {
    case U0_USB_STALL: return USB_STALL;
    case U0_USB_NAK: return USB_NAK;
    default: break;
    }
    if (GET(*channel, U0_USB_CHEP0R_UTYPE) == U0_USB_CONTROL && *channel & CHEP(EPKIND) && len > 0) /* a status stage was expected */
        return USB_STALL;
    if (!receive(p, channel, data, len))
        return USB_STALL;
    *channel = ((with_stat_rx(*channel, U0_USB_NAK) & ~CHEP(SETUP)) ^ CHEP(DTOGRX)) | CHEP(VTRX);
    update(p);
    return USB_ACK;
}

enum usb_answer usb_drd_in(struct periph *p, unsigned ep, uint8_t *data, size_t *len)
{
    uint32_t *const channel = channel_for(p, ep, CHEP(STATTX)), *txbd;

    if (!channel)
        return USB_SILENT;
    switch (GET(*channel, U0_USB_CHEP0R_STATTX)) {
    case U0_USB_STALL: return USB_STALL;
    case U0_USB_NAK: return USB_NAK;
    default: break;
    }
    txbd = descriptor(p, channel, U0_USBRAM_TXBD_0);
    *len = GET(*txbd, U0_USBRAM_TXBD_0_COUNT_TX);
    if (*len > USB_PACKET_MAX)
        *len = USB_PACKET_MAX;
    for (size_t i = 0; i < *len; i++)
        data[i] = *ram_lane(p, (GET(*txbd, U0_USBRAM_TXBD_0_ADDR_TX) & ~3u) + (uint32_t)i);
    *channel = (with_stat_tx(*channel, U0_USB_NAK) ^ CHEP(DTOGTX)) | CHEP(VTTX);
    update(p);
    return USB_ACK;
}

const struct periph_kind usb_drd_kind = {
    .name = "USB",
    .names = &u0_usb_regs,
    .regs = usb_rows,
    .words = sizeof usb_rows / sizeof usb_rows[0],
    .apb = true,
    .state = &usb_state_table,
    .read = usb_read,
    .write = usb_write,
    .peek = usb_peek,
    .reset = usb_reset,
    .next_ps = usb_next_ps,
    .event = usb_event,
};

/* Reached by whole words only: a narrow write goes over the whole word, as behind the APB bridge (estimate). */
const struct periph_kind usb_ram_kind = { .name = "USBRAM", .regs = ram_rows, .words = RAM_WORDS, .apb = true, .state = &ram_state_table };
