/* lptim.h - one low-power timer: counts its own clock, also in Stop; auto-reload and compare, one-shot or continuous, software trigger. Or
 * it counts the edges of its IN1 pin (CKSEL, COUNTMODE).
 *
 * Source: RM0444 chapter 27 (LPTIM), RM0503 (which has update events, repetition and enables behind a handshake). Not modelled: external
 * triggers, encoder, input capture, channels 2 to 4, the output's set-once mode (noted when used). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind lptim_kind_u0, lptim_kind_g0;

enum { LPTIM_OUT, LPTIM_IN1 }; /* pins; OUT is CH1 on the U0 */
