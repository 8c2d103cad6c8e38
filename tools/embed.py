#!/usr/bin/env python3
"""Scenario files as a table in C, so that the bench finds them wherever it is: embed.py OUT FILE..."""
import pathlib
import sys

out, files = sys.argv[1], sorted(sys.argv[2:], key=lambda f: pathlib.Path(f).name)
rows = []
for file in files:
    path = pathlib.Path(file)
    lines = "\n".join('        "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in path.read_text().splitlines())
    rows.append(f'    {{ "{path.stem}",\n{lines} }},\n')
pathlib.Path(out).write_text('/* Made by tools/embed.py from bench/scenarios. */\n#include "scenarios/scenario.h"\n\n'
                             "const struct shipped_scenario shipped_scenarios[] = {\n" + "".join(rows) + "    { NULL, NULL },\n};\n")
