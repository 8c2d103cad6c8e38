#!/usr/bin/env python3
"""sector0 under the names of ST's tools, as scripts and IDEs call them: command lines, exit status, the lines that other programs search for."""
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import Mi, has, has_not, main, need  # noqa: E402

BASE = "0x08000000"
BLOCK = [r"^ST-LINK SN  : [0-9A-F]+$", r"^ST-LINK FW  : V2J46M32$", r"^Board       : ", r"^Voltage     : 3\.26V$", r"^SWD freq    : 4000 KHz$",
         r"^Connect mode: ", r"^Reset mode  : ", r"^Device ID   : 0x489$", r"^Revision ID : Rev A$", r"^Device name : STM32U0xx$",
         r"^Flash size  : 256 KBytes$", r"^Device type : MCU$", r"^Device CPU  : Cortex-M0\+$", r"^BL Version  : 0xD0$"]
WRITTEN = [r"^Opening and parsing file: ", r"^Memory Programming \.\.\.$", r"^Download in Progress:$", r"^File download complete$",
           r"^Time elapsed during download operation: \d\d:\d\d:\d\d\.\d{3}$"]
VERIFIED = [r"^Verifying \.\.\.$", r"^Read progress:$", r"^Download verified successfully $"]


def cli(j, *words, status=0, board=None, **env):
    """STM32_Programmer_CLI, through a symbolic link of that name. A run that succeeds never prints the word "error"."""
    link = j.path("STM32_Programmer_CLI")
    if not link.is_symlink():
        link.symlink_to(j.build / "sector0")
    text = j.run(link, *words, status=status, env=dict({"SECTOR0_PROBE": f"bench:{board or j.board}"}, **env))
    if status == 0:
        has_not(text, r"(?i)error")
    else:
        has(text, r"(?i)^error: ")
    return text


def founding(j):
    """The founding case's program in every format, and a blank board."""
    elf = j.firmware("charger-67k.elf")
    j.new("stm32u073rc")
    for form, name in ("binary", "app.bin"), ("ihex", "app.hex"), ("srec", "ST-LINK_GDB_server_a1b2c3.srec"):
        j.objcopy(elf, name, form)
    j.path("app.elf").write_bytes(pathlib.Path(elf).read_bytes())
    return j.bytes("app.bin")


def holds(j, expected, addr=BASE):
    j.sector0("read", addr, len(expected), "-o", "back.bin")
    assert j.bytes("back.bin") == expected, "the flash does not hold the file"


def runs(j):
    j.bench("advance", "2s", "--until-uart", "charger")
    has(j.bench("uart"), "charger")


def golden_lines_that_program(j):
    """Lines 1 to 5, 15 and 16 of what public scripts use: each ends with the right flash, ST's lines, and status 0."""
    expected = founding(j)
    for words, more in (
            (["-c", "port=SWD", "-w", "app.elf", "-v", "-rst"], [r"^Connect mode: Normal$", r"^MCU Reset$", r"^Software reset is performed$"] + VERIFIED),
            (["-c", "port=SWD", "mode=UR", "reset=HWrst", "-d", "app.hex", "-v", "-hardRst"],
             [r"^Connect mode: Under Reset$", r"^Reset mode  : Hardware reset$", r"^Hard reset is performed$"] + VERIFIED),
            (["--connect", "port=SWD", "mode=UR", "", "--quietMode", "--download", "app.bin", "0x8000000", "--start", "0x8000000"],
             [r"^RUNNING Program \.\.\. $", r"^  Address:      : 0x8000000$", r"^Application is running, Please Hold on\.\.\.$",
              r"^Start operation achieved successfully$"]),
            (["--connect", "port=SWD freq=4000 reset=HWrst", " mode=NORMAL ap=0", "--download", "app.hex"], [r"^Reset mode  : Hardware reset$"]),
            (["--connect", "port=swd", "--erase all", "-w", "app.bin", BASE], [r"^Mass erase \.\.\.$", r"^Mass erase successfully achieved$"]),
            (["-c", "port=SWD", "-w", "app.elf", "incremental", "-v", "fast"], [r"^Download verified successfully $"]),
            (["-c", "port=SWD", "freq=4000", "-w", "ST-LINK_GDB_server_a1b2c3.srec", "-v"],
             [r"^Opening and parsing file: ST-LINK_GDB_server_a1b2c3\.srec$", r"^  Size          : 67\.11 KB$", r"^  Address       : 0x08000000$"] + VERIFIED)):
        j.new("stm32u073rc", "--force")
        text = cli(j, *words)
        has(text, *(BLOCK + WRITTEN + more))
        if "--erase all" not in words:
            has(text, r"^Erasing internal memory sectors \[0 33\]$")
        assert text.count("100%") == (0 if "--quietMode" in words else 2 if VERIFIED[1] in more else 1)
        holds(j, expected)
        runs(j)


def two_files_in_one_line_are_one_connection(j):
    """Line 16."""
    expected = founding(j)
    j.path("b.bin").write_bytes(b"sector0!" * 100)
    text = cli(j, "-c", "port=SWD", "-w", "app.bin", BASE, "-w", "b.bin", "0x08020000", "-v", "-s", BASE)
    assert text.count("ST-LINK SN") == 1 and text.count("File download complete") == 2
    has(text, r"^Erasing internal memory sector 64$")
    holds(j, expected)
    holds(j, b"sector0!" * 100, "0x08020000")
    runs(j)


def erase_takes_every_spelling(j):
    """Line 6."""
    expected = founding(j)
    cli(j, "-c", "port=SWD", "-w", "app.elf")
    for words, pages, line in ((["[0 3]"], [0, 1, 2, 3], r"sectors \[0 3\]"), (["[4", "5]"], [4, 5], r"sectors \[4 5\]"),
                               (["0", "1", "2"], [0, 1, 2], r"sectors \[0 2\]"), (["7", "9"], [7, 9], r"sector 9"),
                               (["[", "10", "10", "]"], [10], r"sector 10")):
        before = j.report()
        has(cli(j, "-c", "port=SWD", "-e", *words), r"^Erasing internal memory " + line)
        assert j.erased_since(before) == pages
    cli(j, "-c", "port=SWD", "-e", "all")
    j.sector0("read", BASE, 256 * 1024, "-o", "back.bin")
    assert j.bytes("back.bin") == b"\xff" * 256 * 1024
    has(cli(j, "-c", "port=SWD", "-blankcheck"), r"^Flash memory is empty\.$")
    cli(j, "-c", "port=SWD", "-w", "app.bin", BASE)
    has(cli(j, "-c", "port=SWD", "-blankcheck", status=1), r"^Warning: Flash memory is not empty at 0x08000000\.$")
    assert len(expected) == 68724


def other_ports_are_refused_by_name(j):
    """Lines 8 and 17; nothing is touched."""
    founding(j)
    before = j.report()
    has(cli(j, "-c", "port=/dev/ttyUSB0", "br=115200", "P=EVEN", "rts=low", "dtr=high", "-w", "app.hex", "-v", "-g", BASE, status=4), r"UART")
    has(cli(j, "-c", "port=COM3", "-w", "app.hex", status=4), r"UART")
    has(cli(j, "-c", "port=JLINK", "ap=0", "-w", "app.hex", status=4), r"J-Link")
    has(cli(j, "-c", "port=JTAG", "-w", "app.hex", status=4), r"SWD")
    assert j.report() == before, "a refused line changed the board"


def a_serial_number_that_is_missing_is_named(j):
    """Line 4 as written."""
    founding(j)
    text = cli(j, "--connect", "port=SWD freq=4000 reset=HWrst sn=XYZ", "--download", "app.hex", status=1)
    has(text, r"^Error: No debug probe detected\.$", r"begins with 'XYZ'")
    text = cli(j, "--connect", "port=SWD freq=4000 reset=HWrst sn=5ec70b0a", "--download", "app.hex")
    has(text, r"^File download complete$")
    has(cli(j, "-c", "port=SWD", "index=1", "-rst", status=1), r"^Error: No debug probe detected\.$", r"index 1")
    cli(j, "-c", "port=SWD", "index=0", "-rst")


def options_are_shown_written_and_checked(j):
    """Lines 9 and 10."""
    founding(j)
    shown = cli(j, "-c", "port=SWD", "-ob", "displ")
    has(shown, r"^UPLOADING OPTION BYTES DATA \.\.\.$", r"^  Bank          : 0x00$", r"^  Address       : 0x40022020$", r"^OPTION BYTES BANK: 0$",
        r"^   Read Out Protection:$", r"^     RDP          : 0xAA \(Level 0, no protection\)$", r"^     nBOOT0       : 0x1$",
        r"^     WRP1A_STRT   : 0x7F")
    has(cli(j, "-c", "port=SWD", "-ob", "rdp=0xAA", "-ob", "nBOOT0=1"), r"^Warning: Option Byte: rdp, value: 0xAA, was not modified\.$",
        r"^Warning: Option Bytes are unchanged, Data won't be downloaded$")
    has(cli(j, "-c", "port=SWD", "-ob", "nBOOT0=0", "wrp1a_strt=3", "WRP1A_END=4", "-ob", "displ"), r"^PROGRAMMING OPTION BYTES AREA \.\.\.$",
        r"^Reconnecting\.\.\.$", r"^Reconnected !$", r"^OPTION BYTE PROGRAMMING VERIFICATION:$", r"^Option Bytes successfully programmed$",
        r"^     nBOOT0       : 0x0$", r"^     WRP1A_STRT   : 0x3 ")
    has(cli(j, "-c", "port=SWD", "-ob", "nonsense=1", "nBOOT0=1", status=2), r"^Warning: Option Byte: nonsense, does not exist$")
    has(j.sector0("option", "show"), r"nBOOT0 +0")
    cli(j, "-c", "port=SWD", "-ob", "nBOOT0=1", "-ob", "WRP1A_STRT=0x7F", "WRP1A_END=0", "-w", "app.elf", "-v")


def readout_protection_goes_up_and_down_but_never_to_level_2(j):
    founding(j)
    cli(j, "-c", "port=SWD", "-w", "app.elf")
    for value in "0xCC", "204":
        text = cli(j, "-c", "port=SWD", "-ob", f"RDP={value}", status=1)
        has(text, r"level 2 closes the chip for ever")
        has_not(text, "successfully")
    has(cli(j, "-c", "port=SWD", "-lockRDP2", "0x1", status=4), r"level 2")
    has(cli(j, "-c", "port=SWD", "-w32", "0x40022020", "0xFFFFFECC", status=1), r"level 2")
    has(cli(j, "-c", "port=SWD", "-ob", "RDP=187"), r"^Option Bytes successfully programmed$")
    has(cli(j, "-c", "port=SWD", "-w", "app.elf", status=1), r"^Warning: Device is under Read Out Protection", r"^Error: failed to erase memory$")
    has(cli(j, "-c", "port=SWD", "-r32", BASE, "4", status=1), r"^Error: failed to read the requested memory content$")
    has(cli(j, "-c", "port=SWD", "-rdu"), r"^Warning: the chip will erase ALL of its flash$", r"protection achieved successfully$")
    has(cli(j, "-c", "port=SWD", "-rdu"), r"nothing to do")
    cli(j, "-c", "port=SWD", "-blankcheck", "-w", "app.elf", "-v")


def hot_plug_reads_a_running_target_and_leaves_it_running(j):
    """Line 11."""
    founding(j)
    cli(j, "-c", "port=SWD", "-w", j.firmware("charger.elf"), "-rst")
    j.bench("advance", "1100ms")
    resets = [n for n in j.report()["notes"] if n["what"] == "reset"]
    text = cli(j, "-c", "port=SWD", "mode=HOTPLUG", "-r32", "0xE000ED00", "4", "-r8", "0x08000000", "20", "-r16", "0x08000000", "4", "-score")
    has(text, r"^Connect mode: Hot Plug$", r"^Reading 32-bit memory content$", r"^  Size          : 4 Bytes$", r"^  Address:      : 0xE000ED00$",
        r"^0xE000ED00 : 410CC601$", r"^0x08000010 : [0-9A-F]{2}( [0-9A-F]{2}){3}$", r"^0x08000000 : [0-9A-F]{4} [0-9A-F]{4}$", r"^Core status: (running|sleeping)$")
    assert [n for n in j.report()["notes"] if n["what"] == "reset"] == resets, "the target was reset"
    beats = j.bench("uart").count("beat")
    j.bench("advance", "1200ms")
    assert j.bench("uart").count("beat") > beats, "the program does not run on"


def memory_is_uploaded_in_every_format(j):
    """Line 12."""
    expected = founding(j)
    cli(j, "-c", "port=SWD", "-w", "app.elf")
    for name in "out.bin", "out.hex", "out.srec", "out.s19":
        has(cli(j, "-c", "port=SWD", "-u", BASE, "0x1000", name), r"^UPLOADING \.\.\.$", r"^Data read successfully$",
            r"^Time elapsed during the read operation is: ")
    assert j.bytes("out.bin") == expected[:4096]
    for form, name in ("ihex", "out.hex"), ("srec", "out.srec"), ("srec", "out.s19"):
        j.run("arm-none-eabi-objcopy", "-I", form, "-O", "binary", name, "x.bin")
        assert j.bytes("x.bin") == expected[:4096]
    has(cli(j, "-c", "port=SWD", "-r", BASE, "16", "out.xyz", status=2), r"does not tell a format")
    has(cli(j, "-c", "port=SWD", "-r", "0x0807FFF0", "64", "out.bin", status=1), r"^Error: Data read failed$")


def words_are_written_to_ram_and_blank_flash(j):
    """Line 13."""
    founding(j)
    text = cli(j, "-c", "port=SWD", "-w32", "0x20000000", "0x12345678", "0xAABBCCDD", "-r32", "0x20000000", "8", "-halt")
    has(text, r"^Downloading 32-bit data\.\.\.$", r"^Downloading 32-bit data done successfully$", r"^0x20000000 : 12345678 AABBCCDD$", r"^Core halted$")
    text = cli(j, "-c", "port=SWD", "-w8", "0x08001001", "0x5A", "-w64", "0x08001010", "0x1122334455667788", "-r8", "0x08001000", "4", "-r32", "0x08001010", "8")
    has(text, r"^0x08001000 : FF 5A FF FF$", r"^0x08001010 : 55667788 11223344$")
    has(cli(j, "-c", "port=SWD", "-w8", "0x08001000", "0", status=1),
        r"^Error: Failed to download data! If it's a Flash memory, it may be not erased or protected$", r"0x08001000 is not blank")
    has(cli(j, "-c", "port=SWD", "-w32", "0x1FFF6800", "0", status=1), r"one-time programmable")
    has(cli(j, "-c", "port=SWD", "-fillmemory", "0x20000000", "size=0x20", "pattern=0xABCD", "dataWidth=16", "-r32", "0x2000001C", "4"),
        r"^Filling memory operation:$", r"^The filling memory operation achieved successfully$", r"^0x2000001C : ABCDABCD$")


def lists_version_and_help_need_no_target(j):
    """Line 14."""
    founding(j)
    before = j.report()
    has(cli(j, "-l"), r"^=====  DFU Interface   =====$", r"^===== STLink Interface =====$", r"^ST-Link Probe 0 :$", r"^   ST-LINK SN  : [0-9A-F]{24}$")
    has_not(cli(j, "-l", "st-link-only"), "DFU")
    has(cli(j, "--version"), r"^STM32CubeProgrammer version: \d+\.\d+\.\d+", r"sector0 v")
    has(cli(j, "-version", SECTOR0_ST_VERSION="2.19.0"), r"^STM32CubeProgrammer version: 2\.19\.0$", r"^ +STM32CubeProgrammer v2\.19\.0$")
    has(cli(j, "-?"), r"--erase", r"--download", r"Known, and refused by name")
    cli(j, "-h")
    cli(j, "--help")
    assert j.report() == before


def core_commands_do_what_they_say(j):
    founding(j)
    text = cli(j, "-c", "port=SWD", "-w", "app.elf", "-rst", "-halt", "-score", "-step", "-coreReg", "PC", "R0=0x12", "-coreReg", "-run", "-score")
    has(text, r"^Core halted$", r"^Core status: halted$", r"^Core step: PC = 0x08", r"^  PC       : 0x08", r"^  R0       : 0x00000012$", r"^Core run$")
    runs(j)
    cli(j, "-c", "port=SWD", "mode=HOTPLUG", "-halt")
    has(cli(j, "-c", "port=SWD", "mode=HOTPLUG", "-score"), r"^Core status: halted$")
    has(cli(j, "-c", "port=SWD", "-s", "0x08000100", status=1), r"^Error: Start operation failed at 0x08000100$")


def a_protected_page_fails_with_st_line_and_then_the_cause(j):
    expected = founding(j)
    cli(j, "-c", "port=SWD", "-w", "app.elf", "-v")
    j.sector0("option", "set", "WRP1B_STRT=0", "WRP1B_END=0", "--yes")
    data = bytearray(expected)
    data[100] ^= 0x55
    j.path("changed.bin").write_bytes(data)
    for words in (["-w", "changed.bin", BASE], ["-e", "0"], ["-e", "all"]):
        text = cli(j, "-c", "port=SWD", "mode=UR", *words, "-rst", status=1)
        errors = re.findall(r"(?im)^error: .*$", text)
        assert errors[0] == ("Error: failed to erase memory" if words[1] != "all" else
                             "Error: Mass erase operation failed. Please verify flash protection"), errors
        has(text, r"page 0 at 0x08000000 is write-protected by WRP1B", r"  seen  .*WRP1B", r"  try   .*option set WRP1B_STRT=0x7F WRP1B_END=0")
        has_not(text, r"File download complete", r"successfully", r"Software reset")
    holds(j, expected)
    cli(j, "-c", "port=SWD", "-ob", "WRP1B_STRT=0x7F", "WRP1B_END=0", "-w", "changed.bin", BASE, "-v", "-rst")
    holds(j, bytes(data))


def a_write_that_fails_names_the_sector_as_st_does(j):
    """A cell that loses bits, and one that refuses to be programmed: the erase works, the write does not."""
    founding(j)
    for scenario, first, cause in (("weak-page", "Error: failed to download  Sector[0]", r"does not hold what was programmed"),
                                   ("page-refuses", "Error: failed to download  Sector[0]", r"refused to program page 2")):
        j.new("stm32u073rc", "--force", "--scenario", scenario)
        text = cli(j, "-c", "port=SWD", "mode=UR", "-w", "app.elf", "-v", status=1)
        errors = re.findall(r"(?im)^error: .*$", text)
        assert errors[0] == first and ("Error: failed to download the File" in errors) == ("download" in first), errors
        has(text, cause, r"left halted")
        has_not(text, r"File download complete", r"successfully")


def skip_erase_never_erases(j):
    expected = founding(j)
    cli(j, "-c", "port=SWD", "-w", "app.elf", "--skipErase")
    data = bytearray(expected)
    data[0x2000] ^= 0x55
    j.path("changed.bin").write_bytes(data)
    text = cli(j, "-c", "port=SWD", "-w", "changed.bin", BASE, "--skipErase", status=1)
    has(text, r"page 4 is not blank, and --skipErase forbids")
    holds(j, expected)


def failures_say_so_and_never_succeed(j):
    """Line 18: each stage's own words, and a status that is not 0."""
    founding(j)
    has(cli(j, "-c", "port=SWD", "-w", "missing.hex", status=1), r"cannot open the file")
    has(cli(j, "-c", "port=SWD", "-w", "app.bin", status=2), r"-w app\.bin 0x08000000")
    has(cli(j, "-c", "port=SWD", "-w", "app.bin", "0x0803FFF0", status=1), r"^Error: failed to download the File$")
    has(cli(j, "-c", "port=SWD", "-e", "128", status=2), r"^Error: failed to erase memory$", r"no sector 128")
    has(cli(j, "-c", "port=SWD", "-frobnicate", status=2), r"no option '-frobnicate'")
    has(cli(j, "-w", "app.elf", status=2), r"-c port=SWD")
    has(cli(j, "-c", "port=SWD", "-hf", status=4), r"-hf is not supported: ")
    j.bench("power", "off")
    has(cli(j, "-c", "port=SWD", "-w", "app.elf", status=1), r"^Error: No STM32 target found! If your product embeds Debug Authentication, "
        r"please perform a discovery using Debug Authentication$", r"no power")
    j.bench("power", "on")
    j.bench("unplug", "probe")
    has(cli(j, "-c", "port=SWD", "-w", "app.elf", status=1), r"^Error: No debug probe detected\.$")
    has(cli(j, "-c", "port=SWD", "-w", "app.elf", status=1, board="no-such.board"), r"^Error: No debug probe detected\.$")


def each_stage_fails_in_st_words_and_then_in_ours(j):
    """Line 18, on boards made for it: the first error line is ST's for the phase that failed, ours comes after, nothing is called done."""
    founding(j)
    word = ["-ob", "nBOOT0=0"]
    load = ["-w", "app.elf", "-v", "-rst"]
    no_target = "No STM32 target found! If your product embeds Debug Authentication, please perform a discovery using Debug Authentication"
    for scenario, words, first in (
            ("probe-firmware-old", load, "ST-LINK error (DEV_USB_COMM_ERR)"), ("no-permission", load, "No debug probe detected."),
            ("swd-not-wired", load, no_target), ("nrst-held-low", load, no_target), ("readout-level-2", load, no_target),
            ("readout-protected", load, "failed to erase memory"), ("all-pages-protected", ["-e", "3"], "failed to erase memory"),
            ("flash-busy-for-ever", load, "failed to erase memory"), ("cable-pulled", load, "failed to erase memory"),
            ("cfgbsy-stuck", word, "Downloading Option Bytes Data failed"), ("power-fails-option", word, "Downloading Option Bytes Data failed"),
            ("probe-wedged", word, "Uploading Option Bytes bank: 0 failed"), ("no-power", ["-e", "all"], no_target)):
        j.new("stm32u073rc", "--force", "--scenario", scenario)
        text = cli(j, "-c", "port=SWD", "mode=UR", *words, status=1)
        errors = re.findall(r"(?m)^[Ee]rror: .*$", text)
        assert errors[0] == "Error: " + first, (scenario, errors)
        assert any(e.startswith("error: ") for e in errors[1:]), f"{scenario}: no cause in our words"
        has_not(text, r"successfully", r"File download complete", r"Software reset is performed", r"verified")
    j.bench("unplug", "probe")
    has(j.run(j.path("STM32_Programmer_CLI"), "-l", env={"SECTOR0_PROBE": f"bench:{j.board}"}, status=(0, 1)), r"^Error: No ST-Link detected!$")


def a_verify_that_differs_names_the_first_byte(j):
    expected = founding(j)
    j.path("ram.bin").write_bytes(bytes(64))
    text = cli(j, "-c", "port=SWD", "-w", "ram.bin", "0x20000100", "-v", "-w32", "0x20000104", "0x0A00", "-v", status=1)
    has(text, r"^Error: Data mismatch found at address 0x20000105 \(byte = 0x0A instead of 0x00\)$", r"^Error: Download verification failed$")
    assert text.count("Download verified successfully") == 1 and expected


def a_log_holds_what_was_said_and_done(j):
    founding(j)
    text = cli(j, "-log", "t.log", "-c", "port=SWD", "-w", "app.elf")
    has(text, r"^Log output file:   t\.log$")
    log = j.bytes("t.log").decode()
    has(log, r"^\d\d:\d\d:\d\d:\d{3} : File download complete$", r"^ *\d+\.\d{6} ")
    has(cli(j, "-vb", "3", "-c", "port=SWD", "-rst"), r"^\d\d:\d\d:\d\d:\d{3} : MCU Reset$")
    cli(j, "-log", "-c", "port=SWD", "-rst")
    assert j.path(".STM32Programmer/trace.log").exists()


# ---- ST-LINK_gdbserver -------------------------------------------------------------------------------------------------------------


READY = "Waiting for debugger connection..."


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """ST-LINK_gdbserver in the background, its standard input closed at once; ready when it says so."""

    def __init__(self, j, *words, board=None):
        link = j.path("ST-LINK_gdbserver")
        if not link.is_symlink():
            link.symlink_to(j.build / "sector0")
        self.process = subprocess.Popen([link, *map(str, words)], cwd=j.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=dict(j.env, SECTOR0_PROBE=f"bench:{board or j.board}"))
        self.text = ""

    def until(self, words):
        while words not in self.text:
            line = self.process.stdout.readline()
            assert line, f"it ended before {words!r}:\n{self.text}"
            self.text += line
        return self

    def stop(self, status=0):
        self.process.send_signal(signal.SIGTERM)
        return self.ends(status)

    def ends(self, status=0):
        rest, _ = self.process.communicate(timeout=30)
        self.text += rest
        print(self.text)
        assert self.process.returncode == status, f"exit status {self.process.returncode}, not {status}"
        return self.text


def refused(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def gdb(j, port, *commands, status=0):
    words = [w for c in (f"target extended-remote localhost:{port}",) + commands for w in ("-ex", c)]
    return j.run("gdb-multiarch", "-q", "-nx", "-batch", *words, status=status)


def charger(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    return j.firmware("charger.elf")


def gdbserver_takes_the_lines_of_its_clients(j):
    """CubeIDE, cortex-debug, CLion, Zephyr: ready line, a GDB session with load, and the end of a server that is not persistent."""
    need("gdb-multiarch")
    elf = charger(j)
    for words in (["-p", "P", "-l", "1", "-d", "-z", "61235", "-s", "-cp", "/opt/st/bin", "-m", "0", "-k"],
                  ["-p", "P", "-cp", "/opt/st/bin", "--swd", "--swo-port", "50001", "--cpu-clock", "16000000", "--swo-clock-div", "8", "--halt", "-m", "0"],
                  ["--stm32cubeprogrammer-path", "/opt", "--port-number", "P", "--apid", "0", "--halt", "--swd", "--attach", "--serial-number", "5EC70B0A"]):
        port = free_port()
        server = Server(j, *[str(port) if w == "P" else w for w in words]).until(READY)
        has(server.text, r"^Starting server with the following options:$", rf"^\tListen Port Number         : {port}$", r"^\tPersistent Mode            : Disabled$")
        assert re.search(r"(?i)(Waiting for debugger connection|Listening at).*", server.text)
        text = gdb(j, port, "monitor reset", "monitor halt", "load " + elf, "info registers pc", "disconnect")
        has(text, r"Transfer rate", r"Successfully completed reset operation|reset")
        text = server.ends()
        has(text, r"^Accepted connection on port", r"^Debugger connected$", r"^Debugger connection lost\.$", r"^Shutting down\.\.\.$", r"^Exit\.$")
        assert refused(port)
    j.sector0("verify", elf)


def gdbserver_survives_bare_connections_and_ends_on_sigterm(j):
    charger(j)
    j.bench("advance", "1100ms")
    port = free_port()
    server = Server(j, "-p", port, "-d", "-v", "-l", "31", "-f", "server.log").until(f"Waiting for connection on port {port}...")
    has(server.text, r"^Device ID: 0x489$", r"^ST-LINK device initialization OK$", r"^Target connection mode: Default$")
    for _ in range(3):
        socket.create_connection(("127.0.0.1", port)).close()
    assert server.process.poll() is None
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"+")
    server.until("Accepted connection")
    assert server.process.poll() is None
    has(server.stop(), r"^Shutting down\.\.\.$", r"^Exit\.$")
    assert refused(port)
    has(j.bytes("server.log").decode(), re.escape(READY))
    resets = [n for n in j.report()["notes"] if n["what"] == "reset"]
    beats = j.bench("uart").count("beat")
    j.bench("advance", "1200ms")
    assert j.bench("uart").count("beat") > beats and [n for n in j.report()["notes"] if n["what"] == "reset"] == resets


def gdbserver_reads_its_config_file(j):
    charger(j)
    port = free_port()
    j.path("config.txt").write_text(f"# as ST ships it\n-p {port}\n-e\n-l 31\n-v\n-d\n#-k\n\n-cp \"/opt/a b\"\n")
    server = Server(j, "-c", "config.txt").until(READY)
    has(server.text, r"^\tPersistent Mode            : Enabled$", rf"^\tListen Port Number         : {port}$", r"^\tVerbose Mode               : Enabled$")
    server.stop()
    j.path("bad.txt").write_text("-p 1\n-frob\n")
    has(Server(j, "-c", "bad.txt").ends(1), r"^PARSE ERROR: Argument: '-frob'$", r"line 2 of 'bad\.txt'")
    has(Server(j, "-c", "missing.txt").ends(1), r"cannot be read")


def gdbserver_that_is_persistent_keeps_two_clients_apart(j):
    """-e, and what cortex-debug does: GDB runs the program, a second one on the same port watches memory; at the end the watcher leaves
    first. It neither halted nor resumed anything, and the server waits for more until it is told to end."""
    need("gdb-multiarch")
    elf = charger(j)
    port = free_port()
    server = Server(j, "-p", port, "-cp", "/opt/st/bin", "--swd", "--halt", "-e").until(READY)
    main_gdb = Mi(j, elf)
    main_gdb.do("-gdb-set mi-async on", r"\^done")
    main_gdb.do(f"-target-select extended-remote localhost:{port}", r"\^connected")
    for words in "monitor reset halt", "monitor gdb_sync":
        main_gdb.do(f'-interpreter-exec console "{words}"', r"\^done")
    main_gdb.do("-exec-continue", r"\*running")
    watcher = Mi(j, elf)
    watcher.do("-gdb-set mi-async on", r"\^done")
    watcher.do("-gdb-set non-stop off", r"\^done")
    watcher.do(f"-target-select extended-remote localhost:{port}", r"\^connected")
    address = next(int(line.split()[0], 16) for line in j.run("arm-none-eabi-nm", elf).splitlines() if line.endswith(" ticks"))
    ticks = [int.from_bytes(bytes.fromhex(re.search(r'contents="(\w+)"', watcher.do(f"-data-read-memory-bytes {address} 4", r"\^done")).group(1)), "little")
             for _ in range(2) if not time.sleep(0.3)]
    assert ticks[1] > ticks[0] + 50, f"the program does not run while it is watched: {ticks}"
    watcher.do("-target-detach", r"\^done")
    watcher.end()
    time.sleep(0.2)
    main_gdb.do("-exec-interrupt", r'\*stopped,reason="signal-received",signal-name="SIGINT"')
    main_gdb.do("-target-disconnect", r"\^done")
    main_gdb.end()
    text = gdb(j, port, "monitor info", "disconnect")
    has(text, r"STM32U073")
    has(server.stop(), r"^Exit\.$")
    assert refused(port)


def gdbserver_fails_in_st_words_and_never_says_it_is_ready(j):
    charger(j)
    j.new("stm32u073rc", board="c.board")
    port = free_port()
    first = Server(j, "-p", port, "-d", "-e").until(READY)
    has(Server(j, "-p", port, "-d", board="c.board").ends(1), rf"^Failed to bind to port {port}, error code -1: ",
        rf"^Failure starting GDB server: TCP port {port} not available\.$")
    other = free_port()
    second = Server(j, "-p", other, "-d", board="c.board").until(READY)
    second.stop()
    first.stop()
    for words, pattern in ((["-frob"], r"^PARSE ERROR: Argument: '-frob'$"), (["-p"], r"needs a value"), (["-p", "70000"], r"no TCP port"),
                           (["-m", "1"], r"access port 0"), (["-l", "99"], r"log level"),
                           (["-i", "XYZ"], r"(?s)^Error in initializing ST-LINK device\.\nReason: .*'XYZ'")):
        text = Server(j, *words).ends(1)
        has(text, pattern)
        assert READY not in text
    j.bench("power", "off")
    text = Server(j, "-d").ends(1)
    has(text, r"^Error in initializing ST-LINK device\.$", r"^Reason: No device found on target\.$", r"no power")
    assert READY not in text
    has(Server(j, "--version").ends(), r"7\.10\.0")
    has(Server(j, "-h").ends(), r"--port-number")
    has(Server(j, "-q").ends(), r"5EC70B0A")


def gdbserver_with_erase_all_leaves_nothing_else_in_flash(j):
    need("gdb-multiarch")
    elf = charger(j)
    j.path("old.bin").write_bytes(bytes(range(1, 256)) * 20)
    j.sector0("flash", "old.bin", "--at", "0x08010000")
    j.sector0("write", "0x08000FF0", "0x12")                       # in a page of the program, behind it
    port = free_port()
    server = Server(j, "-p", port, "-d", "--erase-all").until(READY)
    has(gdb(j, port, "load " + elf, "detach"), r"Transfer rate")
    server.ends()
    expected = j.objcopy(elf, "x.bin", "binary") and j.bytes("x.bin")
    j.sector0("read", BASE, 256 * 1024, "-o", "back.bin")
    assert j.bytes("back.bin") == expected.ljust(256 * 1024, b"\xff")
    j.sector0("undo", "--yes")                                      # what was there has been saved
    j.sector0("verify", "old.bin", "--at", "0x08010000")


def load_through_gdbserver_onto_a_protected_page_says_why(j):
    need("gdb-multiarch")
    j.new("stm32u073rc")
    j.sector0("option", "set", "WRP1B_STRT=0", "WRP1B_END=0", "--yes")
    port = free_port()
    server = Server(j, "-p", port, "-d", "-k", "-cp", "/opt").until(READY)
    has(gdb(j, port, "load " + j.firmware("charger-67k.elf"), status=(0, 1)), r"(?i)write-protected|load failed|error")
    has(server.stop() if server.process.poll() is None else server.ends(), r"^Error finishing flash operation$", r"write-protected by WRP1B")


main({name: function for name, function in globals().items() if getattr(function, "__module__", "") == "__main__" and hasattr(function, "__code__") and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
