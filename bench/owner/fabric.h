/* fabric.h - a board's USB plugs as the host side's usb devices (src/usb/usb.h): what `--probe bench:FILE` opens. If nobody owns the
 * board, the opened device owns it for as long as it lives. */
#pragma once
#include "usb/usb.h"

extern const struct usb_fabric usb_fabric_bench;
