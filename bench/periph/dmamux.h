/* dmamux.h - which request reaches which DMA channel, and requests made of EXTI's edges.
 *
 * Source: RM0444 chapter 12 (DMAMUX), RM0503; ST's LL driver (what the generators' signals are). Not modelled: synchronisation (SE, EGE),
 * generators on other signals than EXTI lines (noted when used), the overrun interrupt. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind dmamux_kind;

enum { DMAMUX_DMA2_FIRST = 7 }; /* its channels 0..6 belong to DMA1, the rest to DMA2 */

bool dmamux_request(struct periph *p, unsigned id, bool wanted); /* a request line; true: it has changed */
bool dmamux_wanted(const struct periph *p, unsigned channel);    /* counted from 0 */
void dmamux_taken(struct periph *p, unsigned channel);
bool dmamux_signal(struct periph *p, unsigned line); /* an edge of EXTI's line 0..15; true: a request line has changed */
