/* start.c - vectors and boot selection. See start.h. */
#include "flash/start.h"

#include <inttypes.h>
#include <stdio.h>

static const struct region *last_ram(const struct device *d)
{
    const struct region *last = NULL;

    for (const struct region *r = d->map; r->name; r++)
        if (r->kind == REGION_RAM && (!last || r->base > last->base))
            last = r;
    return last;
}

enum start_verdict start_vectors(const struct device *d, uint32_t flash_bytes, uint32_t sp, uint32_t pc, char *why)
{
    const struct region *ram = last_ram(d), *of_sp = device_region(d, sp - 4, 4), *of_pc = device_region(d, pc & ~1u, 2);
    const bool sp_in_ram = of_sp && of_sp->kind == REGION_RAM; /* the word below: a stack may begin at the end of RAM */
    const bool pc_in_flash = pc >= d->flash_base && pc - d->flash_base < flash_bytes;

    if (!sp_in_ram && ram && sp > ram->base + ram->bytes && sp < 0x30000000) { /* SRAM region of ARMv6-M, first part */
        snprintf(why, ERR_TEXT, "the image is for another chip: its stack begins at 0x%08" PRIX32 ", the RAM of %s ends at 0x%08" PRIX32,
                 sp, d->name, ram->base + ram->bytes - 1);
        return START_OTHER_CHIP;
    }
    if (!pc_in_flash && pc >= d->flash_base && pc < 0x10000000) { /* where STM32 have flash, behind the end of this one */
        snprintf(why, ERR_TEXT, "the image is for another chip: its reset vector is 0x%08" PRIX32 ", the flash ends at 0x%08" PRIX32, pc,
                 d->flash_base + flash_bytes - 1);
        return START_OTHER_CHIP;
    }
    if (!sp_in_ram)
        snprintf(why, ERR_TEXT, "the first word, 0x%08" PRIX32 ", is no stack pointer into RAM", sp);
    else if (sp & 3)
        snprintf(why, ERR_TEXT, "the initial stack pointer 0x%08" PRIX32 " is not a multiple of 4", sp);
    else if (!(pc & 1))
        snprintf(why, ERR_TEXT, "the reset vector 0x%08" PRIX32 " is even: the core would fault at once", pc);
    else if (!pc_in_flash && !(of_pc && of_pc->kind != REGION_PERIPHERAL))
        snprintf(why, ERR_TEXT, "the reset vector 0x%08" PRIX32 " points to no memory of this chip", pc);
    else
        return START_YES;
    return START_NO;
}

enum start_verdict start_boot(const struct look *l, const struct device *d, char *why, char *hint)
{
    uint32_t lock = 0, sel, boot0, boot1 = 1;

    if ((look_field(l, d, "BOOT_LOCK", &lock) && lock) || !look_field(l, d, "nBOOT_SEL", &sel) || !look_field(l, d, "nBOOT0", &boot0))
        return START_YES;
    look_field(l, d, "nBOOT1", &boot1);
    if (!sel || boot0)
        return START_YES; /* with nBOOT_SEL 0 the BOOT0 pin decides, which cannot be read from here */
    snprintf(why, ERR_TEXT, "the option words send every reset to %s (nBOOT_SEL=1 nBOOT0=0 nBOOT1=%" PRIu32 ")",
             boot1 ? "system memory" : "SRAM", boot1);
    snprintf(hint, ERR_TEXT, "`sector0 option set nBOOT0=1` makes main flash start again");
    return START_NO;
}
