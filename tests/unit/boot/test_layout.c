/* test_layout.c - memory strings and configuration descriptors, real ones and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "boot/layout.h"

static struct layout l;
static struct err e;

static void expect(const char *text, const char *want)
{
    char got[400];
    size_t n;

    e = (struct err){ 0 };
    if (!layout_parse(&l, text, &e)) {
        assert_int_equal(e.kind, ERR_PROTOCOL);
        snprintf(got, sizeof got, "error: %s", e.cause);
        assert_non_null(strstr(got, want));
        return;
    }
    n = (size_t)snprintf(got, sizeof got, "%s:", l.name);
    for (unsigned i = 0; i < l.count; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, " %08x+%ux%u%s%s%s", l.span[i].addr, l.span[i].count, l.span[i].bytes,
                              l.span[i].readable ? "r" : "", l.span[i].erasable ? "e" : "", l.span[i].writable ? "w" : "");
    assert_string_equal(got, want);
}

static void strings_of_real_roms_are_understood(void **state)
{
    expect("@Internal Flash    /0x08000000/128*02Kg", "Internal Flash: 08000000+128x2048rew");
    expect("@OB Bytes          /0x40022020/01*136 e", "OB Bytes: 40022020+1x136rw");
    expect("@OTP Memory        /0x1FFF6800/01*1024 e", "OTP Memory: 1fff6800+1x1024rw");
    expect("@ENGI Bytes        /0x1FFF6C00/01*1024.e", "ENGI Bytes: 1fff6c00+1x1024rw");
    expect("@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
           "Internal Flash: 08000000+4x16384rew 08010000+1x65536rew 08020000+7x131072rew");
    expect("@Option Bytes  /0x1FFFC000/01*016 e/0x1FFEC000/01*016 e", "Option Bytes: 1fffc000+1x16rw 1ffec000+1x16rw");
    expect("@OTP Memory /0x1FFF7800/01*512 e,01*016 e", "OTP Memory: 1fff7800+1x512rw 1fff7a00+1x16rw");
    expect("@Device Feature/0xFFFF0000/01*004 e", "Device Feature: ffff0000+1x4rw");
    expect("@Flash/0x0/1*1Ma", "Flash: 00000000+1x1048576r");
    expect("@Bytes/0x10/3*16Bd", "Bytes: 00000010+3x16w");
    expect("@No multiplier/0x20000000/2*64g", "No multiplier: 20000000+2x64rew");
}

static void strings_that_make_no_sense_say_where(void **state)
{
    expect("", "'@' is missing at character 0");
    expect("Internal Flash/0x08000000/1*1Kg", "'@' is missing");
    expect("@Internal Flash", "'/' is missing at character 15");
    expect("@F/08000000/1*1Kg", "an address");
    expect("@F/0x/1*1Kg", "an address");
    expect("@F/0x123456789/1*1Kg", "an address");
    expect("@F/0x08000000", "'/' is missing");
    expect("@F/0x08000000/", "a sector count");
    expect("@F/0x08000000/0*1Kg", "a sector count");
    expect("@F/0x08000000/100000*1Kg", "a sector count");
    expect("@F/0x08000000/1x1Kg", "'*' is missing");
    expect("@F/0x08000000/1*Kg", "a sector size");
    expect("@F/0x08000000/1*0Kg", "a sector size");
    expect("@F/0x08000000/1*1K", "a type letter");
    expect("@F/0x08000000/1*1", "a type letter");
    expect("@F/0x08000000/1*1,1*1Kg", "a type letter");
    expect("@F/0x08000000/1*5000Mg", "a sector size of 32 bits");
    expect("@F/0xFFFF0000/3*64Kg", "an end below");
    expect("@F/0x08000000/99999*999999999Mg", "a sector size");
    expect("@F/0x08000000/1*1Kgg", "the end is missing");
    expect("@F/0x08000000/1*1Kg;", "the end is missing");
}

static void more_parts_than_any_chip_has_are_refused(void **state)
{
    char text[400] = "@F/0x08000000/1*1Kg";

    for (unsigned i = 1; i < LAYOUT_SPANS; i++)
        strcat(text, ",1*1Kg");
    assert_true(layout_parse(&l, text, &e));
    assert_int_equal(l.count, LAYOUT_SPANS);
    strcat(text, ",1*1Kg");
    expect(text, "has more than");
}

static void reach_goes_over_spans_that_touch(void **state)
{
    assert_true(layout_parse(&l, "@F/0x08000000/4*16Kg,1*64Kg/0x08030000/1*2Kg/0x09000000/1*2Kf", &e));
    assert_int_equal(layout_reach(&l, 0x08000000), 0x20000);
    assert_int_equal(layout_reach(&l, 0x0801FFFF), 1);
    assert_int_equal(layout_reach(&l, 0x08020000), 0);
    assert_int_equal(layout_reach(&l, 0x08030400), 0x400);
    assert_int_equal(layout_reach(&l, 0x09000000), 0); /* not readable */
    assert_int_equal(layout_reach(&l, 0x07FFFFFF), 0);
    assert_true(layout_parse(&l, "@End/0xFFFFFC00/1*1Kg", &e));
    assert_int_equal(layout_reach(&l, 0xFFFFFC00), 1024);
}

/* configuration, two alternates, functional */
static const uint8_t good[] = { 9, 2, 36, 0, 1, 1,    0, 0xC0, 50, 9, 4,    2,    0,   0, 0xFE, 1, 2,    4,
                                9, 4, 2,  1, 0, 0xFE, 1, 2,    5,  9, 0x21, 0x0B, 255, 0, 0,    4, 0x1A, 1 };

static void a_configuration_gives_alternates_and_the_functional_descriptor(void **state)
{
    struct config c;

    assert_true(config_parse(&c, good, sizeof good, &e));
    assert_int_equal(c.interface, 2);
    assert_int_equal(c.alternates, 2);
    assert_int_equal(c.alternate[1].number, 1);
    assert_int_equal(c.alternate[1].string, 5);
    assert_true(c.functional);
    assert_int_equal(c.transfer_bytes, 1024);
    assert_int_equal(c.version, 0x011A);
    assert_int_equal(c.protocol, 2);
}

static void broken_configurations_are_refused(void **state)
{
    uint8_t bytes[sizeof good];
    struct config c;

    for (size_t cut = 0; cut < sizeof good; cut++) {
        const bool whole = config_parse(&c, good, cut, &e);

        assert_true(!whole || cut == 18 || cut == 27);
        assert_true(!whole || !c.functional);
    }
    memcpy(bytes, good, sizeof good);
    bytes[9] = 0; /* a length of 0 would never end */
    assert_false(config_parse(&c, bytes, sizeof bytes, &e));
    assert_int_equal(e.kind, ERR_PROTOCOL);
    memcpy(bytes, good, sizeof good);
    bytes[14] = bytes[23] = 0xFF; /* some other class */
    assert_false(config_parse(&c, bytes, sizeof bytes, &e));
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_of_real_roms_are_understood),
        cmocka_unit_test(strings_that_make_no_sense_say_where),
        cmocka_unit_test(reach_goes_over_spans_that_touch),
        cmocka_unit_test(a_configuration_gives_alternates_and_the_functional_descriptor),
        cmocka_unit_test(broken_configurations_are_refused),
        cmocka_unit_test(more_parts_than_any_chip_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
