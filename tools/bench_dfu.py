"""The DFU rows of tools/bench.py: the same program over the virtual chip's own USB plug, sector0 beside dfu-util on the same ROM settings,
and the least that any host could need: printed, with what it is made of, from the board's own parameters.

dfu-util erases and writes whatever is there, and reads nothing back; sector0 looks first, erases what is not blank, writes what differs and
proves it. So it is compared with dfu-util and a read-back by dfu-util itself; what dfu-util needs without that is printed too."""
import json
import shutil
import subprocess
import time

PAGE = 2048
CASES = ("full, blank", "full, another", "one page", "same")   # what is in flash before: nothing, another program of that size, ...
PACKET = 64
# Poll times that ROMs are known or likely to have: the bench's own estimate, none at all, an F4's.
ROMS = {"as estimated": {}, "poll times 0": {"erase": 0, "mass_erase": 0, "write": 0}, "poll times of an F4": {"address": 0, "erase": 100, "write": 104},
        "transfers of 2048": {"transfer": 2048}}


def settings(rom):
    words = []
    for name, value in ROMS[rom].items():
        words += ["--set", f"rom_transfer_bytes={value}" if name == "transfer" else f"rom_poll_{name}_ms={value}"]
    return words


def run(folder, env, *words):
    begin = time.monotonic()
    done = subprocess.run([str(w) for w in words], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, time.monotonic() - begin, done.stdout


def report(folder, env, board):
    return json.loads(run(folder, env, "sector0-bench", "report", board, "--json")[2])


def prepare(folder, env, case, rom, image):
    """A board in DFU mode that holds what the case says."""
    board = "dfu.board"
    run(folder, env, "sector0-bench", "new", board, "--chip", "stm32u073rc", "--force", *settings(rom))
    data = bytearray(image)
    if case == "one page":
        data[20 * PAGE + 8] ^= 0xFF
    if case == "full, another":
        data[8:] = bytes(b ^ 0x5A for b in data[8:])
    if case != "full, blank":
        (folder / "before.bin").write_bytes(data)
        status, _, text = run(folder, env, "sector0", "--probe", f"bench:{board},dfu", "flash", "--no-save", "--no-run", "--no-guard", "before.bin",
                              "--at", "0x08000000")
        assert status in (0, 6), text
    return board


def block_seconds(folder, env, board, size):
    """What the ROM needs to move one full block, measured: a read of 64 blocks less a read of one. Its own code is the slowest part: the bus
    could do it in half the time."""
    took = []
    for blocks in 1, 65:
        before = report(folder, env, board)["time"]["virtual_ps"]
        run(folder, env, "sector0", "--probe", f"bench:{board},dfu", "read", "0x08000000", str(blocks * size), "-o", "rate.bin")
        took.append(report(folder, env, board)["time"]["virtual_ps"] - before)
    return (took[1] - took[0]) / 64e12


def least(values, case, image, block):
    """Seconds, and the formula: erases and blocks at what they take or what the ROM bids us wait, whichever is longer; their requests; one
    look at what is there before, as far as is needed to know what to do (a packet tells that a page holds another program), and one proof
    after, at the ROM's rate."""
    pages = (len(image) + PAGE - 1) // PAGE
    written = {"one page": 1, "same": 0}.get(case, pages)
    erased = 0 if case == "full, blank" else written
    size = values["rom_transfer_bytes"]
    blocks = written * PAGE // size if case == "one page" else -(-len(image) // size) if written else 0

    def request(data):
        packets = -(-data // values["usb_packet_bytes"])
        on_wire = 8 + data + (packets + 2) * values["usb_overhead_bytes"]      # setup, data, status
        return values["usb_host_ns"] * 1e-9 + on_wire * 8 * values["usb_bit_ps"] * 1e-12
    erase = max(values["rom_poll_erase_ms"] * 1e-3, 0.022)                     # what the modelled flash needs
    write = max(values["rom_poll_write_ms"] * 1e-3, size / 8 * 85e-6)
    proved = written * PAGE // size
    looked = pages * PACKET / size if case == "full, another" else pages * PAGE // size
    seconds = (erased * (erase + request(5) + 2 * request(6)) + blocks * (write + block + 2 * request(6)) + (looked + proved) * block)
    return seconds, (f"{erased} erases x {erase * 1e3:.0f} ms + {blocks} blocks x ({write * 1e3:.1f} + {block * 1e3:.2f}) ms + "
                     f"({looked:.0f} + {proved}) blocks read x {block * 1e3:.2f} ms + their requests")


def show_dfu(folder, env, image_name, aims):
    if not shutil.which("dfu-util"):
        print("no DFU rows beside dfu-util: it is not installed")
    image = (folder / image_name).read_bytes()
    tools = {"sector0": lambda b: ["sector0", "--probe", f"bench:{b},dfu", "flash", "--no-save", "--no-guard", image_name, "--at", "0x08000000"]}
    if shutil.which("dfu-util"):
        tools["dfu-util 0.11"] = lambda b: ["sector0-bench", "run", b, "--", "dfu-util", "-a", "0", "-s", "0x08000000:leave", "-D", image_name]
        tools["dfu-util 0.11, and its -U"] = lambda b: ["sector0-bench", "run", b, "--", "sh", "-c", (
            f"dfu-util -a 0 -s 0x08000000 -D {image_name} && rm -f back.bin && dfu-util -a 0 -s 0x08000000:{len(image)}:leave -U back.bin && "
            f"cmp back.bin {image_name}")]
    print(f"over USB (DFU), {len(image)} bytes:")
    print("| ROM | in flash before | tool | virtual s | the least s | above | transfers | wall s | parameter set |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for rom in ROMS:
        board = prepare(folder, env, CASES[0], rom, image)
        block = block_seconds(folder, env, board, report(folder, env, board)["parameters"]["values"]["rom_transfer_bytes"])
        for case in CASES:
            took = {}
            for name, words in tools.items():
                board = prepare(folder, env, case, rom, image)
                before = report(folder, env, board)
                status, wall, text = run(folder, env, *words(board))
                after = report(folder, env, board)
                bound, formula = least(after["parameters"]["values"], case, image, block)
                took[name] = (after["time"]["virtual_ps"] - before["time"]["virtual_ps"]) / 1e12
                transfers = after["usb"]["target"]["transfers"] - before["usb"]["target"]["transfers"]
                print(f"| {rom} | {case} | {name}{f' (failed: {status})' if status not in (0, 6) else ''} | {took[name]:.3f} | {bound:.3f} | "
                      f"{(took[name] / bound - 1) * 100:.0f} % | {transfers} | {wall:.2f} | {after['parameters']['hash']} |")
            print(f"  the least: {formula}")
            aims.add(f"DFU, {case}, {rom}, above the least", (took["sector0"] / bound - 1) * 100, 8, "%")
            if "dfu-util 0.11" in took:
                aims.add(f"DFU, {case}, {rom}, beside dfu-util that reads back, too ({took['dfu-util 0.11']:.3f} s if it does not)", took["sector0"],
                         took["dfu-util 0.11, and its -U"], "s",
                         why="the first 8 bytes are written last and alone, and that is one more wait for a block: dfu-util leaves a half-written "
                             "program that starts")
    print()
