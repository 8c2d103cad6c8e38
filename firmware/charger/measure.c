/* measure.c - see measure.h. All in 32 bits: the widest product is 4,095 * 3,600 mV * 100. */
#include "measure.h"

#include <stddef.h>

enum { FULL = 4096, FACTORY_MV = 3000, SUPPLY_LEAST_MV = 1600, SUPPLY_MOST_MV = 3700 };

/* Code over temperature: 4096 * r / (r + 1), r = exp(3950 K * (1/T - 1/298.15 K)). */
static const struct {
    uint16_t code;
    int16_t dc;
} thermistor[] = {
    // clang-format off
    { 3741, -200 }, { 3496, -100 }, { 3157, 0 }, { 2739, 100 },
    { 2278, 200 }, { 1825, 300 }, { 1419, 400 }, { 1082, 500 },
    { 816, 600 }, { 613, 700 }, { 462, 800 },
    // clang-format on
};
enum { POINTS = sizeof thermistor / sizeof thermistor[0] };

static bool cell_temperature(uint32_t code, int32_t *dc)
{
    if (code > thermistor[0].code || code < thermistor[POINTS - 1].code)
        return false;
    for (size_t i = 0; i + 1 < POINTS; i++) {
        const int32_t above = thermistor[i].code, below = thermistor[i + 1].code;

        if ((int32_t)code >= below) {
            *dc = thermistor[i].dc + (above - (int32_t)code) * (thermistor[i + 1].dc - thermistor[i].dc) / (above - below);
            return true;
        }
    }
    return false;
}

bool measure_convert(const struct measure_codes *c, const struct measure_factory *f, struct measure *m)
{
    int32_t die;

    if (c->vrefint == 0 || f->ts_cal2 <= f->ts_cal1)
        return false;
    m->supply_mv = FACTORY_MV * f->vrefint_cal / c->vrefint;
    if (m->supply_mv < SUPPLY_LEAST_MV || m->supply_mv > SUPPLY_MOST_MV)
        return false;
    m->battery_mv = c->battery * m->supply_mv * MEASURE_BATTERY_DIVIDES / FULL;
    m->current_ua = c->current * m->supply_mv * MEASURE_UA_PER_MV / FULL;
    die = (int32_t)(c->die * m->supply_mv / FACTORY_MV); /* as it would read at the factory's supply */
    m->die_dc = 300 + (die - (int32_t)f->ts_cal1) * 1000 / (int32_t)(f->ts_cal2 - f->ts_cal1);
    m->cell_dc = 0;
    m->cell_known = cell_temperature(c->thermistor, &m->cell_dc);
    return true;
}
