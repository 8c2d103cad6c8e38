/* charger_rig.c - see charger_rig.h. */
#include "charger_rig.h"

#include "base/bytes.h"
#include "cpu/cpu.h"
#include "image/image.h"

#include <stdio.h>

#define MS         UINT64_C(1000000000) /* ps */
#define FLASH_REGS 0x40022000u

struct chip *charger_new(const char *name, unsigned ms)
{
    char path[600];
    struct err e = { 0 };
    struct image im;
    struct chip *const c = chip_new(strstr(name, "g071") ? "stm32g071rb" : "stm32u073rc", 0, &e);

    assert_non_null(c);
    snprintf(path, sizeof path, "%s/%s.elf", CHARGER_FOLDER, name);
    if (!image_read_file(&im, path, IMAGE_AUTO, false, 0, &e))
        fail_msg("%s: %s", path, e.cause);
    assert_true(chip_poke(c, im.segments[0].addr, im.segments[0].bytes, im.segments[0].len));
    image_free(&im);
    chip_power(c, true);
    charger_ms(c, ms);
    return c;
}

void charger_us(struct chip *c, uint64_t us) { chip_run_until(c, chip_now_ps(c) + us * MS / 1000); }
void charger_ms(struct chip *c, uint64_t ms) { charger_us(c, ms * 1000); }

void charger_type(struct chip *c, const char *line)
{
    chip_uart_input(c, 2, line, strlen(line));
    chip_uart_input(c, 2, "\r", 1);
}

bool charger_said(struct chip *c, const char *text)
{
    const char *said;
    const size_t len = chip_uart_output(c, 2, &said);

    return memmem(said, len, text, strlen(text));
}

uint32_t charger_peek(struct chip *c, uint32_t addr)
{
    uint8_t bytes[4];

    assert_true(chip_peek(c, addr, bytes, 4));
    return get_le32(bytes);
}

static uint32_t read_word(struct chip *c, uint32_t addr)
{
    uint64_t done_ps;
    uint32_t value = 0;

    assert_true(chip_debug_read(c, addr, 4, &value, &done_ps));
    chip_run_until(c, done_ps);
    return value;
}

static void write_word(struct chip *c, uint32_t addr, uint32_t value)
{
    uint64_t done_ps;

    assert_true(chip_debug_write(c, addr, 4, value, &done_ps));
    chip_run_until(c, done_ps);
}

uint32_t charger_register(struct chip *c, unsigned regsel)
{
    write_word(c, PPB(DCRSR), regsel);
    return read_word(c, PPB(DCRDR));
}

static const struct cpu_state *core(struct chip *c)
{
    const struct chip_section *sections;
    const size_t count = chip_sections(c, &sections);

    for (size_t i = 0; i < count; i++)
        if (sections[i].table == &cpu_state_table)
            return sections[i].state;
    fail_msg("a chip has a core");
    return NULL;
}

uint32_t charger_pc(struct chip *c) { return core(c)->r[15]; }

bool charger_in_rom(struct chip *c, unsigned limit_ms)
{
    const uint64_t end_ps = chip_now_ps(c) + limit_ms * MS;

    do {
        if (charger_pc(c) - SYSTEM_MEMORY < 0x6800)
            return true;
        charger_us(c, 50);
    } while (chip_now_ps(c) < end_ps);
    return false;
}

void charger_options(struct chip *c, uint32_t words[CHARGER_OPTIONS])
{
    static const uint32_t regs[CHARGER_OPTIONS] = { U0_FLASH_OPTR, U0_FLASH_WRP1AR,   U0_FLASH_WRP1BR,
                                                    U0_FLASH_SECR, U0_FLASH_OEMKEYSR, U0_FLASH_HDPEXTR };

    for (unsigned i = 0; i < CHARGER_OPTIONS; i++)
        words[i] = charger_peek(c, FLASH_REGS + regs[i]);
}

bool charger_stop_at(struct chip *c, uint32_t addr, unsigned ms)
{
    write_word(c, PPB(DHCSR), 0xA05F0000 | BITS(PPB_DHCSR_C_DEBUGEN));
    write_word(c, PPB(BP_COMP0),
               PUT(PPB_BP_COMP0_BP_MATCH, addr & 2 ? 2 : 1) | (addr & BITS(PPB_BP_COMP0_COMP)) | BITS(PPB_BP_COMP0_ENABLE));
    write_word(c, PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY) | BITS(PPB_BP_CTRL_ENABLE));
    charger_ms(c, ms);
    return read_word(c, PPB(DHCSR)) & BITS(PPB_DHCSR_S_HALT);
}
