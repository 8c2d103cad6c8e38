/* chip_row.h - what differs from chip to chip, as one row: memories, peripherals with their places, clocks and interrupt lines, identity.
 *
 * Adding a chip: one file with its row, one line in chip_rows (chip.c). */
#pragma once
#include "chip/chip.h"
#include "periph/flash.h"
#include "periph/periph.h"

struct chip_pin { /* a pin that can carry a signal of a peripheral; ends with port 0 */
    char port;    /* 'A' .. 'F' */
    uint8_t pin, function, signal;
};

struct chip_gate { /* a bit in an RCC register */
    uint16_t reg;
    uint32_t bit;
};

struct chip_request { /* a DMA request of a peripheral, as DMAMUX numbers it; ends with id 0 */
    uint8_t signal, id;
};

struct chip_link { /* a trigger output of one block on an input of another; ends with from NULL */
    const char *from;
    uint8_t signal;
    const char *to;
    uint8_t input;
};

enum chip_clock {                   /* what a block's own clock is */
                  CHIP_CLOCK_CCIPR, /* PCLK or, with kernel_lsb, PCLK, SYSCLK, HSI16, LSE: the USARTs' way; runs whatever the clock enable
                                       says */
                  CHIP_CLOCK_CCIPR_LSI, /* kernel_lsb: PCLK, LSI, HSI16, LSE (LPTIM) */
                  CHIP_CLOCK_CCIPR_I2C, /* kernel_lsb: PCLK, SYSCLK, HSI16 */
                  CHIP_CLOCK_BUS,       /* PCLK, from here on only while the clock enable is set */
                  CHIP_CLOCK_TIMER,     /* twice PCLK while PPRE divides */
                  CHIP_CLOCK_AHB,       /* HCLK */
                  CHIP_CLOCK_48,        /* CLK48SEL */
                  CHIP_CLOCK_LSE,       /* what CRS may be synchronised by */
                  CHIP_CLOCK_RTC,       /* BDCR.RTCSEL */
                  CHIP_CLOCK_ADC,       /* PCLK if CKMODE says so, else kernel_lsb: SYSCLK, PLLP, HSI16 */
};

struct chip_block { /* ends with name NULL */
    const char *name;
    uint32_t base, bytes;
    const struct periph_kind *kind; /* NULL: not modelled; its registers keep what is written */
    const void *row;                /* parameters of the kind */
    uint8_t irq_line;
    uint32_t irq_source;                 /* bit in SYSCFG_ITLINEx */
    struct chip_gate enable;             /* clock enable; bit 0: always clocked */
    struct chip_gate reset;              /* bit 0: no reset of its own */
    bool backup;                         /* in the backup domain: a system reset leaves it alone */
    uint8_t kernel_lsb;                  /* CCIPR field that chooses its kernel clock; CHIP_KERNEL_PCLK: none */
    uint8_t clock;                       /* enum chip_clock */
    struct chip_gate pllq;               /* CHIP_CLOCK_TIMER: a bit in RCC that takes the PLL's Q output instead; bit 0: none */
    struct chip_gate freeze;             /* a bit in DBGMCU that stops its clock while the core is halted; bit 0: none */
    const struct reg_block *names;       /* of registers, for a block that is not modelled; NULL: it has only offsets */
    const struct chip_pin *pins;         /* NULL: none that matter */
    const struct chip_request *requests; /* to DMAMUX; NULL: none */
};
enum { CHIP_KERNEL_PCLK = 0xFF };
enum { CHIP_PIN_ANALOG = 0xFF }; /* chip_pin.function: not by an alternate function; `signal` is the converter's channel */

struct chip_region { /* addresses behind one bus: holes in it read 0; ends with bytes 0 */
    uint32_t base, bytes;
};

struct chip_row {
    const char *name;
    struct chip_facts facts;
    const struct flash_row *flash;
    const struct chip_block *blocks;
    const struct chip_region *buses;
    const struct chip_link *links;
    uint32_t flash_regs; /* base of the flash controller's registers */
    const struct reg_block *flash_names;
    uint32_t system_base;              /* system memory, aliased at 0 after a boot from there */
    uint32_t sram1_bytes, sram2_bytes; /* from 0x20000000, without a gap */
    uint32_t sram_parity_bytes;        /* of these, lost to parity bits when the option asks for the check */
    bool sram2_hw_erase;               /* an option erases SRAM2 at system reset (U0) */
    unsigned flash_irq_line;
    uint32_t flash_irq_source;
    uint32_t dbgmcu_debug_base; /* DBGMCU once more in the debugger's own space; 0: not there */
    uint16_t sleep_enables; /* from a clock-enable register of RCC to the one that counts in Sleep (xxxSMENR): same bits, so much further */
    uint8_t max_wait_states;
    uint32_t wait_range1_hz[3], wait_range2_hz[3]; /* highest HCLK with 0, 1, 2 wait states */
    const char *source;
};

extern const struct chip_row chip_row_u073, chip_row_g071;
