/* usbhost.c - transfers to packets, packets to time. See usbhost.h.
 *
 * Source: USB 2.0 (5.8.4 bulk, 8.5.3 control, 7.1.7.5 reset). Frames are 12000 bit times; a transaction that does not fit into what is
 * left of a frame waits for the next one. With 64-byte packets and 13 bytes of overhead that makes 19 packets per frame. */
#include "usb/usbhost.h"

#include <string.h>

enum {
    FRAME_BITS = 12000,    /* 1 ms at 12 Mbit/s */
    SILENT_TRIES = 3,      /* USB 2.0 8.7.1: errors in a row before a host gives an endpoint up */
    RESET_MS = 50,         /* TDRSTR, root port */
    RESET_RECOVER_MS = 10, /* TRSTRCY */
    DIR_IN = 0x80,
    SET_ADDRESS = 5,
    SETUP_BYTES = 8,
};

struct flight { /* one transfer on its way */
    struct usbhost *host;
    uint64_t start_ps, deadline_ps;
    bool waits; /* for a device that NAKs */
};

bool usbhost_present(const struct usbhost *h) { return h->dev && h->plugged && h->dev->attached(h->dev->ctx); }

static bool hears(const struct usbhost *h) { return usbhost_present(h) && (!h->dev->hears || h->dev->hears(h->dev->ctx, h->address)); }

static struct flight take_off(struct usbhost *h, uint64_t timeout_ps)
{
    const uint64_t now = h->time->now_ps;
    struct flight f = { h, now, timeout_ps > TIME_NEVER - now ? TIME_NEVER : now + timeout_ps, true };

    h->counts.transfers++;
    timeline_by(h->time, h->params->host_ps);
    return f;
}

static enum usb_status land(const struct flight *f, enum usb_status status)
{
    f->host->counts.link_ps += f->host->time->now_ps - f->start_ps;
    return status;
}

static uint64_t packet_ps(const struct usbhost *h, size_t bytes) { return (bytes + h->params->overhead_bytes) * 8 * h->params->bit_ps; }

/* A host starts no transaction whose packet might not end within the frame. */
static void wait_for_room(struct usbhost *h, size_t bytes)
{
    const uint64_t frame = FRAME_BITS * h->params->bit_ps;
    const uint64_t left = frame - h->time->now_ps % frame;

    if (packet_ps(h, bytes) > left)
        timeline_by(h->time, left);
}

static void spend_packet(struct usbhost *h, size_t bytes) { timeline_by(h->time, packet_ps(h, bytes)); }

/* After a NAK: let the time pass until the device may have something else to say. False: the transfer's time is over. */
static bool wait_for_device(const struct flight *f)
{
    struct timeline *time = f->host->time;
    uint64_t wake = f->host->dev->wake_ps(f->host->dev->ctx);

    if (!f->waits)
        return false;
    if (wake <= time->now_ps) { /* it does not know: ask again, which costs a token */
        spend_packet(f->host, 0);
        wake = time->now_ps;
    }
    if (wake >= f->deadline_ps) { /* nothing can come for ever, and nobody set a limit: then no time passes */
        if (f->deadline_ps != TIME_NEVER)
            timeline_to(time, f->deadline_ps);
        return false;
    }
    timeline_to(time, wake);
    return true;
}

static enum usb_answer try_in(struct usbhost *h, uint8_t ep, uint8_t *packet, size_t *bytes)
{
    const enum usb_answer answer = hears(h) ? h->dev->in(h->dev->ctx, ep & 0x0F, packet, bytes) : USB_SILENT;

    if (answer == USB_ACK)
        spend_packet(h, *bytes);
    return answer;
}

/* At full speed the data goes out before the device can refuse it. */
static enum usb_answer try_out(struct usbhost *h, uint8_t ep, const uint8_t *data, size_t bytes)
{
    spend_packet(h, bytes);
    return hears(h) ? h->dev->out(h->dev->ctx, ep & 0x0F, data, bytes) : USB_SILENT;
}

static enum usb_status take_in(const struct usbhost *h, const uint8_t *packet, size_t bytes, uint8_t *data, size_t *len)
{
    const bool babble = bytes > *len || bytes > h->params->packet_bytes;

    if (bytes < *len)
        *len = bytes;
    if (*len > 0)
        memcpy(data, packet, *len);
    return babble ? USB_OVERFLOWED : USB_DONE;
}

/* One transaction, repeated while it is NAKed. For IN, *len comes in as the room in `data` and goes out as what the packet held.
 * USB_DONE means ACK. */
static enum usb_status transact(const struct flight *f, uint8_t ep, uint8_t *data, size_t *len)
{
    struct usbhost *h = f->host;
    uint8_t packet[USB_PACKET_MAX];

    for (unsigned silent = 0; silent < SILENT_TRIES;) {
        size_t bytes = 0;

        wait_for_room(h, *len < h->params->packet_bytes ? *len : h->params->packet_bytes);
        if (!usbhost_present(h))
            return USB_GONE;
        if (h->time->now_ps >= f->deadline_ps)
            return USB_TIMED_OUT;
        switch (ep & DIR_IN ? try_in(h, ep, packet, &bytes) : try_out(h, ep, data, *len)) {
        case USB_ACK: return ep & DIR_IN ? take_in(h, packet, bytes, data, len) : USB_DONE;
        case USB_STALL: return USB_STALLED;
        case USB_NAK:
            if (!wait_for_device(f))
                return USB_TIMED_OUT;
            break;
        default:
            silent++;
            spend_packet(h, 0);
            break;
        }
    }
    return USB_GONE;
}

/* A whole data stage: IN ends at a short packet or when `len` is full, OUT when all is sent. *done bytes moved in any case. */
static enum usb_status move_data(const struct flight *f, uint8_t ep, uint8_t *data, size_t len, size_t *done)
{
    const size_t packet_bytes = f->host->params->packet_bytes;

    *done = 0;
    do {
        const size_t left = len - *done;
        size_t bytes = ep & DIR_IN || left < packet_bytes ? left : packet_bytes;
        enum usb_status status;

        status = transact(f, ep, data ? data + *done : NULL, &bytes);
        if (status == USB_DONE || status == USB_OVERFLOWED) {
            *done += bytes;
            *(ep & DIR_IN ? &f->host->counts.bytes_in : &f->host->counts.bytes_out) += bytes;
        }
        if (status != USB_DONE)
            return status;
        if (ep & DIR_IN && bytes < packet_bytes)
            break;
    } while (*done < len);
    return USB_DONE;
}

/* ---- faults ---- */

static enum usb_trouble trouble_ahead(struct usbhost *h, uint8_t ep)
{
    return h->hooks ? h->hooks->transfer(h->hooks->ctx, ep) : USB_NO_TROUBLE;
}

/* Nothing comes until the time is over, or for ever; somebody who sets no limit has one set here, so that he can go on. */
static enum usb_status wait_in_vain(const struct flight *f)
{
    if (f->waits && f->deadline_ps != TIME_NEVER)
        timeline_to(f->host->time, f->deadline_ps);
    return USB_TIMED_OUT;
}

/* ENDPOINT_HALT is set, as if the device had done it: the endpoint stalls until the host clears it. */
static void halt_endpoint(struct usbhost *h, uint8_t ep)
{
    const uint8_t set_feature[8] = { 0x02, 0x03, 0, 0, ep };
    uint8_t none[1];
    size_t len = 0;

    h->dev->setup(h->dev->ctx, set_feature);
    h->dev->in(h->dev->ctx, 0, none, &len);
}

static enum usb_status move_in_trouble(const struct flight *f, uint8_t ep, uint8_t *data, size_t len, size_t *done)
{
    struct usbhost *h = f->host;
    uint8_t packet[USB_PACKET_MAX];
    size_t bytes = 0;
    enum usb_status status;

    if (ep & DIR_IN && h->hooks && (bytes = h->hooks->take(h->hooks->ctx, packet, sizeof packet)) > 0) {
        *done = len;
        return take_in(h, packet, bytes, data, done);
    }
    switch (trouble_ahead(h, ep)) {
    case USB_CUT_SHORT:
        status = move_data(f, ep, data, len, done);
        *done /= 2;
        return status;
    case USB_STALLS: halt_endpoint(h, ep); break;
    case USB_COMES_LATE:
        if (h->dev->in(h->dev->ctx, ep & 0x0F, packet, &bytes) == USB_ACK)
            h->hooks->store(h->hooks->ctx, packet, bytes);
        return wait_in_vain(f);
    case USB_NEVER_ANSWERS: return wait_in_vain(f);
    default: break;
    }
    return move_data(f, ep, data, len, done);
}

enum usb_status usbhost_bulk(struct usbhost *h, uint8_t ep, uint8_t *data, size_t len, size_t *done, uint64_t timeout_ps)
{
    struct flight f;

    *done = 0;
    if (!usbhost_present(h))
        return USB_GONE;
    f = take_off(h, timeout_ps);
    return land(&f, move_in_trouble(&f, ep, data, len, done));
}

enum usb_status usbhost_bulk_try(struct usbhost *h, uint8_t ep, uint8_t *data, size_t len, size_t *done, bool again)
{
    struct flight f;

    *done = 0;
    if (!usbhost_present(h))
        return USB_GONE;
    f = again ? (struct flight){ h, h->time->now_ps, TIME_NEVER, false } : take_off(h, TIME_NEVER);
    f.waits = false;
    return land(&f, again ? move_data(&f, ep, data, len, done) : move_in_trouble(&f, ep, data, len, done));
}

static enum usb_status setup_stage(const struct flight *f, const uint8_t setup[8])
{
    struct usbhost *h = f->host;

    for (unsigned tries = 0; tries < SILENT_TRIES; tries++) {
        if (!usbhost_present(h))
            return USB_GONE;
        wait_for_room(h, SETUP_BYTES);
        spend_packet(h, SETUP_BYTES);
        switch (hears(h) ? h->dev->setup(h->dev->ctx, setup) : USB_SILENT) {
        case USB_ACK: return USB_DONE;
        case USB_STALL: return USB_STALLED;
        default: break; /* a SETUP packet is never NAKed */
        }
    }
    return USB_GONE;
}

/* A protocol stall (8.5.3.4): of this request alone, and here one that the device's own code has not heard of. */
static enum usb_status stall_request(struct usbhost *h)
{
    spend_packet(h, SETUP_BYTES);
    spend_packet(h, 0);
    return usbhost_present(h) ? USB_STALLED : USB_GONE;
}

enum usb_status usbhost_control(struct usbhost *h, const uint8_t setup[8], uint8_t *data, size_t *len, uint64_t timeout_ps)
{
    const uint8_t data_ep = setup[0] & DIR_IN;
    const size_t wanted = *len;
    const uint8_t status_ep = data_ep && wanted > 0 ? 0 : DIR_IN;
    size_t none = 0;
    enum usb_trouble trouble;
    enum usb_status status;
    struct flight f;

    *len = 0;
    if (!usbhost_present(h))
        return USB_GONE;
    f = take_off(h, timeout_ps);
    trouble = trouble_ahead(h, wanted > 0 ? data_ep : 0);
    if (trouble == USB_NEVER_ANSWERS)
        return land(&f, wait_in_vain(&f));
    if (trouble == USB_STALLS)
        return land(&f, stall_request(h));
    status = setup_stage(&f, setup);
    if (status == USB_DONE && trouble == USB_COMES_LATE) /* the device has begun, and drops its answer at the next request */
        return land(&f, wait_in_vain(&f));
    if (status == USB_DONE && wanted > 0)
        status = move_data(&f, data_ep, data, wanted, len);
    if (status == USB_DONE)
        status = transact(&f, status_ep, NULL, &none);
    if (status == USB_DONE && setup[0] == 0 && setup[1] == SET_ADDRESS)
        h->address = setup[2] & 0x7F;
    if (trouble == USB_CUT_SHORT)
        *len /= 2;
    return land(&f, status);
}

void usbhost_reset(struct usbhost *h)
{
    if (!usbhost_present(h))
        return;
    timeline_by(h->time, RESET_MS * PS_PER_MS);
    h->address = 0;
    if (!usbhost_present(h)) /* gone meanwhile */
        return;
    h->dev->bus_reset(h->dev->ctx);
    if (h->hooks)
        h->hooks->reset(h->hooks->ctx);
    timeline_by(h->time, RESET_RECOVER_MS * PS_PER_MS);
}
