#!/usr/bin/env python3
"""`sector0-bench` as users meet it: every command, who may do what while another process owns the board, and what survives which end."""
import json
import os
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from journey import has, has_not, main  # noqa: E402

U073 = "stm32u073rc"
HOLDER = (sys.executable, HERE / "holder.py")


def wait_for(process, text):
    """Read a started program's output up to a line that holds `text`."""
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} was not printed, but: {seen}")


def ended(process, status, timeout=60):
    text = process.stdout.read()
    process.wait(timeout)
    print(text)
    assert process.returncode == status, f"exit status {process.returncode}, not {status}"
    return text


def serve(j):
    server = j.start("sector0-bench", "serve", j.board)
    wait_for(server, "ready: ")
    return server


def hold(j):
    """A program that holds the probe, under `run`."""
    runner = j.start("sector0-bench", "run", j.board, "--", *HOLDER)
    wait_for(runner, "held")
    return runner


def child_of(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1, children
    return int(children[0])


def nothing_left_behind(j):
    left = sorted(p.name for p in j.folder.iterdir() if p.name.startswith("b.board"))
    assert left == ["b.board"], left


# ---- words ----

def words_that_make_no_sense_are_refused(j):
    j.new(U073)
    before = j.bytes("b.board")
    for words in ([], ["nonsense"], ["new", "x.board"], ["new"], ["advance", "b.board"], ["advance", "b.board", "5"],
                  ["advance", "b.board", "-5ms"], ["advance", "b.board", "1s", "--until-uart", ""], ["advance", "b.board", "1s", "2s"],
                  ["advance", "b.board", "99999999999999999999s"], ["power", "b.board", "maybe"], ["power", "b.board", "on", "5ms"],
                  ["press", "b.board", "any"], ["press", "b.board", "reset", "hard"], ["plug", "b.board", "wall"],
                  ["peek", "b.board", "x", "4"], ["peek", "b.board", "0x08000000", "-1"], ["peek", "b.board", "0x10000000", "4"],
                  ["run", "b.board"], ["run", "b.board", "--"], ["uart", "b.board", "--port", "9"], ["uart", "b.board", "--send", "\\q"],
                  ["report", "b.board", "--xml"], ["new", "x.board", "--chip", "z80"], ["new", "x.board", "--chip", U073, "--set", "x=1"],
                  ["new", "x.board", "--chip", U073, "--set", "target_mv"], ["new", "x.board", "--chip", U073, "--set", "target_mv=9999"],
                  ["new", "x.board", "--chip", U073, "--probe-firmware", "V3J7"]):
        has(j.run("sector0-bench", *words, status=2), r"^(error|usage): ")
    assert j.bytes("b.board") == before
    assert not j.path("x.board").exists()
    nothing_left_behind(j)


def every_command_explains_itself(j):
    overview = j.run("sector0-bench", "--help")
    commands = [line.split()[0] for line in overview.splitlines() if line.startswith("  ")]
    assert len(commands) >= 12, commands
    for command in commands:
        has(j.run("sector0-bench", command, "--help"), rf"^usage: sector0-bench {command}")
    has(j.run("sector0-bench", "--version"), r"^sector0-bench \d")


def values_follow_in_two_ways_and_dashes_end_the_options(j):
    j.run("sector0-bench", "new", f"--chip={U073}", "--set=probe_turnaround_us=150", "--", "-b.board")
    has(j.run("sector0-bench", "params", "--", "-b.board"), r"probe_turnaround_us +150\b")
    has(j.run("sector0-bench", "report", "--json=x", "--", "-b.board", status=2), "--json takes no value")
    has(j.run("sector0-bench", "run", "--", "true", status=2), "^error: usage: sector0-bench run FILE")


def a_board_is_not_replaced_unasked(j):
    has(j.new(U073), r"^b.board: stm32u073rc, parameter set [0-9a-f]{8}$")
    j.bench("advance", "1s")
    before = j.bytes("b.board")
    has(j.run("sector0-bench", "new", "b.board", "--chip", U073, status=4), r"^error: 'b.board' is there already", r"^  try   `--force`")
    assert j.bytes("b.board") == before
    j.new("stm32g071rb", "--force")
    has(j.bench("report"), r"^chip          stm32g071rb$")
    nothing_left_behind(j)


def a_missing_or_broken_board_is_called_that(j):
    has(j.bench("report", status=3), r"^error: there is no board '.*b.board'$", r"^  try   `sector0-bench new FILE --chip stm32u073rc`")
    has(j.sector0("info", status=3), r"^error: there is no board '.*b.board'$")
    j.new(U073)
    good = j.bytes("b.board")
    for bad, words in ((b"", "this is no board file"), (b"\x7fELF" + good[4:], "this is no board file"),
                       (good[:-100], "the board file is damaged: its checksum is wrong"),
                       (good[:20000] + b"?" + good[20001:], "the board file is damaged: its checksum is wrong"),
                       (good[:8] + b"\x09" + good[9:], "the board file has format 9, this version reads 1")):
        j.path("b.board").write_bytes(bad)
        for text in j.bench("report", status=1), j.sector0("info", status=1):
            has(text, rf"^error: {words}$", r"^  while loading board '.*b.board'$")
        assert j.bytes("b.board") == bad
        nothing_left_behind(j)
    j.path("b.board").unlink()
    has(j.run("sector0-bench", "new", "no/such/folder.board", "--chip", U073, status=1), r"^error: board file '.*': no such folder$")


def parameters_are_kept_and_named(j):
    j.new(U073, "--set", "probe_turnaround_us=1000", "--set", "target_mv=0x708", "--probe-firmware", "V2J31M21")
    report = j.report()
    values = report["parameters"]["values"]
    assert (values["probe_turnaround_us"], values["target_mv"], values["probe_firmware_j"]) == (1000, 1800, 31), values
    has(j.run("sector0-bench", "params", "b.board"), rf"^parameter set {report['parameters']['hash']} ", r"^probe_turnaround_us +1000 us ")
    has(j.run("sector0-bench", "params"), r"^probe_turnaround_us +300 us ")
    j.new(U073, board="other.board")
    assert j.report("other.board")["parameters"]["hash"] != report["parameters"]["hash"]


# ---- the board's sides ----

def power_buttons_and_cables_work(j):
    j.new(U073)
    has(j.sector0("info"), "3.26 V")
    j.bench("power", "off")
    has(j.sector0("info", status=(1, 3)), "error: ")
    j.bench("power", "on")
    j.sector0("info")
    j.bench("power", "cycle", "10ms")
    j.bench("press", "reset")
    j.bench("press", "boot0", "30us")
    j.bench("unplug", "probe")
    j.sector0("info", status=3)
    has(j.bench("report"), r"^usb probe     cable out")
    j.bench("plug", "probe")
    j.sector0("info")
    report = j.report()
    assert report["board"] == {"powered": True, "power_cycles": 2, "reset_pressed": 1, "boot0_pressed": 1}, report["board"]
    assert report["usb"]["probe"]["pulled"] == 0 and report["usb"]["probe"]["appeared"] == 2
    nothing_left_behind(j)


def a_button_may_stay_down(j):
    j.new(U073)
    j.bench("press", "reset", "down")
    j.sector0("info", status=(1, 3))
    j.bench("press", "reset", "up")
    j.sector0("info")


def firmware_speaks_and_advance_listens(j):
    j.new(U073)
    has(j.bench("advance", "20ms", "--until-uart", "charger", status=1), r"^error: the board's UART did not send 'charger' within 20ms",
        r"^  seen  the UART has sent nothing")
    j.sector0("flash", j.firmware("charger.elf"))
    before = j.report()["time"]["virtual_ps"]
    j.bench("advance", "60s", "--until-uart", "charger")
    assert j.report()["time"]["virtual_ps"] - before < 5e12        # stopped long before
    has(j.bench("uart"), "charger")
    j.bench("advance", "10ms", "--until-uart", "charger 0.", status=1)  # done with: the banner comes once
    j.bench("press", "reset")
    j.bench("advance", "2s", "--until-uart", "charger")
    j.bench("uart", "--send", "\\x0d")


def peek_shows_what_is_there(j):
    j.new(U073)
    j.sector0("flash", j.firmware("charger.elf"))
    j.objcopy(j.firmware("charger.elf"), "x.bin", "binary")
    expected = j.bytes("x.bin")
    before = j.bytes("b.board")
    j.bench("peek", "0x08000000", str(len(expected)), "-o", "y.bin")
    assert j.bytes("y.bin") == expected
    has(j.bench("peek", "0x08000000", "20"), rf"^08000000  {expected[:16].hex(' ')}  ", rf"^08000010  {expected[16:20].hex(' ')} ")
    assert j.bytes("b.board") == before


def a_board_works_at_the_end_of_a_long_path(j):
    deep = "/".join(["d" * 120] * 3)
    j.path(deep).mkdir(parents=True)
    for name in f"{deep}/b.board", "n" * 180 + ".board":
        j.new(U073, board=name)
        server = j.start("sector0-bench", "serve", name)
        wait_for(server, "ready: ")
        j.sector0("info", board=name)
        j.run("sector0-bench", "serve", name, "--stop")
        ended(server, 0)


def a_probe_without_permission_cannot_be_opened(j):
    j.new(U073, "--set", "usb_denied=1")
    has(j.sector0("info", status=3), r"^error: .*no permission")
    has(j.under(*HOLDER), "not held: -")
    assert j.report()["usb"]["probe"]["bytes_out"] == 0


# ---- owners and clients ----

def everything_works_beside_an_owner(j):
    j.new(U073)
    j.sector0("flash", j.firmware("charger.elf"))
    server = serve(j)
    try:
        j.bench("press", "reset", "20ms")
        j.bench("advance", "3s", "--until-uart", "charger")
        has(j.bench("uart"), "charger")
        text = j.bench("report")
        has(text, r"^pace .*real ")
        has_not(text, r"^error")
        j.bench("peek", "0x08000000", "4")
        j.sector0("info")
        has(j.under(*HOLDER[:1], "-c", "pass"), "never opened libusb")
        has(j.run("sector0-bench", "serve", j.board, status=3), r"^error: board '.*' is owned by sector0-bench \(pid \d+\)$")
        has(j.run("sector0-bench", "new", j.board, "--chip", U073, "--force", status=3), r"is owned by")
    finally:
        server.send_signal(signal.SIGTERM)
    ended(server, 0)
    assert j.report()["time"]["pace_ps"]["real"] > 0
    nothing_left_behind(j)


def real_pace_follows_the_wall(j):
    j.new(U073)
    server = serve(j)
    start, first = time.monotonic(), j.report()["time"]["virtual_ps"]
    j.bench("advance", "400ms")
    last, wall = j.report()["time"]["virtual_ps"], time.monotonic() - start
    server.send_signal(signal.SIGINT)
    ended(server, 0)
    assert 0.4e12 <= last - first <= wall * 1e12, (first, last, wall)


def a_plug_is_held_by_one_program(j):
    j.new(U073)
    runner = hold(j)
    has(j.sector0("info", status=3), r"^error: .*probe in use by python3\S* \(pid \d+\)$")
    has(j.under(*HOLDER), "not held: -6", r"probe in use by python3")        # LIBUSB_ERROR_BUSY
    j.bench("uart")
    j.bench("press", "reset")
    has(j.bench("report"), r"reset pressed 1 times")
    runner.send_signal(signal.SIGTERM)                                      # goes to the program; it dies of it
    ended(runner, 128 + signal.SIGTERM)
    assert j.report()["board"]["reset_pressed"] == 1
    nothing_left_behind(j)


def a_killed_program_has_pulled_the_cable(j):
    j.new(U073)
    runner = hold(j)
    os.kill(child_of(runner), signal.SIGKILL)
    ended(runner, 128 + signal.SIGKILL)
    probe = j.report()["usb"]["probe"]
    assert (probe["pulled"], probe["appeared"]) == (1, 2), probe
    has(j.bench("report"), r"pulled out while in use 1 times")
    j.sector0("info")                                                       # and the board still works
    nothing_left_behind(j)


def a_killed_owner_leaves_the_board_as_last_saved(j):
    j.new(U073)
    before = j.bytes("b.board")
    runner = hold(j)
    holder = child_of(runner)
    runner.kill()
    runner.wait()
    os.kill(holder, signal.SIGKILL)
    runner.stdout.read()
    assert j.bytes("b.board") == before
    assert j.path("b.board.lock").exists() and j.path("b.board.sock").exists()
    j.sector0("info")                                                       # takes lock and socket over
    nothing_left_behind(j)


def the_owner_saves_when_a_client_ends(j):
    j.new(U073)
    server = serve(j)
    before = j.bytes("b.board")
    j.bench("advance", "10ms")
    assert j.bytes("b.board") != before
    server.send_signal(signal.SIGTERM)
    ended(server, 0)


def a_long_job_in_one_process_serves_the_others(j):
    j.new(U073)
    flasher = j.start("sector0", "--probe", "bench:b.board", "flash", j.firmware("charger-67k.elf"))
    reports = refused = 0
    while flasher.poll() is None:
        reports += "chip " in j.bench("report")
        text = j.sector0("info", status=(0, 3))
        refused += "probe in use by sector0" in text
    ended(flasher, 0)
    assert reports > 0 and refused > 0, (reports, refused)
    j.sector0("verify", j.firmware("charger-67k.elf"))
    nothing_left_behind(j)


def commands_at_the_same_time_all_succeed(j):
    """Whoever comes first owns the board, for ever shorter or longer; nobody may lose it under his hands."""
    j.new(U073)
    lines = ["sector0-bench report b.board", "sector0-bench advance b.board 2ms", "sector0-bench uart b.board",
             "sector0 --probe bench:b.board read 0x08000000 64 -o $$.bin"]
    shells = [j.start("sh", "-ec", f"for i in 1 2 3 4 5 6 7 8; do {line}; done") for line in lines]
    for shell in shells:
        ended(shell, 0)
    nothing_left_behind(j)


def who_uses_the_board_through_a_command_keeps_it(j):
    """The second `run` outlives the first, which owns the board."""
    j.new(U073)
    first = j.start("sector0-bench", "run", j.board, "--", "sh", "-c", "echo held; exec sleep 60")
    wait_for(first, "held")
    second = hold(j)
    os.kill(child_of(first), signal.SIGTERM)
    wait_for(first, "note: this ends when sector0-bench")
    has(j.sector0("info", status=3), "in use by python3")
    os.kill(child_of(second), signal.SIGKILL)
    ended(second, 128 + signal.SIGKILL)
    ended(first, 128 + signal.SIGTERM)
    assert j.report()["usb"]["probe"]["pulled"] == 1
    nothing_left_behind(j)


def run_gives_the_commands_status(j):
    j.new(U073)
    for words, status in ((["true"], 0), (["sh", "-c", "exit 5"], 5), (["no-such-program"], 127), (["sh", "-c", "kill -9 $$"], 137)):
        has(j.under(*words, status=status), rf"^note: '{words[0]}' never opened libusb: it has not seen the board$")
    runner = hold(j)
    os.kill(child_of(runner), signal.SIGTERM)
    has_not(ended(runner, 143), "never opened")
    nothing_left_behind(j)


def follow_prints_until_interrupted(j):
    j.new(U073)
    j.sector0("flash", j.firmware("charger.elf"))
    j.bench("power", "cycle")
    follower = j.start("sector0-bench", "uart", "b.board", "--follow")
    wait_for(follower, "charger")
    has(j.bench("report"), "^pace .*real")                                  # it owns the board meanwhile
    follower.send_signal(signal.SIGINT)
    ended(follower, 0)
    nothing_left_behind(j)


def follow_ends_with_the_owner(j):
    j.new(U073)
    server = serve(j)
    follower = j.start("sector0-bench", "uart", "b.board", "--follow")
    time.sleep(0.2)
    j.bench("serve", "--stop")
    ended(server, 0)
    ended(follower, 0)


def an_interrupted_advance_saves_where_it_was(j):
    j.new(U073)
    job = j.start("sector0-bench", "advance", "b.board", "1000000s")
    while not j.path("b.board.sock").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    job.send_signal(signal.SIGINT)
    has(ended(job, 7), r"^error: interrupted$")
    assert j.report()["time"]["virtual_ps"] > 1e12
    nothing_left_behind(j)


# ---- equal runs ----

def one_story(j, board):
    """A session of many parts, at pace step."""
    j.new(U073, board=board)
    j.sector0("flash", j.firmware("charger.elf"), board=board)
    j.bench("advance", "700ms", board=board)
    j.bench("press", "reset", "3ms", board=board)
    j.sector0("verify", j.firmware("charger.elf"), board=board)
    j.under(sys.executable, "-c", "import ctypes, os, time; usb = ctypes.CDLL('libusb-1.0.so.0'); c = ctypes.c_void_p(); "
            "usb.libusb_init(ctypes.byref(c)); time.sleep(0.25); usb.libusb_exit(c)", board=board)
    j.bench("power", "cycle", "5ms", board=board)
    j.bench("advance", "40ms", board=board)


def equal_runs_leave_equal_boards_and_reports(j):
    one_story(j, "one.board")
    one_story(j, "two.board")
    assert j.bytes("one.board") == j.bytes("two.board")
    for words in (["report"], ["report"]), (["report", "--json"], ["report", "--json"]):
        one, two = (j.run("sector0-bench", w[0], board, *w[1:]) for w, board in zip(words, ("one.board", "two.board")))
        assert one == two
    report = json.loads(j.run("sector0-bench", "report", "one.board", "--json"))
    assert report["time"]["pace_ps"]["real"] == 0
    assert sum(report["time"]["pace_ps"].values()) == report["time"]["virtual_ps"]


def looking_does_not_change_the_file(j):
    j.new(U073)
    before = j.bytes("b.board")
    for words in (["report"], ["report", "--json"], ["uart"], ["peek", "0x08000000", "64"], ["params"]):
        j.bench(*words)
    assert j.bytes("b.board") == before
    nothing_left_behind(j)


main({name: value for name, value in globals().items() if callable(value) and getattr(value, "__module__", None) == "__main__"})
