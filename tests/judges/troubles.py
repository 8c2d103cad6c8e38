#!/usr/bin/env python3
"""Boards in trouble, shown to OpenOCD and st-flash first, then to `sector0 flash`: what each of them says, side by side.

The three get equal copies of the same board. What they print is kept in tests/golden/troubles/NAME.txt (SECTOR0_GOLDEN=write renews it) and held
against that; with other versions of the tools than those recorded, only our own claims are checked. A G071 board: the tools do not know the U0."""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import golden, has, main, need  # noqa: E402

OPENOCD = ("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32g0x.cfg", "-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled",
           "-c", "program x.bin 0x08000000 verify reset exit")
ST_FLASH = ("st-flash", "--reset", "write", "x.bin", "0x08000000")
RECORDED = {"openocd": "0.12.0", "st-flash": "1.7.0"}

# scenario: what our note says, and the words of `sector0 flash` besides the file
DONE = {
    "nrst-not-wired": (r"note: the probe's NRST did not reset the chip \(not wired", ()),
    "nrst-pulled-up-hard": (r"note: the probe's NRST did not reset the chip \(not wired, or held by something stronger\)", ()),
    "nrst-pin-is-gpio": (r"note: NRST_MODE makes NRST a GPIO: the chip was reset through the debug port", ()),
    "swd-pins-reused": (r"note: connected under reset, because attaching failed", ()),
    "stopped": (r"note: connected under reset, because attaching failed", ()),
    "sleeping": (r"note: the core was asleep \(DHCSR.S_SLEEP\)", ()),
    "controller-locked": (r"note: the flash controller was locked until a reset, as after a wrong key \(FLASH_CR=0x[C8]0000000", ()),
    "stale-flags": (r"note: error flags were left in FLASH_SR=0x000000[0-9A-F]{2} \(.*PGSERR.*\); they are cleared", ()),
    "pg-left-set": (r"note: somebody left FLASH_CR=0x40000001 .*\(.*PG.*\)", ()),
    "half-a-double-word": (r"note: the flash controller was not idle: FLASH_SR=0x[0-9A-F]{8} \(.*CFGBSY", ()),
    "watchdog-started": (r"note: the application's watchdog was running", ()),
    "watchdog-by-option-g071": (r"note: a watchdog starts with every reset \(option words\)", ()),
    "mpu-forbids-ram": (r"note: the application's MPU was on \(MPU_CTRL=0x00000005\)", ()),
    "core-in-fault": (r"note: the core was in its HardFault handler (near 0x080000[0-9A-F]{2} )?\(ICSR.VECTACTIVE=3\)", ()),
    "core-locked-up": (r"note: the core had locked up", ()),
    "power-fails-erase": (r"note: the target lost its power in the middle of it \(.*\): starting over", ()),
    "supply-rises-slowly": (r"note: the target lost its power in the middle of it \(.*\): starting over", ()),
    "all-ones-programmed": (r"^flashed", ()),
    "debug-in-low-power-left-on": (r"^flashed", ()),
    "sram-mapped-at-0": (r"^flashed", ()),
    "probe-serial-garbled": (r"^flashed", ()),
    "ram-parity": (r"^flashed", ()),
    "window-watchdog-started": (r"^flashed", ()),
}

# scenario: what our error says; exit status
REFUSED = {
    "readout-protected": (r"error: .*readout protection is at level 1|error: readout protection level 1", 4),
    "page0-protected-g071": (r"error: page 0 .*protected", 4),
    "flash-busy-for-ever": (r"error: flash still busy", 1),
    "brown-out-each-erase": (r"error: the target lost its power in each of 3 tries", 1),
    "weak-page": (r"error: page 2 does not hold what was programmed", 1),
    "page-refuses": (r"error: the flash controller refused to program page 2", 1),
    "cfgbsy-stuck": (r"error: flash still busy", 1),
    "swd-wires-too-long": (r"error: .*parity", 1),
}


ENDLESS = ("flash-busy-for-ever",)  # st-flash 1.7.0 asks FLASH_SR for ever; it was tried once, by hand


def image():
    data = bytearray((i * 7 + i // 251) % 255 for i in range(5000))
    data[0:8] = bytes.fromhex("00200020 01010008")
    data[0x100:0x104] = bytes.fromhex("fee7fee7")
    return bytes(data)


def tidy(text):
    """What differs from run to run for no reason of the board's: clock times, and progress that is written over itself."""
    lines = []
    for line in re.split(r"\r|\n|\\x0d", text):
        line = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d ", "", line).rstrip()
        line = re.sub(r"/\S*/state/sector0/[^/ ]+/", "STATE/", line)
        if line and (not lines or lines[-1] != line):
            lines.append(line)
    return "\n".join(lines) + "\n"


def as_recorded(program):
    done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return RECORDED[program] in done.stdout.decode(errors="replace")


def peeked(j):
    """What is in flash, whatever the core and its debug port are doing now."""
    return bytes(int(byte, 16) for line in j.bench("peek", "0x08000000", "5000").splitlines() for byte in line.split("  ")[1].split())


def prepared(j, name):
    need("openocd", "st-flash")
    j.path("x.bin").write_bytes(image())
    j.new("stm32g071rb", "--scenario", name)
    for program in "openocd", "st-flash":
        shutil.copy(j.path(j.board), j.path(f"{program}.board"))


def others(j, name):
    text = ""
    for words in OPENOCD, ST_FLASH:
        if words == ST_FLASH and name in ENDLESS:
            text += "$ st-flash --reset write x.bin 0x08000000\n(it waits for the flash without end)\n\n"
            continue
        said = j.under(*words, board=f"{words[0]}.board", status=tuple(range(256)), timeout=100)
        text += "$ " + " ".join(f"'{w}'" if " " in w else w for w in words) + "\n" + tidy(said) + "\n"
    return text


def kept(j, name, text):
    if all(as_recorded(program) for program in RECORDED):
        golden(j, f"troubles/{name}", text)
    else:
        print("openocd or st-flash is of another version than the recorded one: not compared")


def done(j, name):
    pattern, words = DONE[name]
    prepared(j, name)
    text = others(j, name)
    said = j.sector0("flash", "x.bin", "--at", "0x08000000", *words)
    has(said, r"flashed and verified 5000 bytes: [23] of 3 pages written; running", pattern)
    kept(j, name, text + f"$ sector0 flash x.bin --at 0x08000000{''.join(' ' + w for w in words)}\n{tidy(said)}")
    j.bench("power", "cycle")
    assert peeked(j) == image()


def refused(j, name):
    pattern, status = REFUSED[name]
    prepared(j, name)
    text = others(j, name)
    said = j.sector0("flash", "x.bin", "--at", "0x08000000", status=status)
    has(said, pattern, r"^  seen  ", r"^  try   ")
    kept(j, name, text + f"$ sector0 flash x.bin --at 0x08000000\n{tidy(said)}(status {status})\n")


def long_wires_are_good_enough_at_a_lower_speed(j):
    j.path("x.bin").write_bytes(image())
    j.new("stm32g071rb", "--scenario", "swd-wires-too-long")
    has(j.sector0("flash", "x.bin", "--at", "0x08000000", status=1), r"(?i)--speed")
    j.sector0("flash", "x.bin", "--at", "0x08000000", "--speed", "480")
    assert peeked(j) == image()


def an_option_write_at_too_low_a_voltage_is_refused(j):
    j.new("stm32u073rc", "--set", "target_mv=1700")
    before = j.sector0("option", "show")
    said = j.sector0("option", "set", "nBOOT_SEL=0", "--yes", status=4)
    has(said, r"error: the target's supply is too low to write option words", r"1\.70 V measured by the probe, 1\.71 V needed", r"^  try   ")
    assert j.sector0("option", "show") == before


main({**{"done_" + name.replace("-", "_"): (lambda j, name=name: done(j, name)) for name in DONE},
      **{"refused_" + name.replace("-", "_"): (lambda j, name=name: refused(j, name)) for name in REFUSED},
      "long_wires_are_good_enough_at_a_lower_speed": long_wires_are_good_enough_at_a_lower_speed,
      "an_option_write_at_too_low_a_voltage_is_refused": an_option_write_at_too_low_a_voltage_is_refused})
