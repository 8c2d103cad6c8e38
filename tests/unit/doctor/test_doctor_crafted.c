/* test_doctor_crafted.c - rules as pure functions, of evidence as it would be gathered: what a row of causes.h shows of one board, here
 * with the neighbours that differ in one reading. */
#include "device/regs/g0_syscfg.h"
#include "device/regs/u0_syscfg.h"
#include "doctor/evidence_json.h"
#include "doctor/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct evidence v;
static struct diagnosis d;

static void begin(enum evidence_reach reach)
{
    v = (struct evidence){ .reach = reach, .probes = 1, .voltage_read = true, .voltage_mv = 3260, .speed_khz = 4000 };
    if (reach >= REACH_PROBE)
        strcpy(v.probe_version, "V2J46M32");
    if (reach < REACH_CHIP)
        return;
    v.device = device_by_id(0x489);
    v.dpidr_read = v.flash_size_read = true;
    v.dpidr = v.device->dpidr;
    v.flash_bytes = 256 * 1024;
    v.look_read = true;
    for (unsigned i = 0; v.device->flash->options[i].name; i++, v.look.options++)
        v.look.option[i] = v.device->flash->options[i].factory;
    v.look.acr = 0x00040600;
    v.look.cr = 0xC0000000;
}

/* "id" or "": what is found at the top. */
static void finds(const char *id)
{
    diagnose(&d, &v);
    if (id[0] == '\0') {
        if (d.count)
            fail_msg("found %s", d.finding[0].rule->id);
        return;
    }
    if (d.count != 1 || strcmp(d.finding[0].rule->id, id) != 0)
        fail_msg("found %u, first %s, not %s", d.count, d.count ? d.finding[0].rule->id : "nothing", id);
    assert_true(d.finding[0].what[0] != '\0');
}

static void a_chip_with_nothing_wrong_is_healthy(void **state)
{
    begin(REACH_CHIP);
    finds("");
}

static void no_probe_and_a_held_one_are_told_apart(void **state)
{
    begin(REACH_NOTHING);
    v.probes = 0;
    finds("no-probe");
    begin(REACH_USB);
    v.in_use = 1;
    strcpy(v.holder, "openocd (process 4711)");
    finds("probe-in-use");
    assert_non_null(strstr(d.finding[0].what, "openocd (process 4711)"));
    begin(REACH_USB);
    v.denied = 1;
    finds("host-no-usb-permission");
}

static void a_probe_whose_version_makes_no_sense(void **state)
{
    begin(REACH_USB);
    err_set(&v.failed, ERR_UNSUPPORTED, "the probe's version makes no sense for an ST-LINK/V2");
    finds("probe-corrupt-version");
}

static void usb_that_fails_before_the_probe_answers(void **state)
{
    begin(REACH_USB);
    err_set(&v.failed, ERR_TIMEOUT, "no answer over USB in time");
    finds("probe-usb-trouble");
}

static void a_closed_access_port_is_no_wire_trouble(void **state)
{
    begin(REACH_LINK);
    v.dpidr_read = v.ap_read = true;
    v.dpidr = 0x6BA02477;
    v.ap_idr = 0x84770001;
    v.ap_csw = 0x23000002; /* DeviceEn 0 */
    err_set(&v.failed, ERR_LOCKED, "the chip is closed to debuggers: its access port is switched off");
    finds("access-port-closed");
}

static void a_chip_of_another_kind(void **state)
{
    begin(REACH_LINK);
    v.dpidr_read = true;
    err_set(&v.failed, ERR_UNSUPPORTED, "sector0 does not know this chip");
    finds("chip-not-known");
}

static void a_part_that_st_did_not_make(void **state)
{
    begin(REACH_CHIP);
    v.rom_table_read = true;
    v.designer = 0x020;
    finds("");
    v.designer = 0x43B;
    finds("");
    v.designer = 0x555;
    finds("gdbserver-clone-check");
    assert_true(d.finding[0].certainty < CERTAIN);
}

static void a_flash_size_that_cannot_be_read(void **state)
{
    begin(REACH_CHIP);
    v.flash_size_read = false;
    v.flash_kib_word = 0xFFFFFFFF;
    finds("flash-size-unreadable");
}

static void option_words_that_did_not_stay(void **state)
{
    begin(REACH_CHIP);
    v.op_failed = true;
    strcpy(v.op, "options");
    err_set(&v.op_err, ERR_VERIFY, "the chip loaded other option words than were written");
    finds("ob-not-applied");
}

static void ram_parity_that_failed(void **state)
{
    begin(REACH_CHIP);
    v.reg[v.regs++] = (struct ev_reg){ &u0_syscfg_regs, "CFGR2", 0x40010018, BITS(U0_SYSCFG_CFGR2_SPF), true };
    finds("loader-ram-parity");
}

static void a_write_that_failed_is_told_by_its_flags(void **state)
{
    begin(REACH_CHIP);
    v.op_failed = v.op_at = v.op_sr_read = true;
    strcpy(v.op, "program");
    v.op_addr = 0x08001010;
    v.op_sr = 0x88; /* PROGERR PGSERR */
    err_set(&v.op_err, ERR_FAULT, "the flash controller refused to program");
    finds("not-erased-first");
    begin(REACH_CHIP);
    v.op_failed = true;
    strcpy(v.op, "verify");
    err_set(&v.op_err, ERR_VERIFY, "page 2 does not hold what was programmed");
    finds("verify-mismatch");
    begin(REACH_CHIP);
    v.op_failed = v.op_sr_read = true;
    v.op_sr = 0x00010000; /* BSY1 */
    err_set(&v.op_err, ERR_TIMEOUT, "flash still busy after 250 ms");
    finds("flash-busy-stuck");
}

static void a_report_of_a_chip_that_is_not_named_is_refused(void **state)
{
    for (enum evidence_reach reach = REACH_CHIP; reach <= REACH_DFU; reach++) {
        struct err e = { 0 };
        json_t *o;

        begin(REACH_CHIP);
        v.reach = reach;
        v.vectors_read = v.page0_read = true;
        o = evidence_to_json(&v);
        assert_true(evidence_from_json(&v, o, &e));
        json_object_del(o, "dev_id");
        assert_false(evidence_from_json(&v, o, &e));
        assert_int_equal(e.kind, ERR_INPUT);
        json_decref(o);
    }
}

static void a_certainty_is_never_above_its_rows(void **state)
{
    /* All rules over evidence full of ones and full of zeros: what they say, however odd, keeps within the row. */
    for (int fill = 0; fill < 2; fill++) {
        begin(REACH_CHIP);
        memset(&v.look, fill ? 0xFF : 0, sizeof v.look);
        v.look.options = 4;
        memset(v.vector, fill ? 0xFF : 0, sizeof v.vector);
        memset(v.sample, fill ? 0xFF : 0, sizeof v.sample);
        v.samples = EV_SAMPLES;
        v.vectors_read = v.at_0_read = v.in_system_read = v.page0_read = true;
        diagnose(&d, &v);
        for (unsigned i = 0; i < d.count; i++) {
            assert_true(d.finding[i].certainty <= d.finding[i].rule->at_most);
            assert_true(d.finding[i].under < (int)i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chip_with_nothing_wrong_is_healthy),
        cmocka_unit_test(no_probe_and_a_held_one_are_told_apart),
        cmocka_unit_test(a_probe_whose_version_makes_no_sense),
        cmocka_unit_test(usb_that_fails_before_the_probe_answers),
        cmocka_unit_test(a_closed_access_port_is_no_wire_trouble),
        cmocka_unit_test(a_chip_of_another_kind),
        cmocka_unit_test(a_part_that_st_did_not_make),
        cmocka_unit_test(a_flash_size_that_cannot_be_read),
        cmocka_unit_test(option_words_that_did_not_stay),
        cmocka_unit_test(ram_parity_that_failed),
        cmocka_unit_test(a_write_that_failed_is_told_by_its_flags),
        cmocka_unit_test(a_report_of_a_chip_that_is_not_named_is_refused),
        cmocka_unit_test(a_certainty_is_never_above_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
