#!/usr/bin/env python3
"""Debian's dfu-util, unmodified, on the virtual U073's own USB plug: its acceptance of our bootloader is worth more than ours."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402

CHIP = "stm32u073rc"
OK, IO_ERROR = 0, 74                        # sysexits.h
PAGE = 2048


def image(j, name="charger.elf"):
    return j.objcopy(j.firmware(name), name.replace(".elf", ".bin"), "binary")


def dfu(j, *words, **more):
    return j.under("dfu-util", *words, **more)


def download(j, file, modifiers="", address="0x08000000", **more):
    return dfu(j, "-a", "0", "-s", address + modifiers, "-D", file, **more)


def upload(j, name, length, address="0x08000000", alternate=0, **more):
    j.path(name).unlink(missing_ok=True)
    return dfu(j, "-a", alternate, "-s", f"{address}:{length}", "-U", name, **more)


def new(j, *words):
    need("dfu-util")
    j.new(CHIP, *words)


def runs(j, text="charger"):
    j.bench("advance", "1s")
    has(j.bench("uart"), text)


def it_finds_four_memories(j):
    new(j)
    text = dfu(j, "-l")
    for alternate, name in enumerate(("@Internal Flash    /0x08000000/128*02Kg", "@OB Bytes          /0x40022020/01*136 e",
                                      "@OTP Memory        /0x1FFF6800/01*1024 e", "@ENGI Bytes        /0x1FFF6C00/01*1024.e")):
        has(text, rf'Found DFU: \[0483:df11\] ver=0220, .* alt={alternate}, name="{re.escape(name)}", serial="30694F774345"')
    assert text.count("Found DFU") == 4


def nothing_is_there_once_the_chip_has_firmware(j):
    new(j)
    j.sector0("flash", j.firmware("charger.elf"))
    has_not(dfu(j, "-l"), "Found DFU")


def it_downloads_leaves_and_the_application_runs(j):
    new(j)
    text = download(j, image(j, "charger-67k.elf"), ":leave")
    has(text, r"Downloading element to address = 0x08000000, size = 68724", r"File downloaded successfully", r"Transitioning to dfuMANIFEST state")
    has_not(text, "[Ee]rror(?! condition)")
    runs(j)
    has_not(dfu(j, "-l"), "Found DFU")
    j.sector0("verify", j.firmware("charger-67k.elf"))
    j.bench("power", "cycle")
    j.bench("advance", "10ms")
    runs(j)


def it_uploads_what_it_downloaded(j):
    new(j)
    file = image(j, "charger-67k.elf")
    download(j, file)
    upload(j, "back.bin", 68724)
    assert j.bytes("back.bin") == j.bytes(file)
    upload(j, "odd.bin", 1001, address="0x08000064")
    assert j.bytes("odd.bin") == j.bytes(file)[100:1101]
    upload(j, "otp.bin", 1024, address="0x1FFF6800", alternate=2)
    assert j.bytes("otp.bin") == b"\xff" * 1024
    upload(j, "options.bin", 136, address="0x40022020", alternate=1)
    assert j.bytes("options.bin")[:4] == bytes.fromhex("aafeffff")


def it_erases_everything(j):
    new(j)
    download(j, image(j, "charger-67k.elf"))
    small = b"12345678" * 8
    j.path("small.bin").write_bytes(small)
    has(download(j, "small.bin", ":mass-erase:force"), "Performing mass erase", "File downloaded successfully")
    upload(j, "all.bin", 256 * 1024)
    assert j.bytes("all.bin") == small.ljust(256 * 1024, b"\xff")


def it_lifts_the_readout_protection(j):
    need("dfu-util")
    j.path("rdp.scenario").write_text("summary protected, in its bootloader\npoke fill 0x08001000 8 0x5A\n"
                                      "poke option OPTR.RDP=0xBB\npower cycle\nrun 500ms\n")
    j.new(CHIP, "--scenario", "rdp.scenario")
    file = image(j)
    has(upload(j, "secret.bin", 64, status=IO_ERROR), "vendor specific error|errVENDOR|Error during upload|status")
    has(download(j, file, status=IO_ERROR), r"0x?0?[bB]|vendor|[Ee]rror")
    has(download(j, file, ":unprotect:force"), "Device disconnects, erases flash and resets now")
    j.bench("advance", "1s")
    has(j.sector0("option", "show"), r"RDP .*0xAA")
    upload(j, "erased.bin", 8, address="0x08001000")
    assert j.bytes("erased.bin") == b"\xff" * 8
    download(j, file)                       # and now it can be programmed


def it_is_in_dfu_mode_already(j):
    """-e asks a device in its run-time mode to detach; one that is in DFU mode already is left alone."""
    new(j)
    has(dfu(j, "-e", status=IO_ERROR), "More than one DFU capable USB device found")  # it counts alternate settings
    has(dfu(j, "-e", "-a", "0"), "DFU mode device DFU version 011a", "can.t detach")
    has(dfu(j, "-l"), "Found DFU")


def a_memory_that_is_not_there_is_refused(j):
    new(j)
    file = image(j)
    text = dfu(j, "-a", "7", "-s", "0x08000000", "-D", file, status=(IO_ERROR, 64, 65, 1))
    has(text, "No DFU capable USB device available|alternate")
    text = dfu(j, "-a", "1", "-s", "0x08000000", "-D", file, status=(IO_ERROR, 64, 65, 1))
    has(text, "is not writeable|not in|error|Error")
    text = download(j, file, address="0x08040000", status=(IO_ERROR, 64, 65, 1))
    has(text, "is not writeable|not in|error|Error")
    upload(j, "blank.bin", 4096)
    assert j.bytes("blank.bin") == b"\xff" * 4096


def on_a_write_protected_page_it_believes_the_silence(j):
    """The ROM reports success, and dfu-util does not look: what was written is not there."""
    need("dfu-util")
    j.path("wrp.scenario").write_text("summary page 2 protected, in its bootloader\npoke option WRP1AR.WRP1A_STRT=2,WRP1A_END=2\npower cycle\nrun 500ms\n")
    j.new(CHIP, "--scenario", "wrp.scenario")
    file = image(j, "charger-67k.elf")
    has(download(j, file), "File downloaded successfully")
    upload(j, "back.bin", 68724)
    want, got = j.bytes(file), j.bytes("back.bin")
    assert got[2 * PAGE:3 * PAGE] == b"\xff" * PAGE
    assert got[:2 * PAGE] == want[:2 * PAGE] and got[3 * PAGE:] == want[3 * PAGE:]


def options_are_written_and_the_device_comes_back(j):
    new(j)
    upload(j, "options.bin", 136, address="0x40022020", alternate=1)
    options = bytearray(j.bytes("options.bin"))
    options[0x0C:0x10] = bytes((4, 0, 5, 0))
    j.path("options.bin").write_bytes(options)
    dfu(j, "-a", "1", "-s", "0x40022020:will-reset", "-D", "options.bin")
    j.bench("advance", "1s")
    has(j.bench("peek", "0x4002202C", "4"), "04 00 05 00")
    has(dfu(j, "-l"), "Found DFU")


def the_transfer_size_is_obeyed(j):
    new(j, "--set", "rom_transfer_bytes=2048")
    file = image(j, "charger-67k.elf")
    has(download(j, file), "Device returned transfer size 2048", "File downloaded successfully")
    upload(j, "back.bin", 68724)
    assert j.bytes("back.bin") == j.bytes(file)


def poll_times_are_waited_for(j):
    """What F4 ROMs report makes this a matter of seconds; 0 is as good as any other."""
    seconds = {}
    for name, erase, write in ("none", 0, 0), ("long", 100, 104):
        new(j, "--force", "--set", f"rom_poll_erase_ms={erase}", "--set", f"rom_poll_write_ms={write}")
        before = j.report()["time"]["virtual_ps"]
        has(download(j, image(j, "charger-67k.elf")), "File downloaded successfully")
        seconds[name] = (j.report()["time"]["virtual_ps"] - before) / 1e12
    print(seconds)
    assert seconds["long"] > 34 * 0.1 + 68 * 0.104 > 6 > seconds["none"] > 34 * 0.022 + 8591 * 85e-6


def a_silent_leave_ends_in_its_error_and_the_application_runs(j):
    new(j, "--set", "rom_silent_leave=1")
    has(download(j, image(j), ":leave", status=IO_ERROR), "File downloaded successfully", "get_status")
    runs(j)


def a_stalled_clrstatus_is_no_matter_to_it(j):
    new(j, "--set", "rom_clrstatus_stalls=1")
    has(download(j, image(j), ":leave"), "File downloaded successfully")
    runs(j)


def a_question_that_comes_too_early_is_asked_again(j):
    """A ROM that bids to ask after 4 ms, and stalls whoever asks within 6: dfu-util knows such of the L4."""
    new(j, "--set", "rom_busy_stall_ms=6", "--set", "rom_poll_address_ms=4")
    file = image(j, "charger-67k.elf")
    has(download(j, file, ":leave", status=OK), "File downloaded successfully")
    runs(j)
    j.sector0("verify", j.firmware("charger-67k.elf"))


def the_cable_is_pulled_in_mid_download_and_the_same_again_succeeds(j):
    need("dfu-util")
    file = image(j, "charger-67k.elf")
    j.new(CHIP, "--scenario", "target-cable-pulled")
    text = download(j, file, ":leave", status=IO_ERROR)
    has(text, "Downloading element to address = 0x08000000", "Error during download")
    has_not(text, "File downloaded successfully")
    has(j.bench("report"), "unplug at target-transfer 150: happened 1 times")
    has_not(dfu(j, "-l"), "Found DFU")
    j.bench("plug", "target")
    has(download(j, file, ":leave"), "File downloaded successfully")
    runs(j)
    has(j.sector0("verify", j.firmware("charger-67k.elf")), "^verified: the flash holds all 68724 bytes")


def the_cable_may_go_and_come(j):
    new(j)
    j.bench("unplug", "target")
    has_not(dfu(j, "-l"), "Found DFU")
    j.bench("plug", "target")
    has(dfu(j, "-l"), "Found DFU")
    j.bench("unplug", "probe")
    has(dfu(j, "-l"), "Found DFU")


def it_works_while_a_gdb_server_holds_the_probe(j):
    new(j)
    server = j.start("sector0", "--probe", f"bench:{j.board}", "gdb", "--port", "0")
    try:
        for line in server.stdout:
            if re.search(r"port \d+|:\d+", line):
                break
        has(dfu(j, "-l"), "Found DFU")
        file = image(j)
        has(download(j, file, ":leave"), "File downloaded successfully")
        assert server.poll() is None, "the server ended"
    finally:
        server.terminate()
        server.communicate(timeout=60)
    j.bench("advance", "1s")
    has(j.bench("uart"), "charger")


def equal_runs_leave_equal_boards(j):
    seen = []
    need("dfu-util")
    file = image(j)
    for board in "a.board", "b.board":
        j.new(CHIP, board=board)
        j.under("dfu-util", "-a", "0", "-s", "0x08000000:leave", "-D", file, board=board)
        seen.append((j.bytes(board), j.bench("report", board=board)))
    assert seen[0] == seen[1], "two equal runs left different boards"
    has(seen[0][1], r"^pace +step")


if __name__ == "__main__":
    main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"})
