/* fuzz_rsp.c - any bytes at all from GDB's side, with a virtual board behind the server: first as they come, then each line as a packet
 * with the right checksum, so that what lies behind the framing is reached.
 *
 * The server runs as it does for GDB, over a socket; the claims: it always comes back, the probe still answers, and flash and options
 * change by vFlashDone and `monitor` only, never to readout protection level 2. */
#include "fuzz.h"

#include "base/timeline.h"
#include "board/board.h"
#include "rsp/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 2000, TURNS_MAX = 400, LIMIT_US = 30 * 1000000 };

/* ---- a chip behind a probe of our own: accesses and nothing else ---- */

struct rig {
    struct probe probe;
    struct clock clock;
    struct chip *chip;
    uint64_t now_ps;
};

static struct rig *rig_of(struct probe *p) { return (struct rig *)p; }

static void pass(struct rig *r, uint64_t us)
{
    r->now_ps += us * PS_PER_US;
    chip_run_until(r->chip, r->now_ps);
}

static uint64_t now_us(void *ctx) { return ((struct rig *)ctx)->now_ps / PS_PER_US; }
static void sleep_us(void *ctx, uint64_t us) { pass(ctx, us); }

static bool simple(struct probe *p, struct err *e)
{
    pass(rig_of(p), 100);
    return chip_debug_alive(rig_of(p)->chip) || err_set(e, ERR_NODEV, "no target");
}

static bool set_speed(struct probe *p, unsigned khz, unsigned *actual, struct err *e)
{
    p->speed_khz = khz;
    if (actual)
        *actual = khz;
    return simple(p, e);
}

static bool nrst(struct probe *p, bool low, struct err *e)
{
    chip_nrst(rig_of(p)->chip, low);
    return simple(p, e) || true;
}

static bool voltage(struct probe *p, unsigned *mv, struct err *e)
{
    (void)e;
    *mv = 3260;
    pass(rig_of(p), 100);
    return true;
}

static bool read_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t *value, struct err *e)
{
    (void)ap;
    (void)addr;
    *value = 0;
    return simple(p, e);
}

static bool write_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t value, struct err *e)
{
    (void)ap;
    (void)addr;
    (void)value;
    return simple(p, e);
}

static bool access_one(struct rig *r, uint32_t addr, unsigned bytes, bool write, uint32_t *value, struct err *e)
{
    uint64_t done = r->now_ps;
    const bool ok = write ? chip_debug_write(r->chip, addr, bytes, *value, &done) : chip_debug_read(r->chip, addr, bytes, value, &done);

    if (done > r->now_ps) {
        r->now_ps = done;
        chip_run_until(r->chip, done);
    }
    return ok || err_set(e, ERR_FAULT, "bus error");
}

static bool read_mem(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e)
{
    for (size_t i = 0; i < len; i += bytes) {
        uint32_t value = 0;

        if (!access_one(rig_of(p), addr + (uint32_t)i, bytes, false, &value, e))
            return false;
        memcpy(data + i, &value, bytes);
    }
    return simple(p, e);
}

static bool write_mem(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e)
{
    for (size_t i = 0; i < len; i += bytes) {
        uint32_t value = 0;

        memcpy(&value, data + i, bytes);
        if (!access_one(rig_of(p), addr + (uint32_t)i, bytes, true, &value, e))
            return false;
    }
    return simple(p, e);
}

static bool batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e)
{
    for (*done = 0; *done < count; ++*done)
        if (!access_one(rig_of(p), words[*done].addr, 4, words[*done].write, &words[*done].value, e))
            return false;
    return simple(p, e);
}

static void close_probe(struct probe *p) { (void)p; }
static const char *version(struct probe *p)
{
    (void)p;
    return "V2J46M32";
}

static const struct probe_ops rig_ops = {
    .name = "fuzz",
    .close = close_probe,
    .connect = simple,
    .set_speed = set_speed,
    .nrst = nrst,
    .voltage = voltage,
    .read_reg = read_reg,
    .write_reg = write_reg,
    .read_mem = read_mem,
    .write_mem = write_mem,
    .batch = batch,
    .version = version,
};

/* ---- one session ---- */

struct session_of_gdb {
    struct rig rig;
    struct rsp_server *server;
    volatile sig_atomic_t stop;
    int fd;
    const uint8_t *at;
    size_t left;
    unsigned turns;
};

/* Called by the server where it would sleep: feeds it, drains it, lets time pass, and in the end stops it. */
static bool wait(void *ctx, struct pollfd *fds, unsigned count, int limit_ms, struct err *e)
{
    struct session_of_gdb *g = ctx;
    uint8_t drain[65536];

    (void)e;
    while (recv(g->fd, drain, sizeof drain, MSG_DONTWAIT) > 0) {
        /* replies are not what this is about */
    }
    if (g->left) {
        const ssize_t n = send(g->fd, g->at, g->left, MSG_DONTWAIT | MSG_NOSIGNAL);

        g->at += n > 0 ? n : 0;
        g->left -= n > 0 ? (size_t)n : 0;
        if (n <= 0 && ++g->turns > TURNS_MAX)
            g->stop = 1;
        if (n < 0 && errno != EAGAIN)
            g->left = 0;
    } else if (++g->turns > 8 || now_us(&g->rig) > LIMIT_US) {
        g->stop = 1;
    }
    pass(&g->rig, limit_ms > 5 ? 5000 : (uint64_t)limit_ms * 1000);
    return poll(fds, count, 0) >= 0;
}

static void talk(const uint8_t *bytes, size_t len)
{
    struct session_of_gdb g = { .at = bytes, .left = len };
    struct target t = { 0 };
    const struct rsp_settings settings = { .target = &t, .stop = &g.stop, .ctx = &g, .wait = wait };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct err e = { 0 };
    unsigned level;
    uint32_t optr;

    g.rig.clock = (struct clock){ now_us, sleep_us, &g.rig };
    g.rig.probe = (struct probe){ .ops = &rig_ops, .clock = &g.rig.clock };
    g.rig.chip = chip_new("stm32u073rc", 0, &e);
    CLAIM(g.rig.chip);
    chip_power(g.rig.chip, true);
    pass(&g.rig, 10000);
    CLAIM(target_open(&t, &g.rig.probe, TARGET_ATTACH, 4000, &e));
    g.server = rsp_open(&settings, &e);
    CLAIM(g.server);
    to.sin_port = htons((uint16_t)rsp_port(g.server));
    g.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CLAIM(g.fd >= 0 && connect(g.fd, (struct sockaddr *)&to, sizeof to) == 0);
    CLAIM(rsp_run(g.server, &e));
    rsp_close(g.server);
    close(g.fd);
    CLAIM(!target_rdp_level(&t, &level, &optr, &e) || level < 2);
    target_close(&t);
    chip_free(g.rig.chip);
}

/* "$line#sum" for each line. */
static size_t frame_lines(const uint8_t *bytes, size_t len, uint8_t *out)
{
    size_t n = 0;

    for (size_t at = 0, end; at < len; at = end + 1) {
        const uint8_t *newline = memchr(bytes + at, '\n', len - at);

        end = newline ? (size_t)(newline - bytes) : len;
        if (end - at < 600)
            n += rsp_frame(out + n, bytes + at, end - at);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    uint8_t framed[6 * INPUT_MAX + 16];

    if (len > INPUT_MAX)
        return 0;
    talk(bytes, len);
    talk(framed, frame_lines(bytes, len, framed));
    return 0;
}
