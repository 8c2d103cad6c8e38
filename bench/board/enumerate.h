/* enumerate.h - what an operating system's USB core does with a device that appears: address, descriptors, strings, configuration 1. */
#pragma once
#include "board/board.h"

/* After a port reset. Moves the board's time. False: the device does not answer as USB 2.0 chapter 9 asks. Strings are made printable;
 * a serial of 12 raw bytes (old ST-LINKs) is given as 24 hex digits. */
bool usb_enumerate(struct usbhost *h, struct usb_identity *id);
