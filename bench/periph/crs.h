/* crs.h - the clock recovery system: compares HSI48 with the frames of the USB and trims it.
 *
 * Source: RM0444 6 (the same block), RM0503. HSI48 of the bench is exact: every frame that comes is a SYNC that was just right, TRIM stays.
 * Only the USB's frames and SWSYNC are sources of SYNC; its `mate` is the USB controller. */
#pragma once
#include "periph/periph.h"

extern const struct periph_kind crs_kind;
