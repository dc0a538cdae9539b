#!/usr/bin/env bash
# package.sh FILE.zip : unpacks the package for Windows in a Windows under Wine, starts both programs out of it, and looks whether all is there that goes with them. Called by ./package.sh --check.
set -euo pipefail

[ $# = 1 ] && [ -f "$1" ] || { sed -n '2s/^# \{0,1\}//p' "$0"; exit 2; }
zip=$(readlink -f "$1")
cd "$(dirname "$0")"
fail() { printf 'package.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '\n== %s\n' "$*"; }
command -v unzip >/dev/null || fail "unzip is missing: install unzip"

work=$(mktemp -d)
clean_up() {
  [ ! -e "$work/machine/stop" ] || "$work/machine/stop" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

say "unpacked on a Windows 10"
wine=$(./wine.sh "$work/machine")
"$work/machine/start"
unzip -q "$zip" -d "$work/machine/drive_c"
folder=$(echo "$work"/machine/drive_c/pfsvpn-*)
run() { timeout 60 "$wine" "$folder/$1" "${@:2}" | tr -d '\r'; }
for file in LICENSE README.md CHANGELOG.md THIRD-PARTY-NOTICES.txt libsodium.dll docs/windows.md configs; do
  [ -s "$folder/$file" ] || fail "$file is not in it"
done
[ ! -e "$folder/wintun.dll" ] || fail "wintun.dll is in it, which is its makers' to give"

say "started"
version=$(basename "$folder" | sed 's/^pfsvpn-//; s/-win-x64$//')
for program in pfsvpn pfsvpnd; do
  said=$(run $program.exe --version </dev/null)
  [ "$(head -n 1 <<<"$said")" = "$program v$version" ] || fail "$program.exe does not say that it is version $version, but: $said"
  echo "$program.exe $version"
done
# A key: libsodium.dll is the one that the programs were built for.
key=$(run pfsvpn.exe genkey </dev/null)
[ "$(run pfsvpn.exe pubkey <<<"$key" | wc -c)" = 45 ] || fail "pfsvpn.exe makes no keys"
if said=$(timeout 60 "$wine" "$folder/pfsvpnd.exe" wg0 </dev/null 2>&1); then fail "pfsvpnd.exe runs without wintun.dll"; fi
grep -q "wintun.dll is missing.*wintun.net" <<<"$said" || fail "pfsvpnd.exe does not say where wintun.dll comes from, but: $said"
echo "a key was made; without wintun.dll the daemon says where it comes from"

say "the package for Windows starts"
