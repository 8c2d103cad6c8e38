#!/usr/bin/env python3
"""Put what the demo prints into README.md, or check that it is what stands there.

usage: readme.py BUILD [--check]"""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
readme = root / "README.md"
BEGIN, END = "<!-- demo begins", "<!-- demo ends -->"

run = subprocess.run([root / "tools" / "demo.sh", sys.argv[1]], capture_output=True, text=True)
sys.stderr.write(run.stderr)
if run.returncode:
    sys.stdout.write(run.stdout)
    sys.exit(f"the demo failed with status {run.returncode}")
# The demo keeps its saves in a folder of its own, whose name changes; a user's are in ~/.local/state.
printed = re.sub(r"/\S*/state/sector0/(\w+)-[0-9a-f]{16}/", r"~/.local/state/sector0/\1-BOARD/", run.stdout.strip("\n"))
text = readme.read_text()
start = text.index("\n", text.index(BEGIN)) + 1
end = text.index(END)
new = text[:start] + "```text\n" + printed + "\n```\n" + text[end:]
if "--check" not in sys.argv:
    readme.write_text(new)
elif new != text:
    print(printed)
    sys.exit("README.md shows something else than the demo prints; tools/readme.py BUILD puts it right")
