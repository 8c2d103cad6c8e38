/* descriptors.c - endpoint 0: descriptors and the standard requests.
 *
 * Sources: USB 2.0 chapter 9; published dumps of a Nucleo's probe (0483:374B) for device, strings and the debug interface. A real V2-1 also
 * shows mass storage and a serial port; no client of the debug interface looks for them, and this model has only interface 0. */
#include "base/bytes.h"
#include "stlink/parts.h"

#include <stdlib.h>
#include <string.h>

enum { /* bRequest */
       GET_STATUS = 0,
       CLEAR_FEATURE = 1,
       SET_FEATURE = 3,
       SET_ADDRESS = 5,
       GET_DESCRIPTOR = 6,
       GET_CONFIGURATION = 8,
       SET_CONFIGURATION = 9,
       GET_INTERFACE = 10,
       SET_INTERFACE = 11,
};

enum { TO_DEVICE = 0x00, TO_INTERFACE = 0x01, TO_ENDPOINT = 0x02, IN = 0x80 }; /* bmRequestType */

enum { DEVICE_DESCRIPTOR = 1, CONFIGURATION_DESCRIPTOR = 2, STRING_DESCRIPTOR = 3, ENDPOINT_HALT = 0 };

/* clang-format off */
static const uint8_t device_descriptor[] = {
    18, DEVICE_DESCRIPTOR, 0x00, 0x02,      /* USB 2.00 */
    0xEF, 0x02, 0x01, PACKET_BYTES,         /* interface associations; endpoint 0 */
    0x83, 0x04, 0x4B, 0x37, 0x00, 0x01,     /* VID, PID, release 1.00 */
    1, 2, 3, 1,                             /* manufacturer, product, serial; configurations */
};

static const uint8_t configuration_descriptor[] = {
    9, CONFIGURATION_DESCRIPTOR, 39, 0, 1, 1, 0, 0x80, 50, /* one interface, bus-powered, 100 mA */
    9, 4, 0, 0, 3, 0xFF, 0xFF, 0xFF, 4,     /* interface 0: vendor, three endpoints, its own string */
    7, 5, 0x01, 2, PACKET_BYTES, 0, 0,      /* bulk OUT: commands and data */
    7, 5, 0x81, 2, PACKET_BYTES, 0, 0,      /* bulk IN: replies */
    7, 5, 0x82, 2, PACKET_BYTES, 0, 0,      /* bulk IN: trace */
};

static const char *const strings[] = { NULL, "STMicroelectronics", "STM32 STLink", NULL /* serial */, "ST-Link Debug" };
/* clang-format on */
_Static_assert(sizeof configuration_descriptor == 39, "wTotalLength");

enum { LANGUAGE = 0x0409, SERIAL_STRING = 3, STRINGS = sizeof strings / sizeof strings[0] };

/* The reply is cut to what the host asks for, but its first byte keeps the whole length: stlink asks for 48 of the serial's 50. */
static enum usb_answer reply(struct stlink *p, const void *bytes, size_t len, unsigned wanted)
{
    p->s.ep0_stage = EP0_REPLY;
    p->s.ep0_bytes = (uint8_t)(len < wanted ? len : wanted);
    memcpy(p->s.ep0_reply, bytes, len);
    return USB_ACK;
}

static enum usb_answer done(struct stlink *p)
{
    p->s.ep0_stage = EP0_STATUS;
    return USB_ACK;
}

static enum usb_answer reply_string(struct stlink *p, unsigned index, unsigned wanted)
{
    uint8_t text[STLINK_EP0_BYTES] = { 4, STRING_DESCRIPTOR, LANGUAGE & 0xFF, LANGUAGE >> 8 };
    const char *s;

    if (index >= STRINGS)
        return USB_STALL;
    if (index == 0)
        return reply(p, text, 4, wanted);
    s = index == SERIAL_STRING ? p->params->serial : strings[index];
    if (index == SERIAL_STRING && p->params->serial_is_raw) {
        for (text[0] = 2; s[0] && s[1]; s += 2, text[0] = (uint8_t)(text[0] + 2)) {
            const char pair[3] = { s[0], s[1], '\0' };

            put_le16(text + text[0], (uint32_t)strtoul(pair, NULL, 16));
        }
        return reply(p, text, text[0], wanted);
    }
    for (text[0] = 2; *s; s++, text[0] = (uint8_t)(text[0] + 2))
        put_le16(text + text[0], (uint8_t)*s);
    return reply(p, text, text[0], wanted);
}

static enum usb_answer get_descriptor(struct stlink *p, unsigned kind, unsigned index, unsigned wanted)
{
    if (kind == DEVICE_DESCRIPTOR && index == 0)
        return reply(p, device_descriptor, sizeof device_descriptor, wanted);
    if (kind == CONFIGURATION_DESCRIPTOR && index == 0)
        return reply(p, configuration_descriptor, sizeof configuration_descriptor, wanted);
    if (kind == STRING_DESCRIPTOR)
        return reply_string(p, index, wanted);
    return USB_STALL; /* device qualifier and the like: full speed only */
}

static enum usb_answer set_configuration(struct stlink *p, unsigned value)
{
    if (value > 1)
        return USB_STALL;
    p->s.configuration = (uint8_t)value;
    p->s.halted = 0;
    stlink_forget_command(p);
    return done(p);
}

/* Bit of a bulk endpoint in `halted`; 0 if there is no such endpoint, or it cannot be halted (0). */
static unsigned endpoint_bit(unsigned address)
{
    switch (address) {
    case 0x01: return 1;
    case 0x81: return 2;
    case 0x82: return 4;
    default: return 0;
    }
}

static enum usb_answer endpoint_feature(struct stlink *p, unsigned feature, unsigned address, bool set)
{
    const unsigned bit = endpoint_bit(address);

    if (feature != ENDPOINT_HALT || bit == 0)
        return USB_STALL;
    p->s.halted = (uint8_t)(set ? p->s.halted | bit : p->s.halted & ~bit);
    return done(p);
}

static enum usb_answer get_status(struct stlink *p, unsigned recipient, unsigned index, unsigned wanted)
{
    const uint8_t halted[2] = { (p->s.halted & endpoint_bit(index)) != 0 }, none[2] = { 0 };

    if (recipient == TO_ENDPOINT && (endpoint_bit(index) || (index & 0x7F) == 0))
        return reply(p, halted, 2, wanted);
    if (recipient == TO_DEVICE || (recipient == TO_INTERFACE && index == 0))
        return reply(p, none, 2, wanted);
    return USB_STALL;
}

enum usb_answer ep0_setup(struct stlink *p, const uint8_t packet[8])
{
    const unsigned type = packet[0], request = packet[1], value = get_le16(packet + 2);
    const unsigned index = get_le16(packet + 4), wanted = get_le16(packet + 6);
    const uint8_t alternate = 0;

    p->s.ep0_stage = EP0_IDLE; /* a SETUP ends whatever was going on */
    p->s.ep0_bytes = 0;
    p->s.ep0_sent = false;
    switch (type << 8 | request) {
    case (IN | TO_DEVICE) << 8 | GET_STATUS:
    case (IN | TO_INTERFACE) << 8 | GET_STATUS:
    case (IN | TO_ENDPOINT) << 8 | GET_STATUS: return get_status(p, type & 0x1F, index, wanted);
    case TO_ENDPOINT << 8 | CLEAR_FEATURE: return endpoint_feature(p, value, index, false);
    case TO_ENDPOINT << 8 | SET_FEATURE: return endpoint_feature(p, value, index, true);
    case TO_DEVICE << 8 | SET_ADDRESS: return value < 128 ? done(p) : USB_STALL; /* one device on the cable: the number is not kept */
    case (IN | TO_DEVICE) << 8 | GET_DESCRIPTOR: return get_descriptor(p, value >> 8, value & 0xFF, wanted);
    case (IN | TO_DEVICE) << 8 | GET_CONFIGURATION: return reply(p, &p->s.configuration, 1, wanted);
    case TO_DEVICE << 8 | SET_CONFIGURATION: return set_configuration(p, value);
    case (IN | TO_INTERFACE) << 8 | GET_INTERFACE: return index == 0 ? reply(p, &alternate, 1, wanted) : USB_STALL;
    case TO_INTERFACE << 8 | SET_INTERFACE: return index == 0 && value == 0 ? done(p) : USB_STALL;
    default: return USB_STALL;
    }
}

enum usb_answer ep0_in(struct stlink *p, uint8_t *data, size_t *len)
{
    *len = 0;
    if (p->s.ep0_stage == EP0_IDLE)
        return USB_STALL; /* nobody asked */
    if (p->s.ep0_stage == EP0_REPLY) {
        if (!p->s.ep0_sent) { /* at most STLINK_EP0_BYTES: one packet. If asked again, an empty one */
            *len = p->s.ep0_bytes;
            memcpy(data, p->s.ep0_reply, *len);
        }
        p->s.ep0_sent = true;
    } else {
        p->s.ep0_stage = EP0_IDLE;
    }
    return USB_ACK;
}

/* Only the empty status packet after a reply is expected: no request has an OUT data stage. */
enum usb_answer ep0_out(struct stlink *p, size_t len)
{
    const bool expected = p->s.ep0_stage == EP0_REPLY && len == 0;

    p->s.ep0_stage = EP0_IDLE;
    return expected ? USB_ACK : USB_STALL;
}
