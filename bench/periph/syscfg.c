/* syscfg.c - system configuration. See syscfg.h. */
#include "periph/syscfg.h"

#include "device/regs/g0_syscfg.h"
#include "device/regs/u0_syscfg.h"

_Static_assert(PERIPH_SAME_BITS(U0_SYSCFG_CFGR1_MEM_MODE, G0_SYSCFG_CFGR1_MEM_MODE) && PERIPH_SAME_AT(U0_SYSCFG_CFGR2, G0_SYSCFG_CFGR2) &&
                   PERIPH_SAME_AT(U0_SYSCFG_ITLINE0, G0_SYSCFG_ITLINE0),
               "one code for both families");

struct syscfg_state {
    uint32_t reg[U0_SYSCFG_ITLINE31 / 4 + 1];
    uint8_t key_step; /* SKR: 1 after 0xCA, 2 after 0x53 */
    uint8_t erase;    /* SRAM2ER was written */
};

/* CFGR2's lock bits stay set until the next reset; its flags go away by writing 1. */
#define U0_LOCKS 0x0000001Fu
#define U0_FLAGS (BITS(U0_SYSCFG_CFGR2_BKPF) | BITS(U0_SYSCFG_CFGR2_SPF))
#define G0_LOCKS 0x0000000Fu
#define G0_FLAGS BITS(G0_SYSCFG_CFGR2_SRAM_PEF)

/* VREFBUF lives inside this block's addresses. The reference is ready as soon as it is on. */
#define VREFBUF_ROWS [G0_SYSCFG_VREFBUF_CSR / 4] = { 2, 7, 0 }, [G0_SYSCFG_VREFBUF_CCR / 4] = { 0, 0x3F, 0 }

static const struct periph_reg rows_u0[U0_SYSCFG_ITLINE31 / 4 + 1] = {
    // clang-format off
    /*                        reset  writable    clear1 */
    [U0_SYSCFG_CFGR1 / 4] = { 0, 0x01CF01FB, 0 },
    [U0_SYSCFG_CFGR2 / 4] = { 0,          0, U0_FLAGS },
    [U0_SYSCFG_TSCCR / 4] = { 0, 0x0000003F, 0 },
    VREFBUF_ROWS,
    // clang-format on
};

static const struct periph_reg rows_g0[G0_SYSCFG_ITLINE31 / 4 + 1] = {
    // clang-format off
    [G0_SYSCFG_CFGR1 / 4] = { 0, 0x00FF07FB, 0 },
    [G0_SYSCFG_CFGR2 / 4] = { 0, 0x00FF0000, G0_FLAGS },
    VREFBUF_ROWS,
    // clang-format on
};

DEFINE_STATE(syscfg_state_table, "syscfg", struct syscfg_state, STATE_MANY(struct syscfg_state, reg, STATE_ANY),
             STATE_ONE(struct syscfg_state, key_step, 2), STATE_ONE(struct syscfg_state, erase, 1));

enum mem_mode syscfg_mem_mode(const struct periph *p)
{
    const uint32_t mode = GET(*periph_word(p, U0_SYSCFG_CFGR1), U0_SYSCFG_CFGR1_MEM_MODE);

    return mode == 2 ? MEM_FLASH : (enum mem_mode)mode;
}

void syscfg_boot(struct periph *p, enum mem_mode mode)
{
    periph_set(p, U0_SYSCFG_CFGR1, BITS(U0_SYSCFG_CFGR1_MEM_MODE), PUT(U0_SYSCFG_CFGR1_MEM_MODE, mode));
}

bool syscfg_take_sram2_erase(struct periph *p)
{
    struct syscfg_state *s = p->state;
    const bool asked = s->erase;

    s->erase = 0;
    return asked;
}

_Static_assert(PERIPH_SAME_BITS(U0_SYSCFG_CFGR2_SPF, G0_SYSCFG_CFGR2_SRAM_PEF), "one code for both families");
void syscfg_parity_error(struct periph *p) { periph_set(p, U0_SYSCFG_CFGR2, BITS(U0_SYSCFG_CFGR2_SPF), UINT32_MAX); }

static uint32_t syscfg_peek(const struct periph *p, uint32_t offset)
{
    if (offset == U0_SYSCFG_ITLINE0) /* one bit for both watchdogs */
        return p->env->irq_sources(p->env->ctx, 0) ? BITS(U0_SYSCFG_ITLINE0_WWDG) : 0;
    if (offset >= U0_SYSCFG_ITLINE0 && offset <= U0_SYSCFG_ITLINE31)
        return p->env->irq_sources(p->env->ctx, (offset - U0_SYSCFG_ITLINE0) / 4);
    return offset / 4 < p->kind->words ? *periph_word(p, offset) : 0;
}

/* SRAM2 erase is unlocked by two keys and done at once here; the real one takes a few hundred cycles. */
static void write_u0_erase(struct periph *p, uint32_t offset, uint32_t value)
{
    struct syscfg_state *s = p->state;

    if (offset == U0_SYSCFG_SKR) {
        const uint32_t key = GET(value, U0_SYSCFG_SKR_KEY);

        s->key_step = key == 0xCA ? 1 : key == 0x53 && s->key_step == 1 ? 2 : 0;
    } else if (value & BITS(U0_SYSCFG_SCSR_SRAM2ER) && s->key_step == 2) {
        s->erase = 1;
        s->key_step = 0;
    }
}

static void syscfg_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const bool u0 = p->kind == &syscfg_kind_u0;

    periph_store(p, offset, value, lanes);
    if (offset == G0_SYSCFG_VREFBUF_CSR) {
        const uint32_t on = BITS(G0_SYSCFG_VREFBUF_CSR_ENVR), csr = *periph_word(p, offset);

        periph_set(p, offset, BITS(G0_SYSCFG_VREFBUF_CSR_VRR), (csr & (on | BITS(G0_SYSCFG_VREFBUF_CSR_HIZ))) == on ? UINT32_MAX : 0);
    }
    if (offset == U0_SYSCFG_CFGR2)
        periph_set(p, offset, value & lanes & (u0 ? U0_LOCKS : G0_LOCKS), UINT32_MAX);
    if (u0 && (offset == U0_SYSCFG_SKR || offset == U0_SYSCFG_SCSR))
        write_u0_erase(p, offset, value);
    periph_changed(p);
}

static void syscfg_reset(struct periph *p, enum periph_reset why)
{
    struct syscfg_state *s = p->state;

    s->key_step = 0;
    s->erase = 0;
    periph_changed(p);
}

#define SYSCFG_KIND(names_, rows)                                                                                  \
    {                                                                                                              \
        .name = "SYSCFG", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true, \
        .state = &syscfg_state_table, .peek = syscfg_peek, .write = syscfg_write, .reset = syscfg_reset            \
    }
const struct periph_kind syscfg_kind_u0 = SYSCFG_KIND(&u0_syscfg_regs, rows_u0);
const struct periph_kind syscfg_kind_g0 = SYSCFG_KIND(&g0_syscfg_regs, rows_g0);
