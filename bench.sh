#!/usr/bin/env bash
# bench.sh [OPTIONS] : does all set-up on a fresh Debian 12 with the .NET 10 SDK, builds PfsVpn as it ships, and measures it
# beside wireguard-go in alternating rounds of one run, in network namespaces (root). Prints a table of medians with ratios
# and writes docs/performance.md with its plot. Less than ten minutes after the build.
#
#   --rounds N              rounds (5)
#   --seconds N             seconds of each flow (3)
#   --quick                 one round, flows of 1 s, nothing written: does it work?
#   --only NAMES            only the measurements that begin with one of these, separated by commas; nothing is written
#                           (memory-rest ping-idle tcp-one tcp-reverse tcp-four tcp-ipv6 udp-64-flood udp-1372-flood
#                           udp-64-fixed udp-1372-fixed ping-load memory-load flood-tcp flood-newcomer ready peers, and what a
#                           whole run leaves out: flood-crowd-tcp flood-crowd-newcomer)
#   --implementations LIST  some of pfsvpn,wireguard-go,mixed (pfsvpn,wireguard-go); mixed: pfsvpnd to wireguard-go
#   --output FOLDER         where the report goes (docs)
#
# PFSVPN_* variables are passed on to pfsvpnd and noted in the report. $WIREGUARD_GO names another wireguard-go.
set -uo pipefail
cd "$(dirname "$0")"
. tests/setup.sh

publish() { rm -rf artifacts/bench && dotnet publish src/PfsVpn.Daemon -c Release -r linux-x64 -o artifacts/bench -v q -nologo; }

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; }
wrong() {
  echo "bench.sh: $*; --help says more" >&2
  exit 2
}

given=()
quick=no
output=docs
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h)
      usage
      exit 0
      ;;
    --quick) quick=yes ;;
    --rounds | --seconds | --only | --implementations | --output)
      [ $# -gt 1 ] || wrong "$1 wants a value"
      case $1 in
        --output) asked_output=$2 ;;
        --only)
          output=
          given+=("$1" "$2")
          ;;
        *) given+=("$1" "$2") ;;
      esac
      shift
      ;;
    *) wrong "there is no option $1" ;;
  esac
  shift
done
if [ $quick = yes ]; then
  output=
  given=(--rounds 1 --seconds 1 "${given[@]}")
fi
output=${asked_output-$output}

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
run_id=$(printf '%04x' $(((RANDOM * 2 + $$) & 0xffff)))
logs=$(mktemp -d)
driver=
say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "bench.sh: $*" >&2
  exit 1
}

# The program cleans up after itself; this is for one that was killed.
clean_up() {
  local file
  if [ -n "$driver" ]; then
    kill -TERM "$driver" 2>/dev/null
    timeout 30 tail --pid="$driver" -s 0.1 -f /dev/null || kill -KILL "$driver" 2>/dev/null
  fi
  for file in /run/netns/bench-"$run_id"-*; do
    [ -e "$file" ] || continue
    ip netns pids "${file##*/}" | xargs -r kill -KILL
    ip netns delete "${file##*/}"
  done
  rm -rf "$logs" /var/run/wireguard/bench"$run_id"*.sock
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# --- what the machine needs ---------------------------------------------------------------------------------------

# Each line: the program or library that is looked for, and Debian's package of it.
needs() { printf '%s\n' "libsodium.so.23 libsodium23" "ip iproute2" "ping iputils-ping" "iperf3 iperf3" "wg wireguard-tools" "nsenter util-linux"; }

[ "$(id -u)" = 0 ] || fail "network namespaces need root"
[ -c /dev/net/tun ] || fail "/dev/net/tun is missing: modprobe tun"
command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
export PATH=$PATH:/usr/sbin:/sbin
needs | install_packages "$logs/apt" || exit 1

say "building"
project=tests/PfsVpn.PeerBench
for step in publish "dotnet build $project -c Release -v q -nologo"; do
  $step >"$logs/build" 2>&1 || { tail -n 20 "$logs/build" >&2; fail "the build failed"; }
done

say "wireguard-go"
wireguard_go=$(tests/peers/wireguard-go.sh) || fail "wireguard-go cannot be had"
"$wireguard_go" --version | head -n 1

# --- measuring ------------------------------------------------------------------------------------------------------

say "measuring"
# In the background, so that a signal to this script is seen at once; the limit is for what nothing else bounded.
timeout -k 30 60m dotnet exec $project/bin/Release/net10.0/PfsVpn.PeerBench.dll --run-id "$run_id" \
  --pfsvpnd "$PWD/artifacts/bench/pfsvpnd" --wireguard-go "$wireguard_go" --output "$output" "${given[@]}" &
driver=$!
wait "$driver"
code=$?
driver=
exit "$code"
