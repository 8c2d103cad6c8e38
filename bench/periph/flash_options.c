/* flash_options.c - option bytes: written to registers, programmed by OPTSTRT, in force after the next loading.
 *
 * Sources: RM0503 3.4, RM0444 3.4 and 3.5. Three sets of words: `loaded` is what the chip goes by; `target` is what the option page
 * holds or will hold; `written` is what software has put into the registers since. The manual says that registers read as loaded
 * until the next loading; whether a written value reads back before OPTSTRT it does not say. Here it does, because ST's HAL builds
 * SECR in two read-modify-writes. Not here: the debug mailbox, through which the U0 takes OEM keys. */
#include "periph/flash_impl.h"

#include <inttypes.h>
#include <string.h>

enum { OEM_WORDS = 4 };

unsigned flash_option_count(const struct flash *f)
{
    unsigned n = 0;

    while (f->row->options[n].name)
        n++;
    return n;
}

int flash_option_index(const struct flash *f, uint32_t offset)
{
    for (int i = 0; f->row->options[i].name; i++)
        if (f->row->options[i].offset == offset)
            return i;
    return -1;
}

uint32_t flash_option(const struct flash *f, uint32_t reg_offset)
{
    const int i = flash_option_index(f, reg_offset);

    return i < 0 ? 0 : f->s.loaded[i];
}

static uint32_t only_existing(const struct flash_option_row *o, uint32_t value) { return (value & o->exists) | (o->factory & ~o->exists); }

static bool is_written(const struct flash *f, unsigned index) { return f->s.written_mask >> index & 1; }

uint32_t flash_option_shown(const struct flash *f, unsigned index)
{
    if (f->row->options[index].write_only)
        return 0;
    return is_written(f, index) ? f->s.written[index] : f->s.loaded[index];
}

void flash_write_option(struct flash *f, unsigned index, uint32_t value)
{
    f->s.written[index] = only_existing(&f->row->options[index], value);
    f->s.written_mask |= 1u << index;
}

bool flash_store_option(struct flash *f, uint32_t reg_offset, uint32_t value)
{
    const int i = flash_option_index(f, reg_offset);

    if (i < 0)
        return false;
    f->s.target[i] = f->s.stored[i] = only_existing(&f->row->options[i], value);
    f->s.stored_not[i] = ~f->s.stored[i];
    return true;
}

bool flash_break_option(struct flash *f, uint32_t reg_offset)
{
    const int i = flash_option_index(f, reg_offset);

    if (i < 0)
        return false;
    f->s.stored_not[i] ^= 1;
    return true;
}

/* ---- loading ---- */

/* RM0444 3.4.1: what does not match its complement is replaced, word by word, by a value on the safe side. EMPTY is found out here and
 * nowhere else. */
void flash_apply_options(struct flash *f)
{
    uint64_t first;

    f->s.options_bad = false;
    for (unsigned i = 0; f->row->options[i].name; i++) {
        const bool good = f->s.stored[i] == ~f->s.stored_not[i];

        f->s.loaded[i] = f->s.target[i] = good ? f->s.stored[i] : f->row->options[i].mismatch;
        f->s.options_bad |= !good;
    }
    f->s.written_mask = 0;
    f->s.debug_forgiven = f->s.options_bad;
    f->s.reg[REG_SR] &= ~BITS(U0_FLASH_SR_OPTVERR);
    f->s.reg[REG_SR] |= PUT(U0_FLASH_SR_OPTVERR, f->s.options_bad);
    f->s.reg[REG_CR] &= ~BITS(U0_FLASH_CR_OBL_LAUNCH);

    f->s.reg[REG_ACR] |= BITS(U0_FLASH_ACR_DBG_SWEN);
    if (flash_debug_starts_closed(f))
        f->s.reg[REG_ACR] &= ~BITS(U0_FLASH_ACR_DBG_SWEN);
    flash_word_read(flash_cell(&f->cells[CELLS_MAIN], f->row->main.base), &first);
    f->s.reg[REG_ACR] &= ~BITS(U0_FLASH_ACR_EMPTY);
    f->s.reg[REG_ACR] |= PUT(U0_FLASH_ACR_EMPTY, first == UINT64_MAX);
}

void flash_load_options(struct flash *f)
{
    flash_apply_options(f);
    flash_update_irq(f);
    flash_changed(f);
}

/* ---- OEM keys (U0) ---- */

static int oem_index(const struct flash *f, unsigned key)
{
    return f->row->oem_keys ? flash_option_index(f, key == 1 ? U0_FLASH_OEM1KEYW0R : U0_FLASH_OEM2KEYW0R) : -1;
}

/* Neither all zeros nor all ones: there is a key, and its lock is active. */
bool flash_oem_locked(const struct flash *f, unsigned key)
{
    const int first = oem_index(f, key);
    uint32_t all = UINT32_MAX, any = 0;

    if (first < 0)
        return false;
    for (int i = first; i < first + OEM_WORDS; i++) {
        all &= f->s.loaded[i];
        any |= f->s.loaded[i];
    }
    return any != 0 && all != UINT32_MAX;
}

/* The manual names a CRC of 8 bits and not its polynomial: 0x07 over the bytes as stored is an estimate. */
static uint32_t oem_crc(const struct flash *f, unsigned key)
{
    const int first = oem_index(f, key);
    uint32_t crc = 0;

    for (int byte = 0; byte < 4 * OEM_WORDS; byte++) {
        crc ^= f->s.loaded[first + byte / 4] >> (8 * (byte % 4)) & 0xFF;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x80 ? 0x07 : 0)) & 0xFF;
    }
    return crc;
}

uint32_t flash_oem_crcs(const struct flash *f)
{
    return PUT(U0_FLASH_OEMKEYSR_OEM1KEYCRC, oem_crc(f, 1)) | PUT(U0_FLASH_OEMKEYSR_OEM2KEYCRC, oem_crc(f, 2));
}

/* ---- programming ---- */

struct change { /* what OPTSTRT is asked to do */
    uint32_t want[FLASH_OPTIONS_MAX];
    bool regression; /* RDP 1 to 0 */
    unsigned level;
};

static uint32_t *wanted(const struct flash *f, struct change *c, uint32_t offset) { return &c->want[flash_option_index(f, offset)]; }
static uint32_t held(const struct flash *f, uint32_t offset) { return f->s.target[flash_option_index(f, offset)]; }

static bool key_changes(const struct flash *f, unsigned key)
{
    const int first = oem_index(f, key);

    return first >= 0 && (f->s.written_mask >> first & ((1u << OEM_WORDS) - 1)) != 0;
}

/* Flags of a change that is refused as a whole, 0 if none. HDPOPTWERR and OEMOPTWERR are known by name only; what raises them is
 * taken from the U5: HDP fields change at RDP 1, a key changes while its lock is active at RDP 1, a regression without the key. */
static uint32_t refusal(const struct flash *f, struct change *c, const char **cause)
{
    const uint32_t hdp = BITS(U0_FLASH_SECR_HDP1EN) | BITS(U0_FLASH_SECR_HDP1_PEND);

    if (flash_stale_errors(f)) {
        *cause = "error flags not cleared";
        return BITS(U0_FLASH_SR_PGSERR);
    }
    if (c->level == 2) {
        *cause = "RDP level 2";
        return BITS(U0_FLASH_SR_WRPERR);
    }
    if (c->regression && flash_oem_locked(f, 1)) {
        *cause = "RDP regression without the OEM1 key";
        return BITS(U0_FLASH_SR_OEMOPTWERR);
    }
    if (c->level == 1 && ((key_changes(f, 1) && flash_oem_locked(f, 1)) || (key_changes(f, 2) && flash_oem_locked(f, 2)))) {
        *cause = "OEM key is locked";
        return BITS(U0_FLASH_SR_OEMOPTWERR);
    }
    if (f->row->hide_protection && c->level == 1 && !c->regression && (*wanted(f, c, U0_FLASH_SECR) ^ held(f, U0_FLASH_SECR)) & hdp) {
        *cause = "HDP at RDP level 1";
        return BITS(U0_FLASH_SR_HDPOPTWERR);
    }
    return 0;
}

/* Bits that keep their old value although something else was written. */
static void keep_one_way_bits(struct flash *f, struct change *c)
{
    const uint32_t boot_lock = BITS(U0_FLASH_SECR_BOOT_LOCK), sec_size = BITS(G0_FLASH_SECR_SEC_SIZE);
    uint32_t *const secr = wanted(f, c, U0_FLASH_SECR), old = held(f, U0_FLASH_SECR);

    if (c->level != 1 || c->regression)
        return;
    if (old & boot_lock && !(*secr & boot_lock)) {
        *secr |= boot_lock;
        flash_note(f, "refused", "option write: BOOT_LOCK stays set at RDP level 1");
    }
    if (!f->row->hide_protection && (*secr ^ old) & sec_size) {
        *secr = (*secr & ~sec_size) | (old & sec_size);
        flash_note(f, "refused", "option write: SEC_SIZE stays at RDP level 1");
    }
}

/* RM0444 3.5.3: PCROP areas only grow and PCROP_RDP is only set, but for the regression that erases all: it switches PCROP off. */
static void keep_pcrop(struct flash *f, struct change *c)
{
    for (unsigned i = 0; i < 2 && f->row->pcrop[i].start; i++) {
        const int s = flash_option_index(f, f->row->pcrop[i].start), e = flash_option_index(f, f->row->pcrop[i].end);
        const uint32_t start = GET(f->s.target[s], G0_FLASH_PCROP1ASR_PCROP1A_STRT),
                       end = GET(f->s.target[e], G0_FLASH_PCROP1AER_PCROP1A_END);
        const uint32_t new_start = GET(c->want[s], G0_FLASH_PCROP1ASR_PCROP1A_STRT),
                       new_end = GET(c->want[e], G0_FLASH_PCROP1AER_PCROP1A_END);
        const uint32_t flag = i == 0 ? f->s.target[e] & BITS(G0_FLASH_PCROP1AER_PCROP_RDP) : 0;

        if (c->regression && flash_option(f, G0_FLASH_PCROP1AER) & BITS(G0_FLASH_PCROP1AER_PCROP_RDP)) {
            c->want[s] = f->row->options[s].factory;
            c->want[e] = f->row->options[e].factory;
            continue;
        }
        if (start <= end && (new_start > start || new_end < end)) {
            c->want[s] = f->s.target[s];
            c->want[e] = f->s.target[e];
            flash_note(f, "refused", "option write: PCROP area cannot shrink");
        }
        c->want[e] |= flag;
    }
}

/* A page with PCROP code outlives a regression while PCROP_RDP is clear (RM0444 table 18). */
bool flash_survives_regression(const struct flash *f, uint32_t page)
{
    return f->row->pcrop[0].start && !(flash_option(f, G0_FLASH_PCROP1AER) & BITS(G0_FLASH_PCROP1AER_PCROP_RDP)) &&
           flash_is_pcrop(f, flash_page_addr(f, page), f->row->page_bytes);
}

uint64_t flash_options_ps(const struct flash *f)
{
    return f->row->times->option_page_erase + flash_option_count(f) * f->row->times->double_word;
}

void flash_start_options(struct flash *f)
{
    struct change c = { .level = flash_rdp_level(f) };
    const char *cause = "";
    uint32_t flags;

    for (unsigned i = 0; i < flash_option_count(f); i++)
        c.want[i] = is_written(f, i) ? f->s.written[i] : f->s.target[i];
    c.regression = c.level == 1 && GET(*wanted(f, &c, U0_FLASH_OPTR), U0_FLASH_OPTR_RDP) == FLASH_RDP_0;
    flags = refusal(f, &c, &cause);
    if (flags) {
        flash_refuse(f, flags, "option write", cause);
        return;
    }
    keep_one_way_bits(f, &c);
    keep_pcrop(f, &c);
    memcpy(f->s.target, c.want, sizeof c.want);
    f->s.written_mask = 0;
    if (c.regression)
        flash_begin(f, OP_REGRESSION, f->row->main.base, f->row->times->mass_erase + flash_options_ps(f));
    else
        flash_begin(f, OP_OPTIONS, f->row->main.base, flash_options_ps(f));
}

void flash_commit_options(struct flash *f)
{
    for (unsigned i = 0; i < flash_option_count(f); i++) {
        f->s.stored[i] = f->s.target[i];
        f->s.stored_not[i] = ~f->s.target[i];
    }
}

/* The page is erased first, then programmed word by word. A torn word never matches its complement unless it is complete, so no level
 * that nobody wrote can come out of this, level 2 least of all. */
void flash_tear_options(struct flash *f, uint64_t elapsed_ps)
{
    const uint64_t erase_ps = f->row->times->option_page_erase, word_ps = f->row->times->double_word;

    for (unsigned i = 0; i < flash_option_count(f); i++) {
        const uint64_t starts_ps = erase_ps + i * word_ps;
        struct flash_word from = { f->s.stored[i] | (uint64_t)f->s.stored_not[i] << 32, UINT8_MAX };
        struct flash_word to = FLASH_WORD_ERASED;
        uint64_t part_ps = elapsed_ps, whole_ps = erase_ps;

        if (elapsed_ps >= erase_ps) {
            from = FLASH_WORD_ERASED;
            to.data = f->s.target[i] | (uint64_t)~f->s.target[i] << 32;
            part_ps = elapsed_ps > starts_ps ? elapsed_ps - starts_ps : 0;
            whole_ps = word_ps;
        }
        from = flash_tear(from, to, part_ps >= whole_ps ? 65536 : (uint32_t)(part_ps * 65536 / whole_ps), &f->s.seed);
        f->s.stored[i] = (uint32_t)from.data;
        f->s.stored_not[i] = (uint32_t)(from.data >> 32);
    }
}
