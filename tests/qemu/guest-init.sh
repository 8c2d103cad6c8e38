#!/bin/busybox sh
# The guest's first and only process: mount the host's own root, read-only, and run the test in it. What is on the kernel's command
# line as guest=... is the script; build=..., made=... and target=... are its arguments; program=... is our sector0.
bb=/bin/busybox
$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev
while read -r module; do $bb insmod /modules/$module || echo "@failed insmod $module"; done < /modules/order
$bb mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 hostroot /host || echo "@failed mounting the host's root"
$bb mount -t tmpfs tmpfs /host/run
for d in proc sys dev; do $bb mount -o bind /$d /host/$d; done
$bb ifconfig lo 127.0.0.1 up
for word in $($bb cat /proc/cmdline); do
    case $word in
    guest=*) guest=${word#guest=} ;;
    build=*) build=${word#build=} ;;
    program=*) program=${word#program=} ;;
    made=*) made=${word#made=} ;;
    target=*) target=${word#target=} ;;
    esac
done
export PATH=${program%/*}:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run XDG_STATE_HOME=/run/state NO_COLOR=1 LC_ALL=C.UTF-8
$bb chroot /host /bin/sh "$guest" "$build" "$made" "$target"
echo "@end $?"
$bb sync
printf '\005' | $bb dd of=/dev/port bs=1 seek=244 2> /dev/null
$bb poweroff -f
