/* compat_st_out.c - what STM32_Programmer_CLI prints. All of it, errors too, goes to the standard output: that is where scripts look. */
#include "cli/compat_st.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

enum { BAR = 50, TITLE_COLUMN = 24, LINE_MAX_BYTES = 600 };

static const char rule[] = "      -------------------------------------------------------------------";

/* "12:34:56:789 : ", as ST's log and -vb 3 have it. */
static void stamp(FILE *out)
{
    struct timespec now;
    struct tm local;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    fprintf(out, "%02d:%02d:%02d:%03ld : ", local.tm_hour, local.tm_min, local.tm_sec, now.tv_nsec / 1000000);
}

static void put(FILE *out, const char *text, bool stamped)
{
    const size_t empty = strspn(text, "\r\n");

    fwrite(text, 1, empty, out);
    if (stamped && text[empty])
        stamp(out);
    fputs(text + empty, out);
}

void st_print(struct st *st, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(st->cli.out, text, st->line->verbosity >= 3);
    fflush(st->cli.out);
    if (st->log)
        put(st->log, text, true);
}

void st_banner(struct st *st)
{
    st_print(st, "%s\n", rule);
    if (st->version)
        st_print(st, "%*sSTM32CubeProgrammer v%s\n", TITLE_COLUMN, "", st->version);
    else
        st_print(st, "%*ssector0 v%s, as STM32_Programmer_CLI\n", TITLE_COLUMN - 6, "", SECTOR0_VERSION);
    st_print(st, "%s\n\n", rule);
}

void st_label(struct st *st, const char *label, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    st_print(st, "%-12s: %s\n", label, text);
}

/* On a terminal it grows; elsewhere it appears once, finished. */
void st_bar(struct st *st, uint64_t done, uint64_t total)
{
    static const char full[] = "==================================================";
    const unsigned percent = total == 0 || done >= total ? 100 : (unsigned)(done * 100 / total);

    if (st->line->quiet)
        return;
    if (percent == 100)
        st_print(st, "%s[%s] 100%% \n", st->terminal ? "\r" : "", full);
    else if (st->terminal && percent != st->bar_shown) {
        fprintf(st->cli.out, "\r[%-*.*s] %u%% ", BAR, (int)(percent * BAR / 100), full, percent);
        fflush(st->cli.out);
    }
    st->bar_shown = percent;
}

const char *st_size(char *text, size_t cap, uint64_t bytes)
{
    if (bytes < 1024)
        snprintf(text, cap, "%llu.00 B", (unsigned long long)bytes);
    else if (bytes < 1024 * 1024)
        snprintf(text, cap, "%llu.%02llu KB", (unsigned long long)(bytes / 1024), (unsigned long long)(bytes % 1024 * 100 / 1024));
    else
        snprintf(text, cap, "%llu.%02llu MB", (unsigned long long)(bytes >> 20), (unsigned long long)((bytes & 0xFFFFF) * 100 >> 20));
    return text;
}

uint64_t st_now_us(const struct st *st) { return clock_now_us(st->f.t.clock); }

void st_elapsed(struct st *st, const char *what, uint64_t since_us)
{
    const uint64_t ms = (st_now_us(st) - since_us) / 1000;

    st_print(st, "%s: %02u:%02u:%02u.%03u\n", what, (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60),
             (unsigned)(ms % 1000));
}

bool st_failed(struct st *st, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    st_print(st, "%sError: %s\n", st->terminal && st->bar_shown && st->bar_shown < 100 ? "\n" : "", text);
    return false;
}

void st_warn(struct st *st, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    st_print(st, "Warning: %s\n", text);
}
