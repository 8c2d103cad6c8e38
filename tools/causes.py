#!/usr/bin/env python3
"""Write docs/causes/ from the doctor's own rows, or check that it is what stands there.

usage: causes.py BUILD [--check]"""
import json
import pathlib
import subprocess
import sys
import textwrap

root = pathlib.Path(__file__).resolve().parent.parent
folder = root / "docs" / "causes"
done = subprocess.run([pathlib.Path(sys.argv[1]) / "sector0", "doctor", "--list", "--json"], capture_output=True, text=True, check=True)
all_ = json.loads(done.stdout)["result"]


def fill(text):
    return textwrap.fill(text, 140, break_long_words=False, break_on_hyphens=False)


def page(rule):
    out = [f"# {rule['id']}: {rule['title']}", "", fill(rule["explain"]), ""]
    out += [f"- certainty: at most {rule['at_most']}"]
    if rule["decide"]:
        out += [f"- what decides: {rule['decide']}"]
    out += [f"- what to do: {rule['remedy']} ({rule['class']}; price: {rule['price']})", f"- families: {rule['families']}"]
    if rule["leads_to"]:
        out += ["- leads to: " + ", ".join(f"[{i}]({i}.md)" for i in rule["leads_to"].split())]
    out += [f"- source: {rule['source']}"]
    if rule["one_of"]:
        out += ["", "It looks like one of these; the question tells which:", "", "| cause | | question |", "| --- | --- | --- |"]
        out += [f"| `{s['id']}` | {s['title']} | {s['question']} |" for s in rule["one_of"]]
    return "\n".join(out) + "\n"


def index():
    out = ["# Causes that `sector0 doctor` names", "", "Made by `tools/causes.py` from the rows in `src/doctor`; do not edit.", "",
           "| cause | | at most | way out |", "| --- | --- | --- | --- |"]
    out += [f"| [{r['id']}]({r['id']}.md) | {r['title']} | {r['at_most']} | {r['class']} |" for r in all_["rules"]]
    out += ["", "## Explained only", "", "These leave no trace that could be told from outside; `doctor --explain ID` speaks of them."]
    for c in all_["explained_only"]:
        out += ["", f"### {c['id']}: {c['title']}", "", fill(c["explain"]), "", f"Not found, because {c['reason']}."]
    return "\n".join(out) + "\n"


wanted = {f"{r['id']}.md": page(r) for r in all_["rules"]} | {"README.md": index()}
if "--check" in sys.argv:
    there = {p.name: p.read_text() for p in folder.glob("*.md")}
    wrong = sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n))
    if wrong:
        sys.exit("docs/causes is not current (" + ", ".join(wrong) + "); tools/causes.py BUILD puts it right")
else:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)
