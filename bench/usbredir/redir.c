/* redir.c - usb-redir messages. See redir.h. */
#include "usbredir/redir.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum message {
    M_HELLO = 0,
    M_DEVICE_CONNECT = 1,
    M_DEVICE_DISCONNECT = 2,
    M_RESET = 3,
    M_INTERFACE_INFO = 4,
    M_EP_INFO = 5,
    M_SET_CONFIGURATION = 6,
    M_GET_CONFIGURATION = 7,
    M_CONFIGURATION_STATUS = 8,
    M_SET_ALT_SETTING = 9,
    M_GET_ALT_SETTING = 10,
    M_ALT_SETTING_STATUS = 11,
    M_START_INTERRUPT = 15,
    M_STOP_INTERRUPT = 16,
    M_INTERRUPT_STATUS = 17,
    M_CANCEL = 21,
    M_FILTER_REJECT = 22,
    M_FILTER = 23,
    M_DISCONNECT_ACK = 24,
    M_CONTROL = 100,
    M_BULK = 101,
    M_INTERRUPT = 103,
};

enum capability { /* bit numbers */
                  CAP_DEVICE_VERSION = 1,
                  CAP_PACKET_BYTES = 4,
                  CAP_WIDE_IDS = 5,
                  CAP_LONG_BULK = 6,
};
#define OUR_CAPS (1u << CAP_DEVICE_VERSION | 1u << CAP_PACKET_BYTES | 1u << CAP_WIDE_IDS | 1u << CAP_LONG_BULK)

enum {
    HEADER_BYTES = 12, /* 16 with wide ids */
    HELLO_TEXT = 64,
    HELLO_MAX = HELLO_TEXT + 4 * 32,
    CONTROL_HEADER = 10,
    BULK_HEADER = 8, /* 10 with long bulk */
    INTERRUPT_HEADER = 4,
    MESSAGE_MAX = REDIR_BYTES_MAX + 16,
    SPEED_FULL = 1,
    ENDPOINTS = 32,
    TYPE_CONTROL = 0,
    TYPE_INTERRUPT = 3,
    TYPE_NONE = 255,
    DIR_IN = 0x80,
};

enum { /* USB 2.0, chapter 9 */
       DESCRIPTOR_INTERFACE = 4,
       DESCRIPTOR_ENDPOINT = 5,
       GET_INTERFACE = 10,
       SET_CONFIGURATION = 9,
       SET_INTERFACE = 11,
       INTERFACE_BYTES = 9,
       ENDPOINT_BYTES = 7,
};

struct message_in {
    uint32_t type;
    uint64_t id;
    const uint8_t *bytes;
    size_t len;
};

static unsigned ep_index(uint8_t ep) { return (ep & 0x0Fu) | (ep & 0x80u) >> 3; }

/* ---- sending ---- */

static void header(struct redir *r, uint32_t type, size_t len, uint64_t id)
{
    buffer_u32(&r->out, type);
    buffer_u32(&r->out, (uint32_t)len);
    buffer_u32(&r->out, (uint32_t)id);
    if (r->wide_ids)
        buffer_u32(&r->out, (uint32_t)(id >> 32));
}

static void send_bytes(struct redir *r, uint32_t type, uint64_t id, const void *bytes, size_t len)
{
    header(r, type, len, id);
    buffer_add(&r->out, bytes, len);
}

static void send_ep_info(struct redir *r)
{
    header(r, M_EP_INFO, (r->with_packet_bytes ? 5 : 3) * ENDPOINTS, 0);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        buffer_u8(&r->out, r->endpoint[i].type);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        buffer_u8(&r->out, r->endpoint[i].interval);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        buffer_u8(&r->out, r->endpoint[i].interface);
    for (unsigned i = 0; i < ENDPOINTS && r->with_packet_bytes; i++)
        buffer_u16(&r->out, r->endpoint[i].packet_bytes);
}

static void send_interface_info(struct redir *r)
{
    header(r, M_INTERFACE_INFO, 4 + 4 * 32, 0);
    buffer_u32(&r->out, r->interfaces);
    for (unsigned i = 0; i < 32; i++)
        buffer_u8(&r->out, i < r->interfaces ? i : 0);
    for (unsigned part = 0; part < 3; part++) /* class, subclass, protocol */
        for (unsigned i = 0; i < 32; i++)
            buffer_u8(&r->out, r->interface_class[i][part]);
}

static void send_device_connect(struct redir *r)
{
    header(r, M_DEVICE_CONNECT, r->with_version ? 10 : 8, 0);
    buffer_u8(&r->out, SPEED_FULL);
    buffer_add(&r->out, r->device + 4, 3);                         /* class, subclass, protocol */
    buffer_add(&r->out, r->device + 8, r->with_version ? 6u : 4u); /* vendor, product, release */
}

/* Tell the other end about the device, once it can be told. */
static void announce(struct redir *r)
{
    if (!r->greeted || !r->present || r->announced)
        return;
    send_ep_info(r);
    send_interface_info(r);
    send_device_connect(r);
    r->announced = true;
}

static void send_bulk(struct redir *r, uint64_t id, uint8_t ep, uint32_t stream, enum redir_status status, size_t moved,
                      const uint8_t *data, size_t len)
{
    header(r, M_BULK, (r->long_bulk ? 10u : 8u) + len, id);
    buffer_u8(&r->out, ep);
    buffer_u8(&r->out, status);
    buffer_u16(&r->out, (unsigned)(moved & 0xFFFF));
    buffer_u32(&r->out, stream);
    if (r->long_bulk)
        buffer_u16(&r->out, (unsigned)(moved >> 16));
    buffer_add(&r->out, data, len);
}

static void send_interrupt(struct redir *r, uint64_t id, uint8_t ep, enum redir_status status, size_t moved, const uint8_t *data,
                           size_t len)
{
    header(r, M_INTERRUPT, INTERRUPT_HEADER + len, id);
    buffer_u8(&r->out, ep);
    buffer_u8(&r->out, status);
    buffer_u16(&r->out, (unsigned)moved);
    buffer_add(&r->out, data, len);
}

/* ---- descriptors ---- */

/* Endpoints and interfaces of the first alternate setting. A descriptor that does not fit ends the walk. */
static void read_config(struct redir *r, const uint8_t *config, size_t len)
{
    unsigned interface = 0;
    bool first_setting = false;

    for (size_t at = 0; len - at >= 2 && config[at] >= 2 && config[at] <= len - at; at += config[at]) {
        const uint8_t *d = config + at;

        if (d[1] == DESCRIPTOR_INTERFACE && d[0] >= INTERFACE_BYTES) {
            interface = d[2];
            first_setting = d[3] == 0;
            if (first_setting && interface < 32) {
                memcpy(r->interface_class[interface], d + 5, 3);
                if (interface >= r->interfaces)
                    r->interfaces = (uint8_t)(interface + 1);
            }
        } else if (d[1] == DESCRIPTOR_ENDPOINT && d[0] >= ENDPOINT_BYTES && first_setting && (d[2] & 0x0F) != 0) {
            r->endpoint[ep_index(d[2])] = (struct redir_endpoint){
                .type = d[3] & 3, .interval = d[6], .interface = (uint8_t)interface, .packet_bytes = get_le16(d + 4) & 0x7FF
            };
        }
    }
}

void redir_plug(struct redir *r, const struct redir_device *d)
{
    r->present = true;
    r->configuration = 0;
    r->interfaces = 0;
    memcpy(r->device, d->device, sizeof r->device);
    memset(r->interface_class, 0, sizeof r->interface_class);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        r->endpoint[i] = (struct redir_endpoint){ .type = TYPE_NONE };
    r->endpoint[0].type = r->endpoint[16].type = TYPE_CONTROL;
    r->endpoint[0].packet_bytes = r->endpoint[16].packet_bytes = d->device[7];
    read_config(r, d->config, d->config_bytes);
    announce(r);
}

void redir_unplug(struct redir *r)
{
    r->present = false;
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        r->slot[i].unheard = true;
    for (unsigned i = 0; i < ENDPOINTS; i++)
        r->endpoint[i].receiving = false;
    if (!r->announced)
        return;
    r->announced = false;
    send_bytes(r, M_DEVICE_DISCONNECT, 0, "", 0);
}

/* ---- transfers ---- */

static struct redir_slot *take_slot(struct redir *r, enum redir_slot_kind kind, uint8_t ep, uint64_t id)
{
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if (r->slot[i].kind == SLOT_FREE) {
            r->slot[i] = (struct redir_slot){ .kind = kind, .ep = ep, .id = id };
            return &r->slot[i];
        }
    return NULL;
}

static void submit(struct redir *r, const struct redir_slot *s, const uint8_t *data, size_t len)
{
    r->port->submit(r->port->ctx, (unsigned)(s - r->slot), s->ep, data, len);
}

/* Ask for the next packet of an interrupt endpoint. */
static bool receive_next(struct redir *r, uint8_t ep)
{
    const struct redir_slot *s = take_slot(r, SLOT_INTERRUPT_IN, ep, 0);

    if (s)
        submit(r, s, NULL, r->endpoint[ep_index(ep)].packet_bytes);
    return s;
}

void redir_done(struct redir *r, unsigned slot, enum redir_status status, const uint8_t *data, size_t moved)
{
    const struct redir_slot s = slot < REDIR_PENDING_MAX ? r->slot[slot] : (struct redir_slot){ 0 };
    const size_t len = s.ep & DIR_IN ? moved : 0;

    if (s.kind == SLOT_FREE)
        return;
    r->slot[slot].kind = SLOT_FREE;
    if (s.unheard)
        return;
    switch (s.kind) {
    case SLOT_BULK: send_bulk(r, s.id, s.ep, s.stream, status, moved, data, len); break;
    case SLOT_INTERRUPT_OUT: send_interrupt(r, s.id, s.ep, status, moved, data, len); break;
    default: /* nobody listens any more, or the next one is asked for. An error ends it: the other end starts again if it likes */
        if (!r->endpoint[ep_index(s.ep)].receiving)
            break;
        send_interrupt(r, 0, s.ep, status, moved, data, len);
        if (status != REDIR_SUCCESS || !receive_next(r, s.ep))
            r->endpoint[ep_index(s.ep)].receiving = false;
        break;
    }
}

/* ---- receiving ---- */

static bool nonsense(const struct message_in *m, struct err *e)
{
    err_set(e, ERR_PROTOCOL, "the usb-redir peer sent something that makes no sense");
    return err_seen(e, "message %u, %zu bytes", (unsigned)m->type, m->len);
}

static bool has_cap(const struct message_in *m, enum capability cap)
{
    return m->len >= HELLO_TEXT + 4 && get_le32(m->bytes + HELLO_TEXT) >> cap & 1; /* the first word has all that we know */
}

static bool on_hello(struct redir *r, const struct message_in *m, struct err *e)
{
    if (r->greeted || m->len < HELLO_TEXT || m->len > HELLO_MAX || m->len % 4 != 0)
        return nonsense(m, e);
    r->greeted = true;
    r->wide_ids = has_cap(m, CAP_WIDE_IDS);
    r->long_bulk = has_cap(m, CAP_LONG_BULK);
    r->with_version = has_cap(m, CAP_DEVICE_VERSION);
    r->with_packet_bytes = has_cap(m, CAP_PACKET_BYTES);
    announce(r);
    return true;
}

static enum redir_status plain_control(struct redir *r, uint8_t type, uint8_t request, uint8_t value, uint8_t index, uint8_t *data,
                                       size_t len)
{
    const uint8_t setup[8] = { type, request, value, 0, index, 0, (uint8_t)len, 0 };

    return r->announced ? r->port->control(r->port->ctx, setup, data, &len) : REDIR_IO_ERROR;
}

static bool on_configuration(struct redir *r, const struct message_in *m, struct err *e)
{
    const bool set = m->type == M_SET_CONFIGURATION;
    enum redir_status status = r->announced ? REDIR_SUCCESS : REDIR_IO_ERROR;
    uint8_t none;

    if (m->len != (set ? 1 : 0))
        return nonsense(m, e);
    if (set) {
        status = plain_control(r, 0, SET_CONFIGURATION, m->bytes[0], 0, &none, 0);
        if (status == REDIR_SUCCESS) {
            r->configuration = m->bytes[0];
            send_ep_info(r);
            send_interface_info(r);
        }
    }
    send_bytes(r, M_CONFIGURATION_STATUS, m->id, (uint8_t[]){ (uint8_t)status, r->configuration }, 2);
    return true;
}

static bool on_alt_setting(struct redir *r, const struct message_in *m, struct err *e)
{
    const bool set = m->type == M_SET_ALT_SETTING;
    enum redir_status status;
    uint8_t alt = 0;

    if (m->len != (set ? 2 : 1))
        return nonsense(m, e);
    if (set) {
        alt = m->bytes[1];
        status = plain_control(r, 0x01, SET_INTERFACE, alt, m->bytes[0], &alt, 0);
    } else {
        status = plain_control(r, 0x81, GET_INTERFACE, 0, m->bytes[0], &alt, 1);
    }
    send_bytes(r, M_ALT_SETTING_STATUS, m->id, (uint8_t[]){ (uint8_t)status, m->bytes[0], alt }, 3);
    return true;
}

static bool on_interrupt_receiving(struct redir *r, const struct message_in *m, struct err *e)
{
    const bool start = m->type == M_START_INTERRUPT;
    enum redir_status status = REDIR_SUCCESS;
    struct redir_endpoint *ep;
    uint8_t address;

    if (m->len != 1)
        return nonsense(m, e);
    address = m->bytes[0];
    ep = &r->endpoint[ep_index(address)];
    if (!r->announced || !(address & DIR_IN) || ep->type != TYPE_INTERRUPT) {
        status = r->announced ? REDIR_INVALID : REDIR_IO_ERROR;
    } else if (start && !ep->receiving) {
        ep->receiving = true;
        if (!receive_next(r, address)) {
            ep->receiving = false;
            status = REDIR_IO_ERROR;
        }
    } else if (!start) {
        ep->receiving = false;
        for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
            if (r->slot[i].kind == SLOT_INTERRUPT_IN && r->slot[i].ep == address)
                r->port->cancel(r->port->ctx, i);
    }
    send_bytes(r, M_INTERRUPT_STATUS, m->id, (uint8_t[]){ (uint8_t)status, address }, 2);
    return true;
}

static bool on_control(struct redir *r, const struct message_in *m, struct err *e)
{
    uint8_t head[CONTROL_HEADER], setup[8], *data;
    enum redir_status status = REDIR_IO_ERROR;
    size_t wanted, moved;
    bool in;

    if (m->len < CONTROL_HEADER)
        return nonsense(m, e);
    memcpy(head, m->bytes, sizeof head); /* endpoint, request, type, status; value, index, length */
    in = head[2] & DIR_IN;
    wanted = get_le16(head + 8);
    if (m->len - CONTROL_HEADER != (in ? 0 : wanted))
        return nonsense(m, e);
    memcpy(setup, (uint8_t[]){ head[2], head[1] }, 2);
    memcpy(setup + 2, head + 4, 6);
    data = calloc(1, wanted + 1);
    if (!data)
        return err_set(e, ERR_NOMEM, "no memory for a transfer");
    if (!in)
        memcpy(data, m->bytes + CONTROL_HEADER, wanted);
    moved = wanted;
    if (head[0] & 0x7F)
        status = REDIR_INVALID; /* endpoint 0 only */
    else if (r->announced)
        status = r->port->control(r->port->ctx, setup, data, &moved);
    if (status != REDIR_SUCCESS || moved > wanted)
        moved = 0;
    head[3] = (uint8_t)status;
    put_le16(head + 8, (uint16_t)moved);
    header(r, M_CONTROL, CONTROL_HEADER + (in ? moved : 0), m->id);
    buffer_add(&r->out, head, sizeof head);
    buffer_add(&r->out, data, in ? moved : 0);
    free(data);
    return true;
}

static bool on_bulk(struct redir *r, const struct message_in *m, struct err *e)
{
    const size_t head = r->long_bulk ? BULK_HEADER + 2 : BULK_HEADER;
    enum redir_status status = REDIR_IO_ERROR;
    struct redir_slot *s = NULL;
    uint32_t stream;
    size_t len;
    uint8_t ep;

    if (m->len < head)
        return nonsense(m, e);
    ep = m->bytes[0];
    len = get_le16(m->bytes + 2) | (r->long_bulk ? (size_t)get_le16(m->bytes + 8) << 16 : 0);
    stream = get_le32(m->bytes + 4);
    if (m->len - head != (ep & DIR_IN ? 0 : len))
        return nonsense(m, e);
    if (!(ep & 0x0F) || len > REDIR_BYTES_MAX || r->endpoint[ep_index(ep)].type == TYPE_NONE)
        status = REDIR_INVALID;
    else if (r->announced)
        s = take_slot(r, SLOT_BULK, ep, m->id);
    if (!s) {
        send_bulk(r, m->id, ep, stream, status, 0, NULL, 0);
        return true;
    }
    s->stream = stream;
    submit(r, s, ep & DIR_IN ? NULL : m->bytes + head, len);
    return true;
}

static bool on_interrupt(struct redir *r, const struct message_in *m, struct err *e)
{
    enum redir_status status = REDIR_IO_ERROR;
    struct redir_slot *s = NULL;
    size_t len;
    uint8_t ep;

    if (m->len < INTERRUPT_HEADER)
        return nonsense(m, e);
    ep = m->bytes[0];
    len = get_le16(m->bytes + 2);
    if ((ep & DIR_IN) || m->len - INTERRUPT_HEADER != len) /* what comes in is ours to send */
        return nonsense(m, e);
    if (r->endpoint[ep_index(ep)].type != TYPE_INTERRUPT)
        status = REDIR_INVALID;
    else if (r->announced)
        s = take_slot(r, SLOT_INTERRUPT_OUT, ep, m->id);
    if (s)
        submit(r, s, m->bytes + INTERRUPT_HEADER, len);
    else
        send_interrupt(r, m->id, ep, status, 0, NULL, 0);
    return true;
}

static void on_cancel(struct redir *r, uint64_t id)
{
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        if ((r->slot[i].kind == SLOT_BULK || r->slot[i].kind == SLOT_INTERRUPT_OUT) && r->slot[i].id == id && !r->slot[i].unheard)
            r->port->cancel(r->port->ctx, i);
}

static bool carry_out(struct redir *r, const struct message_in *m, struct err *e)
{
    if (!r->greeted && m->type != M_HELLO)
        return nonsense(m, e);
    switch (m->type) {
    case M_HELLO: return on_hello(r, m, e);
    case M_SET_CONFIGURATION:
    case M_GET_CONFIGURATION: return on_configuration(r, m, e);
    case M_SET_ALT_SETTING:
    case M_GET_ALT_SETTING: return on_alt_setting(r, m, e);
    case M_START_INTERRUPT:
    case M_STOP_INTERRUPT: return on_interrupt_receiving(r, m, e);
    case M_CONTROL: return on_control(r, m, e);
    case M_BULK: return on_bulk(r, m, e);
    case M_INTERRUPT: return on_interrupt(r, m, e);
    case M_RESET:
        if (r->announced)
            r->port->reset(r->port->ctx);
        return m->len == 0 || nonsense(m, e);
    case M_CANCEL: on_cancel(r, m->id); return m->len == 0 || nonsense(m, e);
    case M_DISCONNECT_ACK:
    case M_FILTER_REJECT:
    case M_FILTER: return true; /* nothing depends on it */
    default: return nonsense(m, e);
    }
}

void redir_init(struct redir *r, const struct redir_port *port)
{
    static const char name[HELLO_TEXT] = "sector0-bench";

    *r = (struct redir){ .port = port };
    header(r, M_HELLO, HELLO_TEXT + 4, 0);
    buffer_add(&r->out, name, sizeof name);
    buffer_u32(&r->out, OUR_CAPS);
}

void redir_fini(struct redir *r)
{
    buffer_free(&r->in);
    buffer_free(&r->out);
}

bool redir_feed(struct redir *r, const uint8_t *bytes, size_t len, struct err *e)
{
    buffer_add(&r->in, bytes, len);
    while (!r->in.failed) {
        const size_t head = HEADER_BYTES + (r->wide_ids ? 4 : 0);
        struct message_in m;

        if (r->in.len < head)
            break;
        m = (struct message_in){ .type = get_le32(r->in.bytes), .id = get_le32(r->in.bytes + 8), .bytes = r->in.bytes + head };
        if (r->wide_ids)
            m.id |= (uint64_t)get_le32(r->in.bytes + 12) << 32;
        m.len = get_le32(r->in.bytes + 4);
        if (m.len > MESSAGE_MAX)
            return nonsense(&m, e);
        if (r->in.len - head < m.len)
            break;
        if (!carry_out(r, &m, e))
            return false;
        buffer_drop(&r->in, head + m.len);
    }
    return !(r->in.failed || r->out.failed) || err_set(e, ERR_NOMEM, "no memory for a usb-redir message");
}
