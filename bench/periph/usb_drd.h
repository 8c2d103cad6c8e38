/* usb_drd.h - the USB full-speed device controller of the STM32U0 and its packet memory, as the bus sees them.
 *
 * Source: RM0490 29 (the same 32-bit block); RM0503; ST's HAL where it shows the order of things. The wire itself is the caller's
 * (usb/usbhost.h): packets come and go here, whole and without errors. Not modelled: host mode, double buffers, isochronous channels,
 * link power management, battery charging detection, data toggles of the other end. */
#pragma once
#include "periph/periph.h"
#include "usb/usbdev.h"

extern const struct periph_kind usb_drd_kind, usb_ram_kind;

/* `p` is the controller, its `mate` the packet memory. As struct usbdev has it. */
bool usb_drd_hears(struct periph *p, uint8_t address);
enum usb_answer usb_drd_setup(struct periph *p, const uint8_t packet[8]);
enum usb_answer usb_drd_out(struct periph *p, unsigned ep, const uint8_t *data, size_t len);
enum usb_answer usb_drd_in(struct periph *p, unsigned ep, uint8_t *data, size_t *len);
void usb_drd_bus_reset(struct periph *p);
void usb_drd_cable(struct periph *p, bool in);
bool usb_drd_attached(const struct periph *p);          /* the pull-up on D+ is on */
uint32_t usb_drd_attachments(const struct periph *p);   /* how often it has been switched on */
void usb_drd_supply_changed(struct periph *p);          /* clocks or VDDUSB are not what they were */
uint64_t usb_drd_frames(const struct periph *p);        /* frames that the host has begun on this bus */
uint64_t usb_drd_next_frame_ps(const struct periph *p); /* TIME_NEVER: no host sends any */
