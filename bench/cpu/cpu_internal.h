/* cpu_internal.h - what the files of this room share. Nobody else includes it.
 *
 * Cycles: each instruction starts with 1; each bus access adds 1 after it was made (0 on the single-cycle I/O port), plus its wait
 * states; the rest is added where the instruction's row in DDI 0484 table 3-1 asks for it. So a port callback sees the cycle in
 * which its access is on the bus. */
#pragma once
#include "base/bytes.h"
#include "cpu/cpu.h"
#include "device/regs/cortexm.h"

/* Not published by Arm beyond "15 cycles worst-case latency" (DDI 0484 3.6.1); the split is an estimate. Entry is STACK + VECTOR = 15:
 * STACK holds the 8 pushes, VECTOR the vector fetch and the refill; an interrupt that comes during STACK can still be taken instead
 * (late arrival); a tail chain costs VECTOR only. A return by BX costs BX (2) + UNSTACK = 13. */
enum {
    CPU_STACK_CYCLES = 9,    /* estimate */
    CPU_VECTOR_CYCLES = 6,   /* estimate */
    CPU_UNSTACK_CYCLES = 11, /* estimate */
    CPU_RESET_CYCLES = 3,    /* estimate: two vector fetches and the refill */
};

enum { CPU_PRIORITY_THREAD = 4, CPU_PRIORITY_BITS = 2 };

#define CPU_NO_FETCH         1u          /* fetch_addr when nothing is held */
#define CPU_LOCKUP_PC        0xFFFFFFFEu /* DDI 0419 B1.5, unrecoverable exception cases */
#define CPU_IOPORT_BASE      0x50000000u /* single-cycle I/O port of the STM32G0 and U0: GPIO */
#define CPU_IOPORT_BYTES     0x10000000u
#define CPU_EXCEPTION_BIT(n) (UINT64_C(1) << (n))
#define likely(x)            __builtin_expect(!!(x), 1)
#define unlikely(x)          __builtin_expect(!!(x), 0)

enum cpu_use { CPU_USE_FETCH, CPU_USE_READ, CPU_USE_WRITE };

static inline bool cpu_privileged(const struct cpu_state *s) { return s->ipsr != 0 || !s->npriv; }
static inline bool cpu_debug_on(const struct cpu_state *s) { return s->debug.dhcsr & BITS(PPB_DHCSR_C_DEBUGEN); }
static inline void cpu_flush_fetch(struct cpu_state *s) { s->fetch_addr = CPU_NO_FETCH; }

/* cpu.c */
void cpu_derive(struct cpu *c); /* make c->d fit c->s again; asks for attention */
void cpu_go_to_sleep(struct cpu *c, enum cpu_sleep how);
void cpu_wake(struct cpu *c);

/* exec.c: instructions until `stop` or until something wants attention; at least one. */
void cpu_execute(struct cpu *c, uint64_t stop);

/* exception.c */
int cpu_execution_priority(const struct cpu_state *s);
unsigned cpu_exception_pending(const struct cpu_state *s); /* the pending and enabled one of highest priority, or 0 */
unsigned cpu_exception_to_take(const struct cpu_state *s); /* the one that preempts now, or 0 */
bool cpu_would_wake(const struct cpu_state *s);            /* what ends the present sleep has come */
void cpu_pend(struct cpu *c, unsigned exception);
void cpu_deactivate(struct cpu_state *s, unsigned exception);
void cpu_exception_enter(struct cpu *c, unsigned exception); /* push the frame; the vector comes with the next call below */
void cpu_exception_vector(struct cpu *c);
void cpu_exception_return(struct cpu *c, uint32_t exc_return);
void cpu_hard_fault(struct cpu *c); /* the present instruction faulted; r[15] is its address */
bool cpu_svc(struct cpu *c);        /* false: priority too low, a HardFault instead */
void cpu_lock_up(struct cpu *c);
uint32_t cpu_get_xpsr(const struct cpu_state *s);
void cpu_set_xpsr(struct cpu_state *s, uint32_t xpsr);          /* flags and T */
uint32_t *cpu_stack_pointer(struct cpu_state *s, bool process); /* MSP or PSP, wherever it is kept */
void cpu_select_stack(struct cpu_state *s, bool process);       /* which of the two r[13] is */

/* systick.c: `sync` brings the counter up to the present cycle. Before anything that reads or changes SysTick or its pending bit. */
void cpu_systick_sync(struct cpu *c);
uint64_t cpu_systick_due(const struct cpu_state *s);
uint32_t cpu_systick_current(const struct cpu_state *s, bool *wrapped);

/* mpu.c */
bool cpu_mpu_allows(const struct cpu_state *s, uint32_t addr, enum cpu_use use);

/* debug.c */
void cpu_enter_debug(struct cpu *c, uint32_t dfsr_bits);
bool cpu_breakpoints_set(const struct cpu_state *s);            /* some comparator could match */
bool cpu_breakpoint_at(const struct cpu_state *s, uint32_t pc); /* if so: one does */
bool cpu_watches_pc(const struct cpu_state *s);
bool cpu_watches_data(const struct cpu_state *s);
void cpu_watch_pc(struct cpu *c, uint32_t pc);
void cpu_watch_data(struct cpu *c, uint32_t addr, unsigned bytes, enum cpu_use use);

/* ppb.c: an access by the program; false is a bus error. */
bool cpu_ppb_program_read(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value);
bool cpu_ppb_program_write(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value);

/* One register of the private peripheral bus, or a run of equal ones. */
struct ppb_row {
    uint32_t first, last;                                          /* offsets from PPB_BASE, of words, inclusive */
    bool debugger_only;                                            /* reads 0 and ignores writes for the program (DDI 0484 7.1) */
    uint32_t (*read)(const struct cpu *c, uint32_t at);            /* no side effects; NULL: 0. `at`: offset from `first` */
    void (*after_read)(struct cpu *c, uint32_t at, bool debugger); /* the side effects of a read; NULL: none */
    void (*write)(struct cpu *c, uint32_t at, uint32_t value, bool debugger); /* NULL: ignored */
};
extern const struct ppb_row cpu_nvic_rows[], cpu_systick_rows[], cpu_scb_rows[], cpu_mpu_rows[], cpu_debug_rows[], cpu_bpu_dwt_rows[];

/* bus.c: what the fast paths below do not serve. */
bool cpu_fetch_slow(struct cpu *c, uint32_t word_addr);
bool cpu_load_slow(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value);
bool cpu_store_slow(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value);
bool cpu_load_vector(struct cpu *c, uint32_t addr, uint32_t *value);

/* The half-word at `addr`. Memory is read by aligned words, each once as long as execution runs on into the next. */
static inline bool cpu_fetch(struct cpu *c, uint32_t addr, uint32_t *half)
{
    const uint32_t word_addr = addr & ~3u;

    if (word_addr != c->s.fetch_addr) {
        const struct cpu_window *w = &c->window[c->d.fetch_window];
        const uint32_t at = word_addr - w->base;

        if (likely(at < w->bytes && !c->d.check_fetch)) {
            c->s.fetch_word = get_le32(w->mem + at);
            c->s.fetch_addr = word_addr;
            c->s.cycle += w->wait;
        } else if (!cpu_fetch_slow(c, word_addr)) {
            return false;
        }
    }
    *half = addr & 2 ? c->s.fetch_word >> 16 : c->s.fetch_word & 0xFFFF;
    return true;
}

static inline uint32_t cpu_get_bytes(const uint8_t *p, unsigned bytes) { return bytes == 4 ? get_le32(p) : bytes == 2 ? get_le16(p) : *p; }

static inline void cpu_put_bytes(uint8_t *p, unsigned bytes, uint32_t value)
{
    if (bytes == 4)
        put_le32(p, value);
    else if (bytes == 2)
        put_le16(p, value & 0xFFFF);
    else
        *p = (uint8_t)value;
}

/* A data access of the program with its present privilege. False: it faulted (alignment, MPU, bus). */
static inline bool cpu_load(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value)
{
    const struct cpu_window *w = &c->window[c->d.data_window[addr >> 27]];
    const uint32_t at = addr - w->base;

    if (unlikely(at >= w->bytes || (addr & (bytes - 1)) || c->d.check_data))
        return cpu_load_slow(c, addr, bytes, value);
    *value = cpu_get_bytes(w->mem + at, bytes);
    c->s.cycle += 1u + w->wait;
    return true;
}

static inline bool cpu_store(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value)
{
    const struct cpu_window *w = &c->window[c->d.data_window[addr >> 27]];
    const uint32_t at = addr - w->base;

    if (unlikely(at >= w->bytes || !w->writable || (addr & (bytes - 1)) || c->d.check_data))
        return cpu_store_slow(c, addr, bytes, value);
    cpu_put_bytes(w->mem + at, bytes, value);
    c->s.cycle += 1u + w->wait;
    return true;
}
