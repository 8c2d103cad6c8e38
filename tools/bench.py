#!/usr/bin/env python3
"""Measure, on the virtual board: one program of 68,724 bytes (34 pages), programmed and verified at 4000 kHz SWD.

usage: bench.py BUILD [--quick]        --quick: at one probe turnaround (0.30 ms) only

Virtual and link time are the board's, under the parameter set whose hash is printed, and repeat exactly; they say nothing about real silicon.
Wall time and memory are this machine's, of one whole process. No test looks at any of these numbers."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import bench_dfu
import bench_gdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
QUICK = "--quick" in sys.argv
TURNAROUNDS_US = (300,) if QUICK else (150, 300, 1000)
os.environ.pop("SECTOR0_PROBE", None)
ENV = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}", NO_COLOR="1")
STEPPED = "charger-g071.elf"        # what GDB steps through
FIRMWARE = {"stm32u073rc": "charger-67k.elf", "stm32g071rb": "charger-67k-g071.elf"}


def run(folder, *words):
    """Returns (exit status, wall seconds, peak KiB, processor seconds: of the process and its children, as time(1) sees them)."""
    note = folder / "peak"
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-q", "-f", "%M %U %S", "-o", str(note), *[str(w) for w in words]], cwd=folder, env=ENV,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    peak, user, system = note.read_text().split()[-3:]
    return done.returncode, wall, int(peak), float(user) + float(system)


def report(folder, board):
    text = subprocess.run(["sector0-bench", "report", board, "--json"], cwd=folder, env=ENV, check=True, capture_output=True, text=True).stdout
    r = json.loads(text)
    probe = r["usb"]["probe"]
    return {"hash": r["parameters"]["hash"], "virtual_ps": r["time"]["virtual_ps"], "link_ps": r["time"]["link_ps"],
            "transfers": probe["transfers"], "bytes": probe["bytes_in"] + probe["bytes_out"]}


def sector0(*extra):
    return lambda board, image: ["sector0", "--probe", f"bench:{board}", "--speed", "4000", *extra, "flash", image]


def openocd(board, image):
    return ["sector0-bench", "run", board, "--", "openocd", "-f", "interface/stlink-dap.cfg", "-c", "transport select dapdirect_swd", "-f",
            "target/stm32g0x.cfg", "-c", "adapter speed 4000", "-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled", "-c",
            f"program {image} verify reset exit"]


def openocd_hla(board, image):
    return ["sector0-bench", "run", board, "--", "openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32g0x.cfg", "-c",
            "adapter speed 4000", "-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled", "-c", f"program {image} verify reset exit"]


def st_flash(board, image):
    binary = image.replace(".elf", ".bin")
    return ["sector0-bench", "run", board, "--", "st-flash", "--freq=4000K", "--reset", "write", binary, "0x08000000"]


TOOLS = [
    ("sector0", "stm32u073rc", sector0()),
    ("sector0 --no-save", "stm32u073rc", lambda b, i: sector0()(b, i)[:-2] + ["flash", "--no-save", i]),
    ("sector0", "stm32g071rb", sector0()),
    ("sector0 --no-save", "stm32g071rb", lambda b, i: sector0()(b, i)[:-2] + ["flash", "--no-save", i]),
    ("openocd 0.12 (dapdirect)", "stm32g071rb", openocd),
    ("openocd 0.12 (hla)", "stm32g071rb", openocd_hla),
    ("st-flash 1.7", "stm32g071rb", st_flash),
]
# what stands in flash before: nothing, the same but for one byte of page 20, the very same, something else in every page
CASES = ("full", "one page", "same", "replace")


def prepare(folder, chip, case, turnaround):
    board = f"{chip}-{case.replace(' ', '-')}-{turnaround}.board"
    image = folder / FIRMWARE[chip]
    run(folder, "sector0-bench", "new", board, "--chip", chip, "--force", "--set", f"probe_turnaround_us={turnaround}")
    if case != "full":
        data = bytearray((folder / image.name.replace(".elf", ".bin")).read_bytes())
        if case == "one page":
            data[20 * 2048 + 8] ^= 0xFF
        if case == "replace":
            for page in range(len(data) // 2048 + 1):
                data[min(page * 2048 + 1000, len(data) - 1)] ^= 0xFF
        (folder / "before.bin").write_bytes(data)
        status, *_ = run(folder, "sector0", "--probe", f"bench:{board}", "flash", "--no-save", "before.bin", "--at", "0x08000000")
        assert status in (0, 6), f"preparing {board} failed with status {status}"
    return board


def measure(folder):
    rows = []
    for turnaround in TURNAROUNDS_US:
        for case in CASES:
            for name, chip, words in TOOLS:
                ENV["XDG_STATE_HOME"] = str(folder / "state")
                shutil.rmtree(folder / "state", ignore_errors=True)
                board = prepare(folder, chip, case, turnaround)
                before = report(folder, board)
                status, wall, peak, cpu = run(folder, *words(board, FIRMWARE[chip]))
                after = report(folder, board)
                rows.append((turnaround, case, name, chip[5:9], status, (after["virtual_ps"] - before["virtual_ps"]) / 1e12,
                             (after["link_ps"] - before["link_ps"]) / 1e12, after["transfers"] - before["transfers"],
                             after["bytes"] - before["bytes"], wall, peak, after["hash"], cpu))
    return rows


def show(rows):
    print("| probe turnaround | in flash before | tool | chip | virtual s | link s | transfers | bytes | wall s | cpu s | peak MiB | parameter set |")
    print("| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for turnaround, case, name, chip, status, virtual, link, transfers, size, wall, peak, digest, cpu in rows:
        failed = f" (failed: {status})" if status else ""
        print(f"| {turnaround / 1000:.2f} ms | {case} | {name}{failed} | {chip} | {virtual:.3f} | {link:.3f} | {transfers} | {size} | {wall:.2f} | {cpu:.2f} | "
              f"{peak / 1024:.1f} | {digest} |")
    print()
    print("virtual time of sector0 divided by OpenOCD's, both on the G071 (below 1: sector0 is faster):")
    key = {(r[0], r[1], r[2], r[3]): r[5] for r in rows}
    for turnaround in TURNAROUNDS_US:
        for other in "openocd 0.12 (dapdirect)", "openocd 0.12 (hla)":
            ratios = [f"{case} {key[turnaround, case, 'sector0', 'g071'] / key[turnaround, case, other, 'g071']:.2f}" for case in CASES]
            print(f"  {turnaround / 1000:.2f} ms, {other}: " + ", ".join(ratios))


def core_speed():
    """Million instructions a second of the modelled core, or None where it cannot be built."""
    speed = BUILD / "tests/unit/cpu/cpu_speed"
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tests/unit/cpu/cpu_speed"], check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    if not speed.exists():
        return None
    text = subprocess.run([str(speed)], check=True, capture_output=True, text=True).stdout
    print(text, end="")
    return float(text.split()[text.split().index("million") - 1])


class Aims:
    """What we set out to reach, and what came of it: said either way, and by how much."""

    def __init__(self):
        self.lines = []

    def add(self, aim, value, limit, unit, at_most=True, why=""):
        reached = value <= limit if at_most else value >= limit
        off = "" if reached else f": {abs(value - limit):.3g} {unit} {'over' if at_most else 'under'}{'; ' + why if why else ''}"
        self.lines.append(f"  {'reached' if reached else 'MISSED '}  {aim}: {value:.3g} {unit}{off}")

    def show(self):
        print("aims:")
        print("\n".join(self.lines))


def aims_of_rows(aims, rows):
    """Row: turnaround, case, tool, chip, status, virtual s, link s, transfers, bytes, wall s, peak KiB, hash, cpu s."""
    key = {(r[0], r[1], r[2], r[3]): r for r in rows}
    for turnaround in TURNAROUNDS_US:
        ours = key[turnaround, "full", "sector0", "g071"]
        best = min((key[turnaround, "full", f"openocd 0.12 ({w})", "g071"] for w in ("dapdirect", "hla")), key=lambda r: r[5])
        aims.add(f"full, {turnaround / 1000:.2f} ms, against the faster OpenOCD ({best[5]:.3f} s), virtual", ours[5], best[5], "s")
    for turnaround in TURNAROUNDS_US:
        for chip in "u073", "g071":
            row = key[turnaround, "one page", "sector0", chip]
            bare = key[turnaround, "one page", "sector0 --no-save", chip]
            least = key[turnaround, "same", "sector0", chip]
            why = (f"finding that nothing differs takes {least[5]:.3f} s already ({least[7]} transfers), keeping what is overwritten "
                   f"{row[5] - bare[5]:.3f} s; {row[7]} transfers in all, at {turnaround / 1000:.2f} ms for each probe command")
            aims.add(f"one page, {turnaround / 1000:.2f} ms, {chip}, virtual", row[5], 0.15, "s", why=why)
    ours = [r for r in rows if r[2].startswith("sector0")]
    slow, large = max(ours, key=lambda r: r[9]), max(ours, key=lambda r: r[10])
    aims.add("a flash, wall, the slowest of all", slow[9], 0.5, "s", 
             why=f"that is '{slow[1]}' on the {slow[3]} at {slow[0] / 1000:.2f} ms; it had a processor for {slow[12]:.2f} s of it")
    aims.add("memory, the largest of all", large[10] / 1024, 32, "MiB")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sector0-bench-"))
    aims = Aims()
    try:
        for chip, name in FIRMWARE.items():
            shutil.copy(BUILD / "firmware" / name, folder)
            subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", name, name.replace(".elf", ".bin")], cwd=folder, check=True)
        shutil.copy(BUILD / "firmware" / STEPPED, folder)
        rows = measure(folder)
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} (wall times are worth something below about 1)")
        print()
        show(rows)
        aims_of_rows(aims, rows)
        print()
        bench_dfu.show_dfu(folder, ENV, FIRMWARE["stm32u073rc"].replace(".elf", ".bin"), aims)
        link, transfers = bench_gdb.show_load(folder, ENV, FIRMWARE, TURNAROUNDS_US)
        aims.add("GDB's load in link time of `sector0 flash`, the worst", link, 1.03, "times")
        aims.add("GDB's load in transfers of `sector0 flash`, the worst", transfers, 1.1, "times")
        part = bench_gdb.show_read(folder, ENV, FIRMWARE["stm32u073rc"], TURNAROUNDS_US)
        aims.add("memory read through GDB, part of `sector0 read`'s rate, the worst", part, 0.98, "", at_most=False)
        rates = bench_gdb.show_steps(folder, ENV, STEPPED, TURNAROUNDS_US)
        for turnaround in TURNAROUNDS_US:
            ours, theirs = rates[turnaround, "sector0"], rates[turnaround, "openocd 0.12 (dapdirect)"]
            aims.add(f"steps a second beside OpenOCD's ({theirs[0]:.0f}), {turnaround / 1000:.2f} ms", ours[0], theirs[0], "", at_most=False)
            aims.add(f"continue to breakpoint beside OpenOCD's ({theirs[1] * 1000:.1f} ms), {turnaround / 1000:.2f} ms, link", ours[1] * 1000,
                     theirs[1] * 1000, "ms")
        speed = core_speed()
        if speed is not None:
            aims.add("the core, instructions a second", speed, 100, "million", at_most=False)
        walls = sorted(run(folder, "sector0", "--help")[1] for _ in range(11))
        print(f"sector0 --help: {walls[5] * 1000:.1f} ms (median of 11)")
        aims.add("sector0 --help", walls[5] * 1000, 20, "ms")
        print()
        aims.show()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
