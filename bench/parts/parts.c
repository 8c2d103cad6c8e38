/* parts.c - see parts.h. */
#include "parts/parts.h"

#include <math.h>
#include <stddef.h>

#define K(name, says, member, usual, least, most)                                   \
    {                                                                               \
        name, says, offsetof(struct parts_state, member), usual, least, most, false \
    }
#define PIN(member)                                                                  \
    {                                                                                \
        "pin", "a pin", offsetof(struct parts_state, member), 0, 0, UINT32_MAX, true \
    }

/* clang-format off */
const struct part_row part_rows[PART_KINDS] = {
    [PART_BATTERY] = { "battery", {
        K("capacity_uah",     "capacity",                          capacity_uah,      10000,    1, 10000000),
        K("charge_permille",  "charge at the beginning",           charge_permille,     200,    0,     1000),
        K("resistance_mohm",  "series resistance",                 battery_mohm,        800,    1,  1000000) },
        "one lithium cell" },
    [PART_CHARGE_PATH] = { "charge-path", {
        PIN(drive_pin),
        K("gain_permille",    "charge voltage per pin voltage",    gain_permille,      1600,    1,    20000),
        K("resistance_mohm",  "its resistance",                    path_mohm,          5000,    1,  1000000) },
        "charge voltage by a DAC or PWM pin, through a resistance and a diode" },
    [PART_VOLTAGE_SENSE] = { "voltage-sense", {
        PIN(voltage_pin),
        K("share_permille",   "of the battery's voltage",          voltage_permille,    500,    1,     1000) },
        "a divider from the battery to a pin" },
    [PART_CURRENT_SENSE] = { "current-sense", {
        PIN(current_pin),
        K("mv_per_a",         "volts per ampere, in 1/1000",       current_uv_per_ma, 50000,    1,  1000000) },
        "the charge current as a voltage on a pin" },
    [PART_THERMISTOR] = { "thermistor", {
        PIN(thermistor_pin),
        K("kelvin",           "its temperature, in 1/1000 kelvin", thermistor_mk,    298150, 200000, 450000),
        K("r25_ohm",          "resistance at 25 degrees",          r25_ohm,           10000,    1, 10000000),
        K("beta_k",           "beta",                              beta_k,             3950,    1,    10000) },
        "to ground, with a pull-up of the same resistance to the supply" },
};

#define F(member)        STATE_ONE(struct parts_state, member, STATE_ANY)
#define F_TO(member, to) STATE_ONE(struct parts_state, member, to)
DEFINE_STATE(parts_state_table, "parts", struct parts_state, F_TO(at_ps, UINT64_MAX / 2), F_TO(charge_pc, UINT64_C(1) << 62), F_TO(source_uv, 110000000), /* 5.5 V, 20 times */
             STATE_MANY(struct parts_state, there, 1), F_TO(capacity_uah, 10000000), F_TO(charge_permille, 1000), F_TO(battery_mohm, 1000000),
             F(drive_pin), F_TO(gain_permille, 20000), F_TO(path_mohm, 1000000), F(voltage_pin), F_TO(voltage_permille, 1000), F(current_pin),
             F_TO(current_uv_per_ma, 1000000), F(thermistor_pin), F_TO(thermistor_mk, 450000), F_TO(r25_ohm, 10000000), F_TO(beta_k, 10000),
             F_TO(pull_up_ohm, 10000000));
#undef F
#undef F_TO
/* clang-format on */

#define PC_PER_UAH 3.6e9 /* 3600 s * 1 uA */
#define PC_PER_C   1e12

/* Open-circuit voltage over charge. */
static const struct {
    double share, v;
} curve[] = { { 0.000, 2.70 }, { 0.005, 3.00 }, { 0.020, 3.30 }, { 0.050, 3.45 }, { 0.100, 3.60 },
              { 0.200, 3.69 }, { 0.300, 3.74 }, { 0.400, 3.78 }, { 0.500, 3.82 }, { 0.600, 3.88 },
              { 0.700, 3.95 }, { 0.800, 4.02 }, { 0.900, 4.10 }, { 1.000, 4.20 }, { 1.500, 5.20 } };
enum { POINTS = sizeof curve / sizeof curve[0] };

void parts_init(struct parts *p, const struct parts_wires *wires) { *p = (struct parts){ .wires = wires }; }

static double capacity_c(const struct parts *p) { return p->s.capacity_uah * PC_PER_UAH / PC_PER_C; }
static double charge_c(const struct parts *p) { return (double)p->s.charge_pc / PC_PER_C; }

/* The piece of the curve that `share` lies on; the last for all above. At a point, the one that begins there, rounding or not. */
static unsigned piece_at(double share)
{
    unsigned i = 0;

    while (i + 2 < POINTS && share >= curve[i + 1].share - 1e-9)
        i++;
    return i;
}

static double open_v(double share)
{
    const unsigned i = piece_at(share);

    return curve[i].v + (share - curve[i].share) * (curve[i + 1].v - curve[i].v) / (curve[i + 1].share - curve[i].share);
}

static double resistance(const struct parts *p) { return (p->s.battery_mohm + p->s.path_mohm) / 1e3; }

static bool charges(const struct parts *p) { return p->s.there[PART_BATTERY] && p->s.there[PART_CHARGE_PATH]; }

static double current_a(const struct parts *p)
{
    const double over_v = charges(p) ? p->s.source_uv / 1e6 - open_v(charge_c(p) / capacity_c(p)) : 0;

    return over_v > 0 ? over_v / resistance(p) : 0;
}

static double battery_v(const struct parts *p)
{
    if (!p->s.there[PART_BATTERY])
        return p->s.source_uv / 1e6;
    return open_v(charge_c(p) / capacity_c(p)) + current_a(p) * p->s.battery_mohm / 1e3;
}

/* Along one piece of the curve, for at most `s` seconds: how long it takes to its end, and the charge there or then. */
static double along_piece(const struct parts *p, double *q, double s)
{
    const double whole = capacity_c(p);
    const unsigned i = piece_at(*q / whole);
    const double from = curve[i].share * whole, to = i + 2 < POINTS ? curve[i + 1].share * whole : INFINITY;
    const double slope = (curve[i + 1].v - curve[i].v) / ((curve[i + 1].share - curve[i].share) * whole); /* volts per coulomb */
    const double rest = from + (p->s.source_uv / 1e6 - curve[i].v) / slope;                               /* where it would come to rest */
    const double tau = resistance(p) / slope;
    double needs = INFINITY;

    if (rest <= *q)
        return s; /* the diode: nothing flows */
    if (rest > to)
        needs = tau * log((rest - *q) / (rest - to));
    if (needs > s) {
        *q = rest - (rest - *q) * exp(-s / tau);
        return s;
    }
    *q = to;
    return needs;
}

static void charge_until(struct parts *p, uint64_t now_ps)
{
    double left = (double)(now_ps - p->s.at_ps) / (double)PS_PER_S, q = charge_c(p);

    p->s.at_ps = now_ps;
    if (!charges(p) || p->s.source_uv == 0)
        return;
    for (unsigned i = 0; i < POINTS && left > 0; i++)
        left -= along_piece(p, &q, left);
    p->s.charge_pc = (uint64_t)(q * PC_PER_C + 0.5);
}

static char port_of(uint32_t pin) { return (char)(pin >> 8); }

void parts_sync(struct parts *p, uint64_t now_ps)
{
    uint32_t uv = 0;

    if (now_ps > p->s.at_ps)
        charge_until(p, now_ps);
    if (!p->s.there[PART_CHARGE_PATH] || !p->wires->driven_uv(p->wires->ctx, port_of(p->s.drive_pin), p->s.drive_pin & 0xFF, &uv))
        uv = 0;
    p->s.source_uv = (uint32_t)((uint64_t)uv * p->s.gain_permille / 1000);
}

static uint32_t thermistor_uv(const struct parts *p)
{
    const double r = p->s.r25_ohm * exp(p->s.beta_k * (1 / (p->s.thermistor_mk / 1e3) - 1 / 298.15));

    return (uint32_t)(p->wires->supply_uv(p->wires->ctx) * r / (r + p->s.pull_up_ohm));
}

static uint32_t clip_uv(double v) { return v <= 0 ? 0 : v > 1000 ? UINT32_C(1000000000) : (uint32_t)(v * 1e6 + 0.5); }

bool parts_pin_uv(struct parts *p, char port, unsigned pin, uint64_t now_ps, uint32_t *uv)
{
    const uint32_t at = (uint32_t)port << 8 | pin;

    if (!parts_any(p))
        return false;
    parts_sync(p, now_ps);
    if (p->s.there[PART_VOLTAGE_SENSE] && at == p->s.voltage_pin)
        *uv = clip_uv(battery_v(p) * p->s.voltage_permille / 1000);
    else if (p->s.there[PART_CURRENT_SENSE] && at == p->s.current_pin)
        *uv = clip_uv(current_a(p) * p->s.current_uv_per_ma / 1e3);
    else if (p->s.there[PART_THERMISTOR] && at == p->s.thermistor_pin)
        *uv = thermistor_uv(p);
    else
        return false;
    return true;
}

bool parts_any(const struct parts *p)
{
    for (unsigned i = 0; i < PART_KINDS; i++)
        if (p->s.there[i])
            return true;
    return false;
}

bool parts_add(struct parts *p, enum part part, const uint32_t *value, uint64_t now_ps, struct err *e)
{
    if (p->s.there[part])
        return err_set(e, ERR_USAGE, "a board has one %s", part_rows[part].name);
    parts_sync(p, now_ps);
    p->s.at_ps = now_ps;
    for (unsigned i = 0; part_rows[part].key[i].name; i++)
        *(uint32_t *)((uint8_t *)&p->s + part_rows[part].key[i].offset) = value[i];
    p->s.there[part] = 1;
    if (part == PART_BATTERY)
        p->s.charge_pc = (uint64_t)(p->s.capacity_uah * PC_PER_UAH * p->s.charge_permille / 1000);
    if (part == PART_THERMISTOR)
        p->s.pull_up_ohm = p->s.r25_ohm;
    parts_sync(p, now_ps);
    return true;
}

bool parts_loaded(const struct parts *p, struct err *e)
{
    for (unsigned part = 0; part < PART_KINDS; part++)
        for (const struct part_key *k = part_rows[part].key; p->s.there[part] && k->name; k++) {
            const uint32_t value = *(const uint32_t *)((const uint8_t *)&p->s + k->offset);

            if (value < k->least || value > k->most)
                return err_set(e, ERR_INPUT, "section 'parts': %s of the %s is impossible", k->name, part_rows[part].name);
        }
    return true;
}

void parts_look(const struct parts *p, struct parts_view *view)
{
    *view = (struct parts_view){ .battery_v = battery_v(p),
                                 .current_a = current_a(p),
                                 .source_v = p->s.source_uv / 1e6,
                                 .thermistor_c = p->s.thermistor_mk / 1e3 - 273.15 };
    if (p->s.there[PART_BATTERY]) {
        view->charge_share = charge_c(p) / capacity_c(p);
        view->open_v = open_v(view->charge_share);
    }
}
