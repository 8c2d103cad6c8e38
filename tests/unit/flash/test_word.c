/* test_word.c - the double word: error correction and tearing. */
#include "periph/flash_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t samples[] = { 0, UINT64_MAX, 1, 0x8000000000000000, 0x0123456789ABCDEF, 0x5555555555555555, 0xFFFFFFFF00000000 };
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static struct flash_word flip(struct flash_word w, unsigned bit) /* 0..63 data, 64..71 check */
{
    if (bit < 64)
        w.data ^= UINT64_C(1) << bit;
    else
        w.check ^= (uint8_t)(1u << (bit - 64));
    return w;
}

static void programmed_words_read_clean(void **state)
{
    uint64_t data;

    for (unsigned i = 0; i < SAMPLES; i++) {
        assert_int_equal(flash_word_read(flash_word_of(samples[i]), &data), FLASH_ECC_CLEAN);
        assert_true(data == samples[i]);
    }
}

static void every_single_error_is_corrected(void **state)
{
    uint64_t data;

    for (unsigned i = 0; i < SAMPLES; i++)
        for (unsigned bit = 0; bit < 72; bit++) {
            assert_int_equal(flash_word_read(flip(flash_word_of(samples[i]), bit), &data), FLASH_ECC_CORRECTED);
            assert_true(data == samples[i]);
        }
}

static void every_double_error_is_detected(void **state)
{
    uint64_t data;

    for (unsigned i = 0; i < SAMPLES; i++)
        for (unsigned a = 0; a < 72; a++)
            for (unsigned b = a + 1; b < 72; b++)
                assert_int_equal(flash_word_read(flip(flip(flash_word_of(samples[i]), a), b), &data), FLASH_ECC_DOUBLE);
}

static void erased_reads_clean_and_is_not_programmed_ones(void **state)
{
    uint64_t data;

    assert_int_equal(flash_word_read(FLASH_WORD_ERASED, &data), FLASH_ECC_CLEAN);
    assert_true(data == UINT64_MAX);
    assert_true(flash_word_is_erased(FLASH_WORD_ERASED));
    assert_false(flash_word_is_erased(flash_word_of(UINT64_MAX)));
}

static void zeros_can_go_over_anything(void **state) { assert_int_equal(flash_word_of(0).check, 0); /* programming clears bits only */ }

static void torn_program_only_clears_bits_that_should_be_cleared(void **state)
{
    const struct flash_word to = flash_word_of(0x0123456789ABCDEF);
    uint64_t seed = 1;

    for (uint32_t done = 0; done <= 65536; done += 4096) {
        const struct flash_word w = flash_tear(FLASH_WORD_ERASED, to, done, &seed);

        assert_true((w.data & to.data) == to.data);
        assert_int_equal(w.check & to.check, to.check);
    }
}

static void a_cut_at_once_changes_nothing_and_at_the_end_all(void **state)
{
    const struct flash_word to = flash_word_of(0);
    uint64_t seed = 1;
    struct flash_word w = flash_tear(FLASH_WORD_ERASED, to, 0, &seed);

    assert_true(flash_word_is_erased(w));
    w = flash_tear(FLASH_WORD_ERASED, to, 65536, &seed);
    assert_true(w.data == 0 && w.check == 0);
}

static void tearing_repeats_with_the_seed_and_differs_with_another(void **state)
{
    uint64_t one = 1, same = 1, other = 2;
    const struct flash_word to = flash_word_of(0);
    const struct flash_word a = flash_tear(FLASH_WORD_ERASED, to, 32768, &one), b = flash_tear(FLASH_WORD_ERASED, to, 32768, &same),
                            c = flash_tear(FLASH_WORD_ERASED, to, 32768, &other);

    assert_true(a.data == b.data && a.check == b.check);
    assert_true(a.data != c.data);
    assert_true(one == same && one != 1);
}

static void the_share_of_changed_bits_follows_progress(void **state)
{
    uint64_t seed = 7;
    unsigned cleared = 0;

    for (unsigned i = 0; i < 1000; i++)
        cleared += 64 - (unsigned)__builtin_popcountll(flash_tear(FLASH_WORD_ERASED, flash_word_of(0), 65536 / 4, &seed).data);
    assert_in_range(cleared, 15500, 16500); /* a quarter of 64000 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programmed_words_read_clean),
        cmocka_unit_test(every_single_error_is_corrected),
        cmocka_unit_test(every_double_error_is_detected),
        cmocka_unit_test(erased_reads_clean_and_is_not_programmed_ones),
        cmocka_unit_test(zeros_can_go_over_anything),
        cmocka_unit_test(torn_program_only_clears_bits_that_should_be_cleared),
        cmocka_unit_test(a_cut_at_once_changes_nothing_and_at_the_end_all),
        cmocka_unit_test(tearing_repeats_with_the_seed_and_differs_with_another),
        cmocka_unit_test(the_share_of_changed_bits_follows_progress),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
