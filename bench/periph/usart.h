/* usart.h - one USART or LPUART in asynchronous mode: frames take the time that BRR and the kernel clock say, with and without FIFO.
 *
 * Source: RM0444 chapter 33 (USART), RM0503. The far end is a patient terminal: it listens at any rate and sends, back to back, at the
 * receiver's own. In Stop it goes on with UESM set and a kernel clock that runs there, and wakes the core. Not modelled: synchronous, LIN,
 * IrDA, smartcard and RS-485 modes, flow control, breaks. Auto-baud finds the terminal at 115200.
 *
 * What leaves goes to the log only if a pin carries TX (periph_env.routed); it keeps the last USART_LOG bytes. */
#pragma once
#include "periph/periph.h"

enum { USART_LOG = 65536, USART_FIFO = 8, USART_INPUT = 4096 };
enum { USART_SIGNAL_TX, USART_SIGNAL_RX }; /* for periph_env.routed */
enum { USART_DMA_RX, USART_DMA_TX };       /* for periph_env.dma */

extern const struct periph_kind usart_kind, lpuart_kind; /* periph.raw is the log, a ring of USART_LOG bytes */

bool usart_works_in_stop(const struct periph *p); /* UESM */
uint64_t usart_total(const struct periph *p);     /* bytes ever sent; byte n is raw[n % USART_LOG] */

/* The terminal sends these bytes, one frame time apart, starting now or behind what is still to be sent. Beyond USART_INPUT waiting bytes
 * the rest is dropped (noted). */
void usart_input(struct periph *p, const uint8_t *bytes, size_t len);
