"""Debian's own kernel, for a guest: downloaded by its metapackage and unpacked into a folder of the build, never installed.

What is made is kept: `vmlinuz`, `initrd.zst` (busybox, the modules a USB bus and a 9p share need, guest-init.sh), and `systemd-udevd`."""
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODULES = ["xhci-pci", "virtio_pci", "9pnet_virtio", "9p"]
UNPACKED = ["./boot/vmlinuz-*", "./lib/modules/*/modules.*", "./lib/modules/*/kernel/drivers/usb/*", "./lib/modules/*/kernel/drivers/virtio/*",
            "./lib/modules/*/kernel/net/9p/*", "./lib/modules/*/kernel/fs/9p/*", "./lib/modules/*/kernel/fs/netfs/*",
            "./lib/modules/*/kernel/fs/fscache/*"]


class Unavailable(Exception):
    """Not here, and cannot be had: the test is skipped, with this as the reason."""


def output(*words, **more):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, **more)
    if done.returncode:
        raise Unavailable(f"`{' '.join(str(w) for w in words)}` says: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def programs():
    """QEMU and what builds an initrd. Installed where apt can; see tools/setup.sh."""
    done = subprocess.run([str(ROOT / "tools/setup.sh"), "qemu"], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Unavailable("QEMU is not installed: " + done.stderr.strip()[-300:])


def download(package, folder):
    """One .deb from the machine's own package lists."""
    if not shutil.which("apt-get"):
        raise Unavailable("this machine has no apt-get to fetch Debian's kernel with")
    output("apt-get", "download", "-o", "APT::Sandbox::User=root", package, cwd=folder)
    return next(folder.glob(f"{package}_*.deb"))


def make(folder):
    """Everything, in `folder`. Two runs at a time would be in each other's way: the caller holds a lock."""
    folder = pathlib.Path(folder)
    init = (HERE / "guest-init.sh").read_bytes()
    done = folder / "made"
    if done.exists() and done.read_bytes() == init:
        return folder
    programs()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The metapackage names the kernel of the day: its number moves with security updates.
    found = re.search(r"Depends: (linux-image-\S+)", output("apt-cache", "depends", "linux-image-amd64"))
    if not found:
        raise Unavailable("apt knows no linux-image-amd64")
    package = found.group(1)
    release = package[len("linux-image-"):]
    deb = download(package, folder)
    tree = folder / "kernel"
    tree.mkdir()
    output("sh", "-c", f"dpkg-deb --fsys-tarfile '{deb}' | tar -x -C '{tree}' --wildcards " + " ".join(f"'{w}'" for w in UNPACKED))
    deb.unlink()
    output("depmod", "-b", tree, release)
    shutil.copy(next(tree.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    pack_initrd(folder, tree, release)
    udev = download("udev", folder)
    output("sh", "-c", f"dpkg-deb --fsys-tarfile '{udev}' | tar -xO ./bin/udevadm > '{folder / 'systemd-udevd'}'")
    os.chmod(folder / "systemd-udevd", 0o755)       # one program, many names
    udev.unlink()
    shutil.rmtree(tree)
    done.write_bytes(init)
    return folder


def pack_initrd(folder, tree, release):
    root = folder / "initrd"
    for name in ("bin", "modules", "proc", "sys", "dev", "host"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    order = []
    for module in MODULES:
        for line in output("modprobe", "-d", tree, "-S", release, "--show-depends", module).splitlines():
            path = line.split()[1] if line.startswith("insmod") else None
            if path and path not in order:
                order.append(path)
    names = []
    for path in order:
        name = pathlib.Path(path).name
        names.append(name)
        shutil.copy(path, root / "modules" / name)
    (root / "modules/order").write_text("\n".join(names) + "\n")
    shutil.copy(HERE / "guest-init.sh", root / "init")
    os.chmod(root / "init", 0o755)
    output("sh", "-c", f"cd '{root}' && find . | cpio -o -H newc --quiet | zstd -1 -q -f -o '{folder / 'initrd.zst'}'")
    shutil.rmtree(root)
