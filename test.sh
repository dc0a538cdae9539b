#!/usr/bin/env bash
# test.sh [all | fast | system | kernel] : does all set-up on a fresh Debian 12 with the .NET 10 SDK, builds once, and runs the tests.
#
#   all      every test (the default)
#   fast     the library's own tests: no root, no network
#   system   real daemons in network namespaces, also against wireguard-go (root)
#   kernel   against the kernel's own WireGuard in an emulated machine (root)
#
# The last line is "N passed, N failed". Tests that need root or TUN are skipped, saying so, where those are missing;
# with CI set they fail instead. PFSVPN_TEST_TRANSFER_MB sets the size of the large transfer (1024).
set -uo pipefail
cd "$(dirname "$0")"
. tests/setup.sh

group=${1:-all}
case $group in
  all | fast | system | kernel) ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
wants() { [ "$group" = all ] || [ "$group" = "$1" ]; }
say() { printf '\n== %s\n' "$*"; }

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
results=$(mktemp -d)
PFSVPN_TEST_RUN=$(printf '%04x' $(((RANDOM * 2 + $$) & 0xffff)))
export PFSVPN_TEST_RUN PFSVPN_TEST_REPORT="$results/measured"
failures=()

# The tests clean up after themselves; this is for one that was killed.
clean_up() {
  local file
  for file in /run/netns/system-"$PFSVPN_TEST_RUN"-*; do
    [ -e "$file" ] || continue
    ip netns pids "${file##*/}" | xargs -r kill -KILL
    ip netns delete "${file##*/}"
  done
  rm -rf "$results" "${TMPDIR:-/tmp}/pfsvpn-system-$PFSVPN_TEST_RUN"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- what the machine needs ---------------------------------------------------------------------------------------

# Each line: the program or library that is looked for, and Debian's package of it.
needs() {
  printf '%s\n' "libsodium.so.23 libsodium23" "zsh zsh" "fish fish" "man man-db" "zbarimg zbar-tools" "promtool prometheus" "wg wireguard-tools"
  if [ "$group" != fast ]; then
    printf '%s\n' "ip iproute2" "wg-quick wireguard-tools" "nft nftables" "iptables iptables" "sysctl procps" "nsenter util-linux" "dbus-daemon dbus-daemon" "libseccomp.so.2 libseccomp2" "systemd-analyze systemd" "resolvconf openresolv" "tmux tmux" "curl curl" "ping iputils-ping"
  fi
  # wine64 and its server are outside PATH; win32 is the kind of threads that the doubles are built with.
  if wants system; then printf '%s\n' "/usr/lib/wine/wine64 wine64" "/usr/lib/wine/wineserver64 wine64" "x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32" "patch patch" "xz xz-utils"; fi
  if wants kernel; then printf '%s\n' "qemu-system-x86_64 qemu-system-x86" "busybox busybox-static"; fi
}

# The peers are fetched before the tests, so that a test's time is its own.
fetch_peers() {
  if [ "$group" != fast ]; then
    tests/peers/wireguard-go.sh >"$results/peer" && echo "wireguard-go: $("$(cat "$results/peer")" --version | head -n 1)" || return 1
  fi
  if wants kernel; then tests/peers/kernel-peer.sh >"$results/peer" && echo "kernel machine: $(cat "$results/peer")" || return 1; fi
}

# The programs for Windows with what they need here, and Wine's own files, which each machine of a test is made of.
publish_windows() {
  ./package.sh --windows "$results/packages" && tests/windows/programs.sh "$results/packages/win-x64" "$results/windows" && tests/windows/wine.sh "$results/wine"
}

# --- running --------------------------------------------------------------------------------------------------------

# run NAME PROJECT [dotnet test arguments]: counts come from the results file, never from the text on the screen.
run() {
  local name=$1 project=$2
  shift 2
  say "$name"
  # A test that hangs ends the run, not the day.
  timeout -k 60 40m dotnet test "$project" -c Release --no-build --nologo -v q --logger "trx;LogFileName=$results/$name.trx" --logger "console;verbosity=minimal" "$@" || failures+=("$name")
  [ -s "$results/$name.trx" ] || failures+=("$name (no results)")
}

# total ATTRIBUTE: the sum over all results files.
total() {
  local sum=0 file value
  for file in "$results"/*.trx; do
    [ -e "$file" ] || continue
    value=$(grep -oE "<Counters [^>]*" "$file" | grep -oE " $1=\"[0-9]+" | grep -oE '[0-9]+')
    sum=$((sum + ${value:-0}))
  done
  echo "$sum"
}

command -v dotnet >/dev/null || {
  echo "test.sh: the .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
}
needs | install_packages "$results/apt.log" || { [ -z "${CI:-}" ] && echo "going on without: tests that need them are skipped" || exit 1; }

say "building"
dotnet build PfsVpn.sln -c Release -v q -nologo || {
  echo "test.sh: the build failed" >&2
  exit 1
}

core=tests/PfsVpn.Core.Tests
system=tests/PfsVpn.System.Tests
if wants fast; then
  run core $core
  # The vector kernels have fallbacks: everything that computes is tested once more without AVX2, and without any vector instruction.
  DOTNET_EnableAVX2=0 run core-without-avx2 $core --filter "(FullyQualifiedName~Crypto|FullyQualifiedName~InternetChecksum|FullyQualifiedName~Vectors)&FullyQualifiedName!~VectorRegisters"
  DOTNET_EnableHWIntrinsic=0 run core-without-simd $core --filter "(FullyQualifiedName~Crypto|FullyQualifiedName~Packets|FullyQualifiedName~Tun|FullyQualifiedName~Noise|FullyQualifiedName~Vectors)&FullyQualifiedName!~VectorRegisters"
fi
if wants system; then
  say "published programs"
  publish_windows >"$results/windows.log" 2>&1 &
  windows=$!
  ./package.sh --fast "$results/packages" || failures+=("published programs")
  if wait $windows; then
    export PFSVPN_WINDOWS_PROGRAMS=$results/windows
    ls -l "$PFSVPN_WINDOWS_PROGRAMS"
  else
    tail -n 20 "$results/windows.log" >&2
    [ -n "${CI:-}" ] && failures+=("published programs for Windows") || echo "going on without: tests of Windows programs are skipped"
  fi
fi
if [ "$group" != fast ]; then
  say "peers"
  fetch_peers || { [ -z "${CI:-}" ] || exit 1; }
fi
if wants system; then
  run system $system --filter "Group!=Kernel&FullyQualifiedName!~SystemTests.Windows"
  # By themselves: each packet passes three processes there, which want their turn.
  run windows $system --filter "FullyQualifiedName~SystemTests.Windows"
  # More threads than this machine would be given: what carries packets is tested once more with them.
  PFSVPN_THREADS=4 run system-four-threads $system --filter "FullyQualifiedName~Scenarios.Transfer|FullyQualifiedName~Scenarios.Traffic|FullyQualifiedName~Scenarios.Roaming|FullyQualifiedName~SteadyState"
fi
wants kernel && run kernel $system --filter "Group=Kernel"

if [ -s "$PFSVPN_TEST_REPORT" ]; then
  say "measured"
  cat "$PFSVPN_TEST_REPORT"
fi
skipped=$(($(total total) - $(total executed)))
say "results"
[ "$skipped" = 0 ] || echo "$skipped tests were skipped"
[ ${#failures[@]} = 0 ] || printf 'failed: %s\n' "${failures[@]}"
failed=$(total failed)
# A project that ended without failed tests, and yet not well, counts as one.
[ ${#failures[@]} = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$(total passed) passed, $failed failed"
[ "$failed" = 0 ]
