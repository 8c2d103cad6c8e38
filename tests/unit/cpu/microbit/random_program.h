/* random_program.h - programs that nobody thought of: interrupts pended in any order and from anywhere, SVCs, faults, PRIMASK, both stacks,
 * with random priorities. Each ends, and never does what ARMv6-M leaves UNPREDICTABLE or what locks a core up. */
#pragma once
#include <stdint.h>

enum { RANDOM_IMAGE_BYTES = 4096 };

/* An image for address 0; returns where it ends (`done`). The same seed makes the same program. */
uint32_t random_program(uint32_t seed, uint8_t image[RANDOM_IMAGE_BYTES]);
