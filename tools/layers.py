#!/usr/bin/env python3
"""Includes point downwards only, and the host never includes the bench (nor the bench the host's layers).

The order below is docs/ARCHITECTURE.md's picture; a room may include itself and the rooms named for it."""
import pathlib
import re
import subprocess
import sys

HOST = {
    "base": ["device"],                     # reg.h reads the register tables
    "device": ["base"],
    "image": ["base"],
    "usb": ["base"],
    "probe": ["base", "device", "usb"],
    "adi": ["base", "device", "probe"],
    "cortexm": ["base", "device", "usb", "probe", "adi"],
    "loaders": ["base", "device"],
    "flash": ["base", "device", "image", "probe", "adi", "cortexm", "loaders"],
    "boot": ["base", "device", "usb", "cortexm", "flash"],
    "doctor": ["base", "device", "image", "probe", "adi", "cortexm", "flash", "boot"],
    "rsp": ["base", "device", "image", "probe", "adi", "cortexm", "flash", "doctor"],
    "cli": ["base", "device", "image", "usb", "probe", "adi", "cortexm", "flash", "boot", "doctor", "rsp"],
}
FACTS = ["base", "device"]                  # what the bench may know of src/
BENCH = {
    "base": [],
    "cpu": ["base"],
    "periph": ["base", "usb"],
    "chip": ["base", "cpu", "periph", "usb"],
    "dap": ["base"],
    "usb": ["base"],
    "wire": ["base", "dap"],
    "stlink": ["base", "dap", "usb"],
    "faults": ["base", "periph", "chip", "dap", "usb"],
    "parts": ["base"],
    "board": ["base", "chip", "dap", "usb", "stlink", "faults", "parts"],
    "scenarios": ["base", "chip", "faults", "parts", "board"],
    "owner": ["base", "chip", "usb", "wire", "stlink", "faults", "board"],
    "usbredir": ["base", "owner"],
    "dropin": ["owner"],
    "cli": ["base", "chip", "wire", "board", "scenarios", "owner", "usbredir"],
}
# bench/owner implements the host's usb interface: the one place where the two meet.
MEETS = {"owner": ["usb/usb.h", "base/clock.h"], "cli": [], "dropin": []}

root = pathlib.Path(__file__).resolve().parent.parent
files = subprocess.run(["git", "ls-files", "src/*.[ch]", "bench/*.[ch]"], cwd=root, capture_output=True, text=True, check=True)
wrong = 0
for name in files.stdout.split():
    side, room = name.split("/")[:2]
    for number, line in enumerate((root / name).read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not found:
            continue
        path = found.group(1)
        other = path.split("/")[0]
        in_src, in_bench = (root / "src" / path).exists(), (root / "bench" / path).exists()
        if side == "src":
            ok = in_src and not in_bench and (other == room or other in HOST.get(room, []))
        elif in_bench:
            ok = not in_src and (other == room or other in BENCH.get(room, []))
        else:
            ok = in_src and (other in FACTS or path in MEETS.get(room, []))
        if not ok:
            print(f"{name}:{number}: {side}/{room} may not include {path}")
            wrong += 1
sys.exit(1 if wrong else 0)
