/* test_instructions.c - every instruction of ARMv6-M: result, flags, memory, cycles, and what it must leave alone.
 *
 * A row: the instruction in assembler and its half-words; the state before; what differs after; cycles. Registers not named keep their
 * value, before as after: rN is 0x1000 + N, sp is SRAM + 0x1000, lr is 0xFFFFFFFF, pc is CODE, flags are clear. Flags are
 * written nzcv, capital when set; [addr] is a word of memory. "fault" after: HardFault is pending, the instruction had no effect. */
#include "rig.h"

#include <stdlib.h>

struct row {
    const char *text;
    uint16_t op[2];
    const char *before, *after;
    unsigned cycles; /* 0: not looked at */
};

// clang-format off
static const struct row move_rows[] = {
    { "movs r0, #0",        { 0x2000 }, "", "r0=0 nZcv", 1 },
    { "movs r7, #255",      { 0x27FF }, "NZCV", "r7=FF nzCV", 1 },
    { "movs r1, r2",        { 0x0011 }, "r2=80000000 CV", "r1=80000000 NzCV", 1 },
    { "mov r8, r1",         { 0x4688 }, "r1=5 NZCV", "r8=5", 1 },
    { "mov r0, r12",        { 0x4660 }, "", "r0=100C", 1 },
    { "mov r0, r1 (flags kept)", { 0x4608 }, "r1=0", "r0=0", 1 },
    { "mov r0, pc",         { 0x4678 }, "", "r0=8000204", 1 },
    { "mov sp, r0",         { 0x4685 }, "r0=20000FFF", "sp=20000FFC", 1 },
    { "mov lr, r0",         { 0x4686 }, "r0=7", "lr=7", 1 },
    { "mov pc, r0",         { 0x4687 }, "r0=8000301", "pc=8000300", 2 },
    { "mov pc, r0 (bit 0 does not matter)", { 0x4687 }, "r0=8000300", "pc=8000300", 2 },
    { "mvns r1, r2",        { 0x43D1 }, "r2=0 CV", "r1=FFFFFFFF NzCV", 1 },
    { "mvns r1, r2",        { 0x43D1 }, "r2=FFFFFFFF", "r1=0 nZcv", 1 },
    { "sxth r0, r1",        { 0xB208 }, "r1=12348000 N", "r0=FFFF8000 N", 1 },
    { "sxtb r0, r1",        { 0xB248 }, "r1=1234567F", "r0=7F", 1 },
    { "sxtb r0, r1",        { 0xB248 }, "r1=80", "r0=FFFFFF80", 1 },
    { "uxth r0, r1",        { 0xB288 }, "r1=12348000", "r0=8000", 1 },
    { "uxtb r7, r6",        { 0xB2F7 }, "r6=FFFFFFFF", "r7=FF", 1 },
    { "rev r0, r1",         { 0xBA08 }, "r1=12345678", "r0=78563412", 1 },
    { "rev16 r0, r1",       { 0xBA48 }, "r1=12345678", "r0=34127856", 1 },
    { "revsh r0, r1",       { 0xBAC8 }, "r1=12340080", "r0=FFFF8000", 1 },
    { "revsh r0, r1",       { 0xBAC8 }, "r1=FFFF7F00", "r0=7F", 1 },
};

static const struct row add_rows[] = {
    { "adds r0, r1, r2",    { 0x1888 }, "r1=1 r2=2", "r0=3 nzcv", 1 },
    { "adds r0, r1, r2",    { 0x1888 }, "r1=FFFFFFFF r2=1", "r0=0 nZCv", 1 },
    { "adds r0, r1, r2",    { 0x1888 }, "r1=7FFFFFFF r2=1", "r0=80000000 NzcV", 1 },
    { "adds r0, r1, r2",    { 0x1888 }, "r1=80000000 r2=80000000", "r0=0 nZCV", 1 },
    { "adds r0, r1, #7",    { 0x1DC8 }, "r1=FFFFFFF9 V", "r0=0 nZCv", 1 },
    { "adds r3, #255",      { 0x33FF }, "r3=1", "r3=100 nzcv", 1 },
    { "add r0, r8",         { 0x4440 }, "r0=FFFFFFFF r8=1 NV", "r0=0 NV", 1 },
    { "add r9, r1",         { 0x4489 }, "r9=2 r1=3", "r9=5", 1 },
    { "add sp, r0",         { 0x4485 }, "r0=7", "sp=20001004", 1 },
    { "add r0, sp",         { 0x4468 }, "r0=4", "r0=20001004", 1 },
    { "add r1, pc",         { 0x4479 }, "r1=0", "r1=8000204", 1 },
    { "add pc, r0",         { 0x4487 }, "r0=101", "pc=8000304", 2 },
    { "add pc, pc",         { 0x44FF }, "", "fault", 0 },
    { "adcs r0, r1",        { 0x4148 }, "r0=1 r1=2 C", "r0=4 nzcv", 1 },
    { "adcs r0, r1",        { 0x4148 }, "r0=FFFFFFFF r1=0 C", "r0=0 nZCv", 1 },
    { "adcs r0, r1",        { 0x4148 }, "r0=7FFFFFFF r1=0 C", "r0=80000000 NzcV", 1 },
    { "adcs r0, r1",        { 0x4148 }, "r0=5 r1=6", "r0=B nzcv", 1 },
    { "add r2, sp, #1020",  { 0xAAFF }, "NZCV", "r2=200013FC", 1 },
    { "add sp, #508",       { 0xB07F }, "", "sp=200011FC", 1 },
    { "adr r3, 0x200",      { 0xA380 }, "", "r3=8000404", 1 },
    { "cmn r0, r1",         { 0x42C8 }, "r0=1 r1=FFFFFFFF", "nZCv", 1 },
    { "cmn r0, r1",         { 0x42C8 }, "r0=7FFFFFFF r1=1", "NzcV", 1 },
};

static const struct row subtract_rows[] = {
    { "subs r0, r1, r2",    { 0x1A88 }, "r1=5 r2=3", "r0=2 nzCv", 1 },
    { "subs r0, r1, r2",    { 0x1A88 }, "r1=3 r2=5", "r0=FFFFFFFE Nzcv", 1 },
    { "subs r0, r1, r2",    { 0x1A88 }, "r1=80000000 r2=1", "r0=7FFFFFFF nzCV", 1 },
    { "subs r0, r1, #1",    { 0x1E48 }, "r1=1", "r0=0 nZCv", 1 },
    { "subs r4, #16",       { 0x3C10 }, "r4=0", "r4=FFFFFFF0 Nzcv", 1 },
    { "sbcs r0, r1",        { 0x4188 }, "r0=5 r1=3 C", "r0=2 nzCv", 1 },
    { "sbcs r0, r1",        { 0x4188 }, "r0=5 r1=3", "r0=1 nzCv", 1 },
    { "sbcs r0, r1",        { 0x4188 }, "r0=0 r1=0", "r0=FFFFFFFF Nzcv", 1 },
    { "sbcs r0, r1",        { 0x4188 }, "r0=80000000 r1=0", "r0=7FFFFFFF nzCV", 1 },
    { "rsbs r0, r1, #0",    { 0x4248 }, "r1=1", "r0=FFFFFFFF Nzcv", 1 },
    { "rsbs r0, r1, #0",    { 0x4248 }, "r1=0", "r0=0 nZCv", 1 },
    { "rsbs r0, r1, #0",    { 0x4248 }, "r1=80000000", "r0=80000000 NzcV", 1 },
    { "sub sp, #8",         { 0xB082 }, "NZCV", "sp=20000FF8", 1 },
    { "cmp r0, #8",         { 0x2808 }, "r0=8", "nZCv", 1 },
    { "cmp r0, #8",         { 0x2808 }, "r0=7", "Nzcv", 1 },
    { "cmp r0, r1",         { 0x4288 }, "r0=80000000 r1=1", "nzCV", 1 },
    { "cmp r8, r1",         { 0x4588 }, "r8=1 r1=1", "nZCv", 1 },
    { "cmp r0, r9",         { 0x4548 }, "r0=0 r9=1", "Nzcv", 1 },
    { "cmp r0, r1 (the encoding for high registers)", { 0x4508 }, "", "fault", 0 },
    { "cmp pc, r0",         { 0x4587 }, "", "fault", 0 },
    { "cmp r8, pc",         { 0x45F8 }, "", "fault", 0 },
};

static const struct row logic_rows[] = {
    { "ands r0, r1",        { 0x4008 }, "r0=FF00 r1=F0F0 CV", "r0=F000 nzCV", 1 },
    { "ands r0, r1",        { 0x4008 }, "r0=1 r1=2", "r0=0 nZcv", 1 },
    { "eors r0, r1",        { 0x4048 }, "r0=80000001 r1=1", "r0=80000000 Nzcv", 1 },
    { "orrs r0, r1",        { 0x4308 }, "r0=1 r1=80000000 C", "r0=80000001 NzCv", 1 },
    { "bics r0, r1",        { 0x4388 }, "r0=FF r1=F", "r0=F0 nzcv", 1 },
    { "tst r0, r1",         { 0x4208 }, "r0=1 r1=2 CV", "nZCV", 1 },
    { "tst r0, r1",         { 0x4208 }, "r0=FFFFFFFF r1=80000000", "Nzcv", 1 },
    { "muls r0, r1",        { 0x4348 }, "r0=10001 r1=10001 CV", "r0=20001 nzCV", 1 },
    { "muls r0, r1",        { 0x4348 }, "r0=FFFFFFFF r1=FFFFFFFF", "r0=1 nzcv", 1 },
    { "muls r0, r1",        { 0x4348 }, "r0=10000 r1=10000", "r0=0 nZcv", 1 },
};

static const struct row shift_rows[] = {
    { "lsls r0, r1, #1",    { 0x0048 }, "r1=80000001 V", "r0=2 nzCV", 1 },
    { "lsls r0, r1, #31",   { 0x07C8 }, "r1=3", "r0=80000000 NzCv", 1 },
    { "lsrs r0, r1, #1",    { 0x0848 }, "r1=3", "r0=1 nzCv", 1 },
    { "lsrs r0, r1, #32",   { 0x0808 }, "r1=80000000", "r0=0 nZCv", 1 },
    { "asrs r0, r1, #1",    { 0x1048 }, "r1=80000001", "r0=C0000000 NzCv", 1 },
    { "asrs r0, r1, #32",   { 0x1008 }, "r1=80000000", "r0=FFFFFFFF NzCv", 1 },
    { "asrs r0, r1, #32",   { 0x1008 }, "r1=7FFFFFFF", "r0=0 nZcv", 1 },
    { "lsls r0, r1",        { 0x4088 }, "r0=1 r1=0 C", "r0=1 nzCv", 1 },
    { "lsls r0, r1",        { 0x4088 }, "r0=1 r1=20", "r0=0 nZCv", 1 },
    { "lsls r0, r1",        { 0x4088 }, "r0=FFFFFFFF r1=21 C", "r0=0 nZcv", 1 },
    { "lsls r0, r1",        { 0x4088 }, "r0=1 r1=101", "r0=2 nzcv", 1 },
    { "lsrs r0, r1",        { 0x40C8 }, "r0=80000000 r1=1F", "r0=1 nzcv", 1 },
    { "lsrs r0, r1",        { 0x40C8 }, "r0=80000000 r1=20", "r0=0 nZCv", 1 },
    { "lsrs r0, r1",        { 0x40C8 }, "r0=FFFFFFFF r1=FF C", "r0=0 nZcv", 1 },
    { "lsrs r0, r1",        { 0x40C8 }, "r0=0 r1=100 C", "r0=0 nZCv", 1 },
    { "asrs r0, r1",        { 0x4108 }, "r0=80000000 r1=FF", "r0=FFFFFFFF NzCv", 1 },
    { "asrs r0, r1",        { 0x4108 }, "r0=40000000 r1=1F C", "r0=0 nZCv", 1 },
    { "asrs r0, r1",        { 0x4108 }, "r0=40000000 r1=20 C", "r0=0 nZcv", 1 },
    { "rors r0, r1",        { 0x41C8 }, "r0=1 r1=1", "r0=80000000 NzCv", 1 },
    { "rors r0, r1",        { 0x41C8 }, "r0=80000000 r1=20", "r0=80000000 NzCv", 1 },
    { "rors r0, r1",        { 0x41C8 }, "r0=12345678 r1=24", "r0=81234567 NzCv", 1 },
    { "rors r0, r1",        { 0x41C8 }, "r0=4 r1=0 C", "r0=4 nzCv", 1 },
};

static const struct row load_rows[] = {
    { "ldr r0, [pc, #4]",   { 0x4801 }, "[8000208]=CAFE1234", "r0=CAFE1234", 2 },
    { "ldr r0, [r1, r2]",   { 0x5888 }, "r1=20000100 r2=4 [20000104]=12345678 NZCV", "r0=12345678", 2 },
    { "ldr r0, [r1, #124]", { 0x6FC8 }, "r1=20000100 [2000017C]=80000001", "r0=80000001", 2 },
    { "ldr r0, [sp, #1020]", { 0x98FF }, "[200013FC]=5", "r0=5", 2 },
    { "ldr r0, [r0]",       { 0x6800 }, "r0=20000100 [20000100]=77", "r0=77", 2 },
    { "ldrh r0, [r1, r2]",  { 0x5A88 }, "r1=20000100 r2=2 [20000100]=89ABCDEF", "r0=89AB", 2 },
    { "ldrh r0, [r1, #62]", { 0x8FC8 }, "r1=20000100 [2000013C]=89ABCDEF", "r0=89AB", 2 },
    { "ldrb r0, [r1, r2]",  { 0x5C88 }, "r1=20000100 r2=3 [20000100]=89ABCDEF", "r0=89", 2 },
    { "ldrb r0, [r1, #31]", { 0x7FC8 }, "r1=20000100 [2000011C]=FF000000", "r0=FF", 2 },
    { "ldrsh r0, [r1, r2]", { 0x5E88 }, "r1=20000100 r2=2 [20000100]=89ABCDEF", "r0=FFFF89AB", 2 },
    { "ldrsh r0, [r1, r2]", { 0x5E88 }, "r1=20000100 r2=0 [20000100]=00007DEF", "r0=7DEF", 2 },
    { "ldrsb r0, [r1, r2]", { 0x5688 }, "r1=20000100 r2=1 [20000100]=0000CD00", "r0=FFFFFFCD", 2 },
    { "ldr r0, [r1] (unaligned)",  { 0x6808 }, "r1=20000102", "fault", 0 },
    { "ldrh r0, [r1] (unaligned)", { 0x8808 }, "r1=20000101", "fault", 0 },
    { "ldrsh r0, [r1, r2] (unaligned)", { 0x5E88 }, "r1=20000100 r2=1", "fault", 0 },
    { "ldr r0, [r1] (nothing there)", { 0x6808 }, "r1=60000000", "fault", 0 },
    { "ldr r0, [r1, r2] (nothing there)", { 0x5888 }, "r1=60000000 r2=0", "fault", 0 },
    { "ldrh r0, [r1, r2] (unaligned)", { 0x5A88 }, "r1=20000100 r2=1", "fault", 0 },
    { "ldrb r0, [r1, r2] (nothing there)", { 0x5C88 }, "r1=60000000 r2=1", "fault", 0 },
    { "ldrsb r0, [r1, r2] (nothing there)", { 0x5688 }, "r1=60000000 r2=1", "fault", 0 },
    { "ldrb r0, [r1] (nothing there)", { 0x7808 }, "r1=60000000", "fault", 0 },
    { "ldr r0, [sp] (nothing there)", { 0x9800 }, "sp=60000000", "fault", 0 },
    { "ldmia r0!, {r1, r3}", { 0xC80A }, "r0=20000100 [20000100]=11 [20000104]=22 NZCV", "r0=20000108 r1=11 r3=22", 3 },
    { "ldmia r1, {r0-r7}",  { 0xC9FF }, "r1=20000100 [20000100]=10 [20000104]=11 [20000108]=12 [2000010C]=13 [20000110]=14 "
                                        "[20000114]=15 [20000118]=16 [2000011C]=17",
                                        "r0=10 r1=11 r2=12 r3=13 r4=14 r5=15 r6=16 r7=17", 9 },
    { "ldmia r7!, {r0}",    { 0xCF01 }, "r7=20000100 [20000100]=9", "r0=9 r7=20000104", 2 },
    { "ldmia r0!, {r1} (unaligned)", { 0xC802 }, "r0=20000102", "fault", 0 },
    { "ldmia r0, {} (no registers)", { 0xC800 }, "r0=20000100", "fault", 0 },
    { "pop {r0, r7}",       { 0xBC81 }, "[20001000]=A [20001004]=B", "r0=A r7=B sp=20001008", 3 },
    { "pop {pc}",           { 0xBD00 }, "[20001000]=8000301", "sp=20001004 pc=8000300", 4 },
    { "pop {r4, pc}",       { 0xBD10 }, "[20001000]=A [20001004]=8000301", "r4=A sp=20001008 pc=8000300", 5 },
    { "pop {} (no registers)", { 0xBC00 }, "", "fault", 0 },
};

static const struct row store_rows[] = {
    { "str r0, [r1, r2]",   { 0x5088 }, "r0=12345678 r1=20000100 r2=8 NZCV", "[20000108]=12345678", 2 },
    { "str r0, [r1, #124]", { 0x67C8 }, "r0=5 r1=20000100", "[2000017C]=5", 2 },
    { "str r3, [sp, #4]",   { 0x9301 }, "r3=77", "[20001004]=77", 2 },
    { "strh r0, [r1, r2]",  { 0x5288 }, "r0=FFFFABCD r1=20000100 r2=2 [20000100]=11111111", "[20000100]=ABCD1111", 2 },
    { "strh r0, [r1, #62]", { 0x87C8 }, "r0=1234 r1=20000100 [2000013C]=FFFFFFFF", "[2000013C]=1234FFFF", 2 },
    { "strb r0, [r1, r2]",  { 0x5488 }, "r0=FFFFFF12 r1=20000100 r2=1 [20000100]=99999999", "[20000100]=99991299", 2 },
    { "strb r0, [r1, #31]", { 0x77C8 }, "r0=56 r1=20000100 [2000011C]=0", "[2000011C]=56000000", 2 },
    { "str r0, [r1] (unaligned)",  { 0x6008 }, "r1=20000101", "fault", 0 },
    { "strh r0, [r1] (unaligned)", { 0x8008 }, "r1=20000101", "fault", 0 },
    { "str r0, [r1] (read-only memory nobody takes)", { 0x6008 }, "r1=8000300", "fault", 0 },
    { "str r0, [r1, r2] (unaligned)", { 0x5088 }, "r1=20000100 r2=2", "fault", 0 },
    { "strh r0, [r1, r2] (unaligned)", { 0x5288 }, "r1=20000100 r2=1", "fault", 0 },
    { "strb r0, [r1, r2] (nothing there)", { 0x5488 }, "r1=60000000 r2=1", "fault", 0 },
    { "strb r0, [r1] (nothing there)", { 0x7008 }, "r1=60000000", "fault", 0 },
    { "str r3, [sp, #4] (nothing there)", { 0x9301 }, "sp=60000000", "fault", 0 },
    { "stmia r0!, {r1, r2}", { 0xC006 }, "r0=20000100 r1=7 r2=8", "r0=20000108 [20000100]=7 [20000104]=8", 3 },
    { "stmia r0!, {r0, r1} (base lowest)", { 0xC003 }, "r0=20000100 r1=8",
                                        "r0=20000108 [20000100]=20000100 [20000104]=8", 3 },
    { "stmia r0, {} (no registers)", { 0xC000 }, "r0=20000100", "fault", 0 },
    { "stmia r0!, {r1} (unaligned)", { 0xC002 }, "r0=20000101", "fault", 0 },
    { "push {r0, r1, lr}",  { 0xB503 }, "r0=1 r1=2 lr=3", "sp=20000FF4 [20000FF4]=1 [20000FF8]=2 [20000FFC]=3", 4 },
    { "push {r4}",          { 0xB410 }, "r4=9", "sp=20000FFC [20000FFC]=9", 2 },
    { "push {} (no registers)", { 0xB400 }, "", "fault", 0 },
};

static const struct row branch_rows[] = {
    { "b .",                { 0xE7FE }, "", "pc=8000200", 2 },
    { "b .-2044",           { 0xE400 }, "", "pc=7FFFA04", 2 },
    { "b .+2050",           { 0xE3FF }, "", "pc=8000A02", 2 },
    { "beq .+6 (taken)",    { 0xD001 }, "Z", "pc=8000206", 2 },
    { "beq .+6 (not taken)", { 0xD001 }, "NCV", "", 1 },
    { "bne .-252",          { 0xD180 }, "", "pc=8000104", 2 },
    { "bne . (not taken)",  { 0xD1FE }, "Z", "", 1 },
    { "bcs .+6",            { 0xD201 }, "C", "pc=8000206", 2 },
    { "bcc .+6",            { 0xD301 }, "NZV", "pc=8000206", 2 },
    { "bmi .+6",            { 0xD401 }, "N", "pc=8000206", 2 },
    { "bpl .+6 (not taken)", { 0xD501 }, "N", "", 1 },
    { "bvs .+6",            { 0xD601 }, "V", "pc=8000206", 2 },
    { "bvc .+6 (not taken)", { 0xD701 }, "V", "", 1 },
    { "bhi .+6",            { 0xD801 }, "C", "pc=8000206", 2 },
    { "bhi .+6 (not taken)", { 0xD801 }, "ZC", "", 1 },
    { "bls .+6",            { 0xD901 }, "ZC", "pc=8000206", 2 },
    { "bge .+6",            { 0xDA01 }, "NV", "pc=8000206", 2 },
    { "blt .+6",            { 0xDB01 }, "V", "pc=8000206", 2 },
    { "blt .+6 (not taken)", { 0xDB01 }, "NV", "", 1 },
    { "bgt .+6",            { 0xDC01 }, "", "pc=8000206", 2 },
    { "bgt .+6 (not taken)", { 0xDC01 }, "Z", "", 1 },
    { "ble .+6",            { 0xDD01 }, "N", "pc=8000206", 2 },
    { "bx r3",              { 0x4718 }, "r3=8000301", "pc=8000300", 2 },
    { "bx lr",              { 0x4770 }, "lr=8000301", "pc=8000300", 2 },
    { "bx pc",              { 0x4778 }, "", "fault", 0 },
    { "bx r0 (should-be-zero bit set)", { 0x4701 }, "r0=8000301", "fault", 0 },
    { "blx r3",             { 0x4798 }, "r3=8000301", "pc=8000300 lr=8000203", 2 },
    { "blx lr (target read first)", { 0x47F0 }, "lr=8000301", "pc=8000300 lr=8000203", 2 },
    { "blx pc",             { 0x47F8 }, "", "fault", 0 },
    { "bl .+4",             { 0xF000, 0xF800 }, "", "pc=8000204 lr=8000205", 3 },
    { "bl .-4",             { 0xF7FF, 0xFFFC }, "", "pc=80001FC lr=8000205", 3 },
    { "bl .+16777218",      { 0xF3FF, 0xD7FF }, "", "pc=9000202 lr=8000205", 3 },
    { "bl .-16777212",      { 0xF400, 0xD000 }, "", "pc=7000204 lr=8000205", 3 },
};

static const struct row system_rows[] = {
    { "nop",                { 0xBF00 }, "NZCV", "", 1 },
    { "yield",              { 0xBF10 }, "", "", 1 },
    { "sev",                { 0xBF40 }, "", "", 1 },
    { "hint not allocated", { 0xBFF0 }, "", "", 1 },
    { "it eq (not in ARMv6-M)", { 0xBF08 }, "", "fault", 0 },
    { "cpsid i",            { 0xB672 }, "", "primask=1", 1 },
    { "cpsie i",            { 0xB662 }, "primask=1", "primask=0", 1 },
    { "cpsid f (not in ARMv6-M)", { 0xB671 }, "", "fault", 0 },
    { "dsb sy",             { 0xF3BF, 0x8F4F }, "", "", 3 },
    { "dmb sy",             { 0xF3BF, 0x8F5F }, "", "", 3 },
    { "isb sy",             { 0xF3BF, 0x8F6F }, "", "", 3 },
    { "clrex (not in ARMv6-M)", { 0xF3BF, 0x8F2F }, "", "fault", 0 },
    { "mrs r0, apsr",       { 0xF3EF, 0x8000 }, "NZCV", "r0=F0000000", 3 },
    { "mrs r0, xpsr (T reads 0)", { 0xF3EF, 0x8003 }, "N", "r0=80000000", 3 },
    { "mrs r0, ipsr",       { 0xF3EF, 0x8005 }, "N", "r0=0", 3 },
    { "mrs r0, epsr",       { 0xF3EF, 0x8006 }, "NZCV", "r0=0", 3 },
    { "mrs r9, msp",        { 0xF3EF, 0x8908 }, "", "r9=20001000", 3 },
    { "mrs r0, psp",        { 0xF3EF, 0x8009 }, "psp=20002000", "r0=20002000", 3 },
    { "mrs r0, primask",    { 0xF3EF, 0x8010 }, "primask=1", "r0=1", 3 },
    { "mrs r0, control",    { 0xF3EF, 0x8014 }, "", "r0=0", 3 },
    { "mrs r0, basepri (not in ARMv6-M)", { 0xF3EF, 0x8011 }, "", "fault", 0 },
    { "mrs sp, apsr",       { 0xF3EF, 0x8D00 }, "", "fault", 0 },
    { "mrs pc, apsr",       { 0xF3EF, 0x8F00 }, "", "fault", 0 },
    { "msr apsr, r0",       { 0xF380, 0x8800 }, "r0=F0000000", "NZCV", 3 },
    { "msr apsr, r0",       { 0xF380, 0x8800 }, "r0=20000000 NZV", "nzCv", 3 },
    { "msr ipsr, r0 (ignored)", { 0xF380, 0x8805 }, "r0=FFFFFFFF", "", 3 },
    { "msr msp, r0",        { 0xF380, 0x8808 }, "r0=20000123", "sp=20000120", 3 },
    { "msr psp, r0",        { 0xF380, 0x8809 }, "r0=20000123", "psp=20000120", 3 },
    { "msr primask, r0",    { 0xF380, 0x8810 }, "r0=1", "primask=1", 3 },
    { "msr primask, r0",    { 0xF380, 0x8810 }, "r0=FE primask=1", "primask=0", 3 },
    { "msr control, r0 (PSP)", { 0xF380, 0x8814 }, "r0=2 psp=20002000", "control=2 sp=20002000 msp=20001000", 3 },
    { "msr control, r0 (unprivileged)", { 0xF380, 0x8814 }, "r0=1", "control=1", 3 },
    { "msr faultmask, r0 (not in ARMv6-M)", { 0xF380, 0x8813 }, "", "fault", 0 },
    { "msr apsr, pc",       { 0xF38F, 0x8800 }, "", "fault", 0 },
    { "msr apsr, sp",       { 0xF38D, 0x8800 }, "", "fault", 0 },
    { "udf #1",             { 0xDE01 }, "", "fault", 0 },
    { "udf.w #0",           { 0xF7F0, 0xA000 }, "", "fault", 0 },
    { "bkpt (no debugger)", { 0xBE00 }, "", "fault", 0 },
    { "cbz r0, .+4 (not in ARMv6-M)",  { 0xB100 }, "", "fault", 0 },
    { "cbnz r0, .+4 (not in ARMv6-M)", { 0xB900 }, "", "fault", 0 },
    { "b7xx: undefined",    { 0xB700 }, "", "fault", 0 },
    { "b8xx: undefined",    { 0xB800 }, "", "fault", 0 },
    { "bbxx: undefined",    { 0xBB00 }, "", "fault", 0 },
    { "ba80: undefined",    { 0xBA80 }, "", "fault", 0 },
    { "b650: undefined",    { 0xB650 }, "", "fault", 0 },
    { "ldrd r0, r1, [r2] (not in ARMv6-M)", { 0xE9D2, 0x0100 }, "", "fault", 0 },
    { "udiv r0, r0, r1 (not in ARMv6-M)", { 0xFBB0, 0xF0F1 }, "", "fault", 0 },
    { "movw r0, #0 (not in ARMv6-M)", { 0xF240, 0x0000 }, "", "fault", 0 },
    { "b.w .+4 (not in ARMv6-M)", { 0xF000, 0xB800 }, "", "fault", 0 },
    { "beq.w .+4 (not in ARMv6-M)", { 0xF000, 0x8000 }, "", "fault", 0 },
};
// clang-format on

/* One token of `before` or `after`: NAME=HEX or flags. */
static bool same_name(const char *token, const char *name) { return strncmp(token, name, strlen(name)) == 0; }

static void apply(struct rig *r, const char *text)
{
    struct cpu_state *s = &r->c.s;
    char copy[512], *save, *token;

    assert_true(strlen(text) < sizeof copy);
    strcpy(copy, text);
    for (token = strtok_r(copy, " ", &save); token; token = strtok_r(NULL, " ", &save)) {
        const char *equals = strchr(token, '=');
        const uint32_t value = equals ? (uint32_t)strtoul(equals + 1, NULL, 16) : 0;

        if (!equals) {
            for (const char *f = token; *f; f++) {
                assert_non_null(strchr("nzcvNZCV", *f));
                *(*f == 'n' || *f == 'N' ? &s->n : *f == 'z' || *f == 'Z' ? &s->z : *f == 'c' || *f == 'C' ? &s->c : &s->v) = *f < 'a';
            }
        } else if (*token == '[') {
            rig_put(r, (uint32_t)strtoul(token + 1, NULL, 16), value);
        } else if (*token == 'r') {
            s->r[strtoul(token + 1, NULL, 10)] = value;
        } else if (same_name(token, "sp")) {
            s->r[13] = value;
        } else if (same_name(token, "lr")) {
            s->r[14] = value;
        } else if (same_name(token, "pc")) {
            s->r[15] = value;
        } else if (same_name(token, "psp")) {
            s->sp_other = value;
        } else if (same_name(token, "msp")) { /* for what was switched away from it */
            s->sp_other = value;
        } else if (same_name(token, "primask")) {
            s->primask = value;
        } else if (same_name(token, "control")) {
            s->npriv = value & 1;
            s->spsel = value >> 1;
        } else {
            fail_msg("token '%s'", token);
        }
    }
}

static void expect_row(const struct row *row)
{
    static struct rig r, expected;
    const unsigned halves = row->op[0] >> 11 >= 0x1D ? 2 : 1;
    const bool fault = strcmp(row->after, "fault") == 0;
    uint64_t cycles;

    rig_init(&r);
    rig_code(&r, CODE, row->op[0], row->op[1], RIG_END);
    if (halves == 1)
        rig_code(&r, CODE + 2, 0xE7FE, RIG_END);
    for (unsigned i = 0; i < 13; i++)
        r.c.s.r[i] = 0x1000 + i;
    r.c.s.r[13] = SRAM + 0x1000;
    apply(&r, row->before);
    memcpy(&expected, &r, sizeof r);
    if (!fault) {
        expected.c.s.r[15] += 2 * halves;
        apply(&expected, row->after);
    }
    cycles = rig_step(&r);
    for (unsigned i = 0; i < 16; i++)
        if (r.c.s.r[i] != expected.c.s.r[i])
            fail_msg("%s: r%u is 0x%x, not 0x%x", row->text, i, (unsigned)r.c.s.r[i], (unsigned)expected.c.s.r[i]);
    if (r.c.s.n != expected.c.s.n || r.c.s.z != expected.c.s.z || r.c.s.c != expected.c.s.c || r.c.s.v != expected.c.s.v)
        fail_msg("%s: flags n%d z%d c%d v%d", row->text, r.c.s.n, r.c.s.z, r.c.s.c, r.c.s.v);
    if (r.c.s.sp_other != expected.c.s.sp_other || r.c.s.primask != expected.c.s.primask || r.c.s.npriv != expected.c.s.npriv ||
        r.c.s.spsel != expected.c.s.spsel)
        fail_msg("%s: other sp 0x%x, primask %d, npriv %d, spsel %d", row->text, (unsigned)r.c.s.sp_other, r.c.s.primask, r.c.s.npriv,
                 r.c.s.spsel);
    if (memcmp(r.sram, expected.sram, SRAM_BYTES) != 0)
        fail_msg("%s: memory differs", row->text);
    if ((r.c.s.pending >> EXC_HARDFAULT & 1) != fault)
        fail_msg("%s: %s", row->text, fault ? "no fault" : "a fault");
    if (row->cycles && cycles != row->cycles)
        fail_msg("%s: %u cycles, not %u", row->text, (unsigned)cycles, row->cycles);
}

#define EXPECT_ROWS(rows)                                     \
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) \
    expect_row(&rows[i])

static void moves_and_extensions_give_their_result(void **state) { EXPECT_ROWS(move_rows); }
static void additions_set_carry_and_overflow(void **state) { EXPECT_ROWS(add_rows); }
static void subtractions_and_comparisons_set_carry_as_not_borrow(void **state) { EXPECT_ROWS(subtract_rows); }
static void logic_and_multiplication_keep_carry_and_overflow(void **state) { EXPECT_ROWS(logic_rows); }
static void shifts_by_0_to_255_give_result_and_carry(void **state) { EXPECT_ROWS(shift_rows); }
static void loads_take_their_width_and_fault_when_unaligned(void **state) { EXPECT_ROWS(load_rows); }
static void stores_touch_only_their_bytes(void **state) { EXPECT_ROWS(store_rows); }
static void branches_go_where_they_say(void **state) { EXPECT_ROWS(branch_rows); }
static void system_instructions_and_undefined_encodings(void **state) { EXPECT_ROWS(system_rows); }

/* Every 16-bit pattern that no row of DDI 0419 A5 allocates must fault; those allocated must not, with sane registers. */
static bool is_undefined(uint32_t op)
{
    const uint32_t top = op >> 8;

    return top == 0xB1 || top == 0xB3 || top == 0xB7 || top == 0xB8 || top == 0xB9 || top == 0xBB || top == 0xDE ||
           (top == 0xBA && (op >> 6 & 3) == 2) || (top == 0xB6 && (op & 0xEF) != 0x62) || (top == 0xBF && (op & 15) != 0);
}

/* Encodings that DDI 0419 A6 calls UNPREDICTABLE, and BKPT. */
static bool is_refused(uint32_t op)
{
    const uint32_t top = op >> 8, d = (op >> 4 & 8) | (op & 7), m = op >> 3 & 15;

    return (top == 0x44 && d == 15 && m == 15) || (top == 0x45 && (d == 15 || m == 15 || (d < 8 && m < 8))) ||
           (top == 0x47 && ((op & 7) != 0 || m == 15)) || (top >= 0xC0 && top <= 0xCF && (op & 0xFF) == 0) || op == 0xB400 ||
           op == 0xBC00 || top == 0xBE;
}

static void every_16_bit_encoding_faults_or_not_as_the_tables_say(void **state)
{
    static struct rig r, fresh;

    rig_init(&fresh);
    for (unsigned i = 0; i < 15; i++)
        fresh.c.s.r[i] = SRAM + 0x1000; /* any sum of two is nowhere, so loads by register are left out below */
    for (uint32_t op = 0; op < 0xE800; op++) {
        if (op >= 0x5000 && op < 0x6000)
            continue;
        memcpy(&r.c, &fresh.c, sizeof r.c);
        memcpy(r.flash, fresh.flash, sizeof r.flash);
        r.port = fresh.port;
        r.port.ctx = &r;
        r.c.port = &r.port;
        for (unsigned i = 0; i < 3; i++)
            r.c.window[i].mem = i == 1 ? r.sram : r.flash;
        rig_code(&r, CODE, (int)op, RIG_END);
        rig_step(&r);
        if ((r.c.s.pending >> EXC_HARDFAULT & 1) != (is_undefined(op) || is_refused(op)))
            fail_msg("0x%04x: %s", (unsigned)op, is_undefined(op) || is_refused(op) ? "no fault" : "a fault");
    }
}

/* For each condition, the values of NZCV (N is bit 3) for which it passes, as a set of bits. DDI 0419 A6.3. */
static void conditions_pass_for_exactly_their_flags(void **state)
{
    // clang-format off
    static const uint16_t passes[14] = {
        0xF0F0 /* eq */, 0x0F0F /* ne */, 0xCCCC /* cs */, 0x3333 /* cc */, 0xFF00 /* mi */, 0x00FF /* pl */, 0xAAAA /* vs */,
        0x5555 /* vc */, 0x0C0C /* hi */, 0xF3F3 /* ls */, 0xAA55 /* ge */, 0x55AA /* lt */, 0x0A05 /* gt */, 0xF5FA /* le */,
    };
    // clang-format on
    static struct rig r;

    rig_init(&r);
    for (unsigned condition = 0; condition < 14; condition++) {
        for (unsigned nzcv = 0; nzcv < 16; nzcv++) {
            rig_code(&r, CODE, 0xD001 | (int)(condition << 8), RIG_END);
            r.c.s.r[15] = CODE;
            r.c.s.fetch_addr = 1;
            r.c.s.n = nzcv >> 3;
            r.c.s.z = nzcv >> 2 & 1;
            r.c.s.c = nzcv >> 1 & 1;
            r.c.s.v = nzcv & 1;
            rig_step(&r);
            assert_int_equal(r.c.s.r[15] == CODE + 6, passes[condition] >> nzcv & 1);
        }
    }
}

static void a_literal_nowhere_faults(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, FLASH + FLASH_BYTES - 4, 0x4800, RIG_END); /* ldr r0, [pc, #0] */
    r.c.s.r[15] = FLASH + FLASH_BYTES - 4;
    rig_step(&r);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
}

static void a_load_fault_leaves_base_and_stack_pointer(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xC80E, RIG_END); /* ldmia r0!, {r1-r3}, the last one beyond SRAM */
    r.c.s.r[0] = SRAM + SRAM_BYTES - 8;
    rig_step(&r);
    assert_int_equal(r.c.s.r[0], SRAM + SRAM_BYTES - 8);
    assert_int_equal(r.c.s.r[15], CODE);

    rig_init(&r);
    rig_code(&r, CODE, 0xBD03, RIG_END); /* pop {r0, r1, pc} */
    r.c.s.r[13] = SRAM + SRAM_BYTES - 8;
    rig_step(&r);
    assert_int_equal(r.c.s.r[13], SRAM + SRAM_BYTES - 8);
    assert_int_equal(r.c.s.r[15], CODE);

    rig_init(&r);
    rig_code(&r, CODE, 0xB507, RIG_END); /* push {r0-r2, lr} */
    r.c.s.r[13] = SRAM + 8;
    rig_step(&r);
    assert_int_equal(r.c.s.r[13], SRAM + 8);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
}

static void wait_states_are_paid_per_word_fetched_and_per_access(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.window[0].wait = 2;
    r.c.window[1].wait = 1;
    rig_code(&r, CODE, 0xBF00, 0xBF00, 0x6808, 0xE7FB, RIG_END); /* nop; nop; ldr r0, [r1]; b CODE */
    r.c.s.r[1] = SRAM;
    assert_int_equal(rig_step(&r), 1 + 2); /* fetches the word */
    assert_int_equal(rig_step(&r), 1);     /* its other half */
    assert_int_equal(rig_step(&r), 2 + 2 + 1);
    assert_int_equal(rig_step(&r), 2);
    assert_int_equal(rig_step(&r), 1 + 2); /* a branch fetches anew */
}

static void a_branch_to_the_second_half_fetches_its_word(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.window[0].wait = 3;
    rig_code(&r, CODE, 0xBF00, 0xE7FE, RIG_END); /* nop; b . */
    rig_step(&r);
    assert_int_equal(rig_step(&r), 2);
    assert_int_equal(rig_step(&r), 2 + 3);
}

static void the_port_sees_width_value_and_the_cycle_of_the_access(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x6008, 0x7048, 0x884A, 0x680B, RIG_END); /* str r0,[r1]; strb r0,[r1,#1]; ldrh r2,[r1,#2]; ldr r3,[r1] */
    r.c.s.r[0] = 0xAABBCCDD;
    r.c.s.r[1] = DEVICE;
    r.stall = 5;
    const uint64_t start = r.c.s.cycle;

    assert_int_equal(rig_step(&r), 2 + 5);
    assert_int_equal(r.last_cycle, start + 1);
    assert_int_equal(r.last_value, 0xAABBCCDD);
    assert_int_equal(r.last_bytes, 4);
    rig_step(&r);
    assert_int_equal(r.last_addr, DEVICE + 1);
    assert_int_equal(r.last_value, 0xDD);
    assert_int_equal(r.last_bytes, 1);
    r.device[0] = 0x12345678;
    rig_step(&r);
    assert_int_equal(r.last_bytes, 2);
    assert_int_equal(r.c.s.r[2], 0x1234);
    rig_step(&r);
    assert_int_equal(r.c.s.r[3], 0x12345678);
}

static void the_single_cycle_port_takes_one_cycle(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0x6008, 0x6808, RIG_END); /* str; ldr */
    r.c.s.r[1] = IOPORT;
    assert_int_equal(rig_step(&r), 1);
    assert_int_equal(rig_step(&r), 1);
}

static void code_through_the_port_is_fetched_once_per_word(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.window[0].bytes = 0; /* the flash is busy */
    rig_step(&r);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1); /* this rig's port has no flash */
    assert_int_equal(r.reads, 1);
    assert_int_equal(r.last_bytes, 4);
    assert_int_equal(r.last_addr, CODE);
}

static void execute_never_regions_fault(void **state)
{
    static const uint32_t xn[] = { DEVICE, IOPORT, 0xA0000000, 0xE000E000, 0xFFFFFFF0 };
    static struct rig r;

    for (size_t i = 0; i < sizeof xn / sizeof xn[0]; i++) {
        rig_init(&r);
        r.c.s.r[15] = xn[i];
        rig_step(&r);
        assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
        assert_int_equal(r.c.s.r[15], xn[i]);
        assert_int_equal(r.reads, 0);
    }
}

static void a_32_bit_instruction_whose_second_half_cannot_be_fetched_faults_at_its_address(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, FLASH + FLASH_BYTES - 2, 0xF000, RIG_END);
    r.c.s.r[15] = FLASH + FLASH_BYTES - 2;
    rig_step(&r);
    assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
    assert_int_equal(r.c.s.r[15], FLASH + FLASH_BYTES - 2);
}

static void clearing_t_faults_at_the_next_instruction(void **state)
{
    static struct rig r;
    static const uint16_t ops[] = { 0x4718 /* bx r3 */, 0x4798 /* blx r3 */ };

    for (size_t i = 0; i < 2; i++) {
        rig_init(&r);
        rig_code(&r, CODE, ops[i], RIG_END);
        r.c.s.r[3] = CODE + 0x100;
        rig_step(&r);
        assert_false(r.c.s.pending >> EXC_HARDFAULT & 1);
        assert_int_equal(r.c.s.r[15], CODE + 0x100);
        rig_step(&r);
        assert_true(r.c.s.pending >> EXC_HARDFAULT & 1);
        assert_int_equal(r.c.s.r[15], CODE + 0x100);
    }
}

static void unprivileged_code_cannot_touch_the_special_registers(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, CODE, 0xF380, 0x8810, 0xB662, 0xF380, 0x8808, 0xF380, 0x8814, 0xF3EF, 0x8108, 0xF3EF, 0x8203, 0xF3EF, 0x8314, 0xF3EF,
             0x8410, RIG_END);
    r.c.s.npriv = r.c.s.primask = true;
    r.c.s.r[0] = 2;
    r.c.s.n = true;
    for (unsigned i = 0; i < 8; i++)
        rig_step(&r);
    assert_int_equal(r.c.s.r[15], CODE + 30);
    assert_true(r.c.s.primask);                /* msr primask, cpsie: ignored */
    assert_int_equal(r.c.s.r[4], 0);           /* mrs primask reads 0 */
    assert_int_equal(r.c.s.r[13], STACK);      /* msr msp: ignored */
    assert_true(r.c.s.npriv && !r.c.s.spsel);  /* msr control: ignored */
    assert_int_equal(r.c.s.r[1], 0);           /* mrs msp reads 0 */
    assert_int_equal(r.c.s.r[2], 0x80000000u); /* mrs xpsr gives the flags */
    assert_int_equal(r.c.s.r[3], 1);           /* mrs control may be read */
}

static void isb_discards_the_fetched_word(void **state)
{
    static struct rig r;

    rig_init(&r);
    r.c.window[0].wait = 3;
    rig_code(&r, CODE, 0x6008, 0xF3BF, 0x8F5F, 0xBF00, 0xBF00, 0xF3BF, 0x8F6F, 0xBF00, RIG_END); /* str; dmb; nop; nop; isb; nop */
    r.c.s.r[1] = SRAM;
    assert_int_equal(rig_step(&r), 2 + 3);
    assert_int_equal(rig_step(&r), 3 + 3); /* dmb: its second half lies in the next word */
    assert_int_equal(rig_step(&r), 1);
    assert_int_equal(rig_step(&r), 1 + 3);
    assert_int_equal(rig_step(&r), 3 + 3); /* isb, likewise */
    assert_int_equal(rig_step(&r), 1 + 3); /* what follows is fetched again */
}

static void a_half_word_fetched_before_it_is_overwritten_runs_as_it_was(void **state)
{
    static struct rig r;

    rig_init(&r);
    rig_code(&r, SRAM, 0x6008, 0x2105, RIG_END); /* str r0, [r1] over these two; movs r1, #5 */
    r.c.s.r[15] = SRAM;
    r.c.s.r[0] = 0x2206BF00; /* nop; movs r2, #6 */
    r.c.s.r[1] = SRAM;
    rig_step(&r);
    rig_step(&r);
    assert_int_equal(r.c.s.r[1], 5);
    r.c.s.r[15] = SRAM;
    rig_step(&r);
    rig_step(&r);
    assert_int_equal(r.c.s.r[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_and_extensions_give_their_result),
        cmocka_unit_test(additions_set_carry_and_overflow),
        cmocka_unit_test(subtractions_and_comparisons_set_carry_as_not_borrow),
        cmocka_unit_test(logic_and_multiplication_keep_carry_and_overflow),
        cmocka_unit_test(shifts_by_0_to_255_give_result_and_carry),
        cmocka_unit_test(loads_take_their_width_and_fault_when_unaligned),
        cmocka_unit_test(stores_touch_only_their_bytes),
        cmocka_unit_test(branches_go_where_they_say),
        cmocka_unit_test(system_instructions_and_undefined_encodings),
        cmocka_unit_test(every_16_bit_encoding_faults_or_not_as_the_tables_say),
        cmocka_unit_test(conditions_pass_for_exactly_their_flags),
        cmocka_unit_test(a_literal_nowhere_faults),
        cmocka_unit_test(a_load_fault_leaves_base_and_stack_pointer),
        cmocka_unit_test(wait_states_are_paid_per_word_fetched_and_per_access),
        cmocka_unit_test(a_branch_to_the_second_half_fetches_its_word),
        cmocka_unit_test(the_port_sees_width_value_and_the_cycle_of_the_access),
        cmocka_unit_test(the_single_cycle_port_takes_one_cycle),
        cmocka_unit_test(code_through_the_port_is_fetched_once_per_word),
        cmocka_unit_test(execute_never_regions_fault),
        cmocka_unit_test(a_32_bit_instruction_whose_second_half_cannot_be_fetched_faults_at_its_address),
        cmocka_unit_test(clearing_t_faults_at_the_next_instruction),
        cmocka_unit_test(unprivileged_code_cannot_touch_the_special_registers),
        cmocka_unit_test(isb_discards_the_fetched_word),
        cmocka_unit_test(a_half_word_fetched_before_it_is_overwritten_runs_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
