/* flash_protect.c - who may not read, erase or program what: RDP, WRP, PCROP, hidden pages.
 *
 * Sources: RM0503 3.5; RM0444 3.5 (RDP, PCROP, WRP, securable area). All of it goes by the options as loaded. */
#include "periph/flash_impl.h"

#include <inttypes.h>
#include <stdio.h>

unsigned flash_rdp_level(const struct flash *f)
{
    switch (GET(flash_option(f, U0_FLASH_OPTR), U0_FLASH_OPTR_RDP)) {
    case FLASH_RDP_0: return 0;
    case FLASH_RDP_2: return 2;
    default: return 1;
    }
}

bool flash_boot_lock(const struct flash *f) { return GET(flash_option(f, U0_FLASH_SECR), U0_FLASH_SECR_BOOT_LOCK); }

/* Reset value of ACR.DBG_SWEN: BOOT_LOCK and RDP 1 together shut the debugger out, unless a mismatch put them there (RM0444 3.5.6). */
bool flash_debug_starts_closed(const struct flash *f) { return flash_boot_lock(f) && flash_rdp_level(f) == 1 && !f->s.debug_forgiven; }

/* Level 1: a debugger, and any code once a debugger is attached or the boot was not from main flash (the chip knows). Level 2 leaves
 * no debugger to ask. */
bool flash_is_foreign(const struct flash *f, enum flash_master who)
{
    const unsigned level = flash_rdp_level(f);

    return level > 0 && (who == FLASH_DEBUG || (level == 1 && f->env.intruder(f->env.ctx)));
}

/* ---- hidden pages ---- */

/* HDP and its extension (U0) or the securable area (G0), while closed. */
static bool is_page_hidden(const struct flash *f, uint32_t page)
{
    const uint32_t secr = flash_option(f, U0_FLASH_SECR), hdpcr = f->s.reg[REG_HDPCR];
    uint32_t last, extended;

    if (!f->row->hide_protection)
        return f->s.reg[REG_CR] & BITS(G0_FLASH_CR_SEC_PROT) && page < GET(secr, G0_FLASH_SECR_SEC_SIZE);
    if (GET(secr, U0_FLASH_SECR_HDP1EN) == FLASH_HDP_OFF)
        return false;
    last = GET(secr, U0_FLASH_SECR_HDP1_PEND);
    extended = last + GET(f->s.reg[REG_HDPEXTR], U0_FLASH_HDPEXTR_HDP1_EXT);
    if (page <= last)
        return GET(hdpcr, U0_FLASH_HDPCR_HDP1_ACCDIS) != FLASH_HDP_ACCESSIBLE;
    return page <= extended && GET(hdpcr, U0_FLASH_HDPCR_HDP1EXT_ACCDIS) != FLASH_HDP_ACCESSIBLE;
}

bool flash_is_hidden(const struct flash *f, uint32_t addr) { return is_page_hidden(f, flash_page_at(f, addr)); }

bool flash_any_hidden(const struct flash *f)
{
    const uint32_t open = PUT(U0_FLASH_HDPCR_HDP1_ACCDIS, FLASH_HDP_ACCESSIBLE) | PUT(U0_FLASH_HDPCR_HDP1EXT_ACCDIS, FLASH_HDP_ACCESSIBLE);

    if (f->row->hide_protection ? f->s.reg[REG_HDPCR] == open : !(f->s.reg[REG_CR] & BITS(G0_FLASH_CR_SEC_PROT)))
        return false; /* nothing is closed: the usual case, asked for with every operation */
    for (uint32_t page = 0; page < flash_page_count(f); page++)
        if (is_page_hidden(f, page))
            return true;
    return false;
}

/* ---- PCROP ---- */

bool flash_is_pcrop(const struct flash *f, uint32_t addr, uint32_t bytes)
{
    const uint32_t first = (addr - f->row->main.base) / FLASH_PCROP_BYTES,
                   last = (addr + bytes - 1 - f->row->main.base) / FLASH_PCROP_BYTES;

    for (unsigned i = 0; i < 2 && f->row->pcrop[i].start; i++) {
        const uint32_t start = GET(flash_option(f, f->row->pcrop[i].start), G0_FLASH_PCROP1ASR_PCROP1A_STRT);
        const uint32_t end = GET(flash_option(f, f->row->pcrop[i].end), G0_FLASH_PCROP1AER_PCROP1A_END);

        if (start <= end && first <= end && last >= start)
            return true;
    }
    return false;
}

bool flash_any_pcrop(const struct flash *f) { return flash_is_pcrop(f, f->row->main.base, f->row->main.bytes); }

/* ---- erase and program ---- */

static const struct flash_wrp_row *find_wrp(const struct flash *f, uint32_t first_page, uint32_t last_page, uint32_t *start, uint32_t *end)
{
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t area = flash_option(f, f->row->wrp[i].offset);

        *start = GET(area, U0_FLASH_WRP1AR_WRP1A_STRT);
        *end = GET(area, U0_FLASH_WRP1AR_WRP1A_END);
        if (*start <= *end && first_page <= *end && last_page >= *start)
            return &f->row->wrp[i];
    }
    return NULL;
}

bool flash_may_change(const struct flash *f, uint32_t addr, uint32_t bytes, enum flash_master who, char *cause, size_t cap)
{
    const uint32_t first = flash_page_at(f, addr), last = flash_page_at(f, addr + bytes - 1);
    uint32_t start, end;
    const struct flash_wrp_row *wrp = find_wrp(f, first, last, &start, &end);

    if (flash_is_foreign(f, who)) {
        snprintf(cause, cap, "RDP level %u", flash_rdp_level(f));
        return false;
    }
    if (wrp) {
        snprintf(cause, cap, "%s %" PRIu32 "..%" PRIu32, wrp->name, start, end);
        return false;
    }
    if (flash_is_pcrop(f, addr, bytes)) {
        snprintf(cause, cap, "PCROP");
        return false;
    }
    for (uint32_t page = first; page <= last; page++)
        if (is_page_hidden(f, page)) {
            snprintf(cause, cap, "page %" PRIu32 " is hidden", page);
            return false;
        }
    return true;
}
