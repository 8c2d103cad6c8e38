#!/usr/bin/env python3
"""What a program finds around it: pipes nobody reads, full disks, closed streams, terminals, odd folders and names."""
import fcntl
import json
import os
import pathlib
import pty
import struct
import subprocess
import sys
import termios

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main  # noqa: E402

FAILED, NO_DEVICE = 1, 3
PROGRAMS = ("sector0", "sector0-bench")


def shell(j, line, **more):
    return j.run("bash", "-c", line, **more)


def a_reader_that_leaves_is_no_error(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    for line in (f"sector0 --probe bench:{j.board} read 0x08000000 200000", f"sector0 --probe bench:{j.board} --json read 0x08000000 200000",
                 f"sector0-bench uart {j.board} --follow"):
        text = shell(j, f"set -o pipefail; {line} | head -1")
        has_not(text, "error", "output")
    has(j.run("sector0-bench", "report", j.board), "real")          # the board was saved: time has passed


def output_that_cannot_be_written_is_an_error(j):
    j.new("stm32u073rc")
    for line in (f"sector0 --probe bench:{j.board} info", f"sector0 --json --probe bench:{j.board} info", f"sector0-bench report {j.board}",
                 *(f"{p} {o}" for p in PROGRAMS for o in ("--help", "--version"))):
        for where in ("> /dev/full", ">&-"):
            has(shell(j, f"{line} {where}", status=FAILED), "^error: .*output")


def at_a_terminal(j, columns, *words):
    """What a terminal of that width is sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    done = subprocess.Popen(["sector0", "--probe", f"bench:{j.board}", *words], cwd=j.folder, env={**j.env, "NO_COLOR": "1"}, stdin=subprocess.DEVNULL,
                            stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65536):
            text += piece
    except OSError:                                                      # EIO: the other end is closed
        pass
    os.close(ours)
    done.wait(60)
    return text.decode().replace("\r\n", "\n")


def findings_fit_the_terminal(j):
    j.new("stm32u073rc", "--scenario", "page0-protected")
    whole = j.sector0("doctor", status=6)
    for columns in (60, 90, 200):
        text = at_a_terminal(j, columns, "doctor")
        print(text)
        findings = text[text.index("\nlikely "):].splitlines()
        assert max(map(len, findings)) <= min(columns, 140), f"wider than {columns}"
        assert max(map(len, findings)) > min(columns, 140) - 25, f"much narrower than {columns}"
        assert text.split() == whole.split(), "other words"
    error = at_a_terminal(j, 70, "flash", j.firmware("charger.elf"))
    print(error)
    assert max(map(len, error[error.index("  why "):].splitlines())) <= 70


def closed_streams_do_not_reach_the_board_file(j):
    j.new("stm32u073rc")
    shell(j, f"sector0 --probe bench:{j.board} flash {j.firmware('charger.elf')} <&- >&- 2>&-", status=FAILED)
    shell(j, f"sector0-bench report {j.board} <&- >&- 2>&-", status=FAILED)
    has(j.sector0("verify", j.firmware("charger.elf")), "verified")


def names_of_any_kind_work(j):
    for number, name in enumerate(("a b", "new\nline", "quote'\"", "\udcff\udcfe", "é" * 60, "-dash", "comma,dfu,x", "%s%n")):
        board = f"./{name}.board"
        j.run("sector0-bench", "new", board, "--chip", "stm32u073rc")
        fw = j.path(f"{name}.elf")
        fw.write_bytes(pathlib.Path(j.firmware("charger.elf")).read_bytes())
        result = json.loads(j.run("sector0", "--json", "--quiet", "--probe", f"bench:{board}", "flash", fw))
        assert result["exit"] == 0, number
        j.run("sector0", "--probe", f"bench:{board}", "read", "0x08000000", "1024", "-o", f"./{name}.bin")
        missing = json.loads(j.run("sector0", "--json", "--probe", f"bench:{board}", "flash", f"./{name}.hex", status=FAILED))
        assert missing["error"]["doing"], number


def advice_that_was_followed_is_not_given_again(j):
    j.run("sector0-bench", "new", j.board, "--chip", "stm32u073rc", "--scenario", "swd-not-wired")
    has(j.sector0("info", status=NO_DEVICE), "no chip answers on SWD", "try .*--connect under-reset")
    for words in (["info", "--connect", "under-reset"], ["flash", j.firmware("charger.elf")]):
        text = j.sector0(*words, status=NO_DEVICE)
        has(text, "no chip answers on SWD", "while connecting under reset", "try .*NRST")
        has_not(text, "--connect under-reset")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__" and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
