/* test_rtc.c - real-time clock and backup registers: calendar, keys, alarms, wake-up timer, what survives a reset, waking from the depths.
 */
#include "rig.h"

#include "device/regs/rtc.h"

#define RTC_BASE  0x40002800u
#define TAMP_BASE 0x4000B000u
#define BKP0R     (TAMP_BASE + 0x100)
enum { RTC_IRQ = 2 };

static uint32_t get(struct chip *c, uint32_t offset) { return rig_read(c, RTC_BASE + offset); }
static void put(struct chip *c, uint32_t offset, uint32_t value) { rig_write(c, RTC_BASE + offset, value); }

static void open_domain(struct chip *c)
{
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN) | BITS(U0_RCC_APBENR1_RTCAPBEN));
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
}

/* LSE with its crystal, RTC clocked by it, keys given. */
static struct chip *ticking(const struct program *program)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_wfi(&p); /* asleep, so that days pass at once */
    prog_stop(&p);
    rig_load(c, FLASH_BASE, program ? program : &p);
    chip_crystals(c, 0, 32768);
    rig_boot(c);
    open_domain(c);
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON));
    rig_us(c, 2100000);
    assert_true(rig_read(c, RCC_BASE + U0_RCC_BDCR) & BITS(U0_RCC_BDCR_LSERDY));
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_LSEON) | PUT(U0_RCC_BDCR_RTCSEL, 1) | BITS(U0_RCC_BDCR_RTCEN));
    put(c, RTC_WPR, 0xCA);
    put(c, RTC_WPR, 0x53);
    return c;
}

static void set(struct chip *c, uint32_t tr, uint32_t dr)
{
    put(c, RTC_ICSR, UINT32_MAX); /* as ST's drivers do: of BIN and BCDU nothing stays before INITF */
    assert_int_equal(get(c, RTC_ICSR) & (BITS(RTC_ICSR_BIN) | BITS(RTC_ICSR_BCDU)), 0);
    rig_us(c, 100);
    assert_true(get(c, RTC_ICSR) & BITS(RTC_ICSR_INITF));
    put(c, RTC_TR, tr);
    put(c, RTC_DR, dr);
    put(c, RTC_ICSR, 0);
    rig_us(c, 100);
}

static void reset_values_are_the_manuals(void **state)
{
    struct program p = { 0 };
    struct chip *c;

    prog_stop(&p);
    c = rig_run("stm32u073rc", &p);
    open_domain(c);
    assert_int_equal(get(c, RTC_TR), 0);
    assert_int_equal(get(c, RTC_DR), 0x2101);
    assert_int_equal(get(c, RTC_ICSR), 7);
    assert_int_equal(get(c, RTC_PRER), 0x7F00FF);
    assert_int_equal(get(c, RTC_WUTR), 0xFFFF);
    chip_free(c);
}

static void the_calendar_runs_over_midnight_and_the_29th_of_february(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0x235958, 0x244228 | 3 << 13); /* 2024-02-28, 23:59:58, a Wednesday */
    assert_true(get(c, RTC_ICSR) & BITS(RTC_ICSR_INITS));
    rig_us(c, 1000000);
    assert_int_equal(get(c, RTC_TR), 0x235959);
    rig_us(c, 1000000);
    assert_int_equal(get(c, RTC_TR), 0);
    assert_int_equal(get(c, RTC_DR), 0x240229 | 4 << 13);
    rig_us(c, UINT64_C(86400) * 1000000);
    assert_int_equal(get(c, RTC_DR), 0x240301 | 5 << 13);
    chip_free(c);
}

static void sub_seconds_count_down(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0, 0x2101);
    rig_us(c, 400000);
    assert_in_range(get(c, RTC_SSR), 151, 154); /* 0.6 of 256 */
    chip_free(c);
}

static void twelve_hours_with_am_and_pm(void **state)
{
    struct chip *c = ticking(NULL);

    put(c, RTC_CR, BITS(RTC_CR_FMT));
    set(c, 0x115959, 0x2101);
    rig_us(c, 1000000);
    assert_int_equal(get(c, RTC_TR), 0x120000 | BITS(RTC_TR_PM));
    rig_us(c, UINT64_C(3600) * 1000000);
    assert_int_equal(get(c, RTC_TR), 0x010000 | BITS(RTC_TR_PM));
    chip_free(c);
}

static void keys_dbp_and_init_mode_guard_the_registers(void **state)
{
    struct chip *c = ticking(NULL);

    put(c, RTC_PRER, 0x7F0001); /* not in init mode */
    assert_int_equal(get(c, RTC_PRER), 0x7F00FF);
    put(c, RTC_WPR, 0xFF);
    put(c, RTC_CR, BITS(RTC_CR_FMT));
    put(c, RTC_CALR, 1);
    assert_int_equal(get(c, RTC_CR) | get(c, RTC_CALR), 0);
    assert_non_null(rig_note(c, "refused", "keys of WPR"));
    put(c, RTC_WUTR, 7); /* alarms, the wake-up timer and the like need no keys on the U0 */
    put(c, RTC_CR, BITS(RTC_CR_WUTE));
    assert_int_equal(get(c, RTC_WUTR), 7);
    assert_int_equal(get(c, RTC_CR), BITS(RTC_CR_WUTE));
    put(c, RTC_CR, 0);
    put(c, RTC_WPR, 0xCA);
    put(c, RTC_WPR, 0x53);
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208);
    put(c, RTC_CR, BITS(RTC_CR_BYPSHAD));
    assert_int_equal(get(c, RTC_CR), 0);
    assert_non_null(rig_note(c, "refused", "DBP"));
    rig_write(c, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    put(c, RTC_CR, BITS(RTC_CR_BYPSHAD));
    assert_int_equal(get(c, RTC_CR), BITS(RTC_CR_BYPSHAD));
    chip_free(c);
}

static void an_alarm_comes_at_its_time_and_once(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0x120000, 0x2101);
    put(c, RTC_ALRMAR, BITS(RTC_ALRMAR_MSK4) | 0x120005);
    put(c, RTC_CR, BITS(RTC_CR_ALRAE) | BITS(RTC_CR_ALRAIE));
    assert_int_equal(get(c, RTC_ICSR) & BITS(RTC_ICSR_ALRAWF), 0);
    rig_us(c, 4990000);
    assert_int_equal(get(c, RTC_SR), 0);
    rig_us(c, 20000);
    assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_ALRAF));
    assert_int_equal(get(c, RTC_MISR), BITS(RTC_SR_ALRAF));
    assert_int_equal(rig_read(c, PPB(NVIC_ISPR)) >> RTC_IRQ & 1, 1);
    put(c, RTC_SCR, BITS(RTC_SCR_CALRAF));
    rig_us(c, 100000000);
    assert_int_equal(get(c, RTC_SR), 0);
    chip_free(c);
}

/* ST's time base on an alarm sets the calendar to zero, the day too, each time. */
static void an_alarm_on_day_00_fits_a_calendar_set_to_it_until_midnight(void **state)
{
    struct chip *c = ticking(NULL);

    put(c, RTC_ALRMAR, 1);
    put(c, RTC_CR, BITS(RTC_CR_ALRAE));
    set(c, 0, 0x2101); /* the first is not day 00 */
    rig_us(c, 2000000);
    assert_int_equal(get(c, RTC_SR), 0);
    set(c, 0, 0);
    assert_int_equal(get(c, RTC_DR) & 0x3F, 0);
    rig_us(c, 1000000);
    assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_ALRAF));
    put(c, RTC_SCR, BITS(RTC_SCR_CALRAF));
    rig_us(c, UINT64_C(86400) * 1000000);
    assert_int_not_equal(get(c, RTC_DR) & 0x3F, 0);
    assert_int_equal(get(c, RTC_SR), 0);
    chip_free(c);
}

static void masked_alarms_come_again_and_again(void **state)
{
    struct chip *c = ticking(NULL);
    const uint32_t all = BITS(RTC_ALRMAR_MSK1) | BITS(RTC_ALRMAR_MSK2) | BITS(RTC_ALRMAR_MSK3) | BITS(RTC_ALRMAR_MSK4);

    set(c, 0x120000, 0x2101);
    put(c, RTC_ALRMAR, all);
    put(c, RTC_ALRMBR, (all & ~BITS(RTC_ALRMAR_MSK1)) | 0x30); /* at second 30 */
    put(c, RTC_CR, BITS(RTC_CR_ALRAE) | BITS(RTC_CR_ALRBE));
    for (unsigned i = 0; i < 3; i++) {
        rig_us(c, 1000000);
        assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_ALRAF));
        put(c, RTC_SCR, BITS(RTC_SCR_CALRAF));
    }
    rig_us(c, 27100000);
    assert_true(get(c, RTC_SR) & BITS(RTC_SR_ALRBF));
    put(c, RTC_SCR, BITS(RTC_SCR_CALRBF));
    rig_us(c, 59000000);
    assert_false(get(c, RTC_SR) & BITS(RTC_SR_ALRBF));
    rig_us(c, 1000000);
    assert_true(get(c, RTC_SR) & BITS(RTC_SR_ALRBF));
    chip_free(c);
}

static void an_alarm_may_name_the_sub_second_and_the_weekday(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0x235900, 0x240101 | 1 << 13);                  /* a Monday */
    put(c, RTC_ALRMAR, BITS(RTC_ALRMAR_WDSEL) | 2u << 24); /* Tuesday, 00:00:00 */
    put(c, RTC_ALRMASSR, PUT(RTC_ALRMASSR_MASKSS, 15) | 127);
    put(c, RTC_CR, BITS(RTC_CR_ALRAE));
    rig_us(c, 60400000);
    assert_int_equal(get(c, RTC_SR), 0);
    rig_us(c, 200000);
    assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_ALRAF));
    chip_free(c);
}

static void the_wake_up_timer_repeats(void **state)
{
    struct chip *c = ticking(NULL);

    assert_true(get(c, RTC_ICSR) & BITS(RTC_ICSR_WUTWF));
    put(c, RTC_WUTR, 2047); /* of RTCCLK / 16: one second */
    put(c, RTC_CR, BITS(RTC_CR_WUTE) | BITS(RTC_CR_WUTIE));
    put(c, RTC_WUTR, 5); /* too late */
    assert_int_equal(get(c, RTC_WUTR), 2047);
    for (unsigned i = 0; i < 3; i++) {
        rig_us(c, i ? 998000 : 990000);
        assert_int_equal(get(c, RTC_SR), 0);
        rig_us(c, i ? 2000 : 11000);
        assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_WUTF));
        put(c, RTC_SCR, BITS(RTC_SCR_CWUTF));
    }
    put(c, RTC_CR, 0);
    assert_int_equal(get(c, RTC_ICSR) & BITS(RTC_ICSR_WUTWF), 0);
    rig_us(c, 100);
    assert_true(get(c, RTC_ICSR) & BITS(RTC_ICSR_WUTWF));
    chip_free(c);
}

static void time_and_backup_registers_outlive_resets_but_not_power(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0x080000, 0x2101);
    rig_write(c, BKP0R, 0xB00710AD);
    chip_nrst(c, true);
    rig_us(c, 5000000);
    chip_nrst(c, false);
    rig_us(c, 100);
    assert_int_equal(rig_peek(c, BKP0R), 0xB00710AD);
    assert_int_equal(rig_peek(c, RTC_BASE + RTC_TR), 0x080005);
    rig_write(c, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_RTCAPBEN));
    rig_write(c, BKP0R, 1); /* DBP is 0 again */
    assert_int_equal(rig_peek(c, BKP0R), 0xB00710AD);
    open_domain(c);
    rig_write(c, RCC_BASE + U0_RCC_BDCR, BITS(U0_RCC_BDCR_BDRST));
    assert_int_equal(rig_peek(c, BKP0R), 0);
    rig_write(c, RCC_BASE + U0_RCC_BDCR, 0);
    rig_write(c, BKP0R, 7);
    assert_int_equal(rig_peek(c, BKP0R), 7);
    chip_power(c, false);
    rig_boot(c);
    assert_int_equal(rig_peek(c, BKP0R), 0);
    chip_free(c);
}

/* The debugger at RDP level 1 finds them closed (ST wiki "RDP for STM32U0"), the program does not. */
static void backup_registers_are_closed_to_the_debugger_at_rdp_1(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xBB);
    rig_boot(c);
    open_domain(c);
    assert_false(rig_can_read(c, BKP0R));
    assert_true(rig_can_read(c, TAMP_BASE));
    chip_free(c);
}

/* RDP 1 to 0: the mass erase takes the backup registers along (RM0503, readout protection; RM0444 3.5.2). */
static void lifting_the_readout_protection_erases_the_backup_registers(void **state)
{
    struct program p = { 0 };
    struct chip *c = rig_new("stm32u073rc");

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN) | BITS(U0_RCC_APBENR1_RTCAPBEN));
    prog_write(&p, PWR_BASE + U0_PWR_CR1, 0x208 | BITS(U0_PWR_CR1_DBP));
    prog_write(&p, BKP0R, 0x5EC2E7);
    prog_write(&p, BKP0R + 4 * 8, 0x5EC2E8);
    prog_stop(&p);
    rig_load(c, FLASH_BASE, &p);
    chip_store_option(c, U0_FLASH_OPTR, (OPTR_FACTORY & ~0xFFu) | 0xBB);
    rig_boot(c);
    rig_us(c, 1000);
    assert_int_equal(rig_peek(c, BKP0R), 0x5EC2E7);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0x45670123);
    rig_write(c, FLASH_REGS + U0_FLASH_KEYR, 0xCDEF89AB);
    rig_write(c, FLASH_REGS + U0_FLASH_OPTKEYR, 0x08192A3B);
    rig_write(c, FLASH_REGS + U0_FLASH_OPTKEYR, 0x4C5D6E7F);
    rig_write(c, FLASH_REGS + U0_FLASH_OPTR, OPTR_FACTORY);
    assert_int_equal(rig_peek(c, BKP0R), 0x5EC2E7);
    rig_write(c, FLASH_REGS + U0_FLASH_CR, BITS(U0_FLASH_CR_OPTSTRT));
    rig_us(c, 200000);
    assert_int_equal(rig_peek(c, FLASH_BASE), UINT32_MAX);
    assert_int_equal(rig_peek(c, BKP0R), 0);
    assert_int_equal(rig_peek(c, BKP0R + 4 * 8), 0);
    chip_free(c);
}

/* Tamper 1 is PC13, tamper 2 PA0. RM0444 31.3 and 31.6: TRG names the edge without a filter, the level with one. */
static void a_tamper_pin_erases_the_backup_registers_and_interrupts(void **state)
{
    struct chip *c = ticking(NULL);
    const uint32_t cr1 = TAMP_BASE, cr2 = TAMP_BASE + 4, fltcr = TAMP_BASE + 0xC, ier = TAMP_BASE + 0x2C, sr = TAMP_BASE + 0x30,
                   misr = TAMP_BASE + 0x34, scr = TAMP_BASE + 0x3C;

    chip_pin_drive(c, 'C', 13, CHIP_WIRE_HIGH);
    rig_write(c, BKP0R, 0xCAFE);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_LOW); /* nothing is switched on */
    assert_int_equal(rig_peek(c, BKP0R), 0xCAFE);
    rig_write(c, cr2, 1u << 24); /* falling */
    rig_write(c, cr1, 1);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_HIGH);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_HIGH);
    assert_int_equal(rig_read(c, sr), 0);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_LOW);
    assert_int_equal(rig_read(c, sr), 1);
    assert_int_equal(rig_read(c, misr), 0);
    assert_int_equal(rig_peek(c, BKP0R), 0);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) >> RTC_IRQ & 1, 0);
    rig_write(c, ier, 1);
    assert_int_equal(rig_read(c, misr), 1);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) >> RTC_IRQ & 1, 1);
    assert_int_equal(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_ITLINE2), BITS(U0_SYSCFG_ITLINE2_TAMP));
    rig_write(c, scr, 1);
    assert_int_equal(rig_read(c, sr), 0);
    assert_int_equal(rig_peek(c, SYSCFG_BASE + U0_SYSCFG_ITLINE2), 0);

    rig_write(c, BKP0R, 0xCAFE);
    rig_write(c, cr1, 2);
    rig_write(c, fltcr, 8);
    rig_write(c, cr2, 2 | 1u << 25); /* high level, registers kept */
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_LOW);
    assert_int_equal(rig_read(c, sr), 0);
    chip_pin_drive(c, 'A', 0, CHIP_WIRE_HIGH);
    assert_int_equal(rig_read(c, sr), 2);
    assert_int_equal(rig_peek(c, BKP0R), 0xCAFE);
    chip_free(c);
}

static void the_time_stamp_pin_notes_the_time_once(void **state)
{
    struct chip *c = ticking(NULL);

    set(c, 0x235958, 0x00E228); /* Sunday, February 28 */
    put(c, RTC_CR, BITS(RTC_CR_TSE) | BITS(RTC_CR_TSIE));
    rig_us(c, 1500000);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_HIGH);
    assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_TSF));
    assert_int_equal(get(c, RTC_MISR), BITS(RTC_MISR_TSMF));
    assert_int_equal(get(c, RTC_TSTR), 0x235959);
    assert_int_equal(get(c, RTC_TSDR), 0x00E228);
    assert_in_range(get(c, RTC_TSSSR), 120, 128);
    assert_int_equal(rig_peek(c, PPB(NVIC_ISPR)) >> RTC_IRQ & 1, 1);
    rig_us(c, 1000000);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_LOW);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_HIGH);
    assert_int_equal(get(c, RTC_SR), BITS(RTC_SR_TSF) | BITS(RTC_SR_TSOVF));
    assert_int_equal(get(c, RTC_TSTR), 0x235959);
    put(c, RTC_SCR, BITS(RTC_SR_TSF) | BITS(RTC_SR_TSOVF));
    assert_int_equal(get(c, RTC_TSTR), 0);
    put(c, RTC_CR, 0);
    put(c, RTC_CR, BITS(RTC_CR_TSE) | BITS(RTC_CR_TSEDGE));
    rig_us(c, 1000000);
    chip_pin_drive(c, 'C', 13, CHIP_WIRE_LOW);
    assert_int_equal(get(c, RTC_TSTR), 0x000001);
    chip_free(c);
}

/* A program that goes into a low-power mode once, with an alarm set by the test beforehand. */
static void sleeper(struct program *p, unsigned lpms)
{
    prog_half(p, 0xB672); /* cpsid i: interrupts wake, and are not taken */
    prog_write(p, PPB(NVIC_ISER), 1u << 31);
    prog_write(p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN) | BITS(U0_RCC_APBENR1_RTCAPBEN));
    prog_copy(p, PWR_BASE + U0_PWR_SR1, RESULT);
    prog_wfi(p); /* until the test says so */
    prog_write(p, PWR_BASE + U0_PWR_CR1, 0x200 | BITS(U0_PWR_CR1_DBP) | lpms);
    prog_write(p, PPB(NVIC_ICPR), 1u << 31);
    prog_write(p, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
    prog_wfi(p);
    prog_write(p, PPB(SCR), 0);
    prog_write(p, RESULT + 8, 0x600D);
    prog_stop(p);
}

static struct chip *to_sleep(unsigned lpms)
{
    struct program p = { 0 };
    struct chip *c;

    sleeper(&p, lpms);
    c = ticking(&p);
    set(c, 0, 0x2101);
    put(c, RTC_ALRMAR, BITS(RTC_ALRMAR_MSK4) | 3);
    put(c, RTC_CR, BITS(RTC_CR_ALRAE) | BITS(RTC_CR_ALRAIE));
    rig_write(c, PPB(NVIC_ISER), 1 << RTC_IRQ);
    rig_write(c, BKP0R, 0x1234);
    rig_write(c, PPB(NVIC_ISPR), 1u << 31); /* go on */
    rig_us(c, 100000);
    assert_false(chip_debug_alive(c)); /* no clock, no debug */
    return c;
}

static void an_alarm_wakes_from_stop_and_the_program_goes_on(void **state)
{
    struct chip *c = to_sleep(0);

    rig_us(c, 2800000);
    assert_false(chip_debug_alive(c));
    rig_us(c, 200000);
    assert_true(chip_debug_alive(c));
    assert_int_equal(rig_peek(c, RESULT + 8), 0x600D);
    chip_free(c);
}

static void an_alarm_wakes_from_standby_by_a_reset(void **state)
{
    struct chip *c = to_sleep(3);

    rig_us(c, 2800000);
    assert_false(chip_debug_alive(c));
    rig_us(c, 300000);
    assert_true(chip_debug_alive(c));
    assert_int_equal(rig_peek(c, RESULT), BITS(U0_PWR_SR1_SBF) | BITS(U0_PWR_SR1_WUFI));
    assert_int_equal(rig_peek(c, BKP0R), 0x1234);
    assert_int_equal(rig_peek(c, RTC_BASE + RTC_SR), BITS(RTC_SR_ALRAF));
    assert_non_null(rig_note(c, "reset", "wake-up"));
    chip_free(c);
}

static void an_alarm_wakes_from_shutdown_with_the_backup_domain_whole(void **state)
{
    struct chip *c = to_sleep(4);

    rig_us(c, 3200000);
    assert_true(chip_debug_alive(c));
    assert_int_equal(rig_peek(c, RESULT) & BITS(U0_PWR_SR1_SBF), 0);
    assert_int_equal(rig_peek(c, BKP0R), 0x1234);
    assert_int_equal(rig_peek(c, RTC_BASE + RTC_TR), 3);
    assert_true(rig_reset_flags(c) & BITS(U0_RCC_CSR_PWRRSTF));
    chip_free(c);
}

static void a_wake_up_pin_wakes_from_standby_with_its_edge_only(void **state)
{
    for (unsigned falling = 0; falling < 2; falling++) {
        struct program p = { 0 };
        struct chip *c;

        prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_PWREN));
        prog_copy(&p, PWR_BASE + U0_PWR_SR1, RESULT);
        prog_write(&p, PWR_BASE + U0_PWR_CR3, 0x8000 | 1);
        prog_write(&p, PWR_BASE + U0_PWR_CR4, falling);
        prog_write(&p, PWR_BASE + U0_PWR_CR1, 0x203);
        prog_write(&p, PPB(SCR), BITS(PPB_SCR_SLEEPDEEP));
        prog_wfi(&p);
        prog_stop(&p);
        c = rig_new("stm32u073rc");
        chip_pin_drive(c, 'A', 0, falling ? CHIP_WIRE_HIGH : CHIP_WIRE_LOW);
        rig_load(c, FLASH_BASE, &p);
        rig_boot(c);
        assert_int_equal(rig_peek(c, RESULT), 0);
        chip_pin_drive(c, 'A', 1, CHIP_WIRE_HIGH); /* no wake-up pin */
        rig_us(c, 1000);
        assert_false(chip_debug_alive(c));
        chip_pin_drive(c, 'A', 0, falling ? CHIP_WIRE_LOW : CHIP_WIRE_HIGH);
        rig_us(c, 200);
        assert_int_equal(rig_peek(c, RESULT), BITS(U0_PWR_SR1_SBF) | 1);
        chip_free(c);
    }
}

static void saved_while_asleep_it_wakes_all_the_same(void **state)
{
    struct chip *a = to_sleep(3), *b = rig_clone(a);

    rig_us(a, 5000000);
    rig_us(b, 5000000);
    assert_null(rig_difference(a, b));
    assert_true(chip_debug_alive(b));
    chip_free(a);
    chip_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_values_are_the_manuals),
        cmocka_unit_test(the_calendar_runs_over_midnight_and_the_29th_of_february),
        cmocka_unit_test(sub_seconds_count_down),
        cmocka_unit_test(twelve_hours_with_am_and_pm),
        cmocka_unit_test(keys_dbp_and_init_mode_guard_the_registers),
        cmocka_unit_test(an_alarm_comes_at_its_time_and_once),
        cmocka_unit_test(an_alarm_on_day_00_fits_a_calendar_set_to_it_until_midnight),
        cmocka_unit_test(masked_alarms_come_again_and_again),
        cmocka_unit_test(an_alarm_may_name_the_sub_second_and_the_weekday),
        cmocka_unit_test(the_wake_up_timer_repeats),
        cmocka_unit_test(time_and_backup_registers_outlive_resets_but_not_power),
        cmocka_unit_test(backup_registers_are_closed_to_the_debugger_at_rdp_1),
        cmocka_unit_test(lifting_the_readout_protection_erases_the_backup_registers),
        cmocka_unit_test(a_tamper_pin_erases_the_backup_registers_and_interrupts),
        cmocka_unit_test(the_time_stamp_pin_notes_the_time_once),
        cmocka_unit_test(an_alarm_wakes_from_stop_and_the_program_goes_on),
        cmocka_unit_test(an_alarm_wakes_from_standby_by_a_reset),
        cmocka_unit_test(an_alarm_wakes_from_shutdown_with_the_backup_domain_whole),
        cmocka_unit_test(a_wake_up_pin_wakes_from_standby_with_its_edge_only),
        cmocka_unit_test(saved_while_asleep_it_wakes_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
