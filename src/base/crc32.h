/* crc32.h - CRC-32 as zlib, Ethernet and `crc32 FILE` compute it (ISO 3309: polynomial 0x04C11DB7, reflected, inverted at both ends).
 * The chips' CRC unit gives the same with REV_IN by word and REV_OUT set, so target and host can compare numbers. */
#pragma once
#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *bytes, size_t len);
/* In pieces: start with crc 0, pass the last result on. */
uint32_t crc32_more(uint32_t crc, const void *bytes, size_t len);
