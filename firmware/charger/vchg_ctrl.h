/* vchg_ctrl.h - the charge controller: constant current, then constant voltage, within limits of voltage, current, temperature and time.
 *
 *     idle --battery--> precharge --3.0 V--> constant current --4.2 V--> constant voltage --current low--> done
 *      ^                                                                                                    |
 *      +------------------------------------------- battery below the recharge voltage ---------------------+
 *     any of them --a limit--> fault; temperature and measurement heal by themselves, the others wait for vchg_ctrl_clear
 *
 * It knows the hardware through two functions only, so that the same file charges a fake battery on the host (tests/unit/charger). */
#pragma once
#include "measure.h"

enum vchg_state { VCHG_IDLE, VCHG_PRECHARGE, VCHG_CURRENT, VCHG_VOLTAGE, VCHG_DONE, VCHG_FAULT, VCHG_STATES };
enum vchg_fault {
    VCHG_FINE,
    VCHG_NO_MEASUREMENT,
    VCHG_OVER_VOLTAGE,
    VCHG_OVER_CURRENT,
    VCHG_COLD,
    VCHG_HOT,
    VCHG_TOO_LONG,
    VCHG_FAULTS,
};

struct vchg_limits {
    uint32_t present_mv;              /* less is no battery */
    uint32_t precharge_mv, target_mv; /* up to the first the small current; the second is held */
    uint32_t recharge_mv, over_mv;    /* done below the first: charge again; above the second: fault */
    uint32_t precharge_ua, charge_ua; /* currents */
    uint32_t done_ua, over_ua;
    int32_t cold_dc, hot_dc, margin_dc; /* of the cell; the margin before charging goes on */
    uint32_t precharge_limit_ms, charge_limit_ms;
};
extern const struct vchg_limits vchg_usual_limits;

struct vchg_status {
    enum vchg_state state;
    enum vchg_fault fault;
    uint32_t source_mv, state_ms;
    struct measure measure; /* the last good one */
};

void vchg_ctrl_start(const struct vchg_limits *limits); /* borrowed; idle, output off */
void vchg_ctrl_run(uint32_t duration_ms);               /* one step: so long since the last; measures, decides, sets the output */
void vchg_ctrl_clear(void);                             /* out of a fault, to idle */
const struct vchg_status *vchg_ctrl_status(void);
const char *vchg_state_name(enum vchg_state state);
const char *vchg_fault_name(enum vchg_fault fault);

void setVchg(uint32_t mv); /* the charge voltage; 0 is off */

/* ---- the hardware's side ---- */
bool vchg_measure(struct measure *m); /* false: no measurement to be trusted */
void vchg_output_mv(uint32_t mv);
enum { VCHG_MOST_MV = 5000 };
