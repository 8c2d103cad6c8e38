/* usb.c - endpoint 0 of the USB device: packets, the stages of a control transfer, the standard requests (USB 2.0 chapter 9). */
#include "rom.h"

#include "device/regs/cortexm.h"
#include "device/regs/u0_usb.h"

enum { BUFFER_TX = 0x40, BUFFER_RX = 0x80, USB_IRQ = 8, SETUP_BYTES = 8 };
#define CHEP0       (USB + U0_USB_CHEP0R)
#define CHEP(field) BITS(U0_USB_CHEP0R_##field)
#define FLAGS       (CHEP(VTTX) | CHEP(VTRX))
#define STATS       (CHEP(STATTX) | CHEP(STATRX))

enum request {
    GET_STATUS,
    CLEAR_FEATURE,
    SET_FEATURE = 3,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION,
    GET_INTERFACE,
    SET_INTERFACE
};

static struct {
    struct usb_setup setup;
    const uint8_t *send; /* what is left to be sent */
    size_t send_left, received;
    bool zero_packet; /* after what is left: it is less than the host asked for */
    bool receiving, ending;
    uint8_t address, configuration;
    uint8_t scratch[256];
} usb;

/* Status of both directions; pending flags stay. */
static void set_stats(enum u0_usb_stat tx, enum u0_usb_stat rx)
{
    const uint32_t old = REG(CHEP0), want = PUT(U0_USB_CHEP0R_STATTX, tx) | PUT(U0_USB_CHEP0R_STATRX, rx);

    REG(CHEP0) = (old & (CHEP(EA) | CHEP(UTYPE))) | FLAGS | ((old ^ want) & STATS);
}

static void clear(uint32_t flag) { REG(CHEP0) = (REG(CHEP0) & (CHEP(EA) | CHEP(UTYPE))) | (FLAGS & ~flag); }

/* ---- packet memory: whole words only ---- */

static void put_packet(const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word = 0;

        for (size_t k = 0; k < 4 && i + k < len; k++)
            word |= (uint32_t)from[i + k] << k * 8;
        REG(USBRAM + BUFFER_TX + i) = word;
    }
    REG(USBRAM + U0_USBRAM_TXBD_0) = BUFFER_TX | PUT(U0_USBRAM_TXBD_0_COUNT_TX, len);
}

static size_t get_packet(uint8_t *to, size_t room)
{
    size_t len = GET(REG(USBRAM + U0_USBRAM_RXBD_0), U0_USBRAM_RXBD_0_COUNT_RX);

    if (len > room)
        len = room;
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(REG(USBRAM + BUFFER_RX + (i & ~(size_t)3)) >> (i & 3) * 8);
    return len;
}

/* ---- stages ---- */

static void stall(void) { set_stats(U0_USB_STALL, U0_USB_STALL); }

static void send_next(void)
{
    const size_t len = usb.send_left < PACKET ? usb.send_left : PACKET;

    put_packet(usb.send, len);
    usb.send += len;
    usb.send_left -= len;
    usb.zero_packet &= len == PACKET;
    set_stats(U0_USB_VALID, U0_USB_VALID); /* the host may end the stage at any time */
}

static void begin_in(const uint8_t *from, size_t len)
{
    usb.send = from;
    usb.send_left = len < usb.setup.length ? len : usb.setup.length;
    usb.zero_packet = usb.send_left < usb.setup.length && usb.send_left > 0;
    send_next();
}

/* The status stage of a request without data or with data from the host. */
static void confirm(void)
{
    usb.ending = true;
    put_packet(NULL, 0);
    set_stats(U0_USB_VALID, U0_USB_NAK);
}

/* ---- standard requests ---- */

static bool standard_in(size_t *len)
{
    usb.scratch[0] = usb.scratch[1] = 0;
    switch (usb.setup.request) {
    case GET_STATUS: *len = 2; return true;
    case GET_CONFIGURATION:
        usb.scratch[0] = usb.configuration;
        *len = 1;
        return true;
    case GET_INTERFACE:
        usb.scratch[0] = (uint8_t)dfu_alternate();
        *len = 1;
        return usb.setup.index == 0;
    default: return false;
    }
}

static bool standard_out(void)
{
    const uint16_t value = usb.setup.value;

    switch (usb.setup.request) {
    case SET_ADDRESS: usb.address = value & 0x7F; return true;
    case SET_CONFIGURATION: usb.configuration = (uint8_t)value; return value <= 1;
    case SET_INTERFACE: return usb.setup.index == 0 && dfu_select(value);
    case CLEAR_FEATURE:
    case SET_FEATURE: return (usb.setup.type & 0x1F) <= 2;
    default: return false;
    }
}

static void on_setup(void)
{
    struct usb_setup *const s = &usb.setup;
    const bool in = s->type & USB_DIR_IN, dfu = (s->type & USB_TYPE_MASK) == USB_TYPE_CLASS;
    const uint8_t *from = usb.scratch;
    size_t len = 0;
    bool good;

    usb.receiving = usb.ending = false;
    if (in && dfu) {
        good = (s->type & 0x1F) == USB_INTERFACE && dfu_in(s, &len);
        from = dfu_block;
    } else if (in && s->request == GET_DESCRIPTOR) {
        from = descriptor(s->value >> 8, s->value & 0xFF, usb.scratch, &len);
        good = from != NULL;
    } else if (in) {
        good = standard_in(&len);
    } else {
        good = dfu ? (s->type & 0x1F) == USB_INTERFACE && dfu_out(s) : standard_out();
    }
    if (!good)
        stall();
    else if (in)
        begin_in(from, len);
    else if (s->length > 0 && dfu) {
        usb.receiving = true;
        usb.received = 0;
        set_stats(U0_USB_NAK, U0_USB_VALID);
    } else if (dfu && !dfu_received(s))
        stall();
    else
        confirm();
}

static void on_out(void)
{
    if (!usb.receiving) { /* the host's status stage */
        dfu_done();
        return;
    }
    usb.received += get_packet(dfu_block + usb.received, sizeof dfu_block - usb.received);
    if (usb.received < usb.setup.length) {
        set_stats(U0_USB_NAK, U0_USB_VALID);
        return;
    }
    usb.receiving = false;
    if (dfu_received(&usb.setup))
        confirm();
    else
        stall();
}

static void on_in(void)
{
    if (usb.ending) {
        usb.ending = false;
        if (usb.address) {
            REG(USB + U0_USB_DADDR) = BITS(U0_USB_DADDR_EF) | usb.address;
            usb.address = 0;
        }
        dfu_done();
    } else if (usb.send_left > 0 || usb.zero_packet) {
        send_next();
    }
}

static void on_transfer(void)
{
    const uint32_t chep = REG(CHEP0);

    if (chep & CHEP(VTTX)) { /* first: it came before what has been received since */
        clear(CHEP(VTTX));
        on_in();
    } else if (chep & CHEP(SETUP)) {
        uint8_t b[SETUP_BYTES];

        get_packet(b, sizeof b);
        clear(CHEP(VTRX));
        usb.setup =
            (struct usb_setup){ b[0], b[1], (uint16_t)(b[2] | b[3] << 8), (uint16_t)(b[4] | b[5] << 8), (uint16_t)(b[6] | b[7] << 8) };
        on_setup();
    } else {
        clear(CHEP(VTRX));
        on_out();
    }
}

static void on_bus_reset(void)
{
    usb.address = usb.configuration = 0;
    usb.receiving = usb.ending = false;
    dfu_reset();
    REG(USBRAM + U0_USBRAM_TXBD_0) = BUFFER_TX;
    REG(USBRAM + U0_USBRAM_RXBD_0) = BUFFER_RX | BITS(U0_USBRAM_RXBD_0_BLSIZE) | PUT(U0_USBRAM_RXBD_0_NUM_BLOCK, PACKET / 32 - 1);
    clear(FLAGS);
    REG(CHEP0) =
        PUT(U0_USB_CHEP0R_UTYPE, U0_USB_CONTROL) | FLAGS | PUT(U0_USB_CHEP0R_STATTX, U0_USB_NAK) | PUT(U0_USB_CHEP0R_STATRX, U0_USB_VALID);
    REG(USB + U0_USB_DADDR) = BITS(U0_USB_DADDR_EF);
}

void usb_interrupt(void)
{
    if (REG(USB + U0_USB_ISTR) & BITS(U0_USB_ISTR_RST_DCON)) {
        REG(USB + U0_USB_ISTR) = ~BITS(U0_USB_ISTR_RST_DCON);
        on_bus_reset();
    }
    while (REG(USB + U0_USB_ISTR) & BITS(U0_USB_ISTR_CTR))
        on_transfer();
}

void usb_start(void)
{
    REG(USB + U0_USB_CNTR) = BITS(U0_USB_CNTR_USBRST);
    REG(USB + U0_USB_CNTR) = 0;
    REG(USB + U0_USB_ISTR) = 0;
    REG(USB + U0_USB_CNTR) = BITS(U0_USB_CNTR_CTRM) | BITS(U0_USB_CNTR_RST_DCONM);
    REG(PPB(NVIC_ISER)) = 1u << USB_IRQ;
}

uint32_t usb_frame(void) { return GET(REG(USB + U0_USB_FNR), U0_USB_FNR_FN); }
void usb_attach(void) { REG(USB + U0_USB_BCDR) = BITS(U0_USB_BCDR_DPPU_DPD); }
void usb_detach(void) { REG(USB + U0_USB_BCDR) = 0; }
