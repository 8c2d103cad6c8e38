/* test_unicorn.c - single instructions against another model of the architecture: libunicorn as a Cortex-M0 (Thumb, not MCLASS: that
 * would be a Cortex-M33 whatever model is asked for).
 *
 * Random 16-bit encodings and BL, random registers, flags and memory, a fixed seed: results, flags, memory, PC and fault or no fault must
 * agree. Where the two are known to differ, the ARM ARM is right and the class is a row below; rows that never apply fail the test. */
#include "rig.h"

#include <unicorn/unicorn.h>

enum { TESTS = 40000, WORK_BYTES = 4096, CODE_BYTES = 4096 };

/* An encoding that unicorn treats otherwise, and what DDI 0419 says of it. Not run at all. */
// clang-format off
static const struct excuse {
    uint16_t mask, match;
    const char *why;
} excuses[] = {
    { 0xF500, 0xB100, "CBZ, CBNZ: executed there, UNDEFINED in ARMv6-M (A5.2.5)" },
    { 0xFFE0, 0xB640, "SETEND: executed there, UNDEFINED in ARMv6-M (A5.2.5)" },
    { 0xFFE0, 0xB660, "CPS with other bits than i: should-be bits are UNPREDICTABLE (A6.7)" },
    { 0xFFC0, 0xBA80, "HLT: stops the emulation there, UNDEFINED in ARMv6-M (A5.2.5)" },
    { 0xFF00, 0xBE00, "BKPT: an exception of the emulator there (A6.7)" },
    { 0xFF00, 0xBF00, "IT is executed there; YIELD, WFE and WFI stop the emulation (A5.2.5)" },
    { 0xFF00, 0xDF00, "SVC: an exception of the emulator there (A6.7)" },
    { 0xFFC0, 0x4500, "CMP of high registers with two low ones: UNPREDICTABLE (A6.7)" },
    { 0xFF87, 0x4587, "CMP PC: UNPREDICTABLE (A6.7)" },
    { 0xFF78, 0x4578, "CMP with PC: UNPREDICTABLE (A6.7)" },
    { 0xFF01, 0x4701, "BX, BLX with a should-be-zero bit set: UNPREDICTABLE (A6.7)" },
    { 0xFF02, 0x4702, "likewise" },
    { 0xFF04, 0x4704, "likewise" },
    { 0xFF78, 0x4778, "BX PC, BLX PC: UNPREDICTABLE (A6.7)" },
    { 0xFF78, 0x4768, "BX SP, BLX SP: bit 0 of SP reads as zero (B1.4.1), and see below" },
    { 0xFFFF, 0xB400, "PUSH {}: UNPREDICTABLE (A6.7)" },
    { 0xFFFF, 0xBC00, "POP {}: UNPREDICTABLE (A6.7)" },
    { 0xF0FF, 0xC000, "LDM, STM without registers: UNPREDICTABLE (A6.7)" },
    { 0xFFFF, 0x44FF, "ADD PC, PC: UNPREDICTABLE (A6.7)" },
};
// clang-format on

struct pair {
    struct rig r;
    uc_engine *uc;
    uint8_t work[WORK_BYTES];
    uint64_t seed;
};

static void must(uc_err err)
{
    if (err != UC_ERR_OK)
        fail_msg("unicorn: %s", uc_strerror(err));
}

static uint32_t draw(struct pair *p)
{
    p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->seed >> 32);
}

static uint32_t draw_value(struct pair *p)
{
    const uint32_t any = draw(p);

    switch (draw(p) % 6) {
    case 0: return any % 40;
    case 1: return any % 2 ? 0x7FFFFFFF + any % 3 : 0xFFFFFFFF - any % 3;
    case 2: return any;
    default: return (SRAM + any % WORK_BYTES) & ~(any >> 30 ? 3u : 0u); /* mostly aligned pointers */
    }
}

static const int reg_ids[16] = { UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4,  UC_ARM_REG_R5,
                                 UC_ARM_REG_R6,  UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
                                 UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC };

static const struct excuse *excused(uint32_t op)
{
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if ((op & excuses[i].mask) == excuses[i].match)
            return &excuses[i];
    return NULL;
}

/* An address with bit 0 clear makes the next instruction fault (A6.7), which unicorn blames on BX, BLX and POP {PC}: not drawn. */
static void set_bit_0_of_the_target(struct pair *p, uint32_t op)
{
    uint32_t *r = p->r.c.s.r, *m = &r[op >> 3 & 15];
    const uint32_t slot = r[13] + 4 * (uint32_t)__builtin_popcount(op & 0xFF);

    if (op >> 8 == 0x47)
        *m |= 1;
    if (op >> 8 != 0xBD)
        return;
    rig_put(&p->r, slot, rig_get(&p->r, slot) | 1);
    must(uc_mem_write(p->uc, slot, p->r.sram + (slot - SRAM), 4));
}

/* Run `op` (and `op2`) on both from the same random state; true if they agree. */
static bool agree(struct pair *p, uint32_t op, uint32_t op2, char *text, size_t cap)
{
    struct cpu_state *s = &p->r.c.s;
    const uint32_t pc = FLASH + draw(p) % (CODE_BYTES / 8) * 8;
    uint32_t before[16], theirs, xpsr;
    bool our_fault, their_fault;
    uc_err err;

    rig_code(&p->r, pc, (int)op, (int)op2, RIG_END);
    must(uc_ctl_remove_cache(p->uc, FLASH, FLASH + CODE_BYTES)); /* it keeps translations of what stood there before */
    must(uc_mem_write(p->uc, pc, p->r.flash + (pc - FLASH), 4));
    for (unsigned i = 0; i < 15; i++)
        s->r[i] = draw_value(p);
    s->r[13] = (SRAM + 64 + draw(p) % (WORK_BYTES - 128)) & ~3u;
    s->r[15] = pc;
    set_bit_0_of_the_target(p, op);
    s->fetch_addr = 1;
    s->pending = 0;
    s->locked_up = false;
    s->t = true;
    xpsr = draw(p) & 0xF0000000u;
    s->n = xpsr >> 31;
    s->z = xpsr >> 30 & 1;
    s->c = xpsr >> 29 & 1;
    s->v = xpsr >> 28 & 1;
    memcpy(before, s->r, sizeof before);
    for (unsigned i = 0; i < 15; i++)
        must(uc_reg_write(p->uc, reg_ids[i], &s->r[i]));
    xpsr |= 0x01000000;
    must(uc_reg_write(p->uc, UC_ARM_REG_XPSR, &xpsr));

    err = uc_emu_start(p->uc, pc | 1, 0, 0, 1);
    rig_step(&p->r);
    our_fault = s->pending >> EXC_HARDFAULT & 1;
    must(uc_reg_read(p->uc, UC_ARM_REG_PC, &theirs));
    their_fault = err != UC_ERR_OK && !((err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT) &&
                                        theirs != pc); /* it looks at the target of a branch too */
    if (our_fault || their_fault) {
        must(uc_mem_write(p->uc, SRAM, p->r.sram, WORK_BYTES)); /* half a store-multiple may have been done */
        if (our_fault == their_fault)
            return true;
        snprintf(text, cap, "%04x %04x: fault here %d, there %d", (unsigned)op, (unsigned)op2, our_fault, their_fault);
        return false;
    }
    for (unsigned i = 0; i < 16; i++) {
        must(uc_reg_read(p->uc, reg_ids[i], &theirs));
        if (i == 13)
            theirs &= ~3u; /* unicorn keeps bits 1:0 of SP, which read as zero (B1.4.1) */
        if (theirs != s->r[i]) {
            snprintf(text, cap, "%04x %04x: r%u was %08x, is %08x here, %08x there", (unsigned)op, (unsigned)op2, i, (unsigned)before[i],
                     (unsigned)s->r[i], (unsigned)theirs);
            return false;
        }
    }
    must(uc_reg_read(p->uc, UC_ARM_REG_XPSR, &theirs));
    if (theirs >> 28 != (uint32_t)(s->n << 3 | s->z << 2 | s->c << 1 | s->v)) {
        snprintf(text, cap, "%04x %04x: flags there %08x", (unsigned)op, (unsigned)op2, (unsigned)theirs);
        return false;
    }
    must(uc_mem_read(p->uc, SRAM, p->work, WORK_BYTES));
    if (memcmp(p->work, p->r.sram, WORK_BYTES) != 0) {
        snprintf(text, cap, "%04x %04x: memory differs", (unsigned)op, (unsigned)op2);
        return false;
    }
    return true;
}

static void random_instructions_do_the_same_in_unicorn(void **state)
{
    static struct pair p = { .seed = 0x5EC70120 };
    bool used[sizeof excuses / sizeof excuses[0]] = { false };
    unsigned disagreements = 0, compared = 0;
    char text[160];

    rig_init(&p.r);
    p.r.no_device = true;
    p.r.c.s.npriv = true; /* no PPB either, as there */
    p.r.c.window[0].bytes = CODE_BYTES;
    p.r.c.window[1].bytes = WORK_BYTES;
    p.r.c.window[2].bytes = 0;
    must(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &p.uc));
    must(uc_ctl_set_cpu_model(p.uc, UC_CPU_ARM_CORTEX_M0));
    must(uc_mem_map(p.uc, FLASH, CODE_BYTES, UC_PROT_READ | UC_PROT_EXEC));
    must(uc_mem_write(p.uc, FLASH, p.r.flash, CODE_BYTES));
    must(uc_mem_map(p.uc, SRAM, WORK_BYTES, UC_PROT_READ | UC_PROT_WRITE));
    for (uint32_t i = 0; i < WORK_BYTES; i += 4)
        rig_put(&p.r, SRAM + i, draw(&p));
    must(uc_mem_write(p.uc, SRAM, p.r.sram, WORK_BYTES));
    for (unsigned i = 0; i < TESTS; i++) {
        const bool long_branch = i % 32 == 0;
        const uint32_t op = long_branch ? 0xF000 | draw(&p) % 0x800 : draw(&p) % 0xE800;
        const uint32_t op2 = long_branch ? 0xD000 | draw(&p) % 0x3000 : 0xBF00;
        const struct excuse *excuse = long_branch ? NULL : excused(op);

        if (excuse) {
            used[excuse - excuses] = true;
            continue;
        }
        compared++;
        if (!agree(&p, op, long_branch ? op2 | 0x1000 : op2, text, sizeof text) && disagreements++ < 20)
            print_message("# %s\n", text);
    }
    uc_close(p.uc);
    assert_int_equal(disagreements, 0);
    assert_in_range(compared, TESTS / 2, TESTS);
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (!used[i] && excuses[i].mask != 0xFFFF)
            fail_msg("never met: %s", excuses[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_instructions_do_the_same_in_unicorn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
