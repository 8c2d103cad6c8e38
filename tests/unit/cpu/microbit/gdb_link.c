/* gdb_link.c - see gdb_link.h. */
#include "gdb_link.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 1024, ANSWER_LIMIT_S = 60 /* estimate: far beyond a slow machine's slowest answer */ };

static _Noreturn void give_up(const char *what)
{
    printf("Bail out! QEMU's GDB stub: %s\n", what);
    exit(1);
}

static void send_packet(struct gdb_link *l, const char *payload)
{
    unsigned sum = 0;

    for (const char *c = payload; *c; c++)
        sum += (unsigned char)*c;
    fprintf(l->to, "$%s#%02x", payload, sum & 0xFF);
    fflush(l->to);
}

/* The payload of the next packet, acknowledged. */
static bool receive(struct gdb_link *l)
{
    size_t len = 0;
    int c;

    alarm(ANSWER_LIMIT_S); /* ends the program: nothing here waits for ever */
    while ((c = getc(l->from)) != '$')
        if (c == EOF)
            return false;
    while ((c = getc(l->from)) != '#' && c != EOF)
        if (len < sizeof l->reply - 1)
            l->reply[len++] = (char)c;
    l->reply[len] = 0;
    getc(l->from);
    getc(l->from);
    fputc('+', l->to);
    fflush(l->to);
    alarm(0);
    return c != EOF;
}

static void ask(struct gdb_link *l, const char *format, ...)
{
    char payload[2 * CHUNK + 64];
    va_list args;

    va_start(args, format);
    vsnprintf(payload, sizeof payload, format, args);
    va_end(args);
    send_packet(l, payload);
    if (!receive(l))
        give_up("gone");
}

static void ask_ok(struct gdb_link *l, const char *request)
{
    ask(l, "%s", request);
    if (strcmp(l->reply, "OK") != 0)
        give_up(request);
}

bool link_open(struct gdb_link *l)
{
    int to[2], from[2];

    if (pipe(to) != 0 || pipe(from) != 0)
        return false;
    signal(SIGPIPE, SIG_IGN);
    l->child = fork();
    if (l->child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of the test */
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        /* Its time is its instructions (2^6 ns each: its 16 MHz), so that a busy machine changes nothing. */
        execlp("qemu-system-arm", "qemu-system-arm", "-M", "microbit", "-icount", "shift=6,sleep=off", "-display", "none", "-serial",
               "none", "-monitor", "none", "-S", "-gdb", "stdio", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    l->to = fdopen(to[1], "w");
    l->from = fdopen(from[0], "r");
    if (l->child < 0 || !l->to || !l->from)
        return false;
    send_packet(l, "qSupported:xmlRegisters=arm");
    if (!receive(l))
        return false;
    ask(l, "qXfer:features:read:target.xml:0,ffb"); /* until this was read, xPSR is not among the registers */
    ask_ok(l, "Qqemu.sstep=1");                     /* single steps take interrupts, and time passes */
    return true;
}

void link_close(struct gdb_link *l)
{
    if (l->child > 0) {
        kill(l->child, SIGKILL);
        waitpid(l->child, NULL, 0);
    }
    if (l->to)
        fclose(l->to);
    if (l->from)
        fclose(l->from);
}

void link_reset(struct gdb_link *l) { ask_ok(l, "qRcmd,73797374656d5f7265736574"); } /* system_reset */

void link_write(struct gdb_link *l, uint32_t addr, const uint8_t *bytes, uint32_t len)
{
    for (uint32_t at = 0; at < len; at += CHUNK) {
        const uint32_t part = len - at < CHUNK ? len - at : CHUNK;
        char text[2 * CHUNK + 64];
        int n = snprintf(text, sizeof text, "M%x,%x:", (unsigned)(addr + at), (unsigned)part);

        for (uint32_t i = 0; i < part; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "%02x", bytes[at + i]);
        ask_ok(l, text);
    }
}

static uint32_t hex(const char *text, unsigned digits)
{
    char part[9] = { 0 };

    memcpy(part, text, digits);
    return (uint32_t)strtoul(part, NULL, 16);
}

void link_read(struct gdb_link *l, uint32_t addr, uint8_t *bytes, uint32_t len)
{
    for (uint32_t at = 0; at < len; at += CHUNK) {
        const uint32_t part = len - at < CHUNK ? len - at : CHUNK;

        ask(l, "m%x,%x", (unsigned)(addr + at), (unsigned)part);
        if (strlen(l->reply) != 2 * part)
            give_up("memory cannot be read");
        for (uint32_t i = 0; i < part; i++)
            bytes[at + i] = (uint8_t)hex(l->reply + 2 * i, 2);
    }
}

void link_regs(struct gdb_link *l, uint32_t regs[LINK_REGS])
{
    ask(l, "g");
    if (strlen(l->reply) < 8 * LINK_REGS)
        give_up("registers cannot be read");
    for (unsigned i = 0; i < LINK_REGS; i++)
        regs[i] = __builtin_bswap32(hex(l->reply + 8 * i, 8));
}

void link_step(struct gdb_link *l) { ask(l, "s"); }

void link_run_to(struct gdb_link *l, uint32_t pc)
{
    char text[32];

    snprintf(text, sizeof text, "Z1,%x,2", (unsigned)pc);
    ask_ok(l, text);
    ask(l, "c");
    text[0] = 'z';
    ask_ok(l, text);
}
