#!/usr/bin/env bash
# kernel-peer.sh : makes a small machine whose kernel speaks WireGuard, and prints the folder with its vmlinuz and initramfs.
#
# The kernel is Debian's own cloud kernel, the programs are busybox and wg: all unpacked into the cache folder, none installed.
# In the machine, /init loads the modules, brings up eth0 and runs each line that comes on its second serial port as a shell
# command; after each command's output it prints a line "<exit code> done <number>".
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
machine=$cache/kernel-peer
# Changing this script makes a new machine.
stamp=$(sha256sum "$0" | cut -c1-16)

if [ "$(cat "$machine/stamp" 2>/dev/null)" = "$stamp" ]; then
  echo "$machine"
  exit 0
fi

for program in gzip busybox wg; do
  command -v "$program" >/dev/null || { echo "kernel-peer.sh: $program is missing (test.sh installs it)" >&2; exit 1; }
done
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

mkdir -p "$cache"
work=$(mktemp -d "$cache/kernel-peer.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The digit keeps the debug and template packages out of the pattern.
"$here/fetch-package.sh" "$codename" "$work/packages" 'linux-image-[0-9]*[0-9]-cloud-amd64' >&2
version=$(ls "$work/packages/lib/modules")
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,run,tmp,etc} "$root/lib/modules/$version"

# The program and the shared libraries that it needs, at the same paths.
add_program() {
  install -D "$1" "$root/bin/$(basename "$1")"
  # busybox is static and has none.
  { ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true; } | while read -r library; do
    install -D "$(readlink -f "$library")" "$root$library"
  done
}
add_program "$(command -v wg)"
busybox=$(command -v busybox)
add_program "$busybox"
"$busybox" --list | while read -r applet; do [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"; done

# Of all modules only those of the network card, of WireGuard and of what they depend on.
modules=$work/packages/lib/modules/$version
"$busybox" depmod -b "$work/packages" "$version"
add_module() {
  local line
  line=$(grep -E "(^|/)${1//_/[_-]}\.ko(\.xz)?:" "$modules/modules.dep") || return 0
  for file in ${line/:/ }; do install -D -m 644 "$modules/$file" "$root/lib/modules/$version/$file"; done
}
for module in virtio_pci virtio_net wireguard ipv6 libchacha20poly1305 curve25519_x86_64; do add_module "$module"; done
for list in modules.builtin modules.order; do
  [ ! -e "$modules/$list" ] || cp "$modules/$list" "$root/lib/modules/$version/"
done
"$busybox" depmod -b "$root" "$version"

cat >"$root/init" <<'INIT'
#!/bin/sh
export PATH=/bin HOME=/ TERM=dumb
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t debugfs debug /sys/kernel/debug
for module in virtio_pci virtio_net ipv6 wireguard; do modprobe "$module" 2>/dev/null; done
[ -d /sys/module/wireguard ] || echo "no wireguard module" >/dev/console
# The handshakes in the kernel's log are what a test's failure is explained by.
echo 'module wireguard +p' >/sys/kernel/debug/dynamic_debug/control 2>/dev/null
for conf in all default; do
  echo 0 >/proc/sys/net/ipv6/conf/$conf/accept_dad
  echo 0 >/proc/sys/net/ipv6/conf/$conf/router_solicitations
done
ip link set lo up
ip link set eth0 up
stty -F /dev/ttyS1 raw -echo
exec 0</dev/ttyS1 1>/dev/ttyS1 2>&1
number=0
echo "0 done 0"
while read -r line; do
  number=$((number + 1))
  eval "$line" </dev/null
  echo "$? done $number"
done
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | "$busybox" cpio -o -H newc 2>/dev/null | gzip -1 >"$work/initramfs")

mkdir -p "$machine"
cp "$work/packages/boot/vmlinuz-$version" "$machine/vmlinuz"
cp "$work/initramfs" "$machine/initramfs"
echo "$stamp" >"$machine/stamp"
echo "$machine"
