/* device.c - drop-in libusb: start-up, device list, descriptors, opening and claiming. */
#include "dropin/dropin.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct libusb_context default_context;

int LIBUSB_CALL libusb_init(libusb_context **ctx)
{
    if (!session_open())
        return LIBUSB_ERROR_OTHER;
    if (ctx)
        *ctx = calloc(1, sizeof **ctx);
    return ctx && !*ctx ? LIBUSB_ERROR_NO_MEM : LIBUSB_SUCCESS;
}

void LIBUSB_CALL libusb_exit(libusb_context *ctx)
{
    if (ctx != &default_context)
        free(ctx);
}

ssize_t LIBUSB_CALL libusb_get_device_list(libusb_context *ctx, libusb_device ***list)
{
    struct session_device found[SESSION_DEVICES];
    const size_t count = session_list(found);

    (void)ctx;
    *list = calloc(count + 1, sizeof **list);
    if (!*list)
        return LIBUSB_ERROR_NO_MEM;
    for (size_t i = 0; i < count; i++) {
        struct libusb_device *d = malloc(sizeof *d);

        if (!d) {
            libusb_free_device_list(*list, 1);
            return LIBUSB_ERROR_NO_MEM;
        }
        atomic_init(&d->refs, 1);
        d->facts = found[i];
        (*list)[i] = d;
    }
    return (ssize_t)count;
}

void LIBUSB_CALL libusb_free_device_list(libusb_device **list, int unref_devices)
{
    if (!list)
        return;
    for (libusb_device **d = list; unref_devices && *d; d++)
        libusb_unref_device(*d);
    free(list);
}

libusb_device *LIBUSB_CALL libusb_ref_device(libusb_device *d)
{
    atomic_fetch_add(&d->refs, 1);
    return d;
}

void LIBUSB_CALL libusb_unref_device(libusb_device *d)
{
    if (d && atomic_fetch_sub(&d->refs, 1) == 1)
        free(d);
}

uint8_t LIBUSB_CALL libusb_get_bus_number(libusb_device *d) { return d->facts.bus; }
uint8_t LIBUSB_CALL libusb_get_device_address(libusb_device *d) { return d->facts.address; }
uint8_t LIBUSB_CALL libusb_get_port_number(libusb_device *d) { return d->facts.port; }
int LIBUSB_CALL libusb_get_device_speed(libusb_device *d)
{
    (void)d;
    return LIBUSB_SPEED_FULL;
}

libusb_device *LIBUSB_CALL libusb_get_parent(libusb_device *d)
{
    (void)d;
    return NULL;
}

int LIBUSB_CALL libusb_get_port_numbers(libusb_device *d, uint8_t *ports, int len)
{
    if (len < 1)
        return LIBUSB_ERROR_OVERFLOW;
    ports[0] = d->facts.port;
    return 1;
}

int LIBUSB_CALL libusb_get_port_path(libusb_context *ctx, libusb_device *d, uint8_t *path, uint8_t len)
{
    (void)ctx;
    return libusb_get_port_numbers(d, path, len);
}

int LIBUSB_CALL libusb_get_device_descriptor(libusb_device *d, struct libusb_device_descriptor *desc)
{
    const uint8_t *p = d->facts.device;

    *desc = (struct libusb_device_descriptor){
        .bLength = p[0],
        .bDescriptorType = p[1],
        .bcdUSB = get_le16(p + 2),
        .bDeviceClass = p[4],
        .bDeviceSubClass = p[5],
        .bDeviceProtocol = p[6],
        .bMaxPacketSize0 = p[7],
        .idVendor = get_le16(p + 8),
        .idProduct = get_le16(p + 10),
        .bcdDevice = get_le16(p + 12),
        .iManufacturer = p[14],
        .iProduct = p[15],
        .iSerialNumber = p[16],
        .bNumConfigurations = p[17],
    };
    return LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_get_max_packet_size(libusb_device *d, unsigned char endpoint)
{
    const uint8_t *p = d->facts.config, *end = p + d->facts.config_bytes;

    for (; p + 7 <= end && p[0] >= 2 && p + p[0] <= end; p += p[0])
        if (p[1] == LIBUSB_DT_ENDPOINT && p[2] == endpoint)
            return get_le16(p + 4) & 0x7FF;
    return LIBUSB_ERROR_NOT_FOUND;
}

int LIBUSB_CALL libusb_get_max_iso_packet_size(libusb_device *d, unsigned char endpoint) { return libusb_get_max_packet_size(d, endpoint); }

int LIBUSB_CALL libusb_open(libusb_device *d, libusb_device_handle **handle)
{
    struct libusb_device_handle *h;

    if (!session_attached(d->facts.plug))
        return LIBUSB_ERROR_NO_DEVICE;
    if (d->facts.denied)
        return LIBUSB_ERROR_ACCESS;
    h = calloc(1, sizeof *h);
    if (!h)
        return LIBUSB_ERROR_NO_MEM;
    h->dev = libusb_ref_device(d);
    *handle = h;
    return LIBUSB_SUCCESS;
}

libusb_device_handle *LIBUSB_CALL libusb_open_device_with_vid_pid(libusb_context *ctx, uint16_t vid, uint16_t pid)
{
    libusb_device **list;
    libusb_device_handle *h = NULL;

    if (libusb_get_device_list(ctx, &list) < 0)
        return NULL;
    for (libusb_device **d = list; *d && !h; d++)
        if (get_le16((*d)->facts.device + 8) == vid && get_le16((*d)->facts.device + 10) == pid && libusb_open(*d, &h) != 0)
            h = NULL;
    libusb_free_device_list(list, 1);
    return h;
}

int LIBUSB_CALL libusb_wrap_sys_device(libusb_context *ctx, intptr_t sys_dev, libusb_device_handle **handle)
{
    (void)ctx, (void)sys_dev, (void)handle;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}

int handle_hold(struct libusb_device_handle *h)
{
    int code;

    if (h->holds_plug)
        return LIBUSB_SUCCESS;
    code = session_claim(h->dev->facts.plug);
    h->holds_plug = code == LIBUSB_SUCCESS;
    return code;
}

void LIBUSB_CALL libusb_close(libusb_device_handle *h)
{
    if (!h)
        return;
    if (h->holds_plug)
        session_release(h->dev->facts.plug);
    libusb_unref_device(h->dev);
    free(h);
}

libusb_device *LIBUSB_CALL libusb_get_device(libusb_device_handle *h) { return h->dev; }

int LIBUSB_CALL libusb_claim_interface(libusb_device_handle *h, int interface)
{
    int code;

    if (interface < 0 || interface >= 32)
        return LIBUSB_ERROR_INVALID_PARAM;
    code = handle_hold(h);
    if (code == LIBUSB_SUCCESS)
        h->claimed |= 1u << interface;
    return code;
}

int LIBUSB_CALL libusb_release_interface(libusb_device_handle *h, int interface)
{
    if (interface < 0 || interface >= 32)
        return LIBUSB_ERROR_INVALID_PARAM;
    if (!(h->claimed & 1u << interface))
        return LIBUSB_ERROR_NOT_FOUND;
    h->claimed &= ~(1u << interface);
    return LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_reset_device(libusb_device_handle *h)
{
    const int code = handle_hold(h);

    return code ? code : session_reset(h->dev->facts.plug);
}

/* Without a kernel between us and the device there is no driver to ask about. */
int LIBUSB_CALL libusb_kernel_driver_active(libusb_device_handle *h, int interface)
{
    (void)h, (void)interface;
    return 0;
}
int LIBUSB_CALL libusb_detach_kernel_driver(libusb_device_handle *h, int interface)
{
    (void)h, (void)interface;
    return LIBUSB_ERROR_NOT_FOUND;
}
int LIBUSB_CALL libusb_attach_kernel_driver(libusb_device_handle *h, int interface)
{
    (void)h, (void)interface;
    return LIBUSB_ERROR_NOT_FOUND;
}
int LIBUSB_CALL libusb_set_auto_detach_kernel_driver(libusb_device_handle *h, int enable)
{
    (void)h, (void)enable;
    return LIBUSB_SUCCESS;
}
