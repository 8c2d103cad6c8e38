/* main.c - the charger: it starts, says who it is, shows twice a second that it is alive, and does what is typed on its console.
 *
 * Between two ticks the core sleeps (WFI, Sleep mode): the debug port goes on working there, and no DBGMCU bit is needed. Stop mode would
 * need DBG_STOP, and a debugger that connects under reset to set it. */
#include "ballast.h"
#include "careless.h"
#include "chip.h"
#include "clock.h"
#include "commands.h"
#include "console.h"
#include "faults.h"
#include "hw.h"
#include "watchdog.h"

#include <stddef.h>

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
    faults_report();
    ballast_report();
}

static void beat(void)
{
    static uint32_t beats;

    led_set(++beats & 1);
    console_text("beat ");
    console_decimal(beats);
    console_text("\r\n");
}

int main(void)
{
    uint32_t last_ms = 0;

    faults_start();
    clock_start();
    console_start(); /* also gives port A its clock */
    led_start();
    say_hello();
    careless_start();
    watchdog_start();

    for (;;) {
        const char *const line = console_line();

        if (line)
            commands_run(line);
        if (clock_ms() - last_ms >= BEAT_MS) {
            last_ms += BEAT_MS;
            beat();
        }
        watchdog_feed();
        wait_for_interrupt();
    }
}
