/* test_device.c - the device rows hold together. Their numbers are compared with other sources by tests/facts. */
#include "device/device.h"
#include "device/regs/u0_flash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define FOR_ALL(d) for (const struct device *const *i_ = devices, *d = *i_; (d = *i_) != NULL; i_++)

static void ids_are_unique_and_found(void **state)
{
    FOR_ALL(d)
    {
        assert_ptr_equal(device_by_id(d->dev_id), d);
        assert_true(d->name && d->source && d->source[0]);
    }
    assert_null(device_by_id(0x443));
    assert_null(device_by_id(0));
}

static void regions_do_not_overlap_and_the_flash_is_one_of_them(void **state)
{
    FOR_ALL(d)
    {
        for (const struct region *a = d->map; a->name; a++)
            for (const struct region *b = a + 1; b->name; b++)
                assert_true((uint64_t)a->base + a->bytes <= b->base || (uint64_t)b->base + b->bytes <= a->base);
        assert_int_equal(device_region(d, d->flash_base, d->flash_bytes_max)->kind, REGION_FLASH);
        assert_int_equal(device_region(d, d->loader_ram, d->loader_ram_bytes)->kind, REGION_RAM);
        assert_non_null(device_region(d, d->flash_kib_at, 2));
        assert_non_null(device_region(d, d->uid_at, 12));
        assert_non_null(device_region(d, d->bootloader_id_at, 1));
        assert_int_equal(device_region(d, d->idcode_at, 4)->kind, REGION_PERIPHERAL);
        assert_int_equal(device_region(d, d->crc_base, 0x18)->kind, REGION_PERIPHERAL);
    }
}

static void a_region_holds_only_what_fits_in_it(void **state)
{
    const struct device *d = device_by_id(0x489);

    assert_string_equal(device_region(d, 0x08000000, 0)->name, "flash");
    assert_string_equal(device_region(d, 0x0803FFFF, 1)->name, "flash");
    assert_null(device_region(d, 0x0803FFFF, 2));
    assert_null(device_region(d, 0x08040000, 1));
    assert_null(device_region(d, 0x07FFFFFF, 2));
    assert_null(device_region(d, 0x20000000, 0xFFFFFFFF));
    assert_string_equal(device_region(d, 0x20009FFF, 1)->name, "sram");
    assert_null(device_region(d, 0x2000A000, 1));
}

static void every_option_field_belongs_to_a_word_that_may_be_set(void **state)
{
    FOR_ALL(d)
    {
        for (const struct option_word *o = d->flash->options; o->name; o++) {
            uint32_t known = 0;

            assert_string_equal(reg_name_at(d->flash->regs, o->offset), o->name);
            for (const struct reg_field *f = d->flash->regs->fields; f->name; f++)
                if (strcmp(f->reg, o->name) == 0)
                    known |= (uint32_t)(((UINT64_C(1) << f->width) - 1) << f->lsb);
            assert_int_equal(o->writable & ~known, 0);
            assert_int_not_equal(o->writable, 0);
        }
        for (const struct wrp_area *w = d->flash->wrp; w->name; w++) {
            char reg[16];

            strcpy(reg, w->name);
            strcat(reg, "R");
            assert_string_equal(reg_name_at(d->flash->regs, w->offset), reg);
        }
    }
}

static void a_factory_chip_is_open_and_protects_nothing(void **state)
{
    FOR_ALL(d)
    {
        for (const struct option_word *o = d->flash->options; o->name; o++) {
            if (o->offset == d->flash->rdp_offset)
                assert_int_equal(o->factory & d->flash->rdp_mask, d->flash->rdp_level0);
            for (const struct wrp_area *w = d->flash->wrp; w->name; w++)
                if (w->offset == o->offset) {
                    const uint32_t ones = (1u << w->width) - 1;

                    assert_true((o->factory >> w->strt_lsb & ones) > (o->factory >> w->end_lsb & ones));
                }
        }
    }
}

static void level_2_is_a_never_write_row_of_every_device(void **state)
{
    FOR_ALL(d)
    {
        bool found = false;

        for (const struct never_write *n = d->flash->never; n->mask; n++)
            found = found || (n->offset == d->flash->rdp_offset && n->mask == d->flash->rdp_mask && n->value == d->flash->rdp_level2 &&
                              !n->unless && n->with_mask == 0 && n->why);
        assert_true(found);
    }
}

static void masks_of_the_u0_are_those_of_real_loaders(void **state)
{
    const struct flash_facts *f = device_by_id(0x489)->flash;

    assert_int_equal(f->sr_busy, 1 << 16 | 1 << 18);
    assert_int_equal(f->sr_clear & 0x83FB, 0x83FB); /* what ST's HAL clears */
    assert_int_equal(f->sr_errors & ~f->sr_clear, 0);
    assert_int_equal(f->sr_errors & BITS(U0_FLASH_SR_OPTVERR), 0);
    assert_int_equal(f->sr_errors & BITS(U0_FLASH_SR_EOP), 0);
    assert_int_equal(f->page_bytes << f->cr_pnb_width, 256 * 1024);
}

/* Written down a second time, from AN2606 Rev 70 (bootloader ids, RAM), CubeProgrammer's data base and OpenOCD's part table (sizes), ST's
 * headers (UID, size register). */
static void numbers_are_those_of_other_tables(void **state)
{
    /* clang-format off */
    static const struct {
        uint16_t dev_id;
        uint32_t size_at, uid_at, bootloader_id_at, flash_kib, loader_kib;
        const char *bench_chip;
    } rows[] = {
        /* id     size register  UID         bootloader  flash  RAM  model */
        { 0x456, 0x1FFF75E0, 0x1FFF7590, 0x1FFF1FFE,  64, 16, NULL },
        { 0x459, 0x1FFF3EA0, 0x1FFF3E50, 0x1FFF37FE,  64,  8, NULL },
        { 0x460, 0x1FFF75E0, 0x1FFF7590, 0x1FFF6FFE, 128, 32, "stm32g071rb" },
        { 0x466, 0x1FFF75E0, 0x1FFF7590, 0x1FFF1FFE,  64,  8, NULL },
        { 0x467, 0x1FFF75E0, 0x1FFF7590, 0x1FFF9FFE, 512, 64, NULL },
        { 0x489, 0x1FFF6EA0, 0x1FFF6E50, 0x1FFF67FE, 256, 32, "stm32u073rc" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct device *d = device_by_id(rows[i].dev_id);

        assert_non_null(d);
        assert_int_equal(d->flash_kib_at, rows[i].size_at);
        assert_int_equal(d->uid_at, rows[i].uid_at);
        assert_int_equal(d->bootloader_id_at, rows[i].bootloader_id_at);
        assert_int_equal(d->flash_bytes_max, rows[i].flash_kib * 1024);
        assert_int_equal(d->loader_ram_bytes, rows[i].loader_kib * 1024);
        assert_int_equal(d->bench_chip != NULL, rows[i].bench_chip != NULL);
        if (d->bench_chip)
            assert_string_equal(d->bench_chip, rows[i].bench_chip);
        assert_int_equal(d->flash->key[0], 0x45670123);
        assert_int_equal(d->flash->key[1], 0xCDEF89AB);
        assert_int_equal(d->flash->optkey[0], 0x08192A3B);
        assert_int_equal(d->flash->optkey[1], 0x4C5D6E7F);
        assert_int_equal(d->flash->unit_bytes, 8);
        assert_int_equal(d->flash->page_bytes, 2048);
    }
    FOR_ALL(d) assert_in_range(d->dev_id, 0x456, 0x489); /* all are in the list above */
}

static void revisions_are_letters(void **state)
{
    assert_string_equal(device_revision(device_by_id(0x489), 0x1000), "A");
    assert_string_equal(device_revision(device_by_id(0x460), 0x2000), "B");
    assert_string_equal(device_revision(device_by_id(0x460), 0x2001), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_unique_and_found),
        cmocka_unit_test(regions_do_not_overlap_and_the_flash_is_one_of_them),
        cmocka_unit_test(a_region_holds_only_what_fits_in_it),
        cmocka_unit_test(every_option_field_belongs_to_a_word_that_may_be_set),
        cmocka_unit_test(a_factory_chip_is_open_and_protects_nothing),
        cmocka_unit_test(level_2_is_a_never_write_row_of_every_device),
        cmocka_unit_test(masks_of_the_u0_are_those_of_real_loaders),
        cmocka_unit_test(numbers_are_those_of_other_tables),
        cmocka_unit_test(revisions_are_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
