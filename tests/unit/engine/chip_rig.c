/* chip_rig.c - see chip_rig.h. */
#include "chip_rig.h"
#include "base/timeline.h"
#include "device/regs/adi.h"

enum { WORD_NS = 3 * 46 * 250, BLOCK_WORD_NS = 46 * 250, USB_NS_PER_BYTE = 822 };

static struct chip_rig *rig_of(struct probe *p) { return ((struct rig_probe *)p)->r; }

static uint64_t now_us(void *ctx) { return ((struct chip_rig *)ctx)->now_ps / PS_PER_US; }

static void run_until(struct chip_rig *r, uint64_t ps)
{
    if (r->power_fails_ps && r->now_ps < r->power_fails_ps && r->power_fails_ps <= ps) {
        chip_run_until(r->chip, r->power_fails_ps);
        chip_power(r->chip, false);
    }
    if (ps <= r->now_ps)
        return;
    r->now_ps = ps;
    chip_run_until(r->chip, ps);
    while (chip_now_ps(r->chip) < ps && r->at_stop) { /* chip_stop_at */
        r->at_stop(r);
        chip_run_until(r->chip, ps);
    }
}

static uint64_t link_ps(const struct chip_rig *r, uint64_t ns) { return ns * 1000 / (r->link_speed ? r->link_speed : 1); }

static void sleep_us(void *ctx, uint64_t us)
{
    struct chip_rig *r = ctx;

    run_until(r, r->now_ps + us * PS_PER_US);
}

/* A command goes over the wire; false: the cable is out. */
static bool command(struct chip_rig *r, struct err *e)
{
    run_until(r, r->now_ps + r->command_us * PS_PER_US);
    r->commands++;
    if (r->cut_at && r->commands >= r->cut_at) {
        chip_nrst(r->chip, false); /* a probe without power pulls at nothing */
        return err_set(e, ERR_NODEV, "the cable is out");
    }
    return chip_debug_alive(r->chip) || err_set(e, ERR_NODEV, "no target");
}

static bool access_word(struct chip_rig *r, uint32_t addr, unsigned bytes, bool write, uint32_t *value, struct err *e)
{
    uint64_t done = r->now_ps;
    bool ok;

    if (r->before)
        r->before(r, addr, write);
    ok = write ? chip_debug_write(r->chip, addr, bytes, *value, &done) : chip_debug_read(r->chip, addr, bytes, value, &done);
    run_until(r, done);
    if (!ok) {
        err_set(e, ERR_FAULT, "bus error");
        return err_seen(e, "%s 0x%08x", write ? "writing" : "reading", addr);
    }
    return true;
}

static bool connect(struct probe *p, struct err *e) { return command(rig_of(p), e); }
static void close_probe(struct probe *p) {}

static bool set_speed(struct probe *p, unsigned khz, unsigned *actual, struct err *e)
{
    p->speed_khz = 4000;
    if (actual)
        *actual = 4000;
    return command(rig_of(p), e);
}

static bool nrst(struct probe *p, bool low, struct err *e)
{
    if (!command(rig_of(p), e))
        return false;
    chip_nrst(rig_of(p)->chip, low);
    return true;
}

static bool voltage(struct probe *p, unsigned *mv, struct err *e)
{
    *mv = 3260;
    return command(rig_of(p), e);
}

static bool read_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t *value, struct err *e)
{
    *value = ap == PROBE_DP && addr == DP_DPIDR ? chip_facts(rig_of(p)->chip)->dpidr : 0;
    return command(rig_of(p), e);
}

static bool write_reg(struct probe *p, unsigned ap, unsigned addr, uint32_t value, struct err *e) { return command(rig_of(p), e); }

static bool move(struct chip_rig *r, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, bool write, struct err *e)
{
    if (!command(r, e) || (len > 4 && !command(r, e))) /* a block has its status asked for */
        return false;
    run_until(r, r->now_ps + link_ps(r, len * USB_NS_PER_BYTE));
    for (size_t i = 0; i < len; i += bytes) {
        uint32_t value = 0;

        run_until(r, r->now_ps + link_ps(r, BLOCK_WORD_NS));
        if (write)
            memcpy(&value, data + i, bytes);
        if (!access_word(r, addr + (uint32_t)i, bytes, write, &value, e))
            return false;
        if (!write)
            memcpy(data + i, &value, bytes);
    }
    return true;
}

static bool read_mem(struct probe *p, uint32_t addr, unsigned bytes, uint8_t *data, size_t len, struct err *e)
{
    return move(rig_of(p), addr, bytes, data, len, false, e);
}

static bool write_mem(struct probe *p, uint32_t addr, unsigned bytes, const uint8_t *data, size_t len, struct err *e)
{
    return move(rig_of(p), addr, bytes, (uint8_t *)data, len, true, e);
}

static bool batch(struct probe *p, struct probe_word *words, size_t count, size_t *done, struct err *e)
{
    struct chip_rig *r = rig_of(p);

    for (*done = 0; *done < count; ++*done) {
        if (*done % 30 == 0 && (!command(r, e) || !command(r, e)))
            return false;
        run_until(r, r->now_ps + link_ps(r, WORD_NS));
        if (!access_word(r, words[*done].addr, 4, words[*done].write, &words[*done].value, e))
            return false;
    }
    return true;
}

static const char *version(struct probe *p) { return "V2J46M32"; }

static const struct probe_ops rig_ops = {
    .name = "test",
    .close = close_probe,
    .connect = connect,
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

void chip_rig_begin(struct chip_rig *r, const char *chip)
{
    *r = (struct chip_rig){ .command_us = COMMAND_US };
    r->clock = (struct clock){ now_us, sleep_us, r };
    r->chip = chip_new(chip, 0, &r->e);
    assert_non_null(r->chip);
    chip_power(r->chip, true);
    run_until(r, PS_PER_S);
}

void chip_rig_end(struct chip_rig *r)
{
    chip_rig_disconnect(r);
    chip_free(r->chip);
}

bool chip_rig_connect(struct chip_rig *r)
{
    struct rig_probe *p = &r->probe;

    p->p = (struct probe){ .ops = &rig_ops, .clock = &r->clock, .speed_khz = 4000 };
    p->r = r;
    r->e = (struct err){ 0 };
    r->open = target_open(&r->t, &p->p, TARGET_NORMAL, 4000, &r->e);
    return r->open;
}

void chip_rig_disconnect(struct chip_rig *r)
{
    if (r->open)
        target_close(&r->t);
    r->open = false;
}

void chip_rig_power_cycle(struct chip_rig *r)
{
    chip_power(r->chip, false);
    run_until(r, r->now_ps + 100 * PS_PER_MS);
    chip_power(r->chip, true);
    run_until(r, r->now_ps + 10 * PS_PER_MS);
}

double chip_rig_ms(const struct chip_rig *r) { return (double)r->now_ps / (double)PS_PER_MS; }

static bool run_job(struct chip_rig *r, const struct image *im, struct job *job, struct want *w, struct plan *p)
{
    struct session *s = &job->s;

    if (!session_open(s, &r->t, &r->e))
        return false;
    s->direct = job->direct;
    s->store = job->store;
    if (!want_from_image(w, r->t.device, r->t.flash_bytes, im, &r->e) || !session_check(s, w, &job->choices, &r->e) ||
        !session_take(s, &r->e) || !session_compare(s, w, false, &r->e) || !session_plan(s, p, w, &job->choices, &r->e))
        return false;
    job->writes = p->writes;
    job->saves = p->saves;
    return session_execute(s, p, "flash", &r->e) && session_finish(s, !job->no_run, &r->e);
}

bool chip_rig_flash(struct chip_rig *r, const struct image *im, struct job *job)
{
    const uint64_t commands = r->commands;
    const double ms = chip_rig_ms(r);
    struct want w = { 0 };
    struct plan p = { 0 };
    bool ok;

    if (!chip_rig_connect(r))
        return false;
    job->s = (struct session){ 0 };
    ok = run_job(r, im, job, &w, &p);
    if (!ok && job->s.t)
        session_abandon(&job->s);
    plan_free(&p);
    want_free(&w);
    session_close(&job->s);
    chip_rig_disconnect(r);
    job->commands = r->commands - commands;
    job->ms = chip_rig_ms(r) - ms;
    return ok;
}

bool chip_rig_holds(const struct chip_rig *r, const struct image *im)
{
    bool same = true;

    for (size_t i = 0; same && i < im->count; i++) {
        uint8_t *now = malloc(im->segments[i].len);

        assert_non_null(now);
        same = chip_peek(r->chip, im->segments[i].addr, now, im->segments[i].len) &&
               memcmp(now, im->segments[i].bytes, im->segments[i].len) == 0;
        free(now);
    }
    return same;
}
