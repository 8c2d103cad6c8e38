/* charger_chip.h - the numbers of firmware/charger's chip headers, of which a file can include only one. */
#pragma once
#include <stdint.h>

struct charger_chip {
    const char *name; /* as in tests/facts */
    uint32_t rcc, gpioa, usart2, usart2_af, adc, dac, tim3, tim3_ch2_af;
    uint32_t channel[3]; /* of PA0, PA1, PA6 */
};
extern const struct charger_chip charger_chip_u073, charger_chip_g071;
