#!/usr/bin/env python3
"""The doctor's finding stands under the error of whoever failed: our commands, GDB, ST's names. And: why does it not start?"""
import json
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402


def board(j, scenario, *words):
    j.new("stm32u073rc", "--force", "--scenario", scenario, *words)


def under_error(text, rule, certainty):
    """An error, and below it the finding and what to do."""
    has(text, rf"(?s)^error: .*^  why   .*\({rule}, {certainty}\)\n.*^  do    ")


def names_the_finding(j, scenario, rule, certainty, status, *words):
    board(j, scenario)
    under_error(re.sub(r"\n {8}", " ", j.sector0(*words, status=status)), rule, certainty)
    board(j, scenario)
    text = j.sector0(*words, "--json", status=status)
    said = json.loads(re.search(r"(?ms)^\{$.*", text).group())          # notes come before
    assert any(f["id"] == rule and f["certainty"] == certainty for f in said["error"]["findings"]), said["error"]


def a_failing_flash_says_why(j):
    elf = j.firmware("charger-67k.elf")
    for scenario, rule, certainty, status in (("page0-protected", "wrp-from-hal-obget", "likely", 4), ("readout-protected", "rdp1-active", "certain", 4),
                                              ("weak-page", "verify-mismatch", "likely", 1), ("no-power", "target-no-power", "certain", 3),
                                              ("page-refuses", "not-erased-first", "certain", 1)):
        names_the_finding(j, scenario, rule, certainty, status, "flash", elf)


def a_failing_erase_says_why(j):
    for scenario, rule, certainty, status in (("page0-protected", "wrp-from-hal-obget", "likely", 4), ("readout-protected", "rdp1-active", "certain", 4),
                                              ("erase-hangs", "flash-busy-stuck", "likely", 1)):
        names_the_finding(j, scenario, rule, certainty, status, "erase", "--pages", "0..3", "--yes")


def a_failing_verify_says_why(j):
    elf = j.firmware("charger.elf")
    for scenario, rule, certainty, status in (("readout-protected", "rdp1-active", "certain", 4), ("nrst-held-low", "nrst-held-low", "certain", 3)):
        names_the_finding(j, scenario, rule, certainty, status, "verify", elf)


def a_failing_option_says_why_and_does_not_take_what_was_asked_for_as_the_cause(j):
    names_the_finding(j, "cfgbsy-stuck", "cfgbsy-stuck", "certain", 1, "option", "set", "nBOOT0=0", "--yes")
    board(j, "cfgbsy-stuck")
    has_not(j.sector0("option", "set", "nBOOT0=0", "--yes", status=1), r"rom-boot-by-option")
    names_the_finding(j, "power-fails-option", "target-no-power", "certain", 3, "option", "set", "WRP1B_STRT=3", "WRP1B_END=4", "--yes")


def gdb(j, scenario, *commands):
    """A GDB's load on that board: what GDB said, and what the server said."""
    need("gdb-multiarch")
    board(j, scenario)
    log = open(j.path("server.txt"), "w+")
    server = subprocess.Popen(["sector0", "--probe", f"bench:{j.board}", "gdb", "--port", "0", "--once"], cwd=j.folder, env=j.env,
                              stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while not (found := re.search(r"127\.0\.0\.1:(\d+)", j.path("server.txt").read_text())):
            assert server.poll() is None and time.monotonic() < until, "the server does not start"
            time.sleep(0.05)
        words = [w for c in (f"target extended-remote localhost:{found.group(1)}", *commands, "disconnect") for w in ("-ex", c)]
        text = j.run("gdb-multiarch", "-q", "-nx", "-batch", "-ex", "set confirm off", *words, j.firmware("charger-67k.elf"), status=(0, 1))
        server.wait(60)
    finally:
        if server.poll() is None:
            server.kill()
        log.close()
    said = j.path("server.txt").read_text()
    print("--- server\n" + said)
    return re.sub(r"\n {8}", " ", text), re.sub(r"\n {8}", " ", said)


def a_failing_load_in_gdb_says_why(j):
    for scenario, rule, certainty in (("page0-protected", "wrp-from-hal-obget", "likely"), ("readout-protected", "rdp1-active", "certain"),
                                      ("page-refuses", "not-erased-first", "certain"), ("weak-page", "verify-mismatch", "likely")):
        text, said = gdb(j, scenario, "load", "monitor why")
        has_not(text, r"Transfer rate")
        under_error(said, rule, certainty)
        under_error(text, rule, certainty)                      # by `monitor why`


def monitor_doctor_tells_gdb_what_is_wrong(j):
    text, _ = gdb(j, "page0-protected", "monitor doctor")
    has(text, r"^likely .*\(wrp-from-hal-obget\)", r"seen .*WRP1BR=", r"do  ")
    text, _ = gdb(j, "blank", "load", "monitor doctor")
    has(text, r"Transfer rate", r"^healthy: nothing found$")


def st(j, scenario, *words):
    board(j, scenario)
    link = j.path("STM32_Programmer_CLI")
    if not link.is_symlink():
        link.symlink_to(j.build / "sector0")
    text = j.run(link, "-c", "port=SWD", "mode=UR", *words, status=1, env={"SECTOR0_PROBE": f"bench:{j.board}"})
    return re.sub(r"\n {8}", " ", text)


def a_failing_write_or_erase_under_sts_name_says_why(j):
    write = ("-w", j.firmware("charger-67k.elf"), "-v")
    for scenario, rule, certainty, words in (
            ("page0-protected", "wrp-from-hal-obget", "likely", write), ("page0-protected", "wrp-from-hal-obget", "likely", ("-e", "0")),
            ("all-pages-protected", "tool-trashed-option-bytes", "certain", ("-e", "all")), ("readout-protected", "rdp1-active", "certain", write),
            ("readout-protected", "rdp1-active", "certain", ("-e", "3")), ("weak-page", "verify-mismatch", "likely", write),
            ("cfgbsy-stuck", "cfgbsy-stuck", "certain", ("-ob", "nBOOT0=0")), ("nrst-held-low", "nrst-held-low", "certain", write),
            ("no-power", "target-no-power", "certain", ("-e", "all")), ("no-permission", "host-no-usb-permission", "certain", write)):
        text = st(j, scenario, *words)
        has(text, r"^Error: ")
        under_error(text, rule, certainty)
        has_not(text, r"\(stack-overflow", r"\(rom-boot-by-option", r"successfully")


main({name: function for name, function in globals().items() if getattr(function, "__module__", "") == "__main__" and hasattr(function, "__code__") and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
