/* test_selfcheck.c - a C program compiled for this machine and by arm-none-eabi-gcc for the core gives the same numbers.
 *
 * Arguments: the cross-compiled images (raw, for 0x08000000), at several levels of optimization. */
#include "selfcheck.h"

#include "rig.h"

#include "base/bytes.h"

enum { IMAGE_BYTES = 64 * 1024, MEMORY_BYTES = 32 * 1024, LIMIT_CYCLES = 50000000 };

struct machine {
    uint8_t flash[IMAGE_BYTES], sram[MEMORY_BYTES];
};

static char **images;
static int n_images;

static bool read_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value)
{
    if (how != CPU_VECTOR)
        return false;
    *value = get_le32(((struct machine *)ctx)->flash + addr);
    return true;
}

static bool write_port(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value) { return false; }

static void run_image(const char *path, uint32_t results[SELFCHECKS])
{
    static struct machine m;
    static struct cpu c;
    const struct cpu_port port = { .ctx = &m, .read = read_port, .write = write_port };
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    memset(&m, 0xFF, sizeof m); /* memory is not zero at power-on: the start-up has to do it */
    assert_in_range(fread(m.flash, 1, sizeof m.flash, f), 1000, sizeof m.flash);
    fclose(f);
    cpu_init(&c, &port);
    c.window[0] = (struct cpu_window){ FLASH, IMAGE_BYTES, m.flash, false, 1 };
    c.window[1] = (struct cpu_window){ SRAM, MEMORY_BYTES, m.sram, true, 0 };
    assert_true(cpu_ppb_write(&c, PPB(DHCSR), 4, DHCSR_KEY | BITS(PPB_DHCSR_C_DEBUGEN)));
    cpu_run(&c, LIMIT_CYCLES);
    assert_true(cpu_halted(&c));
    assert_int_equal(get_le16(m.flash + (c.s.r[15] - FLASH)), 0xBE00); /* the end, not the trap */
    for (unsigned i = 0; i < SELFCHECKS; i++)
        results[i] = get_le32(m.sram + 4 * i);
}

static void a_c_program_gives_the_same_numbers_here_and_on_the_core(void **state)
{
    uint32_t here[SELFCHECKS], there[SELFCHECKS];

    selfcheck_run(here);
    assert_true(n_images > 0);
    for (int k = 0; k < n_images; k++) {
        run_image(images[k], there);
        for (unsigned i = 0; i < SELFCHECKS; i++)
            if (here[i] != there[i])
                fail_msg("%s, %s: 0x%08x on the core, 0x%08x here", images[k], selfcheck_names[i], (unsigned)there[i], (unsigned)here[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_c_program_gives_the_same_numbers_here_and_on_the_core) };

    images = argv + 1;
    n_images = argc - 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
