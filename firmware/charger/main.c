/* main.c - the charger: it starts, says who it is, shows twice a second that it is alive, and does what is typed on its console.
 *
 * Every 20 ms the charge controller has its turn (vchg_ctrl.c); what it does is told when its state changes, and every ten seconds of a
 * charge.
 *
 * Between two ticks the core sleeps (WFI, Sleep mode): the debug port goes on working there, and no DBGMCU bit is needed. Stop mode would
 * need DBG_STOP, and a debugger that connects under reset to set it. */
#include "analog.h"
#include "ballast.h"
#include "careless.h"
#include "chip.h"
#include "clock.h"
#include "commands.h"
#include "console.h"
#include "faults.h"
#include "hw.h"
#include "vchg_ctrl.h"
#include "watchdog.h"

#include <stddef.h>

enum { LED_PIN = 5, MODE_OUTPUT = 1, BEAT_MS = 500, CONTROL_MS = 20, TELL_MS = 10000 }; /* PA5: LD4 of the NUCLEO boards with either chip */

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

/* A board without a battery stays idle, and is not talked about. */
static void charge(void)
{
    static enum vchg_state told;
    static uint32_t told_ms;
    const struct vchg_status *const status = vchg_ctrl_status();

    vchg_ctrl_run(CONTROL_MS);
    if (status->state == told && (clock_ms() - told_ms < TELL_MS || status->state == VCHG_IDLE || status->state >= VCHG_DONE))
        return;
    told = status->state;
    told_ms = clock_ms();
    tell_charge();
}

int main(void)
{
    uint32_t last_ms = 0, control_ms = 0;

    faults_start();
    clock_start();
    console_start(); /* also gives port A its clock */
    led_start();
    say_hello();
    analog_start(); /* a converter that does not answer is the controller's fault state, not ours */
    vchg_ctrl_start(&vchg_usual_limits);
    careless_start();
    watchdog_start();

    for (;;) {
        const char *const line = console_line();

        if (line)
            commands_run(line);
        if (clock_ms() - control_ms >= CONTROL_MS) {
            control_ms += CONTROL_MS;
            charge();
        }
        if (clock_ms() - last_ms >= BEAT_MS) {
            last_ms += BEAT_MS;
            beat();
        }
        watchdog_feed();
        wait_for_interrupt();
    }
}
