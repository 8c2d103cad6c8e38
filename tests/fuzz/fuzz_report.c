/* fuzz_report.c - any bytes at all as the evidence of a report, which may come from anybody: an error with words, or evidence that rules
 * and words can work on, and that comes out of JSON as it went in. */
#include "doctor/evidence_json.h"
#include "doctor/remedy.h"
#include "fuzz.h"

static void take_line(void *ctx, const char *line)
{
    CLAIM(line);
    *(unsigned *)ctx += 1;
}

static void check(const json_t *o)
{
    static struct evidence v, again;
    static struct diagnosis d;
    struct err e = { 0 };
    json_t *first, *second, *found;
    unsigned lines = 0;

    if (!evidence_from_json(&v, o, &e)) {
        CLAIM(e.kind == ERR_INPUT && e.cause[0]);
        return;
    }
    diagnose(&d, &v);
    findings_write(&d, FINDINGS_ALL, FINDINGS_WIDTH, take_line, &lines);
    CLAIM(lines >= d.count);
    found = diagnosis_to_json(&d);
    CLAIM(json_array_size(found) == d.count);
    first = evidence_to_json(&v);
    CLAIM(evidence_from_json(&again, first, &e));
    second = evidence_to_json(&again);
    CLAIM(json_equal(first, second));
    json_decref(found);
    json_decref(first);
    json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    json_error_t where;
    json_t *o = json_loadb((const char *)bytes, len, 0, &where);

    if (o)
        check(json_object_get(o, "evidence"));
    json_decref(o);
    return 0;
}
