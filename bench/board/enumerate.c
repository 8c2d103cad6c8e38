/* enumerate.c - finding out what device has appeared. See enumerate.h. Source: USB 2.0, chapter 9. */
#include "board/enumerate.h"

#include "base/bytes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { GET_DESCRIPTOR = 6, SET_ADDRESS = 5, SET_CONFIGURATION = 9 };
enum { DEVICE = 1, CONFIGURATION = 2, STRING = 3 };
enum { OUR_ADDRESS = 1, LANGUAGE_US = 0x0409, LIMIT_MS = 500, RAW_SERIAL_CHARS = 12 };

static bool get_descriptor(struct usbhost *h, unsigned type, unsigned index, unsigned language, uint8_t *data, size_t *len)
{
    uint8_t setup[8] = { 0x80, GET_DESCRIPTOR, (uint8_t)index, (uint8_t)type };

    put_le16(setup + 4, language);
    put_le16(setup + 6, (uint32_t)*len);
    return usbhost_control(h, setup, data, len, LIMIT_MS * PS_PER_MS) == USB_DONE;
}

static bool set(struct usbhost *h, unsigned request, unsigned value)
{
    const uint8_t setup[8] = { 0, (uint8_t)request, (uint8_t)value };
    size_t none = 0;

    return usbhost_control(h, setup, NULL, &none, LIMIT_MS * PS_PER_MS) == USB_DONE;
}

/* String descriptor `index` as printable characters; "" if there is none. */
static void get_string(struct usbhost *h, unsigned index, unsigned language, bool serial, char out[USB_STRING_MAX])
{
    uint8_t d[255];
    size_t len = sizeof d, chars;
    bool raw = false, only_hex = true;

    if (index == 0 || !get_descriptor(h, STRING, index, language, d, &len) || len < 2 || d[1] != STRING)
        return;
    if (d[0] < len)
        len = d[0];
    chars = (len - 2) / 2;
    for (size_t i = 0; i < chars; i++) {
        raw |= d[2 + 2 * i] < ' ' || d[2 + 2 * i] > '~';
        only_hex &= isxdigit(d[2 + 2 * i]) != 0;
    }
    raw |= chars == RAW_SERIAL_CHARS && !only_hex;
    for (size_t i = 0, at = 0; i < chars && at + 3 < USB_STRING_MAX; i++) {
        const unsigned low = d[2 + 2 * i];

        if (serial && raw)
            at += (size_t)snprintf(out + at, USB_STRING_MAX - at, "%02X", low);
        else
            out[at++] = (char)(low < ' ' || low > '~' ? '?' : low);
    }
}

bool usb_enumerate(struct usbhost *h, struct usb_identity *id)
{
    uint8_t languages[4] = { 0 };
    size_t len = 8;
    unsigned language = LANGUAGE_US;

    if (!get_descriptor(h, DEVICE, 0, 0, id->device, &len) || len != 8) /* as much as the smallest endpoint 0 gives at once */
        return false;
    if (!set(h, SET_ADDRESS, OUR_ADDRESS))
        return false;
    len = sizeof id->device;
    if (!get_descriptor(h, DEVICE, 0, 0, id->device, &len) || len != sizeof id->device || id->device[1] != DEVICE)
        return false;
    len = 9;
    if (!get_descriptor(h, CONFIGURATION, 0, 0, id->config, &len) || len != 9 || id->config[1] != CONFIGURATION)
        return false;
    len = get_le16(id->config + 2);
    if (len < 9 || len > sizeof id->config || !get_descriptor(h, CONFIGURATION, 0, 0, id->config, &len))
        return false;
    id->config_bytes = (uint16_t)len;
    len = sizeof languages;
    if (get_descriptor(h, STRING, 0, 0, languages, &len) && len == sizeof languages)
        language = get_le16(languages + 2);
    get_string(h, id->device[14], language, false, id->manufacturer);
    get_string(h, id->device[15], language, false, id->product);
    get_string(h, id->device[16], language, true, id->serial);
    return set(h, SET_CONFIGURATION, id->config[5]);
}
