/* memory.c - reading, erasing and writing. Sources: AN2606 Rev 70 and AN3156 Rev 18 (areas, protection, alignment), ST's header for the
 * registers. Each alternate setting reaches its own memory; number 0 main flash, and RAM and system memory as well (estimate: AN2606 lists
 * them for the bootloader as a whole).
 *
 * Error flags are not cleared after a failed write, so all that follow fail, too (AN2606); a write-protected page is passed over in
 * silence. */
#include "rom.h"

#include "device/regs/u0_flash.h"

enum { ALT_FLASH, ALT_OPTIONS, ALT_OTP, ALT_ENGI };
enum { PAGE_BYTES = 2048, UNIT = 8, RDP_LEVEL_0 = 0xAA };
#define R(reg)   REG(FLASH + U0_FLASH_##reg)
#define F(field) BITS(U0_FLASH_##field)
#define ERRORS   (F(SR_OPERR) | F(SR_PROGERR) | F(SR_WRPERR) | F(SR_PGAERR) | F(SR_SIZERR) | F(SR_PGSERR) | F(SR_MISERR) | F(SR_FASTERR))

static bool inside(uint32_t addr, uint32_t base, uint32_t bytes) { return addr - base < bytes; }

bool memory_protected(void) { return (R(OPTR) & F(OPTR_RDP)) != RDP_LEVEL_0; }

bool memory_executable(uint32_t addr)
{
    return (addr & 3) == 0 &&
           (inside(addr, FLASH_BASE, FLASH_BYTES) || inside(addr, RAM_BASE, RAM_BYTES) || inside(addr, SYSTEM_BASE, SYSTEM_BYTES));
}

/* Bytes from `addr` to the end of its memory, 0 if the alternate setting does not reach it. */
static uint32_t readable(unsigned alternate, uint32_t addr)
{
    if (alternate == ALT_FLASH && inside(addr, FLASH_BASE, FLASH_BYTES))
        return FLASH_BASE + FLASH_BYTES - addr;
    if (alternate == ALT_FLASH && inside(addr, RAM_BASE + RAM_OURS, RAM_BYTES - RAM_OURS))
        return RAM_BASE + RAM_BYTES - addr;
    if (alternate == ALT_FLASH && inside(addr, SYSTEM_BASE, SYSTEM_BYTES))
        return SYSTEM_BASE + SYSTEM_BYTES - addr;
    if (alternate == ALT_OPTIONS && inside(addr, OPTION_BASE, OPTION_BYTES))
        return OPTION_BASE + OPTION_BYTES - addr;
    if (alternate == ALT_OTP && inside(addr, OTP_BASE, AREA_BYTES))
        return OTP_BASE + AREA_BYTES - addr;
    if (alternate == ALT_ENGI && inside(addr, ENGI_BASE, AREA_BYTES))
        return ENGI_BASE + AREA_BYTES - addr;
    return 0;
}

enum dfu_status memory_read(unsigned alternate, uint32_t addr, uint8_t *to, size_t *len)
{
    const uint32_t there = readable(alternate, addr);

    if (memory_protected())
        return DFU_ERR_VENDOR;
    if (there == 0)
        return DFU_ERR_TARGET;
    if (*len > there)
        *len = there;
    for (size_t i = 0; i < *len; i++) /* by words: the option registers ask for it */
        to[i] = (uint8_t)(REG((addr + i) & ~3u) >> ((addr + i) & 3) * 8);
    return DFU_OK;
}

/* ---- flash ---- */

static void unlock(void)
{
    if (!(R(CR) & F(CR_LOCK)))
        return;
    R(KEYR) = 0x45670123;
    R(KEYR) = 0xCDEF89AB;
}

static void wait_idle(void)
{
    while (R(SR) & (F(SR_BSY1) | F(SR_CFGBSY))) {
    }
}

/* How an operation ended. A protected page is passed over in silence, whatever is in it: PROGERR beside WRPERR says "not erased". */
static enum dfu_status outcome(enum dfu_status failed)
{
    const uint32_t errors = R(SR) & ERRORS;

    if ((errors & ~F(SR_PROGERR)) == F(SR_WRPERR))
        R(SR) = errors;
    else if (errors)
        return failed;
    return DFU_OK;
}

static enum dfu_status erase(uint32_t what)
{
    unlock();
    wait_idle();
    R(SR) = ERRORS;
    R(CR) = what;
    R(CR) = what | F(CR_STRT);
    wait_idle();
    R(CR) = 0;
    return outcome(DFU_ERR_ERASE);
}

enum dfu_status memory_erase_page(unsigned alternate, uint32_t addr)
{
    if (alternate != ALT_FLASH || !inside(addr, FLASH_BASE, FLASH_BYTES))
        return DFU_ERR_TARGET;
    return erase(F(CR_PER) | PUT(U0_FLASH_CR_PNB, (addr - FLASH_BASE) / PAGE_BYTES));
}

enum dfu_status memory_erase_all(void) { return erase(F(CR_MER1)); }

static uint32_t word_at(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static enum dfu_status program(uint32_t addr, const uint8_t *from, size_t len)
{
    enum dfu_status status = DFU_OK;

    if (addr % 4 != 0 || len % 4 != 0 || (len % UNIT != 0 && !settings.pads))
        return DFU_ERR_PROG;
    unlock();
    wait_idle();
    R(CR) = F(CR_PG);
    for (size_t i = 0; i < len && status == DFU_OK; i += UNIT) {
        REG(addr + i) = word_at(from + i);
        if (!(R(SR) & F(SR_PGAERR)))
            REG(addr + i + 4) = i + 4 < len ? word_at(from + i + 4) : UINT32_MAX;
        wait_idle();
        status = outcome(DFU_ERR_PROG);
    }
    R(CR) = 0;
    return status;
}

/* ---- options ---- */

static void unlock_options(void)
{
    unlock();
    R(OPTKEYR) = 0x08192A3B;
    R(OPTKEYR) = 0x4C5D6E7F;
}

/* Written, loaded, and with that the chip is reset. */
static void commit_options(void)
{
    usb_detach();
    wait_idle();
    R(CR) = F(CR_OPTSTRT);
    wait_idle();
    R(CR) = F(CR_OBL_LAUNCH);
    for (;;) {
    }
}

static const uint8_t option_registers[] = {
    U0_FLASH_OPTR,       U0_FLASH_WRP1AR,     U0_FLASH_WRP1BR,     U0_FLASH_SECR,       U0_FLASH_OEM1KEYW0R, U0_FLASH_OEM1KEYW1R,
    U0_FLASH_OEM1KEYW2R, U0_FLASH_OEM1KEYW3R, U0_FLASH_OEM2KEYW0R, U0_FLASH_OEM2KEYW1R, U0_FLASH_OEM2KEYW2R, U0_FLASH_OEM2KEYW3R,
};

static enum dfu_status write_options(const uint8_t *from)
{
    unlock_options();
    wait_idle();
    R(SR) = ERRORS;
    for (unsigned i = 0; i < sizeof option_registers; i++)
        REG(FLASH + option_registers[i]) = word_at(from + option_registers[i] - U0_FLASH_OPTR);
    commit_options();
    return DFU_OK;
}

/* Nothing to lift: RAM is cleared, that is all. */
enum dfu_status memory_unprotect(void)
{
    if (!memory_protected()) {
        for (uint32_t at = RAM_BASE + RAM_OURS; at < RAM_BASE + RAM_BYTES; at += 4)
            REG(at) = 0;
        return DFU_OK;
    }
    unlock_options();
    wait_idle();
    R(SR) = ERRORS;
    R(OPTR) = (R(OPTR) & ~F(OPTR_RDP)) | RDP_LEVEL_0;
    commit_options();
    return DFU_OK;
}

enum dfu_status memory_write(unsigned alternate, uint32_t addr, const uint8_t *from, size_t len)
{
    const uint32_t there = readable(alternate, addr);

    if (there < len || alternate == ALT_ENGI || inside(addr, SYSTEM_BASE, SYSTEM_BYTES))
        return DFU_ERR_TARGET;
    if (alternate == ALT_OPTIONS)
        return addr == OPTION_BASE && len == OPTION_BYTES ? write_options(from) : DFU_ERR_TARGET;
    if (inside(addr, RAM_BASE, RAM_BYTES)) {
        for (size_t i = 0; i < len; i++)
            *(volatile uint8_t *)(addr + i) = from[i];
        return DFU_OK;
    }
    return program(addr, from, len);
}
