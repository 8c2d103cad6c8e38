/* swd.c - the probe's SWD engine: single transactions with retries, and what firmware builds from them.
 *
 * Times: a transaction is 46 clocks, 13 when it is refused (8 request, 1 turnaround, 3 ACK, 32 + 1 data, 1 turnaround). The chip runs
 * along: to the ACK, which is where the port decides, then to the end. No idle clocks between transactions: a published measurement of
 * a V3 (1024 bytes in 491 us at 24 MHz) leaves no room for any. */
#include "device/regs/adi.h"
#include "stlink/parts.h"

#include <string.h>

enum {
    CLOCKS_TO_ACK = 9,
    CLOCKS_DONE = 46 - CLOCKS_TO_ACK,
    CLOCKS_REFUSED = 13 - CLOCKS_TO_ACK,
    CLOCKS_SWITCH = 136,  /* ones, the JTAG-to-SWD code, ones, two idle */
    WAIT_RETRIES = 4,     /* about four, says an OpenOCD commit message about the firmware */
    POWER_UP_POLLS = 100, /* estimate */
    TAR_PAGE = 0x400,     /* the smallest auto-increment range of any MEM-AP */
    INC_SINGLE = 1,
};

#define CLEAR_STICKY  (BITS(DP_ABORT_STKCMPCLR) | BITS(DP_ABORT_STKERRCLR) | BITS(DP_ABORT_WDERRCLR) | BITS(DP_ABORT_ORUNERRCLR))
#define POWER_REQUEST (BITS(DP_CTRLSTAT_CDBGPWRUPREQ) | BITS(DP_CTRLSTAT_CSYSPWRUPREQ))
#define POWER_ACK     (BITS(DP_CTRLSTAT_CDBGPWRUPACK) | BITS(DP_CTRLSTAT_CSYSPWRUPACK))
/* Debugger as master, privileged data access. estimate: what the firmware puts there when a client gives no CSW */
#define CSW_DEFAULT 0x23000000u

enum { /* requests: APnDP in bit 1, RnW in bit 2, A[3:2] in bits 4:3 */
       DP_WR = 0,
       AP_WR = 2,
       DP_RD = 4,
       AP_RD = 6,
};

/* Which family of status codes a failing transaction belongs to. RDBUFF, though in the DP, speaks for the access it fetches. */
enum family { FAMILY_AP = ST_AP_WAIT, FAMILY_DP = ST_DP_WAIT };
enum { NO_WAIT, NO_FAULT, NO_ACK, NO_PARITY }; /* offsets in a family */

static uint8_t request_byte(unsigned kind, unsigned reg)
{
    const unsigned access = kind | (reg & 0xC) << 1;

    return (uint8_t)(0x81u | access | (unsigned)__builtin_parity(access) << 5);
}

void swd_clock(struct stlink *p, unsigned clocks)
{
    const uint32_t hz = p->s.swd_hz ? p->s.swd_hz : 1;

    p->s.swd_clocks += clocks;
    timeline_by(p->time, (clocks * PS_PER_S + hz - 1) / hz);
}

static enum stlink_status transfer(struct stlink *p, enum family family, unsigned kind, unsigned reg, uint32_t *word)
{
    const uint8_t request = request_byte(kind, reg);
    struct dap *dap = p->wires->dap;

    for (unsigned tries = 0;; tries++) {
        bool parity;

        swd_clock(p, CLOCKS_TO_ACK);
        switch (dap_request(dap, request)) {
        case SWD_OK:
            swd_clock(p, CLOCKS_DONE);
            if (kind & DP_RD) {
                *word = dap_read_data(dap, &parity);
                return parity == (__builtin_parity(*word) != 0) ? ST_OK : (enum stlink_status)(family + NO_PARITY);
            }
            dap_write_data(dap, *word, __builtin_parity(*word) != 0);
            return ST_OK;
        case SWD_WAIT:
            swd_clock(p, CLOCKS_REFUSED);
            if (tries == WAIT_RETRIES)
                return (enum stlink_status)(family + NO_WAIT);
            break;
        case SWD_FAULT: swd_clock(p, CLOCKS_REFUSED); return (enum stlink_status)(family + NO_FAULT);
        default: swd_clock(p, CLOCKS_DONE); return (enum stlink_status)(family + NO_ACK);
        }
    }
}

static enum stlink_status put(struct stlink *p, enum family family, unsigned kind, unsigned reg, uint32_t word)
{
    return transfer(p, family, kind, reg, &word);
}

static enum stlink_status select_bank(struct stlink *p, unsigned ap, unsigned ap_reg, unsigned dp_bank)
{
    return put(p, FAMILY_DP, DP_WR, DP_SELECT, PUT(DP_SELECT_APSEL, ap) | (ap_reg & 0xF0) | PUT(DP_SELECT_DPBANKSEL, dp_bank));
}

static void clear_sticky(struct stlink *p) { put(p, FAMILY_DP, DP_WR, DP_ABORT, CLEAR_STICKY); }

enum stlink_status swd_connect(struct stlink *p, uint32_t *dpidr)
{
    enum stlink_status status;
    uint32_t value = 0;

    swd_clock(p, CLOCKS_SWITCH);
    dap_line_reset(p->wires->dap);
    if (transfer(p, FAMILY_DP, DP_RD, DP_DPIDR, dpidr) != ST_OK)
        return p->wires->vtref_mv(p->wires->ctx) == 0 ? ST_NO_DEVICE : ST_NO_IDCODE;
    clear_sticky(p);
    status = select_bank(p, 0, 0, 0);
    if (status == ST_OK)
        status = put(p, FAMILY_DP, DP_WR, DP_CTRLSTAT, POWER_REQUEST);
    for (unsigned polls = 0; status == ST_OK && (value & POWER_ACK) != POWER_ACK; polls++) {
        if (polls == POWER_UP_POLLS)
            return ST_POWER;
        status = transfer(p, FAMILY_DP, DP_RD, DP_CTRLSTAT, &value);
    }
    return status;
}

enum stlink_status swd_dp_read(struct stlink *p, unsigned reg, uint32_t *value)
{
    const bool banked = (reg & 0xF) == DP_CTRLSTAT && reg >> 4 != 0;
    enum stlink_status status, back;

    if (!banked)
        return transfer(p, FAMILY_DP, DP_RD, reg, value);
    status = select_bank(p, 0, 0, reg >> 4);
    if (status != ST_OK)
        return status;
    status = transfer(p, FAMILY_DP, DP_RD, reg, value);
    back = select_bank(p, 0, 0, 0); /* bank 0 is the rule everywhere else */
    return status != ST_OK ? status : back;
}

enum stlink_status swd_dp_write(struct stlink *p, unsigned reg, uint32_t value)
{
    const bool banked = (reg & 0xF) == DP_CTRLSTAT && reg >> 4 != 0;
    enum stlink_status status, back;

    if ((reg & 0xF) == DP_SELECT) /* the probe's own business: clients say that it ignores theirs */
        return ST_OK;
    if (!banked)
        return put(p, FAMILY_DP, DP_WR, reg, value);
    status = select_bank(p, 0, 0, reg >> 4);
    if (status != ST_OK)
        return status;
    status = put(p, FAMILY_DP, DP_WR, reg, value);
    back = select_bank(p, 0, 0, 0);
    return status != ST_OK ? status : back;
}

enum stlink_status swd_ap_read(struct stlink *p, unsigned ap, unsigned reg, uint32_t *value)
{
    enum stlink_status status = select_bank(p, ap, reg, 0);

    if (status == ST_OK)
        status = transfer(p, FAMILY_AP, AP_RD, reg, value);
    if (status == ST_OK)
        status = transfer(p, FAMILY_AP, DP_RD, DP_RDBUFF, value);
    return status;
}

enum stlink_status swd_ap_write(struct stlink *p, unsigned ap, unsigned reg, uint32_t value)
{
    const enum stlink_status status = select_bank(p, ap, reg, 0);

    return status != ST_OK ? status : put(p, FAMILY_AP, AP_WR, reg, value);
}

/* Memory blocks. An access is acknowledged by the transaction after it: `last` is the one a refusal now speaks of. */

static enum stlink_status begin_block(struct stlink *p, const struct block *b)
{
    const unsigned size_code = b->unit / 2; /* 1, 2, 4 -> 0, 1, 2 */
    const uint32_t csw = (b->csw ? b->csw & ~UINT32_C(0xFF) : CSW_DEFAULT) | PUT(AP_CSW_SIZE, size_code);
    enum stlink_status status = select_bank(p, b->ap, 0, 0);

    return status != ST_OK ? status : put(p, FAMILY_AP, AP_WR, AP_CSW, csw | (b->fixed ? 0 : PUT(AP_CSW_ADDRINC, INC_SINGLE)));
}

static enum stlink_status end_block(struct stlink *p, struct block *b, enum stlink_status status, uint32_t last)
{
    if (status == ST_OK)
        return ST_OK;
    b->fault_addr = last;
    if (status == ST_AP_FAULT || status == ST_DP_FAULT) {
        clear_sticky(p);
        return ST_AP_FAULT;
    }
    return status;
}

static uint32_t address_at(const struct block *b, uint32_t offset) { return b->fixed ? b->addr : b->addr + offset; }

/* How far the address may run from `offset` before TAR must be written again. */
static uint32_t run_length(const struct block *b, uint32_t offset)
{
    const uint32_t left = b->len - offset, page = TAR_PAGE - ((b->addr + offset) & (TAR_PAGE - 1));

    return b->fixed || left < page ? left : page;
}

static void store_lanes(const struct block *b, uint8_t *data, uint32_t offset, uint32_t word)
{
    word >>= 8 * (address_at(b, offset) & 3);
    for (unsigned i = 0; i < b->unit; i++)
        data[offset + i] = (uint8_t)(word >> 8 * i);
}

static uint32_t load_lanes(const struct block *b, const uint8_t *data, uint32_t offset)
{
    uint32_t word = 0;

    for (unsigned i = 0; i < b->unit; i++)
        word |= (uint32_t)data[offset + i] << 8 * i;
    return word << 8 * (address_at(b, offset) & 3);
}

enum stlink_status swd_read_block(struct stlink *p, struct block *b, uint8_t *data)
{
    enum stlink_status status = begin_block(p, b);
    uint32_t last = b->addr, offset = 0, word;

    while (status == ST_OK && offset < b->len) {
        const uint32_t end = offset + run_length(b, offset);

        last = address_at(b, offset);
        status = put(p, FAMILY_AP, AP_WR, AP_TAR, last);
        if (status == ST_OK)
            status = transfer(p, FAMILY_AP, AP_RD, AP_DRW, &word); /* starts the first; what it gives is nobody's */
        for (; status == ST_OK && offset + b->unit < end; offset += b->unit) {
            status = transfer(p, FAMILY_AP, AP_RD, AP_DRW, &word);
            if (status == ST_OK) {
                store_lanes(b, data, offset, word);
                last = address_at(b, offset + b->unit);
            }
        }
        if (status == ST_OK)
            status = transfer(p, FAMILY_AP, DP_RD, DP_RDBUFF, &word);
        if (status == ST_OK)
            store_lanes(b, data, offset, word);
        offset += b->unit;
    }
    return end_block(p, b, status, last);
}

enum stlink_status swd_write_block(struct stlink *p, struct block *b, const uint8_t *data)
{
    enum stlink_status status = begin_block(p, b);
    uint32_t last = b->addr, offset = 0, word;

    while (status == ST_OK && offset < b->len) {
        const uint32_t end = offset + run_length(b, offset);

        status = put(p, FAMILY_AP, AP_WR, AP_TAR, address_at(b, offset));
        for (; status == ST_OK && offset < end; offset += b->unit) {
            status = put(p, FAMILY_AP, AP_WR, AP_DRW, load_lanes(b, data, offset));
            if (status == ST_OK)
                last = address_at(b, offset);
        }
    }
    if (status == ST_OK) /* has the last one arrived? */
        status = transfer(p, FAMILY_AP, DP_RD, DP_RDBUFF, &word);
    return end_block(p, b, status, last);
}

enum stlink_status swd_read_word(struct stlink *p, unsigned ap, uint32_t addr, uint32_t *value)
{
    struct block b = { .ap = ap, .addr = addr, .unit = 4, .len = 4, .fixed = true };
    uint8_t bytes[4] = { 0 };
    const enum stlink_status status = swd_read_block(p, &b, bytes);

    *value = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return status;
}

enum stlink_status swd_write_word(struct stlink *p, unsigned ap, uint32_t addr, uint32_t value)
{
    const uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };
    struct block b = { .ap = ap, .addr = addr, .unit = 4, .len = 4, .fixed = true };

    return swd_write_block(p, &b, bytes);
}
