/* dmamux.h - which request reaches which DMA channel.
 *
 * Source: RM0444 chapter 12 (DMAMUX), RM0503. Not modelled: synchronisation (SE, EGE) and the request generators (noted when used). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind dmamux_kind;

enum { DMAMUX_DMA2_FIRST = 7 }; /* its channels 0..6 belong to DMA1, the rest to DMA2 */

bool dmamux_request(struct periph *p, unsigned id, bool wanted); /* a request line; true: it has changed */
bool dmamux_wanted(const struct periph *p, unsigned channel);    /* counted from 0 */
void dmamux_taken(struct periph *p, unsigned channel);
