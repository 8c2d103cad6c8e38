/* startup.c - vectors, from reset to the idle loop, and the way out. */
#include "rom.h"

#include "device/regs/cortexm.h"
#include "device/regs/u0_flash.h"

extern uint32_t rom_bss[], rom_bss_end[], rom_stack_top[];

_Noreturn void reset(void);

static volatile uint32_t leave_at; /* 0: not leaving */

_Noreturn void system_reset(void)
{
    __asm volatile("dsb");
    REG(PPB(AIRCR)) = AIRCR_KEY | BITS(PPB_AIRCR_SYSRESETREQ);
    for (;;) {
    }
}

/* A flash word with two wrong bits was read: what came is what is sent. */
static void on_nmi(void) { REG(FLASH + U0_FLASH_ECCR) = BITS(U0_FLASH_ECCR_ECCD); }
static void on_fault(void) { system_reset(); }
static void on_tick(void) { system_tick(); }

typedef void handler(void);
enum { USB_IRQ = 8, INTERRUPTS = 32 };

static const struct {
    const uint32_t *stack_top;
    handler *exceptions[15];
    handler *interrupts[INTERRUPTS];
} vectors __attribute__((section(".vectors"), used)) = {
    .stack_top = rom_stack_top,
    .exceptions = { [0] = reset, [1] = on_nmi, [2] = on_fault, [10] = on_fault, [13] = on_fault, [14] = on_tick },
    .interrupts = { [0 ... USB_IRQ - 1] = on_fault, [USB_IRQ] = usb_interrupt, [USB_IRQ + 1 ... INTERRUPTS - 1] = on_fault },
};

void leave_to(uint32_t at) { leave_at = at; }

/* The application is entered as a reset would enter it, but for the clocks. It has to set VTOR. */
static _Noreturn void leave(uint32_t at)
{
    usb_detach();
    system_stop();
    if (!memory_executable(at))
        system_reset();
    __asm volatile("ldr r1, [%0]\n\tldr r2, [%0, #4]\n\tmsr msp, r1\n\tisb\n\tbx r2" ::"r"(at) : "r1", "r2", "memory");
    __builtin_unreachable();
}

/* Sleep without missing an interrupt that comes between the look and the sleep. */
static void sleep_unless_leaving(void)
{
    uint32_t masked;

    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(masked)::"memory");
    if (!leave_at)
        __asm volatile("dsb\n\twfi" ::: "memory");
    __asm volatile("msr primask, %0\n\tisb" ::"r"(masked) : "memory");
}

_Noreturn void reset(void)
{
    for (uint32_t *to = rom_bss; to < rom_bss_end;)
        *to++ = 0;
    system_start();
    dfu_reset();
    usb_start();
    system_wait_ready();
    usb_attach();
    while (!leave_at)
        sleep_unless_leaving();
    leave(leave_at);
}
