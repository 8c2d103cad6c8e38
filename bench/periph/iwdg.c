/* iwdg.c - the independent watchdog. See iwdg.h.
 *
 * The counter is not stepped: it is kept as a time since the last reload, which stands still while frozen. */
#include "periph/iwdg.h"

#include "device/regs/g0_iwdg.h"
#include "device/regs/u0_iwdg.h"

_Static_assert(PERIPH_SAME_AT(U0_IWDG_WINR, G0_IWDG_WINR) && PERIPH_SAME_BITS(U0_IWDG_SR_WVU, G0_IWDG_SR_WVU),
               "one code for both families");

enum { KEY_START = 0xCCCC, KEY_RELOAD = 0xAAAA, KEY_ACCESS = 0x5555 };
enum { UPDATE_LSI_CYCLES = 5 }; /* PVU, RVU, WVU: "up to five" cycles of the watchdog's clock (RM0444 28.4.4) */

struct iwdg_state {
    uint32_t reg[U0_IWDG_EWCR / 4 + 1];
    uint8_t running, unlocked, frozen, warned; /* warned: the early wake-up of this period has come */
    uint32_t from;                             /* the counter's value at the last reload or change of prescaler */
    uint64_t elapsed_ps;                       /* counted since then, up to since_ps */
    uint64_t since_ps;                         /* and running from there on, unless frozen */
    uint64_t update_ps;                        /* when the busy bits of SR fall */
};

#define BUSY (BITS(U0_IWDG_SR_PVU) | BITS(U0_IWDG_SR_RVU) | BITS(U0_IWDG_SR_WVU) | BITS(U0_IWDG_SR_EWU))

// clang-format off
static const struct periph_reg rows_u0[] = {
    /*                      reset  writable */
    [U0_IWDG_KR   / 4] = {     0, 0 },
    [U0_IWDG_PR   / 4] = {     0, BITS(U0_IWDG_PR_PR) },
    [U0_IWDG_RLR  / 4] = { 0xFFF, BITS(U0_IWDG_RLR_RL) },
    [U0_IWDG_SR   / 4] = {     0, 0 },
    [U0_IWDG_WINR / 4] = { 0xFFF, BITS(U0_IWDG_WINR_WIN) },
    [U0_IWDG_EWCR / 4] = {     0, BITS(U0_IWDG_EWCR_EWIT) | BITS(U0_IWDG_EWCR_EWIE) },
};
static const struct periph_reg rows_g0[] = {
    [G0_IWDG_KR   / 4] = {     0, 0 },
    [G0_IWDG_PR   / 4] = {     0, BITS(G0_IWDG_PR_PR) },
    [G0_IWDG_RLR  / 4] = { 0xFFF, BITS(G0_IWDG_RLR_RL) },
    [G0_IWDG_SR   / 4] = {     0, 0 },
    [G0_IWDG_WINR / 4] = { 0xFFF, BITS(G0_IWDG_WINR_WIN) },
};
// clang-format on

DEFINE_STATE(iwdg_state_table, "iwdg", struct iwdg_state, STATE_MANY(struct iwdg_state, reg, STATE_ANY),
             STATE_ONE(struct iwdg_state, running, 1), STATE_ONE(struct iwdg_state, unlocked, 1), STATE_ONE(struct iwdg_state, frozen, 1),
             STATE_ONE(struct iwdg_state, warned, 1), STATE_ONE(struct iwdg_state, from, 0xFFF),
             STATE_ONE(struct iwdg_state, elapsed_ps, STATE_ANY), STATE_ONE(struct iwdg_state, since_ps, STATE_ANY),
             STATE_ONE(struct iwdg_state, update_ps, STATE_ANY));

static uint64_t elapsed_ps(const struct iwdg_state *s, uint64_t now_ps)
{
    return s->elapsed_ps + (s->frozen || now_ps < s->since_ps ? 0 : now_ps - s->since_ps);
}

/* `counts` steps of the counter in time. */
static uint64_t counts_ps(const struct periph *p, uint64_t counts)
{
    const uint32_t pr = *periph_word(p, U0_IWDG_PR), shift = pr < 8 ? pr + 2 : 10; /* 4 .. 1024 */
    const uint64_t hz = p->env->clock_hz(p->env->ctx, p);

    return hz ? (uint64_t)(((unsigned __int128)counts << shift) * PS_PER_S / hz) : TIME_NEVER;
}

static uint32_t counter(const struct periph *p)
{
    const struct iwdg_state *s = p->state;
    const uint64_t step_ps = counts_ps(p, 1), done = elapsed_ps(s, periph_now_ps(p)) / step_ps;

    return done >= s->from ? 0 : s->from - (uint32_t)done;
}

static void count_from(struct periph *p, uint32_t value)
{
    struct iwdg_state *s = p->state;

    s->from = value;
    s->elapsed_ps = 0;
    s->since_ps = periph_now_ps(p);
    s->warned = 0;
}

bool iwdg_running(const struct periph *p) { return ((const struct iwdg_state *)p->state)->running; }

void iwdg_start(struct periph *p)
{
    struct iwdg_state *s = p->state;

    if (s->running)
        return;
    s->running = 1;
    if (p->kind == &iwdg_kind_u0)
        periph_set(p, U0_IWDG_SR, BITS(U0_IWDG_SR_ONF), UINT32_MAX);
    count_from(p, *periph_word(p, U0_IWDG_RLR));
    periph_changed(p);
}

void iwdg_freeze(struct periph *p, bool frozen)
{
    struct iwdg_state *s = p->state;
    const uint64_t now_ps = periph_now_ps(p);

    if (frozen == s->frozen)
        return;
    s->elapsed_ps = elapsed_ps(s, now_ps);
    s->since_ps = now_ps;
    s->frozen = frozen;
    periph_changed(p);
}

static void reload(struct periph *p)
{
    struct iwdg_state *s = p->state;

    if (!s->running)
        return;
    if (counter(p) > *periph_word(p, U0_IWDG_WINR)) { /* too early: outside the window */
        p->env->watchdog(p->env->ctx, p);
        return;
    }
    count_from(p, *periph_word(p, U0_IWDG_RLR));
}

static void write_key(struct periph *p, uint32_t value)
{
    struct iwdg_state *s = p->state;
    const uint32_t key = GET(value, U0_IWDG_KR_KEY);

    s->unlocked = key == KEY_ACCESS;
    if (key == KEY_START)
        iwdg_start(p);
    if (key == KEY_RELOAD)
        reload(p);
}

/* Registers behind the key; each is deaf while its own update is on its way to the watchdog's clock. */
static void write_guarded(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    struct iwdg_state *s = p->state;
    const uint32_t busy = offset == U0_IWDG_PR     ? BITS(U0_IWDG_SR_PVU)
                          : offset == U0_IWDG_RLR  ? BITS(U0_IWDG_SR_RVU)
                          : offset == U0_IWDG_WINR ? BITS(U0_IWDG_SR_WVU)
                                                   : BITS(U0_IWDG_SR_EWU);
    const uint64_t hz = p->env->clock_hz(p->env->ctx, p);
    uint32_t left;

    if (!s->unlocked) {
        periph_note(p, "refused", "write to offset 0x%02X without the key 0x5555", (unsigned)offset);
        return;
    }
    if (s->reg[U0_IWDG_SR / 4] & busy)
        return;
    left = counter(p);
    if (offset == U0_IWDG_EWCR && value & BITS(U0_IWDG_EWCR_EWIC)) {
        periph_set(p, U0_IWDG_SR, BITS(U0_IWDG_SR_EWIF), 0);
        periph_irq(p, false);
    }
    periph_store(p, offset, value, lanes);
    if (offset == U0_IWDG_PR && s->running)
        count_from(p, left);
    if (offset == U0_IWDG_WINR && s->running) /* writing the window also reloads (RM0444 28.3.2) */
        count_from(p, s->reg[U0_IWDG_RLR / 4]);
    periph_set(p, U0_IWDG_SR, busy, UINT32_MAX);
    s->update_ps = hz ? periph_now_ps(p) + UPDATE_LSI_CYCLES * PS_PER_S / hz : TIME_NEVER;
}

static void iwdg_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    if (offset == U0_IWDG_KR)
        write_key(p, value);
    else if (offset != U0_IWDG_SR)
        write_guarded(p, offset, value, lanes);
    periph_changed(p);
}

/* When the counter reaches `at`; the reset comes one step after 0. */
static uint64_t reaches_ps(const struct periph *p, uint32_t at, bool past_it)
{
    const struct iwdg_state *s = p->state;
    const uint64_t needs = counts_ps(p, (at >= s->from ? 0 : s->from - at) + (past_it ? 1u : 0u));

    if (s->frozen || needs == TIME_NEVER)
        return TIME_NEVER;
    return needs > s->elapsed_ps ? s->since_ps + (needs - s->elapsed_ps) : s->since_ps;
}

static bool warns(const struct periph *p)
{
    const struct iwdg_state *s = p->state;

    return p->kind == &iwdg_kind_u0 && s->reg[U0_IWDG_EWCR / 4] & BITS(U0_IWDG_EWCR_EWIE) && !s->warned;
}

static uint64_t iwdg_next_ps(const struct periph *p)
{
    const struct iwdg_state *s = p->state;
    uint64_t next = s->reg[U0_IWDG_SR / 4] & BUSY ? s->update_ps : TIME_NEVER, at;

    if (!s->running)
        return next;
    if (warns(p) && (at = reaches_ps(p, GET(s->reg[U0_IWDG_EWCR / 4], U0_IWDG_EWCR_EWIT), false)) < next)
        next = at;
    at = reaches_ps(p, 0, true);
    return at < next ? at : next;
}

static void iwdg_event(struct periph *p)
{
    struct iwdg_state *s = p->state;
    const uint64_t now_ps = periph_now_ps(p);

    if (s->reg[U0_IWDG_SR / 4] & BUSY && s->update_ps <= now_ps)
        periph_set(p, U0_IWDG_SR, BUSY, 0);
    if (!s->running)
        return;
    if (reaches_ps(p, 0, true) <= now_ps) {
        p->env->watchdog(p->env->ctx, p);
        count_from(p, s->reg[U0_IWDG_RLR / 4]); /* the reset ends this life; until then: no second bite */
        return;
    }
    if (warns(p) && reaches_ps(p, GET(s->reg[U0_IWDG_EWCR / 4], U0_IWDG_EWCR_EWIT), false) <= now_ps) {
        s->warned = 1;
        periph_set(p, U0_IWDG_SR, BITS(U0_IWDG_SR_EWIF), UINT32_MAX);
        periph_irq(p, true);
    }
}

static void iwdg_reset(struct periph *p, enum periph_reset why)
{
    struct iwdg_state *s = p->state;

    s->running = s->unlocked = s->warned = 0;
    s->from = 0;
    s->elapsed_ps = s->since_ps = s->update_ps = 0;
}

#define IWDG_KIND(names_, rows)                                                                                            \
    {                                                                                                                      \
        .name = "IWDG", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true,           \
        .state = &iwdg_state_table, .write = iwdg_write, .reset = iwdg_reset, .next_ps = iwdg_next_ps, .event = iwdg_event \
    }
const struct periph_kind iwdg_kind_u0 = IWDG_KIND(&u0_iwdg_regs, rows_u0);
const struct periph_kind iwdg_kind_g0 = IWDG_KIND(&g0_iwdg_regs, rows_g0);
