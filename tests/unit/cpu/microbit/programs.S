@ programs.S - tiny programs about exceptions, faults, priorities and SysTick, for our core and for QEMU's BBC micro:bit.
@
@ Each is an image of its own, for address 0: 20 vectors, code, literals. In front of it a header that test_microbit.c reads: length of
@ all, offset of `done` in the image, kind, name (the claim), and the bytes that the program must have logged at 0x20000000 when it
@ reaches `done`: r7 points to the next one, r5 is scratch. Kind STEPPED: both are single-stepped and every register must agree at every
@ step. FREE: SysTick runs, which QEMU counts in instructions, not in cycles: the log must agree.
@
@ Only what ARMv6-M defines (DDI 0419 B1.5, B3) and a Cortex-M0 has: no VTOR, no MPU, no unprivileged code; no lockup, which ends QEMU.

        .syntax unified
        .cpu    cortex-m0
        .thumb
        .text

        .equ    STACK, 0x20003000
        .equ    LOG, 0x20000000
        .equ    STEPPED, 0
        .equ    FREE, 1
        .equ    SYST_CSR, 0xE000E010
        .equ    SYST_RVR, 0xE000E014
        .equ    SYST_CVR, 0xE000E018
        .equ    NVIC_ISER, 0xE000E100
        .equ    NVIC_ICER, 0xE000E180
        .equ    NVIC_ISPR, 0xE000E200
        .equ    NVIC_ICPR, 0xE000E280
        .equ    NVIC_IPR0, 0xE000E400
        .equ    ICSR, 0xE000ED04
        .equ    SHPR2, 0xE000ED1C
        .equ    SHPR3, 0xE000ED20
        .equ    NMIPENDSET, 1 << 31
        .equ    PENDSVSET, 1 << 28
        .equ    PENDSVCLR, 1 << 27
        .equ    PENDSTSET, 1 << 26
        .equ    PENDSTCLR, 1 << 25

        .macro  begin id, kind, name, log, hard=unexpected, nmi=unexpected, svc=unexpected, pendsv=unexpected, systick=unexpected, irq0=unexpected, irq1=unexpected, irq2=unexpected, irq3=unexpected
        .balign 4
\id\()_header:
        .ascii  "PROG"
        .word   \id\()_end - \id\()_header, \id\()_done - \id\()_start, \kind
1000:   .asciz  "\name"
        .space  112 - (. - 1000b)
1001:   .byte   \log
        .space  32 - (. - 1001b)
\id\()_start:
        .word   STACK, \id\()_reset - \id\()_start + 1
        .irp    handler, \nmi, \hard
        .word   \id\()_\handler - \id\()_start + 1
        .endr
        .rept   7
        .word   \id\()_unexpected - \id\()_start + 1
        .endr
        .word   \id\()_\svc - \id\()_start + 1
        .word   \id\()_unexpected - \id\()_start + 1, \id\()_unexpected - \id\()_start + 1
        .irp    handler, \pendsv, \systick, \irq0, \irq1, \irq2, \irq3
        .word   \id\()_\handler - \id\()_start + 1
        .endr
        .thumb_func
\id\()_unexpected:
        log     0xEE
\id\()_done:
        b       .
        .thumb_func
\id\()_reset:
        ldr     r7, =LOG
        .endm

        .macro  finish id
        b       \id\()_done
        .pool
\id\()_end:
        .endm

        .macro  log byte
        movs    r5, #\byte
        strb    r5, [r7]
        adds    r7, #1
        .endm

        .macro  poke addr, value
        ldr     r0, =\addr
        ldr     r1, =\value
        str     r1, [r0]
        .endm

        .macro  icsr into       @ without bit 11, which is ARMv7-M's
        ldr     r1, =ICSR
        ldr     \into, [r1]
        ldr     r1, =1 << 11
        bics    \into, r1
        .endm

        .macro  numbered        @ every register a value of its own
        movs    r0, #0x10
        movs    r1, #0x11
        movs    r2, #0x12
        movs    r3, #0x13
        movs    r4, #0x14
        mov     r12, r4
        movs    r6, #0x16
        mov     lr, r6
        .endm

@ ---------------------------------------------------------------------------------------------------------------- entry and return

        begin   svc, STEPPED, "an SVC pushes eight words and returns behind itself", "1, 2", svc=handler
        numbered
        svc     #7
        log     2
        b       svc_done
svc_handler:
        log     1
        ldr     r0, [sp, #0]
        ldr     r1, [sp, #4]
        ldr     r2, [sp, #16]
        ldr     r3, [sp, #20]
        ldr     r4, [sp, #24]
        ldr     r6, [sp, #28]
        bx      lr
        finish  svc

        begin   pop, STEPPED, "POP of PC returns from a handler as BX does", "1, 2", svc=handler
        numbered
        svc     #0
        log     2
        b       pop_done
pop_handler:
        push    {r4, lr}
        log     1
        pop     {r4, pc}
        finish  pop

        begin   flags, STEPPED, "flags changed in a handler are not those of the code it returns to", "1, 2", svc=handler
        movs    r0, #0
        mvns    r0, r0
        adds    r0, #1          @ Z and C
        svc     #0
        bne     flags_done
        bcc     flags_done
        log     2
        b       flags_done
flags_handler:
        log     1
        movs    r0, #1
        rsbs    r0, r0, #0      @ N
        bx      lr
        finish  flags

        begin   align, STEPPED, "a stack off by four is aligned at the entry and put back at the return", "1, 2", svc=handler
        sub     sp, #4
        numbered
        svc     #0
        mov     r0, sp
        add     sp, #4
        log     2
        b       align_done
align_handler:
        mov     r0, sp
        log     1
        ldr     r1, [sp, #28]
        bx      lr
        finish  align

        begin   psp, STEPPED, "code on the process stack is saved there, the handler runs on the main stack", "1, 2", svc=handler
        ldr     r0, =0x20002000
        msr     PSP, r0
        movs    r0, #2
        msr     CONTROL, r0
        isb
        numbered
        push    {r0, r1}
        svc     #0
        pop     {r2, r3}
        mrs     r0, CONTROL
        mrs     r1, MSP
        log     2
        b       psp_done
psp_handler:
        mrs     r0, PSP
        mrs     r1, MSP
        mrs     r2, CONTROL
        mrs     r3, IPSR
        mov     r4, lr
        log     1
        bx      lr
        finish  psp

        begin   control, STEPPED, "a handler cannot select the process stack", "1, 2", svc=handler
        ldr     r0, =0x20002000
        msr     PSP, r0
        svc     #0
        mrs     r1, CONTROL
        log     2
        b       control_done
control_handler:
        movs    r0, #2
        msr     CONTROL, r0
        isb
        mov     r1, sp
        mrs     r2, CONTROL
        log     1
        bx      lr
        finish  control

        begin   topsp, STEPPED, "a handler can return to another stack than it came from", "1, 2", svc=handler
        svc     #0
        b       topsp_unexpected
topsp_thread:
        mrs     r0, CONTROL
        mov     r1, sp
        log     2
        b       topsp_done
topsp_handler:
        log     1
        ldr     r0, =0x20002000
        msr     PSP, r0
        ldr     r1, =(topsp_thread - topsp_start)
        str     r1, [r0, #24]
        ldr     r1, =0x01000000
        str     r1, [r0, #28]
        ldr     r0, =0xFFFFFFFD
        bx      r0
        finish  topsp

        begin   edit, STEPPED, "a handler that edits the frame returns to where the frame says", "1, 2", svc=handler
        svc     #0
        b       edit_unexpected
edit_there:
        log     2
        b       edit_done
edit_handler:
        log     1
        ldr     r1, =(edit_there - edit_start)
        str     r1, [sp, #24]
        movs    r1, #0x77
        str     r1, [sp, #0]
        bx      lr
        finish  edit

@ ------------------------------------------------------------------------------------------------------------ priorities, nesting

        begin   lowest, STEPPED, "of several pending at one priority the lowest number comes first", "1, 2, 3, 4", irq0=first, irq1=second, irq2=third
        cpsid   i
        poke    NVIC_ISER, 7
        poke    NVIC_ISPR, 7
        cpsie   i
        log     4
        b       lowest_done
lowest_first:
        log     1
        bx      lr
lowest_second:
        log     2
        bx      lr
lowest_third:
        log     3
        bx      lr
        finish  lowest

        begin   byprio, STEPPED, "of several pending the most urgent comes first, whatever its number", "3, 2, 1, 4", irq0=first, irq1=second, irq2=third
        poke    NVIC_IPR0, 0x004080C0
        cpsid   i
        poke    NVIC_ISER, 7
        poke    NVIC_ISPR, 7
        cpsie   i
        log     4
        b       byprio_done
byprio_first:
        log     1
        bx      lr
byprio_second:
        log     2
        bx      lr
byprio_third:
        log     3
        bx      lr
        finish  byprio

        begin   nest, STEPPED, "a more urgent interrupt preempts a handler, and handlers end in order", "1, 2, 3, 4, 5, 6, 7", irq0=low, irq1=middle, irq2=high
        poke    NVIC_IPR0, 0x004080C0
        poke    NVIC_ISER, 7
        poke    NVIC_ISPR, 1
        log     7
        b       nest_done
nest_low:
        push    {r4, lr}
        log     1
        poke    NVIC_ISPR, 2
        log     6
        pop     {r4, pc}
nest_middle:
        push    {r4, lr}
        log     2
        poke    NVIC_ISPR, 4
        log     5
        pop     {r4, pc}
nest_high:
        log     3
        mrs     r0, IPSR
        icsr    r2
        log     4
        bx      lr
        finish  nest

        begin   equal, STEPPED, "an interrupt of the same priority waits, and is chained to without a return in between", "1, 2, 3", irq0=first, irq1=second
        poke    NVIC_ISER, 3
        poke    NVIC_ISPR, 2
        log     3
        b       equal_done
equal_second:
        mov     r4, sp
        poke    NVIC_ISPR, 1    @ a lower number, but not a higher priority
        log     1
        bx      lr
equal_first:
        mov     r6, sp          @ the same frame
        log     2
        bx      lr
        finish  equal

        begin   chain, STEPPED, "PendSV set in an SVC runs before the code that called, on the same frame", "1, 2, 3", svc=handler, pendsv=later
        svc     #0
        log     3
        b       chain_done
chain_handler:
        mov     r4, sp
        poke    ICSR, PENDSVSET
        log     1
        bx      lr
chain_later:
        mov     r6, sp
        log     2
        bx      lr
        finish  chain

        begin   pendsv, STEPPED, "PendSV of the lowest priority waits for every interrupt", "1, 2, 3, 4", pendsv=later, irq0=first, irq1=second
        poke    SHPR3, 0x00C00000
        poke    NVIC_IPR0, 0x8080
        poke    NVIC_ISER, 3
        poke    NVIC_ISPR, 1
        log     4
        b       pendsv_done
pendsv_first:
        poke    ICSR, PENDSVSET
        poke    NVIC_ISPR, 2
        log     1
        bx      lr
pendsv_second:
        log     2
        bx      lr
pendsv_later:
        log     3
        bx      lr
        finish  pendsv

        begin   clear, STEPPED, "what is pending and is taken back does not happen", "1", pendsv=handler, systick=handler, irq0=handler
        cpsid   i
        poke    NVIC_ISER, 1
        poke    NVIC_ISPR, 1
        poke    ICSR, PENDSVSET | PENDSTSET
        icsr    r2
        poke    NVIC_ICPR, 1
        poke    ICSR, PENDSVCLR | PENDSTCLR
        icsr    r3
        cpsie   i
        log     1
        b       clear_done
clear_handler:
        log     9
        bx      lr
        finish  clear

        begin   disabled, STEPPED, "a disabled interrupt stays pending until it is enabled", "1, 2, 3", irq0=handler
        poke    NVIC_ISPR, 1
        log     1
        poke    NVIC_ISER, 1
        log     3
        b       disabled_done
disabled_handler:
        log     2
        poke    NVIC_ICER, 1
        poke    NVIC_ISPR, 1    @ disabled again: not a second time
        bx      lr
        finish  disabled

        begin   nvic, STEPPED, "registers of the NVIC and the SCB keep the bits that a Cortex-M0 has", "1"
        ldr     r0, =NVIC_IPR0
        ldr     r1, =0xFFFFFFFF
        str     r1, [r0]
        ldr     r2, [r0]
        str     r1, [r0, #28]
        ldr     r3, [r0, #28]
        ldr     r0, =SHPR2
        str     r1, [r0]
        ldr     r4, [r0]
        str     r1, [r0, #4]
        ldr     r6, [r0, #4]
        lsrs    r6, r6, #8      @ without the byte that is ARMv7-M's
        ldr     r0, =NVIC_ISER
        ldr     r1, =0x80000001
        str     r1, [r0]
        ldr     r2, [r0]
        ldr     r0, =NVIC_ICER
        movs    r1, #1
        str     r1, [r0]
        ldr     r3, [r0]
        ldr     r0, =SYST_RVR
        ldr     r1, =0xFF123456
        str     r1, [r0]
        ldr     r2, [r0]
        log     1
        finish  nvic

@ ---------------------------------------------------------------------------------------------------------------- PRIMASK and sleep

        begin   primask, STEPPED, "PRIMASK holds interrupts back, and CPSIE lets them in before the next instruction", "1, 2, 3", irq0=handler
        poke    NVIC_ISER, 1
        cpsid   i
        poke    NVIC_ISPR, 1
        log     1
        cpsie   i
        log     3
        b       primask_done
primask_handler:
        mrs     r0, PRIMASK
        log     2
        bx      lr
        finish  primask

        begin   msr, STEPPED, "MSR PRIMASK does what CPS does", "1, 2, 3", pendsv=handler
        movs    r4, #1
        msr     PRIMASK, r4
        mrs     r6, PRIMASK
        poke    ICSR, PENDSVSET
        log     1
        movs    r4, #0
        msr     PRIMASK, r4
        log     3
        b       msr_done
msr_handler:
        log     2
        bx      lr
        finish  msr

        begin   handlermask, STEPPED, "PRIMASK set in a handler outlives it", "1, 2, 3, 4", svc=handler, pendsv=later
        svc     #0
        log     2
        cpsie   i
        log     4
        b       handlermask_done
handlermask_handler:
        cpsid   i
        poke    ICSR, PENDSVSET
        log     1
        bx      lr
handlermask_later:
        log     3
        bx      lr
        finish  handlermask

        begin   nmi, STEPPED, "an NMI is not held back by PRIMASK", "1, 2", nmi=handler
        cpsid   i
        poke    ICSR, NMIPENDSET
        log     2
        b       nmi_done
nmi_handler:
        mrs     r0, IPSR
        log     1
        bx      lr
        finish  nmi

        begin   wfi, STEPPED, "WFI with something pending goes on, PRIMASK or not", "1, 2, 3", irq0=handler
        poke    NVIC_ISER, 1
        cpsid   i
        poke    NVIC_ISPR, 1
        wfi
        log     1
        cpsie   i
        log     3
        b       wfi_done
wfi_handler:
        log     2
        bx      lr
        finish  wfi

        begin   wfe, STEPPED, "WFE after SEV goes on", "1"
        sev
        wfe
        log     1
        finish  wfe

@ -------------------------------------------------------------------------------------------------------------------------- faults

        .macro  faulting id, name, hard=handler, text:vararg
        begin   \id, STEPPED, "\name", "1, 2", hard=\hard
        numbered
\id\()_bad:
        .endm

        @ After the instruction that faults, `landing`, in r4; the handler puts it into the frame.
        .macro  landing id
\id\()_landing:
        log     2
        b       \id\()_done
\id\()_handler:
        ldr     r0, [sp, #24]
        mrs     r1, IPSR
        mov     r2, lr
        ldr     r3, =(\id\()_landing - \id\()_start)
        str     r3, [sp, #24]
        ldr     r3, =0x01000000
        str     r3, [sp, #28]
        log     1
        bx      lr
        .endm

        faulting udf, "an undefined instruction is a HardFault at itself"
        udf     #0
        landing udf
        finish  udf

        faulting udfw, "an undefined wide instruction is a HardFault at itself"
        .short  0xF7F0, 0xA000  @ UDF.W #0
        landing udfw
        finish  udfw

        faulting bkpt, "BKPT without a debugger is a HardFault at itself"
        bkpt    #3
        landing bkpt
        finish  bkpt

        faulting ldrodd, "an unaligned word load is a HardFault"
        ldr     r3, =0x20000102
        ldr     r2, [r3]
        landing ldrodd
        finish  ldrodd

        faulting strodd, "an unaligned half-word store is a HardFault and stores nothing"
        ldr     r3, =0x20000101
        strh    r1, [r3]
        landing strodd
        finish  strodd

        faulting ldmodd, "an unaligned load-multiple is a HardFault and leaves its base"
        ldr     r3, =0x20000102
        ldmia   r3!, {r0, r1}
        landing ldmodd
        finish  ldmodd

        faulting nowhere, "a load from nowhere is a HardFault"
        ldr     r3, =0x60000000
        ldr     r2, [r3]
        landing nowhere
        finish  nowhere

        faulting nostore, "a store to nowhere is a HardFault"
        ldr     r3, =0x60000000
        str     r2, [r3]
        landing nostore
        finish  nostore

        faulting even, "a branch to an even address faults there, with T clear in the frame"
        ldr     r3, =(even_bad - even_start)
        bx      r3
        landing even
        finish  even

        faulting fetch, "a branch to nowhere faults there"
        ldr     r3, =0x60000001
        bx      r3
        landing fetch
        finish  fetch

        faulting xn, "a branch into the peripherals faults there"
        ldr     r3, =0x40000001
        bx      r3
        landing xn
        finish  xn

        faulting thread, "EXC_RETURN in thread mode is an address like any other, and faults"
        ldr     r3, =0xFFFFFFF9
        bx      r3
        landing thread
        finish  thread

        begin   svcmask, STEPPED, "an SVC under PRIMASK is a HardFault", "1, 2", hard=handler
        cpsid   i
        svc     #0
svcmask_behind:
        log     2
        b       svcmask_done
svcmask_handler:
        log     1
        ldr     r0, =(svcmask_behind - svcmask_start)
        str     r0, [sp, #24]
        bx      lr
        finish  svcmask

        faulting svcpc, "an SVC that becomes a HardFault is reported at itself"
        cpsid   i
        svc     #0
        landing svcpc
        finish  svcpc

        faulting ppbodd, "an unaligned access to the private peripheral bus is a HardFault"
        ldr     r3, =0xE000ED05
        ldr     r2, [r3]
        landing ppbodd
        finish  ppbodd

        begin   svcsvc, STEPPED, "an SVC in an SVC handler is a HardFault", "1, 2, 3, 4", svc=handler, hard=fault
        svc     #0
        log     4
        b       svcsvc_done
svcsvc_handler:
        log     1
        svc     #1
svcsvc_behind:
        log     3
        bx      lr
svcsvc_fault:
        log     2
        ldr     r0, =(svcsvc_behind - svcsvc_start) @ and not by the frame's PC: see `svcpc`
        str     r0, [sp, #24]
        bx      lr
        finish  svcsvc

        begin   svcirq, STEPPED, "an SVC in a less urgent handler is taken, in an equal one a HardFault", "1, 2, 3, 4, 5, 6, 7", svc=handler, hard=fault, irq0=low, irq1=same
        poke    SHPR2, 0x40000000
        poke    NVIC_IPR0, 0x4080
        poke    NVIC_ISER, 3
        poke    NVIC_ISPR, 1
        poke    NVIC_ISPR, 2
        log     7
        b       svcirq_done
svcirq_low:
        push    {r4, lr}
        log     1
        svc     #0
        log     3
        pop     {r4, pc}
svcirq_handler:
        log     2
        bx      lr
svcirq_same:
        push    {r4, lr}
        log     4
        svc     #0
svcirq_behind:
        log     6
        pop     {r4, pc}
svcirq_fault:
        log     5
        ldr     r0, =(svcirq_behind - svcirq_start) @ and not by the frame's PC: see `svcpc`
        str     r0, [sp, #24]
        bx      lr
        finish  svcirq

        begin   irqfault, STEPPED, "a fault in a handler nests a HardFault, which returns into it", "1, 2, 3, 4", hard=fault, irq0=handler
        poke    NVIC_ISER, 1
        poke    NVIC_ISPR, 1
        log     4
        b       irqfault_done
irqfault_handler:
        push    {r4, lr}
        log     1
        udf     #0
        log     3
        pop     {r4, pc}
irqfault_fault:
        log     2
        mov     r4, lr
        ldr     r0, [sp, #24]
        adds    r0, #2
        str     r0, [sp, #24]
        bx      lr
        finish  irqfault

        begin   hardnmi, STEPPED, "an NMI preempts a HardFault, a PendSV waits until both are over", "1, 2, 3, 4, 5", hard=fault, nmi=handler, pendsv=later
        udf     #0
        log     5
        b       hardnmi_done
hardnmi_fault:
        push    {r4, lr}
        log     1
        poke    ICSR, PENDSVSET
        poke    ICSR, NMIPENDSET
        log     3
        ldr     r0, [sp, #8 + 24]
        adds    r0, #2
        str     r0, [sp, #8 + 24]
        pop     {r4, pc}
hardnmi_handler:
        log     2
        mrs     r0, IPSR
        bx      lr
hardnmi_later:
        log     4
        bx      lr
        finish  hardnmi

        begin   badreturn, STEPPED, "a return to a handler where none is below is a HardFault", "1, 2, 3", svc=handler, hard=fault
        svc     #0
badreturn_there:
        log     3
        b       badreturn_done
badreturn_handler:
        log     1
        ldr     r0, =0xFFFFFFF1
        bx      r0
badreturn_fault:
        log     2
        mrs     r1, IPSR
        ldr     r0, =0xFFFFFFF9
        bx      r0
        finish  badreturn

        begin   stacking, STEPPED, "an interrupt on a stack that is nowhere becomes a HardFault", "1, 2", hard=fault, irq0=handler
        ldr     r0, =0x60000100
        msr     PSP, r0
        movs    r0, #2
        msr     CONTROL, r0
        poke    NVIC_ISER, 1
        poke    NVIC_ISPR, 1
        b       stacking_unexpected
stacking_fault:
        mrs     r0, IPSR
        log     1
        log     2
        b       stacking_done
stacking_handler:
        log     9
        bx      lr
        finish  stacking

        begin   unstacking, STEPPED, "a return to a frame that is nowhere is a HardFault", "1, 2", svc=handler, hard=fault
        svc     #0
        b       unstacking_unexpected
unstacking_handler:
        log     1
        ldr     r0, =0x60000100
        msr     PSP, r0
        ldr     r0, =0xFFFFFFFD
        bx      r0
unstacking_fault:
        mrs     r0, IPSR
        log     2
        b       unstacking_done
        finish  unstacking

@ ------------------------------------------------------------------------------------------------------------------------- SysTick

        begin   tick, STEPPED, "SysTick can be pended by hand and has a priority like any other", "1, 2, 3, 4", systick=handler, pendsv=later
        poke    SHPR3, 0x80C00000
        cpsid   i
        poke    ICSR, PENDSVSET
        poke    ICSR, PENDSTSET
        log     1
        cpsie   i
        log     4
        b       tick_done
tick_handler:
        mrs     r0, IPSR
        log     2
        bx      lr
tick_later:
        log     3
        bx      lr
        finish  tick

        begin   ticks, FREE, "a running SysTick interrupts, again and again", "1, 1, 1, 2", systick=handler
        poke    SYST_RVR, 999
        poke    SYST_CVR, 0
        ldr     r4, =(LOG + 3)
        poke    SYST_CSR, 7
1:      cmp     r7, r4
        blo     1b
        log     2
        b       ticks_done
ticks_handler:
        log     1
        cmp     r7, r4
        blo     1f
        poke    SYST_CSR, 0
        poke    ICSR, PENDSTCLR
1:      bx      lr
        finish  ticks

        begin   ticksleep, FREE, "a running SysTick wakes WFI, in the handler first", "1, 2, 1, 2, 3", systick=handler
        poke    SYST_RVR, 999
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
        wfi
        log     2
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
        wfi
        log     2
        log     3
        b       ticksleep_done
ticksleep_handler:
        log     1
        poke    SYST_CSR, 0
        poke    ICSR, PENDSTCLR
        bx      lr
        finish  ticksleep

        begin   countflag, FREE, "COUNTFLAG is set once the counter was at zero, and a read clears it", "1, 0, 2"
        poke    SYST_RVR, 3199999       @ 200 ms at the micro:bit's 16 MHz, so that there is no second time
        poke    SYST_CVR, 0
        poke    SYST_CSR, 5
        ldr     r2, =SYST_CSR
1:      ldr     r3, [r2]
        lsrs    r3, r3, #16
        beq     1b
        strb    r3, [r7]
        adds    r7, #1
        ldr     r3, [r2]
        lsrs    r3, r3, #16
        strb    r3, [r7]
        adds    r7, #1
        poke    SYST_CSR, 0
        log     2
        finish  countflag

        begin   ticknest, FREE, "SysTick preempts a handler of less urgency that waits for it", "1, 2, 3, 4", systick=handler, irq0=waits
        poke    NVIC_IPR0, 0xC0
        poke    NVIC_ISER, 1
        poke    SYST_RVR, 799999        @ 50 ms: the other comes first
        poke    SYST_CVR, 0
        poke    SYST_CSR, 7
        poke    NVIC_ISPR, 1
        log     4
        b       ticknest_done
ticknest_waits:
        log     1
        ldr     r0, =(LOG + 2)
1:      cmp     r7, r0
        blo     1b
        log     3
        bx      lr
ticknest_handler:
        ldr     r0, =SYST_CSR
        movs    r1, #0
        str     r1, [r0]
        log     2
        bx      lr
        finish  ticknest
