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
python3 - build-test/meson-logs/testlog.json <<'PY'
import json, sys
passed = failed = skipped = 0
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    result = json.loads(line)["result"]
    if result in ("OK", "EXPECTEDFAIL"): passed += 1
    elif result == "SKIP": skipped += 1
    else: failed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
PY
exit $status
