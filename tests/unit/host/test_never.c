/* test_never.c - what no road may write. Only refusals are tried: each must come before any transfer, and leave memory as it was. */
#include "cortexm/never.h"
#include "fake_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { OPTR = 0x40022020, WRP1AR = 0x4002202C, SECR = 0x40022080, BOOT_LOCK = 1 << 16 };

struct scene {
    struct fake_probe f;
    struct target t;
    struct err e;
};

static void begin(struct scene *s, uint16_t dev_id)
{
    memset(s, 0, sizeof *s);
    fake_probe_u073(&s->f);
    s->t.probe = &s->f.base;
    s->t.mem = (struct mem){ .probe = &s->f.base, .may_write = never_may_write, .may_ctx = &s->t };
    s->t.device = device_by_id(dev_id);
}

static const uint16_t all_devices[] = { 0x489, 0x459, 0x460, 0x466, 0x456, 0x467 };

#define FOR_ALL_DEVICES(s) for (size_t d_ = 0; d_ < sizeof all_devices / 2 && (begin(&(s), all_devices[d_]), 1); d_++)

static void refused_untouched(struct scene *s)
{
    assert_int_equal(s->e.kind, ERR_REFUSED);
    assert_true(strstr(s->e.cause, "readout protection level 2") != NULL);
    assert_int_equal(s->f.transfers, 0);
    assert_int_equal(s->f.writes, 0);
    s->e = (struct err){ 0 };
}

static void level_2_is_refused_as_a_word(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        assert_false(mem_write32(&s.t.mem, OPTR, 0xFFFFFECC, &s.e));
        assert_string_equal(s.e.seen[0], "a write of 0xFFFFFECC to OPTR at 0x40022020");
        refused_untouched(&s);
        assert_false(mem_write32(&s.t.mem, OPTR, 0x000000CC, &s.e));
        refused_untouched(&s);
    }
}

static void level_2_is_refused_as_byte_and_half_word(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        assert_false(mem_write(&s.t.mem, OPTR, "\xCC", 1, &s.e));
        assert_string_equal(s.e.seen[0], "a write of 0xCC to OPTR at 0x40022020");
        refused_untouched(&s);
        assert_false(mem_write(&s.t.mem, OPTR, "\xCC\xFE", 2, &s.e));
        assert_string_equal(s.e.seen[0], "a write of 0xFECC to OPTR at 0x40022020");
        refused_untouched(&s);
    }
}

static void level_2_is_refused_on_other_lanes_of_the_same_register(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s) /* a peripheral that ignores byte lanes takes them all from one byte */
    {
        for (uint32_t lane = 1; lane < 4; lane++) {
            assert_false(mem_write(&s.t.mem, OPTR + lane, "\xCC", 1, &s.e));
            refused_untouched(&s);
        }
        assert_false(mem_write(&s.t.mem, OPTR + 2, "\xCC\x00", 2, &s.e));
        refused_untouched(&s);
    }
}

static void level_2_is_refused_inside_longer_writes(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s) /* from one to twelve bytes before OPTR, to the byte itself and beyond */
    {
        for (uint32_t before = 0; before <= 12; before++)
            for (uint32_t after = 1; after <= 12; after++) {
                uint8_t data[24] = { 0 };

                data[before] = 0xCC;
                assert_false(mem_write(&s.t.mem, OPTR - before, data, before + after, &s.e));
                refused_untouched(&s);
            }
    }
}

static void level_2_is_refused_in_batches(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        struct probe_word words[] = { { 0x20000000, 1, true }, { OPTR, 0, false }, { OPTR, 0x3FFFFECC, true }, { SECR, 0, false } };

        assert_false(mem_batch(&s.t.mem, words, 4, &s.e));
        refused_untouched(&s);
    }
}

static void other_values_and_other_registers_may_be_written(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        assert_true(mem_write32(&s.t.mem, OPTR, 0xFFFFFEAA, &s.e));
        assert_true(mem_write32(&s.t.mem, OPTR, 0xFFFFFEBB, &s.e)); /* level 1, while BOOT_LOCK is off */
        assert_true(mem_write32(&s.t.mem, WRP1AR, 0x000000CC, &s.e));
        assert_true(mem_write32(&s.t.mem, 0x200000CC, 0xCCCCCCCC, &s.e));
        assert_true(mem_write(&s.t.mem, 0x20000020, "\xCC\xCC\xCC", 3, &s.e));
        assert_true(mem_write32(&s.t.mem, OPTR, 0xCCFFFEAA, &s.e)); /* as a word, other lanes are other bits */
    }
}

static void boot_lock_is_refused_while_protection_is_on(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        fake_put(&s.f, OPTR, 0xFFFFFEBB);
        assert_false(mem_write32(&s.t.mem, SECR, BOOT_LOCK, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
        assert_int_equal(s.f.writes, 0);
        assert_false(mem_write(&s.t.mem, SECR + 2, "\x01", 1, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
        assert_true(mem_write32(&s.t.mem, SECR, 0, &s.e));
    }
}

static void protection_is_refused_while_boot_lock_is_on(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s)
    {
        fake_put(&s.f, SECR, BOOT_LOCK);
        assert_false(mem_write32(&s.t.mem, OPTR, 0xFFFFFEBB, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
        assert_false(mem_write(&s.t.mem, OPTR, "\x00", 1, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
        assert_int_equal(s.f.writes, 0);
        assert_true(mem_write32(&s.t.mem, OPTR, 0xFFFFFEAA, &s.e)); /* back to level 0 */
        assert_true(mem_write32(&s.t.mem, SECR, BOOT_LOCK, &s.e));  /* with level 0 it may be set */
    }
}

static void the_two_together_are_refused_in_one_session_too(void **state)
{
    struct scene s;

    FOR_ALL_DEVICES(s) /* option registers read back what was loaded, perhaps, not what was written */
    {
        assert_true(mem_write32(&s.t.mem, OPTR, 0xFFFFFEBB, &s.e));
        fake_put(&s.f, OPTR, 0xFFFFFEAA);
        assert_false(mem_write32(&s.t.mem, SECR, BOOT_LOCK, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
    }
    FOR_ALL_DEVICES(s)
    {
        struct probe_word words[] = { { SECR, BOOT_LOCK, true }, { WRP1AR, 0, true }, { OPTR, 0xFFFFFEBB, true } };

        assert_false(mem_batch(&s.t.mem, words, 3, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
        assert_int_equal(s.f.writes, 0);
    }
    FOR_ALL_DEVICES(s) /* the byte that holds BOOT_LOCK, then RDP */
    {
        assert_true(mem_write(&s.t.mem, SECR + 2, "\x01", 1, &s.e));
        fake_put(&s.f, SECR, 0);
        assert_false(mem_write(&s.t.mem, OPTR, "\xBB", 1, &s.e));
        assert_int_equal(s.e.kind, ERR_REFUSED);
    }
}

static void what_cannot_be_ruled_out_is_not_written(void **state)
{
    struct scene s;

    begin(&s, 0x489);
    s.f.fault_from = OPTR;
    s.f.fault_to = OPTR + 4;
    assert_false(mem_write32(&s.t.mem, SECR, BOOT_LOCK, &s.e));
    assert_int_equal(s.e.kind, ERR_FAULT);
    assert_string_equal(s.e.doing[1], "making sure that a write does not close the chip");
    assert_int_equal(s.f.writes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_2_is_refused_as_a_word),
        cmocka_unit_test(level_2_is_refused_as_byte_and_half_word),
        cmocka_unit_test(level_2_is_refused_on_other_lanes_of_the_same_register),
        cmocka_unit_test(level_2_is_refused_inside_longer_writes),
        cmocka_unit_test(level_2_is_refused_in_batches),
        cmocka_unit_test(other_values_and_other_registers_may_be_written),
        cmocka_unit_test(boot_lock_is_refused_while_protection_is_on),
        cmocka_unit_test(protection_is_refused_while_boot_lock_is_on),
        cmocka_unit_test(the_two_together_are_refused_in_one_session_too),
        cmocka_unit_test(what_cannot_be_ruled_out_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
