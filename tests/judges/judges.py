#!/usr/bin/env python3
"""Other people's programs, unmodified from Debian, on the virtual board: their acceptance is worth more than ours.

Debian's OpenOCD 0.12 and stlink 1.7 know the STM32G071 and not the U0, so they flash a G071 board; the U073 they attach to."""
import os
import pathlib
import re
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402

HLA = ("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32g0x.cfg")
DAP = ("openocd", "-f", "interface/stlink-dap.cfg", "-c", "transport select dapdirect_swd", "-f", "target/stm32g0x.cfg")
QUIET_PORTS = ("-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled")
FIRMWARE = "charger-g071.elf"


def openocd_programs(j, words):
    need("openocd")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    text = j.under(*words, *QUIET_PORTS, "-c", f"program {elf} verify reset exit")
    has(text, r"\*\* Verified OK \*\*", r"\*\* Resetting Target \*\*")
    j.sector0("verify", elf)
    # ACR.EMPTY of a part that was blank stays set until the options are loaded again: OpenOCD 0.12 leaves that to a power cycle.
    j.bench("power", "cycle")
    j.bench("advance", "1s")
    has(j.bench("uart"), "charger")


def openocd_hla_programs_verifies_and_resets(j):
    openocd_programs(j, HLA)


def openocd_dapdirect_programs_verifies_and_resets(j):
    openocd_programs(j, DAP)


def openocd_confirms_what_sector0_wrote(j):
    need("openocd")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    j.sector0("flash", elf)
    for words in HLA, DAP:
        has(j.under(*words, *QUIET_PORTS, "-c", f"init; reset halt; echo [verify_image {elf}]; shutdown"), r"verified \d+ bytes")


def openocd_sees_a_difference(j):
    """The judge can say no."""
    need("openocd")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    j.sector0("flash", elf)
    j.objcopy(elf, "x.bin", "binary")
    data = bytearray(j.bytes("x.bin"))
    data[300] ^= 1
    j.path("x.bin").write_bytes(data)
    has(j.under(*HLA, *QUIET_PORTS, "-c", "init; reset halt; verify_image x.bin 0x08000000; shutdown", status=1), r"checksum mismatch|contents differ")


def openocd_erases_reads_and_steps(j):
    need("openocd")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    j.sector0("flash", elf)
    text = j.under(*DAP, *QUIET_PORTS, "-c", "init; reset halt; flash probe 0; step; step; echo [reg pc]; "
                   "dump_image out.bin 0x08000000 0x1000; echo [flash info 0]; flash erase_sector 0 1 2; echo \"M [mdw 0x08000800]\"; shutdown")
    has(text, r"STM32G07/G08xx", r"M 0x08000800: ffffffff")
    j.objcopy(elf, "x.bin", "binary")
    assert j.bytes("out.bin")[:0x1000] == j.bytes("x.bin")[:0x1000].ljust(0x1000, b"\xff")
    j.sector0("verify", elf, status=(0, 5))


def st_info_probes(j):
    need("st-info")
    j.new("stm32g071rb")
    text = j.under("st-info", "--probe")
    has(text, r"Found 1 stlink programmers", r"version:\s+V2J46S32", r"flash:\s+131072 \(pagesize: 2048\)", r"sram:\s+36864", r"chipid:\s+0x0?460")


def st_flash_writes_reads_and_erases(j):
    need("st-flash")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    j.objcopy(elf, "x.bin", "binary")
    has(j.under("st-flash", "--reset", "write", "x.bin", "0x08000000"), r"Flash written and verified! jolly good!")
    j.sector0("verify", elf)
    j.under("st-flash", "read", "y.bin", "0x08000000", len(j.bytes("x.bin")))
    assert j.bytes("x.bin") == j.bytes("y.bin")
    j.bench("power", "cycle")
    j.bench("advance", "1s")
    has(j.bench("uart"), "charger")
    j.under("st-flash", "erase")
    j.sector0("verify", elf, status=5)


def st_flash_reads_what_sector0_wrote(j):
    need("st-flash")
    elf = j.firmware(FIRMWARE)
    j.new("stm32g071rb")
    j.sector0("flash", elf)
    j.objcopy(elf, "x.bin", "binary")
    j.under("st-flash", "--connect-under-reset", "read", "y.bin", "0x08000000", len(j.bytes("x.bin")))
    assert j.bytes("x.bin") == j.bytes("y.bin")


def equal_runs_leave_equal_boards(j):
    """At pace `step` nothing of this machine gets in: files and reports are the same to the byte."""
    need("openocd", "st-flash")
    elf = j.firmware(FIRMWARE)
    j.objcopy(elf, "x.bin", "binary")
    for name, words in {"openocd": (*DAP, *QUIET_PORTS, "-c", f"program {elf} verify reset exit"),
                        "st-flash": ("st-flash", "--reset", "write", "x.bin", "0x08000000")}.items():
        seen = []
        for turn in "a", "b":
            board = f"{name}-{turn}.board"
            j.new("stm32g071rb", board=board)
            j.under(*words, board=board)
            seen.append((j.bytes(board), j.bench("report", board=board)))
        assert seen[0] == seen[1], f"two equal runs of {name} left different boards"
        has(seen[0][1], r"^pace +step")


def openocd_killed_in_mid_flash_has_pulled_the_cable(j):
    """kill -9, somewhere in the middle of programming: the board is as a pulled cable leaves it, and the same command again succeeds."""
    need("openocd")
    elf = j.firmware("charger-67k-g071.elf")
    words = (*DAP, *QUIET_PORTS, "-c", f"program {elf} verify reset exit")
    j.new("stm32g071rb")
    run = j.start("sector0-bench", "run", j.board, "--", *words)
    output = ""
    for line in run.stdout:
        output += line
        if "Programming Started" in line:
            break
    child = pathlib.Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()[0]
    os.kill(int(child), signal.SIGKILL)
    output += run.communicate(timeout=60)[0]
    print(output)
    assert run.returncode == 128 + signal.SIGKILL, run.returncode
    has_not(output, r"Verified OK")
    has(j.bench("report"), r"pulled out while in use 1")
    has(j.under(*words), r"\*\* Verified OK \*\*")
    j.sector0("verify", elf)


BY_HAND_DAP = ("openocd", "-f", "interface/stlink-dap.cfg", "-c", "transport select dapdirect_swd", "-c",
               "swd newdap u0 cpu -expected-id 0x6ba02477; dap create u0.dap -chain-position u0.cpu; target create u0.cpu cortex_m -dap u0.dap")
BY_HAND_HLA = ("openocd", "-f", "interface/stlink.cfg", "-c",
               "transport select hla_swd; source [find target/swj-dp.tcl]; swj_newdap u0 cpu -expected-id 0x6ba02477; dap create u0.dap -chain-position u0.cpu; "
               "target create u0.cpu cortex_m -dap u0.dap")


def openocd_on_u073(j, words):
    need("openocd")
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    main_at = next(int(line.split()[0], 16) for line in j.run("arm-none-eabi-nm", j.firmware("charger.elf")).splitlines() if line.endswith(" main"))
    text = j.under(*words, *QUIET_PORTS, "-c",
                   "init; halt; echo \"DEV [mdw 0x40015800]\"; reset halt; echo \"A [reg pc]\"; step; echo \"B [reg pc]\"; "
                   f"bp 0x{main_at:08x} 2 hw; resume; wait_halt 500; echo \"C [reg pc]\"; rbp all; "
                   "mww 0x20001000 0xcafe1234; echo \"M [mdw 0x20001000]\"; resume; shutdown")
    has(text, r"Cortex-M0\+ r0p1", r"target has 4 breakpoints, 2 watchpoints", r"DEV 0x40015800: 1000[06]489", r"M 0x20001000: cafe1234")
    entry = int(re.search(r"A pc \(/32\): (0x[0-9a-f]+)", text).group(1), 16)
    stepped = int(re.search(r"B pc \(/32\): (0x[0-9a-f]+)", text).group(1), 16)
    at_break = int(re.search(r"C pc \(/32\): (0x[0-9a-f]+)", text).group(1), 16)
    assert stepped in (entry + 2, entry + 4) and at_break == main_at, (hex(entry), hex(stepped), hex(at_break))
    has_not(text, r"^Error")


def openocd_dapdirect_debugs_a_u073(j):
    openocd_on_u073(j, BY_HAND_DAP)


def openocd_hla_debugs_a_u073(j):
    openocd_on_u073(j, BY_HAND_HLA)


def pyocd_attaches_to_a_u073(j):
    need("pyocd-tool")
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    has(j.under("pyocd-tool", "list"), r"STM32 STLink|STLink|ST-Link")
    text = j.under("pyocd-tool", "-t", "cortex_m", "status", timeout=200)
    has(text, r"(?i)status")
    text = j.under("pyocd-tool", "-t", "cortex_m", "read32", "0x40015800", "4", timeout=200)
    has(text, r"(?i)40015800:\s+1000[06]489")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"})
