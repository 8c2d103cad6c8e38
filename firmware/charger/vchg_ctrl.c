/* vchg_ctrl.c - see vchg_ctrl.h.
 *
 * One integrating regulator with two errors: of current and of voltage. The smaller correction wins, so that both limits hold at any time
 * and the passage from one to the other needs no switch. The gains are in ohms of the charge path: half of its 5.8 for the current; the
 * battery's share of it is a seventh, so a whole volt per volt is slow enough for the voltage. */
#include "vchg_ctrl.h"

#include <stddef.h>

enum { UV_PER_UA = 3, UV_PER_MV = 1000, NEARLY_MV = 5, CALM_MS = 1000 };

const struct vchg_limits vchg_usual_limits = {
    .present_mv = 500,
    .precharge_mv = 3000,
    .target_mv = 4200,
    .recharge_mv = 4050,
    .over_mv = 4300,
    .precharge_ua = 4000,
    .charge_ua = 20000,
    .done_ua = 2000,
    .over_ua = 40000,
    .cold_dc = 0,
    .hot_dc = 450,
    .margin_dc = 30,
    .precharge_limit_ms = 10 * 60 * 1000,
    .charge_limit_ms = 3 * 3600 * 1000,
};

static const char *const states[VCHG_STATES] = { "idle", "precharge", "constant current", "constant voltage", "done", "fault" };
static const char *const faults[VCHG_FAULTS] = { "none",          "no measurement", "over-voltage",  "over-current",
                                                 "cell too cold", "cell too hot",   "takes too long" };
const char *vchg_state_name(enum vchg_state state) { return states[state]; }
const char *vchg_fault_name(enum vchg_fault fault) { return faults[fault]; }

static struct {
    const struct vchg_limits *limits;
    struct vchg_status status;
    int32_t set_uv;
    uint32_t charging_ms; /* since precharge ended */
    uint32_t calm_ms;     /* so long the current has been low */
} ctrl;

const struct vchg_status *vchg_ctrl_status(void) { return &ctrl.status; }

void setVchg(uint32_t mv)
{
    ctrl.status.source_mv = mv < VCHG_MOST_MV ? mv : VCHG_MOST_MV;
    ctrl.set_uv = (int32_t)ctrl.status.source_mv * 1000;
    vchg_output_mv(ctrl.status.source_mv);
}

static void enter(enum vchg_state state)
{
    ctrl.status.state = state;
    ctrl.status.state_ms = 0;
    ctrl.calm_ms = 0;
    if (state == VCHG_IDLE || state == VCHG_DONE || state == VCHG_FAULT)
        setVchg(0);
}

static void fail(enum vchg_fault fault)
{
    if (ctrl.status.state == VCHG_FAULT && ctrl.status.fault == fault)
        return;
    ctrl.status.fault = fault;
    enter(VCHG_FAULT);
}

void vchg_ctrl_start(const struct vchg_limits *limits)
{
    ctrl.limits = limits;
    ctrl.status.fault = VCHG_FINE;
    enter(VCHG_IDLE);
}

void vchg_ctrl_clear(void)
{
    ctrl.status.fault = VCHG_FINE;
    enter(VCHG_IDLE);
}

/* ---- limits ---- */

static enum vchg_fault exceeded(const struct measure *m)
{
    const struct vchg_limits *const l = ctrl.limits;

    if (!m->cell_known)
        return VCHG_NO_MEASUREMENT;
    if (m->battery_mv > l->over_mv)
        return VCHG_OVER_VOLTAGE;
    if (m->current_ua > l->over_ua)
        return VCHG_OVER_CURRENT;
    if (m->cell_dc < l->cold_dc)
        return VCHG_COLD;
    if (m->cell_dc > l->hot_dc)
        return VCHG_HOT;
    if (ctrl.status.state == VCHG_PRECHARGE && ctrl.status.state_ms > l->precharge_limit_ms)
        return VCHG_TOO_LONG;
    if ((ctrl.status.state == VCHG_CURRENT || ctrl.status.state == VCHG_VOLTAGE) && ctrl.charging_ms > l->charge_limit_ms)
        return VCHG_TOO_LONG;
    return VCHG_FINE;
}

/* What caused the fault is over by itself. */
static bool healed(const struct measure *m)
{
    const struct vchg_limits *const l = ctrl.limits;

    switch (ctrl.status.fault) {
    case VCHG_NO_MEASUREMENT: return m->cell_known; /* there is one again */
    case VCHG_COLD: return m->cell_dc >= l->cold_dc + l->margin_dc;
    case VCHG_HOT: return m->cell_dc <= l->hot_dc - l->margin_dc;
    default: return false;
    }
}

/* ---- charging ---- */

static void begin(const struct measure *m)
{
    setVchg(m->battery_mv); /* nothing flows yet */
    ctrl.charging_ms = 0;
    enter(m->battery_mv < ctrl.limits->precharge_mv ? VCHG_PRECHARGE : VCHG_CURRENT);
}

static void regulate(const struct measure *m, uint32_t wanted_ua)
{
    const int32_t by_current_uv = ((int32_t)wanted_ua - (int32_t)m->current_ua) * UV_PER_UA;
    const int32_t by_voltage_uv = ((int32_t)ctrl.limits->target_mv - (int32_t)m->battery_mv) * UV_PER_MV;
    int32_t uv = ctrl.set_uv + (by_current_uv < by_voltage_uv ? by_current_uv : by_voltage_uv);

    if (uv < 0)
        uv = 0;
    if (uv > VCHG_MOST_MV * 1000)
        uv = VCHG_MOST_MV * 1000;
    setVchg((uint32_t)uv / 1000);
    ctrl.set_uv = uv; /* with the microvolts that the output does not take */
}

static bool is_calm(const struct measure *m, uint32_t duration_ms)
{
    ctrl.calm_ms = m->current_ua < ctrl.limits->done_ua ? ctrl.calm_ms + duration_ms : 0;
    return ctrl.calm_ms >= CALM_MS;
}

void vchg_ctrl_run(uint32_t duration_ms)
{
    const struct vchg_limits *const l = ctrl.limits;
    struct measure now;
    enum vchg_fault fault;

    ctrl.status.state_ms += duration_ms;
    ctrl.charging_ms += duration_ms;
    if (!vchg_measure(&now)) {
        fail(VCHG_NO_MEASUREMENT);
        return;
    }
    ctrl.status.measure = now;
    if (ctrl.status.state == VCHG_FAULT) {
        if (healed(&now))
            vchg_ctrl_clear();
        return;
    }
    if (now.battery_mv < l->present_mv) {
        if (ctrl.status.state != VCHG_IDLE)
            enter(VCHG_IDLE);
        return;
    }
    fault = exceeded(&now);
    if (fault != VCHG_FINE) {
        fail(fault);
        return;
    }
    switch (ctrl.status.state) {
    case VCHG_IDLE:
        if (now.battery_mv < l->recharge_mv)
            begin(&now);
        else
            enter(VCHG_DONE);
        break;
    case VCHG_PRECHARGE:
        regulate(&now, l->precharge_ua);
        if (now.battery_mv >= l->precharge_mv) {
            ctrl.charging_ms = 0;
            enter(VCHG_CURRENT);
        }
        break;
    case VCHG_CURRENT:
        regulate(&now, l->charge_ua);
        if (now.battery_mv + NEARLY_MV >= l->target_mv)
            enter(VCHG_VOLTAGE);
        break;
    case VCHG_VOLTAGE:
        regulate(&now, l->charge_ua);
        if (is_calm(&now, duration_ms))
            enter(VCHG_DONE);
        break;
    case VCHG_DONE:
        if (now.battery_mv < l->recharge_mv)
            enter(VCHG_IDLE);
        break;
    default: break;
    }
}
