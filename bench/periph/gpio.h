/* gpio.h - one I/O port, with what stands on its pins from outside.
 *
 * Source: RM0503 and RM0444, GPIO chapter. Not here: which peripheral an alternate function belongs to (rows in chip/). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind gpio_kind;

struct gpio_row { /* periph.row: reset values that differ from port to port; NULL: analog everywhere */
    uint32_t moder, ospeedr, pupdr;
};

enum gpio_mode { GPIO_INPUT, GPIO_OUTPUT, GPIO_ALTERNATE, GPIO_ANALOG };
enum gpio_mode gpio_pin_mode(const struct periph *p, unsigned pin);
unsigned gpio_pin_function(const struct periph *p, unsigned pin); /* AFSEL */

/* What the board does to a pin: drives it high or low. */
void gpio_drive(struct periph *p, unsigned pin, bool high);
void gpio_release(struct periph *p, unsigned pin); /* or no longer */

/* What stands on the wire: the chip's output, else the board's level, else the pull. */
enum gpio_wire { GPIO_WIRE_OPEN, GPIO_WIRE_LOW, GPIO_WIRE_HIGH };
enum gpio_wire gpio_wire(const struct periph *p, unsigned pin);
