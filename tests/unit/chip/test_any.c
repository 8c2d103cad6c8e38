/* test_any.c - whatever is written anywhere, in any width, at any time: no harm to the host (the sanitizers watch), no time that stands
 * still, and a chip that is saved in the middle has the same future. */
#include "rig.h"

#include "chip/chip_row.h"

static uint32_t noise = 1;

static uint32_t any(uint32_t below)
{
    noise = noise * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)noise * below >> 32);
}

/* Few bits, all bits, small numbers: more telling than even noise. */
static uint32_t any_value(void)
{
    const uint32_t n = any(UINT32_MAX);

    switch (any(5)) {
    case 0: return 1u << any(32);
    case 1: return n & (noise >> 3);
    case 2: return any(300);
    case 3: return any(2) ? UINT32_MAX : 0;
    default: return n;
    }
}

static bool leave_out(const char *name) /* these stop clocks, close debug or end the life of the chip: others test them */
{
    static const char *const names[] = { "RCC", "PWR", "IWDG", "WWDG", "DBGMCU", "SYSCFG" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void all_clocks(struct chip *c, const struct chip_row *row)
{
    for (const struct chip_block *b = row->blocks; b->name; b++)
        if (b->enable.bit && !leave_out(b->name))
            rig_write(c, RCC_BASE + b->enable.reg, rig_read(c, RCC_BASE + b->enable.reg) | b->enable.bit);
}

static void touch(struct chip *c, const struct chip_block *b)
{
    const unsigned bytes = 1u << any(3);
    const uint32_t at = b->base + any(b->bytes < 0x150 ? b->bytes : 0x150) / bytes * bytes;
    uint32_t value;
    uint64_t done_ps;

    if (strcmp(b->name, "GPIOA") == 0 && at - b->base < 0x30) /* the debug pins stay */
        return;
    if (any(3))
        chip_debug_write(c, at, bytes, any_value(), &done_ps);
    else
        chip_debug_read(c, at, bytes, &value, &done_ps);
}

static void rounds(const char *name, const struct chip_row *row, unsigned count)
{
    struct program p = { 0 };
    struct chip *c;
    unsigned blocks = 0;

    while (row->blocks[blocks].name)
        blocks++;
    prog_wfi(&p);
    prog_stop(&p);
    c = rig_run(name, &p);
    chip_crystals(c, 8000000, 32768);
    all_clocks(c, row);
    for (unsigned i = 0; i < count; i++) {
        const struct chip_block *b = &row->blocks[any(blocks)];
        const unsigned burst = 1 + any(8);

        if (leave_out(b->name))
            continue;
        for (unsigned k = 0; k < burst; k++)
            touch(c, b);
        if (any(20) == 0)
            chip_pin_drive(c, (char)('A' + any(6)), any(16), (enum chip_wire)any(3));
        rig_us(c, any(4) ? any(30) : any(2000));
        if (i % 1000 == 999) {
            struct chip *twin = rig_clone(c);

            rig_us(c, 3000);
            rig_us(twin, 3000);
            if (rig_difference(c, twin))
                fail_msg("after %u rounds", i);
            chip_free(twin);
        }
    }
    assert_true(chip_debug_alive(c)); /* so all of it has reached the chip */
    assert_non_null(rig_note(c, "refused", ""));
    chip_free(c);
}

static void anything_may_be_written_to_any_block(void **state)
{
    rounds("stm32u073rc", &chip_row_u073, 20000);
    rounds("stm32g071rb", &chip_row_g071, 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_may_be_written_to_any_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
