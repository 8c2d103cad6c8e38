#!/usr/bin/env python3
"""Run test_microbit (tests/unit/cpu/microbit): our core beside qemu-system-arm's BBC micro:bit. Skipped where that cannot be had."""
import os
import shutil
import subprocess
import sys
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import kernel  # noqa: E402
from journey import SKIP  # noqa: E402

try:
    if not shutil.which("qemu-system-arm"):
        kernel.programs()
except kernel.Unavailable as why:
    print(f"skipped: {why}")
    sys.exit(SKIP)
sys.exit(subprocess.run(sys.argv[1:], env=dict(os.environ, CMOCKA_MESSAGE_OUTPUT="STDOUT")).returncode)
