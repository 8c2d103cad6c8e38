/* test_scenarios.c - scenarios as text, and as boards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "board/file.h"
#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"
#include "scenarios/scenario.h"

enum { FLASH_REGS = 0x40022000 };
static const char u073[] = "stm32u073rc", g071[] = "stm32g071rb";

static struct scenario s;
static struct err e;

static bool parse(const char *text) { return e = (struct err){ 0 }, scenario_parse(&s, "x", text, strlen(text), u073, &e); }

static void assert_wrong(const char *text, const char *says)
{
    assert_false(parse(text));
    assert_int_equal(e.kind, ERR_INPUT);
    assert_string_equal(e.cause, says);
}

static const struct shipped_scenario *find(const char *name)
{
    const struct shipped_scenario *k = shipped_scenarios;

    while (k->name && strcmp(k->name, name) != 0)
        k++;
    if (!k->name)
        fail_msg("no scenario %s", name);
    return k;
}

static struct board *play(const char *name, const char *text, const char *chip)
{
    struct board_params params;
    struct board *b;

    params_defaults(&params);
    e = (struct err){ 0 };
    if (!scenario_parse(&s, name, text, strlen(text), chip, &e) || !scenario_params(&s, &params, &e))
        fail_msg("%s: %s", name, e.cause);
    b = board_new(chip, &params, &e);
    assert_non_null(b);
    if (!scenario_play(&s, b, NULL, &e))
        fail_msg("%s: %s, %s", name, e.cause, e.doing[0]);
    return b;
}

static struct board *shipped(const char *name) { return play(name, find(name)->text, u073); }

static uint32_t peek(const struct board *b, uint32_t addr)
{
    uint8_t bytes[4];

    assert_true(chip_peek(b->chip, addr, bytes, 4));
    return get_le32(bytes);
}

static uint32_t flash(const struct board *b, uint32_t offset) { return peek(b, FLASH_REGS + offset); }

/* ---- text ---- */

static void errors_name_line_and_column(void **state)
{
    assert_wrong("", "x:1:1: a scenario has a summary");
    assert_wrong("summary a\nsumary b\n", "x:2:1: a line does not begin with 'sumary'");
    assert_wrong("summary a\nchip stm32f103\n", "x:2:6: no virtual chip is called 'stm32f103'");
    assert_wrong("summary a\nchip stm32g071rb\n", "x:2:6: this scenario is for stm32g071rb, not for stm32u073rc");
    assert_wrong("summary a\n\n  run 5\n", "x:3:7: '5' is no time up to an hour: 500ms, 2s and 30us are");
    assert_wrong("summary a\nrun 2h", "x:2:5: '2h' is no time up to an hour: 500ms, 2s and 30us are");
    assert_wrong("summary a\nrun", "x:2:4: a time (500ms, 2s, 30us) is missing");
    assert_wrong("summary a\nrun 5ms now", "x:2:9: nothing is expected after this, not 'now'");
    assert_wrong("summary a\nwiring nrst loose", "x:2:13: loose is none of wired, open, low, strong");
    assert_wrong("summary a\nset speed=9", "x:2:5: a board has no parameter 'speed'");
    assert_wrong("summary a\nset target_mv=9000", "x:2:5: target_mv is 9000, not within 0..5500");
    assert_wrong("summary a\nseed x", "x:2:6: a seed is a number (decimal or 0x), not 'x'");
    assert_wrong("summary \001", "x:1:9: this is no text");
}

static void options_and_registers_are_checked_against_the_chip(void **state)
{
    assert_wrong("summary a\noption OPTR.nBOOT7=0", "x:2:8: 'nBOOT7=0' is no FIELD=VALUE of OPTR");
    assert_wrong("summary a\noption OPTR.nBOOT0=2", "x:2:8: 'nBOOT0=2' is no FIELD=VALUE of OPTR");
    assert_wrong("summary a\noption PCROP1ASR=0", "x:2:8: 'PCROP1ASR' is no option register of stm32u073rc");
    assert_wrong("summary a\napp store FLASH.XR 1", "x:2:11: 'FLASH.XR' is no register of stm32u073rc");
    assert_wrong("summary a\napp store FLASH.CR PQ=1", "x:2:20: 'PQ=1' is no FIELD=VALUE of that register");
    assert_wrong("summary a\napp store 0x123456789 1", "x:2:11: '0x123456789' is no address");
    assert_wrong("summary a\napp jump",
                 "x:2:5: jump is none of store, set, until, end-if, wait, sleep, irqs-off, fault, lockup, recurse, bootloader, again");
    assert_true(parse("summary a\noption OPTR.nBOOT0=0,nBOOT1=1 WRP1AR=0x00050003\n"));
    assert_int_equal(s.steps, 2);
}

static void parts_on_buses_and_pins_are_checked_and_put_there(void **state)
{
    struct board *b;

    assert_wrong("summary a\nbus USB loopback", "x:2:5: a bus is called I2C1 or SPI1, not 'USB'");
    assert_wrong("summary a\nbus SPI1 memory 5", "x:2:10: a memory is not for SPI1");
    assert_wrong("summary a\nbus I2C1 memory 0x90", "x:2:17: 0x90 is too large");
    assert_wrong("summary a\nbus I2C1 memory 0", "x:2:17: address 0 is everybody's");
    assert_wrong("summary a\nbus SPI1 flash 0xEF4017 A4", "x:2:25: 'A4' is no pin: PA0 is");
    assert_wrong("summary a\nbus SPI1 joined I2C2", "x:2:17: 'I2C2' is no bus like SPI3");
    assert_wrong("summary a\nbus I2C1 joined SPI2", "x:2:17: 'SPI2' is no bus like I2C3");
    assert_wrong("summary a\npin PA0 up", "x:2:9: up is none of open, low, high");
    b = play("x",
             "summary a\nbus I2C1 memory 0x50 128\nbus SPI1 flash 0xEF4017 PA4\nbus SPI2 loopback\nbus I2C2 joined I2C3\npin PB5 high\npin "
             "PB6 low\n",
             u073);
    assert_int_equal(chip_pin(b->chip, 'B', 5), CHIP_WIRE_HIGH);
    assert_int_equal(chip_pin(b->chip, 'B', 6), CHIP_WIRE_LOW);
    assert_int_equal(chip_pin(b->chip, 'B', 7), CHIP_WIRE_OPEN);
    assert_false(chip_attach(b->chip, &(struct chip_part){ CHIP_PART_I2C_MEMORY, "I2C1", 0x50, 1, 128, 0, 0, 0 })); /* it is there */
    assert_false(chip_attach(b->chip, &(struct chip_part){ CHIP_PART_JOINED, "I2C3", 1, 0, 0, 0, 0, 0 }));          /* joined already */
    board_free(b);
    assert_true(parse("summary a\nbus SPI9 loopback\n"));
    b = board_new(u073, NULL, &e);
    assert_false(scenario_play(&s, b, NULL, &e));
    assert_string_equal(e.cause, "an stm32u073rc has no SPI9 with room for it");
    board_free(b);
}

static void faults_are_checked(void **state)
{
    assert_wrong("summary a\nfault power-cut", "x:2:7: power-cut wants to know when: 'at' and an event");
    assert_wrong("summary a\nfault swd-wait at erase 3", "x:2:19: swd-wait does not happen at 'erase'");
    assert_wrong("summary a\nfault power-cut at erase 0", "x:2:26: events are counted from 1");
    assert_wrong("summary a\nfault power-cut at erase 1 inside 100%", "x:2:35: a share of the operation is 1% to 99%, not '100%'");
    assert_wrong("summary a\nfault power-cut at erase 1 twice", "x:2:28: power-cut does not know 'twice'");
    assert_wrong("summary a\nfault usb-stall at transfer 1 times 0", "x:2:37: 'every' says for ever");
    assert_true(parse("summary a\nfault power-cut at erase 3 inside 25% every for 10ms\n"));
    assert_int_equal(s.fault[0].kind, FAULT_POWER_CUT);
    assert_int_equal(s.fault[0].share, FAULT_WHOLE / 4);
    assert_int_equal(s.fault[0].times, 0);
    assert_true(s.fault[0].hold_ps == 10 * PS_PER_MS);
    assert_wrong("summary a\nfault flash-slow at target-transfer 3", "x:2:21: flash-slow does not happen at 'target-transfer'");
    assert_true(parse("summary a\nfault unplug at target-transfer 7 for 2s\n"));
    assert_int_equal(s.fault[0].when, FAULT_AT_TARGET_TRANSFER);
    assert_true(s.fault[0].at == 7);
}

static void comments_blanks_and_line_ends_do_not_matter(void **state)
{
    assert_true(parse("# first\r\n\r\nsummary two  words # or three\r\n\trun\t 5ms  # later\r\nseed 0x10"));
    assert_string_equal(s.summary, "two  words");
    assert_int_equal(s.steps, 1);
    assert_int_equal(s.step[0].line, 4);
    assert_int_equal(s.seed, 16);
}

static void parts_are_checked(void **state)
{
    assert_wrong("summary a\npart motor", "x:2:6: motor is none of battery, charge-path, voltage-sense, current-sense, thermistor");
    assert_wrong("summary a\npart battery charge_permille=1001", "x:2:14: charge_permille is 0 to 1000, not '1001'");
    assert_wrong("summary a\npart battery volts=4", "x:2:14: a battery has no 'volts'");
    assert_wrong("summary a\npart thermistor pin=PG1", "x:2:17: 'PG1' is no pin: PA0 is");
    assert_wrong("summary a\npart thermistor", "x:2:6: which pin? pin=PA0");
    assert_true(parse("summary a\npart battery\npart charge-path pin=PA4 gain_permille=2000\n"));
    assert_int_equal(s.step[0].values[0], 10000);
    assert_int_equal(s.step[1].values[0], 'A' << 8 | 4);
    assert_int_equal(s.step[1].values[1], 2000);
}

static void what_is_typed_may_have_blanks(void **state)
{
    assert_true(parse("summary a\nuart  two words # typed\nrun 5ms\n"));
    assert_int_equal(s.step[0].kind, STEP_UART);
    assert_string_equal(s.step[0].name, "two words");
    assert_wrong("summary a\nuart", "x:2:5: a text to type is missing");
    assert_wrong("summary a\nuart 012345678901234567890123456789012345678901234567", "x:2:6: this text is too long");
}

/* ---- what ships ---- */

static void each_shipped_scenario_plays_on_every_chip_it_is_for(void **state)
{
    unsigned count = 0;

    for (const struct shipped_scenario *k = shipped_scenarios; k->name; k++, count++) {
        char only[32];

        assert_int_equal(strspn(k->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(k->name));
        scenario_chip(k->text, strlen(k->text), only);
        for (unsigned i = 0; chip_list(i); i++)
            if (!only[0] || strcmp(only, chip_list(i)) == 0)
                board_free(play(k->name, k->text, chip_list(i)));
    }
    assert_true(count >= 40);
}

static void the_same_scenario_makes_the_same_board(void **state)
{
    struct buffer one = { 0 }, two = { 0 };
    struct board *a = shipped("half-erased-page"), *b = shipped("half-erased-page");

    assert_true(board_save(a, &one, &e) && board_save(b, &two, &e));
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.bytes, two.bytes, one.len);
    buffer_free(&one);
    buffer_free(&two);
    board_free(a);
    board_free(b);
}

static void firmware_leaves_page_0_protected(void **state)
{
    struct board *b = shipped("page0-protected");

    assert_int_equal(flash(b, U0_FLASH_WRP1BR), 0);
    board_free(b);
}

static void flags_and_locks_are_as_firmware_left_them(void **state)
{
    struct board *b = shipped("stale-flags");

    assert_true(flash(b, U0_FLASH_SR) & BITS(U0_FLASH_SR_PGSERR));
    board_free(b);
    b = shipped("controller-locked");
    assert_true(flash(b, U0_FLASH_CR) & BITS(U0_FLASH_CR_LOCK));
    board_free(b);
    b = shipped("half-a-double-word");
    assert_true(flash(b, U0_FLASH_SR) & BITS(U0_FLASH_SR_CFGBSY));
    board_free(b);
    b = shipped("pg-left-set");
    assert_true(flash(b, U0_FLASH_CR) & BITS(U0_FLASH_CR_PG));
    board_free(b);
}

static void options_are_as_the_tool_left_them(void **state)
{
    struct board *b = shipped("readout-protected");

    assert_int_equal(flash(b, U0_FLASH_OPTR) & 0xFF, 0xBB);
    board_free(b);
    b = shipped("readout-level-2");
    assert_int_equal(flash(b, U0_FLASH_OPTR) & 0xFF, 0xCC);
    assert_false(chip_debug_alive(b->chip));
    board_free(b);
    b = shipped("option-mismatch");
    assert_true(flash(b, U0_FLASH_SR) & BITS(U0_FLASH_SR_OPTVERR));
    assert_int_equal(flash(b, U0_FLASH_OPTR) & 0xFF, 0xAA);
    board_free(b);
    b = shipped("option-write-cut");
    assert_true(flash(b, U0_FLASH_SR) & BITS(U0_FLASH_SR_OPTVERR));
    assert_int_not_equal(flash(b, U0_FLASH_OPTR) & 0xFF, 0xAA);
    assert_int_not_equal(flash(b, U0_FLASH_OPTR) & 0xFF, 0xCC);
    board_free(b);
}

static void the_core_is_where_the_program_put_it(void **state)
{
    static const struct {
        const char *name;
        uint32_t dhcsr;
    } states[] = { { "sleeping", BITS(PPB_DHCSR_S_SLEEP) }, { "core-locked-up", BITS(PPB_DHCSR_S_LOCKUP) } };
    static const char *const deaf[] = { "swd-pins-reused", "stopped", "standby", "debug-switched-off", "no-power" };
    struct board *b;

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        b = shipped(states[i].name);
        if (!(peek(b, PPB_BASE + PPB_DHCSR) & states[i].dhcsr))
            fail_msg("%s: DHCSR is 0x%08x", states[i].name, peek(b, PPB_BASE + PPB_DHCSR));
        board_free(b);
    }
    for (size_t i = 0; i < sizeof deaf / sizeof deaf[0]; i++) {
        b = shipped(deaf[i]);
        if (chip_debug_alive(b->chip))
            fail_msg("%s: the debug port answers", deaf[i]);
        board_free(b);
    }
    b = shipped("mpu-forbids-ram");
    assert_int_equal(peek(b, PPB_BASE + PPB_MPU_CTRL), 5);
    board_free(b);
}

static void torn_erase_is_neither_old_nor_blank(void **state)
{
    struct board *b = shipped("half-erased-page");
    unsigned old = 0, blank = 0, between = 0;
    uint8_t bytes[2048];

    assert_true(chip_peek(b->chip, 0x08001000, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++)
        *(bytes[i] == 0x5A ? &old : bytes[i] == 0xFF ? &blank : &between) += 1;
    assert_true(between > 100);
    board_free(b);
}

static void run_ms(struct board *b, uint64_t ms) { board_run_until(b, board_now_ps(b) + ms * PS_PER_MS); }

static void a_brown_out_level_above_the_supply_never_lets_the_chip_out(void **state)
{
    struct board *b = play("x", "summary x\napp again\noption OPTR.BOR_EN=1,BOR_LEV=3\nsupply 2700\nrun 10ms\n", u073);

    assert_true(b->s.powered);
    assert_false(chip_powered(b->chip));
    assert_int_equal(b->probe_wires.vtref_mv(b->probe_wires.ctx), 2700);
    board_power(b, false);
    board_power(b, true);
    run_ms(b, 100);
    assert_false(chip_powered(b->chip));
    b->faults.s.vdd_mv = 3000; /* another supply, and it starts */
    board_rewire(b);
    run_ms(b, 10);
    assert_true(chip_debug_alive(b->chip));
    b->faults.s.vdd_mv = 2850; /* between the falling level and the rising one: it goes on, but would not start */
    board_rewire(b);
    run_ms(b, 10);
    assert_true(chip_powered(b->chip));
    board_power(b, false);
    board_power(b, true);
    assert_false(chip_powered(b->chip));
    board_free(b);
}

static void a_slow_supply_is_noticed_late(void **state)
{
    struct board *b = play("x", "summary x\nwiring vdd 3300 slope 5\napp again\n", u073);
    uint64_t start_ps = board_now_ps(b);

    board_power(b, false); /* from 3.3 V down to 1.64 V at 5 mV/ms */
    assert_int_equal((board_now_ps(b) - start_ps) / PS_PER_MS, (3300 - 1640) / 5);
    start_ps = board_now_ps(b);
    board_power(b, true);
    assert_int_equal((board_now_ps(b) - start_ps) / PS_PER_MS, 1660 / 5);
    assert_true(chip_powered(b->chip));
    board_free(b);
}

static void a_dip_matters_below_the_reset_level_only(void **state)
{
    struct board *b =
        play("x", "summary x\nfault brown-out at time 1ms mv 1700 for 5ms\nfault brown-out at time 20ms mv 1500 for 5ms\n", u073);

    run_ms(b, 3);
    assert_true(chip_powered(b->chip));
    run_ms(b, 19);
    assert_false(chip_powered(b->chip));
    run_ms(b, 10);
    assert_true(chip_powered(b->chip));
    board_free(b);
}

static void a_garbled_serial_number_is_told_in_hex_digits(void **state)
{
    struct board *b = shipped("probe-serial-garbled");
    struct buffer saved = { 0 };

    board_notice_usb(b);
    assert_string_equal((const char *)b->s.serial + BOARD_PROBE * USB_STRING_MAX, "5EC70B0A2D00000000000001");
    assert_true(board_save(b, &saved, &e));
    board_free(b);
    b = board_load(saved.bytes, saved.len, &e);
    assert_non_null(b);
    assert_true(b->probe_params.serial_is_raw);
    buffer_free(&saved);
    board_free(b);
}

static void reading_ram_that_nobody_wrote_is_an_nmi_with_parity(void **state)
{
    struct board *b = play("ram-parity", find("ram-parity")->text, g071);
    uint64_t done_ps;
    uint32_t value;

    assert_true(chip_debug_write(b->chip, 0x20004000, 4, 0x12345678, &done_ps));
    assert_true(chip_debug_read(b->chip, 0x20004000, 4, &value, &done_ps));
    run_ms(b, 1);
    assert_int_equal(peek(b, PPB_BASE + PPB_ICSR) & 0x1FF, 0);
    assert_true(chip_debug_read(b->chip, 0x20004004, 4, &value, &done_ps));
    run_ms(b, 1);
    assert_int_equal(peek(b, PPB_BASE + PPB_ICSR) & 0x1FF, 2); /* in NMI */
    board_free(b);
    b = shipped("blank"); /* not checked: nothing happens */
    assert_true(chip_debug_read(b->chip, 0x20004004, 4, &value, &done_ps));
    run_ms(b, 1);
    assert_int_equal(peek(b, PPB_BASE + PPB_ICSR) & 0x1FF, 0);
    board_free(b);
}

/* Halted by a debugger, with nothing frozen in DBGMCU: the watchdogs bite all the same. */
static void watchdogs_bite_a_halted_core_that_nothing_freezes(void **state)
{
    static const char *const names[] = { "window-watchdog-started", "watchdog-started" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct board *b = shipped(names[i]);
        uint64_t done_ps;
        uint32_t dhcsr;

        assert_true(chip_debug_write(b->chip, PPB_BASE + PPB_DHCSR, 4, 0xA05F0003, &done_ps));
        run_ms(b, 1);
        assert_true(chip_debug_read(b->chip, PPB_BASE + PPB_DHCSR, 4, &dhcsr, &done_ps)); /* forgets older resets */
        run_ms(b, 1000);
        if (!(peek(b, PPB_BASE + PPB_DHCSR) & BITS(PPB_DHCSR_S_RESET_ST)))
            fail_msg("%s: no reset", names[i]);
        board_free(b);
    }
}

static void a_scenario_for_one_chip_says_so(void **state)
{
    char only[32];

    scenario_chip(find("page0-protected")->text, strlen(find("page0-protected")->text), only);
    assert_string_equal(only, u073);
    scenario_chip(find("secured-pages")->text, strlen(find("secured-pages")->text), only);
    assert_string_equal(only, g071);
    scenario_chip(find("blank")->text, strlen(find("blank")->text), only);
    assert_string_equal(only, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_line_and_column),
        cmocka_unit_test(options_and_registers_are_checked_against_the_chip),
        cmocka_unit_test(parts_on_buses_and_pins_are_checked_and_put_there),
        cmocka_unit_test(faults_are_checked),
        cmocka_unit_test(comments_blanks_and_line_ends_do_not_matter),
        cmocka_unit_test(what_is_typed_may_have_blanks),
        cmocka_unit_test(parts_are_checked),
        cmocka_unit_test(each_shipped_scenario_plays_on_every_chip_it_is_for),
        cmocka_unit_test(the_same_scenario_makes_the_same_board),
        cmocka_unit_test(firmware_leaves_page_0_protected),
        cmocka_unit_test(flags_and_locks_are_as_firmware_left_them),
        cmocka_unit_test(options_are_as_the_tool_left_them),
        cmocka_unit_test(the_core_is_where_the_program_put_it),
        cmocka_unit_test(torn_erase_is_neither_old_nor_blank),
        cmocka_unit_test(a_brown_out_level_above_the_supply_never_lets_the_chip_out),
        cmocka_unit_test(a_slow_supply_is_noticed_late),
        cmocka_unit_test(a_dip_matters_below_the_reset_level_only),
        cmocka_unit_test(a_garbled_serial_number_is_told_in_hex_digits),
        cmocka_unit_test(reading_ram_that_nobody_wrote_is_an_nmi_with_parity),
        cmocka_unit_test(watchdogs_bite_a_halted_core_that_nothing_freezes),
        cmocka_unit_test(a_scenario_for_one_chip_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
