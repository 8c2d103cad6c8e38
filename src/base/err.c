/* err.c - filling in an error. See err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void format_into(char *text, const char *format, va_list args)
{
    char line[ERR_TEXT];

    vsnprintf(line, sizeof line, format, args);
    memcpy(text, line, sizeof line);
}

bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
    va_list args;
    char cause[ERR_TEXT];

    va_start(args, format);
    format_into(cause, format, args);
    va_end(args);
    *e = (struct err){ .kind = kind };
    memcpy(e->cause, cause, sizeof cause);
    return false;
}

bool err_doing(struct err *e, const char *format, ...)
{
    va_list args;

    if (e->n_doing == ERR_LINES)
        return false;
    va_start(args, format);
    format_into(e->doing[e->n_doing++], format, args);
    va_end(args);
    return false;
}

bool err_seen(struct err *e, const char *format, ...)
{
    va_list args;

    if (e->n_seen == ERR_LINES)
        return false;
    va_start(args, format);
    format_into(e->seen[e->n_seen++], format, args);
    va_end(args);
    return false;
}

bool err_hint(struct err *e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_into(e->hint, format, args);
    va_end(args);
    return false;
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",
        [ERR_USAGE] = "usage",
        [ERR_INPUT] = "input",
        [ERR_NODEV] = "no-device",
        [ERR_IO] = "io",
        [ERR_TIMEOUT] = "timeout",
        [ERR_PROTOCOL] = "protocol",
        [ERR_FAULT] = "fault",
        [ERR_LOCKED] = "locked",
        [ERR_REFUSED] = "refused",
        [ERR_VERIFY] = "verify",
        [ERR_UNSUPPORTED] = "unsupported",
        [ERR_INTERRUPTED] = "interrupted",
        [ERR_NOMEM] = "no-memory",
        [ERR_BUG] = "bug",
    };

    return names[kind];
}
