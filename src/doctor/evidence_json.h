/* evidence_json.h - evidence and findings as JSON: what `--json` prints, what a report file holds and replay reads. */
#pragma once
#include "doctor/rule.h"

#include <jansson.h>

json_t *evidence_to_json(const struct evidence *v);
/* From a report. Unknown members are ignored, missing ones stay 0. Errors: ERR_INPUT (a member of the wrong kind; a chip without a row). */
bool evidence_from_json(struct evidence *v, const json_t *o, struct err *e);

json_t *diagnosis_to_json(const struct diagnosis *d);
