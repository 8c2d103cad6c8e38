/* spi.h - one SPI controller, with what hangs on it: a wire from MOSI to MISO, a serial flash memory, or another controller of the chip.
 *
 * Two controllers whose wires are joined (periph.mate) are master and slave to each other. A slave is selected while its NSS is low, by
 * software (SSI) or by its pin; what it has not got ready in time goes out as zeros.
 *
 * Source: RM0444 chapter 35 (SPI), RM0503. Not modelled: I2S, CRC, TI frames (noted when used). */
#pragma once
#include "periph/periph.h"

enum { SPI_SCK, SPI_MISO, SPI_MOSI, SPI_NSS }; /* pins */
enum { SPI_DMA_RX, SPI_DMA_TX };               /* requests */
enum { SPI_PART_BYTES = 1024 };

extern const struct periph_kind spi_kind; /* periph.raw: the memory's bytes */

enum spi_part { SPI_NOTHING, SPI_LOOPBACK, SPI_FLASH, SPI_PART_KINDS };

/* What hangs on the wires. A flash memory answers 0x9F (its three id bytes), 0x05 (status), 0x03 (read, 24-bit address, wraps at
 * SPI_PART_BYTES), 0x06, 0x04 (write enable, disable), 0x02 (program) and 0x20 (erase 4 KiB: here all of it). It is selected while the pin
 * `select_port`/`select_pin` is low; port 0: always, a command then begins with each SPE. */
void spi_attach(struct periph *p, enum spi_part part, uint32_t id, char select_port, unsigned select_pin);
void spi_join(struct periph *p, unsigned with); /* the wires of the chip's SPI<with>, 0: of nobody; mate is the chip's to set */
unsigned spi_joined(const struct periph *p);
void spi_select_moved(struct periph *p, char port, unsigned pin, bool high); /* a pin of the board has changed */
