/* chip_inner.h - the chip from inside; shared by the files of this folder only.
 *
 *   chip.c     life, pins, saving           run.c    time, events, clocks, the core's loop
 *   bus.c      who answers at an address    reset.c  resets, their causes, boot selection, low power
 *   debug.c    the debugger's side          report.c notes, unmodelled registers, spinning loops, UART logs
 *   wires.c    clocks, pins, DMA requests and triggers between the blocks
 *   usb.c      the USB plug */
#pragma once
#include "chip/chip_row.h"
#include "cpu/cpu.h"
#include "periph/syscfg.h"
#include "usb/usbdev.h"

enum { CHIP_BLOCKS_MAX = 64, CHIP_LINES = 32, CHIP_PIN_USERS = 400 };

#define SRAM_BASE 0x20000000u

/* DEBUG_: DBGMCU keeps the clocks running in that mode, for the debugger. */
enum chip_sleep { CHIP_AWAKE, CHIP_STOP, CHIP_DEBUG_STOP, CHIP_STANDBY, CHIP_DEBUG_STANDBY, CHIP_SHUTDOWN, CHIP_SLEEPS };

enum chip_cause { /* of a reset; rows in reset.c */
                  CAUSE_POWER_ON,
                  CAUSE_NRST,
                  CAUSE_SOFTWARE,
                  CAUSE_IWDG,
                  CAUSE_WWDG,
                  CAUSE_OPTIONS,
                  CAUSE_LOW_POWER, /* entering a low-power mode that the options forbid */
                  CAUSE_WAKE_UP,   /* out of Standby or Shutdown */
                  CAUSE_COUNT,
};

struct chip_state {
    uint64_t now_ps;
    struct domain hclk;          /* ticks are the core's cycles; hz 0: stopped */
    uint64_t release_ps;         /* when the reset in progress ends; TIME_NEVER: not by itself */
    uint64_t power_ons;          /* seeds what RAM holds at power-on */
    uint32_t itline[CHIP_LINES]; /* sources that are up, per interrupt line */
    uint32_t pending;            /* resets asked for and not carried out yet: 1 << cause */
    uint8_t powered, nrst_low, boot0, in_reset;
    uint8_t drives_nrst; /* a reset of our own making pulls the pin low while it lasts */
    uint8_t debugger;    /* a debugger has accessed the chip since power-on */
    uint8_t debugging;   /* C_DEBUGEN */
    uint8_t halted;      /* as last told to those who freeze */
    uint8_t booted_from; /* enum mem_mode */
    uint8_t sleep;       /* enum chip_sleep */
};

enum { NOTES_MAX = 96, NOTE_WHAT = 16, NOTE_TEXT = 120, UNKNOWN_MAX = 256, SPINS = 4 };

struct report_state {
    uint32_t notes, note_count[NOTES_MAX];
    char note_what[NOTES_MAX * NOTE_WHAT], note_text[NOTES_MAX * NOTE_TEXT];
    /* Registers that are not modelled: what was written last, and how often they were touched. */
    uint32_t unknowns, unknown_addr[UNKNOWN_MAX], unknown_value[UNKNOWN_MAX], unknown_reads[UNKNOWN_MAX], unknown_writes[UNKNOWN_MAX];
    uint32_t unclocked[CHIP_BLOCKS_MAX]; /* accesses to a block without its clock */
    /* Places that read the same value from the same register again and again: the last few, a ring. */
    uint32_t spin_addr[SPINS], spin_pc[SPINS], spin_value[SPINS], spin_reads[SPINS], spin_next;
};

struct chip {
    struct chip_state s;
    struct report_state r;
    const struct chip_row *row;
    struct cpu cpu;
    struct cpu_port port;
    struct flash *flash;
    struct flash_env flash_env;
    struct periph_env env;
    struct periph periph[CHIP_BLOCKS_MAX]; /* by index of row->blocks; kind NULL: not modelled */
    size_t block_count;
    struct periph *rcc, *pwr, *syscfg, *dbgmcu, *iwdg, *wwdg, *exti, *rtc, *tamp, *dmamux; /* into periph[] */
    struct periph *gpio[6], *dma[2], *usb, *crs, *dac;                                     /* likewise; NULL: the chip has none */
    uint64_t due_ps[CHIP_BLOCKS_MAX];
    uint8_t *sram;
    uint8_t *sram_parity; /* one bit a byte: written since its parity began to be kept; the rest is wrong as often as not: always, here */
    struct usbdev usb_plug;

    /* Derived or momentary: never saved. */
    uint8_t map_apb[0x280], map_io[0x18]; /* index + 1 of the block, per 256 bytes from 0x40000000 and 0x50000000 */
    struct chip_pin_user {                /* who can be on a pin by an alternate function: those of port and pin from pin_first on */
        uint8_t block, function, signal;
    } pin_user[CHIP_PIN_USERS];
    uint16_t pin_first[6 * 16 + 1];
    uint64_t next_ps;                 /* earliest of all that happens by itself */
    uint64_t stop_ps;                 /* chip_stop_at */
    const struct chip_hooks *hooks;   /* borrowed; may be NULL */
    const struct chip_analog *analog; /* the same */
    uint64_t slice_end_ps;            /* where the present cpu_run will stop */
    bool running;                     /* inside cpu_run */
    bool built;                       /* callbacks may look around */
    struct chip_section sections[2 * CHIP_BLOCKS_MAX + 16];
    size_t section_count;
    struct chip_note views[NOTES_MAX + UNKNOWN_MAX + CHIP_BLOCKS_MAX];
    struct chip_page_use page_use[256];
    char uart_text[65536];
    char log_names[CHIP_BLOCKS_MAX][16]; /* of sections */
};

extern const struct state_table chip_state_table, report_state_table;

/* ---- chip.c ---- */
struct periph *chip_block(struct chip *c, const char *name); /* NULL: no such block, or not modelled */

/* ---- run.c ---- */
uint64_t chip_time_ps(const struct chip *c); /* this very moment, inside an access or an event too */
void chip_clocks_changed(struct chip *c);    /* RCC, wait states, voltage: the core's speed follows */
void chip_reschedule(struct chip *c);
uint64_t chip_next_change_ps(const struct chip *c);    /* when core or peripherals do something next; in the past: they are at it */
void chip_wait_bus(struct chip *c, uint64_t until_ps); /* the core's access takes until then */
void chip_restart_core_clock(struct chip *c);          /* from now on, whatever the core was waiting for */
void chip_update_freeze(struct chip *c);
void chip_irq_level(void *ctx, unsigned line, uint32_t asserted, uint32_t mask); /* periph_env.irq */
void chip_env_init(struct chip *c);                                              /* fills env, flash_env and port */

/* ---- bus.c ---- */
bool bus_read(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t *value, uint64_t *done_ps);
bool bus_write(struct chip *c, uint32_t addr, unsigned bytes, enum flash_master who, uint32_t value, uint64_t *done_ps);
bool bus_peek_word(const struct chip *c, uint32_t addr, uint32_t *word); /* peripherals only */
void bus_build_map(struct chip *c);
void bus_update_windows(struct chip *c);
uint32_t bus_sram_bytes(const struct chip *c);
uint32_t bus_parity_from(const struct chip *c); /* offset in SRAM from which on parity is checked; bus_sram_bytes: nowhere */
void bus_parity_good(struct chip *c, uint32_t offset, size_t len);
uint32_t bus_resolve_alias(const struct chip *c, uint32_t addr);                           /* where an address below the flash leads */
const struct chip_block *bus_block_at(const struct chip *c, uint32_t addr, size_t *index); /* NULL: none */
bool bus_is_peripheral(uint32_t addr);
bool cpu_port_read(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value);
bool cpu_port_write(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value);

/* ---- reset.c ---- */
bool chip_has_clock(const struct chip *c); /* the core's clock runs: not in Stop and deeper, unless kept for the debugger */
void chip_ask_reset(struct chip *c, enum chip_cause cause); /* carried out as soon as the core's present instruction is done */
void chip_do_resets(struct chip *c);
void chip_release_reset(struct chip *c);
void chip_sleeping(void *ctx, bool asleep, bool deep); /* cpu_port.sleeping */
void chip_wake_stop(struct chip *c);
void chip_wake_deep(struct chip *c);         /* out of Standby or Shutdown, by a reset */
void chip_backup_opened(struct chip *c);     /* PWR_CR1.DBP may have changed */
bool chip_nrst_resets(const struct chip *c); /* the pin is a reset input */
uint32_t chip_option(const struct chip *c, uint32_t optr_mask);

/* ---- wires.c: the hooks of periph_env, and ---- */
uint64_t wires_clock_hz(void *ctx, const struct periph *p);
bool wires_supplied(void *ctx, const struct periph *p);
bool wires_routed(void *ctx, const struct periph *p, unsigned signal);
bool wires_output(void *ctx, const struct periph *gpio, unsigned pin, bool *high);
void wires_edge(void *ctx, const struct periph *gpio, unsigned pin, bool rising);
void wires_dma(void *ctx, const struct periph *p, unsigned signal, bool wanted);
bool wires_dma_wanted(void *ctx, const struct periph *dma, unsigned channel);
void wires_dma_taken(void *ctx, const struct periph *dma, unsigned channel);
bool wires_bus_read(void *ctx, uint32_t addr, unsigned bytes, uint32_t *value);
bool wires_bus_write(void *ctx, uint32_t addr, unsigned bytes, uint32_t value);
bool wires_listened(void *ctx, const struct periph *p, unsigned signal);
void wires_trigger(void *ctx, const struct periph *p, unsigned signal);
void wires_rewired(void *ctx);
void wires_event(void *ctx);
uint32_t wires_analog_uv(void *ctx, const struct periph *p, unsigned channel);
uint32_t wires_vdda_uv(void *ctx);
int32_t wires_die_mc(void *ctx);
void wires_analog_changed(struct chip *c);
void wires_build(struct chip *c);       /* once, when the chip is made */
void wires_core_sleeps(struct chip *c); /* falls asleep or wakes */
void wires_join_buses(struct chip *c);  /* after a load too */
void wires_reclock(struct chip *c);     /* all blocks look at their clocks again */

/* ---- usb.c ---- */
void chip_usb_init(struct chip *c);

/* ---- report.c ---- */
void report_note(struct chip *c, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));
uint32_t report_unknown_read(struct chip *c, uint32_t addr);
void report_unknown_write(struct chip *c, uint32_t addr, uint32_t value, uint32_t lanes);
uint32_t report_unknown_peek(const struct chip *c, uint32_t addr);
void report_forget_unknown(struct chip *c, uint32_t base, uint32_t bytes); /* registers there are at their reset values again */
void report_spin(struct chip *c, uint32_t addr, uint32_t value);           /* the core has read a peripheral */
