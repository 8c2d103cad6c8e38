#!/usr/bin/env python3
"""Leave no trace: commands that look change nothing on a running target; the others leave it as they say. One test per row of the table in README.md."""
import pathlib
import shutil
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, main, need  # noqa: E402

DHCSR = 0xE000EDF0
C_DEBUGEN, C_HALT, S_HALT = 1, 2, 0x20000
CONTROL = 0xF                   # DHCSR.C_*: the status half changes by itself
CSR = 0x40021094                # RCC_CSR tells why the chip was reset last
# Blocks of registers: all that a debugger or a flash loader might leave behind, and nothing that a running program changes.
BLOCKS = {"FLASH": (0x40022000, 0x90), "RCC": (0x40021000, 0xA0), "CRC": (0x40023000, 0x18), "DBGMCU": (0x40015800, 0x10), "PWR": (0x40007000, 0x10),
          "SYSCFG": (0x40010000, 0x20), "DEMCR": (0xE000EDFC, 4), "DWT": (0xE0001000, 4), "DWT comparators": (0xE0001020, 0x20),
          "BPU": (0xE0002000, 0x18), "VTOR to SHPR3": (0xE000ED08, 0x1C), "DFSR": (0xE000ED30, 4), "MPU": (0xE000ED90, 0x14),
          "NVIC enables": (0xE000E100, 4), "NVIC priorities": (0xE000E400, 32), "SysTick": (0xE000E014, 4)}
SRAM, SRAM_BYTES = 0x20000000, 40 * 1024
STILL = struct.pack("<II", 0x2000A000, 0x080000C1).ljust(0xC0, b"\0") + b"\xfe\xe7"      # b . : a program that leaves RAM alone


def peek(j, addr, size, board=None):
    """Memory of the target, looked at without anybody noticing."""
    j.bench("peek", hex(addr), str(size), "-o", "peeked", board=board)
    return j.bytes("peeked")


def word(j, addr):
    return int.from_bytes(peek(j, addr, 4), "little")


def state(j):
    """Every word of the blocks, by its place."""
    words = {"DHCSR.C": word(j, DHCSR) & CONTROL}
    for name, (addr, size) in BLOCKS.items():
        data = peek(j, addr, size)
        for at in range(0, size, 4):
            words[f"{name} {addr + at:08X}"] = data[at:at + 4].hex()
    return words


def unchanged(j, before, *but):
    """The registers are as in `before`, but for those at the addresses `but`."""
    now = state(j)
    changed = {name: (before[name], now[name]) for name in before if now[name] != before[name] and not any(name.endswith(f"{a:08X}") for a in but)}
    assert not changed, f"registers were left changed: {changed}"


def ram(j, board=None):
    return peek(j, SRAM, SRAM_BYTES, board)


def board(j, *words):
    elf = j.firmware("charger.elf")
    j.new("stm32u073rc", *words)
    j.sector0("flash", elf)
    j.bench("advance", "1100ms")
    return elf


def beats(j):
    return j.bench("uart").count("beat")


def resets(j):
    return [n for n in j.report()["notes"] if n["what"] == "reset"]


def still(j):
    """A board on which nothing changes by itself: a program that does nothing, every byte of RAM with a value of its own."""
    j.new("stm32u073rc")
    j.path("still.bin").write_bytes(STILL)
    j.path("pattern.bin").write_bytes(bytes((i * 167 + i // 251) & 0xFF for i in range(SRAM_BYTES)))
    j.sector0("flash", "still.bin", "--at", "0x08000000")
    j.sector0("write", hex(SRAM), "-i", "pattern.bin")
    assert ram(j) == j.bytes("pattern.bin")


def leaves_no_trace(j, *words, may_halt=False, status=0):
    """Run a command on a running board, and let only time pass on a copy of it. Registers must be as before, no reset may have happened,
    RAM must be what it is on the copy (if the core was halted for a while: where the program does not work), and the program must still
    be running."""
    shutil.copy(j.path(j.board), j.path("copy.board"))
    before, resets_before, start_ps, contents = state(j), resets(j), j.report()["time"]["virtual_ps"], ram(j)
    text = j.sector0(*words, status=status)
    unchanged(j, before)
    assert resets(j) == resets_before, "the target was reset"
    if may_halt:
        assert ram(j)[0x1000:0x7000] == contents[0x1000:0x7000], "RAM was changed"
    else:
        passed_us = (j.report()["time"]["virtual_ps"] - start_ps) // 1000000
        j.bench("advance", f"{passed_us}us", board="copy.board")
        assert ram(j) == ram(j, "copy.board"), "RAM was changed"
    goes_on(j)
    return text


def goes_on(j):
    count = beats(j)
    j.bench("advance", "1200ms")
    assert beats(j) >= count + 2, "the program does not run on"


def works_and_leaves_the_rest(j, *words, but=(), status=0):
    """A command that resets and writes: afterwards the program runs, from its beginning, and no register tells of the work but RCC_CSR and
    those at the addresses `but`."""
    before, banners = state(j), j.bench("uart").count("charger")
    text = j.sector0(*words, status=status)
    j.bench("advance", "1100ms")
    assert j.bench("uart").count("charger") > banners, "the program was not started again"
    unchanged(j, before, CSR, *but)
    goes_on(j)
    return text


def list_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "list")


def info_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "info")


def plan_leaves_no_trace(j):
    leaves_no_trace(j, "plan", board(j))


def verify_leaves_no_trace(j):
    leaves_no_trace(j, "verify", board(j))


def read_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "read", "0x08000000", "4096", "-o", "x.bin")


def diff_leaves_no_trace(j):
    leaves_no_trace(j, "diff", board(j))


def blank_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "blank", "--pages", "100..127")


def undo_list_and_show_leave_no_trace(j):
    board(j)
    leaves_no_trace(j, "undo", "--list")
    leaves_no_trace(j, "undo", "--show")


def doctor_leaves_no_trace(j):
    leaves_no_trace(j, "doctor", "--elf", board(j))


def option_show_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "option", "show")


def fast_looks_put_ram_and_core_back(j):
    """verify, diff, plan, blank with --fast halt the core and use its RAM. First on a board where all of it can be told, then on the charger."""
    still(j)
    before, contents, resets_before = state(j), ram(j), resets(j)
    for words in ("verify", "still.bin", "--at", "0x08000000"), ("plan", "still.bin", "--at", "0x08000000"), \
            ("diff", "still.bin", "--at", "0x08000000"), ("blank", "--pages", "3..9"):
        j.sector0(words[0], "--fast", *words[1:])
        unchanged(j, before)
        assert ram(j) == contents, f"{words[0]} --fast: RAM was not put back"
        assert not word(j, DHCSR) & S_HALT, f"{words[0]} --fast left the core halted"
    assert resets(j) == resets_before
    elf = board(j, "--force")
    leaves_no_trace(j, "verify", "--fast", elf, may_halt=True)


def looking_leaves_a_halted_core_halted_and_its_ram_untouched(j):
    elf = board(j)
    j.sector0("reset", "--halt")
    before, contents = state(j), ram(j)
    assert word(j, DHCSR) & S_HALT, "reset --halt did not halt"
    for words in ("list",), ("info",), ("plan", elf), ("verify", elf), ("verify", "--fast", elf), ("diff", elf), ("blank", "--pages", "9"), \
            ("read", "0x20000000", "64"), ("option", "show"):
        j.sector0(*words)
        unchanged(j, before)
        assert ram(j) == contents, f"{words[0]}: RAM was changed"
        assert word(j, DHCSR) & S_HALT, f"{words[0]} let the core run"


def gdb_halts_while_it_is_there_and_leaves_no_trace(j):
    """A GDB that looks, steps, breaks and watches, then detaches: nothing of it stays, in registers or RAM."""
    need("gdb-multiarch")
    still(j)
    before, contents, resets_before = state(j), ram(j), resets(j)
    server = j.start("sector0", "--probe", f"bench:{j.board}", "gdb", "--port", "0")
    try:
        port = server.stdout.readline().split()[2].rpartition(":")[2]
        commands = [f"target extended-remote localhost:{port}", "info registers", "x/4xw 0x20000000", "hbreak *0x080000c0", "continue", "stepi",
                    "watch *(int*)0x20000100", "stepi", "print $pc", "monitor info", "detach"]
        text = j.run("gdb-multiarch", "-q", "-nx", "-batch", "-ex", "set architecture armv6s-m", *[w for c in commands for w in ("-ex", c)])
    finally:
        server.terminate()
        said = server.communicate(timeout=30)[0]
    assert server.returncode == 0, said
    has(text, r"hit|Breakpoint 1, 0x080000c0|0x080000c0 in", r"Hardware watchpoint 2", r"\$1 = .*0x80000c0", r"detached")
    unchanged(j, before)
    assert ram(j) == contents, "RAM was changed"
    assert resets(j) == resets_before, "the target was reset"
    assert not word(j, DHCSR) & (S_HALT | C_DEBUGEN), "the core was left halted, or its debug unit on"


def flash_runs_the_program_and_leaves_no_debug_state(j):
    elf = board(j)
    text = works_and_leaves_the_rest(j, "flash", elf)
    has(text, r"(?i)nothing|already")
    j.path("x.bin").write_bytes(bytes(range(256)) * 20)
    works_and_leaves_the_rest(j, "flash", "x.bin", "--at", "0x08010000")


def erase_runs_the_program_and_leaves_no_debug_state(j):
    board(j)
    works_and_leaves_the_rest(j, "erase", "--pages", "100..101", "--yes")


def write_into_flash_runs_the_program_and_leaves_no_debug_state(j):
    board(j)
    works_and_leaves_the_rest(j, "write", "0x08010004", "0x12345678", "--as", "words")


def write_into_ram_disturbs_nothing_else(j):
    board(j)
    before, resets_before, contents = state(j), resets(j), ram(j)
    j.sector0("write", "0x20004000", "0x12345678", "--as", "words")
    unchanged(j, before)
    assert resets(j) == resets_before, "the target was reset"
    assert ram(j)[0x1000:0x7000] == contents[0x1000:0x4000] + bytes.fromhex("78563412") + contents[0x4004:0x7000]
    goes_on(j)


WRP1AR, WRP1BR = 0x4002202C, 0x40022030


def option_writes_run_the_program_and_leave_no_debug_state(j):
    board(j)
    j.sector0("option", "save", "factory.txt")
    works_and_leaves_the_rest(j, "option", "set", "WRP1A_STRT=100", "WRP1A_END=101", "--yes", but=[WRP1AR])
    assert word(j, WRP1AR) == 0x00650064
    works_and_leaves_the_rest(j, "option", "restore", "factory.txt", "--yes", but=[WRP1AR])
    assert word(j, WRP1AR) == 0x0000007F


def undo_runs_the_program_and_leaves_no_debug_state(j):
    board(j)
    j.sector0("erase", "--pages", "100", "--yes")
    j.sector0("write", "0x08010004", "0x12345678", "--as", "words")
    j.bench("advance", "1100ms")
    works_and_leaves_the_rest(j, "undo", "--yes")


def run_leaves_the_program_running_and_no_debug_state(j):
    elf = board(j)
    works_and_leaves_the_rest(j, "run", elf, "--timeout", "100ms", status=124)


def reset_runs_the_program_again(j):
    board(j)
    before = j.bench("uart").count("charger")
    j.sector0("reset")
    j.bench("advance", "100ms")
    assert j.bench("uart").count("charger") == before + 1
    j.sector0("reset", "--hard")
    j.bench("advance", "100ms")
    assert j.bench("uart").count("charger") == before + 2


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__" and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
