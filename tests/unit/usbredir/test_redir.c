/* test_redir.c - the usb-redir protocol against a scripted peer, and a device that does as it is told. */
#include "usbredir/redir.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    HELLO = 0,
    CONNECT = 1,
    DISCONNECT = 2,
    RESET = 3,
    INTERFACE_INFO = 4,
    EP_INFO = 5,
    SET_CONFIG = 6,
    GET_CONFIG = 7,
    CONFIG_STATUS = 8,
    SET_ALT = 9,
    GET_ALT = 10,
    ALT_STATUS = 11,
    START_INTERRUPT = 15,
    STOP_INTERRUPT = 16,
    INTERRUPT_STATUS = 17,
    CANCEL = 21,
    CONTROL = 100,
    BULK = 101,
    INTERRUPT = 103
};
enum { CAPS_QEMU = 0x62 | 0x10 }; /* device version, packet bytes, wide ids, long bulk */

static const uint8_t device[18] = { 18, 1, 0, 2, 0xEF, 2, 1, 64, 0x83, 4, 0x4B, 0x37, 0, 1, 1, 2, 3, 1 };
static const uint8_t config[] = { 9, 2, 46, 0, 1,    1, 0,  0x80, 50, 9, 4, 0,    0, 4, 0xFF, 0xFF, 0xFF, 4, 7,    5, 0x01, 2, 64,
                                  0, 0, 7,  5, 0x81, 2, 64, 0,    0,  7, 5, 0x83, 3, 8, 0,    10,   7,    5, 0x04, 3, 8,    0, 10 };

static struct redir redir;
static struct {
    uint8_t setup[8], data[64];
    enum redir_status control_status;
    unsigned controls, resets, submits, cancelled; /* cancelled: bits of slots */
    unsigned slot;
    uint8_t ep;
    size_t len;
    uint8_t out[64];
} port_saw;

static enum redir_status control(void *ctx, const uint8_t setup[8], uint8_t *data, size_t *len)
{
    memcpy(port_saw.setup, setup, 8);
    port_saw.controls++;
    if (setup[0] & 0x80) {
        memcpy(data, "answer", *len < 6 ? *len : 6);
        *len = *len < 6 ? *len : 6;
    } else if (*len) {
        memcpy(port_saw.data, data, *len);
    }
    return port_saw.control_status;
}

static void submit(void *ctx, unsigned slot, uint8_t ep, const uint8_t *data, size_t len)
{
    port_saw.submits++;
    port_saw.slot = slot;
    port_saw.ep = ep;
    port_saw.len = len;
    if (data)
        memcpy(port_saw.out, data, len < sizeof port_saw.out ? len : sizeof port_saw.out);
}

static void cancel(void *ctx, unsigned slot) { port_saw.cancelled |= 1u << slot; }
static void reset(void *ctx) { port_saw.resets++; }

static const struct redir_port port = { NULL, control, submit, cancel, reset };

static int fresh(void **state)
{
    memset(&port_saw, 0, sizeof port_saw);
    redir_init(&redir, &port);
    return 0;
}

static int tidy(void **state)
{
    redir_fini(&redir);
    return 0;
}

static bool tell(uint32_t type, uint64_t id, const void *payload, size_t len)
{
    uint8_t bytes[1024];
    const size_t head = redir.wide_ids ? 16 : 12;
    struct err e = { 0 };

    put_le32(bytes, type);
    put_le32(bytes + 4, (uint32_t)len);
    put_le32(bytes + 8, (uint32_t)id);
    if (redir.wide_ids)
        put_le32(bytes + 12, (uint32_t)(id >> 32));
    if (len)
        memcpy(bytes + head, payload, len);
    for (size_t i = 0; i < head + len; i++) /* a byte at a time: pieces may come in any size */
        if (!redir_feed(&redir, bytes + i, 1, &e)) {
            assert_int_equal(e.kind, ERR_PROTOCOL);
            return false;
        }
    return true;
}

/* The next message that we send: its type must be this one. Returns its payload, gone with the next call. */
static const uint8_t *hear(uint32_t type, uint64_t id, size_t len, bool wide)
{
    static uint8_t payload[1024];
    const size_t head = wide ? 16 : 12;

    assert_in_range(redir.out.len, head, 100000);
    assert_int_equal(get_le32(redir.out.bytes), type);
    assert_int_equal(get_le32(redir.out.bytes + 4), len);
    assert_int_equal(get_le32(redir.out.bytes + 8), (uint32_t)id);
    if (wide)
        assert_int_equal(get_le32(redir.out.bytes + 12), (uint32_t)(id >> 32));
    assert_in_range(redir.out.len, head + len, 100000);
    memcpy(payload, redir.out.bytes + head, len);
    buffer_drop(&redir.out, head + len);
    return payload;
}

static void greet(uint32_t caps)
{
    uint8_t hello[68] = "peer";

    put_le32(hello + 64, caps);
    hear(HELLO, 0, 68, false);
    assert_true(tell(HELLO, 0, hello, sizeof hello));
}

static void plug_in(void)
{
    const uint8_t *p;

    redir_plug(&redir, &(struct redir_device){ device, config, sizeof config });
    p = hear(EP_INFO, 0, 160, true);
    assert_int_equal(p[0], 0);   /* control */
    assert_int_equal(p[1], 2);   /* 0x01 bulk */
    assert_int_equal(p[17], 2);  /* 0x81 bulk */
    assert_int_equal(p[19], 3);  /* 0x83 interrupt */
    assert_int_equal(p[2], 255); /* there is none */
    assert_int_equal(p[32 + 19], 10);
    assert_int_equal(get_le16(p + 96 + 2 * 17), 64);
    p = hear(INTERFACE_INFO, 0, 132, true);
    assert_int_equal(get_le32(p), 1);
    assert_int_equal(p[36], 0xFF);
    p = hear(CONNECT, 0, 10, true);
    assert_memory_equal(p, "\1\xEF\2\1\x83\4\x4B\x37\0\1", 10);
}

static void connected(void)
{
    greet(CAPS_QEMU);
    plug_in();
}

static void a_device_is_announced_when_both_are_there(void **state)
{
    redir_plug(&redir, &(struct redir_device){ device, config, sizeof config });
    greet(CAPS_QEMU);
    hear(EP_INFO, 0, 160, true);
    hear(INTERFACE_INFO, 0, 132, true);
    hear(CONNECT, 0, 10, true);
    assert_int_equal(redir.out.len, 0);
}

static void an_old_peer_gets_the_short_forms(void **state)
{
    static const uint8_t bulk[8] = { 0x81, 0, 4, 0 };

    redir_plug(&redir, &(struct redir_device){ device, config, sizeof config });
    greet(0);
    hear(EP_INFO, 0, 96, false);
    hear(INTERFACE_INFO, 0, 132, false);
    hear(CONNECT, 0, 8, false);
    assert_true(tell(BULK, 7, bulk, 8));
    redir_done(&redir, port_saw.slot, REDIR_SUCCESS, (const uint8_t *)"abcd", 4);
    assert_memory_equal(hear(BULK, 7, 12, false), "\x81\0\4\0\0\0\0\0abcd", 12);
}

/* A kernel that clears a stalled endpoint's halt does it by endpoint 0, like any control transfer: the device hears it. */
static void clearing_a_halt_reaches_the_device(void **state)
{
    static const uint8_t clear[10] = { 0, 1, 0x02, 0, 0, 0, 0x81, 0, 0, 0 };
    const uint8_t *p;

    connected();
    assert_true(tell(CONTROL, 9, clear, sizeof clear));
    p = hear(CONTROL, 9, 10, true);
    assert_int_equal(p[3], REDIR_SUCCESS);
    assert_memory_equal(port_saw.setup, "\2\1\0\0\x81\0\0\0", 8);
}

static void control_transfers_go_both_ways(void **state)
{
    static const uint8_t in[10] = { 0x80, 6, 0x80, 0, 2, 3, 9, 4, 255, 0 };
    static const uint8_t out[13] = { 0, 1, 0x40, 0, 0, 0, 0, 0, 3, 0, 'x', 'y', 'z' };
    const uint8_t *p;

    connected();
    assert_true(tell(CONTROL, UINT64_C(0x1122334455667788), in, sizeof in));
    p = hear(CONTROL, UINT64_C(0x1122334455667788), 16, true);
    assert_memory_equal(p, "\x80\6\x80\0\2\3\11\4\6\0answer", 16);
    assert_memory_equal(port_saw.setup, "\x80\6\2\3\11\4\xFF\0", 8);
    assert_true(tell(CONTROL, 2, out, sizeof out));
    p = hear(CONTROL, 2, 10, true);
    assert_int_equal(get_le16(p + 8), 3);
    assert_memory_equal(port_saw.data, "xyz", 3);
    port_saw.control_status = REDIR_STALL;
    assert_true(tell(CONTROL, 3, in, sizeof in));
    p = hear(CONTROL, 3, 10, true);
    assert_int_equal(p[3], REDIR_STALL);
    assert_int_equal(get_le16(p + 8), 0);
}

static void configuration_and_settings_are_passed_on(void **state)
{
    connected();
    assert_true(tell(SET_CONFIG, 5, "\1", 1));
    hear(EP_INFO, 0, 160, true);
    hear(INTERFACE_INFO, 0, 132, true);
    assert_memory_equal(hear(CONFIG_STATUS, 5, 2, true), "\0\1", 2);
    assert_memory_equal(port_saw.setup, "\0\11\1\0\0\0\0\0", 8);
    assert_true(tell(GET_CONFIG, 6, "", 0));
    assert_memory_equal(hear(CONFIG_STATUS, 6, 2, true), "\0\1", 2);
    assert_true(tell(SET_ALT, 7, "\0\0", 2));
    assert_memory_equal(hear(ALT_STATUS, 7, 3, true), "\0\0\0", 3);
    assert_true(tell(GET_ALT, 8, "\0", 1));
    assert_memory_equal(hear(ALT_STATUS, 8, 3, true), "\0\0a", 3);
    assert_true(tell(RESET, 0, "", 0));
    assert_int_equal(port_saw.resets, 1);
}

static void bulk_transfers_wait_for_the_device(void **state)
{
    static const uint8_t in[10] = { 0x81, 0, 64, 0 }, out[13] = { 0x01, 0, 3, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c' };
    unsigned first;

    connected();
    assert_true(tell(BULK, 20, in, sizeof in));
    first = port_saw.slot;
    assert_int_equal(port_saw.len, 64);
    assert_true(tell(BULK, 21, out, sizeof out));
    assert_memory_equal(port_saw.out, "abc", 3);
    assert_int_equal(redir.out.len, 0); /* nothing is answered before it is done */
    redir_done(&redir, port_saw.slot, REDIR_SUCCESS, NULL, 3);
    assert_memory_equal(hear(BULK, 21, 10, true), "\1\0\3\0\0\0\0\0\0\0", 10);
    redir_done(&redir, first, REDIR_SUCCESS, (const uint8_t *)"hi", 2);
    assert_memory_equal(hear(BULK, 20, 12, true), "\x81\0\2\0\0\0\0\0\0\0hi", 12);
}

static void a_long_transfer_has_a_long_length(void **state)
{
    static const uint8_t in[10] = { 0x81, 0, 0x34, 0x12, 0, 0, 0, 0, 2, 0 }, too_long[10] = { 0x81, 0, 1, 0, 0, 0, 0, 0, 8, 0 };

    connected();
    assert_true(tell(BULK, 1, in, sizeof in));
    assert_int_equal(port_saw.len, 0x21234);
    assert_true(tell(BULK, 2, too_long, sizeof too_long));
    assert_int_equal(hear(BULK, 2, 10, true)[1], REDIR_INVALID);
}

static void a_cancelled_transfer_is_answered_once(void **state)
{
    static const uint8_t in[10] = { 0x81, 0, 64, 0 };

    connected();
    assert_true(tell(BULK, 9, in, sizeof in));
    assert_true(tell(CANCEL, 8, "", 0));
    assert_int_equal(port_saw.cancelled, 0);
    assert_true(tell(CANCEL, 9, "", 0));
    assert_int_equal(port_saw.cancelled, 1u << port_saw.slot);
    redir_done(&redir, port_saw.slot, REDIR_CANCELLED, NULL, 0);
    assert_int_equal(hear(BULK, 9, 10, true)[1], REDIR_CANCELLED);
    redir_done(&redir, port_saw.slot, REDIR_CANCELLED, NULL, 0);
    assert_int_equal(redir.out.len, 0);
}

static void too_many_transfers_are_refused_not_kept(void **state)
{
    static const uint8_t in[10] = { 0x81, 0, 64, 0 };

    connected();
    for (unsigned i = 0; i < REDIR_PENDING_MAX; i++)
        assert_true(tell(BULK, i, in, sizeof in));
    assert_int_equal(redir.out.len, 0);
    assert_true(tell(BULK, 99, in, sizeof in));
    assert_int_equal(hear(BULK, 99, 10, true)[1], REDIR_IO_ERROR);
    assert_int_equal(port_saw.submits, REDIR_PENDING_MAX);
}

static void interrupt_packets_come_until_they_are_stopped(void **state)
{
    static const uint8_t ep[1] = { 0x83 }, bulk_ep[1] = { 0x81 }, out[6] = { 0x04, 0, 2, 0, 'h', 'o' };

    connected();
    assert_true(tell(START_INTERRUPT, 4, ep, 1));
    assert_memory_equal(hear(INTERRUPT_STATUS, 4, 2, true), "\0\x83", 2);
    assert_int_equal(port_saw.len, 8);
    redir_done(&redir, port_saw.slot, REDIR_SUCCESS, (const uint8_t *)"tick", 4);
    assert_memory_equal(hear(INTERRUPT, 0, 8, true), "\x83\0\4\0tick", 8);
    assert_int_equal(port_saw.submits, 2);
    assert_true(tell(STOP_INTERRUPT, 5, ep, 1));
    hear(INTERRUPT_STATUS, 5, 2, true);
    redir_done(&redir, port_saw.slot, REDIR_CANCELLED, NULL, 0);
    assert_int_equal(redir.out.len, 0);
    assert_true(tell(START_INTERRUPT, 6, bulk_ep, 1));
    assert_int_equal(hear(INTERRUPT_STATUS, 6, 2, true)[0], REDIR_INVALID);
    assert_true(tell(INTERRUPT, 7, out, sizeof out));
    redir_done(&redir, port_saw.slot, REDIR_SUCCESS, NULL, 2);
    assert_memory_equal(hear(INTERRUPT, 7, 4, true), "\4\0\2\0", 4);
}

static void an_unplugged_device_leaves_nothing_behind_and_comes_back(void **state)
{
    static const uint8_t in[10] = { 0x81, 0, 64, 0 }, ctl[10] = { 0x80, 6, 0x80, 0, 2, 3, 9, 4, 255, 0 };
    unsigned slot;

    connected();
    assert_true(tell(BULK, 9, in, sizeof in));
    slot = port_saw.slot;
    redir_unplug(&redir);
    hear(DISCONNECT, 0, 0, true);
    redir_done(&redir, slot, REDIR_IO_ERROR, NULL, 0);
    assert_int_equal(redir.out.len, 0);
    assert_true(tell(BULK, 10, in, sizeof in)); /* it did not know yet */
    assert_int_equal(hear(BULK, 10, 10, true)[1], REDIR_IO_ERROR);
    assert_true(tell(CONTROL, 11, ctl, sizeof ctl));
    assert_int_equal(hear(CONTROL, 11, 10, true)[3], REDIR_IO_ERROR);
    assert_true(tell(SET_CONFIG, 12, "\1", 1));
    assert_int_equal(hear(CONFIG_STATUS, 12, 2, true)[0], REDIR_IO_ERROR);
    plug_in();
}

static void broken_descriptors_are_read_as_far_as_they_go(void **state)
{
    uint8_t broken[sizeof config];

    greet(CAPS_QEMU);
    for (size_t cut = 0; cut <= sizeof config; cut++) {
        uint8_t *exact = malloc(cut + 1);

        memcpy(exact, config, cut);
        redir_plug(&redir, &(struct redir_device){ device, exact, cut });
        redir_unplug(&redir);
        free(exact);
    }
    for (size_t at = 0; at < sizeof config; at++) {
        memcpy(broken, config, sizeof config);
        broken[at] = 0;
        redir_plug(&redir, &(struct redir_device){ device, broken, sizeof broken });
        redir_unplug(&redir);
    }
    redir.out.len = 0;
    plug_in();
}

static void nonsense_ends_the_conversation(void **state)
{
    static const struct {
        uint32_t type;
        size_t len;
        uint8_t payload[16];
    } bad[] = {
        { 77, 0, { 0 } },                                     /* no such message */
        { HELLO, 64, { 0 } },                                 /* a second greeting */
        { SET_CONFIG, 0, { 0 } },                             /* too short */
        { GET_CONFIG, 1, { 0 } },                             /* too long */
        { SET_ALT, 1, { 0 } },                                /* */
        { CONTROL, 9, { 0 } },                                /* */
        { CONTROL, 11, { 0x80, 6, 0x80 } },                   /* data with an IN */
        { CONTROL, 10, { 0, 1, 0x40, 0, 0, 0, 0, 0, 3, 0 } }, /* data missing */
        { BULK, 9, { 0x81 } },                                /* */
        { BULK, 11, { 0x81, 0, 1 } },                         /* data with an IN */
        { BULK, 10, { 0x01, 0, 1 } },                         /* data missing */
        { INTERRUPT, 4, { 0x83 } },                           /* what comes in is ours to send */
        { START_INTERRUPT, 0, { 0 } },                        /* */
        { CANCEL, 1, { 0 } },                                 /* */
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t payload[64] = { 0 };

        memcpy(payload, bad[i].payload, sizeof bad[i].payload);
        connected();
        if (tell(bad[i].type, 1, payload, bad[i].len))
            fail_msg("case %zu was taken", i);
        tidy(NULL);
        fresh(NULL);
    }
    assert_false(tell(GET_CONFIG, 0, "", 0)); /* before the greeting */
}

static void a_message_too_long_for_anything_is_refused_by_its_header(void **state)
{
    uint8_t head[16] = { BULK };
    struct err e = { 0 };

    connected();
    put_le32(head + 4, REDIR_BYTES_MAX + 17);
    assert_false(redir_feed(&redir, head, sizeof head, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, tidy)
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_announced_when_both_are_there),
        TEST(an_old_peer_gets_the_short_forms),
        TEST(clearing_a_halt_reaches_the_device),
        TEST(control_transfers_go_both_ways),
        TEST(configuration_and_settings_are_passed_on),
        TEST(bulk_transfers_wait_for_the_device),
        TEST(a_long_transfer_has_a_long_length),
        TEST(a_cancelled_transfer_is_answered_once),
        TEST(too_many_transfers_are_refused_not_kept),
        TEST(interrupt_packets_come_until_they_are_stopped),
        TEST(an_unplugged_device_leaves_nothing_behind_and_comes_back),
        TEST(broken_descriptors_are_read_as_far_as_they_go),
        TEST(nonsense_ends_the_conversation),
        TEST(a_message_too_long_for_anything_is_refused_by_its_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
