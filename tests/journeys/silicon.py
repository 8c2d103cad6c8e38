#!/usr/bin/env python3
"""report-silicon: what docs/silicon.md lists is read, and nothing else happens."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import ROOT, has, main  # noqa: E402


def names_in_docs():
    rows = [line for line in (ROOT / "docs/silicon.md").read_text().splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])}


def every_fact_in_the_docs_is_read_from_one_chip_or_the_other(j):
    read = set()
    for chip in "stm32u073rc", "stm32g071rb":
        board = f"{chip}.board"
        j.new(chip, board=board)
        has(j.sector0("report-silicon", "-o", f"{chip}.json", board=board), r"0 not as expected")
        report = json.loads(j.path(f"{chip}.json").read_text())
        assert report["surprises"] == 0
        read |= {answer["name"] for answer in report["answers"]}
        assert all("value" in answer or "refused" in answer for answer in report["answers"])
    assert read == names_in_docs(), read ^ names_in_docs()


def every_estimate_about_a_chip_has_its_place_in_the_docs(j):
    """By file: who marks another number as an estimate sees the row it belongs to, or writes one."""
    text = (ROOT / "docs/silicon.md").read_text()
    rooms = [ROOT / "src/device", *(ROOT / "bench" / room for room in "board chip cpu dap faults periph stlink wire".split())]
    says = [path for room in rooms for path in sorted(room.rglob("*.[ch]")) if re.search(r"\bestimate", path.read_text())]
    assert len(says) > 10
    missing = [str(path.relative_to(ROOT)) for path in says if f"`{path.relative_to(ROOT)}`" not in text]
    assert not missing, f"not in docs/silicon.md: {missing}"


def a_report_has_nothing_of_its_owner_in_it(j):
    j.new("stm32u073rc")
    j.sector0("report-silicon", "-o", "report.json")
    text = j.path("report.json").read_text()
    serial = re.search(r"ST-LINK\S* ([0-9A-F]{24})", j.sector0("info")).group(1)
    uid = re.search(r"unique id +([0-9A-F]{24})", j.sector0("info")).group(1)
    assert serial not in text and uid not in text and str(j.folder) not in text


def a_surprise_is_told(j):
    j.new("stm32u073rc")
    j.sector0("option", "set", "IWDG_SW=0", "--yes")
    has(j.sector0("report-silicon", "-o", "report.json"), r"optr +0x[0-9A-F]{8}  NOT as expected", r"1 not as expected")


def a_report_leaves_a_running_program_alone(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    before = j.report()
    j.sector0("report-silicon", "-o", "report.json")
    after = j.report()
    assert before["flash"] == after["flash"]
    resets = [[n for n in r["notes"] if n["what"] == "reset"] for r in (before, after)]
    assert resets[0] == resets[1]
    has(j.sector0("info"), r"core +Cortex-M0\+ r0p1, (running|sleeping)")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"})
