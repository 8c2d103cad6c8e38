#!/bin/sh
# Flash a real program into a virtual board and watch it run. usage: demo.sh BUILD
# Prints each command of demo.commands before what it prints. Ends with the status of the first that fails.
# SECTOR0_UNDER: a program to run them under (valgrind).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$build/firmware" "$folder/firmware"
cd "$folder"
export PATH="$build:$PATH" FIRMWARE=firmware XDG_STATE_HOME="$folder/state"
unset SECTOR0_PROBE || true

grep -v '^# ' "$here/demo.commands" | while IFS= read -r line; do
    command=${line#\? }
    if [ "${line#\#: }" != "$line" ]; then
        [ "${told:-}" ] || echo
        printf '# %s\n' "${line#\#: }"
        told=yes
        continue
    fi
    [ "${told:-}" ] || echo
    told=
    printf '$ %s\n' "$(printf %s "$command" | sed "s|\$FIRMWARE|$FIRMWARE|g")"
    status=0
    eval "${SECTOR0_UNDER:-} $command" 2>&1 || status=$?
    if [ "$command" != "$line" ]; then
        [ $status != 0 ] || { echo "demo: that should have failed" >&2; exit 1; }
        echo "(exit status $status)"
    elif [ $status != 0 ]; then
        exit $status
    fi
done
