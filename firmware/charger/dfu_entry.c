/* dfu_entry.c - see dfu_entry.h. Sources: AN2606 (entering from user code), RM0503 and RM0444 (SYSCFG, PWR, RCC). */
#include "dfu_entry.h"

#include "chip.h"
#include "faults.h"
#include "hw.h"
#include "retained.h"

#define DFU_REQUEST 0xB0071DF0u

void dfu_leave_request(void)
{
    retained.dfu_request = DFU_REQUEST;
    retained.dfu_request_complement = ~DFU_REQUEST;
    wait_for_writes();
}

_Noreturn void dfu_request(void)
{
    dfu_leave_request();
    system_reset();
}

/* All that the jump needs is done here, from registers only: the compiler may use the stack, but nothing in .data or .bss. */
_Noreturn void dfu_jump(void)
{
    const uint32_t *const vectors = (const uint32_t *)SYSTEM_MEMORY;

#ifdef PWR_CR2_USV
    REG(RCC_APBENR1) |= RCC_APBENR1_PWREN;
    (void)REG(RCC_APBENR1);
    REG(PWR_CR2) |= PWR_CR2_USV;
    REG(RCC_APBENR1) &= ~RCC_APBENR1_PWREN;
#endif
    REG(RCC_APBENR2) |= RCC_APBENR2_SYSCFGEN;
    (void)REG(RCC_APBENR2);
    REG(SYSCFG_CFGR1) = (REG(SYSCFG_CFGR1) & ~SYSCFG_CFGR1_MEM_MODE) | SYSCFG_CFGR1_SYSTEM;
    REG(PPB(VTOR)) = 0;
    wait_for_writes();
    __asm volatile("movs r2, #0\n\t"
                   "msr control, r2\n\t" /* privileged, on the main stack */
                   "isb\n\t"
                   "msr msp, %0\n\t"
                   "cpsie i\n\t" /* the ROM's USB lives on interrupts and does not allow them itself */
                   "bx %1"
                   :
                   : "r"(vectors[0]), "r"(vectors[1])
                   : "r2", "memory");
    __builtin_unreachable();
}

void dfu_entry_check(void)
{
    const uint32_t request = retained.dfu_request, complement = retained.dfu_request_complement;

    if (REG(RCC_CSR) & RCC_CSR_PWRRSTF) /* RAM holds noise, and with the parity check on it must be written before it is read */
        return;
    retained.dfu_request = retained.dfu_request_complement = 0; /* once */
    if (request == DFU_REQUEST && complement == ~DFU_REQUEST)
        dfu_jump();
}
