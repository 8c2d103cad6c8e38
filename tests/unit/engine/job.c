/* job.c - see job.h. */
#include "job.h"

#include "device/regs/u0_syscfg.h"

#include "device/regs/cortexm.h"

struct chip_rig r;
struct image im;
struct job job;
char folder[64];

void make_image(uint32_t len, uint8_t seed)
{
    uint8_t *bytes = malloc(len);

    assert_non_null(bytes);
    image_free(&im);
    im = (struct image){ 0 };
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + seed) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(&im, BASE, bytes, len, &r.e));
    free(bytes);
}

int begin_on(const char *chip)
{
    im = (struct image){ 0 };
    job = (struct job){ .choices.no_save = true };
    chip_rig_begin(&r, chip);
    make_image(FOUNDING_BYTES, 1);
    return scratch_begin(folder, sizeof folder) ? 0 : -1;
}

int end(void **state)
{
    store_close(job.store);
    scratch_end(folder);
    image_free(&im);
    chip_rig_end(&r);
    return 0;
}

void expect_done(void)
{
    if (!chip_rig_flash(&r, &im, &job))
        fail_msg("%s; %s; %s; %s; %s", r.e.cause, r.e.doing[0], r.e.doing[1], r.e.seen[0], r.e.seen[1]);
    assert_true(chip_rig_holds(&r, &im));
}

/* Pages erased since the last call, as "0 3 17". */
const char *erased(void)
{
    static uint32_t before[256];
    static char text[1000];
    size_t n;
    const struct chip_page_use *use = chip_page_use(r.chip, &n);

    text[0] = '\0';
    for (size_t i = 0; i < n && i < 256; i++) {
        if (use[i].erases > before[i])
            sprintf(text + strlen(text), "%s%zu", text[0] ? " " : "", i);
        before[i] = use[i].erases;
    }
    return text;
}

uint32_t peek32(uint32_t addr)
{
    uint8_t bytes[4];

    assert_true(chip_peek(r.chip, addr, bytes, 4));
    return get_le32(bytes);
}

bool is_empty_flag(void) { return peek32(device_stm32u073.flash->base + device_stm32u073.flash->acr) & device_stm32u073.flash->acr_empty; }

/* What the boot put at address 0: the flag itself is cleared by the ROM as soon as it runs (AN2606, V13.0). */
bool is_in_bootloader(void) { return GET(peek32(device_stm32u073.syscfg_base + U0_SYSCFG_CFGR1), U0_SYSCFG_CFGR1_MEM_MODE) == 1; }

/* The core executes the image's endless loop. */
bool application_runs(void)
{
    uint64_t done;
    uint32_t dhcsr, pc = 0;

    chip_run_until(r.chip, r.now_ps += 1000000000);
    assert_true(chip_debug_read(r.chip, PPB_BASE + PPB_DHCSR, 4, &dhcsr, &done));
    chip_debug_write(r.chip, PPB_BASE + PPB_DHCSR, 4, 0xA05F0003, &done);
    chip_run_until(r.chip, r.now_ps += 1000000000);
    chip_debug_write(r.chip, PPB_BASE + PPB_DCRSR, 4, 15, &done);
    chip_run_until(r.chip, r.now_ps += 1000000);
    chip_debug_read(r.chip, PPB_BASE + PPB_DCRDR, 4, &pc, &done);
    chip_debug_write(r.chip, PPB_BASE + PPB_DHCSR, 4, 0xA05F0000, &done);
    return !(dhcsr & BITS(PPB_DHCSR_S_HALT)) && (pc & ~2u) == BASE + 0x100;
}

void open_store(void)
{
    const struct store_key key = { "chip", (const uint8_t *)"0123456789AB", NULL };

    store_close(job.store);
    job.store = store_open(folder, &key, &r.e);
    assert_non_null(job.store);
    job.choices.no_save = false;
}
