/* cut_rig.c - see cut_rig.h. */
#include "cut_rig.h"

#include "periph/flash.h"

enum { HURRY = 30, SHARES = 100 };

static void count_operation(void *ctx, struct flash_fate *fate)
{
    struct cut_rig *r = ctx;

    r->operations++;
    r->op = (struct flash_now){ fate->addr, fate->bytes, fate->start_ps, fate->duration_ps, fate->deed == FLASH_WRITES_OPTIONS };
    if (r->wanted(r->ctx, r->operations, &r->op))
        chip_stop_at(r->parent.chip, fate->start_ps);
}

void cut_rig_shorten(struct flash_fate *fate) { fate->duration_ps /= HURRY; }
static void hurry(void *ctx, struct flash_fate *fate) { cut_rig_shorten(fate); }

void cut_rig_copy(struct chip_rig *to, struct chip_rig *from)
{
    const struct chip_section *source, *target;
    const size_t count = chip_sections(from->chip, &source);

    assert_int_equal(chip_sections(to->chip, &target), count);
    for (size_t i = 0; i < count; i++)
        memcpy(target[i].state, source[i].state, source[i].bytes);
    if (!chip_loaded(to->chip, &to->e))
        fail_msg("%s", to->e.cause);
    to->now_ps = chip_now_ps(to->chip);
}

static void run_to(struct chip_rig *r, uint64_t ps)
{
    chip_run_until(r->chip, ps);
    r->now_ps = chip_now_ps(r->chip);
}

/* The parent stands at the beginning of r->op. */
static void cut_here(struct chip_rig *parent)
{
    struct cut_rig *r = (struct cut_rig *)(void *)parent; /* its first member */
    const struct flash_now op = r->op;

    for (unsigned i = 0; i < r->share_count; i++) {
        const struct cut c = { r->operations, r->shares[i], r->seed ? r->seed : r->operations * 8 + i + 1 };

        cut_rig_copy(&r->child, parent);
        chip_set_seed(r->child.chip, c.seed);
        run_to(&r->child, op.start_ps + op.duration_ps * c.share / SHARES);
        chip_power(r->child.chip, false);
        r->judge(r->ctx, &r->child, &c);
        r->cuts++;
    }
    chip_stop_at(parent->chip, TIME_NEVER);
}

static struct chip_hooks hooks_of(struct cut_rig *r, void (*begins)(void *, struct flash_fate *))
{
    return (struct chip_hooks){ .ctx = r, .begins = begins };
}

void cut_rig_begin(struct cut_rig *r, const char *chip)
{
    *r = (struct cut_rig){ 0 };
    chip_rig_begin(&r->parent, chip);
    chip_rig_begin(&r->child, chip);
    cut_rig_hurry(&r->child, true);
    r->parent.at_stop = cut_here;
}

void cut_rig_end(struct cut_rig *r)
{
    chip_rig_end(&r->parent);
    chip_rig_end(&r->child);
}

void cut_rig_watch(struct cut_rig *r, bool on)
{
    static struct chip_hooks watching; /* of the one rig that watches at a time */

    watching = hooks_of(r, count_operation);
    if (on)
        r->operations = 0;
    chip_set_hooks(r->parent.chip, on ? &watching : NULL);
}

void cut_rig_hurry(struct chip_rig *r, bool on)
{
    static const struct chip_hooks hurrying = { .begins = hurry };

    chip_set_hooks(r->chip, on ? &hurrying : NULL);
    r->link_speed = on ? HURRY : 1;
    r->command_us = on ? COMMAND_US / HURRY : COMMAND_US;
}
