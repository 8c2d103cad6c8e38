#!/bin/sh
# Make a Meson build folder unless it is there. usage: configure.sh DIR [MESON OPTION...]
set -eu
dir=$1
shift
[ -f "$dir/build.ninja" ] && exit 0
if ! meson setup "$dir" "$@" >"$dir.log" 2>&1; then
    cat "$dir.log" >&2
    rm -f "$dir.log"
    exit 1
fi
rm -f "$dir.log"
