/* settings.c - the place of the settings in system memory, and what they are when nobody writes over them. */
#include "rom.h"

const volatile struct rom_settings settings __attribute__((section(".settings"), used)) = {
    .transfer_bytes = 1024,
    .poll_address_ms = 0,
    .poll_erase_ms = 30,
    .poll_mass_erase_ms = 60,
    .poll_write_ms = 25,
    .pads = 1,
};
