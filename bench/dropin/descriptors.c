/* descriptors.c - drop-in libusb: configuration descriptors as trees, and the descriptors a full-speed board does not have. */
#include "dropin/dropin.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

/* One walk over the bytes fills the tree. `extra` of each level points at the class-specific descriptors that follow its own. */
struct walk {
    const uint8_t *p, *end;
};

static bool walk_at(const struct walk *w, uint8_t type)
{
    return w->p + 2 <= w->end && w->p[0] >= 2 && w->p + w->p[0] <= w->end && w->p[1] == type;
}

static bool walk_standard(const struct walk *w)
{
    return walk_at(w, LIBUSB_DT_INTERFACE) || walk_at(w, LIBUSB_DT_ENDPOINT) || walk_at(w, LIBUSB_DT_CONFIG);
}

/* Copy the descriptors up to the next standard one. Returns the copy (NULL if there are none) and its length. */
static unsigned char *take_extra(struct walk *w, int *len)
{
    const uint8_t *start = w->p;
    unsigned char *copy = NULL;

    while (w->p + 2 <= w->end && w->p[0] >= 2 && w->p + w->p[0] <= w->end && !walk_standard(w))
        w->p += w->p[0];
    *len = (int)(w->p - start);
    if (*len && (copy = malloc((size_t)*len)))
        memcpy(copy, start, (size_t)*len);
    return copy;
}

static bool take_endpoint(struct walk *w, struct libusb_interface_descriptor *alt)
{
    struct libusb_endpoint_descriptor *list = realloc((void *)(uintptr_t)alt->endpoint, (alt->bNumEndpoints + 1u) * sizeof *list);
    const uint8_t *p = w->p;

    if (!list)
        return false;
    alt->endpoint = list;
    list += alt->bNumEndpoints++;
    *list = (struct libusb_endpoint_descriptor){ .bLength = p[0],
                                                 .bDescriptorType = p[1],
                                                 .bEndpointAddress = p[2],
                                                 .bmAttributes = p[3],
                                                 .wMaxPacketSize = get_le16(p + 4),
                                                 .bInterval = p[6] };
    w->p += p[0];
    list->extra = take_extra(w, &list->extra_length);
    return true;
}

static bool take_interface(struct walk *w, struct libusb_config_descriptor *config)
{
    const uint8_t *p = w->p;
    struct libusb_interface *all, *iface = NULL;
    struct libusb_interface_descriptor *alts;

    if (p[0] < 9)
        return false;
    all = (struct libusb_interface *)(uintptr_t)config->interface;
    for (unsigned i = 0; i < config->bNumInterfaces; i++)
        if (all[i].num_altsetting && all[i].altsetting[0].bInterfaceNumber == p[2])
            iface = &all[i];
    if (!iface) {
        all = realloc(all, (config->bNumInterfaces + 1u) * sizeof *all);
        if (!all)
            return false;
        config->interface = all;
        iface = &all[config->bNumInterfaces++];
        *iface = (struct libusb_interface){ 0 };
    }
    alts = realloc((void *)(uintptr_t)iface->altsetting, (size_t)(iface->num_altsetting + 1) * sizeof *alts);
    if (!alts)
        return false;
    iface->altsetting = alts;
    alts += iface->num_altsetting++;
    *alts = (struct libusb_interface_descriptor){ .bLength = p[0],
                                                  .bDescriptorType = p[1],
                                                  .bInterfaceNumber = p[2],
                                                  .bAlternateSetting = p[3],
                                                  .bInterfaceClass = p[5],
                                                  .bInterfaceSubClass = p[6],
                                                  .bInterfaceProtocol = p[7],
                                                  .iInterface = p[8] };
    w->p += p[0];
    alts->extra = take_extra(w, &alts->extra_length);
    while (walk_at(w, LIBUSB_DT_ENDPOINT) && w->p[0] >= 7)
        if (!take_endpoint(w, alts))
            return false;
    return true;
}

static int parse_config(const struct libusb_device *d, struct libusb_config_descriptor **out)
{
    struct walk w = { d->facts.config, d->facts.config + d->facts.config_bytes };
    struct libusb_config_descriptor *c;

    if (d->facts.config_bytes < 9)
        return LIBUSB_ERROR_NOT_FOUND;
    c = calloc(1, sizeof *c);
    if (!c)
        return LIBUSB_ERROR_NO_MEM;
    c->bLength = w.p[0];
    c->bDescriptorType = w.p[1];
    c->wTotalLength = get_le16(w.p + 2);
    c->bConfigurationValue = w.p[5];
    c->iConfiguration = w.p[6];
    c->bmAttributes = w.p[7];
    c->MaxPower = w.p[8];
    w.p += w.p[0] < 9 ? 9 : w.p[0];
    c->extra = take_extra(&w, &c->extra_length);
    while (walk_at(&w, LIBUSB_DT_INTERFACE))
        if (!take_interface(&w, c)) {
            libusb_free_config_descriptor(c);
            return LIBUSB_ERROR_IO;
        }
    *out = c;
    return LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_get_active_config_descriptor(libusb_device *d, struct libusb_config_descriptor **config)
{
    return parse_config(d, config);
}

int LIBUSB_CALL libusb_get_config_descriptor(libusb_device *d, uint8_t index, struct libusb_config_descriptor **config)
{
    return index == 0 ? parse_config(d, config) : LIBUSB_ERROR_NOT_FOUND;
}

int LIBUSB_CALL libusb_get_config_descriptor_by_value(libusb_device *d, uint8_t value, struct libusb_config_descriptor **config)
{
    if (d->facts.config_bytes < 9 || d->facts.config[5] != value)
        return LIBUSB_ERROR_NOT_FOUND;
    return parse_config(d, config);
}

void LIBUSB_CALL libusb_free_config_descriptor(struct libusb_config_descriptor *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < c->bNumInterfaces; i++) {
        const struct libusb_interface *iface = &c->interface[i];

        for (int a = 0; a < iface->num_altsetting; a++) {
            const struct libusb_interface_descriptor *alt = &iface->altsetting[a];

            for (unsigned e = 0; e < alt->bNumEndpoints; e++)
                free((void *)(uintptr_t)alt->endpoint[e].extra);
            free((void *)(uintptr_t)alt->endpoint);
            free((void *)(uintptr_t)alt->extra);
        }
        free((void *)(uintptr_t)iface->altsetting);
    }
    free((void *)(uintptr_t)c->interface);
    free((void *)(uintptr_t)c->extra);
    free(c);
}

int LIBUSB_CALL libusb_get_string_descriptor_ascii(libusb_device_handle *h, uint8_t index, unsigned char *data, int length)
{
    unsigned char raw[255];
    int got, out = 0;

    if (index == 0 || length < 1)
        return LIBUSB_ERROR_INVALID_PARAM;
    got = libusb_get_string_descriptor(h, 0, 0, raw, sizeof raw);
    if (got < 4)
        return got < 0 ? got : LIBUSB_ERROR_IO;
    got = libusb_get_string_descriptor(h, index, get_le16(raw + 2), raw, sizeof raw);
    if (got < 2)
        return got < 0 ? got : LIBUSB_ERROR_IO;
    if (raw[1] != LIBUSB_DT_STRING || raw[0] > got)
        return LIBUSB_ERROR_IO;
    for (int i = 2; i + 1 < raw[0] && out < length - 1; i += 2)
        data[out++] = raw[i + 1] || raw[i] & 0x80 ? '?' : raw[i];
    data[out] = '\0';
    return out;
}

/* USB 2.0 full speed: no BOS, no SuperSpeed. */
int LIBUSB_CALL libusb_get_bos_descriptor(libusb_device_handle *h, struct libusb_bos_descriptor **bos)
{
    (void)h, (void)bos;
    return LIBUSB_ERROR_NOT_FOUND;
}
void LIBUSB_CALL libusb_free_bos_descriptor(struct libusb_bos_descriptor *bos) { (void)bos; }
int LIBUSB_CALL libusb_get_usb_2_0_extension_descriptor(libusb_context *ctx, struct libusb_bos_dev_capability_descriptor *cap,
                                                        struct libusb_usb_2_0_extension_descriptor **out)
{
    (void)ctx, (void)cap, (void)out;
    return LIBUSB_ERROR_NOT_FOUND;
}
void LIBUSB_CALL libusb_free_usb_2_0_extension_descriptor(struct libusb_usb_2_0_extension_descriptor *d) { (void)d; }
int LIBUSB_CALL libusb_get_ss_usb_device_capability_descriptor(libusb_context *ctx, struct libusb_bos_dev_capability_descriptor *cap,
                                                               struct libusb_ss_usb_device_capability_descriptor **out)
{
    (void)ctx, (void)cap, (void)out;
    return LIBUSB_ERROR_NOT_FOUND;
}
void LIBUSB_CALL libusb_free_ss_usb_device_capability_descriptor(struct libusb_ss_usb_device_capability_descriptor *d) { (void)d; }
int LIBUSB_CALL libusb_get_container_id_descriptor(libusb_context *ctx, struct libusb_bos_dev_capability_descriptor *cap,
                                                   struct libusb_container_id_descriptor **out)
{
    (void)ctx, (void)cap, (void)out;
    return LIBUSB_ERROR_NOT_FOUND;
}
void LIBUSB_CALL libusb_free_container_id_descriptor(struct libusb_container_id_descriptor *d) { (void)d; }
int LIBUSB_CALL libusb_get_ss_endpoint_companion_descriptor(libusb_context *ctx, const struct libusb_endpoint_descriptor *ep,
                                                            struct libusb_ss_endpoint_companion_descriptor **out)
{
    (void)ctx, (void)ep, (void)out;
    return LIBUSB_ERROR_NOT_FOUND;
}
void LIBUSB_CALL libusb_free_ss_endpoint_companion_descriptor(struct libusb_ss_endpoint_companion_descriptor *d) { (void)d; }
