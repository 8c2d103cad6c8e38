/* scenario.h - a board in trouble, as a small text file: how it came to be so, how it is wired, what will go wrong.
 *
 *     summary  Firmware that rewrote its options write-protected page 0
 *     chip     stm32u073rc                    left out: any
 *     seed     7                              of torn bits
 *     set      probe_firmware_j=24            a parameter of the board
 *     wiring   nrst open                      nrst wired|open|low|strong, swd wired|open, vtref wired|open;
 *                                             vdd MV [slope MV_PER_MS]: the supply, and how fast it rises and falls
 *     part     battery capacity_uah=5000     an analog part around the chip (parts/)
 *     bus      I2C1 memory 0x50               a part on one of the chip's buses: memory ADDR [BYTES], loopback, flash ID [PIN], joined I2C3
 *     pin      PA0 high                       the board holds a pin: high, low, open
 *     option   OPTR.nBOOT0=0 SECR.BOOT_LOCK=1 another tool has written these, over SWD; power was cycled
 *     app      store FLASH.KEYR 0x45670123    a program in flash, made of these lines (see app.c)
 *     firmware charger for 2s                 an ELF file, flashed and run
 *     uart     dfu                            somebody types this, and Enter, on the board's console
 *     run      100ms                          time passes
 *     power    off|on|cycle
 *     supply   2500                           another voltage from here on, in mV
 *     cable    out|in                         the probe's
 *     debugger store DBGMCU.CR 0x6            another tool has written this, over SWD
 *     poke     fill 0x08000000 2048 0x5A      behind everybody's back: for states that nothing can produce
 *     fault    power-cut at erase 3 inside for 10ms
 *
 * Lines are done in their order, on a new board; faults are armed at the end. Blanks separate words, # starts a comment.
 * Full text: docs/scenarios.md. */
#pragma once
#include "base/reg.h"
#include "board/board.h"

enum {
    SCENARIO_TEXT_MAX = 64 * 1024,
    SCENARIO_STEPS = 64,
    SCENARIO_SETS = 8,
    SCENARIO_NAME = 48,
    SCENARIO_LINE = 160,
};

enum step_kind {
    STEP_OPTION,   /* words: REG=VALUE or REG.FIELD=VALUE, any number */
    STEP_APP,      /* op and arguments */
    STEP_FIRMWARE, /* name, `ps` */
    STEP_UART,     /* name: the text */
    STEP_RUN,      /* ps */
    STEP_POWER,    /* a: enum power_step */
    STEP_CABLE,    /* a: in */
    STEP_SUPPLY,   /* a: mV */
    STEP_DEBUGGER, /* a: address, b: value */
    STEP_POKE,     /* a: enum poke_kind, ... */
    STEP_PART,     /* a: enum part, values */
    STEP_BUS,      /* name: the bus; a: enum chip_part_kind; b: address or id; c: bytes, or the pin that selects it (0: none) */
    STEP_PIN,      /* a: enum chip_wire, b: the pin */
};
enum power_step { STEP_POWER_OFF, STEP_POWER_ON, STEP_POWER_CYCLE };
enum poke_kind { POKE_WORD, POKE_FILL, POKE_DAMAGE, POKE_BREAK_OPTION, POKE_STORE_OPTION };
enum app_op {
    APP_STORE,
    APP_SET,
    APP_UNTIL,
    APP_END_IF,
    APP_WAIT,
    APP_SLEEP,
    APP_IRQS_OFF,
    APP_FAULT,
    APP_LOCKUP,
    APP_RECURSE,
    APP_BOOTLOADER,
    APP_AGAIN,
    APP_OPS
};

struct scenario_step {
    enum step_kind kind;
    unsigned line;
    uint32_t a, b, c;
    uint64_t ps, bits;
    enum app_op op;
    uint32_t values[PARTS_KEYS]; /* of a part */
    char name[SCENARIO_NAME];    /* firmware, text */
};

struct scenario {
    char summary[SCENARIO_LINE];
    char chip[32]; /* "": any */
    uint64_t seed;
    struct {
        char name[40], value[40];
        unsigned line;
    } set[SCENARIO_SETS];
    struct scenario_step step[SCENARIO_STEPS];
    struct fault fault[FAULTS_MAX];
    unsigned sets, steps, faults;
    enum wire_nrst nrst;
    enum wire_swd swd;
    enum wire_vtref vtref;
    uint32_t vdd_mv, vdd_slope_mv_ms; /* 0: as it was */
    bool pokes;                       /* a state nothing can produce is in it */
};

/* Read a text for one chip. Every word is checked. `name` is for errors only: they say "NAME:LINE:COLUMN: what".
 * Errors: ERR_INPUT. */
bool scenario_parse(struct scenario *s, const char *name, const char *text, size_t len, const char *chip, struct err *e);

/* The chip the text asks for, "" if any will do. */
void scenario_chip(const char *text, size_t len, char chip[32]);

struct scenario_files { /* how firmware is found; may be NULL */
    void *ctx;
    /* All of the ELF file `name` in malloc'ed memory, or false. */
    bool (*read)(void *ctx, const char *name, uint8_t **bytes, size_t *len, struct err *e);
};

/* The board's parameters as the scenario wants them; then, on a new board, all its steps, wiring and faults.
 * Errors: ERR_USAGE and ERR_INPUT (with the step's line), ERR_NOMEM, ERR_FAULT (a step did not do what it says). */
bool scenario_params(const struct scenario *s, struct board_params *params, struct err *e);
bool scenario_play(const struct scenario *s, struct board *b, const struct scenario_files *files, struct err *e);

/* names.c: registers by name ("FLASH.CR", "GPIOA.MODER", "PPB.MPU_CTRL"), fields of them ("PG=1,PNB=3"). */
bool scenario_register(const char *chip, const char *name, uint32_t *addr, const struct reg_block **block, const char **reg);
bool scenario_fields(const struct reg_block *block, const char *reg, char *text, uint32_t *value, uint32_t *mask);

/* app.c: the program that app steps from `first` on make. Returns the number of its bytes, 0 if it does not fit. */
size_t scenario_app(const struct scenario *s, unsigned first, unsigned count, uint32_t hz, uint8_t *out, size_t cap);

/* shipped.c (made by tools/embed.py): scenarios that come with the program. */
struct shipped_scenario {
    const char *name, *text;
};
extern const struct shipped_scenario shipped_scenarios[]; /* ends with name NULL */
