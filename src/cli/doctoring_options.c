/* doctoring_options.c - after repairs: are the option words as they were saved before, as from the factory, or neither? See doctoring.h. */
#include "cli/doctoring.h"

#include <inttypes.h>
#include <string.h>

enum account { AS_SAVED, AS_FACTORY, AS_FOUND, CHANGED, ACCOUNTS };

static const char *const account_names[ACCOUNTS] = { "saved", "factory", "found", "changed" };

static enum account account_of(const struct evidence *before, const struct evidence *now, unsigned i)
{
    const struct option_word *o = &now->device->flash->options[i];
    const uint32_t is = now->look.option[i];

    if (before->has_saved && ((is ^ before->saved[i]) & o->writable) == 0)
        return AS_SAVED;
    if (((is ^ o->factory) & o->writable) == 0)
        return AS_FACTORY;
    return is == before->look.option[i] ? AS_FOUND : CHANGED;
}

static void say_account(struct cli *cli, const struct evidence *before, const struct evidence *now, enum account which)
{
    static const char *const words[2][ACCOUNTS] = {
        { "", "as from the factory: nothing had been saved", "as found, which is not the factory's: nothing had been saved",
          "changed, and not the factory's: nothing had been saved" },
        { "as saved before", "as from the factory, which is not what was saved before", "as found, which is not what was saved before",
          "changed, and not to what was saved before" },
    };
    char text[300] = "";

    for (unsigned i = 0; i < now->look.options; i++) {
        const struct option_word *o = &now->device->flash->options[i];
        const size_t used = strlen(text);

        if (account_of(before, now, i) != which)
            continue;
        if (which == AS_SAVED || which == AS_FACTORY)
            snprintf(text + used, sizeof text - used, " %s", o->name);
        else
            snprintf(text + used, sizeof text - used, " %s=0x%08" PRIX32, o->name, now->look.option[i]);
    }
    if (text[0])
        cli_print(cli, "options  %s %s\n", text, words[before->has_saved][which]);
}

/* OEM keys are no option words that could be saved or put back: their registers cannot be read (RM0503 FLASH_OEMKEYSR, FLASH_SR). */
static void say_keys(struct cli *cli, const struct evidence *before, const struct evidence *now, json_t *o)
{
    const bool one = ev_set(now, "FLASH.SR.OEM1LOCK"), two = ev_set(now, "FLASH.SR.OEM2LOCK");
    uint32_t was, is;

    if (!ev_reg(now, "FLASH.OEMKEYSR", &is))
        return;
    if (!ev_reg(before, "FLASH.OEMKEYSR", &was))
        was = is;
    json_object_set_new(o, "OEMKEYSR", json_string(is != was ? "changed" : is || one || two ? "found" : "factory"));
    if (one || two)
        cli_print(cli,
                  "options   OEMKEYSR=0x%08" PRIX32
                  " %s: %s. Option words do not take it off, and no save puts it back: it is permanent for "
                  "whoever does not know the key\n",
                  is, is == was ? "as found" : "changed",
                  one && two ? "OEM1 and OEM2 keys are set"
                  : one      ? "an OEM1 key is set"
                             : "an OEM2 key is set");
    else
        cli_print(cli, "options   OEMKEYSR as from the factory: no key is set\n");
}

void doctoring_account(struct cli *cli, const struct evidence *before, const struct evidence *now)
{
    json_t *o = json_object();

    if (!before->look_read || !now->look_read || before->device != now->device) {
        json_decref(o);
        return;
    }
    for (enum account which = AS_SAVED; which < ACCOUNTS; which++)
        say_account(cli, before, now, which);
    for (unsigned i = 0; i < now->look.options; i++)
        json_object_set_new(o, now->device->flash->options[i].name, json_string(account_names[account_of(before, now, i)]));
    say_keys(cli, before, now, o);
    json_object_set_new(cli->result, "options", o);
}
