/* i2c.h - one I2C controller, with what hangs on its bus: memories with a register pointer, and another controller of the chip.
 *
 * Two controllers whose wires are joined talk to each other: periph.mate. One is the master, the other answers at its own addresses, and
 * stretches the clock until its program has seen to it.
 *
 * Source: RM0444 chapter 32 (I2C), RM0503. Not modelled: 10-bit addresses, SMBus, arbitration, a slave without stretching (noted when
 * used). */
#pragma once
#include "periph/periph.h"

enum { I2C_SCL, I2C_SDA };       /* pins */
enum { I2C_DMA_RX, I2C_DMA_TX }; /* requests */
enum { I2C_PARTS = 4, I2C_PART_BYTES = 256 };

extern const struct periph_kind i2c_kind; /* periph.raw: the parts' bytes, I2C_PART_BYTES each */

/* A memory at a 7-bit address, whose first `pointer_bytes` (1 or 2) written bytes say where; then bytes go or come from there on. It holds
 * `bytes` (1..I2C_PART_BYTES), all 0xFF. False: no room, or the address is taken. */
bool i2c_attach(struct periph *p, unsigned address, unsigned pointer_bytes, unsigned bytes);
void i2c_join(struct periph *p, unsigned with); /* the bus of the chip's I2C<with>, 0: of nobody; mate is the chip's to set */
unsigned i2c_joined(const struct periph *p);
uint8_t *i2c_part_bytes(const struct periph *p, unsigned address); /* NULL: nobody there */
