/* parts.h - analog parts around the chip: a battery, the path that charges it, what senses it, a thermistor. "The plant" of a controller.
 *
 *      DAC or PWM pin --> gain --> path resistance --> (current sense) --> series resistance --> open-circuit voltage over charge
 *                                                   |
 *                                                   +--> divider --> ADC pin          supply --> pull-up --+--> thermistor --> ground
 *                                                                                                          +--> ADC pin
 * Between two changes of the charge voltage all is constant but the charge, and the open-circuit voltage is a line between two points of
 * its table: the charge follows an exponential, worked out when somebody looks. So it costs nothing while nobody does. The path is a diode:
 * a battery is never discharged through it.
 *
 * Not here: which lines of a scenario make parts (scenarios/), the chip's pins (chip/). The shape of the open-circuit voltage and all
 * defaults are estimates: the usual ones of small lithium cells. */
#pragma once
#include "base/err.h"
#include "base/state.h"
#include "base/timeline.h"

enum { PARTS_PIN_NONE = 0, PARTS_KEYS = 4 };
enum part { PART_BATTERY, PART_CHARGE_PATH, PART_VOLTAGE_SENSE, PART_CURRENT_SENSE, PART_THERMISTOR, PART_KINDS };

struct parts_state {
    uint64_t at_ps;     /* the charge is right at this time */
    uint64_t charge_pc; /* picocoulomb */
    uint32_t source_uv; /* charge voltage, behind the gain */
    uint8_t there[PART_KINDS];
    /* As the scenario says; a pin is PORT << 8 | NUMBER. */
    uint32_t capacity_uah, charge_permille, battery_mohm;
    uint32_t drive_pin, gain_permille, path_mohm;
    uint32_t voltage_pin, voltage_permille;
    uint32_t current_pin, current_uv_per_ma;
    uint32_t thermistor_pin, thermistor_mk, r25_ohm, beta_k, pull_up_ohm;
};
extern const struct state_table parts_state_table;

struct parts_wires { /* borrowed */
    void *ctx;
    bool (*driven_uv)(void *ctx, char port, unsigned pin, uint32_t *uv); /* what the chip puts on a pin, on average; false: nothing */
    uint32_t (*supply_uv)(void *ctx);
};

struct parts {
    struct parts_state s;
    const struct parts_wires *wires;
};

struct part_key {
    const char *name, *unit_of; /* "capacity_uah"; what it is, for people */
    uint32_t offset;            /* in parts_state */
    uint32_t usual, least, most;
    bool pin; /* PA0 and the like; `usual` 0: must be given */
};
struct part_row {
    const char *name;
    struct part_key key[PARTS_KEYS + 1]; /* ends with name NULL */
    const char *says;
};
extern const struct part_row part_rows[PART_KINDS];

void parts_init(struct parts *p, const struct parts_wires *wires);
/* One more part, as of the moment `now_ps`; `value` has one number per key of its row. ERR_USAGE: it is there already. */
bool parts_add(struct parts *p, enum part part, const uint32_t *value, uint64_t now_ps, struct err *e);
bool parts_any(const struct parts *p);
bool parts_loaded(const struct parts *p, struct err *e); /* after a load: does it make sense? ERR_INPUT */

/* The charge is brought up to `now_ps`, and the charge voltage looked at anew: whenever it may have changed. */
void parts_sync(struct parts *p, uint64_t now_ps);
/* The voltage on a pin of the chip; false: no part is on it. */
bool parts_pin_uv(struct parts *p, char port, unsigned pin, uint64_t now_ps, uint32_t *uv);

struct parts_view { /* for reports and tests, as of the last sync */
    double battery_v, open_v, current_a, charge_share, source_v, thermistor_c;
};
void parts_look(const struct parts *p, struct parts_view *view);
