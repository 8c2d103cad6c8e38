#!/usr/bin/env python3
"""What OpenOCD and st-flash print on a board in trouble, and what sector0 prints: docs/side-by-side.md, recorded by running all of them.

usage: side_by_side.py BUILD [--write | --check [CAUSE...]]

On an STM32G071, because Debian's OpenOCD 0.12 and stlink 1.7 know that and not the U0. Each program gets its own copy of the same board, and the
words that its users type. Nothing here depends on the machine: pace `step`."""
import pathlib
import re
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import ROOT, Journey, need  # noqa: E402

DOC = ROOT / "docs" / "side-by-side.md"
QUIET = ("-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled")
OPENOCD = ("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32g0x.cfg", *QUIET)
KEEP = 7                                    # lines of another program's output: those that say something went wrong, the last ones

# scenario, what it is in a sentence
FOUNDING = [
    ("page0-protected-g071", "Page 0 is write-protected: firmware rewrote its option bytes, and does so at every start."),
    ("stale-flags", "Error flags stand in FLASH_SR: a write through a NULL pointer. No reset since."),
    ("watchdog-started", "The firmware has started a watchdog of half a second."),
    ("mpu-forbids-ram", "The firmware's MPU lets no code run from RAM."),
    ("half-a-double-word", "The flash controller waits for the second half of a double word."),
]
OTHERS = [
    ("core-in-fault", "The firmware sits in its HardFault handler."),
    ("readout-protected", "Readout protection is at level 1."),
    ("swd-pins-reused", "The firmware uses PA13 and PA14 for itself."),
    ("stopped", "The firmware is in Stop mode."),
    ("no-power", "The board has no power."),
    ("swd-not-wired", "A line of SWD is not connected."),
    ("boots-bootloader-always", "The options boot the bootloader, whatever is in flash."),
    ("empty-flag-stale", "ACR.EMPTY says blank; flash is not."),
    ("watchdog-by-option-g071", "The options start the watchdog at every reset."),
    ("all-pages-protected", "Every page is write-protected."),
]


def app():
    """3000 bytes with good vectors and an endless loop: an image of our own, so that nothing changes when the firmware does."""
    return struct.pack("<II", 0x20002000, 0x080000C1) + b"\xC1\x00\x00\x08" * 46 + b"\xFE\xE7" + bytes((i * 7 + 3) & 0xFF for i in range(3000 - 194))


def words(elf, binary):
    return [
        ("openocd: program", (*OPENOCD, "-c", f"program {elf} verify reset exit")),
        ("openocd: init, halt, flash write_image erase", (*OPENOCD, "-c", f"init; halt; flash write_image erase {elf}; shutdown")),
        ("st-flash write", ("st-flash", "write", binary, "0x08000000")),
        ("st-flash --connect-under-reset write", ("st-flash", "--connect-under-reset", "write", binary, "0x08000000")),
    ]


def boiled_down(text, folder):
    """The lines in which a program says how it went; nothing of the machine."""
    text = re.sub(r"\S*" + re.escape(str(folder)) + r"/?", "", text)
    lines = [re.sub(r"^\d{4}-\d\d-\d\dT\S+ ", "", line.rstrip()) for line in re.split(r"[\r\n]+", text)]
    said = [line for line in lines if re.search(r"error|fail|warn|timed? ?out|\*\*|jolly|protected|unknown|unable|not |locked|lockup|wrote \d|verified", line, re.I)
            and not re.search(r"deprecated|telnet|tcl_port|adapter speed|does not support|auto-selecting|note:", line, re.I)]
    return said[-KEEP:] or [line for line in lines if line][-2:]


# Where a running core happens to be when it is looked at, and how long a job took, move with every transfer more or less: no claim.
MOVES = ((r"\b(running|running the bootloader|asleep) at 0x[0-9A-F]{8}\b", r"\1 at 0x..."), (r"; (running|reset) \(\d+\.\d+ s\)", r"; \1"))


def steady(text):
    for pattern, instead in MOVES:
        text = re.sub(pattern, instead, text)
    return text


def told(j, name, sentence):
    out = [f"## {name}", "", sentence, ""]
    j.path("app.bin").write_bytes(app())
    j.run("arm-none-eabi-objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", "0x08000000", "app.bin", "app.hex")
    j.new("stm32g071rb", "--scenario", name, board="whole.board")
    for title, line in words("app.hex", "app.bin"):
        shutil.copy(j.path("whole.board"), j.path("b.board"))
        text, status = run(j, "sector0-bench", "run", "b.board", "--", *line)
        out += [f"`{title}`, exit status {status}:", "", "```text", *boiled_down(steady(text), j.folder), "```", ""]
    ours = [("sector0 doctor", ("doctor",)), ("sector0 flash", ("flash", "app.hex"))]
    if name in dict(FOUNDING):                  # and how the option words read afterwards
        ours.append(("sector0 doctor --fix --image", ("doctor", "--fix", "--brief", "--image", "app.hex")))
    for title, line in ours:
        shutil.copy(j.path("whole.board"), j.path("b.board"))
        text, status = run(j, "sector0", "--probe", "bench:b.board", *line)
        text = re.sub(r"/\S*/state/sector0/(\w+)-[0-9a-f]{16}/", r"~/.local/state/sector0/\1-BOARD/", text).replace(str(j.folder), "FOLDER")
        out += [f"`{title}`, exit status {status}:", "", "```text", *steady(text).rstrip("\n").split("\n"), "```", ""]
    return "\n".join(out)


def run(j, *line):
    done = subprocess.run([str(w) for w in line], cwd=j.folder, env=j.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300)
    return done.stdout.decode(errors="replace"), done.returncode


HEAD = """# Side by side

What OpenOCD 0.12 and st-flash 1.7, unmodified from Debian, print on a virtual STM32G071 in trouble, with the words that their users type; and what sector0
prints on the same board. Of the others' output the lines are kept that say how it went. Made by `tests/judges/side_by_side.py BUILD --write`; a test runs
it and compares. Where a running core happened to be, and how long a job took, is left out.

The first five are the founding case, told honestly: each of them fits a log in which a programmer erases and then says `failed to download Sector[0]`, and
nobody knows which of them it was. Where the others succeed, that is recorded too: most of these states do not survive a reset, and whether a program
resets first decides. Of these five, `doctor --fix` too, which ends with how the option words read afterwards.

"""


def main():
    build, mode, chosen = sys.argv[1], sys.argv[2], sys.argv[3:]
    need("openocd", "st-flash")
    rows = [r for r in FOUNDING + OTHERS if not chosen or r[0] in chosen]
    parts = []
    for name, sentence in rows:
        j = Journey(build)
        try:
            parts.append(told(j, name, sentence))
        finally:
            j.close()
    if mode == "--write":
        DOC.write_text(HEAD + "\n".join(parts))
        return
    there = DOC.read_text()
    if not chosen:
        wrong = [] if there == HEAD + "\n".join(parts) else [part for part in parts if part not in there] or ["(its head, or a board too many)"]
    else:
        wrong = [part for part in parts if part not in there]
    for part in wrong:
        print(part)
    sys.exit("docs/side-by-side.md is not what the programs print now; side_by_side.py BUILD --write renews it" if wrong else 0)


main()
