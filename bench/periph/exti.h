/* exti.h - the extended interrupt controller: edges of pins and of inner lines, pending bits, masks, events.
 *
 * Source: RM0444 chapter 13 (EXTI), RM0503. Lines 0..15 are pins, each that of the port its EXTICR field names. The direct lines (no edge,
 * no pending bit) are the peripherals' own interrupts: they wake the chip from Stop whatever IMR says.
 * An edge that is selected is also a trigger output, numbered as its line. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind exti_kind;

void exti_pin(struct periph *p, unsigned port, unsigned pin, bool rising); /* a pin has changed; port 0 is A */
void exti_line(struct periph *p, unsigned line, bool rising);              /* an inner line has */
