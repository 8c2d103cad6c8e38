/* flash.c - the flash memory as the bus sees it: areas, reads with ECC, windows; its life, and how it is saved.
 *
 * Sources: RM0503 3.3, RM0444 3.3. See flash.h for the seam and flash_impl.h for the other files. */
#include "base/bytes.h"
#include "periph/flash_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 8, TEAR_SEED = 0x5EED };

static uint32_t offset_in(struct flash_area a, uint32_t addr) { return addr - a.base; }
static bool inside(struct flash_area a, uint32_t addr) { return offset_in(a, addr) < a.bytes; }

/* ---- cells ---- */

struct flash_cells *flash_cells_at(struct flash *f, uint32_t addr)
{
    for (unsigned i = 0; i < CELLS_COUNT; i++)
        if (inside(f->cells[i].area, addr))
            return &f->cells[i];
    return NULL;
}

struct flash_word flash_cell(const struct flash_cells *c, uint32_t addr)
{
    const uint32_t at = offset_in(c->area, addr) / WORD;

    return (struct flash_word){ get_le64(c->data + (size_t)at * WORD), c->check[at] };
}

static bool is_damaged(struct flash_word w)
{
    uint64_t data;

    return flash_word_read(w, &data) != FLASH_ECC_CLEAN;
}

void flash_set_cell(struct flash_cells *c, uint32_t addr, struct flash_word w)
{
    const uint32_t at = offset_in(c->area, addr) / WORD;

    c->damaged -= is_damaged(flash_cell(c, addr));
    put_le64(c->data + (size_t)at * WORD, w.data);
    c->check[at] = w.check;
    c->damaged += is_damaged(w);
}

static void count_damage(struct flash_cells *c)
{
    c->damaged = 0;
    for (uint32_t at = 0; at < c->area.bytes; at += WORD)
        c->damaged += is_damaged(flash_cell(c, c->area.base + at));
}

uint32_t flash_page_count(const struct flash *f) { return f->row->main.bytes / f->row->page_bytes; }
uint32_t flash_page_at(const struct flash *f, uint32_t addr) { return offset_in(f->row->main, addr) / f->row->page_bytes; }
uint32_t flash_page_addr(const struct flash *f, uint32_t page) { return f->row->main.base + page * f->row->page_bytes; }

/* ---- life ---- */

void flash_changed(struct flash *f) { f->env.changed(f->env.ctx); }

void flash_settle(struct flash *f)
{
    const uint64_t now_ps = f->env.now_ps(f->env.ctx);

    while (flash_next_ps(f) <= now_ps) {
        f->at_ps = flash_next_ps(f);
        flash_next_event(f);
    }
    f->at_ps = now_ps;
}

static bool new_cells(struct flash_cells *c, struct flash_area area)
{
    c->area = area;
    c->data = malloc(area.bytes);
    c->check = malloc(area.bytes / WORD);
    if (!c->data || !c->check)
        return false;
    memset(c->data, 0xFF, area.bytes);
    memset(c->check, 0xFF, area.bytes / WORD);
    return true;
}

static void write_rom(struct flash *f, const struct flash_rom *rom, const void *data, size_t len)
{
    if (len > 0)
        memcpy(f->system + offset_in(f->row->system, rom->addr), data, len);
}

void flash_set_rom(struct flash *f, const void *settings, size_t len)
{
    const struct flash_rom *rom = &f->row->rom_settings;

    write_rom(f, rom, settings, len < rom->bytes ? len : rom->bytes);
}

static void write_facts(struct flash *f)
{
    memset(f->system, 0xFF, f->row->system.bytes);
    memset(f->signature, 0xFF, f->row->signature.bytes);
    write_rom(f, &f->row->rom, f->row->rom.data, f->row->rom.bytes);
    flash_set_rom(f, f->row->rom_settings.data, f->row->rom_settings.bytes);
    for (const struct flash_fact *fact = f->row->facts; fact->bytes; fact++) {
        uint8_t *to = inside(f->row->system, fact->addr) ? f->system + offset_in(f->row->system, fact->addr)
                                                         : f->signature + offset_in(f->row->signature, fact->addr);

        for (uint32_t i = 0; i < fact->bytes; i++)
            to[i] = (uint8_t)(fact->value >> (8 * i));
    }
}

struct flash *flash_new(const struct flash_row *row, const struct flash_env *env)
{
    struct flash *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->row = row;
    f->env = *env;
    f->system = malloc(row->system.bytes);
    f->signature = malloc(row->signature.bytes);
    if (!f->system || !f->signature || !new_cells(&f->cells[CELLS_MAIN], row->main) || !new_cells(&f->cells[CELLS_OTP], row->otp)) {
        flash_free(f);
        return NULL;
    }
    write_facts(f);
    f->s.seed = TEAR_SEED;
    f->s.op_end_ps = f->s.fast_limit_ps = TIME_NEVER;
    for (unsigned i = 0; i < flash_option_count(f); i++) {
        f->s.target[i] = row->options[i].factory;
        f->s.loaded[i] = row->options[i].factory;
    }
    flash_commit_options(f);
    flash_reset_registers(f);
    flash_apply_options(f); /* the chip does not have its flash yet: no callbacks */
    return f;
}

void flash_free(struct flash *f)
{
    if (!f)
        return;
    for (unsigned i = 0; i < CELLS_COUNT; i++) {
        free(f->cells[i].data);
        free(f->cells[i].check);
    }
    free(f->system);
    free(f->signature);
    free(f);
}

void flash_reset(struct flash *f)
{
    flash_settle(f);
    flash_interrupt(f);
    flash_reset_registers(f);
    flash_update_irq(f);
    flash_changed(f);
}

void flash_power_off(struct flash *f)
{
    flash_reset(f);
    f->s.reg[REG_ACR] &= ~BITS(U0_FLASH_ACR_EMPTY); /* volatile; the option loader finds out anew */
}

void flash_event(struct flash *f) { flash_settle(f); }
bool flash_busy(const struct flash *f) { return f->s.op != OP_NONE; }
unsigned flash_latency(const struct flash *f) { return GET(f->s.reg[REG_ACR], U0_FLASH_ACR_LATENCY); }
bool flash_empty(const struct flash *f) { return GET(f->s.reg[REG_ACR], U0_FLASH_ACR_EMPTY); }
const struct flash_times *flash_times(const struct flash *f) { return f->row->times; }
void flash_set_seed(struct flash *f, uint64_t seed) { f->s.seed = seed; }

const struct flash_use *flash_use(const struct flash *f, size_t *pages)
{
    *pages = flash_page_count(f);
    return f->s.use;
}

/* ---- reads ---- */

/* RM0444 3.3.2: the address of the first error is kept until both flags are cleared. That a double error behind a corrected one still
 * sets ECCD (and raises the NMI) is our reading. */
static void record_ecc(struct flash *f, const struct flash_cells *c, uint32_t addr, enum flash_ecc seen)
{
    uint32_t *const eccr = &f->s.reg[REG_ECCR];
    const uint32_t flag = seen == FLASH_ECC_DOUBLE ? BITS(U0_FLASH_ECCR_ECCD) : BITS(U0_FLASH_ECCR_ECCC);
    const bool recorded = *eccr & (BITS(U0_FLASH_ECCR_ECCD) | BITS(U0_FLASH_ECCR_ECCC));
    const bool is_main = c == &f->cells[CELLS_MAIN];

    if (!recorded) {
        *eccr &= ~(f->row->ecc_addr_mask | BITS(U0_FLASH_ECCR_SYSF_ECC));
        *eccr |= (offset_in(c->area, addr) / WORD & f->row->ecc_addr_mask) | PUT(U0_FLASH_ECCR_SYSF_ECC, !is_main);
    }
    if (recorded && (seen == FLASH_ECC_CORRECTED || (*eccr & flag)))
        return;
    *eccr |= flag;
    if (seen == FLASH_ECC_DOUBLE)
        f->env.nmi(f->env.ctx);
    flash_update_irq(f);
}

static uint32_t part_of(uint64_t word, uint32_t addr, unsigned bytes)
{
    return (uint32_t)(word >> (8 * (addr & 7))) & (bytes == 4 ? UINT32_MAX : (1u << (8 * bytes)) - 1);
}

static uint32_t part_of_bytes(const uint8_t *memory, unsigned bytes)
{
    return bytes == 4 ? get_le32(memory) : bytes == 2 ? get_le16(memory) : *memory;
}

/* The option page as words: value, complement, value, complement; what no option uses is blank. */
static uint32_t option_copy_word(const struct flash *f, uint32_t offset)
{
    for (unsigned i = 0; i < flash_option_count(f); i++)
        if (f->row->options[i].copy == (offset & ~7u))
            return offset & 4 ? f->s.stored_not[i] : f->s.stored[i];
    return UINT32_MAX;
}

/* Main array and OTP. A PCROP area reads as zeros through any but the fetch side, with RDERR and without a bus error (owners of G0B1
 * report zeros); that a hidden page is a bus error is taken from the U5. OTP at RDP 1 after a boot from elsewhere is closed according
 * to RM0444 3.3.1, open on a real G030: left open. */
static bool read_cells(struct flash *f, struct flash_cells *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value)
{
    uint64_t data;
    enum flash_ecc seen;

    if (c == &f->cells[CELLS_MAIN]) {
        if (flash_is_foreign(f, who)) {
            flash_note(f, "refused", "read of main flash: bus error (RDP level %u)", flash_rdp_level(f));
            return false;
        }
        if (flash_is_hidden(f, addr)) {
            flash_note(f, "refused", "read of page %" PRIu32 ": bus error (hidden)", flash_page_at(f, addr));
            return false;
        }
        if (who != FLASH_FETCH && flash_is_pcrop(f, addr, bytes)) {
            f->s.reg[REG_SR] |= f->row->read_error;
            flash_update_irq(f);
            flash_note(f, "refused", "read of page %" PRIu32 ": RDERR (PCROP)", flash_page_at(f, addr));
            *value = 0;
            return true;
        }
    }
    seen = flash_word_read(flash_cell_then(f, c, addr), &data);
    if (seen != FLASH_ECC_CLEAN)
        record_ecc(f, c, addr, seen);
    *value = part_of(data, addr, bytes);
    return true;
}

bool flash_mem_read(struct flash *f, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value, uint64_t *done_ps)
{
    struct flash_cells *c;

    flash_settle(f);
    *done_ps = flash_busy(f) ? flash_free_ps(f) : f->at_ps;
    c = flash_cells_at(f, addr);
    if (c)
        return read_cells(f, c, addr, bytes, who, value);
    if (inside(f->row->system, addr))
        *value = part_of_bytes(f->system + offset_in(f->row->system, addr), bytes);
    else if (inside(f->row->signature, addr))
        *value = part_of_bytes(f->signature + offset_in(f->row->signature, addr), bytes);
    else if (inside(f->row->option_copy, addr))
        *value = part_of(option_copy_word(f, offset_in(f->row->option_copy, addr)), addr & 3, bytes);
    else
        return false;
    return true;
}

bool flash_mem_write(struct flash *f, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps)
{
    const struct flash_access a = { .addr = addr, .value = value, .bytes = (uint8_t)bytes, .who = (uint8_t)who };

    flash_settle(f);
    *done_ps = f->at_ps;
    if (!flash_owns(f, addr))
        return false;
    if (flash_busy(f) && !(f->s.op == OP_FAST_ROW && f->s.row_waits))
        return flash_wait(f, &a, done_ps);
    flash_program_word(f, &a);
    return true;
}

bool flash_owns(const struct flash *f, uint32_t addr)
{
    const struct flash_row *r = f->row;

    return inside(r->main, addr) || inside(r->system, addr) || inside(r->otp, addr) || inside(r->signature, addr) ||
           inside(r->option_copy, addr);
}

uint8_t *flash_window(struct flash *f, uint32_t *base, uint32_t *bytes)
{
    if (flash_busy(f) || f->cells[CELLS_MAIN].damaged || flash_any_hidden(f) || flash_any_pcrop(f) || flash_is_foreign(f, FLASH_FETCH))
        return NULL;
    *base = f->row->main.base;
    *bytes = f->row->main.bytes;
    return f->cells[CELLS_MAIN].data;
}

uint8_t *flash_system_window(struct flash *f, uint32_t *base, uint32_t *bytes)
{
    if (flash_busy(f))
        return NULL;
    *base = f->row->system.base;
    *bytes = f->row->system.bytes;
    return f->system;
}

/* ---- looking and setting behind everybody's back ---- */

static bool peek_byte(const struct flash *f, uint32_t addr, uint8_t *byte)
{
    const struct flash_row *r = f->row;
    uint64_t data;

    for (unsigned i = 0; i < CELLS_COUNT; i++)
        if (inside(f->cells[i].area, addr)) {
            flash_word_read(flash_cell(&f->cells[i], addr), &data);
            *byte = (uint8_t)(data >> (8 * (addr & 7)));
            return true;
        }
    if (inside(r->system, addr))
        *byte = f->system[offset_in(r->system, addr)];
    else if (inside(r->signature, addr))
        *byte = f->signature[offset_in(r->signature, addr)];
    else if (inside(r->option_copy, addr))
        *byte = (uint8_t)(option_copy_word(f, offset_in(r->option_copy, addr)) >> (8 * (addr & 3)));
    else
        return false;
    return true;
}

bool flash_peek(const struct flash *f, uint32_t addr, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!peek_byte(f, addr + (uint32_t)i, bytes + i))
            return false;
    return true;
}

static void poke_byte(struct flash *f, uint32_t addr, uint8_t byte)
{
    struct flash_cells *c = flash_cells_at(f, addr);
    const unsigned shift = 8 * (addr & 7);
    uint64_t data;

    if (!c) {
        f->signature[offset_in(f->row->signature, addr)] = byte;
        return;
    }
    flash_word_read(flash_cell(c, addr), &data);
    data = (data & ~(UINT64_C(0xFF) << shift)) | (uint64_t)byte << shift;
    flash_set_cell(c, addr, data == UINT64_MAX ? FLASH_WORD_ERASED : flash_word_of(data));
}

bool flash_poke(struct flash *f, uint32_t addr, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!flash_cells_at(f, addr + (uint32_t)i) && !inside(f->row->signature, addr + (uint32_t)i))
            return false;
    for (size_t i = 0; i < len; i++)
        poke_byte(f, addr + (uint32_t)i, bytes[i]);
    flash_changed(f);
    return true;
}

bool flash_damage(struct flash *f, uint32_t addr, uint64_t data_bits, uint8_t check_bits)
{
    struct flash_cells *c = flash_cells_at(f, addr);
    struct flash_word w;

    if (!c)
        return false;
    w = flash_cell(c, addr);
    w.data ^= data_bits;
    w.check ^= check_bits;
    flash_set_cell(c, addr, w);
    flash_changed(f);
    return true;
}

/* ---- saving ---- */

/* clang-format off */
#define FLAG(member)   STATE_ONE(struct flash_state, member, 1)
#define ONE(member)    STATE_ONE(struct flash_state, member, STATE_ANY)
#define MANY(member)   STATE_MANY(struct flash_state, member, STATE_ANY)
DEFINE_STATE(flash_state_table, "flash", struct flash_state,
    ONE(op_start_ps), ONE(op_end_ps), ONE(fast_limit_ps), ONE(op_data), ONE(seed),
    MANY(reg), MANY(stored), MANY(stored_not), MANY(loaded), MANY(target), MANY(written), ONE(written_mask),
    ONE(op_addr), ONE(slot_addr), ONE(slot_low), ONE(fast_from), ONE(fast_to),
    STATE_ONE(struct flash_state, row_words, FLASH_FAST_ROW_BYTES / 4),
    MANY(waiting_addr), MANY(waiting_value),
    { "use", offsetof(struct flash_state, use), 4, 2 * FLASH_PAGES_MAX, STATE_ANY },
    STATE_MANY(struct flash_state, waiting_bytes, 4),
    STATE_MANY(struct flash_state, waiting_who, FLASH_FETCH),
    STATE_MANY(struct flash_state, waiting_is_register, 1),
    STATE_ONE(struct flash_state, waiting, FLASH_WAITING_MAX),
    STATE_ONE(struct flash_state, op, OP_COUNT - 1),
    STATE_ONE(struct flash_state, slot, SLOT_COUNT - 1),
    STATE_ONE(struct flash_state, key, KEY_COUNT - 1),
    STATE_ONE(struct flash_state, optkey, KEY_COUNT - 1),
    FLAG(row_waits), FLAG(mer_spent), FLAG(options_bad), FLAG(debug_forgiven));
/* clang-format on */

_Static_assert(sizeof(struct flash_use) == 8, "two counters of 4 bytes, saved as a row of numbers");

size_t flash_sections(struct flash *f, const struct flash_section **sections)
{
    struct flash_cells *const m = &f->cells[CELLS_MAIN], *const o = &f->cells[CELLS_OTP];
    size_t n = 0;

    f->sections[n++] = (struct flash_section){ "flash", &flash_state_table, &f->s, sizeof f->s };
    f->sections[n++] = (struct flash_section){ "flash_main", NULL, m->data, m->area.bytes };
    f->sections[n++] = (struct flash_section){ "flash_main_ecc", NULL, m->check, m->area.bytes / WORD };
    f->sections[n++] = (struct flash_section){ "flash_otp", NULL, o->data, o->area.bytes };
    f->sections[n++] = (struct flash_section){ "flash_otp_ecc", NULL, o->check, o->area.bytes / WORD };
    f->sections[n++] = (struct flash_section){ "flash_signature", NULL, f->signature, f->row->signature.bytes };
    *sections = f->sections;
    return n;
}

static bool contradict(struct err *e, const char *what) { return err_set(e, ERR_INPUT, "section 'flash': %s", what); }

bool flash_loaded(struct flash *f, struct err *e)
{
    const struct flash_state *s = &f->s;
    const bool of_word = s->op == OP_PROGRAM || s->op == OP_FAST_ROW;

    if (of_word && (!flash_cells_at(f, s->op_addr) || s->op_addr % WORD != 0))
        return contradict(e, "a double word is being programmed that is not there");
    if (s->op == OP_PAGE_ERASE && (!inside(f->row->main, s->op_addr) || offset_in(f->row->main, s->op_addr) % f->row->page_bytes != 0))
        return contradict(e, "a page is being erased that is not there");
    if ((s->op == OP_NONE) != (s->op_end_ps == TIME_NEVER) || (s->op != OP_NONE && s->op_start_ps > s->op_end_ps))
        return contradict(e, "the running operation and its times contradict each other");
    if (s->slot != SLOT_CLOSED && (!flash_owns(f, s->slot_addr) || s->slot_addr % WORD != 0))
        return contradict(e, "a double word is half written that is not there");
    for (unsigned i = 0; i < s->waiting; i++)
        if (s->waiting_bytes[i] == 0 || s->waiting_bytes[i] == 3 || s->waiting_addr[i] % s->waiting_bytes[i] != 0 ||
            (!s->waiting_is_register[i] && !flash_owns(f, s->waiting_addr[i])))
            return contradict(e, "a write waits that cannot be");
    for (unsigned i = 0; i < CELLS_COUNT; i++)
        count_damage(&f->cells[i]);
    f->irq_level = false;
    flash_update_irq(f);
    return true;
}
