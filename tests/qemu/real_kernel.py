#!/usr/bin/env python3
"""The board on a real USB bus: a Debian kernel under QEMU, with its own xHCI driver, usbfs and the genuine libusb.

One boot (q35, software emulation). The board is served here, by `sector0-bench serve --usbredir`; the guest sees this machine's root file
system read-only, runs what is installed and built here, and says in lines that begin with @ what came of it. Skipped where QEMU or the
kernel cannot be had; the line says why."""
import fcntl
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import kernel  # noqa: E402
from journey import SKIP, Journey, need  # noqa: E402

LIMIT_S = 600                                # about a minute on a machine that has nothing else to do
CLAIMS = 61                                  # at least so many @ok lines: a guest that says little has not done much


def made(build):
    """The unpacked kernel, made once per build folder."""
    folder = pathlib.Path(build).resolve() / "qemu"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return kernel.make(folder)


def qemu(folder, sockets, build, program, target):
    # no_timer_check: on a busy machine the kernel's look at the timer comes to nothing in its time, and it would give up.
    words = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "qemu64", "-m", "768", "-nodefaults", "-serial", "stdio", "-display", "none",
             "-no-reboot", "-kernel", folder / "vmlinuz", "-initrd", folder / "initrd.zst",
             "-append", f"console=ttyS0 quiet panic=-1 no_timer_check guest={HERE / 'guest.sh'} build={build} program={program} "
             f"made={folder} target={target}",
             "-device", "qemu-xhci,id=x", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
             "-virtfs", "local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap"]
    for i, socket in enumerate(sockets):                    # the probe's plug, the target's
        words += ["-chardev", f"socket,id=c{i},path={socket},reconnect=1", "-device", f"usb-redir,chardev=c{i},bus=x.0"]
    return subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def transfers(j):
    """USB transfers of the probe so far; quietly, for it is asked often."""
    done = subprocess.run(["sector0-bench", "report", j.board, "--json"], cwd=j.folder, env=j.env, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)["usb"]["probe"]["transfers"]


def obey(j, words, state):
    if words[0] == "plug":
        j.bench("plug", "probe")
    elif words[0] == "mark":
        state["transfers"] = transfers(j)
    elif words[0] == "unplug":
        j.bench("unplug", "probe")
    elif words[0] == "cycle":
        j.bench("power", "cycle")
    elif words[0] == "unplug-during-flash":                 # after so many transfers: connecting, erasing, programming
        end = time.monotonic() + 30
        while transfers(j) < state["transfers"] + int(words[1]):
            assert time.monotonic() < end, "the flash in the guest never began"
            time.sleep(0.01)
        j.bench("unplug", "probe")
    else:
        raise AssertionError(f"the guest asks for {words}")


def run(j, folder, program):
    need("lsusb", "openocd", "st-info", "gdb-multiarch")
    j.path("stall.scenario").write_text("summary A blank chip behind a probe that stalls once\nrun 1s\nfault usb-stall at transfer 1\n")
    j.new("stm32u073rc", "--scenario", j.path("stall.scenario"))
    sockets = [j.path("probe.sock"), j.path("target.sock")]
    there = subprocess.run(["sector0-bench", "run", j.board, "--", "lsusb", "-d", "0483:df11"], cwd=j.folder, env=j.env, capture_output=True)
    target = "no" if there.returncode else "yes"            # a blank chip starts its bootloader, if it has one
    serve = j.start("sector0-bench", "serve", j.board, "--usbredir", ",".join(map(str, sockets)))
    assert serve.stdout.readline().startswith("ready"), serve.communicate()[0]
    start, claims, failures, state = time.monotonic(), 0, [], {"transfers": 0}
    machine = qemu(folder, sockets, j.build, program, target)
    watchdog = subprocess.Popen(["sh", "-c", f"sleep {LIMIT_S}; kill -9 {machine.pid}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                start_new_session=True)
    ended = None
    try:
        for raw in machine.stdout:
            line = raw.decode(errors="replace").replace("\r", "").rstrip("\n")
            print(f"{time.monotonic() - start:6.1f} {line}", flush=True)
            if line.startswith("@ok"):
                claims += 1
            elif line.startswith("@failed"):
                failures.append(line[8:])
            elif line.startswith("@host "):
                obey(j, line.split()[1:], state)
            elif line.startswith("@end"):
                ended = int(line.split()[1])
        machine.wait()
    finally:
        machine.kill()
        machine.wait()
        os.killpg(watchdog.pid, 9)
        watchdog.wait()
    j.bench("serve", "--stop")
    rest = serve.communicate(timeout=30)[0]
    print(rest)
    assert ended == 0, f"the guest's script ended with {ended}"
    assert not failures, "\n".join(failures)
    assert claims >= CLAIMS, f"only {claims} claims"
    assert serve.returncode == 0 and not re.search("Sanitizer", rest)
    print(f"bootloader on the target's plug: {target}; {claims} claims, {time.monotonic() - start:.0f} s")


def main():
    journey = Journey(sys.argv[1])
    try:
        run(journey, made(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
    except kernel.Unavailable as why:
        print(f"skipped: {why}")
        sys.exit(SKIP)
    finally:
        journey.close()
    print("ok")


main()
