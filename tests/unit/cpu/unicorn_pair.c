/* unicorn_pair.c - see unicorn_pair.h. */
#include "unicorn_pair.h"

enum { INTNO_SVC = 2 }; /* QEMU's EXCP_SWI */

static const int reg_ids[16] = { UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4,  UC_ARM_REG_R5,
                                 UC_ARM_REG_R6,  UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
                                 UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC };

static void must(uc_err err)
{
    if (err != UC_ERR_OK)
        fail_msg("unicorn: %s", uc_strerror(err));
}

static void put(struct pair *p, int id, uint32_t value) { must(uc_reg_write(p->uc, id, &value)); }

static uint32_t get(struct pair *p, int id)
{
    uint32_t value = 0;

    must(uc_reg_read(p->uc, id, &value));
    return value;
}

static void on_interrupt(uc_engine *uc, uint32_t intno, void *ctx)
{
    struct pair *p = ctx;

    p->intno = (int)intno;
    uc_emu_stop(uc);
}

void pair_init(struct pair *p, uint64_t seed)
{
    uc_hook hook;

    memset(p, 0, sizeof *p);
    p->seed = seed;
    rig_init(&p->r);
    p->r.no_device = true;
    p->r.c.window[0].bytes = PAIR_CODE_BYTES;
    p->r.c.window[1].bytes = PAIR_WORK_BYTES;
    p->r.c.window[2].bytes = 0;
    must(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &p->uc));
    must(uc_ctl_set_cpu_model(p->uc, UC_CPU_ARM_CORTEX_M0));
    must(uc_mem_map(p->uc, FLASH, PAIR_CODE_BYTES, UC_PROT_READ | UC_PROT_EXEC));
    must(uc_mem_write(p->uc, FLASH, p->r.flash, PAIR_CODE_BYTES));
    must(uc_mem_map(p->uc, SRAM, PAIR_WORK_BYTES, UC_PROT_READ | UC_PROT_WRITE));
    must(uc_hook_add(p->uc, &hook, UC_HOOK_INTR, (void *)on_interrupt, p, 1, 0));
    for (uint32_t i = 0; i < PAIR_WORK_BYTES; i += 4)
        rig_put(&p->r, SRAM + i, pair_draw(p));
    must(uc_mem_write(p->uc, SRAM, p->r.sram, PAIR_WORK_BYTES));
}

void pair_fini(struct pair *p) { uc_close(p->uc); }

uint32_t pair_draw(struct pair *p)
{
    p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->seed >> 32);
}

static uint32_t draw_value(struct pair *p)
{
    const uint32_t any = pair_draw(p);

    switch (pair_draw(p) % 6) {
    case 0: return any % 40;
    case 1: return any % 2 ? 0x7FFFFFFF + any % 3 : 0xFFFFFFFF - any % 3;
    case 2: return any;
    default: return (SRAM + any % PAIR_WORK_BYTES) & ~(any >> 30 ? 3u : 0u); /* mostly aligned pointers */
    }
}

/* Unicorn's Cortex-M0 has no unprivileged code (a Cortex-M0 has none either), and no private peripheral bus: privileged here where no
 * memory is touched, and elsewhere not, so that the private peripheral bus is a fault on both sides. */
static bool touches_no_memory(uint32_t op) { return op >> 8 == 0xB6 || op >> 4 == 0xF38 || op >> 4 == 0xF3E || op >> 4 == 0xF3B; }

static void draw_state(struct pair *p, uint32_t op, uint32_t pc, struct pair_state *s)
{
    const uint32_t bits = pair_draw(p);

    for (unsigned i = 0; i < 15; i++)
        s->r[i] = draw_value(p);
    s->r[13] = (SRAM + 64 + pair_draw(p) % (PAIR_WORK_BYTES - 128)) & ~3u;
    s->r[15] = pc;
    s->psp = (SRAM + pair_draw(p) % PAIR_WORK_BYTES) & ~3u;
    s->flags = bits & 0xF0000000u;
    s->t = true;
    s->primask = bits & 1;
}

static void put_ours(struct pair *p, uint32_t op, const struct pair_state *s)
{
    struct cpu_state *c = &p->r.c.s;

    memcpy(c->r, s->r, sizeof c->r);
    c->sp_other = s->psp;
    c->spsel = false;
    c->npriv = !touches_no_memory(op);
    c->primask = s->primask;
    c->n = s->flags >> 31;
    c->z = s->flags >> 30 & 1;
    c->c = s->flags >> 29 & 1;
    c->v = s->flags >> 28 & 1;
    c->t = true;
    c->fetch_addr = 1;
    c->pending = 0;
    c->locked_up = c->synchronous = c->event = false;
    c->sleeping = CPU_AWAKE;
}

static void get_ours(const struct pair *p, struct pair_side *side)
{
    const struct cpu_state *c = &p->r.c.s;

    memcpy(side->s.r, c->r, sizeof c->r);
    side->s.r[13] = c->spsel ? c->sp_other : c->r[13];
    side->s.psp = c->spsel ? c->r[13] : c->sp_other;
    side->s.flags = (uint32_t)c->n << 31 | (uint32_t)c->z << 30 | (uint32_t)c->c << 29 | (uint32_t)c->v << 28;
    side->s.t = c->t;
    side->s.primask = c->primask;
    side->s.control = c->ipsr == 0 && c->spsel ? 2 : 0;
    side->asleep = c->sleeping != CPU_AWAKE;
    side->end = c->pending >> EXC_HARDFAULT & 1 ? PAIR_FAULTS : c->pending >> EXC_SVCALL & 1 ? PAIR_SVC : PAIR_GOES_ON;
}

static void put_theirs(struct pair *p, const struct pair_state *s)
{
    put(p, UC_ARM_REG_CONTROL, 0);
    put(p, UC_ARM_REG_MSP, s->r[13]);
    put(p, UC_ARM_REG_PSP, s->psp);
    put(p, UC_ARM_REG_PRIMASK, s->primask);
    for (unsigned i = 0; i < 15; i++)
        put(p, reg_ids[i], s->r[i]);
    put(p, UC_ARM_REG_XPSR, s->flags | 0x01000000);
}

static void get_theirs(struct pair *p, uc_err err, uint32_t pc, struct pair_side *side)
{
    const uint32_t xpsr = get(p, UC_ARM_REG_XPSR);
    /* It looks at the target of a branch too; and it calls YIELD and WFE invalid, having gone past them. */
    const bool past = err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT || err == UC_ERR_INSN_INVALID;

    for (unsigned i = 0; i < 16; i++)
        side->s.r[i] = get(p, reg_ids[i]);
    side->s.r[13] = get(p, UC_ARM_REG_MSP);
    side->s.psp = get(p, UC_ARM_REG_PSP);
    side->s.flags = xpsr & 0xF0000000u;
    side->s.t = xpsr >> 24 & 1;
    side->s.primask = get(p, UC_ARM_REG_PRIMASK) & 1;
    side->s.control = get(p, UC_ARM_REG_CONTROL) & 2;
    side->asleep = false;
    if (p->intno == INTNO_SVC)
        side->end = PAIR_SVC;
    else if (p->intno >= 0 || (err != UC_ERR_OK && !(past && side->s.r[15] != pc)))
        side->end = PAIR_FAULTS;
    else
        side->end = PAIR_GOES_ON;
}

void pair_run(struct pair *p, uint32_t op, uint32_t op2, struct pair_state *before, struct pair_side *ours, struct pair_side *theirs)
{
    const uint32_t pc = FLASH + pair_draw(p) % (PAIR_CODE_BYTES / 8) * 8;
    uc_err err;

    rig_code(&p->r, pc, (int)op, (int)op2, RIG_END);
    must(uc_ctl_remove_cache(p->uc, FLASH, FLASH + PAIR_CODE_BYTES)); /* it keeps translations of what stood there before */
    must(uc_mem_write(p->uc, pc, p->r.flash + (pc - FLASH), 4));
    draw_state(p, op, pc, before);
    put_ours(p, op, before);
    put_theirs(p, before);
    p->intno = -1;
    err = uc_emu_start(p->uc, pc | 1, 0, 0, 1);
    rig_step(&p->r);
    get_ours(p, ours);
    get_theirs(p, err, pc, theirs);
}

unsigned pair_compare(struct pair *p, const struct pair_side *ours, const struct pair_side *theirs)
{
    unsigned bits = PAIR_SAME;

    if (ours->end != theirs->end)
        bits |= PAIR_END;
    if (ours->end == PAIR_GOES_ON && theirs->end == PAIR_GOES_ON) {
        for (unsigned i = 0; i < 16; i++)
            if (i != 13 && ours->s.r[i] != theirs->s.r[i])
                bits |= PAIR_REGISTERS;
        if (ours->s.r[13] != theirs->s.r[13])
            bits |= ours->s.r[13] == (theirs->s.r[13] & ~3u) ? PAIR_SP_BITS : PAIR_SP;
        if (ours->s.psp != theirs->s.psp)
            bits |= ours->s.psp == (theirs->s.psp & ~3u) ? PAIR_SP_BITS : PAIR_SP;
        if (ours->s.flags != theirs->s.flags)
            bits |= PAIR_FLAGS;
        if (ours->s.t != theirs->s.t || ours->s.primask != theirs->s.primask || ours->s.control != theirs->s.control)
            bits |= PAIR_SPECIAL;
        must(uc_mem_read(p->uc, SRAM, p->work, PAIR_WORK_BYTES));
        if (memcmp(p->work, p->r.sram, PAIR_WORK_BYTES) == 0)
            return bits;
        bits |= PAIR_MEMORY;
    }
    must(uc_mem_write(p->uc, SRAM, p->r.sram, PAIR_WORK_BYTES)); /* half a store-multiple may have been done */
    return bits;
}

const char *pair_text(char *text, size_t cap, uint32_t op, uint32_t op2, const struct pair_state *before, const struct pair_side *ours,
                      const struct pair_side *theirs)
{
    static const char *const ends[] = { "goes on", "faults", "is an SVC" };
    int at = snprintf(text, cap, "%04x %04x: %s here, %s there", (unsigned)op, (unsigned)op2, ends[ours->end], ends[theirs->end]);

    for (unsigned i = 0; i < 16 && at > 0 && (size_t)at < cap; i++)
        if (ours->s.r[i] != theirs->s.r[i])
            at += snprintf(text + at, cap - (size_t)at, "; r%u was %08x, is %08x, there %08x", i, (unsigned)before->r[i],
                           (unsigned)ours->s.r[i], (unsigned)theirs->s.r[i]);
    if ((size_t)at < cap && (ours->s.flags != theirs->s.flags || ours->s.psp != theirs->s.psp || ours->s.primask != theirs->s.primask ||
                             ours->s.control != theirs->s.control || ours->s.t != theirs->s.t))
        snprintf(text + at, cap - (size_t)at, "; flags %x/%x psp %x/%x t %d/%d primask %d/%d control %u/%u", (unsigned)ours->s.flags >> 28,
                 (unsigned)theirs->s.flags >> 28, (unsigned)ours->s.psp, (unsigned)theirs->s.psp, ours->s.t, theirs->s.t, ours->s.primask,
                 theirs->s.primask, (unsigned)ours->s.control, (unsigned)theirs->s.control);
    return text;
}
