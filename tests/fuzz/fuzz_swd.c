/* fuzz_swd.c - any clocks at all on SWCLK and SWDIO, by way of the Bus Pirate: whatever they were, a line reset and a read of DPIDR work.
 * The first byte chooses the chip and the bus; the rest are a Bus Pirate's bytes in raw-wire mode. */
#include "fuzz.h"

#include "../unit/dap/fake_target.h"
#include "wire/buspirate.h"
#include "wire/line.h"

struct rig {
    struct fake_target fake;
    struct swd_line line;
};

static bool clock_wires(void *ctx, uint32_t hz, const uint8_t *cycles, uint8_t *levels, size_t count, struct err *e)
{
    struct rig *r = ctx;

    CLAIM(count > 0 && count <= WIRE_CYCLES_MAX && hz > 0);
    for (size_t i = 0; i < count; i++) {
        CLAIM((cycles[i] & ~(CYCLE_LEVEL | CYCLE_DRIVEN)) == 0);
        r->fake.time.now_ps += PS_PER_S / hz;
        levels[i] = swd_line_clock(&r->line, cycles[i] & CYCLE_DRIVEN, cycles[i] & CYCLE_LEVEL);
    }
    return true;
}

/* Line reset, 0xA5, ACK, word: what OpenOCD sends. */
static void connect(struct buspirate *pirate, const struct dap_facts *facts)
{
    static const uint8_t script[] = { 0x8A, 0x17, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x10,
                                      0xA5, 0x07, 0x07, 0x07, 0x06, 0x06, 0x06, 0x06, 0x07, 0x21 };
    struct buffer out = { 0 };
    struct err e = { 0 };
    uint32_t word = 0;

    CLAIM(buspirate_feed(pirate, script, sizeof script, &out, &e));
    CLAIM(out.len == 1 + 9 + 2 + 3 + 4 + 1 + 1);
    CLAIM(out.bytes[12] == 1 && out.bytes[13] == 0 && out.bytes[14] == 0);
    for (unsigned i = 0; i < 4; i++)
        word |= (uint32_t)out.bytes[15 + i] << 8 * i;
    CLAIM(word == facts->dpidr && out.bytes[19] == __builtin_parity(word));
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint8_t raw_wire[21] = { [20] = 0x05 }, flush[17] = { 0 };
    static struct rig rig;
    static struct buspirate pirate;
    const struct dap_facts *facts;
    struct dap_target bus = { .ctx = &rig.fake, .alive = fake_alive, .read = fake_read, .write = fake_write };
    const struct wire_port port = { &rig, clock_wires };
    struct buffer out = { 0 };
    struct err e = { 0 };

    if (len < 1)
        return 0;
    facts = bytes[0] & 1 ? &facts_g071 : &facts_u073;
    rig = (struct rig){ .fake = { .access_ps = bytes[0] & 2 ? PS_PER_MS : 0 } };
    dap_init(&rig.fake.dap, facts, &bus, &rig.fake.time);
    swd_line_init(&rig.line, &rig.fake.dap);
    buspirate_init(&pirate, &port);
    CLAIM(buspirate_feed(&pirate, raw_wire, sizeof raw_wire, &out, &e) && pirate.mode == BP_RAW_WIRE);
    CLAIM(buspirate_feed(&pirate, bytes + 1, len - 1, &out, &e));
    CLAIM(out.len <= 16 + 5 * len);
    CLAIM(buspirate_feed(&pirate, flush, sizeof flush, &out, &e)); /* out of any bulk write */
    if (pirate.mode == BP_TERMINAL)
        CLAIM(buspirate_feed(&pirate, raw_wire, 20, &out, &e));
    CLAIM(buspirate_feed(&pirate, raw_wire, sizeof raw_wire, &out, &e) && pirate.mode == BP_RAW_WIRE);
    connect(&pirate, facts);
    buffer_free(&out);
    return 0;
}
