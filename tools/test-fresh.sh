#!/bin/sh
# The README's two commands in a minimal Debian that has nothing but apt, git and make: what a newcomer's machine looks like.
# Needs root for the change of root. SECTOR0_FRESH=demo runs `make demo` only.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "test-fresh: needs root (it changes root into a new Debian)" >&2; exit 1; }

suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
root=$(mktemp -d)/debian
mounted=''
cleanup() {
    for m in $mounted; do umount "$root/$m" 2>/dev/null || umount -l "$root/$m" || true; done
    rm -rf "$(dirname "$root")"
}
trap cleanup EXIT

# The machine's own package sources are used, whatever they are.
set -- --variant=minbase --include=ca-certificates,git,make
[ -f /etc/apt/sources.list ] && set -- "$@" --aptopt="Dir::Etc::sourcelist \"/etc/apt/sources.list\""
echo "test-fresh: making a minimal Debian $suite"
mmdebstrap "$@" "$suite" "$root" >"$root.log" 2>&1 || { tail -20 "$root.log" >&2; exit 1; }
cp -a /etc/apt/. "$root/etc/apt/"
[ -f /etc/resolv.conf ] && cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# What every machine has and a bare tree has not: a name for itself, and terminals.
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
for m in proc dev dev/pts sys; do
    mount --bind "/$m" "$root/$m"
    mounted="$m $mounted"
done

git clone -q . "$root/srv/sector0"
env=$(env | grep -iE '^(http|https|no)_proxy=' || true)
run() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv TERM=dumb $env chroot "$root" sh -c "cd /srv/sector0 && $*"; }
echo "test-fresh: make demo"
run make demo
[ "${SECTOR0_FRESH:-}" = demo ] || { echo "test-fresh: make test"; run make test; }
echo "test-fresh: done"
