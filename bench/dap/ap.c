/* ap.c - the MEM-APs: CSW, TAR, the data registers, and what identifies a port.
 *
 * Sources: ADIv5.2 (IHI 0031) chapter C2; CoreSight components (DDI 0314H) for AHB-AP and APB-AP; Cortex-M0+ TRM (DDI 0484).
 * Port 0 reaches the chip's bus. Nothing is behind port 1: the STM32U0's APB-AP holds a mailbox for its OEM keys only. */
#include "dap/ap.h"
#include "device/regs/adi.h"

enum {
    TAR_PAGE = 0x400, /* auto-increment never leaves it: what the architecture guarantees, and what a Cortex-M0+ has */
    INC_SINGLE = 1,
    INC_PACKED = 2,
    SIZE_WORD = 2,
    BASE_NONE = 0x2, /* BASE when facts give none: format bit, no component present */
};

struct port_kind {
    uint32_t idr;
    uint32_t csw_reset, csw_writable; /* SIZE is handled apart: only the sizes there are stick */
    bool sizes, packed;               /* 8 and 16 bits too; more than one element per word */
};

/* clang-format off */
static const struct port_kind kinds[] = {
    /* IDR         CSW at reset  writable     8/16 bit packed */
    { 0x04770031,  0x03000040,   0x02000030,  true,    false },  /* M0+ DAP: reset value from published dumps; HPROT[1] only: estimate */
    { 0x84770001,  0x43000042,   0x5F000030,  true,    true  },  /* CoreSight AHB-AP, DDI 0314H table 2.20 */
    { 0x54770002,  0x80000042,   0x80000030,  false,   false },  /* CoreSight APB-AP, DDI 0314H: 32 bits only, DbgSwEnable */
    { 0,           0x03000040,   0x02000030,  true,    false },  /* any other: as the first */
};
/* clang-format on */

static const struct port_kind *kind_of(const struct dap *d, unsigned port)
{
    const struct port_kind *k = kinds;

    while (k->idr != 0 && k->idr != d->facts->ap[port].idr)
        k++;
    return k;
}

static bool closed(const struct dap *d, unsigned port) { return port == 0 && d->hooks && d->hooks->closed(d->hooks->ctx); }
static bool present(const struct dap *d, unsigned port) { return port < 2 && d->facts->ap[port].idr != 0; }

void ap_power_on_reset(struct dap *d)
{
    for (unsigned port = 0; port < 2; port++) {
        d->s.csw[port] = kind_of(d, port)->csw_reset;
        d->s.tar[port] = 0;
    }
}

bool ap_uses_bus(const struct dap *d, unsigned port, unsigned reg)
{
    return present(d, port) && (reg == AP_DRW || (reg >= AP_BD0 && reg <= AP_BD3));
}

static void write_csw(struct dap *d, unsigned port, uint32_t word)
{
    const struct port_kind *k = kind_of(d, port);
    uint32_t csw = (d->s.csw[port] & ~k->csw_writable) | (word & k->csw_writable);

    /* An increment or size that is not there does not stick; clients write and read back to find out. */
    if (GET(csw, AP_CSW_ADDRINC) > (k->packed ? INC_PACKED : INC_SINGLE))
        csw &= ~BITS(AP_CSW_ADDRINC);
    if (k->sizes && GET(word, AP_CSW_SIZE) <= SIZE_WORD)
        csw = (csw & ~BITS(AP_CSW_SIZE)) | (word & BITS(AP_CSW_SIZE));
    d->s.csw[port] = csw;
}

static uint32_t read_csw(const struct dap *d, unsigned port)
{
    const bool busy = port == 0 && d->s.abandoned_ps > d->time->now_ps; /* a posted access would have been answered with WAIT */

    return (d->s.csw[port] & ~(closed(d, port) ? BITS(AP_CSW_DEVICEEN) : 0)) | (busy ? BITS(AP_CSW_TRINPROG) : 0);
}

static void step_tar(struct dap *d, unsigned port, uint32_t bytes)
{
    const uint32_t tar = d->s.tar[port];

    d->s.tar[port] = (tar & ~(uint32_t)(TAR_PAGE - 1)) | ((tar + bytes) & (TAR_PAGE - 1));
}

/* One access of one to four bytes. Data travels on the byte lanes of its address. */
static bool bus_access(struct dap *d, unsigned port, bool write, uint32_t addr, unsigned bytes, uint32_t *word)
{
    const unsigned lane = 8 * (addr & 3);
    const uint32_t mask = bytes == 4 ? UINT32_MAX : (UINT32_C(1) << 8 * bytes) - 1;
    uint64_t done_ps = d->time->now_ps;
    uint32_t value = write ? *word >> lane & mask : 0;
    bool ok;

    if (port != 0 || closed(d, port))
        return false;
    ok = write ? d->target->write(d->target->ctx, addr, bytes, value, &done_ps)
               : d->target->read(d->target->ctx, addr, bytes, &value, &done_ps);
    if (done_ps > d->s.done_ps)
        d->s.done_ps = done_ps;
    if (!write)
        *word |= (value & mask) << lane;
    return ok;
}

/* DRW or BDn: one word's worth of accesses, posted. After an error the address stays where it was. */
static void post_access(struct dap *d, unsigned port, unsigned reg, bool write, uint32_t word)
{
    const uint32_t csw = d->s.csw[port];
    bool ok;

    d->s.posted = write ? DAP_WRITE_POSTED : DAP_READ_POSTED;
    d->s.done_ps = d->time->now_ps;
    if (reg != AP_DRW) {
        ok = bus_access(d, port, write, (d->s.tar[port] & ~UINT32_C(0xF)) + (reg - AP_BD0), 4, &word);
    } else {
        const unsigned bytes = 1u << GET(csw, AP_CSW_SIZE);
        const unsigned increment = GET(csw, AP_CSW_ADDRINC);
        unsigned count = increment == INC_PACKED ? 4 / bytes : 1;

        do {
            ok = bus_access(d, port, write, d->s.tar[port] & ~(bytes - 1), bytes, &word);
            if (ok && increment)
                step_tar(d, port, bytes);
        } while (ok && --count > 0);
    }
    d->s.posted_failed = !ok;
    d->s.posted_value = word;
}

void ap_read(struct dap *d, unsigned port, unsigned reg)
{
    uint32_t value = 0;

    if (ap_uses_bus(d, port, reg)) {
        post_access(d, port, reg, false, 0);
        return;
    }
    if (present(d, port))
        switch (reg) {
        case AP_CSW: value = read_csw(d, port); break;
        case AP_TAR: value = d->s.tar[port]; break;
        case AP_CFG: value = d->facts->ap[port].cfg; break;
        case AP_BASE: value = d->facts->ap[port].base ? d->facts->ap[port].base : BASE_NONE; break;
        case AP_IDR: value = d->facts->ap[port].idr; break;
        default: break; /* reserved: 0 */
        }
    d->s.rdbuff = value;
}

void ap_write(struct dap *d, unsigned port, unsigned reg, uint32_t word)
{
    if (ap_uses_bus(d, port, reg))
        post_access(d, port, reg, true, word);
    else if (present(d, port) && reg == AP_CSW)
        write_csw(d, port, word);
    else if (present(d, port) && reg == AP_TAR)
        d->s.tar[port] = word;
}
