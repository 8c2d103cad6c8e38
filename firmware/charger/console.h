/* console.h - USART2 on PA2 and PA3, 115200 baud, 8N1. Text goes out by waiting until each character fits, so it works with interrupts off
 * and in fault handlers; what is typed is collected by an interrupt, which also ends the main loop's sleep. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void console_start(void); /* after clock_start */
void console_text(const char *text);
void console_decimal(uint32_t value);
void console_hex(uint32_t value); /* "0x0123abcd" */
void console_flush(void);         /* until the last bit is on the wire */

enum { CONSOLE_LINE = 32 };
/* A line that was typed, without its end, or NULL. Good until the next call. */
const char *console_line(void);

void console_interrupt(void); /* the USART's handler */
