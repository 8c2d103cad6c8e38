#!/usr/bin/env python3
"""Over the chip's own USB plug: sector0 and the bootloader in the virtual U073's system memory."""
import json
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402

U073 = "stm32u073rc"
BASE = "0x08000000"
REFUSED, DIFFERS, ATTENTION, NO_DEVICE, FAILED, USAGE = 4, 5, 6, 3, 1, 2


def dfu(j, *words, board=None, **more):
    return j.run("sector0", "--probe", f"bench:{board or j.board},dfu", *words, **more)


def founding(j, *settings):
    """A blank board, which shows its DFU device by itself, and the founding case's program."""
    j.new(U073, *[w for s in settings for w in ("--set", s)])
    j.objcopy(j.firmware("charger-67k.elf"), "app.bin", "binary")
    return j.firmware("charger-67k.elf"), j.bytes("app.bin")


def flash_is(j, data, board=None):
    j.sector0("read", BASE, str(len(data)), "-o", "now.bin", board=board)
    assert j.bytes("now.bin") == data, "the flash holds something else"


def to_bootloader(j):
    has(j.sector0("reset", "--bootloader"), r"^the bootloader runs; on USB it is at b\.board, plug target: `--probe bench:b\.board,dfu`$")


def a_blank_chip_is_flashed_over_usb_alone_and_runs(j):
    elf, data = founding(j)
    has(j.run("sector0", "--probe", f"bench:{j.board}", "list"), r"^DFU +\S+ +0483:df11 at b\.board, plug target$",
        r"`--probe bench:b\.board,dfu`$")
    has(dfu(j, "info"), r"^chip +STM32U073/U083, by the memories it lists$", r"^flash +256 KiB", r"^unique id +[0-9A-F]{24}$", r"^options +OPTR 0x")
    has(dfu(j, "plan", elf), r"^pages  34 touched, 34 to be written", r"^guard  page 0 is erased first")
    has(dfu(j, "flash", elf), r"^flashed and verified 68724 bytes: 34 of 34 pages written; running")
    flash_is(j, data)
    has(j.bench("advance", "2s", "--until-uart", "beat 2"), "")
    has(j.bench("uart"), r"beat 2")
    has(dfu(j, "info", status=NO_DEVICE), r"shows no DFU device", r"reset --bootloader")      # it has left
    has(j.sector0("flash", elf), r"nothing to do")                                            # and SWD works as before


def every_command_works_over_usb_as_through_a_probe(j):
    elf, data = founding(j)
    dfu(j, "flash", elf)
    before = j.report()
    to_bootloader(j)
    has(dfu(j, "verify", elf), r"^verified: the flash holds all 68724 bytes")
    has(dfu(j, "flash", elf, "--no-run"), r"^nothing to do: all 34 pages hold the image already; waiting in its bootloader")
    assert j.erased_since(before) == [], "the same again erased something"
    dfu(j, "read", BASE, str(len(data)), "-o", "back.dfu")
    has(dfu(j, "verify", "back.dfu"), r"^verified")
    changed = bytearray(data)
    changed[5 * 2048 + 9] ^= 0xFF
    j.path("changed.bin").write_bytes(changed)
    has(dfu(j, "diff", "changed.bin", "--at", BASE, status=DIFFERS), r"^differs: 1 of 68724 bytes", r"page 5")
    has(dfu(j, "flash", "changed.bin", "--at", BASE, "--no-run"), r"1 of 34 pages written")
    assert j.erased_since(before) == [5]
    has(dfu(j, "undo", "--no-run"), r"^put back and verified: 1 page")
    has(dfu(j, "verify", elf), r"^verified")
    has(dfu(j, "erase", "--pages", "40..41", "--no-run"), r"^erased 2 pages")
    has(dfu(j, "write", "0x08014000", "1", "2", "3", "--no-run"), r"^wrote and verified 3 bytes")
    has(dfu(j, "blank", "--pages", "40", status=DIFFERS), r"^not blank: first at 0x08014000")
    has(dfu(j, "write", "0x20003000", "1", status=FAILED), r"over USB only flash can be written")
    has(dfu(j, "read", "0x20000000", "4", status=USAGE), r"no memory that holds", r"@Internal Flash")
    has(dfu(j, "erase", "--all", "--yes", "--no-run"), r"^erased 128 pages")
    has(dfu(j, "blank"), r"^blank: ")
    has(dfu(j, "reset"), r"^left the bootloader")


def json_is_the_same_over_both_roads(j):
    elf, _ = founding(j)
    usb = json.loads(dfu(j, "--json", "flash", elf))
    j.new(U073, board="other.board")
    swd = json.loads(j.sector0("--json", "--quiet", "flash", elf, board="other.board"))
    assert usb["result"].keys() == swd["result"].keys(), usb["result"].keys() ^ swd["result"].keys()
    assert usb["result"]["plan"].keys() == swd["result"]["plan"].keys()
    assert usb["result"]["verified"] and not usb["result"]["loader"]
    to_bootloader(j)
    usb, swd = json.loads(dfu(j, "--json", "info")), json.loads(j.sector0("--json", "info", board="other.board"))
    missing = swd["result"].keys() - usb["result"].keys()
    assert missing == {"dpidr"}, missing                                                      # there is no debug port
    assert usb["result"]["uid"] == swd["result"]["uid"] and usb["result"]["options"] == swd["result"]["options"]


def option_words_are_written_over_usb(j):
    elf, _ = founding(j)
    before = dfu(j, "option", "show")
    # A blank chip comes up in DFU mode again after the reset: the words are looked at.
    has(dfu(j, "option", "set", "WRP1B_STRT=3", "WRP1B_END=4", "--yes"), r"WRP1B_STRT +0x7F -> 0x3", r"^written, loaded and checked: 2 fields$")
    has(dfu(j, "flash", elf, status=REFUSED), r"^error: page 3 at 0x08001800 is write-protected by WRP1B \(pages 3\.\.4\)", r"option set WRP1B_STRT")
    has(dfu(j, "option", "set", "RDP=0xCC", "--yes", status=REFUSED), r"sector0 never writes that")
    has(dfu(j, "option", "set", "WRP1B_STRT=0x7F", "WRP1B_END=0", "--yes"), r"^written, loaded and checked")
    assert dfu(j, "option", "show") == before
    dfu(j, "flash", elf, "--no-run")
    # With a program in flash the chip starts that after the reset: what it has loaded cannot be seen from here, and that is said.
    has(dfu(j, "option", "set", "BOR_LEV=1", "--yes", status=ATTENTION), r"^written: 1 field$", r"was not seen")
    has(j.sector0("option", "show"), r"^  BOR_LEV +1$")


def readout_protection_is_named_and_lifted_only_when_asked(j):
    elf, _ = founding(j)
    j.sector0("flash", elf)
    j.sector0("option", "set", "RDP=0xBB", "--yes")
    j.bench("power", "cycle")
    has(dfu(j, "info", status=NO_DEVICE), r"no DFU device")
    j.new(U073, "--force")
    j.sector0("option", "set", "RDP=0xBB", "--yes")
    j.bench("power", "cycle")                                                                 # blank: the bootloader
    j.bench("advance", "1s")
    has(dfu(j, "info"), r"^protection  readout level 1")
    has(dfu(j, "flash", elf, status=REFUSED), r"readout protection is on", r"errVENDOR", r"dfu unprotect")
    has(dfu(j, "dfu", "unprotect", status=REFUSED), r"erase all of its flash", r"--erase-everything")
    has(dfu(j, "dfu", "unprotect", "--erase-everything", status=USAGE), r"--yes")
    has(dfu(j, "dfu", "unprotect", "--erase-everything", "--yes"), r"^readout protection is off; the flash was erased$")
    has(dfu(j, "flash", elf), r"^flashed and verified")


def quirks_of_roms_make_no_difference(j):
    for settings in (["rom_transfer_bytes=2048"], ["rom_poll_erase_ms=0", "rom_poll_write_ms=0", "rom_poll_mass_erase_ms=0"],
                     ["rom_poll_address_ms=100", "rom_poll_erase_ms=104", "rom_poll_write_ms=104"],
                     ["rom_clrstatus_stalls=1", "rom_silent_leave=1"], ["rom_pads=0"],
                     ["rom_busy_stall_ms=6", "rom_poll_address_ms=4"]):
        j.new(U073, "--force", *[w for s in settings for w in ("--set", s)])
        j.path("small.bin").write_bytes(struct.pack("<II", 0x20002000, 0x08000101) + bytes(range(255)) * 17 + b"end")
        has(dfu(j, "flash", "small.bin", "--at", BASE), r"^flashed and verified 4346 bytes: 3 of 3 pages written; running")
        flash_is(j, j.bytes("small.bin"))


def elf_of(*segments):
    """(address, bytes)...: an ELF file of nothing but these, for an Arm core."""
    head = 52 + 32 * len(segments)
    file = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 0x08000101, 52, 0, 0x05000200, 52, 32, len(segments), 0, 0, 0)
    for i, (address, data) in enumerate(segments):
        file += struct.pack("<IIIIIIII", 1, head + sum(len(d) for _, d in segments[:i]), address, address, len(data), len(data), 5, 4)
    return file + b"".join(data for _, data in segments)


def an_elf_with_gaps_keeps_what_lies_between(j):
    founding(j)
    rest = bytes((i * 3) % 251 for i in range(8 * 2048))
    j.path("rest.bin").write_bytes(rest)
    dfu(j, "flash", "rest.bin", "--at", "0x08002000", "--no-run", status=(0, ATTENTION))

    j.path("gaps.elf").write_bytes(elf_of((0x08000000, struct.pack("<II", 0x20002000, 0x08000101)), (0x08002804, bytes.fromhex("DEADBEEF")),
                                          (0x08003FFC, bytes.fromhex("CAFEBABE"))))
    has(dfu(j, "flash", "gaps.elf", "--no-run", status=(0, ATTENTION)), r"flashed and verified 16 bytes")
    now = bytearray(rest)
    now[0x804:0x808] = bytes.fromhex("DEADBEEF")
    now[0x1FFC:0x2000] = bytes.fromhex("CAFEBABE")
    j.sector0("read", "0x08002000", str(len(rest)), "-o", "now.bin")
    assert j.bytes("now.bin") == bytes(now)


def a_blank_chip_is_not_erased_unless_it_only_seems_blank(j):
    elf, data = founding(j)
    has(dfu(j, "plan", elf), r"pages 0\.\.33 at 0x08000000: blank; program", r"0 erases")
    before = j.report()
    dfu(j, "flash", elf)
    assert j.erased_since(before) == [], "a blank chip was erased"
    # A double word of page 2 was programmed with ones: it reads as blank, and takes nothing.
    j.new(U073, "--force", "--scenario", "all-ones-programmed")
    j.sector0("erase", "--pages", "0..1", "--no-run")
    has(j.sector0("blank"), r"^blank")
    j.bench("power", "cycle")
    j.bench("advance", "1s")
    before = j.report()
    has(dfu(j, "flash", elf), r"^flashed and verified 68724 bytes: 34 of 34 pages written; running")
    assert j.erased_since(before) == list(range(34)), j.erased_since(before)
    flash_is(j, data)


def what_is_saved_is_read_once(j):
    """Blocks read, by the trace: commands, identity and options; a look at 34 pages, which is the save as well; the proof, and that of the first
    8 bytes."""
    elf, data = founding(j)
    j.path("old.bin").write_bytes(data[:8] + bytes(b ^ 0x5A for b in data[8:]))
    dfu(j, "flash", "old.bin", "--at", BASE, "--no-run", "--no-guard")
    has(dfu(j, "--trace", "trace.txt", "flash", elf, "--no-run"), r"^saved 34 pages and the option words")
    reads = sum(" ctl  a1 02 " in line for line in j.path("trace.txt").read_text().splitlines())
    assert reads == 3 + 68 + 68 + 1, reads
    has(dfu(j, "undo", "--no-run"), r"^put back and verified: 34 pages")
    flash_is(j, j.bytes("old.bin"))


def a_power_cut_anywhere_is_made_good_by_the_same_again(j):
    """Flash operations of the job: 34 erases, for something is in one of the pages, then 8591 double words. Each cut with its operation half
    done; the power comes back. The very last leaves a torn first double word: nothing starts, neither program nor bootloader, and only a
    probe helps (docs/dfu.md)."""
    founding(j)
    elf = j.firmware("charger-67k.elf")
    for number in (1, 2, 20, 34, 35, 36, 1500, 5000, 8624, 8625):
        j.path("cut.scenario").write_text(f"summary cut\nchip {U073}\npoke fill 0x08001800 8 0x5A\nfault power-cut at flash {number} inside for 100ms\n")
        j.new(U073, "--force", "--scenario", "cut.scenario")
        text = dfu(j, "flash", elf, status=(FAILED, NO_DEVICE))
        has(text, r"^error: the USB device was unplugged", r"cycle|the same command again finishes the job" if number > 1 else "")
        j.bench("advance", "1s")
        if number == 8625:
            has(dfu(j, "flash", elf, status=NO_DEVICE), r"shows no DFU device")
            to_bootloader(j)
        has(dfu(j, "flash", elf), r"^flashed and verified 68724 bytes")
        flash_is(j, j.bytes("app.bin"))


def a_cable_pulled_in_mid_download_is_named_and_the_same_again_finishes(j):
    """At every transfer: tests/unit/cuts/test_plug.c. Here the exit status and the words, on both ways to the plug."""
    _, data = founding(j)
    elf = j.firmware("charger-67k.elf")
    for run in (dfu, lambda j, *words, status=0: j.under("sector0", "--probe", "dfu", *words, status=status)):
        j.new(U073, "--force", "--scenario", "target-cable-pulled")
        has(run(j, "flash", elf, status=NO_DEVICE), r"^error: the USB device was unplugged", r"try +put the USB cable in again",
            r"the same command again finishes the job")
        has(j.bench("report"), r"unplug at target-transfer 150: happened 1 times")
        has(dfu(j, "info", status=NO_DEVICE), r"shows no DFU device")
        j.bench("plug", "target")
        by_probe = (lambda j, *words, **more: j.sector0(*words, **more),) if run is dfu else ()  # what was saved is known by the board's file
        for look in (run, *by_probe):
            has(look(j, "doctor", status=6), r"the command `flash` was cut off: of its 34 pages \d+ are done, .*\(flash-interrupted\)",
                r"save \d+ has no end; `sector0 undo` goes back to it")
        has(run(j, "flash", elf), r"^flashed and verified 68724 bytes")
        has_not(j.sector0("doctor"), r"flash-interrupted")
        flash_is(j, data)
    j.new(U073, "--force", "--scenario", "target-reply-late")
    has(dfu(j, "flash", elf, status=FAILED), r"^error: no answer over USB", r"try +unplug the USB cable, plug it in again")
    has(dfu(j, "flash", elf), r"^flashed and verified 68724 bytes")
    flash_is(j, data)


def dfu_files_are_taken_and_those_for_others_refused(j):
    elf, data = founding(j)

    def dfuse(vid=0x0483, pid=0xDF11, bcd=0xFFFF, cut=None, flip=None):
        body = b"Target" + struct.pack("<BI255sII", 0, 0, b"", len(data) + 8, 1) + struct.pack("<II", 0x08000000, len(data)) + data
        file = b"DfuSe" + struct.pack("<BIB", 1, 11 + len(body) + 16, 1) + body + struct.pack("<HHHH", bcd, pid, vid, 0x011A) + b"UFD\x10"
        file = bytearray(file + struct.pack("<I", zlib.crc32(file) ^ 0xFFFFFFFF))
        if flip:
            file[flip] ^= 1
        return bytes(file[:cut])
    for name, file, why in (("cut", dfuse(cut=5000), r"cut off"), ("flipped", dfuse(flip=777), r"checksum is wrong"),
                            ("other", dfuse(pid=0x1234), r"for another usb device"), ("newer", dfuse(bcd=0x9999), r"version 9999")):
        j.path(f"{name}.dfu").write_bytes(file)
        has(dfu(j, "flash", f"{name}.dfu", status=FAILED), why)
    has(j.sector0("flash", "other.dfu", status=FAILED), r"for another usb device")             # the same through a probe
    j.path("g0b1.bin").write_bytes(struct.pack("<II", 0x20024000, 0x080000C1) + bytes(0x100))
    has(dfu(j, "flash", "g0b1.bin", "--at", BASE, status=FAILED), r"^error: .*0x20024000", r"--any-vectors")
    assert not any(page["erases"] for page in j.report()["flash"]["pages"]), "something was erased"
    j.path("good.dfu").write_bytes(dfuse())
    has(dfu(j, "flash", "good.dfu"), r"^flashed and verified 68724 bytes")
    flash_is(j, data)
    has(j.sector0("verify", "good.dfu"), r"^verified")


def plain_words_reach_any_device(j):
    _, data = founding(j)
    has(dfu(j, "dfu", "list"), r"plug target", r"STM32U073/U083", r"memory 0  Internal Flash +0x08000000: 128 x 2048 bytes read erase write",
        r"memory 1  OB Bytes", r"memory 3  ENGI Bytes")
    has(j.sector0("dfu", "download", "app.bin", "--at", BASE), r"^programmed and verified 68724 bytes: 34 of 34 sectors written")
    has(j.sector0("dfu", "download", "app.bin", "--at", BASE), r"0 of 34 sectors written")
    j.sector0("dfu", "upload", BASE, str(len(data)), "-o", "up.bin")
    assert j.bytes("up.bin") == data
    has(j.sector0("dfu", "leave"), r"^left the bootloader")
    has(j.sector0("dfu", "leave", status=NO_DEVICE), r"no DFU device")


def a_chip_behind_a_probe_is_flashed_over_its_own_usb(j):
    elf, data = founding(j)
    options = j.sector0("option", "show")
    has(j.sector0("flash", j.firmware("charger.elf")), r"running")
    has(j.sector0("flash", elf, "--via", "dfu"), r"^flashed and verified 68724 bytes: 34 of 34 pages written; running")
    flash_is(j, data)
    assert j.sector0("option", "show") == options
    j.bench("unplug", "target")
    has(j.sector0("flash", elf, "--via", "dfu", status=NO_DEVICE), r"no chip in DFU mode has come up", r"plugged in")
    has(j.sector0("reset"), r"the core runs")
    has(j.sector0("flash", elf), r"nothing to do")
    j.new("stm32g071rb", board="g.board")
    has(j.sector0("flash", elf, "--via", "dfu", board="g.board", status=FAILED), r"bootloader of the STM32G070/G071/G081 does not speak USB")


def the_road_through_libusb_works_too(j):
    """sector0 itself as a guest of `sector0-bench run`: what it does on the machine's own buses, with libusb in between."""
    elf, data = founding(j)
    has(j.under("sector0", "list"), r"^DFU +\S+ +0483:df11 at 1-2$", r"`--probe dfu:1-2`$")
    has(j.under("sector0", "--probe", "dfu", "option", "set", "WRP1B_STRT=3", "WRP1B_END=4", "--yes"), r"^written, loaded and checked: 2 fields$")
    has(j.under("sector0", "--probe", "dfu:1-2", "flash", elf, status=REFUSED), r"write-protected by WRP1B")
    has(j.under("sector0", "--probe", "dfu", "option", "set", "WRP1B_STRT=0x7F", "WRP1B_END=0", "--yes"), r"^written, loaded and checked")
    has(j.under("sector0", "--probe", "dfu", "flash", elf), r"^flashed and verified 68724 bytes: 34 of 34 pages written; running")
    flash_is(j, data)
    has(j.under("sector0", "--probe", "dfu", "info", status=NO_DEVICE), r"no chip in DFU mode found", r"ST-LINK")
    has(j.under("sector0", "--probe", "stlink", "flash", j.firmware("charger.elf"), "--via", "dfu"), r"^flashed and verified")
    has(j.under("sector0", "info"), r"^chip +STM32U073")                  # one probe, none named


def sts_name_reaches_the_plug(j):
    """Line 7 of the golden lines."""
    _, data = founding(j)
    env = {"SECTOR0_PROBE": f"bench:{j.board}"}
    name = str(j.path("STM32_Programmer_CLI"))
    j.path("STM32_Programmer_CLI").symlink_to(j.build / "sector0")
    text = j.run(name, "-c", "port=usb1", "-w", "app.bin", BASE, "-v", "-s", env=env)
    has(text, r"^USB speed   : Full Speed \(12MBit/s\)$", r"^Device ID   : 0x0489$", r"^Erasing internal memory sectors \[0 33\]$", r"^File download complete$",
        r"^Download verified successfully $", r"^Start operation achieved successfully$")
    flash_is(j, data)
    to_bootloader(j)
    has(j.run(name, "-c", "port=usb1", "-ob", "displ", env=env), r"WRP1B_STRT")
    has(j.run(name, "-c", "port=usb1", "-halt", env=env, status=FAILED), r"takes a debug probe")
    j.run(name, "-c", "port=usb1", "-u", BASE, "1024", "up.bin", env=env)
    assert j.bytes("up.bin") == data[:1024]


def what_we_write_dfu_util_takes(j):
    need("dfu-util")
    elf, data = founding(j)
    dfu(j, "flash", elf, "--no-run")
    dfu(j, "read", BASE, str(len(data)), "-o", "out.dfu")
    dfu(j, "erase", "--all", "--yes", "--no-run")
    has(j.under("dfu-util", "-a", "0", "-D", "out.dfu"), r"(?i)file downloaded successfully|done parsing DfuSe file")
    flash_is(j, data)


main({name: function for name, function in list(globals().items()) if callable(function) and function.__module__ == "__main__" and
      name not in ("dfu", "elf_of", "founding", "flash_is", "to_bootloader")})
