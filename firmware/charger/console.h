/* console.h - text out of USART2: PA2, 115200 baud, 8N1. Waits until each character fits; works with interrupts off and in fault handlers.
 */
#pragma once
#include <stdint.h>

void console_start(void); /* after clock_start */
void console_text(const char *text);
void console_decimal(uint32_t value);
void console_hex(uint32_t value); /* "0x0123abcd" */
