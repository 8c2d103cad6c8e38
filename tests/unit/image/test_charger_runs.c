/* test_charger_runs.c - the charger on the virtual chips: it speaks, it beats, and its tables are as they were built.
 *
 * Arguments: charger.elf charger-67k.elf charger-g071.elf charger-67k-g071.elf */
#include "image_test.h"

#include "chip/chip.h"

static char **elf_files;

#define MS UINT64_C(1000000000) /* ps */

/* Flash an empty chip behind its back and let it run from power-on for `ms`. What it said on USART2 is in `text`. */
static void run(const char *chip, const char *elf, unsigned ms, uint32_t spoil_at, char *text, size_t cap)
{
    struct err e = { 0 };
    struct image im;
    const char *said;
    struct chip *const c = chip_new(chip, 0, &e);

    assert_non_null(c);
    assert_true(image_read_file(&im, elf, IMAGE_AUTO, false, 0, &e));
    if (spoil_at)
        im.segments[0].bytes[spoil_at - im.segments[0].addr] ^= 1;
    assert_true(chip_poke(c, im.segments[0].addr, im.segments[0].bytes, im.segments[0].len));
    image_free(&im);
    chip_power(c, true);
    chip_run_until(c, ms * MS);

    const size_t len = chip_uart_output(c, 2, &said);

    snprintf(text, cap, "%.*s", (int)len, said);
    chip_free(c);
}

static void it_says_who_it_is_and_beats_twice_a_second(void **state)
{
    char text[600];

    run("stm32u073rc", elf_files[0], 1600, 0, text, sizeof text);
    assert_string_equal(text, "\r\ncharger " SECTOR0_VERSION " on STM32U073, 16 MHz\r\nbeat 1\r\nbeat 2\r\nbeat 3\r\n");
    run("stm32g071rb", elf_files[2], 1600, 0, text, sizeof text);
    assert_string_equal(text, "\r\ncharger " SECTOR0_VERSION " on STM32G071, 16 MHz\r\nbeat 1\r\nbeat 2\r\nbeat 3\r\n");
}

static void the_large_one_finds_its_tables_as_built(void **state)
{
    char text[600];

    run("stm32u073rc", elf_files[1], 700, 0, text, sizeof text);
    assert_string_equal(text, "\r\ncharger " SECTOR0_VERSION " on STM32U073, 16 MHz\r\ntables as built\r\nbeat 1\r\n");
    run("stm32g071rb", elf_files[3], 700, 0, text, sizeof text);
    assert_string_equal(text, "\r\ncharger " SECTOR0_VERSION " on STM32G071, 16 MHz\r\ntables as built\r\nbeat 1\r\n");
}

static void the_large_one_notices_one_wrong_bit(void **state)
{
    char text[600];

    run("stm32u073rc", elf_files[1], 700, 0x08008000, text, sizeof text);
    assert_non_null(strstr(text, "\r\nwords of the tables not as built: 1\r\nbeat 1\r\n"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_who_it_is_and_beats_twice_a_second),
        cmocka_unit_test(the_large_one_finds_its_tables_as_built),
        cmocka_unit_test(the_large_one_notices_one_wrong_bit),
    };

    elf_files = argv + 1;
    return argc == 5 ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
