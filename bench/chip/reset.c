/* reset.c - resets and their causes, boot selection, low-power modes.
 *
 * Sources: RM0444 5.1 (resets), 2.5 (boot), 4.3 (low power), 40.4 (debug under reset); RM0503 2.5 table 6. */
#include "chip/chip_inner.h"
#include "device/regs/g0_flash.h"
#include "device/regs/g0_rcc.h"
#include "device/regs/u0_flash.h"
#include "device/regs/u0_rcc.h"
#include "periph/dbgmcu.h"
#include "periph/gpio.h"
#include "periph/iwdg.h"
#include "periph/pwr.h"
#include "periph/rcc.h"
#include "periph/rtc.h"
#include "periph/tamp.h"
#include "periph/wwdg.h"

#include <string.h>

/* OPTR and the reset flags are spelled by their U0 names here. */
_Static_assert(PERIPH_SAME_BITS(U0_FLASH_OPTR_NRST_MODE, G0_FLASH_OPTR_NRST_MODE) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_nBOOT_SEL, G0_FLASH_OPTR_nBOOT_SEL) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_nBOOT0, G0_FLASH_OPTR_nBOOT0) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_nBOOT1, G0_FLASH_OPTR_nBOOT1) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_nRST_STOP, G0_FLASH_OPTR_nRST_STOP) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_IWDG_STOP, G0_FLASH_OPTR_IWDG_STOP) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_WWDG_SW, G0_FLASH_OPTR_WWDG_SW) &&
                   PERIPH_SAME_BITS(U0_FLASH_OPTR_RAM_PARITY_CHECK, G0_FLASH_OPTR_RAM_PARITY_CHECK) &&
                   PERIPH_SAME_BITS(U0_RCC_CSR_OBLRSTF, G0_RCC_CSR_OBLRSTF) && PERIPH_SAME_BITS(U0_RCC_CSR_LPWRRSTF, G0_RCC_CSR_LPWRRSTF),
               "one code for both families");

#define POWER_ON_PS (250 * PS_PER_US) /* estimate: t(RSTTEMPO), typical, DS12232 */
#define PULSE_PS    (20 * PS_PER_US)  /* RM0444 5.1.2: at least, for every internal source */
#define RELEASE_PS  (10 * PS_PER_US)  /* estimate: from NRST high to the first vector fetch */
#define OPTIONS_PS  (50 * PS_PER_US)  /* estimate: option loading, on top of the pulse */

enum { BOOT0_PIN = 14 };                                  /* of port A, on both chips */
enum { NRST_MODE_GPIO = 2, NRST_MODE_BIDIRECTIONAL = 3 }; /* 1: reset input only; 0: reserved, taken for bidirectional (estimate) */

static const struct {
    const char *name;
    uint32_t flags;
} causes[CAUSE_COUNT] = {
    [CAUSE_POWER_ON] = { "power-on", BITS(U0_RCC_CSR_PWRRSTF) | BITS(U0_RCC_CSR_PINRSTF) },
    [CAUSE_NRST] = { "NRST pin", BITS(U0_RCC_CSR_PINRSTF) },
    [CAUSE_SOFTWARE] = { "SYSRESETREQ", BITS(U0_RCC_CSR_SFTRSTF) },
    [CAUSE_IWDG] = { "independent watchdog", BITS(U0_RCC_CSR_IWDGRSTF) },
    [CAUSE_WWDG] = { "window watchdog", BITS(U0_RCC_CSR_WWDGRSTF) },
    [CAUSE_OPTIONS] = { "option byte loading", BITS(U0_RCC_CSR_OBLRSTF) },
    [CAUSE_WAKE_UP] = { "wake-up from Standby or Shutdown", 0 },
    [CAUSE_LOW_POWER] = { "low-power mode that the options forbid", BITS(U0_RCC_CSR_LPWRRSTF) },
};

static uint32_t nrst_mode(const struct chip *c) { return GET(chip_option(c, UINT32_MAX), U0_FLASH_OPTR_NRST_MODE); }
bool chip_nrst_resets(const struct chip *c) { return nrst_mode(c) != NRST_MODE_GPIO; }

static bool drives_nrst(const struct chip *c) { return nrst_mode(c) == NRST_MODE_BIDIRECTIONAL || nrst_mode(c) == 0; }

/* Levels of BOR_LEV, and without BOR those of the power-down reset. Source: DS12232 (STM32G071) table of reset thresholds, typical; the
 * U0's are taken to be the same (estimate). The G0 has the level for rising and falling in fields of its own. */
unsigned chip_reset_mv(const struct chip *c, bool falling)
{
    static const uint16_t rising_mv[4] = { 2100, 2300, 2600, 2900 };
    enum { STEP_MV = 100, PDR_RISING_MV = 1660, PDR_FALLING_MV = 1640 };
    const bool u0 = strncmp(c->row->name, "stm32u0", 7) == 0;
    const uint32_t optr = chip_option(c, UINT32_MAX);

    if (!(optr & BITS(U0_FLASH_OPTR_BOR_EN)))
        return falling ? PDR_FALLING_MV : PDR_RISING_MV;
    if (u0)
        return rising_mv[GET(optr, U0_FLASH_OPTR_BOR_LEV)] - (falling ? STEP_MV : 0u);
    return falling ? rising_mv[GET(optr, G0_FLASH_OPTR_BORF_LEV)] - 1u * STEP_MV : rising_mv[GET(optr, G0_FLASH_OPTR_BORR_LEV)];
}

void chip_ask_reset(struct chip *c, enum chip_cause cause)
{
    c->s.pending |= 1u << cause;
    if (c->running)
        cpu_leave(&c->cpu);
}

/* ---- memories ---- */

/* What RAM holds after power-on is anybody's guess; it is a different noise each time, the same for the same history. */
static void fill_with_noise(struct chip *c, uint32_t from, uint32_t bytes)
{
    uint64_t x = (c->s.power_ons + 1) * UINT64_C(0x9E3779B97F4A7C15);

    for (uint32_t i = from; i < from + bytes; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        c->sram[i] = (uint8_t)(x >> 32);
    }
}

static void reset_memories(struct chip *c, bool power_lost, bool keep_sram2)
{
    const uint32_t sram1 = c->row->sram1_bytes, sram2 = c->row->sram2_bytes;

    if (power_lost)
        fill_with_noise(c, 0, sram1 + (keep_sram2 ? 0 : sram2));
    if (power_lost || bus_parity_from(c) == bus_sram_bytes(c))
        memset(c->sram_parity, 0, (sram1 + (keep_sram2 ? 0 : sram2)) / 8);
    if (c->row->sram2_hw_erase && !chip_option(c, BITS(U0_FLASH_OPTR_BKPSRAM_HW_ERASE))) {
        memset(c->sram + sram1, 0, sram2);
        bus_parity_good(c, sram1, sram2);
    }
}

/* ---- going into reset ---- */

static void reset_blocks(struct chip *c, enum periph_reset why, bool keep_iwdg, bool keep_backup)
{
    const uint16_t bdcr = c->row->blocks[c->rtc - c->periph].reset.reg;
    const uint32_t backup = *periph_word(c->rcc, bdcr);

    for (unsigned line = 0; line < CHIP_LINES; line++) { /* first: who goes on over the reset pulls his again */
        c->s.itline[line] = 0;
        cpu_irq(&c->cpu, line, false);
    }
    for (size_t i = 0; i < c->block_count; i++) {
        const struct chip_block *b = &c->row->blocks[i];

        if (!b->kind) {
            if (!b->backup || why == PERIPH_POWER_ON)
                report_forget_unknown(c, b->base, b->bytes);
            continue;
        }
        if (keep_iwdg && &c->periph[i] == c->iwdg)
            continue;
        periph_reset(&c->periph[i], b->backup && keep_backup ? PERIPH_SYSTEM : why);
        if (keep_backup && &c->periph[i] == c->rcc)
            periph_set(c->rcc, bdcr, UINT32_MAX, backup);
        c->due_ps[i] = b->kind->next_ps ? b->kind->next_ps(&c->periph[i]) : TIME_NEVER;
    }
}

/* Everything but the pin, the flags and the time it takes. */
static void enter_reset(struct chip *c, bool power_on, bool standby, bool loads_options, bool keep_iwdg, bool keep_backup)
{
    const bool keep_sram2 = standby && pwr_keeps_sram2(c->pwr);

    c->s.pending = 0;
    c->s.in_reset = 1;
    c->s.sleep = CHIP_AWAKE;
    cpu_reset(&c->cpu, power_on || standby);
    cpu_hold(&c->cpu, true);
    flash_reset(c->flash);
    if (loads_options)
        flash_load_options(c->flash);
    reset_blocks(c, power_on ? PERIPH_POWER_ON : PERIPH_SYSTEM, keep_iwdg, keep_backup);
    if (standby)
        pwr_woke(c->pwr, PWR_STANDBY);
    rcc_keep_lsi(c->rcc, iwdg_running(c->iwdg));
    reset_memories(c, power_on || standby, keep_sram2);
    chip_update_freeze(c);
    chip_restart_core_clock(c);
    bus_update_windows(c);
}

void chip_do_resets(struct chip *c)
{
    const uint32_t asked = c->s.pending;
    const bool power_on = asked & 1u << CAUSE_POWER_ON || c->s.sleep == CHIP_SHUTDOWN;
    const bool standby = c->s.sleep == CHIP_STANDBY || c->s.sleep == CHIP_DEBUG_STANDBY;
    const bool loads_options = power_on || standby || asked & 1u << CAUSE_OPTIONS;
    const bool internal = asked & ~(1u << CAUSE_POWER_ON | 1u << CAUSE_NRST | 1u << CAUSE_WAKE_UP);
    uint32_t flags = 0;

    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        if (asked >> i & 1) {
            flags |= causes[i].flags;
            report_note(c, "reset", "%s", causes[i].name);
        }
    if (power_on) /* leaving Shutdown is one too (RM0444 4.3.9) */
        flags |= causes[CAUSE_POWER_ON].flags;
    enter_reset(c, power_on, standby, loads_options, standby && !(asked & 1u << CAUSE_IWDG), !(asked & 1u << CAUSE_POWER_ON));
    c->s.drives_nrst = internal && drives_nrst(c);
    if (c->s.drives_nrst)
        flags |= BITS(U0_RCC_CSR_PINRSTF);
    rcc_add_reset_flags(c->rcc, flags);
    c->s.release_ps = chip_time_ps(c) + (power_on ? POWER_ON_PS : PULSE_PS) + (loads_options ? OPTIONS_PS : 0);
    if (c->s.nrst_low && chip_nrst_resets(c))
        c->s.release_ps = TIME_NEVER;
    chip_reschedule(c);
}

/* ---- boot selection ---- */

/* RM0503 table 6. The pin is taken for low once a debugger has been seen (RM0490 2.5); RDP level 2 boots from main flash only. */
static enum mem_mode select_boot(struct chip *c)
{
    const bool from_pin = !chip_option(c, BITS(U0_FLASH_OPTR_nBOOT_SEL));
    const bool boot0 = from_pin ? c->s.boot0 && !c->s.debugger : !chip_option(c, BITS(U0_FLASH_OPTR_nBOOT0));

    if (flash_boot_lock(c->flash) || flash_rdp_level(c->flash) == 2)
        return MEM_FLASH;
    if (boot0)
        return chip_option(c, BITS(U0_FLASH_OPTR_nBOOT1)) ? MEM_SYSTEM : MEM_SRAM;
    return flash_empty(c->flash) ? MEM_SYSTEM : MEM_FLASH;
}

void chip_release_reset(struct chip *c)
{
    static const char *const names[4] = { "main flash", "system memory", "main flash", "SRAM" };
    const enum mem_mode from = select_boot(c);

    c->s.release_ps = TIME_NEVER;
    c->s.in_reset = 0;
    c->s.drives_nrst = 0;
    c->s.booted_from = (uint8_t)from;
    syscfg_boot(c->syscfg, from);
    if (from != MEM_FLASH)
        report_note(c, "boot", "from %s%s", names[from], flash_empty(c->flash) ? " (ACR.EMPTY is set)" : "");
    if (!chip_option(c, BITS(U0_FLASH_OPTR_IWDG_SW)))
        iwdg_start(c->iwdg);
    if (!chip_option(c, BITS(U0_FLASH_OPTR_WWDG_SW))) { /* its clock enable is set by hardware then */
        const struct chip_gate *enable = &c->row->blocks[c->wwdg - c->periph].enable;

        periph_set(c->rcc, enable->reg, enable->bit, UINT32_MAX);
        wires_reclock(c);
        wwdg_start(c->wwdg);
    }
    cpu_hold(&c->cpu, false);
    bus_update_windows(c);
    chip_reschedule(c);
}

/* ---- pins ---- */

void chip_power(struct chip *c, bool on)
{
    if (on == c->s.powered)
        return;
    if (on) {
        c->s.powered = 1;
        c->s.power_ons++;
        chip_ask_reset(c, CAUSE_POWER_ON);
        chip_do_resets(c);
        return;
    }
    flash_power_off(c->flash);
    enter_reset(c, true, false, false, false, false); /* nothing of the present life goes on */
    c->s.powered = 0;
    c->s.debugger = 0;
    c->s.release_ps = TIME_NEVER;
    chip_reschedule(c);
}

bool chip_powered(const struct chip *c) { return c->s.powered; }

void chip_nrst(struct chip *c, bool low)
{
    if (low == c->s.nrst_low)
        return;
    c->s.nrst_low = low;
    if (!c->s.powered || !chip_nrst_resets(c))
        return;
    if (low) {
        chip_ask_reset(c, CAUSE_NRST);
        chip_do_resets(c);
    } else if (c->s.in_reset && c->s.release_ps == TIME_NEVER) {
        c->s.release_ps = c->s.now_ps + RELEASE_PS;
        chip_reschedule(c);
    }
}

bool chip_nrst_is_low(const struct chip *c) { return !c->s.powered || c->s.nrst_low || (c->s.in_reset && c->s.drives_nrst); }

void chip_boot0(struct chip *c, bool high)
{
    c->s.boot0 = high;
    gpio_drive(c->gpio[0], BOOT0_PIN, high);
}

/* ---- low power ---- */

bool chip_has_clock(const struct chip *c)
{
    return c->s.sleep == CHIP_AWAKE || c->s.sleep == CHIP_DEBUG_STOP || c->s.sleep == CHIP_DEBUG_STANDBY;
}

static void enter_deep_sleep(struct chip *c)
{
    static const uint32_t allowed[] = { [PWR_STOP] = BITS(U0_FLASH_OPTR_nRST_STOP),
                                        [PWR_STANDBY] = BITS(U0_FLASH_OPTR_nRST_STDBY),
                                        [PWR_SHUTDOWN] = BITS(U0_FLASH_OPTR_nRST_SHDW) };
    const enum pwr_mode mode = pwr_deep_sleep(c->pwr);

    if (!chip_option(c, allowed[mode])) {
        chip_ask_reset(c, CAUSE_LOW_POWER);
        return;
    }
    if (mode == PWR_STOP)
        c->s.sleep = dbgmcu_keeps_stop(c->dbgmcu) ? CHIP_DEBUG_STOP : CHIP_STOP;
    else if (mode == PWR_STANDBY)
        c->s.sleep = dbgmcu_keeps_standby(c->dbgmcu) ? CHIP_DEBUG_STANDBY : CHIP_STANDBY;
    else
        c->s.sleep = CHIP_SHUTDOWN;
    if (!chip_has_clock(c))
        rcc_enter_stop(c->rcc);
    chip_clocks_changed(c);
    chip_update_freeze(c);
}

void chip_wake_stop(struct chip *c)
{
    c->s.sleep = CHIP_AWAKE;
    rcc_leave_stop(c->rcc);
    chip_clocks_changed(c);
    chip_update_freeze(c);
}

void chip_wake_deep(struct chip *c) { chip_ask_reset(c, CAUSE_WAKE_UP); }

void chip_backup_opened(struct chip *c)
{
    const bool open = pwr_backup_open(c->pwr);

    rcc_open_backup(c->rcc, open);
    rtc_open(c->rtc, open);
    tamp_open(c->tamp, open);
}

void chip_sleeping(void *ctx, bool asleep, bool deep)
{
    struct chip *c = ctx;

    if (asleep && deep && !c->s.in_reset)
        enter_deep_sleep(c);
    else if (!asleep && (c->s.sleep == CHIP_STOP || c->s.sleep == CHIP_DEBUG_STOP))
        chip_wake_stop(c);
    wires_core_sleeps(c);
}
