/* packing.h - long runs made short: what a mostly blank memory needs before it goes into a file. One way to pack each input.
 *
 * A packed string is a row of pieces. A piece starts with a number, 7 bits to a byte, lowest first, bit 7 set on all but the last.
 * Even number: half of it is a count of bytes that follow as they are. Odd: half of it is how often the one byte that follows comes. */
#pragma once
#include "base/buffer.h"

void pack(struct buffer *out, const uint8_t *bytes, size_t len);

/* Unpack exactly `len` bytes. False if the pieces are broken or make another length; `bytes` is then undefined. */
bool unpack(uint8_t *bytes, size_t len, const uint8_t *packed, size_t packed_len);
