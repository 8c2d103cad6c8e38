/* resolve.h - which probe is meant: the one resolver behind --probe and SECTOR0_PROBE.
 *
 *   stlink[:SERIAL]   an ST-LINK, by the beginning of its serial number
 *   VID:PID[:SERIAL]  by USB ids
 *   SERIAL            the beginning of a serial number, if only one probe has it
 *   bench:FILE        the probe of a virtual board; bench:FILE,dfu its own USB plug
 *   dfu[:SERIAL|PATH] a chip in the ROM's USB DFU mode, by the beginning of its serial number or by its place ("1-4.2": serials repeat)
 *   nothing           the only probe that is attached
 *
 * Never a silent guess: several that fit are an error that lists them. */
#pragma once
#include "usb/usb.h"

/* `id` is a probe, or a chip in DFU mode (resolve_is_dfu). Errors: ERR_USAGE (words that make no sense), ERR_NODEV (none, several, no
 * permission), ERR_UNSUPPORTED (a probe that is known but not driven), those of listing. */
bool resolve_probe(const struct usb_fabric *const *fabrics, const char *text, struct usb_id *id, struct err *e);

/* All devices of the machine, and those of a virtual board if `text` names one. */
bool resolve_list(const struct usb_fabric *const *fabrics, const char *text, struct usb_list *list, struct err *e);

/* A chip in the ROM's USB DFU mode. */
bool resolve_is_dfu(const struct usb_id *id);
