/* dap.c - the SW-DP: what is heard, how it is acknowledged, the registers and the sticky flags. Access ports are in ap.c.
 *
 * Sources: ADIv5.2 (IHI 0031) chapters B2 and B4; ST reference manuals, "Debug support", where they differ (said at the place).
 * Not here: pushed verify and compare and the transaction counter (their fields read 0, as on a minimal DP), debug reset, events. */
#include "dap/dap.h"
#include "dap/ap.h"
#include "device/regs/adi.h"

enum { /* a request, first bit on the wire in bit 0 */
       HDR_START = 0x01,
       HDR_APnDP = 0x02,
       HDR_RnW = 0x04,
       HDR_A23 = 0x18, /* A[3:2] */
       HDR_PARITY = 0x20,
       HDR_STOP = 0x40,
       HDR_PARK = 0x80,
};

enum { /* a request without start, parity, stop and park: what is accessed */
       READ_DPIDR = HDR_RnW,
       READ_CTRLSTAT = HDR_RnW | DP_CTRLSTAT << 1,
       READ_RESEND = HDR_RnW | DP_RESEND << 1,
       READ_RDBUFF = HDR_RnW | DP_RDBUFF << 1,
       WRITE_ABORT = 0,
       WRITE_CTRL = DP_CTRLSTAT << 1,
       WRITE_SELECT = DP_SELECT << 1,
       WRITE_TARGSEL = DP_TARGETSEL << 1,
};

static const uint32_t STICKY_FLAGS =
    BITS(DP_CTRLSTAT_STICKYORUN) | BITS(DP_CTRLSTAT_STICKYCMP) | BITS(DP_CTRLSTAT_STICKYERR) | BITS(DP_CTRLSTAT_WDATAERR);
static const uint32_t CTRLSTAT_WRITABLE = BITS(DP_CTRLSTAT_ORUNDETECT) | BITS(DP_CTRLSTAT_CDBGPWRUPREQ) | BITS(DP_CTRLSTAT_CSYSPWRUPREQ);

enum {
    DLCR_RESET = 0x40,    /* bit 6 reads as one */
    DLPIDR_V2 = 0x1,      /* SWD protocol version 2, target instance 0 */
    EVENTSTAT_IDLE = 0x1, /* no event waits */
};

DEFINE_STATE(dap_state_table, "dap", struct dap_state,
             /* in the struct's order */
             STATE_ONE(struct dap_state, done_ps, STATE_ANY), STATE_ONE(struct dap_state, abandoned_ps, STATE_ANY),
             STATE_ONE(struct dap_state, ctrlstat, STATE_ANY), STATE_ONE(struct dap_state, select, STATE_ANY),
             STATE_ONE(struct dap_state, dlcr, STATE_ANY), STATE_ONE(struct dap_state, rdbuff, STATE_ANY),
             STATE_ONE(struct dap_state, resend, STATE_ANY), STATE_ONE(struct dap_state, word, STATE_ANY),
             STATE_ONE(struct dap_state, posted_value, STATE_ANY), STATE_MANY(struct dap_state, csw, STATE_ANY),
             STATE_MANY(struct dap_state, tar, STATE_ANY), STATE_ONE(struct dap_state, link, DAP_LINKS - 1),
             STATE_ONE(struct dap_state, phase, DAP_PHASES - 1), STATE_ONE(struct dap_state, header, STATE_ANY),
             STATE_ONE(struct dap_state, posted, DAP_POSTEDS - 1), STATE_ONE(struct dap_state, posted_failed, 1));

static bool odd_parity(uint32_t word) { return __builtin_parity(word) != 0; }
static bool is_v2(const struct dap *d) { return GET(d->facts->dpidr, DP_DPIDR_VERSION) >= 2; }

void dap_init(struct dap *d, const struct dap_facts *facts, const struct dap_target *target, struct timeline *time)
{
    *d = (struct dap){ .facts = facts, .target = target, .time = time };
    dap_power_on_reset(d);
}

void dap_power_on_reset(struct dap *d)
{
    d->s = (struct dap_state){ .dlcr = DLCR_RESET, .link = DAP_LOCKED };
    ap_power_on_reset(d);
}

void dap_line_reset(struct dap *d)
{
    if (!d->target->alive(d->target->ctx))
        return;
    d->s.link = DAP_RESET;
    d->s.phase = DAP_NO_DATA;
    d->s.dlcr = DLCR_RESET;
    d->s.select &= ~BITS(DP_SELECT_DPBANKSEL); /* the rest of SELECT is unknown by the book: kept. CTRL/STAT and a posted access too */
}

/* Bad parity, stop or park, or a data phase left out. Version 2 then waits for a line reset; version 1 hears a DPIDR read as well
 * (how many errors it takes is implementation defined: one, here). */
static enum swd_ack protocol_error(struct dap *d)
{
    d->s.link = is_v2(d) ? DAP_LOCKED : DAP_RESET;
    d->s.phase = DAP_NO_DATA;
    return SWD_SILENT;
}

/* The posted access, if its time has come. */
static void settle(struct dap *d)
{
    if (d->s.posted == DAP_NONE_POSTED || d->time->now_ps < d->s.done_ps)
        return;
    if (d->s.posted_failed)
        d->s.ctrlstat |= BITS(DP_CTRLSTAT_STICKYERR);
    else if (d->s.posted == DAP_READ_POSTED)
        d->s.rdbuff = d->s.posted_value;
    d->s.posted = DAP_NONE_POSTED;
}

static uint32_t read_ctrlstat(const struct dap *d)
{
    uint32_t value = d->s.ctrlstat;

    if (value & BITS(DP_CTRLSTAT_CDBGPWRUPREQ)) /* the domains of these chips are there at once */
        value |= BITS(DP_CTRLSTAT_CDBGPWRUPACK);
    if (value & BITS(DP_CTRLSTAT_CSYSPWRUPREQ))
        value |= BITS(DP_CTRLSTAT_CSYSPWRUPACK);
    return value;
}

static bool powered_up(const struct dap *d)
{
    const uint32_t both = BITS(DP_CTRLSTAT_CDBGPWRUPACK) | BITS(DP_CTRLSTAT_CSYSPWRUPACK);

    return (read_ctrlstat(d) & both) == both;
}

static unsigned dp_bank(const struct dap *d)
{
    const unsigned bank = GET(d->s.select, DP_SELECT_DPBANKSEL);

    return is_v2(d) ? bank : bank & 1; /* DPv1: CTRLSEL, one bit */
}

static uint32_t read_banked(const struct dap *d)
{
    switch (dp_bank(d) << 4 | DP_CTRLSTAT) {
    case DP_CTRLSTAT: return read_ctrlstat(d);
    case DP_DLCR: return d->s.dlcr;
    case DP_TARGETID: return d->facts->targetid;
    case DP_DLPIDR: return DLPIDR_V2;
    case DP_EVENTSTAT: return EVENTSTAT_IDLE;
    default: return 0; /* reserved */
    }
}

static void write_banked(struct dap *d, uint32_t word)
{
    switch (dp_bank(d) << 4 | DP_CTRLSTAT) {
    case DP_CTRLSTAT: d->s.ctrlstat = (d->s.ctrlstat & ~CTRLSTAT_WRITABLE) | (word & CTRLSTAT_WRITABLE); break;
    case DP_DLCR: d->s.dlcr = DLCR_RESET | (word & BITS(DP_DLCR_TURNROUND)); break;
    default: break; /* read-only or reserved */
    }
}

static void write_abort(struct dap *d, uint32_t word)
{
    static const struct {
        uint32_t abort, flag;
    } clears[] = {
        { BITS(DP_ABORT_STKCMPCLR), BITS(DP_CTRLSTAT_STICKYCMP) },
        { BITS(DP_ABORT_STKERRCLR), BITS(DP_CTRLSTAT_STICKYERR) },
        { BITS(DP_ABORT_WDERRCLR), BITS(DP_CTRLSTAT_WDATAERR) },
        { BITS(DP_ABORT_ORUNERRCLR), BITS(DP_CTRLSTAT_STICKYORUN) },
    };

    settle(d);
    for (unsigned i = 0; i < sizeof clears / sizeof clears[0]; i++)
        if (word & clears[i].abort)
            d->s.ctrlstat &= ~clears[i].flag;
    if (word & BITS(DP_ABORT_DAPABORT) && d->s.posted != DAP_NONE_POSTED) { /* the port is free, the bus is not (CSW.TrInProg) */
        d->s.abandoned_ps = d->s.done_ps;
        d->s.posted = DAP_NONE_POSTED;
    }
}

/* WAIT or FAULT. With overrun detection a data phase follows all the same, so that a host may run ahead. */
static enum swd_ack refuse(struct dap *d, unsigned access, enum swd_ack ack)
{
    if ((access & (HDR_APnDP | HDR_RnW)) == (HDR_APnDP | HDR_RnW) || access == READ_RDBUFF)
        d->s.ctrlstat &= ~BITS(DP_CTRLSTAT_READOK);
    if (d->s.ctrlstat & BITS(DP_CTRLSTAT_ORUNDETECT)) {
        d->s.phase = DAP_DUMMY;
        if (ack == SWD_WAIT)
            d->s.ctrlstat |= BITS(DP_CTRLSTAT_STICKYORUN);
    }
    return ack;
}

static unsigned ap_port(const struct dap *d) { return GET(d->s.select, DP_SELECT_APSEL); }
static unsigned ap_reg(const struct dap *d, unsigned access)
{
    return (unsigned)GET(d->s.select, DP_SELECT_APBANKSEL) << 4 | (access & HDR_A23) >> 1;
}

/* The word that a read gives out; an AP read gives the one before it and starts its own. */
static uint32_t read_word(struct dap *d, unsigned access)
{
    switch (access) {
    case READ_DPIDR: return d->facts->dpidr;
    case READ_CTRLSTAT: return read_banked(d);
    case READ_RESEND: return d->s.resend;
    default: /* AP or RDBUFF */
        d->s.ctrlstat |= BITS(DP_CTRLSTAT_READOK);
        d->s.resend = d->s.rdbuff;
        if (access & HDR_APnDP)
            ap_read(d, ap_port(d), ap_reg(d, access));
        return d->s.resend;
    }
}

static enum swd_ack accept(struct dap *d, unsigned access)
{
    if (access & HDR_RnW) {
        d->s.word = read_word(d, access);
        d->s.phase = DAP_READ;
    } else {
        d->s.phase = DAP_WRITE;
    }
    return SWD_OK;
}

/* These three are answered in every state, so that a debugger can always find out and get on. */
static bool always_answered(const struct dap *d, unsigned access)
{
    return access == READ_DPIDR || access == WRITE_ABORT || (access == READ_CTRLSTAT && dp_bank(d) == 0);
}

static enum swd_ack answer(struct dap *d, unsigned access)
{
    settle(d);
    if (always_answered(d, access))
        return accept(d, access);
    if (d->s.ctrlstat & STICKY_FLAGS)
        return refuse(d, access, SWD_FAULT);
    if (d->s.posted != DAP_NONE_POSTED)
        return refuse(d, access, SWD_WAIT);
    if (access & HDR_APnDP) {
        if (!powered_up(d)) { /* estimate: refused at once, and an error that sticks */
            d->s.ctrlstat |= BITS(DP_CTRLSTAT_STICKYERR);
            return refuse(d, access, SWD_FAULT);
        }
        if (d->s.abandoned_ps > d->time->now_ps && ap_uses_bus(d, ap_port(d), ap_reg(d, access)))
            return refuse(d, access, SWD_WAIT);
    }
    return accept(d, access);
}

static enum swd_ack answer_in_trouble(struct dap *d, unsigned access, enum dap_trouble trouble)
{
    enum swd_ack ack;

    switch (trouble) {
    case DAP_SAYS_WAIT: return always_answered(d, access) ? answer(d, access) : refuse(d, access, SWD_WAIT);
    case DAP_SAYS_FAULT:
        if (always_answered(d, access))
            return answer(d, access);
        d->s.ctrlstat |= BITS(DP_CTRLSTAT_STICKYERR);
        return refuse(d, access, SWD_FAULT);
    case DAP_IS_SILENT: return SWD_SILENT;
    case DAP_LINE_LOST: d->s.link = DAP_LOCKED; return SWD_SILENT;
    case DAP_BAD_PARITY: d->bad_parity = access & HDR_RnW; return answer(d, access);
    case DAP_WRONG_ID:
        ack = answer(d, access);
        if (access == READ_DPIDR)
            d->s.word = ~d->s.word;
        return ack;
    default: return answer(d, access);
    }
}

enum swd_ack dap_request(struct dap *d, uint8_t header)
{
    const unsigned access = header & (HDR_APnDP | HDR_RnW | HDR_A23);

    if (!(header & HDR_START) || !d->target->alive(d->target->ctx))
        return SWD_SILENT; /* no request at all: the line is idle, or ends in nothing */
    if (d->s.link == DAP_LOCKED)
        return SWD_SILENT;
    if ((d->s.phase != DAP_NO_DATA && d->s.phase != DAP_TARGETSEL) || (header & HDR_STOP) || !(header & HDR_PARK) ||
        odd_parity(access) != !!(header & HDR_PARITY))
        return protocol_error(d);
    d->s.phase = DAP_NO_DATA;
    d->s.header = header;
    if (d->s.link == DAP_RESET) { /* ADIv6 and OpenOCD: nothing else is answered. ST's manuals of DPv1 parts promise a FAULT instead */
        if (access == WRITE_TARGSEL && is_v2(d))
            d->s.phase = DAP_TARGETSEL;
        if (access != READ_DPIDR)
            return SWD_SILENT;
        d->s.link = DAP_UP;
    }
    return d->hooks ? answer_in_trouble(d, access, d->hooks->request(d->hooks->ctx)) : answer(d, access);
}

uint32_t dap_read_data(struct dap *d, bool *parity)
{
    const uint32_t word = d->s.phase == DAP_READ ? d->s.word : 0;

    d->s.phase = DAP_NO_DATA;
    *parity = odd_parity(word) != d->bad_parity;
    d->bad_parity = false;
    return word;
}

/* Multi-drop: whoever is not meant falls silent until the next line reset. */
static void write_targetsel(struct dap *d, uint32_t word)
{
    const uint32_t identity = BITS(DP_TARGETID_TPARTNO) | BITS(DP_TARGETID_TDESIGNER);

    if (((word ^ d->facts->targetid) & identity) != 0 || GET(word, DP_TARGETID_TREVISION) != 0 /* TINSTANCE here; ours is 0 */)
        d->s.link = DAP_LOCKED;
}

void dap_write_data(struct dap *d, uint32_t word, bool parity)
{
    const unsigned access = d->s.header & (HDR_APnDP | HDR_RnW | HDR_A23);
    const unsigned phase = d->s.phase;

    d->s.phase = DAP_NO_DATA;
    if (phase == DAP_TARGETSEL) {
        if (parity != odd_parity(word))
            protocol_error(d);
        else
            write_targetsel(d, word);
        return;
    }
    if (phase != DAP_WRITE)
        return;
    if (parity != odd_parity(word)) { /* the ACK is out already: the word is dropped, the flag stays */
        d->s.ctrlstat |= BITS(DP_CTRLSTAT_WDATAERR);
        return;
    }
    if (access & HDR_APnDP) {
        ap_write(d, ap_port(d), ap_reg(d, access), word);
        return;
    }
    switch (access) {
    case WRITE_ABORT: write_abort(d, word); break;
    case WRITE_CTRL: write_banked(d, word); break;
    case WRITE_SELECT: d->s.select = word; break;
    default: break; /* TARGETSEL means something only after a line reset */
    }
}
