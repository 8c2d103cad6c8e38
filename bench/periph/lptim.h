/* lptim.h - one low-power timer: counts its own clock, also in Stop; auto-reload and compare, one-shot or continuous, software trigger.
 *
 * Source: RM0444 chapter 27 (LPTIM), RM0503 (which has update events, repetition and enables behind a handshake). Not modelled: external
 * clocks and triggers, encoder, input capture, channels 2 to 4, the output's set-once mode (noted when used). */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind lptim_kind_u0, lptim_kind_g0;

enum { LPTIM_OUT }; /* pin: CH1 on the U0, OUT on the G0 */
