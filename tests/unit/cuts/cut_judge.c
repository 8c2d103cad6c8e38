/* cut_judge.c - see cut_judge.h. */
#include "cut_judge.h"

struct cut_rig r;
struct image old_image, new_image;
struct job job;
uint8_t outside[PAGE];
uint32_t options[LOOK_OPTIONS];
const char *part;
uint64_t failures, problems;
unsigned smallest_bits;
struct chip_rig kept;
bool same_page_0;
static bool quiet;

void make_image(struct image *im, uint32_t len, uint8_t seed)
{
    uint8_t *bytes = malloc(len);
    struct err e = { 0 };

    assert_non_null(bytes);
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((i * 7 + i / 251 + (same_page_0 && i < PAGE ? 1 : seed)) % 255);
    put_le32(bytes, 0x20002000);
    put_le32(bytes + 4, BASE + 0x101);
    put_le32(bytes + 0x100, 0xE7FEE7FE); /* b . */
    assert_true(image_add(im, BASE, bytes, len, &e));
    free(bytes);
}

void wrong(const struct cut *c, const char *what, const struct chip_rig *child)
{
    problems++;
    if (quiet)
        return;
    printf("# FAILED %s: %s; again: test_cuts %s %llu %u %llu\n", part, what, part, (unsigned long long)c->operation, c->share,
           (unsigned long long)c->seed);
    if (child->e.kind != ERR_NONE)
        printf("#   %s; %s; %s\n", child->e.cause, child->e.doing[0], child->e.seen[0]);
}

uint32_t peek32(const struct chip_rig *child, uint32_t addr)
{
    uint8_t bytes[4] = { 0 };

    chip_peek(child->chip, addr, bytes, 4);
    return get_le32(bytes);
}

const struct flash_facts *facts(void) { return device_stm32u073.flash; }

void read_options(const struct chip_rig *child, uint32_t *words)
{
    for (unsigned i = 0; facts()->options[i].name; i++)
        words[i] = peek32(child, facts()->base + facts()->options[i].offset);
}

void power_on(struct chip_rig *child)
{
    chip_power(child->chip, true);
    chip_run_until(child->chip, child->now_ps += 10 * PS_PER_MS);
}

/* ---- the oracle ---- */

static bool starts(const struct chip_rig *child)
{
    const bool empty = peek32(child, facts()->base + facts()->acr) & facts()->acr_empty;

    return !empty && peek32(child, BASE) == 0x20002000 && peek32(child, BASE + 4) == BASE + 0x101;
}

static bool outside_is_kept(const struct chip_rig *child)
{
    uint8_t now[PAGE];
    uint32_t words[LOOK_OPTIONS] = { 0 };

    read_options(child, words);
    return chip_peek(child->chip, BASE + OUTSIDE_PAGE * PAGE, now, PAGE) && memcmp(now, outside, PAGE) == 0 &&
           memcmp(words, options, sizeof words) == 0;
}

bool level_2(const struct chip_rig *child)
{
    return (peek32(child, facts()->base + facts()->rdp_offset) & facts()->rdp_mask) == facts()->rdp_level2;
}

static void recover(struct chip_rig *child, const struct cut *c)
{
    struct job again = { .choices.no_save = true, .direct = job.direct };

    if (!chip_rig_flash(child, &new_image, &again))
        return wrong(c, "the same command again fails", child);
    if (!chip_rig_holds(child, &new_image))
        return wrong(c, "the same command again succeeds and the image is not there", child);
    if (!chip_rig_flash(child, &new_image, &again) || again.writes != 0)
        return wrong(c, "a third run writes something", child);
    if (!outside_is_kept(child))
        wrong(c, "pages or option words outside the job have changed", child);
}

static void look_at(struct chip_rig *child, const struct cut *c)
{
    child->e = (struct err){ 0 };
    power_on(child);
    if (level_2(child))
        wrong(c, "RDP is at level 2", child);
    if (starts(child) && !chip_rig_holds(child, &old_image) && !chip_rig_holds(child, &new_image))
        wrong(c, "what starts is neither the old image nor the new one", child);
    if (!outside_is_kept(child))
        wrong(c, "pages or option words outside the job were changed by the cut", child);
    recover(child, c);
}

/* ---- a failure made smaller ---- */

enum { TORN_WORDS = PAGE / 8 };

struct torn { /* double words that the cut operation changed */
    uint32_t addr[TORN_WORDS];
    uint64_t before[TORN_WORDS], after[TORN_WORDS];
    unsigned count;
};

static uint64_t peek64(const struct chip_rig *child, uint32_t addr)
{
    return peek32(child, addr) | (uint64_t)peek32(child, addr + 4) << 32;
}

static void find_torn(struct torn *t)
{
    const uint32_t first = r.op.addr & ~7u, bytes = r.op.bytes < 8 ? 8 : r.op.bytes > PAGE ? PAGE : r.op.bytes;

    t->count = 0;
    for (uint32_t addr = first; addr < first + bytes; addr += 8) {
        t->addr[t->count] = addr;
        t->before[t->count] = peek64(&r.parent, addr);
        t->after[t->count] = peek64(&kept, addr);
        t->count += t->before[t->count] != t->after[t->count];
    }
}

/* Is it wrong still, with these contents? Words that are as the cut left them are not touched: their ECC is part of it. */
static bool still_fails(const struct torn *t, const uint64_t *now, const struct cut *c)
{
    const uint64_t problems_before = problems;
    bool fails;

    cut_rig_copy(&r.child, &kept);
    for (unsigned i = 0; i < t->count; i++) {
        uint8_t bytes[8];

        put_le32(bytes, (uint32_t)now[i]);
        put_le32(bytes + 4, (uint32_t)(now[i] >> 32));
        if (now[i] != t->after[i])
            assert_true(chip_poke(r.child.chip, t->addr[i], bytes, 8));
    }
    quiet = true;
    look_at(&r.child, c);
    quiet = false;
    fails = problems > problems_before;
    problems = problems_before;
    return fails;
}

static void try_runs(const struct torn *t, uint64_t *now, const struct cut *c)
{
    for (unsigned run = t->count; run > 0; run /= 2)
        for (unsigned from = 0; from < t->count; from += run) {
            uint64_t tried[TORN_WORDS];

            memcpy(tried, now, sizeof tried);
            for (unsigned i = from; i < t->count && i < from + run; i++)
                tried[i] = t->before[i];
            if (still_fails(t, tried, c))
                memcpy(now, tried, sizeof tried);
        }
}

static void try_bits(const struct torn *t, uint64_t *now, const struct cut *c)
{
    for (unsigned i = 0; i < t->count; i++)
        for (unsigned bit = 0; bit < 64; bit++) {
            const uint64_t was = now[i];

            if (!((was ^ t->before[i]) >> bit & 1))
                continue;
            now[i] ^= UINT64_C(1) << bit;
            if (!still_fails(t, now, c))
                now[i] = was;
        }
}

static void make_smaller(const struct cut *c)
{
    static struct torn t;
    static uint64_t now[TORN_WORDS];

    find_torn(&t);
    memcpy(now, t.after, sizeof now);
    try_runs(&t, now, c);
    try_bits(&t, now, c);
    smallest_bits = 0;
    printf("#   for regressions.txt: %s %llu %u %llu; these torn bits are enough:", part, (unsigned long long)c->operation, c->share,
           (unsigned long long)c->seed);
    for (unsigned i = 0; i < t.count; i++)
        if (now[i] != t.before[i]) {
            printf(" 0x%08x:0x%llx", t.addr[i], (unsigned long long)(now[i] ^ t.before[i]));
            smallest_bits += (unsigned)__builtin_popcountll(now[i] ^ t.before[i]);
        }
    printf("%s\n", smallest_bits ? "" : " none: what was there before this operation fails too");
}

void judge(void *ctx, struct chip_rig *child, const struct cut *c)
{
    problems = 0;
    cut_rig_copy(&kept, child);
    look_at(child, c);
    if (problems == 0)
        return;
    failures++;
    if (failures == 1 && child == &r.child && !r.op.options) /* the others are of the same kind, as a rule */
        make_smaller(c);
}
