#!/bin/sh
# Two hosts, two daemons, one tunnel, traffic through it, and what `show` and `secrecy` print. As root, the hosts are network namespaces of this machine, joined by a cable (a
# veth pair). As a plain user, they are what `pfsvpn exec` gives two programs, joined by the host's loopback. Nothing outside of them is touched, and everything is removed
# at the end. Ends with 0 only where everything worked.
set -eu

cd "$(dirname "$0")"
root=$PWD
id=pfsdemo$$
left=$id-left
right=$id-right
# Interface names have at most 15 bytes, and control sockets of all namespaces share one folder: unique names, out of the process id.
tunnel_left=pfsl$$
tunnel_right=pfsr$$
work=
pids=

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
# Shows a command and runs it on a host: run NAMESPACE COMMAND...
run() { printf '%s$ ' "${1##*-}"; shown=$1; shift; echo "$*"; inside "$shown" "$@"; }
fail() { printf '\ndemo.sh: %s\n' "$*" >&2; exit 1; }
inside() { where=$1; shift; ip netns exec "$where" "$@"; }

cleanup() {
    code=$?
    trap - EXIT
    for pid in $pids; do kill "$pid" 2>/dev/null || :; done
    for pid in $pids; do wait "$pid" 2>/dev/null || :; done
    for name in "$left" "$right"; do ip netns delete "$name" 2>/dev/null || :; done
    [ -z "$work" ] || rm -rf "$work"
    if [ "$code" -eq 0 ]; then say "Everything worked, everything is cleaned up."; else printf '\ndemo.sh: FAILED (%s); everything is cleaned up.\n' "$code" >&2; fi
    exit "$code"
}

need_tun() {
    [ -c /dev/net/tun ] || fail "/dev/net/tun is missing: run  modprobe tun  (in a container: start it with --device /dev/net/tun --cap-add NET_ADMIN,SYS_ADMIN)"
}

# Installs the packages whose programs or libraries are missing; a plain user is told how.
need_packages() {
    missing=
    PATH="$PATH:/usr/sbin:/sbin"
    command -v ip >/dev/null || missing="$missing iproute2"
    command -v ping >/dev/null || missing="$missing iputils-ping"
    ldconfig -p 2>/dev/null | grep -q 'libsodium\.so\.2[36]' || missing="$missing libsodium23"
    if $rootless; then
        command -v unshare >/dev/null || missing="$missing util-linux"
        [ -z "$missing" ] || fail "missing:$missing. As root: apt-get install$missing"
        [ -r /dev/net/tun ] && [ -w /dev/net/tun ] || fail "/dev/net/tun is not open to users, as udev would have it. As root: chmod 666 /dev/net/tun"
        return 0
    fi
    command -v iperf3 >/dev/null || missing="$missing iperf3"
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || fail "missing:$missing, and this system has no apt-get; install what holds them and run this again."
    echo "Installing$missing ..."
    # shellcheck disable=SC2086 # a list of words
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing) >"$work/apt.log" 2>&1 ||
        { tail -n 5 "$work/apt.log" >&2; fail "apt-get could not install$missing; install them by hand and run this again."; }
}

build() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
    case "$(dotnet --version 2>/dev/null)" in
    1[0-9].*) ;;
    *) fail "the .NET 10 SDK is needed, this is $(dotnet --version 2>&1 | head -n 1)" ;;
    esac
    for project in Daemon Cli; do
        dotnet publish "src/PfsVpn.$project" -c Release -o artifacts/demo -v quiet -nologo >"$work/build.log" 2>&1 ||
            { tail -n 20 "$work/build.log" >&2; fail "the build failed."; }
    done
    export PATH="$root/artifacts/demo:$PATH"
}

# Two hosts and a cable.
make_hosts() {
    ip netns add "$left"
    ip netns add "$right"
    ip link add eth0 netns "$left" type veth peer name eth0 netns "$right"
    inside "$left" ip address add 192.0.2.1/24 dev eth0
    inside "$right" ip address add 192.0.2.2/24 dev eth0
    for name in "$left" "$right"; do
        inside "$name" ip link set lo up
        inside "$name" ip link set eth0 up
    done
    # A host may have IPv6 off; the demonstration is then of IPv4 alone.
    ipv6=no
    [ "$(inside "$left" cat /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null)" != 0 ] || ipv6=yes
}

# make_end NAMESPACE INTERFACE KEYFILE OTHER-PUBLIC-KEY OTHER-HOST INNER-NUMBER OTHER-INNER-NUMBER
make_end() {
    run "$1" pfsvpnd "$2"
    pid=$(daemon_of "$1" "$2")
    pids="$pids $pid"
    run "$1" pfsvpn set "$2" listen-port 51820 private-key "$3" \
        peer "$4" preshared-key "$work/preshared.key" endpoint "$5:51820" allowed-ips "10.9.0.$7/32,fd09::$7/128"
    inside "$1" ip address add "10.9.0.$6/24" dev "$2"
    [ "$ipv6" = no ] || inside "$1" ip address add "fd09::$6/64" dev "$2" nodad
    inside "$1" ip link set "$2" up
}

# The process of a namespace that serves an interface: the only one there whose last argument is its name.
daemon_of() {
    for pid in $(ip netns pids "$1"); do
        [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | tail -n 1)" = "$2" ] && echo "$pid" && return
    done
    fail "$2 has no daemon"
}

show_ping() {
    run "$left" ping -q -c 5 -i 0.2 -W 5 10.9.0.2
    [ "$ipv6" = no ] || run "$left" ping -6 -q -c 5 -i 0.2 -W 5 fd09::2
}

show_transfer() {
    head -c 100000000 /dev/urandom >"$work/sent"
    inside "$right" iperf3 --server --one-off --bind 10.9.0.2 --logfile "$work/server.log" &
    pids="$pids $!"
    tries=0
    until inside "$left" iperf3 --client 10.9.0.2 --time 3 --format m >"$work/client.log" 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || { cat "$work/client.log" >&2; fail "iperf3 found no server"; }
        sleep 0.1
    done
    grep -E 'sender|receiver' "$work/client.log"
}

# One hundred megabytes of noise over TCP from a file, and to another.
transfer_programs() {
    listen='use strict; use IO::Socket::INET; $SIG{ALRM} = sub { die "nobody called\n" }; alarm 30;
        my $s = IO::Socket::INET->new(LocalAddr => "10.9.0.2", LocalPort => 9000, Listen => 1, ReuseAddr => 1) or die "$@\n";
        my $c = $s->accept; binmode STDOUT; while ($c->sysread(my $b, 1 << 16)) { print $b }'
    dial='use strict; use IO::Socket::INET; my $c; for (1 .. 50) { $c = IO::Socket::INET->new(PeerAddr => "10.9.0.2", PeerPort => 9000) and last; select undef, undef, undef, 0.1 }
        die "no answer\n" unless $c; binmode STDIN; while (read STDIN, my $b, 1 << 16) { print $c $b or die "$!\n" }'
}

show_integrity() {
    transfer_programs
    inside "$right" perl -e "$listen" >"$work/received" &
    receiver=$!
    pids="$pids $receiver"
    inside "$left" perl -e "$dial" <"$work/sent" || fail "the transfer broke off"
    wait "$receiver" || fail "the receiver failed"
    compare
}

compare() {
    sent=$(sha256sum <"$work/sent")
    [ "$sent" = "$(sha256sum <"$work/received")" ] || fail "what arrived differs from what was sent"
    echo "100 MB arrived unchanged, SHA-256 ${sent%% *}"
}

# write_user_file NAME INNER-NUMBER OTHER-INNER-NUMBER OTHER-PUBLIC-KEY [LINE]: a file for wg-quick, or for pfsvpn exec.
write_user_file() {
    (
        umask 077
        printf '%s\n' "[Interface]" "PrivateKey = $(cat "$work/$1.key")" "Address = 10.9.0.$2/24, fd09::$2/64" "" \
            "[Peer]" "PublicKey = $4" "PresharedKey = $(cat "$work/preshared.key")" "AllowedIPs = 10.9.0.$3/32, fd09::$3/128" ${5:+"$5"} >"$work/$1.conf"
    )
}

user_run() { echo "\$ $*"; "$@"; }

# wait_for_end NAME PID: until its daemon answers.
wait_for_end() {
    tries=0
    until pfsvpn show "$1" listen-port >/dev/null 2>&1; do
        kill -0 "$2" 2>/dev/null || fail "pfsvpn exec $1.conf ended"
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || fail "pfsvpn exec $1.conf brings no tunnel up"
        sleep 0.1
    done
}

# Both ends as a plain user. What holds a program until it is let go is a fifo.
user_demo() {
    export PFSVPN_CONTROL="$work/control"
    mkfifo "$work/left.end" "$work/right.end"
    transfer_programs

    say "The right end: a file as for wg-quick, and a program that waits for a connection, in a tunnel of its own"
    write_user_file right 2 1 "$left_public"
    sed 's/^\(PrivateKey\|PresharedKey\) = .*/\1 = .../' "$work/right.conf"
    echo "\$ pfsvpn exec right.conf -- perl ... &"
    pfsvpn exec "$work/right.conf" -- sh -c 'perl -e "$1"; cat "$2"' sh "$listen" "$work/right.end" >"$work/received" &
    right_process=$!
    pids="$pids $right_process"
    wait_for_end right "$right_process"
    write_user_file left 1 2 "$right_public" "Endpoint = 127.0.0.1:$(pfsvpn show right listen-port)"

    say "The left end: pings, by user $(id -u)"
    cd "$work"
    user_run pfsvpn exec left.conf -- ping -q -c 5 -i 0.2 -W 5 10.9.0.2
    [ ! -d /proc/sys/net/ipv6 ] || user_run pfsvpn exec left.conf -- ping -6 -q -c 5 -i 0.2 -W 5 fd09::2

    say "What a program sees there: the tunnel and a loopback, nothing else. Its exit code is that of exec"
    user_run pfsvpn exec left.conf -- ip -brief address
    code=0
    user_run pfsvpn exec left.conf -- sh -c 'id -u; exit 7' || code=$?
    echo "exit code $code"
    [ "$code" -eq 7 ] || fail "the exit code should be 7"

    say "100 MB of noise"
    head -c 100000000 /dev/urandom >"$work/sent"
    echo "\$ pfsvpn exec left.conf -- perl ... <sent &"
    pfsvpn exec left.conf -- sh -c 'perl -e "$1" && : >"$2.done"; cat "$2"' sh "$dial" "$work/left.end" <"$work/sent" &
    left_process=$!
    pids="$pids $left_process"
    tries=0
    until [ -e "$work/left.end.done" ]; do
        kill -0 "$left_process" 2>/dev/null || fail "the transfer broke off"
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "the transfer does not end"
        sleep 0.1
    done

    say "What each side shows"
    user_run pfsvpn show left
    echo
    user_run pfsvpn show right
    say "What a seizure of this user's processes would give away now, of the left end"
    user_run pfsvpn secrecy left

    say "Both programs end, and their tunnels with them"
    : >"$work/left.end"
    : >"$work/right.end"
    wait "$left_process" || fail "the sender failed"
    wait "$right_process" || fail "the receiver failed"
    compare
}

make_keys() {
    (umask 077 && pfsvpn genkey >"$work/left.key" && pfsvpn genkey >"$work/right.key" && pfsvpn genpsk >"$work/preshared.key")
    left_public=$(pfsvpn pubkey <"$work/left.key")
    right_public=$(pfsvpn pubkey <"$work/right.key")
    echo "left:  $left_public"
    echo "right: $right_public"
}

trap cleanup EXIT
trap 'exit 130' INT TERM HUP
work=$(mktemp -d /tmp/pfsvpn-demo.XXXXXX)
chmod 755 "$work"

if [ "$(id -u)" -eq 0 ]; then rootless=false; else rootless=true; fi
need_tun
need_packages
say "Building"
build
pfsvpnd --version | head -n 1

if $rootless; then
    say "Without root: two programs, each with a tunnel of its own. As root (sudo ./demo.sh) it would be two hosts"
    say "A key for each, and a pre-shared key for both"
    make_keys
    user_demo
    exit 0
fi

say "Two hosts, $left (192.0.2.1) and $right (192.0.2.2), with a cable between them"
make_hosts

say "A key for each, and a pre-shared key for both"
make_keys

say "A daemon on each host; the command returns when the interface is ready to be configured"
make_end "$left" "$tunnel_left" "$work/left.key" "$right_public" 192.0.2.2 1 2
make_end "$right" "$tunnel_right" "$work/right.key" "$left_public" 192.0.2.1 2 1

say "Pings through the tunnel"
show_ping
say "As fast as it goes, for three seconds"
show_transfer
say "And intact"
show_integrity

say "What each side shows"
run "$left" pfsvpn show "$tunnel_left"
echo
run "$right" pfsvpn show "$tunnel_right"

say "What a seizure of the left host would give away now"
run "$left" pfsvpn secrecy "$tunnel_left"
