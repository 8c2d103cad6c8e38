/* test_unicorn.c - every 16-bit encoding and all classes of 32-bit ones against another model of the architecture, libunicorn.
 *
 * Both start an instruction from the same random state, and must end it in the same: registers, flags, special registers, memory, and
 * whether it goes on, faults, or is an SVC. Where the two are known to differ, the ARM ARM (DDI 0419) is right, the encodings are a row
 * below, and what ours does with them is held to the row; everything else must agree, and a row that is never met is an error.
 *
 * Without an argument, a sample: each 16-bit encoding twice. `all`: each 32 times, and every second halfword of the system instructions;
 * then the counts must be those of docs/oracles.md. */
#include "unicorn_pair.h"

enum { UNDEFINED_FIRST = 0xE800, BRANCHES_FIRST = 0xF000, BRANCHES_LAST = 0xF7FF };

static bool cbz(uint32_t op, uint32_t op2) { return (op & 0xF500) == 0xB100; }
static bool it(uint32_t op, uint32_t op2) { return op >> 8 == 0xBF && (op & 15) != 0; }
static bool setend(uint32_t op, uint32_t op2) { return (op & 0xFFF7) == 0xB650; }
static bool cps(uint32_t op, uint32_t op2) { return (op & 0xFFE0) == 0xB660 && (op & 0xEF) != 0x62; }
static bool add_pc_pc(uint32_t op, uint32_t op2) { return op == 0x44FF; }
static bool bx_pc(uint32_t op, uint32_t op2) { return (op & 0xFF7F) == 0x4778; }
static bool svc(uint32_t op, uint32_t op2) { return op >> 8 == 0xDF; }

static bool cmp_high(uint32_t op, uint32_t op2)
{
    const unsigned n = (op >> 4 & 8) | (op & 7), m = op >> 3 & 15;

    return op >> 8 == 0x45 && (n == 15 || m == 15 || (n < 8 && m < 8));
}

static bool is_msr(uint32_t op) { return (op & 0xFFF0) == 0xF380; }
static bool is_mrs(uint32_t op, uint32_t op2) { return op == 0xF3EF && op2 >> 12 == 8; }

static bool msr_should_be(uint32_t op, uint32_t op2) { return is_msr(op) && (op2 & 0xD000) == 0x8000 && op2 >> 8 != 0x88; }

static bool special_register(uint32_t op, uint32_t op2)
{
    const unsigned sysm = op2 & 0xFF;

    return (is_msr(op) || is_mrs(op, op2)) && (sysm == 4 || (sysm > 9 && sysm != 16 && sysm != 20));
}

static bool special_from_sp_or_pc(uint32_t op, uint32_t op2)
{
    const unsigned r = is_msr(op) ? op & 15 : op2 >> 8 & 15;

    return (is_msr(op) || is_mrs(op, op2)) && (r == 13 || r == 15);
}

static bool writes_sp(uint32_t op, uint32_t op2)
{
    return (op & 0xFD87) == 0x4485 || (is_msr(op) && ((op2 & 0xFF) == 8 || (op2 & 0xFF) == 9)); /* ADD, MOV, MSR MSP, MSR PSP */
}

/* Encodings that the two treat differently. An encoding belongs to the first row that has it. */
static struct difference {
    const char *what, *paragraph; /* of DDI 0419 */
    bool (*has)(uint32_t op, uint32_t op2);
    unsigned allowed; /* bits of enum pair_difference. With PAIR_END: ours faults */
    unsigned whole;   /* states, in the whole run: it is the same each time */
    unsigned count;
} differences[] = {
    { "CBZ, CBNZ: executed there, UNDEFINED", "A5.2.5", cbz, PAIR_END, 32768, 0 },
    { "IT: executed there, UNDEFINED", "A5.2.5", it, PAIR_END, 6664, 0 },
    { "SETEND: executed there, UNDEFINED", "A5.2.5", setend, PAIR_END, 64, 0 },
    { "CPS with other bits than i: UNPREDICTABLE", "B4.2.1", cps, PAIR_END, 192, 0 },
    { "CMP of high registers with PC, or of two low ones: UNPREDICTABLE", "A6.7.18", cmp_high, PAIR_END, 3040, 0 },
    { "ADD PC, PC: UNPREDICTABLE", "A6.7.3", add_pc_pc, PAIR_END, 32, 0 },
    { "BX PC, BLX PC: UNPREDICTABLE", "A6.7.14, A6.7.15", bx_pc, PAIR_END, 64, 0 },
    { "SVC under PRIMASK: a HardFault; there nothing has a priority", "B1.5.4", svc, PAIR_END, 4082, 0 },
    { "MSR with should-be bits wrong: UNPREDICTABLE", "B4.2.3", msr_should_be, PAIR_END, 2596, 0 },
    { "MRS, MSR of a special register that ARMv6-M has not: UNPREDICTABLE", "B4.2.2, B4.2.3", special_register, PAIR_END, 8499, 0 },
    { "MRS to SP or PC, MSR from them: UNPREDICTABLE", "B4.2.2, B4.2.3", special_from_sp_or_pc, PAIR_END, 88, 0 },
    { "ADD, MOV, MSR to SP: bits 1:0 are kept there, they read as zero", "B1.4.1", writes_sp, PAIR_SP_BITS, 416, 0 },
};
enum { DIFFERENCES = sizeof differences / sizeof differences[0], DIFFERENCES_MAX = 12, AGREE = 4522484 };
_Static_assert((int)DIFFERENCES <= (int)DIFFERENCES_MAX, "more differences than agreement");

struct tally {
    unsigned states, disagreements;
};

static void compare(struct pair *p, uint32_t op, uint32_t op2, struct tally *t)
{
    struct pair_state before;
    struct pair_side ours, theirs;
    unsigned what;
    char text[PAIR_TEXT_BYTES];

    pair_run(p, op, op2, &before, &ours, &theirs);
    what = pair_compare(p, &ours, &theirs);
    t->states++;
    if (what == PAIR_SAME)
        return;
    for (size_t i = 0; i < DIFFERENCES; i++) {
        struct difference *d = &differences[i];

        if (!d->has(op, op2))
            continue;
        d->count++;
        if (what == d->allowed && (what != PAIR_END || ours.end == PAIR_FAULTS))
            return;
        break;
    }
    if (t->disagreements++ < 20)
        print_message("# %s\n", pair_text(text, sizeof text, op, op2, &before, &ours, &theirs));
}

static struct pair pair;
static bool all;
static struct tally total;

static void sweep(void (*run)(struct tally *t))
{
    struct tally t = { 0 };

    run(&t);
    total.states += t.states;
    assert_int_equal(t.disagreements, 0);
    assert_true(t.states > 1000);
}

static void run_16(struct tally *t)
{
    for (uint32_t op = 0; op < UNDEFINED_FIRST; op++)
        for (unsigned i = 0; i < (all ? 32 : 2); i++)
            compare(&pair, op, pair_draw(&pair) & 0xFFFF, t);
}

static void run_undefined(struct tally *t)
{
    for (uint32_t op = UNDEFINED_FIRST; op <= 0xFFFF; op++)
        for (unsigned i = 0; i < (all ? 64 : 2); i++)
            if (op < BRANCHES_FIRST || op > BRANCHES_LAST)
                compare(&pair, op, pair_draw(&pair) & 0xFFFF, t);
}

/* By the four bits that tell BL from B, BLX and the rest. */
static void run_branches(struct tally *t)
{
    for (uint32_t op = BRANCHES_FIRST; op <= BRANCHES_LAST; op++)
        for (uint32_t kind = 0; kind < 16; kind += all ? 1 : 2)
            for (unsigned i = 0; i < (all ? 16 : 1); i++)
                compare(&pair, op, kind << 12 | (pair_draw(&pair) & 0x1FFF), t);
}

static void run_system(struct tally *t)
{
    for (uint32_t op = 0xF380; op <= 0xF3FF; op++) {
        const bool any_register = (op & 0xFFF0) == 0xF380 && op != 0xF380 && op != 0xF38D && op != 0xF38F;
        const uint32_t step = any_register || !all ? 37 : 1;

        for (uint32_t op2 = pair_draw(&pair) % step; op2 < 0x4000; op2 += step)
            compare(&pair, op, 0x8000 | (op2 & 0xFFF) | (op2 & 0x3000) << 1, t); /* bits 14 and 13: 10x0 and 11x0 */
    }
    for (uint32_t i = 0; i < 4096; i++) /* and those that mean something, often */
        compare(&pair, i & 16 ? 0xF3EF : 0xF380 | (i & 15), (i & 16 ? 0x8000 | (i & 15) << 8 : 0x8800) | i >> 5 % 24, t);
}

static void every_16_bit_encoding_does_the_same_in_unicorn(void **state) { sweep(run_16); }
static void wide_encodings_outside_the_branch_space_fault_in_both(void **state) { sweep(run_undefined); }
static void branches_do_the_same_in_unicorn(void **state) { sweep(run_branches); }
static void system_instructions_do_the_same_in_unicorn(void **state) { sweep(run_system); }

static void all_the_rest_agrees_and_every_known_difference_was_met(void **state)
{
    unsigned differing = 0;

    for (size_t i = 0; i < DIFFERENCES; i++) {
        print_message("# %8u  %s (%s)\n", differences[i].count, differences[i].what, differences[i].paragraph);
        differing += differences[i].count;
    }
    print_message("# %8u  states agree\n", total.states - differing);
    for (size_t i = 0; i < DIFFERENCES; i++) {
        if (differences[i].count == 0)
            fail_msg("never met: %s", differences[i].what);
        if (all && differences[i].count != differences[i].whole)
            fail_msg("%u states, not %u: %s", differences[i].count, differences[i].whole, differences[i].what);
    }
    if (all)
        assert_int_equal(total.states - differing, AGREE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_16_bit_encoding_does_the_same_in_unicorn),
        cmocka_unit_test(wide_encodings_outside_the_branch_space_fault_in_both),
        cmocka_unit_test(branches_do_the_same_in_unicorn),
        cmocka_unit_test(system_instructions_do_the_same_in_unicorn),
        cmocka_unit_test(all_the_rest_agrees_and_every_known_difference_was_met),
    };
    int failed;

    all = argc > 1 && strcmp(argv[1], "all") == 0;
    pair_init(&pair, 0x5EC70120);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pair_fini(&pair);
    return failed;
}
