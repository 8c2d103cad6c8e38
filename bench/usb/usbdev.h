/* usbdev.h - what a USB device is to the bench: packets in, packets out. The ST-LINK model and the target's own USB controller
 * implement it; the USB host model (usbhost.h) is the only caller, whatever brings the transfers (in process, socket, usb-redir). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum usb_answer { USB_ACK, USB_NAK, USB_STALL, USB_SILENT }; /* SILENT: nobody answers (unpowered, not attached) */

enum { USB_PACKET_MAX = 512 };

struct usbdev {
    void *ctx;
    /* A SETUP packet on endpoint 0 (8 bytes). */
    enum usb_answer (*setup)(void *ctx, const uint8_t packet[8]);
    /* One data packet to endpoint `ep` (0..15, without the direction bit); len 0..wMaxPacketSize. */
    enum usb_answer (*out)(void *ctx, unsigned ep, const uint8_t *data, size_t len);
    /* One data packet from endpoint `ep`; *len 0..wMaxPacketSize. NAK is the normal state of an IN endpoint. */
    enum usb_answer (*in)(void *ctx, unsigned ep, uint8_t *data, size_t *len);
    void (*bus_reset)(void *ctx);
    bool (*attached)(void *ctx); /* pull-up on: the bus sees a device */
    /* After a NAK: the board time at which the answer may be another one; TIME_NEVER if only other traffic can change it. */
    uint64_t (*wake_ps)(void *ctx);
    /* For devices with an inside of their own; NULL: always, not interested, never. */
    bool (*hears)(void *ctx, uint8_t address); /* it takes packets for this address */
    void (*cable)(void *ctx, bool in);         /* a host is at the other end, or no longer */
    uint32_t (*attachments)(void *ctx);        /* how often the pull-up has been switched on: another number is another device */
};
