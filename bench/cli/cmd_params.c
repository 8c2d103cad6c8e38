/* cmd_params.c - `sector0-bench params`: what a board can be set to, or is. */
#include "cli/cli.h"

#include "board/file.h"

#include <inttypes.h>

static void print(FILE *f, const struct board_params *p)
{
    char text[PARAM_TEXT];

    for (const struct param_row *row = param_rows; row->name; row++)
        fprintf(f, "%-20s %24s %-5s  %s\n", row->name, params_get(p, row, text), row->unit, row->source);
}

static int run(struct bench *b, struct err *e)
{
    struct board_params params;
    struct board *board = NULL;

    params_defaults(&params);
    if (b->words) { /* a look at the file, which nobody has to own for: parameters never change */
        board = board_file_read(b->word[0], e);
        if (!board)
            return bench_exit_of(e);
        fprintf(b->out, "parameter set %08" PRIx32 " of a board with an %s\n", params_hash(&board->params, chip_name(board->chip)),
                chip_name(board->chip));
    }
    print(b->out, board ? &board->params : &params);
    board_free(board);
    return BENCH_DONE;
}

const struct bench_command bench_cmd_params = {
    .name = "params",
    .args = "[FILE]",
    .summary = "List the parameters a board can be made with, or has",
    .help = "Set with `new FILE --chip CHIP --set NAME=VALUE`. Every report names the parameter set by a hash.\n",
    .words_max = 1,
    .run = run,
};
