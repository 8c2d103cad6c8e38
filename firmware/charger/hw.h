/* hw.h - touching registers, and the few instructions that C has no words for. */
#pragma once
#include <stdint.h>

/* The 32-bit register at an absolute address: REG(RCC_CR) |= ...; */
#define REG(addr) (*(volatile uint32_t *)(addr))

/* Sleep until the next interrupt. What was written before has arrived first (ARMv6-M ARM, WFI). */
static inline void wait_for_interrupt(void) { __asm volatile("dsb\n\twfi" ::: "memory"); }

/* The number of the exception being handled; 0 in thread mode. */
static inline uint32_t exception_number(void)
{
    uint32_t number;

    __asm volatile("mrs %0, ipsr" : "=r"(number));
    return number & 0x3F;
}

static inline void allow_interrupts(void) { __asm volatile("cpsie i" ::: "memory"); }
static inline void forbid_interrupts(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void wait_for_writes(void) { __asm volatile("dsb\n\tisb" ::: "memory"); }
