#!/usr/bin/env python3
"""What `make install` puts in place: programs that work from there, ST's names, man pages, completion, configurations for IDEs."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, main, need  # noqa: E402


def installed(j):
    """The folder of the prefix, below a DESTDIR."""
    tree = j.path("tree")
    j.run("meson", "install", "-C", j.build, "--no-rebuild", env={"DESTDIR": str(tree)})
    prefix = next(p.parent.parent for p in tree.rglob("bin/sector0"))
    said = j.run(pathlib.Path(__file__).resolve().parent.parent.parent / "packaging/installed.sh", j.build, env={"DESTDIR": str(tree)})
    assert said.split()[-1] == str(prefix / "libexec/sector0/st")
    return prefix


def commands(j, program):
    """Command names, from the general help."""
    return re.findall(r"^  ([a-z][a-z-]*)(?: |$)", j.run(program, "--help"), re.M)


def an_installation_works_from_where_it_is(j):
    prefix = installed(j)
    elf = j.firmware("charger.elf")
    for name in ("lib/udev/rules.d/60-sector0.rules", "share/man/man1/sector0.1", "share/man/man1/sector0-bench.1",
                 "share/bash-completion/completions/sector0", "share/bash-completion/completions/sector0-bench"):
        assert (prefix / name).exists(), name
    names = prefix / "libexec/sector0/st"
    assert sorted(os.listdir(names)) == ["ST-LINK_gdbserver", "ST-LINK_gdbserver.sh", "STM32_Programmer.sh", "STM32_Programmer_CLI"]
    assert not any((prefix / "bin" / name).exists() for name in os.listdir(names))
    j.run(prefix / "bin/sector0-bench", "new", "b.board", "--chip", "stm32u073rc")
    probe = {"SECTOR0_PROBE": "bench:b.board"}
    for name in "STM32_Programmer_CLI", "STM32_Programmer.sh":
        has(j.run(names / name, "-c", "port=SWD", "-w", elf, "-v", "-rst", env=probe), r"^Download verified successfully $")
    has(j.run(names / "ST-LINK_gdbserver.sh", "--version"), r"ST-LINK_gdbserver")
    j.run(prefix / "bin/sector0", "verify", elf, env=probe)
    if shutil.which("st-info"):
        has(j.run(prefix / "bin/sector0-bench", "run", "b.board", "--", "st-info", "--probe"), r"Found 1 stlink")
    j.path("f.scenario").write_text("summary firmware that comes with the program\nfirmware charger for 1s\n")
    j.run(prefix / "bin/sector0-bench", "new", "f.board", "--chip", "stm32u073rc", "--scenario", "f.scenario")
    has(j.run(prefix / "bin/sector0-bench", "uart", "f.board"), r"^charger ", r"^beat 1")
    text = j.run(prefix / "bin/sector0", "ide", "vscode", elf)
    first = json.loads(text)["configurations"][0]
    assert first["servertype"] == "stlink" and pathlib.Path(first["serverpath"]).resolve() == (prefix / "bin/sector0").resolve()


def man_pages_have_every_command_and_option(j):
    for program in "sector0", "sector0-bench":
        page = (j.build / "man" / f"{program}.1").read_text()
        plain = page.replace("\\-", "-").replace("\\&", "").replace("\\(aq", "'").replace("\\(ga", "`").replace("\\e", "\\")
        assert len(commands(j, program)) > 5
        for command in commands(j, program):
            assert f".SS {command}" in plain, command
            text = j.run(program, command, "--help")
            for option in re.findall(r"^  (-v|--[a-z-]+)", text, re.M):
                section = plain[plain.index(f".SS {command}\n"):]
                assert re.search(rf"^  {option}\b", section, re.M), f"{command} {option}"
        if shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", j.build / "man" / f"{program}.1"], capture_output=True, text=True)
            assert done.returncode == 0 and not done.stderr, done.stderr
            assert commands(j, program)[0] in done.stdout


def complete(j, *words):
    """What bash offers for the last of these words."""
    script = pathlib.Path(__file__).resolve().parent.parent.parent / "completion" / "sector0"
    line = " ".join(words)
    code = (f". {script}; COMP_WORDS=({' '.join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; COMP_LINE={line!r}; COMP_POINT={len(line)}; "
            f"_sector0 {words[0]!r} {words[-1]!r} {words[-2]!r}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return j.run("bash", "-c", code).split()


def bash_completes_commands_and_options(j):
    need("bash")
    for program in "sector0", "sector0-bench":
        assert set(commands(j, program)) <= set(complete(j, program, ""))
    assert complete(j, "sector0", "fl") == ["flash"]
    assert complete(j, "sector0", "--probe", "bench:x", "ver") == ["verify"]
    assert complete(j, "sector0-bench", "rep") == ["report"]
    for command in commands(j, "sector0"):
        options = set(re.findall(r"^  (-v|--[a-z-]+)", j.run("sector0", command, "--help"), re.M))
        assert options == set(complete(j, "sector0", command, "-")) | (options & {"-v"}), command
    assert complete(j, "sector0", "flash", "--no-s") == ["--no-save"]
    assert complete(j, "sector0", "info", "--connect", "n") == ["normal"]
    assert complete(j, "sector0", "option", "re") == ["restore"]
    j.path("my app.elf").write_bytes(b"")
    assert "app.elf" in complete(j, "sector0", "flash", "my")


def ide_configurations_are_what_their_readers_expect(j):
    elf = j.firmware("charger.elf")
    both = json.loads(j.run("sector0", "ide", "vscode", elf, "--port", "50000"))
    assert both["version"] == "0.2.0"
    for one in both["configurations"]:
        assert one["type"] == "cortex-debug" and one["request"] == "launch" and one["executable"] == elf
        assert one.get("gdbTarget", "localhost:50000") == "localhost:50000"
    assert json.loads(j.run("sector0", "ide", "gdbinit", "--json"))["result"]["text"].startswith("#")
    has(j.run("sector0", "ide", "emacs", status=2), r"gdbinit, vscode and cmake")
    has(j.run("sector0", "ide", "gdbinit", "--port", "0", status=2), r"no TCP port")


def gdb_reads_the_gdbinit(j):
    need("gdb-multiarch")
    elf = j.firmware("charger.elf")
    j.new("stm32u073rc")
    server = subprocess.Popen(["sector0", "--probe", "bench:b.board", "gdb", "--port", "0", "--once"], cwd=j.folder, env=j.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = ""
    while "Listening at" not in text:
        line = server.stdout.readline()
        assert line, text
        text += line
    port = re.search(r"Listening at \S+:(\d+)", text)[1]
    j.path("x.gdb").write_text(j.run("sector0", "ide", "gdbinit", elf, "--port", port))
    said = j.run("gdb-multiarch", "-q", "-nx", "-batch", "-x", "x.gdb", "-ex", "flash", "-ex", "disconnect")
    has(said, r"Transfer rate", r"matched")
    assert "error" not in said.lower() and "MIS-MATCHED" not in said
    server.communicate(timeout=30)
    j.sector0("verify", elf)


def cmake_makes_targets_that_flash(j):
    need("cmake")
    elf = j.firmware("charger.elf")
    j.new("stm32u073rc")
    j.path("sector0.cmake").write_text(j.run("sector0", "ide", "cmake"))
    j.path("CMakeLists.txt").write_text(f'cmake_minimum_required(VERSION 3.16)\nproject(app NONE)\ninclude(sector0.cmake)\nsector0_add_targets(app "{elf}")\n')
    j.run("cmake", "-S", ".", "-B", "out", f"-DSECTOR0={j.build}/sector0")
    probe = {"SECTOR0_PROBE": f"bench:{j.path(j.board)}"}
    has(j.run("cmake", "--build", "out", "--target", "flash-app", env=probe), r"flashed and verified")
    has(j.run("cmake", "--build", "out", "--target", "verify-app", env=probe), r"verified: ")


main({name: function for name, function in globals().items() if getattr(function, "__module__", "") == "__main__" and hasattr(function, "__code__") and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
