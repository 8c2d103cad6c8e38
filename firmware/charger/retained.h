/* retained.h - what the program leaves for its next life, in RAM that a reset keeps and no start-up code clears.
 *
 * charger.ld puts it at one fixed place above the RAM that the system-memory bootloader uses (AN2606: the first 8.5 KiB on an STM32U073),
 * so that it survives a visit there too, and an update: every version of the charger finds it where the last one left it. After power-on
 * the RAM holds noise: everything here carries its complement. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct fault_record {
    uint32_t kind; /* enum fault_kind */
    uint32_t pc, lr, xpsr;
    uint32_t count; /* faults since power-on */
    uint32_t check; /* complement of the sum of the others */
};

struct retained {
    uint32_t dfu_request, dfu_request_complement;
    struct fault_record fault;
    uint32_t reset_flags; /* RCC_CSR at the last start */
};

extern struct retained retained; /* charger.ld */
