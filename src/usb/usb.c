/* usb.c - what all fabrics share: the list, tracing, closing. See usb.h. */
#include "usb/usb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRACE_BYTES = 32, /* of a transfer's data; the rest is counted only */
    RAW_SERIAL_BYTES = 12
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
