/* usb_libusb.c - the machine's own USB buses, through libusb-1.0.
 *
 * Each opened device has a context of its own, so that two never share events. Linux tells a little more: usb_linux.h. */
#include "usb/usb.h"
#include "usb/usb_linux.h"

#include <ctype.h>
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VID_ST = 0x0483, STRING_TIMEOUT_MS = 500, BACK_POLL_US = 20000 };

struct machine_device {
    struct usb_device base;
    libusb_context *context;
    libusb_device_handle *handle;
    unsigned interface;
};

static bool fail(struct err *e, int code)
{
    switch (code) {
    case LIBUSB_ERROR_TIMEOUT: return err_set(e, ERR_TIMEOUT, "no answer over USB in time");
    case LIBUSB_ERROR_PIPE: return err_set(e, ERR_IO, "the USB device refused the transfer (stall)");
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND: return err_set(e, ERR_NODEV, "the USB device was unplugged");
    case LIBUSB_ERROR_OVERFLOW: return err_set(e, ERR_PROTOCOL, "the USB device sent more than was asked for");
    case LIBUSB_ERROR_NO_MEM: return err_set(e, ERR_NOMEM, "no memory for a USB transfer");
    default: return err_set(e, ERR_IO, "USB transfer failed (%s)", libusb_error_name(code));
    }
}

/* "1-4.2", the name Linux uses; "1-0" for a device that does not tell its port. */
static void path_of(libusb_device *device, char *text, size_t cap)
{
    uint8_t ports[8];
    const int count = libusb_get_port_numbers(device, ports, sizeof ports);
    size_t used = (size_t)snprintf(text, cap, "%u-", libusb_get_bus_number(device));

    for (int i = 0; i < count && used < cap; i++)
        used += (size_t)snprintf(text + used, cap - used, "%s%u", i ? "." : "", ports[i]);
    if (count <= 0 && used < cap)
        snprintf(text + used, cap - used, "0");
}

/* A string descriptor as bytes: the low halves of its UTF-16 units. False if it cannot be read. */
static bool read_string(libusb_device_handle *handle, uint8_t index, uint8_t *text, size_t cap, size_t *len)
{
    uint8_t raw[256];
    uint16_t language;
    int count;

    if (index == 0)
        return false;
    count = libusb_control_transfer(handle, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR, LIBUSB_DT_STRING << 8, 0, raw,
                                    sizeof raw - 1, STRING_TIMEOUT_MS);
    if (count < 4)
        return false;
    language = (uint16_t)(raw[2] | raw[3] << 8);
    count = libusb_control_transfer(handle, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR, (uint16_t)(LIBUSB_DT_STRING << 8 | index),
                                    language, raw, sizeof raw - 1, STRING_TIMEOUT_MS);
    if (count < 2 || raw[1] != LIBUSB_DT_STRING)
        return false;
    if (raw[0] < count)
        count = raw[0];
    *len = 0;
    for (int i = 2; i + 1 < count && *len < cap; i += 2)
        text[(*len)++] = raw[i];
    return true;
}

static void look_inside(libusb_device *device, const struct libusb_device_descriptor *descriptor, struct usb_id *id)
{
    libusb_device_handle *handle;
    uint8_t bytes[128];
    size_t len;
    const int code = libusb_open(device, &handle);

    if (code != LIBUSB_SUCCESS) {
        if (code == LIBUSB_ERROR_ACCESS)
            id->access = USB_DENIED;
        usb_linux_strings(id);
        return;
    }
    if (read_string(handle, descriptor->iSerialNumber, bytes, sizeof bytes, &len))
        usb_text(bytes, len, id->serial, sizeof id->serial);
    if (read_string(handle, descriptor->iProduct, bytes, sizeof bytes, &len))
        usb_text(bytes, len, id->product, sizeof id->product);
    libusb_close(handle);
    if (usb_linux_claimed(id, 0))
        id->access = USB_IN_USE;
}

static bool machine_list(const char *where, struct usb_list *list, struct err *e)
{
    libusb_context *context;
    libusb_device **devices;
    bool ok = true;
    ssize_t count;
    int code;

    (void)where;
    code = libusb_init(&context);
    if (code != LIBUSB_SUCCESS)
        return err_set(e, ERR_IO, "USB is not available on this machine (%s)", libusb_error_name(code));
    count = libusb_get_device_list(context, &devices);
    if (count < 0) {
        libusb_exit(context);
        return err_set(e, ERR_IO, "the USB devices cannot be listed (%s)", libusb_error_name((int)count));
    }
    for (ssize_t i = 0; ok && i < count; i++) {
        struct libusb_device_descriptor descriptor;
        struct usb_id id = { .fabric = &usb_fabric_libusb, .access = USB_FREE };

        if (libusb_get_device_descriptor(devices[i], &descriptor) != LIBUSB_SUCCESS)
            continue;
        id.vid = descriptor.idVendor;
        id.pid = descriptor.idProduct;
        path_of(devices[i], id.path, sizeof id.path);
        if (id.vid == VID_ST) /* other people's devices are none of our business */
            look_inside(devices[i], &descriptor, &id);
        ok = usb_list_add(list, &id, e);
    }
    libusb_free_device_list(devices, 1);
    libusb_exit(context);
    return ok;
}

static bool machine_control(struct usb_device *d, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data,
                            size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct machine_device *m = (struct machine_device *)d;
    int code;

    if (len > UINT16_MAX)
        return err_set(e, ERR_BUG, "a control transfer of %zu bytes", len);
    code = m->handle ? libusb_control_transfer(m->handle, request_type, request, value, index, data, (uint16_t)len, timeout_ms)
                     : LIBUSB_ERROR_NO_DEVICE;
    *done = code > 0 ? (size_t)code : 0;
    return code >= 0 || fail(e, code);
}

static bool machine_bulk(struct usb_device *d, uint8_t ep, uint8_t *data, size_t len, size_t *done, unsigned timeout_ms, struct err *e)
{
    struct machine_device *m = (struct machine_device *)d;
    int moved = 0, code;

    if (len > INT32_MAX)
        return err_set(e, ERR_BUG, "a bulk transfer of %zu bytes", len);
    code = libusb_bulk_transfer(m->handle, ep, data, (int)len, &moved, timeout_ms);
    *done = moved > 0 ? (size_t)moved : 0;
    return code == LIBUSB_SUCCESS || fail(e, code);
}

static bool machine_reset(struct usb_device *d, struct err *e)
{
    struct machine_device *m = (struct machine_device *)d;
    int code = libusb_reset_device(m->handle); /* libusb claims the interface again, if the device comes back the same */

    usb_trace(d, "usb   reset: %s", code == LIBUSB_SUCCESS ? "done" : libusb_error_name(code));
    return code == LIBUSB_SUCCESS || fail(e, code);
}

static void machine_close(struct usb_device *d)
{
    struct machine_device *m = (struct machine_device *)d;

    if (m->handle) {
        libusb_release_interface(m->handle, (int)m->interface);
        libusb_close(m->handle);
    }
    libusb_exit(m->context);
    free(m);
}

static bool machine_set_alternate(struct usb_device *d, unsigned interface, unsigned alternate, struct err *e)
{
    struct machine_device *m = (struct machine_device *)d;
    const int code = libusb_set_interface_alt_setting(m->handle, (int)interface, (int)alternate); /* the kernel keeps account of it */

    return code == LIBUSB_SUCCESS || fail(e, code);
}

static bool machine_clear_halt(struct usb_device *d, uint8_t ep, struct err *e)
{
    const int code = libusb_clear_halt(((struct machine_device *)d)->handle, ep); /* data toggles are the kernel's */

    return code == LIBUSB_SUCCESS || fail(e, code);
}

/* The device at `id`, opened; NULL with `e` set. */
static libusb_device_handle *open_at(libusb_context *context, const struct usb_id *id, unsigned interface, struct err *e)
{
    libusb_device_handle *handle = NULL;
    libusb_device **devices;
    const ssize_t count = libusb_get_device_list(context, &devices);
    int code = LIBUSB_ERROR_NO_DEVICE, configuration = 1;
    unsigned bus = 0, address = 0;
    char text[200];

    for (ssize_t i = 0; i < count; i++) {
        struct libusb_device_descriptor descriptor;
        char path[sizeof id->path];

        path_of(devices[i], path, sizeof path);
        if (strcmp(path, id->path) != 0 || libusb_get_device_descriptor(devices[i], &descriptor) != LIBUSB_SUCCESS ||
            descriptor.idVendor != id->vid || descriptor.idProduct != id->pid)
            continue;
        bus = libusb_get_bus_number(devices[i]);
        address = libusb_get_device_address(devices[i]);
        code = libusb_open(devices[i], &handle);
        break;
    }
    if (count >= 0)
        libusb_free_device_list(devices, 1);
    if (code == LIBUSB_SUCCESS && libusb_get_configuration(handle, &configuration) == LIBUSB_SUCCESS && configuration == 0)
        libusb_set_configuration(handle, 1);
    if (code == LIBUSB_SUCCESS) {
        code = libusb_claim_interface(handle, (int)interface);
        if (code == LIBUSB_SUCCESS)
            return handle;
        libusb_close(handle);
    }

    switch (code) {
    case LIBUSB_ERROR_ACCESS:
        err_set(e, ERR_NODEV, "no permission to open the USB device %04x:%04x at %s", id->vid, id->pid, id->path);
        err_seen(e, "udev rule that would help: %s", usb_udev_rule(id, text, sizeof text));
        err_hint(e, "put that line into %s, then unplug and plug in again", USB_UDEV_FILE);
        break;
    case LIBUSB_ERROR_BUSY:
        err_set(e, ERR_NODEV, "the USB device %04x:%04x at %s is in use by another program", id->vid, id->pid, id->path);
        usb_linux_holder(bus, address, text, sizeof text);
        if (text[0])
            err_seen(e, "held by %s", text);
        err_hint(e, "close the other program (an IDE, a GDB server) and try again");
        break;
    case LIBUSB_ERROR_NO_DEVICE:
        err_set(e, ERR_NODEV, "the USB device %04x:%04x at %s is gone", id->vid, id->pid, id->path);
        err_hint(e, "plug it in again");
        break;
    default:
        err_set(e, ERR_IO, "the USB device %04x:%04x at %s cannot be opened (%s)", id->vid, id->pid, id->path, libusb_error_name(code));
        break;
    }
    return NULL;
}

/* The old handle goes first: its device is gone, whether the kernel has noticed yet or not. */
static bool machine_comes_back(struct usb_device *d, unsigned limit_ms, struct err *e)
{
    struct machine_device *m = (struct machine_device *)d;
    const uint64_t end_us = clock_now_us(d->clock) + (uint64_t)limit_ms * 1000;

    libusb_release_interface(m->handle, (int)m->interface);
    libusb_close(m->handle);
    m->handle = NULL;
    while (!m->handle && clock_now_us(d->clock) < end_us && !(d->stop && *d->stop)) {
        clock_sleep_us(d->clock, BACK_POLL_US);
        m->handle = open_at(m->context, &d->id, m->interface, e);
    }
    if (m->handle)
        *e = (struct err){ 0 };
    return m->handle || err_set(e, ERR_NODEV, "the USB device %04x:%04x did not come back at %s", d->id.vid, d->id.pid, d->id.path);
}

static const struct usb_device_ops machine_ops = { .control = machine_control,
                                                   .bulk = machine_bulk,
                                                   .reset = machine_reset,
                                                   .close = machine_close,
                                                   .set_alternate = machine_set_alternate,
                                                   .clear_halt = machine_clear_halt,
                                                   .comes_back = machine_comes_back };

static struct usb_device *machine_open(const struct usb_id *id, unsigned interface, struct err *e)
{
    struct machine_device *m = calloc(1, sizeof *m);
    int code;

    if (!m) {
        err_set(e, ERR_NOMEM, "no memory to open a USB device");
        return NULL;
    }
    code = libusb_init(&m->context);
    if (code != LIBUSB_SUCCESS) {
        err_set(e, ERR_IO, "USB is not available on this machine (%s)", libusb_error_name(code));
        free(m);
        return NULL;
    }
    m->handle = open_at(m->context, id, interface, e);
    if (!m->handle) {
        libusb_exit(m->context);
        free(m);
        return NULL;
    }
    m->interface = interface;
    m->base = (struct usb_device){ .ops = &machine_ops, .clock = &clock_monotonic, .id = *id };
    return &m->base;
}

const struct usb_fabric usb_fabric_libusb = { "usb", machine_list, machine_open };
