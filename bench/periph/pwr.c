/* pwr.c - power control. See pwr.h. */
#include "periph/pwr.h"

#include "device/regs/g0_pwr.h"
#include "device/regs/u0_pwr.h"

_Static_assert(BITS(U0_PWR_CR1_LPMS) == BITS(G0_PWR_CR1_LPMS) && BITS(U0_PWR_CR1_DBP) == BITS(G0_PWR_CR1_DBP) &&
                   BITS(U0_PWR_CR1_VOS) == BITS(G0_PWR_CR1_VOS) && BITS(U0_PWR_CR3_RRS) == BITS(G0_PWR_CR3_RRS) &&
                   BITS(U0_PWR_SR1_SBF) == BITS(G0_PWR_SR1_SBF) && BITS(U0_PWR_SR2_REGLPF) == BITS(G0_PWR_SR2_REGLPF),
               "one code for both families");

struct pwr_state {
    uint32_t reg[U0_PWR_PDCRF / 4 + 1];
};

#define CR1_BITS                                                                                                                          \
    (BITS(U0_PWR_CR1_LPMS) | BITS(U0_PWR_CR1_FPD_STOP) | BITS(U0_PWR_CR1_FPD_LPRUN) | BITS(U0_PWR_CR1_FPD_LPSLP) | BITS(U0_PWR_CR1_DBP) | \
     BITS(U0_PWR_CR1_VOS) | BITS(U0_PWR_CR1_LPR))
#define PINS      0xFFFFu
#define U0_WAKERS 0x5Fu /* wake-up pins 1..5 and 7 */
#define G0_WAKERS 0x3Fu /* 1..6 */
#define SR1_FLAGS 0xFFFFu

/* FLASH_RDY reads 1 while the flash is powered (RM0444 4.4.6: reset value 0x80; the U0's SVD prints 0, its bit has the same meaning). */
// clang-format off
#define PULLS                                        \
    [U0_PWR_PUCRA / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRA / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PUCRB / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRB / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PUCRC / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRC / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PUCRD / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRD / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PUCRE / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRE / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PUCRF / 4] = { 0, PINS, 0, UINT32_MAX }, \
    [U0_PWR_PDCRF / 4] = { 0, PINS, 0, UINT32_MAX }

static const struct periph_reg rows_u0[] = {
    /*                        reset  writable            clear1  keep */
    [U0_PWR_CR1   / 4] = { 0x00000208, CR1_BITS,              0,         0 },
    [U0_PWR_CR2   / 4] = {          0, 0x0000047F,            0,         0 },
    [U0_PWR_CR3   / 4] = { 0x00008000, 0x00008700 | U0_WAKERS, 0,        0 },
    [U0_PWR_CR4   / 4] = {          0, 0x00000300 | U0_WAKERS, 0,        0 },
    [U0_PWR_SR1   / 4] = {          0, 0,                     0, SR1_FLAGS },
    [U0_PWR_SR2   / 4] = { BITS(U0_PWR_SR2_FLASH_RDY), 0,     0,         0 },
    [U0_PWR_SCR   / 4] = {          0, 0,                     0,         0 },
    PULLS,
};

static const struct periph_reg rows_g0[] = {
    [G0_PWR_CR1   / 4] = { 0x00000208, CR1_BITS,              0,         0 },
    [G0_PWR_CR2   / 4] = {          0, 0x0000007F,            0,         0 },
    [G0_PWR_CR3   / 4] = { 0x00008000, 0x00008700 | G0_WAKERS, 0,        0 },
    [G0_PWR_CR4   / 4] = {          0, 0x00000300 | G0_WAKERS, 0,        0 },
    [G0_PWR_SR1   / 4] = {          0, 0,                     0, SR1_FLAGS },
    [G0_PWR_SR2   / 4] = { BITS(G0_PWR_SR2_FLASH_RDY), 0,     0,         0 },
    [G0_PWR_SCR   / 4] = {          0, 0,                     0,         0 },
    PULLS,
};
// clang-format on

DEFINE_STATE(pwr_state_table, "pwr", struct pwr_state, STATE_MANY(struct pwr_state, reg, STATE_ANY));

enum { RANGE_1 = 1, RANGE_2 = 2 }; /* CR1.VOS */
enum { LPMS_STANDBY = 3, LPMS_SHUTDOWN = 4 };

enum pwr_mode pwr_deep_sleep(const struct periph *p)
{
    const uint32_t lpms = GET(*periph_word(p, U0_PWR_CR1), U0_PWR_CR1_LPMS);

    return lpms >= LPMS_SHUTDOWN ? PWR_SHUTDOWN : lpms == LPMS_STANDBY ? PWR_STANDBY : PWR_STOP;
}

bool pwr_backup_open(const struct periph *p) { return *periph_word(p, U0_PWR_CR1) & BITS(U0_PWR_CR1_DBP); }
bool pwr_usb_supplied(const struct periph *p) { return *periph_word(p, U0_PWR_CR2) & BITS(U0_PWR_CR2_USV); }
bool pwr_range2(const struct periph *p) { return GET(*periph_word(p, U0_PWR_CR1), U0_PWR_CR1_VOS) == RANGE_2; }
bool pwr_keeps_sram2(const struct periph *p) { return *periph_word(p, U0_PWR_CR3) & BITS(U0_PWR_CR3_RRS); }

void pwr_woke(struct periph *p, enum pwr_mode from)
{
    if (from == PWR_STANDBY) /* leaving Shutdown is a power-on reset: no flag */
        periph_set(p, U0_PWR_SR1, BITS(U0_PWR_SR1_SBF), UINT32_MAX);
}

bool pwr_wake_inside(struct periph *p)
{
    if (!(*periph_word(p, U0_PWR_CR3) & BITS(U0_PWR_CR3_EIWUL)))
        return false;
    periph_set(p, U0_PWR_SR1, BITS(U0_PWR_SR1_WUFI), UINT32_MAX);
    return true;
}

bool pwr_wake_pin(struct periph *p, char port, unsigned pin, bool rising)
{
    static const struct {
        char port;
        uint8_t pin, bit;
    } pins[] = { { 'A', 0, 0 }, { 'C', 13, 1 }, { 'A', 2, 3 }, { 'C', 5, 4 } }; /* data sheets, the same on both chips */

    for (unsigned i = 0; i < sizeof pins / sizeof pins[0]; i++) {
        const uint32_t bit = 1u << pins[i].bit;

        if (pins[i].port != port || pins[i].pin != pin || !(*periph_word(p, U0_PWR_CR3) & bit) ||
            rising == !!(*periph_word(p, U0_PWR_CR4) & bit))
            continue;
        periph_set(p, U0_PWR_SR1, bit, UINT32_MAX);
        return true;
    }
    return false;
}

static void pwr_write(struct periph *p, uint32_t offset, uint32_t value, uint32_t lanes)
{
    const uint32_t old = periph_store(p, offset, value, lanes);

    if (offset == U0_PWR_CR1) {
        const uint32_t vos = GET(*periph_word(p, offset), U0_PWR_CR1_VOS);

        if (vos != RANGE_1 && vos != RANGE_2) { /* forbidden; the hardware keeps the range (RM0444 4.4.1) */
            periph_note(p, "clock", "CR1.VOS = %u is no voltage range; kept %u", (unsigned)vos, (unsigned)GET(old, U0_PWR_CR1_VOS));
            periph_set(p, offset, BITS(U0_PWR_CR1_VOS), old);
        }
        periph_set(p, U0_PWR_SR2, BITS(U0_PWR_SR2_REGLPF), *periph_word(p, offset) & BITS(U0_PWR_CR1_LPR) ? UINT32_MAX : 0);
    }
    if (offset == U0_PWR_SCR) /* one bit per flag, at the flag's place */
        periph_set(p, U0_PWR_SR1, value & lanes & (BITS(U0_PWR_SCR_CSBF) | U0_WAKERS | G0_WAKERS), 0);
    periph_changed(p);
}

#define PWR_KIND(names_, rows)                                                                                                             \
    {                                                                                                                                      \
        .name = "PWR", .names = (names_), .regs = (rows), .words = sizeof(rows) / sizeof(rows)[0], .apb = true, .state = &pwr_state_table, \
        .write = pwr_write                                                                                                                 \
    }
const struct periph_kind pwr_kind_u0 = PWR_KIND(&u0_pwr_regs, rows_u0);
const struct periph_kind pwr_kind_g0 = PWR_KIND(&g0_pwr_regs, rows_g0);
