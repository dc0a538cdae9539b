#!/usr/bin/env bash
# packages.sh FILE.deb: installs the package in a clean Debian 12, uses it, removes and purges it, and looks what is left. Called by ./package.sh --check.
#
# The root is made with debootstrap (bookworm, minbase) from the mirror that this machine's own apt uses, and kept as a tar in artifacts/ for the next time. Everything runs in
# mount, process and network namespaces of its own: nothing outside is touched. Needs root, debootstrap, unshare, and a mirror.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# = 1 ] && [ -f "$1" ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
deb=$(readlink -f "$1")
fail() { printf 'packages.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '\n== %s\n' "$*"; }
[ "$(id -u)" = 0 ] || fail "a root file system needs root"
for program in debootstrap unshare chroot; do command -v "$program" >/dev/null || fail "$program is missing: install debootstrap and util-linux"; done

work=$(mktemp -d /var/tmp/package-root.XXXXXX)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
kept=artifacts/bookworm-minbase.tar

# --- the root ---------------------------------------------------------------------------------------------------------

# What this machine's apt reads bookworm from; both forms of its lists are known to apt itself.
mirror() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }'
}

make_root() {
  say "a clean Debian 12"
  if [ -f "$kept" ]; then
    mkdir "$root" && tar -C "$root" -xf "$kept"
    return
  fi
  local from
  from=$(mirror)
  [ -n "$from" ] || fail "apt on this machine has no list of bookworm"
  debootstrap --variant=minbase bookworm "$root" "$from" >"$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
  mkdir -p artifacts && tar -C "$root" -cf "$kept.new" . && mv "$kept.new" "$kept"
}

# in_root network|alone SCRIPT: runs in the root, in namespaces of its own.
in_root() {
  local net=()
  [ "$1" = network ] || net=(--net)
  printf 'set -eu\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root\n%s\n' "$2" >"$root/tmp/script"
  # What is mounted here is gone with the namespace: the folders of the root stay as they were.
  unshare --mount --pid --fork --kill-child "${net[@]}" bash -euc '
    mount --bind "$0" "$0"
    mount -t proc proc "$0/proc"
    mount -t sysfs sysfs "$0/sys" 2>/dev/null || mount --bind /sys "$0/sys"
    mount -t tmpfs tmpfs "$0/run"
    mount -t tmpfs -o mode=755 tmpfs "$0/dev"
    mkdir "$0/dev/net" "$0/dev/pts"
    for device in null zero full random urandom tty net/tun; do touch "$0/dev/$device"; mount --bind "/dev/$device" "$0/dev/$device"; done
    ln -s /proc/self/fd "$0/dev/fd"
    exec chroot "$0" bash /tmp/script' "$root"
}

# --- the package ------------------------------------------------------------------------------------------------------

install_it() {
  say "apt installs $(basename "$deb")"
  cp "$deb" "$root/tmp/pfsvpn.deb"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  in_root network '
    find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /run \) -prune -o -print | sort >/tmp/before
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /tmp/pfsvpn.deb >/tmp/apt.log 2>&1 || { tail -n 5 /tmp/apt.log; exit 1; }
    dpkg -s pfsvpn | grep "^Status"
    dpkg --verify pfsvpn
    echo "packages that came with it: $(grep -c "^Setting up" /tmp/apt.log)"'
}

# Two hosts within the root: one has the tunnel by a file and `up`, the other by hand. Something goes through and an answer comes back.
use_it() {
  say "used"
  in_root alone "$(cat <<'SCRIPT'
ip link set lo up
pfsvpn --version
pfsvpnd --version | head -n 1
umask 077
mkdir -p /etc/wireguard /run/netns
pfsvpn genkey >/tmp/left.key; pfsvpn genkey >/tmp/right.key
left=$(pfsvpn pubkey </tmp/left.key); right=$(pfsvpn pubkey </tmp/right.key)
ip netns add right
ip link add veth0 type veth peer name veth0 netns right
ip address add 192.0.2.1/24 dev veth0; ip link set veth0 up
ip -n right address add 192.0.2.2/24 dev veth0; ip -n right link set veth0 up; ip -n right link set lo up

ip netns exec right pfsvpnd pkgr
ip netns exec right pfsvpn set pkgr listen-port 51820 private-key /tmp/right.key peer "$left" allowed-ips 10.9.0.1/32
ip -n right address add 10.9.0.2/24 dev pkgr; ip -n right link set pkgr up

printf '[Interface]\nPrivateKey = %s\nAddress = 10.9.0.1/24\n[Peer]\nPublicKey = %s\nEndpoint = 192.0.2.2:51820\nAllowedIPs = 10.9.0.2/32\n#! Name = right\n' "$(cat /tmp/left.key)" "$right" >/etc/wireguard/pkgl.conf
pfsvpn up pkgl
# No ping in minbase: bash connects to a port where nobody listens, and the refusal comes back through the tunnel.
(exec 3<>/dev/tcp/10.9.0.2/9) 2>&1 | grep -q refused || { pfsvpn show; echo "no answer through the tunnel"; exit 1; }
if pfsvpn show pkgl latest-handshakes | cut -f 2 | grep -qx 0; then echo "no handshake"; exit 1; fi
pfsvpn show pkgl
pfsvpn secrecy pkgl | head -n 3
pfsvpn down pkgl
ip -n right link delete pkgr
for try in $(seq 100); do
  [ -z "$(ls -A /var/run/wireguard /run/pfsvpn/pkgl 2>/dev/null)" ] && break
  sleep 0.1
done
ip link show pkgl 2>/dev/null && { echo "the interface is still there"; exit 1; }
for try in $(seq 50); do
  running=$(for process in /proc/[0-9]*; do readlink "$process/exe" || :; done 2>/dev/null | grep pfsvpn || :)
  [ -n "$running" ] || break
  sleep 0.1
done
[ -z "$running" ] || { echo "still running: $running"; exit 1; }
echo "an answer came through the tunnel"
SCRIPT
)"
}

# --- the end -----------------------------------------------------------------------------------------------------------

remove_it() {
  say "removed and purged"
  in_root alone '
    dpkg -r pfsvpn >/dev/null
    dpkg -P pfsvpn >/dev/null 2>&1 || :
    if dpkg -s pfsvpn >/dev/null 2>&1; then echo "it is still known"; exit 1; fi
    # The tunnel of the test was the user'\''s.
    rm -f /etc/wireguard/pkgl.conf && rmdir /etc/wireguard
    find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /run -o -path /dev -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \) -prune -o -print | sort >/tmp/after
    # What is new and of no package: paths of merged folders are in the lists without /usr, and the linker makes links and a cache.
    cat /var/lib/dpkg/info/*.list | sed "s,^/\(bin\|sbin\|lib\|lib64\)/,/usr/\1/," | sort -u >/tmp/owned
    comm -13 /tmp/before /tmp/after | comm -23 - /tmp/owned | { grep -v -e "^/etc/ld.so.cache" -e "^/usr/lib/x86_64-linux-gnu/lib[^/]*\.so[.0-9]*$" -e "^/etc/alternatives" -e "^/etc/resolv.conf$" || :; } >/tmp/left
    if [ -s /tmp/left ]; then sed "s/^/left: /" /tmp/left; exit 1; fi
    echo "nothing is left"'
}

make_root
install_it
use_it
remove_it
say "the package installs, works, and goes"
