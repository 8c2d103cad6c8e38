#!/usr/bin/env python3
"""The main job, as a user does it: a real program into a virtual STM32U073, in every format, twice, and a little changed."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main  # noqa: E402

BASE = "0x08000000"


def founding(j):
    """The founding case's program, as a board file that holds it and as bytes."""
    elf = j.firmware("charger-67k.elf")
    j.new("stm32u073rc")
    j.objcopy(elf, "x.bin", "binary")
    return elf, j.bytes("x.bin")


def reads_back_equal(j, expected):
    j.sector0("read", BASE, len(expected), "-o", "back.bin")
    assert j.bytes("back.bin") == expected, "what was read differs from what objcopy says is in the file"


def an_elf_is_flashed_verified_and_runs(j):
    elf, expected = founding(j)
    assert len(expected) == 68724
    has(j.sector0("flash", elf), r"34 pages")
    j.sector0("verify", elf)
    j.sector0("verify", "--fast", elf)
    reads_back_equal(j, expected)
    j.bench("advance", "2s", "--until-uart", "charger")
    has(j.bench("uart"), "charger")


def every_format_gives_the_same_flash(j):
    elf, expected = founding(j)
    for form, name in ("ihex", "x.hex"), ("srec", "x.srec"), ("binary", "raw.bin"):
        j.objcopy(elf, name, form)
        j.new("stm32u073rc", board=f"{form}.board")
        at = ("--at", BASE) if form == "binary" else ()
        j.sector0("flash", name, *at, board=f"{form}.board")
        j.sector0("verify", elf, board=f"{form}.board")
        j.sector0("verify", name, *at, board=f"{form}.board")
        j.sector0("read", BASE, len(expected), "-o", f"{form}.out.bin", board=f"{form}.board")
        assert j.bytes(f"{form}.out.bin") == expected


def what_is_read_can_be_flashed_again(j):
    elf, expected = founding(j)
    j.sector0("flash", elf)
    for name in "out.hex", "out.srec", "out.bin":
        j.sector0("read", BASE, len(expected), "-o", name)
        at = ("--at", BASE) if name.endswith("bin") else ()
        j.sector0("verify", name, *at)
    j.run("arm-none-eabi-objcopy", "-I", "srec", "-O", "binary", "out.srec", "srec.bin")
    j.run("arm-none-eabi-objcopy", "-I", "ihex", "-O", "binary", "out.hex", "hex.bin")
    assert j.bytes("srec.bin") == j.bytes("hex.bin") == expected


def a_second_flash_writes_nothing(j):
    elf, _ = founding(j)
    j.sector0("flash", elf)
    before = j.report()
    has(j.sector0("flash", elf), r"(?i)nothing|already|0 pages")
    after = j.report()
    assert before["flash"] == after["flash"], "flash was touched"


def changed(j, expected, *offsets):
    data = bytearray(expected)
    for offset in offsets:
        data[offset] ^= 0x55
    j.path("changed.bin").write_bytes(data)
    return bytes(data)


def pages_of_plan(text):
    """The pages that `plan` says will be erased."""
    found = re.findall(r"^  pages? (\d+)(?:\.\.(\d+))? at .*erase", text, re.M)
    return [page for first, last in found for page in range(int(first), int(last or first) + 1)]


def one_changed_byte_erases_exactly_its_page(j):
    elf, expected = founding(j)
    j.sector0("flash", elf)
    data = changed(j, expected, 20 * 2048 + 5)
    text = j.sector0("plan", "changed.bin", "--at", BASE)
    has(text, r"(?i)old and new code mixed until")
    assert pages_of_plan(text) == [20]
    before = j.report()
    j.sector0("flash", "changed.bin", "--at", BASE)
    assert j.erased_since(before) == [20]
    reads_back_equal(j, data)


def two_changed_pages_take_the_guard_with_them(j):
    elf, expected = founding(j)
    j.sector0("flash", elf)
    data = changed(j, expected, 7 * 2048, 21 * 2048 + 2047)
    text = j.sector0("plan", "changed.bin", "--at", BASE)
    has(text, r"(?i)guard")
    assert pages_of_plan(text) == [0, 7, 21]
    before = j.report()
    j.sector0("flash", "changed.bin", "--at", BASE)
    assert j.erased_since(before) == [0, 7, 21]
    reads_back_equal(j, data)


def no_guard_leaves_page_0_alone(j):
    elf, expected = founding(j)
    j.sector0("flash", elf)
    data = changed(j, expected, 7 * 2048, 21 * 2048 + 2047)
    before = j.report()
    has_not(j.sector0("flash", "--no-guard", "changed.bin", "--at", BASE), r"(?i)rewritten as.*guard")
    assert j.erased_since(before) == [7, 21]
    reads_back_equal(j, data)


def bytes_outside_the_image_are_kept(j):
    j.new("stm32u073rc")
    j.path("a.bin").write_bytes(bytes(range(256)) * 16)
    j.sector0("flash", "a.bin", "--at", "0x08004000", status=(0, 6))
    j.path("b.bin").write_bytes(b"sector0!" * 3)
    j.sector0("flash", "b.bin", "--at", "0x08004A10", status=(0, 6))
    j.sector0("read", "0x08004000", "4096", "-o", "back.bin")
    expected = bytearray(bytes(range(256)) * 16)
    expected[0xA10:0xA10 + 24] = b"sector0!" * 3
    assert j.bytes("back.bin") == bytes(expected)


def erase_takes_what_it_is_told(j):
    elf, expected = founding(j)
    j.sector0("flash", elf)
    before = j.report()
    j.sector0("erase", "--pages", "4..5", "--yes")
    assert j.erased_since(before) == [4, 5]
    j.sector0("read", BASE, len(expected), "-o", "back.bin")
    assert j.bytes("back.bin") == expected[:4 * 2048] + b"\xff" * 4096 + expected[6 * 2048:]
    has(j.sector0("verify", elf, status=5), r"0x08002000")
    j.sector0("erase", "--all", "--yes")
    j.sector0("read", BASE, 256 * 1024, "-o", "back.bin")
    assert j.bytes("back.bin") == b"\xff" * 256 * 1024
    j.sector0("flash", elf)
    j.sector0("verify", elf)


def options_are_saved_shown_and_put_back(j):
    j.new("stm32u073rc")
    shown = j.sector0("option", "show")
    has(shown, r"OPTR", r"WRP1AR", r"WRP1BR", r"SECR")
    assert shown == j.sector0("option", "show")
    j.sector0("option", "save", "factory.txt")
    has(j.sector0("option", "set", "wrp1b_strt=10", "WRP1B_END=12", status=2), r"--yes")
    has(j.sector0("option", "set", "wrp1b_strt=10", "WRP1B_END=12", "--yes"), r"(?i)WRP1B_STRT")
    assert shown != j.sector0("option", "show")
    j.sector0("option", "restore", "factory.txt", "--yes")
    assert shown == j.sector0("option", "show")


# Its first deed: SCR.SLEEPDEEP, WFI. In Stop nobody answers on SWD.
SLEEPER = bytes.fromhex("00100020 09000008 0248 0421 0160 30bf fee7 00bf 10ed00e0")


def a_program_that_sleeps_at_once_is_no_failure(j):
    j.new("stm32u073rc")
    j.path("sleeper.bin").write_bytes(SLEEPER)
    for _ in range(2):                          # the second time it has to be caught under reset
        has(j.sector0("flash", "sleeper.bin", "--at", BASE), r"running|nothing to do")
    has(j.sector0("--connect", "under-reset", "reset"), r"reset")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"})
