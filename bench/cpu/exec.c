/* exec.c - the instructions of ARMv6-M: all of 16-bit Thumb that it has, BL, MRS, MSR, DMB, DSB, ISB, UDF.W.
 *
 * Sources: DDI 0419 A5 (encodings), A6 (instructions); DDI 0484 table 3-1 (cycles, with the single-cycle multiplier).
 * UNDEFINED encodings fault. UNPREDICTABLE ones fault too where the encoding is at fault (empty register list, should-be bits wrong,
 * PC or SP where they must not be): a program that relies on them is wrong, and here it is seen. The decoder is one switch on the upper
 * byte, ordered as the tables of A5. `next` is where execution goes on; r[15] reads as the instruction's address + 4 meanwhile. */
#include "cpu/cpu_internal.h"

static inline uint32_t set_nz(struct cpu_state *s, uint32_t result)
{
    s->n = result >> 31;
    s->z = result == 0;
    return result;
}

static inline uint32_t add_with_carry(struct cpu_state *s, uint32_t a, uint32_t b, bool carry)
{
    const uint64_t sum = (uint64_t)a + b + carry;
    const uint32_t result = (uint32_t)sum;

    s->c = sum >> 32 & 1;
    s->v = ((a ^ result) & (b ^ result)) >> 31;
    return set_nz(s, result);
}

static inline uint32_t subtract(struct cpu_state *s, uint32_t a, uint32_t b) { return add_with_carry(s, a, ~b, true); }

/* Shifts by 0..255; 0 leaves C alone. */
static inline uint32_t shift_left(struct cpu_state *s, uint32_t value, uint32_t by)
{
    if (by == 0)
        return set_nz(s, value);
    s->c = by <= 32 && value >> (32 - by) & 1;
    return set_nz(s, by < 32 ? value << by : 0);
}

static inline uint32_t shift_right(struct cpu_state *s, uint32_t value, uint32_t by)
{
    if (by == 0)
        return set_nz(s, value);
    s->c = by <= 32 && value >> (by - 1) & 1;
    return set_nz(s, by < 32 ? value >> by : 0);
}

static inline uint32_t shift_right_signed(struct cpu_state *s, uint32_t value, uint32_t by)
{
    const int64_t wide = (int32_t)value;

    if (by == 0)
        return set_nz(s, value);
    if (by > 32)
        by = 32;
    s->c = wide >> (by - 1) & 1;
    return set_nz(s, (uint32_t)(wide >> by));
}

static inline uint32_t rotate_right(struct cpu_state *s, uint32_t value, uint32_t by)
{
    if (by == 0)
        return set_nz(s, value);
    by &= 31;
    value = by ? value >> by | value << (32 - by) : value;
    s->c = value >> 31;
    return set_nz(s, value);
}

static void data_processing(struct cpu_state *s, uint32_t op)
{
    uint32_t *d = &s->r[op & 7];
    const uint32_t m = s->r[op >> 3 & 7];

    switch (op >> 6 & 15) {
    case 0x0: *d = set_nz(s, *d & m); break;                       /* ANDS */
    case 0x1: *d = set_nz(s, *d ^ m); break;                       /* EORS */
    case 0x2: *d = shift_left(s, *d, m & 0xFF); break;             /* LSLS */
    case 0x3: *d = shift_right(s, *d, m & 0xFF); break;            /* LSRS */
    case 0x4: *d = shift_right_signed(s, *d, m & 0xFF); break;     /* ASRS */
    case 0x5: *d = add_with_carry(s, *d, m, s->c); break;          /* ADCS */
    case 0x6: *d = add_with_carry(s, *d, ~m, s->c); break;         /* SBCS */
    case 0x7: *d = rotate_right(s, *d, m & 0xFF); break;           /* RORS */
    case 0x8: set_nz(s, *d & m); break;                            /* TST */
    case 0x9: *d = add_with_carry(s, ~m, 0, true); break;          /* RSBS #0 */
    case 0xA: subtract(s, *d, m); break;                           /* CMP */
    case 0xB: add_with_carry(s, *d, m, false); break;              /* CMN */
    case 0xC: *d = set_nz(s, *d | m); break;                       /* ORRS */
    case 0xD: *d = set_nz(s, (uint32_t)((uint64_t)*d * m)); break; /* MULS */
    case 0xE: *d = set_nz(s, *d & ~m); break;                      /* BICS */
    case 0xF: *d = set_nz(s, ~m); break;                           /* MVNS */
    }
}

static inline bool condition_passed(const struct cpu_state *s, uint32_t condition)
{
    switch (condition) {
    case 0x0: return s->z;
    case 0x1: return !s->z;
    case 0x2: return s->c;
    case 0x3: return !s->c;
    case 0x4: return s->n;
    case 0x5: return !s->n;
    case 0x6: return s->v;
    case 0x7: return !s->v;
    case 0x8: return s->c && !s->z;
    case 0x9: return !s->c || s->z;
    case 0xA: return s->n == s->v;
    case 0xB: return s->n != s->v;
    case 0xC: return !s->z && s->n == s->v;
    default: return s->z || s->n != s->v;
    }
}

/* A taken branch costs one cycle more and fetches its target anew. Returns where to go on. */
static inline uint32_t branch_to(struct cpu_state *s, uint32_t target)
{
    s->cycle++;
    cpu_flush_fetch(s);
    return target & ~1u;
}

/* BX, BLX, POP {PC}: bit 0 goes to T, an EXC_RETURN value in Handler mode ends the handler. */
static uint32_t branch_exchange(struct cpu *c, uint32_t target)
{
    struct cpu_state *s = &c->s;

    if (s->ipsr != EXC_NONE && target >> 28 == 0xF) {
        s->cycle++;
        cpu_exception_return(c, target);
        return s->r[COREREG_PC];
    }
    s->t = target & 1;
    if (!s->t)
        c->d.attention = true;
    return branch_to(s, target);
}

static bool load_multiple(struct cpu *c, uint32_t op)
{
    uint32_t *r = c->s.r;
    const uint32_t base = op >> 8 & 7;
    uint32_t addr = r[base], value, new_base = 0;

    if ((op & 0xFF) == 0)
        return false;
    for (unsigned i = 0; i < 8; i++) {
        if (!(op >> i & 1))
            continue;
        if (!cpu_load(c, addr, 4, &value))
            return false;
        if (i == base)
            new_base = value;
        else
            r[i] = value;
        addr += 4;
    }
    r[base] = op >> base & 1 ? new_base : addr;
    return true;
}

/* A base in the list that is not its lowest register is stored as UNKNOWN: here as it was. */
static bool store_multiple(struct cpu *c, uint32_t op)
{
    uint32_t *r = c->s.r;
    const uint32_t base = op >> 8 & 7;
    uint32_t addr = r[base];

    if ((op & 0xFF) == 0)
        return false;
    for (unsigned i = 0; i < 8; i++) {
        if (!(op >> i & 1))
            continue;
        if (!cpu_store(c, addr, 4, r[i]))
            return false;
        addr += 4;
    }
    r[base] = addr;
    return true;
}

static bool push(struct cpu *c, uint32_t op)
{
    uint32_t *r = c->s.r;
    const uint32_t new_sp = r[COREREG_SP] - 4 * (uint32_t)__builtin_popcount(op & 0x1FF);
    uint32_t addr = new_sp;

    if ((op & 0x1FF) == 0)
        return false;
    for (unsigned i = 0; i < 9; i++) {
        if (!(op >> i & 1))
            continue;
        if (!cpu_store(c, addr, 4, r[i == 8 ? COREREG_LR : i]))
            return false;
        addr += 4;
    }
    r[COREREG_SP] = new_sp;
    return true;
}

/* With PC in the list, 3 + N cycles, N counting PC too. */
static bool pop(struct cpu *c, uint32_t op, uint32_t *next)
{
    uint32_t *r = c->s.r;
    uint32_t addr = r[COREREG_SP], target = 0;

    if ((op & 0x1FF) == 0)
        return false;
    for (unsigned i = 0; i < 9; i++) {
        if (!(op >> i & 1))
            continue;
        if (!cpu_load(c, addr, 4, i == 8 ? &target : &r[i]))
            return false;
        addr += 4;
    }
    r[COREREG_SP] = addr;
    if (op & 0x100) {
        c->s.cycle++;
        *next = branch_exchange(c, target);
    }
    return true;
}

/* MRS and MSR: SYSm values (DDI 0419 B5). */
enum { SYSM_PSR_LAST = 7, SYSM_MSP = 8, SYSM_PSP = 9, SYSM_PRIMASK = 16, SYSM_CONTROL = 20 };
enum { PSR_HAS_IPSR = 1, PSR_WITHOUT_APSR = 4 };

static bool read_special(struct cpu *c, uint32_t d, uint32_t sysm)
{
    struct cpu_state *s = &c->s;
    const bool privileged = cpu_privileged(s);
    uint32_t value = 0;

    if (d == COREREG_SP || d == COREREG_PC || sysm == 4)
        return false;
    switch (sysm) {
    case 0 ... SYSM_PSR_LAST: /* EPSR reads 0 */
        if (sysm & PSR_HAS_IPSR && privileged)
            value |= s->ipsr;
        if (!(sysm & PSR_WITHOUT_APSR))
            value |= cpu_get_xpsr(s) & 0xF0000000u;
        break;
    case SYSM_MSP:
    case SYSM_PSP: value = privileged ? *cpu_stack_pointer(s, sysm == SYSM_PSP) : 0; break;
    case SYSM_PRIMASK: value = privileged && s->primask; break;
    case SYSM_CONTROL: value = (uint32_t)s->spsel << 1 | s->npriv; break;
    default: return false;
    }
    s->r[d] = value;
    return true;
}

static bool write_special(struct cpu *c, uint32_t n, uint32_t sysm)
{
    struct cpu_state *s = &c->s;
    const bool privileged = cpu_privileged(s);
    const uint32_t value = s->r[n];

    if (n == COREREG_SP || n == COREREG_PC || sysm == 4)
        return false;
    switch (sysm) {
    case 0 ... SYSM_PSR_LAST:
        if (!(sysm & PSR_WITHOUT_APSR)) {
            const bool t = s->t;

            cpu_set_xpsr(s, value);
            s->t = t;
        }
        break;
    case SYSM_MSP:
    case SYSM_PSP:
        if (privileged)
            *cpu_stack_pointer(s, sysm == SYSM_PSP) = value & ~3u;
        break;
    case SYSM_PRIMASK:
        if (privileged)
            s->primask = value & 1;
        break;
    case SYSM_CONTROL:
        if (!privileged)
            break;
        s->npriv = value & 1;
        if (s->ipsr == EXC_NONE)
            cpu_select_stack(s, value >> 1 & 1);
        break;
    default: return false;
    }
    c->d.attention = true;
    return true;
}

/* The 32-bit instructions but BL. False: UNDEFINED (UDF.W among them) or UNPREDICTABLE. */
static bool system_instruction(struct cpu *c, uint32_t op, uint32_t op2)
{
    c->s.cycle += 2;
    if ((op & 0xFFF0) == 0xF380 && (op2 & 0xFF00) == 0x8800)
        return write_special(c, op & 15, op2 & 0xFF);
    if (op == 0xF3EF && (op2 & 0xF000) == 0x8000)
        return read_special(c, op2 >> 8 & 15, op2 & 0xFF);
    if (op == 0xF3BF && (op2 & 0xFFF0) == 0x8F60) /* ISB */
        cpu_flush_fetch(&c->s);
    else if (op != 0xF3BF || ((op2 & 0xFFF0) != 0x8F40 && (op2 & 0xFFF0) != 0x8F50)) /* DSB, DMB */
        return false;
    return true;
}

static bool hint(struct cpu *c, uint32_t op)
{
    struct cpu_state *s = &c->s;

    if (op & 15) /* IT in ARMv7-M */
        return false;
    switch (op >> 4 & 15) {
    case 2: /* WFE */
        s->cycle++;
        cpu_go_to_sleep(c, CPU_SLEEP_WFE);
        break;
    case 3: /* WFI */
        s->cycle++;
        cpu_go_to_sleep(c, CPU_SLEEP_WFI);
        break;
    case 4: s->event = true; break; /* SEV */
    default: break;                 /* NOP, YIELD and hints not allocated */
    }
    return true;
}

static inline uint32_t sign_extend(uint32_t value, unsigned bits) { return (uint32_t)((int32_t)(value << (32 - bits)) >> (32 - bits)); }

static inline uint32_t branch_link_target(uint32_t pc, uint32_t op, uint32_t op2)
{
    const uint32_t sign = op >> 10 & 1;
    const uint32_t i1 = ~(op2 >> 13 ^ sign) & 1, i2 = ~(op2 >> 11 ^ sign) & 1;

    return pc + 4 + sign_extend(sign << 24 | i1 << 23 | i2 << 22 | (op & 0x3FF) << 12 | (op2 & 0x7FF) << 1, 25);
}

/* Operands, as the encodings place them. */
#define RD    r[op & 7]
#define RM    r[op >> 3 & 7]
#define RN    r[op >> 3 & 7]
#define RO    r[op >> 6 & 7]
#define RX    r[op >> 8 & 7]
#define RD_HI ((op >> 4 & 8) | (op & 7))
#define RM_HI (op >> 3 & 15)
#define IMM3  (op >> 6 & 7)
#define IMM5  (op >> 6 & 31)
#define IMM8  (op & 0xFF)

void cpu_execute(struct cpu *c, uint64_t stop)
{
    struct cpu_state *s = &c->s;
    uint32_t *r = s->r;
    uint32_t pc, op, op2, next, value, d;

    pc = r[COREREG_PC];
    if (!s->t) { /* only looked at here: whatever clears T asks for attention */
        s->cycle++;
        goto fault;
    }
    do {
        pc = r[COREREG_PC];
        s->cycle++;
        if (unlikely(!cpu_fetch(c, pc, &op)))
            goto fault;
        next = pc + 2;
        r[COREREG_PC] = pc + 4;
        switch (op >> 8) {
        case 0x00 ... 0x07: RD = shift_left(s, RM, IMM5); break;                     /* LSLS, MOVS */
        case 0x08 ... 0x0F: RD = shift_right(s, RM, IMM5 ? IMM5 : 32); break;        /* LSRS */
        case 0x10 ... 0x17: RD = shift_right_signed(s, RM, IMM5 ? IMM5 : 32); break; /* ASRS */
        case 0x18 ... 0x19: RD = add_with_carry(s, RN, RO, false); break;            /* ADDS */
        case 0x1A ... 0x1B: RD = subtract(s, RN, RO); break;                         /* SUBS */
        case 0x1C ... 0x1D: RD = add_with_carry(s, RN, IMM3, false); break;          /* ADDS #3 */
        case 0x1E ... 0x1F: RD = subtract(s, RN, IMM3); break;                       /* SUBS #3 */
        case 0x20 ... 0x27: RX = set_nz(s, IMM8); break;                             /* MOVS #8 */
        case 0x28 ... 0x2F: subtract(s, RX, IMM8); break;                            /* CMP #8 */
        case 0x30 ... 0x37: RX = add_with_carry(s, RX, IMM8, false); break;          /* ADDS #8 */
        case 0x38 ... 0x3F: RX = subtract(s, RX, IMM8); break;                       /* SUBS #8 */
        case 0x40 ... 0x43: data_processing(s, op); break;

        case 0x44: /* ADD Rd, Rm */
            d = RD_HI;
            value = r[d] + r[RM_HI];
            if (d == COREREG_PC) {
                if (RM_HI == COREREG_PC)
                    goto fault;
                next = branch_to(s, value);
            } else {
                r[d] = d == COREREG_SP ? value & ~3u : value;
            }
            break;
        case 0x45: /* CMP Rn, Rm */
            d = RD_HI;
            if (d == COREREG_PC || RM_HI == COREREG_PC || (d < 8 && RM_HI < 8))
                goto fault;
            subtract(s, r[d], r[RM_HI]);
            break;
        case 0x46: /* MOV Rd, Rm */
            d = RD_HI;
            value = r[RM_HI];
            if (d == COREREG_PC)
                next = branch_to(s, value);
            else
                r[d] = d == COREREG_SP ? value & ~3u : value;
            break;
        case 0x47: /* BX, BLX */
            value = r[RM_HI];
            if (op & 7 || RM_HI == COREREG_PC)
                goto fault;
            if (op & 0x80) {
                r[COREREG_LR] = (pc + 2) | 1;
                s->t = value & 1;
                if (!s->t)
                    c->d.attention = true;
                next = branch_to(s, value);
            } else {
                next = branch_exchange(c, value);
            }
            break;

        case 0x48 ... 0x4F: /* LDR literal */
            if (!cpu_load(c, ((pc + 4) & ~3u) + 4 * IMM8, 4, &RX))
                goto fault;
            break;
        case 0x50 ... 0x51: /* STR [Rn, Rm] */
            if (!cpu_store(c, RN + RO, 4, RD))
                goto fault;
            break;
        case 0x52 ... 0x53: /* STRH */
            if (!cpu_store(c, RN + RO, 2, RD))
                goto fault;
            break;
        case 0x54 ... 0x55: /* STRB */
            if (!cpu_store(c, RN + RO, 1, RD))
                goto fault;
            break;
        case 0x56 ... 0x57: /* LDRSB */
            if (!cpu_load(c, RN + RO, 1, &value))
                goto fault;
            RD = sign_extend(value, 8);
            break;
        case 0x58 ... 0x59: /* LDR */
            if (!cpu_load(c, RN + RO, 4, &RD))
                goto fault;
            break;
        case 0x5A ... 0x5B: /* LDRH */
            if (!cpu_load(c, RN + RO, 2, &RD))
                goto fault;
            break;
        case 0x5C ... 0x5D: /* LDRB */
            if (!cpu_load(c, RN + RO, 1, &RD))
                goto fault;
            break;
        case 0x5E ... 0x5F: /* LDRSH */
            if (!cpu_load(c, RN + RO, 2, &value))
                goto fault;
            RD = sign_extend(value, 16);
            break;
        case 0x60 ... 0x67: /* STR [Rn, #] */
            if (!cpu_store(c, RN + 4 * IMM5, 4, RD))
                goto fault;
            break;
        case 0x68 ... 0x6F: /* LDR */
            if (!cpu_load(c, RN + 4 * IMM5, 4, &RD))
                goto fault;
            break;
        case 0x70 ... 0x77: /* STRB */
            if (!cpu_store(c, RN + IMM5, 1, RD))
                goto fault;
            break;
        case 0x78 ... 0x7F: /* LDRB */
            if (!cpu_load(c, RN + IMM5, 1, &RD))
                goto fault;
            break;
        case 0x80 ... 0x87: /* STRH */
            if (!cpu_store(c, RN + 2 * IMM5, 2, RD))
                goto fault;
            break;
        case 0x88 ... 0x8F: /* LDRH */
            if (!cpu_load(c, RN + 2 * IMM5, 2, &RD))
                goto fault;
            break;
        case 0x90 ... 0x97: /* STR [SP, #] */
            if (!cpu_store(c, r[COREREG_SP] + 4 * IMM8, 4, RX))
                goto fault;
            break;
        case 0x98 ... 0x9F: /* LDR [SP, #] */
            if (!cpu_load(c, r[COREREG_SP] + 4 * IMM8, 4, &RX))
                goto fault;
            break;
        case 0xA0 ... 0xA7: RX = ((pc + 4) & ~3u) + 4 * IMM8; break; /* ADR */
        case 0xA8 ... 0xAF: RX = r[COREREG_SP] + 4 * IMM8; break;    /* ADD Rd, SP, # */

        case 0xB0: /* ADD SP, SUB SP */
            value = 4 * (op & 0x7F);
            r[COREREG_SP] += op & 0x80 ? -value : value;
            break;
        case 0xB2:
            switch (op >> 6 & 3) {
            case 0: RD = sign_extend(RM & 0xFFFF, 16); break; /* SXTH */
            case 1: RD = sign_extend(RM & 0xFF, 8); break;    /* SXTB */
            case 2: RD = RM & 0xFFFF; break;                  /* UXTH */
            case 3: RD = RM & 0xFF; break;                    /* UXTB */
            }
            break;
        case 0xB4 ... 0xB5:
            if (!push(c, op))
                goto fault;
            break;
        case 0xB6: /* CPSIE i, CPSID i */
            if ((op & 0xEF) != 0x62)
                goto fault;
            if (cpu_privileged(s)) {
                s->primask = op & 0x10;
                c->d.attention = true;
            }
            break;
        case 0xBA:
            switch (op >> 6 & 3) {
            case 0: RD = __builtin_bswap32(RM); break;                                       /* REV */
            case 1: value = __builtin_bswap32(RM), RD = value << 16 | value >> 16; break;    /* REV16 */
            case 3: RD = sign_extend(__builtin_bswap16((uint16_t)(RM & 0xFFFF)), 16); break; /* REVSH */
            default: goto fault;
            }
            break;
        case 0xBC ... 0xBD:
            if (!pop(c, op, &next))
                goto fault;
            break;
        case 0xBE: /* BKPT */
            if (!cpu_debug_on(s))
                goto fault;
            cpu_enter_debug(c, BITS(PPB_DFSR_BKPT));
            next = pc;
            break;
        case 0xBF:
            if (!hint(c, op))
                goto fault;
            break;
        case 0xC0 ... 0xC7:
            if (!store_multiple(c, op))
                goto fault;
            break;
        case 0xC8 ... 0xCF:
            if (!load_multiple(c, op))
                goto fault;
            break;
        case 0xD0 ... 0xDD: /* B<c> */
            if (condition_passed(s, op >> 8 & 15))
                next = branch_to(s, pc + 4 + sign_extend(IMM8 << 1, 9));
            break;
        case 0xDF: /* SVC */
            if (!cpu_svc(c))
                goto fault;
            break;
        case 0xE0 ... 0xE7: next = branch_to(s, pc + 4 + sign_extend((op & 0x7FF) << 1, 12)); break; /* B */
        case 0xF0 ... 0xF7:
            if (!cpu_fetch(c, pc + 2, &op2))
                goto fault;
            next = pc + 4;
            if ((op2 & 0xD000) == 0xD000) { /* BL */
                s->cycle++;
                r[COREREG_LR] = next | 1;
                next = branch_to(s, branch_link_target(pc, op, op2));
            } else if (!system_instruction(c, op, op2)) {
                goto fault;
            }
            break;
        default: goto fault; /* UDF and all else: UNDEFINED */
        }
        r[COREREG_PC] = next;
    } while (s->cycle < stop && !c->d.attention);
    s->executed = pc;
    s->s_retire = true;
    return;

fault:
    r[COREREG_PC] = pc;
    s->executed = pc;
    cpu_hard_fault(c);
}
