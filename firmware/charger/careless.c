/* careless.c - see careless.h. Each is what a firmware's author might write in an afternoon, and works that afternoon.
 *
 * - CARELESS_OPTIONS_WRP: option bytes are set "to be sure", by a structure whose write-protection fields were left 0: WRP1B 0..0 is page 0
 * - CARELESS_BOOT_BITS: nBOOT0 is cleared, so that the next reset boots system memory; nobody sets it again
 * - CARELESS_JUMP: a jump out of the running program, with SysTick, interrupts, VTOR and clocks as they are
 * - CARELESS_JUMP_MASKED: all put away, with interrupts masked first and never allowed again
 * - CARELESS_JUMP_WATCHDOG: all put away but the watchdog, which nothing can stop
 * - CARELESS_NULL_WRITES: a structure behind a NULL pointer is cleared; address 0 is flash, and flash remembers the error
 * - CARELESS_MPU: the MPU guards the program's own memories, and is left on
 * - CARELESS_SWD_PINS: PA13 and PA14 drive two more LEDs; the way into the bootloader is the safe one
 */
#include "careless.h"

#include "chip.h"
#include "dfu_entry.h"
#include "hw.h"
#include "retained.h"

#if defined(CARELESS_OPTIONS_WRP) || defined(CARELESS_BOOT_BITS)
static void unlock(uint32_t lock, uint32_t key_reg, uint32_t key1, uint32_t key2)
{
    if (!(REG(REG_OF_FLASH(CR)) & lock))
        return;
    REG(key_reg) = key1;
    REG(key_reg) = key2;
}

/* RM0503 3.4.2: both locks opened, the words written, started, waited for. */
static void options_begin(void)
{
    unlock(OPTION_LOCK, REG_OF_FLASH(KEYR), 0x45670123, 0xCDEF89AB);
    unlock(OPTION_OPTLOCK, REG_OF_FLASH(OPTKEYR), 0x08192A3B, 0x4C5D6E7F);
}

static void options_store(void)
{
    REG(REG_OF_FLASH(CR)) |= OPTION_START;
    while (REG(REG_OF_FLASH(SR)) & OPTION_BUSY)
        ;
}

static void options_load(void)
{
    REG(REG_OF_FLASH(CR)) |= OPTION_LAUNCH; /* resets */
    for (;;)
        wait_for_writes();
}
#endif

#if defined(CARELESS_JUMP_MASKED) || defined(CARELESS_JUMP_WATCHDOG) || defined(CARELESS_NULL_WRITES) || defined(CARELESS_MPU)
/* What the forums say is to be put away before the jump. */
static void put_away(void)
{
    REG(PPB(SYST_CSR)) = 0;
    REG(PPB(SYST_RVR)) = 0;
    REG(PPB(SYST_CVR)) = 0;
    REG(PPB(NVIC_ICER)) = UINT32_MAX;
    REG(PPB(NVIC_ICPR)) = UINT32_MAX;
    REG(PPB(ICSR)) = BITS(PPB_ICSR_PENDSTCLR);
    REG(RCC_CFGR) = 0;
    while (REG(RCC_CFGR) & RCC_CFGR_SWS)
        ;
    REG(RCC_APBRSTR1) = ~RCC_APBENR1_PWREN;
    REG(RCC_APBRSTR1) = 0;
}
#endif

void careless_start(void)
{
#ifdef CARELESS_MPU
    enum { FULL = 3, READ_ONLY = 6, SIZE_256K = 17, SIZE_32K = 14 };
    static const struct {
        uint32_t base, rasr;
    } regions[] = {
        { 0x08000000, PUT(PPB_MPU_RASR_AP, READ_ONLY) | PUT(PPB_MPU_RASR_SIZE, SIZE_256K) },
        { 0x20000000, PUT(PPB_MPU_RASR_AP, FULL) | PUT(PPB_MPU_RASR_SIZE, SIZE_32K) | BITS(PPB_MPU_RASR_XN) },
    };

    for (uint32_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        REG(PPB(MPU_RNR)) = i;
        REG(PPB(MPU_RBAR)) = regions[i].base;
        REG(PPB(MPU_RASR)) = regions[i].rasr | BITS(PPB_MPU_RASR_ENABLE);
    }
    REG(PPB(MPU_CTRL)) = BITS(PPB_MPU_CTRL_PRIVDEFENA) | BITS(PPB_MPU_CTRL_ENABLE);
    wait_for_writes();
#endif
#ifdef CARELESS_SWD_PINS
    REG(GPIOA_BASE + GPIO_MODER) = (REG(GPIOA_BASE + GPIO_MODER) & ~(0xFu << 26)) | 5u << 26; /* PA13, PA14: outputs */
#endif
}

void careless_enter(void)
{
#ifdef CARELESS_OPTIONS_WRP
    options_begin();
    REG(REG_OF_FLASH(OPTR)) |= OPTION_BOOT_BITS; /* boots from flash, as it does already */
    REG(REG_OF_FLASH(WRP1BR)) = 0;               /* area B: start 0, end 0 */
    options_store();
    dfu_leave_request();
    options_load();
#endif
#ifdef CARELESS_BOOT_BITS
    options_begin();
    REG(REG_OF_FLASH(OPTR)) = (REG(REG_OF_FLASH(OPTR)) | OPTION_BOOT_BITS) & ~OPTION_nBOOT0;
    options_store();
    options_load();
#endif
#ifdef CARELESS_JUMP
    const uint32_t *const vectors = (const uint32_t *)SYSTEM_MEMORY;

    __asm volatile("msr msp, %0\n\tbx %1" : : "r"(vectors[0]), "r"(vectors[1]) : "memory");
    __builtin_unreachable();
#endif
#ifdef CARELESS_JUMP_MASKED
    const uint32_t *const vectors = (const uint32_t *)SYSTEM_MEMORY;

    forbid_interrupts();
    put_away();
    REG(PPB(VTOR)) = SYSTEM_MEMORY;
    __asm volatile("msr msp, %0\n\tbx %1" : : "r"(vectors[0]), "r"(vectors[1]) : "memory");
    __builtin_unreachable();
#endif
#ifdef CARELESS_NULL_WRITES
    volatile uint32_t *nothing;

    __asm volatile("movs %0, #0" : "=l"(nothing) : : "cc"); /* the pointer that was never set; the compiler must not know */
    for (unsigned i = 0; i < 4; i++)
        nothing[i] = 0;
#endif
#if defined(CARELESS_JUMP_WATCHDOG) || defined(CARELESS_NULL_WRITES) || defined(CARELESS_MPU)
    put_away();
    dfu_jump();
#endif
}
