/* descriptors.c - what the device says it is. The four memory strings and bcdDevice were seen on a real STM32U083; the rest is what ST's
 * other bootloaders say. The functional descriptor's attributes: download, upload, will detach, not manifestation tolerant. */
#include "rom.h"

enum { DEVICE = 1, CONFIGURATION, STRING, DFU_FUNCTIONAL = 0x21 };
enum {
    FIRST_MEMORY = 4,
    LANGUAGE_US = 0x0409,
    SERIAL = 3,
    CONFIGURATION_BYTES = 9 + ALTERNATES * 9 + 9,
    FUNCTIONAL_AT = CONFIGURATION_BYTES - 9
};

static const uint8_t device[18] = { 18, DEVICE, 0x00, 0x02, 0, 0, 0, 64, 0x83, 0x04, 0x11, 0xDF, 0x20, 0x02, 1, 2, SERIAL, 1 };

/* By number, from 1; the serial is made from the unique id. */
static const char *const strings[] = {
    "STMicroelectronics",
    "STM32  BOOTLOADER",
    NULL,
    "@Internal Flash    /0x08000000/128*02Kg",
    "@OB Bytes          /0x40022020/01*136 e",
    "@OTP Memory        /0x1FFF6800/01*1024 e",
    "@ENGI Bytes        /0x1FFF6C00/01*1024.e",
};

static size_t configuration(uint8_t *d)
{
    static const uint8_t head[9] = { 9, CONFIGURATION, CONFIGURATION_BYTES, 0, 1, 1, 0, 0xC0, 0x32 };
    static const uint8_t interface[9] = { 9, 4, 0, 0, 0, 0xFE, 1, 2, 0 };
    static const uint8_t functional[9] = { 9, DFU_FUNCTIONAL, 0x0B, 255, 0, 0, 0, 0x1A, 0x01 };
    uint8_t *at = d;

    for (unsigned i = 0; i < 9; i++)
        *at++ = head[i];
    for (unsigned alternate = 0; alternate < ALTERNATES; alternate++) {
        for (unsigned i = 0; i < 9; i++)
            *at++ = interface[i];
        at[-6] = (uint8_t)alternate;
        at[-1] = (uint8_t)(FIRST_MEMORY + alternate);
    }
    for (unsigned i = 0; i < 9; i++)
        *at++ = functional[i];
    at[-4] = (uint8_t)settings.transfer_bytes;
    at[-3] = (uint8_t)(settings.transfer_bytes >> 8);
    return CONFIGURATION_BYTES;
}

static void put_digits(uint8_t **at, uint32_t value, unsigned digits)
{
    for (; digits > 0; digits--, value <<= 4) {
        *(*at)++ = (uint8_t) "0123456789ABCDEF"[value >> 28];
        *(*at)++ = 0;
    }
}

static size_t string(unsigned index, uint8_t *d)
{
    uint8_t *at = d + 2;

    if (index == 0) {
        *at++ = (uint8_t)LANGUAGE_US;
        *at++ = (uint8_t)(LANGUAGE_US >> 8);
    } else if (index == SERIAL) { /* twelve digits, as ST's USB examples make them */
        put_digits(&at, REG(UID_BASE) + REG(UID_BASE + 8), 8);
        put_digits(&at, REG(UID_BASE + 4), 4);
    } else {
        for (const char *c = strings[index - 1]; *c; c++) {
            *at++ = (uint8_t)*c;
            *at++ = 0;
        }
    }
    d[0] = (uint8_t)(at - d);
    d[1] = STRING;
    return d[0];
}

const uint8_t *descriptor(unsigned type, unsigned index, uint8_t *scratch, size_t *len)
{
    *len = 0;
    switch (type) {
    case DEVICE: *len = sizeof device; return device;
    case CONFIGURATION: *len = index == 0 ? configuration(scratch) : 0; break;
    case STRING: *len = index <= sizeof strings / sizeof strings[0] ? string(index, scratch) : 0; break;
    case DFU_FUNCTIONAL:
        configuration(scratch);
        *len = 9;
        return scratch + FUNCTIONAL_AT;
    default: break;
    }
    return *len ? scratch : NULL;
}
