/* main.c - the charger, at its beginning: it starts, says who it is, and shows twice a second that it is alive. */
#include "ballast.h"
#include "chip.h"
#include "clock.h"
#include "console.h"
#include "hw.h"

enum { LED_PIN = 5, MODE_OUTPUT = 1, BEAT_MS = 500 }; /* PA5: LD4 of the NUCLEO boards with either chip */

static void led_start(void)
{
    volatile uint32_t *const mode = &REG(GPIOA_BASE + GPIO_MODER);

    *mode = (*mode & ~(3u << 2 * LED_PIN)) | (uint32_t)MODE_OUTPUT << 2 * LED_PIN;
}

static void led_set(unsigned on) { REG(GPIOA_BASE + GPIO_BSRR) = 1u << (on ? LED_PIN : LED_PIN + 16); }

static void say_hello(void)
{
    console_text("\r\ncharger " CHARGER_VERSION " on " CHIP_NAME ", ");
    console_decimal(CLOCK_HZ / 1000000);
    console_text(" MHz\r\n");
    ballast_report();
}

int main(void)
{
    uint32_t beats = 0, last_ms = 0;

    clock_start();
    console_start(); /* also gives port A its clock */
    led_start();
    say_hello();

    for (;;) {
        if (clock_ms() - last_ms >= BEAT_MS) {
            last_ms += BEAT_MS;
            led_set(++beats & 1);
            console_text("beat ");
            console_decimal(beats);
            console_text("\r\n");
        }
        wait_for_interrupt();
    }
}
