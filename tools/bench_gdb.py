"""The GDB server's part of `make bench`: `load` beside `sector0 flash`, memory read through GDB beside `sector0 read`, single steps and
continue-to-breakpoint beside OpenOCD's GDB server.

GDB itself is the client. The board keeps real time while a debugger may wait for its user, so link time (board time with a transfer in
flight) is what repeats; what passes between two of GDB's commands is taken from two reports of the board."""
import json
import pathlib
import re
import subprocess
import time

STEPS, STOPS, READ_BYTES = 200, 50, 32 * 1024


class Server:
    """A GDB server that says when it is ready, ended by SIGTERM."""

    def __init__(self, folder, env, words, ready):
        self.process = subprocess.Popen([str(w) for w in words], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        seen = ""
        for line in self.process.stdout:
            seen += line
            found = re.search(ready, line)
            if found:
                self.port = int(found.group(1))
                return
        raise RuntimeError(f"the server does not start:\n{seen}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def sector0(folder, env, board):
    return Server(folder, env, ["sector0", "--probe", f"bench:{board}", "--speed", "4000", "gdb", "--port", "0"], r"^Listening at 127\.0\.0\.1:(\d+)")


def openocd(folder, env, board):
    return Server(folder, env, ["sector0-bench", "run", board, "--", "openocd", "-f", "interface/stlink-dap.cfg", "-c", "transport select dapdirect_swd",
                                "-f", "target/stm32g0x.cfg", "-c", "adapter speed 4000", "-c",
                                "gdb_port 61333; tcl_port disabled; telnet_port disabled; init"], r"Listening on port (\d+) for gdb")


def report(folder, env, board):
    text = subprocess.run(["sector0-bench", "report", board, "--json"], cwd=folder, env=env, check=True, capture_output=True, text=True).stdout
    return numbers(json.loads(text))


def numbers(r):
    return r["time"]["link_ps"] / 1e12, r["usb"]["probe"]["transfers"]


class Session:
    """GDB on a server: commands, with marks between them at which the board's counters and the wall clock are looked at."""

    def __init__(self, folder, env, board):
        self.folder, self.env, self.board, self.commands, self.marks = folder, env, board, [], []

    def do(self, *commands):
        self.commands += commands
        return self

    def mark(self, name):
        self.marks.append(name)
        return self.do(f"shell sector0-bench report {self.board} --json > mark-{name}.json", f'python import time; print("MARK {name}", time.monotonic())')

    def run(self, server, elf):
        words = [w for c in ["set pagination off", "set confirm off", "set remotetimeout 60", f"target extended-remote localhost:{server.port}",
                             *self.commands] for w in ("-ex", c)]
        done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", *words, elf], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        self.text = done.stdout
        walls = dict(re.findall(r"^MARK (\S+) (\S+)$", done.stdout, re.M))
        if len(walls) != len(self.marks):
            raise RuntimeError(f"GDB did not come to its end:\n{done.stdout}")
        self.at = {name: (*numbers(json.loads((pathlib.Path(self.folder) / f"mark-{name}.json").read_text())), float(walls[name])) for name in self.marks}
        return self

    def between(self, one, two):
        """link seconds, transfers, wall seconds"""
        return tuple(b - a for a, b in zip(self.at[one], self.at[two]))


def flash_and_load(folder, env, chip, elf, turnaround):
    """The same program into the same blank board: by `sector0 flash`, and by GDB's `load` in a session that does nothing else."""
    rows = []
    for name in "flash", "load":
        board = f"{name}.board"
        subprocess.run(["sector0-bench", "new", board, "--chip", chip, "--force", "--set", f"probe_turnaround_us={turnaround}"], cwd=folder, env=env,
                       check=True, stdout=subprocess.DEVNULL)
        before, start = report(folder, env, board), time.monotonic()
        if name == "flash":
            subprocess.run(["sector0", "--probe", f"bench:{board}", "--speed", "4000", "flash", elf], cwd=folder, env=env, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            with sector0(folder, env, board) as server:
                session = Session(folder, env, board).mark("a").do("load").mark("b").do("detach").run(server, elf)
                if "Transfer rate" not in session.text:
                    raise RuntimeError(f"load failed:\n{session.text}")
        after = report(folder, env, board)
        rows.append((after[0] - before[0], after[1] - before[1], time.monotonic() - start))
    rows.append(session.between("a", "b"))
    return rows


def show_load(folder, env, firmware, turnarounds):
    print("GDB `load` beside `sector0 flash`, the same program into a blank board:")
    print()
    print("| probe turnaround | chip | flash: link s | transfers | GDB's `load`: link s | transfers | whole session: link s | transfers | wall s |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    worst = (0, 0)
    for turnaround in turnarounds:
        for chip, elf in firmware.items():
            flash, session, load = flash_and_load(folder, env, chip, elf, turnaround)
            print(f"| {turnaround / 1000:.2f} ms | {chip[5:9]} | {flash[0]:.3f} | {flash[1]} | {load[0]:.3f} ({load[0] / flash[0]:.3f}) | {load[1]} "
                  f"({load[1] / flash[1]:.3f}) | {session[0]:.3f} ({session[0] / flash[0]:.3f}) | {session[1]} ({session[1] / flash[1]:.3f}) | {session[2]:.2f} |")
            worst = max(worst[0], load[0] / flash[0]), max(worst[1], load[1] / flash[1])
    print()
    return worst


def show_read(folder, env, elf, turnarounds):
    """32 KiB of RAM: through GDB's `dump`, and by `sector0 read`. RAM, because flash that was read once is remembered while the core stands still."""
    print(f"{READ_BYTES // 1024} KiB of RAM read at 4000 kHz, KiB a second of link time:")
    print()
    print("| probe turnaround | sector0 read | GDB's dump | GDB / read |")
    print("| --- | ---: | ---: | ---: |")
    worst = 9
    for turnaround in turnarounds:
        board = "read.board"
        subprocess.run(["sector0-bench", "new", board, "--chip", "stm32u073rc", "--force", "--set", f"probe_turnaround_us={turnaround}"], cwd=folder,
                       env=env, check=True, stdout=subprocess.DEVNULL)
        with sector0(folder, env, board) as server:
            gdb = Session(folder, env, board).mark("a").do(f"dump binary memory gdb.bin 0x20000000 0x{0x20000000 + READ_BYTES:x}").mark("b").run(
                server, elf).between("a", "b")
        # What connecting and leaving cost is in both of these, and no part of reading.
        costs = []
        for size in READ_BYTES, 4:
            before = report(folder, env, board)
            subprocess.run(["sector0", "--probe", f"bench:{board}", "--speed", "4000", "read", "0x20000000", str(size), "-o", "read.bin"], cwd=folder,
                           env=env, check=True, stdout=subprocess.DEVNULL)
            costs.append(report(folder, env, board)[0] - before[0])
        if (pathlib.Path(folder) / "gdb.bin").stat().st_size != READ_BYTES:
            raise RuntimeError("GDB did not read all of it")
        plain, through = READ_BYTES / 1024 / (costs[0] - costs[1]), READ_BYTES / 1024 / gdb[0]
        print(f"| {turnaround / 1000:.2f} ms | {plain:.0f} | {through:.0f} | {through / plain:.3f} |")
        worst = min(worst, through / plain)
    print()
    return worst


def show_steps(folder, env, elf, turnarounds):
    print(f"{STEPS} single steps, then {STOPS} times `continue` to a breakpoint in the tick's handler (1 kHz), by GDB, on the G071:")
    print()
    print("| probe turnaround | server | steps a second, link time | steps a second, wall | continue to breakpoint, link ms | wall ms | transfers a step |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    rates = {}
    for turnaround in turnarounds:
        for name, server_of in ("sector0", sector0), ("openocd 0.12 (dapdirect)", openocd):
            board = "steps.board"
            subprocess.run(["sector0-bench", "new", board, "--chip", "stm32g071rb", "--force", "--set", f"probe_turnaround_us={turnaround}"], cwd=folder,
                           env=env, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["sector0", "--probe", f"bench:{board}", "flash", "--no-save", elf], cwd=folder, env=env, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with server_of(folder, env, board) as server:
                session = Session(folder, env, board).do("monitor reset halt", "maintenance flush register-cache", "thbreak main", "continue").mark(
                    "a").do(f"stepi {STEPS}").mark("b").do("hbreak clock_tick", "continue").mark("c").do(
                    f"continue {STOPS}").mark("d").do("delete", "detach").run(server, elf)
            steps, stops = session.between("a", "b"), session.between("c", "d")
            rates[turnaround, name] = STEPS / steps[0], stops[0] / STOPS
            print(f"| {turnaround / 1000:.2f} ms | {name} | {STEPS / steps[0]:.0f} | {STEPS / steps[2]:.0f} | {stops[0] / STOPS * 1000:.2f} | "
                  f"{stops[2] / STOPS * 1000:.2f} | {steps[1] / STEPS:.1f} |")
    print()
    return rates
