/* test_target.c - connecting, telling what is wrong, leaving no trace. */
#include "cortexm/target.h"
#include "device/regs/cortexm.h"
#include "fake_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static bool seen(const struct err *e, const char *text)
{
    for (unsigned i = 0; i < e->n_seen; i++)
        if (strstr(e->seen[i], text))
            return true;
    return false;
}

static void attaching_finds_out_what_it_is_and_writes_nothing(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };
    uint32_t dhcsr;

    fake_probe_u073(&f);
    f.demcr = BITS(PPB_DEMCR_VC_HARDERR);
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_string_equal(t.device->name, "STM32U073/U083");
    assert_int_equal(t.idcode, 0x10006489);
    assert_int_equal(t.dpidr, 0x6BA02477);
    assert_int_equal(t.flash_bytes, 256 * 1024);
    assert_true(t.flash_size_read);
    assert_true(t.uid_read);
    assert_memory_equal(t.uid, "\0\1\2\3\4\5\6\7\10\11\12\13", 12);
    assert_int_equal(t.voltage_mv, 3260);
    assert_false(t.was_halted);
    assert_string_equal(t.note, "");
    assert_int_equal(f.base.speed_khz, 4000);
    target_close(&t);
    assert_true(f.closed);
    assert_int_equal(f.writes, 0);
    assert_null(strstr(f.log, "nrst"));
    assert_int_equal(f.demcr, BITS(PPB_DEMCR_VC_HARDERR));
    dhcsr = f.dhcsr_bits;
    assert_int_equal(dhcsr, 0);
    target_close(&t); /* once more does no harm */
}

static void a_core_found_halted_is_left_halted_and_a_running_one_running(void **state)
{
    for (int halted = 0; halted < 2; halted++)
        for (int then_halt = 0; then_halt < 2; then_halt++) {
            struct fake_probe f;
            struct target t;
            struct err e = { 0 };

            fake_probe_u073(&f);
            f.halted = halted;
            f.dhcsr_bits = halted ? 3 : 0;
            assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
            assert_int_equal(t.was_halted, halted);
            if (then_halt)
                assert_true(core_halt(&t.core, 10, &e));
            else
                assert_true(core_resume(&t.core, &e));
            f.demcr = BITS(PPB_DEMCR_VC_CORERESET);
            target_close(&t);
            assert_int_equal(f.halted, halted);
            assert_int_equal(f.dhcsr_bits & 1, halted);
            assert_int_equal(f.demcr, 0);
        }
}

static void a_debugger_that_had_debug_enabled_keeps_it(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.dhcsr_bits = 1;
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(core_halt(&t.core, 10, &e));
    target_close(&t);
    assert_false(f.halted);
    assert_int_equal(f.dhcsr_bits, 1);
}

static void a_command_may_leave_the_core_otherwise_on_purpose(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(core_halt(&t.core, 10, &e));
    target_leave(&t, true);
    target_close(&t);
    assert_true(f.halted);
}

static void under_reset_halts_at_the_first_instruction(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.silent_unless_low = true; /* the firmware takes the SWD pins */
    assert_false(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(f.closed);
    f.closed = false;
    assert_true(target_open(&t, &f.base, TARGET_UNDER_RESET, 4000, &e));
    assert_true(f.halted);
    assert_false(f.nrst_low);
    assert_int_equal(f.demcr, 0);
    assert_string_equal(t.note, "");
    target_close(&t);
    assert_false(f.halted); /* and runs afterwards */
    assert_int_equal(f.dhcsr_bits, 0);
}

static void normal_tries_under_reset_when_attaching_fails(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.silent_unless_low = true;
    assert_true(target_open(&t, &f.base, TARGET_NORMAL, 4000, &e));
    assert_true(t.under_reset);
    assert_string_equal(t.note, "connected under reset, because attaching failed: no chip answers on SWD");
    target_close(&t);

    fake_probe_u073(&f);
    assert_true(target_open(&t, &f.base, TARGET_NORMAL, 4000, &e));
    assert_false(t.under_reset);
    assert_null(strstr(f.log, "nrst"));
    target_close(&t);
}

static void a_wire_that_does_not_reset_is_noticed_and_gone_around(void **state)
{
    for (int halted = 0; halted < 2; halted++) { /* a core that is halted anyway must not pass for one that was reset */
        struct fake_probe f;
        struct target t;
        struct err e = { 0 };

        fake_probe_u073(&f);
        f.nrst_not_wired = true;
        f.halted = halted;
        f.dhcsr_bits = halted ? 3 : 0;
        assert_true(target_open(&t, &f.base, TARGET_UNDER_RESET, 4000, &e));
        assert_true(f.halted);
        assert_int_equal(f.resets, 1); /* by SYSRESETREQ */
        assert_true(strncmp(t.note, "NRST did not reset the chip", 27) == 0);
        target_close(&t);
        assert_false(f.halted);
    }
}

/* ---- what is wrong ----------------------------------------------------------------------------------------------------------------- */

static void no_power_is_told_from_silence(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.silent = true;
    f.voltage_mv = 12;
    assert_false(target_open(&t, &f.base, TARGET_NORMAL, 4000, &e));
    assert_int_equal(e.kind, ERR_NODEV);
    assert_string_equal(e.cause, "the target has no power");
    assert_true(seen(&e, "target voltage 0.01 V"));
    assert_true(seen(&e, "ST-LINK status 0x16"));
    assert_null(strstr(f.log, "nrst")); /* a reset would not help */
    assert_true(f.closed);

    fake_probe_u073(&f);
    f.silent = true;
    e = (struct err){ 0 };
    assert_false(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_string_equal(e.cause, "no chip answers on SWD");
    assert_true(seen(&e, "target voltage 3.26 V"));
}

static void an_unmeasured_voltage_does_not_keep_us_from_connecting(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.voltage_mv = 0; /* clones, and boards without VTREF */
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_int_equal(t.voltage_mv, 0);
    target_close(&t);
}

static void nrst_held_low_is_told(void **state)
{
    static const enum target_connect ways[] = { TARGET_ATTACH, TARGET_NORMAL, TARGET_UNDER_RESET };

    for (size_t i = 0; i < 3; i++) {
        struct fake_probe f;
        struct target t;
        struct err e = { 0 };

        fake_probe_u073(&f);
        f.nrst_held = true;
        assert_false(target_open(&t, &f.base, ways[i], 4000, &e));
        assert_int_equal(e.kind, ERR_NODEV);
        assert_string_equal(e.cause, "the target is held in reset");
        assert_true(seen(&e, "S_RESET_ST set again in each of 20 readings"));
        assert_int_equal(strstr(f.log, "nrst low") != NULL, ways[i] == TARGET_UNDER_RESET); /* pulling it again would not help */
        assert_false(f.nrst_low);                                                           /* by us, at least, not any more */
        assert_true(f.now_us < 5 * 1000 * 1000);
    }
}

static void an_old_reset_is_not_held_and_a_loop_is_noted(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.reset_sticky = true;
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_string_equal(t.note, "");
    target_close(&t);

    fake_probe_u073(&f);
    f.reset_sticky = true;
    f.reset_every = 2;
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(strncmp(t.note, "the chip keeps being reset", 26) == 0);
    target_close(&t);
}

static void a_closed_access_port_is_protection_not_silence(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    f.memory_closed = true;
    assert_false(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_int_equal(e.kind, ERR_LOCKED);
    assert_true(seen(&e, "AP0 IDR=0x84770001 CSW=0x03000000"));
    assert_true(seen(&e, "DPIDR=0x6BA02477"));
}

static void an_unknown_chip_is_told_with_what_it_says(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    fake_put(&f, 0x40015800, 0x10006443);
    assert_false(target_open(&t, &f.base, TARGET_NORMAL, 4000, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.cause, "sector0 does not know this chip");
    assert_string_equal(e.seen[0], "IDCODE=0x10006443 at 0x40015800: DEV_ID 0x443");
    assert_string_equal(e.seen[1], "CPUID=0x410CC601 (Cortex-M0+ r0p1)");
    assert_true(strstr(e.hint, "STM32U073/U083") != NULL);
    assert_int_equal(f.writes, 0); /* no reset would change that */

    fake_probe_u073(&f); /* a Cortex-M4 keeps it elsewhere, and has something else where ours is */
    fake_put(&f, PPB(CPUID), 0x410FC241);
    fake_put(&f, 0xE0042000, 0x10076413);
    assert_false(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_string_equal(e.seen[0], "IDCODE=0x10076413 at 0xE0042000: DEV_ID 0x413");
    assert_string_equal(e.seen[1], "CPUID=0x410FC241 (Cortex-M4 r0p1)");
    assert_null(strstr(f.log, "40015800"));
}

static void an_idcode_of_0_asks_for_under_reset(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    fake_put(&f, 0x40015800, 0);
    assert_false(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.cause, "the chip does not tell what it is");
    assert_true(strstr(e.hint, "--connect under-reset") != NULL);
}

static void a_size_or_uid_that_cannot_be_read_is_marked(void **state)
{
    static const uint32_t bad[] = { 0xFFFF0000, 0xFFFFFFFF, 0x00004000 };
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    for (size_t i = 0; i < 3; i++) {
        fake_probe_u073(&f);
        fake_put(&f, 0x1FFF6EA0, bad[i]);
        assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
        assert_false(t.flash_size_read);
        assert_int_equal(t.flash_bytes, 256 * 1024);
        assert_true(t.uid_read);
        target_close(&t);
    }
    fake_probe_u073(&f);
    f.fault_from = 0x1FFF6E54;
    f.fault_to = 0x1FFF6E58;
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(t.flash_size_read);
    assert_false(t.uid_read);
    target_close(&t);
}

static void the_second_bank_is_not_offered(void **state)
{
    static const struct {
        uint32_t optr, bytes;
        const char *note;
    } rows[] = {
        { 0xFFFFFEAA, 256 * 1024, "sector0 programs the first 256 of the 512 KiB of this chip's flash" },
        { 0xFFDFFEAA, 256 * 1024,
          "sector0 programs the first 256 of the 512 KiB of this chip's flash" }, /* one bank: PNB has 7 bits here */
        { 0xFFEFFEAA, 0, "the two flash banks are swapped (nSWAP_BANK = 0): sector0 reads such a chip, but does not program it" },
    };

    for (size_t i = 0; i < 3; i++) {
        struct fake_probe f;
        struct target t;
        struct err e = { 0 };

        fake_probe_init(&f);
        fake_put(&f, 0x40015800, 0x10006467);
        fake_put(&f, 0x1FFF75E0, 512);
        fake_put(&f, 0x40022020, rows[i].optr);
        assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
        assert_int_equal(t.flash_bytes, rows[i].bytes);
        assert_string_equal(t.note, rows[i].note);
        target_close(&t);
    }
}

static void the_target_refuses_what_is_never_written(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    f.transfers = 0;
    assert_false(mem_write32(&t.mem, 0x40022020, 0xFFFFFECC, &e));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_int_equal(f.transfers, 0);
    target_close(&t);
}

/* ---- NRST, protection -------------------------------------------------------------------------------------------------------------- */

static void a_hard_reset_is_proved(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };

    fake_probe_u073(&f);
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_true(target_hard_reset(&t, &e));
    assert_false(f.halted);
    target_close(&t);

    fake_probe_u073(&f);
    f.nrst_not_wired = true;
    f.reset_sticky = true; /* an old one does not count */
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_false(target_hard_reset(&t, &e));
    assert_int_equal(e.kind, ERR_TIMEOUT);
    assert_string_equal(e.cause, "NRST did not reset the target");
    assert_true(seen(&e, "OPTR=0xFFFFFEAA, NRST_MODE=3 (reset in and out)"));
    f.nrst_not_wired = false;
    f.nrst_held = true;
    assert_false(target_hard_reset(&t, &e));
    assert_string_equal(e.cause, "the target stays in reset: NRST does not go high again");
    target_close(&t);
}

static void readout_protection_explains_a_fault_in_flash(void **state)
{
    struct fake_probe f;
    struct target t;
    struct err e = { 0 };
    uint8_t data[16];
    unsigned level;
    uint32_t optr;

    fake_probe_u073(&f);
    f.fault_from = 0x08000000;
    f.fault_to = 0x08040000;
    assert_true(target_open(&t, &f.base, TARGET_ATTACH, 4000, &e));
    assert_false(mem_read(&t.mem, 0x08000000, data, sizeof data, &e));
    assert_false(target_explain_fault(&t, 0x08000000, &e));
    assert_int_equal(e.kind, ERR_FAULT); /* level 0: that is not it */

    fake_put(&f, 0x40022020, 0xFFFFFEBB);
    assert_true(target_rdp_level(&t, &level, &optr, &e));
    assert_int_equal(level, 1);
    assert_false(mem_read(&t.mem, 0x08000000, data, sizeof data, &e));
    assert_false(target_explain_fault(&t, 0x08000000, &e));
    assert_int_equal(e.kind, ERR_LOCKED);
    assert_string_equal(e.cause, "readout protection level 1 closes flash and RAM to the debugger");
    assert_string_equal(e.seen[0], "OPTR=0xFFFFFEBB (RDP=0xBB)");
    assert_true(strstr(e.hint, "--erase-everything") != NULL);
    assert_false(mem_read(&t.mem, 0x08000000, data, sizeof data, &e));
    target_explain_fault(&t, 0x40000000, &e);
    assert_int_equal(e.kind, ERR_FAULT); /* a peripheral is not closed by it */
    target_close(&t);
}

static void a_probe_that_fails_anywhere_is_closed(void **state)
{
    static const enum target_connect ways[] = { TARGET_ATTACH, TARGET_NORMAL, TARGET_UNDER_RESET };

    for (size_t i = 0; i < 3; i++)
        for (int after = 0; after < 40; after++) {
            struct fake_probe f;
            struct target t;
            struct err e = { 0 };

            fake_probe_u073(&f);
            f.fail_after = after;
            if (target_open(&t, &f.base, ways[i], 4000, &e))
                target_close(&t);
            else
                assert_true(e.kind != ERR_NONE && e.cause[0]);
            assert_true(f.closed);
            assert_null(t.probe);
            assert_true(f.now_us < 10 * 1000 * 1000);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attaching_finds_out_what_it_is_and_writes_nothing),
        cmocka_unit_test(a_core_found_halted_is_left_halted_and_a_running_one_running),
        cmocka_unit_test(a_debugger_that_had_debug_enabled_keeps_it),
        cmocka_unit_test(a_command_may_leave_the_core_otherwise_on_purpose),
        cmocka_unit_test(under_reset_halts_at_the_first_instruction),
        cmocka_unit_test(normal_tries_under_reset_when_attaching_fails),
        cmocka_unit_test(a_wire_that_does_not_reset_is_noticed_and_gone_around),
        cmocka_unit_test(no_power_is_told_from_silence),
        cmocka_unit_test(an_unmeasured_voltage_does_not_keep_us_from_connecting),
        cmocka_unit_test(nrst_held_low_is_told),
        cmocka_unit_test(an_old_reset_is_not_held_and_a_loop_is_noted),
        cmocka_unit_test(a_closed_access_port_is_protection_not_silence),
        cmocka_unit_test(an_unknown_chip_is_told_with_what_it_says),
        cmocka_unit_test(an_idcode_of_0_asks_for_under_reset),
        cmocka_unit_test(a_size_or_uid_that_cannot_be_read_is_marked),
        cmocka_unit_test(the_second_bank_is_not_offered),
        cmocka_unit_test(the_target_refuses_what_is_never_written),
        cmocka_unit_test(a_hard_reset_is_proved),
        cmocka_unit_test(readout_protection_explains_a_fault_in_flash),
        cmocka_unit_test(a_probe_that_fails_anywhere_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
