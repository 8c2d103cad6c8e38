/* probes.c - the kinds of probe that we drive, and those that we know but do not drive. */
#include "probe/probe.h"

extern const struct probe_ops probe_stlink_v2, probe_stlink_v21;

const struct probe_ops *const probe_kinds[] = { &probe_stlink_v21, &probe_stlink_v2, NULL };

const struct probe_ops *probe_kind_of(const struct usb_id *id)
{
    for (const struct probe_ops *const *kind = probe_kinds; *kind; kind++)
        if ((*kind)->matches(id))
            return *kind;
    return NULL;
}

const char *probe_refusal(const struct usb_id *id)
{
    /* clang-format off */
    static const struct {
        uint16_t pid;
        const char *why;
    } refused[] = {
        { 0x3744, "ST-LINK/V1 is not supported: it speaks through mass storage commands, and ST no longer updates it" },
        { 0x374D, "an ST-LINK/V3 in its firmware loader: finish the update with STLinkUpgrade; ST-LINK/V3 is not supported yet" },
        { 0x374E, "ST-LINK/V3 (V3E) is not supported yet" },
        { 0x374F, "ST-LINK/V3 (V3SET) is not supported yet" },
        { 0x3753, "ST-LINK/V3 is not supported yet" },
        { 0x3754, "ST-LINK/V3 is not supported yet" },
        { 0x3755, "an ST-LINK/V3PWR in its firmware loader: finish the update with STLinkUpgrade; ST-LINK/V3 is not supported yet" },
        { 0x3757, "ST-LINK/V3 (V3PWR) is not supported yet" },
    };
    /* clang-format on */

    if (id->vid == 0x0483)
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            if (refused[i].pid == id->pid)
                return refused[i].why;
    return NULL;
}
