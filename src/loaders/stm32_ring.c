/* stm32_ring.c - the RAM loader: erases, programs, copies and checks flash on the target, fed through a ring while it works.
 *
 * Runs on the bare core with interrupts masked, from SRAM1, with vectors of its own. Sources: RM0503 3.3.7 (erase), 3.3.8 (program);
 * RM0444 3.3 says the same of the STM32G0. Not part of the host program: compiled by tools/make-bytes.sh into stm32_ring_bytes.h.
 *
 * There are no time limits here: no timer may be touched, and the host watches `progress` and can halt the core at any moment. */
#include "loaders/ring.h"

#define REG(at) (*(volatile uint32_t *)(at))
#define SHARED  ((volatile struct ring_shared *)(RING_RAM + RING_SHARED))

/* CRC unit (crc.h has the names; this file includes nothing of the host's) */
enum {
    CRC_DR = 0x00,
    CRC_CR = 0x08,
    CRC_INIT = 0x10,
    CRC_POL = 0x14,
    CRC_CR_RESET = 1,
    CRC_CR_REV_IN_WORD = 3 << 5,
    CRC_CR_REV_OUT = 1 << 7
};

void ring_main(void);
void ring_nmi(void);
void ring_fault(uint32_t *frame);
__attribute__((noreturn)) void ring_stopped(void);

/* Vectors. PRIMASK is set and nothing here calls SVC: only NMI and HardFault can be taken. */
__asm__(".section .vectors, \"a\"\n"
        ".word 0x20000000 + 0x600\n" /* RING_RAM + RING_STACK_TOP */
        ".word ring_main\n"
        ".word ring_nmi\n"
        ".word ring_hardfault\n"
        ".text\n"
        ".thumb_func\n"
        "ring_hardfault:\n"
        "    mov r0, sp\n" /* the frame; LR keeps EXC_RETURN, so ring_fault returns from the exception */
        "    b ring_fault\n");

__attribute__((noreturn)) void ring_stopped(void)
{
    for (;;)
        __asm__ volatile("bkpt #0");
}

static void set_state(uint32_t state) { SHARED->status.progress = (SHARED->status.progress & 0x00FFFFFF) | state << 24; }

/* An ECC double error raises NMI (RM0503 3.3.4): note it, clear it, go on. The reader of the word looks at `eccds`. */
void ring_nmi(void)
{
    const uint32_t eccr_at = SHARED->config.eccr_at, eccd = SHARED->config.eccd;

    SHARED->status.nmis++;
    if (REG(eccr_at) & eccd) {
        SHARED->status.eccds++;
        REG(eccr_at) |= eccd;
    }
}

void ring_fault(uint32_t *frame)
{
    SHARED->status.pc = frame[6];
    set_state(RING_FAULT);
    frame[6] = (uint32_t)ring_stopped & ~1u; /* return there instead */
}

static void feed(void)
{
    REG(SHARED->config.feed_at[0]) = SHARED->config.feed_value[0];
    REG(SHARED->config.feed_at[1]) = SHARED->config.feed_value[1];
}

__attribute__((noreturn)) static void stop(uint32_t state)
{
    set_state(state);
    ring_stopped();
}

/* Wait for the controller; stop if it complains. */
static void settle(void)
{
    const uint32_t sr_at = SHARED->config.sr_at, busy = SHARED->config.busy;
    uint32_t sr;

    while ((sr = REG(sr_at)) & busy)
        feed();
    if (sr & SHARED->config.errors) {
        SHARED->status.sr = sr;
        REG(SHARED->config.cr_at) = 0;
        stop(RING_REFUSED);
    }
}

static void erase(uint32_t addr)
{
    const uint32_t page = (addr - SHARED->config.flash_base) >> SHARED->config.page_shift, cr_at = SHARED->config.cr_at;

    settle();
    REG(SHARED->config.sr_at) = SHARED->config.clear;
    REG(cr_at) = SHARED->config.per | SHARED->config.strt | page << SHARED->config.pnb_lsb; /* in one write, as ST's HAL does */
    settle();
    REG(cr_at) = 0;
}

/* Zeros may be programmed over anything (RM0444 3.3.8). Should this silicon refuse, nothing is lost but a precaution. */
static void disarm(uint32_t addr)
{
    volatile uint32_t *to = (volatile uint32_t *)addr;

    settle();
    REG(SHARED->config.cr_at) = SHARED->config.pg;
    to[0] = 0;
    to[1] = 0;
    while (REG(SHARED->config.sr_at) & SHARED->config.busy)
        feed();
    REG(SHARED->config.sr_at) = SHARED->config.clear;
    REG(SHARED->config.cr_at) = 0;
}

/* `count` units from `data` (which may wrap) to `addr`. Returns the first unit after them. */
static uint32_t *program(uint32_t addr, uint32_t count, uint32_t *data)
{
    const uint32_t sr_at = SHARED->config.sr_at, busy = SHARED->config.busy, errors = SHARED->config.errors;
    uint32_t *const end = (uint32_t *)SHARED->config.ring_end;
    volatile uint32_t *to = (volatile uint32_t *)addr;

    settle();
    REG(SHARED->config.cr_at) = SHARED->config.pg;
    while (count--) {
        uint32_t sr;

        to[0] = data[0]; /* low word first: CFGBSY rises; the second starts the operation */
        to[1] = data[1];
        data += 2;
        if (data == end)
            data = (uint32_t *)SHARED->config.ring_at;
        while ((sr = REG(sr_at)) & busy)
            feed();
        if (sr & errors) {
            SHARED->status.addr = (uint32_t)to;
            settle();
        }
        to += 2;
    }
    REG(SHARED->config.cr_at) = 0;
    return data;
}

/* CRC-32 of `words` words by the CRC unit, copied to `copy` on the way if that is not 0. */
static uint32_t crc(const uint32_t *from, uint32_t words, uint32_t *copy)
{
    const uint32_t crc_at = SHARED->config.crc_at;
    volatile uint32_t *const dr = &REG(crc_at + CRC_DR);

    REG(crc_at + CRC_INIT) = 0xFFFFFFFF;
    REG(crc_at + CRC_POL) = 0x04C11DB7;
    REG(crc_at + CRC_CR) = CRC_CR_RESET | CRC_CR_REV_IN_WORD | CRC_CR_REV_OUT;
    feed(); /* a page takes a fraction of a millisecond: once is enough */
    if (copy) {
        while (words--)
            *dr = *copy++ = *from++;
    } else {
        for (; words >= 8; words -= 8, from += 8) {
            *dr = from[0];
            *dr = from[1];
            *dr = from[2];
            *dr = from[3];
            *dr = from[4];
            *dr = from[5];
            *dr = from[6];
            *dr = from[7];
        }
        while (words--)
            *dr = *from++;
    }
    return ~*dr;
}

void ring_main(void)
{
    uint32_t *read = (uint32_t *)SHARED->config.ring_at;
    uint32_t copies = 0;

    __asm__ volatile("cpsid i");
    SHARED->status.progress = (uint32_t)RING_UP << 24;
    for (;;) {
        uint32_t op, count, addr, two[2] = { 0, 0 }, eccds;

        while ((uint32_t)read == SHARED->config.write_at)
            feed();
        op = read[0] >> 24;
        count = read[0] & 0x00FFFFFF;
        addr = read[1];
        SHARED->status.op = op;
        SHARED->status.addr = addr;
        read += 2;
        if (read == (uint32_t *)SHARED->config.ring_end)
            read = (uint32_t *)SHARED->config.ring_at;
        if (op >= RING_CRC && op <= RING_COPY) {
            two[0] = read[0];
            two[1] = read[1];
            read += 2;
            if (read == (uint32_t *)SHARED->config.ring_end)
                read = (uint32_t *)SHARED->config.ring_at;
        }
        eccds = SHARED->status.eccds;

        if (op == RING_PROGRAM) {
            read = program(addr, count, read);
        } else if (op == RING_ERASE) {
            erase(addr);
        } else if (op == RING_CHECK) {
            SHARED->status.value = crc((const uint32_t *)addr, count, 0);
            if (SHARED->status.value != two[0] || SHARED->status.eccds != eccds)
                stop(RING_DIFFERS);
        } else if (op == RING_COPY) {
            uint32_t *const tail = (uint32_t *)two[0] + count;

            tail[0] = crc((const uint32_t *)addr, count, (uint32_t *)two[0]);
            tail[1] = SHARED->status.eccds - eccds;
            copies++;
        } else if (op == RING_CRC) {
            uint32_t *result = (uint32_t *)(SHARED->config.results_at + two[1] * RING_RESULT);

            for (; two[0]; two[0]--, addr += count * 4, result += 2) {
                eccds = SHARED->status.eccds;
                result[0] = crc((const uint32_t *)addr, count, 0);
                result[1] = SHARED->status.eccds - eccds;
            }
        } else if (op == RING_DISARM) {
            disarm(addr);
        } else if (op == RING_EMPTY) {
            uint32_t acr = REG(SHARED->config.acr_at) & ~SHARED->config.empty;

            REG(SHARED->config.acr_at) = count ? acr | SHARED->config.empty : acr;
        } else {
            SHARED->status.value = (uint32_t)read - SHARED->config.ring_at;
            stop(RING_GARBLED);
        }
        SHARED->status.progress = (uint32_t)RING_UP << 24 | (copies & 0xFF) << 16 | ((uint32_t)read - SHARED->config.ring_at) / RING_UNIT;
    }
}
