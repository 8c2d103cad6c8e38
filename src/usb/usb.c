/* usb.c - what all fabrics share: the list, tracing, closing. See usb.h. */
#include "usb/usb.h"
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRACE_BYTES = 32, /* of a transfer's data; the rest is counted only */
    RAW_SERIAL_BYTES = 12,
    STANDARD_IN = 0x80, /* USB 2.0 9.4 */
    STANDARD_TO_INTERFACE = 0x01,
    STANDARD_TO_ENDPOINT = 0x02,
    CLEAR_FEATURE = 1,
    ENDPOINT_HALT = 0,
    GET_DESCRIPTOR = 6,
    SET_INTERFACE = 11,
    DESCRIPTOR_STRING = 3,
    STANDARD_MS = 1000,
};

bool usb_list_add(struct usb_list *l, const struct usb_id *id, struct err *e)
{
    struct usb_id *ids = realloc(l->ids, (l->count + 1) * sizeof *ids);

    if (!ids)
        return err_set(e, ERR_NOMEM, "no memory for the list of USB devices");
    ids[l->count++] = *id;
    l->ids = ids;
    return true;
}

void usb_list_free(struct usb_list *l)
{
    free(l->ids);
    *l = (struct usb_list){ 0 };
}

void usb_trace(struct usb_device *d, const char *format, ...)
{
    char line[256];
    va_list args;

    if (!d->trace)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    d->trace(d->trace_ctx, line);
}

/* `text` receives the first bytes in hexadecimal. */
static const char *hex(const uint8_t *data, size_t len, char *text, size_t cap)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < len && i < TRACE_BYTES; i++)
        used += (size_t)snprintf(text + used, cap - used, " %02x", data[i]);
    if (len > TRACE_BYTES)
        snprintf(text + used, cap - used, " ...");
    return text;
}

static void trace_transfer(struct usb_device *d, const char *what, bool in, const uint8_t *data, size_t len, size_t done, bool ok,
                           const struct err *e)
{
    char bytes[TRACE_BYTES * 3 + 8];

    if (!d->trace)
        return;
    hex(data, in ? done : len, bytes, sizeof bytes);
    if (ok)
        usb_trace(d, "usb   %s %s %zu%s", what, in ? "in " : "out", done, bytes);
    else
        usb_trace(d, "usb   %s %s %zu of %zu%s: %s", what, in ? "in " : "out", done, len, bytes, e->cause);
}

bool usb_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, size_t len,
                 size_t *done, unsigned timeout_ms, struct err *e)
{
    char what[40];
    bool ok;

    *done = 0;
    ok = d->ops->control(d, request_type, request, value, index, data, len, done, timeout_ms, e);
    snprintf(what, sizeof what, "ctl  %02x %02x %04x %04x", request_type, request, value, index);
    trace_transfer(d, what, request_type & 0x80, data, len, *done, ok, e);
    return ok;
}

bool usb_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    char what[16];
    bool ok;

    *done = 0;
    ok = d->ops->bulk(d, ep, data, len, done, timeout_ms, e);
    snprintf(what, sizeof what, "bulk %02x", ep);
    trace_transfer(d, what, ep & 0x80, data, len, *done, ok, e);
    return ok;
}

bool usb_set_alternate(struct usb_device *d, unsigned interface, unsigned alternate, struct err *e)
{
    size_t done;

    if (!d->ops->set_alternate)
        return usb_control(d, STANDARD_TO_INTERFACE, SET_INTERFACE, (uint16_t)alternate, (uint16_t)interface, NULL, 0, &done, STANDARD_MS,
                           e);
    if (!d->ops->set_alternate(d, interface, alternate, e)) {
        usb_trace(d, "usb   interface %u, alternate %u: %s", interface, alternate, e->cause);
        return false;
    }
    usb_trace(d, "usb   interface %u, alternate %u", interface, alternate);
    return true;
}

bool usb_clear_halt(struct usb_device *d, uint8_t ep, struct err *e)
{
    size_t done;
    bool ok;

    if (!d->ops->clear_halt)
        return usb_control(d, STANDARD_TO_ENDPOINT, CLEAR_FEATURE, ENDPOINT_HALT, ep, NULL, 0, &done, STANDARD_MS, e);
    ok = d->ops->clear_halt(d, ep, e);
    usb_trace(d, "usb   halt of %02x cleared%s%s", ep, ok ? "" : ": ", ok ? "" : e->cause);
    return ok;
}

bool usb_comes_back(struct usb_device *d, unsigned limit_ms, struct err *e)
{
    bool ok;

    if (!d->ops->comes_back)
        return err_set(e, ERR_UNSUPPORTED, "a usb device of this kind cannot be waited for");
    ok = d->ops->comes_back(d, limit_ms, e);
    usb_trace(d, "usb   again: %s", ok ? "here" : e->cause);
    return ok;
}

bool usb_descriptor(struct usb_device *d, uint8_t type, uint8_t index, uint8_t *bytes, size_t cap, size_t *got, struct err *e)
{
    if (!usb_control(d, STANDARD_IN, GET_DESCRIPTOR, (uint16_t)(type << 8 | index), 0, bytes, cap, got, STANDARD_MS, e))
        return false;
    return (*got >= 2 && bytes[1] == type) || err_set(e, ERR_PROTOCOL, "the USB device answers with something that is not the descriptor");
}

bool usb_string(struct usb_device *d, uint8_t index, char *text, size_t cap, struct err *e)
{
    uint8_t raw[255], bytes[127];
    uint16_t language;
    size_t got, len = 0;

    text[0] = '\0';
    if (index == 0)
        return true;
    if (!usb_descriptor(d, DESCRIPTOR_STRING, 0, raw, sizeof raw, &got, e))
        return err_doing(e, "reading the languages of the USB device's strings");
    language = got >= 4 ? get_le16(raw + 2) : 0;
    if (!usb_control(d, STANDARD_IN, GET_DESCRIPTOR, (uint16_t)(DESCRIPTOR_STRING << 8 | index), language, raw, sizeof raw, &got,
                     STANDARD_MS, e))
        return err_doing(e, "reading string %u of the USB device", index);
    if (got < 2 || raw[1] != DESCRIPTOR_STRING)
        return err_set(e, ERR_PROTOCOL, "the USB device answers with something that is not string %u", index);
    for (size_t i = 2; i + 1 < got && i + 1 < raw[0]; i += 2)
        bytes[len++] = raw[i];
    usb_text(bytes, len, text, cap);
    return true;
}

void usb_close(struct usb_device *d)
{
    if (d)
        d->ops->close(d);
}

void usb_text(const uint8_t *bytes, size_t len, char *text, size_t cap)
{
    bool printable = true;

    for (size_t i = 0; i < len; i++)
        printable = printable && bytes[i] >= 0x20 && bytes[i] < 0x7F;
    text[0] = '\0';
    if (len == RAW_SERIAL_BYTES && !printable) {
        for (size_t i = 0; i < len && 2 * i + 2 < cap; i++)
            snprintf(text + 2 * i, cap - 2 * i, "%02X", bytes[i]);
        return;
    }
    for (size_t i = 0; i < len && i + 1 < cap; i++) {
        text[i] = '.';
        if (bytes[i] >= 0x20 && bytes[i] < 0x7F)
            text[i] = (char)bytes[i];
        text[i + 1] = '\0';
    }
}

const char *usb_udev_rule(const struct usb_id *id, char *text, size_t cap)
{
    snprintf(text, cap, "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", MODE=\"0660\", TAG+=\"uaccess\"", id->vid,
             id->pid);
    return text;
}
