/* sector0-bench.c - the virtual board's program. Everything is in bench/. */
#include "cli/cli.h"

int main(int argc, char **argv) { return bench_main(argc, argv); }
