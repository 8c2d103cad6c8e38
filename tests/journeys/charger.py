#!/usr/bin/env python3
"""The charger's story on one virtual board, and what each careless way into the bootloader leads to afterwards, over SWD and over USB.

The records of the careless ways are tests/golden/careless/NAME.txt; docs/enter-dfu.md tells them in words."""
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import golden, has, has_not, main, need  # noqa: E402

ANY = tuple(range(256))


def over_usb(j, *words, board=None, **more):
    return j.run("sector0", "--probe", f"bench:{board or j.board},dfu", *words, **more)


def types(j, text, time="1s", board=None):
    j.bench("uart", "--send", text + "\\r", board=board)
    j.bench("advance", time, board=board)


def said_after(j, time, board=None):
    """What the board's firmware says on its console within so long."""
    before = len(j.bench("uart", board=board))
    j.bench("advance", time, board=board)
    return j.bench("uart", board=board)[before:]


# ---- the story ----

def the_charger_charges_is_updated_over_usb_and_flashed_over_swd_as_before(j):
    j.new("stm32u073rc", "--scenario", "charger-board")
    j.sector0("flash", j.firmware("charger.elf"))
    options = j.sector0("option", "show")
    first = j.report()["parts"]
    j.bench("advance", "60s")
    has(j.bench("uart"), r"^charge: precharge, battery 2\d\d\d mV", r"^charge: constant current, battery 3[0-3]\d\d mV")
    last = j.report()["parts"]
    assert last["battery_mv"] > first["battery_mv"] + 300 and last["charge_permille"] > first["charge_permille"], (first, last)

    over_usb(j, "info", status=3)                       # no DFU device while the charger runs
    types(j, "dfu")
    assert j.report()["parts"]["current_ua"] == 0, "the bootloader goes on charging"
    has(over_usb(j, "info"), r"STM32U073")
    has(over_usb(j, "flash", j.firmware("charger-next.elf")), r"flashed and verified")
    has(said_after(j, "1s"), r"^charger \S+-next on STM32U073", r"^charge: constant current")
    over_usb(j, "info", status=3)

    assert j.sector0("option", "show") == options, "option words have changed"
    has(j.sector0("verify", j.firmware("charger-next.elf")), r"verified")
    before = len(j.bench("uart"))                       # it starts while the command is still looking whether it is well
    has(j.sector0("flash", j.firmware("charger-67k.elf")), r"flashed and verified 68724 bytes")
    j.bench("advance", "1s")
    has(j.bench("uart")[before:], r"tables as built")
    j.bench("power", "cycle")
    has(said_after(j, "1s"), r"tables as built", r"^beat 1")


def without_the_usb_cable_nothing_is_lost_and_with_it_the_update_goes_on(j):
    """The bootloader waits for its cable; the program is untouched until then."""
    j.new("stm32u073rc", "--scenario", "charger-board")
    j.sector0("flash", j.firmware("charger.elf"))
    types(j, "dfu")
    j.bench("unplug", "target")
    over_usb(j, "flash", j.firmware("charger-67k.elf"), status=3)
    j.bench("plug", "target")
    has(over_usb(j, "flash", j.firmware("charger-67k.elf")), r"flashed and verified")
    has(said_after(j, "1s"), r"tables as built")


# ---- the careless ways ----

def plain(text, j):
    """Without what differs from one build or machine to the next."""
    for pattern, instead in ((re.escape(str(j.folder)), "FOLDER"), (re.escape(str(j.build)), "BUILD"), (r"\(\d+\.\d+ s\)", "(TIME)"),
                             (r"\d+ bytes", "N bytes"), (r"\d+ of \d+ pages?", "N pages"), (r"0x0800[0-9a-fA-F]{4}", "0x0800...."),
                             (r"0x1[fF]{3}[0-9a-fA-F]{4}", "0x1FFF...."), (r"FOLDER/state/\S+", "FILE"), (r"saved \d+ pages?", "saved N pages"),
                             (r"(PC|pc|LR|lr|SP|sp)=0x[0-9a-fA-F]+", r"\1=....")):
        text = re.sub(pattern, instead, text)
    return text.strip()


def lines_about(text, *patterns):
    kept = [line.strip() for line in re.split(r"[\r\n]+", text) if any(re.search(p, line) for p in patterns)]
    return "\n".join(kept)


class Record:
    """Each question is asked on a copy of the board: the answers do not disturb each other."""

    def __init__(self, j, name):
        need("dfu-util", "openocd")
        self.j, self.name, self.text = j, name, ""
        j.new("stm32u073rc")
        j.sector0("flash", j.firmware(f"charger-careless-{name}.elf"))
        j.bench("advance", "1s")
        types(j, "dfu")
        j.objcopy(j.firmware("charger-next.elf"), "next.bin", "binary")

    def copy(self):
        shutil.copy(self.j.path(self.j.board), self.j.path("copy.board"))
        self.mark = len(self.j.bench("uart", board="copy.board"))

    def said(self, time):
        """On the copy's console since it was made or last asked, with so much more time."""
        self.j.bench("advance", time, board="copy.board")
        text = self.j.bench("uart", board="copy.board")
        text, self.mark = text[self.mark:], len(text)
        return text

    def note(self, title, text):
        self.text += f"== {title}\n{text or '(nothing)'}\n\n"

    def starts(self, what):
        """Does the update run: at once, and after a power cycle?"""
        now = self.said("2s")
        self.j.bench("power", "cycle", board="copy.board")
        later = self.said("2s")
        self.note(f"{what}: does the update run?", "\n".join(f"{when}: {'yes' if '-next on' in said else 'no'}" for when, said in
                                                           (("now", now), ("after a power cycle", later))))

    def sector0(self, title, *words, dfu=False):
        j = self.j
        self.copy()
        probe = "bench:copy.board" + (",dfu" if dfu else "")
        done = j.run("sh", "-c", 'sector0 --probe "$@"; echo "exit status $?"', "sh", probe, *words)
        self.note(title, plain(done, j))

    def whole(self):
        j = self.j
        self.sector0("sector0 info over USB", "info", dfu=True)
        self.sector0("sector0 flash over USB", "flash", j.firmware("charger-next.elf"), dfu=True)
        self.starts("sector0 over USB")
        self.copy()
        said = j.under("sh", "-c", "dfu-util -a 0 -s 0x08000000:leave -D next.bin; echo exit status $?", board="copy.board", status=ANY)
        self.note("dfu-util -s 0x08000000:leave -D next.bin", plain(lines_about(said, r"(?i)error", r"(?i)cannot", r"Found", r"No DFU", r"successfully",
                                                                              r"Transitioning", r"Invalid", r"(?i)failed", r"exit status"), j))
        self.starts("dfu-util")
        self.sector0("sector0 info over SWD", "info")
        self.sector0("sector0 flash over SWD", "flash", j.firmware("charger-next.elf"))
        self.starts("sector0 over SWD")
        self.copy()
        said = j.under("sh", "-c", "openocd -f interface/stlink-dap.cfg -c 'transport select dapdirect_swd' -c 'gdb_port disabled; tcl_port disabled; "
                       "telnet_port disabled' -c 'swd newdap u0 cpu -expected-id 0x6ba02477; dap create u0.dap -chain-position u0.cpu; target create u0.cpu "
                       "cortex_m -dap u0.dap' -c 'init; halt; foreach at {0x40022010 0x40022030 0x40022020} {echo [mdw $at]}; echo [reg primask]; shutdown'; echo exit status $?",
                       board="copy.board", status=ANY)
        self.note("openocd: attach, halt, FLASH_SR, WRP1BR, OPTR", plain(lines_about(said, r"^Error", r"^0x400220", r"^primask", r"exit status", r"halted due"), j))
        golden(j, f"careless/{self.name}", self.text)


def options_wrp(j):
    Record(j, "options-wrp").whole()


def boot_bits(j):
    Record(j, "boot-bits").whole()


def jump(j):
    Record(j, "jump").whole()


def jump_masked(j):
    Record(j, "jump-masked").whole()


def jump_watchdog(j):
    record = Record(j, "jump-watchdog")
    record.copy()
    j.bench("advance", "70s", board="copy.board")
    record.note("sector0 info over USB, 70 s later", plain(over_usb(j, "info", board="copy.board", status=ANY), j))
    record.note("and the console", lines_about(record.said("1s"), r"charger", r"watchdog"))
    record.whole()


def null_writes(j):
    Record(j, "null-writes").whole()


def mpu(j):
    Record(j, "mpu").whole()


def swd_pins(j):
    record = Record(j, "swd-pins")
    j.bench("power", "cycle")
    j.bench("advance", "1s")                            # the program runs, its pins are its own
    record.sector0("sector0 info over SWD while the program runs", "info")
    record.sector0("sector0 info --connect under-reset", "info", "--connect", "under-reset")
    types(j, "dfu")
    record.whole()


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__" and
      name not in ("Record", "over_usb", "types", "said_after", "plain", "lines_about")})
