/* measure.h - what the converter's numbers mean: supply, battery, current, temperatures. Pure arithmetic, tried on the host
 * (tests/unit/charger).
 *
 * The supply comes first: VREFINT against what the factory read at 3.0 V. Everything else is a share of the supply. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct measure_codes { /* as converted, 12 bits */
    uint32_t vrefint, battery, current, thermistor, die;
};

struct measure_factory { /* from system memory, read at 3.0 V: VREFINT; the die's sensor at 30 and 130 degrees */
    uint32_t vrefint_cal, ts_cal1, ts_cal2;
};

struct measure {
    uint32_t supply_mv, battery_mv, current_ua;
    int32_t cell_dc, die_dc; /* 1/10 degree */
    bool cell_known;         /* false: the thermistor is torn off or shorted */
};

/* False: no reference, or a supply that the chip cannot work from. */
bool measure_convert(const struct measure_codes *c, const struct measure_factory *f, struct measure *m);

/* The board: battery voltage halved, 50 mV per mA of charge current, a 10 kilohm thermistor (beta 3950 K) below 10 kilohm. */
enum { MEASURE_BATTERY_DIVIDES = 2, MEASURE_UA_PER_MV = 20 };
