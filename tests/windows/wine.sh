#!/usr/bin/env bash
# wine.sh DIRECTORY : makes DIRECTORY a Windows 10 under Wine, without a display, and prints the path of its launcher.
#
#   DIRECTORY/start                            turns it on: it stays on until DIRECTORY/stop, and services with it; without, it ends some seconds after the last program
#   DIRECTORY/wine PROGRAM.exe [ARGUMENT]...   runs a program: its process id is that of the launcher, and SIGINT is its Ctrl+C.
#                                              SIGTERM ends it without a word; never SIGQUIT, which leaves half of it behind.
#   DIRECTORY/stop                             ends everything that runs in it (the programs too), within ten seconds
#
# Each DIRECTORY is a machine of its own: services, pipes, registry. Its sockets are opened by Wine's server, and so in the network
# namespace in which its first program was started. The first directory of all takes some fifteen seconds, others half a second:
# Wine's own files are then links into the cache folder.
set -euo pipefail

directory=${1:?"usage: wine.sh DIRECTORY"}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../setup.sh"
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
wine=/usr/lib/wine/wine64
server=/usr/lib/wine/wineserver64
template=$cache/wine

mkdir -p "$cache"
work=$(mktemp -d "$cache/wine.XXXXXX")
clean_up() {
  [ ! -e "$work/prefix" ] || "$work/prefix/stop" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

fail() {
  echo "wine.sh: $*" >&2
  exit 1
}

printf '%s\n' "$wine wine64" "$server wine64" | install_packages "$work/apt.log" >&2

# write_programs PREFIX: its launcher and its end.
write_programs() {
  # The server's socket is in TMPDIR: beside the prefix it goes with it.
  # mshtml off: no question about Gecko. mscoree stays: without it Wine's loader refuses the IL-only assemblies of .NET.
  cat >"$1/wine" <<EOF
#!/bin/sh
unset DISPLAY WAYLAND_DISPLAY
export WINEPREFIX='$1' TMPDIR='$1' WINEARCH=win64 WINELOADER=$wine WINESERVER=$server WINEDEBUG="\${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="\${WINEDLLOVERRIDES:-mshtml=;winemenubuilder.exe,winedbg.exe,explorer.exe=d}"
exec $wine "\$@"
EOF
  cat >"$1/start" <<EOF
#!/bin/sh
WINEPREFIX='$1' TMPDIR='$1' $server -p
# Its services start with its first program, and would keep that one's output.
exec timeout 60 '$1/wine' cmd /c exit </dev/null >/dev/null 2>&1
EOF
  cat >"$1/stop" <<EOF
#!/bin/sh
export WINEPREFIX='$1' TMPDIR='$1'
timeout 5 $server -k
timeout 5 $server -w
EOF
  chmod +x "$1/start" "$1/wine" "$1/stop"
}

# Changing this script, or another Wine, makes it anew. Those who come meanwhile wait.
exec 9>"$template.lock"
flock 9
stamp=$({ sha256sum <"$0"; $wine --version; } | sha256sum | cut -c1-16)
if [ "$(cat "$template/stamp" 2>/dev/null)" != "$stamp" ]; then
  prefix=$work/prefix
  mkdir "$prefix"
  write_programs "$prefix"
  # mscoree off only here: no question about Mono.
  WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d" timeout 120 "$prefix/wine" wineboot -i </dev/null >"$work/log" 2>&1 ||
    fail "wineboot failed: $(tail -n 3 "$work/log")"
  timeout 60 "$prefix/wine" winecfg -v win10 </dev/null >"$work/log" 2>&1 || fail "winecfg failed: $(tail -n 3 "$work/log")"
  # winecfg's Windows 10 is of 2019; this is the last one.
  for value in CurrentBuild CurrentBuildNumber; do
    timeout 60 "$prefix/wine" reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion' /v $value /t REG_SZ /d 19045 /f </dev/null >"$work/log" 2>&1 ||
      fail "reg failed: $(tail -n 3 "$work/log")"
  done
  # The registry is written when the server ends.
  "$prefix/stop" || true
  grep -q 19045 "$prefix/system.reg" || fail "the prefix is not of Windows 10"
  # No update of a prefix by itself: it would be written through the links.
  echo disable >"$prefix/.update-timestamp"
  echo "$stamp" >"$prefix/stamp"
  rm -rf "$template"
  mv "$prefix" "$template"
fi
exec 9>&-

[ ! -e "$directory" ] || [ -z "$(ls -A "$directory")" ] || fail "$directory is there already"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
cp -a "$template"/*.reg "$template/.update-timestamp" "$template/dosdevices" "$directory/"
mkdir "$directory/drive_c"
for part in "$template"/drive_c/*; do
  if [ "${part##*/}" = windows ]; then cp -rs "$part" "$directory/drive_c/"; else cp -a "$part" "$directory/drive_c/"; fi
done
write_programs "$directory"
echo "$directory/wine"
