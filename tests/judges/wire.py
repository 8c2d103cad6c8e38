#!/usr/bin/env python3
"""The board at its bare SWD pins: Debian's OpenOCD drives SWCLK and SWDIO bit by bit, through a Bus Pirate on a pty.

Nothing of our probe, and nothing of our host side, has a part in it. The chip is known to OpenOCD as "some Cortex-M" only: what it
programs, it programs by writing to registers, as the reference manuals say."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402

PORTS = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
DPIDR = {"stm32u073rc": "0x6ba02477", "stm32g071rb": "0x0bc11477"}


class Served:
    """The board, kept by `serve --buspirate` for as long as the block lasts."""

    def __init__(self, j):
        self.j = j

    def __enter__(self):
        self.process = self.j.start("sector0-bench", "serve", self.j.board, "--buspirate", "pirate")
        assert self.process.stdout.readline().startswith("ready"), self.process.communicate()[0]
        return self

    def __exit__(self, *_):
        self.j.bench("serve", "--stop")
        rest = self.process.communicate(timeout=30)[0]
        print(rest)
        assert self.process.returncode == 0, rest
        assert not self.j.path("pirate").is_symlink(), "the link is left behind"

    def openocd(self, chip, script, **more):
        return self.j.run("openocd", "-c", PORTS, "-c",
                          f"adapter driver buspirate; buspirate port {self.j.path('pirate')}; transport select swd; reset_config none; "
                          f"adapter speed 400; swd newdap x cpu -expected-id {DPIDR[chip]}; dap create x.dap -chain-position x.cpu; "
                          "target create x.cpu cortex_m -dap x.dap", "-c", f"init; {script}; shutdown", timeout=60, **more)


def examines_reads_writes_halts_and_steps(j, chip, firmware):
    need("openocd")
    elf = j.firmware(firmware)
    j.new(chip)
    j.sector0("flash", elf)
    j.objcopy(elf, "x.bin", "binary")
    with Served(j) as served:
        text = served.openocd(chip, "echo \"CPUID [mdw 0xe000ed00]\"; mww 0x20001000 0xcafe1234; mwb 0x20001003 0x5a; mwh 0x20001004 0xbeef; "
                              "echo \"RAM [mdw 0x20001000]\"; echo \"BYTE [mdb 0x20001003]\"; echo \"HALF [mdh 0x20001004]\"; "
                              "halt; echo \"A [reg pc]\"; step; echo \"B [reg pc]\"; reg r3 0x12345678; echo \"R3 [reg r3]\"; "
                              "dump_image out.bin 0x08000000 0x800; resume")
    has(text, rf"SWD DPIDR {DPIDR[chip]}", r"Cortex-M0\+ r0p1 processor detected", r"target has 4 breakpoints, 2 watchpoints",
        r"CPUID 0xe000ed00: 410cc601", r"RAM 0x20001000: 5afe1234", r"BYTE 0x20001003: 5a", r"HALF 0x20001004: beef",
        r"R3 r3 \(/32\): 0x12345678")
    has_not(text, r"^Error")
    first, second = (int(re.search(rf"{name} pc \(/32\): (0x[0-9a-f]+)", text).group(1), 16) for name in "AB")
    assert 0x08000000 <= first < 0x08020000 and first != second, (hex(first), hex(second))
    assert j.bytes("out.bin") == j.bytes("x.bin")[:0x800].ljust(0x800, b"\xff")


def openocd_debugs_a_u073_bit_by_bit(j):
    examines_reads_writes_halts_and_steps(j, "stm32u073rc", "charger.elf")


def openocd_debugs_a_g071_bit_by_bit(j):
    examines_reads_writes_halts_and_steps(j, "stm32g071rb", "charger-g071.elf")


# RM0503 and RM0444, "Flash memory programming sequences": the same registers on both chips.
PROGRAM_PAGE = """
set KEYR 0x40022008; set SR 0x40022010; set CR 0x40022014
proc idle {} { global SR; while {[lindex [read_memory $SR 32 1] 0] & 0x50000} {} }
halt
mww $KEYR 0x45670123; mww $KEYR 0xcdef89ab
idle; mww $SR 0xc3fb
mww $CR [expr {0x2 | 5 << 3}]; mww $CR [expr {0x10002 | 5 << 3}]; idle; mww $CR 0
echo "BLANK [mdw 0x08002800]"
mww $CR 0x1
for {set at 0} {$at < 2048} {incr at 8} {
    write_memory [expr {0x08002800 + $at}] 32 [list [expr {0x11110000 + $at}] [expr {0x22220000 + $at}]]
    idle
}
mww $CR 0x80000000
echo "SR [mdw $SR]"; echo "CR [mdw $CR]"
dump_image page.bin 0x08002800 2048
"""


def programs_a_page_by_registers(j, chip):
    need("openocd")
    j.new(chip)
    j.path("page.tcl").write_text(PROGRAM_PAGE)
    with Served(j) as served:
        text = served.openocd(chip, "source page.tcl")
    has(text, r"BLANK 0x08002800: ffffffff", r"SR 0x40022010: 0000000[01]", r"CR 0x40022014: c0000000")
    has_not(text, r"^Error")
    wanted = b"".join((word + at).to_bytes(4, "little") for at in range(0, 2048, 8) for word in (0x11110000, 0x22220000))
    assert j.bytes("page.bin") == wanted
    j.sector0("read", "0x08002800", "2048", "-o", "read.bin")
    assert j.bytes("read.bin") == wanted


def openocd_programs_a_page_of_a_u073_bit_by_bit(j):
    programs_a_page_by_registers(j, "stm32u073rc")


def openocd_programs_a_page_of_a_g071_bit_by_bit(j):
    programs_a_page_by_registers(j, "stm32g071rb")


def an_unpowered_target_is_silent_on_the_wire_and_comes_back(j):
    need("openocd")
    j.new("stm32u073rc")
    with Served(j) as served:
        j.bench("power", "off")
        served.openocd("stm32u073rc", "echo never", status=1)
        j.bench("power", "on")
        has(served.openocd("stm32u073rc", "echo \"CPUID [mdw 0xe000ed00]\""), r"CPUID 0xe000ed00: 410cc601")


def a_file_of_the_users_is_not_replaced_by_the_link(j):
    j.new("stm32u073rc")
    j.path("pirate").write_text("mine")
    has(j.bench("serve", "--buspirate", "pirate", status=1), r"error: 'pirate' is there already")
    assert j.path("pirate").read_text() == "mine"


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"})
