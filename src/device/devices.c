/* devices.c - the list of all device rows, and questions to a row. */
#include "device/device.h"

#include <stdlib.h>
#include <string.h>

extern const struct device device_stm32u073, device_stm32u031;
extern const struct device device_stm32g071, device_stm32g031, device_stm32g051, device_stm32g0b1;

const struct device *const devices[] = {
    &device_stm32u073, &device_stm32u031, &device_stm32g071, &device_stm32g031, &device_stm32g051, &device_stm32g0b1, NULL,
};

const struct device *device_by_id(uint16_t dev_id)
{
    for (const struct device *const *d = devices; *d; d++)
        if ((*d)->dev_id == dev_id)
            return *d;
    return NULL;
}

const char *device_revision(const struct device *d, uint32_t rev_id)
{
    if (d->revisions)
        for (const char *const *r = d->revisions; r[0]; r += 2)
            if (strtoul(r[0], NULL, 16) == rev_id)
                return r[1];
    return "";
}

const struct region *device_region(const struct device *d, uint32_t addr, uint32_t len)
{
    for (const struct region *r = d->map; r->name; r++)
        if (addr >= r->base && len <= r->bytes && addr - r->base <= r->bytes - len)
            return r;
    return NULL;
}
