/* test_usbhost.c - the USB host model against a scripted device: packets, times, and every way a transfer can end. */
#include "usb/usbhost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT      UINT64_C(83333)
#define BYTES(n) ((n)*8 * BIT) /* what n byte times take */
#define FRAME    (12000 * BIT)

enum { OVERHEAD = 13, PACKET = 64, NEVER_UNPLUG = 1000000 };

struct device { /* answers IN with `stock` bytes from ready_ps on, takes OUT from ready_ps on */
    struct timeline *time;
    size_t stock, given, largest; /* largest: bytes per packet */
    uint64_t ready_ps;
    bool knows_not; /* wake_ps says "now" */
    bool stall, silent, attached;
    unsigned setups, outs, ins, resets, unplug_after; /* packets */
    uint8_t setup[8];
    uint8_t address; /* that it hears */
    uint8_t got[8192];
    size_t got_bytes, last_out;
};

static void count_packet(struct device *d)
{
    if (d->setups + d->outs + d->ins >= d->unplug_after)
        d->attached = false;
}

static enum usb_answer hindrance(const struct device *d)
{
    if (d->silent)
        return USB_SILENT;
    if (d->stall)
        return USB_STALL;
    return d->time->now_ps < d->ready_ps ? USB_NAK : USB_ACK;
}

static enum usb_answer on_setup(void *ctx, const uint8_t packet[8])
{
    struct device *d = ctx;

    d->setups++;
    memcpy(d->setup, packet, 8);
    count_packet(d);
    return d->silent ? USB_SILENT : d->stall ? USB_STALL : USB_ACK;
}

static enum usb_answer on_out(void *ctx, unsigned ep, const uint8_t *data, size_t len)
{
    struct device *d = ctx;
    const enum usb_answer answer = hindrance(d);

    d->outs++;
    count_packet(d);
    if (answer != USB_ACK)
        return answer;
    if (len > 0)
        memcpy(d->got + d->got_bytes, data, len);
    d->got_bytes += len;
    d->last_out = len;
    return USB_ACK;
}

static enum usb_answer on_in(void *ctx, unsigned ep, uint8_t *data, size_t *len)
{
    struct device *d = ctx;
    const enum usb_answer answer = hindrance(d);
    const size_t left = d->stock - d->given;

    d->ins++;
    count_packet(d);
    if (answer != USB_ACK)
        return answer;
    *len = left < d->largest ? left : d->largest;
    for (size_t i = 0; i < *len; i++)
        data[i] = (uint8_t)(d->given + i);
    d->given += *len;
    return USB_ACK;
}

static void on_reset(void *ctx) { ((struct device *)ctx)->resets++; }
static bool is_attached(void *ctx) { return ((struct device *)ctx)->attached; }

static uint64_t wake_ps(void *ctx)
{
    const struct device *d = ctx;

    return d->knows_not ? d->time->now_ps : d->ready_ps;
}

static bool hears(void *ctx, uint8_t address) { return ((struct device *)ctx)->address == address; }

struct rig {
    struct timeline time;
    struct device dev;
    struct usbdev usb;
    struct usb_params params;
    struct usbhost host;
};

static struct rig *new_rig(uint64_t host_ps)
{
    struct rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    r->dev = (struct device){ .time = &r->time, .largest = PACKET, .attached = true, .unplug_after = NEVER_UNPLUG };
    r->usb = (struct usbdev){ &r->dev, on_setup, on_out, on_in, on_reset, is_attached, wake_ps };
    r->params = (struct usb_params){ host_ps, BIT, OVERHEAD, PACKET };
    r->host = (struct usbhost){ .dev = &r->usb, .time = &r->time, .params = &r->params, .plugged = true };
    return r;
}

static uint8_t buffer[8192];
static size_t moved;

#define TEST(name) static void name(void **state)
#define END        free(r)

static enum usb_status in(struct rig *r, size_t len, uint64_t timeout)
{
    return usbhost_bulk(&r->host, 0x81, buffer, len, &moved, timeout);
}
static enum usb_status out(struct rig *r, size_t len, uint64_t timeout)
{
    return usbhost_bulk(&r->host, 0x01, buffer, len, &moved, timeout);
}

TEST(a_16_byte_command_takes_29_byte_times_and_the_hosts_cost)
{
    struct rig *r = new_rig(50 * PS_PER_US);

    assert_int_equal(out(r, 16, PS_PER_S), USB_DONE);
    assert_int_equal(r->time.now_ps, 50 * PS_PER_US + BYTES(29)); /* 19.3 us on the wire */
    assert_int_equal(r->host.counts.link_ps, r->time.now_ps);
    END;
}

TEST(nineteen_full_packets_fit_into_a_frame)
{
    struct rig *r = new_rig(0);

    assert_int_equal(out(r, 19 * PACKET, PS_PER_S), USB_DONE);
    assert_int_equal(r->time.now_ps, 19 * BYTES(77));
    END;
    r = new_rig(0);
    assert_int_equal(out(r, 20 * PACKET, PS_PER_S), USB_DONE);
    assert_int_equal(r->time.now_ps, FRAME + BYTES(77)); /* the twentieth waits for the next */
    END;
    r = new_rig(0);
    assert_int_equal(out(r, 95 * PACKET, PS_PER_S), USB_DONE); /* 6080 bytes: five frames, 1.2 MB/s */
    assert_int_equal(r->time.now_ps, 4 * FRAME + 19 * BYTES(77));
    END;
}

TEST(a_multiple_of_the_packet_size_needs_no_empty_packet)
{
    struct rig *r = new_rig(0);

    assert_int_equal(out(r, 128, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.outs, 2);
    r->dev.stock = 128;
    assert_int_equal(in(r, 128, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.ins, 2);
    END;
}

TEST(a_transfer_of_nothing_is_one_empty_packet)
{
    struct rig *r = new_rig(0);

    assert_int_equal(out(r, 0, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.outs, 1);
    assert_int_equal(in(r, 0, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.ins, 1);
    END;
}

TEST(bytes_arrive_in_order_and_are_counted)
{
    struct rig *r = new_rig(0);

    for (unsigned i = 0; i < 200; i++)
        buffer[i] = (uint8_t)(3 * i);
    assert_int_equal(out(r, 200, PS_PER_S), USB_DONE);
    assert_int_equal(moved, 200);
    assert_memory_equal(r->dev.got, buffer, 200);
    r->dev.stock = 150;
    assert_int_equal(in(r, 150, PS_PER_S), USB_DONE);
    for (unsigned i = 0; i < 150; i++)
        assert_int_equal(buffer[i], i);
    assert_int_equal(r->host.counts.transfers, 2);
    assert_int_equal(r->host.counts.bytes_out, 200);
    assert_int_equal(r->host.counts.bytes_in, 150);
    END;
}

TEST(an_in_ends_at_a_short_packet)
{
    struct rig *r = new_rig(0);

    r->dev.stock = 70;
    assert_int_equal(in(r, 512, PS_PER_S), USB_DONE);
    assert_int_equal(moved, 70);
    assert_int_equal(r->time.now_ps, BYTES(77) + BYTES(6 + OVERHEAD));
    r->dev.stock += 64; /* a full one, then an empty one */
    assert_int_equal(in(r, 512, PS_PER_S), USB_DONE);
    assert_int_equal(moved, 64);
    END;
}

TEST(a_naked_in_stays_pending_until_the_device_has_something)
{
    struct rig *r = new_rig(1000);

    r->dev.stock = 8;
    r->dev.ready_ps = 3 * FRAME;
    assert_int_equal(in(r, 8, 10 * PS_PER_S), USB_DONE);
    assert_int_equal(r->time.now_ps, 3 * FRAME + BYTES(8 + OVERHEAD));
    assert_int_equal(r->dev.ins, 2); /* time jumped: no idle polling */
    END;
}

TEST(a_device_that_knows_not_when_is_polled)
{
    struct rig *r = new_rig(0);

    r->dev.stock = 8;
    r->dev.knows_not = true;
    r->dev.ready_ps = BYTES(40);
    assert_int_equal(in(r, 8, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.ins, 5); /* polls at 0, 13, 26, 39 byte times; then it is ready */
    r->dev.ready_ps = TIME_NEVER;
    assert_int_equal(in(r, 8, BYTES(1000)), USB_TIMED_OUT); /* no hang either */
    END;
}

TEST(a_time_out_comes_exactly_at_its_time)
{
    struct rig *r = new_rig(1000);

    r->dev.ready_ps = TIME_NEVER;
    timeline_to(&r->time, 777);
    assert_int_equal(in(r, 8, 200 * PS_PER_MS), USB_TIMED_OUT);
    assert_int_equal(moved, 0);
    assert_int_equal(r->time.now_ps, 777 + 200 * PS_PER_MS);
    r->dev.ready_ps = r->time.now_ps + 300 * PS_PER_MS; /* too late */
    assert_int_equal(in(r, 8, 200 * PS_PER_MS), USB_TIMED_OUT);
    r->dev.stock = 8; /* and the same answer is there for the next transfer */
    assert_int_equal(in(r, 8, 200 * PS_PER_MS), USB_DONE);
    assert_int_equal(moved, 8);
    END;
}

TEST(a_long_transfer_is_cut_by_its_time_out)
{
    struct rig *r = new_rig(0);

    r->dev.stock = 4096;
    assert_int_equal(in(r, 4096, FRAME), USB_TIMED_OUT);
    assert_int_equal(moved, 19 * PACKET);
    END;
}

TEST(waiting_for_ever_for_nothing_gives_up_without_time)
{
    struct rig *r = new_rig(1000);

    r->dev.ready_ps = TIME_NEVER;
    assert_int_equal(in(r, 8, TIME_NEVER), USB_TIMED_OUT);
    assert_int_equal(r->time.now_ps, 1000);
    END;
}

TEST(a_naked_out_packet_is_sent_again)
{
    struct rig *r = new_rig(0);

    r->dev.ready_ps = 2 * FRAME;
    buffer[0] = 0x5A;
    assert_int_equal(out(r, 16, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.outs, 2);
    assert_int_equal(r->dev.got_bytes, 16);
    assert_int_equal(r->time.now_ps, 2 * FRAME + BYTES(29));
    END;
}

TEST(a_stall_ends_the_transfer)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x80, 6, 0, 9, 0, 0, 8, 0 };
    size_t len = 8;

    r->dev.stall = true;
    assert_int_equal(in(r, 8, PS_PER_S), USB_STALLED);
    assert_int_equal(out(r, 8, PS_PER_S), USB_STALLED);
    assert_int_equal(moved, 0);
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_STALLED);
    assert_int_equal(len, 0);
    END;
}

TEST(without_cable_device_or_pull_up_there_is_nobody)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x80, 6, 0, 1, 0, 0, 8, 0 };
    size_t len = 8;

    r->host.plugged = false;
    assert_false(usbhost_present(&r->host));
    assert_int_equal(in(r, 8, PS_PER_S), USB_GONE);
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_GONE);
    usbhost_reset(&r->host);
    r->host.plugged = true;
    r->dev.attached = false;
    assert_int_equal(out(r, 8, PS_PER_S), USB_GONE);
    r->host.dev = NULL;
    assert_int_equal(out(r, 8, PS_PER_S), USB_GONE);
    assert_int_equal(r->time.now_ps, 0);
    assert_int_equal(r->host.counts.transfers, 0);
    assert_int_equal(r->dev.resets, 0);
    END;
}

TEST(a_device_that_leaves_in_mid_transfer_is_gone)
{
    struct rig *r = new_rig(0);

    r->dev.unplug_after = 2;
    r->dev.stock = 512;
    assert_int_equal(in(r, 512, PS_PER_S), USB_GONE);
    assert_int_equal(moved, 2 * PACKET); /* what came is kept */
    r->dev.attached = true;
    r->dev.outs = r->dev.ins = 0;
    assert_int_equal(out(r, 512, PS_PER_S), USB_GONE);
    assert_int_equal(moved, 2 * PACKET);
    END;
}

TEST(a_silent_device_is_given_up_after_three_tries)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x80, 6, 0, 1, 0, 0, 8, 0 };
    size_t len = 8;

    r->dev.silent = true;
    assert_int_equal(in(r, 8, PS_PER_S), USB_GONE);
    assert_int_equal(r->dev.ins, 3);
    assert_int_equal(out(r, 8, PS_PER_S), USB_GONE);
    assert_int_equal(r->dev.outs, 3);
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_GONE);
    assert_int_equal(r->dev.setups, 3);
    END;
}

TEST(more_than_was_asked_for_is_an_overflow)
{
    struct rig *r = new_rig(0);

    buffer[10] = 0xEE;
    r->dev.stock = 64;
    assert_int_equal(in(r, 10, PS_PER_S), USB_OVERFLOWED);
    assert_int_equal(moved, 10);
    assert_int_equal(buffer[10], 0xEE); /* nothing beyond the buffer */
    r->dev.stock += 100;
    r->dev.largest = 100; /* longer than wMaxPacketSize */
    assert_int_equal(in(r, 512, PS_PER_S), USB_OVERFLOWED);
    r->dev.stock += 4;
    r->dev.largest = 4;
    assert_int_equal(in(r, 0, PS_PER_S), USB_OVERFLOWED);
    END;
}

TEST(a_control_in_is_setup_data_and_an_empty_out)
{
    struct rig *r = new_rig(50 * PS_PER_US);
    const uint8_t setup[8] = { 0x80, 6, 3, 3, 9, 4, 48, 0 };
    size_t len = 48;

    r->dev.stock = 48;
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_DONE);
    assert_int_equal(len, 48);
    assert_memory_equal(r->dev.setup, setup, 8);
    assert_int_equal(r->dev.ins, 1);
    assert_int_equal(r->dev.outs, 1);
    assert_int_equal(r->dev.last_out, 0);
    assert_int_equal(r->time.now_ps, 50 * PS_PER_US + BYTES(8 + 13) + BYTES(48 + 13) + BYTES(13));
    assert_int_equal(r->host.counts.bytes_in, 48);
    END;
}

TEST(a_control_in_may_come_back_short)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x80, 6, 0, 1, 0, 0, 255, 0 };
    size_t len = 255;

    r->dev.stock = 18;
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_DONE);
    assert_int_equal(len, 18);
    END;
}

TEST(a_control_out_is_setup_data_and_an_empty_in)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x21, 1, 0, 0, 0, 0, 0, 8 };
    size_t len = 2048;

    r->dev.stock = 0; /* the status packet is empty */
    assert_int_equal(usbhost_control(&r->host, setup, buffer, &len, PS_PER_S), USB_DONE);
    assert_int_equal(len, 2048);
    assert_int_equal(r->dev.outs, 32);
    assert_int_equal(r->dev.ins, 1);
    assert_int_equal(r->time.now_ps, FRAME + 13 * BYTES(77) + BYTES(13)); /* 2498 byte times, and the gap at the frame's end */
    END;
}

TEST(a_control_without_data_has_two_stages)
{
    struct rig *r = new_rig(0);
    const uint8_t setup[8] = { 0x00, 9, 1, 0, 0, 0, 0, 0 };
    size_t len = 0;

    assert_int_equal(usbhost_control(&r->host, setup, NULL, &len, PS_PER_S), USB_DONE);
    assert_int_equal(r->dev.setups + r->dev.ins + r->dev.outs, 2);
    assert_int_equal(r->time.now_ps, BYTES(21) + BYTES(13));
    END;
}

TEST(a_port_reset_takes_its_time)
{
    struct rig *r = new_rig(0);

    usbhost_reset(&r->host);
    assert_int_equal(r->dev.resets, 1);
    assert_int_equal(r->time.now_ps, 60 * PS_PER_MS);
    END;
}

TEST(packets_go_to_the_address_that_the_device_was_given)
{
    struct rig *r = new_rig(0);
    const uint8_t set_address[8] = { 0, 5, 7 };
    size_t len = 0;

    r->usb.hears = hears;
    assert_int_equal(usbhost_control(&r->host, set_address, buffer, &len, PS_PER_S), USB_DONE);
    assert_int_equal(r->host.address, 7);
    assert_int_equal(out(r, 64, PS_PER_S), USB_GONE); /* it still hears 0 */
    assert_int_equal(r->dev.outs, 0);
    r->dev.address = 7;
    assert_int_equal(out(r, 64, PS_PER_S), USB_DONE);
    usbhost_reset(&r->host);
    assert_int_equal(r->host.address, 0);
    assert_int_equal(in(r, 64, PS_PER_S), USB_GONE);
    assert_int_equal(usbhost_control(&r->host, set_address, buffer, &len, PS_PER_S), USB_GONE);
    r->dev.address = 0;
    assert_int_equal(in(r, 64, PS_PER_S), USB_DONE);
    END;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_to_the_address_that_the_device_was_given),
        cmocka_unit_test(a_16_byte_command_takes_29_byte_times_and_the_hosts_cost),
        cmocka_unit_test(nineteen_full_packets_fit_into_a_frame),
        cmocka_unit_test(a_multiple_of_the_packet_size_needs_no_empty_packet),
        cmocka_unit_test(a_transfer_of_nothing_is_one_empty_packet),
        cmocka_unit_test(bytes_arrive_in_order_and_are_counted),
        cmocka_unit_test(an_in_ends_at_a_short_packet),
        cmocka_unit_test(a_naked_in_stays_pending_until_the_device_has_something),
        cmocka_unit_test(a_device_that_knows_not_when_is_polled),
        cmocka_unit_test(a_time_out_comes_exactly_at_its_time),
        cmocka_unit_test(a_long_transfer_is_cut_by_its_time_out),
        cmocka_unit_test(waiting_for_ever_for_nothing_gives_up_without_time),
        cmocka_unit_test(a_naked_out_packet_is_sent_again),
        cmocka_unit_test(a_stall_ends_the_transfer),
        cmocka_unit_test(without_cable_device_or_pull_up_there_is_nobody),
        cmocka_unit_test(a_device_that_leaves_in_mid_transfer_is_gone),
        cmocka_unit_test(a_silent_device_is_given_up_after_three_tries),
        cmocka_unit_test(more_than_was_asked_for_is_an_overflow),
        cmocka_unit_test(a_control_in_is_setup_data_and_an_empty_out),
        cmocka_unit_test(a_control_in_may_come_back_short),
        cmocka_unit_test(a_control_out_is_setup_data_and_an_empty_in),
        cmocka_unit_test(a_control_without_data_has_two_stages),
        cmocka_unit_test(a_port_reset_takes_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
