/* mpu.c - the protected memory system architecture: 8 regions with 8 subregions each.
 *
 * Source: DDI 0419 B3.5; DDI 0484 chapter 6 (regions of 256 bytes and more). */
#include "cpu/cpu_internal.h"

enum { SMALLEST_SIZE = 7 }; /* RASR.SIZE 7 is 2^8 bytes; smaller values are UNPREDICTABLE and match nothing here */

/* Rights by RASR.AP. 0b100 is UNPREDICTABLE: no access. */
enum { NONE, READ, WRITE_TOO };
// clang-format off
static const struct { uint8_t privileged, unprivileged; } rights[8] = {
    /* 000 */ { NONE,      NONE },
    /* 001 */ { WRITE_TOO, NONE },
    /* 010 */ { WRITE_TOO, READ },
    /* 011 */ { WRITE_TOO, WRITE_TOO },
    /* 100 */ { NONE,      NONE },
    /* 101 */ { READ,      NONE },
    /* 110 */ { READ,      READ },
    /* 111 */ { READ,      READ },
};
// clang-format on

static bool region_holds(const struct cpu_state *s, unsigned i, uint32_t addr)
{
    const uint32_t rasr = s->mpu_rasr[i];
    const uint32_t size = GET(rasr, PPB_MPU_RASR_SIZE);
    uint32_t mask, subregion;

    if (!(rasr & BITS(PPB_MPU_RASR_ENABLE)) || size < SMALLEST_SIZE)
        return false;
    mask = (uint32_t)((UINT64_C(2) << size) - 1);
    if ((addr ^ s->mpu_rbar[i]) & ~mask)
        return false;
    subregion = (addr & mask) >> (size - 2);
    return !(GET(rasr, PPB_MPU_RASR_SRD) >> subregion & 1);
}

/* Peripherals, external devices and the system region are execute-never in the default memory map (DDI 0419 B3.1). */
static bool default_map_allows(uint32_t addr, enum cpu_use use)
{
    return use != CPU_USE_FETCH || addr < 0x40000000u || (addr >= 0x60000000u && addr < 0xA0000000u);
}

bool cpu_mpu_allows(const struct cpu_state *s, uint32_t addr, enum cpu_use use)
{
    const bool privileged = cpu_privileged(s);
    const bool above = s->active & (CPU_EXCEPTION_BIT(EXC_HARDFAULT) | CPU_EXCEPTION_BIT(EXC_NMI));

    if (!(s->mpu_ctrl & BITS(PPB_MPU_CTRL_ENABLE)) || (above && !(s->mpu_ctrl & BITS(PPB_MPU_CTRL_HFNMIENA))))
        return default_map_allows(addr, use);
    if (use == CPU_USE_FETCH && addr >= PPB_BASE) /* the system region is never executable */
        return false;
    for (unsigned i = CPU_MPU_REGIONS; i-- > 0;) { /* the highest number wins */
        if (region_holds(s, i, addr)) {
            const uint32_t ap = GET(s->mpu_rasr[i], PPB_MPU_RASR_AP);
            const unsigned right = privileged ? rights[ap].privileged : rights[ap].unprivileged;

            if (use == CPU_USE_FETCH)
                return right >= READ && !(s->mpu_rasr[i] & BITS(PPB_MPU_RASR_XN));
            return right >= (use == CPU_USE_WRITE ? WRITE_TOO : READ);
        }
    }
    if (!privileged || !(s->mpu_ctrl & BITS(PPB_MPU_CTRL_PRIVDEFENA)))
        return false;
    return default_map_allows(addr, use);
}

static uint32_t read_type(const struct cpu *c, uint32_t at) { return PUT(PPB_MPU_TYPE_DREGION, CPU_MPU_REGIONS); }
static uint32_t read_ctrl(const struct cpu *c, uint32_t at) { return c->s.mpu_ctrl; }
static uint32_t read_rnr(const struct cpu *c, uint32_t at) { return c->s.mpu_rnr; }
static uint32_t read_rasr(const struct cpu *c, uint32_t at) { return c->s.mpu_rasr[c->s.mpu_rnr]; }

static uint32_t read_rbar(const struct cpu *c, uint32_t at) { return c->s.mpu_rbar[c->s.mpu_rnr] | PUT(PPB_MPU_RBAR_REGION, c->s.mpu_rnr); }

static void write_ctrl(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.mpu_ctrl = value & (BITS(PPB_MPU_CTRL_ENABLE) | BITS(PPB_MPU_CTRL_HFNMIENA) | BITS(PPB_MPU_CTRL_PRIVDEFENA));
    cpu_flush_fetch(&c->s);
}

static void write_rnr(struct cpu *c, uint32_t at, uint32_t value, bool debugger) { c->s.mpu_rnr = value % CPU_MPU_REGIONS; }

static void write_rbar(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    if (value & BITS(PPB_MPU_RBAR_VALID))
        c->s.mpu_rnr = GET(value, PPB_MPU_RBAR_REGION) % CPU_MPU_REGIONS;
    c->s.mpu_rbar[c->s.mpu_rnr] = value & BITS(PPB_MPU_RBAR_ADDR);
    cpu_flush_fetch(&c->s);
}

static void write_rasr(struct cpu *c, uint32_t at, uint32_t value, bool debugger)
{
    c->s.mpu_rasr[c->s.mpu_rnr] =
        value & (BITS(PPB_MPU_RASR_ENABLE) | BITS(PPB_MPU_RASR_SIZE) | BITS(PPB_MPU_RASR_SRD) | BITS(PPB_MPU_RASR_B) |
                 BITS(PPB_MPU_RASR_C) | BITS(PPB_MPU_RASR_S) | BITS(PPB_MPU_RASR_AP) | BITS(PPB_MPU_RASR_XN));
    cpu_flush_fetch(&c->s);
}

const struct ppb_row cpu_mpu_rows[] = {
    { PPB_MPU_TYPE, PPB_MPU_TYPE, .read = read_type },
    { PPB_MPU_CTRL, PPB_MPU_CTRL, .read = read_ctrl, .write = write_ctrl },
    { PPB_MPU_RNR, PPB_MPU_RNR, .read = read_rnr, .write = write_rnr },
    { PPB_MPU_RBAR, PPB_MPU_RBAR, .read = read_rbar, .write = write_rbar },
    { PPB_MPU_RASR, PPB_MPU_RASR, .read = read_rasr, .write = write_rasr },
    { 0 },
};
