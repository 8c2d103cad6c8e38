/* chip.h - one microcontroller: core, bus, memories, peripherals, resets, clocks, boot. Its pins are functions.
 *
 * Sources: per chip row (chip/stm32u073.c, chip/stm32g071.c) and peripheral (periph/). Shares facts with the host (src/device/),
 * never behaviour. Not here: debug port (dap/), probe, USB cables, time keeping (board/). */
#pragma once
#include "base/state.h"
#include "base/timeline.h"

struct chip;

/* `name`: "stm32u073rc", "stm32g071rb", case ignored. Power is off, flash erased, option bytes as from the factory, UID the row's
 * default. `now_ps` is the board's time, at which the chip's own begins.
 * NULL: ERR_USAGE (unknown name; the hint lists the known ones), ERR_NOMEM. */
struct chip *chip_new(const char *name, uint64_t now_ps, struct err *e);
void chip_free(struct chip *c);
const char *chip_name(const struct chip *c);
const char *chip_list(unsigned i); /* names, NULL after the last */

/* Pins. Power-on runs reset, option loading and boot selection; power-off loses RAM, registers and debug port state. */
void chip_power(struct chip *c, bool on);
bool chip_powered(const struct chip *c);
/* The supply at which the chip leaves power-on reset, or goes into it again (falling): as the loaded options have it. */
unsigned chip_reset_mv(const struct chip *c, bool falling);
void chip_nrst(struct chip *c, bool low);                             /* driven from outside; the pin's mode decides what it does */
bool chip_nrst_is_low(const struct chip *c);                          /* the wire's level, whoever drives it */
void chip_crystals(struct chip *c, uint32_t hse_hz, uint32_t lse_hz); /* what is soldered on; 0: nothing, as chip_new leaves it */
void chip_boot0(struct chip *c, bool high);                           /* sampled at reset, if the options ask for the pin */

/* Any other pin: what the board puts on it, and what stands there (the chip's own output wins over the board). Port 'A' .. 'F', pin 0..15;
 * a pin that the chip does not have is open and cannot be driven. */
enum chip_wire { CHIP_WIRE_OPEN, CHIP_WIRE_LOW, CHIP_WIRE_HIGH };
void chip_pin_drive(struct chip *c, char port, unsigned pin, enum chip_wire level);
enum chip_wire chip_pin(const struct chip *c, char port, unsigned pin);

/* What a timer makes of a pin by PWM. False: no timer puts a regular PWM there now. */
struct chip_pwm {
    uint64_t period_ps, high_ps;
};
bool chip_pin_pwm(const struct chip *c, char port, unsigned pin, struct chip_pwm *pwm);

/* Analog parts around the chip. Borrowed; NULL, as chip_new leaves it: nothing on any pin, 3.3 V, 25 degrees. */
struct chip_analog {
    void *ctx;
    bool (*pin_uv)(void *ctx, char port, unsigned pin, uint64_t now_ps,
                   uint32_t *uv); /* what stands there now; false: the pin is in the air */
    uint32_t (*vdda_uv)(void *ctx);
    int32_t (*die_mc)(void *ctx);                /* 1/1000 degree */
    void (*changed)(void *ctx, uint64_t now_ps); /* an analog output of the chip may have a new voltage */
};
void chip_set_analog(struct chip *c, const struct chip_analog *analog);
/* The voltage that the chip itself puts on an analog pin; false: it drives nothing there. */
bool chip_analog_out(const struct chip *c, char port, unsigned pin, uint32_t *uv);

/* Parts that hang on a bus of the chip; they are saved with it. False: the chip has no such bus, or it is full. */
enum chip_part_kind { CHIP_PART_I2C_MEMORY, CHIP_PART_SPI_LOOPBACK, CHIP_PART_SPI_FLASH, CHIP_PART_JOINED };
struct chip_part {
    enum chip_part_kind kind;
    const char *bus;               /* "I2C1", "SPI2" */
    unsigned address;              /* I2C: 7 bits; joined, I2C or SPI: the other controller's number, I2C3 is 3 */
    unsigned pointer_bytes, bytes; /* I2C: how the place is named, how much there is (periph/i2c.h) */
    uint32_t id;                   /* SPI flash: the three bytes of command 0x9F, the first in bits 23:16 */
    char select_port;              /* SPI: the pin that selects it, low; 0: always selected */
    unsigned select_pin;
};
bool chip_attach(struct chip *c, const struct chip_part *part);

/* Faults, from outside: what happens to flash operations (periph/flash.h). Borrowed; NULL: none. */
struct flash_fate;
struct chip_hooks {
    void *ctx;
    void (*begins)(void *ctx, struct flash_fate *fate);
    void (*programmed)(void *ctx, uint32_t addr);
    bool (*cfgbsy)(void *ctx);
    bool (*reads_as)(void *ctx, uint32_t addr, uint32_t *word); /* a debugger reads this word: it is another one here; may be NULL */
};
void chip_set_hooks(struct chip *c, const struct chip_hooks *hooks);
void chip_set_seed(struct chip *c, uint64_t seed); /* of torn bits */
/* chip_run_until goes no further than this, whatever it is told, until another limit is set; hooks may call it too. */
void chip_stop_at(struct chip *c, uint64_t ps);
/* Flip bits of a double word of the main array; make an option word's complement wrong. Behind everybody's back. */
bool chip_damage(struct chip *c, uint32_t addr, uint64_t data_bits, uint8_t check_bits);
bool chip_break_option(struct chip *c, uint32_t reg_offset);

/* Run core and peripherals until the board's time is `until_ps`. Never goes back. */
void chip_run_until(struct chip *c, uint64_t until_ps);
uint64_t chip_now_ps(const struct chip *c);

/* One access by the debug port's AHB-AP, at chip_now_ps. bytes 1, 2, 4; addr aligned. *done_ps tells when the bus is done with it (a flash
 * that is busy makes that late; the value is the one at that time); the caller runs the chip until then before using the value.
 * False is a bus error. Side effects as for any bus master. */
bool chip_debug_read(struct chip *c, uint32_t addr, unsigned bytes, uint32_t *value, uint64_t *done_ps);
bool chip_debug_write(struct chip *c, uint32_t addr, unsigned bytes, uint32_t value, uint64_t *done_ps);
bool chip_debug_alive(const struct chip *c); /* powered, SWD pins in their alternate function, debug not closed */

/* A look without a read's side effects, for bench commands and tests. False: nothing is there. */
bool chip_peek(const struct chip *c, uint32_t addr, void *bytes, size_t len);
/* Put bytes into RAM or flash behind everybody's back (ECC is made right): test set-up only. */
bool chip_poke(struct chip *c, uint32_t addr, const void *bytes, size_t len);
/* Store an option word (offset of its register, FLASH_OPTR is 0x20) behind everybody's back; it counts from the next option loading, a
 * power-on for example. False: no such option. Test and scenario set-up only. */
bool chip_store_option(struct chip *c, uint32_t reg_offset, uint32_t value);

/* What may be set of the bootloader in system memory, as firmware/bootloader/rom.h lays it out (16 bytes). Not saved. */
void chip_set_rom(struct chip *c, const void *settings, size_t len);

/* UART: what the chip has sent since power was first applied, oldest first, at most the last 64 KiB; and input to it.
 * `port` counts from 1 as in the manual (USART2 is 2); LPUARTn is CHIP_LPUART + n. */
enum { CHIP_LPUART = 10 };
size_t chip_uart_output(const struct chip *c, unsigned port, const char **text);
uint64_t chip_uart_total(const struct chip *c, unsigned port); /* bytes ever sent: text[0] is number total - returned length */
void chip_uart_input(struct chip *c, unsigned port, const void *bytes, size_t len);

/* The chip's own USB plug, as a host sees it; NULL: it has none. Borrowed from the chip. */
struct usbdev;
const struct usbdev *chip_usb(struct chip *c);

struct chip_facts {           /* what the debug port and the tools around need to know */
    uint32_t dpidr, targetid; /* targetid 0: DPv1 */
    struct {
        uint32_t idr, base, cfg;
    } ap[2]; /* idr 0: absent */
    uint32_t dev_id;
    uint32_t flash_base, flash_bytes, page_bytes;
};
const struct chip_facts *chip_facts(const struct chip *c);

/* Observations for the report. Counters run from chip_new, survive resets, and are saved. */
struct chip_page_use {
    uint32_t erases, programs;
}; /* programs: 64-bit units */
const struct chip_page_use *chip_page_use(const struct chip *c, size_t *pages);
struct chip_note {    /* a thing worth telling: refused operation, unmodelled register, spin */
    const char *what; /* "refused", "unmodelled", "spin", "reset" */
    char text[120];   /* "erase of page 3: WRPERR (WRP1A 3..3)" */
    uint32_t count;
};
void chip_tell(struct chip *c, const char *what, const char *text); /* add one from outside */
size_t chip_notes(const struct chip *c, const struct chip_note **notes);

/* State: the chip saves itself as a list of sections (each a state table, or raw bytes for memories). */
struct chip_section {
    const char *name;                /* unique in the chip; "cpu", "flash", "sram", ... */
    const struct state_table *table; /* NULL: raw bytes */
    void *state;                     /* owned by the chip */
    size_t bytes;
};
size_t chip_sections(struct chip *c, const struct chip_section **sections);
/* After all sections were loaded: rebuild windows, caches, lines. ERR_INPUT if they contradict each other. */
bool chip_loaded(struct chip *c, struct err *e);
