#!/bin/sh
# Install what is missing, with apt and only where that can be done; elsewhere say what is needed and by which name.
# usage: setup.sh build|test|qemu|long|fresh|bench
set -eu

what=${1:-build}

# one line a need: how to see that it is there | Debian | Fedora | Arch | for
needs() {
    cat <<'LIST'
cmd:gcc                     gcc                     gcc                     gcc                         build
cmd:meson                   meson                   meson                   meson                       build
cmd:ninja                   ninja-build             ninja-build             ninja                       build
cmd:pkg-config              pkg-config              pkgconf-pkg-config      pkgconf                     build
pc:libusb-1.0               libusb-1.0-0-dev        libusb1-devel           libusb                      build
pc:libelf                   libelf-dev              elfutils-libelf-devel   libelf                      build
pc:libdw                    libdw-dev               elfutils-devel          libelf                      build
pc:jansson                  libjansson-dev          jansson-devel           jansson                     build
cmd:arm-none-eabi-gcc       gcc-arm-none-eabi       arm-none-eabi-gcc-cs    arm-none-eabi-gcc           build
cmd:python3                 python3                 python3                 python                      build
cmd:git                     git                     git                     git                         test
pc:cmocka                   libcmocka-dev           libcmocka-devel         cmocka                      test
cmd:clang                   clang                   clang                   clang                       test
cmd:clang-format            clang-format            clang-tools-extra       clang                       test
pc:unicorn                  libunicorn-dev          unicorn-devel           unicorn                     test
cmd:openocd                 openocd                 openocd                 openocd                     test
cmd:st-flash                stlink-tools            stlink                  stlink                      test
cmd:pyocd-tool              python3-pyocd           python3-pyocd           python-pyocd                test
cmd:gdb-multiarch           gdb-multiarch           gdb                     gdb                         test
cmd:lsusb               usbutils                usbutils                usbutils                    test
cmd:dfu-util                dfu-util                dfu-util                dfu-util                    test
cmd:cmake                   cmake                   cmake                   cmake                       test
cmd:groff                   groff-base              groff-base              groff                       test
cmd:qemu-system-x86_64  qemu-system-x86         qemu-system-x86-core    qemu-system-x86             qemu
cmd:qemu-system-arm     qemu-system-arm         qemu-system-arm-core    qemu-system-arm             qemu
cmd:busybox             busybox-static          busybox                 busybox                     qemu
cmd:cpio                cpio                    cpio                    cpio                        qemu
cmd:zstd                zstd                    zstd                    zstd                        qemu
cmd:modprobe            kmod                    kmod                    kmod                        qemu
cmd:valgrind                valgrind                valgrind                valgrind                    long
file:/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-14-dev compiler-rt compiler-rt long
cmd:mmdebstrap              mmdebstrap              mmdebstrap              mmdebstrap                  fresh
cmd:openocd                 openocd                 openocd                 openocd                     bench
cmd:st-flash                stlink-tools            stlink                  stlink                      bench
file:/usr/bin/time          time                    time                    time                        bench
LIST
}

is_there() {
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pc:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc:}" ;;
    file:*) [ -e "${1#file:}" ] ;;
    esac
}

wanted() {
    case $what in
    build) [ "$1" = build ] ;;
    qemu) [ "$1" = qemu ] ;;
    test) [ "$1" = build ] || [ "$1" = test ] ;;
    long) [ "$1" != qemu ] && [ "$1" != fresh ] && [ "$1" != bench ] ;;
    *) [ "$1" = build ] || [ "$1" = "$what" ] ;;
    esac
}

debian='' fedora='' arch=''
while read -r test deb fed arc for; do
    wanted "$for" || continue
    is_there "$test" && continue
    debian="$debian $deb" fedora="$fedora $fed" arch="$arch $arc"
done <<EOF
$(needs)
EOF
[ -n "$debian" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        echo "setup: missing packages; please run:  sudo apt-get install --no-install-recommends$debian" >&2
        exit 1
    fi
    echo "setup: installing$debian" >&2
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $debian; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        rm -f "$log"
        echo "setup: apt-get could not install:$debian" >&2
        exit 1
    fi
    rm -f "$log"
    exit 0
fi
{
    echo "setup: missing packages. Please install:"
    echo "  Fedora:  dnf install$fedora"
    echo "  Arch:    pacman -S$arch"
    echo "  others:  the equivalents of$debian"
} >&2
exit 1
