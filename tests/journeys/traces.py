#!/usr/bin/env python3
"""Leave no trace: commands that look change nothing on a running target; the others leave it as they say. One test per row of the table in README.md."""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import main  # noqa: E402

DHCSR, DEMCR, BP_CTRL, BP_COMP0, DWT_FUNCTION0 = 0xE000EDF0, 0xE000EDFC, 0xE0002000, 0xE0002008, 0xE0001028
DBGMCU, FLASH, RCC, CRC = 0x40015800, 0x40022000, 0x40021000, 0x40023000
WORDS = [DEMCR, BP_CTRL, BP_COMP0, BP_COMP0 + 4, BP_COMP0 + 8, BP_COMP0 + 12, DWT_FUNCTION0, DWT_FUNCTION0 + 16, DBGMCU + 4, DBGMCU + 8, DBGMCU + 12,
         FLASH + 0x10, FLASH + 0x14, FLASH, RCC + 0x00, RCC + 0x08, RCC + 0x48, RCC + 0x4C, RCC + 0x58, RCC + 0x60, CRC + 8, CRC + 0x10, CRC + 0x14]
CONTROL = 0x0000000F            # DHCSR.C_*: the status half changes by itself
SRAM, SRAM_BYTES = 0x20000000, 40 * 1024


def word(j, addr):
    """A word of the target, looked at without anybody noticing. A line of `peek` is the address, then bytes."""
    return int.from_bytes(bytes.fromhex("".join(j.bench("peek", hex(addr), "4").split()[1:5])), "little")


def state(j):
    words = {hex(a): word(j, a) for a in WORDS}
    words["DHCSR"] = word(j, DHCSR) & CONTROL
    return words


def ram(j):
    return j.bench("peek", hex(SRAM), str(SRAM_BYTES))


def board(j):
    elf = j.firmware("charger.elf")
    j.new("stm32u073rc")
    j.sector0("flash", elf)
    j.bench("advance", "1100ms")
    return elf


def beats(j):
    return j.bench("uart").count("beat")


def resets(j):
    return [n for n in j.report()["notes"] if n["what"] == "reset"]


def leaves_no_trace(j, *words, may_halt=False):
    """Run a command on a running board, and let only time pass on a copy of it. Registers must be as before, no reset may have happened,
    RAM must be what it is on the copy (unless the core was halted for a while), and the program must still be running."""
    shutil.copy(j.path(j.board), j.path("copy.board"))
    before, resets_before, start_ps = state(j), resets(j), j.report()["time"]["virtual_ps"]
    j.sector0(*words)
    assert state(j) == before, "a register was left changed"
    assert resets(j) == resets_before, "the target was reset"
    if not may_halt:
        passed_us = (j.report()["time"]["virtual_ps"] - start_ps) // 1000000
        j.bench("advance", f"{passed_us}us", board="copy.board")
        assert ram(j) == j.bench("peek", hex(SRAM), str(SRAM_BYTES), board="copy.board"), "RAM was changed"
    count = beats(j)
    j.bench("advance", "1200ms")
    assert beats(j) >= count + 2, "the program does not run on"


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


def option_show_leaves_no_trace(j):
    board(j)
    leaves_no_trace(j, "option", "show")


def fast_verify_puts_ram_and_core_back(j):
    leaves_no_trace(j, "verify", "--fast", board(j), may_halt=True)


def looking_leaves_a_halted_core_halted_and_its_ram_untouched(j):
    elf = board(j)
    j.sector0("reset", "--halt")
    before, contents = state(j), ram(j)
    assert word(j, DHCSR) & 0x20000, "reset --halt did not halt"
    for words in ("info",), ("plan", elf), ("verify", elf), ("verify", "--fast", elf), ("read", "0x20000000", "64"), ("option", "show"):
        j.sector0(*words)
        assert state(j) == before, f"{words[0]}: a register was left changed"
        assert ram(j) == contents, f"{words[0]}: RAM was changed"
        assert word(j, DHCSR) & 0x20000, f"{words[0]} let the core run"


def flash_leaves_a_running_program_and_no_debug_state(j):
    elf = board(j)
    j.sector0("flash", elf)
    assert word(j, DHCSR) & CONTROL == 0 and word(j, DEMCR) == 0 and word(j, BP_CTRL) & 1 == 0
    assert word(j, FLASH + 0x14) & 0xC0000000 == 0xC0000000, "the flash controller was left unlocked"
    count = beats(j)
    j.bench("advance", "1200ms")
    assert beats(j) >= count + 2


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
