/* breaks.c - breakpoints and watchpoints: what clients want, and what stands in comparators and RAM.
 *
 * GDB takes all of them out at every stop and puts them back before it goes on. So a packet only notes what is wanted, and the target is
 * brought in line just before the core runs: what has not changed costs nothing. Code below 0x20000000 is watched by the breakpoint unit
 * (a comparator holds both half-words of a word), code in RAM by a BKPT instruction that memory reads never show.
 * Sources: DDI 0419 C1.7 (DWT), C1.8 (BPU). */
#include "device/regs/cortexm.h"
#include "rsp/parts.h"

#include <inttypes.h>
#include <string.h>

enum { FUNCTION_READ = 5, FUNCTION_WRITE = 6, FUNCTION_ACCESS = 7, COMPARATOR_BYTES = 16, MASK_MAX = 31 };

#define CODE_END    0x20000000u
#define OURS        0xBE00u /* BKPT 0; 0xAB is semihosting */
#define COMP(i)     (PPB(BP_COMP0) + 4 * (i))
#define DWT(reg, i) (PPB(reg) + COMPARATOR_BYTES * (i))

/* ---- what there is ---- */

static bool count_units(struct rsp_server *s, struct err *e)
{
    struct probe_word words[] = { { .addr = PPB(BP_CTRL) }, { .addr = PPB(DWT_CTRL) } };

    if (s->units_known)
        return true;
    if (!mem_batch(&s->t->mem, words, 2, e))
        return err_doing(e, "counting the comparators for breakpoints and watchpoints");
    s->comps = GET(words[0].value, PPB_BP_CTRL_NUM_CODE);
    s->found_bp_on = GET(words[0].value, PPB_BP_CTRL_ENABLE);
    s->watch_comps = GET(words[1].value, PPB_DWT_CTRL_NUMCOMP);
    s->comps = s->comps < RSP_COMPS ? s->comps : RSP_COMPS;
    s->watch_comps = s->watch_comps < RSP_WATCHES ? s->watch_comps : RSP_WATCHES;
    s->units_known = true;
    return true;
}

const struct rsp_break *rsp_break_at(const struct rsp_server *s, uint32_t addr)
{
    for (unsigned i = 0; i < s->breaks; i++)
        if (s->brk[i].addr == addr && s->brk[i].clients)
            return &s->brk[i];
    return NULL;
}

/* The comparators that the breakpoints need, but for one at *except; their number may be more than there are. */
static unsigned wanted_comps(const struct rsp_server *s, const uint32_t *except, uint32_t *comp)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->breaks; i++) {
        const struct rsp_break *b = &s->brk[i];
        const uint32_t half = b->addr & 2 ? 2 : 1, word = b->addr >> 2;
        unsigned k = 0;

        if (b->soft || !b->clients || (except && *except == b->addr))
            continue;
        while (k < n && GET(comp[k], PPB_BP_COMP0_COMP) != word)
            k++;
        if (k == n && n < RSP_BREAKS)
            comp[n++] = PUT(PPB_BP_COMP0_COMP, word) | BITS(PPB_BP_COMP0_ENABLE);
        comp[k] |= PUT(PPB_BP_COMP0_BP_MATCH, half);
    }
    return n;
}

/* ---- what is wanted ---- */

static bool refuse_place(uint32_t addr, const char *why, struct err *e)
{
    return err_set(e, ERR_USAGE, "no breakpoint is possible at 0x%08" PRIX32 ": %s", addr, why);
}

static bool set_break(struct rsp_server *s, uint32_t client, uint32_t addr, struct err *e)
{
    const struct region *r = device_region(s->t->device, addr, 2);
    const bool soft = addr >= CODE_END;
    uint32_t comp[RSP_BREAKS];
    struct rsp_break *b = NULL;

    if (addr & 1)
        return refuse_place(addr, "instructions have even addresses", e);
    if (soft && !(r && r->kind == REGION_RAM))
        return refuse_place(addr, "it is neither code nor RAM", e);
    for (unsigned i = 0; i < s->breaks && !b; i++)
        if (s->brk[i].addr == addr)
            b = &s->brk[i];
    if (!b) {
        if (s->breaks == RSP_BREAKS)
            return err_set(e, ERR_UNSUPPORTED, "more than %u breakpoints", RSP_BREAKS);
        b = &s->brk[s->breaks++];
        *b = (struct rsp_break){ .addr = addr, .soft = soft };
    }
    b->clients |= client;
    if (soft || wanted_comps(s, NULL, comp) <= s->comps)
        return true;
    b->clients &= ~client;
    if (!b->clients)
        s->breaks -= b == &s->brk[s->breaks - 1];
    err_set(e, ERR_UNSUPPORTED, "no hardware breakpoint is free: the core has %u comparators", s->comps);
    return err_hint(e, "delete a breakpoint; temporary ones, `until` and `finish` need one too");
}

/* Comparators a range needs: aligned powers of two. Fills in pieces up to `cap`. */
static unsigned cover(uint32_t addr, uint32_t len, uint32_t *at, uint32_t *mask, unsigned cap)
{
    unsigned n = 0;

    while (len > 0 && n <= cap) {
        uint32_t bits = 0;

        while (bits < MASK_MAX && (addr & ((UINT64_C(2) << bits) - 1)) == 0 && (UINT64_C(2) << bits) <= len)
            bits++;
        if (n < cap) {
            at[n] = addr;
            mask[n] = bits;
        }
        n++;
        addr += UINT32_C(1) << bits;
        len -= UINT32_C(1) << bits;
    }
    return n;
}

static unsigned comparators_used(const struct rsp_server *s)
{
    uint32_t at[RSP_WATCHES], mask[RSP_WATCHES];
    unsigned n = 0;

    for (unsigned i = 0; i < s->watches; i++)
        n += cover(s->watch[i].addr, s->watch[i].len, at, mask, RSP_WATCHES);
    return n;
}

static bool set_watch(struct rsp_server *s, uint32_t client, unsigned type, uint32_t addr, uint32_t len, struct err *e)
{
    static const uint8_t functions[] = { [2] = FUNCTION_WRITE, [3] = FUNCTION_READ, [4] = FUNCTION_ACCESS };

    for (unsigned i = 0; i < s->watches; i++)
        if (s->watch[i].addr == addr && s->watch[i].len == len && s->watch[i].type == type) {
            s->watch[i].clients |= client;
            return true;
        }
    if (len == 0 || len > UINT32_MAX - addr)
        return err_set(e, ERR_USAGE, "no watchpoint covers %" PRIu32 " bytes at 0x%08" PRIX32, len, addr);
    if (s->watches < RSP_WATCHES) {
        s->watch[s->watches++] = (struct rsp_watch){ addr, len, client, functions[type], (uint8_t)type };
        if (comparators_used(s) <= s->watch_comps)
            return true;
        s->watches--;
    }
    err_set(e, ERR_UNSUPPORTED, "no watchpoint is free: the core has %u comparators, each for an aligned power of two", s->watch_comps);
    return err_hint(e, "`set can-use-hw-watchpoints 0` makes GDB step instead, slowly");
}

bool rsp_break_set(struct rsp_server *s, const struct rsp_client *c, unsigned type, uint32_t addr, uint32_t len, struct err *e)
{
    if (!count_units(s, e))
        return false;
    if (type < 2 ? !set_break(s, rsp_bit(s, c), addr, e) : !set_watch(s, rsp_bit(s, c), type, addr, len, e))
        return false;
    return !s->running || rsp_break_plant(s, NULL, e);
}

static void drop_watch(struct rsp_server *s, unsigned i)
{
    s->watch[i] = s->watch[--s->watches];
    s->hit = NULL;
}

bool rsp_break_clear(struct rsp_server *s, const struct rsp_client *c, unsigned type, uint32_t addr, uint32_t len, struct err *e)
{
    for (unsigned i = 0; type < 2 && i < s->breaks; i++)
        if (s->brk[i].addr == addr)
            s->brk[i].clients &= ~rsp_bit(s, c);
    for (unsigned i = 0; type >= 2 && i < s->watches; i++)
        if (s->watch[i].addr == addr && s->watch[i].len == len && s->watch[i].type == type) {
            s->watch[i].clients &= ~rsp_bit(s, c);
            if (!s->watch[i].clients)
                drop_watch(s, i--);
        }
    return !s->running || rsp_break_plant(s, NULL, e);
}

void rsp_break_clear_client(struct rsp_server *s, uint32_t clients)
{
    for (unsigned i = 0; i < s->breaks; i++)
        s->brk[i].clients &= ~clients;
    for (unsigned i = 0; i < s->watches; i++) {
        s->watch[i].clients &= ~clients;
        if (!s->watch[i].clients)
            drop_watch(s, i--);
    }
}

/* ---- what stands in the target ---- */

/* Into `words` what differs from what stands there. */
static size_t change_comps(struct rsp_server *s, const uint32_t *except, struct probe_word *words)
{
    uint32_t comp[RSP_BREAKS] = { 0 };
    const unsigned used = wanted_comps(s, except, comp);
    size_t n = 0;

    if (used && !s->bp_on) {
        words[n++] = (struct probe_word){ PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY) | BITS(PPB_BP_CTRL_ENABLE), true };
        s->bp_on = true;
    }
    for (unsigned i = 0; i < s->comps; i++)
        if (!s->planted_known || s->comp[i] != comp[i]) {
            words[n++] = (struct probe_word){ COMP(i), comp[i], true };
            s->comp[i] = comp[i];
        }
    return n;
}

static size_t change_watches(struct rsp_server *s, struct probe_word *words)
{
    size_t n = 0;
    unsigned used = 0;

    for (unsigned i = 0; i <= s->watches; i++) {
        uint32_t at[RSP_WATCHES] = { 0 }, mask[RSP_WATCHES] = { 0 };
        const uint32_t function = i < s->watches ? s->watch[i].function : 0;
        const unsigned pieces = i < s->watches ? cover(s->watch[i].addr, s->watch[i].len, at, mask, RSP_WATCHES) : s->watch_comps - used;

        for (unsigned k = 0; k < pieces && used < s->watch_comps; k++, used++) {
            if (s->planted_known && s->watch_comp[used].addr == at[k] && s->watch_comp[used].mask == mask[k] &&
                s->watch_comp[used].function == function)
                continue;
            s->watch_comp[used].addr = at[k];
            s->watch_comp[used].mask = mask[k];
            s->watch_comp[used].function = function;
            words[n++] = (struct probe_word){ DWT(DWT_FUNCTION0, used), 0, true };
            words[n++] = (struct probe_word){ DWT(DWT_COMP0, used), at[k], true };
            words[n++] = (struct probe_word){ DWT(DWT_MASK0, used), mask[k], true };
            if (function)
                words[n++] = (struct probe_word){ DWT(DWT_FUNCTION0, used), function, true };
        }
    }
    return n;
}

static bool plant_soft(struct rsp_server *s, struct rsp_break *b, bool want, struct err *e)
{
    static const uint8_t ours[2] = { OURS & 0xFF, OURS >> 8 };

    if (b->planted == want)
        return true;
    if (want && (!mem_read(&s->t->mem, b->addr, b->original, 2, e) || !mem_write(&s->t->mem, b->addr, ours, 2, e)))
        return err_doing(e, "placing a breakpoint at 0x%08" PRIX32, b->addr);
    if (!want && !mem_write(&s->t->mem, b->addr, b->original, 2, e))
        return err_doing(e, "removing the breakpoint at 0x%08" PRIX32, b->addr);
    b->planted = want;
    return true;
}

bool rsp_watch_on(struct rsp_server *s, struct err *e)
{
    uint32_t demcr;

    if (s->dwt_on)
        return true;
    s->dwt_on = mem_read32(&s->t->mem, PPB(DEMCR), &demcr, e) &&
                ((demcr & BITS(PPB_DEMCR_DWTENA)) || mem_write32(&s->t->mem, PPB(DEMCR), demcr | BITS(PPB_DEMCR_DWTENA), e));
    return s->dwt_on || err_doing(e, "switching the watchpoint unit on");
}

static bool plant(struct rsp_server *s, const uint32_t *except, bool none, struct err *e)
{
    struct probe_word words[1 + RSP_COMPS + 4 * RSP_WATCHES];
    size_t n = 0;

    for (unsigned i = 0; i < s->breaks; i++) {
        struct rsp_break *b = &s->brk[i];

        if (b->soft && !plant_soft(s, b, !none && b->clients && !(except && *except == b->addr), e))
            return false;
        if (!b->clients) { /* nobody wants it, and it stands nowhere */
            *b = s->brk[--s->breaks];
            i--;
        }
    }
    if (!s->units_known)
        return true; /* there never was one */
    if (s->watches && !rsp_watch_on(s, e))
        return false;
    n += change_comps(s, except, words + n);
    n += change_watches(s, words + n);
    s->planted_known = n == 0 || mem_batch(&s->t->mem, words, n, e);
    if (!s->planted_known)
        s->bp_on = false;
    return s->planted_known || err_doing(e, "setting breakpoints and watchpoints");
}

bool rsp_break_plant(struct rsp_server *s, const uint32_t *except, struct err *e) { return plant(s, except, false, e); }

bool rsp_break_unplant(struct rsp_server *s, struct err *e)
{
    struct probe_word words[1 + RSP_COMPS + 3 * RSP_WATCHES];
    size_t n = 0;
    bool ok = true;

    for (unsigned i = 0; i < s->breaks; i++)
        ok = plant_soft(s, &s->brk[i], false, e) && ok;
    for (unsigned i = 0; i < s->comps; i++)
        words[n++] = (struct probe_word){ COMP(i), 0, true };
    for (unsigned i = 0; i < s->watch_comps; i++) {
        words[n++] = (struct probe_word){ DWT(DWT_FUNCTION0, i), 0, true };
        words[n++] = (struct probe_word){ DWT(DWT_COMP0, i), 0, true };
        words[n++] = (struct probe_word){ DWT(DWT_MASK0, i), 0, true };
    }
    if (s->bp_on && !s->found_bp_on)
        words[n++] = (struct probe_word){ PPB(BP_CTRL), BITS(PPB_BP_CTRL_KEY), true };
    s->planted_known = s->bp_on = false;
    return ok && (n == 0 || mem_batch(&s->t->mem, words, n, e));
}

/* ---- memory looks as if there were none ---- */

void rsp_break_hide(const struct rsp_server *s, uint32_t addr, uint8_t *bytes, size_t len)
{
    for (unsigned i = 0; i < s->breaks; i++)
        for (unsigned k = 0; k < 2 && s->brk[i].planted; k++)
            if (s->brk[i].addr + k - addr < len)
                bytes[s->brk[i].addr + k - addr] = s->brk[i].original[k];
}

bool rsp_break_lift(struct rsp_server *s, uint32_t addr, size_t len, struct err *e)
{
    for (unsigned i = 0; i < s->breaks; i++)
        if (s->brk[i].planted && (s->brk[i].addr - addr < len || s->brk[i].addr + 1 - addr < len) && !plant_soft(s, &s->brk[i], false, e))
            return false;
    return true;
}

/* MATCHED is cleared by being read (DDI 0419 C1.7.4), so all are. */
bool rsp_watch_hit(struct rsp_server *s, struct err *e)
{
    struct probe_word words[RSP_WATCHES];
    unsigned used = 0;

    s->hit = NULL;
    for (unsigned i = 0; i < s->watch_comps; i++)
        words[i] = (struct probe_word){ .addr = DWT(DWT_FUNCTION0, i) };
    if (s->watch_comps && !mem_batch(&s->t->mem, words, s->watch_comps, e))
        return err_doing(e, "finding out which watchpoint was hit");
    for (unsigned i = 0; i < s->watches && !s->hit; i++) {
        uint32_t at[RSP_WATCHES], mask[RSP_WATCHES];
        const unsigned pieces = cover(s->watch[i].addr, s->watch[i].len, at, mask, RSP_WATCHES);

        for (unsigned k = 0; k < pieces && used < s->watch_comps; k++, used++)
            if (GET(words[used].value, PPB_DWT_FUNCTION0_MATCHED) && !s->hit) {
                s->hit = &s->watch[i];
                s->hit_addr = s->watch[i].addr;
            }
    }
    return true;
}
