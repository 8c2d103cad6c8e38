#!/bin/sh
# What a reader would object to: warnings of gcc and of clang, formatting, includes that point upwards, shell that does not parse.
set -eu
cd "$(dirname "$0")/.."
failed=0

echo "lint: clang-format"
git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror || failed=1

echo "lint: layers"
python3 tools/layers.py || failed=1

echo "lint: scripts"
for script in $(git ls-files 'tools/*.sh' 'tests/*.sh' .ci/run); do
    sh -n "$script" || failed=1
done

echo "lint: warnings of clang"
CC=clang tools/configure.sh build-clang -Dtests=enabled -Dwerror=true -Dfirmware=disabled
ninja -C build-clang --quiet || failed=1

# gcc's turn is the test build, which is made with -Dwerror=true.
[ $failed = 0 ] && echo "lint: clean"
exit $failed
