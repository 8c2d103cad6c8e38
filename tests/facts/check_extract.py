#!/usr/bin/env python3
"""The kept files are what extract.py makes of the original data; where the original is not at hand, that they can be read and are in order.

usage: check_extract.py DATA_DIR      (SECTOR0_FACTS in the environment goes before it)"""
import os
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
data = pathlib.Path(os.environ.get("SECTOR0_FACTS") or sys.argv[1])
if (data / "stm32-data").is_dir():
    print(f"comparing with a fresh extract from {data}")
    sys.exit(subprocess.run([sys.executable, here / "extract.py", data, "--check"]).returncode)
if os.environ.get("SECTOR0_FACTS"):
    sys.exit(f"no stm32-data in {data}")

wrong = 0
for name, numbers in [("registers.csv", [2, 4, 5]), ("interrupts.csv", [2]), ("bases.csv", [2]), ("pins.csv", [4]),
                      ("clocks.csv", []), ("memories.csv", [2, 3])]:
    origin, heading, *lines = (here / name).read_text().splitlines()
    for number, line in enumerate(lines, 3):
        cells = line.split(",")
        if len(cells) != len(heading.split(",")) or any(cells[i] and not cells[i].startswith("0x") and not cells[i].isdigit() for i in numbers):
            print(f"{name}:{number}: {line}")
            wrong += 1
    if len(set(lines)) != len(lines):
        print(f"{name}: a line stands there twice")
        wrong += 1
print("the original data is not at hand; the kept files were checked for their form")
sys.exit(1 if wrong else 0)
