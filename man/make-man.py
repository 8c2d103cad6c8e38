#!/usr/bin/env python3
"""A man page of a program, from its --help and that of each of its commands.

usage: make-man.py PROGRAM OUTPUT"""
import os
import pathlib
import re
import subprocess
import sys

MORE = {
    "sector0": ("flash, debug and rescue STM32 boards", """.SH ENVIRONMENT
.TP
.B SECTOR0_PROBE
the probe to use where \\-\\-probe is not given
.TP
.B XDG_STATE_HOME
where what is overwritten is saved, in sector0/; else ~/.local/state
.TP
.B NO_COLOR
no colours
.SH SEE ALSO
.BR sector0\\-bench (1)
"""),
    "sector0-bench": ("a virtual STM32 board with an ST-LINK", ".SH SEE ALSO\n.BR sector0 (1)\n"),
}


def ask(program, *words):
    environment = dict(os.environ, LC_ALL="C", ASAN_OPTIONS="detect_leaks=0")
    return subprocess.run([program, *words], stdout=subprocess.PIPE, check=True, env=environment, text=True).stdout


def roff(text):
    """Text that roff prints as it stands."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\\&" + text if text[:1] in (".", "'") else text


def block(text):
    return ".nf\n" + "\n".join(roff(line) for line in text.rstrip("\n").split("\n")) + "\n.fi\n"


def commands(text):
    """Names of the commands that a general help lists: words in column 3, before options."""
    names, listing = [], False
    for line in text.split("\n"):
        if re.match(r"(commands|\S.*commands).*:$", line):
            listing = True
        elif line.startswith("options"):
            listing = False
        match = re.match(r"  ([a-z][a-z-]*)( |$)", line)
        if match and (listing or "COMMAND" in text.split("\n")[0]):
            names.append(match[1])
    return list(dict.fromkeys(names))


def page(program):
    name = pathlib.Path(program).name
    what, more = MORE[name]
    general = ask(program, "--help")
    version = ask(program, "--version").split()[-1]
    text = f'.TH {name.upper()} 1 "" "sector0 {roff(version)}"\n.SH NAME\n{roff(name)} \\- {roff(what)}\n.SH DESCRIPTION\n' + block(general)
    text += ".SH COMMANDS\n"
    for command in commands(general):
        text += f".SS {roff(command)}\n" + block(ask(program, command, "--help"))
    return text + more


pathlib.Path(sys.argv[2]).write_text(page(sys.argv[1]))
