/* console.c - see console.h. */
#include "console.h"

#include "chip.h"
#include "clock.h"
#include "hw.h"

#include <stddef.h>

enum { BAUD = 115200, TX_PIN = 2, RX_PIN = 3, MODE_ALTERNATE = 2, RING = 64 };

static volatile char ring[RING];
static volatile uint32_t written, taken; /* counts; each has one writer */
static char line[CONSOLE_LINE];
static uint32_t line_len;

/* Pin `pin` (0 to 7) of port A to the USART. */
static void take_pin(unsigned pin)
{
    volatile uint32_t *const afr = &REG(GPIOA_BASE + GPIO_AFRL), *const mode = &REG(GPIOA_BASE + GPIO_MODER);

    *afr = (*afr & ~(0xFu << 4 * pin)) | USART2_PIN_AF << 4 * pin;
    *mode = (*mode & ~(3u << 2 * pin)) | (uint32_t)MODE_ALTERNATE << 2 * pin;
}

void console_start(void)
{
    REG(RCC_IOPENR) |= RCC_IOPENR_GPIOAEN;
    REG(RCC_APBENR1) |= RCC_APBENR1_USART2EN;
    (void)REG(RCC_APBENR1); /* RM0503: two clock cycles between the enable and the first access; a read takes them */
    take_pin(TX_PIN);
    take_pin(RX_PIN);
    REG(USART2_BASE + USART_BRR) = (CLOCK_HZ + BAUD / 2) / BAUD;
    REG(USART2_BASE + USART_CR1) = BITS(USART_CR1_TE) | BITS(USART_CR1_RE) | BITS(USART_CR1_RXFNEIE) | BITS(USART_CR1_UE);
    REG(PPB(NVIC_ISER)) = 1u << USART2_IRQ;
}

static void put(char c)
{
    while (!(REG(USART2_BASE + USART_ISR) & BITS(USART_ISR_TXFNF)))
        ;
    REG(USART2_BASE + USART_TDR) = (uint8_t)c;
}

void console_text(const char *text)
{
    while (*text)
        put(*text++);
}

void console_decimal(uint32_t value)
{
    char digits[10];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n)
        put(digits[--n]);
}

void console_hex(uint32_t value)
{
    console_text("0x");
    for (unsigned shift = 32; shift; shift -= 4)
        put("0123456789abcdef"[value >> (shift - 4) & 0xF]);
}

void console_flush(void)
{
    while (!(REG(USART2_BASE + USART_ISR) & BITS(USART_ISR_TC)))
        ;
}

void console_interrupt(void)
{
    while (REG(USART2_BASE + USART_ISR) & BITS(USART_ISR_RXFNE)) {
        const char c = (char)REG(USART2_BASE + USART_RDR);

        if (written - taken < RING) {
            ring[written % RING] = c;
            written++;
        }
    }
    REG(USART2_BASE + USART_ICR) = BITS(USART_ICR_ORECF);
}

const char *console_line(void)
{
    while (taken != written) {
        const char c = ring[taken % RING];

        taken++;
        if (c == '\r' || c == '\n') {
            const bool some = line_len > 0;

            line[line_len] = '\0';
            line_len = 0;
            if (some)
                return line;
        } else if (line_len < CONSOLE_LINE - 1) {
            line[line_len++] = c;
        }
    }
    return NULL;
}
