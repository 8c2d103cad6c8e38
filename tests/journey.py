"""What the end-to-end tests share: a folder of their own, a board, our programs, and claims about what they print.

A test is a function of a Journey; the script that holds it is started once per test by Meson: `script.py BUILD NAME`."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIP = 77                                   # Meson's exit status for a skipped test
SANITIZER = "verify_asan_link_order=0:detect_leaks=1:abort_on_error=0:exitcode=99"


class Journey:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sector0-"))
        self.env = dict(os.environ, PATH=f"{self.build}:{os.environ['PATH']}", XDG_STATE_HOME=str(self.folder / "state"),
                        ASAN_OPTIONS=SANITIZER, UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1", NO_COLOR="1", LC_ALL="C.UTF-8", HOME=str(self.folder))
        self.env.pop("SECTOR0_PROBE", None)
        self.board = "b.board"

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def firmware(self, name):
        path = self.build / "firmware" / name
        assert path.exists(), f"{path} was not built"
        return str(path)

    def path(self, name):
        return self.folder / name

    def run(self, *words, status=0, timeout=120, env=None):
        """Run a program in the journey's folder. Returns what it printed (both streams) and checks its exit status."""
        done = subprocess.run([str(w) for w in words], cwd=self.folder, env=dict(self.env, **(env or {})), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        text = done.stdout.decode(errors="replace")
        print("$ " + " ".join(str(w) for w in words) + "\n" + shown(text))
        allowed = status if isinstance(status, tuple) else (status,)
        assert done.returncode in allowed, f"exit status {done.returncode}, not {status}"
        return text

    def new(self, chip, *words, board=None):
        return self.run("sector0-bench", "new", board or self.board, "--chip", chip, *words)

    def sector0(self, *words, board=None, **more):
        return self.run("sector0", "--probe", f"bench:{board or self.board}", *words, **more)

    def bench(self, command, *words, board=None, **more):
        return self.run("sector0-bench", command, board or self.board, *words, **more)

    def report(self, board=None):
        return json.loads(self.run("sector0-bench", "report", board or self.board, "--json"))

    def erased_since(self, before, board=None):
        """Pages erased since an earlier report()."""
        def counts(report):
            return {page: row["erases"] for row in report["flash"]["pages"] for page in range(row["from"], row["to"] + 1)}
        old, new = counts(before), counts(self.report(board))
        return sorted(page for page in new if new[page] > old.get(page, 0))

    def under(self, *words, options=(), board=None, **more):
        """Another program on the board, unmodified: `sector0-bench run`."""
        return self.run("sector0-bench", "run", *options, board or self.board, "--", *words, **more)

    def start(self, *words, **more):
        return subprocess.Popen([str(w) for w in words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, **more)

    def objcopy(self, source, name, form):
        self.run("arm-none-eabi-objcopy", "-O", form, source, name)
        return name

    def bytes(self, name):
        return self.path(name).read_bytes()


def shown(text, most=12000):
    """For the log of a test: no control characters, and of what is long (a whole flash in hex) only both ends."""
    text = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text.replace("\r\n", "\n"))
    if len(text) > most:
        text = f"{text[:most // 2]}\n[... {len(text) - most} characters ...]\n{text[-most // 2:]}"
    return text


class Mi:
    """GDB, driven by its machine interface as IDEs do."""

    def __init__(self, j, elf):
        self.process = subprocess.Popen(["gdb-multiarch", "-q", "-nx", "-i=mi3", elf], cwd=j.folder, env=j.env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def do(self, command, pattern):
        """Send a command; everything up to a line that begins like the pattern."""
        print(f"mi> {command}")
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        text = ""
        for line in self.process.stdout:
            print(line, end="")
            text += line
            if re.match(pattern, line):
                return text
            assert not line.startswith("^error"), text
        raise AssertionError(f"GDB ended before it said {pattern!r}")

    def end(self):
        self.process.communicate("-gdb-exit\n", timeout=30)


def golden(j, name, text):
    """What a person reads, held against tests/golden/NAME.txt. SECTOR0_GOLDEN=write renews the files."""
    text = text.replace(str(j.folder), "FOLDER").replace(str(j.build), "BUILD")
    path = ROOT / "tests" / "golden" / f"{name}.txt"
    if os.environ.get("SECTOR0_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.exists(), f"{path} is missing (SECTOR0_GOLDEN=write makes it)"
    assert text == path.read_text(), f"not what {path.relative_to(ROOT)} says:\n{path.read_text()}"


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: {program} is not installed (tools/setup.sh test)")
            sys.exit(SKIP)


def has(text, *patterns):
    for pattern in patterns:
        assert re.search(pattern, text, re.M), f"nothing like {pattern!r} was printed"


def has_not(text, *patterns):
    for pattern in patterns:
        assert not re.search(pattern, text, re.M), f"{pattern!r} was printed"


def main(tests):
    build, name = sys.argv[1:3]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    journey = Journey(build)
    try:
        tests[name](journey)
    finally:
        journey.close()
    print("ok")
