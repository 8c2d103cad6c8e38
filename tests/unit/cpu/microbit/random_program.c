/* random_program.c - see random_program.h. r7 is the log's end, r8 the table of constants; everything else may have any value. */
#include "random_program.h"

#include "base/bytes.h"
#include "device/regs/cortexm.h"

#include <stdbool.h>
#include <string.h>

enum { TABLE = 0x60, CODE_AT = 0x100, STACK_TOP = 0x20003000, MAIN_OPS = 60, HANDLER_OPS = 6 };

enum { /* the table's entries */
       K_LOG,
       K_ICSR,
       K_ISPR,
       K_ICPR,
       K_BUDGET,
       K_SCRATCH,
       K_NOWHERE,
       K_ODD,
       K_PENDSVSET,
       K_PENDSTSET,
       K_NMIPENDSET,
       K_ISER,
       K_IPR0,
       K_SHPR2,
       K_SHPR3,
       K_IPR0_VALUE,
       K_SHPR2_VALUE,
       K_SHPR3_VALUE,
       K_PSP_VALUE,
       K_COUNT
};

struct maker {
    uint8_t *image;
    uint32_t at, seed;
    uint32_t priority[20]; /* of SVC, PendSV, SysTick and the interrupts 16..19 */
    bool masked;
};

static uint32_t draw(struct maker *m, uint32_t below)
{
    m->seed = m->seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)m->seed * below >> 32);
}

static void emit(struct maker *m, uint32_t op)
{
    put_le16(m->image + m->at, (uint16_t)op);
    m->at += 2;
}

static void constant(struct maker *m, unsigned rd, unsigned which)
{
    emit(m, 0x4640 | rd);                        /* mov rd, r8 */
    emit(m, 0x6800 | which << 6 | rd << 3 | rd); /* ldr rd, [rd, #] */
}

static void log_byte(struct maker *m, unsigned byte)
{
    emit(m, 0x2500 | byte); /* movs r5, # */
    emit(m, 0x703D);        /* strb r5, [r7] */
    emit(m, 0x3701);        /* adds r7, #1 */
}

static void store(struct maker *m, unsigned addr, unsigned value)
{
    constant(m, 0, addr);
    constant(m, 1, value);
    emit(m, 0x6001); /* str r1, [r0] */
}

/* Pend something, as long as there is a budget: handlers that pend each other come to an end. */
static void pend(struct maker *m)
{
    const uint32_t what = draw(m, 8);
    uint32_t skip;

    constant(m, 0, K_BUDGET);
    emit(m, 0x6801); /* ldr r1, [r0] */
    emit(m, 0x3901); /* subs r1, #1 */
    skip = m->at;
    emit(m, 0);
    emit(m, 0x6001); /* str r1, [r0] */
    if (what < 4) {
        constant(m, 0, K_ISPR);
        emit(m, 0x2100 | 1u << what | (draw(m, 3) == 0 ? 1u << draw(m, 4) : 0)); /* movs r1, # */
        emit(m, 0x6001);
    } else {
        store(m, K_ICSR, what == 7 ? K_NMIPENDSET : what == 6 ? K_PENDSTSET : K_PENDSVSET);
    }
    put_le16(m->image + skip, (uint16_t)(0xD400 | ((m->at - skip - 4) / 2))); /* bmi */
}

static void arithmetic(struct maker *m)
{
    const uint32_t d = draw(m, 5), n = draw(m, 5);

    switch (draw(m, 4)) {
    case 0: emit(m, 0x4000 | draw(m, 16) << 6 | n << 3 | d); break;                    /* data processing */
    case 1: emit(m, 0x1800 | draw(m, 2) << 9 | draw(m, 5) << 6 | n << 3 | d); break;   /* adds, subs */
    case 2: emit(m, 0x2000 | draw(m, 4) << 11 | d << 8 | draw(m, 256)); break;         /* movs, cmp, adds, subs # */
    case 3: emit(m, 0x0000 | draw(m, 3) << 11 | draw(m, 32) << 6 | n << 3 | d); break; /* shifts */
    }
}

static void look(struct maker *m)
{
    static const uint16_t special[] = { 0x8005, 0x8010, 0x8014, 0x8000, 0x8008, 0x8009 }; /* IPSR, PRIMASK, CONTROL, APSR, MSP, PSP */

    if (draw(m, 2)) {
        constant(m, 2, draw(m, 2) ? K_ICSR : K_ISPR);
        emit(m, 0x6812); /* ldr r2, [r2] */
        return;
    }
    emit(m, 0xF3EF);
    emit(m, special[draw(m, 6)] | draw(m, 5) << 8);
}

static void scratch(struct maker *m)
{
    constant(m, 2, K_SCRATCH);
    emit(m, (draw(m, 2) ? 0x6000 : 0x6800) | draw(m, 32) << 6 | 2 << 3 | draw(m, 2)); /* str, ldr */
}

/* The handler goes on with the next half-word. */
static void fault(struct maker *m)
{
    switch (draw(m, 4)) {
    case 0: emit(m, 0xDE00 | draw(m, 256)); break; /* udf */
    case 1: emit(m, 0xBE00 | draw(m, 256)); break; /* bkpt */
    case 2:
        constant(m, 2, K_NOWHERE);
        emit(m, draw(m, 2) ? 0x6011 : 0x6811); /* str, ldr r1, [r2] */
        break;
    case 3:
        constant(m, 2, K_ODD);
        emit(m, draw(m, 2) ? 0x8011 : 0x6811); /* strh, ldr */
        break;
    }
}

/* `exception`: in its handler; 0: thread code. */
static void anything(struct maker *m, unsigned exception)
{
    const bool may_fault = exception != EXC_NMI && exception != EXC_HARDFAULT;
    const bool may_call = exception == 0 ? !m->masked : exception >= EXC_PENDSV && m->priority[EXC_SVCALL] < m->priority[exception];

    switch (draw(m, 10)) {
    case 0:
    case 1:
    case 2: pend(m); break;
    case 3:
        if (may_call)
            emit(m, 0xDF00 | draw(m, 256));
        break;
    case 4:
        if (may_fault)
            fault(m);
        break;
    case 5: look(m); break;
    case 6: scratch(m); break;
    case 7:
        if (exception == 0) {
            m->masked = !m->masked;
            emit(m, m->masked ? 0xB672 : 0xB662); /* cpsid i, cpsie i */
        } else {
            constant(m, 0, K_ICPR);
            emit(m, 0x2100 | 1u << draw(m, 4));
            emit(m, 0x6001);
        }
        break;
    default: arithmetic(m); break;
    }
}

/* Puts the frame's PC behind the instruction that faulted, on whichever stack the frame is. */
static void hardfault_tail(struct maker *m)
{
    emit(m, 0x4671);                  /* mov r1, lr */
    emit(m, 0x0749);                  /* lsls r1, r1, #29 */
    emit(m, 0xD402);                  /* bmi 1f */
    emit(m, 0xF3EF), emit(m, 0x8008); /* mrs r0, MSP */
    emit(m, 0xE001);                  /* b 2f */
    emit(m, 0xF3EF), emit(m, 0x8009); /* 1: mrs r0, PSP */
    emit(m, 0x6981);                  /* 2: ldr r1, [r0, #24] */
    emit(m, 0x3102);                  /* adds r1, #2 */
    emit(m, 0x6181);                  /* str r1, [r0, #24] */
}

static void handler(struct maker *m, unsigned exception)
{
    const bool saves = exception != EXC_HARDFAULT && draw(m, 2);

    put_le32(m->image + 4 * exception, m->at | 1);
    if (saves)
        emit(m, 0xB510); /* push {r4, lr} */
    log_byte(m, exception);
    for (uint32_t i = draw(m, HANDLER_OPS); i > 0; i--)
        anything(m, exception);
    log_byte(m, 0x80 | exception);
    if (exception == EXC_HARDFAULT)
        hardfault_tail(m);
    emit(m, saves ? 0xBD10 : 0x4770); /* pop {r4, pc}, bx lr */
}

static void set_up(struct maker *m)
{
    emit(m, 0x2000 | TABLE); /* movs r0, # */
    emit(m, 0x4680);         /* mov r8, r0 */
    constant(m, 7, K_LOG);
    constant(m, 0, K_BUDGET);
    emit(m, 0x2100 | (5 + draw(m, 30)));
    emit(m, 0x6001);
    store(m, K_IPR0, K_IPR0_VALUE);
    store(m, K_SHPR2, K_SHPR2_VALUE);
    store(m, K_SHPR3, K_SHPR3_VALUE);
    constant(m, 0, K_ISER);
    emit(m, 0x210F);
    emit(m, 0x6001);
    if (draw(m, 2)) {
        constant(m, 0, K_PSP_VALUE);
        emit(m, 0xF380), emit(m, 0x8809); /* msr PSP, r0 */
        emit(m, 0x2002);
        emit(m, 0xF380), emit(m, 0x8814); /* msr CONTROL, r0 */
        emit(m, 0xF3BF), emit(m, 0x8F6F); /* isb */
    }
}

static void fill_table(struct maker *m)
{
    const uint32_t table[K_COUNT] = {
        [K_LOG] = 0x20000000,
        [K_ICSR] = PPB(ICSR),
        [K_ISPR] = PPB(NVIC_ISPR),
        [K_ICPR] = PPB(NVIC_ICPR),
        [K_BUDGET] = 0x20000800,
        [K_SCRATCH] = 0x20001000,
        [K_NOWHERE] = 0x60000000,
        [K_ODD] = 0x20001001,
        [K_PENDSVSET] = BITS(PPB_ICSR_PENDSVSET),
        [K_PENDSTSET] = BITS(PPB_ICSR_PENDSTSET),
        [K_NMIPENDSET] = BITS(PPB_ICSR_NMIPENDSET),
        [K_ISER] = PPB(NVIC_ISER),
        [K_IPR0] = PPB(NVIC_IPR0),
        [K_SHPR2] = PPB(SHPR2),
        [K_SHPR3] = PPB(SHPR3),
        [K_IPR0_VALUE] = m->priority[16] << 6 | m->priority[17] << 14 | m->priority[18] << 22 | m->priority[19] << 30,
        [K_SHPR2_VALUE] = m->priority[EXC_SVCALL] << 30,
        [K_SHPR3_VALUE] = m->priority[EXC_PENDSV] << 22 | m->priority[EXC_SYSTICK] << 30,
        [K_PSP_VALUE] = 0x20002800 + 4 * draw(m, 2),
    };

    for (unsigned i = 0; i < K_COUNT; i++)
        put_le32(m->image + TABLE + 4 * i, table[i]);
}

uint32_t random_program(uint32_t seed, uint8_t image[RANDOM_IMAGE_BYTES])
{
    static const uint8_t exceptions[] = { EXC_NMI, EXC_HARDFAULT, EXC_SVCALL, EXC_PENDSV, EXC_SYSTICK, 16, 17, 18, 19 };
    struct maker m = { .image = image, .at = CODE_AT, .seed = seed };
    uint32_t done;

    memset(image, 0, RANDOM_IMAGE_BYTES);
    for (size_t i = 2; i < sizeof exceptions; i++)
        m.priority[exceptions[i]] = draw(&m, 4);
    fill_table(&m);
    put_le32(image, STACK_TOP);
    put_le32(image + 4, CODE_AT | 1);
    set_up(&m);
    for (unsigned i = 0; i < MAIN_OPS; i++)
        anything(&m, 0);
    emit(&m, 0xB662); /* cpsie i: what is left */
    done = m.at;
    emit(&m, 0xE7FE);
    for (size_t i = 0; i < sizeof exceptions; i++)
        handler(&m, exceptions[i]);
    return done;
}
