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
