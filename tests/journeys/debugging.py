#!/usr/bin/env python3
"""`sector0 gdb` as its clients use it: GDB itself, several at once, and such that mean no good. `sector0 run`.

Every server listens at port 0, and its line tells the port; it ends by SIGTERM, and its exit status counts: a sanitizer's finding, a leak
included, is a failed test."""
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import Mi, has, has_not, main, need  # noqa: E402

GDB = "gdb-multiarch"
RAM = 0x20001000


class Server:
    """`sector0 gdb` on the journey's board."""

    def __init__(self, j, *words, before=()):
        self.j = j
        self.log = open(j.path("server.txt"), "w+")
        self.process = subprocess.Popen(["sector0", "--probe", f"bench:{j.board}", *before, "gdb", "--port", "0", *words], cwd=j.folder, env=j.env,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.port = None
        until = time.monotonic() + 30
        while self.port is None:
            found = re.search(r"^Listening at 127\.0\.0\.1:(\d+) for GDB", self.text(), re.M)
            self.port = int(found.group(1)) if found else None
            assert found or (self.process.poll() is None and time.monotonic() < until), f"the server does not start:\n{self.text()}"
            time.sleep(0.02)

    def __enter__(self):
        return self

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text()).group(1))

    def text(self):
        return self.j.path("server.txt").read_text(errors="replace")

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "killed"
        print("--- server\n" + self.text())
        self.log.close()
        if kind is None:
            assert status == 0, f"the server ended with {status}"
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", self.port)) != 0, "somebody still listens there"

    def gdb(self, elf, *commands, interrupt_after=None, timeout=90):
        """GDB in batch mode; each command is its own line of what GDB prints, so failures do not end the list."""
        words = [GDB, "-q", "-nx", "-batch", "-ex", "set pagination off", "-ex", "set confirm off", "-ex", "set remotetimeout 20",
                 "-ex", f"target extended-remote localhost:{self.port}"]
        for command in commands:
            words += ["-ex", command]
        gdb = self.j.start(*words, elf)
        if interrupt_after:
            time.sleep(interrupt_after)
            gdb.send_signal(signal.SIGINT)
        try:
            text = gdb.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            gdb.kill()
            raise AssertionError("GDB hangs:\n" + gdb.communicate()[0]) from None
        print("--- gdb\n" + text)
        return text


class Client:
    """One connection, packet by packet."""

    def __init__(self, server, ack=True):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if not ack:
            assert self.ask("QStartNoAckMode") == "OK"

    @staticmethod
    def frame(payload):
        data = payload if isinstance(payload, bytes) else payload.encode()
        return b"$" + data + b"#%02x" % (sum(data) & 255)

    def send(self, payload):
        self.socket.sendall(self.frame(payload))

    def raw(self, data):
        self.socket.sendall(data)

    def reply(self):
        while True:
            found = re.search(rb"\$([^#]*)#[0-9a-f]{2}", self.buffer, re.S)
            if found:
                self.buffer = self.buffer[found.end():]
                self.socket.sendall(b"+")
                return found.group(1).decode("latin-1")
            more = self.socket.recv(65536)
            assert more, "the server closed the connection"
            self.buffer += more

    def ask(self, payload):
        self.send(payload)
        return self.reply()

    def memory(self, addr, size):
        return bytes.fromhex(self.ask(f"m{addr:x},{size:x}"))

    def console(self, command):
        """The text that a monitor command prints, and its result."""
        self.send("qRcmd," + command.encode().hex())
        text = ""
        while (answer := self.reply()).startswith("O") and answer != "OK":
            text += bytes.fromhex(answer[1:]).decode()
        print(f"monitor {command}\n{text}")
        return text, answer

    def pc(self):
        return int.from_bytes(bytes.fromhex(self.ask("pf")), "little")

    def close(self):
        self.socket.close()


def charger(j, name="charger.elf"):
    """A board on which the charger runs."""
    need(GDB)
    j.new("stm32u073rc")
    elf = j.firmware(name)
    j.sector0("flash", elf)
    return elf


def program(j, name, source):
    """An assembler program of the test's own, linked to the beginning of flash."""
    need("arm-none-eabi-gcc")
    j.path(f"{name}.s").write_text(source)
    j.run("arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb", "-nostdlib", "-Wl,-Ttext=0x08000000", "-Wl,--build-id=none", "-o", f"{name}.elf",
          f"{name}.s")
    return f"{name}.elf"


def runs(j):
    """The charger's heartbeat goes on."""
    before = j.bench("uart").count("beat")
    j.bench("advance", "1200ms")
    return j.bench("uart").count("beat") > before


# ---- GDB itself ----

def attaching_finds_a_running_program_in_a_function_with_file_and_line(j):
    elf = charger(j)
    with Server(j) as server:
        text = server.gdb(elf, "bt", "break console_text", "continue", "detach")
        has(text, r"(?m)^(0x[0-9a-f]+ in )?\w+ \(.*\) at .*\.[ch]:\d+", r"main \(\) at .*main\.c:\d+",
            r"automatically using hardware breakpoints for read-only addresses", r"Breakpoint 1, console_text \(text=.*beat",
            r"detached")
    assert runs(j), "detaching does not let the program run on"


def the_founding_session_step_by_step(j):
    elf = charger(j, "charger-67k.elf")
    with Server(j) as server:
        text = server.gdb(elf, "load", "compare-sections", "break main", "continue", "next", "next", "next", "step", "tbreak console_text",
                          "continue", "display ticks", "finish", "stepi", "until", "print ticks = 77", "print ticks", "print clock_ms()",
                          "info registers", "print $control", "print $primask", "set var $r7 = 0x12345678", "print/x $r7", "info threads",
                          "disconnect", f"target extended-remote localhost:{server.port}", "bt", "monitor reset halt", "start",
                          "monitor info", "monitor help", "kill", "monitor info")
    for section, size in ((r"\.isr_vector", 0xc0), (r"\.text", 0x10318), (r"\.rodata", 0x754), (r"\.ARM", 8), (r"\.init_array", 4),
                          (r"\.fini_array", 4), (r"\.data", 0x138)):
        has(text, rf"Loading section {section}, size 0x{size:x} lma 0x80", rf"Section {section}, .*: matched")
    has(text, r"load size 68724", r"Breakpoint 1, main \(\) at", r"console_text \(text=.*charger", r"1: ticks = \d+", r"^Run till exit|say_hello",
        r"^\$1 = 77", r"^\$2 = 77", r"^\$3 = 77", r"^\$6 = 0x12345678", r"^msp +0x2000", r"Thread", r"STM32U073", r"reset \[halt")
    assert len(re.findall(r"^1: ticks = \d+$", text, re.M)) >= 4, "the displayed variable is shown at each stop"
    has_not(text, r"MIS-MATCHED", r"(?i)^cannot", r"(?i)protocol error")
    assert j.bytes("server.txt").count(b"wrote and verified 68724 bytes") <= 1     # the program was in flash already
    j.sector0("verify", elf)


def the_founding_session_by_gdbs_machine_interface(j):
    """What an IDE sends, asynchronously; each answer is looked at."""
    elf = charger(j, "charger-67k.elf")
    with Server(j) as server:
        mi = Mi(j, elf)
        connect = f"-target-select extended-remote localhost:{server.port}"
        mi.do("-gdb-set mi-async on", r"\^done")
        mi.do("-gdb-set confirm off", r"\^done")
        has(mi.do(connect, r"\^connected"), r'^\*stopped,frame=\{addr="0x08[0-9a-f]+",func="\w+".*file=".*\.[ch]".*line="\d+"')
        text = mi.do("-target-download", r"\^done")
        has(text, r'section="\.isr_vector",section-size="192"', r'section="\.text",section-size="66328"', r'load-size="68724"')
        text = mi.do('-interpreter-exec console "compare-sections"', r"\^done")
        assert text.count("matched.") == 7 and "MIS-MATCHED" not in text
        mi.do('-interpreter-exec console "monitor reset halt"', r"\^done")
        mi.do("-break-insert -t main", r"\^done,bkpt=.*main\.c")
        mi.do("-exec-continue", r'\*stopped,reason="breakpoint-hit",disp="del".*func="main"')
        lines = [int(re.search(r'line="(\d+)"', text.splitlines()[-1]).group(1)) for text in
                 (mi.do("-exec-next", r'\*stopped,reason="end-stepping-range".*func="main"') for _ in range(2))]
        assert lines[1] > lines[0] > 0, lines
        mi.do("-var-create t * ticks", r'\^done,name="t".*type="volatile uint32_t"')
        mi.do("-break-insert -t console_text", r"\^done")
        mi.do("-exec-continue", r'\*stopped,reason="breakpoint-hit".*func="console_text"')
        mi.do("-stack-list-frames", r'\^done,stack=\[frame=\{level="0".*func="console_text".*func="main"')
        mi.do("-stack-list-variables --simple-values", r'\^done,variables=\[.*name="text"')
        mi.do("-exec-step", r'\*stopped,reason="end-stepping-range"')
        mi.do("-exec-finish", r'\*stopped,reason="function-finished"')
        mi.do("-exec-until", r'\*stopped,reason="end-stepping-range"')
        mi.do("-break-watch ticks", r'\^done,wpt=\{number="(\d+)",exp="ticks"')
        has(mi.do("-exec-continue", r'\*stopped,reason="watchpoint-trigger"'), r'value=\{old="\d+",new="\d+"\}')
        mi.do("-var-update --all-values t", r'\^done,changelist=\[\{name="t",value="\d+"')
        mi.do("-break-delete", r"\^done")
        mi.do("-var-assign t 5000", r'\^done,value="5000"')
        mi.do("-data-evaluate-expression clock_ms()", r'\^done,value="5000"')
        mi.do("-data-list-register-values x 13 15", r'\^done,register-values=\[\{number="13",value="0x2000')
        mi.do("-exec-continue", r"\*running")
        time.sleep(0.5)
        mi.do("-exec-interrupt", r'\*stopped,reason="signal-received",signal-name="SIGINT"')
        mi.do("-target-disconnect", r"\^done")
        mi.do(connect, r"\^connected")
        mi.do("-data-evaluate-expression ticks>=5000", r'\^done,value="1"')
        mi.do("-target-detach", r"\^done")
        mi.end()


def ctrl_c_stops_a_running_program(j):
    elf = charger(j)
    with Server(j) as server:
        text = server.gdb(elf, "continue", "bt", "print ticks", "detach", interrupt_after=3)
        has(text, r"Program received signal SIGINT", r"#\d+ +.*main \(\)", r"\$1 = [1-9]")


def a_watched_variable_stops_the_program_where_it_changes(j):
    elf = charger(j)
    with Server(j) as server:
        text = server.gdb(elf, "watch ticks", "continue", "continue", "rwatch ticks", "delete 1", "continue", "info watchpoints",
                          "delete", "awatch ticks", "continue", "delete", "detach")
        has(text, r"Hardware watchpoint 1: ticks", r"Old value = \d+\s+New value = \d+", r"Hardware read watchpoint 2: ticks\s+Value = \d+",
            r"Hardware access \(read/write\) watchpoint 3: ticks")


def more_breakpoints_than_comparators_are_refused(j):
    elf = charger(j)
    with Server(j) as server:
        text = server.gdb(elf, "break main", "break put", "break console_decimal", "break clock_tick", "break console_hex", "continue", "delete",
                          "detach")
        has(text, r"(?i)could not insert hardware break", r"(?i)too many hardware breakpoints")
        has(server.text(), r"no hardware breakpoint is free: the core has 4 comparators")


def a_protected_page_fails_the_load_with_the_cause_in_words(j):
    need(GDB)
    j.new("stm32u073rc")
    elf = j.firmware("charger-67k.elf")
    j.sector0("option", "set", "WRP1A_STRT=0", "WRP1A_END=0", "--yes")
    before = j.report()
    with Server(j) as server:
        text = server.gdb(elf, "load", "monitor why", "monitor info")
        has(text, r"Error finishing flash operation", r"error: .*write-protected", r"WRP1A", r"  seen  ", r"the core is halted")
        has(server.text(), r"^error: .*write-protected", r"WRP1A")
        # GDB shows no text with the reply to vFlashDone: it comes with the first command that lets the server write to GDB's console.
        words = r"error: the last load failed: page 0 at 0x08000000 is write-protected by WRP1A \(pages 0..0\)"
        for command in "stepi", "monitor info":
            text = server.gdb(elf, "load", command, command)
            has(text, r"Error finishing flash operation", words, r"try .*`monitor why`")
            assert text.count("the last load failed") == 1, "it is told once"
    assert j.erased_since(before) == [], "pages were erased although it was refused"


def with_our_gdbinit_a_load_that_fails_says_why_at_once(j):
    need(GDB)
    j.new("stm32u073rc")
    elf = j.firmware("charger-67k.elf")
    j.sector0("option", "set", "WRP1A_STRT=0", "WRP1A_END=0", "--yes")
    with Server(j) as server:
        j.path("x.gdb").write_text(j.run("sector0", "ide", "gdbinit", elf, "--port", str(server.port)))
        typed = b"set confirm off\nload\nmonitor option set WRP1A_STRT=0x7F WRP1A_END=0 yes\necho mended\\n\nload\necho loaded\\n\ndisconnect\nquit\n"
        done = subprocess.run([GDB, "-q", "-nx", "-x", "x.gdb"], cwd=j.folder, env=j.env, input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=120)
        text = done.stdout.decode(errors="replace")
        print(text)
        failed, rest = text.split("mended", 1)
        has(failed, r"Error finishing flash operation", r"error: page 0 at 0x08000000 is write-protected by WRP1A", r"  why   .*\(wrp-pages, certain\)")
        has_not(failed, r"the last load failed")
        has(rest, r"Transfer rate")
        has_not(rest.split("loaded")[0], r"error|why ")


def erasing_flash_from_gdb_saves_what_was_there(j):
    elf = charger(j)
    with Server(j) as server:
        text = server.gdb(elf, "flash-erase", "x/xw 0x08000000", "load", "compare-sections", "detach", timeout=120)
        has(text, r"0x8000000.*:\s+0xffffffff", r"Section \.text.*: matched")
        has(server.text(), r"\d of 128 pages; saved what was there: .*\.txt")
    assert runs(j)


# ---- packets ----

def another_client_watches_without_halting_or_resuming(j):
    charger(j)
    with Server(j) as server:
        first = Client(server)
        assert first.ask("?").startswith("T05")
        second = Client(server, ack=False)
        second.ask("qSupported")
        assert second.ask("?").startswith("T")
        where = first.pc()
        assert second.ask("D") == "OK"
        second.close()
        assert first.pc() == where, "the watcher's detach let the core run"
        first.send("vCont;c")
        time.sleep(0.3)
        third = Client(server)
        assert third.ask("?").startswith("T00"), "attaching halted the core under the first client"
        ticks = next(int(line.split()[0], 16) for line in
                     j.run("arm-none-eabi-nm", j.firmware("charger.elf")).splitlines() if line.endswith(" ticks"))
        one = third.memory(ticks, 4)
        time.sleep(0.3)
        assert third.memory(ticks, 4) != one, "the core does not run"
        assert 0x08000000 <= third.pc() < 0x08004000     # as sampled
        assert third.ask("g")[:8] == "00000000"
        assert third.ask("P0=00000000") == "E01"
        assert third.ask("D") == "OK"
        third.close()
        first.raw(b"\x03")
        assert first.reply().startswith("T02")
        first.ask("D")
        first.close()
    assert runs(j)


def nothing_is_halted_by_a_connection_or_with_no_halt(j):
    charger(j)
    with Server(j, "--no-halt") as server:
        socket.create_connection(("127.0.0.1", server.port)).close()
        client = Client(server)
        assert client.ask("?").startswith("T00")
        has(client.console("info")[0], "the core runs")
        client.close()
    assert runs(j)


def a_breakpoint_in_ram_does_not_show(j):
    charger(j)
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        code = bytes.fromhex("0120 0230 0330 fce7".replace(" ", ""))        # movs r0,#1; adds r0,#2; adds r0,#3; b first
        assert client.ask(f"M{RAM:x},8:{code.hex()}") == "OK"
        assert client.ask(b"X%x,4:" % RAM + code[:4]) == "OK"
        assert client.ask("Pf=" + (RAM).to_bytes(4, "little").hex()) == "OK"
        assert client.ask(f"Z0,{RAM + 4:x},2") == "OK"
        client.send("c")
        assert client.reply().startswith("T05swbreak:")
        assert client.pc() == RAM + 4
        assert client.memory(RAM, 8) == code, "the breakpoint shows in memory"
        assert client.ask("p0") == "03000000"
        assert client.ask("s").startswith("T05")
        assert client.pc() == RAM + 6 and client.ask("p0") == "06000000"
        assert client.ask(f"z0,{RAM + 4:x},2") == "OK"
        assert client.ask("Z0,40000000,2") == "E01" and client.ask("Z1,8000001,2") == "E01"
        assert client.ask(f"qCRC:{RAM:x},8").startswith("C")
        client.send("vCont;c")
        time.sleep(0.1)
        client.raw(b"\x03")
        assert client.reply().startswith("T02")
        assert client.memory(RAM, 8) == code
        client.close()


def memory_writes_into_flash_keep_the_rest_and_the_registers(j):
    charger(j)
    before = j.report()
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        registers = client.ask("g")
        assert client.ask("M8003004,4:0002c75e") == "OK"
        assert client.ask(b"X8003001,1:\x11") == "OK"
        assert client.ask(b"X8003001,1:\x11") == "OK"           # nothing to do
        assert client.memory(0x08003000, 8).hex() == "ff11ffff0002c75e"
        assert client.ask("g") == registers
        assert client.ask("M803fffe,4:00000000") == "E01", "beyond the end of flash"
        client.close()
    assert set(j.erased_since(before)) <= {6}


def stop_reasons_name_the_watchpoint(j):
    charger(j)
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        # ldr r1,=RAM+0x100; again: ldr r2,[r1]; str r2,[r1,#4]; b again
        code = bytes.fromhex("0249 0a68 4a60 fce7 0000 0000".replace(" ", "")) + (RAM + 0x100).to_bytes(4, "little")
        client.ask(f"M{RAM:x},{len(code):x}:{code.hex()}")
        client.ask("Pf=" + RAM.to_bytes(4, "little").hex())
        for kind, name, offset in ((3, "rwatch", 0x100), (2, "watch", 0x104), (4, "awatch", 0x104)):
            addr = RAM + offset
            assert client.ask(f"Z{kind},{addr:x},4") == "OK"
            client.send("vCont;c")
            assert client.reply().startswith(f"T05{name}:{addr:x};")
            assert client.ask(f"z{kind},{addr:x},4") == "OK"
        assert client.ask(f"Z2,{RAM:x},4") == client.ask(f"Z2,{RAM + 8:x},4") == "OK"
        assert client.ask(f"Z2,{RAM + 16:x},4") == "E01", "there are two comparators"
        assert client.ask(f"Z2,{RAM + 1:x},ffffffff") == "E01"
        client.close()


def monitor_knows_its_words_and_refuses_others(j):
    charger(j)
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        for command, pattern in (("reset", "Successfully completed reset operation"), ("reset halt", "halted"), ("reset init", "halted"),
                                 ("reset hardware", "halted"), ("jtag_reset", "halted"), ("halt", "halted at 0x"), ("info", "STM32U073"),
                                 ("speed 1000", "950|1000"), ("adapter speed 4000", "4000"), ("option", "OPTR +0x"),
                                 ("mdw 0x08000000 2", "08000000: 20008000 080000"), ("doctor", "healthy: nothing found"), ("arm semihosting enable", "enabled"),
                                 ("semihosting disable", "disabled"), ("gdb_sync", ""), ("ReadDP 0", "0x6BA02477"),
                                 ("mww 0x20001000 0x1234", ""), ("mdh 0x20001000", "1234"), ("uart on", "shown"), ("help", "monitor|reset")):
            text, result = client.console(command)
            assert result == "OK", command
            has(text, pattern)
        for command, pattern in (("rtt start", "later"), ("swv", "later"), ("frobnicate", "no `monitor frobnicate`"),
                                 ("reset twice", "no `reset twice`"), ("option set WRP1A_STRT=1", "yes"), ("speed 0", "kHz"), ("mdw", "missing"),
                                 ("mdw zero", "no number"), ("WriteAP 0 0", "not written"), ("option set RDP=0xCC yes", "(?i)level 2|never"),
                                 ("a " * 100, "too many")):
            text, result = client.console(command)
            assert result == "E01", command
            has(text, pattern)
        has(client.console("why")[0], "error: ")
        client.send("vCont;c")
        text = ""
        while "beat" not in text:
            answer = client.reply()
            assert answer.startswith("O"), answer
            text += bytes.fromhex(answer[1:]).decode()
        client.raw(b"\x03")
        while not client.reply().startswith("T02"):
            pass
        text, result = client.console("option set WRP1A_STRT=3 WRP1A_END=5 yes")
        assert result == "OK"
        has(text, "WRP1A_STRT 0x[0-9A-F]+ -> 0x3")
        text, result = client.console("flash mass_erase")
        assert result == "E01"
        has(text, "protected")
        client.close()


def a_board_that_is_served_can_be_reached_by_its_other_sides(j):
    charger(j)
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        client.send("vCont;c")
        before = j.bench("uart").count("beat")
        time.sleep(1.5)
        assert j.bench("uart").count("beat") > before, "the board's time stands still"
        j.report()
        j.bench("press", "reset")
        has(j.sector0("info", status=3), "in use")
        client.raw(b"\x03")
        while not client.reply().startswith("T02"):
            pass
        client.close()
    assert runs(j), "the server left the core halted"


# ---- clients that mean no good ----

def hostile_clients_change_nothing_and_end_nothing(j):
    elf = charger(j)
    arguments = ["", ",", "0", "0,", "ffffffff,ffffffff", "g", "-1,4", "0,0", "100000000,4", "8000000,100000000", ";", ":", "=", "0=", "99=00000000",
                 "0,zz", "20000000,4:zz", "20000000,4:12", "20000000,ffffffff:00", ",,,,,,", "\x00\x00", "}", "z" * 300]
    names = ["G", "p", "P", "m", "M", "X", "C", "S", "Z", "z", "Z0,", "Z1,", "Z2,", "Z9", "H", "T", "vCont", "vCont;", "vCont;q", "vAttach",
             "vFlashErase:", "vFlashWrite:", "vFlash", "qSupported", "qXfer:features:read:target.xml:", "qXfer:memory-map:read::",
             "qXfer:features:read:other.xml:", "qRcmd,", "qCRC:", "q", "Q", "v", "b", "qC"]
    options, flash = j.sector0("option", "show"), j.report()["flash"]
    j.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1"            # else freed memory is kept, and looks like a leak
    with Server(j) as server:
        client = Client(server)
        client.ask("?")
        at_first_kib = server.resident_kib()
        client.raw(b"\x00\xff garbage \r\n GET / HTTP/1.0\r\n\r\n" + bytes(range(256)).translate(None, b"$-\x03"))
        client.raw(b"$g#00" + b"$g#zz" + b"$m20000000,4")          # wrong sums, and half a packet
        client.raw(b"$?#3f")                                        # which the next one replaces
        assert client.reply().startswith("T")
        for name in names:
            for argument in arguments:
                client.send(name + argument)
                while client.reply()[:2] not in ("OK", "", "E2", "E0") and name == "qRcmd,":
                    pass                                            # `monitor` alone prints its help
        client.raw(b"$" + b"A" * (1 << 20) + b"#%02x" % (ord("A") * (1 << 20) & 255))
        assert client.reply().startswith("E")
        client.raw(b"-" * 5)
        for _ in range(5):
            client.reply()
        assert client.ask("?").startswith("T")
        half = Client(server)
        half.raw(b"$m2000")
        flasher = Client(server)
        assert flasher.ask("vFlashErase:8000000,800") == "OK"
        assert flasher.ask("vFlashErase:8000001,800") == "E01"
        assert flasher.ask("vFlashErase:20000000,800") == "E01"
        assert flasher.ask(b"vFlashWrite:8000000:" + b"\x55" * 1000) == "OK"
        assert flasher.ask(b"vFlashWrite:8000010:" + b"\x55" * 16) == "E01", "the same place twice"
        flasher.raw(b"$vFlashWrite:8000400:" + b"\x55" * 100)
        flasher.close()
        half.close()
        many = [Client(server) for _ in range(20)]
        for other in many:
            assert other.ask("qC") == "QC1"
        for other in many[::2]:
            other.close()
        for _ in range(20):
            socket.create_connection(("127.0.0.1", server.port)).close()
        deaf = Client(server)
        try:
            for _ in range(2000):                                   # asks and never listens
                deaf.send("m20000000,1000")
        except OSError:
            pass
        deaf.close()
        client.send("vCont;s")
        client.close()                                              # in the middle of a step
        last = Client(server)
        assert last.ask("?").startswith("T")
        grown_kib = server.resident_kib() - at_first_kib
        print(f"{grown_kib} KiB more than at first")
        assert grown_kib < 8 * 1024, "a megabyte packet, twenty clients and one that never listens: memory has no bound"
        assert last.ask("D") == "OK"
    j.sector0("verify", elf)
    assert j.sector0("option", "show") == options and j.report()["flash"] == flash, "flash or options were changed"


def a_port_in_use_is_told_and_nothing_is_touched(j):
    charger(j)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        text = j.sector0("gdb", "--port", taken.getsockname()[1], status=1)
        has(text, r"TCP port \d+ is in use", r"--port 0")
    has(j.sector0("gdb", "--listen", "nowhere", status=2), "no IPv4 address")
    has(j.sector0("gdb", "--port", "70000", status=2), "65535")
    assert runs(j)


# ---- semihosting, and `sector0 run` ----

HELLO = """
    .syntax unified
    .thumb
    .word 0x20008000
    .word start + 1
    .space 0xB8
    .thumb_func
start:
    ldr r4, =0
    movs r0, #4          @ SYS_WRITE0
    ldr r1, =hello
    bkpt 0xAB
    movs r0, #3          @ SYS_WRITEC
    ldr r1, =dot
    bkpt 0xAB
    movs r0, #5          @ SYS_WRITE
    ldr r1, =block
    bkpt 0xAB
    movs r4, r0          @ 0: all of it
    movs r0, #0x10       @ SYS_TIME's neighbour: not supported
    bkpt 0xAB
    adds r0, #1          @ -1 becomes 0
    orrs r4, r0
    movs r0, #0x20       @ SYS_EXIT_EXTENDED
    ldr r1, =exit
    cmp r4, #0
    beq 1f
    ldr r1, =wrong
1:  bkpt 0xAB
    b .
    .align 2
hello: .asciz "hello from the target\\n"
dot:   .ascii "."
text:  .ascii "written\\n"
    .align 2
block: .word 1, text, 8
exit:  .word 0x20026, 42
wrong: .word 0x20026, 99
"""

# What newlib's librdimon-v2m does before it tells an exit status: the file of features is opened, measured and read.
FEATURES = """
    .syntax unified
    .thumb
    .word 0x20008000
    .word start + 1
    .space 0xB8
    .macro call what, block
    movs r0, #\\what
    ldr r1, =\\block
    bkpt 0xAB
    .endm
    .macro expect value
    cmp r0, #\\value
    bne fail
    .endm
    .macro copy from
    ldr r1, =0x20000000
    ldr r2, =\\from
    ldm r2!, {r3, r5, r6}
    stm r1!, {r3, r5, r6}
    .endm
    .thumb_func
start:
    movs r4, #1
    copy terminal
    call 1, 0x20000000      @ SYS_OPEN
    cmp r0, #0
    bgt 1f                  @ a handle is never 0
fail:
    ldr r1, =exit
    ldr r0, [r1]
    ldr r1, =0x20000000
    stm r1!, {r0, r4}       @ the number of the step that failed
    call 0x20, 0x20000000
1:  movs r4, #2
    copy missing
    call 1, 0x20000000
    adds r0, #1
    bne fail                @ no file of this machine
    movs r4, #3
    copy features
    call 1, 0x20000000
    mov r7, r0
    movs r4, #4
    ldr r1, =0x20000000
    str r7, [r1]
    call 0x0C, 0x20000000   @ SYS_FLEN
    expect 5
    movs r4, #5
    copy four
    str r7, [r1]
    ldr r1, =0x20000000
    str r7, [r1]
    call 6, 0x20000000      @ SYS_READ
    expect 0
    movs r4, #6
    ldr r0, =0x20000100
    ldr r0, [r0]
    ldr r1, =0x42464853     @ "SHFB"
    cmp r0, r1
    bne fail
    movs r4, #7
    call 6, 0x20000000      @ one byte is left of four
    expect 3
    movs r4, #8
    ldr r0, =0x20000100
    ldrb r0, [r0]
    expect 3
    movs r4, #9
    ldr r1, =0x20000000
    movs r0, #4
    str r0, [r1, #4]
    call 0x0A, 0x20000000   @ SYS_SEEK
    expect 0
    movs r4, #10
    movs r0, #9
    ldr r1, =0x20000000
    str r0, [r1, #4]
    call 0x0A, 0x20000000
    adds r0, #1
    bne fail                @ behind the end
    movs r4, #33
    b fail                  @ the end of a test that went well
    .ltorg
    .align 2
terminal: .word tt, 0, 3
missing:  .word passwd, 0, 11
features: .word sf, 0, 21
four:     .word 0, 0x20000100, 4
exit:     .word 0x20026
tt:       .asciz ":tt"
passwd:   .asciz "/etc/passwd"
sf:       .asciz ":semihosting-features"
"""

SILENT = """
    .syntax unified
    .thumb
    .word 0x20008000
    .word start + 1
    .space 0xB8
    .thumb_func
start: b start
"""

BROKEN = SILENT.replace("b start", "udf #0")


def run_ends_with_the_programs_status_and_output(j):
    j.new("stm32u073rc")
    text = j.sector0("run", program(j, "hello", HELLO), status=42)
    has(text, r"hello from the target\n\.written")
    has_not(text, r"error")
    j.sector0("run", program(j, "features", FEATURES), status=33)
    text = j.sector0("run", program(j, "silent", SILENT), "--timeout", "200ms", status=124)
    has(text, r"did not end in time")
    text = j.sector0("run", program(j, "broken", BROKEN), "--timeout", "2s", status=1)
    has(text, r"locked up")
    text = j.sector0("run", j.firmware("charger.elf"), "--timeout", "2s", status=124)
    has(text, r"charger .* on STM32U073", r"beat 3")


def gdb_shows_what_a_program_says_and_how_it_ended(j):
    need(GDB)
    j.new("stm32u073rc")
    elf = program(j, "hello", HELLO)
    j.sector0("flash", elf, status=6)        # started without a debugger it faults at its first semihosting call, which is told
    with Server(j) as server:
        text = server.gdb(elf, "monitor reset halt", "maintenance flush register-cache", "continue")
        has(text, r"hello from the target", r"exited with code 052")
        has(server.text(), r"hello from the target\n\.written")


main({name: function for name, function in globals().items() if callable(function) and getattr(function, "__module__", "") == "__main__"
      and not isinstance(function, type)})
