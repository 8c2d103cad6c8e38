/* run.c - how the chip moves through time.
 *
 * The core counts cycles; the HCLK domain turns them into time. Between two events (a peripheral's, the flash's, the end of a reset)
 * the core runs alone. An access that changes what comes next (a clock, an earlier event, a reset) makes the core return after its
 * present instruction. So the core may be ahead of the chip: by an instruction, or by an access that the bus delays (an erase takes
 * 22 ms). Then it rests until the chip's time, with all that happens meanwhile, has caught up; a reset ends the wait. */
#include "chip/chip_inner.h"
#include "device/regs/u0_flash.h"
#include "periph/dbgmcu.h"
#include "periph/iwdg.h"
#include "periph/pwr.h"
#include "periph/rcc.h"
#include "periph/tamp.h"
#include "periph/usb_drd.h"

#include <inttypes.h>

/* While a debugger may halt the core at any instruction and DBGMCU freezes a watchdog or timer then, the core runs in slices no longer
 * than this: the freeze begins at most so late. */
#define FREEZE_SLICE_PS (100 * PS_PER_US)

enum { RTC_TAMP_LINE = 2 }; /* on both chips */

/* How far the core has come: the chip's time or ahead of it. */
static uint64_t core_ps(const struct chip *c)
{
    const uint64_t ps = c->s.hclk.hz ? domain_ps(&c->s.hclk, c->cpu.s.cycle) : 0;

    return ps > c->s.now_ps ? ps : c->s.now_ps;
}

uint64_t chip_time_ps(const struct chip *c) { return c->running ? core_ps(c) : c->s.now_ps; }

/* The first tick at or after `ps`. A clock that has just changed may begin an instruction later than that. */
static uint64_t tick_at(const struct domain *d, uint64_t ps)
{
    uint64_t tick;

    if (ps <= d->start_ps)
        return d->start_ticks;
    tick = domain_ticks(d, ps);
    return domain_ps(d, tick) < ps ? tick + 1 : tick;
}

/* ---- events ---- */

void chip_reschedule(struct chip *c)
{
    uint64_t next_ps = c->s.release_ps;

    for (size_t i = 0; i < c->block_count; i++)
        if (c->due_ps[i] < next_ps)
            next_ps = c->due_ps[i];
    if (flash_next_ps(c->flash) < next_ps)
        next_ps = flash_next_ps(c->flash);
    c->next_ps = next_ps;
    if (c->running && next_ps < c->slice_end_ps)
        cpu_leave(&c->cpu);
}

/* Everything that is due now. */
static void run_events(struct chip *c)
{
    if (flash_next_ps(c->flash) <= c->s.now_ps)
        flash_event(c->flash);
    for (size_t i = 0; i < c->block_count; i++) {
        struct periph *p = &c->periph[i];

        if (c->due_ps[i] > c->s.now_ps)
            continue;
        p->kind->event(p);
        c->due_ps[i] = p->kind->next_ps(p);
    }
    if (c->s.release_ps <= c->s.now_ps)
        chip_release_reset(c);
    chip_reschedule(c);
}

void chip_wait_bus(struct chip *c, uint64_t until_ps)
{
    const uint64_t tick = tick_at(&c->s.hclk, until_ps);

    if (tick > c->cpu.s.cycle)
        cpu_stall(&c->cpu, tick - c->cpu.s.cycle);
}

uint64_t chip_next_change_ps(const struct chip *c)
{
    const uint64_t cycle = cpu_next_cycle(&c->cpu);
    uint64_t core = TIME_NEVER;

    if (c->s.pending || !c->s.powered)
        return c->s.powered ? c->s.now_ps : TIME_NEVER;
    if (cycle != UINT64_MAX && c->s.hclk.hz)
        core = domain_ps(&c->s.hclk, cycle);
    return core < c->next_ps ? core : c->next_ps;
}

/* ---- clocks ---- */

static void check_wait_states(struct chip *c, uint64_t hz)
{
    const uint32_t *limits = pwr_range2(c->pwr) ? c->row->wait_range2_hz : c->row->wait_range1_hz;
    const unsigned latency = flash_latency(c->flash);
    unsigned needs = 0;

    while (needs < c->row->max_wait_states && hz > limits[needs])
        needs++;
    if (needs > latency)
        report_note(c, "clock", "HCLK %" PRIu64 " Hz needs %u flash wait states, ACR.LATENCY is %u", hz, needs, latency);
}

/* The core has spent its cycles at the old speed up to `from_ps`. */
static void set_core_clock(struct chip *c, uint64_t from_ps, uint64_t hz) { c->s.hclk = (struct domain){ from_ps, c->cpu.s.cycle, hz }; }

void chip_restart_core_clock(struct chip *c) { set_core_clock(c, c->s.now_ps, rcc_hz(c->rcc, CLOCK_HCLK)); }

void chip_clocks_changed(struct chip *c)
{
    const uint64_t hz = chip_has_clock(c) ? rcc_hz(c->rcc, CLOCK_HCLK) : 0, now_ps = core_ps(c);

    if (hz != 0 && !c->s.in_reset)
        check_wait_states(c, hz);
    if (hz == c->s.hclk.hz)
        return;
    set_core_clock(c, now_ps, hz);
    if (c->running) {
        if (hz == 0) /* time goes on from here without cycles */
            c->s.now_ps = now_ps < c->slice_end_ps ? now_ps : c->slice_end_ps;
        cpu_leave(&c->cpu);
    }
}

/* ---- the core ---- */

void chip_update_freeze(struct chip *c)
{
    const bool in_stop = c->s.sleep == CHIP_STOP || c->s.sleep == CHIP_DEBUG_STOP, deeper = c->s.sleep >= CHIP_STANDBY;

    c->s.halted = cpu_halted(&c->cpu);
    iwdg_freeze(c->iwdg, (c->s.halted && dbgmcu_freezes_iwdg(c->dbgmcu)) || (in_stop && !chip_option(c, BITS(U0_FLASH_OPTR_IWDG_STOP))) ||
                             (deeper && !chip_option(c, BITS(U0_FLASH_OPTR_IWDG_STDBY))));
    wires_reclock(c);
}

static void run_core(struct chip *c, uint64_t until_ps)
{
    uint64_t ps;

    if (c->s.hclk.hz == 0) {
        c->s.now_ps = until_ps;
        return;
    }
    if (c->s.debugging && !c->s.halted && dbgmcu_freezes_any(c->dbgmcu) && until_ps - c->s.now_ps > FREEZE_SLICE_PS)
        until_ps = c->s.now_ps + FREEZE_SLICE_PS;
    c->slice_end_ps = until_ps;
    c->running = true;
    cpu_run(&c->cpu, tick_at(&c->s.hclk, until_ps));
    c->running = false;
    if (c->stop_ps < until_ps) /* set meanwhile */
        until_ps = c->stop_ps;
    ps = core_ps(c);
    if (ps > until_ps)
        ps = until_ps;
    if (ps > c->s.now_ps)
        c->s.now_ps = ps;
    if (cpu_halted(&c->cpu) != c->s.halted)
        chip_update_freeze(c);
}

void chip_stop_at(struct chip *c, uint64_t ps)
{
    c->stop_ps = ps;
    if (c->running && ps < c->slice_end_ps)
        cpu_leave(&c->cpu);
}

void chip_run_until(struct chip *c, uint64_t limit_ps)
{
    uint64_t until_ps;

    while (c->s.now_ps < (until_ps = limit_ps < c->stop_ps ? limit_ps : c->stop_ps)) {
        if (!c->s.powered) {
            c->s.now_ps = until_ps;
            break;
        }
        if (c->s.pending)
            chip_do_resets(c);
        else if (c->next_ps <= c->s.now_ps)
            run_events(c);
        else
            run_core(c, c->next_ps < until_ps ? c->next_ps : until_ps);
    }
    while (c->s.powered && (c->s.pending || c->next_ps <= c->s.now_ps)) {
        if (c->s.pending)
            chip_do_resets(c);
        else
            run_events(c);
    }
}

uint64_t chip_now_ps(const struct chip *c) { return c->s.now_ps; }

/* ---- what peripherals, flash and core ask for ---- */

static uint64_t env_now_ps(void *ctx) { return chip_time_ps(ctx); }

void chip_irq_level(void *ctx, unsigned line, uint32_t asserted, uint32_t mask)
{
    struct chip *c = ctx;
    const uint32_t before = c->s.itline[line];

    c->s.itline[line] = (before & ~mask) | (asserted & mask);
    if ((before != 0) == (c->s.itline[line] != 0))
        return;
    cpu_irq(&c->cpu, line, c->s.itline[line] != 0);
    if (!c->s.itline[line])
        return;
    if (c->s.sleep == CHIP_STOP)
        chip_wake_stop(c);
    else if (c->s.sleep >= CHIP_STANDBY && line == RTC_TAMP_LINE && pwr_wake_inside(c->pwr))
        chip_wake_deep(c);
}

static uint32_t env_irq_sources(void *ctx, unsigned line) { return ((struct chip *)ctx)->s.itline[line]; }

/* A peripheral may have a new next event, and some of them steer the chip. */
static void env_changed(void *ctx, struct periph *p)
{
    struct chip *c = ctx;

    if (p->kind->next_ps)
        c->due_ps[p - c->periph] = p->kind->next_ps(p);
    if (!c->built)
        return;
    if (p == c->rcc) {
        for (size_t i = 0; i < c->block_count; i++) {
            const struct chip_block *b = &c->row->blocks[i];

            if (!b->reset.bit || !(periph_peek(c->rcc, b->reset.reg) & b->reset.bit))
                continue;
            if (b->kind)
                periph_reset(&c->periph[i], PERIPH_BY_RCC);
            else
                report_forget_unknown(c, b->base, b->bytes);
        }
        chip_backup_opened(c);
        chip_clocks_changed(c);
        wires_reclock(c);
    } else if (p == c->pwr) {
        chip_backup_opened(c);
        chip_clocks_changed(c);
        if (c->usb)
            usb_drd_supply_changed(c->usb);
    } else if (p == c->syscfg) {
        if (syscfg_take_sram2_erase(c->syscfg)) {
            for (uint32_t i = 0; i < c->row->sram2_bytes; i++)
                c->sram[c->row->sram1_bytes + i] = 0;
            bus_parity_good(c, c->row->sram1_bytes, c->row->sram2_bytes);
        }
        bus_update_windows(c);
    } else if (p == c->dbgmcu) {
        chip_update_freeze(c);
    } else if (p == c->usb && c->crs) { /* it counts the other's frames */
        c->due_ps[c->crs - c->periph] = c->crs->kind->next_ps(c->crs);
    } else if (p == c->dac) {
        wires_analog_changed(c);
    } else if (p == c->iwdg) {
        rcc_keep_lsi(c->rcc, iwdg_running(c->iwdg));
    }
    chip_reschedule(c);
}

static void env_watchdog(void *ctx, struct periph *p) { chip_ask_reset(ctx, p == ((struct chip *)ctx)->iwdg ? CAUSE_IWDG : CAUSE_WWDG); }
static void env_note(void *ctx, const char *what, const char *text) { report_note(ctx, what, "%s", text); }

static uint64_t flash_env_hclk_hz(void *ctx) { return rcc_hz(((struct chip *)ctx)->rcc, CLOCK_HCLK); }
static void flash_env_nmi(void *ctx) { cpu_nmi(&((struct chip *)ctx)->cpu); }
static void flash_env_launch(void *ctx) { chip_ask_reset(ctx, CAUSE_OPTIONS); }

static void flash_env_irq(void *ctx, bool level)
{
    struct chip *c = ctx;

    chip_irq_level(c, c->row->flash_irq_line, level ? c->row->flash_irq_source : 0, c->row->flash_irq_source);
}

static void flash_env_changed(void *ctx)
{
    struct chip *c = ctx;

    if (!c->built)
        return;
    bus_update_windows(c);
    chip_clocks_changed(c);
    chip_reschedule(c);
}

static void flash_env_regressed(void *ctx) { tamp_erase(((struct chip *)ctx)->tamp); }

static bool flash_env_intruder(void *ctx)
{
    const struct chip *c = ctx;

    return c->s.debugger || c->s.booted_from != MEM_FLASH;
}

static void flash_env_begins(void *ctx, struct flash_fate *fate)
{
    struct chip *c = ctx;

    if (c->hooks && c->hooks->begins)
        c->hooks->begins(c->hooks->ctx, fate);
}

static void flash_env_programmed(void *ctx, uint32_t addr)
{
    struct chip *c = ctx;

    if (c->hooks && c->hooks->programmed)
        c->hooks->programmed(c->hooks->ctx, addr);
}

static bool flash_env_cfgbsy(void *ctx)
{
    const struct chip *c = ctx;

    return c->hooks && c->hooks->cfgbsy && c->hooks->cfgbsy(c->hooks->ctx);
}

void chip_set_hooks(struct chip *c, const struct chip_hooks *hooks) { c->hooks = hooks; }

static void port_reset_request(void *ctx) { chip_ask_reset(ctx, CAUSE_SOFTWARE); }

static void port_debug_enabled(void *ctx, bool on)
{
    struct chip *c = ctx;

    c->s.debugging = on;
    if (c->running)
        cpu_leave(&c->cpu);
}

void chip_env_init(struct chip *c)
{
    c->env = (struct periph_env){
        .ctx = c,
        .now_ps = env_now_ps,
        .irq = chip_irq_level,
        .irq_sources = env_irq_sources,
        .clock_hz = wires_clock_hz,
        .supplied = wires_supplied,
        .routed = wires_routed,
        .changed = env_changed,
        .watchdog = env_watchdog,
        .note = env_note,
        .output = wires_output,
        .edge = wires_edge,
        .dma = wires_dma,
        .dma_wanted = wires_dma_wanted,
        .dma_taken = wires_dma_taken,
        .bus_read = wires_bus_read,
        .bus_write = wires_bus_write,
        .listened = wires_listened,
        .trigger = wires_trigger,
        .rewired = wires_rewired,
        .event = wires_event,
        .analog_uv = wires_analog_uv,
        .vdda_uv = wires_vdda_uv,
        .die_mc = wires_die_mc,
    };
    c->flash_env = (struct flash_env){
        .ctx = c,
        .now_ps = env_now_ps,
        .hclk_hz = flash_env_hclk_hz,
        .irq = flash_env_irq,
        .nmi = flash_env_nmi,
        .launch = flash_env_launch,
        .changed = flash_env_changed,
        .regressed = flash_env_regressed,
        .intruder = flash_env_intruder,
        .begins = flash_env_begins,
        .programmed = flash_env_programmed,
        .cfgbsy = flash_env_cfgbsy,
        .note = env_note,
    };
    c->port = (struct cpu_port){
        .ctx = c,
        .read = cpu_port_read,
        .write = cpu_port_write,
        .system_reset_request = port_reset_request,
        .sleeping = chip_sleeping,
        .debug_enabled = port_debug_enabled,
    };
}
