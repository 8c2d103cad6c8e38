/* evidence_json.c - see evidence_json.h. One table for both directions, so that they cannot differ. */
#include "doctor/evidence_json.h"
#include "device/regs/cortexm.h"
#include "doctor/remedy.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { K_BOOL, K_UNSIGNED, K_HEX, K_TEXT, K_WORDS };

struct member {
    const char *name;
    enum kind kind;
    size_t offset, size; /* size: of a text, or of all words in bytes */
    size_t count_at;     /* offset of an unsigned that says how many words count; 0: all */
};

#define M(kind, field)                                                                         \
    {                                                                                          \
#field, kind, offsetof(struct evidence, field), sizeof((struct evidence *)0)->field, 0 \
    }
#define COUNTED(kind, field, count)                                                                                           \
    {                                                                                                                         \
#field, kind, offsetof(struct evidence, field), sizeof((struct evidence *)0)->field, offsetof(struct evidence, count) \
    }

static const struct member members[] = {
    // clang-format off
    M(K_UNSIGNED, probes), M(K_UNSIGNED, denied), M(K_UNSIGNED, in_use), M(K_TEXT, holder), M(K_TEXT, udev_rule), M(K_BOOL, dfu_attached),
    M(K_TEXT, probe_name), M(K_TEXT, probe_version), M(K_TEXT, probe_serial), M(K_UNSIGNED, speed_khz), M(K_UNSIGNED, voltage_mv),
    M(K_BOOL, voltage_read),
    M(K_HEX, dpidr), M(K_HEX, ap_idr), M(K_HEX, ap_csw), M(K_BOOL, dpidr_read), M(K_BOOL, ap_read), M(K_BOOL, under_reset),
    M(K_BOOL, attach_failed), M(K_BOOL, held_in_reset), M(K_BOOL, cut_short), M(K_BOOL, ours), M(K_UNSIGNED, link_errors), M(K_UNSIGNED, usb_errors),
    M(K_UNSIGNED, waits), M(K_UNSIGNED, usb_resets),
    M(K_HEX, cpuid), M(K_HEX, idcode), M(K_UNSIGNED, flash_bytes), M(K_HEX, flash_kib_word), M(K_BOOL, flash_size_read), M(K_BOOL, uid_read),
    M(K_BOOL, rom_table_read), M(K_HEX, designer), M(K_BOOL, look_read),
    M(K_UNSIGNED, samples), M(K_WORDS, vector), M(K_BOOL, vectors_read), M(K_WORDS, at_0), M(K_WORDS, in_system), M(K_BOOL, at_0_read),
    M(K_BOOL, in_system_read), M(K_BOOL, page0_blank), M(K_BOOL, page0_first_unit_blank), M(K_BOOL, page0_read),
    M(K_BOOL, halted), M(K_WORDS, r), M(K_HEX, xpsr), M(K_HEX, msp), M(K_HEX, psp), M(K_HEX, cfbp), M(K_BOOL, regs_read),
    M(K_UNSIGNED, mpu_regions), COUNTED(K_WORDS, mpu_rbar, mpu_regions), COUNTED(K_WORDS, mpu_rasr, mpu_regions),
    M(K_HEX, frame_at), M(K_WORDS, frame), M(K_BOOL, frame_read), M(K_BOOL, frame_found), M(K_HEX, stack_last),
    M(K_WORDS, keep), M(K_BOOL, has_keep), M(K_WORDS, saved), M(K_BOOL, has_saved), M(K_BOOL, loader_left),
    M(K_BOOL, job_open), M(K_TEXT, job_command), M(K_UNSIGNED, job_number), M(K_UNSIGNED, job_old),
    M(K_UNSIGNED, job_new), M(K_UNSIGNED, job_blank), M(K_UNSIGNED, job_other), M(K_UNSIGNED, job_known), M(K_BOOL, elf),
    M(K_HEX, ram_used_to),
    M(K_TEXT, program), M(K_BOOL, program_found), M(K_BOOL, program_lost), M(K_BOOL, program_compared), M(K_BOOL, program_differs),
    M(K_HEX, program_differs_at),
    M(K_BOOL, op_failed), M(K_TEXT, op), M(K_HEX, op_addr), M(K_HEX, op_sr), M(K_BOOL, op_at), M(K_BOOL, op_sr_read),
    M(K_BOOL, stale_flags_cleared), M(K_HEX, stale_flags),
    M(K_UNSIGNED, test_nrst), M(K_UNSIGNED, test_speed), M(K_UNSIGNED, test_write), M(K_UNSIGNED, test_empty), M(K_UNSIGNED, test_read),
    M(K_UNSIGNED, test_speed_good), M(K_UNSIGNED, test_speed_bad), M(K_HEX, test_bad_addr),
    M(K_HEX, dfu_version), M(K_UNSIGNED, dfu_transfer_bytes), M(K_BOOL, dfu_locked), M(K_BOOL, dfu_can_unprotect), M(K_TEXT, dfu_memories),
    // clang-format on
};
enum { MEMBERS = sizeof members / sizeof *members };

static const char *const reaches[] = { "nothing", "usb", "probe", "link", "chip", "dfu" };

static json_t *hex(uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, "0x%08" PRIX32, value);
    return json_string(text);
}

/* Any bytes: what is no UTF-8 is left out. */
static json_t *text_json(const char *text)
{
    json_t *t = json_string(text);

    return t ? t : json_string("?");
}

static json_t *err_json(const struct err *e)
{
    json_t *seen = json_array();

    for (unsigned i = 0; i < e->n_seen; i++)
        json_array_append_new(seen, text_json(e->seen[i]));
    return json_pack("{s:s, s:o, s:o}", "kind", err_kind_name(e->kind), "cause", text_json(e->cause), "seen", seen);
}

static json_t *member_json(const struct member *m, const struct evidence *v)
{
    const void *at = (const char *)v + m->offset;
    const uint32_t *words = at;
    json_t *list;

    switch (m->kind) {
    case K_BOOL: return json_boolean(*(const bool *)at);
    case K_UNSIGNED: return json_integer((json_int_t) * (const unsigned *)at);
    case K_HEX: return hex(*words);
    case K_TEXT: return text_json(at);
    default:
        list = json_array();
        for (size_t i = 0; i < m->size / 4 && (!m->count_at || i < *(const unsigned *)((const char *)v + m->count_at)); i++)
            json_array_append_new(list, hex(words[i]));
        return list;
    }
}

json_t *evidence_to_json(const struct evidence *v)
{
    json_t *o = json_object(), *regs = json_object(), *samples = json_array(), *places = json_object();
    char name[60];

    json_object_set_new(o, "reach", json_string(reaches[v->reach]));
    if (v->failed.kind != ERR_NONE)
        json_object_set_new(o, "failed", err_json(&v->failed));
    if (v->op_failed)
        json_object_set_new(o, "op_err", err_json(&v->op_err));
    if (v->device) {
        snprintf(name, sizeof name, "0x%03X", v->device->dev_id);
        json_object_set_new(o, "dev_id", json_string(name));
        json_object_set_new(o, "chip", json_string(v->device->name));
    }
    for (size_t i = 0; i < MEMBERS; i++)
        json_object_set_new(o, members[i].name, member_json(&members[i], v));
    for (unsigned i = 0; i < v->regs; i++) {
        snprintf(name, sizeof name, "%s.%s", v->reg[i].block->name, v->reg[i].name);
        json_object_set_new(regs, name, v->reg[i].read ? hex(v->reg[i].value) : json_null());
    }
    json_object_set_new(o, "registers", regs);
    for (unsigned i = 0; i < v->samples; i++)
        json_array_append_new(samples, json_pack("{s:o, s:o, s:o, s:o}", "dhcsr", hex(v->sample[i].dhcsr), "pcsr", hex(v->sample[i].pcsr),
                                                 "icsr", hex(v->sample[i].icsr), "sr", hex(v->sample[i].sr)));
    json_object_set_new(o, "sample", samples);
    for (unsigned i = 0; i < v->places; i++) {
        snprintf(name, sizeof name, "0x%08" PRIX32, v->place[i].addr);
        json_object_set_new(places, name, text_json(v->place[i].text));
    }
    json_object_set_new(o, "places", places);
    return o;
}

/* ---- reading ---- */

static bool wrong(const char *name, struct err *e) { return err_set(e, ERR_INPUT, "'%.60s' in the report is not what it must be", name); }

static bool take_hex(const json_t *j, uint32_t *value)
{
    const char *text = json_string_value(j);
    char *end;
    unsigned long long n;

    if (!text || strncmp(text, "0x", 2) != 0)
        return false;
    n = strtoull(text, &end, 16);
    *value = (uint32_t)n;
    return !*end && n <= UINT32_MAX && end > text + 2;
}

static bool take_words(const struct member *m, struct evidence *v, const json_t *j)
{
    uint32_t *words = (uint32_t *)(void *)((char *)v + m->offset);

    if (!json_is_array(j) || json_array_size(j) > m->size / 4)
        return false;
    for (size_t i = 0; i < json_array_size(j); i++)
        if (!take_hex(json_array_get(j, i), &words[i]))
            return false;
    return true;
}

static bool take_member(const struct member *m, struct evidence *v, const json_t *j)
{
    void *at = (char *)v + m->offset;

    switch (m->kind) {
    case K_BOOL: *(bool *)at = json_is_true(j); return json_is_boolean(j);
    case K_UNSIGNED:
        if (!json_is_integer(j) || json_integer_value(j) < 0 || json_integer_value(j) > INT32_MAX)
            return false;
        *(unsigned *)at = (unsigned)json_integer_value(j);
        return true;
    case K_HEX: return take_hex(j, at);
    case K_TEXT:
        if (!json_is_string(j))
            return false;
        snprintf(at, m->size, "%s", json_string_value(j));
        return true;
    default: return take_words(m, v, j);
    }
}

static bool take_err(const json_t *o, struct err *to, struct err *e)
{
    const char *kind = json_string_value(json_object_get(o, "kind")), *cause = json_string_value(json_object_get(o, "cause"));
    const json_t *seen = json_object_get(o, "seen");
    int k = ERR_NONE;

    if (!o)
        return true;
    while (kind && k <= ERR_BUG && strcmp(err_kind_name((enum err_kind)k), kind) != 0)
        k++;
    if (!kind || k > ERR_BUG || !cause)
        return wrong("failed", e);
    err_set(to, (enum err_kind)k, "%s", cause);
    for (size_t i = 0; i < json_array_size(seen); i++)
        if (json_is_string(json_array_get(seen, i)))
            err_seen(to, "%s", json_string_value(json_array_get(seen, i)));
    return true;
}

/* "FLASH.SR" back to its row. */
static bool find_reg(const struct device *d, const char *name, struct ev_reg *r)
{
    const char *dot = strchr(name, '.');
    struct device_block ppb = { &ppb_regs, PPB_BASE };

    for (const struct device_block *b = d->blocks;; b++) {
        const struct device_block *block = b && b->regs ? b : &ppb;

        if (dot && strlen(block->regs->name) == (size_t)(dot - name) && strncmp(block->regs->name, name, (size_t)(dot - name)) == 0)
            for (const struct reg_name *k = block->regs->regs; k->name; k++)
                if (strcmp(k->name, dot + 1) == 0) {
                    *r = (struct ev_reg){ block->regs, k->name, block->base + k->offset, 0, false };
                    return true;
                }
        if (block == &ppb)
            return false;
    }
}

/* Option words and what look_* functions read, from the registers: one truth. */
static void fill_look(struct evidence *v)
{
    const struct flash_facts *f = v->device->flash;
    char name[40];

    v->look = (struct look){ 0 };
    for (unsigned i = 0; i < LOOK_OPTIONS && f->options[i].name; i++, v->look.options++) {
        snprintf(name, sizeof name, "FLASH.%s", f->options[i].name);
        ev_reg(v, name, &v->look.option[i]);
    }
    ev_reg(v, "FLASH.ACR", &v->look.acr);
    ev_reg(v, "FLASH.SR", &v->look.sr);
    ev_reg(v, "FLASH.CR", &v->look.cr);
    ev_reg(v, "FLASH.ECCR", &v->look.eccr);
    ev_reg(v, "RCC.CSR", &v->look.reset_flags);
    ev_reg(v, "PPB.DHCSR", &v->look.dhcsr);
    ev_reg(v, "PPB.DEMCR", &v->look.demcr);
}

static bool take_registers(struct evidence *v, const json_t *o, struct err *e)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)o, name, value)
    {
        struct ev_reg r;

        if (v->regs == EV_REGS || !find_reg(v->device, name, &r))
            continue;
        r.read = !json_is_null(value);
        if (r.read && !take_hex(value, &r.value))
            return wrong(name, e);
        v->reg[v->regs++] = r;
    }
    return true;
}

static bool take_samples(struct evidence *v, const json_t *list, struct err *e)
{
    v->samples = 0;
    for (size_t i = 0; i < json_array_size(list) && v->samples < EV_SAMPLES; i++) {
        const json_t *o = json_array_get(list, i);
        struct ev_sample *s = &v->sample[v->samples++];

        if (!take_hex(json_object_get(o, "dhcsr"), &s->dhcsr) || !take_hex(json_object_get(o, "pcsr"), &s->pcsr) ||
            !take_hex(json_object_get(o, "icsr"), &s->icsr) || !take_hex(json_object_get(o, "sr"), &s->sr))
            return wrong("sample", e);
    }
    return true;
}

static bool take_places(struct evidence *v, const json_t *o, struct err *e)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)o, name, value)
    {
        struct ev_place *p = &v->place[v->places];
        char *end;

        if (v->places == EV_PLACES)
            break;
        p->addr = (uint32_t)strtoul(name, &end, 16);
        if (*end || !json_is_string(value))
            return wrong("places", e);
        snprintf(p->text, sizeof p->text, "%s", json_string_value(value));
        v->places++;
    }
    return true;
}

bool evidence_from_json(struct evidence *v, const json_t *o, struct err *e)
{
    const char *reach = json_string_value(json_object_get(o, "reach"));
    uint32_t dev_id = 0;
    int n = 0;

    *v = (struct evidence){ 0 };
    while (reach && n <= REACH_DFU && strcmp(reach, reaches[n]) != 0)
        n++;
    if (!reach || n > REACH_DFU)
        return wrong("reach", e);
    v->reach = (enum evidence_reach)n;
    for (size_t i = 0; i < MEMBERS; i++) {
        const json_t *j = json_object_get(o, members[i].name);

        if (j && !take_member(&members[i], v, j))
            return wrong(members[i].name, e);
    }
    v->mpu_regions = v->mpu_regions > 8 ? 8 : v->mpu_regions;
    if (json_object_get(o, "dev_id") && !take_hex(json_object_get(o, "dev_id"), &dev_id))
        return wrong("dev_id", e);
    v->device = dev_id && dev_id <= 0xFFF ? device_by_id((uint16_t)dev_id) : NULL;
    if (!v->device && (v->reach >= REACH_CHIP || dev_id))
        return err_set(e, ERR_INPUT, "the report is of a chip that this version does not know");
    if (!take_err(json_object_get(o, "failed"), &v->failed, e) || !take_err(json_object_get(o, "op_err"), &v->op_err, e) ||
        !take_samples(v, json_object_get(o, "sample"), e) || !take_places(v, json_object_get(o, "places"), e))
        return false;
    if (!v->device) {
        v->look_read = false;
        return true;
    }
    if (!take_registers(v, json_object_get(o, "registers"), e))
        return false;
    fill_look(v);
    return v->flash_bytes <= v->device->flash_bytes_max || wrong("flash_bytes", e);
}

/* ---- findings ---- */

static json_t *finding_json(const struct finding *f)
{
    json_t *seen = json_array(), *o;
    const struct remedy *r = remedy_of(f);

    for (unsigned i = 0; i < f->n_seen; i++)
        json_array_append_new(seen, text_json(f->seen[i]));
    o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s?, s:s}", "id", f->rule->id, "title", f->rule->title, "certainty",
                  certainty_name(f->certainty), "what", text_json(f->what), "seen", seen, "decide", f->rule->decide, "families",
                  f->rule->families);
    if (r)
        json_object_set_new(o, "remedy",
                            json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", r->id, "class", remedy_class_name(r->kind), "does", r->does,
                                      "price", r->price, "words", f->remedy_words));
    if (f->rule->suspect) {
        json_t *list = json_array();

        for (const struct suspect *s = f->rule->suspect; s->id; s++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", s->id, "title", s->title, "question", s->question));
        json_object_set_new(o, "one_of", list);
    }
    return o;
}

json_t *diagnosis_to_json(const struct diagnosis *d)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < d->count; i++) {
        json_t *f = finding_json(&d->finding[i]);

        if (d->finding[i].under >= 0)
            json_object_set_new(f, "follows_from", json_string(d->finding[d->finding[i].under].rule->id));
        json_array_append_new(list, f);
    }
    return list;
}
