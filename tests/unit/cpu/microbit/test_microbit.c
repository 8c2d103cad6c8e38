/* test_microbit.c - exceptions, faults, priorities and SysTick against QEMU's BBC micro:bit: programs.S on both.
 *
 * Single-stepped programs must agree in every register and flag at every stop of QEMU's, and in all of RAM at the end; ours takes up to
 * three steps for one of QEMU's, since an entry is two here. Programs with a running SysTick must agree in what they log. And both must
 * log what the program's header says.
 *
 * Then random programs, single-stepped.
 *
 * usage: test_microbit programs.bin [COUNT]. Needs qemu-system-arm; tests/qemu/microbit.py sees to that. */
#include "../rig.h"
#include "gdb_link.h"
#include "random_program.h"

#include "base/bytes.h"

#include <stdlib.h>

enum { RAM_BYTES = 16 * 1024, LOG_BYTES = 32, STEPS_MAX = 20000, OUR_STEPS_MAX = 4, FREE_CYCLES_MAX = 10000000 };
enum kind { STEPPED, FREE };

struct program { /* the header in programs.S */
    char magic[4];
    uint32_t bytes, done, kind;
    char name[112];
    uint8_t log[LOG_BYTES];
};

/* What differs, and why that is right. */
static const struct difference {
    const char *program, *why;
} differences[] = {
    { "a branch into the peripherals faults there", "without an MPU nothing is execute-never there (system address map)" },
    { "EXC_RETURN in thread mode is an address like any other, and faults",
      "likewise: the system region is executed there (system address map)" },
    { "an SVC that becomes a HardFault is reported at itself", "a synchronous fault is; there the frame has the next address (B1.5.6)" },
    { "a return to a handler where none is below is a HardFault", "UNPREDICTABLE; there the frame is taken off the stack first (B1.5.8)" },
    { NULL, NULL },
};

/* Bits of registers that ARMv6-M has not and QEMU has. Met at each read; ours then goes on with theirs. */
static struct reserved {
    uint32_t addr, bits;
    const char *why;
    unsigned count;
} reserved[] = {
    { PPB_BASE + PPB_ICSR, 1 << 11, "ICSR.RETTOBASE is ARMv7-M's (DDI 0419 B3.2.4)", 0 },
    { PPB_BASE + PPB_SHPR3, 0xFF, "SHPR3.PRI_12, of the debug monitor, is ARMv7-M's", 0 },
};
enum { RESERVED = sizeof reserved / sizeof reserved[0] };

static struct gdb_link qemu;
static struct rig rig;

static const struct difference *known(const struct program *p)
{
    for (const struct difference *d = differences; d->program; d++)
        if (strcmp(d->program, p->name) == 0)
            return d;
    return NULL;
}

static void load(const uint8_t *image, uint32_t bytes)
{
    static const uint8_t zeros[RAM_BYTES];
    uint32_t theirs[LINK_REGS];

    link_write(&qemu, 0, image, bytes);
    link_write(&qemu, SRAM, zeros, sizeof zeros);
    link_reset(&qemu);
    rig_init(&rig);
    rig.no_device = true;
    memcpy(rig.flash, image, bytes);
    rig.c.window[0].bytes = 0;
    rig.c.window[1].bytes = RAM_BYTES;
    cpu_reset(&rig.c, true);
    rig_step(&rig);
    link_regs(&qemu, theirs);
    rig.c.s.z = theirs[LINK_XPSR] >> 30 & 1; /* UNKNOWN after a reset (B1.5.5) */
}

static uint32_t our_xpsr(const struct cpu_state *s)
{
    return (uint32_t)s->n << 31 | (uint32_t)s->z << 30 | (uint32_t)s->c << 29 | (uint32_t)s->v << 28 | (uint32_t)s->t << 24 | s->ipsr;
}

/* Ours has come to where QEMU stands. */
static bool catch_up(const uint32_t theirs[LINK_REGS])
{
    const struct cpu_state *s = &rig.c.s;

    for (unsigned i = 0; i < OUR_STEPS_MAX; i++) {
        rig_step(&rig);
        if (s->r[15] == theirs[15] && s->ipsr == (theirs[LINK_XPSR] & 0x3F) && !s->entering)
            return true;
    }
    return false;
}

static bool differs(const uint32_t theirs[LINK_REGS], unsigned step)
{
    const struct cpu_state *s = &rig.c.s;

    for (unsigned i = 0; i <= LINK_XPSR; i++) {
        const uint32_t ours = i == LINK_XPSR ? our_xpsr(s) : s->r[i];

        if (ours == theirs[i])
            continue;
        print_message("# step %u at %08x: r%u is %08x here, %08x there\n", step, (unsigned)theirs[15], i, (unsigned)ours,
                      (unsigned)theirs[i]);
        return true;
    }
    return false;
}

/* The row of the register that the instruction at our PC, an LDR Rt, [Rn, #], reads; or NULL. */
static struct reserved *reads_reserved(unsigned *rt)
{
    const struct cpu_state *s = &rig.c.s;
    const uint32_t op = s->r[15] + 1 < FLASH_BYTES ? get_le16(rig.flash + s->r[15]) : 0;
    const uint32_t addr = s->r[op >> 3 & 7] + 4 * (op >> 6 & 31);

    *rt = op & 7;
    for (size_t i = 0; op >> 11 == 0x0D && i < RESERVED; i++)
        if (reserved[i].addr == addr)
            return &reserved[i];
    return NULL;
}

static void take_over(struct reserved *r, unsigned rt, const uint32_t theirs[LINK_REGS])
{
    uint32_t *ours = &rig.c.s.r[rt];

    if (!r || *ours == theirs[rt] || ((*ours ^ theirs[rt]) & ~r->bits) != 0 || *ours & r->bits)
        return;
    r->count++;
    *ours = theirs[rt];
}

static bool step_through(const struct program *p, unsigned *total)
{
    uint32_t theirs[LINK_REGS];
    unsigned steps = 0;

    link_regs(&qemu, theirs);
    if (differs(theirs, 0))
        return false;
    while (theirs[15] != p->done && steps++ < STEPS_MAX) {
        unsigned rt;
        struct reserved *r = reads_reserved(&rt);

        link_step(&qemu);
        link_regs(&qemu, theirs);
        if (!catch_up(theirs)) {
            print_message("# step %u: there at %08x in exception %u, here at %08x in %u\n", steps, (unsigned)theirs[15],
                          (unsigned)theirs[LINK_XPSR] & 0x3F, (unsigned)rig.c.s.r[15], rig.c.s.ipsr);
            return false;
        }
        take_over(r, rt, theirs);
        if (differs(theirs, steps))
            return false;
    }
    *total += steps;
    return theirs[15] == p->done;
}

static bool finish_ours(const struct program *p)
{
    while (rig.c.s.r[15] != p->done && rig.c.s.cycle < FREE_CYCLES_MAX)
        rig_step(&rig);
    return rig.c.s.r[15] == p->done;
}

static void a_program_does_the_same_on_the_microbit(void **state)
{
    const struct program *p = *state;
    uint8_t theirs[RAM_BYTES];
    unsigned steps = 0;
    bool same;

    load((const uint8_t *)(p + 1), p->bytes - (uint32_t)sizeof *p);
    if (p->kind == FREE)
        link_run_to(&qemu, p->done);
    same = p->kind == FREE || step_through(p, &steps);
    assert_true(finish_ours(p));
    link_read(&qemu, SRAM, theirs, sizeof theirs);
    assert_memory_equal(rig.sram, p->log, LOG_BYTES);
    if (!known(p))
        assert_memory_equal(theirs, p->log, LOG_BYTES);
    if (p->kind == STEPPED)
        same = same && memcmp(theirs, rig.sram, RAM_BYTES) == 0;
    if (known(p))
        print_message("# differs: %s\n", known(p)->why);
    assert_int_equal(same, known(p) == NULL); /* a difference that is gone has no place in the list */
}

static unsigned random_count = 15;

static void random_programs_do_the_same_on_the_microbit(void **state)
{
    unsigned steps = 0, log = 0;

    for (uint32_t seed = 1; seed <= random_count; seed++) {
        static uint8_t image[RANDOM_IMAGE_BYTES], theirs[RAM_BYTES];
        struct program p = { .kind = STEPPED, .done = random_program(seed, image) };

        load(image, sizeof image);
        if (!step_through(&p, &steps))
            fail_msg("seed %u", (unsigned)seed);
        link_read(&qemu, SRAM, theirs, sizeof theirs);
        if (memcmp(theirs, rig.sram, RAM_BYTES) != 0)
            fail_msg("seed %u: memory differs", (unsigned)seed);
        log += (unsigned)strnlen((const char *)theirs, RAM_BYTES);
    }
    print_message("# %u programs, %u steps, %u handlers begun or ended\n", random_count, steps, log);
    assert_true(log > 20 * random_count);
}

static void every_reserved_bit_was_met(void **state)
{
    for (size_t i = 0; i < RESERVED; i++) {
        print_message("# %u reads: %s\n", reserved[i].count, reserved[i].why);
        assert_true(reserved[i].count > 0);
    }
}

/* Turns the file into tests; `file` and the tests live as long as the program. */
static size_t find_programs(const uint8_t *file, size_t len, struct CMUnitTest *tests, size_t max)
{
    size_t n = 0;

    for (size_t at = 0; at + sizeof(struct program) <= len && n < max; n++) {
        const struct program *p = (const struct program *)(file + at);

        if (memcmp(p->magic, "PROG", 4) != 0 || p->bytes > len - at || p->bytes <= sizeof *p)
            break;
        tests[n] = (struct CMUnitTest){ .name = p->name, .test_func = a_program_does_the_same_on_the_microbit, .initial_state = (void *)p };
        at += p->bytes;
    }
    return n;
}

int main(int argc, char **argv)
{
    static uint32_t file[64 * 1024 / 4];
    static struct CMUnitTest tests[100];
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    const size_t len = f ? fread(file, 1, sizeof file, f) : 0;
    size_t count = find_programs((const uint8_t *)file, len, tests, sizeof tests / sizeof tests[0] - 2);
    int failed;

    if (f)
        fclose(f);
    if (count == 0) {
        fprintf(stderr, "usage: test_microbit programs.bin\n");
        return 2;
    }
    if (!link_open(&qemu)) {
        fprintf(stderr, "qemu-system-arm does not start\n");
        return 1;
    }
    if (argc > 2)
        random_count = (unsigned)atoi(argv[2]);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(random_programs_do_the_same_on_the_microbit);
    tests[count] = (struct CMUnitTest)cmocka_unit_test(every_reserved_bit_was_met);
    failed = _cmocka_run_group_tests("microbit", tests, count + 1, NULL, NULL);
    link_close(&qemu);
    return failed;
}
