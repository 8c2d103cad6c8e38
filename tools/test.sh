#!/bin/sh
# `make test`: lint, then every test in one build with gcc, the address and the undefined-behaviour sanitizer.
# The last line is the count.
set -eu
cd "$(dirname "$0")/.."

tools/lint.sh || { echo "0 passed, 1 failed"; exit 1; }

tools/configure.sh build-test -Dtests=enabled -Db_sanitize=address,undefined -Db_lundef=false -Dwerror=true
ninja -C build-test --quiet || { echo "0 passed, 1 failed"; exit 1; }

status=0
meson test -C build-test --no-rebuild --no-suite long --print-errorlogs || status=$?
python3 - build-test/meson-logs/testlog.junit.xml <<'PY'
import sys, xml.etree.ElementTree as tree
passed = failed = skipped = 0
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    if case.find("failure") is not None or case.find("error") is not None: failed += 1
    elif case.find("skipped") is not None: skipped += 1
    else: passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
PY
exit $status
