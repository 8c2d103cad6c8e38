/* faults.c - see faults.h. The last words are written by waiting, so they come out whatever state the program was in; before the console is
 * started they are lost, the record is not. */
#include "faults.h"

#include "chip.h"
#include "console.h"
#include "hw.h"
#include "retained.h"

struct frame { /* what exception entry pushes (ARMv6-M ARM B1.5.6) */
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static const char *const kinds[FAULT_KINDS] = { "none", "hard fault", "NMI", "unexpected exception" };

static uint32_t check_of(const struct fault_record *r) { return ~(r->kind + r->pc + r->lr + r->xpsr + r->count); }
static bool is_whole(const struct fault_record *r) { return r->check == check_of(r) && r->kind < FAULT_KINDS; }

void faults_start(void)
{
    const uint32_t flags = REG(RCC_CSR) & RCC_CSR_FLAGS;

    if (flags & RCC_CSR_PWRRSTF || !is_whole(&retained.fault)) {
        retained.dfu_request = retained.dfu_request_complement = 0;
        retained.fault.kind = FAULT_NONE;
        retained.fault.pc = retained.fault.lr = retained.fault.xpsr = retained.fault.count = 0;
        retained.fault.check = check_of(&retained.fault);
    }
    retained.reset_flags = flags;
    REG(RCC_CSR) |= RCC_CSR_RMVF; /* the next reset shows its own flags only */
    REG(RCC_CSR) &= ~RCC_CSR_RMVF;
}

_Noreturn void system_reset(void)
{
    wait_for_writes();
    REG(PPB(AIRCR)) = AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ);
    for (;;)
        wait_for_writes();
}

static void say(const char *name, uint32_t value)
{
    console_text(name);
    console_hex(value);
}

static void tell(const struct fault_record *r)
{
    console_text(kinds[r->kind]);
    say(", pc ", r->pc);
    say(" lr ", r->lr);
    say(" xpsr ", r->xpsr);
    console_text("\r\n");
}

uint32_t faults_count(void) { return retained.fault.count; }

void faults_report(void)
{
    if (retained.reset_flags & RCC_CSR_IWDGRSTF)
        console_text("the watchdog has reset the chip\r\n");
    if (retained.fault.kind == FAULT_NONE)
        return;
    console_text("last life ended by a ");
    tell(&retained.fault);
    retained.fault.kind = FAULT_NONE; /* told once; the count stays */
    retained.fault.check = check_of(&retained.fault);
}

static _Noreturn void record(enum fault_kind kind, uint32_t pc, uint32_t lr, uint32_t xpsr)
{
    struct fault_record *const r = &retained.fault;

    r->count = is_whole(r) ? r->count + 1 : 1;
    r->kind = kind;
    r->pc = pc;
    r->lr = lr;
    r->xpsr = xpsr;
    r->check = check_of(r);
    console_text("\r\nfault: ");
    tell(r);
    console_flush();
    system_reset();
}

/* Reached from the handlers with the frame of the code that failed. Not static: only assembly calls it. */
_Noreturn void fault_caught(const struct frame *frame);
_Noreturn void fault_caught(const struct frame *frame)
{
    const uint32_t number = exception_number();

    record(number == 3 ? FAULT_HARD : number == 2 ? FAULT_NMI : FAULT_UNEXPECTED, frame->pc, frame->lr, frame->xpsr);
}

/* Bit 2 of EXC_RETURN tells which stack the frame is on. */
__attribute__((naked)) void fault_hard(void)
{
    __asm volatile("mov r1, lr\n\t"
                   "movs r0, #4\n\t"
                   "tst r0, r1\n\t"
                   "beq 1f\n\t"
                   "mrs r0, psp\n\t"
                   "b 2f\n"
                   "1:\tmrs r0, msp\n"
                   "2:\tldr r1, =fault_caught\n\t"
                   "bx r1\n\t"
                   ".ltorg");
}

__attribute__((naked)) void fault_nmi(void) { __asm volatile("ldr r0, =fault_hard\n\tbx r0\n\t.ltorg"); }
__attribute__((naked)) void fault_unexpected(void) { __asm volatile("ldr r0, =fault_hard\n\tbx r0\n\t.ltorg"); }
