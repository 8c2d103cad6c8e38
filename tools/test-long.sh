#!/bin/sh
# `make test-long`: what takes too long for every commit. The sweeps (suite `long`), the main paths under valgrind, and the fuzzers.
#   SECONDS_EACH   how long each fuzzer runs (60)
set -eu
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
passed=0 failed=0
step() {
    name=$1
    shift
    echo "test-long: $name"
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "test-long: $name FAILED"; fi
}

sweeps() {
    [ -n "$(meson test -C build-test --list --suite long 2>/dev/null)" ] || return 0
    meson test -C build-test --no-rebuild --suite long --print-errorlogs --timeout-multiplier 10
}

# The demo's commands and every unit test but the long-running model sweeps, with valgrind looking at memory.
valgrind_demo() {
    tools/configure.sh build-valgrind -Dtests=enabled -Dbuildtype=debug -Doptimization=1
    ninja -C build-valgrind --quiet
    SECTOR0_UNDER="valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99" tools/demo.sh build-valgrind
}
valgrind_units() {
    meson test -C build-valgrind --no-rebuild --suite unit --no-suite slow --print-errorlogs --timeout-multiplier 40 \
        --wrapper 'valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 --trace-children=no'
}

fuzzers() {
    CC=clang tools/configure.sh build-fuzz -Dtests=enabled -Dfuzz=true -Dfuzz_seconds="$seconds" -Db_sanitize=address,undefined -Db_lundef=false -Dfirmware=disabled
    ninja -C build-fuzz --quiet fuzzers
    meson test -C build-fuzz --no-rebuild --suite fuzz --print-errorlogs
}

step 'sweeps' sweeps
step 'the demo under valgrind' valgrind_demo
step 'unit tests under valgrind' valgrind_units
step 'fuzzers' fuzzers
echo "$passed passed, $failed failed"
[ $failed = 0 ]
