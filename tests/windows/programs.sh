#!/usr/bin/env bash
# programs.sh PACKAGED OUT : makes OUT the folder of programs for Windows that the tests run, out of those of `package.sh --windows` in PACKAGED.
#
# What is shipped takes no wintun.dll without a signature, and that of the tests has none. So pfsvpnd.exe is published once more, with the SHA-256 of
# the tests' wintun.dll in it and nothing else changed. The shipped one is in OUT/shipped, with both libraries, for the test that it refuses that one.
# OUT/network has what makes a machine's network settings those of a test.
set -euo pipefail

packaged=$(cd "${1:?"usage: programs.sh PACKAGED OUT"}" && pwd)
mkdir -p "${2:?"usage: programs.sh PACKAGED OUT"}/shipped"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

sum() { sha256sum <"$1" | cut -d' ' -f1; }
network=$(tests/windows/iphlpapi/build.sh)
wintun=$(tests/windows/wintun/build.sh)/wintun.dll
dotnet publish src/PfsVpn.Daemon -c Release -r win-x64 --artifacts-path "$PWD/artifacts/build-windows-tests" -v quiet -nologo -p:ContinuousIntegrationBuild=true -p:RunAnalyzers=false \
  -p:LibsodiumSha256="$(sum "$packaged/libsodium.dll")" -p:WintunSha256="$(sum "$wintun")" -o "$out"
cp "$packaged/pfsvpn.exe" "$packaged/libsodium.dll" "$wintun" "$out/"
cp "$packaged/pfsvpnd.exe" "$packaged/libsodium.dll" "$wintun" "$out/shipped/"
mkdir -p "$out/network"
cp "$network/iphlpapi.dll" "$network/wineiphl.dll" "$out/network/"
