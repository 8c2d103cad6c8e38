/* test_option.c - option words by name, their text, their diff, and what is never written. */
#include "engine_test.h"

static struct rig r;
static uint32_t wanted[LOOK_OPTIONS];

static int begin(void **state)
{
    rig_begin(&r);
    option_start(wanted, &r.look);
    return 0;
}

static bool assign(const char *what)
{
    r.e = (struct err){ 0 };
    return option_assign(wanted, &device_stm32u073, what, &r.e);
}

static bool judge(bool erase_everything)
{
    r.e = (struct err){ 0 };
    return option_judge(&r.look, wanted, &device_stm32u073, &(struct option_choices){ erase_everything }, &r.e);
}

static void fields_go_into_their_places_whatever_the_case(void **state)
{
    assert_true(assign("nBOOT0=0"));
    assert_true(assign("wrp1b_strt=0x10"));
    assert_true(assign("WRP1B_END=32"));
    assert_true(assign("bor_en=1"));
    assert_int_equal(wanted[0], (r.look.option[0] & ~0x04000000u) | 0x100);
    assert_int_equal(wanted[2], 32u << 16 | 0x10);
    assert_true(assign("optr=0xFFFFFEAA"));
    assert_int_equal(wanted[0], 0xFFFFFEAA);
}

static void bad_words_are_refused_and_change_nothing(void **state)
{
    static const char *const bad[] = { "",
                                       "nBOOT0",
                                       "nBOOT0=",
                                       "=1",
                                       "nBOOT0=2",
                                       "nBOOT0=-1",
                                       "nBOOT0=1x",
                                       "nBOOT0=0x",
                                       "WRP1B_END=128",
                                       "EOP=1",
                                       "LATENCY=1",
                                       "PG=1",
                                       "XYZ=1",
                                       "OPTR=0x100000000",
                                       "nBOOT0=01",
                                       "nBOOT0= 1",
                                       "a_name_that_is_much_longer_than_any_field_of_any_chip=1" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(assign(bad[i]));
        assert_int_equal(r.e.kind, ERR_USAGE);
        assert_memory_equal(wanted, r.look.option, sizeof wanted);
    }
    assert_false(assign("nBOOT2=1"));
    assert_non_null(strstr(r.e.hint, "nBOOT0"));
}

static void the_diff_lists_fields(void **state)
{
    struct option_change c[4];

    assert_int_equal(option_diff(&r.look, wanted, &device_stm32u073, c, 4), 0);
    assign("nBOOT_SEL=0");
    assign("WRP1A_END=5");
    assert_int_equal(option_diff(&r.look, wanted, &device_stm32u073, c, 4), 2);
    assert_string_equal(c[0].field, "nBOOT_SEL");
    assert_int_equal(c[0].was, 1);
    assert_int_equal(c[0].wanted, 0);
    assert_string_equal(c[1].reg, "WRP1AR");
    assert_int_equal(c[1].wanted, 5);
    assert_int_equal(option_diff(&r.look, wanted, &device_stm32u073, c, 1), 2); /* counted, not stored */
}

static void the_text_can_be_read_again(void **state)
{
    char text[4096];
    uint32_t again[LOOK_OPTIONS] = { 0 };

    r.look.option[1] = 0x00120003;
    assert_true(store_option_text(text, sizeof text, &device_stm32u073, &r.look));
    assert_true(option_parse(again, &device_stm32u073, text, &r.e));
    assert_memory_equal(again, r.look.option, r.look.options * sizeof *again);
    assert_false(store_option_text(text, 100, &device_stm32u073, &r.look));
}

static void bad_texts_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text, *cause;
    } rows[] = {
        { "", "there is no option word in the file" },
        { "# nothing\n\n", "there is no option word in the file" },
        { "OPTR = 1\n", "line 1 of the option file: this is no 'NAME = 0x...': 'OPTR = 1'" },
        { "OPTR = 0x1\nHUH = 0x2\n", "line 2 of the option file: no option word is called 'HUH'" },
        { "OPTR = 0x1 0x2\n", "line 1 of the option file: this is no 'NAME = 0x...': 'OPTR = 0x1 0x2'" },
        { "chip STM32G071/G081\nOPTR = 0x1\n", "the option words were saved from STM32G071/G081, this is STM32U073/U083" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(option_parse(wanted, &device_stm32u073, rows[i].text, &r.e));
        assert_int_equal(r.e.kind, ERR_INPUT);
        assert_string_equal(r.e.cause, rows[i].cause);
    }
}

static void level_2_is_refused_however_it_is_asked_for(void **state)
{
    static const char *const ways[] = { "RDP=0xCC", "rdp=204", "OPTR=0xFFFFFECC" };

    for (size_t i = 0; i < 3; i++) {
        option_start(wanted, &r.look);
        assert_true(assign(ways[i]));
        assert_false(judge(true));
        assert_int_equal(r.e.kind, ERR_REFUSED);
    }
    assert_true(option_parse(wanted, &device_stm32u073, "OPTR = 0xFFFFFECC\n", &r.e));
    assert_false(judge(true));
    assert_int_equal(r.e.kind, ERR_REFUSED);
}

static void boot_lock_with_readout_protection_is_refused(void **state)
{
    assign("BOOT_LOCK=1");
    assert_true(judge(false));
    assign("RDP=0xBB");
    assert_false(judge(true));
    assert_int_equal(r.e.kind, ERR_REFUSED);
    assign("BOOT_LOCK=0");
    assert_true(judge(false));
}

static void lowering_readout_protection_needs_its_own_switch(void **state)
{
    rig_option(&r, "RDP=0xBB");
    assign("RDP=0xAA");
    assert_false(judge(false));
    assert_int_equal(r.e.kind, ERR_REFUSED);
    assert_true(judge(true));
    assert_string_equal(option_warning(&r.look, wanted, &device_stm32u073), "the chip will erase ALL of its flash");
}

static void reserved_bits_stay(void **state)
{
    assign("OPTR=0x7FFFFEAA");
    assert_false(judge(false));
    assert_int_equal(r.e.kind, ERR_REFUSED);
}

static void risks_are_told(void **state)
{
    assert_null(option_warning(&r.look, wanted, &device_stm32u073));
    assign("NRST_MODE=2");
    assert_non_null(strstr(option_warning(&r.look, wanted, &device_stm32u073), "NRST"));
    assign("RDP=0");
    assert_non_null(strstr(option_warning(&r.look, wanted, &device_stm32u073), "erases everything"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
    const struct CMUnitTest tests[] = {
        T(fields_go_into_their_places_whatever_the_case),
        T(bad_words_are_refused_and_change_nothing),
        T(the_diff_lists_fields),
        T(the_text_can_be_read_again),
        T(bad_texts_are_refused_with_their_line),
        T(level_2_is_refused_however_it_is_asked_for),
        T(boot_lock_with_readout_protection_is_refused),
        T(lowering_readout_protection_needs_its_own_switch),
        T(reserved_bits_stay),
        T(risks_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
