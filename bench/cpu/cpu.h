/* cpu.h - one Cortex-M0+ core (ARMv6-M, r0p1): instructions with the TRM's cycle counts, exceptions, NVIC, SysTick, MPU, SCS, and the
 * debug side of the private peripheral bus (DHCSR, DCRSR, DCRDR, DEMCR, DFSR, BPU with 4 comparators, DWT with 2 and PCSR, ROM table).
 *
 * Sources: ARMv6-M ARM (DDI 0419), Cortex-M0+ TRM (DDI 0484). Not here: the chip around it (chip/), the debug port (dap/).
 * The core knows cycles only; the chip turns them into time. One instruction per step, no translation cache: what is in a window may
 * change at any time (one word may have been fetched already). After c->s was loaded from a file nothing need be told: each cpu_run
 * starts by deriving what it needs. */
#pragma once
#include "base/state.h"

#include <stdbool.h>
#include <stdint.h>

enum cpu_access { CPU_FETCH, CPU_DATA, CPU_VECTOR, CPU_DEBUG };

struct cpu_port { /* how the core reaches the chip; borrowed */
    void *ctx;
    /* One access outside the PPB (0xE0000000..0xE00FFFFF is answered by the core itself) that no window served. `addr` is aligned to
     * `bytes` (1, 2, 4); values are right-aligned. False is a bus error. The callee may call cpu_stall for wait states. */
    bool (*read)(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t *value);
    bool (*write)(void *ctx, uint32_t addr, unsigned bytes, enum cpu_access how, uint32_t value);
    void (*system_reset_request)(void *ctx);             /* AIRCR.SYSRESETREQ was written; the chip resets the core soon after */
    void (*sleeping)(void *ctx, bool asleep, bool deep); /* WFI/WFE entered or left; SCR.SLEEPDEEP. May be NULL */
    void (*debug_enabled)(void *ctx, bool on);           /* C_DEBUGEN changed. May be NULL */
};

/* Plain memory that the core may touch without a call: reads (and writes, if `writable`) of any width inside [base, base + bytes).
 * The chip opens and closes windows as the state of its memories asks (flash busy, damaged word: closed). */
struct cpu_window {
    uint32_t base, bytes; /* multiples of 4; bytes 0: closed */
    uint8_t *mem;
    bool writable;
    uint8_t wait; /* extra cycles per 32-bit fetch or data access */
};
enum { CPU_WINDOWS = 6, CPU_IRQS = 32, CPU_BREAKPOINTS = 4, CPU_WATCHPOINTS = 2 };

#include "cpu/cpu_state.h" /* struct cpu_state: registers and all that is saved (owned by cpu/) */

struct cpu {
    struct cpu_state s;
    const struct cpu_port *port; /* borrowed */
    struct cpu_window window[CPU_WINDOWS];
    bool leave; /* set by cpu_leave */
    struct cpu_derived d;
};

/* `s` is zeroed and set as after power-on; no vector is fetched until the first cpu_run after a cpu_reset. */
void cpu_init(struct cpu *c, const struct cpu_port *port);

/* Reset. power_on also clears the debug registers (C_DEBUGEN, DEMCR, BPU, DWT, DFSR), which a system reset keeps (DDI 0419 C1).
 * The next cpu_run loads SP and PC through port->read with CPU_VECTOR; VC_CORERESET halts before the first instruction.
 * Interrupt lines are wires: their levels outlive the reset, and those high when it ends are pending. */
void cpu_reset(struct cpu *c, bool power_on);

/* Hold in reset (NRST low, no clock), beginning with a system reset: cpu_run only lets cycles pass; S_RESET_ST reads 1; debug registers
 * can be written, C_HALT and C_STEP stay 0. */
void cpu_hold(struct cpu *c, bool held);

/* Run until s.cycle >= until_cycle; may overshoot by one instruction or exception entry. Asleep, halted, held or locked up, cycles
 * pass at once (SysTick counts in sleep, not when halted). Returns early after cpu_leave. */
void cpu_run(struct cpu *c, uint64_t until_cycle);
void cpu_leave(struct cpu *c);                  /* return from cpu_run after the present instruction */
void cpu_stall(struct cpu *c, uint64_t cycles); /* the access being made takes that much longer */

void cpu_irq(struct cpu *c, unsigned line, bool level); /* external interrupt line 0..31 */
void cpu_nmi(struct cpu *c);
void cpu_event(struct cpu *c); /* RXEV: wakes a WFE */

/* The private peripheral bus as the debugger sees it, 0xE0000000..0xE00FFFFF, any width. False is a bus error.
 * Reading has the registers' side effects (DHCSR's sticky bits); cpu_ppb_peek has none. Works while the core is held in reset. */
bool cpu_ppb_read(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t *value);
bool cpu_ppb_write(struct cpu *c, uint32_t addr, unsigned bytes, uint32_t value);
bool cpu_ppb_peek(const struct cpu *c, uint32_t addr, uint32_t *value);

bool cpu_halted(const struct cpu *c);
bool cpu_locked_up(const struct cpu *c);
bool cpu_asleep(const struct cpu *c);

/* The cycle at which a core that is asleep, or idle in any other way, may next do something by itself (SysTick), UINT64_MAX if never. */
uint64_t cpu_next_cycle(const struct cpu *c);

extern const struct state_table cpu_state_table;
