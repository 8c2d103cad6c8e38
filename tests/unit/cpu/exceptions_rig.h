/* exceptions_rig.h - interrupts for the core on the rig: enabled, raised, and where their handlers are. */
#pragma once
#include "rig.h"

enum { RETURN_OP = 0x4770 /* bx lr */, NOP = 0xBF00 };

uint32_t handler(unsigned exception);

/* Interrupt `line` enabled at `priority` 0..3. */
void enable(struct rig *r, unsigned line, unsigned priority);
void pulse(struct rig *r, unsigned line);
