#!/usr/bin/env python3
"""Bad input and bad luck: a clear error with cause, evidence and next step (golden files), the right exit status, and nothing changed on the board."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import golden, has, main  # noqa: E402

FAILED, USAGE, NO_DEVICE, REFUSED = 1, 2, 3, 4
BASE = "0x08000000"


def untouched(j):
    """What no refused command may change: flash, option words, and how often a page was erased or programmed."""
    flash = j.bench("peek", BASE, str(256 * 1024))
    return flash, j.report()["flash"], [j.bench("peek", hex(0x40022000 + offset), "4") for offset in (0x20, 0x2C, 0x30, 0x80)]


def refused(j, name, *words, status, prepare=True):
    """`sector0 WORDS` on a U073 that holds the charger firmware: refused with `status`, said as in golden/refusals/NAME.txt."""
    if prepare:
        j.new("stm32u073rc")
        j.sector0("flash", j.firmware("charger.elf"))
    before = untouched(j)
    text = j.sector0(*words, status=status)
    assert untouched(j) == before, "the board was changed"
    golden(j, f"refusals/{name}", text)
    return text


def small_elf():
    """The smallest ELF that a Cortex-M loader takes: one segment of 64 bytes at the flash base. Fixed, so that the golden files are."""
    body = bytes(range(64))
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 0x080000C1, 52, 0, 0x05000000, 52, 32, 1, 40, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 84, 0x08000000, 0x08000000, len(body), len(body), 5, 4) + body


def files(j):
    """Hostile and broken images: name, bytes."""
    elf = small_elf()
    j.path("fixed.bin").write_bytes(bytes(range(256)) * 4)
    for form, name in ("ihex", "x.hex"), ("srec", "x.srec"):
        j.run("arm-none-eabi-objcopy", "-I", "binary", "-O", form, "--change-addresses", BASE, "fixed.bin", name)
    hexa, srec = j.bytes("x.hex"), j.bytes("x.srec")
    far = bytearray(elf)
    struct.pack_into("<I", far, 28, 0xFFFFFFF0)                     # e_phoff
    many = bytearray(elf)
    struct.pack_into("<H", many, 44, 0xFFFF)                        # e_phnum
    big = bytearray(elf)
    at = struct.unpack_from("<I", elf, 28)[0]
    struct.pack_into("<I", big, at + 16, 0x7FFFFFFF)                # p_filesz
    twice = bytearray(elf[:52 + 32] + elf[52:52 + 32] + elf[84:])           # two segments, the second in the middle of the first
    struct.pack_into("<H", twice, 44, 2)
    for i in 0, 1:
        struct.pack_into("<III", twice, 52 + 32 * i + 4, 116, 0x08000000 + 16 * i, 0x08000000 + 16 * i)
    lines = srec.splitlines(keepends=True)
    return {
        "empty.elf": b"",
        "empty.hex": b"",
        "empty.srec": b"",
        "truncated.elf": elf[:40],
        "half.elf": elf[:100],
        "garbage.elf": bytes((i * 73 + 41) & 0xFF for i in range(3000)),
        "far-headers.elf": bytes(far),
        "many-headers.elf": bytes(many),
        "huge-segment.elf": bytes(big),
        "overlapping.elf": bytes(twice),
        "truncated.hex": hexa[:-20],
        "checksum.hex": hexa.replace(hexa[9:11], b"7F", 1) if hexa[9:11] != b"7F" else hexa.replace(hexa[9:11], b"7E", 1),
        "no-end.hex": hexa[:hexa.rindex(b":")],
        "letters.hex": b":10000000zz\n:00000001FF\n",
        "overlapping.hex": b":0400000001020304F2\n:040002000A0B0C0DCC\n:00000001FF\n",
        "truncated.srec": srec[:-9],
        "checksum.srec": lines[0] + lines[1][:10] + (b"00" if lines[1][10:12] != b"00" else b"11") + lines[1][12:] + b"".join(lines[2:]),
        "overlapping.srec": b"S10508000102EF\nS10508010304EA\nS9030000FC\n",
        "text.srec": b"S1 is not what it seems\n",
    }


def broken_images_are_refused(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    for name, data in files(j).items():
        j.path(name).write_bytes(data)
        refused(j, f"image-{name}", "flash", name, status=FAILED, prepare=False)
    j.path("empty.bin").write_bytes(b"")
    refused(j, "image-empty.bin", "flash", "empty.bin", "--at", BASE, status=FAILED, prepare=False)


def an_elf_for_this_machine_is_refused(j):
    j.path("true").write_bytes(pathlib.Path("/bin/true").read_bytes())
    refused(j, "image-for-this-machine", "flash", "true", status=FAILED)


def a_missing_file_and_a_folder_are_refused(j):
    refused(j, "image-missing", "flash", "nowhere.elf", status=FAILED)
    j.path("folder").mkdir()
    refused(j, "image-folder", "flash", "folder", status=FAILED, prepare=False)


def images_for_elsewhere_are_refused(j):
    j.path("x.bin").write_bytes(bytes(range(256)) * 8)
    refused(j, "image-for-ram", "flash", "x.bin", "--at", "0x20000000", status=(FAILED, USAGE))
    refused(j, "image-outside-flash", "flash", "x.bin", "--at", "0x0803FC00", status=(FAILED, USAGE), prepare=False)
    refused(j, "image-for-system-memory", "flash", "x.bin", "--at", "0x1FFF0000", status=(FAILED, USAGE), prepare=False)
    refused(j, "image-without-address", "flash", "x.bin", status=USAGE, prepare=False)
    refused(j, "image-with-needless-address", "flash", j.firmware("charger.elf"), "--at", BASE, status=USAGE, prepare=False)


def an_image_for_another_chip_is_refused(j):
    """Its stack would start beyond this chip's RAM."""
    image = struct.pack("<II", 0x20024000, 0x080000C1) + bytes(0x100)
    j.path("g0b1.bin").write_bytes(image)
    refused(j, "image-for-another-chip", "flash", "g0b1.bin", "--at", BASE, status=(FAILED, REFUSED))


def corrupt_and_foreign_board_files_are_refused(j):
    j.new("stm32u073rc")
    data = bytearray(j.path(j.board).read_bytes())
    cases = {"truncated": data[:20000], "flipped": data[:2000] + bytes([data[2000] ^ 1]) + data[2001:], "foreign": b"\x7fELF" + bytes(4000),
             "empty": b"", "newer": data[:8] + b"\xff\xff\xff\x7f" + data[12:]}
    for name, content in cases.items():
        j.path("bad.board").write_bytes(content)
        size = f"of {len(content)}\n"           # grows with every model
        golden(j, f"refusals/board-{name}", j.sector0("info", board="bad.board", status=(FAILED, NO_DEVICE)).replace(size, "of SIZE\n"))
        golden(j, f"refusals/board-{name}-bench",
               j.run("sector0-bench", "report", "bad.board", status=(FAILED, NO_DEVICE)).replace(size, "of SIZE\n"))
        assert j.path("bad.board").read_bytes() == bytes(content), "the broken file was changed"
    golden(j, "refusals/board-missing", j.sector0("info", board="none.board", status=(FAILED, NO_DEVICE)))


def without_a_probe_it_tells_of_the_virtual_board(j):
    text = j.run("sector0", "info", status=NO_DEVICE)
    has(text, r"sector0-bench new")


def a_probe_without_permission_is_told_with_its_rule(j):
    """The genuine road: libusb answers LIBUSB_ERROR_ACCESS, here by the board's own libusb."""
    j.new("stm32u073rc", "--set", "usb_denied=1")
    golden(j, "refusals/denied-list", j.under("sector0", "list", status=(0, NO_DEVICE)))
    golden(j, "refusals/denied-info", j.under("sector0", "info", status=NO_DEVICE))


def the_genuine_road_works_too(j):
    """sector0 as any libusb program on the board: the same answers as in process."""
    j.new("stm32u073rc")
    inside = j.sector0("info")
    assert j.under("sector0", "info") == inside
    j.under("sector0", "flash", j.firmware("charger-67k.elf"))
    j.sector0("verify", j.firmware("charger-67k.elf"))


def an_unpowered_target_is_named(j):
    j.new("stm32u073rc")
    j.bench("power", "off")
    golden(j, "refusals/target-unpowered", j.sector0("flash", j.firmware("charger.elf"), status=NO_DEVICE))


def a_reset_line_held_low_is_named(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    j.bench("press", "reset", "down")
    golden(j, "refusals/nrst-held-low", j.sector0("flash", j.firmware("charger-67k.elf"), status=(FAILED, NO_DEVICE)))
    j.bench("press", "reset", "up")
    j.sector0("flash", j.firmware("charger-67k.elf"))


def a_write_protected_page_is_named_and_kept(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    j.sector0("option", "set", "WRP1B_STRT=0", "WRP1B_END=0", "--yes")
    text = refused(j, "wrp-page-0", "flash", j.firmware("charger-67k.elf"), status=REFUSED, prepare=False)
    has(text, r"WRP1B")
    has(refused(j, "wrp-erase", "erase", "--pages", "0..1", "--yes", status=REFUSED, prepare=False), r"WRP1B")
    j.sector0("option", "set", "WRP1A_STRT=30", "WRP1A_END=40", "WRP1B_STRT=127", "WRP1B_END=0", "--yes")
    has(refused(j, "wrp-page-30", "flash", j.firmware("charger-67k.elf"), status=REFUSED, prepare=False), r"WRP1A")
    j.sector0("option", "set", "WRP1A_STRT=127", "WRP1A_END=0", "--yes")
    j.sector0("flash", j.firmware("charger-67k.elf"))


def readout_protection_is_named(j):
    j.new("stm32u073rc")
    j.sector0("flash", j.firmware("charger.elf"))
    j.sector0("option", "set", "RDP=0xBB", "--yes")
    j.bench("power", "cycle")
    flash = j.bench("peek", BASE, "4096")
    text = j.sector0("flash", j.firmware("charger-67k.elf"), status=REFUSED)
    golden(j, "refusals/rdp-1", text)
    golden(j, "refusals/rdp-1-verify", j.sector0("verify", j.firmware("charger.elf"), status=REFUSED))
    golden(j, "refusals/rdp-1-lift", j.sector0("option", "set", "RDP=0xAA", "--yes", status=REFUSED))
    assert j.bench("peek", BASE, "4096") == flash, "flash was changed"


def readout_protection_level_2_is_never_written(j):
    text = refused(j, "rdp-2", "option", "set", "RDP=0xCC", "--yes", status=REFUSED)
    has(text, r"(?i)level 2")
    j.sector0("option", "save", "o.txt")
    shown = j.path("o.txt").read_text()
    j.path("o2.txt").write_text(shown.replace("FFFFFEAA", "FFFFFECC").replace("fffffeaa", "fffffecc"))
    assert j.path("o2.txt").read_text() != shown
    refused(j, "rdp-2-restore", "option", "restore", "o2.txt", "--yes", status=REFUSED, prepare=False)


def boot_lock_with_readout_protection_is_never_written(j):
    refused(j, "boot-lock-rdp-1", "option", "set", "BOOT_LOCK=1", "RDP=0xBB", "--yes", status=REFUSED)


def bad_words_are_usage_errors(j):
    for name, words in {"no-file": ("flash",), "unknown-option": ("flash", "x.elf", "--frobnicate"), "bad-pages": ("erase", "--pages", "9..2", "--yes"),
                        "bad-field": ("option", "set", "WRP9Z_STRT=1", "--yes"), "bad-value": ("option", "set", "WRP1A_STRT=128", "--yes"),
                        "all-without-yes": ("erase", "--all"), "pages-beyond": ("erase", "--pages", "100..200", "--yes")}.items():
        refused(j, f"words-{name}", *words, status=USAGE, prepare=name == "no-file")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__" and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
