#!/usr/bin/env python3
"""Put what the demo prints into README.md, or check that it is what stands there.

usage: readme.py BUILD [--check]"""
import pathlib
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
text = readme.read_text()
start = text.index("\n", text.index(BEGIN)) + 1
end = text.index(END)
new = text[:start] + "```text\n" + run.stdout.strip("\n") + "\n```\n" + text[end:]
if "--check" not in sys.argv:
    readme.write_text(new)
elif new != text:
    print(run.stdout)
    sys.exit("README.md shows something else than the demo prints; tools/readme.py BUILD puts it right")
