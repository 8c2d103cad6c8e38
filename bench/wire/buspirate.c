/* buspirate.c - the Bus Pirate's binary modes. See buspirate.h. */
#include "wire/buspirate.h"

enum {
    ZEROS_TO_BITBANG = 20,
    REPLIES_PER_BYTE = 8, /* at most, of what one byte from the host can cause */
    CYCLES_PER_BYTE = 16,
    DONE = 0x01,
    UNKNOWN = 0x00,
};

enum { /* raw-wire mode. Those with a count or settings in their low bits: `RAW_..._MASK` tells which */
       RAW_LEAVE = 0x00,
       RAW_NAME = 0x01,
       RAW_START = 0x02, /* these four are for I2C and chip selects: acknowledged, wired to nothing */
       RAW_STOP = 0x03,
       RAW_CS_LOW = 0x04,
       RAW_CS_HIGH = 0x05,
       RAW_READ_BYTE = 0x06,
       RAW_READ_BIT = 0x07,
       RAW_PEEK = 0x08,
       RAW_TICK = 0x09,
       RAW_CLOCK_LOW = 0x0A,
       RAW_CLOCK_HIGH = 0x0B,
       RAW_DATA_LOW = 0x0C,
       RAW_DATA_HIGH = 0x0D,
       RAW_BULK_WRITE = 0x10,
       RAW_BULK_TICKS = 0x20,
       RAW_BULK_BITS = 0x30,
       RAW_PERIPHERALS = 0x40,
       RAW_SPEED = 0x60,
       RAW_CONFIG = 0x80,
       CONFIG_LSB_FIRST = 0x02,
       BITBANG_RAW_WIRE = 0x05,
       BITBANG_RESET = 0x0F,
};

static const uint32_t speeds_hz[4] = { 5000, 50000, 100000, 400000 };

void buspirate_init(struct buspirate *b, const struct wire_port *port)
{
    *b = (struct buspirate){ .port = port, .hz = speeds_hz[0], .last = true };
}

static bool carry_out(struct buspirate *b, struct buffer *out, struct err *e)
{
    uint8_t levels[WIRE_CYCLES_MAX];

    if (b->n_cycles > 0 && !b->port->clock(b->port->ctx, b->hz, b->cycles, levels, b->n_cycles, e))
        return false;
    for (size_t i = 0; i < b->n_replies; i++) {
        const struct buspirate_reply *r = &b->reply[i];
        unsigned value = r->value;

        for (unsigned bit = 0; bit < r->bits; bit++)
            value |= (unsigned)levels[r->first + bit] << (b->lsb_first ? bit : r->bits - 1 - bit);
        buffer_u8(out, value);
    }
    if (b->n_cycles > 0)
        b->last = levels[b->n_cycles - 1];
    b->n_cycles = b->n_replies = 0;
    return true;
}

static void reply(struct buspirate *b, uint8_t value) { b->reply[b->n_replies++] = (struct buspirate_reply){ .value = value }; }

static void reply_text(struct buspirate *b, const char *text)
{
    while (*text)
        reply(b, (uint8_t)*text++);
}

static void tick(struct buspirate *b)
{
    b->cycles[b->n_cycles++] = (uint8_t)((b->driven ? CYCLE_DRIVEN : 0) | (b->level ? CYCLE_LEVEL : 0));
}

static void read_bits(struct buspirate *b, unsigned bits)
{
    b->reply[b->n_replies++] = (struct buspirate_reply){ .first = (uint16_t)b->n_cycles, .bits = (uint8_t)bits };
    b->driven = false;
    while (bits-- > 0)
        tick(b);
}

static void write_bits(struct buspirate *b, unsigned value, unsigned bits)
{
    b->driven = true;
    for (unsigned i = 0; i < bits; i++) {
        b->level = value >> (b->lsb_first ? i : 7 - i) & 1;
        tick(b);
    }
}

static void hold(struct buspirate *b, bool level)
{
    b->driven = true;
    b->level = level;
    reply(b, DONE);
}

static void clock_to(struct buspirate *b, bool high)
{
    if (high && !b->clock_high)
        tick(b);
    b->clock_high = high;
    reply(b, DONE);
}

static bool raw_simple(struct buspirate *b, unsigned byte, struct buffer *out, struct err *e)
{
    switch (byte) {
    case RAW_LEAVE:
        b->mode = BP_BITBANG;
        reply_text(b, "BBIO1");
        break;
    case RAW_NAME: reply_text(b, "RAW1"); break;
    case RAW_START:
    case RAW_STOP:
    case RAW_CS_LOW:
    case RAW_CS_HIGH: reply(b, DONE); break;
    case RAW_READ_BYTE: read_bits(b, 8); break;
    case RAW_READ_BIT: read_bits(b, 1); break;
    case RAW_PEEK:
        if (!carry_out(b, out, e))
            return false;
        reply(b, b->last);
        break;
    case RAW_TICK:
        tick(b);
        reply(b, DONE);
        break;
    case RAW_CLOCK_LOW:
    case RAW_CLOCK_HIGH: clock_to(b, byte == RAW_CLOCK_HIGH); break;
    case RAW_DATA_LOW:
    case RAW_DATA_HIGH: hold(b, byte == RAW_DATA_HIGH); break;
    default: reply(b, UNKNOWN); break;
    }
    return true;
}

/* Settings hold for what was sent before them, too, unless that is carried out first. */
static bool raw_setting(struct buspirate *b, unsigned byte, struct buffer *out, struct err *e)
{
    if (!carry_out(b, out, e))
        return false;
    if ((byte & 0xF0) == RAW_CONFIG)
        b->lsb_first = byte & CONFIG_LSB_FIRST;
    else if ((byte & 0xFC) == RAW_SPEED)
        b->hz = speeds_hz[byte & 3];
    reply(b, (byte & 0xF0) == RAW_CONFIG || (byte & 0xFC) == RAW_SPEED || (byte & 0xF0) == RAW_PERIPHERALS ? DONE : UNKNOWN);
    return true;
}

static bool raw_wire(struct buspirate *b, unsigned byte, struct buffer *out, struct err *e)
{
    const unsigned count = (byte & 0x0F) + 1;

    if (b->bytes_due > 0) {
        b->bytes_due--;
        write_bits(b, byte, 8);
        reply(b, DONE);
        return true;
    }
    if (b->bits_due > 0) {
        write_bits(b, byte, b->bits_due);
        b->bits_due = 0;
        reply(b, DONE);
        return true;
    }
    switch (byte & 0xF0) {
    case 0x00: return raw_simple(b, byte, out, e);
    case RAW_BULK_WRITE: b->bytes_due = count; break;
    case RAW_BULK_BITS: b->bits_due = count > 8 ? 8 : count; break;
    case RAW_BULK_TICKS:
        for (unsigned i = 0; i < count; i++)
            tick(b);
        break;
    default: return raw_setting(b, byte, out, e);
    }
    reply(b, DONE);
    return true;
}

static void enter_raw_wire(struct buspirate *b)
{
    b->mode = BP_RAW_WIRE;
    b->hz = speeds_hz[0];
    b->lsb_first = b->driven = b->level = b->clock_high = false;
    b->bytes_due = b->bits_due = 0;
    reply_text(b, "RAW1");
}

static void bitbang(struct buspirate *b, unsigned byte)
{
    switch (byte) {
    case 0x00: reply_text(b, "BBIO1"); break;
    case BITBANG_RAW_WIRE: enter_raw_wire(b); break;
    case BITBANG_RESET:
        b->mode = BP_TERMINAL;
        b->zeros = 0;
        reply(b, DONE);
        break;
    default: reply(b, UNKNOWN); break; /* the other modes are not for SWD */
    }
}

static void terminal(struct buspirate *b, unsigned byte)
{
    b->zeros = byte == 0 ? b->zeros + 1 : 0;
    if (b->zeros < ZEROS_TO_BITBANG)
        return;
    b->mode = BP_BITBANG;
    reply_text(b, "BBIO1");
}

bool buspirate_feed(struct buspirate *b, const uint8_t *bytes, size_t len, struct buffer *out, struct err *e)
{
    for (size_t i = 0; i < len; i++) {
        if ((b->n_cycles > WIRE_CYCLES_MAX - CYCLES_PER_BYTE || b->n_replies > WIRE_CYCLES_MAX - REPLIES_PER_BYTE) && !carry_out(b, out, e))
            return false;
        if (b->mode == BP_RAW_WIRE) {
            if (!raw_wire(b, bytes[i], out, e))
                return false;
        } else if (b->mode == BP_BITBANG) {
            if (bytes[i] == BITBANG_RAW_WIRE && !carry_out(b, out, e)) /* the bit order changes */
                return false;
            bitbang(b, bytes[i]);
        } else {
            terminal(b, bytes[i]);
        }
    }
    return carry_out(b, out, e);
}
