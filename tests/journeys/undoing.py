#!/usr/bin/env python3
"""diff, blank, write and undo, as a user does it; a place for saves that cannot be written."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main  # noqa: E402

BASE = "0x08000000"
FAILED, REFUSED, DIFFERS = 1, 4, 5


def contents(j):
    """The flash, as far as these tests use it, and the option words."""
    return j.bench("peek", BASE, str(72 * 1024)), [j.bench("peek", hex(0x40022000 + offset), "4") for offset in (0x20, 0x2C, 0x30, 0x80)]


def prepared(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    return j.firmware("charger.elf"), j.firmware("charger-67k.elf")


def diff_shows_ranges_and_bytes(j):
    small, large = prepared(j)
    has(j.sector0("diff", small), r"no difference in \d+ bytes")
    data = bytearray(range(256)) * 16
    j.path("a.bin").write_bytes(data)
    at = ("--at", "0x08010000")
    j.sector0("flash", "a.bin", *at, status=(0, 6))
    for offset in 5, 7, 0x900:
        data[offset] ^= 0xFF
    j.path("b.bin").write_bytes(data)
    before = contents(j)
    text = j.sector0("diff", "b.bin", *at, status=DIFFERS)
    has(text, r"3 of 4096 bytes, in 2 ranges, in 2 of 2 pages", r"0x08010005\.\.0x08010007 +2 bytes +page 32$",
        r"0x08010900\.\.0x08010900 +1 byte +page 33$", r"^  08010000 +00  01  02  03  04  05\* 06  07\* +00 01 02 03 04 FA 06 F8$")
    assert j.sector0("diff", "--fast", "b.bin", *at, status=DIFFERS) == text
    said = json.loads(j.sector0("diff", "b.bin", *at, "--json", status=DIFFERS))["result"]
    assert said["differing_bytes"] == 3 and said["ranges"][0] == {"first": "0x08010005", "last": "0x08010007", "bytes": 2, "segment": 1}
    data = bytearray(b ^ 0x55 if i % 40 == 0 else b for i, b in enumerate(data))
    j.path("c.bin").write_bytes(data)
    has(j.sector0("diff", "c.bin", *at, status=DIFFERS), r"ranges more; --all", r"rows more; --all")
    has_not(j.sector0("diff", "--all", "c.bin", *at, status=DIFFERS), r"--all")
    assert contents(j) == before


def blank_says_what_is_not(j):
    j.new("stm32u073rc")
    has(j.sector0("blank"), r"^blank: 0x08000000\.\.0x0803FFFF")
    j.sector0("write", "0x08005003", "0x12", status=0)
    has(j.sector0("blank", status=DIFFERS), r"not blank: first at 0x08005003; 1 of 128 pages: 10$")
    j.sector0("blank", "0x08005004", "100")
    j.sector0("blank", "0x08005000", "4", status=DIFFERS)
    j.sector0("blank", "--pages", "11..127")
    j.sector0("blank", "--pages", "10", "--fast", status=DIFFERS)
    assert json.loads(j.sector0("blank", "--json", status=DIFFERS))["result"]["first"] == "0x08005003"
    j.sector0("blank", "0x20000000", "4", status=(1, 2))


def write_reaches_ram_registers_and_flash(j):
    small, _ = prepared(j)
    resets = j.report().get("resets")
    has(j.sector0("write", "0x20001000", "1", "0xFF", "3"), r"wrote 3 bytes")
    has(j.sector0("read", "0x20001000", "3"), r"01 FF 03")
    j.sector0("write", "0x20001004", "--as", "words", "0x11223344", "0xA5A5A5A5")
    has(j.sector0("read", "0x20001004", "8"), r"44 33 22 11 A5 A5 A5 A5")
    assert j.report().get("resets") == resets, "a write to RAM reset the target"
    j.sector0("write", "0x20001000", "256", status=2)
    j.sector0("write", "0x20001001", "--as", "words", "1", status=2)
    j.sector0("write", "0x20001000", status=2)
    before = contents(j)
    has(j.sector0("write", "0x40022020", "--as", "words", "0xFFFFFECC", status=REFUSED), r"level 2")
    has(j.sector0("write", "0x1FFF6800", "1", status=REFUSED), r"(?i)otp")
    assert contents(j) == before
    report = j.report()
    j.path("x.bin").write_bytes(b"sector0!" * 300)
    j.sector0("write", "0x0800A7FE", "-i", "x.bin")
    assert j.erased_since(report) == [20, 21, 22, 0] or j.erased_since(report) == [20, 21, 22] or j.erased_since(report) == [20, 21]
    j.sector0("read", "0x0800A7FE", "2400", "-o", "y.bin")
    assert j.bytes("y.bin") == j.bytes("x.bin")
    j.sector0("verify", small)
    has(j.sector0("write", "0x0800A7FE", "-i", "x.bin"), r"nothing to do")
    j.sector0("undo")
    assert contents(j) == before
    (j.folder / "state").rename(j.folder / "other")
    j.path("state").write_text("in the way")
    j.sector0("write", "0x20001000", "1")
    has(j.sector0("write", "0x0800A7FE", "1", status=FAILED), r"state/sector0")
    assert contents(j) == before


def undo_puts_back_what_each_command_changed(j):
    j.new("stm32u073rc")
    has(j.sector0("undo", status=FAILED), r"nothing to undo")
    small, large = j.firmware("charger.elf"), j.firmware("charger-67k.elf")
    steps = [("flash", small), ("flash", large), ("write", "0x08011810", "1", "2"), ("erase", "--all", "--yes"), ("flash", small),
             ("option", "set", "WRP1A_STRT=0", "WRP1A_END=3", "--yes")]
    for step in steps:
        before = contents(j)
        j.sector0(*step)
        after = contents(j)
        assert before != after
        has(j.sector0("undo", "--show"), r"would go back to save \d+, before `sector0 " + step[0])
        assert contents(j) == after
        j.sector0("undo", "--yes")
        assert contents(j) == before, f"undo of {step}"
        j.sector0("undo", "--yes")
        assert contents(j) == after, f"undo of the undo of {step}"
    has(j.sector0("undo", "--list"), r"^0018 .* undo +0 pages, option words$", r"^0016 .* option set")


def undo_asks_before_it_writes_over_others(j):
    small, large = prepared(j)
    j.sector0("flash", large)
    other = bytes(range(255)) * 3
    j.path("x.bin").write_bytes(other)
    j.sector0("write", "0x08008004", "-i", "x.bin", "--no-save")
    before = contents(j)
    has(j.sector0("undo", status=2), r"page 16 at 0x08008000: blank before; changed since, by somebody else", r"--yes")
    assert contents(j) == before
    j.sector0("undo", "--yes")
    j.sector0("blank", "--pages", "8..127")
    j.sector0("verify", small)
    j.sector0("undo")
    assert contents(j) == before


def saves_belong_to_their_board(j):
    small, _ = prepared(j)
    j.new("stm32u073rc", board="other.board")
    j.sector0("flash", small, board="other.board")
    j.new("stm32u073rc", board="third.board")
    has(j.sector0("undo", board="third.board", status=FAILED), r"nothing to undo")
    j.sector0("undo", board="other.board")
    j.sector0("blank", board="other.board")
    j.sector0("verify", small)


def a_closed_chip_is_opened_again_with_what_was_in_it(j):
    """Readout protection is set and undone: the chip erases its flash, what was saved before comes back."""
    small, large = prepared(j)
    j.sector0("flash", large)
    before = contents(j)
    j.sector0("option", "set", "RDP=0xBB", "--yes")
    has(j.sector0("undo", "--yes", status=REFUSED), r"--erase-everything")
    has(j.sector0("undo", "--yes", "--erase-everything"), r"put back and verified: option words, \d+ pages")
    assert contents(j) == before


def places_that_cannot_be_written_stop_everything(j):
    small, large = prepared(j)
    before = contents(j)
    report = j.report()
    commands = [("flash", large), ("erase", "--pages", "0..3"), ("erase", "--all", "--yes"), ("option", "set", "BOR_EN=1", "--yes"),
                ("write", "0x08000100", "1"), ("undo",)]
    for limit in 0, 1000, 4500:
        for command in commands:
            text = j.run("prlimit", f"--fsize={limit}", "sector0", "--probe", f"bench:{j.board}", *command, status=FAILED)
            has(text, r"error: .*(File too large|sector0)")
            assert contents(j) == before, f"{command} with files of {limit} bytes"
    assert j.erased_since(report) == []
    state = j.path("state") / "sector0"
    state.rename(j.path("aside"))
    state.write_text("a file")
    for command in commands:
        has(j.sector0(*command, status=FAILED), r"(?i)state/sector0|nothing to undo")
        assert contents(j) == before
    state.unlink()
    j.path("aside").rename(state)
    j.sector0("undo")
    j.sector0("blank")


def operations(j, board=None):
    """Flash operations of a board so far."""
    return sum((row["erases"] + row["programs"]) * (row["to"] - row["from"] + 1) for row in j.report(board)["flash"]["pages"])


def cut_at(j, *numbers):
    """A scenario whose supply fails for good inside these flash operations, counted from a new board on."""
    text = "summary The supply fails inside some flash operations\nseed 7\n"
    j.path("cut.scenario").write_text(text + "".join(f"fault power-cut at flash {n} inside 60%\n" for n in numbers))
    return "--scenario", "cut.scenario"


def undo_after_a_power_cut_and_a_cut_in_the_undo(j):
    """The power goes in a flash, then in the undo of it, then in the undo of that: each time the same command again ends it."""
    small, large = j.firmware("charger.elf"), j.firmware("charger-67k.elf")
    j.new("stm32u073rc", board="dry.board")
    first = operations(j, "dry.board")
    j.sector0("flash", small, board="dry.board")
    second = operations(j, "dry.board")
    j.sector0("flash", large, board="dry.board")
    whole = operations(j, "dry.board") - second
    assert first == 0 and whole > 5000
    for share in 0.001, 0.3, 0.98:
        cut = second + int(whole * share) + 1
        j.new("stm32u073rc", "--force", *cut_at(j, cut, cut + 4, cut + 9))
        j.sector0("flash", small)
        before = contents(j)
        text = j.sector0("flash", large, status=(1, 3))
        has(text, r"^error: ", r"target voltage 0\.00 V|has no power")
        j.bench("power", "on")
        has(j.sector0("undo", "--show"), r"before `sector0 flash`, which was cut off")
        j.sector0("undo", "--yes", status=(1, 3))              # cut off, too
        j.bench("power", "on")
        has(j.sector0("undo", "--yes", status=(0, 1, 3)), r"an undo was cut off; going on")
        if not j.report()["board"]["powered"]:
            j.bench("power", "on")
            j.sector0("undo", "--yes")
        assert contents(j) == before, f"cut at {share} of it"
        j.sector0("verify", small)
        j.sector0("flash", large)
        after = contents(j)
        j.sector0("undo")
        assert contents(j) == before
        j.sector0("undo")
        assert contents(j) == after


def undo_of_an_option_write_that_was_cut_off(j):
    small, _ = prepared(j)
    j.path("cut.scenario").write_text("summary The supply fails inside an option write\nseed 5\nfault power-cut at option 1 inside 80%\n")
    j.new("stm32u073rc", "--force", "--scenario", "cut.scenario")
    j.sector0("flash", small)
    before = contents(j)
    j.sector0("option", "set", "WRP1A_STRT=0", "WRP1A_END=3", "--yes", status=(1, 3))
    j.bench("power", "on")
    has(j.sector0("option", "show"), r"damaged \(FLASH_SR.OPTVERR\)")
    text = j.sector0("undo", "--yes", status=(0, REFUSED))
    if "error: " in text:
        has(text, r"--erase-everything")
        j.sector0("undo", "--yes", "--erase-everything")
    assert contents(j) == before
    j.sector0("verify", small)


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__" and
      name not in ("contents", "prepared", "operations", "cut_at")})
