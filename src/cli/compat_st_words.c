/* compat_st_words.c - the arguments of STM32_Programmer_CLI into jobs. See compat_st.h.
 *
 * Real callers quote in many ways: a whole option with its words in one argument ("--erase all"), all words of -c in one ("port=SWD
 * freq=4000"), words with a blank in front, empty arguments from empty variables. Blanks separate words everywhere but in names of files.
 */
#include "cli/compat_st.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { JOBS_MAX = 64, TEXT_MAX = 1024 * 1024 };

/* Is `name` (of `len` letters) one of "a|b|c"? */
static bool is_named(const char *names, const char *name, size_t len)
{
    for (const char *n = names; n; n = strchr(n, '|') ? strchr(n, '|') + 1 : NULL)
        if (strcspn(n, "|") == len && strncasecmp(n, name, len) == 0)
            return true;
    return false;
}

static const struct st_option *find_option(const char *word)
{
    const char *name = word + 1 + (word[1] == '-');

    for (const struct st_option *o = st_options; o->names; o++)
        if (is_named(o->names, name, strlen(name)))
            return o;
    return NULL;
}

/* An option: a dash and no number behind it. */
static bool is_option(const char *word) { return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9'); }

static bool begin_job(struct st_line *line, const char *spelled, const char *const *at, struct err *e)
{
    const struct st_option *o = find_option(spelled);
    struct st_job *job;

    if (!o) {
        err_set(e, ERR_USAGE, "there is no option '%.60s'", spelled);
        return err_hint(e, "`STM32_Programmer_CLI --help` lists what there is");
    }
    if (line->jobs == JOBS_MAX)
        return err_set(e, ERR_USAGE, "more than %d options in one line", JOBS_MAX);
    job = &line->job[line->jobs++];
    *job = (struct st_job){ .option = o, .spelled = spelled, .word = at };
    return true;
}

struct cutter {
    struct st_line *line;
    char *to;       /* free room in line->text */
    unsigned words; /* filled of line->word */
};

static bool take_word(struct cutter *c, const char *word, struct err *e)
{
    struct st_line *line = c->line;

    if (is_option(word))
        return begin_job(line, word, line->word + c->words, e);
    if (line->jobs == 0) {
        err_set(e, ERR_USAGE, "'%.60s' stands before any option", word);
        return err_hint(e, "a line begins with -c port=SWD, or with -l");
    }
    line->word[c->words++] = word;
    line->job[line->jobs - 1].words++;
    return true;
}

/* One argument: one word, or several separated by blanks. */
static bool take_argument(struct cutter *c, const char *argument, struct err *e)
{
    struct st_line *line = c->line;
    const char *begin = argument + strspn(argument, " \t");
    bool splits = is_option(begin) || (line->jobs > 0 && line->job[line->jobs - 1].option->splits);
    char *text = c->to;

    if (!*begin)
        return true;
    strcpy(text, splits ? begin : argument);
    c->to += strlen(text) + 1;
    if (!splits)
        return take_word(c, text, e);
    for (char *word = text; *word;) {
        const size_t len = strcspn(word, " \t");
        const bool more = word[len];

        word[len] = '\0';
        if (!take_word(c, word, e))
            return false;
        word += len + more;
        word += strspn(word, " \t");
        if (*word && !is_option(word) && !line->job[line->jobs - 1].option->splits) /* "-w my file.elf": the rest is one name */
            return take_word(c, word, e);
    }
    return true;
}

bool st_read_verbosity(struct st_job *job, struct err *e)
{
    return cli_number(job->word[0], &job->size, e) &&
           ((job->size >= 1 && job->size <= 3) || err_set(e, ERR_USAGE, "verbosity is 1, 2 or 3, not %.20s", job->word[0]));
}

static bool check_job(struct st_line *line, struct st_job *job, struct err *e)
{
    const struct st_option *o = job->option;

    if (!o->run && !o->setting) {
        err_set(e, ERR_UNSUPPORTED, "%s is not supported: %s", job->spelled, o->help);
        return false;
    }
    if (job->words < o->min)
        return err_set(e, ERR_USAGE, "%s needs more: %s", job->spelled, o->args);
    if (job->words > o->max)
        return err_set(e, ERR_USAGE, "%s: '%.60s' is too much%s%s", job->spelled, job->word[o->max], o->args[0] ? ", it takes " : "",
                       o->args);
    return (!o->read || o->read(job, e)) || err_doing(e, "reading %s", job->spelled);
}

/* Settings hold for the whole line, wherever they stand. */
static bool take_setting(struct st_line *line, const struct st_job *job, struct err *e)
{
    const char *name = job->option->names;

    if (job->option == st_connect_option) {
        if (line->connection.wanted)
            return err_set(e, ERR_USAGE, "-c stands twice: a line has one connection");
        return st_read_connection(&line->connection, job, e) || err_doing(e, "reading %s", job->spelled);
    }
    if (strncmp(name, "q|", 2) == 0)
        line->quiet = true;
    else if (strncmp(name, "y|", 2) == 0)
        line->yes = true;
    else if (strncmp(name, "log", 3) == 0)
        line->log = job->words ? job->word[0] : "";
    else if (strncmp(name, "vb|", 3) == 0)
        line->verbosity = job->size;
    else if (strncmp(name, "skipErase", 9) == 0)
        line->skip_erase = true;
    return true;
}

static bool needs_target(const struct st_line *line, const char **who)
{
    for (unsigned i = 0; i < line->jobs; i++)
        if (line->job[i].option->run && !line->job[i].option->offline) {
            *who = line->job[i].spelled;
            return true;
        }
    return false;
}

static bool wants_help(const struct st_line *line)
{
    for (unsigned i = 0; i < line->jobs; i++)
        if (line->job[i].option->run == st_help || line->job[i].option->run == st_version)
            return true;
    return false;
}

bool st_read_line(struct st_line *line, int argc, char *const *argv, struct err *e)
{
    size_t len = 1;
    struct cutter c = { .line = line };
    const char *who;

    *line = (struct st_line){ .verbosity = 1 };
    for (int i = 0; i < argc; i++)
        len += strlen(argv[i]) + 1;
    if (len > TEXT_MAX)
        return err_set(e, ERR_USAGE, "the command line is too long");
    line->text = c.to = malloc(len);
    line->word = calloc(len, sizeof *line->word);
    line->job = calloc(JOBS_MAX, sizeof *line->job);
    if (!line->text || !line->word || !line->job)
        return err_set(e, ERR_NOMEM, "no memory for the command line");
    for (int i = 0; i < argc; i++)
        if (!take_argument(&c, argv[i], e))
            return false;
    for (unsigned i = 0; i < line->jobs; i++)
        if (!check_job(line, &line->job[i], e) || !take_setting(line, &line->job[i], e))
            return false;
    if (!line->connection.wanted && needs_target(line, &who) && !wants_help(line)) {
        err_set(e, ERR_USAGE, "%s needs a connection", who);
        return err_hint(e, "put `-c port=SWD` in front of it");
    }
    return true;
}

void st_line_free(struct st_line *line)
{
    for (unsigned i = 0; i < line->jobs; i++)
        image_free(&line->job[i].image);
    free(line->text);
    free(line->word);
    free(line->job);
    *line = (struct st_line){ 0 };
}
