/* test_dfu_leave.c - the bootloader of a virtual STM32U073 (AN2606 Rev 70): how it is left, how it is entered, and the board around it. */
#include "dfu_rig.h"

#include "board/file.h"

#include <time.h>

/* ---- leaving ---- */

static void leave_answers_then_goes_and_the_application_runs(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    assert_int_equal(leave(&r), USB_DONE);
    assert_int_equal(r.data[0], OK);
    assert_int_equal(r.data[4], MANIFEST);
    notice(&r, 20);
    assert_false(present(&r));
    assert_true(said_hello(&r));
    assert_int_equal(peek(&r, PPB(SYST_CSR)), 0);
    assert_int_equal(peek(&r, PPB(NVIC_ISER)), 0);
    rom_free(&r);
}

static void leave_to_where_nothing_can_run_is_a_reset(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    set_address(&r, OPTIONS);
    assert_int_equal(leave(&r), USB_DONE);
    notice(&r, 20);
    assert_non_null(rig_note(r.board->chip, "reset", "SYSRESETREQ"));
    assert_true(said_hello(&r)); /* EMPTY was cleared when the ROM began */
    rom_free(&r);
}

static void leave_from_idle_starts_what_is_there(void **state)
{
    struct rom r = rom_new();

    download_app(&r);
    to_idle(&r);
    set_address(&r, FLASH_BASE);
    to_idle(&r);
    assert_int_equal(dfu(&r, DNLOAD, 0, 0), USB_DONE); /* whatever the block's number */
    assert_int_equal(get_status(&r).state, MANIFEST);
    notice(&r, 20);
    assert_true(said_hello(&r));
    rom_free(&r);
}

/* ---- how it is entered ---- */

static void once_the_rom_has_run_a_reset_starts_blank_flash_and_power_brings_it_back(void **state)
{
    struct rom r = rom_new();

    assert_false(peek(&r, FLASH_REGS + U0_FLASH_ACR) & BITS(U0_FLASH_ACR_EMPTY)); /* V13.0 clears it at start */
    board_button(r.board, BOARD_RESET, true);
    notice(&r, 1);
    board_button(r.board, BOARD_RESET, false);
    notice(&r, 500);
    assert_false(present(&r));
    restart(&r);
    assert_true(present(&r));
    rom_free(&r);
}

static void each_boot_pattern_of_an2606_starts_it(void **state)
{
    const uint32_t sel = BITS(U0_FLASH_OPTR_nBOOT_SEL), boot0 = BITS(U0_FLASH_OPTR_nBOOT0), boot1 = BITS(U0_FLASH_OPTR_nBOOT1);
    const struct {
        uint32_t clear;
        bool pin, firmware, rom;
    } cases[] = {
        { boot0, false, true, true },          /* pattern 1: nBOOT_SEL=1, nBOOT0=0 */
        { sel, true, true, true },             /* 2: the pin */
        { 0, false, false, true },             /* 3: empty */
        { sel, false, false, true },           /* 4: empty, the pin low */
        { 0, true, true, false },              /* the pin does not count */
        { sel, false, true, false },           /* the pin is low */
        { boot0 | boot1, false, true, false }, /* SRAM */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rom r = rom_new();

        if (cases[i].firmware) {
            struct program p = { 0 };
            uint8_t image[1024];

            build_app(&p, image);
            assert_true(chip_poke(r.board->chip, FLASH_BASE, image, sizeof image));
        }
        assert_true(chip_store_option(r.board->chip, U0_FLASH_OPTR, OPTR_FACTORY & ~cases[i].clear));
        board_button(r.board, BOARD_BOOT0, cases[i].pin);
        restart(&r);
        assert_int_equal(present(&r), cases[i].rom);
        if (cases[i].rom && cases[i].firmware) {
            set_address(&r, FLASH_BASE);
            assert_int_equal(leave(&r), USB_DONE);
            notice(&r, 20);
            assert_true(said_hello(&r));
        }
        rom_free(&r);
    }
}

/* From the first instructions of an application, in a chip as reset leaves it: SYSCFG's MEM_MODE, MSP and the ROM's vector. */
static void build_jump(struct program *p, bool vectors_at_0, bool interrupts)
{
    prog_write(p, RCC_BASE + U0_RCC_APBENR2, BITS(U0_RCC_APBENR2_SYSCFGEN));
    if (vectors_at_0)
        prog_write(p, SYSCFG_BASE + U0_SYSCFG_CFGR1, PUT(U0_SYSCFG_CFGR1_MEM_MODE, 1));
    if (!interrupts)
        prog_half(p, 0xB672); /* cpsid i */
    prog_const(p, 0, 0x1FFF0000);
    prog_half(p, 0x6801); /* ldr r1, [r0] */
    prog_half(p, 0x6842); /* ldr r2, [r0, #4] */
    prog_half(p, 0xF381); /* msr msp, r1 */
    prog_half(p, 0x8808);
    prog_half(p, 0x4710); /* bx r2 */
}

static void jump_from_the_application(const struct program *p, bool shows, bool leaves)
{
    struct rom r = rom_new();

    rig_load(r.board->chip, FLASH_BASE, p);
    restart(&r);
    assert_int_equal(present(&r), shows);
    if (leaves) {
        download_app(&r);
        assert_int_equal(leave(&r), USB_DONE);
        notice(&r, 20);
        assert_true(said_hello(&r));
        restart(&r);
        assert_true(said_hello(&r));
    }
    rom_free(&r);
}

static void a_jump_from_the_application_works_if_the_chip_is_as_after_a_reset(void **state)
{
    struct program good = { 0 }, masked = { 0 }, mapped_wrong = { 0 };

    build_jump(&good, true, true);
    build_jump(&masked, true, false);
    build_jump(&mapped_wrong, false, true);
    jump_from_the_application(&good, true, true);
    jump_from_the_application(&masked, false, false);       /* nobody enables interrupts again: no DFU */
    jump_from_the_application(&mapped_wrong, false, false); /* the application's vectors are taken */
}

static void a_watchdog_that_runs_from_reset_is_kept_quiet(void **state)
{
    struct rom r = rom_new();
    size_t notes;
    const struct chip_note *note;

    assert_true(chip_store_option(r.board->chip, U0_FLASH_OPTR, OPTR_FACTORY & ~BITS(U0_FLASH_OPTR_IWDG_SW)));
    restart(&r);
    assert_int_equal(peek(&r, IWDG_BASE + U0_IWDG_PR), 8);
    board_run_until(r.board, board_now_ps(r.board) + 300 * PS_PER_S);
    board_notice_usb(r.board);
    assert_true(present(&r));
    notes = chip_notes(r.board->chip, &note);
    for (size_t i = 0; i < notes; i++)
        assert_null(strstr(note[i].text, "watchdog"));
    rom_free(&r);
}

/* ---- the board around it ---- */

static void pulled_and_plugged_it_is_another_appearance(void **state)
{
    struct rom r = rom_new();
    const uint32_t before = r.board->s.appeared[BOARD_TARGET];

    set_address(&r, 0x08003000);
    board_cable(r.board, BOARD_TARGET, false);
    assert_false(present(&r));
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_GONE);
    board_cable(r.board, BOARD_TARGET, true);
    assert_true(present(&r));
    assert_int_equal(r.board->s.appeared[BOARD_TARGET], before + 1);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

/* Firmware that pulls D+ up and does no more: Linux says "device descriptor read/64, error" a few times, and leaves it. */
static void a_device_that_never_answers_is_given_up(void **state)
{
    struct rom r = rom_new();
    struct program p = { 0 };
    uint64_t before_ps;

    prog_write(&p, RCC_BASE + U0_RCC_APBENR1, BITS(U0_RCC_APBENR1_USBEN) | BITS(U0_RCC_APBENR1_PWREN));
    prog_write(&p, PWR_BASE + U0_PWR_CR2, BITS(U0_PWR_CR2_USV));
    prog_write(&p, 0x40005C40, 0);          /* CNTR */
    prog_write(&p, 0x40005C58, 0x00008000); /* BCDR.DPPU_DPD */
    prog_stop(&p);
    rig_load(r.board->chip, FLASH_BASE, &p);
    board_power(r.board, false);
    notice(&r, 5);
    board_power(r.board, true);
    notice(&r, 2000);
    assert_false(present(&r));
    assert_true(usbhost_present(r.host));
    before_ps = board_now_ps(r.board);
    board_notice_usb(r.board); /* nobody asks it again */
    assert_int_equal(board_now_ps(r.board), before_ps);
    rom_free(&r);
}

static void a_saved_board_goes_on_in_mid_download(void **state)
{
    struct rom r = rom_new(), loaded = { 0 };
    struct buffer bytes = { 0 };
    struct err e = { 0 };

    erase_page(&r, FLASH_BASE);
    set_address(&r, FLASH_BASE);
    memcpy(r.data, "12345678", 8);
    assert_int_equal(dfu(&r, DNLOAD, 2, 8), USB_DONE);
    assert_true(board_save(r.board, &bytes, &e));
    loaded.board = board_load(bytes.bytes, bytes.len, &e);
    assert_non_null(loaded.board);
    loaded.host = &loaded.board->plug[BOARD_TARGET];
    assert_true(present(&loaded));
    assert_fine(finish(&loaded));
    assert_int_equal(peek(&loaded, FLASH_BASE), 0x34333231);
    rom_free(&loaded);
    rom_free(&r);
    buffer_free(&bytes);
}

static void a_halted_core_answers_nothing_and_goes_on(void **state)
{
    struct rom r = rom_new();
    uint64_t done_ps;

    assert_true(chip_debug_write(r.board->chip, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN) | BITS(PPB_DHCSR_C_HALT), &done_ps));
    notice(&r, 1);
    assert_int_equal(dfu(&r, GETSTATUS, 0, 6), USB_TIMED_OUT);
    assert_true(chip_debug_write(r.board->chip, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN), &done_ps));
    notice(&r, 1);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

/* An idle ROM sleeps: a day of it takes next to no work of ours (cycles of the core are counted, not executed). */
static void idle_it_costs_nothing(void **state)
{
    struct rom r = rom_new();
    struct timespec start, end;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    board_run_until(r.board, board_now_ps(r.board) + 86400 * PS_PER_S);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 < 500);
    assert_int_equal(get_status(&r).state, IDLE);
    rom_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leave_answers_then_goes_and_the_application_runs),
        cmocka_unit_test(leave_to_where_nothing_can_run_is_a_reset),
        cmocka_unit_test(leave_from_idle_starts_what_is_there),
        cmocka_unit_test(once_the_rom_has_run_a_reset_starts_blank_flash_and_power_brings_it_back),
        cmocka_unit_test(each_boot_pattern_of_an2606_starts_it),
        cmocka_unit_test(a_jump_from_the_application_works_if_the_chip_is_as_after_a_reset),
        cmocka_unit_test(a_watchdog_that_runs_from_reset_is_kept_quiet),
        cmocka_unit_test(pulled_and_plugged_it_is_another_appearance),
        cmocka_unit_test(a_device_that_never_answers_is_given_up),
        cmocka_unit_test(a_saved_board_goes_on_in_mid_download),
        cmocka_unit_test(a_halted_core_answers_nothing_and_goes_on),
        cmocka_unit_test(idle_it_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
