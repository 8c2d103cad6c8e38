/* wiring.c - wires that are not as they should be, and what faults there are, in words. See faults.h. */
#include "faults/faults.h"

#include <inttypes.h>
#include <stdio.h>

enum { FLOATING_MV = 20 }; /* what probes show of an open VTREF: users report 0.02 V */

const char *const wire_nrst_names[NRST_WIRINGS] = { "wired", "open", "low", "strong" };
const char *const wire_swd_names[SWD_WIRINGS] = { "wired", "open" };
const char *const wire_vtref_names[VTREF_WIRINGS] = { "wired", "open" };

/* An open-drain wire: low if anybody who reaches it pulls. Against a strong pull-up only a button wins. */
bool faults_nrst_is_low(const struct faults *f, bool button, bool probe)
{
    return button || f->s.nrst_low || f->s.nrst == NRST_LOW || (probe && f->s.nrst == NRST_WIRED);
}

unsigned faults_vtref_mv(const struct faults *f, unsigned mv)
{
    return f->s.vtref == VTREF_OPEN ? FLOATING_MV : f->s.vdd_mv && mv ? f->s.vdd_mv : mv;
}

bool faults_stands(const struct faults *f, enum fault_kind kind)
{
    for (unsigned i = 0; i < f->s.rows; i++)
        if (f->s.kind[i] == kind)
            return true;
    return false;
}

/* ---- supply ---- */

unsigned faults_vdd_mv(const struct faults *f) { return f->s.vdd_mv ? f->s.vdd_mv : f->wires->param_mv(f->wires->ctx); }
bool faults_vdd_is_enough(const struct faults *f, bool running) { return faults_vdd_mv(f) >= chip_reset_mv(f->chip, running); }

static uint64_t ramp_ps(const struct faults *f, unsigned from_mv, unsigned to_mv)
{
    return f->s.vdd_slope_mv_ms == 0 || to_mv <= from_mv ? 0 : PS_PER_MS * (to_mv - from_mv) / f->s.vdd_slope_mv_ms;
}

uint64_t faults_fall_ps(const struct faults *f) { return ramp_ps(f, chip_reset_mv(f->chip, true), faults_vdd_mv(f)); }
uint64_t faults_rise_ps(const struct faults *f, unsigned from_mv) { return ramp_ps(f, from_mv, chip_reset_mv(f->chip, false)); }

static bool describe_wire(const char *wire, const char *how, char *text, size_t cap)
{
    snprintf(text, cap, "%s %s", wire, how);
    return true;
}

static bool describe_row(const struct faults *f, unsigned i, char *text, size_t cap)
{
    const enum fault_when when = (enum fault_when)f->s.when[i];
    char at[48] = "";

    if (when == FAULT_AT_TIME)
        snprintf(at, sizeof at, " at time %" PRIu64 "us", f->s.at[i] / PS_PER_US);
    else if (when == FAULT_AT_ADDRESS)
        snprintf(at, sizeof at, " at address 0x%08" PRIx64, f->s.at[i]);
    else if (when != FAULT_ALWAYS)
        snprintf(at, sizeof at, " at %s %" PRIu64, fault_when_names[when], f->s.at[i]);
    snprintf(text, cap, "%s%s: happened %" PRIu64 " times", fault_rows[f->s.kind[i]].name, at, f->s.fired[i]);
    return true;
}

bool faults_describe(const struct faults *f, unsigned i, char *text, size_t cap)
{
    if (i < f->s.rows)
        return describe_row(f, i, text, cap);
    i -= f->s.rows;
    if (f->s.nrst != NRST_WIRED && i-- == 0)
        return describe_wire("NRST", wire_nrst_names[f->s.nrst], text, cap);
    if (f->s.swd != SWD_WIRED && i-- == 0)
        return describe_wire("SWD", wire_swd_names[f->s.swd], text, cap);
    if (f->s.vtref != VTREF_WIRED && i-- == 0)
        return describe_wire("VTREF", wire_vtref_names[f->s.vtref], text, cap);
    if (f->s.vdd_mv && i-- == 0) {
        snprintf(text, cap, "VDD %" PRIu32 " mV", f->s.vdd_mv);
        return true;
    }
    if (f->s.vdd_slope_mv_ms && i-- == 0) {
        snprintf(text, cap, "VDD rises and falls by %" PRIu32 " mV/ms", f->s.vdd_slope_mv_ms);
        return true;
    }
    return false;
}
